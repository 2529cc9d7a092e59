#include <QtTest>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "core/decode/picture.h"
#include "core/export/encoder.h"
#include "core/clip/transform.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/clipfile/clip_file.h"
#include "datasets/import/import_job.h"
#include "datasets/strips/strips_dataset.h"

using namespace kinora;
namespace fs = std::filesystem;

namespace {
/// A clip of noise that number \p seed decides.
Frames noise(int frames, int side, int seed)
{
    Frames clip(frames, side, side);
    unsigned state = static_cast<unsigned>(seed) * 2654435761U + 1;
    for (std::uint8_t& byte : clip.bytes()) byte = static_cast<std::uint8_t>((state = state * 1664525U + 1013904223U) >> 24);
    return clip;
}

void put(const fs::path& file, const std::string& bytes)
{
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}
void putStrip(const fs::path& file, const Frames& clip, bool vertical = false)
{
    const Frames picture = vertical ? Frames(1, clip.count() * clip.height(), clip.width(), {clip.bytes().begin(), clip.bytes().end()}) : contactStrip(clip);
    put(file, encodeClip(picture, "png"));
}

bool groupIsNoted(const ImportReport& report)
{
    return std::ranges::any_of(report.notes, [](const std::string& note) { return note.find("group = number / 8") != std::string::npos; });
}

ErrorCode codeOf(const std::function<void()>& work, std::string* text = nullptr)
{
    try {
        work();
    } catch (const Error& error) {
        if (text) *text = error.what();
        return error.code();
    }
    return ErrorCode::Internal;
}
}  // namespace

class TestStrips final : public QObject {
    Q_OBJECT
    std::unique_ptr<QTemporaryDir> m_dir;
    fs::path path(const std::string& name) const { return fs::path(m_dir->path().toStdString()) / name; }
    ImportReport import(const std::string& folder, OptionValues options = {}) const
    {
        return importDataset({.kind = "strips", .source = path(folder).string(), .options = std::move(options), .target = path("out.h5")});
    }
private Q_SLOTS:
    void init() { m_dir = std::make_unique<QTemporaryDir>(); }

    void bothDirectionsGiveTheFrames()
    {
        putStrip(path("set/a/1.jpg"), noise(5, 8, 1));  // a PNG whatever its name says
        putStrip(path("set/a/2.png"), noise(6, 8, 2), true);
        putStrip(path("set/c/3.png"), noise(7, 12, 3));
        fs::create_directories(path("set/b"));  // a folder without files is no class
        const ImportReport report = import("set", {{"min_frames", std::int64_t(5)}, {"frame_rate_hz", 12.5}});
        QCOMPARE(report.clips, std::int64_t(3));
        QCOMPARE(report.frames, std::int64_t(18));
        QVERIFY(report.skipped.empty());
        const auto clips = openClipFile(path("out.h5"));
        QVERIFY(clips->labelColumns() == (std::vector<LabelColumn>{{"class", {"a", "c"}, "motion"}}));
        QVERIFY(clips->frames(0) == noise(5, 8, 1));
        QVERIFY(clips->frames(1) == noise(6, 8, 2));
        QVERIFY(clips->frames(2) == noise(7, 12, 3));
        QCOMPARE(clips->info(1).name, std::string("a/2.png"));
        QCOMPARE(clips->info(2).labels, std::vector<float>{1});
        QCOMPARE(clips->info(2).frameRateHz, 12.5);
        QCOMPARE(clips->info(2).group, std::string());
        const auto attributes = clipFileAttributes(path("out.h5"));
        QCOMPARE(attributes.at("kind"), std::string("strips"));
        QVERIFY(attributes.at("options").find("\"min_frames\":5") != std::string::npos);
    }
    void badFilesAreSkippedWithTheirReason()
    {
        putStrip(path("set/a/good.png"), noise(32, 8, 1));
        putStrip(path("set/a/short.png"), noise(31, 8, 2));
        put(path("set/a/uneven.png"), encodeClip(Frames(1, 8, 8 * 33 + 3), "png"));
        put(path("set/a/empty.png"), "");
        put(path("set/a/text.txt"), "not a picture");
        const std::string whole = encodeClip(contactStrip(noise(40, 8, 3)), "png");
        put(path("set/a/truncated.png"), whole.substr(0, whole.size() / 2));
        std::string broken = whole;
        broken[broken.size() / 2] ^= 0x55;
        put(path("set/a/broken.png"), broken);
        put(path("set/a/.hidden"), "never looked at");
        std::int64_t last = -1;
        const ImportReport report = importDataset({.kind = "strips", .source = path("set").string(), .target = path("out.h5"), .progress = [&](const ImportProgress& at) {
                                                       if (at.phase != "importing") return;
                                                       QVERIFY(at.done >= last);
                                                       last = at.done;
                                                       QCOMPARE(at.total, std::int64_t(7));
                                                   }});
        QCOMPARE(report.clips, std::int64_t(1));
        QCOMPARE(last, std::int64_t(7));
        std::map<std::string, std::string> reasons;
        for (const SkippedFile& file : report.skipped) reasons[file.file] = file.reason;
        QCOMPARE(reasons.size(), std::size_t(6));
        QVERIFY(reasons["a/short.png"].find("31 frames") != std::string::npos);
        QVERIFY(reasons["a/uneven.png"].find("no multiple") != std::string::npos);
        QVERIFY(reasons["a/empty.png"].find("empty") != std::string::npos);
        QVERIFY(reasons["a/text.txt"].find("no picture") != std::string::npos);
        QVERIFY(reasons["a/truncated.png"].find("truncated") != std::string::npos);
        QVERIFY(reasons["a/broken.png"].find("damaged") != std::string::npos);
        QVERIFY(verifyClipFile(path("out.h5")).problems.empty());
        QCOMPARE(clipFileAttributes(path("out.h5")).at("skipped"), std::string("6"));
    }
    void theActionSetIsGroupedByNumber()
    {
        // 8 p + 2 a + m, with the class folders of a = 0..3
        const char* folders[] = {"1", "0", "3", "4"};
        for (int number = 0; number < 16; ++number) {
            char name[32];
            std::snprintf(name, sizeof name, "%08d.jpg", number);
            putStrip(path("actions") / folders[number % 8 / 2] / name, noise(3, 4, number));
        }
        ImportReport report = import("actions", {{"min_frames", std::int64_t(3)}, {"class_names", std::string("actions")}});
        QVERIFY(groupIsNoted(report));
        const auto clips = openClipFile(path("out.h5"));
        QVERIFY(clips->labelColumns()[0].categories == (std::vector<std::string>{"wave1", "wave2", "jack", "bend"}));
        QCOMPARE(clips->info(0).name, std::string("0/00000002.jpg"));
        QCOMPARE(clips->info(0).group, std::string("0"));
        QCOMPARE(clips->info(15).name, std::string("4/00000015.jpg"));
        QCOMPARE(clips->info(15).group, std::string("1"));
        report = import("actions", {{"min_frames", std::int64_t(3)}, {"group", std::string("none")}});
        QVERIFY(!groupIsNoted(report));
        QCOMPARE(openClipFile(path("out.h5"))->info(0).group, std::string());
        // one file that breaks the rule and it is another set
        fs::rename(path("actions/4/00000015.jpg"), path("actions/4/00000014b.jpg"));
        QVERIFY(!groupIsNoted(import("actions", {{"min_frames", std::int64_t(3)}})));
        report = import("actions", {{"min_frames", std::int64_t(3)}, {"group", std::string("number/8")}});
        QCOMPARE(report.skipped.size(), std::size_t(1));
    }
    void verticalStripsLeaveOutTheRest()
    {
        // VGAN: 8 pixels wide, 5 frames and 3 rows too many, deep folders, a list with a second column and a missing file
        Frames tall(1, 8 * 5 + 3, 8);
        const Frames clip = noise(5, 8, 7);
        std::ranges::copy(clip.bytes(), tall.bytes().begin());
        put(path("golf/frames/a b/0/0001.jpg"), encodeClip(tall, "png"));
        put(path("golf/frames/a b/0/0002.jpg"), encodeClip(tall, "png"));
        put(path("golf/golf.txt.train"), "frames/a b/0/0001.jpg\nframes/gone/0001.jpg 17\n../set/a/1.png\n/etc/hostname\n\n");
        ImportReport report = import("golf", {{"min_frames", std::int64_t(5)}, {"orientation", std::string("vertical")}, {"labels", std::string("none")}, {"list", std::string("golf.txt.train")}});
        QCOMPARE(report.clips, std::int64_t(1));
        QVERIFY(openClipFile(path("out.h5"))->frames(0) == clip);
        QVERIFY(openClipFile(path("out.h5"))->labelColumns().empty());
        QCOMPARE(report.notes.front(), std::string("read as: vertical strips, 5 x 8x8"));
        QCOMPARE(report.warnings.size(), std::size_t(1));
        QVERIFY(report.warnings[0].find("last 3 rows") != std::string::npos);
        QCOMPARE(report.skipped.size(), std::size_t(3));
        QCOMPARE(report.skipped[0].file, std::string("frames/gone/0001.jpg"));
        QVERIFY(report.skipped[1].reason.find("outside") != std::string::npos && report.skipped[2].reason.find("outside") != std::string::npos);
        // not told the orientation, they are no strips
        QCOMPARE(codeOf([&] { import("golf", {{"min_frames", std::int64_t(5)}}); }), ErrorCode::NotFound);
        QCOMPARE(codeOf([&] { import("golf", {{"list", std::string("missing.txt")}}); }), ErrorCode::NotFound);
    }
    void patternsAndSplitsWorkHereToo()
    {
        for (const char* name : {"walk_s1.png", "walk_s2.png", "run_s1.png"}) putStrip(path("flat") / name, noise(3, 4, name[6]));
        import("flat", {{"min_frames", std::int64_t(3)}, {"labels", std::string("{class}_s{subject:\\d+}")}, {"group_by", std::string("subject")}, {"split", std::string("group")}, {"test_groups", std::string("2-9")}});
        const auto clips = openClipFile(path("out.h5"));
        QCOMPARE(clips->size(), std::int64_t(3));
        QVERIFY(clips->labelColumns()[0].categories == (std::vector<std::string>{"run", "walk"}));
        QCOMPARE(clips->info(2).name, std::string("walk_s2.png"));
        QCOMPARE(clips->info(2).split, std::string("test"));
        QCOMPARE(clips->info(0).split, std::string("train"));
        QCOMPARE(clips->info(2).labels, (std::vector<float>{1, 2}));
    }
    void picturesWithoutClassFoldersHaveNoLabel()
    {
        putStrip(path("flat/1.png"), noise(3, 4, 1));
        import("flat", {{"min_frames", std::int64_t(2)}});
        QVERIFY(openClipFile(path("out.h5"))->labelColumns().empty());
    }
    void wrongInputIsOneClearError()
    {
        std::string text;
        QCOMPARE(codeOf([&] { import("missing"); }, &text), ErrorCode::NotFound);
        fs::create_directories(path("empty"));
        QCOMPARE(codeOf([&] { import("empty"); }), ErrorCode::NotFound);
        put(path("file"), "x");
        QCOMPARE(codeOf([&] { import("file"); }), ErrorCode::NotFound);
        put(path("junk/a/x.png"), "x");
        QCOMPARE(codeOf([&] { import("junk"); }, &text), ErrorCode::NotFound);
        QVERIFY(text.find("a/x.png") != std::string::npos);
        putStrip(path("set/a/1.png"), noise(3, 4, 1));
        QCOMPARE(codeOf([&] { import("set", {{"min_frame", std::int64_t(3)}}); }, &text), ErrorCode::Usage);
        QVERIFY(text.find("min_frames") != std::string::npos);
        QCOMPARE(codeOf([&] { import("set", {{"min_frames", std::int64_t(0)}}); }), ErrorCode::Usage);
        QCOMPARE(codeOf([&] { import("set", {{"class_names", std::string("a,b")}}); }), ErrorCode::Usage);
        QCOMPARE(codeOf([&] { importDataset({.kind = "stripes", .source = path("set").string(), .target = path("out.h5")}); }, &text), ErrorCode::Usage);
        QVERIFY2(text.find("'strips'") != std::string::npos && text.find("synthetic") != std::string::npos, text.c_str());
        QCOMPARE(codeOf([&] { importDataset({.kind = "videos", .source = path("set").string(), .target = path("out.h5")}); }, &text), ErrorCode::NotFound);
        QVERIFY(!fs::exists(path("out.h5")));
    }
    void aDryRunWritesNothing()
    {
        putStrip(path("set/a/1.png"), noise(33, 4, 1));
        put(path("set/a/2.png"), "x");
        const ImportReport report = importDataset({.kind = "strips", .source = path("set").string(), .dryRun = true});
        QCOMPARE(report.clips, std::int64_t(1));
        QCOMPARE(report.skipped.size(), std::size_t(1));
        QVERIFY(!fs::exists(path("out.h5")));
    }
    void anInterruptedImportLeavesNoFile()
    {
        for (int i = 0; i < 20; ++i) putStrip(path("set/a/") += std::to_string(i) + ".png", noise(33, 4, i));
        std::stop_source stop;
        const ImportJob job{.kind = "strips", .source = path("set").string(), .target = path("out.h5"), .progress = [&](const ImportProgress&) { stop.request_stop(); }, .stop = stop.get_token()};
        QCOMPARE(codeOf([&] { importDataset(job); }), ErrorCode::Cancelled);
        QVERIFY(!fs::exists(path("out.h5")));  // what it leaves for going on is the import job's test
    }
    void kindsAreFound()
    {
        putStrip(path("set/a/1.png"), noise(3, 4, 1));
        QCOMPARE(detectDataset(path("set")).description.id, std::string("strips"));
        QCOMPARE(detectDataset("builtin:faces").description.id, std::string("synthetic"));
        put(path("pictures/a/1.png"), encodeClip(noise(1, 8, 1), "png"));
        QCOMPARE(codeOf([&] { detectDataset(path("pictures")); }), ErrorCode::Usage);
        QCOMPARE(codeOf([&] { detectDataset(path("missing")); }), ErrorCode::NotFound);
    }
    void builtInDataAndClipFilesAreRewritten()
    {
        const ImportReport report = importDataset({.kind = "synthetic", .source = "builtin:puppets?clips=3&frames=4&size=32", .target = path("puppets.h5")});
        QCOMPARE(report.frames, std::int64_t(12));
        importDataset({.kind = "hdf5", .source = path("puppets.h5").string(), .target = path("again.h5")});
        const auto one = openClipFile(path("puppets.h5")), two = openClipFile(path("again.h5"));
        QVERIFY(two->labelColumns() == one->labelColumns());
        for (int i = 0; i < 3; ++i) {
            QVERIFY(two->frames(i) == one->frames(i));
            QVERIFY(two->info(i).labels == one->info(i).labels);
        }
        QVERIFY(clipFileAttributes(path("again.h5")).at("original").find("builtin:puppets") != std::string::npos);
        QCOMPARE(codeOf([&] { importDataset({.kind = "hdf5", .source = path("again.h5").string(), .target = path("again.h5")}); }), ErrorCode::Usage);
    }
    void theRealActionSet()
    {
        const QString root = qEnvironmentVariable("KINORA_ACTION_STRIPS");
        if (root.isEmpty()) QSKIP("set KINORA_ACTION_STRIPS to the folder of the 72 MoCoGAN action strips (classes 0 1 3 4) to check them");
        const ImportReport report = importDataset({.kind = "strips", .source = root.toStdString(), .target = path("real.h5")});
        QCOMPARE(report.clips, std::int64_t(72));
        QCOMPARE(report.frames, std::int64_t(5290));
        QVERIFY(report.skipped.empty());
        const auto clips = openClipFile(path("real.h5"));
        std::vector<int> frames(4);
        std::map<std::string, std::int64_t> byName;
        for (std::int64_t i = 0; i < clips->size(); ++i) {
            const ClipInfo info = clips->info(i);
            frames[static_cast<std::size_t>(info.labels[0])] += info.frames;
            byName[info.name] = i;
            QVERIFY(info.width == 64 && info.height == 64);
        }
        QCOMPARE(frames, (std::vector<int>{1306, 1248, 1458, 1278}));
        QCOMPARE(clips->info(byName.at("3/00000028.jpg")).frames, 146);
        QVERIFY(mirrored(clips->frames(byName.at("0/00000002.jpg"))) == clips->frames(byName.at("0/00000003.jpg")));
    }
};
QTEST_APPLESS_MAIN(TestStrips)
#include "tst_strips.moc"
