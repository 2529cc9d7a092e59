#pragma once
#include <memory>
#include <string>
#include <vector>

#include "core/dataset/clip_source.h"

namespace kinora {

/// The clips \p indices of \p source, in that order, numbered from 0. Everything else (name, columns, frames) is the source's own.
/// \throws Error (NotFound) for a number that the source does not have
std::shared_ptr<const ClipSource> clipSubset(std::shared_ptr<const ClipSource> source, std::vector<std::int64_t> indices);

/// The clips of one split, whatever the loader would choose by itself.
/// \param split  "": \p source itself · "all": every clip · a name of the dataset's own ("test") · "COLUMN=VALUE": a class label's value ("split_02=train")
/// \throws Error (Incompatible) naming the splits there are, if no clip belongs to this one
std::shared_ptr<const ClipSource> ofSplit(std::shared_ptr<const ClipSource> source, const std::string& split);

}  // namespace kinora
