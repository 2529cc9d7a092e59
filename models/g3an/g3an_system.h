#pragma once
#include <string>
#include <vector>

#include "core/system/closed_form.h"
#include "core/system/system.h"
#include "models/g3an/g3an_step.h"

namespace kinora::g3an {

/// The options of the system; the defaults are the authors' training settings.
struct Options {
    int64_t baseChannels = 64;
    int64_t appearanceDim = 128;
    int64_t motionDim = 10;
    std::string mode = "1p2d";
    bool useAttention = false;
    std::string attentionLayout = "official";
    std::string videoDiscriminator = "2p1d";
    int64_t imageSize = 64;
    double learningRateG = 2e-4;
    double learningRateD = 2e-4;
    double beta1 = 0.5;
    double beta2 = 0.999;
    std::string frameSteps = "1";
    bool horizontalFlip = false;

    template <class Fields>
    void describe(Fields& f)
    {
        f("base_channels", baseChannels, range(1, 512), "Width of the generator's last block and of the discriminators' first layer");
        f("appearance_dim", appearanceDim, range(1, 1024), "Numbers in the appearance code z_a");
        f("motion_dim", motionDim, range(1, 1024), "Numbers in one step of the motion code z_m");
        f("mode", mode, choices({"1p2d", "2p1d", "3d"}), "Video stream: time then space, space then time, or full 3-D kernels");
        f("use_attention", useAttention, anything(), "Factorised self-attention after block 4");
        f("attention_layout", attentionLayout, choices({"official", "aligned"}), "Read-out of the attention: as the authors' code (published weights need it) or as the paper");
        f("video_discriminator", videoDiscriminator, choices({"2p1d", "3d"}), "Video discriminator: factorised kernels or full 3-D kernels");
        f("image_size", imageSize, range(64, 128), "Height and width of a clip: 64 or 128");
        f("learning_rate_g", learningRateG, range(0, 1), "Adam step size of the generator");
        f("learning_rate_d", learningRateD, range(0, 1), "Adam step size of the discriminators");
        f("beta1", beta1, range(0, 0.999999), "Adam decay of the mean gradient");
        f("beta2", beta2, range(0, 0.999999), "Adam decay of the mean squared gradient");
        f("frame_steps", frameSteps, anything(), "Distances between the frames of a training clip, separated by commas; one is drawn per clip");
        f("horizontal_flip", horizontalFlip, anything(), "Mirror half of the training clips");
    }
};

/// G3AN as a system: the three networks, the authors' training step, generation from z_a and z_m.
class G3anSystem final : public System, public NamesControlWeights, public Formulated {
public:
    /// \throws Error (Usage)
    explicit G3anSystem(const Options& options);

    SystemDescription describe() const override;
    OptionValues options() const override { return optionValues(m_options); }
    std::vector<NamedNetwork> networks() override;
    std::vector<NamedOptimizer> optimizers() override;
    BatchNeeds batchNeeds() const override;
    StepScalars trainStep(const Batch& batch, int64_t step) override;
    std::map<std::string, torch::Tensor> drawStep(const Batch& batch) override;
    torch::Tensor generate(const ControlTensors& controls, int frames, uint64_t seed) override;
    std::unique_ptr<GenerationPlan> makePlan(PlanPrecision precision) override;
    torch::Tensor controlFeatures(const std::string& control, const torch::Tensor& values) override;
    torch::Tensor controlWeights(const std::string& control) override;

    void setFormulation(Formulation formulation) override { m_networks.setFormulation(formulation); }

    Networks& parts() { return m_networks; }

private:
    Options m_options;
    Networks m_networks;
    std::vector<int> m_frameSteps;
};

SystemDescription describeSystem(const Options& options);
GeneratorOptions generatorOptions(const Options& options);
/// The authors' checkpoint files, one per network, to options and named tensors. \throws Error (Incompatible) naming the file
ImportedWeights importOfficial(const std::vector<OfficialWeights>& files);
/// Replays a recorded case. \throws Error (Incompatible, NotFound)
std::vector<ParityLine> replayParity(const safetensors::File& file, double outTolerance);

/// The catalogue's line.
SystemEntry systemEntry();

}  // namespace kinora::g3an
