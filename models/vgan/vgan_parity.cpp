// Replays recorded cases: forward passes and both orders of the training step.
#include "core/util/error.h"
#include "models/blocks/replay.h"
#include "models/vgan/vgan_system.h"

namespace kinora::vgan {
namespace {

constexpr double kOut = 1e-5, kLoss = 1e-5, kGradient = 1e-4, kAfter = 1e-5;
constexpr double kGradientNoise = 1e-7;

torch::Tensor sampled(const torch::Tensor& x)
{
    if (x.dim() == 5) return x.slice(2, 0, x.size(2), 5).slice(3, 0, x.size(3), 7).slice(4, 0, x.size(4), 7);
    return x.slice(2, 0, x.size(2), 3).slice(3, 0, x.size(3), 3);
}

Scene recordedScene(const Replay& replay, Generator& g)
{
    if (g->options().variant == Variant::Conditional) return g->continued(enlarged(replay.tensor("in/first_frame_lr"), 8));
    return g->forward(replay.tensor("in/z"));
}

void replayForward(Replay& replay, const std::string& mode, Networks& networks, double tolerance)
{
    torch::NoGradGuard noGrad;
    const std::string out = "out/" + mode + "/";
    if (replay.keys(out).empty()) return;
    networks.g->train(mode == "train");
    networks.d->train(mode == "train");
    const Scene scene = recordedScene(replay, networks.g);
    const auto compare = [&](const char* name, const torch::Tensor& value) {
        if (value.defined() && replay.has(out + name)) replay.compare(out + name, value, tolerance);
    };
    compare("video_sub", sampled(scene.video));
    compare("video_mean_abs", scene.video.abs().mean({1, 3, 4}));
    if (scene.mask.defined()) {
        compare("foreground_sub", sampled(scene.foreground));
        compare("mask_sub", sampled(scene.mask));
        compare("background_sub", sampled(scene.background));
    }
    compare("d_logits", networks.d->forward(scene.video));
}

void load(Replay& replay, Networks& networks)
{
    replay.load("generator", *networks.g);
    replay.load("discriminator", *networks.d);
    networks.g->train();
    networks.d->train();
}

/// Biases in front of a batch norm: their true gradient is zero.
std::set<std::string> zeroGradients(const Networks& networks)
{
    std::set<std::string> names;
    const auto collect = [&](const std::string& network, const torch::nn::Module& module) {
        std::set<std::string> norms;
        for (const auto& parameter : module.named_parameters())
            if (const std::size_t at = parameter.key().rfind("bn"); at != std::string::npos) norms.insert(parameter.key().substr(0, at) + "conv" + parameter.key().substr(at + 2, 1) + ".bias");
        for (const std::string& name : norms) names.insert(network + "/" + name);
    };
    collect("generator", *networks.g);
    collect("discriminator", *networks.d);
    return names;
}

void replayStep(Replay& replay, const std::string& prefix, Networks& networks, bool refresh)
{
    if (replay.keys(prefix + "/").empty()) return;
    load(replay, networks);
    AdamSettings adam;
    adam.learningRateG = adam.learningRateD = replay.configOr<double>("lr", 2e-4);
    makeOptimizers(networks, adam);
    StepSettings settings;
    const double lambda = replay.config<double>("lambda");
    settings.maskWeight = settings.firstFrameWeight = lambda;
    settings.refreshDiscriminator = refresh;
    const std::set<std::string> zero = zeroGradients(networks);
    ReplayUpdates updates(replay, prefix, kGradient, kGradientNoise);
    updates.add(*networks.optimizerG, "generator", *networks.g);
    updates.add(*networks.optimizerD, "discriminator", *networks.d);
    updates.setZeroGradients(zero);
    const torch::Tensor real = enlarged(replay.tensor("step/in/real_lr"), 8);
    const torch::Tensor z = replay.has("step/in/z") ? replay.tensor("step/in/z") : torch::Tensor();
    const StepRecord record = trainStep(networks, real, z, settings, updates);
    const auto loss = [&](const char* name, const torch::Tensor& value) {
        if (replay.has(prefix + "/loss/" + name)) replay.compareRelative(prefix + "/loss/" + name, value.reshape({1}), kLoss);
    };
    loss("d_real", record.lossReal);
    loss("d_fake", record.lossFake);
    loss("errD", 0.5 * (record.lossReal + record.lossFake));
    loss("g_adversarial", record.lossG);
    loss("g_extra", record.lossExtra.defined() ? lambda * record.lossExtra : torch::zeros({1}));
    compareAfter(replay, prefix, "generator", *networks.g, kAfter, adam.learningRateG, zero);
    compareAfter(replay, prefix, "discriminator", *networks.d, kAfter, adam.learningRateD, zero);
}

int64_t configured(const Replay& replay, const char* key, int64_t least)
{
    const auto value = replay.config<int64_t>(key);
    if (value < least || value > 4096) throw Error(ErrorCode::Damaged, "the header's config has " + std::to_string(value) + " for '" + key + "', expected " + std::to_string(least) + " to 4096", replay.file().path());
    return value;
}
}  // namespace

std::vector<ParityLine> replayParity(const safetensors::File& file, double outTolerance)
{
    Replay replay(file);
    if (replay.keys("param/generator/").empty()) throw Error(ErrorCode::Incompatible, "is no recorded case of the networks and the training step: it has no 'param/generator/' tensors", file.path());
    GeneratorOptions generator;
    generator.variant = variantFromName(replay.config<std::string>("generator"));
    if (generator.variant != Variant::Conditional) generator.codeDim = configured(replay, "z_dim", 1);
    generator.baseChannels = configured(replay, "base", 1);
    Networks networks;
    networks.g = Generator(generator);
    networks.d = Discriminator(configured(replay, "d_base", 1));
    load(replay, networks);
    replayForward(replay, "eval", networks, outTolerance >= 0 ? outTolerance : kOut);
    load(replay, networks);
    replayForward(replay, "train", networks, kOut);
    replayStep(replay, "step", networks, false);
    replayStep(replay, "step_refresh", networks, true);
    return replay.finish();
}

}  // namespace kinora::vgan
