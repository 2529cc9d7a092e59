#include "models/imaginator/imaginator_networks.h"

#include "core/nn/init.h"
#include "core/util/error.h"

namespace kinora::imaginator {
namespace nn = torch::nn;
namespace {

constexpr double kInit = 0.02;

nn::LeakyReLU leaky() { return nn::LeakyReLU(nn::LeakyReLUOptions().negative_slope(0.2)); }

/// Norm weights N(1, 0.02) everywhere, weights of ordinary convolutions N(0, 0.02); transposed ones keep the library's start. Source: authors' train.py (init_weights).
void initialise(torch::nn::Module& module)
{
    for (const auto& child : module.modules(false)) {
        if (auto* convolution = child->as<nn::Conv2d>()) kinora::nn::normalInit_(convolution->weight, 0, kInit);
        else if (auto* spectral = dynamic_cast<kinora::nn::SpectralNormModule*>(child.get())) kinora::nn::normalInit_(spectral->weight_orig, 0, kInit);
        else if (auto* norm2 = child->as<nn::BatchNorm2d>()) kinora::nn::normalInit_(norm2->weight, 1, kInit);
        else if (auto* norm3 = child->as<nn::BatchNorm3d>()) kinora::nn::normalInit_(norm3->weight, 1, kInit);
    }
}

/// Class weights as maps of the given frames and size. \param classes (N, K) or (N, K, 32)
torch::Tensor classMaps(const torch::Tensor& classes, int64_t frames, int64_t height, int64_t width)
{
    torch::Tensor track = classes.dim() == 2 ? classes.unsqueeze(2).expand({classes.size(0), classes.size(1), frames})
                                             : classes.view({classes.size(0), classes.size(1), frames, classes.size(2) / frames}).mean(3);
    return track.unsqueeze(3).unsqueeze(4).expand({classes.size(0), classes.size(1), frames, height, width});
}
}  // namespace

EncoderImpl::EncoderImpl(int64_t ch, int64_t appearanceDim)
{
    const int64_t widths[] = {3, ch, 2 * ch, 4 * ch, 8 * ch};
    for (int b = 0; b < 4; ++b)
        m_blocks[b] = register_module("b" + std::to_string(b + 1), nn::Sequential(nn::Conv2d(nn::Conv2dOptions(widths[b], widths[b + 1], 4).stride(2).padding(1)), nn::BatchNorm2d(widths[b + 1]), leaky()));
    m_blocks[4] = register_module("b5", nn::Sequential(nn::Conv2d(nn::Conv2dOptions(8 * ch, appearanceDim, 4))));
}

Maps EncoderImpl::forward(const torch::Tensor& image)
{
    Maps maps;
    torch::Tensor h = image;
    for (std::size_t b = 0; b < m_blocks.size(); ++b) maps[b] = h = m_blocks[b]->forward(h);
    return maps;
}

TransposedBlockImpl::TransposedBlockImpl(int64_t in, int64_t mid, int64_t out, bool first, bool last)
{
    const int64_t stride = first ? 1 : 2, padding = first ? 0 : 1, temporalKernel = first ? 2 : 4;
    conv->push_back(nn::ConvTranspose3d(nn::ConvTranspose3dOptions(in, mid, {temporalKernel, 1, 1}).stride({stride, 1, 1}).padding({padding, 0, 0})));
    conv->push_back(nn::BatchNorm3d(mid));
    conv->push_back(leaky());
    conv->push_back(nn::ConvTranspose3d(nn::ConvTranspose3dOptions(mid, out, {1, 4, 4}).stride({1, stride, stride}).padding({0, padding, padding})));
    if (last) {
        conv->push_back(nn::Tanh());
    } else {
        conv->push_back(nn::BatchNorm3d(out));
        conv->push_back(leaky());
    }
    register_module("conv", conv);
}

DecoderImpl::DecoderImpl(const GeneratorOptions& options)
{
    const int64_t ch = options.baseChannels, k = options.classes;
    std::vector<int64_t> mid = options.midChannels;
    if (mid.empty()) mid = {64 * ch, 48 * ch, 24 * ch, 12 * ch, 36};
    if (mid.size() != 5) throw Error(ErrorCode::Usage, "takes five widths, not " + std::to_string(mid.size()), "mid_channels");
    const int64_t outs[] = {8 * ch, 4 * ch, 2 * ch, ch};
    int64_t in = options.codeDim + k + options.appearanceDim;
    for (std::size_t b = 0; b < 4; ++b) {
        m_blocks.push_back(register_module("block" + std::to_string(b + 1), TransposedBlock(in, mid[b], outs[b], b == 0, false)));
        in = 2 * outs[b] + k;  // the encoder's map has as many channels
    }
    to_rgb = register_module("to_rgb", TransposedBlock(in, mid[4], 3, false, true));
}

torch::Tensor DecoderImpl::forward(const torch::Tensor& z, const torch::Tensor& classes, const Maps& maps, Trace* trace)
{
    const torch::Tensor whole = classes.dim() == 2 ? classes : classes.mean(2);
    torch::Tensor h = torch::cat({z, whole, maps[4].flatten(1)}, 1).view({z.size(0), -1, 1, 1, 1});
    for (std::size_t b = 0; b < 4; ++b) {
        h = m_blocks[b]->forward(h);
        const torch::Tensor& map = maps[3 - b];
        const torch::Tensor still = map.unsqueeze(2).expand({map.size(0), map.size(1), h.size(2), map.size(2), map.size(3)});
        h = torch::cat({h, still, classMaps(classes, h.size(2), h.size(3), h.size(4))}, 1);
        if (trace) (*trace)[b] = h;
    }
    return to_rgb->forward(h);
}

GeneratorImpl::GeneratorImpl(const GeneratorOptions& options) : m_options(options)
{
    enc = register_module("enc", Encoder(options.baseChannels, options.appearanceDim));
    dec = register_module("dec", Decoder(options));
    initialise(*this);
}

VideoDiscriminatorImpl::VideoDiscriminatorImpl(int64_t ch, int64_t classes) : m_classes(classes)
{
    const auto convolution = [](int64_t in, int64_t out) { return kinora::nn::SpectralConv3d(nn::Conv3dOptions(in, out, 4).stride(2).padding(1)); };
    net1->push_back(convolution(3, ch));
    net1->push_back(leaky());
    net2->push_back(convolution(ch + classes, 2 * ch));
    net2->push_back(leaky());
    net2->push_back(convolution(2 * ch, 4 * ch));
    net2->push_back(leaky());
    net2->push_back(convolution(4 * ch, 8 * ch));
    net2->push_back(leaky());
    net2->push_back(kinora::nn::SpectralConv3d(nn::Conv3dOptions(8 * ch, 1, {2, 4, 4})));
    register_module("net1", net1);
    register_module("net2", net2);
    initialise(*this);
}

torch::Tensor VideoDiscriminatorImpl::forward(const torch::Tensor& clips, const torch::Tensor& classes)
{
    torch::Tensor h = net1->forward(clips);
    if (m_classes > 0) h = torch::cat({h, classMaps(classes, h.size(2), h.size(3), h.size(4)).to(h.dtype())}, 1);
    return net2->forward(h).view({clips.size(0)});
}

ImageDiscriminatorImpl::ImageDiscriminatorImpl(int64_t ch)
{
    for (const auto& [in, out] : {std::pair{int64_t(3), ch}, {ch, 2 * ch}, {2 * ch, 4 * ch}, {4 * ch, 8 * ch}}) {
        net->push_back(kinora::nn::SpectralConv2d(nn::Conv2dOptions(in, out, 4).stride(2).padding(1)));
        net->push_back(leaky());
    }
    net->push_back(kinora::nn::SpectralConv2d(nn::Conv2dOptions(8 * ch, 1, 4)));
    register_module("net", net);
    initialise(*this);
}

torch::Tensor ImageDiscriminatorImpl::forward(const torch::Tensor& frames) { return net->forward(frames).view({frames.size(0)}); }

}  // namespace kinora::imaginator
