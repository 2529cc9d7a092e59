#pragma once
#include <filesystem>
#include <string>

#include "datasets/import/published_set.h"

namespace kinora {

/// What an import of UvA-NEMO may be told. Preprocessing defaults: one fixed face box per video from every 25th frame, 64 x 64 (preset faces64).
struct UvaNemoOptions {
    std::string group = "subject", split = "auto";
    std::int64_t fold = 10;
    PreprocessOptions preprocess;

    UvaNemoOptions()
    {
        preprocess.crop = "face";
        preprocess.size = "64";
        preprocess.faceTrack = "fixed";
        preprocess.faceEvery = 25;
    }

    template <class Fields>
    void describe(Fields& f)
    {
        f("group", group, choices({"subject", "family"}), "What must not fall into two splits: the subject, or the family (needs the kinship file)");
        f("split", split, choices({"auto", "fold", "folders", "group_kfold", "none"}),
          "fold: the database's ten folds, one tests and nine train; folders: as train/ and test/ folders say; auto: folders where there are some, else fold; group_kfold: ten folds of our own by group (for families)");
        f("fold", fold, range(1, 10), "The fold that tests");
        preprocess.describe(f);
    }
    PreprocessOptions preprocessing() const { return preprocess; }
};

/// UvA-NEMO smiles, `<subject>_<deliberate|spontaneous>_smile_<take>.mp4` anywhere below the root, 1920 x 1080 at 50 frames/s; or folders of pictures named like the videos,
/// with or without ".mp4" and "_aligned".
///
/// Source: Dibeklioglu, Salah and Gevers, "Are You Really Smiling at Me? Spontaneous versus Posed Enjoyment Smiles", ECCV 2012; folds: the lists of the MeshSmileNet program.
/// Labels: smile (0 deliberate, 1 spontaneous), subject, take, and gender, age and family where the set's text files are there. Group: the subject or the family.
/// Only the text files are opened.
/// \throws Error (NotFound: no such folder, or nothing of this naming scheme; Usage for options that the folder cannot serve)
Listing listUvaNemo(const std::filesystem::path& root, const UvaNemoOptions& options = {});
DatasetAdapter uvaNemoAdapter();

}  // namespace kinora
