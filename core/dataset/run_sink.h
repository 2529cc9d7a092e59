#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/clip/frames.h"
#include "core/util/safetensors.h"

namespace kinora {

enum class RunState { Created, Running, Paused, Finished, Stopped, Failed };
std::string_view runStateName(RunState state);
RunState runStateFromName(std::string_view name);

/// What somebody asks of a running trainer.
struct RunRequest {
    enum class Kind { Pause, Resume, Stop, Checkpoint, Set, Metric };
    Kind kind = Kind::Pause;
    std::string key;    ///< Set: an option that may change while running, "learning_rate/<optimizer>" or "loss_weight/<name>".
    std::string value;  ///< Set: its new value. Metric: the metrics to measure now, separated by commas.
    std::string id;          ///< Of the request file, for done().
};

/// Progress, as often as the trainer likes; the sink thins it out.
struct RunProgress {
    RunState state = RunState::Running;
    std::int64_t step = 0, totalSteps = 0;
    double epoch = 0;
    std::string phase;        ///< "loading data", "training", "sampling", "saving".
    double stepsPerSecond = 0;
    double clipsPerSecond = 0;
    std::string device;
    std::string message;      ///< Why it failed or stopped.
};

/// Where a trainer's results go and its orders come from. The trainer sees only this; a run directory implements it.
/// Thread: the trainer's. Ranks above 0 of a distributed run have a sink that drops everything and polls nothing.
class RunSink {
public:
    virtual ~RunSink() = default;
    virtual void scalars(std::int64_t step, double epoch, const std::vector<std::pair<std::string, double>>& values) = 0;
    /// A matrix of fixed-code samples, row-major, appearance by row and motion by column.
    virtual void samples(std::int64_t step, const std::vector<Frames>& clips, int rows, int columns, double frameRateHz) = 0;
    /// \param bytes  a whole checkpoint file. Returns once it is safely stored under its final name. \throws Error (DiskFull, CannotWrite)
    virtual void checkpoint(std::int64_t step, const std::string& bytes) = 0;
    virtual void progress(const RunProgress& progress) = 0;
    /// The checkpoint of \p step, which is stored already, is the best so far: it is kept whatever comes later.
    virtual void best(std::int64_t /*step*/, const std::string& /*metric*/, double /*value*/, bool /*lowerIsBetter*/) {}
    /// Goes back to the newest good checkpoint: what was recorded after its step is void from here on, as at a resume.
    /// \returns the checkpoint; nothing if there is none. \throws Error (CannotWrite, DiskFull)
    virtual std::unique_ptr<safetensors::File> rollBack() { return nullptr; }
    /// Bytes that the results' file system still takes, if there is one.
    virtual std::optional<std::uint64_t> freeBytes() { return std::nullopt; }
    /// Something to remember in the run's history, with details:
    /// "alarm" {alarm: nan, saturation, collapse, disk or memory; message; action: stop, roll_back or go_on}, "alarm_over" {alarm},
    /// "roll_back" {from, factor, count}, "metric" {metric, value, protocol, seconds}, "metric_failed" {metric, problem}.
    virtual void event(const std::string& kind, std::int64_t step, const nlohmann::json& details) = 0;
    /// The oldest open request, if any; answer it with done().
    virtual std::optional<RunRequest> poll() = 0;
    virtual void done(const RunRequest& request, const std::string& problem = {}) = 0;
};

}  // namespace kinora
