#pragma once
#include <string>
#include <vector>

#include "core/system/closed_form.h"
#include "core/system/system.h"
#include "models/svg/svg_rollout.h"

namespace kinora::svg {

/// The options of the system; the defaults are the authors' for Stochastic Moving MNIST, with three channels.
struct Options {
    std::string variant = "lp";
    std::string backbone = "dcgan";
    int64_t imageSize = 64;
    int64_t channels = 3;
    int64_t baseChannels = 64;
    int64_t featureDim = 128;
    int64_t codeDim = 10;
    int64_t rnnSize = 256;
    int64_t predictorLayers = 2;
    int64_t posteriorLayers = 1;
    int64_t priorLayers = 1;
    int64_t past = 5;
    int64_t future = 10;
    bool lastFrameSkip = false;
    double beta = 1e-4;
    int64_t frameStep = 1;
    double learningRate = 0.002;
    double beta1 = 0.9;
    double beta2 = 0.999;

    template <class Fields>
    void describe(Fields& f)
    {
        f("variant", variant, choices({"lp", "fp"}), "Prior of the motion codes: learned (SVG-LP) or fixed, N(0, 1) (SVG-FP)");
        f("backbone", backbone, choices({"dcgan", "vgg"}), "Frame encoder and decoder");
        f("image_size", imageSize, range(64, 128), "Height and width of a clip: 64 or 128");
        f("channels", channels, range(1, 3), "Channels of the frames that the networks see: 3, or 1 for the first channel alone (grey)");
        f("base_channels", baseChannels, range(1, 512), "Width of the encoder's first stage");
        f("g_dim", featureDim, range(1, 4096), "Numbers that a frame is encoded into");
        f("z_dim", codeDim, range(1, 1024), "Numbers in the motion code of a frame");
        f("rnn_size", rnnSize, range(1, 4096), "Width of the recurrent layers");
        f("predictor_layers", predictorLayers, range(1, 8), "LSTM layers of the frame predictor");
        f("posterior_layers", posteriorLayers, range(1, 8), "LSTM layers of the posterior");
        f("prior_layers", priorLayers, range(1, 8), "LSTM layers of the learned prior");
        f("n_past", past, range(1, 100), "Given frames; 2 or more");
        f("n_future", future, range(1, 1000), "Frames predicted in training");
        f("last_frame_skip", lastFrameSkip, anything(), "Lay the skips of the frame seen last into the decoder, also of predicted frames; false: those of the last but one given frame for good");
        f("beta", beta, range(0, 1e6), "Weight of the divergence between posterior and prior");
        f("frame_step", frameStep, range(1, 100), "Distance between the frames of a training clip");
        f("learning_rate", learningRate, range(0, 1), "Adam step size");
        f("beta1", beta1, range(0, 0.999999), "Adam decay of the mean gradient");
        f("beta2", beta2, range(0, 0.999999), "Adam decay of the mean squared gradient");
    }
};

/// SVG as a system.
class SvgSystem final : public System, public NamesControlWeights {
public:
    /// \throws Error (Usage)
    explicit SvgSystem(const Options& options);

    SystemDescription describe() const override;
    OptionValues options() const override { return optionValues(m_options); }
    std::vector<NamedNetwork> networks() override;
    std::vector<NamedOptimizer> optimizers() override;
    BatchNeeds batchNeeds() const override;
    StepScalars trainStep(const Batch& batch, int64_t step) override;
    torch::Tensor generate(const ControlTensors& controls, int frames, uint64_t seed) override;
    std::unique_ptr<GenerationPlan> makePlan(PlanPrecision precision) override;
    /// generate() by a coder that has the running statistics of the networks; without them the networks themselves are used, whatever the coder.
    torch::Tensor generateBy(FrameCoder& coder, const ControlTensors& controls, int frames, uint64_t seed);
    torch::Tensor controlFeatures(const std::string& control, const torch::Tensor& values) override;
    torch::Tensor controlWeights(const std::string& control) override;

    Networks& parts() { return m_networks; }

private:
    /// (N, 3, T, S, S) in [-1, 1] to (T, N, C, S, S) in [0, 1].
    torch::Tensor inwards(const torch::Tensor& clips) const;

    Options m_options;
    Networks m_networks;
};

SystemDescription describeSystem(const Options& options);
FrameOptions frameOptions(const Options& options);
RecurrentOptions recurrentOptions(const Options& options);
/// State dicts of the authors' modules under encoder, decoder, frame_predictor, posterior and, with the learned prior, prior. \throws Error (Incompatible) naming the file
ImportedWeights importOfficial(const std::vector<OfficialWeights>& files);
/// Replays a recorded case. \throws Error (Incompatible, Damaged)
std::vector<ParityLine> replayParity(const safetensors::File& file, double outTolerance);

/// The catalogue's line.
SystemEntry systemEntry();

}  // namespace kinora::svg
