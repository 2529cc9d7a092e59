#pragma once
#include <QObject>
#include <QString>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <vector>

#include "core/run/run_directory.h"
#include "widgets/controllers/job_runner.h"

/// A sample matrix ready for the screen: its clips are shared, not copied.
struct SampleClips {
    std::int64_t step = 0;
    int rows = 0, columns = 0;
    double frameRateHz = 10;
    std::vector<std::shared_ptr<const kinora::Frames>> clips;  ///< Row-major.
    std::size_t bytes() const;
};
using SamplesPtr = std::shared_ptr<const SampleClips>;

/// How two pictures are set against each other.
enum class SampleDifference {
    None,         ///< The picture itself.
    Signed,       ///< 128 + half the difference: grey where nothing changed.
    Absolute,     ///< |difference|: black where nothing changed.
    Amplified,    ///< Four times |difference|, at most 255.
};

/// Every clip of \p now against that of \p before. A cell that the other lacks, or that has another size there, stays empty.
SamplesPtr sampleDifference(const SampleClips& now, const SampleClips& before, SampleDifference mode);

/// Reads the sample matrices of a run off the GUI thread, one after the other: the wanted ones first, then what was asked for ahead.
///
/// What is wanted is replaced as a whole, so that steps that were passed over before their turn are never read. The latest matrices are kept, up to a
/// number of bytes; one that is kept is given at once and read anew if its file has changed since.
/// Thread: the GUI thread's; signals arrive there.
class SampleReader final : public QObject {
    Q_OBJECT
public:
    explicit SampleReader(std::size_t cacheBytes = std::size_t(160) << 20, QObject* parent = nullptr);

    /// What there is. Another folder forgets everything; steps that are gone are forgotten.
    void setFiles(const QString& folder, const std::vector<kinora::SampleFile>& files);
    /// Wants these steps, the most urgent first, and no others. \p ahead of them are read once the rest is there, and say nothing when they fail.
    void want(const std::vector<std::int64_t>& steps, const std::vector<std::int64_t>& ahead = {});
    /// nullptr while it is not there.
    SamplesPtr find(std::int64_t step) const;
    std::size_t cachedBytes() const { return m_bytes; }
    bool idle() const { return !m_reading && m_queue.empty(); }

Q_SIGNALS:
    void loaded(qint64 step);  ///< find() gives it now, for the first time or anew.
    void failed(qint64 step, const kinora::Error& error);

private:
    struct Stamp {
        std::int64_t time = 0;
        std::uintmax_t size = 0;
        bool operator==(const Stamp&) const = default;
    };
    struct Entry {
        SamplesPtr samples;
        Stamp stamp;
        std::list<std::int64_t>::iterator place;
    };
    struct Task {
        std::int64_t step = 0;
        bool ahead = false;
    };
    struct Result;
    void next();
    void forget(std::int64_t step);

    std::size_t m_budget;
    std::size_t m_bytes = 0;
    QString m_folder;
    std::map<std::int64_t, std::filesystem::path> m_files;
    mutable std::list<std::int64_t> m_recent;  // newest use first
    std::map<std::int64_t, Entry> m_cache;
    std::list<Task> m_queue;
    bool m_reading = false;
    JobRunner m_jobs;  // last: its thread ends before the rest goes
};
