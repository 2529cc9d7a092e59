#pragma once
#include <functional>
#include <string>
#include <vector>

#include "core/clip/frames.h"
#include "core/export/palette.h"

namespace kinora {

/// How a GIF is made of frames.
struct GifSettings {
    int colours = 256;          ///< 2 ... 256, of which one means "as before" in a clip of several frames.
    bool framePalettes = false; ///< A palette for every frame instead of one for the clip.
    Dither dither = Dither::None;
    int loss = 0;               ///< A pixel may be so much farther from its colour (in RGB) than the nearest one of the palette, where that saves bytes.
    int enlarge = 1;            ///< Every pixel becomes a square of so many, after quantising.
    int loops = 0;              ///< Times it plays; 0: for ever.
    std::vector<int> delays;    ///< Hundredths of a second, one for each frame.
    std::string comment;        ///< Of any length.
    const Frames* surround = nullptr;  ///< One picture, larger than the enlarged frames, that stays around them; never dithered.
    int left = 0, top = 0;             ///< Where they stand in it.
};

/// A GIF of the frames. Quantised at native size and then enlarged: dithering after the enlargement would double the bytes. Each frame holds only the rectangle that changed,
/// and in it a pixel that already shows a colour as good as the palette's stays as it is; of the ways to write that, the longest match of the LZW table is taken.
/// \param step  called with frames done and in all; it throws to stop
/// Source: W3C, GIF89a Specification (layout, LZW with clear codes at will).
std::string encodeGif(const Frames& clip, const GifSettings& settings, const std::function<void(int, int)>& step = {});

}  // namespace kinora
