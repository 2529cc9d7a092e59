#include <QtTest>
#include <cmath>
#include <set>

#include "datasets/weizmann/weizmann_dataset.h"
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
}  // namespace

class TestWeizmann final : public QObject {
    Q_OBJECT
    QTemporaryDir m_dir;
    fs::path path(const std::string& name) const { return fs::path(m_dir.path().toStdString()) / name; }
    fs::path root() const { return path("set"); }
private Q_SLOTS:
    void initTestCase() { makeWeizmannTree(root()); }

    void everyMemberIsReadAsItIs()
    {
        const ImportedSet set = importSet("weizmann", root(), path("all.h5"));
        struct Expected {
            const char* name;
            int member, frames, width, height;
            double rate;
            const char *action, *person;
            int take;
        };
        const std::vector<Expected> expected = {
            {"daria_bend.avi", 1, 28, 180, 144, 25, "bend", "daria", 0},      {"jack/moshe_jack.AVI", 9, 33, 180, 144, 25, "jack", "moshe", 0},  {"lena_run1.avi", 4, 28, 180, 144, 25, "run", "lena", 1},
            {"lena_run2.avi", 5, 26, 180, 144, 25, "run", "lena", 2},         {"pjump/ido_pjump.avi", 12, 20, 180, 144, 50, "pjump", "ido", 0},  {"shahar_side.avi", 14, 24, 160, 120, 25, "side", "shahar", 0},
            {"skip/lena_skip.avi", 8, 30, 180, 144, 25, "skip", "lena", 0},   {"walk/lena_walk1.avi", 6, 40, 180, 144, 25, "walk", "lena", 1},   {"walk/lena_walk2.avi", 7, 38, 180, 144, 25, "walk", "lena", 2},
            {"wave1/eli_wave1.avi", 2, 30, 180, 144, 25, "wave1", "eli", 0},  {"wave2/eli_wave2.avi", 3, 30, 180, 144, 25, "wave2", "eli", 0}};
        std::vector<std::string> names;
        std::map<std::string, int> actions;
        for (const Expected& e : expected) {
            names.emplace_back(e.name);
            const ClipInfo info = set.info(e.name);
            QCOMPARE(info.frames, e.frames);
            QVERIFY2(info.width == e.width && info.height == e.height, e.name);
            QCOMPARE(info.frameRateHz, e.rate);
            QCOMPARE(info.group, std::string(e.person));
            QCOMPARE(info.split, std::string("train"));
            QCOMPARE(set.category(e.name, "action"), std::string(e.action));
            QCOMPARE(set.category(e.name, "person"), std::string(e.person));
            QCOMPARE(set.number(e.name, "take"), static_cast<float>(e.take));
            QVERIFY2(set.codes(e.name) == numbersFrom(0, e.frames), e.name);
            QVERIFY2(set.colourError(e.name, memberColour(e.member)) <= 12, e.name);
            ++actions[e.action];
        }
        QCOMPARE(set.names, names);
        QCOMPARE(set.clips->labelColumns()[0].categories, (std::vector<std::string>{"bend", "jack", "jump", "pjump", "run", "side", "skip", "walk", "wave1", "wave2"}));
        QCOMPARE(set.clips->labelColumns()[1].categories, (std::vector<std::string>{"daria", "denis", "eli", "ido", "ira", "lena", "lyova", "moshe", "shahar"}));
        QCOMPARE(set.number("wave1/eli_wave1.avi", "action"), 8.0F);
        QCOMPARE(actions, (std::map<std::string, int>{{"bend", 1}, {"jack", 1}, {"pjump", 1}, {"run", 2}, {"side", 1}, {"skip", 1}, {"walk", 2}, {"wave1", 1}, {"wave2", 1}}));
        QCOMPARE(set.skipped.size(), std::size_t(3));
        QCOMPARE(set.skipped.at("bend/background/bg1.avi"), std::string("no <person>_<action> name"));
        QCOMPARE(set.skipped.at("walk/dog.avi"), std::string("no <person>_<action> name"));
        QVERIFY2(set.skipped.at("side/ira_side.avi").find("12 frames, minimum 16") != std::string::npos, set.skipped.at("side/ira_side.avi").c_str());
        QCOMPARE(set.report.warnings.size(), std::size_t(1));
        QVERIFY(anyContains(set.report.warnings, "classification_masks.mat: not readable"));
    }
    void options()
    {
        const auto names = [&](const WeizmannOptions& options) {
            std::set<std::string> out;
            for (const Recording& recording : listWeizmann(root(), options).recordings) out.insert(recording.name);
            return out;
        };
        WeizmannOptions options;
        const std::set<std::string> all = names(options);
        QCOMPARE(all.size(), std::size_t(12));  // 13 is too short, which decoding shows
        options.duplicates = "first";
        std::set<std::string> expected = all;
        expected.erase("lena_run2.avi");
        expected.erase("walk/lena_walk2.avi");
        QCOMPARE(names(options), expected);
        QCOMPARE(listWeizmann(root(), options).excluded, std::int64_t(2));
        options.duplicates = "second";
        expected = all;
        expected.erase("lena_run1.avi");
        expected.erase("walk/lena_walk1.avi");
        QCOMPARE(names(options), expected);
        options = {};
        options.labelOrder = "twostreamvan";
        QCOMPARE(listWeizmann(root(), options).labels[0].categories, (std::vector<std::string>{"bend", "jack", "pjump", "wave1", "wave2", "jump", "run", "side", "skip", "walk"}));
        options = {};
        options.includeRobustness = true;
        const Listing robust = listWeizmann(root(), options);
        QCOMPARE(robust.recordings.size(), std::size_t(13));
        QCOMPARE(robust.skipped.size(), std::size_t(1));
        for (const Recording& recording : robust.recordings)
            if (recording.name == "walk/dog.avi") QVERIFY(recording.flags == "robustness" && recording.labels[0] == 7 && std::isnan(recording.labels[1]) && recording.split == "none");
        for (const Recording& recording : robust.recordings) QCOMPARE(recording.moves, !std::set<float>({0, 1, 3, 8, 9}).contains(recording.labels[0]));
        options = {};
        options.temporalStep = 2;
        QCOMPARE(options.preprocessing().frameStep, std::string("2"));
        options.preprocess.frameStep = "3";
        QVERIFY(messageOf([&] { options.preprocessing(); }).find("temporal_step") != std::string::npos);
    }
    void shortVideosAreLeftOut()
    {
        const ImportedSet set = importSet("weizmann", root(), path("long.h5"), untouched({{"min_frames", std::int64_t(32)}}));
        QCOMPARE(set.names, (std::vector<std::string>{"jack/moshe_jack.AVI", "walk/lena_walk1.avi", "walk/lena_walk2.avi"}));
    }
    void twoThirdsTrain()
    {
        const ImportedSet set = importSet("weizmann", root(), path("thirds.h5"), untouched({{"split", std::string("temporal_two_thirds")}, {"min_frames", std::int64_t(1)}}));
        QCOMPARE(set.report.clips, std::int64_t(24));
        std::map<std::string, std::map<std::string, std::vector<int>>> parts;  // of a recording: split -> what the bars spell
        for (const std::string& name : set.names) parts[name.substr(0, name.find('#'))][set.info(name).split] = set.codes(name);
        QCOMPARE(parts.at("daria_bend.avi").at("train"), numbersFrom(0, 18));
        QCOMPARE(parts.at("daria_bend.avi").at("test"), numbersFrom(18, 10));
        QCOMPARE(parts.at("wave1/eli_wave1.avi").at("train"), numbersFrom(0, 20));
        QCOMPARE(parts.at("wave1/eli_wave1.avi").at("test"), numbersFrom(20, 10));
        QCOMPARE(parts.size(), std::size_t(12));
    }
    void onePersonIsLeftOut()
    {
        WeizmannOptions options;
        options.split = "leave_person_out";
        QVERIFY(messageOf([&] { listWeizmann(root(), options); }).find("person") != std::string::npos);
        options.person = "lena";
        const std::set<std::string> lena = {"lena_run1.avi", "lena_run2.avi", "skip/lena_skip.avi", "walk/lena_walk1.avi", "walk/lena_walk2.avi"};
        QCOMPARE(bySplit(listWeizmann(root(), options)).at("test"), lena);
        QCOMPARE(bySplit(listWeizmann(root(), options)).at("train").size(), std::size_t(7));
        for (const char* spelling : {"leave_person_out:lena", "leave_person_out=Lena"}) {
            options = {};
            options.split = spelling;
            QCOMPARE(bySplit(listWeizmann(root(), options)).at("test"), lena);
        }
        options.split = "leave_person_out:lana";
        QVERIFY(messageOf([&] { listWeizmann(root(), options); }).find("'lena'") != std::string::npos);
        options.split = "thirds";
        QVERIFY(messageOf([&] { listWeizmann(root(), options); }).find("temporal_two_thirds") != std::string::npos);
    }
    void theWholeSetInAnyArrangement()
    {
        // 93 names, flat for five people and in folders for four, some in capitals; copies of two files
        const std::vector<std::string> people = {"daria", "denis", "eli", "ido", "ira", "lena", "lyova", "moshe", "shahar"};
        for (std::size_t p = 0; p < people.size(); ++p)
            for (const char* action : {"bend", "jack", "jump", "pjump", "run", "side", "skip", "walk", "wave1", "wave2"}) {
                const bool twice = people[p] == "lena" && std::set<std::string>({"run", "skip", "walk"}).contains(action);
                for (int take = 1; take <= (twice ? 2 : 1); ++take)
                    writeText(path("whole") / (p < 5 ? "" : action) / ((p == 2 ? "ELI" : people[p]) + "_" + action + (twice ? std::to_string(take) : "") + (p == 3 ? ".AVI" : ".avi")), "");
            }
        writeText(path("whole/copy/daria_bend.avi"), "");
        const auto counts = [&](const std::string& duplicates, std::size_t column) {
            WeizmannOptions options;
            options.duplicates = duplicates;
            std::map<float, int> out;
            for (const Recording& recording : listWeizmann(path("whole"), options).recordings) ++out[recording.labels[column]];
            return out;
        };
        QCOMPARE(counts("keep", 0), (std::map<float, int>{{0, 9}, {1, 9}, {2, 9}, {3, 9}, {4, 10}, {5, 9}, {6, 10}, {7, 10}, {8, 9}, {9, 9}}));
        QCOMPARE(counts("keep", 1), (std::map<float, int>{{0, 10}, {1, 10}, {2, 10}, {3, 10}, {4, 10}, {5, 13}, {6, 10}, {7, 10}, {8, 10}}));
        for (const char* one : {"first", "second"})
            for (const auto& [action, count] : counts(one, 0)) QCOMPARE(count, 9);
        const Listing listing = listWeizmann(path("whole"));
        QCOMPARE(listing.skipped.size(), std::size_t(1));
        QVERIFY(listing.skipped[0].reason.find("the same video as") != std::string::npos);
    }
    void theCentrePreset()
    {
        OptionValues values;
        for (const OptionPreset& preset : weizmannAdapter().description.presets)
            if (preset.id == "centre") values = preset.values;
        const ImportedSet set = importSet("weizmann", root(), path("centre.h5"), values), whole = importSet("weizmann", root(), path("whole.h5"));
        QCOMPARE(set.names, whole.names);
        for (const std::string& name : set.names) {
            const ClipInfo info = set.info(name);
            QVERIFY(info.width == 64 && info.height == 64 && info.frames == whole.info(name).frames);
        }
        // 180 x 144 becomes 80 x 64 and columns 8 to 71 stay: bars are 10 wide, the outer ones lose all but 2 columns
        const Frames small = set.clips->frames(set.index("daria_bend.avi"));
        for (const int t : {0, 5, 27})
            for (int bar = 1; bar < 7; ++bar) {
                const int middle = bar * 10 + 5 - 8;
                const int level = small.frame(t)[(12 * 64 + middle) * 3];
                QCOMPARE(level > 126, (t >> bar & 1) != 0);
                QVERIFY(std::abs(level - (level > 126 ? 235 : 16)) <= 12);
            }
    }
    void presetsAreOptionsOfTheKind()
    {
        const DatasetAdapter adapter = weizmannAdapter();
        std::set<std::string> ids;
        for (const OptionPreset& preset : adapter.description.presets) {
            ids.insert(preset.id);
            WeizmannOptions options;
            applyOptions(options, preset.values);
            listWeizmann(root(), options);
        }
        for (const char* id : {"person64", "centre", "mocogan", "twostreamvan", "videovae", "g3an", "imaginator", "dmm"}) QVERIFY(ids.contains(id));
        WeizmannOptions options, defaults;
        applyOptions(options, adapter.description.presets.front().values);
        QCOMPARE(optionValues(options), optionValues(defaults));
        QVERIFY(adapter.description.card.citation.find("gorelick2007actions") != std::string::npos && adapter.description.card.citation.find("blank2005actions") != std::string::npos);
        QVERIFY(!adapter.description.card.licence.empty() && !adapter.description.card.obtain.empty());
    }
};
QTEST_APPLESS_MAIN(TestWeizmann)
#include "tst_weizmann.moc"
