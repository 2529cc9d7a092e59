#include "core/clip/transform.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "core/util/error.h"

namespace kinora {
namespace {
constexpr int kFraction = 22;  // bits behind the binary point of a weight

/// Weights of one output row or column: a window of input and a fixed-point weight for each of its pixels.
struct Window {
    int from = 0;
    std::vector<std::int32_t> weights;
};

std::vector<Window> windows(int in, int out)
{
    std::vector<Window> list(static_cast<std::size_t>(out));
    const double scale = static_cast<double>(in) / out, support = std::max(scale, 1.0), reciprocal = 1.0 / support;
    std::vector<double> weights;
    for (int x = 0; x < out; ++x) {
        const double centre = (x + 0.5) * scale;
        const int low = std::max(0, static_cast<int>(centre - support + 0.5)), high = std::min(in, static_cast<int>(centre + support + 0.5));
        weights.clear();
        double sum = 0;
        for (int i = 0; i < high - low; ++i) {
            weights.push_back(std::max(0.0, 1.0 - std::abs((low + i - centre + 0.5) * reciprocal)));
            sum += weights.back();
        }
        list[x].from = low;
        const double norm = 1.0 / sum;  // products, not quotients, as in the source: the last bit of a weight depends on it
        for (const double weight : weights) list[x].weights.push_back(static_cast<std::int32_t>(0.5 + weight * norm * (1 << kFraction)));
    }
    return list;
}

std::uint8_t rounded(std::int64_t sum) { return static_cast<std::uint8_t>(std::clamp<std::int64_t>(sum >> kFraction, 0, 255)); }

Frames widthResized(const Frames& in, int width)
{
    const std::vector<Window> list = windows(in.width(), width);
    Frames out(in.count(), in.height(), width);
    const std::size_t rows = static_cast<std::size_t>(in.count()) * in.height();
    for (std::size_t row = 0; row < rows; ++row) {
        const std::uint8_t* from = in.bytes().data() + row * in.width() * 3;
        std::uint8_t* to = out.bytes().data() + row * width * 3;
        for (const Window& window : list) {
            std::int64_t sum[3] = {1 << (kFraction - 1), 1 << (kFraction - 1), 1 << (kFraction - 1)};
            const std::uint8_t* pixel = from + static_cast<std::size_t>(window.from) * 3;
            for (const std::int32_t weight : window.weights)
                for (std::int64_t& channel : sum) channel += static_cast<std::int64_t>(weight) * *pixel++;
            for (const std::int64_t channel : sum) *to++ = rounded(channel);
        }
    }
    return out;
}

Frames heightResized(const Frames& in, int height)
{
    const std::vector<Window> list = windows(in.height(), height);
    Frames out(in.count(), height, in.width());
    const std::size_t stride = static_cast<std::size_t>(in.width()) * 3;
    std::vector<std::int64_t> sums(stride);
    for (int t = 0; t < in.count(); ++t) {
        for (int y = 0; y < height; ++y) {
            std::ranges::fill(sums, std::int64_t(1) << (kFraction - 1));
            const std::uint8_t* from = in.frame(t) + static_cast<std::size_t>(list[y].from) * stride;
            for (const std::int32_t weight : list[y].weights)
                for (std::int64_t& sum : sums) sum += static_cast<std::int64_t>(weight) * *from++;
            std::uint8_t* to = out.frame(t) + static_cast<std::size_t>(y) * stride;
            for (const std::int64_t sum : sums) *to++ = rounded(sum);
        }
    }
    return out;
}
}  // namespace

Frames resized(const Frames& frames, int height, int width)
{
    if (height < 1 || width < 1) throw Error(ErrorCode::ShapeMismatch, "frames cannot be resized to " + std::to_string(width) + "x" + std::to_string(height));
    if (frames.empty()) throw Error(ErrorCode::ShapeMismatch, "a clip without frames cannot be resized");
    if (frames.width() == width) return frames.height() == height ? frames : heightResized(frames, height);
    Frames out = widthResized(frames, width);
    return out.height() == height ? out : heightResized(out, height);
}

Frames resizedAndCropped(const Frames& frames, int height, int width)
{
    if (frames.empty() || height < 1 || width < 1) return resized(frames, height, width);
    const double scale = std::max(static_cast<double>(height) / frames.height(), static_cast<double>(width) / frames.width());
    const int coverHeight = std::max(height, static_cast<int>(std::lround(frames.height() * scale)));
    const int coverWidth = std::max(width, static_cast<int>(std::lround(frames.width() * scale)));
    const Frames cover = resized(frames, coverHeight, coverWidth);
    if (coverHeight == height && coverWidth == width) return cover;
    Frames out(frames.count(), height, width);
    const int top = (coverHeight - height) / 2, left = (coverWidth - width) / 2;
    for (int t = 0; t < out.count(); ++t)
        for (int y = 0; y < height; ++y)
            std::memcpy(out.frame(t) + static_cast<std::size_t>(y) * width * 3, cover.frame(t) + (static_cast<std::size_t>(top + y) * coverWidth + left) * 3, static_cast<std::size_t>(width) * 3);
    return out;
}

Frames mirrored(const Frames& frames)
{
    Frames out(frames.count(), frames.height(), frames.width());
    const std::size_t rows = static_cast<std::size_t>(frames.count()) * frames.height(), width = static_cast<std::size_t>(frames.width());
    for (std::size_t row = 0; row < rows; ++row) {
        const std::uint8_t* from = frames.bytes().data() + row * width * 3;
        std::uint8_t* to = out.bytes().data() + row * width * 3;
        for (std::size_t x = 0; x < width; ++x) std::memcpy(to + x * 3, from + (width - 1 - x) * 3, 3);
    }
    return out;
}

}  // namespace kinora
