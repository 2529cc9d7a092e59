#pragma once
#include <string>
#include <vector>

#include "core/system/closed_form.h"
#include "core/system/system.h"
#include "models/vgan/vgan_step.h"

namespace kinora::vgan {

/// The options of the system; the defaults are the authors' two-stream training settings.
struct Options {
    std::string variant = "two_stream";
    int64_t baseChannels = 64;
    int64_t codeDim = 100;
    bool splitCodes = false;
    bool refreshDiscriminator = true;
    double maskWeight = 0.1;
    double firstFrameWeight = 10;
    double learningRateG = 2e-4;
    double learningRateD = 2e-4;
    double beta1 = 0.5;
    double beta2 = 0.999;

    template <class Fields>
    void describe(Fields& f)
    {
        f("variant", variant, choices({"two_stream", "one_stream", "conditional"}), "Moving foreground over a still background; the video stream alone; or both streams made of a first frame");
        f("base_channels", baseChannels, range(1, 512), "Width of the generator's last hidden layer and of the discriminator's first; the conditional generator of the paper has 128");
        f("code_dim", codeDim, range(1, 1024), "Numbers in the code z");
        f("split_codes", splitCodes, anything(), "Give each stream a code of its own when generating (ours; training always gives both the same)");
        f("refresh_discriminator", refreshDiscriminator, anything(), "Judge the generator with the updated discriminator anew; false: with the activations of before its update, as the authors' program does");
        f("mask_weight", maskWeight, range(0, 1e6), "Weight of the mean of the mask in the generator's loss (two streams)");
        f("first_frame_weight", firstFrameWeight, range(0, 1e6), "Weight of the first frame's mean absolute difference in the generator's loss (conditional)");
        f("learning_rate_g", learningRateG, range(0, 1), "Adam step size of the generator");
        f("learning_rate_d", learningRateD, range(0, 1), "Adam step size of the discriminator");
        f("beta1", beta1, range(0, 0.999999), "Adam decay of the mean gradient");
        f("beta2", beta2, range(0, 0.999999), "Adam decay of the mean squared gradient");
    }
};

/// VGAN as a system.
class VganSystem final : public System, public NamesControlWeights {
public:
    /// \throws Error (Usage)
    explicit VganSystem(const Options& options);

    SystemDescription describe() const override;
    OptionValues options() const override { return optionValues(m_options); }
    std::vector<NamedNetwork> networks() override;
    std::vector<NamedOptimizer> optimizers() override;
    BatchNeeds batchNeeds() const override;
    StepScalars trainStep(const Batch& batch, int64_t step) override;
    torch::Tensor generate(const ControlTensors& controls, int frames, uint64_t seed) override;
    torch::Tensor view(const std::string& id, const ControlTensors& controls, int frames, uint64_t seed) override;
    std::unique_ptr<GenerationPlan> makePlan(PlanPrecision precision) override;
    torch::Tensor controlFeatures(const std::string& control, const torch::Tensor& values) override;
    torch::Tensor controlWeights(const std::string& control) override;

    Networks& parts() { return m_networks; }

private:
    /// The scene that the controls ask for; the mask as the strength makes it.
    Scene scene(const ControlTensors& controls, int frames);

    Options m_options;
    Networks m_networks;
};

SystemDescription describeSystem(const Options& options);
GeneratorOptions generatorOptions(const Options& options);
/// Replays a recorded case. \throws Error (Incompatible, Damaged)
std::vector<ParityLine> replayParity(const safetensors::File& file, double outTolerance);

/// The catalogue's line.
SystemEntry systemEntry();

}  // namespace kinora::vgan
