#pragma once
// What a table shows of runs: the window's and that of `kinora runs list`. Cheap to look at again and again: what has not changed is not read.
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/run/run_directory.h"
#include "core/run/run_queue.h"

namespace kinora {

/// What a run is doing, as a person would say it.
enum class RunCondition {
    Created,   ///< Its trainer has not reported yet.
    Running,
    Paused,
    Finished,
    Stopped,   ///< On request; can go on.
    Failed,
    Stale,     ///< It says that it runs, but its trainer is gone or silent.
    Damaged,   ///< Its files cannot be read, or are of a newer Kinora.
    Missing,   ///< Its folder is gone.
};
/// "created", "running", ... as `kinora runs list` prints it.
std::string_view runConditionName(RunCondition condition);

/// A point of a curve.
struct ScalarPoint {
    std::int64_t step = 0;
    double value = 0;  ///< May be NaN.
};

/// An alarm of the trainer that is still on.
struct RunAlarm {
    std::string alarm;    ///< "nan", "saturation", "collapse", "disk", "memory".
    std::string message;  ///< One line.
    std::string action;   ///< "stop", "roll_back", "go_on".
    std::string time;     ///< ISO 8601, UTC.
    std::int64_t step = 0;
};

/// Everything that a table shows of a run.
struct RunSummary {
    std::filesystem::path folder;
    std::string name;         ///< The display name of its notes, else the folder's.
    bool archived = false;    ///< Lies in a folder "archive".
    RunCondition condition = RunCondition::Created;
    std::string problem;      ///< Why it is damaged, failed or stale; one line.
    bool locked = false;      ///< A trainer owns it.

    std::optional<RunConfig> config;  ///< Nothing if it cannot be read.
    std::string dataset;              ///< Where the dataset is now; config->dataset is where it was at the start.
    std::string created;              ///< ISO 8601, UTC; empty if the configuration does not say.
    std::optional<ForkOrigin> parent; ///< Of a fork.
    std::optional<RunStatus> status;
    std::int64_t totalSteps = 0;

    std::map<std::string, BestValue> best;       ///< By tag ("metric/motion_energy"): the best of all measurements whose direction is known.
    std::optional<BestCheckpoint> bestCheckpoint;///< By the run's best_metric, while that checkpoint is there.
    std::map<std::string, ScalarPoint> latest;   ///< By tag: the newest point of every curve.
    std::vector<std::string> tags;
    std::string notes, displayName;              ///< As the person wrote them; may be empty.
    std::vector<RunAlarm> alarms;                ///< Those that are still on.
    std::optional<int> queuePosition;            ///< 1: next on its device. Nothing: does not wait.
    std::chrono::system_clock::time_point changed{};  ///< When status.json or run.toml was last written; by the file system's clock.

    std::int64_t step() const { return status ? status->progress.step : 0; }
    bool alive() const { return condition == RunCondition::Running || condition == RunCondition::Paused; }
    /// Seconds to the end at the present speed; nothing if not known, or if it does not run.
    std::optional<double> remainingS() const;
};

/// A value of the run's configuration by its key: an option of the system or the trainer, or "system", "dataset", "seed", "total_steps", "device", "version".
std::optional<OptionValue> configValue(const RunConfig& config, const std::string& key);

/// Summaries that are kept and brought up to date: a file is read again when its size, time or inode changed, and the history from where it was left.
///
/// An instance decides on stale runs over repeated looks, by the heartbeat's counter and this process's clock, so that a clock that was set means nothing.
/// Thread: one at a time.
class RunSummaries {
public:
    /// \param queue  where queued runs wait; its positions are put into the summaries
    explicit RunSummaries(RunQueue queue = RunQueue());
    ~RunSummaries();

    /// One run. Never throws for what is wrong with the run: that is its condition and problem. Valid until the next call for that run.
    const RunSummary& look(const std::filesystem::path& run);
    /// All runs directly in \p root (with \p archived also those in its archive folder), sorted by path; those that are gone are forgotten.
    /// \throws Error (NotFound, CannotRead) if the folder cannot be listed
    std::vector<RunSummary> lookAll(const std::filesystem::path& root, bool archived = false);
    /// True if \p run says that it runs, its lock is held and its last status is old or from the future: look again after two seconds to know.
    static bool doubtful(const RunSummary& run);
    void forget(const std::filesystem::path& run);

private:
    struct Private;
    std::unique_ptr<Private> d;
};

/// The run directories directly in \p root, sorted; with \p archived also those in its archive folder. \throws Error (NotFound, CannotRead)
std::vector<std::filesystem::path> runsIn(const std::filesystem::path& root, bool archived = false);

}  // namespace kinora
