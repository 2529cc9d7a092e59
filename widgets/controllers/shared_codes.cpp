#include "widgets/controllers/shared_codes.h"

#include <set>

using kinora::Control;
using kinora::ControlKind;

SharedCodes sharedCodes(const kinora::SystemDescription& reference, int referenceFrames, const kinora::SystemDescription& system, int frames)
{
    const auto agree = [&](const Control& ours, const Control& theirs) {
        return ours.role == theirs.role && ours.kind == theirs.kind && ours.size == theirs.size && ours.categories == theirs.categories && ours.mean == theirs.mean &&
               ours.deviation == theirs.deviation && (ours.kind != ControlKind::GaussianSequence || ours.steps.stepsFor(frames) == theirs.steps.stepsFor(referenceFrames));
    };
    SharedCodes result;
    std::set<std::string> taken;
    int drawn = 0;
    for (const bool sameId : {true, false})
        for (const Control& ours : system.controls) {
            if (kinora::givenControl(ours.kind)) continue;
            drawn += sameId;
            if (result.controls.contains(ours.id)) continue;
            for (const Control& theirs : reference.controls)
                if ((!sameId || ours.id == theirs.id) && !taken.contains(theirs.id) && agree(ours, theirs)) {
                    result.controls[ours.id] = theirs.id;
                    taken.insert(theirs.id);
                    break;
                }
        }
    result.all = drawn > 0 && static_cast<int>(result.controls.size()) == drawn;
    return result;
}
