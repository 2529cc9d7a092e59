#include "app/engine/train_judge.h"

#include <torch/torch.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "app/engine/commands.h"
#include "app/shared/command_line.h"
#include "core/metrics/judge.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/log.h"
#ifdef KINORA_WITH_IO
#include "app/engine/rendered_system.h"
#endif

namespace kinora::app {
namespace {
namespace fs = std::filesystem;
using nlohmann::json;

MetricCall judgeCall(std::stop_token stop)
{
    MetricCall call;
    call.stop = std::move(stop);
    const bool terminal = ::isatty(STDERR_FILENO) == 1;
    call.progress = [terminal, shown = std::chrono::steady_clock::time_point()](std::string_view phase, int64_t done, int64_t total) mutable {
        const auto now = std::chrono::steady_clock::now();
        if (now - shown < (terminal ? std::chrono::milliseconds(200) : std::chrono::milliseconds(15000)) && done != total) return;
        shown = now;
        const std::string line = std::string(phase) + ": " + std::to_string(done) + " of " + std::to_string(total);
        if (terminal) std::fprintf(stderr, "\r\033[K%s%s", line.c_str(), done == total ? "\n" : "");
        else log::info(line);
    };
    return call;
}
}  // namespace

void trainJudgeCommand(const JudgeRequest& request, std::stop_token stop)
{
    const auto begin = std::chrono::steady_clock::now();
    JudgeOptions options;
    applyOptions(options, cli::parseSettings(request.settings, describeOptions<JudgeOptions>("judge")));
    if (request.steps > 0) options.steps = request.steps;
    if (request.seed > 0) options.seed = request.seed;
    std::error_code code;
    const fs::path folder = request.run;
    if (fs::exists(folder, code) && (!fs::is_directory(folder, code) || !fs::is_empty(folder, code)))
        throw Error(ErrorCode::CannotWrite, "exists and is no empty folder; a judge needs one of its own", request.run);
    std::string name = request.dataset;
    // a built-in dataset has as many clips as one asks for; its usual seed is what systems are trained on
    if (name.starts_with("builtin:") && name.find('?') == std::string::npos) name += "?seed=1000&clips=" + std::to_string(options.trainingClips + options.testClips);
    const std::shared_ptr<const ClipSource> source = openDataset(name);
    if (request.threads > 0) at::set_num_threads(request.threads);
    const MetricCall call = judgeCall(std::move(stop));
    Judge judge = trainJudge(*source, options, call);
#ifdef KINORA_WITH_IO
    if (name.starts_with("builtin:")) {
        const SyntheticKind kind = syntheticKind(name);
        const ClipInfo first = source->info(0);
        // clips that it has not seen: another seed of the dataset
        measureFloor(judge, 250, [&](int64_t i) {
            const SyntheticFactors a = syntheticFactors(kind, 2000, 2 * i), b = syntheticFactors(kind, 2000, 2 * i + 1);
            const auto render = [&](const SyntheticFactors& still, const SyntheticFactors& moving) { return renderSynthetic(kind, {still.appearance, moving.motion}, first.height, first.frames); };
            return std::array<Frames, 4>{render(a, a), render(a, b), render(b, a), render(b, b)};
        }, call);
    } else
#endif
        log::warning("what the judge itself mistakes cannot be measured: only built-in datasets can be rendered with exchanged halves");

    const std::string bytes = judge.serialize();
    fs::create_directories(folder, code);
    const fs::path file = folder / "judge.safetensors";
    writeFile(file, bytes);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    json factors = json::array();
    char line[200];
    cli::print("factor                 role        held out                    above chance  floor");
    for (const JudgeFactor& factor : judge.factors()) {
        json row = toJson(factor);
        row["skill"] = factor.skill();
        factors.push_back(row);
        char score[64];
        if (factor.categorical()) std::snprintf(score, sizeof score, "%5.1f %% (chance %4.1f %%)", 100 * factor.score, 100 * factor.chance);
        else std::snprintf(score, sizeof score, "R2 %.3f", factor.score);
        std::snprintf(line, sizeof line, "%-21s  %-10s  %-26s  %12.2f  %.3f", factor.name.c_str(), factor.role.c_str(), score, factor.skill(), factor.floor);
        cli::print(line);
    }
    const json report{{"judge", file.string()}, {"bytes", bytes.size()}, {"sha256", sha256(bytes)}, {"dataset", name}, {"training", judge.training()}, {"factors", factors}, {"seconds", seconds}};
    writeFile(folder / "judge.json", report.dump(2) + "\n");
    std::snprintf(line, sizeof line, "%s: %zu bytes, %lld held-out clips, %.0f s", file.c_str(), bytes.size(), static_cast<long long>(options.testClips), seconds);
    cli::print(line);
    if (cli::wantsJson()) cli::printJson(report);
}

}  // namespace kinora::app
