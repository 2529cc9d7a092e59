#pragma once
// Convolutions of kernel 4, stride 2, padding 1, which halve images, and their transposes, which double them, on a processor: with 9 instead of 16 products per small pixel and
// pair of channels, in the way forth and in both ways back. All three are the one form
//
//     sum over i, k, s, l of small[i, s] large[2 i - 1 + k, l] weight[s, k, l]
//
// (i and k in two dimensions), differentiated by one of its factors.
//
// Source: Winograd, "Arithmetic Complexity of Computations", 1980, F(2, 2); Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016, section 4.
// All transforms have coefficients 0 and +-1 alone. Sums are float32; in bfloat16 operands and results are rounded once each.
#include <c10/util/BFloat16.h>

#include <cstdint>

namespace kinora::nn::halving {

/// Sizes; images lie as rows (images, height, width, channels). Channels are multiples of 16.
struct Shape {
    int64_t images = 0, height = 0, width = 0;  ///< Of the small images; large ones have twice the height and width.
    int64_t small = 0, large = 0;               ///< Channels.
};

/// Whether it is quicker here than LibTorch's convolutions: many pixels to the channels, in bfloat16 without AMX.
bool pays(const Shape& shape, bool bfloat16);

/// The transposed convolution. \param weight  (small, 4 x 4, large)
template <class T>
void enlarge(const T* small, const T* weight, const Shape& shape, T* large);
/// The convolution.
template <class T>
void reduce(const T* large, const T* weight, const Shape& shape, T* small);
/// The gradient of the weight. \param result  (small, 4 x 4, large)
template <class T>
void weightGradient(const T* small, const T* large, const Shape& shape, T* result);

}  // namespace kinora::nn::halving
