// CUDA graphs by LibTorch's own class, which keeps the memory of a recording apart and knows the workspaces of cuBLAS. Linked to nothing: libtorch_cuda.so is in the process already.
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include "core/nn/device_graphs.h"

namespace {

class Graph final : public kinora::nn::DeviceGraph {
public:
    explicit Graph(int device) : m_device(static_cast<c10::DeviceIndex>(device)) {}

    void record(const std::function<void()>& work) override
    {
        const c10::cuda::CUDAStream before = c10::cuda::getCurrentCUDAStream(m_device), side = c10::cuda::getStreamFromPool(false, m_device);
        before.synchronize();
        const c10::cuda::CUDAStreamGuard guard(side);
        for (int i = 0; i < 2; ++i) work();  // algorithms are chosen and workspaces made outside of the recording
        side.synchronize();
        m_graph.capture_begin();
        try {
            work();
        } catch (...) {
            try {
                m_graph.capture_end();  // the recording must end before the stream can be used again
                m_graph.reset();
            } catch (const std::exception&) {  // it is broken: what broke it is thrown below
            }
            throw;
        }
        m_graph.capture_end();
        side.synchronize();
    }

    void replay() override
    {
        const c10::cuda::CUDAGuard guard(m_device);
        m_graph.replay();
    }

private:
    c10::DeviceIndex m_device;
    at::cuda::CUDAGraph m_graph;
};

kinora::nn::DeviceGraph* make(int device) { return new Graph(device); }
}  // namespace

extern "C" __attribute__((visibility("default"))) const kinora::nn::DeviceGraphTable* kinora_cuda_graphs()
{
    static const kinora::nn::DeviceGraphTable table{kinora::nn::DeviceGraphTable::kVersion, make};
    return &table;
}
