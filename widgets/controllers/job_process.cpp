#include "widgets/controllers/job_process.h"

#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>

#include "core/util/file.h"

using namespace kinora;

namespace {
constexpr int kGraceMs = 3000;
constexpr qsizetype kMaxLine = 1 << 20;   // a longer line is no message of ours
constexpr qsizetype kMaxReport = 64 << 20;
constexpr qsizetype kMaxLogLines = 2000;
}  // namespace

JobProcess::JobProcess(QObject* parent) : QObject(parent)
{
    m_grace.setSingleShot(true);
    m_grace.setInterval(kGraceMs);
    connect(&m_grace, &QTimer::timeout, &m_process, &QProcess::kill);
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
    m_process.terminate();
    if (!m_process.waitForFinished(500)) m_process.kill();
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
    m_reported = false;
    m_process.start(program, arguments, QIODevice::ReadOnly);
}

void JobProcess::cancel()
{
    if (!running()) return;
    m_canceled = true;
    m_process.terminate();
    m_grace.start();
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
            const QString phase = object.value(QLatin1String("phase")).toString();
            Q_EMIT progressed(object.value(QLatin1String("done")).toInteger(), object.value(QLatin1String("total")).toInteger(),
                              phase.isEmpty() ? object.value(QLatin1String("file")).toString() : phase);
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
    readOutput();
    readLog();
    if (!m_partialOutput.isEmpty()) takeLine(std::exchange(m_partialOutput, {}), true);
    if (!m_partialLog.isEmpty()) takeLine(std::exchange(m_partialLog, {}), false);
    if (std::exchange(m_reported, true)) return;
    if (m_canceled) {
        Q_EMIT canceled();
        return;
    }
    if (status == QProcess::NormalExit && exitCode == 0) {
        Q_EMIT succeeded(QJsonDocument::fromJson(m_output).object());
        return;
    }
    QString problem = m_lastLine;
    if (problem.startsWith(QLatin1String("kinora: "))) problem.remove(0, 8);
    if (problem.isEmpty())
        problem = status == QProcess::CrashExit ? tr("%1 ended unexpectedly.").arg(QFileInfo(m_process.program()).fileName())
                                                : tr("%1 failed with exit code %2.").arg(QFileInfo(m_process.program()).fileName()).arg(exitCode);
    Q_EMIT failed(problem);
}
