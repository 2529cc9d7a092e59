#pragma once
#include <QObject>
#include <QString>
#include <functional>

#include "core/clip/frames.h"
#include "core/export/encoder.h"
#include "core/util/outcome.h"
#include "widgets/controllers/job_runner.h"

/// Writes clips to files on another thread, one after the other.
class ExportController final : public QObject {
    Q_OBJECT
public:
    explicit ExportController(QObject* parent = nullptr);
    bool busy() const { return m_waiting > 0; }
    /// What is to be written; called in the export's thread, so it holds values and shared immutable objects only.
    using Source = std::function<kinora::Frames()>;
    /// Writes what \p source makes to \p target, in the format of its extension. Returns at once.
    void write(Source source, const QString& target, const kinora::ExportOptions& options);

Q_SIGNALS:
    void started(const QString& target);
    void written(const QString& target, qint64 bytes);
    void failed(const QString& target, const kinora::Error& error);
    void finished();  ///< Nothing is left to write.

private:
    int m_waiting = 0;
    JobRunner m_jobs;
};
