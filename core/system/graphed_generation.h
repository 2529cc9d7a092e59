#pragma once
// Generation on a GPU by a recorded graph per shape, instead of one launch after the other.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/nn/device_graphs.h"
#include "core/system/recordable_plan.h"
#include "core/system/system.h"

namespace kinora {

/// A plan's generate(), or System::generate, recorded the second time a shape is asked for, and trusted only after it has agreed with the plain modules for other values and another seed.
/// Where recording fails (no memory, an operation that waits for the device) or the numbers differ, that shape goes on without a recording, and the log says so once.
/// Recordings follow weights that change in place (a plan prepares them anew at the same place), and are dropped when weights move. Thread: the system's own.
class GraphedGeneration final : public GenerationPlan {
public:
    static constexpr std::size_t kMostGraphs = 8;  ///< Each keeps its intermediate results; the one used longest ago goes.

    /// \param plan  what is recorded; null: the plain modules
    GraphedGeneration(System& system, nn::MakeDeviceGraph make, std::unique_ptr<RecordablePlan> plan = nullptr) : m_system(&system), m_make(std::move(make)), m_plan(std::move(plan)) {}
    torch::Tensor generate(const ControlTensors& controls, int frames, uint64_t seed) override;
    PlanPrecision precision() const override { return m_plan ? m_plan->precision() : PlanPrecision::Float32; }
    std::string description() const override { return (m_plan ? m_plan->description() : "plain modules") + ", recorded as a CUDA graph for each shape"; }
    std::size_t recorded() const;  ///< How many shapes are replayed now.

private:
    struct Shape {
        int calls = 0;
        uint64_t lastUse = 0;
        ControlTensors inputs;
        torch::Tensor output;
        std::unique_ptr<nn::DeviceGraph> graph;  // null: not yet, or never
        bool refused = false;
    };
    torch::Tensor eagerly(const ControlTensors& controls, int frames, uint64_t seed) { return m_plan ? m_plan->generate(controls, frames, seed) : m_system->generate(controls, frames, seed); }
    bool weightsStay();
    void record(Shape& shape, const ControlTensors& controls, int frames, uint64_t seed);
    void makeRoom();

    System* m_system;
    nn::MakeDeviceGraph m_make;
    std::unique_ptr<RecordablePlan> m_plan;
    std::map<std::string, Shape> m_shapes;
    uint64_t m_calls = 0, m_weights = 0;
};

/// By how much clips may differ that the plain modules and something else make on a GPU in float32, over their largest value: 1e-4, or what rounding to TF32 makes of that where it is allowed.
double largestDifferenceOnDevice();

/// \p plan, or without one the plain modules, recorded where the device has graphs (and a plan allows it); elsewhere \p plan itself, which may be null.
std::unique_ptr<GenerationPlan> recordedWherePossible(System& system, std::unique_ptr<GenerationPlan> plan);

}  // namespace kinora
