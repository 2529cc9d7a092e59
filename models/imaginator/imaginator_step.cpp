#include "models/imaginator/imaginator_step.h"

#include "models/blocks/scopes.h"

namespace kinora::imaginator {

void makeOptimizers(Networks& networks, const AdamSettings& settings)
{
    const auto adam = [&](const torch::nn::Module& module, double learningRate) {
        return std::make_unique<torch::optim::Adam>(module.parameters(), torch::optim::AdamOptions(learningRate).betas({settings.beta1, settings.beta2}).eps(settings.epsilon));
    };
    networks.optimizerG = adam(*networks.g, settings.learningRateG);
    networks.optimizerVd = adam(*networks.vd, settings.learningRateD);
    networks.optimizerId = adam(*networks.id, settings.learningRateD);
}

StepDraws drawStep(const GeneratorOptions& options, int64_t clips, int64_t frames, const torch::Device& device)
{
    const auto frameIndex = [&] { return torch::randint(frames, {1}, torch::kInt64).item<int64_t>(); };
    StepDraws draws;
    draws.realFrame = frameIndex();
    draws.z = torch::randn({clips, options.codeDim}).to(device);
    draws.fakeFrame = frameIndex();
    return draws;
}

StepRecord trainStep(Networks& networks, const torch::Tensor& real, const torch::Tensor& classes, const StepDraws& draws, UpdatePolicy& updates, const StepWeights& weights)
{
    StepRecord record;
    const torch::Tensor fake = networks.g->forward(real.select(2, 0), draws.z, classes);
    const torch::Tensor fakeFrame = fake.select(2, draws.fakeFrame);
    {
        const Frozen vd(*networks.vd), id(*networks.id);
        const torch::Tensor vdFake = networks.vd->forward(fake, classes), idFake = networks.id->forward(fakeFrame);
        const torch::Tensor reconstruction = (fake - real).abs().mean(), lossVid = adversarialLoss(vdFake, true), lossImg = adversarialLoss(idFake, true);
        updates.update(*networks.optimizerG, weighted(reconstruction, weights.reconstruction) + weighted(lossVid, weights.gVid) + weighted(lossImg, weights.gImg));
        record.vdFakeForG = vdFake.detach();
        record.idFakeForG = idFake.detach();
        record.lossRec = reconstruction.detach();
        record.lossGVid = lossVid.detach();
        record.lossGImg = lossImg.detach();
    }
    const torch::Tensor vdReal = networks.vd->forward(real, classes), idReal = networks.id->forward(real.select(2, draws.realFrame));
    const torch::Tensor vdFake = networks.vd->forward(fake.detach(), classes), idFake = networks.id->forward(fakeFrame.detach());
    const torch::Tensor lossVid = adversarialLoss(vdReal, true) + adversarialLoss(vdFake, false), lossImg = adversarialLoss(idReal, true) + adversarialLoss(idFake, false);
    updates.update(*networks.optimizerVd, weighted(lossVid, weights.dVid));
    updates.update(*networks.optimizerId, weighted(lossImg, weights.dImg));
    record.fake = fake.detach();
    record.vdReal = vdReal.detach();
    record.idReal = idReal.detach();
    record.vdFake = vdFake.detach();
    record.idFake = idFake.detach();
    record.lossDVid = lossVid.detach();
    record.lossDImg = lossImg.detach();
    return record;
}

}  // namespace kinora::imaginator
