#include "app/engine/bench_train.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/engine/flop_count.h"
#include "app/shared/command_line.h"
#include "core/loader/clip_loader.h"
#include "core/nn/autocast.h"
#include "core/nn/formulation.h"
#include "core/system/generation.h"
#include "core/training/precision.h"
#include "core/training/update.h"
#include "core/util/error.h"
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

/// A system with a way to compute its steps, and how long they took.
struct Contender {
    std::string name, precision;
    std::unique_ptr<System> system;
    std::vector<double> ms;
    std::unique_ptr<TrainingUpdates> updates;
    int64_t step = 0;

    /// One step as the trainer does it.
    double run(const Batch& batch)
    {
        synchronise(system->device());
        const auto started = Clock::now();
        {
            const AutocastScope autocast(precision, system->device());
            updates->beginStep(1, false);
            updates->beginPart(0, 1);
            system->trainStep(batch, ++step);
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

constexpr double kRounding = 1.2e-7;  // of float32

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

json benchTrain(const std::function<std::unique_ptr<System>()>& make, const torch::Device& device, const std::vector<int>& batches, int repeats)
{
    const BatchNeeds needs = make()->batchNeeds();
    if (!needs.labels.empty() || !needs.streams.empty()) throw Error(ErrorCode::Usage, "needs labels or streams, which this benchmark does not make up", "--system");
    const ArithmeticScope arithmetic("tf32", false, device);
    const std::map<std::string, double> ceiling = {{"fp32", matrixCeiling(torch::kFloat32, device)}, {"bf16", matrixCeiling(torch::kBFloat16, device)}};
    char line[300];
    std::snprintf(line, sizeof line, "matrix product: %.0f GFLOP/s in fp32, %.0f in bf16", ceiling.at("fp32"), ceiling.at("bf16"));
    cli::print(line);

    json rows = json::array();
    for (const int given : batches) {
        Batch batch;
        torch::manual_seed(1);
        batch.clips = torch::rand({std::max(2, given), 3, needs.frames, needs.height, needs.width}).mul(2).sub(1).to(device);
        const int64_t clips = batch.size();

        std::vector<Contender> contenders;
        for (const auto& [name, precision, formulation] : {std::tuple{"plain", "fp32", Formulation::Plain}, {"fast", "fp32", Formulation::Fast}, {"fast", "bf16", Formulation::Fast}}) {
            Contender& one = contenders.emplace_back();
            one.name = name;
            one.precision = precision;
            one.system = make();
            if (auto* formulated = dynamic_cast<Formulated*>(one.system.get())) formulated->setFormulation(formulation);
            one.system->train(true);
            one.updates = std::make_unique<TrainingUpdates>(*one.system);
        }
        // the same weights, clips and random numbers: the first step's gradients are to agree
        std::vector<torch::Tensor> reference;
        const double flops = countFlops([&] { reference = contenders[0].gradients(batch, 7); });
        std::vector<double> errors{0};
        for (std::size_t i = 1; i < contenders.size(); ++i) errors.push_back(relativeError(contenders[i].gradients(batch, 7), reference));
        // how far rounding alone takes the plain gradients apart: ReLUs near zero switch, and the gradient is not continuous there
        double floor = 0;
        {
            Contender nudged;
            nudged.precision = "fp32";
            nudged.system = make();
            if (auto* formulated = dynamic_cast<Formulated*>(nudged.system.get())) formulated->setFormulation(Formulation::Plain);
            nudged.system->train(true);
            nudged.updates = std::make_unique<TrainingUpdates>(*nudged.system);
            const torch::NoGradGuard noGradient;
            for (NamedNetwork& network : nudged.system->networks())
                for (torch::Tensor& weight : network.module->parameters()) weight.mul_(torch::randn_like(weight).mul(kRounding).add(1));
            const torch::AutoGradMode gradients(true);
            floor = relativeError(nudged.gradients(batch, 7), reference);
        }
        std::snprintf(line, sizeof line, "train, batch %d, plain fp32 with weights changed by %.1e of themselves: gradients within %.1e", static_cast<int>(clips), kRounding, floor);
        cli::print(line);
        reference.clear();
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
            json row = {{"name", "train " + one.precision + " batch " + std::to_string(clips)}, {"batch", clips}, {"precision", one.precision}, {"baseline_ms", baseline}, {"kinora_ms", ms},
                        {"speedup", speedup}, {"rel_error", errors[i]}, {"rel_error_of_rounding", floor}, {"gflops", reached}, {"spread", {least, most}}, {"ceiling_gflops", ceiling.at(one.precision)}, {"ms_per_clip", ms / static_cast<double>(clips)},
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

json benchCurves(const std::function<std::unique_ptr<System>()>& make, const torch::Device& device, int batch, int steps)
{
#ifdef KINORA_WITH_IO
    constexpr int kFaces = 48, kSeeds = 3, kWindow = 20;
    const BatchNeeds needs = make()->batchNeeds();
    if (!needs.labels.empty() || !needs.streams.empty() || needs.width != needs.height) throw Error(ErrorCode::Usage, "needs clips that this benchmark does not make", "--system");
    if (steps < 2 * kWindow) throw Error(ErrorCode::Usage, "needs at least 40 steps", "--curves");
    const auto source = openSynthetic("builtin:faces?clips=" + std::to_string(kFaces) + "&size=" + std::to_string(needs.width) + "&frames=" + std::to_string(needs.frames));
    std::vector<torch::Tensor> all;
    for (int i = 0; i < kFaces; ++i) all.push_back(fromFrames(source->frames(i)));
    const torch::Tensor faces = torch::stack(all);
    const ArithmeticScope arithmetic("tf32", false, device);

    using Curves = std::map<std::string, std::vector<double>>;
    const auto train = [&](const std::string& precision, int seed) {
        Contender one;
        one.precision = precision;
        one.system = make();
        one.system->train(true);
        one.updates = std::make_unique<TrainingUpdates>(*one.system);
        one.system->setUpdatePolicy(one.updates.get());
        torch::manual_seed(static_cast<uint64_t>(seed));
        Curves curves;
        for (int step = 0; step < steps; ++step) {
            Batch data;
            data.clips = faces.index_select(0, torch::randint(kFaces, {batch}, torch::kInt64)).to(device);
            const AutocastScope autocast(precision, device);
            one.updates->beginStep(1, false);
            one.updates->beginPart(0, 1);
            const StepScalars scalars = one.system->trainStep(data, step + 1);
            one.updates->endStep();
            for (const auto& [name, value] : scalars) {
                if (!name.starts_with("loss/")) continue;
                std::vector<double>& means = curves[name];
                means.resize(static_cast<std::size_t>(step / kWindow + 1));
                means.back() += value.item<double>() / std::min(kWindow, steps - step / kWindow * kWindow);
            }
        }
        one.system->setUpdatePolicy(nullptr);
        return curves;
    };
    std::vector<Curves> full, half;
    for (int seed = 1; seed <= kSeeds; ++seed) {
        full.push_back(train("fp32", seed));
        half.push_back(train("bf16", seed));
    }
    const auto apart = [](const std::vector<double>& a, const std::vector<double>& b) {
        double sum = 0;
        for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
        return sum / static_cast<double>(a.size());
    };
    json rows = json::array();
    for (const auto& [name, first] : full[0]) {
        double precisions = 0, seeds = 0;
        for (int i = 0; i < kSeeds; ++i) {
            precisions += apart(full[static_cast<std::size_t>(i)].at(name), half[static_cast<std::size_t>(i)].at(name)) / kSeeds;
            seeds += apart(full[static_cast<std::size_t>(i)].at(name), full[static_cast<std::size_t>((i + 1) % kSeeds)].at(name)) / kSeeds;
        }
        char line[200];
        std::snprintf(line, sizeof line, "curves, %s: fp32 and bf16 %.4f apart, two seeds %.4f; last mean %.4f and %.4f", name.c_str(), std::sqrt(precisions), std::sqrt(seeds), first.back(), half[0].at(name).back());
        cli::print(line);
        rows.push_back({{"name", name}, {"precisions_apart", std::sqrt(precisions)}, {"seeds_apart", std::sqrt(seeds)}, {"fp32", first}, {"bf16", half[0].at(name)}, {"steps", steps}, {"batch", batch}});
    }
    return rows;
#else
    (void)make, (void)device, (void)batch, (void)steps;
    throw Error(ErrorCode::Usage, "renders faces, which this engine-only build cannot", "--curves");
#endif
}

}  // namespace kinora::app
