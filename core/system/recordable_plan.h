#pragma once
#include "core/system/generation_plan.h"

namespace kinora {

/// A plan whose generate() only puts work into its device's stream once refresh() has been called, so that it can be recorded and replayed: it neither waits for the device,
/// nor copies to or from it, nor keeps anything that it computed.
class RecordablePlan : public GenerationPlan {
public:
    /// Brings the prepared weights up to date with the system's, at their place in memory.
    /// \returns false if they lie elsewhere now: recordings made before read what is there no longer
    virtual bool refresh() = 0;
};

}  // namespace kinora
