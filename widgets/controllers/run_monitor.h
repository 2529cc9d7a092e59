#pragma once
#include <QMetaType>
#include <QObject>
#include <QString>
#include <QStringList>
#include <QThread>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/run/run_directory.h"
#include "core/run/run_queue.h"
#include "core/run/run_summary.h"

using kinora::RunCondition;

/// A look at a run directory.
struct RunSnapshot {
    QString folder;
    kinora::RunSummary summary;  ///< What tables show: notes, best and latest values, alarms, place in the queue ...
    kinora::RunConfig config;    ///< With the dataset where it is now.
    std::optional<kinora::RunStatus> status;
    RunCondition condition = RunCondition::Created;
    std::vector<kinora::CheckpointFile> checkpoints;
    std::vector<kinora::SampleFile> samples;
    QString problem;          ///< Why it is damaged, failed or stale; one line.
    qint64 changedMs = 0;     ///< When status.json or run.toml was last written; for sorting.
    bool datasetMissing = false;  ///< Its dataset is a file or folder of this machine that is not there.
    std::optional<kinora::QueueTicket> ticket;  ///< It waits in the queue, or its waiter was lost.
    bool begun = true;            ///< False for one that waits in the queue for its first start: it has no folder yet.
    bool foreign = false;         ///< A folder of events of another program: there are curves, and nothing else.

    QString name() const;     ///< As the person calls it.
    qint64 step() const { return status ? status->progress.step : 0; }
    qint64 totalSteps() const { return status && status->progress.totalSteps > 0 ? status->progress.totalSteps : summary.totalSteps > 0 ? summary.totalSteps : config.totalSteps; }
    bool alive() const { return condition == RunCondition::Running || condition == RunCondition::Paused; }
    bool queued() const { return ticket && ticket->state == kinora::TicketState::Waiting; }
    bool resumable() const;
    /// Seconds to the end at the present speed; negative: not known.
    double remainingS() const;
};

/// history.jsonl as it stands.
struct RunHistory {
    std::vector<nlohmann::json> events;
};

/// Curves by tag: steps strictly ascending.
struct ScalarSeries {
    std::vector<double> steps;
    std::vector<double> values;
};
/// What has come since the last batch.
struct ScalarBatch {
    bool fresh = false;                      ///< Everything known before is void.
    std::optional<std::int64_t> voidedFrom;  ///< Earlier points from this step on are void: the run was resumed before them.
    std::map<std::string, ScalarSeries> series;
    std::size_t size() const;
};

/// Puts a batch onto curves, so that their steps stay strictly ascending whatever came.
void applyBatch(std::map<std::string, ScalarSeries>& series, const ScalarBatch& batch);

/// Watches run directories from a thread of its own, whoever started the runs; one of them is followed closely: its curves and its log.
///
/// Runs that wait in the queue for their first start are reported too, though they have no folder yet.
/// A run whose trainer lives on this machine is stale as soon as that process is gone; any other, when its heartbeat has not moved for 30 s.
/// Thread: the GUI thread's; signals arrive there.
class RunMonitor final : public QObject {
    Q_OBJECT
public:
    /// \param root  every run directory directly in it is watched, also new ones
    explicit RunMonitor(const QString& root, QObject* parent = nullptr);
    ~RunMonitor() override;

    void watch(const QString& folder);    ///< Also this one, wherever it is.
    void unwatch(const QString& folder);  ///< Not this one any more, not even if it is in the root.
    void follow(const QString& folder);   ///< Curves and log of this run; empty: of none. Starts with a fresh batch.
    /// Looks now instead of at the next tick.
    void look();
    void setInterval(int milliseconds);
    void setArchivedShown(bool shown);  ///< Whether runs in the root's archive are watched too.
    QString root() const { return m_root; }

Q_SIGNALS:
    void changed(const RunSnapshot& snapshot);  ///< A new run, or something about it changed.
    void vanished(const QString& folder);       ///< A run of the root was deleted.
    void scalars(const QString& folder, const ScalarBatch& batch);
    void logged(const QString& folder, const QString& text, bool fresh);  ///< More of log.txt; \p fresh: it replaces what was shown.
    void history(const QString& folder, const RunHistory& history);  ///< Of the run that is followed: at first, and whenever there is more.
    void queueChanged(const std::vector<kinora::QueueTicket>& tickets);
    void looked();  ///< A round is over.

private:
    class Watcher;
    QString m_root;
    QThread m_thread;
    Watcher* m_watcher = nullptr;  // lives in m_thread
    std::shared_ptr<std::atomic<bool>> m_stop;
};

Q_DECLARE_METATYPE(RunSnapshot)
Q_DECLARE_METATYPE(RunHistory)
Q_DECLARE_METATYPE(ScalarBatch)
