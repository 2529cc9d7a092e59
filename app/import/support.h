#pragma once
// What several of the 'kinora datasets' commands share.
#include <chrono>
#include <csignal>
#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "app/shared/command_line.h"
#include "core/dataset/clip_source.h"
#include "core/util/error.h"
#include "datasets/import/import_job.h"

namespace kinora::app {

/// From now on SIGINT and SIGTERM ask the work to stop; a second one ends the process.
void catchSignals();
int caughtSignal();  ///< The number of the one that came, or 0.
/// Requested by Progress as soon as a signal came.
std::stop_token stopToken();
/// \throws Error (Cancelled) if a signal came
void throwIfInterrupted(const std::string& what, const std::string& subject);

/// Shows progress on a terminal, or as one JSON object a line on standard error for a program that waits; also passes a signal on.
class Progress {
public:
    explicit Progress(const std::string& mode);
    ~Progress();
    void operator()(std::int64_t done, std::int64_t total, const std::string& file = {});
    void operator()(const ImportProgress& at);

private:
    bool due(bool last);
    static void line(const nlohmann::json& object);
    bool m_json, m_terminal, m_shown = false;
    std::string m_phase;
    std::int64_t m_done = -1;
    std::chrono::steady_clock::time_point m_last{};
};
void addProgressOption(CLI::App* command, std::string& mode);

/// Runs \p work; an interruption ends with the exit code of its signal.
template <class Work>
void interruptible(Work&& work)
{
    catchSignals();
    try {
        work();
    } catch (const Error& error) {
        if (error.code() != ErrorCode::Cancelled || caughtSignal() != SIGTERM) throw;
        std::fprintf(stderr, "kinora: %s\n", error.what());
        throw CLI::RuntimeError(128 + SIGTERM);
    }
}

/// What this program was called with, less its name.
std::vector<std::string> programArguments();

/// "0-63,70" as clip numbers. \throws Error (Usage)
std::vector<std::int64_t> parseClips(const std::string& text, std::int64_t size);
/// 0, 1, ... count - 1.
std::vector<std::int64_t> firstClips(std::int64_t count);
/// "64" or "96x64" (width x height). \throws Error (Usage)
std::pair<int, int> parsePair(const std::string& text, const std::string& what);
/// Whatever --dataset may name. \throws Error
std::shared_ptr<const ClipSource> openDataset(const std::string& name);
bool isHdf5(const std::filesystem::path& path);

}  // namespace kinora::app
