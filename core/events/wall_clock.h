#pragma once
#include <chrono>

namespace kinora::tfevents {

/// Seconds since 1970 that never fall: the system's clock, and where that is set back, on from there by the steady clock until the system's has caught up.
class WallClock {
public:
    double now() { return at(std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(), std::chrono::steady_clock::now()); }

    /// The same with what the two clocks show.
    double at(double systemS, std::chrono::steady_clock::time_point steady)
    {
        const double expected = m_systemS + std::chrono::duration<double>(steady - m_steady).count();
        if (m_begun && systemS <= expected) return expected;
        m_systemS = systemS, m_steady = steady, m_begun = true;
        return systemS;
    }

private:
    bool m_begun = false;
    double m_systemS = 0;
    std::chrono::steady_clock::time_point m_steady{};
};

}  // namespace kinora::tfevents
