#include "core/export/read_back.h"

#include <cstring>
#include <vector>

#include "core/export/libav.h"
#include "core/util/error.h"

namespace kinora {
using namespace libav;

Frames readBack(const std::filesystem::path& file)
{
    quiet();
    clearMessage();
    const auto fail = [&](int code) { throw Error(ErrorCode::DecodeFailed, "cannot be read back (" + message(code) + ")", file.string()); };
    struct Input {
        AVFormatContext* context = nullptr;
        ~Input() { avformat_close_input(&context); }
    } input;
    const std::string url = "file:" + file.string();
    int code = avformat_open_input(&input.context, url.c_str(), nullptr, nullptr);
    if (code < 0) fail(code);
    if ((code = avformat_find_stream_info(input.context, nullptr)) < 0) fail(code);
    const AVCodec* codec = nullptr;
    const int stream = av_find_best_stream(input.context, AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0);
    if (stream < 0) fail(stream);
    const Own<AVCodecContext> context(avcodec_alloc_context3(codec));
    if (!context || avcodec_parameters_to_context(context.get(), input.context->streams[stream]->codecpar) < 0) fail(AVERROR(ENOMEM));
    if ((code = avcodec_open2(context.get(), codec, nullptr)) < 0) fail(code);
    std::vector<std::uint8_t> bytes;
    int count = 0, width = 0, height = 0;
    const Own<AVFrame> frame(av_frame_alloc());
    Own<SwsContext> scaler;
    const auto take = [&] {
        while ((code = avcodec_receive_frame(context.get(), frame.get())) >= 0) {
            if (count == 0) width = frame->width, height = frame->height;
            if (frame->width != width || frame->height != height) fail(AVERROR_INVALIDDATA);
            if (!scaler) scaler.reset(sws_getContext(width, height, static_cast<AVPixelFormat>(frame->format), width, height, AV_PIX_FMT_RGB24, SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP, nullptr, nullptr, nullptr));
            const Own<AVFrame> rgb = newFrame(width, height, AV_PIX_FMT_RGB24);
            sws_scale(scaler.get(), frame->data, frame->linesize, 0, height, rgb->data, rgb->linesize);
            for (int y = 0; y < height; ++y) bytes.insert(bytes.end(), rgb->data[0] + static_cast<std::ptrdiff_t>(y) * rgb->linesize[0], rgb->data[0] + static_cast<std::ptrdiff_t>(y) * rgb->linesize[0] + width * 3);
            ++count;
        }
        if (code != AVERROR(EAGAIN) && code != AVERROR_EOF) fail(code);
    };
    const Own<AVPacket> packet = newPacket();
    while (av_read_frame(input.context, packet.get()) >= 0) {
        if (packet->stream_index == stream) {
            if ((code = avcodec_send_packet(context.get(), packet.get())) < 0) fail(code);
            take();
        }
        av_packet_unref(packet.get());
    }
    avcodec_send_packet(context.get(), nullptr);
    take();
    if (count == 0) fail(AVERROR_INVALIDDATA);
    return Frames(count, height, width, std::move(bytes));
}

}  // namespace kinora
