#pragma once
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

}  // namespace kinora
