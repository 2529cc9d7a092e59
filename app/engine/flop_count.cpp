#include "app/engine/flop_count.h"

#include <ATen/record_function.h>

#include <algorithm>
#include <atomic>
#include <chrono>

namespace kinora::app {
namespace {

std::atomic<double> counted{0};  // backward passes run in threads of their own

double numbers(const c10::IValue& value)
{
    if (!value.isTensor() || !value.toTensor().defined()) return 0;
    return static_cast<double>(value.toTensor().numel());
}

/// What a call will have cost: known from its inputs, which are there only when it begins, or times the numbers of its output.
struct Cost : at::ObserverContext {
    double flops = 0, perOutput = 0;
};

/// Of every number on the side of a convolution that has the weight's first dimension for its channels: the input of a transposed one, else the output.
double each(const c10::IValue& weight)
{
    if (numbers(weight) == 0) return 0;
    return 2 * numbers(weight) / static_cast<double>(weight.toTensor().size(0));
}

std::unique_ptr<at::ObserverContext> onStart(const at::RecordFunction& call)
{
    const std::string_view name = call.name();
    const auto inputs = call.inputs();
    auto cost = std::make_unique<Cost>();
    if (name == "aten::convolution" && inputs.size() >= 9) {
        if (inputs[6].toBool()) cost->flops = numbers(inputs[0]) * each(inputs[1]);
        else cost->perOutput = each(inputs[1]);
    } else if (name == "aten::convolution_backward" && inputs.size() >= 11) {
        const auto wanted = inputs[10].toBoolList();
        cost->flops = (static_cast<int>(wanted.get(0)) + static_cast<int>(wanted.get(1))) * numbers(inputs[7].toBool() ? inputs[1] : inputs[0]) * each(inputs[2]);
    } else if ((name == "aten::mm" || name == "aten::bmm") && inputs.size() >= 2 && inputs[1].isTensor()) {
        cost->flops = 2 * numbers(inputs[0]) * static_cast<double>(inputs[1].toTensor().size(-1));
    } else if (name == "aten::addmm" && inputs.size() >= 3 && inputs[2].isTensor()) {
        cost->flops = 2 * numbers(inputs[1]) * static_cast<double>(inputs[2].toTensor().size(-1));
    }
    return cost;
}

void onEnd(const at::RecordFunction& call, at::ObserverContext* context)
{
    const auto* cost = static_cast<const Cost*>(context);
    if (!cost) return;
    const double flops = cost->flops + (cost->perOutput > 0 && !call.outputs().empty() ? cost->perOutput * numbers(call.outputs()[0]) : 0);
    if (flops > 0) counted.fetch_add(flops);
}
}  // namespace

double countFlops(const std::function<void()>& work)
{
    counted = 0;
    const auto handle = at::addGlobalCallback(at::RecordFunctionCallback(onStart, onEnd).needsInputs(true).needsOutputs(true).scopes({at::RecordScope::FUNCTION}));
    try {
        work();
    } catch (...) {
        at::removeCallback(handle);
        throw;
    }
    at::removeCallback(handle);
    return counted;
}

double matrixCeiling(torch::ScalarType type, const torch::Device& device)
{
    const torch::NoGradGuard noGradient;
    double best = 0;
    for (const int64_t size : device.is_cpu() ? std::vector<int64_t>{1024, 2048} : std::vector<int64_t>{4096, 8192}) {
        const torch::Tensor a = torch::full({size, size}, 0.5, torch::TensorOptions(type).device(device)), b = a.clone();
        for (int i = 0; i < 6; ++i) {
            if (device.is_cuda()) torch::cuda::synchronize(device.index());
            const auto started = std::chrono::steady_clock::now();
            at::mm(a, b);
            if (device.is_cuda()) torch::cuda::synchronize(device.index());
            const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
            if (i > 0) best = std::max(best, 2e-9 * static_cast<double>(size * size * size) / seconds);
        }
    }
    return best;
}

}  // namespace kinora::app
