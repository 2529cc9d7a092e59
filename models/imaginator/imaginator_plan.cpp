#include "models/imaginator/imaginator_plan.h"

#include <algorithm>
#include <span>

#include "core/plan/fold.h"
#include "core/plan/kept_streams.h"
#include "core/plan/rows.h"
#include "models/blocks/scopes.h"
#include "models/imaginator/imaginator_system.h"

namespace kinora::imaginator {
namespace {

using plan::Buffer;
using plan::Extent;
using plan::Finish;
using plan::asRows;
using plan::padded;
using plan::paddedBias;

constexpr std::size_t kKeptPictures = 8;  // 6 MB each at the authors' width
constexpr int64_t kClipsAtOnce = 8;       // which share one reading of the large early weights
constexpr std::size_t kPicturesAtOnce = 2;  // likewise; of more, what is on its way takes more memory than it saves time
constexpr float kSlope = 0.2F;

/// One block of the decoder: a layer along time, then one in space.
struct Block {
    plan::Layer time, space;
    std::vector<float> timeBias, spaceBias;
    plan::StillShare still;         // of the encoder's map, with the bias of `time`; not of the first block
    std::vector<float> classTaps;   // (taps, classes, mid): what a class adds along time
    int64_t taps = 0, framesIn = 1;
};

/// What one picture leaves behind.
struct Picture {
    std::vector<float> appearance;                // p
    std::array<std::vector<float>, 5> still;      // per block; none for the first
};
using Pictures = plan::KeptStreams<Picture>;

class ProcessorPlan final : public GenerationPlan {
public:
    ProcessorPlan(Generator generator, PlanPrecision precision) : m_generator(std::move(generator)), m_precision(precision) { refresh(); }

    torch::Tensor generate(const ControlTensors& controls, int frames, uint64_t seed) override;
    PlanPrecision precision() const override { return m_precision; }
    std::string description() const override;

private:
    void refresh() { m_stamp.follow(plan::weightStamp(*m_generator), [this] { prepare(); }); }
    void prepare();
    void computePictures(std::span<Pictures::Entry* const> wanted);
    /// \param classes  (clips, classes, frames or 1)
    void generateSome(const std::vector<Pictures::Entry*>& pictures, const float* z, const torch::Tensor& classes, float* out);
    /// What the classes of clips add to every frame after block \p b 's layer along time, (clips, frames, mid).
    const float* classRows(std::size_t b, const torch::Tensor& classes);
    char* features(Buffer& buffer, int64_t numbers) const { return buffer.get<char>(numbers * plan::sizeOf(m_precision)); }

    Generator m_generator;
    PlanPrecision m_precision;
    plan::Stamp m_stamp;
    std::vector<plan::Folded> m_encoder;
    std::vector<Block> m_blocks;  // the last one without `space`
    plan::ToPicture m_picture;
    Pictures m_kept{kKeptPictures, kClipsAtOnce};
    Buffer m_codes, m_middle, m_first, m_second, m_products, m_share, m_map, m_rows;
};

void ProcessorPlan::prepare()
{
    const torch::NoGradGuard noGrad;
    m_encoder.clear();
    m_blocks.clear();
    m_kept.clear();
    for (int b = 1; b <= 5; ++b) {
        const std::string path = "enc.b" + std::to_string(b);
        const auto& layer = plan::part<torch::nn::Conv2dImpl>(*m_generator, path + ".0");
        m_encoder.push_back(b == 5 ? plan::fold(layer.weight, layer.bias, 0, nullptr) : plan::foldWithNorm(layer, 0, plan::part<torch::nn::BatchNorm2dImpl>(*m_generator, path + ".1")));
    }
    const int64_t classes = m_generator->options().classes;
    int64_t moving = 0;  // channels that the block before makes
    for (std::size_t b = 0; b < 5; ++b) {
        const std::string path = b < 4 ? "dec.block" + std::to_string(b + 1) : "dec.to_rgb";
        const auto convolution = [&](int at) -> torch::nn::ConvTranspose3dImpl& { return plan::part<torch::nn::ConvTranspose3dImpl>(*m_generator, path + ".conv." + std::to_string(at)); };
        const auto norm = [&](int at) -> torch::nn::BatchNorm3dImpl& { return plan::part<torch::nn::BatchNorm3dImpl>(*m_generator, path + ".conv." + std::to_string(at)); };
        const int64_t stride = b == 0 ? 1 : 2, padding = b == 0 ? 0 : 1;
        const std::array<int64_t, 3> strides{stride, 1, 1}, paddings{padding, 0, 0};
        Block block;
        const plan::Folded time = plan::foldWithNorm(convolution(0), 1, norm(1));
        block.timeBias = paddedBias(time.bias);
        block.taps = time.weight.size(2);
        if (b == 0) {
            block.time = plan::Layer(time.weight, strides, paddings, m_precision, false);
        } else {
            block.framesIn = int64_t(1) << b;
            block.time = plan::Layer(time.weight.narrow(0, 0, moving).contiguous(), strides, paddings, m_precision, b >= 2);
            block.still = plan::StillShare(time.weight.narrow(0, moving, moving).contiguous(), time.bias, strides, paddings, m_precision);
            const int64_t mid = time.weight.size(1);
            torch::Tensor taps = torch::zeros({block.taps, classes, padded(mid)});
            taps.narrow(2, 0, mid).copy_(time.weight.narrow(0, 2 * moving, classes).flatten(2).permute({2, 0, 1}));
            block.classTaps.assign(taps.const_data_ptr<float>(), taps.const_data_ptr<float>() + taps.numel());
        }
        const std::array<int64_t, 3> spaceStrides{1, stride, stride}, spacePaddings{0, padding, padding};
        if (b < 4) {
            const plan::Folded space = plan::foldWithNorm(convolution(3), 1, norm(4));
            block.space = plan::Layer(space.weight, spaceStrides, spacePaddings, m_precision, b >= 2);  // before that, reading transformed weights takes longer than the products that they spare
            block.spaceBias = paddedBias(space.bias);
            moving = space.weight.size(1);
        } else {
            m_picture = plan::ToPicture(convolution(3).weight.detach(), convolution(3).bias.detach(), spaceStrides, spacePaddings, m_precision);
        }
        m_blocks.push_back(std::move(block));
    }
}

std::string ProcessorPlan::description() const
{
    int64_t bytes = m_picture.bytes();
    for (std::size_t b = 0; b < m_blocks.size(); ++b) bytes += m_blocks[b].time.bytes() + (b < 4 ? m_blocks[b].space.bytes() : 0) + (b > 0 ? m_blocks[b].still.bytes() : 0);
    return std::string("inference plan in ") + planPrecisionName(m_precision) + " on the processor, norms folded, the picture's share once per picture, " + std::to_string(bytes / 1000000) + " MB of prepared weights";
}

void ProcessorPlan::computePictures(std::span<Pictures::Entry* const> wanted)
{
    const auto count = static_cast<int64_t>(wanted.size());
    torch::Tensor h = torch::empty({count, 3, kSize, kSize});
    for (int64_t n = 0; n < count; ++n) std::ranges::copy(wanted[static_cast<std::size_t>(n)]->code, h[n].mutable_data_ptr<float>());
    // the encoder is a hundredth of the arithmetic: the library's convolutions will do
    std::array<torch::Tensor, 4> maps;
    for (std::size_t b = 0; b < 4; ++b) {
        h = torch::conv2d(h, m_encoder[b].weight, m_encoder[b].bias, 2, 1);
        maps[b] = torch::leaky_relu_(h, kSlope);
    }
    const torch::Tensor p = torch::conv2d(h, m_encoder[4].weight, m_encoder[4].bias).flatten(1).contiguous();
    for (int64_t n = 0; n < count; ++n) wanted[static_cast<std::size_t>(n)]->appearance.assign(p[n].const_data_ptr<float>(), p[n].const_data_ptr<float>() + p.size(1));
    for (std::size_t b = 1; b < 5; ++b) {
        const plan::StillShare& still = m_blocks[b].still;
        const torch::Tensor& map = maps[4 - b];
        const Extent extent{count, 1, map.size(2), map.size(3)};
        const int64_t size = extent.pixels() * still.slices() * still.out();
        float* share = m_share.get<float>(count * size);
        still.run(extent, asRows(map.unsqueeze(2), m_precision, m_map), share, m_products);
        for (int64_t n = 0; n < count; ++n) wanted[static_cast<std::size_t>(n)]->still[b].assign(share + n * size, share + (n + 1) * size);
    }
}

const float* ProcessorPlan::classRows(std::size_t b, const torch::Tensor& classes)
{
    const Block& block = m_blocks[b];
    const int64_t clips = classes.size(0), count = classes.size(1), mid = block.time.out(), framesIn = block.framesIn, frames = 2 * framesIn;
    const torch::Tensor track = (classes.size(2) == 1 ? classes.expand({clips, count, framesIn}) : classes.view({clips, count, framesIn, classes.size(2) / framesIn}).mean(3)).contiguous();
    const float* weights = track.const_data_ptr<float>();
    float* rows = m_rows.get<float>(clips * frames * mid);
    for (int64_t n = 0; n < clips; ++n)
        for (int64_t t = 0; t < frames; ++t) {
            float* row = rows + (n * frames + t) * mid;
            std::fill_n(row, mid, 0.0F);
            for (int64_t k = (t + 1) % 2; k < block.taps; k += 2) {  // stride 2, padding 1
                const int64_t from = (t + 1 - k) / 2;
                if (t + 1 < k || from >= framesIn) continue;
                for (int64_t c = 0; c < count; ++c) {
                    const float weight = weights[(n * count + c) * framesIn + from];
                    if (weight == 0) continue;
                    const float* taps = block.classTaps.data() + (k * count + c) * mid;
                    for (int64_t i = 0; i < mid; ++i) row[i] += weight * taps[i];
                }
            }
        }
    return rows;
}

void ProcessorPlan::generateSome(const std::vector<Pictures::Entry*>& pictures, const float* z, const torch::Tensor& classes, float* out)
{
    const GeneratorOptions& options = m_generator->options();
    const auto clips = static_cast<int64_t>(pictures.size());
    const int64_t size = plan::sizeOf(m_precision), width = padded(options.codeDim + options.classes + options.appearanceDim);
    const torch::Tensor whole = classes.mean(2).contiguous();
    char* codes = features(m_codes, clips * width);
    std::vector<float> row(static_cast<std::size_t>(width), 0.0F);
    for (int64_t n = 0; n < clips; ++n) {
        auto to = std::copy_n(z + n * options.codeDim, options.codeDim, row.begin());
        to = std::copy_n(whole.const_data_ptr<float>() + n * options.classes, options.classes, to);
        std::ranges::copy(pictures[static_cast<std::size_t>(n)]->appearance, to);
        plan::store(m_precision, row.data(), width, codes + n * width * size);
    }

    /// Block \p b of the clips from \p first on.
    const auto along = [&](std::size_t b, const Extent& in, const void* x, int64_t first, const float* rows, char* y) {
        const Block& block = m_blocks[b];
        Finish finish{.bias = block.timeBias.data(), .slope = kSlope};
        std::vector<const float*> still;
        std::vector<int> sliceOf;
        if (b > 0) {
            for (int64_t n = first; n < first + in.clips; ++n) still.push_back(pictures[static_cast<std::size_t>(n)]->still[b].data());
            sliceOf = block.still.sliceOf(in.frames);
            finish.still = &still;
            finish.slices = block.still.slices();
            finish.sliceOf = &sliceOf;
            finish.row = rows;
        }
        block.time.run(in, x, finish, y, m_products);
    };
    const auto run = [&](std::size_t b, const Extent& in, const void* x, int64_t first, const float* rows, char* y) {
        const Block& block = m_blocks[b];
        const Extent middle = block.time.extentAfter(in);
        char* between = features(m_middle, middle.rows() * block.time.out());
        along(b, in, x, first, rows, between);
        block.space.run(middle, between, {.bias = block.spaceBias.data(), .slope = kSlope}, y, m_products);
    };
    const auto after = [&](std::size_t b, const Extent& in) { return b < 4 ? m_blocks[b].space.extentAfter(m_blocks[b].time.extentAfter(in)) : m_blocks[b].time.extentAfter(in); };

    // small features of all clips together, large ones clip by clip
    constexpr std::size_t kTogether = 2;
    Extent extent{clips};
    const char* x = codes;
    Buffer *here = &m_first, *other = &m_second;
    for (std::size_t b = 0; b < kTogether; ++b) {
        const Extent next = after(b, extent);
        char* y = features(*here, next.rows() * m_blocks[b].space.out());
        run(b, extent, x, 0, b > 0 ? classRows(b, classes) : nullptr, y);
        std::swap(here, other);
        x = y;
        extent = next;
    }
    const char* joint = x;
    const Extent joined{1, extent.frames, extent.height, extent.width};
    for (int64_t n = 0; n < clips; ++n) {
        Extent in = joined;
        x = joint + n * in.rows() * m_blocks[kTogether - 1].space.out() * size;
        const torch::Tensor own = classes.narrow(0, n, 1);
        Buffer *to = here, *free = &m_codes;
        for (std::size_t b = kTogether; b < 4; ++b) {
            const Extent next = after(b, in);
            char* y = features(*to, next.rows() * m_blocks[b].space.out());
            run(b, in, x, n, classRows(b, own), y);
            std::swap(to, free);
            x = y;
            in = next;
        }
        const Extent last = after(4, in);
        char* y = features(m_middle, last.rows() * m_blocks[4].time.out());
        along(4, in, x, n, classRows(4, own), y);
        const int64_t pixels = kSize * kSize;
        m_picture.run(last, y, nullptr, out + n * 3 * kFrames * pixels, kFrames * pixels);
    }
}

torch::Tensor ProcessorPlan::generate(const ControlTensors& controls, int frames, uint64_t /*seed*/)
{
    const torch::NoGradGuard noGrad;
    refresh();
    const Source source = sourceOf(controls, m_generator->options(), frames);
    const torch::Tensor images = source.image.to(torch::kFloat32).contiguous(), z = source.z.to(torch::kFloat32).contiguous();
    const torch::Tensor classes = source.classes.dim() == 2 ? source.classes.unsqueeze(2) : source.classes;
    const int64_t clips = images.size(0), pictureSize = 3 * kSize * kSize;
    torch::Tensor made = torch::empty({clips, 3, kFrames, kSize, kSize});
    for (int64_t from = 0; from < clips; from += kClipsAtOnce) {
        const int64_t some = std::min(kClipsAtOnce, clips - from);
        const auto pictures = m_kept.of(images.const_data_ptr<float>() + from * pictureSize, some, pictureSize, [this](std::span<Pictures::Entry* const> missing) {
            for (std::size_t at = 0; at < missing.size(); at += kPicturesAtOnce) computePictures(missing.subspan(at, std::min(kPicturesAtOnce, missing.size() - at)));
        });
        generateSome(pictures, z.const_data_ptr<float>() + from * z.size(1), classes.narrow(0, from, some), made.mutable_data_ptr<float>() + from * kFrames * pictureSize);
    }
    return made;
}
}  // namespace

std::unique_ptr<GenerationPlan> makeProcessorPlan(Generator generator, PlanPrecision precision)
{
    if (!plan::possibleHere(*generator, precision)) return nullptr;
    return std::make_unique<ProcessorPlan>(std::move(generator), precision);
}

}  // namespace kinora::imaginator
