#include "core/events/plain_reader.h"

#include <bit>
#include <fstream>
#include <string_view>

#include "core/events/event_fields.h"
#include "core/util/error.h"

namespace kinora {
using namespace tfevents;
namespace {

std::uint32_t plainCrc(std::string_view bytes) { return masked(detail::crc32cSoftware(bytes.data(), bytes.size(), 0)); }

/// The fields of a message, one after the other.
struct Fields {
    std::string_view rest;
    int number = 0;            // of the field
    std::uint64_t varint = 0;  // or the bits of a fixed one
    std::string_view bytes{};  // of a length-delimited one
    bool next()
    {
        std::uint64_t key = 0;
        if (rest.empty() || !read(key)) return false;
        number = static_cast<int>(key >> 3);
        switch (key & 7) {
            case 0: return read(varint);
            case 1: return fixed(8);
            case 2: {
                std::uint64_t length = 0;
                if (!read(length) || length > rest.size()) return false;
                bytes = rest.substr(0, length);
                rest.remove_prefix(length);
                return true;
            }
            case 5: return fixed(4);
            default: return false;
        }
    }

private:
    bool read(std::uint64_t& value)
    {
        value = 0;
        for (int shift = 0; shift < 64 && !rest.empty(); shift += 7) {
            const auto byte = static_cast<unsigned char>(rest.front());
            rest.remove_prefix(1);
            value |= std::uint64_t(byte & 0x7f) << shift;
            if (byte < 0x80) return true;
        }
        return false;
    }
    bool fixed(std::size_t size)
    {
        if (rest.size() < size) return false;
        varint = 0;
        std::memcpy(&varint, rest.data(), size);
        rest.remove_prefix(size);
        return true;
    }
};

}  // namespace

std::vector<ScalarRecord> readPlainly(const std::filesystem::path& file)
{
    std::ifstream in(file, std::ios::binary);
    if (!in) throw Error(std::filesystem::exists(file) ? ErrorCode::CannotRead : ErrorCode::NotFound, "the events file cannot be opened", file.string());
    std::vector<ScalarRecord> records;
    std::string header(kHeaderBytes, '\0'), data;
    while (in.read(header.data(), kHeaderBytes)) {
        const auto length = loaded<std::uint64_t>(header.data());
        if (plainCrc(std::string_view(header).substr(0, 8)) != loaded<std::uint32_t>(header.data() + 8) || length > kLargestRecord) break;
        data.resize(length + kFooterBytes);
        if (!in.read(data.data(), static_cast<std::streamsize>(data.size()))) break;
        const std::string_view bytes = std::string_view(data).substr(0, length);
        if (plainCrc(bytes) != loaded<std::uint32_t>(data.data() + length)) break;
        ScalarRecord record;
        std::string_view summary;
        for (Fields event{bytes}; event.next();) {
            if (event.number == 1) record.wallTimeS = std::bit_cast<double>(event.varint);
            if (event.number == 2) record.step = static_cast<std::int64_t>(event.varint);
            if (event.number == 5) summary = event.bytes;
        }
        for (Fields values{summary}; values.next();) {
            bool simple = false;
            if (values.number != 1) continue;
            for (Fields value{values.bytes}; value.next();) {
                if (value.number == 1) record.tag = value.bytes;
                if (value.number == 2) record.value = std::bit_cast<float>(static_cast<std::uint32_t>(value.varint)), simple = true;
            }
            if (simple) records.push_back(record);
        }
    }
    return records;
}

}  // namespace kinora
