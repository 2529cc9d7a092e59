#include "widgets/controllers/export_controller.h"

#include <chrono>
#include <filesystem>

ExportController::ExportController(QObject* parent) : QObject(parent) {}

ExportController::~ExportController() { m_stop.request_stop(); }

void ExportController::cancel()
{
    m_stop.request_stop();
    m_stop = std::stop_source();
}

void ExportController::write(std::function<kinora::Frames()> clip, const QString& target, const kinora::ExportOptions& options)
{
    ExportJob job;
    job.clips = [clip = std::move(clip)] { return kinora::FigureClips{{clip()}, 1, 1, {}, {}}; };
    job.target = target;
    job.encoder = options;
    write(std::move(job));
}

void ExportController::write(ExportJob job)
{
    ++m_waiting;
    const QString target = job.target;
    Q_EMIT started(target);
    m_jobs.run(
        [this, job = std::move(job), stop = m_stop.get_token()](std::stop_token) {
            auto told = std::chrono::steady_clock::now();
            kinora::ExportWatch watch{stop, [this, &told](double share) {
                                          const auto now = std::chrono::steady_clock::now();
                                          if (now - told < std::chrono::milliseconds(50)) return;
                                          told = now;
                                          m_jobs.post([this, share] { Q_EMIT progressed(share); });
                                      }};
            if (stop.stop_requested()) throw kinora::Error(kinora::ErrorCode::Cancelled, "the export was cancelled; nothing was written", job.target.toStdString());
            const std::filesystem::path path = job.target.toStdString();
            const auto comment = job.comment ? job.comment : [text = job.encoder.comment](const kinora::ExportOptions&) { return text; };
            kinora::exportFigure(job.clips(), job.figure, path, job.encoder, job.limitBytes, comment, watch);
            std::error_code ignored;
            const bool file = std::filesystem::is_regular_file(path, ignored);
            return file ? static_cast<qint64>(std::filesystem::file_size(path, ignored)) : qint64(0);
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
