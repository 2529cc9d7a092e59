#pragma once
#include <filesystem>
#include <optional>
#include <string>

namespace kinora {

enum class GenericKind { Videos, Frames, Strips, Arrays, Manifest };

/// Which of the generic kinds a file or folder looks like, at most one: by the names of a bounded number of files, the first bytes of a single file, and for pictures by a few of them:
/// a picture with three or more square frames side by side is a strip. Nothing: none of them.
std::optional<GenericKind> peekKind(const std::filesystem::path& source);

}  // namespace kinora
