#pragma once
#include <CLI/CLI.hpp>

namespace kinora::app {

void addInfoCommands(CLI::App& datasets);    ///< 'kinora datasets list' and 'info'.
void addImportCommands(CLI::App& datasets);  ///< 'kinora datasets import' and 'repeat'.
void addVerifyCommand(CLI::App& datasets);
void addExportCommand(CLI::App& datasets);
void addFlowCommand(CLI::App& datasets);  ///< 'kinora datasets flow': the optical flow of clips, as colours or as a stream.

}  // namespace kinora::app
