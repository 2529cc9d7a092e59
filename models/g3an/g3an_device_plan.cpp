#include "models/g3an/g3an_device_plan.h"

#include <string>
#include <vector>

#include "core/nn/autocast.h"
#include "core/plan/device_pieces.h"
#include "core/plan/fold.h"
#include "models/g3an/g3an_plan.h"

namespace kinora::g3an {
namespace {
using plan::DeviceDeconvolution;
using plan::keep;
using torch::Tensor;

struct Block {
    DeviceDeconvolution spatial, temporal;
    std::vector<DeviceDeconvolution> video;  // one or two
    bool joins = false;                      // whether the spatial stream enters the first of them as what is constant in time
};

/// Query, key and value in one product, side by side. The scale gamma is part of the value.
struct Attention {
    Tensor matrix, bias;
    int64_t keys = 0;
    bool time = false;
};

class DevicePlan final : public RecordablePlan {
public:
    DevicePlan(Generator generator, PlanPrecision precision) : m_generator(std::move(generator)), m_precision(precision), m_type(precision == PlanPrecision::Float32 ? torch::kFloat32 : torch::kBFloat16)
    {
        prepare();
    }

    Tensor generate(const ControlTensors& controls, int frames, uint64_t seed) override;
    bool refresh() override { return plan::weightStamp(*m_generator) == m_stamp || prepare(); }
    PlanPrecision precision() const override { return m_precision; }
    std::string description() const override;

private:
    bool prepare();
    bool prepareAttention(Attention& attention, const std::string& name);
    Tensor compute(const Tensor& za, const Tensor& zm) const;
    void attend(const Attention& attention, Tensor& x) const;

    Generator m_generator;
    PlanPrecision m_precision;
    torch::ScalarType m_type;
    uint64_t m_stamp = 0;
    std::vector<Block> m_blocks;
    std::vector<Attention> m_attentions;
    Tensor m_pictureStill, m_pictureMoving, m_pictureBias;  // of to_rgb
};

bool DevicePlan::prepare()
{
    const torch::NoGradGuard noGrad;
    const uint64_t stamp = plan::weightStamp(*m_generator);
    const GeneratorOptions& options = m_generator->options();
    const std::size_t count = options.imageSize == 128 ? 6 : 5;
    m_blocks.resize(count);
    bool stays = true;
    for (std::size_t b = 0; b < count; ++b) {
        const std::string path = "block" + std::to_string(b + 1);
        Block& block = m_blocks[b];
        const auto prepared = [&](DeviceDeconvolution& layer, const std::string& name, int64_t still) {
            const Stage stage = foldedStage(*m_generator, path + name, b);
            stays = layer.prepare(stage.weight, stage.bias, stage.stride, stage.padding, still, m_type) && stays;
        };
        prepared(block.spatial, ".conv_s.0", 0);
        prepared(block.temporal, ".conv_t.0", 0);
        // the first inputs of the video stream are z_a, later the spatial stream: constant in time, unless attention has mixed it
        block.joins = !(options.useAttention && b == kAttentionBlock);
        const int64_t still = b == 0 ? options.appearanceDim : block.joins ? m_blocks[b - 1].spatial.out() : 0;
        block.video.resize(options.mode == Factorization::Full ? 1 : 2);
        prepared(block.video.front(), ".conv_v.0", still);
        if (block.video.size() == 2) prepared(block.video.back(), ".conv_v.3", 0);
    }
    if (options.useAttention) {
        m_attentions.resize(2);
        m_attentions.front().time = true;
        stays = prepareAttention(m_attentions.front(), "tsa") && stays;
        stays = prepareAttention(m_attentions.back(), "ssa") && stays;
    }
    const auto& toRgb = plan::part<torch::nn::Conv3dImpl>(*m_generator, "to_rgb.0");
    Tensor weight = toRgb.weight.detach().select(2, 0), bias = toRgb.bias.detach();
    if (m_type == torch::kBFloat16) {
        // kernels for bfloat16 take output channels in eights: five that are not used
        weight = torch::constant_pad_nd(weight, {0, 0, 0, 0, 0, 0, 0, 5});
        bias = torch::constant_pad_nd(bias, {0, 5});
    }
    const int64_t half = weight.size(1) / 2;
    const auto images = [&](int64_t from) { return weight.narrow(1, from, half).to(m_type).contiguous(at::MemoryFormat::ChannelsLast); };
    stays = keep(m_pictureStill, images(0)) && stays;
    stays = keep(m_pictureMoving, images(half)) && stays;
    stays = keep(m_pictureBias, bias.to(m_type)) && stays;
    m_stamp = stamp;
    return stays;
}

bool DevicePlan::prepareAttention(Attention& attention, const std::string& name)
{
    std::vector<Tensor> columns, biases;
    for (const std::string part : {"q_conv", "k_conv", "v_conv"}) {
        const plan::Folded folded = plan::fold(plan::part<nn::SpectralNormModule>(*m_generator, "fsa." + name + "." + part), 0, nullptr);
        columns.push_back(folded.weight.flatten(1).t());
        biases.push_back(folded.bias);
    }
    attention.keys = biases.front().numel();
    const Tensor gamma = plan::part<SelfAttentionImpl>(*m_generator, "fsa." + name).gamma.detach();
    columns.back() = columns.back() * gamma;
    biases.back() = biases.back() * gamma;
    const bool stays = keep(attention.matrix, torch::cat(columns, 1).to(m_type));
    return keep(attention.bias, torch::cat(biases).to(m_type)) && stays;
}

std::string DevicePlan::description() const
{
    int64_t bytes = 0;
    const auto add = [&](const Tensor& tensor) { bytes += static_cast<int64_t>(tensor.nbytes()); };
    for (const Block& block : m_blocks) {
        bytes += block.spatial.bytes() + block.temporal.bytes();
        for (const DeviceDeconvolution& layer : block.video) bytes += layer.bytes();
    }
    for (const Attention& attention : m_attentions) add(attention.matrix);
    for (const Tensor* tensor : {&m_pictureStill, &m_pictureMoving}) add(*tensor);
    return std::string("inference plan in ") + planPrecisionName(m_precision) + " on " + m_pictureBias.device().str() + ", norms folded, channels last, the spatial stream once per clip, " + std::to_string(bytes / 1000000) +
           " MB of prepared weights";
}

void DevicePlan::attend(const Attention& attention, Tensor& x) const
{
    const int64_t n = x.size(0), t = x.size(1), p = x.size(2) * x.size(3), c = x.size(4);
    Tensor qkv = at::addmm(attention.bias, x.view({-1, c}), attention.matrix).view({n, t, p, -1});
    if (attention.time) qkv = qkv.transpose(1, 2);
    // one group per pixel or per frame; scores are not scaled
    const Tensor o = at::scaled_dot_product_attention(qkv.narrow(3, 0, attention.keys), qkv.narrow(3, attention.keys, attention.keys), qkv.narrow(3, 2 * attention.keys, c), {}, 0.0, false, 1.0);
    Tensor features = x.view({n, t, p, c});
    // the authors read both results as (n, h, w, c, t); see SelfAttentionImpl::forward
    if (m_generator->options().attentionLayout == AttentionLayout::Official) features.add_(o.contiguous().view({n, p, c, t}).permute({0, 3, 1, 2}));
    else features.add_(attention.time ? o.transpose(1, 2) : o);
}

Tensor DevicePlan::compute(const Tensor& za, const Tensor& zm) const
{
    const int64_t n = za.size(0), steps = zm.size(2);
    Tensor still = za.to(m_type).reshape({n, 1, 1, 1, za.size(1)}), moving = zm.to(m_type).transpose(1, 2).reshape({n, steps, 1, 1, zm.size(1)});
    Tensor spatial = still, temporal = moving;
    for (std::size_t b = 0; b < m_blocks.size(); ++b) {
        const Block& block = m_blocks[b];
        spatial = block.spatial.run({}, spatial);
        temporal = block.temporal.run({}, temporal);
        const bool attended = !m_attentions.empty() && b + 1 == kAttentionBlock;
        const int64_t half = block.spatial.out();
        Tensor joined, into;
        if (attended) {
            joined = torch::empty({n, temporal.size(1), spatial.size(2), spatial.size(3), 2 * half}, spatial.options());
            joined.narrow(4, 0, half).copy_(spatial);
            into = joined.narrow(4, half, half);
        }
        const Tensor constant = block.joins ? still : Tensor();
        if (block.video.size() == 1) moving = block.video.front().run(constant, moving, temporal, into);
        else moving = block.video.back().run({}, block.video.front().run(constant, moving), temporal, into);
        still = spatial;
        if (!attended) continue;
        for (const Attention& attention : m_attentions) attend(attention, joined);
        moving = joined;
    }
    const int64_t frames = moving.size(1), height = moving.size(2), width = moving.size(3);
    const auto picture = [&](const Tensor& x, const Tensor& weight, const Tensor& bias) {
        const Tensor images = x.reshape({-1, height, width, x.size(4)}).permute({0, 3, 1, 2});
        return at::conv2d(images, weight, bias, 1, 1).permute({0, 2, 3, 1}).narrow(3, 0, 3).unflatten(0, {n, x.size(1)});
    };
    // (N, 3, T, H, W), written in the order of the features
    Tensor clips = torch::empty({n, 3, frames, height, width}, moving.options().dtype(torch::kFloat32)), ordered = clips.permute({0, 2, 3, 4, 1});
    at::add_out(ordered, picture(moving, m_pictureMoving, {}), picture(still, m_pictureStill, m_pictureBias).to(torch::kFloat32));
    return clips.tanh_();
}

Tensor DevicePlan::generate(const ControlTensors& controls, int frames, uint64_t /*seed*/)
{
    const torch::NoGradGuard noGrad;
    const auto [za, zm] = checkedCodes(controls, m_generator->options(), frames);
    refresh();
    const nn::NoAutocast plain(m_pictureBias.device().type());
    return compute(za, zm);
}
}  // namespace

std::unique_ptr<RecordablePlan> makeDevicePlan(Generator generator, PlanPrecision precision)
{
    if (generator->parameters().front().device().is_mps()) return nullptr;
    return std::make_unique<DevicePlan>(std::move(generator), precision);
}

}  // namespace kinora::g3an
