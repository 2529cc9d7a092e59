#pragma once
// Initial values of layers, and the order in which the layers' tensors are stored.
#include <torch/torch.h>

#include <string>
#include <utility>
#include <vector>

namespace kinora::nn {

/// The library's own start for (transposed) convolutions and linear layers: uniform within 1/sqrt(fan_in) for weight and bias, where
/// fan_in = size(1) * k... of the stored weight (for a transposed convolution that is its output side). The bias may be undefined.
/// Source: He et al., "Delving Deep into Rectifiers", ICCV 2015, with negative slope sqrt(5), as the library's reset_parameters().
void defaultInit_(torch::Tensor& weight, torch::Tensor& bias);

/// N(mean, deviation) in place, outside the graph.
void normalInit_(torch::Tensor& tensor, double mean, double deviation);

/// Parameters and buffers in the order and under the names of a Python state dict: a module's own parameters, its own buffers, then its children.
/// The tensors are the module's, not copies.
std::vector<std::pair<std::string, torch::Tensor>> stateDict(const torch::nn::Module& module, const std::string& prefix = {});

/// How many numbers are trained.
int64_t parameterCount(const torch::nn::Module& module);

}  // namespace kinora::nn
