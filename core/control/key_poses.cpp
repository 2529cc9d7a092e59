#include "core/control/key_poses.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/util/error.h"

namespace kinora {
namespace {
constexpr int kMaxBetween = 600, kMaxSteps = 10000;

std::int64_t segments(const KeyPoses& poses, std::size_t count) { return static_cast<std::int64_t>(count) - (poses.loop ? 0 : 1); }

void checkPoses(const std::vector<Control>& controls, const KeyPoses& poses, int frames)
{
    if (poses.between < 0 || poses.between > kMaxBetween) throw Error(ErrorCode::Usage, "0 to " + std::to_string(kMaxBetween) + " steps lie between two poses, not " + std::to_string(poses.between), "between");
    for (const auto& [role, track] : poses.tracks)
        for (const ControlValues& pose : track)
            for (const auto& [id, value] : pose) {
                const auto control = std::ranges::find(controls, id, &Control::id);
                if (control == controls.end() || control->role != role) throw Error(ErrorCode::Usage, "is no " + std::string(controlRoleName(role)) + " control of this system", "key pose, control '" + id + "'");
                checkControl(*control, value, frames);
            }
}

ControlValue between(const Control& control, const ControlValue& a, const ControlValue& b, double t, const KeyPoses& poses)
{
    if (t == 0 || a == b) return a;
    const bool sequence = control.kind == ControlKind::GaussianSequence;
    if (!sequence && control.kind != ControlKind::GaussianVector) return t < 0.5 ? a : b;
    const PoseInterpolation how = control.fixed ? PoseInterpolation::Linear : poses.interpolation;
    ControlValue made = a;
    if (!sequence) {
        made.numbers = interpolated(a.numbers, b.numbers, t, how, control.mean);
        return made;
    }
    for (int step = 0; step < a.steps; ++step) {
        const auto from = static_cast<std::ptrdiff_t>(step) * control.size;
        const auto part = [&](const ControlValue& value) { return std::vector<float>(value.numbers.begin() + from, value.numbers.begin() + from + control.size); };
        std::ranges::copy(interpolated(part(a), part(b), t, how, control.mean), made.numbers.begin() + from);
    }
    return made;
}
}  // namespace

bool KeyPoses::empty() const
{
    return std::ranges::none_of(tracks, [](const auto& entry) { return entry.second.size() > 1; });
}

std::string_view poseInterpolationName(PoseInterpolation interpolation) { return interpolation == PoseInterpolation::Linear ? "linear" : "spherical"; }

std::string_view poseFramesName(PoseFrames frames)
{
    switch (frames) {
        case PoseFrames::OneForward: return "one_forward";
        case PoseFrames::OneBackAndForth: return "one_back_and_forth";
        case PoseFrames::Whole: return "whole";
    }
    return "one_forward";
}

int poseStepCount(const KeyPoses& poses)
{
    if (poses.empty()) return 0;
    std::size_t longest = 0;
    for (const auto& [role, track] : poses.tracks) longest = std::max(longest, track.size());
    const std::int64_t steps = segments(poses, longest) * (poses.between + 1) + (poses.loop ? 0 : 1);
    return static_cast<int>(std::min<std::int64_t>(steps, kMaxSteps + 1));
}

std::vector<ControlValues> poseSteps(const std::vector<Control>& controls, const KeyPoses& poses, const ControlValues& present, int frames)
{
    if (poses.empty()) throw Error(ErrorCode::Usage, "a way needs two key poses of appearance or of motion");
    checkPoses(controls, poses, frames);
    const std::int64_t count = poseStepCount(poses);
    if (count > kMaxSteps) throw Error(ErrorCode::Usage, "the way through the key poses has more than " + std::to_string(kMaxSteps) + " steps; put fewer between two poses");
    std::vector<ControlValues> steps(static_cast<std::size_t>(count), present);
    for (const auto& [role, track] : poses.tracks) {
        if (track.empty()) continue;
        const std::int64_t parts = segments(poses, track.size()), whole = poses.loop ? count : count - 1;
        for (std::int64_t step = 0; step < count; ++step) {
            // in whole numbers, so that a step that falls on a pose is the pose
            const std::int64_t place = track.size() > 1 ? step * parts : 0, first = place / whole, rest = place % whole;
            const ControlValues& a = track[static_cast<std::size_t>(first) % track.size()];
            const ControlValues& b = track[static_cast<std::size_t>(first + (rest > 0 ? 1 : 0)) % track.size()];
            for (const Control& control : controls) {
                const auto from = a.find(control.id), to = b.find(control.id);
                if (control.role != role || from == a.end()) continue;
                steps[static_cast<std::size_t>(step)][control.id] =
                    to == b.end() ? from->second : between(control, from->second, to->second, static_cast<double>(rest) / static_cast<double>(whole), poses);
            }
        }
    }
    return steps;
}

std::vector<float> interpolated(const std::vector<float>& a, const std::vector<float>& b, double t, PoseInterpolation interpolation, double mean)
{
    if (a.size() != b.size()) throw Error(ErrorCode::ShapeMismatch, "codes of " + std::to_string(a.size()) + " and " + std::to_string(b.size()) + " numbers have nothing between them");
    double fromA = 1 - t, fromB = t;
    if (interpolation == PoseInterpolation::Spherical) {
        double aa = 0, bb = 0, ab = 0;
        for (std::size_t i = 0; i < a.size(); ++i) {
            const double x = a[i] - mean, y = b[i] - mean;
            aa += x * x, bb += y * y, ab += x * y;
        }
        const double cosine = aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 1;
        if (std::abs(cosine) < 1 - 1e-9) {
            const double angle = std::acos(cosine);
            fromA = std::sin((1 - t) * angle) / std::sin(angle);
            fromB = std::sin(t * angle) / std::sin(angle);
        }
    }
    std::vector<float> made(a.size());
    for (std::size_t i = 0; i < a.size(); ++i) made[i] = static_cast<float>(mean + fromA * (a[i] - mean) + fromB * (b[i] - mean));
    return made;
}

int frameOfStep(PoseFrames which, int step, int frames)
{
    if (which == PoseFrames::Whole || frames < 1) return -1;
    if (which == PoseFrames::OneForward || frames == 1) return step % frames;
    const int period = 2 * (frames - 1), place = step % period;
    return place < frames ? place : period - place;
}

Frames poseClip(const std::vector<const Frames*>& steps, PoseFrames which)
{
    if (steps.empty()) return {};
    const Frames& first = *steps.front();
    int count = 0;
    for (const Frames* clip : steps) {
        if (clip->height() != first.height() || clip->width() != first.width() || clip->empty()) throw Error(ErrorCode::ShapeMismatch, "the clips of the steps differ in size");
        count += which == PoseFrames::Whole ? clip->count() : 1;
    }
    Frames made(count, first.height(), first.width());
    int at = 0;
    for (std::size_t step = 0; step < steps.size(); ++step) {
        const Frames& clip = *steps[step];
        const int frame = frameOfStep(which, static_cast<int>(step), clip.count()), taken = frame < 0 ? clip.count() : 1;
        std::copy_n(clip.frame(std::max(0, frame)), clip.frameBytes() * static_cast<std::size_t>(taken), made.frame(at));
        at += taken;
    }
    return made;
}

nlohmann::json toJson(const KeyPoses& poses, const std::vector<Control>& controls)
{
    nlohmann::json tracks = nlohmann::json::object();
    for (const auto& [role, track] : poses.tracks) {
        nlohmann::json list = nlohmann::json::array();
        for (ControlValues pose : track) {
            std::erase_if(pose, [&](const auto& entry) {
                const auto control = std::ranges::find(controls, entry.first, &Control::id);
                return control == controls.end() || givenControl(control->kind);
            });
            list.push_back(toJson(pose));
        }
        if (!track.empty()) tracks[std::string(controlRoleName(role))] = std::move(list);
    }
    return {{"interpolation", poseInterpolationName(poses.interpolation)}, {"frames", poseFramesName(poses.frames)}, {"between", poses.between}, {"loop", poses.loop}, {"tracks", std::move(tracks)}};
}

KeyPoses keyPosesFromJson(const nlohmann::json& json, const std::vector<Control>& controls, int frames)
{
    try {
        KeyPoses poses;
        const std::string interpolation = json.value("interpolation", "spherical"), shown = json.value("frames", "one_forward");
        if (interpolation != "linear" && interpolation != "spherical") throw Error(ErrorCode::Usage, "key poses are joined linear or spherical, not '" + interpolation + "'", "interpolation");
        poses.interpolation = interpolation == "linear" ? PoseInterpolation::Linear : PoseInterpolation::Spherical;
        bool known = false;
        for (const PoseFrames which : {PoseFrames::OneForward, PoseFrames::OneBackAndForth, PoseFrames::Whole})
            if (shown == poseFramesName(which)) poses.frames = which, known = true;
        if (!known) throw Error(ErrorCode::Usage, "is not known: '" + shown + "'", "frames of key poses");
        poses.between = json.value("between", poses.between);
        poses.loop = json.value("loop", false);
        for (const ControlRole role : {ControlRole::Appearance, ControlRole::Motion, ControlRole::Both}) {
            const auto found = json.at("tracks").find(std::string(controlRoleName(role)));
            if (found == json.at("tracks").end()) continue;
            for (const nlohmann::json& pose : *found) poses.tracks[role].push_back(controlValuesFromJson(pose));
        }
        checkPoses(controls, poses, frames);
        return poses;
    } catch (const nlohmann::json::exception& error) {
        throw Error(ErrorCode::Usage, std::string("these are no key poses: ") + error.what());
    }
}

}  // namespace kinora
