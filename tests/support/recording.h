#pragma once
// A CUDA graph's stand-in.
#include <functional>
#include <stdexcept>

#include "core/nn/device_graphs.h"

namespace kinora::test {

/// What a recording does when it is replayed, or instead of being made.
enum class Behaviour { Right, KeepsOldInputs, NotANumber, OutOfMemory };
struct RecordingCounts {
    int made = 0, replayed = 0, alive = 0;
};

/// A recording without a GPU: it keeps the work and does it again, or goes wrong as a real one may.
class Recording final : public nn::DeviceGraph {
public:
    Recording(Behaviour behaviour, RecordingCounts& counts) : m_behaviour(behaviour), m_counts(counts) { ++counts.made, ++counts.alive; }
    ~Recording() override { --m_counts.alive; }
    Recording(const Recording&) = delete;
    Recording& operator=(const Recording&) = delete;
    void record(const std::function<void()>& work) override
    {
        work();  // warms up
        if (m_behaviour == Behaviour::OutOfMemory) throw std::runtime_error("CUDA out of memory. Tried to allocate 2.00 GiB\nmore lines");
        m_work = work;
    }
    void replay() override
    {
        ++m_counts.replayed;
        if (m_behaviour == Behaviour::Right) m_work();
    }

private:
    Behaviour m_behaviour;
    RecordingCounts& m_counts;
    std::function<void()> m_work;
};

inline nn::MakeDeviceGraph recordings(Behaviour behaviour, RecordingCounts& counts)
{
    return [behaviour, &counts](const torch::Device&) { return std::make_unique<Recording>(behaviour, counts); };
}

}  // namespace kinora::test
