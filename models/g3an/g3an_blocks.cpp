#include "models/g3an/g3an_blocks.h"

#include "core/nn/fast_layers.h"
#include "core/nn/init.h"
#include "core/util/error.h"
#include "core/util/text.h"

namespace kinora::g3an {
namespace {

using Size3 = torch::ExpandingArray<3>;

nn::SpectralConv3d pointwise(int64_t in, int64_t out)
{
    nn::SpectralConv3d convolution(torch::nn::Conv3dOptions(in, out, 1));
    initConvolution_(*convolution);
    return convolution;
}
}  // namespace

Factorization factorizationFromName(const std::string& name)
{
    if (name == "1p2d") return Factorization::TimeThenSpace;
    if (name == "2p1d") return Factorization::SpaceThenTime;
    if (name == "3d") return Factorization::Full;
    throw Error(ErrorCode::Usage, "'" + name + "' is not allowed; expected one of 1p2d, 2p1d, 3d", "mode");
}

std::string factorizationName(Factorization factorization)
{
    switch (factorization) {
        case Factorization::TimeThenSpace: return "1p2d";
        case Factorization::SpaceThenTime: return "2p1d";
        case Factorization::Full: break;
    }
    return "3d";
}

void initConvolution_(nn::SpectralNormModule& convolution) { nn::normalInit_(convolution.weight_orig, 0.0, 0.02); }

torch::Tensor FastStreams::video() const
{
    if (!still.defined()) return moving;
    const torch::Tensor repeated = still.expand({-1, moving.size(1), -1, -1, -1});
    return torch::cat({repeated.to(moving.scalar_type()), moving}, -1);
}

Streams FastStreams::plain() const { return {nn::channelsSecond(spatial), nn::channelsSecond(video()), nn::channelsSecond(temporal)}; }

/// ConvTranspose3d (time x height x width) with spectral normalisation, batch norm, ReLU: three consecutive entries of \p stream.
G3BlockImpl::Stage G3BlockImpl::addStage(torch::nn::Sequential& stream, int64_t in, int64_t out, Size3 kernel, Size3 stride, Size3 padding)
{
    Stage stage;
    stage.convolution = nn::SpectralConvTranspose3d(torch::nn::ConvTranspose3dOptions(in, out, kernel).stride(stride).padding(padding));
    stage.norm = torch::nn::BatchNorm3d(out);
    const std::size_t direction = (*kernel)[1] > 1 ? 1 : 0;
    stage.stride = (*stride)[direction];
    stage.padding = (*padding)[direction];
    stream->push_back(stage.convolution);
    nn::normalInit_(stage.norm->weight, 1.0, 0.02);
    stream->push_back(stage.norm);
    stream->push_back(torch::nn::ReLU(torch::nn::ReLUOptions(true)));
    return stage;
}

G3BlockImpl::G3BlockImpl(const BlockShape& shape, Factorization factorization) : m_shape(shape)
{
    const Size3 spatialKernel({1, shape.spatialKernel, shape.spatialKernel}), temporalKernel({shape.temporalKernel, 1, 1});
    const Size3 spatialStride({1, shape.spatialStride, shape.spatialStride}), temporalStride({shape.temporalStride, 1, 1});
    const Size3 spatialPadding({0, shape.spatialPadding, shape.spatialPadding}), temporalPadding({shape.temporalPadding, 0, 0});

    switch (factorization) {
        case Factorization::TimeThenSpace:
            m_video.push_back(addStage(conv_v, shape.videoIn, shape.out, temporalKernel, temporalStride, temporalPadding));
            m_video.push_back(addStage(conv_v, shape.out, shape.out, spatialKernel, spatialStride, spatialPadding));
            break;
        case Factorization::SpaceThenTime:
            m_video.push_back(addStage(conv_v, shape.videoIn, shape.out, spatialKernel, spatialStride, spatialPadding));
            m_video.push_back(addStage(conv_v, shape.out, shape.out, temporalKernel, temporalStride, temporalPadding));
            break;
        case Factorization::Full:
            m_video.push_back(addStage(conv_v, shape.videoIn, shape.out, Size3({shape.temporalKernel, shape.spatialKernel, shape.spatialKernel}),
                     Size3({shape.temporalStride, shape.spatialStride, shape.spatialStride}), Size3({shape.temporalPadding, shape.spatialPadding, shape.spatialPadding})));
            break;
    }
    m_spatial = addStage(conv_s, shape.spatialIn, shape.out, spatialKernel, spatialStride, spatialPadding);
    m_temporal = addStage(conv_t, shape.temporalIn, shape.out, temporalKernel, temporalStride, temporalPadding);

    register_module("conv_v", conv_v);
    register_module("conv_s", conv_s);
    register_module("conv_t", conv_t);
}

Streams G3BlockImpl::forward(const Streams& in)
{
    const torch::Tensor hs = conv_s->forward(in.spatial);
    const torch::Tensor ht = conv_t->forward(in.temporal);
    const torch::Tensor hv = conv_v->forward(in.video) + ht;  // h_t repeats over height and width
    const torch::Tensor repeated = hs.expand({-1, -1, hv.size(2), -1, -1});
    return {hs, torch::cat({repeated, hv}, 1), ht};
}

torch::Tensor G3BlockImpl::run(Stage& stage, const torch::Tensor& still, const torch::Tensor& moving, const torch::Tensor& added)
{
    const torch::Tensor weight = stage.convolution->normalizedWeightFast();
    const int64_t in = weight.size(0), out = weight.size(1), time = weight.size(2), space = weight.size(3), constant = still.defined() ? still.size(-1) : 0;
    torch::Tensor y;
    if (space == 1) {
        y = nn::transposedInTime(still, moving, weight.view({in, out, time}), stage.stride, stage.padding);
    } else if (time == 1) {
        const torch::Tensor images = weight.view({in, out, space, space});
        y = nn::transposedInSpace(moving, images.slice(0, constant), stage.stride, stage.padding);
        if (constant > 0) y = y + nn::transposedInSpace(still, images.slice(0, 0, constant), stage.stride, stage.padding);
    } else {
        const torch::Tensor whole = nn::channelsSecond(FastStreams{{}, still, moving, {}}.video());
        y = nn::channelsLast(torch::conv_transpose3d(whole, weight, {}, {m_shape.temporalStride, m_shape.spatialStride, m_shape.spatialStride}, {m_shape.temporalPadding, m_shape.spatialPadding, m_shape.spatialPadding}));
    }
    return nn::normReluAdd(y, stage.convolution->bias, *stage.norm, added);
}

FastStreams G3BlockImpl::forward(const FastStreams& in)
{
    FastStreams out;
    out.spatial = run(m_spatial, {}, in.spatial, {});
    out.temporal = run(m_temporal, {}, in.temporal, {});
    torch::Tensor video = run(m_video.front(), in.still, in.moving, m_video.size() == 1 ? out.temporal : torch::Tensor());
    if (m_video.size() == 2) video = run(m_video.back(), {}, video, out.temporal);
    out.still = out.spatial;
    out.moving = video;
    return out;
}

SelfAttentionImpl::SelfAttentionImpl(int64_t channels, Axis axis, AttentionLayout layout)
    : q_conv(pointwise(channels, channels / 8)), k_conv(pointwise(channels, channels / 8)), v_conv(pointwise(channels, channels)), m_axis(axis), m_layout(layout)
{
    gamma = register_parameter("gamma", torch::zeros({1}));
    register_module("q_conv", q_conv);
    register_module("k_conv", k_conv);
    register_module("v_conv", v_conv);
}

torch::Tensor SelfAttentionImpl::forward(const torch::Tensor& x)
{
    const int64_t n = x.size(0), c = x.size(1), t = x.size(2), h = x.size(3), w = x.size(4);
    const bool time = m_axis == Axis::Time;
    // one matrix per (n, h, w) or per (n, t), rows are the positions attended over: (groups, positions, channels)
    const auto asRows = [&](const torch::Tensor& features) {
        const int64_t channels = features.size(1);
        return time ? features.permute({0, 3, 4, 2, 1}).reshape({n * h * w, t, channels}) : features.permute({0, 2, 3, 4, 1}).reshape({n * t, h * w, channels});
    };
    const torch::Tensor q = asRows(q_conv->forward(x));
    const torch::Tensor k = asRows(k_conv->forward(x));
    const torch::Tensor v = asRows(v_conv->forward(x));
    const torch::Tensor attention = torch::softmax(torch::bmm(q, k.transpose(1, 2)), -1);
    const torch::Tensor o = torch::bmm(attention, v).contiguous();

    torch::Tensor placed;
    if (m_layout == AttentionLayout::Official)
        // the authors read (n, h, w, t, c) and (n, t, h, w, c) both as (n, h, w, c, t): no transposition, another meaning of the same memory
        placed = o.view({n, h, w, c, t}).permute({0, 3, 4, 1, 2});
    else
        placed = time ? o.view({n, h, w, t, c}).permute({0, 4, 3, 1, 2}) : o.view({n, t, h, w, c}).permute({0, 4, 1, 2, 3});
    return gamma * placed + x;
}

FactorizedSelfAttentionImpl::FactorizedSelfAttentionImpl(int64_t channels, AttentionLayout layout)
    : tsa(channels, SelfAttentionImpl::Axis::Time, layout), ssa(channels, SelfAttentionImpl::Axis::Space, layout)
{
    register_module("tsa", tsa);
    register_module("ssa", ssa);
}

torch::Tensor FactorizedSelfAttentionImpl::forward(const torch::Tensor& x, torch::Tensor* afterTemporal)
{
    const torch::Tensor temporal = tsa->forward(x);
    if (afterTemporal) *afterTemporal = temporal;
    return ssa->forward(temporal);
}

}  // namespace kinora::g3an
