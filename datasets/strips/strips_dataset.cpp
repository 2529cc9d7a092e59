#include "datasets/strips/strips_dataset.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "core/decode/picture.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/text.h"
#include "datasets/import/peek.h"
#include "datasets/import/published_set.h"

namespace kinora {
namespace fs = std::filesystem;
namespace {
/// The number that a file is named by, as in 00000028.jpg.
std::optional<long> fileNumber(const fs::path& file)
{
    const std::string stem = file.stem().string();
    long number = 0;
    const auto result = std::from_chars(stem.data(), stem.data() + stem.size(), number);
    if (result.ec != std::errc() || result.ptr != stem.data() + stem.size() || number < 0) return std::nullopt;
    return number;
}

std::string folderOf(const std::string& relative) { return relative.substr(0, std::min(relative.find('/'), relative.size())); }

/// The MoCoGAN action set numbers its strips 8 p + 2 a + m: performer, action and mirror flag. True if every file follows that rule.
bool numberedLikeActions(const std::vector<FoundFile>& files)
{
    constexpr const char* kClassOfAction[] = {"1", "0", "3", "4"};
    std::set<long> seen;
    for (const FoundFile& file : files) {
        const std::optional<long> number = fileNumber(file.path);
        if (!number || !seen.insert(*number).second || std::ranges::count(file.relative, '/') != 1 || folderOf(file.relative) != kClassOfAction[*number % 8 / 2]) return false;
    }
    return seen.size() >= 8;
}

/// The files that a list names, in its order. What it names and is not there is a skip.
std::vector<FoundFile> listedFiles(const fs::path& root, const std::string& option, Listing& listing)
{
    std::error_code ignored;
    const fs::path file = fs::is_regular_file(root / option, ignored) ? root / option : fs::path(option);
    if (!fs::is_regular_file(file, ignored)) throw Error(ErrorCode::NotFound, "there is no such list, neither in the source nor from here", option);
    std::vector<FoundFile> files;
    std::set<std::string> seen;
    for (const std::string& raw : split(readFile(file, std::uintmax_t(1) << 30), '\n')) {
        const std::string line = trimmed(raw);
        if (line.empty()) continue;
        std::string name = line;
        if (!fs::is_regular_file(root / name, ignored)) name = line.substr(0, line.find_first_of(" \t"));  // further columns; a name may hold blanks itself
        const fs::path normal = fs::path(name).lexically_normal();
        const std::string relative = normal.generic_string();
        if (normal.is_absolute() || relative.starts_with("../") || relative == "..") listing.skipped.push_back({name, "is listed, but lies outside the source"});
        else if (!fs::is_regular_file(root / normal, ignored)) listing.skipped.push_back({name, "is listed, but is not there"});
        else if (!seen.insert(relative).second) listing.skipped.push_back({name, "is listed twice"});
        else files.push_back({root / normal, relative, 0});
    }
    std::ranges::sort(files, naturalLess, &FoundFile::relative);
    return files;
}

/// "16 x 64x64", of the first picture that can be read.
std::string shapeOf(const std::vector<FoundFile>& files, const std::string& orientation)
{
    for (std::size_t i = 0; i < std::min<std::size_t>(files.size(), 3); ++i) {
        try {
            const Frames picture = readPicture(files[i].path);
            const bool vertical = orientation == "vertical" || (orientation == "auto" && picture.height() >= picture.width());
            const int side = vertical ? picture.width() : picture.height(), length = vertical ? picture.height() : picture.width();
            return std::string(vertical ? "vertical" : "horizontal") + " strips, " + std::to_string(length / side) + " x " + std::to_string(side) + "x" + std::to_string(side);
        } catch (const Error&) {  // it is reported when it is imported
        }
    }
    return "strips";
}

std::vector<std::string> classNames(std::string text, const std::vector<std::string>& folders)
{
    if (text == "folders") return folders;
    if (text == "actions") text = "wave1,wave2,jack,bend";
    if (text == "shapes") text = "up,left";
    std::vector<std::string> names;
    for (const std::string& name : split(text, ',')) names.push_back(trimmed(name));
    if (names.size() != folders.size() || std::ranges::find(names, "") != names.end())
        throw Error(ErrorCode::Usage, "gives " + std::to_string(names.size()) + " names for " + std::to_string(folders.size()) + " class folders (" + join(folders, ", ") + ")", "class_names");
    return names;
}
}  // namespace

Listing listStrips(const fs::path& root, const StripsOptions& options)
{
    PathOptions path = options.path;
    if (path.labels == "folders") {  // unlike elsewhere one class folder alone is a class too, as in the MoCoGAN loader
        path.labels = "{class}/**";
        path.unmatched = "keep";
    }
    const PathRule rule(path);
    FileTree tree = listUnpacked(root);
    Listing listing;
    listing.skipped = tree.skipped;
    std::vector<FoundFile> files = options.list.empty() ? std::move(tree.files) : listedFiles(root, options.list, listing);
    if (files.empty()) throw Error(ErrorCode::NotFound, options.list.empty() ? "holds no files; strips lie in <folder>/<class>/" : "holds none of the files in " + options.list, root.string());
    if (options.list.empty() && std::ranges::any_of(files, [](const FoundFile& file) { return file.relative.find('/') != std::string::npos; }))
        std::erase_if(files, [](const FoundFile& file) { return file.relative.find('/') == std::string::npos; });  // lists and caches beside the class folders
    const bool actions = numberedLikeActions(files), numbered = options.group == "number/8" || (options.group == "auto" && actions);
    listing.notes.push_back("read as: " + shapeOf(files, options.orientation));
    if (actions && options.group == "auto")
        listing.notes.push_back("the files are numbered like the MoCoGAN action set: group = number / 8, so that a split separates neither a performer's clips nor mirror images");
    std::vector<std::string> paths;
    for (FoundFile& file : files) {
        const std::optional<long> number = fileNumber(file.path);
        if (numbered && !number) {
            listing.skipped.push_back({file.relative, "is not named by a number, which group = number/8 needs"});
            continue;
        }
        Recording& recording = listing.recordings.emplace_back();
        recording.media = MediaKind::Strip;
        recording.name = file.relative;
        recording.path = std::move(file.path);
        recording.layout = options.orientation;
        if (numbered) recording.group = std::to_string(*number / 8);
        paths.push_back(std::move(file.relative));
    }
    rule.apply(listing, paths, "strip");
    if (!listing.labels.empty() && listing.labels.front().name == "class") listing.labels.front().categories = classNames(options.classNames, listing.labels.front().categories);
    return listing;
}

DatasetAdapter stripsAdapter()
{
    using std::int64_t;
    using std::string;
    DatasetDescription description{"strips", "Frame strips", "One picture per clip with its square frames side by side or below each other, in one folder per class (the layout of the MoCoGAN data)", false, {}, {}, {}};
    description.presets = {
        {"actions", "Weizmann actions of MoCoGAN, classes by name", {{"class_names", string("actions")}, {"split", string("group")}, {"folds", int64_t(9)}}},
        {"shapes", "Moving shapes of MoCoGAN, classes by name", {{"class_names", string("shapes")}, {"group", string("none")}}},
        {"vgan", "Scenes of VGAN (golf, beach, train station, baby): vertical, 64 x 64",
         {{"orientation", string("vertical")}, {"labels", string("none")}, {"group", string("none")}, {"size", string("64")}, {"filter", string("area")}, {"min_frames", int64_t(16)}}},
        {"tgan-golf", "VGAN's golf scenes as TGAN: vertical, 64 x 64 by the nearest pixel",
         {{"orientation", string("vertical")}, {"labels", string("none")}, {"group", string("none")}, {"size", string("64")}, {"filter", string("nearest")}, {"min_frames", int64_t(16)}}},
    };
    DatasetAdapter adapter = publishedAdapter<StripsOptions>(std::move(description), [](const fs::path& source) { return peekKind(source) == GenericKind::Strips; }, listStrips);
    adapter.generic = true;
    return adapter;
}

}  // namespace kinora
