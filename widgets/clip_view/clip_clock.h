#pragma once
#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

/// The time that views share, so that clips play in step. It counts frames; every view shows the count modulo its clip's length.
///
/// In real time: a late timer skips frames, it does not slow down.
class ClipClock final : public QObject {
    Q_OBJECT
public:
    enum class Mode { Loop, PingPong, Once };
    explicit ClipClock(QObject* parent = nullptr);

    bool playing() const { return m_playing; }
    double frameRateHz() const { return m_rate; }  ///< Of the clip at speed 1.
    double speed() const { return m_speed; }
    Mode mode() const { return m_mode; }
    qint64 position() const { return m_position; }  ///< Frames counted so far, never negative.
    /// Which frame of a clip of \p count frames is due; 0 for an empty one.
    int frameOf(int count) const;
    /// Frames really shown per second over the last second; 0 while paused.
    double measuredHz() const { return m_playing ? m_measured : 0.0; }

public Q_SLOTS:
    void play();
    void pause();
    void setPlaying(bool playing);
    void toggle();
    void setFrameRateHz(double rate);  ///< Kept within 0.1 ... 240.
    void setSpeed(double speed);       ///< Kept within 0.1 ... 8.
    void setMode(ClipClock::Mode mode);
    void setPosition(qint64 position);
    void step(int frames);  ///< Pauses and moves by some frames, backwards too.
    void rewind();          ///< To the first frame; goes on playing if it did.

Q_SIGNALS:
    void moved(qint64 position);
    void playingChanged(bool playing);
    void rateChanged();

private:
    void tick();
    void restartTimer();

    QTimer m_timer;
    QElapsedTimer m_since;        // since the last change of rate, speed or position while playing
    qint64 m_startPosition = 0;   // position at that moment
    qint64 m_position = 0;
    double m_rate = 10;
    double m_speed = 1;
    double m_measured = 0;
    QElapsedTimer m_measuredSince;
    int m_ticks = 0;
    Mode m_mode = Mode::Loop;
    bool m_playing = false;
};
