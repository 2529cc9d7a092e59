#include "tests/support/toy_systems.h"

#include "core/util/error.h"

namespace kinora::test {
namespace {
namespace F = torch::nn::functional;

constexpr int kFrames = 8, kSize = 16;

/// Options that every toy has.
struct ToyOptions {
    int64_t baseChannels = 4;
    double learningRate = 1e-3;
    int64_t poisonedStep = 0;

    template <class Fields>
    void describe(Fields& f)
    {
        f("base_channels", baseChannels, range(1, 64), "Width of the networks");
        f("learning_rate", learningRate, range(1e-8, 1), "Of every optimizer");
        f("poisoned_step", poisonedStep, range(0, 1e9), "From this step on the losses are not numbers; 0: never");
    }
};

/// Eval mode while it lives, and no gradients but those that are asked for.
class Inference {
public:
    Inference(torch::nn::Module& module, const ControlTensors& controls) : m_module(module), m_training(module.is_training()), m_gradients(wantsGradients(controls)) { m_module.eval(); }
    ~Inference() { m_module.train(m_training); }

private:
    torch::nn::Module& m_module;
    bool m_training;
    torch::AutoGradMode m_gradients;
};

/// Codes and maps, (N, in, T, H, W), to a clip of the same length and size.
struct PainterImpl : torch::nn::Module {
    PainterImpl(int64_t in, int64_t width, double dropout = 0)
    {
        first = register_module("first", torch::nn::Conv3d(torch::nn::Conv3dOptions(in, width, 3).padding(1)));
        norm = register_module("norm", torch::nn::BatchNorm3d(width));
        drop = register_module("drop", torch::nn::Dropout(dropout));
        last = register_module("last", torch::nn::Conv3d(torch::nn::Conv3dOptions(width, 3, 3).padding(1)));
    }
    torch::Tensor forward(const torch::Tensor& x) { return torch::tanh(last(drop(torch::relu(norm(first(x)))))); }
    torch::nn::Conv3d first{nullptr}, last{nullptr};
    torch::nn::BatchNorm3d norm{nullptr};
    torch::nn::Dropout drop{nullptr};
};
TORCH_MODULE(Painter);

/// One logit per clip.
struct JudgeImpl : torch::nn::Module {
    JudgeImpl(int64_t in, int64_t width)
    {
        first = register_module("first", torch::nn::Conv3d(torch::nn::Conv3dOptions(in, width, 4).stride(2).padding(1)));
        last = register_module("last", torch::nn::Linear(width, 1));
    }
    torch::Tensor forward(const torch::Tensor& x) { return last(F::leaky_relu(first(x), F::LeakyReLUFuncOptions().negative_slope(0.2)).mean({2, 3, 4})).squeeze(1); }
    torch::nn::Conv3d first{nullptr};
    torch::nn::Linear last{nullptr};
};
TORCH_MODULE(Judge);

/// (N, C) or (N, C, T) or (N, C, H, W) repeated to (N, C, T, H, W).
torch::Tensor spread(const torch::Tensor& x, int64_t frames)
{
    torch::Tensor full = x;
    if (x.dim() == 2) full = x.unsqueeze(2).unsqueeze(3).unsqueeze(4);
    if (x.dim() == 3) full = x.unsqueeze(3).unsqueeze(4);
    if (x.dim() == 4) full = x.unsqueeze(2);
    return full.expand({x.size(0), x.size(1), frames, kSize, kSize});
}

torch::Tensor poisoned(const torch::Tensor& loss, const ToyOptions& options, int64_t step)
{
    return options.poisonedStep > 0 && step >= options.poisonedStep ? loss * std::numeric_limits<float>::quiet_NaN() : loss;
}

Control control(const char* id, const char* name, ControlRole role, ControlKind kind, int size)
{
    Control c;
    c.id = id;
    c.name = name;
    c.help = std::string("The toy's ") + name + ".";
    c.role = role;
    c.kind = kind;
    c.size = size;
    return c;
}

SystemDescription describeToy(const char* id, const char* name, std::vector<Control> controls)
{
    SystemDescription d;
    d.id = id;
    d.name = name;
    d.summary = "A toy for tests.";
    d.reference = "None.";
    d.options = describeOptions<ToyOptions>();
    d.controls = std::move(controls);
    d.length = LengthRule{kFrames, kFrames, 2 * kFrames, 1};
    d.width = d.height = kSize;
    return d;
}

BatchNeeds needsOfToy()
{
    BatchNeeds needs;
    needs.frames = kFrames;
    needs.height = needs.width = kSize;
    return needs;
}

const torch::Tensor& value(const ControlTensors& controls, const char* id)
{
    const auto found = controls.find(id);
    if (found == controls.end()) throw Error(ErrorCode::ShapeMismatch, "no value given", id);
    return found->second;
}

// --- maps in ---

constexpr int kMapClasses = 2, kMapsCode = 3;

class ToyMaps final : public System {
public:
    static SystemDescription description()
    {
        Control maps = control("label_map", "Label maps", ControlRole::Motion, ControlKind::MapSequence, kMapClasses);
        maps.height = maps.width = kSize;
        maps.steps = StepRule{1, 0};
        SystemDescription d = describeToy("toy_maps", "Toy: maps to clip", {control("za", "Appearance", ControlRole::Appearance, ControlKind::GaussianVector, kMapsCode), maps});
        d.networks = {"G", "D"};
        d.requiredStreams = {"label_map"};
        d.scalars = {"loss/G", "loss/D", "accuracy/D/real", "accuracy/D/fake"};
        d.lossWeights = {"D", "G"};
        return d;
    }
    explicit ToyMaps(const ToyOptions& options)
        : m_options(options),
          m_g(kMapsCode + kMapClasses, options.baseChannels),
          m_d(3 + kMapClasses, options.baseChannels),
          m_optimizerG(m_g->parameters(), torch::optim::AdamOptions(options.learningRate).betas({0.5, 0.999})),
          m_optimizerD(m_d->parameters(), torch::optim::AdamWOptions(options.learningRate))
    {
        for (const char* term : {"D", "G"}) declareLossWeight(term);
    }
    SystemDescription describe() const override { return description(); }
    OptionValues options() const override { return optionValues(m_options); }
    std::vector<NamedNetwork> networks() override { return {{"G", m_g.ptr(), true}, {"D", m_d.ptr(), false}}; }
    std::vector<NamedOptimizer> optimizers() override { return {{"G", &m_optimizerG}, {"D", &m_optimizerD}}; }
    BatchNeeds batchNeeds() const override
    {
        BatchNeeds needs = needsOfToy();
        needs.streams = {"label_map"};
        needs.horizontalFlip = true;
        return needs;
    }
    StepScalars trainStep(const Batch& batch, int64_t step) override
    {
        const torch::Tensor maps = F::one_hot(batch.streams.at("label_map").select(1, 0).to(torch::kInt64), kMapClasses).permute({0, 4, 1, 2, 3}).to(torch::kFloat32);
        const torch::Tensor za = torch::randn({batch.size(), kMapsCode}).to(m_device);
        const torch::Tensor fake = m_g(torch::cat({spread(za, kFrames), maps}, 1));
        const torch::Tensor real = m_d(torch::cat({batch.clips, maps}, 1)), generated = m_d(torch::cat({fake.detach(), maps}, 1));
        const torch::Tensor lossD = poisoned(torch::softplus(-real).mean() + torch::softplus(generated).mean(), m_options, step);
        updates().update(m_optimizerD, weighted(lossD, lossWeight("D")));
        const torch::Tensor lossG = torch::softplus(-m_d(torch::cat({fake, maps}, 1))).mean();
        updates().update(m_optimizerG, weighted(lossG, lossWeight("G")));
        return {{"loss/G", lossG},
                {"loss/D", lossD},
                {"accuracy/D/real", (real > 0).to(torch::kFloat32).mean()},
                {"accuracy/D/fake", (generated < 0).to(torch::kFloat32).mean()}};
    }
    torch::Tensor generate(const ControlTensors& controls, int frames, uint64_t) override
    {
        const Inference inference(*m_g, controls);
        return m_g(torch::cat({spread(value(controls, "za"), frames), value(controls, "label_map")}, 1));
    }

private:
    ToyOptions m_options;
    Painter m_g;
    Judge m_d;
    torch::optim::Adam m_optimizerG;
    torch::optim::AdamW m_optimizerD;
};

// --- a picture and a class in ---

constexpr int kClasses = 3, kClassCode = 2;

class ToyClass final : public System {
public:
    static SystemDescription description()
    {
        Control picture = control("picture", "Picture", ControlRole::Appearance, ControlKind::Image, 3);
        picture.height = picture.width = kSize;
        Control action = control("action", "Action", ControlRole::Motion, ControlKind::Category, 1);
        action.categories = {"left", "right", "still"};
        SystemDescription d = describeToy("toy_class", "Toy: picture and class to clip",
                                          {picture, action, control("zm", "Motion", ControlRole::Motion, ControlKind::GaussianVector, kClassCode)});
        d.networks = {"G", "critic"};
        d.requiredLabels = {"action"};
        d.scalars = {"loss/G", "loss/critic", "distance"};
        return d;
    }
    explicit ToyClass(const ToyOptions& options)
        : m_options(options),
          m_g(3 + kClasses + kClassCode, options.baseChannels),
          m_critic(3 + kClasses, options.baseChannels),
          m_optimizerG(m_g->parameters(), torch::optim::AdamOptions(options.learningRate).amsgrad(true)),
          m_optimizerCritic(m_critic->parameters(), torch::optim::RMSpropOptions(options.learningRate).momentum(0.5).centered(true))
    {
    }
    SystemDescription describe() const override { return description(); }
    OptionValues options() const override { return optionValues(m_options); }
    std::vector<NamedNetwork> networks() override { return {{"G", m_g.ptr(), true}, {"critic", m_critic.ptr(), false}}; }
    std::vector<NamedOptimizer> optimizers() override { return {{"G", &m_optimizerG}, {"critic", &m_optimizerCritic}}; }
    BatchNeeds batchNeeds() const override
    {
        BatchNeeds needs = needsOfToy();
        needs.labels = {"action", "brightness"};
        return needs;
    }
    StepScalars trainStep(const Batch& batch, int64_t step) override
    {
        const torch::Tensor action = F::one_hot(batch.labels.at("action"), kClasses).to(torch::kFloat32);
        const torch::Tensor picture = batch.clips.select(2, 0) * (0.5 + 0.5 * batch.labels.at("brightness").view({-1, 1, 1, 1}));
        torch::Tensor lossCritic;
        for (int update = 0; update < 2; ++update) {
            const torch::Tensor fake = paint(picture, action, torch::randn({batch.size(), kClassCode}).to(m_device), kFrames).detach();
            lossCritic = poisoned((judge(fake, action) - judge(batch.clips, action)).mean(), m_options, step);
            updates().update(m_optimizerCritic, lossCritic);
            const torch::NoGradGuard noGradient;
            for (torch::Tensor& parameter : m_critic->parameters()) parameter.clamp_(-0.1, 0.1);
        }
        const torch::Tensor lossG = -judge(paint(picture, action, torch::randn({batch.size(), kClassCode}).to(m_device), kFrames), action).mean();
        updates().update(m_optimizerG, lossG);
        return {{"loss/G", lossG}, {"loss/critic", lossCritic}, {"distance", -lossCritic}};
    }
    torch::Tensor generate(const ControlTensors& controls, int frames, uint64_t) override
    {
        const Inference inference(*m_g, controls);
        return paint(value(controls, "picture"), F::one_hot(value(controls, "action"), kClasses).to(torch::kFloat32), value(controls, "zm"), frames);
    }

private:
    torch::Tensor paint(const torch::Tensor& picture, const torch::Tensor& action, const torch::Tensor& zm, int64_t frames)
    {
        return m_g(torch::cat({spread(picture, frames), spread(action, frames), spread(zm, frames)}, 1));
    }
    torch::Tensor judge(const torch::Tensor& clips, const torch::Tensor& action) { return m_critic(torch::cat({clips, spread(action, clips.size(2))}, 1)); }

    ToyOptions m_options;
    Painter m_g;
    Judge m_critic;
    torch::optim::Adam m_optimizerG;
    torch::optim::RMSprop m_optimizerCritic;
};

// --- frames that are continued, and a latent sequence ---

constexpr int kGivenFrames = 2, kFramesCode = 2;

class ToyFrames final : public System {
public:
    static SystemDescription description()
    {
        Control given = control("start", "First frames", ControlRole::Appearance, ControlKind::Frames, 3);
        given.height = given.width = kSize;
        given.count = kGivenFrames;
        Control zm = control("zm", "Motion", ControlRole::Motion, ControlKind::GaussianSequence, kFramesCode);
        zm.steps = StepRule{1, 0};
        SystemDescription d = describeToy("toy_frames", "Toy: frames and a latent sequence", {given, zm});
        d.networks = {"G"};
        d.scalars = {"loss/reconstruction", "loss/prior", "weight"};
        return d;
    }
    explicit ToyFrames(const ToyOptions& options)
        : m_options(options),
          m_g(3 * kGivenFrames + kFramesCode, options.baseChannels, 0.2),
          m_optimizer(m_g->parameters(), torch::optim::SGDOptions(options.learningRate).momentum(0.9))
    {
    }
    SystemDescription describe() const override { return description(); }
    OptionValues options() const override { return optionValues(m_options); }
    std::vector<NamedNetwork> networks() override { return {{"G", m_g.ptr(), true}}; }
    std::vector<NamedOptimizer> optimizers() override { return {{"G", &m_optimizer}}; }
    BatchNeeds batchNeeds() const override
    {
        BatchNeeds needs = needsOfToy();
        needs.frameSteps = {1, 2};
        return needs;
    }
    StepScalars trainStep(const Batch& batch, int64_t step) override
    {
        m_weight = 0.9 * m_weight + 0.1;
        const torch::Tensor zm = torch::randn({batch.size(), kFramesCode, kFrames}).to(m_device);
        const torch::Tensor clip = paint(batch.clips.slice(2, 0, kGivenFrames), zm, kFrames);
        const torch::Tensor reconstruction = poisoned(F::l1_loss(clip, batch.clips), m_options, step);
        const torch::Tensor prior = m_weight * clip.pow(2).mean();
        updates().update(m_optimizer, reconstruction + 0.01 * prior);
        return {{"loss/reconstruction", reconstruction}, {"loss/prior", prior}, {"weight", torch::tensor(m_weight)}};
    }
    torch::Tensor generate(const ControlTensors& controls, int frames, uint64_t) override
    {
        const Inference inference(*m_g, controls);
        return paint(value(controls, "start"), value(controls, "zm"), frames);
    }
    OptionValues trainingState() const override { return {{"weight", m_weight}}; }
    void setTrainingState(const OptionValues& state) override
    {
        if (const auto found = state.find("weight"); found != state.end())
            if (const auto* weight = std::get_if<double>(&found->second)) m_weight = *weight;
    }

private:
    torch::Tensor paint(const torch::Tensor& given, const torch::Tensor& zm, int64_t frames)
    {
        // (N, 3, count, H, W) to channels of every frame
        const torch::Tensor flat = given.flatten(1, 2);
        return m_g(torch::cat({spread(flat, frames), spread(zm, frames)}, 1));
    }

    ToyOptions m_options;
    Painter m_g;
    torch::optim::SGD m_optimizer;
    double m_weight = 0.1;
};

template <class Toy>
SystemEntry entryOf()
{
    SystemEntry entry;
    entry.description = Toy::description();
    entry.create = [](const OptionValues& values) -> std::unique_ptr<System> {
        ToyOptions options;
        applyOptions(options, values);
        return std::make_unique<Toy>(options);
    };
    return entry;
}

}  // namespace

const Catalogue& toyCatalogue()
{
    static const Catalogue toys = {entryOf<ToyMaps>(), entryOf<ToyClass>(), entryOf<ToyFrames>()};
    return toys;
}

}  // namespace kinora::test
