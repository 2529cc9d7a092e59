#pragma once
#include <filesystem>

#include "core/clip/frames.h"

namespace kinora {

/// The frames of an animation or video that was exported, as a viewer shows them; for measuring what the export cost. Not for foreign files, and not for animated WebP, which libav does not decode.
/// \throws Error (DecodeFailed)
Frames readBack(const std::filesystem::path& file);

}  // namespace kinora
