#include <torch/torch.h>
#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "app/engine/commands.h"
#include "app/shared/command_line.h"
#include "core/metrics/factor_variance.h"
#include "core/system/checkpoint.h"
#include "core/system/generation.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/log.h"
#include "core/util/text.h"
#include "kinora_version.h"
#include "models/catalogue.h"

namespace kinora::app {
namespace {
using nlohmann::json;

struct Request {
    std::string checkpoint, dataset, metrics = "factor_variance", device = "auto";
    std::vector<std::string> settings;
};

/// NaN is no JSON number.
json number(double value) { return std::isfinite(value) ? json(value) : json(nullptr); }

json factorVariance(System& system, const ClipSource& source, const Request& request)
{
    FactorVarianceOptions options;
    applyOptions(options, cli::parseSettings(request.settings, describeOptions<FactorVarianceOptions>("metric")));
    const bool terminal = ::isatty(STDERR_FILENO);
    const FactorVariance found = measureFactorVariance(system, source, options, {}, [&](int64_t done, int64_t total) {
        if (terminal) std::fprintf(stderr, "\rfactor regressor: step %lld of %lld%s", static_cast<long long>(done), static_cast<long long>(total), done == total ? "\n" : "");
    });
    json factors = json::array();
    cli::print("factor                role        score   along rows  along columns");
    for (const FactorRow& row : found.factors) {
        factors.push_back({{"name", row.name}, {"role", row.role}, {"score", row.score}, {"used", row.used}, {"along_rows", row.alongRows}, {"along_columns", row.alongColumns}});
        char line[160];
        std::snprintf(line, sizeof line, "%-20s  %-10s  %5.2f%s  %10.4f  %13.4f", row.name.c_str(), row.role.c_str(), row.score, row.used ? " " : "-", row.alongRows, row.alongColumns);
        cli::print(line);
    }
    char line[240];
    std::snprintf(line, sizeof line, "appearance leak %.3f (%d factors: variance along rows / along columns)   motion leak %.3f (%d factors: along columns / along rows)", found.appearanceLeak, found.appearanceFactors, found.motionLeak,
                  found.motionFactors);
    cli::print(line);
    return {{"appearance_leak", number(found.appearanceLeak)}, {"motion_leak", number(found.motionLeak)}, {"appearance_factors", found.appearanceFactors}, {"motion_factors", found.motionFactors}, {"factors", factors},
            {"options", toJson(optionValues(options))}};
}

void evaluate(const Request& request)
{
    const std::vector<std::string> known = {"factor_variance"};
    const std::vector<std::string> wanted = split(request.metrics, ',');
    for (const std::string& metric : wanted)
        if (std::ranges::find(known, metric) == known.end()) throw Error(ErrorCode::Usage, "there is no metric '" + metric + "'" + suggestion(metric, known), "--metrics");
    CheckpointInfo info;
    const std::unique_ptr<System> system = openCheckpoint(catalogue(), request.checkpoint, chooseDevice(request.device), &info);
    const std::shared_ptr<const ClipSource> source = openDataset(request.dataset);
    json results;
    for (const std::string& metric : wanted) results[metric] = factorVariance(*system, *source, request);
    if (cli::wantsJson())
        cli::printJson({{"checkpoint", request.checkpoint}, {"checkpoint_sha256", sha256File(request.checkpoint)}, {"system", info.system}, {"step", info.step}, {"dataset", request.dataset}, {"kinora", KINORA_VERSION}, {"metrics", results}});
}
}  // namespace

void addEvaluateCommand(CLI::App& app)
{
    auto request = std::make_shared<Request>();
    CLI::App* command = cli::addCommand(app, "evaluate", "Measure a checkpoint on a dataset",
                                        "  kinora evaluate --checkpoint C.safetensors --dataset builtin:faces --metrics factor_variance\n\n"
                                        "factor_variance: on an 8x8 matrix of generated clips, how much the appearance factors change along a row (where only the motion code\n"
                                        "changes) against along a column, and the same for the motion factors the other way round. 0 is perfect, 1 is no disentanglement.");
    command->add_option("--checkpoint", request->checkpoint, "Checkpoint (.safetensors)")->required();
    command->add_option("--dataset", request->dataset, "Dataset with ground-truth factors: builtin:faces, builtin:puppets or a file made from one")->required();
    command->add_option("--metrics", request->metrics, "Comma-separated: factor_variance")->capture_default_str();
    command->add_option("--set", request->settings, "Option of the metric, key=value (rows, columns, regressor_steps, seed ...)");
    command->add_option("--device", request->device, "auto, cpu, cuda or cuda:1 (for generation)")->capture_default_str();
    command->callback([request] { evaluate(*request); });
}

}  // namespace kinora::app
