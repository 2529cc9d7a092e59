#pragma once
#include <optional>

#include "core/nn/spectral_norm.h"

namespace kinora::nn {

/// What two calls of a convolution one after the other use, computed at once: their weights differ by a factor alone, as W does not change between them.
struct NormalizedPair {
    torch::Tensor weight;  ///< Of the first call, W / sigma_1, as normalizedWeightFast().
    torch::Tensor ratio;   ///< sigma_1 / sigma_2, a scalar: the second call's weight is this times the first one's.
};

/// In train mode, with float32 weights on a processor; else nothing. u and v advance by two power iterations, and the gradient goes through both sigmas.
/// Under autocast the weight is in its type, as also that of normalizedWeightFast().
/// \throws Error (ShapeMismatch) for a transposed convolution
std::optional<NormalizedPair> normalizedPair(SpectralNormModule& convolution);

}  // namespace kinora::nn
