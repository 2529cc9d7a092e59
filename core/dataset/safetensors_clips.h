#pragma once
// The safetensors clip file: what the engine-only build trains on, and what a Python script can write in three lines. docs/formats.md describes it.
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <vector>

#include "core/dataset/clip_source.h"

namespace kinora {

/// Opens `clips` (N, T, H, W, 3) uint8 with `labels/<name>` (N) and `streams/<name>`; names, splits and categories are in the metadata and may be missing.
/// \throws Error (NotFound, CannotRead; Damaged for another type, shape or header)
std::shared_ptr<const ClipSource> openSafetensorsClips(const std::filesystem::path& file);

/// Writes clips \p indices of \p source, one clip in memory at a time. They must be of one length and size.
/// \param frames    0: all; else the first so many of every clip
/// \param progress  called with clips done and in all, may be empty
/// \throws Error (Usage for no clips, and naming a clip that differs; DiskFull, CannotWrite; Cancelled)
void writeSafetensorsClips(const ClipSource& source, const std::vector<std::int64_t>& indices, const std::filesystem::path& target, int frames = 0,
                           const std::function<void(std::int64_t, std::int64_t)>& progress = {}, std::stop_token stop = {});

}  // namespace kinora
