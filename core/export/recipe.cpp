#include "core/export/recipe.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/clipfile/clip_file.h"
#include "core/coding/clip_coding.h"
#include "core/export/base64.h"
#include "core/export/libav.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/json_text.h"
#include "core/util/safetensors.h"
#include "kinora_version.h"

namespace kinora {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {
constexpr int kVersion = 1;
constexpr std::uintmax_t kLargest = std::uintmax_t(1) << 31;
constexpr std::int64_t kMostPixels = std::int64_t(1) << 24;  // of the pictures given to one control

std::uint32_t bigEndian(const std::string& bytes, std::size_t at)
{
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes.at(at + i));
    return value;
}

std::string gifComment(const std::string& bytes)
{
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes.at(at)); };
    std::size_t at = 13 + (byte(10) & 0x80 ? std::size_t(3) << ((byte(10) & 7) + 1) : 0);
    std::string comment;
    const auto blocks = [&](std::string* into) {
        while (byte(at) != 0) {
            if (into) into->append(bytes, at + 1, byte(at));
            at += byte(at) + 1u;
        }
        ++at;
    };
    while (byte(at) != 0x3b) {
        if (byte(at) == 0x21) {
            const bool wanted = byte(at + 1) == 0xfe;
            at += 2;
            blocks(wanted ? &comment : nullptr);
        } else if (byte(at) == 0x2c) {
            const int flags = byte(at + 9);
            at += 10 + (flags & 0x80 ? std::size_t(3) << ((flags & 7) + 1) : 0) + 1;
            blocks(nullptr);
        } else {
            break;
        }
    }
    return comment;
}

std::string pngComment(const std::string& bytes)
{
    for (std::size_t at = 8; at + 12 <= bytes.size();) {
        const std::uint32_t size = bigEndian(bytes, at);
        if (bytes.compare(at + 4, 4, "iTXt") == 0 && bytes.compare(at + 8, 8, std::string("Comment\0", 8)) == 0 && size > 12) return bytes.substr(at + 8 + 12, size - 12);
        at += std::size_t(size) + 12;
    }
    return {};
}

std::string webpComment(const std::string& bytes)
{
    for (std::size_t at = 12; at + 8 <= bytes.size();) {
        std::uint32_t size = 0;
        for (std::size_t i = 0; i < 4; ++i) size |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + 4 + i])) << (8 * i);
        if (bytes.compare(at, 4, "XMP ") == 0) return bytes.substr(at + 8, size);
        at += 8 + std::size_t(size) + size % 2;
    }
    return {};
}

std::string videoComment(const fs::path& file)
{
    libav::quiet();
    libav::clearMessage();
    AVFormatContext* context = nullptr;
    const std::string url = "file:" + file.string();
    if (const int code = avformat_open_input(&context, url.c_str(), nullptr, nullptr); code < 0) throw Error(ErrorCode::Damaged, "holds no recipe (" + libav::message(code) + "); give a picture, animation, report or clip file that Kinora exported, or the JSON of its recipe", file.string());
    std::string comment;
    if (const AVDictionaryEntry* entry = av_dict_get(context->metadata, "comment", nullptr, 0)) comment = entry->value;
    avformat_close_input(&context);
    return comment;
}

/// The data of a report that `kinora compare` made.
std::string reportComment(const std::string& bytes)
{
    constexpr std::string_view kBegin = "id=\"kinora-comparison\">", kEnd = "</script>";
    const std::size_t begin = bytes.rfind(kBegin), end = begin == std::string::npos ? begin : bytes.find(kEnd, begin);
    return end == std::string::npos ? std::string() : bytes.substr(begin + kBegin.size(), end - begin - kBegin.size());
}

std::string recipeText(const fs::path& file)
{
    std::error_code ignored;
    if (fs::is_directory(file, ignored)) return readFile(file / "recipe.json", kLargest);
    if (file.extension() == ".h5") {
        const auto attributes = clipFileAttributes(file);
        const auto found = attributes.find("recipe");
        return found == attributes.end() ? std::string() : found->second;
    }
    if (file.extension() == ".safetensors") {
        const safetensors::File tensors(file);
        const auto found = tensors.metadata().find("recipe");
        return found == tensors.metadata().end() ? std::string() : found->second;
    }
    const std::string bytes = readFile(file, kLargest);
    try {
        if (bytes.starts_with("GIF8")) return gifComment(bytes);
        if (bytes.starts_with("\x89PNG")) return pngComment(bytes);
        if (bytes.starts_with("RIFF") && bytes.size() > 12 && bytes.compare(8, 4, "WEBP") == 0) return webpComment(bytes);
    } catch (const std::out_of_range&) {
        throw Error(ErrorCode::Damaged, "is truncated; its recipe cannot be read", file.string());
    }
    if (bytes.starts_with("<!DOCTYPE html>")) return reportComment(bytes);
    const std::size_t first = bytes.find_first_not_of(" \t\r\n");
    if (first != std::string::npos && bytes[first] == '{') return bytes;
    if (first == std::string::npos) throw Error(ErrorCode::Damaged, "is empty; a recipe (JSON) or a file that Kinora exported was expected", file.string());
    return videoComment(file);
}

/// A value with the pictures that were given, coded without loss.
json written(const ControlValue& value)
{
    json out = toJson(value);
    shortenFloats(out);
    if (!value.frames) return out;
    const std::string coded = toBase64(encodeClip(*value.frames, ClipCoding::Lossless));
    out["pictures"] = {{"count", value.frames->count()}, {"height", value.frames->height()}, {"width", value.frames->width()}, {"coded", coded}};
    return out;
}

ControlValue valueFrom(const json& from)
{
    ControlValue value = controlValueFromJson(from);
    if (!from.contains("pictures")) return value;
    const json& pictures = from.at("pictures");
    const auto size = [&](const char* key, int most) {
        const auto number = pictures.at(key).get<std::int64_t>();
        if (number < 1 || number > most) throw Error(ErrorCode::Damaged, std::string("'pictures' has a ") + key + " of " + std::to_string(number) + ", which is not within 1 and " + std::to_string(most));
        return static_cast<int>(number);
    };
    const int count = size("count", 4096), height = size("height", 4096), width = size("width", 4096);
    const auto text = pictures.at("coded").get<std::string>();
    if (std::int64_t(count) * height * width > kMostPixels || text.size() > static_cast<std::size_t>(kMostPixels) * 8) throw Error(ErrorCode::Damaged, "'pictures' are larger than any that Kinora writes");
    const std::optional<std::string> coded = fromBase64(text);
    if (!coded) throw Error(ErrorCode::Damaged, "'pictures' are not coded in base 64");
    value.frames = std::make_shared<const Frames>(decodeClip(*coded, ClipCoding::Lossless, count, height, width));
    return value;
}

template <class Options>
void options(Options& into, const json& from)
{
    const OptionValues values = optionValuesFromJson(from);
    applyOptions(into, values);
}
}  // namespace

void shortenFloats(json& value)
{
    if (value.is_number_float()) {
        char text[32];
        const auto end = std::to_chars(text, text + sizeof text, static_cast<float>(value.get<double>())).ptr;
        double decimal = 0;
        std::from_chars(text, end, decimal);
        value = decimal;
    } else if (value.is_structured()) {
        for (json& part : value) shortenFloats(part);
    }
}

json toJson(const FigureRecipe& recipe)
{
    json out = {{"kinora_recipe", kVersion}, {"kinora", KINORA_VERSION},   {"made_by", recipe.madeBy},     {"system", recipe.system},   {"checkpoint_sha256", recipe.checkpointHash},
                {"checkpoint_file", recipe.checkpointFile}, {"weights", recipe.weights}, {"look", recipe.look}, {"plan", recipe.plan}, {"device", recipe.device},   {"seed", recipe.seed},
                {"frames", recipe.frames},   {"rows", recipe.rows},        {"columns", recipe.columns},    {"curated", recipe.curated}, {"figure", toJson(optionValues(recipe.figure))},
                {"encoder", toJson(optionValues(recipe.encoder))}};
    if (recipe.appearanceSeed) out["appearance_seed"] = *recipe.appearanceSeed;
    if (recipe.motionSeed) out["motion_seed"] = *recipe.motionSeed;
    if (!recipe.view.empty()) out["view"] = recipe.view;
    if (!recipe.condition.empty()) out["condition"] = recipe.condition;
    if (!recipe.keyPoses.empty()) out["way"] = json::parse(recipe.keyPoses);
    if (!recipe.rowLabels.empty()) out["row_labels"] = recipe.rowLabels;
    if (!recipe.columnLabels.empty()) out["column_labels"] = recipe.columnLabels;
    // rows and columns share values: each is written once, and a cell names them by number
    json values = json::object(), cells = json::array();
    std::map<std::string, std::vector<ControlValue>> seen;
    for (const ControlValues& cell : recipe.cells) {
        json numbers = json::object();
        for (const auto& [id, value] : cell) {
            std::vector<ControlValue>& list = seen[id];
            const auto found = std::ranges::find(list, value);
            numbers[id] = found - list.begin();
            if (found != list.end()) continue;
            list.push_back(value);
            values[id].push_back(written(value));
        }
        cells.push_back(std::move(numbers));
    }
    if (!recipe.cells.empty()) out["values"] = std::move(values), out["cells"] = std::move(cells);
    return out;
}

FigureRecipe recipeFromJson(const json& from, const std::string& subject)
{
    if (!from.is_object() || !(from.contains("kinora_recipe") || from.contains("appearance_seed"))) throw Error(ErrorCode::Damaged, "is no recipe: 'kinora_recipe' is missing", subject);
    FigureRecipe recipe;
    try {
        if (from.value("kinora_recipe", kVersion) > kVersion)
            throw Error(ErrorCode::Incompatible, "is a recipe of version " + std::to_string(from.at("kinora_recipe").get<int>()) + "; this Kinora reads version " + std::to_string(kVersion) + ", use a newer one", subject);
        recipe.madeBy = from.value("made_by", "generate");
        recipe.system = from.value("system", "");
        recipe.checkpointHash = from.value("checkpoint_sha256", "");
        recipe.checkpointFile = from.value("checkpoint_file", "");
        recipe.weights = from.value("weights", "");
        recipe.look = from.value("look", "fixed");
        recipe.plan = from.value("plan", "auto");
        if (recipe.plan != "auto" && recipe.plan != "off" && recipe.plan != "fp32" && recipe.plan != "bf16") throw Error(ErrorCode::Damaged, "names a plan '" + recipe.plan + "' that there is not", subject);
        recipe.view = from.value("view", "");
        recipe.device = from.value("device", "");
        recipe.frames = from.value("frames", 0);
        recipe.rows = from.value("rows", 1);
        recipe.columns = from.value("columns", 1);
        recipe.curated = from.value("curated", false);
        recipe.condition = from.value("condition", "");
        if (from.contains("way")) recipe.keyPoses = from.at("way").dump();
        recipe.rowLabels = from.value("row_labels", std::vector<std::string>());
        recipe.columnLabels = from.value("column_labels", std::vector<std::string>());
        if (from.contains("appearance_seed")) recipe.appearanceSeed = from.at("appearance_seed").get<std::uint64_t>();
        if (from.contains("motion_seed")) recipe.motionSeed = from.at("motion_seed").get<std::uint64_t>();
        recipe.seed = from.value("seed", recipe.appearanceSeed.value_or(0));
        if (recipe.rows < 1 || recipe.columns < 1 || recipe.rows > 64 || recipe.columns > 64 || recipe.frames < 0 || recipe.frames > 100000) throw Error(ErrorCode::Damaged, "rows, columns or frames are out of range", subject);
        if (from.contains("figure")) options(recipe.figure, from.at("figure"));
        if (from.contains("encoder")) options(recipe.encoder, from.at("encoder"));
        else if (from.contains("frame_rate_hz")) recipe.encoder.frameRateHz = from.at("frame_rate_hz").get<double>();
        if (from.contains("cells"))
            for (const json& cell : from.at("cells")) {
                ControlValues& values = recipe.cells.emplace_back();
                for (const auto& [id, number] : cell.items()) values[id] = valueFrom(from.at("values").at(id).at(number.get<std::size_t>()));
            }
        if (!recipe.cells.empty() && recipe.cells.size() > static_cast<std::size_t>(recipe.rows) * recipe.columns) throw Error(ErrorCode::Damaged, "has more cells than rows x columns", subject);
    } catch (const json::exception& error) {
        throw Error(ErrorCode::Damaged, std::string("is no recipe: ") + error.what(), subject);
    } catch (const Error& error) {
        if (error.subject() == subject) throw;
        throw Error(ErrorCode::Damaged, std::string("is no recipe: ") + error.what(), subject);
    }
    return recipe;
}

json readRecipe(const fs::path& file)
{
    const std::string text = recipeText(file);
    if (text.empty()) throw Error(ErrorCode::Damaged, "holds no recipe; only files that Kinora made of generated clips have one", file.string());
    json recipe = parseJson(text);
    if (recipe.is_discarded() || !recipe.is_object()) throw Error(ErrorCode::Damaged, "is no recipe: JSON was expected", file.string());
    return recipe;
}

}  // namespace kinora
