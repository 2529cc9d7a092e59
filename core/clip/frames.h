#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace kinora {

/// A clip as it stands on disk and on screen: uint8 RGB, (T, H, W, 3), rows without padding.
class Frames {
public:
    Frames() = default;
    /// Black frames. \throws Error (ShapeMismatch) for a negative or overflowing size
    Frames(int count, int height, int width);
    /// \param bytes  count * height * width * 3 of them. \throws Error (ShapeMismatch) if their number differs
    Frames(int count, int height, int width, std::vector<std::uint8_t> bytes);

    int count() const { return m_count; }
    int height() const { return m_height; }
    int width() const { return m_width; }
    bool empty() const { return m_bytes.empty(); }
    std::size_t frameBytes() const { return static_cast<std::size_t>(m_height) * m_width * 3; }
    std::span<const std::uint8_t> bytes() const { return m_bytes; }
    std::span<std::uint8_t> bytes() { return m_bytes; }
    const std::uint8_t* frame(int index) const { return m_bytes.data() + frameBytes() * index; }
    std::uint8_t* frame(int index) { return m_bytes.data() + frameBytes() * index; }
    /// Takes another size and keeps its memory; what the pixels then are is nothing to rely on. \throws Error (ShapeMismatch) as the constructor
    void reshape(int count, int height, int width);
    std::vector<std::uint8_t> take() && { return std::move(m_bytes); }
    bool operator==(const Frames&) const = default;

private:
    int m_count = 0;
    int m_height = 0;
    int m_width = 0;
    std::vector<std::uint8_t> m_bytes;
};

/// Sets clips of one size in a grid, row by row, \p gap black pixels apart; a shorter clip repeats its last frame.
/// \throws Error (ShapeMismatch) if sizes differ or there are more clips than cells
Frames tile(const std::vector<Frames>& clips, int rows, int columns, int gap = 2, std::uint8_t gapValue = 255);

}  // namespace kinora
