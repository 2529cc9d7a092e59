#include "models/g3an/g3an_step.h"

#include "models/blocks/scopes.h"

namespace kinora::g3an {
namespace {
/// By an index in the device's memory, so that a recorded step can take another frame every time.
torch::Tensor frameAt(const torch::Tensor& clips, const torch::Tensor& index) { return clips.index_select(2, index).squeeze(2); }
}  // namespace

void makeOptimizers(Networks& networks, const AdamSettings& settings)
{
    const auto adam = [&](const torch::nn::Module& module, double learningRate) {
        return std::make_unique<nn::FusedAdam>(module.parameters(), torch::optim::AdamOptions(learningRate).betas({settings.beta1, settings.beta2}).eps(settings.epsilon));
    };
    networks.optimizerG = adam(*networks.g, settings.learningRateG);
    networks.optimizerVd = adam(*networks.vd, settings.learningRateD);
    networks.optimizerId = adam(*networks.id, settings.learningRateD);
}

void Networks::setFormulation(Formulation formulation)
{
    g->setFormulation(formulation);
    vd->setFormulation(formulation);
    id->setFormulation(formulation);
    for (const auto& optimizer : {optimizerG.get(), optimizerVd.get(), optimizerId.get()})
        if (optimizer) optimizer->setFormulation(formulation);
}

StepDraws drawStep(const GeneratorOptions& options, int64_t clips, int64_t frames, const torch::Device& device)
{
    // to a GPU out of page-locked memory: nothing waits for the steps that are still under way there
    const auto moved = [&](const torch::Tensor& drawn) { return device.is_cpu() ? drawn : drawn.pin_memory().to(device, /*non_blocking=*/true); };
    StepDraws draws;
    draws.realFrame = moved(torch::randint(frames, {1}, torch::kInt64));
    draws.za = moved(torch::randn({clips, options.appearanceDim, 1, 1, 1}));
    draws.zm = moved(torch::randn({clips, options.motionDim, 1, 1, 1}));
    draws.fakeFrame = moved(torch::randint(frames, {1}, torch::kInt64));
    return draws;
}

StepRecord trainStep(Networks& networks, const torch::Tensor& real, const StepDraws& draws, UpdatePolicy& updates, const StepWeights& weights)
{
    StepRecord record;
    const torch::Tensor realFrame = frameAt(real, draws.realFrame);

    // the discriminators: real, then generated; spectral norm advances at every call, so the order of the calls matters, to each network by itself
    networks.optimizerVd->zero_grad();
    networks.optimizerId->zero_grad();
    const torch::Tensor fake = networks.g->forward(draws.za.to(real.scalar_type()), draws.zm.to(real.scalar_type()));
    const torch::Tensor fakeFrame = frameAt(fake, draws.fakeFrame);
    const auto [vdReal, vdFake] = networks.vd->forwardBoth(real, fake.detach());
    const auto [idReal, idFake] = networks.id->forwardBoth(realFrame, fakeFrame.detach());
    const torch::Tensor lossDVid = adversarialLoss(vdReal, true) + adversarialLoss(vdFake, false);
    const torch::Tensor lossDImg = adversarialLoss(idReal, true) + adversarialLoss(idFake, false);
    updates.update(*networks.optimizerVd, weighted(lossDVid, weights.dVid));
    updates.update(*networks.optimizerId, weighted(lossDImg, weights.dImg));

    // the generator: the same clips, judged by the updated discriminators
    networks.optimizerG->zero_grad();
    {
        const Frozen vd(*networks.vd), id(*networks.id);
        const torch::Tensor vdFakeForG = networks.vd->forward(fake);
        const torch::Tensor idFakeForG = networks.id->forward(fakeFrame);
        const torch::Tensor lossGVid = adversarialLoss(vdFakeForG, true);
        const torch::Tensor lossGImg = adversarialLoss(idFakeForG, true);
        updates.update(*networks.optimizerG, weighted(lossGVid, weights.gVid) + weighted(lossGImg, weights.gImg));
        record.vdFakeForG = vdFakeForG.detach();
        record.idFakeForG = idFakeForG.detach();
        record.lossGVid = lossGVid.detach();
        record.lossGImg = lossGImg.detach();
    }

    record.fake = fake.detach();
    record.vdReal = vdReal.detach();
    record.idReal = idReal.detach();
    record.vdFake = vdFake.detach();
    record.idFake = idFake.detach();
    record.lossDVid = lossDVid.detach();
    record.lossDImg = lossDImg.detach();
    return record;
}

}  // namespace kinora::g3an
