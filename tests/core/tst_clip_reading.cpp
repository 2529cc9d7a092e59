// Reading a clip file past HDF5: the same bytes as through it, for every kind of file, and for many readers at once.
#include <hdf5.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QTemporaryDir>
#include <QtTest>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <set>
#include <thread>

#include "core/clipfile/clip_file.h"
#include "core/util/error.h"
#include "core/util/random.h"

using namespace kinora;
namespace fs = std::filesystem;

namespace {
Frames picture(int i, int extra = 0)
{
    Frames frames(6 + i % 5, 9 + i % 3 + extra, 7 + i % 4);
    Random random(3, static_cast<std::uint64_t>(i));
    for (std::uint8_t& byte : frames.bytes()) byte = static_cast<std::uint8_t>(random.bits());
    return frames;
}

std::vector<std::uint8_t> track(int i)
{
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(picture(i).count()) * 2 * 4);
    for (std::size_t k = 0; k < bytes.size() / 4; ++k) {
        const float value = static_cast<float>(i) + 0.25F * static_cast<float>(k);
        std::memcpy(bytes.data() + k * 4, &value, 4);
    }
    return bytes;
}

void writeClips(const fs::path& file, int count)
{
    ClipFileWriter writer(file, {}, {{"track", "float32", 2, false}});
    for (int i = 0; i < count; ++i) {
        ClipInfo info;
        info.name = "clip " + std::to_string(i);
        writer.add(info, picture(i), {track(i)});
    }
    writer.finish();
}

/// Puts another data set in the place of clip \p index.
void replaceClip(const fs::path& file, int index, const std::function<hid_t(hid_t group, const char* name)>& make)
{
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110);
    const hid_t id = H5Fopen(file.c_str(), H5F_ACC_RDWR, access);
    const hid_t group = H5Gopen2(id, "clips", H5P_DEFAULT);
    char name[16];
    std::snprintf(name, sizeof name, "%08d", index);
    H5Ldelete(group, name, H5P_DEFAULT);
    const hid_t data = make(group, name);
    QVERIFY(data >= 0);
    H5Dclose(data);
    H5Gclose(group);
    H5Fclose(id);
    H5Pclose(access);
}

hid_t put(hid_t group, const char* name, hid_t type, const Frames& frames, const std::function<void(hid_t)>& layout)
{
    const hsize_t shape[4] = {static_cast<hsize_t>(frames.count()), static_cast<hsize_t>(frames.height()), static_cast<hsize_t>(frames.width()), 3};
    const hid_t space = H5Screate_simple(4, shape, nullptr), creation = H5Pcreate(H5P_DATASET_CREATE);
    layout(creation);
    const hid_t data = H5Dcreate2(group, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    H5Dwrite(data, H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, frames.bytes().data());
    H5Sclose(space);
    H5Pclose(creation);
    return data;
}

template <class Work>
std::optional<Error> errorOf(Work&& work)
{
    try {
        work();
    } catch (const Error& error) {
        return error;
    }
    return std::nullopt;
}

/// \returns how many of \p rounds random windows were read wrongly
int readRandomly(const ClipSource& source, std::uint64_t seed, int rounds)
{
    Random random(seed);
    int wrong = 0;
    Frames frames;
    for (int i = 0; i < rounds; ++i) {
        const int index = static_cast<int>(random.below(source.size()));
        const Frames expected = picture(index);
        FrameWindow window{static_cast<int>(random.below(expected.count())), 0, 1 + static_cast<int>(random.below(3))};
        window = resolved(window, expected.count());
        source.framesInto(index, window, frames);
        for (int t = 0; t < window.count; ++t)
            if (frames.count() != window.count || std::memcmp(frames.frame(t), expected.frame(window.first + t * window.step), expected.frameBytes()) != 0) ++wrong;
        if (source.stream(index, "track") != track(index)) ++wrong;
    }
    return wrong;
}
}  // namespace

class TestClipReading final : public QObject {
    Q_OBJECT
    QTemporaryDir m_dir;
    fs::path path(const std::string& name) const { return fs::path(m_dir.path().toStdString()) / name; }

    /// Every window of every clip, twice (found out, then known), both ways.
    void compare(const fs::path& file)
    {
        const auto fast = openClipFile(file), slow = openClipFile(file, ClipReading::Library);
        Frames frames;
        for (int round = 0; round < 2; ++round)
            for (std::int64_t i = 0; i < slow->size(); ++i) {
                const int count = slow->info(i).frames;
                QVERIFY(fast->frames(i) == slow->frames(i));
                QVERIFY(fast->stream(i, "track") == slow->stream(i, "track"));
                for (int first = 0; first < count; ++first)
                    for (const int step : {1, 2, 3}) {
                        const FrameWindow window = resolved({first, 0, step}, count);
                        fast->framesInto(i, window, frames);
                        QVERIFY(frames == slow->frames(i, window));
                        QVERIFY(fast->stream(i, "track", window) == slow->stream(i, "track", window));
                    }
            }
    }
private Q_SLOTS:
    void bothWaysGiveTheSame()
    {
        writeClips(path("own.h5"), 12);
        compare(path("own.h5"));
        const auto source = openClipFile(path("own.h5"));
        for (int i = 0; i < 12; ++i) QVERIFY(source->frames(i) == picture(i));
        for (const FrameWindow& window : {FrameWindow{0, 99, 1}, FrameWindow{-1, 1, 1}, FrameWindow{0, 2, 0}, FrameWindow{5, 3, 2}}) {
            const auto error = errorOf([&] { source->frames(0, window); });
            QVERIFY(error && error->code() == ErrorCode::ShapeMismatch);
        }
    }
    void otherLayoutsAreReadToo_data()
    {
        QTest::addColumn<int>("layout");
        QTest::addColumn<bool>("bigEndian");
        QTest::newRow("contiguous") << 0 << false;
        QTest::newRow("packed") << 1 << false;
        QTest::newRow("with a checksum") << 2 << false;
        QTest::newRow("several chunks") << 3 << false;
        QTest::newRow("compact") << 4 << false;
        QTest::newRow("big-endian bytes") << 0 << true;
    }
    void otherLayoutsAreReadToo()
    {
        QFETCH(int, layout);
        QFETCH(bool, bigEndian);
        const fs::path file = path("other.h5");
        writeClips(file, 4);
        const Frames frames = picture(2);
        replaceClip(file, 2, [&](hid_t group, const char* name) {
            return put(group, name, bigEndian ? H5T_STD_U8BE : H5T_STD_U8LE, frames, [&](hid_t creation) {
                hsize_t chunk[4] = {static_cast<hsize_t>(frames.count()), static_cast<hsize_t>(frames.height()), static_cast<hsize_t>(frames.width()), 3};
                if (layout == 3) chunk[0] = 2;
                if (layout == 4) H5Pset_layout(creation, H5D_COMPACT);
                else if (layout != 0) H5Pset_chunk(creation, 4, chunk);
                if (layout == 1) H5Pset_deflate(creation, 6);
                if (layout == 2) H5Pset_fletcher32(creation);
            });
        });
        if (QTest::currentTestFailed()) return;
        compare(file);
        QVERIFY(openClipFile(file)->frames(2) == frames);
    }
    void anotherShapeOrTypeIsRefused()
    {
        const fs::path file = path("shape.h5");
        writeClips(file, 3);
        replaceClip(file, 1, [&](hid_t group, const char* name) { return put(group, name, H5T_STD_U8LE, picture(1, 1), [](hid_t) {}); });
        for (int round = 0; round < 2; ++round) QCOMPARE(errorOf([&] { openClipFile(file)->frames(1); })->code(), ErrorCode::Damaged);
        replaceClip(file, 1, [&](hid_t group, const char* name) { return put(group, name, H5T_STD_I8LE, picture(1), [](hid_t) {}); });
        QCOMPARE(errorOf([&] { openClipFile(file)->frames(1); })->code(), ErrorCode::Damaged);
    }
    void aFileThatShrinksIsAnError()
    {
        const fs::path file = path("shrinks.h5");
        writeClips(file, 8);
        const auto source = openClipFile(file);
        for (int i = 0; i < 8; ++i) source->frames(i);  // every place is known
        fs::resize_file(file, 4096);
        std::set<ErrorCode> codes;
        int pastHdf5 = 0;
        for (int i = 0; i < 8; ++i)
            if (const auto error = errorOf([&] { source->frames(i); })) {
                codes.insert(error->code());
                pastHdf5 += error->detail().find("has become shorter") != std::string::npos;
            }
        QVERIFY(codes == std::set<ErrorCode>{ErrorCode::Damaged});
        QVERIFY(pastHdf5 > 0);  // that is not HDF5's message
    }
    void aReplacedFileIsReadAsItWasOpened()
    {
        const fs::path file = path("replaced.h5");
        writeClips(file, 3);
        const auto source = openClipFile(file);
        source->frames(0);
        writeClips(path("newer.h5"), 1);
        fs::rename(path("newer.h5"), file);
        for (int i = 0; i < 3; ++i) QVERIFY(source->frames(i) == picture(i));
    }
    void manyReadersAndAWriterAtOnce()
    {
        const fs::path file = path("many.h5"), other = path("elsewhere.h5");
        constexpr int kClips = 40, kProcesses = 3, kThreads = 3, kRounds = 300;
        writeClips(file, kClips);
        const auto readersWork = [&](std::uint64_t seed) {
            std::atomic<int> wrong{0};
            const auto source = openClipFile(file);
            std::vector<std::jthread> threads;
            for (int i = 0; i < kThreads; ++i)
                threads.emplace_back([&, i] {
                    try {
                        wrong += readRandomly(*source, seed * 100 + static_cast<std::uint64_t>(i), kRounds);
                    } catch (const Error& error) {
                        std::fprintf(stderr, "%s\n", error.what());
                        ++wrong;
                    }
                });
            threads.clear();
            return wrong.load();
        };
        std::vector<pid_t> children;
        for (int i = 0; i < kProcesses; ++i) {
            const pid_t child = ::fork();
            QVERIFY(child >= 0);
            if (child == 0) {
                int wrong = 1;
                try {
                    wrong = readersWork(static_cast<std::uint64_t>(i));
                } catch (...) {
                }
                ::_exit(wrong == 0 ? 0 : 1);
            }
            children.push_back(child);
        }
        // meanwhile another clip file grows here, and this process reads, too
        std::atomic<int> written{0};
        {
            std::jthread writer([&] {
                for (int i = 0; i < 5; ++i) {
                    writeClips(other, kClips);
                    ++written;
                }
            });
            QCOMPARE(readersWork(50), 0);
        }
        for (const pid_t child : children) {
            int status = -1;
            QCOMPARE(::waitpid(child, &status, 0), child);
            QVERIFY(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        }
        QCOMPARE(written.load(), 5);
        QVERIFY(verifyClipFile(file).problems.empty());
        QVERIFY(verifyClipFile(other).problems.empty());
    }
};

QTEST_APPLESS_MAIN(TestClipReading)
#include "tst_clip_reading.moc"
