#include "widgets/charts/chart_content.h"

#include <QCoreApplication>
#include <QLocale>
#include <algorithm>

namespace {
constexpr int kBandColumns = 400;
QString tr(const char* text) { return QCoreApplication::translate("ChartsView", text); }
}  // namespace

std::vector<ChartGroup> groupsOf(const ChartContent& content, const ChartViewport& view, std::vector<const ChartLine*>& single)
{
    std::vector<ChartGroup> groups;
    std::map<QString, std::vector<const ChartLine*>> byKey;
    if (view.grouped)
        for (const ChartLine& line : content.lines)
            if (line.data && !line.group.isEmpty()) byKey[line.group].push_back(&line);
    for (const ChartLine& line : content.lines) {
        if (!line.data) continue;
        const auto known = byKey.find(line.group);
        if (known == byKey.end() || known->second.size() < 2) {
            single.push_back(&line);
        } else if (known->second.front() == &line) {
            groups.push_back({tr("%1 and %2 more").arg(line.name).arg(known->second.size() - 1), line.colour, known->second});
        }
    }
    return groups;
}

AxisMap axisOf(const ChartContent& content, const ChartViewport& view, const std::vector<ChartGroup>& groups, const std::vector<const ChartLine*>& single, const std::vector<Band>& bands)
{
    Limits limits;
    const auto add = [&](const Limits& more) {
        if (more.any()) limits.add(more.low, more.high);
    };
    for (const ChartLine* line : single) {
        const ShownCurve& curve = *line->data;
        add(limitsOf(curve, curve.values, view.from, view.to, content.logarithmic, view.ignoreOutliers));
        if (&curve.drawn() != &curve.values) add(limitsOf(curve, curve.smooth, view.from, view.to, content.logarithmic, view.ignoreOutliers));
    }
    for (std::size_t g = 0; g < groups.size() && g < bands.size(); ++g)
        for (std::size_t i = 0; i < bands[g].x.size(); ++i) {
            if (bands[g].x[i] < view.from || bands[g].x[i] > view.to || !std::isfinite(bands[g].mean[i])) continue;
            const double low = bands[g].mean[i] - bands[g].deviation[i], high = bands[g].mean[i] + bands[g].deviation[i];
            if (!content.logarithmic)
                limits.add(low, high);
            else if (high > 0)
                limits.add(low > 0 ? low : bands[g].mean[i] > 0 ? bands[g].mean[i] : high, high);
        }
    return axisFor(limits, content.logarithmic);
}

QString leftOutText(const LeftOut& left)
{
    QStringList parts;
    const QLocale locale;
    if (left.notFinite) parts << tr("%1 × NaN or infinite").arg(locale.toString(static_cast<qulonglong>(left.notFinite)));
    if (left.notPositive) parts << tr("%1 × ≤ 0 left out").arg(locale.toString(static_cast<qulonglong>(left.notPositive)));
    return parts.join(QStringLiteral(", "));
}

LeftOut leftOut(const ChartContent& content, const ChartViewport& view)
{
    LeftOut all;
    for (const ChartLine& line : content.lines) {
        if (!line.data) continue;
        const LeftOut one = leftOut(*line.data, view.from, view.to, content.logarithmic);
        all.notFinite += one.notFinite;
        all.notPositive += one.notPositive;
    }
    return all;
}

QString Crosshair::text() const
{
    QStringList all{x};
    for (const CrosshairLine& line : lines) all << line.name + QStringLiteral(": ") + line.value;
    return all.join(QLatin1Char('\n'));
}

Crosshair crosshairAt(const ChartContent& content, const ChartViewport& view, double x)
{
    Crosshair result;
    const double reach = (view.to - view.from) / 100;
    // the point nearest to the pointer sets the place: its x is shown, and every run's nearest point to it
    double nearest = std::numeric_limits<double>::quiet_NaN();
    for (const ChartLine& line : content.lines) {
        if (!line.data || x < line.data->first() - reach || x > line.data->last() + reach) continue;  // it has ended, or not begun
        const std::size_t i = line.data->nearest(x);
        const double at = line.data->x[i] + line.data->offset;
        if (!(std::abs(at - x) >= std::abs(nearest - x))) nearest = at;
    }
    result.x = xText(view.mode, std::isnan(nearest) ? x : nearest);
    if (std::isnan(nearest)) return result;
    std::vector<const ChartLine*> single;
    const std::vector<ChartGroup> groups = groupsOf(content, view, single);
    for (const ChartGroup& group : groups) {
        std::vector<ShownCurvePtr> curves;
        for (const ChartLine* line : group.lines) curves.push_back(line->data);
        const double width = std::max((view.to - view.from) / kBandColumns, 1e-9);
        const Band band = bandOf(curves, nearest - width, nearest + width, 1000);
        double mean = std::numeric_limits<double>::quiet_NaN(), deviation = mean, distance = std::numeric_limits<double>::infinity(), at = nearest;
        for (std::size_t i = 0; i < band.x.size(); ++i)
            if (std::isfinite(band.mean[i]) && std::abs(band.x[i] - nearest) < distance) distance = std::abs(band.x[i] - nearest), mean = band.mean[i], deviation = band.deviation[i], at = band.x[i];
        if (std::isfinite(mean)) result.lines.push_back({group.colour, group.name, tr("%1 ± %2").arg(valueText(mean), valueText(deviation)), mean, at});
    }
    for (const ChartLine* line : single) {
        const ShownCurve& curve = *line->data;
        const std::size_t i = curve.nearest(nearest);
        const double at = curve.x[i] + curve.offset, value = curve.values.values()[i];
        if (std::abs(at - nearest) > reach && (nearest < curve.first() || nearest > curve.last())) continue;  // it has ended, or not begun
        QString text = valueText(value);
        double place = value;
        if (&curve.drawn() != &curve.values && std::isfinite(value)) {
            place = curve.smooth.values()[i];
            text += tr(" (smoothed %1)").arg(valueText(place));
        }
        if (std::abs(at - nearest) > reach) text += QStringLiteral(" (") + xText(view.mode, at) + QLatin1Char(')');
        result.lines.push_back({line->colour, line->name, text, place, at});
    }
    return result;
}

std::optional<qint64> stepAt(const ChartContent& content, const ChartViewport&, double x)
{
    std::optional<qint64> step;
    double distance = std::numeric_limits<double>::infinity();
    for (const ChartLine& line : content.lines) {
        if (!line.data) continue;
        const std::size_t i = line.data->nearest(x);
        const double away = std::abs(line.data->x[i] + line.data->offset - x);
        if (away < distance) distance = away, step = static_cast<qint64>(line.data->steps[i]);
    }
    return step;
}

std::optional<double> placeOfStep(const ChartContent& content, const ChartViewport& view, qint64 step)
{
    const auto wanted = static_cast<double>(step);
    if (view.mode == XMode::Step) return wanted;
    for (const ChartLine& line : content.lines) {
        if (!line.data || line.data->size() == 0) continue;
        const ShownCurve& curve = *line.data;
        const auto at = static_cast<std::size_t>(std::lower_bound(curve.steps.begin(), curve.steps.end(), wanted) - curve.steps.begin());
        if (at < curve.size()) return curve.x[at] + curve.offset;
    }
    return std::nullopt;
}
