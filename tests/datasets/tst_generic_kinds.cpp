#include <QtTest>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "core/clipfile/clip_file.h"
#include "core/export/encoder.h"
#include "core/clip/transform.h"
#include "core/util/error.h"
#include "datasets/arrays/arrays_dataset.h"
#include "datasets/import/csv.h"
#include "datasets/import/import_job.h"
#include "datasets/import/peek.h"
#include "datasets/manifest/manifest_dataset.h"
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
std::string npy(const std::string& type, const std::string& shape, const std::string& data)
{
    std::string header = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + shape + "), }";
    header.append(64 - (10 + header.size() + 1) % 64, ' ');
    header += '\n';
    const auto size = static_cast<std::uint16_t>(header.size());
    return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(size & 255) + static_cast<char>(size >> 8) + header + data;
}
/// Bytes 0, 1, 2, ... modulo 251.
std::string counting(std::size_t size)
{
    std::string data(size, '\0');
    for (std::size_t i = 0; i < size; ++i) data[i] = static_cast<char>(i % 251);
    return data;
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
std::string fieldsOf(const CsvRow& row)
{
    std::string text;
    for (const std::string& field : row.fields) text += "[" + field + "]";
    return text;
}
template <class Options>
Options with(const OptionValues& values)
{
    Options options;
    applyOptions(options, values);
    return options;
}
}  // namespace

class TestGenericKinds final : public QObject {
    Q_OBJECT
    std::unique_ptr<QTemporaryDir> m_dir;
    fs::path path(const std::string& name) const { return fs::path(m_dir->path().toStdString()) / name; }
    std::shared_ptr<const ClipSource> imported(const std::string& kind, const std::string& source, const OptionValues& options, ImportReport* report = nullptr) const
    {
        const ImportReport result = importDataset({.kind = kind, .source = path(source).string(), .options = options, .target = path("out.h5")});
        if (report) *report = result;
        return openClipFile(path("out.h5"));
    }
    Listing manifest(const std::string& text, const OptionValues& options = {}, const std::string& name = "m.csv") const
    {
        put(path("m/" + name), text);
        return listManifest(path("m/" + name), with<ManifestOptions>(options));
    }
    /// Reason of the skip at a place such as "m.csv:3".
    static std::string reason(const Listing& listing, const std::string& place)
    {
        for (const SkippedFile& file : listing.skipped)
            if (file.file == place) return file.reason;
        return "not skipped";
    }
private Q_SLOTS:
    void init() { m_dir = std::make_unique<QTemporaryDir>(); }

    // --- csv ---
    void csvByTheRules()
    {
        auto rows = parseCsv("\xef\xbb\xbf" "file,a\r\n\"x, \"\"y\"\"\r\nz\",1\r\n\r\nlast,");
        QCOMPARE(rows.size(), std::size_t(3));
        QCOMPARE(fieldsOf(rows[0]), std::string("[file][a]"));
        QCOMPARE(fieldsOf(rows[1]), std::string("[x, \"y\"\r\nz][1]"));
        QCOMPARE(rows[1].line, std::int64_t(2));
        QCOMPARE(rows[2].line, std::int64_t(5));
        QCOMPARE(fieldsOf(rows[2]), std::string("[last][]"));
        QCOMPARE(fieldsOf(parseCsv("a;b,c;d\r1;2;3").at(0)), std::string("[a][b,c][d]"));
        QCOMPARE(parseCsv("a;b\r1;2").at(1).line, std::int64_t(2));
        QCOMPARE(fieldsOf(parseCsv("a\tb\n").at(0)), std::string("[a][b]"));
        QVERIFY(parseCsv("").empty() && parseCsv("\n\r\n\r").empty());
        rows = parseCsv("a,b\n1,x\"y\n\"q\"r,2\nok,3\n\"never closed,4\n5,6\n");
        QCOMPARE(rows.size(), std::size_t(5));
        QVERIFY(rows[1].problem.find("middle") != std::string::npos && rows[2].problem.find("behind") != std::string::npos && rows[3].problem.empty());
        QVERIFY(rows[4].problem.find("line 5") != std::string::npos);
    }

    // --- arrays ---
    void arraysInTheirLayouts()
    {
        // Moving MNIST's axes: time first
        put(path("a/mnist.npy"), npy("|u1", "4, 6, 5, 7", counting(4 * 6 * 5 * 7)));
        ImportReport report;
        auto clips = imported("auto", "a/mnist.npy", {{"min_frames", std::int64_t(2)}}, &report);
        QCOMPARE(clips->size(), std::int64_t(6));
        QCOMPARE(clips->info(3).name, std::string("mnist.npy[3]"));
        QCOMPARE(clips->info(3).frames, 4);
        QCOMPARE(clips->info(3).height, 5);
        const Frames clip = clips->frames(3);
        for (int t = 0; t < 4; ++t)
            for (int c = 0; c < 3; ++c) QCOMPARE(int(clip.frame(t)[(2 * 7 + 1) * 3 + c]), ((t * 6 + 3) * 35 + 2 * 7 + 1) % 251);
        QCOMPARE(report.notes.front(), std::string("read as: 6 clips in 1 array, 4 x 6 x 5 x 7 as tnhw"));
        // one clip a file, in colour
        fs::remove(path("a/mnist.npy"));
        put(path("a/liam_pick_000_10.npy"), npy("|u1", "5, 9, 9, 3", counting(5 * 9 * 9 * 3)));
        put(path("a/shae_wave_001_2.NPY"), npy("|u1", "4, 9, 9, 3", counting(4 * 9 * 9 * 3)));
        put(path("a/cut_off_000_0.npy"), npy("|u1", "4, 9, 9, 3", counting(50)));
        put(path("a/readme.txt"));
        clips = imported("arrays", "a", {{"labels", std::string("{actor}_{class}_{seq:\\d+}_{rendering:\\d+}")}, {"split", std::string("synaction")}, {"class_order", std::string("pick,wave")}, {"min_frames", std::int64_t(2)},
                                         {"crop", std::string("2,3,4,4")}}, &report);
        QCOMPARE(clips->size(), std::int64_t(2));
        QCOMPARE(clips->info(0).labels, (std::vector<float>{0, 0, 0, 10}));
        QCOMPARE(int(clips->frames(0).frame(1)[0]), ((9 + 3) * 9 + 2) * 3 % 251);
        QCOMPARE(report.skipped.size(), std::size_t(1));
        QCOMPARE(report.skipped[0].file, std::string("cut_off_000_0.npy"));
        QCOMPARE(guessedLayout({10, 20, 64, 64}), std::string("tnhw"));
        QCOMPARE(guessedLayout({10000, 20, 64, 64}), std::string("nthw"));
        QCOMPARE(guessedLayout({2, 20, 64, 64, 3}), std::string("nthwc"));
        QVERIFY(errorOf([] { guessedLayout({3, 4, 5, 6, 7}); }, ErrorCode::DecodeFailed).find("3 x 4 x 5 x 6 x 7") != std::string::npos);
        QVERIFY(errorOf([&] { listArrays(path("a"), with<ArraysOptions>({{"layout", std::string("thh")}})); }, ErrorCode::Usage).find("thh") != std::string::npos);
        put(path("none/x.txt"));
        QVERIFY(errorOf([&] { listArrays(path("none")); }, ErrorCode::NotFound) != "no error");
    }

    // --- manifests ---
    void aManifestNamesAnything()
    {
        fs::create_directories(path("m/pictures.mp4"));
        writeVideo(path("m/v.avi"), codedClip(30, 64, 48, 200, 60, 40), {});
        for (int t = 0; t < 5; ++t) writePicture(path("m/pictures.mp4") / (std::to_string(t + 8) + ".png"), codedClip(1, 64, 48, 10, 200, 30, t + 8), 0);
        put(path("m/strip.jpg"), encodeClip(contactStrip(codedClip(6, 32, 32, 1, 2, 3)), "png"));
        put(path("m/a.npy"), npy("|u1", "3, 4, 5, 6, 1", counting(3 * 4 * 5 * 6)));
        put(path("m/m.csv"),
            "file,start,end,name,class,subject,age,split,group,frame_rate_hz,x,y,w,h,row\r\n"
            "v.avi,0,9,,smile,7,31,train,s7,,,,,,\r\n"
            "v.avi,10,19,second,frown,7,31.5,test,s7,,,,,,\r\n"
            "v.avi,20,,,smile,8,,test,s8,12.5,8,4,16,16,\r\n"
            "pictures.mp4,,,,frown,,,,,25,,,,,\r\n"
            "./strip.jpg,,,named,smile,8,40,,,,,,,,\r\n"
            "a.npy,,,,smile,8,40,,,,,,,,2\r\n");
        ImportReport report;
        const auto clips = imported("auto", "m/m.csv", {{"min_frames", std::int64_t(3)}}, &report);
        QVERIFY2(report.skipped.empty(), report.skipped.empty() ? "" : report.skipped[0].reason.c_str());
        QCOMPARE(clips->size(), std::int64_t(6));
        Texts names;
        for (int i = 0; i < 6; ++i) names.push_back(clips->info(i).name);
        QCOMPARE(names, (Texts{"v.avi#0-9", "v.avi#second", "v.avi'#20-", "pictures.mp4", "./strip.jpg#named", "a.npy[2]"}));
        QVERIFY(clips->labelColumns() == (std::vector<LabelColumn>{{"class", {"frown", "smile"}, "motion"}, {"subject", {}, "appearance"}, {"age", {}, ""}}));
        QCOMPARE(clips->info(1).labels, (std::vector<float>{0, 7, 31.5F}));
        QVERIFY(std::isnan(clips->info(2).labels[2]) && std::isnan(clips->info(3).labels[1]));
        QCOMPARE(clips->info(1).split, std::string("test"));
        QCOMPARE(clips->info(1).group, std::string("s7"));
        QCOMPARE(codedNumber(clips->frames(1), 0), 10);
        QCOMPARE(clips->info(2).frames, 10);
        QCOMPARE(clips->info(2).width, 16);
        QCOMPARE(clips->info(2).frameRateHz, 12.5);
        QCOMPARE(codedNumber(clips->frames(3), 4), 12);
        QCOMPARE(clips->info(4).frames, 6);
        QCOMPARE(int(clips->frames(5).frame(1)[0]), (2 * 4 + 1) * 30 % 251);
    }
    void badRowsAreSkippedWithTheirLine()
    {
        for (const char* name : {"m/a.avi", "m/b.avi", "m/c,d.avi"}) put(path(name));
        const Listing listing = manifest("File,start,end,label,x\n"          // 1
                                         "a.avi,,,1,\n"                      // 2
                                         "gone.avi,,,1,\n"                   // 3
                                         "b.avi,5,4,1,\n"                    // 4
                                         "b.avi,-1,4,1,\n"                   // 5
                                         "b.avi,1.5,4,1,\n"                  // 6
                                         "a.avi,,,2,\n"                      // 7
                                         "b.avi,1\n"                         // 8
                                         ",1,2,2,\n"                         // 9
                                         "b.avi,1,2,2,7\n"                   // 10
                                         "\"c,d.avi\",,,02,\n");             // 11
        QCOMPARE(namesOf(listing), (Texts{"a.avi", "c,d.avi"}));
        QVERIFY(listing.labels[0].categories == (Texts{"1", "2", "02"}));  // label is a class even where it looks like a number
        QCOMPARE(listing.skipped.size(), std::size_t(8));
        QVERIFY(reason(listing, "m.csv:3").find("not there") != std::string::npos);
        QVERIFY(reason(listing, "m.csv:4").find("before start") != std::string::npos);
        QVERIFY(reason(listing, "m.csv:5").find("no number of a frame") != std::string::npos);
        QVERIFY(reason(listing, "m.csv:6").find("1.5") != std::string::npos);
        QVERIFY(reason(listing, "m.csv:7").find("the same clip as m.csv:2") != std::string::npos);
        QVERIFY(reason(listing, "m.csv:8").find("2 fields for 5 columns") != std::string::npos);
        QVERIFY(reason(listing, "m.csv:9").find("names no file") != std::string::npos);
        QVERIFY(reason(listing, "m.csv:10").find("all of x, y, w and h") != std::string::npos);
        QVERIFY(errorOf([&] { manifest("name,class\na,b\n"); }, ErrorCode::Damaged).find("no column 'file'") != std::string::npos);
        QVERIFY(errorOf([&] { manifest("file,a,a\nx,1,2\n"); }, ErrorCode::Damaged).find("two columns") != std::string::npos);
        QVERIFY(errorOf([&] { manifest(""); }, ErrorCode::Damaged).find("empty") != std::string::npos);
        QVERIFY(errorOf([&] { manifest("file\ngone.avi\n"); }, ErrorCode::NotFound).find("m.csv:2") != std::string::npos);
        QVERIFY(errorOf([&] { listManifest(path("nothing.csv")); }, ErrorCode::NotFound) != "no error");
        QVERIFY(errorOf([&] { listManifest(path("m")); }, ErrorCode::NotFound).find("is a folder") != std::string::npos);
    }
    void jsonAndJsonLines()
    {
        for (const char* name : {"m/a.avi", "m/b.avi"}) put(path(name));
        const std::string list = R"([{"file":"a.avi","start":1,"end":3,"action":"wave","score":0.5,"seen":true},{"file":"b.avi","score":null,"action":"7"},{"file":"a.avi","box":[1]},3])";
        for (const auto& [text, name] : {std::pair(list, "m.json"), std::pair(R"({"clips":)" + list + "}", "n.json")}) {
            const Listing listing = manifest(text, {{"ranges_base", std::int64_t(1)}}, name);
            QCOMPARE(namesOf(listing), (Texts{"a.avi", "b.avi"}));
            QCOMPARE(listing.labels.size(), std::size_t(3));
            QVERIFY(listing.labels[0] == (LabelColumn{"action", {"7", "wave"}, "motion"}));
            QVERIFY(!listing.labels[1].categorical() && listing.labels[2].categories == Texts{"true"});
            QCOMPARE(listing.recordings[0].parts[0].first, 0);
            QCOMPARE(listing.recordings[0].parts[0].count, 3);
            QCOMPARE(listing.skipped.size(), std::size_t(2));
            QVERIFY(listing.skipped[0].file.find("clip 3") != std::string::npos);
        }
        const Listing lines = manifest("{\"file\":\"a.avi\",\"class\":\"x\"}\n\nnonsense\n{\"file\":\"b.avi\"}\n", {}, "m.jsonl");
        QCOMPARE(lines.recordings.size(), std::size_t(2));
        QVERIFY(reason(lines, "m.jsonl:3").find("no JSON") != std::string::npos);
        QVERIFY(errorOf([&] { manifest("{", {}, "bad.json"); }, ErrorCode::Damaged).find("no JSON") != std::string::npos);
        QVERIFY(errorOf([&] { manifest("{}", {}, "bad.json"); }, ErrorCode::Damaged).find("clips") != std::string::npos);
        QVERIFY(errorOf([&] { manifest(std::string(200000, '['), {}, "deep.json"); }, ErrorCode::Damaged).find("no JSON") != std::string::npos);
    }
    void aHostileManifestReadsNothingOutside()
    {
        put(path("secret/s.avi"));
        put(path("m/in/a.avi"));
        fs::create_symlink(path("secret/s.avi"), path("m/link.avi"));
        fs::create_directory_symlink(path("secret"), path("m/linked"));
        fs::create_directories(path("m/frames"));
        fs::create_symlink(path("secret/s.avi"), path("m/frames/1.png"));
        const std::string absolute = (path("secret") / "s.avi").string();
        const std::string text = "file\nin/a.avi\n../secret/s.avi\n" + absolute + "\nlink.avi\nlinked/s.avi\nframes\n/dev/zero\nin/../../m/in/a.avi\n";
        Listing listing = manifest(text);
        QCOMPARE(namesOf(listing), (Texts{"in/a.avi", "in/../../m/in/a.avi"}));  // the same file under another name stays inside
        QCOMPARE(listing.skipped.size(), std::size_t(6));
        for (const SkippedFile& file : listing.skipped) QVERIFY2(file.reason.find("allow_outside") != std::string::npos, file.reason.c_str());
        listing = manifest(text, {{"allow_outside", true}});
        QCOMPARE(listing.skipped.size(), std::size_t(1));
        QVERIFY(reason(listing, "m.csv:8").find("neither a file nor a folder") != std::string::npos);
    }
    void groupsOfAManifestSplit()
    {
        put(path("m/a.avi"));
        put(path("m/b.avi"));
        const std::string text = "file,start,end,subject,day,split\na.avi,0,4,1,1,train\na.avi,5,9,1,1,train\nb.avi,,,2,1,train\n";
        const Listing listing = manifest(text, {{"group_by", std::string("subject,day")}, {"split", std::string("group")}, {"test_groups", std::string("1/1")}, {"categories", std::string("subject")}});
        QCOMPARE(listing.recordings.size(), std::size_t(2));
        QCOMPARE(listing.recordings[0].group, std::string("1/1"));
        QCOMPARE(listing.recordings[0].split, std::string("test"));
        QVERIFY(listing.recordings[0].parts[0].split.empty() || listing.recordings[0].parts[0].split == "test");
        QCOMPARE(listing.recordings[1].split, std::string("train"));
        QVERIFY(listing.labels[0].categorical() && !listing.labels[1].categorical());
        QVERIFY(errorOf([&] { manifest(text, {{"group_by", std::string("subjects")}}); }, ErrorCode::Usage).find("did you mean 'subject'") != std::string::npos);
        QVERIFY(errorOf([&] { manifest(text, {{"categories", std::string("dai")}}); }, ErrorCode::Usage).find("dai") != std::string::npos);
    }

    // --- what is what ---
    void kindsAreToldApartByContent()
    {
        const auto kind = [&](const std::string& name) { return detectDataset(path(name)).description.id; };
        put(path("v/a/1.avi"));
        put(path("v/a/preview.jpg"));
        QCOMPARE(kind("v"), std::string("videos"));
        QCOMPARE(kind("v/a/1.avi"), std::string("videos"));
        fs::create_directories(path("f/x/clip1.mp4"));
        fs::create_directories(path("s/x"));
        for (int t = 0; t < 3; ++t) {
            writePicture(path("f/x/clip1.mp4") / (std::to_string(t) + ".jpg"), codedClip(1, 96, 48, 1, 2, 3, t), 0);  // twice as wide as high: still no strip
            put(path("s/x") / (std::to_string(t) + ".jpg"), encodeClip(contactStrip(codedClip(8, 16, 16, 1, 2, 3)), "png"));
        }
        QCOMPARE(kind("f"), std::string("frames"));
        QCOMPARE(kind("f/x/clip1.mp4"), std::string("frames"));
        QCOMPARE(kind("s"), std::string("strips"));
        put(path("a/1.npy"), npy("|u1", "2, 2, 2", counting(8)));
        QCOMPARE(kind("a"), std::string("arrays"));
        put(path("m/m.csv"), "file;class\n");
        put(path("m/other.csv"), "name;class\n");
        put(path("m/m.jsonl"), "{\"file\": \"x\"}\n");
        QCOMPARE(kind("m/m.csv"), std::string("manifest"));
        QCOMPARE(kind("m/m.jsonl"), std::string("manifest"));
        QVERIFY(!peekKind(path("m/other.csv")) && !peekKind(path("m")) && !peekKind(path("nowhere")));
        QVERIFY(errorOf([&] { detectDataset(path("m")); }, ErrorCode::Usage).find("manifest") != std::string::npos);
        fs::create_directory_symlink(path("v"), path("v/again"));  // a cycle ends here too
        QCOMPARE(kind("v"), std::string("videos"));
    }
};
QTEST_APPLESS_MAIN(TestGenericKinds)
#include "tst_generic_kinds.moc"
