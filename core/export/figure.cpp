#include "core/export/figure.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <unistd.h>

#include "core/export/lettering.h"
#include "core/export/size_limit.h"
#include "core/util/error.h"
#include "core/util/temporary_folder.h"
#include "core/util/text.h"

namespace kinora {
namespace fs = std::filesystem;
namespace {
std::uint8_t shade(const FigureLayout& options) { return options.background == "black" ? 0 : 255; }

/// Rows or columns of pixels over time: (1, T, W) with time downwards, or (1, H, T) with time to the right; each moment as many pixels thick as makes the picture about as high as the clip.
Frames timeSlice(const Frames& clip, bool vertical, double place)
{
    const int side = vertical ? clip.width() : clip.height(), at = std::clamp(static_cast<int>(place * side), 0, side - 1);
    const int thick = std::max(1, static_cast<int>(std::lround(static_cast<double>(side) / clip.count())));
    Frames out(1, vertical ? clip.height() : clip.count() * thick, vertical ? clip.count() * thick : clip.width());
    for (int y = 0; y < out.height(); ++y)
        for (int x = 0; x < out.width(); ++x) {
            const int t = (vertical ? x : y) / thick;
            std::memcpy(out.frame(0) + (static_cast<std::size_t>(y) * out.width() + x) * 3, clip.frame(t) + (static_cast<std::size_t>(vertical ? y : at) * clip.width() + (vertical ? at : x)) * 3, 3);
        }
    return out;
}

/// The grid that the layout has: rows, columns.
std::pair<int, int> gridOf(const FigureClips& clips, const FigureLayout& options)
{
    if (options.layout != "sheet") return {clips.rows, clips.columns};
    return {static_cast<int>(clips.clips.size()), static_cast<int>(sheetFrameNumbers(clips.clips.front().count(), options.sheetFrames).size())};
}

/// Letters in the canvas, centred (0.5) or otherwise about \p x, their box's top at \p y.
void write(Frames& canvas, const Lettering& text, double x, double anchor, int y, std::uint8_t colour)
{
    const int left = static_cast<int>(std::lround(x - anchor * text.width));
    for (int row = 0; row < text.height && text.width > 0; ++row)
        for (int column = 0; column < text.width; ++column) {
            const int px = left + column, py = y + row;
            if (px < 0 || py < 0 || px >= canvas.width() || py >= canvas.height()) continue;
            const int cover = text.coverage[static_cast<std::size_t>(row) * text.width + column];
            std::uint8_t* pixel = canvas.frame(0) + (static_cast<std::size_t>(py) * canvas.width() + px) * 3;
            for (int c = 0; c < 3; ++c) pixel[c] = static_cast<std::uint8_t>((pixel[c] * (255 - cover) + colour * cover + 127) / 255);
        }
}

/// Lines of a text that are no wider than \p width, broken at blanks; a longer word stands alone.
std::vector<Lettering> lines(const std::string& text, int size, int width)
{
    std::vector<Lettering> out;
    for (const std::string& paragraph : split(text, '\n')) {
        std::string line;
        Lettering set = lettering("", size);
        for (const std::string& word : split(paragraph, ' ')) {
            if (word.empty()) continue;
            const std::string longer = line.empty() ? word : line + ' ' + word;
            Lettering tried = lettering(longer, size);
            if (!line.empty() && tried.width > width) {
                out.push_back(std::move(set));
                line = word;
                set = lettering(word, size);
            } else {
                line = longer;
                set = std::move(tried);
            }
        }
        out.push_back(std::move(set));
    }
    return out;
}

struct TemporaryFile {
    explicit TemporaryFile(const std::string& extension) : path(folder.path() / ("try." + extension)) {}
    TemporaryFolder folder;
    fs::path path;
};
}  // namespace

std::vector<int> sheetFrameNumbers(int frames, std::int64_t wanted)
{
    const int count = wanted <= 0 ? frames : static_cast<int>(std::min<std::int64_t>(frames, wanted));
    std::vector<int> numbers;
    for (int i = 0; i < count; ++i) numbers.push_back(count == 1 ? 0 : static_cast<int>(std::lround(static_cast<double>(i) * (frames - 1) / (count - 1))));
    return numbers;
}

Frames layOut(const FigureClips& clips, const FigureLayout& options)
{
    if (clips.clips.empty()) throw Error(ErrorCode::Usage, "there is no clip to draw");
    const auto [rows, columns] = gridOf(clips, options);
    const int gap = static_cast<int>(options.gap);
    if (options.layout == "grid") return clips.clips.size() == 1 && clips.rows * clips.columns == 1 ? clips.clips.front() : tile(clips.clips, rows, columns, gap, shade(options));
    std::vector<Frames> cells;
    if (options.layout == "sheet") {
        const std::vector<int> numbers = sheetFrameNumbers(clips.clips.front().count(), options.sheetFrames);
        for (const Frames& clip : clips.clips)
            for (const int t : numbers) {
                const std::uint8_t* frame = clip.frame(std::min(t, clip.count() - 1));
                cells.emplace_back(1, clip.height(), clip.width(), std::vector<std::uint8_t>(frame, frame + clip.frameBytes()));
            }
    } else {
        for (const Frames& clip : clips.clips) cells.push_back(timeSlice(clip, options.layout == "yt", options.slice));
    }
    return tile(cells, rows, columns, gap, shade(options));
}

void addSurround(const FigureClips& clips, const FigureLayout& options, const Frames& picture, ExportOptions& encoder)
{
    encoder.surround.reset();
    encoder.left = encoder.top = 0;
    const auto [rows, columns] = gridOf(clips, options);
    std::vector<std::string> rowLabels, columnLabels;
    if (options.labels) {
        if (options.layout == "sheet") {
            for (const int t : sheetFrameNumbers(clips.clips.front().count(), options.sheetFrames)) columnLabels.push_back("t = " + std::to_string(t));
            // a sample has a row of its own: it is named by its place in the grid
            for (int i = 0; i < rows; ++i) {
                const std::size_t row = static_cast<std::size_t>(i / clips.columns), column = static_cast<std::size_t>(i % clips.columns);
                std::string name = row < clips.rowLabels.size() ? clips.rowLabels[row] : std::string();
                if (clips.columns > 1 && column < clips.columnLabels.size()) name += (name.empty() ? "" : ", ") + clips.columnLabels[column];
                rowLabels.push_back(name);
            }
        } else {
            rowLabels = clips.rowLabels, columnLabels = clips.columnLabels;
        }
        const auto blank = [](const std::vector<std::string>& list) { return std::ranges::all_of(list, &std::string::empty); };
        if (blank(rowLabels)) rowLabels.clear();
        if (blank(columnLabels)) columnLabels.clear();
    }
    const int border = static_cast<int>(options.border);
    if (border == 0 && options.caption.empty() && rowLabels.empty() && columnLabels.empty()) return;
    const int width = std::max(1, static_cast<int>(std::round(picture.width() * encoder.scale))), height = std::max(1, static_cast<int>(std::round(picture.height() * encoder.scale)));
    // places of the cells in the scaled picture
    const double gap = static_cast<double>(options.gap) * encoder.scale;
    const double cellWidth = (width - (columns - 1) * gap) / columns, cellHeight = (height - (rows - 1) * gap) / rows;
    int size = static_cast<int>(options.textSize);
    if (size == 0) size = std::clamp(static_cast<int>(cellHeight / 5), 10, 22);
    size = std::clamp(size, 4, 400);
    std::vector<Lettering> rowTexts, columnTexts;
    for (const std::string& label : rowLabels) rowTexts.push_back(lettering(label, size));
    // names of columns keep to their column
    int columnSize = size;
    for (bool fits = false; !fits && !columnLabels.empty(); --columnSize) {
        columnTexts.clear();
        fits = true;
        for (const std::string& label : columnLabels) {
            columnTexts.push_back(lettering(label, columnSize));
            if (columnTexts.back().width > cellWidth + gap - 2 && columnSize > 6) {
                columnSize = std::max(6, std::min(columnSize - 1, static_cast<int>(columnSize * (cellWidth + gap - 2) / columnTexts.back().width))) + 1;
                fits = false;
                break;
            }
        }
    }
    const int pad = std::max(2, size / 3);
    int left = border, top = border;
    if (!rowTexts.empty()) left += pad + std::ranges::max(rowTexts, {}, &Lettering::width).width + pad;
    if (!columnTexts.empty()) top += pad + columnTexts.front().height;
    const int right = border + (rowTexts.empty() || border > 0 ? 0 : pad);
    const std::vector<Lettering> caption = options.caption.empty() ? std::vector<Lettering>() : lines(options.caption, size, left + width + right - 2 * pad);
    int bottom = border;
    for (const Lettering& line : caption) bottom += line.height;
    if (!caption.empty()) bottom += 2 * pad;
    if (left + width + right > 65535 || top + height + bottom > 65535) throw Error(ErrorCode::Usage, "the figure would be larger than 65535 pixels at one side; lower the scale");
    auto canvas = std::make_shared<Frames>(1, top + height + bottom, left + width + right);
    std::ranges::fill(canvas->bytes(), shade(options));
    const auto ink = static_cast<std::uint8_t>(255 - shade(options));
    for (std::size_t i = 0; i < columnTexts.size(); ++i) write(*canvas, columnTexts[i], left + static_cast<double>(i) * (cellWidth + gap) + cellWidth / 2, 0.5, border + pad / 2, ink);
    for (std::size_t i = 0; i < rowTexts.size(); ++i)
        write(*canvas, rowTexts[i], left - pad, 1.0, top + static_cast<int>(static_cast<double>(i) * (cellHeight + gap) + cellHeight / 2 - rowTexts[i].height * 0.5), ink);
    int y = top + height + pad;
    for (const Lettering& line : caption) {
        write(*canvas, line, (left + width + right) / 2.0, 0.5, y, ink);
        y += line.height;
    }
    encoder.surround = canvas;
    encoder.left = left, encoder.top = top;
}

ExportOptions exportFigure(const FigureClips& clips, const FigureLayout& options, const fs::path& target, ExportOptions encoder, std::uintmax_t limitBytes,
                           const std::function<std::string(const ExportOptions&)>& comment, const ExportWatch& watch)
{
    FigureLayout checked;
    applyOptions(checked, optionValues(options));
    Frames picture = layOut(clips, options);
    if (target.extension() == ".png" && picture.count() > 1) {
        if (options.labels) throw Error(ErrorCode::Usage, "a PNG holds one picture; use the layout 'sheet' for frames side by side with labels, or an animated format", target.string());
        if (options.border > 0 || !options.caption.empty()) picture = contactStrip(picture);
    }
    const auto ready = [&](ExportOptions tried) {
        addSurround(clips, options, picture, tried);
        if (comment) tried.comment = comment(tried);
        return tried;
    };
    if (limitBytes > 0) {
        const std::string extension = target.has_extension() ? target.extension().string().substr(1) : std::string();
        if (extension == "frames" || extension.empty()) throw Error(ErrorCode::Usage, "a limit is for files, not for folders of frames", target.string());
        const bool memory = extension == "gif" || extension == "png" || extension == "apng" || extension == "webp";
        encoder = fittingOptions(extension, picture.count(), encoder, limitBytes, [&](const ExportOptions& tried) -> std::uintmax_t {
            const ExportWatch quiet{watch.stop, {}};
            if (memory) return encodeClip(picture, extension, ready(tried), quiet).size();
            const TemporaryFile file(extension);
            exportClip(picture, file.path, ready(tried), quiet);
            return fs::file_size(file.path);
        });
    }
    encoder = ready(encoder);
    exportClip(picture, target, encoder, watch);
    return encoder;
}

}  // namespace kinora
