#include "tests/support/test_videos.h"

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/display.h>
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <cmath>
#include <fstream>
#include <vector>

#include "core/export/libav.h"
#include "core/util/error.h"

using namespace kinora;
using namespace kinora::libav;
namespace fs = std::filesystem;

namespace {
void checked(int code, const fs::path& file, const char* what)
{
    if (code < 0) throw Error(ErrorCode::Internal, std::string("the test could not write it: ") + what + " (" + message(code) + ")", file.string());
}

std::string extensionOf(const fs::path& file)
{
    std::string text = file.extension().string();
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

AVRational rateOf(double hz)
{
    const double ntsc = hz * 1.001;
    if (std::abs(hz - std::round(hz)) > 1e-6 && std::abs(ntsc - std::round(ntsc)) < 1e-3) return {static_cast<int>(std::lround(ntsc)) * 1000, 1001};
    return av_d2q(hz, 100000);
}

/// One RGB frame in the encoder's pixels, with the matrix and range that \p context declares.
Own<AVFrame> converted(const Frames& clip, int index, const AVCodecContext& context)
{
    Own<AVFrame> out = newFrame(clip.width(), clip.height(), context.pix_fmt);
    const Own<SwsContext> scaler(sws_getContext(clip.width(), clip.height(), AV_PIX_FMT_RGB24, clip.width(), clip.height(), context.pix_fmt,
                                                SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_BITEXACT, nullptr, nullptr, nullptr));
    if (!scaler) throw Error(ErrorCode::Internal, "the test's pixel format is none that libswscale writes");
    const int* matrix = sws_getCoefficients(context.colorspace == AVCOL_SPC_BT709 ? SWS_CS_ITU709 : SWS_CS_ITU601);
    sws_setColorspaceDetails(scaler.get(), matrix, 1, matrix, context.color_range == AVCOL_RANGE_JPEG ? 1 : 0, 0, 1 << 16, 1 << 16);
    std::vector<std::uint8_t> padded(clip.frame(index), clip.frame(index) + clip.frameBytes());
    padded.resize(padded.size() + AV_INPUT_BUFFER_PADDING_SIZE);  // libswscale reads a few bytes behind the last pixel
    const std::uint8_t* from[4] = {padded.data()};
    const int stride[4] = {clip.width() * 3};
    sws_scale(scaler.get(), from, stride, 0, clip.height(), out->data, out->linesize);
    out->color_range = context.color_range;
    out->colorspace = context.colorspace;
    return out;
}

Own<AVCodecContext> opened(const fs::path& file, const std::string& codecName, const Frames& clip, const VideoFormat& format, bool globalHeader)
{
    const AVCodec* codec = avcodec_find_encoder_by_name(codecName.c_str());
    if (!codec) throw Error(ErrorCode::Internal, "this libavcodec has no encoder '" + codecName + "'", file.string());
    Own<AVCodecContext> context(avcodec_alloc_context3(codec));
    context->width = clip.width();
    context->height = clip.height();
    context->time_base = av_inv_q(rateOf(format.frameRateHz));
    context->framerate = rateOf(format.frameRateHz);
    context->thread_count = 1;
    context->pix_fmt = format.pixels.empty() ? AV_PIX_FMT_YUV420P : av_get_pix_fmt(format.pixels.c_str());
    if (codecName == "mjpeg") {
        context->pix_fmt = AV_PIX_FMT_YUVJ420P;
        context->color_range = AVCOL_RANGE_JPEG;
    }
    if (format.bt709) context->colorspace = AVCOL_SPC_BT709;
    if (format.fullRange) context->color_range = AVCOL_RANGE_JPEG;
    context->flags |= AV_CODEC_FLAG_BITEXACT | AV_CODEC_FLAG_QSCALE;
    context->global_quality = 2 * FF_QP2LAMBDA;
    context->qmin = context->qmax = 2;
    context->codec_tag = static_cast<unsigned>(format.tag);
    if (globalHeader) context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    if (codecName == "libx264") {
        context->qmin = 0;
        context->qmax = 51;
        av_opt_set(context->priv_data, "preset", "veryfast", 0);
        av_opt_set(context->priv_data, "crf", "12", 0);
    }
    checked(avcodec_open2(context.get(), codec, nullptr), file, "its encoder");
    return context;
}

/// Sends one frame (or none, at the end) and hands every packet to \p take.
template <class Take>
void encoded(AVCodecContext& context, const AVFrame* frame, const fs::path& file, Take&& take)
{
    checked(avcodec_send_frame(&context, frame), file, "encoding");
    const Own<AVPacket> packet = newPacket();
    for (;;) {
        const int code = avcodec_receive_packet(&context, packet.get());
        if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return;
        checked(code, file, "encoding");
        take(packet.get());
        av_packet_unref(packet.get());
    }
}

void writeSilence(AVFormatContext& muxer, AVStream& stream, AVCodecContext& context, const fs::path& file)
{
    const int step = context.frame_size > 0 ? context.frame_size : 1000;
    const auto take = [&](AVPacket* packet) {
        av_packet_rescale_ts(packet, context.time_base, stream.time_base);
        packet->stream_index = stream.index;
        checked(av_interleaved_write_frame(&muxer, packet), file, "its sound");
    };
    for (int at = 0; at < context.sample_rate; at += step) {
        const Own<AVFrame> frame(av_frame_alloc());
        frame->nb_samples = step;
        frame->format = context.sample_fmt;
        frame->sample_rate = context.sample_rate;
        av_channel_layout_copy(&frame->ch_layout, &context.ch_layout);
        checked(av_frame_get_buffer(frame.get(), 0), file, "its sound");
        av_samples_set_silence(frame->extended_data, 0, step, 1, context.sample_fmt);
        frame->pts = at;
        encoded(context, frame.get(), file, take);
    }
    encoded(context, nullptr, file, take);
}
}  // namespace

Frames codedClip(int frames, int width, int height, int red, int green, int blue, int firstNumber)
{
    Frames out(frames, height, width);
    const int colour[3] = {red, green, blue};
    for (int t = 0; t < frames; ++t) {
        std::uint8_t* pixel = out.frame(t);
        for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x)
                for (int c = 0; c < 3; ++c) {
                    int bar = 0;
                    while (bar < 7 && x >= (bar + 1) * width / 8) ++bar;
                    *pixel++ = static_cast<std::uint8_t>(y >= height / 2 ? colour[c] : ((firstNumber + t) >> bar & 1) != 0 ? 235 : 16);
                }
    }
    return out;
}

namespace {
double mean(const Frames& clip, int frame, int top, int bottom, int left, int right, int channel)
{
    double sum = 0;
    for (int y = top; y < bottom; ++y)
        for (int x = left; x < right; ++x) sum += clip.frame(frame)[(static_cast<std::size_t>(y) * clip.width() + x) * 3 + channel];
    return sum / std::max(1, (bottom - top) * (right - left));
}
}  // namespace

int codedNumber(const Frames& clip, int frame)
{
    int number = 0;
    const int width = clip.width(), height = clip.height();
    for (int bar = 0; bar < 8; ++bar) {
        const int left = bar * width / 8, right = (bar + 1) * width / 8, quarter = (right - left) / 4;
        const double level = mean(clip, frame, height / 8, height * 3 / 8, left + quarter, right - quarter, 1);
        if (level > 60 && level < 190) return -1;
        if (level > 126) number |= 1 << bar;
    }
    return number;
}

std::array<int, 3> codedColour(const Frames& clip, int frame)
{
    std::array<int, 3> out{};
    for (int c = 0; c < 3; ++c) out[static_cast<std::size_t>(c)] = static_cast<int>(std::lround(mean(clip, frame, clip.height() * 5 / 8, clip.height() * 7 / 8, clip.width() / 4, clip.width() * 3 / 4, c)));
    return out;
}

bool canEncode(const std::string& codec) { return avcodec_find_encoder_by_name(codec.c_str()) != nullptr; }

void writeVideo(const fs::path& file, const Frames& clip, const VideoFormat& format)
{
    quiet();
    clearMessage();
    AVFormatContext* muxer = nullptr;
    const std::string name = "file:" + file.string();
    checked(avformat_alloc_output_context2(&muxer, nullptr, nullptr, name.c_str()), file, "its container");
    const std::unique_ptr<AVFormatContext, void (*)(AVFormatContext*)> own(muxer, [](AVFormatContext* context) {
        if (context->pb) avio_closep(&context->pb);
        avformat_free_context(context);
    });
    muxer->flags |= AVFMT_FLAG_BITEXACT;
    const bool globalHeader = (muxer->oformat->flags & AVFMT_GLOBALHEADER) != 0;
    const Own<AVCodecContext> context = opened(file, format.codec, clip, format, globalHeader);
    AVStream* stream = avformat_new_stream(muxer, nullptr);
    stream->time_base = context->time_base;
    stream->avg_frame_rate = stream->r_frame_rate = context->framerate;
    checked(avcodec_parameters_from_context(stream->codecpar, context.get()), file, "its stream");
    if (format.rotationDegrees != 0) {
        auto* matrix = reinterpret_cast<std::int32_t*>(av_stream_new_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, 9 * sizeof(std::int32_t)));
        av_display_rotation_set(matrix, -format.rotationDegrees);  // libav's sign is clockwise
    }
    Own<AVCodecContext> sound;
    AVStream* soundStream = nullptr;
    if (format.sound) {
        const bool avi = extensionOf(file) == ".avi";
        const AVCodec* codec = avcodec_find_encoder(avi ? AV_CODEC_ID_PCM_S16LE : AV_CODEC_ID_AAC);
        if (!codec) throw Error(ErrorCode::Internal, "this libavcodec has no encoder for the sound", file.string());
        sound.reset(avcodec_alloc_context3(codec));
        sound->sample_fmt = avi ? AV_SAMPLE_FMT_S16 : AV_SAMPLE_FMT_FLTP;
        sound->sample_rate = avi ? 8000 : 44100;
        sound->time_base = {1, sound->sample_rate};
        av_channel_layout_default(&sound->ch_layout, 1);
        sound->flags |= AV_CODEC_FLAG_BITEXACT | (globalHeader ? AV_CODEC_FLAG_GLOBAL_HEADER : 0);
        checked(avcodec_open2(sound.get(), codec, nullptr), file, "its sound");
        soundStream = avformat_new_stream(muxer, nullptr);
        soundStream->time_base = sound->time_base;
        checked(avcodec_parameters_from_context(soundStream->codecpar, sound.get()), file, "its sound");
    }
    checked(avio_open(&muxer->pb, name.c_str(), AVIO_FLAG_WRITE), file, "opening");
    checked(avformat_write_header(muxer, nullptr), file, "its header");
    if (sound) writeSilence(*muxer, *soundStream, *sound, file);
    const auto take = [&](AVPacket* packet) {
        if (packet->duration == 0) packet->duration = 1;
        av_packet_rescale_ts(packet, context->time_base, stream->time_base);
        packet->stream_index = stream->index;
        checked(av_interleaved_write_frame(muxer, packet), file, "writing");
    };
    for (int t = 0; t < clip.count(); ++t) {
        const Own<AVFrame> frame = converted(clip, t, *context);
        frame->pts = format.times.empty() ? t : format.times.at(static_cast<std::size_t>(t));
        frame->quality = context->global_quality;
        encoded(*context, frame.get(), file, take);
    }
    encoded(*context, nullptr, file, take);
    checked(av_write_trailer(muxer), file, "its end");
}

void writePicture(const fs::path& file, const Frames& clip, int frame)
{
    quiet();
    clearMessage();
    const std::string extension = extensionOf(file);
    const bool jpeg = extension == ".jpg" || extension == ".jpeg";
    if (!jpeg && extension != ".png" && extension != ".bmp") throw Error(ErrorCode::Internal, "tests write jpg, png and bmp pictures", file.string());
    VideoFormat format;
    format.pixels = extension == ".png" ? "rgb24" : extension == ".bmp" ? "bgr24" : "";
    const Own<AVCodecContext> context = opened(file, jpeg ? "mjpeg" : extension.substr(1), clip, format, false);
    const Own<AVFrame> picture = converted(clip, frame, *context);
    picture->quality = context->global_quality;
    picture->pts = 0;
    std::string bytes;
    const auto take = [&](const AVPacket* packet) { bytes.append(reinterpret_cast<const char*>(packet->data), static_cast<std::size_t>(packet->size)); };
    encoded(*context, picture.get(), file, take);
    encoded(*context, nullptr, file, take);
    std::ofstream out(file, std::ios::binary);
    out << bytes;
    if (!out.flush()) throw Error(ErrorCode::Internal, "the test could not write it", file.string());
}
