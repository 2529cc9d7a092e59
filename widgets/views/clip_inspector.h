#pragma once
#include <QTemporaryDir>
#include <QTimer>
#include <QWidget>
#include <map>
#include <memory>

#include "widgets/clip_view/clip_view.h"
#include "widgets/controllers/clip_loader.h"
#include "widgets/controllers/dataset_library.h"
#include "widgets/controllers/export_controller.h"
#include "widgets/controllers/job_process.h"
#include "widgets/controllers/job_runner.h"

class ClipClock;
class MotionStrip;
class PlayerBar;
class QAction;
class QComboBox;
class QLabel;
class QSplitter;
class QTreeWidget;

/// Everything about one clip: its frames, where and how much it moves, optical flow over it, mean and deviation over time, where it was cut out, and all facts.
class ClipInspector final : public QWidget {
    Q_OBJECT
public:
    /// What the player shows.
    enum class Show { Frames, Flow, Mean, Deviation, Source };
    /// \param program  `kinora`, for the optical flow: the window decodes and computes none
    explicit ClipInspector(const QString& program, QWidget* parent = nullptr);
    ~ClipInspector() override;

    void setContents(const std::shared_ptr<const DatasetContents>& contents);
    void setExcluded(const ExcludedFlags& excluded);
    std::int64_t clip() const { return m_clip; }
    /// Copying and saving what is shown, for menus.
    QList<QAction*> menuActions() const { return m_actions; }
    ClipView* player() const { return m_player; }
    ClipClock* clock() const { return m_clock; }
    MotionStrip* strip() const { return m_strip; }
    Show shows() const;
    bool handleKey(const QKeyEvent& event);  ///< A key of the player's, pressed elsewhere. \returns true if it was one
    QByteArray saveState() const;
    void restoreState(const QByteArray& state);

public Q_SLOTS:
    void showClip(qint64 clip);  ///< -1: none.
    void setShow(ClipInspector::Show show);
    void saveShown();  ///< As a GIF, a video, a sheet ...: asks how and where.

Q_SIGNALS:
    void said(const QString& text);

private:
    /// What was worked out of one clip.
    struct Analysis {
        std::vector<double> energy;
        ClipPtr mean, deviation, source;
        double largestDeviation = 0;
        QString sourceProblem;
    };
    void deliver();
    void analyse();
    void wantFlow();
    void showPicture();
    void showFacts();
    void say(const QString& text);
    bool hasBoxes() const;
    void offerActions();

    QString m_program;
    ClipLoader m_loader;
    std::shared_ptr<const DatasetContents> m_contents;
    ExcludedFlags m_excluded;
    std::int64_t m_clip = -1;
    ClipPtr m_frames, m_flow;
    std::int64_t m_flowClip = -1;  // of m_flow
    std::int64_t m_flowWanted = -1;
    Analysis m_analysis;
    bool m_analysed = false;
    QTimer m_settled;  // steps through clips do not start a process each
    JobProcess m_flowJob;
    std::unique_ptr<QTemporaryDir> m_folder;

    ClipClock* m_clock = nullptr;
    ClipView* m_player = nullptr;
    PlayerBar* m_bar = nullptr;
    MotionStrip* m_strip = nullptr;
    QComboBox* m_show = nullptr;
    QLabel* m_note = nullptr;
    QTreeWidget* m_facts = nullptr;
    QSplitter* m_splitter = nullptr;
    QList<QAction*> m_actions;
    ExportController m_export;
    JobRunner m_analysing, m_blending;  // last: their threads end before the rest goes
};
