#pragma once
// The Frechet distance between two Gaussians, and between two sets of features through the Gaussians fitted to them.
#include <torch/torch.h>

#include "core/clip/frames.h"

namespace kinora {

/// Mean (D) and covariance (D, D), float64.
struct Gaussian {
    torch::Tensor mean, covariance;
};
/// \param features  (N, D); N >= 2. \param unbiased  divide by N - 1 instead of N
/// \throws Error (ShapeMismatch, Numerical for features that are not finite)
Gaussian gaussianOf(const torch::Tensor& features, bool unbiased = false);

/// |m_a - m_b|^2 + Tr(S_a + S_b - 2 (S_a S_b)^{1/2}).
///
/// The root's trace comes from the eigenvalues of the symmetric A S_b A with A = S_a^{1/2}, by two eigen decompositions; negative eigenvalues, which are rounding, count as 0.
/// Source: Dowson and Landau, "The Frechet distance between multivariate normal distributions", J. Multivariate Analysis 12, 1982.
/// \throws Error (ShapeMismatch; Numerical if a value is not finite, or if the distance is negative beyond rounding)
double frechetDistance(const Gaussian& a, const Gaussian& b);

/// The same from the features themselves, (N, D) and (M, D), without ever making a (D, D) matrix where there are fewer clips than dimensions: with the centred features
/// X / sqrt(N) and Y / sqrt(M) the root's trace is the sum of the singular values of X Y^T.
double frechetDistance(const torch::Tensor& a, const torch::Tensor& b, bool unbiased = false);

/// Rank that a covariance of \p clips features in \p dimensions can have.
inline int64_t covarianceRank(int64_t clips, int64_t dimensions) { return std::min(clips - 1, dimensions); }

/// Features of the pixel Frechet distance: every frame averaged down to grid x grid RGB in [0, 1]. \returns (T * grid * grid * 3), float32
torch::Tensor downsampledPixels(const Frames& clip, int grid);

}  // namespace kinora
