#pragma once
#include <QObject>
#include <QString>
#include <functional>
#include <stop_token>
#include <string>

#include "core/export/figure.h"
#include "core/util/outcome.h"
#include "widgets/controllers/job_runner.h"

/// One file to write.
struct ExportJob {
    /// What is to be written; called in the export's thread, so it holds values and shared immutable objects only.
    std::function<kinora::FigureClips()> clips;
    QString target;
    kinora::FigureLayout figure;
    kinora::ExportOptions encoder;
    std::uintmax_t limitBytes = 0;  ///< 0: none.
    std::function<std::string(const kinora::ExportOptions&)> comment;  ///< Of the file, for the options that were taken; may be empty, then it is encoder.comment.
};

/// Writes figures to files on another thread, one after the other.
class ExportController final : public QObject {
    Q_OBJECT
public:
    explicit ExportController(QObject* parent = nullptr);
    ~ExportController() override;
    bool busy() const { return m_waiting > 0; }
    /// In the format of the target's extension. Returns at once.
    void write(ExportJob job);
    /// One clip without layout. Returns at once.
    void write(std::function<kinora::Frames()> clip, const QString& target, const kinora::ExportOptions& options);

public Q_SLOTS:
    /// Stops what is being written and what waits; failed() says so of each. Nothing is left under a target's name, and an older file stays.
    void cancel();

Q_SIGNALS:
    void started(const QString& target);
    void progressed(double share);  ///< Of the file that is being written, 0 ... 1.
    void written(const QString& target, qint64 bytes);
    void failed(const QString& target, const kinora::Error& error);
    void finished();  ///< Nothing is left to write.

private:
    int m_waiting = 0;
    std::stop_source m_stop;
    JobRunner m_jobs;
};
