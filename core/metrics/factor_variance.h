#pragma once
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/dataset/clip_source.h"
#include "core/options/options.h"
#include "core/system/system.h"

namespace kinora {

/// How a checkpoint's disentanglement is measured on a dataset whose ground-truth factors are known.
struct FactorVarianceOptions {
    int64_t rows = 8, columns = 8;
    int64_t regressorSteps = 600;
    int64_t regressorBatch = 32;
    int64_t trainingClips = 2048;
    int64_t testClips = 256;
    double usableScore = 0.5;
    int64_t seed = 0;

    template <class Fields>
    void describe(Fields& f)
    {
        f("rows", rows, range(2, 64), "Appearances in the matrix");
        f("columns", columns, range(2, 64), "Motions in the matrix");
        f("regressor_steps", regressorSteps, range(1, 1e6), "Training steps of the factor regressor");
        f("regressor_batch", regressorBatch, range(2, 512), "Clips in a step of the regressor");
        f("training_clips", trainingClips, range(16, 1e6), "Clips of the dataset that the regressor learns from");
        f("test_clips", testClips, range(16, 1e6), "Further clips that its score is measured on");
        f("usable_score", usableScore, range(0, 1), "Factors that the regressor reads worse than this are left out");
        f("seed", seed, range(0, 1e18), "Seed of the regressor and of the matrix's codes");
    }
};

/// One ground-truth factor.
struct FactorRow {
    std::string name, role;
    double score = 0;         ///< On test clips: R^2 of a number; for a class the accuracy above chance, (a - c) / (1 - c).
    bool used = false;
    double alongRows = 0;     ///< Variance within a row of the matrix (only the motion code changes), in variances of the dataset.
    double alongColumns = 0;  ///< Variance within a column (only the appearance code changes).
};

struct FactorVariance {
    std::vector<FactorRow> factors;
    double appearanceLeak = 0;  ///< Appearance factors: sum of variances along rows / along columns; 0 is perfect, 1 is none.
    double motionLeak = 0;      ///< Motion factors: along columns / along rows.
    int appearanceFactors = 0, motionFactors = 0;  ///< How many were used.
};

/// Variance of ground-truth factors over an appearance x motion matrix of generated clips. A small convolutional regressor, trained here on the dataset's labels, reads the factors;
/// its score on clips that it has not seen stands beside every figure. A class counts as its one-hot probabilities.
/// \param progress  called with done and total, in regressor steps
/// \throws Error (Usage if no label column has a role, Cancelled)
FactorVariance measureFactorVariance(System& system, const ClipSource& source, const FactorVarianceOptions& options, std::stop_token stop = {},
                                     const std::function<void(int64_t, int64_t)>& progress = {});

}  // namespace kinora
