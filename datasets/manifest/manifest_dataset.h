#pragma once
#include "datasets/catalogue.h"
#include "datasets/import/recording.h"

namespace kinora {

struct ManifestOptions {
    std::string categories, layout = "auto", split = "auto", groupBy, testGroups;
    std::int64_t rangesBase = 0, folds = 5, fold = 1;
    bool allowOutside = false;
    PreprocessOptions preprocess;

    template <class Fields>
    void describe(Fields& f)
    {
        f("ranges_base", rangesBase, range(0, 1), "Number of a recording's first frame in the columns start and end");
        f("categories", categories, anything(), "Label columns of numbers that are names all the same, separated by commas (class and label always are)");
        f("layout", layout, anything(), "How strips and arrays are read: auto; horizontal or vertical for strips; axes such as tnhw for .npy files");
        f("split", split, choices({"auto", "none", "group"}), "auto: the column split; group: by test_groups, or fold");
        f("group_by", groupBy, anything(), "Columns that must not fall into two splits, separated by commas; empty: the column group");
        f("test_groups", testGroups, anything(), "split=group: the groups that test, such as 21-25 or ann,ben; empty: those of the fold");
        f("folds", folds, range(2, 1000), "split=group without test_groups: into how many folds the sorted groups are dealt");
        f("fold", fold, range(1, 1000), "split=group without test_groups: the one that tests");
        f("allow_outside", allowOutside, anything(), "Allow files that do not lie beside or below the manifest: absolute paths, .. and links that lead out");
        preprocess.describe(f);
    }
    PreprocessOptions preprocessing() const { return preprocess; }
};

/// A CSV (RFC 4180; commas, semicolons or tabs), JSON or JSON lines file that names recordings with their labels and ranges. JSON: a list of objects, alone or under "clips".
///
/// Columns: file, and if wanted name, start and end (frames, both included; empty: the beginning, the end), split, group, frame_rate_hz, row (of an array of many clips) and the crop x, y, w, h in pixels;
/// all others are labels: numbers where every value is one, else names; an empty value is not known. Files are relative to the manifest: videos, folders of pictures, strips or .npy arrays.
/// Clips are called "<file>", with a range or name "<file>#<name, or start-end>"; those of one file are decoded in one go. A row that cannot be used is a skip with its line.
/// \throws Error (NotFound: no such file, no usable row; Damaged: no manifest; Usage)
Listing listManifest(const std::filesystem::path& manifest, const ManifestOptions& options = {});
DatasetAdapter manifestAdapter();

}  // namespace kinora
