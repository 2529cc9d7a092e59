#pragma once
#include <functional>
#include <memory>

#include "core/dataset/clip_source.h"
#include "core/system/system.h"

namespace kinora {

/// For MetricClips::Setup::given: gives draw i the pictures and maps of the i-th clip of \p source that is long enough, round and round.
/// \returns nothing callable for a system whose controls all have a prior
std::function<void(int64_t clip, int frames, ControlRole role, ControlValues& values)> metricControls(const System& system, std::shared_ptr<const ClipSource> source);

/// The clip of \p source that draw i takes there. \throws Error (NotFound) if no clip has so many frames
int64_t fittingClip(const ClipSource& source, int64_t draw, int frames);

}  // namespace kinora
