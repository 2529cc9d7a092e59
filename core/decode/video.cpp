#include "core/decode/video.h"

#include <unistd.h>

extern "C" {
#include <libavutil/display.h>
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <optional>
#include <cmath>
#include <cstring>

#include "core/export/libav.h"
#include "core/util/error.h"
#include "core/util/log.h"

namespace kinora {
namespace fs = std::filesystem;
using namespace libav;
namespace {
// Containers that hold everything themselves. Left out on purpose: concat, hls, dash, image2, sdp, rtsp, lavfi, devices and all else that opens what its content names.
constexpr const char* kContainers = "asf,avi,dv,flv,gif,apng,h263,h264,hevc,ivf,m4v,matroska,mjpeg,mov,mpeg,mpegts,mpegvideo,mxf,nut,obu,ogg,rm,vc1,wtv,yuv4mpegpipe";

struct CloseInput {
    void operator()(AVFormatContext* context) const { avformat_close_input(&context); }
};

/// A dictionary of libav's that is freed.
struct Options {
    AVDictionary* values = nullptr;
    ~Options() { av_dict_free(&values); }
    void set(const char* key, const char* value) { av_dict_set(&values, key, value, 0); }
};

/// How stored pixels become shown ones: shown (x', y') is stored (a x' + b y', c x' + d y'), shifted into the picture; all 0, 1 or -1.
struct Turn {
    int a = 1, b = 0, c = 0, d = 1;
    bool none() const { return a == 1 && d == 1; }
    bool swaps() const { return a == 0; }
};

/// \returns nothing if the matrix asks for more than quarter turns and mirrors
std::optional<Turn> turnOf(const std::int32_t* matrix)
{
    const double a = matrix[0], b = matrix[1], c = matrix[3], d = matrix[4], first = std::hypot(a, b), second = std::hypot(c, d);
    if (first == 0 || second == 0) return std::nullopt;
    const double found[4] = {a / first, b / first, c / second, d / second};
    int whole[4];
    for (int i = 0; i < 4; ++i) {
        whole[i] = static_cast<int>(std::lround(found[i]));
        if (std::abs(found[i] - whole[i]) > 0.01) return std::nullopt;
    }
    const Turn turn{whole[0], whole[1], whole[2], whole[3]};
    return turn.a * turn.d - turn.b * turn.c == 0 ? std::nullopt : std::optional(turn);
}

double hertz(AVRational rate) { return rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0; }
}  // namespace

struct VideoReader::Private {
    std::string name;
    VideoLimits limits;
    VideoOutline outline;
    std::unique_ptr<AVFormatContext, CloseInput> input;
    Own<AVCodecContext> decoder;
    Own<AVPacket> packet;
    Own<AVFrame> picture, rgb;
    Own<SwsContext> scaler;
    AVStream* stream = nullptr;
    Turn turn;
    std::int64_t decoded = 0, packets = 0, lastTime = AV_NOPTS_VALUE, shortest = 0, longest = 0;
    bool draining = false, finished = false, converted = false;
    Frames frame;
    std::vector<std::string> complaints;
    // what the scaler was made for
    int scalerFormat = -1, scalerRange = -1, scalerMatrix = -1;

    Error refused(const std::string& text) const { return {ErrorCode::DecodeFailed, text, name}; }
    std::string frameName() const { return "frame " + std::to_string(decoded); }
    void open(const fs::path& file);
    void feed();
    void check();
    void checkWhole() const;
    void convert();
};

void VideoReader::Private::open(const fs::path& file)
{
    quiet();
    std::error_code error;
    const fs::file_status status = fs::status(file, error);
    if (!fs::exists(status)) throw Error(error && error != std::errc::no_such_file_or_directory ? ErrorCode::CannotRead : ErrorCode::NotFound, error ? "cannot be read (" + error.message() + ")" : "no such file", name);
    if (!fs::is_regular_file(status)) throw Error(ErrorCode::CannotRead, fs::is_directory(status) ? "is a folder, not a video" : "is no regular file", name);
    if (fs::file_size(file, error) == 0) throw refused("is empty");
    if (::access(file.c_str(), R_OK) != 0) throw Error(ErrorCode::CannotRead, "no permission to read it", name);

    AVFormatContext* context = avformat_alloc_context();
    if (!context) throw Error(ErrorCode::OutOfMemory, "no memory for a video", name);
    Options options;
    options.set("protocol_whitelist", "file");
    options.set("format_whitelist", kContainers);
    options.set("enable_drefs", "0");  // QuickTime's references to other files
    clearMessage();
    const std::string url = "file:" + file.string();  // whatever the name begins with or holds
    int code = avformat_open_input(&context, url.c_str(), nullptr, &options.values);
    if (code < 0) throw refused("is no video that can be read (" + message(code) + ")");
    input.reset(context);
    if ((code = avformat_find_stream_info(context, nullptr)) < 0) throw refused("is a damaged " + std::string(context->iformat->name) + " file (" + message(code) + ")");
    const AVCodec* codec = nullptr;
    for (unsigned i = 0; i < context->nb_streams; ++i)
        if ((context->streams[i]->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0) context->streams[i]->codecpar->codec_type = AVMEDIA_TYPE_ATTACHMENT;  // a cover is no video
    const int best = av_find_best_stream(context, AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0);
    if (best == AVERROR_DECODER_NOT_FOUND) throw refused("holds video for which this libavcodec has no decoder");
    if (best < 0) throw refused(context->nb_streams > 0 ? "holds no pictures, only sound or data" : "holds nothing: the file is truncated or damaged");
    for (unsigned i = 0; i < context->nb_streams; ++i)
        if (static_cast<int>(i) != best) context->streams[i]->discard = AVDISCARD_ALL;
    stream = context->streams[best];
    if (!codec) codec = avcodec_find_decoder(stream->codecpar->codec_id);
    if (!codec) throw refused("holds video for which this libavcodec has no decoder");

    decoder.reset(avcodec_alloc_context3(codec));
    packet = newPacket();
    picture.reset(av_frame_alloc());
    if (!decoder || !picture) throw Error(ErrorCode::OutOfMemory, "no memory for a decoder", name);
    if ((code = avcodec_parameters_to_context(decoder.get(), stream->codecpar)) < 0) throw refused("is damaged (" + message(code) + ")");
    decoder->pkt_timebase = stream->time_base;
    decoder->thread_count = 1;                                      // recordings are decoded side by side, and errors belong to the thread that asked
    decoder->max_pixels = limits.pixels + (std::int64_t(1) << 22);  // libav counts rows padded to its alignment; the exact size is checked
    clearMessage();
    if ((code = avcodec_open2(decoder.get(), codec, nullptr)) < 0) throw refused("cannot be decoded (" + message(code) + ")");

    if (const auto* matrix = reinterpret_cast<const std::int32_t*>(av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, nullptr))) {
        if (const std::optional<Turn> asked = turnOf(matrix)) turn = *asked;
        else complaints.push_back("asks to be turned by " + std::to_string(std::lround(av_display_rotation_get(matrix))) + " degrees, which is not done");
    }
    outline.width = stream->codecpar->width;
    outline.height = stream->codecpar->height;
    if (static_cast<std::int64_t>(outline.width) * outline.height > limits.pixels) throw refused("has frames of " + std::to_string(outline.width) + "x" + std::to_string(outline.height) + " pixels, more than is read");
    if (turn.swaps()) std::swap(outline.width, outline.height);
    // the container's mean rate, or the exact one where the mean is only off by its first and last frame
    const double mean = hertz(stream->avg_frame_rate), base = hertz(stream->r_frame_rate);
    outline.frameRateHz = mean > 0 && base > 0 && std::abs(base - mean) > 0.01 * mean ? mean : base > 0 ? base : mean;
    if (outline.frameRateHz > 1000) outline.frameRateHz = 0;  // a clock, not a rate
    outline.frames = stream->nb_frames > 0 ? stream->nb_frames : stream->duration > 0 ? std::llround(static_cast<double>(stream->duration) * av_q2d(stream->time_base) * outline.frameRateHz) : 0;
    if (outline.frames == 0 && context->duration > 0) outline.frames = std::llround(static_cast<double>(context->duration) / AV_TIME_BASE * outline.frameRateHz);
    const std::string container = context->iformat->name;
    outline.format = std::string(codec->name) + " in " + (container.starts_with("mov,") ? "mp4" : container.starts_with("matroska,") ? "matroska" : container);
}

/// Hands the decoder the next packet, or tells it that there are no more.
void VideoReader::Private::feed()
{
    for (;;) {
        clearMessage();
        const int code = av_read_frame(input.get(), packet.get());
        if (code == AVERROR_EOF) {
            checkWhole();
            draining = true;
            avcodec_send_packet(decoder.get(), nullptr);
            return;
        }
        if (code < 0) throw refused("cannot be read at " + frameName() + " (" + message(code) + "); the file is truncated or damaged");
        const bool ours = packet->stream_index == stream->index;
        if (ours) ++packets;
        if (!ours || packet->size == 0) {  // AVI: an empty packet means that the last frame stays, and it is not repeated here
            av_packet_unref(packet.get());
            continue;
        }
        if ((packet->flags & AV_PKT_FLAG_CORRUPT) != 0 && std::strcmp(input->iformat->name, "mpegts") != 0)  // there it may only mean that a recording begins in mid-stream
            throw refused(frameName() + " is incomplete; the file is truncated or damaged");
        clearMessage();
        const int sent = avcodec_send_packet(decoder.get(), packet.get());
        av_packet_unref(packet.get());
        if (sent == AVERROR(ENOMEM)) throw Error(ErrorCode::OutOfMemory, "no memory for " + frameName(), name);
        if (sent < 0) throw refused(frameName() + " cannot be decoded (" + message(sent) + ")");
        return;
    }
}

/// A file cut short in its data still has its index.
void VideoReader::Private::checkWhole() const
{
    const std::string container = input->iformat->name;
    std::int64_t announced = 0, tolerated = 0;
    if (container.starts_with("mov,")) announced = avformat_index_get_entries_count(stream);
    if (container == "avi") {
        announced = stream->nb_frames;
        tolerated = 2 + announced / 50;  // headers of sound files count one or two too many
    }
    if (packets < announced - tolerated) throw refused("ends after " + std::to_string(packets) + " of " + std::to_string(announced) + " frames: the file is truncated");
}

void VideoReader::Private::check()
{
    if (picture->decode_error_flags != 0 || (picture->flags & AV_FRAME_FLAG_CORRUPT) != 0) throw refused(frameName() + " is damaged" + (complained() ? " (" + message(0) + ")" : ""));
    if (complained()) {
        if (decoder->codec_id == AV_CODEC_ID_MJPEG && complaints.size() < 4) complaints.push_back(frameName() + ": " + message(0));  // it fills the rest of a damaged picture and goes on
        log::debug(name + ", " + frameName() + ": " + message(0));
        clearMessage();
    }
    int width = picture->width, height = picture->height;
    if (width < 1 || height < 1 || static_cast<std::int64_t>(width) * height > limits.pixels)
        throw refused(frameName() + " is " + std::to_string(width) + "x" + std::to_string(height) + " pixels, more than is read");
    if (turn.swaps()) std::swap(width, height);
    if (decoded == 0) {
        outline.width = width;
        outline.height = height;
    } else if (width != outline.width || height != outline.height) {
        throw refused(frameName() + " is " + std::to_string(width) + "x" + std::to_string(height) + ", those before " + std::to_string(outline.width) + "x" + std::to_string(outline.height));
    }
    const std::int64_t time = picture->best_effort_timestamp;
    if (time != AV_NOPTS_VALUE && lastTime != AV_NOPTS_VALUE && time > lastTime) {
        const std::int64_t step = time - lastTime;
        shortest = shortest == 0 ? step : std::min(shortest, step);
        longest = std::max(longest, step);
    }
    if (time != AV_NOPTS_VALUE) lastTime = time;
    if (++decoded > limits.frames) throw refused("has more than " + std::to_string(limits.frames) + " frames, which is more than is read");
    converted = false;
}

void VideoReader::Private::convert()
{
    const auto pixels = static_cast<AVPixelFormat>(picture->format);
    const AVPixFmtDescriptor* facts = av_pix_fmt_desc_get(pixels);
    const int width = picture->width, height = picture->height;
    const bool alpha = facts && (facts->flags & AV_PIX_FMT_FLAG_ALPHA) != 0 && (facts->flags & AV_PIX_FMT_FLAG_PAL) == 0;
    const AVPixelFormat wanted = alpha ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24;
    const bool grey = facts && facts->nb_components == 1 && (facts->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL)) == 0;
    const bool full = picture->color_range == AVCOL_RANGE_JPEG || (grey && picture->color_range != AVCOL_RANGE_MPEG) || (facts && std::string_view(facts->name).starts_with("yuvj"));
    const int matrix = picture->colorspace == AVCOL_SPC_BT709         ? SWS_CS_ITU709
                       : picture->colorspace == AVCOL_SPC_FCC         ? SWS_CS_FCC
                       : picture->colorspace == AVCOL_SPC_SMPTE240M   ? SWS_CS_SMPTE240M
                       : picture->colorspace == AVCOL_SPC_BT2020_NCL || picture->colorspace == AVCOL_SPC_BT2020_CL ? SWS_CS_BT2020
                                                                      : SWS_CS_ITU601;
    if (!scaler || scalerFormat != pixels || scalerRange != int(full) || scalerMatrix != matrix) {
        // bit for bit the same on every processor; colours stored for pairs of pixels stay so: interpolating them takes three times as long
        const int chroma = facts && facts->log2_chroma_w > 0 ? 0 : SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP;
        scaler.reset(sws_getContext(width, height, pixels, width, height, wanted, SWS_BILINEAR | SWS_ACCURATE_RND | SWS_BITEXACT | chroma, nullptr, nullptr, nullptr));
        if (!scaler) throw refused("has pixels of a kind that cannot be read (" + std::string(facts ? facts->name : "unknown") + ")");
        const int* coefficients = sws_getCoefficients(matrix);
        sws_setColorspaceDetails(scaler.get(), coefficients, full ? 1 : 0, coefficients, 1, 0, 1 << 16, 1 << 16);
        scalerFormat = pixels;
        scalerRange = int(full);
        scalerMatrix = matrix;
        rgb = newFrame(width, height, wanted);
        frame = Frames(1, outline.height, outline.width);
    }
    if (sws_scale(scaler.get(), picture->data, picture->linesize, 0, height, rgb->data, rgb->linesize) != height) throw refused("frame " + std::to_string(decoded - 1) + " could not be converted to RGB");
    const std::size_t pixelBytes = alpha ? 4 : 3;
    if (alpha) {
        for (int y = 0; y < height; ++y) {
            std::uint8_t* at = rgb->data[0] + static_cast<std::ptrdiff_t>(y) * rgb->linesize[0];
            for (int x = 0; x < width; ++x, at += 4)
                for (int c = 0; c < 3; ++c) at[c] = static_cast<std::uint8_t>((at[c] * at[3] + 127) / 255);
        }
    }
    std::uint8_t* to = frame.frame(0);
    if (turn.none() && !alpha) {
        for (int y = 0; y < height; ++y, to += static_cast<std::size_t>(width) * 3) std::memcpy(to, rgb->data[0] + static_cast<std::ptrdiff_t>(y) * rgb->linesize[0], static_cast<std::size_t>(width) * 3);
    } else {
        const int left = turn.a < 0 || turn.b < 0 ? width - 1 : 0, top = turn.c < 0 || turn.d < 0 ? height - 1 : 0;
        for (int y = 0; y < frame.height(); ++y)
            for (int x = 0; x < frame.width(); ++x, to += 3) {
                const int fromX = left + turn.a * x + turn.b * y, fromY = top + turn.c * x + turn.d * y;
                std::memcpy(to, rgb->data[0] + static_cast<std::ptrdiff_t>(fromY) * rgb->linesize[0] + static_cast<std::size_t>(fromX) * pixelBytes, 3);
            }
    }
    converted = true;
}

VideoReader::VideoReader(const fs::path& file, const VideoLimits& limits) : d(std::make_unique<Private>())
{
    d->name = file.string();
    d->limits = limits;
    d->open(file);
}

VideoReader::~VideoReader() = default;
VideoReader::VideoReader(VideoReader&&) noexcept = default;
VideoReader& VideoReader::operator=(VideoReader&&) noexcept = default;
const VideoOutline& VideoReader::outline() const { return d->outline; }
std::int64_t VideoReader::decoded() const { return d->decoded; }
bool VideoReader::variableRate() const { return d->shortest > 0 && d->longest * 2 > d->shortest * 3; }
const std::vector<std::string>& VideoReader::complaints() const { return d->complaints; }

bool VideoReader::advance()
{
    while (!d->finished) {
        const int code = avcodec_receive_frame(d->decoder.get(), d->picture.get());
        if (code >= 0) {
            d->check();
            return true;
        }
        if (code == AVERROR_EOF) {
            d->finished = true;
        } else if (code == AVERROR(EAGAIN) && !d->draining) {
            d->feed();
        } else if (code == AVERROR(ENOMEM)) {
            throw Error(ErrorCode::OutOfMemory, "no memory for " + d->frameName(), d->name);
        } else {
            throw d->refused(d->frameName() + " cannot be decoded (" + message(code) + ")");
        }
    }
    if (d->decoded == 0) throw d->refused("holds no frames");
    return false;
}

const Frames& VideoReader::frame()
{
    if (d->decoded == 0 || d->finished) throw Error(ErrorCode::NotFound, "no frame was decoded yet, or all were", d->name);
    if (!d->converted) d->convert();
    return d->frame;
}

std::string videoDecoderVersion()
{
    const unsigned version = avcodec_version();
    return "libavcodec " + std::to_string(AV_VERSION_MAJOR(version)) + "." + std::to_string(AV_VERSION_MINOR(version)) + "." + std::to_string(AV_VERSION_MICRO(version));
}

}  // namespace kinora
