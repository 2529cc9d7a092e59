#pragma once
#include <map>
#include <string>

#include "core/describe/describe.h"

/// Which controls of a system mean the same as another's, so that both can be given one code.
struct SharedCodes {
    std::map<std::string, std::string> controls;  ///< Control of the system, and the reference's that it agrees with.
    bool all = false;                             ///< Every drawn control of the system, and there is one.
    bool any() const { return !controls.empty(); }
};

/// Two controls agree if they have the same role, kind, size, categories and prior and, for sequences, as many steps at these clip lengths. One of the same id is preferred; each of the
/// reference's is given to one control. Pictures and maps are no codes.
SharedCodes sharedCodes(const kinora::SystemDescription& reference, int referenceFrames, const kinora::SystemDescription& system, int frames);
