#pragma once
#include <filesystem>
#include <string_view>

namespace kinora::log {
// The library behind these functions (spdlog; plain stderr in the engine-only build) stays in log.cpp: its fmt clashes with LibTorch's.

enum class Level { Debug, Info, Warning, Error, Off };
/// Thread: safe. Lines below \p level are dropped; the default is Info, or KINORA_LOG=debug|info|warning|error|off.
void setLevel(Level level);
/// Adds a file that receives every line from now on (appended). \throws Error (CannotWrite)
void addFile(const std::filesystem::path& file);
void debug(std::string_view line);
void info(std::string_view line);
void warning(std::string_view line);
void error(std::string_view line);

}  // namespace kinora::log
