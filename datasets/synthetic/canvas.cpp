#include "datasets/synthetic/canvas.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>

namespace kinora::synthetic {
namespace {
constexpr int kShift = 6;  // fractional bits of a corner's position
constexpr int kNear = (5 << kShift) / 4;
/// Below this many pixels LINE_AA alone leaves small shapes ragged, so small pictures are painted larger.
int supersampling(int size) { return std::max(size <= 256 ? 2 : 1, (128 + size - 1) / size); }
}  // namespace

Colour along(const std::vector<Colour>& stops, double t)
{
    const double at = std::clamp(t, 0.0, 1.0) * static_cast<double>(stops.size() - 1);
    const auto first = std::min(static_cast<std::size_t>(at), stops.size() - 2);
    return mix(stops[first], stops[first + 1], at - static_cast<double>(first));
}

double smoothStep(double from, double to, double x)
{
    const double t = std::clamp((x - from) / (to - from), 0.0, 1.0);
    return t * t * (3 - 2 * t);
}

Outline smooth(const Outline& points, bool closed, int steps)
{
    const int count = static_cast<int>(points.size());
    if (count < 3) return points;
    const auto at = [&](int i) { return points[static_cast<std::size_t>(closed ? (i + count) % count : std::clamp(i, 0, count - 1))]; };
    Outline out;
    for (int i = 0; i < (closed ? count : count - 1); ++i) {
        const Point a = at(i - 1), b = at(i), c = at(i + 1), d = at(i + 2);
        for (int s = 0; s < steps; ++s) {
            const double t = static_cast<double>(s) / steps;
            out.push_back(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * (t * t) + (3 * b - a - 3 * c + d) * (t * t * t)));
        }
    }
    if (!closed) out.push_back(points.back());
    return out;
}

Outline ellipse(Point centre, double radiusX, double radiusY, int corners)
{
    Outline out;
    for (int i = 0; i < corners; ++i) {
        const double angle = 2 * std::numbers::pi * i / corners;
        out.emplace_back(centre.x + radiusX * std::cos(angle), centre.y + radiusY * std::sin(angle));
    }
    return out;
}

Outline sweep(const Outline& curve, const std::vector<double>& radii)
{
    Outline left, right;
    const std::size_t count = curve.size();
    for (std::size_t i = 0; i < count; ++i) {
        Point along = curve[std::min(i + 1, count - 1)] - curve[i == 0 ? 0 : i - 1];
        const double length = std::max(std::hypot(along.x, along.y), 1e-9);
        along *= 1 / length;
        // radii are given for equally spaced stations and interpolated between them
        const double station = count < 2 ? 0 : static_cast<double>(i) / static_cast<double>(count - 1) * static_cast<double>(radii.size() - 1);
        const auto k = std::min(static_cast<std::size_t>(station), radii.size() - 1);
        const double radius = radii[k] + (radii[std::min(k + 1, radii.size() - 1)] - radii[k]) * (station - static_cast<double>(k));
        left.emplace_back(curve[i].x - along.y * radius, curve[i].y + along.x * radius);
        right.emplace_back(curve[i].x + along.y * radius, curve[i].y - along.x * radius);
    }
    left.insert(left.end(), right.rbegin(), right.rend());
    return left;
}

Outline capsule(Point a, double radiusA, Point b, double radiusB)
{
    Outline out;
    const double angle = std::atan2(b.y - a.y, b.x - a.x);
    constexpr int kCorners = 8;
    for (int end = 0; end < 2; ++end)
        for (int i = 0; i <= kCorners; ++i) {
            const double at =
                angle + std::numbers::pi * (end == 0 ? 0.5 + static_cast<double>(i) / kCorners : -0.5 + static_cast<double>(i) / kCorners);
            const Point centre = end == 0 ? a : b;
            const double radius = end == 0 ? radiusA : radiusB;
            out.emplace_back(centre.x + radius * std::cos(at), centre.y + radius * std::sin(at));
        }
    return out;
}

Canvas::Canvas(int size)
    : m_size(size),
      m_side(size * supersampling(size)),
      m_image(m_side, m_side, CV_8UC3),
      m_mask(m_side, m_side, CV_8UC1),
      m_clip(m_side, m_side, CV_8UC1)
{
}

void Canvas::clear(const Colour& top, const Colour& bottom)
{
    for (int y = 0; y < m_side; ++y) {
        const Colour colour = mix(top, bottom, (y + 0.5) / m_side);
        m_image.row(y).setTo(cv::Scalar(colour[0], colour[1], colour[2]));
    }
}

cv::Rect Canvas::rasterise(const Outline& outline, double margin, cv::Mat& mask) const
{
    double left = m_side, top = m_side, right = 0, bottom = 0;
    std::vector<cv::Point> corners;
    corners.reserve(outline.size());
    for (const Point& point : outline) {
        const double x = point.x * m_side - 0.5, y = point.y * m_side - 0.5;
        left = std::min(left, x);
        right = std::max(right, x);
        top = std::min(top, y);
        bottom = std::max(bottom, y);
        // curves come with more corners than a small picture can show, and each costs an anti-aliased line
        const cv::Point corner(static_cast<int>(std::lround(x * (1 << kShift))), static_cast<int>(std::lround(y * (1 << kShift))));
        if (corners.empty() || std::abs(corner.x - corners.back().x) + std::abs(corner.y - corners.back().y) > kNear) corners.push_back(corner);
    }
    const int border = 3 + static_cast<int>(std::ceil(margin));
    const cv::Rect box(cv::Point(static_cast<int>(std::floor(left)) - border, static_cast<int>(std::floor(top)) - border),
                       cv::Point(static_cast<int>(std::ceil(right)) + border, static_cast<int>(std::ceil(bottom)) + border));
    const cv::Rect area = box & cv::Rect(0, 0, m_side, m_side);
    if (area.empty() || corners.size() < 3) return {};
    mask(area).setTo(0);
    cv::fillPoly(mask, std::vector<std::vector<cv::Point>>{std::move(corners)}, cv::Scalar(255), cv::LINE_AA, kShift);
    return area;
}

void Canvas::fill(const Outline& outline, const Paint& paint)
{
    if (paint.alpha <= 0.004) return;
    const double sigma = paint.softness * m_side;
    const cv::Rect area = rasterise(outline, sigma * 2.5, m_mask);
    if (area.empty()) return;
    if (sigma > 0.7) {
        // two box filters of width w have the variance (w * w - 1) / 6, and cost half of a Gaussian
        const int width = 2 * static_cast<int>(std::lround((std::sqrt(6 * sigma * sigma + 1) - 1) / 2)) + 1;
        cv::Mat region = m_mask(area);
        // isolated: what lies outside the region is left over from other shapes
        for (int pass = 0; pass < 2; ++pass)
            cv::blur(region, region, cv::Size(width, width), cv::Point(-1, -1), cv::BORDER_REPLICATE | cv::BORDER_ISOLATED);
    }
    blend(area, paint);
}

void Canvas::glow(Point centre, double radiusX, double radiusY, const Colour& colour, double alpha)
{
    if (alpha <= 0.004 || radiusX <= 0 || radiusY <= 0) return;
    const cv::Rect box(
        cv::Point(static_cast<int>(std::floor((centre.x - radiusX) * m_side)), static_cast<int>(std::floor((centre.y - radiusY) * m_side))),
        cv::Point(static_cast<int>(std::ceil((centre.x + radiusX) * m_side)) + 1, static_cast<int>(std::ceil((centre.y + radiusY) * m_side)) + 1));
    const cv::Rect area = box & cv::Rect(0, 0, m_side, m_side);
    if (area.empty()) return;
    const float stepX = static_cast<float>(1 / (radiusX * m_side)), stepY = static_cast<float>(1 / (radiusY * m_side));
    const float centreX = static_cast<float>(centre.x * m_side - 0.5), centreY = static_cast<float>(centre.y * m_side - 0.5);
    for (int y = area.y; y < area.y + area.height; ++y) {
        std::uint8_t* row = m_mask.ptr<std::uint8_t>(y);
        const float dy = (static_cast<float>(y) - centreY) * stepY;
        for (int x = area.x; x < area.x + area.width; ++x) {
            const float dx = (static_cast<float>(x) - centreX) * stepX;
            const float inside = std::max(0.0F, 1.0F - dx * dx - dy * dy);
            row[x] = static_cast<std::uint8_t>(inside * inside * 255.0F + 0.5F);
        }
    }
    blend(area, {colour, alpha});
}

void Canvas::clip(const Outline& outline)
{
    m_clip.setTo(0);
    rasterise(outline, 0, m_clip);
    m_clipped = true;
}

void Canvas::blend(const cv::Rect& area, const Paint& paint)
{
    // fixed point: 16 fractional bits of colour, 8 of coverage
    const int alpha = static_cast<int>(std::lround(std::clamp(paint.alpha, 0.0, 1.0) * 256));
    const double stepX = paint.slope * paint.direction.x / m_side, stepY = paint.slope * paint.direction.y / m_side;
    int perPixel[3];
    for (int c = 0; c < 3; ++c) perPixel[c] = static_cast<int>(std::lround(paint.colour[c] * stepX * 65536));
    for (int y = area.y; y < area.y + area.height; ++y) {
        const double factor = 1 + stepX * (area.x + 0.5 - paint.origin.x * m_side) + stepY * (y + 0.5 - paint.origin.y * m_side);
        int colour[3];
        for (int c = 0; c < 3; ++c) colour[c] = static_cast<int>((paint.colour[c] * factor + 0.5) * 65536);
        const std::uint8_t* mask = m_mask.ptr<std::uint8_t>(y) + area.x;
        const std::uint8_t* clipped = m_clipped ? m_clip.ptr<std::uint8_t>(y) + area.x : nullptr;
        std::uint8_t* pixel = m_image.ptr<std::uint8_t>(y) + 3 * area.x;
        for (int x = 0; x < area.width; ++x, pixel += 3) {
            if (mask[x] == 0) continue;
            int coverage = mask[x] * alpha;
            if (clipped != nullptr) coverage = coverage * clipped[x] / 255;
            for (int c = 0; c < 3; ++c) {
                const int wanted = std::clamp((colour[c] + perPixel[c] * x) >> 16, 0, 255);
                pixel[c] = static_cast<std::uint8_t>(pixel[c] + ((wanted - pixel[c]) * coverage + 255 * 128) / (255 * 256));
            }
        }
    }
}

void Canvas::write(std::uint8_t* rgb) const
{
    cv::Mat out(m_size, m_size, CV_8UC3, rgb);
    if (m_side == m_size)
        m_image.copyTo(out);
    else
        cv::resize(m_image, out, out.size(), 0, 0, cv::INTER_AREA);
}

}  // namespace kinora::synthetic
