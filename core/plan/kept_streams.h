#pragma once
// What plans compute of one control alone, kept for the values that were used last: "cached streams keyed by control".
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace kinora::plan {

/// \tparam Stream  what belongs to one value of the control
template <class Stream>
class KeptStreams {
public:
    struct Entry : Stream {
        std::vector<float> code;  ///< The value.
        uint64_t lastUse = 0;
    };

    /// \param kept     so many values stay known
    /// \param atOnce   so many are asked for at once at most
    KeptStreams(std::size_t kept, std::size_t atOnce) : m_kept(kept) { m_entries.reserve(kept + atOnce); }

    void clear() { m_entries.clear(); }

    /// Entries of \p count values of \p size numbers, one behind the other; pointers hold until the next call.
    /// \param compute  fills those that were not known: void(const std::vector<Entry*>&), each with its code. Where it throws, nothing is known any more.
    template <class Compute>
    std::vector<Entry*> of(const float* codes, int64_t count, int64_t size, const Compute& compute)
    {
        ++m_calls;
        std::vector<Entry*> found, missing;
        for (int64_t n = 0; n < count; ++n) {
            const std::span<const float> wanted(codes + n * size, static_cast<std::size_t>(size));
            auto at = std::ranges::find_if(m_entries, [&](const Entry& entry) { return std::memcmp(entry.code.data(), wanted.data(), wanted.size_bytes()) == 0; });
            if (at == m_entries.end()) {
                // a new place, or that of the value which was used longest ago; never one of this call
                const auto oldest = std::ranges::min_element(m_entries, {}, &Entry::lastUse);
                if (m_entries.size() < m_kept || oldest->lastUse == m_calls) {
                    m_entries.emplace_back();
                    at = m_entries.end() - 1;
                } else {
                    at = oldest;
                }
                at->code.assign(wanted.begin(), wanted.end());
                missing.push_back(&*at);
            }
            at->lastUse = m_calls;
            found.push_back(&*at);
        }
        if (missing.empty()) return found;
        try {
            compute(missing);
        } catch (...) {
            clear();  // a value without what belongs to it must not be found again
            throw;
        }
        return found;
    }

private:
    std::size_t m_kept;
    std::vector<Entry> m_entries;
    uint64_t m_calls = 0;
};

}  // namespace kinora::plan
