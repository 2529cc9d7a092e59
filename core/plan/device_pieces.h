#pragma once
// The pieces that plans on other devices than the processor are made of: LibTorch's own tensor operations on weights that were prepared once.
//
// Features lie as rows, (N, T, H, W, C), contiguous, so that every convolution is one of N T images in channels-last and every 1 x 1 x 1 convolution a matrix product. Nothing here
// waits for the device or changes a setting: products round to TF32 where the caller's settings let them.
//
// To add a piece: keep() every prepared tensor, so that its place stays the same when weights change, and put nothing but tensor operations into what runs.
#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>

namespace kinora::plan {

/// Writes \p value to where \p place is, or makes a copy of its own where there is nothing of that size, type and device yet.
/// \returns false if \p place lies elsewhere now
bool keep(at::Tensor& place, const at::Tensor& value);

/// A transposed convolution with its folded norm, then ReLU, then an addition.
class DeviceDeconvolution {
public:
    /// \param weight  (in, out, kt, kh, kw), float32, on the device; a kernel in space of stride 1 starts from a single point
    /// \param bias    (out), float32
    /// \param still   how many of the inputs, the first ones, are constant in time
    /// \param type    of weights and features
    /// \returns false if prepared weights have moved
    bool prepare(const at::Tensor& weight, const at::Tensor& bias, std::array<int64_t, 3> stride, std::array<int64_t, 3> padding, int64_t still, at::ScalarType type);

    /// \param still   (N, 1, H, W, still), multiplied once and not once a frame; undefined if there are none
    /// \param moving  (N, T, H, W, in - still)
    /// \param added   (N, T', 1, 1, out) or undefined
    /// \param into    where the result goes, (N, T', H', W', out) with any strides, or undefined: new memory
    at::Tensor run(const at::Tensor& still, const at::Tensor& moving, const at::Tensor& added = {}, const at::Tensor& into = {}) const;
    int64_t out() const { return m_bias.numel(); }
    int64_t bytes() const;

private:
    /// Products with every temporal tap, (N, T, H', W', kt out).
    at::Tensor products(const at::Tensor& x, const at::Tensor& weight) const;

    bool m_matrix = false;  // one matrix product: no kernel in space, or one that starts from a point
    int64_t m_times = 1, m_size = 1, m_timeStride = 1, m_timePadding = 0, m_stride = 1, m_padding = 0;
    at::Tensor m_still, m_moving;         // (in, kh kw kt out), or (in, kt out, kh, kw) in channels-last
    at::Tensor m_bias, m_floor, m_tiled;  // the bias, its negative, and itself once for every place
};

}  // namespace kinora::plan
