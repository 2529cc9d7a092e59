#pragma once
#include <torch/torch.h>

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "core/dataset/clip_source.h"
#include "core/metrics/metric.h"
#include "core/system/averaged_weights.h"

namespace kinora {

/// Puts LibTorch's CPU generator back where it was: what is drawn for samples and metrics leaves training as it would be without them.
class KeepRandomState {
public:
    KeepRandomState() : m_state(at::detail::getDefaultCPUGenerator().get_state()) {}
    ~KeepRandomState()
    {
        at::Generator generator = at::detail::getDefaultCPUGenerator();
        generator.set_state(m_state);
    }
    KeepRandomState(const KeepRandomState&) = delete;
    KeepRandomState& operator=(const KeepRandomState&) = delete;

private:
    torch::Tensor m_state;
};

/// The ids in a list separated by commas. \throws Error (Usage) for an unknown metric or one that is named twice
std::vector<std::string> metricIds(const std::string& list);

/// Measures the system that is being trained, the same clips every time.
/// Thread: the one that owns the system.
class RunMetrics {
public:
    RunMetrics(System& system, std::shared_ptr<const ClipSource> source, int64_t clips, uint64_t seed);
    /// \param average  measured in place of the trained weights, where there is one
    /// \throws Error as Metric::measure
    MetricResult measure(const std::string& id, int64_t step, AveragedWeights* average, const std::stop_token& stop);

private:
    System& m_system;
    std::shared_ptr<const ClipSource> m_source;
    int64_t m_count;
    uint64_t m_seed;
    std::unique_ptr<MetricClips> m_clips;
    int64_t m_step = -1;  ///< That m_clips has generated clips of.
};

}  // namespace kinora
