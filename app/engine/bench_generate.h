#pragma once
#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/system/system.h"

namespace kinora::app {

struct GenerateBench {
    /// Builds the system with some options set besides those asked for. \throws Error (Usage) if they do not go together
    std::function<std::unique_ptr<System>(const OptionValues& more)> make;
    std::vector<int> batches;
    int repeats = 5;
    bool sweep = false;    ///< Cost against work, too: frames, size, batch and channels one after the other.
    std::string plotFile;  ///< SVG of the sweep; empty: none.
    bool fresh = false;    ///< The weights are new: batch norm statistics are measured first.
};

/// The plain module against its plans, in turns in this process, at the same weights.
/// \returns the fields of the report: "results" (name, baseline_ms, kinora_ms, speedup, rel_error, gflops, spread, batch, clip_ms), "ceiling" (a matrix product's GFLOP/s in
/// each precision), "memory" (peak resident bytes of either), and with a sweep "sweep" (axis, value, baseline_ms, fp32_ms, bf16_ms, or why it was left out)
nlohmann::json benchGenerate(const GenerateBench& bench);

}  // namespace kinora::app
