#pragma once
// The authors' training step, and their optimizer.
//
// Source: Vondrick et al., NeurIPS 2016; authors' main.lua and main_conditional.lua; torch/optim adam.lua.
#include <torch/torch.h>

#include <memory>

#include "core/system/system.h"
#include "models/vgan/vgan_networks.h"

namespace kinora::vgan {

/// Adam as Torch7 has it: epsilon is added before the bias correction, p -= lr sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + eps).
/// It writes the parameters beside autograd's back, so that a graph that was built before may still be differentiated, with the new weights: that is what the authors' step does.
class Torch7Adam final : public torch::optim::Adam {
public:
    using torch::optim::Adam::Adam;
    torch::Tensor step(LossClosure closure = nullptr) override;
};

struct Networks {
    Generator g{nullptr};
    Discriminator d{nullptr};
    std::unique_ptr<Torch7Adam> optimizerG, optimizerD;
};

struct AdamSettings {
    double learningRateG = 2e-4, learningRateD = 2e-4;
    double beta1 = 0.5, beta2 = 0.999, epsilon = 1e-8;
};
void makeOptimizers(Networks& networks, const AdamSettings& settings);

struct StepSettings {
    double maskWeight = 0.1;          ///< Two streams: times the mean of the mask. Source: main.lua's L1Penalty averages, the paper sums. 0 for one stream.
    double firstFrameWeight = 10;     ///< Conditional: times the mean absolute difference of the first frame. The paper squares it.
    bool refreshDiscriminator = true; ///< The generator is judged by the updated discriminator anew; false: by the activations of before its update, as the authors do.
};
struct StepWeights {
    double d = 1, g = 1, extra = 1;
};

/// What a step computed; everything is detached.
struct StepRecord {
    torch::Tensor real, fake;                                ///< Logits, (N, 2).
    torch::Tensor lossReal, lossFake, lossG, lossExtra;      ///< Scalars without weights; lossExtra, the mean of the mask or the first frame's difference, undefined for one stream.
    torch::Tensor maskMean;                                  ///< Undefined for one stream.
};

/// One update of D, then one of G on the same clips. Networks in train mode.
/// \param real  (N, 3, 32, 64, 64). \param z  (N, codeDim); not used by the conditional variant, which continues the first frames of \p real
StepRecord trainStep(Networks& networks, const torch::Tensor& real, const torch::Tensor& z, const StepSettings& settings, UpdatePolicy& updates, const StepWeights& weights = {});

}  // namespace kinora::vgan
