#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/dataset/clip_source.h"
#include "core/system/system.h"

namespace kinora {

/// For MetricClips::Setup::given: gives draw i the pictures and maps of the i-th clip of \p source that is long enough, round and round.
/// \returns nothing callable for a system whose controls all have a prior
std::function<void(int64_t clip, int frames, ControlRole role, ControlValues& values)> metricControls(const System& system, std::shared_ptr<const ClipSource> source);

/// Which clips of a dataset those are. The dataset is listed once.
class FittingClips {
public:
    explicit FittingClips(const ClipSource& source);
    /// The clip that draw i takes. \throws Error (NotFound) if no clip has so many frames
    int64_t operator()(int64_t draw, int frames) const;

private:
    std::string m_name;
    std::vector<int> m_lengths;
};

}  // namespace kinora
