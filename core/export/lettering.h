#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace kinora {

/// A line of text as coverage, 0 ... 255 a pixel: as wide as the letters, 1.3 sizes high, the baseline one size below the top.
struct Lettering {
    int width = 0, height = 0;
    std::vector<std::uint8_t> coverage;  ///< height x width.
};

/// Sets one line in the system's sans-serif font (fontconfig finds it; Noto Sans CJK for text with Chinese characters).
/// \param size  pixels of an em, 4 ... 400
/// \throws Error (Usage for text that is no UTF-8; NotFound naming the package if this libavfilter draws no text or there is no font)
Lettering lettering(const std::string& text, int size);

}  // namespace kinora
