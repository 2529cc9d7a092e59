#pragma once
// Videos and pictures for importer tests, encoded as the real sets are.
#include <array>
#include <filesystem>
#include <string>

#include "core/clip/frames.h"

/// The frame that says who it is: eight vertical bars in the upper half (bar b is 235 if bit b of t is set, else 16), the clip's colour in the lower half.
kinora::Frames codedClip(int frames, int width, int height, int red, int green, int blue, int firstNumber = 0);
/// The number that the bars of a frame spell, after any resizing that keeps the whole width. -1: a bar is neither dark nor bright.
int codedNumber(const kinora::Frames& clip, int frame);
/// Mean colour of the lower half's middle: {r, g, b}.
std::array<int, 3> codedColour(const kinora::Frames& clip, int frame);

struct VideoFormat {
    std::string codec = "mpeg4";  ///< "mpeg4", "mjpeg", "rawvideo", "libx264", or any encoder of libav.
    double frameRateHz = 25;
    bool sound = false;           ///< One second of silence: PCM in AVI, AAC in MP4.
    int tag = 0;                  ///< Codec tag such as 'XVID'; 0: the container's own.
};
/// True if this machine's libav has the encoder.
bool canEncode(const std::string& codec);
/// Writes by extension (avi, mp4, mkv, ...). Fails the test if it cannot.
void writeVideo(const std::filesystem::path& file, const kinora::Frames& clip, const VideoFormat& format = {});
/// By extension: jpg (quality 90), png, bmp.
void writePicture(const std::filesystem::path& file, const kinora::Frames& clip, int frame);
