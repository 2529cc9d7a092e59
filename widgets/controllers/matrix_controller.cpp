#include "widgets/controllers/matrix_controller.h"

#include <algorithm>

MatrixController::MatrixController(EngineClient& engine, QObject* parent) : QObject(parent), m_engine(engine)
{
    connect(&engine, &EngineClient::stateChanged, this, [this](EngineClient::State state) {
        if (state != EngineClient::State::Ready) m_clips.clear();  // the next engine may be another device, whose clips differ in the last bit
        m_clips.resize(m_whole.clips.size());
    });
}

bool MatrixController::sameKind(const GenerateRequest& request) const
{
    // "batch_minmax" makes a clip depend on those beside it
    return request.checkpoint == m_whole.checkpoint && request.frames == m_whole.frames && request.seed == m_whole.seed && request.range == "fixed" && m_whole.range == "fixed" && request.measure == m_whole.measure && request.view == m_whole.view;
}

void MatrixController::request(const GenerateRequest& request, int batch)
{
    const bool wasBusy = busy();
    if (m_pending) m_engine.cancel(*m_pending);
    ++m_turn;
    std::vector<std::shared_ptr<const kinora::Frames>> known(request.clips.size());
    if (sameKind(request))
        for (std::size_t cell = 0; cell < known.size(); ++cell) {
            // most often it stands where it stood
            if (cell < m_clips.size() && m_clips[cell] && m_whole.clips[cell] == request.clips[cell]) known[cell] = m_clips[cell];
            for (std::size_t other = 0; !known[cell] && other < m_clips.size(); ++other)
                if (m_clips[other] && m_whole.clips[other] == request.clips[cell]) known[cell] = m_clips[other];
        }
    m_whole = request;
    m_clips = std::move(known);
    m_batch = std::max(1, batch);
    m_done = 0;
    m_pending.reset();
    if (m_whole.clips.empty()) {
        if (wasBusy) Q_EMIT busyChanged(false);
        return;
    }
    const quint64 turn = m_turn;
    goOn(0);
    if (turn == m_turn && busy() != wasBusy) Q_EMIT busyChanged(busy());
}

void MatrixController::clear() { request({}, 1); }

void MatrixController::goOn(int first)
{
    const quint64 turn = m_turn;
    const int total = static_cast<int>(m_whole.clips.size());
    const auto isKnown = [this](int cell) { return m_clips[static_cast<std::size_t>(cell)] != nullptr; };
    while (m_done < total && isKnown(m_done)) ++m_done;
    const int done = m_done;
    const std::vector<std::shared_ptr<const kinora::Frames>> clips(m_clips.begin() + first, m_clips.begin() + done);
    if (done < total) ask();  // before the clips are shown: the engine does not wait for that
    if (clips.empty()) return;
    Q_EMIT clipsReady(first, clips);
    if (turn == m_turn) Q_EMIT progressed(done, total);
}

void MatrixController::ask()
{
    int end = m_done + 1;
    while (end < static_cast<int>(m_whole.clips.size()) && end - m_done < m_batch && !m_clips[static_cast<std::size_t>(end)]) ++end;
    GenerateRequest part = m_whole;
    part.clips.assign(m_whole.clips.begin() + m_done, m_whole.clips.begin() + end);
    m_pending = m_engine.generate(part, this, [this, turn = m_turn](const kinora::Outcome<GeneratedClips>& outcome) {
        if (turn != m_turn) return;
        m_pending.reset();
        if (!outcome) {
            Q_EMIT busyChanged(false);
            if (outcome.error().code() != kinora::ErrorCode::Cancelled) Q_EMIT failed(outcome.error());
            return;
        }
        const GeneratedClips& made = outcome.value();
        const int first = m_done;
        std::ranges::copy(made.clips, m_clips.begin() + first);
        if (made.milliseconds > 0) Q_EMIT measured(1000.0 * static_cast<double>(made.clips.size()) / made.milliseconds, made.peakBytes);
        if (turn == m_turn) goOn(first);
        if (turn == m_turn && !m_pending) Q_EMIT busyChanged(false);
    });
}
