#pragma once
#include <QElapsedTimer>
#include <QPointer>
#include <QTimer>
#include <QFrame>
#include <QWidget>
#include <functional>
#include <optional>

#include "core/describe/describe.h"
#include "widgets/controllers/job_runner.h"
#include "widgets/controllers/run_monitor.h"

class ChartsView;
class QLabel;
class QPlainTextEdit;
class QProgressBar;
class QPushButton;
class QSplitter;
class QTabWidget;
class QToolButton;
class QTreeWidget;
class SampleView;
class SteeringDialog;

/// What is wrong with a run, what its trainer did about it, and what a person can do. Closed, it stays away until it has something else to say.
class AlarmBanner final : public QFrame {
    Q_OBJECT
public:
    explicit AlarmBanner(QWidget* parent = nullptr);
    QString text() const;
    /// \param identity  of what is said: a banner that was closed comes back with another one. Empty text hides it
    void say(const QString& identity, const QString& text);
    QPushButton* logButton() const { return m_log; }
    QPushButton* settingsButton() const { return m_settings; }
    QPushButton* forkButton() const { return m_fork; }
    QPushButton* continueButton() const { return m_continue; }

private:
    QString m_identity, m_closed;
    QLabel* m_text = nullptr;
    QPushButton* m_log = nullptr;
    QPushButton* m_settings = nullptr;
    QPushButton* m_fork = nullptr;
    QPushButton* m_continue = nullptr;
};

/// One run: how far it is, its curves, its samples, its history, its log, and what can be asked of it.
class RunView final : public QWidget {
    Q_OBJECT
public:
    explicit RunView(QWidget* parent = nullptr);

    /// What runs can be asked, as the engine describes it.
    void setDescriptions(const std::vector<kinora::SystemDescription>& systems, const std::vector<kinora::OptionField>& training, const std::vector<kinora::MetricDescription>& metrics);
    /// What the button "More" offers.
    void setMoreActions(const QList<QAction*>& actions);

    const RunSnapshot& snapshot() const { return m_run; }
    const RunHistory& history() const { return m_history; }
    AlarmBanner* banner() const { return m_banner; }
    QTreeWidget* historyView() const { return m_events; }
    ChartsView* chart() const { return m_chart; }
    SampleView* samples() const { return m_samples; }
    QSplitter* splitter() const { return m_splitter; }

public Q_SLOTS:
    /// Shows another run, or the same one as it is now.
    void setRun(const RunSnapshot& snapshot);
    void addLog(const QString& text, bool fresh);
    void setHistory(const RunHistory& history);
    /// Order of the curves, as the run's system reports them.
    void setScalarOrder(const QStringList& tags);
    void pauseOrResume();
    void stop();
    void checkpointNow();
    void continueRun();
    void changeSettings();  ///< Opens the dialog of what may change while the run goes on.
    void measureNow();
    void exploreNewest();

Q_SIGNALS:
    void openCheckpoint(const QString& path);
    /// \param dataset  where it is now, if it has moved; else empty
    void resumeRequested(const QString& folder, qint64 totalSteps, const QString& dataset, bool queued);
    void forkRequested(const QString& folder);
    void statusMessage(const QString& text, int milliseconds = 5000);
    void actionsChanged();

public:
    bool canPause() const { return m_run.alive(); }
    bool canStop() const { return m_run.alive() || (m_run.condition == RunCondition::Created && m_run.begun && !m_run.ticket); }
    bool canCheckpoint() const { return m_run.alive(); }
    bool canContinue() const { return m_run.resumable(); }
    bool canSteer() const { return m_run.alive(); }
    bool canMeasure() const { return m_run.alive() && !m_metrics.empty(); }
    bool canFork() const { return m_run.begun && !m_run.checkpoints.empty(); }
    bool canExplore() const { return !m_run.checkpoints.empty(); }

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void ask(kinora::RunRequest::Kind kind, const QString& said);
    void send(const kinora::RunRequest& request, std::function<void(const kinora::Outcome<std::string>&)> then);
    void showHead();
    void showAlarms();
    void showHistory();
    void showSettings();

    RunSnapshot m_run;
    RunHistory m_history;
    std::vector<kinora::SystemDescription> m_systems;
    std::vector<kinora::OptionField> m_training;
    std::vector<kinora::MetricDescription> m_metrics;
    QPointer<SteeringDialog> m_steering;
    std::optional<kinora::RunRequest::Kind> m_asked;  // not answered yet
    QElapsedTimer m_askedSince;

    QLabel* m_name = nullptr;
    QLabel* m_state = nullptr;
    QLabel* m_numbers = nullptr;
    AlarmBanner* m_banner = nullptr;
    QProgressBar* m_progress = nullptr;
    QPushButton* m_pause = nullptr;
    QPushButton* m_stop = nullptr;
    QPushButton* m_checkpoint = nullptr;
    QPushButton* m_continue = nullptr;
    QPushButton* m_explore = nullptr;
    QPushButton* m_steer = nullptr;
    QToolButton* m_more = nullptr;
    QTabWidget* m_tabs = nullptr;
    QSplitter* m_splitter = nullptr;
    ChartsView* m_chart = nullptr;
    SampleView* m_samples = nullptr;
    QPlainTextEdit* m_log = nullptr;
    QTreeWidget* m_events = nullptr;
    QTreeWidget* m_settings = nullptr;
    JobRunner m_asking;  // last: its thread ends before the rest goes
};
