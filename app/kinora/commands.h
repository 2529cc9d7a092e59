#pragma once
// The subcommands that the front answers itself.
#include <CLI/CLI.hpp>

namespace kinora::app {

void addRunsCommand(CLI::App& app);  ///< runs

}  // namespace kinora::app
