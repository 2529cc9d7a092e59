#include "core/training/run_metrics.h"

#include <algorithm>

#include "core/training/metric_controls.h"
#include "core/util/error.h"
#include "core/util/text.h"
#include "kinora_version.h"

namespace kinora {
namespace {
constexpr int64_t kSamplesWhileTraining = 4;  // of every clip, where a metric takes the best of several: the paper's hundred would hold the training up
}

std::vector<std::string> metricIds(const std::string& list)
{
    std::vector<std::string> ids;
    for (const std::string& part : split(list, ',')) {
        const std::string id = trimmed(part);
        if (id.empty()) continue;
        makeMetric(id);
        if (std::ranges::find(ids, id) != ids.end()) throw Error(ErrorCode::Usage, "'" + id + "' is named twice", "metrics");
        ids.push_back(id);
    }
    return ids;
}

RunMetrics::RunMetrics(System& system, std::shared_ptr<const ClipSource> source, int64_t clips, uint64_t seed) : m_system(system), m_source(std::move(source)), m_count(clips), m_seed(seed) {}

MetricResult RunMetrics::measure(const std::string& id, int64_t step, AveragedWeights* average, const std::stop_token& stop)
{
    const KeepRandomState keep;
    const AveragedWeights::InUse inUse(average);
    if (!m_clips) {
        MetricClips::Setup setup;
        setup.system = &m_system;
        setup.real = m_source;
        setup.seed = m_seed;
        setup.given = metricControls(m_system, m_source);
        m_clips = std::make_unique<MetricClips>(std::move(setup));
    }
    if (m_step != step) m_clips->forgetGenerated();
    m_step = step;
    m_clips->setSubject({{"system", m_system.describe().id}, {"step", step}, {"weights", average ? "averaged" : "raw"}, {"trained_on", m_source->name()}, {"device", m_system.device().str()},
                         {"kinora", KINORA_VERSION}});
    const std::unique_ptr<Metric> metric = makeMetric(id);
    OptionValues options;
    if (metric->options().contains("clips")) options["clips"] = std::min(m_count, m_clips->realAvailable());
    if (metric->options().contains("samples")) options["samples"] = kSamplesWhileTraining;
    metric->setOptions(options);
    MetricCall call;
    call.stop = stop;
    return metric->measure(*m_clips, call);
}

}  // namespace kinora
