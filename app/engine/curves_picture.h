#pragma once
#include <string>
#include <vector>

namespace kinora::app {

/// Curves of one loss: of every kind those of all seeds, as means over windows of steps.
struct LossCurves {
    std::string loss;
    std::vector<std::string> kinds;
    std::vector<std::vector<std::vector<double>>> values;  ///< [kind][seed][window]
};

/// An SVG, a panel for each loss: a line for each kind, the mean of its seeds, and behind them the range that the seeds of the first kind cover.
std::string curvesPicture(const std::vector<LossCurves>& losses, int stepsPerWindow);

}  // namespace kinora::app
