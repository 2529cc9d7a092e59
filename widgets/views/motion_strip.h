#pragma once
#include <QPointer>
#include <QWidget>
#include <vector>

class ClipClock;

/// The motion energy of a clip as a small curve under its player, with the present frame marked. A click or a drag goes to that frame.
class MotionStrip final : public QWidget {
    Q_OBJECT
public:
    explicit MotionStrip(ClipClock& clock, QWidget* parent = nullptr);
    /// \param energy  one value per frame, see motionEnergy(); empty: nothing is drawn
    void setEnergy(const std::vector<double>& energy);
    const std::vector<double>& energy() const { return m_energy; }
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool event(QEvent* event) override;

private:
    int frameAt(double x) const;
    void seek(double x);
    QPointer<ClipClock> m_clock;
    std::vector<double> m_energy;
};
