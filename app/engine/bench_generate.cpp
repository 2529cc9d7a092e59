#include "app/engine/bench_generate.h"

#include <ATen/record_function.h>
#include <malloc.h>
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>

#include "app/shared/command_line.h"
#include "core/system/generation.h"
#include "core/system/graphed_generation.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/outcome.h"
#include "core/util/random.h"

namespace kinora::app {
namespace {
using Clock = std::chrono::steady_clock;
using nlohmann::json;

double milliseconds(const torch::Device& device, const std::function<void()>& work)
{
    const auto started = Clock::now();
    work();
    if (device.is_cuda()) torch::cuda::synchronize(device.index());
    return std::chrono::duration<double, std::milli>(Clock::now() - started).count();
}

double quantile(std::vector<double> values, double at)
{
    std::ranges::sort(values);
    return values[static_cast<std::size_t>(at * static_cast<double>(values.size() - 1) + 0.5)];
}
double median(const std::vector<double>& values) { return quantile(values, 0.5); }
/// Interquartile range over the median.
double spread(const std::vector<double>& values) { return (quantile(values, 0.75) - quantile(values, 0.25)) / median(values); }

// arithmetic of the plain module: 2 for every multiplication and addition of its convolutions and matrix products, from the shapes that they see
thread_local double countedFlop = 0;
std::unique_ptr<at::ObserverContext> count(const at::RecordFunction& function)
{
    const auto inputs = function.inputs();
    const auto tensor = [&](std::size_t i) { return inputs[i].toTensor(); };
    const std::string name = function.name();
    if (name == "aten::convolution" && inputs.size() == 9) {
        const at::Tensor x = tensor(0), w = tensor(1);
        const double perPoint = static_cast<double>(w.numel()) / static_cast<double>(w.size(0));  // products of one input (transposed) or output point and one channel
        if (inputs[6].toBool()) {
            countedFlop += 2.0 * static_cast<double>(x.numel()) * perPoint;
        } else {
            const auto stride = inputs[3].toIntVector(), padding = inputs[4].toIntVector(), dilation = inputs[5].toIntVector();
            double points = static_cast<double>(x.size(0) * w.size(0));
            for (std::size_t d = 0; d < stride.size(); ++d) {
                const auto axis = static_cast<int64_t>(d) + 2;
                points *= static_cast<double>((x.size(axis) + 2 * padding[d] - dilation[d] * (w.size(axis) - 1) - 1) / stride[d] + 1);
            }
            countedFlop += 2.0 * points * perPoint;
        }
    } else if (name == "aten::bmm") {
        countedFlop += 2.0 * static_cast<double>(tensor(0).numel()) * static_cast<double>(tensor(1).size(2));
    } else if (name == "aten::mm") {
        countedFlop += 2.0 * static_cast<double>(tensor(0).numel()) * static_cast<double>(tensor(1).size(1));
    } else if (name == "aten::addmm") {
        countedFlop += 2.0 * static_cast<double>(tensor(1).numel()) * static_cast<double>(tensor(2).size(1));
    }
    return nullptr;
}

double flopOf(const std::function<void()>& work)
{
    countedFlop = 0;
    const auto handle = at::addThreadLocalCallback(at::RecordFunctionCallback(count).needsInputs(true).scopes({at::RecordScope::FUNCTION}));
    work();
    at::removeCallback(handle);
    return countedFlop;
}

/// GFLOP/s of a square matrix product, best of several: what this machine can do at all, here and now.
double ceiling(const torch::Device& device, torch::Dtype type)
{
    constexpr int64_t kSize = 1536;
    const torch::Tensor a = torch::randn({kSize, kSize}).to(device, type), b = torch::randn({kSize, kSize}).to(device, type);
    torch::Tensor c = torch::empty({kSize, kSize}, a.options());
    double best = 1e30;
    for (int i = 0; i < 8; ++i) best = std::min(best, milliseconds(device, [&] { at::mm_out(c, a, b); }));
    return 2e-6 * kSize * kSize * kSize / best;
}

/// Largest resident set since resetPeak(), in bytes; 0 where the system does not say.
double peakMemory()
{
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) * 1024;
    return 0;
}
void resetPeak()
{
    ::malloc_trim(0);
    std::ofstream("/proc/self/clear_refs") << "5";
}

ControlTensors controlsFor(const SystemDescription& d, uint64_t appearanceSeed, uint64_t motionSeed, int batch, int frames, const torch::Device& device)
{
    std::vector<ControlValues> clips;
    for (int i = 0; i < batch; ++i) clips.push_back(trialControls(d, appearanceSeed + static_cast<uint64_t>(i), motionSeed + static_cast<uint64_t>(i), frames));
    return toTensors(d, clips, frames, device);
}

/// One way to generate and its times.
struct Way {
    std::string name;
    GenerationPlan* plan = nullptr;  ///< Null: the plain module.
    bool motionAlone = false;        ///< The same appearances as before.
    std::vector<double> times;
    double error = 0;
};

struct Measured {
    std::vector<Way> ways;  ///< The plain module first.
    double gigaflop = 0;    ///< Of the plain module.
};

/// All ways in turns, the first one's clips as the reference.
Measured measure(System& system, const std::vector<std::unique_ptr<GenerationPlan>>& plans, int batch, int frames, int repeats)
{
    const SystemDescription d = system.describe();
    const torch::Device device = system.device();
    Measured measured;
    measured.ways.push_back({"plain", nullptr, false, {}, 0});
    for (const auto& plan : plans)
        for (const bool motionAlone : {false, true}) measured.ways.push_back({planPrecisionName(plan->precision()), plan.get(), motionAlone, {}, 0});
    const auto run = [&](const Way& way, const ControlTensors& controls) { return way.plan ? way.plan->generate(controls, frames, 0) : system.generate(controls, frames, 0); };
    const ControlTensors first = controlsFor(d, 1, 1, batch, frames, device);
    torch::Tensor reference;
    measured.gigaflop = 1e-9 * flopOf([&] { reference = run(measured.ways.front(), first); });
    // on a GPU a plan is recorded the second time: it counts as it is replayed
    if (!device.is_cpu())
        for (const Way& way : measured.ways)
            for (int i = 0; i < 2; ++i) run(way, first);
    for (Way& way : measured.ways) way.error = ((run(way, first) - reference).abs().max() / reference.abs().max().clamp_min(1e-12)).item<double>();
    reference = torch::Tensor();
    for (int i = 1; i <= repeats; ++i) {
        const auto seed = static_cast<uint64_t>(1000 * i);
        for (Way& way : measured.ways) {
            const ControlTensors controls = controlsFor(d, seed + (way.motionAlone ? 0 : 500 * (way.plan != nullptr)), seed + way.motionAlone, batch, frames, device);
            if (way.motionAlone) run(way, controlsFor(d, seed, seed + 7, batch, frames, device));  // this appearance has been seen
            way.times.push_back(milliseconds(device, [&] { run(way, controls); }));
        }
    }
    return measured;
}

std::vector<std::unique_ptr<GenerationPlan>> plansOf(System& system)
{
    std::vector<std::unique_ptr<GenerationPlan>> plans;
    if (auto plan = system.makePlan(PlanPrecision::Float32)) plans.push_back(recordedWherePossible(system, std::move(plan)));
    if (bfloat16IsQuick(system.device()))
        if (auto plan = system.makePlan(PlanPrecision::BFloat16)) plans.push_back(recordedWherePossible(system, std::move(plan)));
    return plans;
}

std::string number(double value, int digits = 2)
{
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
}

/// Time of a clip (or batch) against each axis, one panel an axis, both logarithmic.
void writePlot(const json& sweep, const std::string& file)
{
    const std::vector<std::pair<std::string, std::string>> lines = {{"baseline_ms", "#888888"}, {"fp32_ms", "#1f77b4"}, {"bf16_ms", "#d62728"}};
    const std::map<std::string, std::string> names = {{"baseline_ms", "plain modules"}, {"fp32_ms", "plan, fp32"}, {"bf16_ms", "plan, bf16"}};
    constexpr double kWidth = 300, kHeight = 240, kLeft = 60, kTop = 40;
    std::vector<std::string> axes;
    double low = 1e30, high = 0;
    for (const json& point : sweep) {
        if (std::ranges::find(axes, point["axis"].get<std::string>()) == axes.end()) axes.push_back(point["axis"]);
        for (const auto& [key, colour] : lines)
            if (point.contains(key)) low = std::min(low, point[key].get<double>()), high = std::max(high, point[key].get<double>());
    }
    if (high <= 0) throw Error(ErrorCode::CheckFailed, "no point of the sweep could be measured", "--plot");
    const double bottom = std::floor(std::log10(low)), top = std::ceil(std::log10(high) + 1e-9);
    const auto y = [&](double value) { return kTop + kHeight * (top - std::log10(value)) / std::max(1.0, top - bottom); };
    std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + number(axes.size() * (kWidth + kLeft) + 40, 0) + "\" height=\"" + number(kHeight + kTop + 60, 0) +
                      "\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n";
    const auto text = [&](double x, double at, const std::string& words, const std::string& anchor, const std::string& colour = "#000000") {
        svg += "<text x=\"" + number(x) + "\" y=\"" + number(at) + "\" text-anchor=\"" + anchor + "\" fill=\"" + colour + "\">" + words + "</text>\n";
    };
    for (std::size_t a = 0; a < axes.size(); ++a) {
        const double left = kLeft + static_cast<double>(a) * (kWidth + kLeft);
        std::vector<double> values;
        for (const json& point : sweep)
            if (point["axis"] == axes[a] && point.contains("baseline_ms")) values.push_back(point["value"].get<double>());
        if (values.empty()) continue;
        const double from = std::log2(std::ranges::min(values)), to = std::max(from + 0.1, std::log2(std::ranges::max(values)));
        const auto x = [&](double value) { return left + 10 + (kWidth - 30) * (std::log2(value) - from) / (to - from); };
        svg += "<rect x=\"" + number(left) + "\" y=\"" + number(kTop) + "\" width=\"" + number(kWidth - 10) + "\" height=\"" + number(kHeight) + "\" fill=\"none\" stroke=\"#000000\"/>\n";
        for (double power = bottom; power <= top; ++power) {
            const double at = y(std::pow(10, power));
            svg += "<line x1=\"" + number(left) + "\" y1=\"" + number(at) + "\" x2=\"" + number(left + kWidth - 10) + "\" y2=\"" + number(at) + "\" stroke=\"#dddddd\"/>\n";
            text(left - 4, at + 4, number(std::pow(10, power), power < 0 ? 1 : 0), "end");
        }
        for (const double value : values) text(x(value), kTop + kHeight + 16, number(value, 0), "middle");
        text(left + kWidth / 2, kTop + kHeight + 36, axes[a], "middle");
        for (const auto& [key, colour] : lines) {
            std::string path;
            for (const json& point : sweep)
                if (point["axis"] == axes[a] && point.contains(key)) {
                    const std::string at = number(x(point["value"].get<double>())) + "," + number(y(point[key].get<double>()));
                    path += (path.empty() ? "M" : " L") + at;
                    svg += "<circle cx=\"" + at.substr(0, at.find(',')) + "\" cy=\"" + at.substr(at.find(',') + 1) + "\" r=\"3\" fill=\"" + colour + "\"/>\n";
                }
            if (!path.empty()) svg += "<path d=\"" + path + "\" fill=\"none\" stroke=\"" + colour + "\" stroke-width=\"1.5\"/>\n";
        }
    }
    text(kLeft, 18, "milliseconds a call", "start");
    double at = kLeft + 180;
    for (const auto& [key, colour] : lines) {
        text(at, 18, names.at(key), "start", colour);
        at += 110;
    }
    writeFile(file, svg + "</svg>\n");
}

json sweepOf(const GenerateBench& bench)
{
    json sweep = json::array();
    struct Point {
        const char* axis;
        int value;
        OptionValues options;
        int frames, batch;
    };
    std::vector<Point> points;
    for (const int frames : {16, 24, 32, 48}) points.push_back({"frames", frames, {}, frames, 1});
    for (const int size : {32, 64, 128}) points.push_back({"size", size, {{"image_size", std::int64_t(size)}}, 0, 1});
    for (const int batch : {1, 2, 4, 8, 16, 32}) points.push_back({"batch", batch, {}, 0, batch});
    for (const int channels : {16, 32, 64}) points.push_back({"channels", channels, {{"base_channels", std::int64_t(channels)}}, 0, 1});
    for (const Point& point : points) {
        json row = {{"axis", point.axis}, {"value", point.value}};
        const auto outcome = attempt([&] {
            const auto system = bench.make(point.options);
            const SystemDescription d = system->describe();
            const int frames = point.frames > 0 ? point.frames : d.length.trained;
            if (!d.length.allows(frames)) throw Error(ErrorCode::Usage, "the system does not make " + std::to_string(frames) + " frames", "frames");
            const Measured measured = measure(*system, plansOf(*system), point.batch, frames, std::min(bench.repeats, 3));
            row["baseline_ms"] = median(measured.ways.front().times);
            row["gigaflop"] = measured.gigaflop;
            for (const Way& way : measured.ways)
                if (way.plan && !way.motionAlone) row[way.name + "_ms"] = median(way.times);
            return true;
        });
        if (!outcome) row["left_out"] = outcome.error().what();
        std::string line = std::string("sweep, ") + point.axis + " " + std::to_string(point.value) + ": ";
        if (outcome) line += "plain " + number(row["baseline_ms"].get<double>()) + " ms" + (row.contains("fp32_ms") ? ", fp32 " + number(row["fp32_ms"].get<double>()) + " ms" : "") + (row.contains("bf16_ms") ? ", bf16 " + number(row["bf16_ms"].get<double>()) + " ms" : "");
        else line += "left out: " + std::string(outcome.error().what());
        cli::print(line);
        sweep.push_back(std::move(row));
    }
    return sweep;
}
/// New weights have batch norm statistics that nobody measured: their clips saturate, and errors say nothing. One training step on noise measures some.
void settle(System& system)
{
    const BatchNeeds needs = system.batchNeeds();
    if (!needs.labels.empty() || !needs.streams.empty() || needs.images) return;
    std::vector<std::pair<std::optional<double>*, std::optional<double>>> momenta;
    const auto follow = [&](auto* norm) {
        if (!norm) return;
        momenta.emplace_back(&norm->options.momentum(), norm->options.momentum());
        norm->options.momentum(1.0);
    };
    for (const NamedNetwork& network : system.networks())
        for (const auto& module : network.module->modules()) {
            follow(dynamic_cast<torch::nn::BatchNorm1dImpl*>(module.get()));
            follow(dynamic_cast<torch::nn::BatchNorm2dImpl*>(module.get()));
            follow(dynamic_cast<torch::nn::BatchNorm3dImpl*>(module.get()));
        }
    const torch::AutoGradMode gradients(true);
    system.train(true);
    Batch batch;
    batch.clips = torch::rand({4, 3, needs.frames, needs.height, needs.width}).mul(2).sub(1).to(system.device());
    system.trainStep(batch, 1);
    for (auto& [place, value] : momenta) *place = value;
}
}  // namespace

json benchGenerate(const GenerateBench& bench)
{
    const torch::NoGradGuard noGrad;
    json report = {{"results", json::array()}, {"memory", json::object()}};
    auto system = bench.make({});
    if (bench.fresh) settle(*system);
    system->train(false);
    const torch::Device device = system->device();
    const SystemDescription d = system->describe();
    const int frames = d.length.trained;

    report["ceiling"]["fp32"] = ceiling(device, torch::kFloat32);
    if (bfloat16IsQuick(device)) report["ceiling"]["bf16"] = ceiling(device, torch::kBFloat16);
    cli::print("a matrix product reaches " + number(report["ceiling"]["fp32"].get<double>(), 0) + " GFLOP/s in fp32" +
               (report["ceiling"].contains("bf16") ? ", " + number(report["ceiling"]["bf16"].get<double>(), 0) + " in bf16" : ""));

    const int most = std::ranges::max(bench.batches);
    if (device.is_cpu()) {  // before there is any plan
        resetPeak();
        system->generate(controlsFor(d, 1, 1, most, frames, device), frames, 0);
        report["memory"]["plain"] = peakMemory();
    }
    if (device.is_cpu())
        for (const PlanPrecision precision : {PlanPrecision::Float32, PlanPrecision::BFloat16}) {  // each plan alone
            const auto plan = precision == PlanPrecision::BFloat16 && !bfloat16IsQuick(device) ? nullptr : system->makePlan(precision);
            if (!plan) continue;
            resetPeak();
            plan->generate(controlsFor(d, 1, 1, most, frames, device), frames, 0);
            report["memory"][planPrecisionName(precision)] = peakMemory();
        }
    auto plans = plansOf(*system);
    if (plans.empty()) cli::print("the system has no inference plan: only its plain modules are timed");
    for (const auto& plan : plans) cli::print(plan->description());
    for (const int batch : bench.batches) {
        const Measured measured = measure(*system, plans, batch, frames, bench.repeats);
        const Way& plain = measured.ways.front();
        const double baseline = median(plain.times);
        for (const Way& way : measured.ways) {
            if (!way.plan && !plans.empty()) continue;  // it is every row's baseline
            const double time = median(way.times);
            const std::string name = "batch " + std::to_string(batch) + ", " + way.name + (way.plan ? way.motionAlone ? ", motion alone changed" : ", all codes changed" : "");
            report["results"].push_back({{"name", name}, {"baseline_ms", baseline}, {"kinora_ms", time}, {"speedup", baseline / time}, {"rel_error", way.error}, {"gflops", measured.gigaflop / time * 1e3},
                                         {"spread", spread(way.times)}, {"baseline_spread", spread(plain.times)}, {"batch", batch}, {"clip_ms", time / batch}, {"plain_gigaflop", measured.gigaflop}});
            cli::print(name + ": plain " + number(baseline) + " ms, here " + number(time) + " ms, " + number(baseline / time) + " times as fast; error " + number(way.error * 1e6, 1) + "e-6; " +
                       number(measured.gigaflop / time * 1e3, 0) + " GFLOP/s of the plain arithmetic; spread " + number(100 * spread(way.times), 0) + " % (plain " + number(100 * spread(plain.times), 0) + " %)");
        }
    }
    if (report["memory"].contains("fp32"))
        cli::print("peak memory at batch " + std::to_string(most) + ": plain " + number(report["memory"]["plain"].get<double>() / 1e6, 0) + " MB, with the fp32 plan " + number(report["memory"]["fp32"].get<double>() / 1e6, 0) + " MB");
    plans.clear();
    system.reset();
    if (bench.sweep || !bench.plotFile.empty()) {
        report["sweep"] = sweepOf(bench);
        if (!bench.plotFile.empty()) writePlot(report["sweep"], bench.plotFile);
    }
    return report;
}

}  // namespace kinora::app
