#pragma once
// Small products of one thread, and memory of numbers by their bits, for the convolutions of this folder.
#include <ATen/native/CPUBlas.h>
#include <c10/util/BFloat16.h>

#include <cstdint>
#include <type_traits>

namespace kinora::nn {

/// bfloat16 as its bits, as the loops take it.
inline float* stored(float* x) { return x; }
inline const float* stored(const float* x) { return x; }
inline uint16_t* stored(c10::BFloat16* x) { return reinterpret_cast<uint16_t*>(x); }
inline const uint16_t* stored(const c10::BFloat16* x) { return reinterpret_cast<const uint16_t*>(x); }

/// How many rows of a product's right-hand side lie in turns: two in bfloat16.
template <class T>
constexpr int64_t kTurns = std::is_same_v<T, float> ? 1 : 2;

/// c (m, n) = a (m, k) b (k, n), added to what is there if \p add; b in bfloat16 has two rows in turns.
inline void multiply(int64_t m, int64_t n, int64_t k, const float* a, int64_t strideA, const float* b, int64_t strideB, float* c, int64_t strideC, bool add)
{
    at::native::cpublas::brgemm(m, n, k, strideA, strideB, strideC, add, a, b, c, false);
}
inline void multiply(int64_t m, int64_t n, int64_t k, const uint16_t* a, int64_t strideA, const uint16_t* b, int64_t strideB, float* c, int64_t strideC, bool add)
{
    at::native::cpublas::brgemm(m, n, k, strideA, strideB, strideC, add, reinterpret_cast<const at::BFloat16*>(a), reinterpret_cast<const at::BFloat16*>(b), c, true);
}

/// At the end of a thread's products: where tiles were set up for them (AMX), what comes next must not find these.
struct ProductScope {
    ProductScope() = default;
    ~ProductScope() { at::native::cpublas::brgemm_release(); }
    ProductScope(const ProductScope&) = delete;
    ProductScope& operator=(const ProductScope&) = delete;
};

/// Whether products of bfloat16 work here: LibTorch refuses them on processors without AVX-512, and where oneDNN was told not to use it.
bool bfloat16ProductsWork();

}  // namespace kinora::nn
