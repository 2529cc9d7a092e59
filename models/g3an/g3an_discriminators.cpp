#include "models/g3an/g3an_discriminators.h"

#include "core/nn/fast_layers.h"
#include "core/nn/processor_loops.h"
#include "core/nn/spectral_pair.h"
#include "core/util/error.h"
#include "models/g3an/g3an_blocks.h"

namespace kinora::g3an {
namespace {

constexpr double kSlope = 0.2;

using Size3 = torch::ExpandingArray<3>;

nn::SpectralConv3d addConvolution(torch::nn::Sequential& net, int64_t in, int64_t out, Size3 kernel, Size3 stride, Size3 padding)
{
    nn::SpectralConv3d convolution(torch::nn::Conv3dOptions(in, out, kernel).stride(stride).padding(padding));
    initConvolution_(*convolution);
    net->push_back(convolution);
    return convolution;
}

nn::SpectralConv2d addConvolution(torch::nn::Sequential& net, int64_t in, int64_t out, int64_t stride, int64_t padding)
{
    nn::SpectralConv2d convolution(torch::nn::Conv2dOptions(in, out, 4).stride(stride).padding(padding));
    initConvolution_(*convolution);
    net->push_back(convolution);
    return convolution;
}

void addActivation(torch::nn::Sequential& net) { net->push_back(torch::nn::LeakyReLU(torch::nn::LeakyReLUOptions().negative_slope(kSlope).inplace(true))); }

/// Drops the last dimension if it is 1, \p times times.
torch::Tensor squeezed(torch::Tensor logits, int times)
{
    for (int i = 0; i < times; ++i) logits = logits.squeeze(-1);
    return logits;
}

/// Of one call, or of two.
nn::NormalizedPair weightsOf(nn::SpectralNormModule& convolution, bool both)
{
    if (!both) return {convolution.normalizedWeightFast(), {}};
    const auto pair = nn::normalizedPair(convolution);
    if (!pair) throw Error(ErrorCode::Internal, "has weights of another type or place than its input", "discriminator");
    return *pair;
}
}  // namespace

VideoDiscriminatorImpl::VideoDiscriminatorImpl(int64_t ch, Kind kind, int64_t imageSize)
{
    const auto halvingSpace = [&](int64_t in, int64_t out) {
        m_convolutions.push_back(addConvolution(net, in, out, Size3({1, 4, 4}), Size3({1, 2, 2}), Size3({0, 1, 1})));
        addActivation(net);
    };
    if (kind == Kind::Factorized) {
        const auto shorteningTime = [&](int64_t channels) {
            m_convolutions.push_back(addConvolution(net, channels, channels, Size3({4, 1, 1}), Size3(1), Size3(0)));
            addActivation(net);
        };
        int64_t in = 3;
        for (const int64_t out : {ch, 2 * ch, 4 * ch, 8 * ch}) {
            halvingSpace(in, out);
            shorteningTime(out);
            in = out;
        }
        if (imageSize == 128) halvingSpace(8 * ch, 8 * ch);
        m_convolutions.push_back(addConvolution(net, 8 * ch, 8 * ch, Size3({1, 4, 4}), Size3(1), Size3(0)));
        addActivation(net);
        m_convolutions.push_back(addConvolution(net, 8 * ch, 1, Size3({4, 1, 1}), Size3(1), Size3(0)));
    } else {
        int64_t in = 3;
        for (const int64_t out : {ch, 2 * ch, 4 * ch, 8 * ch}) {
            m_convolutions.push_back(addConvolution(net, in, out, Size3(4), Size3(2), Size3(1)));
            addActivation(net);
            in = out;
        }
        if (imageSize == 128) halvingSpace(8 * ch, 8 * ch);
        m_convolutions.push_back(addConvolution(net, 8 * ch, 1, Size3({1, 4, 4}), Size3(1), Size3(0)));
    }
    register_module("net", net);
}

torch::Tensor VideoDiscriminatorImpl::forward(const torch::Tensor& clips)
{
    return squeezed(m_formulation == Formulation::Fast && is_training() ? forwardFast(clips) : net->forward(clips), 4);
}

std::pair<torch::Tensor, torch::Tensor> VideoDiscriminatorImpl::forwardBoth(const torch::Tensor& real, const torch::Tensor& fake)
{
    const bool together = m_formulation == Formulation::Fast && is_training() && nn::hasLoops(real) && real.sizes() == fake.sizes();
    if (!together) {
        const torch::Tensor first = forward(real);
        return {first, forward(fake)};
    }
    const auto halves = forwardFast(torch::cat({real, fake}), true).chunk(2);
    return {squeezed(halves[0], 4), squeezed(halves[1], 4)};
}

torch::Tensor VideoDiscriminatorImpl::forwardFast(const torch::Tensor& clips, bool both)
{
    torch::Tensor x = nn::channelsLast(clips);
    const bool loops = nn::hasLoops(clips);
    for (std::size_t i = 0; i < m_convolutions.size(); ++i) {
        auto& convolution = *m_convolutions[i];
        const double slope = i + 1 < m_convolutions.size() ? kSlope : 1;
        if (!loops) {
            x = nn::convolution(x, convolution.normalizedWeightFast(), convolution.bias, convolution.stride(), convolution.padding(), slope);
            continue;
        }
        const nn::NormalizedPair used = weightsOf(convolution, both);
        x = nn::biasLeaky(nn::convolution(x, used.weight, {}, convolution.stride(), convolution.padding()), convolution.bias, used.ratio, slope);
    }
    return nn::channelsSecond(x);
}

ImageDiscriminatorImpl::ImageDiscriminatorImpl(int64_t ch, int64_t imageSize)
{
    const auto halving = [&](int64_t in, int64_t out) {
        m_convolutions.push_back(addConvolution(net, in, out, 2, 1));
        addActivation(net);
    };
    halving(3, ch);
    halving(ch, 2 * ch);
    halving(2 * ch, 4 * ch);
    halving(4 * ch, 8 * ch);
    if (imageSize == 128) halving(8 * ch, 8 * ch);
    m_convolutions.push_back(addConvolution(net, 8 * ch, 1, 1, 0));
    register_module("net", net);
}

torch::Tensor ImageDiscriminatorImpl::forward(const torch::Tensor& frames)
{
    return squeezed(m_formulation == Formulation::Fast && is_training() ? forwardFast(frames) : net->forward(frames), 3);
}

std::pair<torch::Tensor, torch::Tensor> ImageDiscriminatorImpl::forwardBoth(const torch::Tensor& real, const torch::Tensor& fake)
{
    const bool together = m_formulation == Formulation::Fast && is_training() && nn::hasLoops(real) && real.sizes() == fake.sizes();
    if (!together) {
        const torch::Tensor first = forward(real);
        return {first, forward(fake)};
    }
    const auto halves = forwardFast(torch::cat({real, fake}), true).chunk(2);
    return {squeezed(halves[0], 3), squeezed(halves[1], 3)};
}

torch::Tensor ImageDiscriminatorImpl::forwardFast(const torch::Tensor& frames, bool both)
{
    torch::Tensor x = frames.contiguous(torch::MemoryFormat::ChannelsLast);
    const bool loops = nn::hasLoops(frames);
    for (std::size_t i = 0; i < m_convolutions.size(); ++i) {
        auto& convolution = *m_convolutions[i];
        const double slope = i + 1 < m_convolutions.size() ? kSlope : 1;
        if (!loops) {
            x = nn::convolution2d(x, convolution.normalizedWeightFast(), convolution.bias, convolution.stride(), convolution.padding(), slope);
            continue;
        }
        const nn::NormalizedPair used = weightsOf(convolution, both);
        const torch::Tensor y = nn::convolution2d(x, used.weight, {}, convolution.stride(), convolution.padding());
        x = nn::biasLeaky(y.permute({0, 2, 3, 1}), convolution.bias, used.ratio, slope).permute({0, 3, 1, 2});
    }
    return x;
}

}  // namespace kinora::g3an
