#include "core/system/generation_plan.h"

#ifdef __x86_64__
#include <cpuid.h>
#endif

#include <cstdlib>
#include <cstring>

#include "core/system/generation.h"
#include "core/system/graphed_generation.h"
#include "core/system/system.h"
#include "core/util/error.h"
#include "core/util/log.h"
#include "core/util/outcome.h"

namespace kinora {

PlanChoice planChoiceFromName(const std::string& name)
{
    if (name == "auto") return PlanChoice::Auto;
    if (name == "off") return PlanChoice::Off;
    if (name == "fp32") return PlanChoice::Float32;
    if (name == "bf16") return PlanChoice::BFloat16;
    throw Error(ErrorCode::Usage, "'" + name + "' is not allowed; expected one of auto, off, fp32, bf16", "--plan");
}

const char* planPrecisionName(PlanPrecision precision) { return precision == PlanPrecision::Float32 ? "fp32" : "bf16"; }

bool bfloat16IsQuick(const torch::Device& device)
{
    const char* forbidden = std::getenv("KINORA_NO_BF16");
    if (forbidden && *forbidden && std::strcmp(forbidden, "0") != 0) return false;
    if (!device.is_cpu()) return true;  // every GPU that LibTorch 2.11 supports has products in bfloat16
#if defined(__x86_64__)
    // leaf 7: subleaf 1, EAX bit 5 is AVX512-BF16; subleaf 0, EDX bit 22 is AMX-BF16. LibTorch must use AVX-512, too: it may have been told not to
    if (at::get_cpu_capability().find("AVX512") == std::string::npos) return false;
    unsigned a = 0, b = 0, c = 0, d = 0;
    const bool vectors = __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 5 & 1U);
    return vectors || (__get_cpuid_count(7, 0, &a, &b, &c, &d) && (d >> 22 & 1U));
#else
    return false;
#endif
}

Generating::Generating(System& system, PlanChoice choice, bool exact) : m_system(&system)
{
    if (choice == PlanChoice::Off) {
        m_reason = "plain modules, as asked";
        return;
    }
    const torch::NoGradGuard noGrad;
    const auto make = [&](PlanPrecision precision) { return system.makePlan(precision); };
    if (choice == PlanChoice::BFloat16) {
        if (!bfloat16IsQuick(system.device()))
            throw Error(ErrorCode::DeviceUnavailable, "this processor has no instructions for bf16 (AVX512-BF16 or AMX), or KINORA_NO_BF16 forbids them; use --plan auto or fp32", "--plan bf16");
        if (auto plan = make(PlanPrecision::BFloat16)) {
            m_plan = recordedWherePossible(system, std::move(plan));
            return;
        }
        if (make(PlanPrecision::Float32)) throw Error(ErrorCode::DeviceUnavailable, "LibTorch's products in bf16 do not work on this processor as it is set up; use --plan auto or fp32", "--plan bf16");
        throw Error(ErrorCode::Usage, "the system has no inference plan in bf16 on " + system.device().str() + "; use --plan auto", "--plan");
    }
    std::unique_ptr<GenerationPlan> plan = make(PlanPrecision::Float32);
    m_reason = "plain modules: the system has no inference plan";
    const SystemDescription description = system.describe();
    const int frames = description.length.trained;
    ControlTensors controls;
    if (plan) controls = toTensors(description, {trialControls(description, 1, 1, frames)}, frames, system.device());
    const auto difference = [](const torch::Tensor& got, const torch::Tensor& wanted) { return ((got - wanted).abs().max() / wanted.abs().max().clamp_min(1e-12)).item<double>(); };
    torch::Tensor wanted;  // one drawn clip in float32
    const auto firstLine = [](const Error& error) { return std::string(error.what()).substr(0, std::string(error.what()).find('\n')); };
    const bool device = dynamic_cast<RecordablePlan*>(plan.get()) != nullptr;  // leaves its sums to whatever kernels the device has
    if (device && !controls.empty()) {
        const auto error = attempt([&] {
            wanted = plan->generate(controls, frames, 1);
            return difference(wanted, system.generate(controls, frames, 1));
        });
        if (!error || !(error.value() <= largestDifferenceOnDevice())) {
            m_reason = "plain modules: the inference plan " + (error ? "differs from them by " + std::to_string(error.value()) : "fails (" + firstLine(error.error()) + ")") + " on " + system.device().str();
            log::info("generating by the " + m_reason);
            plan.reset();
        }
    }
    if (plan && !controls.empty() && choice == PlanChoice::Auto && !exact && bfloat16IsQuick(system.device())) {
        // the quicker numbers, where one drawn clip says that they are good enough
        if (auto quicker = make(PlanPrecision::BFloat16)) {
            if (!wanted.defined()) wanted = plan->generate(controls, frames, 1);
            const auto error = attempt([&] { return difference(quicker->generate(controls, frames, 1), wanted); });
            if (!error && !device) throw error.error();
            if (error && error.value() <= kLargestError)
                plan = std::move(quicker);
            else
                log::info("generating in fp32: bf16 " + (error ? "differs by " + std::to_string(error.value()) + " with these weights" : "fails (" + firstLine(error.error()) + ")"));
        }
    }
    m_plan = recordedWherePossible(system, std::move(plan));
}

torch::Tensor Generating::operator()(const ControlTensors& controls, int frames, uint64_t seed)
{
    return m_plan ? m_plan->generate(controls, frames, seed) : m_system->generate(controls, frames, seed);
}

std::string Generating::description() const { return m_plan ? m_plan->description() : m_reason; }

}  // namespace kinora
