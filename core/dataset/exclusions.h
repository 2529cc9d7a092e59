#pragma once
#include <filesystem>
#include <memory>
#include <set>
#include <string>

#include "core/dataset/clip_source.h"

namespace kinora {

/// Clips of a dataset file that a person has put aside. They stand beside the data, in "<file>.excluded.json", by name; the data itself is never touched.
std::filesystem::path exclusionsFile(const std::filesystem::path& dataset);
/// Names of the excluded clips; none if there is no such file. \throws Error (CannotRead; Damaged if it is no list of names)
std::set<std::string> readExclusions(const std::filesystem::path& dataset);
/// Replaces the list at once (atomically); an empty one removes the file. \throws Error (CannotWrite, DiskFull)
void writeExclusions(const std::filesystem::path& dataset, const std::set<std::string>& names);

/// \p source without the excluded clips of its file; \p source itself if there are none. Numbers of clips shift accordingly.
/// \throws Error as readExclusions
std::shared_ptr<const ClipSource> withoutExcluded(std::shared_ptr<const ClipSource> source, const std::filesystem::path& dataset);

}  // namespace kinora
