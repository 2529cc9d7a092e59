#include "core/training/sample_controls.h"

#include <algorithm>
#include <cstring>

#include "core/clip/transform.h"
#include "core/system/generation.h"
#include "core/util/error.h"

namespace kinora {
namespace {

ControlValue mapsOf(const Control& control, const SystemDescription& description, const ClipSource& source, int64_t clip, int frames)
{
    const auto& columns = source.streamColumns();
    auto column = std::find_if(columns.begin(), columns.end(), [&](const StreamColumn& candidate) { return candidate.name == control.id; });
    // a system with one stream and one map control need not name both alike
    if (column == columns.end() && description.requiredStreams.size() == 1)
        column = std::find_if(columns.begin(), columns.end(), [&](const StreamColumn& candidate) { return candidate.name == description.requiredStreams.front(); });
    if (column == columns.end()) throw Error(ErrorCode::NotFound, "has no stream '" + control.id + "' to take sample maps from", source.name());

    ControlValue value;
    value.steps = control.steps.stepsFor(frames);
    const int height = control.height > 0 ? control.height : description.height, width = control.width > 0 ? control.width : description.width;
    const ClipInfo info = source.info(clip);
    const int64_t sourceHeight = column->pixels ? info.height : 1, sourceWidth = column->pixels ? info.width : 1;
    const bool real = column->type == "float32";
    const std::size_t unit = real ? 4 : 1;
    const std::vector<std::uint8_t> bytes = source.stream(clip, column->name, {0, value.steps, 1});
    const int64_t channels = column->channels;
    if (bytes.size() != static_cast<std::size_t>(value.steps * sourceHeight * sourceWidth * channels) * unit)
        throw Error(ErrorCode::Damaged, "stream '" + column->name + "' of clip " + std::to_string(clip) + " does not fit the clip", source.name());
    const bool classes = !real && channels == 1 && control.size > 1;
    if (!classes && channels != control.size)
        throw Error(ErrorCode::Incompatible, "stream '" + column->name + "' has " + std::to_string(channels) + " channels; control '" + control.id + "' has " + std::to_string(control.size),
                    source.name());
    value.numbers.reserve(static_cast<std::size_t>(value.steps) * control.size * height * width);
    for (int t = 0; t < value.steps; ++t)
        for (int c = 0; c < control.size; ++c)
            for (int y = 0; y < height; ++y)
                for (int x = 0; x < width; ++x) {
                    const int64_t fromY = (2 * y + 1) * sourceHeight / (2 * height), fromX = (2 * x + 1) * sourceWidth / (2 * width);
                    const std::uint8_t* at = bytes.data() + (((t * sourceHeight + fromY) * sourceWidth + fromX) * channels + (classes ? 0 : c)) * static_cast<int64_t>(unit);
                    float number = 0;
                    if (real) std::memcpy(&number, at, 4);
                    else number = mapNumber(*at, classes, c);
                    value.numbers.push_back(number);
                }
    return value;
}

}  // namespace

void fillFromClip(const SystemDescription& description, const ClipSource& source, int64_t clip, int frames, ControlRole role, ControlValues& values)
{
    for (const Control& control : description.controls) {
        if (control.role != role) continue;
        if (control.kind == ControlKind::Image || control.kind == ControlKind::Frames) {
            const int count = control.kind == ControlKind::Image ? 1 : control.count;
            const int height = control.height > 0 ? control.height : description.height, width = control.width > 0 ? control.width : description.width;
            ControlValue value;
            value.frames = std::make_shared<const Frames>(kinora::resized(source.frames(clip, {0, count, 1}), height, width));
            values[control.id] = std::move(value);
        } else if (control.kind == ControlKind::MapSequence) {
            values[control.id] = mapsOf(control, description, source, clip, frames);
        }
    }
}

std::vector<ControlValues> sampleControls(const SystemDescription& description, const ClipSource& source, uint64_t seed, int rows, int columns, int frames)
{
    std::vector<ControlValues> cells = matrixControls(description, seed, seed, rows, columns, frames);
    const bool given = std::any_of(description.controls.begin(), description.controls.end(), [](const Control& control) { return givenControl(control.kind); });
    if (!given) return cells;
    std::vector<int64_t> clips;
    for (int64_t i = 0; i < source.size() && static_cast<int>(clips.size()) < rows * columns; ++i)
        if (source.info(i).frames >= frames) clips.push_back(i);
    if (clips.empty()) throw Error(ErrorCode::NotFound, "no clip has " + std::to_string(frames) + " frames", source.name());
    for (int row = 0; row < rows; ++row)
        for (int column = 0; column < columns; ++column) {
            ControlValues& values = cells[static_cast<std::size_t>(row) * columns + column];
            const std::size_t place = static_cast<std::size_t>(matrixPlace(description, row, column, columns));
            fillFromClip(description, source, clips[place % clips.size()], frames, ControlRole::Appearance, values);
            fillFromClip(description, source, clips[static_cast<std::size_t>(column) % clips.size()], frames, ControlRole::Motion, values);
            fillFromClip(description, source, clips[place % clips.size()], frames, ControlRole::Both, values);
        }
    return cells;
}

}  // namespace kinora
