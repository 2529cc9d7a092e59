// What the link between window and engine sends: every byte back, a preview as good as promised, and no harm from bytes that are something else.
#include <QtTest>
#include <cmath>

#include "core/coding/clip_coding.h"
#include "core/util/error.h"
#include "core/util/random.h"

using namespace kinora;

namespace {
/// A patterned square moves over a textured ground: like a generated clip it repeats itself from frame to frame and is no smooth picture.
Frames moving(int count, int height, int width)
{
    Frames clip(count, height, width);
    std::vector<int> texture(static_cast<std::size_t>(height) * width * 3);
    Random random(1);
    for (int& value : texture) value = static_cast<int>(random.below(40));
    for (int t = 0; t < count; ++t)
        for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x)
                for (int c = 0; c < 3; ++c) {
                    const std::size_t at = (static_cast<std::size_t>(y) * width + x) * 3 + c;
                    const bool inside = x >= 2 * t && x < 2 * t + 12 && y >= 8 && y < 20;
                    clip.frame(t)[at] = static_cast<std::uint8_t>(std::clamp((inside ? 200 - 10 * c : 90 + 20 * c + x) + texture[at] + static_cast<int>(random.below(5)), 0, 255));
                }
    return clip;
}
Frames noise(int count, int height, int width)
{
    Frames clip(count, height, width);
    Random random(9);
    for (std::uint8_t& byte : clip.bytes()) byte = static_cast<std::uint8_t>(random.below(256));
    return clip;
}
double psnr(const Frames& a, const Frames& b)
{
    double error = 0;
    for (std::size_t i = 0; i < a.bytes().size(); ++i) error += std::pow(static_cast<double>(a.bytes()[i]) - b.bytes()[i], 2);
    return 10 * std::log10(255.0 * 255.0 / std::max(1e-9, error / static_cast<double>(a.bytes().size())));
}
}  // namespace

class TestClipCoding final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyByteComesBack_data()
    {
        QTest::addColumn<int>("count");
        QTest::addColumn<int>("height");
        QTest::addColumn<int>("width");
        QTest::newRow("usual") << 16 << 64 << 64;
        QTest::newRow("one frame") << 1 << 16 << 16;
        QTest::newRow("one pixel") << 3 << 1 << 1;
        QTest::newRow("a line") << 2 << 1 << 17;
        QTest::newRow("a column") << 5 << 13 << 1;
        QTest::newRow("odd") << 17 << 9 << 23;
        QTest::newRow("nothing") << 0 << 8 << 8;
    }
    void everyByteComesBack()
    {
        QFETCH(int, count);
        QFETCH(int, height);
        QFETCH(int, width);
        Frames black(count, height, width), white(count, height, width);
        std::ranges::fill(white.bytes(), 255);
        for (const Frames& clip : {moving(count, height, width), noise(count, height, width), black, white})
            for (const ClipCoding coding : {ClipCoding::Raw, ClipCoding::Lossless}) {
                const std::string bytes = encodeClip(clip, coding);
                QVERIFY(decodeClip(bytes, coding, count, height, width) == clip);
            }
        const Frames clip = moving(count, height, width);
        const std::string bytes = encodeClip(clip, ClipCoding::Preview);
        const Frames back = decodeClip(bytes, ClipCoding::Preview, count, height, width);
        QCOMPARE(back.bytes().size(), clip.bytes().size());
        if (count > 0) QVERIFY2(psnr(clip, back) >= 38.0, qPrintable(QString::number(psnr(clip, back))));
        if (count > 0) QVERIFY(psnr(white, decodeClip(encodeClip(white, ClipCoding::Preview), ClipCoding::Preview, count, height, width)) >= 38.0);
        if (count > 0) QVERIFY(psnr(noise(count, height, width), decodeClip(encodeClip(noise(count, height, width), ClipCoding::Preview), ClipCoding::Preview, count, height, width)) >= 38.0);
    }

    void sizesAreThoseOfASlowLink()
    {
        const Frames clip = moving(16, 64, 64);
        const std::size_t raw = clip.bytes().size(), lossless = encodeClip(clip, ClipCoding::Lossless).size(), preview = encodeClip(clip, ClipCoding::Preview).size();
        QVERIFY2(lossless < raw * 45 / 100, qPrintable(QString::number(lossless)));
        QVERIFY2(preview < raw / 8, qPrintable(QString::number(preview)));
        QVERIFY(encodeClip(noise(16, 64, 64), ClipCoding::Lossless).size() < raw * 110 / 100);  // what cannot be made small grows by little
        QVERIFY(encodeClip(Frames(16, 64, 64), ClipCoding::Lossless).size() < raw / 100);
    }

    void foreignBytesAreRefusedOrGiveSomeClip()
    {
        const Frames clip = moving(4, 16, 16);
        Random random(5);
        int refused = 0, made = 0;
        for (const ClipCoding coding : {ClipCoding::Lossless, ClipCoding::Preview}) {
            const std::string good = encodeClip(clip, coding);
            for (int round = 0; round < 300; ++round) {
                std::string bytes = good;
                if (round % 3 == 0) bytes.resize(static_cast<std::size_t>(random.below(static_cast<std::int64_t>(bytes.size()))));
                for (int i = 0; i <= round % 7 && !bytes.empty(); ++i) bytes[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(bytes.size())))] ^= static_cast<char>(1 + random.below(255));
                try {
                    const Frames back = decodeClip(bytes, coding, 4, 16, 16);
                    QCOMPARE(back.bytes().size(), clip.bytes().size());
                    ++made;
                } catch (const Error& error) {
                    QCOMPARE(error.code(), ErrorCode::Damaged);
                    ++refused;
                }
            }
            QVERIFY_EXCEPTION_THROWN(decodeClip(good.substr(0, good.size() / 2), coding, 4, 16, 16), Error);
            QVERIFY_EXCEPTION_THROWN(decodeClip(good + "more", coding, 4, 16, 16), Error);
            QVERIFY_EXCEPTION_THROWN(decodeClip({}, coding, 4, 16, 16), Error);
            QVERIFY_EXCEPTION_THROWN(decodeClip("abcdefgh", coding, 100000, 4096, 4096), Error);  // gigabytes are not allocated for eight bytes
        }
        QVERIFY(refused > 300);
        QVERIFY_EXCEPTION_THROWN(decodeClip("abc", ClipCoding::Raw, 1, 2, 2), Error);
        QVERIFY_EXCEPTION_THROWN(clipCodingFromName("zip"), Error);
        QCOMPARE(clipCodingFromName("preview-1"), ClipCoding::Preview);
    }
};
QTEST_APPLESS_MAIN(TestClipCoding)
#include "tst_clip_coding.moc"
