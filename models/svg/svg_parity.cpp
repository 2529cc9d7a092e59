// Replays recorded cases of the authors' program: encoders and decoders, recurrent networks, roll-outs with their scores, one training step.
#include <algorithm>

#include "core/metrics/frame_similarity.h"
#include "core/nn/init.h"
#include "core/util/error.h"
#include "models/blocks/replay.h"
#include "models/blocks/scopes.h"
#include "models/svg/svg_system.h"

namespace kinora::svg {
namespace {

constexpr double kOut = 1e-4, kLoss = 1e-4, kGradient = 1e-3, kAfter = 1e-5;
constexpr double kGradientNoise = 1e-7;
constexpr double kScore = 2e-3;  // of PSNR in dB, which follows the logarithm of small errors; SSIM is held to kOut

int64_t configured(const Replay& replay, const char* key)
{
    const auto value = replay.config<int64_t>(key);
    if (value < 1 || value > 4096) throw Error(ErrorCode::Damaged, "the header's config has " + std::to_string(value) + " for '" + key + "', expected 1 to 4096", replay.file().path());
    return value;
}

FrameOptions recordedFrames(const Replay& replay)
{
    FrameOptions frames;
    const std::string backbone = replay.config<std::string>("backbone");
    frames.vgg = backbone.starts_with("vgg");
    frames.imageSize = backbone.ends_with("128") ? 128 : 64;
    frames.baseChannels = configured(replay, "width");
    frames.featureDim = configured(replay, "g_dim");
    frames.channels = configured(replay, "channels");
    return frames;
}

torch::Tensor strided(const torch::Tensor& x, int64_t stride) { return x.slice(-2, 0, x.size(-2), stride).slice(-1, 0, x.size(-1), stride); }

// --- encoder and decoder --------------------------------------------------------------------------------------------------------------------------

void replayFrames(Replay& replay, double tolerance)
{
    const FrameOptions options = recordedFrames(replay);
    Encoder encoder(options);
    Decoder decoder(options);
    replay.load("encoder", *encoder);
    replay.load("decoder", *decoder);
    const torch::Tensor x = replay.has("in/x") ? replay.tensor("in/x") : enlarged(replay.tensor("in/x_half"), 2), vec = replay.tensor("in/vec");
    const auto image = [&](const std::string& prefix, const torch::Tensor& made) {
        for (const std::string& key : replay.keys(prefix)) replay.compare(key, strided(made, std::max<int64_t>(1, std::stoll(key.substr(prefix.size())))), tolerance);
    };
    {
        const torch::NoGradGuard noGrad;
        encoder->eval();
        decoder->eval();
        const Encoded encoded = encoder->forward(x);
        replay.compare("out/eval_h", encoded.h, tolerance);
        for (std::size_t k = 0; k < encoded.skips.size(); ++k) {
            const std::string name = "out/eval_skip" + std::to_string(k);
            const torch::Tensor& skip = encoded.skips[k];
            if (replay.has(name + "_mean")) replay.compare(name + "_mean", skip.mean({2, 3}), tolerance);
            if (replay.has(name + "_slice")) replay.compare(name + "_slice", strided(skip, std::max<int64_t>(1, skip.size(2) / 8)), tolerance);
        }
        image("out/eval_image_s", decoder->forward(vec, encoded.skips));
    }
    encoder->train();
    decoder->train();
    const Encoded encoded = encoder->forward(x);
    const torch::Tensor made = decoder->forward(vec, encoded.skips);
    const torch::Tensor loss = (made - x).pow(2).mean() + encoded.h.pow(2).mean();
    loss.backward();
    replay.compare("out/train_h", encoded.h, tolerance);
    image("out/train_image_s", made);
    replay.compareRelative("out/train_loss", loss, kLoss);
    const auto gradients = [](const torch::nn::Module& module) {
        std::map<std::string, torch::Tensor> found;
        for (const auto& parameter : module.named_parameters()) found[parameter.key()] = parameter.value().grad();
        return found;
    };
    const auto ofEncoder = gradients(*encoder), ofDecoder = gradients(*decoder);
    const std::string firstConvolution = options.vgg ? "c1.0.main.0.weight" : "c1.main.0.weight", firstNorm = options.vgg ? "c1.0.main.1." : "c1.main.1.";
    const std::string stages = std::to_string(encoded.skips.size() + 1);
    replay.compareGradient("out/grad/encoder/c1_first_conv", ofEncoder.at(firstConvolution), kGradient, kGradientNoise);
    replay.compareGradient("out/grad/decoder/upc1.0.weight", ofDecoder.at("upc1.0.weight"), kGradient, kGradientNoise);
    replay.compareGradient("out/grad/decoder/last_conv_weight", ofDecoder.at("upc" + stages + (options.vgg ? ".1.weight" : ".0.weight")), kGradient, kGradientNoise);
    const auto buffers = encoder->named_buffers();
    replay.compare("out/train_running_mean/encoder_first_bn", buffers[firstNorm + "running_mean"], tolerance);
    replay.compare("out/train_running_var/encoder_first_bn", buffers[firstNorm + "running_var"], tolerance);
    replay.compare("out/train_running_var/encoder_last_bn", buffers["c" + stages + ".1.running_var"], tolerance);
}

// --- recurrent networks ---------------------------------------------------------------------------------------------------------------------------

void replayRecurrent(Replay& replay, double tolerance)
{
    const int64_t in = configured(replay, "input_size"), out = configured(replay, "output_size"), hidden = configured(replay, "hidden_size"), layers = configured(replay, "n_layers");
    Lstm lstm(in, out, hidden, layers);
    GaussianLstm gaussian(in, out, hidden, layers);
    replay.load("lstm", *lstm);
    replay.load("gaussian_lstm", *gaussian);
    const torch::Tensor x = replay.tensor("in/x"), eps = replay.tensor("in/eps");
    LstmState state, gaussianState;
    std::vector<torch::Tensor> outs, zs, mus, logvars;
    for (int64_t t = 0; t < x.size(0); ++t) {
        outs.push_back(lstm->forward(x[t], state));
        const auto [mu, logvar] = gaussian->forward(x[t], gaussianState);
        mus.push_back(mu);
        logvars.push_back(logvar);
        zs.push_back(reparameterized(mu, logvar, eps[t]));
    }
    const torch::Tensor made = torch::stack(outs), z = torch::stack(zs);
    (made.pow(2).sum() + z.pow(2).sum()).backward();
    replay.compare("out/lstm", made, tolerance);
    replay.compare("out/z", z, tolerance);
    replay.compare("out/mu", torch::stack(mus), tolerance);
    replay.compare("out/logvar", torch::stack(logvars), tolerance);
    for (std::size_t i = 0; i < state.size(); ++i) {
        replay.compare("out/lstm_h_final" + std::to_string(i), state[i].first, tolerance);
        replay.compare("out/lstm_c_final" + std::to_string(i), state[i].second, tolerance);
    }
    for (const auto& [name, module] : {std::pair<std::string, torch::nn::Module*>{"lstm", lstm.get()}, {"gaussian_lstm", gaussian.get()}})
        for (const auto& parameter : module->named_parameters())
            if (const std::string key = "out/grad/" + name + "/" + parameter.key(); replay.has(key)) replay.compareGradient(key, parameter.value().grad(), kGradient, kGradientNoise);
}

// --- the whole system -----------------------------------------------------------------------------------------------------------------------------

Networks recordedNetworks(Replay& replay)
{
    RecurrentOptions recurrent;
    recurrent.codeDim = configured(replay, "z_dim");
    recurrent.hidden = configured(replay, "rnn_size");
    recurrent.predictorLayers = configured(replay, "predictor_rnn_layers");
    recurrent.posteriorLayers = configured(replay, "posterior_rnn_layers");
    recurrent.priorLayers = configured(replay, "prior_rnn_layers");
    recurrent.learnedPrior = replay.config<std::string>("variant") == "LP";
    Networks networks = buildNetworks(recordedFrames(replay), recurrent);
    replay.load("encoder", *networks.encoder);
    replay.load("decoder", *networks.decoder);
    replay.load("frame_predictor", *networks.predictor);
    replay.load("posterior", *networks.posterior);
    if (recurrent.learnedPrior) replay.load("prior", *networks.prior);
    return networks;
}

void replayRollouts(Replay& replay, double tolerance)
{
    const torch::NoGradGuard noGrad;
    Networks networks = recordedNetworks(replay);
    const bool learned = !networks.prior.is_empty();
    const torch::Tensor x = replay.tensor("in/x");
    const int64_t past = configured(replay, "n_past"), total = configured(replay, "n_eval");
    if (past < 2 || x.size(0) < total) throw Error(ErrorCode::Incompatible, "the recorded frames do not reach n_eval, or n_past is below 2", replay.file().path());
    const bool lastFrameSkip = replay.configOr<bool>("last_frame_skip", false);
    const torch::Tensor posteriorEps = replay.tensor("in/eps/posterior"), draws = replay.tensor(learned ? "in/eps/prior" : "in/eps/z");
    for (const std::string mode : {"eval", "train"}) {
        const std::string out = "out/" + mode + "/";
        if (replay.keys(out).empty()) continue;
        networks.encoder->train(mode == "train");
        networks.decoder->train(mode == "train");
        std::vector<torch::Tensor> samples;
        PlainCoder coder(networks);
        for (int64_t s = 0; s < draws.size(0); ++s) {
            RolloutCodes codes;
            if (learned) codes.pastEps = posteriorEps[s];
            codes.coordinates = learned ? draws[s].slice(0, past - 1) : draws[s];
            samples.push_back(rollout(networks, coder, x, past, total, lastFrameSkip, codes));
        }
        const torch::Tensor all = torch::stack(samples);  // (S, frames, N, C, H, W)
        replay.compare(out + "samples_s4", strided(all, 4), tolerance);
        replay.compare(out + "sample0_last_frame_s2", strided(all[0][all.size(1) - 1], 2), tolerance);
        RolloutCodes reconstruction;
        reconstruction.fromPosterior = true;
        replay.compare(out + "posterior_mean_recon_s4", strided(rollout(networks, coder, x, past, total, lastFrameSkip, reconstruction), 4), tolerance);
        const int64_t count = draws.size(0), frames = total - past, clips = x.size(1);
        const torch::Tensor truth = x.slice(0, past, total).unsqueeze(0).expand_as(all).flatten(0, 2), made = all.flatten(0, 2);
        const auto scores = [&](const torch::Tensor& perFrame) { return perFrame.view({count, frames, clips}).permute({2, 0, 1}); };  // (N, S, frames)
        const torch::Tensor ssim = scores(structuralSimilarity(truth, made, SsimVariant::Svg)), psnr = scores(peakSignalToNoise(truth, made));
        replay.compare(out + "ssim", ssim, tolerance);
        replay.compare(out + "psnr", psnr, kScore);
        replay.compare(out + "best_by_ssim", bestSamples(ssim), 0);
        replay.compare(out + "best_by_psnr", bestSamples(psnr), 0);
    }
}

/// Biases in front of a batch norm: every convolution's but the last one of the decoder.
std::set<std::string> zeroGradients(const Networks& networks)
{
    std::set<std::string> names;
    for (const auto& [network, module] : {std::pair<std::string, const torch::nn::Module*>{"encoder", networks.encoder.get()}, {"decoder", networks.decoder.get()}}) {
        const auto parameters = module->named_parameters();
        for (const auto& parameter : parameters) {
            const std::string& name = parameter.key();
            if (name.ends_with(".0.bias") && parameters.contains(name.substr(0, name.size() - 6) + "1.weight") && parameters[name.substr(0, name.size() - 6) + "1.weight"].dim() == 1) names.insert(network + "/" + name);
        }
    }
    return names;
}

void replayStep(Replay& replay)
{
    Networks networks = recordedNetworks(replay);
    const bool learned = !networks.prior.is_empty();
    AdamSettings adam;
    adam.learningRate = replay.config<double>("lr");
    adam.beta1 = replay.config<double>("beta1");
    makeOptimizer(networks, adam);
    StepSettings settings;
    settings.past = configured(replay, "n_past");
    settings.lastFrameSkip = replay.configOr<bool>("last_frame_skip", false);
    settings.beta = replay.config<double>("beta");
    std::vector<std::pair<std::string, torch::nn::Module*>> modules{{"encoder", networks.encoder.get()}, {"decoder", networks.decoder.get()}, {"frame_predictor", networks.predictor.get()}, {"posterior", networks.posterior.get()}};
    if (learned) modules.emplace_back("prior", networks.prior.get());
    const std::set<std::string> zero = zeroGradients(networks);
    ReplayUpdates updates(replay, "step", kGradient, kGradientNoise);
    updates.setZeroGradients(zero);
    for (const auto& [name, module] : modules) {
        module->train();
        updates.add(*networks.optimizer, name, *module);
    }
    const StepRecord record = trainStep(networks, replay.tensor("step/in/x"), replay.tensor("step/in/eps_posterior"), settings, updates);
    replay.compareRelative("step/loss/mse", record.mse, kLoss);
    replay.compareRelative("step/loss/kld", record.kld, kLoss);
    replay.compareRelative("step/loss/total", record.mse + settings.beta * record.kld, kLoss);
    for (const auto& [name, module] : modules) compareAfter(replay, "step", name, *module, kAfter, adam.learningRate, zero);
}
}  // namespace

std::vector<ParityLine> replayParity(const safetensors::File& file, double outTolerance)
{
    Replay replay(file);
    const double tolerance = outTolerance >= 0 ? outTolerance : kOut;
    if (!replay.keys("step/in/").empty()) replayStep(replay);
    else if (!replay.keys("in/eps/").empty()) replayRollouts(replay, tolerance);
    else if (!replay.keys("param/gaussian_lstm/").empty()) replayRecurrent(replay, tolerance);
    else if (!replay.keys("param/encoder/").empty()) replayFrames(replay, tolerance);
    else throw Error(ErrorCode::Incompatible, "is no recorded case of a frame encoder, a recurrent network, a roll-out or a training step", file.path());
    return replay.finish();
}

}  // namespace kinora::svg
