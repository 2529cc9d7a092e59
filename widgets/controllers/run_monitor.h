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

/// What a run is doing, as a person would say it.
enum class RunCondition {
    Created,   ///< Its trainer has not reported yet.
    Running,
    Paused,
    Finished,
    Stopped,   ///< On request; can go on.
    Failed,
    Stale,     ///< It says that it runs, but its trainer is gone or silent.
    Damaged,   ///< Its files cannot be read.
    Missing,   ///< Its folder is gone.
};

/// A look at a run directory.
struct RunSnapshot {
    QString folder;
    kinora::RunConfig config;
    std::optional<kinora::RunStatus> status;
    RunCondition condition = RunCondition::Created;
    std::vector<kinora::CheckpointFile> checkpoints;
    std::vector<kinora::SampleFile> samples;
    QString problem;          ///< Why it is damaged, failed or stale; one line.
    qint64 changedMs = 0;     ///< When status.json or run.toml was last written; for sorting.

    qint64 step() const { return status ? status->progress.step : 0; }
    qint64 totalSteps() const { return status && status->progress.totalSteps > 0 ? status->progress.totalSteps : config.totalSteps; }
    bool alive() const { return condition == RunCondition::Running || condition == RunCondition::Paused; }
    bool resumable() const;
    /// Seconds to the end at the present speed; negative: not known.
    double remainingS() const;
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
    QString root() const { return m_root; }

Q_SIGNALS:
    void changed(const RunSnapshot& snapshot);  ///< A new run, or something about it changed.
    void vanished(const QString& folder);       ///< A run of the root was deleted.
    void scalars(const QString& folder, const ScalarBatch& batch);
    void logged(const QString& folder, const QString& text, bool fresh);  ///< More of log.txt; \p fresh: it replaces what was shown.
    void looked();  ///< A round is over.

private:
    class Watcher;
    QString m_root;
    QThread m_thread;
    Watcher* m_watcher = nullptr;  // lives in m_thread
    std::shared_ptr<std::atomic<bool>> m_stop;
};

Q_DECLARE_METATYPE(RunSnapshot)
Q_DECLARE_METATYPE(ScalarBatch)
