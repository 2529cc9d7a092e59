#pragma once
// A trainer with everything in memory, for the tests of training.
#include <torch/torch.h>

#include <QtTest>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/dataset/run_sink.h"
#include "core/training/trainer.h"
#include "core/util/error.h"
#include "tests/support/test_clips.h"
#include "tests/support/toy_systems.h"

namespace kinora::test {

/// Keeps everything in memory and answers from a script: what to ask at which step.
class MemorySink final : public RunSink {
public:
    std::map<std::int64_t, std::vector<std::pair<std::string, double>>> curves;
    std::map<std::int64_t, std::vector<Frames>> matrices;
    std::map<std::int64_t, std::string> checkpoints;
    std::vector<RunProgress> reports;
    std::map<std::int64_t, std::vector<std::pair<std::string, double>>> measured;  // diversity and metrics, which come after a step's other scalars
    std::vector<std::pair<std::string, nlohmann::json>> events;                    // with their step
    std::vector<std::pair<std::int64_t, double>> bests;
    std::optional<std::uint64_t> free;
    std::vector<std::pair<std::string, std::string>> answers;  // key or kind, problem
    std::multimap<std::int64_t, RunRequest> script;            // by the step from which it is asked
    std::optional<ErrorCode> failSaving;

    std::function<void(std::int64_t)> afterStep;

    void scalars(std::int64_t step, double, const std::vector<std::pair<std::string, double>>& values) override
    {
        const bool later = !values.empty() && (values[0].first.starts_with("diversity/") || values[0].first.starts_with("metric/"));
        if (later) {
            measured[step].insert(measured[step].end(), values.begin(), values.end());
            return;
        }
        curves[step] = values;
        if (afterStep) afterStep(step);
    }
    void samples(std::int64_t step, const std::vector<Frames>& clips, int rows, int columns, double) override
    {
        QCOMPARE(clips.size(), static_cast<std::size_t>(rows * columns));
        matrices[step] = clips;
    }
    void checkpoint(std::int64_t step, const std::string& bytes) override
    {
        if (failSaving) throw Error(*failSaving, "the disk is full");
        checkpoints[step] = bytes;
    }
    void progress(const RunProgress& progress) override { reports.push_back(progress); }
    void best(std::int64_t step, const std::string&, double value, bool) override
    {
        QVERIFY(checkpoints.contains(step));
        bests.emplace_back(step, value);
    }
    std::unique_ptr<safetensors::File> rollBack() override
    {
        if (checkpoints.empty()) return nullptr;
        const auto& [step, bytes] = *checkpoints.rbegin();
        curves.erase(curves.upper_bound(step), curves.end());
        return std::make_unique<safetensors::File>(std::as_bytes(std::span(bytes.data(), bytes.size())), "memory");
    }
    std::optional<std::uint64_t> freeBytes() override { return free; }
    void event(const std::string& kind, std::int64_t step, const nlohmann::json& details) override
    {
        events.emplace_back(kind, details);
        events.back().second["step"] = step;
    }
    /// The details of the events of a kind.
    std::vector<nlohmann::json> eventsOf(const std::string& kind) const
    {
        std::vector<nlohmann::json> list;
        for (const auto& [name, details] : events)
            if (name == kind) list.push_back(details);
        return list;
    }
    double curve(std::int64_t step, const std::string& tag) const
    {
        for (const auto* curve : {&curves, &measured})
            if (const auto found = curve->find(step); found != curve->end())
                for (const auto& [name, value] : found->second)
                    if (name == tag) return value;
        return std::numeric_limits<double>::quiet_NaN();
    }
    std::optional<RunRequest> poll() override
    {
        const std::int64_t step = reports.empty() ? 0 : reports.back().step;
        if (script.empty() || script.begin()->first > step) return std::nullopt;
        return script.begin()->second;
    }
    void done(const RunRequest& request, const std::string& problem) override
    {
        answers.emplace_back(request.key, problem);
        script.erase(script.begin());
    }
};

inline RunRequest request(RunRequest::Kind kind, const std::string& key = {}, const std::string& value = {})
{
    RunRequest made;
    made.kind = kind;
    made.key = key;
    made.value = value;
    return made;
}

struct Settings {
    std::int64_t steps = 6;
    OptionValues system;
    std::function<void(TrainingOptions&)> change;
    TestClips::Options clips;
    std::optional<bool> readsLater;
};

inline Trainer::Setup setupOf(const std::string& id, const Settings& settings = {})
{
    torch::manual_seed(3);
    Trainer::Setup setup;
    setup.system = findSystem(toyCatalogue(), id).create(settings.system);
    setup.source = std::make_shared<TestClips>(settings.clips);
    setup.options.batchSize = 4;
    setup.options.sampleRows = 2;
    setup.options.sampleColumns = 3;
    if (settings.change) settings.change(setup.options);
    setup.seed = 3;
    setup.totalSteps = settings.steps;
    setup.readsLater = settings.readsLater;
    return setup;
}

inline safetensors::File opened(const std::string& bytes) { return {std::as_bytes(std::span(bytes.data(), bytes.size())), "memory"}; }

/// The tensors of two checkpoints, bit for bit. \returns the first name that differs
inline std::string difference(const std::string& a, const std::string& b)
{
    const safetensors::File left = opened(a), right = opened(b);
    if (left.tensors().size() != right.tensors().size()) return "another number of tensors";
    for (const auto& [name, view] : left.tensors()) {
        if (!right.contains(name)) return name + " is missing";
        const auto& other = right.at(name);
        if (view.shape != other.shape || view.bytes.size() != other.bytes.size() || std::memcmp(view.bytes.data(), other.bytes.data(), view.bytes.size()) != 0) return name;
    }
    for (const char* key : {"loader", "training_state", "optimizers", "step"})
        if (left.metadata().at(key) != right.metadata().at(key)) return std::string("metadata ") + key;
    return {};
}

template <class Work>
std::optional<Error> errorOf(Work&& work)
{
    try {
        work();
    } catch (const Error& error) {
        return error;
    }
    return std::nullopt;
}

/// Changes the header of a checkpoint.
inline std::string changed(const std::string& bytes, const std::function<void(std::map<std::string, safetensors::TensorSource>&, std::map<std::string, std::string>&)>& change)
{
    const safetensors::File file = opened(bytes);
    std::map<std::string, safetensors::TensorSource> tensors;
    for (const auto& [name, view] : file.tensors()) tensors[name] = {view.type, view.shape, view.bytes};
    std::map<std::string, std::string> metadata = file.metadata();
    change(tensors, metadata);
    return safetensors::serialize(tensors, metadata);
}

}  // namespace kinora::test
