// compiled with OpenMP, without which at::parallel_for runs in one thread; hence no precompiled header
#include "core/plan/pieces.h"

#include <ATen/Parallel.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdlib>
#include <cstring>

#include "core/nn/loops.h"
#include "core/nn/strip_product.h"
#include "core/util/error.h"

namespace kinora::plan {
namespace loops = nn::loops;
namespace {

constexpr int64_t kStrip = 64;         // rows of a product that one thread finishes while they are in its cache
constexpr int64_t kColumns = PackedMatrix::kColumns;
constexpr int64_t kBlockBytes = 1 << 19;  // of a right-hand side that stays in a core's cache while the rows of a strip pass by
constexpr int64_t kTileStrip = 64;     // tiles of SpatialDoubling
constexpr int64_t kLargeTileStrip = 32;  // of LargeTileDoubling
constexpr int64_t kApart = 16;  // numbers between the operands and between the products of a strip, so that those of a tile do not all fall into the same set of the cache
constexpr int64_t kLargeTileWeights = 256 * 256;  // pairs of channels; of more the prepared weights take longer to read than the products that they spare

/// Per thread, for products on their way.
thread_local Buffer threadProducts, threadOperand;

const std::vector<float>& zeros(int64_t count)
{
    thread_local std::vector<float> values;
    if (static_cast<int64_t>(values.size()) < count) values.resize(static_cast<std::size_t>(count), 0.0F);
    return values;
}

/// The row that a position starts from: bias, or the share that is constant in time.
const float* baseRow(const Finish& finish, int64_t clip, int64_t frame, int64_t pixel, int64_t out)
{
    if (!finish.still) return finish.bias;
    const int64_t slice = finish.sliceOf ? (*finish.sliceOf)[static_cast<std::size_t>(frame)] : 0;
    return (*finish.still)[static_cast<std::size_t>(clip)] + (pixel * finish.slices + slice) * out;
}

const float* rowOfFrame(const Finish& finish, int64_t clip, int64_t frame, int64_t frames, int64_t out) { return finish.row ? finish.row + (clip * frames + frame) * out : nullptr; }

/// Which positions an output of a transposed convolution is made of in one dimension, each with its tap of the kernel.
struct Reach {
    int count = 0;
    int64_t from[16], tap[16];
    Reach() = default;
    Reach(int64_t at, int64_t size, int64_t kernel, int64_t stride, int64_t padding)
    {
        for (int64_t k = 0; k < kernel; ++k) {
            const int64_t source = at + padding - k;
            if (source < 0 || source % stride != 0 || source / stride >= size) continue;
            from[count] = source / stride;
            tap[count++] = k;
        }
    }
};

int64_t grown(int64_t size, int64_t kernel, int64_t stride, int64_t padding) { return (size - 1) * stride + kernel - 2 * padding; }

void refuseRow(const Finish& finish)
{
    if (finish.row) throw Error(ErrorCode::Internal, "a layer that doubles height and width takes no row for a frame");
}

template <class T>
const T* addedRow(const Finish& finish, int64_t clip, int64_t frame, int64_t frames, int64_t out)
{
    return finish.add ? static_cast<const T*>(finish.add) + (clip * frames + frame) * out : nullptr;
}

template <class Work>
void byType(PlanPrecision precision, bool asFloat, const Work& work)
{
    if (precision == PlanPrecision::Float32)
        work(float(), float());
    else if (asFloat)
        work(uint16_t(), float());
    else
        work(uint16_t(), uint16_t());
}
}  // namespace

void shareOut(int64_t count, const std::function<void(int64_t item, int worker)>& work)
{
    std::atomic<int64_t> next = 0;
    at::parallel_for(0, std::min<int64_t>(count, at::get_num_threads()), 1, [&](int64_t begin, int64_t end) {
        for (int64_t worker = begin; worker < end; ++worker)
            for (int64_t item = next++; item < count; item = next++) work(item, static_cast<int>(worker));
    });
}

PackedMatrix::PackedMatrix(const at::Tensor& matrix, PlanPrecision precision) : m_rows(matrix.size(0)), m_columns(matrix.size(1)), m_precision(precision)
{
    if (m_rows % 16 != 0 || m_columns % 16 != 0) throw Error(ErrorCode::Internal, "a packed matrix has multiples of 16 rows and columns");
    const at::Tensor whole = matrix.to(at::kCPU, at::kFloat).contiguous();
    // one panel of columns behind the other: the rows of a whole wide matrix lie on pages of their own and fall into the same few sets of the cache
    for (int64_t from = 0; from < m_columns; from += kColumns) {
        const int64_t width = std::min(kColumns, m_columns - from);
        const float* panel = whole.const_data_ptr<float>() + from;
        if (precision == PlanPrecision::Float32) {
            float* to = m_memory.get<float>(m_rows * m_columns) + from * m_rows;
            for (int64_t k = 0; k < m_rows; ++k) std::copy_n(panel + k * m_columns, width, to + k * width);
            continue;
        }
        // two neighbouring rows interleaved, as the instructions for bfloat16 read them
        uint16_t* to = m_memory.get<uint16_t>(m_rows * m_columns) + from * m_rows;
        std::vector<uint16_t> upper(static_cast<std::size_t>(width)), lower(upper);
        for (int64_t k = 0; k < m_rows; k += 2) {
            loops::store(panel + k * m_columns, width, upper.data());
            loops::store(panel + (k + 1) * m_columns, width, lower.data());
            loops::interleave(width, upper.data(), lower.data(), to + k * width);
        }
    }
}

void PackedMatrix::multiply(int64_t m, const void* a, int64_t strideA, int64_t from, int64_t n, float* c, int64_t strideC, bool add) const
{
    auto& memory = const_cast<Buffer&>(m_memory);  // read only: get() does not grow it
    const int64_t width = std::min(kColumns, m_columns - from);
    const auto inBlocks = [&](const auto* left, const auto* right) {
        constexpr int64_t kDepth = kBlockBytes / (kColumns * static_cast<int64_t>(sizeof(*right)));
        for (int64_t k = 0; k < m_rows; k += kDepth) nn::multiply(m, n, std::min(kDepth, m_rows - k), left + k, strideA, right + k * width, width, c, strideC, add || k > 0);
    };
    if (m_precision == PlanPrecision::Float32) inBlocks(static_cast<const float*>(a), memory.get<float>(0) + from * m_rows);
    else inBlocks(static_cast<const uint16_t*>(a), memory.get<uint16_t>(0) + from * m_rows);
}

void PackedMatrix::multiplyAll(int64_t m, const void* a, float* c) const
{
    const int64_t strips = (m + kStrip - 1) / kStrip, chunks = (m_columns + kColumns - 1) / kColumns;
    const int64_t unit = m_precision == PlanPrecision::Float32 ? 4 : 2;
    at::parallel_for(0, strips * chunks, 1, [&](int64_t begin, int64_t end) {
        const nn::ProductScope scope;
        for (int64_t task = begin; task < end; ++task) {  // strips inside, so that the weights stay in the cache
            const int64_t row = task % strips * kStrip, column = task / strips * kColumns;
            multiply(std::min(kStrip, m - row), static_cast<const char*>(a) + row * m_rows * unit, m_rows, column, std::min(kColumns, m_columns - column), c + row * m_columns + column, m_columns);
        }
    });
}

void Pointwise::run(const Extent& extent, const void* x, const Finish& finish, void* y) const
{
    const int64_t rows = extent.rows(), pixels = extent.pixels(), n = m_matrix.columns(), k = m_matrix.rows();
    const int64_t strips = (rows + kStrip - 1) / kStrip;
    byType(m_matrix.precision(), finish.asFloat, [&](auto in, auto out) {
        using T = decltype(in);
        using Out = decltype(out);
        at::parallel_for(0, strips, 1, [&](int64_t begin, int64_t end) {
            float* product = threadProducts.get<float>(kStrip * n);
            const nn::ProductScope scope;
            for (int64_t strip = begin; strip < end; ++strip) {
                const int64_t first = strip * kStrip, count = std::min(kStrip, rows - first);
                for (int64_t column = 0; column < n; column += kColumns)
                    m_matrix.multiply(count, static_cast<const T*>(x) + first * k, k, column, std::min(kColumns, n - column), product + column, n);
                for (int64_t i = 0; i < count;) {  // as far as the frame goes, what follows is the same
                    const int64_t frameRow = (first + i) / pixels, clip = frameRow / extent.frames, frame = frameRow % extent.frames;
                    const int64_t together = std::min(count - i, (frameRow + 1) * pixels - first - i);
                    const float* part = product + i * n;
                    loops::finishRows(loops::RowWork<T>{n, &part, 1, baseRow(finish, clip, frame, (first + i) % pixels, n), finish.slope, addedRow<T>(finish, clip, frame, extent.frames, n), rowOfFrame(finish, clip, frame, extent.frames, n)}, together,
                                      finish.still ? finish.slices * n : 0, static_cast<Out*>(y) + (first + i) * n);
                    i += together;
                }
            }
        });
    });
}

TransposedConvolution::TransposedConvolution(const at::Tensor& weight, std::array<int64_t, 3> stride, std::array<int64_t, 3> padding, PlanPrecision precision)
    : m_kernel{weight.size(2), weight.size(3), weight.size(4)}, m_stride(stride), m_padding(padding), m_out(padded(weight.size(1)))
{
    const int64_t taps = m_kernel[0] * m_kernel[1] * m_kernel[2];
    at::Tensor matrix = at::zeros({padded(weight.size(0)), taps, m_out}, weight.options());
    matrix.narrow(0, 0, weight.size(0)).narrow(2, 0, weight.size(1)).copy_(weight.flatten(2).transpose(1, 2));
    m_matrix = PackedMatrix(matrix.view({matrix.size(0), taps * m_out}), precision);
}

Extent TransposedConvolution::extentAfter(const Extent& in) const
{
    const auto after = [&](std::size_t d, int64_t size) { return grown(size, m_kernel[d], m_stride[d], m_padding[d]); };
    return {in.clips, after(0, in.frames), after(1, in.height), after(2, in.width)};
}

void TransposedConvolution::run(const Extent& in, const void* x, const Finish& finish, void* y, Buffer& products) const
{
    const Extent extent = extentAfter(in);
    const int64_t width = m_matrix.columns();
    float* product = products.get<float>(in.rows() * width);
    m_matrix.multiplyAll(in.rows(), x, product);
    const auto reach = [this](std::size_t d, int64_t at, int64_t size) { return Reach(at, size, m_kernel[d], m_stride[d], m_padding[d]); };
    byType(m_matrix.precision(), finish.asFloat, [&](auto inType, auto outType) {
        using T = decltype(inType);
        using Out = decltype(outType);
        at::parallel_for(0, extent.clips * extent.frames * extent.height, 1, [&](int64_t begin, int64_t end) {
            const float* parts[16 * 16];
            for (int64_t line = begin; line < end; ++line) {
                const int64_t clip = line / extent.height / extent.frames, frame = line / extent.height % extent.frames, row = line % extent.height;
                const Reach times = reach(0, frame, in.frames), rows = reach(1, row, in.height);
                const T* added = addedRow<T>(finish, clip, frame, extent.frames, m_out);
                const float* before = rowOfFrame(finish, clip, frame, extent.frames, m_out);
                for (int64_t column = 0; column < extent.width; ++column) {
                    const Reach columns = reach(2, column, in.width);
                    int count = 0;
                    for (int t = 0; t < times.count; ++t)
                        for (int v = 0; v < rows.count; ++v)
                            for (int h = 0; h < columns.count; ++h)
                                parts[count++] = product + (((clip * in.frames + times.from[t]) * in.height + rows.from[v]) * in.width + columns.from[h]) * width +
                                                 ((times.tap[t] * m_kernel[1] + rows.tap[v]) * m_kernel[2] + columns.tap[h]) * m_out;
                    const int64_t pixel = row * extent.width + column;
                    loops::finishRow(loops::RowWork<T>{m_out, parts, count, baseRow(finish, clip, frame, pixel, m_out), finish.slope, added, before},
                                     static_cast<Out*>(y) + (line * extent.width + column) * m_out);
                }
            }
        });
    });
}

Convolution::Convolution(const at::Tensor& weight, int64_t stride, int64_t padding, PlanPrecision precision)
    : m_in(padded(weight.size(1))), m_height(weight.size(2)), m_width(weight.size(3)), m_stride(stride), m_padding(padding)
{
    at::Tensor matrix = at::zeros({m_height, m_width, m_in, padded(weight.size(0))}, weight.options());
    matrix.narrow(2, 0, weight.size(1)).narrow(3, 0, weight.size(0)).copy_(weight.permute({2, 3, 1, 0}));
    m_matrix = PackedMatrix(matrix.flatten(0, 2), precision);
}

Extent Convolution::extentAfter(const Extent& in) const
{
    return {in.clips, in.frames, (in.height + 2 * m_padding - m_height) / m_stride + 1, (in.width + 2 * m_padding - m_width) / m_stride + 1};
}

void Convolution::run(const Extent& in, const void* x, const Finish& finish, void* y) const
{
    const Extent after = extentAfter(in);
    const int64_t rows = after.rows(), pixels = after.pixels(), n = out(), k = m_matrix.rows(), panels = (n + kColumns - 1) / kColumns;
    // where there are too few strips for the threads, they share a strip's output channels, panel by panel
    const int64_t strips = (rows + kStrip - 1) / kStrip, threads = at::in_parallel_region() ? 1 : at::get_num_threads(), shares = strips >= threads ? 1 : panels;
    byType(m_matrix.precision(), finish.asFloat, [&](auto inType, auto outType) {
        using T = decltype(inType);
        using Out = decltype(outType);
        at::parallel_for(0, strips * shares, 1, [&](int64_t begin, int64_t end) {
            const nn::ProductScope scope;
            T* gathered = threadOperand.get<T>(kStrip * k);
            float* product = threadProducts.get<float>(kStrip * kColumns);
            const T* none = reinterpret_cast<const T*>(zeros(m_in).data());
            int64_t strip = -1;
            for (int64_t task = begin; task < end; ++task) {
                const int64_t first = task / shares * kStrip, count = std::min(kStrip, rows - first);
                if (strip != task / shares) {
                    strip = task / shares;
                    for (int64_t i = 0; i < count; ++i) {
                        const int64_t frame = (first + i) / pixels, pixel = (first + i) % pixels, row = pixel / after.width * m_stride - m_padding, column = pixel % after.width * m_stride - m_padding;
                        T* to = gathered + i * k;
                        for (int64_t v = row; v < row + m_height; ++v)
                            for (int64_t h = column; h < column + m_width; ++h, to += m_in) {
                                const bool inside = v >= 0 && h >= 0 && v < in.height && h < in.width;
                                std::memcpy(to, inside ? static_cast<const T*>(x) + ((frame * in.height + v) * in.width + h) * m_in : none, static_cast<std::size_t>(m_in) * sizeof(T));
                            }
                    }
                }
                for (int64_t column = task % shares * kColumns; column < (shares == 1 ? n : std::min(n, (task % shares + 1) * kColumns)); column += kColumns) {
                    const int64_t width = std::min(kColumns, n - column);
                    m_matrix.multiply(count, gathered, k, column, width, product, width);
                    for (int64_t i = 0; i < count; ++i) {
                        const int64_t image = (first + i) / pixels, clip = image / after.frames, frame = image % after.frames;
                        const auto at = [&](auto* row) { return row ? row + column : nullptr; };
                        const float* part = product + i * width;
                        loops::finishRow(loops::RowWork<T>{width, &part, 1, at(baseRow(finish, clip, frame, (first + i) % pixels, n)), finish.slope, at(addedRow<T>(finish, clip, frame, after.frames, n)), at(rowOfFrame(finish, clip, frame, after.frames, n))},
                                         static_cast<Out*>(y) + (first + i) * n + column);
                    }
                }
            }
        });
    });
}

void halveByLargest(PlanPrecision precision, const Extent& in, int64_t channels, const void* x, void* y)
{
    const int64_t width = in.width / 2, lines = in.clips * in.frames * (in.height / 2);
    byType(precision, false, [&](auto type, auto) {
        using T = decltype(type);
        at::parallel_for(0, lines, 1, [&](int64_t begin, int64_t end) {
            for (int64_t line = begin; line < end; ++line)
                for (int64_t column = 0; column < width; ++column) {
                    const T* corner = static_cast<const T*>(x) + (2 * line * in.width + 2 * column) * channels;  // lines of all frames lie one behind the other
                    const std::array<const T*, 4> rows{corner, corner + channels, corner + in.width * channels, corner + (in.width + 1) * channels};
                    loops::largest(channels, rows.data(), static_cast<T*>(y) + (line * width + column) * channels);
                }
        });
    });
}

AlongTime::AlongTime(const at::Tensor& weight, int64_t stride, int64_t padding, PlanPrecision precision) : m_stride(stride), m_padding(padding)
{
    for (int64_t k = 0; k < weight.size(2); ++k) {
        at::Tensor matrix = at::zeros({padded(weight.size(0)), padded(weight.size(1))}, weight.options());
        matrix.narrow(0, 0, weight.size(0)).narrow(1, 0, weight.size(1)).copy_(weight.select(2, k).flatten(1));
        m_taps.emplace_back(matrix, precision);
    }
}

Extent AlongTime::extentAfter(const Extent& in) const
{
    return {in.clips, grown(in.frames, static_cast<int64_t>(m_taps.size()), m_stride, m_padding), in.height, in.width};
}

int64_t AlongTime::bytes() const
{
    int64_t sum = 0;
    for (const PackedMatrix& matrix : m_taps) sum += matrix.bytes();
    return sum;
}

void AlongTime::runRows(const Extent& in, const void* x, int64_t clip, int64_t frame, int64_t first, int64_t count, const Finish& finish, void* y) const
{
    const int64_t n = out(), k = m_taps.front().rows(), pixels = in.pixels(), frames = extentAfter(in).frames;
    const Reach times(frame, in.frames, static_cast<int64_t>(m_taps.size()), m_stride, m_padding);
    byType(m_taps.front().precision(), finish.asFloat, [&](auto inType, auto outType) {
        using T = decltype(inType);
        using Out = decltype(outType);
        float* product = threadProducts.get<float>(kStrip * n);
        for (int64_t column = 0; column < n; column += kColumns)
            for (int t = 0; t < times.count; ++t)
                m_taps[static_cast<std::size_t>(times.tap[t])].multiply(count, static_cast<const T*>(x) + ((clip * in.frames + times.from[t]) * pixels + first) * k, k, column, std::min(kColumns, n - column), product + column, n, t > 0);
        const float* part = product;
        loops::finishRows(loops::RowWork<T>{n, &part, times.count > 0, baseRow(finish, clip, frame, first, n), finish.slope, addedRow<T>(finish, clip, frame, frames, n), rowOfFrame(finish, clip, frame, frames, n)}, count,
                          finish.still ? finish.slices * n : 0, static_cast<Out*>(y) + first * n);
    });
}

void AlongTime::run(const Extent& in, const void* x, const Finish& finish, void* y) const
{
    const Extent after = extentAfter(in);
    const int64_t pixels = in.pixels(), strips = (pixels + kStrip - 1) / kStrip;
    const int64_t size = finish.asFloat ? 4 : sizeOf(m_taps.front().precision());
    at::parallel_for(0, after.clips * after.frames * strips, 1, [&](int64_t begin, int64_t end) {
        const nn::ProductScope scope;
        for (int64_t task = begin; task < end; ++task) {
            const int64_t image = task / strips, first = task % strips * kStrip;
            runRows(in, x, image / after.frames, image % after.frames, first, std::min(kStrip, pixels - first), finish, static_cast<char*>(y) + image * pixels * out() * size);
        }
    });
}

namespace {
/// Of one dimension, which of the six products an operand serves; the one in the middle serves two.
constexpr int64_t firstProduct(int64_t operand) { return operand < 3 ? operand : operand + 1; }
constexpr int64_t lastProduct(int64_t operand) { return operand < 2 ? operand : operand + 1; }
}  // namespace

SpatialDoubling::SpatialDoubling(const at::Tensor& weight, PlanPrecision precision)
    : m_in(padded(weight.size(0))), m_out(padded(weight.size(1))), m_chunk(m_out % 64 == 0 ? 64 : 16), m_precision(precision)
{
    // one dimension: even outputs e = x[i-1] w3 + x[i] w1, odd ones o = x[i] w2 + x[i+1] w0; for a pair of neighbours
    //   e: (x[-1] - x[0]) w3,  x[0] (w1 + w3),  (x[0] - x[1]) w1        o: (x[0] - x[1]) w2,  x[1] (w0 + w2),  (x[1] - x[2]) w0
    const at::Tensor sums = at::zeros({6, 4}, weight.options());
    constexpr std::array<std::array<int, 2>, 6> kTaps{{{3, 3}, {1, 3}, {1, 1}, {2, 2}, {0, 2}, {0, 0}}};
    for (int64_t i = 0; i < 6; ++i)
        for (const int tap : kTaps[static_cast<std::size_t>(i)]) sums[i][tap] = 1;
    // (6, 4) x (in, out, 4, 4) x (4, 6), in double so that the sums are rounded once
    const at::Tensor transformed = sums.to(at::kDouble).matmul(weight.to(at::kDouble)).matmul(sums.to(at::kDouble).t()).to(at::kFloat);  // (in, out, 6, 6)
    at::Tensor whole = at::zeros({6, 6, m_in, m_out}, transformed.options());
    whole.narrow(2, 0, weight.size(0)).narrow(3, 0, weight.size(1)).copy_(transformed.permute({2, 3, 0, 1}));
    for (int64_t from = 0; from < m_out; from += m_chunk)
        for (int64_t v = 0; v < 5; ++v)
            for (int64_t h = 0; h < 5; ++h) {
                std::vector<at::Tensor> beside;
                for (int64_t p = firstProduct(v); p <= lastProduct(v); ++p)
                    for (int64_t q = firstProduct(h); q <= lastProduct(h); ++q) beside.push_back(whole[p][q].narrow(1, from, m_chunk));
                m_matrices.emplace_back(at::cat(beside, 1), precision);
            }
}

int64_t SpatialDoubling::bytes() const
{
    int64_t sum = 0;
    for (const PackedMatrix& matrix : m_matrices) sum += matrix.bytes();
    return sum;
}

template <class T, class Out>
void SpatialDoubling::runAs(const Extent& in, const T* x, const Finish& finish, Out* y) const
{
    const int64_t tilesY = (in.height + 1) / 2, tilesX = (in.width + 1) / 2, tiles = in.clips * in.frames * tilesY * tilesX;
    const int64_t chunks = m_out / m_chunk, height = 2 * in.height, width = 2 * in.width, strip = kTileStrip;
    const int64_t strips = (tiles + strip - 1) / strip;
    // where there are too few strips for the threads, a strip's output channels are shared, too
    const int64_t threads = at::in_parallel_region() ? 1 : at::get_num_threads();
    const int64_t shares = threads == 1 ? 1 : std::min(chunks, std::max<int64_t>(1, 2 * threads / std::max<int64_t>(1, strips))), chunksInShare = (chunks + shares - 1) / shares;
    at::parallel_for(0, strips * shares, 1, [&](int64_t begin, int64_t end) {
        const nn::ProductScope scope;
        T* operands = threadOperand.get<T>(25 * (strip * m_in + kApart));
        float* products = threadProducts.get<float>(36 * strip * m_chunk + 25 * kApart);
        const T* none = reinterpret_cast<const T*>(zeros(m_in).data());
        for (int64_t task = begin; task < end; ++task) {
            const int64_t first = task / shares * strip, count = std::min(strip, tiles - first), share = task % shares;
            for (int64_t i = 0; i < count; ++i) {
                const int64_t tile = first + i, image = tile / (tilesY * tilesX), row = tile / tilesX % tilesY * 2, column = tile % tilesX * 2;
                const T* pixels[16];
                for (int64_t dy = -1; dy <= 2; ++dy)
                    for (int64_t dx = -1; dx <= 2; ++dx) {
                        const int64_t r = row + dy, c = column + dx;
                        pixels[(dy + 1) * 4 + dx + 1] = r < 0 || c < 0 || r >= in.height || c >= in.width ? none : x + ((image * in.height + r) * in.width + c) * m_in;
                    }
                loops::tileOperands(m_in, pixels, count * m_in + kApart, operands + i * m_in);
            }
            for (int64_t chunk = share * chunksInShare; chunk < std::min(chunks, (share + 1) * chunksInShare); ++chunk) {
                std::array<const float*, 36> products36{};
                std::array<int64_t, 36> rowStride{};
                float* to = products;
                for (int64_t v = 0; v < 5; ++v)
                    for (int64_t h = 0; h < 5; ++h) {
                        const PackedMatrix& matrix = m_matrices[static_cast<std::size_t>((chunk * 5 + v) * 5 + h)];
                        matrix.multiply(count, operands + (v * 5 + h) * (count * m_in + kApart), m_in, 0, matrix.columns(), to, matrix.columns());
                        int64_t column = 0;
                        for (int64_t p = firstProduct(v); p <= lastProduct(v); ++p)
                            for (int64_t q = firstProduct(h); q <= lastProduct(h); ++q, column += m_chunk) {
                                products36[static_cast<std::size_t>(p * 6 + q)] = to + column;
                                rowStride[static_cast<std::size_t>(p * 6 + q)] = matrix.columns();
                            }
                        to += count * matrix.columns() + kApart;
                    }
                loops::TileWork<T, Out> work;
                work.n = m_chunk;
                work.slope = finish.slope;
                for (int64_t i = 0; i < count; ++i) {
                    const int64_t tile = first + i, image = tile / (tilesY * tilesX), clip = image / in.frames, frame = image % in.frames;
                    const int64_t row = tile / tilesX % tilesY * 4, column = tile % tilesX * 4;
                    for (std::size_t p = 0; p < 36; ++p) work.product[p] = products36[p] + i * rowStride[p];
                    const T* added = addedRow<T>(finish, clip, frame, in.frames, m_out);
                    work.add = added ? added + chunk * m_chunk : nullptr;
                    for (int64_t dy = 0; dy < 4; ++dy)
                        for (int64_t dx = 0; dx < 4; ++dx) {
                            const int64_t pixel = (row + dy) * width + column + dx;
                            const bool inside = row + dy < height && column + dx < width;
                            const float* base = inside ? baseRow(finish, clip, frame, pixel, m_out) : nullptr;
                            work.base[dy * 4 + dx] = base ? base + chunk * m_chunk : nullptr;
                            work.out[dy * 4 + dx] = inside ? y + (image * height * width + pixel) * m_out + chunk * m_chunk : nullptr;
                        }
                    loops::finishTile(work);
                }
            }
        }
    });
}

void SpatialDoubling::run(const Extent& in, const void* x, const Finish& finish, void* y) const
{
    refuseRow(finish);
    byType(m_precision, finish.asFloat, [&](auto inType, auto outType) {
        using T = decltype(inType);
        using Out = decltype(outType);
        runAs(in, static_cast<const T*>(x), finish, static_cast<Out*>(y));
    });
}

LargeTileDoubling::LargeTileDoubling(const at::Tensor& weight) : m_in(padded(weight.size(0))), m_out(padded(weight.size(1))), m_chunk(m_out % 64 == 0 ? 64 : 16)
{
    // Source: Winograd, "Arithmetic Complexity of Computations", 1980, by the points of Toom and Cook; checked against the plain layer in tst_plan.
    // even outputs are x[i-1] w3 + x[i] w1, odd ones x[i] w2 + x[i+1] w0; both filters at the points 0, 1/2, -1, 2 and infinity, scaled as the operands and outputs of loops.h want it
    constexpr std::array<std::array<double, 2>, 5> kPoints{{{2, 0}, {-16.0 / 9, -8.0 / 9}, {-4.0 / 9, 4.0 / 9}, {8.0 / 9, 16.0 / 9}, {0, 2}}};
    constexpr std::array<std::array<int, 2>, 2> kTaps{{{3, 1}, {2, 0}}};
    const at::Tensor points = at::zeros({10, 4}, weight.options().dtype(at::kDouble));
    for (int64_t phase = 0; phase < 2; ++phase)
        for (int64_t i = 0; i < 5; ++i)
            for (std::size_t k = 0; k < 2; ++k) points[phase * 5 + i][kTaps[static_cast<std::size_t>(phase)][k]] = kPoints[static_cast<std::size_t>(i)][k];
    const at::Tensor transformed = points.matmul(weight.to(at::kDouble)).matmul(points.t()).to(at::kFloat);  // (in, out, 10, 10)
    at::Tensor whole = at::zeros({10, 10, m_in, m_out}, transformed.options());
    whole.narrow(2, 0, weight.size(0)).narrow(3, 0, weight.size(1)).copy_(transformed.permute({2, 3, 0, 1}));
    for (int64_t from = 0; from < m_out; from += m_chunk)
        for (int64_t i = 0; i < 100; ++i) m_matrices.emplace_back(whole[i / 10][i % 10].narrow(1, from, m_chunk), PlanPrecision::Float32);
}

int64_t LargeTileDoubling::bytes() const
{
    int64_t sum = 0;
    for (const PackedMatrix& matrix : m_matrices) sum += matrix.bytes();
    return sum;
}

void LargeTileDoubling::run(const Extent& in, const void* input, const Finish& finish, void* output) const
{
    refuseRow(finish);
    const auto* x = static_cast<const float*>(input);
    auto* y = static_cast<float*>(output);
    const int64_t tilesY = (in.height + 3) / 4, tilesX = (in.width + 3) / 4, tiles = in.clips * in.frames * tilesY * tilesX;
    const int64_t chunks = m_out / m_chunk, height = 2 * in.height, width = 2 * in.width, strip = kLargeTileStrip, strips = (tiles + strip - 1) / strip;
    // where there are too few strips for the threads, a strip's output channels are shared, too
    const int64_t threads = at::in_parallel_region() ? 1 : at::get_num_threads();
    const int64_t shares = threads == 1 ? 1 : std::min(chunks, std::max<int64_t>(1, 2 * threads / std::max<int64_t>(1, strips))), chunksInShare = (chunks + shares - 1) / shares;
    at::parallel_for(0, strips * shares, 1, [&](int64_t begin, int64_t end) {
        const nn::ProductScope scope;
        float* operands = threadOperand.get<float>(100 * (strip * m_in + kApart));
        float* products = threadProducts.get<float>(100 * (strip * m_chunk + kApart));
        const float* none = zeros(m_in).data();
        for (int64_t task = begin; task < end; ++task) {
            const int64_t first = task / shares * strip, count = std::min(strip, tiles - first), share = task % shares;
            for (int64_t i = 0; i < count; ++i) {
                const int64_t tile = first + i, image = tile / (tilesY * tilesX), row = tile / tilesX % tilesY * 4, column = tile % tilesX * 4;
                const float* pixels[36];
                for (int64_t dy = -1; dy <= 4; ++dy)
                    for (int64_t dx = -1; dx <= 4; ++dx) {
                        const int64_t r = row + dy, c = column + dx;
                        pixels[(dy + 1) * 6 + dx + 1] = r < 0 || c < 0 || r >= in.height || c >= in.width ? none : x + ((image * in.height + r) * in.width + c) * m_in;
                    }
                loops::largeTileOperands(m_in, pixels, count * m_in + kApart, operands + i * m_in);
            }
            for (int64_t chunk = share * chunksInShare; chunk < std::min(chunks, (share + 1) * chunksInShare); ++chunk) {
                for (int64_t p = 0; p < 100; ++p)
                    m_matrices[static_cast<std::size_t>(chunk * 100 + p)].multiply(count, operands + p * (count * m_in + kApart), m_in, 0, m_chunk, products + p * (count * m_chunk + kApart), m_chunk);
                loops::LargeTileWork work;
                work.n = m_chunk;
                work.slope = finish.slope;
                for (int64_t i = 0; i < count; ++i) {
                    const int64_t tile = first + i, image = tile / (tilesY * tilesX), clip = image / in.frames, frame = image % in.frames;
                    const int64_t row = tile / tilesX % tilesY * 8, column = tile % tilesX * 8;
                    for (int64_t p = 0; p < 100; ++p) work.product[p] = products + p * (count * m_chunk + kApart) + i * m_chunk;
                    const float* added = addedRow<float>(finish, clip, frame, in.frames, m_out);
                    work.add = added ? added + chunk * m_chunk : nullptr;
                    for (int64_t dy = 0; dy < 8; ++dy)
                        for (int64_t dx = 0; dx < 8; ++dx) {
                            const int64_t pixel = (row + dy) * width + column + dx;
                            const bool inside = row + dy < height && column + dx < width;
                            const float* base = inside ? baseRow(finish, clip, frame, pixel, m_out) : nullptr;
                            work.base[dy * 8 + dx] = base ? base + chunk * m_chunk : nullptr;
                            work.out[dy * 8 + dx] = inside ? y + (image * height * width + pixel) * m_out + chunk * m_chunk : nullptr;
                        }
                    loops::finishLargeTile(work);
                }
            }
        }
    });
}

namespace {
/// Whether tiles of 4 x 4 pixels pay for a kernel to these numbers of channels.
bool largeTiles(const at::Tensor& weight, PlanPrecision precision) { return precision == PlanPrecision::Float32 && weight.size(0) * weight.size(1) <= kLargeTileWeights; }
}  // namespace

VolumeDoubling::VolumeDoubling(const at::Tensor& weight, PlanPrecision precision) : m_precision(precision), m_in(padded(weight.size(0)))
{
    // along time as in SpatialDoubling; the two products that are subtracted there have their sign in the weights
    constexpr std::array<std::array<int, 2>, 6> kTaps{{{3, 3}, {1, 3}, {1, 1}, {2, 2}, {0, 2}, {0, 0}}};
    for (std::size_t i = 0; i < 6; ++i) {
        at::Tensor taps = weight.select(2, kTaps[i][0]);
        if (kTaps[i][0] != kTaps[i][1]) taps = taps.to(at::kDouble).add(weight.select(2, kTaps[i][1]).to(at::kDouble)).to(at::kFloat);
        if (i == 2 || i == 5) taps = taps.neg();
        if (largeTiles(weight, precision)) m_products.emplace_back(LargeTileDoubling(taps.contiguous()));
        else m_products.emplace_back(SpatialDoubling(taps.contiguous(), precision));
    }
}

int64_t VolumeDoubling::out() const
{
    return std::visit([](const auto& form) { return form.out(); }, m_products.front());
}

int64_t VolumeDoubling::bytes() const
{
    int64_t sum = 0;
    for (const Doubling& product : m_products) sum += std::visit([](const auto& form) { return form.bytes(); }, product);
    return sum;
}

void VolumeDoubling::run(const Extent& in, const void* x, const Finish& finish, void* y, Buffer& products) const
{
    refuseRow(finish);
    const int64_t pairs = (in.frames + 1) / 2, frame = in.pixels() * m_in, frameAfter = 4 * in.pixels() * out(), framesAfter = 2 * in.frames;
    byType(m_precision, finish.asFloat, [&](auto inType, auto outType) {
        using T = decltype(inType);
        using Out = decltype(outType);
        // of a few clips at a time: five kinds of operands, (clips, pairs, height, width, in), and six products, (clips, pairs, 2 height, 2 width, out)
        constexpr int64_t kKinds = 5, kProducts = 6, kLargest = int64_t(1) << 24;
        const int64_t clipBytes = pairs * (kKinds * frame * static_cast<int64_t>(sizeof(T)) + kProducts * frameAfter * static_cast<int64_t>(sizeof(float)));
        const int64_t together = std::max<int64_t>(1, std::min(kLargest / clipBytes, in.clips));
        const int64_t operandBytes = (together * kKinds * pairs * frame * static_cast<int64_t>(sizeof(T)) + 63) / 64 * 64;
        char* memory = products.get<char>(operandBytes + together * kProducts * pairs * frameAfter * static_cast<int64_t>(sizeof(float)));
        T* operands = reinterpret_cast<T*>(memory);
        auto* sums = reinterpret_cast<float*>(memory + operandBytes);
        for (int64_t from = 0; from < in.clips; from += together) {
            const int64_t clips = std::min(together, in.clips - from), allPairs = clips * pairs;
            at::parallel_for(0, allPairs * in.pixels(), 64, [&](int64_t begin, int64_t end) {
                const T* none = reinterpret_cast<const T*>(zeros(m_in).data());
                for (int64_t at = begin; at < end; ++at) {
                    const int64_t pair = at / in.pixels(), first = pair % pairs * 2, pixel = at % in.pixels();
                    const T* frames = static_cast<const T*>(x) + (from + pair / pairs) * in.frames * frame;
                    const auto row = [&](int64_t t) { return t < 0 || t >= in.frames ? none : frames + t * frame + pixel * m_in; };
                    T* to = operands + at * m_in;
                    const int64_t kind = allPairs * frame;
                    loops::subtract(m_in, row(first - 1), row(first), to);
                    std::copy_n(row(first), m_in, to + kind);
                    loops::subtract(m_in, row(first), row(first + 1), to + 2 * kind);
                    std::copy_n(row(first + 1), m_in, to + 3 * kind);
                    loops::subtract(m_in, row(first + 1), row(first + 2), to + 4 * kind);
                }
            });
            constexpr std::array<int64_t, kProducts> kOperand{0, 1, 2, 2, 3, 4};
            for (std::size_t i = 0; i < kProducts; ++i)
                std::visit([&](const auto& form) { form.run({allPairs, 1, in.height, in.width}, operands + kOperand[i] * allPairs * frame, {.slope = 1, .asFloat = true}, sums + static_cast<int64_t>(i) * allPairs * frameAfter); }, m_products[i]);
            at::parallel_for(0, clips * framesAfter * 2 * in.height, 1, [&](int64_t begin, int64_t end) {
                constexpr std::array<std::array<int64_t, 2>, 4> kParts{{{0, 1}, {3, 4}, {1, 2}, {4, 5}}};
                const int64_t line = 2 * in.width * out();
                for (int64_t at = begin; at < end; ++at) {
                    const int64_t image = at / (2 * in.height), row = at % (2 * in.height), t = image % framesAfter, clip = from + image / framesAfter;
                    const auto& which = kParts[static_cast<std::size_t>(t % 4)];
                    const auto part = [&](std::size_t i) { return sums + (which[i] * allPairs + image / framesAfter * pairs + t / 4) * frameAfter + row * line; };
                    const std::array<const float*, 2> parts{part(0), part(1)};
                    loops::finishRows(loops::RowWork<T>{out(), parts.data(), 2, baseRow(finish, clip, t, row * 2 * in.width, out()), finish.slope, addedRow<T>(finish, clip, t, framesAfter, out())}, 2 * in.width,
                                      finish.still ? finish.slices * out() : 0, static_cast<Out*>(y) + (clip * framesAfter + t) * frameAfter + row * line);
                }
            });
        }
    });
}

Layer::Layer(const at::Tensor& weight, std::array<int64_t, 3> stride, std::array<int64_t, 3> padding, PlanPrecision precision, bool manyPixels)
{
    const std::array<int64_t, 3> kernel{weight.size(2), weight.size(3), weight.size(4)}, one{1, 1, 1}, none{0, 0, 0};
    if (kernel == one && stride == one && padding == none) {
        at::Tensor matrix = at::zeros({padded(weight.size(0)), padded(weight.size(1))}, weight.options());
        matrix.narrow(0, 0, weight.size(0)).narrow(1, 0, weight.size(1)).copy_(weight.flatten(1));
        m_form = Pointwise(matrix, precision);
    } else if (manyPixels && kernel == std::array<int64_t, 3>{1, 4, 4} && stride == std::array<int64_t, 3>{1, 2, 2} && padding == std::array<int64_t, 3>{0, 1, 1}) {
        if (largeTiles(weight, precision)) m_form = LargeTileDoubling(weight.select(2, 0));
        else m_form = SpatialDoubling(weight.select(2, 0), precision);
    } else if (manyPixels && kernel == std::array<int64_t, 3>{4, 4, 4} && stride == std::array<int64_t, 3>{2, 2, 2} && padding == std::array<int64_t, 3>{1, 1, 1}) {
        m_form = VolumeDoubling(weight, precision);
    } else if (manyPixels && kernel[1] == 1 && kernel[2] == 1 && stride[1] == 1 && stride[2] == 1 && padding[1] == 0 && padding[2] == 0) {
        m_form = AlongTime(weight, stride[0], padding[0], precision);
    } else {
        m_form = TransposedConvolution(weight, stride, padding, precision);
    }
}

Extent Layer::extentAfter(const Extent& in) const
{
    if (const auto* general = std::get_if<TransposedConvolution>(&m_form)) return general->extentAfter(in);
    if (const auto* time = std::get_if<AlongTime>(&m_form)) return time->extentAfter(in);
    if (std::holds_alternative<VolumeDoubling>(m_form)) return {in.clips, 2 * in.frames, 2 * in.height, 2 * in.width};
    if (std::holds_alternative<SpatialDoubling>(m_form) || std::holds_alternative<LargeTileDoubling>(m_form)) return {in.clips, in.frames, 2 * in.height, 2 * in.width};
    return in;
}

void Layer::run(const Extent& in, const void* x, const Finish& finish, void* y, Buffer& products) const
{
    if (const auto* general = std::get_if<TransposedConvolution>(&m_form)) return general->run(in, x, finish, y, products);
    if (const auto* volume = std::get_if<VolumeDoubling>(&m_form)) return volume->run(in, x, finish, y, products);
    if (const auto* time = std::get_if<AlongTime>(&m_form)) return time->run(in, x, finish, y);
    if (const auto* doubling = std::get_if<SpatialDoubling>(&m_form)) return doubling->run(in, x, finish, y);
    if (const auto* doubling = std::get_if<LargeTileDoubling>(&m_form)) return doubling->run(in, x, finish, y);
    std::get<Pointwise>(m_form).run(in, x, finish, y);
}

int64_t Layer::out() const
{
    return std::visit([](const auto& form) { return form.out(); }, m_form);
}

int64_t Layer::bytes() const
{
    return std::visit([](const auto& form) { return form.bytes(); }, m_form);
}

StillShare::StillShare(const at::Tensor& weight, const at::Tensor& bias, std::array<int64_t, 3> stride, std::array<int64_t, 3> padding, PlanPrecision precision)
    : m_kernel(weight.size(2)), m_stride(stride[0]), m_padding(padding[0])
{
    // the sets of taps of the first and last frames and of those in between, for clips of any length
    for (int64_t framesIn = 1; framesIn <= 2 * m_kernel; ++framesIn)
        for (int64_t frame = 0; frame < (framesIn - 1) * m_stride + m_kernel - 2 * m_padding; ++frame)
            if (const uint32_t taps = tapsAt(frame, framesIn); std::ranges::find(m_taps, taps) == m_taps.end()) m_taps.push_back(taps);
    const int64_t out = padded(weight.size(1));
    at::Tensor sums = at::zeros({weight.size(0), slices() * out, 1, weight.size(3), weight.size(4)}, weight.options());
    m_bias.assign(static_cast<std::size_t>(slices() * out), 0.0F);
    const at::Tensor plain = bias.contiguous();
    for (int slice = 0; slice < slices(); ++slice) {
        at::Tensor to = sums.narrow(1, slice * out, weight.size(1)).select(2, 0);
        for (int64_t k = 0; k < m_kernel; ++k)
            if (m_taps[static_cast<std::size_t>(slice)] >> k & 1U) to.add_(weight.select(2, k));
        std::copy_n(plain.const_data_ptr<float>(), plain.numel(), m_bias.begin() + slice * out);
    }
    m_layer = Layer(sums, {1, stride[1], stride[2]}, {0, padding[1], padding[2]}, precision, false);
}

uint32_t StillShare::tapsAt(int64_t frame, int64_t framesIn) const
{
    uint32_t taps = 0;
    for (int64_t k = 0; k < m_kernel; ++k) {
        const int64_t from = frame + m_padding - k;
        if (from >= 0 && from % m_stride == 0 && from / m_stride < framesIn) taps |= 1U << k;
    }
    return taps;
}

std::vector<int> StillShare::sliceOf(int64_t framesIn) const
{
    std::vector<int> slices;
    for (int64_t frame = 0; frame < (framesIn - 1) * m_stride + m_kernel - 2 * m_padding; ++frame)
        slices.push_back(static_cast<int>(std::ranges::find(m_taps, tapsAt(frame, framesIn)) - m_taps.begin()));
    return slices;
}

void StillShare::run(const Extent& in, const void* x, float* y, Buffer& products) const
{
    m_layer.run(in, x, {.bias = m_bias.data(), .slope = 1, .asFloat = true}, y, products);
}

ToPicture::ToPicture(const at::Tensor& weight, const at::Tensor& bias, std::array<int64_t, 3> stride, std::array<int64_t, 3> padding, PlanPrecision precision)
    : m_kernel{weight.size(2), weight.size(3), weight.size(4)}, m_stride(stride), m_padding(padding), m_channels(weight.size(1))
{
    if (m_channels > 4) throw Error(ErrorCode::Internal, "a picture has four channels or less");
    const int64_t columns = m_kernel[1] * m_kernel[2] * m_channels;
    for (int64_t k = 0; k < m_kernel[0]; ++k) {
        at::Tensor matrix = at::zeros({padded(weight.size(0)), padded(columns)}, weight.options());
        matrix.narrow(0, 0, weight.size(0)).narrow(1, 0, columns).copy_(weight.select(2, k).permute({0, 2, 3, 1}).reshape({weight.size(0), columns}));
        m_taps.emplace_back(matrix, precision);
    }
    if (!bias.defined()) return;
    const at::Tensor plain = bias.to(at::kFloat).contiguous();
    std::copy_n(plain.const_data_ptr<float>(), m_channels, m_bias.begin());
}

Extent ToPicture::extentAfter(const Extent& in) const
{
    const auto after = [&](std::size_t d, int64_t size) { return grown(size, m_kernel[d], m_stride[d], m_padding[d]); };
    return {in.clips, after(0, in.frames), after(1, in.height), after(2, in.width)};
}

int64_t ToPicture::bytes() const
{
    int64_t sum = 0;
    for (const PackedMatrix& matrix : m_taps) sum += matrix.bytes();
    return sum;
}

void ToPicture::frameSums(const Extent& in, const void* x, int64_t frame, const float* base, float* y, int64_t plane) const
{
    using Four = float __attribute__((vector_size(16), aligned(4)));
    const nn::ProductScope scope;
    const Extent after = extentAfter(in);
    const int64_t pixels = in.pixels(), rows = m_taps.front().rows(), columns = m_taps.front().columns(), size = sizeOf(m_taps.front().precision());
    const Reach times(frame, in.frames, m_kernel[0], m_stride[0], m_padding[0]);
    float* product = threadProducts.get<float>(pixels * columns + 4);  // the last sum of three channels reads one number more
    if (times.count == 0) std::fill_n(product, pixels * columns, 0.0F);
    for (int64_t from = 0; from < pixels; from += 256)
        for (int t = 0; t < times.count; ++t)
            for (int64_t column = 0; column < columns; column += kColumns)
                m_taps[static_cast<std::size_t>(times.tap[t])].multiply(std::min<int64_t>(256, pixels - from), static_cast<const char*>(x) + (times.from[t] * pixels + from) * rows * size, rows, column, std::min(kColumns, columns - column), product + from * columns + column, columns, t > 0);
    thread_local std::vector<Reach> across;
    across.clear();
    for (int64_t column = 0; column < after.width; ++column) {
        across.emplace_back(column, in.width, m_kernel[2], m_stride[2], m_padding[2]);
        for (int h = 0; h < across.back().count; ++h) across.back().from[h] = across.back().from[h] * columns + across.back().tap[h] * m_channels;  // where the numbers lie in a row of pixels
    }
    const Four bias{m_bias[0], m_bias[1], m_bias[2], m_bias[3]};
    for (int64_t row = 0; row < after.height; ++row) {
        const Reach down(row, in.height, m_kernel[1], m_stride[1], m_padding[1]);
        for (int64_t column = 0; column < after.width; ++column) {
            const Reach& reach = across[static_cast<std::size_t>(column)];
            Four sum = bias;
            for (int v = 0; v < down.count; ++v) {
                const float* line = product + down.from[v] * in.width * columns + down.tap[v] * m_kernel[2] * m_channels;
                for (int h = 0; h < reach.count; ++h) sum += *reinterpret_cast<const Four*>(line + reach.from[h]);
            }
            for (int64_t c = 0; c < m_channels; ++c) y[c * plane + row * after.width + column] = sum[c] + (base ? base[c * after.pixels() + row * after.width + column] : 0.0F);
        }
    }
}

void ToPicture::sums(const Extent& in, const void* x, float* y) const
{
    const Extent after = extentAfter(in);
    const int64_t clipBytes = in.frames * in.pixels() * m_taps.front().rows() * sizeOf(m_taps.front().precision());
    at::parallel_for(0, after.clips * after.frames, 1, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) frameSums(in, static_cast<const char*>(x) + i / after.frames * clipBytes, i % after.frames, nullptr, y + i * m_channels * after.pixels(), after.pixels());
    });
}

void ToPicture::run(const Extent& in, const void* x, const float* base, float* y, int64_t plane) const
{
    const Extent after = extentAfter(in);
    at::parallel_for(0, after.frames, 1, [&](int64_t begin, int64_t end) {
        for (int64_t frame = begin; frame < end; ++frame) {
            float* to = y + frame * after.pixels();
            frameSums(in, x, frame, base, to, plane);
            for (int64_t c = 0; c < m_channels; ++c) loops::tanhRow(to + c * plane, after.pixels(), to + c * plane);
        }
    });
}

namespace {
/// Element (row, column) of a packed right-hand side of n columns.
template <class T>
constexpr int64_t packedAt(int64_t row, int64_t column, int64_t n)
{
    return std::is_same_v<T, float> ? row * n + column : row / 2 * 2 * n + 2 * column + row % 2;
}

thread_local Buffer threadKeys, threadValues, threadScores, threadWeights;

template <class T>
void attendAs(const AttentionRows& rows, const T* q, const T* k, const T* v, T* out)
{
    const int64_t positions = padded(rows.positions), values = padded(rows.valueSize), strips = (rows.positions + kStrip - 1) / kStrip;
    at::parallel_for(0, rows.groups * strips, 1, [&](int64_t begin, int64_t end) {
        const nn::ProductScope scope;
        T* keys = threadKeys.get<T>(rows.keySize * positions);
        T* valueRows = threadValues.get<T>(positions * values);
        float* scores = threadScores.get<float>(kStrip * std::max(positions, values));
        T* weights = threadWeights.get<T>(kStrip * positions);
        float sums[kStrip];
        int64_t packed = -1;
        for (int64_t task = begin; task < end; ++task) {
            const int64_t group = task / strips, first = task % strips * kStrip, count = std::min(kStrip, rows.positions - first);
            if (group != packed) {
                packed = group;
                const T* none = reinterpret_cast<const T*>(zeros(std::max(rows.keySize, values)).data());
                const auto key = [&](int64_t p) { return p < rows.positions ? k + group * rows.groupStride + p * rows.positionStride : none; };
                const auto value = [&](int64_t p) { return p < rows.positions ? v + group * rows.groupStride + p * rows.positionStride : none; };
                for (int64_t p = 0; p < positions; ++p)
                    for (int64_t c = 0; c < rows.keySize; ++c) keys[packedAt<T>(c, p, positions)] = key(p)[c];
                if constexpr (std::is_same_v<T, float>)
                    for (int64_t p = 0; p < positions; ++p) std::copy_n(value(p), values, valueRows + p * values);
                else
                    for (int64_t p = 0; p < positions; p += 2) loops::interleave(values, value(p), value(p + 1), valueRows + p * values);
            }
            nn::multiply(count, positions, rows.keySize, q + group * rows.groupStride + first * rows.positionStride, rows.positionStride, keys, positions, scores, positions, false);
            for (int64_t i = 0; i < count; ++i) {
                float* row = scores + i * positions;
                sums[i] = loops::softmaxRow(row, rows.positions);
                std::fill(row + rows.positions, row + positions, 0.0F);
                loops::store(row, positions, weights + i * positions);
            }
            nn::multiply(count, values, positions, weights, positions, valueRows, values, scores, values, false);
            for (int64_t i = 0; i < count; ++i) {
                loops::scaleRow(scores + i * values, rows.valueSize, 1.0F / sums[i]);
                loops::store(scores + i * values, rows.valueSize, out + (group * rows.positions + first + i) * rows.valueSize);
            }
        }
    });
}

float wide(float value) { return value; }
float wide(uint16_t value) { return std::bit_cast<float>(static_cast<uint32_t>(value) << 16); }
}  // namespace

void attend(const AttentionRows& rows, PlanPrecision precision, const void* q, const void* k, const void* v, void* out)
{
    byType(precision, false, [&](auto type, auto) {
        using T = decltype(type);
        attendAs(rows, static_cast<const T*>(q), static_cast<const T*>(k), static_cast<const T*>(v), static_cast<T*>(out));
    });
}

void addReadOut(PlanPrecision precision, int64_t frames, int64_t pixels, int64_t channels, const void* o, std::array<int64_t, 3> strides, float gamma, void* x)
{
    byType(precision, false, [&](auto type, auto) {
        using T = decltype(type);
        at::parallel_for(0, pixels, 16, [&](int64_t begin, int64_t end) {
            std::vector<float>& row = [](int64_t size) -> std::vector<float>& {
                thread_local std::vector<float> memory;
                memory.resize(static_cast<std::size_t>(size));
                return memory;
            }(channels);
            for (int64_t p = begin; p < end; ++p)
                for (int64_t t = 0; t < frames; ++t) {
                    const T* from = static_cast<const T*>(o) + p * strides[0] + t * strides[1];
                    T* to = static_cast<T*>(x) + (t * pixels + p) * padded(channels);
                    for (int64_t c = 0; c < channels; ++c) row[static_cast<std::size_t>(c)] = wide(to[c]) + gamma * wide(from[c * strides[2]]);
                    loops::store(row.data(), channels, to);
                }
        });
    });
}

void joinStill(PlanPrecision precision, int64_t frames, int64_t pixels, const void* still, int64_t left, const void* moving, int64_t right, void* out)
{
    const auto size = static_cast<std::size_t>(sizeOf(precision));
    const auto bytes = [&](int64_t count) { return static_cast<std::size_t>(count) * size; };
    const int64_t width = padded(left + right);
    at::parallel_for(0, frames * pixels, 64, [&](int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; ++row) {
            char* to = static_cast<char*>(out) + bytes(row * width);
            std::memcpy(to, static_cast<const char*>(still) + bytes(row % pixels * padded(left)), bytes(left));
            std::memcpy(to + bytes(left), static_cast<const char*>(moving) + bytes(row * padded(right)), bytes(right));
            std::memset(to + bytes(left + right), 0, bytes(width - left - right));
        }
    });
}

void store(PlanPrecision precision, const float* from, int64_t count, void* to)
{
    if (precision == PlanPrecision::Float32)
        loops::store(from, count, static_cast<float*>(to));
    else
        loops::store(from, count, static_cast<uint16_t*>(to));
}

}  // namespace kinora::plan
