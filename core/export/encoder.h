#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/clip/frames.h"

namespace kinora {

/// How a picture or animation is written.
struct ExportOptions {
    double frameRateHz = 10;
    int scale = 1;             ///< Nearest-neighbour enlargement, after quantising.
    int loops = 0;             ///< 0: for ever.
    bool dither = true;        ///< GIF: error diffusion at native size.
    std::string comment;       ///< Put into the file where the format can hold it.
};

/// Writes \p clip by the file's extension: gif, mp4, webm, webp, apng, png (one frame: the picture; several: a horizontal strip).
/// The file appears whole or not at all. GIF: palette per clip, delays in hundredths of a second with the rest carried over, never below 2.
/// \throws Error (Usage for an unknown extension or no frames, CannotWrite, DiskFull)
void exportClip(const Frames& clip, const std::filesystem::path& target, const ExportOptions& options = {});

/// Extensions that exportClip writes on this machine, without dots.
std::vector<std::string> exportFormats();

/// The frames side by side in one picture (1, H, T x W, 3).
Frames contactStrip(const Frames& clip);

}  // namespace kinora
