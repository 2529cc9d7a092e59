#include "core/nn/loops_body.h"

#include "core/nn/loops_bf16.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define KINORA_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define KINORA_CLONES
#endif

namespace kinora::nn::loops {

KINORA_CLONES static void storePlain(const float* from, int64_t count, uint16_t* to) { storeAny(from, count, to); }
void store(const float* from, int64_t count, uint16_t* to)
{
    if (const Bf16Loops* quick = bf16Loops()) quick->store(from, count, to);
    else storePlain(from, count, to);
}
KINORA_CLONES void store(const float* from, int64_t count, float* to) { storeAny(from, count, to); }
KINORA_CLONES void finishRow(const RowWork<float>& work, float* out) { finishAny(work, 1, 0, out); }
KINORA_CLONES static void finishRowPlain(const RowWork<uint16_t>& work, uint16_t* out) { finishAny(work, 1, 0, out); }
void finishRow(const RowWork<uint16_t>& work, uint16_t* out)
{
    if (const Bf16Loops* quick = bf16Loops()) quick->finishRow(work, out);
    else finishRowPlain(work, out);
}
KINORA_CLONES void finishRow(const RowWork<uint16_t>& work, float* out) { finishAny(work, 1, 0, out); }
KINORA_CLONES void finishRows(const RowWork<float>& work, int64_t rows, int64_t baseStride, float* out) { finishAny(work, rows, baseStride, out); }
KINORA_CLONES static void finishRowsPlain(const RowWork<uint16_t>& work, int64_t rows, int64_t baseStride, uint16_t* out) { finishAny(work, rows, baseStride, out); }
void finishRows(const RowWork<uint16_t>& work, int64_t rows, int64_t baseStride, uint16_t* out)
{
    if (const Bf16Loops* quick = bf16Loops()) quick->finishRows(work, rows, baseStride, out);
    else finishRowsPlain(work, rows, baseStride, out);
}
KINORA_CLONES void finishRows(const RowWork<uint16_t>& work, int64_t rows, int64_t baseStride, float* out) { finishAny(work, rows, baseStride, out); }
KINORA_CLONES void subtract(int64_t n, const float* a, const float* b, float* out) { subtractAny(n, a, b, out); }
KINORA_CLONES void subtract(int64_t n, const uint16_t* a, const uint16_t* b, uint16_t* out) { subtractAny(n, a, b, out); }
KINORA_CLONES void largest(int64_t n, const float* const* rows, float* out) { largestAny(n, rows, out); }
KINORA_CLONES void largest(int64_t n, const uint16_t* const* rows, uint16_t* out) { largestAny(n, rows, out); }
KINORA_CLONES void tileOperands(int64_t n, const float* const* pixels, int64_t stride, float* out) { operandsAny(n, pixels, stride, out); }
KINORA_CLONES static void tileOperandsPlain(int64_t n, const uint16_t* const* pixels, int64_t stride, uint16_t* out) { operandsAny(n, pixels, stride, out); }
void tileOperands(int64_t n, const uint16_t* const* pixels, int64_t stride, uint16_t* out)
{
    if (const Bf16Loops* quick = bf16Loops()) quick->tileOperands(n, pixels, stride, out);
    else tileOperandsPlain(n, pixels, stride, out);
}
KINORA_CLONES void finishTile(const TileWork<float, float>& work) { tileAny(work); }
KINORA_CLONES static void finishTilePlain(const TileWork<uint16_t, uint16_t>& work) { tileAny(work); }
void finishTile(const TileWork<uint16_t, uint16_t>& work)
{
    if (const Bf16Loops* quick = bf16Loops()) quick->finishTile(work);
    else finishTilePlain(work);
}
KINORA_CLONES void finishTile(const TileWork<uint16_t, float>& work) { tileAny(work); }

KINORA_CLONES void largeOperands(int64_t from, int64_t n, const float* const* pixels, int64_t stride, int64_t phaseStride, float* out) { largeAny(from, n, pixels, stride, phaseStride, out); }
KINORA_CLONES static void largeOperandsPlain(int64_t from, int64_t n, const uint16_t* const* pixels, int64_t stride, int64_t phaseStride, uint16_t* out) { largeAny(from, n, pixels, stride, phaseStride, out); }
void largeOperands(int64_t from, int64_t n, const uint16_t* const* pixels, int64_t stride, int64_t phaseStride, uint16_t* out)
{
    if (const Bf16Loops* quick = bf16Loops()) quick->largeOperands(from, n, pixels, stride, phaseStride, out);
    else largeOperandsPlain(from, n, pixels, stride, phaseStride, out);
}
KINORA_CLONES static void largeOperandPairsPlain(int64_t from, int64_t n, const uint16_t* const* pixels, int64_t stride, int64_t phaseStride, uint16_t* out) { largePairsAny(from, n, pixels, stride, phaseStride, out); }
void largeOperandPairs(int64_t from, int64_t n, const uint16_t* const* pixels, int64_t stride, int64_t phaseStride, uint16_t* out)
{
    if (const Bf16Loops* quick = bf16Loops()) quick->largeOperandPairs(from, n, pixels, stride, phaseStride, out);
    else largeOperandPairsPlain(from, n, pixels, stride, phaseStride, out);
}
KINORA_CLONES void largeTileOperands(int64_t n, const float* const* pixels, int64_t stride, float* out) { largeTileOperandsAny(n, pixels, stride, out); }
KINORA_CLONES void finishLargeTile(const LargeTileWork& work) { largeTileAny(work); }
KINORA_CLONES void finishSmall(int64_t n, const float* const* product, float* const* out) { smallAny(n, product, out); }
KINORA_CLONES static void finishSmallPlain(int64_t n, const float* const* product, uint16_t* const* out) { smallAny(n, product, out); }
void finishSmall(int64_t n, const float* const* product, uint16_t* const* out)
{
    if (const Bf16Loops* quick = bf16Loops()) quick->finishSmall(n, product, out);
    else finishSmallPlain(n, product, out);
}
KINORA_CLONES void smallOperands(int64_t n, const float* const* pixels, int64_t stride, int64_t tiles, float* out) { smallOperandsAny(n, pixels, stride, tiles, out); }
KINORA_CLONES static void smallOperandsPlain(int64_t n, const uint16_t* const* pixels, int64_t stride, int64_t tiles, uint16_t* out) { smallOperandsAny(n, pixels, stride, tiles, out); }
void smallOperands(int64_t n, const uint16_t* const* pixels, int64_t stride, int64_t tiles, uint16_t* out)
{
    if (const Bf16Loops* quick = bf16Loops()) quick->smallOperands(n, pixels, stride, tiles, out);
    else smallOperandsPlain(n, pixels, stride, tiles, out);
}
KINORA_CLONES void transformedWeight(int64_t n, const float* taps, int64_t stride, float* const* out) { weightAny(n, taps, stride, out); }
KINORA_CLONES static void transformedWeightPairsPlain(int64_t n, const uint16_t* taps, const uint16_t* tapsAfter, int64_t stride, uint16_t* const* out) { weightPairsAny(n, taps, tapsAfter, stride, out); }
void transformedWeightPairs(int64_t n, const uint16_t* taps, const uint16_t* tapsAfter, int64_t stride, uint16_t* const* out)
{
    if (const Bf16Loops* quick = bf16Loops()) quick->transformedWeightPairs(n, taps, tapsAfter, stride, out);
    else transformedWeightPairsPlain(n, taps, tapsAfter, stride, out);
}
KINORA_CLONES void weightGradient(int64_t n, const float* const* product, int64_t stride, float* out) { gradientAny(n, product, stride, out); }
KINORA_CLONES void weightGradient(int64_t n, const float* const* product, int64_t stride, uint16_t* out) { gradientAny(n, product, stride, out); }

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

template <class Curve>
static KINORA_INLINE void curveRow(const float* x, int64_t n, float* out, const Curve& curve)
{
    for (int64_t at = 0; at < n; at += kBlock) {
        const int64_t count = std::min(kBlock, n - at);
        if (count == kBlock) put(curve(load(x + at)), out + at);
        else putSome(curve(loadSome(x + at, count, 0)), count, out + at);
    }
}
/// tanh(x) = t / (t + 2) with t = exp(2 x) - 1, which is exact near 0.
static KINORA_INLINE Floats tanhOf(const Floats& x)
{
    const Floats zero{};
    const Exponential parts = exponentialParts(2.0F * smaller(zero + 20.0F, larger(zero - 20.0F, x)));
    const Floats t = parts.scale * parts.rest + (parts.scale - 1.0F);
    return t / (t + 2.0F);
}
static KINORA_INLINE Floats sigmoidOf(const Floats& x)
{
    const Floats zero{};
    return 1.0F - 1.0F / (exponential(smaller(zero + 40.0F, larger(zero - 40.0F, x))) + 1.0F);
}
KINORA_CLONES void tanhRow(const float* x, int64_t n, float* out) { curveRow(x, n, out, tanhOf); }
KINORA_CLONES void sigmoidRow(const float* x, int64_t n, float* out) { curveRow(x, n, out, sigmoidOf); }

KINORA_CLONES void transposeSquare(const float* from, int64_t stride, float* to, int64_t strideTo) { transposeAny(from, stride, to, strideTo); }
KINORA_CLONES void transposeSquare(const uint16_t* from, int64_t stride, uint16_t* to, int64_t strideTo) { transposeAny(from, stride, to, strideTo); }

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

}  // namespace kinora::nn::loops
