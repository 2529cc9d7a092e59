#pragma once
#include <torch/torch.h>

#include <functional>
#include <memory>

namespace kinora::mocogan {

/// Noise that discriminators add to the input of their layers, in training and in eval mode alike.
struct InstanceNoise {
    double sigma = 0;                                                ///< 0: none.
    std::function<torch::Tensor(const torch::Tensor& like)> draw;   ///< Standard normal of a shape; empty: the default CPU generator, moved.
};

/// A layer x + sigma n. Source: authors' src/models.py (Noise).
class NoiseImpl : public torch::nn::Module {
public:
    explicit NoiseImpl(std::shared_ptr<const InstanceNoise> noise) : m_noise(std::move(noise)) {}
    torch::Tensor forward(const torch::Tensor& x);

private:
    std::shared_ptr<const InstanceNoise> m_noise;
};
TORCH_MODULE(Noise);

/// Judges single frames. Source: authors' src/models.py, PatchImageDiscriminator and ImageDiscriminator.
class ImageDiscriminatorImpl : public torch::nn::Module {
public:
    ImageDiscriminatorImpl(int64_t baseChannels, bool patch, std::shared_ptr<const InstanceNoise> noise);
    /// \param frames  (N, 3, 64, 64) \returns logits, (N, 1, 4, 4) with patches, else (N, 1)
    torch::Tensor forward(const torch::Tensor& frames);

private:
    bool m_patch;
    torch::nn::Sequential main;
};
TORCH_MODULE(ImageDiscriminator);

/// Logits of a video discriminator.
struct VideoLogits {
    torch::Tensor real;        ///< (N, 1), or (N, 1, T', 4, 4) with patches, T' = T - 12.
    torch::Tensor categories;  ///< (N, K); undefined without a category head.
};

/// Judges clips, and says which category they show. Source: authors' src/models.py, VideoDiscriminator, CategoricalVideoDiscriminator and PatchVideoDiscriminator.
class VideoDiscriminatorImpl : public torch::nn::Module {
public:
    /// \throws Error (Usage) for patches with categories: that network has no category head
    VideoDiscriminatorImpl(int64_t baseChannels, bool patch, int64_t categories, std::shared_ptr<const InstanceNoise> noise);
    /// \param clips  (N, 3, T, 64, 64); T = 16, with patches 13 or more
    VideoLogits forward(const torch::Tensor& clips);

private:
    bool m_patch;
    int64_t m_categories;
    torch::nn::Sequential main;
};
TORCH_MODULE(VideoDiscriminator);

}  // namespace kinora::mocogan
