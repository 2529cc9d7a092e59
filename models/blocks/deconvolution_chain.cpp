#include "models/blocks/deconvolution_chain.h"

#include <algorithm>

#include "core/plan/fold.h"
#include "core/plan/rows.h"

namespace kinora {
namespace {
struct Geometry {
    std::array<int64_t, 3> stride, padding;
};
Geometry geometryOf(const torch::nn::ConvTranspose2dImpl& layer)
{
    // the library keeps "same" and "valid" in the same place, which transposed convolutions do not take
    const std::array<int64_t, 2> stride = *layer.options.stride(), padding = *std::get<torch::ExpandingArray<2>>(layer.options.padding());
    return {{1, stride[0], stride[1]}, {0, padding[0], padding[1]}};
}
}  // namespace

void DeconvolutionChain::add(const torch::nn::ConvTranspose2dImpl& layer, const torch::nn::BatchNorm2dImpl& norm, bool manyPixels)
{
    const plan::Folded values = plan::foldWithNorm(layer, 1, norm);
    const Geometry geometry = geometryOf(layer);
    m_steps.push_back({plan::Layer(values.weight.unsqueeze(2), geometry.stride, geometry.padding, m_precision, manyPixels), plan::paddedBias(values.bias)});
}

void DeconvolutionChain::addPicture(const torch::nn::ConvTranspose2dImpl& layer)
{
    const plan::Folded values = plan::fold(layer.weight, layer.bias, 1, nullptr);
    const Geometry geometry = geometryOf(layer);
    m_picture = plan::ToPicture(values.weight.unsqueeze(2), values.bias, geometry.stride, geometry.padding, m_precision);
}

void DeconvolutionChain::run(const torch::Tensor& maps, float* y, int64_t plane)
{
    plan::Extent extent{1, maps.size(0), maps.size(2), maps.size(3)};
    const void* x = plan::asRows(maps.to(torch::kFloat32).unsqueeze(0).transpose(1, 2), m_precision, m_maps);
    plan::Buffer *here = &m_first, *other = &m_second;
    for (const Step& step : m_steps) {
        const plan::Extent after = step.layer.extentAfter(extent);
        char* to = here->get<char>(after.rows() * step.layer.out() * plan::sizeOf(m_precision));
        step.layer.run(extent, x, {.bias = step.bias.data()}, to, m_products);
        std::swap(here, other);
        x = to;
        extent = after;
    }
    m_picture.run(extent, x, nullptr, y, plane);
}

int64_t DeconvolutionChain::bytes() const
{
    int64_t all = m_picture.bytes();
    for (const Step& step : m_steps) all += step.layer.bytes();
    return all;
}

}  // namespace kinora
