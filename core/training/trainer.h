#pragma once
#include <torch/torch.h>

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "core/dataset/clip_source.h"
#include "core/dataset/run_sink.h"
#include "core/nn/device_graphs.h"
#include "core/options/options.h"
#include "core/system/checkpoint.h"
#include "core/system/system.h"

namespace kinora {

/// Settings of the trainer that every system shares; `--set` takes them beside the system's own. docs/training.md explains them.
struct TrainingOptions {
    int64_t batchSize = 16;
    int64_t accumulation = 1;
    std::string precision = "tf32";
    bool deterministic = false;
    bool cudaGraph = false;
    double clipGradientNorm = 0;
    double emaDecay = 0;

    std::string schedule = "constant";
    int64_t warmupSteps = 0;
    int64_t decayStart = 0, decayEnd = 0;
    double finalRate = 0;
    int64_t stepEvery = 1000;
    double stepFactor = 0.5;

    int64_t checkpointInterval = 500;
    int64_t keepCheckpoints = 3;     ///< The newest ones; every keepEvery-th is kept besides.
    int64_t keepEvery = 5000;
    int64_t sampleInterval = 100;
    int64_t sampleRows = 4, sampleColumns = 6;
    int64_t scalarInterval = 1;
    int64_t normInterval = 50;

    std::string metrics;
    int64_t metricInterval = 1000;
    int64_t metricClips = 128;
    std::string bestMetric;

    std::string alarmPolicy = "stop";
    std::string balancePolicy = "go_on";
    double saturationAccuracy = 0.98;
    int64_t saturationSteps = 500;
    double collapseRatio = 0.05;
    int64_t collapseStart = 1000;
    int64_t diskReserveMb = 256;
    int64_t memoryReserveMb = 128;
    double rollBackFactor = 0.5;
    int64_t rollBacks = 3;
    bool stopOnNan = true;

    int64_t loaderThreads = 1;
    std::string split;  ///< Of whoever opens the dataset (ofSplit); the trainer takes the clips that it is given.

    template <class Fields>
    void describe(Fields& f)
    {
        f("batch_size", batchSize, range(1, 4096), "Clips in one step");
        f("accumulation", accumulation, range(1, 4096), "Parts that a batch is computed in, one after another, to need less memory");
        f("precision", precision, choices({"fp32", "tf32", "bf16", "fp16"}), "Numbers that a step computes with; tf32 is fp32 with the faster convolutions of a GPU, bf16 and fp16 are mixed precision");
        f("deterministic", deterministic, anything(), "Use algorithms alone that give the same bits every time, also on a GPU; slower");
        f("cuda_graph", cudaGraph, anything(), "On a GPU: record a step once and replay it as a whole, where it comes out the same; elsewhere steps are made as ever");
        f("clip_gradient_norm", clipGradientNorm, range(0, 1e9), "Longest gradient of an update (2-norm over its parameters); longer ones are scaled down; 0: any");
        f("ema_decay", emaDecay, range(0, 0.9999999), "Decay of the running average of the generator's weights, which samples and metrics then use; 0: no average");
        f("schedule", schedule, choices({"constant", "linear", "cosine", "step"}), "Course of the learning rates over the steps");
        f("warmup_steps", warmupSteps, range(0, 1e9), "Steps in which the learning rates rise from 0 at first");
        f("decay_start", decayStart, range(0, 1e9), "Step from which a linear or cosine schedule decays");
        f("decay_end", decayEnd, range(0, 1e9), "Step at which it has decayed; 0: the run's last step");
        f("final_rate", finalRate, range(0, 1), "Share of the learning rates that it ends with");
        f("step_every", stepEvery, range(1, 1e9), "Steps after which a step schedule multiplies the learning rates once more");
        f("step_factor", stepFactor, range(1e-6, 1), "What it multiplies them by");
        f("checkpoint_interval", checkpointInterval, range(1, 1e9), "Steps between checkpoints");
        f("keep_checkpoints", keepCheckpoints, range(1, 1e6), "Newest checkpoints that are kept");
        f("keep_every", keepEvery, range(0, 1e9), "Checkpoints at multiples of this many steps are kept for good; 0: none");
        f("sample_interval", sampleInterval, range(1, 1e9), "Steps between sample matrices");
        f("sample_rows", sampleRows, range(1, 16), "Appearances in the sample matrix");
        f("sample_columns", sampleColumns, range(1, 16), "Motions in the sample matrix");
        f("scalar_interval", scalarInterval, range(1, 1e6), "Steps between points of the curves");
        f("norm_interval", normInterval, range(0, 1e9), "Steps between norms of gradients and weights in the curves; 0: never");
        f("metrics", metrics, anything(), "Metrics to measure while training, separated by commas (kinora evaluate --list); empty: none");
        f("metric_interval", metricInterval, range(1, 1e9), "Steps between measurements");
        f("metric_clips", metricClips, range(2, 2048), "Clips of each side in a measurement; fewer where the dataset has fewer");
        f("best_metric", bestMetric, anything(), "One of the metrics: the checkpoint with its best value is kept as the best; empty: the last one is");
        f("alarm_policy", alarmPolicy, choices({"stop", "roll_back", "go_on"}), "When something is not a number, or disk or memory are nearly full: stop, go back to the last good checkpoint, or go on");
        f("balance_policy", balancePolicy, choices({"stop", "roll_back", "go_on"}), "When a discriminator is always right, or the samples have become alike");
        f("saturation_accuracy", saturationAccuracy, range(0.5, 1), "Mean accuracy on real and on generated clips from which a discriminator is saturated; 1: never");
        f("saturation_steps", saturationSteps, range(1, 1e9), "Points of the curves that this mean is over");
        f("collapse_ratio", collapseRatio, range(0, 1), "Share of the data's diversity below which the samples have collapsed; 0: never");
        f("collapse_start", collapseStart, range(0, 1e9), "Step before which samples that are alike raise no alarm: the generator may have learnt nothing yet");
        f("disk_reserve_mb", diskReserveMb, range(0, 1e9), "Free megabytes of the run's disk below which it is nearly full; 0: no alarm");
        f("memory_reserve_mb", memoryReserveMb, range(0, 1e9), "Free megabytes of memory likewise");
        f("roll_back_factor", rollBackFactor, range(1e-3, 1), "What going back multiplies the learning rates by");
        f("roll_backs", rollBacks, range(0, 1000), "How often a run goes back before it stops");
        f("stop_on_nan", stopOnNan, anything(), "false: go on when something is not a number, whatever alarm_policy says");
        f("loader_threads", loaderThreads, range(1, 64), "Threads that prepare clips");
        f("split", split, anything(), "Clips to train on: a split's name, LABEL=VALUE of a class label, or all; empty: train, where the dataset names it");
    }
};

/// `metrics`, and `best_metric` besides where it is not among them.
std::string metricsInTraining(const TrainingOptions& options);

/// The training options that a request may change while a run goes on; besides them, "learning_rate/<optimizer>" and "loss_weight/<name>" of System::lossWeights().
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
        /// Whether a step's scalars are read while the next step is under way, so that a device need not stand still for them; what follows from them, an alarm for
        /// instance, comes a step later. Empty: on any device but the CPU.
        std::optional<bool> readsLater;
        /// What records a step for cuda_graph. Empty: the device's own.
        nn::MakeDeviceGraph makeGraph;
    };
    /// \throws Error (Usage, Incompatible) if the dataset lacks what the system needs or has no clip long enough
    Trainer(Setup setup, RunSink& sink);
    ~Trainer();

    /// Continues from a resumable checkpoint instead of from new weights, bit for bit on a CPU. \throws Error (Incompatible, Damaged)
    void resume(const safetensors::File& checkpoint);

    /// Trains to the last step; pauses, stops and checkpoints as the sink asks. On \p stop the step is finished and saved.
    /// Scalars besides the system's: docs/training.md lists them.
    /// \returns the state reached: Finished, or Stopped
    /// \throws Error (Numerical naming the loss or the parameter, OutOfMemory, DiskFull, ...); what was saved before stays, and nothing that is not a number is saved
    RunState run(std::stop_token stop);

    int64_t step() const;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

}  // namespace kinora
