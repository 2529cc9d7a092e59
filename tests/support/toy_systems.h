#pragma once
// Three small systems, built on System exactly as a published one, that between them use what G3AN does not: maps, pictures, classes and conditioning frames as
// controls; labels and streams of a dataset; several updates in a step; every kind of optimizer; batch norm, dropout and a state beside the weights.
#include "core/system/system.h"

namespace kinora::test {

/// toy_maps:   za and a sequence of label maps (control "label_map") to a clip; a generator and a discriminator, Adam and AdamW, one update each.
/// toy_class:  a picture, a class and noise to a clip; a critic updated twice (RMSprop) for every update of the generator (Adam); needs the label "action".
/// toy_frames: two frames and one latent number vector per frame to the frames after; one network, SGD with momentum, dropout, and a weight that is annealed.
const Catalogue& toyCatalogue();

}  // namespace kinora::test
