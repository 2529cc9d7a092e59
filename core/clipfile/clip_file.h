#pragma once
// The HDF5 clip file; docs/formats.md describes it.
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/dataset/clip_source.h"

namespace kinora {

/// Writes a clip file; it appears under its final name when finish() returns, and not before.
class ClipFileWriter {
public:
    /// \param attributes  provenance of the whole file: source, options, program and version
    /// \throws Error (NotFound, CannotWrite)
    ClipFileWriter(const std::filesystem::path& target, std::vector<LabelColumn> labels, std::vector<StreamColumn> streams = {},
                   std::map<std::string, std::string> attributes = {});
    ~ClipFileWriter();  ///< Without finish(): nothing is left.
    /// \param streams  raw bytes per stream, in the columns' order. \throws Error (ShapeMismatch, DiskFull)
    void add(const ClipInfo& info, const Frames& frames, const std::vector<std::vector<std::uint8_t>>& streams = {});
    /// \throws Error (DiskFull, CannotWrite)
    void finish();

private:
    struct Private;
    std::unique_ptr<Private> d;
};

/// Opens a clip file; every index, offset and size is checked before use.
/// \throws Error (NotFound, CannotRead; Damaged for a foreign, truncated or hostile file)
std::shared_ptr<const ClipSource> openClipFile(const std::filesystem::path& file);

/// The file's own attributes (source, options, kinora). \throws Error
std::map<std::string, std::string> clipFileAttributes(const std::filesystem::path& file);

}  // namespace kinora
