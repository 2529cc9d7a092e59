#pragma once
// Frame encoder and decoder (DCGAN or VGG, 64 or 128 px) and the recurrent networks between them.
//
// Source: Denton and Fergus, "Stochastic Video Generation with a Learned Prior", ICML 2018; authors' models/{dcgan_64,dcgan_128,vgg_64,vgg_128,lstm}.py. Parameter names equal the
// authors' modules. Frames are (N, C, S, S) in [0, 1] here, as the decoder's sigmoid has them.
#include <torch/torch.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace kinora::svg {

struct FrameOptions {
    bool vgg = false;
    int64_t imageSize = 64;  ///< 64 or 128.
    int64_t baseChannels = 64;
    int64_t featureDim = 128;  ///< g.
    int64_t channels = 3;      ///< Of a frame.
};

/// What a frame is encoded into.
struct Encoded {
    torch::Tensor h;                   ///< (N, g), in (-1, 1).
    std::vector<torch::Tensor> skips;  ///< From the largest to the smallest.
};

class EncoderImpl : public torch::nn::Module {
public:
    explicit EncoderImpl(const FrameOptions& options);
    Encoded forward(const torch::Tensor& frame);

private:
    bool m_vgg;
    std::vector<std::function<torch::Tensor(const torch::Tensor&)>> m_stages;  // c1, c2, ...; the last has no skip
};
TORCH_MODULE(Encoder);

class DecoderImpl : public torch::nn::Module {
public:
    explicit DecoderImpl(const FrameOptions& options);
    /// \returns a frame in [0, 1]
    torch::Tensor forward(const torch::Tensor& h, const std::vector<torch::Tensor>& skips);

private:
    bool m_vgg;
    std::vector<std::function<torch::Tensor(const torch::Tensor&)>> m_stages;  // upc1, upc2, ...
};
TORCH_MODULE(Decoder);

/// Hidden and cell state of every layer.
using LstmState = std::vector<std::pair<torch::Tensor, torch::Tensor>>;

/// Linear, stacked LSTM cells, then a linear layer with tanh. One call is one step.
class LstmImpl : public torch::nn::Module {
public:
    LstmImpl(int64_t in, int64_t out, int64_t hidden, int64_t layers);
    torch::Tensor forward(const torch::Tensor& x, LstmState& state);  ///< An empty state is zero and is filled.

private:
    torch::nn::Linear embed{nullptr};
    torch::nn::ModuleList lstm;
    torch::nn::Sequential output;
};
TORCH_MODULE(Lstm);

/// The same with two linear heads: mean and log variance of a Gaussian.
class GaussianLstmImpl : public torch::nn::Module {
public:
    GaussianLstmImpl(int64_t in, int64_t out, int64_t hidden, int64_t layers);
    std::pair<torch::Tensor, torch::Tensor> forward(const torch::Tensor& x, LstmState& state);  ///< mu, log sigma^2

private:
    torch::nn::Linear embed{nullptr}, mu_net{nullptr}, logvar_net{nullptr};
    torch::nn::ModuleList lstm;
};
TORCH_MODULE(GaussianLstm);

/// mu + exp(logvar / 2) eps.
torch::Tensor reparameterized(const torch::Tensor& mu, const torch::Tensor& logvar, const torch::Tensor& eps);

}  // namespace kinora::svg
