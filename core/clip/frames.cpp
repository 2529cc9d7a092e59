#include "core/clip/frames.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "core/util/error.h"

namespace kinora {
namespace {
std::size_t checkedSize(int count, int height, int width)
{
    constexpr std::size_t kLimit = std::size_t(1) << 40;  // a terabyte: larger is a corrupt header, not a clip
    if (count < 0 || height < 0 || width < 0) throw Error(ErrorCode::ShapeMismatch, "a clip cannot have a negative size");
    const std::size_t area = static_cast<std::size_t>(height) * static_cast<std::size_t>(width) * 3;
    if (area != 0 && static_cast<std::size_t>(count) > kLimit / area) throw Error(ErrorCode::ShapeMismatch, "a clip of this size cannot be held");
    return area * static_cast<std::size_t>(count);
}
}  // namespace

Frames::Frames(int count, int height, int width) : m_count(count), m_height(height), m_width(width), m_bytes(checkedSize(count, height, width)) {}

Frames::Frames(int count, int height, int width, std::vector<std::uint8_t> bytes)
    : m_count(count), m_height(height), m_width(width), m_bytes(std::move(bytes))
{
    if (m_bytes.size() != checkedSize(count, height, width))
        throw Error(ErrorCode::ShapeMismatch, "a clip of " + std::to_string(count) + " frames of " + std::to_string(width) + "x" + std::to_string(height) +
                                                  " needs " + std::to_string(checkedSize(count, height, width)) + " bytes, not " + std::to_string(m_bytes.size()));
}

void Frames::reshape(int count, int height, int width)
{
    m_bytes.resize(checkedSize(count, height, width));
    m_count = count;
    m_height = height;
    m_width = width;
}

Frames tile(const std::vector<Frames>& clips, int rows, int columns, int gap, std::uint8_t gapValue)
{
    if (clips.empty()) return {};
    if (static_cast<std::size_t>(rows) * columns < clips.size()) throw Error(ErrorCode::ShapeMismatch, "more clips than cells in the grid");
    int count = 0;
    const int height = clips.front().height(), width = clips.front().width();
    for (const Frames& clip : clips) {
        if (clip.height() != height || clip.width() != width) throw Error(ErrorCode::ShapeMismatch, "the clips of a grid must have one size");
        count = std::max(count, clip.count());
    }
    Frames out(count, rows * height + (rows - 1) * gap, columns * width + (columns - 1) * gap);
    std::ranges::fill(out.bytes(), gapValue);
    for (std::size_t i = 0; i < clips.size(); ++i) {
        if (clips[i].count() == 0) continue;
        const int top = static_cast<int>(i) / columns * (height + gap), left = static_cast<int>(i) % columns * (width + gap);
        for (int t = 0; t < count; ++t) {
            const std::uint8_t* from = clips[i].frame(std::min(t, clips[i].count() - 1));
            std::uint8_t* to = out.frame(t) + (static_cast<std::size_t>(top) * out.width() + left) * 3;
            for (int y = 0; y < height; ++y) std::memcpy(to + static_cast<std::size_t>(y) * out.width() * 3, from + static_cast<std::size_t>(y) * width * 3, static_cast<std::size_t>(width) * 3);
        }
    }
    return out;
}

}  // namespace kinora
