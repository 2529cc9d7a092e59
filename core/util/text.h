#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kinora {

/// The candidate with the smallest edit distance to \p name, or an empty string if none is near enough to be meant.
std::string nearest(std::string_view name, const std::vector<std::string>& candidates);
/// " (did you mean 'x'?)" or, without a near one, " (known: a, b, c)".
std::string suggestion(std::string_view name, const std::vector<std::string>& candidates);
std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string trimmed(std::string_view text);
/// Whole-text numbers in the C locale. \throws Error (Usage) naming \p what
double parseNumber(std::string_view text, std::string_view what);
long long parseInteger(std::string_view text, std::string_view what);
/// Shortest text that reads back as the same double.
std::string formatNumber(double value);

}  // namespace kinora
