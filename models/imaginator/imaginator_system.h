#pragma once
#include <string>
#include <vector>

#include "core/system/closed_form.h"
#include "core/system/system.h"
#include "models/imaginator/imaginator_step.h"

namespace kinora::imaginator {

/// The options of the system; the defaults are the authors' training settings.
struct Options {
    int64_t baseChannels = 64;
    int64_t codeDim = 512;
    int64_t appearanceDim = 100;
    std::string midChannels;
    std::string label = "auto";
    std::string classNames;
    int64_t classes = 6;
    double reconstructionWeight = 100;
    std::string frameSteps = "1";
    double learningRateG = 2e-4;
    double learningRateD = 2e-4;
    double beta1 = 0.5;
    double beta2 = 0.999;

    template <class Fields>
    void describe(Fields& f)
    {
        f("base_channels", baseChannels, range(1, 512), "Width of the encoder's first layer, the decoder's last block and the discriminators' first layer");
        f("code_dim", codeDim, range(1, 4096), "Numbers in the noise z");
        f("appearance_dim", appearanceDim, range(1, 4096), "Channels of the encoder's last output p");
        f("mid_channels", midChannels, anything(), "Widths between the temporal and spatial layers of the five decoder blocks, separated by commas; empty: 64, 48, 24 and 12 times the width, and 36");
        f("label", label, anything(), "Class label of the dataset that the motion is conditioned on; auto: the first of the motion");
        f("class_names", classNames, anything(), "Names of the classes, separated by commas; empty: those of the label");
        f("classes", classes, range(1, 1000), "Number of classes where their names are not given");
        f("reconstruction_weight", reconstructionWeight, range(0, 1e6), "Weight of the mean absolute difference to the real clip");
        f("frame_steps", frameSteps, anything(), "Distances between the frames of a training clip, separated by commas; one is drawn per clip");
        f("learning_rate_g", learningRateG, range(0, 1), "Adam step size of the generator");
        f("learning_rate_d", learningRateD, range(0, 1), "Adam step size of the discriminators");
        f("beta1", beta1, range(0, 0.999999), "Adam decay of the mean gradient");
        f("beta2", beta2, range(0, 0.999999), "Adam decay of the mean squared gradient");
    }
};

/// ImaGINator as a system.
class ImaginatorSystem final : public System, public NamesControlWeights {
public:
    /// \throws Error (Usage)
    explicit ImaginatorSystem(const Options& options);

    SystemDescription describe() const override;
    OptionValues options() const override { return optionValues(m_options); }
    std::vector<NamedNetwork> networks() override;
    std::vector<NamedOptimizer> optimizers() override;
    BatchNeeds batchNeeds() const override;
    StepScalars trainStep(const Batch& batch, int64_t step) override;
    torch::Tensor generate(const ControlTensors& controls, int frames, uint64_t seed) override;
    std::unique_ptr<GenerationPlan> makePlan(PlanPrecision precision) override;
    torch::Tensor controlFeatures(const std::string& control, const torch::Tensor& values) override;
    torch::Tensor controlWeights(const std::string& control) override;

    Networks& parts() { return m_networks; }

private:
    Options m_options;
    Networks m_networks;
    std::vector<int> m_frameSteps;
};

/// Weights of the classes that the controls ask for: strength s, first class c, second c' and mixture m_t give s ((1 - m_t) c + m_t c').
/// \param mixture  (N, 1, 32). \returns (N, K) where the mixture does not change over time, else (N, K, 32)
torch::Tensor classWeights(const torch::Tensor& first, const torch::Tensor& second, const torch::Tensor& mixture, const torch::Tensor& strength, int64_t classes);

/// What clips are made of.
struct Source {
    torch::Tensor image, z, classes;  ///< As GeneratorImpl::forward takes them.
};
/// \throws Error (ShapeMismatch)
Source sourceOf(const ControlTensors& controls, const GeneratorOptions& options, int frames);

SystemDescription describeSystem(const Options& options);
GeneratorOptions generatorOptions(const Options& options);
/// The authors' checkpoint files, one per network. \throws Error (Incompatible) naming the file
ImportedWeights importOfficial(const std::vector<OfficialWeights>& files);
/// Replays a recorded case. \throws Error (Incompatible, Damaged)
std::vector<ParityLine> replayParity(const safetensors::File& file, double outTolerance);

/// The catalogue's line.
SystemEntry systemEntry();

}  // namespace kinora::imaginator
