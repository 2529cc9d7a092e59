#include "models/svg/svg_system.h"

#include <ATen/CPUGeneratorImpl.h>

#include "core/util/error.h"
#include "models/blocks/scopes.h"
#include "models/svg/svg_plan.h"

namespace kinora::svg {
namespace {

constexpr int kLongestClip = 200;  // the roll-out could go on for ever; what it shows decays

std::vector<OptionPreset> presets()
{
    const auto text = [](const char* value) { return OptionValue(std::string(value)); };
    const auto number = [](int64_t value) { return OptionValue(value); };
    return {
        {"smmnist_lp", "Paper: Stochastic Moving MNIST, learned prior (batch 100)", {{"batch_size", int64_t(100)}, {"variant", text("lp")}, {"backbone", text("dcgan")}, {"channels", number(1)}, {"z_dim", number(10)}, {"n_past", number(5)}, {"n_future", number(10)}, {"beta", 1e-4}}},
        {"bair_lp", "Paper: BAIR robot pushing, learned prior (batch 100)", {{"batch_size", int64_t(100)}, {"variant", text("lp")}, {"backbone", text("vgg")}, {"z_dim", number(64)}, {"n_past", number(2)}, {"n_future", number(10)}, {"beta", 1e-4}}},
        {"kth_fp", "Paper: KTH actions, fixed prior (batch 100)", {{"batch_size", int64_t(100)}, {"variant", text("fp")}, {"backbone", text("vgg")}, {"channels", number(1)}, {"z_dim", number(24)}, {"n_past", number(10)}, {"n_future", number(10)}, {"beta", 1e-6}, {"learning_rate", 0.0008}}},
        {"kth_fp_128", "Paper's figures: KTH actions at 128 px, fixed prior (batch 100)", {{"batch_size", int64_t(100)}, {"variant", text("fp")}, {"backbone", text("vgg")}, {"image_size", number(128)}, {"channels", number(1)}, {"z_dim", number(32)}, {"n_past", number(10)}, {"n_future", number(10)}, {"beta", 1e-6}, {"learning_rate", 0.0008}}},
        {"weizmann_strips", "Weizmann actions from strips, learned prior (batch 16)", {{"batch_size", int64_t(16)}, {"variant", text("lp")}, {"backbone", text("vgg")}, {"z_dim", number(24)}, {"n_past", number(5)}, {"n_future", number(10)}}},
        {"puppets_small", "Small, for builtin:puppets on a processor", {{"batch_size", int64_t(8)}, {"variant", text("lp")}, {"backbone", text("dcgan")}, {"base_channels", number(8)}, {"g_dim", number(32)}, {"z_dim", number(6)}, {"rnn_size", number(64)}, {"n_past", number(3)}, {"n_future", number(5)}}},
        {"faces_small", "Small, for builtin:faces on a processor", {{"batch_size", int64_t(8)}, {"variant", text("fp")}, {"backbone", text("dcgan")}, {"base_channels", number(8)}, {"g_dim", number(32)}, {"z_dim", number(6)}, {"rnn_size", number(64)}, {"n_past", number(3)}, {"n_future", number(5)}}},
    };
}

Control choice(const char* id, const char* name, ControlRole role, std::vector<std::string> names, std::string help)
{
    Control control = makeControl(id, name, role, ControlKind::Category, 1, std::move(help));
    control.categories = std::move(names);
    control.fixed = true;
    return control;
}
}  // namespace

FrameOptions frameOptions(const Options& options) { return {options.backbone == "vgg", options.imageSize, options.baseChannels, options.featureDim, options.channels}; }
RecurrentOptions recurrentOptions(const Options& options)
{
    return {options.codeDim, options.rnnSize, options.predictorLayers, options.posteriorLayers, options.priorLayers, options.variant == "lp"};
}

SystemDescription describeSystem(const Options& options)
{
    const bool learned = options.variant == "lp";
    SystemDescription d;
    d.id = "svg";
    d.name = "SVG";
    d.summary = "A variational autoencoder that continues given frames: at every step a recurrent network predicts the next frame from the last one and a random motion code.";
    d.reference = "Denton, Fergus: Stochastic Video Generation with a Learned Prior. ICML 2018";
    d.networks = {"encoder", "decoder", "frame_predictor", "posterior"};
    if (learned) d.networks.push_back("prior");
    d.options = describeOptions<Options>();
    d.presets = presets();

    Control past = makeControl("past", "Given frames", ControlRole::Appearance, ControlKind::Frames, 3,
                               "What is continued. There is no code of the appearance: background and texture reach x_t = Dec(h_t, skips) from the last but one of these frames.");
    past.height = past.width = static_cast<int>(options.imageSize);
    past.count = static_cast<int>(options.past);
    Control z = makeControl("z", "Motion codes", ControlRole::Motion, ControlKind::GaussianSequence, options.codeDim,
                            learned ? "What happens next, frame by frame: z_t = mu_t + tau sigma_t u_t, with the prior's mean and deviation at that moment. A change enters at its own frame and acts on all later ones, never on an earlier one."
                                    : "What happens next, frame by frame: z_t = tau u_t. A change enters at its own frame and acts on all later ones, never on an earlier one.");
    z.steps = StepRule{1, static_cast<int>(options.past)};
    d.controls = {past, z,
                  makeSetting("temperature", "Randomness", ControlRole::Motion, 1, 1, 0, 3, "tau of the motion codes: 0 takes the prior's mean at every step, 1 is what training shows."),
                  choice("z_space", "Codes are", ControlRole::Motion, {"relative to the prior", "taken as they are"}, "Whether the motion codes are deviations from the prior, or z_t itself, whatever the given frames are: the same motion for other frames."),
                  choice("past_codes", "Codes of the given frames", ControlRole::Motion, {"mean", "drawn"}, "The given frames have codes too, of the posterior: its mean, so that a clip can be repeated, or draws from it, as the authors' script for the learned prior does."),
                  choice("bn_mode", "Normalisation", ControlRole::Both, {"running", "batch"}, "Statistics of batch normalisation: the running ones of training, or those of the clips generated together, with which the authors' numbers for the learned prior were made; a clip then depends on its neighbours.")};

    d.length = LengthRule{static_cast<int>(options.past + options.future), static_cast<int>(options.past) + 1, kLongestClip, 1};
    d.width = d.height = static_cast<int>(options.imageSize);
    d.frameRateHz = 10;
    d.scalars = {"loss/mse", "loss/kl"};
    d.lossWeights = {"mse", "kl"};
    return d;
}

SvgSystem::SvgSystem(const Options& options) : m_options(options)
{
    if (options.past < 2) throw Error(ErrorCode::Usage, "must be 2 or more, not " + std::to_string(options.past) + ": the skips of the predicted frames come from the last but one given frame", "n_past");
    if (options.channels == 2) throw Error(ErrorCode::Usage, "must be 1 or 3, not 2", "channels");
    if (options.past + options.future > kLongestClip) throw Error(ErrorCode::Usage, "makes clips of " + std::to_string(options.past + options.future) + " frames with n_past; at most " + std::to_string(kLongestClip) + " are possible", "n_future");
    m_networks = buildNetworks(frameOptions(options), recurrentOptions(options));
    makeOptimizer(m_networks, {options.learningRate, options.beta1, options.beta2, 1e-8});
    for (const char* term : {"mse", "kl"}) declareLossWeight(term);
}

SystemDescription SvgSystem::describe() const { return describeSystem(m_options); }

std::vector<NamedNetwork> SvgSystem::networks()
{
    std::vector<NamedNetwork> list{{"encoder", m_networks.encoder.ptr(), true}, {"decoder", m_networks.decoder.ptr(), true}, {"frame_predictor", m_networks.predictor.ptr(), true}, {"posterior", m_networks.posterior.ptr(), true}};
    if (!m_networks.prior.is_empty()) list.push_back({"prior", m_networks.prior.ptr(), true});
    return list;
}

std::vector<NamedOptimizer> SvgSystem::optimizers() { return {{"all", m_networks.optimizer.get()}}; }

BatchNeeds SvgSystem::batchNeeds() const
{
    BatchNeeds needs;
    needs.frames = static_cast<int>(m_options.past + m_options.future);
    needs.height = needs.width = static_cast<int>(m_options.imageSize);
    needs.frameSteps = {static_cast<int>(m_options.frameStep)};
    return needs;
}

torch::Tensor SvgSystem::inwards(const torch::Tensor& clips) const { return ((clips + 1) / 2).slice(1, 0, m_options.channels).permute({2, 0, 1, 3, 4}).contiguous(); }

StepScalars SvgSystem::trainStep(const Batch& batch, int64_t /*step*/)
{
    const torch::Tensor frames = inwards(batch.clips);
    const int64_t steps = frames.size(0) - 1;
    const torch::Tensor eps = torch::randn({steps, batch.size(), m_options.codeDim}).to(frames.device());
    const StepRecord record = svg::trainStep(m_networks, frames, eps, {m_options.past, m_options.lastFrameSkip, m_options.beta}, updates(), lossWeight("mse"), lossWeight("kl"));
    const double count = static_cast<double>(frames.size(0));  // the authors divide by the frames, not by the steps
    return {{"loss/mse", record.mse / count}, {"loss/kl", record.kld / count}};
}

torch::Tensor SvgSystem::generate(const ControlTensors& controls, int frames, uint64_t seed)
{
    PlainCoder plain(m_networks);
    return generateBy(plain, controls, frames, seed);
}

std::unique_ptr<GenerationPlan> SvgSystem::makePlan(PlanPrecision precision) { return makeProcessorPlan(*this, frameOptions(m_options), precision); }

torch::Tensor SvgSystem::generateBy(FrameCoder& coder, const ControlTensors& controls, int frames, uint64_t seed)
{
    const torch::Tensor& given = controlOf(controls, "past");  // (N, 3, n_past, S, S)
    const torch::Tensor& z = controlOf(controls, "z");         // (N, z, T - n_past)
    const int64_t clips = given.size(0), past = m_options.past;
    if (clips < 1) throw Error(ErrorCode::ShapeMismatch, "found no frames, expected those of one clip or more", "past");
    if (given.dim() != 5 || given.size(3) != m_options.imageSize || given.size(4) != m_options.imageSize) throw Error(ErrorCode::ShapeMismatch, "expected frames of " + std::to_string(m_options.imageSize) + " x " + std::to_string(m_options.imageSize) + " pixels", "past");
    if (z.dim() != 3 || z.size(0) != clips || z.size(1) != m_options.codeDim) throw Error(ErrorCode::ShapeMismatch, "expected " + std::to_string(m_options.codeDim) + " numbers a step for each of " + std::to_string(clips) + " clips", "z");
    if (given.size(2) != past || z.size(2) != frames - past) throw Error(ErrorCode::ShapeMismatch, std::to_string(past) + " given frames and " + std::to_string(z.size(2)) + " codes do not make " + std::to_string(frames) + " frames", "z");
    RolloutCodes codes;
    codes.coordinates = z.permute({2, 0, 1});
    codes.temperature = controlOf(controls, "temperature");
    codes.absolute = controlOf(controls, "z_space").eq(1).unsqueeze(1);
    const torch::Tensor drawn = controlOf(controls, "past_codes").eq(1);
    if (drawn.any().item<bool>()) {
        // the mean is the draw with eps 0
        torch::Tensor eps = torch::zeros({past - 1, clips, m_options.codeDim});
        for (int64_t row = 0; row < clips; ++row)
            if (drawn[row].item<bool>()) eps.select(1, row).copy_(torch::randn({past - 1, m_options.codeDim}, at::detail::createCPUGenerator(seed + static_cast<uint64_t>(row))));
        codes.pastEps = eps.to(z.device());
    }
    const torch::Tensor batchMode = controlOf(controls, "bn_mode");
    const bool batchStatistics = batchMode.eq(1).any().item<bool>();
    if (batchStatistics && clips < 2)
        throw Error(ErrorCode::Usage, "batch statistics need two or more clips that are made together: up to eight are on a GPU or by an inference plan, one at a time otherwise; take 'running'", "bn_mode");
    if (batchStatistics && !batchMode.eq(1).all().item<bool>()) throw Error(ErrorCode::Usage, "must be the same for all clips that are generated together", "bn_mode");
    Inference inference({m_networks.encoder.get(), m_networks.decoder.get(), m_networks.predictor.get(), m_networks.posterior.get()}, wantsGradients(controls));
    if (!m_networks.prior.is_empty()) inference.add(*m_networks.prior);
    const KeptBuffers keptEncoder(*m_networks.encoder), keptDecoder(*m_networks.decoder);
    if (batchStatistics) {
        m_networks.encoder->train();
        m_networks.decoder->train();
    }
    const torch::Tensor inside = inwards(given);
    PlainCoder plain(m_networks);
    const torch::Tensor predicted = rollout(m_networks, batchStatistics ? plain : coder, inside, past, frames, m_options.lastFrameSkip, codes);
    const torch::Tensor clip = torch::cat({inside, predicted}).permute({1, 2, 0, 3, 4}) * 2 - 1;
    return (m_options.channels == 1 ? clip.expand({clips, 3, frames, clip.size(3), clip.size(4)}) : clip).contiguous();
}

torch::Tensor SvgSystem::controlFeatures(const std::string& control, const torch::Tensor& values)
{
    if (control != "z") return {};
    // the predictor's first layer is linear in [h, z]: its columns for z are what z is made into, whatever frame it meets
    const torch::NoGradGuard noGrad;
    const torch::Tensor weight = m_networks.predictor->named_parameters()["embed.weight"].slice(1, m_options.featureDim);  // (R, z)
    return torch::einsum("nzt,rz->nrt", {values, weight}).flatten(1);
}

torch::Tensor SvgSystem::controlWeights(const std::string& control)
{
    if (control != "z") return {};
    return m_networks.predictor->named_parameters()["embed.weight"].slice(1, m_options.featureDim);
}

SystemEntry systemEntry()
{
    SystemEntry entry;
    entry.description = describeSystem({});
    entry.create = [](const OptionValues& values) -> std::unique_ptr<System> {
        Options options;
        applyOptions(options, values);
        return std::make_unique<SvgSystem>(options);
    };
    entry.parity = replayParity;
    entry.importOfficial = importOfficial;
    return entry;
}

}  // namespace kinora::svg
