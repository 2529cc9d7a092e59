#include <QAction>
#include <QApplication>
#include <QComboBox>
#include <QDir>
#include <QFile>
#include <QLineEdit>
#include <QMenu>
#include <QMovie>
#include <QSignalSpy>
#include <QSlider>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTest>

#include "tests/widgets/run_fixture.h"
#include "widgets/clip_view/clip_grid.h"
#include "widgets/controllers/sample_reader.h"
#include "widgets/views/export_dialog.h"
#include "widgets/views/sample_view.h"

using namespace kinora;

/// The scrubber over a run's samples, with real sample files.
class TestSampleView final : public QObject {
    Q_OBJECT
private:
    std::unique_ptr<QTemporaryDir> m_root;
    std::unique_ptr<RunWriter> m_writer;
    std::unique_ptr<SampleView> m_view;

    QString folder() const { return m_root->filePath(QStringLiteral("r")); }
    RunSnapshot snapshot() const
    {
        const RunReader reader(folder().toStdString());
        RunSnapshot run;
        run.folder = folder();
        run.config = reader.config();
        run.samples = reader.samples();
        return run;
    }
    /// The first cell of the fixture's matrix has the step as its grey level, the next one 10, whatever the step.
    static int level(const ClipGrid* grid, int column = 0) { return grid->clip(0, column) ? int(grid->clip(0, column)->frame(0)[0]) : -1; }
    void showSteps(int count)
    {
        for (int step = 10; step <= 10 * count; step += 10) fixture::samples(*m_writer, step);
        m_view->setRun(snapshot());
        QTRY_COMPARE(m_view->shownStep(), 10 * count);
    }

private Q_SLOTS:
    void init()
    {
        m_root = std::make_unique<QTemporaryDir>();
        qputenv("KINORA_HOME", m_root->filePath(QStringLiteral("home")).toUtf8());
        m_writer = RunWriter::create(folder().toStdString(), fixture::config());
        m_view = std::make_unique<SampleView>();
        m_view->resize(500, 500);
        m_view->show();
        QApplication::setActiveWindow(m_view.get());
        m_view->grid()->setFocus();
    }
    void cleanup()
    {
        m_view.reset();
        m_writer.reset();
    }

    void everyStepIsReachedByKeySliderAndNumber()
    {
        showSteps(20);
        QCOMPARE(m_view->slider()->maximum(), 19);
        QCOMPARE(level(m_view->grid()), 200);
        QTest::keyClick(m_view->grid(), Qt::Key_PageUp);
        QTRY_COMPARE(m_view->shownStep(), 190);
        QCOMPARE(level(m_view->grid()), 190);
        QTest::keyClick(m_view->grid(), Qt::Key_Home, Qt::ControlModifier);
        QTRY_COMPARE(m_view->shownStep(), 10);
        for (int step = 20; step <= 200; step += 10) {
            QTest::keyClick(m_view->grid(), Qt::Key_PageDown);
            QTRY_COMPARE(m_view->shownStep(), step);
            QCOMPARE(level(m_view->grid()), step);
        }
        m_view->slider()->setFocus();
        QTest::keyClick(m_view->slider(), Qt::Key_Left);
        QTRY_COMPARE(m_view->shownStep(), 190);
        auto* box = m_view->findChild<QSpinBox*>();
        box->setFocus();
        box->selectAll();
        QTest::keyClicks(box, QStringLiteral("87"));
        QTest::keyClick(box, Qt::Key_Return);
        QTRY_COMPARE(m_view->shownStep(), 90);  // the nearest one
        QCOMPARE(level(m_view->grid()), 90);
        QTest::keyClick(box, Qt::Key_Up);
        QTRY_COMPARE(m_view->shownStep(), 100);
        QVERIFY(m_view->reader().cachedBytes() > 0);
    }

    void followsTheNewestUntilAPersonLooksElsewhere()
    {
        showSteps(3);
        fixture::samples(*m_writer, 40);
        m_view->setRun(snapshot());
        QTRY_COMPARE(m_view->shownStep(), 40);
        QTest::keyClick(m_view->grid(), Qt::Key_PageUp);
        QTRY_COMPARE(m_view->shownStep(), 30);
        fixture::samples(*m_writer, 50);
        m_view->setRun(snapshot());
        QTest::qWait(100);
        QCOMPARE(m_view->shownStep(), 30);
        QCOMPARE(m_view->slider()->maximum(), 4);
        QTest::keyClick(m_view->grid(), Qt::Key_N);
        QTRY_COMPARE(m_view->shownStep(), 50);
        fixture::samples(*m_writer, 60);
        m_view->setRun(snapshot());
        QTRY_COMPARE(m_view->shownStep(), 60);
    }

    void playsThroughTrainingStepByStep()
    {
        showSteps(15);
        auto* rate = m_view->findChild<QComboBox*>();
        for (QComboBox* box : m_view->findChildren<QComboBox*>())
            if (box->accessibleName() == QStringLiteral("Speed through training")) rate = box;
        rate->setCurrentIndex(rate->count() - 1);
        QSignalSpy shown(m_view.get(), &SampleView::stepShown);
        QTest::keyClick(m_view->grid(), Qt::Key_T);
        QVERIFY(m_view->filming());
        QTRY_VERIFY(!m_view->filming());
        QCOMPARE(m_view->shownStep(), 150);
        QCOMPARE(shown.size(), 15);  // from the first, none left out
        for (int i = 0; i < 15; ++i) QCOMPARE(shown[i].first().toLongLong(), 10 * (i + 1));
        // stopped in the middle, it goes on from there
        QTest::keyClick(m_view->grid(), Qt::Key_T);
        QTRY_VERIFY(m_view->shownStep() >= 30 && m_view->shownStep() < 150);
        QTest::keyClick(m_view->grid(), Qt::Key_T);
        QVERIFY(!m_view->filming());
        const qint64 held = m_view->shownStep();
        QTest::qWait(150);
        QVERIFY(m_view->shownStep() - held <= 10);  // at most what was being read
    }

    void differencesAreExact()
    {
        showSteps(5);
        QTest::keyClick(m_view->grid(), Qt::Key_D);
        QTRY_COMPARE(level(m_view->grid()), 128 + 5);  // 50 against 40
        QCOMPARE(level(m_view->grid(), 1), 128);
        QTest::keyClick(m_view->grid(), Qt::Key_D);
        QTRY_COMPARE(level(m_view->grid()), 10);
        QCOMPARE(level(m_view->grid(), 1), 0);
        QTest::keyClick(m_view->grid(), Qt::Key_D);
        QTRY_COMPARE(level(m_view->grid()), 40);
        // the first one has none before it
        QTest::keyClick(m_view->grid(), Qt::Key_Home, Qt::ControlModifier);
        QTRY_COMPARE(m_view->shownStep(), 10);
        QCOMPARE(level(m_view->grid()), -1);
        QTest::keyClick(m_view->grid(), Qt::Key_D);
        QTRY_COMPARE(level(m_view->grid()), 10);

        // to another step, side by side
        QTest::keyClick(m_view->grid(), Qt::Key_B);
        QCOMPARE(m_view->pinnedStep(), 10);
        QTRY_COMPARE(level(m_view->pinnedGrid()), 10);
        QVERIFY(m_view->pinnedGrid()->isVisible());
        m_view->goTo(50);
        QTRY_COMPARE(level(m_view->grid()), 50);
        QCOMPARE(level(m_view->pinnedGrid()), 10);
        m_view->setDifference(SampleDifference::Absolute);
        QTRY_COMPARE(level(m_view->grid()), 40);
        QTest::keyClick(m_view->grid(), Qt::Key_B);
        QVERIFY(!m_view->pinnedGrid()->isVisible());
        QTRY_COMPARE(level(m_view->grid()), 10);
    }

    void cellsOfAnotherSizeHaveNoDifference()
    {
        SampleClips a, b;
        a.rows = b.rows = 1;
        a.columns = 2;
        b.columns = 1;
        a.clips = {std::make_shared<const Frames>(fixture::plainClip(1, 2, 4)), std::make_shared<const Frames>(fixture::plainClip(2, 2, 4))};
        b.clips = {std::make_shared<const Frames>(fixture::plainClip(1, 2, 8))};
        const SamplesPtr difference = sampleDifference(a, b, SampleDifference::Signed);
        QCOMPARE(difference->clips.size(), 2U);
        QVERIFY(!difference->clips[0] && !difference->clips[1]);
    }

    void whatIsKeptIsBoundedAndReadAhead()
    {
        showSteps(1);
        const std::size_t one = m_view->reader().cachedBytes();
        QVERIFY(one > 0);
        for (int step = 20; step <= 300; step += 10) fixture::samples(*m_writer, step);
        SampleReader reader(5 * one);
        reader.setFiles(folder(), RunReader(folder().toStdString()).samples());
        QSignalSpy loaded(&reader, &SampleReader::loaded);
        reader.want({100}, {110, 120});
        QTRY_VERIFY(reader.idle());
        QCOMPARE(loaded.size(), 3);
        QVERIFY(reader.find(100) && reader.find(110) && reader.find(120));
        for (int step = 10; step <= 300; step += 10) {
            reader.want({step});
            QTRY_VERIFY(reader.find(step));
            QVERIFY(reader.cachedBytes() <= 5 * one);
        }
        QVERIFY(!reader.find(10));
        // what was passed over is never read
        loaded.clear();
        for (int step = 10; step <= 200; step += 10) reader.want({step});
        QTRY_VERIFY(reader.idle());
        QVERIFY(reader.find(200));
        QVERIFY2(loaded.size() <= 2, qPrintable(QString::number(loaded.size())));
    }

    void aDamagedFileIsSaidOnceAndHarmsNoOther()
    {
        showSteps(4);
        QFile file(toString(RunReader(folder().toStdString()).samples()[1].path));
        QVERIFY(file.resize(100));
        SampleView view;
        QSignalSpy said(&view, &SampleView::statusMessage);
        view.show();
        view.setRun(snapshot());
        QTRY_COMPARE(view.shownStep(), 40);
        view.goTo(20);
        QTRY_COMPARE(said.size(), 1);
        QVERIFY2(said.first().first().toString().contains(QStringLiteral("step-00000020")), qPrintable(said.first().first().toString()));
        view.setRun(snapshot());
        view.setRun(snapshot());
        QTest::qWait(100);
        QCOMPARE(said.size(), 1);
        view.goTo(30);
        QTRY_COMPARE(view.shownStep(), 30);
    }

    void aSampleThatAResumeWroteAnewIsReadAnew()
    {
        showSteps(4);
        m_view->goTo(30);
        QTRY_COMPARE(level(m_view->grid()), 30);
        m_writer->checkpoint(20, "x");
        m_writer.reset();
        m_writer = RunWriter::resume(folder().toStdString(), 20, 100);
        std::vector<Frames> clips(6, fixture::plainClip(7, 3, 8));
        m_writer->samples(30, clips, 2, 3, 10);
        m_view->setRun(snapshot());
        QTRY_COMPARE(level(m_view->grid()), 70);
        QCOMPARE(m_view->slider()->maximum(), 2);
    }

    void anyCellBecomesAGif()
    {
        showSteps(4);
        m_view->grid()->setCurrent(1, 2);
        for (const auto& [subject, name, frames] : {std::tuple(0, QStringLiteral("cell.gif"), 3), std::tuple(1, QStringLiteral("matrix.gif"), 3), std::tuple(2, QStringLiteral("film.gif"), 12)}) {
            QApplication::setActiveWindow(m_view.get());
            m_view->grid()->setFocus();
            QTest::keyClick(m_view->grid(), Qt::Key_G);
            auto* dialog = m_view->findChild<ExportDialog*>();
            QVERIFY(dialog && dialog->isVisible());
            QVERIFY(dialog->target().endsWith(QStringLiteral("r_step40_2_3.gif")));
            dialog->setSubject(subject);
            dialog->setTarget(m_root->filePath(name));
            dialog->accept();
            QTRY_VERIFY(QFile::exists(m_root->filePath(name)));
            QMovie movie(m_root->filePath(name));
            QCOMPARE(movie.frameCount(), frames);
            QTRY_VERIFY(!m_view->findChild<ExportDialog*>());
        }
        QMovie film(m_root->filePath(QStringLiteral("film.gif")));
        film.jumpToFrame(0);
        QCOMPARE(qGray(film.currentImage().pixel(3, 3)), 50);  // the sixth clip of the fixture
        // the mouse's menu means the cell under it
        const QPoint cell = m_view->grid()->mapTo(m_view.get(), m_view->grid()->cellRect(0, 1).center());
        QContextMenuEvent event(QContextMenuEvent::Mouse, cell, m_view->mapToGlobal(cell));
        QApplication::sendEvent(m_view.get(), &event);
        QCOMPARE(m_view->grid()->currentRow(), 0);
        QCOMPARE(m_view->grid()->currentColumn(), 1);
        auto* menu = m_view->findChild<QMenu*>();
        QVERIFY(menu && menu->actions().size() > 8);
        menu->close();
    }

    void anotherRunStartsAnew()
    {
        showSteps(4);
        m_view->goTo(10);
        m_view->setPinned(true);
        QTRY_COMPARE(m_view->shownStep(), 10);
        RunSnapshot empty;
        empty.folder = m_root->filePath(QStringLiteral("other"));
        m_view->setRun(empty);
        QCOMPARE(m_view->shownStep(), -1);
        QCOMPARE(m_view->pinnedStep(), -1);
        QCOMPARE(m_view->grid()->rows(), 0);
        QTest::keyClick(m_view->grid(), Qt::Key_T);
        QTest::keyClick(m_view->grid(), Qt::Key_G);
        QTest::keyClick(m_view->grid(), Qt::Key_PageDown);
        QVERIFY(!m_view->filming() && !m_view->findChild<ExportDialog*>());
    }

private:
    static QString toString(const std::filesystem::path& path) { return QString::fromStdString(path.string()); }
};

QTEST_MAIN(TestSampleView)
#include "tst_sample_view.moc"
