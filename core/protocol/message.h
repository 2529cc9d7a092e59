#pragma once
// The byte stream between the window and `kinora serve --stdio`; docs/protocol.md is its description.
//
//   "KNR1" | u32 header length | u64 payload length | MessagePack header | payload          (integers little-endian)
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kinora::protocol {

inline constexpr std::string_view kMagic = "KNR1";
inline constexpr std::uint32_t kMaxHeader = 1u << 20;
inline constexpr std::uint64_t kMaxPayload = std::uint64_t(2) << 30;
inline constexpr int kMaxDepth = 32;
inline constexpr int kVersion = 1;

struct Message {
    nlohmann::json header;              ///< An object.
    std::vector<std::uint8_t> payload;  ///< Raw frames or maps; what they are stands in the header.
};

/// \throws Error (Internal) if a header or payload is over the limits
std::string encode(const nlohmann::json& header, std::string_view payload = {});

/// MessagePack to JSON with a depth limit; the library's plain reader overflows the stack on hostile nesting.
/// \throws Error (Damaged)
nlohmann::json decodeHeader(std::string_view bytes);

/// Cuts a byte stream into messages. Text before the first magic (a banner that a login shell printed) is skipped, at most 64 KiB.
class Decoder {
public:
    void append(std::string_view bytes);
    /// The next whole message, if there is one. \throws Error (Damaged) for a wrong magic, an oversized length or a bad header; the stream is then lost
    std::optional<Message> next();

private:
    std::string m_buffer;
    std::size_t m_position = 0;
    std::size_t m_skipped = 0;
    bool m_started = false;
};

}  // namespace kinora::protocol
