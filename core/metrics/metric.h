#pragma once
// The interface of an evaluation metric and the list of those there are.
//
// To add a metric: derive from OptionedMetric in a file of its own here, add one line to the list in metric.cpp and a section to docs/metrics.md, with a test that
// knows the answer. Change its version whenever the same clips would give another number.
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/describe/describe.h"
#include "core/metrics/metric_clips.h"
#include "core/options/options.h"

namespace kinora {

/// One figure of a measurement.
struct MetricValue {
    std::string name;  ///< "real", "ratio"; the headline has the metric's id.
    double value = 0;  ///< NaN: not defined here, and a note says why.
    std::optional<std::pair<double, double>> interval;  ///< 95 %, by bootstrap over the clips that were measured.
};

/// Figures of one measurement with all that is needed to know what they mean.
struct MetricResult {
    std::string metric;
    std::vector<MetricValue> values;  ///< The headline first.
    nlohmann::json protocol;          ///< What two numbers must share to be compared: version, options, clips, seeds, frames, size, range, dataset, extractor.
    nlohmann::json subject;           ///< What was measured: checkpoint, SHA-256, system, step.
    nlohmann::json details = nlohmann::json::object();  ///< Tables: factors, matrices.
    std::vector<std::string> notes;   ///< What a reader must know: a low rank, a factor left out.
    double seconds = 0;

    double value() const { return values.empty() ? std::numeric_limits<double>::quiet_NaN() : values.front().value; }
    /// \throws Error (Internal) if there is no such value
    const MetricValue& at(std::string_view name) const;
    /// Twelve hexadecimal digits of the protocol's SHA-256: figures with different ones were made differently.
    std::string protocolHash() const;
};
nlohmann::json toJson(const MetricResult& result);

/// Measures one property of generated clips.
///
/// The same on a checkpoint and, between two steps of a training, on the trainer's own system: modes, buffers and random states are as before when measure() returns or throws.
/// Deterministic for a seed on a CPU. Thread: the one that owns the system.
class Metric {
public:
    virtual ~Metric() = default;
    virtual MetricDescription description() const = 0;
    virtual OptionValues options() const = 0;
    /// \throws Error (Usage) for an unknown key or a value outside its limits
    virtual void setOptions(const OptionValues& values) = 0;
    /// Looks whether the system and the dataset have what it takes, and measures nothing: for a list of metrics, before the first of them.
    /// \throws Error (Usage), as measure() would
    virtual void check(const MetricClips& /*clips*/) const {}
    /// \throws Error (Usage for a dataset or system that does not fit, Cancelled, Numerical, OutOfMemory)
    MetricResult measure(MetricClips& clips, const MetricCall& call = {});

protected:
    virtual int version() const = 0;
    /// Fills values, protocol (its own entries), details and notes.
    virtual void compute(MetricClips& clips, const MetricCall& call, MetricResult& result) = 0;
};

/// A metric whose options are a described struct.
template <class Options>
class OptionedMetric : public Metric {
public:
    OptionValues options() const override { return optionValues(m_options); }
    void setOptions(const OptionValues& values) override { applyOptions(m_options, values); }

protected:
    Options m_options;
};

/// Every metric with its options' defaults.
std::vector<MetricDescription> describeMetrics();
/// \throws Error (Usage) naming the nearest known id
std::unique_ptr<Metric> makeMetric(std::string_view id, const OptionValues& options = {});

/// 95 % percentile interval of a statistic over \p resamples draws with replacement from \p n cases; the statistic gets the chosen cases' numbers.
///
/// Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, section 13.3.
/// \returns nothing for fewer than 8 cases or if the statistic is not finite in a draw
std::optional<std::pair<double, double>> bootstrapInterval(int64_t n, uint64_t seed, const std::function<double(const std::vector<int64_t>&)>& statistic, int resamples = 1000);

namespace detail {
std::unique_ptr<Metric> sampleDiversityMetric();
std::unique_ptr<Metric> motionEnergyMetric();
std::unique_ptr<Metric> frechetPixelsMetric();
std::unique_ptr<Metric> swapConsistencyMetric();
std::unique_ptr<Metric> factorVarianceMetric();
std::unique_ptr<Metric> bestOfNMetric();
}  // namespace detail

}  // namespace kinora
