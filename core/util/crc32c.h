#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace kinora {
namespace detail {
/// Tables for eight bytes at a time ("slicing by 8").
constexpr std::array<std::array<std::uint32_t, 256>, 8> crc32cTables()
{
    std::array<std::array<std::uint32_t, 256>, 8> tables{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t crc = byte;
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) ? 0x82f63b78U : 0U);
        tables[0][byte] = crc;
    }
    for (std::size_t slice = 1; slice < 8; ++slice)
        for (std::size_t byte = 0; byte < 256; ++byte) tables[slice][byte] = (tables[slice - 1][byte] >> 8) ^ tables[0][tables[slice - 1][byte] & 0xff];
    return tables;
}
inline constexpr auto kCrc32cTables = crc32cTables();

#if defined(__x86_64__)
inline const bool kCrc32cInHardware = [] {
    __builtin_cpu_init();  // this may run before the runtime's own start-up code
    return __builtin_cpu_supports("sse4.2") != 0;
}();

/// With the processor's own instruction.
[[gnu::target("sse4.2")]] inline std::uint32_t crc32cHardware(const void* data, std::size_t size, std::uint32_t crc)
{
    const auto* bytes = static_cast<const unsigned char*>(data);
    std::uint64_t state = ~crc;
    for (; size >= 8; size -= 8, bytes += 8) {
        std::uint64_t word;
        std::memcpy(&word, bytes, 8);
        state = _mm_crc32_u64(state, word);
    }
    auto low = static_cast<std::uint32_t>(state);
    if (size >= 4) {
        std::uint32_t word;
        std::memcpy(&word, bytes, 4);
        low = _mm_crc32_u32(low, word);
        size -= 4, bytes += 4;
    }
    for (; size > 0; --size, ++bytes) low = _mm_crc32_u8(low, *bytes);
    return ~low;
}
#endif

/// With tables, on any processor.
inline std::uint32_t crc32cSoftware(const void* data, std::size_t size, std::uint32_t crc)
{
    static_assert(std::endian::native == std::endian::little);
    const auto& t = kCrc32cTables;
    const auto* bytes = static_cast<const unsigned char*>(data);
    crc = ~crc;
    for (; size >= 8; size -= 8, bytes += 8) {
        std::uint64_t word;
        std::memcpy(&word, bytes, 8);
        word ^= crc;
        crc = t[7][word & 0xff] ^ t[6][(word >> 8) & 0xff] ^ t[5][(word >> 16) & 0xff] ^ t[4][(word >> 24) & 0xff] ^ t[3][(word >> 32) & 0xff] ^
              t[2][(word >> 40) & 0xff] ^ t[1][(word >> 48) & 0xff] ^ t[0][word >> 56];
    }
    for (; size > 0; --size, ++bytes) crc = (crc >> 8) ^ t[0][(crc ^ *bytes) & 0xff];
    return ~crc;
}
}  // namespace detail

/// CRC-32C (Castagnoli) of \p size bytes; pass the result of earlier bytes as \p crc to go on. Uses SSE 4.2 where the processor has it.
///
/// Source: RFC 3720, appendix B.4 (polynomial and test vectors). TensorBoard's record files and our checkpoints carry it.
inline std::uint32_t crc32c(const void* data, std::size_t size, std::uint32_t crc = 0)
{
#if defined(__x86_64__)
    if (detail::kCrc32cInHardware) return detail::crc32cHardware(data, size, crc);
#endif
    return detail::crc32cSoftware(data, size, crc);
}

}  // namespace kinora
