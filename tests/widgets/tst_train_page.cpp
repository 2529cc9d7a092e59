#include <QAction>
#include <QApplication>
#include <QComboBox>
#include <QDialog>
#include <QDialogButtonBox>
#include <QDir>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QProcess>
#include <QProgressBar>
#include <QPushButton>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QSlider>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeView>

#include "tests/widgets/run_fixture.h"
#include "widgets/charts/charts_view.h"
#include "widgets/clip_view/clip_grid.h"
#include "widgets/views/option_form.h"
#include "widgets/views/run_view.h"
#include "widgets/views/sample_view.h"
#include "widgets/views/train_form.h"
#include "widgets/views/train_page.h"

using namespace kinora;

class TestTrainPage final : public QObject {
    Q_OBJECT
private:
    static SystemDescription toy(const std::string& id)
    {
        SystemDescription system;
        system.id = id;
        system.name = id;
        system.summary = "A toy";
        system.options = {{"width", OptionType::Integer, std::int64_t(8), range(1, 64), "Channels", "system"}};
        system.presets = {{"small", "Small", {{"width", std::int64_t(2)}}}};
        system.scalars = {"loss/G", "loss/D"};
        return system;
    }
    std::unique_ptr<TrainPage> page()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        auto page = std::make_unique<TrainPage>(m_folder->filePath(QStringLiteral("runs")), m_folder->filePath(QStringLiteral("recent.txt")), m_folder->filePath(QStringLiteral("logs")),
                                                QCoreApplication::applicationDirPath() + QStringLiteral("/toy_trainer"));
        page->monitor().setInterval(30);
        page->resize(1200, 750);
        page->show();
        return page;
    }
    static void describe(TrainPage& page)
    {
        page.setSystems({toy("toy"), toy("broken")}, {{"batch_size", OptionType::Integer, std::int64_t(16), range(1, 64), "Clips in one step", "training"}});
        page.setDatasets({{"builtin:toys", "Toys", "", true, {}}}, {});
    }
    static QPushButton* button(QWidget* widget, const QString& text)
    {
        for (QPushButton* candidate : widget->findChildren<QPushButton*>(QString(), Qt::FindDirectChildrenOnly))
            if (candidate->text().remove(QLatin1Char('&')).startsWith(text)) return candidate;
        return nullptr;
    }
    static std::size_t points(const TrainPage& page)
    {
        const RunCurvesPtr run = page.runView()->chart()->store().run(page.runView()->snapshot().folder);
        const Curve* curve = run ? run->curve("loss/G") : nullptr;
        return curve ? curve->size() : 0;
    }
    QString run(const QString& name) const { return m_folder->filePath(QStringLiteral("runs/") + name); }

private Q_SLOTS:
    void formWaitsForTheEngineThenChecksItself()
    {
        const auto page = this->page();
        TrainForm* form = page->form();
        QVERIFY(form->isVisible());
        QVERIFY(!form->startButton()->isEnabled());
        describe(*page);
        QVERIFY2(form->problem().isEmpty(), qPrintable(form->problem()));
        QVERIFY(form->startButton()->isEnabled());
        TrainRequest request = form->request();
        QCOMPARE(request.system, QStringLiteral("toy"));
        QCOMPARE(request.dataset, QStringLiteral("builtin:toys"));
        QCOMPARE(request.folder, run(QStringLiteral("toy-toys-1")));
        QVERIFY(request.options.empty());
        form->options()->setValues({{"width", std::int64_t(4)}, {"batch_size", std::int64_t(2)}});
        QCOMPARE(form->request().options.size(), 2U);
        // another system: the training options stay, the system's own are new
        form->setSystem(QStringLiteral("broken"));
        QCOMPARE(form->request().options.size(), 1U);
        QVERIFY(form->request().options.contains("batch_size"));
        auto* width = qobject_cast<NumberEdit*>(form->options()->editor("width"));
        width->selectAll();
        QTest::keyClicks(width, QStringLiteral("999"));
        QVERIFY(!form->startButton()->isEnabled());
        QVERIFY2(form->problem().contains(QStringLiteral("1 to 64")), qPrintable(form->problem()));
        form->options()->reset();
        form->setDataset(QStringLiteral("/no/such/file.h5"));
        QVERIFY(form->problem().contains(QStringLiteral("file.h5")));
        form->setDataset(QStringLiteral("builtin:toys?clips=8"));
        QVERIFY(form->problem().isEmpty());
    }

    void startsWatchesSteersAndContinues()
    {
        const auto page = this->page();
        describe(*page);
        for (QWidget* edit : page->form()->findChildren<NumberEdit*>())
            if (edit->accessibleName() == QStringLiteral("Steps")) qobject_cast<NumberEdit*>(edit)->setText(QStringLiteral("100000"));
        QTest::mouseClick(page->form()->startButton(), Qt::LeftButton);
        const QString folder = run(QStringLiteral("toy-toys-1"));
        RunView* view = page->runView();
        QTRY_VERIFY_WITH_TIMEOUT(view->isVisible() && view->snapshot().folder == folder, 10000);
        QTRY_COMPARE(view->snapshot().condition, RunCondition::Running);
        // curves grow
        QTRY_VERIFY(points(*page) > 0);
        const std::size_t before = points(*page);
        QTRY_VERIFY(points(*page) > before + 5);
        // samples follow the newest
        QTRY_VERIFY(view->samples()->shownStep() >= 10);
        QCOMPARE(view->samples()->grid()->rows(), 2);
        QCOMPARE(view->samples()->grid()->columns(), 3);
        QTRY_COMPARE(int(view->samples()->grid()->clip(0, 0)->frame(0)[0]), int(view->samples()->shownStep() % 256));
        // the slider goes back and stays there
        view->samples()->slider()->setValue(0);
        QTRY_COMPARE(view->samples()->shownStep(), 5);
        QCOMPARE(int(view->samples()->grid()->clip(0, 0)->frame(0)[0]), 5);
        QTest::qWait(300);
        QCOMPARE(view->samples()->shownStep(), 5);
        QVERIFY(view->samples()->slider()->maximum() > 2);

        QPushButton* pause = button(view, QStringLiteral("Pause"));
        QPushButton* stop = button(view, QStringLiteral("Stop"));
        QPushButton* checkpoint = button(view, QStringLiteral("Checkpoint"));
        QPushButton* goOn = button(view, QStringLiteral("Continue"));
        QPushButton* explore = button(view, QStringLiteral("Explore"));
        QVERIFY(pause->isEnabled() && stop->isEnabled() && checkpoint->isEnabled() && !goOn->isEnabled());
        QTest::mouseClick(pause, Qt::LeftButton);
        QVERIFY(!pause->isEnabled());  // until it is answered
        QTRY_COMPARE(view->snapshot().condition, RunCondition::Paused);
        QVERIFY(pause->isEnabled());
        QVERIFY(pause->text().contains(QStringLiteral("Resume")));
        const qint64 held = view->snapshot().step();
        QTest::qWait(200);
        QCOMPARE(view->snapshot().step(), held);
        QTest::mouseClick(checkpoint, Qt::LeftButton);
        QTRY_VERIFY(!view->snapshot().checkpoints.empty() && view->snapshot().checkpoints.back().step == held);
        QTest::mouseClick(pause, Qt::LeftButton);
        QTRY_COMPARE(view->snapshot().condition, RunCondition::Running);
        QTRY_VERIFY(explore->isEnabled());
        QSignalSpy wanted(page.get(), &TrainPage::openCheckpoint);
        QTest::mouseClick(explore, Qt::LeftButton);
        QVERIFY(wanted.first().at(0).toString().contains(QStringLiteral("checkpoints/step-")));
        QTest::mouseClick(stop, Qt::LeftButton);
        QTRY_COMPARE(view->snapshot().condition, RunCondition::Stopped);
        QVERIFY(!pause->isEnabled() && !stop->isEnabled() && !checkpoint->isEnabled());
        QTRY_VERIFY(goOn->isEnabled());
        const qint64 stopped = view->snapshot().step();
        QTest::mouseClick(goOn, Qt::LeftButton);
        auto* dialog = view->findChild<QDialog*>();
        QVERIFY(dialog);
        dialog->findChild<NumberEdit*>(QStringLiteral("steps"))->setText(QString::number(stopped + 20));
        dialog->accept();
        QTRY_VERIFY_WITH_TIMEOUT(view->snapshot().condition == RunCondition::Finished && view->snapshot().step() == stopped + 20, 20000);
        const auto curve = [&] { return view->chart()->store().run(folder)->curve("loss/G"); };
        QTRY_COMPARE(curve()->steps.back(), double(stopped + 20));
        for (std::size_t i = 1; i < curve()->size(); ++i) QVERIFY(curve()->steps[i] > curve()->steps[i - 1]);
    }

    void showsWhyAStartFailed()
    {
        const auto page = this->page();
        describe(*page);
        page->form()->setSystem(QStringLiteral("broken"));
        QTest::mouseClick(page->form()->startButton(), Qt::LeftButton);
        QVERIFY(!page->form()->startButton()->isEnabled());
        QTRY_VERIFY(([&] {
            for (QLabel* label : page->form()->findChildren<QLabel*>())
                if (label->isVisible() && label->text().contains(QStringLiteral("no such system"))) return true;
            return false;
        }()));
        QVERIFY(page->form()->isVisible());
        QVERIFY(page->form()->startButton()->isEnabled());
    }

    void opensARunThatWasStartedElsewhere()
    {
        const auto page = this->page();
        QTemporaryDir other;
        const QString folder = other.filePath(QStringLiteral("shell-run"));
        auto writer = RunWriter::create(folder.toStdString(), fixture::config());
        for (int step = 1; step <= 5; ++step) fixture::scalars(*writer, step);
        fixture::samples(*writer, 5);
        fixture::report(*writer, 5);
        QVERIFY(page->accepts(folder));
        QVERIFY(!page->accepts(other.path()));
        page->openPath(folder);
        QTRY_COMPARE(page->runView()->snapshot().folder, folder);
        QTRY_COMPARE(points(*page), 5U);
        QTRY_COMPARE(page->runView()->samples()->shownStep(), 5);
        QCOMPARE(page->list()->model()->rowCount(), 1);
        // requests are real files
        page->runView()->stop();
        QTRY_COMPARE(QDir(folder + QStringLiteral("/control")).entryList({QStringLiteral("*stop*")}, QDir::Files).size(), 1);
        const auto request = writer->poll();
        QVERIFY(request && request->kind == RunRequest::Kind::Stop);
        // a folder that is none
        QSignalSpy said(page.get(), &Page::statusMessage);
        page->openPath(other.path());
        QVERIFY(said.last().at(0).toString().contains(QStringLiteral("run.toml")));
    }

    void changesBetweenRuns()
    {
        const auto page = this->page();
        QVERIFY(QDir().mkpath(m_folder->filePath(QStringLiteral("runs"))));
        auto a = RunWriter::create(run(QStringLiteral("a")).toStdString(), fixture::config());
        auto b = RunWriter::create(run(QStringLiteral("b")).toStdString(), fixture::config());
        for (int step = 1; step <= 7; ++step) fixture::scalars(*a, step);
        fixture::scalars(*b, 1);
        fixture::report(*a, 7);
        fixture::report(*b, 1);
        QTRY_COMPARE(page->runs().rowCount(), 2);
        page->showRun(run(QStringLiteral("a")));
        QTRY_COMPARE(points(*page), 7U);
        // by name until the engine has said in which order the system lists them
        const auto losses = [&] { return page->runView()->chart()->shownTags().filter(QRegularExpression(QStringLiteral("^loss/"))); };
        QTRY_COMPARE(losses(), (QStringList{QStringLiteral("loss/D"), QStringLiteral("loss/G")}));
        describe(*page);
        QTRY_COMPARE(losses(), (QStringList{QStringLiteral("loss/G"), QStringLiteral("loss/D")}));
        page->showRun(run(QStringLiteral("b")));
        QTRY_COMPARE(points(*page), 1U);
        page->newRun();
        QVERIFY(page->form()->isVisible());
        QVERIFY(QDir(run(QStringLiteral("b"))).exists());
    }

private:
    std::unique_ptr<QTemporaryDir> m_folder;
};

QTEST_MAIN(TestTrainPage)
#include "tst_train_page.moc"
