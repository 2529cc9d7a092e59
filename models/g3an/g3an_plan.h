#pragma once
#include <array>
#include <memory>
#include <string>
#include <utility>

#include "core/system/generation_plan.h"
#include "models/g3an/g3an_generator.h"

namespace kinora::g3an {

/// The generator for quick generation on a processor, every mode, attention and size.
///
/// Batch norm and spectral norm are folded into the weights. The spatial stream and its share of every concatenation, which is constant in time, are computed once per
/// appearance and kept for the appearances used last, so that a change of z_m alone does not touch them. Nothing is repeated or concatenated in memory.
/// \returns null where this precision cannot be computed on the generator's device
std::unique_ptr<GenerationPlan> makeProcessorPlan(Generator generator, PlanPrecision precision);

// What plans on all devices share.

constexpr std::size_t kAttentionBlock = 4;  ///< Attention follows this block, counted from 1.

/// z_a (N, appearanceDim) and z_m (N, motionDim, steps) as they were given. Only sizes are looked at.
/// \throws Error (ShapeMismatch) if one is missing or does not fit, for no clips, and for motion steps that do not make \p frames
std::pair<torch::Tensor, torch::Tensor> checkedCodes(const ControlTensors& controls, const GeneratorOptions& options, int frames);

/// A stage of a stream, a transposed convolution with its norms folded.
struct Stage {
    torch::Tensor weight, bias;  ///< (in, out, kt, kh, kw) and (out), float32, on the generator's device.
    std::array<int64_t, 3> stride{1, 1, 1}, padding{0, 0, 0};
};
/// \param path   of the convolution, for example "block2.conv_v.0"; its norm is the next entry
/// \param block  counted from 0
Stage foldedStage(GeneratorImpl& generator, const std::string& path, std::size_t block);

}  // namespace kinora::g3an
