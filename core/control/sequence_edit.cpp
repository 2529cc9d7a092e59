#include "core/control/sequence_edit.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace kinora::sequence {
namespace {
std::ptrdiff_t stepsOf(const std::vector<float>& numbers, int size) { return size < 1 ? 0 : static_cast<std::ptrdiff_t>(numbers.size()) / size; }

/// Fills a sequence of the same shape with \p at(step, index).
template <class At>
std::vector<float> made(const std::vector<float>& numbers, int size, At at)
{
    std::vector<float> out = numbers;
    for (std::ptrdiff_t step = 0; step < stepsOf(numbers, size); ++step)
        for (std::ptrdiff_t index = 0; index < size; ++index) out[static_cast<std::size_t>(step * size + index)] = static_cast<float>(at(step, index));
    return out;
}
}  // namespace

std::vector<float> smoothed(const std::vector<float>& numbers, int size)
{
    const std::ptrdiff_t last = stepsOf(numbers, size) - 1;
    const auto at = [&](std::ptrdiff_t step, std::ptrdiff_t index) { return static_cast<double>(numbers[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(step, 0, last) * size + index)]); };
    return made(numbers, size, [&](std::ptrdiff_t step, std::ptrdiff_t index) { return (at(step - 1, index) + 2 * at(step, index) + at(step + 1, index)) / 4; });
}

std::vector<float> scaled(const std::vector<float>& numbers, int size, double factor)
{
    const std::ptrdiff_t steps = stepsOf(numbers, size);
    std::vector<double> means(static_cast<std::size_t>(std::max(0, size)), 0.0);
    for (std::ptrdiff_t place = 0; place < steps * size; ++place) means[static_cast<std::size_t>(place % size)] += numbers[static_cast<std::size_t>(place)] / static_cast<double>(steps);
    return made(numbers, size, [&](std::ptrdiff_t step, std::ptrdiff_t index) {
        const double mean = means[static_cast<std::size_t>(index)];
        return mean + factor * (numbers[static_cast<std::size_t>(step * size + index)] - mean);
    });
}

std::vector<float> reversed(const std::vector<float>& numbers, int size)
{
    const std::ptrdiff_t last = stepsOf(numbers, size) - 1;
    return made(numbers, size, [&](std::ptrdiff_t step, std::ptrdiff_t index) { return numbers[static_cast<std::size_t>((last - step) * size + index)]; });
}

std::vector<float> looped(const std::vector<float>& numbers, int size)
{
    const std::ptrdiff_t last = stepsOf(numbers, size) - 1;
    if (last < 1) return numbers;
    return made(numbers, size, [&](std::ptrdiff_t step, std::ptrdiff_t index) {
        const double first = numbers[static_cast<std::size_t>(index)], end = numbers[static_cast<std::size_t>(last * size + index)];
        if (step == last) return first;
        return numbers[static_cast<std::size_t>(step * size + index)] - static_cast<double>(step) / static_cast<double>(last) * (end - first);
    });
}

std::vector<float> retimed(const std::vector<float>& numbers, int size, double speed)
{
    const std::ptrdiff_t last = stepsOf(numbers, size) - 1;
    if (last < 1) return numbers;
    return made(numbers, size, [&](std::ptrdiff_t step, std::ptrdiff_t index) {
        const double period = 2.0 * static_cast<double>(last);
        double place = std::fmod(std::abs(static_cast<double>(step) * speed), period);
        if (place > static_cast<double>(last)) place = period - place;
        const auto before = static_cast<std::ptrdiff_t>(place);
        const double part = place - static_cast<double>(before), a = numbers[static_cast<std::size_t>(before * size + index)];
        return part > 0 ? a + part * (numbers[static_cast<std::size_t>((before + 1) * size + index)] - a) : a;
    });
}

}  // namespace kinora::sequence
