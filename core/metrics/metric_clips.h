#pragma once
// The clips that metrics measure: generated ones (or another dataset's, as a sanity check) on one side, real ones on the other.
#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/clip/frames.h"
#include "core/dataset/clip_source.h"
#include "core/system/system.h"

namespace kinora {

/// How far a measurement is: what it does now, done and total.
using MetricProgress = std::function<void(std::string_view phase, int64_t done, int64_t total)>;

/// Stop request and progress of one measurement.
struct MetricCall {
    std::stop_token stop;
    MetricProgress progress;
    /// \throws Error (Cancelled)
    void check(std::string_view phase, int64_t done, int64_t total) const;
};

/// Both sides of a measurement, chosen by a seed alone: the same clips in the same order every time, so that figures of a run's steps differ by its weights only.
///
/// Generated clip i takes its appearance from draw i and its motion from draw i. Real clips come in a shuffled order, each with a window of its own at a frame step that the
/// system trains with (the largest that fits where none of them does), shrunk to the generated size with the loader's filter. All are uint8, as on disk and on screen: generated values are rounded to (x + 1) * 127.5.
/// A side is kept in memory while it is small (512 MB), else made anew for every metric.
/// Thread: one at a time, the one that owns the system.
class MetricClips {
public:
    struct Setup {
        System* system = nullptr;                     ///< What is measured; in eval mode or not, on any device.
        std::shared_ptr<const ClipSource> standIn;    ///< Measured in place of a system's clips where `system` is null.
        std::shared_ptr<const ClipSource> real;       ///< May be null for metrics that need no data.
        std::string split;                            ///< Of the real clips. Empty: "train" where the dataset names that split, else all.
        std::string standInSplit;                     ///< Likewise. Where both sides are the same split of the same dataset, they take every other clip.
        int frames = 0;                               ///< 0: the system's trained length, or that of the stand-in's first clip.
        uint64_t seed = 0;
        /// Values of controls without a prior (pictures, maps) for draw \p clip; core/training/sample_controls.h has one that takes them from a dataset.
        std::function<void(int64_t clip, int frames, ControlRole role, ControlValues& values)> given;
        nlohmann::json subject = nlohmann::json::object();  ///< What is measured, for the record: checkpoint and its SHA-256, system, step, weights.
    };
    /// \throws Error (Usage if there is nothing to measure or the length cannot be generated, Incompatible if no real clip is long enough)
    explicit MetricClips(Setup setup);

    System* system() const { return m_setup.system; }
    const ClipSource* realSource() const { return m_setup.real.get(); }
    uint64_t seed() const { return m_setup.seed; }
    int frames() const { return m_frames; }
    int width() const { return m_width; }
    int height() const { return m_height; }
    const nlohmann::json& subject() const { return m_setup.subject; }
    /// How many clips a side has; a system has any number.
    int64_t generatedAvailable() const;
    int64_t realAvailable() const { return static_cast<int64_t>(m_realOrder.size()); }
    /// Which clip of the dataset real clip \p index is cut from.
    int64_t realClip(int64_t index) const { return m_realOrder.at(static_cast<std::size_t>(index)).clip; }

    using Visit = std::function<void(int64_t index, const Frames& clip)>;
    /// The first \p count generated clips in order. \throws Error (Cancelled, Numerical for values that are not finite, Usage if there are fewer)
    void generated(int64_t count, const MetricCall& call, const Visit& visit);
    /// The first \p count real clips in order. \throws Error (Cancelled, Usage if there is no dataset or it has fewer)
    void real(int64_t count, const MetricCall& call, const Visit& visit);

    /// One clip per pair (appearance draw, motion draw). \p frames 0: frames(). \throws Error (Usage if a dataset stands in, Cancelled, Numerical)
    void combined(const std::vector<std::pair<int64_t, int64_t>>& draws, int frames, const MetricCall& call, const Visit& visit);
    /// True if the system has a control of either role alone, so that one can change without the other.
    bool separable() const;

    /// To be called when the weights have changed. The real side is kept.
    void forgetGenerated() { m_generated.clear(); }
    /// Of what is measured, for the record beside a new number.
    void setSubject(nlohmann::json subject) { m_setup.subject = std::move(subject); }

    /// What two measurements must share to be compared, as JSON: seed, frames, size, range, how many clips of which kind.
    nlohmann::json generatedProtocol(int64_t count) const;
    /// Likewise; names the dataset, its split and size, the SHA-256 of the very clips that were compared with, and whether their source was lossless.
    nlohmann::json realProtocol(int64_t count, const MetricCall& call);

private:
    struct Window {
        int64_t clip = 0;
        FrameWindow window;
    };
    std::vector<Window> select(const ClipSource& source, std::string& split) const;
    Frames read(const ClipSource& source, const Window& window) const;
    void walk(const ClipSource& source, const std::vector<Window>& order, std::vector<Frames>& kept, int64_t count, std::string_view phase, const MetricCall& call, const Visit& visit) const;

    Setup m_setup;
    int m_frames = 0, m_width = 0, m_height = 0;
    std::vector<int> m_frameSteps = {1};
    std::vector<Window> m_realOrder, m_standInOrder;
    std::vector<Frames> m_generated, m_real;
    std::vector<std::string> m_realHashes;
};

}  // namespace kinora
