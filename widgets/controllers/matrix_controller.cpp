#include "widgets/controllers/matrix_controller.h"

#include <algorithm>

void MatrixController::request(const GenerateRequest& request, int batch)
{
    const bool wasBusy = busy();
    if (m_pending) m_engine.cancel(*m_pending);
    ++m_turn;
    m_whole = request;
    m_batch = std::max(1, batch);
    m_done = 0;
    m_pending.reset();
    if (m_whole.clips.empty()) {
        if (wasBusy) Q_EMIT busyChanged(false);
        return;
    }
    next();
    if (!wasBusy) Q_EMIT busyChanged(true);
}

void MatrixController::clear() { request({}, 1); }

void MatrixController::next()
{
    GenerateRequest part = m_whole;
    const auto begin = m_whole.clips.begin() + m_done;
    part.clips.assign(begin, begin + std::min<std::ptrdiff_t>(m_batch, m_whole.clips.end() - begin));
    m_pending = m_engine.generate(part, this, [this, turn = m_turn](const kinora::Outcome<GeneratedClips>& outcome) {
        if (turn != m_turn) return;
        m_pending.reset();
        if (!outcome) {
            Q_EMIT busyChanged(false);
            if (outcome.error().code() != kinora::ErrorCode::Cancelled) Q_EMIT failed(outcome.error());
            return;
        }
        const int first = m_done, total = static_cast<int>(m_whole.clips.size());
        m_done += static_cast<int>(outcome.value().clips.size());
        if (m_done < total) next();
        if (const GeneratedClips& made = outcome.value(); made.milliseconds > 0) Q_EMIT measured(1000.0 * static_cast<double>(made.clips.size()) / made.milliseconds, made.peakBytes);
        if (turn != m_turn) return;
        Q_EMIT clipsReady(first, outcome.value().clips);
        if (turn != m_turn) return;
        Q_EMIT progressed(m_done, total);
        if (!m_pending) Q_EMIT busyChanged(false);
    });
}
