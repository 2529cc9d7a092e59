#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/clip/frames.h"

namespace kinora {

using Colour = std::array<std::uint8_t, 3>;  ///< RGB.

/// How the error of a pixel's colour is spread.
enum class Dither {
    None,
    Bayer,           ///< A fixed 8 x 8 pattern: patterns of neighbouring frames agree, flat areas stay compact.
    FloydSteinberg,  ///< Rows in turns from the left and from the right.
    Sierra,          ///< Sierra's small filter (right 2/4, below left 1/4, below 1/4).
};
std::string_view ditherName(Dither dither);  ///< "none", "bayer", "floyd_steinberg", "sierra".
/// \throws Error (Usage)
Dither ditherFromName(std::string_view name);

/// What a palette is made for: how often each colour occurs. Colours are kept exactly as long as there are few of them, then as means of 4 x 4 x 4 cells.
class ColourCount {
public:
    ColourCount();
    void add(std::span<const std::uint8_t> rgb, std::uint64_t weight = 1);
    /// At most \p colours colours, fewest squared errors: the cell with the largest error is cut in two until there are enough, then every colour moves to the mean of what is
    /// nearest to it, again and again (Lloyd's iteration). With integers alone: the same on every machine. No more distinct colours than that: exactly these.
    std::vector<Colour> palette(int colours) const;

private:
    struct Cell {
        std::uint64_t count = 0;
        std::array<std::uint64_t, 3> sum{};
    };
    std::vector<Cell> m_cells;
    std::vector<std::uint32_t> m_distinct;  ///< Sorted; given up beyond 256.
    bool m_few = true;
};

/// Finds the nearest colour of a palette (squared RGB distance; the first of equals).
class NearestColour {
public:
    explicit NearestColour(std::vector<Colour> palette);
    int operator()(int r, int g, int b);
    const std::vector<Colour>& palette() const { return m_palette; }

private:
    std::vector<Colour> m_palette;
    std::vector<std::vector<std::uint8_t>> m_cells;  ///< Of each cube of 8 x 8 x 8 colours, which of the palette can be nearest to one of them; filled when first needed.
};

/// One frame in a palette's colours.
struct IndexedFrame {
    std::vector<std::uint8_t> indices;  ///< H x W.
    std::vector<Colour> wanted;         ///< What each pixel should have shown: its colour with the error that its neighbours passed on.
};
IndexedFrame indexed(const Frames& clip, int frame, NearestColour& nearest, Dither dither);

inline int squaredDistance(const Colour& a, const Colour& b)
{
    const int r = a[0] - b[0], g = a[1] - b[1], c = a[2] - b[2];
    return r * r + g * g + c * c;
}

}  // namespace kinora
