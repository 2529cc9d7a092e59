#include "core/system/system.h"

#include <algorithm>
#include <cmath>

#include "core/util/error.h"
#include "core/util/text.h"

namespace kinora {
bool wantsGradients(const ControlTensors& controls)
{
    return torch::GradMode::is_enabled() && std::ranges::any_of(controls, [](const auto& entry) { return entry.second.requires_grad(); });
}

void UpdatePolicy::update(torch::optim::Optimizer& optimizer, const torch::Tensor& loss)
{
    optimizer.zero_grad();
    loss.backward();
    onGradients(optimizer);
    optimizer.step();
}

torch::Tensor weighted(const torch::Tensor& loss, double weight) { return weight == 1 ? loss : loss * weight; }

UpdatePolicy& System::updates() const
{
    static UpdatePolicy plain;  // has no state
    return m_policy ? *m_policy : plain;
}

torch::Tensor System::view(const std::string& id, const ControlTensors&, int, uint64_t)
{
    std::vector<std::string> known;
    for (const OutputView& view : describe().views) known.push_back(view.id);
    throw Error(ErrorCode::Usage, "the system has no further output '" + id + "'" + (known.empty() ? std::string(": it makes the clip alone") : suggestion(id, known) + " (it has: " + join(known, ", ") + ")"), "--view");
}

void System::setLossWeight(const std::string& name, double value)
{
    std::vector<std::string> known;
    for (LossWeight& weight : m_lossWeights) {
        known.push_back(weight.name);
        if (weight.name != name) continue;
        if (!(value >= 0) || !std::isfinite(value)) throw Error(ErrorCode::Usage, "must be a number of 0 or more, not " + formatNumber(value), "loss_weight/" + name);
        weight.value = value;
        return;
    }
    throw Error(ErrorCode::Usage, "the system has no loss '" + name + "' whose weight can be changed" + suggestion(name, known), "loss_weight/" + name);
}

double System::lossWeight(const std::string& name) const
{
    for (const LossWeight& weight : m_lossWeights)
        if (weight.name == name) return weight.value;
    throw Error(ErrorCode::Internal, "was not declared", "loss_weight/" + name);
}

void System::to(const torch::Device& device)
{
    for (const NamedNetwork& network : networks()) network.module->to(device);
    m_device = device;
}

void System::train(bool on)
{
    for (const NamedNetwork& network : networks()) network.module->train(on);
}

const SystemEntry& findSystem(const Catalogue& catalogue, std::string_view id)
{
    std::vector<std::string> known;
    for (const SystemEntry& entry : catalogue) {
        if (entry.description.id == id) return entry;
        known.push_back(entry.description.id);
    }
    throw Error(ErrorCode::Usage, "there is no system '" + std::string(id) + "'" + suggestion(id, known), "--system");
}

}  // namespace kinora
