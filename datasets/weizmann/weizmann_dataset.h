#pragma once
#include <filesystem>
#include <string>

#include "datasets/import/published_set.h"

namespace kinora {

/// What an import of the Weizmann actions may be told. Preprocessing defaults: a square around the person, 64 x 64 (preset person64).
struct WeizmannOptions {
    std::string labelOrder = "alphabetical", duplicates = "keep", split = "all", person = "none";
    bool includeRobustness = false;
    std::int64_t temporalStep = 1;
    PreprocessOptions preprocess;

    WeizmannOptions()
    {
        preprocess.crop = "person";
        preprocess.size = "64";
    }

    template <class Fields>
    void describe(Fields& f)
    {
        f("label_order", labelOrder, choices({"alphabetical", "twostreamvan"}), "Numbers of the actions: alphabetical, or twostreamvan (actions on the spot first)");
        f("duplicates", duplicates, choices({"keep", "first", "second"}), "lena ran, skipped and walked twice: keep both takes, or the first or the second only (first: the canonical 90 videos)");
        f("split", split, anything(), "all: everything trains; temporal_two_thirds: the first two thirds of every video train, the rest tests; leave_person_out: the person of that option tests (or leave_person_out:NAME)");
        f("person", person, choices({"none", "daria", "denis", "eli", "ido", "ira", "lena", "lyova", "moshe", "shahar"}), "Of split=leave_person_out: who tests");
        f("temporal_step", temporalStep, range(1, 10), "2: every second frame, that is those of one field (the videos are deinterlaced, fields became frames)");
        f("include_robustness", includeRobustness, anything(), "Import the walking sequences of the robustness test too, flagged, without a person and out of the split");
        preprocess.describe(f);
    }
    /// \throws Error (Usage) if temporal_step and frame_step are both set
    PreprocessOptions preprocessing() const;
};

/// Weizmann "Actions as Space-Time Shapes", `<person>_<action>[<take>].avi` in one folder, in folders by action, or any mixture; 180 x 144.
///
/// Source: Gorelick, Blank, Shechtman, Irani and Basri, "Actions as Space-Time Shapes", PAMI 2007; two thirds split and second label order: the TwoStreamVAN program.
/// Labels: action, person, take (0: the name has none). Group: the person. The mask file is not read: a warning says so, boxes are computed.
/// Nothing is opened.
/// \throws Error (NotFound: no such folder, or nothing of this naming scheme; Usage for a split that is none)
Listing listWeizmann(const std::filesystem::path& root, const WeizmannOptions& options = {});
DatasetAdapter weizmannAdapter();

}  // namespace kinora
