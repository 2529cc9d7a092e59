#pragma once
#include <filesystem>
#include <string>

#include "datasets/import/published_set.h"

namespace kinora {

/// What an import of UCF101 may be told. Preprocessing defaults: the whole frame to 85 x 64, columns 10 to 73 (preset tgan64).
struct Ucf101Options {
    std::string labelOrder = "classind", split = "01", lists;
    bool compactLabels = false, forceRandom = false;
    std::int64_t folds = 5, fold = 1;
    PreprocessOptions preprocess;

    Ucf101Options() { preprocess.size = "64"; }

    template <class Fields>
    void describe(Fields& f)
    {
        f("label_order", labelOrder, choices({"classind", "sorted"}), "Numbers of the classes: classind (classInd.txt minus 1) or sorted (byte-wise, as torchvision numbers them: four classes differ)");
        f("compact_labels", compactLabels, anything(), "Number only the classes that are there, in the same order, instead of all 101");
        f("split", split, choices({"01", "02", "03", "group_kfold", "random", "none"}),
          "01, 02, 03: the official lists (all of them are stored as labels besides); group_kfold: by class and group; random: pieces of one video in both sets, refused unless forced");
        f("lists", lists, anything(), "Folder of classInd.txt, trainlist01.txt, ...; empty: ucfTrainTestlist, the root, annotations, or ucfTrainTestlist beside the root");
        f("folds", folds, range(2, 100), "Of group_kfold and random: how many");
        f("fold", fold, range(1, 100), "Of group_kfold and random: the one that tests");
        f("force_random", forceRandom, anything(), "Allow split=random");
        preprocess.describe(f);
    }
    PreprocessOptions preprocessing() const { return preprocess; }
};

/// UCF101, `<Class>/v_<Class>_g<group>_c<clip>.avi` below the root, or the files in one folder; 320 x 240.
///
/// Source: Soomro, Zamir and Shah, "UCF101: A Dataset of 101 Human Actions Classes From Videos in The Wild", CRCV-TR-12-01, 2012, and its seven list files; second label order:
/// torchvision's loader. Labels: class, group_number, clip_number, and train or test in each of the official splits whose lists are there (split_01 ...).
/// Class: of the folder if it is one of the 101, else of the name; letters match in any case (HandstandPushups is spelt both ways). Group: class and group number.
/// The list files alone are opened.
/// \throws Error (NotFound: no such folder, nothing of this naming scheme, or no lists of the split in a folder of lists; Damaged for lists of another task)
Listing listUcf101(const std::filesystem::path& root, const Ucf101Options& options = {});
DatasetAdapter ucf101Adapter();

}  // namespace kinora
