#pragma once
#include <string>
#include <vector>

#include "core/system/closed_form.h"
#include "core/system/system.h"
#include "models/mocogan/mocogan_step.h"

namespace kinora::mocogan {

/// The options of the system; the defaults are the authors' recommended command line, with the labels of the dataset where it has some.
struct Options {
    int64_t baseChannels = 64;
    int64_t contentDim = 50;
    int64_t motionDim = 10;
    std::string label = "auto";
    std::string classNames;
    int64_t categories = 0;
    bool useCategories = true;
    bool useInfogan = true;
    bool infoganOnFakes = false;
    bool categoryIntoGru = false;
    std::string imageDiscriminator = "patch";
    std::string videoDiscriminator = "full";
    double noiseSigma = 0.1;
    int64_t frameStep = 2;
    int64_t videoClips = 0;
    std::string imageSampling = "frames";
    std::string init = "original";
    double learningRateG = 2e-4;
    double learningRateD = 2e-4;
    double beta1 = 0.5;
    double beta2 = 0.999;
    double weightDecay = 1e-5;

    template <class Fields>
    void describe(Fields& f)
    {
        f("base_channels", baseChannels, range(1, 512), "Width of the generator's last layer and of the discriminators' first");
        f("content_dim", contentDim, range(1, 1024), "Numbers in the content code");
        f("motion_dim", motionDim, range(1, 1024), "Numbers in a motion code, which is also the state of the recurrent cell");
        f("label", label, anything(), "Class label of the dataset that the category stands for; auto: the first of the motion, if there is one; none: no labels");
        f("class_names", classNames, anything(), "Names of the categories, separated by commas; empty: those of the label");
        f("categories", categories, range(0, 1000), "Number of categories where there are no labels; 0: none");
        f("use_categories", useCategories, anything(), "The video discriminator learns the labels of real clips");
        f("use_infogan", useInfogan, anything(), "The generator must show the category that it was given");
        f("infogan_on_fakes", infoganOnFakes, anything(), "The video discriminator's category head also learns from generated clips (ours, for categories without labels)");
        f("category_into_gru", categoryIntoGru, anything(), "The category enters the recurrent cell, as in the paper, instead of the image generator, as in the authors' program");
        f("image_discriminator", imageDiscriminator, choices({"patch", "full"}), "Judge of frames: one logit per patch, or one per frame");
        f("video_discriminator", videoDiscriminator, choices({"full", "patch"}), "Judge of clips: one logit per clip with the category head, or one per patch without");
        f("noise_sigma", noiseSigma, range(0, 10), "Standard deviation of the noise on the inputs of the discriminators' layers; 0: none");
        f("frame_step", frameStep, range(1, 100), "Distance between the frames of a training clip");
        f("video_clips", videoClips, range(0, 4096), "Clips of a batch that the video discriminator sees; 0: all. The image discriminator sees as many frames as the batch has clips");
        f("image_sampling", imageSampling, choices({"frames", "original"}), "Generated frames for the image discriminator: one of each clip drawn, or as the authors do, out of 32 clips for each frame");
        f("init", init, choices({"original", "modern"}), "Initial weights: as PyTorch 0.2 gave them, or as today's library does");
        f("learning_rate_g", learningRateG, range(0, 1), "Adam step size of the generator");
        f("learning_rate_d", learningRateD, range(0, 1), "Adam step size of the discriminators");
        f("beta1", beta1, range(0, 0.999999), "Adam decay of the mean gradient");
        f("beta2", beta2, range(0, 0.999999), "Adam decay of the mean squared gradient");
        f("weight_decay", weightDecay, range(0, 1), "Share of every parameter that is added to its gradient");
    }
};

/// MoCoGAN as a system.
class MocoganSystem final : public System, public NamesControlWeights {
public:
    /// \throws Error (Usage)
    explicit MocoganSystem(const Options& options);

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
    const StepTerms& terms() const { return m_terms; }

private:
    Options m_options;
    Networks m_networks;
    StepTerms m_terms;
};

/// The path of motion codes as the settings change it: amount a and shift s give mean + a (m - mean) + s, clipped to [-1.5, 1.5] where it was shifted; tempo v reads it at the times v t.
/// \param path    (N, T, M). \param amount (N, 1). \param shift (N, M). \param tempo (N, 1), at most 1
torch::Tensor editedPath(const torch::Tensor& path, const torch::Tensor& amount, const torch::Tensor& shift, const torch::Tensor& tempo);

/// What clips are made of, and the path of motion codes as the settings change it.
struct Course {
    Codes codes;
    torch::Tensor path;  ///< (N, T, M)
};
/// \throws Error (ShapeMismatch) naming the control
Course courseOf(Generator& generator, const ControlTensors& controls, int frames);

SystemDescription describeSystem(const Options& options);
GeneratorOptions generatorOptions(const Options& options);
/// State dicts of the authors' modules: the generator and, if given, the discriminators. \throws Error (Incompatible) naming the file
ImportedWeights importOfficial(const std::vector<OfficialWeights>& files);
/// Replays a recorded case. \throws Error (Incompatible, Damaged)
std::vector<ParityLine> replayParity(const safetensors::File& file, double outTolerance);

/// The catalogue's line.
SystemEntry systemEntry();

}  // namespace kinora::mocogan
