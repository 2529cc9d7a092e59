#include "core/system/averaged_weights.h"

#include <algorithm>
#include <utility>

#include "core/system/checkpoint.h"
#include "core/util/error.h"

namespace kinora {

AveragedWeights::AveragedWeights(System& system, double decay) : m_decay(decay)
{
    const torch::NoGradGuard noGradient;
    for (const NamedNetwork& network : system.networks()) {
        if (!network.generates) continue;
        for (const auto& item : network.module->named_parameters()) m_items.push_back({network.name + "/" + item.key(), item.value(), item.value().detach().clone(), false});
        for (const auto& item : network.module->named_buffers())
            if (item.value().defined()) m_items.push_back({network.name + "/" + item.key(), item.value(), {}, true});
    }
}

void AveragedWeights::update()
{
    const torch::NoGradGuard noGradient;
    const double t = static_cast<double>(++m_updates);
    const double decay = std::min(m_decay, (1 + t) / (10 + t));
    std::vector<torch::Tensor> averages, weights;
    for (const Item& item : m_items)
        if (!item.buffer) {
            averages.push_back(item.average);
            weights.push_back(item.weight.detach());
        }
    at::_foreach_lerp_(averages, weights, 1 - decay);
}

std::vector<std::pair<std::string, torch::Tensor>> AveragedWeights::tensors() const
{
    std::vector<std::pair<std::string, torch::Tensor>> list;
    for (const Item& item : m_items) list.emplace_back(item.name, item.buffer ? item.weight : item.average);
    return list;
}

void AveragedWeights::load(const safetensors::File& file, int64_t updates)
{
    const torch::NoGradGuard noGradient;
    for (const Item& item : m_items) {
        if (item.buffer) continue;  // the network's own, which is loaded with it
        const torch::Tensor stored = toTensor(file.at("ema/" + item.name));
        if (stored.sizes() != item.average.sizes())
            throw Error(ErrorCode::Incompatible, "tensor 'ema/" + item.name + "' has another shape than the system's options ask for", file.path());
        item.average.copy_(stored);
    }
    m_updates = updates;
}

void AveragedWeights::InUse::exchange()
{
    if (!m_average) return;
    const torch::NoGradGuard noGradient;
    for (Item& item : m_average->m_items) {
        if (item.buffer) continue;
        const torch::Tensor weight = item.weight.detach();  // keeps the memory while the two change places
        item.weight.set_data(item.average);
        item.average = weight;
    }
}

}  // namespace kinora
