// The window with the real engine. A checkpoint is the ready model, or, where that is not there, one that the engine trains for a step.
#include <QFileInfo>
#include <QClipboard>
#include <QGuiApplication>
#include <QLabel>
#include <QMovie>
#include <QPointer>
#include <QProcess>
#include <QPushButton>
#include <QSignalSpy>
#include <QSlider>
#include <QSpinBox>
#include <QUndoStack>
#include <QtTest>
#include <csignal>

#include "app/workbench/session.h"
#include "core/run/run_directory.h"
#include "widgets/clip_view/clip_grid.h"
#include "widgets/message_bar.h"
#include "widgets/views/compare_page.h"
#include "widgets/views/explore_page.h"
#include "widgets/views/clip_list_view.h"
#include "widgets/views/export_dialog.h"
#include "widgets/views/inversion_dialog.h"
#include "widgets/views/run_view.h"
#include "widgets/views/sample_view.h"
#include "widgets/views/train_page.h"
#include "window_test_support.h"

using namespace kinora;

class TestWindowEndToEnd final : public QObject {
    Q_OBJECT
    TestHome m_home;
    QString m_checkpoint, m_small;

    static ClipView& view(ExplorePage& page) { return *page.findChild<ClipView*>(); }
    static QSlider* slider(ExplorePage& page, const QString& name)
    {
        for (QSlider* candidate : page.findChildren<QSlider*>())
            if (candidate->accessibleName().endsWith(name)) return candidate;
        return nullptr;
    }

    /// A checkpoint of a few steps of a narrow model.
    QString trained(const QString& name, const QString& system = QStringLiteral("g3an"), const QString& dataset = QStringLiteral("builtin:faces?clips=8"), const QStringList& options = {}) const
    {
        const QString run = m_home.path(name);
        QStringList arguments{"train", "--system", system, "--dataset", dataset, "--run", run, "--steps", "2", "--device", "cpu", "-q"};
        for (const QString& option : QStringList{"base_channels=4", "batch_size=2", "checkpoint_interval=2"} + options) arguments << "--set" << option;
        QProcess trainer;
        trainer.setProcessChannelMode(QProcess::MergedChannels);
        trainer.start(QStringLiteral(KINORA_BIN_DIR "/kinora-engine"), arguments);
        if (!trainer.waitForFinished(240000)) return {};
        const QFileInfoList found = QDir(run + QStringLiteral("/checkpoints")).entryInfoList({QStringLiteral("*.safetensors")});
        if (found.isEmpty()) qWarning("%s", trainer.readAll().constData());
        return found.isEmpty() ? QString() : found.last().filePath();
    }
    /// Runs the program. \returns what it says where it fails
    static QString command(const QStringList& arguments)
    {
        QProcess process;
        process.start(QStringLiteral(KINORA_BIN_DIR "/kinora-engine"), arguments);
        const bool ended = process.waitForFinished(120000);
        return ended && process.exitCode() == 0 ? QString() : QString::fromUtf8(process.readAllStandardError()) + QStringLiteral(" failed");
    }
    /// Mean difference of bytes.
    static double pictureDistance(const Frames& a, const Frames& b)
    {
        double sum = 0;
        for (std::size_t i = 0; i < a.bytes().size(); ++i) sum += std::abs(int(a.bytes()[i]) - int(b.bytes()[i]));
        return sum / static_cast<double>(a.bytes().size());
    }

private Q_SLOTS:
    void initTestCase()
    {
        const QString engine = QStringLiteral(KINORA_BIN_DIR "/kinora-engine");
        if (!QFileInfo(engine).isExecutable()) QSKIP("kinora-engine is not built in this tree");
        QDir().mkpath(m_home.path(QStringLiteral("config")));
        QSettings(settingsFile(), QSettings::IniFormat).setValue(QStringLiteral("engine"), QStringLiteral("\"%1\" serve --stdio --device cpu").arg(engine));
        m_small = trained(QStringLiteral("small"));
        QVERIFY(!m_small.isEmpty());
        m_checkpoint = QStringLiteral(KINORA_SOURCE_DIR "/resources/demo/g3an_faces.safetensors");
        if (QFileInfo(m_checkpoint).isFile()) {
            // a copy, so that a change of the ready model during the test changes nothing here
            QVERIFY(QFile::copy(m_checkpoint, m_home.path(QStringLiteral("ready.safetensors"))));
            m_checkpoint = m_home.path(QStringLiteral("ready.safetensors"));
            return;
        }
        m_checkpoint = m_small;
    }

    void fromTheCheckpointToTheGif()
    {
        Session session;
        session.start({m_checkpoint});
        auto* page = qobject_cast<ExplorePage*>(session.window().page(QStringLiteral("explore")));
        QTRY_VERIFY_WITH_TIMEOUT(page->hasCheckpoint(), 60000);
        QTRY_VERIFY_WITH_TIMEOUT(view(*page).clip() != nullptr, 60000);
        QTRY_VERIFY_WITH_TIMEOUT(slider(*page, QStringLiteral("direction 1")) != nullptr, 120000);
        auto* grid = page->findChild<ClipGrid*>();
        QTRY_VERIFY_WITH_TIMEOUT(grid->rows() == 4 && std::ranges::all_of(grid->clips(), [](const ClipPtr& clip) { return clip != nullptr; }), 120000);

        const Frames before = *view(*page).clip();
        slider(*page, QStringLiteral("direction 1"))->setValue(250);
        QTRY_VERIFY_WITH_TIMEOUT(!(*view(*page).clip() == before), 30000);
        page->undoStack()->undo();
        QTRY_VERIFY_WITH_TIMEOUT(*view(*page).clip() == before, 30000);

        // a cell of the matrix is the clip that its codes give alone
        QSignalSpy shownAnew(page, &Page::latencyMeasured);
        page->loadCell(2, 1);
        QVERIFY(shownAnew.wait(30000));
        QVERIFY(*view(*page).clip() == *grid->clip(2, 1));

        page->saveClip();
        auto* dialog = page->findChild<ExportDialog*>();
        const QString file = m_home.path(QStringLiteral("clip.gif"));
        dialog->setTarget(file);
        dialog->accept();
        QTRY_VERIFY_WITH_TIMEOUT(QFileInfo::exists(file), 20000);
        QMovie movie(file);
        QCOMPARE(movie.frameCount(), view(*page).clip()->count());

        // killed: another engine takes its place, with the same pictures
        const Frames shown = *view(*page).clip();
        ::kill(static_cast<pid_t>(session.engine().info().pid), SIGKILL);
        QTRY_VERIFY_WITH_TIMEOUT(session.engine().state() != EngineClient::State::Ready, 10000);
        QTRY_COMPARE_WITH_TIMEOUT(session.engine().state(), EngineClient::State::Ready, 30000);
        slider(*page, QStringLiteral("direction 1"))->setValue(100);
        QTRY_VERIFY_WITH_TIMEOUT(!(*view(*page).clip() == shown), 30000);
        page->undoStack()->undo();
        QTRY_VERIFY_WITH_TIMEOUT(*view(*page).clip() == shown, 30000);
        QVERIFY(session.engine().catalogue().system(page->model().system().id));
    }

    void theCommandLineMakesTheSameClip()
    {
        Session session;
        session.start({m_checkpoint});
        auto* page = qobject_cast<ExplorePage*>(session.window().page(QStringLiteral("explore")));
        QTRY_VERIFY_WITH_TIMEOUT(page->hasCheckpoint() && view(*page).clip() != nullptr, 60000);
        page->loadCell(0, 0);
        QTRY_VERIFY_WITH_TIMEOUT(slider(*page, QStringLiteral("direction 2")) != nullptr, 120000);
        QTest::qWait(1000);  // what the cell asked for has come
        const Frames before = *view(*page).clip();
        slider(*page, QStringLiteral("direction 2"))->setValue(-150);
        QTRY_VERIFY_WITH_TIMEOUT(!(*view(*page).clip() == before), 30000);
        page->copyState();
        const QString state = m_home.path(QStringLiteral("state.json")), strip = m_home.path(QStringLiteral("strip.png"));
        QFile file(state);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QGuiApplication::clipboard()->text().toUtf8());
        file.close();
        QProcess command;
        command.start(QStringLiteral(KINORA_BIN_DIR "/kinora-engine"), {QStringLiteral("generate"), QStringLiteral("--state"), state, QStringLiteral("--device"), QStringLiteral("cpu"), QStringLiteral("-o"), strip});
        QVERIFY(command.waitForFinished(60000));
        QVERIFY2(command.exitCode() == 0, command.readAllStandardError().constData());
        const QImage image = QImage(strip).convertToFormat(QImage::Format_RGB888);
        const Frames& clip = *view(*page).clip();
        QCOMPARE(image.size(), QSize(clip.width() * clip.count(), clip.height()));
        for (int frame = 0; frame < clip.count(); ++frame)
            for (int y = 0; y < clip.height(); ++y)
                QVERIFY(std::equal(clip.frame(frame) + y * clip.width() * 3, clip.frame(frame) + (y + 1) * clip.width() * 3, image.constScanLine(y) + frame * clip.width() * 3));
    }

    void checkpointsAreCompared()
    {
        Session session;
        session.start({});
        session.window().showPage(QStringLiteral("compare"));
        for (int column = 0; column < 2; ++column) session.window().openPath(m_checkpoint, QStringLiteral("compare"));
        auto* page = qobject_cast<ComparePage*>(session.window().currentPage());
        auto* grid = page->findChild<ClipGrid*>();
        QTRY_VERIFY_WITH_TIMEOUT(grid->columns() == 2 && grid->rows() == 2 && std::ranges::all_of(grid->clips(), [](const ClipPtr& clip) { return clip != nullptr; }), 120000);
        QVERIFY(*grid->clip(0, 0) == *grid->clip(0, 1));
        QVERIFY(!(*grid->clip(0, 0) == *grid->clip(1, 0)));
    }

    void aComparisonIsMadeAgainByTheCommandLine()
    {
        // one that takes pictures, and real clips
        const QString animated = trained(QStringLiteral("animated"), QStringLiteral("imaginator"), QStringLiteral("builtin:faces?clips=20&frames=32")), real = m_home.path(QStringLiteral("real.h5"));
        QVERIFY(!animated.isEmpty());
        QCOMPARE(command({QStringLiteral("generate"), QStringLiteral("--checkpoint"), m_small, QStringLiteral("--grid"), QStringLiteral("3x1"), QStringLiteral("-o"), real}), QString());
        Session session;
        session.start({});
        session.window().showPage(QStringLiteral("compare"));
        for (const QString& path : {m_checkpoint, m_small, animated, real}) session.window().openPath(path, QStringLiteral("compare"));
        auto* page = qobject_cast<ComparePage*>(session.window().currentPage());
        auto* grid = page->findChild<ClipGrid*>();
        QAction* saving = page->menuActions(PageMenu::File).first();
        QTRY_VERIFY_WITH_TIMEOUT(grid->columns() == 4 && saving->isEnabled() && std::ranges::all_of(grid->clips(), [](const ClipPtr& clip) { return clip != nullptr; }), 120000);
        for (const auto& [blend, name] : {std::pair(ClipBlend::None, "clips.mp4"), std::pair(ClipBlend::Difference, "difference.gif"), std::pair(ClipBlend::Flicker, "flicker.webp"), std::pair(ClipBlend::Wipe, "wipe.frames")}) {
            page->setBlend(blend);
            saving->trigger();
            const auto dialogs = page->findChildren<ExportDialog*>();
            ExportDialog* dialog = dialogs.last();
            const QString file = m_home.path(QLatin1String(name)), again = m_home.path(QStringLiteral("again_") + QLatin1String(name));
            dialog->setTarget(file);
            dialog->accept();
            QTRY_VERIFY_WITH_TIMEOUT(QFileInfo::exists(file), 60000);
            QCOMPARE(command({QStringLiteral("generate"), QStringLiteral("--recipe"), file, QStringLiteral("--checkpoint"), animated, QStringLiteral("--checkpoint"), m_small, QStringLiteral("--checkpoint"), m_checkpoint, QStringLiteral("-o"), again}), QString());
            const auto bytes = [](const QString& path) {
                QFile in(QFileInfo(path).isDir() ? path + QStringLiteral("/000003.png") : path);
                return in.open(QIODevice::ReadOnly) ? in.readAll() : QByteArray();
            };
            QVERIFY2(!bytes(file).isEmpty() && bytes(again) == bytes(file), name);
        }
    }

    /// Systems that continue or animate what they are given take it out of the dataset that they were trained on, the clip that the row's seed says.
    void picturesAreComparedOnTheClipsOfTheDataset()
    {
        const QString set = m_home.path(QStringLiteral("walkers.h5"));
        QProcess import;
        import.start(QStringLiteral(KINORA_BIN_DIR "/kinora-import"), {QStringLiteral("datasets"), QStringLiteral("import"), QStringLiteral("synthetic"), QStringLiteral("builtin:puppets?clips=4&frames=32"), QStringLiteral("-o"), set});
        QVERIFY(import.waitForFinished(60000));
        QVERIFY2(import.exitCode() == 0, import.readAllStandardError().constData());
        const QString continues = trained(QStringLiteral("continues"), QStringLiteral("svg"), set, {"base_channels=2", "g_dim=4", "rnn_size=8", "z_dim=2", "n_past=3", "n_future=2", "sample_rows=1", "sample_columns=1"});
        const QString animates = trained(QStringLiteral("animates"), QStringLiteral("imaginator"), set, {"base_channels=1", "code_dim=4", "appearance_dim=4", "label=action", "sample_rows=1", "sample_columns=1"});
        QVERIFY(!continues.isEmpty() && !animates.isEmpty());
        {
            Session session;
            session.start({});
            for (const QString& path : {animates, continues, set}) session.window().openPath(path, QStringLiteral("compare"));
            auto* page = qobject_cast<ComparePage*>(session.window().currentPage());
            auto* grid = page->findChild<ClipGrid*>();
            const auto complete = [&] { return grid->columns() == 3 && grid->rows() == 2 && std::ranges::all_of(grid->clips(), [](const ClipPtr& clip) { return clip && clip->count() == 32; }); };
            const auto startsLike = [](const Frames& clip, const Frames& real) { return std::equal(clip.frame(0), clip.frame(3), real.frame(0)); };  // the three given frames, bit for bit
            QTRY_VERIFY_WITH_TIMEOUT(complete(), 120000);
            for (int row = 0; row < 2; ++row) {
                QVERIFY(startsLike(*grid->clip(row, 1), *grid->clip(row, 2)));
                QVERIFY(!(*grid->clip(row, 1) == *grid->clip(row, 2)));  // the rest is the network's
            }
            QVERIFY(!startsLike(*grid->clip(0, 1), *grid->clip(1, 2)));
            QVERIFY(!(*grid->clip(0, 0) == *grid->clip(1, 0)));
            QCOMPARE(page->codesText(1), QStringLiteral("same seeds; other controls"));

            // another appearance is another clip, the same for both
            const Frames second = *grid->clip(1, 2), animated = *grid->clip(0, 0);
            QSpinBox* appearance = nullptr;
            for (QSpinBox* box : page->findChildren<QSpinBox*>())
                if (box->accessibleName() == QStringLiteral("Appearance seed of the first row")) appearance = box;
            QVERIFY(appearance);
            appearance->setFocus();
            QTest::keyClick(appearance, Qt::Key_Up);
            QCOMPARE(appearance->value(), 1);
            QTRY_VERIFY_WITH_TIMEOUT(complete() && startsLike(*grid->clip(0, 1), second) && !(*grid->clip(0, 0) == animated), 60000);
        }
        // what Explore exports holds the pictures that were given: it is made again without the dataset
        QStringList files;
        for (const QString& checkpoint : {animates, continues}) {
            Session session;
            session.start({checkpoint});
            auto* page = qobject_cast<ExplorePage*>(session.window().page(QStringLiteral("explore")));
            QTRY_VERIFY_WITH_TIMEOUT(page->hasCheckpoint(), 60000);
            QTRY_VERIFY_WITH_TIMEOUT(view(*page).clip() != nullptr, 60000);
            auto* grid = page->findChild<ClipGrid*>();
            QTRY_VERIFY_WITH_TIMEOUT(grid->rows() == 4 && std::ranges::all_of(grid->clips(), [](const ClipPtr& clip) { return clip != nullptr; }), 120000);
            page->saveClip();
            auto* dialog = page->findChild<ExportDialog*>();
            QVERIFY(dialog);
            dialog->setSubject(checkpoint == animates ? 1 : 0);  // the matrix of one, the clip of the other
            files << m_home.path(QStringLiteral("given-%1.gif").arg(files.size()));
            dialog->setTarget(files.last());
            dialog->accept();
            QTRY_VERIFY_WITH_TIMEOUT(QFileInfo::exists(files.last()), 60000);
        }

        // without the dataset there is nothing to continue: that is said, and the others go on
        QVERIFY(QFile::rename(set, m_home.path(QStringLiteral("elsewhere.h5"))));
        for (int i = 0; i < files.size(); ++i) {
            const QString again = m_home.path(QStringLiteral("again-%1.gif").arg(i));
            QCOMPARE(command({QStringLiteral("generate"), QStringLiteral("--recipe"), files[i], QStringLiteral("--checkpoint"), i == 0 ? animates : continues, QStringLiteral("-o"), again}), QString());
            QFile one(files[i]), other(again);
            QVERIFY(one.open(QIODevice::ReadOnly) && other.open(QIODevice::ReadOnly));
            QVERIFY2(one.readAll() == other.readAll(), qPrintable(files[i]));
        }
        Session session;
        session.start({});
        for (const QString& path : {continues, m_small}) session.window().openPath(path, QStringLiteral("compare"));
        auto* page = qobject_cast<ComparePage*>(session.window().currentPage());
        auto* grid = page->findChild<ClipGrid*>();
        auto* message = page->findChild<MessageBar*>();
        QTRY_VERIFY_WITH_TIMEOUT(message->text().contains(QStringLiteral("walkers.h5")), 60000);
        QVERIFY2(message->text().contains(QStringLiteral("needs pictures")), qPrintable(message->text()));
        QTRY_VERIFY_WITH_TIMEOUT(grid->columns() == 2 && grid->clip(0, 1) && grid->clip(1, 1), 60000);
        QVERIFY(!grid->clip(0, 0));
    }

    void aClipIsTurnedIntoItsCodes()
    {
        const QString clips = m_home.path(QStringLiteral("known.h5"));
        QProcess command;
        command.start(QStringLiteral(KINORA_BIN_DIR "/kinora-engine"), {QStringLiteral("generate"), QStringLiteral("--checkpoint"), m_small, QStringLiteral("--grid"), QStringLiteral("1x2"), QStringLiteral("--appearance-seed"),
                                                                        QStringLiteral("41"), QStringLiteral("--device"), QStringLiteral("cpu"), QStringLiteral("-o"), clips});
        QVERIFY(command.waitForFinished(60000));
        QVERIFY2(command.exitCode() == 0, command.readAllStandardError().constData());
        Session session;
        session.start({m_small});
        session.window().openPath(m_small, QStringLiteral("explore"));
        auto* page = qobject_cast<ExplorePage*>(session.window().currentPage());
        QTRY_VERIFY_WITH_TIMEOUT(page->hasCheckpoint() && view(*page).clip() != nullptr, 120000);
        page->findCodes();
        InversionDialog* dialog = page->inversion();
        QVERIFY(dialog && dialog->isVisible());
        QVERIFY(!dialog->startButton()->isEnabled() && !dialog->useButton()->isEnabled());
        dialog->openDataset(m_home.path(QStringLiteral("none.h5")));
        QTRY_VERIFY(dialog->statusLabel()->text().contains(QStringLiteral("none.h5")));
        dialog->openDataset(clips);
        QTRY_COMPARE(dialog->clips()->model()->rowCount(), 2);
        dialog->clips()->setFocus();
        QTest::keyClick(dialog->clips(), Qt::Key_Home);
        dialog->clips()->setCurrentIndex(dialog->clips()->model()->index(1, 0));
        QTRY_VERIFY(dialog->startButton()->isEnabled());
        // stopped on the way: nothing is taken over
        const ControlValues before = page->model().values();
        dialog->stepsBox()->setValue(1000);
        QTest::mouseClick(dialog->startButton(), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(dialog->losses()->losses().size() >= 3, 120000);
        // a slider is answered meanwhile
        const ClipPtr shown = view(*page).clip();
        page->newMotion();
        QTRY_VERIFY_WITH_TIMEOUT(view(*page).clip() != shown, 60000);
        QVERIFY(dialog->running());
        QTest::keyClick(dialog, Qt::Key_Escape);
        QTRY_VERIFY_WITH_TIMEOUT(!dialog->running(), 60000);
        QVERIFY(!dialog->useButton()->isEnabled() && dialog->isVisible());
        page->undoStack()->undo();
        QVERIFY(page->model().values() == before);
        dialog->stepsBox()->setValue(40);
        QTest::mouseClick(dialog->startButton(), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(!dialog->running() && dialog->found(), 240000);
        const std::vector<double> losses = dialog->losses()->losses();
        QCOMPARE(losses.size(), std::size_t(40));
        QVERIFY2(losses.back() < 0.5 * losses.front(), qPrintable(QStringLiteral("%1 to %2").arg(losses.front()).arg(losses.back())));
        const ControlValues found = dialog->found()->values;
        const Frames drawn = *dialog->found()->clip;
        QPointer<InversionDialog> gone = dialog;
        QTest::mouseClick(dialog->useButton(), Qt::LeftButton);
        QTRY_VERIFY(gone.isNull());
        QVERIFY(page->model().values() == found);
        QTRY_VERIFY_WITH_TIMEOUT(view(*page).clip() && view(*page).clip()->count() == drawn.count() && pictureDistance(*view(*page).clip(), drawn) < 2, 60000);
        page->undoStack()->undo();
        QVERIFY(page->model().values() == before);
    }

    void aTrainingFromAShellOutlivesTheWindow()
    {
        const QString run = m_home.path(QStringLiteral("shell-run"));
        QProcess trainer;
        trainer.setProcessChannelMode(QProcess::MergedChannels);
        QStringList arguments{"train", "--system", "g3an", "--dataset", "builtin:faces?clips=8&frames=16&size=64", "--device", "cpu", "--threads", "1", "--steps", "1000000", "--run", run};
        for (const char* option : {"base_channels=1", "appearance_dim=2", "motion_dim=2", "batch_size=1", "sample_interval=5", "sample_rows=1", "sample_columns=1"}) arguments << "--set" << option;
        trainer.start(QStringLiteral(KINORA_BIN_DIR "/kinora-engine"), arguments);
        const auto status = [&] { return RunReader(run.toStdString()).status(); };
        QTRY_VERIFY_WITH_TIMEOUT(RunReader::isRun(run.toStdString()) || trainer.state() == QProcess::NotRunning, 60000);
        const auto attach = [&](Session& session) {
            session.start({run});
            session.window().openPath(run, QStringLiteral("train"));
            return qobject_cast<TrainPage*>(session.window().currentPage());
        };
        std::int64_t seen = 0;
        {
            Session session;
            TrainPage* page = attach(session);
            QVERIFY2(page, trainer.readAll().constData());
            QTRY_VERIFY_WITH_TIMEOUT(page->runView()->samples()->shownStep() >= 5 && page->runView()->snapshot().status && page->runView()->snapshot().status->progress.step >= 5, 120000);
            seen = page->runView()->snapshot().status->progress.step;
        }  // the window is closed
        QTRY_VERIFY_WITH_TIMEOUT(status()->progress.step > seen, 60000);
        QCOMPARE(trainer.state(), QProcess::Running);
        seen = status()->progress.step;
        Session session;
        TrainPage* page = attach(session);
        QTRY_VERIFY_WITH_TIMEOUT(page->runView()->snapshot().status && page->runView()->snapshot().status->progress.step > seen, 60000);
        QVERIFY(page->runView()->snapshot().status->progress.state == RunState::Running);
        page->runView()->stop();  // asked of a trainer that the window did not start
        QVERIFY(trainer.waitForFinished(60000));
        QCOMPARE(trainer.exitCode(), 0);
        QTRY_VERIFY_WITH_TIMEOUT(page->runView()->snapshot().status->progress.state == RunState::Stopped, 20000);
        QVERIFY(!RunReader(run.toStdString()).checkpoints().empty());
    }
};
QTEST_MAIN(TestWindowEndToEnd)
#include "tst_window_end_to_end.moc"
