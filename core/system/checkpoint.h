#pragma once
// A checkpoint is one safetensors file:
//   param/<net>/<name>                       parameters and buffers under the official names
//   optim/<optimizer>/<i>/<exp_avg ...>      per parameter i of its groups, in order
//   ema/<net>/<name>                         running average of the weights of the networks that generate, and their buffers; only where one is kept
//   rng/cpu, rng/cuda                        U8
//   metadata: format "kinora-checkpoint", version, system, options (JSON), step, epoch, dataset, frame_rate_hz, loader (JSON), training_state (JSON, with
//   loss_weight/<name>), options_training (JSON), trainer (JSON: base learning rates, loss scale, alarms, best), ema (JSON: decay, updates), kinora
#include <torch/torch.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "core/system/averaged_weights.h"
#include "core/system/system.h"

namespace kinora {

inline constexpr int kCheckpointVersion = 1;

/// Which weights of a checkpoint generate.
enum class WeightChoice {
    Best,      ///< The averaged ones where there are some, else the trained ones.
    Raw,       ///< As the optimizer left them.
    Averaged,  ///< An error where there are none.
};
/// "raw", "averaged", or empty for Best. \throws Error (Usage)
WeightChoice weightChoiceFromName(std::string_view name);

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
    nlohmann::json trainer;        ///< State of the trainer; null in older files.
    bool resumable = false;        ///< Holds optimizers and random state.
    bool hasAverage = false;       ///< Holds averaged weights.
    double emaDecay = 0;
    int64_t emaUpdates = 0;
    bool averaged = false;         ///< openCheckpoint() took the averaged weights.
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
    nlohmann::json loader = nullptr;
    nlohmann::json trainer = nullptr;
    const AveragedWeights* average = nullptr;
};
/// The bytes of a resumable checkpoint: networks, optimizers, random state.
std::string serializeCheckpoint(System& system, const CheckpointExtras& extras);
/// Weights only: the networks (all, or those that generate), float32 or float16.
std::string serializeWeights(System& system, const CheckpointExtras& extras, bool generatorsOnly, bool half);

/// Copies param/ tensors into the networks; every parameter must be there and fit, surplus ones are an error.
/// \throws Error (Incompatible) naming the first tensor that is missing, surplus or of another shape
/// \param generatorsOnly  networks without tensors in the file are left alone if they do not generate
/// \param weights         networks that generate take ema/ tensors in place of param/
/// \returns true if averaged weights were taken
bool loadWeights(System& system, const safetensors::File& file, bool generatorsOnly, WeightChoice weights = WeightChoice::Raw);
/// loadWeights plus optimizers, random state and training state. \throws Error (Incompatible)
void loadTrainingState(System& system, const safetensors::File& file);

/// Builds the system a checkpoint names and loads its weights for generation. \throws Error
std::unique_ptr<System> openCheckpoint(const Catalogue& catalogue, const std::filesystem::path& file, const torch::Device& device, CheckpointInfo* info = nullptr,
                                       WeightChoice weights = WeightChoice::Best);

torch::Tensor toTensor(const safetensors::TensorView& view);                        ///< A copy on the CPU.
safetensors::TensorSource toSource(const torch::Tensor& contiguousCpuTensor);       ///< Borrows the tensor's memory.

}  // namespace kinora
