#pragma once
#include <cstdint>
#include <vector>

#include "core/control/control.h"
#include "core/dataset/clip_source.h"
#include "core/describe/describe.h"
#include "core/system/system.h"

namespace kinora {

/// Gives the controls that have no prior (Image, Frames, MapSequence) values from a clip of a dataset: its first frames, or its stream of the control's name.
/// A uint8 stream of one channel becomes one plane per class where the control has several channels; other uint8 streams are scaled to [-1, 1].
/// \throws Error (NotFound) if the dataset has no such stream or no clip is long enough; Incompatible if the stream has other channels
void fillFromClip(const SystemDescription& description, const ClipSource& source, int64_t clip, int frames, ControlRole role, ControlValues& values);

/// The fixed codes of a run's sample matrix, row-major: draws from the seed as matrixControls makes them and, for controls without a prior, pictures and
/// maps of the first clips that are long enough (by row for appearance and both, by column for motion).
std::vector<ControlValues> sampleControls(const SystemDescription& description, const ClipSource& source, uint64_t seed, int rows, int columns, int frames);

}  // namespace kinora
