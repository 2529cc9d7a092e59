#include <hdf5.h>
#include <sys/resource.h>
#include <unistd.h>

#include <QtTest>
#include <atomic>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "core/clipfile/clip_file.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/random.h"

using namespace kinora;
namespace fs = std::filesystem;

namespace {
constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();
const std::vector<LabelColumn> kLabels = {{"expression", {"anger", "joy", "überraschung"}, "motion"}, {"skin", {}, "appearance"}};
const std::vector<StreamColumn> kStreams = {{"map", "uint8", 1, true}, {"landmarks", "float32", 4, false}};

struct Clip {
    ClipInfo info;
    Frames frames;
    std::vector<std::vector<std::uint8_t>> streams;
};

/// Clip i of a set whose clips differ in length and size.
Clip clip(int i)
{
    Random random(7, static_cast<std::uint64_t>(i));
    Clip out;
    out.frames = Frames(3 + i % 5, 8 + i % 3, 6 + i % 4);
    for (std::uint8_t& byte : out.frames.bytes()) byte = static_cast<std::uint8_t>(random.bits());
    out.info.name = "s" + std::to_string(i % 4) + "/clip " + std::to_string(i);
    out.info.frameRateHz = i % 2 ? 25 : 29.97;
    out.info.labels = {i % 4 == 3 ? kUnknown : static_cast<float>(i % 3), i % 5 == 4 ? kUnknown : 0.25F * static_cast<float>(i)};
    out.info.split = i % 3 == 0 ? "test" : "train";
    out.info.group = "s" + std::to_string(i % 4);
    out.info.source = "videos/é" + std::to_string(i) + ".mp4";
    out.streams.resize(2);
    for (int k = 0; k < out.frames.count() * out.frames.height() * out.frames.width(); ++k) out.streams[0].push_back(static_cast<std::uint8_t>(random.below(20)));
    for (int k = 0; k < out.frames.count() * 4; ++k) {
        const float value = static_cast<float>(random.normal());
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(&value);
        out.streams[1].insert(out.streams[1].end(), bytes, bytes + 4);
    }
    return out;
}

void writeClips(const fs::path& file, int count)
{
    ClipFileWriter writer(file, kLabels, kStreams, {{"source", "a test"}});
    for (int i = 0; i < count; ++i) {
        const Clip one = clip(i);
        writer.add(one.info, one.frames, one.streams);
    }
    writer.finish();
}

/// Without the sync of writeFile(): hundreds of broken copies are made.
void put(const fs::path& file, const std::string& bytes)
{
    std::ofstream(file, std::ios::binary | std::ios::trunc).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
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

/// Reads all there is, as a hostile file would want it.
void readAll(const fs::path& file)
{
    const auto source = openClipFile(file);
    for (std::int64_t i = 0; i < source->size(); ++i) {
        source->frames(i);
        for (const StreamColumn& column : source->streamColumns()) source->stream(i, column.name);
    }
    clipFileAttributes(file);
}

/// A change made to a good file with the library itself.
void edit(const fs::path& file, const std::function<void(hid_t)>& change)
{
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110);
    const hid_t id = H5Fopen(file.c_str(), H5F_ACC_RDWR, access);
    H5Pclose(access);
    QVERIFY(id >= 0);
    change(id);
    H5Fclose(id);
}

template <class T>
hid_t putDataset(hid_t parent, const char* name, hid_t type, std::vector<hsize_t> shape, const std::vector<T>& values)
{
    const hid_t space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
    const hid_t data = H5Dcreate2(parent, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    if (!values.empty()) H5Dwrite(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
    H5Sclose(space);
    return data;
}

struct IndexRow {
    char name[8];
    std::int32_t frames, height, width;
};
/// Replaces the index by one of these rows.
void putIndex(hid_t file, const std::vector<IndexRow>& rows, hid_t integer = H5T_NATIVE_INT32)
{
    H5Ldelete(file, "index", H5P_DEFAULT);
    const hid_t text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, 8);
    const hid_t type = H5Tcreate(H5T_COMPOUND, sizeof(IndexRow));
    H5Tinsert(type, "name", HOFFSET(IndexRow, name), text);
    H5Tinsert(type, "frames", HOFFSET(IndexRow, frames), integer);
    H5Tinsert(type, "height", HOFFSET(IndexRow, height), H5T_NATIVE_INT32);
    H5Tinsert(type, "width", HOFFSET(IndexRow, width), H5T_NATIVE_INT32);
    H5Dclose(putDataset(file, "index", type, {rows.size()}, rows));
    H5Tclose(type);
    H5Tclose(text);
}
}  // namespace

class TestClipFile final : public QObject {
    Q_OBJECT
    QTemporaryDir m_dir;
    fs::path path(const std::string& name) const { return fs::path(m_dir.path().toStdString()) / name; }
private Q_SLOTS:
    void initTestCase() { writeClips(path("good.h5"), 9); }

    void givesBackWhatWasWritten()
    {
        const auto source = openClipFile(path("good.h5"));
        QCOMPARE(source->size(), std::int64_t(9));
        QCOMPARE(source->name(), path("good.h5").string());
        QVERIFY(source->labelColumns() == kLabels);
        QVERIFY(source->streamColumns() == kStreams);
        for (int i = 0; i < 9; ++i) {
            const Clip expected = clip(i);
            const ClipInfo info = source->info(i);
            QCOMPARE(info.name, expected.info.name);
            QCOMPARE(info.frames, expected.frames.count());
            QCOMPARE(info.height, expected.frames.height());
            QCOMPARE(info.width, expected.frames.width());
            QCOMPARE(info.frameRateHz, expected.info.frameRateHz);
            QCOMPARE(info.split, expected.info.split);
            QCOMPARE(info.group, expected.info.group);
            QCOMPARE(info.source, expected.info.source);
            QCOMPARE(info.labels.size(), std::size_t(2));
            for (int k = 0; k < 2; ++k) QVERIFY(info.labels[k] == expected.info.labels[k] || (std::isnan(info.labels[k]) && std::isnan(expected.info.labels[k])));
            QVERIFY(source->frames(i) == expected.frames);
            QVERIFY(source->stream(i, "map") == expected.streams[0]);
            QVERIFY(source->stream(i, "landmarks") == expected.streams[1]);
        }
        QCOMPARE(clipFileAttributes(path("good.h5")).at("source"), std::string("a test"));
        QVERIFY(clipFileAttributes(path("good.h5")).contains("kinora"));
    }
    void originsAreKept()
    {
        const auto origin = [](int i) {
            ClipOrigin out;
            if (i % 3 != 2) out.sha256 = sha256("recording " + std::to_string(i / 2));  // windows of one recording
            out.firstFrame = 16 * i;
            out.frameStep = 1 + i % 3;
            if (i % 2) out.crop = {0.5F * static_cast<float>(i), 2, 64, 48.25F};
            if (i % 4 == 1) out.flags = "no_face frames_missing=" + std::to_string(i);
            return out;
        };
        {
            ClipFileWriter writer(path("origins.h5"), {});
            for (int i = 0; i < 12; ++i) writer.add({.name = std::to_string(i), .source = "video " + std::to_string(i / 2), .origin = origin(i)}, Frames(2, 3, 4));
            writer.finish();
        }
        const auto source = openClipFile(path("origins.h5"));
        for (int i = 0; i < 12; ++i) {
            QVERIFY(source->info(i).origin == origin(i));
            QCOMPARE(source->info(i).source, "video " + std::to_string(i / 2));
        }
        QVERIFY(verifyClipFile(path("origins.h5")).problems.empty());
        QVERIFY(openClipFile(path("good.h5"))->info(3).origin == ClipOrigin());  // a file without them
    }
    void aCropThatIsNotItsStreamsIsFound()
    {
        ClipFileWriter writer(path("crop.h5"), {}, {{"crop_box", "float32", 4, false}});
        for (int i = 0; i < 2; ++i) {
            const float boxes[8] = {1, 2, 30, 40, 1, 2, 30, 40};
            const auto* bytes = reinterpret_cast<const std::uint8_t*>(boxes);
            ClipInfo info{.name = std::to_string(i)};
            info.origin.crop = {i == 0 ? 1.0F : 7.0F, 2, 30, 40};
            writer.add(info, Frames(2, 3, 4), {std::vector<std::uint8_t>(bytes, bytes + sizeof boxes)});
        }
        writer.finish();
        const ClipFileReport report = verifyClipFile(path("crop.h5"));
        QCOMPARE(report.problems.size(), std::size_t(1));
        QCOMPARE(report.problems[0].first, std::string("1"));
    }
    void hostileOriginsAreRefused_data()
    {
        QTest::addColumn<int>("kind");
        int kind = 0;
        for (const char* name : {"too few rows", "no table", "no known column", "hash that is none", "negative frame", "step of zero", "infinite crop", "column of another type"}) QTest::newRow(name) << kind++;
    }
    void hostileOriginsAreRefused()
    {
        QFETCH(int, kind);
        const fs::path file = path("hostile_origin.h5");
        fs::remove(file);
        fs::copy_file(path("good.h5"), file);
        edit(file, [&](hid_t id) {
            struct Row {
                char sha256[64];
                std::int32_t first, step;
                float x, width;
            };
            std::vector<Row> rows(kind == 0 ? 8 : 9, Row{{}, 0, 1, 0, 0});
            if (kind == 3) std::ranges::fill(rows[4].sha256, 'z');
            if (kind == 4) rows[4].first = -1;
            if (kind == 5) rows[4].step = 0;
            if (kind == 6) rows[4].width = INFINITY;
            if (kind == 1) {
                H5Dclose(putDataset<std::uint8_t>(id, "origin", H5T_NATIVE_UINT8, {9}, std::vector<std::uint8_t>(9)));
                return;
            }
            const hid_t text = H5Tcopy(H5T_C_S1), type = H5Tcreate(H5T_COMPOUND, sizeof(Row));
            H5Tset_size(text, 64);
            H5Tset_strpad(text, H5T_STR_NULLPAD);
            if (kind == 2) {
                H5Tinsert(type, "something", HOFFSET(Row, first), H5T_NATIVE_INT32);
            } else {
                H5Tinsert(type, "sha256", HOFFSET(Row, sha256), text);
                H5Tinsert(type, "first_frame", HOFFSET(Row, first), kind == 7 ? H5T_NATIVE_FLOAT : H5T_NATIVE_INT32);
                H5Tinsert(type, "frame_step", HOFFSET(Row, step), H5T_NATIVE_INT32);
                H5Tinsert(type, "crop_width", HOFFSET(Row, width), H5T_NATIVE_FLOAT);
            }
            H5Dclose(putDataset(id, "origin", type, {rows.size()}, rows));
            H5Tclose(type);
            H5Tclose(text);
        });
        std::string text;
        QVERIFY2(codeOf([&] { openClipFile(file); }, &text) == ErrorCode::Damaged, text.c_str());
    }
    void readsWindows()
    {
        const auto source = openClipFile(path("good.h5"));
        const Clip whole = clip(4);  // 7 frames
        const Frames part = source->frames(4, {1, 3, 2});
        QCOMPARE(part.count(), 3);
        for (int t = 0; t < 3; ++t) QVERIFY(std::memcmp(part.frame(t), whole.frames.frame(1 + 2 * t), part.frameBytes()) == 0);
        QCOMPARE(source->stream(4, "landmarks", {5, 0, 1}).size(), std::size_t(2 * 16));
        QCOMPARE(source->frames(4, {7, 0, 1}).count(), 0);
        QCOMPARE(codeOf([&] { source->frames(4, {0, 8, 1}); }), ErrorCode::ShapeMismatch);
        QCOMPARE(codeOf([&] { source->frames(4, {0, 5, 2}); }), ErrorCode::ShapeMismatch);
        QCOMPARE(codeOf([&] { source->frames(9); }), ErrorCode::NotFound);
        QCOMPARE(codeOf([&] { source->frames(-1); }), ErrorCode::NotFound);
        QCOMPARE(codeOf([&] { source->info(9); }), ErrorCode::NotFound);
        QCOMPARE(codeOf([&] { source->stream(0, "flow"); }), ErrorCode::NotFound);
    }
    void theSameClipsGiveTheSameBytes()
    {
        writeClips(path("again.h5"), 9);
        QVERIFY(readFile(path("again.h5")) == readFile(path("good.h5")));
    }
    void anEmptyFileIsAFile()
    {
        ClipFileWriter writer(path("empty.h5"), {}, {});
        writer.finish();
        QCOMPARE(openClipFile(path("empty.h5"))->size(), std::int64_t(0));
    }
    void nothingIsLeftWithoutFinish()
    {
        {
            ClipFileWriter writer(path("never.h5"), kLabels, kStreams);
            const Clip one = clip(0);
            writer.add(one.info, one.frames, one.streams);
            QVERIFY(!fs::exists(path("never.h5")));
        }
        for (const fs::directory_entry& entry : fs::directory_iterator(m_dir.path().toStdString())) QVERIFY(entry.path().filename().string().find("never") == std::string::npos);
    }
    void anOldFileStaysUntilTheNewOneIsWhole()
    {
        writeClips(path("old.h5"), 2);
        ClipFileWriter writer(path("old.h5"), {});
        QCOMPARE(openClipFile(path("old.h5"))->size(), std::int64_t(2));
        writer.add({.name = "one"}, Frames(1, 2, 2));
        writer.finish();
        QCOMPARE(openClipFile(path("old.h5"))->size(), std::int64_t(1));
    }
    void refusesClipsThatDoNotFit()
    {
        ClipFileWriter writer(path("refuse.h5"), kLabels, kStreams);
        const Clip one = clip(0);
        const auto with = [&](auto change) {
            Clip other = one;
            change(other);
            return codeOf([&] { writer.add(other.info, other.frames, other.streams); });
        };
        QCOMPARE(with([](Clip& c) { c.frames = Frames(); }), ErrorCode::ShapeMismatch);
        QCOMPARE(with([](Clip& c) { c.info.name.clear(); }), ErrorCode::ShapeMismatch);
        QCOMPARE(with([](Clip& c) { c.info.labels.pop_back(); }), ErrorCode::ShapeMismatch);
        QCOMPARE(with([](Clip& c) { c.info.labels[0] = 3; }), ErrorCode::ShapeMismatch);
        QCOMPARE(with([](Clip& c) { c.info.labels[0] = 0.5F; }), ErrorCode::ShapeMismatch);
        QCOMPARE(with([](Clip& c) { c.info.frameRateHz = -1; }), ErrorCode::ShapeMismatch);
        QCOMPARE(with([](Clip& c) { c.streams[1].pop_back(); }), ErrorCode::ShapeMismatch);
        QCOMPARE(with([](Clip& c) { c.streams.pop_back(); }), ErrorCode::ShapeMismatch);
        writer.add(one.info, one.frames, one.streams);
        QCOMPARE(with([](Clip&) {}), ErrorCode::Usage);  // the name is taken
        writer.finish();
        QCOMPARE(openClipFile(path("refuse.h5"))->size(), std::int64_t(1));
        QCOMPARE(codeOf([&] { ClipFileWriter(path("x.h5"), {{"a/b", {}, {}}}); }), ErrorCode::Usage);
        QCOMPARE(codeOf([&] { ClipFileWriter(path("x.h5"), {{"a", {}, {}}, {"a", {}, {}}}); }), ErrorCode::Usage);
        QCOMPARE(codeOf([&] { ClipFileWriter(path("x.h5"), {}, {{"a", "float64", 1, true}}); }), ErrorCode::Usage);
    }
    void refusesPlacesThatCannotBeWritten()
    {
        QCOMPARE(codeOf([&] { ClipFileWriter(path("missing/x.h5"), {}); }), ErrorCode::NotFound);
        fs::create_directory(path("folder.h5"));
        QCOMPARE(codeOf([&] { ClipFileWriter(path("folder.h5"), {}); }), ErrorCode::CannotWrite);
        QCOMPARE(codeOf([&] { openClipFile(path("folder.h5")); }), ErrorCode::CannotRead);
        QCOMPARE(codeOf([&] { openClipFile(path("missing.h5")); }), ErrorCode::NotFound);
        if (::geteuid() == 0) QSKIP("permissions do not bind root");
        fs::create_directory(path("closed"));
        fs::permissions(path("closed"), fs::perms::owner_read | fs::perms::owner_exec);
        QCOMPARE(codeOf([&] { ClipFileWriter(path("closed/x.h5"), {}); }), ErrorCode::CannotWrite);
        writeClips(path("secret.h5"), 1);
        fs::permissions(path("secret.h5"), fs::perms::none);
        QCOMPARE(codeOf([&] { openClipFile(path("secret.h5")); }), ErrorCode::CannotRead);
    }
    void aFullDiskIsSaidAndLeavesNothing()
    {
#ifdef __SANITIZE_ADDRESS__
        QSKIP("HDF5 cannot close a file that it cannot write: its memory is given up, which the leak check would report");
#endif
        // a limit on file size fails as a full disk does, without a disk to fill
        rlimit before{};
        getrlimit(RLIMIT_FSIZE, &before);
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit small{1 << 20, before.rlim_max};
        setrlimit(RLIMIT_FSIZE, &small);
        const ErrorCode code = codeOf([&] {
            ClipFileWriter writer(path("full.h5"), {});
            for (int i = 0; i < 8; ++i) writer.add({.name = std::to_string(i)}, Frames(16, 64, 64));
            writer.finish();
        });
        setrlimit(RLIMIT_FSIZE, &before);
        QCOMPARE(code, ErrorCode::DiskFull);
        for (const fs::directory_entry& entry : fs::directory_iterator(m_dir.path().toStdString())) QVERIFY(entry.path().filename().string().find("full") == std::string::npos);
        writeClips(path("after.h5"), 2);  // and the library goes on working
        QCOMPARE(openClipFile(path("after.h5"))->size(), std::int64_t(2));
    }
    void everyTruncationIsRefused()
    {
        const std::string bytes = readFile(path("good.h5"));
        for (std::size_t size = 0; size < bytes.size(); size += size < 256 ? 8 : 499) {
            put(path("part.h5"), bytes.substr(0, size));
            QCOMPARE(codeOf([&] { readAll(path("part.h5")); }), ErrorCode::Damaged);
        }
    }
    void changedBytesAreNoticedOrHarmless()
    {
        const std::string bytes = readFile(path("good.h5"));
        int opened = 0, noticed = 0;
        for (std::size_t at = 0; at < bytes.size(); at += 37) {
            std::string broken = bytes;
            broken[at] = static_cast<char>(broken[at] ^ 0xff);
            put(path("broken.h5"), broken);
            try {
                ++opened;
                noticed += !verifyClipFile(path("broken.h5")).problems.empty();
            } catch (const Error& error) {
                QVERIFY2(error.code() == ErrorCode::Damaged || error.code() == ErrorCode::Incompatible, error.what());
                ++noticed;
            }
        }
        QVERIFY2(noticed * 2 > opened, qPrintable(QStringLiteral("%1 of %2").arg(noticed).arg(opened)));  // the rest is unused space and provenance
    }
    void aChangedPixelIsFoundByVerification()
    {
        QVERIFY(verifyClipFile(path("good.h5")).problems.empty());
        QCOMPARE(verifyClipFile(path("good.h5")).clips, std::int64_t(9));
        std::string bytes = readFile(path("good.h5"));
        const Clip fifth = clip(5);
        const std::size_t at = bytes.find(std::string(reinterpret_cast<const char*>(fifth.frames.bytes().data()), 64));
        QVERIFY(at != std::string::npos);
        bytes[at + 10] ^= 1;
        put(path("pixel.h5"), bytes);
        const ClipFileReport report = verifyClipFile(path("pixel.h5"));
        QCOMPARE(report.problems.size(), std::size_t(1));
        QCOMPARE(report.problems[0].first, fifth.info.name);
    }
    void foreignFilesAreNamed()
    {
        put(path("text.h5"), "this is no HDF5 file at all");
        put(path("none.h5"), "");
        QCOMPARE(codeOf([&] { openClipFile(path("text.h5")); }), ErrorCode::Damaged);
        QCOMPARE(codeOf([&] { openClipFile(path("none.h5")); }), ErrorCode::Damaged);
        const hid_t other = H5Fcreate(path("other.h5").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
        H5Dclose(putDataset<std::uint8_t>(other, "data", H5T_NATIVE_UINT8, {2, 3}, std::vector<std::uint8_t>(6)));
        H5Fclose(other);
        std::string text;
        QCOMPARE(codeOf([&] { openClipFile(path("other.h5")); }, &text), ErrorCode::Damaged);
        QVERIFY(text.find("no clip file") != std::string::npos);
    }
    void aNewerFormatIsSaid()
    {
        fs::copy_file(path("good.h5"), path("newer.h5"));
        edit(path("newer.h5"), [](hid_t file) {
            const hid_t attribute = H5Aopen(file, "format_version", H5P_DEFAULT);
            const std::int64_t version = 2;
            H5Awrite(attribute, H5T_NATIVE_INT64, &version);
            H5Aclose(attribute);
        });
        QCOMPARE(codeOf([&] { openClipFile(path("newer.h5")); }), ErrorCode::Incompatible);
    }
    void hostileFilesAreRefused_data()
    {
        QTest::addColumn<int>("kind");
        int kind = 0;
        for (const char* name : {"index missing", "index no table", "index too long", "frames too many", "frames negative", "frames enormous", "another type in the index", "clip missing",
                                 "clip of another type", "clip of another rank", "clip without data", "clip in another file", "link out of the file", "label too short", "label outside its categories",
                                 "label that is text", "stream of unknown type", "clips is a data set", "names of variable length", "index rows without storage"})
            QTest::newRow(name) << kind++;
    }
    void hostileFilesAreRefused()
    {
        QFETCH(int, kind);
        const fs::path file = path("hostile.h5");
        fs::remove(file);
        fs::copy_file(path("good.h5"), file);
        const std::vector<std::uint8_t> bytes(4096, 1);
        edit(file, [&](hid_t id) {
            const hid_t clips = H5Gopen2(id, "clips", H5P_DEFAULT), labels = H5Gopen2(id, "labels", H5P_DEFAULT), streams = H5Gopen2(id, "streams", H5P_DEFAULT);
            const auto replace = [&](hid_t data) { H5Dclose(data); };
            std::vector<IndexRow> rows;
            for (int i = 0; i < 9; ++i) {
                const Clip one = clip(i);
                IndexRow row{{}, one.frames.count(), one.frames.height(), one.frames.width()};
                row.name[0] = static_cast<char>('a' + i);
                rows.push_back(row);
            }
            switch (kind) {
                case 0: H5Ldelete(id, "index", H5P_DEFAULT); break;
                case 1:
                    H5Ldelete(id, "index", H5P_DEFAULT);
                    replace(putDataset<std::uint8_t>(id, "index", H5T_NATIVE_UINT8, {9}, bytes));
                    break;
                case 2:
                    rows.resize(1000);
                    putIndex(id, rows);
                    break;
                case 3:
                    rows[4].frames += 1;
                    putIndex(id, rows);
                    break;
                case 4:
                    rows[4].frames = -1;
                    putIndex(id, rows);
                    break;
                case 5:
                    rows[4] = {{'x'}, 2147483647, 2147483647, 2147483647};
                    putIndex(id, rows);
                    break;
                case 6: putIndex(id, rows, H5T_NATIVE_FLOAT); break;
                case 7: H5Ldelete(clips, "00000004", H5P_DEFAULT); break;
                case 8:
                    H5Ldelete(clips, "00000004", H5P_DEFAULT);
                    replace(putDataset<float>(clips, "00000004", H5T_NATIVE_FLOAT, {7, 9, 6, 3}, std::vector<float>(7 * 9 * 6 * 3)));
                    break;
                case 9:
                    H5Ldelete(clips, "00000004", H5P_DEFAULT);
                    replace(putDataset<std::uint8_t>(clips, "00000004", H5T_NATIVE_UINT8, {7, 9, 18}, bytes));
                    break;
                case 10:
                    H5Ldelete(clips, "00000004", H5P_DEFAULT);
                    replace(putDataset<std::uint8_t>(clips, "00000004", H5T_NATIVE_UINT8, {7, 9, 6, 3}, {}));
                    break;
                case 11: {
                    H5Ldelete(clips, "00000004", H5P_DEFAULT);
                    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
                    H5Pset_external(creation, "/etc/passwd", 0, 7 * 9 * 6 * 3);
                    const hsize_t shape[4] = {7, 9, 6, 3};
                    const hid_t space = H5Screate_simple(4, shape, nullptr);
                    H5Dclose(H5Dcreate2(clips, "00000004", H5T_NATIVE_UINT8, space, H5P_DEFAULT, creation, H5P_DEFAULT));
                    H5Sclose(space);
                    H5Pclose(creation);
                    break;
                }
                case 12:
                    H5Ldelete(clips, "00000004", H5P_DEFAULT);
                    H5Lcreate_external("good.h5", "/clips/00000004", clips, "00000004", H5P_DEFAULT, H5P_DEFAULT);
                    break;
                case 13:
                    H5Ldelete(labels, "skin", H5P_DEFAULT);
                    replace(putDataset<float>(labels, "skin", H5T_NATIVE_FLOAT, {4}, std::vector<float>(4)));
                    break;
                case 14: {
                    const hid_t data = H5Dopen2(labels, "expression", H5P_DEFAULT);
                    const std::vector<std::int32_t> values(9, 3);
                    H5Dwrite(data, H5T_NATIVE_INT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
                    H5Dclose(data);
                    break;
                }
                case 15: {
                    H5Ldelete(labels, "skin", H5P_DEFAULT);
                    const hid_t text = H5Tcopy(H5T_C_S1);
                    H5Tset_size(text, 4);
                    replace(putDataset<std::uint8_t>(labels, "skin", text, {9}, bytes));
                    H5Tclose(text);
                    break;
                }
                case 16: {
                    const hid_t group = H5Gopen2(streams, "map", H5P_DEFAULT);
                    H5Adelete(group, "type");
                    H5Gclose(group);
                    break;
                }
                case 17:
                    H5Ldelete(id, "clips", H5P_DEFAULT);
                    replace(putDataset<std::uint8_t>(id, "clips", H5T_NATIVE_UINT8, {9}, bytes));
                    break;
                case 18: {
                    H5Ldelete(id, "index", H5P_DEFAULT);
                    struct Row {
                        char* name;
                        std::int32_t frames, height, width;
                    };
                    std::vector<Row> list(9, {const_cast<char*>("x"), 3, 8, 6});
                    const hid_t text = H5Tcopy(H5T_C_S1), type = H5Tcreate(H5T_COMPOUND, sizeof(Row));
                    H5Tset_size(text, H5T_VARIABLE);
                    H5Tinsert(type, "name", HOFFSET(Row, name), text);
                    H5Tinsert(type, "frames", HOFFSET(Row, frames), H5T_NATIVE_INT32);
                    H5Tinsert(type, "height", HOFFSET(Row, height), H5T_NATIVE_INT32);
                    H5Tinsert(type, "width", HOFFSET(Row, width), H5T_NATIVE_INT32);
                    replace(putDataset(id, "index", type, {9}, list));
                    H5Tclose(type);
                    H5Tclose(text);
                    break;
                }
                case 19: {
                    H5Ldelete(id, "labels", H5P_DEFAULT);
                    H5Ldelete(id, "index", H5P_DEFAULT);
                    const hid_t type = H5Tcreate(H5T_COMPOUND, 4);
                    H5Tinsert(type, "frames", 0, H5T_NATIVE_INT32);
                    replace(putDataset<std::uint8_t>(id, "index", type, {hsize_t(1) << 40}, {}));
                    H5Tclose(type);
                    break;
                }
                default: QFAIL("no such case");
            }
            for (const hid_t group : {clips, labels, streams}) H5Gclose(group);
        });
        std::string text;
        const ErrorCode code = codeOf([&] { readAll(file); }, &text);
        QVERIFY2(code == ErrorCode::Damaged, qPrintable(QString::fromStdString(std::string(errorName(code)) + " " + text)));
        QVERIFY(text.find("hostile.h5") != std::string::npos && text.find('\n') == std::string::npos);
    }
    void severalThreadsRead()
    {
        const auto source = openClipFile(path("good.h5"));
        std::vector<std::thread> threads;
        std::atomic<int> wrong{0};
        for (int n = 0; n < 4; ++n)
            threads.emplace_back([&, n] {
                for (int i = 0; i < 200; ++i) wrong += source->frames((i + n) % 9) != clip((i + n) % 9).frames;
            });
        for (std::thread& thread : threads) thread.join();
        QCOMPARE(wrong.load(), 0);
    }
    void manyClipsAreListedAtOnce()
    {
        {
            ClipFileWriter writer(path("many.h5"), kLabels);
            for (int i = 0; i < 5000; ++i) writer.add({.name = "clip " + std::to_string(i), .labels = {static_cast<float>(i % 3), 1}, .split = "train", .source = "somewhere/" + std::to_string(i), .origin = {sha256(std::to_string(i)), i, 1, {1, 2, 3, 4}, i % 9 ? "" : "no_face"}}, Frames(1, 2, 2));
            writer.finish();
        }
        QElapsedTimer timer;
        timer.start();
        QCOMPARE(openClipFile(path("many.h5"))->size(), std::int64_t(5000));
        QVERIFY2(timer.elapsed() < 250, qPrintable(QString::number(timer.elapsed())));  // 100,000 in half a second would be 25
    }
};
QTEST_APPLESS_MAIN(TestClipFile)
#include "tst_clip_file.moc"
