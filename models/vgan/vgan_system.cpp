#include "models/vgan/vgan_system.h"

#include "core/util/error.h"
#include "models/blocks/scopes.h"
#include "models/vgan/vgan_plan.h"

namespace kinora::vgan {
namespace {

std::vector<OptionPreset> presets()
{
    const auto variant = [](const char* name) { return OptionValue(std::string(name)); };
    return {
        {"paper", "Paper: two streams (batch 64)", {{"batch_size", int64_t(64)}, {"variant", variant("two_stream")}, {"base_channels", int64_t(64)}}},
        {"paper_one_stream", "Paper: one stream (batch 64)", {{"batch_size", int64_t(64)}, {"variant", variant("one_stream")}, {"base_channels", int64_t(64)}}},
        {"paper_conditional", "Paper: from a first frame (batch 32)", {{"batch_size", int64_t(32)}, {"variant", variant("conditional")}, {"base_channels", int64_t(128)}}},
        {"authors_step", "Two streams, with the authors' order of updates (batch 64)", {{"batch_size", int64_t(64)}, {"variant", variant("two_stream")}, {"refresh_discriminator", false}}},
        {"weizmann_strips", "Weizmann actions from strips: still camera, two streams (batch 32)", {{"batch_size", int64_t(32)}, {"variant", variant("two_stream")}, {"base_channels", int64_t(64)}}},
        {"puppets_small", "Small, for builtin:puppets?frames=32 on a processor", {{"batch_size", int64_t(8)}, {"variant", variant("two_stream")}, {"base_channels", int64_t(10)}, {"code_dim", int64_t(40)}}},
        {"faces_small", "Small, for builtin:faces?frames=32 on a processor", {{"batch_size", int64_t(8)}, {"variant", variant("two_stream")}, {"base_channels", int64_t(10)}, {"code_dim", int64_t(40)}}},
    };
}

torch::Tensor accuracy(const torch::Tensor& logits, int64_t kind) { return logits.argmax(1).eq(kind).to(torch::kFloat32).mean(); }
}  // namespace

GeneratorOptions generatorOptions(const Options& options) { return {variantFromName(options.variant), options.codeDim, options.baseChannels}; }

SystemDescription describeSystem(const Options& options)
{
    const Variant variant = variantFromName(options.variant);
    SystemDescription d;
    d.id = "vgan";
    d.name = "VGAN";
    d.summary = "A GAN that composes a clip of a moving foreground, a mask and a still background, all made of one code at once. A video discriminator trains it.";
    d.reference = "Vondrick, Pirsiavash, Torralba: Generating Videos with Scene Dynamics. NeurIPS 2016";
    d.networks = {"generator", "discriminator"};
    d.options = describeOptions<Options>();
    d.presets = presets();

    const bool masked = variant != Variant::OneStream;
    if (variant == Variant::Conditional) {
        Control frame = makeControl("first_frame", "First frame", ControlRole::Appearance, ControlKind::Image, 3, "The picture that the clip begins with. There is no code: one frame gives one clip.");
        frame.height = frame.width = kSize;
        d.controls.push_back(frame);
    } else if (options.splitCodes && masked) {
        d.controls.push_back(makeControl("z_background", "Code of the background", ControlRole::Appearance, ControlKind::GaussianVector, options.codeDim,
                                         "The still background b(z_b) of m f + (1 - m) b. In training both streams had the same code, so separate ones never occurred: seams and colours that do not match are to be expected."));
        d.controls.push_back(makeControl("z_foreground", "Code of the foreground", ControlRole::Motion, ControlKind::GaussianVector, options.codeDim,
                                         "What moves and its mask, f(z_f) and m(z_f) of m f + (1 - m) b; this holds what the moving thing looks like too. Changing it alone leaves the background picture as it is, bit for bit."));
    } else {
        d.controls.push_back(makeControl("z", "Code", ControlRole::Both, ControlKind::GaussianVector, options.codeDim,
                                         masked ? "Appearance and motion together: the clip m(z) f(z) + (1 - m(z)) b(z) is made of one code, and the method does not separate the two."
                                                : "Appearance and motion together: the whole clip is made of one code, and the method does not separate the two."));
    }
    if (masked)
        d.controls.push_back(makeSetting("mask_strength", "Strength of the mask", ControlRole::Motion, 1, 1, 0, 2,
                                         "How much of the foreground is laid over the background: the mask is min(s m, 1). 0 shows the still background, 1 the clip as it was made."));
    d.length = LengthRule{kFrames, kFrames, kFrames, 1};
    d.width = d.height = kSize;
    d.frameRateHz = 25;
    if (masked)
        d.views = {{"foreground", "Foreground", "What the video stream makes, everywhere"},
                   {"masked_foreground", "Masked foreground", "What of it the mask lets through; elsewhere grey"},
                   {"mask", "Mask", "White where the foreground is shown, black where the background is"},
                   {"background", "Background", "The still picture behind it"}};
    const char* extra = variant == Variant::Conditional ? "first_frame" : "mask";
    d.scalars = {"loss/G", "loss/D", "accuracy/D", "accuracy/D/real", "accuracy/D/fake"};
    d.lossWeights = {"G", "D"};
    if (masked) {
        d.scalars.insert(d.scalars.begin() + 2, {std::string("loss/") + extra, "mask/mean"});
        if (variant != Variant::Conditional) std::erase(d.scalars, "mask/mean");  // its loss is its mean
        d.lossWeights.push_back(extra);
    }
    return d;
}

VganSystem::VganSystem(const Options& options) : m_options(options)
{
    m_networks.g = Generator(generatorOptions(options));
    m_networks.d = Discriminator(options.baseChannels);
    makeOptimizers(m_networks, {options.learningRateG, options.learningRateD, options.beta1, options.beta2, 1e-8});
    for (const std::string& term : describeSystem(options).lossWeights) declareLossWeight(term);
}

SystemDescription VganSystem::describe() const { return describeSystem(m_options); }
std::vector<NamedNetwork> VganSystem::networks() { return {{"generator", m_networks.g.ptr(), true}, {"discriminator", m_networks.d.ptr(), false}}; }
std::vector<NamedOptimizer> VganSystem::optimizers() { return {{"generator", m_networks.optimizerG.get()}, {"discriminator", m_networks.optimizerD.get()}}; }

BatchNeeds VganSystem::batchNeeds() const
{
    BatchNeeds needs;
    needs.frames = kFrames;
    needs.height = needs.width = kSize;
    needs.start = BatchNeeds::Start::Beginning;  // the authors' loader takes the first 32 frames and repeats the last of a shorter clip
    needs.repeatLast = true;
    return needs;
}

StepScalars VganSystem::trainStep(const Batch& batch, int64_t /*step*/)
{
    const Variant variant = m_networks.g->options().variant;
    const char* extra = variant == Variant::Conditional ? "first_frame" : "mask";
    const torch::Tensor z = variant == Variant::Conditional ? torch::Tensor() : torch::randn({batch.size(), m_options.codeDim}).to(batch.clips.device());
    const StepSettings settings{m_options.maskWeight, m_options.firstFrameWeight, m_options.refreshDiscriminator};
    const StepWeights weights{lossWeight("D"), lossWeight("G"), variant == Variant::OneStream ? 1 : lossWeight(extra)};
    const StepRecord record = vgan::trainStep(m_networks, batch.clips, z, settings, updates(), weights);
    const torch::Tensor onReal = accuracy(record.real, 0), onFake = accuracy(record.fake, 1);
    StepScalars scalars{{"loss/G", record.lossG}, {"loss/D", 0.5 * (record.lossReal + record.lossFake)}};  // half of what is differentiated, as the authors report it
    if (record.lossExtra.defined()) scalars.emplace_back(std::string("loss/") + extra, record.lossExtra);
    if (variant == Variant::Conditional) scalars.emplace_back("mask/mean", record.maskMean);
    scalars.emplace_back("accuracy/D", 0.5 * (onReal + onFake));
    scalars.emplace_back("accuracy/D/real", onReal);
    scalars.emplace_back("accuracy/D/fake", onFake);
    return scalars;
}

Source sourceOf(const ControlTensors& controls, const GeneratorOptions& options, bool splitCodes, int frames)
{
    if (frames != kFrames) throw Error(ErrorCode::ShapeMismatch, "clips have " + std::to_string(kFrames) + " frames, not " + std::to_string(frames), "frames");
    const auto code = [&](const char* id) {
        const torch::Tensor& value = controlOf(controls, id);
        if (value.dim() != 2 || value.size(1) != options.codeDim) throw Error(ErrorCode::ShapeMismatch, "takes " + std::to_string(options.codeDim) + " numbers a clip, not " + std::to_string(value.size(-1)), id);
        return value;
    };
    Source source;
    if (options.variant == Variant::Conditional) {
        source.foreground = source.background = controlOf(controls, "first_frame");
        if (source.foreground.dim() != 4 || source.foreground.size(1) != 3 || source.foreground.size(2) != kSize || source.foreground.size(3) != kSize) throw Error(ErrorCode::ShapeMismatch, "expected pictures of 64 x 64 pixels in three colours", "first_frame");
    } else if (splitCodes && options.variant == Variant::TwoStream) {
        source.foreground = code("z_foreground");
        source.background = code("z_background");
        if (source.background.size(0) != source.foreground.size(0)) throw Error(ErrorCode::ShapeMismatch, "found " + std::to_string(source.background.size(0)) + " codes for " + std::to_string(source.foreground.size(0)) + " clips", "z_background");
    } else {
        source.foreground = source.background = code("z");
    }
    const int64_t clips = source.foreground.size(0);
    if (clips < 1) throw Error(ErrorCode::ShapeMismatch, "found no codes, expected those of one clip or more", "vgan");
    if (options.variant != Variant::OneStream) source.strength = controlOf(controls, "mask_strength").view({-1, 1, 1, 1, 1}).expand({clips, 1, 1, 1, 1});
    return source;
}

Scene VganSystem::scene(const ControlTensors& controls, int frames)
{
    const Source source = sourceOf(controls, m_networks.g->options(), m_options.splitCodes, frames);
    const Inference inference({m_networks.g.get()}, wantsGradients(controls));
    Scene made = m_networks.g->options().variant == Variant::Conditional ? m_networks.g->continued(source.foreground) : m_networks.g->forward(source.foreground, source.background);
    if (made.mask.defined() && !source.strength.eq(1).all().item<bool>()) {
        made.mask = (source.strength * made.mask).clamp(0, 1);
        made.video = compose(made.foreground, made.mask, made.background);
    }
    return made;
}

std::unique_ptr<GenerationPlan> VganSystem::makePlan(PlanPrecision precision) { return makeProcessorPlan(m_networks.g, m_options.splitCodes, precision); }

torch::Tensor VganSystem::generate(const ControlTensors& controls, int frames, uint64_t /*seed*/) { return scene(controls, frames).video; }

torch::Tensor VganSystem::view(const std::string& id, const ControlTensors& controls, int frames, uint64_t seed)
{
    const bool masked = m_networks.g->options().variant != Variant::OneStream;
    if (!masked || (id != "foreground" && id != "masked_foreground" && id != "mask" && id != "background")) return System::view(id, controls, frames, seed);
    const Scene made = scene(controls, frames);
    if (id == "foreground") return made.foreground;
    if (id == "masked_foreground") return made.mask * made.foreground;
    if (id == "mask") return (2 * made.mask - 1).expand_as(made.video).contiguous();
    return made.background.unsqueeze(2).expand_as(made.video).contiguous();
}

torch::Tensor VganSystem::controlFeatures(const std::string& control, const torch::Tensor& values)
{
    const Inference inference({m_networks.g.get()});
    if (control == "z") return m_networks.g->firstLayers(values, true, true);
    if (control == "z_foreground") return m_networks.g->firstLayers(values, true, false);
    if (control == "z_background") return m_networks.g->firstLayers(values, false, true);
    return {};
}

torch::Tensor VganSystem::controlWeights(const std::string& control)
{
    if (control != "z" && control != "z_foreground" && control != "z_background") return {};
    // the first layers are affine in the code: what its unit vectors add
    const torch::NoGradGuard noGrad;
    const int64_t size = m_networks.g->options().codeDim;
    const bool video = control != "z_background", background = control != "z_foreground";
    const torch::Tensor units = torch::eye(size, m_device), none = torch::zeros({1, size}, m_device);
    return (m_networks.g->firstLayers(units, video, background) - m_networks.g->firstLayers(none, video, background)).t();
}

SystemEntry systemEntry()
{
    SystemEntry entry;
    entry.description = describeSystem({});
    entry.create = [](const OptionValues& values) -> std::unique_ptr<System> {
        Options options;
        applyOptions(options, values);
        return std::make_unique<VganSystem>(options);
    };
    entry.parity = replayParity;
    return entry;
}

}  // namespace kinora::vgan
