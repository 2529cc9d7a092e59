// `kinora train` and `kinora runs` as a person calls them: real processes, real folders, killed, interrupted, resumed and steered.
#include <sys/resource.h>
#include <unistd.h>

#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>
#include <csignal>
#include <fstream>

#include "core/events/tfevents.h"
#include "core/run/run_directory.h"
#include "core/util/file.h"
#include "core/util/safetensors.h"

namespace fs = std::filesystem;
using namespace kinora;
using nlohmann::json;

namespace {
/// The smallest G3AN, on small clips: a fraction of a second a step.
const QStringList kSmall = {"--system", "g3an", "--dataset", "builtin:faces?clips=8&frames=16&size=64", "--device", "cpu", "--seed", "1", "--threads", "1",
                            "--set", "base_channels=2", "--set", "appearance_dim=4", "--set", "motion_dim=2", "--set", "batch_size=2", "--set", "sample_interval=1000",
                            "--set", "sample_rows=1", "--set", "sample_columns=2"};

struct Result {
    int code = -1;
    QString out, err;
};

QString program(const char* name) { return QStringLiteral(KINORA_BIN_DIR "/") + QString::fromLatin1(name); }

Result call(const char* name, const QStringList& arguments)
{
    QProcess process;
    process.start(program(name), arguments);
    if (!process.waitForFinished(120000)) {
        process.kill();
        process.waitForFinished();
        return {-1, {}, QStringLiteral("did not end")};
    }
    return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -2, QString::fromUtf8(process.readAllStandardOutput()), QString::fromUtf8(process.readAllStandardError())};
}

QString lastLine(const QString& text) { return text.trimmed().section(QLatin1Char('\n'), -1); }
}  // namespace

class TestTrainCommand final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        QVERIFY(m_dir->isValid());
        m_run = m_dir->filePath("run");
    }
    void cleanup()
    {
        if (m_process.state() != QProcess::NotRunning) {
            m_process.kill();
            m_process.waitForFinished();
        }
    }
    void trainsAndResumesToATotal();
    void wrongUsageIsNamed_data();
    void wrongUsageIsNamed();
    void missingAndBadInputIsNamed();
    void killedAndResumed();
    void killedBeforeTheFirstCheckpoint();
    void interruptedEndsInACleanSave_data();
    void interruptedEndsInACleanSave();
    void steeredByRequests();
    void aFileSizeLimitIsAFullDisk();
    void runsAreListedShownAndCompared();
    void aConfigurationFileAndAPreset();
    void whatIsDocumentedCouldBegin_data();
    void whatIsDocumentedCouldBegin();

private:
    /// Starts training far more steps than the test will wait for.
    void start(const QStringList& more = {})
    {
        m_process.setStandardErrorFile(m_dir->filePath("stderr.txt"));
        m_process.start(program("kinora-engine"), QStringList{"train", "--run", m_run, "--steps", "100000"} + kSmall + more);
        QVERIFY(m_process.waitForStarted());
    }
    /// Waits until the run has a good checkpoint of at least this step.
    std::int64_t waitForCheckpoint(std::int64_t step)
    {
        for (int i = 0; i < 1200 && m_process.state() != QProcess::NotRunning; ++i) {
            if (RunReader::isRun(m_run.toStdString())) {
                const auto all = RunReader(m_run.toStdString()).checkpoints();
                if (!all.empty() && all.back().step >= step) return all.back().step;
            }
            m_process.waitForFinished(50);
        }
        return -1;
    }

    std::string inRun(const char* path) const { return m_run.toStdString() + path; }

    std::unique_ptr<QTemporaryDir> m_dir;
    QString m_run;
    QProcess m_process;
};

/// The commands of the pages about the systems, and the presets that name a built-in dataset.
void TestTrainCommand::whatIsDocumentedCouldBegin_data()
{
    QTest::addColumn<QStringList>("arguments");
    static const QRegularExpression command(QStringLiteral("^kinora (train [^\n]*--dataset '?builtin:[^\n]*)$"), QRegularExpression::MultilineOption);
    const QDir pages(QStringLiteral(KINORA_SOURCE_DIR "/docs/systems"));
    for (const QString& name : pages.entryList({QStringLiteral("*.md")})) {
        QString text = QString::fromStdString(readFile(pages.filePath(name).toStdString()));
        text.replace(QStringLiteral("\\\n"), QStringLiteral(" "));
        for (auto match = command.globalMatch(text); match.hasNext();) {
            QStringList arguments = QProcess::splitCommand(match.next().captured(1).replace(QLatin1Char('\''), QLatin1Char('"')));
            const qsizetype run = arguments.indexOf(QStringLiteral("--run"));
            QVERIFY2(run > 0, qPrintable(name));
            arguments.remove(run, 2);
            QTest::addRow("%s", qPrintable(name)) << arguments;
        }
    }
    static const QRegularExpression made(QStringLiteral("for (builtin:\\S+)"));
    const json systems = json::parse(call("kinora-engine", {"systems", "--json"}).out.toStdString()).at("systems");
    for (const json& system : systems)
        for (const json& preset : system.at("presets")) {
            const auto match = made.match(QString::fromStdString(preset.at("name")));
            if (!match.hasMatch()) continue;
            const QString id = QString::fromStdString(system.at("id")), key = QString::fromStdString(preset.at("id"));
            QTest::addRow("%s %s", qPrintable(id), qPrintable(key)) << QStringList{"train", "--system", id, "--preset", key, "--dataset", match.captured(1)};
        }
}

void TestTrainCommand::whatIsDocumentedCouldBegin()
{
    QFETCH(QStringList, arguments);
    const Result result = call("kinora-engine", arguments + QStringList{"--run", m_run, "--device", "cpu", "--check"});
    QVERIFY2(result.code == 0, qPrintable(result.err));
    QVERIFY(!QFileInfo::exists(m_run));
}

void TestTrainCommand::trainsAndResumesToATotal()
{
    Result result = call("kinora-engine", QStringList{"train", "--run", m_run, "--steps", "3", "--json"} + kSmall);
    QVERIFY2(result.code == 0, qPrintable(result.err));
    json answer = json::parse(result.out.toStdString());
    QCOMPARE(answer.at("state").get<std::string>(), std::string("finished"));
    QCOMPARE(answer.at("step").get<int>(), 3);
    QVERIFY(fs::exists(answer.at("checkpoint").get<std::string>()));

    // the order of sums, and with it the last bits, follows from the number of threads
    result = call("kinora-engine", {"train", "--run", m_run, "--resume", "--steps", "5", "--json", "--threads", "1"});
    QVERIFY2(result.code == 0, qPrintable(result.err));
    QCOMPARE(json::parse(result.out.toStdString()).at("step").get<int>(), 5);

    // five steps at once give the same weights
    const QString other = m_dir->filePath("other");
    result = call("kinora-engine", QStringList{"train", "--run", other, "--steps", "5"} + kSmall);
    QVERIFY2(result.code == 0, qPrintable(result.err));
    const safetensors::File a((fs::path(m_run.toStdString()) / "checkpoints" / "step-00000005.safetensors"));
    const safetensors::File b((fs::path(other.toStdString()) / "checkpoints" / "step-00000005.safetensors"));
    QCOMPARE(a.tensors().size(), b.tensors().size());
    for (const auto& [name, view] : a.tensors()) QVERIFY2(std::ranges::equal(view.bytes, b.at(name).bytes), name.c_str());

    // the total is reached: nothing is left to do; it cannot be smaller
    QCOMPARE(call("kinora-engine", {"train", "--run", m_run, "--resume"}).code, 0);
    result = call("kinora-engine", {"train", "--run", m_run, "--resume", "--steps", "4"});
    QCOMPARE(result.code, 2);
    QVERIFY(result.err.contains("step 5"));
    // a run is not overwritten
    result = call("kinora-engine", QStringList{"train", "--run", m_run, "--steps", "3"} + kSmall);
    QCOMPARE(result.code, 3);
    QVERIFY(result.err.contains("--resume"));
    QCOMPARE(newestGoodCheckpoint(RunReader(m_run.toStdString())).step, std::int64_t(5));
}

void TestTrainCommand::wrongUsageIsNamed_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("words");
    QTest::newRow("no run") << QStringList{"train", "--system", "g3an", "--dataset", "builtin:faces"} << "--run";
    QTest::newRow("no system") << QStringList{"train", "--dataset", "builtin:faces", "--run", "@"} << "--system";
    QTest::newRow("no dataset") << QStringList{"train", "--system", "g3an", "--run", "@"} << "--dataset";
    QTest::newRow("unknown system") << QStringList{"train", "--system", "g3na", "--dataset", "builtin:faces", "--run", "@"} << "did you mean 'g3an'";
    QTest::newRow("unknown key") << QStringList{"train", "--system", "g3an", "--dataset", "builtin:faces", "--run", "@", "--set", "base_chanels=4"} << "did you mean 'base_channels'";
    QTest::newRow("unknown training key") << QStringList{"train", "--system", "g3an", "--dataset", "builtin:faces", "--run", "@", "--set", "batchsize=4"} << "did you mean 'batch_size'";
    QTest::newRow("out of range") << QStringList{"train", "--system", "g3an", "--dataset", "builtin:faces", "--run", "@", "--set", "batch_size=0"} << "batch_size";
    QTest::newRow("no number") << QStringList{"train", "--system", "g3an", "--dataset", "builtin:faces", "--run", "@", "--set", "batch_size=many"} << "batch_size";
    QTest::newRow("no pair") << QStringList{"train", "--system", "g3an", "--dataset", "builtin:faces", "--run", "@", "--set", "batch_size"} << "key=value";
    QTest::newRow("unknown device") << QStringList{"train", "--system", "g3an", "--dataset", "builtin:faces", "--run", "@", "--device", "gpu"} << "gpu";
    QTest::newRow("unknown dataset") << QStringList{"train", "--system", "g3an", "--dataset", "builtin:face", "--run", "@"} << "builtin:faces";
    QTest::newRow("unknown preset") << QStringList{"train", "--system", "g3an", "--dataset", "builtin:faces", "--run", "@", "--preset", "papr"} << "paper";
    QTest::newRow("unknown option") << QStringList{"train", "--system", "g3an", "--dataset", "builtin:faces", "--run", "@", "--stepps", "3"} << "--steps";
    QTest::newRow("no steps") << QStringList{"train", "--system", "g3an", "--dataset", "builtin:faces", "--run", "@", "--steps", "0"} << "--steps";
    QTest::newRow("settings with resume") << QStringList{"train", "--run", "@", "--resume", "--set", "batch_size=2"} << "--set";
}

void TestTrainCommand::wrongUsageIsNamed()
{
    QFETCH(QStringList, arguments);
    QFETCH(QString, words);
    arguments.replaceInStrings("@", m_run);
    const Result result = call("kinora-engine", arguments);
    QVERIFY2(result.code == 2, qPrintable(QString::number(result.code) + result.err));
    QVERIFY2(lastLine(result.err).contains(words), qPrintable(result.err));
    QVERIFY(!fs::exists(m_run.toStdString()));  // nothing is left behind
}

void TestTrainCommand::missingAndBadInputIsNamed()
{
    const QStringList start = {"train", "--system", "g3an", "--run", m_run, "--device", "cpu"};
    Result result = call("kinora-engine", start + QStringList{"--dataset", m_dir->filePath("none.h5")});
    QCOMPARE(result.code, 3);
    QVERIFY(result.err.contains("none.h5"));
    QVERIFY(!fs::exists(m_run.toStdString()));
    // clips that are too short: how long they must be, and how built-in data becomes so
    result = call("kinora-engine", start + QStringList{"--dataset", "builtin:faces?clips=4&frames=8"});
    QCOMPARE(result.code, 3);
    QVERIFY2(result.err.contains("'builtin:faces?clips=4&frames=16'") && result.err.contains("the longest has 8"), qPrintable(result.err));
    QVERIFY(!fs::exists(m_run.toStdString()));
    // a metric that this system cannot be measured with
    result = call("kinora-engine", start + QStringList{"--dataset", "builtin:faces?clips=4", "--set", "base_channels=2", "--set", "metrics=motion_energy,best_of_n"});
    QCOMPARE(result.code, 2);
    QVERIFY2(result.err.contains("best_of_n: ") && result.err.contains("not given frames"), qPrintable(result.err));
    result = call("kinora-engine", start + QStringList{"--dataset", "builtin:faces?clips=4", "--set", "base_channels=2", "--set", "best_metric=best_of_n"});
    QVERIFY2(result.code == 2 && result.err.contains("not given frames"), qPrintable(result.err));
    QVERIFY(!fs::exists(m_run.toStdString()));
    writeFile(m_dir->filePath("bad.h5").toStdString(), "this is no HDF5");
    result = call("kinora-engine", start + QStringList{"--dataset", m_dir->filePath("bad.h5")});
    QCOMPARE(result.code, 3);
    result = call("kinora-engine", start + QStringList{"--dataset", "builtin:faces?clips=4", "--config", m_dir->filePath("none.toml")});
    QCOMPARE(result.code, 3);
    result = call("kinora-engine", {"train", "--run", m_run, "--resume"});
    QCOMPARE(result.code, 3);
    QVERIFY(result.err.contains("run.toml"));
    // a folder with something in it
    fs::create_directory(m_run.toStdString());
    writeFile(inRun("/thesis.txt"), "years of work");
    result = call("kinora-engine", QStringList{"train", "--run", m_run, "--steps", "1"} + kSmall);
    QCOMPARE(result.code, 3);
    QVERIFY(result.err.contains("not empty"));
    result = call("kinora-engine", QStringList{"train", "--run", m_run + "/thesis.txt", "--steps", "1"} + kSmall);
    QCOMPARE(result.code, 3);
    // clips that are too short
    result = call("kinora-engine", {"train", "--system", "g3an", "--run", m_dir->filePath("short"), "--dataset", "builtin:faces?clips=4&frames=8", "--device", "cpu"});
    QCOMPARE(result.code, 3);
    QVERIFY(result.err.contains("16 frames"));
    QVERIFY(!fs::exists(m_dir->filePath("short").toStdString()));
}

void TestTrainCommand::killedAndResumed()
{
    start({"--set", "checkpoint_interval=2"});
    QVERIFY(waitForCheckpoint(4) >= 4);
    // while it runs it is locked
    Result result = call("kinora-engine", {"train", "--run", m_run, "--resume"});
    QCOMPARE(result.code, 3);
    QVERIFY2(result.err.contains(QString::number(m_process.processId())), qPrintable(result.err));
    ::kill(static_cast<pid_t>(m_process.processId()), SIGKILL);
    QVERIFY(m_process.waitForFinished());

    const RunReader run(m_run.toStdString());
    QVERIFY(!run.locked());
    result = call("kinora", {"runs", "list", m_dir->path(), "--json"});
    QCOMPARE(json::parse(result.out.toStdString()).at(0).at("state").get<std::string>(), std::string("stale"));
    const std::int64_t good = newestGoodCheckpoint(run).step;
    // the newest one is torn, as by a failing disk: the one before it is taken
    const auto all = run.checkpoints();
    QVERIFY(all.size() >= 2);
    fs::resize_file(all.back().path, fs::file_size(all.back().path) - 100);
    result = call("kinora-engine", {"train", "--run", m_run, "--resume", "--steps", QString::number(good + 2), "--json"});
    QVERIFY2(result.code == 0, qPrintable(result.err));
    QVERIFY(result.err.contains("skipped"));
    QCOMPARE(json::parse(result.out.toStdString()).at("step").get<std::int64_t>(), good + 2);
    EventsReader events(m_run.toStdString());
    std::int64_t last = 0;
    for (const ScalarRecord& record : events.poll()) {
        if (record.tag != "loss/G_vid") continue;
        QCOMPARE(record.step, last + 1);  // neither a gap nor a step twice
        last = record.step;
    }
    QCOMPARE(last, good + 2);
}

void TestTrainCommand::killedBeforeTheFirstCheckpoint()
{
    start();
    for (int i = 0; i < 600 && !fs::exists(inRun("/samples/step-00000000.safetensors")); ++i) QTest::qWait(50);
    ::kill(static_cast<pid_t>(m_process.processId()), SIGKILL);
    QVERIFY(m_process.waitForFinished());
    const Result result = call("kinora-engine", {"train", "--run", m_run, "--resume", "--steps", "2", "--json"});
    QVERIFY2(result.code == 0, qPrintable(result.err));
    QVERIFY2(result.err.contains("step 0"), qPrintable(result.err));
    QCOMPARE(json::parse(result.out.toStdString()).at("step").get<int>(), 2);
    QVERIFY(fs::exists(inRun("/discarded-1/samples/step-00000000.safetensors")));
}

void TestTrainCommand::interruptedEndsInACleanSave_data()
{
    QTest::addColumn<int>("number");
    QTest::addColumn<int>("code");
    QTest::newRow("Ctrl-C") << SIGINT << 130;
    QTest::newRow("kill") << SIGTERM << 143;
}

void TestTrainCommand::interruptedEndsInACleanSave()
{
    QFETCH(int, number);
    QFETCH(int, code);
    start({"--set", "checkpoint_interval=2"});
    QVERIFY(waitForCheckpoint(2) >= 2);
    ::kill(static_cast<pid_t>(m_process.processId()), number);
    QVERIFY(m_process.waitForFinished(60000));
    QCOMPARE(m_process.exitStatus(), QProcess::NormalExit);
    QCOMPARE(m_process.exitCode(), code);
    const RunReader run(m_run.toStdString());
    QVERIFY(run.status()->progress.state == RunState::Stopped);
    QCOMPARE(newestGoodCheckpoint(run).step, run.status()->progress.step);
    QVERIFY(!fs::exists(inRun("/lock")));
}

void TestTrainCommand::steeredByRequests()
{
    start({"--set", "checkpoint_interval=1000"});
    const RunReader* run = nullptr;
    QTRY_VERIFY_WITH_TIMEOUT(RunReader::isRun(m_run.toStdString()) && RunReader(m_run.toStdString()).status() && RunReader(m_run.toStdString()).status()->progress.step > 0, 60000);
    const RunReader reader(m_run.toStdString());
    run = &reader;
    QVERIFY(call("kinora", {"runs", "set", m_run, "scalar_interval=2"}).code == 0);
    const Result refused = call("kinora", {"runs", "set", m_run, "batch_size=2"});
    QCOMPARE(refused.code, 2);
    QVERIFY2(refused.err.contains("batch_size"), qPrintable(refused.err));
    QVERIFY(call("kinora", {"runs", "pause", m_run}).code == 0);
    QTRY_VERIFY_WITH_TIMEOUT(run->status()->progress.state == RunState::Paused, 10000);
    const std::int64_t step = run->status()->progress.step, heartbeat = run->status()->heartbeat;
    QTRY_VERIFY_WITH_TIMEOUT(run->status()->heartbeat > heartbeat, 5000);
    QCOMPARE(run->status()->progress.step, step);
    Result result = call("kinora", {"runs", "checkpoint", m_run, "--json"});
    QCOMPARE(json::parse(result.out.toStdString()).at("answer").get<std::string>(), std::string("done"));
    QCOMPARE(newestGoodCheckpoint(*run).step, step);
    QVERIFY(call("kinora", {"runs", "resume", m_run}).code == 0);
    QTRY_VERIFY_WITH_TIMEOUT(run->status()->progress.step > step, 30000);
    QVERIFY(call("kinora", {"runs", "stop", m_run}).code == 0);
    QVERIFY(m_process.waitForFinished(60000));
    QCOMPARE(m_process.exitCode(), 0);  // it was asked to
    QVERIFY(run->status()->progress.state == RunState::Stopped);
    result = call("kinora", {"runs", "stop", m_run});
    QCOMPARE(result.code, 3);
    QVERIFY2(result.err.contains("no trainer"), qPrintable(result.err));
}

void TestTrainCommand::aFileSizeLimitIsAFullDisk()
{
    // a checkpoint of this size is refused by the kernel, everything smaller is not
    QProcess process;
    process.setChildProcessModifier([] {
        ::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{200000, 200000};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    });
    process.start(program("kinora-engine"), QStringList{"train", "--run", m_run, "--steps", "2", "--json"} + kSmall);
    QVERIFY(process.waitForFinished(120000));
    QCOMPARE(process.exitCode(), 3);
    const json answer = json::parse(process.readAllStandardOutput().toStdString());
    QCOMPARE(answer.at("error").at("code").get<std::string>(), std::string("disk_full"));
    const RunReader run(m_run.toStdString());
    QVERIFY(run.status()->progress.state == RunState::Failed);
    QVERIFY(!run.status()->progress.message.empty());
    QVERIFY(fs::is_empty(inRun("/checkpoints")));
}

void TestTrainCommand::runsAreListedShownAndCompared()
{
    QVERIFY(call("kinora-engine", QStringList{"train", "--run", m_dir->filePath("a"), "--steps", "2"} + kSmall).code == 0);
    QVERIFY(call("kinora-engine", QStringList{"train", "--run", m_dir->filePath("b"), "--steps", "1", "--set", "learning_rate_g=0.001"} + kSmall).code == 0);
    fs::create_directory(m_dir->filePath("c").toStdString());
    writeFile(m_dir->filePath("c/run.toml").toStdString(), "no = = TOML");
    Result result = call("kinora", {"runs", "list", m_dir->path(), "--json"});
    QVERIFY2(result.code == 0, qPrintable(result.err));
    const json list = json::parse(result.out.toStdString());
    QCOMPARE(list.size(), std::size_t(3));
    QCOMPARE(list[0].at("state").get<std::string>(), std::string("finished"));
    QCOMPARE(list[0].at("step").get<int>(), 2);
    QCOMPARE(list[2].at("state").get<std::string>(), std::string("damaged"));
    result = call("kinora", {"runs", "list", m_dir->path()});
    QVERIFY(result.out.contains("finished") && result.out.contains("g3an"));

    result = call("kinora", {"runs", "show", m_dir->filePath("a"), "--json"});
    const json shown = json::parse(result.out.toStdString());
    QCOMPARE(shown.at("system_options").at("base_channels").get<int>(), 2);
    QCOMPARE(shown.at("scalars").at("loss/G_vid").at("step").get<int>(), 2);
    QCOMPARE(shown.at("checkpoints").size(), std::size_t(1));
    QVERIFY(call("kinora", {"runs", "show", m_dir->filePath("a")}).out.contains("base_channels"));
    QCOMPARE(call("kinora", {"runs", "show", m_dir->filePath("nothing")}).code, 3);
    QCOMPARE(call("kinora", {"runs", "show", m_dir->filePath("c")}).code, 3);

    result = call("kinora", {"runs", "diff", m_dir->filePath("a"), m_dir->filePath("b"), "--json"});
    const json differences = json::parse(result.out.toStdString()).at("differences");
    QCOMPARE(differences.size(), std::size_t(2));
    QVERIFY(differences.contains("learning_rate_g") && differences.contains("total_steps"));

    result = call("kinora", {"runs", "tail", m_dir->filePath("a"), "--json"});
    const QStringList lines = result.out.trimmed().split(QLatin1Char('\n'));
    QCOMPARE(lines.size(), 3);  // the samples before the first step have values too
    for (int i = 0; i < 3; ++i) QCOMPARE(json::parse(lines[i].toStdString()).at("step").get<int>(), i);
    QCOMPARE(call("kinora", {"runs", "lst"}).code, 2);
}

void TestTrainCommand::aConfigurationFileAndAPreset()
{
    writeFile(m_dir->filePath("c.toml").toStdString(), "batch_size = 3\nbase_channels = 4\n");
    QStringList arguments = kSmall;
    arguments << "--config" << m_dir->filePath("c.toml") << "--preset" << "faces_small";
    const Result result = call("kinora-engine", QStringList{"train", "--run", m_run, "--steps", "1"} + arguments);
    QVERIFY2(result.code == 0, qPrintable(result.err));
    const RunConfig config = RunReader(m_run.toStdString()).config();
    QVERIFY(config.systemOptions.at("base_channels") == OptionValue(std::int64_t(2)));  // --set wins
    QVERIFY(config.trainingOptions.at("batch_size") == OptionValue(std::int64_t(2)));
    writeFile(m_dir->filePath("c.toml").toStdString(), "batch_sice = 3\n");
    const Result unknown = call("kinora-engine", QStringList{"train", "--run", m_dir->filePath("other"), "--config", m_dir->filePath("c.toml")} + kSmall);
    QCOMPARE(unknown.code, 2);
    QVERIFY2(unknown.err.contains("did you mean 'batch_size'"), qPrintable(unknown.err));
}

QTEST_GUILESS_MAIN(TestTrainCommand)
#include "tst_train_command.moc"
