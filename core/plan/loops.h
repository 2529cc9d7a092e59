#pragma once
// Element-wise loops of the plans on a processor, compiled for several instruction sets; the right one is chosen when the program starts.
// Channels are multiples of 16. Storage type: float, or bfloat16 as its 16 bits.
#include <cstdint>

namespace kinora::plan::loops {

/// to[i] = from[i], rounded to nearest even.
void store(const float* from, int64_t count, uint16_t* to);
void store(const float* from, int64_t count, float* to);

/// What follows a sum of products, for one row of \p n channels: sum of the rows in \p parts plus \p base (may be null), ReLU if asked for, plus \p add (may be null).
template <class T>
struct RowWork {
    int64_t n = 0;
    const float* const* parts = nullptr;
    int count = 0;
    const float* base = nullptr;
    bool relu = false;
    const T* add = nullptr;
};
void finishRow(const RowWork<float>& work, float* out);
void finishRow(const RowWork<uint16_t>& work, uint16_t* out);
void finishRow(const RowWork<uint16_t>& work, float* out);

/// out = (a - b) - (c - d); a null pointer is a row of zeros.
void difference(int64_t n, const float* a, const float* b, const float* c, const float* d, float* out);
void difference(int64_t n, const uint16_t* a, const uint16_t* b, const uint16_t* c, const uint16_t* d, uint16_t* out);

/// 6 x 6 products of a tile to its 4 x 4 values, without what follows. \p product: 36 rows, \p stride floats apart; \p out: 16 rows of n floats, row by row of the tile.
void tileSums(int64_t n, const float* product, int64_t stride, float* out);

/// Softmax numerators of one row in place, exp(x - max). \returns their sum
float softmaxRow(float* x, int64_t n);
/// out = tanh(x), absolute error below 1e-6.
void tanhRow(const float* x, int64_t n, float* out);
/// x[i] *= by
void scaleRow(float* x, int64_t n, float by);

}  // namespace kinora::plan::loops
