#pragma once
#include <torch/torch.h>

#include <string>
#include <utility>
#include <vector>

namespace kinora::pth {

/// The bytes of a .pth file (zip container) that holds an ordered dictionary of plain CPU tensors. `torch.load(file, weights_only=True)` reads it.
/// \throws Error (Usage) for more than 4 GB or a dtype that checkpoints do not have
std::string write(const std::vector<std::pair<std::string, torch::Tensor>>& tensors);

}  // namespace kinora::pth
