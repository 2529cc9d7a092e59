#pragma once
// The pieces that plans on a processor are made of. Each holds weights that were packed once and works on plain memory.
//
// Features lie as rows: (clips, frames, height, width, channels), channels contiguous and filled up with zeros to a multiple of 16; see padded(). Storage is float32 or
// bfloat16, sums are float32. Products run on LibTorch's own kernels (oneDNN's, which use AVX2, AVX-512, AVX512-BF16 or AMX; the BLAS elsewhere), the rest on core/nn/loops.h.
// Pieces allocate nothing once a shape has been seen. Work is shared among at::get_num_threads() threads.
//
// To add a piece: take weights as tensors, pack them with PackedMatrix, share the work with at::parallel_for, finish every row with loops::finishRow.
#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <functional>
#include <variant>
#include <vector>

#include "core/nn/buffer.h"
#include "core/system/plan_precision.h"

namespace kinora::plan {

constexpr int64_t padded(int64_t channels) { return (channels + 15) / 16 * 16; }

/// Calls \p work for items 0 ... count - 1, each on the next of at::get_num_threads() workers that is free. What runs inside is not shared any further.
void shareOut(int64_t count, const std::function<void(int64_t item, int worker)>& work);

using nn::Buffer;

/// The right-hand side of matrix products, as the processor's kernels read it.
class PackedMatrix {
public:
    PackedMatrix() = default;
    /// \param matrix  (K, N), float32 on the CPU, both multiples of 16
    PackedMatrix(const at::Tensor& matrix, PlanPrecision precision);
    int64_t rows() const { return m_rows; }
    int64_t columns() const { return m_columns; }
    int64_t bytes() const { return m_memory.size(); }
    PlanPrecision precision() const { return m_precision; }
    static constexpr int64_t kColumns = 256;  ///< Of a panel.
    /// c (m, n) = a (m, K) times columns [from, from + n) of one panel, from whose beginning on; strides in elements. \p add: added to what is in c
    void multiply(int64_t m, const void* a, int64_t strideA, int64_t from, int64_t n, float* c, int64_t strideC, bool add = false) const;
    /// The whole product, shared among the threads; c has columns() floats in a row.
    void multiplyAll(int64_t m, const void* a, float* c) const;

private:
    Buffer m_memory;
    int64_t m_rows = 0, m_columns = 0;
    PlanPrecision m_precision = PlanPrecision::Float32;
};

/// Sizes of features.
struct Extent {
    int64_t clips = 0, frames = 1, height = 1, width = 1;
    int64_t pixels() const { return height * width; }
    int64_t rows() const { return clips * frames * pixels(); }
};

/// What follows a convolution.
struct Finish {
    const float* bias = nullptr;                  ///< (out); null: none, or contained in `still`.
    /// Share of the inputs that are constant in time, one pointer per clip, each (pixels, slices, out) with the bias in it; see StillShare.
    const std::vector<const float*>* still = nullptr;
    int slices = 1;
    const std::vector<int>* sliceOf = nullptr;    ///< Per output frame: which slice; null: always the first.
    float slope = 0;                              ///< Of negative sums: 0 is ReLU, 1 leaves them, another number is LeakyReLU.
    const float* row = nullptr;                   ///< (clips, frames, out): added before that, the same for all pixels. Not taken by layers that double height and width.
    const void* add = nullptr;                    ///< Added after that: (clips, frames, out) of the plan's type, the same for all pixels.
    bool asFloat = false;                         ///< Output in float32 whatever the plan's type.
};

/// A 1 x 1 x 1 convolution: one matrix product, finished strip by strip.
class Pointwise {
public:
    Pointwise() = default;
    Pointwise(const at::Tensor& matrix, PlanPrecision precision) : m_matrix(matrix, precision) {}
    void run(const Extent& extent, const void* x, const Finish& finish, void* y) const;
    int64_t out() const { return m_matrix.columns(); }
    int64_t bytes() const { return m_matrix.bytes(); }

private:
    PackedMatrix m_matrix;
};

/// Any transposed convolution: one matrix product to every tap, then shifted sums.
class TransposedConvolution {
public:
    TransposedConvolution() = default;
    /// \param weight  (in, out, kt, kh, kw), float32
    TransposedConvolution(const at::Tensor& weight, std::array<int64_t, 3> stride, std::array<int64_t, 3> padding, PlanPrecision precision);
    Extent extentAfter(const Extent& in) const;
    void run(const Extent& in, const void* x, const Finish& finish, void* y, Buffer& products) const;
    int64_t out() const { return m_out; }
    int64_t bytes() const { return m_matrix.bytes(); }

private:
    std::array<int64_t, 3> m_kernel{}, m_stride{}, m_padding{};
    int64_t m_out = 0;
    PackedMatrix m_matrix;
};

/// A transposed convolution along time alone, kernel (k, 1, 1): every output frame is the sum of few products, a strip of its pixels at a time. For frames of many pixels.
class AlongTime {
public:
    AlongTime() = default;
    /// \param weight  (in, out, k, 1, 1), float32
    AlongTime(const at::Tensor& weight, int64_t stride, int64_t padding, PlanPrecision precision);
    Extent extentAfter(const Extent& in) const;
    void run(const Extent& in, const void* x, const Finish& finish, void* y) const;
    int64_t out() const { return m_taps.front().columns(); }
    int64_t bytes() const;

private:
    void runRows(const Extent& in, const void* x, int64_t clip, int64_t frame, int64_t first, int64_t count, const Finish& finish, void* y) const;
    int64_t m_stride = 1, m_padding = 0;
    std::vector<PackedMatrix> m_taps;
};

/// A spatial convolution: pixels and their neighbours gathered to rows, a strip at a time, then one matrix product.
class Convolution {
public:
    Convolution() = default;
    /// \param weight  (out, in, kh, kw), float32; zeros are padded around the frames
    Convolution(const at::Tensor& weight, int64_t stride, int64_t padding, PlanPrecision precision);
    Extent extentAfter(const Extent& in) const;
    void run(const Extent& in, const void* x, const Finish& finish, void* y) const;
    int64_t out() const { return m_matrix.columns(); }
    int64_t bytes() const { return m_matrix.bytes(); }

private:
    int64_t m_in = 0, m_height = 1, m_width = 1, m_stride = 1, m_padding = 0;
    PackedMatrix m_matrix;
};

/// The largest of every 2 x 2 pixels. \param in  of even height and width   \param channels  padded
void halveByLargest(PlanPrecision precision, const Extent& in, int64_t channels, const void* x, void* y);

/// A spatial transposed convolution of kernel 4, stride 2, padding 1, which doubles height and width, with 9 instead of 16 products per pixel and pair of channels.
///
/// Each of the four output phases is a 2 x 2 convolution; two neighbouring outputs of two taps need three products instead of four.
/// Source: Winograd, "Arithmetic Complexity of Computations", 1980, F(2, 2); Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016, section 4.
/// The transforms have coefficients 0 and +-1 alone, so that rounding hardly grows.
class SpatialDoubling {
public:
    SpatialDoubling() = default;
    /// \param weight  (in, out, 4, 4), float32
    SpatialDoubling(const at::Tensor& weight, PlanPrecision precision);
    void run(const Extent& in, const void* x, const Finish& finish, void* y) const;
    int64_t out() const { return m_out; }
    int64_t bytes() const;

private:
    template <class T, class Out>
    void runAs(const Extent& in, const T* x, const Finish& finish, Out* y) const;
    int64_t m_in = 0, m_out = 0, m_chunk = 0;
    PlanPrecision m_precision = PlanPrecision::Float32;
    std::vector<PackedMatrix> m_matrices;  // [chunk][5 x 5 operands]; an operand's one, two or four products lie side by side
};

/// The same layer in float32 with 6.25 products per pixel and pair of channels: tiles of 4 x 4 pixels, F(4, 2) in both directions. Its prepared weights are 2.8 times as large.
/// Rounding grows by a factor of about five, to 2e-6 to 4e-6 of the largest value of a layer's output.
class LargeTileDoubling {
public:
    LargeTileDoubling() = default;
    /// \param weight  (in, out, 4, 4), float32
    explicit LargeTileDoubling(const at::Tensor& weight);
    void run(const Extent& in, const void* x, const Finish& finish, void* y) const;
    int64_t out() const { return m_out; }
    int64_t bytes() const;

private:
    int64_t m_in = 0, m_out = 0, m_chunk = 0;
    std::vector<PackedMatrix> m_matrices;  // [chunk][10 x 10 products]
};

/// A transposed convolution of kernel 4, stride 2, padding 1 in time and space, which doubles all three, with 27 instead of 64 products per point and pair of channels: F(2, 2) along
/// time, by six spatial layers of the kinds above for every two frames (in fp32 with few channels 18.75 products). Its prepared weights are 3.4 times as large (9.4).
class VolumeDoubling {
public:
    VolumeDoubling() = default;
    /// \param weight  (in, out, 4, 4, 4), float32
    VolumeDoubling(const at::Tensor& weight, PlanPrecision precision);
    void run(const Extent& in, const void* x, const Finish& finish, void* y, Buffer& products) const;
    int64_t out() const;
    int64_t bytes() const;

private:
    using Doubling = std::variant<SpatialDoubling, LargeTileDoubling>;
    PlanPrecision m_precision = PlanPrecision::Float32;
    int64_t m_in = 0;
    std::vector<Doubling> m_products;  // six
};

/// A transposed convolution in the formulation that suits it.
class Layer {
public:
    Layer() = default;
    /// \param weight      (in, out, kt, kh, kw), float32
    /// \param manyPixels  whether it pays to transform a kernel that doubles height and width, or to go through one along time frame by frame
    Layer(const at::Tensor& weight, std::array<int64_t, 3> stride, std::array<int64_t, 3> padding, PlanPrecision precision, bool manyPixels);
    Extent extentAfter(const Extent& in) const;
    void run(const Extent& in, const void* x, const Finish& finish, void* y, Buffer& products) const;
    int64_t out() const;
    int64_t bytes() const;

private:
    std::variant<Pointwise, AlongTime, SpatialDoubling, LargeTileDoubling, VolumeDoubling, TransposedConvolution> m_form;
};

/// The share of a transposed convolution's sums that comes from inputs which are constant in time. An output frame sees one of a few sets of temporal taps (four for
/// kernel 4, stride 2), so the share is one spatial convolution per set instead of one for every frame.
class StillShare {
public:
    StillShare() = default;
    /// \param weight  (in, out, kt, kh, kw) of the constant inputs
    /// \param bias    (out), goes into every slice
    StillShare(const at::Tensor& weight, const at::Tensor& bias, std::array<int64_t, 3> stride, std::array<int64_t, 3> padding, PlanPrecision precision);
    /// \param x  (clips, 1, height, width, in) of the plan's type   \param y  (clips, height', width', slices, out) float32
    void run(const Extent& in, const void* x, float* y, Buffer& products) const;
    Extent extentAfter(const Extent& in) const { return m_layer.extentAfter(in); }
    int slices() const { return static_cast<int>(m_taps.size()); }
    int64_t out() const { return m_layer.out() / slices(); }
    /// Per output frame of a convolution over \p framesIn frames: which slice it takes.
    std::vector<int> sliceOf(int64_t framesIn) const;
    int64_t bytes() const { return m_layer.bytes(); }

private:
    uint32_t tapsAt(int64_t frame, int64_t framesIn) const;
    int64_t m_kernel = 1, m_stride = 1, m_padding = 0;
    std::vector<uint32_t> m_taps;  // per slice, as bits
    std::vector<float> m_bias;
    Layer m_layer;
};

/// A transposed convolution to four channels or less, the last layer of many generators: one product per temporal tap to all numbers of a pixel, then shifted sums, frame by frame.
class ToPicture {
public:
    ToPicture() = default;
    /// \param weight  (in, out, kt, kh, kw), float32, out at most 4   \param bias  (out), or undefined
    ToPicture(const at::Tensor& weight, const at::Tensor& bias, std::array<int64_t, 3> stride, std::array<int64_t, 3> padding, PlanPrecision precision);
    Extent extentAfter(const Extent& in) const;
    /// Sums of one output frame of one clip, not shared among threads.
    /// \param x     the clip
    /// \param base  (out, height', width') to be added, or null
    /// \param y     (height', width') of the first channel, \p plane numbers further that of the next
    void frameSums(const Extent& in, const void* x, int64_t frame, const float* base, float* y, int64_t plane) const;
    /// Sums of all frames. \param y  (clips, frames', out, height', width')
    void sums(const Extent& in, const void* x, float* y) const;
    /// Frames of one clip, tanh applied. \param y  (frames', height', width') of the first channel, \p plane numbers further that of the next
    void run(const Extent& in, const void* x, const float* base, float* y, int64_t plane) const;
    int64_t bytes() const;

private:
    std::array<int64_t, 3> m_kernel{}, m_stride{}, m_padding{};
    int64_t m_channels = 0;
    std::array<float, 4> m_bias{};
    std::vector<PackedMatrix> m_taps;  // temporal; columns (kh, kw, out)
};

/// Softmax attention without scaling, group by group, a strip of queries at a time, so that no whole matrix of scores exists.
struct AttentionRows {
    int64_t groups = 0, positions = 0;
    int64_t groupStride = 0, positionStride = 0;  ///< Of q, k and v alike, in elements.
    int64_t keySize = 0;                          ///< Channels of q and k, padded.
    int64_t valueSize = 0;                        ///< Channels of v that count; v itself is padded.
};
/// \param out  (groups, positions, valueSize), of the plan's type
void attend(const AttentionRows& rows, PlanPrecision precision, const void* q, const void* k, const void* v, void* out);

/// x(t, p, c) += gamma * o[p * strides[0] + t * strides[1] + c * strides[2]] for features (frames, pixels, channels), the plan's type.
void addReadOut(PlanPrecision precision, int64_t frames, int64_t pixels, int64_t channels, const void* o, std::array<int64_t, 3> strides, float gamma, void* x);

/// (frames, pixels, left + right channels, padded) from what is constant in time and what is not; \p left and \p right are logical channels, sources are padded.
void joinStill(PlanPrecision precision, int64_t frames, int64_t pixels, const void* still, int64_t left, const void* moving, int64_t right, void* out);

/// Float numbers as the plan's type. \p from may be a row of any length.
void store(PlanPrecision precision, const float* from, int64_t count, void* to);
/// Bytes of a number.
constexpr int64_t sizeOf(PlanPrecision precision) { return precision == PlanPrecision::Float32 ? 4 : 2; }

}  // namespace kinora::plan
