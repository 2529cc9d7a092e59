#pragma once
#include "datasets/catalogue.h"
#include "datasets/import/path_labels.h"

namespace kinora {

struct ArraysOptions {
    PathOptions path;
    std::string layout = "auto";
    PreprocessOptions preprocess;

    template <class Fields>
    void describe(Fields& f)
    {
        path.describe(f);
        f("layout", layout, anything(),
          "Axes of the arrays in their order: n clips, t frames, h rows, w columns, c colours, such as nthwc or tnhw; auto: thw, thwc or nthwc where the shape says so, and of four axes without colours time first if that is the shorter");
        preprocess.describe(f);
    }
    PreprocessOptions preprocessing() const { return preprocess; }
};

/// NumPy arrays of clips: one .npy file or all of a folder, uint8 or float32, each one clip or many.
///
/// Source: of the time-first layout, mnist_test_seq.npy (20 x 10000 x 64 x 64) of Srivastava et al., ICML 2015; of T x 71 x 71 x 3, the loader of Sun et al., "TwoStreamVAN", WACV 2020.
/// Only headers are read. Clips of an array that holds many are called "<file>[<row>]".
/// \throws Error (NotFound: no such file or folder, no arrays, none that can be read; Usage for a layout that is none)
Listing listArrays(const std::filesystem::path& source, const ArraysOptions& options = {});
DatasetAdapter arraysAdapter();

/// The layout of an array by its shape alone. \throws Error (DecodeFailed) if none is plausible
std::string guessedLayout(const std::vector<std::int64_t>& shape);

}  // namespace kinora
