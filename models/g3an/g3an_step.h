#pragma once
// The authors' training step: one update of both discriminators, then one of the generator, on the same generated clips.
//
// Source: Wang et al., CVPR 2020; authors' trainer.py.
#include <torch/torch.h>

#include <memory>

#include "core/nn/fused_adam.h"
#include "core/system/system.h"
#include "models/g3an/g3an_discriminators.h"
#include "models/g3an/g3an_generator.h"

namespace kinora::g3an {

/// The three networks and their optimizers.
struct Networks {
    Generator g{nullptr};
    VideoDiscriminator vd{nullptr};
    ImageDiscriminator id{nullptr};
    std::unique_ptr<nn::FusedAdam> optimizerG, optimizerVd, optimizerId;
    void setFormulation(Formulation formulation);
};

struct AdamSettings {
    double learningRateG = 2e-4, learningRateD = 2e-4;
    double beta1 = 0.5, beta2 = 0.999, epsilon = 1e-8;
};
/// One Adam per network. The networks must be built.
void makeOptimizers(Networks& networks, const AdamSettings& settings);

/// The random numbers of one step.
struct StepDraws {
    torch::Tensor realFrame;  ///< (1), int64: the frame of the real clips that the image discriminator sees, one for the whole batch.
    torch::Tensor za, zm;     ///< (N, c, 1, 1, 1)
    torch::Tensor fakeFrame;  ///< Likewise of the generated clips, independent of the first.
};
/// Draws in the authors' order from the default CPU generator and moves everything to \p device.
StepDraws drawStep(const GeneratorOptions& options, int64_t clips, int64_t frames, const torch::Device& device);

/// What a step computed; everything is detached.
struct StepRecord {
    torch::Tensor fake;                                                       ///< (N, 3, T, H, W)
    torch::Tensor vdReal, idReal, vdFake, idFake, vdFakeForG, idFakeForG;     ///< Logits, in the order of the calls.
    torch::Tensor lossDVid, lossDImg, lossGVid, lossGImg;                     ///< Scalars, without their weights.
};

/// Factors of the four losses; all 1 in the paper.
struct StepWeights {
    double dVid = 1, dImg = 1, gVid = 1, gImg = 1;
};

/// One full update of the three networks, which must be in train mode: \p updates is called for VD, ID and G.
/// \param real  (N, 3, 16, H, W) in [-1, 1]
/// Deviates: the authors also compute the discriminators' gradients of the generator's loss and drop them; they are not computed here.
StepRecord trainStep(Networks& networks, const torch::Tensor& real, const StepDraws& draws, UpdatePolicy& updates, const StepWeights& weights = {});

}  // namespace kinora::g3an
