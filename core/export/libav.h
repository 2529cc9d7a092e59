#pragma once
// Owners and error texts for libav, shared by the encoders and the decoders. Only .cpp files include it.
extern "C" {
#include <libavcodec/avcodec.h>
#include <libavfilter/avfilter.h>
#include <libavformat/avformat.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
}

#include <memory>
#include <string>

namespace kinora::libav {

struct Free {
    void operator()(AVFrame* frame) const { av_frame_free(&frame); }
    void operator()(AVPacket* packet) const { av_packet_free(&packet); }
    void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
    void operator()(AVFilterGraph* graph) const { avfilter_graph_free(&graph); }
    void operator()(AVFilterInOut* list) const { avfilter_inout_free(&list); }
    void operator()(SwsContext* context) const { sws_freeContext(context); }
};
template <class T>
using Own = std::unique_ptr<T, Free>;

/// Keeps libav off standard error; what it would have said goes to lastMessage(). Call it before anything else of libav.
void quiet();
/// libav's own last error line in this thread since clearMessage(), or the text of \p code.
std::string message(int code);
void clearMessage();
/// True if libav has had an error line in this thread since clearMessage(), though it may have gone on.
bool complained();

/// A frame with its own buffers. \throws Error (OutOfMemory)
Own<AVFrame> newFrame(int width, int height, AVPixelFormat format);
Own<AVPacket> newPacket();

}  // namespace kinora::libav
