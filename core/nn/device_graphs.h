#pragma once
// CUDA graphs, as libkinora_cuda_graphs.so offers them. The engine sees this interface and no CUDA header; the plug-in is LibTorch's own at::cuda::CUDAGraph.
#include <torch/torch.h>

#include <functional>
#include <memory>

namespace kinora::nn {

/// Work on a device that was recorded once and starts again as a whole.
/// Thread: one at a time, that of the network whose work it is.
class DeviceGraph {
public:
    virtual ~DeviceGraph() = default;
    /// Runs \p work to warm up, then records it. What it reads and writes stays at its place as long as the graph lives; memory that it allocates belongs to the graph.
    /// \throws whatever the work or the recording throws (no memory, an operation that waits for the device); the device can be used as before then
    virtual void record(const std::function<void()>& work) = 0;
    /// Does the recorded work again, in the order of the device's current stream.
    virtual void replay() = 0;
};

using MakeDeviceGraph = std::function<std::unique_ptr<DeviceGraph>(const torch::Device& device)>;

/// Of libkinora_cuda_graphs.so, which is loaded at the first call from beside the program or ../lib/kinora; empty where it is not there or does not fit.
const MakeDeviceGraph& deviceGraphs();

/// What the plug-in exports as kinora_cuda_graphs.
struct DeviceGraphTable {
    static constexpr int kVersion = 1;
    int version = 0;
    DeviceGraph* (*make)(int device) = nullptr;
};

}  // namespace kinora::nn
