#include "widgets/controllers/saved_directions.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/json_text.h"

namespace fs = std::filesystem;
using kinora::Error;
using kinora::ErrorCode;

namespace {
constexpr int kVersion = 1;

void check(const SavedDirection& direction, const std::string& subject, ErrorCode code)
{
    if (direction.name.empty()) throw Error(code, "a direction needs a name", subject);
    double length = 0;
    for (const float number : direction.vector) {
        if (!std::isfinite(number)) throw Error(code, "has numbers that are none", subject);
        length += static_cast<double>(number) * number;
    }
    if (!(length > 0)) throw Error(code, "is a direction of length zero", subject);
}

/// The name as it may stand in a file's, and something of its own where names differ in other characters only.
fs::path fileFor(const fs::path& folder, const SavedDirection& direction)
{
    std::string plain;
    for (const char c : direction.name) plain += (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ? c : '-';
    return folder / (plain.substr(0, 40) + "-" + kinora::sha256(direction.system + '/' + direction.control + '/' + direction.name).substr(0, 8) + ".json");
}
}  // namespace

fs::path savedDirectionsFolder() { return kinora::Places::config() / "directions"; }

SavedDirection readDirection(const fs::path& file)
{
    const nlohmann::json json = kinora::parseJson(kinora::readFile(file, 16u << 20));
    if (!json.is_object() || !json.contains("kinora_direction")) throw Error(ErrorCode::Damaged, "is no saved direction: a JSON object with 'kinora_direction' was expected", file.string());
    try {
        if (json["kinora_direction"].get<int>() > kVersion) throw Error(ErrorCode::Incompatible, "was saved by a newer Kinora", file.string());
        SavedDirection direction;
        direction.name = json.at("name").get<std::string>();
        direction.system = json.at("system").get<std::string>();
        direction.control = json.at("control").get<std::string>();
        direction.checkpointHash = json.value("checkpoint_sha256", "");
        const std::string kind = json.at("kind").get<std::string>();
        if (kind == kinora::controlKindName(kinora::ControlKind::GaussianSequence)) direction.kind = kinora::ControlKind::GaussianSequence;
        else if (kind != kinora::controlKindName(kinora::ControlKind::GaussianVector)) throw Error(ErrorCode::Damaged, "is a direction of no Gaussian control: '" + kind + "'", file.string());
        direction.vector = json.at("vector").get<std::vector<float>>();
        direction.file = file;
        check(direction, file.string(), ErrorCode::Damaged);
        return direction;
    } catch (const nlohmann::json::exception& error) {
        throw Error(ErrorCode::Damaged, std::string("is no saved direction: ") + error.what(), file.string());
    }
}

std::vector<SavedDirection> readDirections(const fs::path& folder, std::vector<std::string>* problems)
{
    std::vector<SavedDirection> found;
    std::error_code ignored;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
        if (entry.path().extension() != ".json") continue;
        try {
            found.push_back(readDirection(entry.path()));
        } catch (const Error& error) {
            if (problems) problems->push_back(error.what());
        }
    }
    std::ranges::sort(found, {}, [](const SavedDirection& direction) { return std::tie(direction.system, direction.control, direction.name, direction.file); });
    return found;
}

void writeDirection(const fs::path& file, const SavedDirection& direction)
{
    check(direction, direction.name.empty() ? "direction" : direction.name, ErrorCode::Usage);
    const nlohmann::json json = {{"kinora_direction", kVersion}, {"name", direction.name}, {"system", direction.system}, {"control", direction.control}, {"kind", kinora::controlKindName(direction.kind)},
                                 {"checkpoint_sha256", direction.checkpointHash}, {"vector", direction.vector}};
    kinora::writeFile(file, json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

fs::path keepDirection(const fs::path& folder, const SavedDirection& direction)
{
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) throw Error(ErrorCode::CannotWrite, "cannot be made: " + error.message(), folder.string());
    const fs::path file = fileFor(folder, direction);
    writeDirection(file, direction);
    return file;
}

SavedDirection renameDirection(const fs::path& folder, const SavedDirection& direction, const std::string& name)
{
    SavedDirection renamed = direction;
    renamed.name = name;
    if (name == direction.name) return direction;
    renamed.file = fileFor(folder, renamed);
    if (fs::exists(renamed.file)) throw Error(ErrorCode::Usage, "there is another direction of this name", name);
    keepDirection(folder, renamed);
    removeDirection(direction);
    return renamed;
}

void removeDirection(const SavedDirection& direction)
{
    std::error_code error;
    fs::remove(direction.file, error);
    if (error) throw Error(ErrorCode::CannotWrite, "cannot be removed: " + error.message(), direction.file.string());
}
