#include "models/mocogan/mocogan_generator.h"

#include <cmath>

namespace kinora::mocogan {
namespace nn = torch::nn;

void originalInit_(torch::nn::Module& module)
{
    torch::NoGradGuard noGrad;
    for (const auto& child : module.modules(/*include_self=*/false)) {
        if (auto* deconv = child->as<nn::ConvTranspose2d>()) {
            const double bound = 1 / std::sqrt(static_cast<double>(deconv->weight.size(0) * deconv->weight.size(2) * deconv->weight.size(3)));
            deconv->weight.uniform_(-bound, bound);
        } else if (auto* norm2 = child->as<nn::BatchNorm2d>()) {
            norm2->weight.uniform_(0, 1);
        } else if (auto* norm3 = child->as<nn::BatchNorm3d>()) {
            norm3->weight.uniform_(0, 1);
        }
    }
}

GeneratorImpl::GeneratorImpl(const GeneratorOptions& options) : m_options(options)
{
    const int64_t g = options.baseChannels, fromGru = options.categoryIntoGru ? options.categories : 0;
    const int64_t in = options.contentDim + options.categories - fromGru + options.motionDim;
    recurrent = register_module("recurrent", nn::GRUCell(options.motionDim + fromGru, options.motionDim));
    const auto deconvolution = [&](int64_t from, int64_t to, int64_t stride, int64_t padding) {
        main->push_back(nn::ConvTranspose2d(nn::ConvTranspose2dOptions(from, to, 4).stride(stride).padding(padding).bias(false)));
    };
    const auto stage = [&](int64_t from, int64_t to, int64_t stride, int64_t padding) {
        deconvolution(from, to, stride, padding);
        main->push_back(nn::BatchNorm2d(to));
        main->push_back(nn::ReLU());
    };
    stage(in, 8 * g, 1, 0);
    stage(8 * g, 4 * g, 2, 1);
    stage(4 * g, 2 * g, 2, 1);
    stage(2 * g, g, 2, 1);
    deconvolution(g, 3, 2, 1);
    main->push_back(nn::Tanh());
    register_module("main", main);
    if (!options.modernInit) originalInit_(*this);
}

namespace {
torch::Tensor oneHot(const torch::Tensor& category, int64_t classes) { return nn::functional::one_hot(category.to(torch::kInt64), classes).to(torch::kFloat32); }
}  // namespace

torch::Tensor GeneratorImpl::motionPath(const Codes& codes)
{
    torch::Tensor state = codes.start;
    torch::Tensor category;
    if (m_options.categoryIntoGru && m_options.categories > 0) category = oneHot(codes.category, m_options.categories);
    std::vector<torch::Tensor> path;
    for (int64_t t = 0; t < codes.noise.size(0); ++t) {
        torch::Tensor input = codes.noise[t];
        if (category.defined()) input = torch::cat({input, category}, 1);
        state = recurrent->forward(input, state);
        path.push_back(state);
    }
    return torch::stack(path, 1);
}

torch::Tensor GeneratorImpl::rows(const Codes& codes, const torch::Tensor& path) const
{
    const int64_t clips = path.size(0), steps = path.size(1);
    const auto everyFrame = [&](const torch::Tensor& code) { return code.unsqueeze(1).expand({clips, steps, code.size(1)}); };
    std::vector<torch::Tensor> parts{everyFrame(codes.content)};
    if (m_options.categories > 0 && !m_options.categoryIntoGru) parts.push_back(everyFrame(oneHot(codes.category, m_options.categories)));
    parts.push_back(path);
    return torch::cat(parts, 2).reshape({clips * steps, -1});
}

torch::Tensor GeneratorImpl::clips(const Codes& codes, const torch::Tensor& path)
{
    const torch::Tensor made = frames(rows(codes, path));
    return made.view({path.size(0), path.size(1), 3, made.size(2), made.size(3)}).permute({0, 2, 1, 3, 4}).contiguous();
}

torch::Tensor GeneratorImpl::firstLayer(const torch::Tensor& rows)
{
    return main->ptr<nn::ConvTranspose2dImpl>(0)->forward(rows.view({rows.size(0), rows.size(1), 1, 1})).flatten(1);
}

}  // namespace kinora::mocogan
