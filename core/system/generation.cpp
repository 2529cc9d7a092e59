#include "core/system/generation.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "core/nn/fast_layers.h"
#include "core/util/error.h"

namespace kinora {
namespace {
void checkStop(const std::stop_token& stop)
{
    if (stop.stop_requested()) throw Error(ErrorCode::Cancelled, "cancelled");
}

/// Pixel features for systems that declare none: what is still (the mean frame) or what moves (differences to the first frame), at 8x8.
torch::Tensor pixelFeatures(const torch::Tensor& clips, ControlRole role)
{
    const torch::Tensor small = torch::adaptive_avg_pool3d(clips, {clips.size(2), 8, 8});
    if (role == ControlRole::Appearance) return small.mean(2).flatten(1);
    if (role == ControlRole::Motion) return (small - small.slice(2, 0, 1)).flatten(1);
    return small.flatten(1);
}
}  // namespace

std::vector<Frames> toFrames(const torch::Tensor& clips, PixelRange range)
{
    if (clips.dim() != 5 || clips.size(1) != 3) throw Error(ErrorCode::ShapeMismatch, "clips are (N, 3, T, H, W)");
    torch::Tensor values;
    if (range == PixelRange::BatchMinMax) {
        const float low = clips.min().item<float>(), high = clips.max().item<float>();
        values = nn::pixels(clips, low, std::max(high - low, 1e-12F), /*truncate=*/true);
    } else {
        values = nn::pixels(clips);
    }
    const int count = static_cast<int>(values.size(1)), height = static_cast<int>(values.size(2)), width = static_cast<int>(values.size(3));
    const std::size_t bytes = static_cast<std::size_t>(count) * height * width * 3;
    std::vector<Frames> out;
    for (int64_t n = 0; n < values.size(0); ++n) {
        const auto* from = values.data_ptr<uint8_t>() + bytes * static_cast<std::size_t>(n);
        out.emplace_back(count, height, width, std::vector<std::uint8_t>(from, from + bytes));
    }
    return out;
}

torch::Tensor fromFrames(const Frames& frames)
{
    const torch::Tensor bytes = torch::empty({frames.count(), frames.height(), frames.width(), 3}, torch::kUInt8);
    if (!frames.empty()) std::memcpy(bytes.data_ptr(), frames.bytes().data(), frames.bytes().size());
    return bytes.permute({3, 0, 1, 2}).to(torch::kFloat32).div(255).sub(0.5).div(0.5).contiguous();
}

ControlTensors toTensors(const SystemDescription& description, const std::vector<ControlValues>& clips, int frames, const torch::Device& device)
{
    ControlTensors tensors;
    for (Control control : description.controls) {
        if (control.height == 0) control.height = givenControl(control.kind) ? description.height : 0;  // 0: as the clip
        if (control.width == 0) control.width = givenControl(control.kind) ? description.width : 0;
        std::vector<torch::Tensor> rows;
        for (const ControlValues& values : clips) {
            const auto found = values.find(control.id);
            if (found == values.end()) throw Error(ErrorCode::ShapeMismatch, "has no value", "control '" + control.id + "'");
            const ControlValue& value = found->second;
            checkControl(control, value, frames);
            const auto numbers = [&] { return torch::tensor(at::ArrayRef<float>(value.numbers.data(), value.numbers.size()), torch::kFloat32); };
            switch (control.kind) {
                case ControlKind::GaussianVector: rows.push_back(numbers()); break;
                case ControlKind::GaussianSequence: rows.push_back(numbers().view({value.steps, control.size}).t().contiguous()); break;
                case ControlKind::Category: rows.push_back(torch::tensor(static_cast<int64_t>(value.category))); break;
                case ControlKind::Image: rows.push_back(fromFrames(*value.frames).select(1, 0)); break;
                case ControlKind::Frames: rows.push_back(fromFrames(*value.frames)); break;
                case ControlKind::MapSequence: rows.push_back(numbers().view({value.steps, control.size, control.height, control.width}).transpose(0, 1).contiguous()); break;
            }
        }
        tensors[control.id] = torch::stack(rows).to(device);
    }
    for (const ControlValues& values : clips)
        for (const auto& [id, value] : values)
            if (!tensors.contains(id)) throw Error(ErrorCode::Usage, "the system has no such control", "control '" + id + "'");
    return tensors;
}

std::vector<Frames> generateClips(System& system, const GenerationRequest& request, std::stop_token stop, int batch, Generating* by)
{
    const torch::NoGradGuard noGradient;
    if (batch < 1) batch = system.device().is_cpu() && !(by && by->planned()) ? 1 : 8;
    const SystemDescription description = system.describe();
    if (const LengthRule& length = description.length; !length.allows(request.frames)) {
        const std::string most = std::to_string(length.maximum);
        const std::string possible = length.minimum == length.maximum ? most + " alone" : std::to_string(length.minimum) + " to " + most + (length.step > 1 ? " in steps of " + std::to_string(length.step) : "");
        throw Error(ErrorCode::Usage, std::to_string(request.frames) + " frames cannot be generated; this system makes " + possible + " (nearest: " + std::to_string(length.nearest(request.frames)) + ")", "--frames");
    }
    // batches of about the same size: none of a single clip beside larger ones, which a system that looks at the whole batch could not make
    const auto clips = static_cast<int>(request.clips.size()), batches = std::max(1, (clips + batch - 1) / batch);
    batch = std::max(1, (clips + batches - 1) / batches);
    std::vector<torch::Tensor> parts;
    for (std::size_t from = 0; from < request.clips.size(); from += static_cast<std::size_t>(batch)) {
        checkStop(stop);
        const std::size_t to = std::min(request.clips.size(), from + static_cast<std::size_t>(batch));
        const std::vector<ControlValues> some(request.clips.begin() + static_cast<std::ptrdiff_t>(from), request.clips.begin() + static_cast<std::ptrdiff_t>(to));
        // noise drawn while generating depends on the place in the request, not on how it is cut into batches of other sizes
        const ControlTensors controls = toTensors(description, some, request.frames, system.device());
        const uint64_t seed = request.seed + from;
        torch::Tensor made;
        if (!request.view.empty()) made = system.view(request.view, controls, request.frames, seed);
        else made = by ? (*by)(controls, request.frames, seed) : system.generate(controls, request.frames, seed);
        parts.push_back(made.to(torch::kCPU));
    }
    if (parts.empty()) return {};
    return toFrames(torch::cat(parts), request.range);
}

int matrixPlace(const SystemDescription& description, int row, int column, int columns)
{
    return varies(description.controls, ControlRole::Motion) ? row : row * columns + column;
}

std::vector<ControlValues> matrixControls(const SystemDescription& description, uint64_t appearanceSeed, uint64_t motionSeed, int rows, int columns, int frames)
{
    std::vector<ControlValues> cells;
    for (int row = 0; row < rows; ++row)
        for (int column = 0; column < columns; ++column) {
            ControlValues values;
            const uint64_t appearance = appearanceSeed + static_cast<uint64_t>(matrixPlace(description, row, column, columns));
            drawRole(description.controls, ControlRole::Appearance, appearance, frames, values);
            drawRole(description.controls, ControlRole::Motion, motionSeed + static_cast<uint64_t>(column), frames, values);
            drawRole(description.controls, ControlRole::Both, appearance, frames, values);
            cells.push_back(std::move(values));
        }
    return cells;
}

ControlValues trialControls(const SystemDescription& description, uint64_t appearanceSeed, uint64_t motionSeed, int frames)
{
    ControlValues values = matrixControls(description, appearanceSeed, motionSeed, 1, 1, frames).front();
    Random random(appearanceSeed);
    for (const Control& control : description.controls) {
        ControlValue& value = values[control.id];
        const int height = control.height > 0 ? control.height : description.height, width = control.width > 0 ? control.width : description.width;
        if (control.kind == ControlKind::Image || control.kind == ControlKind::Frames) {
            constexpr int kSquare = 8;
            const int across = (width + kSquare - 1) / kSquare;
            std::vector<std::uint8_t> colours(static_cast<std::size_t>(across) * ((height + kSquare - 1) / kSquare) * 3);
            for (std::uint8_t& byte : colours) byte = static_cast<std::uint8_t>(random.below(256));
            Frames pictures(control.kind == ControlKind::Image ? 1 : control.count, height, width);
            for (std::size_t i = 0; i < pictures.bytes().size(); ++i) {  // the same picture in every frame
                const auto pixel = static_cast<int>(i / 3 % (static_cast<std::size_t>(height) * width));
                pictures.bytes()[i] = colours[static_cast<std::size_t>(pixel / width / kSquare * across + pixel % width / kSquare) * 3 + i % 3];
            }
            value.frames = std::make_shared<const Frames>(std::move(pictures));
        } else if (control.kind == ControlKind::MapSequence) {
            value.steps = control.steps.stepsFor(frames);
            value.numbers.resize(static_cast<std::size_t>(value.steps) * control.size * height * width);
            for (float& number : value.numbers) number = static_cast<float>(random.uniform());
        }
    }
    return values;
}

Directions principalDirections(System& system, const Control& control, int count, int samples, uint64_t seed, std::stop_token stop)
{
    if (control.kind != ControlKind::GaussianVector && control.kind != ControlKind::GaussianSequence)
        throw Error(ErrorCode::Usage, "has no directions: it is not Gaussian", "control '" + control.id + "'");
    if (control.fixed) throw Error(ErrorCode::Usage, "has no directions: it is a setting and not drawn", "control '" + control.id + "'");
    if (count < 1 || samples < 2) throw Error(ErrorCode::Usage, "directions need at least one direction and two samples");
    const torch::NoGradGuard noGradient;
    count = std::min(count, control.size);
    const SystemDescription description = system.describe();
    const int frames = description.length.trained;
    const bool sequence = control.kind == ControlKind::GaussianSequence;
    const int steps = sequence ? control.steps.stepsFor(frames) : 1;

    // the draws: one z for all steps of a sequence, so that a direction means the same at every step
    Random random(seed, 0x9c4);
    torch::Tensor z = torch::empty({samples, control.size});
    float* numbers = z.data_ptr<float>();
    for (int64_t i = 0; i < z.numel(); ++i) numbers[i] = static_cast<float>(control.mean + control.deviation * random.normal());

    std::vector<torch::Tensor> features;
    ControlValues others;  // a system without features of its own is judged by pixels, everything else held still
    Random otherRandom(seed, 0x9c5);
    for (const Control& other : description.controls) others[other.id] = other.kind == ControlKind::Category ? neutralControl(other, frames) : drawControl(other, frames, otherRandom);
    constexpr int kChunk = 256;
    for (int from = 0; from < samples; from += kChunk) {
        checkStop(stop);
        const torch::Tensor part = z.slice(0, from, std::min(samples, from + kChunk));
        const torch::Tensor shaped = (sequence ? part.unsqueeze(2).expand({-1, -1, steps}).contiguous() : part).to(system.device());
        torch::Tensor found = system.controlFeatures(control.id, shaped);
        if (!found.defined()) {
            // pixels cost a whole generation each: a few hundred samples are what a person waits for
            constexpr int kPixelSamples = 256, kPixelChunk = 16;
            std::vector<torch::Tensor> pieces;
            for (int64_t at = 0; at < part.size(0) && from + at < kPixelSamples; at += kPixelChunk) {
                checkStop(stop);
                const torch::Tensor piece = shaped.slice(0, at, std::min<int64_t>(part.size(0), at + kPixelChunk));
                ControlTensors controls = toTensors(description, std::vector<ControlValues>(static_cast<std::size_t>(piece.size(0)), others), frames, system.device());
                controls[control.id] = piece;
                pieces.push_back(pixelFeatures(system.generate(controls, frames, seed), control.role));
            }
            if (pieces.empty()) break;
            found = torch::cat(pieces);
        }
        features.push_back(found.to(torch::kCPU, torch::kFloat64).flatten(1));
        if (features.back().size(0) < part.size(0)) break;
    }
    const torch::Tensor f = torch::cat(features);
    z = z.slice(0, 0, f.size(0)).to(torch::kFloat64);
    const torch::Tensor centred = f - f.mean(0, true);
    const torch::Tensor zCentred = z - z.mean(0, true);
    // principal coordinates from the smaller Gram matrix
    const bool tall = centred.size(0) >= centred.size(1);
    const auto [values, vectors] = torch::linalg_eigh(tall ? centred.t().matmul(centred) : centred.matmul(centred.t()));
    const torch::Tensor variances = values.flip(0).clamp_min(0);
    const double total = std::max(1e-30, variances.sum().item<double>());
    const torch::Tensor basis = vectors.flip(1);
    const int64_t known = std::min<int64_t>(count, basis.size(1));
    torch::Tensor coordinates = tall ? centred.matmul(basis.slice(1, 0, known)) : basis.slice(1, 0, known) * variances.slice(0, 0, known).sqrt();
    Directions out;
    out.control = control.id;
    torch::Tensor previous = torch::empty({0, control.size}, torch::kFloat64);
    for (int64_t k = 0; k < known; ++k) {
        // least squares z = coordinate * direction; made orthogonal to the earlier ones so that sliders do not undo each other
        const torch::Tensor c = coordinates.select(1, k);
        torch::Tensor direction = zCentred.t().mv(c) / torch::clamp_min(c.dot(c), 1e-30);
        if (previous.size(0) > 0) direction = direction - previous.t().mv(previous.mv(direction));
        const double norm = direction.norm().item<double>();
        if (!(norm > 1e-12)) continue;
        direction = direction / norm;
        if (direction.abs().max().item<double>() > 0 && direction[direction.abs().argmax().item<int64_t>()].item<double>() < 0) direction = -direction;  // a fixed sign
        previous = torch::cat({previous, direction.unsqueeze(0)});
        const torch::Tensor row = direction.to(torch::kFloat32).contiguous();
        out.vectors.emplace_back(row.data_ptr<float>(), row.data_ptr<float>() + row.numel());
        out.explained.push_back(static_cast<float>(variances[k].item<double>() / total));
        out.deviation.push_back(static_cast<float>(control.deviation));
    }
    return out;
}

}  // namespace kinora
