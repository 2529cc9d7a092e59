#pragma once
#include <torch/torch.h>

#include <utility>
#include <vector>

#include "core/nn/formulation.h"

namespace kinora::nn {

/// Adam that updates all parameters of a group in one pass over memory. States, options and files are those of torch::optim::Adam; the values are the same up to rounding.
/// Source: Kingma, Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, algorithm 1.
///
/// For steps that a device records and replays, counts and learning rates can be held in the device's memory: hold(), then step() within useHeld(true) is recorded, and before
/// every replay countHeld() and writeHeld() do what step() does on the host. Without that a replay would repeat the count and the rate of the recording.
class FusedAdam final : public torch::optim::Adam {
public:
    using torch::optim::Adam::Adam;
    void setFormulation(Formulation formulation) { m_formulation = formulation; }
    torch::Tensor step(LossClosure closure = nullptr) override;

    /// Prepares for recording: from now on what was updated before can be updated by held numbers.
    void hold();
    /// Forgets hold(); what was recorded must not be replayed any more.
    void letGo();
    /// Whether step() takes what is held and leaves the host's counts alone.
    /// It then throws Error (Internal) if other parameters have gradients than have been updated before.
    void useHeld(bool on) { m_usesHeld = on; }
    void countHeld();  ///< One more update, on the host.
    void writeHeld();  ///< The host's counts and rates to the device, in the order of its queue; nothing waits.

    /// What an update changes besides the parameters, of all parameters that have been updated.
    std::vector<torch::Tensor> stateTensors();

private:
    struct Update {
        std::vector<torch::Tensor> parameters, means, squares, largest, counts;
    };
    struct Held {
        Update update;
        torch::Tensor rate;  // float32, on the device
        std::vector<std::pair<torch::Tensor, torch::optim::AdamParamState*>> counts;  // those that differ, and whose they are
        std::vector<torch::optim::AdamParamState*> states;
    };
    torch::optim::AdamParamState* stateOf(const torch::Tensor& parameter);
    void stepHeld();

    Formulation m_formulation = Formulation::Fast;
    std::vector<Held> m_held;  // one for each group
    bool m_usesHeld = false;
};

}  // namespace kinora::nn
