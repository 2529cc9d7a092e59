#pragma once
#include <cstdint>

#include "core/clip/frames.h"

namespace kinora {

/// Resizes every frame, ignoring the aspect: bilinear when enlarging, with area support when shrinking. Thread: safe.
Frames resized(const Frames& frames, int height, int width);
/// Scales so that the clip covers height x width, then cuts the centre. Keeps the aspect.
Frames resizedAndCropped(const Frames& frames, int height, int width);
Frames mirrored(const Frames& frames);

}  // namespace kinora
