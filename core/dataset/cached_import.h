#pragma once
#include <filesystem>

namespace kinora {

/// The clip file that stands for \p folder in the cache: made by kinora-import (nothing else decodes foreign media), and anew when a file of the folder changed
/// in name, size or time.
/// \throws Error (NotFound, CannotRead, CannotWrite; Usage if the folder is of no kind that is imported)
std::filesystem::path cachedImport(const std::filesystem::path& folder);

}  // namespace kinora
