#include "core/metrics/frame_similarity.h"

#include <cmath>
#include <string>

#include "core/util/error.h"

namespace kinora {
namespace {
void check(const torch::Tensor& a, const torch::Tensor& b, int64_t window)
{
    if (a.dim() != 4 || a.sizes() != b.sizes()) throw Error(ErrorCode::ShapeMismatch, "frames (N, C, H, W) of one size can be compared, no others");
    if (a.size(2) < window || a.size(3) < window)
        throw Error(ErrorCode::ShapeMismatch, "frames of " + std::to_string(a.size(3)) + " x " + std::to_string(a.size(2)) + " pixels are smaller than the window of " + std::to_string(window));
}

/// Mean over an 11 x 11 Gaussian window with deviation 1.5, column by column and row by row. \param x (M, 1, H, W)
torch::Tensor gaussianMean(const torch::Tensor& x)
{
    const torch::Tensor distance = torch::arange(-5, 6, torch::kFloat64), weights = (-distance.square() / (2 * 1.5 * 1.5)).exp(), window = (weights / weights.sum()).to(x.device());
    return torch::conv2d(torch::conv2d(x, window.view({1, 1, -1, 1})), window.view({1, 1, 1, -1}));
}
}  // namespace

torch::Tensor peakSignalToNoise(const torch::Tensor& a, const torch::Tensor& b, PsnrVariant variant)
{
    check(a, b, 1);
    const torch::Tensor squares = (a.to(torch::kFloat64) - b.to(torch::kFloat64)).square();
    if (variant == PsnrVariant::All) return -10 * torch::log10(squares.flatten(1).mean(1));
    return (-10 * torch::log10(squares.flatten(2).mean(2))).mean(1);
}

torch::Tensor structuralSimilarity(const torch::Tensor& first, const torch::Tensor& second, SsimVariant variant)
{
    const bool gaussian = variant == SsimVariant::Wang;
    const int64_t window = gaussian ? 11 : 7;
    check(first, second, window);
    const double range = variant == SsimVariant::Svg ? 2 : 1, pixels = static_cast<double>(window * window), sample = gaussian ? 1 : pixels / (pixels - 1);
    const double c1 = std::pow(0.01 * range, 2), c2 = std::pow(0.03 * range, 2);
    // double precision: variances are small differences of large numbers
    const torch::Tensor a = first.to(torch::kFloat64).flatten(0, 1).unsqueeze(1), b = second.to(torch::kFloat64).flatten(0, 1).unsqueeze(1);
    const auto mean = [&](const torch::Tensor& x) { return gaussian ? gaussianMean(x) : torch::avg_pool2d(x, window, 1); };
    const torch::Tensor ma = mean(a), mb = mean(b);
    const torch::Tensor va = sample * (mean(a * a) - ma * ma), vb = sample * (mean(b * b) - mb * mb), vab = sample * (mean(a * b) - ma * mb);
    const torch::Tensor map = ((2 * ma * mb + c1) * (2 * vab + c2)) / ((ma * ma + mb * mb + c1) * (va + vb + c2));
    return map.flatten(1).mean(1).view({first.size(0), first.size(1)}).mean(1);
}

torch::Tensor bestSamples(const torch::Tensor& scores)
{
    // argmax does not promise which of equals it takes
    const torch::Tensor means = scores.mean(2), best = std::get<0>(means.max(1, true));
    return means.eq(best).cumsum(1).eq(0).sum(1);  // how many come before the first of the best
}

torch::Tensor scoresOf(const torch::Tensor& scores, const torch::Tensor& samples)
{
    return scores.gather(1, samples.view({-1, 1, 1}).expand({scores.size(0), 1, scores.size(2)})).squeeze(1);
}

}  // namespace kinora
