#include "widgets/controllers/run_monitor.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QHash>
#include <QMetaMethod>
#include <QSet>
#include <QTimer>
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/events/tfevents.h"
#include "core/util/outcome.h"

using namespace kinora;

namespace {
constexpr int kIntervalMs = 1000;
constexpr qint64 kLogTail = 256 * 1024;  // of a log that was there before us
constexpr qint64 kCreatedGraceMs = 30000;  // between run.toml and the first status.json
}  // namespace

bool RunSnapshot::resumable() const
{
    if (checkpoints.empty()) return false;
    return condition == RunCondition::Stopped || condition == RunCondition::Finished || condition == RunCondition::Failed || condition == RunCondition::Stale;
}

double RunSnapshot::remainingS() const
{
    if (condition != RunCondition::Running || !status || status->progress.stepsPerSecond <= 0) return -1;
    return static_cast<double>(std::max<qint64>(0, totalSteps() - step())) / status->progress.stepsPerSecond;
}

std::size_t ScalarBatch::size() const
{
    std::size_t count = 0;
    for (const auto& [tag, points] : series) count += points.steps.size();
    return count;
}

void applyBatch(std::map<std::string, ScalarSeries>& series, const ScalarBatch& batch)
{
    if (batch.fresh) series.clear();
    const auto cut = [](ScalarSeries& curve, double from) {
        const auto keep = std::lower_bound(curve.steps.begin(), curve.steps.end(), from) - curve.steps.begin();
        curve.steps.resize(static_cast<std::size_t>(keep));
        curve.values.resize(static_cast<std::size_t>(keep));
    };
    if (batch.voidedFrom)
        for (auto& [tag, curve] : series) cut(curve, static_cast<double>(*batch.voidedFrom));
    for (const auto& [tag, points] : batch.series) {
        ScalarSeries& curve = series[tag];
        for (std::size_t i = 0; i < points.steps.size(); ++i) {
            // a step that comes again replaces what was there from it on
            if (!curve.steps.empty() && points.steps[i] <= curve.steps.back()) cut(curve, points.steps[i]);
            curve.steps.push_back(points.steps[i]);
            curve.values.push_back(points.values[i]);
        }
    }
}

/// Lives in the monitor's thread.
class RunMonitor::Watcher final : public QObject {
public:
    Watcher(RunMonitor& owner, QString root, std::shared_ptr<std::atomic<bool>> stop) : m_owner(owner), m_root(std::move(root)), m_stop(std::move(stop))
    {
        m_timer.setParent(this);
        m_timer.setInterval(kIntervalMs);
        connect(&m_timer, &QTimer::timeout, this, &Watcher::look);
    }
    void begin()
    {
        m_timer.start();
        look();
    }
    void setInterval(int milliseconds) { m_timer.setInterval(milliseconds); }
    void watch(const QString& folder)
    {
        m_ignored.remove(folder);
        m_explicit.insert(folder);
        m_runs.remove(folder);  // reported anew, even if nothing changed
        lookAt(folder);
    }
    void unwatch(const QString& folder)
    {
        m_explicit.remove(folder);
        m_ignored.insert(folder);
        m_runs.remove(folder);
    }
    void follow(const QString& folder)
    {
        m_followed = folder;
        m_events.reset();
        m_logPosition = -1;
        if (folder.isEmpty()) return;
        m_events = std::make_unique<EventsReader>(folder.toStdString());
        readEvents(true);
        readLog();
    }
    void look()
    {
        QSet<QString> present = m_explicit;
        const QStringList names = QDir(m_root).entryList(QDir::Dirs | QDir::NoDotAndDotDot);
        for (const QString& name : names) {
            const QString folder = QDir(m_root).absoluteFilePath(name);
            if (m_ignored.contains(folder) || present.contains(folder)) continue;
            if (m_runs.contains(folder) || RunReader::isRun(folder.toStdString())) present.insert(folder);
        }
        for (const QString& folder : m_runs.keys())
            if (!present.contains(folder)) {
                m_runs.remove(folder);
                Q_EMIT m_owner.vanished(folder);
            }
        for (const QString& folder : std::as_const(present)) {
            if (*m_stop) return;
            if (!m_explicit.contains(folder) && !QFileInfo::exists(folder + QStringLiteral("/run.toml"))) {
                if (m_runs.remove(folder)) Q_EMIT m_owner.vanished(folder);
                continue;
            }
            lookAt(folder);
        }
        if (m_events) {
            readEvents(false);
            readLog();
        }
        Q_EMIT m_owner.looked();
    }

private:
    /// What tells cheaply that nothing was written.
    struct Mark {
        qint64 status = 0, statusSize = 0, config = 0, checkpoints = 0, samples = 0;
        bool operator==(const Mark&) const = default;
    };
    struct Watched {
        Mark mark;
        RunSnapshot snapshot;
        StaleWatch stale;
        qint64 firstSeenMs = 0;
        bool read = false;
    };

    static qint64 time(const QString& path)
    {
        const QFileInfo info(path);
        return info.exists() ? info.lastModified().toMSecsSinceEpoch() : 0;
    }

    void lookAt(const QString& folder)
    {
        Watched& run = m_runs[folder];
        const QFileInfo status(folder + QStringLiteral("/status.json"));
        const Mark mark{status.exists() ? status.lastModified().toMSecsSinceEpoch() : 0, status.exists() ? status.size() : 0,
                        time(folder + QStringLiteral("/run.toml")), time(folder + QStringLiteral("/checkpoints")), time(folder + QStringLiteral("/samples"))};
        const bool changed = !run.read || mark != run.mark;
        if (!run.firstSeenMs) run.firstSeenMs = QDateTime::currentMSecsSinceEpoch();
        RunSnapshot now = run.snapshot;
        if (changed) {
            now = read(folder);
            now.changedMs = std::max(mark.status, mark.config);
        }
        if (now.condition != RunCondition::Damaged && now.condition != RunCondition::Missing) judge(run, now);
        const bool differs = changed || now.condition != run.snapshot.condition;
        run.mark = mark;
        run.read = now.condition != RunCondition::Damaged;  // a file that is just being replaced reads well the next time
        const bool silent = !changed && !differs;
        const bool sameProblem = now.condition == RunCondition::Damaged && run.snapshot.condition == RunCondition::Damaged && now.problem == run.snapshot.problem;
        run.snapshot = now;
        if (!silent && !sameProblem) Q_EMIT m_owner.changed(now);
    }

    static RunSnapshot read(const QString& folder)
    {
        RunSnapshot snapshot;
        snapshot.folder = folder;
        const auto outcome = attempt([&] {
            const RunReader reader(folder.toStdString());
            snapshot.config = reader.config();
            snapshot.status = reader.status();
            snapshot.checkpoints = reader.checkpoints();
            snapshot.samples = reader.samples();
            return true;
        });
        if (!outcome) {
            snapshot.condition = QFileInfo::exists(folder) ? RunCondition::Damaged : RunCondition::Missing;
            snapshot.problem = QString::fromUtf8(outcome.error().what());
        }
        return snapshot;
    }

    static void judge(Watched& run, RunSnapshot& now)
    {
        const auto owned = [&] {
            const auto locked = attempt([&] { return RunReader(now.folder.toStdString()).locked(); });
            return !locked || locked.value();
        };
        now.problem.clear();
        if (!now.status) {
            const bool waiting = owned() || QDateTime::currentMSecsSinceEpoch() - std::max(run.firstSeenMs, now.changedMs) < kCreatedGraceMs;
            now.condition = waiting ? RunCondition::Created : RunCondition::Stale;
            if (!waiting) now.problem = tr("The trainer ended before its first report.");
            return;
        }
        const RunProgress& progress = now.status->progress;
        switch (progress.state) {
        case RunState::Created: now.condition = RunCondition::Created; break;
        case RunState::Running: now.condition = RunCondition::Running; break;
        case RunState::Paused: now.condition = RunCondition::Paused; break;
        case RunState::Finished: now.condition = RunCondition::Finished; break;
        case RunState::Stopped: now.condition = RunCondition::Stopped; break;
        case RunState::Failed: now.condition = RunCondition::Failed; break;
        }
        if (now.condition == RunCondition::Failed) now.problem = QString::fromStdString(progress.message);
        if (now.condition != RunCondition::Created && !now.alive()) return;
        if (!owned()) {
            now.condition = RunCondition::Stale;
            now.problem = tr("The trainer is gone: it was killed, or the machine was restarted.");
        } else if (run.stale.stale(*now.status, std::chrono::steady_clock::now())) {
            now.condition = RunCondition::Stale;
            now.problem = tr("The trainer has been silent for more than 30 seconds.");
        }
    }

    void readEvents(bool fresh)
    {
        if (!m_owner.isSignalConnected(QMetaMethod::fromSignal(&RunMonitor::scalars))) return;  // charts read events themselves
        ScalarBatch batch;
        batch.fresh = fresh;
        const auto outcome = attempt([&] {
            const std::vector<ScalarRecord> records = m_events->poll();
            batch.voidedFrom = m_events->voidedFrom();
            for (const ScalarRecord& record : records) {
                ScalarSeries& series = batch.series[record.tag];
                series.steps.push_back(static_cast<double>(record.step));
                series.values.push_back(record.value);
            }
            return true;
        });
        if (outcome && (fresh || batch.voidedFrom || !batch.series.empty())) Q_EMIT m_owner.scalars(m_followed, batch);
    }

    void readLog()
    {
        QFile file(m_followed + QStringLiteral("/log.txt"));
        const bool fresh = m_logPosition < 0 || file.size() < m_logPosition;
        if (!file.open(QIODevice::ReadOnly)) {
            if (m_logPosition < 0) Q_EMIT m_owner.logged(m_followed, {}, true);
            m_logPosition = 0;
            return;
        }
        qint64 from = fresh ? std::max<qint64>(0, file.size() - kLogTail) : m_logPosition;
        from = std::max(from, file.size() - kLogTail);
        file.seek(from);
        QByteArray text = file.read(kLogTail);
        const qsizetype end = text.lastIndexOf('\n') + 1;  // a line that is being written waits
        if (fresh && from > 0) {
            const qsizetype begin = text.indexOf('\n') + 1;
            m_logPosition = from + end;
            Q_EMIT m_owner.logged(m_followed, QString::fromUtf8(text.mid(begin, std::max<qsizetype>(0, end - begin))), true);
            return;
        }
        m_logPosition = from + end;
        if (fresh || end > 0) Q_EMIT m_owner.logged(m_followed, QString::fromUtf8(text.left(end)), fresh);
    }

    RunMonitor& m_owner;  // joins this thread before it goes
    QString m_root;
    std::shared_ptr<std::atomic<bool>> m_stop;
    QTimer m_timer;
    QSet<QString> m_explicit, m_ignored;
    QHash<QString, Watched> m_runs;
    QString m_followed;
    std::unique_ptr<EventsReader> m_events;
    qint64 m_logPosition = -1;
};

RunMonitor::RunMonitor(const QString& root, QObject* parent)
    : QObject(parent), m_root(QFileInfo(root).absoluteFilePath()), m_stop(std::make_shared<std::atomic<bool>>(false))
{
    qRegisterMetaType<RunSnapshot>();
    qRegisterMetaType<ScalarBatch>();
    m_watcher = new Watcher(*this, m_root, m_stop);
    m_watcher->moveToThread(&m_thread);
    connect(&m_thread, &QThread::finished, m_watcher, &QObject::deleteLater);
    m_thread.setObjectName(QStringLiteral("run monitor"));
    m_thread.start(QThread::LowPriority);
    // once the event loop runs: what is reported before the owner has connected would be lost
    QTimer::singleShot(0, this, [this] { QMetaObject::invokeMethod(m_watcher, [watcher = m_watcher] { watcher->begin(); }); });
}

RunMonitor::~RunMonitor()
{
    *m_stop = true;
    m_thread.quit();
    m_thread.wait();
}

void RunMonitor::watch(const QString& folder)
{
    QMetaObject::invokeMethod(m_watcher, [watcher = m_watcher, folder = QFileInfo(folder).absoluteFilePath()] { watcher->watch(folder); });
}

void RunMonitor::unwatch(const QString& folder)
{
    QMetaObject::invokeMethod(m_watcher, [watcher = m_watcher, folder = QFileInfo(folder).absoluteFilePath()] { watcher->unwatch(folder); });
}

void RunMonitor::follow(const QString& folder)
{
    QMetaObject::invokeMethod(m_watcher, [watcher = m_watcher, folder = folder.isEmpty() ? folder : QFileInfo(folder).absoluteFilePath()] { watcher->follow(folder); });
}

void RunMonitor::look()
{
    QMetaObject::invokeMethod(m_watcher, [watcher = m_watcher] { watcher->look(); });
}

void RunMonitor::setInterval(int milliseconds)
{
    QMetaObject::invokeMethod(m_watcher, [watcher = m_watcher, milliseconds] { watcher->setInterval(milliseconds); });
}
