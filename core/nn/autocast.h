#pragma once
#include <ATen/autocast_mode.h>

namespace kinora::nn {

/// No autocast in this thread while it lives: for backward passes, optimizers and spectral norms, which stay in float32.
class NoAutocast {
public:
    explicit NoAutocast(at::DeviceType type) : m_type(type), m_enabled(at::autocast::is_autocast_enabled(type))
    {
        if (m_enabled) at::autocast::set_autocast_enabled(m_type, false);
    }
    ~NoAutocast()
    {
        if (m_enabled) at::autocast::set_autocast_enabled(m_type, true);
    }
    NoAutocast(const NoAutocast&) = delete;
    NoAutocast& operator=(const NoAutocast&) = delete;

private:
    at::DeviceType m_type;
    bool m_enabled;
};

}  // namespace kinora::nn
