#include "datasets/weizmann/weizmann_dataset.h"

#include <algorithm>
#include <cctype>
#include <limits>
#include <map>
#include <optional>
#include <set>

#include "core/util/error.h"
#include "core/util/text.h"

namespace kinora {
namespace fs = std::filesystem;
namespace {
const std::vector<std::string> kPeople = {"daria", "denis", "eli", "ido", "ira", "lena", "lyova", "moshe", "shahar"};
const std::vector<std::string> kAlphabetical = {"bend", "jack", "jump", "pjump", "run", "side", "skip", "walk", "wave1", "wave2"};
const std::vector<std::string> kTwoStreamVan = {"bend", "jack", "pjump", "wave1", "wave2", "jump", "run", "side", "skip", "walk"};
const std::set<std::string> kOnTheSpot = {"bend", "jack", "pjump", "wave1", "wave2"};
// what the papers say was done to the walking of the robustness test; the names of its files are not documented
const std::vector<std::string> kRobustness = {"dog", "bag", "briefcase", "skirt", "limp", "knee", "sleep", "moon", "occlu", "pole", "legs", "feet", "normwalk", "normal", "view", "degree"};

struct Action {
    std::string person, action;
    int take = 0;
    auto operator<=>(const Action&) const = default;
};

bool contains(const std::vector<std::string>& list, const std::string& name) { return std::ranges::find(list, name) != list.end(); }

/// wave1 and wave2 are actions; any other digit at the end is a take.
std::optional<Action> parseStem(const std::string& stem)
{
    const std::string text = lowered(stem);
    const std::size_t underscore = text.find('_');
    if (underscore == std::string::npos) return {};
    Action out{text.substr(0, underscore), text.substr(underscore + 1), 0};
    if (!contains(kAlphabetical, out.action) && !out.action.empty() && std::isdigit(static_cast<unsigned char>(out.action.back())) != 0) {
        out.take = out.action.back() - '0';
        out.action.pop_back();
        if (out.action.starts_with("wave")) return {};
    }
    if (!contains(kPeople, out.person) || !contains(kAlphabetical, out.action)) return {};
    return out;
}

bool isRobustness(const std::string& stem)
{
    const std::string text = lowered(stem);
    return std::ranges::any_of(kRobustness, [&](const std::string& word) { return text.find(word) != std::string::npos; });
}

/// "" for all, "temporal", or the person who is left out.
std::string ruleOf(const WeizmannOptions& options)
{
    if (options.split == "all") return {};
    if (options.split == "temporal_two_thirds") return "temporal";
    const std::string rule = "leave_person_out";
    if (options.split == rule) {
        if (options.person == "none") throw Error(ErrorCode::Usage, "leave_person_out needs the option person: one of " + join(kPeople, ", "), "split");
        return options.person;
    }
    if (options.split.starts_with(rule + ":") || options.split.starts_with(rule + "=")) {
        const std::string person = lowered(options.split.substr(rule.size() + 1));
        if (!contains(kPeople, person)) throw Error(ErrorCode::Usage, "there is no person '" + person + "'" + suggestion(person, kPeople) + "; expected one of " + join(kPeople, ", "), "split");
        if (options.person != "none" && options.person != person) throw Error(ErrorCode::Usage, "leaves out " + person + ", but person says " + options.person, "split");
        return person;
    }
    throw Error(ErrorCode::Usage, "'" + options.split + "' is not allowed; expected all, temporal_two_thirds or leave_person_out", "split");
}

struct Found {
    Recording recording;
    std::optional<Action> action;
};
}  // namespace

PreprocessOptions WeizmannOptions::preprocessing() const
{
    PreprocessOptions out = preprocess;
    if (temporalStep == 1) return out;
    if (out.frameStep != "1") throw Error(ErrorCode::Usage, "temporal_step and frame_step are both set; give one of them", "temporal_step");
    out.frameStep = std::to_string(temporalStep);
    return out;
}

Listing listWeizmann(const fs::path& root, const WeizmannOptions& options)
{
    const std::string rule = ruleOf(options);
    const FileTree tree = listUnpacked(root);
    Listing listing;
    listing.skipped = tree.skipped;
    std::vector<Found> found;
    std::map<Action, std::string> seen;
    std::map<std::pair<std::string, std::string>, std::pair<int, int>> takes;  // (person, action) -> lowest and highest take
    bool fits = false;
    for (const FoundFile& file : tree.files) {
        const std::string name = lowered(file.path.filename().string());
        if (name == "classification_masks.mat") listing.warnings.push_back(file.relative + ": not readable (mask files are not read); boxes are computed from the pictures instead");
        if (!hasVideoName(name)) continue;
        Recording recording;
        recording.name = file.relative;
        recording.path = file.path;
        const std::optional<Action> action = parseStem(file.path.stem().string());
        if (!action && !(options.includeRobustness && isRobustness(file.path.stem().string()))) {
            listing.skipped.push_back({file.relative, "no <person>_<action> name"});
            continue;
        }
        if (action) {
            fits = true;
            if (const auto [same, added] = seen.try_emplace(*action, file.relative); !added) {
                listing.skipped.push_back({file.relative, "the same video as " + same->second});
                continue;
            }
            const auto [range, first] = takes.try_emplace({action->person, action->action}, action->take, action->take);
            range->second = {std::min(range->second.first, action->take), std::max(range->second.second, action->take)};
        }
        found.push_back({std::move(recording), action});
    }
    if (!fits) refuseScheme(root, tree, "Weizmann", "daria_bend.avi or walk/lena_walk1.avi");

    const std::vector<std::string>& actions = options.labelOrder == "twostreamvan" ? kTwoStreamVan : kAlphabetical;
    listing.labels = {{"action", actions, "motion"}, {"person", kPeople, "appearance"}, {"take", {}, ""}};
    std::size_t robustness = 0;
    for (auto& [recording, action] : found) {
        if (action) {
            const auto [lowest, highest] = takes.at({action->person, action->action});
            if ((options.duplicates == "first" && action->take != lowest) || (options.duplicates == "second" && action->take != highest)) {
                ++listing.excluded;
                continue;
            }
            recording.group = action->person;
            recording.moves = !kOnTheSpot.contains(action->action);
            recording.labels = {labelOf(actions, action->action), labelOf(kPeople, action->person), static_cast<float>(action->take)};
            if (rule == "temporal") recording.trainPart = 2.0 / 3;
            else recording.split = action->person == rule ? "test" : "train";
        } else {
            ++robustness;
            recording.flags = "robustness";
            recording.labels = {labelOf(actions, "walk"), std::numeric_limits<float>::quiet_NaN(), 0};
            recording.split = "none";
        }
        listing.recordings.push_back(std::move(recording));
    }
    if (robustness > 0) listing.notes.push_back(counted(robustness, "sequence") + " of the robustness test, known by the words in the names; class walk, split none");
    if (rule == "temporal") listing.notes.push_back("the first two thirds of every video train, the rest tests: the same people are in both sets");
    return listing;
}

DatasetAdapter weizmannAdapter()
{
    DatasetDescription d;
    d.id = "weizmann";
    d.name = "Weizmann actions";
    d.summary = "9 people, 10 actions, 93 videos <person>_<action>.avi as the ten archives unpack them, in one folder or in folders by action";
    const auto text = [](const char* value) { return OptionValue(std::string(value)); };
    const OptionValues person = {{"crop", text("person")},    {"size", text("64")},          {"fit", text("cover")},           {"filter", text("area")},     {"person_track", text("auto")}, {"person_margin", 0.1},
                                 {"frame_step", text("1")},   {"clip_frames", std::int64_t(0)}, {"overlap", std::int64_t(0)}, {"min_frames", std::int64_t(16)}};
    const auto with = [&](const OptionValues& more) {
        OptionValues values = person;
        for (const auto& [key, value] : more) values[key] = value;
        return values;
    };
    d.presets = {
        {"person64", "Whole videos, a square around the person (fixed on the spot, following where they move), 64 x 64", person},
        {"centre", "Whole videos, height to 64 and the central 64 x 64", with({{"crop", text("none")}})},
        {"mocogan", "MoCoGAN: square around the person at 96 x 96 (as we recall the paper; its published strips have 64), clips of 16 frames of every second",
         with({{"size", text("96")}, {"frame_step", text("2")}, {"clip_frames", std::int64_t(16)}})},
        {"twostreamvan", "TwoStreamVAN: its label order, one take each, two thirds train, clips of 10 frames of every second, at most 20 a part (its person crops are its own download: ours are computed; a test part shorter than a clip is left out where it starts earlier)",
         with({{"fit", text("stretch")}, {"filter", text("bilinear")}, {"label_order", text("twostreamvan")}, {"duplicates", text("first")}, {"split", text("temporal_two_thirds")}, {"frame_step", text("2")},
               {"clip_frames", std::int64_t(10)}, {"overlap", std::int64_t(9)}, {"clips_per_recording", std::int64_t(20)}})},
        {"videovae", "VideoVAE: square of the person's box in every frame, two thirds train, 20 clips of 10 frames a part (boxes are computed, and smoothed; its padding is the mean colour)",
         with({{"person_track", text("follow")}, {"person_margin", 0.0}, {"filter", text("bilinear")}, {"split", text("temporal_two_thirds")}, {"clip_frames", std::int64_t(10)}, {"overlap", std::int64_t(9)},
               {"clips_per_recording", std::int64_t(20)}})},
        {"g3an", "G3AN: height to 64, central 64 x 64, clips of 16 frames with a step of 1 or 2 (no crop is stated: ours); its mirrored copies belong to training",
         with({{"crop", text("none")}, {"filter", text("bilinear")}, {"frame_step", text("1,2")}, {"clip_frames", std::int64_t(16)}})},
        {"imaginator", "ImaGINator: height to 64, central 64 x 64, clips of 32 frames (its crop is not stated: ours)",
         with({{"crop", text("none")}, {"filter", text("bilinear")}, {"clip_frames", std::int64_t(32)}, {"min_frames", std::int64_t(32)}})},
        {"dmm", "The fixed 128 x 128 pixels at (26, 8) of several loaders, 64 x 64, whole videos, one take each", with({{"crop", text("26,8,128,128")}, {"duplicates", text("first")}})},
    };
    d.card.origin = "Weizmann Institute of Science, 2005: 93 videos of 9 people and 10 actions (bend, jumping jack, jump forward, jump in place, run, gallop sideways, skip, walk, wave one hand, wave two hands), "
                    "180 x 144, one person before a still outdoor background. lena ran, skipped and walked twice.";
    d.card.licence = "Free to download for research; the authors ask to be cited. No formal licence text and no right to redistribute are known to us.";
    d.card.obtain = "Ten archives, one per action (bend.zip ... wave2.zip), on the authors' page at the Weizmann Institute; unpack them into one folder or a folder each.";
    d.card.homepage = "https://www.wisdom.weizmann.ac.il/~vision/SpaceTimeActions.html";
    d.card.citation = R"(@article{gorelick2007actions,
  title   = {Actions as Space-Time Shapes},
  author  = {Gorelick, Lena and Blank, Moshe and Shechtman, Eli and Irani, Michal and Basri, Ronen},
  journal = {IEEE Transactions on Pattern Analysis and Machine Intelligence},
  volume  = {29},
  number  = {12},
  pages   = {2247--2253},
  year    = {2007}
}
@inproceedings{blank2005actions,
  title     = {Actions as Space-Time Shapes},
  author    = {Blank, Moshe and Gorelick, Lena and Shechtman, Eli and Irani, Michal and Basri, Ronen},
  booktitle = {IEEE International Conference on Computer Vision (ICCV)},
  volume    = {2},
  pages     = {1395--1402},
  year      = {2005}
})";
    return publishedAdapter<WeizmannOptions>(std::move(d),
                                             [](const fs::path& root) {
                                                 return anyPath(root, [](const std::vector<std::string>& path) { return hasVideoName(path.back()) && parseStem(fs::path(path.back()).stem().string()); });
                                             },
                                             listWeizmann);
}

}  // namespace kinora
