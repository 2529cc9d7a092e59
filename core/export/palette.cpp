#include "core/export/palette.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/util/error.h"

namespace kinora {
namespace {
constexpr std::array<std::string_view, 4> kDithers = {"none", "bayer", "floyd_steinberg", "sierra"};
constexpr int kRounds = 12;         // of Lloyd's iteration; more gain less than 0.02 dB

/// A colour with its weight, while a palette is made.
struct Point {
    Colour colour;
    std::uint64_t count;
    std::array<std::uint64_t, 3> sum;
};

/// Points [first, last) and their squared error about their mean, split over the axes.
struct Box {
    std::size_t first = 0, last = 0;
    std::array<double, 3> error{};
    double worst() const { return std::max({error[0], error[1], error[2]}); }
    double total() const { return error[0] + error[1] + error[2]; }
};

Box measured(const std::vector<Point>& points, std::size_t first, std::size_t last)
{
    Box box{first, last, {}};
    for (int c = 0; c < 3; ++c) {
        std::uint64_t n = 0, sum = 0, squares = 0;
        for (std::size_t i = first; i < last; ++i) {
            n += points[i].count;
            sum += points[i].count * points[i].colour[c];
            squares += points[i].count * points[i].colour[c] * points[i].colour[c];
        }
        if (n > 0) box.error[c] = static_cast<double>(squares) - static_cast<double>(sum) * static_cast<double>(sum) / static_cast<double>(n);
    }
    return box;
}

/// Where a sorted box is cut so that least error is left in both halves.
std::size_t bestCut(const std::vector<Point>& points, const Box& box, int axis)
{
    std::uint64_t n = 0, sum = 0;
    for (std::size_t i = box.first; i < box.last; ++i) n += points[i].count, sum += points[i].count * points[i].colour[axis];
    std::uint64_t leftN = 0, leftSum = 0;
    double best = -1;
    std::size_t cut = box.first + 1;
    for (std::size_t i = box.first; i + 1 < box.last; ++i) {
        leftN += points[i].count, leftSum += points[i].count * points[i].colour[axis];
        if (points[i].colour[axis] == points[i + 1].colour[axis]) continue;
        const double left = static_cast<double>(leftSum), right = static_cast<double>(sum - leftSum);
        const double between = left * left / static_cast<double>(leftN) + right * right / static_cast<double>(n - leftN);
        if (between > best) best = between, cut = i + 1;
    }
    return cut;
}

Colour meanOf(const std::array<std::uint64_t, 3>& sum, std::uint64_t count)
{
    return {static_cast<std::uint8_t>((sum[0] + count / 2) / count), static_cast<std::uint8_t>((sum[1] + count / 2) / count), static_cast<std::uint8_t>((sum[2] + count / 2) / count)};
}
}  // namespace

std::string_view ditherName(Dither dither) { return kDithers[static_cast<std::size_t>(dither)]; }

Dither ditherFromName(std::string_view name)
{
    const auto found = std::ranges::find(kDithers, name);
    if (found == kDithers.end()) throw Error(ErrorCode::Usage, "'" + std::string(name) + "' is no dithering (known: none, bayer, floyd_steinberg, sierra)");
    return static_cast<Dither>(found - kDithers.begin());
}

ColourCount::ColourCount() : m_cells(std::size_t(1) << 18) {}

void ColourCount::add(std::span<const std::uint8_t> rgb, std::uint64_t weight)
{
    std::uint32_t last = ~0U;
    for (std::size_t i = 0; i + 2 < rgb.size(); i += 3) {
        const std::uint32_t r = rgb[i], g = rgb[i + 1], b = rgb[i + 2];
        Cell& cell = m_cells[(r >> 2) << 12 | (g >> 2) << 6 | b >> 2];
        cell.count += weight;
        cell.sum[0] += r * weight, cell.sum[1] += g * weight, cell.sum[2] += b * weight;
        const std::uint32_t colour = r << 16 | g << 8 | b;
        if (!m_few || colour == last) continue;
        last = colour;
        const auto place = std::ranges::lower_bound(m_distinct, colour);
        if (place != m_distinct.end() && *place == colour) continue;
        m_distinct.insert(place, colour);
        m_few = m_distinct.size() <= 256;
    }
}

std::vector<Colour> ColourCount::palette(int colours) const
{
    std::vector<Colour> out;
    if (m_few && static_cast<int>(m_distinct.size()) <= colours) {
        for (const std::uint32_t colour : m_distinct) out.push_back({static_cast<std::uint8_t>(colour >> 16), static_cast<std::uint8_t>(colour >> 8), static_cast<std::uint8_t>(colour)});
        return out;
    }
    std::vector<Point> points;
    for (const Cell& cell : m_cells)
        if (cell.count > 0) points.push_back({meanOf(cell.sum, cell.count), cell.count, cell.sum});
    std::vector<Box> boxes = {measured(points, 0, points.size())};
    while (static_cast<int>(boxes.size()) < colours) {
        const auto worst = std::ranges::max_element(boxes, {}, &Box::total);
        if (worst->last - worst->first < 2 || worst->total() <= 0) break;
        const Box box = *worst;
        const int axis = static_cast<int>(std::ranges::max_element(box.error) - box.error.begin());
        std::stable_sort(points.begin() + static_cast<std::ptrdiff_t>(box.first), points.begin() + static_cast<std::ptrdiff_t>(box.last), [axis](const Point& a, const Point& b) { return a.colour[axis] < b.colour[axis]; });
        const std::size_t cut = bestCut(points, box, axis);
        *worst = measured(points, box.first, cut);
        boxes.push_back(measured(points, cut, box.last));
    }
    for (const Box& box : boxes) {
        std::uint64_t count = 0;
        std::array<std::uint64_t, 3> sum{};
        for (std::size_t i = box.first; i < box.last; ++i) {
            count += points[i].count;
            for (int c = 0; c < 3; ++c) sum[c] += points[i].sum[c];
        }
        out.push_back(meanOf(sum, count));
    }
    for (int round = 0; round < kRounds; ++round) {
        NearestColour nearest(out);
        std::vector<Point> means(out.size());
        for (const Point& point : points) {
            Point& mean = means[static_cast<std::size_t>(nearest(point.colour[0], point.colour[1], point.colour[2]))];
            mean.count += point.count;
            for (int c = 0; c < 3; ++c) mean.sum[c] += point.sum[c];
        }
        std::vector<Colour> moved = out;
        for (std::size_t i = 0; i < out.size(); ++i)
            if (means[i].count > 0) moved[i] = meanOf(means[i].sum, means[i].count);
        if (moved == out) break;
        out = std::move(moved);
    }
    std::ranges::sort(out);
    out.erase(std::ranges::unique(out).begin(), out.end());
    return out;
}

NearestColour::NearestColour(std::vector<Colour> palette) : m_palette(std::move(palette)), m_cells(std::size_t(1) << 15)
{
    if (m_palette.empty() || m_palette.size() > 256) throw Error(ErrorCode::Internal, "a palette has 1 to 256 colours");
}

int NearestColour::operator()(int r, int g, int b)
{
    std::vector<std::uint8_t>& cell = m_cells[static_cast<std::size_t>((r >> 3) << 10 | (g >> 3) << 5 | b >> 3)];
    if (cell.empty()) {
        // whatever is farther from the whole cube than some colour is at most from any point of it is nobody's nearest
        const std::array<int, 3> low{r & ~7, g & ~7, b & ~7};
        std::array<int, 256> nearestPoint;
        int bound = std::numeric_limits<int>::max();
        for (std::size_t i = 0; i < m_palette.size(); ++i) {
            int closest = 0, farthest = 0;
            for (int c = 0; c < 3; ++c) {
                const int value = m_palette[i][c], below = low[c] - value, above = value - low[c] - 7;
                const int inner = std::max({below, above, 0}), outer = std::max(std::abs(below), std::abs(above));
                closest += inner * inner, farthest += outer * outer;
            }
            nearestPoint[i] = closest;
            bound = std::min(bound, farthest);
        }
        for (std::size_t i = 0; i < m_palette.size(); ++i)
            if (nearestPoint[i] <= bound) cell.push_back(static_cast<std::uint8_t>(i));
    }
    const Colour colour{static_cast<std::uint8_t>(r), static_cast<std::uint8_t>(g), static_cast<std::uint8_t>(b)};
    int best = cell.front(), distance = squaredDistance(m_palette[static_cast<std::size_t>(best)], colour);
    for (const std::uint8_t i : cell)
        if (const int d = squaredDistance(m_palette[i], colour); d < distance) distance = d, best = i;
    return best;
}

IndexedFrame indexed(const Frames& clip, int frame, NearestColour& nearest, Dither dither)
{
    const int height = clip.height(), width = clip.width();
    IndexedFrame out;
    out.indices.resize(static_cast<std::size_t>(height) * width);
    out.wanted.resize(out.indices.size());
    const std::uint8_t* pixels = clip.frame(frame);
    const std::vector<Colour>& palette = nearest.palette();
    // an amplitude that goes with the distance of colours
    const int amplitude = dither == Dither::Bayer ? static_cast<int>(std::lround(48.0 / std::cbrt(static_cast<double>(palette.size())))) : 0;
    std::vector<std::array<int, 3>> errors(static_cast<std::size_t>(width + 2), {0, 0, 0}), below = errors;  // in sixteenths; one pixel more at both ends
    for (int y = 0; y < height; ++y) {
        const bool back = dither == Dither::FloydSteinberg && y % 2 == 1;
        std::ranges::fill(below, std::array<int, 3>{0, 0, 0});
        for (int i = 0; i < width; ++i) {
            const int x = back ? width - 1 - i : i, step = back ? -1 : 1;
            const std::size_t at = static_cast<std::size_t>(y) * width + x;
            std::array<int, 3> value{pixels[at * 3], pixels[at * 3 + 1], pixels[at * 3 + 2]};
            if (dither == Dither::Bayer) {
                int pattern = 0;  // the 8 x 8 matrix, bit by bit
                for (int bit = 0; bit < 3; ++bit) pattern = pattern << 2 | (((x ^ y) >> bit & 1) << 1 | (y >> bit & 1));
                for (int& v : value) v = std::clamp(v + (2 * pattern - 63) * amplitude / 128, 0, 255);
            } else if (dither != Dither::None) {
                for (int c = 0; c < 3; ++c) value[c] = std::clamp(value[c] + (errors[static_cast<std::size_t>(x + 1)][c] + 8 - (errors[static_cast<std::size_t>(x + 1)][c] < 0 ? 1 : 0)) / 16, 0, 255);
            }
            const int index = nearest(value[0], value[1], value[2]);
            out.indices[at] = static_cast<std::uint8_t>(index);
            out.wanted[at] = {static_cast<std::uint8_t>(value[0]), static_cast<std::uint8_t>(value[1]), static_cast<std::uint8_t>(value[2])};
            if (dither != Dither::FloydSteinberg && dither != Dither::Sierra) continue;
            for (int c = 0; c < 3; ++c) {
                const int error = value[c] - palette[static_cast<std::size_t>(index)][c];
                if (dither == Dither::FloydSteinberg) {
                    errors[static_cast<std::size_t>(x + 1 + step)][c] += error * 7;
                    below[static_cast<std::size_t>(x + 1 - step)][c] += error * 3;
                    below[static_cast<std::size_t>(x + 1)][c] += error * 5;
                    below[static_cast<std::size_t>(x + 1 + step)][c] += error;
                } else {
                    errors[static_cast<std::size_t>(x + 2)][c] += error * 8;
                    below[static_cast<std::size_t>(x)][c] += error * 4;
                    below[static_cast<std::size_t>(x + 1)][c] += error * 4;
                }
            }
        }
        std::swap(errors, below);
    }
    return out;
}

}  // namespace kinora
