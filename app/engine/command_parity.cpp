#include <torch/torch.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "app/engine/commands.h"
#include "app/shared/command_line.h"
#include "core/system/system.h"
#include "core/util/error.h"
#include "core/util/outcome.h"
#include "core/util/safetensors.h"
#include "models/catalogue.h"

namespace kinora::app {
namespace {
using nlohmann::json;

struct Case {
    std::string system, name;
    std::vector<ParityLine> lines;
    bool passed() const { return std::ranges::all_of(lines, [](const ParityLine& line) { return line.passed; }); }
};

std::string lowered(std::string text)
{
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

Case replay(const std::string& path, double tolerance)
{
    const safetensors::File file{std::filesystem::path(path)};
    const auto system = file.metadata().find("system");
    if (system == file.metadata().end()) throw Error(ErrorCode::Damaged, "is no recorded case: its header names no system", path);
    const SystemEntry& entry = findSystem(catalogue(), lowered(system->second));
    if (!entry.parity) throw Error(ErrorCode::Usage, "system '" + system->second + "' cannot replay recorded cases", path);
    Case result{entry.description.id, {}, {}};
    if (const auto name = file.metadata().find("case"); name != file.metadata().end()) result.name = name->second;
    try {
        result.lines = entry.parity(file, tolerance);
    } catch (const Error& error) {
        // what does not fit together is the file's fault here, no checkpoint is concerned
        if (error.code() != ErrorCode::Incompatible && error.code() != ErrorCode::Usage && error.code() != ErrorCode::ShapeMismatch) throw;
        throw Error(ErrorCode::Damaged, error.subject() == path ? error.detail() : error.what(), path);
    } catch (const c10::Error& error) {
        throw Error(ErrorCode::Damaged, std::string("its tensors do not fit its configuration: ") + std::string(error.what_without_backtrace()).substr(0, 200), path);
    }
    if (result.lines.empty()) throw Error(ErrorCode::Damaged, "holds nothing to compare", path);
    return result;
}

std::string lineText(const ParityLine& line)
{
    char numbers[160];
    std::snprintf(numbers, sizeof(numbers), "%-4s  max abs %-10.3g max rel %-10.3g (%s %.3g)  ", line.passed ? "ok" : "FAIL", line.maxAbsolute, line.maxRelative, line.relative ? "relative" : "absolute", line.tolerance);
    return numbers + line.name + (line.note.empty() ? "" : "  [" + line.note + "]");
}

json toJson(const ParityLine& line)
{
    return {{"name", line.name}, {"max_abs", line.maxAbsolute}, {"max_rel", line.maxRelative}, {"tolerance", line.tolerance}, {"relative", line.relative}, {"passed", line.passed}, {"note", line.note}};
}

void parity(const std::vector<std::string>& files, double tolerance)
{
    json all = json::array();
    int code = 0;
    for (const std::string& path : files) {
        const Outcome<Case> outcome = attempt([&] { return replay(path, tolerance); });
        if (!outcome) {
            if (files.size() == 1) throw outcome.error();
            const Error& error = outcome.error();
            std::fprintf(stderr, "kinora: %s\n", error.what());
            all.push_back({{"file", path}, {"passed", false}, {"error", {{"code", errorName(error.code())}, {"message", error.detail()}, {"subject", error.subject()}}}});
            code = std::max(code, exitCode(error.code()));
            continue;
        }
        const Case& result = outcome.value();
        cli::print(path + " (" + result.system + (result.name.empty() ? "" : ", " + result.name) + ")");
        json lines = json::array();
        for (const ParityLine& line : result.lines) {
            cli::print("  " + lineText(line));
            lines.push_back(toJson(line));
        }
        const auto failed = std::ranges::count_if(result.lines, [](const ParityLine& line) { return !line.passed; });
        cli::print("  " + std::to_string(result.lines.size()) + " outputs compared, " + std::to_string(failed) + " differ");
        all.push_back({{"file", path}, {"system", result.system}, {"case", result.name}, {"passed", failed == 0}, {"outputs", lines}});
        if (failed > 0) code = std::max(code, exitCode(ErrorCode::CheckFailed));
    }
    if (cli::wantsJson()) cli::printJson({{"passed", code == 0}, {"files", all}});
    if (code != 0) throw CLI::RuntimeError(code);
}
}  // namespace

void addParityCommand(CLI::App& app)
{
    CLI::App* command = cli::addCommand(app, "parity", "Replay recorded cases of the original programs and compare every output",
                                        "  kinora parity g3an_step.safetensors\n  kinora parity recorded/*.safetensors --json\n  kinora parity case.safetensors --tolerance 1e-3\n");
    struct Arguments {
        std::vector<std::string> files;
        double tolerance = -1;
    };
    auto arguments = std::make_shared<Arguments>();
    command->add_option("FILE", arguments->files, "Recorded cases (.safetensors)")->required();
    command->add_option("--tolerance", arguments->tolerance, "Largest absolute error of eval-mode outputs, instead of the system's own figure");
    command->callback([arguments, command] {
        if (command->count("--tolerance") > 0 && !(arguments->tolerance >= 0)) throw Error(ErrorCode::Usage, "expected a number of at least 0", "--tolerance");
        parity(arguments->files, arguments->tolerance);
    });
}

}  // namespace kinora::app
