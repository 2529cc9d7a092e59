#include "core/dataset/exclusions.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

#include "core/dataset/clip_subset.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/log.h"

namespace kinora {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {
constexpr std::uintmax_t kMaxBytes = std::uintmax_t(1) << 28;
}

fs::path exclusionsFile(const fs::path& dataset)
{
    fs::path file = dataset.has_filename() ? dataset : dataset.parent_path();  // "clips/" is the folder clips
    file += ".excluded.json";
    return file;
}

std::set<std::string> readExclusions(const fs::path& dataset)
{
    const fs::path file = exclusionsFile(dataset);
    std::error_code error;
    const fs::file_status status = fs::status(file, error);
    if (!fs::exists(status)) {
        if (error && status.type() != fs::file_type::not_found) throw Error(ErrorCode::CannotRead, "cannot be looked for (" + error.message() + ")", file.string());
        return {};
    }
    const auto damaged = [&](const std::string& found) {
        return Error(ErrorCode::Damaged, found + "; it must be a JSON list of clip names. Mend it, or remove it to exclude no clip", file.string());
    };
    // the list is flat: deeper nesting is refused while it is read
    const auto flat = [](int depth, json::parse_event_t, json&) {
        if (depth > 2) throw std::length_error("lists within lists");
        return true;
    };
    json list;
    try {
        list = json::parse(readFile(file, kMaxBytes), flat);
    } catch (const json::exception&) {
        throw damaged("is no JSON");
    } catch (const std::length_error&) {
        throw damaged("holds lists within lists");
    }
    if (!list.is_array()) throw damaged(std::string("holds a JSON ") + list.type_name());
    std::set<std::string> names;
    for (const json& name : list) {
        if (!name.is_string()) throw damaged(std::string("holds a ") + name.type_name() + " among the names");
        names.insert(name.get<std::string>());
    }
    return names;
}

void writeExclusions(const fs::path& dataset, const std::set<std::string>& names)
{
    const fs::path file = exclusionsFile(dataset);
    if (names.empty()) {
        std::error_code error;
        fs::remove(file, error);
        if (error) throw Error(ErrorCode::CannotWrite, "cannot be removed (" + error.message() + ")", file.string());
        return;
    }
    try {
        writeFile(file, json(names).dump(1) + "\n");
    } catch (const json::exception&) {
        throw Error(ErrorCode::CannotWrite, "a clip's name is no UTF-8 and cannot be listed", file.string());
    }
}

std::shared_ptr<const ClipSource> withoutExcluded(std::shared_ptr<const ClipSource> source, const fs::path& dataset)
{
    const std::set<std::string> names = readExclusions(dataset);
    if (names.empty()) return source;
    std::vector<std::int64_t> kept;
    std::set<std::string> found;
    for (std::int64_t i = 0; i < source->size(); ++i) {
        std::string name = source->info(i).name;
        if (names.contains(name)) found.insert(std::move(name));
        else kept.push_back(i);
    }
    if (found.size() < names.size()) {
        const auto foreign = std::ranges::find_if(names, [&](const std::string& name) { return !found.contains(name); });
        log::warning(exclusionsFile(dataset).string() + ": " + std::to_string(names.size() - found.size()) + " of the excluded names are no clips of this dataset and are ignored (the first: '" + *foreign + "')");
    }
    if (found.empty()) return source;
    return clipSubset(std::move(source), std::move(kept));
}

}  // namespace kinora
