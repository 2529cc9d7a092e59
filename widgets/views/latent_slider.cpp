#include "widgets/views/latent_slider.h"

#include <QContextMenuEvent>
#include <QDateTime>
#include <QHBoxLayout>
#include <QInputDialog>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QMouseEvent>
#include <QSignalBlocker>
#include <QSlider>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "widgets/views/drag_id.h"

namespace {
constexpr double kSteps = 100;  // of the slider per unit
}  // namespace

LatentSlider::LatentSlider(const QString& name, double minimum, double maximum, double neutral, QWidget* parent)
    : QWidget(parent), m_minimum(minimum), m_maximum(maximum), m_neutral(neutral), m_value(neutral), m_dragId(nextDragId())
{
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    m_label = new QLabel(this);
    m_label->setMinimumWidth(fontMetrics().horizontalAdvance(QStringLiteral("00 · 00 %")));
    m_slider = new QSlider(Qt::Horizontal, this);
    m_slider->setRange(static_cast<int>(std::lround(minimum * kSteps)), static_cast<int>(std::lround(maximum * kSteps)));
    m_slider->setSingleStep(10);
    m_slider->setPageStep(50);
    m_slider->setMinimumSize(70, 24);
    m_slider->installEventFilter(this);
    m_label->setBuddy(m_slider);
    setFocusProxy(m_slider);
    m_number = new QLabel(this);
    m_number->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_number->setMinimumWidth(fontMetrics().horizontalAdvance(QStringLiteral("−0.00")) + 4);
    layout->addWidget(m_label);
    layout->addWidget(m_slider, 1);
    layout->addWidget(m_number);
    connect(m_slider, &QSlider::sliderPressed, this, [this] { m_dragId = nextDragId(); });
    connect(m_slider, &QSlider::valueChanged, this, [this](int position) { edit(position / kSteps); });
    setName(name, QString());
    show(m_value);
}

QString LatentSlider::name() const { return m_label->text(); }

void LatentSlider::setName(const QString& name, const QString& tip)
{
    m_label->setText(name);
    m_slider->setAccessibleName(name);
    const QString hint = tr("Double click: back to %1 · right click: type a number · wheel: one step").arg(QLocale().toString(m_neutral));
    m_slider->setToolTip(tip.isEmpty() ? hint : tip + QLatin1Char('\n') + hint);
    m_label->setToolTip(tip);
}

void LatentSlider::setValue(double value)
{
    m_value = value;
    show(value);
}

void LatentSlider::show(double value)
{
    const QSignalBlocker blocker(m_slider);
    m_slider->setValue(static_cast<int>(std::lround(std::clamp(value, m_minimum, m_maximum) * kSteps)));
    m_number->setText(QLocale().toString(value, 'f', 2));
}

void LatentSlider::edit(double value)
{
    if (!std::isfinite(value)) return;
    const qint64 now = QDateTime::currentMSecsSinceEpoch();
    if (!m_slider->isSliderDown() && now - m_lastEdit > 1000) m_dragId = nextDragId();
    m_lastEdit = now;
    m_value = value;
    show(value);
    Q_EMIT edited(value);
}

void LatentSlider::askValue()
{
    auto* dialog = new QInputDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setInputMode(QInputDialog::DoubleInput);
    dialog->setWindowTitle(tr("Set a value"));
    dialog->setLabelText(name());
    dialog->setDoubleDecimals(4);
    dialog->setDoubleRange(-100, 100);
    dialog->setDoubleValue(m_value);
    connect(dialog, &QInputDialog::doubleValueSelected, this, [this](double value) {
        m_dragId = nextDragId();
        edit(value);
    });
    dialog->open();
}

bool LatentSlider::eventFilter(QObject* watched, QEvent* event)
{
    if (watched != m_slider) return QWidget::eventFilter(watched, event);
    if (event->type() == QEvent::Wheel) {
        // a wheel over a slider that was not chosen scrolls the panel
        auto* wheel = static_cast<QWheelEvent*>(event);
        if (!m_slider->hasFocus() || wheel->angleDelta().y() == 0) {
            event->ignore();
            return true;
        }
        const double step = wheel->modifiers() & Qt::ControlModifier ? 0.01 : 0.1;
        edit(std::clamp(m_value + (wheel->angleDelta().y() > 0 ? step : -step), m_minimum, m_maximum));
        event->accept();
        return true;
    }
    if (event->type() == QEvent::MouseButtonDblClick) {
        m_dragId = nextDragId();
        edit(m_neutral);
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

void LatentSlider::contextMenuEvent(QContextMenuEvent* event)
{
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addAction(tr("Type a Number…"), this, &LatentSlider::askValue);
    menu->addAction(tr("Back to %1").arg(QLocale().toString(m_neutral)), this, [this] {
        m_dragId = nextDragId();
        edit(m_neutral);
    });
    menu->popup(event->globalPos());
}
