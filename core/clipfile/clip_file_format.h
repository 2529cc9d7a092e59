#pragma once
// What the reader and the writer of clip files agree on.
#include <cstdint>
#include <span>
#include <string>

#include "core/dataset/clip_source.h"

namespace kinora::clipfile {

constexpr const char* kFormat = "kinora-clips";
constexpr std::int32_t kVersion = 1;

/// The data set of clip \p index in its group.
std::string clipName(std::int64_t index);
inline std::size_t elementSize(const StreamColumn& column) { return column.type == "float32" ? 4 : 1; }
/// zlib's CRC-32 of the bytes behind those of \p crc.
std::uint32_t crc32(std::uint32_t crc, std::span<const std::uint8_t> bytes);

}  // namespace kinora::clipfile
