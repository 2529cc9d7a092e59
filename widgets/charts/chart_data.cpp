#include "widgets/charts/chart_data.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>
#include <QRegularExpression>
#include <algorithm>
#include <numeric>

#include "core/util/text.h"

namespace {
constexpr QRgb kColours[] = {0xff0072b2, 0xffd55e00, 0xff009e73, 0xffcc79a7, 0xffe69f00, 0xff56b4e9, 0xff8c6bb1, 0xff999933};
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

QString tr(const char* text, const char* comment = nullptr) { return QCoreApplication::translate("ChartsView", text, comment); }

/// Index of the first point at or behind \p x.
std::size_t firstFrom(const ShownCurve& curve, double x) { return static_cast<std::size_t>(std::lower_bound(curve.x.begin(), curve.x.end(), x - curve.offset) - curve.x.begin()); }
std::size_t firstAfter(const ShownCurve& curve, double x) { return static_cast<std::size_t>(std::upper_bound(curve.x.begin(), curve.x.end(), x - curve.offset) - curve.x.begin()); }

/// The place of the line between points i - 1 and i at x; NaN where there is no line.
double crossing(const ShownCurve& curve, const Column<double>& values, std::size_t i, double x, const AxisMap& axis)
{
    if (i == 0 || i >= curve.size()) return kNaN;
    const double a = axis.place(values[i - 1]), b = axis.place(values[i]);
    if (!std::isfinite(a) || !std::isfinite(b)) return kNaN;
    const double xa = curve.x[i - 1] + curve.offset, xb = curve.x[i] + curve.offset;
    return xb > xa ? a + (b - a) * (x - xa) / (xb - xa) : b;
}
}  // namespace

std::vector<double> smoothed(const std::vector<double>& values, double smoothing)
{
    std::vector<double> result(values.size());
    Smoother smoother(smoothing);
    std::ranges::transform(values, result.begin(), [&](double value) { return smoother.next(value); });
    return result;
}

std::size_t ShownCurve::nearest(double at) const
{
    const std::size_t after = std::min(firstFrom(*this, at), size() - 1);
    if (after == 0) return 0;
    return at - (x[after - 1] + offset) < x[after] + offset - at ? after - 1 : after;
}

ShownCurvePtr CurveBuilder::update(const RunCurves& run, const CurvePtr& curve, XMode mode, double smoothing)
{
    if (!curve || curve->size() == 0) return nullptr;
    const Curve* epochs = mode == XMode::Epoch ? run.curve("epoch") : nullptr;
    if (mode == XMode::Epoch && (!epochs || epochs->size() == 0)) return nullptr;
    const bool time = mode == XMode::WallTime || mode == XMode::RelativeTime;
    const bool sorted = !time || !curve->wallTimeFalls;
    // points that lay beyond what was known of the epochs get another place now
    const bool epochsMoved = epochs && (epochs->generation != m_epochs || (m_epochsKnown != epochs->size() && m_shown.size() > 0 && m_epochsKnown > 0 && m_shown.steps.back() > epochs->steps[m_epochsKnown - 1]));
    if (curve->generation != m_generation || mode != m_mode || smoothing != m_smoothing || !sorted || curve->size() < m_shown.size() || epochsMoved) {
        m_shown = {};
        m_smoother = Smoother(smoothing);
    }
    m_generation = curve->generation, m_mode = mode, m_smoothing = smoothing;
    if (epochs) m_epochs = epochs->generation, m_epochsKnown = epochs->size();
    const std::size_t known = m_shown.size(), size = curve->size();
    if (sorted) {
        m_shown.steps = curve->steps;
        m_shown.wallTimesS = curve->wallTimesS;
        m_shown.values = curve->values;
        if (epochs) {
            std::vector<double> news = run.epochs(*curve, known);
            if (known > 0)
                for (double& epoch : news) epoch = std::max(epoch, m_shown.x.back());
            m_shown.x.append(news.data(), news.size());
        } else {
            m_shown.x = time ? curve->wallTimesS : curve->steps;
        }
    } else {
        std::vector<std::size_t> order(size);
        std::iota(order.begin(), order.end(), std::size_t(0));
        std::ranges::stable_sort(order, {}, [&](std::size_t i) { return curve->wallTimesS[i]; });
        const auto arranged = [&](const Column<double>& column) {
            std::vector<double> result(size);
            std::ranges::transform(order, result.begin(), [&](std::size_t i) { return column[i]; });
            return Column<double>(std::move(result));
        };
        m_shown.steps = arranged(curve->steps);
        m_shown.x = m_shown.wallTimesS = arranged(curve->wallTimesS);
        m_shown.values = MinMaxPyramid(arranged(curve->values.values()));
    }
    m_shown.coarse.update(m_shown.x);
    m_shown.offset = mode == XMode::RelativeTime ? -run.startS() : 0;
    if (smoothing > 0) {
        std::vector<double> news(size - m_shown.smooth.size());
        const double* values = m_shown.values.values().data() + m_shown.smooth.size();
        for (std::size_t i = 0; i < news.size(); ++i) news[i] = m_smoother.next(values[i]);
        if (m_shown.smooth.size() == 0)
            m_shown.smooth = MinMaxPyramid(Column<double>(std::move(news)));
        else
            m_shown.smooth.append(news.data(), news.size());
    }
    m_shown.discarded.clear();
    if (!epochs)
        for (const auto& piece : curve->discarded) {
            ShownCurve::Piece shown{time ? piece->wallTimesS : piece->steps, piece->values};
            if (!std::ranges::is_sorted(shown.x)) continue;
            for (double& x : shown.x) x += m_shown.offset;
            m_shown.discarded.push_back(std::move(shown));
        }
    return std::make_shared<const ShownCurve>(m_shown);
}

ShownCurve ShownCurve::of(std::vector<double> x, std::vector<double> values)
{
    ShownCurve curve;
    curve.x = Column<double>(std::move(x));
    curve.values = MinMaxPyramid(Column<double>(std::move(values)));
    curve.coarse.update(curve.x);
    return curve;
}

std::vector<Span> columnSpans(const ShownCurve& curve, const MinMaxPyramid& values, double from, double to, int count, const AxisMap& axis, double heightPx)
{
    return columnSpans(curve, values, from, to, curve.coarse.borders(curve.x, from - curve.offset, to - curve.offset, count), axis, heightPx);
}

std::vector<Span> columnSpans(const ShownCurve& curve, const MinMaxPyramid& values, double from, double to, const std::vector<std::size_t>& borders, const AxisMap& axis, double heightPx)
{
    const int count = static_cast<int>(borders.size()) - 1;
    std::vector<Span> spans(static_cast<std::size_t>(std::max(0, count)));
    if (spans.empty() || curve.size() == 0 || !(to > from)) return spans;
    const Column<double>& v = values.values();
    const double low = axis.place(axis.low), scale = heightPx / (axis.place(axis.high) - low);
    const auto pixel = [&](double place) { return heightPx - (place - low) * scale; };
    const std::vector<ColumnExtent> columns = values.columns(borders);
    const double width = (to - from) / count;
    double entry = crossing(curve, v, columns.front().first, from, axis);
    bool skipped = false;
    for (int c = 0; c < count; ++c) {
        const ColumnExtent& column = columns[static_cast<std::size_t>(c)];
        Span& span = spans[static_cast<std::size_t>(c)];
        // between columns of many points the line across the edge says nothing that they do not, and memory is spared
        const bool inside = column.last - column.first >= 16 && c + 1 < count && columns[static_cast<std::size_t>(c) + 1].last - column.last >= 16;
        const double exit = inside ? kNaN : crossing(curve, v, column.last, from + (c + 1) * width, axis);
        skipped |= inside;
        double bottom = kInfinity, top = -kInfinity;  // as places on the axis
        const bool some = axis.logarithmic ? column.extent.anyPositive() : column.extent.any();
        if (some) {
            bottom = axis.place(axis.logarithmic ? column.extent.lowPositive : column.extent.low);
            top = axis.place(column.extent.high);
        }
        for (const double edge : {entry, exit})
            if (!std::isnan(edge)) bottom = std::min(bottom, edge), top = std::max(top, edge);
        if (bottom <= top) {
            span.low = static_cast<float>(std::clamp(pixel(top), -1e6, 1e6));
            span.high = static_cast<float>(std::clamp(pixel(bottom), -1e6, 1e6));
            if (!some && column.first == column.last && !std::isnan(entry) && !std::isnan(exit)) span.slope = span.high - span.low;
        }
        entry = exit;
    }
    for (std::size_t c = 1; skipped && c < spans.size(); ++c) {  // they meet all the same, unless a value that is not finite parts them
        Span& left = spans[c - 1];
        Span& right = spans[c];
        if (!left.any() || !right.any() || (left.high >= right.low && right.high >= left.low)) continue;
        if (borders[c] == 0 || borders[c] >= v.size() || !std::isfinite(axis.place(v[borders[c]])) || !std::isfinite(axis.place(v[borders[c] - 1]))) continue;
        if (left.high < right.low)
            left.high = right.low = 0.5F * (left.high + right.low);
        else
            right.high = left.low = 0.5F * (right.high + left.low);
    }
    return spans;
}

Limits limitsOf(const ShownCurve& curve, const MinMaxPyramid& values, double from, double to, bool logarithmic, bool ignoreOutliers)
{
    Limits limits;
    if (curve.size() == 0) return limits;
    const Column<double>& v = values.values();
    const std::size_t first = firstFrom(curve, from), last = firstAfter(curve, to);
    const AxisMap axis{0, 1, logarithmic};
    if (ignoreOutliers && last > first) {
        constexpr std::size_t kSample = 512;
        std::vector<double> sample;
        const std::size_t count = std::min(kSample, last - first);
        sample.reserve(count);
        for (std::size_t i = 0; i < count; ++i) {
            const double value = v[first + i * (last - first) / count];
            if (std::isfinite(value) && (!logarithmic || value > 0)) sample.push_back(value);
        }
        if (!sample.empty()) {
            const auto at = [&](double share) {
                const auto place = static_cast<std::size_t>(std::lround(share * static_cast<double>(sample.size() - 1)));
                std::nth_element(sample.begin(), sample.begin() + static_cast<std::ptrdiff_t>(place), sample.end());
                return sample[place];
            };
            const double low = at(0.02);
            limits.add(low, at(0.98));
        }
        return limits;
    }
    const Extent extent = values.extent(first, last);
    if (logarithmic ? extent.anyPositive() : extent.any()) limits.add(logarithmic ? extent.lowPositive : extent.low, extent.high);
    for (const auto& [i, x] : {std::pair(first, from), std::pair(last, to)}) {
        const double place = crossing(curve, v, i, x, axis);
        if (std::isnan(place)) continue;
        const double value = logarithmic ? std::pow(10.0, place) : place;
        limits.add(value, value);
    }
    return limits;
}

LeftOut leftOut(const ShownCurve& curve, double from, double to, bool logarithmic)
{
    const Extent extent = curve.values.extent(firstFrom(curve, from), firstAfter(curve, to));
    return {extent.notFinite, logarithmic ? extent.notPositive : 0U};
}

AxisMap axisFor(const Limits& limits, bool logarithmic)
{
    if (logarithmic) {
        if (!limits.any()) return {0.1, 10, true};
        const double low = std::log10(limits.low), high = std::log10(limits.high);
        const double margin = std::max(0.04 * (high - low), 0.02);
        return {std::max(std::pow(10.0, low - margin), std::numeric_limits<double>::min()), std::min(std::pow(10.0, high + margin), std::numeric_limits<double>::max()), true};
    }
    if (!limits.any()) return {0, 1, false};
    double low = limits.low, high = limits.high;
    // a constant, or so near to one that doubles have no ticks between
    const double size = std::max(std::abs(low), std::abs(high));
    double margin = (high / 2 - low / 2) * 0.1;
    if (high - low <= size * 1e-12) margin = size > 0 ? size * 0.05 : 1;
    low = std::max(low - margin, -std::numeric_limits<double>::max() / 4), high = std::min(high + margin, std::numeric_limits<double>::max() / 4);
    return {low, high, false};
}

namespace {
/// 1, 2 or 5 times a power of ten, so that [low, high] has at most \p most of them.
double niceStep(double range, int most)
{
    const double rough = range / std::max(1, most), power = std::pow(10.0, std::floor(std::log10(rough)));
    for (const double factor : {1.0, 2.0, 5.0})
        if (factor * power >= rough * 0.9999) return factor * power;
    return 10 * power;
}

QString tickLabel(double value, double step)
{
    const QLocale locale;
    const double size = std::max(std::abs(value), step);
    if (size >= 1e6 || size < 1e-4) {
        // as many digits as tell neighbours apart
        const int digits = value == 0 ? 0 : std::clamp(static_cast<int>(std::floor(std::log10(std::abs(value)) + 1e-9) - std::floor(std::log10(step) + 1e-9)), 0, 12);
        if (value == 0) return locale.toString(0);
        QString text = QString::number(value, 'e', digits);
        static const QRegularExpression zeros(QStringLiteral("e([+-])0*(\\d+)$"));
        text.replace(zeros, QStringLiteral("e\\1\\2")).replace(QLatin1String("e+"), QLatin1String("e"));
        return text.replace(QLatin1Char('.'), locale.decimalPoint());
    }
    return locale.toString(value, 'f', std::clamp(-static_cast<int>(std::floor(std::log10(step) + 1e-9)), 0, 12));
}

QString powerLabel(int exponent)
{
    if (exponent >= -3 && exponent <= 4) return QLocale().toString(std::pow(10.0, exponent), 'g', 6);
    QString text = QStringLiteral("10");
    const QString digits = QString::number(exponent);
    for (const QChar c : digits) {
        static const QString kRaised = QString::fromUtf8("⁰¹²³⁴⁵⁶⁷⁸⁹");
        text += c == QLatin1Char('-') ? QChar(0x207b) : kRaised[c.digitValue()];
    }
    return text;
}
}  // namespace

std::vector<Tick> linearTicks(double low, double high, int most)
{
    std::vector<Tick> ticks;
    if (!(high > low) || !std::isfinite(high - low) || most < 1) return ticks;
    const double step = niceStep(high - low, most);
    const double first = std::ceil(low / step - 1e-9);
    for (double i = first; i * step <= high + step * 1e-9 && ticks.size() < 1000; ++i) {
        const double value = i * step;
        if (!ticks.empty() && value <= ticks.back().value) break;  // doubles are too coarse here
        ticks.push_back({value == 0 ? 0 : value, tickLabel(value, step), false});
    }
    return ticks;
}

std::vector<Tick> logTicks(double low, double high, int most)
{
    std::vector<Tick> ticks;
    if (!(low > 0) || !(high > low) || most < 1) return ticks;
    const double decades = std::log10(high) - std::log10(low);
    if (decades < 0.6) {
        ticks = linearTicks(low, high, most);
        std::erase_if(ticks, [](const Tick& tick) { return tick.value <= 0; });
        return ticks;
    }
    const int first = static_cast<int>(std::floor(std::log10(low) + 1e-9)), last = static_cast<int>(std::floor(std::log10(high) + 1e-9));
    const bool between = decades < 1.5 && most >= 3;
    const int every = std::max(1, (last - first) / std::max(1, most) + ((last - first) % std::max(1, most) ? 1 : 0));
    for (int exponent = first; exponent <= last; ++exponent) {
        const double power = std::pow(10.0, exponent);
        for (int factor = 1; factor <= 9; ++factor) {
            const double value = factor * power;
            if (value < low * (1 - 1e-12) || value > high * (1 + 1e-12)) continue;
            const bool even = ((exponent % every) + every) % every == 0;
            if (factor == 1 && even)
                ticks.push_back({value, powerLabel(exponent), false});
            else if (between && (factor == 2 || factor == 5))
                ticks.push_back({value, tickLabel(value, power), false});
            else if (every == 1 || factor == 1)
                ticks.push_back({value, {}, true});
        }
    }
    return ticks;
}

QString durationLabel(double seconds, double resolutionS)
{
    const QLocale locale;
    const bool negative = seconds < 0;
    double rest = std::abs(seconds);
    if (resolutionS < 1 && rest < 60) return locale.toString(seconds, 'f', std::clamp(static_cast<int>(std::ceil(-std::log10(resolutionS) - 1e-9)), 0, 6)) + tr(" s", "seconds");
    rest = std::round(rest);
    const auto days = static_cast<qint64>(rest / 86400), hours = static_cast<qint64>(rest / 3600) % 24, minutes = static_cast<qint64>(rest / 60) % 60, left = static_cast<qint64>(rest) % 60;
    QStringList parts;
    if (days) parts << tr("%1 d", "days").arg(locale.toString(days));
    if (hours) parts << tr("%1 h", "hours").arg(hours);
    if (minutes && resolutionS < 3600) parts << tr("%1 min", "minutes").arg(minutes);
    if (left && resolutionS < 60) parts << tr("%1 s", "seconds").arg(left);
    if (parts.isEmpty()) parts << (resolutionS < 60 ? tr("%1 s", "seconds").arg(0) : resolutionS < 3600 ? tr("%1 min", "minutes").arg(0) : tr("%1 h", "hours").arg(0));
    return (negative ? QStringLiteral("−") : QString()) + parts.join(QLatin1Char(' '));
}

namespace {
constexpr double kDurations[] = {1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400};
double durationStep(double range, int most)
{
    const double rough = range / std::max(1, most);
    if (rough <= 1) return niceStep(range, most);
    for (const double step : kDurations)
        if (step >= rough * 0.9999) return step;
    return 86400 * std::max(1.0, niceStep(range / 86400, most));
}
}  // namespace

std::vector<Tick> durationTicks(double low, double high, int most)
{
    std::vector<Tick> ticks;
    if (!(high > low) || !std::isfinite(high - low)) return ticks;
    const double step = durationStep(high - low, most);
    for (double i = std::ceil(low / step - 1e-9); i * step <= high + step * 1e-9 && ticks.size() < 1000; ++i) ticks.push_back({i * step, durationLabel(i * step, step), false});
    return ticks;
}

std::vector<Tick> timeTicks(double low, double high, int most)
{
    std::vector<Tick> ticks;
    if (!(high > low) || !std::isfinite(high - low) || std::abs(low) > 1e11 || std::abs(high) > 1e11) return ticks;
    const double step = durationStep(high - low, most);
    // round on the local clock, not on that of Greenwich; a change to summer time shifts ticks by an hour, no more
    const double shift = QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(low * 1000)).offsetFromUtc();
    qint64 lastDay = -1;
    for (double i = std::ceil((low + shift) / step - 1e-9); i * step - shift <= high + step * 1e-9 && ticks.size() < 1000; ++i) {
        const double value = i * step - shift;
        const QDateTime time = QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(std::llround(value * 1000)));
        const qint64 day = time.date().toJulianDay();
        QString label;
        if (step >= 86400 || (day != lastDay && lastDay >= 0))
            label = QLocale().toString(time.date(), QStringLiteral("d MMM"));
        else
            label = time.toString(step >= 60 ? QStringLiteral("HH:mm") : step >= 1 ? QStringLiteral("HH:mm:ss") : QStringLiteral("ss.zzz"));
        lastDay = day;
        ticks.push_back({value, label, false});
    }
    return ticks;
}

std::vector<Tick> xTicks(XMode mode, double low, double high, int most)
{
    switch (mode) {
    case XMode::WallTime: return timeTicks(low, high, most);
    case XMode::RelativeTime: return durationTicks(low, high, most);
    case XMode::Step: {
        std::vector<Tick> ticks = linearTicks(low, high, most);
        std::erase_if(ticks, [](const Tick& tick) { return tick.value != std::round(tick.value); });
        return ticks;
    }
    case XMode::Epoch: break;
    }
    return linearTicks(low, high, most);
}

QString valueText(double value)
{
    if (!std::isfinite(value)) return QString::fromStdString(kinora::formatNumber(value));
    return QLocale().toString(value, 'g', 5);
}

QString xText(XMode mode, double x)
{
    const QLocale locale;
    switch (mode) {
    case XMode::Step: return tr("step %1").arg(locale.toString(static_cast<qint64>(std::llround(x))));
    case XMode::Epoch: return tr("epoch %1").arg(locale.toString(x, 'f', 3));
    case XMode::WallTime: return locale.toString(QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(std::llround(x * 1000))), QStringLiteral("yyyy-MM-dd HH:mm:ss"));
    case XMode::RelativeTime: return durationLabel(x, std::abs(x) < 60 ? 0.01 : 1);
    }
    return {};
}

Band bandOf(const std::vector<ShownCurvePtr>& curves, double from, double to, int columns)
{
    Band band;
    if (curves.empty() || !(to > from) || columns < 1) return band;
    // every x that there is, if that is no more than the picture can show; else the same places whatever part is looked at, so that panning does not make it flicker
    std::size_t points = 0;
    for (const ShownCurvePtr& curve : curves) points = std::max(points, firstAfter(*curve, to) - firstFrom(*curve, from));
    if (points <= static_cast<std::size_t>(2 * columns)) {
        for (const ShownCurvePtr& curve : curves) {
            const std::size_t first = firstFrom(*curve, from), last = firstAfter(*curve, to);
            for (std::size_t i = first > 0 ? first - 1 : 0; i < std::min(last + 1, curve->size()); ++i) band.x.push_back(curve->x[i] + curve->offset);
        }
        std::ranges::sort(band.x);
        band.x.erase(std::unique(band.x.begin(), band.x.end()), band.x.end());
    } else {
        const double step = std::pow(2.0, std::floor(std::log2((to - from) / columns)));
        for (double i = std::floor(from / step); (i - 1) * step < to; ++i) band.x.push_back(i * step);
    }
    band.mean.assign(band.x.size(), kNaN);
    band.deviation.assign(band.x.size(), kNaN);
    struct Cursor {
        const ShownCurve* curve;
        std::size_t at;
    };
    std::vector<Cursor> cursors;
    for (const ShownCurvePtr& curve : curves) cursors.push_back({curve.get(), band.x.empty() ? 0 : firstFrom(*curve, band.x.front())});
    std::vector<double> values;
    for (std::size_t i = 0; i < band.x.size(); ++i) {
        const double x = band.x[i];
        values.clear();
        for (Cursor& cursor : cursors) {
            const ShownCurve& curve = *cursor.curve;
            cursor.at = lowerBoundNear(curve.x, x - curve.offset, cursor.at, cursor.at);
            if (cursor.at >= curve.size()) continue;
            const Column<double>& v = curve.drawn().values();
            const double value = curve.x[cursor.at] + curve.offset == x ? v[cursor.at] : crossing(curve, v, cursor.at, x, {});
            if (std::isfinite(value)) values.push_back(value);
        }
        if (values.empty()) continue;
        const double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
        double squares = 0;
        for (const double value : values) squares += (value - mean) * (value - mean);
        band.mean[i] = mean;
        band.deviation[i] = values.size() > 1 ? std::sqrt(squares / static_cast<double>(values.size() - 1)) : 0;
    }
    return band;
}

QColor runColour(int index) { return QColor::fromRgb(kColours[static_cast<std::size_t>(index) % std::size(kColours)]); }

int runColourIndex(const QString& folder)
{
    // FNV-1a of the folder's name: qHash may differ between programs
    std::uint32_t hash = 2166136261U;
    for (const char c : folder.toUtf8()) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    return static_cast<int>(hash % std::size(kColours));
}
