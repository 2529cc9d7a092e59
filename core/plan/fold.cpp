#include "core/plan/fold.h"

namespace kinora::plan {

Folded fold(nn::SpectralNormModule& layer, int64_t outDim, torch::nn::BatchNorm3dImpl* norm)
{
    const torch::NoGradGuard noGrad;
    const bool training = layer.is_training();
    layer.eval();  // the stored u and v, unchanged
    torch::Tensor weight = layer.normalizedWeight().detach().to(torch::kFloat64);
    layer.train(training);
    const int64_t out = weight.size(outDim);
    torch::Tensor bias = layer.bias.defined() ? layer.bias.detach().to(torch::kFloat64) : torch::zeros({out}, weight.options());
    if (norm) {
        // Source: Ioffe and Szegedy, "Batch Normalization", ICML 2015, algorithm 2: y = gamma (x - E) / sqrt(Var + eps) + beta
        const torch::Tensor scale = norm->weight.detach().to(torch::kFloat64) / torch::sqrt(norm->running_var.to(torch::kFloat64) + norm->options.eps());
        bias = (bias - norm->running_mean.to(torch::kFloat64)) * scale + norm->bias.detach().to(torch::kFloat64);
        std::vector<int64_t> shape(static_cast<std::size_t>(weight.dim()), 1);
        shape[static_cast<std::size_t>(outDim)] = out;
        weight = weight * scale.view(shape);
    }
    return {weight.to(torch::kFloat32).contiguous(), bias.to(torch::kFloat32).contiguous()};
}

uint64_t weightStamp(const torch::nn::Module& module)
{
    uint64_t stamp = 1469598103934665603ULL;  // FNV-1a over addresses and version counters
    const auto mix = [&](uint64_t value) { stamp = (stamp ^ value) * 1099511628211ULL; };
    const auto add = [&](const torch::Tensor& tensor) {
        mix(reinterpret_cast<uintptr_t>(tensor.data_ptr()));
        mix(static_cast<uint64_t>(tensor._version()));
    };
    for (const torch::Tensor& tensor : module.parameters()) add(tensor);
    for (const torch::Tensor& tensor : module.buffers()) add(tensor);
    return stamp;
}

}  // namespace kinora::plan
