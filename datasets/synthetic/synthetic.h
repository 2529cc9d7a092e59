#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/dataset/clip_source.h"
#include "core/describe/describe.h"

namespace kinora {

/// Opens a built-in dataset by its --dataset text: "builtin:faces", "builtin:puppets?size=64&frames=16&clips=512&seed=1".
/// Clip i is the same, bit for bit, for a seed, whatever the order, thread or count of clips.
/// \throws Error (Usage) for an unknown name, key or value, naming the nearest
std::shared_ptr<const ClipSource> openSynthetic(const std::string& name);
/// True for texts that openSynthetic is meant for.
bool isSynthetic(const std::string& name);
/// For forms and help: id, name, summary, options (size, frames, clips, seed).
std::vector<DatasetDescription> describeSynthetic();

enum class SyntheticKind { Faces, Puppets };

/// The ground truth of one clip, one value per label column of its role. Appearance and motion are drawn independently, so those of two
/// clips may be exchanged.
struct SyntheticFactors {
    std::vector<float> appearance;
    std::vector<float> motion;
    bool operator==(const SyntheticFactors&) const = default;
};

/// The label columns of a kind: appearance first, then motion. Categories hold an index, numbers lie in [0, 1] or [-1, 1].
const std::vector<LabelColumn>& syntheticLabels(SyntheticKind kind);
/// The factors of clip \p index of the dataset with this seed.
SyntheticFactors syntheticFactors(SyntheticKind kind, std::uint64_t seed, std::int64_t index);
/// Renders any factors, for measurements that hold one half fixed.
/// \returns (frames, size, size, 3), at 10 frames per second
/// \throws  Error (ShapeMismatch) if a value is missing or outside its range
/// Thread: safe; the picture depends on the arguments alone.
Frames renderSynthetic(SyntheticKind kind, const SyntheticFactors& factors, int size, int frames);

}  // namespace kinora
