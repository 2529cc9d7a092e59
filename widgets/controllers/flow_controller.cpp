#include "widgets/controllers/flow_controller.h"

#include <QFile>
#include <algorithm>
#include <cstring>

#include "core/clipfile/clip_file.h"
#include "core/util/error.h"

using namespace kinora;

FlowController::FlowController(QString program, QObject* parent) : QObject(parent), m_program(std::move(program))
{
    connect(&m_job, &JobProcess::succeeded, this, [this] { read(m_busy); });
    connect(&m_job, &JobProcess::failed, this, &FlowController::end);
    connect(&m_job, &JobProcess::canceled, this, [this] { end(tr("it was cancelled")); });
}

void FlowController::want(const std::vector<ClipPtr>& clips)
{
    m_wanted = clips;
    std::erase(m_wanted, nullptr);
    std::erase_if(m_known, [&](const auto& entry) { return std::ranges::find(m_wanted, entry.first) == m_wanted.end(); });
    if (std::ranges::find(m_wanted, m_refused) == m_wanted.end()) m_refused.reset();
    next();
}

FlowController::FlowPtr FlowController::flow(const ClipPtr& clip) const
{
    const auto found = std::ranges::find(m_known, clip, [](const auto& entry) { return entry.first; });
    return clip && found != m_known.end() ? found->second : nullptr;
}

void FlowController::next()
{
    if (m_busy) return;
    const auto waiting = std::ranges::find_if(m_wanted, [this](const ClipPtr& clip) { return clip != m_refused && !flow(clip); });
    if (waiting == m_wanted.end()) return;
    m_busy = *waiting;
    if (!m_folder) m_folder = std::make_unique<QTemporaryDir>();
    if (!m_folder->isValid()) return end(tr("The optical flow needs a temporary folder, and none can be made: %1").arg(m_folder->errorString()));
    const QString clip = m_folder->filePath(QStringLiteral("clip.h5")), flow = m_folder->filePath(QStringLiteral("flow.h5"));
    m_files.run([clip, flow, frames = m_busy](std::stop_token) {
        QFile::remove(clip);
        QFile::remove(flow);
        ClipFileWriter writer(clip.toStdString(), {});
        ClipInfo info;
        info.name = "clip";
        writer.add(info, *frames);
        writer.finish();
        return true;
    }, [this, clip, flow](const Outcome<bool>& written) {
        if (!written) return end(QString::fromUtf8(written.error().what()));
        m_job.start(m_program, {QStringLiteral("datasets"), QStringLiteral("flow"), clip, QStringLiteral("--clip"), QStringLiteral("0"), QStringLiteral("-o"), flow});
    });
}

void FlowController::read(const ClipPtr& clip)
{
    m_files.run([file = m_folder->filePath(QStringLiteral("flow.h5")).toStdString(), clip](std::stop_token) {
        const std::vector<std::uint8_t> bytes = openClipFile(file)->stream(0, "flow");
        FlowField field{clip->count(), clip->height(), clip->width(), {}};
        field.values.resize(static_cast<std::size_t>(field.frames) * field.height * field.width * 2);
        if (bytes.size() != field.values.size() * sizeof(float)) throw Error(ErrorCode::Damaged, "the flow has another size than the clip", file);
        std::memcpy(field.values.data(), bytes.data(), bytes.size());
        const std::size_t frame = field.values.size() / static_cast<std::size_t>(field.frames);
        if (field.frames > 1) std::copy_n(field.values.end() - static_cast<std::ptrdiff_t>(2 * frame), frame, field.values.end() - static_cast<std::ptrdiff_t>(frame));
        return std::make_shared<const FlowField>(std::move(field));
    }, [this, clip](const Outcome<FlowPtr>& outcome) {
        if (!outcome) return end(QString::fromUtf8(outcome.error().what()));
        m_busy.reset();
        if (std::ranges::find(m_wanted, clip) != m_wanted.end()) {
            m_known.emplace_back(clip, outcome.value());
            Q_EMIT ready();
        }
        next();
    });
}

void FlowController::end(const QString& problem)
{
    m_refused = std::exchange(m_busy, nullptr);
    if (std::ranges::find(m_wanted, m_refused) != m_wanted.end()) Q_EMIT failed(problem);
    next();
}
