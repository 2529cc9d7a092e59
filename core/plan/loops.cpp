#include "core/plan/loops.h"

#include <algorithm>
#include <bit>
#include <cmath>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define KINORA_CLONES __attribute__((target_clones("arch=skylake-avx512", "arch=haswell", "default")))
#else
#define KINORA_CLONES
#endif
#define KINORA_INLINE inline __attribute__((always_inline))

namespace kinora::plan::loops {
namespace {

KINORA_INLINE float wide(float value) { return value; }
KINORA_INLINE float wide(uint16_t value) { return std::bit_cast<float>(static_cast<uint32_t>(value) << 16); }
KINORA_INLINE void narrow(float value, float& to) { to = value; }
KINORA_INLINE void narrow(float value, uint16_t& to)
{
    const uint32_t bits = std::bit_cast<uint32_t>(value);
    to = static_cast<uint16_t>((bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16);
}

template <class T>
KINORA_INLINE void storeAny(const float* __restrict from, int64_t count, T* __restrict to)
{
    for (int64_t i = 0; i < count; ++i) narrow(from[i], to[i]);
}

template <class T, class Out>
KINORA_INLINE void finishAny(const RowWork<T>& work, Out* __restrict out)
{
    constexpr int64_t kBlock = 16;
    for (int64_t from = 0; from < work.n; from += kBlock) {
        float sum[kBlock];
        if (work.base)
            for (int64_t i = 0; i < kBlock; ++i) sum[i] = work.base[from + i];
        else
            for (int64_t i = 0; i < kBlock; ++i) sum[i] = 0;
        for (int k = 0; k < work.count; ++k) {
            const float* __restrict part = work.parts[k] + from;
            for (int64_t i = 0; i < kBlock; ++i) sum[i] += part[i];
        }
        if (work.relu)
            for (int64_t i = 0; i < kBlock; ++i) sum[i] = sum[i] > 0 ? sum[i] : 0;
        if (work.add)
            for (int64_t i = 0; i < kBlock; ++i) sum[i] += wide(work.add[from + i]);
        for (int64_t i = 0; i < kBlock; ++i) narrow(sum[i], out[from + i]);
    }
}

template <class T>
KINORA_INLINE void differenceAny(int64_t n, const T* __restrict a, const T* __restrict b, const T* __restrict c, const T* __restrict d, T* __restrict out)
{
    if (b && c)
        for (int64_t i = 0; i < n; ++i) narrow((wide(a[i]) - wide(b[i])) - (wide(c[i]) - wide(d[i])), out[i]);
    else if (b)
        for (int64_t i = 0; i < n; ++i) narrow(wide(a[i]) - wide(b[i]), out[i]);
    else if (c)
        for (int64_t i = 0; i < n; ++i) narrow(wide(a[i]) - wide(c[i]), out[i]);
    else
        std::copy(a, a + n, out);
}

/// Cephes' expf: exp(x) = 2^k exp(r), |r| <= ln(2) / 2, relative error 2e-7.
KINORA_INLINE float exponential(float x)
{
    x = std::min(std::max(x, -87.0F), 88.0F);
    const float shifted = x * 1.44269504088896341F + 12582912.0F;  // 1.5 * 2^23: the sum's low bits are the nearest integer
    const float k = shifted - 12582912.0F;
    const float r = (x - k * 0.693359375F) + k * 2.12194440e-4F;
    float p = 1.9875691500e-4F;
    p = p * r + 1.3981999507e-3F;
    p = p * r + 8.3334519073e-3F;
    p = p * r + 4.1665795894e-2F;
    p = p * r + 1.6666665459e-1F;
    p = p * r + 5.0000001201e-1F;
    p = p * r * r + r + 1.0F;
    return p * std::bit_cast<float>((std::bit_cast<int32_t>(shifted) - 0x4b400000 + 127) << 23);
}
}  // namespace

KINORA_CLONES void store(const float* from, int64_t count, uint16_t* to) { storeAny(from, count, to); }
KINORA_CLONES void store(const float* from, int64_t count, float* to) { storeAny(from, count, to); }
KINORA_CLONES void finishRow(const RowWork<float>& work, float* out) { finishAny(work, out); }
KINORA_CLONES void finishRow(const RowWork<uint16_t>& work, uint16_t* out) { finishAny(work, out); }
KINORA_CLONES void finishRow(const RowWork<uint16_t>& work, float* out) { finishAny(work, out); }
KINORA_CLONES void difference(int64_t n, const float* a, const float* b, const float* c, const float* d, float* out) { differenceAny(n, a, b, c, d, out); }
KINORA_CLONES void difference(int64_t n, const uint16_t* a, const uint16_t* b, const uint16_t* c, const uint16_t* d, uint16_t* out) { differenceAny(n, a, b, c, d, out); }

KINORA_CLONES void tileSums(int64_t n, const float* product, int64_t stride, float* out)
{
    // along one dimension: out = (p0 + p1, p3 + p4, p1 - p2, p4 - p5)
    constexpr int64_t kBlock = 16;
    for (int64_t from = 0; from < n; from += kBlock) {
        float half[4][6][kBlock];
        for (int h = 0; h < 6; ++h) {
            const float* __restrict p = product + h * stride + from;
            for (int64_t i = 0; i < kBlock; ++i) {
                const float p1 = p[6 * stride + i], p4 = p[24 * stride + i];
                half[0][h][i] = p[i] + p1;
                half[1][h][i] = p[18 * stride + i] + p4;
                half[2][h][i] = p1 - p[12 * stride + i];
                half[3][h][i] = p4 - p[30 * stride + i];
            }
        }
        for (int v = 0; v < 4; ++v) {
            float* __restrict to = out + (v * 4) * n + from;
            for (int64_t i = 0; i < kBlock; ++i) {
                to[i] = half[v][0][i] + half[v][1][i];
                to[n + i] = half[v][3][i] + half[v][4][i];
                to[2 * n + i] = half[v][1][i] - half[v][2][i];
                to[3 * n + i] = half[v][4][i] - half[v][5][i];
            }
        }
    }
}

KINORA_CLONES float softmaxRow(float* x, int64_t n)
{
    float lanes[16];
    for (float& lane : lanes) lane = -3e38F;
    for (int64_t from = 0; from + 16 <= n; from += 16)
        for (int i = 0; i < 16; ++i) lanes[i] = x[from + i] > lanes[i] ? x[from + i] : lanes[i];
    float largest = -3e38F;
    for (const float lane : lanes) largest = std::max(largest, lane);
    for (int64_t i = n & ~int64_t(15); i < n; ++i) largest = std::max(largest, x[i]);
    for (float& lane : lanes) lane = 0;
    for (int64_t from = 0; from + 16 <= n; from += 16)
        for (int i = 0; i < 16; ++i) {
            const float e = exponential(x[from + i] - largest);
            x[from + i] = e;
            lanes[i] += e;
        }
    float sum = 0;
    for (int64_t i = n & ~int64_t(15); i < n; ++i) sum += x[i] = exponential(x[i] - largest);
    for (const float lane : lanes) sum += lane;
    return sum;
}

KINORA_CLONES void tanhRow(const float* x, int64_t n, float* out)
{
    for (int64_t i = 0; i < n; ++i) out[i] = 1.0F - 2.0F / (exponential(2.0F * std::min(std::max(x[i], -20.0F), 20.0F)) + 1.0F);
}

KINORA_CLONES void scaleRow(float* x, int64_t n, float by)
{
    for (int64_t i = 0; i < n; ++i) x[i] *= by;
}

}  // namespace kinora::plan::loops
