#pragma once
#include "datasets/catalogue.h"
#include "datasets/import/path_labels.h"

namespace kinora {

struct VideosOptions {
    PathOptions path;
    std::string ranges = "none";
    std::int64_t rangesBase = 0;
    PreprocessOptions preprocess;

    template <class Fields>
    void describe(Fields& f)
    {
        path.describe(f);
        f("ranges", ranges, anything(),
          "Several clips a video: none; kth: what 00sequences.txt in the source says; or a file: one of that form, or CSV with rows file,start,end[,label], both ends included");
        f("ranges_base", rangesBase, range(0, 1), "Number of a video's first frame in a CSV of ranges (KTH's file counts from 1 whatever is set)");
        preprocess.describe(f);
    }
    PreprocessOptions preprocessing() const { return preprocess; }
};

/// Videos in any container that libav reads, in class folders, deeper or in one folder; or a single file. Labels come out of the paths (PathOptions).
///
/// Source: of 00sequences.txt, Schuldt, Laptev and Caputo, "Recognizing Human Actions: A Local SVM Approach", ICPR 2004: lines `person01_boxing_d1 frames 1-95, 96-185`, from 1, both ends included.
/// Nothing is opened but the file of ranges.
/// \throws Error (NotFound: no such file or folder, no videos, no file of ranges; Damaged for a file of ranges that cannot be read, showing its first lines; Usage)
Listing listVideos(const std::filesystem::path& source, const VideosOptions& options = {});
DatasetAdapter videosAdapter();

}  // namespace kinora
