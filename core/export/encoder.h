#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "core/clip/frames.h"
#include "core/options/options.h"

namespace kinora {

/// How a picture or animation is written.
struct ExportOptions {
    double frameRateHz = 10;
    double scale = 1;                ///< Of both sides.
    std::string filter = "auto";     ///< auto: "nearest" for whole enlargements (a GIF is enlarged after quantising), "smooth" else.
    std::int64_t frameStep = 1;      ///< Every how many frames one is taken; the rate falls with it, so the clip lasts as long.
    std::int64_t loops = 0;          ///< Times it plays; 0: for ever. Videos leave that to the player.
    bool pingPong = false;           ///< There and back again, without showing an end twice.
    double endHold = 0;              ///< Seconds that the last frame stands longer.
    std::int64_t colours = 256;      ///< GIF.
    std::string palette = "clip";    ///< GIF: one palette for the clip, or one for every frame.
    std::string dither = "none";     ///< GIF: none, bayer, floyd_steinberg, sierra; at native size.
    std::int64_t loss = 2;           ///< GIF: how far (in RGB) a pixel may be from its nearest colour where that saves bytes; 0: never.
    std::int64_t quality = 0;        ///< WebP, MP4, WebM: 1 ... 100; 0: 90 for WebP, 70 for videos. WebP is lossless at 100.

    std::string comment = {};        ///< Put into the file: GIF comment, PNG and APNG text, MP4 and WebM tag, WebP XMP. No field of the form.
    std::shared_ptr<const Frames> surround = {};  ///< A picture that stands still around the scaled frames, from drawFigure().
    int left = 0, top = 0;           ///< Where the frames stand in it.

    /// The only list of the settings: flags, recipes and forms are made from it.
    template <class Fields>
    void describe(Fields& f)
    {
        f("fps", frameRateHz, range(0.1, 1000), "Frames per second");
        f("scale", scale, range(0.02, 64), "Enlarge or shrink both sides so many times");
        f("filter", filter, choices({"auto", "nearest", "smooth"}), "auto: sharp squares for whole enlargements, smooth else");
        f("frame_step", frameStep, range(1, 1000), "Take every so-manieth frame; the clip lasts as long");
        f("loops", loops, range(0, 65535), "Times an animation plays; 0: for ever");
        f("ping_pong", pingPong, anything(), "There and back again");
        f("end_hold", endHold, range(0, 600), "Seconds that the last frame stands longer");
        f("colours", colours, range(2, 256), "GIF: colours of a palette");
        f("palette", palette, choices({"clip", "frame"}), "GIF: one palette for the clip or one for every frame");
        f("dither", dither, choices({"none", "bayer", "floyd_steinberg", "sierra"}), "GIF: how the error of a colour is spread");
        f("loss", loss, range(0, 64), "GIF: how far in RGB a pixel may be from its nearest colour to save bytes; 0: never");
        f("quality", quality, range(0, 100), "WebP, MP4, WebM: 1 to 100; 0: the format's default; WebP is lossless at 100");
    }
};

/// Sets colours, palette, dither, loss and quality to a named choice: "small", "balanced" (the defaults), "best". \throws Error (Usage)
void applyPreset(ExportOptions& options, const std::string& name);
std::vector<std::string> exportPresets();

/// Who looks on while a file is written.
struct ExportWatch {
    std::stop_token stop = {};
    std::function<void(double)> progress = {};  ///< Share done, 0 ... 1; called in the exporting thread.
};

/// Writes \p clip by the file's extension: gif, mp4, webm, webp, apng, png (one frame: the picture; several: a horizontal strip), frames (a folder of
/// numbered PNG pictures, with the comment as recipe.json).
/// The file appears whole or not at all. GIF: delays in hundredths of a second with the rest carried over, never below 2. The same clip and options give the same bytes.
/// PNG, APNG and frames are lossless; MP4 is H.264 (4:2:0, even sizes: the last row or column repeats), or MPEG-4 with a warning where that
/// encoder is missing; WebM is VP9.
/// \throws Error (Usage for an unknown extension, a wrong option, no frames, or an encoder that this machine lacks; CannotWrite, NotFound, DiskFull, Cancelled)
void exportClip(const Frames& clip, const std::filesystem::path& target, const ExportOptions& options = {}, const ExportWatch& watch = {});

/// The bytes of such a file, for formats that need no seeking: gif, png, apng, webp. \throws Error (Usage, Cancelled)
std::string encodeClip(const Frames& clip, const std::string& format, const ExportOptions& options = {}, const ExportWatch& watch = {});

/// Extensions that exportClip writes on this machine, without dots; "frames" goes without saying.
std::vector<std::string> exportFormats();
/// True if the format gives the pixels back exactly.
bool losslessFormat(const std::string& format, const ExportOptions& options);

/// Delay of every frame of a GIF in hundredths of a second: the rest of each is carried to the next, none is below 2.
std::vector<int> gifDelays(int frames, double frameRateHz);

/// The frames side by side in one picture (1, H, T x W, 3).
Frames contactStrip(const Frames& clip);

/// The frames there and back again, without showing an end twice.
Frames thereAndBack(const Frames& clip);

/// Both sides so many times larger or smaller. \p filter as ExportOptions. \throws Error (Usage if nothing would be left or a side would be over 65535 pixels)
Frames scaled(const Frames& clip, double scale, const std::string& filter = "auto");

}  // namespace kinora
