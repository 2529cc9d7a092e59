#pragma once
// Tensors as the rows that the pieces of plans on a processor work on.
#include <torch/torch.h>

#include <vector>

#include "core/plan/pieces.h"

namespace kinora::plan {

/// A bias filled up with zeros to a multiple of 16. \param bias  float32 on the processor
std::vector<float> paddedBias(const torch::Tensor& bias);

/// \p x, (N, C, T, H, W) float32 on the processor, as rows of a plan's numbers, (N, T, H, W, padded C), in \p memory. \returns where they lie
const void* asRows(const torch::Tensor& x, PlanPrecision precision, Buffer& memory);

}  // namespace kinora::plan
