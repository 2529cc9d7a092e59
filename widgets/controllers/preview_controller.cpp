#include "widgets/controllers/preview_controller.h"

namespace {
constexpr int kDragMs = 400;    // wishes this close to each other come from a movement
constexpr int kSettleMs = 250;  // without another wish: the movement has paused
}  // namespace

PreviewController::PreviewController(EngineClient& engine, QObject* parent) : QObject(parent), m_engine(engine)
{
    m_settle.setSingleShot(true);
    m_settle.setInterval(kSettleMs);
    connect(&m_settle, &QTimer::timeout, this, [this] {
        m_wanted = m_sent;
        m_wanted->preview = false;
        send();
    });
}

void PreviewController::request(const GenerateRequest& request)
{
    m_settle.stop();
    m_wanted = request;
    m_wanted->preview = m_engine.remote() && m_lastWish.isValid() && m_lastWish.elapsed() < kDragMs;
    m_lastWish.restart();
    if (!m_pending) send();
}

void PreviewController::clear()
{
    ++m_turn;
    m_wanted.reset();
    if (!busy()) return;
    m_settle.stop();
    if (m_pending) m_engine.cancel(*m_pending);
    m_pending.reset();
    Q_EMIT busyChanged(false);
}

void PreviewController::send()
{
    m_sent = *std::exchange(m_wanted, std::nullopt);
    m_pending = m_engine.generate(m_sent, this, [this, turn = m_turn](const kinora::Outcome<GeneratedClips>& outcome) {
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
        const bool exact = outcome.value().exact;
        if (newest && !exact) m_settle.start();
        Q_EMIT clipReady(outcome.value().clips.front(), outcome.value().roundTripMs, newest && exact);
    } else if (newest && outcome.error().code() != kinora::ErrorCode::Cancelled) {
        Q_EMIT failed(outcome.error());
    }
    if (!busy()) Q_EMIT busyChanged(false);
}
