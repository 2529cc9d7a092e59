#include "datasets/uva_nemo/uva_nemo_dataset.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
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
constexpr double kFrameRateHz = 50;  // of the recordings; frames kept as pictures do not say so
const std::string kScheme = "<subject>_<type>_smile_<take>";
const std::vector<std::string> kSmiles = {"deliberate", "spontaneous"};
const std::vector<std::string> kGenders = {"female", "male"};

/// Subjects of the database's ten test folds.
const std::array<std::string_view, 10> kFolds = {
    "057 069 073 074 075 115 157 165 177 184 191 196 200 204 222 227 236 237 248 252 257 266 280 303 315 334 404 410 411 413 419 422 441 457 476 477 497 529 564",
    "060 068 091 096 097 113 118 119 131 137 144 182 185 186 203 206 216 219 249 251 260 269 281 286 294 298 328 347 435 444 466 488 496 499 507 514 515 541 546 552 560",
    "001 017 054 059 070 072 078 102 108 122 147 168 178 179 187 194 202 238 246 250 253 288 293 310 409 415 464 474 475 486 490 491 498 500 512 539 542 555 558",
    "003 014 016 051 084 089 099 104 106 120 142 153 156 164 175 181 192 210 214 235 239 271 274 278 290 314 346 405 421 426 429 432 436 454 461 465 481 503 517 533 554",
    "019 056 076 121 180 207 220 226 232 241 242 258 275 287 297 307 316 319 323 330 331 332 344 345 348 412 417 437 451 463 493 501 509 511 532 537 538 547 562",
    "015 018 020 058 087 088 092 103 132 154 158 167 170 190 197 209 221 234 243 283 306 326 335 342 408 423 433 440 448 449 470 472 473 485 495 527 531 550 557 559 561",
    "002 010 012 013 023 052 067 080 098 100 107 110 123 127 136 171 173 193 276 277 279 282 284 296 311 312 327 333 401 425 427 438 443 468 469 480 513 520 526",
    "061 063 079 083 101 114 126 129 134 140 145 160 161 163 169 183 188 198 211 218 240 244 259 289 295 302 325 406 420 428 442 453 455 462 467 487 504 524 528 534 543",
    "005 011 021 022 066 095 117 130 139 189 199 217 224 230 231 255 264 272 273 285 300 313 320 322 329 424 439 452 458 478 479 484 506 516 518 530 540 556 563",
    "004 071 093 105 112 116 133 141 148 155 162 166 172 174 176 201 205 213 215 225 263 265 270 304 336 343 400 414 418 445 447 450 456 483 492 502 505 510 525 536 553"};

struct Smile {
    std::string subject, type;
    int take = 0;
    bool alias = false;  ///< Named "posed".
    auto operator<=>(const Smile&) const = default;
    std::string stem() const { return subject + "_" + type + "_smile_" + std::to_string(take); }
};

std::optional<Smile> parseStem(const std::string& stem)
{
    static const std::regex scheme("(\\d{3})_(deliberate|spontaneous|posed)_smile_(\\d{1,6})", std::regex::icase);
    std::smatch match;
    if (!std::regex_match(stem, match, scheme)) return {};
    const std::string type = lowered(match[2].str());
    return Smile{match[1], type == "posed" ? "deliberate" : type, std::stoi(match[3]), type == "posed"};
}

std::string withoutVideoExtension(const std::string& name) { return hasVideoName(name) ? name.substr(0, name.rfind('.')) : name; }

/// Of a folder of pictures: "016_spontaneous_smile_2.mp4", "..._aligned".
std::optional<Smile> parseFolder(const std::string& name)
{
    const std::string_view aligned = "_aligned";
    const std::string bare = lowered(name).ends_with(aligned) ? name.substr(0, name.size() - aligned.size()) : name;
    return parseStem(withoutVideoExtension(bare));
}

struct Details {
    std::string gender;
    float age = kUnknown;
    std::string type;  ///< As the file says.
};

std::string genderOf(const std::string& text)
{
    const std::string word = lowered(text);
    return word == "male" || word == "m" ? "male" : word == "female" || word == "f" ? "female" : "";
}

float ageOf(const std::string& text)
{
    try {
        const double age = parseNumber(text, "age");
        return age > 0 && age < 150 ? static_cast<float>(age) : kUnknown;
    } catch (const Error&) {
        return kUnknown;
    }
}

/// The set's text files, as far as they are there.
struct TextFiles {
    bool details = false;
    std::map<std::string, Details> videos;             ///< By the video's stem in our spelling.
    std::map<std::string, std::string> names;          ///< The same stems -> as the file spells them.
    std::map<std::string, Details> subjects;
    std::map<std::string, std::string> families;       ///< Subject -> its relation with the smallest number.
};

/// Rows of a tab-separated file whose header has an unknown wording: those whose first field \p fits.
std::vector<std::vector<std::string>> rowsOf(const std::string& text, const std::function<bool(const std::string&)>& fits)
{
    std::vector<std::vector<std::string>> rows;
    for (const std::string& line : split(text, '\n')) {
        std::vector<std::string> fields = split(line, '\t');
        for (std::string& field : fields) field = trimmed(field);
        if (fits(fields.front())) rows.push_back(std::move(fields));
    }
    return rows;
}

TextFiles readTextFiles(const FileTree& tree, Listing& listing)
{
    TextFiles out;
    const auto rows = [&](std::string_view what, const std::function<bool(const std::string&)>& fits) -> std::vector<std::vector<std::string>> {
        for (const FoundFile& file : tree.files) {
            const std::string name = lowered(file.path.filename().string());
            if (name.find(what) == std::string::npos || !name.ends_with(".txt")) continue;
            try {
                std::vector<std::vector<std::string>> found = rowsOf(readFile(file.path, std::uintmax_t(1) << 26), fits);
                if (found.empty()) listing.warnings.push_back(file.relative + ": no line of the expected form; the file is not used");
                else listing.notes.push_back("read " + file.relative);
                return found;
            } catch (const Error& error) {
                listing.warnings.push_back(file.relative + ": " + error.detail() + "; the file is not used");
            }
        }
        return {};
    };
    const auto isCode = [](std::string_view text) { return text.size() == 3 && std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; }); };
    for (const auto& row : rows("file_details", [](const std::string& field) { return parseStem(withoutVideoExtension(field)).has_value(); })) {
        const Smile smile = *parseStem(withoutVideoExtension(row[0]));
        out.details = true;
        out.videos[smile.stem()] = {row.size() > 2 ? genderOf(row[2]) : "", row.size() > 3 ? ageOf(row[3]) : kUnknown, row.size() > 4 ? lowered(row[4]) : ""};
        out.names[smile.stem()] = row[0];
    }
    for (const auto& row : rows("subject_details", isCode)) out.subjects[row[0]] = {row.size() > 1 ? genderOf(row[1]) : "", row.size() > 2 ? ageOf(row[2]) : kUnknown, ""};
    // connected components of the pairs, each named by its smallest subject
    const auto family = [&](const std::string& subject) {
        std::string at = subject;
        while (out.families.contains(at) && out.families[at] != at) at = out.families[at];
        return at;
    };
    const auto isPair = [&](const std::string& field) { return field.size() >= 7 && isCode(field.substr(0, 3)) && isCode(field.substr(4, 3)); };
    for (const auto& row : rows("kinship_labels", isPair)) {
        const std::string first = family(row[0].substr(0, 3)), second = family(row[0].substr(4, 3));
        out.families[std::max(first, second)] = out.families[std::min(first, second)] = std::min(first, second);
    }
    for (auto& [subject, name] : out.families) name = family(subject);
    return out;
}

/// "train" or "test" if a folder of the path is called so.
std::string folderSplit(const std::string& relative)
{
    const std::vector<std::string> path = split(relative, '/');
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
        const std::string name = lowered(path[i]);
        if (name == "train" || name == "test") return name;
        if (name == "val" || name == "validation") return "validation";
    }
    return {};
}

std::string foldSplit(const std::string& subject, std::int64_t fold)
{
    for (std::size_t i = 0; i < kFolds.size(); ++i)
        if (!subject.empty() && kFolds[i].find(subject) != std::string_view::npos) return static_cast<std::int64_t>(i) + 1 == fold ? "test" : "train";
    return "none";
}

struct Found {
    Recording recording;
    std::optional<Smile> smile;
};
}  // namespace

Listing listUvaNemo(const fs::path& root, const UvaNemoOptions& options)
{
    const FileTree tree = listUnpacked(root);
    Listing listing;
    listing.skipped = tree.skipped;
    std::vector<Found> found;
    std::map<Smile, std::string> seen;
    bool fits = false;
    const auto add = [&](Recording recording, std::optional<Smile> smile) {
        if (smile) {
            fits = true;
            if (smile->alias) listing.warnings.push_back(recording.name + ": named 'posed', taken for deliberate");
            Smile key = *smile;
            key.alias = false;
            if (const auto [same, added] = seen.try_emplace(key, recording.name); !added) {
                listing.skipped.push_back({recording.name, "the same clip as " + same->second});
                return;
            }
        }
        found.push_back({std::move(recording), std::move(smile)});
    };

    std::map<std::string, std::vector<const FoundFile*>> pictures;  // by folder
    std::set<std::string> filled;                                   // folders with pictures in them or below
    for (const FoundFile& file : tree.files) {
        if (hasPictureName(file.relative)) {
            const std::size_t slash = file.relative.rfind('/');
            if (slash == std::string::npos) continue;
            pictures[file.relative.substr(0, slash)].push_back(&file);
            for (std::size_t at = slash; at != std::string::npos; at = at == 0 ? std::string::npos : file.relative.rfind('/', at - 1)) filled.insert(file.relative.substr(0, at));
            continue;
        }
        if (!hasVideoName(file.relative)) continue;
        const std::optional<Smile> smile = parseStem(file.path.stem().string());
        if (!smile) {
            listing.skipped.push_back({file.relative, "name does not follow " + kScheme});
            continue;
        }
        Recording recording;
        recording.name = file.relative;
        recording.path = file.path;
        add(std::move(recording), smile);
    }
    bool assumedRate = false;
    for (const auto& [folder, files] : pictures) {
        std::optional<Smile> smile;
        const std::vector<std::string> path = split(folder, '/');
        for (auto part = path.rbegin(); part != path.rend() && !smile; ++part) smile = parseFolder(*part);
        if (static_cast<std::int64_t>(files.size()) < options.preprocess.minFrames) {
            fits = fits || smile;
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
        if (order.missing > 0) {
            listing.warnings.push_back(folder + ": " + counted(static_cast<std::size_t>(order.missing), "frame") + " missing");
            recording.flags = "frames_missing=" + std::to_string(order.missing);
        }
        if (!smile) listing.warnings.push_back(folder + ": name does not follow " + kScheme + "; its label is unknown");
        assumedRate = true;
        add(std::move(recording), smile);
    }
    for (const std::string& folder : tree.folders) {
        if (filled.contains(folder) || !parseFolder(folder.substr(folder.rfind('/') + 1))) continue;
        fits = true;
        listing.skipped.push_back({folder, "no pictures"});
    }
    if (!fits) refuseScheme(root, tree, "UvA-NEMO", "001_deliberate_smile_2.mp4, in any folder");
    std::ranges::sort(found, [](const Found& a, const Found& b) { return naturalLess(a.recording.name, b.recording.name); });
    if (assumedRate && options.preprocess.frameRateHz == 0) listing.notes.push_back("frames kept as pictures have no frame rate; 50 frames a second, the database's, is written");

    const TextFiles texts = readTextFiles(tree, listing);
    if (options.group == "family" && texts.families.empty()) throw Error(ErrorCode::Usage, "family needs UvA-NEMO_Smile_Database_Kinship_Labels.txt in the folder; there is none that can be used", "group");
    std::set<std::string> subjectSet, familySet, stems;
    for (const Found& each : found)
        if (each.smile) {
            subjectSet.insert(each.smile->subject);
            if (const auto family = texts.families.find(each.smile->subject); family != texts.families.end()) familySet.insert(family->second);
            stems.insert(each.smile->stem());
        }
    const std::vector<std::string> subjects(subjectSet.begin(), subjectSet.end()), families(familySet.begin(), familySet.end());
    const bool people = texts.details || !texts.subjects.empty();
    listing.labels = {{"smile", kSmiles, "motion"}, {"subject", subjects, "appearance"}, {"take", {}, ""}};
    if (people) {
        listing.labels.push_back({"gender", kGenders, "appearance"});
        listing.labels.push_back({"age", {}, "appearance"});
    }
    if (!families.empty()) listing.labels.push_back({"family", families, ""});

    const bool folders = std::ranges::any_of(found, [](const Found& each) { return !folderSplit(each.recording.name).empty(); });
    if (options.split == "folders" && !folders) throw Error(ErrorCode::Usage, "folders needs a folder named train or test; there is none in " + root.string(), "split");
    const std::string rule = options.split != "auto" ? options.split : folders ? "folders" : "fold";
    for (auto& [recording, smile] : found) {
        recording.labels.assign(listing.labels.size(), kUnknown);
        if (smile) {
            recording.labels[0] = labelOf(kSmiles, smile->type);
            recording.labels[1] = labelOf(subjects, smile->subject);
            recording.labels[2] = static_cast<float>(smile->take);
            const auto video = texts.videos.find(smile->stem());
            const auto subject = texts.subjects.find(smile->subject);
            Details known = video != texts.videos.end() ? video->second : Details();
            if (texts.details && video == texts.videos.end()) recording.warnings.push_back("the text file with the details does not name it");
            if (kSmiles[0] != known.type && kSmiles[1] != known.type && !known.type.empty())
                listing.warnings.push_back(recording.name + ": the text file calls it '" + known.type + "', which is no type of smile; the name says " + smile->type);
            else if (!known.type.empty() && known.type != smile->type)
                listing.warnings.push_back(recording.name + ": the text file calls it " + known.type + "; the name wins: " + smile->type);
            if (subject != texts.subjects.end()) {
                if (known.gender.empty()) known.gender = subject->second.gender;
                if (std::isnan(known.age)) known.age = subject->second.age;
            }
            if (people) {
                recording.labels[3] = labelOf(kGenders, known.gender);
                recording.labels[4] = known.age;
            }
            const auto family = texts.families.find(smile->subject);
            if (family != texts.families.end()) recording.labels.back() = labelOf(families, family->second);
            recording.group = options.group == "family" && family != texts.families.end() ? family->second : smile->subject;
        }
        recording.split = rule == "fold" ? foldSplit(smile ? smile->subject : "", options.fold) : rule == "folders" ? folderSplit(recording.name) : "";
        if (rule == "folders" && recording.split.empty()) recording.split = "none";
        listing.recordings.push_back(std::move(recording));
    }
    if (rule == "group_kfold") splitByGroup(listing, 10, options.fold);
    if (rule == "folders") listing.notes.push_back("the split is that of the folders train and test");
    if (rule == "fold") listing.notes.push_back("the split is fold " + std::to_string(options.fold) + " of the database's ten subject-disjoint folds");
    std::vector<std::string> absent;
    for (const auto& [stem, name] : texts.names)
        if (!stems.contains(stem)) absent.push_back(name);
    if (!absent.empty()) listing.warnings.push_back("named in the text file with the details, but there is no such video: " + listed(absent));
    return listing;
}

DatasetAdapter uvaNemoAdapter()
{
    DatasetDescription d;
    d.id = "uva-nemo";
    d.name = "UvA-NEMO smiles";
    d.summary = "400 people smile, posed or spontaneously: 1240 videos <subject>_<type>_smile_<take>.mp4 as the owners ship them, or folders of frames named like the videos";
    const auto text = [](const char* value) { return OptionValue(std::string(value)); };
    const auto faces = [&](const char* size) {
        return OptionValues{{"crop", text("face")}, {"size", text(size)}, {"fit", text("cover")}, {"filter", text("area")}, {"face_cascade", text("frontalface_default")}, {"face_every", std::int64_t(25)},
                            {"face_track", text("fixed")}, {"face_margin", 1.3}, {"face_shift", 0.05}, {"frame_step", text("1")}, {"clip_frames", std::int64_t(0)}, {"min_frames", std::int64_t(16)}};
    };
    const auto with = [](OptionValues values, const OptionValues& more) {
        for (const auto& [key, value] : more) values[key] = value;
        return values;
    };
    d.presets = {
        {"faces64", "Whole videos, one fixed face box each, 64 x 64, every frame", faces("64")},
        {"faces128", "Whole videos, one fixed face box each, 128 x 128, every frame", faces("128")},
        {"g3an", "G3AN: 64 x 64, clips of 16 frames with a step of 2 or 3, at least 48 frames (its landmark boxes are replaced by our Haar boxes)",
         with(faces("64"), {{"fit", text("stretch")}, {"filter", text("bilinear")}, {"frame_step", text("2,3")}, {"clip_frames", std::int64_t(16)}, {"min_frames", std::int64_t(48)}})},
        {"g3an_crops", "G3AN, from the published archive of face crops (a folder of JPEG pictures per video): no further crop, 64 x 64 whatever the aspect",
         with(faces("64"), {{"crop", text("none")}, {"fit", text("stretch")}, {"filter", text("bilinear")}, {"frame_step", text("2,3")}, {"clip_frames", std::int64_t(16)}, {"min_frames", std::int64_t(48)}})},
        {"imaginator", "ImaGINator: 64 x 64, clips of 32 frames (as we recall it: its loader for this set was not published)",
         with(faces("64"), {{"fit", text("stretch")}, {"filter", text("bilinear")}, {"clip_frames", std::int64_t(32)}, {"min_frames", std::int64_t(32)}})},
        {"fomm", "First-order motion model: a wide square around the face of the first frame, 256 x 256, whole videos (its detector is replaced by Haar; its margin is relative to another box)",
         with(faces("256"), {{"face_track", text("first")}, {"face_margin", 3.3}, {"face_shift", 0.0}})},
    };
    d.card.origin = "University of Amsterdam, shown and recorded at science centre NEMO, Amsterdam, 2012: 643 posed and 597 spontaneous enjoyment smiles of 400 people (8 to 76 years), "
                    "1920 x 1080 at 50 frames/s under controlled light, from a neutral face to a neutral face.";
    d.card.licence = "Free for non-commercial research under a signed agreement; no redistribution; pictures in print only of people who agreed. These terms are as we know them: the owners' agreement decides.";
    d.card.obtain = "Request it through the owners' site with a signed agreement; a download link is sent in return.";
    d.card.homepage = "https://www.uva-nemo.org";
    d.card.citation = R"(@inproceedings{dibeklioglu2012smile,
  title     = {Are You Really Smiling at Me? Spontaneous versus Posed Enjoyment Smiles},
  author    = {Dibeklio{\u{g}}lu, Hamdi and Salah, Albert Ali and Gevers, Theo},
  booktitle = {Computer Vision -- ECCV 2012},
  pages     = {525--538},
  year      = {2012},
  publisher = {Springer}
})";
    return publishedAdapter<UvaNemoOptions>(std::move(d),
                                            [](const fs::path& root) {
                                                return anyPath(root, [](const std::vector<std::string>& path) { return parseFolder(path.back()).has_value(); });
                                            },
                                            listUvaNemo);
}

}  // namespace kinora
