#pragma once
// Controls: what a person can move in a system. Sliders, matrices, comparison, export and the command line are built on these alone.
#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/clip/frames.h"
#include "core/util/random.h"

namespace kinora {

enum class ControlRole { Appearance, Motion, Both };
enum class ControlKind {
    GaussianVector,    ///< `size` numbers for the clip.
    GaussianSequence,  ///< `size` numbers for each of a number of steps.
    Category,          ///< One of `categories`.
    Image,             ///< One RGB frame.
    Frames,            ///< A few RGB frames that the system continues.
    MapSequence,       ///< One map (label map, edges, pose) per frame, `size` channels.
};

/// How many steps of a sequence a clip of T frames takes: steps = (T - frameOffset) / framesPerStep.
struct StepRule {
    int framesPerStep = 1;
    int frameOffset = 0;
    int stepsFor(int frames) const { return framesPerStep > 0 ? (frames - frameOffset) / framesPerStep : 0; }
    int framesFor(int steps) const { return frameOffset + steps * framesPerStep; }
    bool operator==(const StepRule&) const = default;
};

/// One control, as a system declares it.
struct Control {
    std::string id;    ///< "za"; unique in its system, never renamed.
    std::string name;  ///< "Appearance"; English, translated by the window.
    std::string help;  ///< What it does, one or two English sentences.
    ControlRole role = ControlRole::Both;
    ControlKind kind = ControlKind::GaussianVector;
    int size = 0;                         ///< Numbers of a vector or of one step; channels of an image, frame or map.
    int height = 0, width = 0;            ///< Image, Frames, MapSequence; 0: as the clip.
    int count = 1;                        ///< Frames: how many the system wants.
    StepRule steps;                       ///< GaussianSequence, MapSequence.
    std::vector<std::string> categories;  ///< Category: their names, in order.
    double mean = 0.0, deviation = 1.0;   ///< Gaussian prior, per component.
    bool fixed = false;                   ///< A setting of generation: never drawn; it stays at `mean` (a category: at the first) until a person moves it.
    double low = 0.0, high = 0.0;         ///< low < high: numbers outside are refused.
    bool bounded() const { return low < high; }
    bool operator==(const Control&) const = default;
};

/// The value of one control. Which fields count follows from the control's kind.
struct ControlValue {
    std::vector<float> numbers;            ///< Vector: size. Sequence: steps x size, step by step. Maps: steps x size x H x W.
    int steps = 0;                         ///< Sequences and maps.
    int category = 0;
    std::shared_ptr<const Frames> frames;  ///< Image (one frame) and Frames.
    bool operator==(const ControlValue& other) const;
};
using ControlValues = std::map<std::string, ControlValue>;

std::string_view controlRoleName(ControlRole role);  ///< "appearance", "motion", "both".
std::string_view controlKindName(ControlKind kind);  ///< "gaussian_vector", ...

/// A draw from the prior for a clip of \p frames frames; a fixed control gives its neutral value. Image, Frames and MapSequence have no prior: the value stays empty and must be given.
ControlValue drawControl(const Control& control, int frames, Random& random);
/// The prior's mean; category 0.
ControlValue neutralControl(const Control& control, int frames);
/// The same value for another clip length: a sequence is cut, or continued by further draws.
ControlValue resizedControl(const Control& control, const ControlValue& value, int frames, Random& random);
/// \throws Error (ShapeMismatch) naming the control if a size, step count, category or bounded number does not fit
void checkControl(const Control& control, const ControlValue& value, int frames);

/// What a byte of a map or label map means to a control: with `classes` (one channel in the file, several in the control) 1 in the plane of its class
/// and 0 elsewhere, else the byte scaled to [-1, 1]. The one place that decides it, for files, streams, samples and the protocol.
inline float mapNumber(std::uint8_t byte, bool classes, int plane) { return classes ? (byte == plane ? 1.0f : 0.0f) : (static_cast<float>(byte) / 255.0f - 0.5f) / 0.5f; }
/// True for kinds without a prior: a person or a dataset gives them.
inline bool givenControl(ControlKind kind) { return kind == ControlKind::Image || kind == ControlKind::Frames || kind == ControlKind::MapSequence; }

/// Whether anything of this role differs from draw to draw or from clip to clip: a control that is no mere setting.
bool varies(const std::vector<Control>& controls, ControlRole role);

/// Draws every control that belongs to \p role from a stream of \p seed of its own, so that appearance and motion seeds are independent.
void drawRole(const std::vector<Control>& controls, ControlRole role, std::uint64_t seed, int frames, ControlValues& values);

nlohmann::json toJson(const Control& control);
Control controlFromJson(const nlohmann::json& json);
/// Frames and maps are not put into JSON: they travel as payload or in files. \throws Error (Usage) on foreign JSON
nlohmann::json toJson(const ControlValue& value);
ControlValue controlValueFromJson(const nlohmann::json& json);
nlohmann::json toJson(const ControlValues& values);
ControlValues controlValuesFromJson(const nlohmann::json& json);

}  // namespace kinora
