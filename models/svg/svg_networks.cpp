#include "models/svg/svg_networks.h"

#include "core/nn/init.h"
#include "core/util/error.h"

namespace kinora::svg {
namespace nn = torch::nn;
namespace {

nn::LeakyReLU leaky() { return nn::LeakyReLU(nn::LeakyReLUOptions().negative_slope(0.2)); }

/// Weights of convolutions and linear layers N(0, 0.02), biases 0, norm weights N(1, 0.02); LSTM cells keep the library's start. Source: authors' utils.py (init_weights).
void initialise(torch::nn::Module& module)
{
    torch::NoGradGuard noGrad;
    const auto layer = [](torch::Tensor& weight, torch::Tensor& bias) {
        kinora::nn::normalInit_(weight, 0, 0.02);
        bias.zero_();
    };
    for (const auto& child : module.modules(false)) {
        if (auto* convolution = child->as<nn::Conv2d>()) layer(convolution->weight, convolution->bias);
        else if (auto* transposed = child->as<nn::ConvTranspose2d>()) layer(transposed->weight, transposed->bias);
        else if (auto* linear = child->as<nn::Linear>()) layer(linear->weight, linear->bias);
        else if (auto* norm = child->as<nn::BatchNorm2d>()) kinora::nn::normalInit_(norm->weight, 1, 0.02);
    }
}

/// Convolution, norm, LeakyReLU under the name `main`.
class BlockImpl : public torch::nn::Module {
public:
    template <class Convolution>
    BlockImpl(Convolution convolution, int64_t out)
    {
        main->push_back(convolution);
        main->push_back(nn::BatchNorm2d(out));
        main->push_back(leaky());
        register_module("main", main);
    }
    torch::Tensor forward(const torch::Tensor& x) { return main->forward(x); }

private:
    nn::Sequential main;
};
TORCH_MODULE(Block);

Block halving(int64_t in, int64_t out) { return Block(nn::Conv2d(nn::Conv2dOptions(in, out, 4).stride(2).padding(1)), out); }
Block doubling(int64_t in, int64_t out) { return Block(nn::ConvTranspose2d(nn::ConvTranspose2dOptions(in, out, 4).stride(2).padding(1)), out); }
Block keeping(int64_t in, int64_t out) { return Block(nn::Conv2d(nn::Conv2dOptions(in, out, 3).padding(1)), out); }

/// Channels of the skips, from the largest map to the smallest.
std::vector<int64_t> skipWidths(const FrameOptions& options)
{
    if (options.imageSize != 64 && options.imageSize != 128) throw Error(ErrorCode::Usage, "must be 64 or 128, not " + std::to_string(options.imageSize), "image_size");
    const int64_t w = options.baseChannels;
    std::vector<int64_t> widths{w, 2 * w, 4 * w, 8 * w};
    if (options.imageSize == 128) widths.push_back(8 * w);
    return widths;
}

nn::Sequential sequence(const std::vector<std::pair<int64_t, int64_t>>& widths)
{
    nn::Sequential blocks;
    for (const auto& [in, out] : widths) blocks->push_back(keeping(in, out));
    return blocks;
}

/// A registered module as a plain function.
template <class Holder>
std::function<torch::Tensor(const torch::Tensor&)> stage(Holder module)
{
    return [module](const torch::Tensor& x) mutable -> torch::Tensor { return module->forward(x); };
}

nn::ModuleList cells(int64_t hidden, int64_t layers)
{
    nn::ModuleList list;
    for (int64_t i = 0; i < layers; ++i) list->push_back(nn::LSTMCell(hidden, hidden));
    return list;
}

torch::Tensor through(nn::ModuleList& cells, const torch::Tensor& x, LstmState& state)
{
    if (state.empty())
        for (std::size_t i = 0; i < cells->size(); ++i) {
            const torch::Tensor zero = torch::zeros_like(x);
            state.emplace_back(zero, zero);
        }
    torch::Tensor h = x;
    for (std::size_t i = 0; i < cells->size(); ++i) {
        std::tie(state[i].first, state[i].second) = cells->ptr<nn::LSTMCellImpl>(i)->forward(h, std::make_tuple(state[i].first, state[i].second));
        h = state[i].first;
    }
    return h;
}
}  // namespace

EncoderImpl::EncoderImpl(const FrameOptions& options) : m_vgg(options.vgg)
{
    const std::vector<int64_t> widths = skipWidths(options);
    int64_t in = options.channels;
    for (std::size_t k = 0; k < widths.size(); ++k) {
        const std::string name = "c" + std::to_string(k + 1);
        if (m_vgg) {
            std::vector<std::pair<int64_t, int64_t>> layers{{in, widths[k]}, {widths[k], widths[k]}};
            if (k >= 2) layers.emplace_back(widths[k], widths[k]);
            m_stages.push_back(stage(register_module(name, sequence(layers))));
        } else {
            m_stages.push_back(stage(register_module(name, halving(in, widths[k]))));
        }
        in = widths[k];
    }
    m_stages.push_back(stage(register_module("c" + std::to_string(widths.size() + 1), nn::Sequential(nn::Conv2d(nn::Conv2dOptions(in, options.featureDim, 4)), nn::BatchNorm2d(options.featureDim), nn::Tanh()))));
    initialise(*this);
}

Encoded EncoderImpl::forward(const torch::Tensor& frame)
{
    Encoded encoded;
    torch::Tensor x = frame;
    for (std::size_t k = 0; k + 1 < m_stages.size(); ++k) {
        if (m_vgg && k > 0) x = torch::max_pool2d(x, 2, 2);  // the skip is taken before the pooling
        x = m_stages[k](x);
        encoded.skips.push_back(x);
    }
    if (m_vgg) x = torch::max_pool2d(x, 2, 2);
    encoded.h = m_stages.back()(x).flatten(1);
    return encoded;
}

DecoderImpl::DecoderImpl(const FrameOptions& options) : m_vgg(options.vgg)
{
    const std::vector<int64_t> widths = skipWidths(options);
    int64_t number = 1;
    const auto name = [&] { return "upc" + std::to_string(number++); };
    m_stages.push_back(stage(register_module(name(), nn::Sequential(nn::ConvTranspose2d(nn::ConvTranspose2dOptions(options.featureDim, widths.back(), 4)), nn::BatchNorm2d(widths.back()), leaky()))));
    for (std::size_t k = widths.size() - 1; k > 0; --k) {
        const int64_t w = widths[k], next = widths[k - 1];
        if (!m_vgg) m_stages.push_back(stage(register_module(name(), doubling(2 * w, next))));
        else if (k >= 2) m_stages.push_back(stage(register_module(name(), sequence({{2 * w, w}, {w, w}, {w, next}}))));
        else m_stages.push_back(stage(register_module(name(), sequence({{2 * w, w}, {w, next}}))));
    }
    const int64_t w = widths.front();
    if (m_vgg)
        m_stages.push_back(stage(register_module(name(), nn::Sequential(keeping(2 * w, w), nn::ConvTranspose2d(nn::ConvTranspose2dOptions(w, options.channels, 3).padding(1)), nn::Sigmoid()))));
    else
        m_stages.push_back(stage(register_module(name(), nn::Sequential(nn::ConvTranspose2d(nn::ConvTranspose2dOptions(2 * w, options.channels, 4).stride(2).padding(1)), nn::Sigmoid()))));
    initialise(*this);
}

torch::Tensor DecoderImpl::forward(const torch::Tensor& h, const std::vector<torch::Tensor>& skips)
{
    torch::Tensor x = m_stages.front()(h.view({h.size(0), h.size(1), 1, 1}));
    for (std::size_t k = 1; k < m_stages.size(); ++k) {
        if (m_vgg) x = torch::upsample_nearest2d(x, {2 * x.size(2), 2 * x.size(3)});
        x = m_stages[k](torch::cat({x, skips[skips.size() - k]}, 1));
    }
    return x;
}

LstmImpl::LstmImpl(int64_t in, int64_t out, int64_t hidden, int64_t layers)
{
    embed = register_module("embed", nn::Linear(in, hidden));
    lstm = register_module("lstm", cells(hidden, layers));
    output = register_module("output", nn::Sequential(nn::Linear(hidden, out), nn::Tanh()));
    initialise(*this);
}

torch::Tensor LstmImpl::forward(const torch::Tensor& x, LstmState& state) { return output->forward(through(lstm, embed(x), state)); }

GaussianLstmImpl::GaussianLstmImpl(int64_t in, int64_t out, int64_t hidden, int64_t layers)
{
    embed = register_module("embed", nn::Linear(in, hidden));
    lstm = register_module("lstm", cells(hidden, layers));
    mu_net = register_module("mu_net", nn::Linear(hidden, out));
    logvar_net = register_module("logvar_net", nn::Linear(hidden, out));
    initialise(*this);
}

std::pair<torch::Tensor, torch::Tensor> GaussianLstmImpl::forward(const torch::Tensor& x, LstmState& state)
{
    const torch::Tensor h = through(lstm, embed(x), state);
    return {mu_net(h), logvar_net(h)};
}

torch::Tensor reparameterized(const torch::Tensor& mu, const torch::Tensor& logvar, const torch::Tensor& eps) { return mu + (0.5 * logvar).exp() * eps; }

}  // namespace kinora::svg
