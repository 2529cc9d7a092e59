#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "core/dataset/clip_source.h"

namespace kinora {

/// Opens whatever --dataset may name: a clip file (.h5), a clip file in safetensors, builtin:..., a folder (imported into the cache by kinora-import first).
/// \throws Error (NotFound, CannotRead, Damaged, Usage)
std::shared_ptr<const ClipSource> openNamedDataset(const std::string& name);

/// The clip file that stands for \p folder in the cache, imported anew when a file in it changed in name, size or time.
/// \throws Error (NotFound, CannotRead, CannotWrite; Usage if the folder is of no kind that is imported)
std::filesystem::path cachedImport(const std::filesystem::path& folder);

}  // namespace kinora
