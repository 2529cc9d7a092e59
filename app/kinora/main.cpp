// The front of the command line: help and `runs` are answered here, every other subcommand is handed to the program that can do it.
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "app/kinora/commands.h"
#include "app/shared/command_line.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/outcome.h"
#include "core/util/process.h"
#include "core/util/text.h"
#include "kinora_version.h"

namespace {
struct Subcommand {
    std::string_view name, program, summary;
};
constexpr Subcommand kSubcommands[] = {
    {"gui", "kinora-workbench", "Open the workbench on runs, datasets, checkpoints or states"},
    {"systems", "kinora-engine", "List the published systems with their options and controls"},
    {"info", "kinora-engine", "Versions, devices, and what CUDA said"},
    {"selftest", "kinora-engine", "Try every system on a device"},
    {"datasets", "kinora-import", "List, inspect, import, verify and export datasets"},
    {"train", "kinora-engine", "Train a system in a run directory, or resume one; --queue waits for the device"},
    {"runs", "", "List, inspect, steer, fork, queue and archive runs"},
    {"generate", "kinora-engine", "Generate clips or an appearance x motion matrix from a checkpoint"},
    {"invert", "kinora-engine", "Find the codes whose clip is nearest to a real one"},
    {"evaluate", "kinora-engine", "Measure a checkpoint on a dataset"},
    {"compare", "kinora-engine", "Set checkpoints side by side: clips of the same codes, sizes, speed, metrics"},
    {"import-weights", "kinora-engine", "Turn official PyTorch weights into a checkpoint"},
    {"export-weights", "kinora-engine", "Write a checkpoint's weights as .pth or small .safetensors"},
    {"parity", "kinora-engine", "Replay a recorded case of an original program"},
    {"bench", "kinora-engine", "Measure generation, training, loading, export and the window (bench browser, bench charts, bench slider)"},
    {"serve", "kinora-engine", "The engine behind the window, on standard input and output"},
};

void printHelp()
{
    std::cout << "Kinora " KINORA_VERSION ": a workbench for disentangled video generation\n\n"
                 "Usage: kinora SUBCOMMAND [OPTIONS]     kinora SUBCOMMAND --help shows its options and examples\n\n";
    for (const Subcommand& sub : kSubcommands) std::printf("  %-16s %s\n", std::string(sub.name).c_str(), std::string(sub.summary).c_str());
    std::cout << "\nExamples:\n"
                 "  kinora gui\n"
                 "  kinora train --system g3an --dataset builtin:faces --run runs/first --steps 2000\n"
                 "  kinora generate --checkpoint runs/first/checkpoints/step-00002000.safetensors --grid 4x6 -o matrix.gif\n\n"
                 "Exit codes: 0 done, 1 a check failed, 2 wrong usage, 3 missing or bad input, 4 not a number, 5 out of memory,\n"
                 "            6 device unavailable, 7 incompatible checkpoint, 130/143 interrupted after a clean save\n";
    std::fflush(stdout);
}
}  // namespace

int main(int argc, char** argv)
{
    using namespace kinora;
    const std::string_view first = argc > 1 ? argv[1] : "";
    if (first.empty() || first == "--help" || first == "-h" || first == "help") {
        printHelp();
        return first.empty() ? exitCode(ErrorCode::Usage) : 0;
    }
    if (first == "--version") {
        if (argc > 2 && std::string_view(argv[2]) == "--json") cli::printJson({{"version", KINORA_VERSION}, {"git", KINORA_GIT}});
        else std::cout << "kinora " KINORA_VERSION " (" KINORA_GIT ")" << std::endl;
        return 0;
    }
    for (const Subcommand& sub : kSubcommands) {
        if (first != sub.name) continue;
        if (sub.program.empty()) {
            CLI::App app("Kinora", "kinora");
            app.require_subcommand(1);
            app::addRunsCommand(app);
            return cli::runProgram(app, argc, argv);
        }
        std::vector<std::string> arguments(argv + 1, argv + argc);
        if (first == "gui") arguments.erase(arguments.begin());
        // the wall of clips and the curves are the window's
        const bool window = first == "bench" && argc > 2 && (std::string_view(argv[2]) == "browser" || std::string_view(argv[2]) == "charts" || std::string_view(argv[2]) == "slider");
        const auto program = Places::programs() / (window ? "kinora-workbench" : sub.program);
        const auto outcome = attempt([&]() -> int {
            if (first == "train") return app::train(arguments);
            replaceProcess(program.string(), arguments);
        });
        if (outcome) return outcome.value();
        if (outcome.error().subject() != program.string()) {
            const Error& error = outcome.error();
            std::cerr << "kinora: " << error.what() << std::endl;
            if (std::find(arguments.begin(), arguments.end(), "--json") != arguments.end())
                cli::printJson({{"error", {{"code", errorName(error.code())}, {"message", error.detail()}, {"subject", error.subject()}}}});
            return exitCode(error.code());
        }
        std::cerr << "kinora: '" << sub.name << "' needs the program " << program.string() << ", which is not there"
                  << (first == "gui" || window ? "; this build has no window (KINORA_GUI=OFF), or build it with ./run" : "; build it with ./run") << std::endl;
        return exitCode(outcome.error().code());
    }
    std::vector<std::string> names;
    for (const Subcommand& sub : kSubcommands) names.emplace_back(sub.name);
    std::cerr << "kinora: there is no subcommand '" << first << "'" << suggestion(first, names) << "; see kinora --help" << std::endl;
    return exitCode(ErrorCode::Usage);
}
