#include "core/nn/device_graphs.h"

#include <dlfcn.h>

#include <filesystem>

#include "core/util/log.h"

namespace kinora::nn {
namespace {
MakeDeviceGraph load()
{
    std::error_code ignored;
    const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
    for (const auto& path : {program / "libkinora_cuda_graphs.so", program / "../lib/kinora/libkinora_cuda_graphs.so"}) {
        if (!std::filesystem::exists(path, ignored)) continue;
        // its symbols are those of libtorch_cuda.so, which device.cpp has loaded for all
        void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (!library) {
            const char* why = dlerror();
            log::info(std::string("no CUDA graphs: ") + (why ? why : "the plug-in cannot be loaded"));
            continue;
        }
        const auto get = reinterpret_cast<const DeviceGraphTable* (*)()>(dlsym(library, "kinora_cuda_graphs"));
        const DeviceGraphTable* table = get ? get() : nullptr;
        if (table && table->version == DeviceGraphTable::kVersion)
            return [table](const torch::Device& device) { return std::unique_ptr<DeviceGraph>(table->make(device.index())); };
        log::info("no CUDA graphs: " + path.string() + " belongs to another version");
        dlclose(library);
    }
    return {};
}
}  // namespace

const MakeDeviceGraph& deviceGraphs()
{
    static const MakeDeviceGraph make = load();
    return make;
}

}  // namespace kinora::nn
