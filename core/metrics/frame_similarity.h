#pragma once
// How near a predicted frame is to the true one: PSNR and SSIM in the variants that published tables use, and the best of several predictions of the same clip.
//
// Different variants give different numbers for the same frames (docs/metrics.md): a figure without its variant cannot be compared with anything.
#include <torch/torch.h>

#include <cstdint>

namespace kinora {

/// Channels: one PSNR per channel, then their mean, as the authors of SVG and of most later papers take it. All: one mean square over all channels. The same for grey frames.
enum class PsnrVariant { Channels, All };

/// 10 log10(1 / MSE) of every frame; infinity for a perfect one.
/// \param a, b  (N, C, H, W) in [0, 1]
/// \returns     (N) float64
/// \throws      Error (ShapeMismatch)
torch::Tensor peakSignalToNoise(const torch::Tensor& a, const torch::Tensor& b, PsnrVariant variant = PsnrVariant::Channels);

/// Skimage: uniform 7 x 7 window, sample covariance, range 1: today's scikit-image. Svg: the same with range 2, which scikit-image of 2018 took for floats; its numbers are higher.
/// Wang: Gaussian 11 x 11 window with deviation 1.5, population covariance, range 1; Finn et al. and tables in their manner.
enum class SsimVariant { Skimage, Svg, Wang };

/// Structural similarity of every frame, mean over the windows that lie fully inside and over channels.
/// Source: Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity", 2004, equation 13, K1 = 0.01, K2 = 0.03.
/// \param a, b  (N, C, H, W) in [0, 1]
/// \returns     (N) float64
/// \throws      Error (ShapeMismatch) if sizes differ or frames are smaller than the window
torch::Tensor structuralSimilarity(const torch::Tensor& a, const torch::Tensor& b, SsimVariant variant = SsimVariant::Skimage);

/// Which of S samples of a clip is the best by the mean over its frames, the first of equals. \param scores (N, S, T), more is better. \returns (N) int64
torch::Tensor bestSamples(const torch::Tensor& scores);
/// The scores of these samples: (N, T).
torch::Tensor scoresOf(const torch::Tensor& scores, const torch::Tensor& samples);

}  // namespace kinora
