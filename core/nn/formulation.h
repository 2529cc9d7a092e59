#pragma once

namespace kinora {

/// How networks compute a training step. The numbers are the same up to rounding.
enum class Formulation {
    Fast,   ///< Rearranged for the processor: docs/training.md, "How a step is computed".
    Plain,  ///< As the published code writes it: what the other is tested against and measured by.
};

/// A system whose training step knows both ways. Fast at first.
class Formulated {
public:
    virtual ~Formulated() = default;
    virtual void setFormulation(Formulation formulation) = 0;
};

}  // namespace kinora
