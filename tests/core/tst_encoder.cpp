#include <QtTest>
#include <cmath>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <filesystem>
#ifdef KINORA_TEST_QT_GUI
#include <QGuiApplication>
#include <QImage>
#include <QImageReader>
#include <QMovie>
#endif

#include "core/decode/picture.h"
#include "core/export/encoder.h"
#include "core/util/error.h"
#include "core/util/file.h"

using namespace kinora;
namespace fs = std::filesystem;

namespace {
/// A smooth gradient with a bright disc that moves.
Frames gradient(int frames, int height = 64, int width = 64)
{
    Frames clip(frames, height, width);
    for (int t = 0; t < frames; ++t)
        for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x) {
                std::uint8_t* pixel = clip.frame(t) + (static_cast<std::size_t>(y) * width + x) * 3;
                const double distance = std::hypot(x - width * (0.3 + 0.4 * t / frames), y - height * 0.5);
                const double light = std::clamp(height * 0.2 - distance, 0.0, 1.0);
                pixel[0] = static_cast<std::uint8_t>(40 + 120.0 * x / width * (1 - light) + 180 * light);
                pixel[1] = static_cast<std::uint8_t>(60 + 80.0 * y / height + 60 * light);
                pixel[2] = static_cast<std::uint8_t>(150 - 60.0 * x / width);
            }
    return clip;
}

double psnr(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b)
{
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += std::pow(double(a[i]) - double(b[i]), 2);
    return sum == 0 ? 99 : 10 * std::log10(255.0 * 255.0 * static_cast<double>(a.size()) / sum);
}

/// What a GIF says of itself, read block by block.
struct Gif {
    std::vector<int> delays;
    int loops = -1;
    std::string comment;
    int width = 0, height = 0;
};
Gif parseGif(const std::string& bytes)
{
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes.at(at)); };
    const auto word = [&](std::size_t at) { return byte(at) | byte(at + 1) << 8; };
    Gif gif;
    gif.width = word(6);
    gif.height = word(8);
    std::size_t at = 13 + (byte(10) & 0x80 ? std::size_t(3) << ((byte(10) & 7) + 1) : 0);
    const auto blocks = [&] {
        std::string data;
        while (byte(at) != 0) {
            data += bytes.substr(at + 1, byte(at));
            at += byte(at) + 1u;
        }
        ++at;
        return data;
    };
    while (byte(at) != 0x3b) {
        if (byte(at) == 0x21) {
            const int kind = byte(at + 1);
            at += 2;
            const std::string data = blocks();
            if (kind == 0xf9) gif.delays.push_back(static_cast<unsigned char>(data[1]) | static_cast<unsigned char>(data[2]) << 8);
            if (kind == 0xff && data.starts_with("NETSCAPE2.0")) gif.loops = static_cast<unsigned char>(data[12]) | static_cast<unsigned char>(data[13]) << 8;
            if (kind == 0xfe) gif.comment += data;
        } else {
            const int flags = byte(at + 9);
            at += 10 + (flags & 0x80 ? std::size_t(3) << ((flags & 7) + 1) : 0) + 1;
            blocks();
        }
    }
    return gif;
}

template <class Work>
ErrorCode codeOf(Work&& work)
{
    try {
        work();
    } catch (const Error& error) {
        return error.code();
    }
    return ErrorCode::Internal;
}
}  // namespace

class TestEncoder final : public QObject {
    Q_OBJECT
    QTemporaryDir m_dir;
    fs::path path(const char* name) const { return fs::path(m_dir.path().toStdString()) / name; }
private Q_SLOTS:
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
    void whatWasInMemoryBeforeIsNoPartOfAVideo_data()
    {
        QTest::addColumn<QString>("extension");
        for (const char* extension : {"mp4"}) QTest::newRow(extension) << extension;
    }
    /// An encoder that reads memory which was never written gives other bytes in another process.
    void whatWasInMemoryBeforeIsNoPartOfAVideo()
    {
        QFETCH(QString, extension);
        const std::vector<std::string> known = exportFormats();
        if (std::ranges::find(known, extension.toStdString()) == known.end()) QSKIP("this libavcodec has no encoder for it");
        Frames clip = gradient(4, 130, 262);
        for (std::size_t i = 0; i < clip.bytes().size(); ++i) clip.bytes()[i] = static_cast<std::uint8_t>(clip.bytes()[i] ^ (i * 2654435761U >> 27));  // something to code in every corner
        std::string first;
        for (const int pattern : {0x01, 0xa5}) {
            const fs::path target = path("filled.") += std::to_string(pattern) + "." + extension.toStdString();
            mallopt(M_PERTURB, pattern);
            exportClip(clip, target, {.scale = 4});
            mallopt(M_PERTURB, 0);
            if (first.empty()) first = readFile(target);
            QVERIFY(readFile(target) == first);
        }
    }
#endif
    void gifDurationsAreRightToAHundredth_data()
    {
        QTest::addColumn<double>("rate");
        for (const double rate : {1.0, 7.3, 10.0, 15.0, 24.0, 25.0, 29.97, 30.0, 50.0}) QTest::addRow("%g Hz", rate) << rate;
    }
    void gifDurationsAreRightToAHundredth()
    {
        QFETCH(double, rate);
        const Gif gif = parseGif(encodeClip(gradient(16, 8, 8), "gif", {.frameRateHz = rate}));
        QCOMPARE(gif.delays.size(), std::size_t(16));
        QVERIFY(std::abs(std::accumulate(gif.delays.begin(), gif.delays.end(), 0) - 16 * 100 / rate) <= 1);
        for (const int delay : gif.delays) QVERIFY(delay >= 2);
        QCOMPARE(gif.delays, gifDelays(16, rate));
    }
    void gifDelaysCarryTheRest()
    {
        QCOMPARE(gifDelays(6, 30), (std::vector<int>{3, 4, 3, 3, 4, 3}));
        for (const int delay : gifDelays(100, 240)) QCOMPARE(delay, 2);
    }
    void gifLoops_data()
    {
        QTest::addColumn<int>("loops");
        QTest::addColumn<int>("written");
        QTest::newRow("for ever") << 0 << 0;
        QTest::newRow("once") << 1 << -1;
        QTest::newRow("three times") << 3 << 2;
    }
    void gifLoops()
    {
        QFETCH(int, loops);
        QFETCH(int, written);
        QCOMPARE(parseGif(encodeClip(gradient(3, 8, 8), "gif", {.loops = loops})).loops, written);
    }
    void gifKeepsTheComment()
    {
        const std::string comment = "{\"seed\": 1} " + std::string(600, 'x');
        QCOMPARE(parseGif(encodeClip(gradient(2, 8, 8), "gif", {.comment = comment})).comment, comment);
    }
    void gifIsEnlargedAfterQuantising()
    {
        const Frames clip = gradient(2, 16, 16);
        const std::string small = encodeClip(clip, "gif"), large = encodeClip(clip, "gif", {.scale = 4});
        QCOMPARE(parseGif(large).width, 64);
#ifdef KINORA_TEST_QT_GUI
        QImage a, b;
        QVERIFY(a.loadFromData(QByteArray::fromStdString(small), "gif") && b.loadFromData(QByteArray::fromStdString(large), "gif"));
        for (int y = 0; y < 64; ++y)
            for (int x = 0; x < 64; ++x) QCOMPARE(b.pixel(x, y), a.pixel(x / 4, y / 4));
#endif
    }
    void oneFrameIsAGifToo() { QCOMPARE(parseGif(encodeClip(gradient(1, 9, 7), "gif")).delays.size(), std::size_t(1)); }
#ifdef KINORA_TEST_QT_GUI
    void qtPlaysTheGif_data()
    {
        QTest::addColumn<bool>("dither");
        QTest::newRow("dithered") << true;
        QTest::newRow("plain") << false;
    }
    void qtPlaysTheGif()
    {
        QFETCH(bool, dither);
        const Frames clip = gradient(16);
        exportClip(clip, path("clip.gif"), {.frameRateHz = 25, .dither = dither ? "floyd_steinberg" : "none"});
        QMovie movie(QString::fromStdString(path("clip.gif").string()));
        QVERIFY(movie.isValid());
        QCOMPARE(movie.loopCount(), -1);
        double sum = 0;
        for (int t = 0; t < clip.count(); ++t) {
            QVERIFY(movie.jumpToFrame(t));
            const QImage image = movie.currentImage().convertToFormat(QImage::Format_RGB888);
            QCOMPARE(image.size(), QSize(64, 64));
            std::vector<std::uint8_t> shown;
            for (int y = 0; y < 64; ++y) shown.insert(shown.end(), image.constScanLine(y), image.constScanLine(y) + 64 * 3);
            sum += psnr(shown, {clip.frame(t), clip.frameBytes()});
        }
        QVERIFY2(sum / clip.count() >= 35, qPrintable(QString::number(sum / clip.count())));
        QCOMPARE(movie.frameCount(), clip.count());
        // of the movie it is what is left of it after decoding
        QImageReader reader(movie.fileName());
        for (int t = 0; t < clip.count(); ++t) {
            QVERIFY(!reader.read().isNull());
            QCOMPARE(reader.nextImageDelay(), 40);
        }
    }
#endif
    void fewColoursAreExact()
    {
        Frames clip(3, 16, 16);
        for (std::size_t i = 0; i < clip.bytes().size(); ++i) clip.bytes()[i] = (i / 3) % 5 == 0 ? 200 : 17;
        exportClip(clip, path("few.gif"));
        QVERIFY(std::ranges::equal(readPicture(path("few.gif")).bytes(), std::span(clip.frame(0), clip.frameBytes())));
    }
    void pngIsLossless()
    {
        const Frames one = gradient(1), many = gradient(5);
        exportClip(one, path("one.png"), {.comment = "a comment"});
        QVERIFY(readPicture(path("one.png")) == one);
        QVERIFY(readFile(path("one.png")).find("a comment") != std::string::npos);
        exportClip(many, path("strip.PNG"));
        QVERIFY(readPicture(path("strip.PNG")) == contactStrip(many));
        exportClip(one, path("large.png"), {.scale = 3});
        QCOMPARE(readPicture(path("large.png")).width(), 192);
    }
    void otherFormatsAreWritten_data()
    {
        QTest::addColumn<QString>("extension");
        QTest::addColumn<QByteArray>("mark");
        QTest::addColumn<int>("at");
        QTest::newRow("apng") << "apng" << QByteArray("\x89PNG") << 0;
        QTest::newRow("webp") << "webp" << QByteArray("WEBP") << 8;
        QTest::newRow("mp4") << "mp4" << QByteArray("ftyp") << 4;
        QTest::newRow("webm") << "webm" << QByteArray("\x1a\x45\xdf\xa3") << 0;
    }
    void otherFormatsAreWritten()
    {
        QFETCH(QString, extension);
        QFETCH(QByteArray, mark);
        QFETCH(int, at);
        const std::vector<std::string> known = exportFormats();
        if (std::ranges::find(known, extension.toStdString()) == known.end()) QSKIP("this libavcodec has no encoder for it");
        const fs::path file = path("clip.") += extension.toStdString();
        const Frames clip = gradient(9, 33, 47);  // odd sides
        exportClip(clip, file, {.frameRateHz = 12.5, .comment = "about it"});
        const std::string bytes = readFile(file);
        QCOMPARE(bytes.substr(static_cast<std::size_t>(at), static_cast<std::size_t>(mark.size())), mark.toStdString());
        if (extension == "apng") QVERIFY(std::ranges::equal(readPicture(file).bytes(), std::span(clip.frame(0), clip.frameBytes())));  // its default image
        if (extension == "apng") QCOMPARE(int(bytes.at(bytes.find("acTL") + 7)), 9);  // its number of frames
        if (extension == "mp4") QVERIFY(bytes.find("moov") < bytes.find("mdat"));
        exportClip(clip, path("again.") += extension.toStdString(), {.frameRateHz = 12.5, .comment = "about it"});
        QVERIFY(bytes == readFile(path("again.") += extension.toStdString()));
    }
    void refusesWhatCannotBeWritten()
    {
        const Frames clip = gradient(2, 8, 8);
        try {
            exportClip(clip, path("clip.avi"));
            QFAIL("wrote an unknown extension");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::Usage);
            QVERIFY(error.detail().find("gif") != std::string::npos && error.detail().find("png") != std::string::npos);
        }
        QCOMPARE(codeOf([&] { exportClip(clip, path("clip")); }), ErrorCode::Usage);
        QCOMPARE(codeOf([&] { exportClip(Frames(), path("clip.gif")); }), ErrorCode::Usage);
        QCOMPARE(codeOf([&] { exportClip(clip, path("clip.gif"), {.frameRateHz = 0}); }), ErrorCode::Usage);
        QCOMPARE(codeOf([&] { exportClip(clip, path("clip.gif"), {.frameRateHz = NAN}); }), ErrorCode::Usage);
        QCOMPARE(codeOf([&] { exportClip(clip, path("clip.gif"), {.scale = 0}); }), ErrorCode::Usage);
        QCOMPARE(codeOf([&] { exportClip(clip, path("missing/clip.gif")); }), ErrorCode::NotFound);
        QCOMPARE(codeOf([&] { exportClip(clip, path("missing/clip.mp4")); }), ErrorCode::NotFound);
        fs::create_directory(path("folder.gif"));
        QCOMPARE(codeOf([&] { exportClip(clip, path("folder.gif")); }), ErrorCode::CannotWrite);
        fs::create_directory(path("closed"));
        fs::permissions(path("closed"), fs::perms::owner_read | fs::perms::owner_exec);
        if (::geteuid() != 0) QCOMPARE(codeOf([&] { exportClip(clip, path("closed/clip.gif")); }), ErrorCode::CannotWrite);
        QVERIFY(!fs::exists(path("clip.avi")) && !fs::exists(path("clip.gif") / "x"));
    }
    void nothingIsLeftBehind()
    {
        for (const fs::directory_entry& entry : fs::directory_iterator(m_dir.path().toStdString())) QVERIFY2(entry.path().extension() != ".tmp", entry.path().c_str());
    }
};
QTEST_MAIN(TestEncoder)  // with an application where there is QtGui: QMovie wants one
#include "tst_encoder.moc"
