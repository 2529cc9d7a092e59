#include "core/util/log.h"

#include <cstdlib>
#include <mutex>

#include "core/util/error.h"

#ifdef KINORA_HAS_SPDLOG
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#else
#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <vector>
#endif

namespace kinora::log {
namespace {
Level levelFromEnvironment()
{
    const char* text = std::getenv("KINORA_LOG");
    const std::string_view name = text ? text : "";
    if (name == "debug") return Level::Debug;
    if (name == "warning") return Level::Warning;
    if (name == "error") return Level::Error;
    if (name == "off") return Level::Off;
    return Level::Info;
}
}  // namespace

#ifdef KINORA_HAS_SPDLOG
namespace {
spdlog::level::level_enum mapped(Level level)
{
    switch (level) {
        case Level::Debug: return spdlog::level::debug;
        case Level::Info: return spdlog::level::info;
        case Level::Warning: return spdlog::level::warn;
        case Level::Error: return spdlog::level::err;
        case Level::Off: break;
    }
    return spdlog::level::off;
}
spdlog::logger& logger()
{
    static const std::shared_ptr<spdlog::logger> instance = [] {
        auto made = std::make_shared<spdlog::logger>("kinora", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
        made->set_pattern("[%H:%M:%S] %^%l%$ %v");
        made->set_level(mapped(levelFromEnvironment()));
        return made;
    }();
    return *instance;
}
}  // namespace
void setLevel(Level level) { logger().set_level(mapped(level)); }
void addFile(const std::filesystem::path& file)
{
    try {
        auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file.string());
        sink->set_pattern("%Y-%m-%dT%H:%M:%S%z %l %v");
        logger().sinks().push_back(std::move(sink));
        logger().flush_on(spdlog::level::info);
    } catch (const spdlog::spdlog_ex& error) {
        throw Error(ErrorCode::CannotWrite, error.what(), file.string());
    }
}
void debug(std::string_view line) { logger().debug("{}", line); }
void info(std::string_view line) { logger().info("{}", line); }
void warning(std::string_view line) { logger().warn("{}", line); }
void error(std::string_view line) { logger().error("{}", line); }
#else
namespace {
std::mutex mutex;
Level threshold = levelFromEnvironment();
std::vector<std::ofstream> files;
void write(Level level, const char* name, std::string_view line)
{
    const std::lock_guard lock(mutex);
    if (level < threshold) return;
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    localtime_r(&now, &parts);
    char stamp[32];
    std::strftime(stamp, sizeof stamp, "%H:%M:%S", &parts);
    std::fprintf(stderr, "[%s] %s %.*s\n", stamp, name, static_cast<int>(line.size()), line.data());
    for (std::ofstream& file : files) file << stamp << ' ' << name << ' ' << line << std::endl;
}
}  // namespace
void setLevel(Level level)
{
    const std::lock_guard lock(mutex);
    threshold = level;
}
void addFile(const std::filesystem::path& file)
{
    const std::lock_guard lock(mutex);
    files.emplace_back(file, std::ios::app);
    if (!files.back()) throw Error(ErrorCode::CannotWrite, "the log file cannot be opened for writing", file.string());
}
void debug(std::string_view line) { write(Level::Debug, "debug", line); }
void info(std::string_view line) { write(Level::Info, "info", line); }
void warning(std::string_view line) { write(Level::Warning, "warning", line); }
void error(std::string_view line) { write(Level::Error, "error", line); }
#endif

}  // namespace kinora::log
