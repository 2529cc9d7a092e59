#include <QTemporaryDir>
#include <QtTest>
#include <sys/stat.h>

#include <fstream>
#include <map>

#include "core/decode/npy.h"
#include "core/decode/video.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/random.h"
#include "tests/support/test_videos.h"

using namespace kinora;
namespace fs = std::filesystem;

namespace {
/// All frames of a file.
std::vector<Frames> all(const fs::path& file)
{
    std::vector<Frames> out;
    VideoReader reader(file);
    while (reader.advance()) out.push_back(reader.frame());
    return out;
}

/// The error of reading a file to its end. Fails the test by its code if there is none.
Error errorOf(const fs::path& file)
{
    try {
        all(file);
    } catch (const Error& error) {
        return error;
    }
    return {ErrorCode::Internal, "no error"};
}

void write(const fs::path& file, const std::string& bytes)
{
    std::ofstream out(file, std::ios::binary);
    out << bytes;
}

void compareColour(const std::array<int, 3>& found, const std::array<int, 3>& wanted, int tolerance, int line)
{
    for (std::size_t c = 0; c < 3; ++c)
        QVERIFY2(std::abs(found[c] - wanted[c]) <= tolerance, qPrintable(QString("line %1, channel %2: %3 instead of %4").arg(line).arg(c).arg(found[c]).arg(wanted[c])));
}
}  // namespace

class TestVideo final : public QObject {
    Q_OBJECT
    QTemporaryDir m_folder;
    fs::path path(const std::string& name) const { return fs::path(m_folder.path().toStdString()) / name; }

private Q_SLOTS:
    void everyFrameOfEveryFormat_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("codec");
        QTest::addColumn<int>("tag");
        QTest::addColumn<int>("width");
        QTest::addColumn<int>("height");
        QTest::addColumn<double>("rate");
        QTest::addColumn<bool>("sound");
        QTest::newRow("XVID avi") << "a.avi" << "mpeg4" << codecTag("XVID") << 180 << 144 << 25.0 << false;
        QTest::newRow("XVID avi with PCM") << "b.avi" << "mpeg4" << codecTag("XVID") << 320 << 240 << 25.0 << true;
        QTest::newRow("29.97") << "c.avi" << "mpeg4" << codecTag("XVID") << 320 << 240 << 30000 / 1001.0 << false;
        QTest::newRow("raw 4:2:0") << "d.avi" << "rawvideo" << 0 << 180 << 144 << 25.0 << false;
        QTest::newRow("motion JPEG") << "e.AVI" << "mjpeg" << 0 << 180 << 144 << 50.0 << false;
        QTest::newRow("mp4") << "f.mp4" << "mpeg4" << 0 << 192 << 108 << 50.0 << false;
        QTest::newRow("mp4 with AAC") << "g.mp4" << "mpeg4" << 0 << 192 << 108 << 50.0 << true;
        QTest::newRow("mp4 at 29.97") << "n.mp4" << "mpeg4" << 0 << 192 << 108 << 30000 / 1001.0 << false;
        QTest::newRow("H.264 in mp4") << "h.mp4" << "libx264" << 0 << 192 << 108 << 50.0 << false;
        QTest::newRow("matroska") << "i.mkv" << "mpeg4" << 0 << 160 << 120 << 25.0 << true;
        QTest::newRow("odd sizes") << "j.avi" << "mpeg4" << 0 << 161 << 121 << 25.0 << false;
        QTest::newRow("one frame wide enough for bars") << "k.avi" << "mjpeg" << 0 << 64 << 16 << 25.0 << false;
        QTest::newRow("a hard name") << "-x: 100%d é 是.avi" << "mpeg4" << codecTag("XVID") << 96 << 96 << 25.0 << false;
    }
    void everyFrameOfEveryFormat()
    {
        QFETCH(QString, file);
        QFETCH(QString, codec);
        QFETCH(int, tag);
        QFETCH(int, width);
        QFETCH(int, height);
        QFETCH(double, rate);
        QFETCH(bool, sound);
        if (!canEncode(codec.toStdString())) QSKIP("this libavcodec has no such encoder");
        const fs::path target = path(file.toStdString());
        VideoFormat format;
        format.codec = codec.toStdString();
        format.tag = tag;
        format.frameRateHz = rate;
        format.sound = sound;
        writeVideo(target, codedClip(29, width, height, 200, 60, 40, 3), format);
        VideoReader reader(target);
        QCOMPARE(reader.outline().width, width);
        QCOMPARE(reader.outline().height, height);
        QVERIFY2(std::abs(reader.outline().frameRateHz - rate) < 1e-3 * rate, qPrintable(QString::number(reader.outline().frameRateHz, 'g', 10)));
        QVERIFY2(std::llabs(reader.outline().frames - 29) <= 1, qPrintable(QString::number(reader.outline().frames)));
        int t = 0;
        for (; reader.advance(); ++t) {
            QCOMPARE(reader.frame().width(), width);
            QCOMPARE(reader.frame().height(), height);
            QCOMPARE(codedNumber(reader.frame(), 0), 3 + t);
            compareColour(codedColour(reader.frame(), 0), {200, 60, 40}, 6, __LINE__);
        }
        QCOMPARE(t, 29);
        QCOMPARE(reader.decoded(), 29);
        QVERIFY(!reader.variableRate());
        QVERIFY(reader.complaints().empty());
        QVERIFY(!reader.advance());
    }
    void coloursFollowTheStream_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("codec");
        QTest::addColumn<QString>("pixels");
        QTest::addColumn<bool>("bt709");
        QTest::addColumn<bool>("fullRange");
        QTest::addColumn<int>("grey");
        QTest::newRow("BT.601 limited") << "a.mp4" << "libx264" << "" << false << false << 0;
        QTest::newRow("BT.709 limited") << "b.mp4" << "libx264" << "" << true << false << 0;
        QTest::newRow("BT.601 full") << "c.mp4" << "libx264" << "" << false << true << 0;
        QTest::newRow("BT.709 full") << "d.mp4" << "libx264" << "" << true << true << 0;
        QTest::newRow("raw RGB") << "e.avi" << "rawvideo" << "bgr24" << false << false << 0;
        QTest::newRow("raw grey") << "f.avi" << "rawvideo" << "gray" << false << false << 1;
    }
    void coloursFollowTheStream()
    {
        QFETCH(QString, file);
        QFETCH(QString, codec);
        QFETCH(QString, pixels);
        QFETCH(bool, bt709);
        QFETCH(bool, fullRange);
        QFETCH(int, grey);
        if (!canEncode(codec.toStdString())) QSKIP("this libavcodec has no such encoder");
        VideoFormat format;
        format.codec = codec.toStdString();
        format.pixels = pixels.toStdString();
        format.bt709 = bt709;
        format.fullRange = fullRange;
        const fs::path target = path("colour-" + file.toStdString());
        writeVideo(target, codedClip(3, 128, 96, 30, 200, 90), format);
        const std::vector<Frames> frames = all(target);
        QCOMPARE(frames.size(), std::size_t(3));
        const int luma = 136;  // of (30, 200, 90) by BT.601
        compareColour(codedColour(frames[2], 0), grey ? std::array<int, 3>{luma, luma, luma} : std::array<int, 3>{30, 200, 90}, 4, __LINE__);
        QCOMPARE(codedNumber(frames[2], 0), 2);
    }
    void quarterTurnsAreApplied()
    {
        const Frames clip = codedClip(2, 96, 64, 200, 60, 40, 5);
        for (const int degrees : {90, 180, 270}) {
            VideoFormat format;
            format.rotationDegrees = degrees;
            const fs::path target = path("turn" + std::to_string(degrees) + ".mp4");
            writeVideo(target, clip, format);
            VideoReader reader(target);
            QCOMPARE(reader.outline().width, degrees == 180 ? 96 : 64);
            QVERIFY(reader.advance());
            const Frames& shown = reader.frame();
            QCOMPARE(shown.width(), degrees == 180 ? 96 : 64);
            // the stored upper left corner (a bright bar: 5 has bit 0) goes counter-clockwise to the lower left, lower right, upper right
            const int x = degrees == 90 ? 4 : shown.width() - 5, y = degrees == 270 ? 4 : shown.height() - 5;
            QVERIFY2(shown.frame(0)[(y * shown.width() + x) * 3 + 2] > 180, qPrintable(QString::number(degrees)));
            // and the stored lower left corner (the flat colour) follows
            const int colourX = degrees == 180 ? shown.width() - 5 : degrees == 90 ? shown.width() - 5 : 4, colourY = degrees == 180 ? 4 : degrees == 90 ? shown.height() - 5 : 4;
            QVERIFY2(shown.frame(0)[(colourY * shown.width() + colourX) * 3 + 2] < 80, qPrintable(QString::number(degrees)));
        }
    }
    void variableRateIsNotEvenedOut()
    {
        VideoFormat format;
        for (int t = 0; t < 20; ++t) format.times.push_back(t < 10 ? t : 10 + (t - 10) * 4);
        writeVideo(path("vfr.mp4"), codedClip(20, 64, 48, 9, 9, 9), format);
        VideoReader reader(path("vfr.mp4"));
        for (int t = 0; t < 20; ++t) {
            QVERIFY(reader.advance());
            QCOMPARE(codedNumber(reader.frame(), 0), t);
        }
        QVERIFY(!reader.advance());
        QVERIFY(reader.variableRate());
    }
    void theSameBytesEveryTime()
    {
        writeVideo(path("same.avi"), codedClip(12, 160, 120, 200, 60, 40));
        QVERIFY(all(path("same.avi")) == all(path("same.avi")));
    }
    void damagedFilesAreErrorsThatNameThem_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("codec");
        QTest::addColumn<double>("kept");
        QTest::addColumn<QString>("text");
        for (const char* name : {"x.avi", "x.mp4"}) {
            QTest::newRow(qPrintable(QString("nothing of %1").arg(name))) << name << "mpeg4" << 0.0 << "is empty";
            QTest::newRow(qPrintable(QString("200 bytes of %1").arg(name))) << name << "mpeg4" << 200.0 << "";
            QTest::newRow(qPrintable(QString("half of %1").arg(name))) << name << "mpeg4" << 0.5 << "";
        }
        QTest::newRow("motion JPEG, 60 %") << "y.avi" << "mjpeg" << 0.6 << "";
        QTest::newRow("raw, 60 %") << "y.avi" << "rawvideo" << 0.6 << "";
    }
    void damagedFilesAreErrorsThatNameThem()
    {
        QFETCH(QString, file);
        QFETCH(QString, codec);
        QFETCH(double, kept);
        QFETCH(QString, text);
        VideoFormat format;
        format.codec = codec.toStdString();
        const fs::path whole = path("whole-" + file.toStdString()), cut = path("cut-" + file.toStdString());
        writeVideo(whole, codedClip(40, 160, 120, 200, 60, 40), format);
        const std::string bytes = readFile(whole);
        write(cut, bytes.substr(0, kept > 1 ? std::size_t(kept) : std::size_t(kept * double(bytes.size()))));
        const Error error = errorOf(cut);
        QCOMPARE(QString::fromUtf8(errorName(error.code()).data()), QString("decode_failed"));
        QVERIFY2(QString(error.what()).contains(QString::fromStdString(cut.string())), error.what());
        QVERIFY2(QString(error.what()).contains(text), error.what());
        qDebug() << error.what();
    }
    void aTruncatedFileWithItsIndexInFrontIsNoticed()
    {
        // the sample table of a movie moved before its data, as players like it, then cut behind
        writeVideo(path("slow.mp4"), codedClip(40, 160, 120, 200, 60, 40));
        std::string bytes = readFile(path("slow.mp4"));
        const auto size32 = [&](std::size_t at) { return std::size_t(std::uint8_t(bytes[at])) << 24 | std::size_t(std::uint8_t(bytes[at + 1])) << 16 | std::size_t(std::uint8_t(bytes[at + 2])) << 8 | std::uint8_t(bytes[at + 3]); };
        const std::size_t movie = bytes.find("moov") - 4, length = size32(movie), data = bytes.find("mdat") - 4;
        QVERIFY(movie > data && movie + length == bytes.size());
        std::string table = bytes.substr(movie);
        const std::size_t offsets = table.find("stco") + 8;
        const auto put32 = [](std::string& text, std::size_t at, std::size_t value) {
            for (int i = 0; i < 4; ++i) text[at + i] = char(value >> (24 - 8 * i));
        };
        std::size_t count = 0;
        for (int i = 0; i < 4; ++i) count = count << 8 | std::uint8_t(table[offsets + i]);
        for (std::size_t i = 0; i < count; ++i) {
            std::size_t value = 0;
            for (int k = 0; k < 4; ++k) value = value << 8 | std::uint8_t(table[offsets + 4 + i * 4 + k]);
            put32(table, offsets + 4 + i * 4, value + length);
        }
        const std::string quick = bytes.substr(0, data) + table + bytes.substr(data, movie - data);
        write(path("quick.mp4"), quick);
        QCOMPARE(all(path("quick.mp4")).size(), std::size_t(40));
        write(path("quick.mp4"), quick.substr(0, quick.size() - 2000));
        const Error error = errorOf(path("quick.mp4"));
        QVERIFY2(error.code() == ErrorCode::DecodeFailed && QString(error.what()).contains("truncated"), error.what());
    }
    void aDamagedFrameIsNamed()
    {
        writeVideo(path("good.avi"), codedClip(30, 160, 120, 200, 60, 40));
        std::string bytes = readFile(path("good.avi"));
        const std::size_t index = bytes.find("idx1");
        std::size_t at = bytes.find("movi");
        for (int i = 0; i < 13; ++i) at = bytes.find("00dc", at + 4);  // frame 12, which stands on its own
        QVERIFY(at < index);
        Random random(3);
        for (std::size_t i = at + 60; i < at + 160; ++i) bytes[i] = static_cast<char>(random.below(256));
        write(path("bad.avi"), bytes);
        const Error error = errorOf(path("bad.avi"));
        QVERIFY2(error.code() == ErrorCode::DecodeFailed && QString(error.what()).contains("frame 12"), error.what());
    }
    void whatIsNoVideo()
    {
        write(path("text.avi"), "This is no video, it only says so.\n");
        QCOMPARE(errorOf(path("text.avi")).code(), ErrorCode::DecodeFailed);
        QCOMPARE(errorOf(path("missing.avi")).code(), ErrorCode::NotFound);
        fs::create_directories(path("folder.mp4"));
        const Error folder = errorOf(path("folder.mp4"));
        QVERIFY2(folder.code() == ErrorCode::CannotRead && QString(folder.what()).contains("is a folder"), folder.what());
        QVERIFY(::mkfifo(path("pipe.avi").c_str(), 0600) == 0);
        QCOMPARE(errorOf(path("pipe.avi")).code(), ErrorCode::CannotRead);
        writePicture(path("picture.png"), codedClip(1, 64, 64, 1, 2, 3), 0);
        fs::rename(path("picture.png"), path("picture.avi"));
        QCOMPARE(errorOf(path("picture.avi")).code(), ErrorCode::DecodeFailed);  // image2 would read its neighbours
    }
    void nothingElseIsOpened()
    {
        writeVideo(path("secret.avi"), codedClip(4, 64, 64, 1, 2, 3));
        write(path("list.avi"), "ffconcat version 1.0\nfile 'secret.avi'\n");
        write(path("list.m3u8"), "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsecret.avi\n#EXT-X-ENDLIST\n");
        write(path("list.mp4"), "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n");
        write(path("session.avi"), "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\na=rtpmap:96 MP4V-ES/90000\n");
        for (const char* name : {"list.avi", "list.m3u8", "list.mp4", "session.avi"}) {
            const Error error = errorOf(path(name));
            QVERIFY2(error.code() == ErrorCode::DecodeFailed, error.what());
        }
    }
    void limitsAreKept()
    {
        writeVideo(path("large.avi"), codedClip(4, 320, 240, 1, 2, 3));
        QVERIFY_EXCEPTION_THROWN(VideoReader(path("large.avi"), {.pixels = 320 * 200}), Error);
        VideoReader reader(path("large.avi"), {.frames = 3});
        for (int t = 0; t < 3; ++t) QVERIFY(reader.advance());
        QVERIFY_EXCEPTION_THROWN(reader.advance(), Error);
    }
    void flippedBytesNeverDoMoreThanFail()
    {
        for (const char* name : {"fuzz.avi", "fuzz.mp4", "fuzz.mkv"}) {
            writeVideo(path(name), codedClip(6, 64, 48, 200, 60, 40));
            const std::string bytes = readFile(path(name));
            Random random(7);
            for (int i = 0; i < 60; ++i) {
                std::string changed = bytes;
                const int flips = 1 + static_cast<int>(random.below(8));
                for (int k = 0; k < flips; ++k) changed[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(std::min<std::size_t>(changed.size(), i % 2 == 0 ? 600 : changed.size()))))] = static_cast<char>(random.below(256));
                const fs::path target = path("flipped" + fs::path(name).extension().string());
                write(target, changed);
                try {
                    for (const Frames& frame : all(target)) QVERIFY(!frame.empty());
                } catch (const Error& error) {
                    QVERIFY2(QString(error.what()).contains("flipped"), error.what());
                }
            }
        }
    }
    void arraysInEveryLayout_data()
    {
        QTest::addColumn<QString>("layout");
        QTest::addColumn<bool>("real");
        QTest::addColumn<float>("scale");
        for (const char* layout : {"nthwc", "tnhw", "thwc", "thw", "nthw", "hwct", "ntchw"}) QTest::newRow(layout) << layout << false << 1.0F;
        QTest::newRow("float in 0 ... 1") << "thw" << true << 1 / 255.0F;
        QTest::newRow("float in 0 ... 255") << "nthwc" << true << 1.0F;
    }
    void arraysInEveryLayout()
    {
        QFETCH(QString, layout);
        QFETCH(bool, real);
        QFETCH(float, scale);
        const std::map<char, int> extents{{'n', 3}, {'t', 4}, {'h', 5}, {'w', 6}, {'c', 3}};
        std::string shape, data;
        std::size_t total = 1;
        for (const QChar axis : layout) {
            shape += std::to_string(extents.at(axis.toLatin1())) + ", ";
            total *= static_cast<std::size_t>(extents.at(axis.toLatin1()));
        }
        const auto value = [](int n, int t, int y, int x, int c) { return (n * 97 + t * 31 + y * 7 + x * 3 + c * 50) % 256; };
        for (std::size_t i = 0; i < total; ++i) {
            std::map<char, int> at{{'n', 0}, {'t', 0}, {'h', 0}, {'w', 0}, {'c', 0}};
            std::size_t rest = i;
            for (int k = int(layout.size()) - 1; k >= 0; --k) {
                const char axis = layout[k].toLatin1();
                at[axis] = int(rest % std::size_t(extents.at(axis)));
                rest /= std::size_t(extents.at(axis));
            }
            const int v = value(at['n'], at['t'], at['h'], at['w'], at['c']);
            const float f = float(v) * scale;
            data += real ? std::string(reinterpret_cast<const char*>(&f), 4) : std::string(1, char(v));
        }
        std::string dictionary = std::string("{'descr': '") + (real ? "<f4" : "|u1") + "', 'fortran_order': False, 'shape': (" + shape + "), }";
        while ((dictionary.size() + 11) % 64 != 0) dictionary += ' ';
        dictionary += '\n';
        const fs::path file = path("array.npy");
        write(file, std::string("\x93NUMPY\x01\x00", 8) + char(dictionary.size() & 255) + char(dictionary.size() >> 8) + dictionary + data);
        const NpyFile array(file, layout.toStdString());
        QCOMPARE(array.rows(), std::int64_t(layout.contains('n') ? 3 : 1));
        QCOMPARE(array.frames(), 4);
        for (int n = 0; n < array.rows(); ++n)
            for (int t = 0; t < 4; ++t) {
                const Frames frame = array.frame(n, t);
                QCOMPARE(frame.width(), 6);
                for (int y = 0; y < 5; ++y)
                    for (int x = 0; x < 6; ++x)
                        for (int c = 0; c < 3; ++c) QCOMPARE(int(frame.frame(0)[(y * 6 + x) * 3 + c]), value(n, t, y, x, layout.contains('c') ? c : 0));
            }
        QVERIFY_EXCEPTION_THROWN(array.frame(array.rows(), 0), Error);
        const std::string bytes = readFile(file);
        write(file, bytes.substr(0, bytes.size() - 1));
        QVERIFY_EXCEPTION_THROWN(readNpyHeader(file), Error);
        write(file, bytes.substr(0, 40));
        QVERIFY_EXCEPTION_THROWN(readNpyHeader(file), Error);
    }
};
QTEST_APPLESS_MAIN(TestVideo)
#include "tst_video.moc"
