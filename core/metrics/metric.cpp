#include "core/metrics/metric.h"

#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/random.h"
#include "core/util/text.h"

namespace kinora {
namespace {
/// Whatever a measurement does, a training goes on as if it had not been: random states and the modes of all modules come back.
class Undisturbed {
public:
    explicit Undisturbed(System* system)
    {
        remember(at::globalContext().defaultGenerator(at::kCPU));
        if (!system) return;
        if (!system->device().is_cpu()) remember(at::globalContext().defaultGenerator(system->device()));
        for (const NamedNetwork& network : system->networks())
            for (const auto& module : network.module->modules()) m_modes.emplace_back(module, module->is_training());
    }
    ~Undisturbed()
    {
        for (auto& [generator, state] : m_states) {
            const std::lock_guard lock(generator.mutex());
            generator.set_state(state);
        }
        // parents come first: setting one sets all below it, which are put right after it
        for (const auto& [module, training] : m_modes)
            if (module->is_training() != training) module->train(training);
    }
    Undisturbed(const Undisturbed&) = delete;
    Undisturbed& operator=(const Undisturbed&) = delete;

private:
    void remember(at::Generator generator)
    {
        const std::lock_guard lock(generator.mutex());
        m_states.emplace_back(generator, generator.get_state());
    }
    std::vector<std::pair<at::Generator, torch::Tensor>> m_states;
    std::vector<std::pair<std::shared_ptr<torch::nn::Module>, bool>> m_modes;
};

using Factory = std::unique_ptr<Metric> (*)();
constexpr Factory kMetrics[] = {detail::sampleDiversityMetric, detail::motionEnergyMetric, detail::frechetPixelsMetric, detail::swapConsistencyMetric, detail::factorVarianceMetric, detail::bestOfNMetric};

nlohmann::json number(double value) { return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json(); }
}  // namespace

const MetricValue& MetricResult::at(std::string_view name) const
{
    for (const MetricValue& value : values)
        if (value.name == name) return value;
    throw Error(ErrorCode::Internal, "has no value '" + std::string(name) + "'", metric);
}

std::string MetricResult::protocolHash() const { return sha256(protocol.dump()).substr(0, 12); }

nlohmann::json toJson(const MetricResult& result)
{
    nlohmann::json values = nlohmann::json::array();
    for (const MetricValue& value : result.values) {
        nlohmann::json entry{{"name", value.name}, {"value", number(value.value)}};
        if (value.interval) entry["interval_95"] = {number(value.interval->first), number(value.interval->second)};
        values.push_back(entry);
    }
    return {{"metric", result.metric}, {"values", values}, {"protocol", result.protocol}, {"protocol_hash", result.protocolHash()}, {"subject", result.subject},
            {"details", result.details}, {"notes", result.notes}, {"seconds", result.seconds}};
}

MetricResult Metric::measure(MetricClips& clips, const MetricCall& call)
{
    const auto begin = std::chrono::steady_clock::now();
    const Undisturbed undisturbed(clips.system());
    MetricResult result;
    result.metric = description().id;
    result.protocol = {{"metric", result.metric}, {"version", version()}, {"options", toJson(options())}};
    result.subject = clips.subject();
    compute(clips, call, result);
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return result;
}

std::vector<MetricDescription> describeMetrics()
{
    std::vector<MetricDescription> all;
    for (const Factory factory : kMetrics) all.push_back(factory()->description());
    return all;
}

std::unique_ptr<Metric> makeMetric(std::string_view id, const OptionValues& options)
{
    std::vector<std::string> known;
    for (const Factory factory : kMetrics) {
        std::unique_ptr<Metric> metric = factory();
        known.push_back(metric->description().id);
        if (known.back() != id) continue;
        metric->setOptions(options);
        return metric;
    }
    throw Error(ErrorCode::Usage, "there is no metric '" + std::string(id) + "'" + suggestion(id, known), "--metrics");
}

std::optional<std::pair<double, double>> bootstrapInterval(int64_t n, uint64_t seed, const std::function<double(const std::vector<int64_t>&)>& statistic, int resamples)
{
    if (n < 8) return std::nullopt;
    Random random(seed, 0x626f6f74u);
    std::vector<double> values;
    std::vector<int64_t> cases(static_cast<std::size_t>(n));
    for (int r = 0; r < resamples; ++r) {
        for (int64_t& one : cases) one = random.below(n);
        values.push_back(statistic(cases));
        if (!std::isfinite(values.back())) return std::nullopt;
    }
    std::ranges::sort(values);
    const auto at = [&](double share) { return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5)]; };
    return std::pair{at(0.025), at(0.975)};
}

}  // namespace kinora
