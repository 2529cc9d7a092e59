// compiled with OpenMP, without which at::parallel_for runs in one thread; hence no precompiled header
#include "core/nn/picture_convolution.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <array>
#include <vector>

#include "core/nn/buffer.h"
#include "core/nn/loops.h"
#include "core/nn/strip_product.h"

namespace kinora::nn::picture {
namespace {

constexpr int64_t kStrip = 256;  // pixels of a product
constexpr int64_t kTaps = 32;    // 27, filled up
thread_local Buffer threadProducts, threadPlanes, threadTaps, threadTapRows, threadPairs;

template <class T>
void convolveAs(const T* x, const T* weight, const Shape& shape, T* y)
{
    using Four = float __attribute__((vector_size(16), aligned(4)));
    const int64_t height = shape.height, width = shape.width, channels = shape.channels, pixels = height * width;
    std::vector<T> matrix(static_cast<std::size_t>(channels * kTaps));  // (channels, 9 taps of 3)
    for (int64_t c = 0; c < channels; ++c)
        for (int64_t j = 0; j < 27; ++j) matrix[static_cast<std::size_t>((c - c % kTurns<T>) * kTaps + j * kTurns<T> + c % kTurns<T>)] = weight[(j % 3 * 9 + j / 3) * channels + c];
    at::parallel_for(0, shape.images, 1, [&](int64_t begin, int64_t end) {
        const ProductScope scope;
        float* product = threadProducts.get<float>(pixels * kTaps);
        float* sums = threadPlanes.get<float>(pixels * 3 + 1);
        for (int64_t image = begin; image < end; ++image) {
            for (int64_t from = 0; from < pixels; from += kStrip)
                multiply(std::min(kStrip, pixels - from), kTaps, channels, x + (image * pixels + from) * channels, channels, matrix.data(), kTaps, product + from * kTaps, kTaps, false);
            for (int64_t row = 0; row < height; ++row)
                for (int64_t column = 0; column < width; ++column) {
                    Four sum{0, 0, 0, 0};
                    for (int64_t dy = std::max<int64_t>(0, 1 - row); dy < std::min<int64_t>(3, height + 1 - row); ++dy)
                        for (int64_t dx = std::max<int64_t>(0, 1 - column); dx < std::min<int64_t>(3, width + 1 - column); ++dx)
                            sum += *reinterpret_cast<const Four*>(product + ((row + dy - 1) * width + column + dx - 1) * kTaps + (dy * 3 + dx) * 3);
                    *reinterpret_cast<Four*>(sums + (row * width + column) * 3) = sum;  // the fourth number is overwritten by the next pixel
                }
            loops::store(sums, pixels * 3, y + image * pixels * 3);
        }
    });
}

/// Row (tap, channel) of the result is the channel's plane as the tap sees it from every pixel on the way back: (32, pixels).
template <class T>
void shiftedPlanes(const T* g, int64_t height, int64_t width, T* planes, T* rows)
{
    const int64_t pixels = height * width;
    for (int64_t i = 0; i < pixels; ++i)
        for (int64_t c = 0; c < 3; ++c) planes[c * pixels + i] = g[i * 3 + c];
    std::fill_n(rows, kTaps * pixels, T(0));
    for (int64_t j = 0; j < 27; ++j) {
        const int64_t down = j / 9 - 1, right = j / 3 % 3 - 1;  // the pixel's value went to the one that lies as far up and left
        const int64_t first = std::max<int64_t>(0, right), count = width - std::abs(right);
        for (int64_t row = std::max<int64_t>(0, down); row < std::min(height, height + down); ++row)
            std::copy_n(planes + j % 3 * pixels + (row - down) * width + first - right, count, rows + j * pixels + row * width + first);
    }
}

template <class T>
void backwardAs(const T* x, const T* g, const T* weight, const Shape& shape, T* dx, T* dWeight)
{
    const int64_t channels = shape.channels, pixels = shape.height * shape.width;
    std::vector<T> matrix(static_cast<std::size_t>(channels * kTaps));  // (9 taps of 3, channels)
    for (int64_t j = 0; j < 27; ++j)
        for (int64_t c = 0; c < channels; ++c) matrix[static_cast<std::size_t>((j - j % kTurns<T>) * channels + c * kTurns<T> + j % kTurns<T>)] = weight[(j % 3 * 9 + j / 3) * channels + c];
    Buffer sumMemory;
    const int64_t size = kTaps * channels;
    float* sums = dWeight ? sumMemory.get<float>(shape.images * size) : nullptr;  // of every image, so that the order of the sum is fixed
    at::parallel_for(0, shape.images, 1, [&](int64_t begin, int64_t end) {
        const ProductScope scope;
        T* planes = threadPlanes.get<T>(3 * pixels);
        T* taps = threadTaps.get<T>(kTaps * pixels);
        T* tapRows = threadTapRows.get<T>(kTaps * kStrip);
        T* pairs = threadPairs.get<T>(kStrip * channels);
        float* product = threadProducts.get<float>(kStrip * channels);
        for (int64_t image = begin; image < end; ++image) {
            shiftedPlanes(g + image * pixels * 3, shape.height, shape.width, planes, taps);
            const T* from = x + image * pixels * channels;
            for (int64_t first = 0; first < pixels; first += kStrip) {
                const int64_t count = std::min(kStrip, pixels - first);
                if (dx) {
                    for (int64_t i = 0; i < count; i += 16)
                        for (int64_t j = 0; j < kTaps; j += 16) loops::transposeSquare(taps + j * pixels + first + i, pixels, tapRows + i * kTaps + j, kTaps);
                    multiply(count, channels, kTaps, tapRows, kTaps, matrix.data(), channels, product, channels, false);
                    loops::store(product, count * channels, dx + (image * pixels + first) * channels);
                }
                if (dWeight) {
                    const T* right = from + first * channels;
                    if constexpr (!std::is_same_v<T, float>) {
                        for (int64_t i = 0; i < count; i += 2) loops::interleave(channels, right + i * channels, right + (i + 1) * channels, pairs + i * channels);
                        right = pairs;
                    }
                    multiply(kTaps, channels, count, taps + first, pixels, right, channels, sums + image * size, channels, first > 0);
                }
            }
        }
    });
    if (!dWeight) return;
    std::vector<float> total(static_cast<std::size_t>(size)), inOrder(static_cast<std::size_t>(27 * channels));
    for (int64_t image = 0; image < shape.images; ++image)
        for (int64_t i = 0; i < size; ++i) total[static_cast<std::size_t>(i)] += sums[image * size + i];
    for (int64_t j = 0; j < 27; ++j) std::copy_n(total.begin() + j * channels, channels, inOrder.begin() + (j % 3 * 9 + j / 3) * channels);
    loops::store(inOrder.data(), 27 * channels, dWeight);
}
}  // namespace

template <class T>
void convolve(const T* x, const T* weight, const Shape& shape, T* y)
{
    convolveAs(stored(x), stored(weight), shape, stored(y));
}
template <class T>
void backward(const T* x, const T* g, const T* weight, const Shape& shape, T* dx, T* dWeight)
{
    backwardAs(stored(x), stored(g), stored(weight), shape, stored(dx), stored(dWeight));
}

template void convolve(const float*, const float*, const Shape&, float*);
template void convolve(const c10::BFloat16*, const c10::BFloat16*, const Shape&, c10::BFloat16*);
template void backward(const float*, const float*, const float*, const Shape&, float*, float*);
template void backward(const c10::BFloat16*, const c10::BFloat16*, const c10::BFloat16*, const Shape&, c10::BFloat16*, c10::BFloat16*);

}  // namespace kinora::nn::picture
