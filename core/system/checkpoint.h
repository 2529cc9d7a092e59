#pragma once
// A checkpoint is one safetensors file:
//   param/<net>/<name>                       parameters and buffers under the official names
//   optim/<optimizer>/<i>/<exp_avg ...>      per parameter i of its groups, in order
//   rng/cpu, rng/cuda                        U8
//   metadata: format "kinora-checkpoint", version, system, options (JSON), step, epoch, dataset, frame_rate_hz, loader (JSON), training_state (JSON), options_training (JSON), kinora
#include <torch/torch.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "core/system/system.h"

namespace kinora {

inline constexpr int kCheckpointVersion = 1;

/// The facts in a checkpoint's header.
struct CheckpointInfo {
    std::string path;
    std::string system;
    OptionValues options;          ///< The system's.
    OptionValues trainingOptions;  ///< The trainer's; empty for imported weights.
    int64_t step = 0;
    double epoch = 0;
    std::string dataset;
    double frameRateHz = 10;
    nlohmann::json loader;         ///< State of the loader.
    bool resumable = false;        ///< Holds optimizers and random state.
};

/// Reads and checks the header only. \throws Error (NotFound, Damaged; Incompatible for a foreign or newer file)
CheckpointInfo readCheckpointInfo(const safetensors::File& file);

/// What goes into a checkpoint besides the system.
struct CheckpointExtras {
    int64_t step = 0;
    double epoch = 0;
    std::string dataset;
    double frameRateHz = 10;
    OptionValues trainingOptions;
    nlohmann::json loader;
};
/// The bytes of a resumable checkpoint: networks, optimizers, random state.
std::string serializeCheckpoint(System& system, const CheckpointExtras& extras);
/// Weights only: the networks (all, or those that generate), float32 or float16.
std::string serializeWeights(System& system, const CheckpointExtras& extras, bool generatorsOnly, bool half);

/// Copies param/ tensors into the networks; every parameter must be there and fit, surplus ones are an error.
/// \throws Error (Incompatible) naming the first tensor that is missing, surplus or of another shape
/// \param generatorsOnly  networks without tensors in the file are left alone if they do not generate
void loadWeights(System& system, const safetensors::File& file, bool generatorsOnly);
/// loadWeights plus optimizers, random state and training state. \throws Error (Incompatible)
void loadTrainingState(System& system, const safetensors::File& file);

/// Builds the system a checkpoint names and loads its weights for generation. \throws Error
std::unique_ptr<System> openCheckpoint(const Catalogue& catalogue, const std::filesystem::path& file, const torch::Device& device, CheckpointInfo* info = nullptr);

torch::Tensor toTensor(const safetensors::TensorView& view);                        ///< A copy on the CPU.
safetensors::TensorSource toSource(const torch::Tensor& contiguousCpuTensor);       ///< Borrows the tensor's memory.

}  // namespace kinora
