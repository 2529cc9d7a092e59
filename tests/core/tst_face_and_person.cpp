#include <QtTest>
#include <cmath>

#include "core/clip/transform.h"
#include "core/decode/face.h"
#include "core/decode/person.h"
#include "core/util/error.h"
#include "core/util/random.h"
#include "datasets/synthetic/synthetic.h"

using namespace kinora;

namespace {
void paste(Frames& onto, int frame, const Frames& from, int left, int top)
{
    for (int y = 0; y < from.height(); ++y)
        for (int x = 0; x < from.width(); ++x)
            if (left + x >= 0 && left + x < onto.width() && top + y >= 0 && top + y < onto.height())
                std::copy_n(from.frame(0) + (y * from.width() + x) * 3, 3, onto.frame(frame) + ((top + y) * onto.width() + left + x) * 3);
}

Frames plain(int frames, int width, int height, std::uint8_t grey)
{
    Frames out(frames, height, width);
    std::ranges::fill(out.bytes(), grey);
    return out;
}

/// A built-in face that the cascades know, so many pixels wide and high.
Frames face(int side)
{
    static const Frames large = openSynthetic("builtin:faces?size=256&frames=4&clips=1")->frames(0, {0, 1, 1});
    return resized(large, side, side);
}

/// A background with texture, a little noise, and a dark rectangle at (x, y).
Frames street(int width, int height, int x, int y, int personWidth, int personHeight, std::uint64_t noise)
{
    Frames out(1, height, width);
    Random random(9, noise);
    for (int row = 0; row < height; ++row)
        for (int column = 0; column < width; ++column)
            for (int c = 0; c < 3; ++c) {
                const bool person = column >= x && column < x + personWidth && row >= y && row < y + personHeight;
                const int ground = 120 + 30 * ((column / 8 + row / 8) % 2) + 5 * c;
                out.frame(0)[(row * width + column) * 3 + c] = static_cast<std::uint8_t>((person ? 30 + 10 * c : ground) + random.below(9) - 4);
            }
    return out;
}
}  // namespace

class TestFaceAndPerson final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aMissingCascadeNamesItsPackage()
    {
        try {
            FaceFinder finder("no_such_cascade");
            QFAIL("no error");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::NotFound);
            QVERIFY2(QString(error.what()).contains("opencv-data"), error.what());
        }
    }
    void findsTheLargestFace_data()
    {
        QTest::addColumn<int>("width");
        QTest::addColumn<int>("height");
        QTest::addColumn<int>("side");
        QTest::newRow("quarter VGA") << 320 << 240 << 130;
        QTest::newRow("full HD") << 1920 << 1080 << 600;
        QTest::newRow("upright") << 240 << 426 << 150;
    }
    void findsTheLargestFace()
    {
        QFETCH(int, width);
        QFETCH(int, height);
        QFETCH(int, side);
        Frames picture = plain(1, width, height, 128);
        const int left = width - side - width / 20, top = height / 10;
        paste(picture, 0, face(side), left, top);
        if (width > 1000) paste(picture, 0, face(side / 2), width / 20, height / 3);  // a smaller one beside
        FaceFinder finder("frontalface_default");
        const std::optional<Box> box = finder.find(picture);
        QVERIFY(box);
        const double x = box->x + box->width / 2.0, y = box->y + box->height / 2.0;
        QVERIFY2(std::abs(x - (left + side / 2.0)) < 0.12 * side && std::abs(y - (top + side / 2.0)) < 0.2 * side, qPrintable(QString("%1 %2").arg(x).arg(y)));
        QVERIFY(box->width > 0.5 * side && box->width < 1.1 * side);
        QVERIFY(finder.find(picture) == box);
        QVERIFY(FaceFinder("frontalface_default").find(picture) == box);
    }
    void noFaceWhereNoneIs()
    {
        FaceFinder finder("frontalface_default");
        QVERIFY(!finder.find(plain(1, 320, 240, 128)));
        QVERIFY(!finder.find(plain(1, 8, 8, 128)));
    }
    void medians()
    {
        const Box box = medianBox({{0, {10, 10, 20, 30}}, {5, {12, 12, 20, 30}}, {10, {300, 4, 80, 90}}});
        QCOMPARE(box.x + box.width / 2, 22.0F);
        QCOMPARE(box.width, 20.0F);
        QCOMPARE(box.height, 30.0F);
        QVERIFY_EXCEPTION_THROWN(medianBox({}), Error);
    }
    void aTrackFollowsWithoutJitter()
    {
        // a face that drifts by 1.5 pixels a frame, found in every third frame up to 3 pixels beside where it is, one time far away, and not at all for 15 frames
        std::vector<BoxSample> samples;
        Random random(4);
        for (int t = 0; t < 120; t += 3) {
            if (t >= 60 && t < 75) continue;
            Box box{static_cast<float>(100 + 1.5 * t + random.uniform(-3, 3)), static_cast<float>(80 + random.uniform(-3, 3)), 40, 40};
            if (t == 30) box.x = 900;
            samples.push_back({t, box});
        }
        const std::vector<std::pair<double, double>> path = smoothedCentres(samples, 120);
        QCOMPARE(path.size(), std::size_t(120));
        double jitter = 0;
        for (int t = 0; t < 120; ++t) {
            QVERIFY2(std::abs(path[t].first - (120 + 1.5 * t)) < 5, qPrintable(QString("frame %1: %2").arg(t).arg(path[t].first)));
            QVERIFY(std::abs(path[t].second - 100) < 4);
            if (t > 1) jitter = std::max(jitter, std::abs(path[t].second - 2 * path[t - 1].second + path[t - 2].second));
        }
        QVERIFY2(jitter < 0.2, qPrintable(QString::number(jitter)));
        QCOMPARE(smoothedCentres({{0, {10, 10, 20, 20}}}, 5)[4].first, 20.0);
        QCOMPARE(smoothedCentres({{0, {10, 10, 20, 20}}}, 1).size(), std::size_t(1));
    }
    void positionsDoNotFlicker()
    {
        QCOMPARE(steadyPositions({3.4, 3.6, 3.45, 3.55, 3.4, 5.0, 5.2}), (std::vector<int>{3, 3, 3, 3, 3, 5, 5}));
    }
    void findsWhoWalks()
    {
        BackgroundSamples samples;
        const auto x = [](int t) { return 4 + t * 3; };
        for (int t = 0; t < 45; ++t) samples.add(street(180, 144, x(t), 40, 24, 70, static_cast<std::uint64_t>(t)));
        QCOMPARE(samples.pictures().size(), std::size_t(45));
        const PersonFinder finder(samples);
        for (int t = 0; t < 45; t += 4) {
            const std::optional<Box> box = finder.find(street(180, 144, x(t), 40, 24, 70, static_cast<std::uint64_t>(t)));
            QVERIFY(box);
            QVERIFY2(std::abs(box->x - float(x(t))) <= 2 && std::abs(box->y - 40) <= 2 && std::abs(box->width - 24) <= 3 && std::abs(box->height - 70) <= 3, qPrintable(QString("frame %1: %2 %3 %4 %5").arg(t).arg(box->x).arg(box->y).arg(box->width).arg(box->height)));
        }
        QVERIFY(!finder.find(street(180, 144, 500, 0, 1, 1, 77)));
        QVERIFY_EXCEPTION_THROWN(finder.find(plain(1, 90, 90, 0)), Error);
    }
    void largePicturesAreSearchedSmall()
    {
        BackgroundSamples samples;
        for (int t = 0; t < 12; ++t) samples.add(street(960, 540, 20 + t * 70, 150, 90, 300, static_cast<std::uint64_t>(t)));
        QCOMPARE(samples.pictures()[0].width(), 320);
        const std::optional<Box> box = PersonFinder(samples).find(street(960, 540, 440, 150, 90, 300, 50));
        QVERIFY(box);
        QVERIFY2(std::abs(box->x - 440) <= 6 && std::abs(box->width - 90) <= 12 && std::abs(box->height - 300) <= 12, qPrintable(QString("%1 %2").arg(box->x).arg(box->width)));
    }
    void samplesStayFewAndEven()
    {
        BackgroundSamples samples;
        for (int t = 0; t < 1000; ++t) {
            if (!samples.wants()) {
                samples.skip();
                continue;
            }
            samples.add(plain(1, 4, 4, static_cast<std::uint8_t>(t / 4)));
        }
        const auto& pictures = samples.pictures();
        QVERIFY(pictures.size() >= 32 && pictures.size() <= 64);
        for (std::size_t i = 0; i < pictures.size(); ++i) QCOMPARE(int(pictures[i].bytes()[0]), int(i) * 4);  // every 16th frame
    }
    void gapsAndOutliersOfBoxes()
    {
        std::vector<BoxSample> samples;
        for (int t = 2; t < 40; ++t)
            if (t < 10 || t >= 20) samples.push_back({t, t == 30 ? Box{0, 0, 500, 500} : Box{float(2 * t), 10, 20, 60}});
        const std::vector<Box> boxes = steadyBoxes(samples, 44);
        QCOMPARE(boxes.size(), std::size_t(44));
        QCOMPARE(boxes[0].x, 4.0F);
        QCOMPARE(boxes[15].x, 30.0F);
        QVERIFY(std::abs(boxes[30].x - 60) <= 2 && std::abs(boxes[30].width - 20) <= 4);
        QCOMPARE(boxes[43].x, 78.0F);
    }
};
QTEST_APPLESS_MAIN(TestFaceAndPerson)
#include "tst_face_and_person.moc"
