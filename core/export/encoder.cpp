#include "core/export/encoder.h"

extern "C" {
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/crc.h>
}

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <map>
#include <utility>

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
    std::array<const char*, 2> encoders;
    bool inMemory;
};
constexpr std::array kFormats = {
    Format{"gif", "gif", {"gif", nullptr}, true},
    Format{"mp4", "mp4", {"libx264", "mpeg4"}, false},
    Format{"webm", "webm", {"libvpx-vp9", "libvpx"}, false},
    Format{"webp", "webp", {"libwebp_anim", nullptr}, true},
    Format{"apng", "apng", {"apng", nullptr}, true},
    Format{"png", nullptr, {"png", nullptr}, true},
};

const AVCodec* encoderOf(const Format& format)
{
    for (const char* name : format.encoders)
        if (const AVCodec* codec = name ? avcodec_find_encoder_by_name(name) : nullptr) return codec;
    return nullptr;
}

const Format& formatOf(std::string extension, const std::string& subject)
{
    std::ranges::transform(extension, extension.begin(), [](unsigned char c) { return c < 128 ? static_cast<char>(std::tolower(c)) : static_cast<char>(c); });
    for (const Format& format : kFormats) {
        if (extension != format.extension) continue;
        if (!encoderOf(format)) throw Error(ErrorCode::Usage, "this libavcodec has no encoder for " + extension + " (it writes " + join(exportFormats(), ", ") + ")", subject);
        return format;
    }
    throw Error(ErrorCode::Usage, (extension.empty() ? "has no extension" : "'" + extension + "' is no format that clips are exported to") + " (known: " + join(exportFormats(), ", ") + ")", subject);
}

void checkOptions(const Frames& clip, const ExportOptions& options, const std::string& subject)
{
    if (clip.empty()) throw Error(ErrorCode::Usage, "a clip without frames cannot be exported", subject);
    if (!(options.frameRateHz > 0 && options.frameRateHz <= 1000)) throw Error(ErrorCode::Usage, "the frame rate must be above 0 and at most 1000 Hz, not " + formatNumber(options.frameRateHz), subject);
    if (options.scale < 1 || options.scale > 64) throw Error(ErrorCode::Usage, "the scale must be from 1 to 64, not " + std::to_string(options.scale), subject);
    if (options.loops < 0 || options.loops > 65535) throw Error(ErrorCode::Usage, "the loop count must be from 0 (for ever) to 65535", subject);
    if (std::max(clip.width(), clip.height()) > 65535 / options.scale) throw Error(ErrorCode::Usage, "the picture would be larger than 65535 pixels at one side; lower the scale", subject);
}

[[noreturn]] void failed(int code, const std::string& what, const std::string& subject)
{
    if (code == AVERROR(ENOSPC) || code == AVERROR(EDQUOT) || code == AVERROR(EFBIG)) throw Error(ErrorCode::DiskFull, "the disk is full; free some space and try again", subject);
    if (code == AVERROR(ENOMEM)) throw Error(ErrorCode::OutOfMemory, "no memory for the encoder; make the picture smaller", subject);
    throw Error(ErrorCode::CannotWrite, what + " failed (" + message(code) + ")", subject);
}

Frames enlarged(const Frames& clip, int scale)
{
    if (scale == 1) return clip;
    Frames out(clip.count(), clip.height() * scale, clip.width() * scale);
    const std::size_t rowBytes = static_cast<std::size_t>(out.width()) * 3;
    for (int t = 0; t < clip.count(); ++t) {
        for (int y = 0; y < clip.height(); ++y) {
            const std::uint8_t* from = clip.frame(t) + static_cast<std::size_t>(y) * clip.width() * 3;
            std::uint8_t* to = out.frame(t) + static_cast<std::size_t>(y) * scale * rowBytes;
            for (int x = 0; x < out.width(); ++x) std::memcpy(to + static_cast<std::size_t>(x) * 3, from + static_cast<std::size_t>(x / scale) * 3, 3);
            for (int i = 1; i < scale; ++i) std::memcpy(to + static_cast<std::size_t>(i) * rowBytes, to, rowBytes);
        }
    }
    return out;
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

/// Quantises a whole clip to one palette of its own, at native size; then enlarges, which a dithering after the enlargement would double in bytes.
std::vector<Own<AVFrame>> quantised(const Frames& clip, bool dither, int scale, const std::string& subject)
{
    Own<AVFilterGraph> graph(avfilter_graph_alloc());
    AVFilterContext *source = nullptr, *sink = nullptr;
    const std::string arguments = "video_size=" + std::to_string(clip.width()) + "x" + std::to_string(clip.height()) + ":pix_fmt=rgb24:time_base=1/100:pixel_aspect=1/1";
    int code = avfilter_graph_create_filter(&source, avfilter_get_by_name("buffer"), "in", arguments.c_str(), nullptr, graph.get());
    if (code >= 0) code = avfilter_graph_create_filter(&sink, avfilter_get_by_name("buffersink"), "out", nullptr, nullptr, graph.get());
    if (code < 0) failed(code, "preparing the palette", subject);
    AVFilterInOut* inputs = avfilter_inout_alloc();
    AVFilterInOut* outputs = avfilter_inout_alloc();
    *outputs = {av_strdup("in"), source, 0, nullptr};
    *inputs = {av_strdup("out"), sink, 0, nullptr};
    const std::string chain = std::string("[in]split[a][b];[a]palettegen=stats_mode=full:reserve_transparent=0[p];[b][p]paletteuse=dither=") + (dither ? "sierra2_4a" : "none") + "[out]";
    code = avfilter_graph_parse_ptr(graph.get(), chain.c_str(), &inputs, &outputs, nullptr);
    const Own<AVFilterInOut> ownInputs(inputs), ownOutputs(outputs);
    if (code >= 0) code = avfilter_graph_config(graph.get(), nullptr);
    if (code < 0) failed(code, "preparing the palette", subject);
    const Converter convert(clip, AV_PIX_FMT_RGB24, false);
    for (int t = 0; t < clip.count(); ++t) {
        Own<AVFrame> frame = convert(t);
        frame->pts = t;
        if ((code = av_buffersrc_add_frame(source, frame.get())) < 0) failed(code, "making the palette", subject);
    }
    if ((code = av_buffersrc_add_frame(source, nullptr)) < 0) failed(code, "making the palette", subject);
    std::vector<Own<AVFrame>> out;
    for (;;) {
        Own<AVFrame> small(av_frame_alloc());
        code = av_buffersink_get_frame(sink, small.get());
        if (code == AVERROR_EOF) break;
        if (code < 0 || small->format != AV_PIX_FMT_PAL8) failed(code, "making the palette", subject);
        Own<AVFrame> frame = newFrame(clip.width() * scale, clip.height() * scale, AV_PIX_FMT_PAL8);
        std::memcpy(frame->data[1], small->data[1], AVPALETTE_SIZE);
        for (int y = 0; y < frame->height; ++y) {
            const std::uint8_t* from = small->data[0] + static_cast<std::ptrdiff_t>(y / scale) * small->linesize[0];
            std::uint8_t* to = frame->data[0] + static_cast<std::ptrdiff_t>(y) * frame->linesize[0];
            for (int x = 0; x < frame->width; ++x) to[x] = from[x / scale];
        }
        out.push_back(std::move(frame));
    }
    if (static_cast<int>(out.size()) != clip.count()) throw Error(ErrorCode::Internal, "the palette filter lost frames", subject);
    return out;
}

struct Encoding {
    const Format* format = nullptr;
    const AVCodec* codec = nullptr;
    AVPixelFormat pixels = AV_PIX_FMT_RGB24;
    int width = 0, height = 0, count = 0;
    AVRational timeBase{1, 10};
    std::vector<std::int64_t> starts;  ///< In timeBase units, one more than frames: the last is the end.
    std::map<std::string, std::string> codecOptions, muxerOptions, metadata;
    std::function<Own<AVFrame>(int)> picture;
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
    context->thread_count = 0;
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

/// libav's GIF and PNG encoders write no comment: both formats take one as a block of its own.
void insertComment(std::string& bytes, const std::string& format, const std::string& comment)
{
    if (comment.empty()) return;
    if (format == "gif" && !bytes.empty() && bytes.back() == ';') {
        bytes.pop_back();
        bytes += "\x21\xfe";
        for (std::size_t at = 0; at < comment.size(); at += 255) {
            const std::string part = comment.substr(at, 255);
            bytes += static_cast<char>(part.size());
            bytes += part;
        }
        bytes += '\0';
        bytes += ';';
    } else if (format == "png" || format == "apng") {
        constexpr std::size_t kHeader = 8 + 4 + 4 + 13 + 4;  // signature and IHDR
        std::string body = "iTXtComment";
        body.append(5, '\0');  // end of the keyword, not compressed, method, no language, no translated keyword
        body += comment;
        std::string chunk;
        bigEndian(chunk, static_cast<std::uint32_t>(body.size() - 4));
        chunk += body;
        bigEndian(chunk, ~av_crc(av_crc_get_table(AV_CRC_32_IEEE_LE), 0xffffffffU, reinterpret_cast<const std::uint8_t*>(body.data()), body.size()));
        if (bytes.size() > kHeader) bytes.insert(kHeader, chunk);
    }
}

/// \p file empty: into the returned bytes.
std::string write(const Frames& original, const Format& format, const ExportOptions& options, const fs::path& file, const std::string& subject)
{
    quiet();
    const std::string extension = format.extension;
    const bool strip = extension == "png" && original.count() > 1;
    const Frames clip = extension == "gif" ? original : enlarged(strip ? contactStrip(original) : original, options.scale);
    Encoding job;
    job.format = &format;
    job.codec = encoderOf(format);
    job.count = clip.count();
    job.width = clip.width();
    job.height = clip.height();
    const bool video = extension == "mp4" || extension == "webm";
    if (video) job.pixels = AV_PIX_FMT_YUV420P;
    if (extension == "webp") job.pixels = AV_PIX_FMT_RGB32;
    const Converter convert(clip, job.pixels, video);
    job.picture = [&](int t) { return convert(t); };
    const AVRational rate = av_d2q(options.frameRateHz, 65535);
    job.timeBase = av_inv_q(rate);
    for (int t = 0; t <= job.count; ++t) job.starts.push_back(t);
    std::vector<Own<AVFrame>> indexed;
    const std::string encoder = job.codec->name;
    if (extension == "gif") {
        if (options.frameRateHz > 50) log::warning("GIF cannot show more than 50 frames a second; " + subject + " will play slower than " + formatNumber(options.frameRateHz) + " Hz");
        indexed = quantised(clip, options.dither, options.scale, subject);
        job.pixels = AV_PIX_FMT_PAL8;
        job.width *= options.scale;
        job.height *= options.scale;
        job.picture = [&](int t) { return std::move(indexed[static_cast<std::size_t>(t)]); };
        job.timeBase = {1, 100};
        const std::vector<int> delays = gifDelays(job.count, options.frameRateHz);
        for (int t = 0; t < job.count; ++t) job.starts[t + 1] = job.starts[t] + delays[t];
        job.muxerOptions = {{"loop", std::to_string(options.loops == 0 ? 0 : options.loops == 1 ? -1 : options.loops - 1)}, {"final_delay", std::to_string(delays.back())}};
    } else if (extension == "webp") {
        job.timeBase = {1, 1000};
        for (int t = 0; t <= job.count; ++t) job.starts[t] = std::llround(t * 1000.0 / options.frameRateHz);
        job.codecOptions = {{"quality", "90"}};
        job.muxerOptions = {{"loop", std::to_string(options.loops)}};
    } else if (extension == "apng") {
        job.muxerOptions = {{"plays", std::to_string(options.loops)}, {"final_delay", std::to_string(job.timeBase.num) + "/" + std::to_string(job.timeBase.den)}};
    } else if (extension == "mp4") {
        job.muxerOptions = {{"movflags", "+faststart"}};
        if (encoder == "libx264") {
            job.codecOptions = {{"crf", "18"}};
        } else {
            log::warning("this libavcodec has no H.264 encoder; " + subject + " is written as MPEG-4 part 2, which browsers do not play");
            job.codecOptions = {{"flags", "+qscale"}, {"global_quality", std::to_string(2 * FF_QP2LAMBDA)}};
        }
    } else if (extension == "webm") {
        job.codecOptions = {{"crf", "20"}, {"b", encoder == "libvpx-vp9" ? "0" : "4M"}, {"deadline", "good"}, {"cpu-used", "3"}};
    }
    if (video) {
        job.width = convert.width();
        job.height = convert.height();
        if (!options.comment.empty()) job.metadata["comment"] = options.comment;
    }
    std::string bytes = encode(job, file, subject);
    insertComment(bytes, extension, options.comment);
    return bytes;
}
}  // namespace

void exportClip(const Frames& clip, const fs::path& target, const ExportOptions& options)
{
    const std::string subject = target.string(), extension = target.extension().string();
    const Format& format = formatOf(extension.empty() ? extension : extension.substr(1), subject);
    checkOptions(clip, options, subject);
    std::error_code ignored;
    if (fs::is_directory(target, ignored)) throw Error(ErrorCode::CannotWrite, "is a folder; name a file", subject);
    AtomicFile out(target);
    const std::string bytes = write(clip, format, options, format.inMemory ? fs::path() : out.temporary(), subject);
    if (format.inMemory) out.write(bytes);
    out.commit();
}

std::string encodeClip(const Frames& clip, const std::string& name, const ExportOptions& options)
{
    const Format& format = formatOf(name, "export");
    if (!format.inMemory) throw Error(ErrorCode::Usage, name + " is written to files only", "export");
    checkOptions(clip, options, name);
    return write(clip, format, options, {}, name);
}

std::vector<std::string> exportFormats()
{
    std::vector<std::string> list;
    for (const Format& format : kFormats)
        if (encoderOf(format)) list.emplace_back(format.extension);
    return list;
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
