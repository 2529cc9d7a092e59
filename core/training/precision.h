#pragma once
// What LibTorch computes with while a system trains. The settings are the process's or the thread's: each guard puts them back.
#include <torch/torch.h>

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace kinora {

/// float32 with or without TF32, and deterministic algorithms, while it lives.
class ArithmeticScope {
public:
    /// \param precision  fp32, tf32, bf16 or fp16: the last two allow TF32 besides, for what stays in float32
    /// \throws Error (Usage) for fp16 on a CPU
    ArithmeticScope(const std::string& precision, bool deterministic, const torch::Device& device);
    ~ArithmeticScope();
    ArithmeticScope(const ArithmeticScope&) = delete;
    ArithmeticScope& operator=(const ArithmeticScope&) = delete;

private:
    bool m_cublas, m_cudnn, m_deterministic, m_warnOnly, m_deterministicCuDNN, m_benchmark;
};

/// Autocast to bfloat16 or float16 in this thread while it lives; nothing for fp32 and tf32.
/// Casts of weights are not kept: a step updates weights between two uses of them.
class AutocastScope {
public:
    AutocastScope(const std::string& precision, const torch::Device& device);
    ~AutocastScope();
    AutocastScope(const AutocastScope&) = delete;
    AutocastScope& operator=(const AutocastScope&) = delete;

private:
    torch::DeviceType m_type;
    bool m_active, m_enabled = false, m_cache = false;
    torch::ScalarType m_dtype = torch::kFloat32;
};

/// Scales losses so that small gradients survive float16: halved and the update left out when a gradient overflows, doubled after 2000 steps without.
/// Source: Micikevicius et al., "Mixed Precision Training", ICLR 2018, section 3.2; constants as torch.amp.GradScaler.
class LossScaler {
public:
    double scale() const { return m_scale; }
    /// Divides the gradients by the scale. \returns false if one is not finite: the update is to be left out
    bool unscale(const std::vector<torch::Tensor>& gradients);
    void endStep();
    /// Overflows that no smaller scale can explain.
    bool hopeless() const { return m_scale < 1; }

    nlohmann::json state() const;
    /// \throws Error (Damaged)
    void setState(const nlohmann::json& state);

private:
    double m_scale = 65536;
    int64_t m_goodSteps = 0;
    bool m_overflowed = false;
};

}  // namespace kinora
