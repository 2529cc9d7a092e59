#include "models/mocogan/mocogan_system.h"

#include "core/util/error.h"
#include "models/blocks/classes.h"
#include "models/blocks/scopes.h"
#include "models/mocogan/mocogan_plan.h"

namespace kinora::mocogan {
namespace {

constexpr int kTrainedFrames = 16, kSize = 64;
constexpr int kLongestClip = 128;  // the cell can go on for ever; what it shows beyond a few training lengths tends to freeze or to loop

std::vector<OptionPreset> presets()
{
    const std::string auto_ = "auto", none = "none", full = "full", patch = "patch";
    return {
        {"paper", "The authors' recommended settings (batch 32)", {{"batch_size", int64_t(32)}, {"base_channels", int64_t(64)}, {"noise_sigma", 0.1}, {"frame_step", int64_t(2)}}},
        {"program_defaults", "The authors' program as it starts (batch 10, three clips)", {{"batch_size", int64_t(10)}, {"label", none}, {"categories", int64_t(6)}, {"noise_sigma", 0.0}, {"video_clips", int64_t(3)}, {"use_categories", false}, {"use_infogan", false}}},
        {"weizmann_strips", "Weizmann actions from the authors' strips (batch 32)", {{"batch_size", int64_t(32)}, {"label", auto_}, {"noise_sigma", 0.1}, {"frame_step", int64_t(2)}}},
        {"unconditional", "Without categories (batch 32)", {{"batch_size", int64_t(32)}, {"label", none}, {"use_categories", false}, {"use_infogan", false}}},
        {"patch_discriminators", "Patches in both discriminators, without categories (batch 32)", {{"batch_size", int64_t(32)}, {"label", none}, {"use_categories", false}, {"use_infogan", false}, {"image_discriminator", patch}, {"video_discriminator", patch}}},
        {"puppets_small", "Small, for builtin:puppets on a processor", {{"batch_size", int64_t(8)}, {"base_channels", int64_t(12)}, {"content_dim", int64_t(20)}, {"motion_dim", int64_t(6)}, {"label", std::string("action")}, {"frame_step", int64_t(1)}}},
        {"faces_small", "Small, for builtin:faces on a processor", {{"batch_size", int64_t(8)}, {"base_channels", int64_t(12)}, {"content_dim", int64_t(20)}, {"motion_dim", int64_t(6)}, {"label", std::string("expression")}, {"frame_step", int64_t(2)}}},
    };
}

/// The classes' names, as many as there are categories.
std::vector<std::string> categoriesOf(const Options& options) { return classNames(options.classNames, options.categories); }
bool labelled(const Options& options) { return options.label != "auto" && options.label != "none" && !options.label.empty(); }
}  // namespace

GeneratorOptions generatorOptions(const Options& options)
{
    GeneratorOptions generator;
    generator.contentDim = options.contentDim;
    generator.categories = static_cast<int64_t>(categoriesOf(options).size());
    generator.motionDim = options.motionDim;
    generator.baseChannels = options.baseChannels;
    generator.categoryIntoGru = options.categoryIntoGru;
    generator.modernInit = options.init == "modern";
    return generator;
}

SystemDescription describeSystem(const Options& options)
{
    SystemDescription d;
    d.id = "mocogan";
    d.name = "MoCoGAN";
    d.summary = "A GAN that draws a clip frame by frame: a content code stays, a recurrent network turns noise into a path of motion codes. An image and a video discriminator train it.";
    d.reference = "Tulyakov, Liu, Yang, Kautz: MoCoGAN: Decomposing Motion and Content for Video Generation. CVPR 2018";
    d.networks = {"generator", "image_discriminator", "video_discriminator"};
    d.options = describeOptions<Options>();
    d.presets = presets();

    d.controls.push_back(makeControl("content", "Content", ControlRole::Appearance, ControlKind::GaussianVector, options.contentDim,
                                     "What is shown. Every frame is G(content, category, m_t) with the same content; the motion codes m_t do not depend on it, so changing it alone keeps the motion exactly."));
    if (const std::vector<std::string> names = categoriesOf(options); !names.empty()) {
        Control category = makeControl("category", "Category", ControlRole::Motion, ControlKind::Category, 1, "The kind of motion, one for the whole clip.");
        category.categories = names;
        d.controls.push_back(category);
    }
    d.controls.push_back(makeControl("motion_start", "Start of the motion", ControlRole::Motion, ControlKind::GaussianVector, options.motionDim,
                                     "Where the motion begins: h_0 of the recurrent cell, m_t = GRU(e_t, m_(t-1)) with m_0 = h_0. Its effect fades with time."));
    Control noise = makeControl("motion_noise", "Motion path", ControlRole::Motion, ControlKind::GaussianSequence, options.motionDim,
                                "What drives the motion, frame by frame: e_t of m_t = GRU(e_t, m_(t-1)). A step changes its own frame and later ones, never an earlier one. Moving all steps together gives a different motion; a single step mostly a jerk.");
    noise.steps = StepRule{1, 0};
    d.controls.push_back(noise);
    d.controls.push_back(makeSetting("motion_amount", "Amount of motion", ControlRole::Motion, 1, 1, 0, 2, "How far the motion codes leave their mean: mean + a (m_t - mean). 0 freezes the clip, 1 leaves it as it is."));
    d.controls.push_back(makeSetting("motion_shift", "Shift of the path", ControlRole::Motion, options.motionDim, 0, -1.5, 1.5,
                                     "Added to every motion code after the recurrent cell, m_t + s, kept within 1.5: another pose or place with the same course. 0 leaves it as it is."));
    d.controls.push_back(makeSetting("tempo", "Tempo", ControlRole::Motion, 1, 1, 0.1, 1, "How fast the path of motion codes is walked: frame t shows m at the time v t. 1 leaves it as it is, smaller is slower."));

    d.length = LengthRule{kTrainedFrames, 1, kLongestClip, 1};
    d.width = d.height = kSize;
    d.frameRateHz = 8;
    d.scalars = {"loss/G_img", "loss/G_vid", "loss/G_cat", "loss/D_img", "loss/D_vid", "loss/D_cat", "accuracy/D_img", "accuracy/D_vid", "accuracy/D_img/real", "accuracy/D_img/fake", "accuracy/D_vid/real", "accuracy/D_vid/fake"};
    d.lossWeights = {"G_img", "G_vid", "G_cat", "D_img", "D_vid", "D_cat"};
    return d;
}

MocoganSystem::MocoganSystem(const Options& options) : m_options(options)
{
    const GeneratorOptions generator = generatorOptions(options);
    const bool patch = options.videoDiscriminator == "patch", headless = generator.categories == 0;
    // categories without a head, or without any, are what the defaults say of a dataset without labels: no term. Asked for with a headless network they are refused
    m_terms.useCategories = options.useCategories && labelled(options) && !headless;
    m_terms.useInfogan = options.useInfogan && !headless;
    m_terms.headOnFakes = options.infoganOnFakes && !headless;
    const bool head = m_terms.useCategories || m_terms.useInfogan || m_terms.headOnFakes;
    if (patch && head)
        throw Error(ErrorCode::Usage, "the patch discriminator has no category head: take video_discriminator=full, or set use_categories, use_infogan and infogan_on_fakes to false", "video_discriminator");
    const auto noise = std::make_shared<InstanceNoise>();
    noise->sigma = options.noiseSigma;
    m_networks.g = Generator(generator);
    m_networks.di = ImageDiscriminator(options.baseChannels, options.imageDiscriminator == "patch", noise);
    m_networks.dv = VideoDiscriminator(options.baseChannels, patch, patch ? 0 : generator.categories, noise);
    if (options.init != "modern") {
        originalInit_(*m_networks.di);
        originalInit_(*m_networks.dv);
    }
    makeOptimizers(m_networks, {options.learningRateG, options.learningRateD, options.beta1, options.beta2, 1e-8, options.weightDecay});
    for (const char* term : {"G_img", "G_vid", "G_cat", "D_img", "D_vid", "D_cat"}) declareLossWeight(term);
}

SystemDescription MocoganSystem::describe() const { return describeSystem(m_options); }

std::vector<NamedNetwork> MocoganSystem::networks()
{
    return {{"generator", m_networks.g.ptr(), true}, {"image_discriminator", m_networks.di.ptr(), false}, {"video_discriminator", m_networks.dv.ptr(), false}};
}

std::vector<NamedOptimizer> MocoganSystem::optimizers()
{
    return {{"generator", m_networks.optimizerG.get()}, {"image_discriminator", m_networks.optimizerDi.get()}, {"video_discriminator", m_networks.optimizerDv.get()}};
}

BatchNeeds MocoganSystem::batchNeeds() const
{
    BatchNeeds needs;
    needs.frames = kTrainedFrames;
    needs.height = needs.width = kSize;
    needs.frameSteps = {static_cast<int>(m_options.frameStep)};
    needs.images = true;
    if (m_terms.useCategories) {
        needs.labels = {m_options.label};
        needs.classes[m_options.label] = categoriesOf(m_options);
    }
    return needs;
}

StepScalars MocoganSystem::trainStep(const Batch& batch, int64_t /*step*/)
{
    const int64_t seen = m_options.videoClips > 0 ? std::min(m_options.videoClips, batch.size()) : batch.size();
    const torch::Tensor clips = batch.clips.slice(0, 0, seen), images = batch.images.defined() ? batch.images : batch.clips.select(2, 0);
    const torch::Tensor categories = m_terms.useCategories ? batch.labels.at(m_options.label).slice(0, 0, seen) : torch::Tensor();
    const StepDraws draws = mocogan::drawStep(m_networks.g->options(), images.size(0), seen, clips.size(2), m_options.imageSampling == "original", clips.device());
    const StepWeights weights{lossWeight("D_img"), lossWeight("D_vid"), lossWeight("D_cat"), lossWeight("G_img"), lossWeight("G_vid"), lossWeight("G_cat")};
    const StepRecord record = mocogan::trainStep(m_networks, images, clips, categories, draws, m_terms, updates(), weights);
    StepScalars scalars{{"loss/G_img", record.lossGImg}, {"loss/G_vid", record.lossGVid}, {"loss/D_img", record.lossDImg}, {"loss/D_vid", record.lossDVid}};
    if (record.lossGCat.defined()) scalars.emplace_back("loss/G_cat", record.lossGCat);
    if (record.lossDCat.defined()) scalars.emplace_back("loss/D_cat", record.lossDCat);
    for (const auto& [name, real, fake] : {std::tuple{"accuracy/D_img", record.diReal, record.diFake}, {"accuracy/D_vid", record.dvReal, record.dvFake}}) {
        const torch::Tensor onReal = accuracyOnReal(real), onFake = accuracyOnFake(fake);
        scalars.emplace_back(name, 0.5 * (onReal + onFake));
        scalars.emplace_back(std::string(name) + "/real", onReal);
        scalars.emplace_back(std::string(name) + "/fake", onFake);
    }
    return scalars;
}

torch::Tensor editedPath(const torch::Tensor& path, const torch::Tensor& amount, const torch::Tensor& shift, const torch::Tensor& tempo)
{
    torch::Tensor edited = path;
    const int64_t frames = path.size(1);
    if (!tempo.eq(1).all().item<bool>()) {
        const torch::Tensor times = tempo * torch::arange(frames, path.options());  // (N, T)
        const torch::Tensor before = times.floor().clamp(0, frames - 1), after = (before + 1).clamp_max(frames - 1), part = (times - before).unsqueeze(2);
        const auto at = [&](const torch::Tensor& index) { return edited.gather(1, index.to(torch::kInt64).unsqueeze(2).expand_as(edited)); };
        edited = at(before) * (1 - part) + at(after) * part;
    }
    if (!amount.eq(1).all().item<bool>()) {
        const torch::Tensor mean = edited.mean(1, true);
        edited = mean + amount.unsqueeze(2) * (edited - mean);
    }
    if (!shift.eq(0).all().item<bool>()) edited = torch::where(shift.eq(0).all(1).view({-1, 1, 1}), edited, (edited + shift.unsqueeze(1)).clamp(-1.5, 1.5));
    return edited;
}

Course courseOf(Generator& generator, const ControlTensors& controls, int frames)
{
    Course course;
    Codes& codes = course.codes;
    codes.content = controlOf(controls, "content");
    codes.start = controlOf(controls, "motion_start");
    const torch::Tensor& noise = controlOf(controls, "motion_noise");  // (N, M, T)
    if (noise.dim() != 3 || noise.size(2) != frames) throw Error(ErrorCode::ShapeMismatch, "has " + std::to_string(noise.size(-1)) + " steps, the clip " + std::to_string(frames) + " frames", "motion_noise");
    codes.noise = noise.permute({2, 0, 1});
    if (generator->options().categories > 0) codes.category = controlOf(controls, "category");
    course.path = editedPath(generator->motionPath(codes), controlOf(controls, "motion_amount"), controlOf(controls, "motion_shift"), controlOf(controls, "tempo"));
    return course;
}

torch::Tensor MocoganSystem::generate(const ControlTensors& controls, int frames, uint64_t /*seed*/)
{
    const Inference inference({m_networks.g.get()}, wantsGradients(controls));
    const Course course = courseOf(m_networks.g, controls, frames);
    return m_networks.g->clips(course.codes, course.path);
}

std::unique_ptr<GenerationPlan> MocoganSystem::makePlan(PlanPrecision precision) { return makeProcessorPlan(m_networks.g, precision); }

torch::Tensor MocoganSystem::controlFeatures(const std::string& control, const torch::Tensor& values)
{
    const Inference inference({m_networks.g.get()});
    const GeneratorOptions& options = m_networks.g->options();
    Codes codes;
    codes.content = torch::zeros({values.size(0), options.contentDim}, values.options());
    if (options.categories > 0) codes.category = torch::zeros({values.size(0)}, values.options().dtype(torch::kInt64));
    codes.start = torch::zeros({values.size(0), options.motionDim}, values.options());
    codes.noise = torch::zeros({kTrainedFrames, values.size(0), options.motionDim}, values.options());
    if (control == "content") {
        codes.content = values;
        return m_networks.g->firstLayer(m_networks.g->rows(codes, torch::zeros({values.size(0), 1, options.motionDim}, values.options())));
    }
    if (control == "motion_start") codes.start = values;
    else if (control == "motion_noise") codes.noise = values.permute({2, 0, 1});
    else return {};
    return m_networks.g->motionPath(codes).flatten(1);
}

torch::Tensor MocoganSystem::controlWeights(const std::string& control)
{
    const GeneratorOptions& options = m_networks.g->options();
    const auto parameters = m_networks.g->named_parameters();
    if (control == "content") return parameters["main.0.weight"].slice(0, 0, options.contentDim).flatten(1).t();  // [content, category, motion code]
    if (control == "motion_start") return parameters["recurrent.weight_hh"];
    if (control == "motion_noise") return parameters["recurrent.weight_ih"].slice(1, 0, options.motionDim);  // [noise, category]
    return {};
}

SystemEntry systemEntry()
{
    SystemEntry entry;
    entry.description = describeSystem({});
    entry.create = [](const OptionValues& values) -> std::unique_ptr<System> {
        Options options;
        applyOptions(options, values);
        return std::make_unique<MocoganSystem>(options);
    };
    entry.fit = [](OptionValues& values, const ClipSource& source) { fitClasses(values, source, false); };
    entry.parity = replayParity;
    entry.importOfficial = importOfficial;
    return entry;
}

}  // namespace kinora::mocogan
