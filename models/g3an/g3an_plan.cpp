#include "models/g3an/g3an_plan.h"

#include <algorithm>
#include <cstring>
#include <sstream>

#include "core/plan/fold.h"
#include "core/plan/kept_streams.h"
#include "core/plan/rows.h"
#include "core/util/error.h"

namespace kinora::g3an {
namespace {
using plan::Buffer;
using plan::Extent;
using plan::Finish;
using plan::Layer;
using plan::padded;
using plan::paddedBias;
using plan::StillShare;

constexpr std::size_t kKeptAppearances = 32;  // 0.8 MB each at the authors' width
constexpr int64_t kClipsAtOnce = 8;           // whose small early features share one reading of the large early weights

/// A layer with its bias.
struct Step {
    Layer layer;
    std::vector<float> bias;
    Step() = default;
    Step(const Stage& stage, PlanPrecision precision, bool manyPixels) : layer(stage.weight, stage.stride, stage.padding, precision, manyPixels), bias(paddedBias(stage.bias)) {}
};

struct Block {
    Step spatial, temporal;
    std::vector<Step> video;  // one or two
    bool joins = false;       // whether the spatial stream enters as a still share
    StillShare still;
    int64_t out = 0;
};

/// Query, key and value in one product, side by side, each filled up to a multiple of 16.
struct Attention {
    plan::Pointwise product;
    std::vector<float> bias;
    float gamma = 0;
    int64_t keySize = 0;
    std::array<int64_t, 3> readOut{};
    bool time = false;
};

/// What one appearance leaves behind.
struct Appearance {
    std::vector<std::vector<float>> still;  // per block; empty for those that take none
    std::vector<float> picture;             // (3, height, width): bias and share of the last layer
    std::vector<char> spatial;              // h_s before attention, of the plan's type
};
using Appearances = plan::KeptStreams<Appearance>;

class ProcessorPlan final : public GenerationPlan {
public:
    ProcessorPlan(Generator generator, PlanPrecision precision) : m_generator(std::move(generator)), m_precision(precision) { refresh(); }

    torch::Tensor generate(const ControlTensors& controls, int frames, uint64_t seed) override;
    PlanPrecision precision() const override { return m_precision; }
    std::string description() const override;

private:
    void refresh() { m_stamp.follow(plan::weightStamp(*m_generator), [this] { prepare(); }); }
    void prepare();
    void computeAppearances(const std::vector<Appearances::Entry*>& wanted);
    void generateSome(const std::vector<Appearances::Entry*>& shown, const float* zm, int64_t steps, float* out);
    void attend(const Attention& attention, int64_t frames, int64_t pixels, int64_t channels, void* x);
    int64_t bytesOf(int64_t numbers) const { return numbers * plan::sizeOf(m_precision); }
    char* features(Buffer& buffer, int64_t numbers) { return buffer.get<char>(bytesOf(numbers)); }

    /// Features and products on their way through the video stream; one for each thread.
    struct Work {
        std::array<Buffer, 2> features;
        std::size_t turn = 0;
        Buffer products;
    };

    Generator m_generator;
    PlanPrecision m_precision;
    plan::Stamp m_stamp;
    std::vector<Block> m_blocks;
    std::vector<Attention> m_attentions;
    plan::ToPicture m_pictureMoving, m_pictureStill;
    Appearances m_kept{kKeptAppearances, kClipsAtOnce};

    std::vector<Work> m_work;
    Buffer m_products, m_codes, m_spatialA, m_spatialB, m_floats, m_times, m_joint, m_joined, m_qkv, m_readOut;
};

void ProcessorPlan::prepare()
{
    const torch::NoGradGuard noGrad;
    const GeneratorOptions& options = m_generator->options();
    m_blocks.clear();
    m_attentions.clear();
    m_kept.clear();
    const std::size_t count = options.imageSize == 128 ? 6 : 5;
    const auto stage = [&](const std::string& path, std::size_t block) {
        Stage found = foldedStage(*m_generator, path, block);
        found.weight = found.weight.cpu();
        found.bias = found.bias.cpu();
        return found;
    };
    for (std::size_t b = 0; b < count; ++b) {
        const std::string path = "block" + std::to_string(b + 1);
        Block block;
        const Stage spatial = stage(path + ".conv_s.0", b);
        block.spatial = Step(spatial, m_precision, b >= 3);  // where there are many pixels even of one clip
        block.temporal = Step(stage(path + ".conv_t.0", b), m_precision, false);
        block.out = spatial.weight.size(1);
        Stage first = stage(path + ".conv_v.0", b);
        // the first half of the channels is the spatial stream: constant in time, unless attention has mixed it
        block.joins = b > 0 && !(options.useAttention && b == kAttentionBlock);
        if (block.joins) {
            const int64_t half = first.weight.size(0) / 2;
            block.still = StillShare(first.weight.narrow(0, 0, half), first.bias, first.stride, first.padding, m_precision);
            first.weight = first.weight.narrow(0, half, half).contiguous();
        }
        block.video.emplace_back(first, m_precision, b > 0);
        if (options.mode != Factorization::Full) block.video.emplace_back(stage(path + ".conv_v.3", b), m_precision, b > 0);
        m_blocks.push_back(std::move(block));
    }
    if (options.useAttention)
        for (const std::string name : {"tsa", "ssa"}) {
            const int64_t channels = 4 * options.baseChannels, keys = channels / 8;
            Attention attention;
            attention.keySize = padded(keys);
            attention.time = name == "tsa";
            torch::Tensor matrix = torch::zeros({padded(channels), 2 * attention.keySize + padded(channels)});
            torch::Tensor bias = torch::zeros({matrix.size(1)});
            int64_t from = 0;
            for (const std::string part : {"q_conv", "k_conv", "v_conv"}) {
                const plan::Folded folded = plan::fold(plan::part<nn::SpectralNormModule>(*m_generator, "fsa." + name + "." + part), 0, nullptr);
                const int64_t size = folded.bias.numel();
                matrix.narrow(0, 0, channels).narrow(1, from, size).copy_(folded.weight.flatten(1).t());
                bias.narrow(0, from, size).copy_(folded.bias);
                from += padded(size);
            }
            attention.product = plan::Pointwise(matrix, m_precision);
            attention.bias = paddedBias(bias);
            attention.gamma = plan::part<SelfAttentionImpl>(*m_generator, "fsa." + name).gamma.item<float>();
            m_attentions.push_back(std::move(attention));
        }
    const auto& toRgb = plan::part<torch::nn::Conv3dImpl>(*m_generator, "to_rgb.0");
    // a convolution without stride is the transposed one of the turned kernel
    const torch::Tensor weight = toRgb.weight.detach().cpu().transpose(0, 1).flip({2, 3, 4}), bias = toRgb.bias.detach().cpu();
    const int64_t half = weight.size(0) / 2;
    const auto picture = [&](int64_t from, const torch::Tensor& withBias) { return plan::ToPicture(weight.narrow(0, from, half), withBias, {1, 1, 1}, {0, 1, 1}, m_precision); };
    m_pictureStill = picture(0, bias);
    m_pictureMoving = picture(half, {});
}

std::string ProcessorPlan::description() const
{
    int64_t bytes = m_pictureStill.bytes() + m_pictureMoving.bytes();
    for (const Block& block : m_blocks) {
        bytes += block.spatial.layer.bytes() + block.temporal.layer.bytes() + (block.joins ? block.still.bytes() : 0);
        for (const Step& step : block.video) bytes += step.layer.bytes();
    }
    return std::string("inference plan in ") + planPrecisionName(m_precision) + " on the processor, norms folded, the spatial stream once per appearance, " + std::to_string(bytes / 1000000) + " MB of prepared weights";
}

void ProcessorPlan::computeAppearances(const std::vector<Appearances::Entry*>& wanted)
{
    const auto clips = static_cast<int64_t>(wanted.size());
    const int64_t codeSize = m_generator->options().appearanceDim, codeWidth = padded(codeSize);
    Extent extent{clips};
    std::vector<float> row(static_cast<std::size_t>(codeWidth), 0.0F);
    char* current = features(m_spatialA, clips * codeWidth);
    for (int64_t n = 0; n < clips; ++n) {
        std::ranges::copy(wanted[static_cast<std::size_t>(n)]->code, row.begin());
        plan::store(m_precision, row.data(), codeWidth, current + bytesOf(n * codeWidth));
    }
    Buffer *here = &m_spatialA, *other = &m_spatialB;
    for (std::size_t b = 0; b < m_blocks.size(); ++b) {
        const Block& block = m_blocks[b];
        if (block.joins) {  // takes the spatial stream of the block before
            const Extent after = block.still.extentAfter(extent);
            const int64_t size = after.pixels() * block.still.slices() * block.still.out();
            float* share = m_floats.get<float>(clips * size);
            block.still.run(extent, current, share, m_products);
            for (int64_t n = 0; n < clips; ++n) {
                auto& kept = wanted[static_cast<std::size_t>(n)]->still;
                kept.resize(m_blocks.size());
                kept[b].assign(share + n * size, share + (n + 1) * size);
            }
        }
        const Extent after = block.spatial.layer.extentAfter(extent);
        char* next = features(*other, after.rows() * padded(block.out));
        block.spatial.layer.run(extent, current, {.bias = block.spatial.bias.data()}, next, m_products);
        std::swap(here, other);
        current = next;
        extent = after;
        if (!m_attentions.empty() && b + 1 == kAttentionBlock)
            for (int64_t n = 0; n < clips; ++n) {
                const int64_t size = bytesOf(extent.pixels() * padded(block.out));
                wanted[static_cast<std::size_t>(n)]->spatial.assign(current + n * size, current + (n + 1) * size);
            }
    }
    const int64_t pixels = extent.pixels();
    float* sums = m_floats.get<float>(clips * 3 * pixels);
    m_pictureStill.sums(extent, current, sums);
    for (int64_t n = 0; n < clips; ++n) {
        auto& picture = wanted[static_cast<std::size_t>(n)]->picture;
        picture.assign(sums + n * 3 * pixels, sums + (n + 1) * 3 * pixels);
    }
}

void ProcessorPlan::attend(const Attention& attention, int64_t frames, int64_t pixels, int64_t channels, void* x)
{
    const int64_t width = attention.product.out();
    char* qkv = features(m_qkv, frames * pixels * width);
    attention.product.run({1, frames, 1, pixels}, x, {.bias = attention.bias.data(), .slope = 1}, qkv);
    char* out = features(m_readOut, frames * pixels * channels);
    plan::AttentionRows rows;
    rows.groups = attention.time ? pixels : frames;
    rows.positions = attention.time ? frames : pixels;
    rows.groupStride = attention.time ? width : pixels * width;
    rows.positionStride = attention.time ? pixels * width : width;
    rows.keySize = attention.keySize;
    rows.valueSize = channels;
    plan::attend(rows, m_precision, qkv, qkv + bytesOf(attention.keySize), qkv + bytesOf(2 * attention.keySize), out);
    // the authors read both results as (pixel, channel, frame); see SelfAttentionImpl::forward
    std::array<int64_t, 3> strides{channels * frames, 1, frames};
    if (m_generator->options().attentionLayout == AttentionLayout::Aligned) strides = attention.time ? std::array<int64_t, 3>{frames * channels, channels, 1} : std::array<int64_t, 3>{channels, pixels * channels, 1};
    plan::addReadOut(m_precision, frames, pixels, channels, out, strides, attention.gamma, x);
}

void ProcessorPlan::generateSome(const std::vector<Appearances::Entry*>& shown, const float* zm, int64_t steps, float* out)
{
    const GeneratorOptions& options = m_generator->options();
    const auto clips = static_cast<int64_t>(shown.size());

    // the temporal stream of all blocks; every block's result is needed twice
    const int64_t motionWidth = padded(options.motionDim), videoWidth = padded(options.appearanceDim + options.motionDim);
    char* codes = features(m_codes, clips * steps * (motionWidth + videoWidth));
    char* videoCodes = codes + bytesOf(clips * steps * motionWidth);
    std::vector<float> row(static_cast<std::size_t>(std::max(motionWidth, videoWidth)), 0.0F);
    for (int64_t n = 0; n < clips; ++n)
        for (int64_t t = 0; t < steps; ++t) {
            std::ranges::fill(row, 0.0F);
            for (int64_t c = 0; c < options.motionDim; ++c) row[static_cast<std::size_t>(c)] = zm[(n * options.motionDim + c) * steps + t];
            plan::store(m_precision, row.data(), motionWidth, codes + bytesOf((n * steps + t) * motionWidth));
            std::ranges::copy(shown[static_cast<std::size_t>(n)]->code, row.begin());  // appearance channels first
            for (int64_t c = 0; c < options.motionDim; ++c) row[static_cast<std::size_t>(options.appearanceDim + c)] = zm[(n * options.motionDim + c) * steps + t];
            plan::store(m_precision, row.data(), videoWidth, videoCodes + bytesOf((n * steps + t) * videoWidth));
        }
    std::vector<int64_t> framesAfter, timesAt;
    int64_t total = 0;
    Extent moving{clips, steps};
    for (const Block& block : m_blocks) {
        moving = block.temporal.layer.extentAfter(moving);
        framesAfter.push_back(moving.frames);
        timesAt.push_back(total);
        total += moving.rows() * padded(block.out);
    }
    char* times = features(m_times, total);
    moving = {clips, steps};
    const char* before = codes;
    for (std::size_t b = 0; b < m_blocks.size(); ++b) {
        char* to = times + bytesOf(timesAt[b]);
        m_blocks[b].temporal.layer.run(moving, before, {.bias = m_blocks[b].temporal.bias.data()}, to, m_products);
        moving = m_blocks[b].temporal.layer.extentAfter(moving);
        before = to;
    }

    // the video stream: small features of all clips together, large ones frame by frame, so that they stay in a core's cache
    constexpr std::size_t kTogether = 3;
    /// Block \p b of \p extent.frames frames from \p firstFrame on; the last step writes to \p last if given.
    const auto runBlock = [&](std::size_t b, int64_t firstClip, int64_t firstFrame, Extent& extent, const char* x, Work& work, Buffer* last = nullptr) {
        const Block& block = m_blocks[b];
        std::vector<const float*> still;
        std::vector<int> sliceOf;
        for (std::size_t s = 0; s < block.video.size(); ++s) {
            const Step& step = block.video[s];
            Finish finish{.bias = step.bias.data()};
            if (s == 0 && block.joins) {
                for (int64_t n = 0; n < extent.clips; ++n) still.push_back(shown[static_cast<std::size_t>(firstClip + n)]->still[b].data());
                sliceOf = block.still.sliceOf(extent.frames);
                finish.still = &still;
                finish.slices = block.still.slices();
                finish.sliceOf = &sliceOf;
            }
            if (s + 1 == block.video.size()) finish.add = times + bytesOf(timesAt[b] + (firstClip * framesAfter[b] + firstFrame) * padded(block.out));
            const Extent after = step.layer.extentAfter(extent);
            Buffer& target = last && s + 1 == block.video.size() ? *last : work.features[work.turn];
            work.turn ^= 1U;
            char* to = features(target, after.rows() * padded(block.out));
            step.layer.run(extent, x, finish, to, work.products);
            x = to;
            extent = after;
        }
        return x;
    };
    m_work.resize(std::max(m_work.size(), static_cast<std::size_t>(at::get_num_threads())));
    Extent whole{clips, steps};
    const char* x = videoCodes;
    for (std::size_t b = 0; b < kTogether; ++b) x = runBlock(b, 0, 0, whole, x, m_work.front(), b + 1 == kTogether ? &m_joint : nullptr);
    const int64_t frames = whole.frames;

    // what remains keeps the number of frames and does not look from one into another
    const auto finishFrames = [&](std::size_t fromBlock, int64_t clip, int64_t firstFrame, Extent extent, const char* from, Work& work) {
        for (std::size_t b = fromBlock; b < m_blocks.size(); ++b) from = runBlock(b, clip, firstFrame, extent, from, work);
        const int64_t plane = frames * extent.pixels();
        m_pictureMoving.run(extent, from, shown[static_cast<std::size_t>(clip)]->picture.data(), out + clip * 3 * plane + firstFrame * extent.pixels(), plane);
    };
    const auto finishClips = [&](std::size_t fromBlock, int64_t firstClip, const Extent& extent, const char* from, int64_t channels) {
        const int64_t items = extent.clips * frames, size = bytesOf(extent.pixels() * channels);
        if (items >= at::get_num_threads()) {
            plan::shareOut(items, [&](int64_t i, int worker) { finishFrames(fromBlock, firstClip + i / frames, i % frames, {1, 1, extent.height, extent.width}, from + i * size, m_work[static_cast<std::size_t>(worker)]); });
        } else {  // more threads than frames: they share every layer
            for (int64_t n = 0; n < extent.clips; ++n) finishFrames(fromBlock, firstClip + n, 0, {1, frames, extent.height, extent.width}, from + n * frames * size, m_work.front());
        }
    };
    if (m_attentions.empty()) return finishClips(kTogether, 0, whole, x, padded(m_blocks[kTogether - 1].out));
    const int64_t jointSize = bytesOf(whole.rows() / clips * padded(m_blocks[kTogether - 1].out));
    for (int64_t n = 0; n < clips; ++n) {
        Extent extent = whole;
        extent.clips = 1;
        x = m_joint.get<char>(0) + n * jointSize;
        for (std::size_t b = kTogether; b < kAttentionBlock; ++b) x = runBlock(b, n, 0, extent, x, m_work.front());
        const int64_t half = m_blocks[kAttentionBlock - 1].out;
        char* joined = features(m_joined, extent.rows() * padded(2 * half));
        plan::joinStill(m_precision, extent.frames, extent.pixels(), shown[static_cast<std::size_t>(n)]->spatial.data(), half, x, half, joined);
        for (const Attention& attention : m_attentions) attend(attention, extent.frames, extent.pixels(), 2 * half, joined);
        finishClips(kAttentionBlock, n, extent, joined, padded(2 * half));
    }
}

torch::Tensor ProcessorPlan::generate(const ControlTensors& controls, int frames, uint64_t /*seed*/)
{
    const torch::NoGradGuard noGrad;
    refresh();
    const GeneratorOptions& options = m_generator->options();
    const auto [zaGiven, zmGiven] = checkedCodes(controls, options, frames);
    const torch::Tensor za = zaGiven.to(torch::kCPU, torch::kFloat32).contiguous(), zm = zmGiven.to(torch::kCPU, torch::kFloat32).contiguous();
    const int64_t clips = za.size(0), steps = zm.size(2), size = options.imageSize;
    torch::Tensor out = torch::empty({clips, 3, frames, size, size});
    for (int64_t from = 0; from < clips; from += kClipsAtOnce) {
        const int64_t some = std::min(kClipsAtOnce, clips - from);
        const auto shown = m_kept.of(za.const_data_ptr<float>() + from * options.appearanceDim, some, options.appearanceDim, [this](const std::vector<Appearances::Entry*>& missing) { computeAppearances(missing); });
        generateSome(shown, zm.const_data_ptr<float>() + from * options.motionDim * steps, steps, out.mutable_data_ptr<float>() + from * 3 * frames * size * size);
    }
    return out;
}
}  // namespace

std::pair<torch::Tensor, torch::Tensor> checkedCodes(const ControlTensors& controls, const GeneratorOptions& options, int frames)
{
    const auto one = [&](const char* id, int64_t dimensions, int64_t channels) {
        const auto found = controls.find(id);
        if (found == controls.end()) throw Error(ErrorCode::ShapeMismatch, "no value given", id);
        const torch::Tensor& code = found->second;
        if (code.dim() != dimensions || code.size(1) != channels) {
            std::ostringstream text;
            text << "found shape " << code.sizes() << ", expected (clips, " << channels << (dimensions == 3 ? ", steps)" : ")");
            throw Error(ErrorCode::ShapeMismatch, text.str(), id);
        }
        return code;
    };
    const torch::Tensor za = one("za", 2, options.appearanceDim), zm = one("zm", 3, options.motionDim);
    if (za.size(0) != zm.size(0)) throw Error(ErrorCode::ShapeMismatch, "found " + std::to_string(zm.size(0)) + " motion codes for " + std::to_string(za.size(0)) + " appearance codes", "zm");
    if (za.size(0) < 1) throw Error(ErrorCode::ShapeMismatch, "found no codes, expected those of one clip or more", "za");
    if (zm.size(2) < 1 || framesFor(zm.size(2)) != frames)
        throw Error(ErrorCode::ShapeMismatch, std::to_string(zm.size(2)) + " motion steps do not make " + std::to_string(frames) + " frames (12 + 4 per step)", "zm");
    return {za, zm};
}

Stage foldedStage(GeneratorImpl& generator, const std::string& path, std::size_t block)
{
    Stage found;
    const auto split = path.rfind('.');
    const std::string norm = path.substr(0, split + 1) + std::to_string(std::stoi(path.substr(split + 1)) + 1);
    const plan::Folded folded = plan::fold(plan::part<nn::SpectralNormModule>(generator, path), 1, &plan::part<torch::nn::BatchNorm3dImpl>(generator, norm));
    found.weight = folded.weight;
    found.bias = folded.bias;
    // the geometry of a block (see GeneratorImpl): kernel 4 enlarges, kernel 1 keeps, the first block starts from one point
    for (std::size_t d = 0; d < 3; ++d)
        if (block > 0 && found.weight.size(static_cast<int64_t>(d) + 2) == 4) {
            found.stride[d] = 2;
            found.padding[d] = 1;
        }
    return found;
}

std::unique_ptr<GenerationPlan> makeProcessorPlan(Generator generator, PlanPrecision precision)
{
    if (!plan::possibleHere(*generator, precision)) return nullptr;
    return std::make_unique<ProcessorPlan>(std::move(generator), precision);
}

}  // namespace kinora::g3an
