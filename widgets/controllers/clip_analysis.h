#pragma once
// Pictures and curves that show what moves in one clip. Plain functions of frames; they run in any thread.
#include <vector>

#include "core/clip/frames.h"
#include "core/dataset/clip_source.h"

/// Motion energy: mean absolute difference of each frame to the one before it, over all pixels and channels, in grey levels (0 ... 255).
/// \returns one value per frame; the first is 0
std::vector<double> motionEnergy(const kinora::Frames& clip);

/// Mean of all frames, (1, H, W, 3).
kinora::Frames meanPicture(const kinora::Frames& clip);
/// Standard deviation over time of each channel, (1, H, W, 3), stretched so that the largest is 255. \param largest  gets that deviation in grey levels; may be null
kinora::Frames deviationPicture(const kinora::Frames& clip, double* largest = nullptr);

/// \p flow over \p clip: frame t is the flow's colour picture of the movement to frame t + 1, mixed with the grey frame; where there is no flow frame the last one stays.
/// \throws Error (ShapeMismatch) if the sizes differ
kinora::Frames flowOverlay(const kinora::Frames& clip, const kinora::Frames& flow);

/// The clip's frames put back where they were cut out of the source picture, (T, H, W, 3) at most \p side pixels wide and high: what a crop that follows a face really did.
/// \param boxes  one per frame, in pixels of the source
/// \throws Error (ShapeMismatch) for another number of boxes, or boxes without area
kinora::Frames uncropped(const kinora::Frames& clip, const std::vector<kinora::Box>& boxes, int side = 480);

/// Optical flow of a clip: for each frame and pixel the movement to the next frame, right and down, in pixels. The last frame has that of the one before.
struct FlowField {
    int frames = 0, height = 0, width = 0;
    std::vector<float> values;  ///< (T, H, W, 2)
    double meanLength() const;  ///< Pixels a frame; over all frames that have a next one.
    double percentile99() const;
};
/// Mean distance of the movements of two clips, pixels a frame, over the frames that both have. \throws Error (ShapeMismatch) for other sizes
double flowDistance(const FlowField& a, const FlowField& b);
/// Direction as hue (right red, down yellow-green, left cyan, up violet), length as saturation: white is still, a movement of \p fullPx pixels a frame or more is fully saturated.
kinora::Frames flowHues(const FlowField& flow, double fullPx);
/// The legend of flowHues(): a disc whose every point has the colour of the movement from the centre to it, fully saturated at the rim, (1, side, side, 3). \p outside  colour beside it
kinora::Frames flowWheel(int side, std::uint8_t outside = 255);
