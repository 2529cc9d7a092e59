#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/clip/frames.h"

namespace kinora {

/// What a .npy file's header says.
struct NpyHeader {
    std::string type;                 ///< "|u1", "<f4", ... as written.
    std::vector<std::int64_t> shape;  ///< C order.
    std::uint64_t dataStart = 0;      ///< Byte of the first element.
    std::int64_t extent(std::string_view layout, char axis) const;  ///< Of an axis in a layout such as "tnhw"; 1 if the layout lacks it.
};

/// Reads the header of a .npy file, versions 1 to 3, and checks it against the file's size. Any element type is listed; NpyFile reads two.
/// \throws Error (NotFound, CannotRead; DecodeFailed for a foreign, truncated or hostile file, Fortran order, objects)
NpyHeader readNpyHeader(const std::filesystem::path& file);

/// Clips out of a .npy array of uint8, or of float32 in [0, 1] or [0, 255]. The file is mapped, so a row of a large one costs its own bytes.
///
/// A layout names the axes in their order, once each: h and w, and if the array has them n (clip), t (frame), c (1 or 3 channels): "nthwc", "thw", "tnhw" (Moving MNIST).
/// Thread: safe.
class NpyFile {
public:
    /// \throws Error as readNpyHeader; DecodeFailed for another element type, or a layout that does not fit the shape
    NpyFile(const std::filesystem::path& file, const std::string& layout);
    ~NpyFile();
    NpyFile(NpyFile&&) noexcept;
    NpyFile& operator=(NpyFile&&) noexcept;
    std::int64_t rows() const;  ///< Along n; 1 without it.
    int frames() const;
    int height() const;
    int width() const;
    /// Frame \p frame of clip \p row as RGB; grey is widened. A float row whose largest value is at most 1 is taken for [0, 1].
    /// \throws Error (NotFound for an index outside; DecodeFailed for a float outside both ranges)
    Frames frame(std::int64_t row, int frame) const;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

}  // namespace kinora
