#include <QtTest>
#include <cstring>

#include "core/clip/transform.h"
#include "core/util/error.h"
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
    void refusesSizesThatAreNone()
    {
        QVERIFY_EXCEPTION_THROWN(resized(Frames(1, 2, 2), 0, 4), Error);
        QVERIFY_EXCEPTION_THROWN(resized(Frames(), 4, 4), Error);
    }
};
QTEST_APPLESS_MAIN(TestTransform)
#include "tst_transform.moc"
