#pragma once
// Generators that are a chain of transposed convolutions with batch norm and ReLU, prepared for quick generation on a processor: docs/inference-plan.md.
#include <torch/torch.h>

#include <vector>

#include "core/plan/pieces.h"

namespace kinora {

/// Codes through two-dimensional transposed convolutions, each but the last with its norm folded in and a ReLU behind it.
/// Thread: one at a time; its buffers are used again.
class DeconvolutionChain {
public:
    explicit DeconvolutionChain(PlanPrecision precision = PlanPrecision::Float32) : m_precision(precision) {}

    /// Adds a layer; \p norm is null for the last one alone.
    void add(const torch::nn::ConvTranspose2dImpl& layer, const torch::nn::BatchNorm2dImpl* norm);

    /// \param codes  (N, in), float32 on the processor, N at least 1
    /// \returns      what the last layer sums up, bias included, (N, height, width, channels), float32; channels are filled up to a multiple of 16
    torch::Tensor run(const torch::Tensor& codes);
    int64_t bytes() const;  ///< Of prepared weights.

private:
    struct Step {
        plan::Layer layer;
        std::vector<float> bias;
    };
    PlanPrecision m_precision;
    std::vector<Step> m_steps;
    plan::Buffer m_codes, m_first, m_second, m_products;
};

}  // namespace kinora
