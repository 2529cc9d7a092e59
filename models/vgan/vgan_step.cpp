#include "models/vgan/vgan_step.h"

#include <cmath>

#include "models/blocks/scopes.h"

namespace kinora::vgan {
namespace {

constexpr int64_t kReal = 0, kGenerated = 1;

torch::Tensor loss(const torch::Tensor& logits, int64_t kind)
{
    return torch::nn::functional::cross_entropy(logits.to(torch::kFloat32), torch::full({logits.size(0)}, kind, logits.options().dtype(torch::kInt64)));
}

}  // namespace

torch::Tensor Torch7Adam::step(LossClosure closure)
{
    torch::Tensor loss;
    if (closure) {
        const at::AutoGradMode withGradients(true);
        loss = closure();
    }
    const torch::NoGradGuard noGrad;
    for (auto& group : param_groups()) {
        const auto& options = static_cast<torch::optim::AdamOptions&>(group.options());
        const auto [beta1, beta2] = options.betas();
        for (torch::Tensor& parameter : group.params()) {
            if (!parameter.grad().defined()) continue;
            auto& entry = state_[parameter.unsafeGetTensorImpl()];
            if (!entry) {
                auto made = std::make_unique<torch::optim::AdamParamState>();
                made->step(0);
                made->exp_avg(torch::zeros_like(parameter));
                made->exp_avg_sq(torch::zeros_like(parameter));
                entry = std::move(made);
            }
            auto& state = static_cast<torch::optim::AdamParamState&>(*entry);
            state.step(state.step() + 1);
            const double t = static_cast<double>(state.step());
            state.exp_avg().mul_(beta1).add_(parameter.grad(), 1 - beta1);
            state.exp_avg_sq().mul_(beta2).addcmul_(parameter.grad(), parameter.grad(), 1 - beta2);
            const double rate = options.lr() * std::sqrt(1 - std::pow(beta2, t)) / (1 - std::pow(beta1, t));
            parameter.variable_data().addcdiv_(state.exp_avg(), state.exp_avg_sq().sqrt().add_(options.eps()), -rate);
        }
    }
    return loss;
}

void makeOptimizers(Networks& networks, const AdamSettings& settings)
{
    const auto adam = [&](const torch::nn::Module& module, double learningRate) {
        return std::make_unique<Torch7Adam>(module.parameters(), torch::optim::AdamOptions(learningRate).betas({settings.beta1, settings.beta2}).eps(settings.epsilon));
    };
    networks.optimizerG = adam(*networks.g, settings.learningRateG);
    networks.optimizerD = adam(*networks.d, settings.learningRateD);
}

StepRecord trainStep(Networks& networks, const torch::Tensor& real, const torch::Tensor& z, const StepSettings& settings, UpdatePolicy& updates, const StepWeights& weights)
{
    const bool conditional = networks.g->options().variant == Variant::Conditional;
    const torch::Tensor firstFrame = real.select(2, 0);
    StepRecord record;

    // real and generated clips go through D one after the other: each has batch statistics of its own
    const torch::Tensor realLogits = networks.d->forward(real);
    const Scene scene = conditional ? networks.g->continued(firstFrame) : networks.g->forward(z);
    const torch::Tensor leaf = scene.video.detach().requires_grad_(true);
    const torch::Tensor fakeLogits = networks.d->forward(leaf.detach());
    // the authors judge G by the activations of this pass after D's weights have moved: the same pass again, kept for then, that leaves no trace in the running statistics
    torch::Tensor before;
    if (!settings.refreshDiscriminator) {
        const KeptBuffers kept(*networks.d);
        before = networks.d->forward(leaf);
    }
    const torch::Tensor lossReal = loss(realLogits, kReal), lossFake = loss(fakeLogits, kGenerated);
    updates.update(*networks.optimizerD, weighted(lossReal + lossFake, weights.d));

    torch::Tensor extra;
    double extraWeight = 0;
    if (conditional) {
        extra = (scene.video.select(2, 0) - firstFrame).abs().mean();
        extraWeight = settings.firstFrameWeight;
    } else if (scene.mask.defined()) {
        extra = scene.mask.mean();
        extraWeight = settings.maskWeight;
    }
    const auto withExtra = [&](const torch::Tensor& adversarial) { return extra.defined() ? adversarial + weighted(extra, extraWeight * weights.extra) : adversarial; };
    if (settings.refreshDiscriminator) {
        const Frozen d(*networks.d);
        const torch::Tensor adversarial = loss(networks.d->forward(scene.video), kReal);
        updates.update(*networks.optimizerG, withExtra(weighted(adversarial, weights.g)));
        record.lossG = adversarial.detach();
    } else {
        const torch::Tensor adversarial = loss(before, kReal);
        const torch::Tensor towardsReal = torch::autograd::grad({adversarial}, {leaf}).front();
        updates.update(*networks.optimizerG, withExtra(weighted((scene.video * towardsReal).sum(), weights.g)));
        record.lossG = adversarial.detach();
    }

    record.real = realLogits.detach();
    record.fake = fakeLogits.detach();
    record.lossReal = lossReal.detach();
    record.lossFake = lossFake.detach();
    if (extra.defined()) record.lossExtra = extra.detach();
    if (scene.mask.defined()) record.maskMean = scene.mask.detach().mean();
    return record;
}

}  // namespace kinora::vgan
