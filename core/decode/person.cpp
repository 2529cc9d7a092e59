#include "core/decode/person.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "core/util/error.h"

namespace kinora {
namespace {
constexpr std::size_t kSamples = 64;
constexpr int kWidth = 320, kThreshold = 20, kMedian = 9;

cv::Mat view(const Frames& picture, int frame) { return {picture.height(), picture.width(), CV_8UC3, const_cast<std::uint8_t*>(picture.frame(frame))}; }

/// At most kWidth wide.
Frames shrunk(const Frames& picture, int frame)
{
    const double scale = std::max(1.0, static_cast<double>(picture.width()) / kWidth);
    Frames out(1, std::max(1, static_cast<int>(std::lround(picture.height() / scale))), std::min(picture.width(), kWidth));
    cv::Mat small = view(out, 0);
    if (scale > 1) cv::resize(view(picture, frame), small, small.size(), 0, 0, cv::INTER_AREA);
    else view(picture, frame).copyTo(small);
    return out;
}
}  // namespace

void BackgroundSamples::add(const Frames& picture, int frame)
{
    if (!wants()) return skip();
    if (m_pictures.size() == kSamples) {  // every other one goes, and from now on half as many come
        for (std::size_t i = 1; i < kSamples / 2; ++i) m_pictures[i] = std::move(m_pictures[2 * i]);
        m_pictures.resize(kSamples / 2);
        m_every *= 2;
        if (!wants()) return skip();
    }
    m_scale = std::max(1.0, static_cast<double>(picture.width()) / kWidth);
    m_pictures.push_back(shrunk(picture, frame));
    ++m_seen;
}

PersonFinder::PersonFinder(const BackgroundSamples& samples) : m_scale(samples.scale())
{
    const std::vector<Frames>& pictures = samples.pictures();
    if (pictures.empty()) throw Error(ErrorCode::ShapeMismatch, "no pictures to find the background in");
    cv::setNumThreads(1);
    m_background = Frames(1, pictures[0].height(), pictures[0].width());
    std::array<std::uint8_t, kSamples> values{};
    for (std::size_t i = 0; i < m_background.bytes().size(); ++i) {
        for (std::size_t k = 0; k < pictures.size(); ++k) values[k] = pictures[k].bytes()[i];
        const auto middle = values.begin() + static_cast<std::ptrdiff_t>(pictures.size() / 2);
        std::nth_element(values.begin(), middle, values.begin() + static_cast<std::ptrdiff_t>(pictures.size()));
        m_background.bytes()[i] = *middle;
    }
}

std::optional<Box> PersonFinder::find(const Frames& picture, int frame) const
{
    const Frames small = shrunk(picture, frame);
    if (small.width() != m_background.width() || small.height() != m_background.height()) throw Error(ErrorCode::ShapeMismatch, "the picture has another size than its background");
    cv::Mat mask(small.height(), small.width(), CV_8U);
    const std::uint8_t *now = small.frame(0), *still = m_background.frame(0);
    for (std::size_t i = 0; i < mask.total(); ++i, now += 3, still += 3)
        mask.data[i] = std::abs(now[0] - still[0]) > kThreshold || std::abs(now[1] - still[1]) > kThreshold || std::abs(now[2] - still[2]) > kThreshold ? 255 : 0;
    cv::morphologyEx(mask, mask, cv::MORPH_OPEN, cv::Mat::ones(3, 3, CV_8U));
    cv::Mat labels, facts, centres;
    const int count = cv::connectedComponentsWithStats(mask, labels, facts, centres, 8, CV_32S);
    int best = 0;
    for (int i = 1; i < count; ++i)
        if (best == 0 || facts.at<int>(i, cv::CC_STAT_AREA) > facts.at<int>(best, cv::CC_STAT_AREA)) best = i;
    if (best == 0) return std::nullopt;
    const auto fact = [&](int which) { return static_cast<float>(facts.at<int>(best, which) * m_scale); };
    return Box{fact(cv::CC_STAT_LEFT), fact(cv::CC_STAT_TOP), fact(cv::CC_STAT_WIDTH), fact(cv::CC_STAT_HEIGHT)};
}

std::vector<Box> steadyBoxes(const std::vector<BoxSample>& samples, int frames)
{
    if (samples.empty() || frames < 1) throw Error(ErrorCode::ShapeMismatch, "no boxes to follow");
    using Sides = std::array<double, 4>;  // left, top, right, bottom
    const auto sides = [](const Box& box) { return Sides{box.x, box.y, box.x + box.width, box.y + box.height}; };
    std::vector<Sides> path(static_cast<std::size_t>(frames));
    for (int t = 0, next = 0; t < frames; ++t) {
        while (next < static_cast<int>(samples.size()) && samples[static_cast<std::size_t>(next)].frame < t) ++next;
        const BoxSample& after = samples[static_cast<std::size_t>(std::min(next, static_cast<int>(samples.size()) - 1))];
        const BoxSample& before = samples[static_cast<std::size_t>(std::max(next - 1, 0))];
        const double part = after.frame > before.frame && t < after.frame ? static_cast<double>(t - before.frame) / (after.frame - before.frame) : 1;
        const Sides a = sides(before.box), b = sides(after.box);
        for (std::size_t k = 0; k < 4; ++k) path[static_cast<std::size_t>(t)][k] = next == 0 ? a[k] : a[k] * (1 - part) + b[k] * part;
    }
    std::vector<Box> out;
    for (int t = 0; t < frames; ++t) {
        Sides middle{};
        const int reach = std::min({kMedian / 2, t, frames - 1 - t});
        for (std::size_t k = 0; k < 4; ++k) {
            std::vector<double> values;
            for (int at = t - reach; at <= t + reach; ++at) values.push_back(path[static_cast<std::size_t>(at)][k]);
            std::ranges::nth_element(values, values.begin() + reach);
            middle[k] = values[static_cast<std::size_t>(reach)];
        }
        out.push_back({static_cast<float>(middle[0]), static_cast<float>(middle[1]), static_cast<float>(middle[2] - middle[0]), static_cast<float>(middle[3] - middle[1])});
    }
    return out;
}

}  // namespace kinora
