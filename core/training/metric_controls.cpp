#include "core/training/metric_controls.h"

#include <algorithm>

#include "core/training/sample_controls.h"
#include "core/util/error.h"

namespace kinora {

std::function<void(int64_t, int, ControlRole, ControlValues&)> metricControls(const System& system, std::shared_ptr<const ClipSource> source)
{
    const SystemDescription description = system.describe();
    if (!source || std::ranges::none_of(description.controls, [](const Control& control) { return givenControl(control.kind); })) return {};
    std::vector<int> lengths;
    for (int64_t i = 0; i < source->size(); ++i) lengths.push_back(source->info(i).frames);
    return [description, source, lengths](int64_t clip, int frames, ControlRole role, ControlValues& values) {
        std::vector<int64_t> fitting;
        for (std::size_t i = 0; i < lengths.size(); ++i)
            if (lengths[i] >= frames) fitting.push_back(static_cast<int64_t>(i));
        if (fitting.empty()) throw Error(ErrorCode::NotFound, "no clip has " + std::to_string(frames) + " frames", source->name());
        fillFromClip(description, *source, fitting[static_cast<std::size_t>(clip) % fitting.size()], frames, role, values);
    };
}

int64_t fittingClip(const ClipSource& source, int64_t draw, int frames)
{
    std::vector<int64_t> fitting;
    for (int64_t i = 0; i < source.size(); ++i)
        if (source.info(i).frames >= frames) fitting.push_back(i);
    if (fitting.empty()) throw Error(ErrorCode::NotFound, "no clip has " + std::to_string(frames) + " frames", source.name());
    return fitting[static_cast<std::size_t>(draw) % fitting.size()];
}

}  // namespace kinora
