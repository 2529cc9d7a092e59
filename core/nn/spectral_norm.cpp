#include "core/nn/spectral_norm.h"

#include <variant>

#include "core/nn/autocast.h"
#include "core/nn/init.h"

namespace kinora::nn {
namespace F = torch::nn::functional;
namespace {

constexpr double kEpsilon = 1e-12;  // lower bound of a norm that is divided by

torch::Tensor unit(const torch::Tensor& vector) { return F::normalize(vector, F::NormalizeFuncOptions().dim(0).eps(kEpsilon)); }

template <std::size_t D>
std::vector<int64_t> weightShape(int64_t first, int64_t second, const torch::ExpandingArray<D>& kernel)
{
    std::vector<int64_t> shape{first, second};
    shape.insert(shape.end(), kernel->begin(), kernel->end());
    return shape;
}

template <std::size_t D, class Padding>
torch::IntArrayRef explicitPadding(const Padding& padding)
{
    return *std::get<torch::ExpandingArray<D>>(padding);
}
}  // namespace

void SpectralNormModule::registerWeight(torch::IntArrayRef shape, int64_t outDim, bool withBias)
{
    m_outDim = outDim;
    torch::Tensor weight = torch::empty(shape);
    torch::Tensor biasTensor = withBias ? torch::empty({shape[outDim]}) : torch::Tensor();
    defaultInit_(weight, biasTensor);
    bias = register_parameter("bias", biasTensor);
    weight_orig = register_parameter("weight_orig", weight);
    weight_u = register_buffer("weight_u", unit(torch::randn({shape[outDim]})));
    weight_v = register_buffer("weight_v", unit(torch::randn({weight.numel() / shape[outDim]})));
}

torch::Tensor SpectralNormModule::asMatrix(const torch::Tensor& weight) const
{
    return (m_outDim == 0 ? weight : weight.transpose(0, m_outDim)).reshape({weight.size(m_outDim), -1});
}

torch::Tensor SpectralNormModule::normalizedWeight()
{
    const NoAutocast full(weight_orig.device().type());
    const torch::Tensor matrix = asMatrix(weight_orig);
    if (is_training()) {
        torch::NoGradGuard noGrad;
        weight_v.copy_(unit(torch::mv(matrix.t(), weight_u)));
        weight_u.copy_(unit(torch::mv(matrix, weight_v)));
    }
    // an eval pass leaves the buffers alone, but a later train pass may still come before the backward of this one
    const bool keepsGraph = torch::GradMode::is_enabled() && weight_orig.requires_grad();
    const torch::Tensor u = keepsGraph ? weight_u.clone() : weight_u;
    const torch::Tensor v = keepsGraph ? weight_v.clone() : weight_v;
    const torch::Tensor sigma = torch::dot(u, torch::mv(matrix, v));
    return weight_orig / sigma;
}

SpectralConv2dImpl::SpectralConv2dImpl(const torch::nn::Conv2dOptions& options) : m_options(options)
{
    registerWeight(weightShape<2>(options.out_channels(), options.in_channels() / options.groups(), options.kernel_size()), 0, options.bias());
}

torch::Tensor SpectralConv2dImpl::forward(const torch::Tensor& x)
{
    return torch::conv2d(x, normalizedWeight(), bias, m_options.stride(), explicitPadding<2>(m_options.padding()), m_options.dilation(), m_options.groups());
}

SpectralConv3dImpl::SpectralConv3dImpl(const torch::nn::Conv3dOptions& options) : m_options(options)
{
    registerWeight(weightShape<3>(options.out_channels(), options.in_channels() / options.groups(), options.kernel_size()), 0, options.bias());
}

torch::Tensor SpectralConv3dImpl::forward(const torch::Tensor& x)
{
    return torch::conv3d(x, normalizedWeight(), bias, m_options.stride(), explicitPadding<3>(m_options.padding()), m_options.dilation(), m_options.groups());
}

SpectralConvTranspose3dImpl::SpectralConvTranspose3dImpl(const torch::nn::ConvTranspose3dOptions& options) : m_options(options)
{
    registerWeight(weightShape<3>(options.in_channels(), options.out_channels() / options.groups(), options.kernel_size()), 1, options.bias());
}

torch::Tensor SpectralConvTranspose3dImpl::forward(const torch::Tensor& x)
{
    return torch::conv_transpose3d(x, normalizedWeight(), bias, m_options.stride(), m_options.padding(), m_options.output_padding(), m_options.groups(), m_options.dilation());
}

SpectralLinearImpl::SpectralLinearImpl(const torch::nn::LinearOptions& options)
{
    registerWeight({options.out_features(), options.in_features()}, 0, options.bias());
}

torch::Tensor SpectralLinearImpl::forward(const torch::Tensor& x) { return F::linear(x, normalizedWeight(), bias); }

}  // namespace kinora::nn
