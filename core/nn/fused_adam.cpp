#include "core/nn/fused_adam.h"

#include <map>

namespace kinora::nn {

torch::Tensor FusedAdam::step(LossClosure closure)
{
    if (m_formulation == Formulation::Plain) return Adam::step(std::move(closure));
    torch::Tensor loss;
    if (closure) {
        const at::AutoGradMode gradients(true);
        loss = closure();
    }
    const torch::NoGradGuard noGradient;
    for (auto& group : param_groups()) {
        const auto& options = static_cast<const torch::optim::AdamOptions&>(group.options());
        std::vector<torch::Tensor> parameters, gradients, means, squares, largest, steps;
        std::map<int64_t, torch::Tensor> counts;  // parameters that were all updated equally often share one
        for (torch::Tensor& parameter : group.params()) {
            if (!parameter.grad().defined()) continue;
            auto& slot = state_[parameter.unsafeGetTensorImpl()];
            if (!slot) {
                auto made = std::make_unique<torch::optim::AdamParamState>();
                made->step(0);
                made->exp_avg(torch::zeros_like(parameter, torch::MemoryFormat::Preserve));
                made->exp_avg_sq(torch::zeros_like(parameter, torch::MemoryFormat::Preserve));
                if (options.amsgrad()) made->max_exp_avg_sq(torch::zeros_like(parameter, torch::MemoryFormat::Preserve));
                slot = std::move(made);
            }
            auto& state = static_cast<torch::optim::AdamParamState&>(*slot);
            state.step(state.step() + 1);
            torch::Tensor& count = counts[state.step()];
            if (!count.defined()) count = torch::full({}, static_cast<double>(state.step()), torch::TensorOptions(torch::kFloat32).device(parameter.device()));
            parameters.push_back(parameter);
            gradients.push_back(parameter.grad());
            means.push_back(state.exp_avg());
            squares.push_back(state.exp_avg_sq());
            if (options.amsgrad()) largest.push_back(state.max_exp_avg_sq());
            steps.push_back(count);
        }
        if (parameters.empty()) continue;
        const auto [beta1, beta2] = options.betas();
        at::_fused_adam_(parameters, gradients, means, squares, largest, steps, options.lr(), beta1, beta2, options.weight_decay(), options.eps(), options.amsgrad(), /*maximize=*/false);
    }
    return loss;
}

}  // namespace kinora::nn
