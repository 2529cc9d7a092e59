#pragma once
#include <CLI/CLI.hpp>

namespace kinora::app {

void addCompareCommand(CLI::App& app);  ///< compare; not in the engine-only build, which draws no pictures.

}  // namespace kinora::app
