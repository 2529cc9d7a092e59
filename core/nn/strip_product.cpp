#include "core/nn/strip_product.h"

#include <exception>
#include <vector>

namespace kinora::nn {

bool bfloat16ProductsWork()
{
    static const bool works = [] {
        try {
            constexpr int64_t m = 32, n = 16, k = 64;
            const auto a = [](int64_t i, int64_t j) { return static_cast<float>((i * k + j) * 5 % 11) - 5; };  // small integers: exact in bfloat16
            const auto b = [](int64_t i, int64_t j) { return static_cast<float>((i * n + j) * 7 % 13) - 6; };
            std::vector<c10::BFloat16> left(m * k), right(k * n);
            for (int64_t i = 0; i < m; ++i)
                for (int64_t j = 0; j < k; ++j) left[static_cast<std::size_t>(i * k + j)] = a(i, j);
            for (int64_t i = 0; i < k; ++i)
                for (int64_t j = 0; j < n; ++j) right[static_cast<std::size_t>((i - i % 2) * n + j * 2 + i % 2)] = b(i, j);
            std::vector<float> c(m * n, -1.0F);
            {
                const ProductScope scope;
                multiply(m, n, k, stored(left.data()), k, stored(right.data()), n, c.data(), n, false);
            }
            for (int64_t i = 0; i < m; ++i)
                for (int64_t j = 0; j < n; ++j) {
                    float sum = 0;
                    for (int64_t l = 0; l < k; ++l) sum += a(i, l) * b(l, j);
                    if (c[static_cast<std::size_t>(i * n + j)] != sum) return false;
                }
            return true;
        } catch (const std::exception&) {
            return false;
        }
    }();
    return works;
}

}  // namespace kinora::nn
