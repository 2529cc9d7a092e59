#pragma once
// Small real files for the tests of the window: clip files and run directories.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "core/clipfile/clip_file.h"
#include "core/run/run_directory.h"
#include "core/util/safetensors.h"

namespace fixture {

/// A clip whose frames are plain: frame t of clip i has the grey level 10 * i + t.
inline kinora::Frames plainClip(int clip, int frames, int side)
{
    kinora::Frames result(frames, side, side);
    for (int t = 0; t < frames; ++t) std::fill_n(result.frame(t), result.frameBytes(), static_cast<std::uint8_t>(10 * clip + t));
    return result;
}

/// Clips "clip0", "clip1" ... with the classes smile, cry, smile ..., an intensity of 0, 0.1, 0.2 ..., subjects of three clips and every fifth clip in "test".
inline void writeDataset(const std::filesystem::path& path, int clips, int frames = 4, int side = 16)
{
    kinora::ClipFileWriter writer(path, {{"expression", {"smile", "cry"}, "motion"}, {"intensity", {}, ""}, {"hat", {"none", "red"}, "appearance"}}, {},
                                  {{"source", "test"}});
    for (int i = 0; i < clips; ++i) {
        kinora::ClipInfo info;
        info.name = "clip" + std::to_string(i);
        info.frames = frames + i % 3;
        info.height = info.width = side;
        info.frameRateHz = 10;
        info.labels = {static_cast<float>(i % 2), i == 7 ? NAN : 0.1F * static_cast<float>(i), static_cast<float>(i % 2)};
        info.split = i % 5 == 4 ? "test" : "train";
        info.group = "s" + std::to_string(i / 3);
        info.source = "drawn";
        writer.add(info, plainClip(i % 20, info.frames, side));
    }
    writer.finish();
}

inline kinora::RunConfig config()
{
    kinora::RunConfig config;
    config.system = "toy";
    config.dataset = "builtin:toys";
    config.systemOptions["width"] = std::int64_t(8);
    config.trainingOptions["batch_size"] = std::int64_t(4);
    config.seed = 3;
    config.totalSteps = 100;
    config.version = "test";
    return config;
}

inline void report(kinora::RunSink& sink, std::int64_t step, kinora::RunState state = kinora::RunState::Running, const std::string& message = {})
{
    kinora::RunProgress progress;
    progress.state = state;
    progress.step = step;
    progress.totalSteps = 100;
    progress.stepsPerSecond = 2;
    progress.phase = "training";
    progress.device = "cpu";
    progress.message = message;
    sink.progress(progress);
}

inline void scalars(kinora::RunSink& sink, std::int64_t step, double offset = 0)
{
    sink.scalars(step, 0.1 * static_cast<double>(step), {{"loss/G", offset + 1.0 / static_cast<double>(step)}, {"loss/D", offset + static_cast<double>(step)}});
}

/// The bytes of a checkpoint that runs can be resumed and forked from.
inline std::string checkpoint(std::int64_t step)
{
    const std::vector<std::byte> bytes(64, std::byte(7));
    return kinora::safetensors::serialize({{"param/G/weight", {"U8", {64}, bytes}}, {"rng/cpu", {"U8", {64}, bytes}}},
                                          {{"format", "kinora-checkpoint"}, {"version", "1"}, {"system", "toy"}, {"step", std::to_string(step)}, {"epoch", "1"}, {"dataset", "builtin:toys"},
                                           {"options", R"({"width": 8})"}, {"options_training", R"({"batch_size": 4, "sample_interval": 100})"},
                                           {"optimizers", R"({"G": {"type": "adam", "parameters": 1, "learning_rates": [0.0002]}})"},
                                           {"loader", R"({"epoch": 0, "position": 0, "clips": 8, "batches_per_epoch": 2, "batch_size": 4, "seed": 3})"}});
}

inline void samples(kinora::RunSink& sink, std::int64_t step)
{
    std::vector<kinora::Frames> clips;
    for (int i = 0; i < 6; ++i) clips.push_back(plainClip(i, 3, 8));
    clips[0] = kinora::Frames(3, 8, 8, std::vector<std::uint8_t>(3 * 8 * 8 * 3, static_cast<std::uint8_t>(step)));
    sink.samples(step, clips, 2, 3, 10);
}

}  // namespace fixture
