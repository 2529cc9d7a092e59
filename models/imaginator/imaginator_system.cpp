#include "models/imaginator/imaginator_system.h"

#include "core/util/error.h"
#include "models/blocks/classes.h"
#include "models/blocks/number_list.h"
#include "models/blocks/scopes.h"
#include "models/imaginator/imaginator_plan.h"

namespace kinora::imaginator {
namespace {

std::vector<std::string> classesOf(const Options& options) { return classNames(options.classNames, options.classes); }

std::vector<OptionPreset> presets()
{
    const auto label = [](const char* name) { return OptionValue(std::string(name)); };
    return {
        {"paper_mug", "Paper: MUG facial expressions (batch 64)", {{"batch_size", int64_t(64)}, {"base_channels", int64_t(64)}, {"class_names", label("sadness,anger,surprise,disgust,happiness,fear")}}},
        {"weizmann_strips", "Weizmann actions from strips (batch 32)", {{"batch_size", int64_t(32)}, {"base_channels", int64_t(64)}, {"label", label("auto")}}},
        {"faces_small", "Small, for builtin:faces?frames=32 on a processor", {{"batch_size", int64_t(8)}, {"base_channels", int64_t(6)}, {"code_dim", int64_t(32)}, {"appearance_dim", int64_t(32)}, {"label", label("expression")}}},
        {"puppets_small", "Small, for builtin:puppets?frames=32 on a processor", {{"batch_size", int64_t(8)}, {"base_channels", int64_t(6)}, {"code_dim", int64_t(32)}, {"appearance_dim", int64_t(32)}, {"label", label("action")}}},
    };
}
}  // namespace

GeneratorOptions generatorOptions(const Options& options)
{
    GeneratorOptions generator;
    generator.codeDim = options.codeDim;
    generator.appearanceDim = options.appearanceDim;
    generator.classes = static_cast<int64_t>(classesOf(options).size());
    generator.baseChannels = options.baseChannels;
    generator.midChannels = numberList<int64_t>(options.midChannels, "mid_channels", 65536);
    return generator;
}

SystemDescription describeSystem(const Options& options)
{
    SystemDescription d;
    d.id = "imaginator";
    d.name = "ImaGINator";
    d.summary = "A GAN that animates one picture: an encoder keeps who is seen, a class and noise say how it moves, a decoder of transposed (1+2)D convolutions makes all frames at once.";
    d.reference = "Wang, Bilinski, Bremond, Dantcheva: ImaGINator: Conditional Spatio-Temporal GAN for Video Generation. WACV 2020";
    d.networks = {"G", "VD", "ID"};
    d.options = describeOptions<Options>();
    d.presets = presets();

    Control image = makeControl("image", "Picture", ControlRole::Appearance, ControlKind::Image, 3,
                                "Who or what is animated: clip = D(z, c, E(image)), where E gives a code and four maps that are laid into every stage of the decoder. There is no other code of the appearance.");
    image.height = image.width = kSize;
    Control expression = makeControl("expression", "Class", ControlRole::Motion, ControlKind::Category, 1, "What it does: the class c of D(z, c, E(image)), one of those that the system was trained with.");
    expression.categories = classesOf(options);
    Control z = makeControl("z", "Noise", ControlRole::Motion, ControlKind::GaussianVector, options.codeDim,
                            "How it does it: z of D(z, c, E(image)). Training pulls every clip to one true clip (100 times the absolute difference), so expect small changes.");
    Control second = makeControl("expression_to", "Second class", ControlRole::Motion, ControlKind::Category, 1, "The class that the mixture leads to. It does nothing while the mixture is 0.");
    second.categories = expression.categories;
    second.fixed = true;
    Control mixture = makeSetting("mixture", "Mixture", ControlRole::Motion, 1, 0, 0, 1,
                                  "How much of the second class there is, frame by frame: the class is (1 - m_t) c + m_t c'. Training shows pure classes for whole clips only. The decoder's first stage sees the mean over time.");
    mixture.kind = ControlKind::GaussianSequence;
    mixture.steps = StepRule{1, 0};
    d.controls = {image, expression, z, second, mixture,
                  makeSetting("strength", "Strength of the class", ControlRole::Motion, 1, 1, 0, 1.5, "Factor of the class, s c: 1 is what training shows.")};

    d.length = LengthRule{kFrames, kFrames, kFrames, 1};
    d.width = d.height = kSize;
    d.frameRateHz = 19;
    d.requiredLabels = {};
    d.scalars = {"loss/G_rec", "loss/G_vid", "loss/G_img", "loss/D_vid", "loss/D_img", "accuracy/D_vid", "accuracy/D_img", "accuracy/D_vid/real", "accuracy/D_vid/fake", "accuracy/D_img/real", "accuracy/D_img/fake"};
    d.lossWeights = {"G_rec", "G_vid", "G_img", "D_vid", "D_img"};
    return d;
}

ImaginatorSystem::ImaginatorSystem(const Options& options) : m_options(options), m_frameSteps(numberList(options.frameSteps, "frame_steps", 1000))
{
    if (m_frameSteps.empty()) throw Error(ErrorCode::Usage, "expected at least one step", "frame_steps");
    const GeneratorOptions generator = generatorOptions(options);
    m_networks.g = Generator(generator);
    m_networks.vd = VideoDiscriminator(options.baseChannels, generator.classes);
    m_networks.id = ImageDiscriminator(options.baseChannels);
    makeOptimizers(m_networks, {options.learningRateG, options.learningRateD, options.beta1, options.beta2, 1e-8});
    for (const char* term : {"G_rec", "G_vid", "G_img", "D_vid", "D_img"}) declareLossWeight(term);
}

SystemDescription ImaginatorSystem::describe() const { return describeSystem(m_options); }
std::vector<NamedNetwork> ImaginatorSystem::networks() { return {{"G", m_networks.g.ptr(), true}, {"VD", m_networks.vd.ptr(), false}, {"ID", m_networks.id.ptr(), false}}; }
std::vector<NamedOptimizer> ImaginatorSystem::optimizers() { return {{"G", m_networks.optimizerG.get()}, {"VD", m_networks.optimizerVd.get()}, {"ID", m_networks.optimizerId.get()}}; }

BatchNeeds ImaginatorSystem::batchNeeds() const
{
    BatchNeeds needs;
    needs.frames = kFrames;
    needs.height = needs.width = kSize;
    needs.frameSteps = m_frameSteps;
    needs.labels = {m_options.label};  // "auto" until a dataset has resolved it
    if (m_options.label != "auto" && m_options.label != "none") needs.classes[m_options.label] = classesOf(m_options);
    return needs;
}

StepScalars ImaginatorSystem::trainStep(const Batch& batch, int64_t /*step*/)
{
    const int64_t classes = m_networks.g->options().classes;
    const auto labels = batch.labels.find(m_options.label);
    if (labels == batch.labels.end()) throw Error(ErrorCode::Usage, "names no label of the batch", "label");
    const torch::Tensor oneHot = torch::nn::functional::one_hot(labels->second, classes).to(torch::kFloat32);
    const StepDraws draws = imaginator::drawStep(m_networks.g->options(), batch.size(), batch.clips.size(2), batch.clips.device());
    const StepWeights weights{m_options.reconstructionWeight * lossWeight("G_rec"), lossWeight("G_vid"), lossWeight("G_img"), lossWeight("D_vid"), lossWeight("D_img")};
    const StepRecord record = imaginator::trainStep(m_networks, batch.clips, oneHot, draws, updates(), weights);
    StepScalars scalars{{"loss/G_rec", record.lossRec}, {"loss/G_vid", record.lossGVid}, {"loss/G_img", record.lossGImg}, {"loss/D_vid", record.lossDVid}, {"loss/D_img", record.lossDImg}};
    for (const auto& [name, real, fake] : {std::tuple{"accuracy/D_vid", record.vdReal, record.vdFake}, {"accuracy/D_img", record.idReal, record.idFake}}) {
        const torch::Tensor onReal = accuracyOnReal(real), onFake = accuracyOnFake(fake);
        scalars.emplace_back(name, 0.5 * (onReal + onFake));
        scalars.emplace_back(std::string(name) + "/real", onReal);
        scalars.emplace_back(std::string(name) + "/fake", onFake);
    }
    return scalars;
}

torch::Tensor classWeights(const torch::Tensor& first, const torch::Tensor& second, const torch::Tensor& mixture, const torch::Tensor& strength, int64_t classes)
{
    const auto oneHot = [&](const torch::Tensor& index) { return torch::nn::functional::one_hot(index.to(torch::kInt64), classes).to(torch::kFloat32); };
    const torch::Tensor c = oneHot(first) * strength;
    if (mixture.eq(0).all().item<bool>()) return c;
    const torch::Tensor to = oneHot(second) * strength;
    if (mixture.eq(mixture.slice(2, 0, 1)).all().item<bool>()) {
        const torch::Tensor share = mixture.select(2, 0);
        return (1 - share) * c + share * to;
    }
    return (1 - mixture) * c.unsqueeze(2) + mixture * to.unsqueeze(2);
}

Source sourceOf(const ControlTensors& controls, const GeneratorOptions& options, int frames)
{
    if (frames != kFrames) throw Error(ErrorCode::ShapeMismatch, "clips have " + std::to_string(kFrames) + " frames, not " + std::to_string(frames), "frames");
    Source source{controlOf(controls, "image"), controlOf(controls, "z"), {}};
    source.classes = classWeights(controlOf(controls, "expression"), controlOf(controls, "expression_to"), controlOf(controls, "mixture"), controlOf(controls, "strength"), options.classes);
    const int64_t clips = source.image.size(0);
    if (clips < 1) throw Error(ErrorCode::ShapeMismatch, "found no pictures, expected those of one clip or more", "image");
    if (source.image.dim() != 4 || source.image.size(1) != 3 || source.image.size(2) != kSize || source.image.size(3) != kSize) throw Error(ErrorCode::ShapeMismatch, "expected pictures of 64 x 64 pixels in three colours", "image");
    if (source.z.dim() != 2 || source.z.size(0) != clips || source.z.size(1) != options.codeDim) throw Error(ErrorCode::ShapeMismatch, "expected " + std::to_string(options.codeDim) + " numbers for each of " + std::to_string(clips) + " clips", "z");
    if (source.classes.size(0) != clips) throw Error(ErrorCode::ShapeMismatch, "found " + std::to_string(source.classes.size(0)) + " classes for " + std::to_string(clips) + " clips", "expression");
    return source;
}

torch::Tensor ImaginatorSystem::generate(const ControlTensors& controls, int frames, uint64_t /*seed*/)
{
    const Source source = sourceOf(controls, m_networks.g->options(), frames);
    const Inference inference({m_networks.g.get()}, wantsGradients(controls));
    return m_networks.g->forward(source.image, source.z, source.classes);
}

std::unique_ptr<GenerationPlan> ImaginatorSystem::makePlan(PlanPrecision precision) { return makeProcessorPlan(m_networks.g, precision); }

torch::Tensor ImaginatorSystem::controlFeatures(const std::string& control, const torch::Tensor& values)
{
    if (control != "z") return {};
    // the decoder's first layer is linear in z: its rows for z are what z is made into, whatever picture and class stand beside it
    const torch::NoGradGuard noGrad;
    const torch::Tensor weight = m_networks.g->named_parameters()["dec.block1.conv.0.weight"];  // (c_z + K + c_a, mid, 2, 1, 1)
    return values.matmul(weight.slice(0, 0, values.size(1)).flatten(1));
}

torch::Tensor ImaginatorSystem::controlWeights(const std::string& control)
{
    if (control != "z") return {};
    return m_networks.g->named_parameters()["dec.block1.conv.0.weight"].slice(0, 0, m_networks.g->options().codeDim).flatten(1).t();
}

SystemEntry systemEntry()
{
    SystemEntry entry;
    entry.description = describeSystem({});
    entry.create = [](const OptionValues& values) -> std::unique_ptr<System> {
        Options options;
        applyOptions(options, values);
        return std::make_unique<ImaginatorSystem>(options);
    };
    entry.fit = [](OptionValues& values, const ClipSource& source) { fitClasses(values, source, true); };
    entry.parity = replayParity;
    entry.importOfficial = importOfficial;
    return entry;
}

}  // namespace kinora::imaginator
