#pragma once
// The layers of video networks as a training step computes them fast: features are (N, T, H, W, C), contiguous, so that every convolution is one of images. Each function
// gives what the plain layer gives, up to rounding, with its gradients; on a processor loops of row_kernels.h, on other devices LibTorch's own operations.
//
// Precision: under autocast products and features are in its type; normalisation, sums and weights stay in float32.
#include <torch/torch.h>

#include "core/nn/spectral_norm.h"

namespace kinora::nn {

/// (N, C, T, H, W) to (N, T, H, W, C), contiguous, and back as a view.
torch::Tensor channelsLast(const torch::Tensor& clip);
torch::Tensor channelsSecond(const torch::Tensor& features);

/// Transposed convolution along time as one matrix product and shifted adds, without bias.
/// \param still    (N, 1, H, W, C_s) or undefined: channels that do not change in time. They come first among the weight's inputs and are multiplied once, not once a frame
/// \param moving   (N, T, H, W, C_m)
/// \param weight   (C_s + C_m, C, k), of a transposed convolution
/// \returns        (N, (T - 1) stride - 2 padding + k, H, W, C)
torch::Tensor transposedInTime(const torch::Tensor& still, const torch::Tensor& moving, const torch::Tensor& weight, int64_t stride, int64_t padding);

/// What a transposed convolution along time makes of its products: sums of them at shifted frames. Without gradients.
/// \param taps   (N, T, H, W, k, C), contiguous
/// \param still  (N, 1, H, W, k, C), contiguous, or undefined: products of channels that do not change in time, added to those of every frame
/// \returns      (N, (T - 1) stride - 2 padding + k, H, W, C)
torch::Tensor shiftedSum(const torch::Tensor& taps, const torch::Tensor& still, int64_t stride, int64_t padding);

/// Transposed convolution of every frame, without bias.
/// \param x       (N, T, H, W, C_in)
/// \param weight  (C_in, C, k, k)
/// \returns       (N, T, H', W', C)
torch::Tensor transposedInSpace(const torch::Tensor& x, const torch::Tensor& weight, int64_t stride, int64_t padding);

/// Batch norm in train mode of x + bias, then ReLU, then the addition of \p added: one pass forth and one back. Updates the running statistics.
/// The bias cancels out against the mean: its gradient is exactly zero, where a plain layer leaves rounding noise.
/// \param x      (N, T, H, W, C)
/// \param bias   (C), of the convolution before it
/// \param added  (N, T, 1, 1, C) or undefined
torch::Tensor normReluAdd(const torch::Tensor& x, const torch::Tensor& bias, torch::nn::BatchNorm3dImpl& norm, const torch::Tensor& added = {});

/// Convolution of every frame, with stride 1 and a bias.
/// \param still, moving  as transposedInTime
/// \param weight         (C, C_s + C_m, k, k)
torch::Tensor convolutionInSpace(const torch::Tensor& still, const torch::Tensor& moving, const torch::Tensor& weight, const torch::Tensor& bias, int64_t padding);

/// Convolution of images in channels-last; one whose kernel is as large as its input is a matrix product.
/// \param x      (N, C_in, H, W), channels-last strides
/// \param slope  of a leaky ReLU after it; 1: none
torch::Tensor convolution2d(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias, torch::IntArrayRef stride, torch::IntArrayRef padding, double slope = 1);

/// Convolution along time, in space, or both.
/// \param x       (N, T, H, W, C_in)
/// \param weight  (C, C_in, k_t, k_h, k_w)
/// \returns       (N, T', H', W', C)
torch::Tensor convolution(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias, torch::IntArrayRef stride, torch::IntArrayRef padding, double slope = 1);

/// leaky(s x + bias) of rows with channels last, where s is 1 in the first half of them, and \p ratio in the second; one pass forth and one back.
/// \param x      (..., C), contiguous, in one of the loops' types, on a processor
/// \param ratio  a scalar, or undefined: 1
/// \param slope  of the leaky ReLU, above 0 and at most 1; 1: none
torch::Tensor biasLeaky(const torch::Tensor& x, const torch::Tensor& bias, const torch::Tensor& ratio, double slope);

/// Clips to bytes in one pass, with the copy from the device: round(255 (x - low) / range), or the next whole number towards 0, within 0 to 255. Not a number gives 0.
/// \param clips     (N, 3, T, H, W), any strides, device and floating type
/// \param channels  3: RGB; 4: RGBA, opaque
/// \returns         uint8 on the CPU, (N, T, H, W, channels), contiguous
torch::Tensor pixels(const torch::Tensor& clips, float low = -1, float range = 2, bool truncate = false, int64_t channels = 3);

}  // namespace kinora::nn
