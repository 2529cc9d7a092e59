#include <QAbstractItemModelTester>
#include <QAction>
#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QDir>
#include <QDragEnterEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMimeData>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <QTreeView>
#include <QTreeWidget>
#include <csignal>
#include <cstring>

#include "core/dataset/exclusions.h"
#include "tests/widgets/run_fixture.h"
#include "widgets/clip_view/clip_clock.h"
#include "widgets/clip_view/clip_view.h"
#include "widgets/message_bar.h"
#include "widgets/views/bar_chart.h"
#include "widgets/views/clip_export_dialog.h"
#include "widgets/views/clip_inspector.h"
#include "widgets/views/data_card_view.h"
#include "widgets/views/clip_list_view.h"
#include "widgets/views/dataset_dialogs.h"
#include "widgets/views/dataset_statistics_view.h"
#include "widgets/views/datasets_page.h"
#include "widgets/views/facet_panel.h"
#include "widgets/views/import_dialog.h"
#include "widgets/views/motion_strip.h"
#include "widgets/views/option_form.h"

using namespace kinora;

class TestDatasetsPage final : public QObject {
    Q_OBJECT
private:
    static QString program() { return QStringLiteral(KINORA_BIN_DIR "/kinora"); }
    std::unique_ptr<DatasetsPage> page()
    {
        auto page = std::make_unique<DatasetsPage>(m_folder.filePath(QStringLiteral("datasets")), m_folder.filePath(QStringLiteral("recent.txt")), program());
        page->resize(1200, 700);
        page->show();
        return page;
    }
    static void open(DatasetsPage& page, const QString& path)
    {
        QSignalSpy opened(&page, &Page::opened);
        page.openPath(path);
        QVERIFY(opened.wait());
    }

private Q_SLOTS:
    void initTestCase()
    {
        qputenv("KINORA_HOME", m_folder.filePath(QStringLiteral("home")).toUtf8());
        m_file = m_folder.filePath(QStringLiteral("a.h5"));
        fixture::writeDataset(m_file.toStdString(), 60);
    }

    void opensShowsAndPlays()
    {
        const auto page = this->page();
        QVERIFY(page->accepts(m_file));
        QVERIFY(!page->accepts(QStringLiteral("x.gif")));
        open(*page, m_file);
        QCOMPARE(page->clips().rowCount(), 60);
        auto* view = page->findChild<ClipListView*>();
        QTRY_VERIFY(page->clips().index(0).data(ClipListModel::LoadedRole).isValid());
        auto* player = page->inspector()->player();
        QTRY_VERIFY(player->clip() != nullptr);
        QCOMPARE(player->clip()->count(), 4);
        // another clip by key, with all its facts
        view->setFocus();
        QTest::keyClick(view, Qt::Key_Right);
        QTRY_COMPARE(player->clip()->count(), 5);
        QString facts;
        auto* tree = page->inspector()->findChild<QTreeWidget*>();
        for (int i = 0; i < tree->topLevelItemCount(); ++i) facts += tree->topLevelItem(i)->text(0) + QLatin1Char('=') + tree->topLevelItem(i)->text(1) + QLatin1Char(';');
        for (const char* part : {"Name=clip1;", "Expression=cry;", "Intensity=0.1;", "Split=train;", "Subject=s0;", "Source=drawn;"}) QVERIFY2(facts.contains(QLatin1String(part)), part);
        QTest::keyClick(view, Qt::Key_End);
        QCOMPARE(view->currentIndex().row(), 59);
        QVERIFY(view->viewport()->rect().contains(view->visualRect(view->currentIndex())));
        QTest::keyClick(view, Qt::Key_Home);
        // wheel with Ctrl
        view->setTileSide(64);
        QCOMPARE(view->tileSide(), 64);
        // every index is where it is drawn
        for (const int row : {0, 1, 7, 13}) QCOMPARE(view->indexAt(view->visualRect(page->clips().index(row)).center()).row(), row);
    }

    /// Ticks a value of a facet as the pointer does.
    static void tick(DatasetsPage& page, const std::string& key, const std::string& value)
    {
        QTreeView* tree = page.facets()->tree();
        const QModelIndex index = page.facets()->model()->find(key, value);
        QVERIFY2(index.isValid(), value.c_str());
        tree->setExpanded(index.parent(), true);
        tree->scrollTo(index);
        tree->setCurrentIndex(index);
        QTest::keyClick(tree, Qt::Key_Space);
    }
    static int countOf(DatasetsPage& page, const std::string& key, const std::string& value)
    {
        return QLocale().toInt(page.facets()->model()->find(key, value).siblingAtColumn(1).data().toString());
    }

    void filtersByTextAndFacets()
    {
        const auto page = this->page();
        const QAbstractItemModelTester tester(page->facets()->model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        open(*page, m_file);
        QTRY_COMPARE(countOf(*page, "split", "test"), 12);
        QCOMPARE(countOf(*page, "label:expression", "smile"), 30);
        QLineEdit* filter = page->filterLine();
        filter->setFocus();
        QTest::keyClicks(filter, QStringLiteral("smile"));
        QTRY_COMPARE(page->clips().rowCount(), 30);
        QCOMPARE(countOf(*page, "split", "test"), 6);
        QCOMPARE(countOf(*page, "label:expression", "cry"), 0);
        tick(*page, "split", "test");
        QTRY_COMPARE(page->clips().rowCount(), 6);
        QCOMPARE(countOf(*page, "split", "train"), 24);  // what picking it as well would add
        filter->clear();
        QTRY_COMPARE(page->clips().rowCount(), 12);
        tick(*page, "split", "train");  // several values of one facet
        QTRY_COMPARE(page->clips().rowCount(), 60);
        tick(*page, "split", "train");
        QTRY_COMPARE(page->clips().rowCount(), 12);
        tick(*page, "label:expression", "cry");
        QTRY_COMPARE(page->clips().rowCount(), 6);
        // clear all: the facets and the line
        filter->setText(QStringLiteral("frames>4"));
        QTRY_VERIFY(page->clips().rowCount() < 6);
        for (QToolButton* button : page->facets()->findChildren<QToolButton*>())
            if (button->text() == QStringLiteral("Clear all")) QTest::mouseClick(button, Qt::LeftButton);
        QTRY_COMPARE(page->clips().rowCount(), 60);
        QVERIFY(filter->text().isEmpty());
        QVERIFY(page->facets()->chosen().empty());
        // a line that makes no sense is explained, and lets everything through
        filter->setText(QStringLiteral("nonsense>3"));
        const auto said = [&](const QString& text) {
            const auto labels = page->findChildren<QLabel*>();
            return std::any_of(labels.begin(), labels.end(), [&](QLabel* label) { return label->isVisible() && label->text().contains(text); });
        };
        QTRY_VERIFY(said(QStringLiteral("nonsense")));
        QCOMPARE(page->clips().rowCount(), 60);
        filter->clear();
        QTRY_VERIFY(!said(QStringLiteral("nonsense")));
        // any fact sorts
        QComboBox* order = nullptr;
        for (QComboBox* combo : page->findChildren<QComboBox*>())
            if (combo->accessibleName() == QStringLiteral("Order")) order = combo;
        for (const char* key : {"name", "frames", "fps", "width", "height", "split", "group", "source", "expression", "intensity"}) QVERIFY2(order->findData(QString::fromLatin1(key)) > 0, key);
    }

    void remembersHowADatasetWasLookedAt()
    {
        const QString settingsFile = m_folder.filePath(QStringLiteral("page.ini")), other = m_folder.filePath(QStringLiteral("other.h5"));
        fixture::writeDataset(other.toStdString(), 5);
        {
            const auto page = this->page();
            open(*page, m_file);
            tick(*page, "split", "test");
            page->filterLine()->setText(QStringLiteral("label:cry"));
            QTRY_COMPARE(page->clips().rowCount(), 6);
            open(*page, other);
            QVERIFY(page->filterLine()->text().isEmpty());
            QTRY_COMPARE(page->clips().rowCount(), 5);
            QSettings settings(settingsFile, QSettings::IniFormat);
            page->saveState(settings);
        }
        const auto page = this->page();
        QSettings settings(settingsFile, QSettings::IniFormat);
        page->restoreState(settings);
        QTRY_COMPARE(page->clips().rowCount(), 5);  // the one that was open
        open(*page, m_file);
        QCOMPARE(page->filterLine()->text(), QStringLiteral("label:cry"));
        QTRY_COMPARE(page->clips().rowCount(), 6);
        QVERIFY(page->facets()->chosen().at("split").contains("test"));
    }

    void excludesAndUndoes()
    {
        const QString file = m_folder.filePath(QStringLiteral("excluded.h5"));
        fixture::writeDataset(file.toStdString(), 12);
        const auto page = this->page();
        open(*page, file);
        QTRY_COMPARE(countOf(*page, "excluded", "no"), 12);
        ClipListView* view = page->view();
        view->setFocus();
        view->setCurrentIndex(page->clips().index(2));
        QTest::keyClick(view, Qt::Key_Right, Qt::ShiftModifier);
        QTest::keyClick(view, Qt::Key_Delete);
        QTRY_COMPARE(countOf(*page, "excluded", "yes"), 2);
        QVERIFY(page->clips().index(2).data(ClipListModel::ExcludedRole).toBool());
        QCOMPARE(page->clips().rowCount(), 12);  // still there, struck out
        QCOMPARE(page->selectedClips(), (std::vector<std::int64_t>{2, 3}));
        QTRY_COMPARE(readExclusions(file.toStdString()), (std::set<std::string>{"clip2", "clip3"}));
        page->undoStack()->undo();
        QTRY_COMPARE(readExclusions(file.toStdString()), std::set<std::string>());
        QVERIFY(!page->clips().index(2).data(ClipListModel::ExcludedRole).toBool());
        page->undoStack()->redo();
        QTRY_COMPARE(readExclusions(file.toStdString()).size(), 2U);
        QTest::keyClick(view, Qt::Key_Delete);  // all of them are: they come back
        QTRY_COMPARE(readExclusions(file.toStdString()).size(), 0U);
        page->undoStack()->undo();
        QTRY_COMPARE(readExclusions(file.toStdString()).size(), 2U);
        tick(*page, "excluded", "no");
        QTRY_COMPARE(page->clips().rowCount(), 10);
        // and the next window knows
        const auto again = this->page();
        open(*again, file);
        QCOMPARE(again->exclusions().count(), 2);
    }

    void inspectsAClip()
    {
        const QString file = m_folder.filePath(QStringLiteral("moving.h5"));
        {
            ClipFileWriter writer(file.toStdString(), {}, {{"crop_box", "float32", 4, false}});
            Frames clip(4, 8, 8);
            std::fill_n(clip.frame(2), clip.frameBytes(), std::uint8_t(40));
            ClipInfo info;
            info.name = "moving";
            info.frameRateHz = 25;
            info.source = "/data/a.avi";
            info.origin = {std::string(64, 'a'), 12, 2, {1, 2, 30, 40}, "no_face"};
            std::vector<std::uint8_t> boxes(4 * 4 * sizeof(float));
            for (int t = 0; t < 4; ++t) {
                const float box[4] = {static_cast<float>(10 * t), 0, 20, 20};
                std::memcpy(boxes.data() + t * sizeof box, box, sizeof box);
            }
            writer.add(info, clip, {boxes});
            writer.finish();
        }
        const auto page = this->page();
        open(*page, file);
        ClipInspector* inspector = page->inspector();
        QTRY_COMPARE(inspector->strip()->energy().size(), 4U);
        QCOMPARE(inspector->strip()->energy(), (std::vector<double>{0, 0, 40, 40}));
        // a click seeks, keys step
        MotionStrip* strip = inspector->strip();
        QTest::mouseClick(strip, Qt::LeftButton, Qt::NoModifier, QPoint(strip->width() * 5 / 8, strip->height() / 2));
        QVERIFY(!inspector->clock()->playing());
        QCOMPARE(inspector->player()->shownFrame(), 2);
        QTest::keyClick(page->view(), Qt::Key_Comma);  // from the wall, too
        QCOMPARE(inspector->player()->shownFrame(), 1);
        QTest::keyClick(inspector->player(), Qt::Key_Right);
        QCOMPARE(inspector->player()->shownFrame(), 2);
        // pictures over time
        inspector->setShow(ClipInspector::Show::Mean);
        QCOMPARE(int(inspector->player()->clip()->frame(0)[0]), 10);
        inspector->setShow(ClipInspector::Show::Deviation);
        QCOMPARE(int(inspector->player()->clip()->frame(0)[0]), 255);
        inspector->setShow(ClipInspector::Show::Source);
        QVERIFY(inspector->player()->clip()->width() > 2 * inspector->player()->clip()->height());  // the crop moved by three halves of its width
        inspector->setShow(ClipInspector::Show::Frames);
        QCOMPARE(inspector->player()->clip()->width(), 8);
        // where it came from
        QString facts;
        auto* tree = inspector->findChild<QTreeWidget*>();
        for (int i = 0; i < tree->topLevelItemCount(); ++i) facts += tree->topLevelItem(i)->text(0) + QLatin1Char('=') + tree->topLevelItem(i)->text(1) + QLatin1Char(';');
        for (const char* part : {"Source=/data/a.avi;", "Flags=no_face;", "Frames of the source=12 to 18", "SHA-256 of the source=aaaa"}) QVERIFY2(facts.contains(QLatin1String(part)), qPrintable(facts));
        QVERIFY2(facts.contains(QString::fromUtf8("Crop box=30 × 40 at 1, 2;")), qPrintable(facts));
    }

    void showsTheOpticalFlow()
    {
        if (!QFile::exists(QStringLiteral(KINORA_BIN_DIR "/kinora-import"))) QSKIP("kinora-import is not built");
        const auto page = this->page();
        open(*page, m_file);
        ClipInspector* inspector = page->inspector();
        QTRY_VERIFY(inspector->player()->clip() != nullptr);
        const ClipPtr plain = inspector->player()->clip();
        inspector->setShow(ClipInspector::Show::Flow);
        QTRY_VERIFY_WITH_TIMEOUT(inspector->player()->clip() != plain, 20000);
        QCOMPARE(inspector->player()->clip()->count(), plain->count());
        QCOMPARE(inspector->player()->clip()->width(), 16);
        // the next clip's flow follows
        QTest::keyClick(page->view(), Qt::Key_Right);
        QTRY_VERIFY_WITH_TIMEOUT(inspector->clip() == 1 && inspector->player()->clip()->count() == 5, 20000);
    }

    void chartsWhatIsShown()
    {
        const auto page = this->page();
        open(*page, m_file);
        page->tabs()->setCurrentWidget(page->statistics());
        QSignalSpy counted(page->statistics(), &DatasetStatisticsView::counted);
        QTRY_VERIFY(counted.size() >= 1 && page->statistics()->statistics().clips == 60);
        const auto charts = page->statistics()->findChildren<BarChart*>();
        QVERIFY(charts.size() >= 5);
        const auto chart = std::find_if(charts.begin(), charts.end(), [](BarChart* each) { return each->title() == QStringLiteral("Expression by split"); });
        QVERIFY(chart != charts.end());
        QCOMPARE((*chart)->barsShown(), 2);
        QVERIFY((*chart)->accessibleDescription().contains(QStringLiteral("30")));
        tick(*page, "split", "test");
        QTRY_COMPARE(page->statistics()->statistics().clips, 12);
        QVERIFY(page->statistics()->csv().contains("expression,smile,,6\r\n"));
        QSignalSpy said(page->statistics(), &DatasetStatisticsView::said);
        for (const char* name : {"s.csv", "s.png"}) page->statistics()->saveAs(m_folder.filePath(QString::fromLatin1(name)));
        QTRY_COMPARE(said.size(), 2);
        QFile csv(m_folder.filePath(QStringLiteral("s.csv")));
        QVERIFY(csv.open(QIODevice::ReadOnly));
        QCOMPARE(csv.readAll(), page->statistics()->csv());
        const QImage picture(m_folder.filePath(QStringLiteral("s.png")));
        QVERIFY(picture.width() > 600 && picture.height() > 400);
        // a picture of charts, not of nothing
        std::set<QRgb> colours;
        for (int y = 0; y < picture.height(); y += 7)
            for (int x = 0; x < picture.width(); x += 7) colours.insert(picture.pixel(x, y));
        QVERIFY(colours.size() > 10);
    }

    void exportsTheSelection()
    {
        if (!QFile::exists(QStringLiteral(KINORA_BIN_DIR "/kinora-import"))) QSKIP("kinora-import is not built");
        QCOMPARE(clipsText({0, 1, 2, 5, 9, 10, 4}), QStringLiteral("0-2,5,9-10,4"));
        const auto page = this->page();
        open(*page, m_file);
        QVERIFY(!page->exportSelection() || !page->selectedClips().empty());
        auto* view = page->view();
        view->setFocus();
        view->setCurrentIndex(page->clips().index(0));
        QTest::keyClick(view, Qt::Key_Right, Qt::ShiftModifier);
        QTest::keyClick(view, Qt::Key_Right, Qt::ShiftModifier);
        QCOMPARE(page->selectedClips(), (std::vector<std::int64_t>{0, 1, 2}));
        QTest::mouseClick(view->viewport(), Qt::LeftButton, Qt::ControlModifier, view->visualRect(page->clips().index(1)).center());
        QCOMPARE(page->selectedClips(), (std::vector<std::int64_t>{0, 2}));
        for (const char* format : {"gif", "h5"}) {
            ClipExportDialog* dialog = page->exportSelection();
            QVERIFY(dialog);
            dialog->setFormat(QString::fromLatin1(format));
            const QString target = m_folder.filePath(QStringLiteral("two.") + QLatin1String(format));
            dialog->targetEdit()->setText(target);
            QSignalSpy exported(dialog, &ClipExportDialog::exported);
            if (qstrcmp(format, "gif") == 0) QTest::mouseClick(dialog->startButton(), Qt::LeftButton);
            else QTest::keyClick(dialog->targetEdit(), Qt::Key_Return);
            QTRY_COMPARE_WITH_TIMEOUT(exported.size(), 1, 20000);  // the dialog closes itself then
            QVERIFY2(QFile::exists(target), format);
        }
        QImage image(m_folder.filePath(QStringLiteral("two.gif")));
        QCOMPARE(image.size(), QSize(34, 16));  // two tiles and the gap
        const auto copy = openClipFile(m_folder.filePath(QStringLiteral("two.h5")).toStdString());
        QCOMPARE(copy->size(), 2);
        QCOMPARE(copy->info(1).name, std::string("clip2"));
        // folders of frames; an excluded clip stays out unless it is wanted
        view->setCurrentIndex(page->clips().index(2));
        page->excludeSelection();
        view->setFocus();
        QTest::keyClick(view, Qt::Key_A, Qt::ControlModifier);
        QCOMPARE(page->selectedClips().size(), 60U);
        QTRY_COMPARE(readExclusions(m_file.toStdString()).size(), 1U);
        ClipExportDialog* dialog = page->exportSelection();
        dialog->setFormat(QStringLiteral("frames"));
        const QString folder = m_folder.filePath(QStringLiteral("frames"));
        dialog->targetEdit()->setText(folder);
        QVERIFY(!dialog->withExcludedBox()->isChecked());
        QSignalSpy exported(dialog, &ClipExportDialog::exported);
        dialog->start();
        QTRY_COMPARE_WITH_TIMEOUT(exported.size(), 1, 20000);  // the dialog closes itself then
        QCOMPARE(QDir(folder).entryList(QDir::Dirs | QDir::NoDotAndDotDot).size(), 59);
        page->undoStack()->undo();
        QTRY_COMPARE(readExclusions(m_file.toStdString()).size(), 0U);
        // what goes wrong stays on screen, in one line
        dialog = page->exportSelection();
        dialog->targetEdit()->setText(QStringLiteral("/no/such/folder/x.h5"));
        QVERIFY(!dialog->startButton()->isEnabled());
        QVERIFY(dialog->startButton()->toolTip().contains(QStringLiteral("/no/such/folder")));
        dialog->reject();
    }

    void saysWhatIsWrongWithAFile()
    {
        const auto page = this->page();
        open(*page, m_file);
        const QString wrong = m_folder.filePath(QStringLiteral("wrong.h5"));
        QFile file(wrong);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray(5000, 'x'));
        file.close();
        page->openPath(wrong);
        auto* banner = page->findChild<MessageBar*>();
        QTRY_VERIFY(banner->isVisible() && banner->text().contains(QStringLiteral("wrong.h5")));
        QVERIFY(!banner->text().contains(QLatin1Char('\n')));
        QCOMPARE(page->clips().rowCount(), 60);  // what was open stays
        page->openPath(m_folder.filePath(QStringLiteral("missing.h5")));
        QTRY_VERIFY(banner->text().contains(QStringLiteral("missing.h5")));
    }

    void createsABuiltInDataset()
    {
        if (!QFile::exists(QStringLiteral(KINORA_BIN_DIR "/kinora-import"))) QSKIP("kinora-import is not built");
        const auto page = this->page();
        page->shown();
        QTRY_VERIFY_WITH_TIMEOUT(page->descriptions().size() >= 3, 20000);  // asked of the command line
        page->createDataset();
        auto* dialog = page->findChild<CreateDatasetDialog*>();
        QVERIFY(dialog);
        dialog->form()->setValues({{"clips", std::int64_t(6)}, {"size", std::int64_t(32)}});
        QVERIFY2(dialog->datasetText().endsWith(QStringLiteral("?clips=6&size=32")), qPrintable(dialog->datasetText()));
        dialog->nameEdit()->setText(QStringLiteral("mine"));
        QSignalSpy opened(page.get(), &Page::opened);
        QTest::keyClick(dialog->nameEdit(), Qt::Key_Return);  // Enter creates, it does not cancel
        QVERIFY(opened.wait(30000));
        QCOMPARE(page->clips().rowCount(), 6);
        QVERIFY(page->files().contains(m_folder.filePath(QStringLiteral("datasets/mine.h5"))));
        // what is wrong with a field stands at the field, and nothing can be started
        page->createDataset();
        dialog = page->findChild<CreateDatasetDialog*>();
        dialog->form()->setValues({{"clips", std::int64_t(-6)}});
        QVERIFY(!dialog->startButton()->isEnabled());
        dialog->reject();
    }

    void pausesCancelsContinuesAndDiscards()
    {
        if (!QFile::exists(QStringLiteral(KINORA_BIN_DIR "/kinora-import"))) QSKIP("kinora-import is not built");
        const auto page = this->page();
        page->shown();
        QTRY_VERIFY_WITH_TIMEOUT(page->descriptions().size() >= 3, 20000);
        page->createDataset();
        auto* dialog = page->findChild<CreateDatasetDialog*>();
        dialog->form()->setValues({{"clips", std::int64_t(100000)}, {"size", std::int64_t(32)}});
        dialog->nameEdit()->setText(QStringLiteral("huge"));
        dialog->start();
        QVERIFY(dialog->running());
        QTRY_VERIFY_WITH_TIMEOUT(dialog->phaseLabel()->text().contains(QStringLiteral("of 100,000")), 20000);
        // held up: the process is stopped, and goes on
        const auto state = [&] {
            QFile stat(QStringLiteral("/proc/%1/stat").arg(dialog->processId()));
            return stat.open(QIODevice::ReadOnly) ? QString::fromLatin1(stat.readAll()).section(QLatin1String(") "), 1).left(1) : QString();
        };
        QTest::mouseClick(dialog->pauseButton(), Qt::LeftButton);
        QTRY_COMPARE(state(), QStringLiteral("T"));
        QVERIFY(dialog->phaseLabel()->text().contains(QStringLiteral("Paused")));
        QTest::mouseClick(dialog->pauseButton(), Qt::LeftButton);
        QTRY_VERIFY(state() != QStringLiteral("T"));
        QTest::mouseClick(dialog->pauseButton(), Qt::LeftButton);
        QTRY_COMPARE(state(), QStringLiteral("T"));
        const qint64 process = dialog->processId();
        QTest::keyClick(dialog, Qt::Key_Escape);  // cancelled while it is held up
        QTRY_VERIFY_WITH_TIMEOUT(!dialog->running(), 20000);
        QVERIFY(!QFile::exists(QStringLiteral("/proc/%1").arg(process)));
        QVERIFY(dialog->isVisible());
        QCOMPARE(dialog->stage(), DatasetJobDialog::Stage::Interrupted);
        QVERIFY(dialog->discardButton()->isVisible());
        QTest::mouseClick(dialog->startButton(), Qt::LeftButton);  // it says "Continue"
        QTRY_VERIFY(dialog->running());
        QTest::qWait(300);
        dialog->reject();
        QTRY_VERIFY_WITH_TIMEOUT(!dialog->running(), 20000);
        QTest::mouseClick(dialog->discardButton(), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(dialog->stage(), DatasetJobDialog::Stage::Form, 20000);
        QVERIFY(dialog->startButton()->isEnabled());
        QCOMPARE(QDir(m_folder.filePath(QStringLiteral("datasets"))).entryList({QStringLiteral("*huge*")}, QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot), QStringList());
        dialog->reject();
    }

    void aClosedPageLeavesNoProcess()
    {
        if (!QFile::exists(QStringLiteral(KINORA_BIN_DIR "/kinora-import"))) QSKIP("kinora-import is not built");
        auto page = this->page();
        page->shown();
        QTRY_VERIFY_WITH_TIMEOUT(page->descriptions().size() >= 3, 20000);
        page->createDataset();
        auto* dialog = page->findChild<CreateDatasetDialog*>();
        dialog->form()->setValues({{"clips", std::int64_t(100000)}});
        dialog->nameEdit()->setText(QStringLiteral("orphan"));
        dialog->start();
        QTRY_VERIFY_WITH_TIMEOUT(dialog->phaseLabel()->text().contains(QStringLiteral("of 100,000")), 20000);
        const qint64 process = dialog->processId();
        QVERIFY(process > 0);
        page.reset();
        QVERIFY(!QFile::exists(QStringLiteral("/proc/%1").arg(process)));
        // nor a worker of its: no process of the group is left
        QVERIFY(::kill(-static_cast<pid_t>(process), 0) != 0);
    }

    void showsTheDataCard()
    {
        const QString file = m_folder.filePath(QStringLiteral("known.h5"));
        {
            ClipFileWriter writer(file.toStdString(), {}, {}, {{"kind", "example-set"}, {"options", "size=64"}});
            ClipInfo info;
            info.name = "a";
            writer.add(info, Frames(2, 4, 4));
            writer.finish();
        }
        const auto page = this->page();
        DatasetDescription kind;
        kind.id = "example-set";
        kind.name = "Example set";
        kind.card = {"Made for a test.", "None known.", "Ask its makers.", "https://example.org/set", "@misc{example, title = {Example}}"};
        kind.presets = {{"small", "Small", {{"size", std::string("32")}, {"word", std::string("x")}}}};
        for (const char* key : {"word", "crop", "size"}) kind.options.push_back({key, OptionType::Text, std::string(key == std::string("size") ? "source" : "none"), {}, "", "dataset"});
        page->setDescriptions({kind});
        open(*page, file);
        page->tabs()->setCurrentIndex(2);
        auto* card = page->findChild<AboutDatasetView*>()->card();
        QCOMPARE(card->bibtex(), QString::fromStdString(kind.card.citation));
        QTest::mouseClick(card->copyButton(), Qt::LeftButton);
        QCOMPARE(QApplication::clipboard()->text(), QString::fromStdString(kind.card.citation));
        // the import shows it before anything is imported; a preset fills in the options, own ones apart from the preprocessing
        ImportDatasetDialog* dialog = page->importClips();
        dialog->kindBox()->setCurrentIndex(dialog->kindBox()->findData(QStringLiteral("example-set")));
        QCOMPARE(dialog->card()->bibtex(), card->bibtex());
        QCOMPARE(dialog->ownForm()->fields().size(), 1U);
        QCOMPARE(dialog->preprocessingForm()->fields().size(), 2U);
        dialog->presetBox()->setFocus();
        QTest::keyClick(dialog->presetBox(), Qt::Key_Down);
        QCOMPARE(std::get<std::string>(dialog->preprocessingForm()->values().at("size")), std::string("32"));
        dialog->preprocessingForm()->setValues({{"crop", std::string("centre")}});
        QCOMPARE(dialog->importCommand().mid(4), (QStringList{QStringLiteral("--preset"), QStringLiteral("small"), QStringLiteral("--set"), QStringLiteral("crop=centre")}));
        dialog->preprocessingForm()->setValues({{"size", std::string("source")}});  // back to the default, against the preset
        QVERIFY(dialog->importCommand().contains(QStringLiteral("size=source")));
        QVERIFY(!dialog->startButton()->isEnabled());  // no source yet
        dialog->reject();
    }

    void importsStripsAndReportsWhatWasSkipped()
    {
        if (!QFile::exists(QStringLiteral(KINORA_BIN_DIR "/kinora-import"))) QSKIP("kinora-import is not built");
        const QString strips = m_folder.filePath(QStringLiteral("strips"));
        for (const int folder : {0, 1}) {
            QVERIFY(QDir().mkpath(strips + QStringLiteral("/%1").arg(folder)));
            for (int i = 0; i < 2; ++i) {
                QImage image(16 * 40, 16, QImage::Format_RGB32);
                image.fill(Qt::darkGreen);
                QVERIFY(image.save(strips + QStringLiteral("/%1/%2.png").arg(folder).arg(i)));
            }
        }
        QFile bad(strips + QStringLiteral("/0/9.png"));
        QVERIFY(bad.open(QIODevice::WriteOnly));
        bad.write("no picture");
        bad.close();
        const auto page = this->page();
        page->shown();
        QTRY_VERIFY_WITH_TIMEOUT(page->descriptions().size() >= 3, 20000);
        ImportDatasetDialog* dialog = page->importClips(strips);
        QVERIFY(!dialog->isModal());  // the window stays usable
        QCOMPARE(dialog->nameEdit()->text(), QStringLiteral("strips"));
        QCOMPARE(dialog->kindBox()->currentData().toString(), QStringLiteral("auto"));
        // what would be imported is listed without being asked for, and the kind found out with it
        QTRY_VERIFY_WITH_TIMEOUT(dialog->preview()->topLevelItemCount() > 0, 20000);
        QVERIFY2(dialog->importCommand().contains(QStringLiteral("strips")) && !dialog->importCommand().contains(QStringLiteral("auto")), qPrintable(dialog->importCommand().join(QLatin1Char(' '))));
        QVERIFY(!dialog->preprocessingForm()->isVisible());
        QVERIFY(!dialog->pauseButton()->isVisible() && !dialog->discardButton()->isVisible());
        QSignalSpy opened(page.get(), &Page::opened);
        QVERIFY(dialog->startButton()->isEnabled());
        dialog->start();
        QVERIFY2(opened.wait(20000), qPrintable(dialog->problem()));
        QCOMPARE(page->clips().rowCount(), 4);
        QVERIFY(dialog->isVisible());
        QCOMPARE(dialog->stage(), DatasetJobDialog::Stage::Done);
        QCOMPARE(dialog->skipped().rowCount(), 1);
        QVERIFY(dialog->skipped().index(0, 0).data().toString().contains(QStringLiteral("9.png")));
        QVERIFY(!dialog->skipped().index(0, 1).data().toString().isEmpty());
        for (QPushButton* button : dialog->findChildren<QPushButton*>())
            if (button->isVisible() && button->text().remove(QLatin1Char('&')) == QStringLiteral("Copy List")) QTest::mouseClick(button, Qt::LeftButton);
        QVERIFY(QApplication::clipboard()->text().contains(QStringLiteral("9.png\t")));
        dialog->reject();
        // a folder that holds nothing of the kind: one clear line
        dialog = page->importClips(m_folder.filePath(QStringLiteral("datasets")));
        dialog->kindBox()->setCurrentIndex(dialog->kindBox()->findData(QStringLiteral("strips")));
        dialog->start();
        QTRY_VERIFY_WITH_TIMEOUT(!dialog->problem().isEmpty(), 10000);
        QVERIFY(!dialog->problem().contains(QLatin1Char('\n')));
        dialog->reject();
    }

    void dropsOpen()
    {
        const auto page = this->page();
        QMimeData data;
        data.setUrls({QUrl::fromLocalFile(m_file)});
        QDragEnterEvent enter(QPoint(10, 10), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(page.get(), &enter);
        QVERIFY(enter.isAccepted());
        QSignalSpy opened(page.get(), &Page::opened);
        QDropEvent drop(QPointF(10, 10), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(page.get(), &drop);
        QVERIFY(opened.wait());
        QMimeData other;
        other.setUrls({QUrl::fromLocalFile(QStringLiteral("/x.txt"))});
        QDragEnterEvent refused(QPoint(10, 10), Qt::CopyAction, &other, Qt::LeftButton, Qt::NoModifier);
        refused.ignore();
        QApplication::sendEvent(page.get(), &refused);
        QVERIFY(!refused.isAccepted());
    }

    void everythingHasAName()
    {
        const auto page = this->page();
        open(*page, m_file);
        for (QComboBox* combo : page->findChildren<QComboBox*>()) QVERIFY2(!combo->accessibleName().isEmpty() || combo->parent()->inherits("PlayerBar"), combo->metaObject()->className());
        QVERIFY(!page->findChild<ClipListView*>()->accessibleName().isEmpty());
    }

private:
    QTemporaryDir m_folder;
    QString m_file;
};

QTEST_MAIN(TestDatasetsPage)
#include "tst_datasets_page.moc"
