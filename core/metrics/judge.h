#pragma once
// A judge: a small network that reads the ground-truth factors of a dataset off clips, with what is known of its reliability. One safetensors file:
//   the network's tensors (weights F16, statistics F32)
//   metadata: format "kinora-judge", version, dataset, factors (JSON), training (JSON), kinora
#include <torch/torch.h>

#include <array>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/dataset/clip_source.h"
#include "core/metrics/metric_clips.h"
#include "core/options/options.h"

namespace kinora {

/// One factor that a judge reads, and how well.
struct JudgeFactor {
    std::string name, role;               ///< Role "appearance" or "motion".
    std::vector<std::string> categories;  ///< Not empty: a class.
    double mean = 0, deviation = 1;       ///< Of a number over the training clips.
    double score = 0;                     ///< On held-out clips: R^2 of a number; accuracy of a class.
    double chance = 0;                    ///< Of a class: the accuracy of always answering its most frequent value.
    double spread = 0;                    ///< Expected change between two independent real clips, as the judge reads them: mean squared difference, or share of different answers.
    double floor = 0;                     ///< Change of the reading, in spreads, when only the other half of the factors truly changes: what the judge itself mistakes.
    bool categorical() const { return !categories.empty(); }
    /// Score above chance: R^2, or (accuracy - chance) / (1 - chance). 0 is useless, 1 is perfect.
    double skill() const { return std::max(0.0, categorical() ? (chance < 1 ? (score - chance) / (1 - chance) : 0.0) : score); }
};
nlohmann::json toJson(const JudgeFactor& factor);

struct JudgeOptions {
    int64_t steps = 2000;
    int64_t batch = 32;
    int64_t trainingClips = 6000;
    int64_t testClips = 1000;
    int64_t seed = 0;
    template <class Fields>
    void describe(Fields& f)
    {
        f("steps", steps, range(1, 1e6), "Training steps");
        f("batch", batch, range(2, 512), "Clips in a step");
        f("training_clips", trainingClips, range(16, 1e6), "Clips that it learns from");
        f("test_clips", testClips, range(16, 1e6), "Further clips that its scores are measured on");
        f("seed", seed, range(0, 1e18), "Seed of weights, batches and noise");
    }
};

/// Reads factors off clips of any size and at least two frames: appearance from the first and the middle frame at 64 x 64, motion from the luma of 16 frames at 32 x 32
/// around their mean, so that what stands still cannot tell of what moves.
/// Thread: one at a time. Always on the CPU.
class Judge {
public:
    static constexpr int kFrames = 16, kStillSize = 64, kMotionSize = 32;
    static constexpr int kVersion = 1;

    /// \throws Error (NotFound, Damaged, Incompatible for a foreign or newer file)
    explicit Judge(const std::filesystem::path& file);
    ~Judge();
    Judge(Judge&&) noexcept;
    Judge& operator=(Judge&&) noexcept;

    const std::vector<JudgeFactor>& factors() const;
    const std::string& dataset() const;      ///< What it was trained on.
    const nlohmann::json& training() const;  ///< Options, clips, seconds.
    /// SHA-256 of the file it was read from; empty for one that was just trained.
    const std::string& sha256() const;

    /// Factors of clips of one call. \returns (N, K) float64: numbers in the dataset's units, classes as the index of the likeliest
    torch::Tensor read(const std::vector<Frames>& clips);
    /// The bytes of its file.
    std::string serialize() const;

private:
    struct Private;
    explicit Judge(std::unique_ptr<Private> d);
    std::unique_ptr<Private> d;
    friend Judge trainJudge(const ClipSource&, const JudgeOptions&, const MetricCall&);
    friend void measureFloor(Judge&, int64_t, const std::function<std::array<Frames, 4>(int64_t)>&, const MetricCall&);
};

/// Trains a judge of every label column that has a role, on the first clips of \p source, and scores it on the clips after them. The scores are those of the rounded
/// weights that serialize() writes. Random numbers come from LibTorch's default generator, seeded here.
/// \throws Error (Usage if no column has a role or there are too few clips, Cancelled)
Judge trainJudge(const ClipSource& source, const JudgeOptions& options, const MetricCall& call = {});

/// Measures JudgeFactor::floor on clips whose halves truly are exchanged: \p quadruple gives clip (a, m), (a, m'), (a', m), (a', m') of pair \p i.
void measureFloor(Judge& judge, int64_t pairs, const std::function<std::array<Frames, 4>(int64_t i)>& quadruple, const MetricCall& call = {});

}  // namespace kinora
