#pragma once
// Training on a GPU by a recorded step, instead of some thousand launches one after the other.
#include <memory>
#include <string>
#include <vector>

#include "core/nn/device_graphs.h"
#include "core/nn/fused_adam.h"
#include "core/system/system.h"
#include "core/training/update.h"

namespace kinora {

/// System::trainStep() of batches of one shape, recorded once and replayed with other clips, draws, counts and learning rates.
///
/// The first steps are made as ever, so that the optimizers have their states. The next one is made as ever, too, then recorded with other inputs and replayed with the right ones: only if
/// weights, buffers and losses come out as before, replays take over. Otherwise, or where recording fails (no memory, an operation that waits for the device), the steps go on as ever, the log
/// says why, and nothing of the attempt remains.
/// A recording is forgotten when the shape of the batches, a loss weight or the clipping changes, and when weights or optimizers' states move to other memory.
/// Thread: the trainer's.
class RecordedStep {
public:
    static constexpr int kPlainSteps = 2;               ///< After the first one, which makes the optimizers' states.
    static constexpr double kLargestDifference = 0.05;  ///< Of what a step changes, by network: atomic sums may be in another order, and Adam goes by signs where gradients are small.
    static constexpr double kLargestLossDifference = 0.01;  ///< To 1 + the loss.

    /// All of them outlive it.
    RecordedStep(System& system, TrainingUpdates& updates, nn::MakeDeviceGraph make) : m_system(&system), m_updates(&updates), m_make(std::move(make)) {}
    ~RecordedStep() { forget(); }
    RecordedStep(const RecordedStep&) = delete;
    RecordedStep& operator=(const RecordedStep&) = delete;

    /// Why steps of this system with these updates cannot be recorded; empty: they can.
    static std::string obstacle(System& system, const TrainingUpdates::Settings& settings, int64_t parts);

    /// One step, within TrainingUpdates::beginStep(1, ...) and endStep(). What it returns must be read, or its reading be put into the device's queue, before the next one.
    StepScalars run(const Batch& batch, int64_t step);
    void forget();
    bool recorded() const { return m_graph != nullptr; }

private:
    StepScalars plain(const Batch& batch, int64_t step);
    void work(int64_t step);
    StepScalars record(const Batch& batch, int64_t step);
    std::string difference(const StepScalars& wanted, const std::vector<std::vector<torch::Tensor>>& before, const std::vector<std::vector<torch::Tensor>>& after);
    std::vector<nn::FusedAdam*> optimizers();
    std::vector<std::vector<torch::Tensor>> state();
    std::string keyOf(const Batch& batch);

    System* m_system;
    TrainingUpdates* m_updates;
    nn::MakeDeviceGraph m_make;

    std::string m_key;
    int m_steps = 0;         // of this key
    bool m_refused = false;  // likewise
    std::unique_ptr<nn::DeviceGraph> m_graph;
    Batch m_inputs;
    StepScalars m_scalars;
    TrainingUpdates::Recorded m_norms;
};

}  // namespace kinora
