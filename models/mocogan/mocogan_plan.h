#pragma once
#include <memory>

#include "core/system/generation_plan.h"
#include "models/mocogan/mocogan_generator.h"

namespace kinora::mocogan {

/// The image generator as a chain of prepared layers, every frame a row; the recurrent cell stays as it is.
/// \returns null where this precision cannot be computed on the generator's device
std::unique_ptr<GenerationPlan> makeProcessorPlan(Generator generator, PlanPrecision precision);

}  // namespace kinora::mocogan
