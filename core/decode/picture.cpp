#include "core/decode/picture.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>

#include "core/export/libav.h"
#include "core/util/error.h"
#include "core/util/file.h"

namespace kinora {
namespace fs = std::filesystem;
using namespace libav;
namespace {
struct Row {
    PictureFormat format;
    std::string_view name;
    AVCodecID codec;
};
constexpr std::array kRows = {Row{PictureFormat::Png, "PNG", AV_CODEC_ID_PNG}, Row{PictureFormat::Jpeg, "JPEG", AV_CODEC_ID_MJPEG}, Row{PictureFormat::WebP, "WebP", AV_CODEC_ID_WEBP},
                              Row{PictureFormat::Bmp, "BMP", AV_CODEC_ID_BMP}, Row{PictureFormat::Gif, "GIF", AV_CODEC_ID_GIF}, Row{PictureFormat::Pnm, "PNM", AV_CODEC_ID_PPM}, Row{PictureFormat::Tiff, "TIFF", AV_CODEC_ID_TIFF}};

const Row& rowOf(PictureFormat format)
{
    return *std::ranges::find(kRows, format, &Row::format);
}

/// libav fills what a truncated file lacks and calls that a success; the formats' own ends tell.
bool truncated(PictureFormat format, std::span<const std::uint8_t> bytes)
{
    const auto endsWith = [&](std::initializer_list<std::uint8_t> mark, std::size_t within) {
        const auto tail = bytes.last(std::min(bytes.size(), within));
        return !std::ranges::search(tail, mark).empty();
    };
    switch (format) {
        case PictureFormat::Png: return !endsWith({'I', 'E', 'N', 'D', 0xae, 0x42, 0x60, 0x82}, std::size_t(1) << 16);
        case PictureFormat::Jpeg: return !endsWith({0xff, 0xd9}, std::size_t(1) << 16);
        case PictureFormat::WebP: {
            const std::uint64_t size = bytes[4] | bytes[5] << 8 | bytes[6] << 16 | static_cast<std::uint64_t>(bytes[7]) << 24;
            return size + 8 > bytes.size();
        }
        default: return false;
    }
}
}  // namespace

std::string_view pictureFormatName(PictureFormat format) { return rowOf(format).name; }

std::optional<PictureFormat> sniffPicture(std::span<const std::uint8_t> bytes)
{
    const auto starts = [&](std::string_view mark, std::size_t at = 0) { return bytes.size() >= at + mark.size() && std::memcmp(bytes.data() + at, mark.data(), mark.size()) == 0; };
    if (starts("\x89PNG\r\n\x1a\n")) return PictureFormat::Png;
    if (starts("\xff\xd8\xff")) return PictureFormat::Jpeg;
    if (starts("RIFF") && starts("WEBP", 8)) return PictureFormat::WebP;
    if (starts("GIF87a") || starts("GIF89a")) return PictureFormat::Gif;
    if (starts("BM") && bytes.size() >= 16) return PictureFormat::Bmp;
    if ((starts("P5") || starts("P6")) && bytes.size() >= 8 && (bytes[2] == '\n' || bytes[2] == ' ' || bytes[2] == '\r' || bytes[2] == '\t')) return PictureFormat::Pnm;
    if (starts(std::string_view("II*\0", 4)) || starts(std::string_view("MM\0*", 4))) return PictureFormat::Tiff;
    return std::nullopt;
}

std::optional<PictureFormat> sniffPicture(const fs::path& file)
{
    std::error_code ignored;
    if (!fs::is_regular_file(file, ignored)) return std::nullopt;
    std::ifstream in(file, std::ios::binary);
    std::array<std::uint8_t, 16> bytes{};
    in.read(reinterpret_cast<char*>(bytes.data()), bytes.size());
    return sniffPicture(std::span<const std::uint8_t>(bytes.data(), static_cast<std::size_t>(in.gcount())));
}

Frames readPicture(const fs::path& file, const PictureLimits& limits)
{
    const std::string bytes = readFile(file, limits.fileBytes);
    return decodePicture({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, file.string(), limits);
}

Frames decodePicture(std::span<const std::uint8_t> bytes, const std::string& name, const PictureLimits& limits)
{
    quiet();
    const auto refused = [&](const std::string& text) { return Error(ErrorCode::DecodeFailed, text, name); };
    if (bytes.empty()) throw refused("is empty");
    const std::optional<PictureFormat> format = sniffPicture(bytes);
    if (!format) throw refused("is no picture that can be read (PNG, JPEG, WebP, BMP, GIF, PNM or TIFF by content)");
    const Row& row = rowOf(*format);
    if (truncated(*format, bytes)) throw refused("is a truncated " + std::string(row.name) + " file");
    const AVCodec* codec = avcodec_find_decoder(row.codec);
    if (!codec) throw refused("is a " + std::string(row.name) + " file, for which this libavcodec has no decoder");
    Own<AVCodecContext> context(avcodec_alloc_context3(codec));
    if (!context) throw Error(ErrorCode::OutOfMemory, "no memory for a decoder", name);
    context->max_pixels = limits.pixels + (std::int64_t(1) << 22);  // libav counts rows padded to its alignment; the exact size is checked below
    context->err_recognition = AV_EF_CRCCHECK | AV_EF_BITSTREAM | AV_EF_BUFFER | AV_EF_EXPLODE;
    context->thread_count = 1;
    clearMessage();
    int code = avcodec_open2(context.get(), codec, nullptr);
    Own<AVPacket> packet = newPacket();
    if (code >= 0) code = av_new_packet(packet.get(), static_cast<int>(std::min<std::size_t>(bytes.size(), std::size_t(1) << 30)));  // padded as decoders want it
    if (code >= 0) {
        std::memcpy(packet->data, bytes.data(), static_cast<std::size_t>(packet->size));
        packet->flags |= AV_PKT_FLAG_KEY;
        code = avcodec_send_packet(context.get(), packet.get());
    }
    if (code >= 0) code = avcodec_send_packet(context.get(), nullptr);
    const Own<AVFrame> frame(av_frame_alloc());
    if (code >= 0) code = avcodec_receive_frame(context.get(), frame.get());
    if (code == AVERROR(ENOMEM)) throw Error(ErrorCode::OutOfMemory, "no memory for a picture of " + std::to_string(context->width) + "x" + std::to_string(context->height), name);
    if (code < 0) throw refused("is a damaged " + std::string(row.name) + " file (" + message(code) + ")");
    if (frame->decode_error_flags != 0 || (frame->flags & AV_FRAME_FLAG_CORRUPT) != 0) throw refused("is a damaged " + std::string(row.name) + " file");
    const int width = frame->width, height = frame->height;
    if (width < 1 || height < 1 || static_cast<std::int64_t>(width) * height > limits.pixels) throw refused("is a picture of " + std::to_string(width) + "x" + std::to_string(height) + " pixels, more than is read");

    const auto pixels = static_cast<AVPixelFormat>(frame->format);
    const AVPixFmtDescriptor* descriptor = av_pix_fmt_desc_get(pixels);
    const bool alpha = descriptor && ((descriptor->flags & (AV_PIX_FMT_FLAG_ALPHA | AV_PIX_FMT_FLAG_PAL)) != 0);
    const Own<SwsContext> scaler(sws_getContext(width, height, pixels, width, height, alpha ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24,
                                                SWS_BILINEAR | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP | SWS_BITEXACT, nullptr, nullptr, nullptr));
    if (!scaler) throw refused("has pixels of a kind that cannot be read (" + std::string(descriptor ? descriptor->name : "unknown") + ")");
    const Own<AVFrame> rgb = newFrame(width, height, alpha ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24);
    if (sws_scale(scaler.get(), frame->data, frame->linesize, 0, height, rgb->data, rgb->linesize) != height) throw refused("could not be converted to RGB");
    Frames out(1, height, width);
    for (int y = 0; y < height; ++y) {
        const std::uint8_t* from = rgb->data[0] + static_cast<std::ptrdiff_t>(y) * rgb->linesize[0];
        std::uint8_t* to = out.frame(0) + static_cast<std::size_t>(y) * width * 3;
        if (!alpha) {
            std::memcpy(to, from, static_cast<std::size_t>(width) * 3);
            continue;
        }
        for (int x = 0; x < width; ++x, from += 4, to += 3)
            for (int c = 0; c < 3; ++c) to[c] = from[3] == 255 ? from[c] : static_cast<std::uint8_t>((from[c] * from[3] + 127) / 255);
    }
    return out;
}

}  // namespace kinora
