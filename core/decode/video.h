#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/clip/frames.h"

namespace kinora {

/// What is refused before memory or time is spent on it.
struct VideoLimits {
    std::int64_t pixels = std::int64_t(1) << 26;  ///< Width x height.
    std::int64_t frames = std::int64_t(1) << 20;
};

/// What a video's container says without decoding it.
struct VideoOutline {
    int width = 0, height = 0;  ///< As shown: a quarter turn exchanges them.
    std::int64_t frames = 0;    ///< 0: not known. Containers lie: only decoding counts.
    double frameRateHz = 0;     ///< 0: not known.
    std::string format;         ///< "mpeg4 in avi"
};

/// Decodes the first video stream of a file from its first frame to its last, once, with one thread; sound, subtitles and cover pictures are passed over.
///
/// Frames come as they are stored: none is repeated or dropped to even out a variable rate. Quarter turns and mirrorings that the container asks for are applied. Colours follow what the
/// stream says of its matrix and range; if it says nothing, BT.601 and limited range, as the tools do with which the published sets were cut up. Alpha is composited on black.
/// Only regular files and containers that hold everything themselves are opened: no network, no playlists, no references to other files.
/// A frame that cannot be decoded, or a file that ends before its end, is an error; the published sets hold none.
/// Thread: one at a time per reader.
class VideoReader {
public:
    /// \throws Error (NotFound, CannotRead; DecodeFailed for an empty, truncated or foreign file, one without pictures or over the limits)
    explicit VideoReader(const std::filesystem::path& file, const VideoLimits& limits = {});
    ~VideoReader();
    VideoReader(VideoReader&&) noexcept;
    VideoReader& operator=(VideoReader&&) noexcept;
    const VideoOutline& outline() const;
    /// Decodes the next frame without converting it. \returns false behind the last one. \throws Error (DecodeFailed) naming the frame
    bool advance();
    /// The present frame as RGB, one frame; valid until the next advance().
    const Frames& frame();
    std::int64_t decoded() const;  ///< Frames so far: advance() calls that returned true.
    /// True if the time between the frames so far differed by more than half.
    bool variableRate() const;
    /// What libav complained of without giving up, and what of the container's wishes was not followed; complete at the end.
    const std::vector<std::string>& complaints() const;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

/// "libavcodec 59.37.100", for provenance.
std::string videoDecoderVersion();

}  // namespace kinora
