#include "core/metrics/judge.h"

#include <chrono>
#include <cmath>

#include "core/clip/transform.h"
#include "core/metrics/pixel_metrics.h"
#include "core/metrics/swap_consistency.h"
#include "core/system/checkpoint.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/safetensors.h"
#include "core/util/text.h"
#include "kinora_version.h"

namespace kinora {
namespace {
namespace nn = torch::nn;
using nlohmann::json;

/// Convolutions of stride 2, each with batch norm and ReLU.
nn::Sequential convolutions(std::initializer_list<int64_t> channels)
{
    nn::Sequential layers;
    for (const int64_t* at = channels.begin(); at + 1 != channels.end(); ++at) {
        layers->push_back(nn::Conv2d(nn::Conv2dOptions(at[0], at[1], 4).stride(2).padding(1).bias(false)));
        layers->push_back(nn::BatchNorm2d(at[1]));
        layers->push_back(nn::ReLU());
    }
    return layers;
}

/// Outputs per factor: one for a number, one per class otherwise; appearance factors come from the still pictures alone and motion factors from the motion alone.
struct JudgeNetImpl : nn::Module {
    nn::Sequential still{nullptr}, stillHead{nullptr}, motion{nullptr}, motionFrame{nullptr}, motionTime{nullptr}, motionHead{nullptr};
    JudgeNetImpl(int64_t appearanceOutputs, int64_t motionOutputs)
    {
        still = register_module("still", convolutions({3, 32, 48, 64, 64}));
        stillHead = register_module("still_head", nn::Sequential(nn::Linear(64 * 16, 128), nn::ReLU(), nn::Dropout(0.1), nn::Linear(128, std::max<int64_t>(1, appearanceOutputs))));
        motion = register_module("motion", convolutions({1, 24, 48, 48}));
        motionFrame = register_module("motion_frame", nn::Sequential(nn::Linear(48 * 16, 48), nn::ReLU()));
        motionTime = register_module("motion_time", nn::Sequential(nn::Conv1d(nn::Conv1dOptions(48, 48, 3).padding(1)), nn::ReLU()));
        motionHead = register_module("motion_head", nn::Sequential(nn::Linear(48 * Judge::kFrames, 96), nn::ReLU(), nn::Dropout(0.1), nn::Linear(96, std::max<int64_t>(1, motionOutputs))));
    }
    /// \param stills (N, 2, 3, 64, 64), \param moving (N, 16, 32, 32), values in [0, 1]. \returns appearance and motion outputs
    std::pair<torch::Tensor, torch::Tensor> forward(const torch::Tensor& stills, const torch::Tensor& moving)
    {
        const int64_t n = stills.size(0);
        const torch::Tensor features = still->forward((stills.flatten(0, 1) * 2 - 1).contiguous(at::MemoryFormat::ChannelsLast)).flatten(1).view({n, 2, -1}).mean(1);
        const torch::Tensor around = ((moving - moving.mean(1, true)) * 4).view({n * Judge::kFrames, 1, Judge::kMotionSize, Judge::kMotionSize});
        const torch::Tensor frames = motionFrame->forward(motion->forward(around).flatten(1)).view({n, Judge::kFrames, -1});
        const torch::Tensor time = frames.transpose(1, 2) + motionTime->forward(frames.transpose(1, 2));
        return {stillHead->forward(features), motionHead->forward(time.flatten(1))};
    }
};
TORCH_MODULE(JudgeNet);

/// What the network sees of one clip, uint8: stills (2, 3, 64, 64) and moving (16, 32, 32).
struct Seen {
    torch::Tensor stills, moving;
};

Seen seen(const Frames& clip)
{
    if (clip.count() < 2) throw Error(ErrorCode::ShapeMismatch, "a judge needs clips of at least two frames");
    // other lengths are resampled to sixteen frames, evenly
    const torch::Tensor picks = torch::linspace(0, clip.count() - 1, Judge::kFrames, torch::kFloat64).round().to(torch::kInt64);
    const bool fits = clip.height() == Judge::kStillSize && clip.width() == Judge::kStillSize;
    const torch::Tensor values = unitClip(fits ? clip : resized(clip, Judge::kStillSize, Judge::kStillSize)).index_select(1, picks);
    const torch::Tensor stills = torch::stack({values.select(1, 0), values.select(1, Judge::kFrames / 2)});
    const torch::Tensor luma = values.select(0, 0) * 0.299 + values.select(0, 1) * 0.587 + values.select(0, 2) * 0.114;
    const torch::Tensor moving = torch::avg_pool2d(luma.unsqueeze(1), 2).squeeze(1);
    return {stills.mul(255).round().to(torch::kUInt8), moving.mul(255).round().to(torch::kUInt8)};
}

/// Where a factor's outputs begin in its half's.
std::vector<std::pair<int64_t, int64_t>> outputsOf(const std::vector<JudgeFactor>& factors, int64_t& appearance, int64_t& motion)
{
    std::vector<std::pair<int64_t, int64_t>> places;
    appearance = motion = 0;
    for (const JudgeFactor& factor : factors) {
        int64_t& next = factor.role == "motion" ? motion : appearance;
        const int64_t count = factor.categorical() ? static_cast<int64_t>(factor.categories.size()) : 1;
        places.emplace_back(next, next + count);
        next += count;
    }
    return places;
}

JudgeFactor factorFromJson(const json& j)
{
    JudgeFactor factor;
    factor.name = j.at("name").get<std::string>();
    factor.role = j.at("role").get<std::string>();
    factor.categories = j.value("categories", std::vector<std::string>());
    factor.mean = j.at("mean").get<double>();
    factor.deviation = j.at("deviation").get<double>();
    factor.score = j.at("score").get<double>();
    factor.chance = j.at("chance").get<double>();
    factor.spread = j.at("spread").get<double>();
    factor.floor = j.at("floor").get<double>();
    return factor;
}
}  // namespace

nlohmann::json toJson(const JudgeFactor& f)
{
    return {{"name", f.name}, {"role", f.role}, {"categories", f.categories}, {"mean", f.mean}, {"deviation", f.deviation},
            {"score", f.score}, {"chance", f.chance}, {"spread", f.spread}, {"floor", f.floor}};
}

struct Judge::Private {
    std::vector<JudgeFactor> factors;
    std::vector<std::pair<int64_t, int64_t>> places;
    JudgeNet net{nullptr};
    std::string dataset, sha256;
    json training;

    void build()
    {
        int64_t appearance = 0, motion = 0;
        places = outputsOf(factors, appearance, motion);
        net = JudgeNet(appearance, motion);
    }

    torch::Tensor read(const torch::Tensor& stills, const torch::Tensor& moving)
    {
        const torch::NoGradGuard noGradient;
        net->eval();
        torch::Tensor values = torch::empty({stills.size(0), static_cast<int64_t>(factors.size())}, torch::kFloat64);
        for (int64_t at = 0; at < stills.size(0); at += 64) {
            const int64_t end = std::min(stills.size(0), at + 64);
            const auto [appearance, motion] = net->forward(stills.slice(0, at, end).to(torch::kFloat32).div(255), moving.slice(0, at, end).to(torch::kFloat32).div(255));
            for (std::size_t k = 0; k < factors.size(); ++k) {
                const torch::Tensor part = (factors[k].role == "motion" ? motion : appearance).slice(1, places[k].first, places[k].second);
                values.slice(0, at, end).select(1, static_cast<int64_t>(k)).copy_(factors[k].categorical() ? part.argmax(1).to(torch::kFloat64)
                                                                                                          : part.squeeze(1).to(torch::kFloat64) * factors[k].deviation + factors[k].mean);
            }
        }
        return values;
    }

    /// Weights as the file holds them, so that what was measured is what is shipped.
    std::map<std::string, torch::Tensor> stored() const
    {
        std::map<std::string, torch::Tensor> tensors;
        for (const auto& entry : net->named_parameters()) tensors[entry.key()] = entry.value().detach().to(entry.value().dim() > 1 ? torch::kHalf : torch::kFloat32).contiguous();
        for (const auto& entry : net->named_buffers())
            if (entry.value().is_floating_point()) tensors[entry.key()] = entry.value().detach().contiguous();
        return tensors;
    }
    void load(const std::map<std::string, torch::Tensor>& tensors, const std::string& name)
    {
        const torch::NoGradGuard noGradient;
        std::size_t used = 0;
        const auto take = [&](const std::string& key, torch::Tensor& target) {
            const auto found = tensors.find(key);
            if (found == tensors.end()) throw Error(ErrorCode::Incompatible, "lacks the tensor '" + key + "'", name);
            if (found->second.sizes() != target.sizes()) throw Error(ErrorCode::Incompatible, "tensor '" + key + "' has another shape", name);
            target.copy_(found->second);
            ++used;
        };
        for (auto& entry : net->named_parameters()) take(entry.key(), entry.value());
        for (auto& entry : net->named_buffers())
            if (entry.value().is_floating_point()) take(entry.key(), entry.value());
        if (used != tensors.size()) throw Error(ErrorCode::Incompatible, "holds tensors that no judge has", name);
    }
};

Judge::Judge(std::unique_ptr<Private> p) : d(std::move(p)) {}
Judge::~Judge() = default;
Judge::Judge(Judge&&) noexcept = default;
Judge& Judge::operator=(Judge&&) noexcept = default;
const std::vector<JudgeFactor>& Judge::factors() const { return d->factors; }
const std::string& Judge::dataset() const { return d->dataset; }
const json& Judge::training() const { return d->training; }
const std::string& Judge::sha256() const { return d->sha256; }

Judge::Judge(const std::filesystem::path& file) : d(std::make_unique<Private>())
{
    const safetensors::File opened(file);
    const auto& metadata = opened.metadata();
    const auto format = metadata.find("format");
    if (format == metadata.end() || format->second != "kinora-judge") throw Error(ErrorCode::Incompatible, "is no judge; 'kinora train --judge builtin:faces --run DIR' trains one", file.string());
    try {
        if (parseInteger(metadata.at("version"), "version") > kVersion) throw Error(ErrorCode::Incompatible, "was written by a newer Kinora", file.string());
        d->dataset = metadata.at("dataset");
        d->training = json::parse(metadata.at("training"));
        for (const json& factor : json::parse(metadata.at("factors"))) d->factors.push_back(factorFromJson(factor));
    } catch (const Error&) {
        throw;
    } catch (const std::exception&) {
        throw Error(ErrorCode::Damaged, "the judge's header cannot be read", file.string());
    }
    if (d->factors.empty() || d->factors.size() > 1000) throw Error(ErrorCode::Damaged, "the judge's header names no factors", file.string());
    d->build();
    std::map<std::string, torch::Tensor> tensors;
    for (const auto& [name, view] : opened.tensors()) tensors[name] = toTensor(view);
    d->load(tensors, file.string());
    d->sha256 = sha256File(file);
}

torch::Tensor Judge::read(const std::vector<Frames>& clips)
{
    std::vector<torch::Tensor> stills, moving;
    for (const Frames& clip : clips) {
        const Seen one = seen(clip);
        stills.push_back(one.stills);
        moving.push_back(one.moving);
    }
    if (clips.empty()) return torch::empty({0, static_cast<int64_t>(d->factors.size())}, torch::kFloat64);
    return d->read(torch::stack(stills), torch::stack(moving));
}

std::string Judge::serialize() const
{
    const std::map<std::string, torch::Tensor> tensors = d->stored();
    std::map<std::string, safetensors::TensorSource> sources;
    for (const auto& [name, tensor] : tensors) sources[name] = toSource(tensor);
    json factors = json::array();
    for (const JudgeFactor& factor : d->factors) factors.push_back(toJson(factor));
    return safetensors::serialize(sources, {{"format", "kinora-judge"}, {"version", std::to_string(kVersion)}, {"dataset", d->dataset}, {"factors", factors.dump()},
                                            {"training", d->training.dump()}, {"kinora", KINORA_VERSION}});
}

Judge trainJudge(const ClipSource& source, const JudgeOptions& options, const MetricCall& call)
{
    const auto begin = std::chrono::steady_clock::now();
    auto d = std::make_unique<Judge::Private>();
    d->dataset = source.name();
    std::vector<std::size_t> columns;
    for (std::size_t column = 0; column < source.labelColumns().size(); ++column) {
        const LabelColumn& label = source.labelColumns()[column];
        if (label.role != "appearance" && label.role != "motion") continue;
        JudgeFactor factor;
        factor.name = label.name;
        factor.role = label.role;
        factor.categories = label.categories;
        d->factors.push_back(factor);
        columns.push_back(column);
    }
    if (columns.empty()) throw Error(ErrorCode::Usage, "has no labels that are marked as appearance or motion factors; use a built-in dataset", source.name());
    const int64_t total = options.trainingClips + options.testClips;
    if (source.size() < total)
        throw Error(ErrorCode::Usage, "has " + std::to_string(source.size()) + " clips; a judge is to learn from " + std::to_string(options.trainingClips) + " and be tested on " +
                                          std::to_string(options.testClips) + " others", source.name());

    const auto count = static_cast<int64_t>(columns.size());
    torch::Tensor stills = torch::empty({total, 2, 3, Judge::kStillSize, Judge::kStillSize}, torch::kUInt8), moving = torch::empty({total, Judge::kFrames, Judge::kMotionSize, Judge::kMotionSize}, torch::kUInt8);
    torch::Tensor labels = torch::empty({total, count}, torch::kFloat64);
    for (int64_t i = 0; i < total; ++i) {
        call.check("reading clips", i, total);
        const Seen one = seen(source.frames(i));
        stills[i].copy_(one.stills);
        moving[i].copy_(one.moving);
        const ClipInfo info = source.info(i);
        for (int64_t k = 0; k < count; ++k) {
            const float value = info.labels.at(columns[static_cast<std::size_t>(k)]);
            if (!std::isfinite(value)) throw Error(ErrorCode::Usage, "clip '" + info.name + "' has no value for '" + d->factors[static_cast<std::size_t>(k)].name + "'", source.name());
            labels[i][k] = value;
        }
    }
    const torch::Tensor known = labels.slice(0, 0, options.trainingClips), truth = labels.slice(0, options.trainingClips, total);
    for (int64_t k = 0; k < count; ++k) {
        JudgeFactor& factor = d->factors[static_cast<std::size_t>(k)];
        if (factor.categorical()) continue;
        factor.mean = known.select(1, k).mean().item<double>();
        factor.deviation = std::max(1e-6, known.select(1, k).std().item<double>());
    }

    torch::manual_seed(static_cast<uint64_t>(options.seed));
    d->build();
    constexpr double kRate = 2e-3;
    torch::optim::AdamW optimizer(d->net->parameters(), torch::optim::AdamWOptions(kRate).weight_decay(0.01));
    d->net->train();
    for (int64_t step = 0; step < options.steps; ++step) {
        call.check("training the judge", step, options.steps);
        const double cosine = 0.5 * (1 + std::cos(M_PI * static_cast<double>(step) / static_cast<double>(options.steps)));
        static_cast<torch::optim::AdamWOptions&>(optimizer.param_groups()[0].options()).lr(kRate * cosine + 1e-5);
        const torch::Tensor pick = torch::randint(options.trainingClips, {options.batch}, torch::kInt64);
        torch::Tensor seenStills = stills.index_select(0, pick).to(torch::kFloat32).div(255), seenMoving = moving.index_select(0, pick).to(torch::kFloat32).div(255);
        // generated clips are never as clean as rendered ones: some noise, and a blur now and then
        if (step % 3 == 0) {
            seenStills = torch::avg_pool2d(seenStills.flatten(0, 1), 3, 1, 1, false, false).view_as(seenStills);
            seenMoving = torch::avg_pool2d(seenMoving, 3, 1, 1, false, false);
        }
        seenStills = seenStills + 0.02 * torch::randn_like(seenStills);
        seenMoving = seenMoving + 0.01 * torch::randn_like(seenMoving);
        const auto [appearance, motion] = d->net->forward(seenStills, seenMoving);
        const torch::Tensor wanted = known.index_select(0, pick);
        torch::Tensor loss = torch::zeros({});
        for (int64_t k = 0; k < count; ++k) {
            const JudgeFactor& factor = d->factors[static_cast<std::size_t>(k)];
            const auto [first, last] = d->places[static_cast<std::size_t>(k)];
            const torch::Tensor part = (factor.role == "motion" ? motion : appearance).slice(1, first, last), column = wanted.select(1, k);
            loss = loss + (factor.categorical() ? nn::functional::cross_entropy(part, column.to(torch::kInt64))
                                                : torch::mse_loss(part.squeeze(1), ((column - factor.mean) / factor.deviation).to(torch::kFloat32)));
        }
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
    }
    call.check("training the judge", options.steps, options.steps);
    d->load(d->stored(), "judge");

    const torch::Tensor read = d->read(stills.slice(0, options.trainingClips, total), moving.slice(0, options.trainingClips, total));
    for (int64_t k = 0; k < count; ++k) {
        JudgeFactor& factor = d->factors[static_cast<std::size_t>(k)];
        const torch::Tensor answers = read.select(1, k), right = truth.select(1, k);
        if (factor.categorical()) {
            const auto classes = static_cast<int64_t>(factor.categories.size());
            const torch::Tensor shares = torch::bincount(right.to(torch::kInt64), {}, classes).to(torch::kFloat64) / static_cast<double>(options.testClips);
            const torch::Tensor answered = torch::bincount(answers.to(torch::kInt64), {}, classes).to(torch::kFloat64) / static_cast<double>(options.testClips);
            factor.score = answers.eq(right).to(torch::kFloat64).mean().item<double>();
            factor.chance = shares.max().item<double>();
            factor.spread = 1 - answered.square().sum().item<double>();
        } else {
            const double variance = right.var(false).item<double>();
            factor.score = variance > 0 ? 1 - (answers - right).square().mean().item<double>() / variance : 0;
            factor.spread = 2 * answers.var(true).item<double>();
        }
    }
    d->training = {{"options", toJson(optionValues(options))}, {"held_out_clips", options.testClips}, {"seconds", std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count()}};
    return Judge(std::move(d));
}

void measureFloor(Judge& judge, int64_t pairs, const std::function<std::array<Frames, 4>(int64_t)>& quadruple, const MetricCall& call)
{
    std::vector<torch::Tensor> readings;
    for (int64_t i = 0; i < pairs; ++i) {
        call.check("measuring the judge on exchanged halves", i, pairs);
        const std::array<Frames, 4> clips = quadruple(i);
        readings.push_back(judge.read({clips.begin(), clips.end()}));
    }
    call.check("measuring the judge on exchanged halves", pairs, pairs);
    std::vector<JudgeFactor>& factors = judge.d->factors;
    for (JudgeFactor& factor : factors) factor.floor = 0;
    const SwapConsistency found = swapConsistency(factors, torch::stack(readings), 0);
    for (std::size_t k = 0; k < factors.size(); ++k) {
        const double wrong = factors[k].role == "motion" ? found.factors[k].byAppearance : found.factors[k].byMotion;
        // a judge that always answers the same mistakes nothing and knows nothing; its skill leaves it out
        factors[k].floor = std::isfinite(wrong) ? std::min(1.0, wrong) : 0;
    }
    judge.d->training["floor_pairs"] = pairs;
}

}  // namespace kinora
