#pragma once
#include <memory>

#include "core/system/recordable_plan.h"
#include "models/g3an/g3an_generator.h"

namespace kinora::g3an {

/// The generator for quick generation on a GPU, every mode, attention and size, in LibTorch's own operations (they run on a processor, too; makeProcessorPlan is for that).
///
/// Batch norm and spectral norm are folded into the weights. Features are channels-last and every convolution is one of images. What is constant in time is multiplied once per
/// clip and not once a frame; nothing is repeated, and concatenated only before attention. Nothing waits for the device, so that all of it can be recorded.
/// \returns null on a device without float64, which folding needs
std::unique_ptr<RecordablePlan> makeDevicePlan(Generator generator, PlanPrecision precision);

}  // namespace kinora::g3an
