#include "core/export/gif.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

#include "core/util/error.h"

namespace kinora {
namespace {
constexpr int kTable = 4096;     // strings of GIF's LZW
constexpr int kWindow = 512;     // codes after which a full table is judged
constexpr int kVisits = 4096;    // of the search for the longest match

/// Codes of growing width, in sub-blocks of at most 255 bytes.
class CodeWriter {
public:
    explicit CodeWriter(std::string& out) : m_out(out) {}
    void put(int code, int bits)
    {
        m_bits |= static_cast<std::uint32_t>(code) << m_count;
        for (m_count += bits; m_count >= 8; m_count -= 8, m_bits >>= 8) byte(static_cast<char>(m_bits & 0xff));
    }
    void finish()
    {
        if (m_count > 0) byte(static_cast<char>(m_bits & 0xff));
        flush();
        m_out += '\0';
    }

private:
    void byte(char value)
    {
        m_block += value;
        if (m_block.size() == 255) flush();
    }
    void flush()
    {
        if (m_block.empty()) return;
        m_out += static_cast<char>(m_block.size());
        m_out += m_block;
        m_block.clear();
    }
    std::string& m_out;
    std::string m_block;
    std::uint32_t m_bits = 0;
    int m_count = 0;
};

/// What the pixels of a rectangle may be written as.
struct Choice {
    const std::vector<Colour>* palette = nullptr;
    int transparent = -1;                     ///< The index that leaves a pixel as it is; -1: none.
    std::vector<std::uint8_t> index;          ///< The nearest colour.
    std::vector<std::uint8_t> mayStay;        ///< What is shown already is as good.
    std::vector<Colour> wanted;               ///< With loss alone.
    std::vector<int> limit;                   ///< Squared distance that is still good; with loss alone.
    bool allows(std::size_t at, int symbol) const
    {
        if (symbol == index[at]) return true;
        if (symbol == transparent) return mayStay[at] != 0;
        return !limit.empty() && static_cast<std::size_t>(symbol) < palette->size() && squaredDistance((*palette)[static_cast<std::size_t>(symbol)], wanted[at]) <= limit[at];
    }
};

/// LZW as GIF has it, of pixels that leave a choice. What was written goes into \p written.
class Lzw {
public:
    Lzw(const Choice& choice, int bits, std::string& out, std::vector<std::uint8_t>& written) : m_choice(choice), m_bits(std::max(2, bits)), m_codes(out), m_written(written)
    {
        out += static_cast<char>(m_bits);
        m_first.resize(kTable);
        m_next.resize(kTable);
        m_symbol.resize(kTable);
    }
    void operator()()
    {
        const std::size_t count = m_choice.index.size();
        m_written.resize(count);
        clear();
        std::vector<std::uint8_t> previous, string;
        int previousNode = -1, codes = 0;
        std::size_t windowStart = 0;
        double best = 0;
        for (std::size_t at = 0; at < count;) {
            m_bestLength = 0;
            m_visits = 0;
            m_path.clear();
            for (const int root : {m_choice.transparent, static_cast<int>(m_choice.index[at])})
                if (root >= 0 && m_choice.allows(at, root)) follow(root, at);
            int code = m_bestNode;
            string = m_best;
            // the string that the table gets with this very code: the one before and its own first symbol
            if (previousNode >= 0 && m_count < kTable && previous.size() + 1 > string.size() && at + previous.size() < count) {
                bool fits = m_choice.allows(at + previous.size(), previous.front());
                for (std::size_t i = 0; fits && i < previous.size(); ++i) fits = m_choice.allows(at + i, previous[i]);
                if (fits) {
                    string = previous;
                    string.push_back(previous.front());
                    code = m_count;
                }
            }
            m_codes.put(code, m_width);
            std::ranges::copy(string, m_written.begin() + static_cast<std::ptrdiff_t>(at));
            at += string.size();
            if (previousNode >= 0 && m_count < kTable) {
                add(previousNode, string.front());
                if (m_count == 1 << m_width && m_width < 12) ++m_width;
            }
            previousNode = code;
            previous = string;
            if (m_count < kTable) {
                codes = 0, best = 0, windowStart = at;
            } else if (++codes == kWindow) {
                // a full table is kept as long as it serves
                const double gained = static_cast<double>(at - windowStart);
                if (gained < best * 0.9 && at < count) {
                    m_codes.put(1 << m_bits, m_width);
                    clear();
                    previousNode = -1;
                }
                best = std::max(best, gained);
                codes = 0, windowStart = at;
            }
        }
        m_codes.put((1 << m_bits) + 1, m_width);
        m_codes.finish();
    }

private:
    void clear()
    {
        if (m_count == 0) m_codes.put(1 << m_bits, m_bits + 1);
        std::ranges::fill(m_first, -1);
        for (int i = 0; i < 1 << m_bits; ++i) m_symbol[i] = static_cast<std::uint8_t>(i);
        m_count = (1 << m_bits) + 2;
        m_width = m_bits + 1;
    }
    void add(int node, std::uint8_t symbol)
    {
        m_symbol[m_count] = symbol;
        m_first[m_count] = -1;
        m_next[m_count] = m_first[node];
        m_first[node] = static_cast<std::int16_t>(m_count++);
    }
    /// The longest string of the table from \p node on that pixel \p at and those after it may be written as.
    void follow(int node, std::size_t at)
    {
        m_path.push_back(m_symbol[static_cast<std::size_t>(node)]);
        if (m_path.size() > m_bestLength) {
            m_bestLength = m_path.size();
            m_bestNode = node;
            m_best = m_path;
        }
        if (at + 1 < m_choice.index.size())
            for (int child = m_first[static_cast<std::size_t>(node)]; child >= 0 && m_visits < kVisits; child = m_next[static_cast<std::size_t>(child)]) {
                ++m_visits;
                if (m_choice.allows(at + 1, m_symbol[static_cast<std::size_t>(child)])) follow(child, at + 1);
            }
        m_path.pop_back();
    }

    const Choice& m_choice;
    int m_bits, m_width = 0, m_count = 0;
    CodeWriter m_codes;
    std::vector<std::uint8_t>& m_written;
    std::vector<std::int16_t> m_first, m_next;
    std::vector<std::uint8_t> m_symbol, m_path, m_best;
    std::size_t m_bestLength = 0;
    int m_bestNode = 0, m_visits = 0;
};

void word(std::string& out, int value)
{
    out += static_cast<char>(value & 0xff);
    out += static_cast<char>(value >> 8);
}

/// Bits that number so many colours, at least one.
int bitsFor(std::size_t colours) { return std::max(1, static_cast<int>(std::bit_width(colours - 1))); }

void table(std::string& out, const std::vector<Colour>& palette, int bits)
{
    for (std::size_t i = 0; i < std::size_t(1) << bits; ++i)
        for (int c = 0; c < 3; ++c) out += i < palette.size() ? static_cast<char>(palette[i][c]) : '\0';
}
}  // namespace

std::string encodeGif(const Frames& clip, const GifSettings& settings, const std::function<void(int, int)>& step)
{
    const int enlarge = settings.enlarge, count = clip.count();
    const int width = settings.surround ? settings.surround->width() : clip.width() * enlarge, height = settings.surround ? settings.surround->height() : clip.height() * enlarge;
    if (width > 65535 || height > 65535) throw Error(ErrorCode::Usage, "a GIF has at most 65535 pixels at one side");
    const bool keeps = count > 1;  // one index stands for "as before"
    const int colours = std::clamp(settings.colours, 2, 256) - (keeps ? 1 : 0);
    const auto paletteOf = [&](int first, int last) {
        ColourCount histogram;
        // what stands around counts as often as it is seen, and no pixel of it less than once
        if (settings.surround) histogram.add(settings.surround->bytes(), static_cast<std::uint64_t>(1));
        for (int t = first; t < last; ++t) histogram.add({clip.frame(t), clip.frameBytes()}, static_cast<std::uint64_t>(enlarge) * enlarge);
        return histogram.palette(colours);
    };
    std::optional<NearestColour> nearest;
    if (!settings.framePalettes) nearest.emplace(paletteOf(0, count));

    std::string out = "GIF89a";
    word(out, width), word(out, height);
    const int globalBits = nearest ? bitsFor(nearest->palette().size() + (keeps ? 1 : 0)) : 0;
    out += nearest ? static_cast<char>(0xf0 | (globalBits - 1)) : '\x70';
    out.append(2, '\0');  // background, aspect
    if (nearest) table(out, nearest->palette(), globalBits);
    if (settings.loops != 1) {
        out += std::string("\x21\xff\x0bNETSCAPE2.0\x03\x01", 16);
        word(out, settings.loops == 0 ? 0 : settings.loops - 1);
        out += '\0';
    }
    std::vector<Colour> shown;  // what a viewer shows before this frame
    for (int t = 0; t < count; ++t) {
        if (step) step(t, count);
        if (settings.framePalettes) nearest.emplace(paletteOf(t, t + 1));
        const std::vector<Colour>& palette = nearest->palette();
        const IndexedFrame native = indexed(clip, t, *nearest, settings.dither);
        std::vector<std::uint8_t> index(static_cast<std::size_t>(width) * height);
        std::vector<Colour> wanted(index.size());
        if (settings.surround) {
            const IndexedFrame around = indexed(*settings.surround, 0, *nearest, Dither::None);
            index = around.indices, wanted = around.wanted;
        }
        const int right = clip.width() * enlarge, bottom = clip.height() * enlarge;
        for (int y = 0; y < bottom; ++y)
            for (int x = 0; x < right; ++x) {
                const std::size_t from = static_cast<std::size_t>(y / enlarge) * clip.width() + x / enlarge, to = static_cast<std::size_t>(y + settings.top) * width + x + settings.left;
                index[to] = native.indices[from];
                wanted[to] = native.wanted[from];
            }
        // what is shown already may be as good as the palette, or better
        const auto stays = [&](std::size_t at) {
            if (shown.empty()) return false;
            const int fresh = squaredDistance(palette[index[at]], wanted[at]), old = squaredDistance(shown[at], wanted[at]);
            return old <= fresh + settings.loss * settings.loss;
        };
        int x0 = 0, y0 = 0, x1 = width, y1 = height;
        std::vector<std::uint8_t> may(index.size());
        if (t > 0) {
            x0 = width, y0 = height, x1 = 0, y1 = 0;
            for (int y = 0; y < height; ++y)
                for (int x = 0; x < width; ++x) {
                    const std::size_t at = static_cast<std::size_t>(y) * width + x;
                    may[at] = stays(at);
                    if (may[at]) continue;
                    x0 = std::min(x0, x), x1 = std::max(x1, x + 1);
                    y0 = std::min(y0, y), y1 = std::max(y1, y + 1);
                }
            if (x1 <= x0) x0 = y0 = 0, x1 = y1 = 1;  // nothing changed: a pixel that stays carries the time
        }
        Choice choice;
        choice.palette = &palette;
        choice.transparent = keeps ? static_cast<int>(palette.size()) : -1;
        for (int y = y0; y < y1; ++y)
            for (int x = x0; x < x1; ++x) {
                const std::size_t at = static_cast<std::size_t>(y) * width + x;
                choice.index.push_back(index[at]);
                choice.mayStay.push_back(may[at]);
                if (settings.loss == 0) continue;
                choice.wanted.push_back(wanted[at]);
                choice.limit.push_back(squaredDistance(palette[index[at]], wanted[at]) + settings.loss * settings.loss);
            }
        out += std::string("\x21\xf9\x04", 3);
        out += static_cast<char>(1 << 2 | (keeps ? 1 : 0));  // the frame stays; one index is transparent
        word(out, settings.delays.at(static_cast<std::size_t>(t)));
        out += static_cast<char>(keeps ? choice.transparent : 0);
        out += '\0';
        out += '\x2c';
        word(out, x0), word(out, y0), word(out, x1 - x0), word(out, y1 - y0);
        const int bits = bitsFor(palette.size() + (keeps ? 1 : 0));
        out += settings.framePalettes ? static_cast<char>(0x80 | (bits - 1)) : '\0';
        if (settings.framePalettes) table(out, palette, bits);
        std::vector<std::uint8_t> written;
        Lzw(choice, bits, out, written)();
        shown.resize(index.size());
        std::size_t next = 0;
        for (int y = y0; y < y1; ++y)
            for (int x = x0; x < x1; ++x, ++next)
                if (written[next] != choice.transparent) shown[static_cast<std::size_t>(y) * width + x] = palette[written[next]];
    }
    if (step) step(count, count);
    for (std::size_t at = 0; at < settings.comment.size(); at += 255) {
        if (at == 0) out += "\x21\xfe";
        const std::string part = settings.comment.substr(at, 255);
        out += static_cast<char>(part.size());
        out += part;
    }
    if (!settings.comment.empty()) out += '\0';
    out += ';';
    return out;
}

}  // namespace kinora
