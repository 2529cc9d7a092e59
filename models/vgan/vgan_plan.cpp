#include "models/vgan/vgan_plan.h"

#include <algorithm>

#include "core/nn/loops.h"
#include "core/plan/fold.h"
#include "core/plan/rows.h"
#include "models/blocks/deconvolution_chain.h"
#include "models/blocks/scopes.h"

namespace kinora::vgan {
namespace {
using plan::Buffer;
using plan::Extent;
using plan::asRows;
using plan::paddedBias;

constexpr int64_t kClipsAtOnce = 8;  // which share one reading of the large early weights
constexpr int64_t kPixels = kSize * kSize;

class ProcessorPlan final : public GenerationPlan {
public:
    ProcessorPlan(Generator generator, bool splitCodes, PlanPrecision precision) : m_generator(std::move(generator)), m_splitCodes(splitCodes), m_precision(precision) { refresh(); }

    torch::Tensor generate(const ControlTensors& controls, int frames, uint64_t /*seed*/) override
    {
        const torch::NoGradGuard noGrad;
        refresh();
        const Source source = sourceOf(controls, m_generator->options(), m_splitCodes, frames);
        const int64_t clips = source.foreground.size(0);
        torch::Tensor made = torch::empty({clips, 3, kFrames, kSize, kSize});
        const bool conditional = m_generator->options().variant == Variant::Conditional;
        for (int64_t from = 0; from < clips; from += kClipsAtOnce) {
            const int64_t to = std::min(clips, from + kClipsAtOnce);
            const auto maps = [&](const torch::Tensor& codes) {
                const torch::Tensor some = codes.slice(0, from, to);
                return conditional ? encoded(some) : some.unsqueeze(2).unsqueeze(3);
            };
            const torch::Tensor strength = source.strength.defined() ? source.strength.slice(0, from, to).to(torch::kFloat32).contiguous() : torch::Tensor();
            const torch::Tensor foreground = maps(source.foreground);
            generateSome(foreground, source.background.is_same(source.foreground) ? foreground : maps(source.background), strength, made.mutable_data_ptr<float>() + from * 3 * kFrames * kPixels);
        }
        return made;
    }
    PlanPrecision precision() const override { return m_precision; }
    std::string description() const override
    {
        int64_t bytes = m_heads.bytes() + m_background.bytes();
        for (const plan::Layer& layer : m_layers) bytes += layer.bytes();
        return std::string("inference plan in ") + planPrecisionName(m_precision) + " on the processor, norms folded, foreground and mask in one layer, " + std::to_string(bytes / 1000000) + " MB of prepared weights";
    }

private:
    bool masked() const { return m_generator->options().variant != Variant::OneStream; }

    void refresh() { m_stamp.follow(plan::weightStamp(*m_generator), [this] { prepare(); }); }
    void prepare()
    {
        const torch::NoGradGuard noGrad;
        m_layers.clear();
        m_biases.clear();
        m_encoder.clear();
        m_background = DeconvolutionChain(m_precision);
        m_keptCodes = torch::Tensor();
        const bool conditional = m_generator->options().variant == Variant::Conditional;
        for (int i = 1; i <= 4; ++i) {
            const std::string number = std::to_string(i);
            const auto& layer = plan::part<torch::nn::ConvTranspose3dImpl>(*m_generator, "video.conv" + number);
            const plan::Folded folded = plan::foldWithNorm(layer, 1, plan::part<torch::nn::BatchNorm3dImpl>(*m_generator, "video.bn" + number));
            const int64_t stride = i == 1 ? 1 : 2, padding = i == 1 ? 0 : 1;
            m_layers.emplace_back(folded.weight, std::array<int64_t, 3>{stride, stride, stride}, std::array<int64_t, 3>{padding, padding, padding}, m_precision, i >= 3);
            m_biases.push_back(paddedBias(folded.bias));
        }
        const auto head = [this](const char* name) -> torch::nn::ConvTranspose3dImpl& { return plan::part<torch::nn::ConvTranspose3dImpl>(*m_generator, std::string("video.") + name); };
        torch::Tensor weight = head("foreground").weight.detach(), bias = head("foreground").bias.detach();
        if (masked()) {
            weight = torch::cat({weight, head("mask").weight.detach()}, 1);
            bias = torch::cat({bias, head("mask").bias.detach()});
        }
        m_heads = plan::ToPicture(weight, bias, {2, 2, 2}, {1, 1, 1}, m_precision);
        if (!masked()) return;
        const int last = conditional ? 4 : 5;
        for (int i = 1; i <= last; ++i) {
            const std::string number = std::to_string(i);
            const auto& layer = plan::part<torch::nn::ConvTranspose2dImpl>(*m_generator, "background.conv" + number);
            // one small picture a clip: where it has few pixels, reading transformed weights takes longer than the products that they spare
            if (i < last) m_background.add(layer, plan::part<torch::nn::BatchNorm2dImpl>(*m_generator, "background.bn" + number), i + 2 > last);
            else m_background.addPicture(layer);
        }
        if (!conditional) return;
        for (int i = 1; i <= 4; ++i) {
            const std::string number = std::to_string(i);
            const auto& layer = plan::part<torch::nn::Conv2dImpl>(*m_generator, "encoder.conv" + number);
            m_encoder.push_back(i == 1 ? plan::fold(layer.weight, layer.bias, 0, nullptr) : plan::foldWithNorm(layer, 0, plan::part<torch::nn::BatchNorm2dImpl>(*m_generator, "encoder.bn" + number)));
        }
    }

    /// (N, 3, 64, 64) to (N, 8 g, 4, 4). A hundredth of the arithmetic: the library's convolutions will do.
    torch::Tensor encoded(const torch::Tensor& frames) const
    {
        torch::Tensor h = frames.to(torch::kFloat32);
        for (const plan::Folded& layer : m_encoder) h = torch::conv2d(h, layer.weight, layer.bias, 2, 1).relu_();
        return h;
    }

    /// Backgrounds of the codes, (N, 3, 64, 64); those of the last call once more while their codes stay.
    const float* backgrounds(const torch::Tensor& maps)
    {
        if (!m_keptCodes.defined() || !torch::equal(m_keptCodes, maps)) {
            m_keptCodes = torch::Tensor();
            m_keptBackground = torch::empty({3, maps.size(0), kSize, kSize});
            m_background.run(maps, m_keptBackground.mutable_data_ptr<float>(), maps.size(0) * kPixels);
            m_keptCodes = maps.clone();
        }
        return m_keptBackground.const_data_ptr<float>();
    }

    void generateSome(const torch::Tensor& foreground, const torch::Tensor& behind, const torch::Tensor& strength, float* out)
    {
        const int64_t clips = foreground.size(0);
        Extent extent{clips, 1, foreground.size(2), foreground.size(3)};
        const void* x = asRows(foreground.to(torch::kFloat32).unsqueeze(2), m_precision, m_codes);
        Buffer *here = &m_first, *other = &m_second;
        for (std::size_t i = 0; i < m_layers.size(); ++i) {
            const Extent after = m_layers[i].extentAfter(extent);
            char* to = here->get<char>(after.rows() * m_layers[i].out() * plan::sizeOf(m_precision));
            m_layers[i].run(extent, x, {.bias = m_biases[i].data()}, to, m_products);
            std::swap(here, other);
            x = to;
            extent = after;
        }
        const float* background = masked() ? backgrounds(behind) : nullptr;
        const float* strengths = strength.defined() ? strength.const_data_ptr<float>() : nullptr;
        const Extent clip{1, extent.frames, extent.height, extent.width};
        const int64_t clipBytes = extent.rows() / clips * m_layers.back().out() * plan::sizeOf(m_precision);
        plan::shareOut(clips * kFrames, [&](int64_t i, int /*worker*/) {
            thread_local std::vector<float> planes;
            planes.resize(4 * kPixels);
            const int64_t n = i / kFrames, t = i % kFrames;
            m_heads.frameSums(clip, static_cast<const char*>(x) + n * clipBytes, t, nullptr, planes.data(), kPixels);
            float* frame = out + (n * 3 * kFrames + t) * kPixels;
            if (!background) {
                for (int64_t c = 0; c < 3; ++c) nn::loops::tanhRow(planes.data() + c * kPixels, kPixels, frame + c * kFrames * kPixels);
                return;
            }
            float* mask = planes.data() + 3 * kPixels;
            nn::loops::tanhRow(planes.data(), 3 * kPixels, planes.data());
            nn::loops::sigmoidRow(mask, kPixels, mask);
            if (const float share = strengths[n]; share != 1)
                for (int64_t p = 0; p < kPixels; ++p) mask[p] = std::clamp(share * mask[p], 0.0F, 1.0F);
            for (int64_t c = 0; c < 3; ++c) {
                const float *moving = planes.data() + c * kPixels, *still = background + (c * clips + n) * kPixels;
                float* to = frame + c * kFrames * kPixels;
                for (int64_t p = 0; p < kPixels; ++p) to[p] = mask[p] * moving[p] + (1 - mask[p]) * still[p];
            }
        });
    }

    Generator m_generator;
    bool m_splitCodes = false;
    PlanPrecision m_precision;
    plan::Stamp m_stamp;
    std::vector<plan::Layer> m_layers;
    std::vector<std::vector<float>> m_biases;
    plan::ToPicture m_heads;
    DeconvolutionChain m_background;
    std::vector<plan::Folded> m_encoder;
    torch::Tensor m_keptCodes, m_keptBackground;
    Buffer m_codes, m_first, m_second, m_products;
};
}  // namespace

std::unique_ptr<GenerationPlan> makeProcessorPlan(Generator generator, bool splitCodes, PlanPrecision precision)
{
    if (!plan::possibleHere(*generator, precision)) return nullptr;
    return std::make_unique<ProcessorPlan>(std::move(generator), splitCodes, precision);
}

}  // namespace kinora::vgan
