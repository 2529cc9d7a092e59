#include "widgets/controllers/job_process.h"

#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <csignal>
#include <sys/prctl.h>
#include <unistd.h>

#include "core/util/file.h"

using namespace kinora;

namespace {
constexpr int kGraceMs = 10000;
constexpr qsizetype kMaxLine = 1 << 20;   // a longer line is no message of ours
constexpr qsizetype kMaxReport = 64 << 20;
constexpr qsizetype kMaxLogLines = 2000;
}  // namespace

JobProcess::JobProcess(QObject* parent) : QObject(parent)
{
    m_grace.setSingleShot(true);
    m_grace.setInterval(kGraceMs);
    connect(&m_grace, &QTimer::timeout, this, [this] { signalGroup(SIGKILL); });
    m_process.setChildProcessModifier([] {
        ::setpgid(0, 0);
        ::signal(SIGINT, SIG_DFL);  // a shell's "&" has it ignored
        ::prctl(PR_SET_PDEATHSIG, SIGTERM);  // a window that is killed leaves no command behind; exec keeps it
    });
    connect(&m_process, &QProcess::readyReadStandardOutput, this, &JobProcess::readOutput);
    connect(&m_process, &QProcess::readyReadStandardError, this, &JobProcess::readLog);
    connect(&m_process, &QProcess::finished, this, &JobProcess::finish);
    connect(&m_process, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
        if (error != QProcess::FailedToStart || m_reported) return;
        m_reported = true;
        Q_EMIT failed(tr("%1 could not be started: %2").arg(m_process.program(), m_process.errorString()));
    });
}

JobProcess::~JobProcess()
{
    m_process.disconnect(this);
    if (!running()) return;
    signalGroup(SIGCONT);
    signalGroup(SIGINT);
    if (m_process.waitForFinished(2000)) return;
    signalGroup(SIGKILL);
    m_process.waitForFinished(1000);
}

QString JobProcess::kinora() { return QString::fromStdString((Places::programs() / "kinora").string()); }

void JobProcess::start(const QString& program, const QStringList& arguments)
{
    Q_ASSERT(!running());
    m_output.clear();
    m_partialOutput.clear();
    m_partialLog.clear();
    m_log.clear();
    m_lastLine.clear();
    m_canceled = false;
    m_paused = false;
    m_reported = false;
    m_process.start(program, arguments, QIODevice::ReadOnly);
}

void JobProcess::cancel()
{
    if (!running()) return;
    m_canceled = true;
    setPaused(false);
    signalGroup(SIGINT);
    m_grace.start();
}

void JobProcess::setPaused(bool paused)
{
    if (!running() || m_paused == paused) return;
    m_paused = paused;
    signalGroup(paused ? SIGSTOP : SIGCONT);
}

void JobProcess::signalGroup(int number)
{
    const auto leader = static_cast<pid_t>(m_process.processId());
    // until the child has made its group there is only the child
    if (leader > 0 && ::kill(-leader, number) != 0) ::kill(leader, number);
}

void JobProcess::readOutput()
{
    m_partialOutput += m_process.readAllStandardOutput();
    for (qsizetype end; (end = m_partialOutput.indexOf('\n')) >= 0; m_partialOutput.remove(0, end + 1)) takeLine(m_partialOutput.left(end), true);
    if (m_partialOutput.size() > kMaxLine) m_partialOutput.clear();
}

void JobProcess::readLog()
{
    m_partialLog += m_process.readAllStandardError();
    for (qsizetype end; (end = m_partialLog.indexOf('\n')) >= 0; m_partialLog.remove(0, end + 1)) takeLine(m_partialLog.left(end), false);
    if (m_partialLog.size() > kMaxLine) m_partialLog.clear();
}

void JobProcess::takeLine(const QByteArray& line, bool fromOutput)
{
    const QByteArray text = line.trimmed();
    if (text.startsWith('{') && text.endsWith('}')) {
        const QJsonObject object = QJsonDocument::fromJson(text).object();
        if (object.contains(QLatin1String("done")) && object.value(QLatin1String("done")).isDouble()) {
            const auto whole = [&](const char* key) { return object.value(QLatin1String(key)).toInteger(); };
            Q_EMIT progressed({whole("done"), whole("total"), object.value(QLatin1String("phase")).toString(), object.value(QLatin1String("file")).toString(), whole("clips"), whole("frames"),
                               whole("skipped"), object.value(QLatin1String("eta_s")).toDouble(-1)});
            return;
        }
    }
    if (fromOutput) {
        if (m_output.size() + line.size() < kMaxReport) m_output += line + '\n';
        return;
    }
    if (text.isEmpty()) return;
    m_lastLine = QString::fromUtf8(text);
    m_log.append(m_lastLine);
    if (m_log.size() > kMaxLogLines) m_log.removeFirst();
}

void JobProcess::finish(int exitCode, QProcess::ExitStatus status)
{
    m_grace.stop();
    m_paused = false;
    readOutput();
    readLog();
    if (!m_partialOutput.isEmpty()) takeLine(std::exchange(m_partialOutput, {}), true);
    if (!m_partialLog.isEmpty()) takeLine(std::exchange(m_partialLog, {}), false);
    if (std::exchange(m_reported, true)) return;
    if (status == QProcess::NormalExit && exitCode == 0) {  // also if it was done before it heard that it should end
        Q_EMIT succeeded(QJsonDocument::fromJson(m_output).object());
        return;
    }
    if (m_canceled) {
        Q_EMIT canceled();
        return;
    }
    QString problem = m_lastLine;
    if (problem.startsWith(QLatin1String("kinora: "))) problem.remove(0, 8);
    if (problem.isEmpty())
        problem = status == QProcess::CrashExit ? tr("%1 ended unexpectedly.").arg(QFileInfo(m_process.program()).fileName())
                                                : tr("%1 failed with exit code %2.").arg(QFileInfo(m_process.program()).fileName()).arg(exitCode);
    Q_EMIT failed(problem);
}
