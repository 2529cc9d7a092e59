#include "core/inversion/inversion.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <optional>

#include "core/clip/transform.h"
#include "core/metrics/pixel_metrics.h"
#include "core/util/error.h"

namespace kinora {
namespace {
/// What is looked for: drawn numbers, no settings.
bool gaussian(const Control& control) { return (control.kind == ControlKind::GaussianVector || control.kind == ControlKind::GaussianSequence) && !control.fixed; }

/// Error of every clip of a batch, (N).
struct Losses {
    torch::Tensor total, pixels;
};

class Objective {
public:
    Objective(const torch::Tensor& target, const InversionOptions& options) : m_options(options)
    {
        for (int level = 0; level < kLevels; ++level) m_targets.push_back(shrunk(target.unsqueeze(0), level));
        m_differences = m_targets[0].diff(1, 2);
    }
    Losses operator()(const torch::Tensor& clips) const
    {
        Losses losses;
        torch::Tensor sum;
        for (int level = 0; level < kLevels; ++level) {
            const torch::Tensor error = (shrunk(clips, level) - m_targets[static_cast<std::size_t>(level)]).square().flatten(1).mean(1);
            if (level == 0) losses.pixels = error;
            sum = level == 0 ? error : sum + error;
        }
        losses.total = sum / kLevels;
        if (m_differences.size(2) > 0) losses.total = losses.total + m_options.motionWeight * (clips.diff(1, 2) - m_differences).square().flatten(1).mean(1);
        return losses;
    }

private:
    static constexpr int kLevels = 3;
    static torch::Tensor shrunk(const torch::Tensor& clips, int level)
    {
        const int64_t factor = int64_t(1) << level;
        if (level == 0 || clips.size(3) < factor || clips.size(4) < factor) return clips;
        return torch::avg_pool3d(clips, {1, factor, factor});
    }
    InversionOptions m_options;
    std::vector<torch::Tensor> m_targets;
    torch::Tensor m_differences;
};

double decibels(double squaredError, double range) { return squaredError > 0 ? 10 * std::log10(range * range / squaredError) : 99; }

/// The row of tensors that belongs to one start, as control values.
ControlValues rowOf(const std::vector<Control>& controls, const ControlTensors& codes, const ControlValues& fixed, int64_t row)
{
    ControlValues values = fixed;
    for (const Control& control : controls) {
        const auto found = codes.find(control.id);
        if (found == codes.end()) continue;
        torch::Tensor z = found->second[row].detach();
        ControlValue& value = values[control.id];
        value = {};
        if (control.kind == ControlKind::GaussianSequence) {
            value.steps = static_cast<int>(z.size(1));
            z = z.t();
        }
        z = z.to(torch::kCPU, torch::kFloat32).contiguous();
        value.numbers.assign(z.data_ptr<float>(), z.data_ptr<float>() + z.numel());
    }
    return values;
}
}  // namespace

Frames fittedClip(const SystemDescription& description, const Frames& clip)
{
    int frames = std::min(clip.count(), description.length.maximum);
    while (frames >= description.length.minimum && !description.length.allows(frames)) --frames;
    if (frames < description.length.minimum || clip.empty())
        throw Error(ErrorCode::ShapeMismatch, "the clip has " + std::to_string(clip.count()) + " frames; this system makes " + std::to_string(description.length.minimum) + " or more");
    const std::size_t bytes = clip.frameBytes() * static_cast<std::size_t>(frames);
    const Frames part(frames, clip.height(), clip.width(), std::vector<std::uint8_t>(clip.bytes().begin(), clip.bytes().begin() + static_cast<std::ptrdiff_t>(bytes)));
    return resizedAndCropped(part, description.height, description.width);
}

InversionResult invertClip(System& system, const Frames& clip, const InversionOptions& options, const ControlValues& given, const std::function<void(const InversionProgress&)>& progress, std::stop_token stop)
{
    if (options.starts < 1 || options.steps < 1 || options.candidates < options.starts || options.candidates > 4096 || options.steps > 100000 || !(options.learningRate > 0))
        throw Error(ErrorCode::Usage, "inversion takes at least one step, one start, as many candidates as starts (at most 4096) and a positive learning rate");
    const SystemDescription description = system.describe();
    InversionResult result;
    result.target = fittedClip(description, clip);
    result.frames = result.target.count();
    std::vector<Control> searched;
    ControlValues known = given;
    for (const Control& control : description.controls) {
        if (known.contains(control.id)) continue;
        if (gaussian(control)) {
            searched.push_back(control);
        } else if (control.kind == ControlKind::Image || control.kind == ControlKind::Frames) {
            const int count = control.kind == ControlKind::Image ? 1 : control.count;
            if (count > result.frames) throw Error(ErrorCode::ShapeMismatch, "takes " + std::to_string(count) + " pictures, the clip has " + std::to_string(result.frames), "control '" + control.id + "'");
            const auto& bytes = result.target.bytes();
            const Frames first(count, description.height, description.width, std::vector<std::uint8_t>(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(result.target.frameBytes() * static_cast<std::size_t>(count))));
            known[control.id].frames = std::make_shared<const Frames>(control.height > 0 && control.width > 0 ? resized(first, control.height, control.width) : first);
        } else if (givenControl(control.kind)) {
            throw Error(ErrorCode::Usage, "has no prior to search and must be given", "control '" + control.id + "'");
        }
    }
    if (searched.empty()) throw Error(ErrorCode::Usage, "there is no Gaussian control to look for");

    const torch::Device device = system.device();
    const torch::Tensor target = fromFrames(result.target).to(device);
    const Objective objective(target, options);
    const auto halted = [&] {
        if (stop.stop_requested()) throw Error(ErrorCode::Cancelled, "cancelled");
    };

    // the draws that are nearest already
    std::vector<std::pair<double, ControlValues>> draws;
    {
        const torch::NoGradGuard noGradient;
        for (int i = 0; i < options.candidates; ++i) {
            halted();
            Random random(options.seed, static_cast<std::uint64_t>(i));
            ControlValues values = known;
            for (const Control& control : description.controls)
                if (!known.contains(control.id)) values[control.id] = drawControl(control, result.frames, random);
            const double loss = objective(system.generate(toTensors(description, {values}, result.frames, device), result.frames, 0)).total[0].item<double>();
            if (std::isfinite(loss)) draws.emplace_back(loss, std::move(values));
        }
    }
    if (draws.empty()) throw Error(ErrorCode::Numerical, "everything that the system draws is not finite");
    std::ranges::stable_sort(draws, {}, &std::pair<double, ControlValues>::first);
    if (static_cast<int>(draws.size()) > options.starts) draws.resize(static_cast<std::size_t>(options.starts));
    std::vector<ControlValues> begins;
    for (auto& [loss, values] : draws) begins.push_back(std::move(values));

    const torch::AutoGradMode gradients(true);
    ControlTensors fixed = toTensors(description, begins, result.frames, device), codes;  // codes: in standard deviations from the mean
    for (const Control& control : searched) {
        codes[control.id] = ((fixed.at(control.id) - control.mean) / control.deviation).detach();
        fixed.erase(control.id);
    }
    std::map<std::string, std::pair<torch::Tensor, torch::Tensor>> moments;
    for (const auto& [id, code] : codes) moments[id] = {torch::zeros_like(code), torch::zeros_like(code)};
    const auto latents = [&](const ControlTensors& from) {
        ControlTensors all = fixed;
        for (const Control& control : searched) all[control.id] = from.at(control.id) * control.deviation + control.mean;
        return all;
    };

    double best = INFINITY, bestPsnr = 0;
    torch::Tensor bestClip;
    std::size_t count = begins.size();
    constexpr double kFirst = 0.9, kSecond = 0.99, kTiny = 1e-8;  // Adam's
    for (int step = 1; step <= options.steps; ++step) {
        halted();
        std::vector<torch::Tensor> leaves;
        for (const Control& control : searched) leaves.push_back(codes[control.id].requires_grad_(true));
        const torch::Tensor clips = system.generate(latents(codes), result.frames, 0);
        if (!clips.requires_grad()) throw Error(ErrorCode::Usage, "the clips of '" + description.id + "' have no gradient with respect to its codes: it cannot be inverted");
        Losses losses = objective(clips);
        torch::Tensor prior = torch::zeros({}, clips.options());
        for (const torch::Tensor& leaf : leaves) prior = prior + leaf.square().flatten(1).mean(1);
        losses.total = losses.total + options.priorWeight * prior;
        const std::vector<torch::Tensor> found = torch::autograd::grad({losses.total.sum()}, leaves, {}, false, false, true);

        const torch::NoGradGuard noGradient;
        const torch::Tensor totals = losses.total.detach().to(torch::kCPU, torch::kFloat64).contiguous();
        std::vector<std::size_t> order(count);
        std::iota(order.begin(), order.end(), 0);
        const auto lossOf = [&](std::size_t i) {
            const double loss = totals.data_ptr<double>()[i];
            return std::isfinite(loss) ? loss : INFINITY;
        };
        std::ranges::stable_sort(order, {}, lossOf);
        const auto first = static_cast<int64_t>(order[0]);
        if (lossOf(order[0]) < best) {
            best = lossOf(order[0]);
            bestPsnr = decibels(losses.pixels[first].item<double>(), 2);
            bestClip = clips[first].detach().to(torch::kCPU, torch::kFloat32);
            ControlValues others = known;
            for (const auto& [id, value] : begins[order[0]]) others.try_emplace(id, value);
            result.values = rowOf(searched, latents(codes), others, first);
        }
        if (!std::isfinite(best)) throw Error(ErrorCode::Numerical, "every start ended in values that are not finite");
        result.curve.push_back(static_cast<float>(best));
        if (progress) progress({step, options.steps, static_cast<int>(count), best, bestPsnr, bestClip});

        const double done = static_cast<double>(step) / options.steps;
        const double rate = options.learningRate * std::min(1.0, done / 0.05) * 0.5 * (1 + std::cos(std::numbers::pi * done));
        for (std::size_t k = 0; k < searched.size(); ++k) {
            if (!found[k].defined()) continue;
            auto& [mean, square] = moments[searched[k].id];
            const torch::Tensor gradient = found[k].nan_to_num(0, 0, 0);
            mean.mul_(kFirst).add_(gradient, 1 - kFirst);
            square.mul_(kSecond).addcmul_(gradient, gradient, 1 - kSecond);
            torch::Tensor& code = codes[searched[k].id];
            code = (code.detach() - rate * (mean / (1 - std::pow(kFirst, step))) / ((square / (1 - std::pow(kSecond, step))).sqrt() + kTiny)).detach();
        }
        for (const Control& control : searched) codes[control.id] = codes[control.id].detach();
        // half of the starts go on
        if (count > 1 && (step == std::max(1, options.steps / 5) || step == std::max(2, options.steps / 2))) {
            const std::size_t kept = step == std::max(2, options.steps / 2) ? std::max<std::size_t>(1, count / 4) : (count + 1) / 2;
            order.resize(kept);
            std::ranges::sort(order);
            const torch::Tensor rows = torch::tensor(std::vector<int64_t>(order.begin(), order.end())).to(device);
            for (auto& [id, code] : codes) code = code.index_select(0, rows);
            for (auto& [id, pair] : moments) pair = {pair.first.index_select(0, rows), pair.second.index_select(0, rows)};
            for (auto& [id, value] : fixed) value = value.index_select(0, rows);
            std::vector<ControlValues> rest;
            for (const std::size_t i : order) rest.push_back(begins[i]);
            begins = std::move(rest);
            count = kept;
        }
    }

    result.loss = best;
    GenerationRequest request;
    request.clips = {result.values};
    request.frames = result.frames;
    result.drawn = generateClips(system, request, stop).front();
    const torch::NoGradGuard noGradient;
    const torch::Tensor wanted = unitClip(result.target), drawn = unitClip(result.drawn);
    result.psnr = decibels((wanted - drawn).square().mean().item<double>(), 1);
    if (result.frames > 1) {
        const double wantedEnergy = clipMotion(wanted).energy, energy = clipMotion(drawn).energy;
        result.motionEnergy = wantedEnergy > 0 ? energy / wantedEnergy : energy > 0 ? INFINITY : 1;
    } else {
        result.motionEnergy = 1;
    }
    return result;
}

}  // namespace kinora
