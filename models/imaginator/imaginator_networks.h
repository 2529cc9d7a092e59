#pragma once
// Image encoder, spatio-temporal decoder with its fusions, and the two discriminators.
//
// Source: Wang, Bilinski, Bremond, Dantcheva, "ImaGINator: Conditional Spatio-Temporal GAN for Video Generation", WACV 2020; authors' model/networks.py. Parameter names equal the
// authors' state dicts without "module.".
#include <torch/torch.h>

#include <array>
#include <string>
#include <vector>

#include "core/nn/spectral_norm.h"

namespace kinora::imaginator {

constexpr int64_t kFrames = 32, kSize = 64;

struct GeneratorOptions {
    int64_t codeDim = 512;        ///< Numbers of z.
    int64_t appearanceDim = 100;  ///< Channels of the encoder's last output p.
    int64_t classes = 6;
    int64_t baseChannels = 64;
    /// Widths between the temporal and the spatial layer of the five decoder blocks; empty: 64, 48, 24, 12 times the width, and 36.
    /// Deviates: the authors' widths are constants; these equal them at width 64.
    std::vector<int64_t> midChannels;
};

/// The encoder's outputs h1 ... h4 and p, from large to small.
using Maps = std::array<torch::Tensor, 5>;

class EncoderImpl : public torch::nn::Module {
public:
    /// Deviates: the authors fix the norms of the first two blocks to 64 and 128 channels; here they follow the width.
    EncoderImpl(int64_t baseChannels, int64_t appearanceDim);
    Maps forward(const torch::Tensor& image);  ///< (N, 3, 64, 64) to h1 (N, ch, 32, 32) ... h4 (N, 8 ch, 4, 4), p (N, c_a, 1, 1)

private:
    std::array<torch::nn::Sequential, 5> m_blocks;  // b1 ... b5
};
TORCH_MODULE(Encoder);

/// One block: temporal transposed convolution, norm, then spatial transposed convolution, norm.
class TransposedBlockImpl : public torch::nn::Module {
public:
    /// \param first  kernel 2 in time and 4 in space without stride, instead of 4 with stride 2. \param last  tanh in place of the last norm
    TransposedBlockImpl(int64_t in, int64_t mid, int64_t out, bool first, bool last);
    torch::Tensor forward(const torch::Tensor& x) { return conv->forward(x); }

private:
    torch::nn::Sequential conv;
};
TORCH_MODULE(TransposedBlock);

/// Decoder's outputs after each fusion, for comparison with recorded values.
using Trace = std::array<torch::Tensor, 4>;

class DecoderImpl : public torch::nn::Module {
public:
    explicit DecoderImpl(const GeneratorOptions& options);
    /// Each of the first four blocks is followed by a fusion: [output, encoder's map of that size repeated over time, class repeated over time and space].
    /// \param classes  weights, (N, K), or a track of them over the frames, (N, K, 32), which is averaged down to each block's frames
    torch::Tensor forward(const torch::Tensor& z, const torch::Tensor& classes, const Maps& maps, Trace* trace = nullptr);

private:
    std::vector<TransposedBlock> m_blocks;  // block1 ... block4
    TransposedBlock to_rgb{nullptr};
};
TORCH_MODULE(Decoder);

class GeneratorImpl : public torch::nn::Module {
public:
    explicit GeneratorImpl(const GeneratorOptions& options = {});
    /// \param image    (N, 3, 64, 64) in [-1, 1]
    /// \param z        (N, codeDim), standard normal
    /// \param classes  one-hot or weights, (N, K) or (N, K, 32)
    /// \returns        clips, (N, 3, 32, 64, 64) in [-1, 1]
    torch::Tensor forward(const torch::Tensor& image, const torch::Tensor& z, const torch::Tensor& classes) { return dec->forward(z, classes, enc->forward(image)); }
    const GeneratorOptions& options() const { return m_options; }

    Encoder enc{nullptr};
    Decoder dec{nullptr};

private:
    GeneratorOptions m_options;
};
TORCH_MODULE(Generator);

/// Judges clips with their class, which joins after the first layer. Spectral norm on every convolution.
class VideoDiscriminatorImpl : public torch::nn::Module {
public:
    VideoDiscriminatorImpl(int64_t baseChannels, int64_t classes);
    torch::Tensor forward(const torch::Tensor& clips, const torch::Tensor& classes);  ///< (N, 3, 32, 64, 64), (N, K) to logits (N)
    torch::Tensor first(const torch::Tensor& clips) { return net1->forward(clips); }

private:
    int64_t m_classes;
    torch::nn::Sequential net1, net2;
};
TORCH_MODULE(VideoDiscriminator);

/// Judges single frames, without the class.
class ImageDiscriminatorImpl : public torch::nn::Module {
public:
    explicit ImageDiscriminatorImpl(int64_t baseChannels);
    torch::Tensor forward(const torch::Tensor& frames);  ///< (N, 3, 64, 64) to logits (N)

private:
    torch::nn::Sequential net;
};
TORCH_MODULE(ImageDiscriminator);

}  // namespace kinora::imaginator
