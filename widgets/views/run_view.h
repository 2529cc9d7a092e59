#pragma once
#include <QElapsedTimer>
#include <QTimer>
#include <QWidget>
#include <optional>

#include "widgets/controllers/job_runner.h"
#include "widgets/controllers/run_monitor.h"

class ChartsView;
class QLabel;
class QPlainTextEdit;
class QProgressBar;
class QPushButton;
class QSplitter;
class QTabWidget;
class QTreeWidget;
class SampleView;

/// One run: how far it is, its curves, its samples, its log, and what can be asked of it.
class RunView final : public QWidget {
    Q_OBJECT
public:
    explicit RunView(QWidget* parent = nullptr);

    const RunSnapshot& snapshot() const { return m_run; }
    ChartsView* chart() const { return m_chart; }
    SampleView* samples() const { return m_samples; }
    QSplitter* splitter() const { return m_splitter; }

public Q_SLOTS:
    /// Shows another run, or the same one as it is now.
    void setRun(const RunSnapshot& snapshot);
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

    RunSnapshot m_run;
    std::optional<kinora::RunRequest::Kind> m_asked;  // not answered yet
    QElapsedTimer m_askedSince;

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
    ChartsView* m_chart = nullptr;
    SampleView* m_samples = nullptr;
    QPlainTextEdit* m_log = nullptr;
    QTreeWidget* m_settings = nullptr;
    JobRunner m_asking;  // last: its thread ends before the rest goes
};
