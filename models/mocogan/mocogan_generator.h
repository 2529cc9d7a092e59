#pragma once
#include <torch/torch.h>

namespace kinora::mocogan {

/// Hyper-parameters of the generator; the defaults are those of the authors' program without categories.
struct GeneratorOptions {
    int64_t contentDim = 50;
    int64_t categories = 0;  ///< 0: unconditional.
    int64_t motionDim = 10;
    int64_t baseChannels = 64;
    bool categoryIntoGru = false;  ///< The category enters the recurrent cell instead of the image generator.
    bool modernInit = false;       ///< Today's library's initial values instead of PyTorch 0.2's.
};

/// What clips are made of; N clips of T frames.
struct Codes {
    torch::Tensor content;   ///< (N, contentDim), standard normal.
    torch::Tensor category;  ///< (N), int64; undefined without categories.
    torch::Tensor start;     ///< h_0, (N, motionDim), standard normal.
    torch::Tensor noise;     ///< e_1 ... e_T, (T, N, motionDim), standard normal.
};

/// A recurrent cell that turns noise into a path of motion codes, and an image generator that makes every frame of [content, category, motion code].
///
/// Source: Tulyakov, Liu, Yang, Kautz, "MoCoGAN: Decomposing Motion and Content for Video Generation", CVPR 2018; authors' src/models.py.
/// Deviates: `categoryIntoGru` is the paper's variant, which the authors' program does not have.
/// Checkpoints: parameter names equal the authors' state dict.
class GeneratorImpl : public torch::nn::Module {
public:
    explicit GeneratorImpl(const GeneratorOptions& options = {});

    /// m_t = GRU(e_t, m_{t-1}) from m_0 = h_0. \returns m_1 ... m_T, (N, T, motionDim)
    torch::Tensor motionPath(const Codes& codes);
    /// The image generator's input [content; category; motion], clip-major: row n T + t. \returns (N T, D)
    torch::Tensor rows(const Codes& codes, const torch::Tensor& path) const;
    /// \param rows  (R, D) \returns frames, (R, 3, 64, 64) in [-1, 1]
    torch::Tensor frames(const torch::Tensor& rows) { return main->forward(rows.view({rows.size(0), rows.size(1), 1, 1})); }
    /// \returns clips along the given path, (N, 3, T, 64, 64)
    torch::Tensor clips(const Codes& codes, const torch::Tensor& path);
    torch::Tensor forward(const Codes& codes) { return clips(codes, motionPath(codes)); }
    /// What the first layer makes of rows. \returns (R, F)
    torch::Tensor firstLayer(const torch::Tensor& rows);

    const GeneratorOptions& options() const { return m_options; }

private:
    GeneratorOptions m_options;
    torch::nn::GRUCell recurrent{nullptr};
    torch::nn::Sequential main;
};
TORCH_MODULE(Generator);

/// Initial values as PyTorch 0.2 gave them: transposed convolutions by their input channels, norm weights uniform in (0, 1).
/// Source: the library's reset_parameters() of that time.
void originalInit_(torch::nn::Module& module);

}  // namespace kinora::mocogan
