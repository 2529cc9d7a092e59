#include "core/dataset/clip_source.h"

#include <string>

#include "core/dataset/run_sink.h"
#include "core/util/error.h"

namespace kinora {

std::vector<std::uint8_t> ClipSource::stream(std::int64_t, const std::string& stream, const FrameWindow&) const
{
    throw Error(ErrorCode::NotFound, "this dataset has no stream named '" + stream + "'", name());
}

FrameWindow resolved(const FrameWindow& window, int available)
{
    FrameWindow out = window;
    if (out.step < 1 || out.first < 0 || out.count < 0 || out.first > available)
        throw Error(ErrorCode::ShapeMismatch, "frames " + std::to_string(out.first) + " + " + std::to_string(out.count) + " x " + std::to_string(out.step) + " are no window");
    if (out.count == 0) out.count = (available - out.first + out.step - 1) / out.step;
    if (out.count > 0 && static_cast<std::int64_t>(out.first) + static_cast<std::int64_t>(out.count - 1) * out.step >= available)
        throw Error(ErrorCode::ShapeMismatch, "the clip has " + std::to_string(available) + " frames; the window ends at frame " +
                                                  std::to_string(static_cast<std::int64_t>(out.first) + static_cast<std::int64_t>(out.count - 1) * out.step));
    return out;
}

std::string_view runStateName(RunState state)
{
    switch (state) {
        case RunState::Created: return "created";
        case RunState::Running: return "running";
        case RunState::Paused: return "paused";
        case RunState::Finished: return "finished";
        case RunState::Stopped: return "stopped";
        case RunState::Failed: break;
    }
    return "failed";
}

RunState runStateFromName(std::string_view name)
{
    for (const RunState state : {RunState::Created, RunState::Running, RunState::Paused, RunState::Finished, RunState::Stopped})
        if (runStateName(state) == name) return state;
    return RunState::Failed;
}

}  // namespace kinora
