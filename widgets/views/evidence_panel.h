#pragma once
#include <QTimer>
#include <QWidget>

#include <optional>

#include "widgets/clip_view/clip_view.h"
#include "widgets/controllers/clip_evidence.h"
#include "widgets/controllers/engine_client.h"
#include "widgets/controllers/flow_controller.h"
#include "widgets/controllers/job_runner.h"

class ClipClock;
class MotionStrip;
class QComboBox;
class QLabel;
class QStackedWidget;
class QTabBar;
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

/// The colours of optical flow: a wheel, and how fast its rim is.
class FlowLegend final : public QWidget {
    Q_OBJECT
public:
    explicit FlowLegend(QWidget* parent = nullptr);
    void setFullPx(double pixelsPerFrame);  ///< What is fully saturated.
    double fullPx() const { return m_fullPx; }
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    double m_fullPx = 1;
};

/// What changed against a reference clip, beside the picture: difference, slice through time, motion energy of both, and the numbers.
class EvidencePanel final : public QWidget {
    Q_OBJECT
public:
    /// What differs between the state that is shown and the one of the reference.
    enum class Changed { Nothing, Appearance, Motion, Both, Unknown };
    /// What the picture shows.
    enum class Picture { Difference, Flow, ReferenceFlow };
    /// \param program  `kinora`, which computes the optical flow
    EvidencePanel(ClipClock& clock, const QString& program, QWidget* parent = nullptr);

    void setClip(const ClipPtr& clip);            ///< The clip that is shown now.
    void setReference(const ClipPtr& reference);  ///< nullptr: none.
    void setChanged(Changed changed);             ///< Of the codes, since the reference.
    void setJudgement(const JudgedClips& judged);  ///< Of the clip and, second, of the reference.
    void setNoJudgement(const QString& why);
    bool wantsJudgement() const;  ///< The person looks at it.
    ClipPtr clip() const { return m_clip; }
    ClipPtr reference() const { return m_reference; }
    Picture picture() const;
    void setPicture(Picture picture);
    QString judgement() const;  ///< As it stands there.
    const std::optional<ClipChange>& change() const { return m_change; }
    QString text() const;  ///< The numbers, as they stand there.
    ClipView* difference() const { return m_difference; }
    QPushButton* referenceButton() const { return m_set; }

Q_SIGNALS:
    void judgementWanted();  ///< Of the clip and the reference, as they are now.
    void referenceWanted();  ///< The button was pressed: what is shown shall be the reference.

private:
    void measure();
    void reslice();
    void tell();
    void wantFlow();
    void showPicture();
    void tellJudgement();

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
    ClipPtr m_differenceClip;
    QString m_flowProblem, m_noJudgement;
    std::optional<JudgedClips> m_judged;
    QComboBox* m_picture = nullptr;
    FlowLegend* m_legend = nullptr;
    QTabBar* m_tabs = nullptr;
    QStackedWidget* m_pages = nullptr;
    QLabel *m_numbers = nullptr, *m_judgement = nullptr;
    QPushButton* m_set = nullptr;
    FlowController m_flow;
    QTimer m_flowDelay;
    quint64 m_flowTurn = 0;
    struct Coloured {  // flow of the picture, and of the other of clip and reference
        ClipPtr clip;
        double fullPx = 1, mean = 0;
        std::optional<double> other;
        double distance = 0;
    };
    std::optional<Coloured> m_coloured;
    JobRunner m_jobs, m_colouring;  // last: their threads end before the rest goes
};
