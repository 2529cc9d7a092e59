#include "widgets/controllers/train_launcher.h"

#include <signal.h>

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QRegularExpression>

#include "core/run/run_directory.h"
#include "core/run/run_queue.h"
#include "core/util/outcome.h"

using namespace kinora;

namespace {
constexpr int kLookMs = 100;
constexpr int kPatienceMs = 120000;  // a trainer that loads a large dataset over a slow disk is not dead
constexpr int kKeptLogs = 50;

/// False also for a process that has ended and that nobody has waited for.
bool processRuns(qint64 pid)
{
    if (pid <= 0 || (::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH)) return false;
    QFile stat(QStringLiteral("/proc/%1/stat").arg(pid));
    if (!stat.open(QIODevice::ReadOnly)) return !QFileInfo::exists(QStringLiteral("/proc/self/stat"));
    const QByteArray text = stat.readAll();
    const qsizetype name = text.lastIndexOf(')');
    return name < 0 || name + 2 >= text.size() || (text[name + 2] != 'Z' && text[name + 2] != 'X');
}

qint64 statusTime(const QString& folder)
{
    const QFileInfo info(folder + QStringLiteral("/status.json"));
    return info.exists() ? info.lastModified().toMSecsSinceEpoch() : 0;
}

bool hasTicket(const QString& folder)
{
    const auto found = attempt([&] { return RunQueue().find(runPath(folder.toStdString())).has_value(); });
    return found && found.value();
}

/// The line that says what went wrong: the last one that is not empty.
QString lastLine(const QString& log)
{
    QFile file(log);
    if (!file.open(QIODevice::ReadOnly)) return {};
    if (file.size() > 65536) file.seek(file.size() - 65536);
    const QList<QByteArray> lines = file.readAll().split('\n');
    for (auto line = lines.crbegin(); line != lines.crend(); ++line)
        if (!line->trimmed().isEmpty()) {
            QString text = QString::fromUtf8(line->trimmed());
            if (text.startsWith(QLatin1String("kinora: "))) text.remove(0, 8);
            return text;
        }
    return {};
}
}  // namespace

TrainLauncher::TrainLauncher(QString program, QString logs, QObject* parent) : QObject(parent), m_program(std::move(program)), m_logs(std::move(logs))
{
    m_timer.setInterval(kLookMs);
    connect(&m_timer, &QTimer::timeout, this, &TrainLauncher::look);
}

QStringList TrainLauncher::arguments(const TrainRequest& request)
{
    QStringList list{QStringLiteral("train"),     QStringLiteral("--system"), request.system,
                     QStringLiteral("--dataset"), request.dataset,            QStringLiteral("--run"),
                     request.folder,              QStringLiteral("--steps"),  QString::number(request.steps),
                     QStringLiteral("--seed"),    QString::number(request.seed), QStringLiteral("--device"),
                     request.device};
    for (const auto& [key, value] : request.options) list << QStringLiteral("--set") << QString::fromStdString(key + "=" + optionText(value));
    if (request.queued) list << QStringLiteral("--queue");
    return list;
}

QString TrainLauncher::commandLine(const TrainRequest& request)
{
    static const QRegularExpression harmless(QStringLiteral("^[\\w@%+=:,./-]+$"));
    QStringList words{QStringLiteral("kinora")};
    for (QString word : arguments(request)) {
        if (!harmless.match(word).hasMatch()) word = QLatin1Char('\'') + word.replace(QLatin1Char('\''), QLatin1String("'\\''")) + QLatin1Char('\'');
        words.append(word);
    }
    return words.join(QLatin1Char(' '));
}

void TrainLauncher::start(const TrainRequest& request) { launch(request.folder, arguments(request), request.queued); }

void TrainLauncher::resume(const QString& folder, std::optional<qint64> totalSteps, bool queued)
{
    QStringList list{QStringLiteral("train"), QStringLiteral("--run"), folder, QStringLiteral("--resume")};
    if (totalSteps) list << QStringLiteral("--steps") << QString::number(*totalSteps);
    if (queued) list << QStringLiteral("--queue");
    launch(folder, list, queued);
}

void TrainLauncher::launch(const QString& folder, const QStringList& arguments, bool queued)
{
    Q_EMIT starting(folder);
    QDir().mkpath(m_logs);
    const QFileInfoList old = QDir(m_logs).entryInfoList({QStringLiteral("*.log")}, QDir::Files, QDir::Time);
    for (qsizetype i = kKeptLogs; i < old.size(); ++i) QFile::remove(old[i].absoluteFilePath());

    Start start;
    start.folder = folder;
    start.log = QDir(m_logs).absoluteFilePath(
        QStringLiteral("%1-%2.log").arg(QFileInfo(folder).fileName(), QDateTime::currentDateTimeUtc().toString(QStringLiteral("yyyyMMdd-HHmmsszzz"))));
    start.statusBefore = statusTime(folder);
    start.queued = queued;
    start.since.start();
    QProcess process;
    process.setProgram(m_program);
    process.setArguments(arguments);
    process.setStandardInputFile(QProcess::nullDevice());
    process.setStandardOutputFile(QProcess::nullDevice());
    process.setStandardErrorFile(start.log);
    if (!process.startDetached(&start.pid)) {
        Q_EMIT failed(folder, tr("%1 could not be started: %2").arg(m_program, process.errorString()));
        return;
    }
    m_starts.push_back(start);
    m_timer.start();
}

void TrainLauncher::look()
{
    // the answers may start another run: work on what is due now
    std::vector<Start> waiting;
    std::vector<std::pair<Start, QString>> ended;
    std::vector<QString> waits;
    for (const Start& start : m_starts) {
        const bool runs = processRuns(start.pid);  // asked first: a trainer that reports and ends in between has still reported
        const qint64 status = statusTime(start.folder);
        if (status != 0 && status != start.statusBefore)
            ended.emplace_back(start, QString());
        else if (start.queued && runs && hasTicket(start.folder))
            waits.push_back(start.folder);
        else if (!runs) {
            QString problem = lastLine(start.log);
            if (problem.isEmpty()) problem = tr("The trainer ended at once without a word.");
            ended.emplace_back(start, problem);
        } else if (start.since.elapsed() > kPatienceMs)
            ended.emplace_back(start, QString());
        else
            waiting.push_back(start);
    }
    m_starts = std::move(waiting);
    if (m_starts.empty()) m_timer.stop();
    for (const QString& folder : waits) Q_EMIT this->queued(folder);
    for (const auto& [start, problem] : ended) {
        if (problem.isEmpty())
            Q_EMIT started(start.folder, start.pid);
        else
            Q_EMIT failed(start.folder, problem);
    }
}
