#pragma once
#include <QObject>
#include <QTimer>
#include <optional>

#include "widgets/controllers/engine_client.h"

/// Asks the engine's judge about the clip that is shown and its reference, once movements have paused; at most one request is under way.
class JudgeController final : public QObject {
    Q_OBJECT
public:
    using ClipPtr = std::shared_ptr<const kinora::Frames>;
    explicit JudgeController(EngineClient& engine, QObject* parent = nullptr);

    /// \param reference  may be null, or of another size: then it is left out. A null clip asks for nothing.
    void request(int checkpoint, const ClipPtr& clip, const ClipPtr& reference);
    void clear();  ///< Forgets what is wanted and under way.

Q_SIGNALS:
    void judged(const JudgedClips& judged);     ///< Readings of the clip and, if it has one, of the reference.
    void refused(const kinora::Error& error);   ///< There is no judge for this checkpoint, or it failed.

private:
    void send();

    EngineClient& m_engine;
    QTimer m_settle;
    int m_checkpoint = 0;
    int m_without = 0;  // a checkpoint that has no judge: it is not asked for again
    std::optional<kinora::Error> m_why;
    ClipPtr m_clip, m_reference;
    bool m_wanted = false;
    std::optional<Stamp> m_pending;
    quint64 m_turn = 0;
};
