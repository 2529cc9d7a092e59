#pragma once
// The authors' training step: the image discriminator, the video discriminator, then the generator, each on clips of its own.
//
// Source: Tulyakov et al., CVPR 2018; authors' src/trainers.py.
#include <torch/torch.h>

#include <memory>

#include "core/system/system.h"
#include "models/mocogan/mocogan_discriminators.h"
#include "models/mocogan/mocogan_generator.h"

namespace kinora::mocogan {

/// The three networks and their optimizers.
struct Networks {
    Generator g{nullptr};
    ImageDiscriminator di{nullptr};
    VideoDiscriminator dv{nullptr};
    std::unique_ptr<torch::optim::Adam> optimizerG, optimizerDi, optimizerDv;
};

struct AdamSettings {
    double learningRateG = 2e-4, learningRateD = 2e-4;
    double beta1 = 0.5, beta2 = 0.999, epsilon = 1e-8;
    double weightDecay = 1e-5;  ///< Added to the gradient of every parameter.
};
void makeOptimizers(Networks& networks, const AdamSettings& settings);

/// Codes of clips and, for single frames, the rows of the image generator's input that are used.
struct Sample {
    Codes codes;
    torch::Tensor pick;  ///< (R) int64, rows n T + t, ascending; undefined: all.
};

/// The random numbers of one step, in the order of their use.
struct StepDraws {
    Sample imagesForD, clipsForD, imagesForG, clipsForG;
};

/// Draws from the default CPU generator: content, category, h_0, e_1 ... e_T of \p clips clips; then \p images rows (0: all).
/// \param original  rows are drawn out of 2 T clips for every image, as the authors do, instead of one random frame of each of \p images clips
Sample drawSample(const GeneratorOptions& options, int64_t clips, int64_t images, int64_t frames, bool original, const torch::Device& device);
StepDraws drawStep(const GeneratorOptions& options, int64_t images, int64_t clips, int64_t frames, bool original, const torch::Device& device);

/// Which category terms count.
struct StepTerms {
    bool useCategories = false;  ///< D_V learns the labels of real clips.
    bool useInfogan = false;     ///< G must show the category that it was given, as D_V's head sees it.
    bool headOnFakes = false;    ///< D_V's head also learns the categories of generated clips. Not in the authors' program.
};
struct StepWeights {
    double dImg = 1, dVid = 1, dCat = 1, gImg = 1, gVid = 1, gCat = 1;
};

/// What a step computed; everything is detached. Category losses are undefined where their term is off.
struct StepRecord {
    torch::Tensor diReal, diFake, dvReal, dvFake;                                 ///< Logits.
    torch::Tensor lossDImg, lossDVid, lossDCat, lossGImg, lossGVid, lossGCat;     ///< Scalars, without their weights.
};

/// One full update of the three networks, which must be in train mode: \p updates is called for D_I, D_V and G.
/// \param images      (R, 3, 64, 64) in [-1, 1]
/// \param clips       (N, 3, 16, 64, 64)
/// \param categories  (N) int64 of the clips; undefined unless useCategories
StepRecord trainStep(Networks& networks, const torch::Tensor& images, const torch::Tensor& clips, const torch::Tensor& categories, const StepDraws& draws, const StepTerms& terms,
                     UpdatePolicy& updates, const StepWeights& weights = {});

}  // namespace kinora::mocogan
