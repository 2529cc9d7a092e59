#pragma once
#include <QObject>
#include <optional>
#include <vector>

#include "widgets/controllers/engine_client.h"

/// Generates many clips, a few per request, one request after the other, so that a slider's request never waits for more than one of them.
///
/// Cells whose values were made before, in any place of the latest matrix, are given at once and not asked for again; another checkpoint, length, seed or range, or another engine, forgets them.
class MatrixController final : public QObject {
    Q_OBJECT
public:
    explicit MatrixController(EngineClient& engine, QObject* parent = nullptr);
    bool busy() const { return m_pending.has_value(); }
    const std::vector<kinora::ControlValues>& cells() const { return m_whole.clips; }  ///< Of the latest request.

public Q_SLOTS:
    /// \param request  all clips; a request before it that is not finished is dropped
    /// \param batch    clips per request
    void request(const GenerateRequest& request, int batch);
    void clear();

Q_SIGNALS:
    void clipsReady(int first, const std::vector<std::shared_ptr<const kinora::Frames>>& clips);
    void progressed(int done, int total);
    void failed(const kinora::Error& error);
    void busyChanged(bool busy);
    /// What the engine said of the latest request: clips a second while it computed, and bytes (0: not measured).
    void measured(double clipsPerSecond, qint64 peakBytes);

private:
    void goOn(int first);  // gives what is there from that cell on, and asks for what is not
    void ask();
    bool sameKind(const GenerateRequest& request) const;

    EngineClient& m_engine;
    GenerateRequest m_whole;
    int m_batch = 1;
    int m_done = 0;                                              // cells that are there, from the first
    std::vector<std::shared_ptr<const kinora::Frames>> m_clips;  // of m_whole; nullptr: to be made
    std::optional<Stamp> m_pending;
    quint64 m_turn = 0;
};
