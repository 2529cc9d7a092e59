#include "widgets/charts/chart_plot.h"

#include <QAction>
#include <QContextMenuEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QMenu>
#include <QMouseEvent>
#include <QPainter>
#include <QToolButton>
#include <QVBoxLayout>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "widgets/charts/curve_raster.h"
#include "widgets/text.h"

namespace {
constexpr double kWheelStep = 0.8;  // of the width, for one notch
constexpr int kDragDistance = 4;
constexpr double kLineWidth = 1.6;
constexpr int kMaxMarked = 60;  // with no more points in sight each gets a dot

/// The run's colour, lighter on a dark ground, where the darker ones would drown.
QColor visible(const QColor& colour, const QColor& ground)
{
    if (ground.lightness() >= 128 || colour.lightnessF() >= 0.45F) return colour;
    QColor lighter = QColor::fromHslF(std::max(0.0F, colour.hslHueF()), colour.hslSaturationF() * 0.8F, 0.58F);
    return lighter;
}
}  // namespace

ChartPlot::ChartPlot(const QString& tag, QWidget* parent) : QWidget(parent)
{
    m_content.tag = tag;
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setAttribute(Qt::WA_OpaquePaintEvent);
    setAccessibleName(tr("Chart of %1").arg(tag));
    setAccessibleDescription(tr("Plus and minus zoom, the arrow keys move the crosshair, Shift and an arrow key pan, 0 shows everything, Space chooses the step, Enter enlarges, P pins, L makes the values logarithmic"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(6, 2, 2, 2);
    auto* head = new QHBoxLayout;
    head->setSpacing(2);
    m_title = new QLabel(tag);
    QFont bold = m_title->font();
    bold.setBold(true);
    m_title->setFont(bold);
    m_title->setTextFormat(Qt::PlainText);
    m_title->setToolTip(tag);
    m_title->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_remark = new QLabel;
    m_remark->setTextFormat(Qt::PlainText);
    m_remark->setForegroundRole(QPalette::PlaceholderText);
    const auto button = [&](const QString& icon, const QString& text) {
        auto* made = new QToolButton;
        made->setIcon(themedIcon(icon));
        made->setAutoRaise(true);
        made->setToolTip(text);
        made->setAccessibleName(text + QStringLiteral(": ") + tag);
        made->setFocusPolicy(Qt::NoFocus);  // the chart has keys for them
        return made;
    };
    m_pin = button(QStringLiteral("pin"), tr("Pin to the top (P)"));
    m_pin->setCheckable(true);
    m_enlarge = button(QStringLiteral("enlarge"), tr("Show this chart alone (Enter)"));
    m_enlarge->setCheckable(true);
    m_more = button(QStringLiteral("more"), tr("What can be done with this chart"));
    head->addWidget(m_title, 1);
    head->addWidget(m_remark);
    for (QToolButton* one : {m_pin, m_enlarge, m_more}) head->addWidget(one);
    layout->addLayout(head);
    layout->addStretch();
    connect(m_pin, &QToolButton::clicked, this, &ChartPlot::pinRequested);
    connect(m_enlarge, &QToolButton::clicked, this, &ChartPlot::enlargeRequested);
    connect(m_more, &QToolButton::clicked, this, [this] { showMenu(m_more->mapToGlobal(m_more->rect().bottomLeft())); });
}

void ChartPlot::dirty()
{
    m_dirty = true;
    update();
}

void ChartPlot::setContent(const ChartContent& content)
{
    m_content = content;
    dirty();
}

void ChartPlot::setViewport(const ChartViewport& view)
{
    if (view == m_view) return;
    ChartViewport moved = view;
    moved.marker = m_view.marker;
    const bool onlyMarker = moved == m_view;
    m_view = view;
    if (onlyMarker)
        update();
    else
        dirty();
}

void ChartPlot::setPinned(bool pinned)
{
    m_pinned = pinned;
    m_pin->setChecked(pinned);
    m_pin->setToolTip(pinned ? tr("Back to its section (P)") : tr("Pin to the top (P)"));
}

void ChartPlot::setEnlarged(bool enlarged)
{
    m_enlarged = enlarged;
    m_enlarge->setChecked(enlarged);
    m_enlarge->setToolTip(enlarged ? tr("Back to all charts (Escape)") : tr("Show this chart alone (Enter)"));
}

void ChartPlot::setCrosshair(std::optional<double> x)
{
    if (x == m_crosshair) return;
    m_crosshair = x;
    update();
}

QString ChartPlot::remark() const { return leftOutText(leftOut(m_content, m_view)); }

QSize ChartPlot::sizeHint() const
{
    const int em = fontMetrics().height();
    return {em * 24, em * 14};
}
QSize ChartPlot::minimumSizeHint() const
{
    const int em = fontMetrics().height();
    return {em * 12, em * 8};
}

QRect ChartPlot::plotArea() const
{
    const int em = fontMetrics().height();
    const int top = m_title->geometry().bottom() + em / 2;
    return {m_left, top, std::max(1, width() - m_left - em), std::max(1, height() - top - em - em / 2)};
}

double ChartPlot::xAt(double pixel) const
{
    const QRect area = plotArea();
    return m_view.from + (pixel - area.left()) / area.width() * (m_view.to - m_view.from);
}

double ChartPlot::pixelOf(double x) const
{
    const QRect area = plotArea();
    return area.left() + (x - m_view.from) / (m_view.to - m_view.from) * area.width();
}

void ChartPlot::makePicture()
{
    m_dirty = false;
    ++m_paints;
    const QString text = remark();
    if (m_remark->text() != text) {
        m_remark->setText(text);
        m_remark->setToolTip(text);
    }
    std::vector<const ChartLine*> single;
    const std::vector<ChartGroup> groups = groupsOf(m_content, m_view, single);
    const int em = fontMetrics().height();
    m_left = em * 4;
    const int columns = std::max(1, plotArea().width());
    std::vector<Band> bands;
    for (const ChartGroup& group : groups) {
        std::vector<ShownCurvePtr> curves;
        for (const ChartLine* line : group.lines) curves.push_back(line->data);
        bands.push_back(bandOf(curves, m_view.from, m_view.to, columns));
    }
    m_axis = axisOf(m_content, m_view, groups, single, bands);
    const QRect before = plotArea();
    const int most = std::clamp(before.height() / (em * 2), 2, 10);
    m_yTicks = m_axis.logarithmic ? logTicks(m_axis.low, m_axis.high, most) : linearTicks(m_axis.low, m_axis.high, most);
    int widest = em * 2;
    for (const Tick& tick : m_yTicks) widest = std::max(widest, fontMetrics().horizontalAdvance(tick.label));
    m_left = std::min(widest + em, width() / 2);

    const QRect area = plotArea();
    m_xTicks = xTicks(m_view.mode, m_view.from, m_view.to, std::clamp(area.width() / (em * 5), 1, 12));
    const qreal scale = devicePixelRatioF();
    const int w = static_cast<int>(std::lround(area.width() * scale)), h = static_cast<int>(std::lround(area.height() * scale));
    const QColor ground = palette().color(QPalette::Base);
    CurveRaster raster(w, h, ground.rgb());
    const QRgb ink = palette().color(QPalette::Text).rgb();
    const int thin = std::max(1, static_cast<int>(scale));
    for (const Tick& tick : m_yTicks) raster.horizontalLine((1 - m_axis.share(tick.value)) * h, thin, ink, tick.minor ? 14 : 34);
    for (const Tick& tick : m_xTicks) raster.verticalLine((tick.value - m_view.from) / (m_view.to - m_view.from) * w, thin, ink, 26);
    const auto dash = [&](int style) { return style == 0 ? 0 : static_cast<int>((style == 1 ? 7 : 2) * scale); };
    const auto gap = [&](int style) { return style == 0 ? 0 : static_cast<int>((style == 1 ? 4 : 3) * scale); };
    // what lies behind first: discarded ends and raw curves, then what is read
    const AxisMap axis = m_axis;
    for (const ChartLine* line : single)
        for (const ShownCurve::Piece& piece : line->data->discarded) {
            const ShownCurve old = ShownCurve::of(piece.x, piece.values);
            raster.curve(columnSpans(old, old.values, m_view.from, m_view.to, w, axis, h), scale, visible(line->colour, ground).rgb(), 50);
        }
    std::vector<std::vector<std::size_t>> borders;
    for (const ChartLine* line : single) {
        borders.push_back(line->data->coarse.borders(line->data->x, m_view.from - line->data->offset, m_view.to - line->data->offset, w));
        if (&line->data->drawn() != &line->data->values)
            raster.curve(columnSpans(*line->data, line->data->values, m_view.from, m_view.to, borders.back(), axis, h), scale, visible(line->colour, ground).rgb(), 70);
    }
    for (std::size_t i = 0; i < single.size(); ++i) {
        const ChartLine* line = single[i];
        const std::vector<Span> spans = columnSpans(*line->data, line->data->drawn(), m_view.from, m_view.to, borders[i], axis, h);
        raster.curve(spans, kLineWidth * scale, visible(line->colour, ground).rgb(), 255, dash(line->style), gap(line->style));
    }
    for (std::size_t g = 0; g < groups.size(); ++g) {
        const Band& band = bands[g];
        ShownCurve edges[3];  // mean, mean - deviation, mean + deviation
        std::vector<Span> spans[3];
        for (int k = 0; k < 3; ++k) {
            std::vector<double> values(band.mean);
            for (std::size_t i = 0; i < values.size(); ++i) {
                values[i] += k == 0 ? 0 : k == 1 ? -band.deviation[i] : band.deviation[i];
                if (axis.logarithmic && k == 1 && !(values[i] > 0) && std::isfinite(band.mean[i])) values[i] = axis.low;  // the band goes on below the axis
            }
            edges[k] = ShownCurve::of(band.x, std::move(values));
            spans[k] = columnSpans(edges[k], edges[k].values, m_view.from, m_view.to, w, axis, h);
        }
        std::vector<float> top(static_cast<std::size_t>(w), NAN), bottom = top;
        for (std::size_t i = 0; i < top.size(); ++i)
            if (spans[1][i].any() && spans[2][i].any()) top[i] = spans[2][i].low, bottom[i] = spans[1][i].high;
        const QColor colour = visible(groups[g].colour, ground);
        raster.band(top, bottom, colour.rgb(), 60);
        raster.curve(spans[0], kLineWidth * 1.25 * scale, colour.rgb(), 255);
    }
    raster.copyTo(m_picture);
    m_picture.setDevicePixelRatio(scale);

    // dots where points are few, so that single ones are seen; marks where a value has no place
    QPainter painter(&m_picture);
    painter.setRenderHint(QPainter::Antialiasing);
    for (const ChartLine* line : single) {
        const ShownCurve& curve = *line->data;
        const auto first = static_cast<std::size_t>(std::lower_bound(curve.x.begin(), curve.x.end(), m_view.from - curve.offset) - curve.x.begin());
        const auto last = static_cast<std::size_t>(std::upper_bound(curve.x.begin(), curve.x.end(), m_view.to - curve.offset) - curve.x.begin());
        const QColor colour = visible(line->colour, ground);
        if (last - first <= static_cast<std::size_t>(std::min(kMaxMarked, area.width() / 10))) {
            painter.setPen(Qt::NoPen);
            painter.setBrush(colour);
            for (std::size_t i = first; i < last; ++i) {
                const double y = (1 - axis.share(curve.drawn().values()[i])) * area.height();
                if (std::isfinite(y)) painter.drawEllipse(QPointF((curve.x[i] + curve.offset - m_view.from) / (m_view.to - m_view.from) * area.width(), y), 2.5, 2.5);
            }
        }
        const Extent extent = curve.values.extent(first, last);
        if (extent.notFinite == 0 && (!axis.logarithmic || extent.notPositive == 0)) continue;
        const std::vector<ColumnExtent> marks = curve.values.columns(curve.x, m_view.from - curve.offset, m_view.to - curve.offset, std::max(1, area.width() / 6));
        painter.setPen(Qt::NoPen);
        for (std::size_t c = 0; c < marks.size(); ++c) {
            const double x = (static_cast<double>(c) + 0.5) * area.width() / static_cast<double>(marks.size()), floor = area.height() - 1;
            if (marks[c].extent.notFinite > 0) {
                painter.setBrush(colour);
                painter.drawPolygon(QPolygonF{{x - 3.5, floor}, {x + 3.5, floor}, {x, floor - 7}});
            } else if (axis.logarithmic && marks[c].extent.notPositive > 0) {
                painter.fillRect(QRectF(x - 1.5, floor - 3, 3, 3), colour);
            }
        }
    }
}

void ChartPlot::paintAxes(QPainter& painter)
{
    const QRect area = plotArea();
    const int em = fontMetrics().height();
    QColor ink = palette().color(QPalette::Text);
    ink.setAlphaF(0.75F);
    painter.setPen(ink);
    for (const Tick& tick : m_yTicks) {
        if (tick.label.isEmpty()) continue;
        const double y = area.top() + (1 - m_axis.share(tick.value)) * area.height();
        if (y < area.top() - 1 || y > area.bottom() + 2) continue;
        painter.drawText(QRectF(0, y - em, m_left - em / 3.0, 2 * em), Qt::AlignRight | Qt::AlignVCenter, tick.label);
    }
    double taken = -1;
    for (const Tick& tick : m_xTicks) {
        if (tick.label.isEmpty()) continue;
        const double width = fontMetrics().horizontalAdvance(tick.label);
        const double left = std::clamp(pixelOf(tick.value) - width / 2, 0.0, std::max(0.0, this->width() - width));
        if (left < taken) continue;
        painter.drawText(QPointF(left, area.bottom() + 3 + fontMetrics().ascent()), tick.label);
        taken = left + width + em / 2.0;
    }
    ink.setAlphaF(0.35F);
    painter.setPen(ink);
    painter.drawLine(area.left() - 1, area.top(), area.left() - 1, area.bottom() + 1);
    painter.drawLine(area.left() - 1, area.bottom() + 1, area.right(), area.bottom() + 1);
}

void ChartPlot::paintCrosshair(QPainter& painter)
{
    const QRect area = plotArea();
    const Crosshair cross = crosshairAt(m_content, m_view, *m_crosshair);
    const QColor ground = palette().color(QPalette::Base);
    QColor ink = palette().color(QPalette::Text);
    const double at = pixelOf(*m_crosshair);
    if (at < area.left() || at > area.right() + 1) return;
    ink.setAlphaF(0.5F);
    painter.setPen(ink);
    painter.drawLine(QPointF(at, area.top()), QPointF(at, area.bottom()));
    painter.setRenderHint(QPainter::Antialiasing);
    for (const CrosshairLine& line : cross.lines) {
        const double share = m_axis.share(line.place), x = pixelOf(line.x);
        if (!std::isfinite(share) || share < 0 || share > 1 || x < area.left() || x > area.right() + 1) continue;
        painter.setPen(QPen(ground, 1.5));
        painter.setBrush(visible(line.colour, ground));
        painter.drawEllipse(QPointF(x, area.top() + (1 - share) * area.height()), 3.5, 3.5);
    }
    painter.setRenderHint(QPainter::Antialiasing, false);
    // the box; what does not fit is counted
    const int em = fontMetrics().height(), rows = std::max(1, (area.height() - em) / em - 1);
    std::vector<std::pair<QColor, QString>> lines;
    for (const CrosshairLine& line : cross.lines) {
        if (static_cast<int>(lines.size()) + 1 == rows && static_cast<int>(cross.lines.size()) > rows) {
            lines.emplace_back(QColor(), tr("%n more", nullptr, static_cast<int>(cross.lines.size() - lines.size())));
            break;
        }
        lines.emplace_back(visible(line.colour, ground), line.name + QStringLiteral(": ") + line.value);
    }
    const int swatch = em * 2 / 3, room = std::max(em * 6, area.width() - em);
    int widest = fontMetrics().horizontalAdvance(cross.x);
    for (auto& [colour, text] : lines) {
        text = fontMetrics().elidedText(text, Qt::ElideMiddle, room - swatch - em);
        widest = std::max(widest, fontMetrics().horizontalAdvance(text) + swatch + em / 3);
    }
    const QSize size(widest + em, em * (static_cast<int>(lines.size()) + 1) + em / 2);
    int left = static_cast<int>(at) + em / 2;
    if (left + size.width() > width()) left = std::max(0, static_cast<int>(at) - em / 2 - size.width());
    const QRect box(QPoint(left, area.top() + 2), size);
    QColor paper = palette().color(QPalette::ToolTipBase);
    paper.setAlphaF(0.93F);
    painter.setPen(palette().color(QPalette::Mid));
    painter.setBrush(paper);
    painter.drawRect(box.adjusted(0, 0, -1, -1));
    painter.setPen(palette().color(QPalette::ToolTipText));
    int y = box.top() + em / 4;
    painter.drawText(QRect(box.left() + em / 2, y, size.width(), em), Qt::AlignVCenter, cross.x);
    for (const auto& [colour, text] : lines) {
        y += em;
        if (colour.isValid()) painter.fillRect(QRect(box.left() + em / 2, y + em / 2 - 2, swatch, 4), colour);
        painter.drawText(QRect(box.left() + em / 2 + swatch + em / 3, y, size.width(), em), Qt::AlignVCenter, text);
    }
}

void ChartPlot::paintEvent(QPaintEvent*)
{
    if (m_dirty || m_picture.isNull()) makePicture();
    QPainter painter(this);
    const QRect area = plotArea();
    painter.fillRect(rect(), palette().color(QPalette::Base));
    painter.drawImage(area.topLeft(), m_picture);
    paintAxes(painter);
    if (m_view.marker >= 0)
        if (const auto place = placeOfStep(m_content, m_view, m_view.marker); place && *place >= m_view.from && *place <= m_view.to) {
            painter.setPen(QPen(palette().color(QPalette::Highlight), 1.5));
            painter.drawLine(QPointF(pixelOf(*place), area.top()), QPointF(pixelOf(*place), area.bottom()));
        }
    if (m_drag == Drag::Select) {
        QColor fill = palette().color(QPalette::Highlight);
        fill.setAlpha(60);
        painter.fillRect(QRect(QPoint(std::min(m_pressed.x(), m_last.x()), area.top()), QPoint(std::max(m_pressed.x(), m_last.x()), area.bottom())).intersected(area), fill);
    }
    if (m_crosshair && m_drag != Drag::Select) paintCrosshair(painter);
    if (hasFocus()) {
        painter.setPen(QPen(palette().color(QPalette::Highlight), 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(rect().adjusted(1, 1, -1, -1));
    }
}

void ChartPlot::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    dirty();
}

void ChartPlot::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange) {
        if (event->type() == QEvent::PaletteChange) {
            m_pin->setIcon(themedIcon(QStringLiteral("pin")));
            m_enlarge->setIcon(themedIcon(QStringLiteral("enlarge")));
            m_more->setIcon(themedIcon(QStringLiteral("more")));
        }
        dirty();
    }
}

bool ChartPlot::event(QEvent* event)
{
    // keys that a chart knows are its own, also where a window has shortcuts of one letter
    if (event->type() == QEvent::ShortcutOverride) {
        const auto* key = static_cast<QKeyEvent*>(event);
        if (!(key->modifiers() & ~(Qt::ShiftModifier | Qt::KeypadModifier)))
            switch (key->key()) {
            case Qt::Key_Plus: case Qt::Key_Equal: case Qt::Key_Minus: case Qt::Key_Left: case Qt::Key_Right: case Qt::Key_0: case Qt::Key_Home: case Qt::Key_Space:
            case Qt::Key_Return: case Qt::Key_Enter: case Qt::Key_P: case Qt::Key_L: event->accept(); return true;
            default: break;
            }
    }
    return QWidget::event(event);
}

void ChartPlot::wheelEvent(QWheelEvent* event)
{
    if (!plotArea().contains(event->position().toPoint()) || event->angleDelta().isNull()) {
        event->ignore();  // the page scrolls
        return;
    }
    // Ctrl is left to the page, so that one can scroll past the charts; sideways pans
    if (event->modifiers() & Qt::ControlModifier) {
        event->ignore();
        return;
    }
    const QPoint turned = event->angleDelta();
    if (std::abs(turned.x()) > std::abs(turned.y()) || event->modifiers() & Qt::ShiftModifier)
        Q_EMIT panRequested(-(turned.x() != 0 ? turned.x() : turned.y()) / 1200.0);
    else
        Q_EMIT zoomRequested(std::pow(kWheelStep, turned.y() / 120.0), xAt(event->position().x()));
    event->accept();
}

void ChartPlot::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton || !plotArea().contains(event->pos())) return QWidget::mousePressEvent(event);
    m_pressed = m_last = event->pos();
    m_drag = event->modifiers() & Qt::ShiftModifier ? Drag::Select : Drag::Pressed;
}

void ChartPlot::mouseMoveEvent(QMouseEvent* event)
{
    const QRect area = plotArea();
    if (m_drag == Drag::Pressed && (event->pos() - m_pressed).manhattanLength() >= kDragDistance) m_drag = Drag::Pan;
    if (m_drag == Drag::Pan) {
        Q_EMIT panRequested(static_cast<double>(m_last.x() - event->pos().x()) / area.width());
    } else if (m_drag == Drag::Select) {
        update();
    }
    m_last = event->pos();
    if (area.contains(event->pos()))
        Q_EMIT crosshairMoved(xAt(event->position().x()));
    else if (m_crosshair && m_drag == Drag::None)
        Q_EMIT crosshairMoved(std::nullopt);
}

void ChartPlot::mouseReleaseEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton) return QWidget::mouseReleaseEvent(event);
    const Drag drag = std::exchange(m_drag, Drag::None);
    if (drag == Drag::Pressed) {
        if (const auto step = stepAt(m_content, m_view, xAt(event->position().x()))) Q_EMIT stepChosen(*step);
    } else if (drag == Drag::Select) {
        const double a = xAt(m_pressed.x()), b = xAt(event->position().x());
        if (std::abs(event->pos().x() - m_pressed.x()) >= kDragDistance) Q_EMIT rangeRequested(std::min(a, b), std::max(a, b));
        update();
    }
}

void ChartPlot::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton) return;
    if (plotArea().contains(event->pos()))
        Q_EMIT allRequested();
    else if (event->pos().y() < plotArea().top())
        Q_EMIT enlargeRequested(!m_enlarged);
}

void ChartPlot::leaveEvent(QEvent* event)
{
    QWidget::leaveEvent(event);
    if (m_drag == Drag::None) Q_EMIT crosshairMoved(std::nullopt);
}

/// To the next or an earlier point of any line.
void ChartPlot::moveCrosshair(int points)
{
    const double now = m_crosshair.value_or((m_view.from + m_view.to) / 2);
    if (!m_crosshair) {
        Q_EMIT crosshairMoved(now);
        return;
    }
    // at least a pixel further, or a dense curve would hold the key up
    const double pixel = (m_view.to - m_view.from) / std::max(1, plotArea().width());
    double best = std::numeric_limits<double>::infinity();
    for (const ChartLine& line : m_content.lines) {
        if (!line.data) continue;
        const ShownCurve& curve = *line.data;
        std::size_t i = 0;
        if (points > 0) {
            i = static_cast<std::size_t>(std::lower_bound(curve.x.begin(), curve.x.end(), now + pixel - curve.offset) - curve.x.begin());
            if (i == curve.size()) continue;
        } else {
            i = static_cast<std::size_t>(std::upper_bound(curve.x.begin(), curve.x.end(), now - pixel - curve.offset) - curve.x.begin());
            if (i-- == 0) continue;
        }
        const double at = curve.x[i] + curve.offset;
        if (std::abs(at - now) < std::abs(best - now)) best = at;
    }
    if (!std::isfinite(best)) return;
    if (best < m_view.from || best > m_view.to) Q_EMIT panRequested((best < m_view.from ? best - m_view.from : best - m_view.to) / (m_view.to - m_view.from));
    Q_EMIT crosshairMoved(best);
}

void ChartPlot::keyPressEvent(QKeyEvent* event)
{
    const bool shift = event->modifiers() & Qt::ShiftModifier;
    const double centre = m_crosshair.value_or((m_view.from + m_view.to) / 2);
    switch (event->key()) {
    case Qt::Key_Plus:
    case Qt::Key_Equal: Q_EMIT zoomRequested(kWheelStep, centre); return;
    case Qt::Key_Minus: Q_EMIT zoomRequested(1 / kWheelStep, centre); return;
    case Qt::Key_Left: shift ? Q_EMIT panRequested(-0.1) : moveCrosshair(-1); return;
    case Qt::Key_Right: shift ? Q_EMIT panRequested(0.1) : moveCrosshair(1); return;
    case Qt::Key_0:
    case Qt::Key_Home: Q_EMIT allRequested(); return;
    case Qt::Key_Space:
        if (const auto step = stepAt(m_content, m_view, centre)) Q_EMIT stepChosen(*step);
        return;
    case Qt::Key_Return:
    case Qt::Key_Enter: Q_EMIT enlargeRequested(!m_enlarged); return;
    case Qt::Key_P: Q_EMIT pinRequested(!m_pinned); return;
    case Qt::Key_L: Q_EMIT logarithmicRequested(!m_content.logarithmic); return;
    case Qt::Key_Escape:
        if (m_drag != Drag::None) {
            m_drag = Drag::None;
            update();
        } else if (m_enlarged) {
            Q_EMIT enlargeRequested(false);
        } else if (m_crosshair) {
            Q_EMIT crosshairMoved(std::nullopt);
        } else {
            event->ignore();
        }
        return;
    case Qt::Key_Menu: showMenu(mapToGlobal(plotArea().topLeft())); return;
    default: QWidget::keyPressEvent(event);
    }
}

void ChartPlot::focusInEvent(QFocusEvent* event)
{
    QWidget::focusInEvent(event);
    update();
}

void ChartPlot::focusOutEvent(QFocusEvent* event)
{
    QWidget::focusOutEvent(event);
    update();
}

void ChartPlot::contextMenuEvent(QContextMenuEvent* event) { showMenu(event->globalPos()); }

void ChartPlot::showMenu(const QPoint& at)
{
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addAction(m_enlarged ? tr("&Back to All Charts") : tr("&Enlarge"), this, [this] { Q_EMIT enlargeRequested(!m_enlarged); });
    menu->addAction(m_pinned ? tr("Un&pin") : tr("&Pin to the Top"), this, [this] { Q_EMIT pinRequested(!m_pinned); });
    QAction* log = menu->addAction(tr("&Logarithmic Values"), this, [this] { Q_EMIT logarithmicRequested(!m_content.logarithmic); });
    log->setCheckable(true);
    log->setChecked(m_content.logarithmic);
    menu->addAction(tr("Show E&verything"), this, &ChartPlot::allRequested);
    menu->addSeparator();
    menu->addAction(tr("E&xport…"), this, &ChartPlot::exportRequested);
    menu->popup(at);
}
