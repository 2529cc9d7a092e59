#pragma once
#include <torch/torch.h>

#include <functional>

namespace kinora::app {

/// Floating-point operations of the convolutions and matrix products that \p work runs in this thread and in the backward passes it starts: two for a product and a sum.
/// Norms, activations and optimizers are not counted. The work should compute in the plain formulation: the count is then that of the published network.
double countFlops(const std::function<void()>& work);

/// Operations per second, in 1e9, of LibTorch's best matrix product of this type on this machine now: what convolutions can be compared with. Takes about a second.
double matrixCeiling(torch::ScalarType type, const torch::Device& device);

}  // namespace kinora::app
