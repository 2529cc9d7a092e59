#include <QAbstractItemModelTester>
#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QLabel>
#include <QMimeData>
#include <QMovie>
#include <nlohmann/json.hpp>
#include <QSpinBox>
#include <QTableView>
#include <QWheelEvent>
#include <QtTest>

#include "core/clipfile/clip_file.h"
#include "core/export/comparison.h"
#include "core/export/recipe.h"
#include "widgets/clip_view/clip_grid.h"
#include "widgets/controllers/compare_table_model.h"
#include "widgets/message_bar.h"
#include "widgets/text.h"
#include "widgets/views/compare_page.h"
#include "widgets/views/export_dialog.h"
#include "window_test_support.h"

class TestComparePage final : public QObject {
    Q_OBJECT
    TestHome m_home;
    std::unique_ptr<EngineClient> m_engine;
    std::unique_ptr<ComparePage> m_page;

    ClipGrid& grid() { return *m_page->findChild<ClipGrid*>(); }
    QString dataset(const QString& name, int clips)
    {
        const QString file = m_home.path(name);
        kinora::ClipFileWriter writer(toPath(file), {}, {}, {});
        for (int index = 0; index < clips; ++index) {
            kinora::Frames clip(8, 16, 16);
            std::ranges::fill(clip.bytes(), static_cast<std::uint8_t>(10 * index));
            kinora::ClipInfo info;
            info.name = "clip " + std::to_string(index);
            info.frameRateHz = 8;
            writer.add(info, clip);
        }
        writer.finish();
        return file;
    }
    QSpinBox* seedBox(const QString& name)
    {
        for (QSpinBox* box : m_page->findChildren<QSpinBox*>())
            if (box->accessibleName() == name) return box;
        return nullptr;
    }
    bool complete() { return grid().rows() > 0 && std::ranges::all_of(grid().clips(), [](const ClipPtr& clip) { return clip != nullptr; }); }

private Q_SLOTS:
    void init()
    {
        m_engine = std::make_unique<EngineClient>(testEngine());
        m_engine->start();
        m_page = std::make_unique<ComparePage>(*m_engine);
        m_page->resize(900, 600);
        m_page->show();
    }
    void cleanup()
    {
        m_page.reset();
        m_engine.reset();
    }

    void checkpointsStandSideBySideOnTheSameCodes()
    {
        m_page->openPath(m_home.checkpoint(QStringLiteral("one.safetensors"), QStringLiteral("split")));
        m_page->openPath(m_home.checkpoint(QStringLiteral("two.safetensors"), QStringLiteral("split")));
        m_page->openPath(m_home.checkpoint(QStringLiteral("three.safetensors"), QStringLiteral("whole")));
        QCOMPARE(m_page->count(), 3);
        QTRY_VERIFY_WITH_TIMEOUT(complete() && grid().columns() == 3, 10000);
        QCOMPARE(grid().rows(), 2);
        QVERIFY(*grid().clip(0, 0) == *grid().clip(0, 1));  // the same system, the same seeds
        QVERIFY(!(*grid().clip(0, 0) == *grid().clip(1, 0)));
        QVERIFY(m_page->names().value(0).startsWith(QStringLiteral("one · step 100")));
    }

    void otherCodesForAll()
    {
        m_page->openPath(m_home.checkpoint(QStringLiteral("one.safetensors"), QStringLiteral("split")));
        m_page->openPath(m_home.checkpoint(QStringLiteral("two.safetensors"), QStringLiteral("split")));
        QTRY_VERIFY_WITH_TIMEOUT(complete() && grid().columns() == 2, 10000);
        const kinora::Frames before = *grid().clip(0, 0);
        m_page->shuffle();
        QTRY_VERIFY(!(*grid().clip(0, 0) == before));
        QTRY_VERIFY(*grid().clip(1, 0) == *grid().clip(1, 1));
    }

    void columnsAreRemoved()
    {
        m_page->openPath(m_home.checkpoint(QStringLiteral("one.safetensors"), QStringLiteral("split")));
        m_page->openPath(m_home.checkpoint(QStringLiteral("three.safetensors"), QStringLiteral("whole")));
        QTRY_VERIFY_WITH_TIMEOUT(complete() && grid().columns() == 2, 10000);
        const ClipPtr kept = grid().clip(1, 1);
        m_page->remove(0);
        QCOMPARE(grid().columns(), 1);
        QCOMPARE(grid().clip(1, 0), kept);
        m_page->clear();
        QCOMPARE(m_page->count(), 0);
    }

    void aBrokenCheckpointIsNamedAndTheOthersGoOn()
    {
        m_page->openPath(m_home.checkpoint(QStringLiteral("one.safetensors"), QStringLiteral("split")));
        m_page->openPath(m_home.checkpoint(QStringLiteral("broken.safetensors"), QStringLiteral("nonsense")));
        QTRY_VERIFY(m_page->findChild<MessageBar*>()->text().contains(QStringLiteral("broken")));
        QTRY_VERIFY(grid().clip(0, 0) && grid().clip(1, 0));
    }

    void agreeingControlsGetOneCodeAndOthersOneSeed()
    {
        m_page->openPath(m_home.checkpoint(QStringLiteral("one.safetensors"), QStringLiteral("split")));
        QTRY_VERIFY_WITH_TIMEOUT(complete(), 10000);
        m_page->openPath(m_home.checkpoint(QStringLiteral("half.safetensors"), QStringLiteral("half")));
        m_page->openPath(m_home.checkpoint(QStringLiteral("three.safetensors"), QStringLiteral("whole")));
        m_page->openPath(m_home.checkpoint(QStringLiteral("two.safetensors"), QStringLiteral("split")));
        QTRY_VERIFY_WITH_TIMEOUT(complete() && grid().columns() == 4, 10000);
        QTRY_COMPARE(m_page->codesText(3), QStringLiteral("same codes"));
        QCOMPARE(m_page->codesText(0), QStringLiteral("gives the codes"));
        QCOMPARE(m_page->codesText(1), QStringLiteral("same codes: Look; same seeds: Motion"));
        QCOMPARE(m_page->codesText(2), QStringLiteral("same seeds; other controls"));
        // the colour is the appearance code: it came over although the control has another name; the other system draws its own
        QCOMPARE(grid().clip(0, 1)->bytes()[0], grid().clip(0, 0)->bytes()[0]);
        QCOMPARE(grid().clip(1, 1)->bytes()[1], grid().clip(1, 0)->bytes()[1]);
        QVERIFY(std::ranges::any_of(m_page->findChildren<QLabel*>(), [](const QLabel* label) { return label->text() == QStringLiteral("same seeds; other controls") && label->isVisible(); }));
        // without the first one the second gives the codes
        m_page->remove(0);
        QCOMPARE(m_page->codesText(0), QStringLiteral("gives the codes"));
        QCOMPARE(m_page->codesText(2), QStringLiteral("same codes: Appearance; same seeds: Motion"));
        QTRY_VERIFY(complete() && grid().clip(0, 2)->bytes()[0] == grid().clip(0, 0)->bytes()[0]);
    }

    void datasetsStandBesideCheckpoints()
    {
        m_page->openPath(dataset(QStringLiteral("real.h5"), 3));
        m_page->openPath(m_home.checkpoint(QStringLiteral("one.safetensors"), QStringLiteral("split")));
        QTRY_VERIFY_WITH_TIMEOUT(complete() && grid().columns() == 2, 10000);
        QCOMPARE(grid().clip(1, 0)->bytes()[0], std::uint8_t(10));
        auto* first = m_page->findChildren<QSpinBox*>().at(0);
        for (auto* box : m_page->findChildren<QSpinBox*>())
            if (box->accessibleName() == QStringLiteral("Clip of the first row")) first = box;
        QCOMPARE(first->maximum(), 2);
        first->setValue(2);
        QTRY_VERIFY(grid().clip(0, 0) && grid().clip(0, 0)->bytes()[0] == 20);
        QTRY_VERIFY(!grid().clip(1, 0));  // the dataset ends there
        QVERIFY(m_page->accepts(QStringLiteral("/x/clips.h5")));
        m_page->openPath(m_home.checkpoint(QStringLiteral("none.h5"), QStringLiteral("no dataset")));
        QTRY_VERIFY(m_page->findChild<MessageBar*>()->text().contains(QStringLiteral("none.h5")));
    }

    /// The colour of "animated" is that of its picture: 10, 20, 30 or 40 in what it was trained on.
    void picturesComeFromWhatTheModelWasTrainedOn()
    {
        const auto red = [&](int row, int column) { return int(grid().clip(row, column)->bytes()[0]); };
        m_page->openPath(m_home.checkpoint(QStringLiteral("one.safetensors"), QStringLiteral("animated")));
        m_page->openPath(m_home.checkpoint(QStringLiteral("two.safetensors"), QStringLiteral("animated")));
        QTRY_VERIFY_WITH_TIMEOUT(complete() && grid().columns() == 2, 10000);
        for (int column = 0; column < 2; ++column)
            for (int row = 0; row < 2; ++row) QCOMPARE(red(row, column), 10 + 10 * row);  // the clip that the row's seed says, the same for both
        auto* appearance = seedBox(QStringLiteral("Appearance seed of the first row"));
        QVERIFY(appearance);
        appearance->setFocus();
        QTest::keyClick(appearance, Qt::Key_Up);
        QTRY_VERIFY(complete() && red(0, 0) == 20 && red(1, 1) == 30);
        appearance->setValue(7);  // beyond the last one: from the first again
        QTRY_VERIFY(complete() && red(0, 0) == 40 && red(1, 1) == 10);

        // maps are drawn by nobody: that is said, and the others go on
        m_page->openPath(m_home.checkpoint(QStringLiteral("maps.safetensors"), QStringLiteral("pictures")));
        QTRY_VERIFY(m_page->findChild<MessageBar*>()->text().contains(QStringLiteral("maps")));
        QTRY_VERIFY(grid().columns() == 3 && grid().clip(0, 0) && grid().clip(1, 1) && !grid().clip(0, 2));
    }

    void columnsAreShownAgainstOneOfThem()
    {
        m_page->openPath(m_home.checkpoint(QStringLiteral("one.safetensors"), QStringLiteral("split")));
        m_page->openPath(m_home.checkpoint(QStringLiteral("three.safetensors"), QStringLiteral("whole")));
        QTRY_VERIFY_WITH_TIMEOUT(complete() && grid().columns() == 2, 10000);
        grid().clock()->pause();
        grid().clock()->setPosition(3);
        const QImage left = grid().shownImage(0, 0), right = grid().shownImage(0, 1);
        QVERIFY(left != right);
        m_page->setFocus();
        QTest::keyClick(m_page.get(), Qt::Key_D);
        QCOMPARE(m_page->blend(), ClipBlend::Difference);
        const QImage difference = grid().shownImage(0, 1);
        const QColor a = left.pixelColor(0, 0), b = right.pixelColor(0, 0);
        QCOMPARE(difference.pixelColor(0, 0).red(), std::min(255, 4 * std::abs(a.red() - b.red())));
        QCOMPARE(grid().shownImage(0, 0), left);  // the reference stays as it is
        QTest::keyClick(m_page.get(), Qt::Key_F);
        QCOMPARE(m_page->blend(), ClipBlend::Flicker);
        QTRY_COMPARE(grid().shownImage(0, 1), left);
        QTRY_COMPARE(grid().shownImage(0, 1), right);
        QTest::keyClick(m_page.get(), Qt::Key_W);
        const QImage wiped = grid().shownImage(0, 1);
        QCOMPARE(wiped.pixelColor(1, 1), right.pixelColor(1, 1));
        QCOMPARE(wiped.pixelColor(14, 1), left.pixelColor(14, 1));
        QTest::keyClick(m_page.get(), Qt::Key_W);
        QCOMPARE(m_page->blend(), ClipBlend::None);
        QTest::keyClick(m_page.get(), Qt::Key_W);
        m_page->remove(1);  // with one column there is nothing to compare
        QCOMPARE(m_page->blend(), ClipBlend::None);
    }

    void allClipsAreEnlargedAndMovedTogether()
    {
        m_page->openPath(m_home.checkpoint(QStringLiteral("one.safetensors"), QStringLiteral("split")));
        m_page->openPath(m_home.checkpoint(QStringLiteral("two.safetensors"), QStringLiteral("split")));
        QTRY_VERIFY_WITH_TIMEOUT(complete() && grid().columns() == 2, 10000);
        const QRect cell = grid().cellRect(0, 1);
        const QPoint corner = cell.topLeft() + QPoint(cell.width() / 4, cell.height() / 4);
        QWheelEvent wheel(corner, grid().mapToGlobal(corner), {}, {0, 360}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(&grid(), &wheel);
        QVERIFY(std::fabs(grid().zoom() - 1.953125) < 1e-9);
        QVERIFY(grid().centre().x() < 0.5 && grid().centre().y() < 0.5);  // the point under the pointer stayed there
        const QPointF before = grid().centre();
        QTest::mousePress(&grid(), Qt::LeftButton, {}, cell.center());
        QMouseEvent move(QEvent::MouseMove, cell.center() - QPoint(20, 0), grid().mapToGlobal(cell.center() - QPoint(20, 0)), Qt::NoButton, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(&grid(), &move);
        QTest::mouseRelease(&grid(), Qt::LeftButton, {}, cell.center() - QPoint(20, 0));
        QVERIFY(std::fabs(grid().centre().x() - std::min(before.x() + 20 / (grid().zoom() * cell.width()), 1 - 0.5 / grid().zoom())) < 1e-9);
        for (QAction* action : m_page->menuActions(PageMenu::View))
            if (action->shortcut() == QKeySequence(Qt::CTRL | Qt::Key_0)) action->trigger();
        QCOMPARE(grid().zoom(), 1.0);
        QCOMPARE(grid().centre(), QPointF(0.5, 0.5));
    }

    void theTableHasWhatIsKnown()
    {
        // a run with measured metrics, as a trainer leaves it
        const QString run = m_home.path(QStringLiteral("smiles"));
        QDir().mkpath(run + QStringLiteral("/checkpoints"));
        const auto write = [](const QString& path, const QByteArray& text) {
            QFile file(path);
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(text);
        };
        write(run + QStringLiteral("/run.toml"), "schema = 1\n");
        write(run + QStringLiteral("/history.jsonl"), "{\"kind\":\"metric\",\"step\":50,\"metric\":\"fvd\",\"value\":300.5}\n{\"kind\":\"metric\",\"step\":90,\"metric\":\"fvd\",\"value\":1.0}\n"
                                                      "{\"kind\":\"resume\",\"step\":60}\n{\"kind\":\"metric\",\"step\":100,\"metric\":\"fvd\",\"value\":250.25}\n"
                                                      "{\"kind\":\"metric\",\"step\":150,\"metric\":\"fvd\",\"value\":9.0}\n{\"kind\":\"metric\",\"step\":60,\"metric\":\"motion_energy\",\"value\":\"NaN\"}\n");
        m_page->openPath(m_home.checkpoint(QStringLiteral("smiles/checkpoints/step.safetensors"), QStringLiteral("split")));
        m_page->openPath(m_home.checkpoint(QStringLiteral("two.safetensors"), QStringLiteral("whole")));
        m_page->openPath(dataset(QStringLiteral("real.h5"), 2));
        QTRY_VERIFY_WITH_TIMEOUT(complete() && grid().columns() == 3, 10000);
        auto* view = m_page->findChild<QTableView*>();
        auto* table = qobject_cast<CompareTableModel*>(view->model());
        QAbstractItemModelTester tester(table, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QVERIFY(view->isVisible());
        QCOMPARE(table->rowCount(), 3);
        QTRY_COMPARE(table->columnCount(), CompareTableModel::FirstMetric + 1);
        const auto text = [&](int row, int column, int role = Qt::DisplayRole) { return table->index(row, column).data(role).toString(); };
        QCOMPARE(text(0, CompareTableModel::FirstMetric), QLocale().toString(250.25, 'g', 4));
        QVERIFY(text(0, CompareTableModel::FirstMetric, Qt::ToolTipRole).contains(QStringLiteral("100")));
        QCOMPARE(text(1, CompareTableModel::FirstMetric), QStringLiteral("–"));
        QCOMPARE(text(1, CompareTableModel::Parameters), QStringLiteral("%1 M").arg(QLocale().toString(1.23, 'f', 2)));
        QTRY_COMPARE(text(1, CompareTableModel::ClipsPerSecond), QLocale().toString(250.0, 'f', 1));
        QTRY_COMPARE(text(1, CompareTableModel::Memory), QLocale().formattedDataSize(6938268, 1, QLocale::DataSizeSIFormat));
        QCOMPARE(text(2, CompareTableModel::Parameters), QStringLiteral("–"));
        QCOMPARE(text(0, CompareTableModel::Step), QStringLiteral("100"));
        QVERIFY2(table->csv().contains(QStringLiteral("two · step 100,whole,1234567,250,4938268,2000000,100,,")), qPrintable(table->csv()));
        QVERIFY2(table->latex().contains(QStringLiteral("\\toprule")) && table->latex().contains(QStringLiteral("smiles · step 100 & split & 1.23 M")), qPrintable(table->latex()));
    }

    void atMostEightColumns()
    {
        const QString file = m_home.checkpoint(QStringLiteral("one.safetensors"), QStringLiteral("split"));
        for (int index = 0; index < 9; ++index) m_page->openPath(file);
        QCOMPARE(m_page->count(), 8);
        QVERIFY(m_page->findChild<MessageBar*>()->text().contains(QStringLiteral("8")));
        QTRY_VERIFY_WITH_TIMEOUT(complete() && grid().columns() == 8, 10000);
        m_page->clear();
        QCOMPARE(m_page->count(), 0);
    }

    void theRowIsSavedAsAGif()
    {
        m_page->openPath(m_home.checkpoint(QStringLiteral("one.safetensors"), QStringLiteral("split")));
        m_page->openPath(m_home.checkpoint(QStringLiteral("three.safetensors"), QStringLiteral("whole")));
        QTRY_VERIFY_WITH_TIMEOUT(complete() && grid().columns() == 2, 10000);
        m_page->save();
        auto* dialog = m_page->findChild<ExportDialog*>();
        QVERIFY(dialog);
        const QString file = m_home.path(QStringLiteral("row.gif"));
        dialog->setTarget(file);
        dialog->accept();
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(file), 10000);
        QMovie movie(file);
        QTRY_COMPARE(movie.frameCount(), 8);
    }

    void everyViewIsSavedWithItsRecipe_data()
    {
        QTest::addColumn<int>("key");
        QTest::addColumn<QByteArray>("show");
        QTest::newRow("clips") << 0 << QByteArray("clips");
        QTest::newRow("difference") << int(Qt::Key_D) << QByteArray("difference");
        QTest::newRow("flicker") << int(Qt::Key_F) << QByteArray("flicker");
        QTest::newRow("wipe") << int(Qt::Key_W) << QByteArray("wipe");
    }
    void everyViewIsSavedWithItsRecipe()
    {
        QFETCH(int, key);
        QFETCH(QByteArray, show);
        m_page->openPath(m_home.checkpoint(QStringLiteral("one.safetensors"), QStringLiteral("split")));
        m_page->openPath(m_home.checkpoint(QStringLiteral("three.safetensors"), QStringLiteral("whole")));
        m_page->openPath(dataset(QStringLiteral("real.h5"), 1));  // ends after the first row
        QAction* saving = m_page->menuActions(PageMenu::File).first();
        QTRY_VERIFY_WITH_TIMEOUT(grid().columns() == 3 && grid().clip(1, 1) && grid().clip(0, 2) && saving->isEnabled(), 10000);
        m_page->setFocus();
        if (key != 0) QTest::keyClick(m_page.get(), static_cast<Qt::Key>(key));
        saving->trigger();
        auto* dialog = m_page->findChild<ExportDialog*>();
        QVERIFY(dialog);
        const QString file = m_home.path(QString::fromLatin1(show) + QStringLiteral(".frames"));
        QDir(file).removeRecursively();
        dialog->setTarget(file);
        dialog->accept();
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(file), 10000);
        const kinora::ComparisonRecipe recipe = kinora::comparisonFromJson(kinora::readRecipe(toPath(file)), "file");
        QCOMPARE(QByteArray::fromStdString(recipe.view.show), show);
        QCOMPARE(recipe.samples, 2);
        QCOMPARE(recipe.sources.size(), std::size_t(3));
        QCOMPARE(recipe.sources[0].checkpointFile, std::string("one.safetensors"));
        QCOMPARE(recipe.sources[1].system, std::string("whole"));
        QVERIFY(recipe.sources[0].codes.size() == 2 && recipe.sources[0].codes[0].contains("za"));
        QVERIFY(recipe.sources[2].isDataset() && recipe.sources[2].clips.size() == 1 && recipe.sources[2].clips[0].name == "clip 0");
        QCOMPARE(recipe.sources[2].clips[0].hash, kinora::hashOf(*grid().clip(0, 2)));
        // the figure's pixels are those of the page
        const QImage first(file + QStringLiteral("/000001.png"));
        const int scale = first.width() / (3 * 16 + 2 * 2);
        const auto pixel = [&](int row, int column, int x) { return first.pixelColor((column * 18 + x) * scale, row * 18 * scale); };
        grid().clock()->pause();
        grid().clock()->setPosition(0);
        const auto own = [&](int row, int column, int x) { return frameImage(*grid().clip(row, column), 0).pixelColor(x, 0); };
        QCOMPARE(pixel(0, 0, 2), own(0, 0, 2));
        if (show == "difference") QCOMPARE(pixel(1, 1, 2).red(), std::min(255, 4 * std::abs(own(1, 1, 2).red() - own(1, 0, 2).red())));
        else QCOMPARE(pixel(1, 1, 2), own(1, 1, 2));
        if (show == "wipe") {
            QCOMPARE(pixel(1, 1, 13), own(1, 0, 13));
            QCOMPARE(pixel(1, 1, 8), QColor(Qt::white));
        } else if (show == "clips") {
            QCOMPARE(pixel(1, 1, 13), own(1, 1, 13));
        }
        QCOMPARE(pixel(1, 2, 5), QColor(Qt::black));  // no clip there
        if (show == "flicker") {
            QCOMPARE(QDir(file).entryList({QStringLiteral("*.png")}).size(), static_cast<int>(recipe.view.flickerFrames));
            const auto second = static_cast<int>(recipe.view.flickerFrames / (2 * recipe.view.flickerTurns)) + 1;  // the first frame of the other
            const QImage later(file + QStringLiteral("/%1.png").arg(second, 6, 10, QLatin1Char('0')));
            QCOMPARE(later.pixelColor(20 * scale, 18 * scale), frameImage(*grid().clip(1, 0), (second - 1) % 8).pixelColor(2, 0));
        }
    }

    void picturesAreInTheRecipe()
    {
        m_page->openPath(m_home.checkpoint(QStringLiteral("a.safetensors"), QStringLiteral("animated")));
        m_page->openPath(m_home.checkpoint(QStringLiteral("one.safetensors"), QStringLiteral("split")));
        QAction* saving = m_page->menuActions(PageMenu::File).first();
        QTRY_VERIFY_WITH_TIMEOUT(complete() && grid().columns() == 2 && saving->isEnabled(), 10000);
        saving->trigger();
        auto* dialog = m_page->findChild<ExportDialog*>();
        const QString file = m_home.path(QStringLiteral("pictures.gif"));
        dialog->setTarget(file);
        dialog->accept();
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(file), 10000);
        const kinora::ComparisonRecipe recipe = kinora::comparisonFromJson(kinora::readRecipe(toPath(file)), "file");
        const auto& given = recipe.sources[0].given;
        QVERIFY(given.size() == 2 && given[1].size() == 1);
        QCOMPARE(given[1][0].control, std::string("first"));
        QCOMPARE(given[1][0].dataset, std::string("builtin:faces"));
        QVERIFY(given[1][0].clip.number == 512 && given[1][0].clip.name == "b" && given[1][0].clip.hash.size() == 64);
        QVERIFY(!recipe.sources[0].codes[1].contains("first") && recipe.sources[1].given.empty());
    }

    /// Clips, numbers and names of a file belong together: while clips are read or made there is nothing to save or copy.
    void nothingIsSavedWhileClipsAreRead()
    {
        m_page->openPath(dataset(QStringLiteral("real.h5"), 5));
        m_page->openPath(m_home.checkpoint(QStringLiteral("one.safetensors"), QStringLiteral("split")));
        QAction* saving = m_page->menuActions(PageMenu::File).first();
        QTRY_VERIFY_WITH_TIMEOUT(complete() && grid().columns() == 2 && saving->isEnabled(), 10000);
        const auto nothingIsSaved = [&] {
            QVERIFY(m_page->busy() && !saving->isEnabled());
            for (const QAction* copying : m_page->menuActions(PageMenu::Edit)) QVERIFY(!copying->isEnabled());
            m_page->save();  // as a shortcut that came before the action was disabled
            QVERIFY(!m_page->findChild<ExportDialog*>());
        };
        auto* first = seedBox(QStringLiteral("Clip of the first row"));
        first->setFocus();
        QTest::keyClick(first, Qt::Key_Up);
        nothingIsSaved();
        QTRY_VERIFY(saving->isEnabled());
        for (const QAction* copying : m_page->menuActions(PageMenu::Edit)) QVERIFY(copying->isEnabled());
        first->setValue(4);  // the last one: the second row would be beyond the end
        nothingIsSaved();
        QTRY_VERIFY(saving->isEnabled());
        for (const char* name : {"Appearance seed of the first row", "How many pairs of seeds are shown", "Clip length; every model takes the nearest that it can do"}) {
            auto* box = seedBox(QString::fromLatin1(name));
            QVERIFY(box);
            box->setValue(box->value() + 1);
            nothingIsSaved();
            QTRY_VERIFY(saving->isEnabled());
        }
        saving->trigger();
        auto* dialog = m_page->findChild<ExportDialog*>();
        QVERIFY(dialog);
        const QString file = m_home.path(QStringLiteral("last.gif"));
        dialog->setTarget(file);
        first->setValue(0);  // while the dialog asks: it has what was shown
        QTRY_VERIFY(!m_page->busy());
        dialog->accept();
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(file), 10000);
        const kinora::ComparisonRecipe recipe = kinora::comparisonFromJson(kinora::readRecipe(toPath(file)), "file");
        const auto& clips = recipe.sources[0].clips;
        QVERIFY(clips.size() == 1 && clips[0].number == 4 && clips[0].name == "clip 4");
        kinora::Frames last(8, 16, 16);
        std::ranges::fill(last.bytes(), std::uint8_t(40));
        QCOMPARE(clips[0].hash, kinora::hashOf(last));
        QCOMPARE(recipe.samples, 3);
    }

    void theTableCopiesItsCellsText()
    {
        m_page->openPath(m_home.checkpoint(QStringLiteral("one.safetensors"), QStringLiteral("split")));
        m_page->openPath(m_home.checkpoint(QStringLiteral("three.safetensors"), QStringLiteral("whole")));
        QTRY_VERIFY_WITH_TIMEOUT(complete() && grid().columns() == 2, 10000);
        auto* table = m_page->findChild<QTableView*>();
        table->setFocus();
        table->setCurrentIndex(table->model()->index(1, 0));
        QTest::keyClick(table, Qt::Key_C, Qt::ControlModifier);
        QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("three · step 100"));
        grid().setFocus();
        QTest::keyClick(&grid(), Qt::Key_C, Qt::ControlModifier);
        QVERIFY(QGuiApplication::clipboard()->mimeData()->hasImage());
    }

    void whatIsShownIsCopied()
    {
        m_page->openPath(m_home.checkpoint(QStringLiteral("one.safetensors"), QStringLiteral("split")));
        m_page->openPath(m_home.checkpoint(QStringLiteral("three.safetensors"), QStringLiteral("whole")));
        QTRY_VERIFY_WITH_TIMEOUT(complete() && grid().columns() == 2, 10000);
        grid().clock()->pause();
        grid().clock()->setPosition(3);
        grid().setCurrent(1, 1);
        m_page->setFocus();
        QTest::keyClick(m_page.get(), Qt::Key_D);
        QTest::keyClick(m_page.get(), Qt::Key_C, Qt::ControlModifier);
        QCOMPARE(QGuiApplication::clipboard()->image().convertToFormat(QImage::Format_RGB888), grid().shownImage(1, 1));
        QVERIFY(grid().shownImage(1, 1) != frameImage(*grid().clip(1, 1), 3));
        QTest::keyClick(m_page.get(), Qt::Key_C, Qt::ControlModifier | Qt::AltModifier);
        const QMimeData* data = QGuiApplication::clipboard()->mimeData();
        QVERIFY(data->hasUrls());
        QMovie movie(data->urls().value(0).toLocalFile());
        QCOMPARE(movie.frameCount(), 8);
        QVERIFY(movie.jumpToFrame(0));
        const QImage wanted = grid().shownClip(1, 1)() ? frameImage(*grid().shownClip(1, 1)(), 0).copy() : QImage();
        const QColor there = movie.currentImage().pixelColor(0, 0), here = wanted.pixelColor(0, 0);
        QVERIFY(std::abs(there.red() - here.red()) < 12 && std::abs(there.green() - here.green()) < 12);
    }
};
QTEST_MAIN(TestComparePage)
#include "tst_compare_page.moc"
