#pragma once
#include <torch/torch.h>

#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "core/system/system.h"

namespace kinora::app {

/// Measures training steps: the plain formulation in float32 against the fast one in float32 and in bfloat16, in turns in one process, and how long a training waits for its data.
/// Prints a line for each; docs/measurements.md says what its columns are.
/// \param make     builds the system, the same every time
/// \param repeats  timings of every kind after one that warms up
/// \returns the list `results` of the machine-readable output
/// \throws Error (Usage) for a system that needs labels or streams
nlohmann::json benchTrain(const std::function<std::unique_ptr<System>()>& make, const torch::Device& device, const std::vector<int>& batches, int repeats);

}  // namespace kinora::app
