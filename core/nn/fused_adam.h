#pragma once
#include <torch/torch.h>

#include "core/nn/formulation.h"

namespace kinora::nn {

/// Adam that updates all parameters of a group in one pass over memory. States, options and files are those of torch::optim::Adam; the values are the same up to rounding.
/// Source: Kingma, Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, algorithm 1.
class FusedAdam final : public torch::optim::Adam {
public:
    using torch::optim::Adam::Adam;
    void setFormulation(Formulation formulation) { m_formulation = formulation; }
    torch::Tensor step(LossClosure closure = nullptr) override;

private:
    Formulation m_formulation = Formulation::Fast;
};

}  // namespace kinora::nn
