#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/clip/frames.h"

namespace kinora {

/// A rectangle of whole pixels. Empty: everything.
struct PixelBox {
    int left = 0, top = 0, width = 0, height = 0;
    bool empty() const { return width <= 0 || height <= 0; }
    bool operator==(const PixelBox&) const = default;
};

/// Resizes every frame, ignoring the aspect: a triangle filter whose support grows when shrinking, 8-bit result after each pass. Thread: safe.
///
/// Source: the bilinear filter of the Pillow imaging library (Resample.c), with which the published loaders shrink their frames; bit for bit the same.
/// OpenCV has no such filter: its linear one does not average when shrinking, its area one is a box.
/// \throws Error (ShapeMismatch) for an empty clip or a size below 1
Frames resized(const Frames& frames, int height, int width);
/// Scales so that the clip covers height x width, then cuts the centre. Keeps the aspect. \throws Error (ShapeMismatch)
Frames resizedAndCropped(const Frames& frames, int height, int width);
/// Left and right exchanged.
Frames mirrored(const Frames& frames);

/// resized() for clip after clip: keeps its weights and its memory. Thread: one at a time.
class Resizer {
public:
    /// The part \p box of every frame at another size, as cutting it out and resized() would give it, into \p out (no part of \p frames).
    /// \throws Error (ShapeMismatch) for an empty clip, a size below 1 or a box that is not inside the frames
    void operator()(const Frames& frames, const PixelBox& box, int height, int width, Frames& out);

    /// Weights of one axis: for each output pixel the first input pixel, and a fixed-point weight for each of `taps` input pixels.
    struct Axis {
        int in = 0, out = 0, taps = 0;
        std::vector<int> first;
        std::vector<std::int32_t> weights;  ///< out x taps; 0 outside the pixel's own window.
        std::vector<std::int32_t> pairs;    ///< The same, rearranged for processors that multiply pairs.
    };

private:
    Axis m_horizontal, m_vertical;
    std::vector<std::uint8_t> m_rows;  ///< One frame at its new width.
};

/// Frames as networks take them: x / 255, then (x - 0.5) / 0.5, both in float32 as the published loaders compute it.
/// \param mirror  left and right exchanged
/// \param out     (3, T, H, W): room for frames.bytes().size() values; with \p planeStride > 0 the channels lie so many values apart
void toUnitPlanes(const Frames& frames, bool mirror, float* out, std::ptrdiff_t planeStride = 0);

}  // namespace kinora
