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

/// The same for \p rows rows that lie one behind the other; the base moves on by \p baseStride floats a row (0: the same for all), `parts` has the first row of one part.
void finishRows(const RowWork<float>& work, int64_t rows, int64_t baseStride, float* out);
void finishRows(const RowWork<uint16_t>& work, int64_t rows, int64_t baseStride, uint16_t* out);
void finishRows(const RowWork<uint16_t>& work, int64_t rows, int64_t baseStride, float* out);

/// The 25 operands of a tile for the products of SpatialDoubling: of one dimension's pixels -1, 0, 1, 2 they are x[-1] - x[0], x[0], x[0] - x[1], x[1], x[1] - x[2].
/// \param pixels  4 x 4 rows of \p n numbers   \param out  25 rows, \p stride numbers apart
void tileOperands(int64_t n, const float* const* pixels, int64_t stride, float* out);
void tileOperands(int64_t n, const uint16_t* const* pixels, int64_t stride, uint16_t* out);

/// The 6 x 6 products of a tile to its 4 x 4 finished values.
template <class T, class Out>
struct TileWork {
    int64_t n = 0;
    const float* product[36] = {};
    const float* base[16] = {};  ///< All null: none.
    bool relu = false;
    const T* add = nullptr;
    Out* out[16] = {};  ///< Null: not wanted.
};
void finishTile(const TileWork<float, float>& work);
void finishTile(const TileWork<uint16_t, uint16_t>& work);
void finishTile(const TileWork<uint16_t, float>& work);

/// Softmax numerators of one row in place, exp(x - max). \returns their sum
float softmaxRow(float* x, int64_t n);
/// out = tanh(x), absolute error below 1e-6.
void tanhRow(const float* x, int64_t n, float* out);
/// a[0], b[0], a[1], b[1], ...
void interleave(int64_t n, const uint16_t* a, const uint16_t* b, uint16_t* out);
/// x[i] *= by
void scaleRow(float* x, int64_t n, float by);

}  // namespace kinora::plan::loops
