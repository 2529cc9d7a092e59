#include "core/nn/spectral_norm.h"

#include <ATen/autocast_mode.h>
#include <ATen/record_function.h>

#include <variant>

#include "core/nn/autocast.h"
#include "core/nn/init.h"
#include "core/nn/processor_loops.h"
#include "core/nn/row_kernels.h"
#include "core/nn/spectral_pair.h"
#include "core/util/error.h"

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

/// What convolutions compute in here: bfloat16 under autocast to it, else float32.
torch::ScalarType workingType()
{
    return at::autocast::is_autocast_enabled(torch::kCPU) && at::autocast::get_autocast_dtype(torch::kCPU) == torch::kBFloat16 ? torch::kBFloat16 : torch::kFloat32;
}
template <class Work>
void withType(torch::ScalarType type, const Work& work)
{
    if (type == torch::kFloat32) work(static_cast<float*>(nullptr));
    else work(static_cast<c10::BFloat16*>(nullptr));
}
template <class T>
T* data(const torch::Tensor& x)
{
    return static_cast<T*>(x.data_ptr());
}

/// (first, taps, second) as (first, second, ...).
torch::Tensor shaped(const torch::Tensor& quotient, torch::IntArrayRef size)
{
    std::vector<int64_t> stride(size.size());
    stride[0] = quotient.size(1) * quotient.size(2);
    stride[1] = 1;
    int64_t step = size[1];
    for (std::size_t i = size.size(); i-- > 2; step *= size[i]) stride[i] = step;
    return quotient.as_strided(size, stride);
}
rows::WeightShape weightShapeOf(const torch::Tensor& weight, int64_t outDim)
{
    if (outDim == 0) return {1, weight.size(0), weight.numel() / weight.size(0)};
    return {weight.size(0), weight.size(1), weight.numel() / (weight.size(0) * weight.size(1))};
}

/// W / sigma as the next convolution takes it: (first, taps, second) in \p type.
torch::Tensor quotientOf(const torch::Tensor& weight, double sigma, torch::ScalarType type)
{
    const int64_t first = weight.size(0), second = weight.size(1), taps = weight.numel() / (first * second);
    const torch::Tensor quotient = torch::empty({first, taps, second}, weight.options().dtype(type));
    withType(type, [&]<class T>(T*) { rows::channelsLast(weight.data_ptr<float>(), first, second, taps, static_cast<float>(1 / sigma), data<T>(quotient)); });
    return quotient;
}
/// The gradient of a weight in the memory order of quotientOf(), and in its type.
torch::Tensor inOrder(const torch::Tensor& gradient, torch::ScalarType type) { return gradient.to(type).flatten(2).transpose(1, 2).contiguous(); }
double productOf(const torch::Tensor& a, const torch::Tensor& b)
{
    double result = 0;
    withType(a.scalar_type(), [&]<class T>(T*) { result = rows::dot(data<T>(a), data<T>(b), a.numel()); });
    return result;
}

/// W / sigma, in the type and the memory order that convolutions with channels last take. With G its gradient and s = sum(G * W / sigma), the gradient of W is
/// (G - s u v^T) / sigma, as d sigma / d W = u v^T.
struct DivideBySigma : torch::autograd::Function<DivideBySigma> {
    static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& weight, const torch::Tensor& u, const torch::Tensor& v, double sigma, int64_t outDim, int64_t type)
    {
        const torch::Tensor quotient = quotientOf(weight, sigma, static_cast<torch::ScalarType>(type));
        context->save_for_backward({quotient, u, v});
        context->saved_data["sigma"] = sigma;
        context->saved_data["out_dim"] = outDim;
        return shaped(quotient, weight.sizes());
    }
    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, torch::autograd::variable_list gradients)
    {
        const auto saved = context->get_saved_variables();
        const torch::Tensor &quotient = saved[0], g = inOrder(gradients[0], quotient.scalar_type());
        const double sigma = context->saved_data["sigma"].toDouble(), share = productOf(g, quotient);
        torch::Tensor result = torch::empty(gradients[0].sizes(), saved[1].options());
        withType(g.scalar_type(), [&]<class T>(T*) {
            rows::rankOneUpdate(data<T>(g), g.size(0), g.size(2), g.size(1), context->saved_data["out_dim"].toInt() == 1, static_cast<float>(1 / sigma), static_cast<float>(-share / sigma),
                                saved[1].data_ptr<float>(), saved[2].data_ptr<float>(), result.data_ptr<float>());
        });
        return {result, torch::Tensor(), torch::Tensor(), torch::Tensor(), torch::Tensor(), torch::Tensor()};
    }
};

/// W / sigma_1 and r = sigma_1 / sigma_2. With G and q their gradients and s as above, that of W is
/// (G - s u_1 v_1^T) / sigma_1 + q (u_1 v_1^T - r u_2 v_2^T) / sigma_2.
struct DivideByTwoSigmas : torch::autograd::Function<DivideByTwoSigmas> {
    static torch::autograd::variable_list forward(torch::autograd::AutogradContext* context, const torch::Tensor& weight, const torch::Tensor& u1, const torch::Tensor& v1, double sigma1,
                                                  const torch::Tensor& u2, const torch::Tensor& v2, double sigma2, int64_t type)
    {
        const torch::Tensor quotient = quotientOf(weight, sigma1, static_cast<torch::ScalarType>(type));
        context->save_for_backward({quotient, u1, v1, u2, v2});
        context->saved_data["sigma1"] = sigma1;
        context->saved_data["sigma2"] = sigma2;
        return {shaped(quotient, weight.sizes()), torch::full({}, sigma1 / sigma2, weight.options())};
    }
    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, torch::autograd::variable_list gradients)
    {
        const auto saved = context->get_saved_variables();
        const torch::Tensor &quotient = saved[0], g = inOrder(gradients[0], quotient.scalar_type());
        const double sigma1 = context->saved_data["sigma1"].toDouble(), sigma2 = context->saved_data["sigma2"].toDouble();
        const double share = productOf(g, quotient), ofRatio = gradients[1].item<double>();
        torch::Tensor result = torch::empty(gradients[0].sizes(), saved[1].options());
        withType(g.scalar_type(), [&]<class T>(T*) {
            rows::rankTwoUpdate(data<T>(g), g.size(0), g.size(2), g.size(1), static_cast<float>(1 / sigma1), static_cast<float>(ofRatio / sigma2 - share / sigma1), saved[1].data_ptr<float>(),
                                saved[2].data_ptr<float>(), static_cast<float>(-ofRatio * sigma1 / (sigma2 * sigma2)), saved[3].data_ptr<float>(), saved[4].data_ptr<float>(), result.data_ptr<float>());
        });
        return {result, torch::Tensor(), torch::Tensor(), torch::Tensor(), torch::Tensor(), torch::Tensor(), torch::Tensor(), torch::Tensor()};
    }
};

/// One power iteration, where \p advance: u and v as after it, with its sigma.
struct Direction {
    torch::Tensor u, v;
    double sigma = 0;
};
Direction iterate(const torch::Tensor& weight, const rows::WeightShape& shape, const torch::Tensor& u, const torch::Tensor& v, bool advance)
{
    const torch::NoGradGuard noGrad;
    Direction next{u.clone(), v.clone(), 0};
    const float* w = weight.data_ptr<float>();
    if (advance) {
        rows::timesU(w, shape, u.data_ptr<float>(), next.v.data_ptr<float>());
        next.v = unit(next.v);
    }
    const torch::Tensor product = torch::empty_like(u);
    rows::timesV(w, shape, next.v.data_ptr<float>(), product.data_ptr<float>());
    if (advance) next.u = unit(product);
    next.sigma = static_cast<double>(at::dot(next.u, product).item<float>());
    return next;
}
}  // namespace

std::optional<NormalizedPair> normalizedPair(SpectralNormModule& convolution)
{
    const torch::Tensor& weight = convolution.weight_orig;
    if (!onProcessor(weight) || weight.scalar_type() != torch::kFloat32 || !weight.is_contiguous() || weight.dim() <= 2 || !convolution.is_training()) return std::nullopt;
    if (convolution.weight_u.numel() != weight.size(0)) throw Error(ErrorCode::ShapeMismatch, "two calls of a transposed convolution do not go together", "weight_orig");
    const torch::ScalarType type = workingType();
    const NoAutocast full(torch::kCPU);
    RECORD_FUNCTION("normalizedPair", std::vector<c10::IValue>({weight}));
    const rows::WeightShape shape = weightShapeOf(weight, 0);
    const Direction one = iterate(weight, shape, convolution.weight_u, convolution.weight_v, true), two = iterate(weight, shape, one.u, one.v, true);
    {
        const torch::NoGradGuard noGrad;
        convolution.weight_u.copy_(two.u);
        convolution.weight_v.copy_(two.v);
    }
    const auto both = DivideByTwoSigmas::apply(weight, one.u, one.v, one.sigma, two.u, two.v, two.sigma, static_cast<int64_t>(type));
    return NormalizedPair{both[0], both[1]};
}

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
    const bool loops = onProcessor(weight_orig) && weight_orig.scalar_type() == torch::kFloat32 && weight_orig.is_contiguous() && m_outDim <= 1 && weight_orig.dim() > 2;
    if (!loops) return normalizedWeight();
    const torch::ScalarType type = workingType();
    const NoAutocast full(torch::kCPU);
    RECORD_FUNCTION("normalizedWeightFast", std::vector<c10::IValue>({weight_orig}));
    const Direction next = iterate(weight_orig, weightShapeOf(weight_orig, m_outDim), weight_u, weight_v, is_training());
    if (is_training()) {
        const torch::NoGradGuard noGrad;
        weight_u.copy_(next.u);
        weight_v.copy_(next.v);
    }
    return DivideBySigma::apply(weight_orig, next.u, next.v, next.sigma, m_outDim, static_cast<int64_t>(type));
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
