// Both sides of the run directory: what is written, what is read back, who may own it, and what is left after a crash.
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QTemporaryDir>
#include <QtTest>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <thread>

#include "core/events/tfevents.h"
#include "core/run/run_directory.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/safetensors.h"

namespace fs = std::filesystem;
using namespace kinora;
using nlohmann::json;

namespace {
RunConfig someConfig()
{
    RunConfig config;
    config.system = "toy";
    config.dataset = "a \"quoted\" \\ dataset \xc3\xa9";
    config.systemOptions = {{"width", std::int64_t(4)}, {"rate", 0.1}, {"whole", 2.0}, {"on", true}, {"mode", std::string("1p2d")}};
    config.trainingOptions = {{"keep_checkpoints", std::int64_t(2)}, {"keep_every", std::int64_t(40)}};
    config.seed = 12345678901234567ULL;
    config.totalSteps = 100;
    config.device = "cpu";
    config.version = "1.2.3";
    return config;
}

/// The bytes of a checkpoint as the store knows it: format, step, and something to resume from.
std::string checkpointBytes(std::int64_t step, bool resumable = true)
{
    const std::vector<std::byte> bytes(64, std::byte(7));
    std::map<std::string, safetensors::TensorSource> tensors = {{"param/G/weight", {"U8", {64}, bytes}}};
    if (resumable) tensors["rng/cpu"] = {"U8", {64}, bytes};
    return safetensors::serialize(tensors, {{"format", "kinora-checkpoint"}, {"version", "1"}, {"step", std::to_string(step)}});
}

std::vector<Frames> someClips(int count)
{
    std::vector<Frames> clips;
    for (int i = 0; i < count; ++i) {
        Frames clip(3, 4, 5);
        for (std::size_t k = 0; k < clip.bytes().size(); ++k) clip.bytes()[k] = static_cast<std::uint8_t>(k + 31 * i);
        clips.push_back(clip);
    }
    return clips;
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

std::vector<std::int64_t> stepsOf(const std::vector<CheckpointFile>& files)
{
    std::vector<std::int64_t> steps;
    for (const CheckpointFile& file : files) steps.push_back(file.step);
    return steps;
}
using Steps = std::vector<std::int64_t>;
}  // namespace

class TestRunDirectory final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        QVERIFY(m_dir->isValid());
        m_run = fs::path(m_dir->path().toStdString()) / "run";
    }
    void configurationComesBack();
    void aDamagedConfigurationIsNamed_data();
    void aDamagedConfigurationIsNamed();
    void aNewRunNeedsAnEmptyFolder();
    void samplesComeBack();
    void damagedSamplesAreRefused();
    void statusIsThinnedAndBeats();
    void requestsAreAnsweredInOrder();
    void requestsOfADeadTrainerAreDropped();
    void badRequestsAreDroppedAndRemembered();
    void oldCheckpointsGo();
    void newestGoodCheckpointSkipsDamagedOnes();
    void resumePutsLaterThingsAside();
    void aLockedRunIsRefused();
    void aDeadOwnersLockIsTakenOver();
    void anotherHostsLockIsRespected();
    void killedInTheMiddleOfEverything();
    void aFullDiskIsSaidAndLeavesNothing();
    void historySurvivesATornLine();
    void staleness();

private:
    std::unique_ptr<QTemporaryDir> m_dir;
    fs::path m_run;
};

void TestRunDirectory::configurationComesBack()
{
    const RunConfig config = someConfig();
    RunWriter::create(m_run, config);
    QVERIFY(RunReader::isRun(m_run));
    const RunReader reader(m_run);
    const RunConfig read = reader.config();
    QCOMPARE(read.system, config.system);
    QCOMPARE(read.dataset, config.dataset);
    QCOMPARE(read.seed, config.seed);
    QCOMPARE(read.totalSteps, config.totalSteps);
    QCOMPARE(read.version, config.version);
    QVERIFY(read.systemOptions == config.systemOptions);  // types too: 2.0 stays a real
    QVERIFY(read.trainingOptions == config.trainingOptions);
    QCOMPARE(reader.totalSteps(), std::int64_t(100));
    QCOMPARE(reader.history().front().at("kind").get<std::string>(), std::string("start"));
    QVERIFY(!reader.locked());
    reader.setNotes({{"tags", {"good"}}, {"text", "zwölf"}});
    QCOMPARE(reader.notes().at("text").get<std::string>(), std::string("zwölf"));
}

void TestRunDirectory::aDamagedConfigurationIsNamed_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("code");
    QTest::newRow("empty") << "" << int(ErrorCode::Damaged);
    QTest::newRow("no TOML") << "schema = = 1" << int(ErrorCode::Damaged);
    QTest::newRow("another program's") << "[tool]\nname = 1\n" << int(ErrorCode::Damaged);
    QTest::newRow("newer") << "schema = 99\n" << int(ErrorCode::Incompatible);
    QTest::newRow("missing system") << "schema = 1\ndataset = 'x'\n" << int(ErrorCode::Damaged);
    QTest::newRow("option that is a table") << "schema = 1\nsystem='a'\ndataset='b'\ndevice='cpu'\nversion='1'\nseed=1\ntotal_steps=1\n[system_options]\nx = [1,2]\n" << int(ErrorCode::Damaged);
    QTest::newRow("negative steps") << "schema = 1\nsystem='a'\ndataset='b'\ndevice='cpu'\nversion='1'\nseed=1\ntotal_steps=-5\n" << int(ErrorCode::Damaged);
}

void TestRunDirectory::aDamagedConfigurationIsNamed()
{
    QFETCH(QString, text);
    QFETCH(int, code);
    fs::create_directory(m_run);
    writeFile(m_run / "run.toml", text.toStdString());
    const auto error = errorOf([&] { RunReader(m_run).config(); });
    QVERIFY(error);
    QCOMPARE(int(error->code()), code);
    QVERIFY(QString::fromStdString(error->what()).contains("run.toml"));
}

void TestRunDirectory::aNewRunNeedsAnEmptyFolder()
{
    fs::create_directory(m_run);
    RunWriter::create(m_run, someConfig());  // an empty one will do
    auto error = errorOf([&] { RunWriter::create(m_run, someConfig()); });
    QVERIFY(error && error->code() == ErrorCode::CannotWrite);
    QVERIFY(QString::fromStdString(error->what()).contains("--resume"));

    const fs::path other = m_run.parent_path() / "other";
    fs::create_directory(other);
    writeFile(other / "thesis.txt", "years of work");
    error = errorOf([&] { RunWriter::create(other, someConfig()); });
    QVERIFY(error && error->code() == ErrorCode::CannotWrite);
    QCOMPARE(readFile(other / "thesis.txt"), std::string("years of work"));
    QCOMPARE(std::distance(fs::directory_iterator(other), fs::directory_iterator()), 1);

    error = errorOf([&] { RunWriter::create("/proc/kinora-run", someConfig()); });
    QVERIFY(error && error->code() == ErrorCode::CannotWrite);
    error = errorOf([&] { RunReader reader(m_run.parent_path()); });
    QVERIFY(error && error->code() == ErrorCode::NotFound);
}

void TestRunDirectory::samplesComeBack()
{
    const auto writer = RunWriter::create(m_run, someConfig());
    std::string seen;
    writer->setGridEncoder([&](const Frames& grid, double rate) {
        seen = std::to_string(grid.count()) + "x" + std::to_string(grid.height()) + "x" + std::to_string(grid.width()) + "@" + std::to_string(static_cast<int>(rate));
        return std::string("GIF89a");
    });
    const std::vector<Frames> clips = someClips(6);
    writer->samples(20, clips, 2, 3, 12.5);
    writer->samples(0, clips, 3, 2, 12.5);
    const std::vector<SampleFile> files = RunReader(m_run).samples();
    QCOMPARE(files.size(), std::size_t(2));
    QCOMPARE(files[1].step, std::int64_t(20));
    const SampleMatrix matrix = RunReader::readSample(files[1].path);
    QCOMPARE(matrix.step, std::int64_t(20));
    QCOMPARE(matrix.rows, 2);
    QCOMPARE(matrix.columns, 3);
    QCOMPARE(matrix.frameRateHz, 12.5);
    QVERIFY(matrix.clips == clips);
    QVERIFY2(seen.starts_with("3x") && seen.ends_with("@12"), seen.c_str());
}

void TestRunDirectory::damagedSamplesAreRefused()
{
    fs::create_directory(m_run);
    const std::vector<std::byte> bytes(2 * 3 * 4 * 5 * 3);
    const auto write = [&](const std::string& type, std::vector<std::int64_t> shape, std::map<std::string, std::string> facts) {
        const fs::path file = m_run / "step-00000001.safetensors";
        std::size_t size = safetensors::elementSize(type);
        for (const std::int64_t n : shape) size *= static_cast<std::size_t>(n);
        writeFile(file, safetensors::serialize({{"clips", {type, shape, std::span(bytes).first(size)}}}, facts));
        return errorOf([&] { RunReader::readSample(file); });
    };
    const std::map<std::string, std::string> good = {{"rows", "1"}, {"columns", "2"}, {"frame_rate_hz", "10"}};
    QVERIFY(!write("U8", {2, 3, 4, 5, 3}, good));
    QVERIFY(write("U8", {2, 3, 4, 5, 3}, {}));
    QVERIFY(write("U8", {2, 3, 4, 5, 3}, {{"rows", "2"}, {"columns", "2"}, {"frame_rate_hz", "10"}}));
    QVERIFY(write("U8", {2, 3, 4, 5, 3}, {{"rows", "nan"}, {"columns", "2"}, {"frame_rate_hz", "10"}}));
    QVERIFY(write("U8", {2, 3, 4, 5, 3}, {{"rows", "1"}, {"columns", "2"}, {"frame_rate_hz", "0"}}));
    QVERIFY(write("U8", {2, 3, 4, 15}, good));
    QVERIFY(write("I8", {2, 3, 4, 5, 3}, good));
    QVERIFY(write("U8", {2, 0, 4, 5, 3}, good));
    QVERIFY(write("U8", {2, 3, 4, 3, 5}, good));
}

void TestRunDirectory::statusIsThinnedAndBeats()
{
    const auto writer = RunWriter::create(m_run, someConfig());
    const RunReader reader(m_run);
    RunProgress progress;
    progress.totalSteps = 100;
    progress.phase = "training";
    const std::int64_t before = reader.status()->heartbeat;
    QElapsedTimer timer;
    timer.start();
    std::int64_t calls = 0;
    while (timer.elapsed() < 900) {
        progress.step = ++calls;
        writer->progress(progress);
    }
    QVERIFY(calls > 1000);
    const std::int64_t writes = reader.status()->heartbeat - before;
    QVERIFY2(writes >= 1 && writes <= 6, qPrintable(QString::number(writes)));
    // the last one is written too, though nobody calls again
    QTRY_COMPARE_WITH_TIMEOUT(reader.status()->progress.step, calls, 1000);
    // nothing happens, and the heart beats
    const std::int64_t still = reader.status()->heartbeat;
    QTRY_VERIFY_WITH_TIMEOUT(reader.status()->heartbeat > still, 2500);
    // a new state is written at once
    progress.state = RunState::Paused;
    writer->progress(progress);
    QVERIFY(reader.status()->progress.state == RunState::Paused);
    QCOMPARE(reader.status()->pid, static_cast<int>(::getpid()));
}

void TestRunDirectory::requestsAreAnsweredInOrder()
{
    const auto writer = RunWriter::create(m_run, someConfig());
    const RunReader reader(m_run);
    QVERIFY(!writer->poll());
    RunRequest ask;
    ask.kind = RunRequest::Kind::Set;
    ask.key = "sample_interval";
    ask.value = "7";
    const std::string first = reader.ask(ask);
    ask = {};
    ask.kind = RunRequest::Kind::Stop;
    reader.ask(ask);
    auto request = writer->poll();
    QVERIFY(request && request->kind == RunRequest::Kind::Set);
    QCOMPARE(request->key, std::string("sample_interval"));
    QCOMPARE(request->value, std::string("7"));
    QCOMPARE(request->id, first);
    writer->done(*request, "no such thing");
    QCOMPARE(reader.history().back().at("problem").get<std::string>(), std::string("no such thing"));
    QCOMPARE(reader.history().back().at("id").get<std::string>(), first);
    request = writer->poll();
    QVERIFY(request && request->kind == RunRequest::Kind::Stop);
    writer->done(*request);
    QVERIFY(!writer->poll());
    QVERIFY(fs::is_empty(m_run / "control"));
}

void TestRunDirectory::requestsOfADeadTrainerAreDropped()
{
    RunWriter::create(m_run, someConfig());
    RunRequest stop;
    stop.kind = RunRequest::Kind::Stop;
    RunReader(m_run).ask(stop);
    const auto writer = RunWriter::resume(m_run, 0, 100);
    QVERIFY(!writer->poll());
}

void TestRunDirectory::badRequestsAreDroppedAndRemembered()
{
    const auto writer = RunWriter::create(m_run, someConfig());
    writeFile(m_run / "control" / "1.json", "{");
    writeFile(m_run / "control" / "2.json", R"({"kind": "explode"})");
    writeFile(m_run / "control" / "3.json", R"({"kind": 5})");
    writeFile(m_run / "control" / "4.json", R"({"kind": "set", "key": 5})");
    writeFile(m_run / "control" / ".5.json.77-0.tmp", R"({"kind": "stop"})");
    writeFile(m_run / "control" / "6.json", std::string(100000, ' ') + R"({"kind": "stop"})");
    writeFile(m_run / "control" / "7.json", R"({"kind": "pause"})");
    const auto request = writer->poll();
    QVERIFY(request && request->kind == RunRequest::Kind::Pause);
    int bad = 0;
    for (const json& line : RunReader(m_run).history()) bad += line.at("kind") == "bad_request";
    QCOMPARE(bad, 5);
}

void TestRunDirectory::oldCheckpointsGo()
{
    const auto writer = RunWriter::create(m_run, someConfig());  // keeps 2, and every 40th
    for (std::int64_t step = 10; step <= 100; step += 10) writer->checkpoint(step, checkpointBytes(step));
    QCOMPARE(stepsOf(RunReader(m_run).checkpoints()), (Steps{40, 80, 90, 100}));
    writer->setRetention(1, 0);
    writer->checkpoint(110, checkpointBytes(110));
    QCOMPARE(stepsOf(RunReader(m_run).checkpoints()), (Steps{110}));
}

void TestRunDirectory::newestGoodCheckpointSkipsDamagedOnes()
{
    const auto writer = RunWriter::create(m_run, someConfig());
    const RunReader reader(m_run);
    auto error = errorOf([&] { newestGoodCheckpoint(reader); });
    QVERIFY(error && error->code() == ErrorCode::NotFound);
    const auto put = [&](std::int64_t step, const std::string& bytes) {
        char name[64];
        std::snprintf(name, sizeof name, "step-%08d.safetensors", static_cast<int>(step));
        writeFile(m_run / "checkpoints" / name, bytes);
    };
    const std::string good = checkpointBytes(10);
    put(10, good);
    put(20, checkpointBytes(20).substr(0, good.size() / 2));  // torn
    put(30, "");
    put(40, checkpointBytes(40, false));  // weights alone
    put(50, checkpointBytes(51));         // renamed
    std::string flipped = safetensors::serialize({{"rng/cpu", {"U8", {4}, std::vector<std::byte>(4)}}}, {{"format", "kinora-checkpoint"}, {"step", "60"}, {"crc32c", "1"}});
    put(60, flipped);
    put(70, safetensors::serialize({{"rng/cpu", {"U8", {4}, std::vector<std::byte>(4)}}}, {}));
    writeFile(m_run / "checkpoints" / ".step-00000080.safetensors.1-0.tmp", good);
    writeFile(m_run / "checkpoints" / "step-x.safetensors", good);
    std::vector<std::string> skipped;
    QCOMPARE(newestGoodCheckpoint(reader, &skipped).step, std::int64_t(10));
    QCOMPARE(skipped.size(), std::size_t(6));
    QVERIFY(skipped[0].find("step-00000070") != std::string::npos);
    QVERIFY(skipped[1].find("checksum") != std::string::npos);
}

void TestRunDirectory::resumePutsLaterThingsAside()
{
    {
        const auto writer = RunWriter::create(m_run, someConfig());
        writer->setRetention(10, 0);
        for (std::int64_t step = 10; step <= 40; step += 10) {
            writer->scalars(step, 0.5, {{"loss", static_cast<double>(step)}});
            writer->samples(step, someClips(2), 1, 2, 10);
            writer->checkpoint(step, checkpointBytes(step));
        }
    }
    writeFile(m_run / "checkpoints" / ".step-00000050.safetensors.99-1.tmp", "half");
    writeFile(m_run / "status.json.tmp", "half");
    for (int round = 1; round <= 2; ++round) {
        const auto writer = RunWriter::resume(m_run, 20, 200);
        writer->setRetention(10, 0);
        const RunReader reader(m_run);
        QCOMPARE(stepsOf(reader.checkpoints()), (Steps{10, 20}));
        QCOMPARE(reader.samples().size(), std::size_t(2));
        QCOMPARE(reader.totalSteps(), std::int64_t(200));
        QCOMPARE(reader.config().totalSteps, std::int64_t(100));  // written once
        const fs::path aside = m_run / ("discarded-" + std::to_string(round));
        QVERIFY(fs::exists(aside / "checkpoints" / (round == 1 ? "step-00000040.safetensors" : "step-00000030.safetensors")));
        QVERIFY(fs::exists(aside / "samples" / "step-00000030.safetensors"));
        QVERIFY(!fs::exists(m_run / "checkpoints" / ".step-00000050.safetensors.99-1.tmp"));
        QVERIFY(!fs::exists(m_run / "status.json.tmp"));
        writer->scalars(30, 0.5, {{"loss", 1000.0 * round}});
        writer->samples(30, someClips(2), 1, 2, 10);
        writer->checkpoint(30, checkpointBytes(30));
    }
    EventsReader events(m_run);
    std::map<std::int64_t, double> losses;
    for (const ScalarRecord& record : events.poll())
        if (record.tag == "loss") {
            QVERIFY2(!losses.contains(record.step), "a step comes twice");
            losses[record.step] = record.value;
        }
    QCOMPARE(losses, (std::map<std::int64_t, double>{{10, 10.0}, {20, 20.0}, {30, 2000.0}}));
}

void TestRunDirectory::aLockedRunIsRefused()
{
    auto writer = RunWriter::create(m_run, someConfig());
    QVERIFY(RunReader(m_run).locked());
    auto error = errorOf([&] { RunWriter::resume(m_run, 0, 1); });
    QVERIFY(error && error->code() == ErrorCode::Locked);
    QVERIFY(QString::fromStdString(error->what()).contains(QString::number(::getpid())));
    QVERIFY(RunReader(m_run).locked());  // the attempt did not break it
    error = errorOf([&] { RunWriter::create(m_run, someConfig()); });
    QVERIFY(error && error->code() == ErrorCode::Locked);
    writer.reset();
    QVERIFY(!RunReader(m_run).locked());
    RunWriter::resume(m_run, 0, 1);
}

void TestRunDirectory::aDeadOwnersLockIsTakenOver()
{
    const pid_t child = ::fork();
    if (child == 0) {
        const auto writer = RunWriter::create(m_run, someConfig());
        ::raise(SIGKILL);
    }
    int status = 0;
    QCOMPARE(::waitpid(child, &status, 0), child);
    QVERIFY(WIFSIGNALED(status));
    QVERIFY(fs::exists(m_run / "lock"));
    QVERIFY(!RunReader(m_run).locked());
    const auto writer = RunWriter::resume(m_run, 0, 10);
    QVERIFY(RunReader(m_run).locked());
    QVERIFY(QString::fromStdString(RunReader(m_run).owner()).contains(QString::number(::getpid())));
}

void TestRunDirectory::anotherHostsLockIsRespected()
{
    RunWriter::create(m_run, someConfig());
    writeFile(m_run / "lock", R"({"host": "somewhere-else", "pid": 1, "boot_id": "no-boot-of-ours", "started": "1"})");
    QVERIFY(RunReader(m_run).locked());
    const auto error = errorOf([&] { RunWriter::resume(m_run, 0, 1); });
    QVERIFY(error && error->code() == ErrorCode::Locked);
    QVERIFY(QString::fromStdString(error->what()).contains("somewhere-else"));
    // this machine before it was started anew
    char host[256] = {};
    ::gethostname(host, sizeof host - 1);
    writeFile(m_run / "lock", json{{"host", host}, {"pid", ::getpid()}, {"boot_id", "an earlier one"}, {"started", "1"}}.dump());
    QVERIFY(!RunReader(m_run).locked());
    RunWriter::resume(m_run, 0, 1);
}

void TestRunDirectory::killedInTheMiddleOfEverything()
{
    RunWriter::create(m_run, someConfig());
    std::int64_t reached = 0;
    for (int round = 0; round < 12; ++round) {
        const RunReader reader(m_run);
        const auto found = errorOf([&] { reached = newestGoodCheckpoint(reader).step; });
        QVERIFY(!found || reached == 0);
        const pid_t child = ::fork();
        if (child == 0) {
            const auto writer = RunWriter::resume(m_run, reached, 1000000);
            for (std::int64_t step = reached + 1;; ++step) {
                writer->scalars(step, 0, {{"loss", static_cast<double>(step)}});
                if (step % 3 == 0) writer->samples(step, someClips(4), 2, 2, 10);
                writer->checkpoint(step, checkpointBytes(step));
            }
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(25 + 7 * round));
        ::kill(child, SIGKILL);
        int status = 0;
        ::waitpid(child, &status, 0);
        QVERIFY(WIFSIGNALED(status));
        std::vector<std::string> skipped;
        if (!reader.checkpoints().empty()) newestGoodCheckpoint(reader, &skipped);
        QVERIFY2(skipped.empty(), skipped.empty() ? "" : skipped.front().c_str());
        for (const SampleFile& file : reader.samples()) RunReader::readSample(file.path);
        EventsReader events(m_run);
        std::int64_t last = 0;
        for (const ScalarRecord& record : events.poll()) {
            if (record.tag != "loss") continue;
            QCOMPARE(record.step, last + 1);  // no gap, nothing twice
            last = record.step;
        }
        QVERIFY(events.problems().empty());
    }
    QVERIFY(reached > 0);
    RunWriter::resume(m_run, reached, 1000000);
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(m_run))
        QVERIFY2(entry.path().string().find(".tmp") == std::string::npos, entry.path().c_str());
}

void TestRunDirectory::aFullDiskIsSaidAndLeavesNothing()
{
    const fs::path disk = m_run.parent_path() / "disk";
    fs::create_directory(disk);
    if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=512k") != 0) QSKIP("no small file system can be mounted here (needs root)");
    {
        const fs::path run = disk / "run";
        const auto writer = RunWriter::create(run, someConfig());
        writer->checkpoint(1, checkpointBytes(1));
        std::optional<Error> error = errorOf([&] { writer->checkpoint(2, std::string(1 << 20, 'x')); });
        QVERIFY(error && error->code() == ErrorCode::DiskFull);
        QCOMPARE(newestGoodCheckpoint(RunReader(run)).step, std::int64_t(1));
        // fill it up with curves: the file stays readable
        error.reset();
        std::int64_t written = 0;
        for (std::int64_t step = 1; step < 100000 && !error; ++step) {
            error = errorOf([&] { writer->scalars(step, 0, {{"loss", 1.0}}); });
            if (!error) written = step;
        }
        QVERIFY(error && error->code() == ErrorCode::DiskFull);
        error = errorOf([&] { writer->samples(5, someClips(4), 2, 2, 10); });
        QVERIFY(error && error->code() == ErrorCode::DiskFull);
        RunProgress progress;
        progress.state = RunState::Failed;
        writer->progress(progress);  // cannot be written, and does not throw
        EventsReader events(run);
        std::int64_t last = 0;
        for (const ScalarRecord& record : events.poll()) last = record.step;
        QCOMPARE(last, written);
        QVERIFY(events.problems().empty());
        for (const fs::directory_entry& entry : fs::recursive_directory_iterator(run)) QVERIFY2(entry.path().string().find(".tmp") == std::string::npos, entry.path().c_str());
    }
    ::umount(disk.c_str());
}

void TestRunDirectory::historySurvivesATornLine()
{
    auto writer = RunWriter::create(m_run, someConfig());
    const std::size_t before = RunReader(m_run).history().size();
    std::ofstream(m_run / "history.jsonl", std::ios::app) << R"({"kind": "se)";
    QCOMPARE(RunReader(m_run).history().size(), before);
    writer->event("set", 5, {{"key", "x"}});
    QCOMPARE(RunReader(m_run).history().size(), before + 1);
    QCOMPARE(RunReader(m_run).history().back().at("step").get<int>(), 5);
}

void TestRunDirectory::staleness()
{
    StaleWatch watch;
    RunStatus status;
    status.heartbeat = 5;
    const auto start = std::chrono::steady_clock::now();
    QVERIFY(!watch.stale(status, start));
    QVERIFY(!watch.stale(status, start + std::chrono::seconds(29)));
    QVERIFY(watch.stale(status, start + std::chrono::seconds(31)));
    status.heartbeat = 6;
    QVERIFY(!watch.stale(status, start + std::chrono::seconds(32)));
    QVERIFY(watch.stale(status, start + std::chrono::seconds(63)));
    status.progress.state = RunState::Finished;
    QVERIFY(!watch.stale(status, start + std::chrono::seconds(99)));
}

QTEST_GUILESS_MAIN(TestRunDirectory)
#include "tst_run_directory.moc"
