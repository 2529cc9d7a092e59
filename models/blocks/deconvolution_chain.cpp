#include "models/blocks/deconvolution_chain.h"

#include <algorithm>

namespace kinora {
namespace {
struct Folded {
    torch::Tensor weight, bias;
};

/// The running statistics of \p norm inside weight (in, out, k, k) and bias, computed in double precision.
Folded folded(const torch::Tensor& weight, const torch::Tensor& bias, const torch::nn::BatchNorm2dImpl* norm)
{
    torch::Tensor w = weight.detach().cpu().to(torch::kFloat64), b = bias.defined() ? bias.detach().cpu().to(torch::kFloat64) : torch::zeros({weight.size(1)}, torch::kFloat64);
    if (norm) {
        const auto wide = [](const torch::Tensor& x) { return x.detach().cpu().to(torch::kFloat64); };
        const torch::Tensor factor = wide(norm->weight) / (wide(norm->running_var) + norm->options.eps()).sqrt();
        w = w * factor.view({1, -1, 1, 1});
        b = (b - wide(norm->running_mean)) * factor + wide(norm->bias);
    }
    return {w.to(torch::kFloat32), b.to(torch::kFloat32)};
}
}  // namespace

void DeconvolutionChain::add(const torch::nn::ConvTranspose2dImpl& layer, const torch::nn::BatchNorm2dImpl* norm)
{
    const Folded values = folded(layer.weight, layer.bias, norm);
    // the library keeps "same" and "valid" in the same place, which transposed convolutions do not take
    const std::array<int64_t, 2> stride = *layer.options.stride(), padding = *std::get<torch::ExpandingArray<2>>(layer.options.padding());
    Step step{plan::Layer(values.weight.unsqueeze(2).contiguous(), {1, stride[0], stride[1]}, {0, padding[0], padding[1]}, m_precision, true), std::vector<float>(static_cast<std::size_t>(plan::padded(values.bias.numel())), 0.0F)};
    std::copy_n(values.bias.const_data_ptr<float>(), values.bias.numel(), step.bias.begin());
    m_steps.push_back(std::move(step));
}

torch::Tensor DeconvolutionChain::run(const torch::Tensor& codes)
{
    const int64_t size = plan::sizeOf(m_precision), width = plan::padded(codes.size(1));
    plan::Extent extent{codes.size(0)};
    const torch::Tensor rows = torch::constant_pad_nd(codes.to(torch::kFloat32), {0, width - codes.size(1)}).contiguous();
    char* input = m_codes.get<char>(rows.numel() * size);
    plan::store(m_precision, rows.const_data_ptr<float>(), rows.numel(), input);
    const char* x = input;
    plan::Buffer *here = &m_first, *other = &m_second;
    for (std::size_t i = 0; i < m_steps.size(); ++i) {
        const Step& step = m_steps[i];
        const plan::Extent after = step.layer.extentAfter(extent);
        if (i + 1 == m_steps.size()) {
            torch::Tensor sums = torch::empty({after.clips, after.height, after.width, step.layer.out()});
            step.layer.run(extent, x, {.bias = step.bias.data(), .relu = false, .asFloat = true}, sums.mutable_data_ptr<float>(), m_products);
            return sums;
        }
        char* y = here->get<char>(after.rows() * step.layer.out() * size);
        step.layer.run(extent, x, {.bias = step.bias.data()}, y, m_products);
        std::swap(here, other);
        x = y;
        extent = after;
    }
    return {};
}

int64_t DeconvolutionChain::bytes() const
{
    int64_t all = 0;
    for (const Step& step : m_steps) all += step.layer.bytes();
    return all;
}

}  // namespace kinora
