#include "models/vgan/vgan_networks.h"

#include "core/nn/init.h"
#include "core/util/error.h"

namespace kinora::vgan {
namespace nn = torch::nn;
namespace {

constexpr double kJudgeEpsilon = 1e-3;  // of the norms in the discriminator and the encoder; the library's 1e-5 elsewhere

/// Convolutions N(0, 0.01), biases 0, norm weights N(1, 0.02). Source: authors' main.lua (weights_init).
void initialise(torch::nn::Module& module)
{
    torch::NoGradGuard noGrad;
    for (const auto& parameter : module.named_parameters()) {
        torch::Tensor value = parameter.value();
        if (parameter.key().ends_with("bias")) value.zero_();
        else if (value.dim() == 1) kinora::nn::normalInit_(value, 1, 0.02);
        else kinora::nn::normalInit_(value, 0, 0.01);
    }
}

nn::ConvTranspose3d deconvolution3d(int64_t in, int64_t out) { return nn::ConvTranspose3d(nn::ConvTranspose3dOptions(in, out, 4).stride(2).padding(1)); }
nn::ConvTranspose2d deconvolution2d(int64_t in, int64_t out) { return nn::ConvTranspose2d(nn::ConvTranspose2dOptions(in, out, 4).stride(2).padding(1)); }
nn::Conv2d convolution2d(int64_t in, int64_t out) { return nn::Conv2d(nn::Conv2dOptions(in, out, 4).stride(2).padding(1)); }
nn::Conv3d convolution3d(int64_t in, int64_t out) { return nn::Conv3d(nn::Conv3dOptions(in, out, 4).stride(2).padding(1)); }
torch::Tensor leaky(const torch::Tensor& x) { return torch::leaky_relu(x, 0.2); }
}  // namespace

Variant variantFromName(const std::string& name)
{
    if (name == "two_stream") return Variant::TwoStream;
    if (name == "one_stream") return Variant::OneStream;
    if (name == "conditional") return Variant::Conditional;
    throw Error(ErrorCode::Usage, "there is no generator '" + name + "': two_stream, one_stream or conditional", "variant");
}

torch::Tensor compose(const torch::Tensor& foreground, const torch::Tensor& mask, const torch::Tensor& background) { return mask * foreground + (1 - mask) * background.unsqueeze(2); }

VideoStreamImpl::VideoStreamImpl(int64_t in, int64_t g, bool withMask, bool fromMap)
{
    const auto firstKernel = fromMap ? torch::ExpandingArray<3>({2, 1, 1}) : torch::ExpandingArray<3>({2, 4, 4});
    conv1 = register_module("conv1", nn::ConvTranspose3d(nn::ConvTranspose3dOptions(in, 8 * g, firstKernel)));
    bn1 = register_module("bn1", nn::BatchNorm3d(8 * g));
    conv2 = register_module("conv2", deconvolution3d(8 * g, 4 * g));
    bn2 = register_module("bn2", nn::BatchNorm3d(4 * g));
    conv3 = register_module("conv3", deconvolution3d(4 * g, 2 * g));
    bn3 = register_module("bn3", nn::BatchNorm3d(2 * g));
    conv4 = register_module("conv4", deconvolution3d(2 * g, g));
    bn4 = register_module("bn4", nn::BatchNorm3d(g));
    foreground = register_module("foreground", deconvolution3d(g, 3));
    if (withMask) mask = register_module("mask", deconvolution3d(g, 1));
    initialise(*this);
}

std::pair<torch::Tensor, torch::Tensor> VideoStreamImpl::forward(const torch::Tensor& x)
{
    torch::Tensor h = torch::relu(bn1(conv1(x)));
    h = torch::relu(bn2(conv2(h)));
    h = torch::relu(bn3(conv3(h)));
    h = torch::relu(bn4(conv4(h)));
    return {torch::tanh(foreground(h)), mask ? torch::sigmoid(mask(h)) : torch::Tensor()};
}

BackgroundStreamImpl::BackgroundStreamImpl(int64_t in, int64_t g, bool fromMap)
{
    const auto add = [&](const nn::ConvTranspose2d& convolution, int64_t normed) {
        const std::string number = std::to_string(m_convolutions.size() + 1);
        m_convolutions.push_back(register_module("conv" + number, convolution));
        if (normed > 0) m_norms.push_back(register_module("bn" + number, nn::BatchNorm2d(normed)));
    };
    if (!fromMap) add(nn::ConvTranspose2d(nn::ConvTranspose2dOptions(in, 8 * g, 4)), 8 * g);
    for (const int64_t width : {4 * g, 2 * g, g}) add(deconvolution2d(2 * width, width), width);
    add(deconvolution2d(g, 3), 0);
    initialise(*this);
}

torch::Tensor BackgroundStreamImpl::forward(const torch::Tensor& x)
{
    torch::Tensor h = x;
    for (std::size_t i = 0; i < m_norms.size(); ++i) h = torch::relu(m_norms[i]->forward(m_convolutions[i]->forward(h)));
    return torch::tanh(m_convolutions.back()->forward(h));
}

EncoderImpl::EncoderImpl(int64_t g)
{
    conv1 = register_module("conv1", convolution2d(3, g));
    conv2 = register_module("conv2", convolution2d(g, 2 * g));
    bn2 = register_module("bn2", nn::BatchNorm2d(nn::BatchNorm2dOptions(2 * g).eps(kJudgeEpsilon)));
    conv3 = register_module("conv3", convolution2d(2 * g, 4 * g));
    bn3 = register_module("bn3", nn::BatchNorm2d(nn::BatchNorm2dOptions(4 * g).eps(kJudgeEpsilon)));
    conv4 = register_module("conv4", convolution2d(4 * g, 8 * g));
    bn4 = register_module("bn4", nn::BatchNorm2d(nn::BatchNorm2dOptions(8 * g).eps(kJudgeEpsilon)));
    initialise(*this);
}

torch::Tensor EncoderImpl::forward(const torch::Tensor& frame)
{
    torch::Tensor h = torch::relu(conv1(frame));
    h = torch::relu(bn2(conv2(h)));
    h = torch::relu(bn3(conv3(h)));
    return torch::relu(bn4(conv4(h)));
}

GeneratorImpl::GeneratorImpl(const GeneratorOptions& options) : m_options(options)
{
    const int64_t g = options.baseChannels;
    const bool conditional = options.variant == Variant::Conditional;
    const int64_t in = conditional ? 8 * g : options.codeDim;
    if (conditional) encoder = register_module("encoder", Encoder(g));
    video = register_module("video", VideoStream(in, g, options.variant != Variant::OneStream, conditional));
    if (options.variant != Variant::OneStream) background = register_module("background", BackgroundStream(in, g, conditional));
}

Scene GeneratorImpl::forward(const torch::Tensor& z, const torch::Tensor& zBackground)
{
    if (m_options.variant == Variant::Conditional) throw Error(ErrorCode::Usage, "is made of a frame and takes no code", "conditional generator");
    if (z.dim() != 2 || z.size(1) != m_options.codeDim) throw Error(ErrorCode::ShapeMismatch, "takes " + std::to_string(m_options.codeDim) + " numbers a clip, not " + std::to_string(z.size(-1)), "z");
    Scene scene;
    std::tie(scene.foreground, scene.mask) = video->forward(z.view({z.size(0), z.size(1), 1, 1, 1}));
    if (m_options.variant == Variant::OneStream) {
        scene.video = scene.foreground;
        return scene;
    }
    const torch::Tensor& still = zBackground.defined() ? zBackground : z;
    scene.background = background->forward(still.view({still.size(0), still.size(1), 1, 1}));
    scene.video = compose(scene.foreground, scene.mask, scene.background);
    return scene;
}

Scene GeneratorImpl::continued(const torch::Tensor& frame)
{
    if (m_options.variant != Variant::Conditional) throw Error(ErrorCode::Usage, "is made of a code and takes no frame", "generator");
    Scene scene;
    const torch::Tensor map = encoder->forward(frame);
    std::tie(scene.foreground, scene.mask) = video->forward(map.unsqueeze(2));
    scene.background = background->forward(map);
    scene.video = compose(scene.foreground, scene.mask, scene.background);
    return scene;
}

torch::Tensor GeneratorImpl::firstLayers(const torch::Tensor& z, bool ofVideo, bool ofBackground)
{
    std::vector<torch::Tensor> parts;
    if (ofVideo) parts.push_back(video->first(z.view({z.size(0), z.size(1), 1, 1, 1})).flatten(1));
    if (ofBackground && background) parts.push_back(background->first(z.view({z.size(0), z.size(1), 1, 1})).flatten(1));
    return torch::cat(parts, 1);
}

DiscriminatorImpl::DiscriminatorImpl(int64_t d)
{
    const auto norm = [](int64_t channels) { return nn::BatchNorm3d(nn::BatchNorm3dOptions(channels).eps(kJudgeEpsilon)); };
    conv1 = register_module("conv1", convolution3d(3, d));
    conv2 = register_module("conv2", convolution3d(d, 2 * d));
    bn2 = register_module("bn2", norm(2 * d));
    conv3 = register_module("conv3", convolution3d(2 * d, 4 * d));
    bn3 = register_module("bn3", norm(4 * d));
    conv4 = register_module("conv4", convolution3d(4 * d, 8 * d));
    bn4 = register_module("bn4", norm(8 * d));
    conv5 = register_module("conv5", nn::Conv3d(nn::Conv3dOptions(8 * d, 2, {2, 4, 4})));
    initialise(*this);
}

torch::Tensor DiscriminatorImpl::forward(const torch::Tensor& clips)
{
    if (clips.size(2) != kFrames) throw Error(ErrorCode::ShapeMismatch, "judges clips of " + std::to_string(kFrames) + " frames, not " + std::to_string(clips.size(2)), "discriminator");
    torch::Tensor h = leaky(conv1(clips));
    h = leaky(bn2(conv2(h)));
    h = leaky(bn3(conv3(h)));
    h = leaky(bn4(conv4(h)));
    return conv5(h).view({clips.size(0), 2});
}

}  // namespace kinora::vgan
