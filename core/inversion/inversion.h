#pragma once
// From a clip back to the codes that draw it.
#include <functional>
#include <stop_token>
#include <vector>

#include "core/system/generation.h"

namespace kinora {

/// How hard to look. Steps and starts cost time in proportion.
struct InversionOptions {
    int candidates = 64;        ///< Draws from the prior that the starts are chosen from.
    int starts = 8;             ///< Optimised side by side; after a fifth and after half of the steps the worse half is dropped.
    int steps = 300;
    double learningRate = 0.1;  ///< Of Adam, in standard deviations of the prior; warms up over 5 % of the steps and falls to 0 along a cosine.
    double motionWeight = 2;    ///< Of the differences between successive frames.
    double priorWeight = 1e-4;  ///< Of the mean squared distance from the prior's mean, in its standard deviations.
    uint64_t seed = 0;          ///< Of the draws; what a system draws while generating stays at 0.
};

/// How far it is, after every step.
struct InversionProgress {
    int step = 0, steps = 0, starts = 0;
    double loss = 0;  ///< Of the best start so far.
    double psnr = 0;  ///< dB, of the best start so far.
    torch::Tensor best;  ///< (3, T, H, W) float32 in [-1, 1]: what it draws.
};

/// What was found.
struct InversionResult {
    ControlValues values;
    int frames = 0;
    double loss = 0;
    double psnr = 0;            ///< dB between the clip that was asked for and the one that these codes draw, both as bytes.
    double motionEnergy = 0;    ///< Of the drawn clip, as a share of the motion energy of the one asked for; 1 where neither moves.
    std::vector<float> curve;   ///< Best loss so far at every step.
    Frames target, drawn;       ///< As compared: in the system's size and length.
};

/// A clip in the size and length that \p description generates: covered and cut from the middle, cut after the longest length that fits.
/// \throws Error (ShapeMismatch) for a clip that is shorter than the shortest
Frames fittedClip(const SystemDescription& description, const Frames& clip);

/// Finds codes whose clip is near \p clip: the mean squared error of the pixels at three sizes (whole, half, quarter) and of the differences between
/// successive frames, and a small pull towards the prior, minimised over the Gaussian controls by Adam from several starts. A category is drawn for every
/// start and stays.
/// \param given  values of controls that shall not be looked for; may be empty. Pictures that are not among them are the clip's own first ones; maps must be
/// \throws Error (Usage) for a system whose clips have no gradient or that has nothing to look for, (ShapeMismatch), (Cancelled), (OutOfMemory), (Numerical)
/// Source: the projection of Karras et al., "Analyzing and Improving the Image Quality of StyleGAN", CVPR 2020, appendix D, with several starts in place of noise.
InversionResult invertClip(System& system, const Frames& clip, const InversionOptions& options = {}, const ControlValues& given = {}, const std::function<void(const InversionProgress&)>& progress = {},
                           std::stop_token stop = {});

}  // namespace kinora
