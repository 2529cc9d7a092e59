#pragma once
// What tests of inference plans share.
#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "core/system/generation_plan.h"
#include "core/system/system.h"

namespace kinora::test {

/// Weights and statistics that leave a trace in the clip.
inline void enliven(System& system)
{
    const torch::NoGradGuard noGrad;
    for (const NamedNetwork& network : system.networks()) {
        for (torch::Tensor& parameter : network.module->parameters())
            if (parameter.dim() > 1) parameter.normal_().div_(std::sqrt(4.0 * static_cast<double>(std::max(parameter.size(0), parameter.size(1)))));
        for (const auto& buffer : network.module->named_buffers()) {
            if (buffer.key().ends_with("running_mean")) buffer.value().normal_(0, 0.3);
            if (buffer.key().ends_with("running_var")) buffer.value().uniform_(0.3, 1.2);
        }
    }
}

/// Of the plan's clips from those of the plain modules, over the largest value; NaN for a clip that shows nothing.
struct Difference {
    double largest = 0, mean = 0;
};
inline Difference difference(System& system, GenerationPlan& plan, const ControlTensors& controls, int frames, uint64_t seed = 0)
{
    const torch::Tensor plain = system.generate(controls, frames, seed), planned = plan.generate(controls, frames, seed);
    if (planned.sizes() != plain.sizes() || !(plain.std().item<double>() > 0.02)) return {NAN, NAN};
    const torch::Tensor differences = (planned - plain).abs();
    const double scale = plain.abs().max().item<double>();
    return {differences.max().item<double>() / scale, differences.mean().item<double>() / scale};
}

}  // namespace kinora::test
