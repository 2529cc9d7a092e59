#pragma once
#include <CLI/CLI.hpp>

namespace kinora::app {

void addFlowCommand(CLI::App& datasets);  ///< 'kinora datasets flow': the optical flow of clips, as colours or as a stream.

}  // namespace kinora::app
