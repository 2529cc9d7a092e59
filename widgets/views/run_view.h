#pragma once
#include <QElapsedTimer>
#include <QTimer>
#include <QWidget>
#include <optional>

#include "widgets/controllers/job_runner.h"
#include "widgets/controllers/run_monitor.h"

class ClipClock;
class ClipGrid;
class LossChartView;
class PlayerBar;
class QCheckBox;
class QLabel;
class QPlainTextEdit;
class QProgressBar;
class QPushButton;
class QSlider;
class QSplitter;
class QTabWidget;
class QTreeWidget;

/// One run: how far it is, its curves, its samples, its log, and what can be asked of it.
class RunView final : public QWidget {
    Q_OBJECT
public:
    explicit RunView(QWidget* parent = nullptr);

    const RunSnapshot& snapshot() const { return m_run; }
    LossChartView* chart() const { return m_chart; }
    ClipGrid* grid() const { return m_grid; }
    QSlider* stepSlider() const { return m_slider; }
    qint64 shownSampleStep() const { return m_shownStep; }  ///< Of the matrix on screen; -1: none.
    QSplitter* splitter() const { return m_splitter; }

public Q_SLOTS:
    /// Shows another run, or the same one as it is now.
    void setRun(const RunSnapshot& snapshot);
    void addScalars(const ScalarBatch& batch);
    void addLog(const QString& text, bool fresh);
    /// Order of the curves, as the run's system reports them.
    void setScalarOrder(const QStringList& tags);
    void pauseOrResume();
    void stop();
    void checkpointNow();
    void continueRun();
    void exploreNewest();

Q_SIGNALS:
    void openCheckpoint(const QString& path);
    void resumeRequested(const QString& folder, qint64 totalSteps);
    void statusMessage(const QString& text, int milliseconds = 5000);
    void actionsChanged();

public:
    bool canPause() const { return m_run.alive(); }
    bool canStop() const { return m_run.alive() || m_run.condition == RunCondition::Created; }
    bool canCheckpoint() const { return m_run.alive(); }
    bool canContinue() const { return m_run.resumable(); }
    bool canExplore() const { return !m_run.checkpoints.empty(); }

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void ask(kinora::RunRequest::Kind kind, const QString& said);
    void showHead();
    void showSettings();
    void showSamples(bool fresh);
    void loadSample(int index);
    void chooseStep(qint64 step);

    RunSnapshot m_run;
    std::optional<kinora::RunRequest::Kind> m_asked;  // not answered yet
    QElapsedTimer m_askedSince;
    qint64 m_shownStep = -1, m_wantedStep = -1;
    bool m_follow = true;

    QLabel* m_name = nullptr;
    QLabel* m_state = nullptr;
    QLabel* m_numbers = nullptr;
    QLabel* m_problem = nullptr;
    QProgressBar* m_progress = nullptr;
    QPushButton* m_pause = nullptr;
    QPushButton* m_stop = nullptr;
    QPushButton* m_checkpoint = nullptr;
    QPushButton* m_continue = nullptr;
    QPushButton* m_explore = nullptr;
    QTabWidget* m_tabs = nullptr;
    QSplitter* m_splitter = nullptr;
    LossChartView* m_chart = nullptr;
    ClipClock* m_clock = nullptr;
    ClipGrid* m_grid = nullptr;
    PlayerBar* m_bar = nullptr;
    QSlider* m_slider = nullptr;
    QLabel* m_sampleStep = nullptr;
    QCheckBox* m_followBox = nullptr;
    QPlainTextEdit* m_log = nullptr;
    QTreeWidget* m_settings = nullptr;
    JobRunner m_reading, m_asking;  // last: their threads end before the rest goes
};
