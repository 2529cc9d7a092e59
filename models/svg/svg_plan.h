#pragma once
#include <memory>

#include "core/system/generation_plan.h"
#include "models/svg/svg_rollout.h"

namespace kinora::svg {

/// Encoder and decoder as prepared layers, both backbones. What the skips add to the decoder is computed once for as long as they stay the same.
/// Its skips are rows of the plan's numbers, (N, height, width, padded channels). Thread: one at a time.
class PreparedCoder final : public FrameCoder {
public:
    PreparedCoder(Encoder encoder, Decoder decoder, const FrameOptions& options, PlanPrecision precision);
    ~PreparedCoder() override;
    std::vector<Encoded> encodeGiven(const torch::Tensor& frames, int64_t skipsOf) override;
    Encoded encode(const torch::Tensor& frame, bool wantsSkips) override;
    torch::Tensor decode(const torch::Tensor& h, const std::vector<torch::Tensor>& skips) override;
    void forget();          ///< The skips of the last roll-out, which would stay in memory.
    int64_t bytes() const;  ///< Of prepared weights.

private:
    struct Parts;
    std::unique_ptr<Parts> m_parts;
};

class SvgSystem;
/// Roll-outs by a PreparedCoder; the recurrent networks as they are.
/// \returns null where this precision cannot be computed on the networks' device
std::unique_ptr<GenerationPlan> makeProcessorPlan(SvgSystem& system, const FrameOptions& options, PlanPrecision precision);

}  // namespace kinora::svg
