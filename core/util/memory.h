#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace kinora {

/// Bytes of memory that this process occupies (its resident set); 0 where the system does not say.
std::uint64_t residentMemory();
/// Bytes that processes can still take, by the kernel's estimate or by the limit of this process's control group, whichever is less.
std::optional<std::uint64_t> availableMemory();
/// "1.5 GB", in powers of 1000.
std::string byteText(double bytes);

}  // namespace kinora
