#pragma once
// Convolutions whose weight is divided by its largest singular value, estimated by power iteration.
//
// Source: Miyato et al., "Spectral Normalization for Generative Adversarial Networks", ICLR 2018, section 2.1 and algorithm 1.
// Checkpoints: parameters `bias`, `weight_orig` and buffers `weight_u`, `weight_v`, in this order, as the common Python layer stores them.
#include <torch/torch.h>

namespace kinora::nn {

/// What the spectrally normalised layers share: the raw weight, its two singular vectors and the normalised weight.
///
/// Seen as a matrix the weight has one row per output channel, also for transposed convolutions, whose first two dimensions are swapped for that.
class SpectralNormModule : public torch::nn::Module {
public:
    /// The weight that a forward pass uses, W / sigma with sigma = u^T W v. In train mode u and v first advance by one power iteration, outside the
    /// graph; in eval mode nothing changes. The graph keeps its own copy of u and v, so that several forward passes may precede a backward pass.
    torch::Tensor normalizedWeight();
    /// The same up to rounding, in fewer passes over the weight, forth and back, and with strides as convolutions with channels last take it. For float32 on a
    /// processor; elsewhere normalizedWeight() itself.
    torch::Tensor normalizedWeightFast();

    torch::Tensor bias;         ///< (out); undefined without a bias.
    torch::Tensor weight_orig;  ///< (out, in, k...), or (in, out, k...) for a transposed convolution.
    torch::Tensor weight_u;     ///< (out), unit length.
    torch::Tensor weight_v;     ///< (in * k...), unit length.

protected:
    /// Registers the tensors; u and v start as random directions, weight and bias as the library's convolutions do.
    /// \param shape   of weight_orig
    /// \param outDim  which of its dimensions counts output channels: 0, or 1 for a transposed convolution
    void registerWeight(torch::IntArrayRef shape, int64_t outDim, bool withBias);

private:
    torch::Tensor asMatrix(const torch::Tensor& weight) const;
    int64_t m_outDim = 0;
};

class SpectralConv2dImpl : public SpectralNormModule {
public:
    explicit SpectralConv2dImpl(const torch::nn::Conv2dOptions& options);
    torch::IntArrayRef stride() const { return *m_options.stride(); }
    torch::IntArrayRef padding() const;  ///< As numbers.
    torch::Tensor forward(const torch::Tensor& x);  ///< (N, in, H, W) to (N, out, H', W')

private:
    torch::nn::Conv2dOptions m_options;
};
TORCH_MODULE(SpectralConv2d);

class SpectralConv3dImpl : public SpectralNormModule {
public:
    explicit SpectralConv3dImpl(const torch::nn::Conv3dOptions& options);
    torch::IntArrayRef stride() const { return *m_options.stride(); }
    torch::IntArrayRef padding() const;  ///< As numbers.
    torch::Tensor forward(const torch::Tensor& x);  ///< (N, in, T, H, W) to (N, out, T', H', W')

private:
    torch::nn::Conv3dOptions m_options;
};
TORCH_MODULE(SpectralConv3d);

class SpectralConvTranspose3dImpl : public SpectralNormModule {
public:
    explicit SpectralConvTranspose3dImpl(const torch::nn::ConvTranspose3dOptions& options);
    torch::Tensor forward(const torch::Tensor& x);  ///< (N, in, T, H, W) to (N, out, T', H', W')

private:
    torch::nn::ConvTranspose3dOptions m_options;
};
TORCH_MODULE(SpectralConvTranspose3d);

class SpectralLinearImpl : public SpectralNormModule {
public:
    explicit SpectralLinearImpl(const torch::nn::LinearOptions& options);
    torch::Tensor forward(const torch::Tensor& x);  ///< (N, ..., in) to (N, ..., out)
};
TORCH_MODULE(SpectralLinear);

}  // namespace kinora::nn
