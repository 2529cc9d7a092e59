#pragma once
#include <cstdint>
#include <string>

#include "core/options/options.h"

namespace kinora {

/// How every kind turns recordings into clips. An adapter's options struct holds one, sets its own defaults and calls describe() at its end.
///
/// Order of work: decode at full rate -> crop -> resize to size -> pick frames -> cut into clips.
struct PreprocessOptions {
    std::string crop = "none", size = "source", fit = "cover", filter = "area";
    std::string frameStep = "1";
    std::int64_t clipFrames = 0, overlap = 0, clipsPerRecording = 0, minFrames = 16, seed = 0;
    double frameRateHz = 0;
    std::string faceCascade = "frontalface_default", faceTrack = "smooth", noFace = "skip";
    std::int64_t faceEvery = 5;
    double faceMargin = 1.3, faceShift = 0.05;
    std::string personTrack = "auto";
    double personMargin = 0.1;

    template <class Fields>
    void describe(Fields& f)
    {
        f("crop", crop, anything(), "What is cut out before resizing: none, centre (the largest centred square), face, person, or X,Y,WIDTH,HEIGHT in pixels");
        f("size", size, anything(), "Size of the stored frames: source, 64 (square) or 85x64 (width x height)");
        f("fit", fit, choices({"cover", "stretch", "pad"}), "cover: keep the aspect and cut what is over in the middle; stretch: ignore the aspect; pad: keep all, with the border colour around");
        f("filter", filter, choices({"area", "bilinear", "linear", "nearest"}),
          "area: averages the pixels below (OpenCV); bilinear: triangle that widens when shrinking (Pillow); linear: two by two pixels only (OpenCV, aliases); nearest");
        f("frame_step", frameStep, anything(), "Every so many frames are kept; a list such as 2,3 draws one of them for each clip (of those that fit)");
        f("clip_frames", clipFrames, range(0, 1000000), "Cut recordings into clips of this many stored frames; 0: one clip each, whole");
        f("overlap", overlap, range(0, 1000000), "Stored frames that neighbouring clips share");
        f("clips_per_recording", clipsPerRecording, range(0, 1000000), "At most so many clips of a recording, their starts evenly spaced from the first possible to the last, whatever overlap says; 0: as many as fit");
        f("min_frames", minFrames, range(1, 1000000), "Shorter recordings are skipped and reported");
        f("frame_rate_hz", frameRateHz, range(0, 100000), "Frames a second of the recordings; 0: what the files say");
        f("face_cascade", faceCascade, choices({"frontalface_default", "frontalface_alt", "frontalface_alt2", "frontalface_alt_tree", "profileface"}), "OpenCV's Haar cascade that finds faces");
        f("face_track", faceTrack, choices({"fixed", "smooth", "first"}),
          "fixed: one box for the recording, the median of those found; smooth: follows the face along a smoothed track; first: the box of the first frame looked at");
        f("no_face", noFace, choices({"skip", "centre"}), "A recording in which no face is found (crop=person: nobody who moves): skip and report it, or keep the centre square, flagged and reported");
        f("face_every", faceEvery, range(1, 10000), "Faces are looked for in every so many frames");
        f("face_margin", faceMargin, range(0.5, 5), "Side of the square over the larger side of the face's box");
        f("face_shift", faceShift, range(-1, 1), "How far the square's centre is moved up, in sides");
        f("person_track", personTrack, choices({"auto", "fixed", "follow"}), "crop=person: one square for the recording, or one of fixed side that follows; auto: by what the recording shows");
        f("person_margin", personMargin, range(0, 2), "Added to the side of the person's square");
        f("seed", seed, range(0, 9e15), "Of what is drawn: frame_step lists, random splits");
    }
};

}  // namespace kinora
