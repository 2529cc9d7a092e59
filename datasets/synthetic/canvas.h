#pragma once
#include <cstdint>
#include <opencv2/core.hpp>
#include <vector>

namespace kinora::synthetic {

using Point = cv::Point2d;  ///< In units of the picture's side, x to the right, y down.
using Outline = std::vector<Point>;
using Colour = cv::Vec3f;  ///< RGB, 0 to 255.

inline Colour mix(const Colour& a, const Colour& b, double t) { return a + (b - a) * static_cast<float>(t); }
inline Colour shade(const Colour& colour, double factor) { return colour * static_cast<float>(factor); }
/// The colour at \p t in [0, 1] on the way through equally spaced \p stops.
Colour along(const std::vector<Colour>& stops, double t);
/// 0 before \p from, 1 after \p to, smooth between.
double smoothStep(double from, double to, double x);
/// A smooth curve through the points (Catmull-Rom), \p steps pieces between two of them.
Outline smooth(const Outline& points, bool closed, int steps = 6);
Outline ellipse(Point centre, double radiusX, double radiusY, int corners = 32);
/// The region a round brush of changing radius sweeps along a curve: a tapered stroke. One radius per point.
Outline sweep(const Outline& curve, const std::vector<double>& radii);
/// A tapered capsule from \p a to \p b.
Outline capsule(Point a, double radiusA, Point b, double radiusB);

/// How a shape is filled: one colour, or one that changes linearly along a direction.
struct Paint {
    Colour colour;
    double alpha = 1;
    double softness = 0;  ///< Standard deviation of a blurred edge, in units of the side.
    Point origin{};       ///< Where `colour` holds exactly.
    Point direction{};    ///< Unit vector of the change.
    double slope = 0;     ///< Relative brightness added per unit of length along `direction`.
};

/// A square picture that shapes are painted on, anti-aliased, at a multiple of its final size.
/// Thread: one canvas per thread; it keeps no state outside itself.
class Canvas {
public:
    explicit Canvas(int size);

    void clear(const Colour& top, const Colour& bottom);
    void fill(const Outline& outline, const Paint& paint);
    /// A round spot of light or shadow: \p alpha in the middle, 0 at the rim.
    void glow(Point centre, double radiusX, double radiusY, const Colour& colour, double alpha);
    /// Later shapes appear only inside this outline, until unclip().
    void clip(const Outline& outline);
    void unclip() { m_clipped = false; }
    /// Remembers what was painted so far, for pictures that begin alike; restore() goes back to it.
    void keep() { m_image.copyTo(m_kept); }
    void restore() { m_kept.copyTo(m_image); }
    /// Scales down to the final size. \param rgb  size * size * 3 bytes
    void write(std::uint8_t* rgb) const;

private:
    cv::Rect rasterise(const Outline& outline, double margin, cv::Mat& mask) const;
    void blend(const cv::Rect& area, const Paint& paint);

    int m_size;
    int m_side;  // of the painted picture, in pixels
    bool m_clipped = false;
    cv::Mat m_image, m_kept, m_mask, m_clip;
};

}  // namespace kinora::synthetic
