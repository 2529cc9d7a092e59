#pragma once
#include <QMetaType>
#include <QObject>
#include <QString>
#include <QThreadPool>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "core/dataset/clip_source.h"

/// A clip made ready for the screen.
struct LoadedClip {
    std::shared_ptr<const kinora::Frames> frames;
    int step = 1;           ///< Every step-th frame of the clip was taken.
    double frameRateHz = 0;  ///< At which the taken frames play in real time; 0: unknown.
    QString problem;        ///< Why there are no frames.
};

/// How clips are made smaller.
struct ClipBudget {
    int side = 0;                             ///< Neither width nor height is larger; 0: as they are.
    int frames = 0;                           ///< At most so many frames, evenly spaced; 0: all.
    std::size_t clipBytes = std::size_t(1) << 30;   ///< One clip; longer ones take every second, third ... frame.
    std::size_t cacheBytes = std::size_t(256) << 20;
};

/// Reads the clips that are looked at, on two background threads, and keeps the latest.
///
/// What is wanted is replaced as a whole: clips that were scrolled away before their turn are never read.
/// Thread: the GUI thread's; signals arrive there.
class ClipLoader final : public QObject {
    Q_OBJECT
public:
    explicit ClipLoader(const ClipBudget& budget, QObject* parent = nullptr);
    ~ClipLoader() override;

    /// Forgets everything and reads from \p source from now on; nullptr: from nothing.
    void setSource(std::shared_ptr<const kinora::ClipSource> source);
    /// For another size on screen. Forgets everything that was loaded at the old one.
    void setSide(int side);
    /// Wants these clips, the most urgent first, and no others.
    void want(const std::vector<std::int64_t>& indices);
    /// A loaded clip, or one that failed; nullptr while it is not there.
    const LoadedClip* find(std::int64_t index) const;
    std::size_t cachedBytes() const { return m_bytes; }

Q_SIGNALS:
    void loaded(qint64 index);  ///< find() gives it now, with frames or with a problem.

private:
    struct Shared;
    void deliver(std::uint64_t generation, std::int64_t index, const LoadedClip& clip);
    void forget();

    ClipBudget m_budget;
    std::shared_ptr<const kinora::ClipSource> m_source;
    std::shared_ptr<Shared> m_shared;
    std::uint64_t m_generation = 0;
    struct Entry {
        LoadedClip clip;
        std::list<std::int64_t>::iterator place;
    };
    mutable std::list<std::int64_t> m_recent;  // newest use first
    mutable std::unordered_map<std::int64_t, Entry> m_cache;
    std::size_t m_bytes = 0;
    QThreadPool m_pool;  // last: its threads end before the rest goes
};

/// Reads one clip within a budget. \throws Error
LoadedClip loadClip(const kinora::ClipSource& source, std::int64_t index, const ClipBudget& budget);

Q_DECLARE_METATYPE(LoadedClip)
