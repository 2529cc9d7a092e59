#include "widgets/charts/curve_raster.h"

#include <algorithm>
#include <cmath>
#include <utility>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace {
/// \p alpha in 0 ... 256
inline QRgb mixed(QRgb below, QRgb above, unsigned alpha)
{
    const unsigned keep = 256 - alpha;
    const unsigned redBlue = (((below & 0xff00ffU) * keep + (above & 0xff00ffU) * alpha) >> 8) & 0xff00ffU;
    const unsigned green = (((below & 0x00ff00U) * keep + (above & 0x00ff00U) * alpha) >> 8) & 0x00ff00U;
    return 0xff000000U | redBlue | green;
}
inline void fill(QRgb* from, QRgb* to, QRgb colour, unsigned alpha)
{
    if (alpha >= 256) {
        std::fill(from, to, colour | 0xff000000U);
        return;
    }
    const unsigned keep = 256 - alpha, redBlue = (colour & 0xff00ffU) * alpha, green = (colour & 0x00ff00U) * alpha;
#ifdef __SSE2__
    // four pixels at once, in 16 bits a channel
    const auto part = [&](int shift) { return static_cast<short>(((colour >> shift) & 0xffU) * alpha); };
    const short full = static_cast<short>(0xff * alpha);
    const __m128i above = _mm_set_epi16(full, part(16), part(8), part(0), full, part(16), part(8), part(0)), keeps = _mm_set1_epi16(static_cast<short>(keep)), zero = _mm_setzero_si128(),
                  opaque = _mm_set1_epi32(static_cast<int>(0xff000000U));
    for (; to - from >= 4; from += 4) {
        const __m128i below = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
        const __m128i low = _mm_srli_epi16(_mm_add_epi16(_mm_mullo_epi16(_mm_unpacklo_epi8(below, zero), keeps), above), 8);
        const __m128i high = _mm_srli_epi16(_mm_add_epi16(_mm_mullo_epi16(_mm_unpackhi_epi8(below, zero), keeps), above), 8);
        _mm_storeu_si128(reinterpret_cast<__m128i*>(from), _mm_or_si128(_mm_packus_epi16(low, high), opaque));
    }
#endif
    for (; from < to; ++from) *from = 0xff000000U | ((((*from & 0xff00ffU) * keep + redBlue) >> 8) & 0xff00ffU) | ((((*from & 0x00ff00U) * keep + green) >> 8) & 0x00ff00U);
}
inline unsigned alpha256(int alpha) { return static_cast<unsigned>(alpha + (alpha >> 7)); }
}  // namespace

namespace {
/// Kept from picture to picture: a new block of some megabytes for every frame costs more than drawing on it.
std::vector<QRgb>& spare()
{
    thread_local std::vector<QRgb> pixels;
    return pixels;
}
}  // namespace

CurveRaster::CurveRaster(int width, int height, QRgb background) : m_width(std::max(1, width)), m_height(std::max(1, height)), m_pixels(std::exchange(spare(), {}))
{
    m_pixels.assign(static_cast<std::size_t>(m_width) * static_cast<std::size_t>(m_height), background | 0xff000000U);
}

CurveRaster::~CurveRaster() { spare() = std::move(m_pixels); }

void CurveRaster::horizontalLine(double y, int thickness, QRgb colour, int alpha)
{
    const int top = std::clamp(static_cast<int>(std::lround(y - 0.5 * thickness)), 0, m_height), bottom = std::clamp(top + thickness, 0, m_height);
    for (int x = 0; x < m_width; ++x) fill(column(x) + top, column(x) + bottom, colour, alpha256(alpha));
}

void CurveRaster::verticalLine(double x, int thickness, QRgb colour, int alpha)
{
    const int left = static_cast<int>(std::lround(x - 0.5 * thickness));
    for (int at = std::max(0, left); at < std::min(m_width, left + thickness); ++at) fill(column(at), column(at) + m_height, colour, alpha256(alpha));
}

/// Covers [top, bottom] of a column, with parts of pixels at both ends.
void CurveRaster::cover(QRgb* column, double top, double bottom, QRgb colour, int alpha)
{
    top = std::max(0.0, top), bottom = std::min(static_cast<double>(m_height), bottom);
    if (top >= bottom) return;
    const unsigned whole = alpha256(alpha);
    const int first = static_cast<int>(top), last = static_cast<int>(bottom);  // pixels that hold the ends
    if (first == last) {
        column[first] = mixed(column[first], colour, static_cast<unsigned>(whole * (bottom - top)));
        return;
    }
    column[first] = mixed(column[first], colour, static_cast<unsigned>(whole * (first + 1 - top)));
    fill(column + first + 1, column + last, colour, whole);
    if (last < m_height) column[last] = mixed(column[last], colour, static_cast<unsigned>(whole * (bottom - last)));
}

void CurveRaster::curve(const std::vector<Span>& spans, double lineWidth, QRgb colour, int alpha, int dashOn, int dashOff)
{
    const int count = std::min(m_width, static_cast<int>(spans.size()));
    for (int x = 0; x < count; ++x) {
        const Span& span = spans[static_cast<std::size_t>(x)];
        if (!span.any()) continue;
        // gaps in what covers half the picture would be stripes, not a line's style
        if (dashOn > 0 && x % (dashOn + dashOff) >= dashOn && span.high - span.low < 8 * lineWidth) continue;
        if (std::abs(span.slope) < 0.5F) {
            cover(column(x), span.low - lineWidth / 2, span.high + lineWidth / 2, colour, alpha);
            continue;
        }
        // a slanting line: how far each pixel lies from it
        const double centre = 0.5 * (static_cast<double>(span.low) + static_cast<double>(span.high)), flat = 1 / std::sqrt(1 + static_cast<double>(span.slope) * static_cast<double>(span.slope));
        const double reach = std::min((lineWidth / 2 + 0.5) / flat, 0.5 * (span.high - span.low) + lineWidth / 2 + 1);
        const int first = std::max(0, static_cast<int>(std::floor(centre - reach))), last = std::min(m_height - 1, static_cast<int>(std::ceil(centre + reach)));
        QRgb* pixels = column(x);
        const double whole = alpha256(alpha);
        for (int y = first; y <= last; ++y) {
            const double part = std::clamp(lineWidth / 2 + 0.5 - std::abs(y + 0.5 - centre) * flat, 0.0, 1.0);
            pixels[y] = mixed(pixels[y], colour, static_cast<unsigned>(whole * part));
        }
    }
}

void CurveRaster::band(const std::vector<float>& top, const std::vector<float>& bottom, QRgb colour, int alpha)
{
    const int count = std::min({m_width, static_cast<int>(top.size()), static_cast<int>(bottom.size())});
    for (int x = 0; x < count; ++x) {
        const auto i = static_cast<std::size_t>(x);
        if (std::isfinite(top[i]) && std::isfinite(bottom[i])) cover(column(x), top[i], bottom[i], colour, alpha);
    }
}

void CurveRaster::copyTo(QImage& image) const
{
    if (image.width() != m_width || image.height() != m_height || image.format() != QImage::Format_RGB32) image = QImage(m_width, m_height, QImage::Format_RGB32);
    // in tiles that stay in the cache on both sides
    constexpr int kTile = 32;
    const auto stride = static_cast<std::size_t>(image.bytesPerLine()) / sizeof(QRgb), height = static_cast<std::size_t>(m_height);
    auto* to = reinterpret_cast<QRgb*>(image.bits());
    for (int y0 = 0; y0 < m_height; y0 += kTile)
        for (int x0 = 0; x0 < m_width; x0 += kTile) {
            const int y1 = std::min(y0 + kTile, m_height), x1 = std::min(x0 + kTile, m_width);
            int y = y0;
#ifdef __SSE2__
            for (; y + 4 <= y1; y += 4) {
                int x = x0;
                const QRgb* from = m_pixels.data() + static_cast<std::size_t>(x0) * height + static_cast<std::size_t>(y);
                for (; x + 4 <= x1; x += 4, from += 4 * height) {
                    const auto load = [&](std::size_t k) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + k * height)); };
                    const __m128i a = load(0), b = load(1), c = load(2), d = load(3);
                    const __m128i ab0 = _mm_unpacklo_epi32(a, b), ab1 = _mm_unpackhi_epi32(a, b), cd0 = _mm_unpacklo_epi32(c, d), cd1 = _mm_unpackhi_epi32(c, d);
                    const auto store = [&](int k, __m128i row) { _mm_storeu_si128(reinterpret_cast<__m128i*>(to + static_cast<std::size_t>(y + k) * stride + static_cast<std::size_t>(x)), row); };
                    store(0, _mm_unpacklo_epi64(ab0, cd0));
                    store(1, _mm_unpackhi_epi64(ab0, cd0));
                    store(2, _mm_unpacklo_epi64(ab1, cd1));
                    store(3, _mm_unpackhi_epi64(ab1, cd1));
                }
                for (; x < x1; ++x, from += height)
                    for (int k = 0; k < 4; ++k) to[static_cast<std::size_t>(y + k) * stride + static_cast<std::size_t>(x)] = from[k];
            }
#endif
            for (; y < y1; ++y) {
                QRgb* line = to + static_cast<std::size_t>(y) * stride;
                const QRgb* from = m_pixels.data() + static_cast<std::size_t>(x0) * height + static_cast<std::size_t>(y);
                for (int x = x0; x < x1; ++x, from += height) line[x] = *from;
            }
        }
}
