#pragma once
// Element-wise loops of plans and training steps on a processor, compiled for several instruction sets; the right one is chosen when the program starts.
// Channels are multiples of 16. Storage type: float, or bfloat16 as its 16 bits.
#include <cstdint>

namespace kinora::nn::loops {

/// to[i] = from[i], rounded to nearest even.
void store(const float* from, int64_t count, uint16_t* to);
void store(const float* from, int64_t count, float* to);

/// What follows a sum of products, for one row of \p n channels: sum of the rows in \p parts plus \p base and \p row (may be null), what is negative times \p slope (0: ReLU), plus \p add (may be null).
template <class T>
struct RowWork {
    int64_t n = 0;
    const float* const* parts = nullptr;
    int count = 0;
    const float* base = nullptr;
    float slope = 1;  ///< Of negative values.
    const T* add = nullptr;
    const float* row = nullptr;
};
void finishRow(const RowWork<float>& work, float* out);
void finishRow(const RowWork<uint16_t>& work, uint16_t* out);
void finishRow(const RowWork<uint16_t>& work, float* out);

/// The same for \p rows rows that lie one behind the other; the base moves on by \p baseStride floats a row (0: the same for all), `parts` has the first row of one part.
void finishRows(const RowWork<float>& work, int64_t rows, int64_t baseStride, float* out);
void finishRows(const RowWork<uint16_t>& work, int64_t rows, int64_t baseStride, uint16_t* out);
void finishRows(const RowWork<uint16_t>& work, int64_t rows, int64_t baseStride, float* out);

/// out[i] = a[i] - b[i] for \p n numbers, a multiple of 16.
void subtract(int64_t n, const float* a, const float* b, float* out);
void subtract(int64_t n, const uint16_t* a, const uint16_t* b, uint16_t* out);

/// out[i] = the largest of the i-th numbers of four rows of \p n, a multiple of 16.
void largest(int64_t n, const float* const* rows, float* out);
void largest(int64_t n, const uint16_t* const* rows, uint16_t* out);

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
    float slope = 1;
    const T* add = nullptr;
    Out* out[16] = {};  ///< Null: not wanted.
};
void finishTile(const TileWork<float, float>& work);
void finishTile(const TileWork<uint16_t, uint16_t>& work);
void finishTile(const TileWork<uint16_t, float>& work);

/// The same two for tiles of 4 x 4 pixels and F(4, 2) at the points 0, 1/2, -1, 2 and infinity, for which float is fine enough and bfloat16 is not; see LargeTileDoubling.
/// Operand and product are numbered 10 v + h; v and h are 0 to 4 for the even outputs, 5 to 9 for the odd ones.
/// \param pixels  6 x 6 rows of \p n numbers   \param out  100 rows, \p stride numbers apart
void largeTileOperands(int64_t n, const float* const* pixels, int64_t stride, float* out);
struct LargeTileWork {
    int64_t n = 0;
    const float* product[100] = {};
    const float* base[64] = {};  ///< As in TileWork.
    float slope = 1;
    const float* add = nullptr;
    float* out[64] = {};
};
void finishLargeTile(const LargeTileWork& work);

// Convolutions of kernel 4, stride 2, padding 1 between large images and small ones, by Winograd's F(2, 2); see core/nn/halving_convolution.h. A tile is 2 x 2 small pixels.
// A product's number is 3 qy + qx, a phase's 2 py + px; phase 0 takes the even large pixels, 1 the odd ones.

/// Of one dimension's large pixels O[-1] E[0] O[0] E[1] O[1] E[2] the operands E[0] - E[1], E[1], E[1] - E[2] and O[-1] - O[0], O[0], O[0] - O[1].
/// \param pixels  6 x 6 rows, of which \p n numbers from \p from on are taken
/// \param out     of product q and phase p at q * stride + p * phaseStride
void largeOperands(int64_t from, int64_t n, const float* const* pixels, int64_t stride, int64_t phaseStride, float* out);
void largeOperands(int64_t from, int64_t n, const uint16_t* const* pixels, int64_t stride, int64_t phaseStride, uint16_t* out);
/// The same of two tiles, whose numbers take turns: as the right-hand side of products in bfloat16. \param pixels  the first tile's 36 rows, then the second's
void largeOperandPairs(int64_t from, int64_t n, const uint16_t* const* pixels, int64_t stride, int64_t phaseStride, uint16_t* out);

/// The 9 products of a tile to its 2 x 2 small values. \param out  null: not wanted
void finishSmall(int64_t n, const float* const* product, float* const* out);
void finishSmall(int64_t n, const float* const* product, uint16_t* const* out);

/// The way back of finishSmall for sixteen tiles, transposed: of one dimension g0, g0 + g1, -g1.
/// \param pixels  16 tiles of 4 rows of \p n numbers
/// \param out     of product q, channel c and tile t at q * stride + c * tiles + t
void smallOperands(int64_t n, const float* const* pixels, int64_t stride, int64_t tiles, float* out);
void smallOperands(int64_t n, const uint16_t* const* pixels, int64_t stride, int64_t tiles, uint16_t* out);

/// The 6 x 6 sums of a row's 4 x 4 taps: of one dimension w3, w1 + w3, w1, w2, w0 + w2, w0.
/// \param taps  16 rows of \p n numbers, \p stride apart   \param out  36 rows
void transformedWeight(int64_t n, const float* taps, int64_t stride, float* const* out);
/// The same of two rows, whose numbers take turns.
void transformedWeightPairs(int64_t n, const uint16_t* taps, const uint16_t* tapsAfter, int64_t stride, uint16_t* const* out);
/// The way back of transformedWeight. \param product  36 rows of \p n numbers   \param out  16 rows, \p stride apart
void weightGradient(int64_t n, const float* const* product, int64_t stride, float* out);
void weightGradient(int64_t n, const float* const* product, int64_t stride, uint16_t* out);

/// Softmax numerators of one row in place, exp(x - max). \returns their sum
float softmaxRow(float* x, int64_t n);
/// out = tanh(x), relative error below 1e-6.
void tanhRow(const float* x, int64_t n, float* out);
/// out = 1 / (1 + exp(-x)), absolute error below 1e-6.
void sigmoidRow(const float* x, int64_t n, float* out);
/// A square of 16 x 16 numbers, rows and columns exchanged.
void transposeSquare(const float* from, int64_t stride, float* to, int64_t strideTo);
void transposeSquare(const uint16_t* from, int64_t stride, uint16_t* to, int64_t strideTo);
/// a[0], b[0], a[1], b[1], ...
void interleave(int64_t n, const uint16_t* a, const uint16_t* b, uint16_t* out);
/// x[i] *= by
void scaleRow(float* x, int64_t n, float by);

}  // namespace kinora::nn::loops
