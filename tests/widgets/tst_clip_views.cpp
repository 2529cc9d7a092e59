#include <QMimeData>
#include <QMovie>
#include <QPainter>
#include <QSlider>
#include <QtTest>

#include "core/export/comparison.h"
#include "core/util/random.h"
#include "widgets/clip_view/clip_grid.h"
#include "widgets/clip_view/clip_view.h"
#include "widgets/clip_view/player_bar.h"
#include "window_test_support.h"

namespace {
/// Frame t is of the colour (40 t, base, 200).
ClipPtr clip(int frames, int side, int base)
{
    kinora::Frames made(frames, side, side);
    for (int t = 0; t < frames; ++t)
        for (int pixel = 0; pixel < side * side; ++pixel) {
            std::uint8_t* p = made.frame(t) + pixel * 3;
            p[0] = static_cast<std::uint8_t>(40 * t);
            p[1] = static_cast<std::uint8_t>(base);
            p[2] = 200;
        }
    return std::make_shared<const kinora::Frames>(std::move(made));
}
}  // namespace

class TestClipViews final : public QObject {
    Q_OBJECT
    TestHome m_home;

private Q_SLOTS:
    void clockCountsFramesInEveryMode()
    {
        ClipClock clock;
        clock.setPosition(5);
        QCOMPARE(clock.frameOf(4), 1);
        QCOMPARE(clock.frameOf(1), 0);
        QCOMPARE(clock.frameOf(0), 0);
        clock.setMode(ClipClock::Mode::PingPong);
        QCOMPARE(clock.frameOf(4), 1);  // 0 1 2 3 2 1
        clock.setPosition(4);
        QCOMPARE(clock.frameOf(4), 2);
        clock.setMode(ClipClock::Mode::Once);
        QCOMPARE(clock.frameOf(4), 3);
    }

    void clockStepsBackOverTheBeginning()
    {
        ClipClock clock;
        for (const int count : {4, 7, 10, 16}) {
            clock.setPosition(0);
            clock.step(-1);
            QCOMPARE(clock.frameOf(count), count - 1);
            clock.step(1);
            QCOMPARE(clock.frameOf(count), 0);
        }
    }

    void clockKeepsRealTime()
    {
        ClipClock clock;
        clock.setFrameRateHz(50);
        QSignalSpy moved(&clock, &ClipClock::moved);
        QElapsedTimer timer;
        timer.start();
        clock.play();
        QTest::qWait(400);
        clock.pause();
        const double expected = static_cast<double>(timer.elapsed()) * 0.05;
        QVERIFY2(qAbs(static_cast<double>(clock.position()) - expected) < 4, qPrintable(QString::number(clock.position())));
        QVERIFY(moved.count() > 3);
        const qint64 stopped = clock.position();
        QTest::qWait(80);
        QCOMPARE(clock.position(), stopped);
    }

    void viewShowsTheFrameThatIsDue()
    {
        ClipView view;
        view.resize(100, 100);
        view.setClip(clip(4, 8, 90));
        for (int frame = 0; frame < 4; ++frame) {
            view.clock()->setPosition(frame);
            QCOMPARE(view.grab().toImage().pixelColor(50, 50), QColor(40 * frame, 90, 200));
        }
    }

    void viewAnswersThePlayersKeys()
    {
        ClipView view;
        view.setClip(clip(4, 8, 0));
        view.show();
        view.setFocus();
        QTest::keyClick(&view, Qt::Key_Space);
        QVERIFY(view.clock()->playing());
        QTest::keyClick(&view, Qt::Key_Space);
        QVERIFY(!view.clock()->playing());
        view.clock()->setPosition(0);
        QTest::keyClick(&view, Qt::Key_Right);
        QCOMPARE(view.shownFrame(), 1);
        QTest::keyClick(&view, Qt::Key_Left);
        QTest::keyClick(&view, Qt::Key_Left);
        QCOMPARE(view.shownFrame(), 3);
        QTest::keyClick(&view, Qt::Key_Home);
        QCOMPARE(view.shownFrame(), 0);
    }

    void pixelExactEnlargesByWholeNumbers()
    {
        QImage canvas(100, 90, QImage::Format_RGB32);
        QPainter painter(&canvas);
        QCOMPARE(paintFrame(painter, canvas.rect(), *clip(1, 16, 0), 0, ClipScaling::PixelExact).size(), QSize(80, 80));
        QCOMPARE(paintFrame(painter, canvas.rect(), *clip(1, 16, 0), 0, ClipScaling::Smooth).size(), QSize(90, 90));
        QCOMPARE(paintFrame(painter, QRect(0, 0, 10, 10), *clip(1, 16, 0), 0, ClipScaling::PixelExact).size(), QSize(10, 10));  // too small: shrunk
    }

    void viewsOfOneClockPlayInStep()
    {
        ClipClock clock;
        ClipView first, second;
        first.setClock(&clock);
        second.setClock(&clock);
        first.setClip(clip(4, 8, 0));
        second.setClip(clip(8, 8, 0));
        clock.setPosition(6);
        QCOMPARE(first.shownFrame(), 2);
        QCOMPARE(second.shownFrame(), 6);
    }

    void gridPaintsItsCellsAndSaysWhichWasClicked()
    {
        ClipGrid grid;
        grid.resize(320, 220);
        grid.setShape(2, 3);
        for (int row = 0; row < 2; ++row)
            for (int column = 0; column < 3; ++column) grid.setClip(row, column, clip(2, 8, 10 + 60 * row + 20 * column));
        grid.setRowHeaders({QStringLiteral("A 0"), QStringLiteral("A 1")});
        grid.setColumnHeaders({QStringLiteral("M 0"), QStringLiteral("M 1"), QStringLiteral("M 2")});
        grid.show();
        const QImage image = grid.grab().toImage();
        for (int row = 0; row < 2; ++row)
            for (int column = 0; column < 3; ++column) QCOMPARE(image.pixelColor(grid.cellRect(row, column).center()).green(), 10 + 60 * row + 20 * column);
        QSignalSpy clicked(&grid, &ClipGrid::cellClicked);
        QTest::mouseClick(&grid, Qt::LeftButton, {}, grid.cellRect(1, 2).center());
        QCOMPARE(clicked.takeFirst(), QVariantList({1, 2}));
        QCOMPARE(grid.accessibleDescription(), QStringLiteral("A 1 × M 2"));
        QTest::keyClick(&grid, Qt::Key_Up);
        QTest::keyClick(&grid, Qt::Key_Left);
        QCOMPARE(grid.currentRow(), 0);
        QCOMPARE(grid.currentColumn(), 1);
        QSignalSpy activated(&grid, &ClipGrid::cellActivated);
        QTest::keyClick(&grid, Qt::Key_Return);
        QCOMPARE(activated.takeFirst(), QVariantList({0, 1}));
    }

    /// What is on the screen, on the clipboard and in a file is one picture, for clips of other shapes, too.
    void clipsOfOtherSizesAreBlendedOnScreenAsInFiles()
    {
        const auto noise = [](int frames, int height, int width, std::uint64_t seed) {
            kinora::Frames made(frames, height, width);
            kinora::Random random(seed);
            for (std::uint8_t& byte : made.bytes()) byte = static_cast<std::uint8_t>(1 + random.below(255));
            return std::make_shared<const kinora::Frames>(std::move(made));
        };
        ClipGrid grid;
        grid.setClips(1, 3, {noise(3, 16, 16, 1), noise(3, 24, 32, 2), noise(3, 40, 10, 3)});
        grid.resize(406, 126);
        for (int against = 0; against < 3; ++against)
            for (const ClipBlend blend : {ClipBlend::Difference, ClipBlend::Wipe}) {
                grid.setBlend(blend, against);
                for (int column = 0; column < 3; ++column) {
                    const ClipPtr whole = grid.shownClip(0, column)();
                    QCOMPARE(whole->count(), 3);
                    for (int t = 0; t < 3; ++t) {
                        grid.clock()->setPosition(t);
                        QCOMPARE(grid.shownImage(0, column), frameImage(*whole, t));
                    }
                }
            }
        // the square one in the middle of the wide one's shape, and the wide one: as both stand in a file
        grid.setBlend(ClipBlend::Flicker, 1);
        kinora::ComparisonView view = grid.comparison();
        kinora::settle(view, 3, 10);
        const kinora::Frames turns = kinora::blended(*grid.clip(0, 0), *grid.clip(0, 1), view);
        grid.clock()->setPosition(0);
        QCOMPARE(grid.shownImage(0, 0), frameImage(turns, 0));
        QCOMPARE(grid.shownImage(0, 0).size(), QSize(32, 24));
        QCOMPARE(grid.shownImage(0, 0).pixelColor(0, 12), QColor(Qt::black));
        const int last = turns.count() - 1;
        QTRY_COMPARE(grid.shownImage(0, 0), frameImage(*grid.clip(0, 1), 0));
        grid.clock()->setPosition(last % 3);
        QCOMPARE(grid.shownImage(0, 0), frameImage(turns, last));
        // a wipe on the screen: black beside the square one left of the line, the wide one right of it; in its place while enlarged
        grid.setBlend(ClipBlend::Wipe, 1);
        grid.setScaling(ClipScaling::PixelExact);
        grid.clock()->setPosition(0);
        const QRect cell = grid.cellRect(0, 0);
        const int scale = std::min(cell.width() / 32, cell.height() / 24), left = cell.x() + (cell.width() - 32 * scale) / 2, top = cell.y() + (cell.height() - 24 * scale) / 2;
        const auto there = [&](int x, int y) { return grid.grab().toImage().pixelColor(left + x * scale + scale / 2, top + y * scale + scale / 2); };
        QVERIFY(scale >= 1);
        QCOMPARE(there(1, 12), QColor(Qt::black));
        QCOMPARE(there(30, 12), frameImage(*grid.clip(0, 1), 0).pixelColor(30, 12));
        grid.setWipe(1);
        QCOMPARE(there(30, 12), QColor(Qt::black));
    }

    void gridKeepsWhatFitsAnotherShape()
    {
        ClipGrid grid;
        const ClipPtr kept = clip(1, 4, 1);
        grid.setShape(2, 2);
        grid.setClip(1, 1, kept);
        grid.setShape(3, 4);
        QCOMPARE(grid.clip(1, 1), kept);
        grid.setShape(1, 1);
        QCOMPARE(grid.clip(1, 1), nullptr);
    }

    void aDraggedClipIsAGif()
    {
        const std::unique_ptr<QMimeData> data(clipMimeData(clip(4, 8, 50), QStringLiteral("a/b"), 10));
        QVERIFY(data->hasUrls());
        const QString file = data->urls().value(0).toLocalFile();
        QVERIFY2(file.endsWith(QStringLiteral("a_b.gif")), qPrintable(file));
        QMovie movie(file);
        QVERIFY(movie.isValid());
        QCOMPARE(movie.frameCount(), 4);
    }

    void playerBarFollowsAndSteersItsClock()
    {
        ClipClock clock;
        PlayerBar bar(clock);
        bar.setFrameCount(8);
        bar.show();
        auto* slider = bar.findChild<QSlider*>();
        clock.setPosition(3);
        QCOMPARE(slider->value(), 3);
        slider->setValue(5);
        QCOMPARE(clock.position(), 5);
        for (const QWidget* child : bar.findChildren<QWidget*>())
            if (child->focusPolicy() != Qt::NoFocus && child->parentWidget() == &bar) QVERIFY2(!child->accessibleName().isEmpty(), child->metaObject()->className());
    }
};
QTEST_MAIN(TestClipViews)
#include "tst_clip_views.moc"
