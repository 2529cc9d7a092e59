#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace kinora {

/// Bytes as letters (RFC 4648, section 4).
std::string toBase64(std::string_view bytes);
/// \returns nothing for text that is none
std::optional<std::string> fromBase64(const std::string& text);

}  // namespace kinora
