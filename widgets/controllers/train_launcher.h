#pragma once
#include <QElapsedTimer>
#include <QObject>
#include <QString>
#include <QStringList>
#include <QTimer>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/options/options.h"

/// A run to be started.
struct TrainRequest {
    QString system, dataset, folder;
    qint64 steps = 1000;
    quint64 seed = 0;
    QString device = QStringLiteral("auto");
    kinora::OptionValues options;  ///< Those that differ from their defaults.
    bool queued = false;           ///< It waits until its device is free.
};

/// Starts `kinora train` as a program of its own that outlives the window, and says at once when the start went wrong.
///
/// A start counts as done when the run directory has a status, or the queue a ticket for it; until then the trainer's words are read from a launch log.
class TrainLauncher final : public QObject {
    Q_OBJECT
public:
    /// \param program  `kinora`
    /// \param logs     folder of the launch logs
    TrainLauncher(QString program, QString logs, QObject* parent = nullptr);

    void start(const TrainRequest& request);
    /// Goes on with a run from its newest checkpoint. \param totalSteps  the new total; nothing: as before
    void resume(const QString& folder, std::optional<qint64> totalSteps, bool queued = false);
    bool busy() const { return !m_starts.empty(); }

    static QStringList arguments(const TrainRequest& request);
    /// The same as a person would type it in a shell.
    static QString commandLine(const TrainRequest& request);

Q_SIGNALS:
    void starting(const QString& folder);
    void started(const QString& folder, qint64 pid);
    void queued(const QString& folder);  ///< It waits for its device, whether this window stays open or not.
    void failed(const QString& folder, const QString& problem);  ///< One line.

private:
    struct Start {
        QString folder, log;
        qint64 pid = 0;
        qint64 statusBefore = 0;  // modification time of status.json before the start
        bool queued = false;
        QElapsedTimer since;
    };
    void launch(const QString& folder, const QStringList& arguments, bool queued);
    void look();

    QString m_program, m_logs;
    std::vector<Start> m_starts;
    QTimer m_timer;
};
