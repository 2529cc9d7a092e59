#pragma once
#include "datasets/catalogue.h"
#include "datasets/import/path_labels.h"

namespace kinora {

struct FramesOptions {
    PathOptions path;
    std::string clipKey, gaps = "keep";
    bool closeLoop = false;
    PreprocessOptions preprocess;

    template <class Fields>
    void describe(Fields& f)
    {
        path.describe(f);
        f("clip_key", clipKey, anything(), "Several clips in one folder: names of the pattern whose texts tell them apart, separated by commas; empty: what the pattern calls clip");
        f("gaps", gaps, choices({"keep", "split"}), "Where frame numbers are missing: keep the clip whole, flagged and reported; split: begin another clip");
        f("close_loop", closeLoop, anything(), "Repeat the first frame at the end of every clip");
        preprocess.describe(f);
    }
    PreprocessOptions preprocessing() const { return preprocess; }
};

/// Folders of pictures at any depth, one clip each: the pictures of a folder by the last number in their names, padded or not, from whatever number on.
///
/// A pattern is held against the folder's path; if it names clip, t or a clip_key, against every picture's path: t is what the pictures are sorted by, clip joins those of one clip.
/// Pictures directly in the source are one clip. Folders may be called like videos ("a.mp4").
/// Nothing is opened.
/// \throws Error (NotFound: no such folder, no pictures; Usage)
Listing listFrames(const std::filesystem::path& root, const FramesOptions& options = {});
DatasetAdapter framesAdapter();

/// Pictures in temporal order. \param keys  numbers or texts to sort by; empty: the pictures' names
struct OrderedPictures {
    std::vector<std::size_t> order;
    std::vector<std::int64_t> numbers;  ///< In that order; empty if they do not tell the pictures apart.
    std::int64_t missing = 0;           ///< Numbers that a regular series would have between the first and the last.
};
OrderedPictures orderedPictures(const std::vector<std::string>& names, const std::vector<std::string>& keys = {});

}  // namespace kinora
