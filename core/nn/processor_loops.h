#pragma once
// Where the layers of a fast training step run loops of their own, and where LibTorch's operations.
#include <torch/torch.h>

#include <utility>

namespace kinora::nn {

/// Layers in this thread compute as they do on a GPU while it lives, so that a machine without one can test that way.
class WithoutLoops {
public:
    WithoutLoops() : m_before(std::exchange(s_active, true)) {}
    ~WithoutLoops() { s_active = m_before; }
    WithoutLoops(const WithoutLoops&) = delete;
    WithoutLoops& operator=(const WithoutLoops&) = delete;
    static bool active() { return s_active; }

private:
    static inline thread_local bool s_active = false;
    bool m_before;
};

/// Whether loops over memory may be used for \p x at all.
inline bool onProcessor(const torch::Tensor& x) { return x.is_cpu() && !WithoutLoops::active(); }
/// Whether those over rows, which know two types, take \p x.
inline bool hasLoops(const torch::Tensor& x) { return onProcessor(x) && (x.scalar_type() == torch::kFloat32 || x.scalar_type() == torch::kBFloat16); }

}  // namespace kinora::nn
