#pragma once
#include <QPointer>
#include <QWidget>

#include "widgets/clip_view/clip_clock.h"

class QGridLayout;
class QLabel;
class QSlider;
class QToolButton;
class QComboBox;

/// Play, pause, step, speed and loop mode of a clock, with the present frame. Where it is too narrow for one line the slider has a line of its own.
class PlayerBar final : public QWidget {
    Q_OBJECT
public:
    explicit PlayerBar(ClipClock& clock, QWidget* parent = nullptr);
    /// Length of what is shown, for the frame slider; 0: none.
    void setFrameCount(int count);
    QSize minimumSizeHint() const override;

protected:
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void refresh();
    void arrange();

    QPointer<ClipClock> m_clock;
    QToolButton* m_back = nullptr;
    QToolButton* m_play = nullptr;
    QToolButton* m_forward = nullptr;
    QSlider* m_position = nullptr;
    QLabel* m_frame = nullptr;
    QComboBox* m_speed = nullptr;
    QToolButton* m_mode = nullptr;
    QGridLayout* m_layout = nullptr;
    int m_count = 0;
    int m_lines = 0;
};
