#pragma once
#include <QObject>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "core/dataset/clip_source.h"
#include "core/study/study.h"
#include "widgets/controllers/engine_client.h"
#include "widgets/controllers/job_runner.h"
#include "widgets/controllers/matrix_controller.h"

/// Clips \p first, first + 1, ... of a dataset, at most \p count, each of at most \p frames frames from its beginning and no side larger than 512 pixels.
/// \throws Error (as ClipSource::frames; Cancelled)
std::vector<std::shared_ptr<const kinora::Frames>> readClips(const kinora::ClipSource& source, std::int64_t first, int count, int frames, std::stop_token stop);

/// Where the clips of one system of a study come from: a checkpoint with codes, or a dataset.
struct StudySource {
    int checkpoint = 0;  ///< A handle of the engine client; 0: a dataset.
    std::vector<kinora::ControlValues> codes;
    int frames = 16;
    std::shared_ptr<const kinora::ClipSource> dataset;
    std::int64_t firstClip = 0;
};

/// Makes a study: generates the clips of its systems, brings them to one length (the shortest) and one size (the largest), and writes the files.
class StudyMaker final : public QObject {
    Q_OBJECT
public:
    explicit StudyMaker(EngineClient& engine, QObject* parent = nullptr);
    bool busy() const { return m_busy; }
    /// \param sources  one for each of the design's systems, with as many codes as the design has clips
    void make(const QString& file, const kinora::StudyDesign& design, const std::vector<StudySource>& sources);
    void cancel();  ///< Nothing is written.

Q_SIGNALS:
    void progressed(int done, int total);
    void made(const QString& file);
    void failed(const kinora::Error& error);

private:
    void next();
    void took(const std::vector<std::shared_ptr<const kinora::Frames>>& clips);
    void fail(const kinora::Error& error);
    void write();

    EngineClient& m_engine;
    MatrixController m_matrix;
    QString m_file;
    kinora::StudyDesign m_design;
    std::vector<StudySource> m_sources;
    std::vector<std::shared_ptr<const kinora::Frames>> m_clips;
    bool m_busy = false;
    JobRunner m_jobs;  // last: its thread ends before the rest goes
};
