#include "core/util/text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <utility>

#include "core/util/error.h"

namespace kinora {
namespace {
std::size_t editDistance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), 0);
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j)
            diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)}));
    }
    return row[b.size()];
}
}  // namespace

std::string nearest(std::string_view name, const std::vector<std::string>& candidates)
{
    std::string best;
    std::size_t distance = std::max<std::size_t>(2, name.size() / 3) + 1;
    for (const std::string& candidate : candidates) {
        // a truncated name is meant even when the rest is long: "face" for "builtin:faces"
        const bool part = name.size() >= 3 && candidate.find(name) != std::string::npos;
        if (const std::size_t d = part ? 1 : editDistance(name, candidate); d < distance) {
            distance = d;
            best = candidate;
        }
    }
    return best;
}

std::string suggestion(std::string_view name, const std::vector<std::string>& candidates)
{
    if (const std::string near = nearest(name, candidates); !near.empty()) return " (did you mean '" + near + "'?)";
    return candidates.empty() ? std::string() : " (known: " + join(candidates, ", ") + ")";
}

std::vector<std::string> split(std::string_view text, char separator)
{
    std::vector<std::string> parts;
    std::size_t from = 0;
    for (std::size_t at; (at = text.find(separator, from)) != std::string_view::npos; from = at + 1) parts.emplace_back(text.substr(from, at - from));
    parts.emplace_back(text.substr(from));
    return parts;
}

std::string join(const std::vector<std::string>& parts, std::string_view separator)
{
    std::string text;
    for (const std::string& part : parts) {
        if (!text.empty()) text += separator;
        text += part;
    }
    return text;
}

std::string trimmed(std::string_view text)
{
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

double parseNumber(std::string_view text, std::string_view what)
{
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
        throw Error(ErrorCode::Usage, "'" + std::string(text) + "' is no number", std::string(what));
    return value;
}

long long parseInteger(std::string_view text, std::string_view what)
{
    long long value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc::result_out_of_range) throw Error(ErrorCode::Usage, "'" + std::string(text) + "' is too large", std::string(what));
    if (error != std::errc() || end != text.data() + text.size()) throw Error(ErrorCode::Usage, "'" + std::string(text) + "' is no whole number", std::string(what));
    return value;
}

std::string formatNumber(double value)
{
    char buffer[32];
    const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
    return error == std::errc() ? std::string(buffer, end) : std::string("nan");
}

}  // namespace kinora
