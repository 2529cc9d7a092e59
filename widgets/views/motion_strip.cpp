#include "widgets/views/motion_strip.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "widgets/clip_view/clip_clock.h"
#include "widgets/clip_view/clip_view.h"

namespace {
constexpr int kMargin = 3;
}

MotionStrip::MotionStrip(ClipClock& clock, QWidget* parent) : QWidget(parent), m_clock(&clock)
{
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setAccessibleName(tr("Motion energy"));
    setToolTip(tr("Motion energy: how much each frame differs from the one before it. Click to go there."));
    connect(&clock, &ClipClock::moved, this, qOverload<>(&MotionStrip::update));
}

QSize MotionStrip::sizeHint() const { return {200, 2 * fontMetrics().height() + 2 * kMargin}; }
QSize MotionStrip::minimumSizeHint() const { return {60, sizeHint().height()}; }

void MotionStrip::setEnergy(const std::vector<double>& energy)
{
    m_energy = energy;
    double sum = 0;
    for (const double value : energy) sum += value;
    setAccessibleDescription(energy.size() > 1 ? tr("Mean difference of neighbouring frames: %1 grey levels").arg(QLocale().toString(sum / static_cast<double>(energy.size() - 1), 'f', 1)) : QString());
    update();
}

int MotionStrip::frameAt(double x) const
{
    if (m_energy.empty()) return 0;
    const double width = std::max(1, this->width() - 2 * kMargin);
    return std::clamp(static_cast<int>(std::floor((x - kMargin) / width * static_cast<double>(m_energy.size()))), 0, static_cast<int>(m_energy.size()) - 1);
}

void MotionStrip::seek(double x)
{
    if (!m_clock || m_energy.empty()) return;
    m_clock->pause();
    m_clock->setPosition(frameAt(x));
}

void MotionStrip::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF area = QRectF(rect()).adjusted(kMargin, kMargin, -kMargin, -kMargin);
    painter.fillRect(area, palette().brush(QPalette::Base));
    if (m_energy.size() > 1) {
        const double largest = std::max(1e-9, *std::max_element(m_energy.begin(), m_energy.end()));
        const double step = area.width() / static_cast<double>(m_energy.size());
        if (m_clock) {
            QColor here = palette().color(QPalette::Highlight);
            const int frame = m_clock->frameOf(static_cast<int>(m_energy.size()));
            QColor faint = here;
            faint.setAlphaF(0.35F);
            painter.fillRect(QRectF(area.left() + frame * step, area.top(), std::max(2.0, step), area.height()), faint);
            painter.fillRect(QRectF(area.left() + (frame + 0.5) * step - 1, area.top(), 2, area.height()), here);
        }
        QPainterPath curve;
        for (std::size_t t = 0; t < m_energy.size(); ++t) {
            const QPointF point(area.left() + (static_cast<double>(t) + 0.5) * step, area.bottom() - 1 - (area.height() - 2) * m_energy[t] / largest);
            if (t == 0)
                curve.moveTo(point);
            else
                curve.lineTo(point);
        }
        painter.setPen(QPen(palette().color(QPalette::Text), 1.3));
        painter.drawPath(curve);
    }
    if (hasFocus()) {
        painter.setRenderHint(QPainter::Antialiasing, false);
        painter.setPen(QPen(palette().color(QPalette::Highlight), 1));
        painter.drawRect(rect().adjusted(0, 0, -1, -1));
    }
}

void MotionStrip::mousePressEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton) seek(event->position().x());
}

void MotionStrip::mouseMoveEvent(QMouseEvent* event)
{
    if (event->buttons() & Qt::LeftButton) seek(event->position().x());
}

void MotionStrip::keyPressEvent(QKeyEvent* event)
{
    if (!m_clock || !handlePlayerKey(*m_clock, *event)) QWidget::keyPressEvent(event);
}

bool MotionStrip::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip && !m_energy.empty()) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const int frame = frameAt(help->pos().x());
        QToolTip::showText(help->globalPos(), tr("Frame %1: %2 grey levels\n%3").arg(frame + 1).arg(QLocale().toString(m_energy[static_cast<std::size_t>(frame)], 'f', 2), toolTip()), this);
        return true;
    }
    return QWidget::event(event);
}
