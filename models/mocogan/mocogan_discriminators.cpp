#include "models/mocogan/mocogan_discriminators.h"

#include "core/util/error.h"

namespace kinora::mocogan {
namespace nn = torch::nn;

torch::Tensor NoiseImpl::forward(const torch::Tensor& x)
{
    if (m_noise->sigma <= 0) return x;
    return x + m_noise->sigma * (m_noise->draw ? m_noise->draw(x) : torch::randn(x.sizes())).to(x.options());
}

ImageDiscriminatorImpl::ImageDiscriminatorImpl(int64_t baseChannels, bool patch, std::shared_ptr<const InstanceNoise> noise) : m_patch(patch)
{
    const int64_t d = baseChannels;
    const auto stage = [&](int64_t from, int64_t to, bool norm) {
        main->push_back(Noise(noise));
        main->push_back(nn::Conv2d(nn::Conv2dOptions(from, to, 4).stride(2).padding(1).bias(false)));
        if (norm) main->push_back(nn::BatchNorm2d(to));
        main->push_back(nn::LeakyReLU(nn::LeakyReLUOptions().negative_slope(0.2)));
    };
    stage(3, d, false);
    stage(d, 2 * d, true);
    stage(2 * d, 4 * d, true);
    if (patch) {
        main->push_back(Noise(noise));
        main->push_back(nn::Conv2d(nn::Conv2dOptions(4 * d, 1, 4).stride(2).padding(1).bias(false)));
    } else {
        stage(4 * d, 8 * d, true);
        main->push_back(nn::Conv2d(nn::Conv2dOptions(8 * d, 1, 4).bias(false)));
    }
    register_module("main", main);
}

torch::Tensor ImageDiscriminatorImpl::forward(const torch::Tensor& frames)
{
    const torch::Tensor logits = main->forward(frames);
    return m_patch ? logits : logits.view({frames.size(0), 1});
}

VideoDiscriminatorImpl::VideoDiscriminatorImpl(int64_t baseChannels, bool patch, int64_t categories, std::shared_ptr<const InstanceNoise> noise) : m_patch(patch), m_categories(categories)
{
    if (patch && categories > 0) throw Error(ErrorCode::Usage, "the patch discriminator has no category head; use 'full', or train without use_categories and use_infogan", "video_discriminator");
    const int64_t d = baseChannels;
    const auto convolution = [&](int64_t from, int64_t to) { main->push_back(nn::Conv3d(nn::Conv3dOptions(from, to, 4).stride({1, 2, 2}).padding({0, 1, 1}).bias(false))); };
    const auto stage = [&](int64_t from, int64_t to, bool norm) {
        main->push_back(Noise(noise));
        convolution(from, to);
        if (norm) main->push_back(nn::BatchNorm3d(to));
        main->push_back(nn::LeakyReLU(nn::LeakyReLUOptions().negative_slope(0.2)));
    };
    stage(3, d, false);
    stage(d, 2 * d, true);
    stage(2 * d, 4 * d, true);
    if (patch) {
        convolution(4 * d, 1);
    } else {
        stage(4 * d, 8 * d, true);
        main->push_back(nn::Conv3d(nn::Conv3dOptions(8 * d, 1 + categories, 4).bias(false)));
    }
    register_module("main", main);
}

VideoLogits VideoDiscriminatorImpl::forward(const torch::Tensor& clips)
{
    const torch::Tensor logits = main->forward(clips);
    if (m_patch) return {logits, {}};
    const torch::Tensor flat = logits.flatten(1);  // (N, 1 + K)
    if (flat.size(1) != 1 + m_categories) throw Error(ErrorCode::ShapeMismatch, "judges clips of 16 frames at 64 px, not " + std::to_string(clips.size(2)) + " frames at " + std::to_string(clips.size(4)) + " px", "video discriminator");
    return {flat.slice(1, 0, 1), m_categories > 0 ? flat.slice(1, 1) : torch::Tensor()};
}

}  // namespace kinora::mocogan
