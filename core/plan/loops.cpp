#include "core/plan/loops.h"

#include <algorithm>
#include <bit>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define KINORA_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define KINORA_CLONES
#endif
#define KINORA_INLINE inline __attribute__((always_inline))
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wpsabi"  // vectors go by value only where they are inlined
#endif

namespace kinora::plan::loops {
namespace {

// sixteen numbers at once; the compiler splits them where the processor has narrower registers
using Floats = float __attribute__((vector_size(64)));
using Words = uint32_t __attribute__((vector_size(64)));
using Halves = uint16_t __attribute__((vector_size(32)));
constexpr int64_t kBlock = 16;

KINORA_INLINE Floats load(const float* from)
{
    Floats value;
    __builtin_memcpy(&value, from, sizeof value);
    return value;
}
KINORA_INLINE Floats load(const uint16_t* from)
{
    Halves half;
    __builtin_memcpy(&half, from, sizeof half);
    const Words bits = __builtin_convertvector(half, Words) << 16;
    return std::bit_cast<Floats>(bits);
}
KINORA_INLINE void put(const Floats& value, float* to) { __builtin_memcpy(to, &value, sizeof value); }
KINORA_INLINE void put(const Floats& value, uint16_t* to)
{
    const Words bits = std::bit_cast<Words>(value);
    const Halves half = __builtin_convertvector((bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16, Halves);
    __builtin_memcpy(to, &half, sizeof half);
}
KINORA_INLINE Floats positive(const Floats& value)
{
    const Floats zero{};
    return value > zero ? value : zero;
}
KINORA_INLINE void narrow(float value, float& to) { to = value; }
KINORA_INLINE void narrow(float value, uint16_t& to)
{
    const uint32_t bits = std::bit_cast<uint32_t>(value);
    to = static_cast<uint16_t>((bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16);
}

template <class T>
KINORA_INLINE void storeAny(const float* from, int64_t count, T* to)
{
    int64_t i = 0;
    for (; i + kBlock <= count; i += kBlock) put(load(from + i), to + i);
    for (; i < count; ++i) narrow(from[i], to[i]);
}

template <class T, class Out>
KINORA_INLINE void finishAny(const RowWork<T>& work, int64_t rows, int64_t baseStride, Out* out)
{
    for (int64_t row = 0; row < rows; ++row) {
        const float* base = work.base ? work.base + row * baseStride : nullptr;
        for (int64_t at = 0; at < work.n; at += kBlock) {
            Floats sum{};
            if (base) sum = load(base + at);
            for (int k = 0; k < work.count; ++k) sum += load(work.parts[k] + row * work.n + at);
            if (work.relu) sum = positive(sum);
            if (work.add) sum += load(work.add + at);
            put(sum, out + row * work.n + at);
        }
    }
}

template <class T>
KINORA_INLINE void operandsAny(int64_t n, const T* const* pixels, int64_t stride, T* out)
{
    for (int64_t at = 0; at < n; at += kBlock) {
        Floats lines[5][4];
        for (int c = 0; c < 4; ++c) {
            const Floats before = load(pixels[c] + at), first = load(pixels[4 + c] + at), second = load(pixels[8 + c] + at), after = load(pixels[12 + c] + at);
            lines[0][c] = before - first;
            lines[1][c] = first;
            lines[2][c] = first - second;
            lines[3][c] = second;
            lines[4][c] = second - after;
        }
        for (int v = 0; v < 5; ++v) {
            T* to = out + v * 5 * stride + at;
            put(lines[v][0] - lines[v][1], to);
            put(lines[v][1], to + stride);
            put(lines[v][1] - lines[v][2], to + 2 * stride);
            put(lines[v][2], to + 3 * stride);
            put(lines[v][2] - lines[v][3], to + 4 * stride);
        }
    }
}

template <class T, class Out>
KINORA_INLINE void tileAny(const TileWork<T, Out>& work)
{
    // along one dimension: (p0 + p1, p3 + p4, p1 - p2, p4 - p5)
    for (int64_t at = 0; at < work.n; at += kBlock) {
        Floats half[4][6];
        for (int h = 0; h < 6; ++h) {
            const Floats p1 = load(work.product[6 + h] + at), p4 = load(work.product[24 + h] + at);
            half[0][h] = load(work.product[h] + at) + p1;
            half[1][h] = load(work.product[18 + h] + at) + p4;
            half[2][h] = p1 - load(work.product[12 + h] + at);
            half[3][h] = p4 - load(work.product[30 + h] + at);
        }
        Floats added{};
        if (work.add) added = load(work.add + at);
        for (int v = 0; v < 4; ++v) {
            const Floats* p = half[v];
            const Floats values[4] = {p[0] + p[1], p[3] + p[4], p[1] - p[2], p[4] - p[5]};
            for (int h = 0; h < 4; ++h) {
                if (!work.out[v * 4 + h]) continue;
                Floats value = values[h];
                if (work.base[v * 4 + h]) value += load(work.base[v * 4 + h] + at);
                if (work.relu) value = positive(value);
                put(value + added, work.out[v * 4 + h] + at);
            }
        }
    }
}

using Integers = int32_t __attribute__((vector_size(64)));

KINORA_INLINE Floats larger(const Floats& a, const Floats& b) { return a > b ? a : b; }
KINORA_INLINE Floats smaller(const Floats& a, const Floats& b) { return a < b ? a : b; }

/// Cephes' expf: exp(x) = 2^k exp(r), |r| <= ln(2) / 2, relative error 2e-7.
KINORA_INLINE Floats exponential(const Floats& wanted)
{
    const Floats zero{}, x = smaller(larger(wanted, zero - 87.0F), zero + 88.0F);
    const Floats shifted = x * 1.44269504088896341F + 12582912.0F;  // 1.5 * 2^23: the sum's low bits are the nearest integer
    const Floats k = shifted - 12582912.0F;
    const Floats r = (x - k * 0.693359375F) + k * 2.12194440e-4F;
    Floats p = r * 1.9875691500e-4F + 1.3981999507e-3F;
    p = p * r + 8.3334519073e-3F;
    p = p * r + 4.1665795894e-2F;
    p = p * r + 1.6666665459e-1F;
    p = p * r + 5.0000001201e-1F;
    p = p * r * r + r + 1.0F;
    return p * std::bit_cast<Floats>((std::bit_cast<Integers>(shifted) - 0x4b400000 + 127) << 23);
}

/// The last, incomplete block of a row; what is missing is \p rest.
KINORA_INLINE Floats loadSome(const float* from, int64_t count, float rest)
{
    float values[kBlock];
    for (int64_t i = 0; i < kBlock; ++i) values[i] = i < count ? from[i] : rest;
    return load(values);
}
KINORA_INLINE void putSome(const Floats& value, int64_t count, float* to)
{
    float values[kBlock];
    put(value, values);
    for (int64_t i = 0; i < count; ++i) to[i] = values[i];
}
}  // namespace

KINORA_CLONES void store(const float* from, int64_t count, uint16_t* to) { storeAny(from, count, to); }
KINORA_CLONES void store(const float* from, int64_t count, float* to) { storeAny(from, count, to); }
KINORA_CLONES void finishRow(const RowWork<float>& work, float* out) { finishAny(work, 1, 0, out); }
KINORA_CLONES void finishRow(const RowWork<uint16_t>& work, uint16_t* out) { finishAny(work, 1, 0, out); }
KINORA_CLONES void finishRow(const RowWork<uint16_t>& work, float* out) { finishAny(work, 1, 0, out); }
KINORA_CLONES void finishRows(const RowWork<float>& work, int64_t rows, int64_t baseStride, float* out) { finishAny(work, rows, baseStride, out); }
KINORA_CLONES void finishRows(const RowWork<uint16_t>& work, int64_t rows, int64_t baseStride, uint16_t* out) { finishAny(work, rows, baseStride, out); }
KINORA_CLONES void finishRows(const RowWork<uint16_t>& work, int64_t rows, int64_t baseStride, float* out) { finishAny(work, rows, baseStride, out); }
KINORA_CLONES void tileOperands(int64_t n, const float* const* pixels, int64_t stride, float* out) { operandsAny(n, pixels, stride, out); }
KINORA_CLONES void tileOperands(int64_t n, const uint16_t* const* pixels, int64_t stride, uint16_t* out) { operandsAny(n, pixels, stride, out); }
KINORA_CLONES void finishTile(const TileWork<float, float>& work) { tileAny(work); }
KINORA_CLONES void finishTile(const TileWork<uint16_t, uint16_t>& work) { tileAny(work); }
KINORA_CLONES void finishTile(const TileWork<uint16_t, float>& work) { tileAny(work); }

KINORA_CLONES float softmaxRow(float* x, int64_t n)
{
    const int64_t whole = n / kBlock * kBlock;
    constexpr float kLowest = -3e38F;
    Floats lanes = loadSome(x + whole, n - whole, kLowest);
    for (int64_t at = 0; at < whole; at += kBlock) lanes = larger(lanes, load(x + at));
    float largest = kLowest;
    for (int i = 0; i < kBlock; ++i) largest = std::max(largest, lanes[i]);
    Floats sums{};
    for (int64_t at = 0; at < whole; at += kBlock) {
        const Floats e = exponential(load(x + at) - largest);
        put(e, x + at);
        sums += e;
    }
    float sum = 0;
    if (whole < n) {
        const Floats e = exponential(loadSome(x + whole, n - whole, 0) - largest);
        putSome(e, n - whole, x + whole);
        for (int i = 0; i < n - whole; ++i) sum += e[i];
    }
    for (int i = 0; i < kBlock; ++i) sum += sums[i];
    return sum;
}

KINORA_CLONES void tanhRow(const float* x, int64_t n, float* out)
{
    const Floats zero{};
    for (int64_t at = 0; at < n; at += kBlock) {
        const int64_t count = std::min(kBlock, n - at);
        const Floats value = count == kBlock ? load(x + at) : loadSome(x + at, count, 0);
        const Floats result = 1.0F - 2.0F / (exponential(2.0F * smaller(larger(value, zero - 20.0F), zero + 20.0F)) + 1.0F);
        if (count == kBlock) put(result, out + at);
        else putSome(result, count, out + at);
    }
}

KINORA_CLONES void interleave(int64_t n, const uint16_t* __restrict a, const uint16_t* __restrict b, uint16_t* __restrict out)
{
    for (int64_t i = 0; i < n; ++i) {
        out[2 * i] = a[i];
        out[2 * i + 1] = b[i];
    }
}

KINORA_CLONES void scaleRow(float* x, int64_t n, float by)
{
    for (int64_t i = 0; i < n; ++i) x[i] *= by;
}

}  // namespace kinora::plan::loops
