#include "app/import/commands.h"

#include <fcntl.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <unordered_map>

#include "app/import/support.h"
#include "core/clip/transform.h"
#include "core/clipfile/clip_file.h"
#include "core/dataset/exclusions.h"
#include "core/dataset/safetensors_clips.h"
#include "core/export/encoder.h"
#include "core/util/file.h"
#include "core/util/log.h"
#include "core/util/text.h"

namespace kinora::app {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {
/// Chosen clips of a dataset, cut to a length and resized: what is exported.
class ExportView final : public ClipSource {
public:
    ExportView(std::shared_ptr<const ClipSource> source, std::vector<std::int64_t> indices, int frames, std::pair<int, int> size)
        : m_source(std::move(source)), m_indices(std::move(indices)), m_frames(frames), m_size(size)
    {
        for (const StreamColumn& column : m_source->streamColumns()) {
            if (m_size.first == 0 || !column.pixels) m_streams.push_back(column);
            else log::warning("stream '" + column.name + "' is left out: it has one value per pixel and --size changes the pixels");
        }
    }
    std::string name() const override { return m_source->name(); }
    std::int64_t size() const override { return static_cast<std::int64_t>(m_indices.size()); }
    ClipInfo info(std::int64_t index) const override
    {
        ClipInfo info = m_source->info(m_indices.at(static_cast<std::size_t>(index)));
        if (m_frames > 0) {
            if (m_frames > info.frames) throw Error(ErrorCode::Usage, "clip '" + info.name + "' has only " + std::to_string(info.frames) + " frames, not " + std::to_string(m_frames), "--frames");
            info.frames = m_frames;
        }
        if (m_size.first > 0) {
            info.width = m_size.first;
            info.height = m_size.second;
        }
        return info;
    }
    const std::vector<LabelColumn>& labelColumns() const override { return m_source->labelColumns(); }
    const std::vector<StreamColumn>& streamColumns() const override { return m_streams; }
    Frames frames(std::int64_t index, const FrameWindow& window) const override
    {
        const ClipInfo exported = info(index);
        Frames clip = m_source->frames(m_indices.at(static_cast<std::size_t>(index)), resolved(window, exported.frames));
        return m_size.first > 0 ? resizedAndCropped(clip, m_size.second, m_size.first) : clip;
    }
    std::vector<std::uint8_t> stream(std::int64_t index, const std::string& name, const FrameWindow& window) const override
    {
        return m_source->stream(m_indices.at(static_cast<std::size_t>(index)), name, resolved(window, info(index).frames));
    }

private:
    std::shared_ptr<const ClipSource> m_source;
    std::vector<std::int64_t> m_indices;
    int m_frames;
    std::pair<int, int> m_size;
    std::vector<StreamColumn> m_streams;
};

struct ExportArguments {
    std::string dataset, target, clips, names, split, size, grid, progress = "auto";
    std::vector<std::string> named;
    bool withExcluded = false, framesFolder = false;
    int frames = 0, scale = 1, loops = 0;
    double frameRateHz = 0;
};

void exportPicture(const ExportView& view, const ExportArguments& arguments)
{
    const auto count = static_cast<int>(view.size());
    std::pair<int, int> grid;
    if (arguments.grid.empty()) {
        grid.second = static_cast<int>(std::ceil(std::sqrt(count)));
        grid.first = (count + grid.second - 1) / grid.second;
    } else {
        grid = parsePair(arguments.grid, "--grid");
    }
    if (static_cast<std::int64_t>(grid.first) * grid.second < count)
        throw Error(ErrorCode::Usage, arguments.grid + " has fewer cells than the " + std::to_string(count) + " clips; make it larger or choose clips with --clips", "--grid");
    std::vector<Frames> clips;
    const ClipInfo first = view.info(0);
    for (std::int64_t i = 0; i < count; ++i) {
        throwIfInterrupted("the export was interrupted; nothing was left behind", arguments.target);
        const ClipInfo info = view.info(i);
        if (info.width != first.width || info.height != first.height)
            throw Error(ErrorCode::Usage, "clip '" + info.name + "' is " + std::to_string(info.width) + "x" + std::to_string(info.height) + ", others are " + std::to_string(first.width) + "x" +
                                              std::to_string(first.height) + "; pass --size, as in --size " + std::to_string(first.width) + "x" + std::to_string(first.height), "--size");
        clips.push_back(view.frames(i, {}));
    }
    ExportOptions options;
    options.frameRateHz = arguments.frameRateHz > 0 ? arguments.frameRateHz : first.frameRateHz > 0 ? first.frameRateHz : 10;
    options.scale = arguments.scale;
    options.loops = arguments.loops;
    options.comment = json{{"program", "kinora datasets export"}, {"dataset", view.name()}, {"clips", arguments.clips}}.dump(-1, ' ', false, json::error_handler_t::replace);
    exportClip(clips.size() == 1 ? clips.front() : tile(clips, grid.first, grid.second), arguments.target, options);
}

/// A folder name or two of a clip's name: '/' stays a folder, and nothing leads out.
fs::path clipFolder(const std::string& name)
{
    fs::path path;
    for (std::string part : split(name, '/')) {
        for (char& byte : part)
            if (static_cast<unsigned char>(byte) < 0x20 || byte == '\\') byte = '_';
        if (part.empty() || part == ".") continue;
        if (part == "..") part = "_";
        path /= part.size() > 200 ? part.substr(0, 200) : part;
    }
    return path.empty() ? fs::path("clip") : path;
}

/// One folder of numbered PNG pictures for every clip. It is made under another name and renamed when it is whole.
void exportFrames(const ExportView& view, const ExportArguments& arguments, const std::function<void(std::int64_t, std::int64_t)>& step)
{
    fs::path target = arguments.target;
    if (!target.has_filename()) target = target.parent_path();  // "folder/"
    std::error_code error;
    if (fs::exists(target, error)) throw Error(ErrorCode::CannotWrite, "exists already; name a folder that does not", target.string());
    const fs::path parent = target.has_parent_path() ? target.parent_path() : fs::path(".");
    if (!fs::is_directory(parent, error)) throw Error(ErrorCode::NotFound, "the folder does not exist; create it first", parent.string());
    const fs::path making = parent / ("." + target.filename().string() + "." + std::to_string(::getpid()) + ".tmp");
    struct Remover {
        fs::path path;
        ~Remover()
        {
            std::error_code ignored;
            if (!path.empty()) fs::remove_all(path, ignored);
        }
    } remover{making};
    std::set<fs::path> used;
    for (std::int64_t i = 0; i < view.size(); ++i) {
        const ClipInfo info = view.info(i);
        const Frames clip = view.frames(i, {});
        fs::path folder = clipFolder(info.name);
        for (int number = 2; !used.insert(folder).second; ++number) folder = clipFolder(info.name + "~" + std::to_string(number));
        fs::create_directories(making / folder);
        for (int t = 0; t < clip.count(); ++t) {
            throwIfInterrupted("the export was interrupted; nothing was left behind", arguments.target);
            char name[24];
            std::snprintf(name, sizeof name, "%06d.png", t + 1);
            const std::string picture = encodeClip(Frames(1, clip.height(), clip.width(), {clip.frame(t), clip.frame(t) + clip.frameBytes()}), "png", {.scale = static_cast<double>(arguments.scale)});
            std::ofstream out(making / folder / name, std::ios::binary);
            out.write(picture.data(), static_cast<std::streamsize>(picture.size()));
            out.close();
            if (!out) throw Error(ErrorCode::DiskFull, "cannot be written; the disk is probably full (nothing was left behind)", target.string());
        }
        step(i + 1, view.size());
    }
    if (const int descriptor = ::open(making.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); descriptor >= 0) {
        ::syncfs(descriptor);  // one for all pictures
        ::close(descriptor);
    }
    fs::rename(making, target);
    remover.path.clear();
}

/// Which clips are meant: by number, by name or by split, less the excluded ones.
std::vector<std::int64_t> chosenClips(const ClipSource& source, const ExportArguments& arguments, bool all)
{
    std::vector<std::string> names = arguments.named;
    if (!arguments.names.empty())
        for (const std::string& line : split(readFile(arguments.names), '\n'))
            if (!line.empty()) names.push_back(line.back() == '\r' ? line.substr(0, line.size() - 1) : line);
    std::vector<std::int64_t> indices;
    const bool chosen = !arguments.clips.empty() || !names.empty() || !arguments.names.empty() || !arguments.split.empty();
    if (!arguments.clips.empty()) indices = parseClips(arguments.clips, source.size());
    if (!names.empty()) {
        std::unordered_map<std::string, std::int64_t> places;
        for (std::int64_t i = 0; i < source.size(); ++i) places.try_emplace(source.info(i).name, i);
        for (const std::string& name : names) {
            const auto found = places.find(name);
            if (found == places.end()) throw Error(ErrorCode::Usage, "there is no clip '" + name + "'", arguments.dataset);
            indices.push_back(found->second);
        }
    }
    if (!chosen || (arguments.clips.empty() && names.empty())) indices = firstClips(source.size());
    if (!arguments.split.empty()) {
        std::erase_if(indices, [&](std::int64_t i) { return source.info(i).split != arguments.split; });
        if (indices.empty()) throw Error(ErrorCode::Usage, "has no clip of the split '" + arguments.split + "'", arguments.dataset);
    }
    std::error_code ignored;
    if (!arguments.withExcluded && fs::is_regular_file(source.name(), ignored)) {
        const std::set<std::string> excluded = readExclusions(source.name());
        const std::size_t before = indices.size();
        if (!excluded.empty()) std::erase_if(indices, [&](std::int64_t i) { return excluded.contains(source.info(i).name); });
        if (before != indices.size()) log::info(std::to_string(before - indices.size()) + " excluded clips are left out; --with-excluded keeps them");
        if (before > 0 && indices.empty()) throw Error(ErrorCode::Usage, "all these clips are excluded; --with-excluded exports them all the same", arguments.dataset);
    }
    if (!chosen && !all && indices.size() > 16) indices.resize(16);
    if (indices.empty()) throw Error(ErrorCode::Usage, "has no clips to export", arguments.dataset);
    return indices;
}

void runExport(const ExportArguments& arguments)
{
    const fs::path target = arguments.target;
    const bool hdf5 = isHdf5(target), tensors = target.extension() == ".safetensors";
    const std::vector<std::string> formats = exportFormats();
    const std::string extension = target.extension().string();
    const bool pictures = arguments.framesFolder || !target.has_filename() || extension == ".frames";
    if (!pictures && !hdf5 && !tensors && (extension.empty() || std::ranges::find(formats, extension.substr(1)) == formats.end()))
        throw Error(ErrorCode::Usage, "'" + extension + "' is no format that is exported (known: h5, safetensors, " + join(formats, ", ") + ", or a name that ends in / for folders of frames)", arguments.target);
    if (arguments.frames < 0) throw Error(ErrorCode::Usage, "must be positive", "--frames");
    const std::shared_ptr<const ClipSource> source = openDataset(arguments.dataset);
    std::error_code ignored;
    if (fs::equivalent(source->name(), target, ignored)) throw Error(ErrorCode::Usage, "the dataset cannot be its own target", arguments.target);
    std::vector<std::int64_t> indices = chosenClips(*source, arguments, hdf5 || tensors || pictures);
    const ExportView view(source, std::move(indices), arguments.frames, arguments.size.empty() ? std::pair{0, 0} : parsePair(arguments.size, "--size"));
    {
        Progress progress(arguments.progress);
        const auto step = [&](std::int64_t done, std::int64_t total) { progress(done, total); };
        if (pictures) {
            exportFrames(view, arguments, step);
        } else if (tensors) {
            writeSafetensorsClips(view, firstClips(view.size()), target, 0, step, stopToken());
        } else if (hdf5) {
            const std::string original = isHdf5(view.name()) ? json(clipFileAttributes(view.name())).dump(-1, ' ', false, json::error_handler_t::replace) : std::string("{}");
            ClipFileWriter writer(target, view.labelColumns(), view.streamColumns(), {{"kind", "export"}, {"source", view.name()}, {"clips", arguments.clips}, {"original", original}});
            for (std::int64_t i = 0; i < view.size(); ++i) {
                throwIfInterrupted("the export was interrupted; nothing was left behind", arguments.target);
                std::vector<std::vector<std::uint8_t>> streams;
                for (const StreamColumn& column : view.streamColumns()) streams.push_back(view.stream(i, column.name, {}));
                writer.add(view.info(i), view.frames(i, {}), streams);
                step(i + 1, view.size());
            }
            writer.finish();
        } else {
            exportPicture(view, arguments);
        }
    }
    if (cli::wantsJson()) cli::printJson({{"file", arguments.target}, {"clips", view.size()}, {"bytes", pictures ? 0 : fs::file_size(target)}});
    cli::print("wrote " + std::to_string(view.size()) + (view.size() == 1 ? " clip to " : " clips to ") + arguments.target);
}
}  // namespace

void addExportCommand(CLI::App& datasets)
{
    static ExportArguments output;
    CLI::App* exporting = cli::addCommand(datasets, "export", "Write clips as another dataset file, an animation or a picture",
                                          "  kinora datasets export actions.h5 -o sheet.gif --clips 0-15 --frames 32 --scale 2\n"
                                          "  kinora datasets export actions.h5 -o actions.safetensors --frames 48\n"
                                          "  kinora datasets export builtin:puppets -o strip.png --clips 3");
    exporting->add_option("DATASET", output.dataset, "What to export")->required();
    exporting->add_option("-o,--output", output.target, "h5, safetensors, gif, mp4, webm, webp, apng or png (several frames: a strip); a name that ends in / or .frames: a folder of numbered pictures for every clip")->required();
    exporting->add_option("--clips", output.clips, "Which, as in 0-63,70; default: all for datasets, the first 16 for pictures");
    exporting->add_option("--name", output.named, "A clip by its name; may be repeated")->allow_extra_args(false);
    exporting->add_option("--names", output.names, "A text file with the name of a clip on every line");
    exporting->add_option("--split", output.split, "Only clips of this split: train, test, ...");
    exporting->add_flag("--with-excluded", output.withExcluded, "Also clips that were put aside in the window");
    exporting->add_flag("--frames-folder", output.framesFolder, "Write a folder of numbered pictures for every clip, whatever the output is called");
    exporting->add_option("--frames", output.frames, "Only the first so many frames of each clip");
    exporting->add_option("--size", output.size, "Resize and cut to this size: 64 or 96x64 (width x height)");
    exporting->add_option("--grid", output.grid, "Rows x columns of pictures and animations; default: nearly square");
    exporting->add_option("--fps", output.frameRateHz, "Frames a second; default: the clips' own, or 10");
    exporting->add_option("--scale", output.scale, "Enlarge so many times, without smoothing");
    exporting->add_option("--loops", output.loops, "How often an animation plays; 0: for ever");
    addProgressOption(exporting, output.progress);
    exporting->callback([] { interruptible([] { runExport(output); }); });
}

}  // namespace kinora::app
