#include <QtTest>
#include <cstdlib>
#include <filesystem>

#include "core/decode/picture.h"
#include "core/util/error.h"
#include "core/util/file.h"

using namespace kinora;
namespace fs = std::filesystem;

namespace {
const fs::path kPictures = fs::path(KINORA_TEST_DATA) / "pictures";

/// What every picture in tests/data/pictures shows: 20 x 12, red grows down, green to the right, blue along the diagonal.
Frames expected()
{
    Frames out(1, 12, 20);
    for (int y = 0; y < 12; ++y)
        for (int x = 0; x < 20; ++x) {
            std::uint8_t* pixel = out.frame(0) + (y * 20 + x) * 3;
            pixel[0] = static_cast<std::uint8_t>(x * 12);
            pixel[1] = static_cast<std::uint8_t>(y * 20);
            pixel[2] = static_cast<std::uint8_t>((x + y) * 7);
        }
    return out;
}

int largestDifference(const Frames& a, const Frames& b)
{
    if (a.bytes().size() != b.bytes().size()) return 256;
    int worst = 0;
    for (std::size_t i = 0; i < a.bytes().size(); ++i) worst = std::max(worst, std::abs(int(a.bytes()[i]) - int(b.bytes()[i])));
    return worst;
}

std::span<const std::uint8_t> span(const std::string& bytes) { return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}; }
}  // namespace

class TestPicture final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void readsWhatTheContentSays_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<int>("tolerance");
        QTest::newRow("rgb") << "rgb.png" << 0;
        QTest::newRow("a PNG with alpha named .jpg") << "rgba_opaque_named.jpg" << 0;
        QTest::newRow("bmp") << "plain.bmp" << 0;
        QTest::newRow("webp") << "photo.webp" << 0;
        QTest::newRow("jpeg") << "photo.jpg" << 10;
        QTest::newRow("palette") << "palette.png" << 24;
    }
    void readsWhatTheContentSays()
    {
        QFETCH(QString, file);
        QFETCH(int, tolerance);
        const int difference = largestDifference(readPicture(kPictures / file.toStdString()), expected());
        QVERIFY2(difference <= tolerance, qPrintable(QString::number(difference)));
    }
    void greyIsWidened_data()
    {
        QTest::addColumn<QString>("file");
        QTest::newRow("8 bits") << "grey.png";
        QTest::newRow("16 bits") << "grey16.png";
    }
    void greyIsWidened()
    {
        QFETCH(QString, file);
        const Frames grey = readPicture(kPictures / file.toStdString()), colour = expected();
        QCOMPARE(grey.width(), 20);
        for (int i = 0; i < 240; ++i)
            for (int c = 0; c < 3; ++c) QVERIFY(std::abs(int(grey.frame(0)[i * 3 + c]) - int(colour.frame(0)[i * 3])) <= 1);
    }
    void alphaIsCompositedOnBlack()
    {
        const Frames out = readPicture(kPictures / "rgba_alpha.png"), colour = expected();
        for (int i = 0; i < 240; ++i)
            for (int c = 0; c < 3; ++c) {
                const int alpha = colour.frame(0)[i * 3];  // the file's alpha equals its red
                QVERIFY(std::abs(int(out.frame(0)[i * 3 + c]) - colour.frame(0)[i * 3 + c] * alpha / 255) <= 1);
            }
    }
    void everyTruncationIsRefused_data()
    {
        QTest::addColumn<QString>("file");
        for (const char* name : {"rgb.png", "photo.jpg", "photo.webp", "palette.png"}) QTest::newRow(name) << name;
    }
    void everyTruncationIsRefused()
    {
        QFETCH(QString, file);
        const std::string bytes = readFile(kPictures / file.toStdString());
        for (std::size_t size = 0; size + 1 < bytes.size(); ++size) {
            const std::string part = bytes.substr(0, size);
            try {
                decodePicture(span(part), "part");
                QFAIL(qPrintable(QStringLiteral("%1 bytes of %2 were taken for a picture").arg(size).arg(bytes.size())));
            } catch (const Error& error) {
                QCOMPARE(error.code(), ErrorCode::DecodeFailed);
            }
        }
    }
    void flippedBytesOfAPngAreRefused()
    {
        const std::string bytes = readFile(kPictures / "rgb.png");
        for (std::size_t at = 16; at + 12 < bytes.size(); at += 7) {  // past the signature, before the end mark
            std::string broken = bytes;
            broken[at] = static_cast<char>(broken[at] ^ 0x5a);
            try {
                const Frames out = decodePicture(span(broken), "broken");
                QVERIFY2(out == expected(), qPrintable(QStringLiteral("byte %1 changed the picture and nobody noticed").arg(at)));  // a changed chunk that is not shown
            } catch (const Error& error) {
                QVERIFY(error.code() == ErrorCode::DecodeFailed);
            }
        }
    }
    void refusesWhatIsNoPicture()
    {
        for (const std::string& bytes : {std::string(), std::string("hello"), std::string(4096, '\0'), std::string("\x89HDF\r\n\x1a\n garbage")}) {
            try {
                decodePicture(span(bytes), "x.png");
                QFAIL("decoded garbage");
            } catch (const Error& error) {
                QCOMPARE(error.code(), ErrorCode::DecodeFailed);
                QVERIFY(std::string(error.what()).starts_with("x.png: "));
            }
        }
        QVERIFY_EXCEPTION_THROWN(readPicture(kPictures / "missing.png"), Error);
        QVERIFY_EXCEPTION_THROWN(readPicture(kPictures), Error);
    }
    void refusesMorePixelsThanAllowed()
    {
        QVERIFY_EXCEPTION_THROWN(readPicture(kPictures / "rgb.png", {.pixels = 239}), Error);
        QCOMPARE(readPicture(kPictures / "rgb.png", {.pixels = 240}).width(), 20);
    }
};
QTEST_APPLESS_MAIN(TestPicture)
#include "tst_picture.moc"
