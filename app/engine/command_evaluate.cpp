#include <torch/torch.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "app/engine/commands.h"
#include "app/shared/command_line.h"
#include "core/metrics/metric.h"
#include "core/system/checkpoint.h"
#include "core/system/generation.h"
#include "core/training/metric_controls.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/log.h"
#include "core/util/text.h"
#include "kinora_version.h"
#include "models/catalogue.h"
#ifdef KINORA_WITH_IO
#include "app/engine/rendered_system.h"
#endif

namespace kinora::app {
namespace {
using nlohmann::json;

struct Request {
    std::string checkpoint, weights, against, dataset, split, againstSplit, metrics = "sample_diversity,motion_energy,frechet_pixels", csv, device = "auto";
    std::vector<std::string> settings;
    std::int64_t clips = 0, seed = 0;
    int frames = 0;
    bool list = false;
};

MetricCall progressOnTerminal(const std::string& metric)
{
    MetricCall call;
    if (::isatty(STDERR_FILENO) != 1) return call;
    call.progress = [metric, shown = std::chrono::steady_clock::time_point()](std::string_view phase, int64_t done, int64_t total) mutable {
        const auto now = std::chrono::steady_clock::now();
        if (now - shown < std::chrono::milliseconds(100) && done != total) return;
        shown = now;
        std::fprintf(stderr, "\r\033[K%s: %.*s %lld of %lld%s", metric.c_str(), static_cast<int>(phase.size()), phase.data(), static_cast<long long>(done), static_cast<long long>(total),
                     done == total ? "\r\033[K" : "");
        std::fflush(stderr);
    };
    return call;
}

/// The metrics that were asked for with their options: --clips and "metric.key=value", or the bare key where one metric is measured alone.
std::vector<std::unique_ptr<Metric>> chosenMetrics(const Request& request)
{
    std::vector<std::unique_ptr<Metric>> metrics;
    std::vector<std::string> ids;
    for (const std::string& part : split(request.metrics, ',')) {
        const std::string id = trimmed(part);
        if (id.empty()) continue;
        if (std::ranges::find(ids, id) != ids.end()) throw Error(ErrorCode::Usage, "'" + id + "' is named twice", "--metrics");
        metrics.push_back(makeMetric(id));
        ids.push_back(id);
    }
    if (metrics.empty()) throw Error(ErrorCode::Usage, "names no metric; 'kinora evaluate --list' lists them", "--metrics");
    std::vector<OptionValues> values(metrics.size());
    if (request.clips > 0)
        for (std::size_t i = 0; i < metrics.size(); ++i)
            if (metrics[i]->options().contains("clips")) values[i]["clips"] = request.clips;
    for (const std::string& setting : request.settings) {
        const std::size_t equals = std::min(setting.find('='), setting.size()), dot = setting.find('.');
        std::size_t which = 0;
        std::string rest = setting;
        if (dot < equals) {
            const std::string id = trimmed(setting.substr(0, dot));
            const auto found = std::ranges::find(ids, id);
            if (found == ids.end()) throw Error(ErrorCode::Usage, "'" + id + "' is none of the metrics that are measured" + suggestion(id, ids), "--set");
            which = static_cast<std::size_t>(found - ids.begin());
            rest = setting.substr(dot + 1);
        } else if (metrics.size() > 1) {
            throw Error(ErrorCode::Usage, "'" + setting + "' does not say which metric it is for; write METRIC.KEY=VALUE", "--set");
        }
        for (const auto& [key, value] : cli::parseSettings({rest}, metrics[which]->description().options)) values[which][key] = value;
    }
    for (std::size_t i = 0; i < metrics.size(); ++i) metrics[i]->setOptions(values[i]);
    return metrics;
}

std::string figure(double value)
{
    if (!std::isfinite(value)) return "-";
    char text[40];
    std::snprintf(text, sizeof text, "%.5g", value);
    return text;
}

void printTable(const json& rows)
{
    if (rows.empty()) return;
    std::vector<std::string> columns;
    for (const char* key : {"score", "judge_floor", "used", "variation", "by_appearance", "by_motion", "leak", "kept", "changed", "along_rows", "along_columns"})
        if (rows.front().contains(key)) columns.emplace_back(key);
    char cell[64];
    std::snprintf(cell, sizeof cell, "    %-22s  %-10s", "factor", "role");
    std::string head = cell;
    for (const std::string& column : columns) {
        std::snprintf(cell, sizeof cell, "  %13s", column.c_str());
        head += cell;
    }
    cli::print(head);
    for (const json& row : rows) {
        std::snprintf(cell, sizeof cell, "    %-22s  %-10s", row.at("name").get<std::string>().c_str(), row.at("role").get<std::string>().c_str());
        std::string line = cell;
        for (const std::string& column : columns) {
            const json& value = row.at(column);
            std::string text = "-";
            if (value.is_boolean()) text = value.get<bool>() ? "yes" : "no";
            else if (value.is_number()) {
                std::snprintf(cell, sizeof cell, "%.4f", value.get<double>());
                text = cell;
            }
            std::snprintf(cell, sizeof cell, "  %13s", text.c_str());
            line += cell;
        }
        cli::print(line);
    }
}

/// One line a frame.
void printCurves(const json& curves)
{
    char cell[64];
    std::string head = "    frame";
    std::size_t frames = 0;
    for (const auto& [name, curve] : curves.items()) {
        if (!curve.is_array()) continue;
        std::snprintf(cell, sizeof cell, "  %11s", name.c_str());
        head += cell;
        frames = curve.size();
    }
    cli::print(head);
    for (std::size_t t = 0; t < frames; ++t) {
        std::snprintf(cell, sizeof cell, "    %5lld", static_cast<long long>(curves.at("first_frame").get<std::int64_t>() + static_cast<std::int64_t>(t)));
        std::string line = cell;
        for (const auto& [name, curve] : curves.items()) {
            if (!curve.is_array()) continue;
            std::snprintf(cell, sizeof cell, "  %11s", figure(curve[t].get<double>()).c_str());
            line += cell;
        }
        cli::print(line);
    }
}

void printResult(const MetricResult& result, const MetricDescription& description)
{
    char line[300];
    for (std::size_t i = 0; i < result.values.size(); ++i) {
        const MetricValue& value = result.values[i];
        const std::string interval = value.interval ? "[" + figure(value.interval->first) + ", " + figure(value.interval->second) + "]" : "";
        const std::string name = (i == 0 ? "" : "  ") + value.name;
        if (i == 0)
            std::snprintf(line, sizeof line, "%-22s  %12s  %-24s  %-6s  %s  %s", name.c_str(), figure(value.value).c_str(), interval.c_str(), description.lowerIsBetter ? "lower" : "higher",
                          result.protocolHash().c_str(), description.units.c_str());
        else
            std::snprintf(line, sizeof line, "%-22s  %12s  %s", name.c_str(), figure(value.value).c_str(), interval.c_str());
        cli::print(line);
    }
    if (result.details.contains("leakage")) {
        const json& values = result.details.at("leakage").at("values");
        const auto at = [&](std::size_t row, std::size_t column) { return values[row][column].is_number() ? values[row][column].get<double>() : std::nan(""); };
        cli::print("    leakage                  appearance moved  motion moved");
        for (std::size_t row = 0; row < 2; ++row) {
            std::snprintf(line, sizeof line, "    %-23s  %16s  %12s", row == 0 ? "appearance code changed" : "motion code changed", figure(at(row, 0)).c_str(), figure(at(row, 1)).c_str());
            cli::print(line);
        }
    }
    if (result.details.contains("factors")) printTable(result.details.at("factors"));
    if (result.details.contains("curves")) printCurves(result.details.at("curves"));
    for (const std::string& note : result.notes) cli::print("  note: " + note);
}

/// One line a figure; a curve over a clip's frames has a line for each of them, "psnr@7". Cells that hold commas or quotes are quoted (RFC 4180).
std::string csvOf(const std::vector<MetricResult>& results, const std::vector<MetricDescription>& descriptions)
{
    const auto cell = [](std::string text) {
        if (text.find_first_of(",\"\n") == std::string::npos) return text;
        std::string quoted = "\"";
        for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
        return quoted + "\"";
    };
    std::string csv = "metric,value_name,value,low_95,high_95,units,lower_is_better,protocol_hash,subject,protocol\n";
    for (std::size_t i = 0; i < results.size(); ++i) {
        const auto line = [&](const MetricValue& value) {
            const auto number = [](double x) { return std::isfinite(x) ? formatNumber(x) : std::string(); };
            csv += results[i].metric + "," + value.name + "," + number(value.value) + "," + (value.interval ? number(value.interval->first) : "") + "," + (value.interval ? number(value.interval->second) : "") +
                   "," + cell(descriptions[i].units) + "," + (descriptions[i].lowerIsBetter ? "1" : "0") + "," + results[i].protocolHash() + "," + cell(results[i].subject.dump()) + "," +
                   cell(results[i].protocol.dump()) + "\n";
        };
        for (const MetricValue& value : results[i].values) line(value);
        if (!results[i].details.contains("curves")) continue;
        const json& curves = results[i].details.at("curves");
        const auto first = curves.at("first_frame").get<std::int64_t>();
        for (const auto& [name, curve] : curves.items())
            for (std::size_t t = 0; curve.is_array() && t < curve.size(); ++t) line({name + "@" + std::to_string(first + static_cast<std::int64_t>(t)), curve[t].get<double>(), std::nullopt});
    }
    return csv;
}

void listMetrics()
{
    json all = json::array();
    for (const MetricDescription& description : describeMetrics()) {
        all.push_back(toJson(description));
        cli::print(description.id + " (" + (description.lowerIsBetter ? "lower" : "higher") + " is better; " + description.units + ")");
        cli::print("  " + description.summary);
        if (!description.needs.empty()) cli::print("  needs: " + join(description.needs, ", "));
        for (const OptionField& field : description.options) cli::print("  " + field.key + "=" + optionText(field.fallback) + "  " + field.help);
    }
    if (cli::wantsJson()) cli::printJson({{"metrics", all}});
}

void evaluate(const Request& request)
{
    if (request.list) return listMetrics();
    if (request.checkpoint.empty() == request.against.empty())
        throw Error(ErrorCode::Usage, request.checkpoint.empty() ? "say what to measure: --checkpoint C, or --against DATASET to measure real clips" : "cannot be given together with --checkpoint", "--against");
    if (request.split.size() && request.dataset.empty()) throw Error(ErrorCode::Usage, "belongs to --dataset", "--split");
    if (request.againstSplit.size() && request.against.empty()) throw Error(ErrorCode::Usage, "belongs to --against", "--against-split");
    std::vector<std::unique_ptr<Metric>> metrics = chosenMetrics(request);
    for (const auto& metric : metrics)
        if (const MetricDescription description = metric->description(); request.dataset.empty() && std::ranges::find(description.needs, "real clips") != description.needs.end())
            throw Error(ErrorCode::Usage, "'" + description.id + "' compares with real clips; name the dataset", "--dataset");

    CheckpointInfo info;
    std::unique_ptr<System> system;
    MetricClips::Setup setup;
    std::string subject;
    if (!request.dataset.empty()) setup.real = openDataset(request.dataset);
    setup.split = request.split;
    setup.frames = request.frames;
    setup.seed = static_cast<uint64_t>(request.seed);
    if (!request.checkpoint.empty()) {
        system = openCheckpoint(catalogue(), request.checkpoint, chooseDevice(request.device), &info, weightChoiceFromName(request.weights));
        setup.system = system.get();
        setup.given = metricControls(*system, setup.real);
        setup.subject = {{"checkpoint", std::filesystem::path(request.checkpoint).filename().string()}, {"checkpoint_sha256", sha256File(request.checkpoint)}, {"system", info.system}, {"step", info.step},
                         {"weights", info.averaged ? "averaged" : "raw"}, {"trained_on", info.dataset}, {"device", system->device().str()}, {"kinora", KINORA_VERSION}};
        subject = request.checkpoint + ": " + info.system + ", step " + std::to_string(info.step) + ", SHA-256 " + setup.subject.at("checkpoint_sha256").get<std::string>().substr(0, 12);
    } else {
        setup.standIn = openDataset(request.against);
        setup.standInSplit = request.againstSplit;
        setup.subject = {{"dataset", request.against}, {"kinora", KINORA_VERSION}};
        subject = request.against + ": real clips in the place of generated ones";
    }
    MetricClips clips(setup);
#ifdef KINORA_WITH_IO
    // metrics of separation change one code at a time: a built-in dataset can be rendered so
    std::unique_ptr<RenderedSystem> renderer;
    std::unique_ptr<MetricClips> rendered;
    if (!system && request.against.starts_with("builtin:")) {
        renderer = std::make_unique<RenderedSystem>(syntheticKind(request.against), clips.width(), clips.frames());
        MetricClips::Setup exchanged = setup;
        exchanged.standIn.reset();
        exchanged.system = renderer.get();
        exchanged.subject["rendered"] = true;
        rendered = std::make_unique<MetricClips>(std::move(exchanged));
    }
#endif

    const auto clipsFor = [&]([[maybe_unused]] const MetricDescription& description) -> MetricClips& {
#ifdef KINORA_WITH_IO
        if (rendered && std::ranges::find(description.needs, "appearance and motion controls") != description.needs.end()) return *rendered;
#endif
        return clips;
    };
    for (const auto& metric : metrics) metric->check(clipsFor(metric->description()));  // what cannot be measured is told before anything is

    std::vector<MetricResult> results;
    std::vector<MetricDescription> descriptions;
    for (const auto& metric : metrics) {
        descriptions.push_back(metric->description());
        results.push_back(metric->measure(clipsFor(descriptions.back()), progressOnTerminal(descriptions.back().id)));
        if (results.size() == 1) {  // not before there is something to show under it
            cli::print(subject);
            cli::print("metric                         value  95 %                      better  protocol      units");
        }
        printResult(results.back(), descriptions.back());
    }
    cli::print("Figures can be compared where their protocol is the same; --json shows it.");
    if (!request.csv.empty()) writeFile(request.csv, csvOf(results, descriptions));
    if (cli::wantsJson()) {
        json all = json::array();
        for (const MetricResult& result : results) all.push_back(toJson(result));
        cli::printJson({{"checkpoint", request.checkpoint.empty() ? json() : json(request.checkpoint)}, {"against", request.against.empty() ? json() : json(request.against)},
                        {"dataset", request.dataset.empty() ? json() : json(request.dataset)}, {"subject", setup.subject}, {"kinora", KINORA_VERSION}, {"metrics", all}});
    }
}
}  // namespace

void addEvaluateCommand(CLI::App& app)
{
    auto request = std::make_shared<Request>();
    CLI::App* command = cli::addCommand(app, "evaluate", "Measure a checkpoint on a dataset",
                                        "  kinora evaluate --checkpoint C.safetensors --dataset builtin:faces\n"
                                        "  kinora evaluate --checkpoint C.safetensors --dataset builtin:faces --metrics swap_consistency --set swap_consistency.pairs=100\n"
                                        "  kinora evaluate --checkpoint C.safetensors --dataset clips.h5 --split test --metrics best_of_n --frames 30 --csv curve.csv      predicted frames, PSNR and SSIM over time\n"
                                        "  kinora evaluate --against clips.h5 --against-split test --dataset clips.h5 --split train      real clips against real clips\n"
                                        "  kinora evaluate --list\n"
                                        "\ndocs/metrics.md says what each metric measures and what it does not.");
    command->add_option("--checkpoint", request->checkpoint, "Checkpoint (.safetensors)");
    command->add_option("--against", request->against, "Measure the clips of this dataset instead of generated ones, to see what real data score");
    command->add_option("--dataset", request->dataset, "The real clips: a clip file, a folder, builtin:faces or builtin:puppets");
    command->add_option("--split", request->split, "Split of the dataset (train where it has one, else all)");
    command->add_option("--against-split", request->againstSplit, "Split of --against; the same split of the same dataset is divided between both sides");
    command->add_option("--metrics", request->metrics, "Comma-separated; --list lists them")->capture_default_str();
    command->add_option("--clips", request->clips, "Clips of each side, for the metrics that count in clips")->check(CLI::Range(std::int64_t(1), std::int64_t(1) << 40));
    command->add_option("--frames", request->frames, "Frames of a clip (as the system was trained)")->check(CLI::Range(1, 100000));
    command->add_option("--seed", request->seed, "Of codes, choice of clips and intervals")->check(CLI::Range(std::int64_t(0), std::numeric_limits<std::int64_t>::max()))->capture_default_str();
    command->add_option("--set", request->settings, "Option of a metric, metric.key=value; may be repeated");
    command->add_option("--csv", request->csv, "Write the figures with their protocols to this file");
    command->add_option("--weights", request->weights, "raw or averaged; averaged where the checkpoint holds an average")->check(CLI::IsMember({"raw", "averaged"}));
    command->add_option("--device", request->device, "auto, cpu, cuda or cuda:1 (for generation)")->capture_default_str();
    command->add_flag("--list", request->list, "List the metrics with their options");
    command->callback([request] { evaluate(*request); });
}

}  // namespace kinora::app
