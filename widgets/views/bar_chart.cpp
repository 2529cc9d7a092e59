#include "widgets/views/bar_chart.h"

#include <QEvent>
#include <QImage>
#include <QLocale>
#include <QPainter>
#include <QToolTip>
#include <QVBoxLayout>
#include <QtCharts/QBarCategoryAxis>
#include <QtCharts/QBarSet>
#include <QtCharts/QChart>
#include <QtCharts/QChartView>
#include <QtCharts/QHorizontalStackedBarSeries>
#include <QtCharts/QLegend>
#include <QtCharts/QValueAxis>
#include <algorithm>

namespace {
/// Distinct in hue and in grey, on light and on dark.
/// Source: Okabe and Ito, "Color Universal Design", 2008; black left out.
constexpr QRgb kColours[] = {0xff0072b2, 0xffe69f00, 0xff009e73, 0xffd55e00, 0xff56b4e9, 0xffcc79a7, 0xff8c6bb1, 0xff999933};
}  // namespace

BarChart::BarChart(QWidget* parent) : QWidget(parent)
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    m_view = new QChartView(this);
    m_view->setRenderHint(QPainter::Antialiasing);
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setFocusPolicy(Qt::NoFocus);
    m_view->chart()->setMargins(QMargins(2, 2, 2, 2));
    m_view->chart()->setBackgroundRoundness(0);
    layout->addWidget(m_view);
    setAccessibleName(tr("Bar chart"));
}

QSize BarChart::sizeHint() const
{
    // title, axis and margins, the legend, and for every bar room for its label: Qt Charts writes "..." where it is tight
    const int line = fontMetrics().height();
    return {360, 5 * line + (m_series.isEmpty() ? 20 : 20 + 2 * line) + (m_shown > 0 ? m_shown : 4) * (line * 17 / 10)};
}
QSize BarChart::minimumSizeHint() const { return {200, sizeHint().height()}; }

void BarChart::setBars(const QString& title, const QStringList& series, const std::vector<Bar>& bars)
{
    m_title = title;
    m_series = series;
    m_bars = bars;
    if (bars.size() > kMaxBars) {
        // the largest, in the order in which they stand, and the rest as one
        std::vector<std::pair<double, std::size_t>> sizes;
        for (std::size_t i = 0; i < bars.size(); ++i) {
            double sum = 0;
            for (const double value : bars[i].values) sum += value;
            sizes.emplace_back(-sum, i);
        }
        std::ranges::sort(sizes);
        std::vector<std::size_t> kept;
        for (int i = 0; i < kMaxBars - 1; ++i) kept.push_back(sizes[static_cast<std::size_t>(i)].second);
        std::ranges::sort(kept);
        m_bars.clear();
        for (const std::size_t i : kept) m_bars.push_back(bars[i]);
        Bar rest{tr("%n more", nullptr, static_cast<int>(bars.size() - kept.size())), std::vector<double>(bars[0].values.size(), 0)};
        for (std::size_t i = static_cast<std::size_t>(kMaxBars) - 1; i < sizes.size(); ++i)
            for (std::size_t s = 0; s < rest.values.size(); ++s) rest.values[s] += bars[sizes[i].second].values[s];
        m_bars.push_back(std::move(rest));
    }
    m_shown = static_cast<int>(m_bars.size());
    build();
    QStringList words;
    for (const Bar& bar : m_bars) {
        double sum = 0;
        for (const double value : bar.values) sum += value;
        words.append(QStringLiteral("%1 %2").arg(bar.label, QLocale().toString(sum, 'f', 0)));
    }
    setAccessibleName(title);
    setAccessibleDescription(words.join(QStringLiteral(", ")));  // the chart in words
    updateGeometry();
}

void BarChart::build()
{
    QChart* chart = m_view->chart();
    chart->removeAllSeries();
    for (QAbstractAxis* axis : chart->axes()) {
        chart->removeAxis(axis);
        delete axis;
    }
    chart->setTitle(m_title);
    auto* series = new QHorizontalStackedBarSeries;
    series->setBarWidth(0.72);
    double largest = 0;
    const int count = std::max<int>(1, static_cast<int>(m_series.size()));
    for (int s = 0; s < count; ++s) {
        auto* set = new QBarSet(m_series.value(s));
        set->setColor(QColor::fromRgb(kColours[static_cast<std::size_t>(s) % std::size(kColours)]));
        set->setBorderColor(Qt::transparent);
        for (auto bar = m_bars.rbegin(); bar != m_bars.rend(); ++bar) *set << bar->values[static_cast<std::size_t>(s)];  // the first on top
        series->append(set);
        connect(set, &QBarSet::hovered, this, [this, s](bool on, int index) {
            if (!on || index < 0 || index >= static_cast<int>(m_bars.size())) return QToolTip::hideText();
            const Bar& bar = m_bars[m_bars.size() - 1 - static_cast<std::size_t>(index)];
            const QString value = QLocale().toString(bar.values[static_cast<std::size_t>(s)], 'f', 0);
            QToolTip::showText(QCursor::pos(), m_series.isEmpty() ? QStringLiteral("%1: %2").arg(bar.label, value) : QStringLiteral("%1, %2: %3").arg(bar.label, m_series[s], value), this);
        });
    }
    QStringList labels;
    for (auto bar = m_bars.rbegin(); bar != m_bars.rend(); ++bar) {
        double sum = 0;
        for (const double value : bar->values) sum += value;
        largest = std::max(largest, sum);
        // a category axis wants every text once; what differs in spaces alone looks the same
        QString label = QStringLiteral("%1 (%2)").arg(bar->label, QLocale().toString(sum, 'f', 0));
        while (labels.contains(label)) label += QLatin1Char(' ');
        labels.append(label);
    }
    chart->addSeries(series);
    auto* names = new QBarCategoryAxis;
    names->append(labels);
    names->setGridLineVisible(false);
    auto* values = new QValueAxis;
    values->setRange(0, std::max(1.0, largest));
    values->setTickCount(3);
    values->setLabelFormat(QStringLiteral("%d"));
    values->applyNiceNumbers();
    chart->addAxis(names, Qt::AlignLeft);
    chart->addAxis(values, Qt::AlignBottom);
    series->attachAxis(names);
    series->attachAxis(values);
    chart->legend()->setVisible(!m_series.isEmpty());
    chart->legend()->setAlignment(Qt::AlignBottom);
    dress();
}

void BarChart::dress()
{
    QChart* chart = m_view->chart();
    const QColor text = palette().color(QPalette::Text);
    QColor grid = text;
    grid.setAlphaF(0.15F);
    chart->setBackgroundBrush(palette().brush(QPalette::Base));
    m_view->setBackgroundBrush(palette().brush(QPalette::Base));
    QFont bold = font();
    bold.setBold(true);
    chart->setTitleFont(bold);
    chart->setTitleBrush(text);
    chart->legend()->setLabelColor(text);
    chart->legend()->setFont(font());
    for (QAbstractAxis* axis : chart->axes()) {
        axis->setLabelsColor(text);
        axis->setLabelsFont(font());
        axis->setGridLineColor(grid);
        axis->setLinePenColor(grid);
    }
}

void BarChart::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) dress();
}

QImage BarChart::picture(qreal scale) const
{
    QImage image((QSizeF(size()) * scale).toSize(), QImage::Format_RGB32);
    image.setDevicePixelRatio(scale);
    image.fill(palette().color(QPalette::Base));
    QPainter painter(&image);
    m_view->render(&painter);
    return image;
}
