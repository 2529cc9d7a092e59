#include "widgets/clip_view/player_bar.h"

#include <QComboBox>
#include <QEvent>
#include <QGridLayout>
#include <QLabel>
#include <QLocale>
#include <QSignalBlocker>
#include <QSlider>
#include <QToolButton>
#include <cmath>

#include "widgets/text.h"

PlayerBar::PlayerBar(ClipClock& clock, QWidget* parent) : QWidget(parent), m_clock(&clock)
{
    m_layout = new QGridLayout(this);
    m_layout->setContentsMargins(0, 0, 0, 0);
    m_layout->setVerticalSpacing(0);
    const auto button = [&](const QString& icon, const QString& name, const QString& tip) {
        auto* made = new QToolButton(this);
        made->setIcon(themedIcon(icon));
        made->setAccessibleName(name);
        made->setToolTip(tip);
        made->setAutoRaise(true);
        made->setMinimumSize(28, 28);
        return made;
    };
    auto* back = button(QStringLiteral("step-back"), tr("Previous frame"), tr("Previous frame (←)"));
    m_play = button(QStringLiteral("play"), tr("Play"), tr("Play or pause (Space)"));
    auto* forward = button(QStringLiteral("step-forward"), tr("Next frame"), tr("Next frame (→)"));
    m_position = new QSlider(Qt::Horizontal, this);
    m_position->setAccessibleName(tr("Frame"));
    m_position->setMinimumWidth(60);
    m_frame = new QLabel(this);
    m_frame->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_speed = new QComboBox(this);
    m_speed->setAccessibleName(tr("Speed"));
    m_speed->setToolTip(tr("Speed (< and >)"));
    for (const double speed : {0.25, 0.5, 1.0, 2.0, 4.0}) m_speed->addItem(QStringLiteral("%1×").arg(QLocale().toString(speed)), speed);
    m_mode = button(QStringLiteral("loop"), tr("Loop mode"), QString());
    m_back = back;
    m_forward = forward;
    arrange();

    connect(back, &QToolButton::clicked, this, [this] {
        if (m_clock) m_clock->step(-1);
    });
    connect(forward, &QToolButton::clicked, this, [this] {
        if (m_clock) m_clock->step(1);
    });
    connect(m_play, &QToolButton::clicked, &clock, &ClipClock::toggle);
    connect(m_position, &QSlider::valueChanged, this, [this](int frame) {
        if (!m_clock) return;
        m_clock->pause();
        m_clock->setPosition(frame);
    });
    connect(m_speed, &QComboBox::activated, this, [this](int index) {
        if (m_clock) m_clock->setSpeed(m_speed->itemData(index).toDouble());
    });
    connect(m_mode, &QToolButton::clicked, this, [this] {
        if (!m_clock) return;
        const auto next = m_clock->mode() == ClipClock::Mode::Loop       ? ClipClock::Mode::PingPong
                          : m_clock->mode() == ClipClock::Mode::PingPong ? ClipClock::Mode::Once
                                                                         : ClipClock::Mode::Loop;
        m_clock->setMode(next);
    });
    connect(&clock, &ClipClock::moved, this, &PlayerBar::refresh);
    connect(&clock, &ClipClock::playingChanged, this, &PlayerBar::refresh);
    connect(&clock, &ClipClock::rateChanged, this, &PlayerBar::refresh);
    refresh();
}

void PlayerBar::setFrameCount(int count)
{
    if (count == m_count) return;
    m_count = count;
    refresh();
    arrange();
}

QSize PlayerBar::minimumSizeHint() const
{
    const int space = m_layout->horizontalSpacing();
    int width = 5 * space + m_frame->minimumWidth() + m_speed->minimumSizeHint().width();
    for (const QWidget* button : {m_back, m_play, m_forward, m_mode}) width += button->minimumSizeHint().expandedTo(button->minimumSize()).width();
    return {width, m_layout->totalMinimumSize().height()};
}

void PlayerBar::arrange()
{
    // the number of the last frame is the widest
    m_frame->setMinimumWidth(fontMetrics().horizontalAdvance(QStringLiteral("%1 / %1").arg(std::max(100, m_count))) + 4);
    const int lines = width() >= minimumSizeHint().width() + m_layout->horizontalSpacing() + m_position->minimumWidth() ? 1 : 2;
    if (lines == m_lines) return updateGeometry();
    m_lines = lines;
    while (QLayoutItem* item = m_layout->takeAt(0)) delete item;
    const QList<QWidget*> before{m_back, m_play, m_forward}, behind{m_frame, m_speed, m_mode};
    const int line = lines - 1;
    for (int column = 0; column < 3; ++column) m_layout->addWidget(before[column], line, column);
    for (int column = 0; column < 3; ++column) m_layout->addWidget(behind[column], line, 4 + column);
    if (lines == 1)
        m_layout->addWidget(m_position, 0, 3);
    else
        m_layout->addWidget(m_position, 0, 0, 1, 7);
    m_layout->setColumnStretch(3, 1);
    updateGeometry();
}

void PlayerBar::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    arrange();
}

void PlayerBar::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange) arrange();
}

void PlayerBar::refresh()
{
    if (!m_clock) return;
    const bool playing = m_clock->playing();
    if (m_play->property("playing") != QVariant(playing)) {
        m_play->setProperty("playing", playing);
        m_play->setIcon(themedIcon(playing ? QStringLiteral("pause") : QStringLiteral("play")));
        m_play->setAccessibleName(playing ? tr("Pause") : tr("Play"));
    }
    const int frame = m_clock->frameOf(m_count);
    {
        const QSignalBlocker blocker(m_position);
        m_position->setEnabled(m_count > 1);
        m_position->setRange(0, std::max(0, m_count - 1));
        m_position->setValue(frame);
    }
    m_frame->setText(m_count > 0 ? QStringLiteral("%1 / %2").arg(frame + 1).arg(m_count) : QString());
    m_frame->setToolTip(playing ? tr("%1 frames a second asked for, %2 shown").arg(m_clock->frameRateHz() * m_clock->speed(), 0, 'f', 1).arg(m_clock->measuredHz(), 0, 'f', 1)
                                : QString());
    int nearest = 0;
    for (int index = 1; index < m_speed->count(); ++index)
        if (std::abs(m_speed->itemData(index).toDouble() - m_clock->speed()) < std::abs(m_speed->itemData(nearest).toDouble() - m_clock->speed())) nearest = index;
    if (m_speed->currentIndex() != nearest) {
        const QSignalBlocker blocker(m_speed);
        m_speed->setCurrentIndex(nearest);
    }
    const auto mode = m_clock->mode();
    if (m_mode->property("mode") != QVariant(static_cast<int>(mode))) {
        m_mode->setProperty("mode", static_cast<int>(mode));
        const bool loop = mode == ClipClock::Mode::Loop, pingPong = mode == ClipClock::Mode::PingPong;
        m_mode->setIcon(themedIcon(loop ? QStringLiteral("loop") : pingPong ? QStringLiteral("ping-pong") : QStringLiteral("once")));
        m_mode->setToolTip(loop ? tr("Plays round and round") : pingPong ? tr("Plays to and fro") : tr("Plays once"));
    }
}
