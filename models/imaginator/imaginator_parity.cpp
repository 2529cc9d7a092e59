// Replays recorded cases of the authors' program: forward passes and one training step.
#include <regex>

#include "core/nn/init.h"
#include "core/util/error.h"
#include "models/blocks/replay.h"
#include "models/imaginator/imaginator_system.h"

namespace kinora::imaginator {
namespace {

constexpr double kOut = 2e-5, kLoss = 1e-5, kGradient = 1e-3, kAfter = 2e-6;
constexpr double kGradientNoise = 1e-7;

/// "<name>_t2s4": every second frame, every fourth row and column; "<name>_t0", "<name>_t31_s2": one frame.
torch::Tensor cut(const torch::Tensor& x, const std::string& suffix)
{
    static const std::regex strided(R"(t(\d{1,2})s(\d{1,2}))"), frame(R"(t(\d{1,2})(?:_s(\d{1,2}))?)");
    std::smatch found;
    if (std::regex_match(suffix, found, strided)) {
        const int64_t t = std::max(1, std::stoi(found[1])), s = std::max(1, std::stoi(found[2]));
        return x.slice(2, 0, x.size(2), t).slice(3, 0, x.size(3), s).slice(4, 0, x.size(4), s);
    }
    if (std::regex_match(suffix, found, frame) && std::stoi(found[1]) < x.size(2)) {
        const torch::Tensor one = x.select(2, std::stoi(found[1]));
        const int64_t s = found[2].matched ? std::max(1, std::stoi(found[2])) : 1;
        return one.slice(2, 0, one.size(2), s).slice(3, 0, one.size(3), s);
    }
    return {};
}

/// Compares every key "<prefix><name>" and "<prefix><name>_<suffix>" with the complete tensor.
void compareNamed(Replay& replay, const std::string& prefix, const std::string& name, const torch::Tensor& complete, double tolerance)
{
    for (const std::string& key : replay.keys(prefix + name)) {
        const std::string rest = key.substr(prefix.size() + name.size());
        if (rest.empty()) replay.compare(key, complete, tolerance);
        else if (rest.starts_with("_"))
            if (const torch::Tensor part = complete.dim() == 5 ? cut(complete, rest.substr(1)) : torch::Tensor(); part.defined()) replay.compare(key, part, tolerance);
    }
}

void replayForward(Replay& replay, Networks& networks, double tolerance)
{
    torch::NoGradGuard noGrad;
    networks.g->eval();
    networks.vd->eval();
    networks.id->eval();
    const torch::Tensor real = enlarged(replay.tensor("in/video_low8"), 8), classes = replay.tensor("in/class_onehot"), z = replay.tensor("in/z");
    const Maps maps = networks.g->enc->forward(real.select(2, 0));
    replay.compare("out/enc_h1", maps[0].slice(2, 0, maps[0].size(2), 2).slice(3, 0, maps[0].size(3), 2), tolerance);
    for (std::size_t i = 1; i < maps.size(); ++i) compareNamed(replay, "out/", "enc_h" + std::to_string(i + 1), maps[i], tolerance);
    const torch::Tensor video = networks.g->dec->forward(z, classes, maps);
    for (const std::string& key : replay.keys("out/video_"))
        if (key != "out/video_frame_mean")
            if (const torch::Tensor part = cut(video, key.substr(10)); part.defined()) replay.compare(key, part, tolerance);
    replay.compare("out/video_frame_mean", video.mean({3, 4}), tolerance);
    compareNamed(replay, "out/", "vd_real", networks.vd->forward(real, classes), tolerance);
    compareNamed(replay, "out/", "vd_fake", networks.vd->forward(video, classes), tolerance);
    compareNamed(replay, "out/", "vd_net1_real", networks.vd->first(real), tolerance);
    for (const auto& [name, clip] : {std::pair<std::string, torch::Tensor>{"id_real_t", real}, {"id_fake_t", video}})
        for (const std::string& key : replay.keys("out/" + name)) {
            const int64_t frame = std::stoll(key.substr(4 + name.size()));
            if (frame < clip.size(2)) replay.compare(key, networks.id->forward(clip.select(2, frame)), tolerance);
        }

    networks.g->train();
    networks.vd->train();
    Trace trace;
    compareNamed(replay, "out/", "train_video", networks.g->dec->forward(z, classes, networks.g->enc->forward(real.select(2, 0)), &trace), tolerance);
    // the recording keeps what left the blocks last, which was this pass
    for (std::size_t i = 0; i < trace.size(); ++i) compareNamed(replay, "out/", "dec_block" + std::to_string(i + 1), trace[i], tolerance);
    compareNamed(replay, "out/", "train_vd_real", networks.vd->forward(real, classes), tolerance);
    const auto buffersG = networks.g->named_buffers(), buffersVd = networks.vd->named_buffers();
    compareNamed(replay, "out/", "train_G_block1_bn_running_mean", buffersG["dec.block1.conv.1.running_mean"], tolerance);
    compareNamed(replay, "out/", "train_G_block1_bn_running_var", buffersG["dec.block1.conv.1.running_var"], tolerance);
    compareNamed(replay, "out/", "train_vd_net2_0_u", buffersVd["net2.0.weight_u"], tolerance);
    compareNamed(replay, "out/", "train_vd_net2_0_v", buffersVd["net2.0.weight_v"], tolerance);
}

/// Biases in front of a batch norm.
std::set<std::string> zeroGradients(const Generator& g)
{
    std::set<std::string> names;
    for (const auto& parameter : g->named_parameters()) {
        const std::string& name = parameter.key();
        const bool encoder = name.starts_with("enc.b") && !name.starts_with("enc.b5") && name.ends_with(".0.bias");
        const bool decoder = name.ends_with(".conv.0.bias") || (name.ends_with(".conv.3.bias") && !name.starts_with("dec.to_rgb"));
        if (encoder || decoder) names.insert("G/" + name);
    }
    return names;
}

void replayStep(Replay& replay, Networks& networks)
{
    AdamSettings adam;
    adam.learningRateG = adam.learningRateD = replay.configOr<double>("lr", 2e-4);
    makeOptimizers(networks, adam);
    networks.g->train();
    networks.vd->train();
    networks.id->train();
    StepWeights weights;
    weights.reconstruction = replay.configOr<double>("weight_l1", 100);
    StepDraws draws;
    draws.z = replay.tensor("step/in/z");
    draws.realFrame = replay.tensor("step/in/real_frame").item<int64_t>();
    draws.fakeFrame = replay.tensor("step/in/fake_frame").item<int64_t>();
    const torch::Tensor real = enlarged(replay.tensor("step/in/video_low8"), 8);
    if (real.dim() != 5 || draws.realFrame < 0 || draws.realFrame >= real.size(2) || draws.fakeFrame < 0 || draws.fakeFrame >= kFrames)
        throw Error(ErrorCode::Incompatible, "the recorded inputs of the step do not belong together", replay.file().path());
    const std::set<std::string> zero = zeroGradients(networks.g);
    ReplayUpdates updates(replay, "step", kGradient, kGradientNoise);
    updates.add(*networks.optimizerG, "G", *networks.g);
    updates.add(*networks.optimizerVd, "VD", *networks.vd);
    updates.add(*networks.optimizerId, "ID", *networks.id);
    updates.setZeroGradients(zero);
    const StepRecord record = trainStep(networks, real, replay.tensor("step/in/class_onehot"), draws, updates, weights);
    const auto loss = [&](const char* name, const torch::Tensor& value) {
        if (replay.has(std::string("step/loss/") + name)) replay.compareRelative(std::string("step/loss/") + name, value.reshape({1}), kLoss);
    };
    loss("G_l1", record.lossRec);
    loss("G_gan_video", record.lossGVid);
    loss("G_gan_image", record.lossGImg);
    loss("G_total", weights.reconstruction * record.lossRec + record.lossGVid + record.lossGImg);
    loss("D_video", record.lossDVid);
    loss("D_image", record.lossDImg);
    compareNamed(replay, "step/mid/", "VD_score_fake_in_G_update", record.vdFakeForG, kOut);
    compareNamed(replay, "step/mid/", "VD_score_real", record.vdReal, kOut);
    compareNamed(replay, "step/mid/", "VD_score_fake_in_D_update", record.vdFake, kOut);
    compareNamed(replay, "step/mid/", "ID_score_fake_in_G_update", record.idFakeForG, kOut);
    compareNamed(replay, "step/mid/", "ID_score_real", record.idReal, kOut);
    compareNamed(replay, "step/mid/", "ID_score_fake_in_D_update", record.idFake, kOut);
    compareNamed(replay, "step/mid/", "fake_video", record.fake, kOut);
    compareAfter(replay, "step", "G", *networks.g, kAfter, adam.learningRateG, zero);
    compareAfter(replay, "step", "VD", *networks.vd, kAfter, adam.learningRateD, {});
    compareAfter(replay, "step", "ID", *networks.id, kAfter, adam.learningRateD, {});
}

int64_t configured(const Replay& replay, const char* key)
{
    const auto value = replay.config<int64_t>(key);
    if (value < 1 || value > 4096) throw Error(ErrorCode::Damaged, "the header's config has " + std::to_string(value) + " for '" + key + "', expected 1 to 4096", replay.file().path());
    return value;
}
}  // namespace

std::vector<ParityLine> replayParity(const safetensors::File& file, double outTolerance)
{
    Replay replay(file);
    if (replay.keys("param/G/").empty()) throw Error(ErrorCode::Incompatible, "is no recorded case of the networks or the training step: it has no 'param/G/' tensors", file.path());
    GeneratorOptions generator;
    generator.codeDim = configured(replay, "dim_z");
    generator.appearanceDim = configured(replay, "dim_a");
    generator.classes = configured(replay, "nclasses");
    generator.baseChannels = configured(replay, "ch");
    generator.midChannels = replay.config<std::vector<int64_t>>("mid");
    Networks networks;
    networks.g = Generator(generator);
    networks.vd = VideoDiscriminator(generator.baseChannels, generator.classes);
    networks.id = ImageDiscriminator(generator.baseChannels);
    replay.load("G", *networks.g);
    replay.load("VD", *networks.vd);
    replay.load("ID", *networks.id);
    if (replay.keys("step/in/").empty()) replayForward(replay, networks, outTolerance >= 0 ? outTolerance : kOut);
    else replayStep(replay, networks);
    return replay.finish();
}

}  // namespace kinora::imaginator
