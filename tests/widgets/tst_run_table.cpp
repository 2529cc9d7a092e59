// The table of runs, what is done with runs, steering and alarms: real run directories, real tickets, a trainer of the test's own.
#include <QAction>
#include <QApplication>
#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QHeaderView>
#include <QLineEdit>
#include <QListWidget>
#include <QMessageBox>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QComboBox>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeView>
#include <QTreeWidget>

#include "core/events/tfevents.h"
#include "tests/widgets/run_fixture.h"
#include "widgets/charts/charts_view.h"
#include "widgets/controllers/run_history.h"
#include "widgets/views/option_form.h"
#include "widgets/views/run_dialogs.h"
#include "widgets/views/run_table.h"
#include "widgets/views/run_view.h"
#include "widgets/views/train_form.h"
#include "widgets/views/train_page.h"

using namespace kinora;

class TestRunTable final : public QObject {
    Q_OBJECT
private:
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<TrainPage> m_page;
    std::map<QString, std::unique_ptr<RunWriter>> m_writers;

    QString root() const { return m_folder->filePath(QStringLiteral("runs")); }
    QString run(const QString& name) const { return root() + QLatin1Char('/') + name; }
    std::unique_ptr<TrainPage> makePage() const
    {
        auto page = std::make_unique<TrainPage>(root(), m_folder->filePath(QStringLiteral("recent.txt")), m_folder->filePath(QStringLiteral("logs")),
                                                QCoreApplication::applicationDirPath() + QStringLiteral("/toy_trainer"));
        page->monitor().setInterval(30);
        page->resize(1200, 750);
        page->show();
        QApplication::setActiveWindow(page.get());
        SystemDescription toy;
        toy.id = toy.name = "toy";
        toy.options = {{"width", OptionType::Integer, std::int64_t(8), range(1, 64), "Channels", "system"}};
        toy.lossWeights = {"motion"};
        MetricDescription metric;
        metric.id = "motion_energy";
        metric.name = "Motion energy";
        page->setSystems({toy},
                         {{"batch_size", OptionType::Integer, std::int64_t(16), range(1, 64), "Clips in one step", "training"},
                          {"sample_interval", OptionType::Integer, std::int64_t(100), range(1, 1000), "Steps between samples", "training", true}},
                         {metric});
        page->setDatasets({{"builtin:toys", "Toys", "", true, {}}}, {});
        return page;
    }
    RunWriter& make(const QString& name, std::int64_t step, std::int64_t batch = 4, RunState state = RunState::Running)
    {
        RunConfig config = fixture::config();
        config.trainingOptions["batch_size"] = batch;
        config.trainingOptions["sample_interval"] = std::int64_t(100);
        auto writer = RunWriter::create(run(name).toStdString(), config);
        for (std::int64_t at = 1; at <= step; ++at) fixture::scalars(*writer, at);
        writer->scalars(step, 1, {{"lr/G", 2e-4}});
        writer->checkpoint(step, fixture::checkpoint(step));
        fixture::report(*writer, step, state);
        return *(m_writers[name] = std::move(writer));
    }
    void finish(const QString& name)
    {
        const RunReader reader(run(name).toStdString());
        fixture::report(*m_writers[name], reader.checkpoints().back().step, RunState::Stopped);
        m_writers.erase(name);
    }
    QStringList shown() const
    {
        QStringList names;
        const QAbstractItemModel* model = m_page->list()->model();
        for (int row = 0; row < model->rowCount(); ++row) names.append(model->index(row, 0).data().toString());
        return names;
    }
    QStringList sorted() const
    {
        QStringList names = shown();
        names.sort();
        return names;
    }
    void select(const QStringList& names)
    {
        m_page->list()->clearSelection();
        const QAbstractItemModel* model = m_page->list()->model();
        for (int row = 0; row < model->rowCount(); ++row)
            if (names.contains(model->index(row, 0).data().toString()))
                m_page->list()->selectionModel()->select(model->index(row, 0), QItemSelectionModel::Select | QItemSelectionModel::Rows);
    }
    QAction* action(const QString& text) const
    {
        for (QAction* candidate : m_page->actions())
            if (candidate->text().remove(QLatin1Char('&')) == text) return candidate;
        return nullptr;
    }

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        qputenv("KINORA_HOME", m_folder->filePath(QStringLiteral("home")).toUtf8());
        QVERIFY(QDir().mkpath(root()));
        m_page = makePage();
    }
    void cleanup()
    {
        m_page.reset();
        m_writers.clear();
    }

    void filters()
    {
        make(QStringLiteral("a"), 10, 4);
        make(QStringLiteral("b"), 30, 8);
        make(QStringLiteral("c"), 20, 8);
        finish(QStringLiteral("c"));
        RunReader(run(QStringLiteral("b")).toStdString()).setNotes({{"tags", {"baseline"}}, {"notes", "with a red hat"}});
        QTRY_COMPARE(m_page->runs().rowCount(), 3);
        QTRY_COMPARE(m_page->runs().find(run(QStringLiteral("b")))->summary.tags.size(), 1U);
        QTRY_COMPARE(m_page->runs().find(run(QStringLiteral("c")))->condition, RunCondition::Stopped);
        for (const char* name : {"a", "b"}) QTRY_COMPARE(m_page->runs().find(run(QString::fromUtf8(name)))->condition, RunCondition::Running);
        QLineEdit* filter = m_page->table()->filterEdit();
        const auto passes = [&](const QString& words) {
            filter->clear();
            QTest::keyClicks(filter, words);
            return sorted().join(QLatin1Char(' '));
        };
        filter->setFocus();
        QCOMPARE(passes(QStringLiteral("tag:baseline")), QStringLiteral("b"));
        QCOMPARE(passes(QStringLiteral("-tag:baseline")), QStringLiteral("a c"));
        QCOMPARE(passes(QStringLiteral("state:running")), QStringLiteral("a b"));
        QCOMPARE(passes(QStringLiteral("state:stopped")), QStringLiteral("c"));
        QCOMPARE(passes(QStringLiteral("batch_size=8")), QStringLiteral("b c"));
        QCOMPARE(passes(QStringLiteral("batch_size=8 step>20")), QStringLiteral("b"));
        QCOMPARE(passes(QStringLiteral("step<=20 batch_size!=8")), QStringLiteral("a"));
        QCOMPARE(passes(QStringLiteral("\"red hat\"")), QStringLiteral("b"));
        QCOMPARE(passes(QStringLiteral("nothing")), QString());
        QCOMPARE(passes(QStringLiteral("tag:")), QStringLiteral("a b c"));  // being typed still
        QCOMPARE(passes(QString()), QStringLiteral("a b c"));
    }

    void sortsAndKeepsItsColumnsOverARestart()
    {
        make(QStringLiteral("a"), 10, 4);
        make(QStringLiteral("b"), 30, 16);
        make(QStringLiteral("c"), 20, 8);
        QTRY_COMPARE(m_page->runs().rowCount(), 3);
        for (const auto& [name, step] : {std::pair("a", 10), std::pair("b", 30), std::pair("c", 20)}) QTRY_COMPARE(m_page->runs().find(run(QString::fromUtf8(name)))->step(), step);
        m_page->table()->chooseColumns();
        auto* dialog = m_page->findChild<ColumnDialog*>();
        QVERIFY(dialog);
        for (int row = 0; row < dialog->list()->count(); ++row) {
            QListWidgetItem* item = dialog->list()->item(row);
            const QString id = item->data(Qt::UserRole).toString();
            if (id == QStringLiteral("config:batch_size") || id == QStringLiteral("latest:loss/D")) item->setCheckState(Qt::Checked);
            if (id == QStringLiteral("dataset")) item->setCheckState(Qt::Unchecked);
        }
        dialog->accept();
        QVERIFY(m_page->table()->shownColumns().contains(QStringLiteral("config:batch_size")));
        QVERIFY(!m_page->table()->shownColumns().contains(QStringLiteral("dataset")));
        QHeaderView* header = m_page->list()->header();
        const int batch = int(RunListModel::Columns) + int(m_page->runs().extraColumns().indexOf(QStringLiteral("config:batch_size")));
        QCOMPARE(m_page->list()->model()->headerData(batch, Qt::Horizontal).toString(), QStringLiteral("Batch size"));
        m_page->list()->sortByColumn(batch, Qt::DescendingOrder);
        QCOMPARE(shown(), (QStringList{QStringLiteral("b"), QStringLiteral("c"), QStringLiteral("a")}));
        m_page->list()->sortByColumn(RunListModel::Step, Qt::AscendingOrder);
        QCOMPARE(shown(), (QStringList{QStringLiteral("a"), QStringLiteral("c"), QStringLiteral("b")}));
        header->resizeSection(RunListModel::Name, 177);
        m_page->table()->filterEdit()->setText(QStringLiteral("batch_size>4"));
        QSettings settings(m_folder->filePath(QStringLiteral("state.ini")), QSettings::IniFormat);
        m_page->saveState(settings);
        const QStringList columns = m_page->table()->shownColumns();
        m_page = makePage();
        m_page->restoreState(settings);
        QTRY_COMPARE(m_page->runs().rowCount(), 3);
        QCOMPARE(m_page->table()->shownColumns(), columns);
        QCOMPARE(m_page->list()->columnWidth(RunListModel::Name), 177);
        QTRY_COMPARE(shown(), (QStringList{QStringLiteral("c"), QStringLiteral("b")}));
    }

    void tagsAndNotesAreEditedInPlaceAndInADialog()
    {
        make(QStringLiteral("a"), 10);
        QTRY_COMPARE(m_page->runs().rowCount(), 1);
        const QModelIndex cell = m_page->list()->model()->index(0, RunListModel::Tags);
        m_page->list()->setFocus();
        m_page->list()->setCurrentIndex(cell);
        QTest::keyClick(m_page->list(), Qt::Key_F2);
        auto* editor = m_page->list()->findChild<QLineEdit*>();
        QVERIFY(editor);
        QTest::keyClicks(editor, QStringLiteral("paper, best, paper"));
        QTest::keyClick(editor, Qt::Key_Return);
        const auto notes = [&] { return RunReader(run(QStringLiteral("a")).toStdString()).notes(); };
        QTRY_COMPARE(m_page->runs().find(run(QStringLiteral("a")))->summary.tags, (std::vector<std::string>{"paper", "best"}));
        QCOMPARE(notes()["tags"].size(), 2U);
        m_page->editNotes();
        auto* dialog = m_page->findChild<NotesDialog*>();
        QVERIFY(dialog);
        dialog->findChild<QPlainTextEdit*>()->setPlainText(QStringLiteral("two\nlines"));
        dialog->findChild<QLineEdit*>()->setText(QStringLiteral("My run"));
        dialog->accept();
        QTRY_COMPARE(shown(), QStringList{QStringLiteral("My run")});
        QCOMPARE(notes()["notes"].get<std::string>(), std::string("two\nlines"));
        QCOMPARE(notes()["tags"].size(), 2U);
    }

    void chosenRunsAreOverlaidAndCompared()
    {
        make(QStringLiteral("a"), 10, 4);
        make(QStringLiteral("b"), 12, 8);
        make(QStringLiteral("c"), 14, 8);
        QTRY_COMPARE(m_page->runs().rowCount(), 3);
        m_page->showRun(run(QStringLiteral("a")));
        QCOMPARE(m_page->runView()->chart()->runs().size(), 1U);
        select({QStringLiteral("a"), QStringLiteral("b")});
        QCOMPARE(m_page->runView()->chart()->runs().size(), 2U);
        QVERIFY(action(QStringLiteral("Compare Settings"))->isEnabled());
        m_page->compare();
        auto* dialog = m_page->findChild<DiffDialog*>();
        QVERIFY(dialog);
        QCOMPARE(dialog->table()->topLevelItemCount(), 1);
        QCOMPARE(dialog->table()->topLevelItem(0)->toolTip(0), QStringLiteral("batch_size"));
        dialog->close();
        select({QStringLiteral("a")});
        QCOMPARE(m_page->runView()->chart()->runs().size(), 1U);
        m_page->duplicate();
        QVERIFY(m_page->form()->isVisible());
        QCOMPARE(std::get<std::int64_t>(m_page->form()->options()->values().at("batch_size")), 4);
    }

    void settingsAreChangedGrantedAndRefused()
    {
        RunWriter& writer = make(QStringLiteral("a"), 10);
        QTRY_COMPARE(m_page->runs().rowCount(), 1);
        m_page->showRun(run(QStringLiteral("a")));
        QTRY_VERIFY(m_page->runView()->canSteer());
        m_page->setFocus();
        QTest::keyClick(m_page.get(), Qt::Key_F7);
        auto* dialog = m_page->runView()->findChild<SteeringDialog*>();
        QVERIFY(dialog && dialog->isVisible());
        QTRY_VERIFY(dialog->form()->editor("learning_rate/G"));
        QVERIFY(dialog->form()->editor("loss_weight/motion") && dialog->form()->editor("sample_interval") && !dialog->form()->editor("batch_size"));
        const auto type = [&](const std::string& key, const QString& value) {
            auto* edit = qobject_cast<NumberEdit*>(dialog->form()->editor(key));
            edit->selectAll();
            QTest::keyClicks(edit, value);
        };
        QCOMPARE(qobject_cast<NumberEdit*>(dialog->form()->editor("learning_rate/G"))->text(), QStringLiteral("0.0002"));
        type("sample_interval", QStringLiteral("5000"));
        QVERIFY(!dialog->applyButton()->isEnabled());  // not within its limits
        type("sample_interval", QStringLiteral("50"));
        type("learning_rate/G", QStringLiteral("0.0001"));
        type("loss_weight/motion", QStringLiteral("3"));
        QVERIFY(dialog->applyButton()->isEnabled());
        QTest::mouseClick(dialog->applyButton(), Qt::LeftButton);
        QCOMPARE(dialog->answers().size(), 3);
        std::map<std::string, std::string> asked;
        QTRY_VERIFY(([&] {
            while (const auto request = writer.poll()) {
                if (request->kind != RunRequest::Kind::Set || asked.contains(request->key)) break;
                asked[request->key] = request->value;
                writer.done(*request, request->key == "loss_weight/motion" ? "there is no such loss" : "");
            }
            return asked.size() == 3;
        }()));
        QCOMPARE(asked["sample_interval"], std::string("50"));
        QCOMPARE(QString::fromStdString(asked["learning_rate/G"]).toDouble(), 0.0001);
        QTRY_COMPARE(dialog->answers().filter(QStringLiteral("✓")).size(), 2);
        QTRY_COMPARE(dialog->answers().filter(QStringLiteral("refused: there is no such loss")).size(), 1);
        // what was granted is the present value now; what was refused stands as it was typed
        QCOMPARE(qobject_cast<NumberEdit*>(dialog->form()->editor("sample_interval"))->text(), QStringLiteral("50"));
        QVERIFY(!dialog->form()->changedValues().contains("sample_interval"));
        QVERIFY(!dialog->form()->changedValues().contains("learning_rate/G"));
        QVERIFY(dialog->form()->changedValues().contains("loss_weight/motion"));
        QTreeWidget* events = m_page->runView()->historyView();
        QTRY_VERIFY(events->topLevelItemCount() >= 4);
        QStringList lines;
        for (int row = 0; row < events->topLevelItemCount(); ++row) lines.append(events->topLevelItem(row)->text(2));
        QCOMPARE(lines.filter(QStringLiteral("Learning rate of G set to ")).size(), 1);
        QCOMPARE(lines.filter(QStringLiteral("Refused")).size(), 1);
        dialog->close();

        // a metric now
        m_page->runView()->measureNow();
        auto* metrics = m_page->runView()->findChild<MetricDialog*>();
        QVERIFY(metrics);
        metrics->list()->item(0)->setCheckState(Qt::Checked);
        metrics->accept();
        std::optional<RunRequest> request;
        QTRY_VERIFY((request = writer.poll()).has_value());
        QVERIFY(request->kind == RunRequest::Kind::Metric);
        QCOMPARE(request->value, std::string("motion_energy"));
        writer.done(*request);
    }

    void alarmsAreShownAndGoAway()
    {
        RunWriter& writer = make(QStringLiteral("a"), 10);
        QTRY_COMPARE(m_page->runs().rowCount(), 1);
        m_page->showRun(run(QStringLiteral("a")));
        AlarmBanner* banner = m_page->runView()->banner();
        QVERIFY(banner->text().isEmpty());
        writer.event("alarm", 12, {{"alarm", "saturation"}, {"message", "D_vid is always right"}, {"action", "go_on"}});
        fixture::report(writer, 12);
        QTRY_VERIFY(banner->text().contains(QStringLiteral("D_vid is always right")));
        QVERIFY(banner->text().contains(QStringLiteral("goes on")));
        QTRY_COMPARE(m_page->runView()->snapshot().condition, RunCondition::Running);
        QVERIFY(banner->settingsButton()->isVisible() && banner->logButton()->isVisible() && banner->forkButton()->isVisible() && !banner->continueButton()->isVisible());
        const QModelIndex state = m_page->list()->model()->index(0, RunListModel::State);
        QVERIFY(state.data(RunListModel::AlarmRole).toBool());
        QVERIFY(!state.data(Qt::DecorationRole).value<QIcon>().isNull());
        m_page->table()->filterEdit()->setText(QStringLiteral("state:alarm"));
        QCOMPARE(shown().size(), 1);
        writer.event("alarm_over", 14, {{"alarm", "saturation"}});
        fixture::report(writer, 14);
        QTRY_VERIFY(banner->text().isEmpty());
        m_page->table()->filterEdit()->clear();
        // a trainer that is gone
        m_writers.clear();
        QTRY_VERIFY(banner->text().contains(QStringLiteral("gone")));
        QVERIFY(banner->continueButton()->isVisible() && !banner->settingsButton()->isVisible());
    }

    void forksArchivesRestoresAndDeletes()
    {
        make(QStringLiteral("a"), 10);
        m_writers[QStringLiteral("a")]->checkpoint(20, fixture::checkpoint(20));
        QTRY_COMPARE(m_page->runs().rowCount(), 1);
        m_page->showRun(run(QStringLiteral("a")));
        QVERIFY(!action(QStringLiteral("Archive"))->isEnabled());  // it trains
        QVERIFY(!action(QStringLiteral("Delete…"))->isEnabled());
        finish(QStringLiteral("a"));
        QTRY_VERIFY(action(QStringLiteral("Archive"))->isEnabled());
        QTRY_COMPARE(m_page->runs().find(run(QStringLiteral("a")))->checkpoints.size(), 2U);

        m_page->fork();
        auto* dialog = m_page->findChild<ForkDialog*>();
        QVERIFY(dialog);
        QCOMPARE(dialog->steps()->count(), 2);
        dialog->steps()->setCurrentIndex(1);
        dialog->nameEdit()->setText(QStringLiteral("a"));
        QVERIFY(!dialog->forkButton()->isEnabled());  // there is one
        dialog->nameEdit()->setText(QStringLiteral("child"));
        auto* batch = qobject_cast<NumberEdit*>(dialog->form()->editor("batch_size"));
        QCOMPARE(batch->text(), QStringLiteral("4"));
        batch->selectAll();
        QTest::keyClicks(batch, QStringLiteral("8"));
        QVERIFY(dialog->forkButton()->isEnabled());
        QTest::mouseClick(dialog->forkButton(), Qt::LeftButton);
        const QString child = run(QStringLiteral("child"));
        QSignalSpy said(m_page.get(), &Page::statusMessage);
        // the toy trainer takes it up at once
        QTRY_VERIFY2_WITH_TIMEOUT(m_page->runs().find(child) && m_page->runs().find(child)->step() > 10, said.isEmpty() ? "" : qPrintable(said.last().first().toString()), 15000);
        QCOMPARE(std::get<std::int64_t>(m_page->runs().find(child)->config.trainingOptions.at("batch_size")), 8);
        QTRY_VERIFY_WITH_TIMEOUT(m_page->runs().find(child)->condition == RunCondition::Finished, 20000);

        m_page->showRun(run(QStringLiteral("a")));
        m_page->archive();
        QTRY_VERIFY(QDir(root() + QStringLiteral("/archive/a")).exists() && !QDir(run(QStringLiteral("a"))).exists());
        QTRY_COMPARE(shown(), QStringList{QStringLiteral("child")});
        action(QStringLiteral("Show Archived Runs"))->trigger();
        QTRY_COMPARE(sorted(), (QStringList{QStringLiteral("a"), QStringLiteral("child")}));
        select({QStringLiteral("a")});
        QVERIFY(action(QStringLiteral("Restore from Archive"))->isEnabled());
        m_page->restore();
        QTRY_VERIFY(QDir(run(QStringLiteral("a"))).exists());
        QTRY_VERIFY(m_page->runs().find(run(QStringLiteral("a"))));
        m_page->showRun(run(QStringLiteral("a")));
        for (const bool sure : {false, true}) {
            m_page->deleteRuns();
            QMessageBox* box = nullptr;
            QTRY_VERIFY((box = m_page->findChild<QMessageBox*>()));
            QVERIFY(box->informativeText().contains(QStringLiteral("2 checkpoints")));
            for (QAbstractButton* button : box->buttons())
                if ((box->buttonRole(button) == QMessageBox::DestructiveRole) == sure) button->click();
            QTRY_VERIFY(!m_page->findChild<QMessageBox*>());
            if (!sure) QVERIFY(QDir(run(QStringLiteral("a"))).exists());
        }
        QTRY_VERIFY(!QDir(run(QStringLiteral("a"))).exists());
        QTRY_COMPARE(shown(), QStringList{QStringLiteral("child")});
    }

    void queuedRunsStartOneAfterAnother()
    {
        TrainForm* form = m_page->form();
        const auto steps = [&](const QString& number) {
            for (NumberEdit* edit : form->findChildren<NumberEdit*>())
                if (edit->accessibleName() == QStringLiteral("Steps")) edit->setText(number);
        };
        steps(QStringLiteral("40"));
        QStringList folders;
        for (int i = 0; i < 3; ++i) {
            folders.append(form->request().folder);
            if (i == 2) steps(QStringLiteral("100000"));
            QTest::mouseClick(form->queueButton(), Qt::LeftButton);
            QTRY_VERIFY_WITH_TIMEOUT(m_page->runs().find(folders[i]), 10000);
            QTRY_VERIFY_WITH_TIMEOUT(form->queueButton()->isEnabled() && form->request().folder != folders[i], 10000);
        }
        m_page->showQueue();
        QueueDialog* dialog = m_page->queueDialog();
        QTRY_VERIFY(dialog->table()->topLevelItemCount() >= 2);
        // the third is not wanted any more
        for (int row = 0; row < dialog->table()->topLevelItemCount(); ++row)
            if (dialog->table()->topLevelItem(row)->toolTip(0) == folders[2]) dialog->table()->setCurrentItem(dialog->table()->topLevelItem(row));
        QCOMPARE(dialog->table()->currentItem()->toolTip(0), folders[2]);
        QVERIFY(dialog->removeButton()->isEnabled());
        QTest::mouseClick(dialog->upButton(), Qt::LeftButton);
        QTest::mouseClick(dialog->removeButton(), Qt::LeftButton);
        QTRY_VERIFY(!m_page->runs().find(folders[2]));
        // the second begins when the first has ended
        QTRY_VERIFY_WITH_TIMEOUT(m_page->runs().find(folders[1]) && m_page->runs().find(folders[1])->condition == RunCondition::Finished, 20000);
        const auto began = [](const QString& folder) { return QDateTime::fromString(QString::fromStdString(RunReader(folder.toStdString()).history().front()["time"].get<std::string>()), Qt::ISODateWithMs); };
        QVERIFY(began(folders[0]).msecsTo(began(folders[1])) >= 0);
        QVERIFY(QFileInfo(folders[1] + QStringLiteral("/run.toml")).lastModified() >= QFileInfo(folders[0] + QStringLiteral("/checkpoints/step-00000040.safetensors")).lastModified());
        QCOMPARE(m_page->runs().find(folders[0])->condition, RunCondition::Finished);
        QVERIFY(!QDir(folders[2]).exists());
        QTRY_COMPARE(dialog->table()->topLevelItemCount(), 0);
    }

    void aDatasetThatMovedIsPointedTo()
    {
        const QString before = m_folder->filePath(QStringLiteral("old.h5")), now = m_folder->filePath(QStringLiteral("new.h5"));
        RunConfig config = fixture::config();
        config.dataset = before.toStdString();
        auto writer = RunWriter::create(run(QStringLiteral("a")).toStdString(), config);
        writer->checkpoint(10, fixture::checkpoint(10));
        fixture::report(*writer, 10, RunState::Stopped);
        writer.reset();
        QTRY_COMPARE(m_page->runs().rowCount(), 1);
        m_page->showRun(run(QStringLiteral("a")));
        QTRY_VERIFY(m_page->runView()->banner()->text().contains(QStringLiteral("old.h5")));
        m_page->runView()->continueRun();
        auto* dialog = m_page->runView()->findChild<ContinueDialog*>();
        QVERIFY(dialog);
        QPushButton* go = nullptr;
        for (QPushButton* button : dialog->findChildren<QPushButton*>())
            if (button->text().contains(QStringLiteral("ontinue"))) go = button;
        QVERIFY(go && !go->isEnabled());
        dialog->setDataset(m_folder->filePath(QStringLiteral("none.h5")));
        QVERIFY(!go->isEnabled());
        fixture::writeDataset(now.toStdString(), 4);
        dialog->setDataset(now);
        QVERIFY(go->isEnabled());
        dialog->findChild<NumberEdit*>(QStringLiteral("steps"))->setText(QStringLiteral("15"));
        QTest::mouseClick(go, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(m_page->runs().find(run(QStringLiteral("a")))->condition == RunCondition::Finished, 15000);
        QCOMPARE(RunReader(run(QStringLiteral("a")).toStdString()).dataset(), now.toStdString());
        QTRY_VERIFY(m_page->runView()->banner()->text().isEmpty());
    }

    void foldersOfOtherProgramsShowTheirCurves()
    {
        const QString folder = m_folder->filePath(QStringLiteral("elsewhere"));
        QVERIFY(QDir().mkpath(folder));
        {
            EventsWriter writer(folder.toStdString());
            for (int step = 0; step < 10; ++step) writer.scalars(step, {{"loss", 1.0 / (step + 1)}});
        }
        QVERIFY(m_page->accepts(folder));
        m_page->openPath(folder);
        QTRY_COMPARE(shown(), QStringList{QStringLiteral("elsewhere")});
        QCOMPARE(m_page->runView()->snapshot().folder, folder);
        QTRY_VERIFY(m_page->runView()->chart()->shownTags().contains(QStringLiteral("loss")));
        for (const char* name : {"Pause", "Archive", "Delete…", "Fork from Checkpoint…", "Continue…"}) QVERIFY2(!action(QString::fromUtf8(name))->isEnabled(), name);
        m_page = makePage();  // remembered
        QTRY_COMPARE(m_page->runs().rowCount(), 1);
    }

    void theWindowMayCloseAndReopenDuringTraining()
    {
        TrainRequest request = m_page->form()->request();
        request.steps = 100000;
        m_page->form()->setOptions({}, request.steps, 0);
        QTest::mouseClick(m_page->form()->startButton(), Qt::LeftButton);
        const QString folder = request.folder;
        QTRY_VERIFY_WITH_TIMEOUT(m_page->runView()->snapshot().folder == folder && m_page->runView()->snapshot().condition == RunCondition::Running, 10000);
        QSettings settings(m_folder->filePath(QStringLiteral("state.ini")), QSettings::IniFormat);
        m_page->saveState(settings);
        const qint64 before = m_page->runView()->snapshot().step();
        m_page.reset();
        QTest::qWait(300);  // it trains on with no window
        m_page = makePage();
        m_page->restoreState(settings);
        QTRY_COMPARE(m_page->runView()->snapshot().folder, folder);
        QTRY_VERIFY(m_page->runView()->snapshot().step() > before + 5);
        QCOMPARE(m_page->runView()->snapshot().condition, RunCondition::Running);
        m_page->runView()->stop();
        QTRY_COMPARE(m_page->runView()->snapshot().condition, RunCondition::Stopped);
    }

    void historyIsSaidInWords()
    {
        using nlohmann::json;
        QCOMPARE(eventText(json{{"kind", "roll_back"}, {"from", 20}, {"factor", 0.5}}), QStringLiteral("Went back from step 20 to this one; learning rates times 0.5"));
        QVERIFY(eventText(json{{"kind", "of the future"}, {"x", 1}}).contains(QStringLiteral("of the future")));
        QVERIFY(!eventText(json(3)).isEmpty());
        RunHistory history;
        history.events = {json{{"kind", "request"}, {"request", "set"}, {"key", "sample_interval"}, {"value", "5"}, {"step", 10}},
                          json{{"kind", "request"}, {"request", "set"}, {"key", "loss_weight/x"}, {"value", "2"}, {"step", 30}}, json{{"kind", "resume"}, {"step", 20}},
                          json{{"kind", 3}, {"step", "x"}}};
        RunConfig config = fixture::config();
        config.trainingOptions["sample_interval"] = std::int64_t(100);
        const auto present = presentSettings(config, history);
        QCOMPARE(present.at("sample_interval"), std::string("5"));
        QVERIFY(!present.contains("loss_weight/x"));  // the resume went back before it
    }
};

QTEST_MAIN(TestRunTable)
#include "tst_run_table.moc"
