#pragma once
// Generators that are a chain of transposed convolutions with batch norm and ReLU, prepared for quick generation on a processor: docs/inference-plan.md.
#include <torch/torch.h>

#include <vector>

#include "core/plan/pieces.h"

namespace kinora {

/// Maps through two-dimensional transposed convolutions, each but the last with its norm folded in and a ReLU behind it; the last makes a picture with tanh.
/// Thread: one at a time; its buffers are used again.
class DeconvolutionChain {
public:
    explicit DeconvolutionChain(PlanPrecision precision = PlanPrecision::Float32) : m_precision(precision) {}

    /// Adds a layer. \param manyPixels  as plan::Layer takes it
    void add(const torch::nn::ConvTranspose2dImpl& layer, const torch::nn::BatchNorm2dImpl& norm, bool manyPixels);
    /// The last layer, to four channels or less.
    void addPicture(const torch::nn::ConvTranspose2dImpl& layer);

    /// \param maps   (N, in, h, w), float32 on the processor, N at least 1
    /// \param y      pictures in [-1, 1]: (N, height, width) of the first channel, \p plane numbers further that of the next
    void run(const torch::Tensor& maps, float* y, int64_t plane);
    int64_t bytes() const;  ///< Of prepared weights.

private:
    struct Step {
        plan::Layer layer;
        std::vector<float> bias;
    };
    PlanPrecision m_precision;
    std::vector<Step> m_steps;
    plan::ToPicture m_picture;
    plan::Buffer m_maps, m_first, m_second, m_products;
};

}  // namespace kinora
