#include "core/nn/row_kernels.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/nn/loops.h"
#include "core/nn/strip_product.h"

// the inner loops once for each kind of vector instructions, chosen when the program is loaded
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define KINORA_VECTORS __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define KINORA_VECTORS
#endif
#define KINORA_INLINE inline __attribute__((always_inline))

namespace kinora::nn::rows {
namespace {

using Half = c10::BFloat16;

KINORA_INLINE float load(const float* p, int64_t i) { return p[i]; }
KINORA_INLINE float load(const Half* p, int64_t i) { return std::bit_cast<float>(static_cast<std::uint32_t>(p[i].x) << 16); }
KINORA_INLINE void store(float* p, int64_t i, float value) { p[i] = value; }
KINORA_INLINE void store(Half* p, int64_t i, float value)
{
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t rounded = (bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16;  // to nearest, ties to even
    p[i].x = static_cast<std::uint16_t>((bits & 0x7fffffffU) > 0x7f800000U ? 0x7fc0U : rounded);
}

constexpr int64_t kBlockRows = 32;  // rows whose values stay in a core's cache between two passes

/// mean and sum of squared distances of \p count rows, which follow those already in \p mean and \p squares.
template <class T>
KINORA_INLINE void addMoments(const T* x, int64_t count, int64_t channels, int64_t before, float* mean, float* squares, float* blockMean, float* blockSquares)
{
    for (int64_t c = 0; c < channels; ++c) blockMean[c] = blockSquares[c] = 0;
    for (int64_t r = 0; r < count; ++r)
        for (int64_t c = 0; c < channels; ++c) blockMean[c] += load(x, r * channels + c);
    const float share = 1.0F / static_cast<float>(count);
    for (int64_t c = 0; c < channels; ++c) blockMean[c] *= share;
    for (int64_t r = 0; r < count; ++r)
        for (int64_t c = 0; c < channels; ++c) {
            const float d = load(x, r * channels + c) - blockMean[c];
            blockSquares[c] += d * d;
        }
    const float weight = static_cast<float>(count) / static_cast<float>(before + count), cross = static_cast<float>(before) * weight;
    for (int64_t c = 0; c < channels; ++c) {
        const float d = blockMean[c] - mean[c];
        mean[c] += d * weight;
        squares[c] += blockSquares[c] + d * d * cross;
    }
}

template <class T>
KINORA_INLINE void apply(const T* __restrict x, int64_t count, int64_t channels, const float* __restrict scale, const float* __restrict shift, const T* __restrict added, T* __restrict y)
{
    for (int64_t r = 0; r < count; ++r, x += channels, y += channels) {
        if (added)
            for (int64_t c = 0; c < channels; ++c) store(y, c, std::max(load(x, c) * scale[c] + shift[c], 0.0F) + load(added, c));
        else
            for (int64_t c = 0; c < channels; ++c) store(y, c, std::max(load(x, c) * scale[c] + shift[c], 0.0F));
    }
}

/// Sums over rows of g, of g where the ReLU lets it through, and of the latter times x.
template <class T>
KINORA_INLINE void sums(const T* __restrict x, const T* __restrict g, int64_t count, int64_t channels, const float* __restrict scale, const float* __restrict shift, float* __restrict all,
                        float* __restrict passed, float* __restrict product)
{
    for (int64_t r = 0; r < count; ++r, x += channels, g += channels) {
        if (all)
            for (int64_t c = 0; c < channels; ++c) all[c] += load(g, c);
        for (int64_t c = 0; c < channels; ++c) {
            const float value = load(x, c), gradient = load(g, c), through = value * scale[c] + shift[c] > 0 ? gradient : 0.0F;
            passed[c] += through;
            product[c] += through * value;
        }
    }
}

/// dx = scale * through + a x + b, per channel.
template <class T>
KINORA_INLINE void back(const T* __restrict x, const T* __restrict g, int64_t count, int64_t channels, const float* __restrict scale, const float* __restrict shift, const float* __restrict a,
                        const float* __restrict b, T* __restrict dx)
{
    for (int64_t r = 0; r < count; ++r, x += channels, g += channels, dx += channels)
        for (int64_t c = 0; c < channels; ++c) {
            const float value = load(x, c), gradient = load(g, c), through = value * scale[c] + shift[c] > 0 ? gradient : 0.0F;
            store(dx, c, scale[c] * through + a[c] * value + b[c]);
        }
}

/// y = leaky(scale x + bias), with a slope of at most 1.
template <class T>
KINORA_INLINE void leaky(const T* __restrict x, int64_t count, int64_t channels, float scale, const float* __restrict bias, float slope, T* __restrict y)
{
    for (int64_t r = 0; r < count; ++r, x += channels, y += channels)
        for (int64_t c = 0; c < channels; ++c) {
            const float z = load(x, c) * scale + bias[c];
            store(y, c, std::max(z, z * slope));
        }
}

/// Back from y: dx, the sum of the gradients before the activation, and that of their products with what was activated.
template <class T>
KINORA_INLINE void leakyBack(const T* __restrict y, const T* __restrict g, int64_t count, int64_t channels, float scale, float slope, T* __restrict dx, float* __restrict sum, float* __restrict product)
{
    const float inverse = 1 / slope;
    for (int64_t r = 0; r < count; ++r, y += channels, g += channels, dx += channels)
        for (int64_t c = 0; c < channels; ++c) {
            const float value = load(y, c), gradient = load(g, c);
            const float through = (value > 0 ? gradient : 0.0F) + slope * (value > 0 ? 0.0F : gradient);  // so written, the compiler makes vectors of it
            sum[c] += through;
            product[c] += through * std::min(value, value * inverse);
            store(dx, c, through * scale);
        }
}

template <class T>
KINORA_INLINE void copyTo(const T* __restrict from, int64_t count, float* __restrict to)
{
    for (int64_t i = 0; i < count; ++i) to[i] = load(from, i);
}
template <class T>
KINORA_INLINE void addTo(const T* __restrict from, int64_t count, float* __restrict to)
{
    for (int64_t i = 0; i < count; ++i) to[i] += load(from, i);
}
template <class T>
KINORA_INLINE void round(const float* __restrict from, int64_t count, T* __restrict to)
{
    for (int64_t i = 0; i < count; ++i) store(to, i, from[i]);
}

// one name for each type: the attribute does not go with templates
#define KINORA_FOR(T)                                                                                                                                              \
    KINORA_VECTORS void addMomentsOf(const T* x, int64_t n, int64_t c, int64_t before, float* m, float* s, float* bm, float* bs) { addMoments(x, n, c, before, m, s, bm, bs); } \
    KINORA_VECTORS void applyTo(const T* x, int64_t n, int64_t c, const float* a, const float* b, const T* added, T* y) { apply(x, n, c, a, b, added, y); }         \
    KINORA_VECTORS void sumsOf(const T* x, const T* g, int64_t n, int64_t c, const float* a, const float* b, float* all, float* p, float* q) { sums(x, g, n, c, a, b, all, p, q); } \
    KINORA_VECTORS void backOf(const T* x, const T* g, int64_t n, int64_t c, const float* s, const float* t, const float* a, const float* b, T* dx) { back(x, g, n, c, s, t, a, b, dx); } \
    KINORA_VECTORS void leakyOf(const T* x, int64_t n, int64_t c, float s, const float* b, float slope, T* y) { leaky(x, n, c, s, b, slope, y); }                   \
    KINORA_VECTORS void leakyBackOf(const T* y, const T* g, int64_t n, int64_t c, float s, float slope, T* dx, float* a, float* p) { leakyBack(y, g, n, c, s, slope, dx, a, p); } \
    KINORA_VECTORS void copyRow(const T* from, int64_t n, float* to) { copyTo(from, n, to); }                                                                       \
    KINORA_VECTORS void addRow(const T* from, int64_t n, float* to) { addTo(from, n, to); }                                                                         \
    KINORA_VECTORS void roundRow(const float* from, int64_t n, T* to) { round(from, n, to); }
KINORA_FOR(float)
KINORA_FOR(Half)
#undef KINORA_FOR

/// Groups are taken together so that a piece has rows enough; the number of pieces depends on the shape alone.
struct Pieces {
    explicit Pieces(const NormShape& shape)
    {
        constexpr int64_t kAtMost = 64;
        groupsEach = std::max<int64_t>(1, (shape.groups + kAtMost - 1) / kAtMost);
        groupsEach = std::max(groupsEach, std::min(shape.groups, (kBlockRows + shape.perGroup - 1) / shape.perGroup));
        count = (shape.groups + groupsEach - 1) / groupsEach;
    }
    int64_t groupsEach, count;
};

template <class Work>
void overPieces(const NormShape& shape, const Pieces& pieces, const Work& work)
{
    at::parallel_for(0, pieces.count, 1, [&](int64_t from, int64_t to) {
        for (int64_t i = from; i < to; ++i) work(i, i * pieces.groupsEach, std::min(shape.groups, (i + 1) * pieces.groupsEach));
    });
}
}  // namespace

template <class T>
void moments(const T* x, const NormShape& shape, float* mean, float* variance)
{
    const Pieces pieces(shape);
    const int64_t channels = shape.channels;
    std::vector<float> partial(static_cast<std::size_t>(pieces.count * 4 * channels), 0.0F);
    overPieces(shape, pieces, [&](int64_t piece, int64_t from, int64_t to) {
        float* m = partial.data() + piece * 4 * channels;
        const int64_t first = from * shape.perGroup, rows = (to - from) * shape.perGroup;
        for (int64_t r = 0; r < rows; r += kBlockRows)
            addMomentsOf(x + (first + r) * channels, std::min(kBlockRows, rows - r), channels, r, m, m + channels, m + 2 * channels, m + 3 * channels);
    });
    std::vector<double> all(static_cast<std::size_t>(channels), 0.0), squares(static_cast<std::size_t>(channels), 0.0);
    double before = 0;
    for (int64_t piece = 0; piece < pieces.count; ++piece) {
        const float* m = partial.data() + piece * 4 * channels;
        const double count = static_cast<double>((std::min(shape.groups, (piece + 1) * pieces.groupsEach) - piece * pieces.groupsEach) * shape.perGroup);
        const double weight = count / (before + count), cross = before * weight;
        for (int64_t c = 0; c < channels; ++c) {
            const double d = m[c] - all[c];
            all[c] += d * weight;
            squares[c] += m[channels + c] + d * d * cross;
        }
        before += count;
    }
    for (int64_t c = 0; c < channels; ++c) {
        mean[c] = static_cast<float>(all[c]);
        variance[c] = static_cast<float>(squares[c] / before);
    }
}

template <class T>
void normReluAdd(const T* x, const NormShape& shape, const float* scale, const float* shift, const T* added, T* y)
{
    const int64_t group = shape.perGroup * shape.channels;
    overPieces(shape, Pieces(shape), [&](int64_t, int64_t from, int64_t to) {
        if (!added) return applyTo(x + from * group, (to - from) * shape.perGroup, shape.channels, scale, shift, nullptr, y + from * group);
        for (int64_t i = from; i < to; ++i) applyTo(x + i * group, shape.perGroup, shape.channels, scale, shift, added + i * shape.channels, y + i * group);
    });
}

template <class T>
void normReluAddBackward(const T* x, const T* g, const NormShape& shape, const float* mean, const float* inverseDeviation, const float* gamma, const float* beta, T* dx, T* dAdded,
                         float* dGamma, float* dBeta)
{
    const Pieces pieces(shape);
    const int64_t channels = shape.channels, group = shape.perGroup * channels;
    const auto size = static_cast<std::size_t>(channels);
    std::vector<float> scale(size), shift(size), a(size), b(size);
    for (std::size_t c = 0; c < size; ++c) {
        scale[c] = gamma[c] * inverseDeviation[c];
        shift[c] = beta[c] - mean[c] * scale[c];
    }
    std::vector<float> partial(static_cast<std::size_t>(pieces.count) * 3 * size, 0.0F);
    overPieces(shape, pieces, [&](int64_t piece, int64_t from, int64_t to) {
        float* passed = partial.data() + piece * 3 * channels;
        for (int64_t i = from; i < to; ++i) {
            float* all = dAdded ? passed + 2 * channels : nullptr;
            if (all) std::fill(all, all + channels, 0.0F);
            sumsOf(x + i * group, g + i * group, shape.perGroup, channels, scale.data(), shift.data(), all, passed, passed + channels);
            if (all) roundRow(all, channels, dAdded + i * channels);
        }
    });
    const double rows = static_cast<double>(shape.rows());
    for (std::size_t c = 0; c < size; ++c) {
        double passed = 0, product = 0;
        for (int64_t piece = 0; piece < pieces.count; ++piece) {
            passed += partial[static_cast<std::size_t>(piece) * 3 * size + c];
            product += partial[static_cast<std::size_t>(piece) * 3 * size + size + c];
        }
        const double normalized = (product - passed * mean[c]) * inverseDeviation[c];  // sum of the gradient times the normalised value
        dGamma[c] = static_cast<float>(normalized);
        dBeta[c] = static_cast<float>(passed);
        a[c] = static_cast<float>(-scale[c] * normalized * inverseDeviation[c] / rows);
        b[c] = static_cast<float>(-scale[c] * passed / rows - static_cast<double>(a[c]) * mean[c]);
    }
    overPieces(shape, pieces, [&](int64_t, int64_t from, int64_t to) {
        backOf(x + from * group, g + from * group, (to - from) * shape.perGroup, channels, scale.data(), shift.data(), a.data(), b.data(), dx + from * group);
    });
}

namespace {
constexpr int64_t kHalfPieces = 32;  // of each half: sums do not depend on the number of threads

/// work(piece, first row, rows, whether in the second half), for pieces of both halves.
template <class Work>
void overHalves(const HalvesShape& s, const Work& work)
{
    at::parallel_for(0, 2 * kHalfPieces, 1, [&](int64_t from, int64_t to) {
        for (int64_t i = from; i < to; ++i) {
            const bool second = i >= kHalfPieces;
            const int64_t rows = second ? s.second : s.first, piece = i % kHalfPieces, begin = piece * rows / kHalfPieces, end = (piece + 1) * rows / kHalfPieces;
            if (end > begin) work(i, (second ? s.first : 0) + begin, end - begin, second);
        }
    });
}
}  // namespace

template <class T>
void biasLeaky(const T* x, const HalvesShape& s, float scale, const float* bias, float slope, T* y)
{
    overHalves(s, [&](int64_t, int64_t row, int64_t rows, bool second) { leakyOf(x + row * s.channels, rows, s.channels, second ? scale : 1.0F, bias, slope, y + row * s.channels); });
}

template <class T>
void biasLeakyBackward(const T* y, const T* g, const HalvesShape& s, float scale, const float* bias, float slope, T* dx, float* dBias, float* dScale)
{
    std::vector<float> partial(static_cast<std::size_t>(2 * kHalfPieces * 2 * s.channels), 0.0F);
    overHalves(s, [&](int64_t piece, int64_t row, int64_t rows, bool second) {
        float* sum = partial.data() + piece * 2 * s.channels;
        const int64_t at = row * s.channels;
        leakyBackOf(y + at, g + at, rows, s.channels, second ? scale : 1.0F, slope, dx + at, sum, sum + s.channels);
    });
    double change = 0;
    for (int64_t c = 0; c < s.channels; ++c) {
        double half[2] = {}, products = 0;
        for (int64_t piece = 0; piece < 2 * kHalfPieces; ++piece) {
            const float* sum = partial.data() + piece * 2 * s.channels;
            half[piece / kHalfPieces] += sum[c];
            if (piece >= kHalfPieces) products += sum[s.channels + c];
        }
        dBias[c] = static_cast<float>(half[0] + half[1]);
        change += products - half[1] * bias[c];  // of the gradient times s x
    }
    *dScale = static_cast<float>(change / scale);
}

template <class T>
void shiftAdd(const T* taps, const T* still, const TimeShape& s, T* out)
{
    const int64_t outFrames = s.outFrames(), frame = s.positions * s.kernel * s.channels;
    at::parallel_for(0, s.clips * outFrames, 1, [&](int64_t from, int64_t to) {
        std::vector<float> sum(static_cast<std::size_t>(s.channels));
        for (int64_t i = from; i < to; ++i) {
            const int64_t clip = i / outFrames, at = i % outFrames + s.padding;
            for (int64_t position = 0; position < s.positions; ++position) {
                bool first = true;
                const auto take = [&](const T* row) {
                    if (std::exchange(first, false)) copyRow(row, s.channels, sum.data());
                    else addRow(row, s.channels, sum.data());
                };
                for (int64_t tap = at % s.stride; tap < s.kernel; tap += s.stride) {
                    const int64_t t = (at - tap) / s.stride;
                    if (at < tap || t >= s.frames) continue;
                    const int64_t row = (position * s.kernel + tap) * s.channels;
                    take(taps + (clip * s.frames + t) * frame + row);
                    if (still) take(still + clip * frame + row);
                }
                if (first) std::fill(sum.begin(), sum.end(), 0.0F);
                roundRow(sum.data(), s.channels, out + (i * s.positions + position) * s.channels);
            }
        }
    });
}

template <class T>
void shiftGather(const T* out, const TimeShape& s, T* taps, T* still)
{
    const int64_t outFrames = s.outFrames(), frame = s.positions * s.kernel * s.channels;
    const auto bytes = static_cast<std::size_t>(s.channels) * sizeof(T);
    at::parallel_for(0, s.clips * s.positions, 1, [&](int64_t from, int64_t to) {
        std::vector<float> sum(static_cast<std::size_t>(s.channels));
        for (int64_t i = from; i < to; ++i) {
            const int64_t clip = i / s.positions, position = i % s.positions;
            for (int64_t tap = 0; tap < s.kernel; ++tap) {
                const int64_t row = (position * s.kernel + tap) * s.channels;
                std::fill(sum.begin(), sum.end(), 0.0F);
                for (int64_t t = 0; t < s.frames; ++t) {
                    const int64_t at = t * s.stride + tap - s.padding;
                    const bool inside = at >= 0 && at < outFrames;
                    const T* source = out + ((clip * outFrames + at) * s.positions + position) * s.channels;
                    if (taps) {
                        T* target = taps + (clip * s.frames + t) * frame + row;
                        if (inside) std::memcpy(target, source, bytes);
                        else std::memset(static_cast<void*>(target), 0, bytes);
                    }
                    if (still && inside) addRow(source, s.channels, sum.data());
                }
                if (still) roundRow(sum.data(), s.channels, still + clip * frame + row);
            }
        }
    });
}

namespace {
/// One row of one colour: \p step numbers and \p channels bytes from pixel to pixel.
KINORA_INLINE void pixelRow(const float* __restrict from, int64_t step, int64_t count, float low, float range, bool truncate, int64_t channels, std::uint8_t* __restrict to)
{
    constexpr float kWhole = 8388608.0F;  // numbers above it have no fraction: adding it rounds to nearest, ties to even
    for (int64_t i = 0; i < count; ++i) {
        const float scaled = (from[i * step] - low) / range * 255.0F;
        const float positive = scaled > 0.0F ? scaled : 0.0F;  // not a number: 0
        const float within = positive < 255.0F ? positive : 255.0F;
        to[i * channels] = static_cast<std::uint8_t>(static_cast<int>(truncate ? within : within + kWhole - kWhole));
    }
}
KINORA_VECTORS void pixelRowOf(const float* from, int64_t step, int64_t count, float low, float range, bool truncate, int64_t channels, std::uint8_t* to)
{
    if (step == 1) pixelRow(from, 1, count, low, range, truncate, channels, to);
    else pixelRow(from, step, count, low, range, truncate, channels, to);
}
}  // namespace

void pixels(const float* clip, const PixelShape& s, float low, float range, bool truncate, int64_t channels, std::uint8_t* out)
{
    const int64_t frames = s.size[2], height = s.size[3], width = s.size[4];
    at::parallel_for(0, s.size[0] * frames, 1, [&](int64_t from, int64_t to) {
        for (int64_t i = from; i < to; ++i)
            for (int64_t y = 0; y < height; ++y) {
                const float* row = clip + i / frames * s.stride[0] + i % frames * s.stride[2] + y * s.stride[3];
                std::uint8_t* target = out + (i * height + y) * width * channels;
                for (int64_t c = 0; c < 3; ++c) pixelRowOf(row + c * s.stride[1], s.stride[4], width, low, range, truncate, channels, target + c);
                if (channels == 4)
                    for (int64_t x = 0; x < width; ++x) target[4 * x + 3] = 255;
            }
    });
}

#define KINORA_FOR(T)                                                                                                                                     \
    template void moments(const T*, const NormShape&, float*, float*);                                                                                    \
    template void normReluAdd(const T*, const NormShape&, const float*, const float*, const T*, T*);                                                      \
    template void normReluAddBackward(const T*, const T*, const NormShape&, const float*, const float*, const float*, const float*, T*, T*, float*, float*); \
    template void biasLeaky(const T*, const HalvesShape&, float, const float*, float, T*);                                                                \
    template void biasLeakyBackward(const T*, const T*, const HalvesShape&, float, const float*, float, T*, float*, float*);                              \
    template void shiftAdd(const T*, const T*, const TimeShape&, T*);                                                                                     \
    template void shiftGather(const T*, const TimeShape&, T*, T*);
KINORA_FOR(float)
KINORA_FOR(Half)
#undef KINORA_FOR

namespace {

/// Row \p i of the first dimension: (out, rest) times u.
template <int64_t kRest>
KINORA_INLINE void timesURow(const float* __restrict weight, int64_t out, int64_t rest, const float* __restrict u, float* __restrict result)
{
    const int64_t n = kRest > 0 ? kRest : rest;
    for (int64_t k = 0; k < n; ++k) result[k] = 0;
    for (int64_t o = 0; o < out; ++o)
        for (int64_t k = 0; k < n; ++k) result[k] += weight[o * n + k] * u[o];
}
/// Sums in lanes: the order is that of the lanes, whatever the instructions.
template <class T>
KINORA_INLINE float product(const T* __restrict a, const T* __restrict b, int64_t n)
{
    constexpr int64_t kLanes = 16;
    float lanes[kLanes] = {};
    int64_t i = 0;
    for (; i + kLanes <= n; i += kLanes)
        for (int64_t k = 0; k < kLanes; ++k) lanes[k] += load(a, i + k) * load(b, i + k);
    float sum = 0;
    for (; i < n; ++i) sum += load(a, i) * load(b, i);
    for (const float lane : lanes) sum += lane;
    return sum;
}
KINORA_VECTORS void timesURowOf(const float* weight, int64_t out, int64_t rest, const float* u, float* result)
{
    if (rest == 16) timesURow<16>(weight, out, rest, u, result);
    else if (rest == 4) timesURow<4>(weight, out, rest, u, result);
    else timesURow<0>(weight, out, rest, u, result);
}
KINORA_VECTORS void timesVRowOf(const float* weight, int64_t out, int64_t rest, const float* v, float* result)
{
    for (int64_t o = 0; o < out; ++o) result[o] += product(weight + o * rest, v, rest);
}
/// With one number a row of the last dimension: result += v w.
KINORA_VECTORS void addScaled(const float* weight, int64_t out, float v, float* result)
{
    for (int64_t o = 0; o < out; ++o) result[o] += weight[o] * v;
}
KINORA_VECTORS float dotOf(const float* a, const float* b, int64_t n) { return product(a, b, n); }
KINORA_VECTORS float dotOf(const Half* a, const Half* b, int64_t n) { return product(a, b, n); }
/// (second, taps) times a factor to (taps, second).
template <int64_t kTaps, class T>
KINORA_INLINE void turn(const float* __restrict weight, int64_t second, int64_t taps, float factor, T* __restrict result)
{
    const int64_t n = kTaps > 0 ? kTaps : taps;
    for (int64_t k = 0; k < n; ++k)
        for (int64_t j = 0; j < second; ++j) store(result, k * second + j, weight[j * n + k] * factor);
}
/// What is added to a gradient: b times what one row of the first dimension has of u v^T, and the same of another pair.
struct Added {
    float b = 0;
    const float *bySecond = nullptr, *byTap = nullptr, *byBoth = nullptr;
    float c = 0;
    const float* more = nullptr;  ///< Times c; or null.
};
/// result (second, taps) = a g + what is added, where g is (taps, second), for one row of the first dimension.
template <int64_t kTaps, class T>
KINORA_INLINE void update(const T* __restrict g, int64_t second, int64_t taps, float a, const Added& add, float* __restrict result)
{
    const int64_t n = kTaps > 0 ? kTaps : taps;
    const float b = add.b, c = add.c;
    const float *__restrict bySecond = add.bySecond, *__restrict byTap = add.byTap, *__restrict byBoth = add.byBoth, *__restrict more = add.more;
    if (more)
        for (int64_t j = 0; j < second; ++j)
            for (int64_t k = 0; k < n; ++k) result[j * n + k] = load(g, k * second + j) * a + b * byBoth[j * n + k] + c * more[j * n + k];
    else if (byBoth)
        for (int64_t j = 0; j < second; ++j)
            for (int64_t k = 0; k < n; ++k) result[j * n + k] = load(g, k * second + j) * a + b * byBoth[j * n + k];
    else
        for (int64_t j = 0; j < second; ++j)
            for (int64_t k = 0; k < n; ++k) result[j * n + k] = load(g, k * second + j) * a + b * bySecond[j] * byTap[k];
}
/// The same with sixteen taps, sixteen numbers of `second` at a time: as squares whose rows and columns are exchanged.
template <class T>
KINORA_INLINE void turnSquares(const float* weight, int64_t second, float factor, T* result)
{
    float square[256], scaled[16];
    for (int64_t j = 0; j < second; j += 16) {
        loops::transposeSquare(weight + j * 16, 16, square, 16);
        for (int64_t k = 0; k < 16; ++k) {
            for (int64_t i = 0; i < 16; ++i) scaled[i] = square[k * 16 + i] * factor;
            loops::store(scaled, 16, stored(result) + k * second + j);
        }
    }
}
template <class T>
KINORA_INLINE void updateSquares(const T* g, int64_t second, float a, const Added& add, float* result)
{
    std::remove_const_t<std::remove_pointer_t<decltype(stored(g))>> square[256];
    for (int64_t j = 0; j < second; j += 16, result += 256) {
        loops::transposeSquare(stored(g) + j, second, square, 16);
        const T* values = reinterpret_cast<const T*>(square);
        const float *both = add.byBoth ? add.byBoth + j * 16 : nullptr, *more = add.more ? add.more + j * 16 : nullptr;
        if (more)
            for (int64_t i = 0; i < 256; ++i) result[i] = load(values, i) * a + add.b * both[i] + add.c * more[i];
        else if (both)
            for (int64_t i = 0; i < 256; ++i) result[i] = load(values, i) * a + add.b * both[i];
        else
            for (int64_t i = 0; i < 16; ++i)
                for (int64_t k = 0; k < 16; ++k) result[i * 16 + k] = load(values, i * 16 + k) * a + add.b * add.bySecond[j + i] * add.byTap[k];
    }
}
#define KINORA_FOR(T)                                                                                          \
    KINORA_VECTORS void turnOf(const float* weight, int64_t second, int64_t taps, float factor, T* result)     \
    {                                                                                                          \
        if (taps == 16 && second % 16 == 0) turnSquares(weight, second, factor, result);                       \
        else if (taps == 16) turn<16>(weight, second, taps, factor, result);                                   \
        else if (taps == 4) turn<4>(weight, second, taps, factor, result);                                     \
        else turn<0>(weight, second, taps, factor, result);                                                    \
    }                                                                                                          \
    KINORA_VECTORS void updateOf(const T* g, int64_t second, int64_t taps, float a, const Added& add, float* result) \
    {                                                                                                          \
        if (taps == 16 && second % 16 == 0) updateSquares(g, second, a, add, result);                          \
        else if (taps == 16) update<16>(g, second, taps, a, add, result);                                      \
        else if (taps == 4) update<4>(g, second, taps, a, add, result);                                        \
        else update<0>(g, second, taps, a, add, result);                                                       \
    }
KINORA_FOR(float)
KINORA_FOR(Half)
#undef KINORA_FOR

constexpr int64_t kSlices = 16;  // partial sums of a weight's products
}  // namespace

void timesU(const float* weight, const WeightShape& s, const float* u, float* result)
{
    if (s.first > 1 && s.rest == 1) {
        at::parallel_for(0, s.first, 16, [&](int64_t from, int64_t to) {
            for (int64_t i = from; i < to; ++i) result[i] = dotOf(weight + i * s.out, u, s.out);
        });
    } else if (s.first > 1) {
        at::parallel_for(0, s.first, 4, [&](int64_t from, int64_t to) {
            for (int64_t i = from; i < to; ++i) timesURowOf(weight + i * s.out * s.rest, s.out, s.rest, u, result + i * s.rest);
        });
    } else {
        // one long row: slices of its columns would touch the memory in pieces, so every thread sums some of the outputs
        std::vector<float> partial(static_cast<std::size_t>(kSlices * s.rest), 0.0F);
        at::parallel_for(0, kSlices, 1, [&](int64_t from, int64_t to) {
            for (int64_t slice = from; slice < to; ++slice)
                for (int64_t o = slice * s.out / kSlices; o < (slice + 1) * s.out / kSlices; ++o) addScaled(weight + o * s.rest, s.rest, u[o], partial.data() + slice * s.rest);
        });
        std::fill(result, result + s.rest, 0.0F);
        for (int64_t slice = 0; slice < kSlices; ++slice) addScaled(partial.data() + slice * s.rest, s.rest, 1.0F, result);
    }
}

void timesV(const float* weight, const WeightShape& s, const float* v, float* result)
{
    if (s.first == 1) {
        at::parallel_for(0, s.out, 4, [&](int64_t from, int64_t to) {
            for (int64_t o = from; o < to; ++o) result[o] = dotOf(weight + o * s.rest, v, s.rest);
        });
        return;
    }
    std::vector<float> partial(static_cast<std::size_t>(kSlices * s.out), 0.0F);
    at::parallel_for(0, kSlices, 1, [&](int64_t from, int64_t to) {
        for (int64_t slice = from; slice < to; ++slice)
            for (int64_t i = slice * s.first / kSlices; i < (slice + 1) * s.first / kSlices; ++i) {
                if (s.rest == 1) addScaled(weight + i * s.out, s.out, v[i], partial.data() + slice * s.out);
                else timesVRowOf(weight + i * s.out * s.rest, s.out, s.rest, v + i * s.rest, partial.data() + slice * s.out);
            }
    });
    std::fill(result, result + s.out, 0.0F);
    for (int64_t slice = 0; slice < kSlices; ++slice) addScaled(partial.data() + slice * s.out, s.out, 1.0F, result);
}

namespace {
int64_t rowsAtOnce(int64_t row) { return std::max<int64_t>(1, 16384 / row); }
}  // namespace

template <class T>
void channelsLast(const float* weight, int64_t first, int64_t second, int64_t taps, float factor, T* result)
{
    const int64_t row = second * taps;
    at::parallel_for(0, first, rowsAtOnce(row), [&](int64_t from, int64_t to) {
        for (int64_t i = from; i < to; ++i) turnOf(weight + i * row, second, taps, factor, result + i * row);
    });
}

template <class T>
float dot(const T* a, const T* b, int64_t count)
{
    constexpr int64_t kPieces = 64;
    double partial[kPieces] = {};
    at::parallel_for(0, kPieces, std::max<int64_t>(1, 16384 * kPieces / std::max<int64_t>(1, count)), [&](int64_t from, int64_t to) {
        constexpr int64_t kChunk = 4096;  // few enough for sums in float32
        for (int64_t piece = from; piece < to; ++piece)
            for (int64_t i = piece * count / kPieces, end = (piece + 1) * count / kPieces; i < end; i += kChunk) partial[piece] += dotOf(a + i, b + i, std::min(kChunk, end - i));
    });
    double sum = 0;
    for (const double value : partial) sum += value;
    return static_cast<float>(sum);
}

template <class T>
void rankOneUpdate(const T* g, int64_t first, int64_t second, int64_t taps, bool transposed, float a, float b, const float* u, const float* v, float* result)
{
    const int64_t row = second * taps;
    at::parallel_for(0, first, rowsAtOnce(row), [&](int64_t from, int64_t to) {
        for (int64_t i = from; i < to; ++i) {
            const Added add = transposed ? Added{b, u, v + i * taps, nullptr, 0, nullptr} : Added{b * u[i], nullptr, nullptr, v, 0, nullptr};
            updateOf(g + i * row, second, taps, a, add, result + i * row);
        }
    });
}

template <class T>
void rankTwoUpdate(const T* g, int64_t first, int64_t second, int64_t taps, float a, float b, const float* u, const float* v, float c, const float* x, const float* y, float* result)
{
    const int64_t row = second * taps;
    at::parallel_for(0, first, rowsAtOnce(row), [&](int64_t from, int64_t to) {
        for (int64_t i = from; i < to; ++i) updateOf(g + i * row, second, taps, a, Added{b * u[i], nullptr, nullptr, v, c * x[i], y}, result + i * row);
    });
}

#define KINORA_FOR(T)                                                                                                                                    \
    template void channelsLast(const float*, int64_t, int64_t, int64_t, float, T*);                                                                      \
    template float dot(const T*, const T*, int64_t);                                                                                                     \
    template void rankOneUpdate(const T*, int64_t, int64_t, int64_t, bool, float, float, const float*, const float*, float*);                            \
    template void rankTwoUpdate(const T*, int64_t, int64_t, int64_t, float, float, const float*, const float*, float, const float*, const float*, float*);
KINORA_FOR(float)
KINORA_FOR(Half)
#undef KINORA_FOR

}  // namespace kinora::nn::rows
