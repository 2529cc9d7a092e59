#pragma once
#include <torch/torch.h>

#include <memory>
#include <stop_token>
#include <string>

#include "core/dataset/clip_source.h"
#include "core/dataset/run_sink.h"
#include "core/options/options.h"
#include "core/system/checkpoint.h"
#include "core/system/system.h"

namespace kinora {

/// Settings of the trainer that every system shares; `--set` takes them beside the system's own.
struct TrainingOptions {
    int64_t batchSize = 16;
    int64_t checkpointInterval = 500;
    int64_t keepCheckpoints = 3;     ///< The newest ones; every keepEvery-th is kept besides.
    int64_t keepEvery = 5000;
    int64_t sampleInterval = 100;
    int64_t sampleRows = 4, sampleColumns = 6;
    int64_t scalarInterval = 1;
    int64_t loaderThreads = 1;
    bool stopOnNan = true;
    std::string split;  ///< Of whoever opens the dataset (ofSplit); the trainer takes the clips that it is given.

    template <class Fields>
    void describe(Fields& f)
    {
        f("batch_size", batchSize, range(1, 4096), "Clips in one step");
        f("checkpoint_interval", checkpointInterval, range(1, 1e9), "Steps between checkpoints");
        f("keep_checkpoints", keepCheckpoints, range(1, 1e6), "Newest checkpoints that are kept");
        f("keep_every", keepEvery, range(0, 1e9), "Checkpoints at multiples of this many steps are kept for good; 0: none");
        f("sample_interval", sampleInterval, range(1, 1e9), "Steps between sample matrices");
        f("sample_rows", sampleRows, range(1, 16), "Appearances in the sample matrix");
        f("sample_columns", sampleColumns, range(1, 16), "Motions in the sample matrix");
        f("scalar_interval", scalarInterval, range(1, 1e6), "Steps between points of the curves");
        f("loader_threads", loaderThreads, range(1, 64), "Threads that prepare clips");
        f("stop_on_nan", stopOnNan, anything(), "Stop with an error when a loss is not a number");
        f("split", split, anything(), "Clips to train on: a split's name, LABEL=VALUE of a class label, or all; empty: train, where the dataset names it");
    }
};

/// The training options that a request may change while a run goes on; besides them, "learning_rate/<optimizer>".
bool changesWhileRunning(const std::string& key);

/// One training run, blocking; it knows no process, file or signal.
/// Thread: the caller's, for its whole life.
class Trainer {
public:
    struct Setup {
        std::unique_ptr<System> system;  ///< Built and on its device.
        std::shared_ptr<const ClipSource> source;
        TrainingOptions options;
        uint64_t seed = 0;
        int64_t totalSteps = 1000;
    };
    /// \throws Error (Usage, Incompatible) if the dataset lacks what the system needs or has no clip long enough
    Trainer(Setup setup, RunSink& sink);
    ~Trainer();

    /// Continues from a resumable checkpoint instead of from new weights. \throws Error (Incompatible, Damaged)
    void resume(const safetensors::File& checkpoint);

    /// Trains to the last step; pauses, stops and checkpoints as the sink asks. On \p stop the step is finished and saved.
    /// Scalars besides the system's: lr/<optimizer>, time/step and time/load in seconds, time/clips_per_second.
    /// \returns the state reached: Finished, or Stopped
    /// \throws Error (Numerical naming the loss, OutOfMemory, DiskFull, ...); what was saved before stays, and nothing that is not a number is saved
    RunState run(std::stop_token stop);

    int64_t step() const;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

}  // namespace kinora
