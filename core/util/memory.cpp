#include "core/util/memory.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <limits>
#include <string>

namespace kinora {
namespace {

std::optional<std::uint64_t> numberIn(const char* file)
{
    std::ifstream stream(file);
    std::uint64_t number = 0;
    if (!(stream >> number)) return std::nullopt;  // "max" is no limit
    return number;
}

/// The number after \p name in a file of "name number" lines.
std::optional<std::uint64_t> entryOf(const char* file, const std::string& name)
{
    std::ifstream stream(file);
    std::string line;
    while (std::getline(stream, line))
        if (line.starts_with(name)) return std::strtoull(line.c_str() + name.size(), nullptr, 10);
    return std::nullopt;
}

}  // namespace

std::uint64_t residentMemory()
{
    std::ifstream stream("/proc/self/statm");
    std::uint64_t total = 0, resident = 0;
    if (!(stream >> total >> resident)) return 0;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::optional<std::uint64_t> availableMemory()
{
    std::optional<std::uint64_t> available;
    if (const auto kilobytes = entryOf("/proc/meminfo", "MemAvailable:")) available = *kilobytes * 1024;
    const auto limit = numberIn("/sys/fs/cgroup/memory.max"), used = numberIn("/sys/fs/cgroup/memory.current");
    if (limit && used) {
        // pages of files that were read can be given up at once
        const std::uint64_t given = entryOf("/sys/fs/cgroup/memory.stat", "inactive_file ").value_or(0);
        const std::uint64_t kept = *used > given ? *used - given : 0;
        const std::uint64_t left = *limit > kept ? *limit - kept : 0;
        available = std::min(available.value_or(std::numeric_limits<std::uint64_t>::max()), left);
    }
    return available;
}

std::string byteText(double bytes)
{
    const char* units[] = {"bytes", "kB", "MB", "GB", "TB"};
    int unit = 0;
    while (bytes >= 1000 && unit < 4) {
        bytes /= 1000;
        ++unit;
    }
    char text[48];
    std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : bytes < 10 ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
    return text;
}

}  // namespace kinora
