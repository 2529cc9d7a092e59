#include "models/g3an/g3an_discriminators.h"

#include "models/g3an/g3an_blocks.h"

namespace kinora::g3an {
namespace {

using Size2 = torch::ExpandingArray<2>;
using Size3 = torch::ExpandingArray<3>;

void addConvolution(torch::nn::Sequential& net, int64_t in, int64_t out, Size3 kernel, Size3 stride, Size3 padding)
{
    nn::SpectralConv3d convolution(torch::nn::Conv3dOptions(in, out, kernel).stride(stride).padding(padding));
    initConvolution_(*convolution);
    net->push_back(convolution);
}

void addConvolution(torch::nn::Sequential& net, int64_t in, int64_t out, int64_t stride, int64_t padding)
{
    nn::SpectralConv2d convolution(torch::nn::Conv2dOptions(in, out, 4).stride(stride).padding(padding));
    initConvolution_(*convolution);
    net->push_back(convolution);
}

void addActivation(torch::nn::Sequential& net) { net->push_back(torch::nn::LeakyReLU(torch::nn::LeakyReLUOptions().negative_slope(0.2).inplace(true))); }

/// Drops the last dimension if it is 1, \p times times.
torch::Tensor squeezed(torch::Tensor logits, int times)
{
    for (int i = 0; i < times; ++i) logits = logits.squeeze(-1);
    return logits;
}
}  // namespace

VideoDiscriminatorImpl::VideoDiscriminatorImpl(int64_t ch, Kind kind, int64_t imageSize)
{
    const auto halvingSpace = [&](int64_t in, int64_t out) {
        addConvolution(net, in, out, Size3({1, 4, 4}), Size3({1, 2, 2}), Size3({0, 1, 1}));
        addActivation(net);
    };
    if (kind == Kind::Factorized) {
        const auto shorteningTime = [&](int64_t channels) {
            addConvolution(net, channels, channels, Size3({4, 1, 1}), Size3(1), Size3(0));
            addActivation(net);
        };
        int64_t in = 3;
        for (const int64_t out : {ch, 2 * ch, 4 * ch, 8 * ch}) {
            halvingSpace(in, out);
            shorteningTime(out);
            in = out;
        }
        if (imageSize == 128) halvingSpace(8 * ch, 8 * ch);
        addConvolution(net, 8 * ch, 8 * ch, Size3({1, 4, 4}), Size3(1), Size3(0));
        addActivation(net);
        addConvolution(net, 8 * ch, 1, Size3({4, 1, 1}), Size3(1), Size3(0));
    } else {
        int64_t in = 3;
        for (const int64_t out : {ch, 2 * ch, 4 * ch, 8 * ch}) {
            addConvolution(net, in, out, Size3(4), Size3(2), Size3(1));
            addActivation(net);
            in = out;
        }
        if (imageSize == 128) halvingSpace(8 * ch, 8 * ch);
        addConvolution(net, 8 * ch, 1, Size3({1, 4, 4}), Size3(1), Size3(0));
    }
    register_module("net", net);
}

torch::Tensor VideoDiscriminatorImpl::forward(const torch::Tensor& clips) { return squeezed(net->forward(clips), 4); }

ImageDiscriminatorImpl::ImageDiscriminatorImpl(int64_t ch, int64_t imageSize)
{
    const auto halving = [&](int64_t in, int64_t out) {
        addConvolution(net, in, out, 2, 1);
        addActivation(net);
    };
    halving(3, ch);
    halving(ch, 2 * ch);
    halving(2 * ch, 4 * ch);
    halving(4 * ch, 8 * ch);
    if (imageSize == 128) halving(8 * ch, 8 * ch);
    addConvolution(net, 8 * ch, 1, 1, 0);
    register_module("net", net);
}

torch::Tensor ImageDiscriminatorImpl::forward(const torch::Tensor& frames) { return squeezed(net->forward(frames), 3); }

}  // namespace kinora::g3an
