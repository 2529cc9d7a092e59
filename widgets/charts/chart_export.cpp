#include "widgets/charts/chart_export.h"

#include <QBuffer>
#include <QCoreApplication>
#include <QFontMetricsF>
#include <QGuiApplication>
#include <QImage>
#include <QPainter>
#include <QPainterPath>
#include <QPdfWriter>
#include <QSvgGenerator>
#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/text.h"
#include "widgets/text.h"

using namespace kinora;

namespace {
constexpr double kPointsPerCm = 72 / 2.54;
constexpr double kColumnsPerPoint = 600.0 / 72;
constexpr double kLeastChartCm = 6;
constexpr double kMostCm = 200;

/// Draws in points (1/72 inch) from the upper left corner of the figure.
class FigurePainter {
public:
    FigurePainter(QPainter& painter, const Figure& figure, const FigureOptions& options, const std::stop_token& stop) : m_painter(painter), m_figure(figure), m_options(options), m_stop(stop)
    {
        m_font = QGuiApplication::font();
        m_font.setPixelSize(1000);  // scaled below: fractions of points, and one pixel is one point here
        m_em = options.fontPt;
    }

    void draw()
    {
        const QSizeF size = figureSizeCm(m_figure, m_options) * kPointsPerCm;
        m_painter.fillRect(QRectF(QPointF(0, 0), size), Qt::white);
        const double legend = m_options.legend ? drawLegend(size.width()) : 0;
        const int columns = columnsOf(m_figure, m_options);
        const double width = size.width() / columns, height = m_options.heightCm * kPointsPerCm;
        int i = 0;
        for (const ChartContent& chart : m_figure.charts) {
            if (m_stop.stop_requested()) return;
            drawChart(chart, QRectF(i % columns * width, legend + i / columns * height, width, height));
            ++i;
        }
    }

    static int columnsOf(const Figure& figure, const FigureOptions& options)
    {
        const int charts = std::max(1, static_cast<int>(figure.charts.size()));
        const int wanted = options.columns > 0 ? options.columns : static_cast<int>(options.widthCm / kLeastChartCm);
        return std::clamp(wanted, 1, charts);
    }
    /// The legend's rows, each with its entries' places.
    struct Entry {
        QString name;
        QColor colour;
        int style = 0;
        double x = 0;
        int row = 0;
    };
    static std::vector<Entry> legendOf(const Figure& figure, const FigureOptions& options)
    {
        std::vector<Entry> entries;
        QFont font = QGuiApplication::font();
        font.setPixelSize(1000);
        const QFontMetricsF metrics(font);
        const double em = options.fontPt, width = options.widthCm * kPointsPerCm;
        double x = em;
        int row = 0;
        QStringList seen;
        const auto add = [&](const QString& key, const QString& name, const QColor& colour, int style) {
            if (seen.contains(key)) return;
            seen << key;
            const double needed = 2.6 * em + metrics.horizontalAdvance(name) * em / 1000 + em;
            if (x > em && x + needed > width) x = em, ++row;
            entries.push_back({name, colour, style, x, row});
            x += needed;
        };
        for (const ChartContent& chart : figure.charts) {
            std::vector<const ChartLine*> single;
            for (const ChartGroup& group : groupsOf(chart, figure.view, single)) add(QStringLiteral("group ") + group.lines.front()->group, group.name, group.colour, 0);
            for (const ChartLine* line : single) add(line->folder, line->name, line->colour, line->style);
        }
        return entries;
    }

private:
    void text(double x, double y, const QString& what, Qt::Alignment align = Qt::AlignLeft, double scale = 1)
    {
        // laid out at 1000 pixels and shrunk: glyphs stay where the paper wants them, not where a screen's pixels are
        const QFontMetricsF metrics(m_font);
        const double factor = m_em * scale / 1000, width = metrics.horizontalAdvance(what) * factor;
        if (align & Qt::AlignRight) x -= width;
        if (align & Qt::AlignHCenter) x -= width / 2;
        m_painter.save();
        m_painter.translate(x, y);
        m_painter.scale(factor, factor);
        m_painter.setFont(m_font);
        m_painter.drawText(QPointF(0, 0), what);
        m_painter.restore();
    }
    double widthOf(const QString& what) const { return QFontMetricsF(m_font).horizontalAdvance(what) * m_em / 1000; }
    static Qt::PenStyle penStyle(int style) { return style == 0 ? Qt::SolidLine : style == 1 ? Qt::DashLine : Qt::DotLine; }

    /// \returns its height
    double drawLegend(double)
    {
        const std::vector<Entry> entries = legendOf(m_figure, m_options);
        if (entries.empty()) return 0;
        for (const Entry& entry : entries) {
            const double y = (entry.row * 1.4 + 1.2) * m_em;
            m_painter.setPen(QPen(entry.colour, m_options.lineWidthPt * 1.3, penStyle(entry.style), Qt::FlatCap));
            m_painter.drawLine(QPointF(entry.x, y - 0.33 * m_em), QPointF(entry.x + 2 * m_em, y - 0.33 * m_em));
            m_painter.setPen(Qt::black);
            text(entry.x + 2.5 * m_em, y, entry.name);
        }
        return legendHeight(entries);
    }

public:
    double legendHeight(const std::vector<Entry>& entries) const { return legendHeight(entries, m_options); }
    static double legendHeight(const std::vector<Entry>& entries, const FigureOptions& options) { return entries.empty() ? 0 : (entries.back().row * 1.4 + 1.9) * options.fontPt; }

private:
    void drawChart(const ChartContent& chart, const QRectF& cell)
    {
        const ChartViewport& view = m_figure.view;
        std::vector<const ChartLine*> single;
        const std::vector<ChartGroup> groups = groupsOf(chart, view, single);
        std::vector<Band> bands;
        for (const ChartGroup& group : groups) {
            std::vector<ShownCurvePtr> curves;
            for (const ChartLine* line : group.lines) curves.push_back(line->data);
            bands.push_back(bandOf(curves, view.from, view.to, std::max(50, static_cast<int>(cell.width() * 2))));
        }
        const AxisMap axis = axisOf(chart, view, groups, single, bands);
        const double titleHeight = m_options.titles ? 1.6 * m_em : 0.6 * m_em;
        const double below = 2.9 * m_em;  // ticks, and what the axis is
        const int most = std::clamp(static_cast<int>((cell.height() - titleHeight - below) / (2.2 * m_em)), 2, 10);
        const std::vector<Tick> yTicks = axis.logarithmic ? logTicks(axis.low, axis.high, most) : linearTicks(axis.low, axis.high, most);
        double labels = 0;
        for (const Tick& tick : yTicks) labels = std::max(labels, widthOf(tick.label));
        const QRectF area(cell.left() + labels + 1.1 * m_em, cell.top() + titleHeight, std::max(1.0, cell.width() - labels - 2.2 * m_em), std::max(1.0, cell.height() - titleHeight - below));
        const std::vector<Tick> xTicksHere = xTicks(view.mode, view.from, view.to, std::clamp(static_cast<int>(area.width() / (5 * m_em)), 1, 10));

        const double thin = 0.25 * std::max(0.6, m_options.lineWidthPt);
        m_painter.setPen(QPen(QColor(0xd8, 0xd8, 0xd8), thin));
        for (const Tick& tick : yTicks) {
            if (tick.minor) continue;
            const double y = area.bottom() - axis.share(tick.value) * area.height();
            m_painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y));
        }
        m_painter.setPen(QPen(Qt::black, thin * 2));
        m_painter.setBrush(Qt::NoBrush);
        m_painter.drawLine(area.topLeft(), area.bottomLeft());
        m_painter.drawLine(area.bottomLeft(), area.bottomRight());
        double taken = cell.left();
        for (const Tick& tick : xTicksHere) {
            const double x = area.left() + (tick.value - view.from) / (view.to - view.from) * area.width(), half = widthOf(tick.label) / 2;
            m_painter.drawLine(QPointF(x, area.bottom()), QPointF(x, area.bottom() + 0.3 * m_em));
            if (x - half < taken || x + half > cell.right()) continue;
            text(x, area.bottom() + 1.35 * m_em, tick.label, Qt::AlignHCenter);
            taken = x + half + 0.4 * m_em;
        }
        for (const Tick& tick : yTicks) {
            const double y = area.bottom() - axis.share(tick.value) * area.height();
            m_painter.drawLine(QPointF(area.left() - (tick.minor ? 0.15 : 0.3) * m_em, y), QPointF(area.left(), y));
            if (!tick.label.isEmpty()) text(area.left() - 0.45 * m_em, y + 0.35 * m_em, tick.label, Qt::AlignRight);
        }
        static const char* const kNames[] = {QT_TRANSLATE_NOOP("ChartsView", "Step"), QT_TRANSLATE_NOOP("ChartsView", "Epoch"), QT_TRANSLATE_NOOP("ChartsView", "Wall time"), QT_TRANSLATE_NOOP("ChartsView", "Relative time")};
        text(area.center().x(), area.bottom() + 2.6 * m_em, QCoreApplication::translate("ChartsView", kNames[static_cast<int>(view.mode)]), Qt::AlignHCenter);
        if (m_options.titles) {
            text(area.left(), cell.top() + 1.1 * m_em, chart.tag);
            const QString left = leftOutText(leftOut(chart, view));
            if (!left.isEmpty()) text(area.right(), cell.top() + 1.1 * m_em, left, Qt::AlignRight, 0.85);
        }

        m_painter.save();
        m_painter.setClipRect(area);
        const auto pale = [](const QColor& colour, double part) { return QColor::fromRgbF(static_cast<float>(1 - part * (1 - colour.redF())), static_cast<float>(1 - part * (1 - colour.greenF())), static_cast<float>(1 - part * (1 - colour.blueF()))); };
        for (const ChartLine* line : single)
            for (const ShownCurve::Piece& piece : line->data->discarded) {
                const ShownCurve old = ShownCurve::of(piece.x, piece.values);
                drawCurve(old, old.values, axis, area, QPen(pale(line->colour, 0.3), m_options.lineWidthPt * 0.5));
            }
        if (m_options.rawBehind)
            for (const ChartLine* line : single)
                if (&line->data->drawn() != &line->data->values) drawCurve(*line->data, line->data->values, axis, area, QPen(pale(line->colour, 0.3), m_options.lineWidthPt * 0.5));
        for (std::size_t g = 0; g < groups.size(); ++g) drawBand(bands[g], axis, area, groups[g].colour, pale(groups[g].colour, 0.25));
        for (const ChartLine* line : single) drawCurve(*line->data, line->data->drawn(), axis, area, QPen(line->colour, m_options.lineWidthPt, penStyle(line->style)));
        m_painter.restore();
    }

    void polyline(QPolygonF& points)
    {
        if (points.size() == 1) {
            const QPen pen = m_painter.pen();
            m_painter.setPen(Qt::NoPen);
            m_painter.setBrush(pen.color());
            m_painter.drawEllipse(points.front(), pen.widthF(), pen.widthF());
            m_painter.setBrush(Qt::NoBrush);
            m_painter.setPen(pen);
        } else if (points.size() > 1) {
            m_painter.drawPolyline(points);
        }
        points.clear();
    }

    void drawCurve(const ShownCurve& curve, const MinMaxPyramid& values, const AxisMap& axis, const QRectF& area, QPen pen)
    {
        const ChartViewport& view = m_figure.view;
        pen.setJoinStyle(Qt::RoundJoin);
        m_painter.setPen(pen);
        m_painter.setBrush(Qt::NoBrush);
        const int columns = std::max(1, static_cast<int>(area.width() * kColumnsPerPoint));
        auto first = static_cast<std::size_t>(std::lower_bound(curve.x.begin(), curve.x.end(), view.from - curve.offset) - curve.x.begin());
        auto last = static_cast<std::size_t>(std::upper_bound(curve.x.begin(), curve.x.end(), view.to - curve.offset) - curve.x.begin());
        const auto round = [](double v) { return std::round(v * 100) / 100; };  // a hundredth of a point: keeps SVG small
        QPolygonF points;
        if (last - first <= static_cast<std::size_t>(columns)) {
            if (first > 0) --first;
            if (last < curve.size()) ++last;
            for (std::size_t i = first; i < last; ++i) {
                const double share = axis.share(values.values()[i]);
                if (!std::isfinite(share)) {
                    polyline(points);
                    continue;
                }
                points << QPointF(round(area.left() + (curve.x[i] + curve.offset - view.from) / (view.to - view.from) * area.width()), round(area.bottom() - std::clamp(share, -100.0, 100.0) * area.height()));
            }
        } else {
            const std::vector<Span> spans = columnSpans(curve, values, view.from, view.to, columns, axis, area.height());
            const double apart = m_options.lineWidthPt / 4;
            bool up = false;
            double before = NAN;
            for (int c = 0; c < columns; ++c) {
                const Span& span = spans[static_cast<std::size_t>(c)];
                if (!span.any()) {
                    polyline(points);
                    continue;
                }
                const double x = round(area.left() + (c + 0.5) * area.width() / columns), top = round(area.top() + static_cast<double>(span.low)), bottom = round(area.top() + static_cast<double>(span.high));
                if (bottom - top < apart) {
                    const double y = round((top + bottom) / 2);
                    // points on a level line say nothing
                    if (points.size() > 1 && y == before && points[points.size() - 2].y() == y && points.back().y() == y)
                        points.back().setX(x);
                    else
                        points << QPointF(x, y);
                    before = y;
                    continue;
                }
                points << QPointF(x, up ? bottom : top) << QPointF(x, up ? top : bottom);
                up = !up;
            }
        }
        polyline(points);
    }

    void drawBand(const Band& band, const AxisMap& axis, const QRectF& area, const QColor& colour, const QColor& fill)
    {
        const ChartViewport& view = m_figure.view;
        const auto place = [&](std::size_t i, double value) {
            double share = axis.share(value);
            if (!std::isfinite(share)) share = -1;  // below a logarithmic axis
            return QPointF(area.left() + (band.x[i] - view.from) / (view.to - view.from) * area.width(), area.bottom() - std::clamp(share, -100.0, 100.0) * area.height());
        };
        for (std::size_t i = 0; i < band.x.size();) {
            if (!std::isfinite(band.mean[i])) {
                ++i;
                continue;
            }
            std::size_t end = i;
            QPolygonF mean, around;
            for (; end < band.x.size() && std::isfinite(band.mean[end]); ++end) {
                mean << place(end, band.mean[end]);
                around << place(end, band.mean[end] + band.deviation[end]);
            }
            for (std::size_t k = end; k-- > i;) around << place(k, band.mean[k] - band.deviation[k]);
            m_painter.setPen(Qt::NoPen);
            m_painter.setBrush(fill);
            m_painter.drawPolygon(around);
            m_painter.setBrush(Qt::NoBrush);
            m_painter.setPen(QPen(colour, m_options.lineWidthPt));
            polyline(mean);
            i = end;
        }
    }

    QPainter& m_painter;
    const Figure& m_figure;
    const FigureOptions& m_options;
    std::stop_token m_stop;
    QFont m_font;
    double m_em;
};

QByteArray field(const QString& text)
{
    QByteArray bytes = text.toUtf8();
    if (bytes.contains(',') || bytes.contains('"') || bytes.contains('\n') || bytes.contains('\r')) bytes = '"' + bytes.replace('"', "\"\"") + '"';
    return bytes;
}

/// Steps and seconds: shortest, but never with an exponent.
std::string plainNumber(double value)
{
    char digits[400];
    const auto end = std::to_chars(digits, digits + sizeof(digits), value, std::chars_format::fixed);
    return {digits, end.ptr};
}

void writeTable(AtomicFile& file, const Figure& figure, const std::stop_token& stop)
{
    std::string text = "run,tag,step,epoch,wall_time,value\n";
    for (const ChartContent& chart : figure.charts)
        for (const ChartLine& line : chart.lines) {
            if (!line.data || !line.run) continue;
            const Curve* curve = line.run->curve(chart.tag.toStdString());
            if (!curve) continue;
            const std::string head = field(line.name).toStdString() + ',' + field(chart.tag).toStdString() + ',';
            const std::vector<double> epochs = line.run->epochs(*curve);
            for (std::size_t i = 0; i < curve->size(); ++i) {
                text += head;
                text += plainNumber(curve->steps[i]);
                text += ',';
                if (i < epochs.size()) text += formatNumber(epochs[i]);
                text += ',';
                text += plainNumber(curve->wallTimesS[i]);
                text += ',';
                text += formatNumber(curve->values.values()[i]);
                text += '\n';
                if (text.size() > (std::size_t(1) << 20)) {
                    if (stop.stop_requested()) return;
                    file.write(text);
                    text.clear();
                }
            }
        }
    file.write(text);
}
}  // namespace

QSizeF figureSizeCm(const Figure& figure, const FigureOptions& options)
{
    const int columns = FigurePainter::columnsOf(figure, options), charts = std::max(1, static_cast<int>(figure.charts.size()));
    const double legend = options.legend ? FigurePainter::legendHeight(FigurePainter::legendOf(figure, options), options) / kPointsPerCm : 0;
    return {options.widthCm, options.heightCm * ((charts + columns - 1) / columns) + legend};
}

void writeFigure(const QString& path, const Figure& figure, const FigureOptions& options, std::stop_token stop)
{
    const QString ending = path.section(QLatin1Char('.'), -1).toLower();
    if (!QStringList{QStringLiteral("png"), QStringLiteral("svg"), QStringLiteral("pdf"), QStringLiteral("csv")}.contains(ending))
        throw Error(ErrorCode::Usage, "curves are written as .png, .svg, .pdf or .csv", path.toStdString());
    if (figure.charts.empty()) throw Error(ErrorCode::Usage, "there is no chart to write", path.toStdString());
    AtomicFile file(toPath(path));
    if (ending == QLatin1String("csv")) {
        writeTable(file, figure, stop);
        if (!stop.stop_requested()) file.commit();
        return;
    }
    const QSizeF cm = figureSizeCm(figure, options);
    if (!(options.widthCm >= 1 && options.heightCm >= 1 && cm.width() <= kMostCm && cm.height() <= kMostCm && options.fontPt > 0 && options.lineWidthPt > 0))
        throw Error(ErrorCode::Usage, "a figure is 1 to " + std::to_string(static_cast<int>(kMostCm)) + " cm wide and high", path.toStdString());
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    const auto drawOn = [&](QPaintDevice& device, double scale) {
        QPainter painter;
        if (!painter.begin(&device)) throw Error(ErrorCode::CannotWrite, "the figure could not be drawn", path.toStdString());
        painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing);
        painter.scale(scale, scale);
        FigurePainter(painter, figure, options, stop).draw();
    };
    if (ending == QLatin1String("png")) {
        const QSize pixels = (cm * options.dpi / 2.54).toSize();
        if (static_cast<double>(pixels.width()) * pixels.height() > 2e8) throw Error(ErrorCode::Usage, "a picture of " + std::to_string(pixels.width()) + " x " + std::to_string(pixels.height()) + " pixels is too large: lower the size or the resolution", path.toStdString());
        QImage image(pixels, QImage::Format_RGB32);
        if (image.isNull()) throw Error(ErrorCode::OutOfMemory, "the picture does not fit into memory", path.toStdString());
        image.setDotsPerMeterX(static_cast<int>(std::lround(options.dpi / 0.0254)));
        image.setDotsPerMeterY(image.dotsPerMeterX());
        image.fill(Qt::white);
        drawOn(image, options.dpi / 72.0);
        if (!image.save(&buffer, "PNG")) throw Error(ErrorCode::CannotWrite, "the picture could not be encoded", path.toStdString());
    } else if (ending == QLatin1String("svg")) {
        QSvgGenerator svg;
        svg.setOutputDevice(&buffer);
        svg.setResolution(72);
        const QSizeF points = cm * kPointsPerCm;
        svg.setSize(QSize(static_cast<int>(std::lround(points.width())), static_cast<int>(std::lround(points.height()))));
        svg.setViewBox(QRectF(QPointF(0, 0), points));
        svg.setTitle(QStringLiteral("Kinora"));
        drawOn(svg, 1);
    } else {
        QPdfWriter pdf(&buffer);
        pdf.setCreator(QStringLiteral("Kinora"));
        pdf.setResolution(720);
        pdf.setPageSize(QPageSize(cm * 10, QPageSize::Millimeter, {}, QPageSize::ExactMatch));
        pdf.setPageMargins(QMarginsF(0, 0, 0, 0));
        drawOn(pdf, 10);
    }
    if (stop.stop_requested()) return;
    file.write(bytes.constData(), static_cast<std::size_t>(bytes.size()));
    file.commit();
}
