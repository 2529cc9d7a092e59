#include <QtTest>
#include <cmath>
#include <set>

#include "datasets/mug/mug_dataset.h"
#include "tests/support/dataset_trees.h"
#include "tests/support/imported_set.h"

using namespace kinora;
namespace fs = std::filesystem;

namespace {
std::vector<std::string> namesOf(const Listing& listing)
{
    std::vector<std::string> names;
    for (const Recording& recording : listing.recordings) names.push_back(recording.name);
    return names;
}
std::string classOf(const Listing& listing, const std::string& name)
{
    for (const Recording& recording : listing.recordings)
        if (recording.name == name) return listing.labels[0].categories.at(static_cast<std::size_t>(recording.labels[0]));
    return "not listed";
}
}  // namespace

class TestMug final : public QObject {
    Q_OBJECT
    QTemporaryDir m_dir;
    fs::path path(const std::string& name) const { return fs::path(m_dir.path().toStdString()) / name; }
    fs::path root() const { return path("set/subjects3"); }
private Q_SLOTS:
    void initTestCase() { makeMugTree(root()); }

    void everyMemberIsReadAsItIs()
    {
        const ImportedSet set = importSet("mug", root(), path("mug.h5"));
        QCOMPARE(set.names, (std::vector<std::string>{"001/anger/take000", "001/anger/take001nsg", "001/happiness/take000end", "002/session0/anger/take000", "002/session1/anger/take000",
                                                      "006/disgust/take002", "006/fear/take003", "006/sadness/take000", "017/Disgust/TAKE000"}));
        QCOMPARE(set.report.excluded, std::int64_t(1));
        struct Expected {
            const char* name;
            int member, frames, size;
            const char *expression, *subject, *suffix;
            int session, take;
        };
        for (const Expected& e : {Expected{"001/anger/take000", 1, 20, 96, "anger", "001", "none", -1, 0}, Expected{"001/anger/take001nsg", 2, 18, 96, "anger", "001", "nsg", -1, 1},
                                  Expected{"001/happiness/take000end", 3, 17, 96, "happiness", "001", "end", -1, 0}, Expected{"002/session0/anger/take000", 5, 16, 96, "anger", "002", "none", 0, 0},
                                  Expected{"002/session1/anger/take000", 6, 24, 96, "anger", "002", "none", 1, 0}, Expected{"006/fear/take003", 8, 16, 896, "fear", "006", "none", -1, 3},
                                  Expected{"006/disgust/take002", 10, 18, 96, "disgust", "006", "none", -1, 2}, Expected{"017/Disgust/TAKE000", 13, 16, 96, "disgust", "017", "none", -1, 0}}) {
            const ClipInfo info = set.info(e.name);
            QCOMPARE(info.frames, e.frames);
            QVERIFY(info.width == e.size && info.height == e.size);
            QCOMPARE(info.frameRateHz, 19.0);
            QCOMPARE(info.group, std::string(e.subject));
            QCOMPARE(info.split, std::string());
            QCOMPARE(set.category(e.name, "expression"), std::string(e.expression));
            QCOMPARE(set.category(e.name, "subject"), std::string(e.subject));
            QCOMPARE(set.category(e.name, "take_suffix"), std::string(e.suffix));
            QCOMPARE(set.number(e.name, "take"), static_cast<float>(e.take));
            const float session = set.number(e.name, "session");
            QVERIFY(e.session < 0 ? std::isnan(session) : session == static_cast<float>(e.session));
            QVERIFY2(set.codes(e.name) == numbersFrom(0, e.frames), e.name);
            QVERIFY2(set.colourError(e.name, memberColour(e.member)) <= 12, e.name);
        }
        // 200, 60, 40 is red first
        QVERIFY(codedColour(set.clips->frames(0), 0)[0] > 180 && codedColour(set.clips->frames(0), 0)[2] < 60);
        QVERIFY(set.info("001/anger/take001nsg").origin.flags.find("nsg") != std::string::npos);
        QVERIFY(set.info("001/happiness/take000end").origin.flags.find("end") != std::string::npos);
        // the gap is kept as a gap
        std::vector<int> gap = numbersFrom(0, 22);
        gap.erase(gap.begin() + 7);
        QCOMPARE(set.codes("006/sadness/take000"), gap);
        QVERIFY(set.info("006/sadness/take000").origin.flags.find("frames_missing=1") != std::string::npos);
        QVERIFY(anyContains(set.report.warnings, "006/sadness/take000: 1 frame missing"));
        QCOMPARE(set.report.warnings.size(), std::size_t(1));
        // four cannot be imported, and one more that is no expression
        QCOMPARE(set.skipped.size(), std::size_t(5));
        QCOMPARE(set.skipped.at("002/session1/surprise/take000"), std::string("10 frames, minimum 16"));
        QCOMPARE(set.skipped.at("017/surprise/take000"), std::string("no pictures"));
        QCOMPARE(set.skipped.at("034/contempt/take000"), std::string("unknown expression \"contempt\""));
        QVERIFY2(set.skipped.at("017/happiness/take001").find("img_0005.jpg") != std::string::npos, set.skipped.at("017/happiness/take001").c_str());
        const std::string sizes = set.skipped.at("034/anger/take000");
        QVERIFY2(sizes.find("96 x 96") != std::string::npos && sizes.find("80 x 80") != std::string::npos, sizes.c_str());
        QVERIFY(anyContains(set.report.notes, "no take of fear by 4 subjects: 001, 002, 017, 034"));
    }
    void optionsChooseTheTakes()
    {
        const Listing all = listMug(root());
        QCOMPARE(all.recordings.size(), std::size_t(11));
        QCOMPARE(all.excluded, std::int64_t(1));
        std::map<std::string, int> counts;
        for (const Recording& recording : all.recordings) ++counts[classOf(all, recording.name)];
        QCOMPARE(counts, (std::map<std::string, int>{{"anger", 5}, {"disgust", 2}, {"fear", 1}, {"happiness", 2}, {"sadness", 1}}));
        QCOMPARE(all.skipped.size(), std::size_t(3));
        MugOptions options;
        options.includeNeutral = true;
        const Listing neutral = listMug(root(), options);
        QCOMPARE(neutral.recordings.size(), std::size_t(12));
        QCOMPARE(neutral.labels[0].categories, (std::vector<std::string>{"anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral"}));
        QCOMPARE(classOf(neutral, "001/neutral/take000"), std::string("neutral"));
        const auto count = [&](const std::string& takes) {
            MugOptions chosen;
            chosen.takes = takes;
            return listMug(root(), chosen).recordings.size();
        };
        QCOMPARE(count("no_nsg"), std::size_t(10));
        QCOMPARE(count("no_end"), std::size_t(10));
        QCOMPARE(count("plain"), std::size_t(9));
        options = {};
        options.preprocess.minFrames = 10;
        QCOMPARE(listMug(root(), options).recordings.size(), std::size_t(12));
    }
    void labelOrders()
    {
        MugOptions options;
        options.labelOrder = "imaginator";
        QCOMPARE(listMug(root(), options).labels[0].categories, (std::vector<std::string>{"sadness", "anger", "surprise", "disgust", "happiness", "fear"}));
        QCOMPARE(classOf(listMug(root(), options), "006/fear/take003"), std::string("fear"));
        options.labelOrder = "imaginator_csv";
        QCOMPARE(listMug(root(), options).labels[0].categories, (std::vector<std::string>{"anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise"}));
    }
    void splits()
    {
        const auto bySplit = [&](const MugOptions& options) {
            std::map<std::string, std::vector<std::string>> out;
            for (const Recording& recording : listMug(root(), options).recordings) out[recording.split].push_back(recording.name);
            return out;
        };
        MugOptions options;
        options.split = "imaginator";
        auto splits = bySplit(options);
        QCOMPARE(splits["validation"], (std::vector<std::string>{"017/Disgust/TAKE000", "017/happiness/take001", "034/anger/take000"}));
        QCOMPARE(splits["train"].size(), std::size_t(8));
        options.includeNeutral = true;  // its lists hold no neutral take of the people who train
        QCOMPARE(bySplit(options)["none"], std::vector<std::string>{"001/neutral/take000"});
        options = {};
        options.split = "twostreamvan_subjects";
        QCOMPARE(bySplit(options)["train"].size(), std::size_t(11));
        options.split = "subject_kfold";  // sorted: 001 002 006 017 034
        options.folds = 3;
        options.fold = 2;
        splits = bySplit(options);
        QCOMPARE(splits["test"], (std::vector<std::string>{"002/session0/anger/take000", "002/session1/anger/take000", "034/anger/take000"}));
        options.fold = 4;
        QVERIFY(messageOf([&] { listMug(root(), options); }).find("fold") != std::string::npos);
        options.fold = 1;
        options.split = "random";
        QVERIFY(messageOf([&] { listMug(root(), options); }).find("force_random") != std::string::npos);
        options.forceRandom = true;
        splits = bySplit(options);
        QCOMPARE(splits["test"].size(), std::size_t(4));
        QCOMPARE(bySplit(options), splits);
        options.preprocess.seed = 1;
        QVERIFY(bySplit(options) != splits);
        QVERIFY(anyContains(listMug(root(), options).warnings, "the same faces are in both sets"));
    }
    void thePublishedListsHaveTheirPeople()
    {
        // one take by each of the 52 people of the online part, and the three that ImaGINator leaves out
        const std::string people = "001 002 006 007 008 010 013 014 017 020 021 027 028 030 031 032 033 034 036 037 038 039 040 042 043 044 045 046 048 049 052 055 060 061 062 063 064 065 066 070 "
                                   "071 072 073 074 075 076 077 078 079 082 083 084";
        for (std::size_t at = 0; at < people.size(); at += 4) writeText(path("people") / people.substr(at, 3) / "anger/take000/img_0000.jpg", "x");
        for (const char* take : {"048/happiness/take001", "049/session0/surprise/take002", "073/surprise/take000", "003/anger/take000"}) writeText(path("people") / take / "img_0000.jpg", "x");
        const auto count = [&](const std::string& split) {
            MugOptions options;
            options.split = split;
            options.preprocess.minFrames = 1;
            std::map<std::string, int> out;
            for (const Recording& recording : listMug(path("people"), options).recordings) ++out[recording.split];
            return out;
        };
        QCOMPARE(count("imaginator"), (std::map<std::string, int>{{"train", 42}, {"validation", 10}, {"none", 4}}));
        QCOMPARE(count("twostreamvan_subjects"), (std::map<std::string, int>{{"train", 38}, {"test", 17}, {"none", 1}}));
    }
    void aRootOneTooHighGivesTheSame()
    {
        const Listing low = listMug(root()), high = listMug(root().parent_path());
        QCOMPARE(high.recordings.size(), low.recordings.size());
        QCOMPARE(high.skipped.size(), low.skipped.size());
        for (std::size_t i = 0; i < low.recordings.size(); ++i) {
            QCOMPARE(high.recordings[i].name, "subjects3/" + low.recordings[i].name);
            QCOMPARE(high.recordings[i].group, low.recordings[i].group);
            QCOMPARE(high.recordings[i].labels[0], low.recordings[i].labels[0]);
            QCOMPARE(high.recordings[i].pictures, low.recordings[i].pictures);
        }
        // two copies of the set: which one is meant?
        writeText(path("two/a/001/anger/take000/img_0000.jpg"), "x");
        writeText(path("two/b/001/anger/take000/img_0000.jpg"), "x");
        const std::string text = messageOf([&] { listMug(path("two")); });
        QVERIFY2(text.find("'a'") != std::string::npos && text.find("'b'") != std::string::npos, text.c_str());
        // parts of one set in two folders are one set
        fs::rename(path("two/b/001"), path("two/b/002"));
        MugOptions options;
        options.preprocess.minFrames = 1;
        QCOMPARE(namesOf(listMug(path("two"), options)), (std::vector<std::string>{"a/001/anger/take000", "b/002/anger/take000"}));
    }
    void oddNumberingIsSaid()
    {
        for (int t = 5; t < 25; ++t) writeText(path("odd/001/anger/take000/img_" + std::to_string(t) + ".jpg"), "x");
        for (int t = 1; t < 21; ++t) writeText(path("odd/001/fear/take000/" + std::to_string(t) + ".png"), "x");
        for (int t = 0; t < 16; ++t) writeText(path("odd/002/fear/face000/" + std::to_string(t) + ".png"), "x");
        const Listing listing = listMug(path("odd"));
        QCOMPARE(listing.recordings.size(), std::size_t(2));
        QCOMPARE(listing.recordings[1].pictures[1].filename().string(), std::string("2.png"));
        QCOMPARE(listing.warnings, std::vector<std::string>{"001/anger/take000: the first frame has the number 5"});
        QVERIFY(anyContains(listing.notes, "numbered from 1 in 1 take"));
        QCOMPARE(listing.skipped.size(), std::size_t(1));
        QCOMPARE(listing.skipped[0].file, std::string("002/fear/face000"));
    }
    void theDefaultCropReportsFramesWithoutAFace()
    {
        // bars have no face: the default refuses, no_face=centre keeps them and says so
        OptionValues options;
        options["no_face"] = std::string("centre");
        options["split"] = std::string("imaginator");
        const ImportedSet set = importSet("mug", root(), path("faces.h5"), options);
        QCOMPARE(set.report.clips, std::int64_t(9));
        for (const std::string& name : set.names) {
            QVERIFY(set.info(name).width == 64 && set.info(name).height == 64);
            QVERIFY(set.info(name).origin.flags.find("no_face") != std::string::npos);
        }
        QCOMPARE(set.codes("006/fear/take003"), numbersFrom(0, 16));
        QCOMPARE(set.ofSplit("validation"), std::vector<std::string>{"017/Disgust/TAKE000"});
        QVERIFY(messageOf([&] { importDataset({.kind = "mug", .source = root().string(), .target = path("none.h5")}); }).find("no clip") != std::string::npos);
        QVERIFY(!fs::exists(path("none.h5")));
    }
    void presetsAreOptionsOfTheKind()
    {
        const DatasetAdapter adapter = mugAdapter();
        std::set<std::string> ids;
        for (const OptionPreset& preset : adapter.description.presets) {
            ids.insert(preset.id);
            MugOptions options;
            applyOptions(options, preset.values);  // an unknown key or a value out of range throws
        }
        for (const char* id : {"faces64", "faces128", "imaginator", "mocogan", "twostreamvan"}) QVERIFY(ids.contains(id));
        MugOptions options, defaults;
        applyOptions(options, adapter.description.presets.front().values);
        QCOMPARE(optionValues(options), optionValues(defaults));
        QVERIFY(adapter.description.card.citation.find("aifanti2010mug") != std::string::npos && !adapter.description.card.licence.empty() && !adapter.description.card.obtain.empty());
    }
};
QTEST_APPLESS_MAIN(TestMug)
#include "tst_mug.moc"
