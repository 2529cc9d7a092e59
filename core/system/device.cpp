#include <dlfcn.h>

#include <mutex>

#include "core/nn/device_kernels.h"
#include "core/system/generation.h"
#include "core/util/error.h"
#include "core/util/log.h"

namespace kinora {
namespace {
/// libtorch_cuda.so registers the CUDA back end when it is loaded; nothing is linked to it, so one program serves both kinds of machine.
CudaStatus loadCuda()
{
    CudaStatus status;
    if (!dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL)) {
        status.reason = "no NVIDIA driver (libcuda.so.1 was not found)";
        return status;
    }
    Dl_info here{};
    std::string folder;
    if (dladdr(reinterpret_cast<void*>(&at::globalContext), &here) && here.dli_fname) {
        folder = here.dli_fname;
        folder.resize(folder.rfind('/') + 1);
    }
    if (!dlopen((folder + "libtorch_cuda.so").c_str(), RTLD_NOW | RTLD_GLOBAL)) {
        const char* why = dlerror();
        status.reason = std::string("libtorch_cuda.so cannot be loaded (") + (why ? why : "no reason given") + "); set up again with KINORA_CUDA=1 ./run";
        return status;
    }
    try {
        if (!torch::cuda::is_available()) {
            status.reason = "libtorch_cuda.so is loaded but sees no usable device; check the driver's version with nvidia-smi";
            return status;
        }
        status.devices = static_cast<int>(torch::cuda::device_count());
        for (int i = 0; i < status.devices; ++i) status.names.push_back("cuda:" + std::to_string(i));
        status.available = status.devices > 0;
        status.reason = status.available ? "libtorch_cuda.so is loaded" : "no CUDA device";
        if (status.available)
            if (const char* why = nn::loadDeviceKernels()) status.reason += std::string("; without kernels of our own: ") + why;
    } catch (const std::exception& error) {
        status.reason = error.what();
        status.reason = status.reason.substr(0, status.reason.find('\n'));
    }
    return status;
}
}  // namespace

CudaStatus cudaStatus()
{
    static const CudaStatus status = loadCuda();
    return status;
}

torch::Device chooseDevice(const std::string& text)
{
    if (text == "cpu") return torch::kCPU;
    if (text == "auto") return cudaStatus().available ? torch::Device(torch::kCUDA, 0) : torch::Device(torch::kCPU);
    if (text == "cuda" || text.starts_with("cuda:")) {
        int index = 0;
        if (text.size() > 5) {
            const std::string number = text.substr(5);
            if (number.size() > 3 || number.find_first_not_of("0123456789") != std::string::npos) throw Error(ErrorCode::Usage, "'" + text + "' is no device; use auto, cpu, cuda or cuda:1", "--device");
            index = std::stoi(number);
        } else if (text == "cuda:") {
            throw Error(ErrorCode::Usage, "'cuda:' lacks the number of the device", "--device");
        }
        const CudaStatus status = cudaStatus();
        if (!status.available) throw Error(ErrorCode::DeviceUnavailable, "CUDA is not available: " + status.reason + "; use --device cpu", text);
        if (index >= status.devices) throw Error(ErrorCode::DeviceUnavailable, "this machine has " + std::to_string(status.devices) + " CUDA device(s), numbered from 0", text);
        return {torch::kCUDA, static_cast<torch::DeviceIndex>(index)};
    }
    throw Error(ErrorCode::Usage, "'" + text + "' is no device; use auto, cpu, cuda or cuda:1", "--device");
}

}  // namespace kinora
