#include "core/training/precision.h"

#include <ATen/autocast_mode.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "core/util/error.h"

namespace kinora {

ArithmeticScope::ArithmeticScope(const std::string& precision, bool deterministic, const torch::Device& device)
{
    if (precision == "fp16" && device.is_cpu())
        throw Error(ErrorCode::Usage, "fp16 needs a GPU; a CPU trains in bf16 or fp32", "precision");
    at::Context& context = at::globalContext();
    m_cublas = context.allowTF32CuBLAS();
    m_cudnn = context.allowTF32CuDNN();
    m_deterministic = context.deterministicAlgorithms();
    m_warnOnly = context.deterministicAlgorithmsWarnOnly();
    m_deterministicCuDNN = context.deterministicCuDNN();
    m_benchmark = context.benchmarkCuDNN();
    context.setAllowTF32CuBLAS(precision != "fp32");
    context.setAllowTF32CuDNN(precision != "fp32");
    if (!deterministic) return;
    // cuBLAS reads it when it is first used
    ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0);
    context.setDeterministicAlgorithms(true, false);
    context.setDeterministicCuDNN(true);
    context.setBenchmarkCuDNN(false);
}

ArithmeticScope::~ArithmeticScope()
{
    at::Context& context = at::globalContext();
    context.setAllowTF32CuBLAS(m_cublas);
    context.setAllowTF32CuDNN(m_cudnn);
    context.setDeterministicAlgorithms(m_deterministic, m_warnOnly);
    context.setDeterministicCuDNN(m_deterministicCuDNN);
    context.setBenchmarkCuDNN(m_benchmark);
}

AutocastScope::AutocastScope(const std::string& precision, const torch::Device& device) : m_type(device.type()), m_active(precision == "bf16" || precision == "fp16")
{
    if (!m_active) return;
    m_enabled = at::autocast::is_autocast_enabled(m_type);
    m_dtype = at::autocast::get_autocast_dtype(m_type);
    m_cache = at::autocast::is_autocast_cache_enabled();
    at::autocast::set_autocast_cache_enabled(false);
    at::autocast::set_autocast_dtype(m_type, precision == "bf16" ? torch::kBFloat16 : torch::kFloat16);
    at::autocast::set_autocast_enabled(m_type, true);
}

AutocastScope::~AutocastScope()
{
    if (!m_active) return;
    at::autocast::set_autocast_enabled(m_type, m_enabled);
    at::autocast::set_autocast_dtype(m_type, m_dtype);
    at::autocast::set_autocast_cache_enabled(m_cache);
}

bool LossScaler::unscale(const std::vector<torch::Tensor>& gradients)
{
    if (gradients.empty()) return true;
    const torch::TensorOptions options = torch::TensorOptions(torch::kFloat32).device(gradients.front().device());
    torch::Tensor found = torch::zeros({1}, options);
    at::_amp_foreach_non_finite_check_and_unscale_(gradients, found, torch::full({1}, 1 / m_scale, options));
    const bool finite = found.item<float>() == 0;
    m_overflowed = m_overflowed || !finite;
    return finite;
}

void LossScaler::endStep()
{
    constexpr int64_t kGrowthInterval = 2000;
    if (std::exchange(m_overflowed, false)) {
        m_scale /= 2;
        m_goodSteps = 0;
    } else if (++m_goodSteps >= kGrowthInterval) {
        m_scale *= 2;
        m_goodSteps = 0;
    }
}

nlohmann::json LossScaler::state() const { return {{"scale", m_scale}, {"good_steps", m_goodSteps}}; }

void LossScaler::setState(const nlohmann::json& state)
{
    try {
        m_scale = state.at("scale").get<double>();
        m_goodSteps = state.at("good_steps").get<int64_t>();
    } catch (const nlohmann::json::exception& error) {
        throw Error(ErrorCode::Damaged, std::string("the state of the loss scale cannot be read: ") + error.what());
    }
    if (!(m_scale > 0)) throw Error(ErrorCode::Damaged, "the loss scale is not above 0");
}

}  // namespace kinora
