#include "widgets/controllers/clip_analysis.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numbers>

#include "core/clip/transform.h"
#include "core/util/error.h"

using namespace kinora;

std::vector<double> motionEnergy(const Frames& clip)
{
    std::vector<double> energy(static_cast<std::size_t>(clip.count()), 0.0);
    for (int t = 1; t < clip.count(); ++t) {
        const std::uint8_t *a = clip.frame(t - 1), *b = clip.frame(t);
        std::int64_t sum = 0;
        for (std::size_t i = 0; i < clip.frameBytes(); ++i) sum += std::abs(int(b[i]) - int(a[i]));
        energy[static_cast<std::size_t>(t)] = static_cast<double>(sum) / static_cast<double>(clip.frameBytes());
    }
    return energy;
}

Frames meanPicture(const Frames& clip)
{
    Frames mean(clip.empty() ? 0 : 1, clip.height(), clip.width());
    if (clip.empty()) return mean;
    std::vector<std::uint32_t> sums(clip.frameBytes(), 0);
    for (int t = 0; t < clip.count(); ++t)
        for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += clip.frame(t)[i];
    for (std::size_t i = 0; i < sums.size(); ++i) mean.frame(0)[i] = static_cast<std::uint8_t>((sums[i] + clip.count() / 2) / clip.count());
    return mean;
}

Frames deviationPicture(const Frames& clip, double* largest)
{
    Frames picture(clip.empty() ? 0 : 1, clip.height(), clip.width());
    if (largest) *largest = 0;
    if (clip.empty()) return picture;
    std::vector<std::uint64_t> sums(clip.frameBytes(), 0), squares(clip.frameBytes(), 0);
    for (int t = 0; t < clip.count(); ++t)
        for (std::size_t i = 0; i < sums.size(); ++i) {
            const std::uint64_t value = clip.frame(t)[i];
            sums[i] += value;
            squares[i] += value * value;
        }
    std::vector<double> deviation(sums.size());
    const double n = clip.count();
    double most = 0;
    for (std::size_t i = 0; i < sums.size(); ++i) {
        const double mean = static_cast<double>(sums[i]) / n;
        deviation[i] = std::sqrt(std::max(0.0, static_cast<double>(squares[i]) / n - mean * mean));
        most = std::max(most, deviation[i]);
    }
    for (std::size_t i = 0; i < deviation.size() && most > 0; ++i) picture.frame(0)[i] = static_cast<std::uint8_t>(std::lround(255 * deviation[i] / most));
    if (largest) *largest = most;
    return picture;
}

Frames flowOverlay(const Frames& clip, const Frames& flow)
{
    if (flow.empty() || flow.height() != clip.height() || flow.width() != clip.width())
        throw Error(ErrorCode::ShapeMismatch, "the flow is " + std::to_string(flow.width()) + "x" + std::to_string(flow.height()) + ", the clip " + std::to_string(clip.width()) + "x" +
                                                  std::to_string(clip.height()));
    Frames mixed(clip.count(), clip.height(), clip.width());
    for (int t = 0; t < clip.count(); ++t) {
        const std::uint8_t *from = clip.frame(t), *colour = flow.frame(std::min(t, flow.count() - 1));
        std::uint8_t* to = mixed.frame(t);
        for (std::size_t i = 0; i < clip.frameBytes(); i += 3) {
            const int grey = (77 * from[i] + 150 * from[i + 1] + 29 * from[i + 2]) >> 8;
            for (std::size_t c = 0; c < 3; ++c) to[i + c] = static_cast<std::uint8_t>(std::min(255, (grey * 7 + colour[i + c] * 6) / 10));  // black is no movement
        }
    }
    return mixed;
}

Frames uncropped(const Frames& clip, const std::vector<Box>& boxes, int side)
{
    if (boxes.empty() || static_cast<int>(boxes.size()) != clip.count())
        throw Error(ErrorCode::ShapeMismatch, std::to_string(boxes.size()) + " crop boxes for " + std::to_string(clip.count()) + " frames");
    float left = boxes[0].x, top = boxes[0].y, right = left, bottom = top;
    for (const Box& box : boxes) {
        if (box.empty() || !std::isfinite(box.x + box.y + box.width + box.height)) throw Error(ErrorCode::ShapeMismatch, "a crop box has no area");
        left = std::min(left, box.x);
        top = std::min(top, box.y);
        right = std::max(right, box.x + box.width);
        bottom = std::max(bottom, box.y + box.height);
    }
    // a margin shows that the box moves and the picture does not
    const float margin = 0.05F * std::max(right - left, bottom - top);
    left -= margin;
    top -= margin;
    right += margin;
    bottom += margin;
    const float scale = static_cast<float>(side) / std::max(right - left, bottom - top);
    const int width = std::max(1, static_cast<int>((right - left) * scale)), height = std::max(1, static_cast<int>((bottom - top) * scale));
    Frames canvas(clip.count(), height, width);
    std::fill(canvas.bytes().begin(), canvas.bytes().end(), std::uint8_t(48));
    for (int t = 0; t < clip.count(); ++t) {
        const Box& box = boxes[static_cast<std::size_t>(t)];
        const int w = std::clamp(static_cast<int>(std::lround(box.width * scale)), 1, width), h = std::clamp(static_cast<int>(std::lround(box.height * scale)), 1, height);
        const int x = std::clamp(static_cast<int>(std::lround((box.x - left) * scale)), 0, width - w), y = std::clamp(static_cast<int>(std::lround((box.y - top) * scale)), 0, height - h);
        const Frames one = resized(Frames(1, clip.height(), clip.width(), std::vector<std::uint8_t>(clip.frame(t), clip.frame(t) + clip.frameBytes())), h, w);
        for (int line = 0; line < h; ++line)
            std::copy_n(one.frame(0) + static_cast<std::size_t>(line) * w * 3, static_cast<std::size_t>(w) * 3, canvas.frame(t) + (static_cast<std::size_t>(y + line) * width + x) * 3);
    }
    return canvas;
}

namespace {
/// Writes the colour of a movement, three bytes.
void hueOf(float right, float down, double fullPx, std::uint8_t* to)
{
    const double saturation = std::min(1.0, std::hypot(right, down) / fullPx);
    double hue = std::atan2(down, right) / std::numbers::pi * 3;  // sixths of the circle
    if (hue < 0) hue += 6;
    for (int c = 0; c < 3; ++c) {  // a trapezium around the channel's own hue, 0, 2 or 4, mixed with white
        double distance = std::abs(hue - 2.0 * c);
        distance = std::min(distance, 6 - distance);
        to[c] = static_cast<std::uint8_t>(std::lround(255 * (1 - saturation * (1 - std::clamp(2 - distance, 0.0, 1.0)))));
    }
}

/// Frames that have a next one.
std::size_t measured(const FlowField& flow) { return static_cast<std::size_t>(std::max(0, flow.frames - 1)) * flow.height * flow.width; }
}  // namespace

double FlowField::meanLength() const
{
    const std::size_t count = measured(*this);
    double sum = 0;
    for (std::size_t i = 0; i < count; ++i) sum += std::hypot(values[2 * i], values[2 * i + 1]);
    return count > 0 ? sum / static_cast<double>(count) : 0;
}

double FlowField::percentile99() const
{
    std::vector<float> lengths(measured(*this));
    if (lengths.empty()) return 0;
    for (std::size_t i = 0; i < lengths.size(); ++i) lengths[i] = std::hypot(values[2 * i], values[2 * i + 1]);
    const auto at = lengths.begin() + static_cast<std::ptrdiff_t>((lengths.size() - 1) * 99 / 100);
    std::nth_element(lengths.begin(), at, lengths.end());
    return *at;
}

double flowDistance(const FlowField& a, const FlowField& b)
{
    if (a.height != b.height || a.width != b.width) throw Error(ErrorCode::ShapeMismatch, "the flows of clips of different sizes cannot be compared");
    const std::size_t count = std::min(measured(a), measured(b));
    double sum = 0;
    for (std::size_t i = 0; i < count; ++i) sum += std::hypot(a.values[2 * i] - b.values[2 * i], a.values[2 * i + 1] - b.values[2 * i + 1]);
    return count > 0 ? sum / static_cast<double>(count) : 0;
}

Frames flowHues(const FlowField& flow, double fullPx)
{
    Frames out(flow.frames, flow.height, flow.width);
    std::uint8_t* to = out.bytes().data();
    for (std::size_t i = 0; i < flow.values.size() / 2; ++i, to += 3) hueOf(flow.values[2 * i], flow.values[2 * i + 1], std::max(1e-6, fullPx), to);
    return out;
}

Frames flowWheel(int side, std::uint8_t outside)
{
    Frames out(1, side, side);
    std::uint8_t* to = out.bytes().data();
    const float radius = static_cast<float>(side) / 2;
    for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x, to += 3) {
            const float right = static_cast<float>(x) + 0.5F - radius, down = static_cast<float>(y) + 0.5F - radius;
            if (std::hypot(right, down) > radius) std::fill_n(to, 3, outside);
            else hueOf(right, down, radius, to);
        }
    return out;
}
