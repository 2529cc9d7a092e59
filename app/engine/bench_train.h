#pragma once
#include <torch/torch.h>

#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
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

/// Where the time of one step of each kind goes, after two that warm up. Prints operations with a hundredth of the time or more, and those of a name together.
/// \returns a list as benchTrain, each with the list `operations` of operationTimes()
/// \throws Error (Usage) as benchTrain, and on a GPU
nlohmann::json benchTrainProfile(const std::function<std::unique_ptr<System>()>& make, const torch::Device& device, const std::vector<int>& batches);

/// Trains \p steps steps on rendered faces with every seed from 1 to \p seeds, plain and fast in float32 and fast in bfloat16, from the same weights: how far the curves of a kind lie
/// from those of the plain one with the same seed, against how far apart two seeds of the plain one lie. All are root mean squares of the differences of means over 20 steps.
/// \param picture  SVG file of the curves; empty: none
/// \returns a list as benchTrain, of the losses: {"name", "seeds_apart", "fp32_apart", "bf16_apart", "within_noise", "values" [kind][seed][window]}
/// \throws Error (Usage) as benchTrain, and in an engine-only build
nlohmann::json benchCurves(const std::function<std::unique_ptr<System>()>& make, const torch::Device& device, int batch, int steps, int seeds, const std::string& picture);

}  // namespace kinora::app
