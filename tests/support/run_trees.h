#pragma once
// What the tests of run directories share: a picture of a folder to compare with, and run directories made without a trainer.
#include <algorithm>
#include <filesystem>
#include <map>
#include <string>

#include "core/run/run_directory.h"
#include "core/util/crc32c.h"
#include "core/util/file.h"
#include "core/util/safetensors.h"

namespace kinora::test {

/// Every file's path, size and SHA-256, and every folder: equal for two looks if nothing was changed between them.
inline std::string treeHash(const std::filesystem::path& root)
{
    namespace fs = std::filesystem;
    std::map<std::string, std::string> entries;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root)) {
        const std::string name = fs::relative(entry.path(), root).string();
        entries[name] = entry.is_regular_file() ? sha256File(entry.path()) : "folder";
    }
    std::string text;
    for (const auto& [name, what] : entries) text += name + " " + what + "\n";
    return text;
}

/// The bytes of a checkpoint as core/run/ knows it: header, a tensor and random states, with a checksum.
inline std::string checkpointBytes(std::int64_t step, const std::string& system = "toy", std::uint8_t content = 7)
{
    const std::vector<std::byte> bytes(4096, std::byte(content));
    const std::map<std::string, safetensors::TensorSource> tensors = {{"param/G/weight", {"U8", {4096}, bytes}}, {"rng/cpu", {"U8", {4096}, bytes}}};
    std::uint32_t crc = 0;
    for (const auto& [name, tensor] : tensors) crc = crc32c(tensor.bytes.data(), tensor.bytes.size(), crc);
    return safetensors::serialize(tensors, {{"format", "kinora-checkpoint"}, {"version", "1"}, {"system", system}, {"step", std::to_string(step)}, {"epoch", "0.5"}, {"dataset", "\"builtin:faces\""}, {"frame_rate_hz", "10"}, {"training_state", "{}"}, {"crc32c", std::to_string(crc)},
                                            {"options", R"({"width": 4, "rate": 0.1})"}, {"options_training", R"({"batch_size": 8, "keep_checkpoints": 2})"},
                                            {"optimizers", R"({"G": {"type": "Adam", "parameters": 1, "learning_rates": [0.1]}})"}, {"loader", R"({"epoch": 0, "position": 3, "clips": 9, "batch_size": 8, "seed": 1})"}});
}

inline RunConfig toyConfig()
{
    RunConfig config;
    config.system = "toy";
    config.dataset = "builtin:faces";
    config.systemOptions = {{"width", std::int64_t(4)}, {"rate", 0.1}};
    config.trainingOptions = {{"batch_size", std::int64_t(8)}, {"keep_checkpoints", std::int64_t(2)}};
    config.seed = 5;
    config.totalSteps = 100;
    config.device = "cpu";
    config.version = "1";
    return config;
}

/// A run that has stopped at \p step, with a checkpoint there and one ten steps before.
inline void makeRun(const std::filesystem::path& folder, std::int64_t step = 20, const RunConfig& config = toyConfig())
{
    const auto writer = RunWriter::create(folder, config);
    for (std::int64_t i = 1; i <= step; ++i) writer->scalars(i, 0.1 * static_cast<double>(i), {{"loss/G", 1.0 / static_cast<double>(i)}});
    writer->checkpoint(step - 10, checkpointBytes(step - 10, config.system));
    writer->checkpoint(step, checkpointBytes(step, config.system));
    RunProgress progress;
    progress.state = RunState::Stopped;
    progress.step = step;
    progress.totalSteps = config.totalSteps;
    writer->progress(progress);
}

}  // namespace kinora::test
