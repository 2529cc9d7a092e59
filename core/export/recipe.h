#pragma once
#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/control/control.h"
#include "core/export/figure.h"

namespace kinora {

/// All that is needed to make a file of generated clips again, byte for byte: what was generated, how it was laid out and how it was written.
struct FigureRecipe {
    std::string madeBy;                      ///< The program part: "generate", "explore", ...
    std::string system, checkpointHash;      ///< SHA-256 of the checkpoint's file.
    std::string checkpointFile;              ///< Its name without a folder, for people.
    std::string weights;                     ///< "raw" or "averaged".
    std::string look = "fixed";              ///< "fixed" or "official".
    std::string view;                        ///< A further output of the system; empty: the clip.
    std::string plan = "auto";               ///< What generated: "fp32" or "bf16" of an inference plan, "off" for the plain modules.
    std::string device;                      ///< "cpu" or "cuda": another one gives slightly other pixels.
    std::uint64_t seed = 0;                  ///< Of the noise inside the system.
    int frames = 0, rows = 1, columns = 1;
    std::vector<ControlValues> cells;        ///< Row by row, with the pictures that were given; empty: drawn from the seeds, with the pictures of `condition`.
    std::string keyPoses;                    ///< JSON of core/control/key_poses.h: the figure is the way through them, the only cell what is present besides; empty: it is the cells.
    std::optional<std::uint64_t> appearanceSeed, motionSeed;  ///< From which the cells were drawn, if they were.
    std::string condition;                   ///< DATASET#CLIP that gave the pictures.
    bool curated = false;                    ///< A person chose the cells.
    std::vector<std::string> rowLabels, columnLabels;
    FigureLayout figure;
    ExportOptions encoder;                   ///< Less comment and surround.
};

nlohmann::json toJson(const FigureRecipe& recipe);
/// \throws Error (Damaged) naming \p subject for JSON that is no recipe, Incompatible for a newer one
FigureRecipe recipeFromJson(const nlohmann::json& json, const std::string& subject);

/// The recipe that a file of ours holds (gif, png, apng, webp, mp4, webm, h5, safetensors, a folder of frames, a report of `kinora compare`), or a file of JSON. One with "sources" is a
/// comparison's: core/export/comparison.h.
/// \throws Error (NotFound, CannotRead; Damaged if it holds none)
nlohmann::json readRecipe(const std::filesystem::path& file);

/// Floats in \p value as the shortest decimals that read back as the same float: half the bytes of what a double of the same value needs.
void shortenFloats(nlohmann::json& value);

}  // namespace kinora
