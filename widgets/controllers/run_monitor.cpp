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

QString RunSnapshot::name() const
{
    return summary.displayName.empty() ? QFileInfo(folder).fileName() : QString::fromStdString(summary.displayName);
}

bool RunSnapshot::resumable() const
{
    if (checkpoints.empty() || queued()) return false;
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
        readHistory(true);
    }
    void setArchivedShown(bool shown)
    {
        m_archived = shown;
        look();
    }
    void look()
    {
        lookAtQueue();
        QSet<QString> present = m_explicit;
        QStringList folders;
        for (const QString& place : m_archived ? QStringList{m_root, m_root + QStringLiteral("/archive")} : QStringList{m_root})
            for (const QString& name : QDir(place).entryList(QDir::Dirs | QDir::NoDotAndDotDot)) folders.append(QDir(place).absoluteFilePath(name));
        for (const QString& folder : std::as_const(folders)) {
            if (m_ignored.contains(folder) || present.contains(folder)) continue;
            if (m_runs.contains(folder) || RunReader::isRun(folder.toStdString())) present.insert(folder);
        }
        for (const QString& folder : m_tickets.keys()) present.insert(folder);
        for (const QString& folder : m_runs.keys())
            if (!present.contains(folder)) leave(folder);
        for (const QString& folder : std::as_const(present)) {
            if (*m_stop) return;
            if (!m_explicit.contains(folder) && !m_tickets.contains(folder) && !QFileInfo::exists(folder + QStringLiteral("/run.toml"))) {
                if (m_runs.contains(folder)) leave(folder);
                continue;
            }
            lookAt(folder);
        }
        if (m_events) {
            readEvents(false);
            readLog();
        }
        readHistory(false);
        Q_EMIT m_owner.looked();
    }

private:
    /// What tells cheaply that nothing was written.
    struct Mark {
        qint64 status = 0, statusSize = 0, config = 0, checkpoints = 0, samples = 0, notes = 0, history = 0, best = 0;
        bool locked = false, datasetMissing = false;
        std::optional<int> queued;
        std::string ticket;
        bool operator==(const Mark&) const = default;
    };
    struct Watched {
        Mark mark;
        RunSnapshot snapshot;
        qint64 firstSeenMs = 0;
        bool read = false;
    };

    void leave(const QString& folder)
    {
        m_runs.remove(folder);
        m_summaries.forget(folder.toStdString());
        Q_EMIT m_owner.vanished(folder);
    }

    void lookAtQueue()
    {
        std::vector<QueueTicket> tickets = m_queue.list();
        const bool same = std::equal(tickets.begin(), tickets.end(), m_list.begin(), m_list.end(), [](const QueueTicket& a, const QueueTicket& b) {
            return a.id == b.id && a.state == b.state && a.position == b.position;
        });
        if (same) return;
        m_list = tickets;
        m_tickets.clear();
        for (const QueueTicket& ticket : tickets)
            if (ticket.state != TicketState::Running) m_tickets[QString::fromStdString(ticket.run.string())] = ticket;
        Q_EMIT m_owner.queueChanged(tickets);
    }

    static qint64 time(const QString& path)
    {
        const QFileInfo info(path);
        return info.exists() ? info.lastModified().toMSecsSinceEpoch() : 0;
    }

    void lookAt(const QString& folder)
    {
        Watched& run = m_runs[folder];
        if (!run.firstSeenMs) run.firstSeenMs = QDateTime::currentMSecsSinceEpoch();
        const auto file = [&](const char* name) -> QString { return folder + QLatin1Char('/') + QLatin1String(name); };
        const RunSummary& summary = m_summaries.look(folder.toStdString());
        RunSnapshot now = run.snapshot;
        now.folder = folder;
        now.summary = summary;
        if (summary.config) now.config = *summary.config;
        if (!summary.dataset.empty()) now.config.dataset = summary.dataset;
        now.status = summary.status;
        now.ticket.reset();
        if (const auto ticket = m_tickets.constFind(folder); ticket != m_tickets.constEnd()) now.ticket = *ticket;
        now.begun = summary.config || !now.ticket;
        judge(run, now);
        const std::string& dataset = now.config.dataset;
        const bool isPath = !dataset.empty() && dataset.find(':') == std::string::npos;
        std::error_code code;
        now.datasetMissing = isPath && !std::filesystem::exists(dataset, code);
        const QFileInfo status(file("status.json"));
        const Mark mark{status.exists() ? status.lastModified().toMSecsSinceEpoch() : 0,
                        status.exists() ? status.size() : 0,
                        time(file("run.toml")),
                        time(file("checkpoints")),
                        time(file("samples")),
                        time(file("notes.json")),
                        QFileInfo(file("history.jsonl")).size(),
                        time(file("best.json")),
                        summary.locked,
                        now.datasetMissing,
                        summary.queuePosition,
                        now.ticket ? now.ticket->id + std::string(ticketStateName(now.ticket->state)) : std::string()};
        const bool changed = !run.read || mark != run.mark;
        if (changed) {
            now.changedMs = std::max(mark.status, mark.config);
            if (!now.begun) now.changedMs = run.firstSeenMs;
            const auto listed = attempt([&] {
                const RunReader reader(folder.toStdString());
                now.checkpoints = reader.checkpoints();
                now.samples = reader.samples();
                return true;
            });
            if (!listed) {
                now.checkpoints.clear();
                now.samples.clear();
            }
        }
        const bool sameProblem = now.condition == run.snapshot.condition && now.problem == run.snapshot.problem;
        run.mark = mark;
        const bool first = !run.read && run.snapshot.folder.isEmpty();
        run.read = now.condition != RunCondition::Damaged;  // a file that is just being replaced reads well the next time
        run.snapshot = now;
        if (first || (changed && (run.read || !sameProblem)) || !sameProblem) Q_EMIT m_owner.changed(now);
    }

    static void judge(const Watched& run, RunSnapshot& now)
    {
        now.condition = now.summary.condition;
        now.problem = QString::fromStdString(now.summary.problem);
        if (!now.begun) {
            // it has nothing but a place in the queue
            now.condition = RunCondition::Created;
            now.problem = now.ticket->state == TicketState::Lost ? tr("What waited for the device is gone: it was killed, or the machine was restarted.") : QString();
            const auto& words = now.ticket->arguments;
            for (std::size_t i = 0; i + 1 < words.size(); ++i) {
                if (words[i] == "--system") now.config.system = words[i + 1];
                if (words[i] == "--dataset") now.config.dataset = words[i + 1];
                if (words[i] == "--steps") now.config.totalSteps = QString::fromStdString(words[i + 1]).toLongLong();
            }
            return;
        }
        if (now.condition == RunCondition::Created && !now.status && !now.ticket) {
            const bool waiting = now.summary.locked || QDateTime::currentMSecsSinceEpoch() - std::max(run.firstSeenMs, now.changedMs) < kCreatedGraceMs;
            if (waiting) return;
            now.condition = RunCondition::Stale;
            now.problem = tr("The trainer ended before its first report.");
        } else if (now.condition == RunCondition::Stale)
            now.problem = now.summary.locked ? tr("The trainer has been silent for more than 30 seconds.") : tr("The trainer is gone: it was killed, or the machine was restarted.");
    }

    void readHistory(bool fresh)
    {
        if (m_followed.isEmpty()) return;
        const qint64 size = QFileInfo(m_followed + QStringLiteral("/history.jsonl")).size();
        if (!fresh && size == m_historySize) return;
        m_historySize = size;
        RunHistory history;
        const auto read = attempt([&] {
            history.events = RunReader(m_followed.toStdString()).history();
            return true;
        });
        if (read || fresh) Q_EMIT m_owner.history(m_followed, history);
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
    qint64 m_logPosition = -1, m_historySize = -1;
    bool m_archived = false;
    RunQueue m_queue;
    RunSummaries m_summaries;
    std::vector<QueueTicket> m_list;
    QHash<QString, QueueTicket> m_tickets;  // those that wait or are lost, by run
};

RunMonitor::RunMonitor(const QString& root, QObject* parent)
    : QObject(parent), m_root(QFileInfo(root).absoluteFilePath()), m_stop(std::make_shared<std::atomic<bool>>(false))
{
    qRegisterMetaType<RunSnapshot>();
    qRegisterMetaType<ScalarBatch>();
    qRegisterMetaType<RunHistory>();
    qRegisterMetaType<std::vector<QueueTicket>>();
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

void RunMonitor::setArchivedShown(bool shown)
{
    QMetaObject::invokeMethod(m_watcher, [watcher = m_watcher, shown] { watcher->setArchivedShown(shown); });
}
