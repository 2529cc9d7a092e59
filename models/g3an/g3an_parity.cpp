// Replays recorded cases of the authors' program: generator, attention, discriminators, one training step, official checkpoints.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>
#include <regex>
#include <set>

#include "core/nn/init.h"
#include "core/system/pth_reader.h"
#include "core/util/error.h"
#include "models/blocks/replay.h"
#include "models/g3an/g3an_system.h"

namespace kinora::g3an {
namespace {

/// Largest absolute errors that count as the same number.
struct Tolerances {
    double eval = 1e-5;
    double train = 1e-4;
    double buffers = 1e-5;
};
constexpr double kGradientShare = 1e-3;      // of a gradient's largest entry, attention case
constexpr double kStepGradientShare = 2e-3;  // likewise in a training step
constexpr double kStepValue = 1e-5;          // losses and logits of a training step
constexpr double kStepParameter = 5e-6;      // parameters after a training step ...
constexpr double kStepShare = 0.999;         // ... for this share of a network's entries, and the rest within two learning rates
constexpr double kGradientNoise = 1e-6;      // what arrives where the true gradient is zero

using Tensors = std::map<std::string, torch::Tensor>;

std::string without(const std::string& key, const std::string& prefix) { return key.substr(prefix.size()); }

/// The value that a stored key stands for: a complete tensor, a strided sample of one, or a statistic of a clip's frames.
torch::Tensor named(const Tensors& complete, const Subsampling& subsampling, const std::string& key)
{
    static const std::regex sample(R"((.*)_s(\d{0,4}))");
    static const std::regex statistic(R"((.*video)_(frame_mean|frame_std|shape|(\d{1,4})_first_frame))");
    const auto find = [&](const std::string& name) {
        const auto found = complete.find(name);
        return found == complete.end() ? torch::Tensor() : found->second;
    };
    if (const torch::Tensor whole = find(key); whole.defined()) return subsampling.apply(key, whole);
    std::smatch match;
    if (std::regex_match(key, match, statistic)) {
        const torch::Tensor video = find(match[1]);
        if (!video.defined()) return {};
        if (match[2] == "frame_mean") return video.mean({3, 4});
        if (match[2] == "frame_std") return video.std(torch::IntArrayRef({3, 4}), false);  // of the pixels as they are, not an estimate
        if (match[2] == "shape") return torch::tensor(video.sizes().vec(), torch::kInt64);
        const int64_t clip = std::stoll(match[3]);
        return clip < video.size(0) ? video[clip].select(1, 0) : torch::Tensor();
    }
    if (std::regex_match(key, match, sample)) {
        const torch::Tensor whole = find(match[1]);
        if (!whole.defined()) return {};
        const torch::Tensor cut = subsampling.apply(key, whole);
        if (!cut.is_same(whole) || match[2].length() == 0) return cut;
        const int64_t stride = std::max<int64_t>(1, std::stoll(match[2]));
        return whole.slice(-2, 0, whole.size(-2), stride).slice(-1, 0, whole.size(-1), stride);
    }
    return {};
}

/// \param bothWays  gradients, which may be far smaller than the tolerance, must also agree relative to their largest entry
void compareAll(Replay& replay, const std::string& prefix, const Tensors& complete, double tolerance, bool bothWays = false)
{
    const Subsampling subsampling(replay.textOr("subsample", ""));
    for (const std::string& key : replay.keys(prefix)) {
        const torch::Tensor actual = named(complete, subsampling, without(key, prefix));
        if (!actual.defined()) continue;  // finish() reports what nobody compared
        if (without(key, prefix).starts_with("grad/") && bothWays)
            replay.compareSmall(key, actual, tolerance, kGradientShare);
        else
            replay.compare(key, actual, tolerance);
    }
}

void compareBuffersAfter(Replay& replay, const std::string& network, const torch::nn::Module& module, double tolerance)
{
    const std::string prefix = "train/after/" + network + "/";
    for (const auto& [name, value] : nn::stateDict(module))
        if (replay.has(prefix + name)) replay.compare(prefix + name, value, value.is_floating_point() ? tolerance : 0);
}

GeneratorOptions recordedGenerator(const Replay& replay, const char* appearance, const char* motion, const char* width, const char* mode)
{
    GeneratorOptions options;
    options.appearanceDim = replay.config<int64_t>(appearance);
    options.motionDim = replay.config<int64_t>(motion);
    options.baseChannels = replay.config<int64_t>(width);
    options.mode = factorizationFromName(replay.config<std::string>(mode));
    options.useAttention = replay.config<bool>("use_attention");
    if (replay.configOr<std::string>("attention_layout", "official") == "aligned") options.attentionLayout = AttentionLayout::Aligned;
    options.imageSize = replay.configOr<int64_t>("image_size", 64);
    for (const auto& [key, value] : {std::pair{appearance, options.appearanceDim}, {motion, options.motionDim}, {width, options.baseChannels}})
        if (value < 1 || value > 4096) throw Error(ErrorCode::Damaged, "the header's config has " + std::to_string(value) + " for '" + key + "', expected 1 to 4096", replay.file().path());
    return options;
}

int64_t recordedWidth(const Replay& replay, const std::string& key)
{
    const auto& shape = replay.file().at(key).shape;
    if (shape.empty() || shape[0] < 1 || shape[0] > 4096) throw Error(ErrorCode::Damaged, "tensor '" + key + "' has no usable width", replay.file().path());
    return shape[0];
}

// --- generator ------------------------------------------------------------------------------------------------------------------------------------

Tensors traced(Generator& generator, const torch::Tensor& za, const torch::Tensor& zm)
{
    Tensors values;
    GeneratorTrace trace;
    values["video"] = generator->forward(za, zm, &trace);
    for (std::size_t i = 0; i < trace.blocks.size(); ++i) {
        const std::string block = "block" + std::to_string(i + 1);
        values[block + "/hs"] = trace.blocks[i].spatial;
        values[block + "/hv"] = trace.blocks[i].video;
        values[block + "/ht"] = trace.blocks[i].temporal;
    }
    if (trace.tsa.defined()) {
        values["fsa/tsa"] = trace.tsa;
        values["fsa/ssa"] = trace.fsa;
    }
    return values;
}

void copyShared(torch::nn::Module& to, const torch::nn::Module& from)
{
    torch::NoGradGuard noGrad;
    Tensors values;
    for (const auto& [name, value] : nn::stateDict(from)) values[name] = value;
    for (auto& [name, value] : nn::stateDict(to)) value.copy_(values.at(name));
}

void replayGenerator(Replay& replay, double outTolerance)
{
    const GeneratorOptions options = recordedGenerator(replay, "c_a", "c_m", "ch", "mode");
    Tolerances tolerances = options.useAttention ? Tolerances{2e-5, 2e-4, 2e-5} : Tolerances{};
    if (outTolerance >= 0) tolerances.eval = outTolerance;

    Generator generator(options);
    replay.load("G", *generator);
    generator->eval();
    const torch::Tensor za = replay.tensor("in/za").set_requires_grad(true);
    const torch::Tensor zm = replay.tensor("in/zm").set_requires_grad(true);

    Tensors values = traced(generator, za, zm);
    const torch::Tensor loss = values.at("video").square().mean();
    values["loss"] = loss.detach().reshape({1});
    loss.backward();
    values["grad/za"] = za.grad();
    values["grad/zm"] = zm.grad();
    for (const auto& parameter : generator->named_parameters()) values["grad/" + parameter.key()] = parameter.value().grad();
    if (options.useAttention) {
        GeneratorOptions plain = options;
        plain.useAttention = false;
        Generator skipping(plain);
        copyShared(*skipping, *generator);
        skipping->eval();
        torch::NoGradGuard noGrad;
        values["noattention/video"] = skipping->forward(za, zm);
    } else {
        values["noattention/video"] = values.at("video");
    }
    compareAll(replay, "out/", values, tolerances.eval, outTolerance < 0);

    generator->train();
    torch::NoGradGuard noGrad;
    compareAll(replay, "train/out/", traced(generator, za, zm), tolerances.train);
    compareBuffersAfter(replay, "G", *generator, tolerances.buffers);
}

// --- attention ------------------------------------------------------------------------------------------------------------------------------------

void replayAttention(Replay& replay, double outTolerance)
{
    const double tolerance = outTolerance >= 0 ? outTolerance : 2e-5;
    const int64_t channels = replay.config<int64_t>("in_c");
    if (channels < 8 || channels > 65536) throw Error(ErrorCode::Damaged, "the header's config has " + std::to_string(channels) + " for 'in_c', expected at least 8", replay.file().path());
    const bool aligned = replay.configOr<std::string>("attention_layout", "official") == "aligned";
    FactorizedSelfAttention attention(channels, aligned ? AttentionLayout::Aligned : AttentionLayout::Official);
    replay.load("FSA", *attention);
    attention->eval();
    const torch::Tensor x = replay.tensor("in/x").set_requires_grad(true);
    if (x.dim() != 5 || x.size(1) != channels) throw Error(ErrorCode::Incompatible, "tensor 'in/x' does not fit in_c = " + std::to_string(channels), replay.file().path());

    Tensors values;
    values["fsa"] = attention->forward(x, &values["tsa"]);
    const torch::Tensor& out = values["fsa"];
    (out * torch::linspace(-1, 1, out.numel()).view(out.sizes())).sum().backward();
    {
        torch::NoGradGuard noGrad;
        values["ssa_alone"] = attention->ssa->forward(x);
        values["tsa_alone"] = attention->tsa->forward(x);
    }
    compareAll(replay, "out/", values, tolerance);
    const auto gradient = [&](const std::string& name, const torch::Tensor& value) {
        if (replay.has("out/grad/" + name)) replay.compareGradient("out/grad/" + name, value, outTolerance >= 0 ? outTolerance : kGradientShare, name.ends_with("k_conv.bias") ? 1e-3 : 0);
    };
    gradient("x", x.grad());
    for (const auto& parameter : attention->named_parameters()) gradient(parameter.key(), parameter.value().grad());

    attention->train();
    torch::NoGradGuard noGrad;
    Tensors trained;
    trained["fsa"] = attention->forward(x, &trained["tsa"]);
    compareAll(replay, "train/out/", trained, 2e-5);
    compareBuffersAfter(replay, "FSA", *attention, 2e-5);
}

// --- discriminators -------------------------------------------------------------------------------------------------------------------------------

template <class Network>
void replayDiscriminator(Replay& replay, const std::string& name, Network network, const torch::Tensor& input, double outTolerance)
{
    const Tolerances tolerances{outTolerance >= 0 ? outTolerance : 1e-5, 1e-5, 1e-5};
    replay.load(name, *network);
    network->eval();
    const torch::Tensor x = input.clone().set_requires_grad(true);
    Tensors values;
    const torch::Tensor logit = network->forward(x);
    logit.sum().backward();
    values["logit"] = logit;
    values["grad_in"] = x.grad();
    for (const auto& parameter : network->named_parameters()) {
        if (parameter.key() == "net.0.weight_orig") values["grad_weight0"] = parameter.value().grad();
        if (parameter.key() == "net.0.bias") values["grad_bias0"] = parameter.value().grad();
        values["grad/" + parameter.key()] = parameter.value().grad();
    }
    compareAll(replay, "out/" + name + "/", values, tolerances.eval, outTolerance < 0);

    const std::string prefix = "train/out/" + name + "/logit_";
    network->train();
    torch::NoGradGuard noGrad;
    const std::size_t passes = replay.keys(prefix).size();
    for (std::size_t pass = 1; pass <= passes; ++pass) {
        const torch::Tensor trained = network->forward(input);
        if (const std::string key = prefix + std::to_string(pass); replay.has(key)) replay.compare(key, trained, tolerances.train);
    }
    compareBuffersAfter(replay, name, *network, tolerances.buffers);
}

/// The video discriminator whose weights are stored under `param/<name>`: kind and width are read off its first layer.
VideoDiscriminator recordedVideoDiscriminator(const Replay& replay, const std::string& name, int64_t imageSize)
{
    const std::string key = "param/" + name + "/net.0.weight_orig";
    const auto& shape = replay.file().at(key).shape;
    if (shape.size() != 5) throw Error(ErrorCode::Incompatible, "tensor '" + key + "' is no 3-D kernel", replay.file().path());
    return VideoDiscriminator(recordedWidth(replay, key), shape[2] == 1 ? VideoDiscriminatorImpl::Kind::Factorized : VideoDiscriminatorImpl::Kind::Full, imageSize);
}

void replayDiscriminators(Replay& replay, double outTolerance)
{
    const torch::Tensor clips = replay.clips("in/video");
    if (clips.dim() != 5 || clips.size(1) != 3 || clips.size(2) < 16 || clips.size(3) != clips.size(4) || (clips.size(3) != 64 && clips.size(3) != 128))
        throw Error(ErrorCode::Incompatible, "tensor 'in/video' is no batch of square 64 or 128 px clips of 16 or more frames", replay.file().path());
    const int64_t size = clips.size(3);
    for (const std::string name : {"VD", "VD3d"}) {
        if (!replay.has("param/" + name + "/net.0.weight_orig")) continue;
        const bool full = name == "VD3d";
        replayDiscriminator(replay, name, recordedVideoDiscriminator(replay, name, size), full ? clips.narrow(2, 0, 16).contiguous() : clips, outTolerance);
    }
    if (replay.has("param/ID/net.0.weight_orig")) {
        const int64_t frame = replay.tensor("in/frame_index").item<int64_t>();
        if (frame < 0 || frame >= clips.size(2)) throw Error(ErrorCode::Incompatible, "'in/frame_index' is outside the clips", replay.file().path());
        replayDiscriminator(replay, "ID", ImageDiscriminator(recordedWidth(replay, "param/ID/net.0.weight_orig"), size), clips.select(2, frame).contiguous(), outTolerance);
    }
}

// --- one training step ----------------------------------------------------------------------------------------------------------------------------

void compareNetworkAfter(Replay& replay, const std::string& prefix, const std::string& network, const torch::nn::Module& module, double learningRate,
                         const std::set<std::string>& zeroGradients)
{
    const double bound = 2 * learningRate * 1.001 + 1e-7;
    std::set<std::string> parameters;
    for (const auto& parameter : module.named_parameters()) parameters.insert(parameter.key());
    double entries = 0, outside = 0, worst = 0, scale = 0;
    for (const auto& [name, value] : nn::stateDict(module)) {
        const std::string key = prefix + "/after/" + network + "/" + name;
        if (!replay.has(key)) continue;
        if (!parameters.contains(name)) {
            replay.compare(key, value, value.is_floating_point() ? 1e-5 : 0);
        } else if (zeroGradients.contains(network + "/" + name)) {
            replay.compare(key, value, bound);  // the true gradient is zero; Adam turned its noise into a step of any sign
        } else {
            replay.compareUpdated(key, value, kStepParameter, bound);
            const torch::Tensor expected = replay.tensor(key).to(torch::kFloat64);
            if (expected.sizes() != value.sizes()) continue;
            const torch::Tensor difference = (value.detach().to(torch::kFloat64) - expected).abs();
            entries += static_cast<double>(difference.numel());
            outside += difference.gt(kStepParameter).sum().item<double>();
            worst = std::max(worst, difference.max().item<double>());
            scale = std::max(scale, expected.abs().max().item<double>());
        }
    }
    if (entries == 0) return;
    ParityLine line;
    line.name = prefix + "/after/" + network + " (all parameters)";
    line.maxAbsolute = worst;
    line.maxRelative = scale > 0 ? worst / scale : 0;
    line.tolerance = bound;
    line.passed = worst <= bound && outside <= (1 - kStepShare) * entries;
    line.note = std::to_string(static_cast<int64_t>(outside)) + " of " + std::to_string(static_cast<int64_t>(entries)) + " entries differ by more than 5e-6";
    replay.add(line);
}

/// Plain updates; the gradients of each are compared just before they are used.
class CompareGradients final : public UpdatePolicy {
public:
    CompareGradients(Replay& replay, const std::string& prefix, const Networks& networks, const std::set<std::string>& zeroGradients)
        : m_replay(replay), m_prefix(prefix), m_networks(networks), m_zeroGradients(zeroGradients)
    {
    }

protected:
    void onGradients(torch::optim::Optimizer& optimizer) override
    {
        if (&optimizer == m_networks.optimizerVd.get()) compare("VD", *m_networks.vd);
        else if (&optimizer == m_networks.optimizerId.get()) compare("ID", *m_networks.id);
        else compare("G", *m_networks.g);
    }

private:
    void compare(const std::string& network, const torch::nn::Module& module)
    {
        for (const auto& parameter : module.named_parameters()) {
            const std::string key = m_prefix + "/grad/" + network + "/" + parameter.key();
            const bool zero = m_zeroGradients.contains(network + "/" + parameter.key());
            if (m_replay.has(key)) m_replay.compareGradient(key, parameter.value().grad(), kStepGradientShare, zero ? kGradientNoise : 0);
        }
    }

    Replay& m_replay;
    const std::string& m_prefix;
    const Networks& m_networks;
    const std::set<std::string>& m_zeroGradients;
};

void replayStep(Replay& replay, const std::string& prefix, Networks& networks, double learningRateG, double learningRateD, const std::set<std::string>& zeroGradients)
{
    const torch::Tensor real = replay.clips(prefix + "/in/real");
    StepDraws draws;
    draws.za = replay.tensor(prefix + "/in/za");
    draws.zm = replay.tensor(prefix + "/in/zm");
    const auto realFrame = replay.tensor(prefix + "/in/real_frame").item<int64_t>(), fakeFrame = replay.tensor(prefix + "/in/fake_frame").item<int64_t>();
    draws.realFrame = torch::tensor({realFrame}, torch::kInt64);
    draws.fakeFrame = torch::tensor({fakeFrame}, torch::kInt64);
    const bool fits = real.dim() == 5 && draws.zm.dim() == 5 && real.size(0) == draws.za.size(0) && realFrame >= 0 && realFrame < real.size(2) && fakeFrame >= 0 &&
                      fakeFrame < framesFor(draws.zm.size(2));
    if (!fits) throw Error(ErrorCode::Incompatible, "the recorded inputs of '" + prefix + "' do not belong together", replay.file().path());

    CompareGradients updates(replay, prefix, networks, zeroGradients);
    const StepRecord record = trainStep(networks, real, draws, updates);

    Tensors values;
    values["loss/G_vid"] = record.lossGVid.reshape({1});
    values["loss/G_img"] = record.lossGImg.reshape({1});
    values["loss/D_vid"] = record.lossDVid.reshape({1});
    values["loss/D_img"] = record.lossDImg.reshape({1});
    values["logit/VD_real"] = record.vdReal;
    values["logit/ID_real"] = record.idReal;
    values["logit/VD_fake"] = record.vdFake;
    values["logit/ID_fake"] = record.idFake;
    values["logit/VD_fake_for_G"] = record.vdFakeForG;
    values["logit/ID_fake_for_G"] = record.idFakeForG;
    compareAll(replay, prefix + "/", values, kStepValue);
    compareAll(replay, prefix + "/", {{"fake", record.fake}}, 1e-4);  // a train-mode clip
    compareNetworkAfter(replay, prefix, "VD", *networks.vd, learningRateD, zeroGradients);
    compareNetworkAfter(replay, prefix, "ID", *networks.id, learningRateD, zeroGradients);
    compareNetworkAfter(replay, prefix, "G", *networks.g, learningRateG, zeroGradients);
}

void replaySteps(Replay& replay, const std::vector<std::string>& prefixes)
{
    const torch::Tensor real = replay.clips(prefixes.front() + "/in/real");
    if (real.dim() != 5 || (real.size(4) != 64 && real.size(4) != 128)) throw Error(ErrorCode::Incompatible, "the recorded real clips are neither 64 nor 128 px", replay.file().path());
    GeneratorOptions generator = recordedGenerator(replay, "d_za", "d_zm", "ch_g", "g_mode");
    generator.imageSize = real.size(4);
    Networks networks;
    networks.g = Generator(generator);
    networks.vd = recordedVideoDiscriminator(replay, "VD", real.size(4));
    networks.id = ImageDiscriminator(recordedWidth(replay, "param/ID/net.0.weight_orig"), real.size(4));
    replay.load("G", *networks.g);
    replay.load("VD", *networks.vd);
    replay.load("ID", *networks.id);

    AdamSettings adam;
    adam.learningRateG = replay.config<double>("g_lr");
    adam.learningRateD = replay.config<double>("d_lr");
    const auto betas = replay.configOr<std::vector<double>>("betas", {adam.beta1, adam.beta2});
    if (betas.size() != 2) throw Error(ErrorCode::Damaged, "the header's config has no two betas", replay.file().path());
    adam.beta1 = betas[0];
    adam.beta2 = betas[1];
    adam.epsilon = replay.configOr<double>("eps", adam.epsilon);
    makeOptimizers(networks, adam);
    networks.g->train();
    networks.vd->train();
    networks.id->train();

    std::set<std::string> zeroGradients;
    try {
        zeroGradients = nlohmann::json::parse(replay.textOr("analytically_zero_gradients", "[]")).get<std::set<std::string>>();
    } catch (const nlohmann::json::exception&) {
        throw Error(ErrorCode::Damaged, "the header's analytically_zero_gradients is no list of names", replay.file().path());
    }
    // a bias before a batch norm and a bias of attention's keys change nothing, whether the header lists them or not
    for (const auto& parameter : networks.g->named_parameters()) {
        const std::string& name = parameter.key();
        const bool beforeNorm = name.starts_with("block") && (name.ends_with(".0.bias") || name.ends_with(".3.bias"));
        if (beforeNorm || name.ends_with("k_conv.bias")) zeroGradients.insert("G/" + name);
    }
    for (const std::string& prefix : prefixes) replayStep(replay, prefix, networks, adam.learningRateG, adam.learningRateD, zeroGradients);
}

// --- official checkpoints -------------------------------------------------------------------------------------------------------------------------

void addCheck(Replay& replay, const std::string& name, bool passed, const std::string& note)
{
    ParityLine line;
    line.name = name;
    line.passed = passed;
    line.note = note;
    replay.add(line);
}

void compareWithRecordedClip(Replay& replay, Generator& generator, double outTolerance)
{
    const double tolerance = outTolerance >= 0 ? outTolerance : 1e-5;
    torch::NoGradGuard noGrad;
    generator->eval();
    Tensors values;
    const torch::Tensor video = generator->forward(replay.tensor("in/za"), replay.tensor("in/zm"));
    const torch::Tensor low = video.min(), high = video.max();
    values["video"] = video;
    values["minmax"] = torch::stack({low, high});
    const torch::Tensor normalised = ((video - low) / (high - low))[0].select(1, 0);
    values["normalised_frame0"] = normalised;
    compareAll(replay, "out/", values, tolerance);
    if (replay.has("out/normalised_frame0_u8")) replay.compare("out/normalised_frame0_u8", (normalised * 255).to(torch::kUInt8), std::max(1.0, outTolerance));
}

/// Checkpoint files are named in the header and lie beside the recorded case.
void replayOfficial(Replay& replay, double outTolerance)
{
    const std::string names = replay.text("files");
    static const std::regex name(R"([A-Za-z0-9_.-]+\.pth)");
    const std::filesystem::path folder = std::filesystem::path(replay.file().path()).parent_path();
    std::vector<std::filesystem::path> found, missing;
    for (auto it = std::sregex_iterator(names.begin(), names.end(), name); it != std::sregex_iterator(); ++it) {
        const std::filesystem::path file = folder / it->str();
        (std::filesystem::exists(file) ? found : missing).push_back(file);
    }
    if (found.empty())
        throw Error(ErrorCode::NotFound, "needs the checkpoint " + (missing.empty() ? std::string("that its header should name") : missing.front().filename().string()) + " beside it; put it into the same folder",
                    replay.file().path());
    for (const auto& file : missing) addCheck(replay, file.filename().string(), false, "is not in the folder of the recorded case");

    std::optional<OfficialWeights> first;
    for (const auto& file : found) {
        OfficialWeights weights = readOfficialWeights(file);
        const std::string label = file.filename().string();
        if (const std::string listed = replay.textOr("state_dict_keys", ""); !listed.empty()) {
            std::set<std::string> expected;
            for (const auto& key : nlohmann::json::parse(listed, nullptr, false)) {
                std::string plain = key.is_string() ? key.get<std::string>() : std::string();
                if (plain.starts_with("module.")) plain.erase(0, 7);
                expected.insert(plain);
            }
            std::set<std::string> actual;
            for (const auto& [key, tensor] : weights.tensors) actual.insert(key);
            addCheck(replay, label + ": names of the tensors", actual == expected, std::to_string(actual.size()) + " tensors");
        }
        const ImportedWeights imported = importOfficial({weights});
        Options options;
        applyOptions(options, imported.options);
        const bool configured = options.appearanceDim == replay.config<int64_t>("c_a") && options.motionDim == replay.config<int64_t>("c_m") &&
                                options.baseChannels == replay.config<int64_t>("ch") && options.mode == replay.config<std::string>("mode") &&
                                options.useAttention == replay.config<bool>("use_attention");
        addCheck(replay, label + ": configuration", configured,
                 "ch " + std::to_string(options.baseChannels) + ", c_a " + std::to_string(options.appearanceDim) + ", c_m " + std::to_string(options.motionDim) + ", " + options.mode +
                     (options.useAttention ? ", attention" : ", no attention"));
        if (first) {
            bool equal = first->tensors.size() == weights.tensors.size();
            for (const auto& [key, tensor] : weights.tensors) equal = equal && first->tensors.contains(key) && torch::equal(first->tensors.at(key), tensor);
            addCheck(replay, label + ": same tensors as " + std::filesystem::path(first->file).filename().string(), equal, "");
        } else {
            first = weights;
        }
        Generator generator(generatorOptions(options));
        torch::NoGradGuard noGrad;
        for (auto& [key, value] : nn::stateDict(*generator)) value.copy_(imported.tensors.at("param/G/" + key));
        replay.context(label);
        compareWithRecordedClip(replay, generator, outTolerance);
        replay.context("");
    }
}
}  // namespace

std::vector<ParityLine> replayParity(const safetensors::File& file, double outTolerance)
{
    Replay replay(file);
    std::vector<std::string> steps;
    for (const std::string prefix : {"step", "step1", "step2", "step3", "step4"})
        if (!replay.keys(prefix + "/in/").empty()) steps.push_back(prefix);

    if (!steps.empty())
        replaySteps(replay, steps);
    else if (!replay.keys("param/FSA/").empty())
        replayAttention(replay, outTolerance);
    else if (!replay.keys("param/G/").empty())
        replayGenerator(replay, outTolerance);
    else if (!replay.keys("param/VD").empty() || !replay.keys("param/ID/").empty())
        replayDiscriminators(replay, outTolerance);
    else if (file.metadata().contains("files"))
        replayOfficial(replay, outTolerance);
    else
        throw Error(ErrorCode::Incompatible, "is no recorded case of a generator, attention, discriminator, training step or official checkpoint", file.path());
    return replay.finish();
}

}  // namespace kinora::g3an
