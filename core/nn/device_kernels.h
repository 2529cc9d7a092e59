#pragma once
// What libkinora_cuda.so offers: kernels for which LibTorch has nothing good. The plug-in sees raw device memory and a stream and no LibTorch; the engine sees this table and no CUDA.
// Every kernel has a twin in row_kernels.h, which says what it computes.
#include <cstdint>

namespace kinora::nn {

enum class DeviceNumber : int { Float32 = 0, Float16 = 1, BFloat16 = 2 };

/// Functions return 0, or CUDA's error number; they only put work into the stream, and wait for nothing.
struct DeviceKernels {
    static constexpr int kVersion = 1;
    int version = 0;

    struct Time {
        std::int64_t clips, frames, positions, channels, kernel, stride, padding;
    };
    int (*shiftAdd)(const void* taps, const void* still, const Time* shape, void* out, DeviceNumber type, void* stream) = nullptr;
    int (*shiftGather)(const void* out, const Time* shape, void* taps, void* still, DeviceNumber type, void* stream) = nullptr;

    struct Clip {
        std::int64_t size[5], stride[5];  ///< (N, C, T, H, W), in numbers.
    };
    /// rows::pixels, then the copy of the result to \p host (page-locked memory, or null for no copy).
    int (*pixels)(const void* clip, const Clip* shape, float low, float range, int truncate, int channels, std::uint8_t* device, std::uint8_t* host, DeviceNumber type, void* stream) = nullptr;

    const char* (*message)(int error) = nullptr;
};

/// Of libkinora_cuda.so, if it was loaded; else null.
const DeviceKernels* deviceKernels();
/// Loads the plug-in from beside the program, or from ../lib/kinora. Once libtorch_cuda.so works; calls after the first do nothing.
/// \returns why there is none, or nothing; without it everything works by LibTorch's own operations
const char* loadDeviceKernels();

}  // namespace kinora::nn
