#include "datasets/frames/frames_dataset.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "core/util/error.h"
#include "core/util/text.h"
#include "datasets/import/peek.h"
#include "datasets/import/published_set.h"

namespace kinora {
namespace fs = std::filesystem;
namespace {
/// Pictures that become one clip.
struct Group {
    std::string folder, name;
    std::vector<FoundFile*> pictures;
    std::vector<std::string> keys;  ///< The pattern's t, where it has one.
    std::optional<PathValues> values;
};

std::vector<std::string> namesOf(const std::string& text)
{
    std::vector<std::string> names;
    for (const std::string& part : split(text, ','))
        if (std::string name = trimmed(part); !name.empty()) names.push_back(std::move(name));
    return names;
}

std::string folderOf(const std::string& relative)
{
    const std::size_t slash = relative.rfind('/');
    return slash == std::string::npos ? std::string() : relative.substr(0, slash);
}

/// The groups of a tree, in the order of their first pictures.
class Grouping {
public:
    Grouping(FileTree& tree, const PathRule& rule, const std::vector<std::string>& clipKeys, bool byPicture, const FramesOptions& options, Listing& listing)
    {
        std::map<std::string, std::size_t> unmatched;  // by folder: a folder of thousands is one line of the report
        for (FoundFile& file : tree.files) {
            if (!hasPictureName(file.relative)) {
                videos += hasVideoName(file.relative);
                continue;
            }
            ++pictures;
            std::string folder = folderOf(file.relative), name = folder;
            std::optional<PathValues> values;
            if (byPicture) {
                values = rule.match(file.relative);
                if (!values && options.path.unmatched != "keep") {
                    ++unmatched[folder];
                    continue;
                }
                std::string key;
                for (const std::string& one : clipKeys)
                    if (values && values->contains(one)) key += (key.empty() ? "" : ",") + values->at(one);
                if (!key.empty()) name += (name.empty() ? "" : "/") + key;
            }
            const auto [found, added] = m_numbers.try_emplace(name, groups.size());
            if (added) groups.push_back({folder, name, {}, {}, values});
            Group& group = groups[found->second];
            group.pictures.push_back(&file);
            if (byPicture && rule.names("t")) group.keys.push_back(values ? values->at("t") : "");
            if (values && group.values) keepShared(group, *values);
        }
        for (const auto& [folder, count] : unmatched) {
            if (options.path.unmatched == "exclude") listing.excluded += static_cast<std::int64_t>(count);
            else listing.skipped.push_back({folder.empty() ? "." : folder, counted(count, "picture") + (count == 1 ? " does" : " do") + " not fit the pattern " + options.path.labels});
        }
    }
    std::vector<Group> groups;
    std::size_t pictures = 0, videos = 0;

private:
    /// What the pictures of a clip do not agree on is no fact about the clip.
    void keepShared(Group& group, const PathValues& values)
    {
        std::erase_if(*group.values, [&](const auto& known) {
            const auto found = values.find(known.first);
            return known.first != "t" && (found == values.end() || found->second != known.second);
        });
    }
    std::unordered_map<std::string, std::size_t> m_numbers;
};
}  // namespace

OrderedPictures orderedPictures(const std::vector<std::string>& names, const std::vector<std::string>& keys)
{
    const std::vector<std::string>& texts = keys.empty() ? names : keys;
    OrderedPictures out;
    out.order = frameOrder(texts).order;
    for (const std::size_t i : out.order) out.numbers.push_back(frameNumber(texts[i]));
    std::int64_t step = 0;
    for (std::size_t i = 0; i < out.numbers.size(); ++i) {
        const std::int64_t difference = i == 0 ? 1 : out.numbers[i] - out.numbers[i - 1];
        if (out.numbers[i] < 0 || difference < 1) return {std::move(out.order), {}, 0};
        if (i > 0) step = step == 0 ? difference : std::min(step, difference);
    }
    // every fifth frame of a video is a whole series too
    for (std::size_t i = 1; i < out.numbers.size(); ++i) out.missing += (out.numbers[i] - out.numbers[i - 1]) / step - 1;
    return out;
}

Listing listFrames(const fs::path& root, const FramesOptions& options)
{
    const PathRule rule(options.path);
    std::vector<std::string> clipKeys = namesOf(options.clipKey);
    for (const std::string& name : clipKeys)
        if (!rule.names(name)) throw Error(ErrorCode::Usage, "'" + name + "' is no name of the pattern '" + options.path.labels + "'", "clip_key");
    if (clipKeys.empty() && rule.names("clip")) clipKeys = {"clip"};
    const bool byPicture = !clipKeys.empty() || rule.names("t");

    FileTree tree = listUnpacked(root);
    Listing listing;
    listing.skipped = tree.skipped;
    const Grouping found(tree, rule, clipKeys, byPicture, options, listing);
    if (found.pictures == 0)
        throw Error(ErrorCode::NotFound, "holds no pictures (jpg, png, bmp, ppm, webp and others by the file's name)" + (found.videos > 0 ? "; it holds " + counted(found.videos, "video") + ", which the kind videos reads" : ""),
                    root.string());
    const std::string rootName = fs::absolute(root / "").parent_path().filename().string();
    std::vector<std::string> paths;
    std::vector<std::optional<PathValues>> values;
    std::set<std::string> names;
    const bool splits = options.gaps == "split";
    for (const Group& group : found.groups) {
        std::vector<std::string> pictureNames;
        for (const FoundFile* file : group.pictures) pictureNames.push_back(file->path.filename().string());
        const OrderedPictures pictures = orderedPictures(pictureNames, group.keys);
        const std::string path = group.folder.empty() ? rootName : group.folder;
        const std::string name = group.name.empty() ? rootName : group.name;
        std::int64_t regular = 0;
        for (std::size_t i = 1; i < pictures.numbers.size(); ++i) {
            const std::int64_t difference = pictures.numbers[i] - pictures.numbers[i - 1];
            regular = regular == 0 ? difference : std::min(regular, difference);
        }
        for (std::size_t begin = 0; begin < pictures.order.size();) {
            std::size_t end = pictures.order.size();
            if (splits && !pictures.numbers.empty()) {
                end = begin + 1;
                while (end < pictures.numbers.size() && pictures.numbers[end] - pictures.numbers[end - 1] == regular) ++end;
            }
            const bool whole = begin == 0 && end == pictures.order.size();
            Recording& recording = listing.recordings.emplace_back();
            recording.media = MediaKind::Pictures;
            recording.name = whole ? name : name + "@" + std::to_string(pictures.numbers[begin]);
            while (!names.insert(recording.name).second) recording.name += "'";  // a clip "a" in one folder, and a folder "a" beside it
            recording.path = group.folder.empty() ? root : root / group.folder;
            recording.closeLoop = options.closeLoop;
            for (std::size_t i = begin; i < end; ++i) recording.pictures.push_back(std::move(group.pictures[pictures.order[i]]->path));
            if (whole && pictures.missing > 0) {
                recording.flags = "frames_missing=" + std::to_string(pictures.missing);
                recording.warnings.push_back(counted(static_cast<std::size_t>(pictures.missing), "frame") + " missing");
            }
            paths.push_back(path);
            values.push_back(byPicture ? group.values : rule.hasPattern() ? rule.match(path) : std::nullopt);
            begin = end;
        }
    }
    // folders without pictures are skips, unless other folders lie in them
    std::set<std::string> holds;
    for (const FoundFile& file : tree.files)
        if (hasPictureName(file.relative) || hasVideoName(file.relative)) holds.insert(folderOf(file.relative));
    for (std::size_t i = 0; i < tree.folders.size(); ++i) {
        const std::string& folder = tree.folders[i];
        const bool leaf = i + 1 == tree.folders.size() || !tree.folders[i + 1].starts_with(folder + "/");
        if (leaf && !holds.contains(folder)) listing.skipped.push_back({folder, "no pictures"});
    }
    listing.notes.push_back("read as: " + counted(listing.recordings.size(), "clip") + " in " + counted(found.pictures, "picture"));
    if (found.videos > 0) listing.notes.push_back(counted(found.videos, "video") + " beside the pictures " + (found.videos == 1 ? "was" : "were") + " not looked at; the kind videos reads " + (found.videos == 1 ? "it" : "them"));
    rule.apply(listing, paths, std::move(values), "clip");
    return listing;
}

DatasetAdapter framesAdapter()
{
    using std::int64_t;
    using std::string;
    DatasetDescription description{"frames", "Folders of pictures", "Clips as folders of numbered pictures, at any depth", false, {}, {}, {}};
    description.presets = {
        {"oulu-casia", "Oulu-CASIA: expression, subject, camera and light out of the folders, 10 subject folds",
         {{"labels", string("{camera:NI|VL}/{light:Strong|Weak|Dark}/{subject}/{class}")}, {"group_by", string("subject")}, {"split", string("group")}, {"folds", int64_t(10)}, {"frame_rate_hz", 25.0}, {"min_frames", int64_t(5)}}},
        {"bair", "BAIR robot pushing as SVG converts it: train|test/<trajectories>/<k>/<t>.png", {{"labels", string("{split}/{group}/{_}")}}},
        {"sky", "Sky time-lapse as MD-GAN: 128 x 128, clips of 32 frames (its test takes only the first of a segment: clips_per_recording=1)",
         {{"labels", string("sky_{split}/{group}/{_}")}, {"size", string("128")}, {"fit", string("stretch")}, {"clip_frames", int64_t(32)}, {"min_frames", int64_t(32)}}},
        {"cityscapes", "Cityscapes sequences of 30 frames, photographs only, 512 x 256",
         {{"labels", string("{split}/{group}/{_}_{clip:\\d{6}}_{t:\\d{6}}_leftImg8bit")}, {"gaps", string("split")}, {"clip_frames", int64_t(30)}, {"min_frames", int64_t(30)}, {"size", string("512x256")}, {"frame_rate_hz", 17.0}}},
        {"chairs", "Rendered chairs: one closed turn a clip, the middle 400 x 400 to 64 x 64 (crop as we recall the papers)",
         {{"labels", string("{chair}/renders/image_{_}_p{elevation:\\d+}_t{t:\\d+}_r{_}")}, {"clip_key", string("elevation")}, {"group_by", string("chair")}, {"close_loop", true}, {"crop", string("100,100,400,400")},
          {"size", string("64")}}},
        {"svg-kth", "KTH actions in the frame folders that SVG's script makes: people 21 to 25 test",
         {{"labels", string("{class}/person{subject:\\d+}_{_}_d{scenario:\\d}")}, {"group_by", string("subject")}, {"split", string("group")}, {"test_groups", string("21-25")}, {"size", string("64")}, {"fit", string("stretch")},
          {"frame_rate_hz", 25.0}}},
        {"ucf101-frames", "UCF101 unpacked into frame folders: groups by class and group number",
         {{"labels", string("{class}/v_{_}_g{group_number:\\d+}_c{clip_number:\\d+}")}, {"class_order", string("bytes")}, {"group_by", string("class,group_number")}, {"split", string("group")}, {"size", string("64")},
          {"frame_rate_hz", 25.0}}},
    };
    DatasetAdapter adapter = publishedAdapter<FramesOptions>(std::move(description), [](const fs::path& source) { return peekKind(source) == GenericKind::Frames; }, listFrames);
    adapter.generic = true;
    return adapter;
}

}  // namespace kinora
