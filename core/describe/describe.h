#pragma once
// Plain descriptions of systems, datasets and metrics: all that the window and the command line know of them.
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/control/control.h"
#include "core/options/options.h"

namespace kinora {

/// Clip lengths a system can generate: minimum, minimum + step, ... maximum.
struct LengthRule {
    int trained = 16;
    int minimum = 16, maximum = 16, step = 1;
    /// The allowed length nearest to \p frames.
    int nearest(int frames) const;
    bool allows(int frames) const { return frames >= minimum && frames <= maximum && (step < 1 ? frames == minimum : (frames - minimum) % step == 0); }
    bool operator==(const LengthRule&) const = default;
};

/// Values for `system` options that belong together ("paper", "builtin:faces, small").
struct OptionPreset {
    std::string id, name;
    OptionValues values;
};

/// A further output of a system beside the clip: its foreground, its mask. As long and as large as the clip.
struct OutputView {
    std::string id, name;  ///< "mask", "Mask"; English, translated by the window.
    std::string help;
    bool operator==(const OutputView&) const = default;
};

/// A published system, with its default options or, for an opened checkpoint, with the checkpoint's.
struct SystemDescription {
    std::string id;         ///< "g3an"
    std::string name;       ///< "G3AN"
    std::string summary;    ///< One or two English sentences.
    std::string reference;  ///< Authors, title, venue, year.
    std::vector<std::string> networks;
    std::vector<OptionField> options;  ///< The system's own, then the trainer's ("training" group).
    std::vector<OptionPreset> presets;
    std::vector<Control> controls;
    LengthRule length;
    int width = 64, height = 64;  ///< Of generated frames.
    double frameRateHz = 10;      ///< What a clip is shown at when nothing else is known.
    std::vector<std::string> requiredLabels;   ///< Labels without which a dataset cannot train it.
    std::vector<std::string> requiredStreams;  ///< Named streams ("label_map") likewise.
    std::vector<std::string> scalars;          ///< Tags that a training step reports, in the order of charts.
    std::vector<OutputView> views;             ///< What System::view() can show beside the clip; empty for most systems.
    std::vector<std::string> lossWeights;      ///< Terms of the loss whose weights can be changed while a run goes on: "loss_weight/<name>".
};

/// What a person must know before using somebody's data. Kinora downloads nothing.
struct DataCard {
    std::string origin;    ///< Who made it, what it holds: one or two sentences.
    std::string licence;   ///< Terms as published, or that none are known.
    std::string obtain;    ///< How to get it.
    std::string homepage;  ///< May be empty.
    std::string citation;  ///< BibTeX, may hold several entries.
    bool empty() const { return origin.empty() && licence.empty() && obtain.empty() && citation.empty(); }
    bool operator==(const DataCard&) const = default;
};

/// Something that can stand for --dataset or that `datasets import` reads.
struct DatasetDescription {
    std::string id;       ///< "builtin:faces", "strips"
    std::string name;
    std::string summary;
    bool builtin = false;
    std::vector<OptionField> options;
    std::vector<OptionPreset> presets;  ///< Option values that belong together: a paper's preprocessing, another set's layout.
    DataCard card;                      ///< Empty for kinds that are no published dataset.
};

struct MetricDescription {
    std::string id, name, summary;
    bool lowerIsBetter = true;         ///< Of the headline value.
    std::string units;                 ///< Of the headline value: "of the range [0, 1]".
    std::vector<std::string> needs;    ///< Any of "real clips", "factors", "appearance and motion controls".
    std::vector<OptionField> options;  ///< "metric" group.
};

nlohmann::json toJson(const SystemDescription& description);
nlohmann::json toJson(const DatasetDescription& description);
nlohmann::json toJson(const MetricDescription& description);
/// \throws Error (Damaged) on foreign JSON
SystemDescription systemFromJson(const nlohmann::json& json);
DatasetDescription datasetFromJson(const nlohmann::json& json);
MetricDescription metricFromJson(const nlohmann::json& json);

}  // namespace kinora
