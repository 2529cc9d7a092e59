#pragma once
// Key poses: codes that a person kept, and the way from one to the next as a clip. The window and `kinora generate --key-poses` make the same clip of them.
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string_view>
#include <vector>

#include "core/clip/frames.h"
#include "core/control/control.h"

namespace kinora {

enum class PoseInterpolation {
    Linear,
    Spherical,  ///< On great circles about the prior's mean: what lies between two draws is about as long as a draw.
};

/// What of the clips of the steps is shown. A system takes one appearance code for a whole clip, so a step is a clip of its own, and a changing appearance is frames of many clips.
enum class PoseFrames {
    OneForward,     ///< One frame of each step's clip: 0, 1, ... T - 1, 0, 1, ...
    OneBackAndForth,  ///< Likewise 0, 1, ... T - 1, T - 2, ... 1, 0, 1, ...: without a jump where the clip is shorter than the way.
    Whole,          ///< All frames of each step's clip, one clip after the other.
};

/// One track of poses per role. A role without poses stays at the present codes, a role with one pose at that. The longest track has `between` steps between two poses;
/// the others take as long as it, at an even speed.
struct KeyPoses {
    std::map<ControlRole, std::vector<ControlValues>> tracks;
    PoseInterpolation interpolation = PoseInterpolation::Spherical;
    PoseFrames frames = PoseFrames::OneForward;
    int between = 15;   ///< Steps between two poses, 0 ... 600.
    bool loop = false;  ///< From the last pose back to the first.
    bool operator==(const KeyPoses&) const = default;
    bool empty() const;  ///< No track has two poses: there is no way.
};

std::string_view poseInterpolationName(PoseInterpolation interpolation);  ///< "linear", "spherical".
std::string_view poseFramesName(PoseFrames frames);                       ///< "one_forward", "one_back_and_forth", "whole".

/// Steps of the whole way; 0 if empty(). Without a loop the last step is the last pose; with one the step after the last would be the first pose again.
int poseStepCount(const KeyPoses& poses);

/// The codes of every step. A step that falls on a pose has its very numbers.
///
/// Gaussian vectors, and sequences step by step, are interpolated; settings (fixed) always linearly; a category, a picture or a map is that of the nearer pose.
/// \param present  for roles without poses, and for what a pose does not hold
/// \throws Error (Usage if empty() or a way of more than 10000 steps, ShapeMismatch if a pose does not fit the controls and the length)
std::vector<ControlValues> poseSteps(const std::vector<Control>& controls, const KeyPoses& poses, const ControlValues& present, int frames);

/// \p t of the way from \p a to \p b about \p mean.
///
/// Spherical: sin((1 - t) w) / sin w a + sin(t w) / sin w b with the angle w between a and b. Where the angle says nothing (a length of zero, or the same or the opposite direction) linear.
/// Source: Shoemake, "Animating Rotation with Quaternion Curves", SIGGRAPH 1985, section 3.3; for latent codes White, "Sampling Generative Networks", arXiv:1609.04468, section 2.1.
/// \throws Error (ShapeMismatch) if the sizes differ
std::vector<float> interpolated(const std::vector<float>& a, const std::vector<float>& b, double t, PoseInterpolation interpolation, double mean = 0);

/// Which frame of its clip of \p frames frames step \p step shows; -1: all of them.
int frameOfStep(PoseFrames which, int step, int frames);
/// One clip of the steps' clips. \throws Error (ShapeMismatch) if their sizes differ
Frames poseClip(const std::vector<const Frames*>& steps, PoseFrames which);

/// {"interpolation", "frames", "between", "loop", "tracks": {"appearance": [controls, ...]}}. Pictures and maps are left out: they do not go into JSON.
nlohmann::json toJson(const KeyPoses& poses, const std::vector<Control>& controls);
/// \throws Error (Usage) on foreign JSON, ShapeMismatch if a pose does not fit
KeyPoses keyPosesFromJson(const nlohmann::json& json, const std::vector<Control>& controls, int frames);

}  // namespace kinora
