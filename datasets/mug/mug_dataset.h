#pragma once
#include <filesystem>
#include <string>

#include "datasets/import/published_set.h"

namespace kinora {

/// What an import of MUG may be told. Preprocessing defaults: one fixed face box per take, 64 x 64 (preset faces64).
struct MugOptions {
    std::string labelOrder = "alphabetical", takes = "all", split = "none";
    bool includeNeutral = false, forceRandom = false;
    std::int64_t folds = 5, fold = 1;
    PreprocessOptions preprocess;

    MugOptions()
    {
        preprocess.crop = "face";
        preprocess.size = "64";
        preprocess.faceTrack = "fixed";
    }

    template <class Fields>
    void describe(Fields& f)
    {
        f("label_order", labelOrder, choices({"alphabetical", "imaginator", "imaginator_csv"}),
          "Numbers of the classes: alphabetical (neutral last), imaginator (order of its one-hot code: needed for its weights), imaginator_csv (category_code of its lists, seven classes)");
        f("include_neutral", includeNeutral, anything(), "Import the neutral takes too");
        f("takes", takes, choices({"all", "no_nsg", "no_end", "plain"}), "Which takes: all, without those marked nsg, without those marked end, or plain: neither");
        f("split", split, choices({"none", "imaginator", "twostreamvan_subjects", "subject_kfold", "random"}),
          "imaginator: 10 people validate, 42 train; twostreamvan_subjects: 36 people train, 16 test; subject_kfold: by subject; random: the same face in both sets, refused unless forced");
        f("folds", folds, range(2, 100), "Of subject_kfold and random: how many");
        f("fold", fold, range(1, 100), "Of subject_kfold and random: the one that tests");
        f("force_random", forceRandom, anything(), "Allow split=random");
        preprocess.describe(f);
    }
    PreprocessOptions preprocessing() const { return preprocess; }
};

/// MUG's posed sequences, `<root>/<subject>/[session<digit>/]<expression>/take<3 digits>[nsg|end]/img_<4 digits>.jpg`: one JPEG per frame.
///
/// Source: Aifanti, Papachristou and Delopoulos, "The MUG Facial Expression Database", WIAMIS 2010; splits and label orders: the lists of the ImaGINator and
/// TwoStreamVAN programs. Labels: expression, subject, session, take, suffix of the take. Group: the subject, whose sessions are one group. The files have no rate: 19 frames/s.
/// Nothing is opened. Gaps in the frame numbers are warned of.
/// \throws Error (NotFound: no such folder, or nothing of this naming scheme; Usage for options, or a folder that holds the same takes twice)
Listing listMug(const std::filesystem::path& root, const MugOptions& options = {});
DatasetAdapter mugAdapter();

}  // namespace kinora
