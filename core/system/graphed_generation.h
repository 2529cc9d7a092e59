#pragma once
// Generation on a GPU by a recorded graph per shape, instead of one launch after the other.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/nn/device_graphs.h"
#include "core/system/system.h"

namespace kinora {

/// System::generate, recorded the second time a shape is asked for, and trusted only after it has agreed with the plain modules for other values and another seed.
/// Where recording fails (no memory, an operation that waits for the device) or the numbers differ, that shape goes on by the plain modules, and the log says so once.
/// Recordings follow weights that change in place, and are dropped when weights move. Thread: the system's own.
class GraphedGeneration final : public GenerationPlan {
public:
    static constexpr std::size_t kMostGraphs = 8;      ///< Each keeps its intermediate results; the one used longest ago goes.
    static constexpr double kLargestDifference = 1e-4;  ///< Over the largest value of the clips.

    GraphedGeneration(System& system, nn::MakeDeviceGraph make) : m_system(&system), m_make(std::move(make)) {}
    torch::Tensor generate(const ControlTensors& controls, int frames, uint64_t seed) override;
    PlanPrecision precision() const override { return PlanPrecision::Float32; }
    std::string description() const override { return "plain modules, recorded as a CUDA graph for each shape"; }
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
    void record(Shape& shape, const ControlTensors& controls, int frames, uint64_t seed);
    void makeRoom();

    System* m_system;
    nn::MakeDeviceGraph m_make;
    std::map<std::string, Shape> m_shapes;
    uint64_t m_calls = 0, m_weights = 0;
};

}  // namespace kinora
