#pragma once
// Does an appearance stay with its code when the motion code is exchanged, and a motion with its code when the appearance is?
#include <torch/torch.h>

#include <array>
#include <string>
#include <vector>

#include "core/metrics/judge.h"
#include "core/metrics/metric.h"

namespace kinora {

/// The clips of a pair, in this order everywhere.
enum SwapClip { Original, MotionChanged, AppearanceChanged, BothChanged };

/// What happened to one factor over all pairs.
struct SwapFactor {
    std::string name, role;
    double score = 0, floor = 0;  ///< The judge's, on held-out clips.
    bool used = false;            ///< Read well enough, and it varies.
    bool varies = false;          ///< New codes change it by at least a twentieth of what it varies in the data.
    double variation = 0;         ///< Change between independent clips, in the data's.
    double byAppearance = 0;      ///< Change when only the appearance code changes / when both change: 1 all of it, 0 none. NaN where nothing varies.
    double byMotion = 0;          ///< Likewise for the motion code.
    double leak = 0;              ///< The one of the two that should be 0, less what the judge itself mistakes: (x - floor) / (1 - floor).
    double kept = 0;              ///< 1 - change under the wrong code in the data's variation, less the floor, cut to [0, 1].
    double changed = 0;           ///< Change under the right code in the data's variation, cut to [0, 1].
};

struct SwapConsistency {
    std::vector<SwapFactor> factors;
    /// Rows: what was changed (appearance code, motion code); columns: what moved (appearance factors, motion factors). [[1, 0], [0, 1]] is perfect; off the diagonal
    /// 0 is no leak and 1 a complete one. NaN where no factor could be used.
    std::array<std::array<double, 2>, 2> matrix{};
    double appearanceKept = 0, motionKept = 0, appearanceChanged = 0, motionChanged = 0;  ///< Means over the used factors of the role.
    double score = 0;  ///< Harmonic mean of the four: 1 is perfect, 0 as soon as one fails. NaN where a role has no usable factor.
    int appearanceFactors = 0, motionFactors = 0;
};

/// \param readings      (P, 4, K): the factors of each pair's four clips, as the judge gives them
/// \param usableScore  factors whose skill() is less are left out
///
/// The share that a code moves is the total effect index of that code on the factor: half the mean squared difference of two clips that differ in this code alone, over the variance.
/// Source: Jansen, "Analysis of variance designs for model output", Computer Physics Communications 117, 1999 (equation 7). A class counts its changes of answer instead of squares.
/// \throws Error (ShapeMismatch)
SwapConsistency swapConsistency(const std::vector<JudgeFactor>& factors, const torch::Tensor& readings, double usableScore = 0.5);

/// The plain shares of equal and different answers of two classifiers, with the harmonic mean of the two shares of equal ones.
struct SwapShares {
    double appearanceKept = 0, motionKept = 0, appearanceChanged = 0, motionChanged = 0, harmonic = 0;
};
/// \param appearance, motion  (P, 4) int64: classes of each pair's clips
SwapShares swapShares(const torch::Tensor& appearance, const torch::Tensor& motion);

/// The judge that is shipped for a dataset's factors. \returns its file, or an empty path
std::filesystem::path shippedJudge(const ClipSource& source);

}  // namespace kinora
