#include "core/metrics/pixel_metrics.h"

#include <cmath>
#include <limits>

#include "core/metrics/metric.h"
#include "core/util/error.h"

namespace kinora {
namespace {
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Mean of the distances between the cases, pairs of a case with itself left out: in a bootstrap draw they are no pairs of clips.
double meanDistance(const torch::Tensor& distances, const std::vector<int64_t>& cases)
{
    const auto d = distances.accessor<double, 2>();
    double sum = 0;
    int64_t pairs = 0;
    for (std::size_t i = 0; i < cases.size(); ++i)
        for (std::size_t j = i + 1; j < cases.size(); ++j)
            if (cases[i] != cases[j]) {
                sum += d[cases[i]][cases[j]];
                ++pairs;
            }
    return pairs > 0 ? sum / static_cast<double>(pairs) : kNaN;
}

double meanDistance(const torch::Tensor& distances)
{
    const auto n = static_cast<double>(distances.size(0));
    return n > 1 ? distances.sum().item<double>() / (n * (n - 1)) : kNaN;
}

struct DiversityOptions {
    int64_t clips = 64, rows = 4, columns = 4;
    bool compare = true;
    template <class Fields>
    void describe(Fields& f)
    {
        f("clips", clips, range(2, 2048), "Clips of each side");
        f("rows", rows, range(2, 32), "Appearances in the matrix");
        f("columns", columns, range(2, 32), "Motions in the matrix");
        f("compare", compare, anything(), "Measure real clips too, where there is a dataset");
    }
};

class SampleDiversity final : public OptionedMetric<DiversityOptions> {
public:
    MetricDescription description() const override
    {
        return {"sample_diversity", "Sample diversity", "Mean pairwise pixel distance of generated clips, and along rows and columns of an appearance x motion matrix. 0 is a collapsed generator.",
                false, "of the range [0, 1]", {}, describeOptions<DiversityOptions>("metric")};
    }

private:
    int version() const override { return 1; }
    void compute(MetricClips& clips, const MetricCall& call, MetricResult& result) override
    {
        const int64_t count = std::min(m_options.clips, clips.generatedAvailable());
        if (count < 2) throw Error(ErrorCode::Usage, "a distance needs at least two clips");
        result.protocol["measured"] = clips.generatedProtocol(count);
        result.protocol["extractor"] = "pixels, root mean square difference";
        std::vector<Frames> made;
        clips.generated(count, call, [&](int64_t, const Frames& clip) { made.push_back(clip); });
        const torch::Tensor distances = pixelDistances(made);
        const double diversity = meanDistance(distances);
        const auto interval = bootstrapInterval(count, clips.seed(), [&](const std::vector<int64_t>& cases) { return meanDistance(distances, cases); });
        result.values = {{"sample_diversity", diversity, interval}};
        if (m_options.compare && clips.realSource()) {
            const int64_t known = std::min(m_options.clips, clips.realAvailable());
            if (known < 2) throw Error(ErrorCode::Usage, "a distance needs at least two clips", clips.realSource()->name());
            std::vector<Frames> real;
            clips.real(known, call, [&](int64_t, const Frames& clip) { real.push_back(clip); });
            result.protocol["real"] = clips.realProtocol(known, call);
            const torch::Tensor realDistances = pixelDistances(real);
            const double reference = meanDistance(realDistances);
            result.values.push_back({"real", reference, bootstrapInterval(known, clips.seed() + 1, [&](const std::vector<int64_t>& cases) { return meanDistance(realDistances, cases); })});
            result.values.push_back({"ratio", reference > 0 ? diversity / reference : kNaN, std::nullopt});
        }
        if (!clips.separable()) {
            result.notes.push_back("no matrix: appearance and motion cannot be changed one without the other here");
            return;
        }
        std::vector<std::pair<int64_t, int64_t>> draws;
        for (int64_t row = 0; row < m_options.rows; ++row)
            for (int64_t column = 0; column < m_options.columns; ++column) draws.emplace_back(row, column);
        std::vector<Frames> cells;
        clips.combined(draws, 0, call, [&](int64_t, const Frames& clip) { cells.push_back(clip); });
        const MatrixDiversity matrix = matrixDiversity(cells, static_cast<int>(m_options.rows), static_cast<int>(m_options.columns));
        result.values.push_back({"appearance", matrix.appearance, std::nullopt});
        result.values.push_back({"motion", matrix.motion, std::nullopt});
    }
};

struct EnergyOptions {
    int64_t clips = 128;
    template <class Fields>
    void describe(Fields& f)
    {
        f("clips", clips, range(1, 100000), "Clips of each side");
    }
};

class MotionEnergy final : public OptionedMetric<EnergyOptions> {
public:
    MetricDescription description() const override
    {
        return {"motion_energy", "Motion energy", "How far the mean absolute difference of neighbouring frames is from the data's, |generated - real| / real. 0 is the data's, 1 is frozen.",
                true, "of the data's energy", {"real clips"}, describeOptions<EnergyOptions>("metric")};
    }

private:
    int version() const override { return 1; }
    void compute(MetricClips& clips, const MetricCall& call, MetricResult& result) override
    {
        const int64_t count = std::min(m_options.clips, clips.generatedAvailable()), known = std::min(m_options.clips, clips.realAvailable());
        if (clips.frames() < 2) throw Error(ErrorCode::Usage, "motion needs at least two frames");
        std::vector<ClipMotion> made, real;
        clips.real(known, call, [&](int64_t, const Frames& clip) { real.push_back(clipMotion(unitClip(clip))); });
        clips.generated(count, call, [&](int64_t, const Frames& clip) { made.push_back(clipMotion(unitClip(clip))); });
        result.protocol["measured"] = clips.generatedProtocol(count);
        result.protocol["real"] = clips.realProtocol(known, call);
        result.protocol["extractor"] = "luma 0.299 R + 0.587 G + 0.114 B in [0, 1]";

        // both sides are drawn anew: cases 0 ... n-1 are generated, n ... n+m-1 real
        const auto n = static_cast<int64_t>(made.size()), m = static_cast<int64_t>(real.size());
        const auto mean = [](const std::vector<ClipMotion>& side, double ClipMotion::* field) {
            double sum = 0;
            for (const ClipMotion& clip : side) sum += clip.*field;
            return sum / static_cast<double>(side.size());
        };
        const auto interval = [&](const auto& statistic) {
            Random random(clips.seed(), 0x656e67u);
            return bootstrapInterval(std::min(n, m), clips.seed(), [&](const std::vector<int64_t>&) {
                double a = 0, b = 0;
                for (int64_t i = 0; i < n; ++i) a += made[static_cast<std::size_t>(random.below(n))].energy;
                for (int64_t i = 0; i < m; ++i) b += real[static_cast<std::size_t>(random.below(m))].energy;
                return statistic(a / static_cast<double>(n), b / static_cast<double>(m));
            });
        };
        const double generated = mean(made, &ClipMotion::energy), reference = mean(real, &ClipMotion::energy);
        const auto gap = [](double a, double b) { return b > 0 ? std::abs(a - b) / b : kNaN; };
        const auto ratio = [](double a, double b) { return b > 0 ? a / b : kNaN; };
        if (!(reference > 0)) result.notes.push_back("nothing moves in the real clips: there is no ratio");
        result.values = {{"motion_energy", gap(generated, reference), interval(gap)},
                         {"ratio", ratio(generated, reference), interval(ratio)},
                         {"difference", generated - reference, interval([](double a, double b) { return a - b; })},
                         {"generated", generated, interval([](double a, double) { return a; })},
                         {"real", reference, interval([](double, double b) { return b; })},
                         {"static_ratio", mean(made, &ClipMotion::staticRatio), std::nullopt},
                         {"static_ratio_real", mean(real, &ClipMotion::staticRatio), std::nullopt}};
    }
};
}  // namespace

torch::Tensor unitClip(const Frames& clip)
{
    const torch::Tensor bytes = torch::empty({clip.count(), clip.height(), clip.width(), 3}, torch::kUInt8);
    if (!clip.empty()) std::memcpy(bytes.data_ptr(), clip.bytes().data(), clip.bytes().size());
    return bytes.permute({3, 0, 1, 2}).to(torch::kFloat32).div(255);
}

torch::Tensor pixelDistances(const std::vector<Frames>& clips)
{
    const auto n = static_cast<int64_t>(clips.size());
    torch::Tensor products = torch::zeros({n, n}, torch::kFloat64);
    if (n == 0) return products;
    const Frames& first = clips.front();
    for (const Frames& clip : clips)
        if (clip.count() != first.count() || clip.height() != first.height() || clip.width() != first.width())
            throw Error(ErrorCode::ShapeMismatch, "clips of different sizes have no pixel distance");
    // |x - y|^2 = xx + yy - 2xy frame by frame, around the mean clip: nearly equal clips would vanish in the rounding otherwise
    const auto bytes = static_cast<int64_t>(first.frameBytes());
    for (int t = 0; t < first.count(); ++t) {
        torch::Tensor rows = torch::empty({n, bytes}, torch::kFloat64);
        for (int64_t i = 0; i < n; ++i) rows[i].copy_(torch::from_blob(const_cast<uint8_t*>(clips[static_cast<std::size_t>(i)].frame(t)), {bytes}, torch::kUInt8));
        rows.sub_(rows.mean(0, true));
        products.add_(rows.matmul(rows.t()));
    }
    const torch::Tensor own = products.diagonal();
    const double values = static_cast<double>(bytes) * first.count() * 255.0 * 255.0;
    torch::Tensor distances = (own.unsqueeze(0) + own.unsqueeze(1) - 2 * products).div(values).clamp_min(0).sqrt();
    distances = (distances + distances.t()) / 2;
    distances.fill_diagonal_(0);
    return distances;
}

double sampleDiversity(const std::vector<Frames>& clips) { return meanDistance(pixelDistances(clips)); }

MatrixDiversity matrixDiversity(const std::vector<Frames>& clips, int rows, int columns)
{
    if (rows < 1 || columns < 1 || clips.size() != static_cast<std::size_t>(rows) * columns)
        throw Error(ErrorCode::ShapeMismatch, std::to_string(clips.size()) + " clips are no matrix of " + std::to_string(rows) + " x " + std::to_string(columns));
    const torch::Tensor distances = pixelDistances(clips);
    const auto d = distances.accessor<double, 2>();
    double appearance = 0, motion = 0;
    int64_t appearancePairs = 0, motionPairs = 0;
    for (int i = 0; i < rows * columns; ++i)
        for (int j = i + 1; j < rows * columns; ++j) {
            if (i % columns == j % columns) appearance += d[i][j], ++appearancePairs;
            if (i / columns == j / columns) motion += d[i][j], ++motionPairs;
        }
    return {meanDistance(distances), appearancePairs ? appearance / static_cast<double>(appearancePairs) : kNaN, motionPairs ? motion / static_cast<double>(motionPairs) : kNaN};
}

ClipMotion clipMotion(const torch::Tensor& clip)
{
    if (clip.dim() != 4 || clip.size(0) != 3 || clip.size(1) < 2) throw Error(ErrorCode::ShapeMismatch, "motion is measured on clips (3, T, H, W) of at least two frames");
    const torch::Tensor y = clip.select(0, 0) * 0.299 + clip.select(0, 1) * 0.587 + clip.select(0, 2) * 0.114;
    const torch::Tensor difference = (y.slice(0, 1) - y.slice(0, 0, -1)).abs();
    return {difference.to(torch::kFloat64).mean().item<double>(), (y.amax(0) - y.amin(0)).lt(0.05).to(torch::kFloat64).mean().item<double>()};
}

namespace detail {
std::unique_ptr<Metric> sampleDiversityMetric() { return std::make_unique<SampleDiversity>(); }
std::unique_ptr<Metric> motionEnergyMetric() { return std::make_unique<MotionEnergy>(); }
}  // namespace detail

}  // namespace kinora
