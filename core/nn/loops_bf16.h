#pragma once
// The loops of core/nn/loops.h that round to bfloat16, compiled for AVX512-BF16.
#include "core/nn/loops.h"

namespace kinora::nn::loops {

struct Bf16Loops {
    void (*store)(const float* from, int64_t count, uint16_t* to);
    void (*finishRow)(const RowWork<uint16_t>& work, uint16_t* out);
    void (*finishRows)(const RowWork<uint16_t>& work, int64_t rows, int64_t baseStride, uint16_t* out);
    void (*tileOperands)(int64_t n, const uint16_t* const* pixels, int64_t stride, uint16_t* out);
    void (*finishTile)(const TileWork<uint16_t, uint16_t>& work);
    void (*largeOperands)(int64_t from, int64_t n, const uint16_t* const* pixels, int64_t stride, int64_t phaseStride, uint16_t* out);
    void (*largeOperandPairs)(int64_t from, int64_t n, const uint16_t* const* pixels, int64_t stride, int64_t phaseStride, uint16_t* out);
    void (*finishSmall)(int64_t n, const float* const* product, uint16_t* const* out);
    void (*smallOperands)(int64_t n, const uint16_t* const* pixels, int64_t stride, int64_t tiles, uint16_t* out);
    void (*transformedWeightPairs)(int64_t n, const uint16_t* taps, const uint16_t* tapsAfter, int64_t stride, uint16_t* const* out);
};
/// Null where the processor has no such instructions.
const Bf16Loops* bf16Loops();

}  // namespace kinora::nn::loops
