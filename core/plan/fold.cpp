#include "core/plan/fold.h"

#include "core/nn/strip_product.h"

namespace kinora::plan {

Folded fold(const torch::Tensor& layerWeight, const torch::Tensor& layerBias, int64_t outDim, const Norm* norm)
{
    const torch::NoGradGuard noGrad;
    const auto wide = [](const torch::Tensor& x) { return x.detach().to(torch::kFloat64); };
    torch::Tensor weight = wide(layerWeight);
    const int64_t out = weight.size(outDim);
    torch::Tensor bias = layerBias.defined() ? wide(layerBias) : torch::zeros({out}, weight.options());
    if (norm) {
        const torch::Tensor scale = wide(norm->gamma) / torch::sqrt(wide(norm->variance) + norm->epsilon);
        bias = (bias - wide(norm->mean)) * scale + wide(norm->beta);
        std::vector<int64_t> shape(static_cast<std::size_t>(weight.dim()), 1);
        shape[static_cast<std::size_t>(outDim)] = out;
        weight = weight * scale.view(shape);
    }
    return {weight.to(torch::kFloat32).contiguous(), bias.to(torch::kFloat32).contiguous()};
}

Folded fold(nn::SpectralNormModule& layer, int64_t outDim, torch::nn::BatchNorm3dImpl* norm)
{
    const torch::NoGradGuard noGrad;
    const bool training = layer.is_training();
    layer.eval();  // the stored u and v, unchanged
    const torch::Tensor weight = layer.normalizedWeight();
    layer.train(training);
    if (!norm) return fold(weight, layer.bias, outDim, nullptr);
    const Norm behind = Norm::of(*norm);
    return fold(weight, layer.bias, outDim, &behind);
}

bool possibleHere(const torch::nn::Module& generator, PlanPrecision precision)
{
    return generator.parameters().front().device().is_cpu() && (precision == PlanPrecision::Float32 || nn::bfloat16ProductsWork());
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
