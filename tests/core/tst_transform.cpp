#include <QtTest>
#include <algorithm>
#include <cstring>

#include "core/clip/transform.h"
#include "core/util/error.h"
#include "core/util/random.h"
#include "core/util/safetensors.h"

using namespace kinora;

namespace {
Frames picture(const safetensors::TensorView& view)
{
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(view.bytes.data());
    return {1, static_cast<int>(view.shape.at(0)), static_cast<int>(view.shape.at(1)), std::vector<std::uint8_t>(bytes, bytes + view.bytes.size())};
}
}  // namespace

class TestTransform final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void equalsPillow_data()
    {
        QTest::addColumn<QString>("name");
        for (const char* name : {"down", "up", "odd", "one_axis", "to_one"}) QTest::newRow(name) << name;
    }
    void equalsPillow()
    {
        QFETCH(QString, name);
        const safetensors::File file(KINORA_TEST_DATA "/resize.safetensors");
        const Frames in = picture(file.at("in/" + name.toStdString())), expected = picture(file.at("out/" + name.toStdString()));
        QVERIFY(resized(in, expected.height(), expected.width()) == expected);
    }
    void everyFrameIsResizedAlike()
    {
        Frames clip(3, 8, 8);
        for (int t = 0; t < 3; ++t)
            for (std::size_t i = 0; i < clip.frameBytes(); ++i) clip.frame(t)[i] = static_cast<std::uint8_t>((i * 37 + i * i) % 251);
        const Frames small = resized(clip, 3, 5);
        QCOMPARE(small.count(), 3);
        QVERIFY(std::memcmp(small.frame(0), small.frame(2), small.frameBytes()) == 0);
        QVERIFY(resized(clip, 8, 8) == clip);
    }
    void croppingKeepsTheCentreAndTheAspect()
    {
        Frames wide(1, 4, 12);  // three squares: red, green, blue
        for (int y = 0; y < 4; ++y)
            for (int x = 0; x < 12; ++x) wide.frame(0)[(y * 12 + x) * 3 + x / 4] = 255;
        const Frames square = resizedAndCropped(wide, 4, 4);
        QCOMPARE(square.width(), 4);
        for (int i = 0; i < 16; ++i) QCOMPARE(int(square.frame(0)[i * 3 + 1]), 255);
        const Frames tall = resizedAndCropped(wide, 8, 2);
        QCOMPARE(tall.height(), 8);
        QCOMPARE(tall.width(), 2);
        QCOMPARE(int(tall.frame(0)[1]), 255);
    }
    void mirroringTwiceIsNothing()
    {
        Frames clip(2, 3, 5);
        for (std::size_t i = 0; i < clip.bytes().size(); ++i) clip.bytes()[i] = static_cast<std::uint8_t>(i);
        QVERIFY(mirrored(clip) != clip);
        QVERIFY(mirrored(mirrored(clip)) == clip);
        QCOMPARE(int(mirrored(clip).frame(0)[0]), 12);
    }
    void aPartIsResizedAsIfCutOut()
    {
        Random random(1);
        Resizer resizer;  // one for all: it must not mix up weights or memory of different sizes
        Frames out;
        for (int i = 0; i < 60; ++i) {
            Frames clip(1 + i % 3, 1 + static_cast<int>(random.below(40)), 1 + static_cast<int>(random.below(40)));
            for (std::uint8_t& byte : clip.bytes()) byte = i % 4 == 0 ? 255 : static_cast<std::uint8_t>(random.bits());
            PixelBox box{0, 0, 1 + static_cast<int>(random.below(clip.width())), 1 + static_cast<int>(random.below(clip.height()))};
            box.left = static_cast<int>(random.below(clip.width() - box.width + 1));
            box.top = static_cast<int>(random.below(clip.height() - box.height + 1));
            Frames part(clip.count(), box.height, box.width);
            for (int t = 0; t < clip.count(); ++t)
                for (int y = 0; y < box.height; ++y)
                    std::memcpy(part.frame(t) + y * box.width * 3, clip.frame(t) + ((box.top + y) * clip.width() + box.left) * 3, static_cast<std::size_t>(box.width) * 3);
            const int height = i % 5 == 0 ? box.height : 1 + static_cast<int>(random.below(70)), width = i % 7 == 0 ? box.width : 1 + static_cast<int>(random.below(70));
            resizer(clip, box, height, width, out);
            QVERIFY(out == resized(part, height, width));
            if (i % 4 == 0) QVERIFY(std::ranges::all_of(out.bytes(), [](std::uint8_t byte) { return byte == 255; }));
        }
        for (const PixelBox& box : {PixelBox{-1, 0, 2, 2}, PixelBox{0, 0, 3, 5}, PixelBox{3, 3, 2, 2}}) QVERIFY_EXCEPTION_THROWN(resizer(Frames(1, 4, 4), box, 2, 2, out), Error);
    }
    void unitPlanesHoldThePublishedValues()
    {
        for (const int width : {1, 7, 64, 256}) {
            Frames clip(2, 3, width);
            for (std::size_t i = 0; i < clip.bytes().size(); ++i) clip.bytes()[i] = static_cast<std::uint8_t>(i * 89 + i / 256);
            const std::size_t plane = static_cast<std::size_t>(6) * width;
            for (const bool mirror : {false, true})
                for (const std::size_t apart : {std::size_t(0), plane + 5}) {
                    std::vector<float> out(3 * plane + 11, 9.0F);
                    toUnitPlanes(clip, mirror, out.data(), static_cast<std::ptrdiff_t>(apart));
                    for (std::size_t c = 0; c < 3; ++c)
                        for (std::size_t row = 0; row < 6; ++row)
                            for (int x = 0; x < width; ++x) {
                                const std::uint8_t byte = clip.bytes()[(row * width + (mirror ? width - 1 - x : x)) * 3 + c];
                                const float expected = (static_cast<float>(byte) / 255.0F - 0.5F) / 0.5F;
                                QVERIFY(out[c * (apart ? apart : plane) + row * width + x] == expected);  // the same bits
                            }
                    QCOMPARE(out.back(), 9.0F);
                }
        }
    }
    void refusesSizesThatAreNone()
    {
        QVERIFY_EXCEPTION_THROWN(resized(Frames(1, 2, 2), 0, 4), Error);
        QVERIFY_EXCEPTION_THROWN(resized(Frames(), 4, 4), Error);
    }
};
QTEST_APPLESS_MAIN(TestTransform)
#include "tst_transform.moc"
