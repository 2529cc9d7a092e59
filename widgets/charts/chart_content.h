#pragma once
// What a chart shows, as values: the widget draws it, and export writes it.
#include <QColor>
#include <QString>
#include <optional>
#include <vector>

#include "widgets/charts/chart_data.h"

/// One run in a chart.
struct ChartLine {
    QString folder, name;
    QColor colour;
    int style = 0;  ///< 0 solid, 1 dashed, 2 dotted: for runs beyond the colours.
    QString group;  ///< Of ChartViewport::grouped: lines with the same, not empty, are one configuration with several seeds.
    ShownCurvePtr data;
    RunCurvesPtr run;
};

struct ChartContent {
    QString tag;
    bool logarithmic = false;
    std::vector<ChartLine> lines;
};

/// What all charts share.
struct ChartViewport {
    XMode mode = XMode::Step;
    double from = 0, to = 1;
    bool ignoreOutliers = false;
    bool grouped = false;
    qint64 marker = -1;  ///< A step; negative: none.
    bool operator==(const ChartViewport&) const = default;
};

/// Several seeds of one configuration.
struct ChartGroup {
    QString name;
    QColor colour;
    std::vector<const ChartLine*> lines;
};
/// The groups of two and more lines, and in \p single the other lines; without ChartViewport::grouped all are single.
std::vector<ChartGroup> groupsOf(const ChartContent& content, const ChartViewport& view, std::vector<const ChartLine*>& single);

/// The y axis: of raw and smoothed curves, or of the bands of groups.
AxisMap axisOf(const ChartContent& content, const ChartViewport& view, const std::vector<ChartGroup>& groups, const std::vector<const ChartLine*>& single, const std::vector<Band>& bands);

/// "3 × NaN or infinite, 12 × ≤ 0", or nothing.
QString leftOutText(const LeftOut& left);
LeftOut leftOut(const ChartContent& content, const ChartViewport& view);

/// The values of all runs at the points nearest to \p x, one line for each run that has a point within reach (one pixel column, or between its first and last point);
/// the first line is x itself.
struct CrosshairLine {
    QColor colour;
    QString name, value;
    double place = 0;  ///< The drawn value, for a dot on the curve; NaN without one.
    double x = 0;
};
struct Crosshair {
    QString x;
    std::vector<CrosshairLine> lines;
    QString text() const;  ///< All of it, line by line.
};
Crosshair crosshairAt(const ChartContent& content, const ChartViewport& view, double x);

/// The training step that lies at \p x: that of the nearest point of the line whose point is nearest; nothing without points.
std::optional<qint64> stepAt(const ChartContent& content, const ChartViewport& view, double x);
/// Where a step lies on the x axis, by the first line that says so; nothing without one.
std::optional<double> placeOfStep(const ChartContent& content, const ChartViewport& view, qint64 step);
