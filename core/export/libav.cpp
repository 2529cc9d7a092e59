#include "core/export/libav.h"

#include <cstdarg>
#include <cstdio>
#include <mutex>

#include "core/util/error.h"

namespace kinora::libav {
namespace {
thread_local std::string t_message;

void remember(void*, int level, const char* format, va_list arguments)
{
    if (level > AV_LOG_ERROR) return;
    char line[512];
    std::vsnprintf(line, sizeof line, format, arguments);
    std::string text = line;
    while (!text.empty() && (text.back() == '\n' || text.back() == '.' || text.back() == ' ')) text.pop_back();
    if (!text.empty()) t_message = text;
}
}  // namespace

void quiet()
{
    static std::once_flag once;
    std::call_once(once, [] { av_log_set_callback(remember); });
}

void clearMessage() { t_message.clear(); }

bool complained() { return !t_message.empty(); }

std::string message(int code)
{
    if (!t_message.empty()) return t_message;
    char text[AV_ERROR_MAX_STRING_SIZE] = {};
    av_strerror(code, text, sizeof text);
    return text;
}

Own<AVFrame> newFrame(int width, int height, AVPixelFormat format)
{
    Own<AVFrame> frame(av_frame_alloc());
    if (!frame) throw Error(ErrorCode::OutOfMemory, "no memory for a frame");
    frame->width = width;
    frame->height = height;
    frame->format = format;
    if (av_frame_get_buffer(frame.get(), 0) < 0) throw Error(ErrorCode::OutOfMemory, "no memory for a frame of " + std::to_string(width) + "x" + std::to_string(height));
    return frame;
}

Own<AVPacket> newPacket()
{
    Own<AVPacket> packet(av_packet_alloc());
    if (!packet) throw Error(ErrorCode::OutOfMemory, "no memory for a packet");
    return packet;
}

}  // namespace kinora::libav
