#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define KINORA_BF16_INSTRUCTIONS
#include "core/nn/loops_body.h"

#include "core/nn/loops_bf16.h"

namespace kinora::nn::loops {
namespace {
void storeQuick(const float* from, int64_t count, uint16_t* to) { storeAny(from, count, to); }
void finishRowQuick(const RowWork<uint16_t>& work, uint16_t* out) { finishAny(work, 1, 0, out); }
void finishRowsQuick(const RowWork<uint16_t>& work, int64_t rows, int64_t baseStride, uint16_t* out) { finishAny(work, rows, baseStride, out); }
void tileOperandsQuick(int64_t n, const uint16_t* const* pixels, int64_t stride, uint16_t* out) { operandsAny(n, pixels, stride, out); }
void finishTileQuick(const TileWork<uint16_t, uint16_t>& work) { tileAny(work); }
void largeOperandsQuick(int64_t from, int64_t n, const uint16_t* const* pixels, int64_t stride, int64_t phaseStride, uint16_t* out) { largeAny(from, n, pixels, stride, phaseStride, out); }
void largeOperandPairsQuick(int64_t from, int64_t n, const uint16_t* const* pixels, int64_t stride, int64_t phaseStride, uint16_t* out) { largePairsAny(from, n, pixels, stride, phaseStride, out); }
void finishSmallQuick(int64_t n, const float* const* product, uint16_t* const* out) { smallAny(n, product, out); }
void smallOperandsQuick(int64_t n, const uint16_t* const* pixels, int64_t stride, int64_t tiles, uint16_t* out) { smallOperandsAny(n, pixels, stride, tiles, out); }
void transformedWeightPairsQuick(int64_t n, const uint16_t* taps, const uint16_t* tapsAfter, int64_t stride, uint16_t* const* out) { weightPairsAny(n, taps, tapsAfter, stride, out); }
constexpr Bf16Loops kLoops{.store = storeQuick, .finishRow = finishRowQuick, .finishRows = finishRowsQuick, .tileOperands = tileOperandsQuick, .finishTile = finishTileQuick, .largeOperands = largeOperandsQuick, .largeOperandPairs = largeOperandPairsQuick, .finishSmall = finishSmallQuick, .smallOperands = smallOperandsQuick, .transformedWeightPairs = transformedWeightPairsQuick};
}  // namespace
#pragma GCC pop_options

const Bf16Loops* bf16Loops()
{
    static const bool has = __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
    return has ? &kLoops : nullptr;
}

}  // namespace kinora::nn::loops
#else
#include "core/nn/loops_bf16.h"

namespace kinora::nn::loops {
const Bf16Loops* bf16Loops() { return nullptr; }
}  // namespace kinora::nn::loops
#endif
