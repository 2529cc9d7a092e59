#pragma once
// The arithmetic of charts, without widgets: smoothing, kinds of x, pixel columns, ticks, limits, mean and spread.
#include <QColor>
#include <QString>
#include <QStringList>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "widgets/charts/curve_store.h"

enum class XMode { Step, Epoch, WallTime, RelativeTime };

/// Exponential moving average divided by the weight it has gathered: y_t = s_t / w_t with s_t = a s_(t-1) + (1 - a) v_t and w_t = a w_(t-1) + (1 - a) = 1 - a^t. The
/// first value is the curve's own, and a constant stays constant. Continues over calls, so a curve that grows is smoothed as one that was there.
/// NaN and infinities are passed over and stay where they are. It counts points, not distances: the same curve whatever x is.
/// Source: the debiasing of Kingma and Ba, "Adam", ICLR 2015, section 3.
class Smoother {
public:
    explicit Smoother(double smoothing = 0) : m_keep(smoothing) {}
    double next(double value)
    {
        if (!std::isfinite(value) || m_keep <= 0) return value;
        m_sum = m_keep * m_sum + (1 - m_keep) * value;
        m_weight = m_keep * m_weight + (1 - m_keep);
        return m_sum / m_weight;
    }

private:
    double m_keep, m_sum = 0, m_weight = 0;
};
/// \param smoothing in [0, 1); 0 gives the values themselves
std::vector<double> smoothed(const std::vector<double>& values, double smoothing);

/// A curve over one kind of x, ready to be drawn: snapshots.
struct ShownCurve {
    Column<double> x;  ///< Not falling.
    double offset = 0;    ///< To be added to x.
    CoarseColumn coarse;  ///< Of x.
    Column<double> steps, wallTimesS;  ///< Of the same points.
    MinMaxPyramid values;
    MinMaxPyramid smooth;  ///< Empty without smoothing.
    struct Piece {
        std::vector<double> x;  ///< With the offset added.
        std::vector<double> values;
    };
    std::vector<Piece> discarded;

    /// Of plain columns, for parts and bands.
    static ShownCurve of(std::vector<double> x, std::vector<double> values);
    std::size_t size() const { return x.size(); }
    double first() const { return x.front() + offset; }
    double last() const { return x.back() + offset; }
    const MinMaxPyramid& drawn() const { return smooth.size() == values.size() && smooth.size() > 0 ? smooth : values; }
    /// The point nearest to \p at. \pre size() > 0
    std::size_t nearest(double at) const;
};
using ShownCurvePtr = std::shared_ptr<const ShownCurve>;

/// Turns the snapshots of a curve into shown curves; points that were appended since the last call cost no more than themselves.
/// Thread: one at a time.
class CurveBuilder {
public:
    /// \returns null if the curve has no place on this kind of x (epochs, of a run that reports none), or no points
    ShownCurvePtr update(const RunCurves& run, const CurvePtr& curve, XMode mode, double smoothing);

private:
    std::uint64_t m_generation = 0;
    XMode m_mode = XMode::Step;
    double m_smoothing = -1;
    std::uint64_t m_epochs = 0;  // generation of the curve that the epochs came from
    std::size_t m_epochsKnown = 0;
    Smoother m_smoother;
    ShownCurve m_shown;
};

/// What a curve covers of one pixel column, in axis units (see AxisMap): straight lines between neighbouring points, none where one of them is not finite.
struct Span {
    float low = 1, high = 0;  ///< low > high: nothing.
    float slope = 0;          ///< Rise over the column's width if it is one straight line; else 0.
    bool any() const { return low <= high; }
};

/// How values lie on a y axis: as they are, or as logarithms to base 10.
struct AxisMap {
    double low = 0, high = 1;  ///< Values at the lower and upper edge.
    bool logarithmic = false;

    double place(double value) const { return logarithmic ? (value > 0 ? std::log10(value) : -std::numeric_limits<double>::infinity()) : value; }
    /// 0 at the lower edge, 1 at the upper.
    double share(double value) const { return (place(value) - place(low)) / (place(high) - place(low)); }
};

/// The spans of \p count columns of [from, to], with values in \p heightPx pixels counted from the top edge.
/// \param borders  the columns, by coarse.borders() of the curve: raw and smoothed values share the search
std::vector<Span> columnSpans(const ShownCurve& curve, const MinMaxPyramid& values, double from, double to, const std::vector<std::size_t>& borders, const AxisMap& axis, double heightPx);
std::vector<Span> columnSpans(const ShownCurve& curve, const MinMaxPyramid& values, double from, double to, int count, const AxisMap& axis, double heightPx);

/// Counts of what has no place in a chart.
struct LeftOut {
    std::uint64_t notFinite = 0;
    std::uint64_t notPositive = 0;  ///< Only on a logarithmic axis.
};

/// Limits of the values in a range of x.
struct Limits {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    bool any() const { return low <= high; }
    void add(double l, double h)
    {
        low = std::min(low, l);
        high = std::max(high, h);
    }
};
/// Of the points from \p from to \p to, and of where the lines cross these edges. With \p ignoreOutliers the 2nd and 98th percentile of up to 512 points that are
/// evenly spread over the range, which is all of them if there are no more.
Limits limitsOf(const ShownCurve& curve, const MinMaxPyramid& values, double from, double to, bool logarithmic, bool ignoreOutliers);
/// Of the points in the range.
LeftOut leftOut(const ShownCurve& curve, double from, double to, bool logarithmic);
/// The limits with a margin; something sensible for a constant or for nothing.
AxisMap axisFor(const Limits& limits, bool logarithmic);

/// A line of a grid with its label; minor ones have none.
struct Tick {
    double value = 0;
    QString label;
    bool minor = false;
};
/// At most \p most labelled ticks at 1, 2 or 5 times a power of ten.
std::vector<Tick> linearTicks(double low, double high, int most);
/// Powers of ten, labelled at even distances if there are more than \p most, with 2 ... 9 times them as minor ones. Less than one and a half decades: 1, 2 and 5 times powers
/// of ten labelled, or linear ticks where even those are too few.
std::vector<Tick> logTicks(double low, double high, int most);
/// Round durations, in seconds: 1, 2, 5, 10, 15, 30 s, min; 1, 2, 3, 6, 12 h; days.
std::vector<Tick> durationTicks(double low, double high, int most);
/// Round times of the local clock, for seconds since 1970.
std::vector<Tick> timeTicks(double low, double high, int most);
std::vector<Tick> xTicks(XMode mode, double low, double high, int most);

/// A value for a person, with five digits.
QString valueText(double value);
/// An x for a person: "step 1,200", "epoch 3.25", a local time, or "1 h 02 min 05 s".
QString xText(XMode mode, double x);
QString durationLabel(double seconds, double resolutionS);

/// Mean and spread of several curves at the x's of \p xs: value and sample standard deviation of those that have a value there (lines between points; nothing before the
/// first and after the last point). NaN where none has. With one curve the deviation is 0.
struct Band {
    std::vector<double> x, mean, deviation;
};
Band bandOf(const std::vector<ShownCurvePtr>& curves, double from, double to, int columns);

/// A colour for a folder, the same in every session: one of eight that differ in hue and in grey.
/// Source: Okabe and Ito, "Color Universal Design", 2008; black left out.
QColor runColour(int index);
int runColourIndex(const QString& folder);
