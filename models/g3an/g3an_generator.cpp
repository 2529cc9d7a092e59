#include "models/g3an/g3an_generator.h"

#include <sstream>

#include "core/nn/fast_layers.h"
#include "core/nn/init.h"
#include "core/util/error.h"

namespace kinora::g3an {
namespace {

constexpr std::size_t kAttentionBlock = 4;  // attention follows this block, counted from 1

void checkCode(const torch::Tensor& code, const char* name, int64_t channels, bool oneStep)
{
    const bool fits = code.dim() == 5 && code.size(1) == channels && code.size(2) >= 1 && (!oneStep || code.size(2) == 1) && code.size(3) == 1 && code.size(4) == 1;
    if (fits) return;
    std::ostringstream text;
    text << "found shape " << code.sizes() << ", expected (N, " << channels << (oneStep ? ", 1, 1, 1)" : ", steps, 1, 1)");
    throw Error(ErrorCode::ShapeMismatch, text.str(), name);
}
}  // namespace

GeneratorImpl::GeneratorImpl(const GeneratorOptions& options) : m_options(options)
{
    if (options.imageSize != 64 && options.imageSize != 128)
        throw Error(ErrorCode::Usage, "found " + std::to_string(options.imageSize) + ", expected 64 or 128", "image_size");
    if (options.imageSize == 128 && options.baseChannels % 2 != 0) throw Error(ErrorCode::Usage, "must be even for 128 px", "base_channels");
    if (options.useAttention && options.baseChannels < 2) throw Error(ErrorCode::Usage, "must be at least 2 with attention", "base_channels");

    const int64_t ch = options.baseChannels, a = options.appearanceDim, m = options.motionDim;
    const auto enlarging = [](int64_t in, int64_t out) {  // doubles space and time
        return BlockShape{in, 2 * in, in, out, 4, 4, 2, 2, 1, 1};
    };
    const auto widening = [](int64_t in, int64_t out) {  // doubles space, keeps time
        return BlockShape{in, 2 * in, in, out, 4, 1, 2, 1, 1, 0};
    };
    std::vector<BlockShape> shapes = {BlockShape{a, a + m, m, 8 * ch, 4, 4, 1, 1, 0, 0}, enlarging(8 * ch, 8 * ch), enlarging(8 * ch, 4 * ch),
                                      widening(4 * ch, 2 * ch), widening(2 * ch, ch)};
    if (options.imageSize == 128) shapes.push_back(widening(ch, ch / 2));

    for (std::size_t i = 0; i < shapes.size(); ++i)
        m_blocks.push_back(register_module("block" + std::to_string(i + 1), G3Block(shapes[i], options.mode)));
    if (options.useAttention) fsa = register_module("fsa", FactorizedSelfAttention(4 * ch, options.attentionLayout));

    m_toRgb = torch::nn::Conv3d(torch::nn::Conv3dOptions(2 * shapes.back().out, 3, {1, 3, 3}).padding({0, 1, 1}));
    nn::normalInit_(m_toRgb->weight, 0.0, 0.02);
    to_rgb->push_back(m_toRgb);
    to_rgb->push_back(torch::nn::Tanh());
    register_module("to_rgb", to_rgb);
}

torch::Tensor GeneratorImpl::forward(const torch::Tensor& za, const torch::Tensor& zm, GeneratorTrace* trace)
{
    checkCode(za, "za", m_options.appearanceDim, true);
    checkCode(zm, "zm", m_options.motionDim, false);
    if (za.size(0) != zm.size(0))
        throw Error(ErrorCode::ShapeMismatch, "found " + std::to_string(zm.size(0)) + " motion codes for " + std::to_string(za.size(0)) + " appearance codes", "zm");

    const torch::Tensor zv = torch::cat({za.expand({-1, -1, zm.size(2), -1, -1}), zm}, 1);  // appearance channels first
    if (is_training() && m_formulation == Formulation::Fast) return forwardFast(za, zv, zm, trace);
    Streams h{za, zv, zm};
    for (std::size_t i = 0; i < m_blocks.size(); ++i) {
        h = m_blocks[i]->forward(h);
        if (trace) trace->blocks.push_back(h);
        if (fsa && i + 1 == kAttentionBlock) {
            h.video = fsa->forward(h.video, trace ? &trace->tsa : nullptr);
            if (trace) trace->fsa = h.video;
        }
    }
    return to_rgb->forward(h.video);
}

torch::Tensor GeneratorImpl::forwardFast(const torch::Tensor& za, const torch::Tensor& zv, const torch::Tensor& zm, GeneratorTrace* trace)
{
    FastStreams h{nn::channelsLast(za), {}, nn::channelsLast(zv), nn::channelsLast(zm)};
    for (std::size_t i = 0; i < m_blocks.size(); ++i) {
        h = m_blocks[i]->forward(h);
        if (trace) trace->blocks.push_back(h.plain());
        if (fsa && i + 1 == kAttentionBlock) {
            // attention mixes what changes in time with what does not
            h.moving = nn::channelsLast(fsa->forward(nn::channelsSecond(h.video()), trace ? &trace->tsa : nullptr));
            h.still = torch::Tensor();
            if (trace) trace->fsa = nn::channelsSecond(h.moving);
        }
    }
    return torch::tanh(nn::channelsSecond(nn::convolutionInSpace(h.still, h.moving, m_toRgb->weight.squeeze(2), m_toRgb->bias, 1)));
}

}  // namespace kinora::g3an
