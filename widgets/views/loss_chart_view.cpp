#include "widgets/views/loss_chart_view.h"

#include <QAction>
#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QFileDialog>
#include <QGraphicsLayout>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QMouseEvent>
#include <QPainter>
#include <QSlider>
#include <QToolButton>
#include <QVBoxLayout>
#include <QWheelEvent>
#include <QtCharts/QChart>
#include <QtCharts/QChartView>
#include <QtCharts/QLegendMarker>
#include <QtCharts/QLineSeries>
#include <QtCharts/QLogValueAxis>
#include <QtCharts/QScatterSeries>
#include <QtCharts/QValueAxis>
#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "core/util/file.h"
#include "core/util/text.h"
#include "widgets/text.h"

using namespace kinora;

namespace {

constexpr double kSliderFull = 1000;
/// Distinct in hue and in grey, on light and on dark.
/// Source: Okabe and Ito, "Color Universal Design", 2008; black left out.
constexpr QRgb kColours[] = {0xff0072b2, 0xffd55e00, 0xff009e73, 0xffcc79a7, 0xffe69f00, 0xff56b4e9, 0xff8c6bb1, 0xff999933};
constexpr Qt::PenStyle kStyles[] = {Qt::SolidLine, Qt::DashLine, Qt::DashDotLine, Qt::DotLine};

/// 0 ... 1000 on the slider to 0 ... 0.999, finer at the upper end.
double sliderSmoothing(int position) { return position <= 0 ? 0 : 1 - std::pow(10.0, -3.0 * position / kSliderFull); }
int sliderPosition(double smoothing) { return smoothing <= 0 ? 0 : static_cast<int>(std::lround(-std::log10(std::max(1e-3, 1 - smoothing)) / 3.0 * kSliderFull)); }

}  // namespace

QList<QPointF> decimated(const std::vector<double>& steps, const std::vector<double>& values, double from, double to, int columns)
{
    QList<QPointF> points;
    if (steps.empty() || columns < 1 || !(to >= from)) return points;
    auto first = static_cast<std::size_t>(std::lower_bound(steps.begin(), steps.end(), from) - steps.begin());
    auto last = static_cast<std::size_t>(std::upper_bound(steps.begin(), steps.end(), to) - steps.begin());
    const auto add = [&](std::size_t i) { points.append({steps[i], values[i]}); };
    for (std::size_t i = first; i > 0;)
        if (std::isfinite(values[--i])) {
            add(i);
            break;
        }
    if (last - first <= static_cast<std::size_t>(4 * columns)) {
        for (std::size_t i = first; i < last; ++i)
            if (std::isfinite(values[i])) add(i);
    } else {
        const double width = (to - from) / columns;
        for (std::size_t i = first; i < last;) {
            const double column = std::min<double>(columns - 1, std::floor((steps[i] - from) / width));
            const double end = column >= columns - 1 ? std::numeric_limits<double>::infinity() : from + (column + 1) * width;
            std::size_t kept[4];  // first, lowest, highest, last
            bool any = false;
            std::size_t next = i;
            for (; next < last && (steps[next] < end || next == i); ++next) {
                if (!std::isfinite(values[next])) continue;
                if (!any) kept[0] = kept[1] = kept[2] = next;
                any = true;
                if (values[next] < values[kept[1]]) kept[1] = next;
                if (values[next] > values[kept[2]]) kept[2] = next;
                kept[3] = next;
            }
            if (any) {
                std::sort(std::begin(kept), std::end(kept));
                for (int k = 0; k < 4; ++k)
                    if (k == 0 || kept[k] != kept[k - 1]) add(kept[k]);
            }
            i = next;
        }
    }
    for (std::size_t i = last; i < steps.size(); ++i)
        if (std::isfinite(values[i])) {
            add(i);
            break;
        }
    return points;
}

namespace {
/// One point for each of \p columns parts of [from, to], the mean of what lies in it: enough for a smoothed curve, and cheap to stroke. Few points stay as they are.
QList<QPointF> columnMeans(const std::vector<double>& steps, const std::vector<double>& values, double from, double to, int columns)
{
    const auto first = static_cast<std::size_t>(std::lower_bound(steps.begin(), steps.end(), from) - steps.begin());
    const auto last = static_cast<std::size_t>(std::upper_bound(steps.begin(), steps.end(), to) - steps.begin());
    if (last - first <= static_cast<std::size_t>(2 * columns)) return decimated(steps, values, from, to, columns);
    QList<QPointF> points;
    const double width = (to - from) / columns;
    for (std::size_t i = first; i < last;) {
        const double end = from + (std::floor((steps[i] - from) / width) + 1) * width;
        double step = 0, value = 0;
        int count = 0;
        std::size_t next = i;
        for (; next < last && (steps[next] < end || next == i); ++next) {
            if (!std::isfinite(values[next])) continue;
            step += steps[next];
            value += values[next];
            ++count;
        }
        if (count) points.append({step / count, value / count});
        i = next;
    }
    return points;
}
}  // namespace

/// A distance of 1, 2 or 5 times a power of ten that cuts \p range into four to ten parts.
static double niceInterval(double range)
{
    const double rough = range / 5, power = std::pow(10.0, std::floor(std::log10(rough)));
    for (const double factor : {1.0, 2.0, 5.0})
        if (factor * power >= rough * 0.999) return factor * power;
    return 10 * power;
}

/// What stands for one tag in the chart. All series are the chart's.
struct LossChartView::Curve {
    QLineSeries* raw = nullptr;
    QLineSeries* smooth = nullptr;
    QScatterSeries* notFinite = nullptr;  // at the floor, where a value is NaN or infinite
    QScatterSeries* floor = nullptr;      // at the floor, where a logarithm has no place for a value
    QColor colour;
    Qt::PenStyle style = Qt::SolidLine;
    QList<QPointF> points;  // of the curve itself, thinned out
    bool dense = false;     // so many that DenseCurves draws them
    bool visible = false;
};

/// Draws dense curves inside the plot area without antialiasing: the chart's own lines take ten times as long.
class LossChartView::DenseCurves final : public QGraphicsItem {
public:
    DenseCurves(LossChartView& owner, QChart* chart) : QGraphicsItem(chart), m_owner(owner), m_chart(chart) { setZValue(2); }  // above the grid, below the series
    QRectF boundingRect() const override { return m_chart->rect(); }
    void paint(QPainter* painter, const QStyleOptionGraphicsItem*, QWidget*) override;

private:
    LossChartView& m_owner;
    QChart* m_chart;
};

/// The chart with its mouse, its crosshair and its axes.
class LossChartView::Plot final : public QChartView {
public:
    explicit Plot(LossChartView& owner) : QChartView(new QChart), m_owner(owner)
    {
        chart()->setAnimationOptions(QChart::NoAnimation);
        chart()->setMargins({2, 2, 6, 2});
        chart()->setBackgroundRoundness(0);
        chart()->legend()->setAlignment(Qt::AlignTop);
        chart()->layout()->setContentsMargins(0, 0, 0, 0);
        setRenderHint(QPainter::Antialiasing);
        setMouseTracking(true);
        setFrameShape(QFrame::NoFrame);
        setFocusPolicy(Qt::NoFocus);
        setMinimumSize(220, 160);
        x = new QValueAxis;
        x->setLabelFormat(QStringLiteral("%d"));
        linear = new QValueAxis;
        linear->setLabelFormat(QStringLiteral("%.4g"));
        for (QValueAxis* axis : {x, linear}) axis->setTickType(QValueAxis::TicksDynamic);
        logarithmic = new QLogValueAxis;
        logarithmic->setBase(10);
        logarithmic->setLabelFormat(QStringLiteral("%g"));
        logarithmic->setMinorTickCount(8);
        chart()->addAxis(x, Qt::AlignBottom);
        chart()->addAxis(linear, Qt::AlignLeft);
        chart()->addAxis(logarithmic, Qt::AlignLeft);
        logarithmic->setVisible(false);
        dense = new DenseCurves(owner, chart());
    }
    double stepAt(double pixel) const
    {
        const QRectF area = chart()->plotArea();
        return m_owner.m_from + (pixel - area.left()) / std::max(1.0, area.width()) * (m_owner.m_to - m_owner.m_from);
    }
    double pixelOf(double step) const
    {
        const QRectF area = chart()->plotArea();
        return area.left() + (step - m_owner.m_from) / std::max(1e-9, m_owner.m_to - m_owner.m_from) * area.width();
    }

    DenseCurves* dense = nullptr;  // the chart's
    QValueAxis* x = nullptr;
    QValueAxis* linear = nullptr;
    QLogValueAxis* logarithmic = nullptr;
    qint64 marker = -1;

protected:
    void drawForeground(QPainter* painter, const QRectF& exposed) override
    {
        QChartView::drawForeground(painter, exposed);
        const QRectF area = chart()->plotArea();
        const QPalette palette = m_owner.palette();
        painter->setRenderHint(QPainter::Antialiasing, false);
        if (m_owner.m_series.empty()) {
            painter->setPen(palette.color(QPalette::Disabled, QPalette::Text));
            painter->drawText(area, Qt::AlignCenter | Qt::TextWordWrap, LossChartView::tr("Curves appear here as soon as the run reports its first numbers."));
            return;
        }
        if (marker >= 0 && pixelOf(static_cast<double>(marker)) >= area.left() && pixelOf(static_cast<double>(marker)) <= area.right()) {
            painter->setPen(QPen(palette.color(QPalette::Highlight), 1));
            const double at = std::round(pixelOf(static_cast<double>(marker)));
            painter->drawLine(QPointF(at, area.top()), QPointF(at, area.bottom()));
        }
        if (m_selecting) {
            QColor fill = palette.color(QPalette::Highlight);
            fill.setAlpha(60);
            painter->fillRect(QRectF(QPointF(std::min(m_pressed.x(), m_hover.x()), area.top()), QPointF(std::max(m_pressed.x(), m_hover.x()), area.bottom())), fill);
        }
        if (!m_hovering || !area.contains(m_hover)) return;
        const double step = stepAt(m_hover.x());
        const QString text = m_owner.valuesAt(step);
        if (text.isEmpty()) return;
        painter->setPen(QPen(palette.color(QPalette::Text), 1, Qt::DotLine));
        painter->drawLine(QPointF(m_hover.x(), area.top()), QPointF(m_hover.x(), area.bottom()));
        QRectF box = painter->fontMetrics().boundingRect(QRect(0, 0, 2000, 2000), Qt::AlignLeft, text).adjusted(-6, -4, 6, 4);
        box.moveTopLeft(m_hover + QPointF(12, 12));
        if (box.right() > area.right()) box.moveRight(m_hover.x() - 12);
        if (box.bottom() > area.bottom()) box.moveBottom(area.bottom());
        if (box.left() < 0) box.moveLeft(0);
        painter->setPen(palette.color(QPalette::ToolTipText));
        painter->setBrush(palette.color(QPalette::ToolTipBase));
        painter->drawRect(box);
        painter->drawText(box.adjusted(6, 4, -6, -4), Qt::AlignLeft, text);
    }
    void mousePressEvent(QMouseEvent* event) override
    {
        m_owner.setFocus(Qt::MouseFocusReason);
        if (event->button() == Qt::LeftButton && chart()->plotArea().contains(event->position())) {
            m_pressed = m_hover = event->position();
            m_moved = false;
            m_selecting = event->modifiers() & Qt::ShiftModifier;
            m_panning = !m_selecting;
            return;
        }
        QChartView::mousePressEvent(event);  // the legend's markers
    }
    void mouseMoveEvent(QMouseEvent* event) override
    {
        const QPointF before = std::exchange(m_hover, event->position());
        m_hovering = true;
        if ((m_panning || m_selecting) && (event->position() - m_pressed).manhattanLength() > QApplication::startDragDistance()) m_moved = true;
        if (m_panning && m_moved) m_owner.pan((before.x() - m_hover.x()) / std::max(1.0, chart()->plotArea().width()));
        viewport()->update();
        QChartView::mouseMoveEvent(event);
    }
    void mouseReleaseEvent(QMouseEvent* event) override
    {
        const bool panning = std::exchange(m_panning, false), selecting = std::exchange(m_selecting, false);
        if (selecting && m_moved) {
            const double a = stepAt(std::min(m_pressed.x(), m_hover.x())), b = stepAt(std::max(m_pressed.x(), m_hover.x()));
            if (b > a) m_owner.zoom((b - a) / (m_owner.m_to - m_owner.m_from), std::numeric_limits<double>::quiet_NaN()), m_owner.pan((a - m_owner.m_from) / (m_owner.m_to - m_owner.m_from));
        } else if (panning && !m_moved && !m_owner.m_series.empty())
            Q_EMIT m_owner.stepSelected(std::llround(std::max(0.0, stepAt(event->position().x()))));
        viewport()->update();
        QChartView::mouseReleaseEvent(event);
    }
    void mouseDoubleClickEvent(QMouseEvent*) override { m_owner.showAll(); }
    void wheelEvent(QWheelEvent* event) override
    {
        const int delta = event->angleDelta().y() ? event->angleDelta().y() : event->angleDelta().x();
        if (event->modifiers() & Qt::ShiftModifier)
            m_owner.pan(-delta / 1200.0);
        else
            m_owner.zoom(std::pow(0.8, delta / 120.0), stepAt(event->position().x()));
        event->accept();
    }
    void leaveEvent(QEvent* event) override
    {
        m_hovering = false;
        viewport()->update();
        QChartView::leaveEvent(event);
    }
    void resizeEvent(QResizeEvent* event) override
    {
        QChartView::resizeEvent(event);
        m_owner.scheduleRefresh();
    }

private:
    LossChartView& m_owner;
    QPointF m_hover, m_pressed;
    bool m_hovering = false, m_panning = false, m_selecting = false, m_moved = false;
};

void LossChartView::DenseCurves::paint(QPainter* painter, const QStyleOptionGraphicsItem*, QWidget*)
{
    const QRectF area = m_chart->plotArea();
    const bool log = m_owner.m_plot->logarithmic->isVisible();
    const double low = log ? std::log10(m_owner.m_plot->logarithmic->min()) : m_owner.m_plot->linear->min();
    const double high = log ? std::log10(m_owner.m_plot->logarithmic->max()) : m_owner.m_plot->linear->max();
    if (!(high > low) || area.isEmpty()) return;
    painter->save();
    painter->setClipRect(area);
    painter->setRenderHint(QPainter::Antialiasing, false);
    QList<QPointF> pixels;
    for (const auto& [tag, curve] : m_owner.m_curves) {
        if (!curve->dense || !curve->visible) continue;
        pixels.clear();
        for (const QPointF& point : std::as_const(curve->points)) {
            const double y = log ? std::log10(point.y()) : point.y();
            pixels.append({m_owner.m_plot->pixelOf(point.x()), area.bottom() - (y - low) / (high - low) * area.height()});
        }
        QColor colour = curve->colour;
        if (m_owner.smoothing() > 0) colour.setAlphaF(0.35F);
        painter->setPen(QPen(colour, 0));
        painter->drawPolyline(pixels.constData(), static_cast<int>(pixels.size()));
    }
    painter->restore();
}

LossChartView::LossChartView(QWidget* parent) : QWidget(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Curves"));
    setAccessibleDescription(tr("Curves of the run's numbers over its steps"));
    m_refresh.setSingleShot(true);
    m_refresh.setInterval(30);
    connect(&m_refresh, &QTimer::timeout, this, &LossChartView::refresh);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    auto* bar = new QHBoxLayout;
    m_groups = new QComboBox;
    m_groups->setAccessibleName(tr("Group of curves"));
    m_groups->setToolTip(tr("Which curves are drawn"));
    m_groups->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_groups->hide();
    m_tags = new QToolButton;
    m_tags->setText(tr("Curves"));
    m_tags->setToolTip(tr("Show and hide single curves; so does a click in the legend"));
    m_tags->setPopupMode(QToolButton::InstantPopup);
    m_tags->setMenu(new QMenu(m_tags));
    auto* smoothingLabel = new QLabel(tr("S&moothing:"));
    m_slider = new QSlider(Qt::Horizontal);
    m_slider->setRange(0, static_cast<int>(kSliderFull));
    m_slider->setPageStep(100);
    m_slider->setMinimumWidth(80);
    m_slider->setMaximumWidth(200);
    m_slider->setAccessibleName(tr("Smoothing"));
    m_slider->setToolTip(tr("Exponential moving average, unbiased from the first point on; the curve itself stays visible behind it"));
    smoothingLabel->setBuddy(m_slider);
    m_sliderValue = new QLabel;
    m_sliderValue->setMinimumWidth(fontMetrics().horizontalAdvance(QStringLiteral("0.000")));
    m_log = new QCheckBox(tr("&Log"));
    m_log->setToolTip(tr("Logarithmic values. Values that are not positive are marked at the lower edge and counted in the legend."));
    m_all = new QToolButton;
    m_all->setText(tr("All"));
    m_all->setToolTip(tr("Show everything and follow the newest step (0). Wheel: zoom; drag: pan; Shift and drag: zoom into a range"));
    m_save = new QToolButton;
    m_save->setIcon(themedIcon(QStringLiteral("export")));
    m_save->setText(tr("Save…"));
    m_save->setToolTip(tr("Save the curves as a picture (PNG) or as a table (CSV)"));
    for (QToolButton* button : {m_all, m_save}) button->setAccessibleName(button->text());
    bar->addWidget(m_groups);
    bar->addWidget(m_tags);
    bar->addStretch();
    bar->addWidget(smoothingLabel);
    bar->addWidget(m_slider, 1);
    bar->addWidget(m_sliderValue);
    bar->addWidget(m_log);
    bar->addWidget(m_all);
    bar->addWidget(m_save);
    layout->addLayout(bar);
    m_plot = new Plot(*this);
    layout->addWidget(m_plot, 1);

    connect(m_slider, &QSlider::valueChanged, this, [this] {
        m_sliderValue->setText(QLocale().toString(smoothing(), 'f', 3));
        for (const auto& [tag, curve] : m_series) m_smoothed[tag] = smoothed(curve.values, this->smoothing());
        scheduleRefresh();
    });
    connect(m_log, &QCheckBox::toggled, this, [this] { scheduleRefresh(); });
    connect(m_all, &QToolButton::clicked, this, &LossChartView::showAll);
    connect(m_save, &QToolButton::clicked, this, &LossChartView::askAndSave);
    connect(m_groups, &QComboBox::activated, this, [this](int index) { setGroup(m_groups->itemData(index).toString()); });
    setSmoothing(0.6);
    restyle();
}

LossChartView::~LossChartView() = default;

double LossChartView::smoothing() const { return sliderSmoothing(m_slider->value()); }
bool LossChartView::logarithmic() const { return m_log->isChecked(); }
void LossChartView::setSmoothing(double smoothing) { m_slider->setValue(sliderPosition(smoothing)); }
void LossChartView::setLogarithmic(bool logarithmic) { m_log->setChecked(logarithmic); }

const std::vector<double>& LossChartView::smoothedValues(const std::string& tag) const
{
    static const std::vector<double> none;
    const auto found = m_smoothed.find(tag);
    return found == m_smoothed.end() ? none : found->second;
}

QString LossChartView::groupOf(const std::string& tag) const
{
    const std::size_t slash = tag.find('/');
    return slash == std::string::npos ? QString() : QString::fromStdString(tag.substr(0, slash));
}

std::vector<std::string> LossChartView::ordered() const
{
    std::vector<std::string> tags;
    for (const QString& tag : m_order)
        if (m_series.contains(tag.toStdString())) tags.push_back(tag.toStdString());
    const std::set<std::string> listed(tags.begin(), tags.end());
    for (const auto& [tag, curve] : m_series)
        if (!listed.contains(tag)) tags.push_back(tag);
    return tags;
}

std::pair<double, double> LossChartView::extent() const
{
    double from = std::numeric_limits<double>::infinity(), to = -from;
    for (const auto& [tag, curve] : m_series) {
        if (curve.steps.empty() || !isShown(tag)) continue;
        from = std::min(from, curve.steps.front());
        to = std::max(to, curve.steps.back());
    }
    if (!(to >= from)) return {0, 1};
    if (to == from) return {from - 0.5, to + 0.5};
    return {from, to};
}

std::pair<double, double> LossChartView::range() const { return {m_from, m_to}; }

bool LossChartView::isShown(const std::string& tag) const
{
    const auto hidden = m_hidden.find(tag);
    if (hidden != m_hidden.end() && hidden->second) return false;
    return m_group.isEmpty() || groupOf(tag) == m_group;
}

QList<QPointF> LossChartView::shownPoints(const std::string& tag) const
{
    const auto found = m_curves.find(tag);
    return found == m_curves.end() || !found->second->visible ? QList<QPointF>() : found->second->points;
}

void LossChartView::append(const ScalarBatch& batch)
{
    const std::size_t before = m_series.size();
    if (batch.fresh) clear();
    applyBatch(m_series, batch);
    for (const auto& [tag, curve] : m_series)
        if (batch.fresh || batch.voidedFrom || batch.series.contains(tag)) m_smoothed[tag] = smoothed(curve.values, smoothing());
    if (m_series.size() != before || batch.fresh) rebuild();
    scheduleRefresh();
}

void LossChartView::clear()
{
    m_series.clear();
    m_smoothed.clear();
    m_auto = true;
    m_plot->marker = -1;
    rebuild();
    scheduleRefresh();
}

void LossChartView::setOrder(const QStringList& tags)
{
    if (tags == m_order) return;
    m_order = tags;
    rebuild();
    scheduleRefresh();
}

void LossChartView::rebuild()
{
    QChart* chart = m_plot->chart();
    for (const auto& [tag, curve] : m_curves)
        for (QXYSeries* series : std::initializer_list<QXYSeries*>{curve->raw, curve->smooth, curve->notFinite, curve->floor}) {
            chart->removeSeries(series);
            delete series;
        }
    m_curves.clear();
    std::map<QString, int> numbers;  // colours are told apart within a group
    QStringList groups;
    m_tags->menu()->clear();
    for (const std::string& tag : ordered()) {
        auto curve = std::make_unique<Curve>();
        int& number = numbers[groupOf(tag)];
        curve->colour = QColor(kColours[number % std::size(kColours)]);
        curve->style = kStyles[number / 2 % std::size(kStyles)];
        ++number;
        curve->raw = new QLineSeries;
        curve->smooth = new QLineSeries;
        curve->notFinite = new QScatterSeries;
        curve->floor = new QScatterSeries;
        QColor faint = curve->colour;
        faint.setAlphaF(0.35F);
        curve->raw->setPen(QPen(faint, 1));
        curve->smooth->setPen(QPen(curve->colour, 1.8, curve->style));
        curve->notFinite->setMarkerShape(QScatterSeries::MarkerShapeTriangle);
        curve->notFinite->setMarkerSize(11);
        curve->notFinite->setColor(QColor(0xdd2222));
        curve->notFinite->setBorderColor(Qt::transparent);
        curve->floor->setMarkerShape(QScatterSeries::MarkerShapeCircle);
        curve->floor->setMarkerSize(5);
        curve->floor->setColor(curve->colour);
        curve->floor->setBorderColor(Qt::transparent);
        for (QXYSeries* series : std::initializer_list<QXYSeries*>{curve->raw, curve->floor, curve->notFinite, curve->smooth}) {
            chart->addSeries(series);
            series->attachAxis(m_plot->x);
            for (QLegendMarker* marker : chart->legend()->markers(series))
                if (series != curve->smooth)
                    marker->setVisible(false);
                else
                    connect(marker, &QLegendMarker::clicked, this, [this, tag] { setShown(QString::fromStdString(tag), !isShown(tag)); });
        }
        m_curves[tag] = std::move(curve);

        QAction* action = m_tags->menu()->addAction(QString::fromStdString(tag));
        action->setCheckable(true);
        action->setChecked(isShown(tag));
        connect(action, &QAction::toggled, this, [this, tag](bool shown) { setShown(QString::fromStdString(tag), shown); });
        if (!groupOf(tag).isEmpty() && !groups.contains(groupOf(tag))) groups.append(groupOf(tag));
    }
    m_tags->setEnabled(!m_series.empty());
    m_save->setEnabled(!m_series.empty());
    m_groups->clear();
    m_groups->addItem(tr("All curves"), QString());
    for (const QString& group : groups) m_groups->addItem(keyText(group.toStdString()), group);
    m_groups->setVisible(groups.size() > 1);
    if (!m_group.isEmpty() && !groups.contains(m_group)) m_group.clear();
    // until a person has chosen: what the run is about
    // what a person looks at first in a run, whatever the alphabet says
    if (!m_groupChosen && groups.size() > 1) m_group = groups.contains(QLatin1String("loss")) ? QStringLiteral("loss") : groups.first();
    m_groups->setCurrentIndex(std::max(0, m_groups->findData(m_group)));
}

void LossChartView::setGroup(const QString& group)
{
    m_groupChosen = true;
    m_group = group;
    m_groups->setCurrentIndex(std::max(0, m_groups->findData(group)));
    scheduleRefresh();
}

void LossChartView::setShown(const QString& tag, bool shown)
{
    m_hidden[tag.toStdString()] = !shown;
    for (QAction* action : m_tags->menu()->actions())
        if (action->text() == tag && action->isChecked() != shown) action->setChecked(shown);
    scheduleRefresh();
}

void LossChartView::setMarker(qint64 step)
{
    m_plot->marker = step;
    m_plot->viewport()->update();
}

void LossChartView::showAll()
{
    m_auto = true;
    scheduleRefresh();
}

void LossChartView::zoom(double factor, double centre)
{
    const auto [first, last] = extent();
    if (std::isnan(centre)) centre = m_from;
    const double full = last - first;
    const double width = std::clamp((m_to - m_from) * factor, std::min(full, 2.0), full);
    const double share = (centre - m_from) / std::max(1e-9, m_to - m_from);
    m_from = centre - share * width;
    m_to = m_from + width;
    m_auto = width >= full * 0.9999;
    pan(0);
}

void LossChartView::pan(double fraction)
{
    const auto [first, last] = extent();
    const double width = m_to - m_from;
    m_from = std::clamp(m_from + fraction * width, first, std::max(first, last - width));
    m_to = m_from + width;
    scheduleRefresh();
}

void LossChartView::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_Plus:
    case Qt::Key_Equal: zoom(0.8, (m_from + m_to) / 2); return;
    case Qt::Key_Minus: zoom(1.25, (m_from + m_to) / 2); return;
    case Qt::Key_Left: pan(-0.1); return;
    case Qt::Key_Right: pan(0.1); return;
    case Qt::Key_0:
    case Qt::Key_Home: showAll(); return;
    default: QWidget::keyPressEvent(event);
    }
}

void LossChartView::refresh()
{
    m_refresh.stop();
    if (m_auto) std::tie(m_from, m_to) = extent();
    const bool log = logarithmic();
    const int columns = std::max(50, static_cast<int>(m_plot->chart()->plotArea().width()) / 2);
    double low = std::numeric_limits<double>::infinity(), high = -low;
    struct Shown {
        Curve* curve;
        std::string tag;
        QList<QPointF> raw, smooth;
        QList<double> notFinite, notPositive;
    };
    std::vector<Shown> shown;
    const double rate = smoothing();
    for (const auto& [tag, curve] : m_curves) {
        const bool visible = isShown(tag);
        curve->visible = visible;
        curve->raw->setVisible(visible && rate > 0);
        for (QXYSeries* series : std::initializer_list<QXYSeries*>{curve->smooth, curve->floor, curve->notFinite}) series->setVisible(visible);
        for (QLegendMarker* marker : m_plot->chart()->legend()->markers(curve->smooth)) {
            // a curve of another group is not listed; one that was hidden stays listed, pale, to be clicked again
            marker->setVisible(m_group.isEmpty() || groupOf(tag) == m_group);
            QColor text = palette().color(QPalette::Text);
            text.setAlphaF(visible ? 1.0F : 0.35F);
            marker->setLabelBrush(text);
        }
        if (!visible) continue;
        const ScalarSeries& data = m_series.at(tag);
        Shown one{curve.get(), tag, {}, {}, {}, {}};
        const auto first = std::lower_bound(data.steps.begin(), data.steps.end(), m_from) - data.steps.begin();
        const auto last = std::upper_bound(data.steps.begin(), data.steps.end(), m_to) - data.steps.begin();
        double previousBad = -std::numeric_limits<double>::infinity(), previousLow = previousBad;
        const double pixel = (m_to - m_from) / std::max(1, columns);
        qsizetype bad = 0, notPositive = 0;
        for (auto i = first; i < last; ++i) {
            const double value = data.values[static_cast<std::size_t>(i)], step = data.steps[static_cast<std::size_t>(i)];
            if (!std::isfinite(value)) {
                ++bad;
                if (step - previousBad >= 2 * pixel) one.notFinite.append(previousBad = step);
            } else if (log && value <= 0) {
                ++notPositive;
                if (step - previousLow >= pixel) one.notPositive.append(previousLow = step);
            }
        }
        one.raw = decimated(data.steps, data.values, m_from, m_to, columns);
        one.smooth = rate > 0 ? columnMeans(data.steps, m_smoothed.at(tag), m_from, m_to, columns) : one.raw;
        if (log) {
            const auto below = [](const QPointF& point) { return point.y() <= 0; };
            one.raw.removeIf(below);
            one.smooth.removeIf(below);
        }
        for (const QList<QPointF>* points : {&std::as_const(one.raw), &std::as_const(one.smooth)})
            for (const QPointF& point : *points) {
                if (point.x() < m_from || point.x() > m_to) continue;
                low = std::min(low, point.y());
                high = std::max(high, point.y());
            }
        QStringList remarks;
        if (bad) remarks.append(tr("%1 × NaN").arg(bad));
        if (notPositive) remarks.append(tr("%1 × ≤ 0").arg(notPositive));
        const QString name = QString::fromStdString(m_group.isEmpty() || !tag.starts_with(m_group.toStdString() + "/") ? tag : tag.substr(static_cast<std::size_t>(m_group.size()) + 1));
        curve->smooth->setName(remarks.isEmpty() ? name : name + QStringLiteral(" (") + remarks.join(QStringLiteral(", ")) + QLatin1Char(')'));
        shown.push_back(std::move(one));
    }
    if (!(high >= low)) low = log ? 0.1 : 0, high = 1;
    double floor;
    if (log) {
        low = std::max(low, 1e-300);
        floor = std::pow(10.0, std::floor(std::log10(low) * 20) / 20) * 0.9;
        m_plot->logarithmic->setRange(floor, std::max(high * 1.1, floor * 10));
    } else {
        const double margin = high > low ? (high - low) * 0.05 : std::max(std::abs(high) * 0.05, 1e-6);
        floor = low - margin;
        m_plot->linear->setTickInterval(niceInterval(high - low + 2 * margin));
        m_plot->linear->setRange(floor, high + margin);
    }
    m_plot->x->setTickInterval(std::max(1.0, niceInterval(m_to - m_from)));
    m_plot->x->setRange(m_from, m_to);
    m_plot->linear->setVisible(!log);
    m_plot->logarithmic->setVisible(log);
    QAbstractAxis* axis = log ? static_cast<QAbstractAxis*>(m_plot->logarithmic) : m_plot->linear;
    QAbstractAxis* other = log ? static_cast<QAbstractAxis*>(m_plot->linear) : m_plot->logarithmic;
    const auto atFloor = [&](const QList<double>& steps) {
        QList<QPointF> points;
        for (const double step : steps) points.append({step, floor});
        return points;
    };
    for (const auto& [tag, curve] : m_curves)
        for (QXYSeries* series : std::initializer_list<QXYSeries*>{curve->raw, curve->smooth, curve->notFinite, curve->floor}) {
            if (series->attachedAxes().contains(axis)) continue;
            series->clear();  // a logarithmic axis must not meet values that it has no place for
            if (series->attachedAxes().contains(other)) series->detachAxis(other);
            series->attachAxis(axis);
        }
    for (const Shown& one : shown) {
        one.curve->points = one.raw;
        one.curve->dense = one.raw.size() > 2 * columns;
        one.curve->raw->replace(rate > 0 && !one.curve->dense ? one.raw : QList<QPointF>());
        one.curve->smooth->replace(rate <= 0 && one.curve->dense ? QList<QPointF>() : one.smooth);
        one.curve->notFinite->replace(atFloor(one.notFinite));
        one.curve->floor->replace(atFloor(one.notPositive));
    }
    m_plot->dense->update();
    m_plot->viewport()->update();
}

QString LossChartView::valuesAt(double step) const
{
    double nearest = std::numeric_limits<double>::quiet_NaN();
    for (const auto& [tag, curve] : m_series) {
        if (!isShown(tag) || curve.steps.empty()) continue;
        const auto after = std::lower_bound(curve.steps.begin(), curve.steps.end(), step);
        for (const auto& candidate : {after, after == curve.steps.begin() ? after : after - 1})
            if (candidate != curve.steps.end() && !(std::abs(*candidate - step) >= std::abs(nearest - step))) nearest = *candidate;
    }
    if (std::isnan(nearest)) return {};
    const QLocale locale;
    QStringList lines{tr("step %1").arg(locale.toString(static_cast<qint64>(nearest)))};
    for (const std::string& tag : ordered()) {
        if (!isShown(tag)) continue;
        const ScalarSeries& curve = m_series.at(tag);
        const auto at = std::lower_bound(curve.steps.begin(), curve.steps.end(), nearest);
        if (at == curve.steps.end() || *at != nearest) continue;
        const auto index = static_cast<std::size_t>(at - curve.steps.begin());
        const double value = curve.values[index];
        QString line = QString::fromStdString(tag) + QStringLiteral(": ");
        line += std::isfinite(value) ? locale.toString(value, 'g', 5) : QString::fromStdString(formatNumber(value));
        if (smoothing() > 0 && std::isfinite(value)) line += tr(" (smoothed %1)").arg(locale.toString(m_smoothed.at(tag)[index], 'g', 5));
        lines.append(line);
    }
    return lines.join(QLatin1Char('\n'));
}

QByteArray LossChartView::csv(const std::map<std::string, ScalarSeries>& series)
{
    std::vector<std::pair<const std::string*, const ScalarSeries*>> columns;
    std::vector<std::size_t> at;
    QByteArray text = "step";
    for (const auto& [tag, curve] : series) {
        columns.emplace_back(&tag, &curve);
        at.push_back(0);
        const bool quote = tag.find_first_of(",\"\n") != std::string::npos;
        const QByteArray name = QByteArray::fromStdString(tag);
        text += ',' + (quote ? '"' + QByteArray(name).replace('"', "\"\"") + '"' : name);
    }
    text += '\n';
    for (;;) {
        double step = std::numeric_limits<double>::infinity();
        for (std::size_t i = 0; i < columns.size(); ++i)
            if (at[i] < columns[i].second->steps.size()) step = std::min(step, columns[i].second->steps[at[i]]);
        if (std::isinf(step)) break;
        text += QByteArray::number(static_cast<qint64>(step));
        for (std::size_t i = 0; i < columns.size(); ++i) {
            text += ',';
            if (at[i] >= columns[i].second->steps.size() || columns[i].second->steps[at[i]] != step) continue;
            text += QByteArray::fromStdString(formatNumber(columns[i].second->values[at[i]]));
            ++at[i];
        }
        text += '\n';
    }
    return text;
}

void LossChartView::save(const QString& path)
{
    const auto done = [this, path](const Outcome<bool>& outcome) {
        if (outcome)
            Q_EMIT saved(path);
        else
            Q_EMIT saveFailed(errorText(outcome.error()));
    };
    if (path.endsWith(QLatin1String(".csv"), Qt::CaseInsensitive)) {
        std::map<std::string, ScalarSeries> shown;
        for (const auto& [tag, curve] : m_series)
            if (isShown(tag)) shown[tag] = curve;
        m_jobs.run([path, shown = std::move(shown)](std::stop_token) {
            writeFile(toPath(path), csv(shown).toStdString());
            return true;
        }, done);
        return;
    }
    if (m_refresh.isActive()) refresh();
    constexpr int kScale = 2;
    QImage picture(m_plot->size() * kScale, QImage::Format_RGB32);
    picture.setDevicePixelRatio(kScale);
    picture.fill(palette().color(QPalette::Base));
    QPainter painter(&picture);
    painter.setRenderHint(QPainter::Antialiasing);
    m_plot->render(&painter);
    painter.end();
    m_jobs.run([path, picture](std::stop_token) {
        AtomicFile file(toPath(path));
        if (!picture.save(toQString(file.temporary()), "PNG")) throw Error(ErrorCode::CannotWrite, "the picture could not be written", path.toStdString());
        file.commit();
        return true;
    }, done);
}

void LossChartView::askAndSave()
{
    auto* dialog = new QFileDialog(this, tr("Save curves"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilters({tr("Picture (*.png)"), tr("Table (*.csv)")});
    dialog->setDefaultSuffix(QStringLiteral("png"));
    dialog->selectFile(QStringLiteral("curves.png"));
    connect(dialog, &QFileDialog::filterSelected, dialog, [dialog](const QString& filter) {
        dialog->setDefaultSuffix(filter.contains(QLatin1String("*.csv")) ? QStringLiteral("csv") : QStringLiteral("png"));
    });
    connect(dialog, &QFileDialog::fileSelected, this, &LossChartView::save);
    dialog->open();
}

void LossChartView::restyle()
{
    QChart* chart = m_plot->chart();
    const QColor text = palette().color(QPalette::Text);
    QColor grid = text, minor = text;
    grid.setAlphaF(0.16F);
    minor.setAlphaF(0.07F);
    chart->setBackgroundBrush(palette().color(QPalette::Base));
    chart->setBackgroundPen(Qt::NoPen);
    m_plot->setBackgroundBrush(palette().color(QPalette::Base));
    chart->legend()->setLabelBrush(text);
    chart->legend()->setFont(font());
    for (QAbstractAxis* axis : std::initializer_list<QAbstractAxis*>{m_plot->x, m_plot->linear, m_plot->logarithmic}) {
        axis->setLabelsBrush(text);
        axis->setLabelsFont(font());
        axis->setLinePenColor(grid);
        axis->setGridLinePen(QPen(grid, 1));
        axis->setMinorGridLinePen(QPen(minor, 1));
        axis->setTitleBrush(text);
    }
}

void LossChartView::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if ((event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) && m_plot) {
        restyle();
        scheduleRefresh();
    }
}

void LossChartView::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    scheduleRefresh();
}
