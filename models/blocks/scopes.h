#pragma once
// What the steps and generations of several systems have in common.
#include <torch/torch.h>

#include <initializer_list>
#include <utility>
#include <vector>

#include "core/system/system.h"
#include "core/util/error.h"

namespace kinora {

/// Parameters that take no gradient while it lives, though gradients flow through their network.
class Frozen {
public:
    explicit Frozen(const torch::nn::Module& module) : m_parameters(module.parameters())
    {
        for (torch::Tensor& parameter : m_parameters) parameter.set_requires_grad(false);
    }
    ~Frozen()
    {
        for (torch::Tensor& parameter : m_parameters) parameter.set_requires_grad(true);
    }
    Frozen(const Frozen&) = delete;
    Frozen& operator=(const Frozen&) = delete;

private:
    std::vector<torch::Tensor> m_parameters;
};

/// Eval mode while it lives, and no gradients unless they are asked for; then the modes as they were.
class Inference {
public:
    explicit Inference(std::initializer_list<torch::nn::Module*> modules, bool gradients = false) : m_gradients(gradients)
    {
        for (torch::nn::Module* module : modules) add(*module);
    }
    void add(torch::nn::Module& module)
    {
        m_modules.emplace_back(&module, module.is_training());
        module.eval();
    }
    ~Inference()
    {
        for (auto& [module, training] : m_modules) module->train(training);
    }
    Inference(const Inference&) = delete;
    Inference& operator=(const Inference&) = delete;

private:
    std::vector<std::pair<torch::nn::Module*, bool>> m_modules;
    torch::AutoGradMode m_gradients;
};

/// Buffers as they were, when it ends: a forward pass that must not count.
class KeptBuffers {
public:
    explicit KeptBuffers(const torch::nn::Module& module) : m_buffers(module.buffers())
    {
        for (const torch::Tensor& buffer : m_buffers) m_values.push_back(buffer.clone());
    }
    ~KeptBuffers()
    {
        const torch::NoGradGuard noGrad;
        for (std::size_t i = 0; i < m_buffers.size(); ++i) m_buffers[i].variable_data().copy_(m_values[i]);  // unseen by the graph that holds them
    }
    KeptBuffers(const KeptBuffers&) = delete;
    KeptBuffers& operator=(const KeptBuffers&) = delete;

private:
    std::vector<torch::Tensor> m_buffers, m_values;
};

/// Binary cross-entropy with logits against "real" or "generated", mean over all of them; in float32 where the network computes in less.
inline torch::Tensor adversarialLoss(const torch::Tensor& output, bool real)
{
    const torch::Tensor logits = output.to(output.scalar_type() == torch::kFloat64 ? torch::kFloat64 : torch::kFloat32);
    return torch::nn::functional::binary_cross_entropy_with_logits(logits, real ? torch::ones_like(logits) : torch::zeros_like(logits));
}

/// Share of logits on the right side of zero.
inline torch::Tensor accuracyOnReal(const torch::Tensor& logits) { return (logits.detach() > 0).to(torch::kFloat32).mean(); }
inline torch::Tensor accuracyOnFake(const torch::Tensor& logits) { return (logits.detach() < 0).to(torch::kFloat32).mean(); }

/// \throws Error (ShapeMismatch) naming the control, if it has no value
inline const torch::Tensor& controlOf(const ControlTensors& controls, const char* id)
{
    const auto found = controls.find(id);
    if (found == controls.end()) throw Error(ErrorCode::ShapeMismatch, "no value given", id);
    return found->second;
}

inline Control makeControl(const char* id, const char* name, ControlRole role, ControlKind kind, int64_t size, std::string help)
{
    Control control;
    control.id = id;
    control.name = name;
    control.help = std::move(help);
    control.role = role;
    control.kind = kind;
    control.size = static_cast<int>(size);
    return control;
}

/// A setting of generation: \p size numbers between \p low and \p high that stay at \p mean until a person moves them.
inline Control makeSetting(const char* id, const char* name, ControlRole role, int64_t size, double mean, double low, double high, std::string help)
{
    Control control = makeControl(id, name, role, ControlKind::GaussianVector, size, std::move(help));
    control.fixed = true;
    control.mean = mean;
    control.deviation = (high - low) / 8;
    control.low = low;
    control.high = high;
    return control;
}

}  // namespace kinora
