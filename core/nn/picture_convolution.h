#pragma once
// The 3 x 3 convolution to three channels that ends many generators, with its ways back, on a processor: one product to the 27 numbers of a pixel and shifted sums, an image at
// a time. LibTorch's convolutions fill up the three channels to sixteen.
#include <c10/util/BFloat16.h>

#include <cstdint>

namespace kinora::nn::picture {

/// Sizes; images lie as rows (images, height, width, channels), stride 1, padding 1. Channels and the pixels of an image are multiples of 16.
struct Shape {
    int64_t images = 0, height = 0, width = 0, channels = 0;
};

/// \param weight  (3, 3 x 3, channels)   \param y  (images, height, width, 3)
template <class T>
void convolve(const T* x, const T* weight, const Shape& shape, T* y);
/// Its ways back. \param g  as y   \param dx  as x, or null   \param dWeight  as weight, or null
template <class T>
void backward(const T* x, const T* g, const T* weight, const Shape& shape, T* dx, T* dWeight);

}  // namespace kinora::nn::picture
