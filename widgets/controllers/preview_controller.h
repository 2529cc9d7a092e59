#pragma once
#include <QElapsedTimer>
#include <QObject>
#include <QTimer>
#include <optional>

#include "widgets/controllers/engine_client.h"

/// Keeps the picture in step with the sliders: at most one request is under way, and the newest wishes are sent when it has been answered.
///
/// An older answer is shown while a newer one is computed, so a slider in motion keeps moving the picture. Over a slow link wishes that follow each other quickly are met with previews;
/// when they pause the exact clip follows, and until it is there the controller is busy.
class PreviewController final : public QObject {
    Q_OBJECT
public:
    explicit PreviewController(EngineClient& engine, QObject* parent = nullptr);
    bool busy() const { return m_pending.has_value() || m_settle.isActive(); }

public Q_SLOTS:
    /// Wants this clip; only request.clips.front() counts. Returns at once.
    void request(const GenerateRequest& request);
    /// Forgets what is wanted and under way.
    void clear();

Q_SIGNALS:
    /// \param newest  false if a newer request is already on its way, or the exact clip after a preview
    void clipReady(const std::shared_ptr<const kinora::Frames>& clip, double milliseconds, bool newest);
    void failed(const kinora::Error& error);
    void busyChanged(bool busy);

private:
    void send();
    void deliver(const kinora::Outcome<GeneratedClips>& outcome);

    EngineClient& m_engine;
    std::optional<GenerateRequest> m_wanted;  // not sent yet
    std::optional<Stamp> m_pending;
    GenerateRequest m_sent;
    QElapsedTimer m_lastWish;
    QTimer m_settle;     // from a preview to the request for the exact clip
    quint64 m_turn = 0;  // answers of an earlier turn are nobody's
};
