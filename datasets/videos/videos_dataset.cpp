#include "datasets/videos/videos_dataset.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/text.h"
#include "datasets/import/csv.h"
#include "datasets/import/peek.h"
#include "datasets/import/published_set.h"

namespace kinora {
namespace fs = std::filesystem;
namespace {
struct Range {
    int first = 0, count = 0;
    std::string text;   ///< As the file counts: "1-95".
    std::string label;  ///< May be empty.
};
/// Ranges of every video that the file names, by its name in lower case.
struct RangeFile {
    std::map<std::string, std::vector<Range>> ranges;
    std::vector<SkippedFile> skipped;
};

[[noreturn]] void foreign(const fs::path& file, const std::string& text)
{
    std::vector<std::string> lines;
    for (const std::string& line : split(text.substr(0, 2000), '\n'))
        if (lines.size() < 3 && !trimmed(line).empty()) lines.push_back("'" + trimmed(line).substr(0, 80) + "'");
    throw Error(ErrorCode::Damaged, "is no list of ranges: expected CSV rows file,start,end[,label], or lines 'person01_boxing_d1 frames 1-95, 96-185'; it begins " +
                                        (lines.empty() ? std::string("with nothing") : join(lines, ", ")), file.string());
}

std::optional<int> frameOf(const std::string& text)
{
    try {
        const long long number = parseInteger(trimmed(text), "frame");
        if (number >= 0 && number < (1 << 30)) return static_cast<int>(number);
    } catch (const Error&) {  // the row is reported by the caller
    }
    return std::nullopt;
}

/// \returns nothing if no line is of that form
std::optional<RangeFile> readSequences(const fs::path& file, const std::string& text)
{
    RangeFile out;
    bool any = false;
    std::int64_t number = 0;
    for (const std::string& line : split(text, '\n')) {
        ++number;
        const std::size_t name = line.find_first_not_of(" \t"), nameEnd = line.find_first_of(" \t\r", std::min(name, line.size()));
        const std::size_t word = line.find_first_not_of(" \t", std::min(nameEnd, line.size()));
        if (name == std::string::npos || word == std::string::npos || line.compare(word, 6, "frames") != 0) continue;
        std::vector<Range> ranges;
        std::vector<std::string> wrong;
        const std::string rest = trimmed(line.substr(word + 6));
        for (const std::string& part : rest.empty() ? std::vector<std::string>() : split(rest, ',')) {
            const std::string range = trimmed(part);
            const std::size_t dash = range.find('-');
            const auto first = frameOf(range.substr(0, dash)), last = dash == std::string::npos ? std::nullopt : frameOf(range.substr(dash + 1));
            if (!first || !last || *first < 1 || *last < *first) wrong.push_back("'" + range.substr(0, 40) + "' is no range of frames such as 1-95");
            else ranges.push_back({*first - 1, *last - *first + 1, range, {}});
        }
        if (ranges.empty()) continue;  // a line of the header that speaks of frames, or a video without executions
        any = true;
        for (std::string& reason : wrong) out.skipped.push_back({file.filename().string() + ":" + std::to_string(number), std::move(reason)});
        std::vector<Range>& known = out.ranges[lowered(line.substr(name, nameEnd - name))];
        known.insert(known.end(), ranges.begin(), ranges.end());
    }
    return any ? std::optional(std::move(out)) : std::nullopt;
}

RangeFile readTable(const fs::path& file, const std::string& text, int base)
{
    RangeFile out;
    bool any = false;
    const std::vector<CsvRow> rows = parseCsv(text);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const CsvRow& row = rows[i];
        const std::vector<std::string>& fields = row.fields;
        if (i == 0 && fields.size() >= 3 && lowered(trimmed(fields[0])) == "file") continue;
        const auto bad = [&](const std::string& reason) { out.skipped.push_back({file.filename().string() + ":" + std::to_string(row.line), reason}); };
        if (!row.problem.empty()) {
            bad(row.problem);
            continue;
        }
        if (fields.size() < 3 || fields.size() > 4) {
            bad("has " + counted(fields.size(), "field") + ", expected file,start,end[,label]");
            continue;
        }
        const auto first = frameOf(fields[1]), last = frameOf(fields[2]);
        if (!first || !last || *first < base || *last < *first) {
            bad("'" + fields[1].substr(0, 20) + "' to '" + fields[2].substr(0, 20) + "' is no range of frames from " + std::to_string(base) + " on");
            continue;
        }
        out.ranges[lowered(trimmed(fields[0]))].push_back({*first - base, *last - *first + 1, std::to_string(*first) + "-" + std::to_string(*last), fields.size() == 4 ? trimmed(fields[3]) : ""});
        any = true;
    }
    if (!any) foreign(file, text);
    return out;
}

/// The file that the option names, or nothing with a warning where kth's is not there.
std::optional<fs::path> rangesPath(const fs::path& source, const std::string& option, const FileTree& tree, Listing& listing)
{
    if (option == "none") return std::nullopt;
    std::error_code ignored;
    if (option == "kth") {
        for (const FoundFile& file : tree.files)
            if (lowered(file.path.filename().string()) == "00sequences.txt") return file.path;
        if (const fs::path beside = fs::absolute(source / "").parent_path().parent_path() / "00sequences.txt"; fs::is_regular_file(beside, ignored)) return beside;
        listing.warnings.push_back("there is no 00sequences.txt in the source or beside it: every video is one clip");
        return std::nullopt;
    }
    for (const fs::path& file : {source / option, fs::path(option)})
        if (fs::is_regular_file(file, ignored)) return file;
    throw Error(ErrorCode::NotFound, "there is no such file of ranges, neither in the source nor from here", option);
}

void applyRanges(Listing& listing, const RangeFile& file, const std::vector<std::string>& paths, const PathOptions& path)
{
    listing.skipped.insert(listing.skipped.end(), file.skipped.begin(), file.skipped.end());
    std::set<std::string> used;
    std::size_t without = 0, ranges = 0;
    // labels of the file, where it has any, are the class
    std::set<std::string> labels;
    for (const auto& [name, list] : file.ranges)
        for (const Range& range : list)
            if (!range.label.empty()) labels.insert(range.label);
    std::size_t column = 0;
    if (!labels.empty()) {
        const auto found = std::ranges::find(listing.labels, std::string("class"), &LabelColumn::name);
        column = static_cast<std::size_t>(found - listing.labels.begin());
        if (found == listing.labels.end()) {
            listing.labels.push_back({"class", {}, "motion"});
            for (Recording& recording : listing.recordings) recording.labels.push_back(std::numeric_limits<float>::quiet_NaN());
        }
        LabelColumn& classes = listing.labels[column];
        const std::vector<std::string> before = classes.categories;
        labels.insert(before.begin(), before.end());
        if (path.classOrder == "sorted" || path.classOrder == "bytes") {  // an order that was given stands; new names go behind it
            classes.categories.assign(labels.begin(), labels.end());
            if (path.classOrder == "sorted") std::ranges::sort(classes.categories, naturalLess);
        } else {
            for (const std::string& label : labels)
                if (std::ranges::find(before, label) == before.end()) classes.categories.push_back(label);
        }
        for (Recording& recording : listing.recordings)
            if (float& label = recording.labels[column]; !std::isnan(label)) label = labelOf(classes.categories, before[static_cast<std::size_t>(label)]);
    }
    for (std::size_t i = 0; i < listing.recordings.size(); ++i) {
        Recording& recording = listing.recordings[i];
        // by path, by file name, by stem, and by KTH's stem
        const fs::path relative = paths[i];
        const std::string stem = lowered(relative.stem().string());
        const std::set<std::string> names = {lowered(paths[i]), lowered(relative.filename().string()), stem, stem.ends_with("_uncomp") ? stem.substr(0, stem.size() - 7) : stem};
        std::vector<Range> found;
        for (const std::string& name : names)
            if (const auto listed = file.ranges.find(name); listed != file.ranges.end()) {
                used.insert(name);
                found.insert(found.end(), listed->second.begin(), listed->second.end());
            }
        without += found.empty();
        std::ranges::stable_sort(found, {}, &Range::first);
        for (const Range& range : found) {
            RecordingPart part{range.first, range.count, range.text, {}, {}};
            if (std::ranges::find(recording.parts, part.name, &RecordingPart::name) != recording.parts.end()) {
                listing.warnings.push_back(recording.name + ": the range " + range.text + " is listed twice");
                continue;
            }
            if (!range.label.empty()) {
                part.labels = recording.labels;
                part.labels[column] = labelOf(listing.labels[column].categories, range.label);
            }
            recording.parts.push_back(std::move(part));
            ++ranges;
        }
    }
    listing.notes.push_back(counted(ranges, "range") + " of frames are clips of their own");
    if (without > 0) listing.warnings.push_back(counted(without, "video") + " in no range: one clip each");
    std::vector<std::string> missing;
    for (const auto& [name, list] : file.ranges)
        if (!used.contains(name) && !list.empty()) missing.push_back(name);
    if (!missing.empty()) listing.warnings.push_back("in the list of ranges, but not there: " + listed(missing, 3));
}

bool isVideoName(const std::string& name) { return hasVideoName(name) || lowered(fs::path(name).extension().string()) == ".gif"; }
}  // namespace

Listing listVideos(const fs::path& source, const VideosOptions& options)
{
    const PathRule rule(options.path);
    Listing listing;
    std::error_code ignored;
    const bool single = fs::is_regular_file(source, ignored);
    FileTree tree;
    if (single) tree.files.push_back({source, source.filename().string(), 0});
    else tree = listUnpacked(source);
    listing.skipped = tree.skipped;
    std::size_t pictures = 0;
    std::vector<std::string> paths;
    for (const FoundFile& file : tree.files) {
        if (!single && !isVideoName(file.relative)) {
            pictures += hasPictureName(file.relative);
            continue;
        }
        paths.push_back(file.relative);
        Recording& recording = listing.recordings.emplace_back();
        recording.media = MediaKind::Video;
        recording.name = file.relative;
        recording.path = file.path;
    }
    if (paths.empty())
        throw Error(ErrorCode::NotFound, "holds no videos (avi, mp4, mkv, webm, mov, mpg and others by the file's name)" + (pictures > 0 ? "; it holds " + counted(pictures, "picture") + ", which the kinds frames and strips read" : ""),
                    source.string());
    listing.notes.push_back("read as: " + counted(paths.size(), "video") + (single ? "" : std::ranges::any_of(paths, [](const std::string& path) { return path.find('/') != std::string::npos; }) ? " in folders" : " in one folder"));
    rule.apply(listing, paths, "video");
    if (const auto file = rangesPath(single ? source.parent_path() : source, options.ranges, tree, listing)) {
        const std::string text = readFile(*file, std::uintmax_t(1) << 28);
        std::vector<std::string> left;
        for (const Recording& recording : listing.recordings) left.push_back(recording.name);
        std::optional<RangeFile> sequences = readSequences(*file, text);
        if (!sequences && options.ranges == "kth") foreign(*file, text);
        applyRanges(listing, sequences ? *sequences : readTable(*file, text, static_cast<int>(options.rangesBase)), left, options.path);
    }
    return listing;
}

DatasetAdapter videosAdapter()
{
    using std::int64_t;
    using std::string;
    const string actions = "bow,cheer,clap,climb,crossstep,hit,hook,jump,kick,knee,pick,pitch,push,roll,run,squat,stall,standup,walk,wave";
    DatasetDescription description{"videos", "Videos", "A folder of videos in any format that libav reads, with class folders or without, or one video", false, {}, {}, {}};
    description.presets = {
        {"kth", "KTH actions, people 21 to 25 test and 64 x 64 whatever the aspect as SVG; executions by 00sequences.txt (ours: SVG's own list was never a text file)",
         {{"labels", string("{class}/person{subject:\\d+}_{_}_d{scenario:\\d}*")}, {"ranges", string("kth")}, {"group_by", string("subject")}, {"split", string("group")}, {"test_groups", string("21-25")},
          {"size", string("64")}, {"fit", string("stretch")}, {"filter", string("area")}}},
        {"natops", "NATOPS: colour videos, middle square to 64 x 64, clips of 32 frames, subjects 17 to 20 test (ours: ImaGINator states no protocol); give ranges=FILE.csv, a video holds 20 repetitions",
         {{"labels", string("g{class:\\d+}s{subject:\\d+}.avi")}, {"unmatched", string("exclude")}, {"group_by", string("subject")}, {"split", string("group")}, {"test_groups", string("17-20")},
          {"crop", string("centre")}, {"size", string("64")}, {"clip_frames", int64_t(32)}, {"min_frames", int64_t(32)}, {"frame_rate_hz", 20.0}}},
        {"kinetics600", "Kinetics-600 as DVD-GAN: 64 x 64, 12 frames at step 2 (as we recall the paper)",
         {{"labels", string("{split}/{class}/{_:.{11}}_{_:\\d{6}}_{_:\\d{6}}")}, {"size", string("64")}, {"fit", string("cover")}, {"frame_step", string("2")}, {"clip_frames", int64_t(12)}, {"min_frames", int64_t(23)}}},
        {"kinetics600-48", "Kinetics-600 as DVD-GAN: 64 x 64, 48 frames at step 1 (as we recall the paper)",
         {{"labels", string("{split}/{class}/{_:.{11}}_{_:\\d{6}}_{_:\\d{6}}")}, {"size", string("64")}, {"fit", string("cover")}, {"clip_frames", int64_t(48)}, {"min_frames", int64_t(48)}}},
        {"synaction", "SynAction, TwoStreamVAN's classes and test rule, whole frame to 71 x 71 (its crops by list are not applied)",
         {{"labels", string("{actor}_{class}_{seq:\\d+}_{rendering:\\d+}")}, {"class_order", actions}, {"split", string("synaction")}, {"size", string("71")}, {"fit", string("cover")}, {"min_frames", int64_t(10)}}},
        {"tai-chi", "Videos of Tai-Chi at MoCoGAN's size: middle square to 64 x 64, no labels (its own clips were not released)",
         {{"labels", string("none")}, {"crop", string("centre")}, {"size", string("64")}, {"min_frames", int64_t(32)}}},
    };
    DatasetAdapter adapter = publishedAdapter<VideosOptions>(std::move(description), [](const fs::path& source) { return peekKind(source) == GenericKind::Videos; }, listVideos);
    adapter.generic = true;
    return adapter;
}

}  // namespace kinora
