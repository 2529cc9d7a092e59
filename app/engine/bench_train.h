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

/// Trains \p steps steps on rendered faces with three seeds, in float32 and in bfloat16, both fast: how far the curves of the two precisions lie apart, against how far apart
/// those of two seeds lie. Both are root mean squares of the differences of means over 20 steps, for every loss.
/// \returns a list as benchTrain, of the losses: {"name", "precisions_apart", "seeds_apart", "fp32", "bf16"} with the means of the first seed
/// \throws Error (Usage) as benchTrain, and in an engine-only build
nlohmann::json benchCurves(const std::function<std::unique_ptr<System>()>& make, const torch::Device& device, int batch, int steps);

}  // namespace kinora::app
