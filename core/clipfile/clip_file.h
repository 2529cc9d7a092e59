#pragma once
// The HDF5 clip file; docs/formats.md describes it.
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "core/dataset/clip_source.h"

namespace kinora {

/// Writes a clip file; it appears under its final name when finish() returns, and not before.
/// Memory: the index alone is kept, so a file may be far larger than the machine's memory.
class ClipFileWriter {
public:
    /// \param attributes  provenance of the whole file: source, options, program and version
    /// \throws Error (NotFound, CannotWrite; Usage for a column without a usable name)
    ClipFileWriter(const std::filesystem::path& target, std::vector<LabelColumn> labels, std::vector<StreamColumn> streams = {},
                   std::map<std::string, std::string> attributes = {});
    ~ClipFileWriter();  ///< Without finish(): nothing is left.
    /// Frame count and size are taken from \p frames; \p info gives the rest. Clips of one file may differ in length and size.
    /// \param streams  raw little-endian bytes per stream, in the columns' order
    /// \throws Error (ShapeMismatch for labels or streams that do not fit the columns; Usage for a name given twice; DiskFull, CannotWrite)
    void add(const ClipInfo& info, const Frames& frames, const std::vector<std::vector<std::uint8_t>>& streams = {});
    /// Adds or replaces a fact about the whole file, which is often known only at the end.
    void setAttribute(const std::string& name, const std::string& value);
    /// A table of numbers beside the clips, as /codes/NAME (float32): the codes that generated clips were made from, the first axis being the clip.
    /// \throws Error (ShapeMismatch if the numbers do not fill the shape; Usage for an unusable name)
    void setCodes(const std::string& name, std::vector<std::int64_t> shape, std::vector<float> numbers);
    std::int64_t size() const;  ///< Clips added so far.
    /// \throws Error (DiskFull, CannotWrite)
    void finish();

private:
    struct Private;
    std::unique_ptr<Private> d;
};

/// How the pixels of a clip file are read. ByOffset: clips that lie in the file in one piece and unpacked, as ClipFileWriter leaves them, are read past HDF5 and
/// its one lock; others through it. Library: all through HDF5 (for comparisons).
enum class ClipReading { ByOffset, Library };

/// Opens a clip file; every index, offset and size is checked before use.
/// \throws Error (NotFound, CannotRead; Damaged for a foreign, truncated or hostile file; Incompatible for a newer format)
std::shared_ptr<const ClipSource> openClipFile(const std::filesystem::path& file, ClipReading reading = ClipReading::ByOffset);

/// The file's own attributes (source, options, kinora). \throws Error
std::map<std::string, std::string> clipFileAttributes(const std::filesystem::path& file);

/// What a full reading of a clip file found.
struct ClipFileReport {
    std::int64_t clips = 0, frames = 0;
    std::vector<std::pair<std::string, std::string>> problems;  ///< Clip and what is wrong with it.
};
/// Reads every clip and stream and compares the checksums. \param progress  called with clips done and in all, may be empty
/// \throws Error if the file cannot be opened at all; Cancelled
ClipFileReport verifyClipFile(const std::filesystem::path& file, const std::function<void(std::int64_t, std::int64_t)>& progress = {}, std::stop_token stop = {});

}  // namespace kinora
