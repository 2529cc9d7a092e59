#include "widgets/controllers/study_maker.h"

#include <algorithm>

#include "core/clip/transform.h"
#include "core/export/comparison.h"

std::vector<std::shared_ptr<const kinora::Frames>> readClips(const kinora::ClipSource& source, std::int64_t first, int count, int frames, std::stop_token stop)
{
    std::vector<std::shared_ptr<const kinora::Frames>> clips;
    for (std::int64_t index = first; index < std::min(first + count, source.size()); ++index) {
        if (stop.stop_requested()) throw kinora::Error(kinora::ErrorCode::Cancelled, "cancelled");
        clips.push_back(std::make_shared<const kinora::Frames>(kinora::comparedClip(source, index, frames)));
    }
    return clips;
}

StudyMaker::StudyMaker(EngineClient& engine, QObject* parent) : QObject(parent), m_engine(engine), m_matrix(engine)
{
    connect(&m_matrix, &MatrixController::clipsReady, this, [this](int, const auto& clips) { took(clips); });
    connect(&m_matrix, &MatrixController::failed, this, &StudyMaker::fail);
}

void StudyMaker::make(const QString& file, const kinora::StudyDesign& design, const std::vector<StudySource>& sources)
{
    cancel();
    m_file = file;
    m_design = design;
    m_sources = sources;
    m_clips.clear();
    m_busy = true;
    next();
}

void StudyMaker::cancel()
{
    m_busy = false;
    m_matrix.clear();
    m_jobs.cancel();
}

void StudyMaker::next()
{
    const std::size_t source = m_clips.size() / static_cast<std::size_t>(m_design.clips);
    if (source >= m_sources.size()) {
        write();
        return;
    }
    const StudySource& from = m_sources[source];
    if (from.checkpoint != 0) {
        GenerateRequest request;
        request.checkpoint = from.checkpoint;
        request.clips = from.codes;
        request.frames = from.frames;
        request.channel = "study";
        m_matrix.request(request, 1);
        return;
    }
    m_jobs.run([from, count = m_design.clips](std::stop_token stop) { return readClips(*from.dataset, from.firstClip, count, from.frames, stop); },
               [this, wanted = m_design.clips, name = m_design.systems[source]](const auto& outcome) {
                   if (!m_busy) return;
                   if (!outcome)
                       fail(outcome.error());
                   else if (static_cast<int>(outcome.value().size()) < wanted)
                       fail(kinora::Error(kinora::ErrorCode::Usage, "has only " + std::to_string(outcome.value().size()) + " clips from that number on; the study wants " + std::to_string(wanted), name));
                   else
                       took(outcome.value());
               });
}

void StudyMaker::took(const std::vector<std::shared_ptr<const kinora::Frames>>& clips)
{
    if (!m_busy) return;
    m_clips.insert(m_clips.end(), clips.begin(), clips.end());
    Q_EMIT progressed(static_cast<int>(m_clips.size()), static_cast<int>(m_sources.size()) * m_design.clips);
    if (m_clips.size() % static_cast<std::size_t>(m_design.clips) == 0) next();
}

void StudyMaker::fail(const kinora::Error& error)
{
    if (!m_busy) return;
    cancel();
    Q_EMIT failed(error);
}

void StudyMaker::write()
{
    m_jobs.run(
        [file = std::filesystem::path(m_file.toStdString()), design = m_design, clips = m_clips](std::stop_token stop) {
            // a rater must not know a system by the length or size of its clips
            int frames = clips.front()->count(), height = 0, width = 0;
            for (const auto& clip : clips) {
                frames = std::min(frames, clip->count());
                height = std::max(height, clip->height());
                width = std::max(width, clip->width());
            }
            std::vector<kinora::Frames> all;
            for (const auto& clip : clips) {
                if (stop.stop_requested()) throw kinora::Error(kinora::ErrorCode::Cancelled, "cancelled");
                const std::size_t bytes = clip->frameBytes() * static_cast<std::size_t>(frames);
                kinora::Frames cut(frames, clip->height(), clip->width(), {clip->bytes().begin(), clip->bytes().begin() + static_cast<std::ptrdiff_t>(bytes)});
                all.push_back(cut.height() == height && cut.width() == width ? std::move(cut) : kinora::resized(cut, height, width));
            }
            kinora::Study::create(file, design, all);
            return true;
        },
        [this](const kinora::Outcome<bool>& outcome) {
            if (!m_busy) return;
            m_busy = false;
            m_clips.clear();
            if (outcome)
                Q_EMIT made(m_file);
            else
                Q_EMIT failed(outcome.error());
        });
}
