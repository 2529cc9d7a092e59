#include <QAction>
#include <QApplication>
#include <QComboBox>
#include <QDir>
#include <QDragEnterEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeWidget>

#include "tests/widgets/run_fixture.h"
#include "widgets/clip_view/clip_view.h"
#include "widgets/views/clip_list_view.h"
#include "widgets/views/dataset_dialogs.h"
#include "widgets/views/datasets_page.h"
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
        auto* player = page->findChild<ClipView*>();
        QTRY_VERIFY(player->clip() != nullptr);
        QCOMPARE(player->clip()->count(), 4);
        // another clip by key, with all its facts
        view->setFocus();
        QTest::keyClick(view, Qt::Key_Right);
        QTRY_COMPARE(player->clip()->count(), 5);
        QString facts;
        auto* tree = page->findChild<QTreeWidget*>();
        for (int i = 0; i < tree->topLevelItemCount(); ++i) facts += tree->topLevelItem(i)->text(0) + QLatin1Char('=') + tree->topLevelItem(i)->text(1) + QLatin1Char(';');
        for (const char* part : {"Name=clip1;", "Expression=cry;", "Intensity=0.1;", "Split=train;", "Group=s0;", "Source=drawn;"}) QVERIFY2(facts.contains(QLatin1String(part)), part);
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

    void filtersByTextClassAndSplit()
    {
        const auto page = this->page();
        open(*page, m_file);
        auto* filter = page->findChildren<QLineEdit*>().first();
        QSignalSpy queried(&page->clips(), &ClipListModel::queried);
        filter->setFocus();
        QTest::keyClicks(filter, QStringLiteral("smile"));
        QVERIFY(queried.wait());
        QTRY_COMPARE(page->clips().rowCount(), 30);
        QComboBox *classes = nullptr, *splits = nullptr, *order = nullptr;
        for (QComboBox* combo : page->findChildren<QComboBox*>()) {
            if (combo->accessibleName() == QStringLiteral("Class")) classes = combo;
            if (combo->accessibleName() == QStringLiteral("Split")) splits = combo;
            if (combo->accessibleName() == QStringLiteral("Order")) order = combo;
        }
        QVERIFY(classes && splits && order);
        QTest::keyClick(splits, Qt::Key_Down);
        QTRY_COMPARE(page->clips().rowCount(), 6);
        filter->clear();
        QTRY_COMPARE(page->clips().rowCount(), 12);
        QTest::keyClick(splits, Qt::Key_Up);
        QTRY_COMPARE(page->clips().rowCount(), 60);
        QTest::keyClick(classes, Qt::Key_Down);  // over the heading, to the first class
        QTRY_COMPARE(page->clips().rowCount(), 30);
        QVERIFY(classes->currentText().contains(QStringLiteral("30")));
        QTest::keyClick(classes, Qt::Key_Up);
        filter->setText(QStringLiteral("nonsense>3"));
        QTRY_VERIFY(page->clips().rowCount() == 60);
        bool said = false;
        QTRY_VERIFY(([&] {
            for (QLabel* label : page->findChildren<QLabel*>()) said = said || (label->isVisible() && label->text().contains(QStringLiteral("nonsense")));
            return said;
        }()));
    }

    void exportsTheSelection()
    {
        const auto page = this->page();
        open(*page, m_file);
        auto* view = page->findChild<ClipListView*>();
        view->setFocus();
        view->setCurrentIndex(page->clips().index(0));
        QTest::keyClick(view, Qt::Key_Right, Qt::ShiftModifier);
        QTest::keyClick(view, Qt::Key_Right, Qt::ShiftModifier);
        QCOMPARE(page->selectedClips(), (std::vector<std::int64_t>{0, 1, 2}));
        QTest::mouseClick(view->viewport(), Qt::LeftButton, Qt::ControlModifier, view->visualRect(page->clips().index(1)).center());
        QCOMPARE(page->selectedClips(), (std::vector<std::int64_t>{0, 2}));
        QSignalSpy said(page.get(), &Page::statusMessage);
        const QString target = m_folder.filePath(QStringLiteral("two.gif"));
        page->exportSelection(target);
        QTRY_VERIFY(QFile::exists(target));
        QImage image(target);
        QCOMPARE(image.size(), QSize(34, 16));  // two tiles and the gap
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
        QLabel* banner = nullptr;
        QTRY_VERIFY(([&] {
            for (QLabel* label : page->findChildren<QLabel*>())
                if (label->isVisible() && label->text().contains(QStringLiteral("wrong.h5"))) banner = label;
            return banner != nullptr;
        }()));
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
        QTest::mouseClick(dialog->startButton(), Qt::LeftButton);
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

    void cancelsAJobAndKeepsNothing()
    {
        if (!QFile::exists(QStringLiteral(KINORA_BIN_DIR "/kinora-import"))) QSKIP("kinora-import is not built");
        const auto page = this->page();
        page->shown();
        QTRY_VERIFY_WITH_TIMEOUT(page->descriptions().size() >= 3, 20000);
        page->createDataset();
        auto* dialog = page->findChild<CreateDatasetDialog*>();
        dialog->form()->setValues({{"clips", std::int64_t(100000)}});
        dialog->nameEdit()->setText(QStringLiteral("huge"));
        dialog->start();
        QVERIFY(dialog->running());
        QTest::qWait(700);
        QTest::keyClick(dialog, Qt::Key_Escape);
        QTRY_VERIFY_WITH_TIMEOUT(!dialog->running(), 10000);
        QVERIFY(dialog->isVisible());  // the form is there again
        QVERIFY(dialog->startButton()->isEnabled());
        QCOMPARE(QDir(m_folder.filePath(QStringLiteral("datasets"))).entryList({QStringLiteral("*huge*")}, QDir::Files | QDir::Hidden).size(), 0);
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
        page->importClips(strips);
        auto* dialog = page->findChild<ImportDatasetDialog*>();
        QCOMPARE(dialog->nameEdit()->text(), QStringLiteral("strips"));
        QSignalSpy opened(page.get(), &Page::opened);
        QVERIFY(dialog->startButton()->isEnabled());
        dialog->start();
        QVERIFY2(opened.wait(20000), qPrintable(dialog->problem()));
        QCOMPARE(page->clips().rowCount(), 4);
        QVERIFY(dialog->isVisible());
        bool named = false;
        for (QPlainTextEdit* report : dialog->findChildren<QPlainTextEdit*>()) named = named || (report->isVisible() && report->toPlainText().contains(QStringLiteral("9.png")));
        QVERIFY(named);
        dialog->reject();
        // a folder that holds nothing of the kind: one clear line
        page->importClips(m_folder.filePath(QStringLiteral("datasets")));
        dialog = page->findChildren<ImportDatasetDialog*>().last();
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
