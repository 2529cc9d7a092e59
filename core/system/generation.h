#pragma once
// Generation from controls: the one call behind the sliders, `kinora generate`, samples while training and the metrics.
#include <torch/torch.h>

#include <stop_token>
#include <string>
#include <vector>

#include "core/clip/frames.h"
#include "core/control/control.h"
#include "core/system/system.h"

namespace kinora {

/// How generated values in [-1, 1] become bytes.
enum class PixelRange {
    Fixed,     ///< (x + 1) / 2, clamped, rounded.
    BatchMinMax,  ///< The authors' look: (x - min) / (max - min) over the whole call, truncated.
};

struct GenerationRequest {
    std::vector<ControlValues> clips;  ///< One entry per clip; every control of the system.
    int frames = 16;
    uint64_t seed = 0;
    PixelRange range = PixelRange::Fixed;
    std::string view;  ///< One of the system's further outputs; empty: the clip.
};

/// Clips (N, 3, T, H, W) in [-1, 1], any device, to uint8 frames.
std::vector<Frames> toFrames(const torch::Tensor& clips, PixelRange range = PixelRange::Fixed);
/// Frames to (3, T, H, W) float32 in [-1, 1]: (x / 255 - 0.5) / 0.5.
torch::Tensor fromFrames(const Frames& frames);

/// Checks values against the controls and stacks them. \throws Error (ShapeMismatch) naming the control
ControlTensors toTensors(const SystemDescription& description, const std::vector<ControlValues>& clips, int frames, const torch::Device& device);

/// Generates in batches of at most \p batch clips; checks \p stop between batches. 0: one by one on a CPU, where that costs no more and a clip is the same bit for
/// bit whatever is generated beside it (the libraries choose their algorithms by batch size); eight at a time elsewhere.
/// \param by  generates in place of System::generate; a plan does not look at a clip's neighbours, so its clips go eight at a time on a CPU too
/// \throws Error (Usage for a length the system cannot do, ShapeMismatch, OutOfMemory, Cancelled)
std::vector<Frames> generateClips(System& system, const GenerationRequest& request, std::stop_token stop = {}, int batch = 0, Generating* by = nullptr);

/// Appearance x motion matrix, row-major: row i has the appearance of the seed's i-th draw, column j the motion of the other seed's j-th.
/// Controls of role Both follow the row (they cannot be split). A system without a motion control has no columns to vary: each of its cells is a draw of its own.
std::vector<ControlValues> matrixControls(const SystemDescription& description, uint64_t appearanceSeed, uint64_t motionSeed, int rows, int columns, int frames);

/// Values of a clip to try or time a system with: drawn, and for what has no prior pictures of coloured squares and maps of uniform noise.
ControlValues trialControls(const SystemDescription& description, uint64_t appearanceSeed, uint64_t motionSeed, int frames);

/// Which draw of the appearance a cell of such a matrix shows: its row, or its own number where the system has no motion control.
int matrixPlace(const SystemDescription& description, int row, int column, int columns);

/// Principal directions of a Gaussian control.
struct Directions {
    std::string control;
    std::vector<std::vector<float>> vectors;  ///< K unit vectors of the control's size (of one step, for a sequence).
    std::vector<float> explained;             ///< Share of the feature variance, descending.
    std::vector<float> deviation;             ///< Latent standard deviations that +1 on the slider means.
};
/// PCA of what \p samples draws make of the control, mapped back to the latent by least squares.
/// Source: Harkonen et al., "GANSpace: Discovering Interpretable GAN Controls", NeurIPS 2020, section 3.1 (features of a first layer, then regression).
Directions principalDirections(System& system, const Control& control, int count, int samples, uint64_t seed, std::stop_token stop = {});

/// "auto", "cpu", "cuda", "cuda:1". auto: CUDA if the back end loads and sees a device, else CPU.
/// \throws Error (Usage for other text, DeviceUnavailable with the reason if CUDA was asked for by name)
torch::Device chooseDevice(const std::string& text);
/// Why CUDA is or is not there, in one line, for `kinora info`.
struct CudaStatus {
    bool available = false;
    int devices = 0;
    std::string reason;
    std::vector<std::string> names;
};
CudaStatus cudaStatus();

}  // namespace kinora
