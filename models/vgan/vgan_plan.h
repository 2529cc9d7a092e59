#pragma once
#include <memory>

#include "core/system/generation_plan.h"
#include "models/vgan/vgan_networks.h"

namespace kinora::vgan {

/// What a clip is made of.
struct Source {
    torch::Tensor foreground, background;  ///< Codes, (N, codeDim), or pictures, (N, 3, 64, 64), of the two streams; one and the same unless the codes are split.
    torch::Tensor strength;                ///< Of the mask, (N, 1, 1, 1, 1); undefined where there is none.
};
/// \throws Error (ShapeMismatch)
/// \param splitCodes  whether the two streams have codes of their own
Source sourceOf(const ControlTensors& controls, const GeneratorOptions& options, bool splitCodes, int frames);

/// Both streams as prepared layers, composed frame by frame.
/// \returns null where this precision cannot be computed on the generator's device
std::unique_ptr<GenerationPlan> makeProcessorPlan(Generator generator, bool splitCodes, PlanPrecision precision);

}  // namespace kinora::vgan
