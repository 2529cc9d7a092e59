#include "datasets/ucf101/ucf101_dataset.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <regex>
#include <set>

#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/text.h"

namespace kinora {
namespace fs = std::filesystem;
namespace {
constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();
constexpr std::size_t kClassCount = 101;
const std::array<std::string, 3> kSplits = {"01", "02", "03"};
/// In the order of classInd.txt.
constexpr std::string_view kClasses =
    "ApplyEyeMakeup ApplyLipstick Archery BabyCrawling BalanceBeam BandMarching BaseballPitch Basketball BasketballDunk BenchPress Biking Billiards "
    "BlowDryHair BlowingCandles BodyWeightSquats Bowling BoxingPunchingBag BoxingSpeedBag BreastStroke BrushingTeeth CleanAndJerk CliffDiving "
    "CricketBowling CricketShot CuttingInKitchen Diving Drumming Fencing FieldHockeyPenalty FloorGymnastics FrisbeeCatch FrontCrawl GolfSwing Haircut "
    "Hammering HammerThrow HandstandPushups HandstandWalking HeadMassage HighJump HorseRace HorseRiding HulaHoop IceDancing JavelinThrow JugglingBalls "
    "JumpingJack JumpRope Kayaking Knitting LongJump Lunges MilitaryParade Mixing MoppingFloor Nunchucks ParallelBars PizzaTossing PlayingCello PlayingDaf "
    "PlayingDhol PlayingFlute PlayingGuitar PlayingPiano PlayingSitar PlayingTabla PlayingViolin PoleVault PommelHorse PullUps Punch PushUps Rafting "
    "RockClimbingIndoor RopeClimbing Rowing SalsaSpin ShavingBeard Shotput SkateBoarding Skiing Skijet SkyDiving SoccerJuggling SoccerPenalty StillRings "
    "SumoWrestling Surfing Swing TableTennisShot TaiChi TennisSwing ThrowDiscus TrampolineJumping Typing UnevenBars VolleyballSpiking WalkingWithDog "
    "WallPushups WritingOnBoard YoYo";

struct VideoName {
    std::string className;  ///< As the file spells it.
    int group = 0, clip = 0;
};

std::optional<VideoName> parseStem(const std::string& stem)
{
    static const std::regex scheme("v_([A-Za-z]+)_g(\\d{2})_c(\\d{2})", std::regex::icase);
    std::smatch match;
    if (!std::regex_match(stem, match, scheme)) return {};
    return VideoName{match[1], std::stoi(match[2]), std::stoi(match[3])};
}

/// Number of a class by its name in any case of letters, -1 if it is none.
class ClassTable {
public:
    explicit ClassTable(std::vector<std::string> names) : names(std::move(names))
    {
        for (std::size_t i = 0; i < this->names.size(); ++i) m_numbers[lowered(this->names[i])] = static_cast<int>(i);
    }
    int number(const std::string& name) const
    {
        const auto found = m_numbers.find(lowered(name));
        return found == m_numbers.end() ? -1 : found->second;
    }
    std::vector<std::string> names;

private:
    std::map<std::string, int> m_numbers;
};

/// Lines without the ends that Windows and others give them; blank ones are left out.
std::vector<std::string> linesOf(const fs::path& file)
{
    std::vector<std::string> lines;
    for (const std::string& line : split(readFile(file, std::uintmax_t(1) << 24), '\n'))
        if (std::string text = trimmed(line); !text.empty()) lines.push_back(std::move(text));
    return lines;
}

bool isFile(const fs::path& file)
{
    std::error_code ignored;
    return fs::is_regular_file(file, ignored);
}

bool holdsLists(const fs::path& folder)
{
    return isFile(folder / "classInd.txt") ||
           std::ranges::any_of(kSplits, [&](const std::string& number) { return isFile(folder / ("trainlist" + number + ".txt")) || isFile(folder / ("testlist" + number + ".txt")); });
}

/// The folder of the lists; empty: there is none. \throws Error (NotFound) if one is named and holds none
fs::path listFolder(const fs::path& root, const std::string& named)
{
    if (!named.empty()) {
        if (!holdsLists(named)) throw Error(ErrorCode::NotFound, "holds no classInd.txt, trainlist01.txt or testlist01.txt", named);
        return named;
    }
    for (const fs::path& folder : {root / "ucfTrainTestlist", root, root / "annotations", fs::absolute(root / "").parent_path().parent_path() / "ucfTrainTestlist"})
        if (holdsLists(folder)) return folder;
    return {};
}

/// \throws Error (Damaged) if it does not name 101 classes
std::vector<std::string> readClassIndex(const fs::path& file)
{
    const std::vector<std::string> lines = linesOf(file);
    if (lines.size() != kClassCount)
        throw Error(ErrorCode::Damaged, "expected 101 classes, found " + std::to_string(lines.size()) +
                                            (lines.size() == 24 ? "; these are the lists of the detection task, take UCF101TrainTestSplits-RecognitionTask.zip" : ""), file.string());
    std::vector<std::string> names(kClassCount);
    for (const std::string& line : lines) {
        const std::size_t space = line.find_first_of(" \t");
        std::size_t number = 0;
        try {
            number = static_cast<std::size_t>(parseInteger(line.substr(0, space), "number"));
        } catch (const Error&) {  // refused below: 0 is no class
        }
        if (space == std::string::npos || number < 1 || number > kClassCount || !names[number - 1].empty())
            throw Error(ErrorCode::Damaged, "expected lines '<1..101> <Class>', each number once, found '" + line.substr(0, 80) + "'", file.string());
        names[number - 1] = trimmed(line.substr(space));
    }
    return names;
}

/// An official split: what it says of a video, by the video's stem in lower case.
struct OfficialSplit {
    std::string number;
    std::map<std::string, bool> trains;
};

class Lists {
public:
    Lists(const fs::path& folder, const ClassTable& classes, Listing& listing) : m_classes(classes), m_listing(listing)
    {
        if (folder.empty()) return;
        for (const std::string& number : kSplits) {
            const fs::path train = folder / ("trainlist" + number + ".txt"), test = folder / ("testlist" + number + ".txt");
            if (!isFile(train) && !isFile(test)) continue;
            OfficialSplit split{number, {}};
            for (const auto& [file, trains] : {std::pair(train, true), std::pair(test, false)}) {
                if (isFile(file)) read(file, trains, split);
                else listing.warnings.push_back(file.filename().string() + " is missing; its videos are of split none");
            }
            splits.push_back(std::move(split));
        }
    }
    std::vector<OfficialSplit> splits;
    std::map<std::string, std::string> entries;  ///< Stems in lower case of all videos that any list names -> as it is spelt there.

private:
    void read(const fs::path& file, bool trains, OfficialSplit& split)
    {
        std::vector<std::string> wrong;
        for (const std::string& line : linesOf(file)) {
            const std::size_t space = line.find_last_of(" \t");
            const std::string name = trimmed(line.substr(0, space));
            const fs::path path(name);
            const std::string stem = path.stem().string();
            const std::optional<VideoName> video = parseStem(stem);
            if (!video) throw Error(ErrorCode::Damaged, "expected lines '<Class>/v_<Class>_gNN_cNN.avi [<1..101>]', found '" + line.substr(0, 80) + "'", file.string());
            const auto [entry, added] = split.trains.try_emplace(lowered(stem), trains);
            if (!added && entry->second != trains) throw Error(ErrorCode::Damaged, "names " + name + ", which is in the training list of this split too", file.string());
            entries.try_emplace(lowered(stem), name);
            if (space == std::string::npos) continue;
            int number = m_classes.number(path.parent_path().filename().string());
            if (number < 0) number = m_classes.number(video->className);
            if (line.substr(space + 1) != std::to_string(number + 1)) wrong.push_back(name);
        }
        if (!wrong.empty()) m_listing.warnings.push_back(file.filename().string() + ": labels that disagree with the class; the class wins: " + listed(wrong, 3));
    }

    const ClassTable& m_classes;
    Listing& m_listing;
};

/// True if pictures lie in folders named like the videos.
bool holdsFrameFolders(const FileTree& tree)
{
    return std::ranges::any_of(tree.folders, [](const std::string& folder) { return parseStem(folder.substr(folder.rfind('/') + 1)).has_value(); });
}
}  // namespace

Listing listUcf101(const fs::path& root, const Ucf101Options& options)
{
    const FileTree tree = listUnpacked(root);
    Listing listing;
    listing.skipped = tree.skipped;
    const fs::path folder = listFolder(root, options.lists);
    const ClassTable classes(!folder.empty() && isFile(folder / "classInd.txt") ? readClassIndex(folder / "classInd.txt") : kinora::split(kClasses, ' '));
    const Lists lists(folder, classes, listing);

    struct Found {
        int number = 0;
        VideoName name;
        std::string stem;  ///< In lower case, as lists are looked up.
    };
    std::vector<Found> found;
    std::map<std::string, std::string> seen;
    bool fits = false;
    std::size_t unlisted = 0, misplaced = 0;
    for (const FoundFile& file : tree.files) {
        if (!hasVideoName(file.relative)) continue;
        const std::string stem = file.path.stem().string();
        const std::optional<VideoName> name = parseStem(stem);
        if (!name) {
            listing.skipped.push_back({file.relative, "name does not follow v_<Class>_gNN_cNN"});
            continue;
        }
        const std::string above = file.path.parent_path().filename().string();
        const int ofFolder = classes.number(above), ofName = classes.number(name->className);
        if (ofFolder < 0 && ofName < 0) {
            listing.skipped.push_back({file.relative, "unknown class \"" + name->className + "\""});
            continue;
        }
        fits = true;
        if (const auto [same, added] = seen.try_emplace(lowered(stem), file.relative); !added) {
            listing.skipped.push_back({file.relative, "the same clip as " + same->second});
            continue;
        }
        if (ofFolder >= 0 && ofName >= 0 && ofFolder != ofName) ++misplaced;
        Recording recording;
        recording.name = file.relative;
        recording.path = file.path;
        recording.split = "none";
        const Found video{ofFolder >= 0 ? ofFolder : ofName, *name, lowered(stem)};
        char group[16];
        std::snprintf(group, sizeof group, "_g%02d", video.name.group);
        recording.group = classes.names[static_cast<std::size_t>(video.number)] + group;
        if (!lists.entries.empty() && !lists.entries.contains(video.stem)) ++unlisted;
        listing.recordings.push_back(std::move(recording));
        found.push_back(video);
    }
    if (!fits)
        refuseScheme(root, tree, "UCF101", "UCF-101/ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01.avi",
                     holdsFrameFolders(tree) ? "folders of frames like these are imported by the kind 'frames'" : "");

    // class numbers: a place in the chosen order of all 101, or of those that are there
    std::vector<int> order(classes.names.size());
    std::iota(order.begin(), order.end(), 0);
    if (options.labelOrder == "sorted") std::ranges::sort(order, {}, [&](int number) { return classes.names[static_cast<std::size_t>(number)]; });
    if (options.compactLabels) {
        std::set<int> present;
        for (const Found& video : found) present.insert(video.number);
        std::erase_if(order, [&](int number) { return !present.contains(number); });
    }
    std::map<int, float> labelOfClass;
    std::vector<std::string> categories;
    for (const int number : order) {
        labelOfClass[number] = static_cast<float>(categories.size());
        categories.push_back(classes.names[static_cast<std::size_t>(number)]);
    }
    listing.labels = {{"class", categories, "motion"}, {"group_number", {}, ""}, {"clip_number", {}, ""}};
    for (const OfficialSplit& split : lists.splits) listing.labels.push_back({"split_" + split.number, {"train", "test"}, ""});
    bool official = false;
    for (std::size_t i = 0; i < found.size(); ++i) {
        Recording& recording = listing.recordings[i];
        recording.labels = {labelOfClass.at(found[i].number), static_cast<float>(found[i].name.group), static_cast<float>(found[i].name.clip)};
        for (const OfficialSplit& split : lists.splits) {
            const auto entry = split.trains.find(found[i].stem);
            recording.labels.push_back(entry == split.trains.end() ? kUnknown : entry->second ? 0.0F : 1.0F);
            if (split.number != options.split) continue;
            official = true;
            if (entry != split.trains.end()) recording.split = entry->second ? "train" : "test";
        }
    }
    if (options.split == "group_kfold") splitByGroup(listing, options.folds, options.fold);
    else if (options.split == "random") splitAtRandom(listing, options.folds, options.fold, options.preprocess.seed, options.forceRandom, "pieces of one video are");
    else if (options.split == "none") for (Recording& recording : listing.recordings) recording.split.clear();
    else if (!official && !lists.splits.empty())
        throw Error(ErrorCode::NotFound, "holds no trainlist" + options.split + ".txt and testlist" + options.split + ".txt; choose another split", folder.string());

    if (lists.splits.empty()) {
        listing.notes.emplace_back("no list files: classes are numbered by the built-in table, no official split is stored");
    } else {
        std::vector<std::string> absent;
        for (const auto& [stem, name] : lists.entries)
            if (!seen.contains(stem)) absent.push_back(name);
        listing.notes.push_back("lists of " + folder.string() + ": " + counted(absent.size(), "listed file") + " missing" + (absent.empty() ? "" : " (" + listed(absent, 3) + ")") + ", " +
                                counted(unlisted, "file") + " in no list");
    }
    if (misplaced > 0) listing.warnings.push_back(counted(misplaced, "file") + " in the folder of another class than the name's; the folder wins");
    return listing;
}

DatasetAdapter ucf101Adapter()
{
    DatasetDescription d;
    d.id = "ucf101";
    d.name = "UCF101 actions";
    d.summary = "101 classes of actions from the web, 13 320 videos <Class>/v_<Class>_gNN_cNN.avi with the official train and test lists, as the two archives unpack them";
    const auto text = [](const char* value) { return OptionValue(std::string(value)); };
    const OptionValues whole = {{"crop", text("none")},     {"size", text("64")},           {"fit", text("cover")},        {"filter", text("area")},
                                {"frame_step", text("1")}, {"clip_frames", std::int64_t(0)}, {"overlap", std::int64_t(0)}, {"min_frames", std::int64_t(16)}};
    const auto with = [&](const OptionValues& more) {
        OptionValues values = whole;
        for (const auto& [key, value] : more) values[key] = value;
        return values;
    };
    d.presets = {
        {"tgan64", "TGAN: whole frame to 85 x 64, columns 10 to 73, every frame", whole},
        {"square64", "Shorter side to 64, central square", whole},
        {"square128", "Shorter side to 128, central square", with({{"size", text("128")}})},
        {"square256", "Shorter side to 256, central square", with({{"size", text("256")}})},
        {"mocogan", "MoCoGAN: as TGAN, clips of 16 frames (as we recall the paper)", with({{"clip_frames", std::int64_t(16)}})},
        {"g3an", "G3AN: as TGAN, all videos, clips of 16 frames with a step of 1 or 2 (it says: a small random step)",
         with({{"filter", text("bilinear")}, {"split", text("none")}, {"frame_step", text("1,2")}, {"clip_frames", std::int64_t(16)}})},
        {"swgan", "SWGAN (progressive): 128 x 128, clips of 16 frames (as we recall it)", with({{"size", text("128")}, {"clip_frames", std::int64_t(16)}})},
        {"dvdgan", "DVD-GAN: shorter side to 128, central square, all videos, clips of 16 frames (as we recall the paper)",
         with({{"size", text("128")}, {"split", text("none")}, {"clip_frames", std::int64_t(16)}})},
    };
    d.card.origin = "Center for Research in Computer Vision, University of Central Florida, 2012: 13 320 videos of 101 human actions from YouTube, 320 x 240, 1 to 71 seconds; clips with the same group number are "
                    "pieces of one video. Three official splits keep the groups apart.";
    d.card.licence = "No explicit licence is known to us; the videos come from YouTube, and the set is used for research.";
    d.card.obtain = "Direct download from the owners' site, without a form: UCF101.rar (about 6.9 GB) and UCF101TrainTestSplits-RecognitionTask.zip; unpack both into one folder.";
    d.card.homepage = "https://www.crcv.ucf.edu/data/UCF101.php";
    d.card.citation = R"(@techreport{soomro2012ucf101,
  title       = {{UCF101}: A Dataset of 101 Human Actions Classes From Videos in The Wild},
  author      = {Soomro, Khurram and Zamir, Amir Roshan and Shah, Mubarak},
  institution = {Center for Research in Computer Vision, University of Central Florida},
  number      = {CRCV-TR-12-01},
  year        = {2012},
  note        = {arXiv:1212.0402}
})";
    return publishedAdapter<Ucf101Options>(std::move(d),
                                           [](const fs::path& root) {
                                               if (lowered(root.filename().string()) == "ucf101.rar") return true;  // so that the message says to unpack it
                                               return anyPath(root, [](const std::vector<std::string>& path) { return hasVideoName(path.back()) && parseStem(fs::path(path.back()).stem().string()); });
                                           },
                                           listUcf101);
}

}  // namespace kinora
