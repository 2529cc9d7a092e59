#include "widgets/controllers/judge_controller.h"

namespace {
constexpr int kSettleMs = 120;  // without another clip: the movement has paused, and the slider does not wait for a judge
}

JudgeController::JudgeController(EngineClient& engine, QObject* parent) : QObject(parent), m_engine(engine)
{
    m_settle.setSingleShot(true);
    m_settle.setInterval(kSettleMs);
    connect(&m_settle, &QTimer::timeout, this, [this] {
        if (m_wanted && !m_pending) send();
    });
}

void JudgeController::request(int checkpoint, const ClipPtr& clip, const ClipPtr& reference)
{
    if (!clip || clip->count() < 2) return clear();
    if (checkpoint == m_without && m_why) return Q_EMIT refused(*m_why);
    m_checkpoint = checkpoint;
    m_clip = clip;
    const bool alike = reference && reference->count() == clip->count() && reference->height() == clip->height() && reference->width() == clip->width();
    m_reference = alike ? reference : nullptr;
    m_wanted = true;
    m_settle.start();
}

void JudgeController::clear()
{
    ++m_turn;
    m_settle.stop();
    m_wanted = false;
    if (m_pending) m_engine.cancel(*m_pending);
    m_pending.reset();
    m_clip.reset();
    m_reference.reset();
}

void JudgeController::send()
{
    m_wanted = false;
    std::vector<ClipPtr> clips{m_clip};
    if (m_reference) clips.push_back(m_reference);
    m_pending = m_engine.judge(m_checkpoint, clips, this, [this, turn = m_turn, checkpoint = m_checkpoint](const kinora::Outcome<JudgedClips>& outcome) {
        if (turn != m_turn) return;
        m_pending.reset();
        if (outcome) {
            Q_EMIT judged(outcome.value());
        } else if (outcome.error().code() != kinora::ErrorCode::Cancelled) {
            if (outcome.error().code() == kinora::ErrorCode::Incompatible || outcome.error().code() == kinora::ErrorCode::NotFound || outcome.error().code() == kinora::ErrorCode::Usage) {
                m_without = checkpoint;
                m_why = outcome.error();
                m_wanted = false;
            }
            Q_EMIT refused(outcome.error());
        }
        if (m_wanted && !m_settle.isActive()) send();
    });
}
