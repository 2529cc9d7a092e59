#include "core/coding/clip_coding.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <numbers>
#include <numeric>
#include <vector>

#include "core/util/error.h"

namespace kinora {
namespace {

[[noreturn]] void damaged() { throw Error(ErrorCode::Damaged, "the coded frames are damaged", "engine"); }

/// The chance of a one, learned: the mean of a quick and a slow estimate, of 16 bits each.
struct Chance {
    std::uint16_t quick = 1 << 15, slow = 1 << 15;
    std::uint32_t value() const { return std::clamp<std::uint32_t>((std::uint32_t(quick) + slow) >> 1, 64, 65536 - 64); }
    void learn(bool one)
    {
        quick = static_cast<std::uint16_t>(one ? quick + ((65535 - quick) >> 4) : quick - (quick >> 4));
        slow = static_cast<std::uint16_t>(one ? slow + ((65535 - slow) >> 7) : slow - (slow >> 7));
    }
};

/// A binary range coder. Source: Martin, "Range encoding: an algorithm for removing redundancy from a digitised message", 1979.
class BitWriter {
public:
    void put(bool one, Chance& chance)
    {
        const std::uint32_t part = (m_range >> 16) * chance.value();
        split(one, part);
        chance.learn(one);
    }
    void put(std::uint32_t value, int bits)  // without a model
    {
        while (bits-- > 0) split(value >> bits & 1, m_range >> 1);
    }
    std::string finish()
    {
        for (int i = 0; i < 5; ++i) shift();
        return std::move(m_out);
    }
    void reserve(std::size_t bytes) { m_out.reserve(bytes); }

private:
    void split(bool one, std::uint32_t part)
    {
        if (one) {
            m_range = part;
        } else {
            m_low += part;
            m_range -= part;
        }
        while (m_range < (1u << 24)) {
            m_range <<= 8;
            shift();
        }
    }
    void shift()
    {
        // a byte waits while a carry may still come through it
        if (m_low < 0xff000000u || m_low > 0xffffffffu) {
            const auto carry = static_cast<unsigned char>(m_low >> 32);
            if (m_first)
                m_first = false;
            else
                m_out += static_cast<char>(m_cache + carry);
            for (; m_waiting > 0; --m_waiting) m_out += static_cast<char>(0xff + carry);
            m_cache = static_cast<unsigned char>(m_low >> 24);
        } else {
            ++m_waiting;
        }
        m_low = (m_low & 0x00ffffffu) << 8;
    }

    std::string m_out;
    std::uint64_t m_low = 0;
    std::uint32_t m_range = 0xffffffffu;
    std::size_t m_waiting = 0;
    unsigned char m_cache = 0;
    bool m_first = true;
};

class BitReader {
public:
    explicit BitReader(std::string_view bytes) : m_bytes(bytes)
    {
        for (int i = 0; i < 4; ++i) m_code = m_code << 8 | next();
    }
    bool get(Chance& chance)
    {
        const bool one = split((m_range >> 16) * chance.value());
        chance.learn(one);
        return one;
    }
    std::uint32_t get(int bits)
    {
        std::uint32_t value = 0;
        while (bits-- > 0) value = value << 1 | static_cast<std::uint32_t>(split(m_range >> 1));
        return value;
    }
    bool atEnd() const { return m_at == m_bytes.size(); }

private:
    std::uint32_t next()
    {
        if (m_at >= m_bytes.size()) damaged();
        return static_cast<unsigned char>(m_bytes[m_at++]);
    }
    bool split(std::uint32_t part)
    {
        const bool one = m_code < part;
        if (one) {
            m_range = part;
        } else {
            m_code -= part;
            m_range -= part;
        }
        while (m_range < (1u << 24)) {
            m_range <<= 8;
            m_code = m_code << 8 | next();
        }
        return one;
    }

    std::string_view m_bytes;
    std::size_t m_at = 0;
    std::uint32_t m_code = 0, m_range = 0xffffffffu;
};

/// Numbers whose distribution is learned: how many bits value + 1 has, bit by bit, then these bits, of which the upper ones are learned too.
class Number {
public:
    void write(BitWriter& out, std::uint32_t value)
    {
        const std::uint32_t shifted = std::min(value, kMost) + 1;
        const int bits = std::bit_width(shifted) - 1;
        for (int i = 0; i < bits; ++i) out.put(true, m_length[static_cast<std::size_t>(i)]);
        if (bits < kMostBits) out.put(false, m_length[static_cast<std::size_t>(bits)]);
        const int learned = std::min(bits, kLearned);
        std::size_t node = 1;
        for (int i = bits - 1; i >= bits - learned; --i) {
            const bool one = shifted >> i & 1;
            out.put(one, m_upper[static_cast<std::size_t>(bits)][node]);
            node = 2 * node + one;
        }
        out.put(shifted, bits - learned);
    }
    std::uint32_t read(BitReader& in)
    {
        int bits = 0;
        while (bits < kMostBits && in.get(m_length[static_cast<std::size_t>(bits)])) ++bits;
        const int learned = std::min(bits, kLearned);
        std::size_t node = 1;
        for (int i = 0; i < learned; ++i) node = 2 * node + in.get(m_upper[static_cast<std::size_t>(bits)][node]);
        return (static_cast<std::uint32_t>(node) << (bits - learned) | in.get(bits - learned)) - 1;
    }

private:
    static constexpr int kMostBits = 20, kLearned = 4;
    static constexpr std::uint32_t kMost = (1u << 20) - 2;
    std::array<Chance, kMostBits + 1> m_length;
    std::array<std::array<Chance, 1 << (kLearned + 1)>, kMostBits + 1> m_upper;
};

std::uint32_t folded(int value) { return value >= 0 ? static_cast<std::uint32_t>(value) << 1 : (static_cast<std::uint32_t>(-(value + 1)) << 1) + 1; }
int unfolded(std::uint32_t value) { return value & 1 ? -static_cast<int>(value >> 1) - 1 : static_cast<int>(value >> 1); }

/// Goes through a clip byte by byte, in the same way for both directions: \p code(predicted, context, present) gives the byte.
/// Integers alone, so that both ends predict the same on every machine.
class Predictor {
public:
    static constexpr int kContexts = 3 * 12;
    Predictor(int height, int width) : m_height(height), m_width(width), m_errors(2 * static_cast<std::size_t>(height) * width * 3, 0) {}

    template <class Code>
    void run(std::uint8_t* clip, int count, Code code)
    {
        const std::size_t row = static_cast<std::size_t>(m_width) * 3, frame = row * static_cast<std::size_t>(m_height);
        for (int t = 0; t < count; ++t) {
            std::uint8_t* now = clip + frame * static_cast<std::size_t>(t);
            // a clip's first frames stand for those before it
            const std::uint8_t* before = t > 0 ? now - frame : now;
            const std::uint8_t* older = t > 1 ? before - frame : before;
            std::int16_t* errors = m_errors.data() + (t & 1 ? frame : 0);
            const std::int16_t* oldErrors = m_errors.data() + (t & 1 ? 0 : frame);
            for (int y = 0; y < m_height; ++y)
                for (int x = 0; x < m_width; ++x) {
                    const std::size_t pixel = row * static_cast<std::size_t>(y) + 3 * static_cast<std::size_t>(x);
                    // neighbours that exist; at the rims the nearest that does
                    const std::size_t left = x > 0 ? pixel - 3 : y > 0 ? pixel - row : pixel, up = y > 0 ? pixel - row : left;
                    const std::size_t upRight = y > 0 && x + 1 < m_width ? up + 3 : up, right = x + 1 < m_width ? pixel + 3 : pixel, down = y + 1 < m_height ? pixel + row : pixel;
                    const bool known = x > 0 || y > 0;
                    for (std::size_t order = 0; order < 3; ++order) {
                        const std::size_t channel = kOrder[order], at = pixel + channel, green = pixel + 1;
                        int predicted = 0;
                        std::array<std::int32_t, kTaps> taps{};
                        std::int64_t energy = 0;
                        if (t == 0) {
                            predicted = known ? (now[left + channel] + now[up + channel]) / 2 : 128;
                            if (order > 0 && known) predicted += now[green] - (now[left + 1] + now[up + 1]) / 2;
                        } else {
                            const int base = before[at];
                            taps = {base - older[at],
                                    known ? now[left + channel] - before[left + channel] : 0,
                                    known ? now[up + channel] - before[up + channel] : 0,
                                    y > 0 ? now[upRight + channel] - before[upRight + channel] : 0,
                                    known ? now[left + channel] - base : 0,
                                    known ? now[up + channel] - base : 0,
                                    before[right + channel] - base,
                                    before[down + channel] - base,
                                    before[right + channel] - older[right + channel],
                                    before[down + channel] - older[down + channel],
                                    order > 0 ? now[green] - before[green] : 0,
                                    order > 1 ? now[pixel] - before[pixel] : 0};
                            std::int64_t sum = 0;
                            for (std::size_t tap = 0; tap < kTaps; ++tap) {
                                sum += static_cast<std::int64_t>(m_weights[order][tap]) * taps[tap];
                                energy += taps[tap] * taps[tap];
                            }
                            predicted = base + static_cast<int>((sum + (1 << 15)) >> 16);
                        }
                        predicted = std::clamp(predicted, 0, 255);
                        int activity = 2 * std::abs(errors[left + channel]) * known + 2 * std::abs(errors[up + channel]) * known;
                        if (t > 0) activity += 2 * std::abs(oldErrors[at]) + std::abs(oldErrors[right + channel]) + std::abs(oldErrors[down + channel]);
                        if (y > 0) activity += std::abs(errors[upRight + channel]);
                        if (order > 0) activity += 2 * std::abs(errors[green]);
                        if (order > 1) activity += 2 * std::abs(errors[pixel]);
                        const auto context = static_cast<std::size_t>(std::ranges::lower_bound(kSteps, activity) - kSteps.begin()) + 12 * order;
                        now[at] = code(predicted, context, now[at]);
                        const int error = now[at] - predicted;
                        errors[at] = static_cast<std::int16_t>(error);
                        if (t > 0 && error != 0) {
                            const std::int64_t rate = static_cast<std::int64_t>(error) * 65536 * 1024 / ((energy + 32) << 7);
                            for (std::size_t tap = 0; tap < kTaps; ++tap)
                                m_weights[order][tap] = static_cast<std::int32_t>(std::clamp<std::int64_t>(m_weights[order][tap] + rate * taps[tap] / 1024, -(1 << 22), 1 << 22));
                        }
                    }
                }
        }
    }

private:
    static constexpr std::size_t kTaps = 12;
    static constexpr std::array<std::size_t, 3> kOrder = {1, 0, 2};  // green first: it tells most about the others
    static constexpr std::array<int, 11> kSteps = {2, 5, 9, 14, 20, 28, 38, 50, 66, 90, 130};
    int m_height, m_width;
    std::vector<std::int16_t> m_errors;  // of this frame and the one before
    std::array<std::array<std::int32_t, kTaps>, 3> m_weights{};
};

// ---- preview ----

constexpr int kSide = 8, kDeep = 16;

/// Orthonormal cosine transform of \p size values.
std::vector<float> cosines(int size)
{
    std::vector<float> matrix(static_cast<std::size_t>(size) * size);
    for (int k = 0; k < size; ++k)
        for (int i = 0; i < size; ++i)
            matrix[static_cast<std::size_t>(k) * size + i] = static_cast<float>(std::sqrt((k > 0 ? 2.0 : 1.0) / size) * std::cos(std::numbers::pi * (i + 0.5) * k / size));
    return matrix;
}

/// A clip in blocks: where they lie, in what order their coefficients are written.
struct Blocks {
    int count, height, width;
    std::vector<float> spatial = cosines(kSide);
    std::array<std::vector<float>, kDeep + 1> temporal;
    std::array<std::vector<int>, kDeep + 1> order;  // by rising frequency

    Blocks(int frames, int h, int w) : count(frames), height(h), width(w) {}
    void prepare(int deep)
    {
        if (!temporal[static_cast<std::size_t>(deep)].empty()) return;
        temporal[static_cast<std::size_t>(deep)] = cosines(deep);
        std::vector<int>& list = order[static_cast<std::size_t>(deep)];
        list.resize(static_cast<std::size_t>(deep) * kSide * kSide);
        std::iota(list.begin(), list.end(), 0);
        const auto frequency = [deep](int at) { return 2 * (at % kSide + at / kSide % kSide) * deep + 2 * kSide * (at / (kSide * kSide)); };
        std::ranges::stable_sort(list, {}, frequency);
    }
    /// work(channel, first frame, frames, y, x) for every block
    template <class Work>
    void each(Work work)
    {
        for (int t = 0; t < count; t += kDeep) {
            const int deep = std::min(kDeep, count - t);
            prepare(deep);
            for (int channel = 0; channel < 3; ++channel)
                for (int y = 0; y < height; y += kSide)
                    for (int x = 0; x < width; x += kSide) work(channel, t, deep, y, x);
        }
    }
    /// Along all three axes; \p back: the inverse.
    void transform(std::vector<float>& block, int deep, bool back) const
    {
        std::vector<float> other(block.size());
        const auto pass = [&](const std::vector<float>& matrix, int size, int stride, const std::vector<float>& from, std::vector<float>& to) {
            for (int start = 0; start < static_cast<int>(from.size()); ++start) {
                const int k = start / stride % size, first = start - k * stride;
                float sum = 0;
                for (int i = 0; i < size; ++i) sum += (back ? matrix[static_cast<std::size_t>(i * size + k)] : matrix[static_cast<std::size_t>(k * size + i)]) * from[static_cast<std::size_t>(first + i * stride)];
                to[static_cast<std::size_t>(start)] = sum;
            }
        };
        pass(spatial, kSide, 1, block, other);
        pass(spatial, kSide, kSide, other, block);
        pass(temporal[static_cast<std::size_t>(deep)], deep, kSide * kSide, block, other);
        block.swap(other);
    }
};

// an orthonormal turn of the colour cube: grey, red against blue, green against both
constexpr float kTurn[3][3] = {{0.57735027f, 0.57735027f, 0.57735027f}, {0.70710678f, 0.0f, -0.70710678f}, {0.40824829f, -0.81649658f, 0.40824829f}};
constexpr float kDeadZone = 0.34f;  // below one half: what is near zero becomes zero

int quantised(float value, float step)
{
    const int level = static_cast<int>(std::fabs(value) / step + kDeadZone);
    return value < 0 ? -level : level;
}

/// Levels one by one, each by its channel, its frequency and how large its neighbours are: the same frequency in the blocks beside it, and lower ones in its own.
class LevelCodes {
public:
    explicit LevelCodes(const Blocks& blocks) : m_row(static_cast<std::size_t>((blocks.width + kSide - 1) / kSide)), m_levels(m_row * static_cast<std::size_t>((blocks.height + kSide - 1) / kSide) * kDeep * kSide * kSide), m_numbers(3 * kBands * kSizes) {}

    /// code(number, level) gives the level, for every coefficient of the block in order
    template <class Code>
    void block(int channel, const std::vector<int>& order, int y, int x, std::vector<int>& levels, Code code)
    {
        const std::size_t size = order.size(), number = static_cast<std::size_t>(y / kSide) * m_row + static_cast<std::size_t>(x / kSide);
        std::int16_t* own = m_levels.data() + number * size;
        for (std::size_t place = 0; place < size; ++place) {
            const auto at = static_cast<std::size_t>(order[place]);
            const auto magnitude = [&](const std::int16_t* block, std::size_t i) { return std::abs(static_cast<int>(block[i])); };
            int near = 0;
            if (x > 0) near += 2 * magnitude(own - size, at);
            if (y > 0) near += 2 * magnitude(own - size * m_row, at);
            if (at % kSide > 0) near += magnitude(own, at - 1);
            if (at / kSide % kSide > 0) near += magnitude(own, at - kSide);
            if (at >= kSide * kSide) near += 2 * magnitude(own, at - kSide * kSide);
            const int t = static_cast<int>(at / (kSide * kSide)), frequency = static_cast<int>(at % kSide + at / kSide % kSide) + 2 * std::bit_width(static_cast<unsigned>(t));
            const auto band = static_cast<std::size_t>(std::min(frequency, kBands - 1)), large = static_cast<std::size_t>(std::min(near, 6) + (near > 8) + (near > 14) + (near > 24));
            levels[at] = code(m_numbers[(static_cast<std::size_t>(channel) * kBands + band) * kSizes + large], levels[at]);
            own[at] = static_cast<std::int16_t>(std::clamp(levels[at], -32767, 32767));
        }
    }

private:
    static constexpr int kBands = 20, kSizes = 10;
    std::size_t m_row;
    std::vector<std::int16_t> m_levels;  // of the channel that is coded: blocks before in it are done, those behind are of no interest
    std::vector<Number> m_numbers;
};

Frames decodePreview(std::string_view bytes, int count, int height, int width);

std::string encodePreview(const Frames& clip)
{
    Blocks blocks(clip.count(), clip.height(), clip.width());
    std::vector<float> all;
    std::vector<std::size_t> sizes;
    blocks.each([&](int channel, int t0, int deep, int y0, int x0) {
        std::vector<float> block(static_cast<std::size_t>(deep) * kSide * kSide);
        for (std::size_t i = 0; i < block.size(); ++i) {
            // beyond the rim the last pixel again
            const int x = std::min(x0 + static_cast<int>(i) % kSide, clip.width() - 1), y = std::min(y0 + static_cast<int>(i) / kSide % kSide, clip.height() - 1), t = t0 + static_cast<int>(i) / (kSide * kSide);
            const std::uint8_t* pixel = clip.frame(t) + (static_cast<std::size_t>(y) * clip.width() + x) * 3;
            block[i] = kTurn[channel][0] * (pixel[0] - 128.0f) + kTurn[channel][1] * (pixel[1] - 128.0f) + kTurn[channel][2] * (pixel[2] - 128.0f);
        }
        blocks.transform(block, deep, false);
        all.insert(all.end(), block.begin(), block.end());
    });
    // the transform keeps lengths: the error of the coefficients is that of the pixels, to which rounding adds 1/12
    const double wanted = 255.0 * 255.0 / std::pow(10.0, kPreviewPsnr / 10.0) - 1.0 / 12;
    const auto errorAt = [&](float step) {
        double error = 0;
        for (const float value : all) {
            const double difference = value - static_cast<double>(quantised(value, step)) * step;
            error += difference * difference;
        }
        return error / static_cast<double>(all.size());
    };
    float low = 0.5f, high = 128.0f;
    for (int round = 0; round < 10; ++round) {
        const float middle = std::sqrt(low * high);
        (errorAt(middle) <= wanted ? low : high) = middle;
    }
    const auto coded = [&](float step) {
        std::uint32_t bits;
        std::memcpy(&bits, &step, 4);
        BitWriter out;
        out.put(bits, 32);
        LevelCodes codes(blocks);
        std::size_t begin = 0;
        std::vector<int> levels;
        blocks.each([&](int channel, int, int deep, int y, int x) {
            levels.resize(static_cast<std::size_t>(deep) * kSide * kSide);
            for (std::size_t i = 0; i < levels.size(); ++i) levels[i] = quantised(all[begin + i], step);
            codes.block(channel, blocks.order[static_cast<std::size_t>(deep)], y, x, levels, [&](Number& number, int level) {
                number.write(out, folded(level));
                return level;
            });
            begin += levels.size();
        });
        return out.finish();
    };
    std::string bytes = coded(low);
    // beyond the rim lie pixels that nobody sees, and their error was counted too: then the outcome is looked at
    const auto errorOf = [&] {
        const Frames back = decodePreview(bytes, clip.count(), clip.height(), clip.width());
        double error = 0;
        for (std::size_t i = 0; i < back.bytes().size(); ++i) error += std::pow(static_cast<double>(back.bytes()[i]) - clip.bytes()[i], 2);
        return error / static_cast<double>(back.bytes().size());
    };
    if (clip.height() % kSide != 0 || clip.width() % kSide != 0)
        for (; low > 0.3f && errorOf() > wanted; bytes = coded(low)) low *= 0.85f;
    return bytes;
}

Frames decodePreview(std::string_view bytes, int count, int height, int width)
{
    BitReader in(bytes);
    const std::uint32_t bits = in.get(32);
    float step;
    std::memcpy(&step, &bits, 4);
    if (!(step >= 0.25f && step <= 256.0f)) damaged();
    Frames clip(count, height, width);
    Blocks blocks(count, height, width);
    LevelCodes codes(blocks);
    std::vector<float> planes(clip.bytes().size());
    std::vector<int> levels;
    blocks.each([&](int channel, int t0, int deep, int y0, int x0) {
        const auto c = static_cast<std::size_t>(channel);
        levels.assign(static_cast<std::size_t>(deep) * kSide * kSide, 0);
        codes.block(channel, blocks.order[static_cast<std::size_t>(deep)], y0, x0, levels, [&](Number& number, int) { return unfolded(number.read(in)); });
        std::vector<float> block(levels.size());
        for (std::size_t i = 0; i < block.size(); ++i) block[i] = static_cast<float>(levels[i]) * step;
        blocks.transform(block, deep, true);
        for (std::size_t i = 0; i < block.size(); ++i) {
            const int x = x0 + static_cast<int>(i) % kSide, y = y0 + static_cast<int>(i) / kSide % kSide, t = t0 + static_cast<int>(i) / (kSide * kSide);
            if (x < width && y < height) planes[((static_cast<std::size_t>(t) * height + y) * width + x) * 3 + c] = block[i];
        }
    });
    if (!in.atEnd()) damaged();
    for (std::size_t i = 0; i < planes.size(); i += 3)
        for (std::size_t channel = 0; channel < 3; ++channel) {
            const float value = 128.0f + kTurn[0][channel] * planes[i] + kTurn[1][channel] * planes[i + 1] + kTurn[2][channel] * planes[i + 2];
            clip.bytes()[i + channel] = static_cast<std::uint8_t>(std::clamp(std::lround(value), 0L, 255L));
        }
    return clip;
}

}  // namespace

std::string_view clipCodingName(ClipCoding coding) { return coding == ClipCoding::Raw ? "raw" : coding == ClipCoding::Lossless ? "lossless-1" : "preview-1"; }

ClipCoding clipCodingFromName(std::string_view name)
{
    for (const ClipCoding coding : {ClipCoding::Raw, ClipCoding::Lossless, ClipCoding::Preview})
        if (name == clipCodingName(coding)) return coding;
    throw Error(ErrorCode::Usage, "frames can be coded as raw, lossless-1 and preview-1, not as '" + std::string(name) + "'", "coding");
}

std::string encodeClip(const Frames& clip, ClipCoding coding)
{
    if (coding == ClipCoding::Raw) return {reinterpret_cast<const char*>(clip.bytes().data()), clip.bytes().size()};
    if (clip.empty()) return {};
    if (coding == ClipCoding::Preview) return encodePreview(clip);
    BitWriter out;
    out.reserve(clip.bytes().size());
    std::vector<Number> codes(Predictor::kContexts);
    std::vector<std::uint8_t> bytes(clip.bytes().begin(), clip.bytes().end());
    Predictor(clip.height(), clip.width()).run(bytes.data(), clip.count(), [&](int predicted, std::size_t context, std::uint8_t present) {
        codes[context].write(out, folded(present - predicted));
        return present;
    });
    return out.finish();
}

Frames decodeClip(std::string_view bytes, ClipCoding coding, int count, int height, int width)
{
    if (coding != ClipCoding::Raw && (count == 0 || height == 0 || width == 0)) {
        if (!bytes.empty()) damaged();
        return Frames(count, height, width);
    }
    if (coding == ClipCoding::Raw) return Frames(count, height, width, {bytes.begin(), bytes.end()});
    // the surest of bits still takes 1/710 of one (Chance::value()): a short text that announces gigabytes is seen before they are allocated
    const std::uint64_t samples = static_cast<std::uint64_t>(std::max(0, count)) * static_cast<std::uint64_t>(std::max(0, height)) * 3 * static_cast<std::uint64_t>(std::max(0, width));
    if (samples > (bytes.size() + 1) * 6000) damaged();
    if (coding == ClipCoding::Preview) return decodePreview(bytes, count, height, width);
    Frames clip(count, height, width);
    BitReader in(bytes);
    std::vector<Number> codes(Predictor::kContexts);
    Predictor(height, width).run(clip.bytes().data(), count, [&](int predicted, std::size_t context, std::uint8_t) {
        const int value = predicted + unfolded(codes[context].read(in));
        if (value < 0 || value > 255) damaged();
        return static_cast<std::uint8_t>(value);
    });
    if (!in.atEnd()) damaged();
    return clip;
}

}  // namespace kinora
