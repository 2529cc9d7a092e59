#include "datasets/mug/mug_dataset.h"

#include <algorithm>
#include <cctype>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "core/util/error.h"
#include "core/util/text.h"

namespace kinora {
namespace fs = std::filesystem;
namespace {
constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();
constexpr double kFrameRateHz = 19;  // of the recordings; nothing in the files says so
const std::vector<std::string> kAlphabetical = {"anger", "disgust", "fear", "happiness", "sadness", "surprise"};
const std::vector<std::string> kImaginator = {"sadness", "anger", "surprise", "disgust", "happiness", "fear"};
const std::vector<std::string> kImaginatorCsv = {"anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise"};
// ImaGINator's validation people, and the others of its lists (the part of the database that is online)
const std::set<std::string> kImaginatorValidation = {"017", "034", "045", "055", "060", "064", "065", "073", "078", "083"};
const std::set<std::string> kImaginatorTrain = {"001", "002", "006", "007", "008", "010", "013", "014", "020", "021", "027", "028", "030", "031", "032", "033", "036", "037", "038", "039", "040",
                                                "042", "043", "044", "046", "048", "049", "052", "061", "062", "063", "066", "070", "071", "072", "074", "075", "076", "077", "079", "082", "084"};
// takes that its lists leave out, too short for 32 frames
const std::set<std::string> kImaginatorLeftOut = {"048//happiness/1", "049/0/surprise/2", "073//surprise/0"};
const std::set<std::string> kTwoStreamVanTrain = {"001", "002", "006", "007", "008", "010", "013", "014", "017", "020", "021", "027", "028", "030", "031", "032", "033", "034",
                                                  "036", "037", "038", "039", "040", "042", "043", "044", "045", "046", "048", "049", "052", "055", "060", "061", "062", "063"};
const std::set<std::string> kTwoStreamVanTest = {"064", "065", "066", "070", "071", "072", "073", "074", "075", "076", "077", "078", "079", "082", "083", "084"};

bool isDigits(std::string_view text) { return !text.empty() && std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; }); }
bool isSubject(std::string_view text) { return text.size() == 3 && isDigits(text); }
bool isSession(std::string_view text) { return lowered(text).starts_with("session"); }
bool isExpression(const std::string& text) { return std::ranges::find(kImaginatorCsv, text) != kImaginatorCsv.end(); }

/// Number and suffix of "take001nsg".
std::optional<std::pair<int, std::string>> takeOf(std::string_view folder)
{
    const std::string text = lowered(folder);
    if (!text.starts_with("take")) return {};
    std::size_t end = 4;
    while (end < text.size() && std::isdigit(static_cast<unsigned char>(text[end])) != 0) ++end;
    const std::string suffix = text.substr(end);
    if (end == 4 || end > 10 || (!suffix.empty() && suffix != "nsg" && suffix != "end")) return {};
    return std::pair(std::stoi(text.substr(4, end - 4)), suffix);
}

struct Take {
    std::string above;  ///< Folders over the subject; usually none.
    std::string subject, session, expression, suffix;
    int number = 0;
};

/// A take's folder, read from its end; \p why receives what does not fit.
std::optional<Take> parse(const std::vector<std::string>& path, std::string* why = nullptr)
{
    const auto refuse = [&](const std::string& text) {
        if (why) *why = text;
        return std::optional<Take>();
    };
    const auto take = takeOf(path.back());
    if (!take) return refuse("its name is no take<3 digits>, take<3 digits>nsg or take<3 digits>end");
    if (path.size() < 3) return refuse("no <subject>/<expression> above the take");
    Take out;
    std::tie(out.number, out.suffix) = *take;
    out.expression = lowered(path[path.size() - 2]);
    std::size_t subject = path.size() - 3;
    if (isSession(path[subject])) {
        if (subject == 0) return refuse("no subject above the session");
        out.session = lowered(path[subject--]).substr(7);
        if (out.session.empty()) out.session = "?";
    }
    out.subject = path[subject];
    if (!isSubject(out.subject)) return refuse("'" + out.subject + "' is no subject of three digits");
    if (!isExpression(out.expression)) return refuse("unknown expression \"" + path[path.size() - 2] + "\"");
    out.above = join({path.begin(), path.begin() + static_cast<std::ptrdiff_t>(subject)}, "/");
    return out;
}

// the names of the split and the label orders that ImaGINator's authors published
constexpr const char *kPublished = "imaginator", *kPublishedCsv = "imaginator_csv";

std::string splitOf(const Take& take, const std::string& rule)
{
    if (rule == kPublished) {
        if (kImaginatorLeftOut.contains(take.subject + "/" + take.session + "/" + take.expression + "/" + std::to_string(take.number))) return "none";
        if (kImaginatorValidation.contains(take.subject)) return "validation";
        return kImaginatorTrain.contains(take.subject) && take.expression != "neutral" ? "train" : "none";  // neutral takes are start images of the validation people only
    }
    if (rule == "twostreamvan_subjects") return kTwoStreamVanTrain.contains(take.subject) ? "train" : kTwoStreamVanTest.contains(take.subject) ? "test" : "none";
    return {};
}

/// (subject, expression) pairs without a take, one line for every expression.
void noteHoles(Listing& listing, const std::map<std::string, std::set<std::string>>& expressions, const std::set<std::string>& subjects, bool neutral)
{
    for (const std::string& expression : kImaginatorCsv) {
        if (expression == "neutral" && !neutral) continue;
        std::vector<std::string> without;
        const auto found = expressions.find(expression);
        for (const std::string& subject : subjects)
            if (found == expressions.end() || !found->second.contains(subject)) without.push_back(subject);
        if (!without.empty()) listing.notes.push_back("no take of " + expression + " by " + counted(without.size(), "subject") + ": " + listed(without, 10));
    }
}
}  // namespace

Listing listMug(const fs::path& root, const MugOptions& options)
{
    const FileTree tree = listUnpacked(root);
    std::map<std::string, std::vector<const FoundFile*>> pictures;  // by folder
    for (const std::string& folder : tree.folders) pictures[folder];
    for (const FoundFile& file : tree.files) {
        if (!hasPictureName(file.relative)) continue;
        const std::size_t slash = file.relative.rfind('/');
        pictures[slash == std::string::npos ? "" : file.relative.substr(0, slash)].push_back(&file);
    }
    std::vector<std::string> folders;
    for (const auto& [folder, files] : pictures) folders.push_back(folder);
    std::ranges::sort(folders, naturalLess);

    Listing listing;
    listing.skipped = tree.skipped;
    std::vector<Take> takes;
    std::map<std::tuple<std::string, std::string, std::string, int, std::string>, std::pair<std::string, std::string>> seen;  // -> folder, what is above the subject
    std::map<std::string, std::set<std::string>> expressions;
    std::set<std::string> subjects;
    bool fits = false;
    std::size_t fromOne = 0;
    for (const std::string& folder : folders) {
        const std::vector<const FoundFile*>& files = pictures[folder];
        const std::vector<std::string> path = split(folder, '/');
        std::string why;
        const std::optional<Take> take = parse(path, &why);
        if (!take) {
            if (!files.empty() || takeOf(path.back())) listing.skipped.push_back({folder.empty() ? "." : folder, why});
            continue;
        }
        fits = true;
        if (files.empty()) {
            listing.skipped.push_back({folder, "no pictures"});
            continue;
        }
        const auto [same, added] = seen.try_emplace({take->subject, take->session, take->expression, take->number, take->suffix}, folder, take->above);
        if (!added) {
            if (same->second.second != take->above)
                throw Error(ErrorCode::Usage, "holds the same takes twice, in '" + same->second.second + "' and in '" + take->above + "'; name one of the two folders", root.string());
            listing.skipped.push_back({folder, "the same take as " + same->second.first});
            continue;
        }
        subjects.insert(take->subject);
        expressions[take->expression].insert(take->subject);
        if ((take->expression == "neutral" && !options.includeNeutral) || (take->suffix == "nsg" && (options.takes == "no_nsg" || options.takes == "plain")) ||
            (take->suffix == "end" && (options.takes == "no_end" || options.takes == "plain"))) {
            ++listing.excluded;
            continue;
        }
        if (static_cast<std::int64_t>(files.size()) < options.preprocess.minFrames) {
            listing.skipped.push_back({folder, counted(files.size(), "frame") + ", minimum " + std::to_string(options.preprocess.minFrames)});
            continue;
        }
        std::vector<std::string> names;
        for (const FoundFile* file : files) names.push_back(file->path.filename().string());
        const FrameOrder order = frameOrder(names);
        Recording recording;
        recording.media = MediaKind::Pictures;
        recording.name = folder;
        recording.path = root / folder;
        for (const std::size_t index : order.order) recording.pictures.push_back(files[index]->path);
        recording.frameRateHz = kFrameRateHz;
        recording.group = take->subject;
        recording.split = splitOf(*take, options.split);
        recording.flags = take->suffix;
        if (order.missing > 0) {
            listing.warnings.push_back(folder + ": " + counted(static_cast<std::size_t>(order.missing), "frame") + " missing");
            recording.flags += (recording.flags.empty() ? "" : " ") + std::string("frames_missing=") + std::to_string(order.missing);
        }
        const std::int64_t first = frameNumber(names[order.order.front()]);
        if (first == 1) ++fromOne;
        if (first > 1) listing.warnings.push_back(folder + ": the first frame has the number " + std::to_string(first));
        listing.recordings.push_back(std::move(recording));
        takes.push_back(*take);
    }
    if (!fits) refuseScheme(root, tree, "MUG", "001/anger/take000/img_0000.jpg or 002/session0/anger/take000/img_0000.jpg");

    std::vector<std::string> categories = options.labelOrder == kPublished ? kImaginator : options.labelOrder == kPublishedCsv ? kImaginatorCsv : kAlphabetical;
    if (options.includeNeutral && options.labelOrder != kPublishedCsv) categories.push_back("neutral");
    std::set<std::string> listedSubjects;
    for (const Take& take : takes) listedSubjects.insert(take.subject);
    const std::vector<std::string> people(listedSubjects.begin(), listedSubjects.end()), suffixes = {"none", "nsg", "end"};
    listing.labels = {{"expression", categories, "motion"}, {"subject", people, "appearance"}, {"session", {}, ""}, {"take", {}, ""}, {"take_suffix", suffixes, ""}};
    for (std::size_t i = 0; i < takes.size(); ++i) {
        const Take& take = takes[i];
        listing.recordings[i].labels = {labelOf(categories, take.expression), labelOf(people, take.subject), isDigits(take.session) && take.session.size() < 7 ? std::stof(take.session) : kUnknown,
                                        static_cast<float>(take.number), labelOf(suffixes, take.suffix.empty() ? "none" : take.suffix)};
    }
    if (options.split == "subject_kfold") splitByGroup(listing, options.folds, options.fold);
    if (options.split == "random") splitAtRandom(listing, options.folds, options.fold, options.preprocess.seed, options.forceRandom, "the same faces are");
    noteHoles(listing, expressions, subjects, options.includeNeutral);
    if (fromOne > 0) listing.notes.push_back("frames are numbered from 1 in " + counted(fromOne, "take"));
    if (options.preprocess.frameRateHz == 0) listing.notes.push_back("the pictures have no frame rate; 19 frames a second, the database's, is written");
    return listing;
}

DatasetAdapter mugAdapter()
{
    DatasetDescription d;
    d.id = "mug";
    d.name = "MUG facial expressions";
    d.summary = "52 people act six expressions and a neutral face, JPEG pictures in <subject>/<expression>/take<number>/ as the owners ship them, or face crops in the same tree";
    const auto text = [](const char* value) { return OptionValue(std::string(value)); };
    const auto faces = [&](const char* size) {
        return OptionValues{{"crop", text("face")}, {"size", text(size)}, {"fit", text("cover")}, {"filter", text("area")}, {"face_cascade", text("frontalface_default")}, {"face_every", std::int64_t(5)},
                            {"face_track", text("fixed")}, {"face_margin", 1.3}, {"face_shift", 0.05}, {"frame_step", text("1")}, {"clip_frames", std::int64_t(0)}, {"min_frames", std::int64_t(16)}};
    };
    const auto with = [](OptionValues values, const OptionValues& more) {
        for (const auto& [key, value] : more) values[key] = value;
        return values;
    };
    d.presets = {
        {"faces64", "Whole takes, one fixed face box each, 64 x 64", faces("64")},
        {"faces128", "Whole takes, one fixed face box each, 128 x 128", faces("128")},
        {"imaginator", "ImaGINator: its split, label order and 64 x 64, at least 32 frames (its landmark boxes are replaced by our Haar boxes)",
         with(faces("64"), {{"fit", text("stretch")}, {"filter", text("bilinear")}, {"label_order", text("imaginator")}, {"split", text("imaginator")}, {"min_frames", std::int64_t(32)}})},
        {"imaginator_crops", "ImaGINator, from its authors' own face crops: no further crop, 64 x 64 whatever the aspect",
         with(faces("64"), {{"crop", text("none")}, {"fit", text("stretch")}, {"filter", text("bilinear")}, {"label_order", text("imaginator")}, {"split", text("imaginator")}, {"min_frames", std::int64_t(32)}})},
        {"g3an", "G3AN: 64 x 64, clips of 16 frames with a random step of 1 to 4 (step as we recall the paper; its landmark boxes are replaced by our Haar boxes)",
         with(faces("64"), {{"fit", text("stretch")}, {"filter", text("bilinear")}, {"frame_step", text("1,2,3,4")}, {"clip_frames", std::int64_t(16)}, {"min_frames", std::int64_t(64)}})},
        {"mocogan", "MoCoGAN: face region at 96 x 96, takes of at least 64 frames, clips of 16 frames of every second (as we recall the paper)",
         with(faces("96"), {{"frame_step", text("2")}, {"clip_frames", std::int64_t(16)}, {"min_frames", std::int64_t(64)}})},
        {"mocogan_chainer", "mocogan-chainer: box without margin, 16 frames of every second, a clip every 8 frames, without nsg takes (its box is per clip, ours per take)",
         with(faces("64"), {{"face_margin", 1.0}, {"face_shift", 0.0}, {"takes", text("no_nsg")}, {"frame_step", text("2")}, {"clip_frames", std::int64_t(16)}, {"overlap", std::int64_t(12)}, {"min_frames", std::int64_t(32)}})},
        {"twostreamvan", "TwoStreamVAN: box of the first frame without margin, its people split, at least 40 frames, no end takes, clips of 10 frames of every fourth (its random 90 % crop belongs to training)",
         with(faces("64"), {{"face_cascade", text("frontalface_alt")}, {"face_track", text("first")}, {"face_margin", 1.0}, {"face_shift", 0.0}, {"filter", text("bilinear")}, {"split", text("twostreamvan_subjects")},
                            {"takes", text("no_end")}, {"frame_step", text("4")}, {"clip_frames", std::int64_t(10)}, {"min_frames", std::int64_t(40)}})},
    };
    d.card.origin = "Multimedia Understanding Group, Aristotle University of Thessaloniki, 2010: posed sequences of anger, disgust, fear, happiness, sadness and surprise, each neutral, onset, apex, offset, "
                    "neutral, 896 x 896 at 19 frames/s. 52 people (986 takes) are online to licensed users; the whole database has 86 people.";
    d.card.licence = "Non-commercial research only under a signed licence; no redistribution; pictures in print only of the people who agreed. These terms are as we know them: the owners' licence form decides.";
    d.card.obtain = "A person with a permanent research position signs the licence form and sends it to the owners by e-mail; they return a user name and password for the download.";
    d.card.homepage = "https://mug.ee.auth.gr/fed";
    d.card.citation = R"(@inproceedings{aifanti2010mug,
  title     = {The {MUG} Facial Expression Database},
  author    = {Aifanti, Niki and Papachristou, Christos and Delopoulos, Anastasios},
  booktitle = {11th International Workshop on Image Analysis for Multimedia Interactive Services (WIAMIS)},
  pages     = {1--4},
  year      = {2010},
  organization = {IEEE}
})";
    return publishedAdapter<MugOptions>(std::move(d), [](const fs::path& root) { return anyPath(root, [](const std::vector<std::string>& path) { return parse(path).has_value(); }); }, listMug);
}

}  // namespace kinora
