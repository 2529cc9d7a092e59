#include "core/nn/spectral_norm.h"

#include <ATen/record_function.h>

#include <variant>

#include "core/nn/autocast.h"
#include "core/nn/init.h"
#include "core/nn/row_kernels.h"

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

/// W / sigma, in the memory order of convolutions with channels last: (first, taps, second). With G its gradient and s = sum(G * W / sigma), the gradient of W is
/// (G - s u v^T) / sigma, as d sigma / d W = u v^T.
struct DivideBySigma : torch::autograd::Function<DivideBySigma> {
    static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& weight, const torch::Tensor& u, const torch::Tensor& v, double sigma, int64_t outDim)
    {
        const int64_t first = weight.size(0), second = weight.size(1), taps = weight.numel() / (first * second);
        const torch::Tensor quotient = torch::empty({first, taps, second}, weight.options());
        rows::channelsLast(weight.data_ptr<float>(), first, second, taps, static_cast<float>(1 / sigma), quotient.data_ptr<float>());
        context->save_for_backward({quotient, u, v});
        context->saved_data["sigma"] = sigma;
        context->saved_data["out_dim"] = outDim;
        return shaped(quotient, weight.sizes());
    }
    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, torch::autograd::variable_list gradients)
    {
        const auto saved = context->get_saved_variables();
        const torch::IntArrayRef size = gradients[0].sizes();
        const torch::Tensor g = gradients[0].flatten(2).transpose(1, 2).contiguous();
        const auto sigma = static_cast<float>(context->saved_data["sigma"].toDouble());
        torch::Tensor result = torch::empty(size, g.options());
        const float share = at::dot(g.view({-1}), saved[0].view({-1})).item<float>();
        rows::rankOneUpdate(g.data_ptr<float>(), g.size(0), g.size(2), g.size(1), context->saved_data["out_dim"].toInt() == 1, 1 / sigma, -share / sigma, saved[1].data_ptr<float>(),
                            saved[2].data_ptr<float>(), result.data_ptr<float>());
        return {result, torch::Tensor(), torch::Tensor(), torch::Tensor(), torch::Tensor()};
    }
    /// (first, taps, second) as (first, second, ...).
    static torch::Tensor shaped(const torch::Tensor& quotient, torch::IntArrayRef size)
    {
        std::vector<int64_t> stride(size.size());
        stride[0] = quotient.size(1) * quotient.size(2);
        stride[1] = 1;
        int64_t step = size[1];
        for (std::size_t i = size.size(); i-- > 2; step *= size[i]) stride[i] = step;
        return quotient.as_strided(size, stride);
    }
    static rows::WeightShape weightShapeOf(const torch::Tensor& weight, int64_t outDim)
    {
        if (outDim == 0) return {1, weight.size(0), weight.numel() / weight.size(0)};
        return {weight.size(0), weight.size(1), weight.numel() / (weight.size(0) * weight.size(1))};
    }
};
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

torch::Tensor SpectralNormModule::normalizedWeightFast()
{
    const bool loops = weight_orig.is_cpu() && weight_orig.scalar_type() == torch::kFloat32 && weight_orig.is_contiguous() && m_outDim <= 1 && weight_orig.dim() > 2;
    if (!loops) return normalizedWeight();
    const NoAutocast full(torch::kCPU);
    RECORD_FUNCTION("normalizedWeightFast", std::vector<c10::IValue>({weight_orig}));
    const rows::WeightShape shape = DivideBySigma::weightShapeOf(weight_orig, m_outDim);
    torch::Tensor u, v, product = torch::empty_like(weight_u);
    {
        const torch::NoGradGuard noGrad;
        const float* weight = weight_orig.data_ptr<float>();
        if (is_training()) {
            torch::Tensor next = torch::empty_like(weight_v);
            rows::timesU(weight, shape, weight_u.data_ptr<float>(), next.data_ptr<float>());
            weight_v.copy_(unit(next));
        }
        rows::timesV(weight, shape, weight_v.data_ptr<float>(), product.data_ptr<float>());
        if (is_training()) weight_u.copy_(unit(product));
        u = weight_u.clone();
        v = weight_v.clone();
    }
    return DivideBySigma::apply(weight_orig, u, v, static_cast<double>(at::dot(u, product).item<float>()), m_outDim);
}

SpectralConv2dImpl::SpectralConv2dImpl(const torch::nn::Conv2dOptions& options) : m_options(options)
{
    registerWeight(weightShape<2>(options.out_channels(), options.in_channels() / options.groups(), options.kernel_size()), 0, options.bias());
}

torch::IntArrayRef SpectralConv2dImpl::padding() const { return explicitPadding<2>(m_options.padding()); }

torch::Tensor SpectralConv2dImpl::forward(const torch::Tensor& x)
{
    return torch::conv2d(x, normalizedWeight(), bias, m_options.stride(), explicitPadding<2>(m_options.padding()), m_options.dilation(), m_options.groups());
}

SpectralConv3dImpl::SpectralConv3dImpl(const torch::nn::Conv3dOptions& options) : m_options(options)
{
    registerWeight(weightShape<3>(options.out_channels(), options.in_channels() / options.groups(), options.kernel_size()), 0, options.bias());
}

torch::IntArrayRef SpectralConv3dImpl::padding() const { return explicitPadding<3>(m_options.padding()); }

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
