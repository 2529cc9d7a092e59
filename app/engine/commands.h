#pragma once
// One function a subcommand; main.cpp lists them.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "core/dataset/clip_source.h"

namespace kinora::app {

void addSystemsCommand(CLI::App& app);       ///< systems, info, selftest
void addGenerateCommand(CLI::App& app);      ///< generate
void addInvertCommand(CLI::App& app);        ///< invert
void addTrainCommand(CLI::App& app);         ///< train
void addWeightsCommands(CLI::App& app);      ///< import-weights, export-weights
void addParityCommand(CLI::App& app);        ///< parity
void addEvaluateCommand(CLI::App& app);      ///< evaluate
void addBenchCommand(CLI::App& app);         ///< bench
void addServeCommand(CLI::App& app);         ///< serve

/// Opens whatever --dataset may name: a clip file (.h5), a clip file in safetensors, builtin:..., a folder (imported into the cache by kinora-import first).
/// \throws Error (NotFound, Damaged, Usage)
std::shared_ptr<const ClipSource> openDataset(const std::string& name);

}  // namespace kinora::app
