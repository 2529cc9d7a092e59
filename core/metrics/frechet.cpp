#include "core/metrics/frechet.h"

#include <cmath>

#include "core/metrics/metric.h"
#include "core/metrics/pixel_metrics.h"
#include "core/util/error.h"

namespace kinora {
namespace {
torch::Tensor checkedFeatures(const torch::Tensor& features)
{
    if (features.dim() != 2 || features.size(0) < 2 || features.size(1) < 1) throw Error(ErrorCode::ShapeMismatch, "a Frechet distance needs features (N, D) of at least two clips");
    const torch::Tensor values = features.to(torch::kCPU, torch::kFloat64);
    if (!torch::isfinite(values).all().item<bool>()) throw Error(ErrorCode::Numerical, "the features hold NaN or infinity");
    return values;
}

double checkedDistance(double meanTerm, double traces, double root)
{
    const double distance = meanTerm + traces - 2 * root;
    if (!std::isfinite(distance)) throw Error(ErrorCode::Numerical, "the Frechet distance is not finite");
    if (distance < -1e-3 * std::max(1.0, traces)) throw Error(ErrorCode::Numerical, "the Frechet distance is " + std::to_string(distance) + ": the covariances are not usable");
    return distance;
}

struct FrechetOptions {
    int64_t clips = 256, grid = 8;
    bool floor = true;
    std::string normaliser = "n";
    template <class Fields>
    void describe(Fields& f)
    {
        f("clips", clips, range(2, 100000), "Clips of each side");
        f("grid", grid, range(1, 64), "Height and width that frames are averaged down to");
        f("floor", floor, anything(), "Also measure real clips against other real clips, where there are enough");
        f("normaliser", normaliser, choices({"n", "n-1"}), "What the covariances are divided by");
    }
};

class FrechetPixels final : public OptionedMetric<FrechetOptions> {
public:
    static constexpr int64_t kFewest = 16;
    MetricDescription description() const override
    {
        return {"frechet_pixels", "Fréchet distance of pixels", "Fréchet distance between generated and real clips on frames averaged down to 8 x 8 pixels. No network: it sees colours, layout and coarse motion, no detail.",
                true, "squared distance, pixels in [0, 1]", {"real clips"}, describeOptions<FrechetOptions>("metric")};
    }

private:
    int version() const override { return 1; }
    void compute(MetricClips& clips, const MetricCall& call, MetricResult& result) override
    {
        const int64_t count = std::min({m_options.clips, clips.generatedAvailable(), clips.realAvailable()});
        if (!clips.realSource()) clips.real(1, call, {});  // says what is missing
        if (count < kFewest)
            throw Error(ErrorCode::Usage, std::to_string(count) + " clips a side are too few to estimate a covariance; it takes at least " + std::to_string(kFewest), "frechet_pixels");
        const int grid = static_cast<int>(m_options.grid);
        if (grid > clips.height() || grid > clips.width())
            throw Error(ErrorCode::Usage, "a grid of " + std::to_string(grid) + " is finer than the clips, which have " + std::to_string(clips.width()) + " x " + std::to_string(clips.height()) + " pixels",
                        "frechet_pixels.grid");
        const bool floor = m_options.floor && clips.realAvailable() >= 2 * count, unbiased = m_options.normaliser == "n-1";
        std::vector<torch::Tensor> made, real;
        clips.real(floor ? 2 * count : count, call, [&](int64_t, const Frames& clip) { real.push_back(downsampledPixels(clip, grid)); });
        clips.generated(count, call, [&](int64_t, const Frames& clip) { made.push_back(downsampledPixels(clip, grid)); });
        const torch::Tensor a = torch::stack(made), all = torch::stack(real), b = all.slice(0, 0, count);
        const int64_t dimensions = a.size(1), rank = covarianceRank(count, dimensions);
        result.protocol["measured"] = clips.generatedProtocol(count);
        result.protocol["real"] = clips.realProtocol(floor ? 2 * count : count, call);
        result.protocol["extractor"] = "area mean to " + std::to_string(grid) + " x " + std::to_string(grid) + ", RGB in [0, 1], all frames";
        result.protocol["dimensions"] = dimensions;
        result.protocol["covariance_rank"] = rank;
        call.check("matrix root", 0, 1);
        result.values = {{"frechet_pixels", frechetDistance(a, b, unbiased), std::nullopt}};
        result.values.push_back({"mean_term", (a.to(torch::kFloat64).mean(0) - b.to(torch::kFloat64).mean(0)).square().sum().item<double>(), std::nullopt});
        if (floor) result.values.push_back({"real_against_real", frechetDistance(all.slice(0, count, 2 * count), b, unbiased), std::nullopt});
        result.details = {{"dimensions", dimensions}, {"rank", rank}};
        if (rank < dimensions)
            result.notes.push_back("covariances of rank " + std::to_string(rank) + " in " + std::to_string(dimensions) + " dimensions (" + std::to_string(count) +
                                   " clips): the distance is biased upwards; compare with others of as many clips only" + (floor ? " and with real_against_real" : ""));
        call.check("matrix root", 1, 1);
    }
};
}  // namespace

Gaussian gaussianOf(const torch::Tensor& features, bool unbiased)
{
    const torch::Tensor values = checkedFeatures(features);
    const torch::Tensor mean = values.mean(0), centred = values - mean;
    return {mean, centred.t().matmul(centred) / static_cast<double>(values.size(0) - (unbiased ? 1 : 0))};
}

double frechetDistance(const Gaussian& a, const Gaussian& b)
{
    if (a.mean.dim() != 1 || a.mean.sizes() != b.mean.sizes() || a.covariance.sizes() != b.covariance.sizes() || a.covariance.dim() != 2 || a.covariance.size(0) != a.mean.size(0) ||
        a.covariance.size(1) != a.mean.size(0))
        throw Error(ErrorCode::ShapeMismatch, "the two Gaussians have different dimensions");
    const torch::Tensor sa = a.covariance.to(torch::kFloat64), sb = b.covariance.to(torch::kFloat64);
    if (!torch::isfinite(sa).all().item<bool>() || !torch::isfinite(sb).all().item<bool>()) throw Error(ErrorCode::Numerical, "a covariance holds NaN or infinity");
    const auto [values, vectors] = torch::linalg_eigh((sa + sa.t()) / 2);
    const torch::Tensor root = (vectors * values.clamp_min(0).sqrt()).matmul(vectors.t());
    const torch::Tensor product = root.matmul(sb).matmul(root);
    const double trace = torch::linalg_eigvalsh((product + product.t()) / 2).clamp_min(0).sqrt().sum().item<double>();
    const double meanTerm = (a.mean.to(torch::kFloat64) - b.mean.to(torch::kFloat64)).square().sum().item<double>();
    return checkedDistance(meanTerm, sa.diagonal().sum().item<double>() + sb.diagonal().sum().item<double>(), trace);
}

double frechetDistance(const torch::Tensor& a, const torch::Tensor& b, bool unbiased)
{
    const torch::Tensor x = checkedFeatures(a), y = checkedFeatures(b);
    if (x.size(1) != y.size(1)) throw Error(ErrorCode::ShapeMismatch, "the two sets of features have different dimensions");
    if (std::max(x.size(0), y.size(0)) > x.size(1)) return frechetDistance(gaussianOf(x, unbiased), gaussianOf(y, unbiased));
    const torch::Tensor meanX = x.mean(0), meanY = y.mean(0);
    const auto scaled = [&](const torch::Tensor& values, const torch::Tensor& mean) { return (values - mean) / std::sqrt(static_cast<double>(values.size(0) - (unbiased ? 1 : 0))); };
    const torch::Tensor p = scaled(x, meanX), q = scaled(y, meanY);
    const double root = torch::linalg_svdvals(p.matmul(q.t())).sum().item<double>();
    return checkedDistance((meanX - meanY).square().sum().item<double>(), p.square().sum().item<double>() + q.square().sum().item<double>(), root);
}

torch::Tensor downsampledPixels(const Frames& clip, int grid)
{
    return torch::adaptive_avg_pool2d(unitClip(clip).transpose(0, 1), {grid, grid}).flatten();
}

namespace detail {
std::unique_ptr<Metric> frechetPixelsMetric() { return std::make_unique<FrechetPixels>(); }
}  // namespace detail

}  // namespace kinora
