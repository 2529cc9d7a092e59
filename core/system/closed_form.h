#pragma once
// Directions of a control in closed form: from the weights alone.
#include <torch/torch.h>

#include <string>

#include "core/system/generation.h"

namespace kinora {

/// What a System inherits besides if it can name the weights that a control enters.
class NamesControlWeights {
public:
    virtual ~NamesControlWeights() = default;
    /// (F, size) float32, such that the first layers that take the Gaussian control add A z to their outputs, before normalisation and nonlinearity; several layers stand one
    /// below the other. Undefined for a control of which there is nothing to say.
    virtual torch::Tensor controlWeights(const std::string& control) = 0;
};

/// Eigenvectors of A^T A with the largest eigenvalues, where A holds the weights of the first layers that take the control: the directions that change those layers'
/// outputs most. No sampling; `explained` is each eigenvalue's share of their sum.
/// Source: Shen and Zhou, "Closed-Form Factorization of Latent Semantics in GANs", CVPR 2021, equations 4 to 6.
/// \throws Error (Usage) if the control is not Gaussian, is a setting, or the system names no weights for it
Directions closedFormDirections(System& system, const Control& control, int count);

}  // namespace kinora
