#pragma once
#include "core/system/system.h"
#include "datasets/synthetic/synthetic.h"

namespace kinora::app {

/// A built-in dataset's renderer as a system: each of its two codes, one number, is the seed of its half of the factors. Appearance and motion are separate by construction,
/// so that it is the yardstick for what a metric of separation can reach.
class RenderedSystem final : public System {
public:
    /// \param leakingMotion  share of the motion factors, the last ones, that follow the appearance code instead of the motion code: a leak that is known
    RenderedSystem(SyntheticKind kind, int size, int frames, double leakingMotion = 0);
    SystemDescription describe() const override;
    OptionValues options() const override { return {}; }
    std::vector<NamedNetwork> networks() override { return {}; }
    std::vector<NamedOptimizer> optimizers() override { return {}; }
    BatchNeeds batchNeeds() const override;
    StepScalars trainStep(const Batch& batch, int64_t step) override;
    torch::Tensor generate(const ControlTensors& controls, int frames, uint64_t seed) override;

private:
    SyntheticKind m_kind;
    int m_size, m_frames;
    double m_leakingMotion;
};

/// The kind that a built-in dataset's name begins with. \throws Error (Usage) for another dataset
SyntheticKind syntheticKind(const std::string& dataset);

}  // namespace kinora::app
