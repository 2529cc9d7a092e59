#pragma once
#include <QPointer>
#include <QWidget>

#include "widgets/clip_view/clip_clock.h"

class QLabel;
class QSlider;
class QToolButton;
class QComboBox;

/// Play, pause, step, speed and loop mode of a clock, with the present frame.
class PlayerBar final : public QWidget {
    Q_OBJECT
public:
    explicit PlayerBar(ClipClock& clock, QWidget* parent = nullptr);
    /// Length of what is shown, for the frame slider; 0: none.
    void setFrameCount(int count);

private:
    void refresh();

    QPointer<ClipClock> m_clock;
    QToolButton* m_play = nullptr;
    QSlider* m_position = nullptr;
    QLabel* m_frame = nullptr;
    QComboBox* m_speed = nullptr;
    QToolButton* m_mode = nullptr;
    int m_count = 0;
};
