#pragma once
#include <vector>

#include "core/clip/frames.h"

namespace kinora {

/// Dense optical flow from every frame to the next: (T, H, W, 2) float32, pixels right and down. The last frame has no next one: its flow is zero.
///
/// Source: Kroeger, Timofte, Dai and Van Gool, "Fast Optical Flow using Dense Inverse Search", ECCV 2016, OpenCV's DISOpticalFlow (medium preset, carried down to single pixels).
/// The same clip gives the same flow. Thread: safe.
/// \throws Error (ShapeMismatch) for a clip without frames
std::vector<float> opticalFlow(const Frames& clip);

/// Directions as hues (right red, down yellow-green, left cyan, up violet), lengths as brightness.
/// \param flow         of opticalFlow() for a clip of this many frames and size
/// \param brightestPx  the length that is fully bright; 0: the 99th percentile of the clip's, at least 1
/// \throws Error (ShapeMismatch) if the flow has another size
Frames flowColours(const std::vector<float>& flow, int frames, int height, int width, double brightestPx = 0);

/// The clip, darkened to grey, with the colours of its flow on top.
/// \throws Error (ShapeMismatch)
Frames flowOverlay(const Frames& clip, const std::vector<float>& flow, double brightestPx = 0);

}  // namespace kinora
