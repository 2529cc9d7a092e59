#pragma once
#include "datasets/catalogue.h"

namespace kinora {

struct Hdf5Options {
    std::string dataset = "auto", layout = "auto", values = "auto";

    template <class Fields>
    void describe(Fields& f)
    {
        f("dataset", dataset, anything(), "The data set with the clips, such as /train/clips; auto: the only one that can be, by shape and name");
        f("layout", layout, anything(), "Its axes in their order: n clips, t frames, h rows, w columns, c colours, such as nthwc or ntchw; auto: by its shape");
        f("values", values, choices({"auto", "0,1", "-1,1", "0,255"}), "Which numbers are black and white; auto: 0,255 for whole numbers, for others by the values themselves");
    }
};

/// An HDF5 file: one of Kinora's own, rewritten, or one that another program wrote: a data set of clips (N,T,H,W,3), (N,T,3,H,W), (N,3,T,H,W), grey (N,T,H,W), or many data sets
/// of one clip each, uint8 or real. Data sets with one value per clip become labels: texts and whole numbers classes, real numbers values; one called "split", "name" or "subject" is that.
/// What is assumed is noted. Links out of the file, foreign filters and impossible sizes are refused as in clip files.
/// \throws Error (NotFound, CannotRead, Damaged; Usage, listing what the file holds, where it is not clear what the clips are)
std::unique_ptr<DatasetScan> openHdf5(const std::filesystem::path& file, const Hdf5Options& options = {});
DatasetAdapter hdf5Adapter();

}  // namespace kinora
