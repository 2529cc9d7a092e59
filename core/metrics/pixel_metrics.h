#pragma once
// Statistics of the pixels alone: how different clips are from each other and how much moves in them.
#include <torch/torch.h>

#include <vector>

#include "core/clip/frames.h"

namespace kinora {

/// Pairwise pixel distances of clips of one size: d(i, j) = sqrt(mean over frames, pixels and channels of (x_i - x_j)^2), pixels in [0, 1].
/// \returns (N, N) float64, symmetric, zero on the diagonal
/// \throws Error (ShapeMismatch) if sizes differ
torch::Tensor pixelDistances(const std::vector<Frames>& clips);

/// Mean distance over all pairs of different clips. 0: all are the same, a collapsed generator.
double sampleDiversity(const std::vector<Frames>& clips);

/// Diversity of an appearance x motion matrix of clips, as a run's samples are: cheap enough for every sample step, to notice a collapse.
struct MatrixDiversity {
    double overall = 0;     ///< Over all pairs of cells.
    double appearance = 0;  ///< Within columns, where only the appearance code changes.
    double motion = 0;      ///< Within rows, where only the motion code changes.
};
/// \param clips  rows x columns of them, row by row. \throws Error (ShapeMismatch)
MatrixDiversity matrixDiversity(const std::vector<Frames>& clips, int rows, int columns);

/// What moves in one clip. Luma Y = 0.299 R + 0.587 G + 0.114 B in [0, 1].
struct ClipMotion {
    double energy = 0;       ///< Mean of |Y_{t+1} - Y_t| over t, x, y; 0 for a frozen clip.
    double staticRatio = 0;  ///< Share of pixels with max_t Y - min_t Y < 0.05; 1 for a frozen clip.
};
/// \param clip  (3, T, H, W), values in [0, 1]; T >= 2. \throws Error (ShapeMismatch)
ClipMotion clipMotion(const torch::Tensor& clip);

/// A clip as (3, T, H, W) float32 in [0, 1].
torch::Tensor unitClip(const Frames& clip);

}  // namespace kinora
