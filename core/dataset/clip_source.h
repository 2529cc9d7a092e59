#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/clip/frames.h"

namespace kinora {

/// A named fact about every clip: a class ("expression") or a number ("skin_tone").
struct LabelColumn {
    std::string name;
    std::vector<std::string> categories;  ///< Not empty: values are indices into it.
    std::string role;                     ///< "appearance", "motion" or "" for a ground-truth factor of that role.
    bool categorical() const { return !categories.empty(); }
    bool operator==(const LabelColumn&) const = default;
};

/// A further named stream that clips carry beside their frames: label maps, flow, attributes.
struct StreamColumn {
    std::string name;
    std::string type;    ///< "uint8", "float32"
    int channels = 1;    ///< Per pixel, or per frame for a stream without pixels.
    bool pixels = true;  ///< (T, H, W, channels) if true, (T, channels) if not.
    bool operator==(const StreamColumn&) const = default;
};

/// A rectangle in pixels of the source picture; empty: the whole picture.
struct Box {
    float x = 0, y = 0, width = 0, height = 0;
    bool empty() const { return width <= 0 || height <= 0; }
    bool operator==(const Box&) const = default;
};

/// From which frames of which bytes a clip was made, so that an import can be repeated and checked. Recorded by importers.
struct ClipOrigin {
    std::string sha256;  ///< Of the source: the file, or for a folder of pictures "name sha256" lines in frame order. Empty: not known.
    int firstFrame = 0, frameStep = 1;  ///< The clip's frame t is the source's firstFrame + t * frameStep.
    Box crop;                           ///< Of the first frame; where it moves the stream "crop_box" has it for every frame.
    std::string flags;                  ///< What a person should know, separated by spaces: "no_face", "frames_missing=1".
    bool operator==(const ClipOrigin&) const = default;
};

/// What is known of a clip without decoding it.
struct ClipInfo {
    std::string name;  ///< Unique in its dataset.
    int frames = 0, height = 0, width = 0;
    double frameRateHz = 0;      ///< 0: unknown.
    std::vector<float> labels;   ///< One per LabelColumn; NaN: not known for this clip.
    std::string split;           ///< "train", "test", ... or empty.
    std::string group;           ///< What must not fall into two splits: the subject.
    std::string source;          ///< Where it came from: path, or the built-in dataset with its factors' seed.
    ClipOrigin origin;
};

/// Which frames: first, first + step, ... (count of them).
struct FrameWindow {
    int first = 0;
    int count = 0;  ///< 0: to the end.
    int step = 1;
};

/// A dataset of clips: a file, a built-in one, an adapter. Transforms and sampling belong to others.
/// Thread: all const functions are safe from several loader threads at once.
class ClipSource {
public:
    virtual ~ClipSource() = default;
    virtual std::string name() const = 0;  ///< As --dataset spells it: "builtin:faces", a path.
    virtual std::int64_t size() const = 0;
    virtual ClipInfo info(std::int64_t index) const = 0;
    virtual const std::vector<LabelColumn>& labelColumns() const = 0;
    virtual const std::vector<StreamColumn>& streamColumns() const
    {
        static const std::vector<StreamColumn> none;
        return none;
    }
    /// \returns uint8 RGB (T, H, W, 3) in the source's size. \throws Error (NotFound index, DecodeFailed, Damaged)
    virtual Frames frames(std::int64_t index, const FrameWindow& window = {}) const = 0;
    /// frames() into \p out, whose memory is used again. Sources that can read without a detour override it; the pixels are the same.
    virtual void framesInto(std::int64_t index, const FrameWindow& window, Frames& out) const { out = frames(index, window); }
    /// Raw little-endian bytes of a stream over the same window. \throws Error (NotFound) if there is no such stream
    virtual std::vector<std::uint8_t> stream(std::int64_t index, const std::string& name, const FrameWindow& window = {}) const;
};

/// \returns the window with count resolved and checked against \p available frames. \throws Error (ShapeMismatch)
FrameWindow resolved(const FrameWindow& window, int available);

}  // namespace kinora
