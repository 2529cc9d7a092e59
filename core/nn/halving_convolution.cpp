// compiled with OpenMP, without which at::parallel_for runs in one thread; hence no precompiled header
#include "core/nn/halving_convolution.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <array>
#include <vector>

#include "core/nn/buffer.h"
#include "core/nn/loops.h"
#include "core/nn/strip_product.h"

namespace kinora::nn::halving {
namespace {

constexpr int64_t kStrip = 64;            // tiles that a thread takes together
constexpr int64_t kColumns = 256;         // of a product at once
constexpr int64_t kGradientTiles = 256;   // of the sum over tiles at once
constexpr int64_t kGradientGroups = 16;   // with sums of their own, if these
constexpr int64_t kGradientBytes = 1 << 24;  // take no more than this

thread_local Buffer threadOperands, threadProducts, threadLeft;

/// Squares of 2 x 2 small pixels.
struct Tiles {
    explicit Tiles(const Shape& shape) : rows((shape.height + 1) / 2), columns((shape.width + 1) / 2), count(shape.images * rows * columns) {}
    struct Place {
        int64_t image, row, column;
    };
    Place at(int64_t tile) const { return {tile / (rows * columns), tile / columns % rows, tile % columns}; }
    int64_t rows, columns, count;
};

/// Addresses of a square of an image's pixels, from (row, column) on; \p none for those outside.
template <class T>
void square(T* images, int64_t image, int64_t height, int64_t width, int64_t channels, int64_t row, int64_t column, int64_t side, T* none, T** to)
{
    for (int64_t y = row; y < row + side; ++y)
        for (int64_t x = column; x < column + side; ++x) *to++ = y < 0 || x < 0 || y >= height || x >= width ? none : images + ((image * height + y) * width + x) * channels;
}
/// The large pixels that a tile sees.
template <class T>
void largePatch(const T* large, const Shape& shape, const Tiles::Place& at, const T* none, const T** to)
{
    square<const T>(large, at.image, 2 * shape.height, 2 * shape.width, shape.large, 4 * at.row - 1, 4 * at.column - 1, 6, none, to);
}

/// Which product and which phase of the halving a sum of loops::transformedWeight belongs to.
constexpr int64_t productOf(int64_t sum) { return sum < 3 ? 2 - sum : 5 - sum; }
constexpr int64_t productOf(int64_t v, int64_t h) { return 3 * productOf(v) + productOf(h); }
constexpr int64_t phaseOf(int64_t v, int64_t h) { return 2 * (v / 3) + h / 3; }

/// (rows, 16, n) to (n, 16, rows).
template <class T>
void exchange(const T* weight, int64_t rows, int64_t n, T* result)
{
    at::parallel_for(0, n / 16, 1, [&](int64_t begin, int64_t end) {
        for (int64_t block = begin; block < end; ++block)
            for (int64_t row = 0; row < rows; row += 16)
                for (int64_t tap = 0; tap < 16; ++tap) loops::transposeSquare(weight + (row * 16 + tap) * n + block * 16, 16 * n, result + (block * 256 + tap) * rows + row, 16 * rows);
    });
}

/// Operands and products of one dimension of the doubling; an operand serves one product, the one in the middle two. See loops::tileOperands.
constexpr int64_t operandOf(int64_t product) { return product < 3 ? product : product - 1; }
constexpr int64_t firstProduct(int64_t operand) { return operand < 3 ? operand : operand + 1; }
constexpr int64_t productsOf(int64_t operand) { return operand == 2 ? 2 : 1; }

/// Writes the 36 sums of every row of a weight (rows, 16, n), \p chunk columns at a time. In bfloat16 two rows become one with their numbers in turns.
/// \param place  (v, h, row, column) to where the numbers begin
template <class T, class Place>
void transform(const T* weight, int64_t rows, int64_t n, int64_t chunk, const Place& place)
{
    constexpr int64_t step = kTurns<T>;
    at::parallel_for(0, rows / step, 4, [&](int64_t begin, int64_t end) {
        std::array<T*, 36> to{};
        for (int64_t row = begin * step; row < end * step; row += step)
            for (int64_t column = 0; column < n; column += chunk) {
                for (int64_t p = 0; p < 36; ++p) to[static_cast<std::size_t>(p)] = place(p / 6, p % 6, row, column);
                const T* taps = weight + row * 16 * n + column;
                if constexpr (std::is_same_v<T, float>) loops::transformedWeight(chunk, taps, n, to.data());
                else loops::transformedWeightPairs(chunk, taps, taps + 16 * n, n, to.data());
            }
    });
}

template <class T>
void enlargeAs(const T* small, const T* weight, const Shape& shape, T* large)
{
    const Tiles tiles(shape);
    const int64_t in = shape.small, out = shape.large, chunk = out % 64 == 0 ? 64 : 16, chunks = out / chunk;
    // the matrices of a block of columns one behind the other; an operand's one, two or four products lie side by side
    Buffer matrixMemory;
    T* matrices = matrixMemory.get<T>(36 * in * out);
    std::array<int64_t, 25> before{}, width{};
    for (int64_t o = 0, sum = 0; o < 25; ++o) {
        before[static_cast<std::size_t>(o)] = sum * in * chunk;
        const int64_t products = productsOf(o / 5) * productsOf(o % 5);
        width[static_cast<std::size_t>(o)] = products * chunk;
        sum += products;
    }
    const auto sideOf = [](int64_t v, int64_t h) { return (v - firstProduct(operandOf(v))) * productsOf(operandOf(h)) + h - firstProduct(operandOf(h)); };
    transform(weight, in, out, chunk, [&](int64_t v, int64_t h, int64_t row, int64_t column) {
        const auto o = static_cast<std::size_t>(operandOf(v) * 5 + operandOf(h));
        return matrices + column / chunk * 36 * in * chunk + before[o] + row * width[o] + kTurns<T> * sideOf(v, h) * chunk;
    });

    const int64_t strips = (tiles.count + kStrip - 1) / kStrip;
    at::parallel_for(0, strips, 1, [&](int64_t begin, int64_t end) {
        const ProductScope scope;
        T* operands = threadOperands.get<T>(25 * kStrip * in);
        float* products = threadProducts.get<float>(36 * kStrip * chunk);
        const std::vector<T> none(static_cast<std::size_t>(in));
        for (int64_t strip = begin; strip < end; ++strip) {
            const int64_t first = strip * kStrip, count = std::min(kStrip, tiles.count - first);
            for (int64_t i = 0; i < count; ++i) {
                std::array<const T*, 16> pixels{};
                const auto at = tiles.at(first + i);
                square<const T>(small, at.image, shape.height, shape.width, in, 2 * at.row - 1, 2 * at.column - 1, 4, none.data(), pixels.data());
                loops::tileOperands(in, pixels.data(), count * in, operands + i * in);
            }
            for (int64_t c = 0; c < chunks; ++c) {
                loops::TileWork<T, T> work;
                work.n = chunk;
                std::array<const float*, 36> start{};
                std::array<int64_t, 36> stride{};
                float* to = products;
                for (std::size_t o = 0; o < 25; ++o) {
                    multiply(count, width[o], in, operands + static_cast<int64_t>(o) * count * in, in, matrices + c * 36 * in * chunk + before[o], width[o], to, width[o], false);
                    for (int64_t v = 0; v < 6; ++v)
                        for (int64_t h = 0; h < 6; ++h)
                            if (operandOf(v) * 5 + operandOf(h) == static_cast<int64_t>(o)) start[static_cast<std::size_t>(v * 6 + h)] = to + sideOf(v, h) * chunk, stride[static_cast<std::size_t>(v * 6 + h)] = width[o];
                    to += count * width[o];
                }
                for (int64_t i = 0; i < count; ++i) {
                    const auto at = tiles.at(first + i);
                    for (std::size_t p = 0; p < 36; ++p) work.product[p] = start[p] + i * stride[p];
                    square<T>(large + c * chunk, at.image, 2 * shape.height, 2 * shape.width, out, 4 * at.row, 4 * at.column, 4, nullptr, work.out);
                    loops::finishTile(work);
                }
            }
        }
    });
}

template <class T>
void reduceAs(const T* large, const T* weight, const Shape& shape, T* small)
{
    const Tiles tiles(shape);
    const int64_t in = shape.large, out = shape.small, inner = 4 * in;
    Buffer exchangedMemory, matrixMemory;
    T* exchanged = exchangedMemory.get<T>(16 * in * out);
    T* matrices = matrixMemory.get<T>(9 * inner * out);
    exchange(weight, out, in, exchanged);
    transform(exchanged, in, out, out, [&](int64_t v, int64_t h, int64_t row, int64_t column) {
        return matrices + (productOf(v, h) * inner + phaseOf(v, h) * in + row) * out + kTurns<T> * column;
    });

    // a product's four phases in one row, or, where these rows would lie a multiple of the cache's ways apart, one after the other
    const int64_t parts = in <= 64 ? 1 : 4, rowStride = inner / parts;
    const auto phaseStride = [&](int64_t count) { return parts == 1 ? in : count * in; };
    const int64_t strips = (tiles.count + kStrip - 1) / kStrip;
    at::parallel_for(0, strips, 1, [&](int64_t begin, int64_t end) {
        const ProductScope scope;
        T* operands = threadOperands.get<T>(9 * kStrip * inner);
        float* products = threadProducts.get<float>(9 * kStrip * out);
        const std::vector<T> none(static_cast<std::size_t>(in));
        for (int64_t strip = begin; strip < end; ++strip) {
            const int64_t first = strip * kStrip, count = std::min(kStrip, tiles.count - first);
            for (int64_t i = 0; i < count; ++i) {
                std::array<const T*, 36> pixels{};
                largePatch(large, shape, tiles.at(first + i), none.data(), pixels.data());
                loops::largeOperands(0, in, pixels.data(), count * inner, phaseStride(count), operands + i * rowStride);
            }
            for (int64_t q = 0; q < 9; ++q)
                for (int64_t column = 0; column < out; column += kColumns)
                    for (int64_t part = 0; part < parts; ++part)
                        multiply(count, std::min(kColumns, out - column), rowStride, operands + q * count * inner + part * count * rowStride, rowStride,
                                 matrices + (q * inner + part * rowStride) * out + kTurns<T> * column, out, products + q * count * out + column, out, part > 0);
            for (int64_t i = 0; i < count; ++i) {
                std::array<const float*, 9> product{};
                for (int64_t q = 0; q < 9; ++q) product[static_cast<std::size_t>(q)] = products + (q * count + i) * out;
                std::array<T*, 4> to{};
                const auto at = tiles.at(first + i);
                square<T>(small, at.image, shape.height, shape.width, out, 2 * at.row, 2 * at.column, 2, nullptr, to.data());
                loops::finishSmall(out, product.data(), to.data());
            }
        }
    });
}

/// Blocks of large channels in the sums of the weight's gradient.
int64_t gradientChunk(const Shape& shape) { return shape.large % 64 == 0 ? 64 : 16; }

/// Sums over tiles [begin, end), some hundreds at a time, for the weight's gradient. \param sums  (9 products, 4 phases, blocks of large channels, small, chunk)
template <class T>
void sumTiles(const T* small, const T* large, const Shape& shape, int64_t begin, int64_t end, float* sums)
{
    const Tiles tiles(shape);
    const int64_t rows = shape.small, in = shape.large, chunk = gradientChunk(shape), parts = 4 * in / chunk, most = std::min(kGradientTiles, (end - begin + 15) / 16 * 16);
    T* left = threadLeft.get<T>(9 * rows * most);
    T* right = threadOperands.get<T>(36 * most * in);
    const std::vector<T> none(static_cast<std::size_t>(std::max(rows, in)));
    for (int64_t first = begin; first < end; first += most) {
        const int64_t count = std::min(most, (end - first + 15) / 16 * 16);  // the last ones may be empty
        at::parallel_for(0, count / 16, 1, [&](int64_t from, int64_t to) {
            std::array<const T*, 64> pixels{};
            std::array<const T*, 72> patches{};
            for (int64_t block = from; block < to; ++block) {
                for (int64_t i = 0; i < 16; ++i) {
                    const int64_t tile = first + block * 16 + i;
                    const auto at = tiles.at(tile);
                    if (tile < end) square<const T>(small, at.image, shape.height, shape.width, rows, 2 * at.row, 2 * at.column, 2, none.data(), pixels.data() + i * 4);
                    else std::fill_n(pixels.data() + i * 4, 4, none.data());
                }
                loops::smallOperands(rows, pixels.data(), rows * count, count, left + block * 16);
                for (int64_t i = 0; i < 16; i += kTurns<T>) {
                    for (int64_t j = 0; j < kTurns<T>; ++j) {
                        const int64_t tile = first + block * 16 + i + j;
                        if (tile < end) largePatch(large, shape, tiles.at(tile), none.data(), patches.data() + j * 36);
                        else std::fill_n(patches.data() + j * 36, 36, none.data());
                    }
                    for (int64_t column = 0; column < in; column += chunk) {
                        T* operand = right + column * count + (block * 16 + i) * chunk;
                        if constexpr (std::is_same_v<T, float>) loops::largeOperands(column, chunk, patches.data(), 4 * count * in, count * in, operand);
                        else loops::largeOperandPairs(column, chunk, patches.data(), 4 * count * in, count * in, operand);
                    }
                }
            }
        });
        at::parallel_for(0, 9 * parts, 1, [&](int64_t from, int64_t to) {
            const ProductScope scope;
            for (int64_t task = from; task < to; ++task)
                multiply(rows, chunk, count, left + task / parts * rows * count, count, right + task * count * chunk, chunk, sums + task * rows * chunk, chunk, first > begin);
        });
    }
}

template <class T>
void weightGradientAs(const T* small, const T* large, const Shape& shape, T* result)
{
    const Tiles tiles(shape);
    const int64_t rows = shape.small, in = shape.large, size = 36 * rows * in, chunk = gradientChunk(shape);
    // Where the sums are small, groups of tiles have sums of their own, so that threads do not wait for each other. How many does not depend on the threads: the order of the sums is fixed
    const int64_t fit = std::min(kGradientGroups, std::min(kGradientBytes / (4 * size), tiles.count / kGradientTiles)), groups = fit < 8 ? 1 : fit;
    Buffer memory;
    float* sums = memory.get<float>(groups * size);
    const int64_t inGroup = (tiles.count + groups * 16 - 1) / (groups * 16) * 16;
    if (groups == 1) {
        sumTiles(small, large, shape, 0, tiles.count, sums);
    } else {
        at::parallel_for(0, groups, 1, [&](int64_t begin, int64_t end) {
            for (int64_t group = begin; group < end; ++group) sumTiles(small, large, shape, group * inGroup, std::min(tiles.count, (group + 1) * inGroup), sums + group * size);
        });
        at::parallel_for(0, size, 4096, [&](int64_t begin, int64_t end) {
            for (int64_t group = 1; group < groups; ++group)
                for (int64_t i = begin; i < end; ++i) sums[i] += sums[group * size + i];
        });
    }
    at::parallel_for(0, rows, 4, [&](int64_t begin, int64_t end) {
        std::array<const float*, 36> product{};
        for (int64_t row = begin; row < end; ++row)
            for (int64_t column = 0; column < in; column += chunk) {
                for (int64_t p = 0; p < 36; ++p)
                    product[static_cast<std::size_t>(p)] = sums + ((productOf(p / 6, p % 6) * 4 + phaseOf(p / 6, p % 6)) * in + column) * rows + row * chunk;
                loops::weightGradient(chunk, product.data(), in, result + row * 16 * in + column);
            }
    });
}
}  // namespace

bool pays(const Shape& shape, bool bfloat16)
{
    if (shape.small % 16 != 0 || shape.large % 16 != 0) return false;
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
    if (bfloat16 && __builtin_cpu_supports("amx-bf16")) return false;  // its products are so quick that the transforms would cost more than they spare
#endif
    return 2 * shape.images * shape.height * shape.width >= shape.small + shape.large;  // measured: docs/measurements.md
}

template <class T>
void enlarge(const T* small, const T* weight, const Shape& shape, T* large)
{
    enlargeAs(stored(small), stored(weight), shape, stored(large));
}
template <class T>
void reduce(const T* large, const T* weight, const Shape& shape, T* small)
{
    reduceAs(stored(large), stored(weight), shape, stored(small));
}
template <class T>
void weightGradient(const T* small, const T* large, const Shape& shape, T* result)
{
    weightGradientAs(stored(small), stored(large), shape, stored(result));
}

template void enlarge(const float*, const float*, const Shape&, float*);
template void enlarge(const c10::BFloat16*, const c10::BFloat16*, const Shape&, c10::BFloat16*);
template void reduce(const float*, const float*, const Shape&, float*);
template void reduce(const c10::BFloat16*, const c10::BFloat16*, const Shape&, c10::BFloat16*);
template void weightGradient(const float*, const float*, const Shape&, float*);
template void weightGradient(const c10::BFloat16*, const c10::BFloat16*, const Shape&, c10::BFloat16*);

}  // namespace kinora::nn::halving
