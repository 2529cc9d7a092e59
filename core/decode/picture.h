#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "core/clip/frames.h"

namespace kinora {

/// What a picture's first bytes say it is; the file's name is never asked.
enum class PictureFormat { Png, Jpeg, WebP, Bmp, Gif, Pnm, Tiff };
std::string_view pictureFormatName(PictureFormat format);

/// Format by content (16 bytes suffice), or nothing if it is no picture that can be read.
std::optional<PictureFormat> sniffPicture(std::span<const std::uint8_t> bytes);
/// The same from a file; a file that cannot be opened is nothing.
std::optional<PictureFormat> sniffPicture(const std::filesystem::path& file);

/// What is refused before memory is taken for it.
struct PictureLimits {
    std::int64_t pixels = std::int64_t(1) << 27;      ///< Width x height.
    std::uintmax_t fileBytes = std::uintmax_t(1) << 30;
};

/// Decodes one picture to RGB, one frame: grey and palette are widened, 16 bits become 8, alpha is composited on black. Of an animated GIF the first frame.
/// \throws Error (NotFound, CannotRead; DecodeFailed with the reason for no picture, a truncated or damaged one, or one over the limits). Thread: safe.
Frames readPicture(const std::filesystem::path& file, const PictureLimits& limits = {});
/// The same from memory. \param name  used in messages
Frames decodePicture(std::span<const std::uint8_t> bytes, const std::string& name, const PictureLimits& limits = {});

}  // namespace kinora
