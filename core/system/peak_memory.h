#pragma once
#include <cstdint>
#include <memory>

namespace kinora {

/// Watches, from construction to destruction, what tensors take in memory on all devices, as their allocators report it.
/// What a library keeps for itself (workspaces of kernels, code, caches) is not seen.
/// Thread: counts what this thread allocates, and what LibTorch's threads do for it.
class PeakMemory {
public:
    PeakMemory();
    ~PeakMemory();
    /// The most that was taken at one time beyond what was there at the beginning.
    std::int64_t bytes() const;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

}  // namespace kinora
