#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/clip/frames.h"
#include "core/export/encoder.h"

namespace kinora {

/// Clips of one size in rows and columns, with what is written beside them.
struct FigureClips {
    std::vector<Frames> clips;  ///< Row by row; at most rows x columns. A shorter clip repeats its last frame.
    int rows = 1, columns = 1;
    std::vector<std::string> rowLabels, columnLabels;  ///< None, or one for each.
};

/// How clips become a figure.
struct FigureLayout {
    std::string layout = "grid";       ///< grid: they play side by side. sheet: frames along x, samples along y. xt, yt: one line of pixels over time.
    std::int64_t gap = 2;              ///< Pixels of a clip between the cells, enlarged with them.
    std::int64_t border = 0;           ///< Pixels of the file around everything.
    std::string background = "white";  ///< Of gaps and border; the letters have the other colour.
    std::string caption;               ///< Below the figure, broken into lines.
    bool labels = false;               ///< Names of rows and columns; numbers of frames over a sheet.
    std::int64_t textSize = 0;         ///< Pixels; 0: by the size of a cell.
    std::int64_t sheetFrames = 8;      ///< Frames of a sheet, evenly spaced from the first to the last; 0: all.
    double slice = 0.5;                ///< Where a time slice is cut: share of the height (xt) or width (yt).

    template <class Fields>
    void describe(Fields& f)
    {
        f("layout", layout, choices({"grid", "sheet", "xt", "yt"}), "grid: clips play side by side; sheet: frames along x, samples along y; xt, yt: a line of pixels over time");
        f("gap", gap, range(0, 64), "Pixels between cells, in those of the clips");
        f("border", border, range(0, 512), "Pixels around the figure, in those of the file");
        f("background", background, choices({"white", "black"}), "Colour of gaps and border; letters have the other");
        f("caption", caption, anything(), "Text below the figure");
        f("labels", labels, anything(), "Write names of rows and columns, and numbers of frames over a sheet");
        f("text_size", textSize, range(0, 400), "Height of letters in pixels; 0: by the size of a cell");
        f("sheet_frames", sheetFrames, range(0, 1000), "Frames of a sheet, evenly spaced; 0: all");
        f("slice", slice, range(0, 1), "Where a time slice is cut, as a share of the height or width");
    }
};

/// The figure's pixels before they are scaled.
Frames layOut(const FigureClips& clips, const FigureLayout& options);
/// Which frames a sheet shows of clips with so many.
std::vector<int> sheetFrameNumbers(int frames, std::int64_t wanted);

/// Fills in surround, left and top of the export's options: border, labels and caption in the file's own pixels around a picture as layOut() gives it. Nothing to write: no surround.
/// \throws Error as lettering()
void addSurround(const FigureClips& clips, const FigureLayout& options, const Frames& picture, ExportOptions& encoder);

/// layOut(), addSurround() and exportClip().
/// \param limitBytes  0, or the size that fittingOptions() keeps to
/// \param comment     of the file, for the options that were taken in the end; may be empty
/// \returns the options that were taken
ExportOptions exportFigure(const FigureClips& clips, const FigureLayout& options, const std::filesystem::path& target, ExportOptions encoder, std::uintmax_t limitBytes = 0,
                           const std::function<std::string(const ExportOptions&)>& comment = {}, const ExportWatch& watch = {});

}  // namespace kinora
