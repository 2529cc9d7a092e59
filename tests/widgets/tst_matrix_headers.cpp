// Headers of the appearance x motion matrix on the real page: dragged with the mouse, moved with keys, from their menu, and by dropping a clip.
#include <QMenu>
#include <QMimeData>
#include <QSignalSpy>
#include <QSlider>
#include <QSpinBox>
#include <QUndoStack>
#include <QtTest>
#include <nlohmann/json.hpp>

#include "core/util/error.h"
#include "widgets/clip_view/clip_grid.h"
#include "widgets/views/explore_page.h"
#include "widgets/views/matrix_headers.h"
#include "window_test_support.h"

using namespace kinora;

class TestMatrixHeaders final : public QObject {
    Q_OBJECT
    TestHome m_home;
    std::unique_ptr<EngineClient> m_engine;
    std::unique_ptr<ExplorePage> m_page;

    ClipView& view() { return *m_page->findChild<ClipView*>(); }
    ClipGrid& grid() { return *m_page->findChild<ClipGrid*>(); }
    const MatrixCodes& codes() { return m_page->matrixHeaders().codes(); }
    ControlValues rowOf(int row) { return codes().values(MatrixSide::Rows, row, m_page->model()); }
    ControlValues columnOf(int column) { return codes().values(MatrixSide::Columns, column, m_page->model()); }
    int red(int row, int column) { return grid().clip(row, column) ? grid().clip(row, column)->bytes()[0] : -1; }
    /// What the small engine paints for the row that is wanted.
    int wantedRed(int row) { return std::clamp(static_cast<int>(std::lround((static_cast<double>(rowOf(row).at("za").numbers[0]) + 2.0) * 63.75)), 0, 255); }
    bool settled()
    {
        QTest::qWait(200);  // the wait of the page before it asks
        return QTest::qWaitFor([&] {
            for (int row = 0; row < grid().rows(); ++row)
                for (int column = 0; column < grid().columns(); ++column)
                    if (red(row, column) != wantedRed(row)) return false;
            return grid().rows() == static_cast<int>(codes().rows.size());
        });
    }
    void drag(Qt::Orientation side, int from, int to, Qt::KeyboardModifiers modifiers = {})
    {
        const QPoint start = grid().headerRect(side, from).center(), end = grid().headerRect(side, to).center();
        QTest::mousePress(&grid(), Qt::LeftButton, modifiers, start);
        for (int step = 1; step <= 4; ++step) {
            const QPointF at = start + QPointF(end - start) * step / 4;
            QMouseEvent move(QEvent::MouseMove, at, grid().mapToGlobal(at), Qt::NoButton, Qt::LeftButton, modifiers);
            QCoreApplication::sendEvent(&grid(), &move);
        }
        QTest::mouseRelease(&grid(), Qt::LeftButton, modifiers, end);
    }
    /// Clips that the engine has sent since.
    qint64 clipsSince(qint64 bytes) { return (m_engine->bytesReceived() - bytes) / (8 * 16 * 16 * 3); }

private Q_SLOTS:
    void init()
    {
        m_engine = std::make_unique<EngineClient>(testEngine());
        m_engine->start();
        m_page = std::make_unique<ExplorePage>(*m_engine, QString());
        m_page->resize(1200, 700);
        m_page->show();
        m_page->openPath(m_home.checkpoint(QStringLiteral("m.safetensors"), QStringLiteral("split")));
        QTRY_VERIFY_WITH_TIMEOUT(m_page->hasCheckpoint(), 10000);
        QTRY_VERIFY_WITH_TIMEOUT(grid().rows() == 4 && std::ranges::all_of(grid().clips(), [](const ClipPtr& clip) { return clip != nullptr; }), 10000);
    }
    void cleanup()
    {
        m_page.reset();
        m_engine.reset();
    }

    void draggingSwaps()
    {
        const ControlValues first = rowOf(0), third = rowOf(2), motion = columnOf(1);
        const std::vector<ClipPtr> before = grid().clips();
        const qint64 bytes = m_engine->bytesReceived();
        drag(Qt::Vertical, 0, 2);
        QVERIFY(rowOf(0) == third && rowOf(2) == first && columnOf(1) == motion);
        QVERIFY(settled());
        QCOMPARE(grid().rowHeaders(), QStringList({QStringLiteral("A 2"), QStringLiteral("A 1"), QStringLiteral("A 0"), QStringLiteral("A 3")}));
        for (int column = 0; column < 4; ++column) QVERIFY(*grid().clip(0, column) == *before[static_cast<std::size_t>(8 + column)]);
        QCOMPARE(clipsSince(bytes), 0);  // all of them were there
        drag(Qt::Horizontal, 3, 0);
        QCOMPARE(codes().label(MatrixSide::Columns, 0), QStringLiteral("M 3"));
        QVERIFY(settled());
        QVERIFY(*grid().clip(1, 0) == *before[7]);
        m_page->undoStack()->undo();
        m_page->undoStack()->undo();
        QVERIFY(codes().onlySeeds());
        QVERIFY(settled());
        for (std::size_t cell = 0; cell < before.size(); ++cell) QVERIFY(*grid().clips()[cell] == *before[cell]);
        m_page->undoStack()->redo();
        QVERIFY(rowOf(0) == third);
    }

    void withCtrlTheCodeIsCopied()
    {
        const ControlValues first = rowOf(0);
        drag(Qt::Vertical, 0, 3, Qt::ControlModifier);
        QVERIFY(rowOf(0) == first && rowOf(3) == first);
        QVERIFY(settled());
        for (int column = 0; column < 4; ++column) QVERIFY(*grid().clip(3, column) == *grid().clip(0, column));
        m_page->undoStack()->undo();
        QVERIFY(codes().onlySeeds());
    }

    void withShiftAChildIsBred()
    {
        const std::vector<float> mother = rowOf(1).at("za").numbers, father = rowOf(2).at("za").numbers;
        const qint64 bytes = m_engine->bytesReceived();
        drag(Qt::Vertical, 1, 2, Qt::ShiftModifier);
        const std::vector<float> child = rowOf(2).at("za").numbers;
        QCOMPARE(rowOf(1).at("za").numbers, mother);
        QCOMPARE(child.size(), mother.size());
        int ofMother = 0, ofFather = 0;
        for (std::size_t i = 0; i < child.size(); ++i) {
            QVERIFY(child[i] == mother[i] || child[i] == father[i]);
            (child[i] == mother[i] ? ofMother : ofFather)++;
        }
        QVERIFY2(ofMother > 5 && ofFather > 5, qPrintable(QStringLiteral("%1 and %2").arg(ofMother).arg(ofFather)));
        QVERIFY(settled());
        QCOMPARE(clipsSince(bytes), 4);  // the child's row alone
        // of a sequence each number keeps its course over time
        const std::vector<float> left = columnOf(0).at("zm").numbers, right = columnOf(1).at("zm").numbers;
        drag(Qt::Horizontal, 0, 1, Qt::ShiftModifier);
        const std::vector<float> course = columnOf(1).at("zm").numbers;
        for (std::size_t number = 0; number < 4; ++number) {
            const bool isLeft = course[number] == left[number];
            for (std::size_t at = number; at < course.size(); at += 4) QCOMPARE(course[at], isLeft ? left[at] : right[at]);
        }
        m_page->undoStack()->undo();
        m_page->undoStack()->undo();
        QCOMPARE(rowOf(2).at("za").numbers, father);
    }

    void aDragThatEndsNowhereDoesNothing()
    {
        const MatrixCodes before = codes();
        drag(Qt::Vertical, 1, 1);
        const QPoint start = grid().headerRect(Qt::Vertical, 0).center();
        QTest::mousePress(&grid(), Qt::LeftButton, {}, start);
        QTest::mouseMove(&grid(), start + QPoint(0, 90));
        QTest::keyClick(&grid(), Qt::Key_Escape);
        QTest::mouseRelease(&grid(), Qt::LeftButton, {}, grid().headerRect(Qt::Vertical, 2).center());
        QVERIFY(codes() == before);
        QCOMPARE(m_page->undoStack()->count(), 0);
    }

    void keysDoTheSame()
    {
        grid().setFocus();
        QTest::keyClick(&grid(), Qt::Key_Home);  // the first cell
        QTest::keyClick(&grid(), Qt::Key_Left);
        QCOMPARE(grid().currentHeader(Qt::Vertical), 0);
        QVERIFY(grid().accessibleDescription().contains(QStringLiteral("A 0")));
        QTest::keyClick(&grid(), Qt::Key_Down, Qt::ControlModifier);
        QCOMPARE(codes().label(MatrixSide::Rows, 1), QStringLiteral("A 0"));
        QCOMPARE(grid().currentHeader(Qt::Vertical), 1);  // it goes with what was moved
        QTest::keyClick(&grid(), Qt::Key_Right);
        QCOMPARE(grid().currentHeader(Qt::Vertical), -1);
        QCOMPARE(grid().currentRow(), 1);
        QTest::keyClick(&grid(), Qt::Key_Up);
        QTest::keyClick(&grid(), Qt::Key_Up);
        QCOMPARE(grid().currentHeader(Qt::Horizontal), 0);
        QTest::keyClick(&grid(), Qt::Key_Right);
        QTest::keyClick(&grid(), Qt::Key_Right, Qt::ControlModifier);
        QCOMPARE(codes().label(MatrixSide::Columns, 2), QStringLiteral("M 1"));
        // the menu
        QTest::keyClick(&grid(), Qt::Key_Return);
        QMenu* menu = nullptr;
        for (QMenu* one : m_page->findChildren<QMenu*>(Qt::FindDirectChildrenOnly))
            if (one->isVisible()) menu = one;
        QVERIFY(menu);
        QMenu* copy = nullptr;
        for (QAction* action : menu->actions())
            if (action->menu() && action->text().contains(QStringLiteral("Copy"))) copy = action->menu();
        QVERIFY(copy);
        QCOMPARE(copy->actions().size(), 3);
        copy->actions().front()->trigger();
        menu->close();
        QCOMPARE(codes().label(MatrixSide::Columns, 0), QStringLiteral("M 1"));
        QCOMPARE(m_page->undoStack()->count(), 3);
    }

    void aDroppedClipGivesItsCodes()
    {
        auto* slider = m_page->findChild<QSlider*>();
        for (QSlider* one : m_page->findChildren<QSlider*>())
            if (one->accessibleName() == QStringLiteral("Appearance, direction 1")) slider = one;
        QTRY_VERIFY(slider && slider->accessibleName() == QStringLiteral("Appearance, direction 1"));
        slider->setValue(120);
        const ControlValues wanted = m_page->model().values();
        QTest::qWait(100);
        nlohmann::json state = m_page->model().toJson();
        QMimeData data;
        data.setData(MatrixHeaders::stateFormat(), QByteArray::fromStdString(state.dump()));
        const auto drop = [&](const QPoint& at) {
            QDragEnterEvent enter(at, Qt::CopyAction, &data, Qt::LeftButton, {});
            QCoreApplication::sendEvent(&grid(), &enter);
            QDragMoveEvent move(at, Qt::CopyAction, &data, Qt::LeftButton, {});
            QCoreApplication::sendEvent(&grid(), &move);
            if (!move.isAccepted()) return false;
            QDropEvent dropped(at, Qt::CopyAction, &data, Qt::LeftButton, {});
            QCoreApplication::sendEvent(&grid(), &dropped);
            return true;
        };
        QVERIFY(drop(grid().headerRect(Qt::Vertical, 2).center()));
        QVERIFY(rowOf(2).at("za") == wanted.at("za"));
        QCOMPARE(codes().label(MatrixSide::Columns, 2), QStringLiteral("M 2"));
        QVERIFY(drop(grid().cellRect(0, 3).center()));
        QVERIFY(codes().cell(m_page->model(), 0, 3) == wanted);
        QVERIFY(settled());
        QCOMPARE(grid().rowHeaders()[2], QStringLiteral("clip"));
        // another model's state changes nothing, and is said
        QSignalSpy said(m_page.get(), &Page::statusMessage);
        const MatrixCodes before = codes();
        state["system"] = "whole";
        data.setData(MatrixHeaders::stateFormat(), QByteArray::fromStdString(state.dump()));
        QVERIFY(drop(grid().headerRect(Qt::Vertical, 1).center()));
        QVERIFY(codes() == before);
        QVERIFY(!said.isEmpty() && said.back().front().toString().contains(QStringLiteral("whole")));
        QVERIFY(!drop({1, 1}));
    }

    void aCellOfMovedHeadersIsEdited()
    {
        drag(Qt::Vertical, 1, 2, Qt::ShiftModifier);
        drag(Qt::Horizontal, 0, 3);
        QVERIFY(settled());
        const ControlValues wanted = codes().cell(m_page->model(), 2, 0);
        QTest::mouseClick(&grid(), Qt::LeftButton, {}, grid().cellRect(2, 0).center());
        QVERIFY(m_page->model().values() == wanted);
        QTRY_VERIFY(*view().clip() == *grid().clip(2, 0));
    }

    void aLockedSideIsNotMoved()
    {
        const MatrixCodes before = codes();
        auto model = const_cast<LatentModel*>(&m_page->model());
        model->setLocked(ControlRole::Appearance, true);
        QSignalSpy said(m_page.get(), &Page::statusMessage);
        drag(Qt::Vertical, 0, 1);
        QVERIFY(codes() == before);
        QVERIFY(!said.isEmpty());
        drag(Qt::Horizontal, 0, 1);
        QVERIFY(codes() != before);
    }

    void turningTheBoxesIsUndone()
    {
        QSpinBox* seed = nullptr;
        for (QSpinBox* box : m_page->findChildren<QSpinBox*>())
            if (box->accessibleName() == QStringLiteral("Appearance seed of the first row")) seed = box;
        QVERIFY(seed);
        drag(Qt::Vertical, 0, 1);
        const MatrixCodes moved = codes();
        for (int value = 1; value <= 5; ++value) seed->setValue(value);
        QCOMPARE(codes().label(MatrixSide::Rows, 0), QStringLiteral("A 5"));
        QCOMPARE(m_page->undoStack()->count(), 2);
        m_page->undoStack()->undo();
        QVERIFY(codes() == moved);
        QCOMPARE(seed->value(), 0);
    }

    void theSessionKeepsThem()
    {
        drag(Qt::Vertical, 1, 2, Qt::ShiftModifier);
        drag(Qt::Horizontal, 0, 3);
        const MatrixCodes before = codes();
        QSettings settings(m_home.path(QStringLiteral("s.ini")), QSettings::IniFormat);
        m_page->saveState(settings);
        m_page = std::make_unique<ExplorePage>(*m_engine, QString());
        m_page->restoreState(settings);
        QTRY_VERIFY(m_page->hasCheckpoint());
        QVERIFY(codes() == before);
        // codes that fit no more are left out
        MatrixCodes foreign = before;
        foreign.rows[2].values->at("za").numbers.resize(3);
        QVERIFY(!foreign.fits(m_page->model()));
        QVERIFY_EXCEPTION_THROWN(MatrixCodes::fromJson(nlohmann::json{{"rows", 3}}), Error);
    }
};
QTEST_MAIN(TestMatrixHeaders)
#include "tst_matrix_headers.moc"
