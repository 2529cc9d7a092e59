#include "models/svg/svg_plan.h"

#include <algorithm>

#include "core/nn/loops.h"
#include "core/plan/fold.h"
#include "core/plan/rows.h"
#include "models/svg/svg_system.h"

namespace kinora::svg {
namespace {
using plan::Buffer;
using plan::Extent;
using plan::Finish;

constexpr float kSlope = 0.2F;

struct Convolved {
    plan::Convolution layer;
    std::vector<float> bias;
};

/// A stage of the decoder behind the first: what the features before add, by a layer that doubles height and width; what the skip adds, with the bias; further convolutions.
struct DecoderStage {
    plan::Layer moving;
    plan::Layer stillDoubling;        // DCGAN: the skip goes through the same layer
    plan::Convolution stillKeeping;   // VGG: the skip is as large as the result
    std::vector<float> bias;
    std::vector<Convolved> further;
    std::vector<float> share;         // of the skip, (clips, pixels, out)
};

/// Nearest neighbours doubled, then a 3 x 3 convolution: one transposed convolution of kernel 4, stride 2, padding 1. \param weight (out, in, 3, 3) \returns (in, out, 1, 4, 4)
torch::Tensor afterDoubling(const torch::Tensor& weight)
{
    // every input pixel is four equal ones, so that a tap of the transposed kernel is the sum of those of the turned kernel that meet it
    const torch::Tensor turned = weight.to(torch::kFloat64).transpose(0, 1).flip({2, 3});
    torch::Tensor sums = torch::zeros({turned.size(0), turned.size(1), 4, 4}, turned.options());
    for (int64_t v = 0; v < 2; ++v)
        for (int64_t h = 0; h < 2; ++h) sums.narrow(2, v, 3).narrow(3, h, 3).add_(turned);
    return sums.unsqueeze(2).to(torch::kFloat32);
}
}  // namespace

struct PreparedCoder::Parts {
    FrameOptions options;
    PlanPrecision precision = PlanPrecision::Float32;
    std::vector<std::vector<Convolved>> encoder;  // per stage; the last one ends in h
    plan::Layer first;                            // of the decoder
    std::vector<float> firstBias;
    std::vector<DecoderStage> stages;
    plan::ToPicture picture, pictureStill;        // pictureStill with DCGAN alone: the skip's share
    std::vector<float> pictureShare;              // (clips, channels, height, width)
    torch::Tensor shareOf;                        // the largest skip for which the shares hold
    Buffer frames, codes, features[2], products;

    bool vgg() const { return options.vgg; }
    int64_t size() const { return plan::sizeOf(precision); }
    char* memory(Buffer& buffer, int64_t numbers) const { return buffer.get<char>(numbers * size()); }
    torch::ScalarType type() const { return precision == PlanPrecision::Float32 ? torch::kFloat32 : torch::kBFloat16; }

    /// Folded convolutions of a stage: those of a block or of several in a sequence.
    static void collect(torch::nn::Module& module, std::vector<plan::Folded>& found)
    {
        // a block is convolution, norm and activation; a sequence holds blocks, or layers of its own
        torch::nn::Module* pending = nullptr;
        const auto flush = [&](const torch::nn::BatchNorm2dImpl* norm) {
            if (!pending) return;
            const auto fold = [&](const auto& layer, int64_t outDim) { found.push_back(norm ? plan::foldWithNorm(layer, outDim, *norm) : plan::fold(layer.weight, layer.bias, outDim, nullptr)); };
            if (const auto* plain = pending->as<torch::nn::Conv2dImpl>()) fold(*plain, 0);
            else fold(*pending->as<torch::nn::ConvTranspose2dImpl>(), 1);
            pending = nullptr;
        };
        for (const auto& child : module.modules(false)) {
            if (child->as<torch::nn::Conv2dImpl>() || child->as<torch::nn::ConvTranspose2dImpl>()) {
                flush(nullptr);
                pending = child.get();
            } else if (const auto* norm = child->as<torch::nn::BatchNorm2dImpl>()) {
                flush(norm);
            }
        }
        flush(nullptr);
    }

    void prepareEncoder(torch::nn::Module& module)
    {
        const auto stages = module.children();
        for (std::size_t s = 0; s < stages.size(); ++s) {
            std::vector<plan::Folded> folded;
            collect(*stages[s], folded);
            const bool ends = s + 1 == stages.size();
            std::vector<Convolved> layers;
            for (const plan::Folded& layer : folded) {
                const bool halving = !vgg() && !ends;
                layers.push_back({plan::Convolution(layer.weight, halving ? 2 : 1, ends ? 0 : 1, precision), plan::paddedBias(layer.bias)});
            }
            encoder.push_back(std::move(layers));
        }
    }

    void prepareDecoder(torch::nn::Module& module)
    {
        const auto children = module.children();
        std::vector<plan::Folded> folded;
        collect(*children.front(), folded);
        first = plan::Layer(folded.front().weight.unsqueeze(2), {1, 1, 1}, {0, 0, 0}, precision, false);
        firstBias = plan::paddedBias(folded.front().bias);
        int64_t height = 4;
        for (std::size_t s = 1; s < children.size(); ++s, height *= 2) {
            folded.clear();
            collect(*children[s], folded);
            const bool ends = s + 1 == children.size(), manyPixels = height >= 16;
            const plan::Folded& joint = folded.front();
            const int64_t half = joint.weight.size(vgg() ? 1 : 0) / 2;
            const auto part = [&](int64_t from) { return joint.weight.narrow(vgg() ? 1 : 0, from, half).contiguous(); };
            if (!vgg() && ends) {
                picture = plan::ToPicture(part(0).unsqueeze(2), {}, {1, 2, 2}, {0, 1, 1}, precision);
                pictureStill = plan::ToPicture(part(half).unsqueeze(2), joint.bias, {1, 2, 2}, {0, 1, 1}, precision);
                return;
            }
            DecoderStage stage;
            stage.bias = plan::paddedBias(joint.bias);
            stage.moving = plan::Layer(vgg() ? afterDoubling(part(0)) : part(0).unsqueeze(2), {1, 2, 2}, {0, 1, 1}, precision, manyPixels);
            if (vgg()) stage.stillKeeping = plan::Convolution(part(half), 1, 1, precision);
            else stage.stillDoubling = plan::Layer(part(half).unsqueeze(2), {1, 2, 2}, {0, 1, 1}, precision, manyPixels);
            for (std::size_t i = 1; i + (ends ? 1 : 0) < folded.size(); ++i) stage.further.push_back({plan::Convolution(folded[i].weight, 1, 1, precision), plan::paddedBias(folded[i].bias)});
            if (ends) picture = plan::ToPicture(folded.back().weight.unsqueeze(2), folded.back().bias, {1, 1, 1}, {0, 1, 1}, precision);
            stages.push_back(std::move(stage));
        }
    }

    /// \param skips  null: not wanted
    torch::Tensor encode(const torch::Tensor& images, std::vector<torch::Tensor>* skips)
    {
        Extent extent{images.size(0), 1, images.size(2), images.size(3)};
        const void* x = plan::asRows(images.unsqueeze(2), precision, frames);
        std::size_t turn = 0;
        for (std::size_t s = 0; s < encoder.size(); ++s) {
            const bool ends = s + 1 == encoder.size();
            if (vgg() && s > 0) {  // the skip is taken before
                const int64_t channels = encoder[s - 1].back().layer.out();
                const Extent after{extent.clips, 1, extent.height / 2, extent.width / 2};
                char* y = memory(features[turn ^= 1U], after.rows() * channels);
                plan::halveByLargest(precision, extent, channels, x, y);
                x = y;
                extent = after;
            }
            for (std::size_t i = 0; i < encoder[s].size(); ++i) {
                const Convolved& step = encoder[s][i];
                const Extent after = step.layer.extentAfter(extent);
                if (ends) {
                    torch::Tensor sums = torch::empty({after.clips, step.layer.out()});
                    step.layer.run(extent, x, {.bias = step.bias.data(), .slope = 1, .asFloat = true}, sums.mutable_data_ptr<float>());
                    return torch::tanh(sums.slice(1, 0, options.featureDim));
                }
                void* y = nullptr;
                if (skips && i + 1 == encoder[s].size()) {
                    skips->push_back(torch::empty({after.clips, after.height, after.width, step.layer.out()}, type()));
                    y = skips->back().data_ptr();
                } else {
                    y = memory(features[turn ^= 1U], after.rows() * step.layer.out());
                }
                step.layer.run(extent, x, {.bias = step.bias.data(), .slope = kSlope}, y);
                x = y;
                extent = after;
            }
        }
        return {};
    }

    /// What the skips add to every stage.
    void share(const std::vector<torch::Tensor>& skips)
    {
        if (shareOf.defined() && shareOf.is_same(skips.front())) return;
        shareOf = torch::Tensor();
        for (std::size_t s = 0; s < stages.size(); ++s) {
            DecoderStage& stage = stages[s];
            const torch::Tensor& skip = skips[skips.size() - 1 - s];
            const Extent extent{skip.size(0), 1, skip.size(1), skip.size(2)};
            const Finish finish{.bias = stage.bias.data(), .slope = 1, .asFloat = true};
            const Extent after = vgg() ? extent : stage.stillDoubling.extentAfter(extent);
            stage.share.resize(static_cast<std::size_t>(after.rows() * stage.moving.out()));
            if (vgg()) stage.stillKeeping.run(extent, skip.data_ptr(), finish, stage.share.data());
            else stage.stillDoubling.run(extent, skip.data_ptr(), finish, stage.share.data(), products);
        }
        if (!vgg()) {
            const torch::Tensor& skip = skips.front();
            const Extent extent{skip.size(0), 1, skip.size(1), skip.size(2)};
            pictureShare.resize(static_cast<std::size_t>(pictureStill.extentAfter(extent).rows() * options.channels));
            pictureStill.sums(extent, skip.data_ptr(), pictureShare.data());
        }
        shareOf = skips.front();
    }

    torch::Tensor decode(const torch::Tensor& h, const std::vector<torch::Tensor>& skips)
    {
        share(skips);
        Extent extent{h.size(0)};
        const void* x = plan::asRows(h.view({h.size(0), h.size(1), 1, 1, 1}), precision, codes);
        std::size_t turn = 0;
        const auto target = [&](const Extent& after, int64_t channels) { return memory(features[turn ^= 1U], after.rows() * channels); };
        {
            const Extent after = first.extentAfter(extent);
            char* y = target(after, first.out());
            first.run(extent, x, {.bias = firstBias.data(), .slope = kSlope}, y, products);
            x = y;
            extent = after;
        }
        int64_t channels = first.out();
        for (const DecoderStage& stage : stages) {
            const Extent after = stage.moving.extentAfter(extent);
            std::vector<const float*> still;
            for (int64_t n = 0; n < after.clips; ++n) still.push_back(stage.share.data() + n * after.pixels() * stage.moving.out());
            char* y = target(after, stage.moving.out());
            stage.moving.run(extent, x, {.still = &still, .slope = kSlope}, y, products);
            x = y;
            extent = after;
            channels = stage.moving.out();
            for (const Convolved& step : stage.further) {
                char* to = target(extent, step.layer.out());
                step.layer.run(extent, x, {.bias = step.bias.data(), .slope = kSlope}, to);
                x = to;
                channels = step.layer.out();
            }
        }
        const Extent after = picture.extentAfter(extent);
        torch::Tensor made = torch::empty({after.clips, options.channels, after.height, after.width});
        auto* to = made.mutable_data_ptr<float>();
        const int64_t clipSize = options.channels * after.pixels(), clipBytes = extent.pixels() * channels * size();
        plan::shareOut(after.clips, [&](int64_t n, int /*worker*/) {
            float* frame = to + n * clipSize;
            picture.frameSums({1, 1, extent.height, extent.width}, static_cast<const char*>(x) + n * clipBytes, 0, vgg() ? nullptr : pictureShare.data() + n * clipSize, frame, after.pixels());
            nn::loops::sigmoidRow(frame, clipSize, frame);
        });
        return made;
    }
};

PreparedCoder::PreparedCoder(Encoder encoder, Decoder decoder, const FrameOptions& options, PlanPrecision precision) : m_parts(std::make_unique<Parts>())
{
    m_parts->options = options;
    m_parts->precision = precision;
    m_parts->prepareEncoder(*encoder);
    m_parts->prepareDecoder(*decoder);
}
PreparedCoder::~PreparedCoder() = default;

void PreparedCoder::forget() { m_parts->shareOf = torch::Tensor(); }

std::vector<Encoded> PreparedCoder::encodeGiven(const torch::Tensor& frames, int64_t skipsOf)
{
    // a few frames at once, which share one reading of the weights; the one whose skips count by itself
    constexpr int64_t kPicturesAtOnce = 8;
    const int64_t count = frames.size(0), clips = frames.size(1), together = std::max<int64_t>(1, kPicturesAtOnce / clips);
    std::vector<Encoded> encoded;
    for (int64_t t = 0; t < count;) {
        if (t == skipsOf) {
            encoded.push_back(encode(frames[t++], true));
            continue;
        }
        const int64_t end = std::min({count, t + together, skipsOf > t ? skipsOf : count});
        const torch::Tensor h = m_parts->encode(frames.slice(0, t, end).flatten(0, 1), nullptr);
        for (int64_t n = 0; t < end; ++t, ++n) encoded.push_back({h.narrow(0, n * clips, clips), {}});
    }
    return encoded;
}

Encoded PreparedCoder::encode(const torch::Tensor& frame, bool wantsSkips)
{
    Encoded encoded;
    encoded.h = m_parts->encode(frame, wantsSkips ? &encoded.skips : nullptr);
    return encoded;
}

torch::Tensor PreparedCoder::decode(const torch::Tensor& h, const std::vector<torch::Tensor>& skips) { return m_parts->decode(h, skips); }

int64_t PreparedCoder::bytes() const
{
    const Parts& parts = *m_parts;
    int64_t sum = parts.first.bytes() + parts.picture.bytes() + (parts.vgg() ? 0 : parts.pictureStill.bytes());
    for (const auto& stage : parts.encoder)
        for (const Convolved& step : stage) sum += step.layer.bytes();
    for (const DecoderStage& stage : parts.stages) {
        sum += stage.moving.bytes() + (parts.vgg() ? stage.stillKeeping.bytes() : stage.stillDoubling.bytes());
        for (const Convolved& step : stage.further) sum += step.layer.bytes();
    }
    return sum;
}

namespace {
class ProcessorPlan final : public GenerationPlan {
public:
    ProcessorPlan(SvgSystem& system, const FrameOptions& options, PlanPrecision precision) : m_system(&system), m_options(options), m_precision(precision) { refresh(); }

    torch::Tensor generate(const ControlTensors& controls, int frames, uint64_t seed) override
    {
        const torch::NoGradGuard noGrad;
        refresh();
        torch::Tensor clips = m_system->generateBy(*m_coder, controls, frames, seed);
        m_coder->forget();
        m_stamp = stamp();  // statistics of the batch at hand are put back, which counts as a change
        return clips;
    }
    PlanPrecision precision() const override { return m_precision; }
    std::string description() const override
    {
        return std::string("inference plan in ") + planPrecisionName(m_precision) + " on the processor, norms folded, the skips' share once for as long as they stay, " + std::to_string(m_coder->bytes() / 1000000) + " MB of prepared weights; the recurrent networks as they are";
    }

private:
    uint64_t stamp() const { return plan::weightStamp(*m_system->parts().encoder) * 31 + plan::weightStamp(*m_system->parts().decoder); }
    void refresh()
    {
        if (stamp() == m_stamp) return;
        m_stamp = 0;
        m_coder = std::make_unique<PreparedCoder>(m_system->parts().encoder, m_system->parts().decoder, m_options, m_precision);
        m_stamp = stamp();
    }

    SvgSystem* m_system;
    FrameOptions m_options;
    PlanPrecision m_precision;
    uint64_t m_stamp = 0;
    std::unique_ptr<PreparedCoder> m_coder;
};
}  // namespace

std::unique_ptr<GenerationPlan> makeProcessorPlan(SvgSystem& system, const FrameOptions& options, PlanPrecision precision)
{
    if (!plan::possibleHere(*system.parts().decoder, precision)) return nullptr;
    return std::make_unique<ProcessorPlan>(system, options, precision);
}

}  // namespace kinora::svg
