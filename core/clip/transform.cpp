#include "core/clip/transform.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "core/util/error.h"

// Loops that are worth wider registers are compiled twice, and chosen when the program starts. The arithmetic, and so every bit of the result, is the same.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define KINORA_WIDE __attribute__((target_clones("avx2", "default"), optimize("O3")))
#else
#define KINORA_WIDE
#endif

namespace kinora {
namespace {
constexpr int kFraction = 22;  // bits behind the binary point of a weight; with 8-bit pixels a sum stays below 2^31
constexpr std::int32_t kHalf = 1 << (kFraction - 1);
constexpr int kLow = 8;  // bits of a weight's lower part

Resizer::Axis axisOf(int in, int out)
{
    Resizer::Axis axis{in, out, 0, {}, {}, {}};
    const double scale = static_cast<double>(in) / out, support = std::max(scale, 1.0), reciprocal = 1.0 / support;
    std::vector<std::vector<std::int32_t>> windows(static_cast<std::size_t>(out));
    std::vector<double> weights;
    for (int x = 0; x < out; ++x) {
        const double centre = (x + 0.5) * scale;
        const int low = std::max(0, static_cast<int>(centre - support + 0.5)), high = std::min(in, static_cast<int>(centre + support + 0.5));
        weights.clear();
        double sum = 0;
        for (int i = 0; i < high - low; ++i) {
            weights.push_back(std::max(0.0, 1.0 - std::abs((low + i - centre + 0.5) * reciprocal)));
            sum += weights.back();
        }
        const double norm = 1.0 / sum;  // products, not quotients, as in the source: the last bit of a weight depends on it
        for (const double weight : weights) windows[x].push_back(static_cast<std::int32_t>(0.5 + weight * norm * (1 << kFraction)));
        axis.first.push_back(low);
        axis.taps = std::max(axis.taps, static_cast<int>(windows[x].size()));
    }
    // every output pixel gets as many taps: a window that would leave the picture starts earlier, with weights of 0
    for (int x = 0; x < out; ++x) {
        const int first = std::min(axis.first[x], in - axis.taps);
        axis.weights.insert(axis.weights.end(), static_cast<std::size_t>(axis.first[x] - first), 0);
        axis.weights.insert(axis.weights.end(), windows[x].begin(), windows[x].end());
        axis.weights.resize(static_cast<std::size_t>(axis.taps) * static_cast<std::size_t>(x + 1), 0);
        axis.first[x] = first;
    }
    // two taps in one 32-bit word, upper and lower bits of the weights apart, as the processor multiplies and adds pairs of 16 bits
    for (int x = 0; x < out; ++x)
        for (int k = 0; k < axis.taps; k += 2) {
            const std::int32_t a = axis.weights[static_cast<std::size_t>(x) * axis.taps + k], b = k + 1 < axis.taps ? axis.weights[static_cast<std::size_t>(x) * axis.taps + k + 1] : 0;
            constexpr std::int32_t kMask = (1 << kLow) - 1;
            axis.pairs.push_back(a >> kLow | b >> kLow << 16);
            axis.pairs.push_back((a & kMask) | (b & kMask) << 16);
        }
    return axis;
}

std::uint8_t rounded(std::int32_t sum) { return static_cast<std::uint8_t>(std::min(sum >> kFraction, 255)); }

void narrowRow(const std::uint8_t* from, const Resizer::Axis& axis, std::uint8_t* to)
{
    const std::int32_t* weight = axis.weights.data();
    for (const int first : axis.first) {
        std::int32_t red = kHalf, green = kHalf, blue = kHalf;
        const std::uint8_t* pixel = from + static_cast<std::size_t>(first) * 3;
        for (int k = 0; k < axis.taps; ++k, ++weight, pixel += 3) {
            red += *weight * pixel[0];
            green += *weight * pixel[1];
            blue += *weight * pixel[2];
        }
        *to++ = rounded(red);
        *to++ = rounded(green);
        *to++ = rounded(blue);
    }
}

#ifdef __x86_64__
constexpr std::size_t kBeyond = 8;  // bytes that the fast version may read, but does not use, behind a row; it writes one

/// narrowRow() with the three channels of two taps at once.
__attribute__((target("sse4.1"))) void narrowRowFast(const std::uint8_t* from, const Resizer::Axis& axis, std::uint8_t* to)
{
    const __m128i channels = _mm_setr_epi8(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1);  // r r' g g' b b'
    const __m128i half = _mm_set1_epi32(kHalf);
    const std::int32_t* pair = axis.pairs.data();
    for (const int first : axis.first) {
        __m128i high = _mm_setzero_si128(), low = _mm_setzero_si128();
        const std::uint8_t* pixel = from + static_cast<std::size_t>(first) * 3;
        for (int k = 0; k < axis.taps; k += 2, pair += 2, pixel += 6) {
            const __m128i values = _mm_shuffle_epi8(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(pixel)), channels);
            high = _mm_add_epi32(high, _mm_madd_epi16(values, _mm_set1_epi32(pair[0])));
            low = _mm_add_epi32(low, _mm_madd_epi16(values, _mm_set1_epi32(pair[1])));
        }
        __m128i sum = _mm_srai_epi32(_mm_add_epi32(_mm_add_epi32(_mm_slli_epi32(high, kLow), low), half), kFraction);
        sum = _mm_packus_epi16(_mm_packs_epi32(sum, sum), sum);
        const std::int32_t bytes = _mm_cvtsi128_si32(sum);
        std::memcpy(to, &bytes, 4);
        to += 3;
    }
}
#endif

/// One output row out of \p taps rows that lie \p stride bytes apart.
KINORA_WIDE void lowRow(const std::uint8_t* __restrict from, std::size_t stride, const std::int32_t* __restrict weights, int taps, std::uint8_t* __restrict to, std::size_t size)
{
    constexpr std::size_t kBlock = 64;
    std::size_t x = 0;
    for (; x + kBlock <= size; x += kBlock) {
        std::int32_t sums[kBlock];
        for (std::size_t i = 0; i < kBlock; ++i) sums[i] = kHalf;
        for (int k = 0; k < taps; ++k) {
            const std::uint8_t* row = from + static_cast<std::size_t>(k) * stride + x;
            const std::int32_t weight = weights[k];
            for (std::size_t i = 0; i < kBlock; ++i) sums[i] += weight * row[i];
        }
        for (std::size_t i = 0; i < kBlock; ++i) to[x + i] = rounded(sums[i]);
    }
    for (; x < size; ++x) {
        std::int32_t sum = kHalf;
        for (int k = 0; k < taps; ++k) sum += weights[k] * from[static_cast<std::size_t>(k) * stride + x];
        to[x] = rounded(sum);
    }
}

KINORA_WIDE void unitValues(const std::uint8_t* __restrict pixel, float* __restrict red, float* __restrict green, float* __restrict blue, std::size_t count)
{
    for (std::size_t i = 0; i < count; ++i) {  // times 2 is exactly / 0.5
        red[i] = (static_cast<float>(pixel[3 * i]) / 255.0f - 0.5f) * 2.0f;
        green[i] = (static_cast<float>(pixel[3 * i + 1]) / 255.0f - 0.5f) * 2.0f;
        blue[i] = (static_cast<float>(pixel[3 * i + 2]) / 255.0f - 0.5f) * 2.0f;
    }
}
KINORA_WIDE void reversed(const float* __restrict from, float* __restrict to, std::size_t count)
{
    for (std::size_t i = 0; i < count; ++i) to[i] = from[count - 1 - i];
}
}  // namespace

void Resizer::operator()(const Frames& frames, const PixelBox& box, int height, int width, Frames& out)
{
    if (height < 1 || width < 1) throw Error(ErrorCode::ShapeMismatch, "frames cannot be resized to " + std::to_string(width) + "x" + std::to_string(height));
    if (frames.empty()) throw Error(ErrorCode::ShapeMismatch, "a clip without frames cannot be resized");
    const PixelBox part = box.empty() ? PixelBox{0, 0, frames.width(), frames.height()} : box;
    if (part.left < 0 || part.top < 0 || part.width > frames.width() - part.left || part.height > frames.height() - part.top)
        throw Error(ErrorCode::ShapeMismatch, "a part of " + std::to_string(part.width) + "x" + std::to_string(part.height) + " at " + std::to_string(part.left) + ", " + std::to_string(part.top) +
                                                  " does not lie in frames of " + std::to_string(frames.width()) + "x" + std::to_string(frames.height()));
    if (part.width != width && (m_horizontal.in != part.width || m_horizontal.out != width)) m_horizontal = axisOf(part.width, width);
    if (part.height != height && (m_vertical.in != part.height || m_vertical.out != height)) m_vertical = axisOf(part.height, height);
    out.reshape(frames.count(), height, width);
    const std::size_t sourceStride = static_cast<std::size_t>(frames.width()) * 3, stride = static_cast<std::size_t>(width) * 3;
    if (part.width != width) m_rows.resize(stride * static_cast<std::size_t>(part.height) + 1);
#ifdef __x86_64__
    const bool fast = __builtin_cpu_supports("sse4.1");
#endif
    [[maybe_unused]] const std::uint8_t* end = frames.bytes().data() + frames.bytes().size();
    for (int t = 0; t < frames.count(); ++t) {
        const std::uint8_t* from = frames.frame(t) + static_cast<std::size_t>(part.top) * sourceStride + static_cast<std::size_t>(part.left) * 3;
        std::size_t fromStride = sourceStride;
        if (part.width != width) {
            for (int y = 0; y < part.height; ++y, from += sourceStride) {
                std::uint8_t* to = m_rows.data() + static_cast<std::size_t>(y) * stride;
#ifdef __x86_64__
                if (fast && from + static_cast<std::size_t>(part.width) * 3 + kBeyond <= end) {
                    narrowRowFast(from, m_horizontal, to);
                    continue;
                }
#endif
                narrowRow(from, m_horizontal, to);
            }
            from = m_rows.data();
            fromStride = stride;
        }
        for (int y = 0; y < height; ++y) {
            std::uint8_t* to = out.frame(t) + static_cast<std::size_t>(y) * stride;
            if (part.height == height) std::memcpy(to, from + static_cast<std::size_t>(y) * fromStride, stride);
            else
                lowRow(from + static_cast<std::size_t>(m_vertical.first[y]) * fromStride, fromStride, m_vertical.weights.data() + static_cast<std::size_t>(y) * m_vertical.taps, m_vertical.taps, to, stride);
        }
    }
}

Frames resized(const Frames& frames, int height, int width)
{
    Frames out;
    Resizer()(frames, {}, height, width, out);
    return out;
}

Frames resizedAndCropped(const Frames& frames, int height, int width)
{
    if (frames.empty() || height < 1 || width < 1) return resized(frames, height, width);
    const double scale = std::max(static_cast<double>(height) / frames.height(), static_cast<double>(width) / frames.width());
    const int coverHeight = std::max(height, static_cast<int>(std::lround(frames.height() * scale)));
    const int coverWidth = std::max(width, static_cast<int>(std::lround(frames.width() * scale)));
    Frames cover = resized(frames, coverHeight, coverWidth);
    if (coverHeight == height && coverWidth == width) return cover;
    Frames out;
    Resizer()(cover, {(coverWidth - width) / 2, (coverHeight - height) / 2, width, height}, height, width, out);
    return out;
}

Frames mirrored(const Frames& frames)
{
    Frames out(frames.count(), frames.height(), frames.width());
    const std::size_t rows = static_cast<std::size_t>(frames.count()) * frames.height(), width = static_cast<std::size_t>(frames.width());
    for (std::size_t row = 0; row < rows; ++row) {
        const std::uint8_t* from = frames.bytes().data() + row * width * 3;
        std::uint8_t* to = out.bytes().data() + row * width * 3;
        for (std::size_t x = 0; x < width; ++x) std::memcpy(to + x * 3, from + (width - 1 - x) * 3, 3);
    }
    return out;
}

void toUnitPlanes(const Frames& frames, bool mirror, float* out, std::ptrdiff_t planeStride)
{
    const std::size_t width = static_cast<std::size_t>(frames.width()), pixels = static_cast<std::size_t>(frames.count()) * frames.height() * width;
    const std::ptrdiff_t apart = planeStride > 0 ? planeStride : static_cast<std::ptrdiff_t>(pixels);
    if (!mirror) {
        unitValues(frames.bytes().data(), out, out + apart, out + 2 * apart, pixels);
        return;
    }
    std::vector<float> row(width * 3);
    for (std::size_t at = 0; at < pixels; at += width) {
        unitValues(frames.bytes().data() + at * 3, row.data(), row.data() + width, row.data() + 2 * width, width);
        for (std::ptrdiff_t c = 0; c < 3; ++c) reversed(row.data() + static_cast<std::size_t>(c) * width, out + c * apart + static_cast<std::ptrdiff_t>(at), width);
    }
}

}  // namespace kinora
