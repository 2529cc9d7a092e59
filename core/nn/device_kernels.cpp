#include "core/nn/device_kernels.h"

#include <dlfcn.h>

#include <filesystem>
#include <string>

namespace kinora::nn {
namespace {

struct Loaded {
    const DeviceKernels* kernels = nullptr;
    std::string reason;
};

Loaded load()
{
    Loaded result;
    std::error_code ignored;
    const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
    for (const auto& path : {program / "libkinora_cuda.so", program / "../lib/kinora/libkinora_cuda.so"}) {
        if (!std::filesystem::exists(path, ignored)) continue;
        void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (!library) {
            const char* why = dlerror();
            result.reason = why ? why : "libkinora_cuda.so cannot be loaded";
            continue;
        }
        using Table = const DeviceKernels* (*)();
        const auto table = reinterpret_cast<Table>(dlsym(library, "kinora_cuda_kernels"));
        const DeviceKernels* kernels = table ? table() : nullptr;
        if (kernels && kernels->version == DeviceKernels::kVersion) return {kernels, {}};
        result.reason = path.string() + " belongs to another version";
        dlclose(library);
    }
    if (result.reason.empty()) result.reason = "libkinora_cuda.so is not there: it is built where nvcc is found";
    return result;
}

Loaded& loaded()
{
    static Loaded state;
    return state;
}
}  // namespace

const DeviceKernels* deviceKernels() { return loaded().kernels; }

const char* loadDeviceKernels()
{
    static const bool done = (loaded() = load(), true);
    (void)done;
    return loaded().kernels ? nullptr : loaded().reason.c_str();
}

}  // namespace kinora::nn
