#pragma once
// The subcommands that the front answers itself.
#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace kinora::app {

void addRunsCommand(CLI::App& app);            ///< runs
void addRunActionCommands(CLI::App& runs);     ///< runs fork, duplicate, archive, restore, delete, relocate, tag, note, queue

/// A run as a person names it: a folder, or the name of one of the runs in Kinora's data folder.
std::string namedRun(const std::string& name);

/// Becomes the trainer, at once or, with --queue, when it is the run's turn; the arguments begin with "train".
/// \returns an exit code if it was taken out of the queue or interrupted. \throws Error (Usage, Locked, NotFound ...)
int train(std::vector<std::string> arguments);

}  // namespace kinora::app
