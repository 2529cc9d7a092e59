#pragma once
#include <QWidget>

#include <optional>

#include "widgets/clip_view/clip_view.h"
#include "widgets/controllers/clip_evidence.h"
#include "widgets/controllers/job_runner.h"

class ClipClock;
class MotionStrip;
class QComboBox;
class QLabel;
class QPushButton;
class QSlider;

/// One row or column of pixels of a clip over time, the reference's beside it.
class TimeSliceView final : public QWidget {
    Q_OBJECT
public:
    explicit TimeSliceView(QWidget* parent = nullptr);
    void setSlices(const ClipPtr& slice, const ClipPtr& reference);
    QSize sizeHint() const override { return {220, 120}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    ClipPtr m_slice, m_reference;
};

/// What changed against a reference clip, beside the picture: difference, slice through time, motion energy of both, and the numbers.
class EvidencePanel final : public QWidget {
    Q_OBJECT
public:
    /// What differs between the state that is shown and the one of the reference.
    enum class Changed { Nothing, Appearance, Motion, Both, Unknown };
    explicit EvidencePanel(ClipClock& clock, QWidget* parent = nullptr);

    void setClip(const ClipPtr& clip);            ///< The clip that is shown now.
    void setReference(const ClipPtr& reference);  ///< nullptr: none.
    void setChanged(Changed changed);             ///< Of the codes, since the reference.
    ClipPtr reference() const { return m_reference; }
    const std::optional<ClipChange>& change() const { return m_change; }
    QString text() const;  ///< The numbers, as they stand there.
    ClipView* difference() const { return m_difference; }
    QPushButton* referenceButton() const { return m_set; }

Q_SIGNALS:
    void referenceWanted();  ///< The button was pressed: what is shown shall be the reference.

private:
    void measure();
    void reslice();
    void tell();

    ClipClock& m_clock;
    ClipPtr m_clip, m_reference;
    std::optional<ClipChange> m_change;
    Changed m_changed = Changed::Unknown;
    quint64 m_turn = 0;
    ClipView* m_difference = nullptr;
    TimeSliceView* m_slice = nullptr;
    MotionStrip* m_energy = nullptr;
    QComboBox *m_gain = nullptr, *m_axis = nullptr;
    QSlider* m_place = nullptr;
    QLabel* m_numbers = nullptr;
    QPushButton* m_set = nullptr;
    JobRunner m_jobs;  // last: its thread ends before the rest goes
};
