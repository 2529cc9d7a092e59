#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace kinora::app {

/// Measures the training loader: clips/s as float batches ready for a system.
/// \param dataset  of --dataset; empty: faces as a clip file, as a clip file of twice the size, as safetensors and rendered, made for the occasion in the temporary folder
/// \param system   whose batches are prepared, with default options
/// \param repeats  timings of every case; they take turns, so that other load on the machine meets all alike
/// \throws Error as the dataset does
nlohmann::json benchLoad(const std::string& dataset, const std::string& system, int repeats);

}  // namespace kinora::app
