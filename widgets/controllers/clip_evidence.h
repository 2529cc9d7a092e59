#pragma once
// What changed from one clip to another, apart into what is still and what moves: the numbers behind a claim of disentanglement. Plain functions of frames; any thread.
#include <vector>

#include "core/clip/frames.h"

/// How a clip differs from a reference of the same size. Values are grey levels, 0 ... 255.
struct ClipChange {
    double all = 0;       ///< Mean |x - r| over all frames, pixels and channels.
    double still = 0;     ///< Mean |x̄ - r̄| of the pictures averaged over time: what looks different.
    double stillPixels = 0;  ///< The same over those pixels alone that do not move in the reference (max - min of luma below 5 % of its range); NaN where everything moves.
    double stillShare = 0;   ///< Share of those pixels.
    double moving = 0;    ///< Mean |(x - x̄) - (r - r̄)|: what moves differently, whatever it looks like.
    double energy = 0, referenceEnergy = 0;  ///< Mean absolute luma difference of successive frames.
    double energyCorrelation = 0;  ///< Of the two curves of energy over time; NaN where one is flat.
};
/// Clips of different lengths are compared over the frames that both have. \throws Error (ShapeMismatch) for other sizes
ClipChange clipChange(const kinora::Frames& clip, const kinora::Frames& reference);

/// |clip - reference| times \p gain, cut off at 255; as long as the shorter one. \throws Error (ShapeMismatch)
kinora::Frames differenceClip(const kinora::Frames& clip, const kinora::Frames& reference, double gain);

/// One row of pixels over time: (1, T, W, 3) with time downwards, or of a column: (1, T, H, 3).
kinora::Frames timeSlice(const kinora::Frames& clip, int place, bool column);
