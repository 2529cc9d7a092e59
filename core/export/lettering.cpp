#include "core/export/lettering.h"

extern "C" {
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
}

#include <algorithm>
#include <cstring>

#include "core/export/libav.h"
#include "core/util/error.h"

namespace kinora {
using namespace libav;
namespace {
constexpr int kWidest = 16384;

/// True if a character from the CJK blocks is in it: the usual sans-serif font has none of them.
bool hasIdeographs(const std::string& text)
{
    for (std::size_t i = 0; i + 2 < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte >= 0xe3 && byte <= 0xe9) return true;  // U+3000 ... U+9FFF
        if (byte == 0xef && static_cast<unsigned char>(text[i + 1]) >= 0xbc) return true;  // U+FF00 ...
    }
    return false;
}

bool isUtf8(const std::string& text)
{
    for (std::size_t i = 0; i < text.size();) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const std::size_t length = byte < 0x80 ? 1 : byte >= 0xc2 && byte < 0xe0 ? 2 : byte >= 0xe0 && byte < 0xf0 ? 3 : byte >= 0xf0 && byte < 0xf5 ? 4 : 0;
        if (length == 0 || i + length > text.size()) return false;
        for (std::size_t k = 1; k < length; ++k)
            if ((static_cast<unsigned char>(text[i + k]) & 0xc0) != 0x80) return false;
        i += length;
    }
    return true;
}
}  // namespace

Lettering lettering(const std::string& text, int size)
{
    if (!isUtf8(text)) throw Error(ErrorCode::Usage, "labels and captions must be UTF-8", "text");
    const int height = (size * 13 + 9) / 10, width = std::min(kWidest, static_cast<int>(text.size() + 2) * size * 2);
    Lettering out{0, height, {}};
    if (text.find_first_not_of(" \t\n") == std::string::npos) return out;
    quiet();
    clearMessage();
    const AVFilter* drawtext = avfilter_get_by_name("drawtext");
    if (!drawtext) throw Error(ErrorCode::NotFound, "this libavfilter was built without drawtext; labels and captions need it (Debian: libavfilter8 or libavfilter-extra)", "text");
    Own<AVFilterGraph> graph(avfilter_graph_alloc());
    AVFilterContext *source = nullptr, *sink = nullptr;
    const std::string arguments = "video_size=" + std::to_string(width) + "x" + std::to_string(2 * height) + ":pix_fmt=gray:time_base=1/1:pixel_aspect=1/1";
    int code = avfilter_graph_create_filter(&source, avfilter_get_by_name("buffer"), "in", arguments.c_str(), nullptr, graph.get());
    if (code >= 0) code = avfilter_graph_create_filter(&sink, avfilter_get_by_name("buffersink"), "out", nullptr, nullptr, graph.get());
    AVFilterContext* draw = code >= 0 ? avfilter_graph_alloc_filter(graph.get(), drawtext, "text") : nullptr;
    if (!draw) throw Error(ErrorCode::OutOfMemory, "no memory to set a text");
    std::string line = text;
    std::ranges::replace_if(line, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
    const auto set = [&](const char* key, const std::string& value) { av_opt_set(draw, key, value.c_str(), AV_OPT_SEARCH_CHILDREN); };
    set("text", line);
    set("expansion", "none");
    set("font", hasIdeographs(line) ? "Noto Sans CJK SC" : "Sans");
    set("fontsize", std::to_string(size));
    set("fontcolor", "white");
    set("x", std::to_string(size));
    set("y", std::to_string(size + height / 2) + "-ascent");
    code = avfilter_init_str(draw, nullptr);
    if (code >= 0) code = avfilter_link(source, 0, draw, 0);
    if (code >= 0) code = avfilter_link(draw, 0, sink, 0);
    if (code >= 0) code = avfilter_graph_config(graph.get(), nullptr);
    if (code < 0) throw Error(ErrorCode::NotFound, "no font was found (" + message(code) + "); install one (Debian: fonts-dejavu-core)", "text");
    Own<AVFrame> canvas = newFrame(width, 2 * height, AV_PIX_FMT_GRAY8);
    for (int y = 0; y < canvas->height; ++y) std::memset(canvas->data[0] + static_cast<std::ptrdiff_t>(y) * canvas->linesize[0], 0, static_cast<std::size_t>(width));
    canvas->color_range = AVCOL_RANGE_JPEG;
    canvas->pts = 0;
    Own<AVFrame> drawn(av_frame_alloc());
    code = av_buffersrc_add_frame(source, canvas.get());
    if (code >= 0) code = av_buffersink_get_frame(sink, drawn.get());
    if (code < 0) throw Error(ErrorCode::Internal, "setting a text failed (" + message(code) + ")", "text");
    int first = width, last = -1, brightest = 1;
    const auto pixel = [&](int x, int y) { return drawn->data[0][static_cast<std::ptrdiff_t>(y) * drawn->linesize[0] + x]; };
    const int top = height / 2;
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            if (const int value = pixel(x, y + top); value > 0) first = std::min(first, x), last = std::max(last, x), brightest = std::max(brightest, value);
    if (last < first) return out;
    out.width = last - first + 1;
    out.coverage.resize(static_cast<std::size_t>(out.width) * height);
    // drawn white may be 235 where the filter takes grey for limited range
    const int full = brightest > 235 ? 255 : 235;
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < out.width; ++x) out.coverage[static_cast<std::size_t>(y) * out.width + x] = static_cast<std::uint8_t>(std::min(255, pixel(x + first, y + top) * 255 / full));
    return out;
}

}  // namespace kinora
