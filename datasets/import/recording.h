#pragma once
// An adapter's whole work: say which recordings a folder holds and what is known of each. Decoding, cropping, resizing and cutting into clips is
// the same for all kinds and happens in recording_scan.cpp.
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/dataset/clip_source.h"
#include "datasets/import/preprocess.h"
#include "datasets/import/scan.h"

namespace kinora {

enum class MediaKind {
    Video,     ///< One file that libav reads; decoded from its first frame to its last, never by seeking.
    Pictures,  ///< One picture a frame.
    Strip,     ///< One picture with its frames side by side.
    Array,     ///< A .npy file, or one row of it.
};

/// A part of a recording that becomes a clip of its own (or several, where clip_frames cuts it further).
struct RecordingPart {
    int first = 0;      ///< Frame of the recording, from 0.
    int count = 0;      ///< 0: to the end.
    std::string name;   ///< Put after the recording's name: "<name>#<name of the part>".
    std::string split;  ///< Empty: the recording's.
    std::vector<float> labels;  ///< Empty: the recording's.
};

/// What is decoded in one go, with all that is known of it beforehand.
struct Recording {
    MediaKind media = MediaKind::Video;
    std::string name;             ///< Relative to the root with '/', unique; the clip's name, and what reports call it.
    std::filesystem::path path;   ///< The file, or the folder of the pictures.
    std::vector<std::filesystem::path> pictures;  ///< Pictures: absolute, in temporal order.
    std::int64_t row = -1;        ///< Array: which clip of the file.
    std::string layout;           ///< Array: axes of the file in any order, as NpyFile takes them ("nthwc", "tnhw", "thw"). Strip: "horizontal", "vertical" (a rest is left out and reported), "auto".
    double frameRateHz = 0;       ///< 0: what the container says. The option frame_rate_hz wins over both.
    std::vector<float> labels;    ///< One per column of the listing; NaN: not known.
    std::string split, group;
    std::string flags;            ///< Kept as ClipOrigin::flags: "nsg", "frames_missing=1".
    std::vector<RecordingPart> parts;  ///< Empty: the whole.
    double trainPart = 0;         ///< > 0: its first floor(trainPart * n) frames are a clip of split "train", the rest one of "test".
    bool moves = true;            ///< crop=person with person_track=auto: the person walks through the picture (follow) or stays (fixed).
    std::vector<Box> boxes;       ///< Known box of the person or face for every frame (an empty one: not known there); none, or more than two too many or too few: to be found.
    bool closeLoop = false;       ///< The first frame is repeated at the end.
    std::vector<std::string> warnings;  ///< Reported once the recording is imported; not if it is skipped.
    Box crop;                     ///< Cut out of every frame, in whole pixels, instead of what the option crop says; empty: as the option says.
};

/// What a listing found.
struct Listing {
    std::vector<LabelColumn> labels;
    std::vector<Recording> recordings;  ///< In the order of the clips: by relative path, numerically inside numbers.
    std::vector<SkippedFile> skipped;
    std::vector<std::string> notes, warnings;
    std::int64_t excluded = 0;
    std::map<std::string, std::string> attributes;
};

/// The listing with the common preprocessing behind it: for every recording decode, crop, resize, cut, hash.
///
/// Every clip carries its ClipOrigin; with a moving crop also the stream "crop_box" (float32, T x 4: x, y, width, height in source pixels).
/// Memory: at most the sampled small frames for finding boxes and the finished clip are held, never a whole recording at full size unless that is what is stored.
/// \throws Error (Usage for options that contradict each other; NotFound if crop=face and the cascade file is missing, naming the package)
std::unique_ptr<DatasetScan> openRecordings(Listing listing, const PreprocessOptions& options);

}  // namespace kinora
