#include "widgets/controllers/export_controller.h"

#include <filesystem>

ExportController::ExportController(QObject* parent) : QObject(parent) {}

void ExportController::write(Source source, const QString& target, const kinora::ExportOptions& options)
{
    ++m_waiting;
    Q_EMIT started(target);
    m_jobs.run(
        [source = std::move(source), path = std::filesystem::path(target.toStdString()), options](std::stop_token) {
            kinora::exportClip(source(), path, options);
            std::error_code ignored;
            return static_cast<qint64>(std::filesystem::file_size(path, ignored));
        },
        [this, target](const kinora::Outcome<qint64>& outcome) {
            --m_waiting;
            if (outcome)
                Q_EMIT written(target, outcome.value());
            else
                Q_EMIT failed(target, outcome.error());
            if (m_waiting == 0) Q_EMIT finished();
        });
}
