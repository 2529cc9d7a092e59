#include <QtTest>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "core/clipfile/clip_file.h"
#include "core/util/error.h"
#include "datasets/frames/frames_dataset.h"
#include "datasets/import/import_job.h"
#include "datasets/import/path_labels.h"
#include "datasets/videos/videos_dataset.h"
#include "tests/support/test_videos.h"

using namespace kinora;
namespace fs = std::filesystem;

namespace {
using Texts = std::vector<std::string>;

void put(const fs::path& file, const std::string& bytes = "x")
{
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << bytes;
}
void putVideo(const fs::path& file, int frames, const VideoFormat& format = {})
{
    fs::create_directories(file.parent_path());
    writeVideo(file, codedClip(frames, 64, 48, 200, 60, 40), format);
}
/// An uncompressed grey TIFF of one value.
std::string greyTiff(int width, int height, int value)
{
    std::string bytes("II*\0\x08\0\0\0\x09\0", 10);
    const auto entry = [&](int tag, int number) {
        for (const int word : {tag, 4, 1, 0, number & 0xffff, number >> 16}) bytes += {static_cast<char>(word & 255), static_cast<char>(word >> 8)};
    };
    const int data = 10 + 9 * 12 + 4;
    for (const auto& [tag, number] : {std::pair(256, width), std::pair(257, height), std::pair(258, 8), std::pair(259, 1), std::pair(262, 1), std::pair(273, data), std::pair(277, 1), std::pair(278, height), std::pair(279, width * height)})
        entry(tag, number);
    return bytes + std::string(4, '\0') + std::string(static_cast<std::size_t>(width * height), static_cast<char>(value));
}
/// Pictures of a folder, by name and the number that each shows.
void putPictures(const fs::path& folder, const std::vector<std::pair<std::string, int>>& pictures)
{
    fs::create_directories(folder);
    for (const auto& [name, number] : pictures) writePicture(folder / name, codedClip(1, 64, 48, 200, 60, 40, number), 0);
}
std::string errorOf(const std::function<void()>& work, ErrorCode code)
{
    try {
        work();
    } catch (const Error& error) {
        return error.code() == code ? error.what() : "another code: " + std::string(error.what());
    }
    return "no error";
}
Texts namesOf(const Listing& listing)
{
    Texts names;
    for (const Recording& recording : listing.recordings) names.push_back(recording.name);
    return names;
}
Texts splitsOf(const Listing& listing)
{
    Texts splits;
    for (const Recording& recording : listing.recordings) splits.push_back(recording.split);
    return splits;
}
bool has(const Texts& lines, const std::string& text)
{
    return std::ranges::any_of(lines, [&](const std::string& line) { return line.find(text) != std::string::npos; });
}
VideosOptions videos(const OptionValues& values)
{
    VideosOptions options;
    applyOptions(options, values);
    return options;
}
FramesOptions frames(const OptionValues& values)
{
    FramesOptions options;
    applyOptions(options, values);
    return options;
}
OptionValues preset(const std::string& kind, const std::string& id)
{
    for (const OptionPreset& one : datasetAdapter(kind).description.presets)
        if (one.id == id) return one.values;
    qFatal("there is no preset %s", id.c_str());
}
}  // namespace

class TestVideosFrames final : public QObject {
    Q_OBJECT
    std::unique_ptr<QTemporaryDir> m_dir;
    fs::path path(const std::string& name) const { return fs::path(m_dir->path().toStdString()) / name; }
    std::shared_ptr<const ClipSource> imported(const std::string& kind, const std::string& source, const OptionValues& options, ImportReport* report = nullptr) const
    {
        const ImportReport result = importDataset({.kind = kind, .source = path(source).string(), .options = options, .target = path("out.h5")});
        if (report) *report = result;
        return openClipFile(path("out.h5"));
    }
private Q_SLOTS:
    void init() { m_dir = std::make_unique<QTemporaryDir>(); }

    // --- videos ---
    void classFoldersAreLabels()
    {
        putVideo(path("-set ü/walk/b10.avi"), 18);
        putVideo(path("-set ü/walk/b9.mkv"), 17, {.frameRateHz = 50});
        putVideo(path("-set ü/bend/a.MP4"), 16);
        put(path("-set ü/bend/readme.txt"));
        put(path("-set ü/bend/broken.avi"), "RIFF....AVI nothing");
        put(path("-set ü/bend/empty.mp4"), "");
        ImportReport report;
        const auto clips = imported("auto", "-set ü", {}, &report);
        QCOMPARE(clips->size(), std::int64_t(3));
        QVERIFY(clips->labelColumns() == (std::vector<LabelColumn>{{"class", {"bend", "walk"}, "motion"}}));
        QCOMPARE(clips->info(0).name, std::string("bend/a.MP4"));
        QCOMPARE(clips->info(1).name, std::string("walk/b9.mkv"));
        QCOMPARE(clips->info(1).frameRateHz, 50.0);
        QCOMPARE(clips->info(2).labels, std::vector<float>{1});
        QCOMPARE(clips->info(2).frames, 18);
        for (int t = 0; t < 18; ++t) QCOMPARE(codedNumber(clips->frames(2), t), t);
        QCOMPARE(report.skipped.size(), std::size_t(2));
        QVERIFY(has(report.notes, "read as: 5 videos in folders") && has(report.notes, "class: the name of the folder (bend, walk)"));
    }
    void flatFoldersSingleFilesAndOuterFolders()
    {
        for (const char* name : {"one/b_2.avi", "one/a_1.avi"}) put(path(name));
        Listing listing = listVideos(path("one"));
        QVERIFY(listing.labels.empty());
        QCOMPARE(namesOf(listing), (Texts{"a_1.avi", "b_2.avi"}));
        listing = listVideos(path("one/b_2.avi"));
        QCOMPARE(namesOf(listing), (Texts{"b_2.avi"}));
        QVERIFY(listing.labels.empty());
        listing = listVideos(m_dir->path().toStdString());  // one folder that holds all says nothing
        QVERIFY(listing.labels.empty());
        put(path("outer/inner/run/1.avi"));
        put(path("outer/inner/jump/1.avi"));
        put(path("outer/inner/1.avi"));
        listing = listVideos(path("outer"));
        QVERIFY(listing.labels[0].categories == (Texts{"jump", "run"}));
        QCOMPARE(namesOf(listing), (Texts{"inner/1.avi", "inner/jump/1.avi", "inner/run/1.avi"}));
        QVERIFY(std::isnan(listing.recordings[0].labels[0]));
        QVERIFY(has(listing.warnings, "1 video lies in no class folder"));
    }
    void splitFoldersAreSplits()
    {
        for (const char* name : {"s/train/run/1.avi", "s/train/jump/2.avi", "s/val/run/3.avi", "s/test/jump/4.avi"}) put(path(name));
        Listing listing = listVideos(path("s"));
        QVERIFY(listing.labels[0].categories == (Texts{"jump", "run"}));
        QCOMPARE(splitsOf(listing), (Texts{"test", "train", "train", "validation"}));
        listing = listVideos(path("s"), videos({{"split", std::string("none")}}));
        QVERIFY(listing.labels[0].categories == (Texts{"test", "train", "val"}));
        QCOMPARE(splitsOf(listing), (Texts{"", "", "", ""}));
        QCOMPARE(splitWord("sky_train"), std::string("train"));
        QCOMPARE(splitWord("test_B"), std::string("test"));
        QCOMPARE(splitWord("trainspotting"), std::string());
        listing = listVideos(path("s"), videos({{"labels", std::string("{class}/*.avi")}, {"split", std::string("folder")}}));
        QCOMPARE(splitsOf(listing), (Texts{"test", "train", "train", "validation"}));
        QVERIFY(errorOf([&] { listVideos(path("s/train"), videos({{"split", std::string("folder")}})); }, ErrorCode::Usage).find("no folder is called") != std::string::npos);
    }
    void patternsGiveColumnsGroupsAndOrders()
    {
        for (const char* name : {"p/lena_walk_2.avi", "p/lena_run_10.avi", "p/eli_walk_1.avi", "p/notes.avi", "p/ido_hop_1.avi"}) put(path(name));
        const OptionValues pattern = {{"labels", std::string("{subject}_{class}_{take:\\d+}")}};
        Listing listing = listVideos(path("p"), videos(pattern));
        QCOMPARE(listing.labels.size(), std::size_t(3));
        QVERIFY(listing.labels[0] == (LabelColumn{"class", {"hop", "run", "walk"}, "motion"}));
        QVERIFY(listing.labels[1] == (LabelColumn{"subject", {"eli", "ido", "lena"}, "appearance"}));
        QVERIFY(!listing.labels[2].categorical());
        QCOMPARE(namesOf(listing), (Texts{"eli_walk_1.avi", "ido_hop_1.avi", "lena_run_10.avi", "lena_walk_2.avi"}));
        QCOMPARE(listing.recordings[2].labels, (std::vector<float>{1, 2, 10}));
        QCOMPARE(listing.skipped.size(), std::size_t(1));
        QCOMPARE(listing.skipped[0].file, std::string("notes.avi"));
        OptionValues more = pattern;
        more["unmatched"] = std::string("exclude");
        QCOMPARE(listVideos(path("p"), videos(more)).excluded, std::int64_t(1));
        more["unmatched"] = std::string("keep");
        listing = listVideos(path("p"), videos(more));
        QCOMPARE(listing.recordings.size(), std::size_t(5));
        QVERIFY(std::isnan(listing.recordings.back().labels[0]));
        more = pattern;
        more["class_order"] = std::string("Walk, run");
        listing = listVideos(path("p"), videos(more));
        QCOMPARE(namesOf(listing), (Texts{"eli_walk_1.avi", "lena_run_10.avi", "lena_walk_2.avi"}));
        QCOMPARE(listing.recordings[0].labels[0], 0.0F);
        QVERIFY(has(listing.warnings, "hop"));
        more = pattern;
        more["group_by"] = std::string("subject");
        more["split"] = std::string("group");
        more["test_groups"] = std::string("lena,nobody");
        listing = listVideos(path("p"), videos(more));
        QCOMPARE(listing.recordings[3].group, std::string("lena"));
        QCOMPARE(splitsOf(listing), (Texts{"train", "train", "test", "test"}));
        more.erase("test_groups");
        more["folds"] = std::int64_t(3);
        more["fold"] = std::int64_t(1);
        QCOMPARE(splitsOf(listVideos(path("p"), videos(more))), (Texts{"test", "train", "train", "train"}));
        more["group_by"] = std::string("subjekt");
        QVERIFY(errorOf([&] { listVideos(path("p"), videos(more)); }, ErrorCode::Usage).find("did you mean 'subject'") != std::string::npos);
        QVERIFY(errorOf([&] { listVideos(path("p"), videos({{"labels", std::string("{class}_{take:\\d+(}")}})); }, ErrorCode::Usage).find("character") != std::string::npos);
        QVERIFY(errorOf([&] { listVideos(path("p"), videos({{"labels", std::string("x{class}y")}})); }, ErrorCode::NotFound).find("eli_walk_1.avi") != std::string::npos);
        QVERIFY(errorOf([&] { listVideos(path("p"), videos({{"split", std::string("group")}})); }, ErrorCode::Usage).find("no groups") != std::string::npos);
    }
    void kthSequencesAreClips()
    {
        putVideo(path("kth/boxing/person01_boxing_d1_uncomp.avi"), 60);
        putVideo(path("kth/boxing/person21_boxing_d2_uncomp.avi"), 20);
        put(path("kth/00sequences.txt"), "A header of any kind\r\nwith frames in it\r\n\r\nperson01_boxing_d1\t\tframes\t1-20, 21-40, 41-90\r\nperson13_handclapping_d3\t*missing*\r\nperson02_boxing_d1\tframes\t1-5,\t9-x\r\n");
        ImportReport report;
        OptionValues options = preset("videos", "kth");
        options["size"] = std::string("source");
        const auto clips = imported("videos", "kth", options, &report);
        QCOMPARE(clips->size(), std::int64_t(4));
        QCOMPARE(clips->info(0).name, std::string("boxing/person01_boxing_d1_uncomp.avi#1-20"));
        QCOMPARE(clips->info(0).frames, 20);
        QCOMPARE(codedNumber(clips->frames(1), 0), 20);
        QCOMPARE(codedNumber(clips->frames(1), 19), 39);
        QCOMPARE(clips->info(2).frames, 20);  // 41-90 ends with the video
        QVERIFY(has(report.warnings, "41-90 has only 20 of 50"));
        QCOMPARE(clips->info(3).name, std::string("boxing/person21_boxing_d2_uncomp.avi"));
        QVERIFY(has(report.warnings, "1 video in no range") && has(report.warnings, "person02_boxing_d1"));
        QCOMPARE(report.skipped.size(), std::size_t(1));
        QCOMPARE(report.skipped[0].file, std::string("00sequences.txt:6"));
        QCOMPARE(clips->info(0).split, std::string("train"));
        QCOMPARE(clips->info(3).split, std::string("test"));
        QCOMPARE(clips->info(3).group, std::string("21"));
        fs::remove(path("kth/00sequences.txt"));
        QVERIFY(has(listVideos(path("kth"), videos(options)).warnings, "no 00sequences.txt"));
    }
    void rangesOfACsvAreClips()
    {
        put(path("r/a.avi"));
        put(path("r/sub/b.avi"));
        put(path("r/ranges.csv"), "file,start,end,label\n\"a.avi\",1,10,\"wave, both\"\nA,11,20,stand\nsub/b.avi,5,4,x\nb.avi,0,5,x\nb.avi,1\n");
        Listing listing = listVideos(path("r"), videos({{"ranges", std::string("ranges.csv")}, {"ranges_base", std::int64_t(1)}, {"labels", std::string("none")}}));
        QVERIFY(listing.labels[0].categories == (Texts{"stand", "wave, both"}));
        const Recording& a = listing.recordings[0];
        QCOMPARE(a.parts.size(), std::size_t(2));
        QCOMPARE(a.parts[0].first, 0);
        QCOMPARE(a.parts[0].count, 10);
        QCOMPARE(a.parts[0].labels, std::vector<float>{1});
        QCOMPARE(a.parts[1].name, std::string("11-20"));
        QVERIFY(listing.recordings[1].parts.empty());
        QCOMPARE(listing.skipped.size(), std::size_t(3));
        QCOMPARE(listing.skipped[0].file, std::string("ranges.csv:4"));
        put(path("r/odd.txt"), "g01s01 0.5 1.5\ng01s01 2.5 3.0\n");
        const std::string text = errorOf([&] { listVideos(path("r"), videos({{"ranges", std::string("odd.txt")}})); }, ErrorCode::Damaged);
        QVERIFY2(text.find("g01s01 0.5 1.5") != std::string::npos && text.find("file,start,end") != std::string::npos, text.c_str());
        QVERIFY(errorOf([&] { listVideos(path("r"), videos({{"ranges", std::string("missing.csv")}})); }, ErrorCode::NotFound).find("missing.csv") != std::string::npos);
    }
    void presetsReadTheirNames()
    {
        for (const char* name : {"n/gesture01/g01s01.avi", "n/gesture01/g01s01m.avi", "n/gesture01/g01s01d.avi", "n/gesture24/g24S17.avi"}) put(path(name));
        Listing listing = listVideos(path("n"), videos(preset("videos", "natops")));
        QCOMPARE(namesOf(listing), (Texts{"gesture01/g01s01.avi", "gesture24/g24S17.avi"}));
        QVERIFY(listing.labels[0].categories == (Texts{"01", "24"}));
        QCOMPARE(splitsOf(listing), (Texts{"train", "test"}));
        QCOMPARE(listing.excluded, std::int64_t(2));
        for (const char* name : {"k/train/air drumming/-3B32_o-o2M_000059_000069.mp4", "k/val/zumba/___________000001_000011.mp4", "k/train/zumba/short_000001_000011.mp4"}) put(path(name));
        // the second id is eleven underscores, one of which the naming adds
        fs::rename(path("k/val/zumba/___________000001_000011.mp4"), path("k/val/zumba/____________000001_000011.mp4"));
        listing = listVideos(path("k"), videos(preset("videos", "kinetics600")));
        QCOMPARE(listing.recordings.size(), std::size_t(2));
        QCOMPARE(listing.skipped.size(), std::size_t(1));
        QVERIFY(listing.labels[0].categories == (Texts{"air drumming", "zumba"}));
        QCOMPARE(splitsOf(listing), (Texts{"train", "validation"}));
        // u = (actor 2 * 20 + action 10) * 2 + seq: 100 and 101, so renderings 10 and 11 test
        for (const char* name : {"s/liam_pick_000_10.mp4", "s/liam_pick_000_11.mp4", "s/liam_pick_001_11.mp4", "s/liam_pick_001_12.mp4", "s/nobody_pick_001_12.mp4"}) put(path(name));
        listing = listVideos(path("s"), videos(preset("videos", "synaction")));
        QCOMPARE(listing.labels[0].categories.size(), std::size_t(20));
        QCOMPARE(listing.recordings[0].labels[0], 10.0F);
        QCOMPARE(splitsOf(listing), (Texts{"test", "train", "test", "train", "none"}));
        for (const auto& [kind, count] : {std::pair("videos", 6), std::pair("frames", 7), std::pair("strips", 4), std::pair("arrays", 2)}) {
            const DatasetAdapter& adapter = datasetAdapter(kind);
            QVERIFY(adapter.generic);
            QCOMPARE(int(adapter.description.presets.size()), count);
            for (const OptionPreset& one : adapter.description.presets)
                for (const auto& [key, value] : one.values) checkedOption(findOption(adapter.description.options, key), value);
        }
    }
    void tenThousandClasses()
    {
        Listing listing;
        Texts paths;
        for (int i = 0; i < 100000; ++i) {
            paths.push_back("class " + std::to_string(i % 10000) + "/" + std::to_string(i) + ".avi");
            listing.recordings.push_back({.name = paths.back()});
        }
        QElapsedTimer clock;
        clock.start();
        PathRule(PathOptions{}).apply(listing, paths, "video");
        QVERIFY2(clock.elapsed() < 5000, qPrintable(QString("%1 ms").arg(clock.elapsed())));
        QCOMPARE(listing.labels[0].categories.size(), std::size_t(10000));
        QCOMPARE(listing.recordings[12345].labels[0], 2345.0F);
    }

    // --- frames ---
    void foldersOfPicturesAreClips()
    {
        putPictures(path("f/smile/a.mp4"), {{"a.mp4_frame0.jpg", 0}, {"a.mp4_frame1.jpg", 1}, {"a.mp4_frame2.jpg", 2}, {"a.mp4_frame10.jpg", 10}});
        putPictures(path("f/smile/-b"), {{"00086552.png", 3}, {"00086553.png", 4}, {"00086554.PNG", 5}});
        putPictures(path("f/frown/deep/er"), {{"x5.bmp", 0}, {"x10.bmp", 1}, {"x15.bmp", 2}});
        put(path("f/frown/deep/er/Thumbs.db"));
        put(path("f/frown/deep/list.txt"));
        fs::create_directories(path("f/frown/nothing"));
        ImportReport report;
        const auto clips = imported("auto", "f", {{"min_frames", std::int64_t(3)}}, &report);
        QCOMPARE(clips->size(), std::int64_t(3));
        QCOMPARE(clips->info(0).name, std::string("frown/deep/er"));
        QCOMPARE(clips->info(1).name, std::string("smile/-b"));
        QCOMPARE(clips->info(2).name, std::string("smile/a.mp4"));
        QVERIFY(clips->labelColumns()[0].categories == (Texts{"frown", "smile"}));
        QCOMPARE(codedNumber(clips->frames(2), 3), 10);
        QCOMPARE(codedNumber(clips->frames(1), 0), 3);
        QCOMPARE(clips->info(2).origin.flags, std::string("frames_missing=7"));
        QCOMPARE(clips->info(0).origin.flags, std::string());  // every fifth frame is a whole series
        QVERIFY(has(report.warnings, "smile/a.mp4: 7 frames missing"));
        QCOMPARE(report.skipped.size(), std::size_t(1));
        QCOMPARE(report.skipped[0].file, std::string("frown/nothing"));
    }
    void aFolderOfPicturesIsAClipItself()
    {
        putPictures(path("clip 7"), {{"1.png", 1}, {"2.png", 2}, {"11.png", 11}});
        const auto clips = imported("frames", "clip 7", {{"min_frames", std::int64_t(2)}});
        QCOMPARE(clips->size(), std::int64_t(1));
        QCOMPARE(clips->info(0).name, std::string("clip 7"));
        QCOMPARE(codedNumber(clips->frames(0), 2), 11);
        QVERIFY(errorOf([&] { listFrames(path("nowhere")); }, ErrorCode::NotFound) != "no error");
        put(path("v/a.avi"));
        QVERIFY(errorOf([&] { listFrames(path("v")); }, ErrorCode::NotFound).find("the kind videos") != std::string::npos);
    }
    void plainPixelMapsAreFrames()
    {
        for (int t = 0; t < 3; ++t) {
            const Frames frame = codedClip(1, 16, 12, 200, 60, 40, t);
            put(path("p/colour") / (std::to_string(t) + ".ppm"), "P6\n# made by hand\n16 12\n255\n" + std::string(frame.bytes().begin(), frame.bytes().end()));
            put(path("p/grey") / (std::to_string(t) + ".pgm"), "P5 4 2 255\n" + std::string(8, static_cast<char>(40 + t)));
            put(path("p/scan") / (std::to_string(t) + ".tif"), greyTiff(12, 10, 60 + t));
            put(path("p/torn") / (std::to_string(t) + ".ppm"), "P6\n16 12\n255\nshort");
        }
        ImportReport report;
        const auto clips = imported("frames", "p", {{"min_frames", std::int64_t(3)}}, &report);
        QCOMPARE(clips->size(), std::int64_t(3));
        QVERIFY(clips->frames(0) == codedClip(3, 16, 12, 200, 60, 40));
        QCOMPARE(clips->info(2).width, 12);
        QCOMPARE(int(clips->frames(2).frame(1)[0]), 61);
        for (int c = 0; c < 3; ++c) QCOMPARE(int(clips->frames(1).frame(2)[c]), 42);
        QCOMPARE(report.skipped.size(), std::size_t(1));
        QVERIFY(report.skipped[0].file == "torn" && report.skipped[0].reason.find("0.ppm is a damaged PNM") != std::string::npos);
    }
    void chairsTurnByTheirAzimuth()
    {
        const std::string id = "1a2b8749a1756a09932a5c2746cd09a4";
        for (int i = 0; i < 4; ++i)
            for (const int elevation : {20, 30}) {
                char name[64];
                const int azimuth = 90 * ((i + 2) % 4);  // names do not follow the azimuth
                std::snprintf(name, sizeof name, "image_%03d_p%03d_t%03d_r096.png", i + elevation, elevation, azimuth);
                putPictures(path("c") / id / "renders", {{name, azimuth / 90 + elevation}});
            }
        put(path("c") / id / "renders/image_x.png");
        OptionValues options = preset("frames", "chairs");
        options["crop"] = std::string("none");
        options["size"] = std::string("source");
        options["min_frames"] = std::int64_t(2);
        ImportReport report;
        const auto clips = imported("frames", "c", options, &report);
        QCOMPARE(clips->size(), std::int64_t(2));
        QCOMPARE(clips->info(0).name, id + "/renders/020");
        QCOMPARE(clips->info(0).group, id);
        QCOMPARE(clips->info(1).labels, (std::vector<float>{0, 30}));
        QCOMPARE(clips->info(1).frames, 5);  // the turn is closed
        for (int t = 0; t < 5; ++t) QCOMPARE(codedNumber(clips->frames(1), t), 30 + t % 4);
        QCOMPARE(report.skipped.size(), std::size_t(1));
        QVERIFY(report.skipped[0].reason.find("1 picture does not fit") != std::string::npos);
    }
    void gapsAndSequencesInOneFolder()
    {
        for (const int frame : {100, 101, 102, 130, 131, 132}) {
            char name[80];
            std::snprintf(name, sizeof name, "city/val/ulm/ulm_%06d_%06d_leftImg8bit.png", 0, frame);
            put(path(name));
        }
        put(path("city/train/bonn/bonn_000004_000019_leftImg8bit.png"));
        put(path("city/train/bonn/bonn_000004_000020_leftImg8bit.png"));
        put(path("city/train/bonn/bonn_000005_000019_leftImg8bit.png"));
        const Listing listing = listFrames(path("city"), frames(preset("frames", "cityscapes")));
        QCOMPARE(namesOf(listing), (Texts{"train/bonn/000004", "train/bonn/000005", "val/ulm/000000@100", "val/ulm/000000@130"}));
        QCOMPARE(splitsOf(listing), (Texts{"train", "train", "validation", "validation"}));
        QCOMPARE(listing.recordings[3].group, std::string("ulm"));
        QCOMPARE(listing.recordings[3].pictures.size(), std::size_t(3));
        QVERIFY(listing.recordings[3].pictures[0].filename().string().find("000130") != std::string::npos);
    }
    void otherTreesByTheirPresets()
    {
        put(path("o/B_OriginalImg/OriginalImg/VL/Strong/P012/Anger/000.jpeg"));
        put(path("o/B_OriginalImg/OriginalImg/NI/Dark/P001/Happiness/000.jpeg"));
        Listing listing = listFrames(path("o"), frames(preset("frames", "oulu-casia")));
        QVERIFY(listing.labels[0].categories == (Texts{"Anger", "Happiness"}));
        QCOMPARE(listing.labels[1].name, std::string("camera"));
        QCOMPARE(listing.recordings[1].group, std::string("P012"));
        put(path("b/test/traj_0_to_255/1/10.png"));
        put(path("b/test/traj_0_to_255/1/9.png"));
        listing = listFrames(path("b"), frames(preset("frames", "bair")));
        QCOMPARE(splitsOf(listing), (Texts{"test"}));
        QCOMPARE(listing.recordings[0].pictures[0].filename().string(), std::string("9.png"));
        put(path("s/sky_test/-M7aPu9WV2Q/1/-M7aPu9WV2Q_frames_00086552.jpg"));
        listing = listFrames(path("s"), frames(preset("frames", "sky")));
        QCOMPARE(listing.recordings[0].group, std::string("-M7aPu9WV2Q"));
        QCOMPARE(listing.recordings[0].split, std::string("test"));
        put(path("u/YoYo/v_YoYo_g25_c05/frame000001.jpg"));
        put(path("u/Archery/v_Archery_g01_c05/frame000001.jpg"));
        listing = listFrames(path("u"), frames(preset("frames", "ucf101-frames")));
        QCOMPARE(listing.recordings[1].group, std::string("YoYo/25"));
        put(path("k/boxing/person25_boxing_d1/image-001_64x64.png"));
        put(path("k/boxing/person25_boxing_d1/image-010_64x64.png"));
        listing = listFrames(path("k"), frames(preset("frames", "svg-kth")));
        QCOMPARE(splitsOf(listing), (Texts{"test"}));
    }
};
QTEST_APPLESS_MAIN(TestVideosFrames)
#include "tst_videos_frames.moc"
