#include <QtTest>
#include <cmath>
#include <set>

#include "core/util/file.h"
#include "datasets/uva_nemo/uva_nemo_dataset.h"
#include "tests/support/dataset_trees.h"
#include "tests/support/imported_set.h"

using namespace kinora;
namespace fs = std::filesystem;

namespace {
std::map<std::string, std::set<std::string>> bySplit(const Listing& listing)
{
    std::map<std::string, std::set<std::string>> out;
    for (const Recording& recording : listing.recordings) out[recording.split].insert(recording.name);
    return out;
}
const char* const k1 = "videos/001_deliberate_smile_2.mp4";
const char* const k2 = "videos/001_spontaneous_smile_22.mp4";
const char* const k3 = "videos/002_spontaneous_smile_1.mp4";
const char* const k4 = "videos/057_deliberate_smile_1.mp4";
const char* const k5 = "videos/deliberate/071_deliberate_smile_1.mp4";
const char* const k6 = "videos/071_spontaneous_smile_3.mp4";
const char* const k7 = "videos/069_posed_smile_1.mp4";
const char* const k8 = "frames/073_spontaneous_smile_2.mp4";
const char* const k9 = "frames/074_deliberate_smile_1_aligned";
}  // namespace

class TestUvaNemo final : public QObject {
    Q_OBJECT
    QTemporaryDir m_dir;
    fs::path path(const std::string& name) const { return fs::path(m_dir.path().toStdString()) / name; }
    fs::path root() const { return path("set"); }
    bool m_h264 = canEncode("libx264");
private Q_SLOTS:
    void initTestCase()
    {
        makeUvaNemoTree(root());
        if (!m_h264) qWarning("no H.264 encoder on this machine: member 1 is left out");
    }

    void everyMemberIsReadAsItIs()
    {
        const ImportedSet set = importSet("uva-nemo", root(), path("uva.h5"));
        std::vector<std::string> names = {k8, k9, k1, k2, k3, k4, k7, k6, k5};
        if (!m_h264) std::erase(names, k1);
        QCOMPARE(set.names, names);
        struct Expected {
            const char* name;
            int member, frames, width, height;
            double rate;
            const char *smile, *subject;
            int take;
            const char* gender;
            int age;
        };
        for (const Expected& e : {Expected{k1, 1, 60, 192, 108, 50, "deliberate", "001", 2, "male", 21}, Expected{k2, 2, 48, 192, 108, 50, "spontaneous", "001", 22, "male", 21},
                                  Expected{k3, 3, 50, 192, 108, 50, "spontaneous", "002", 1, "female", 35}, Expected{k4, 4, 16, 1920, 1080, 50, "deliberate", "057", 1, "female", 8},
                                  Expected{k5, 5, 20, 192, 108, 50, "deliberate", "071", 1, "", -1}, Expected{k6, 6, 30, 192, 108, 25, "spontaneous", "071", 3, "", -1},
                                  Expected{k7, 7, 20, 192, 108, 50, "deliberate", "069", 1, "", -1}, Expected{k8, 8, 18, 96, 96, 50, "spontaneous", "073", 2, "", -1},
                                  Expected{k9, 9, 16, 96, 96, 50, "deliberate", "074", 1, "", -1}}) {
            if (!m_h264 && e.member == 1) continue;
            const ClipInfo info = set.info(e.name);
            QCOMPARE(info.frames, e.frames);
            QVERIFY2(info.width == e.width && info.height == e.height, e.name);
            QCOMPARE(info.frameRateHz, e.rate);
            QCOMPARE(info.group, std::string(e.subject));
            QCOMPARE(set.category(e.name, "smile"), std::string(e.smile));
            QCOMPARE(info.labels[0], std::string(e.smile) == "deliberate" ? 0.0F : 1.0F);
            QCOMPARE(set.category(e.name, "subject"), std::string(e.subject));
            QCOMPARE(set.number(e.name, "take"), static_cast<float>(e.take));
            QCOMPARE(set.category(e.name, "gender"), std::string(e.gender));
            const float age = set.number(e.name, "age");
            QVERIFY(e.age < 0 ? std::isnan(age) : age == static_cast<float>(e.age));  // not known is not 0
            QVERIFY2(set.codes(e.name) == numbersFrom(0, e.frames), e.name);
            QVERIFY2(set.colourError(e.name, memberColour(e.member)) <= 12, e.name);
        }
        QCOMPARE(set.skipped.size(), std::size_t(3));
        QVERIFY(set.skipped.at("videos/notes.mp4").find("<subject>_<type>_smile_<take>") != std::string::npos);
        QVERIFY(!set.skipped.at("videos/075_deliberate_smile_1.mp4").empty());
        QVERIFY2(set.skipped.at("videos/115_spontaneous_smile_1.mp4").find("10 frames, minimum 16") != std::string::npos, set.skipped.at("videos/115_spontaneous_smile_1.mp4").c_str());
        // the wrong line, the video that is not there, the word posed, and five clips that the text file does not name
        QVERIFY(anyContains(set.report.warnings, std::string(k3) + ": the text file calls it deliberate"));
        QVERIFY(anyContains(set.report.warnings, "999_deliberate_smile_1.mp4"));
        QVERIFY(anyContains(set.report.warnings, std::string(k7) + ": named 'posed'"));
        for (const char* name : {k5, k6, k7, k8, k9}) QVERIFY(anyContains(set.report.warnings, std::string(name) + ": the text file with the details does not name it"));
        QCOMPARE(set.report.warnings.size(), std::size_t(8));
        QCOMPARE(set.ofSplit("test"), (std::vector<std::string>{k6, k5}));  // fold 10 unless told otherwise
        QCOMPARE(set.ofSplit("train").size(), names.size() - 2);
    }
    void theTenFolds()
    {
        const auto test = [&](int fold) {
            UvaNemoOptions options;
            options.fold = fold;
            return bySplit(listUvaNemo(root(), options))["test"];
        };
        QCOMPARE(test(10), (std::set<std::string>{k5, k6}));
        QCOMPARE(test(1), (std::set<std::string>{k4, k7, k8, k9, "videos/075_deliberate_smile_1.mp4", "videos/115_spontaneous_smile_1.mp4"}));  // the last two fail when they are decoded
        QCOMPARE(test(3), m_h264 ? (std::set<std::string>{k1, k2}) : (std::set<std::string>{k2}));
        QCOMPARE(test(7), std::set<std::string>{k3});
    }
    void allSubjectsAreInOneFold()
    {
        // a video of every number that a subject may have: 400 belong to the folds, sizes as published
        for (int subject = 1; subject <= 570; ++subject) {
            char name[64];
            std::snprintf(name, sizeof name, "%03d_deliberate_smile_1.mp4", subject);
            writeText(path("people") / name, "");
        }
        std::set<std::string> all;
        const std::vector<std::size_t> sizes = {39, 41, 39, 41, 39, 41, 39, 41, 39, 41};
        for (int fold = 1; fold <= 10; ++fold) {
            UvaNemoOptions options;
            options.fold = fold;
            const auto splits = bySplit(listUvaNemo(path("people"), options));
            QCOMPARE(splits.at("test").size(), sizes[static_cast<std::size_t>(fold - 1)]);
            QCOMPARE(splits.at("none").size(), std::size_t(170));
            all.insert(splits.at("test").begin(), splits.at("test").end());
        }
        QCOMPARE(all.size(), std::size_t(400));
    }
    void familiesAreGroups()
    {
        UvaNemoOptions options;
        options.group = "family";
        options.fold = 3;
        const Listing listing = listUvaNemo(root(), options);
        std::map<std::string, std::string> groups;
        for (const Recording& recording : listing.recordings) groups[recording.name] = recording.group;
        QCOMPARE(groups[k2], groups[k3]);
        QCOMPARE(groups[k4], std::string("057"));
        QVERIFY(groups[k5] == groups[k6] && groups[k5] != groups[k2]);
        Listing checked = listing;  // the database's folds are by subject: this family is in both sets, which is said
        warnOfLeaks(checked);
        QCOMPARE(checked.warnings.size(), listing.warnings.size() + 1);
        QVERIFY(anyContains(checked.warnings, "1 group (001)"));
        options.split = "group_kfold";
        checked = listUvaNemo(root(), options);
        const std::size_t before = checked.warnings.size();
        warnOfLeaks(checked);
        QCOMPARE(checked.warnings.size(), before);
    }
    void familiesAreConnected()
    {
        for (const char* subject : {"001", "002", "003", "010", "011"}) writeText(path("kin") / (std::string(subject) + "_posed_smile_1.avi"), "");
        writeText(path("kin/UvA-NEMO_Smile_Database_Kinship_Labels.txt"), "a\nb\nc\nd\ne\r\n010-003\tson,father\r\n002-010\tson,father\r\n003_001\tsister,sister\r\n\r\n");
        UvaNemoOptions options;
        options.group = "family";
        std::vector<std::string> groups;
        const Listing listing = listUvaNemo(path("kin"), options);
        for (const Recording& recording : listing.recordings) groups.push_back(recording.group);
        QCOMPARE(groups, (std::vector<std::string>{"001", "001", "001", "001", "011"}));
        QCOMPARE(listing.labels.back().name, std::string("family"));
        QVERIFY(std::isnan(listing.recordings.back().labels.back()) && listing.recordings.front().labels.back() == 0);
    }
    void withoutTheTextFiles()
    {
        fs::copy(root(), path("bare"), fs::copy_options::recursive);
        for (const char* name : {"File_Details", "Kinship_Labels", "Subject_Details"}) QVERIFY(fs::remove(path("bare") / (std::string("UvA-NEMO_Smile_Database_") + name + ".txt")));
        const Listing with = listUvaNemo(root()), without = listUvaNemo(path("bare"));
        QCOMPARE(without.recordings.size(), with.recordings.size());
        for (std::size_t i = 0; i < with.recordings.size(); ++i) {
            QCOMPARE(without.recordings[i].name, with.recordings[i].name);
            QVERIFY(std::equal(without.recordings[i].labels.begin(), without.recordings[i].labels.end(), with.recordings[i].labels.begin()));
            QVERIFY(without.recordings[i].warnings.empty());
        }
        QCOMPARE(without.labels, (std::vector<LabelColumn>{with.labels.begin(), with.labels.begin() + 3}));
        QCOMPARE(without.warnings.size(), std::size_t(1));
        QVERIFY(anyContains(without.warnings, "posed"));
        UvaNemoOptions options;
        options.group = "family";
        QVERIFY(messageOf([&] { listUvaNemo(path("bare"), options); }).find("Kinship_Labels") != std::string::npos);
    }
    void givenSplitsAndDuplicatesAndStrangers()
    {
        for (const char* name : {"train/001_deliberate_smile_2.mp4", "train/002_spontaneous_smile_1.mp4", "test/057_deliberate_smile_1.mp4", "more/002_spontaneous_smile_1.mp4"}) writeText(path("given") / name, "");
        for (int t = 0; t < 16; ++t) {
            writeText(path("given/test/057_deliberate_smile_1/") += std::to_string(t) + ".jpg", "");  // its frames, besides the video
            writeText(path("given/test/somebody/") += std::to_string(t) + ".jpg", "");
            writeText(path("given/test/060_SPONTANEOUS_smile_1.MP4/crops/") += std::to_string(t) + ".jpg", "");
        }
        fs::create_directories(path("given/test/061_spontaneous_smile_1.mp4"));
        const Listing listing = listUvaNemo(path("given"));
        const auto splits = bySplit(listing);
        QCOMPARE(splits.at("train"), (std::set<std::string>{"train/001_deliberate_smile_2.mp4"}));
        QCOMPARE(splits.at("test"), (std::set<std::string>{"test/057_deliberate_smile_1.mp4", "test/somebody", "test/060_SPONTANEOUS_smile_1.MP4/crops"}));
        QCOMPARE(splits.at("none"), (std::set<std::string>{"more/002_spontaneous_smile_1.mp4"}));
        std::map<std::string, std::string> skipped;
        for (const SkippedFile& file : listing.skipped) skipped[file.file] = file.reason;
        QCOMPARE(skipped.at("train/002_spontaneous_smile_1.mp4"), std::string("the same clip as more/002_spontaneous_smile_1.mp4"));
        QCOMPARE(skipped.at("test/057_deliberate_smile_1"), std::string("the same clip as test/057_deliberate_smile_1.mp4"));
        QCOMPARE(skipped.at("test/061_spontaneous_smile_1.mp4"), std::string("no pictures"));
        QCOMPARE(skipped.size(), std::size_t(3));
        QVERIFY(anyContains(listing.warnings, "test/somebody: name does not follow"));
        for (const Recording& recording : listing.recordings)
            if (recording.name == "test/somebody") QVERIFY(std::isnan(recording.labels[0]) && recording.group.empty());
        UvaNemoOptions options;
        options.split = "folders";
        QVERIFY(messageOf([&] { listUvaNemo(root(), options); }).find("train or test") != std::string::npos);
    }
    void presetsAreOptionsOfTheKind()
    {
        const DatasetAdapter adapter = uvaNemoAdapter();
        std::set<std::string> ids;
        for (const OptionPreset& preset : adapter.description.presets) {
            ids.insert(preset.id);
            UvaNemoOptions options;
            applyOptions(options, preset.values);
        }
        for (const char* id : {"faces64", "faces128", "g3an", "fomm"}) QVERIFY(ids.contains(id));
        UvaNemoOptions options, defaults;
        applyOptions(options, adapter.description.presets.front().values);
        QCOMPARE(optionValues(options), optionValues(defaults));
        QVERIFY(adapter.description.card.citation.find("dibeklioglu2012smile") != std::string::npos && !adapter.description.card.licence.empty() && !adapter.description.card.obtain.empty());
    }
};
QTEST_APPLESS_MAIN(TestUvaNemo)
#include "tst_uva_nemo.moc"
