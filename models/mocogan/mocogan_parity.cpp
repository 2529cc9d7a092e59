// Replays recorded cases of the authors' program: forward passes and one training step.
#include <cmath>

#include "core/nn/init.h"
#include "core/util/error.h"
#include "models/blocks/replay.h"
#include "models/mocogan/mocogan_system.h"

namespace kinora::mocogan {
namespace {

constexpr double kOut = 1e-5, kLoss = 1e-5, kGradient = 1e-4, kAfter = 1e-5;
constexpr double kGradientNoise = 1e-7;

/// What the recordings have in place of instance noise: the n-th tensor drawn holds sqrt(2) sin(12.9898 (i + 1) + 78.233 (n + 1)) at its i-th place.
struct RecordedNoise {
    int64_t drawn = 0;
    torch::Tensor operator()(const torch::Tensor& like)
    {
        ++drawn;
        const torch::Tensor place = torch::arange(1, like.numel() + 1, torch::kFloat64);
        return (std::sqrt(2.0) * torch::sin(12.9898 * place + 78.233 * static_cast<double>(drawn))).to(torch::kFloat32).view(like.sizes());
    }
};

Sample recordedSample(const Replay& replay, const std::string& prefix)
{
    Sample sample;
    sample.codes.content = replay.tensor(prefix + "/content");
    if (replay.has(prefix + "/category")) sample.codes.category = replay.tensor(prefix + "/category").to(torch::kInt64);
    sample.codes.start = replay.tensor(prefix + "/h0");
    sample.codes.noise = replay.tensor(prefix + "/eps");
    if (replay.has(prefix + "/pick")) sample.pick = replay.tensor(prefix + "/pick").to(torch::kInt64);
    return sample;
}

/// Recorded logits keep the original's squeezed shapes.
torch::Tensor shapedAs(const Replay& replay, const std::string& key, const torch::Tensor& logits)
{
    if (!replay.has(key)) return logits;
    const auto shape = replay.tensor(key).sizes().vec();
    return c10::multiply_integers(shape) == logits.numel() ? logits.reshape(shape) : logits;
}

void replayForward(Replay& replay, const std::string& mode, Networks& networks, RecordedNoise& noise, double tolerance)
{
    torch::NoGradGuard noGrad;
    const std::string out = "out/" + mode + "/";
    if (replay.keys(out).empty()) return;
    const bool training = mode == "train";
    networks.g->train(training);
    networks.di->train(training);
    networks.dv->train(training);
    const Sample clips = recordedSample(replay, "in/videos");
    const torch::Tensor path = networks.g->motionPath(clips.codes);
    const torch::Tensor videos = networks.g->clips(clips.codes, path);
    const auto compare = [&](const std::string& name, const torch::Tensor& value) {
        if (replay.has(out + name)) replay.compare(out + name, shapedAs(replay, out + name, value), tolerance);
    };
    if (!training && replay.has("out/z_video")) replay.compare("out/z_video", networks.g->rows(clips.codes, path), tolerance);
    compare("videos_sub", videos.slice(2, 0, videos.size(2), 3).slice(3, 0, videos.size(3), 6).slice(4, 0, videos.size(4), 6));
    compare("videos_mean_abs", videos.abs().mean({1, 3, 4}));
    noise.drawn = 0;
    compare("di_logits", networks.di->forward(videos.select(2, 3)));
    noise.drawn = 0;
    const VideoLogits logits = networks.dv->forward(videos.slice(2, 0, 16));
    compare("dv_logits", logits.real);
    if (logits.categories.defined()) compare("dv_categories", logits.categories);
    if (replay.has(out + "images_sub")) {
        const Sample images = recordedSample(replay, "in/images");
        const torch::Tensor made = networks.g->frames(networks.g->rows(images.codes, networks.g->motionPath(images.codes)).index_select(0, images.pick));
        compare("images_sub", made.slice(2, 0, made.size(2), 2).slice(3, 0, made.size(3), 2));
    }
}

void load(Replay& replay, Networks& networks)
{
    replay.load("generator", *networks.g);
    replay.load("image_discriminator", *networks.di);
    replay.load("video_discriminator", *networks.dv);
}

void replayStep(Replay& replay, Networks& networks, RecordedNoise& noise)
{
    if (replay.keys("step/in/").empty()) return;
    AdamSettings adam;
    adam.learningRateG = adam.learningRateD = replay.configOr<double>("lr", 2e-4);
    adam.weightDecay = replay.configOr<double>("weight_decay", 1e-5);
    makeOptimizers(networks, adam);
    networks.g->train();
    networks.di->train();
    networks.dv->train();
    StepTerms terms;
    terms.useCategories = replay.configOr<bool>("use_categories", false);
    terms.useInfogan = replay.configOr<bool>("use_infogan", false);
    StepDraws draws;
    draws.imagesForD = recordedSample(replay, "step/in/di");
    draws.clipsForD = recordedSample(replay, "step/in/dv");
    draws.imagesForG = recordedSample(replay, "step/in/gi");
    draws.clipsForG = recordedSample(replay, "step/in/gv");
    if (!draws.imagesForD.pick.defined() || !draws.imagesForG.pick.defined()) throw Error(ErrorCode::Incompatible, "the recorded step has no picked rows", replay.file().path());
    const torch::Tensor categories = replay.has("step/in/real_categories") ? replay.tensor("step/in/real_categories") : torch::Tensor();
    if (terms.useCategories && !categories.defined()) throw Error(ErrorCode::Incompatible, "the recorded step has no categories of the real clips", replay.file().path());
    ReplayUpdates updates(replay, "step", kGradient, kGradientNoise);
    updates.add(*networks.optimizerG, "generator", *networks.g);
    updates.add(*networks.optimizerDi, "image_discriminator", *networks.di);
    updates.add(*networks.optimizerDv, "video_discriminator", *networks.dv);
    noise.drawn = 0;
    const StepRecord record = trainStep(networks, enlarged(replay.tensor("step/in/real_images_lr"), 8), enlarged(replay.tensor("step/in/real_videos_lr"), 8), categories, draws, terms, updates);

    const auto sum = [](std::initializer_list<torch::Tensor> terms) {
        torch::Tensor total = torch::zeros({1});
        for (const torch::Tensor& term : terms)
            if (term.defined()) total = total + term.reshape({1});
        return total;
    };
    const auto loss = [&](const char* name, const torch::Tensor& value) {
        if (replay.has(std::string("step/loss/") + name)) replay.compareRelative(std::string("step/loss/") + name, value, kLoss);
    };
    loss("l_image_dis", sum({record.lossDImg}));
    loss("l_video_dis", sum({record.lossDVid, record.lossDCat}));
    loss("l_gen", sum({record.lossGImg, record.lossGVid, record.lossGCat}));
    compareAfter(replay, "step", "generator", *networks.g, kAfter, adam.learningRateG, {});
    compareAfter(replay, "step", "image_discriminator", *networks.di, kAfter, adam.learningRateD, {});
    compareAfter(replay, "step", "video_discriminator", *networks.dv, kAfter, adam.learningRateD, {});
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
    generator.contentDim = configured(replay, "dim_z_content", 1);
    generator.categories = configured(replay, "dim_z_category", 0);
    generator.motionDim = configured(replay, "dim_z_motion", 1);
    generator.baseChannels = configured(replay, "ngf", 1);
    const int64_t width = configured(replay, "ndf", 1);
    const std::string video = replay.config<std::string>("video_discriminator");
    auto noise = std::make_shared<InstanceNoise>();
    auto recorded = std::make_shared<RecordedNoise>();
    noise->sigma = replay.configOr<bool>("use_noise", false) ? replay.config<double>("noise_sigma") : 0;
    noise->draw = [recorded](const torch::Tensor& like) { return (*recorded)(like); };

    Networks networks;
    networks.g = Generator(generator);
    networks.di = ImageDiscriminator(width, replay.config<std::string>("image_discriminator") == "PatchImageDiscriminator", noise);
    networks.dv = VideoDiscriminator(width, video == "PatchVideoDiscriminator", video == "CategoricalVideoDiscriminator" ? generator.categories : 0, noise);
    const double tolerance = outTolerance >= 0 ? outTolerance : kOut;
    load(replay, networks);
    replayForward(replay, "eval", networks, *recorded, tolerance);
    replayForward(replay, "train", networks, *recorded, kOut);
    load(replay, networks);  // the passes in train mode moved running statistics
    replayStep(replay, networks, *recorded);
    return replay.finish();
}

}  // namespace kinora::mocogan
