#pragma once
#include <cstdint>

#include "core/clip/frames.h"

namespace kinora {

/// Resizes every frame, ignoring the aspect: a triangle filter whose support grows when shrinking, 8-bit result after each pass. Thread: safe.
///
/// Source: the bilinear filter of the Pillow imaging library (Resample.c), with which the published loaders shrink their frames; bit for bit the same.
/// OpenCV has no such filter: its linear one does not average when shrinking, its area one is a box.
/// \throws Error (ShapeMismatch) for an empty clip or a size below 1
Frames resized(const Frames& frames, int height, int width);
/// Scales so that the clip covers height x width, then cuts the centre. Keeps the aspect. \throws Error (ShapeMismatch)
Frames resizedAndCropped(const Frames& frames, int height, int width);
/// Left and right exchanged.
Frames mirrored(const Frames& frames);

}  // namespace kinora
