#include "core/training/metric_controls.h"

#include <algorithm>

#include "core/training/sample_controls.h"
#include "core/util/error.h"

namespace kinora {

std::function<void(int64_t, int, ControlRole, ControlValues&)> metricControls(const System& system, std::shared_ptr<const ClipSource> source)
{
    const SystemDescription description = system.describe();
    if (!source || std::ranges::none_of(description.controls, [](const Control& control) { return givenControl(control.kind); })) return {};
    return [description, source, fitting = FittingClips(*source)](int64_t clip, int frames, ControlRole role, ControlValues& values) {
        fillFromClip(description, *source, fitting(clip, frames), frames, role, values);
    };
}

FittingClips::FittingClips(const ClipSource& source) : m_name(source.name())
{
    for (int64_t i = 0; i < source.size(); ++i) m_lengths.push_back(source.info(i).frames);
}

int64_t FittingClips::operator()(int64_t draw, int frames) const
{
    std::vector<int64_t> fitting;
    for (std::size_t i = 0; i < m_lengths.size(); ++i)
        if (m_lengths[i] >= frames) fitting.push_back(static_cast<int64_t>(i));
    if (fitting.empty()) throw Error(ErrorCode::NotFound, "no clip has " + std::to_string(frames) + " frames", m_name);
    return fitting[static_cast<std::size_t>(draw) % fitting.size()];
}

}  // namespace kinora
