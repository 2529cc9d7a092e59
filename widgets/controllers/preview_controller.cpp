#include "widgets/controllers/preview_controller.h"

void PreviewController::request(const GenerateRequest& request)
{
    m_wanted = request;
    if (!m_pending) send();
}

void PreviewController::clear()
{
    ++m_turn;
    m_wanted.reset();
    if (!m_pending) return;
    m_engine.cancel(*m_pending);
    m_pending.reset();
    Q_EMIT busyChanged(false);
}

void PreviewController::send()
{
    const GenerateRequest request = *std::exchange(m_wanted, std::nullopt);
    m_pending = m_engine.generate(request, this, [this, turn = m_turn](const kinora::Outcome<GeneratedClips>& outcome) {
        if (turn == m_turn) deliver(outcome);
    });
    Q_EMIT busyChanged(true);
}

void PreviewController::deliver(const kinora::Outcome<GeneratedClips>& outcome)
{
    m_pending.reset();
    const bool newest = !m_wanted;
    if (m_wanted) send();
    if (outcome) {
        Q_EMIT clipReady(outcome.value().clips.front(), outcome.value().roundTripMs, newest);
    } else if (newest && outcome.error().code() != kinora::ErrorCode::Cancelled) {
        Q_EMIT failed(outcome.error());
    }
    if (!m_pending) Q_EMIT busyChanged(false);
}
