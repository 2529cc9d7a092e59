#include "core/dataset/cached_import.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/log.h"
#include "core/util/process.h"
#include "kinora_version.h"

namespace kinora {
namespace fs = std::filesystem;
namespace {
/// Changes when a file of the folder does, or the program that imports it.
std::string fingerprint(const fs::path& folder)
{
    std::vector<std::string> lines;
    std::error_code error;
    fs::recursive_directory_iterator at(folder, fs::directory_options::follow_directory_symlink, error);
    for (const fs::recursive_directory_iterator end; !error && at != end; at.increment(error)) {
        if (!at->is_regular_file(error)) {
            error.clear();
            continue;
        }
        lines.push_back(at->path().lexically_relative(folder).string() + '\0' + std::to_string(at->file_size(error)) + '\0' + std::to_string(at->last_write_time(error).time_since_epoch().count()));
    }
    if (error) throw Error(ErrorCode::CannotRead, "the folder cannot be listed (" + error.message() + ")", folder.string());
    std::ranges::sort(lines);
    std::string all = "import of " KINORA_VERSION "\n" + folder.string();
    for (const std::string& line : lines) all += '\n' + line;
    return sha256(all);
}
}  // namespace

fs::path cachedImport(const fs::path& folder)
{
    const fs::path source = fs::canonical(folder);
    fs::path cache = Places::cache() / "datasets";
    fs::create_directories(cache);
    const fs::path target = cache / (source.filename().string() + "-" + fingerprint(source).substr(0, 16) + ".h5");
    std::error_code ignored;
    if (fs::is_regular_file(target, ignored)) return target;
    log::info("importing " + source.string() + " into " + target.string());
    const fs::path program = Places::programs() / "kinora-import";
    for (;;) {
        // on a terminal its progress is seen; an import that was interrupted goes on
        const ProcessResult result = runProcess(program.string(), {"datasets", "import", "auto", source.string(), "-o", target.string(), "--json"});
        if (result.exitCode == 0 && fs::is_regular_file(target, ignored)) return target;
        if (result.exitCode == exitCode(ErrorCode::Cancelled)) throw Error(ErrorCode::Cancelled, "the import was interrupted; the same command goes on with it", source.string());
        // its last word on standard output is {"error": {...}}
        const nlohmann::json answer = nlohmann::json::parse(result.output, nullptr, false);
        if (!answer.is_object() || !answer.contains("error") || !answer["error"].is_object() || answer["error"].value("message", "").empty())
            throw Error(ErrorCode::CannotRead, "could not be imported (kinora-import ended with " + std::to_string(result.exitCode) + ")", source.string());
        const ErrorCode code = errorFromName(answer["error"].value("code", "internal"));
        if (code != ErrorCode::Locked) throw Error(code, answer["error"]["message"].get<std::string>(), answer["error"].value("subject", source.string()));
        std::this_thread::sleep_for(std::chrono::milliseconds(500));  // another command imports the same folder: its file will do
        if (fs::is_regular_file(target, ignored)) return target;
    }
}

}  // namespace kinora
