#pragma once
// Both sides of the run directory: names, writer (the trainer's RunSink), reader (the window's, `kinora runs`). docs/formats.md describes it.
//
// The trainer writes everything but control/ and notes.json. Whole files are written under a temporary name, synced and renamed; events are appended.
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/dataset/run_sink.h"
#include "core/options/options.h"
#include "core/run/run_lock.h"
#include "core/util/safetensors.h"

namespace kinora {

/// Where a fork came from.
struct ForkOrigin {
    std::filesystem::path run;  ///< The parent, absolute; it may be gone since.
    std::int64_t step = 0;
    std::vector<std::string> changed;  ///< Keys that differ from the parent's.
    OptionValues before;               ///< The parent's values of those that are the system's.
};
/// What the clips that a run trains on are known by (factsOf() in run_actions.h).
struct DatasetFacts {
    std::int64_t clips = 0;
    std::vector<std::string> labels;  ///< "expression: smile, frown" or "age", in their order.
    std::string fingerprint;          ///< SHA-256 of names, lengths, sizes and labels of all clips.
};

/// run.toml: the resolved configuration, written once.
struct RunConfig {
    std::string system;
    std::string dataset;
    OptionValues systemOptions;
    OptionValues trainingOptions;
    std::uint64_t seed = 0;
    std::int64_t totalSteps = 1000;
    std::string device = "auto";
    std::string version;  ///< Of the program that wrote it.
    std::string created;  ///< ISO 8601, UTC; read only, the writer puts in its own.
    std::optional<ForkOrigin> fork;
    std::optional<DatasetFacts> data;
};

/// status.json, as last written by the trainer.
struct RunStatus {
    RunProgress progress;
    std::int64_t heartbeat = 0;
    int pid = 0;
    std::string host;
    std::string startedAt;  ///< ISO 8601, UTC.
    std::map<std::string, std::pair<std::int64_t, double>> scalars;  ///< By tag: step and value of the newest point; NaN where it is not a number.
};

/// The best of a measured quantity.
struct BestValue {
    std::int64_t step = 0;
    double value = 0;
    bool lowerIsBetter = true;
};
/// best.json: the checkpoint that is the best by the run's best_metric.
struct BestCheckpoint {
    std::int64_t step = 0;
    std::string metric;
    double value = 0;
    bool lowerIsBetter = true;
    std::filesystem::path path;
};

struct CheckpointFile {
    std::int64_t step = 0;
    std::filesystem::path path;
};
struct SampleFile {
    std::int64_t step = 0;
    std::filesystem::path path;  ///< A safetensors clip file: clips uint8 (R*C, T, H, W, 3); metadata rows, columns, frame_rate_hz.
};
/// A sample matrix, read back.
struct SampleMatrix {
    std::int64_t step = 0;
    int rows = 0, columns = 0;
    double frameRateHz = 10;
    std::vector<Frames> clips;  ///< Row-major.
};

/// Reads a run directory and asks things of its trainer. Holds no open files; cheap to make.
/// Thread: safe, as far as the file system is.
class RunReader {
public:
    /// \throws Error (NotFound) if there is no run.toml
    explicit RunReader(std::filesystem::path folder);
    const std::filesystem::path& folder() const { return m_folder; }
    /// \throws Error (Damaged, Incompatible for a newer schema)
    RunConfig config() const;
    /// Where the run is to end: run.toml's number, or that of the latest resume.
    std::int64_t totalSteps() const;
    /// Where the dataset is now: run.toml's, or where the latest history event "dataset" says it was moved to.
    std::string dataset() const;
    /// std::nullopt before the trainer has written one. \throws Error (Damaged)
    std::optional<RunStatus> status() const;
    std::vector<CheckpointFile> checkpoints() const;  ///< Ascending by step.
    std::vector<SampleFile> samples() const;          ///< Ascending by step.
    /// The best checkpoint by the run's best_metric, if one was named and is there. \throws Error (Damaged)
    std::optional<BestCheckpoint> best() const;
    /// \throws Error (NotFound, Damaged)
    static SampleMatrix readSample(const std::filesystem::path& file);
    /// True if a living process on this host, or one on another host, owns the run.
    bool locked() const;
    /// "process 123 on host", as far as the lock file says; empty without one.
    std::string owner() const;
    /// One object a line; a torn last line is left out.
    std::vector<nlohmann::json> history() const;

    /// Leaves a request for the trainer: control/<time>-<kind>.json. The answer is a line of the history of kind "request" or "refused" with this id.
    /// \returns the request's id. \throws Error (CannotWrite, DiskFull)
    std::string ask(const RunRequest& request) const;
    nlohmann::json notes() const;
    void setNotes(const nlohmann::json& notes) const;

    static bool isRun(const std::filesystem::path& folder);

private:
    std::filesystem::path m_folder;
};

/// Decides, over repeated looks, whether a run that says it runs still does: stale when its heartbeat has not moved for 30 s of this process's clock.
class StaleWatch {
public:
    bool stale(const RunStatus& status, std::chrono::steady_clock::time_point now);

private:
    std::int64_t m_heartbeat = -1;
    std::chrono::steady_clock::time_point m_moved{};
};

/// The trainer's side. Owns the lock from construction to destruction.
class RunWriter final : public RunSink {
public:
    /// Makes a new run. \throws Error (CannotWrite if the folder exists and holds anything, Locked, DiskFull)
    static std::unique_ptr<RunWriter> create(const std::filesystem::path& folder, const RunConfig& config);
    /// Takes an existing run over to go on from \p step: later scalars become void, later samples and checkpoints are put aside in discarded-<n>/.
    /// Step 0 starts it anew: everything is void. What a killed trainer left half-written is removed, and so are requests that nobody answered.
    /// \throws Error (NotFound, Locked naming the owner, Damaged)
    /// \param lock  of lockRun(), by whoever looked at the run before: nobody has trained in it since
    static std::unique_ptr<RunWriter> resume(const std::filesystem::path& folder, std::int64_t step, std::int64_t totalSteps, std::unique_ptr<FileLock> lock = nullptr);
    ~RunWriter() override;

    /// Encodes a sample grid (clips tiled, T frames) for TensorBoard's image dashboard, as GIF or PNG. Without one, grids go into samples/ alone.
    using GridEncoder = std::function<std::string(const Frames& grid, double frameRateHz)>;
    void setGridEncoder(GridEncoder encoder);
    /// How many of the newest checkpoints are kept, and the interval at which they are kept for good (0: none); at first as run.toml's training options say.
    void setRetention(std::int64_t keepCheckpoints, std::int64_t keepEvery);

    void scalars(std::int64_t step, double epoch, const std::vector<std::pair<std::string, double>>& values) override;
    void samples(std::int64_t step, const std::vector<Frames>& clips, int rows, int columns, double frameRateHz) override;
    void checkpoint(std::int64_t step, const std::string& bytes) override;
    /// Names the checkpoint of \p step the best so far by \p metric: retention never removes it. The one that was the best before goes if nothing else keeps it.
    void best(std::int64_t step, const std::string& metric, double value, bool lowerIsBetter) override;
    /// Back to the newest good checkpoint while training goes on: later scalars become void, later samples and checkpoints are put aside as at a resume.
    /// \returns the checkpoint; nothing if there is none. \throws Error (CannotWrite, DiskFull)
    std::unique_ptr<safetensors::File> rollBack() override;
    /// Bytes that the run's file system still takes.
    std::optional<std::uint64_t> freeBytes() override;
    void progress(const RunProgress& progress) override;
    void event(const std::string& kind, std::int64_t step, const nlohmann::json& details) override;
    std::optional<RunRequest> poll() override;
    void done(const RunRequest& request, const std::string& problem = {}) override;

private:
    RunWriter();
    struct Private;
    std::unique_ptr<Private> d;
};

/// The newest checkpoint of a run that opens, passes its checks and can be resumed; others are skipped and named, with the reason, in \p skipped.
/// \throws Error (NotFound) if there is none
CheckpointFile newestGoodCheckpoint(const RunReader& run, std::vector<std::string>* skipped = nullptr);
/// Checks one: format, step, checksum, and that it can be resumed. \throws Error (NotFound, Damaged, Incompatible)
void checkCheckpoint(const CheckpointFile& checkpoint);
/// Keeps everybody else from training in a run, and from moving or deleting it, while it lives. \throws Error (Locked naming the owner, CannotWrite)
std::unique_ptr<FileLock> lockRun(const std::filesystem::path& folder);
/// Writes the run.toml of a run that does not train yet. \throws Error (CannotWrite, DiskFull)
void writeRunConfig(const std::filesystem::path& folder, const RunConfig& config);
/// Adds an event to a run's history from outside of its trainer ("fork", "dataset"). \throws Error (CannotWrite, DiskFull)
void appendHistory(const std::filesystem::path& run, const std::string& kind, std::int64_t step, const nlohmann::json& details);
/// A run's folder as an absolute path without a separator at its end, so that "runs/first/" and "runs/first" are one run.
std::filesystem::path runPath(const std::filesystem::path& folder);
/// The time now as the run directory writes it: ISO 8601, UTC.
std::string isoTime(std::chrono::system_clock::time_point when = std::chrono::system_clock::now());

}  // namespace kinora
