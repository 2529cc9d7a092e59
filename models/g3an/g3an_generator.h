#pragma once
#include <torch/torch.h>

#include <vector>

#include "models/g3an/g3an_blocks.h"

namespace kinora::g3an {

/// Hyper-parameters of the generator; the defaults are those of the authors' class.
struct GeneratorOptions {
    int64_t appearanceDim = 128;  ///< Channels of z_a.
    int64_t motionDim = 10;       ///< Channels of z_m.
    int64_t baseChannels = 64;    ///< Width of block 5.
    Factorization mode = Factorization::TimeThenSpace;
    bool useAttention = true;  ///< The authors' training script turns it off, their demo scripts leave it on.
    AttentionLayout attentionLayout = AttentionLayout::Official;
    int64_t imageSize = 64;  ///< 64, or 128 with a sixth block.
};

/// What a forward pass computed on its way, for comparison with recorded values and for analysis.
struct GeneratorTrace {
    std::vector<Streams> blocks;  ///< The outputs of block 1, 2, ...: h_s, fused h_v, h_t.
    torch::Tensor tsa, fsa;       ///< After temporal and after both attentions; undefined without attention.
};

/// A spatial, a temporal and a spatio-temporal stream, joined in every G3 block.
///
/// Source: Wang et al., "G3AN: Disentangling Appearance and Motion for Video Generation", CVPR 2020; authors' model/networks.py.
/// Deviates: the sixth block of the 128 px variant is ours; the authors publish 64 px only.
/// Checkpoints: parameter names equal the authors' state dict.
class GeneratorImpl : public torch::nn::Module {
public:
    /// \throws Error (Usage) for an image size other than 64 and 128, an odd width at 128, or width 1 with attention
    explicit GeneratorImpl(const GeneratorOptions& options = {});

    /// Generates one clip per row of the codes.
    /// \param za     z_a, (N, appearanceDim, 1, 1, 1), standard normal
    /// \param zm     z_m, (N, motionDim, T', 1, 1), standard normal
    /// \param trace  if given, receives the intermediate outputs
    /// \returns      clips, (N, 3, T, size, size) with T = 4 (T' + 3), float32 in [-1, 1]
    /// \throws       Error (ShapeMismatch) if a code does not fit the options
    torch::Tensor forward(const torch::Tensor& za, const torch::Tensor& zm, GeneratorTrace* trace = nullptr);

    /// How forward() computes in train mode; in eval mode it computes plainly.
    void setFormulation(Formulation formulation) { m_formulation = formulation; }

    torch::Tensor firstSpatial(const torch::Tensor& za) { return m_blocks.front()->spatial(za); }    ///< h_s after block 1.
    torch::Tensor firstTemporal(const torch::Tensor& zm) { return m_blocks.front()->temporal(zm); }  ///< h_t after block 1.
    const GeneratorOptions& options() const { return m_options; }

private:
    torch::Tensor forwardFast(const torch::Tensor& za, const torch::Tensor& zv, const torch::Tensor& zm, GeneratorTrace* trace);

    GeneratorOptions m_options;
    Formulation m_formulation = Formulation::Fast;
    torch::nn::Conv3d m_toRgb{nullptr};  // the first of to_rgb
    std::vector<G3Block> m_blocks;  // registered as block1, block2, ...
    FactorizedSelfAttention fsa{nullptr};
    torch::nn::Sequential to_rgb;
};
TORCH_MODULE(Generator);

/// Motion steps to frames: 1 -> 16, 2 -> 20, ...
inline int64_t framesFor(int64_t motionSteps) { return 12 + 4 * motionSteps; }

}  // namespace kinora::g3an
