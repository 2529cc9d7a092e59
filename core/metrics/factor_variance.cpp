#include "core/metrics/factor_variance.h"

#include <torch/torch.h>

#include <cmath>

#include "core/metrics/metric.h"
#include "core/system/generation.h"
#include "core/util/error.h"

namespace kinora {
namespace {
namespace nn = torch::nn;

/// Reads factors off a clip: 2-D convolutions per frame, then over time the mean (what is still) and the strongest and weakest deviation from it (what moves).
struct RegressorImpl : nn::Module {
    nn::Sequential frame{nullptr}, head{nullptr};
    explicit RegressorImpl(int64_t outputs)
    {
        frame = register_module("frame", nn::Sequential());
        for (const auto& [in, out] : {std::pair<int64_t, int64_t>{3, 24}, {24, 48}, {48, 64}, {64, 64}}) {
            frame->push_back(nn::Conv2d(nn::Conv2dOptions(in, out, 4).stride(2).padding(1).bias(false)));
            frame->push_back(nn::BatchNorm2d(out));
            frame->push_back(nn::ReLU());
        }
        head = register_module("head", nn::Sequential(nn::Linear(3 * 64 * 16, 192), nn::ReLU(), nn::Dropout(0.2), nn::Linear(192, outputs)));
    }
    torch::Tensor forward(const torch::Tensor& clips)
    {
        const int64_t n = clips.size(0), t = clips.size(2);
        const torch::Tensor frames = clips.transpose(1, 2).flatten(0, 1).contiguous(at::MemoryFormat::ChannelsLast);
        const torch::Tensor features = torch::adaptive_avg_pool2d(frame->forward(frames), {4, 4}).flatten(1).view({n, t, -1});
        const torch::Tensor mean = features.mean(1), deviation = features - mean.unsqueeze(1);
        return head->forward(torch::cat({mean, deviation.amax(1), deviation.amin(1)}, 1));
    }
};
TORCH_MODULE(Regressor);

/// The columns that the regressor reads: where each one's outputs begin and how many they are.
struct Target {
    std::size_t column = 0;
    int64_t first = 0, outputs = 1;
    bool categorical = false;
    double mean = 0, deviation = 1;
};

/// Half the frames at 64 x 64 are enough to read the factors and cost a quarter.
torch::Tensor regressorInput(const torch::Tensor& clip)
{
    const int64_t t = clip.size(1);
    const torch::Tensor some = clip.index_select(1, torch::linspace(0, static_cast<double>(t - 1), std::min<int64_t>(8, t)).round().to(torch::kInt64));
    if (some.size(2) == 64 && some.size(3) == 64) return some;
    return torch::adaptive_avg_pool2d(some.transpose(0, 1), {64, 64}).transpose(0, 1).contiguous();
}

/// Clips and standardised targets of \p count clips from \p first; NaN where a label is not known.
struct Table {
    torch::Tensor clips, values;
};
Table readTable(const ClipSource& source, const std::vector<Target>& targets, int64_t first, int64_t count, const std::stop_token& stop)
{
    std::vector<torch::Tensor> clips;
    torch::Tensor values = torch::empty({count, static_cast<int64_t>(targets.size())});
    for (int64_t i = 0; i < count; ++i) {
        if (stop.stop_requested()) throw Error(ErrorCode::Cancelled, "cancelled");
        clips.push_back(regressorInput(fromFrames(source.frames(first + i))).to(torch::kHalf));
        const ClipInfo info = source.info(first + i);
        for (std::size_t k = 0; k < targets.size(); ++k) values[i][static_cast<int64_t>(k)] = info.labels.at(targets[k].column);
    }
    return {torch::stack(clips), values};
}

/// Per clip the numbers whose variance counts: a number as it is, a class as its probabilities.
torch::Tensor readFactor(const torch::Tensor& outputs, const Target& target)
{
    const torch::Tensor part = outputs.slice(1, target.first, target.first + target.outputs);
    return target.categorical ? torch::softmax(part, 1) : part;
}
}  // namespace

FactorVariance measureFactorVariance(System& system, const ClipSource& source, const FactorVarianceOptions& options, std::stop_token stop, const std::function<void(int64_t, int64_t)>& progress)
{
    std::vector<Target> targets;
    int64_t outputs = 0;
    for (std::size_t column = 0; column < source.labelColumns().size(); ++column) {
        const LabelColumn& label = source.labelColumns()[column];
        if (label.role != "appearance" && label.role != "motion") continue;
        Target target{column, outputs, label.categorical() ? static_cast<int64_t>(label.categories.size()) : 1, label.categorical()};
        outputs += target.outputs;
        targets.push_back(target);
    }
    if (targets.empty()) throw Error(ErrorCode::Usage, "has no labels that are marked as appearance or motion factors; use a built-in dataset", source.name());
    const int64_t testClips = std::min<int64_t>(options.testClips, source.size() / 4), trainClips = std::min<int64_t>(options.trainingClips, source.size() - testClips);
    if (testClips < 8 || trainClips < 16) throw Error(ErrorCode::Usage, "has " + std::to_string(source.size()) + " clips; a factor regressor needs at least 32", source.name());

    const Table train = readTable(source, targets, 0, trainClips, stop), test = readTable(source, targets, trainClips, testClips, stop);
    for (std::size_t k = 0; k < targets.size(); ++k) {
        if (targets[k].categorical) continue;
        const torch::Tensor column = train.values.select(1, static_cast<int64_t>(k));
        targets[k].mean = column.mean().item<double>();
        targets[k].deviation = std::max(1e-6, column.std().item<double>());
    }

    torch::manual_seed(static_cast<uint64_t>(options.seed));
    Regressor net(outputs);
    torch::optim::Adam optimizer(net->parameters(), torch::optim::AdamOptions(2e-3));
    for (int64_t step = 0; step < options.regressorSteps; ++step) {
        if (stop.stop_requested()) throw Error(ErrorCode::Cancelled, "cancelled");
        const double cosine = 0.5 * (1 + std::cos(M_PI * static_cast<double>(step) / static_cast<double>(options.regressorSteps)));
        static_cast<torch::optim::AdamOptions&>(optimizer.param_groups()[0].options()).lr(2e-3 * cosine + 1e-5);
        const torch::Tensor pick = torch::randint(trainClips, {options.regressorBatch}, torch::kInt64);
        const torch::Tensor out = net->forward(train.clips.index_select(0, pick).to(torch::kFloat32));
        const torch::Tensor wanted = train.values.index_select(0, pick);
        torch::Tensor loss = torch::zeros({});
        for (std::size_t k = 0; k < targets.size(); ++k) {
            const torch::Tensor column = wanted.select(1, static_cast<int64_t>(k));
            const torch::Tensor part = out.slice(1, targets[k].first, targets[k].first + targets[k].outputs);
            loss = loss + (targets[k].categorical ? torch::nn::functional::cross_entropy(part, column.to(torch::kInt64))
                                                  : torch::mse_loss(part.squeeze(1), (column - targets[k].mean) / targets[k].deviation));
        }
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
        if (progress) progress(step + 1, options.regressorSteps);
    }

    net->eval();
    const torch::NoGradGuard noGradient;
    const auto predict = [&](const torch::Tensor& clips) {
        std::vector<torch::Tensor> parts;
        for (int64_t at = 0; at < clips.size(0); at += 64) parts.push_back(net->forward(clips.slice(0, at, std::min(clips.size(0), at + 64)).to(torch::kFloat32)));
        return torch::cat(parts);
    };
    const torch::Tensor tested = predict(test.clips);

    const SystemDescription description = system.describe();
    GenerationRequest request;
    request.frames = description.length.trained;
    request.clips = matrixControls(description, static_cast<uint64_t>(options.seed) + 1000, static_cast<uint64_t>(options.seed) + 2000, static_cast<int>(options.rows), static_cast<int>(options.columns), request.frames);
    std::vector<torch::Tensor> generated;
    for (const Frames& clip : generateClips(system, request, stop)) generated.push_back(regressorInput(fromFrames(clip)).to(torch::kHalf));
    const torch::Tensor read = predict(torch::stack(generated));

    FactorVariance result;
    double appearanceRows = 0, appearanceColumns = 0, motionRows = 0, motionColumns = 0;
    for (std::size_t k = 0; k < targets.size(); ++k) {
        const Target& target = targets[k];
        const LabelColumn& label = source.labelColumns()[target.column];
        FactorRow row{label.name, label.role};
        const torch::Tensor truth = test.values.select(1, static_cast<int64_t>(k));
        const torch::Tensor part = tested.slice(1, target.first, target.first + target.outputs);
        double unit = 1;  // variance of the factor over the dataset, in the same numbers
        if (target.categorical) {
            const double accuracy = part.argmax(1).eq(truth.to(torch::kInt64)).to(torch::kFloat64).mean().item<double>();
            const torch::Tensor shares = torch::one_hot(truth.to(torch::kInt64), target.outputs).to(torch::kFloat64).mean(0);
            const double chance = shares.max().item<double>();
            row.score = chance < 1 ? std::max(0.0, (accuracy - chance) / (1 - chance)) : 0;
            unit = std::max(1e-6, (shares * (1 - shares)).sum().item<double>());
        } else {
            const torch::Tensor standard = (truth - target.mean) / target.deviation;
            const double spread = standard.var().item<double>();
            row.score = spread > 1e-9 ? std::max(0.0, 1 - (part.squeeze(1) - standard).square().mean().item<double>() / spread) : 0;
        }
        row.used = row.score >= options.usableScore;
        const torch::Tensor values = readFactor(read, target).to(torch::kFloat64).view({options.rows, options.columns, target.outputs});
        row.alongRows = values.var(1).sum(1).mean().item<double>() / unit;
        row.alongColumns = values.var(0).sum(1).mean().item<double>() / unit;
        if (row.used && label.role == "appearance") {
            ++result.appearanceFactors;
            appearanceRows += row.alongRows;
            appearanceColumns += row.alongColumns;
        } else if (row.used) {
            ++result.motionFactors;
            motionRows += row.alongRows;
            motionColumns += row.alongColumns;
        }
        result.factors.push_back(row);
    }
    result.appearanceLeak = appearanceColumns > 0 ? appearanceRows / appearanceColumns : std::numeric_limits<double>::quiet_NaN();
    result.motionLeak = motionRows > 0 ? motionColumns / motionRows : std::numeric_limits<double>::quiet_NaN();
    return result;
}

namespace {
class FactorVarianceMetric final : public OptionedMetric<FactorVarianceOptions> {
public:
    MetricDescription description() const override
    {
        return {"factor_variance", "Factor variance", "Variance of ground-truth factors along the rows of an appearance x motion matrix over that along its columns, read by a regressor that is trained for the purpose. 0 is perfect, 1 is no separation.",
                true, "ratio of variances", {"factors", "appearance and motion controls"}, describeOptions<FactorVarianceOptions>("metric")};
    }

    void check(const MetricClips& clips) const override
    {
        if (!clips.system()) throw Error(ErrorCode::Usage, "needs a system whose codes can be changed, not a dataset's clips", "factor_variance");
        if (!clips.realSource()) throw Error(ErrorCode::Usage, "needs a dataset with known factors", "factor_variance");
    }

private:
    int version() const override { return 1; }
    void compute(MetricClips& clips, const MetricCall& call, MetricResult& result) override
    {
        check(clips);
        const FactorVariance found = measureFactorVariance(*clips.system(), *clips.realSource(), m_options, call.stop, [&](int64_t done, int64_t total) {
            if (call.progress) call.progress("training the factor regressor", done, total);
        });
        const ClipSource& source = *clips.realSource();
        result.protocol["measured"] = {{"origin", "generated"}, {"clips", m_options.rows * m_options.columns}, {"seed", m_options.seed}, {"frames", clips.system()->describe().length.trained}};
        // the regressor learns from the first clips as they are, not from the shuffled windows of the other metrics
        result.protocol["real"] = {{"dataset", std::filesystem::path(source.name()).filename().string()}, {"size", source.size()}};
        result.protocol["extractor"] = "regressor trained here: " + std::to_string(m_options.regressorSteps) + " steps of " + std::to_string(m_options.regressorBatch);
        double worse = std::max(found.appearanceLeak, found.motionLeak);
        if (std::isnan(found.appearanceLeak) || std::isnan(found.motionLeak)) worse = std::numeric_limits<double>::quiet_NaN();
        result.values = {{"factor_variance", worse, std::nullopt}, {"appearance_leak", found.appearanceLeak, std::nullopt}, {"motion_leak", found.motionLeak, std::nullopt}};
        if (found.appearanceFactors == 0) result.notes.push_back("no appearance factor could be read well enough");
        if (found.motionFactors == 0) result.notes.push_back("no motion factor could be read well enough");
        nlohmann::json rows = nlohmann::json::array();
        for (const FactorRow& row : found.factors)
            rows.push_back({{"name", row.name}, {"role", row.role}, {"score", row.score}, {"used", row.used}, {"along_rows", row.alongRows}, {"along_columns", row.alongColumns}});
        result.details = {{"factors", rows}, {"appearance_factors", found.appearanceFactors}, {"motion_factors", found.motionFactors}};
    }
};
}  // namespace

namespace detail {
std::unique_ptr<Metric> factorVarianceMetric() { return std::make_unique<FactorVarianceMetric>(); }
}  // namespace detail

}  // namespace kinora
