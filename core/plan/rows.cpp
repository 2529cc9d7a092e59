#include "core/plan/rows.h"

#include <algorithm>

namespace kinora::plan {

std::vector<float> paddedBias(const torch::Tensor& bias)
{
    std::vector<float> values(static_cast<std::size_t>(padded(bias.numel())), 0.0F);
    std::copy_n(bias.const_data_ptr<float>(), bias.numel(), values.begin());
    return values;
}

const void* asRows(const torch::Tensor& x, PlanPrecision precision, Buffer& memory)
{
    const torch::Tensor rows = torch::constant_pad_nd(x.permute({0, 2, 3, 4, 1}), {0, padded(x.size(1)) - x.size(1)}).contiguous();
    char* to = memory.get<char>(rows.numel() * sizeOf(precision));
    store(precision, rows.const_data_ptr<float>(), rows.numel(), to);
    return to;
}

}  // namespace kinora::plan
