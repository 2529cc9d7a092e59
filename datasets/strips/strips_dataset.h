#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "datasets/catalogue.h"

namespace kinora {

/// What an import of frame strips may be told.
struct StripsOptions {
    std::int64_t minFrames = 32;
    double frameRateHz = 0;
    std::string classNames = "folders";
    std::string group = "auto";

    template <class Fields>
    void describe(Fields& f)
    {
        f("min_frames", minFrames, range(1, 1000000), "Shorter clips are skipped and reported");
        f("frame_rate_hz", frameRateHz, range(0, 1000), "Frames a second of the clips; 0: not known");
        f("class_names", classNames, anything(), "Names of the sorted class folders, separated by commas; folders: the folders' own; actions, shapes: those of the two MoCoGAN sets");
        f("group", group, choices({"auto", "none", "number/8"}), "What must not fall into two splits: the number in the file's name divided by 8 (performer and mirror images of the action set); auto: if the files are that set");
    }
};

/// Frame strips, `<root>/<class>/<name>`: one picture per clip, n = longer / shorter square frames from left to right or from top to bottom.
///
/// Source: the data of Tulyakov et al., "MoCoGAN: Decomposing Motion and Content for Video Generation", CVPR 2018, and their src/data.py: folders sorted by
/// name are the labels 0, 1, ...; clips shorter than 32 frames are dropped.
/// Deviates: a strip whose longer side is no multiple of the shorter is skipped and reported (theirs fails later). Files are read by content, not by name: the
/// action strips are PNG files named .jpg. Pictures directly in \p root, without class folders, make a set without labels.
/// \throws Error (NotFound if \p root is no folder or holds no files; CannotRead; Usage for options that do not fit)
std::unique_ptr<DatasetScan> openStrips(const std::filesystem::path& root, const StripsOptions& options = {});

/// True if the first pictures of \p root's class folders are strips.
bool detectsStrips(const std::filesystem::path& root);

}  // namespace kinora
