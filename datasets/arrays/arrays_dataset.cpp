#include "datasets/arrays/arrays_dataset.h"

#include <algorithm>
#include <set>

#include "core/decode/npy.h"
#include "core/util/error.h"
#include "core/util/text.h"
#include "datasets/import/peek.h"
#include "datasets/import/published_set.h"

namespace kinora {
namespace fs = std::filesystem;
namespace {
std::string shapeText(const std::vector<std::int64_t>& shape)
{
    std::vector<std::string> parts;
    for (const std::int64_t extent : shape) parts.push_back(std::to_string(extent));
    return join(parts, " x ");
}

void checkLayout(const std::string& layout)
{
    const std::set<char> axes(layout.begin(), layout.end());
    if (axes.size() != layout.size() || !axes.contains('h') || !axes.contains('w') || layout.find_first_not_of("nthwc") != std::string::npos)
        throw Error(ErrorCode::Usage, "'" + layout + "' is no layout; it holds h and w and perhaps n, t and c, each once, such as nthwc, tnhw or thwc", "layout");
}
}  // namespace

std::string guessedLayout(const std::vector<std::int64_t>& shape)
{
    const bool colours = !shape.empty() && (shape.back() == 3 || shape.back() == 1);
    if (shape.size() == 3) return "thw";
    if (shape.size() == 4 && colours) return "thwc";
    if (shape.size() == 4) return shape[0] < shape[1] ? "tnhw" : "nthw";
    if (shape.size() == 5 && colours) return "nthwc";
    throw Error(ErrorCode::DecodeFailed, "has the shape " + shapeText(shape) + ", which does not say what its axes are; set layout, such as layout=ntchw");
}

Listing listArrays(const fs::path& source, const ArraysOptions& options)
{
    const PathRule rule(options.path);
    if (options.layout != "auto") checkLayout(options.layout);
    Listing listing;
    std::error_code ignored;
    FileTree tree;
    if (fs::is_regular_file(source, ignored)) tree.files.push_back({source, source.filename().string(), 0});
    else tree = listUnpacked(source);
    listing.skipped = tree.skipped;
    std::vector<std::string> paths;
    std::set<std::string> read;
    std::size_t files = 0;
    for (const FoundFile& file : tree.files) {
        if (tree.files.size() > 1 && lowered(file.path.extension().string()) != ".npy") continue;
        try {
            const NpyHeader header = readNpyHeader(file.path);
            const std::string layout = options.layout == "auto" ? guessedLayout(header.shape) : options.layout;
            const std::int64_t rows = NpyFile(file.path, layout).rows();
            if (read.size() < 4) read.insert(shapeText(header.shape) + " as " + layout);
            ++files;
            for (std::int64_t row = 0; row < rows; ++row) {
                Recording& recording = listing.recordings.emplace_back();
                recording.media = MediaKind::Array;
                recording.name = layout.find('n') == std::string::npos ? file.relative : file.relative + "[" + std::to_string(row) + "]";
                recording.path = file.path;
                recording.row = row;
                recording.layout = layout;
                paths.push_back(file.relative);
            }
        } catch (const Error& error) {
            listing.skipped.push_back({file.relative, error.detail()});
        }
    }
    if (listing.recordings.empty())
        throw Error(ErrorCode::NotFound, listing.skipped.empty() ? "holds no .npy files" : "holds no array that can be read; " + listing.skipped.front().file + " " + listing.skipped.front().reason, source.string());
    listing.notes.push_back("read as: " + counted(listing.recordings.size(), "clip") + " in " + counted(files, "array") + ", " + listed({read.begin(), read.end()}, 3));
    rule.apply(listing, paths, "clip");
    return listing;
}

DatasetAdapter arraysAdapter()
{
    using std::int64_t;
    using std::string;
    DatasetDescription description{"arrays", "NumPy arrays", "Clips in .npy files, one each or many in one", false, {}, {}, {}};
    description.presets = {
        {"moving-mnist", "Moving MNIST, mnist_test_seq.npy: time first", {{"layout", string("tnhw")}, {"labels", string("none")}, {"min_frames", int64_t(16)}}},
        {"synaction-arrays", "SynAction as TwoStreamVAN tests it: 64 x 64 from (4, 4), its test rule",
         {{"layout", string("thwc")}, {"labels", string("{actor}_{class}_{seq:\\d+}_{rendering:\\d+}")},
          {"class_order", string("bow,cheer,clap,climb,crossstep,hit,hook,jump,kick,knee,pick,pitch,push,roll,run,squat,stall,standup,walk,wave")}, {"split", string("synaction")}, {"crop", string("4,4,64,64")},
          {"min_frames", int64_t(10)}}},
    };
    DatasetAdapter adapter = publishedAdapter<ArraysOptions>(std::move(description), [](const fs::path& source) { return peekKind(source) == GenericKind::Arrays; }, listArrays);
    adapter.generic = true;
    return adapter;
}

}  // namespace kinora
