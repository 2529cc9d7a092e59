#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QTemporaryDir>
#include <QtTest>
#include <algorithm>
#include <csignal>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>

#include "core/clipfile/clip_file.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "datasets/import/import_job.h"
#include "datasets/import/shards.h"
#include "tests/support/dataset_trees.h"
#include "tests/support/test_videos.h"

using namespace kinora;
namespace fs = std::filesystem;

namespace {
/// The error that \p work ends with.
std::pair<ErrorCode, std::string> errorOf(const std::function<void()>& work)
{
    try {
        work();
    } catch (const Error& error) {
        return {error.code(), error.what()};
    }
    return {ErrorCode::Internal, "no error"};
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Items in the order in which they were begun, and how many were under way at a time.
struct Watch {
    std::mutex mutex;
    std::vector<std::string> begun, ended;
    std::set<std::string> underWay;
    std::size_t most = 0;
    void attach(ImportJob& job)
    {
        job.starting = [this](const std::string& item) {
            const std::lock_guard lock(mutex);
            begun.push_back(item);
            underWay.insert(item);
            most = std::max(most, underWay.size());
        };
        job.finished = [this](const std::string& item) {
            const std::lock_guard lock(mutex);
            ended.push_back(item);
            underWay.erase(item);
        };
    }
};
}  // namespace

class TestImportJob final : public QObject {
    Q_OBJECT
    QTemporaryDir m_dir;
    fs::path path(const std::string& name) const { return fs::path(m_dir.path().toStdString()) / name; }
    ImportJob job(const std::string& target) const
    {
        ImportJob job{.kind = "videos", .source = path("set").string(), .options = {{"min_frames", std::int64_t(1)}}};
        job.target = path(target);
        job.threads = 2;
        job.shards.items = 2;
        return job;
    }
    /// The whole import in one go, which all others are held against.
    std::string whole() const { return readFile(path("whole.h5")); }
    static bool left(const fs::path& target)
    {
        std::error_code ignored;
        return fs::exists(importFolder(target), ignored);
    }
private Q_SLOTS:
    void initTestCase()
    {
        for (int i = 0; i < 12; ++i)
            for (const char* name : {"walk", "wave"}) {
                fs::create_directories(path("set/") / name);
                writeVideo(path("set/") / name / ("clip" + std::to_string(i) + ".avi"), codedClip(4 + i, 64, 48, 20 * i, 100, 50));
            }
        // what a download leaves behind
        std::ofstream(path("set/walk/empty.avi"));
        std::ofstream(path("set/walk/text.avi")) << "404 not found";
        const std::string good = readFile(path("set/wave/clip11.avi"));
        writeFile(path("set/wave/truncated.avi"), good.substr(0, 300));
        ImportJob first = job("whole.h5");
        first.shards = {};
        first.threads = 1;
        const ImportReport report = importDataset(first);
        QCOMPARE(report.clips, std::int64_t(24));
        QCOMPARE(report.skipped.size(), std::size_t(3));
        QVERIFY(!left(first.target));
    }

    void everyClipIsWhatItsFileHolds()
    {
        const auto clips = openClipFile(path("whole.h5"));
        QCOMPARE(clips->size(), std::int64_t(24));
        for (std::int64_t i = 0; i < clips->size(); ++i) {
            const ClipInfo info = clips->info(i);
            QCOMPARE(info.origin.sha256, sha256File(path("set") / info.source));
            QCOMPARE(info.origin.firstFrame, 0);
            const Frames frames = clips->frames(i);
            for (int t = 0; t < frames.count(); ++t) QCOMPARE(codedNumber(frames, t), t);
        }
        QVERIFY(verifyClipFile(path("whole.h5")).problems.empty());
    }
    void theReportIsKeptInTheFile()
    {
        const std::map<std::string, std::string> attributes = clipFileAttributes(path("whole.h5"));
        QCOMPARE(attributes.at("kind"), std::string("videos"));
        QCOMPARE(attributes.at("source"), fs::canonical(path("set")).string());
        const nlohmann::json report = nlohmann::json::parse(attributes.at("report"));
        QCOMPARE(report["clips"].get<int>(), 24);
        QCOMPARE(report["skipped"].size(), std::size_t(3));
        QCOMPARE(report["classes"]["class"]["walk"].get<int>(), 12);
        for (const auto& skip : report["skipped"]) QVERIFY(!skip["reason"].get<std::string>().empty());
    }
    void aLongReportIsKeptToo()
    {
        ClipFileWriter writer(path("long.h5"), {});
        writer.add({.name = "one"}, Frames(1, 2, 2));
        const std::string text(300000, 'x');
        writer.setAttribute("report", text);
        writer.finish();
        QCOMPARE(clipFileAttributes(path("long.h5")).at("report"), text);
    }
    void theSameBytesWhateverTheThreadsAndShards_data()
    {
        QTest::addColumn<int>("threads");
        QTest::addColumn<int>("items");
        QTest::newRow("one thread, shards of one") << 1 << 1;
        QTest::newRow("many threads, shards of five") << 7 << 5;
        QTest::newRow("two threads, one shard") << 2 << 1000;
    }
    void theSameBytesWhateverTheThreadsAndShards()
    {
        QFETCH(int, threads);
        QFETCH(int, items);
        ImportJob other = job("threads.h5");
        other.threads = threads;
        other.shards.items = items;
        importDataset(other);
        QVERIFY(readFile(other.target) == whole());
    }
    void aStoppedImportGoesOn()
    {
        std::stop_source stop;
        ImportJob first = job("stopped.h5");
        first.stop = stop.get_token();
        first.shards.items = 1000;  // what is finished is kept without a full shard
        first.progress = [&](const ImportProgress& at) {
            if (at.done >= 9) stop.request_stop();
        };
        const auto [code, text] = errorOf([&] { importDataset(first); });
        QCOMPARE(code, ErrorCode::Cancelled);
        QVERIFY(!fs::exists(first.target) && left(first.target));
        ImportJob second = job("stopped.h5");
        Watch watch;
        watch.attach(second);
        const ImportReport report = importDataset(second);
        QVERIFY(report.resumed >= 9);
        QCOMPARE(watch.begun.size(), static_cast<std::size_t>(27 - report.resumed));
        QVERIFY(readFile(second.target) == whole());
        QVERIFY(!left(second.target));
    }
    void aKilledImportGoesOn()
    {
        // kill -9 of a real process, again and again
        std::int64_t attempts = 0;
        for (; attempts < 40; ++attempts) {
            const pid_t child = ::fork();
            QVERIFY(child >= 0);
            if (child == 0) {
                ImportJob part = job("killed.h5");
                part.shards.items = 2;
                part.threads = 1;
                std::int64_t first = -1;
                part.progress = [&](const ImportProgress& at) {
                    if (at.phase != "importing") return;
                    if (first < 0) first = at.done;
                    if (at.done >= first + 5) ::kill(::getpid(), SIGKILL);
                };
                try {
                    importDataset(part);
                } catch (...) {
                    ::_exit(3);
                }
                ::_exit(0);
            }
            int status = 0;
            QCOMPARE(::waitpid(child, &status, 0), child);
            if (WIFEXITED(status)) {
                QCOMPARE(WEXITSTATUS(status), 0);
                break;
            }
            QCOMPARE(WTERMSIG(status), SIGKILL);
            QVERIFY(!fs::exists(path("killed.h5")));
            QVERIFY(left(path("killed.h5")));
        }
        QVERIFY2(attempts >= 3 && attempts < 10, qPrintable(QString::number(attempts)));
        QVERIFY(readFile(path("killed.h5")) == whole());
    }
    void finishedItemsAreNotDoneAgain()
    {
        std::stop_source stop;
        ImportJob first = job("again.h5");
        Watch before, after;
        before.attach(first);
        first.stop = stop.get_token();
        first.progress = [&](const ImportProgress& at) {
            if (at.done >= 7) stop.request_stop();
        };
        errorOf([&] { importDataset(first); });
        ImportJob second = job("again.h5");
        after.attach(second);
        importDataset(second);
        for (const std::string& item : before.ended) QVERIFY2(std::ranges::find(after.begun, item) == after.begun.end(), item.c_str());
    }
    void otherOptionsBeginAnew()
    {
        const auto interrupted = [&] {
            std::stop_source stop;
            ImportJob first = job("anew.h5");
            first.stop = stop.get_token();
            first.progress = [&](const ImportProgress& at) {
                if (at.done >= 5) stop.request_stop();
            };
            errorOf([&] { importDataset(first); });
        };
        interrupted();
        ImportJob other = job("anew.h5");
        other.options["size"] = std::string("32");
        ImportReport report = importDataset(other);
        QCOMPARE(report.resumed, std::int64_t(0));
        QVERIFY(std::ranges::any_of(report.notes, [](const std::string& note) { return contains(note, "options changed"); }));
        QCOMPARE(openClipFile(other.target)->info(0).width, 32);

        interrupted();
        ImportJob fresh = job("anew.h5");
        fresh.fresh = true;
        QCOMPARE(importDataset(fresh).resumed, std::int64_t(0));

        interrupted();
        const fs::path file = path("set/walk/clip0.avi");
        const auto time = fs::last_write_time(file);
        fs::last_write_time(file, time + std::chrono::seconds(5));
        report = importDataset(job("anew.h5"));
        fs::last_write_time(file, time);
        QCOMPARE(report.resumed, std::int64_t(0));
        QVERIFY(std::ranges::any_of(report.notes, [](const std::string& note) { return contains(note, "files changed"); }));

        interrupted();
        QVERIFY(left(path("anew.h5")));
        discardImport(path("anew.h5"));
        QVERIFY(!left(path("anew.h5")));
        QVERIFY(fs::exists(path("anew.h5")));  // the finished file is no part of it
    }
    void aDamagedShardIsDoneAgain()
    {
        std::stop_source stop;
        ImportJob first = job("shard.h5");
        first.stop = stop.get_token();
        first.progress = [&](const ImportProgress& at) {
            if (at.done >= 10) stop.request_stop();
        };
        errorOf([&] { importDataset(first); });
        std::ofstream(importFolder(first.target) / "shard-000002.h5", std::ios::trunc) << "nothing";
        const ImportReport report = importDataset(job("shard.h5"));
        QCOMPARE(report.resumed, std::int64_t(4));  // two shards of two items lie before it
        QVERIFY(readFile(path("shard.h5")) == whole());
    }
    void twoImportsToOneFileDoNotMeet()
    {
        ImportJob first = job("locked.h5");
        int refused = 0;
        first.progress = [&](const ImportProgress& at) {
            if (at.done != 3 || at.phase != "importing" || refused > 0) return;
            const auto [code, text] = errorOf([&] { importDataset(job("locked.h5")); });
            refused += code == ErrorCode::Locked;
            refused += errorOf([&] { discardImport(path("locked.h5")); }).first == ErrorCode::Locked;
        };
        importDataset(first);
        QCOMPARE(refused, 2);
        QVERIFY(readFile(first.target) == whole());
    }
    void oneSlowItemDoesNotStopTheOthers()
    {
        fs::create_directories(path("slow"));
        writeVideo(path("slow/a.avi"), codedClip(250, 320, 240, 1, 2, 3));
        for (int i = 0; i < 10; ++i) writeVideo(path("slow/b" + std::to_string(i) + ".avi"), codedClip(2, 32, 32, 1, 2, 3));
        const auto before = [&](std::uint64_t waiting) {
            ImportJob slow = job("slow.h5");
            slow.source = path("slow").string();
            slow.waitingBytes = waiting;
            Watch watch;
            watch.attach(slow);
            importDataset(slow);
            return std::ranges::find(watch.ended, "a.avi") - watch.ended.begin();
        };
        const auto free = before(std::uint64_t(1) << 28);
        QVERIFY2(free >= 5, qPrintable(QString::number(free)));
        QVERIFY2(before(1) <= 2, "finished clips pile up");  // the first one fills the room
    }
    void suspectsComeFirstAndAlone()
    {
        ImportJob careful = job("suspects.h5");
        careful.suspects = {"walk/clip7.avi", "wave/clip3.avi"};
        careful.crashed = {{"wave/clip5.avi", "the decoder crashed (signal 11)"}};
        Watch watch;
        std::size_t mostAtFirst = 0;
        watch.attach(careful);
        const auto starting = careful.starting;
        careful.starting = [&](const std::string& item) {
            starting(item);
            const std::lock_guard lock(watch.mutex);
            if (watch.begun.size() <= 2) mostAtFirst = std::max(mostAtFirst, watch.underWay.size());
        };
        const ImportReport report = importDataset(careful);
        QCOMPARE(watch.begun.at(0), std::string("walk/clip7.avi"));
        QCOMPARE(watch.begun.at(1), std::string("wave/clip3.avi"));
        QCOMPARE(mostAtFirst, std::size_t(1));
        QVERIFY(std::ranges::find(watch.begun, "wave/clip5.avi") == watch.begun.end());
        QCOMPARE(report.clips, std::int64_t(23));
        QVERIFY(std::ranges::any_of(report.skipped, [](const SkippedFile& skip) { return skip.file == "wave/clip5.avi" && contains(skip.reason, "crashed"); }));
    }
    void aFullDiskKeepsWhatIsDone()
    {
#ifdef __SANITIZE_ADDRESS__
        QSKIP("HDF5 cannot close a file that it cannot write: its memory is given up, which the leak check would report");
#endif
        rlimit before{};
        getrlimit(RLIMIT_FSIZE, &before);
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit small{400000, before.rlim_max};  // enough for a shard, not for the whole
        setrlimit(RLIMIT_FSIZE, &small);
        const auto [code, text] = errorOf([&] { importDataset(job("full.h5")); });
        setrlimit(RLIMIT_FSIZE, &before);
        QVERIFY2(code == ErrorCode::DiskFull, text.c_str());
        QVERIFY2(contains(text, "27 of 27"), text.c_str());
        QVERIFY(!fs::exists(path("full.h5")) && left(path("full.h5")));
        Watch watch;
        ImportJob second = job("full.h5");
        watch.attach(second);
        QCOMPARE(importDataset(second).resumed, std::int64_t(27));
        QVERIFY(watch.begun.empty());
        QVERIFY(readFile(second.target) == whole());
    }
    void placesThatCannotBeWritten()
    {
        QCOMPARE(errorOf([&] { importDataset(job("missing/x.h5")); }).first, ErrorCode::NotFound);
        fs::create_directory(path("folder.h5"));
        QCOMPARE(errorOf([&] { importDataset(job("folder.h5")); }).first, ErrorCode::CannotWrite);
        ImportJob own{.kind = "hdf5", .source = path("whole.h5").string()};
        own.target = path("whole.h5");
        QCOMPARE(errorOf([&] { importDataset(own); }).first, ErrorCode::Usage);
        if (::geteuid() == 0) QSKIP("permissions do not bind root");
        fs::create_directory(path("closed"));
        fs::permissions(path("closed"), fs::perms::owner_read | fs::perms::owner_exec);
        QCOMPARE(errorOf([&] { importDataset(job("closed/x.h5")); }).first, ErrorCode::CannotWrite);
    }
    void strangePathsAreNoTrouble()
    {
        const std::string folder = "Ordner mit Ümläuten/日本語 'quoted'/" + std::string(200, 'x') + "/" + std::string(200, 'y');
        fs::create_directories(path(folder));
        fs::copy_file(path("set/walk/clip3.avi"), path(folder + "/größe [1].avi"));
        ImportJob strange = job("größe.h5");
        strange.source = path("Ordner mit Ümläuten").string();
        QCOMPARE(importDataset(strange).clips, std::int64_t(1));
        const ClipInfo info = openClipFile(strange.target)->info(0);
        QVERIFY(contains(info.name, "größe [1].avi") && contains(info.name, "日本語"));
        QCOMPARE(info.frames, 7);
    }
    void namesThatAreTakenAreMadeUnique()
    {
        ShardFolder shards(path("names.h5"), {}, {});
        shards.adopt({{"kind", "test"}});
        for (int i = 0; i < 3; ++i) {
            FinishedItem item;
            item.clips.push_back({{.name = "clip"}, Frames(1, 2, 2), {}});
            shards.add("file" + std::to_string(i), std::move(item));
        }
        QCOMPARE(shards.warnings().size(), std::size_t(2));
        shards.merge({}, [](const ClipInfo&) {}, [] { return std::string("{}"); });
        const auto clips = openClipFile(path("names.h5"));
        QCOMPARE(clips->info(2).name, std::string("clip~3"));
    }
    void nothingToImportIsSaid()
    {
        fs::create_directories(path("bad"));
        std::ofstream(path("bad/one.avi")) << "no video";
        ImportJob bad = job("bad.h5");
        bad.source = path("bad").string();
        const auto [code, text] = errorOf([&] { importDataset(bad); });
        QCOMPARE(code, ErrorCode::NotFound);
        QVERIFY2(contains(text, "one.avi"), text.c_str());
        QVERIFY(!left(bad.target) && !fs::exists(bad.target));
    }
    void theWrongKindNamesTheRightOne()
    {
        makeWeizmannTree(path("weizmann"));
        ImportJob wrong = job("wrong.h5");
        wrong.kind = "mug";
        wrong.options.clear();
        wrong.source = path("weizmann").string();
        const auto [code, text] = errorOf([&] { importDataset(wrong); });
        QCOMPARE(code, ErrorCode::NotFound);
        QVERIFY2(contains(text, "'weizmann'"), text.c_str());
        ImportJob found = wrong;
        found.kind = "auto";
        found.dryRun = true;
        QCOMPARE(importDataset(found).kind, std::string("weizmann"));
    }
    void aDryRunReadsHeadersOnly()
    {
        ImportJob dry = job("dry.h5");
        dry.dryRun = true;
        const ImportReport report = importDataset(dry);
        QCOMPARE(report.clips, std::int64_t(24));
        QCOMPARE(report.skipped.size(), std::size_t(3));
        QCOMPARE(report.classes.at("class").at("wave"), std::int64_t(12));
        QCOMPARE(report.sizes.at("64x48"), std::int64_t(24));
        QVERIFY(!fs::exists(dry.target) && !left(dry.target));
    }
};
QTEST_GUILESS_MAIN(TestImportJob)
#include "tst_import_job.moc"
