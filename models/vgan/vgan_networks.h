#pragma once
// The generator's streams, their composition, and the discriminator.
//
// Source: Vondrick, Pirsiavash, Torralba, "Generating Videos with Scene Dynamics", NeurIPS 2016; authors' main.lua and main_conditional.lua. The one-stream generator is not in the
// authors' program and follows the paper's text.
#include <torch/torch.h>

#include <string>

namespace kinora::vgan {

constexpr int64_t kFrames = 32, kSize = 64;

enum class Variant {
    TwoStream,    ///< A moving foreground and its mask over a still background, both of one code.
    OneStream,    ///< The video stream alone.
    Conditional,  ///< Two streams of an encoded first frame; no code.
};
/// \throws Error (Usage)
Variant variantFromName(const std::string& name);

struct GeneratorOptions {
    Variant variant = Variant::TwoStream;
    int64_t codeDim = 100;      ///< Numbers of z.
    int64_t baseChannels = 64;  ///< Width of the last hidden layers.
};

/// A clip and what it is composed of. Without a mask stream the latter are undefined.
struct Scene {
    torch::Tensor video;       ///< m f + (1 - m) b, (N, 3, 32, 64, 64) in [-1, 1].
    torch::Tensor foreground;  ///< f, likewise.
    torch::Tensor mask;        ///< m, (N, 1, 32, 64, 64) in (0, 1).
    torch::Tensor background;  ///< b, (N, 3, 64, 64) in [-1, 1].
};
/// m f + (1 - m) b. Source: the paper's equation 2.
torch::Tensor compose(const torch::Tensor& foreground, const torch::Tensor& mask, const torch::Tensor& background);

/// 3-D transposed convolutions to foreground and mask.
class VideoStreamImpl : public torch::nn::Module {
public:
    /// \param in  channels of its input. \param fromMap  the input is a 4 x 4 map rather than a vector
    VideoStreamImpl(int64_t in, int64_t baseChannels, bool withMask, bool fromMap);
    /// \param x  (N, in, 1, 1, 1), or (N, in, 1, 4, 4) \returns foreground and mask; the mask is undefined without its head
    std::pair<torch::Tensor, torch::Tensor> forward(const torch::Tensor& x);
    torch::Tensor first(const torch::Tensor& x) { return conv1->forward(x); }

private:
    torch::nn::ConvTranspose3d conv1{nullptr}, conv2{nullptr}, conv3{nullptr}, conv4{nullptr}, foreground{nullptr}, mask{nullptr};
    torch::nn::BatchNorm3d bn1{nullptr}, bn2{nullptr}, bn3{nullptr}, bn4{nullptr};
};
TORCH_MODULE(VideoStream);

/// 2-D transposed convolutions to the still background.
class BackgroundStreamImpl : public torch::nn::Module {
public:
    BackgroundStreamImpl(int64_t in, int64_t baseChannels, bool fromMap);
    torch::Tensor forward(const torch::Tensor& x);  ///< (N, in, 1, 1), or (N, in, 4, 4), to (N, 3, 64, 64)
    torch::Tensor first(const torch::Tensor& x) { return m_convolutions.front()->forward(x); }

private:
    std::vector<torch::nn::ConvTranspose2d> m_convolutions;  // conv1, conv2, ...
    std::vector<torch::nn::BatchNorm2d> m_norms;             // bn1, bn2, ...
};
TORCH_MODULE(BackgroundStream);

/// A frame to a 4 x 4 map of 8 times the width.
class EncoderImpl : public torch::nn::Module {
public:
    explicit EncoderImpl(int64_t baseChannels);
    torch::Tensor forward(const torch::Tensor& frame);  ///< (N, 3, 64, 64) to (N, 8 g, 4, 4)

private:
    torch::nn::Conv2d conv1{nullptr}, conv2{nullptr}, conv3{nullptr}, conv4{nullptr};
    torch::nn::BatchNorm2d bn2{nullptr}, bn3{nullptr}, bn4{nullptr};
};
TORCH_MODULE(Encoder);

class GeneratorImpl : public torch::nn::Module {
public:
    explicit GeneratorImpl(const GeneratorOptions& options = {});
    /// \param z            (N, codeDim), for the video stream
    /// \param zBackground  likewise for the background stream; undefined: z. In training they are one
    /// \throws Error (Usage) for the conditional variant
    Scene forward(const torch::Tensor& z, const torch::Tensor& zBackground = {});
    /// \param frame  (N, 3, 64, 64), for the conditional variant
    Scene continued(const torch::Tensor& frame);
    /// First layers of both streams, (N, F).
    torch::Tensor firstLayers(const torch::Tensor& z, bool ofVideo, bool ofBackground);
    const GeneratorOptions& options() const { return m_options; }

private:
    GeneratorOptions m_options;
    Encoder encoder{nullptr};
    VideoStream video{nullptr};
    BackgroundStream background{nullptr};
};
TORCH_MODULE(Generator);

/// Two logits per clip: real, generated.
class DiscriminatorImpl : public torch::nn::Module {
public:
    explicit DiscriminatorImpl(int64_t baseChannels);
    torch::Tensor forward(const torch::Tensor& clips);  ///< (N, 3, 32, 64, 64) to (N, 2)

private:
    torch::nn::Conv3d conv1{nullptr}, conv2{nullptr}, conv3{nullptr}, conv4{nullptr}, conv5{nullptr};
    torch::nn::BatchNorm3d bn2{nullptr}, bn3{nullptr}, bn4{nullptr};
};
TORCH_MODULE(Discriminator);

}  // namespace kinora::vgan
