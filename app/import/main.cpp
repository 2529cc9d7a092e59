// kinora-import: 'kinora datasets ...'. The only program that decodes foreign pictures and videos; may die without harm to a run or the window.
#include <cstdio>

#include "app/import/commands.h"
#include "app/shared/command_line.h"
#include "core/util/error.h"
#include "core/util/text.h"

int main(int argc, char** argv)
{
    CLI::App app("Kinora's datasets. Call it as 'kinora datasets'.", "kinora");
    app.require_subcommand(1);
    CLI::App* datasets = app.add_subcommand("datasets", "List, inspect, import, verify and export datasets");
    datasets->require_subcommand(1);
    kinora::app::addInfoCommands(*datasets);
    kinora::app::addImportCommands(*datasets);
    kinora::app::addVerifyCommand(*datasets);
    kinora::app::addExportCommand(*datasets);
#ifdef KINORA_HAS_FLOW_COMMAND
    kinora::app::addFlowCommand(*datasets);
#endif
    // CLI11 only says that a subcommand is missing
    if (argc > 2 && argv[1] == std::string_view("datasets") && argv[2][0] != '-') {
        std::vector<std::string> names;
        for (const CLI::App* command : datasets->get_subcommands([](const CLI::App*) { return true; })) names.push_back(command->get_name());
        if (std::ranges::find(names, argv[2]) == names.end()) {
            const kinora::Error error(kinora::ErrorCode::Usage, "there is no 'datasets " + std::string(argv[2]) + "'" + kinora::suggestion(argv[2], names) + "; see 'kinora datasets --help'");
            std::fprintf(stderr, "kinora: %s\n", error.what());
            return kinora::exitCode(error.code());
        }
    }
    return kinora::cli::runProgram(app, argc, argv);
}
