// A training survives what ends it: kill -9 at any moment, faults at every system call of a checkpoint's writing, full and read-only disks, two trainers at once, runs that are not what they
// seem. Real processes and real files; ./check takes samples, ./check --long all of it, and prints figures.
#include <sys/mount.h>
#include <unistd.h>

#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>
#include <csignal>
#include <fstream>
#include <set>

#include "core/events/tfevents.h"
#include "core/run/run_directory.h"
#include "core/run/run_queue.h"
#include "core/util/file.h"
#include "core/util/random.h"
#include "core/util/safetensors.h"
#include "tests/support/run_trees.h"

namespace fs = std::filesystem;
using namespace kinora;
using namespace kinora::test;
using nlohmann::json;

namespace {
constexpr int kInterval = 2;  ///< Steps between checkpoints.
const QStringList kSmall = {"--system", "g3an", "--dataset", "builtin:faces?clips=8&frames=16&size=64", "--device", "cpu", "--seed", "1", "--threads", "1",
                            "--set", "base_channels=1", "--set", "appearance_dim=2", "--set", "motion_dim=2", "--set", "batch_size=1", "--set", "sample_interval=1000",
                            "--set", "sample_rows=1", "--set", "sample_columns=1", "--set", "checkpoint_interval=2", "--set", "keep_checkpoints=3", "-q"};

struct Result {
    int code = -1;
    QString out, err;
};

QString program(const char* name) { return QStringLiteral(KINORA_BIN_DIR "/") + QString::fromLatin1(name); }
bool thorough() { return qEnvironmentVariableIntValue("KINORA_TEST_LONG") == 1; }

QProcessEnvironment quietly(const QString& home)
{
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert("KINORA_HOME", home);
    environment.insert("OMP_NUM_THREADS", "1");
    return environment;
}

/// Equal weights, optimizers and random states: all tensors, bit by bit.
QString differingTensor(const fs::path& a, const fs::path& b)
{
    const safetensors::File first(a), second(b);
    if (first.tensors().size() != second.tensors().size()) return "another number of tensors";
    for (const auto& [name, view] : first.tensors())
        if (!second.contains(name) || !std::ranges::equal(view.bytes, second.at(name).bytes)) return QString::fromStdString(name);
    return {};
}

fs::path checkpointOf(const fs::path& run, int step) { return run / "checkpoints" / ("step-" + QStringLiteral("%1").arg(step, 8, 10, QLatin1Char('0')).toStdString() + ".safetensors"); }

std::int64_t lastScalar(const fs::path& run)
{
    EventsReader events(run);
    std::int64_t last = 0;
    for (const ScalarRecord& record : events.poll()) last = std::max(last, record.step);
    return last;
}
}  // namespace

class TestKillResume final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        m_base = std::make_unique<QTemporaryDir>();
        QVERIFY(m_base->isValid());
        // forty steps without interruption, and how long a start takes here and now
        QElapsedTimer timer;
        timer.start();
        QProcess process;
        begin(process, m_base->filePath("whole"), 40);
        while (!fs::exists(checkpointOf(folder("whole"), kInterval)) && process.state() != QProcess::NotRunning) process.waitForFinished(5);
        m_startMs = static_cast<double>(timer.elapsed());
        QVERIFY(process.waitForFinished(600000));
        QVERIFY2(process.exitCode() == 0, process.readAllStandardError().constData());
        m_stepMs = (static_cast<double>(timer.elapsed()) - m_startMs) / (40 - kInterval);
        QVERIFY(fs::exists(checkpointOf(folder("whole"), 40)));
    }
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        QVERIFY(m_dir->isValid());
        m_run = m_dir->filePath("run");
    }
    void twentyStepsKilledAndTwentyMore();
    void killedAtSeededMoments();
    void faultsAtTheBoundariesOfACheckpoint();
    void aFullDiskAndMoreRoom();
    void aReadOnlyRun();
    void oneOfTwoTrainersGetsTheRun();
    void badInputChangesNothing_data();
    void badInputChangesNothing();
    void aMovedDatasetIsGivenAnew();
    void aForkTrainsOn();
    void theQueueStartsOneAfterAnother();

private:
    fs::path folder(const char* name) const { return m_base->filePath(QString::fromLatin1(name)).toStdString(); }
    fs::path run() const { return m_run.toStdString(); }

    void begin(QProcess& process, const QString& run, int steps, const QStringList& more = {}, const QProcessEnvironment* environment = nullptr)
    {
        process.setProcessEnvironment(environment ? *environment : quietly(m_base->path()));
        process.start(program("kinora-engine"), RunReader::isRun(run.toStdString()) ? QStringList{"train", "--run", run, "--resume", "--steps", QString::number(steps), "--threads", "1", "-q"} + more
                                                                                    : QStringList{"train", "--run", run, "--steps", QString::number(steps)} + kSmall + more);
    }
    Result train(const QString& run, int steps, const QStringList& more = {})
    {
        QProcess process;
        begin(process, run, steps, more);
        return ended(process);
    }
    Result call(const char* name, const QStringList& arguments)
    {
        QProcess process;
        process.setProcessEnvironment(quietly(m_base->path()));
        process.start(program(name), arguments);
        return ended(process);
    }
    static Result ended(QProcess& process)
    {
        if (!process.waitForFinished(600000)) {
            process.kill();
            process.waitForFinished();
            return {-1, {}, "did not end"};
        }
        return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -2, QString::fromUtf8(process.readAllStandardOutput()), QString::fromUtf8(process.readAllStandardError())};
    }

    std::unique_ptr<QTemporaryDir> m_base, m_dir;
    QString m_run;
    double m_startMs = 0, m_stepMs = 0;
};

void TestKillResume::twentyStepsKilledAndTwentyMore()
{
    QProcess process;
    begin(process, m_run, 40);
    while (!fs::exists(checkpointOf(run(), 20)) && process.state() != QProcess::NotRunning) process.waitForFinished(2);
    process.kill();  // kill -9
    QVERIFY(process.waitForFinished());
    QCOMPARE(process.exitStatus(), QProcess::CrashExit);
    const std::int64_t from = newestGoodCheckpoint(RunReader(run())).step;
    QVERIFY(from >= 20 && from < 40);
    const Result result = train(m_run, 40);
    QVERIFY2(result.code == 0, qPrintable(result.err));
    QCOMPARE(differingTensor(checkpointOf(run(), 40), checkpointOf(folder("whole"), 40)), QString());
}

void TestKillResume::killedAtSeededMoments()
{
    const int wanted = thorough() ? 50 : 10;
    Random random(2024);
    int kills = 0, lostMost = 0, inStart = 0, whileSaving = 0, runs = 0, finished = 0;
    QElapsedTimer timer;
    timer.start();
    while (kills < wanted) {
        const QString where = m_dir->filePath(QStringLiteral("run%1").arg(runs++));
        const fs::path path = where.toStdString();
        std::int64_t saved = 0;
        bool done = false;
        while (kills < wanted && !done) {
            QProcess process;
            begin(process, where, 40);
            // a third of them anywhere in its start, the others some steps behind it
            const int delay = static_cast<int>(random.uniform(0, 1) < 0.33 ? random.uniform(0, m_startMs) : m_startMs + random.uniform(0, 14 * m_stepMs));
            done = process.waitForFinished(delay);
            if (done) {
                QVERIFY2(process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0, process.readAllStandardError().constData());
                break;
            }
            process.kill();
            QVERIFY(process.waitForFinished());
            ++kills;
            if (!RunReader::isRun(path)) {
                ++inStart;  // a folder without a run is begun anew
                continue;
            }
            const RunReader reader(path);
            QVERIFY(!reader.locked());
            for (const fs::directory_entry& entry : fs::directory_iterator(path))
                if (entry.path().filename() == "checkpoints")
                    for (const fs::directory_entry& file : fs::directory_iterator(entry.path())) whileSaving += file.path().string().ends_with(".tmp");
            std::vector<std::string> skipped;
            const std::int64_t good = reader.checkpoints().empty() ? 0 : newestGoodCheckpoint(reader, &skipped).step;
            QVERIFY2(skipped.empty(), skipped.empty() ? "" : skipped[0].c_str());  // what has its name is whole
            QVERIFY(good >= saved);  // nothing that was saved is lost
            saved = good;
            const std::int64_t reached = lastScalar(path);
            QVERIFY2(reached - good <= kInterval, qPrintable(QStringLiteral("reached %1, saved %2").arg(reached).arg(good)));
            lostMost = std::max(lostMost, static_cast<int>(reached - good));
        }
        if (!done) {
            const Result result = train(where, 40);
            QVERIFY2(result.code == 0, qPrintable(result.err));
        }
        ++finished;
        QCOMPARE(differingTensor(checkpointOf(path, 40), checkpointOf(folder("whole"), 40)), QString());
        // every step is in the curves once, whatever was voided
        EventsReader events(path);
        std::int64_t last = 0;
        for (const ScalarRecord& record : events.poll()) {
            if (record.tag != "loss/G_vid") continue;
            QCOMPARE(record.step, last + 1);
            last = record.step;
        }
        QCOMPARE(last, std::int64_t(40));
        QVERIFY(events.problems().empty());
        for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path)) QVERIFY2(entry.path().string().find(".tmp") == std::string::npos, entry.path().c_str());
    }
    qInfo("%d kills at seeded moments (%d before the run existed, %d while a checkpoint was written) in %.0f s; every resume went on, at most %d steps were lost; %d runs of 40 steps equal the uninterrupted one bit by bit",
          kills, inStart, whileSaving, static_cast<double>(timer.elapsed()) / 1e3, lostMost, finished);
}

void TestKillResume::faultsAtTheBoundariesOfACheckpoint()
{
    const int steps = 4;  // a checkpoint at 2 and one at 4
    const auto environment = [&](const QString& fault, int at, const QString& log = {}) {
        QProcessEnvironment values = quietly(m_base->path());
        values.insert("LD_PRELOAD", QStringLiteral(KINORA_FAULT_LAYER));
        values.insert("KINORA_FAULT_PATH", "/checkpoints");
        if (!fault.isEmpty()) values.insert("KINORA_FAULT", fault);
        if (at > 0) values.insert("KINORA_FAULT_AT", QString::number(at));
        if (!log.isEmpty()) values.insert("KINORA_FAULT_LOG", log);
        return values;
    };
    // which boundaries there are
    const QString log = m_dir->filePath("boundaries.txt");
    {
        QProcess process;
        const QProcessEnvironment values = environment({}, 0, log);
        begin(process, m_dir->filePath("counted"), steps, {}, &values);
        const Result result = ended(process);
        QVERIFY2(result.code == 0, qPrintable(result.err));
    }
    const QStringList boundaries = QString::fromStdString(readFile(log.toStdString())).trimmed().split(QLatin1Char('\n'));
    QVERIFY2(boundaries.size() >= 16, qPrintable(boundaries.join(QLatin1Char('\n'))));
    std::set<QString> calls;
    for (const QString& line : boundaries) calls.insert(line.section(QLatin1Char(' '), 1, 1));
    QCOMPARE(calls, (std::set<QString>{"open", "write", "fsync", "rename", "close"}));

    struct Case {
        int at;
        QString fault;
    };
    std::vector<Case> cases;
    const auto find = [&](const char* call, int number) {  // the number-th of this call
        for (qsizetype i = 0; i < boundaries.size(); ++i)
            if (boundaries[i].section(QLatin1Char(' '), 1, 1) == QLatin1String(call) && --number == 0) return static_cast<int>(i) + 1;
        return 0;
    };
    if (thorough()) {
        for (int at = 1; at <= boundaries.size(); ++at)
            for (const char* fault : {"ENOSPC", "EIO", "kill"}) cases.push_back({at, QString::fromLatin1(fault)});
        for (int number = 1; find("write", number) > 0; ++number) cases.push_back({find("write", number), "torn"});
    } else {
        // of the second checkpoint, so that there is one to go back to
        const int writes = static_cast<int>(std::count_if(boundaries.begin(), boundaries.end(), [](const QString& line) { return line.contains(" write "); }));
        cases = {{find("write", writes), "torn"}, {find("write", writes), "ENOSPC"}, {find("fsync", writes + 1), "EIO"}, {find("rename", 2), "kill"}};
    }
    int ended1 = 0, killed = 0, unharmed = 0;
    QElapsedTimer timer;
    timer.start();
    for (const auto& [at, fault] : cases) {
        const QString name = QStringLiteral("%1 at boundary %2 (%3)").arg(fault).arg(at).arg(boundaries.value(at - 1));
        QVERIFY2(at > 0, qPrintable(name));
        const QString where = m_dir->filePath(QStringLiteral("%1-%2").arg(fault).arg(at));
        QProcess process;
        const QProcessEnvironment values = environment(fault, at);
        begin(process, where, steps, {}, &values);
        const Result result = ended(process);
        if (result.code == -2) ++killed;
        else if (result.code == 0) ++unharmed;  // closing a file that is on the disk already, or its folder
        else {
            ++ended1;
            QVERIFY2(result.code == 3, qPrintable(name + QStringLiteral(": exit code %1, ").arg(result.code) + result.err));
            QVERIFY2(result.err.contains("checkpoints"), qPrintable(name + ": " + result.err));
            QVERIFY(RunReader(where.toStdString()).status()->progress.state == RunState::Failed);
        }
        QVERIFY2((fault == "kill" || fault == "torn") == (result.code == -2), qPrintable(name));
        const RunReader reader(where.toStdString());
        std::vector<std::string> skipped;
        if (!reader.checkpoints().empty()) static_cast<void>(newestGoodCheckpoint(reader, &skipped));
        QVERIFY2(skipped.empty(), qPrintable(name));
        const Result resumed = train(where, steps);
        QVERIFY2(resumed.code == 0, qPrintable(name + ": " + resumed.err));
        QVERIFY2(differingTensor(checkpointOf(where.toStdString(), steps), checkpointOf(m_dir->filePath("counted").toStdString(), steps)).isEmpty(), qPrintable(name));
        for (const fs::directory_entry& entry : fs::recursive_directory_iterator(where.toStdString())) QVERIFY2(entry.path().string().find(".tmp") == std::string::npos, entry.path().c_str());
    }
    qInfo("%d faults at %d boundaries of two checkpoints in %.0f s: %d ended with an error that names the file, %d killed it, %d did no harm; every resume equals the undisturbed run bit by bit",
          static_cast<int>(cases.size()), static_cast<int>(boundaries.size()), static_cast<double>(timer.elapsed()) / 1e3, ended1, killed, unharmed);
}

void TestKillResume::aFullDiskAndMoreRoom()
{
    const fs::path disk = m_dir->filePath("disk").toStdString();
    fs::create_directory(disk);
    const std::uintmax_t one = fs::file_size(checkpointOf(folder("whole"), 40));
    const std::string size = "size=" + std::to_string((one * 5 / 2 + 300000) / 1024) + "k";  // two checkpoints and what is beside them
    if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, size.c_str()) != 0) QSKIP("no small file system can be mounted here (needs root)");
    const QString where = QString::fromStdString((disk / "run").string());
    // without the reserve that would end the run before the disk is full
    Result result = train(where, 20, {"--set", "keep_checkpoints=10", "--set", "disk_reserve_mb=0"});
    const bool full = result.code == 3;
    std::int64_t good = -1;
    QString problem;
    if (full) {
        good = newestGoodCheckpoint(RunReader(disk / "run")).step;
        const std::string bigger = "size=64m";
        if (::mount("tmpfs", disk.c_str(), "tmpfs", MS_REMOUNT, bigger.c_str()) != 0) problem = "remount";
        const Result resumed = train(where, 40);
        problem = resumed.code == 0 ? differingTensor(checkpointOf(disk / "run", 40), checkpointOf(folder("whole"), 40)) : resumed.err;
    }
    ::umount(disk.c_str());
    QVERIFY2(full && result.err.contains("full"), qPrintable(QString::number(result.code) + result.err));
    QVERIFY(good >= 2 && good < 20);
    QCOMPARE(problem, QString());
}

void TestKillResume::aReadOnlyRun()
{
    const fs::path disk = m_dir->filePath("disk").toStdString();
    fs::create_directory(disk);
    if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=64m") != 0) QSKIP("no file system can be mounted here (needs root)");
    makeRun(disk / "run");
    ::mount("tmpfs", disk.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr);
    const std::string before = treeHash(disk);
    const QString where = QString::fromStdString((disk / "run").string());
    std::vector<std::pair<QString, Result>> results;
    results.emplace_back("resume", train(where, 40));
    for (const QStringList& arguments : {QStringList{"runs", "archive", where}, {"runs", "delete", where, "--yes"}, {"runs", "relocate", where, "x"}, {"runs", "tag", where, "good"}}) results.emplace_back(arguments[1], call("kinora", arguments));
    const Result shown = call("kinora", {"runs", "show", where});
    const Result forked = call("kinora", {"runs", "fork", where, m_dir->filePath("fork")});
    const bool same = treeHash(disk) == before;
    ::umount(disk.c_str());
    QVERIFY(same);
    for (const auto& [name, result] : results) {
        QVERIFY2(result.code == 3, qPrintable(name + QString::number(result.code)));
        QVERIFY2(result.err.contains("ead-only"), qPrintable(name + result.err));
    }
    QVERIFY2(shown.code == 0 && forked.code == 0, qPrintable(shown.err + forked.err));  // looking, and a fork somewhere else, need no writing here
}

void TestKillResume::oneOfTwoTrainersGetsTheRun()
{
    QVERIFY(train(m_run, 2).code == 0);
    QProcess first, second;
    begin(first, m_run, 4);
    begin(second, m_run, 4);
    const Result a = ended(first), b = ended(second);
    // both may be served if one comes when the other has ended; never both at once
    const int served = (a.code == 0) + (b.code == 0);
    QVERIFY2(served >= 1, qPrintable(a.err + b.err));
    for (const Result& result : {a, b})
        if (result.code != 0) QVERIFY2(result.code == 3 && result.err.contains("owned by process"), qPrintable(result.err));
    EventsReader events(run());
    std::int64_t last = 0;
    for (const ScalarRecord& record : events.poll())
        if (record.tag == "loss/G_vid") QCOMPARE(record.step, std::exchange(last, record.step) + 1);
    QCOMPARE(last, std::int64_t(4));
    QCOMPARE(differingTensor(checkpointOf(run(), 4), checkpointOf(folder("whole"), 40)).isEmpty(), false);
}

void TestKillResume::badInputChangesNothing_data()
{
    QTest::addColumn<QString>("what");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("words");
    QTest::newRow("a foreign folder") << "foreign" << 3 << "run.toml";
    QTest::newRow("somebody else's run.toml") << "alien" << 3 << "schema";
    QTest::newRow("a newer version") << "newer" << 7 << "newer Kinora";
    QTest::newRow("a damaged status") << "status" << 3 << "status.json";
    QTest::newRow("an unknown system") << "system" << 7 << "toy";
    QTest::newRow("a dataset that moved") << "dataset" << 3 << "--dataset";
    QTest::newRow("another dataset") << "other" << 7 << "clips";
    QTest::newRow("a checkpoint of another system") << "checkpoint" << 7 << "another";
    QTest::newRow("an option of another version") << "option" << 7 << "depth_of_field";
}

void TestKillResume::badInputChangesNothing()
{
    QFETCH(QString, what);
    QFETCH(int, code);
    QFETCH(QString, words);
    const fs::path target = run();
    fs::copy(folder("whole"), target, fs::copy_options::recursive);
    const auto replace = [&](const char* file, const std::string& from, const std::string& to) {
        std::string text = readFile(target / file);
        const std::size_t at = text.find(from);
        QVERIFY2(at != std::string::npos, from.c_str());
        text.replace(at, from.size(), to);
        writeFile(target / file, text);
    };
    QStringList more;
    if (what == "foreign") fs::remove(target / "run.toml");
    if (what == "alien") writeFile(target / "run.toml", "[package]\nname = \"run\"\n");
    if (what == "newer") replace("run.toml", "schema = 1", "schema = 99");
    if (what == "status") writeFile(target / "status.json", "{\"state\": ");
    if (what == "system") replace("run.toml", "system = 'g3an'", "system = 'toy'");
    if (what == "dataset") replace("run.toml", "dataset = 'builtin:faces?clips=8&frames=16&size=64'", "dataset = '/nowhere/clips.h5'");
    if (what == "other") more = {"--dataset", "builtin:faces?clips=9&frames=16&size=64"};
    if (what == "checkpoint") writeFile(target / "checkpoints" / "step-00000042.safetensors", checkpointBytes(42, "another"));
    if (what == "option") {
        for (const CheckpointFile& file : RunReader(target).checkpoints()) fs::remove(file.path);  // the settings are then run.toml's
        replace("run.toml", "[training_options]", "[training_options]\ndepth_of_field = 3");
    }
    const std::string before = treeHash(target);
    QProcess process;
    process.setProcessEnvironment(quietly(m_base->path()));
    process.start(program("kinora-engine"), QStringList{"train", "--run", m_run, "--resume", "--steps", "50", "--threads", "1", "-q"} + more);
    const Result result = ended(process);
    QVERIFY2(result.code == code, qPrintable(QString::number(result.code) + result.err));
    QVERIFY2(result.err.trimmed().section(QLatin1Char('\n'), -1).contains(words), qPrintable(result.err));
    QCOMPARE(treeHash(target), before);
}

void TestKillResume::aMovedDatasetIsGivenAnew()
{
    // the same clips in a file, in two places
    const QString clips = m_dir->filePath("clips.safetensors"), moved = m_dir->filePath("moved.safetensors");
    const std::vector<std::uint8_t> bytes(6 * 16 * 64 * 64 * 3, 90);
    const std::vector<float> labels = {0, 1, 2, 0, 1, 2};
    writeFile(clips.toStdString(), safetensors::serialize({{"clips", {"U8", {6, 16, 64, 64, 3}, std::as_bytes(std::span(bytes))}}, {"labels/action", {"F32", {6}, std::as_bytes(std::span(labels))}}}, {}));
    QStringList small = kSmall;
    small[3] = clips;
    Result result = call("kinora-engine", QStringList{"train", "--run", m_run, "--steps", "2"} + small);
    QVERIFY2(result.code == 0, qPrintable(result.err));
    fs::rename(clips.toStdString(), moved.toStdString());
    result = train(m_run, 4);
    QVERIFY2(result.code == 3 && result.err.contains("--dataset"), qPrintable(result.err));
    result = train(m_run, 4, {"--dataset", moved});
    QVERIFY2(result.code == 0, qPrintable(result.err));
    QCOMPARE(RunReader(run()).dataset(), moved.toStdString());
    QVERIFY(train(m_run, 6).code == 0);  // it is known from now on
    // other labels in its place
    const std::vector<float> others = {0, 1, 2, 0, 1, 1};
    writeFile(moved.toStdString(), safetensors::serialize({{"clips", {"U8", {6, 16, 64, 64, 3}, std::as_bytes(std::span(bytes))}}, {"labels/action", {"F32", {6}, std::as_bytes(std::span(others))}}}, {}));
    const std::string before = treeHash(run());
    result = train(m_run, 8);
    QVERIFY2(result.code == 7 && result.err.contains("labels differ"), qPrintable(QString::number(result.code) + result.err));
    QCOMPARE(treeHash(run()), before);
}

void TestKillResume::aForkTrainsOn()
{
    // without a change it goes the parent's way, bit by bit
    const QString whole = QString::fromStdString(folder("whole").string());
    const QString step = QString::number(RunReader(folder("whole")).checkpoints().front().step);
    Result result = call("kinora", {"runs", "fork", whole, m_run, "--step", step, "--json"});
    QVERIFY2(result.code == 0, qPrintable(result.err));
    QVERIFY(result.out.contains("train --run"));
    result = train(m_run, 40);
    QVERIFY2(result.code == 0, qPrintable(result.err));
    QCOMPARE(differingTensor(checkpointOf(run(), 40), checkpointOf(folder("whole"), 40)), QString());
    // another learning rate of the system's options, and batches of another size
    const QString other = m_dir->filePath("other");
    result = call("kinora", {"runs", "fork", whole, other, "--set", "learning_rate_g=0.5e-4", "--set", "batch_size=2", "--set", "total_steps=41"});
    QVERIFY2(result.code == 0, qPrintable(result.err));
    result = train(other, 41);
    QVERIFY2(result.code == 0, qPrintable(result.err));
    double generator = 0, discriminator = 0;
    EventsReader events(other.toStdString());
    for (const ScalarRecord& record : events.poll()) {
        if (record.tag == "lr/G") generator = record.value;
        if (record.tag == "lr/VD") discriminator = record.value;
    }
    QVERIFY2(std::abs(generator - 0.5e-4) < 1e-9 && std::abs(discriminator - 2e-4) < 1e-9, qPrintable(QString::number(generator) + " " + QString::number(discriminator)));
    result = call("kinora", {"runs", "list", m_dir->path(), "--json"});
    QVERIFY2(result.out.contains("\"parent\""), qPrintable(result.out));
}

void TestKillResume::theQueueStartsOneAfterAnother()
{
    const QString one = m_dir->filePath("one"), two = m_dir->filePath("two"), three = m_dir->filePath("three");
    const RunQueue queue(fs::path(m_base->path().toStdString()) / "state" / "queue" / QSysInfo::machineHostName().toStdString());
    QProcess a, b, c;
    const auto queued = [&](QProcess& process, const QString& where, int steps) {
        process.setProcessEnvironment(quietly(m_base->path()));
        process.start(program("kinora"), QStringList{"train", "--queue", "--run", where, "--steps", QString::number(steps)} + kSmall);
        for (int i = 0; i < 12000 && !queue.find(where.toStdString()) && process.state() != QProcess::NotRunning; ++i) process.waitForFinished(10);
    };
    queued(a, one, 100000);
    queued(b, two, 3);
    queued(c, three, 3);
    QVERIFY2(queue.find(two.toStdString()) && queue.find(three.toStdString()), qPrintable(QString::fromUtf8(b.readAllStandardError() + c.readAllStandardError())));
    QTRY_VERIFY_WITH_TIMEOUT(RunReader::isRun(one.toStdString()), 120000);
    QVERIFY(!RunReader::isRun(two.toStdString()));
    // a wrong command is said before it waits
    Result wrong = call("kinora", QStringList{"train", "--queue", "--run", m_dir->filePath("four")} + kSmall + QStringList{"--set", "batch_sice=3"});
    QVERIFY2(wrong.code == 2 && wrong.err.contains("did you mean"), qPrintable(wrong.err));
    Result listed = call("kinora", {"runs", "queue", "--json"});
    QCOMPARE(json::parse(listed.out.toStdString()).size(), std::size_t(3));
    listed = call("kinora", {"runs", "list", m_dir->path()});
    QVERIFY2(listed.out.contains("queued 1") && listed.out.contains("queued 2"), qPrintable(listed.out));
    QVERIFY(call("kinora", {"runs", "queue", "up", three}).code == 0);
    QCOMPARE(queue.find(three.toStdString())->position, 1);
    QVERIFY(call("kinora", {"runs", "queue", "remove", two}).code == 0);
    QVERIFY(b.waitForFinished(60000));
    QCOMPARE(b.exitCode(), 130);
    // the trainer is killed: the next one begins
    ::kill(static_cast<pid_t>(a.processId()), SIGKILL);
    QVERIFY(a.waitForFinished());
    const Result last = ended(c);
    QVERIFY2(last.code == 0, qPrintable(last.err));
    QVERIFY(RunReader(three.toStdString()).status()->progress.state == RunState::Finished);
    QVERIFY(queue.list().empty());
}

QTEST_GUILESS_MAIN(TestKillResume)
#include "tst_kill_resume.moc"
