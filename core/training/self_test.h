#pragma once
#include <string>
#include <vector>

#include "core/nn/device_graphs.h"
#include "core/system/system.h"

namespace kinora {

/// One thing that was looked at: a figure and what it may be at most.
struct SelfCheck {
    std::string name;       ///< "fast step against plain step"
    double found = 0;       ///< Not a number if what was computed is not finite.
    double limit = 0;
    std::string figure;     ///< What is counted: "largest difference", ...
    std::string note;       ///< Why it was not tried, or what went wrong; empty: nothing.
    bool tried = true;
    bool passed() const { return !tried || (note.empty() && found <= limit); }
};

/// Tries a small system of \p entry, with new weights, on \p device:
/// - a training step: all that it reports is finite, and on a GPU as on the processor;
/// - where the step has a fast formulation, its gradients and losses against the plain ones;
/// - on a GPU, where steps can be recorded (RecordedStep), that they are;
/// - generation after that step: finite, and on a GPU as on the processor;
/// - where there is an inference plan, its clips against the plain ones, in float32 and, where that is quick, in bfloat16;
/// - on a GPU, where generation can be recorded (GraphedGeneration), replayed clips against the plain ones.
/// A check that throws has failed, with the message for its note; one that needs what cannot be made up is not tried, and says so.
std::vector<SelfCheck> selfTest(const SystemEntry& entry, const torch::Device& device);
/// \param graphs  what records generation; empty: nothing does
std::vector<SelfCheck> selfTest(const SystemEntry& entry, const torch::Device& device, const nn::MakeDeviceGraph& graphs);

}  // namespace kinora
