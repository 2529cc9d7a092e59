#include "core/dataset/cached_import.h"

#include <algorithm>
#include <nlohmann/json.hpp>
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
    const ProcessResult result = runProcess(program.string(), {"datasets", "import", "auto", source.string(), "-o", target.string(), "--json"});
    if (result.exitCode == 0 && fs::is_regular_file(target, ignored)) return target;
    // its last word on standard output is {"error": {...}}
    const nlohmann::json answer = nlohmann::json::parse(result.output, nullptr, false);
    if (answer.is_object() && answer.contains("error") && answer["error"].is_object() && answer["error"].value("message", "") != "")
        throw Error(errorFromName(answer["error"].value("code", "internal")), answer["error"]["message"].get<std::string>(), answer["error"].value("subject", source.string()));
    throw Error(ErrorCode::CannotRead, "could not be imported (kinora-import ended with " + std::to_string(result.exitCode) + ")", source.string());
}

}  // namespace kinora
