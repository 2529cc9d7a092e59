#pragma once
// From a dataset to mini-batches: choice of frames, size, flip, tensors; shuffled epochs, prepared ahead by background threads.
#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/dataset/clip_source.h"
#include "core/system/system.h"

namespace kinora {

/// Says what a dataset lacks for a system before anything is started.
/// \throws Error (Incompatible) naming a missing label or stream, or that no clip is long enough
void checkDataset(const ClipSource& source, const BatchNeeds& needs);

/// Endless shuffled mini-batches of a dataset, the same for a seed whatever the number of threads.
///
/// An epoch visits every usable clip once, in an order of its own; the last incomplete batch is dropped, and a dataset smaller than a batch is
/// repeated to fill it. Usable are the clips that are long enough and have the labels; where the dataset names a split "train", its clips alone.
/// A clip that cannot be read is replaced by another one, with a warning, until there are too many of them: a training that runs for days does not
/// end for one bad spot of a disk. The replacement follows from the seed as everything else does.
/// Thread: one at a time; the threads that prepare batches are its own, and share the clips of a batch.
class ClipLoader {
public:
    struct Options {
        int64_t batchSize = 16;
        int64_t threads = 1;
        uint64_t seed = 0;
        int64_t maxUnreadable = -1;  ///< So many different clips may turn out unreadable; -1: one in a hundred, at least one.
    };
    /// \throws Error (Incompatible) as checkDataset
    ClipLoader(std::shared_ptr<const ClipSource> source, BatchNeeds needs, const Options& options);
    ~ClipLoader();

    /// The next batch, on the CPU; waits for it if need be. Its memory is used again for a later one as soon as nothing refers to the tensors any more.
    /// \throws Error (DecodeFailed, Damaged, CannotRead) naming the clip, if too many cannot be read
    Batch next();

    /// Epochs completed so far, with the fraction of the present one.
    double epoch() const;
    int64_t batchesPerEpoch() const;
    int64_t usableClips() const;
    int64_t unreadableClips() const;  ///< Different clips that could not be read so far.

    /// Where the next batch stands: {"epoch", "position"} and what it depends on.
    nlohmann::json state() const;
    /// Goes on from a state(). \throws Error (Incompatible if it belongs to another number of clips, another batch size or seed; Damaged)
    void setState(const nlohmann::json& state);

private:
    struct Private;
    std::unique_ptr<Private> d;
};

}  // namespace kinora
