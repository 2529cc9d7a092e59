#include "core/training/out_of_memory.h"

#include <algorithm>
#include <regex>

#include "core/util/memory.h"

namespace kinora {

bool saysOutOfMemory(std::string_view message)
{
    for (const char* text : {"out of memory", "not enough memory", "can't allocate memory", "std::bad_alloc", "CUBLAS_STATUS_ALLOC_FAILED"})
        if (message.find(text) != std::string_view::npos) return true;
    return false;
}

Error outOfMemory(std::string_view message, const torch::Device& device, int64_t batchSize, int64_t accumulation)
{
    const std::string text(message.substr(0, 4000));
    std::smatch match;
    std::string asked, there;
    // the CPU's allocator counts bytes, CUDA's has its own words: "Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.10 GiB of which 1.10 GiB is free."
    if (std::regex_search(text, match, std::regex("tried to allocate (\\d+) bytes"))) asked = byteText(std::stod(match[1].str()));
    else if (std::regex_search(text, match, std::regex("Tried to allocate ([0-9.]+ [KMGT]?i?B)"))) asked = match[1].str();
    const bool onDevice = text.find("DefaultCPUAllocator") == std::string::npos && !device.is_cpu() && !text.empty();
    if (std::regex_search(text, match, std::regex("total capacity of ([0-9.]+ [KMGT]?i?B) of which ([0-9.]+ [KMGT]?i?B) is free"))) {
        there = device.str() + " has " + match[1].str() + ", " + match[2].str() + " of them free";
    } else if (!onDevice) {
        if (const auto available = availableMemory()) there = "this machine has " + byteText(static_cast<double>(*available)) + " free";
        there += (there.empty() ? "" : ", ") + std::string("this process holds ") + byteText(static_cast<double>(residentMemory()));
    }
    std::string line = "not enough memory for a training step";
    if (!asked.empty()) line += ": " + asked + " more were needed";
    if (!there.empty()) line += (asked.empty() ? ": " : "; ") + there;
    line += ". Lower ";
    if (accumulation * 2 <= batchSize) line += "the clips computed at once (--set accumulation=" + std::to_string(accumulation * 2) + " keeps the batch of " + std::to_string(batchSize) + "), ";
    if (batchSize > 1) line += "the batch (--set batch_size=" + std::to_string(std::max<int64_t>(1, batchSize / 2)) + "), ";
    line += "the networks' width or the pictures' size; precision=bf16 needs less too";
    return {ErrorCode::OutOfMemory, line};
}

}  // namespace kinora
