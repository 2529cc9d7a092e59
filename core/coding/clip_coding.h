#pragma once
// Frames made small for a slow link between the window and its engine. No library is needed, so every build has both codings; docs/protocol.md says how they are agreed on.
#include <cstdint>
#include <string>
#include <string_view>

#include "core/clip/frames.h"

namespace kinora {

/// How the clips of an answer are coded.
enum class ClipCoding {
    Raw,       ///< uint8 RGB as it is.
    Lossless,  ///< Every byte comes back: about half the size for generated clips.
    Preview,   ///< About a tenth of the size, at least 38 dB: for pictures that the next movement of a slider replaces.
};
std::string_view clipCodingName(ClipCoding coding);  ///< "raw", "lossless-1", "preview-1".
/// \throws Error (Usage) for another name
ClipCoding clipCodingFromName(std::string_view name);

inline constexpr double kPreviewPsnr = 38.1;  ///< Peak signal-to-noise ratio in dB that a preview is coded for.

/// One clip as bytes. The same clip gives the same bytes everywhere for Lossless.
///
/// Lossless: each byte is predicted from its neighbours in the frame, in the frame before and in the other channels by a filter that learns as it goes (normalised least mean squares, in
/// integers), and the error is written by a range coder that learns how large errors are beside what errors. Preview: cosine transform over blocks of 8 x 8 pixels and up to 16 frames, one quantiser step for the clip.
/// Source: Haykin, "Adaptive Filter Theory", 4th edition, section 6.1 (normalised LMS).
std::string encodeClip(const Frames& clip, ClipCoding coding);

/// Back again. \throws Error (Damaged) if \p bytes are not those of a clip of this size; never reads or writes beside it, whatever they are
Frames decodeClip(std::string_view bytes, ClipCoding coding, int count, int height, int width);

}  // namespace kinora
