#pragma once
// The authors' training step: the generator first, then both discriminators on the clips of before its update.
//
// Source: Wang et al., WACV 2020; authors' trainer.py.
#include <torch/torch.h>

#include <memory>

#include "core/system/system.h"
#include "models/imaginator/imaginator_networks.h"

namespace kinora::imaginator {

struct Networks {
    Generator g{nullptr};
    VideoDiscriminator vd{nullptr};
    ImageDiscriminator id{nullptr};
    std::unique_ptr<torch::optim::Adam> optimizerG, optimizerVd, optimizerId;
};

struct AdamSettings {
    double learningRateG = 2e-4, learningRateD = 2e-4;
    double beta1 = 0.5, beta2 = 0.999, epsilon = 1e-8;
};
void makeOptimizers(Networks& networks, const AdamSettings& settings);

/// The random numbers of one step.
struct StepDraws {
    int64_t realFrame = 0;  ///< The frame of the real clips that the image discriminator sees: one for the whole batch.
    torch::Tensor z;        ///< (N, codeDim)
    int64_t fakeFrame = 0;  ///< Likewise of the generated clips, in both updates.
};
/// Draws in the authors' order from the default CPU generator and moves the code to \p device.
StepDraws drawStep(const GeneratorOptions& options, int64_t clips, int64_t frames, const torch::Device& device);

/// Factors of the losses; those of the adversarial ones are 1 in the authors' program.
struct StepWeights {
    double reconstruction = 100, gVid = 1, gImg = 1, dVid = 1, dImg = 1;
};

/// What a step computed; everything is detached.
struct StepRecord {
    torch::Tensor fake;                                                      ///< Clips of before the generator's update.
    torch::Tensor vdFakeForG, idFakeForG, vdReal, idReal, vdFake, idFake;    ///< Logits, in the order of the calls.
    torch::Tensor lossRec, lossGVid, lossGImg, lossDVid, lossDImg;           ///< Scalars, without their weights.
};

/// One full update of the three networks, which must be in train mode. The condition is frame 0 of the real clips.
/// \param real     (N, 3, 32, 64, 64). \param classes  one-hot, (N, K)
StepRecord trainStep(Networks& networks, const torch::Tensor& real, const torch::Tensor& classes, const StepDraws& draws, UpdatePolicy& updates, const StepWeights& weights = {});

}  // namespace kinora::imaginator
