#pragma once
// JSON that somebody else wrote.
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>

namespace kinora {

/// The value of \p text; discarded (is_discarded()) if it is no JSON or nested deeper than \p depth. Reading is safe at any depth, but copying, comparing and writing such a
/// value again take a call a level, and a few hundred kilobytes of brackets overflow the stack.
inline nlohmann::json parseJson(std::string_view text, int depth = 32)
{
    try {
        return nlohmann::json::parse(text, [depth](int level, nlohmann::json::parse_event_t, nlohmann::json&) {
            if (level > depth) throw std::length_error("nested too deep");
            return true;
        });
    } catch (const nlohmann::json::exception&) {
    } catch (const std::length_error&) {
    }
    return nlohmann::json(nlohmann::json::value_t::discarded);
}

}  // namespace kinora
