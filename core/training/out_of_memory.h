#pragma once
#include <torch/torch.h>

#include <string>
#include <string_view>

#include "core/util/error.h"

namespace kinora {

/// True if an exception's text is LibTorch's way to say that a CPU or a GPU has no memory left.
bool saysOutOfMemory(std::string_view message);

/// One line that says how much was asked for, how much there is and what to lower.
/// \param message  LibTorch's, or empty for std::bad_alloc, which does not say how much
Error outOfMemory(std::string_view message, const torch::Device& device, int64_t batchSize, int64_t accumulation);

}  // namespace kinora
