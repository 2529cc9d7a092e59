#include "core/options/options.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/util/error.h"
#include "core/util/text.h"

namespace kinora {
namespace {
std::string allowed(const OptionLimits& limits)
{
    if (!limits.choices.empty()) return "one of " + join(limits.choices, ", ");
    if (limits.minimum && limits.maximum) return formatNumber(*limits.minimum) + " to " + formatNumber(*limits.maximum);
    if (limits.minimum) return "at least " + formatNumber(*limits.minimum);
    if (limits.maximum) return "at most " + formatNumber(*limits.maximum);
    return {};
}

[[noreturn]] void refuse(const OptionField& field, const std::string& found)
{
    std::string expected;
    switch (field.type) {
        case OptionType::Boolean: expected = "true or false"; break;
        case OptionType::Integer: expected = "a whole number"; break;
        case OptionType::Real: expected = "a number"; break;
        case OptionType::Text: expected = "a text"; break;
    }
    if (const std::string limits = allowed(field.limits); !limits.empty()) expected = field.limits.choices.empty() ? expected + ", " + limits : limits;
    throw Error(ErrorCode::Usage, "'" + found + "' is not allowed; expected " + expected, field.key);
}
}  // namespace

std::string_view optionTypeName(OptionType type)
{
    switch (type) {
        case OptionType::Boolean: return "boolean";
        case OptionType::Integer: return "integer";
        case OptionType::Real: return "real";
        case OptionType::Text: break;
    }
    return "text";
}

std::string optionText(const OptionValue& value)
{
    if (const bool* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
    if (const std::int64_t* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
    if (const double* number = std::get_if<double>(&value)) return formatNumber(*number);
    return std::get<std::string>(value);
}

OptionValue parseOption(const OptionField& field, std::string_view text)
{
    const std::string found(text);
    switch (field.type) {
        case OptionType::Boolean:
            if (text == "true" || text == "on" || text == "yes" || text == "1") return true;
            if (text == "false" || text == "off" || text == "no" || text == "0") return false;
            refuse(field, found);
        case OptionType::Integer:
        case OptionType::Real:
            try {
                if (field.type == OptionType::Integer) return checkedOption(field, OptionValue(std::int64_t(parseInteger(text, field.key))));
                return checkedOption(field, OptionValue(parseNumber(text, field.key)));
            } catch (const Error&) {
                refuse(field, found);
            }
        case OptionType::Text: break;
    }
    return checkedOption(field, OptionValue(found));
}

OptionValue checkedOption(const OptionField& field, const OptionValue& value)
{
    OptionValue result = value;
    if (field.type == OptionType::Real)
        if (const std::int64_t* number = std::get_if<std::int64_t>(&value)) result = static_cast<double>(*number);
    if (result.index() != field.fallback.index()) refuse(field, optionText(value));
    if (field.type == OptionType::Integer || field.type == OptionType::Real) {
        const double number = field.type == OptionType::Integer ? static_cast<double>(std::get<std::int64_t>(result)) : std::get<double>(result);
        if (!std::isfinite(number) || (field.limits.minimum && number < *field.limits.minimum) || (field.limits.maximum && number > *field.limits.maximum))
            refuse(field, optionText(value));
    }
    if (field.type == OptionType::Text && !field.limits.choices.empty()) {
        const std::string& text = std::get<std::string>(result);
        if (std::ranges::find(field.limits.choices, text) == field.limits.choices.end())
            throw Error(ErrorCode::Usage, "'" + text + "' is not allowed" + suggestion(text, field.limits.choices) + "; expected " + allowed(field.limits), field.key);
    }
    return result;
}

const OptionField& findOption(const std::vector<OptionField>& fields, std::string_view key)
{
    std::vector<std::string> known;
    for (const OptionField& field : fields) {
        if (field.key == key) return field;
        known.push_back(field.key);
    }
    detail::unknownKey(key, known);
}

void detail::unknownKey(std::string_view key, const std::vector<std::string>& known)
{
    throw Error(ErrorCode::Usage, "there is no such option" + suggestion(key, known), std::string(key));
}

nlohmann::json toJson(const OptionValues& values)
{
    nlohmann::json json = nlohmann::json::object();
    for (const auto& [key, value] : values) std::visit([&, &name = key](const auto& held) { json[name] = held; }, value);
    return json;
}

OptionValues optionValuesFromJson(const nlohmann::json& json)
{
    OptionValues values;
    if (json.is_null()) return values;
    if (!json.is_object()) throw Error(ErrorCode::Usage, "options are not a table of keys and values");
    for (const auto& [key, value] : json.items()) {
        if (value.is_boolean())
            values[key] = value.get<bool>();
        else if (value.is_number_integer())
            values[key] = value.get<std::int64_t>();
        else if (value.is_number())
            values[key] = value.get<double>();
        else if (value.is_string())
            values[key] = value.get<std::string>();
        else
            throw Error(ErrorCode::Usage, "an option is a boolean, a number or a text", key);
    }
    return values;
}

nlohmann::json toJson(const OptionField& field)
{
    nlohmann::json json = {{"key", field.key}, {"type", optionTypeName(field.type)}, {"help", field.help}, {"group", field.group}};
    std::visit([&](const auto& held) { json["default"] = held; }, field.fallback);
    if (field.limits.minimum) json["minimum"] = *field.limits.minimum;
    if (field.limits.maximum) json["maximum"] = *field.limits.maximum;
    if (!field.limits.choices.empty()) json["choices"] = field.limits.choices;
    if (field.whileRunning) json["while_running"] = true;
    return json;
}

OptionField optionFieldFromJson(const nlohmann::json& json)
{
    OptionField field;
    field.key = json.at("key").get<std::string>();
    field.help = json.value("help", "");
    field.group = json.value("group", "");
    field.whileRunning = json.value("while_running", false);
    const std::string type = json.at("type").get<std::string>();
    const nlohmann::json& fallback = json.at("default");
    if (type == "boolean") {
        field.type = OptionType::Boolean;
        field.fallback = fallback.get<bool>();
    } else if (type == "integer") {
        field.type = OptionType::Integer;
        field.fallback = fallback.get<std::int64_t>();
    } else if (type == "real") {
        field.type = OptionType::Real;
        field.fallback = fallback.get<double>();
    } else {
        field.type = OptionType::Text;
        field.fallback = fallback.get<std::string>();
    }
    if (json.contains("minimum")) field.limits.minimum = json["minimum"].get<double>();
    if (json.contains("maximum")) field.limits.maximum = json["maximum"].get<double>();
    if (json.contains("choices")) field.limits.choices = json["choices"].get<std::vector<std::string>>();
    return field;
}

}  // namespace kinora
