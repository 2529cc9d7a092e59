#include "models/mocogan/mocogan_step.h"

#include "models/blocks/scopes.h"

namespace kinora::mocogan {
namespace {

torch::Tensor crossEntropy(const torch::Tensor& logits, const torch::Tensor& classes) { return torch::nn::functional::cross_entropy(logits.to(torch::kFloat32), classes.to(torch::kInt64)); }

/// Frames of the sample's picked rows.
torch::Tensor images(Generator& g, const Sample& sample) { return g->frames(g->rows(sample.codes, g->motionPath(sample.codes)).index_select(0, sample.pick)); }
}  // namespace

void makeOptimizers(Networks& networks, const AdamSettings& settings)
{
    const auto adam = [&](const torch::nn::Module& module, double learningRate) {
        return std::make_unique<torch::optim::Adam>(
            module.parameters(), torch::optim::AdamOptions(learningRate).betas({settings.beta1, settings.beta2}).eps(settings.epsilon).weight_decay(settings.weightDecay));
    };
    networks.optimizerG = adam(*networks.g, settings.learningRateG);
    networks.optimizerDi = adam(*networks.di, settings.learningRateD);
    networks.optimizerDv = adam(*networks.dv, settings.learningRateD);
}

Sample drawSample(const GeneratorOptions& options, int64_t clips, int64_t images, int64_t frames, bool original, const torch::Device& device)
{
    const int64_t count = images == 0 ? clips : original ? 2 * frames * images : images;
    Sample sample;
    sample.codes.content = torch::randn({count, options.contentDim}).to(device);
    if (options.categories > 0) sample.codes.category = torch::randint(options.categories, {count}, torch::kInt64).to(device);
    sample.codes.start = torch::randn({count, options.motionDim}).to(device);
    sample.codes.noise = torch::randn({frames, count, options.motionDim}).to(device);
    if (images > 0 && original) sample.pick = std::get<0>(torch::randperm(count * frames, torch::kInt64).slice(0, 0, images).sort()).to(device);
    if (images > 0 && !original) sample.pick = (torch::arange(count, torch::kInt64) * frames + torch::randint(frames, {count}, torch::kInt64)).to(device);
    return sample;
}

StepDraws drawStep(const GeneratorOptions& options, int64_t images, int64_t clips, int64_t frames, bool original, const torch::Device& device)
{
    StepDraws draws;
    draws.imagesForD = drawSample(options, 0, images, frames, original, device);
    draws.clipsForD = drawSample(options, clips, 0, frames, original, device);
    draws.imagesForG = drawSample(options, 0, images, frames, original, device);
    draws.clipsForG = drawSample(options, clips, 0, frames, original, device);
    return draws;
}

StepRecord trainStep(Networks& networks, const torch::Tensor& realImages, const torch::Tensor& realClips, const torch::Tensor& categories, const StepDraws& draws, const StepTerms& terms,
                     UpdatePolicy& updates, const StepWeights& weights)
{
    StepRecord record;
    const auto made = [&](auto&& make) {  // for a discriminator: the statistics of the norms move, no gradient is kept
        const torch::NoGradGuard noGrad;
        return make();
    };

    {
        const torch::Tensor fake = made([&] { return images(networks.g, draws.imagesForD); });
        const torch::Tensor real = networks.di->forward(realImages), generated = networks.di->forward(fake);
        const torch::Tensor loss = adversarialLoss(real, true) + adversarialLoss(generated, false);
        updates.update(*networks.optimizerDi, weighted(loss, weights.dImg));
        record.diReal = real.detach();
        record.diFake = generated.detach();
        record.lossDImg = loss.detach();
    }
    {
        const torch::Tensor fake = made([&] { return networks.g->forward(draws.clipsForD.codes); });
        const VideoLogits real = networks.dv->forward(realClips), generated = networks.dv->forward(fake);
        const torch::Tensor loss = adversarialLoss(real.real, true) + adversarialLoss(generated.real, false);
        torch::Tensor category;
        if (terms.useCategories) category = crossEntropy(real.categories, categories);
        if (terms.headOnFakes) {
            const torch::Tensor onFakes = crossEntropy(generated.categories, draws.clipsForD.codes.category);
            category = category.defined() ? category + onFakes : onFakes;
        }
        updates.update(*networks.optimizerDv, category.defined() ? weighted(loss, weights.dVid) + weighted(category, weights.dCat) : weighted(loss, weights.dVid));
        record.dvReal = real.real.detach();
        record.dvFake = generated.real.detach();
        record.lossDVid = loss.detach();
        if (category.defined()) record.lossDCat = category.detach();
    }
    {
        const Frozen di(*networks.di), dv(*networks.dv);
        const torch::Tensor lossImg = adversarialLoss(networks.di->forward(images(networks.g, draws.imagesForG)), true);
        const VideoLogits generated = networks.dv->forward(networks.g->forward(draws.clipsForG.codes));
        const torch::Tensor lossVid = adversarialLoss(generated.real, true);
        torch::Tensor loss = weighted(lossImg, weights.gImg) + weighted(lossVid, weights.gVid);
        if (terms.useInfogan) {
            const torch::Tensor category = crossEntropy(generated.categories, draws.clipsForG.codes.category);
            loss = loss + weighted(category, weights.gCat);
            record.lossGCat = category.detach();
        }
        updates.update(*networks.optimizerG, loss);
        record.lossGImg = lossImg.detach();
        record.lossGVid = lossVid.detach();
    }
    return record;
}

}  // namespace kinora::mocogan
