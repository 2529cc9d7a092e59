#include <QtTest>
#include <cmath>

#include "core/decode/flow.h"
#include "core/util/error.h"

using namespace kinora;

namespace {
/// A soft pattern that moves by (dx, dy) pixels a frame.
Frames moving(int frames, int side, double dx, double dy)
{
    Frames out(frames, side, side);
    for (int t = 0; t < frames; ++t)
        for (int y = 0; y < side; ++y)
            for (int x = 0; x < side; ++x) {
                const double u = x - t * dx, v = y - t * dy;
                const double value = 128 + 50 * std::sin(u * 0.31 + 0.5 * std::sin(v * 0.17)) + 50 * std::sin(v * 0.27 + 0.7 * std::sin(u * 0.13));
                std::fill_n(out.frame(t) + (y * side + x) * 3, 3, static_cast<std::uint8_t>(std::lround(value)));
            }
    return out;
}
}  // namespace

class TestFlow final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void measuresAMotion_data()
    {
        QTest::addColumn<int>("side");
        QTest::addColumn<double>("dx");
        QTest::addColumn<double>("dy");
        QTest::newRow("right") << 64 << 2.0 << 0.0;
        QTest::newRow("left and down") << 64 << -1.5 << 1.0;
        QTest::newRow("still") << 64 << 0.0 << 0.0;
        QTest::newRow("a large picture") << 256 << 3.0 << -2.0;
        QTest::newRow("a tiny one") << 24 << 1.0 << 0.0;
    }
    void measuresAMotion()
    {
        QFETCH(int, side);
        QFETCH(double, dx);
        QFETCH(double, dy);
        const Frames clip = moving(4, side, dx, dy);
        const std::vector<float> flow = opticalFlow(clip);
        QCOMPARE(flow.size(), std::size_t(4) * side * side * 2);
        for (int t = 0; t < 4; ++t) {
            std::vector<float> x, y;  // away from the border, where the pattern leaves the picture
            for (int row = side / 4; row < side * 3 / 4; ++row)
                for (int column = side / 4; column < side * 3 / 4; ++column) {
                    const std::size_t at = ((static_cast<std::size_t>(t) * side + row) * side + column) * 2;
                    x.push_back(flow[at]);
                    y.push_back(flow[at + 1]);
                }
            std::ranges::nth_element(x, x.begin() + x.size() / 2);
            std::ranges::nth_element(y, y.begin() + y.size() / 2);
            const float medianX = x[x.size() / 2], medianY = y[y.size() / 2];
            QVERIFY2(std::abs(medianX - (t < 3 ? dx : 0)) < 0.3 && std::abs(medianY - (t < 3 ? dy : 0)) < 0.3, qPrintable(QString("frame %1: %2, %3").arg(t).arg(medianX).arg(medianY)));
        }
        QVERIFY(opticalFlow(clip) == flow);
    }
    void oddShapes()
    {
        QCOMPARE(opticalFlow(Frames(1, 16, 16)), std::vector<float>(16 * 16 * 2, 0.0F));
        QCOMPARE(opticalFlow(Frames(2, 1, 40)).size(), std::size_t(160));
        QCOMPARE(opticalFlow(Frames(2, 33, 120)).size(), std::size_t(2 * 33 * 120 * 2));
        QVERIFY_EXCEPTION_THROWN(opticalFlow(Frames()), Error);
    }
    void huesAreDirections()
    {
        const std::vector<float> flow{4, 0, -4, 0, 0, 4, 0, -4, 0, 0, 2, 0};  // right, left, down, up, nothing, half as far right
        const Frames colours = flowColours(flow, 1, 1, 6, 4);
        const auto colour = [&](int x) { return std::array<int, 3>{colours.bytes()[3 * x], colours.bytes()[3 * x + 1], colours.bytes()[3 * x + 2]}; };
        QCOMPARE(colour(0), (std::array<int, 3>{255, 0, 0}));
        QCOMPARE(colour(1), (std::array<int, 3>{0, 255, 255}));
        QVERIFY(std::abs(colour(2)[0] - 128) <= 1 && colour(2)[1] == 255 && colour(2)[2] == 0);
        QVERIFY(std::abs(colour(3)[0] - 128) <= 1 && colour(3)[1] == 0 && colour(3)[2] == 255);
        QCOMPARE(colour(4), (std::array<int, 3>{0, 0, 0}));
        QCOMPARE(colour(5), (std::array<int, 3>{128, 0, 0}));
        QVERIFY_EXCEPTION_THROWN(flowColours(flow, 1, 1, 5), Error);
    }
    void anOverlayShowsTheClipWhereNothingMoves()
    {
        Frames clip(1, 1, 2);
        std::ranges::fill(clip.bytes(), std::uint8_t(200));
        const Frames over = flowOverlay(clip, {0, 0, 4, 0}, 4);
        QCOMPARE(int(over.bytes()[0]), 100);
        QCOMPARE(int(over.bytes()[1]), 100);
        QCOMPARE(int(over.bytes()[3]), 255);
        QCOMPARE(int(over.bytes()[4]), 0);
    }
};
QTEST_APPLESS_MAIN(TestFlow)
#include "tst_flow.moc"
