#include "core/decode/flow.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>
#include <opencv2/imgproc.hpp>
#include <opencv2/video/tracking.hpp>

#include "core/util/error.h"

namespace kinora {
namespace {
constexpr int kSmallestSide = 48;  // below, patches of 8 pixels have no room to move: such clips are enlarged first

void check(const std::vector<float>& flow, int frames, int height, int width)
{
    if (frames < 1 || height < 1 || width < 1 || flow.size() != static_cast<std::size_t>(frames) * height * width * 2)
        throw Error(ErrorCode::ShapeMismatch, "the flow does not belong to a clip of " + std::to_string(frames) + " frames of " + std::to_string(width) + "x" + std::to_string(height));
}
}  // namespace

std::vector<float> opticalFlow(const Frames& clip)
{
    if (clip.empty()) throw Error(ErrorCode::ShapeMismatch, "a clip without frames has no flow");
    cv::setNumThreads(1);
    const int height = clip.height(), width = clip.width(), shorter = std::min(height, width);
    const int scale = shorter >= kSmallestSide ? 1 : (kSmallestSide + shorter - 1) / shorter;
    const auto grey = [&](int t) {
        cv::Mat out;
        cv::cvtColor(cv::Mat(height, width, CV_8UC3, const_cast<std::uint8_t*>(clip.frame(t))), out, cv::COLOR_RGB2GRAY);
        if (scale > 1) cv::resize(out, out, {}, scale, scale, cv::INTER_LINEAR);
        return out;
    };
    const cv::Ptr<cv::DISOpticalFlow> method = cv::DISOpticalFlow::create(cv::DISOpticalFlow::PRESET_MEDIUM);
    method->setFinestScale(0);
    std::vector<float> out(static_cast<std::size_t>(clip.count()) * height * width * 2, 0.0F);
    cv::Mat now = grey(0), flow, small;
    for (int t = 0; t + 1 < clip.count(); ++t) {
        const cv::Mat next = grey(t + 1);
        flow.release();  // or the last one would be taken for a first guess
        method->calc(now, next, flow);
        now = next;
        small = flow;
        if (scale > 1) {
            cv::resize(flow, small, {width, height}, 0, 0, cv::INTER_AREA);
            small /= scale;
        }
        float* to = out.data() + static_cast<std::size_t>(t) * height * width * 2;
        for (int y = 0; y < height; ++y) std::memcpy(to + static_cast<std::size_t>(y) * width * 2, small.ptr<float>(y), static_cast<std::size_t>(width) * 2 * sizeof(float));
    }
    return out;
}

Frames flowColours(const std::vector<float>& flow, int frames, int height, int width, double brightestPx)
{
    check(flow, frames, height, width);
    std::vector<float> lengths(flow.size() / 2);
    for (std::size_t i = 0; i < lengths.size(); ++i) lengths[i] = std::hypot(flow[2 * i], flow[2 * i + 1]);
    if (brightestPx <= 0) {
        std::vector<float> sorted = lengths;
        const auto at = sorted.begin() + static_cast<std::ptrdiff_t>((sorted.size() - 1) * 99 / 100);
        std::nth_element(sorted.begin(), at, sorted.end());
        brightestPx = std::max(1.0F, *at);
    }
    Frames out(frames, height, width);
    std::uint8_t* to = out.bytes().data();
    for (std::size_t i = 0; i < lengths.size(); ++i, to += 3) {
        const double value = std::min(1.0, lengths[i] / brightestPx) * 255;
        double hue = std::atan2(flow[2 * i + 1], flow[2 * i]) / std::numbers::pi * 3;  // sixths of the circle
        if (hue < 0) hue += 6;
        for (int c = 0; c < 3; ++c) {  // full saturation: a trapezium around the channel's own hue, 0, 2 or 4
            double distance = std::abs(hue - 2.0 * c);
            distance = std::min(distance, 6 - distance);
            to[c] = static_cast<std::uint8_t>(std::lround(value * std::clamp(2 - distance, 0.0, 1.0)));
        }
    }
    return out;
}

Frames flowOverlay(const Frames& clip, const std::vector<float>& flow, double brightestPx)
{
    Frames out = flowColours(flow, clip.count(), clip.height(), clip.width(), brightestPx);
    const std::uint8_t* from = clip.bytes().data();
    std::uint8_t* to = out.bytes().data();
    for (std::size_t i = 0; i < out.bytes().size(); i += 3) {
        const int grey = (from[i] * 299 + from[i + 1] * 587 + from[i + 2] * 114) / 2000, strength = std::max({to[i], to[i + 1], to[i + 2]});
        for (std::size_t c = i; c < i + 3; ++c) to[c] = static_cast<std::uint8_t>(std::min(255, grey * (255 - strength) / 255 + to[c]));
    }
    return out;
}

}  // namespace kinora
