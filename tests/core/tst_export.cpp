// Files that exportFigure() writes, opened again and compared frame by frame.
#include <QtTest>
#include <sys/mount.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/clipfile/clip_file.h"
#include "core/decode/picture.h"
#include "core/decode/video.h"
#include "core/export/figure.h"
#include "core/export/gif.h"
#include "core/export/lettering.h"
#include "core/export/libav.h"
#include "core/export/read_back.h"
#include "core/export/recipe.h"
#include "core/export/size_limit.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/random.h"

using namespace kinora;
namespace fs = std::filesystem;

namespace {
/// Gradients that differ in hue, a disc that moves, and a little noise that changes from frame to frame.
Frames scene(int frames, int height, int width, std::uint64_t seed = 1)
{
    Frames clip(frames, height, width);
    Random random(seed);
    const double hue = random.uniform();
    for (int t = 0; t < frames; ++t)
        for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x) {
                std::uint8_t* pixel = clip.frame(t) + (static_cast<std::size_t>(y) * width + x) * 3;
                const double light = std::clamp(height * 0.2 - std::hypot(x - width * (0.3 + 0.4 * t / frames), y - height * 0.5), 0.0, 1.0), noise = random.uniform(0, 3);
                pixel[0] = static_cast<std::uint8_t>(40 + 120.0 * x / width * (1 - light) + 90 * light + noise);
                pixel[1] = static_cast<std::uint8_t>(60 + 80.0 * y / height * hue + 60 * light + noise);
                pixel[2] = static_cast<std::uint8_t>(150 - 60.0 * x / width * (1 - hue) + noise);
            }
    return clip;
}

double psnr(const Frames& a, const Frames& b)
{
    if (a.count() != b.count() || a.height() != b.height() || a.width() != b.width()) return -1;
    double sum = 0;
    for (std::size_t i = 0; i < a.bytes().size(); ++i) sum += std::pow(double(a.bytes()[i]) - double(b.bytes()[i]), 2);
    return sum == 0 ? 99 : 10 * std::log10(255.0 * 255.0 * static_cast<double>(a.bytes().size()) / sum);
}

/// By the decoder that imports foreign media, not by ours.
Frames decoded(const fs::path& file)
{
    VideoReader reader(file);
    std::vector<std::uint8_t> bytes;
    int count = 0, height = 0, width = 0;
    for (; reader.advance(); ++count) {
        const Frames& frame = reader.frame();
        height = frame.height(), width = frame.width();
        bytes.insert(bytes.end(), frame.bytes().begin(), frame.bytes().end());
    }
    return Frames(count, height, width, std::move(bytes));
}

/// libav 5 does not play animated WebP: each of its frames is decoded as a picture of its own and set into the canvas.
Frames decodedWebp(const fs::path& file)
{
    const std::string bytes = readFile(file);
    const auto number = [&](std::size_t at, int size) {
        std::uint32_t value = 0;
        for (int i = 0; i < size; ++i) value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes.at(at + static_cast<std::size_t>(i)))) << (8 * i);
        return value;
    };
    const int width = static_cast<int>(number(24, 3)) + 1, height = static_cast<int>(number(27, 3)) + 1;
    std::vector<std::uint8_t> canvas(static_cast<std::size_t>(width) * height * 3), all;
    int count = 0;
    for (std::size_t at = 12; at + 8 <= bytes.size(); at += 8 + number(at + 4, 4) + number(at + 4, 4) % 2) {
        if (bytes.compare(at, 4, "ANMF") != 0) continue;
        const std::size_t start = at + 8, end = start + number(at + 4, 4);
        const int left = static_cast<int>(number(start, 3)) * 2, top = static_cast<int>(number(start + 3, 3)) * 2;
        std::string picture = "RIFF....WEBP";
        const std::string inner = bytes.substr(start + 16, end - start - 16);
        if (inner.starts_with("ALPH")) {
            picture += std::string("VP8X\x0a\0\0\0\x10\0\0\0", 12);
            picture += bytes.substr(start + 6, 6);
        }
        picture += inner;
        const auto size = static_cast<std::uint32_t>(picture.size() - 8);
        std::memcpy(picture.data() + 4, &size, 4);
        libav::quiet();
        const libav::Own<AVCodecContext> context(avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_WEBP)));
        if (avcodec_open2(context.get(), context->codec, nullptr) < 0) return {};
        const libav::Own<AVPacket> packet = libav::newPacket();
        if (av_new_packet(packet.get(), static_cast<int>(picture.size())) < 0) return {};
        std::memcpy(packet->data, picture.data(), picture.size());
        const libav::Own<AVFrame> frame(av_frame_alloc());
        if (avcodec_send_packet(context.get(), packet.get()) < 0 || avcodec_receive_frame(context.get(), frame.get()) < 0) return {};
        libav::Own<AVFrame> rgba = libav::newFrame(frame->width, frame->height, AV_PIX_FMT_RGBA);
        const libav::Own<SwsContext> scaler(sws_getContext(frame->width, frame->height, static_cast<AVPixelFormat>(frame->format), frame->width, frame->height, AV_PIX_FMT_RGBA, SWS_BICUBIC | SWS_ACCURATE_RND, nullptr, nullptr, nullptr));
        sws_scale(scaler.get(), frame->data, frame->linesize, 0, frame->height, rgba->data, rgba->linesize);
        const bool blends = (number(start + 15, 1) & 2) == 0;
        for (int y = 0; y < frame->height; ++y)
            for (int x = 0; x < frame->width; ++x) {
                const std::uint8_t* from = rgba->data[0] + y * rgba->linesize[0] + x * 4;
                if (!blends || from[3] > 127) std::memcpy(canvas.data() + (static_cast<std::size_t>(y + top) * width + x + left) * 3, from, 3);
            }
        const std::uint32_t duration = number(start + 12, 3);
        // equal frames are one that lasts longer
        for (std::uint32_t shown = 0; shown + 50 <= duration + 1; shown += 100) {
            all.insert(all.end(), canvas.begin(), canvas.end());
            ++count;
        }
    }
    return Frames(count, height, width, std::move(all));
}

FigureClips matrix(int rows, int columns, int frames = 6, int side = 32)
{
    FigureClips clips;
    clips.rows = rows, clips.columns = columns;
    for (int i = 0; i < rows * columns; ++i) clips.clips.push_back(scene(frames, side, side, static_cast<std::uint64_t>(i + 1)));
    for (int i = 0; i < rows; ++i) clips.rowLabels.push_back("appearance " + std::to_string(i));
    for (int i = 0; i < columns; ++i) clips.columnLabels.push_back("m " + std::to_string(i));
    return clips;
}

template <class Work>
Error errorOf(Work&& work)
{
    try {
        work();
    } catch (const Error& error) {
        return error;
    }
    return Error(ErrorCode::Internal, "no error");
}

bool available(const std::string& format)
{
    const std::vector<std::string> formats = exportFormats();
    return format == "frames" || std::ranges::find(formats, format) != formats.end();
}
}  // namespace

class TestExport final : public QObject {
    Q_OBJECT
    QTemporaryDir m_dir;
    fs::path path(const std::string& name) const { return fs::path(m_dir.path().toStdString()) / name; }
    std::vector<std::string> entries(const fs::path& folder) const
    {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
        return names;
    }
private Q_SLOTS:
    void everyFormatComesBack_data()
    {
        QTest::addColumn<QString>("format");
        QTest::addColumn<QString>("preset");
        QTest::addColumn<double>("least");
        QTest::newRow("gif, balanced") << "gif" << "balanced" << 36.0;
        QTest::newRow("gif, best") << "gif" << "best" << 40.0;
        QTest::newRow("gif, small") << "gif" << "small" << 30.0;
        QTest::newRow("apng") << "apng" << "balanced" << 99.0;
        QTest::newRow("png frames") << "frames" << "balanced" << 99.0;
        QTest::newRow("mp4") << "mp4" << "balanced" << 34.0;
        QTest::newRow("webm") << "webm" << "balanced" << 34.0;
        QTest::newRow("webp") << "webp" << "balanced" << 34.0;
        QTest::newRow("webp, lossless") << "webp" << "lossless" << 99.0;
    }
    void everyFormatComesBack()
    {
        QFETCH(QString, format);
        QFETCH(QString, preset);
        QFETCH(double, least);
        const std::string extension = format.toStdString();
        if (!available(extension)) QSKIP("this libavcodec has no encoder for it");
        const FigureClips clips = matrix(2, 3);
        FigureLayout figure;
        figure.labels = true, figure.caption = "Not chosen.", figure.border = 4;
        ExportOptions options;
        options.scale = 2;
        if (preset == QLatin1String("lossless")) options.quality = 100;
        else applyPreset(options, preset.toStdString());
        const fs::path file = path("figure-" + preset.toStdString() + "." + extension);
        const ExportOptions taken = exportFigure(clips, figure, file, options, 0, [](const ExportOptions& used) { return nlohmann::json{{"kinora_recipe", 1}, {"scale", used.scale}}.dump(); });
        QVERIFY(taken.surround);
        // what should be seen: the surround with the enlarged frames in it
        const Frames inner = scaled(layOut(clips, figure), 2);
        Frames expected(inner.count(), taken.surround->height(), taken.surround->width());
        for (int t = 0; t < inner.count(); ++t) {
            std::ranges::copy(taken.surround->bytes(), expected.frame(t));
            for (int y = 0; y < inner.height(); ++y)
                std::memcpy(expected.frame(t) + (static_cast<std::size_t>(y + taken.top) * expected.width() + taken.left) * 3, inner.frame(t) + static_cast<std::size_t>(y) * inner.width() * 3, static_cast<std::size_t>(inner.width()) * 3);
        }
        Frames shown;
        if (extension == "frames") {
            shown = Frames(inner.count(), expected.height(), expected.width());
            for (int t = 0; t < inner.count(); ++t) {
                const Frames one = readPicture(file / ("00000" + std::to_string(t + 1) + ".png"));
                QCOMPARE(one.width(), expected.width());
                std::ranges::copy(one.bytes(), shown.frame(t));
            }
            QCOMPARE(entries(file).size(), std::size_t(7));  // and the recipe
        } else {
            shown = extension == "webp" ? decodedWebp(file) : decoded(file);
        }
        if (extension == "mp4" || extension == "webm") {  // even sides: cut what was added
            QCOMPARE(shown.width(), (expected.width() + 1) / 2 * 2);
            Frames cut(shown.count(), expected.height(), expected.width());
            for (int t = 0; t < cut.count(); ++t)
                for (int y = 0; y < cut.height(); ++y) std::memcpy(cut.frame(t) + static_cast<std::size_t>(y) * cut.width() * 3, shown.frame(t) + static_cast<std::size_t>(y) * shown.width() * 3, static_cast<std::size_t>(cut.width()) * 3);
            shown = std::move(cut);
        }
        QCOMPARE(shown.count(), expected.count());
        for (int t = 0; t < shown.count(); ++t) {
            const auto frame = [&](const Frames& all) { return Frames(1, all.height(), all.width(), {all.frame(t), all.frame(t) + all.frameBytes()}); };
            const double value = psnr(frame(shown), frame(expected));
            QVERIFY2(value >= least, qPrintable(QStringLiteral("frame %1: %2 dB").arg(t).arg(value)));
        }
        QCOMPARE(readRecipe(file).at("scale").get<double>(), 2.0);
        // and again, byte for byte
        if (extension == "frames") return;
        const fs::path again = path("again." + extension);
        exportFigure(clips, figure, again, options, 0, [](const ExportOptions& used) { return nlohmann::json{{"kinora_recipe", 1}, {"scale", used.scale}}.dump(); });
        QVERIFY(readFile(again) == readFile(file));
    }
    void pngHoldsAStripOrASheet()
    {
        const Frames clip = scene(5, 24, 32);
        exportFigure({{clip}}, {}, path("strip.png"), {});
        QVERIFY(readPicture(path("strip.png")) == contactStrip(clip));
        FigureLayout sheet;
        sheet.layout = "sheet", sheet.sheetFrames = 3, sheet.gap = 0;
        const FigureClips two = {{clip, scene(5, 24, 32, 9)}, 1, 2, {}, {}};
        exportFigure(two, sheet, path("sheet.png"), {});
        const Frames shown = readPicture(path("sheet.png"));
        QCOMPARE(shown.width(), 3 * 32);
        QCOMPARE(shown.height(), 2 * 24);  // samples along y
        QCOMPARE(sheetFrameNumbers(5, 3), (std::vector<int>{0, 2, 4}));
        for (int sample = 0; sample < 2; ++sample)
            for (int k = 0; k < 3; ++k)
                for (int y = 0; y < 24; ++y)
                    QVERIFY(std::memcmp(shown.frame(0) + ((static_cast<std::size_t>(sample) * 24 + y) * 96 + k * 32) * 3, two.clips[static_cast<std::size_t>(sample)].frame(2 * k) + static_cast<std::size_t>(y) * 96, 96) == 0);
        FigureLayout labelled;
        labelled.labels = true;
        const Error error = errorOf([&] { exportFigure(matrix(2, 2), labelled, path("no.png"), {}); });
        QCOMPARE(error.code(), ErrorCode::Usage);
        QVERIFY(error.detail().find("sheet") != std::string::npos && !fs::exists(path("no.png")));
    }
    void timeSlicesShowOneLineOverTime()
    {
        const Frames clip = scene(8, 24, 40);
        FigureLayout options;
        options.layout = "xt", options.slice = 0.25;
        const Frames xt = layOut({{clip}}, options);
        QCOMPARE(xt.count(), 1);
        QCOMPARE(xt.width(), 40);
        QCOMPARE(xt.height(), 24);  // three pixels a moment
        for (int t = 0; t < 8; ++t)
            for (int k = 0; k < 3; ++k) QVERIFY(std::memcmp(xt.frame(0) + static_cast<std::size_t>(3 * t + k) * 120, clip.frame(t) + std::size_t(6) * 120, 120) == 0);
        options.layout = "yt", options.slice = 1;
        const Frames yt = layOut({{clip}}, options);
        QCOMPARE(yt.height(), 24);
        QCOMPARE(yt.width(), 40);
        for (int t = 0; t < 8; ++t)
            for (int y = 0; y < 24; ++y) QVERIFY(std::memcmp(yt.frame(0) + (static_cast<std::size_t>(y) * 40 + t * 5) * 3, clip.frame(t) + (static_cast<std::size_t>(y) * 40 + 39) * 3, 3) == 0);
    }
    void labelsStandInTheMargin()
    {
        const FigureClips clips = matrix(2, 2);
        FigureLayout options;
        options.labels = true, options.caption = "A caption of many words that is longer than the figure is wide, so that it takes lines; 外观 × 运动";
        const Frames picture = layOut(clips, options);
        ExportOptions encoder;
        encoder.scale = 3;
        addSurround(clips, options, picture, encoder);
        QVERIFY(encoder.surround && encoder.left > 30 && encoder.top > 8);
        const auto dark = [&](int x0, int y0, int x1, int y1) {
            int count = 0;
            for (int y = y0; y < y1; ++y)
                for (int x = x0; x < x1; ++x) count += encoder.surround->frame(0)[(static_cast<std::size_t>(y) * encoder.surround->width() + x) * 3] < 128;
            return count;
        };
        const int right = encoder.surround->width(), bottom = encoder.surround->height(), below = encoder.top + picture.height() * 3;
        QVERIFY(dark(0, encoder.top, encoder.left, below) > 50);
        QVERIFY(dark(encoder.left, 0, right, encoder.top) > 20);
        QVERIFY(dark(0, below, right, bottom) > 200);
        QVERIFY(bottom - below > 30);  // several lines
        QCOMPARE(dark(encoder.left, encoder.top, encoder.left + picture.width() * 3, below), 0);  // nothing over the frames
        options.background = "black";
        addSurround(clips, options, picture, encoder);
        QCOMPARE(int(encoder.surround->frame(0)[0]), 0);
        QCOMPARE(errorOf([&] { lettering("\xff\xfe", 12); }).code(), ErrorCode::Usage);
        QCOMPARE(lettering("  ", 12).width, 0);
        QVERIFY(lettering("WWWW", 12).width > lettering("iiii", 12).width);
    }
    void gifPalettesAndDithers_data()
    {
        QTest::addColumn<QString>("palette");
        QTest::addColumn<QString>("dither");
        QTest::addColumn<int>("colours");
        QTest::addColumn<double>("least");
        for (const char* palette : {"clip", "frame"}) {
            QTest::addRow("%s, none", palette) << palette << "none" << 256 << 37.0;
            QTest::addRow("%s, bayer", palette) << palette << "bayer" << 256 << 34.0;
            QTest::addRow("%s, floyd_steinberg", palette) << palette << "floyd_steinberg" << 256 << 35.0;
            QTest::addRow("%s, sierra", palette) << palette << "sierra" << 256 << 35.0;
            QTest::addRow("%s, 16 colours", palette) << palette << "none" << 16 << 24.0;
            QTest::addRow("%s, 2 colours", palette) << palette << "none" << 2 << 12.0;
        }
    }
    void gifPalettesAndDithers()
    {
        QFETCH(QString, palette);
        QFETCH(QString, dither);
        QFETCH(int, colours);
        QFETCH(double, least);
        const Frames clip = scene(4, 48, 40);
        ExportOptions options;
        options.palette = palette.toStdString(), options.dither = dither.toStdString(), options.colours = colours, options.loss = 0;
        exportClip(clip, path("palette.gif"), options);
        const double value = psnr(decoded(path("palette.gif")), clip);
        QVERIFY2(value >= least, qPrintable(QString::number(value)));
        QVERIFY(readBack(path("palette.gif")) == decoded(path("palette.gif")));
    }
    void gifLossIsBounded()
    {
        const Frames clip = scene(6, 64, 64);
        const auto size = [&](int loss) { return encodeClip(clip, "gif", {.loss = loss}).size(); };
        QVERIFY(size(4) < size(2) && size(2) < size(0));
        // a palette that holds every colour: no pixel is farther off than the loss
        Frames few(3, 32, 32);
        Random random(3);
        for (std::uint8_t& byte : few.bytes()) byte = static_cast<std::uint8_t>(100 + random.below(5));
        exportClip(few, path("loss.gif"), {.loss = 3});
        const Frames shown = decoded(path("loss.gif"));
        for (std::size_t i = 0; i < few.bytes().size(); i += 3) {
            int distance = 0;
            for (std::size_t c = 0; c < 3; ++c) distance += (shown.bytes()[i + c] - few.bytes()[i + c]) * (shown.bytes()[i + c] - few.bytes()[i + c]);
            QVERIFY(distance <= 9);
        }
        exportClip(few, path("exact.gif"), {.loss = 0});
        QVERIFY(decoded(path("exact.gif")) == few);
    }
    void gifsOfNoiseAndOfNothingAreRead()
    {
        // full tables, clear codes, long runs, frames that do not change, one pixel
        Frames noise(2, 200, 200);
        Random random(5);
        for (std::uint8_t& byte : noise.bytes()) byte = random.below(2) ? 255 : 0;
        exportClip(noise, path("noise.gif"), {.loss = 0});
        QVERIFY(decoded(path("noise.gif")) == noise);
        const Frames flat(3, 300, 300);
        exportClip(flat, path("flat.gif"));
        QVERIFY(decoded(path("flat.gif")) == flat);
        QVERIFY(fs::file_size(path("flat.gif")) < 1500);
        const Frames pixel(1, 1, 1);
        exportClip(pixel, path("pixel.gif"));
        QVERIFY(decoded(path("pixel.gif")) == pixel);
    }
    void framesAreChosenAndTurned()
    {
        Frames clip(6, 4, 4);
        for (int t = 0; t < 6; ++t) std::fill_n(clip.frame(t), clip.frameBytes(), static_cast<std::uint8_t>(40 * t));
        exportClip(clip, path("turned.apng"), {.frameStep = 2, .pingPong = true, .endHold = 1.5});
        const Frames shown = decoded(path("turned.apng"));
        QCOMPARE(shown.count(), 4);
        for (int t = 0; t < 4; ++t) QCOMPARE(int(shown.frame(t)[0]), (std::array{0, 80, 160, 80}[static_cast<std::size_t>(t)]));
        exportClip(clip, path("held.gif"), {.endHold = 1.5});
        const std::string bytes = readFile(path("held.gif"));
        std::vector<int> delays;
        for (std::size_t at = 0; (at = bytes.find("\x21\xf9\x04", at)) != std::string::npos; at += 4) delays.push_back(static_cast<unsigned char>(bytes[at + 4]) | static_cast<unsigned char>(bytes[at + 5]) << 8);
        QCOMPARE(delays, (std::vector<int>{10, 10, 10, 10, 10, 160}));
        exportClip(clip, path("held.mp4"), {.endHold = 1});
        QCOMPARE(decoded(path("held.mp4")).count(), 16);
    }
    void scalesByTheRightFilter()
    {
        const Frames clip = scene(1, 20, 30);
        const Frames whole = scaled(clip, 3);
        for (int y = 0; y < 60; ++y)
            for (int x = 0; x < 90; ++x) QVERIFY(std::memcmp(whole.frame(0) + (y * 90 + x) * 3, clip.frame(0) + (y / 3 * 30 + x / 3) * 3, 3) == 0);
        QVERIFY(psnr(scaled(scaled(clip, 2, "smooth"), 0.5), clip) > 30);
        QCOMPARE(scaled(clip, 1.5).width(), 45);
        QVERIFY(scaled(clip, 1.5) != scaled(clip, 1.5, "nearest"));
        QCOMPARE(scaled(clip, 0.001).width(), 1);
        exportClip(clip, path("half.gif"), {.scale = 0.5});
        QCOMPARE(decoded(path("half.gif")).width(), 15);
    }
    void keepsToALimit_data()
    {
        QTest::addColumn<QString>("format");
        QTest::addColumn<double>("share");
        for (const char* format : {"gif", "webp", "mp4", "apng"})
            for (const double share : {0.75, 0.3, 0.15})
                if (share > 0.2 || std::string(format) != "mp4") QTest::addRow("%s, %g", format, share) << format << share;  // an MP4 is all head then
    }
    void keepsToALimit()
    {
        QFETCH(QString, format);
        QFETCH(double, share);
        const std::string extension = format.toStdString();
        if (!available(extension)) QSKIP("this libavcodec has no encoder for it");
        const FigureClips clips = matrix(3, 3, 8, 64);
        const fs::path file = path("limit." + extension);
        exportFigure(clips, {}, file, {});
        const auto limit = static_cast<std::uintmax_t>(static_cast<double>(fs::file_size(file)) * share);
        const ExportOptions taken = exportFigure(clips, {}, file, {}, limit);
        const auto size = static_cast<double>(fs::file_size(file));  // without loss there is nothing between all frames and half of them
        QVERIFY2(size <= static_cast<double>(limit) && size >= (extension == "apng" ? 0.5 : 0.7) * static_cast<double>(limit), qPrintable(QStringLiteral("%1 of %2; scale %3, step %4").arg(size).arg(limit).arg(taken.scale).arg(taken.frameStep)));
        // what was chosen is all that is needed to make it again
        ExportOptions again = taken;
        const fs::path second = path("limit2." + extension);
        exportFigure(clips, {}, second, again);
        QVERIFY(readFile(second) == readFile(file));
        if (share < 0.2) {
            const Error error = errorOf([&] { exportFigure(clips, {}, path("tiny." + extension), {}, 20); });
            QCOMPARE(error.code(), ErrorCode::Usage);
            QVERIFY(!fs::exists(path("tiny." + extension)));
        }
    }
    void recipesGoThereAndBack()
    {
        FigureRecipe recipe;
        recipe.madeBy = "generate", recipe.system = "g3an", recipe.checkpointHash = std::string(64, 'a'), recipe.frames = 16, recipe.rows = 2, recipe.columns = 2, recipe.seed = 7;
        recipe.figure.caption = "\"quoted\" and </b>";
        recipe.encoder.scale = 2.5;
        Random random(2);
        std::vector<ControlValue> appearance(2), motion(2);
        for (ControlValue& value : appearance)
            for (int i = 0; i < 8; ++i) value.numbers.push_back(static_cast<float>(random.normal()));
        for (ControlValue& value : motion) {
            value.steps = 2;
            for (int i = 0; i < 6; ++i) value.numbers.push_back(static_cast<float>(random.normal()) * 1e-8F);
        }
        for (int i = 0; i < 4; ++i) recipe.cells.push_back({{"za", appearance[static_cast<std::size_t>(i / 2)]}, {"zm", motion[static_cast<std::size_t>(i % 2)]}});
        for (int i = 0; i < 4; ++i) recipe.cells[static_cast<std::size_t>(i)]["given"].frames = std::make_shared<const Frames>(scene(i / 2 + 1, 8, 12));
        const nlohmann::json json = toJson(recipe);
        QCOMPARE(json.at("values").at("za").size(), std::size_t(2));  // each once
        QCOMPARE(json.at("values").at("given").size(), std::size_t(2));
        const FigureRecipe back = recipeFromJson(nlohmann::json::parse(json.dump()), "recipe");
        QVERIFY(back.cells == recipe.cells);  // the very floats
        QCOMPARE(toJson(back).dump(), json.dump());
        QCOMPARE(back.encoder.scale, 2.5);
        QCOMPARE(back.figure.caption, recipe.figure.caption);
    }
    void wrongRecipesAreNamed()
    {
        const auto code = [&](const std::string& text) {
            writeFile(path("recipe.json"), text);
            return errorOf([&] { recipeFromJson(readRecipe(path("recipe.json")), "recipe.json"); }).code();
        };
        QCOMPARE(code("{}"), ErrorCode::Damaged);
        QCOMPARE(code("{\"kinora_recipe\": 1, "), ErrorCode::Damaged);
        QCOMPARE(code("[1]"), ErrorCode::Damaged);
        QCOMPARE(code(""), ErrorCode::Damaged);
        QCOMPARE(code("{\"kinora_recipe\": 99}"), ErrorCode::Incompatible);
        QCOMPARE(code("{\"kinora_recipe\": 1, \"rows\": 100000}"), ErrorCode::Damaged);
        QCOMPARE(code("{\"kinora_recipe\": 1, \"rows\": \"two\"}"), ErrorCode::Damaged);
        QCOMPARE(code("{\"kinora_recipe\": 1, \"encoder\": {\"scale\": 1000}}"), ErrorCode::Damaged);
        QCOMPARE(code("{\"kinora_recipe\": 1, \"encoder\": {\"scael\": 1}}"), ErrorCode::Damaged);
        QCOMPARE(code("{\"kinora_recipe\": 1, \"cells\": [{\"za\": 3}], \"values\": {\"za\": []}}"), ErrorCode::Damaged);
        for (const char* pictures : {"{\"count\": 1, \"height\": 8, \"width\": 8, \"coded\": \"AAAA\"}", "{\"count\": 1, \"height\": 8, \"width\": 8, \"coded\": \"%%%\"}", "{\"count\": 1, \"height\": 0, \"width\": 8, \"coded\": \"\"}",
                                     "{\"count\": 4000, \"height\": 4000, \"width\": 4000, \"coded\": \"AAAA\"}", "{\"count\": 1}", "3"})
            QCOMPARE(code("{\"kinora_recipe\": 1, \"cells\": [{\"x\": 0}], \"values\": {\"x\": [{\"pictures\": " + std::string(pictures) + "}]}}"), ErrorCode::Damaged);
        QCOMPARE(code("GIF89a\x01"), ErrorCode::Damaged);
        QCOMPARE(code("some text"), ErrorCode::Damaged);
        QCOMPARE(errorOf([&] { readRecipe(path("none.gif")); }).code(), ErrorCode::NotFound);
        exportClip(scene(2, 8, 8), path("plain.gif"));
        QCOMPARE(errorOf([&] { readRecipe(path("plain.gif")); }).code(), ErrorCode::Damaged);
    }
    void codesStandBesideTheClips()
    {
        {
            ClipFileWriter writer(path("codes.h5"), {}, {}, {{"recipe", "{\"kinora_recipe\": 1}"}});
            ClipInfo info;
            info.name = "a";
            writer.add(info, scene(2, 8, 8));
            QCOMPARE(errorOf([&] { writer.setCodes("za", {1, 3}, {1, 2}); }).code(), ErrorCode::ShapeMismatch);
            QCOMPARE(errorOf([&] { writer.setCodes("z/a", {1, 2}, {1, 2}); }).code(), ErrorCode::Usage);
            writer.setCodes("za", {1, 2}, {1, 2});
            writer.finish();
        }
        QCOMPARE(openClipFile(path("codes.h5"))->size(), std::int64_t(1));
        QVERIFY(openClipFile(path("codes.h5"))->frames(0) == scene(2, 8, 8));
        QCOMPARE(readRecipe(path("codes.h5")).at("kinora_recipe").get<int>(), 1);
        QCOMPARE(verifyClipFile(path("codes.h5")).problems.size(), std::size_t(0));
    }
    void aCancelledExportLeavesNothing_data()
    {
        QTest::addColumn<QString>("format");
        for (const char* format : {"gif", "mp4", "webm", "webp", "apng", "frames"}) QTest::newRow(format) << format;
    }
    void aCancelledExportLeavesNothing()
    {
        QFETCH(QString, format);
        const std::string extension = format.toStdString();
        if (!available(extension)) QSKIP("this libavcodec has no encoder for it");
        const fs::path folder = path("cancel-" + extension);
        fs::create_directory(folder);
        std::stop_source source;
        double seen = 0;
        const ExportWatch watch{source.get_token(), [&](double share) {
                                    QVERIFY(share >= seen && share <= 1);
                                    seen = share;
                                    if (share > 0.4) source.request_stop();
                                }};
        QCOMPARE(errorOf([&] { exportClip(scene(12, 32, 32), folder / ("clip." + extension), {}, watch); }).code(), ErrorCode::Cancelled);
        QVERIFY(seen > 0.4 && seen < 1);
        QVERIFY(fs::is_empty(folder));
        // an older file stays as it was
        if (extension == "frames") return;
        writeFile(folder / ("clip." + extension), "old");
        QCOMPARE(errorOf([&] { exportClip(scene(12, 32, 32), folder / ("clip." + extension), {}, watch); }).code(), ErrorCode::Cancelled);
        QCOMPARE(readFile(folder / ("clip." + extension)), std::string("old"));
    }
    void aFullDiskLeavesNothing_data() { aCancelledExportLeavesNothing_data(); }
    void aFullDiskLeavesNothing()
    {
        QFETCH(QString, format);
        const std::string extension = format.toStdString();
        if (!available(extension)) QSKIP("this libavcodec has no encoder for it");
        const fs::path folder = path("small-" + extension);
        fs::create_directory(folder);
        if (::geteuid() != 0 || ::mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=16k") != 0) QSKIP("only root can make a small disk");
        Frames noise(8, 96, 96);
        Random random(4);
        for (std::uint8_t& byte : noise.bytes()) byte = static_cast<std::uint8_t>(random.below(256));
        const Error error = errorOf([&] { exportClip(noise, folder / ("clip." + extension)); });
        const bool empty = fs::is_empty(folder);
        ::umount2(folder.c_str(), MNT_DETACH);
        QCOMPARE(error.code(), ErrorCode::DiskFull);
        QVERIFY(QString::fromStdString(error.what()).contains(QStringLiteral("disk is full")));
        QVERIFY(empty);
    }
    void targetsThatCannotBeWritten()
    {
        const Frames clip = scene(2, 8, 8);
        QCOMPARE(errorOf([&] { exportClip(clip, path("missing") / "clip.frames"); }).code(), ErrorCode::NotFound);
        fs::create_directory(path("there.frames"));
        QCOMPARE(errorOf([&] { exportClip(clip, path("there.frames")); }).code(), ErrorCode::CannotWrite);
        QCOMPARE(errorOf([&] { exportClip(clip, "/proc/clip.frames"); }).code(), ErrorCode::CannotWrite);
        QCOMPARE(errorOf([&] { exportClip(clip, path("clip.gif"), {.dither = "wild"}); }).code(), ErrorCode::Usage);
        QCOMPARE(errorOf([&] { exportClip(clip, path("clip.gif"), {.colours = 1}); }).code(), ErrorCode::Usage);
        QVERIFY(!fs::exists(path("clip.gif")));
    }
};
QTEST_GUILESS_MAIN(TestExport)
#include "tst_export.moc"
