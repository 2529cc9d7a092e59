#pragma once
// Layers of the generating networks with everything that is fixed at generation folded into weight and bias.
#include <torch/torch.h>

#include <string>

#include "core/nn/spectral_norm.h"
#include "core/system/plan_precision.h"

namespace kinora::plan {

/// Weight and bias of a (transposed) convolution, float32, detached, on the module's device.
struct Folded {
    torch::Tensor weight;  ///< As the layer stores it: (in, out, k...) for a transposed convolution, (out, in, k...) for a plain one.
    torch::Tensor bias;    ///< (out)
};

/// What a batch norm in eval mode does to every channel. Source: Ioffe and Szegedy, "Batch Normalization", ICML 2015, algorithm 2: y = gamma (x - E) / sqrt(Var + eps) + beta
struct Norm {
    torch::Tensor gamma, beta, mean, variance;
    double epsilon = 0;
    template <class BatchNorm>
    static Norm of(const BatchNorm& norm)
    {
        return {norm.weight, norm.bias, norm.running_mean, norm.running_var, norm.options.eps()};
    }
};

/// Multiplies the running statistics of \p norm into \p weight and \p bias, in double precision.
/// \param bias    may be undefined
/// \param outDim  which dimension of the weight counts output channels
/// \param norm    behind the layer; may be null
Folded fold(const torch::Tensor& weight, const torch::Tensor& bias, int64_t outDim, const Norm* norm);

/// The same for a plain layer and the batch norm behind it.
template <class Convolution, class BatchNorm>
Folded foldWithNorm(const Convolution& layer, int64_t outDim, const BatchNorm& behind)
{
    const Norm norm = Norm::of(behind);
    return fold(layer.weight, layer.bias, outDim, &norm);
}

/// Divides by the stored singular value, as an eval pass does, and multiplies the running statistics of \p norm into weight and bias. Buffers stay as they are.
/// \param outDim  which dimension of the weight counts output channels
/// \param norm    batch norm behind the layer; may be null
Folded fold(nn::SpectralNormModule& layer, int64_t outDim, torch::nn::BatchNorm3dImpl* norm);

/// A sub-module by its path, for example "block1.conv_v.0". \throws Error (Internal) if there is none of that type
template <class Module>
Module& part(torch::nn::Module& root, const std::string& path)
{
    torch::nn::Module* at = &root;
    for (std::size_t from = 0; from <= path.size();) {
        const std::size_t dot = std::min(path.find('.', from), path.size());
        at = at->named_children()[path.substr(from, dot - from)].get();
        from = dot + 1;
    }
    return dynamic_cast<Module&>(*at);
}

/// Whether the pieces of plans on a processor can compute this generator: it is there, and products of that precision work.
bool possibleHere(const torch::nn::Module& generator, PlanPrecision precision);

/// A number that changes whenever a parameter or buffer of \p module is written in place or replaced.
uint64_t weightStamp(const torch::nn::Module& module);

/// The weights that a plan was prepared from.
class Stamp {
public:
    /// Calls \p prepare if the weights are others than before; where that throws, the next call tries again.
    template <class Prepare>
    void follow(uint64_t weights, const Prepare& prepare)
    {
        if (weights == m_known) return;
        m_known = 0;
        prepare();
        m_known = weights;
    }

private:
    uint64_t m_known = 0;
};

}  // namespace kinora::plan
