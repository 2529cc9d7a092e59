#include "app/engine/bench_train.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/engine/curves_picture.h"
#include "app/engine/flop_count.h"
#include "app/engine/operation_times.h"
#include "app/shared/command_line.h"
#include "core/loader/clip_loader.h"
#include "core/nn/autocast.h"
#include "core/nn/formulation.h"
#include "core/system/generation.h"
#include "core/training/precision.h"
#include "core/training/recorded_step.h"
#include "core/training/update.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/temporary_folder.h"
#ifdef KINORA_WITH_IO
#include <filesystem>

#include "core/clipfile/clip_file.h"
#include "datasets/synthetic/synthetic.h"
#endif

namespace kinora::app {
namespace {
using Clock = std::chrono::steady_clock;
using nlohmann::json;

void synchronise(const torch::Device& device)
{
    if (device.is_cuda()) torch::cuda::synchronize(device.index());
}

/// Keeps the gradients of every update, in order, and updates nothing: Adam's first step goes by their signs, so that rounding in one network would be large in the next.
class Gradients final : public UpdatePolicy {
public:
    std::vector<torch::Tensor> all;

    void update(torch::optim::Optimizer& optimizer, const torch::Tensor& loss) override
    {
        optimizer.zero_grad();
        {
            const nn::NoAutocast full(loss.device().type());
            loss.backward();
        }
        for (const auto& group : optimizer.param_groups())
            for (const torch::Tensor& parameter : group.params()) all.push_back(parameter.grad().defined() ? parameter.grad().detach().to(torch::kFloat64).clone() : torch::zeros({1}, torch::kFloat64));
        optimizer.zero_grad();
    }
};

/// A way to compute steps.
struct Kind {
    const char *name, *precision;
    Formulation formulation;
    bool recorded = false;  ///< Replayed as a CUDA graph.
};
constexpr Kind kKinds[] = {{"plain", "fp32", Formulation::Plain}, {"fast", "fp32", Formulation::Fast}, {"fast", "bf16", Formulation::Fast}};
constexpr Kind kRecordedKinds[] = {{"recorded", "fp32", Formulation::Fast, true}, {"recorded", "bf16", Formulation::Fast, true}};

void requireClipsAlone(const BatchNeeds& needs)
{
    if (!needs.labels.empty() || !needs.streams.empty()) throw Error(ErrorCode::Usage, "needs labels or streams, which this benchmark does not make up", "--system");
}

Batch madeUpBatch(const BatchNeeds& needs, int clips, const torch::Device& device)
{
    torch::manual_seed(1);
    Batch batch;
    batch.clips = torch::rand({std::max(2, clips), 3, needs.frames, needs.height, needs.width}).mul(2).sub(1).to(device);
    return batch;
}

/// A system with a way to compute its steps, and how long they took.
struct Contender {
    std::string name, precision;
    std::unique_ptr<System> system;
    std::vector<double> ms;
    std::unique_ptr<TrainingUpdates> updates;
    std::unique_ptr<RecordedStep> recorded;  // before the updates and the system goes what refers to them
    int64_t step = 0;

    Contender(const Kind& kind, const std::function<std::unique_ptr<System>()>& make) : name(kind.name), precision(kind.precision), system(make())
    {
        if (auto* formulated = dynamic_cast<Formulated*>(system.get())) formulated->setFormulation(kind.formulation);
        system->train(true);
        updates = std::make_unique<TrainingUpdates>(*system);
        system->setUpdatePolicy(updates.get());
        if (kind.recorded) recorded = std::make_unique<RecordedStep>(*system, *updates, nn::deviceGraphs());
    }

    /// One step as the trainer does it.
    double run(const Batch& batch)
    {
        synchronise(system->device());
        const auto started = Clock::now();
        {
            const AutocastScope autocast(precision, system->device());
            updates->beginStep(1, false);
            if (recorded) {
                recorded->run(batch, ++step);
            } else {
                updates->beginPart(0, 1);
                system->trainStep(batch, ++step);
            }
            updates->endStep();
        }
        synchronise(system->device());
        return std::chrono::duration<double, std::milli>(Clock::now() - started).count();
    }
    /// Gradients of a first step with the random numbers of \p seed.
    std::vector<torch::Tensor> gradients(const Batch& batch, uint64_t seed)
    {
        Gradients policy;
        system->setUpdatePolicy(&policy);
        torch::manual_seed(seed);
        const AutocastScope autocast(precision, system->device());
        system->trainStep(batch, ++step);
        system->setUpdatePolicy(updates.get());
        return policy.all;
    }
};

double median(std::vector<double> values)
{
    std::ranges::sort(values);
    return values[values.size() / 2];
}

/// Length of the difference over the length of the reference, all gradients as one vector.
double relativeError(const std::vector<torch::Tensor>& values, const std::vector<torch::Tensor>& reference)
{
    double difference = 0, length = 0;
    for (std::size_t i = 0; i < reference.size(); ++i) {
        difference += (values[i] - reference[i]).square().sum().item<double>();
        length += reference[i].square().sum().item<double>();
    }
    return std::sqrt(difference / std::max(1e-300, length));
}

#ifdef KINORA_WITH_IO
/// Share of the time of a training that it waits for batches: clips out of a file, prepared by one thread while the step goes on.
json stall(Contender& contender, const BatchNeeds& given, int batch, int steps)
{
    BatchNeeds needs = given;
    needs.frameSteps = {1};
    const TemporaryFolder folder;
    std::vector<double> waited;
    double total = 0;
    {
        const std::filesystem::path file = folder.path() / "faces.h5";
        constexpr int kFaces = 16;
        const auto faces = openSynthetic("builtin:faces?clips=" + std::to_string(kFaces) + "&size=" + std::to_string(needs.width) + "&frames=" + std::to_string(needs.frames));
        ClipFileWriter writer(file, {}, {});
        for (int i = 0; i < std::max(64, 2 * batch); ++i) {
            ClipInfo info;
            info.name = std::to_string(i);
            writer.add(info, faces->frames(i % kFaces));
        }
        writer.finish();
        ClipLoader loader(openClipFile(file), needs, ClipLoader::Options{batch, 1, 1});
        for (int i = 0; i <= steps; ++i) {
            const auto started = Clock::now();
            Batch data = loader.next();
            const double wait = std::chrono::duration<double, std::milli>(Clock::now() - started).count();
            data.clips = data.clips.to(contender.system->device());
            const double step = contender.run(data);
            if (i == 0) continue;  // the first batch is waited for by whoever starts at once
            waited.push_back(wait);
            total += wait + step;
        }
    }
    double sum = 0;
    for (const double wait : waited) sum += wait;
    return {{"steps", steps}, {"waited_ms", sum / steps}, {"step_ms", (total - sum) / steps}, {"share", sum / total}};
}
#endif
}  // namespace

json benchTrainProfile(const std::function<std::unique_ptr<System>()>& make, const torch::Device& device, const std::vector<int>& batches)
{
    const BatchNeeds needs = make()->batchNeeds();
    requireClipsAlone(needs);
    if (!device.is_cpu()) throw Error(ErrorCode::Usage, "times calls, which on a GPU return before their work is done; its makers' profilers see that", "--profile");
    const ArithmeticScope arithmetic("tf32", false, device);
    json rows = json::array();
    for (const int given : batches) {
        const Batch batch = madeUpBatch(needs, given, device);
        for (const Kind& kind : kKinds) {
            Contender one(kind, make);
            for (int i = 0; i < 2; ++i) one.run(batch);
            const json operations = operationTimes([&] { one.run(batch); });
            double total = 0;
            std::map<std::string, double> byName;
            for (const json& row : operations) {
                total += row["ms"].get<double>();
                byName[row["name"].get<std::string>()] += row["ms"].get<double>();
            }
            char line[400];
            std::snprintf(line, sizeof line, "train, batch %d, %s %s: %.0f ms a step", static_cast<int>(batch.size()), kind.name, kind.precision, total);
            cli::print(line);
            std::vector<std::pair<double, std::string>> names;
            for (const auto& [name, ms] : byName) names.emplace_back(ms, name);
            std::ranges::sort(names, std::greater<>());
            for (const auto& [ms, name] : names) {
                if (ms < 0.01 * total) continue;
                std::snprintf(line, sizeof line, "  %5.1f %% %8.1f ms  %s", 100 * ms / total, ms, name.c_str());
                cli::print(line);
            }
            cli::print("  of these:");
            for (const json& row : operations) {
                if (row["share"].get<double>() < 0.01) continue;
                std::snprintf(line, sizeof line, "  %5.1f %% %8.1f ms %4d x  %s  %s", 100 * row["share"].get<double>(), row["ms"].get<double>(), row["calls"].get<int>(), row["name"].get<std::string>().c_str(),
                              row["shapes"].get<std::string>().c_str());
                cli::print(line);
            }
            rows.push_back({{"name", std::string("profile ") + kind.name + " " + kind.precision + " batch " + std::to_string(batch.size())}, {"batch", batch.size()}, {"precision", kind.precision}, {"ms", total},
                            {"operations", operations}});
        }
    }
    return rows;
}

json benchTrain(const std::function<std::unique_ptr<System>()>& make, const torch::Device& device, const std::vector<int>& batches, int repeats)
{
    const BatchNeeds needs = make()->batchNeeds();
    requireClipsAlone(needs);
    const ArithmeticScope arithmetic("tf32", false, device);
    const std::map<std::string, double> ceiling = {{"fp32", matrixCeiling(torch::kFloat32, device)}, {"bf16", matrixCeiling(torch::kBFloat16, device)}};
    char line[300];
    std::snprintf(line, sizeof line, "matrix product: %.0f GFLOP/s in fp32, %.0f in bf16", ceiling.at("fp32"), ceiling.at("bf16"));
    cli::print(line);

    json rows = json::array();
    for (const int given : batches) {
        const Batch batch = madeUpBatch(needs, given, device);
        const int64_t clips = batch.size();

        std::vector<Contender> contenders;
        for (const Kind& kind : kKinds) contenders.emplace_back(kind, make);
        if (device.is_cuda() && nn::deviceGraphs())
            for (const Kind& kind : kRecordedKinds) contenders.emplace_back(kind, make);
        // the same weights, clips and random numbers: the first step's gradients are to agree. Those of the plain networks in float64 are taken for the truth
        std::vector<torch::Tensor> plain;
        const double flops = countFlops([&] { plain = contenders[0].gradients(batch, 7); });
        std::vector<double> errors{0}, fromTruth;
        {
            Contender exact(kKinds[0], make);
            for (NamedNetwork& network : exact.system->networks()) network.module->to(torch::kFloat64);
            Batch doubled = batch;
            doubled.clips = batch.clips.to(torch::kFloat64);
            const std::vector<torch::Tensor> truth = exact.gradients(doubled, 7);
            fromTruth.push_back(relativeError(plain, truth));
            for (std::size_t i = 1; i < contenders.size(); ++i) {
                const std::vector<torch::Tensor> fast = contenders[i].gradients(batch, 7);
                errors.push_back(relativeError(fast, plain));
                fromTruth.push_back(relativeError(fast, truth));
            }
        }
        plain.clear();
        std::snprintf(line, sizeof line, "train, batch %d: gradients from those in float64: plain fp32 %.1e, fast fp32 %.1e, fast bf16 %.1e", static_cast<int>(clips), fromTruth[0], fromTruth[1], fromTruth[2]);
        cli::print(line);
        for (Contender& one : contenders) {
            if (!one.recorded) continue;
            for (int i = 0; i <= RecordedStep::kPlainSteps + 1; ++i) one.run(batch);
            if (!one.recorded->recorded()) cli::print("train, batch " + std::to_string(clips) + ", " + one.name + " " + one.precision + ": could not be recorded (the log says why); these are plain steps");
        }
        for (int i = 0; i <= repeats; ++i)
            for (Contender& one : contenders) {
                const double ms = one.run(batch);
                if (i > 0) one.ms.push_back(ms);
            }

        const double baseline = median(contenders[0].ms);
        std::snprintf(line, sizeof line, "train, batch %d, plain fp32: %.0f ms a step, %.0f a clip, %.0f GFLOP/s", static_cast<int>(clips), baseline, baseline / static_cast<double>(clips), flops * 1e-6 / baseline);
        cli::print(line);
        for (std::size_t i = 1; i < contenders.size(); ++i) {
            Contender& one = contenders[i];
            // the kinds take turns: what else the machine does meets a round, not a kind
            std::vector<double> ratios;
            for (std::size_t k = 0; k < one.ms.size(); ++k) ratios.push_back(contenders[0].ms[k] / one.ms[k]);
            const double ms = median(one.ms), speedup = median(ratios), reached = flops * 1e-6 / ms;
            const auto [least, most] = std::ranges::minmax(ratios);
            std::snprintf(line, sizeof line, "train, batch %d, %s %s: %.0f ms a step, %.0f a clip, %.2f times as fast (%.2f to %.2f), gradients within %.1e, %.0f GFLOP/s (%.0f %% of the matrix product)",
                          static_cast<int>(clips), one.name.c_str(), one.precision.c_str(), ms, ms / static_cast<double>(clips), speedup, least, most, errors[i], reached,
                          100 * reached / ceiling.at(one.precision));
            cli::print(line);
            json row = {{"name", std::string("train ") + (one.recorded ? "recorded " : "") + one.precision + " batch " + std::to_string(clips)}, {"recorded", one.recorded && one.recorded->recorded()}, {"batch", clips}, {"precision", one.precision}, {"baseline_ms", baseline}, {"kinora_ms", ms},
                        {"speedup", speedup}, {"rel_error", errors[i]}, {"rel_error_to_float64", fromTruth[i]}, {"rel_error_to_float64_of_plain", fromTruth[0]}, {"gflops", reached}, {"spread", {least, most}}, {"ceiling_gflops", ceiling.at(one.precision)}, {"ms_per_clip", ms / static_cast<double>(clips)},
                        {"gflop", flops * 1e-9}, {"repeats", repeats}};
#ifdef KINORA_WITH_IO
            const json waits = stall(one, needs, static_cast<int>(clips), std::max(4, repeats));
            std::snprintf(line, sizeof line, "train, batch %d, %s %s: %.2f %% of the time spent waiting for data (%.2f ms a step)", static_cast<int>(clips), one.name.c_str(), one.precision.c_str(),
                          100 * waits["share"].get<double>(), waits["waited_ms"].get<double>());
            cli::print(line);
            row["loading"] = waits;
#endif
            rows.push_back(row);
        }
    }
    return rows;
}

json benchCurves(const std::function<std::unique_ptr<System>()>& make, const torch::Device& device, int batch, int steps, int seeds, const std::string& picture)
{
#ifdef KINORA_WITH_IO
    constexpr int kFaces = 48, kWindow = 20;
    const BatchNeeds needs = make()->batchNeeds();
    requireClipsAlone(needs);
    if (needs.width != needs.height) throw Error(ErrorCode::Usage, "needs clips that this benchmark does not make", "--system");
    if (steps < 2 * kWindow || steps % kWindow != 0) throw Error(ErrorCode::Usage, "needs 40 steps or more, and whole twenties of them", "--curves");
    if (seeds < 2) throw Error(ErrorCode::Usage, "needs two seeds or more: their difference is what others are measured by", "--seeds");
    const auto source = openSynthetic("builtin:faces?clips=" + std::to_string(kFaces) + "&size=" + std::to_string(needs.width) + "&frames=" + std::to_string(needs.frames));
    std::vector<torch::Tensor> all;
    for (int i = 0; i < kFaces; ++i) all.push_back(fromFrames(source->frames(i)));
    const torch::Tensor faces = torch::stack(all);
    const ArithmeticScope arithmetic("tf32", false, device);

    using Curves = std::map<std::string, std::vector<double>>;
    const auto train = [&](const Kind& kind, int seed) {
        Contender one(kind, make);
        torch::manual_seed(static_cast<uint64_t>(seed));
        Curves curves;
        for (int step = 0; step < steps; ++step) {
            Batch data;
            data.clips = faces.index_select(0, torch::randint(kFaces, {batch}, torch::kInt64)).to(device);
            const AutocastScope autocast(kind.precision, device);
            one.updates->beginStep(1, false);
            one.updates->beginPart(0, 1);
            const StepScalars scalars = one.system->trainStep(data, step + 1);
            one.updates->endStep();
            for (const auto& [name, value] : scalars) {
                if (!name.starts_with("loss/")) continue;
                std::vector<double>& means = curves[name];
                means.resize(static_cast<std::size_t>(step / kWindow + 1));
                means.back() += value.item<double>() / kWindow;
            }
        }
        one.system->setUpdatePolicy(nullptr);
        return curves;
    };
    std::map<std::string, LossCurves> losses;
    for (const Kind& kind : kKinds)
        for (int seed = 1; seed <= seeds; ++seed)
            for (auto& [name, curve] : train(kind, seed)) {
                LossCurves& loss = losses[name];
                loss.loss = name;
                const std::string kindName = std::string(kind.name) + " " + kind.precision;
                if (loss.kinds.empty() || loss.kinds.back() != kindName) {
                    loss.kinds.push_back(kindName);
                    loss.values.emplace_back();
                }
                loss.values.back().push_back(std::move(curve));
            }
    const auto apart = [](const std::vector<double>& a, const std::vector<double>& b) {
        double sum = 0;
        for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
        return sum / static_cast<double>(a.size());
    };
    const auto bySeed = [&](const auto& distance) {  // root mean square over the seeds
        double sum = 0;
        for (int seed = 0; seed < seeds; ++seed) sum += distance(static_cast<std::size_t>(seed));
        return std::sqrt(sum / seeds);
    };
    json rows = json::array();
    std::vector<LossCurves> shown;
    for (const auto& [name, loss] : losses) {
        const auto& plain = loss.values[0];
        const double noise = bySeed([&](std::size_t seed) { return apart(plain[seed], plain[(seed + 1) % plain.size()]); });
        const auto from = [&](std::size_t kind) { return bySeed([&](std::size_t seed) { return apart(plain[seed], loss.values[kind][seed]); }); };
        const auto last = [&](std::size_t kind) { return bySeed([&](std::size_t seed) { return loss.values[kind][seed].back() * loss.values[kind][seed].back(); }); };
        const bool within = from(1) <= noise && from(2) <= noise;
        char line[300];
        std::snprintf(line, sizeof line, "curves, %s: two seeds of plain fp32 %.4f apart; from plain fp32 with the same seed fast fp32 %.4f, fast bf16 %.4f: %s; in the last %d steps %.3f, %.3f, %.3f", name.c_str(), noise, from(1),
                      from(2), within ? "within noise" : "NOT within noise", kWindow, last(0), last(1), last(2));
        cli::print(line);
        rows.push_back({{"name", name}, {"seeds_apart", noise}, {"fp32_apart", from(1)}, {"bf16_apart", from(2)}, {"within_noise", within}, {"kinds", loss.kinds}, {"values", loss.values}, {"steps", steps},
                        {"steps_per_value", kWindow}, {"seeds", seeds}, {"batch", batch}});
        shown.push_back(loss);
    }
    if (!picture.empty()) writeFile(picture, curvesPicture(shown, kWindow));
    return rows;
#else
    (void)make, (void)device, (void)batch, (void)steps, (void)seeds, (void)picture;
    throw Error(ErrorCode::Usage, "renders faces, which this engine-only build cannot", "--curves");
#endif
}

}  // namespace kinora::app
