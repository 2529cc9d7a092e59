#include "models/svg/svg_rollout.h"

#include "core/util/error.h"

namespace kinora::svg {

Networks buildNetworks(const FrameOptions& frames, const RecurrentOptions& recurrent)
{
    const int64_t g = frames.featureDim, z = recurrent.codeDim, r = recurrent.hidden;
    Networks networks;
    networks.encoder = Encoder(frames);
    networks.decoder = Decoder(frames);
    networks.predictor = Lstm(g + z, g, r, recurrent.predictorLayers);
    networks.posterior = GaussianLstm(g, z, r, recurrent.posteriorLayers);
    if (recurrent.learnedPrior) networks.prior = GaussianLstm(g, z, r, recurrent.priorLayers);
    return networks;
}

void makeOptimizer(Networks& networks, const AdamSettings& settings)
{
    std::vector<torch::Tensor> parameters;
    const auto add = [&](const torch::nn::Module& module) {
        for (const torch::Tensor& parameter : module.parameters()) parameters.push_back(parameter);
    };
    add(*networks.encoder);
    add(*networks.decoder);
    add(*networks.predictor);
    add(*networks.posterior);
    if (networks.prior) add(*networks.prior);
    networks.optimizer = std::make_unique<torch::optim::Adam>(parameters, torch::optim::AdamOptions(settings.learningRate).betas({settings.beta1, settings.beta2}).eps(settings.epsilon));
}

StepRecord trainStep(Networks& networks, const torch::Tensor& frames, const torch::Tensor& eps, const StepSettings& settings, UpdatePolicy& updates, double mseWeight, double kldWeight)
{
    const int64_t total = frames.size(0), clips = frames.size(1);
    const bool learned = !networks.prior.is_empty();
    LstmState predictor, posterior, prior;
    std::vector<Encoded> encoded;  // the fixed prior encodes every frame once, the learned one again at every step: running statistics count the calls
    if (!learned)
        for (int64_t t = 0; t < total; ++t) encoded.push_back(networks.encoder->forward(frames[t]));
    std::vector<torch::Tensor> skips;
    torch::Tensor mse = torch::zeros({}, frames.options().dtype(torch::kFloat32)), kld = torch::zeros_like(mse);
    for (int64_t i = 1; i < total; ++i) {
        const Encoded now = learned ? networks.encoder->forward(frames[i - 1]) : encoded[static_cast<std::size_t>(i - 1)];
        const torch::Tensor target = learned ? networks.encoder->forward(frames[i]).h : encoded[static_cast<std::size_t>(i)].h;
        if (i < settings.past || settings.lastFrameSkip) skips = now.skips;
        const auto [mu, logvar] = networks.posterior->forward(target, posterior);
        const torch::Tensor z = reparameterized(mu, logvar, eps[i - 1]);
        torch::Tensor divergence;
        if (learned) {
            const auto [muP, logvarP] = networks.prior->forward(now.h, prior);
            // log(sigma_p / sigma_q) + (sigma_q^2 + (mu_q - mu_p)^2) / (2 sigma_p^2) - 1/2
            divergence = 0.5 * (logvarP - logvar) + (logvar.exp() + (mu - muP).pow(2)) / (2 * logvarP.exp()) - 0.5;
        } else {
            divergence = -0.5 * (1 + logvar - mu.pow(2) - logvar.exp());
        }
        const torch::Tensor predicted = networks.decoder->forward(networks.predictor->forward(torch::cat({now.h, z}, 1), predictor), skips);
        mse = mse + (predicted.to(torch::kFloat32) - frames[i]).pow(2).mean();
        kld = kld + divergence.to(torch::kFloat32).sum() / static_cast<double>(clips);
    }
    updates.update(*networks.optimizer, mseWeight * mse + kldWeight * settings.beta * kld);
    return {mse.detach(), kld.detach()};
}

std::vector<Encoded> PlainCoder::encodeGiven(const torch::Tensor& frames, int64_t skipsOf)
{
    std::vector<Encoded> encoded;
    for (int64_t t = 0; t < frames.size(0); ++t) encoded.push_back(encode(frames[t], t == skipsOf));
    return encoded;
}
Encoded PlainCoder::encode(const torch::Tensor& frame, bool wantsSkips)
{
    Encoded encoded = m_networks->encoder->forward(frame);
    if (!wantsSkips) encoded.skips.clear();
    return encoded;
}
torch::Tensor PlainCoder::decode(const torch::Tensor& h, const std::vector<torch::Tensor>& skips) { return m_networks->decoder->forward(h, skips); }

torch::Tensor rollout(Networks& networks, FrameCoder& coder, const torch::Tensor& given, int64_t past, int64_t total, bool lastFrameSkip, const RolloutCodes& codes)
{
    if (past < 2) throw Error(ErrorCode::Usage, "must be 2 or more: the skips come from the last but one given frame", "n_past");
    const bool learned = !networks.prior.is_empty();
    LstmState predictor, posterior, prior;
    const int64_t needed = codes.fromPosterior ? total : past;
    if (given.size(0) < needed) throw Error(ErrorCode::ShapeMismatch, std::to_string(given.size(0)) + " frames are given, " + std::to_string(needed) + " are needed", "past");
    // the decoder first runs at step `past`: with the skips of the last but one given frame, or of the last one
    const std::vector<Encoded> known = coder.encodeGiven(given.slice(0, 0, needed), lastFrameSkip ? past - 1 : past - 2);
    std::vector<torch::Tensor> skips, predictions;
    Encoded now = known.front();
    for (int64_t i = 1; i < total; ++i) {
        if (i < past || lastFrameSkip) skips = now.skips;
        torch::Tensor z;
        if (i < past || codes.fromPosterior) {
            const auto [mu, logvar] = networks.posterior->forward(known[static_cast<std::size_t>(i)].h, posterior);
            z = codes.pastEps.defined() && !codes.fromPosterior ? reparameterized(mu, logvar, codes.pastEps[i - 1]) : mu;
            if (learned && i < past) networks.prior->forward(now.h, prior);  // its state counts
        } else {
            const torch::Tensor u = codes.coordinates[i - past], spread = codes.temperature.defined() ? codes.temperature * u : u;
            z = spread;
            if (learned) {
                const auto [mu, logvar] = networks.prior->forward(now.h, prior);
                z = reparameterized(mu, logvar, spread);
            }
            if (codes.absolute.defined()) z = torch::where(codes.absolute, u, z);
        }
        const torch::Tensor h = networks.predictor->forward(torch::cat({now.h, z}, 1), predictor);
        if (i < past) {
            now = known[static_cast<std::size_t>(i)];
        } else {
            predictions.push_back(coder.decode(h, skips));
            if (i + 1 < total) now = coder.encode(predictions.back(), lastFrameSkip);
        }
    }
    return torch::stack(predictions);
}

}  // namespace kinora::svg
