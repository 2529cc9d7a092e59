// What holds for MUG, UvA-NEMO, Weizmann and UCF101 alike.
#include <fcntl.h>
#include <unistd.h>

#include <QtTest>
#include <cstring>
#include <set>

#include "core/util/file.h"
#include "datasets/import/published_set.h"
#include "datasets/mug/mug_dataset.h"
#include "datasets/ucf101/ucf101_dataset.h"
#include "datasets/uva_nemo/uva_nemo_dataset.h"
#include "datasets/weizmann/weizmann_dataset.h"
#include "tests/support/dataset_trees.h"
#include "tests/support/imported_set.h"

using namespace kinora;
namespace fs = std::filesystem;

namespace {
struct Kind {
    const char* id;
    std::function<void(const fs::path&)> make;
    std::function<Listing(const fs::path&)> list;
    std::int64_t clips;       ///< Imported from its tree.
    const char* folder;       ///< A folder with recordings, and how many of them.
    std::size_t inFolder;
    const char* example;      ///< Of the message.
};
const std::vector<Kind> kKinds = {
    {"mug", makeMugTree, [](const fs::path& root) { return listMug(root); }, 9, "006", 3, "take000"},
    {"uva-nemo",
     [](const fs::path& root) {
         makeUvaNemoTree(root);
         fs::remove(root / "videos/057_deliberate_smile_1.mp4");  // 1080p takes its time
     },
     [](const fs::path& root) { return listUvaNemo(root); }, 8, "frames", 2, "_deliberate_smile_"},
    {"weizmann", makeWeizmannTree, [](const fs::path& root) { return listWeizmann(root); }, 11, "walk", 2, "daria_bend.avi"},
    {"ucf101", [](const fs::path& root) { makeUcf101Tree(root); }, [](const fs::path& root) { return listUcf101(root); }, 7, "UCF-101/HandstandPushups", 2, "v_ApplyEyeMakeup_g01_c01.avi"}};

std::vector<std::string> namesOf(const Listing& listing)
{
    std::vector<std::string> names;
    for (const Recording& recording : listing.recordings) names.push_back(recording.name);
    return names;
}

/// Every path below a folder with its size and time of change.
std::set<std::string> state(const fs::path& root)
{
    std::set<std::string> out;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root))
        out.insert(entry.path().string() + " " + (entry.is_regular_file() ? std::to_string(entry.file_size()) : "-") + " " + std::to_string(entry.last_write_time().time_since_epoch().count()));
    return out;
}
}  // namespace

class TestPublishedSets final : public QObject {
    Q_OBJECT
    QTemporaryDir m_dir;
    fs::path path(const std::string& name) const { return fs::path(m_dir.path().toStdString()) / name; }
    fs::path tree(const Kind& kind) const { return path(std::string("-ä folder of ") + kind.id); }
    void eachKind()
    {
        QTest::addColumn<int>("number");
        for (std::size_t i = 0; i < kKinds.size(); ++i) QTest::newRow(kKinds[i].id) << static_cast<int>(i);
    }
    const Kind& kind() const
    {
        QFETCH(int, number);
        return kKinds[static_cast<std::size_t>(number)];
    }
    std::int64_t clipsOf(const Kind& kind) const { return kind.clips - (std::string(kind.id) == "uva-nemo" && !canEncode("libx264") ? 1 : 0); }
private Q_SLOTS:
    void initTestCase()
    {
        for (const Kind& kind : kKinds) kind.make(tree(kind));  // a blank, a letter that is not ASCII, and a leading hyphen
    }

    void theSameBytesTwiceAndNothingIsWrittenToTheSource_data() { eachKind(); }
    void theSameBytesTwiceAndNothingIsWrittenToTheSource()
    {
        const std::set<std::string> before = state(tree(kind()));
        const ImportedSet one = importSet(kind().id, tree(kind()), path("one.h5")), two = importSet("auto", tree(kind()), path("two.h5"));  // and the kind is found
        QCOMPARE(one.report.clips, clipsOf(kind()));
        QCOMPARE(two.names, one.names);
        for (std::size_t i = 0; i < one.names.size(); ++i) {
            const auto at = static_cast<std::int64_t>(i);
            QVERIFY(two.clips->frames(at) == one.clips->frames(at));
            const ClipInfo a = one.clips->info(at), b = two.clips->info(at);
            QVERIFY(a.labels.size() == b.labels.size() && std::memcmp(a.labels.data(), b.labels.data(), a.labels.size() * sizeof(float)) == 0);
            QVERIFY(a.split == b.split && a.group == b.group && a.source == b.source && a.origin == b.origin);
            QVERIFY(!a.origin.sha256.empty() && a.origin.firstFrame == 0 && a.origin.frameStep == 1);
        }
        QVERIFY(std::ranges::is_sorted(one.names, naturalLess));
        QVERIFY(state(tree(kind())) == before);
        QCOMPARE(clipFileAttributes(path("two.h5")).at("kind"), std::string(kind().id));
    }
    void theFolderIsKnownByItsNames_data() { eachKind(); }
    void theFolderIsKnownByItsNames()
    {
        for (const Kind& other : kKinds) {
            const DatasetAdapter& adapter = datasetAdapter(other.id);
            QCOMPARE(adapter.detects(tree(kind())), std::string(other.id) == kind().id);
            QVERIFY(!adapter.detects(path("nowhere")));
        }
    }
    void anotherSetOrNothingIsRefusedWithAnExample_data() { eachKind(); }
    void anotherSetOrNothingIsRefusedWithAnExample()
    {
        fs::create_directories(path("empty"));
        std::vector<fs::path> wrong = {path("empty")};
        for (const Kind& other : kKinds)
            if (&other != &kind()) wrong.push_back(tree(other));
        for (const fs::path& folder : wrong) {
            const std::string text = messageOf([&] { kind().list(folder); });
            QVERIFY2(text.find("no video of this naming scheme") != std::string::npos && text.find(kind().example) != std::string::npos, text.c_str());
            QVERIFY(text.find('\n') == std::string::npos);
        }
        QVERIFY(messageOf([&] { kind().list(path("nowhere")); }).find("no such folder") != std::string::npos);
        writeText(path("file.bin"), "x");
        QVERIFY(messageOf([&] { kind().list(path("file.bin")); }).find("no folder") != std::string::npos);
        writeText(path("bend.zip"), "x");
        QVERIFY(messageOf([&] { kind().list(path("bend.zip")); }).find("unpack") != std::string::npos);
    }
    void linksAreReadOnceAndCyclesEnd_data() { eachKind(); }
    void linksAreReadOnceAndCyclesEnd()
    {
        const std::vector<std::string> names = namesOf(kind().list(tree(kind())));
        const fs::path copy = path(std::string("links ") + kind().id);
        fs::copy(tree(kind()), copy, fs::copy_options::recursive);
        const fs::path folder = copy / kind().folder;
        fs::create_directory_symlink(folder, folder.parent_path() / "000");  // a name that sorts first
        fs::create_directory_symlink(copy, folder / "up");
        fs::create_directory_symlink("loop", copy / "loop");
        for (const fs::directory_entry& entry : fs::directory_iterator(folder))
            if (entry.is_regular_file() && !entry.is_symlink()) {
                fs::create_symlink(entry.path(), copy / ("0" + entry.path().filename().string()));
                break;
            }
        QCOMPARE(namesOf(kind().list(copy)), names);
        // a set that is nothing but links
        const fs::path linked = path(std::string("linked ") + kind().id);
        fs::create_directories(linked);
        for (const fs::directory_entry& entry : fs::directory_iterator(tree(kind()))) fs::create_symlink(fs::absolute(entry.path()), linked / entry.path().filename());
        QCOMPARE(namesOf(kind().list(linked)), names);
    }
    void aFolderThatCannotBeReadIsOneSkip_data() { eachKind(); }
    void aFolderThatCannotBeReadIsOneSkip()
    {
        if (::geteuid() == 0) QSKIP("root may read everything");
        const fs::path copy = path(std::string("closed ") + kind().id);
        fs::copy(tree(kind()), copy, fs::copy_options::recursive);
        const Listing whole = kind().list(copy);
        fs::permissions(copy / kind().folder, fs::perms::none);
        const Listing rest = kind().list(copy);
        fs::permissions(copy / kind().folder, fs::perms::owner_all);
        QCOMPARE(rest.recordings.size() + kind().inFolder, whole.recordings.size());
        QVERIFY(std::ranges::any_of(rest.skipped, [&](const SkippedFile& file) { return file.file == kind().folder; }));
    }
    void aStopLeavesNoFile_data() { eachKind(); }
    void aStopLeavesNoFile()
    {
        std::stop_source stop;
        const ImportJob job{.kind = kind().id, .source = tree(kind()).string(), .options = untouched(), .target = path("stopped.h5"),
                            .progress = [&](const ImportProgress&) { stop.request_stop(); }, .stop = stop.get_token()};
        bool cancelled = false;
        try {
            importDataset(job);
        } catch (const Error& error) {
            cancelled = error.code() == ErrorCode::Cancelled;
        }
        QVERIFY(cancelled && !fs::exists(path("stopped.h5")));
        discardImport(path("stopped.h5"));
    }
    void noGroupIsInTwoSets()
    {
        // the splits of the sets that claim it
        for (const auto& [id, options] : std::vector<std::pair<std::string, OptionValues>>{{"mug", {{"split", std::string("imaginator")}}},
                                                                                          {"mug", {{"split", std::string("twostreamvan_subjects")}}},
                                                                                          {"mug", {{"split", std::string("subject_kfold")}}},
                                                                                          {"uva-nemo", {{"fold", std::int64_t(1)}}},
                                                                                          {"weizmann", {{"split", std::string("leave_person_out:lena")}}},
                                                                                          {"ucf101", {{"split", std::string("01")}}},
                                                                                          {"ucf101", {{"split", std::string("02")}}},
                                                                                          {"ucf101", {{"split", std::string("03")}}}}) {
            const Kind& kind = *std::ranges::find_if(kKinds, [&, &name = id](const Kind& each) { return each.id == name; });
            const auto scan = datasetAdapter(id).open(tree(kind).string(), untouched(options));
            std::map<std::string, std::set<std::string>> splits;
            for (std::int64_t i = 0; i < scan->size(); ++i)
                if (const ClipInfo info = scan->expected(i); info.split != "none") splits[info.group].insert(info.split);
            QVERIFY(splits.size() > 1);
            for (const auto& [group, where] : splits) QCOMPARE(where.size(), std::size_t(1));
        }
    }
    void listingASetOfItsRealSizeIsQuick()
    {
        // UCF101's 13 320 names: no header is opened
        for (int number = 0; number < 13320; ++number) {
            char name[64];
            std::snprintf(name, sizeof name, "v_YoYo_g%02d_c%02d.avi", number / 100 % 100, number % 100);
            const fs::path folder = path("many") / std::to_string(number / 10000);
            if (number % 10000 == 0) fs::create_directories(folder);
            if (const int descriptor = ::creat((folder / name).c_str(), 0600); descriptor >= 0) ::close(descriptor);
        }
        QElapsedTimer clock;
        clock.start();
        const Listing listing = listUcf101(path("many"));
        QCOMPARE(listing.recordings.size(), std::size_t(10000));
        QCOMPARE(listing.skipped.size(), std::size_t(3320));  // the same names again
        QVERIFY(clock.elapsed() < 5000);
    }
};
QTEST_APPLESS_MAIN(TestPublishedSets)
#include "tst_published_sets.moc"
