#include "core/control/control.h"

#include <nlohmann/json.hpp>

#include "core/util/error.h"
#include "core/util/text.h"

namespace kinora {
namespace {
constexpr std::pair<ControlRole, std::string_view> kRoles[] = {{ControlRole::Appearance, "appearance"}, {ControlRole::Motion, "motion"}, {ControlRole::Both, "both"}};
constexpr std::pair<ControlKind, std::string_view> kKinds[] = {
    {ControlKind::GaussianVector, "gaussian_vector"}, {ControlKind::GaussianSequence, "gaussian_sequence"}, {ControlKind::Category, "category"},
    {ControlKind::Image, "image"},                    {ControlKind::Frames, "frames"},                      {ControlKind::MapSequence, "map_sequence"}};

std::int64_t mapArea(const Control& control) { return std::int64_t(control.size) * control.height * control.width; }

/// A stable number for a control's name, so that a further control does not shift the draws of the others (FNV-1a).
std::uint64_t streamOf(std::string_view id)
{
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (const char c : id) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    return hash;
}

float drawnNumber(const Control& control, Random& random) { return static_cast<float>(control.fixed ? control.mean : control.mean + control.deviation * random.normal()); }

[[noreturn]] void mismatch(const Control& control, const std::string& text) { throw Error(ErrorCode::ShapeMismatch, text, "control '" + control.id + "'"); }
}  // namespace

bool ControlValue::operator==(const ControlValue& other) const
{
    if (numbers != other.numbers || steps != other.steps || category != other.category) return false;
    if (frames == other.frames) return true;
    return frames && other.frames && *frames == *other.frames;
}

std::string_view controlRoleName(ControlRole role)
{
    for (const auto& [value, name] : kRoles)
        if (value == role) return name;
    return "both";
}

std::string_view controlKindName(ControlKind kind)
{
    for (const auto& [value, name] : kKinds)
        if (value == kind) return name;
    return "gaussian_vector";
}

ControlValue drawControl(const Control& control, int frames, Random& random)
{
    ControlValue value;
    switch (control.kind) {
        case ControlKind::GaussianVector: value.numbers.resize(static_cast<std::size_t>(control.size)); break;
        case ControlKind::GaussianSequence:
            value.steps = control.steps.stepsFor(frames);
            value.numbers.resize(static_cast<std::size_t>(control.size) * static_cast<std::size_t>(std::max(0, value.steps)));
            break;
        case ControlKind::Category:
            if (!control.fixed) value.category = static_cast<int>(random.below(static_cast<std::int64_t>(control.categories.size())));
            break;
        case ControlKind::MapSequence: value.steps = control.steps.stepsFor(frames); break;
        case ControlKind::Image:
        case ControlKind::Frames: break;
    }
    for (float& number : value.numbers) number = drawnNumber(control, random);
    return value;
}

ControlValue neutralControl(const Control& control, int frames)
{
    Random unused(0);
    ControlValue value = drawControl(control, frames, unused);
    std::ranges::fill(value.numbers, static_cast<float>(control.mean));
    value.category = 0;
    return value;
}

ControlValue resizedControl(const Control& control, const ControlValue& value, int frames, Random& random)
{
    ControlValue out = value;
    if (control.kind != ControlKind::GaussianSequence) return out;
    const int steps = std::max(0, control.steps.stepsFor(frames));
    const std::size_t before = out.numbers.size();
    out.numbers.resize(static_cast<std::size_t>(steps) * static_cast<std::size_t>(control.size));
    for (std::size_t i = before; i < out.numbers.size(); ++i) out.numbers[i] = drawnNumber(control, random);
    out.steps = steps;
    return out;
}

void checkControl(const Control& control, const ControlValue& value, int frames)
{
    const int steps = control.steps.stepsFor(frames);
    switch (control.kind) {
        case ControlKind::GaussianVector:
            if (value.numbers.size() != static_cast<std::size_t>(control.size))
                mismatch(control, "takes " + std::to_string(control.size) + " numbers, not " + std::to_string(value.numbers.size()));
            break;
        case ControlKind::GaussianSequence:
            if (value.steps != steps || value.numbers.size() != static_cast<std::size_t>(control.size) * static_cast<std::size_t>(std::max(0, steps)))
                mismatch(control, "takes " + std::to_string(steps) + " steps of " + std::to_string(control.size) + " numbers for " + std::to_string(frames) + " frames, not " +
                                      std::to_string(value.steps) + " steps with " + std::to_string(value.numbers.size()) + " numbers");
            break;
        case ControlKind::Category:
            if (value.category < 0 || value.category >= static_cast<int>(control.categories.size()))
                mismatch(control, "has categories 0 to " + std::to_string(static_cast<int>(control.categories.size()) - 1) + ", not " + std::to_string(value.category));
            break;
        case ControlKind::Image:
        case ControlKind::Frames: {
            const int wanted = control.kind == ControlKind::Image ? 1 : control.count;
            if (!value.frames || value.frames->count() != wanted) mismatch(control, "needs " + std::to_string(wanted) + (wanted == 1 ? " picture" : " frames"));
            if ((control.height > 0 && value.frames->height() != control.height) || (control.width > 0 && value.frames->width() != control.width))
                mismatch(control, "takes pictures of " + std::to_string(control.width) + "x" + std::to_string(control.height) + ", not " +
                                      std::to_string(value.frames->width()) + "x" + std::to_string(value.frames->height()));
            break;
        }
        case ControlKind::MapSequence:
            if (value.steps != steps || static_cast<std::int64_t>(value.numbers.size()) != mapArea(control) * steps)
                mismatch(control, "needs " + std::to_string(steps) + " maps of " + std::to_string(control.size) + "x" + std::to_string(control.height) + "x" + std::to_string(control.width));
            break;
    }
    for (const float number : value.numbers) {
        if (!std::isfinite(number)) mismatch(control, "holds a value that is not a finite number");
        if (control.bounded() && (number < control.low || number > control.high))
            mismatch(control, "takes numbers from " + formatNumber(control.low) + " to " + formatNumber(control.high) + ", not " + formatNumber(number));
    }
}

bool varies(const std::vector<Control>& controls, ControlRole role)
{
    return std::ranges::any_of(controls, [role](const Control& control) { return control.role == role && !control.fixed; });
}

void drawRole(const std::vector<Control>& controls, ControlRole role, std::uint64_t seed, int frames, ControlValues& values)
{
    for (const Control& control : controls) {
        if (control.role != role) continue;
        Random random(seed, streamOf(control.id));
        values[control.id] = drawControl(control, frames, random);
    }
}

nlohmann::json toJson(const Control& control)
{
    nlohmann::json json = {{"id", control.id}, {"name", control.name}, {"help", control.help}, {"role", controlRoleName(control.role)}, {"kind", controlKindName(control.kind)},
                           {"size", control.size}};
    if (control.height) json["height"] = control.height;
    if (control.width) json["width"] = control.width;
    if (control.kind == ControlKind::Frames) json["count"] = control.count;
    if (control.kind == ControlKind::GaussianSequence || control.kind == ControlKind::MapSequence) {
        json["frames_per_step"] = control.steps.framesPerStep;
        json["frame_offset"] = control.steps.frameOffset;
    }
    if (control.kind == ControlKind::Category) json["categories"] = control.categories;
    json["mean"] = control.mean;
    json["deviation"] = control.deviation;
    if (control.fixed) json["fixed"] = true;
    if (control.bounded()) json["low"] = control.low, json["high"] = control.high;
    return json;
}

Control controlFromJson(const nlohmann::json& json)
{
    Control control;
    control.id = json.at("id").get<std::string>();
    control.name = json.value("name", control.id);
    control.help = json.value("help", "");
    const std::string role = json.at("role").get<std::string>(), kind = json.at("kind").get<std::string>();
    const auto sameName = [](const std::string& text) { return [&](const auto& row) { return row.second == text; }; };
    const auto* foundRole = std::ranges::find_if(kRoles, sameName(role));
    const auto* foundKind = std::ranges::find_if(kKinds, sameName(kind));
    if (foundRole == std::end(kRoles)) throw Error(ErrorCode::Damaged, "unknown control role '" + role + "'", control.id);
    if (foundKind == std::end(kKinds)) throw Error(ErrorCode::Damaged, "unknown control kind '" + kind + "'", control.id);
    control.role = foundRole->first;
    control.kind = foundKind->first;
    control.size = json.value("size", 0);
    control.height = json.value("height", 0);
    control.width = json.value("width", 0);
    control.count = json.value("count", 1);
    control.steps = {json.value("frames_per_step", 1), json.value("frame_offset", 0)};
    control.categories = json.value("categories", std::vector<std::string>());
    control.mean = json.value("mean", 0.0);
    control.deviation = json.value("deviation", 1.0);
    control.fixed = json.value("fixed", false);
    control.low = json.value("low", 0.0);
    control.high = json.value("high", 0.0);
    return control;
}

nlohmann::json toJson(const ControlValue& value)
{
    nlohmann::json json = nlohmann::json::object();
    if (!value.numbers.empty()) json["numbers"] = value.numbers;
    if (value.steps) json["steps"] = value.steps;
    if (value.category) json["category"] = value.category;
    return json;
}

ControlValue controlValueFromJson(const nlohmann::json& json)
{
    if (!json.is_object()) throw Error(ErrorCode::Usage, "a control value is a table with numbers, steps or category");
    ControlValue value;
    try {
        if (json.contains("numbers")) value.numbers = json["numbers"].get<std::vector<float>>();
        value.steps = json.value("steps", 0);
        value.category = json.value("category", 0);
    } catch (const nlohmann::json::exception&) {
        throw Error(ErrorCode::Usage, "a control value holds numbers, steps and category only");
    }
    return value;
}

nlohmann::json toJson(const ControlValues& values)
{
    nlohmann::json json = nlohmann::json::object();
    for (const auto& [id, value] : values) json[id] = toJson(value);
    return json;
}

ControlValues controlValuesFromJson(const nlohmann::json& json)
{
    if (!json.is_object()) throw Error(ErrorCode::Usage, "control values are a table of controls");
    ControlValues values;
    for (const auto& [id, value] : json.items()) values[id] = controlValueFromJson(value);
    return values;
}

}  // namespace kinora
