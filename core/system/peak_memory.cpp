#include "core/system/peak_memory.h"

#include <c10/core/Allocator.h>
#include <c10/util/ThreadLocalDebugInfo.h>

#include <atomic>

namespace kinora {
namespace {
class Counter final : public c10::MemoryReportingInfoBase {
public:
    void reportMemoryUsage(void*, std::int64_t size, std::size_t, std::size_t, c10::Device) override
    {
        const std::int64_t now = m_now.fetch_add(size) + size;  // freeing reports a negative size
        for (std::int64_t peak = m_peak.load(); now > peak && !m_peak.compare_exchange_weak(peak, now);) {}
    }
    bool memoryProfilingEnabled() const override { return true; }
    std::int64_t peak() const { return m_peak.load(); }

private:
    std::atomic<std::int64_t> m_now{0}, m_peak{0};
};
}  // namespace

struct PeakMemory::Private {
    std::shared_ptr<Counter> counter = std::make_shared<Counter>();
    c10::DebugInfoGuard guard{c10::DebugInfoKind::PROFILER_STATE, counter};
};

PeakMemory::PeakMemory() : d(std::make_unique<Private>()) {}
PeakMemory::~PeakMemory() = default;
std::int64_t PeakMemory::bytes() const { return d->counter->peak(); }

}  // namespace kinora
