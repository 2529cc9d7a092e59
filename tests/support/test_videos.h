#pragma once
// Videos and pictures for importer tests, encoded as the real sets are.
#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/clip/frames.h"

/// The frame that says who it is: eight vertical bars in the upper half (bar b is 235 if bit b of t is set, else 16), the clip's colour in the lower half.
kinora::Frames codedClip(int frames, int width, int height, int red, int green, int blue, int firstNumber = 0);
/// The number that the bars of a frame spell, after any resizing that keeps the whole width. -1: a bar is neither dark nor bright.
int codedNumber(const kinora::Frames& clip, int frame);
/// Mean colour of the lower half's middle: {r, g, b}.
std::array<int, 3> codedColour(const kinora::Frames& clip, int frame);

/// A four-letter codec tag, codecTag("XVID").
constexpr int codecTag(const char (&text)[5])
{
    return text[0] | text[1] << 8 | text[2] << 16 | text[3] << 24;
}

struct VideoFormat {
    std::string codec = "mpeg4";  ///< "mpeg4", "mjpeg", "rawvideo", "libx264", or any encoder of libav.
    double frameRateHz = 25;      ///< 29.97 and 59.94 mean 30000/1001 and 60000/1001.
    bool sound = false;           ///< One second of silence: PCM in AVI, AAC elsewhere.
    int tag = 0;                  ///< codecTag("XVID"); 0: the container's own.
    std::string pixels;           ///< Pixel format by libav's name ("gray"); empty: 4:2:0.
    bool bt709 = false;           ///< The file says BT.709 and holds it; otherwise BT.601, unsaid.
    bool fullRange = false;       ///< The file says 0 ... 255 and holds it.
    int rotationDegrees = 0;      ///< Counter-clockwise, to be applied when shown (MP4).
    std::vector<std::int64_t> times;  ///< One per frame, in frames at frameRateHz, ascending; empty: 0, 1, 2, ...
};
/// True if this machine's libav has the encoder.
bool canEncode(const std::string& codec);
/// Writes by extension (avi, mp4, mkv, ...). \throws kinora::Error if it cannot, which fails the test
void writeVideo(const std::filesystem::path& file, const kinora::Frames& clip, const VideoFormat& format = {});
/// By extension: jpg, jpeg (quality about 90), png, bmp. \throws kinora::Error likewise
void writePicture(const std::filesystem::path& file, const kinora::Frames& clip, int frame);
