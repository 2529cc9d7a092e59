#include "core/export/encoder.h"

extern "C" {
#include <libavutil/cpu.h>
#include <libavutil/crc.h>
}

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <map>
#include <utility>

#include "core/clip/transform.h"
#include "core/export/gif.h"
#include "core/export/libav.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/log.h"
#include "core/util/text.h"

namespace kinora {
namespace fs = std::filesystem;
using namespace libav;
namespace {
/// One row per extension: the first encoder that this libavcodec has is used.
struct Format {
    const char* extension;
    const char* muxer;  ///< nullptr: the packet is the file.
    std::array<const char*, 2> encoders;  ///< None: written without libav.
    bool inMemory;
};
constexpr std::array kFormats = {
    Format{"gif", nullptr, {nullptr, nullptr}, true},
    Format{"mp4", "mp4", {"libx264", "mpeg4"}, false},
    Format{"webm", "webm", {"libvpx-vp9", "libvpx"}, false},
    Format{"webp", "webp", {"libwebp_anim", nullptr}, true},
    Format{"apng", "apng", {"apng", nullptr}, true},
    Format{"png", nullptr, {"png", nullptr}, true},
    Format{"frames", nullptr, {"png", nullptr}, true},
};
constexpr int kThreads = 1;  // of the encoders: with several, x264 wrote other bytes once in a while, and a recipe promises the same

const AVCodec* encoderOf(const Format& format)
{
    for (const char* name : format.encoders)
        if (const AVCodec* codec = name ? avcodec_find_encoder_by_name(name) : nullptr) return codec;
    return nullptr;
}
bool available(const Format& format) { return !format.encoders[0] || encoderOf(format); }

const Format& formatOf(std::string extension, const std::string& subject)
{
    std::ranges::transform(extension, extension.begin(), [](unsigned char c) { return c < 128 ? static_cast<char>(std::tolower(c)) : static_cast<char>(c); });
    for (const Format& format : kFormats) {
        if (extension != format.extension) continue;
        if (!available(format))
            throw Error(ErrorCode::Usage, std::string("this libavcodec was built without the encoder ") + format.encoders[0] + "; install a build that has it (Debian: libavcodec59 or libavcodec-extra), or write " +
                                              join(exportFormats(), ", "), subject);
        return format;
    }
    throw Error(ErrorCode::Usage, (extension.empty() ? "has no extension" : "'" + extension + "' is no format that clips are exported to") + " (known: " + join(exportFormats(), ", ") + ")", subject);
}

/// What a side of so many pixels becomes.
int sideOf(int pixels, double scale)
{
    const double side = std::round(pixels * scale);
    if (side > 65535) throw Error(ErrorCode::Usage, "the picture would be larger than 65535 pixels at one side; lower the scale");
    return std::max(1, static_cast<int>(side));
}
bool wholeEnlargement(double scale) { return scale >= 1 && scale == std::floor(scale); }
bool nearestFilter(double scale, const std::string& filter) { return filter == "nearest" || (filter == "auto" && wholeEnlargement(scale)); }

/// The surround with the frame in it.
Frames surrounded(const Frames& clip, const ExportOptions& options)
{
    if (!options.surround) return clip;
    const Frames& around = *options.surround;
    Frames out(clip.count(), around.height(), around.width());
    for (int t = 0; t < clip.count(); ++t) {
        std::ranges::copy(around.bytes(), out.frame(t));
        for (int y = 0; y < clip.height(); ++y)
            std::memcpy(out.frame(t) + (static_cast<std::size_t>(y + options.top) * around.width() + options.left) * 3, clip.frame(t) + static_cast<std::size_t>(y) * clip.width() * 3, static_cast<std::size_t>(clip.width()) * 3);
    }
    return out;
}

/// Every frameStep-th frame, there and back where that is asked for.
Frames chosenFrames(const Frames& clip, const ExportOptions& options)
{
    Frames out = clip;
    if (options.frameStep > 1) {
        const int step = static_cast<int>(options.frameStep), count = (clip.count() + step - 1) / step;
        out = Frames(count, clip.height(), clip.width());
        for (int t = 0; t < count; ++t) std::memcpy(out.frame(t), clip.frame(t * step), clip.frameBytes());
    }
    return options.pingPong ? thereAndBack(out) : out;
}

void checkStop(const ExportWatch& watch)
{
    if (watch.stop.stop_requested()) throw Error(ErrorCode::Cancelled, "the export was cancelled; nothing was written");
}

void checkOptions(const Frames& clip, const ExportOptions& options, const std::string& subject)
{
    if (clip.empty()) throw Error(ErrorCode::Usage, "a clip without frames cannot be exported", subject);
    ExportOptions checked;
    try {
        applyOptions(checked, optionValues(options));
    } catch (const Error& error) {
        throw Error(ErrorCode::Usage, error.what(), subject);
    }
    if (options.surround) {
        const int width = sideOf(clip.width(), options.scale), height = sideOf(clip.height(), options.scale);
        if (options.surround->count() != 1 || options.left < 0 || options.top < 0 || options.left + width > options.surround->width() || options.top + height > options.surround->height())
            throw Error(ErrorCode::ShapeMismatch, "the frames do not fit into what stands around them", subject);
    }
}

[[noreturn]] void failed(int code, const std::string& what, const std::string& subject)
{
    if (code == AVERROR(ENOSPC) || code == AVERROR(EDQUOT) || code == AVERROR(EFBIG)) throw Error(ErrorCode::DiskFull, "the disk is full; free some space and try again", subject);
    if (code == AVERROR(ENOMEM)) throw Error(ErrorCode::OutOfMemory, "no memory for the encoder; make the picture smaller", subject);
    throw Error(ErrorCode::CannotWrite, what + " failed (" + message(code) + ")", subject);
}

/// Frames that an encoder takes, made from RGB one at a time. Odd sides are padded to even ones where \p even asks for it.
class Converter {
public:
    Converter(const Frames& clip, AVPixelFormat format, bool even)
        : m_clip(clip), m_format(format), m_width(even ? (clip.width() + 1) / 2 * 2 : clip.width()), m_height(even ? (clip.height() + 1) / 2 * 2 : clip.height())
    {
        if (format == AV_PIX_FMT_RGB24) return;
        m_scaler.reset(sws_getContext(m_width, m_height, AV_PIX_FMT_RGB24, m_width, m_height, format, SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_BITEXACT, nullptr, nullptr, nullptr));
        if (!m_scaler) throw Error(ErrorCode::Internal, "libswscale cannot convert to this encoder's pixel format");
    }
    int width() const { return m_width; }
    int height() const { return m_height; }
    Own<AVFrame> operator()(int index) const
    {
        Own<AVFrame> rgb = newFrame(m_width, m_height, AV_PIX_FMT_RGB24);
        for (int y = 0; y < m_height; ++y) {
            const std::uint8_t* from = m_clip.frame(index) + static_cast<std::size_t>(std::min(y, m_clip.height() - 1)) * m_clip.width() * 3;
            std::uint8_t* to = rgb->data[0] + static_cast<std::ptrdiff_t>(y) * rgb->linesize[0];
            std::memcpy(to, from, static_cast<std::size_t>(m_clip.width()) * 3);
            if (m_width > m_clip.width()) std::memcpy(to + m_clip.width() * 3, from + (m_clip.width() - 1) * 3, 3);
        }
        if (!m_scaler) return rgb;
        Own<AVFrame> out = newFrame(m_width, m_height, m_format);
        sws_scale(m_scaler.get(), rgb->data, rgb->linesize, 0, m_height, out->data, out->linesize);
        return out;
    }

private:
    const Frames& m_clip;
    AVPixelFormat m_format;
    int m_width, m_height;
    Own<SwsContext> m_scaler;
};

struct Encoding {
    const Format* format = nullptr;
    const AVCodec* codec = nullptr;
    AVPixelFormat pixels = AV_PIX_FMT_RGB24;
    int width = 0, height = 0, count = 0;
    AVRational timeBase{1, 10};
    std::vector<std::int64_t> starts;  ///< In timeBase units, one more than frames: the last is the end.
    std::map<std::string, std::string> codecOptions, muxerOptions, metadata;
    std::function<Own<AVFrame>(int)> picture;
    const ExportWatch* watch = nullptr;
};

/// A dictionary of libav's; what the encoder did not know is a mistake of ours and refused.
class Dictionary {
public:
    explicit Dictionary(const std::map<std::string, std::string>& values)
    {
        for (const auto& [key, value] : values) av_dict_set(&m_values, key.c_str(), value.c_str(), 0);
    }
    ~Dictionary() { av_dict_free(&m_values); }
    AVDictionary** operator&() { return &m_values; }
    void checkUsed(const std::string& subject) const
    {
        if (const AVDictionaryEntry* left = av_dict_get(m_values, "", nullptr, AV_DICT_IGNORE_SUFFIX))
            throw Error(ErrorCode::Internal, std::string("this libav does not know the option '") + left->key + "'", subject);
    }

private:
    AVDictionary* m_values = nullptr;
};

Own<AVCodecContext> openEncoder(const Encoding& job, bool globalHeader, const std::string& subject)
{
    Own<AVCodecContext> context(avcodec_alloc_context3(job.codec));
    if (!context) failed(AVERROR(ENOMEM), "", subject);
    context->width = job.width;
    context->height = job.height;
    context->pix_fmt = job.pixels;
    context->time_base = job.timeBase;
    context->framerate = av_inv_q(job.timeBase);
    context->sample_aspect_ratio = {1, 1};
    context->thread_count = kThreads;
    if (job.pixels == AV_PIX_FMT_YUV420P) {
        context->colorspace = AVCOL_SPC_SMPTE170M;  // what libswscale made of the RGB
        context->color_range = AVCOL_RANGE_MPEG;
    }
    if (globalHeader) context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    Dictionary options(job.codecOptions);
    clearMessage();
    if (const int code = avcodec_open2(context.get(), job.codec, &options); code < 0) failed(code, std::string("the encoder ") + job.codec->name, subject);
    options.checkUsed(subject);
    return context;
}

/// Feeds every frame and hands each packet to \p take.
template <class Take>
void encodeFrames(const Encoding& job, AVCodecContext* context, const std::string& subject, Take&& take)
{
    const Own<AVPacket> packet = newPacket();
    for (int t = 0; t <= job.count; ++t) {
        Own<AVFrame> frame;
        checkStop(*job.watch);
        if (t > 0 && job.watch->progress) job.watch->progress(static_cast<double>(t) / (job.count + 1));
        if (t < job.count) {
            frame = job.picture(t);
            frame->pts = job.starts[t];
            frame->pkt_duration = job.starts[t + 1] - job.starts[t];
        }
        int code = avcodec_send_frame(context, frame.get());
        if (code < 0) failed(code, "encoding", subject);
        while ((code = avcodec_receive_packet(context, packet.get())) >= 0) {
            take(packet.get());
            av_packet_unref(packet.get());
        }
        if (code != AVERROR(EAGAIN) && code != AVERROR_EOF) failed(code, "encoding", subject);
    }
}

struct Muxer {
    AVFormatContext* context = nullptr;
    bool memory = false;
    ~Muxer()
    {
        if (!context) return;
        if (context->pb && memory) {
            std::uint8_t* bytes = nullptr;
            avio_close_dyn_buf(context->pb, &bytes);
            av_free(bytes);
        } else if (context->pb) {
            avio_closep(&context->pb);
        }
        avformat_free_context(context);
    }
};

/// Encodes and wraps: into \p file, or into the returned bytes if it is empty.
std::string encode(const Encoding& job, const fs::path& file, const std::string& subject)
{
    std::string bytes;
    if (!job.format->muxer) {
        const Own<AVCodecContext> context = openEncoder(job, false, subject);
        encodeFrames(job, context.get(), subject, [&](AVPacket* packet) { bytes.append(reinterpret_cast<const char*>(packet->data), static_cast<std::size_t>(packet->size)); });
        return bytes;
    }
    Muxer muxer;
    muxer.memory = file.empty();
    const std::string url = file.empty() ? std::string() : "file:" + file.string();
    int code = avformat_alloc_output_context2(&muxer.context, nullptr, job.format->muxer, url.empty() ? nullptr : url.c_str());
    if (code < 0) failed(code, "preparing the file", subject);
    AVFormatContext* out = muxer.context;
    const Own<AVCodecContext> context = openEncoder(job, (out->oformat->flags & AVFMT_GLOBALHEADER) != 0, subject);
    AVStream* stream = avformat_new_stream(out, nullptr);
    if (!stream || avcodec_parameters_from_context(stream->codecpar, context.get()) < 0) failed(AVERROR(ENOMEM), "", subject);
    stream->time_base = job.timeBase;
    stream->avg_frame_rate = context->framerate;
    for (const auto& [key, value] : job.metadata) av_dict_set(&out->metadata, key.c_str(), value.c_str(), 0);
    out->flags |= AVFMT_FLAG_BITEXACT;  // no version or date: the same clip gives the same bytes
    clearMessage();
    code = muxer.memory ? avio_open_dyn_buf(&out->pb) : avio_open(&out->pb, url.c_str(), AVIO_FLAG_WRITE);
    if (code < 0) failed(code, "opening the file", subject);
    Dictionary options(job.muxerOptions);
    if ((code = avformat_write_header(out, &options)) < 0) failed(code, "writing the header", subject);
    options.checkUsed(subject);
    encodeFrames(job, context.get(), subject, [&](AVPacket* packet) {
        av_packet_rescale_ts(packet, job.timeBase, stream->time_base);
        packet->stream_index = 0;
        if (const int result = av_interleaved_write_frame(out, packet); result < 0) failed(result, "writing a frame", subject);
    });
    if ((code = av_write_trailer(out)) < 0) failed(code, "writing the end of the file", subject);
    avio_flush(out->pb);
    if (out->pb->error < 0) failed(out->pb->error, "writing", subject);
    if (muxer.memory) {
        std::uint8_t* data = nullptr;
        const int size = avio_get_dyn_buf(out->pb, &data);  // closing would pad at the position that the trailer sought to, inside an APNG
        bytes.assign(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
    } else if ((code = avio_closep(&out->pb)) < 0) {
        failed(code, "writing", subject);
    }
    return bytes;
}

void bigEndian(std::string& out, std::uint32_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
}

void littleEndian(std::string& out, std::uint32_t value)
{
    for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(value >> shift);
}

/// libav writes no comment into PNG and WebP: both formats take one as a block of its own.
void insertComment(std::string& bytes, const std::string& format, const std::string& comment, int width, int height)
{
    if (comment.empty()) return;
    if (format == "png" || format == "apng") {
        constexpr std::size_t kHeader = 8 + 4 + 4 + 13 + 4;  // signature and IHDR
        std::string body = "iTXtComment";
        body.append(5, '\0');  // end of the keyword, not compressed, method, no language, no translated keyword
        body += comment;
        std::string chunk;
        bigEndian(chunk, static_cast<std::uint32_t>(body.size() - 4));
        chunk += body;
        bigEndian(chunk, ~av_crc(av_crc_get_table(AV_CRC_32_IEEE_LE), 0xffffffffU, reinterpret_cast<const std::uint8_t*>(body.data()), body.size()));
        if (bytes.size() > kHeader) bytes.insert(kHeader, chunk);
    } else if (format == "webp" && bytes.size() > 30 && bytes.starts_with("RIFF")) {
        if (bytes.compare(12, 4, "VP8X") != 0) {  // one frame: the extended header says that metadata follows
            std::string header = "VP8X";
            littleEndian(header, 10);
            littleEndian(header, 0);
            for (const int side : {width - 1, height - 1})
                for (int shift = 0; shift < 24; shift += 8) header += static_cast<char>(side >> shift);
            bytes.insert(12, header);
        }
        bytes[20] = static_cast<char>(bytes[20] | 0x04);
        bytes += "XMP ";
        littleEndian(bytes, static_cast<std::uint32_t>(comment.size()));
        bytes += comment;
        if (comment.size() % 2) bytes += '\0';
        std::string size;
        littleEndian(size, static_cast<std::uint32_t>(bytes.size() - 8));
        bytes.replace(4, 4, size);
    }
}

std::string writeGif(const Frames& clip, const ExportOptions& options, const ExportWatch& watch, const std::string& subject)
{
    const double rate = options.frameRateHz / static_cast<double>(options.frameStep);
    if (rate > 50) log::warning("GIF cannot show more than 50 frames a second; " + subject + " will play slower than " + formatNumber(rate) + " Hz");
    const bool after = nearestFilter(options.scale, options.filter) && wholeEnlargement(options.scale);
    const Frames frames = after ? clip : scaled(clip, options.scale, options.filter);
    GifSettings settings;
    settings.colours = static_cast<int>(options.colours);
    settings.framePalettes = options.palette == "frame";
    settings.dither = ditherFromName(options.dither);
    settings.loss = static_cast<int>(options.loss);
    settings.enlarge = after ? static_cast<int>(options.scale) : 1;
    settings.loops = static_cast<int>(options.loops);
    settings.delays = gifDelays(frames.count(), rate);
    settings.delays.back() = std::min(65535, settings.delays.back() + static_cast<int>(std::lround(options.endHold * 100)));
    settings.comment = options.comment;
    settings.surround = options.surround.get();
    settings.left = options.left, settings.top = options.top;
    return encodeGif(frames, settings, [&](int done, int total) {
        checkStop(watch);
        if (watch.progress) watch.progress(static_cast<double>(done) / total);
    });
}

/// \p file empty: into the returned bytes.
std::string write(const Frames& original, const Format& format, const ExportOptions& options, const ExportWatch& watch, const fs::path& file, const std::string& subject)
{
    quiet();
    checkStop(watch);
    const std::string extension = format.extension;
    const Frames chosen = chosenFrames(original, options);
    if (extension == "gif") return writeGif(chosen, options, watch, subject);
    const bool strip = extension == "png" && chosen.count() > 1;
    const Frames clip = surrounded(scaled(strip && !options.surround ? contactStrip(chosen) : chosen, options.scale, options.filter), options);
    if (strip && options.surround) throw Error(ErrorCode::Usage, "a PNG holds one picture; use the layout 'sheet' for frames side by side, or an animated format", subject);
    Encoding job;
    job.watch = &watch;
    job.format = &format;
    job.codec = encoderOf(format);
    job.count = clip.count();
    job.width = clip.width();
    job.height = clip.height();
    const bool video = extension == "mp4" || extension == "webm";
    if (video) job.pixels = AV_PIX_FMT_YUV420P;
    if (extension == "webp") job.pixels = AV_PIX_FMT_RGB32;
    const Converter convert(clip, job.pixels, video);
    const double rateHz = options.frameRateHz / static_cast<double>(options.frameStep);
    // a video has no frame that lasts longer: the last one is repeated
    const int held = video ? static_cast<int>(std::lround(options.endHold * rateHz)) : 0;
    job.count += held;
    job.picture = [&](int t) { return convert(std::min(t, clip.count() - 1)); };
    const AVRational rate = av_d2q(rateHz, 65535);
    job.timeBase = av_inv_q(rate);
    for (int t = 0; t <= job.count; ++t) job.starts.push_back(t);
    const std::string encoder = job.codec->name;
    const auto quality = static_cast<int>(options.quality);
    if (extension == "webp") {
        job.timeBase = {1, 1000};
        for (int t = 0; t <= job.count; ++t) job.starts[t] = std::llround(t * 1000.0 / rateHz);
        job.starts.back() += std::llround(options.endHold * 1000);
        // lossless: libwebp's quality is then the effort
        job.codecOptions = {{"quality", std::to_string(quality == 0 ? 90 : quality == 100 ? 75 : quality)}};
        if (quality == 100) job.codecOptions["lossless"] = "1";
        job.muxerOptions = {{"loop", std::to_string(options.loops)}};
    } else if (extension == "apng") {
        const AVRational last = av_d2q(1 / rateHz + options.endHold, 65535);
        job.muxerOptions = {{"plays", std::to_string(options.loops)}, {"final_delay", std::to_string(last.num) + "/" + std::to_string(last.den)}};
    } else if (extension == "mp4") {
        job.muxerOptions = {{"movflags", "+faststart"}};
        if (encoder == "libx264") {
            job.codecOptions = {{"crf", std::to_string(quality == 0 ? 18 : 46 - quality * 2 / 5)}};
            // x264 164 reads memory that was never written where AVX-512 meets sides that are no multiple of 16: the same clip gave other bytes in another process
            if (av_get_cpu_flags() & AV_CPU_FLAG_AVX512) job.codecOptions["x264-params"] = "asm=MMX2,SSE2Fast,SSSE3,SSE4.2,AVX,FMA3,BMI2,AVX2";
        } else {
            log::warning("this libavcodec has no H.264 encoder; " + subject + " is written as MPEG-4 part 2, which browsers do not play");
            job.codecOptions = {{"flags", "+qscale"}, {"global_quality", std::to_string((quality == 0 ? 2 : 1 + (100 - quality) * 30 / 100) * FF_QP2LAMBDA)}};
        }
    } else if (extension == "webm") {
        job.codecOptions = {{"crf", std::to_string(quality == 0 ? 20 : 60 - quality * 4 / 7)}, {"b", encoder == "libvpx-vp9" ? "0" : "4M"}, {"deadline", "good"}, {"cpu-used", "3"}};
    }
    if (video) {
        job.width = convert.width();
        job.height = convert.height();
        if (!options.comment.empty()) job.metadata["comment"] = options.comment;
    }
    std::string bytes = encode(job, file, subject);
    insertComment(bytes, extension, options.comment, job.width, job.height);
    return bytes;
}

/// A folder of numbered pictures, made under another name and renamed when it is whole.
void writeFolder(const Frames& original, const fs::path& given, const ExportOptions& options, const ExportWatch& watch)
{
    const fs::path target = given.has_filename() ? given : given.parent_path();  // "folder/"
    std::error_code error;
    if (fs::exists(target, error)) throw Error(ErrorCode::CannotWrite, "exists already; name a folder that does not", target.string());
    const fs::path parent = target.has_parent_path() ? target.parent_path() : fs::path(".");
    if (!fs::is_directory(parent, error)) throw Error(ErrorCode::NotFound, "the folder does not exist; create it first", parent.string());
    const fs::path making = parent / ("." + target.filename().string() + "." + std::to_string(::getpid()) + ".tmp");
    struct Remover {
        fs::path path;
        ~Remover()
        {
            std::error_code ignored;
            if (!path.empty()) fs::remove_all(path, ignored);
        }
    } remover{making};
    if (!fs::create_directory(making, error)) throw Error(ErrorCode::CannotWrite, "the folder cannot be written (" + error.message() + ")", parent.string());
    ExportOptions one = options;
    one.pingPong = false, one.frameStep = 1, one.comment.clear();
    const Frames clip = chosenFrames(original, options);
    for (int t = 0; t < clip.count(); ++t) {
        checkStop(watch);
        if (watch.progress) watch.progress(static_cast<double>(t) / clip.count());
        char name[24];
        std::snprintf(name, sizeof name, "%06d.png", t + 1);
        writeFile(making / name, encodeClip(Frames(1, clip.height(), clip.width(), {clip.frame(t), clip.frame(t) + clip.frameBytes()}), "png", one));
    }
    if (!options.comment.empty()) writeFile(making / "recipe.json", options.comment);
    fs::rename(making, target, error);
    if (error) throw Error(ErrorCode::CannotWrite, "the folder cannot be given its name (" + error.message() + ")", target.string());
    remover.path.clear();
}
}  // namespace

void exportClip(const Frames& clip, const fs::path& target, const ExportOptions& options, const ExportWatch& watch)
{
    const std::string subject = target.string(), extension = target.has_filename() ? target.extension().string() : ".frames";
    const Format& format = formatOf(extension.empty() ? extension : extension.substr(1), subject);
    checkOptions(clip, options, subject);
    checkStop(watch);
    if (extension == ".frames") return writeFolder(clip, target, options, watch);
    std::error_code ignored;
    if (fs::is_directory(target, ignored)) throw Error(ErrorCode::CannotWrite, "is a folder; name a file", subject);
    AtomicFile out(target);
    const std::string bytes = write(clip, format, options, watch, format.inMemory ? fs::path() : out.temporary(), subject);
    if (format.inMemory) out.write(bytes);
    checkStop(watch);
    out.commit();
    if (watch.progress) watch.progress(1);
}

std::string encodeClip(const Frames& clip, const std::string& name, const ExportOptions& options, const ExportWatch& watch)
{
    const Format& format = formatOf(name, "export");
    if (!format.inMemory || name == "frames") throw Error(ErrorCode::Usage, name + " is written to files only", "export");
    checkOptions(clip, options, name);
    return write(clip, format, options, watch, {}, name);
}

std::vector<std::string> exportFormats()
{
    std::vector<std::string> list;
    for (const Format& format : kFormats)
        if (available(format) && std::string_view(format.extension) != "frames") list.emplace_back(format.extension);
    return list;
}

bool losslessFormat(const std::string& format, const ExportOptions& options) { return format == "png" || format == "apng" || format == "frames" || (format == "webp" && options.quality == 100); }

std::vector<std::string> exportPresets() { return {"small", "balanced", "best"}; }

void applyPreset(ExportOptions& options, const std::string& name)
{
    const auto set = [&](int colours, const char* palette, int loss, int quality) {
        options.colours = colours, options.palette = palette, options.dither = "none", options.loss = loss, options.quality = quality;
    };
    if (name == "small") set(64, "clip", 6, 45);
    else if (name == "balanced") set(256, "clip", 2, 0);
    else if (name == "best") set(256, "frame", 0, 95);
    else throw Error(ErrorCode::Usage, "'" + name + "' is no preset (known: " + join(exportPresets(), ", ") + ")");
}

Frames scaled(const Frames& clip, double scale, const std::string& filter)
{
    const int width = sideOf(clip.width(), scale), height = sideOf(clip.height(), scale);
    if (width == clip.width() && height == clip.height()) return clip;
    if (!nearestFilter(scale, filter)) return resized(clip, height, width);
    Frames out(clip.count(), height, width);
    for (int t = 0; t < clip.count(); ++t)
        for (int y = 0; y < height; ++y) {
            const std::uint8_t* from = clip.frame(t) + static_cast<std::size_t>(static_cast<std::int64_t>(y) * clip.height() / height) * clip.width() * 3;
            std::uint8_t* to = out.frame(t) + static_cast<std::size_t>(y) * width * 3;
            for (int x = 0; x < width; ++x) std::memcpy(to + static_cast<std::size_t>(x) * 3, from + static_cast<std::int64_t>(x) * clip.width() / width * 3, 3);
        }
    return out;
}

Frames thereAndBack(const Frames& clip)
{
    if (clip.count() < 3) return clip;
    Frames result(2 * clip.count() - 2, clip.height(), clip.width());
    for (int index = 0; index < result.count(); ++index) std::memcpy(result.frame(index), clip.frame(index < clip.count() ? index : result.count() - index), clip.frameBytes());
    return result;
}

std::vector<int> gifDelays(int frames, double frameRateHz)
{
    std::vector<int> delays;
    std::int64_t shown = 0;
    for (int t = 1; t <= frames; ++t) {
        delays.push_back(static_cast<int>(std::clamp<std::int64_t>(std::llround(t * 100.0 / frameRateHz) - shown, 2, 65535)));
        shown += delays.back();
    }
    return delays;
}

Frames contactStrip(const Frames& clip)
{
    if (clip.empty()) throw Error(ErrorCode::ShapeMismatch, "a clip without frames makes no strip");
    if (clip.count() > (1 << 20) / clip.width()) throw Error(ErrorCode::Usage, "a strip of " + std::to_string(clip.count()) + " frames would be too wide for a picture; take fewer frames");
    Frames out(1, clip.height(), clip.width() * clip.count());
    const std::size_t rowBytes = static_cast<std::size_t>(clip.width()) * 3;
    for (int t = 0; t < clip.count(); ++t)
        for (int y = 0; y < clip.height(); ++y)
            std::memcpy(out.frame(0) + (static_cast<std::size_t>(y) * clip.count() + t) * rowBytes, clip.frame(t) + static_cast<std::size_t>(y) * rowBytes, rowBytes);
    return out;
}

}  // namespace kinora
