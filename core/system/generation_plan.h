#pragma once
// Generation by a plan: the same clips as System::generate, computed from weights that were prepared once.
#include <torch/torch.h>

#include <map>
#include <memory>
#include <string>

#include "core/system/plan_precision.h"

namespace kinora {

class System;

/// Control values of N clips as tensors on the system's device, keyed by control id:
///   GaussianVector (N, size) · GaussianSequence (N, size, steps) · Category (N) int64 · Image (N, C, H, W) · Frames (N, C, count, H, W) · MapSequence (N, C, steps, H, W);
/// pictures float32 in [-1, 1].
using ControlTensors = std::map<std::string, torch::Tensor>;

/// What a person asks for: "auto", "off", "fp32", "bf16".
enum class PlanChoice { Auto, Off, Float32, BFloat16 };
PlanChoice planChoiceFromName(const std::string& name);  ///< \throws Error (Usage)
const char* planPrecisionName(PlanPrecision precision);  ///< "fp32", "bf16"

/// A system's generator, prepared for quick generation. It follows its system's weights: after they have changed, the next call prepares it anew.
/// Thread: one at a time, the system's own.
class GenerationPlan {
public:
    virtual ~GenerationPlan() = default;
    /// One clip per row of the controls, as System::generate gives them up to rounding, on the system's device. A clip does not depend on its neighbours beyond rounding.
    /// \throws Error (ShapeMismatch) as System::generate, and for no rows at all
    virtual torch::Tensor generate(const ControlTensors& controls, int frames, uint64_t seed) = 0;
    virtual PlanPrecision precision() const = 0;
    /// One line: numbers, formulation, and whatever is not planned.
    virtual std::string description() const = 0;
};

/// Whether bfloat16 is quick there: on a GPU, and on a processor with instructions for it (AVX512-BF16 or AMX). KINORA_NO_BF16=1 in the environment says no.
bool bfloat16IsQuick(const torch::Device& device);

/// How a system generates: by its plan or by its plain modules.
class Generating {
public:
    /// Largest difference that "auto" accepts between bfloat16 and float32, over the largest value of a clip.
    static constexpr double kLargestError = 1e-2;

    Generating() = default;
    /// \param exact  "auto" means float32; else the quickest precision whose clips stay within kLargestError of float32 for a drawn clip
    /// \throws Error (Usage) if bf16 is asked for by name of a system that has no plan
    Generating(System& system, PlanChoice choice, bool exact);
    torch::Tensor operator()(const ControlTensors& controls, int frames, uint64_t seed);
    bool planned() const { return m_plan != nullptr; }
    std::string description() const;  ///< Of the plan, or why there is none.
    std::string choice() const { return m_plan ? planPrecisionName(m_plan->precision()) : "off"; }  ///< What makes the same again.

private:
    System* m_system = nullptr;
    std::unique_ptr<GenerationPlan> m_plan;
    std::string m_reason;
};

}  // namespace kinora
