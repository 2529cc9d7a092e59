#include "core/metrics/swap_consistency.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/util/error.h"
#include "core/util/file.h"

namespace kinora {
namespace {
namespace fs = std::filesystem;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kLeastVariation = 0.05;

/// Mean change of a column between two clips of every pair.
double change(const torch::Tensor& column, bool categorical, SwapClip one, SwapClip other)
{
    const torch::Tensor a = column.select(1, one), b = column.select(1, other);
    return (categorical ? a.ne(b).to(torch::kFloat64) : (a - b).square()).mean().item<double>();
}

double harmonic(std::initializer_list<double> values)
{
    double sum = 0;
    for (const double value : values) {
        if (std::isnan(value)) return kNaN;
        if (value <= 0) return 0;
        sum += 1 / value;
    }
    return static_cast<double>(values.size()) / sum;
}

struct SwapOptions {
    int64_t pairs = 64, resamples = 200;
    double usableScore = 0.5;
    std::string judge;
    template <class Fields>
    void describe(Fields& f)
    {
        f("pairs", pairs, range(2, 100000), "Pairs of codes; each makes four clips");
        f("usable_score", usableScore, range(0, 1), "Factors that the judge reads worse than this above chance are left out");
        f("judge", judge, anything(), "File of the judge; empty: the one that is shipped for the dataset's factors");
        f("resamples", resamples, range(10, 10000), "Bootstrap draws for the intervals");
    }
};

class SwapMetric final : public OptionedMetric<SwapOptions> {
public:
    MetricDescription description() const override
    {
        return {"swap_consistency", "Swap consistency", "Whether appearance stays with the appearance code and motion with the motion code when the other is exchanged, as a judge reads the factors. 1 is perfect.",
                false, "harmonic mean of shares", {"factors", "appearance and motion controls"}, describeOptions<SwapOptions>("metric")};
    }

    void check(const MetricClips& clips) const override
    {
        if (!clips.separable())
            throw Error(ErrorCode::Usage, clips.system() ? "this system has no separate appearance and motion controls that could be exchanged" : "needs a system whose codes can be exchanged, not a dataset's clips",
                        "swap_consistency");
        judgeFile(clips);
    }

private:
    int version() const override { return 1; }

    fs::path judgeFile(const MetricClips& clips) const
    {
        if (!m_options.judge.empty()) return m_options.judge;
        if (!clips.realSource()) throw Error(ErrorCode::Usage, "needs a dataset with known factors, or a judge (swap_consistency.judge=FILE)", "swap_consistency");
        const fs::path file = shippedJudge(*clips.realSource());
        if (file.empty())
            throw Error(ErrorCode::Usage, "there is no judge for the factors of this dataset; train one with 'kinora train --judge builtin:faces --run DIR' and name it with "
                                          "swap_consistency.judge=FILE", clips.realSource()->name());
        return file;
    }

    void compute(MetricClips& clips, const MetricCall& call, MetricResult& result) override
    {
        check(clips);
        const fs::path file = judgeFile(clips);
        Judge judge(file);
        const LengthRule length = clips.system()->describe().length;
        const int frames = length.allows(Judge::kFrames) ? Judge::kFrames : clips.frames();
        if (frames != Judge::kFrames)
            result.notes.push_back("the system cannot make the " + std::to_string(Judge::kFrames) + " frames that the judge knows; its " + std::to_string(frames) + " are resampled");
        std::vector<std::pair<int64_t, int64_t>> draws;
        for (int64_t pair = 0; pair < m_options.pairs; ++pair)
            for (const auto& [appearance, motion] : {std::pair<int64_t, int64_t>{0, 0}, {0, 1}, {1, 0}, {1, 1}}) draws.emplace_back(2 * pair + appearance, 2 * pair + motion);
        torch::Tensor readings = torch::empty({m_options.pairs * 4, static_cast<int64_t>(judge.factors().size())}, torch::kFloat64);
        clips.combined(draws, frames, call, [&](int64_t index, const Frames& clip) { readings[index].copy_(judge.read({clip})[0]); });
        readings = readings.view({m_options.pairs, 4, -1});

        result.protocol["measured"] = clips.generatedProtocol(m_options.pairs * 4);
        result.protocol["measured"]["frames"] = frames;
        // the file's name and place do not matter
        result.protocol["options"].erase("judge");
        result.protocol["extractor"] = {{"judge", judge.dataset()}, {"sha256", judge.sha256()}};

        const SwapConsistency found = swapConsistency(judge.factors(), readings, m_options.usableScore);
        std::vector<std::vector<double>> redrawn;
        if (m_options.pairs >= 8)
            bootstrapInterval(m_options.pairs, clips.seed(), [&](const std::vector<int64_t>& cases) {
                const SwapConsistency again = swapConsistency(judge.factors(), readings.index_select(0, torch::tensor(cases, torch::kInt64)), m_options.usableScore);
                redrawn.push_back({again.score, again.matrix[1][0], again.matrix[0][1], again.appearanceKept, again.motionKept, again.appearanceChanged, again.motionChanged});
                return 0.0;
            }, static_cast<int>(m_options.resamples));
        const auto interval = [&](std::size_t which) -> std::optional<std::pair<double, double>> {
            std::vector<double> values;
            for (const std::vector<double>& one : redrawn) {
                if (!std::isfinite(one[which])) return std::nullopt;
                values.push_back(one[which]);
            }
            if (values.empty()) return std::nullopt;
            std::ranges::sort(values);
            const auto at = [&](double share) { return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5)]; };
            return std::pair{at(0.025), at(0.975)};
        };
        result.values = {{"swap_consistency", found.score, interval(0)},
                         {"appearance_leak", found.matrix[1][0], interval(1)},
                         {"motion_leak", found.matrix[0][1], interval(2)},
                         {"appearance_kept", found.appearanceKept, interval(3)},
                         {"motion_kept", found.motionKept, interval(4)},
                         {"appearance_changed", found.appearanceChanged, interval(5)},
                         {"motion_changed", found.motionChanged, interval(6)}};
        const auto number = [](double value) { return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json(); };
        nlohmann::json rows = nlohmann::json::array();
        std::string still;
        for (const SwapFactor& f : found.factors) {
            rows.push_back({{"name", f.name}, {"role", f.role}, {"score", f.score}, {"judge_floor", f.floor}, {"used", f.used}, {"varies", f.varies}, {"variation", number(f.variation)},
                            {"by_appearance", number(f.byAppearance)}, {"by_motion", number(f.byMotion)}, {"leak", number(f.leak)}, {"kept", number(f.kept)}, {"changed", number(f.changed)}});
            if (!f.varies) still += (still.empty() ? "" : ", ") + f.name;
        }
        result.details = {{"factors", rows},
                          {"leakage", {{"rows", {"appearance code changed", "motion code changed"}}, {"columns", {"appearance factors moved", "motion factors moved"}},
                                       {"values", {{number(found.matrix[0][0]), number(found.matrix[0][1])}, {number(found.matrix[1][0]), number(found.matrix[1][1])}}}}},
                          {"appearance_factors", found.appearanceFactors}, {"motion_factors", found.motionFactors}};
        if (!still.empty()) result.notes.push_back("left out of the leaks because no code changes them: " + still);
    }
};
}  // namespace

SwapConsistency swapConsistency(const std::vector<JudgeFactor>& factors, const torch::Tensor& readings, double usableScore)
{
    if (readings.dim() != 3 || readings.size(0) < 1 || readings.size(1) != 4 || readings.size(2) != static_cast<int64_t>(factors.size()))
        throw Error(ErrorCode::ShapeMismatch, "swap readings are (pairs, 4, factors)");
    SwapConsistency result;
    std::array<std::array<double, 2>, 2> sums{};
    std::array<double, 2> kept{}, changed{};
    std::array<int, 2> varying{}, readable{};
    for (std::size_t k = 0; k < factors.size(); ++k) {
        const JudgeFactor& factor = factors[k];
        SwapFactor row{.name = factor.name, .role = factor.role, .score = factor.score, .floor = factor.floor};
        const torch::Tensor column = readings.select(2, static_cast<int64_t>(k)).to(torch::kFloat64);
        const bool c = factor.categorical();
        // every pair tells each change twice
        const double both = (change(column, c, Original, BothChanged) + change(column, c, MotionChanged, AppearanceChanged)) / 2;
        const double appearance = (change(column, c, Original, AppearanceChanged) + change(column, c, MotionChanged, BothChanged)) / 2;
        const double motion = (change(column, c, Original, MotionChanged) + change(column, c, AppearanceChanged, BothChanged)) / 2;
        const double spread = std::max(factor.spread, 1e-12);
        row.variation = both / spread;
        row.varies = row.variation >= kLeastVariation;
        row.byAppearance = row.varies ? appearance / both : kNaN;
        row.byMotion = row.varies ? motion / both : kNaN;
        const bool isMotion = factor.role == "motion";
        const double wrong = isMotion ? appearance : motion, right = isMotion ? motion : appearance;
        const double floor = std::min(factor.floor, 0.99);
        row.leak = row.varies ? (wrong / both - floor) / (1 - floor) : kNaN;
        row.kept = 1 - std::clamp((wrong / spread - floor) / (1 - floor), 0.0, 1.0);
        row.changed = std::clamp(right / spread, 0.0, 1.0);
        const bool readableHere = factor.skill() >= usableScore;
        row.used = readableHere && row.varies;
        const std::size_t place = isMotion ? 1 : 0;
        if (readableHere) {
            kept[place] += row.kept;
            changed[place] += row.changed;
            ++readable[place];
        }
        if (row.used) {
            sums[0][place] += isMotion ? row.leak : row.byAppearance;
            sums[1][place] += isMotion ? row.byMotion : row.leak;
            ++varying[place];
        }
        result.factors.push_back(row);
    }
    for (std::size_t row = 0; row < 2; ++row)
        for (std::size_t column = 0; column < 2; ++column) result.matrix[row][column] = varying[column] > 0 ? sums[row][column] / varying[column] : kNaN;
    result.appearanceFactors = varying[0];
    result.motionFactors = varying[1];
    result.appearanceKept = readable[0] > 0 ? kept[0] / readable[0] : kNaN;
    result.motionKept = readable[1] > 0 ? kept[1] / readable[1] : kNaN;
    result.appearanceChanged = readable[0] > 0 ? changed[0] / readable[0] : kNaN;
    result.motionChanged = readable[1] > 0 ? changed[1] / readable[1] : kNaN;
    result.score = harmonic({result.appearanceKept, result.motionKept, result.appearanceChanged, result.motionChanged});
    return result;
}

SwapShares swapShares(const torch::Tensor& appearance, const torch::Tensor& motion)
{
    if (appearance.dim() != 2 || appearance.size(1) != 4 || appearance.sizes() != motion.sizes()) throw Error(ErrorCode::ShapeMismatch, "swap answers are (pairs, 4)");
    SwapShares shares;
    shares.appearanceKept = 1 - change(appearance, true, Original, MotionChanged);
    shares.motionKept = 1 - change(motion, true, Original, AppearanceChanged);
    shares.appearanceChanged = change(appearance, true, Original, AppearanceChanged);
    shares.motionChanged = change(motion, true, Original, MotionChanged);
    shares.harmonic = harmonic({shares.appearanceKept, shares.motionKept});
    return shares;
}

std::filesystem::path shippedJudge(const ClipSource& source)
{
    std::vector<LabelColumn> wanted;
    for (const LabelColumn& column : source.labelColumns())
        if (column.role == "appearance" || column.role == "motion") wanted.push_back(column);
    std::error_code ignored;
    std::vector<fs::path> files;
    for (const fs::directory_entry& entry : fs::directory_iterator(Places::resources() / "judges", ignored))
        if (entry.path().extension() == ".safetensors") files.push_back(entry.path());
    std::ranges::sort(files);
    for (const fs::path& file : files) {
        const Judge judge(file);
        bool same = judge.factors().size() == wanted.size();
        for (std::size_t k = 0; same && k < wanted.size(); ++k)
            same = judge.factors()[k].name == wanted[k].name && judge.factors()[k].role == wanted[k].role && judge.factors()[k].categories == wanted[k].categories;
        if (same) return file;
    }
    return {};
}

namespace detail {
std::unique_ptr<Metric> swapConsistencyMetric() { return std::make_unique<SwapMetric>(); }
}  // namespace detail

}  // namespace kinora
