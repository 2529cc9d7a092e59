#pragma once
#include <QByteArray>
#include <QJsonObject>
#include <QObject>
#include <QProcess>
#include <QStringList>
#include <QTimer>

/// How far a command is, as its lines say.
struct JobProgress {
    qint64 done = 0, total = 0;  ///< total is 0 while it is not known.
    QString phase, file;
    qint64 clips = 0, frames = 0, skipped = 0;
    double etaS = -1;  ///< Seconds left; negative: not known.
};

/// A command that runs as a child process of the window: progress from its JSON lines, pause, cancellation, and one clear line when it fails.
/// It ends with the window, however that ends, and leads a process group of its own, so that pausing and ending reach its children too.
///
/// A line that is a JSON object with `done` (and perhaps `total`, `phase` or `file`) is progress; any other JSON on standard output is the command's
/// report; plain lines are its log.
class JobProcess final : public QObject {
    Q_OBJECT
public:
    explicit JobProcess(QObject* parent = nullptr);
    ~JobProcess() override;  ///< Ends a running command.

    /// Starts \p program, which must not run yet. Failure to start is reported by failed().
    void start(const QString& program, const QStringList& arguments);
    bool running() const { return m_process.state() != QProcess::NotRunning; }
    /// Asks the command to end (SIGINT, as Ctrl+C does), and ends it after a grace time of ten seconds. canceled() follows.
    void cancel();
    bool paused() const { return m_paused; }
    /// Holds the command up (SIGSTOP) and lets it go on (SIGCONT).
    void setPaused(bool paused);
    qint64 processId() const { return m_process.processId(); }
    /// The lines that the command logged.
    QStringList log() const { return m_log; }

    /// The `kinora` program beside the running one.
    static QString kinora();

Q_SIGNALS:
    void progressed(const JobProgress& progress);
    void succeeded(const QJsonObject& report);
    void failed(const QString& problem);  ///< One line.
    void canceled();

private:
    void readOutput();
    void readLog();
    void takeLine(const QByteArray& line, bool fromOutput);
    void signalGroup(int number);
    void finish(int exitCode, QProcess::ExitStatus status);

    QProcess m_process;
    QTimer m_grace;
    QByteArray m_output, m_partialOutput, m_partialLog;
    QStringList m_log;
    QString m_lastLine;
    bool m_canceled = false;
    bool m_paused = false;
    bool m_reported = true;
};
