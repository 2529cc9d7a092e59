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
    int loops = 0;             ///< Times it plays; 0: for ever. Videos leave that to the player.
    bool dither = true;        ///< GIF: error diffusion at native size.
    std::string comment;       ///< Put into the file where the format can hold it: gif, png, apng, mp4, webm.
};

/// Writes \p clip by the file's extension: gif, mp4, webm, webp, apng, png (one frame: the picture; several: a horizontal strip).
/// The file appears whole or not at all. GIF: palette per clip, delays in hundredths of a second with the rest carried over, never below 2.
/// PNG, APNG are lossless; WebP has quality 90; MP4 is H.264 (4:2:0, even sizes: the last row or column repeats), or MPEG-4 with a warning where that
/// encoder is missing; WebM is VP9.
/// \throws Error (Usage for an unknown extension, a wrong option or no frames; CannotWrite, NotFound, DiskFull)
void exportClip(const Frames& clip, const std::filesystem::path& target, const ExportOptions& options = {});

/// The bytes of such a file, for formats that need no seeking: gif, png, apng, webp. \throws Error (Usage)
std::string encodeClip(const Frames& clip, const std::string& format, const ExportOptions& options = {});

/// Extensions that exportClip writes on this machine, without dots.
std::vector<std::string> exportFormats();

/// Delay of every frame of a GIF in hundredths of a second: the rest of each is carried to the next, none is below 2.
std::vector<int> gifDelays(int frames, double frameRateHz);

/// The frames side by side in one picture (1, H, T x W, 3).
Frames contactStrip(const Frames& clip);

}  // namespace kinora
