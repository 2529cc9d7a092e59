#pragma once
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/system/system.h"

namespace kinora {

/// Course of the learning rates over the steps of a run.
struct Schedule {
    std::string kind = "constant";  ///< constant, linear, cosine or step.
    int64_t warmupSteps = 0;
    int64_t start = 0, end = 1;     ///< Steps between which linear and cosine decay.
    double finalRate = 0;           ///< Share of the base rate at the end.
    int64_t every = 1000;
    double factor = 0.5;            ///< Of a step schedule, once more after every `every` steps.

    /// What the base rates are multiplied by in step \p step, counted from 1; s = step - 1 updates were made before it.
    ///   warm-up   (s + 1) / warmupSteps at most 1, times
    ///   linear    1 + (finalRate - 1) p                           p = (s - start) / (end - start), between 0 and 1
    ///   cosine    finalRate + (1 - finalRate) (1 + cos(pi p)) / 2
    ///   step      factor^floor(s / every)
    /// Source: Loshchilov and Hutter, "SGDR", ICLR 2017, eq. 5 for the cosine; Goyal et al., "Accurate, Large Minibatch SGD", 2017, section 2.2 for the warm-up.
    double factorAt(int64_t step) const;
    bool constant() const { return kind == "constant" && warmupSteps == 0; }
    /// The first and last step between which its factor changes. \throws Error (Usage) if a decay ends before it starts
    void check() const;
};

/// The base learning rates of a system's optimizers, and a schedule over them. A constant schedule leaves the optimizers' rates alone.
class LearningRates {
public:
    LearningRates(System& system, const Schedule& schedule);
    /// Sets the rates of step \p step.
    void apply(int64_t step);
    /// The rate that the optimizer has in step \p step becomes \p rate; its schedule goes on from there, scaled. \throws Error (Usage) for an unknown optimizer
    void set(const std::string& optimizer, double rate, int64_t step);
    /// Multiplies all rates.
    void scale(double factor, int64_t step);

    nlohmann::json state() const;  ///< The base rates by optimizer and parameter group, and the rates now.
    /// After the optimizers' own rates were loaded; null: these are the base rates. Where somebody changed them in the file, the base is scaled alike. \throws Error (Damaged)
    void setState(const nlohmann::json& state);

private:
    System& m_system;
    Schedule m_schedule;
    std::map<std::string, std::vector<double>> m_base;
};

}  // namespace kinora
