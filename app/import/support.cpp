#include "app/import/support.h"

#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <numeric>

#include "core/clipfile/clip_file.h"
#include "core/dataset/cached_import.h"
#include "core/dataset/safetensors_clips.h"
#include "core/util/file.h"
#include "core/util/text.h"
#include "datasets/synthetic/synthetic.h"

namespace kinora::app {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {
volatile std::sig_atomic_t g_signal = 0;
std::stop_source g_stop;
}  // namespace

void catchSignals()
{
    for (const int number : {SIGINT, SIGTERM})
        std::signal(number, [](int caught) {
            if (g_signal != 0) {  // asked twice: at once
                std::signal(caught, SIG_DFL);
                std::raise(caught);
            }
            g_signal = caught;
        });
}

int caughtSignal() { return g_signal; }
std::stop_token stopToken() { return g_stop.get_token(); }

void throwIfInterrupted(const std::string& what, const std::string& subject)
{
    if (g_signal != 0 || g_stop.stop_requested()) throw Error(ErrorCode::Cancelled, what, subject);
}

Progress::Progress(const std::string& mode) : m_json(mode == "json"), m_terminal(mode == "auto" && ::isatty(2) == 1) {}

Progress::~Progress()
{
    if (m_terminal && m_shown) std::fputs("\r\x1b[K", stderr);
}

bool Progress::due(bool last)
{
    if (g_signal != 0) g_stop.request_stop();
    const auto now = std::chrono::steady_clock::now();
    if (!last && now - m_last < std::chrono::milliseconds(100)) return false;
    m_last = now;
    m_shown = true;
    return m_json || m_terminal;
}

void Progress::operator()(std::int64_t done, std::int64_t total, const std::string& file)
{
    if (!due(done == total)) return;
    if (m_json) line({{"done", done}, {"total", total}, {"file", file}});
    else std::fprintf(stderr, "\r\x1b[K%lld of %lld  %.60s", static_cast<long long>(done), static_cast<long long>(total), file.c_str());
}

void Progress::operator()(const ImportProgress& at)
{
    const bool change = at.phase != m_phase || (at.done == at.total && at.done != m_done);
    if (!due(change)) return;
    m_phase = at.phase;
    m_done = at.done;
    if (m_json) {
        line({{"phase", at.phase}, {"done", at.done}, {"total", at.total}, {"clips", at.clips}, {"frames", at.frames}, {"skipped", at.skipped}, {"eta_s", at.etaS}, {"file", at.file}});
        return;
    }
    std::string left;
    if (at.etaS >= 0) {
        const auto seconds = static_cast<long long>(at.etaS + 0.5);
        char text[48];
        if (seconds >= 3600) std::snprintf(text, sizeof text, ", %lld h %02lld min left", seconds / 3600, seconds / 60 % 60);
        else std::snprintf(text, sizeof text, ", %lld:%02lld left", seconds / 60, seconds % 60);
        left = text;
    }
    const std::string skipped = at.skipped > 0 ? ", " + std::to_string(at.skipped) + " skipped" : std::string();
    std::fprintf(stderr, "\r\x1b[K%s %lld of %lld%s%s  %.50s", at.phase.c_str(), static_cast<long long>(at.done), static_cast<long long>(at.total), skipped.c_str(), left.c_str(), at.file.c_str());
}

void Progress::line(const json& object)
{
    const std::string text = object.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
    std::fputs(text.c_str(), stderr);
}

std::vector<std::string> programArguments()
{
    std::vector<std::string> arguments = split(readFile("/proc/self/cmdline"), '\0');
    if (!arguments.empty() && arguments.back().empty()) arguments.pop_back();  // behind the last zero
    if (!arguments.empty()) arguments.erase(arguments.begin());
    return arguments;
}

void addProgressOption(CLI::App* command, std::string& mode)
{
    command->add_option("--progress", mode, "auto: on a terminal; json: one object a line on standard error; off")->check(CLI::IsMember({"auto", "json", "off"}));
}

std::vector<std::int64_t> parseClips(const std::string& text, std::int64_t size)
{
    std::vector<std::int64_t> list;
    for (const std::string& part : split(text, ',')) {
        const std::size_t dash = part.find('-', 1);
        const long long from = parseInteger(part.substr(0, dash), "--clips"), to = dash == std::string::npos ? from : parseInteger(part.substr(dash + 1), "--clips");
        if (from < 0 || to < from) throw Error(ErrorCode::Usage, "'" + part + "' is no range of clips; write 0-63 or 5,7,9", "--clips");
        if (to >= size) throw Error(ErrorCode::Usage, "there is no clip " + std::to_string(to) + "; the dataset has " + std::to_string(size), "--clips");
        for (long long i = from; i <= to; ++i) list.push_back(i);
    }
    return list;
}

std::vector<std::int64_t> firstClips(std::int64_t count)
{
    std::vector<std::int64_t> list(static_cast<std::size_t>(std::max<std::int64_t>(count, 0)));
    std::iota(list.begin(), list.end(), 0);
    return list;
}

std::pair<int, int> parsePair(const std::string& text, const std::string& what)
{
    const std::size_t cross = text.find('x');
    const long long first = parseInteger(text.substr(0, cross), what), second = cross == std::string::npos ? first : parseInteger(text.substr(cross + 1), what);
    if (first < 1 || second < 1 || first > 16384 || second > 16384) throw Error(ErrorCode::Usage, "'" + text + "' is out of range", what);
    return {static_cast<int>(first), static_cast<int>(second)};
}

std::shared_ptr<const ClipSource> openDataset(const std::string& name)
{
    if (isSynthetic(name)) return openSynthetic(name);
    const fs::path path = name;
    std::error_code ignored;
    if (!fs::exists(path, ignored)) throw Error(ErrorCode::NotFound, "no such dataset; it is a clip file (.h5, .safetensors), a folder, builtin:faces or builtin:puppets", name);
    if (fs::is_directory(path, ignored)) return openClipFile(cachedImport(path));
    if (path.extension() == ".safetensors") return openSafetensorsClips(path);
    return openClipFile(path);
}

bool isHdf5(const fs::path& path) { return path.extension() == ".h5" || path.extension() == ".hdf5"; }

}  // namespace kinora::app
