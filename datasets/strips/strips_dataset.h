#pragma once
#include "datasets/catalogue.h"
#include "datasets/import/path_labels.h"

namespace kinora {

/// What an import of frame strips may be told.
struct StripsOptions {
    PathOptions path;
    std::string orientation = "auto", list, classNames = "folders", group = "auto";
    PreprocessOptions preprocess;

    StripsOptions()
    {
        path.classOrder = "bytes";
        preprocess.minFrames = 32;
    }

    template <class Fields>
    void describe(Fields& f)
    {
        path.describe(f);
        f("orientation", orientation, choices({"auto", "horizontal", "vertical"}),
          "Frames from left to right, of the picture's height, or from top to bottom, of its width, whatever is left over; auto: along the longer side, which must be a multiple of the shorter");
        f("list", list, anything(), "A text file that names the strips, one path a line, further columns ignored; in the source or anywhere; empty: all files");
        f("class_names", classNames, anything(), "Names of the sorted class folders, separated by commas; folders: the folders' own; actions, shapes: those of the two MoCoGAN sets");
        f("group", group, choices({"auto", "none", "number/8"}), "What must not fall into two splits: the number in the file's name divided by 8 (performer and mirror images of the action set); auto: if the files are that set");
        preprocess.describe(f);
    }
    PreprocessOptions preprocessing() const { return preprocess; }
};

/// Frame strips, `<root>/<class>/<name>`: one picture per clip, n = longer / shorter square frames from left to right or from top to bottom.
///
/// Source: the data of Tulyakov et al., "MoCoGAN: Decomposing Motion and Content for Video Generation", CVPR 2018, and their src/data.py: folders sorted by
/// name are the labels 0, 1, ...; clips shorter than 32 frames are dropped. Vertical strips with a list: Vondrick, Pirsiavash and Torralba, "Generating Videos with Scene Dynamics", NIPS 2016.
/// Deviates: a strip whose longer side is no multiple of the shorter is skipped and reported (theirs fails later), unless the orientation is given: then the rest is left out and reported.
/// Files are read by content, not by name: the action strips are PNG files named .jpg. Pictures directly in \p root, without class folders, make a set without labels.
/// \throws Error (NotFound if \p root is no folder or holds no files; CannotRead; Usage for options that do not fit)
Listing listStrips(const std::filesystem::path& root, const StripsOptions& options = {});
DatasetAdapter stripsAdapter();

}  // namespace kinora
