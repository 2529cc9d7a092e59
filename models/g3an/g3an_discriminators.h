#pragma once
#include <torch/torch.h>

#include <utility>
#include <vector>

#include "core/nn/formulation.h"
#include "core/nn/spectral_norm.h"

namespace kinora::g3an {

/// Judges whole clips. Two networks share this class; in both every convolution has a bias and spectral normalisation and LeakyReLU(0.2) follows all but the last.
///
/// Source: "2p1d" is the authors' published network (model/networks.py), spatial and temporal kernels in turn.
/// Deviates: the layer list of the paper's "3d" network was never published; ours follows the same authors' ImaGINator with the last kernel for 16 frames.
/// The 128 px variants have one more spatial layer and are ours.
class VideoDiscriminatorImpl : public torch::nn::Module {
public:
    enum class Kind { Factorized, Full };  ///< "2p1d", "3d"
    VideoDiscriminatorImpl(int64_t baseChannels, Kind kind, int64_t imageSize = 64);
    /// \param clips  (N, 3, T, size, size), T >= 16
    /// \returns      logits (N); (N, 1, T - 15) for longer clips and the factorised network
    torch::Tensor forward(const torch::Tensor& clips);
    /// forward() of both, one after the other, in one pass where that is faster. \param real, fake  as many clips
    std::pair<torch::Tensor, torch::Tensor> forwardBoth(const torch::Tensor& real, const torch::Tensor& fake);
    void setFormulation(Formulation formulation) { m_formulation = formulation; }

private:
    torch::Tensor forwardFast(const torch::Tensor& clips, bool both = false);  ///< \p both: the batches of two calls, one after the other

    torch::nn::Sequential net;
    std::vector<nn::SpectralConv3d> m_convolutions;  // those of net, in their order
    Formulation m_formulation = Formulation::Fast;
};
TORCH_MODULE(VideoDiscriminator);

/// Judges single frames. Source: authors' model/networks.py; the 128 px variant has one more layer and is ours.
class ImageDiscriminatorImpl : public torch::nn::Module {
public:
    explicit ImageDiscriminatorImpl(int64_t baseChannels, int64_t imageSize = 64);
    torch::Tensor forward(const torch::Tensor& frames);  ///< (N, 3, size, size) to logits (N)
    std::pair<torch::Tensor, torch::Tensor> forwardBoth(const torch::Tensor& real, const torch::Tensor& fake);  ///< As the video discriminator's.
    void setFormulation(Formulation formulation) { m_formulation = formulation; }

private:
    torch::Tensor forwardFast(const torch::Tensor& frames, bool both = false);

    torch::nn::Sequential net;
    std::vector<nn::SpectralConv2d> m_convolutions;  // those of net, in their order
    Formulation m_formulation = Formulation::Fast;
};
TORCH_MODULE(ImageDiscriminator);

}  // namespace kinora::g3an
