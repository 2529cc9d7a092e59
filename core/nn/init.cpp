#include "core/nn/init.h"

#include <cmath>

namespace kinora::nn {

void defaultInit_(torch::Tensor& weight, torch::Tensor& bias)
{
    torch::NoGradGuard noGrad;
    // kaiming_uniform with a = sqrt(5): gain sqrt(2 / 6), bound gain * sqrt(3 / fan_in) = 1 / sqrt(fan_in)
    const double bound = 1.0 / std::sqrt(static_cast<double>(weight.numel() / weight.size(0)));
    weight.uniform_(-bound, bound);
    if (bias.defined()) bias.uniform_(-bound, bound);
}

void normalInit_(torch::Tensor& tensor, double mean, double deviation)
{
    torch::NoGradGuard noGrad;
    tensor.normal_(mean, deviation);
}

std::vector<std::pair<std::string, torch::Tensor>> stateDict(const torch::nn::Module& module, const std::string& prefix)
{
    std::vector<std::pair<std::string, torch::Tensor>> entries;
    for (const auto& parameter : module.named_parameters(false))
        if (parameter.value().defined()) entries.emplace_back(prefix + parameter.key(), parameter.value());
    for (const auto& buffer : module.named_buffers(false))
        if (buffer.value().defined()) entries.emplace_back(prefix + buffer.key(), buffer.value());
    for (const auto& child : module.named_children()) {
        auto inner = stateDict(*child.value(), prefix + child.key() + ".");
        entries.insert(entries.end(), std::make_move_iterator(inner.begin()), std::make_move_iterator(inner.end()));
    }
    return entries;
}

int64_t parameterCount(const torch::nn::Module& module)
{
    int64_t count = 0;
    for (const auto& parameter : module.parameters()) count += parameter.numel();
    return count;
}

}  // namespace kinora::nn
