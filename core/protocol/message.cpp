#include "core/protocol/message.h"

#include <algorithm>
#include <cstring>

#include "core/util/error.h"

namespace kinora::protocol {
namespace {
constexpr std::size_t kPrefix = 4 + 4 + 8;
constexpr std::size_t kMaxSkipped = std::size_t(64) << 10;

template <class T>
void putLittle(std::string& out, T value)
{
    for (std::size_t i = 0; i < sizeof(T); ++i) out += static_cast<char>(value >> (8 * i));
}
template <class T>
T getLittle(const char* at)
{
    T value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) value |= static_cast<T>(static_cast<unsigned char>(at[i])) << (8 * i);
    return value;
}

/// Builds the value while counting levels. The library's own MessagePack reader calls itself once a level before this sees one, so that
/// the bytes are first walked by tooDeep() below.
bool tooDeep(std::string_view bytes, int limit)
{
    // open containers: how many items each still expects
    std::vector<std::uint64_t> open;
    std::size_t at = 0;
    const auto need = [&](std::size_t count) { return bytes.size() - at >= count; };
    const auto big = [&](int width) {
        std::uint64_t value = 0;
        for (int i = 0; i < width; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
        at += width;
        return value;
    };
    do {
        if (!need(1)) return false;  // truncated: the reader reports it
        const unsigned char type = static_cast<unsigned char>(bytes[at++]);
        std::uint64_t children = 0, skip = 0;
        bool container = false;
        const auto length = [&](int width, std::uint64_t& into, std::uint64_t factor) {
            if (!need(width)) return false;
            into = big(width) * factor;
            return true;
        };
        if (type >= 0x80 && type <= 0x8f) container = true, children = 2u * (type & 15u);
        else if (type >= 0x90 && type <= 0x9f) container = true, children = type & 15u;
        else if (type >= 0xa0 && type <= 0xbf) skip = type & 31u;
        else switch (type) {
            case 0xc4: case 0xd9: if (!length(1, skip, 1)) return false; break;
            case 0xc5: case 0xda: if (!length(2, skip, 1)) return false; break;
            case 0xc6: case 0xdb: if (!length(4, skip, 1)) return false; break;
            case 0xc7: if (!length(1, skip, 1)) return false; skip += 1; break;
            case 0xc8: if (!length(2, skip, 1)) return false; skip += 1; break;
            case 0xc9: if (!length(4, skip, 1)) return false; skip += 1; break;
            case 0xca: case 0xce: case 0xd2: skip = 4; break;
            case 0xcb: case 0xcf: case 0xd3: skip = 8; break;
            case 0xcc: case 0xd0: skip = 1; break;
            case 0xcd: case 0xd1: skip = 2; break;
            case 0xd4: skip = 2; break;
            case 0xd5: skip = 3; break;
            case 0xd6: skip = 5; break;
            case 0xd7: skip = 9; break;
            case 0xd8: skip = 17; break;
            case 0xdc: container = true; if (!length(2, children, 1)) return false; break;
            case 0xdd: container = true; if (!length(4, children, 1)) return false; break;
            case 0xde: container = true; if (!length(2, children, 2)) return false; break;
            case 0xdf: container = true; if (!length(4, children, 2)) return false; break;
            default: break;  // one-byte values
        }
        if (skip > bytes.size() - at) return false;
        at += skip;
        if (!open.empty()) --open.back();
        if (container && children > 0) {
            if (static_cast<int>(open.size()) + 1 > limit) return true;
            open.push_back(children);
        }
        while (!open.empty() && open.back() == 0) open.pop_back();
    } while (!open.empty());
    return false;
}
}  // namespace

std::string encode(const nlohmann::json& header, std::string_view payload)
{
    const std::vector<std::uint8_t> packed = nlohmann::json::to_msgpack(header);
    if (packed.size() > kMaxHeader) throw Error(ErrorCode::Internal, "a message header of " + std::to_string(packed.size()) + " bytes is over the protocol's limit");
    if (payload.size() > kMaxPayload) throw Error(ErrorCode::OutOfMemory, "an answer of " + std::to_string(payload.size()) + " bytes is over the protocol's limit; ask for fewer clips");
    std::string out;
    out.reserve(kPrefix + packed.size() + payload.size());
    out += kMagic;
    putLittle(out, static_cast<std::uint32_t>(packed.size()));
    putLittle(out, static_cast<std::uint64_t>(payload.size()));
    out.append(reinterpret_cast<const char*>(packed.data()), packed.size());
    out += payload;
    return out;
}

nlohmann::json decodeHeader(std::string_view bytes)
{
    if (bytes.size() > kMaxHeader) throw Error(ErrorCode::Damaged, "a message header is over the limit");
    if (tooDeep(bytes, kMaxDepth)) throw Error(ErrorCode::Damaged, "a message header is nested deeper than " + std::to_string(kMaxDepth) + " levels");
    nlohmann::json header = nlohmann::json::from_msgpack(bytes.begin(), bytes.end(), true, false);
    if (header.is_discarded() || !header.is_object()) throw Error(ErrorCode::Damaged, "a message header is no MessagePack map");
    return header;
}

void Decoder::append(std::string_view bytes)
{
    if (m_position > (std::size_t(1) << 20) && m_position * 2 > m_buffer.size()) {
        m_buffer.erase(0, m_position);
        m_position = 0;
    }
    m_buffer.append(bytes);
}

std::optional<Message> Decoder::next()
{
    if (!m_started) {
        const std::size_t found = m_buffer.find(kMagic, m_position);
        if (found == std::string::npos) {
            // the last three bytes may be the beginning of the magic
            const std::size_t keep = std::min<std::size_t>(m_buffer.size() - m_position, kMagic.size() - 1);
            m_skipped += m_buffer.size() - m_position - keep;
            m_buffer.erase(0, m_buffer.size() - keep);
            m_position = 0;
        } else {
            m_skipped += found - m_position;
            m_position = found;
            m_started = true;
        }
        if (m_skipped > kMaxSkipped) throw Error(ErrorCode::Damaged, "the stream holds 64 KiB of something else than messages");
        if (!m_started) return std::nullopt;
    }
    const std::size_t available = m_buffer.size() - m_position;
    if (std::string_view(m_buffer).substr(m_position, std::min(available, kMagic.size())) != kMagic.substr(0, std::min(available, kMagic.size())))
        throw Error(ErrorCode::Damaged, "a message does not begin with the magic number; the stream is lost");
    if (available < kPrefix) return std::nullopt;
    const char* prefix = m_buffer.data() + m_position;
    const std::uint32_t headerSize = getLittle<std::uint32_t>(prefix + 4);
    const std::uint64_t payloadSize = getLittle<std::uint64_t>(prefix + 8);
    if (headerSize > kMaxHeader) throw Error(ErrorCode::Damaged, "a message announces a header of " + std::to_string(headerSize) + " bytes; the limit is 1 MiB");
    if (payloadSize > kMaxPayload) throw Error(ErrorCode::Damaged, "a message announces a payload of " + std::to_string(payloadSize) + " bytes; the limit is 2 GiB");
    if (available - kPrefix < headerSize || available - kPrefix - headerSize < payloadSize) return std::nullopt;
    Message message;
    message.header = decodeHeader(std::string_view(prefix + kPrefix, headerSize));
    const auto* payload = reinterpret_cast<const std::uint8_t*>(prefix + kPrefix + headerSize);
    message.payload.assign(payload, payload + payloadSize);
    m_position += kPrefix + headerSize + payloadSize;
    if (m_position == m_buffer.size()) {
        m_buffer.clear();
        m_position = 0;
    }
    return message;
}

}  // namespace kinora::protocol
