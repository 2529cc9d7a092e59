#pragma once
// G3AN's generators and codes, for the tests of its plans.
#include <torch/torch.h>

#include <functional>
#include <memory>
#include <string>

#include "models/g3an/g3an_system.h"

namespace kinora::test {

/// A system whose norms and attention do something, as after some training. Its codes have 6 and 3 numbers.
/// \param attention  "none", "official" or "aligned"
/// \param warmUp     passes in train mode, which give its batch norms their statistics
inline std::unique_ptr<g3an::G3anSystem> system(const std::string& mode, const std::string& attention, int64_t channels, int64_t size, const std::function<void(g3an::Generator&)>& warmUp)
{
    g3an::Options options;
    options.baseChannels = channels;
    options.appearanceDim = 6;
    options.motionDim = 3;
    options.mode = mode;
    options.imageSize = size;
    options.useAttention = attention != "none";
    options.attentionLayout = attention == "aligned" ? "aligned" : "official";
    torch::manual_seed(3);
    auto made = std::make_unique<g3an::G3anSystem>(options);
    const torch::NoGradGuard noGrad;
    g3an::Generator& g = made->parts().g;
    g->train();
    warmUp(g);
    for (const auto& parameter : g->named_parameters()) {
        if (parameter.key().ends_with("gamma")) parameter.value().fill_(parameter.key().find("tsa") != std::string::npos ? 0.8 : -0.6);
        if (parameter.key().find("to_rgb") != std::string::npos) parameter.value().mul_(10);  // values that fill the range
        if (parameter.key().find("v.1.bias") != std::string::npos) parameter.value().normal_(0, 0.3);
    }
    g->eval();
    return made;
}

inline void forwardOnNoise(g3an::Generator& g, int64_t clips) { g->forward(torch::randn({clips, 6, 1, 1, 1}), torch::randn({clips, 3, 1, 1, 1})); }

inline ControlTensors codes(int64_t clips, int64_t steps, uint64_t seed)
{
    torch::manual_seed(seed);
    return {{"za", torch::randn({clips, 6})}, {"zm", torch::randn({clips, 3, steps})}};
}

/// Largest difference over the largest value.
inline double difference(const torch::Tensor& got, const torch::Tensor& wanted) { return ((got - wanted).abs().max() / wanted.abs().max()).item<double>(); }

}  // namespace kinora::test
