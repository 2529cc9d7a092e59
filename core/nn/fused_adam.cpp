#include "core/nn/fused_adam.h"

#include <map>

#include "core/util/error.h"

namespace kinora::nn {
namespace {
torch::Tensor countOn(const torch::Device& device, int64_t count) { return torch::full({}, static_cast<double>(count), torch::TensorOptions(torch::kFloat32).device(device)); }
}  // namespace

torch::optim::AdamParamState* FusedAdam::stateOf(const torch::Tensor& parameter)
{
    const auto found = state_.find(parameter.unsafeGetTensorImpl());
    return found == state_.end() ? nullptr : static_cast<torch::optim::AdamParamState*>(found->second.get());
}

torch::Tensor FusedAdam::step(LossClosure closure)
{
    if (m_formulation == Formulation::Plain && !m_usesHeld) return Adam::step(std::move(closure));
    torch::Tensor loss;
    if (closure) {
        const at::AutoGradMode gradients(true);
        loss = closure();
    }
    const torch::NoGradGuard noGradient;
    if (m_usesHeld) {
        stepHeld();
        return loss;
    }
    for (auto& group : param_groups()) {
        const auto& options = static_cast<const torch::optim::AdamOptions&>(group.options());
        Update update;
        std::vector<torch::Tensor> gradients;
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
            if (!count.defined()) count = countOn(parameter.device(), state.step());
            update.parameters.push_back(parameter);
            gradients.push_back(parameter.grad());
            update.means.push_back(state.exp_avg());
            update.squares.push_back(state.exp_avg_sq());
            if (options.amsgrad()) update.largest.push_back(state.max_exp_avg_sq());
            update.counts.push_back(count);
        }
        if (update.parameters.empty()) continue;
        const auto [beta1, beta2] = options.betas();
        at::_fused_adam_(update.parameters, gradients, update.means, update.squares, update.largest, update.counts, options.lr(), beta1, beta2, options.weight_decay(), options.eps(),
                         options.amsgrad(), /*maximize=*/false);
    }
    return loss;
}

void FusedAdam::hold()
{
    letGo();
    for (auto& group : param_groups()) {
        const bool amsgrad = static_cast<const torch::optim::AdamOptions&>(group.options()).amsgrad();
        Held held;
        std::map<int64_t, torch::Tensor> counts;
        for (const torch::Tensor& parameter : group.params()) {
            torch::optim::AdamParamState* state = stateOf(parameter);
            if (!state) continue;
            torch::Tensor& count = counts[state->step()];
            if (!count.defined()) {
                count = countOn(parameter.device(), state->step());
                held.counts.emplace_back(count, state);
                held.rate = torch::zeros({}, torch::TensorOptions(torch::kFloat32).device(parameter.device()));
            }
            held.states.push_back(state);
            held.update.parameters.push_back(parameter);
            held.update.means.push_back(state->exp_avg());
            held.update.squares.push_back(state->exp_avg_sq());
            if (amsgrad) held.update.largest.push_back(state->max_exp_avg_sq());
            held.update.counts.push_back(count);
        }
        m_held.push_back(std::move(held));
    }
    writeHeld();
}

void FusedAdam::letGo()
{
    m_held.clear();
    m_usesHeld = false;
}

void FusedAdam::countHeld()
{
    for (const Held& held : m_held)
        for (torch::optim::AdamParamState* state : held.states) state->step(state->step() + 1);
}

void FusedAdam::writeHeld()
{
    const torch::NoGradGuard noGradient;
    for (std::size_t i = 0; i < m_held.size(); ++i) {
        if (m_held[i].states.empty()) continue;
        m_held[i].rate.fill_(static_cast<const torch::optim::AdamOptions&>(param_groups()[i].options()).lr());
        for (const auto& [count, state] : m_held[i].counts) count.fill_(static_cast<double>(state->step()));
    }
}

void FusedAdam::stepHeld()
{
    for (std::size_t i = 0; i < param_groups().size(); ++i) {
        const auto& options = static_cast<const torch::optim::AdamOptions&>(param_groups()[i].options());
        std::size_t known = 0;
        std::vector<torch::Tensor> gradients;
        for (const torch::Tensor& parameter : param_groups()[i].params()) {
            const bool held = i < m_held.size() && known < m_held[i].update.parameters.size() && m_held[i].update.parameters[known].is_same(parameter);
            if (held != parameter.grad().defined()) throw Error(ErrorCode::Internal, "other parameters have gradients than in the steps before", "Adam");
            if (!held) continue;
            gradients.push_back(parameter.grad());
            ++known;
        }
        if (gradients.empty()) continue;
        const Held& held = m_held[i];
        const auto [beta1, beta2] = options.betas();
        at::_fused_adam_(held.update.parameters, gradients, held.update.means, held.update.squares, held.update.largest, held.update.counts, held.rate, beta1, beta2, options.weight_decay(), options.eps(),
                         options.amsgrad(), /*maximize=*/false);
    }
}

std::vector<torch::Tensor> FusedAdam::stateTensors()
{
    std::vector<torch::Tensor> tensors;
    for (const auto& group : param_groups())
        for (const torch::Tensor& parameter : group.params()) {
            const torch::optim::AdamParamState* state = stateOf(parameter);
            if (!state) continue;
            tensors.push_back(state->exp_avg());
            tensors.push_back(state->exp_avg_sq());
            if (state->max_exp_avg_sq().defined()) tensors.push_back(state->max_exp_avg_sq());
        }
    return tensors;
}

}  // namespace kinora::nn
