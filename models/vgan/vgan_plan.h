#pragma once
#include <memory>

#include "core/system/generation_plan.h"
#include "models/vgan/vgan_networks.h"

namespace kinora::vgan {

/// Both streams as chains of prepared layers, foreground and mask in one.
/// \param splitCodes  each stream has a code of its own
/// \returns null for the conditional variant, and where this precision cannot be computed on the generator's device
std::unique_ptr<GenerationPlan> makeProcessorPlan(Generator generator, bool splitCodes, PlanPrecision precision);

}  // namespace kinora::vgan
