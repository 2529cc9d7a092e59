#pragma once
// Options that are lists: text with commas.
#include <string>
#include <vector>

#include "core/util/error.h"
#include "core/util/text.h"

namespace kinora {

/// Whole numbers from 1 to \p most, separated by commas; none for an empty text. \throws Error (Usage) naming the option
template <class Number = int>
std::vector<Number> numberList(const std::string& text, const char* key, long long most)
{
    std::vector<Number> numbers;
    if (trimmed(text).empty()) return numbers;
    for (const std::string& part : split(text, ',')) {
        const long long number = parseInteger(trimmed(part), key);
        if (number < 1 || number > most) throw Error(ErrorCode::Usage, "found " + std::to_string(number) + ", expected numbers of 1 to " + std::to_string(most) + " separated by commas", key);
        numbers.push_back(static_cast<Number>(number));
    }
    return numbers;
}

}  // namespace kinora
