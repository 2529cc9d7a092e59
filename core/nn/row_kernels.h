#pragma once
// Loops over rows of channels for a processor: what LibTorch computes in several passes over memory is computed here in one. Features are (rows, channels), contiguous,
// in float or bfloat16; sums are in float. The order of every sum is fixed, whatever the number of threads.
#include <c10/util/BFloat16.h>

#include <cstdint>

namespace kinora::nn::rows {

/// Batch norm over rows, ReLU and the addition of a value per group, as one.
/// Rows are `groups` times `perGroup`, one group after another.
struct NormShape {
    int64_t groups = 0, perGroup = 0, channels = 0;
    int64_t rows() const { return groups * perGroup; }
};

/// Mean and biased variance of every channel. Source: Chan, Golub, LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances", 1979.
template <class T>
void moments(const T* x, const NormShape& shape, float* mean, float* variance);

/// y = max(0, scale x + shift) + added, where `added` (groups, channels) may be null.
template <class T>
void normReluAdd(const T* x, const NormShape& shape, const float* scale, const float* shift, const T* added, T* y);

/// The way back of normReluAdd with scale = gamma / deviation and shift = beta - mean * scale.
/// \param g        gradient of y
/// \param dx       gradient of x, through mean and variance too
/// \param dAdded   gradient of `added`, or null
/// \param dGamma, dBeta  (channels)
template <class T>
void normReluAddBackward(const T* x, const T* g, const NormShape& shape, const float* mean, const float* inverseDeviation, const float* gamma, const float* beta, T* dx, T* dAdded,
                         float* dGamma, float* dBeta);

/// Rows in two halves, one after the other, of which the second one is scaled: the outputs of two calls of a layer whose weights differ by a factor.
struct HalvesShape {
    int64_t first = 0, second = 0, channels = 0;
};
/// y = leaky(s x + bias), where s is \p scale in the second half and 1 in the first, and leaky(z) = max(z, slope z); 0 < slope <= 1.
template <class T>
void biasLeaky(const T* x, const HalvesShape& shape, float scale, const float* bias, float slope, T* y);
/// The way back of biasLeaky, from its outcome.
/// \param dx      gradient of x
/// \param dBias   (channels)
/// \param dScale  gradient of the scale
template <class T>
void biasLeakyBackward(const T* y, const T* g, const HalvesShape& shape, float scale, const float* bias, float slope, T* dx, float* dBias, float* dScale);

/// A transposed convolution along time with kernel k, stride s and padding p; P positions in a frame, C channels.
struct TimeShape {
    int64_t clips = 0, frames = 0, positions = 0, channels = 0;
    int64_t kernel = 1, stride = 1, padding = 0;
    int64_t outFrames() const { return (frames - 1) * stride - 2 * padding + kernel; }
};

/// Shifted adds: out[n, t s + j - p] += taps[n, t, :, j] + still[n, :, j] for every frame t and tap j, from zero.
/// \param taps   (clips, frames, positions, kernel, channels): frames times weights
/// \param still  (clips, positions, kernel, channels): the same for what does not change in time; may be null
/// \param out    (clips, outFrames, positions, channels)
template <class T>
void shiftAdd(const T* taps, const T* still, const TimeShape& shape, T* out);

/// The way back of shiftAdd. \p still (may be null) receives the sum over the frames.
template <class T>
void shiftGather(const T* out, const TimeShape& shape, T* taps, T* still);

/// A clip (N, 3, T, H, W) in numbers, with strides.
struct PixelShape {
    int64_t size[5], stride[5];
};
/// Bytes (N, T, H, W, channels) of round(255 (x - low) / range), ties to even, or of the next whole number towards 0; within 0 to 255. A fourth channel is 255.
void pixels(const float* clip, const PixelShape& shape, float low, float range, bool truncate, int64_t channels, std::uint8_t* out);

/// A weight (first, out, rest) as the matrix of spectral normalisation, `out` rows of first * rest numbers; for plain convolutions first is 1.
struct WeightShape {
    int64_t first = 1, out = 0, rest = 0;
};
/// result (first, rest) = W^T u, for u (out).
void timesU(const float* weight, const WeightShape& shape, const float* u, float* result);
/// result (out) = W v, for v (first, rest).
void timesV(const float* weight, const WeightShape& shape, const float* v, float* result);
/// (first, second, taps) times \p factor to (first, taps, second): a weight as convolutions of features with channels last take it.
template <class T>
void channelsLast(const float* weight, int64_t first, int64_t second, int64_t taps, float factor, T* result);
/// Sum of the products of \p count numbers.
template <class T>
float dot(const T* a, const T* b, int64_t count);
/// result (first, second, taps) = a g + (b u) v^T, with g (first, taps, second), and u and v as the matrix of spectral normalisation has them: its rows are counted by the first
/// dimension, or by the second one of a transposed convolution.
template <class T>
void rankOneUpdate(const T* g, int64_t first, int64_t second, int64_t taps, bool transposed, float a, float b, const float* u, const float* v, float* result);
/// The same with a second summand c x y^T, of a weight that is not transposed.
template <class T>
void rankTwoUpdate(const T* g, int64_t first, int64_t second, int64_t taps, float a, float b, const float* u, const float* v, float c, const float* x, const float* y, float* result);

}  // namespace kinora::nn::rows
