#pragma once
#include <memory>

#include "core/system/generation_plan.h"
#include "models/imaginator/imaginator_networks.h"

namespace kinora::imaginator {

/// The decoder as prepared layers; what a picture adds to them is computed once per picture.
/// \returns null where this precision cannot be computed on the generator's device
std::unique_ptr<GenerationPlan> makeProcessorPlan(Generator generator, PlanPrecision precision);

}  // namespace kinora::imaginator
