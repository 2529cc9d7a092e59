#include "widgets/charts/min_max_pyramid.h"

#include <algorithm>

MinMaxPyramid::MinMaxPyramid(Column<double> values) : m_values(std::move(values)) { grow(); }

void MinMaxPyramid::append(const double* values, std::size_t count)
{
    m_values.append(values, count);
    grow();
}

void MinMaxPyramid::cut(std::size_t count)
{
    m_values.cut(count);
    for (std::size_t k = 0, size = m_values.size() / kFan; k < m_levels.size(); ++k, size /= kFan) m_levels[k].cut(size);
    while (!m_levels.empty() && m_levels.back().empty()) m_levels.pop_back();
}

/// Adds the groups that are whole now.
void MinMaxPyramid::grow()
{
    std::vector<Extent> news;
    for (std::size_t k = 0, below = m_values.size(); below >= kFan; ++k, below /= kFan) {
        if (k == m_levels.size()) m_levels.emplace_back();
        Column<Extent>& level = m_levels[k];
        news.clear();
        for (std::size_t group = level.size(); group < below / kFan; ++group) {
            Extent whole;
            if (k == 0)
                for (std::size_t i = group * kFan; i < (group + 1) * kFan; ++i) whole.add(m_values[i]);
            else
                for (std::size_t i = group * kFan; i < (group + 1) * kFan; ++i) whole.add(m_levels[k - 1][i]);
            news.push_back(whole);
        }
        level.append(news.data(), news.size());
    }
}

Extent MinMaxPyramid::extent(std::size_t first, std::size_t last) const
{
    Extent result;
    last = std::min(last, m_values.size());
    // single values up to a border of groups at both ends, then the same among the groups
    if (first >= last) return result;
    std::size_t to = std::min(last, (first + kFan - 1) / kFan * kFan);
    for (; first < to; ++first) result.add(m_values[first]);
    to = std::max(first, last / kFan * kFan);
    for (std::size_t i = to; i < last; ++i) result.add(m_values[i]);
    last = to;
    for (const Column<Extent>& level : m_levels) {
        first /= kFan, last /= kFan;
        if (first >= last) break;
        // what lies in whole groups of the next level is left to it, if it has them
        std::size_t left = std::min(last, (first + kFan - 1) / kFan * kFan), right = std::max(left, last / kFan * kFan);
        for (; first < left; ++first) result.add(level[first]);
        for (std::size_t i = right; i < last; ++i) result.add(level[i]);
        first = left, last = right;
    }
    return result;
}

std::size_t lowerBoundNear(const Column<double>& x, double value, std::size_t from, std::size_t guess)
{
    const std::size_t size = x.size();
    if (from >= size) return size;
    guess = std::clamp(guess, from, size - 1);
    std::size_t low = from, high = size, step = 1;  // the answer is in [low, high]
    if (x[guess] < value) {
        low = guess + 1;
        for (std::size_t at = low; at < size; at = low + step, step *= 2) {
            if (!(x[at] < value)) {
                high = at;
                break;
            }
            low = at + 1;
        }
    } else {
        high = guess;
        while (high > from) {
            const std::size_t at = high - std::min(step, high - from);
            if (x[at] < value) {
                low = at + 1;
                break;
            }
            high = at;
            step *= 2;
        }
    }
    return static_cast<std::size_t>(std::lower_bound(x.begin() + low, x.begin() + high, value) - x.begin());
}

std::vector<ColumnExtent> MinMaxPyramid::columns(const std::vector<std::size_t>& borders) const
{
    std::vector<ColumnExtent> result(borders.empty() ? 0 : borders.size() - 1);
    for (std::size_t c = 0; c < result.size(); ++c) result[c] = {borders[c], borders[c + 1], extent(borders[c], borders[c + 1])};
    return result;
}

void CoarseColumn::update(const Column<double>& x)
{
    const auto bring = [&](Column<double>& coarse, std::size_t every) {
        std::vector<double> news;
        for (std::size_t i = coarse.size() * every; i < x.size(); i += every) news.push_back(x[i]);
        coarse.append(news.data(), news.size());
    };
    bring(m_sixteenth, 16);
    bring(m_coarsest, 256);
}

std::vector<std::size_t> CoarseColumn::borders(const Column<double>& x, double from, double to, int count) const
{
    std::vector<std::size_t> result;
    if (count < 1) return result;
    result.reserve(static_cast<std::size_t>(count) + 1);
    const auto first = static_cast<std::size_t>(std::lower_bound(x.begin(), x.end(), from) - x.begin());
    const auto last = static_cast<std::size_t>(std::upper_bound(x.begin() + first, x.end(), to) - x.begin());
    const std::size_t each = (last - first) / static_cast<std::size_t>(count), grain = each >= 1024 ? 256 : each >= 64 ? 16 : 1;
    const Column<double>& coarse = grain == 256 ? m_coarsest : grain == 16 ? m_sixteenth : x;
    const double width = (to - from) / count;
    std::size_t at = first / grain, guess = at + each / grain;
    result.push_back(first);
    for (int c = 1; c < count; ++c) {
        const std::size_t next = lowerBoundNear(coarse, from + c * width, at, guess);
        guess = next + (next - at);
        at = next;
        result.push_back(std::clamp(next * grain, result.back(), last));
    }
    result.push_back(last);
    return result;
}

std::vector<ColumnExtent> MinMaxPyramid::columns(const Column<double>& x, double from, double to, int count) const
{
    std::vector<ColumnExtent> result(static_cast<std::size_t>(std::max(0, count)));
    if (result.empty() || x.empty()) return result;
    const double width = (to - from) / count;
    std::size_t at = static_cast<std::size_t>(std::lower_bound(x.begin(), x.end(), from) - x.begin()), guess = at;
    for (int c = 0; c < count; ++c) {
        ColumnExtent& column = result[static_cast<std::size_t>(c)];
        column.first = at;
        const std::size_t next = c + 1 < count ? lowerBoundNear(x, from + (c + 1) * width, at, guess)
                                               : static_cast<std::size_t>(std::upper_bound(x.begin() + at, x.end(), to) - x.begin());
        guess = next + (next - at);  // as many again
        at = column.last = next;
        column.extent = extent(column.first, column.last);
    }
    return result;
}
