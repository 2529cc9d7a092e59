#include <QMovie>
#include <QSpinBox>
#include <QtTest>

#include "widgets/clip_view/clip_grid.h"
#include "widgets/message_bar.h"
#include "widgets/views/compare_page.h"
#include "widgets/views/export_dialog.h"
#include "window_test_support.h"

class TestComparePage final : public QObject {
    Q_OBJECT
    TestHome m_home;
    std::unique_ptr<EngineClient> m_engine;
    std::unique_ptr<ComparePage> m_page;

    ClipGrid& grid() { return *m_page->findChild<ClipGrid*>(); }
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

    void theRowIsSavedAsAGif()
    {
        m_page->openPath(m_home.checkpoint(QStringLiteral("one.safetensors"), QStringLiteral("split")));
        m_page->openPath(m_home.checkpoint(QStringLiteral("three.safetensors"), QStringLiteral("whole")));
        QTRY_VERIFY_WITH_TIMEOUT(complete() && grid().columns() == 2, 10000);
        m_page->saveRow();
        auto* dialog = m_page->findChild<ExportDialog*>();
        QVERIFY(dialog);
        const QString file = m_home.path(QStringLiteral("row.gif"));
        dialog->setTarget(file);
        dialog->accept();
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(file), 10000);
        QMovie movie(file);
        QTRY_COMPARE(movie.frameCount(), 8);
    }
};
QTEST_MAIN(TestComparePage)
#include "tst_compare_page.moc"
