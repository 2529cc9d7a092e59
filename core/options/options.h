#pragma once
// Typed options. A struct lists its fields once, in describe(); flags, run files, forms and error messages are all made from that list:
//
//   struct GeneratorOptions {
//       int64_t motionDim = 10;
//       template <class Fields> void describe(Fields& f)
//       {
//           f("motion_dim", motionDim, range(1, 1024), "Channels of z_m");
//       }
//   };
//
// Field types: bool, int64_t, double, std::string (with choices() or free). Keys are snake_case and never renamed once published.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace kinora {

using OptionValue = std::variant<bool, std::int64_t, double, std::string>;
using OptionValues = std::map<std::string, OptionValue>;
enum class OptionType { Boolean, Integer, Real, Text };

/// What a field may hold.
struct OptionLimits {
    std::optional<double> minimum, maximum;  ///< Both ends included.
    std::vector<std::string> choices;        ///< Not empty: one of these texts.
};
inline OptionLimits range(double minimum, double maximum) { return {minimum, maximum, {}}; }
inline OptionLimits atLeast(double minimum) { return {minimum, std::nullopt, {}}; }
inline OptionLimits choices(std::vector<std::string> list) { return {std::nullopt, std::nullopt, std::move(list)}; }
inline OptionLimits anything() { return {}; }

/// One described field: everything a flag, a form row or a help text needs.
struct OptionField {
    std::string key;
    OptionType type = OptionType::Integer;
    OptionValue fallback;  ///< The default.
    OptionLimits limits;
    std::string help;   ///< One English line, translated by the window.
    std::string group;  ///< "system" or "training".
    bool whileRunning = false;  ///< A request may change it while a run goes on.
};

std::string_view optionTypeName(OptionType type);
/// Text of a value as TOML and the command line spell it.
std::string optionText(const OptionValue& value);
/// Reads and checks one value. \throws Error (Usage) naming the key, the value found and what is allowed
OptionValue parseOption(const OptionField& field, std::string_view text);
/// Checks type and limits; an integer is taken for a real. \throws Error (Usage)
OptionValue checkedOption(const OptionField& field, const OptionValue& value);
/// \throws Error (Usage) that names the nearest known key
const OptionField& findOption(const std::vector<OptionField>& fields, std::string_view key);
nlohmann::json toJson(const OptionField& field);
nlohmann::json toJson(const OptionValues& values);
OptionField optionFieldFromJson(const nlohmann::json& json);
/// \throws Error (Usage) for a value that is no boolean, number or text
OptionValues optionValuesFromJson(const nlohmann::json& json);

namespace detail {
inline OptionType typeOf(const bool&) { return OptionType::Boolean; }
inline OptionType typeOf(const std::int64_t&) { return OptionType::Integer; }
inline OptionType typeOf(const double&) { return OptionType::Real; }
inline OptionType typeOf(const std::string&) { return OptionType::Text; }

struct FieldLister {
    std::vector<OptionField> fields;
    std::string group;
    template <class T>
    void operator()(std::string_view key, T& field, OptionLimits limits, std::string_view help = {})
    {
        fields.push_back({std::string(key), typeOf(field), OptionValue(field), std::move(limits), std::string(help), group});
    }
};
struct FieldReader {
    OptionValues values;
    template <class T>
    void operator()(std::string_view key, T& field, const OptionLimits&, std::string_view = {})
    {
        values[std::string(key)] = OptionValue(field);
    }
};
struct FieldWriter {
    const OptionValues& values;
    std::vector<std::string> known;
    template <class T>
    void operator()(std::string_view key, T& field, OptionLimits limits, std::string_view help = {})
    {
        known.emplace_back(key);
        const auto found = values.find(std::string(key));
        if (found == values.end()) return;
        const OptionField described{std::string(key), typeOf(field), OptionValue(field), std::move(limits), std::string(help), {}};
        field = std::get<T>(checkedOption(described, found->second));
    }
};
[[noreturn]] void unknownKey(std::string_view key, const std::vector<std::string>& known);
}  // namespace detail

/// The described fields of an options struct with their defaults, in order.
template <class Options>
std::vector<OptionField> describeOptions(std::string group = "system")
{
    Options options;
    detail::FieldLister lister{{}, std::move(group)};
    options.describe(lister);
    return lister.fields;
}

/// Every field's present value.
template <class Options>
OptionValues optionValues(Options options)
{
    detail::FieldReader reader;
    options.describe(reader);
    return reader.values;
}

/// Sets the fields that \p values names. \throws Error (Usage) for an unknown key or a value outside the limits
template <class Options>
void applyOptions(Options& options, const OptionValues& values)
{
    detail::FieldWriter writer{values, {}};
    options.describe(writer);
    for (const auto& [key, value] : values)
        if (std::find(writer.known.begin(), writer.known.end(), key) == writer.known.end()) detail::unknownKey(key, writer.known);
}

}  // namespace kinora
