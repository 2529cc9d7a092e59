#include "widgets/clip_view/clip_clock.h"

#include <algorithm>
#include <cmath>

ClipClock::ClipClock(QObject* parent) : QObject(parent)
{
    m_timer.setTimerType(Qt::PreciseTimer);
    connect(&m_timer, &QTimer::timeout, this, &ClipClock::tick);
}

int ClipClock::frameOf(int count) const
{
    if (count <= 1) return 0;
    switch (m_mode) {
    case Mode::PingPong: {
        const qint64 period = 2 * (qint64(count) - 1);
        const qint64 place = m_position % period;
        return static_cast<int>(place < count ? place : period - place);
    }
    case Mode::Once: return static_cast<int>(std::min<qint64>(m_position, count - 1));
    case Mode::Loop: break;
    }
    return static_cast<int>(m_position % count);
}

void ClipClock::play() { setPlaying(true); }
void ClipClock::pause() { setPlaying(false); }
void ClipClock::toggle() { setPlaying(!m_playing); }

void ClipClock::setPlaying(bool playing)
{
    if (m_playing == playing) return;
    m_playing = playing;
    restartTimer();
    Q_EMIT playingChanged(playing);
}

void ClipClock::setFrameRateHz(double rate)
{
    rate = std::isfinite(rate) ? std::clamp(rate, 0.1, 240.0) : 10.0;
    if (rate == m_rate) return;
    m_rate = rate;
    restartTimer();
    Q_EMIT rateChanged();
}

void ClipClock::setSpeed(double speed)
{
    speed = std::isfinite(speed) ? std::clamp(speed, 0.1, 8.0) : 1.0;
    if (speed == m_speed) return;
    m_speed = speed;
    restartTimer();
    Q_EMIT rateChanged();
}

void ClipClock::setMode(Mode mode)
{
    if (mode == m_mode) return;
    m_mode = mode;
    Q_EMIT rateChanged();
    Q_EMIT moved(m_position);
}

void ClipClock::setPosition(qint64 position)
{
    position = std::max<qint64>(0, position);
    const bool different = position != m_position;
    m_position = position;
    restartTimer();
    if (different) Q_EMIT moved(m_position);
}

void ClipClock::step(int frames)
{
    pause();
    qint64 position = m_position + frames;
    // before the first frame lies the last one: a whole number of common periods is added, so that every length up to 16 keeps its phase
    if (position < 0) position += qint64(720720) * 2 * (1 + -position / 1441440);
    setPosition(position);
}

void ClipClock::rewind() { setPosition(0); }

void ClipClock::restartTimer()
{
    m_startPosition = m_position;
    m_since.start();
    m_ticks = 0;
    m_measuredSince.start();
    m_measured = m_playing ? m_rate * m_speed : 0;
    if (!m_playing) {
        m_timer.stop();
        return;
    }
    m_timer.start(std::max(4, static_cast<int>(1000.0 / (m_rate * m_speed))));
}

void ClipClock::tick()
{
    const double seconds = static_cast<double>(m_since.nsecsElapsed()) * 1e-9;
    const qint64 due = m_startPosition + static_cast<qint64>(std::floor(seconds * m_rate * m_speed + 0.25));
    if (due == m_position) return;
    m_position = due;
    ++m_ticks;
    if (const qint64 elapsed = m_measuredSince.elapsed(); elapsed >= 1000) {
        m_measured = 1000.0 * m_ticks / static_cast<double>(elapsed);
        m_ticks = 0;
        m_measuredSince.start();
    }
    Q_EMIT moved(m_position);
}
