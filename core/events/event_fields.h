#pragma once
// Field numbers and framing of event files; used inside core/events alone.
//
// Source: tensorflow's event.proto, summary.proto, tensor.proto, tensor_shape.proto and types.proto; tensorboard's hparams/plugin_data.proto and api.proto;
// google/protobuf/struct.proto; the framing is that of tensorflow's record_writer.cc.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <protozero/types.hpp>

#include "core/util/crc32c.h"

namespace kinora::tfevents {

enum class EventTag : protozero::pbf_tag_type { WallTime = 1, Step = 2, FileVersion = 3, Summary = 5, SessionLog = 7 };
enum class SummaryTag : protozero::pbf_tag_type { Value = 1 };
enum class ValueTag : protozero::pbf_tag_type { Tag = 1, SimpleValue = 2, Image = 4, Histogram = 5, Audio = 6, Tensor = 8, Metadata = 9 };
enum class ImageTag : protozero::pbf_tag_type { Height = 1, Width = 2, ColorSpace = 3, Encoded = 4 };
enum class AudioTag : protozero::pbf_tag_type { Encoded = 4 };
enum class MetadataTag : protozero::pbf_tag_type { PluginData = 1, DataClass = 4 };
enum class PluginTag : protozero::pbf_tag_type { Name = 1, Content = 2 };
enum class TensorTag : protozero::pbf_tag_type {
    Dtype = 1, Shape = 2, Content = 4, Float = 5, Double = 6, Int = 7, String = 8, Int64 = 10, Bool = 11, Half = 13, Uint32 = 16, Uint64 = 17
};
enum class ShapeTag : protozero::pbf_tag_type { Dim = 2 };
enum class DimTag : protozero::pbf_tag_type { Size = 1 };
enum class SessionTag : protozero::pbf_tag_type { Status = 1 };
enum class HparamsTag : protozero::pbf_tag_type { SessionStart = 3 };
enum class SessionStartTag : protozero::pbf_tag_type { Hparams = 1 };
enum class MapEntryTag : protozero::pbf_tag_type { Key = 1, Value = 2 };
enum class StructValueTag : protozero::pbf_tag_type { Number = 2, Text = 3, Bool = 4 };

enum Dtype {
    kDtFloat = 1, kDtDouble = 2, kDtInt32 = 3, kDtUint8 = 4, kDtInt16 = 5, kDtInt8 = 6, kDtString = 7, kDtInt64 = 9, kDtBool = 10, kDtBfloat16 = 14,
    kDtUint16 = 17, kDtHalf = 19, kDtUint32 = 22, kDtUint64 = 23
};
constexpr int kSessionStart = 1;
constexpr int kClassScalar = 1, kClassTensor = 2;

constexpr std::size_t kHeaderBytes = 12;  // u64 length, u32 masked CRC of it
constexpr std::size_t kFooterBytes = 4;   // u32 masked CRC of the data
constexpr std::uint64_t kLargestRecord = std::uint64_t(256) << 20;

inline std::uint32_t masked(std::uint32_t crc) { return ((crc >> 15) | (crc << 17)) + 0xa282ead8U; }

template <class T>
T loaded(const char* bytes)
{
    T value;
    std::memcpy(&value, bytes, sizeof value);
    return value;
}

/// TensorBoard's rule.
inline bool isEventsFile(const std::filesystem::path& path) { return path.filename().native().find("tfevents") != std::string::npos; }

}  // namespace kinora::tfevents
