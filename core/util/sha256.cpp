// SHA-256 (FIPS 180-4). The libraries of the engine-only build have none, and LibTorch exports none from C++.
#include <array>
#include <bit>
#include <cstring>
#include <fstream>

#include "core/util/error.h"
#include "core/util/file.h"

namespace kinora {
namespace {
constexpr std::array<std::uint32_t, 64> kRound = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74,
    0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d,
    0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e,
    0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5,
    0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

class Hasher {
public:
    void add(const char* data, std::size_t size)
    {
        m_total += size;
        while (size > 0) {
            const std::size_t part = std::min(size, sizeof m_block - m_filled);
            std::memcpy(m_block + m_filled, data, part);
            m_filled += part;
            data += part;
            size -= part;
            if (m_filled == sizeof m_block) compress();
        }
    }
    std::string finish()
    {
        const std::uint64_t bits = m_total * 8;
        const char one = static_cast<char>(0x80);
        add(&one, 1);
        const char zero = 0;
        while (m_filled != 56) add(&zero, 1);
        char length[8];
        for (int i = 0; i < 8; ++i) length[i] = static_cast<char>(bits >> (56 - 8 * i));
        add(length, 8);
        std::string text;
        for (const std::uint32_t word : m_state)
            for (int shift = 28; shift >= 0; shift -= 4) text += "0123456789abcdef"[(word >> shift) & 15];
        return text;
    }

private:
    void compress()
    {
        std::uint32_t w[64];
        for (int i = 0; i < 16; ++i)
            w[i] = std::uint32_t(m_block[4 * i]) << 24 | std::uint32_t(m_block[4 * i + 1]) << 16 | std::uint32_t(m_block[4 * i + 2]) << 8 | m_block[4 * i + 3];
        for (int i = 16; i < 64; ++i)
            w[i] = w[i - 16] + (std::rotr(w[i - 15], 7) ^ std::rotr(w[i - 15], 18) ^ (w[i - 15] >> 3)) + w[i - 7] +
                   (std::rotr(w[i - 2], 17) ^ std::rotr(w[i - 2], 19) ^ (w[i - 2] >> 10));
        auto [a, b, c, d, e, f, g, h] = m_state;
        for (int i = 0; i < 64; ++i) {
            const std::uint32_t t1 = h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) + ((e & f) ^ (~e & g)) + kRound[i] + w[i];
            const std::uint32_t t2 = (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
            h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
        }
        const std::array<std::uint32_t, 8> sums = {a, b, c, d, e, f, g, h};
        for (int i = 0; i < 8; ++i) m_state[i] += sums[i];
        m_filled = 0;
    }
    std::array<std::uint32_t, 8> m_state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    unsigned char m_block[64] = {};
    std::size_t m_filled = 0;
    std::uint64_t m_total = 0;
};
}  // namespace

std::string sha256(std::string_view bytes)
{
    Hasher hasher;
    hasher.add(bytes.data(), bytes.size());
    return hasher.finish();
}

std::string sha256File(const std::filesystem::path& file)
{
    std::ifstream in(file, std::ios::binary);
    if (!in) throw Error(std::filesystem::exists(file) ? ErrorCode::CannotRead : ErrorCode::NotFound, "cannot be opened for reading", file.string());
    Hasher hasher;
    char block[1 << 16];
    while (in.read(block, sizeof block), in.gcount() > 0) hasher.add(block, static_cast<std::size_t>(in.gcount()));
    return hasher.finish();
}

}  // namespace kinora
