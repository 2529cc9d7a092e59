#include <QtTest>
#include <cmath>
#include <set>

#include "core/util/file.h"
#include "datasets/ucf101/ucf101_dataset.h"
#include "tests/support/dataset_trees.h"
#include "tests/support/imported_set.h"

using namespace kinora;
namespace fs = std::filesystem;

namespace {
const char* const k1 = "UCF-101/HandstandPushups/v_HandStandPushups_g01_c01.avi";
const char* const k2 = "UCF-101/HandstandPushups/v_HandStandPushups_g08_c01.avi";
const char* const k3 = "UCF-101/Hammering/v_Hammering_g01_c01.avi";
const char* const k4 = "UCF-101/HammerThrow/v_HammerThrow_g08_c02.avi";
const char* const k5 = "UCF-101/JumpRope/v_JumpRope_g15_c01.avi";
const char* const k6 = "UCF-101/YoYo/v_YoYo_g25_c05.avi";
const char* const k8 = "UCF-101/YoYo/v_YoYo_g24_c01.avi";

std::map<std::string, std::set<std::string>> bySplit(const Listing& listing)
{
    std::map<std::string, std::set<std::string>> out;
    for (const Recording& recording : listing.recordings)
        if (recording.name.find("g25_c06") == std::string::npos) out[recording.split].insert(recording.name);  // member 7 is too short, which decoding shows
    return out;
}
std::map<std::string, float> labelsOf(const Listing& listing)
{
    std::map<std::string, float> out;
    for (const Recording& recording : listing.recordings) out[recording.name.substr(recording.name.rfind('/') + 1)] = recording.labels[0];
    return out;
}
}  // namespace

class TestUcf101 final : public QObject {
    Q_OBJECT
    QTemporaryDir m_dir;
    fs::path path(const std::string& name) const { return fs::path(m_dir.path().toStdString()) / name; }
    fs::path root() const { return path("set"); }
    fs::path copied(const std::string& name) const
    {
        fs::copy(root(), path(name), fs::copy_options::recursive);
        return path(name);
    }
private Q_SLOTS:
    void initTestCase() { makeUcf101Tree(root()); }

    void everyMemberIsReadAsItIs()
    {
        const ImportedSet set = importSet("ucf101", root(), path("all.h5"));
        struct Expected {
            const char* name;
            int member, frames, label, group, clip;
            const char *key, *split, *second, *third;
        };
        const std::vector<Expected> expected = {
            {k4, 4, 20, 35, 8, 2, "HammerThrow_g08", "train", "test", "train"},      {k3, 3, 20, 34, 1, 1, "Hammering_g01", "test", "train", "train"},
            {k1, 1, 29, 36, 1, 1, "HandstandPushups_g01", "test", "train", "train"}, {k2, 2, 20, 36, 8, 1, "HandstandPushups_g08", "train", "test", "train"},
            {k5, 5, 20, 47, 15, 1, "JumpRope_g15", "train", "train", "test"},        {k8, 8, 16, 100, 24, 1, "YoYo_g24", "none", "", ""},
            {k6, 6, 20, 100, 25, 5, "YoYo_g25", "train", "train", "train"}};
        std::vector<std::string> names;
        for (const Expected& e : expected) {
            names.emplace_back(e.name);
            const ClipInfo info = set.info(e.name);
            QCOMPARE(info.frames, e.frames);
            QVERIFY(info.width == 320 && info.height == 240);
            QVERIFY(std::abs(info.frameRateHz - (e.member == 5 ? 29.97 : 25)) < 0.001);
            QCOMPARE(info.labels[0], static_cast<float>(e.label));
            QCOMPARE(set.number(e.name, "group_number"), static_cast<float>(e.group));
            QCOMPARE(set.number(e.name, "clip_number"), static_cast<float>(e.clip));
            QCOMPARE(info.group, std::string(e.key));
            QCOMPARE(info.split, std::string(e.split));
            QCOMPARE(set.category(e.name, "split_01"), std::string(e.split) == "none" ? "" : std::string(e.split));
            QCOMPARE(set.category(e.name, "split_02"), std::string(e.second));
            QCOMPARE(set.category(e.name, "split_03"), std::string(e.third));
            QVERIFY2(set.codes(e.name) == numbersFrom(0, e.frames), e.name);
            QVERIFY2(set.colourError(e.name, memberColour(e.member)) <= 12, e.name);
        }
        QCOMPARE(set.names, names);
        QCOMPARE(set.clips->labelColumns()[0].categories.size(), std::size_t(101));
        QCOMPARE(set.category(k1, "class"), std::string("HandstandPushups"));
        QCOMPARE(set.skipped.size(), std::size_t(3));
        QVERIFY2(set.skipped.at("UCF-101/YoYo/v_YoYo_g25_c06.avi").find("10 frames, minimum 16") != std::string::npos, set.skipped.at("UCF-101/YoYo/v_YoYo_g25_c06.avi").c_str());
        QCOMPARE(set.skipped.at("UCF-101/Extra/v_Extra_g01_c01.avi"), std::string("unknown class \"Extra\""));
        QCOMPARE(set.skipped.at("UCF-101/YoYo/notes.avi"), std::string("name does not follow v_<Class>_gNN_cNN"));
        QVERIFY(anyContains(set.report.notes, "1 listed file missing (ApplyEyeMakeup/v_ApplyEyeMakeup_g08_c01.avi), 1 file in no list"));
        QVERIFY(set.report.warnings.empty());
    }
    void theOfficialSplits()
    {
        Ucf101Options options;
        QCOMPARE(bySplit(listUcf101(root(), options)), (std::map<std::string, std::set<std::string>>{{"train", {k2, k4, k5, k6}}, {"test", {k1, k3}}, {"none", {k8}}}));
        options.split = "02";
        QCOMPARE(bySplit(listUcf101(root(), options)), (std::map<std::string, std::set<std::string>>{{"train", {k1, k3, k5, k6}}, {"test", {k2, k4}}, {"none", {k8}}}));
        options.split = "03";
        QCOMPARE(bySplit(listUcf101(root(), options)), (std::map<std::string, std::set<std::string>>{{"train", {k1, k2, k3, k4, k6}}, {"test", {k5}}, {"none", {k8}}}));
        options.split = "none";
        QCOMPARE(bySplit(listUcf101(root(), options)).at("").size(), std::size_t(7));
        options.split = "group_kfold";
        options.folds = 2;
        Listing folds = listUcf101(root(), options);
        warnOfLeaks(folds);
        QVERIFY(folds.warnings.empty());
        QCOMPARE(bySplit(folds).at("test").size() + bySplit(folds).at("train").size(), std::size_t(7));
        options.split = "random";
        QVERIFY(messageOf([&] { listUcf101(root(), options); }).find("pieces of one video") != std::string::npos);
        options.forceRandom = true;
        QVERIFY(anyContains(listUcf101(root(), options).warnings, "at random"));
    }
    void labelOrders()
    {
        Ucf101Options options;
        options.labelOrder = "sorted";
        std::map<std::string, float> labels = labelsOf(listUcf101(root(), options));
        QCOMPARE(labels.at("v_HammerThrow_g08_c02.avi"), 34.0F);
        QCOMPARE(labels.at("v_Hammering_g01_c01.avi"), 35.0F);
        QCOMPARE(labels.at("v_JumpRope_g15_c01.avi"), 46.0F);
        QCOMPARE(labels.at("v_HandStandPushups_g01_c01.avi"), 36.0F);
        QCOMPARE(labels.at("v_YoYo_g25_c05.avi"), 100.0F);
        options.labelOrder = "classind";
        options.compactLabels = true;
        const Listing compact = listUcf101(root(), options);
        QCOMPARE(compact.labels[0].categories, (std::vector<std::string>{"Hammering", "HammerThrow", "HandstandPushups", "JumpRope", "YoYo"}));
        QCOMPARE(labelsOf(compact).at("v_HandStandPushups_g01_c01.avi"), 2.0F);
    }
    void spellingsAndLineEndsDoNotMatter()
    {
        const Listing plain = listUcf101(root());
        const fs::path other = copied("other");
        fs::rename(other / "UCF-101/HandstandPushups", other / "UCF-101/HandStandPushups");
        for (const fs::directory_entry& file : fs::directory_iterator(other / "ucfTrainTestlist")) {
            std::string text = readFile(file.path());
            std::erase(text, '\r');
            writeText(file.path(), text);
        }
        const Listing same = listUcf101(other);
        QCOMPARE(same.recordings.size(), plain.recordings.size());
        QVERIFY(same.labels == plain.labels);
        for (std::size_t i = 0; i < plain.recordings.size(); ++i) {
            QCOMPARE(same.recordings[i].path.filename(), plain.recordings[i].path.filename());
            QCOMPARE(same.recordings[i].split, plain.recordings[i].split);
            QCOMPARE(same.recordings[i].group, plain.recordings[i].group);
            QVERIFY(std::memcmp(same.recordings[i].labels.data(), plain.recordings[i].labels.data(), plain.recordings[i].labels.size() * sizeof(float)) == 0);
        }
        QCOMPARE(same.notes.size(), plain.notes.size());
    }
    void withoutListsTheTableIsBuiltIn()
    {
        const fs::path bare = copied("bare");
        fs::remove_all(bare / "ucfTrainTestlist");
        const ImportedSet set = importSet("ucf101", bare, path("bare.h5"));
        QCOMPARE(set.report.clips, std::int64_t(7));
        QCOMPARE(set.ofSplit("none").size(), std::size_t(7));
        QCOMPARE(set.info(k3).labels[0], 34.0F);
        QCOMPARE(set.info(k4).labels[0], 35.0F);
        QCOMPARE(set.clips->labelColumns().size(), std::size_t(3));
        QVERIFY(anyContains(set.report.notes, "no list files"));
        // the built-in table is the official one
        std::string table;
        for (std::size_t i = 0; i < 101; ++i) table += std::to_string(i + 1) + " " + set.clips->labelColumns()[0].categories[i] + "\r\n";
        QCOMPARE(table, ucf101ClassIndex());
    }
    void theListsMayLieElsewhere()
    {
        // named, beside the class folders, in annotations, or beside the folder that was given
        const fs::path other = copied("elsewhere");
        fs::rename(other / "ucfTrainTestlist", path("lists"));
        Ucf101Options options;
        options.lists = path("lists").string();
        const std::size_t columns = listUcf101(root()).labels.size();
        QCOMPARE(listUcf101(other, options).labels.size(), columns);
        options.lists = path("nothing").string();
        QVERIFY(messageOf([&] { listUcf101(other, options); }).find("holds no classInd.txt") != std::string::npos);
        fs::copy(path("lists"), other / "annotations", fs::copy_options::recursive);
        QCOMPARE(listUcf101(other).labels.size(), columns);
        fs::remove_all(other / "annotations");
        for (const fs::directory_entry& file : fs::directory_iterator(path("lists"))) fs::copy_file(file.path(), other / file.path().filename());
        QCOMPARE(listUcf101(other).labels.size(), columns);
        const Listing inner = listUcf101(root() / "UCF-101");
        QCOMPARE(inner.labels.size(), columns);
        QCOMPARE(inner.recordings[0].name, std::string("HammerThrow/v_HammerThrow_g08_c02.avi"));
        QCOMPARE(listUcf101((root() / "UCF-101").string() + "/").labels.size(), columns);
        // all videos in one folder
        for (const char* name : {k1, k4, k6}) {
            fs::create_directories(path("flat"));
            fs::copy_file(root() / name, path("flat") / fs::path(name).filename());
        }
        options.lists = path("lists").string();
        const Listing flat = listUcf101(path("flat"), options);
        QCOMPARE(labelsOf(flat), (std::map<std::string, float>{{"v_HandStandPushups_g01_c01.avi", 36}, {"v_HammerThrow_g08_c02.avi", 35}, {"v_YoYo_g25_c05.avi", 100}}));
        QCOMPARE(bySplit(flat).at("test").size(), std::size_t(1));
    }
    void foreignListsAreRefused()
    {
        const fs::path other = copied("foreign"), lists = other / "ucfTrainTestlist";
        fs::remove(lists / "testlist03.txt");
        Ucf101Options options;
        options.split = "03";
        QVERIFY(anyContains(listUcf101(other, options).warnings, "testlist03.txt is missing"));
        fs::remove(lists / "trainlist03.txt");
        QVERIFY(messageOf([&] { listUcf101(other, options); }).find("trainlist03.txt") != std::string::npos);
        options.split = "01";
        writeText(lists / "trainlist01.txt", "YoYo/v_YoYo_g25_c05.avi 12\r\n");
        QVERIFY(anyContains(listUcf101(other, options).warnings, "trainlist01.txt: labels that disagree"));
        writeText(lists / "trainlist01.txt", "Hammering/v_Hammering_g01_c01.avi 35\r\n");
        QVERIFY(messageOf([&] { listUcf101(other, options); }).find("testlist01.txt") != std::string::npos);  // in both
        writeText(lists / "trainlist01.txt", "what is this\n");
        QVERIFY(messageOf([&] { listUcf101(other, options); }).find("trainlist01.txt") != std::string::npos);
        writeText(lists / "classInd.txt", ucf101ClassIndex(24));
        std::string text = messageOf([&] { listUcf101(other, options); });
        QVERIFY2(text.find("classInd.txt") != std::string::npos && text.find("expected 101 classes, found 24") != std::string::npos, text.c_str());
        writeText(lists / "classInd.txt", ucf101ClassIndex(100) + "100 YoYo\n");
        QVERIFY(messageOf([&] { listUcf101(other, options); }).find("each number once") != std::string::npos);
    }
    void archivesAndFramesAreNamed()
    {
        writeText(path("packed/UCF101.rar"), "");
        std::string text = messageOf([&] { listUcf101(path("packed")); });
        QVERIFY2(text.find("UCF101.rar") != std::string::npos && text.find("unpack") != std::string::npos, text.c_str());
        text = messageOf([&] { importDataset({.kind = "auto", .source = path("packed/UCF101.rar").string(), .target = path("x.h5")}); });
        QVERIFY2(text.find("unpack") != std::string::npos, text.c_str());
        writeText(path("frames/YoYo/v_YoYo_g01_c01/image_00001.jpg"), "");
        text = messageOf([&] { listUcf101(path("frames")); });
        QVERIFY2(text.find("'frames'") != std::string::npos, text.c_str());
    }
    void theTganPreset()
    {
        const ImportedSet set = importSet("ucf101", root(), path("tgan.h5"), {});  // the default is that preset
        const Frames frames = set.clips->frames(set.index(k1));
        QVERIFY(frames.count() == 29 && frames.width() == 64 && frames.height() == 64);
        // 320 x 240 becomes 85 x 64 and columns 10 to 73 stay: bars are 10.6 wide, the outer ones are cut
        for (const int t : {0, 1, 10, 28})
            for (int bar = 1; bar < 7; ++bar) {
                const int level = frames.frame(t)[(12 * 64 + static_cast<int>((bar + 0.5) * 85 / 8) - 10) * 3];
                QCOMPARE(level > 126, (t >> bar & 1) != 0);
                QVERIFY(std::abs(level - (level > 126 ? 235 : 16)) <= 12);
            }
    }
    void presetsAreOptionsOfTheKind()
    {
        const DatasetAdapter adapter = ucf101Adapter();
        std::set<std::string> ids;
        for (const OptionPreset& preset : adapter.description.presets) {
            ids.insert(preset.id);
            Ucf101Options options;
            applyOptions(options, preset.values);
        }
        for (const char* id : {"tgan64", "square64", "square128", "square256", "dvdgan"}) QVERIFY(ids.contains(id));
        Ucf101Options options, defaults;
        applyOptions(options, adapter.description.presets.front().values);
        QCOMPARE(optionValues(options), optionValues(defaults));
        QVERIFY(adapter.description.card.citation.find("soomro2012ucf101") != std::string::npos && !adapter.description.card.licence.empty() && !adapter.description.card.obtain.empty());
    }
};
QTEST_APPLESS_MAIN(TestUcf101)
#include "tst_ucf101.moc"
