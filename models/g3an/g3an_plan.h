#pragma once
#include <memory>

#include "core/system/generation_plan.h"
#include "models/g3an/g3an_generator.h"

namespace kinora::g3an {

/// The generator for quick generation on a processor, every mode, attention and size.
///
/// Batch norm and spectral norm are folded into the weights. The spatial stream and its share of every concatenation, which is constant in time, are computed once per
/// appearance and kept for the appearances used last, so that a change of z_m alone does not touch them. Nothing is repeated or concatenated in memory.
/// \returns null where this precision cannot be computed on the generator's device
std::unique_ptr<GenerationPlan> makeProcessorPlan(Generator generator, PlanPrecision precision);

}  // namespace kinora::g3an
