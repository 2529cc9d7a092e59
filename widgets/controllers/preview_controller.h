#pragma once
#include <QObject>
#include <optional>

#include "widgets/controllers/engine_client.h"

/// Keeps the picture in step with the sliders: at most one request is under way, and the newest wishes are sent when it has been answered.
///
/// An older answer is shown while a newer one is computed, so a slider in motion keeps moving the picture.
class PreviewController final : public QObject {
    Q_OBJECT
public:
    explicit PreviewController(EngineClient& engine, QObject* parent = nullptr) : QObject(parent), m_engine(engine) {}
    bool busy() const { return m_pending.has_value(); }

public Q_SLOTS:
    /// Wants this clip; only request.clips.front() counts. Returns at once.
    void request(const GenerateRequest& request);
    /// Forgets what is wanted and under way.
    void clear();

Q_SIGNALS:
    /// \param newest  false if a newer request is already on its way
    void clipReady(const std::shared_ptr<const kinora::Frames>& clip, double milliseconds, bool newest);
    void failed(const kinora::Error& error);
    void busyChanged(bool busy);

private:
    void send();
    void deliver(const kinora::Outcome<GeneratedClips>& outcome);

    EngineClient& m_engine;
    std::optional<GenerateRequest> m_wanted;  // not sent yet
    std::optional<Stamp> m_pending;
    quint64 m_turn = 0;  // answers of an earlier turn are nobody's
};
