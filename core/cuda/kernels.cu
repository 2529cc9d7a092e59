// The kernels of core/nn/device_kernels.h. Each thread makes one number; neighbours in a warp are neighbours in memory.
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include "core/nn/device_kernels.h"

namespace {

using kinora::nn::DeviceKernels;
using kinora::nn::DeviceNumber;
using Time = DeviceKernels::Time;
using Clip = DeviceKernels::Clip;

constexpr int kThreads = 256;

__device__ float load(const float* p) { return *p; }
__device__ float load(const __half* p) { return __half2float(*p); }
__device__ float load(const __nv_bfloat16* p) { return __bfloat162float(*p); }
__device__ void store(float* p, float value) { *p = value; }
__device__ void store(__half* p, float value) { *p = __float2half_rn(value); }
__device__ void store(__nv_bfloat16* p, float value) { *p = __float2bfloat16_rn(value); }

template <class T>
__global__ void shiftAddKernel(const T* taps, const T* still, Time s, std::int64_t outFrames, std::int64_t count, T* out)
{
    const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
    if (i >= count) return;
    const std::int64_t channel = i % s.channels, position = i / s.channels % s.positions, frame = i / (s.channels * s.positions) % outFrames, clip = i / (s.channels * s.positions * outFrames);
    const std::int64_t at = frame + s.padding;
    float sum = 0;
    for (std::int64_t tap = at % s.stride; tap < s.kernel && tap <= at; tap += s.stride) {
        const std::int64_t t = (at - tap) / s.stride;
        if (t >= s.frames) continue;
        sum += load(taps + (((clip * s.frames + t) * s.positions + position) * s.kernel + tap) * s.channels + channel);
        if (still) sum += load(still + ((clip * s.positions + position) * s.kernel + tap) * s.channels + channel);
    }
    store(out + i, sum);
}

template <class T>
__global__ void shiftGatherKernel(const T* out, Time s, std::int64_t outFrames, std::int64_t count, T* taps, T* still)
{
    const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
    if (i >= count) return;
    const std::int64_t channel = i % s.channels, tap = i / s.channels % s.kernel, position = i / (s.channels * s.kernel) % s.positions, clip = i / (s.channels * s.kernel * s.positions);
    float sum = 0;
    for (std::int64_t t = 0; t < s.frames; ++t) {
        const std::int64_t at = t * s.stride + tap - s.padding;
        const bool inside = at >= 0 && at < outFrames;
        const float value = inside ? load(out + ((clip * outFrames + at) * s.positions + position) * s.channels + channel) : 0.0F;
        if (taps) store(taps + (((clip * s.frames + t) * s.positions + position) * s.kernel + tap) * s.channels + channel, value);
        sum += value;
    }
    if (still) store(still + i, sum);
}

template <class T>
__global__ void pixelsKernel(const T* clip, Clip s, float low, float range, bool truncate, int channels, std::int64_t count, std::uint8_t* out)
{
    const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;  // one pixel
    if (i >= count) return;
    const std::int64_t x = i % s.size[4], y = i / s.size[4] % s.size[3], t = i / (s.size[4] * s.size[3]) % s.size[2], n = i / (s.size[4] * s.size[3] * s.size[2]);
    for (int c = 0; c < 3; ++c) {
        const float value = load(clip + n * s.stride[0] + c * s.stride[1] + t * s.stride[2] + y * s.stride[3] + x * s.stride[4]);
        // not contracted to one rounding: a processor and LibTorch round each operation
        const float scaled = __fmul_rn(__fdiv_rn(__fsub_rn(value, low), range), 255.0F);
        const float whole = fminf(fmaxf(truncate ? truncf(scaled) : rintf(scaled), 0.0F), 255.0F);
        out[i * channels + c] = static_cast<std::uint8_t>(whole);
    }
    if (channels == 4) out[i * 4 + 3] = 255;
}

unsigned blocks(std::int64_t count) { return static_cast<unsigned>((count + kThreads - 1) / kThreads); }
std::int64_t outFrames(const Time& s) { return (s.frames - 1) * s.stride - 2 * s.padding + s.kernel; }

/// Calls \p work with a null pointer of the type that \p type names.
template <class Work>
int withType(DeviceNumber type, const Work& work)
{
    switch (type) {
        case DeviceNumber::Float32: work(static_cast<float*>(nullptr)); break;
        case DeviceNumber::Float16: work(static_cast<__half*>(nullptr)); break;
        case DeviceNumber::BFloat16: work(static_cast<__nv_bfloat16*>(nullptr)); break;
        default: return static_cast<int>(cudaErrorInvalidValue);
    }
    return static_cast<int>(cudaGetLastError());
}

int shiftAdd(const void* taps, const void* still, const Time* shape, void* out, DeviceNumber type, void* stream)
{
    const std::int64_t frames = outFrames(*shape), count = shape->clips * frames * shape->positions * shape->channels;
    if (count <= 0) return static_cast<int>(cudaErrorInvalidValue);
    return withType(type, [&](auto* null) {
        using T = std::remove_pointer_t<decltype(null)>;
        shiftAddKernel<T><<<blocks(count), kThreads, 0, static_cast<cudaStream_t>(stream)>>>(static_cast<const T*>(taps), static_cast<const T*>(still), *shape, frames, count, static_cast<T*>(out));
    });
}

int shiftGather(const void* out, const Time* shape, void* taps, void* still, DeviceNumber type, void* stream)
{
    const std::int64_t count = shape->clips * shape->positions * shape->kernel * shape->channels;
    if (count <= 0) return static_cast<int>(cudaErrorInvalidValue);
    return withType(type, [&](auto* null) {
        using T = std::remove_pointer_t<decltype(null)>;
        shiftGatherKernel<T><<<blocks(count), kThreads, 0, static_cast<cudaStream_t>(stream)>>>(static_cast<const T*>(out), *shape, outFrames(*shape), count, static_cast<T*>(taps), static_cast<T*>(still));
    });
}

int pixels(const void* clip, const Clip* shape, float low, float range, int truncate, int channels, std::uint8_t* device, std::uint8_t* host, DeviceNumber type, void* stream)
{
    const std::int64_t count = shape->size[0] * shape->size[2] * shape->size[3] * shape->size[4];
    if (count <= 0 || shape->size[1] != 3 || (channels != 3 && channels != 4)) return static_cast<int>(cudaErrorInvalidValue);
    const int error = withType(type, [&](auto* null) {
        using T = std::remove_pointer_t<decltype(null)>;
        pixelsKernel<T><<<blocks(count), kThreads, 0, static_cast<cudaStream_t>(stream)>>>(static_cast<const T*>(clip), *shape, low, range, truncate != 0, channels, count, device);
    });
    if (error != 0 || !host) return error;
    return static_cast<int>(cudaMemcpyAsync(host, device, static_cast<std::size_t>(count * channels), cudaMemcpyDeviceToHost, static_cast<cudaStream_t>(stream)));
}

const char* message(int error) { return cudaGetErrorString(static_cast<cudaError_t>(error)); }
}  // namespace

extern "C" __attribute__((visibility("default"))) const DeviceKernels* kinora_cuda_kernels()
{
    static const DeviceKernels table{DeviceKernels::kVersion, shiftAdd, shiftGather, pixels, message};
    return &table;
}
