#include "models/g3an/g3an_system.h"

#include "core/util/error.h"
#include "models/blocks/number_list.h"
#include "models/blocks/scopes.h"
#include "models/g3an/g3an_device_plan.h"
#include "models/g3an/g3an_plan.h"

namespace kinora::g3an {
namespace {

constexpr int kTrainedFrames = 16;
constexpr int kLongestClip = 48;  // nine motion steps, the longest of the authors' demo

torch::Tensor asCode(const torch::Tensor& values) { return (values.dim() == 2 ? values.unsqueeze(-1) : values).unsqueeze(-1).unsqueeze(-1); }

std::vector<OptionPreset> presets()
{
    return {
        {"paper", "Paper: UvA-NEMO faces", {{"base_channels", int64_t(64)}, {"frame_steps", std::string("2,3")}}},
        {"paper_mug", "Paper: MUG faces", {{"base_channels", int64_t(64)}, {"frame_steps", std::string("1,2,3,4")}}},
        {"paper_weizmann", "Paper: Weizmann actions", {{"base_channels", int64_t(64)}, {"frame_steps", std::string("1,2")}, {"horizontal_flip", true}}},
        {"demo_weights", "As the published weights: with attention", {{"base_channels", int64_t(64)}, {"use_attention", true}}},
        {"faces_small", "Small, for builtin:faces on a processor", {{"base_channels", int64_t(16)}, {"appearance_dim", int64_t(64)}, {"motion_dim", int64_t(10)}}},
    };
}
}  // namespace

GeneratorOptions generatorOptions(const Options& options)
{
    GeneratorOptions generator;
    generator.appearanceDim = options.appearanceDim;
    generator.motionDim = options.motionDim;
    generator.baseChannels = options.baseChannels;
    generator.mode = factorizationFromName(options.mode);
    generator.useAttention = options.useAttention;
    generator.attentionLayout = options.attentionLayout == "aligned" ? AttentionLayout::Aligned : AttentionLayout::Official;
    generator.imageSize = options.imageSize;
    return generator;
}

SystemDescription describeSystem(const Options& options)
{
    SystemDescription d;
    d.id = "g3an";
    d.name = "G3AN";
    d.summary = "A GAN whose generator has a spatial, a temporal and a video stream: one code for the appearance, one for the motion. "
                "An image and a video discriminator train it.";
    d.reference = "Wang, Bilinski, Bremond, Dantcheva: G3AN: Disentangling Appearance and Motion for Video Generation. CVPR 2020";
    d.networks = {"G", "VD", "ID"};
    d.options = describeOptions<Options>();
    d.presets = presets();

    Control za;
    za.id = "za";
    za.name = "Appearance";
    za.help = "Who or what is shown and where. Changing it alone keeps the motion.";
    za.role = ControlRole::Appearance;
    za.kind = ControlKind::GaussianVector;
    za.size = static_cast<int>(options.appearanceDim);
    Control zm;
    zm.id = "zm";
    zm.name = "Motion";
    zm.help = "How it moves: one code for 16 frames, a further one for every four frames more. Changing it alone keeps the appearance.";
    zm.role = ControlRole::Motion;
    zm.kind = ControlKind::GaussianSequence;
    zm.size = static_cast<int>(options.motionDim);
    zm.steps = StepRule{4, 12};
    d.controls = {za, zm};

    d.length = LengthRule{kTrainedFrames, kTrainedFrames, kLongestClip, 4};
    d.width = d.height = static_cast<int>(options.imageSize);
    d.frameRateHz = 25;
    d.scalars = {"loss/G_vid", "loss/G_img", "loss/D_vid", "loss/D_img", "accuracy/D_vid", "accuracy/D_img", "accuracy/D_vid/real", "accuracy/D_vid/fake", "accuracy/D_img/real", "accuracy/D_img/fake"};
    d.lossWeights = {"G_vid", "G_img", "D_vid", "D_img"};
    return d;
}

G3anSystem::G3anSystem(const Options& options) : m_options(options), m_frameSteps(numberList(options.frameSteps, "frame_steps", 1000))
{
    if (m_frameSteps.empty()) throw Error(ErrorCode::Usage, "expected at least one step", "frame_steps");
    m_networks.g = Generator(generatorOptions(options));
    const auto kind = options.videoDiscriminator == "3d" ? VideoDiscriminatorImpl::Kind::Full : VideoDiscriminatorImpl::Kind::Factorized;
    m_networks.vd = VideoDiscriminator(options.baseChannels, kind, options.imageSize);
    m_networks.id = ImageDiscriminator(options.baseChannels, options.imageSize);
    AdamSettings adam;
    adam.learningRateG = options.learningRateG;
    adam.learningRateD = options.learningRateD;
    adam.beta1 = options.beta1;
    adam.beta2 = options.beta2;
    makeOptimizers(m_networks, adam);
    for (const char* term : {"G_vid", "G_img", "D_vid", "D_img"}) declareLossWeight(term);
}

SystemDescription G3anSystem::describe() const { return describeSystem(m_options); }

std::vector<NamedNetwork> G3anSystem::networks()
{
    return {{"G", m_networks.g.ptr(), true}, {"VD", m_networks.vd.ptr(), false}, {"ID", m_networks.id.ptr(), false}};
}

std::vector<NamedOptimizer> G3anSystem::optimizers()
{
    return {{"G", m_networks.optimizerG.get()}, {"VD", m_networks.optimizerVd.get()}, {"ID", m_networks.optimizerId.get()}};
}

BatchNeeds G3anSystem::batchNeeds() const
{
    BatchNeeds needs;
    needs.frames = kTrainedFrames;
    needs.height = needs.width = static_cast<int>(m_options.imageSize);
    needs.frameSteps = m_frameSteps;
    needs.horizontalFlip = m_options.horizontalFlip;
    return needs;
}

std::map<std::string, torch::Tensor> G3anSystem::drawStep(const Batch& batch)
{
    const StepDraws draws = g3an::drawStep(m_networks.g->options(), batch.size(), batch.clips.size(2), batch.clips.device());
    return {{"real_frame", draws.realFrame}, {"za", draws.za}, {"zm", draws.zm}, {"fake_frame", draws.fakeFrame}};
}

StepScalars G3anSystem::trainStep(const Batch& batch, int64_t /*step*/)
{
    const auto& drawn = batch.draws;
    const StepDraws draws = drawn.empty() ? g3an::drawStep(m_networks.g->options(), batch.size(), batch.clips.size(2), batch.clips.device())
                                          : StepDraws{drawn.at("real_frame"), drawn.at("za"), drawn.at("zm"), drawn.at("fake_frame")};
    const StepWeights weights{lossWeight("D_vid"), lossWeight("D_img"), lossWeight("G_vid"), lossWeight("G_img")};
    const StepRecord record = g3an::trainStep(m_networks, batch.clips, draws, updates(), weights);
    const torch::Tensor vdReal = accuracyOnReal(record.vdReal), vdFake = accuracyOnFake(record.vdFake), idReal = accuracyOnReal(record.idReal), idFake = accuracyOnFake(record.idFake);
    return {{"loss/G_vid", record.lossGVid},
            {"loss/G_img", record.lossGImg},
            {"loss/D_vid", record.lossDVid},
            {"loss/D_img", record.lossDImg},
            {"accuracy/D_vid", 0.5 * (vdReal + vdFake)},
            {"accuracy/D_img", 0.5 * (idReal + idFake)},
            {"accuracy/D_vid/real", vdReal},
            {"accuracy/D_vid/fake", vdFake},
            {"accuracy/D_img/real", idReal},
            {"accuracy/D_img/fake", idFake}};
}

torch::Tensor G3anSystem::generate(const ControlTensors& controls, int frames, uint64_t /*seed*/)
{
    const torch::Tensor& za = controlOf(controls, "za");
    const torch::Tensor& zm = controlOf(controls, "zm");
    if (zm.dim() != 3 || framesFor(zm.size(2)) != frames)
        throw Error(ErrorCode::ShapeMismatch, std::to_string(zm.dim() == 3 ? zm.size(2) : 0) + " motion steps do not make " + std::to_string(frames) + " frames (12 + 4 per step)", "zm");
    const Inference inference({m_networks.g.get()}, wantsGradients(controls));
    return m_networks.g->forward(asCode(za), asCode(zm));
}

std::unique_ptr<GenerationPlan> G3anSystem::makePlan(PlanPrecision precision)
{
    return device().is_cpu() ? makeProcessorPlan(m_networks.g, precision) : makeDevicePlan(m_networks.g, precision);
}

torch::Tensor G3anSystem::controlFeatures(const std::string& control, const torch::Tensor& values)
{
    const Inference inference({m_networks.g.get()});
    if (control == "za") return m_networks.g->firstSpatial(asCode(values)).flatten(1);
    if (control == "zm") return m_networks.g->firstTemporal(asCode(values)).flatten(1);
    return {};
}

torch::Tensor G3anSystem::controlWeights(const std::string& control)
{
    const bool appearance = control == "za";
    if (!appearance && control != "zm") return {};
    const Inference inference({m_networks.g.get()});
    const auto modules = m_networks.g->named_modules();
    // (in, out * kernel) of a transposed convolution: what its rows make of the code
    const auto rows = [&](const std::string& name) { return std::dynamic_pointer_cast<nn::SpectralNormModule>(modules[name])->normalizedWeight().flatten(1); };
    const torch::Tensor own = rows(appearance ? "block1.conv_s.0" : "block1.conv_t.0"), both = rows("block1.conv_v.0");  // the video stream takes [z_a, z_m]
    return torch::cat({own, appearance ? both.slice(0, 0, own.size(0)) : both.slice(0, both.size(0) - own.size(0))}, 1).t();
}

SystemEntry systemEntry()
{
    SystemEntry entry;
    entry.description = describeSystem({});
    entry.create = [](const OptionValues& values) -> std::unique_ptr<System> {
        Options options;
        applyOptions(options, values);
        return std::make_unique<G3anSystem>(options);
    };
    entry.parity = replayParity;
    entry.importOfficial = importOfficial;
    return entry;
}

}  // namespace kinora::g3an
