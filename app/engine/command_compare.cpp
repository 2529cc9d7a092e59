#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <nlohmann/json.hpp>

#include "app/engine/command_compare.h"
#include "app/engine/commands.h"
#include "app/engine/comparison.h"
#include "app/engine/figure_flags.h"
#include "app/engine/interruption.h"
#include "app/shared/command_line.h"
#include "core/export/base64.h"
#include "core/export/recipe.h"
#include "core/metrics/metric.h"
#include "core/system/checkpoint.h"
#include "core/system/generation.h"
#include "core/training/metric_controls.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/log.h"
#include "core/util/memory.h"
#include "core/util/text.h"
#include "kinora_version.h"
#include "models/catalogue.h"

namespace kinora::app {
namespace {
namespace fs = std::filesystem;
using nlohmann::json;
using Clock = std::chrono::steady_clock;

struct Request {
    std::vector<std::string> checkpoints;
    std::string output, dataset, condition, metrics, recipe, device = "auto", weights, plan = "auto";
    std::uint64_t appearanceSeed = 0, motionSeed = 0;
    int samples = 6, frames = 0;
    FigureFlags flags;
    std::shared_ptr<OptionValues> view = std::make_shared<OptionValues>();
};

/// One checkpoint: its clips and what is said of it.
struct Entry {
    ComparedSource source;
    std::vector<SharedClip> clips;
    json facts;
};

/// Controls of sample i: the draws of appearance seed + i and motion seed + i. Systems that declare the same controls get the same codes.
std::vector<ControlValues> sampleControls(const SystemDescription& description, const Request& request, int frames)
{
    std::vector<ControlValues> clips;
    for (int i = 0; i < request.samples; ++i)
        clips.push_back(matrixControls(description, request.appearanceSeed + static_cast<std::uint64_t>(i), request.motionSeed + static_cast<std::uint64_t>(i), 1, 1, frames).front());
    return clips;
}

MetricClips::Setup metricSetup(System& system, const Request& request, const std::string& hash)
{
    MetricClips::Setup setup;
    if (!request.dataset.empty()) setup.real = openDataset(request.dataset);
    setup.frames = request.frames;
    setup.seed = 0;
    setup.system = &system;
    setup.given = metricControls(system, setup.real);
    setup.subject = {{"checkpoint_sha256", hash}, {"kinora", KINORA_VERSION}};
    return setup;
}

/// What cannot be measured with one of the checkpoints is told before any of them generates. \throws Error (Usage, NotFound)
void checkMetrics(const Request& request)
{
    for (const std::string& checkpoint : request.checkpoints) {
        const std::unique_ptr<System> system = openCheckpoint(catalogue(), checkpoint, torch::kCPU, nullptr, weightChoiceFromName(request.weights));
        const MetricClips clips(metricSetup(*system, request, {}));
        for (const std::string& id : split(request.metrics, ',')) makeMetric(trimmed(id))->check(clips);
    }
}

Entry measured(const std::string& checkpoint, const Request& request, std::stop_token stop)
{
    CheckpointInfo info;
    const std::uint64_t before = residentMemory();
    const std::unique_ptr<System> system = openCheckpoint(catalogue(), checkpoint, chooseDevice(request.device), &info, weightChoiceFromName(request.weights));
    const SystemDescription description = system->describe();
    GenerationRequest work;
    work.frames = request.frames > 0 ? request.frames : description.length.trained;
    if (!description.length.allows(work.frames)) generateClips(*system, {{}, work.frames, 0, work.range});  // throws with the lengths that are possible
    work.clips = sampleControls(description, request, work.frames);
    Entry entry;
    ComparedSource& source = entry.source;
    source.codes = work.clips;
    if (std::ranges::any_of(description.controls, [](const Control& control) { return givenControl(control.kind); })) {
        const std::string pictures = !request.condition.empty() ? request.condition : !request.dataset.empty() ? request.dataset : info.dataset;
        if (pictures.empty()) throw Error(ErrorCode::Usage, "'" + description.id + "' needs pictures or maps, and the checkpoint does not say what it was trained on; name a dataset with --condition", checkpoint);
        const std::shared_ptr<const ClipSource> dataset = openDataset(pictures);
        const auto given = metricControls(*system, dataset);
        const FittingClips fitting(*dataset);
        for (std::size_t i = 0; i < work.clips.size(); ++i) {
            for (const ControlRole role : {ControlRole::Appearance, ControlRole::Motion, ControlRole::Both}) given(static_cast<std::int64_t>(i), work.frames, role, work.clips[i]);
            auto& references = source.given.emplace_back();
            const std::int64_t number = fitting(static_cast<std::int64_t>(i), work.frames);
            for (const Control& control : description.controls)
                if (givenControl(control.kind)) references.push_back({control.id, pictures, {number, dataset->info(number).name, hashOf(work.clips[i].at(control.id))}});
        }
    }
    for (std::size_t i = 0; i < work.clips.size(); ++i) source.seeds.push_back(request.appearanceSeed + i);
    Generating generates(*system, planChoiceFromName(request.plan), true);
    log::info(generates.description());
    samplesOf(*system, generates, {work.clips.front()}, {source.seeds.front()}, work.frames, stop);  // warms up
    const auto started = Clock::now();
    entry.clips = samplesOf(*system, generates, work.clips, source.seeds, work.frames, stop);
    const double seconds = std::chrono::duration<double>(Clock::now() - started).count();
    std::int64_t all = 0, generating = 0;
    for (const NamedNetwork& network : system->networks())
        for (const torch::Tensor& parameter : network.module->parameters()) {
            all += parameter.numel();
            if (network.generates) generating += parameter.numel();
        }
    const std::uint64_t after = residentMemory();
    entry.facts = {{"file", fs::path(checkpoint).filename().string()}, {"checkpoint_sha256", sha256File(checkpoint)}, {"system", info.system}, {"system_name", description.name}, {"step", info.step}, {"epoch", info.epoch},
                   {"trained_on", info.dataset}, {"weights", info.averaged ? "averaged" : "raw"}, {"plan", generates.choice()}, {"device", system->device().str()}, {"parameters", all}, {"generating_parameters", generating},
                   {"file_bytes", fs::file_size(checkpoint)}, {"frames", work.frames}, {"height", entry.clips.front()->height()}, {"width", entry.clips.front()->width()}, {"frame_rate_hz", info.frameRateHz},
                   {"clips_per_second", work.clips.size() / std::max(seconds, 1e-9)}, {"memory_bytes", after > before ? after - before : 0}};
    source.label = info.system + ", " + fs::path(checkpoint).stem().string();
    source.frames = work.frames;
    source.checkpointHash = entry.facts["checkpoint_sha256"];
    source.checkpointFile = entry.facts["file"];
    source.system = info.system;
    source.weights = entry.facts["weights"];
    source.plan = generates.choice();
    source.device = system->device().is_cuda() ? "cuda" : "cpu";
    source.step = info.step;
    json metrics = json::array();
    if (!request.metrics.empty()) {
        MetricClips clips(metricSetup(*system, request, entry.facts["checkpoint_sha256"]));
        for (const std::string& id : split(request.metrics, ',')) {
            const std::unique_ptr<Metric> metric = makeMetric(trimmed(id));
            MetricCall call;
            call.stop = stop;
            metrics.push_back(toJson(metric->measure(clips, call)));
        }
    }
    entry.facts["metrics"] = std::move(metrics);
    return entry;
}

std::string escaped(const std::string& text)
{
    std::string out;
    for (const char c : text) out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '"' ? "&quot;" : std::string(1, c);
    return out;
}

std::string number(const json& value)
{
    if (!value.is_number()) return "-";
    char text[40];
    std::snprintf(text, sizeof text, "%.5g", value.get<double>());
    return text;
}

/// The rows of the table: a title, and the text of each entry.
std::vector<std::pair<std::string, std::vector<std::string>>> table(const std::vector<Entry>& entries)
{
    std::vector<std::pair<std::string, std::vector<std::string>>> rows;
    const auto row = [&](const std::string& title, const std::function<std::string(const json&)>& cell) {
        rows.push_back({title, {}});
        for (const Entry& entry : entries) rows.back().second.push_back(cell(entry.facts));
    };
    row("System", [](const json& f) { return f["system_name"].get<std::string>(); });
    row("File", [](const json& f) { return f["file"].get<std::string>(); });
    row("Trained on", [](const json& f) { return f["trained_on"].get<std::string>(); });
    row("Training steps", [](const json& f) { return std::to_string(f["step"].get<std::int64_t>()); });
    row("Weights", [](const json& f) { return f["weights"].get<std::string>(); });
    row("Parameters that generate", [](const json& f) { return std::to_string(f["generating_parameters"].get<std::int64_t>()); });
    row("Parameters in all", [](const json& f) { return std::to_string(f["parameters"].get<std::int64_t>()); });
    row("Clip", [](const json& f) { return std::to_string(f["frames"].get<int>()) + " frames of " + std::to_string(f["width"].get<int>()) + " x " + std::to_string(f["height"].get<int>()); });
    row("Clips per second", [](const json& f) { return number(f["clips_per_second"]) + " (" + f["device"].get<std::string>() + ")"; });
    row("Memory", [](const json& f) { return byteText(f["memory_bytes"].get<double>()); });
    row("File size", [](const json& f) { return byteText(f["file_bytes"].get<double>()); });
    const json& metrics = entries.front().facts["metrics"];
    for (std::size_t m = 0; m < metrics.size(); ++m)
        for (std::size_t v = 0; v < metrics[m]["values"].size(); ++v)
            row(metrics[m]["metric"].get<std::string>() + (v == 0 ? "" : ", " + metrics[m]["values"][v]["name"].get<std::string>()), [m, v](const json& f) {
                const json& values = f["metrics"][m]["values"];
                return v < values.size() ? number(values[v]["value"]) : std::string("-");
            });
    row("SHA-256", [](const json& f) { return f["checkpoint_sha256"].get<std::string>(); });
    return rows;
}

std::string html(const std::vector<Entry>& entries, const json& result, const std::string& picture, const std::string& type)
{
    std::string out = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Kinora: comparison</title>\n<style>body{font:15px/1.5 system-ui,sans-serif;margin:2em;color:#222;background:#fff}"
                      "table{border-collapse:collapse;margin-top:1.5em}th,td{border-bottom:1px solid #ddd;padding:.3em .8em;text-align:left;vertical-align:top;word-break:break-all}"
                      "img{image-rendering:pixelated;max-width:100%}</style></head><body>\n<h1>Comparison of " + std::to_string(entries.size()) + " checkpoints</h1>\n<p>Sample i has appearance seed " +
                      escaped(result["appearance_seed"].dump()) + " + i and motion seed " + escaped(result["motion_seed"].dump()) + " + i; systems with the same controls get the same codes. Not chosen.</p>\n<img alt=\"" +
                      std::to_string(entries.size()) + " rows of clips, one for each checkpoint\" src=\"data:" + type + ";base64," + toBase64(picture) + "\">\n<table>\n";
    out += "<tr><th></th>";
    for (const Entry& entry : entries) out += "<th>" + escaped(entry.source.label) + "</th>";
    out += "</tr>\n";
    for (const auto& [title, cells] : table(entries)) {
        out += "<tr><th>" + escaped(title) + "</th>";
        for (const std::string& cell : cells) out += "<td>" + escaped(cell) + "</td>";
        out += "</tr>\n";
    }
    // "</" could end the element
    std::string data = result.dump(1, ' ', false, json::error_handler_t::replace);
    for (std::size_t at = 0; (at = data.find("</", at)) != std::string::npos; at += 3) data.replace(at, 2, "<\\/");
    return out + "</table>\n<script type=\"application/json\" id=\"kinora-comparison\">\n" + data + "\n</script>\n</body></html>\n";
}

void compare(const Request& request, std::stop_token stop)
{
    if (!request.recipe.empty()) {
        const json original = readRecipe(request.recipe);
        if (!isComparison(original))
            throw Error(ErrorCode::Usage, original.value("made_by", "") == "compare" ? "was made by an earlier 'kinora compare', which kept no recipe; compare the checkpoints again" : "is the recipe of no comparison; 'kinora generate --recipe' makes its figure", request.recipe);
        return repeatComparison({request.recipe, request.checkpoints, request.output, request.device, request.flags, *request.view}, original, stop);
    }
    const fs::path target = request.output;
    const std::string extension = target.has_filename() ? target.extension().string() : ".frames";
    checkFigureTarget(request.output, {"html", "json"});
    if (request.checkpoints.size() < 2) throw Error(ErrorCode::Usage, "name at least two checkpoints", "compare");
    if (request.checkpoints.size() > kMostSources) throw Error(ErrorCode::Usage, std::to_string(request.checkpoints.size()) + " checkpoints are too many; at most " + std::to_string(kMostSources) + " are compared at once", "compare");
    if (!request.dataset.empty() && request.metrics.empty()) throw Error(ErrorCode::Usage, "belongs to --metrics", "--dataset");
    for (const std::string& id : split(request.metrics, ',')) {
        if (request.metrics.empty()) break;
        const MetricDescription description = makeMetric(trimmed(id))->description();
        if (request.dataset.empty() && std::ranges::find(description.needs, "real clips") != description.needs.end())
            throw Error(ErrorCode::Usage, "'" + description.id + "' compares with real clips; name the dataset", "--dataset");
    }
    ComparisonView view;
    applyOptions(view, *request.view);
    if (view.against >= static_cast<std::int64_t>(request.checkpoints.size())) throw Error(ErrorCode::Usage, "there are " + std::to_string(request.checkpoints.size()) + " checkpoints, numbered from 0; there is no number " + std::to_string(view.against), "--against");
    if (!request.metrics.empty()) checkMetrics(request);
    std::vector<Entry> entries;
    for (const std::string& checkpoint : request.checkpoints) {
        log::info("generating " + std::to_string(request.samples) + " clips with " + checkpoint);
        entries.push_back(measured(checkpoint, request, stop));
    }
    json result = {{"kinora", KINORA_VERSION}, {"made_by", "compare"}, {"appearance_seed", request.appearanceSeed}, {"motion_seed", request.motionSeed}, {"samples", request.samples}, {"checkpoints", json::array()}};
    for (const Entry& entry : entries) result["checkpoints"].push_back(entry.facts);
    if (extension == ".json") {
        writeFile(target, result.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
    } else {
        ComparisonRecipe recipe;
        recipe.samples = request.samples;
        recipe.appearanceSeed = request.appearanceSeed, recipe.motionSeed = request.motionSeed;
        std::vector<std::vector<SharedClip>> made;
        int longest = 0;
        for (Entry& entry : entries) {
            recipe.sources.push_back(std::move(entry.source));
            made.push_back(entry.clips);
            longest = std::max(longest, entry.clips.front()->count());
        }
        for (int i = 0; i < request.samples; ++i) recipe.sampleLabels.push_back("sample " + std::to_string(i));
        recipe.view = view;
        recipe.figure.labels = true;
        recipe.encoder.frameRateHz = entries.front().facts["frame_rate_hz"];
        request.flags.apply(recipe.figure, recipe.encoder);
        settle(recipe.view, longest, recipe.encoder.frameRateHz);
        const FigureClips clips = comparisonFigure(recipe, made);
        const FigureLayout figure = recipe.figure;
        ExportOptions encoder = recipe.encoder;
        // the times of this machine stay out of the picture: the same clips give the same file
        json how;
        const auto comment = [&](const ExportOptions& options) {
            recipe.encoder = options;
            how = toJson(recipe);
            return how.dump(-1, ' ', false, json::error_handler_t::replace);
        };
        if (extension == ".html") {
            const std::vector<std::string> formats = exportFormats();
            const bool webp = std::ranges::find(formats, "webp") != formats.end();
            const Frames picture = layOut(clips, figure);
            addSurround(clips, figure, picture, encoder);
            encoder.comment = comment(encoder);
            result.update(how);
            writeFile(target, html(entries, result, encodeClip(picture, webp ? "webp" : "gif", encoder, {stop, {}}), webp ? "image/webp" : "image/gif"));
        } else {
            exportFigure(clips, figure, target, encoder, request.flags.limitBytes(), comment, {stop, {}});
            result.update(how);
        }
    }
    if (cli::wantsJson()) {
        result["output"] = fs::absolute(target).string();
        std::error_code ignored;
        if (fs::is_regular_file(target, ignored)) result["bytes"] = fs::file_size(target, ignored);
        return cli::printJson(result);
    }
    for (const auto& [title, cells] : table(entries)) {
        if (title == "SHA-256") continue;
        char head[40];
        std::snprintf(head, sizeof head, "%-26s", title.c_str());
        std::string line = head;
        for (const std::string& cell : cells) {
            char text[64];
            std::snprintf(text, sizeof text, "  %-28s", cell.c_str());
            line += text;
        }
        cli::print(line);
    }
    cli::print("wrote " + request.output);
}
}  // namespace

void addCompareCommand(CLI::App& app)
{
    auto request = std::make_shared<Request>();
    CLI::App* command = cli::addCommand(app, "compare", "Set checkpoints side by side: clips of the same codes, sizes, speed, metrics",
                                        "  kinora compare a.safetensors b.safetensors -o report.html\n"
                                        "  kinora compare a.safetensors b.safetensors -o report.gif --samples 8 --scale 2\n"
                                        "  kinora compare a.safetensors b.safetensors -o difference.gif --show difference --gain 4\n"
                                        "  kinora compare a.safetensors b.safetensors --recipe report.gif -o again.gif       the same file, byte for byte\n"
                                        "  kinora compare a.safetensors b.safetensors -o report.json --dataset builtin:faces --metrics frechet_pixels,motion_energy");
    command->add_option("CHECKPOINTS", request->checkpoints, "Two or more checkpoints (.safetensors), also of different systems; with --recipe those it was made with, and datasets that have moved");
    command->add_option("-o,--output", request->output, "html (all in one file), json, or a picture: gif, mp4, webm, webp, apng, png (with --layout sheet); .frames or a name that ends in /: a folder of PNG pictures")->required();
    command->add_option("--samples", request->samples, "Clips of each checkpoint")->check(CLI::Range(1, 64))->capture_default_str();
    command->add_option("--appearance-seed", request->appearanceSeed, "Sample i has the appearance of this seed + i")->capture_default_str();
    command->add_option("--motion-seed", request->motionSeed, "Sample i has the motion of this seed + i")->capture_default_str();
    command->add_option("--frames", request->frames, "Clip length; default: each checkpoint's trained one")->check(CLI::Range(1, 100000));
    command->add_option("--metrics", request->metrics, "Also measure these, with their default protocols; 'kinora evaluate --list' lists them");
    command->add_option("--dataset", request->dataset, "Real clips for metrics that need them");
    command->add_option("--condition", request->condition, "Dataset that gives the pictures or maps of models that need them; default: --dataset, else what the model was trained on");
    command->add_option("--weights", request->weights, "raw or averaged; averaged where a checkpoint holds an average")->check(CLI::IsMember({"raw", "averaged"}));
    command->add_option("--device", request->device, "auto, cpu, cuda or cuda:1")->capture_default_str();
    command->add_option("--plan", request->plan, "auto: the inference plan in fp32; fp32, bf16; off: the plain modules")->check(CLI::IsMember({"auto", "off", "fp32", "bf16"}))->capture_default_str();
    command->add_option("--recipe", request->recipe, "Make a comparison's figure again: a file that Kinora exported, or the JSON of its recipe. Flags of figure, file and view change it");
    cli::addFields(command, describeOptions<ComparisonView>("view"), request->view, "View");
    request->flags.addTo(command);
    command->callback([request, command] {
        if (!request->recipe.empty()) refuseSettled(firstGiven(*command, {"--samples", "--appearance-seed", "--motion-seed", "--frames", "--metrics", "--dataset", "--condition", "--weights", "--plan"}));
        Interruption interruption;
        interruption.run([&] { compare(*request, interruption.token()); });
    });
}

}  // namespace kinora::app
