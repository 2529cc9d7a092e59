#pragma once
// The building blocks of the generator: the G3 block with its three streams, and factorised spatio-temporal self-attention.
//
// Source: Wang, Bilinski, Bremond, Dantcheva, "G3AN: Disentangling Appearance and Motion for Video Generation", CVPR 2020; authors' model/networks.py
// and model/ops.py. Parameter names equal the authors' state dict.
#include <torch/torch.h>

#include <string>
#include <vector>

#include "core/nn/formulation.h"
#include "core/nn/spectral_norm.h"

namespace kinora::g3an {

/// How the video stream's spatio-temporal convolution is taken apart.
enum class Factorization {
    TimeThenSpace,  ///< "1p2d": temporal, then spatial; the paper's best.
    SpaceThenTime,  ///< "2p1d"
    Full,           ///< "3d": one spatio-temporal kernel.
};
Factorization factorizationFromName(const std::string& name);  ///< \throws Error (Usage)
std::string factorizationName(Factorization factorization);

/// Where an attention result is put back.
enum class AttentionLayout {
    Official,  ///< As the authors' code: the result's memory is read under another shape. Published weights need it.
    Aligned,   ///< As the paper describes: at the place it was computed for.
};

/// The streams between two blocks.
struct Streams {
    torch::Tensor spatial;   ///< h_s, (N, C_s, 1, H, W): a function of z_a alone.
    torch::Tensor video;     ///< h_v, (N, C_v, T, H, W).
    torch::Tensor temporal;  ///< h_t, (N, C_t, T, 1, 1): a function of z_m alone.
};

/// The same as a training step computes them: channels last, and h_v not yet joined from its halves.
struct FastStreams {
    torch::Tensor spatial;   ///< h_s, (N, 1, H, W, C).
    torch::Tensor still;     ///< The half of h_v that does not change in time, (N, 1, H, W, C); undefined if there is none.
    torch::Tensor moving;    ///< The rest of it, (N, T, H, W, C).
    torch::Tensor temporal;  ///< h_t, (N, T, 1, 1, C).

    torch::Tensor video() const;  ///< h_v joined, (N, T, H, W, C).
    Streams plain() const;
};

/// Channels and geometry of one G3 block.
struct BlockShape {
    int64_t spatialIn = 0, videoIn = 0, temporalIn = 0, out = 0;
    int64_t spatialKernel = 4, temporalKernel = 4;
    int64_t spatialStride = 1, temporalStride = 1;
    int64_t spatialPadding = 0, temporalPadding = 0;
};

/// One G3 block: a spatial, a temporal and a video stream of transposed convolutions, then fusion.
class G3BlockImpl : public torch::nn::Module {
public:
    G3BlockImpl(const BlockShape& shape, Factorization factorization);

    /// \returns the block's spatial and temporal streams and the fused video stream of 2 * out channels, spatial half first
    Streams forward(const Streams& in);
    /// In train mode, the same up to rounding: what is constant in time is multiplied once, nothing is repeated or joined.
    FastStreams forward(const FastStreams& in);
    torch::Tensor spatial(const torch::Tensor& hs) { return conv_s->forward(hs); }
    torch::Tensor temporal(const torch::Tensor& ht) { return conv_t->forward(ht); }

private:
    /// A transposed convolution and its norm, entries of one of the streams.
    struct Stage {
        nn::SpectralConvTranspose3d convolution{nullptr};
        torch::nn::BatchNorm3d norm{nullptr};
        int64_t stride = 1, padding = 0;  ///< In the direction of its kernel; of a full kernel those in space.
    };
    Stage addStage(torch::nn::Sequential& stream, int64_t in, int64_t out, torch::ExpandingArray<3> kernel, torch::ExpandingArray<3> stride, torch::ExpandingArray<3> padding);
    /// \param added  after the ReLU, or undefined
    torch::Tensor run(Stage& stage, const torch::Tensor& still, const torch::Tensor& moving, const torch::Tensor& added);

    torch::nn::Sequential conv_v, conv_s, conv_t;
    std::vector<Stage> m_video;
    Stage m_spatial, m_temporal;
    BlockShape m_shape;
};
TORCH_MODULE(G3Block);

/// Self-attention over one group of positions with a residual scale that starts at zero: gamma * attention(x) + x. Scores are not scaled.
class SelfAttentionImpl : public torch::nn::Module {
public:
    enum class Axis { Time, Space };
    SelfAttentionImpl(int64_t channels, Axis axis, AttentionLayout layout);
    torch::Tensor forward(const torch::Tensor& x);  ///< (N, C, T, H, W), same shape out
    torch::Tensor gamma;                            ///< (1)

private:
    nn::SpectralConv3d q_conv, k_conv, v_conv;
    Axis m_axis;
    AttentionLayout m_layout;
};
TORCH_MODULE(SelfAttention);

/// F-SA: attention over the frames of every pixel, then over the pixels of every frame.
class FactorizedSelfAttentionImpl : public torch::nn::Module {
public:
    FactorizedSelfAttentionImpl(int64_t channels, AttentionLayout layout);
    /// \param afterTemporal  if given, receives what the temporal module hands to the spatial one
    torch::Tensor forward(const torch::Tensor& x, torch::Tensor* afterTemporal = nullptr);

    SelfAttention tsa, ssa;
};
TORCH_MODULE(FactorizedSelfAttention);

/// The authors' start of plain convolutions: weight N(0, 0.02), bias as the library's.
void initConvolution_(nn::SpectralNormModule& convolution);

}  // namespace kinora::g3an
