// What loops.cpp and loops_bf16.cpp are made of: each includes it once and compiles it for its own instructions.
// KINORA_BF16_INSTRUCTIONS: those of AVX512-BF16, which rounds sixteen numbers at once.
#include <algorithm>
#include <bit>
#include <cstdint>

#include "core/nn/loops.h"
#if defined(KINORA_BF16_INSTRUCTIONS)
#include <immintrin.h>
#pragma GCC push_options
#pragma GCC target("arch=x86-64-v4,avx512bf16")
#endif

#define KINORA_INLINE inline __attribute__((always_inline))
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wpsabi"  // vectors go by value only where they are inlined
#endif

namespace kinora::nn::loops {
namespace {

// sixteen numbers at once; the compiler splits them where the processor has narrower registers
using Floats = float __attribute__((vector_size(64)));
using Words = uint32_t __attribute__((vector_size(64)));
using Halves = uint16_t __attribute__((vector_size(32)));
using Integers = int32_t __attribute__((vector_size(64)));
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
#if defined(KINORA_BF16_INSTRUCTIONS)
KINORA_INLINE void put(const Floats& value, uint16_t* to)
{
    const __m256bh half = _mm512_cvtneps_pbh(reinterpret_cast<const __m512&>(value));
    __builtin_memcpy(to, &half, sizeof half);
}
#else
KINORA_INLINE void put(const Floats& value, uint16_t* to)
{
    const Words bits = std::bit_cast<Words>(value);
    const Halves half = __builtin_convertvector((bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16, Halves);
    __builtin_memcpy(to, &half, sizeof half);
}
#endif
/// What is negative times \p slope.
KINORA_INLINE Floats bent(const Floats& value, float slope)
{
    const Floats zero{}, low = slope == 0 ? zero : value * slope;
    return value < zero ? low : value;  // no number stays none
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
            if (work.row) sum += load(work.row + at);
            for (int k = 0; k < work.count; ++k) sum += load(work.parts[k] + row * work.n + at);
            if (work.slope != 1) sum = bent(sum, work.slope);
            if (work.add) sum += load(work.add + at);
            put(sum, out + row * work.n + at);
        }
    }
}

KINORA_INLINE Floats larger(const Floats& a, const Floats& b) { return a > b ? a : b; }
KINORA_INLINE Floats smaller(const Floats& a, const Floats& b) { return a < b ? a : b; }

template <class T>
KINORA_INLINE void largestAny(int64_t n, const T* const* rows, T* out)
{
    for (int64_t at = 0; at < n; at += kBlock) put(larger(larger(load(rows[0] + at), load(rows[1] + at)), larger(load(rows[2] + at), load(rows[3] + at))), out + at);
}

template <class T>
KINORA_INLINE void subtractAny(int64_t n, const T* a, const T* b, T* out)
{
    for (int64_t at = 0; at < n; at += kBlock) put(load(a + at) - load(b + at), out + at);
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
                if (work.slope != 1) value = bent(value, work.slope);
                put(value + added, work.out[v * 4 + h] + at);
            }
        }
    }
}

/// One dimension of largeTileOperands: five pixels to five operands, F(4, 2) at the points 0, 1/2, -1, 2 and infinity; the weights' half, and its source, is in LargeTileDoubling.
KINORA_INLINE void fiveOperands(const Floats* x, Floats* out)
{
    const Floats first = x[1] * 0.5F, second = x[2] * 0.5F, third = x[3] * 0.5F;
    out[0] = x[0] * 0.5F - 0.75F * (x[1] + x[2]) + third;
    out[1] = third - second - x[1];
    out[2] = first + third - 1.25F * x[2];
    out[3] = second - first + x[3];
    out[4] = first - 0.75F * (x[2] + x[3]) + x[4] * 0.5F;
}
/// Five products to four outputs.
KINORA_INLINE void fourOutputs(const Floats& p0, const Floats& p1, const Floats& p2, const Floats& p3, const Floats& p4, Floats* out)
{
    out[0] = p0 + p1 + p2 + p3 * 0.125F;
    out[1] = p1 * 0.5F - p2 + p3 * 0.25F;
    out[2] = p1 * 0.25F + p2 + p3 * 0.5F;
    out[3] = p1 * 0.125F - p2 + p3 + p4;
}

KINORA_INLINE void largeTileOperandsAny(int64_t n, const float* const* pixels, int64_t stride, float* out)
{
    for (int64_t at = 0; at < n; at += kBlock) {
        Floats lines[10][6];
        for (int c = 0; c < 6; ++c) {
            Floats column[6], operands[10];
            for (int r = 0; r < 6; ++r) column[r] = load(pixels[r * 6 + c] + at);
            fiveOperands(column, operands);
            fiveOperands(column + 1, operands + 5);
            for (int r = 0; r < 10; ++r) lines[r][c] = operands[r];
        }
        for (int r = 0; r < 10; ++r) {
            Floats operands[10];
            fiveOperands(lines[r], operands);
            fiveOperands(lines[r] + 1, operands + 5);
            for (int c = 0; c < 10; ++c) put(operands[c], out + (r * 10 + c) * stride + at);
        }
    }
}

KINORA_INLINE void largeTileAny(const LargeTileWork& work)
{
    for (int64_t at = 0; at < work.n; at += kBlock) {
        Floats half[10][8];  // [product along x][output row]
        for (int h = 0; h < 10; ++h)
            for (int phase = 0; phase < 2; ++phase) {
                const float* const* p = work.product + phase * 50 + h;
                Floats rows[4];
                fourOutputs(load(p[0] + at), load(p[10] + at), load(p[20] + at), load(p[30] + at), load(p[40] + at), rows);
                for (int i = 0; i < 4; ++i) half[h][2 * i + phase] = rows[i];
            }
        Floats added{};
        if (work.add) added = load(work.add + at);
        for (int v = 0; v < 8; ++v) {
            Floats even[4], odd[4];
            fourOutputs(half[0][v], half[1][v], half[2][v], half[3][v], half[4][v], even);
            fourOutputs(half[5][v], half[6][v], half[7][v], half[8][v], half[9][v], odd);
            for (int h = 0; h < 8; ++h) {
                const int i = v * 8 + h;
                if (!work.out[i]) continue;
                Floats value = h % 2 == 0 ? even[h / 2] : odd[h / 2];
                if (work.base[i]) value += load(work.base[i] + at);
                if (work.slope != 1) value = bent(value, work.slope);
                put(value + added, work.out[i] + at);
            }
        }
    }
}

/// Two rows rounded to bfloat16, their numbers in turns.
#if defined(KINORA_BF16_INSTRUCTIONS)
KINORA_INLINE void putPair(const Floats& first, const Floats& second, uint16_t* to)
{
    using Many = uint16_t __attribute__((vector_size(64)));
    const __m512bh halves = _mm512_cvtne2ps_pbh(reinterpret_cast<const __m512&>(second), reinterpret_cast<const __m512&>(first));
    constexpr Many kTurns{0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
    const Many both = __builtin_shuffle(reinterpret_cast<const Many&>(halves), kTurns);
    __builtin_memcpy(to, &both, sizeof both);
}
#else
KINORA_INLINE void putPair(const Floats& first, const Floats& second, uint16_t* to)
{
    const Words a = std::bit_cast<Words>(first), b = std::bit_cast<Words>(second);
    const Words both = ((a + 0x7fffU + ((a >> 16) & 1U)) >> 16) | ((b + 0x7fffU + ((b >> 16) & 1U)) & 0xffff0000U);
    __builtin_memcpy(to, &both, sizeof both);
}
#endif

/// One dimension of largeOperands: six pixels to products 0, 1, 2 of phase 0, then of phase 1.
KINORA_INLINE void largeLine(const Floats* x, Floats* out)
{
    out[0] = x[1] - x[3];
    out[1] = x[3];
    out[2] = x[3] - x[5];
    out[3] = x[0] - x[2];
    out[4] = x[2];
    out[5] = x[2] - x[4];
}

/// All 36 operands of sixteen channels; [6 qy + py * 3 ...] as largeLine numbers them, first vertically.
template <class T>
KINORA_INLINE void largeTile(int64_t at, const T* const* pixels, Floats (*out)[6])
{
    Floats lines[6][6];  // [operand along y][column]
    for (int c = 0; c < 6; ++c) {
        Floats column[6], operands[6];
        for (int r = 0; r < 6; ++r) column[r] = load(pixels[r * 6 + c] + at);
        largeLine(column, operands);
        for (int r = 0; r < 6; ++r) lines[r][c] = operands[r];
    }
    for (int r = 0; r < 6; ++r) largeLine(lines[r], out[r]);
}
/// Where operand (r, c) of largeTile lies.
KINORA_INLINE int64_t largePlace(int r, int c, int64_t stride, int64_t phaseStride) { return (r % 3 * 3 + c % 3) * stride + (r / 3 * 2 + c / 3) * phaseStride; }

template <class T>
KINORA_INLINE void largeAny(int64_t from, int64_t n, const T* const* pixels, int64_t stride, int64_t phaseStride, T* out)
{
    for (int64_t at = 0; at < n; at += kBlock) {
        Floats operands[6][6];
        largeTile(from + at, pixels, operands);
        for (int r = 0; r < 6; ++r)
            for (int c = 0; c < 6; ++c) put(operands[r][c], out + largePlace(r, c, stride, phaseStride) + at);
    }
}

/// Of two tiles.
KINORA_INLINE void largePairsAny(int64_t from, int64_t n, const uint16_t* const* pixels, int64_t stride, int64_t phaseStride, uint16_t* out)
{
    for (int64_t at = 0; at < n; at += kBlock) {
        Floats first[6][6], second[6][6];
        largeTile(from + at, pixels, first);
        largeTile(from + at, pixels + 36, second);
        for (int r = 0; r < 6; ++r)
            for (int c = 0; c < 6; ++c) putPair(first[r][c], second[r][c], out + largePlace(r, c, stride, phaseStride) + 2 * at);
    }
}

template <class T>
KINORA_INLINE void smallAny(int64_t n, const float* const* product, T* const* out)
{
    for (int64_t at = 0; at < n; at += kBlock) {
        Floats half[2][3];
        for (int h = 0; h < 3; ++h) {
            const Floats middle = load(product[3 + h] + at);
            half[0][h] = load(product[h] + at) + middle;
            half[1][h] = middle - load(product[6 + h] + at);
        }
        for (int v = 0; v < 2; ++v) {
            if (out[v * 2]) put(half[v][0] + half[v][1], out[v * 2] + at);
            if (out[v * 2 + 1]) put(half[v][1] - half[v][2], out[v * 2 + 1] + at);
        }
    }
}

/// Rows and columns of a 16 x 16 square change places: in four rounds, blocks of 8, 4, 2, 1.
KINORA_INLINE void transpose(Floats* rows)
{
    constexpr int kLow[4][16] = {{0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23},
                                 {0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27},
                                 {0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29},
                                 {0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30}};
    for (int round = 0; round < 4; ++round) {
        const int step = 8 >> round;
        Integers low, high;
        for (int i = 0; i < 16; ++i) low[i] = kLow[round][i], high[i] = kLow[round][i] + step;
        for (int i = 0; i < 16; ++i) {
            if (i & step) continue;
            const Floats a = rows[i], b = rows[i + step];
            rows[i] = __builtin_shuffle(a, b, low);
            rows[i + step] = __builtin_shuffle(a, b, high);
        }
    }
}

template <class T>
KINORA_INLINE void transposeAny(const T* from, int64_t stride, T* to, int64_t strideTo)
{
    Floats rows[16];
    for (int i = 0; i < 16; ++i) rows[i] = load(from + i * stride);
    transpose(rows);
    for (int i = 0; i < 16; ++i) put(rows[i], to + i * strideTo);
}

template <class T>
KINORA_INLINE void smallOperandsAny(int64_t n, const T* const* pixels, int64_t stride, int64_t tiles, T* out)
{
    for (int64_t at = 0; at < n; at += kBlock) {
        Floats square[4][16];
        for (int p = 0; p < 4; ++p) {
            for (int t = 0; t < 16; ++t) square[p][t] = load(pixels[t * 4 + p] + at);
            transpose(square[p]);
        }
        for (int c = 0; c < 16; ++c) {
            const Floats g00 = square[0][c], g01 = square[1][c], g10 = square[2][c], g11 = square[3][c];
            T* to = out + (at + c) * tiles;
            const Floats lines[3][2] = {{g00, g01}, {g00 + g10, g01 + g11}, {-g10, -g11}};
            for (int v = 0; v < 3; ++v) {
                put(lines[v][0], to + (v * 3) * stride);
                put(lines[v][0] + lines[v][1], to + (v * 3 + 1) * stride);
                put(-lines[v][1], to + (v * 3 + 2) * stride);
            }
        }
    }
}

/// One dimension of transformedWeight.
KINORA_INLINE void weightLine(const Floats& w0, const Floats& w1, const Floats& w2, const Floats& w3, Floats* to)
{
    to[0] = w3;
    to[1] = w1 + w3;
    to[2] = w1;
    to[3] = w2;
    to[4] = w0 + w2;
    to[5] = w0;
}

template <class T>
KINORA_INLINE void weightTile(int64_t stride, int64_t at, const T* taps, Floats (*out)[6])
{
    Floats lines[4][6];
    for (int c = 0; c < 4; ++c) weightLine(load(taps + c * stride + at), load(taps + (4 + c) * stride + at), load(taps + (8 + c) * stride + at), load(taps + (12 + c) * stride + at), lines[c]);
    for (int v = 0; v < 6; ++v) weightLine(lines[0][v], lines[1][v], lines[2][v], lines[3][v], out[v]);
}

KINORA_INLINE void weightAny(int64_t n, const float* taps, int64_t stride, float* const* out)
{
    for (int64_t at = 0; at < n; at += kBlock) {
        Floats sums[6][6];
        weightTile(stride, at, taps, sums);
        for (int v = 0; v < 6; ++v)
            for (int h = 0; h < 6; ++h) put(sums[v][h], out[v * 6 + h] + at);
    }
}
KINORA_INLINE void weightPairsAny(int64_t n, const uint16_t* taps, const uint16_t* tapsAfter, int64_t stride, uint16_t* const* out)
{
    for (int64_t at = 0; at < n; at += kBlock) {
        Floats first[6][6], second[6][6];
        weightTile(stride, at, taps, first);
        weightTile(stride, at, tapsAfter, second);
        for (int v = 0; v < 6; ++v)
            for (int h = 0; h < 6; ++h) putPair(first[v][h], second[v][h], out[v * 6 + h] + 2 * at);
    }
}

template <class T>
KINORA_INLINE void gradientAny(int64_t n, const float* const* product, int64_t stride, T* out)
{
    for (int64_t at = 0; at < n; at += kBlock) {
        Floats half[4][6];
        for (int h = 0; h < 6; ++h) {
            const Floats even = load(product[6 + h] + at), odd = load(product[24 + h] + at);
            half[0][h] = odd + load(product[30 + h] + at);
            half[1][h] = even + load(product[12 + h] + at);
            half[2][h] = load(product[18 + h] + at) + odd;
            half[3][h] = load(product[h] + at) + even;
        }
        for (int v = 0; v < 4; ++v) {
            const Floats* p = half[v];
            T* to = out + v * 4 * stride + at;
            put(p[4] + p[5], to);
            put(p[1] + p[2], to + stride);
            put(p[3] + p[4], to + 2 * stride);
            put(p[0] + p[1], to + 3 * stride);
        }
    }
}

/// exp(x) = scale (1 + rest). Source: Cephes' expf, exp(x) = 2^k exp(r), |r| <= ln(2) / 2, relative error 2e-7.
struct Exponential {
    Floats rest, scale;
};
KINORA_INLINE Exponential exponentialParts(const Floats& wanted)
{
    const Floats zero{}, x = smaller(zero + 88.0F, larger(zero - 87.0F, wanted));  // in this order no number stays none
    const Floats shifted = x * 1.44269504088896341F + 12582912.0F;  // 1.5 * 2^23: the sum's low bits are the nearest integer
    const Floats k = shifted - 12582912.0F;
    const Floats r = (x - k * 0.693359375F) + k * 2.12194440e-4F;
    Floats p = r * 1.9875691500e-4F + 1.3981999507e-3F;
    p = p * r + 8.3334519073e-3F;
    p = p * r + 4.1665795894e-2F;
    p = p * r + 1.6666665459e-1F;
    p = p * r + 5.0000001201e-1F;
    return {p * r * r + r, std::bit_cast<Floats>((std::bit_cast<Integers>(shifted) - 0x4b400000 + 127) << 23)};
}
KINORA_INLINE Floats exponential(const Floats& x)
{
    const Exponential parts = exponentialParts(x);
    return (parts.rest + 1.0F) * parts.scale;
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
}  // namespace kinora::nn::loops
