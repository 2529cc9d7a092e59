// What a person does with runs, and what a table shows of them: summaries, best checkpoints, forks, duplicates, archive, deletion, moved datasets, the queue; and that nothing is
// changed on disk where something is refused.
#include <sys/wait.h>
#include <unistd.h>

#include <QTemporaryDir>
#include <QtTest>
#include <chrono>
#include <cmath>
#include <csignal>
#include <fstream>
#include <thread>

#include "core/events/tfevents.h"
#include "core/run/run_actions.h"
#include "core/run/run_directory.h"
#include "core/run/run_queue.h"
#include "core/run/run_summary.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/random.h"
#include "tests/support/run_trees.h"

namespace fs = std::filesystem;
using namespace kinora;
using namespace kinora::test;
using nlohmann::json;

namespace {
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

std::vector<std::int64_t> stepsIn(const fs::path& run)
{
    std::vector<std::int64_t> steps;
    for (const CheckpointFile& file : RunReader(run).checkpoints()) steps.push_back(file.step);
    return steps;
}
using Steps = std::vector<std::int64_t>;

std::vector<json> eventsOf(const fs::path& run, const std::string& kind)
{
    std::vector<json> found;
    for (const json& line : RunReader(run).history())
        if (line.value("kind", "") == kind) found.push_back(line);
    return found;
}

/// A child process that does something and says so through a pipe by its exit.
template <class Work>
pid_t child(Work&& work)
{
    const pid_t pid = ::fork();
    if (pid == 0) {
        int code = 99;
        try {
            code = work();
        } catch (...) {
        }
        ::_exit(code);
    }
    return pid;
}
int exitOf(pid_t pid)
{
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Waits in a queue until its turn or its removal; with the turn it stays until it is killed.
int waiter(const fs::path& queue, const fs::path& run)
{
    QueueTicket ticket;
    ticket.run = run;
    ticket.device = "cpu";
    ticket.arguments = {"train", "--run", run.string()};
    ticket.folder = "/";
    QueueTurn turn{RunQueue(queue), ticket};
    while (true) {
        const QueueTurn::Step step = turn.look();
        if (step == QueueTurn::Step::Removed) return 130;
        if (step == QueueTurn::Step::Mine) {
            for (;;) ::pause();
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}
}  // namespace

class TestRunActions final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        QVERIFY(m_dir->isValid());
        m_root = fs::canonical(m_dir->path().toStdString()) / "runs";
        fs::create_directory(m_root);
        m_queue = m_root.parent_path() / "queue";
    }
    void theBestCheckpointIsKept();
    void theBestAfterAResume();
    void goingBackWhileTraining();
    void aSummaryHasWhatATableShows();
    void aSummaryFollowsWhatChanges();
    void manyRunsAreCheapToLookAt();
    void clocksThatJumpMeanNothing();
    void damagedRunsAreNamedAndLeftAlone_data();
    void damagedRunsAreNamedAndLeftAlone();
    void everyFlippedBitOfACheckpointIsNoticed();
    void differencesAreFound();
    void changesAreRead();
    void aDuplicateIsACommand();
    void aForkGoesOnWithACheckpoint();
    void aForkThatIsRefusedLeavesNothing();
    void archivedAndBroughtBack();
    void deletedOnlyWhereItIsARun();
    void aLockedRunStaysWhereItIs();
    void aDatasetThatMoved();
    void theQueueKeepsItsOrder();
    void aKilledWaiterStandsInNobodysWay();
    void twoThatStartAtOnce();
    void ticketsFromBeforeARestartAreLost();
    void trainersThatNobodyQueuedAreLetEnd();

private:
    std::unique_ptr<QTemporaryDir> m_dir;
    fs::path m_root, m_queue;
};

void TestRunActions::theBestCheckpointIsKept()
{
    const fs::path run = m_root / "run";
    {
        const auto writer = RunWriter::create(run, toyConfig());  // keeps the newest two
        writer->checkpoint(10, checkpointBytes(10));
        writer->best(10, "motion_energy", 0.5, true);
        for (const std::int64_t step : {20, 30, 40}) writer->checkpoint(step, checkpointBytes(step));
        QCOMPARE(stepsIn(run), (Steps{10, 30, 40}));
        QCOMPARE(RunReader(run).best()->step, std::int64_t(10));
        // a better one: the one before goes
        writer->checkpoint(50, checkpointBytes(50));
        writer->best(50, "motion_energy", 0.25, true);
        QCOMPARE(stepsIn(run), (Steps{40, 50}));
        for (const std::int64_t step : {60, 70, 80}) writer->checkpoint(step, checkpointBytes(step));
        QCOMPARE(stepsIn(run), (Steps{50, 70, 80}));
        writer->setRetention(2, 20);
        writer->checkpoint(90, checkpointBytes(90));
        QCOMPARE(stepsIn(run), (Steps{50, 80, 90}));
    }
    const auto best = RunReader(run).best();
    QVERIFY(best && best->metric == "motion_energy" && best->value == 0.25 && best->lowerIsBetter && fs::exists(best->path));
    fs::remove(best->path);
    QVERIFY(!RunReader(run).best());
    writeFile(run / "best.json", "{\"step\": \"x\"}");
    const auto error = errorOf([&] { static_cast<void>(RunReader(run).best()); });
    QVERIFY(error && error->code() == ErrorCode::Damaged && error->subject().ends_with("best.json"));
}

void TestRunActions::theBestAfterAResume()
{
    const fs::path run = m_root / "run";
    {
        const auto writer = RunWriter::create(run, toyConfig());
        writer->setRetention(10, 0);
        const std::vector<std::pair<std::int64_t, double>> measured = {{10, 0.5}, {20, 0.4}, {30, 0.45}, {40, 0.1}};
        double best = 1;
        for (const auto& [step, value] : measured) {
            writer->checkpoint(step, checkpointBytes(step));
            writer->event("metric", step, {{"metric", "motion_energy"}, {"value", value}});
            if (value < best) writer->best(step, "motion_energy", best = value, true);
        }
        QCOMPARE(RunReader(run).best()->step, std::int64_t(40));
    }
    // the best one lies behind the resume: the best of those before it
    RunWriter::resume(run, 30, 100);
    const auto best = RunReader(run).best();
    QVERIFY(best && best->step == 20 && best->value == 0.4);
    QVERIFY(fs::exists(run / "discarded-1" / "checkpoints" / "step-00000040.safetensors"));
    RunWriter::resume(run, 0, 100);
    QVERIFY(!RunReader(run).best() && !fs::exists(run / "best.json"));
}

void TestRunActions::goingBackWhileTraining()
{
    const fs::path run = m_root / "run";
    const auto writer = RunWriter::create(run, toyConfig());
    QVERIFY(!writer->rollBack());
    writer->checkpoint(10, checkpointBytes(10, "toy", 1));
    writer->checkpoint(20, checkpointBytes(20, "toy", 2));
    for (std::int64_t step = 1; step <= 25; ++step) writer->scalars(step, 0, {{"loss", 1.0}});
    fs::resize_file(run / "checkpoints" / "step-00000020.safetensors", 5000);  // the newest one is damaged
    const auto file = writer->rollBack();
    QVERIFY(file);
    QCOMPARE(file->metadata().at("step"), std::string("10"));
    QVERIFY(fs::exists(run / "discarded-1" / "checkpoints" / "step-00000020.safetensors"));
    EventsReader events(run);
    std::int64_t last = 0;
    for (const ScalarRecord& record : events.poll()) last = std::max(last, record.step);
    QCOMPARE(last, std::int64_t(10));
    QVERIFY(writer->freeBytes().value_or(0) > 0);
}

void TestRunActions::aSummaryHasWhatATableShows()
{
    const fs::path run = m_root / "run";
    RunConfig config = toyConfig();
    config.fork = ForkOrigin{"/somewhere/parent", 30, {"rate"}, {{"rate", 0.2}}};
    config.data = DatasetFacts{9, {"action: left, right"}, "abc"};
    const auto writer = RunWriter::create(run, config);
    writer->scalars(5, 0.5, {{"loss/G", 0.25}, {"loss/D", std::nan("")}});
    writer->checkpoint(5, checkpointBytes(5));
    writer->event("metric", 5, {{"metric", "motion_energy"}, {"value", 0.5}, {"lower_is_better", true}});
    writer->event("metric", 6, {{"metric", "motion_energy"}, {"value", 0.75}, {"lower_is_better", true}});
    writer->event("metric", 6, {{"metric", "odd"}, {"value", 3}});  // nobody says which way is better
    writer->best(5, "motion_energy", 0.5, true);
    writer->event("alarm", 6, {{"alarm", "saturation"}, {"message", "D is always right"}, {"action", "go_on"}});
    writer->event("alarm", 6, {{"alarm", "disk"}, {"message", "5 MB left"}, {"action", "go_on"}});
    writer->event("alarm_over", 6, {{"alarm", "disk"}});
    RunProgress progress;
    progress.step = 6;
    progress.totalSteps = 100;
    progress.stepsPerSecond = 2;
    writer->progress(progress);
    RunReader(run).setNotes({{"tags", {"good", "paper"}}, {"notes", "figure 3"}, {"name", "Baseline"}});

    RunSummaries summaries{RunQueue(m_queue)};
    QTRY_COMPARE(summaries.look(run).step(), std::int64_t(6));
    const RunSummary& summary = summaries.look(run);
    QVERIFY(summary.condition == RunCondition::Running && summary.locked);
    QCOMPARE(summary.name, std::string("Baseline"));
    QCOMPARE(summary.tags, (std::vector<std::string>{"good", "paper"}));
    QCOMPARE(summary.notes, std::string("figure 3"));
    QVERIFY(summary.parent && summary.parent->step == 30 && summary.parent->changed == std::vector<std::string>{"rate"});
    QVERIFY(std::get<double>(summary.parent->before.at("rate")) == 0.2);
    QCOMPARE(summary.config->data->labels, (std::vector<std::string>{"action: left, right"}));
    QCOMPARE(summary.best.size(), std::size_t(1));
    QVERIFY(summary.best.at("metric/motion_energy").value == 0.5 && summary.best.at("metric/motion_energy").step == 5);
    QCOMPARE(summary.bestCheckpoint->step, std::int64_t(5));
    QVERIFY(summary.latest.at("loss/G").step == 5 && summary.latest.at("loss/G").value == 0.25);
    QVERIFY(std::isnan(summary.latest.at("loss/D").value));
    QCOMPARE(summary.alarms.size(), std::size_t(1));
    QCOMPARE(summary.alarms[0].message, std::string("D is always right"));
    QCOMPARE(summary.remainingS().value_or(0), 47.0);
    QCOMPARE(optionText(*configValue(*summary.config, "width")), std::string("4"));
    QVERIFY(!configValue(*summary.config, "height"));
    QVERIFY(!summary.created.empty() && !summary.queuePosition && !summary.archived);
}

void TestRunActions::aSummaryFollowsWhatChanges()
{
    const fs::path run = m_root / "run";
    RunSummaries summaries{RunQueue(m_queue)};
    QVERIFY(summaries.look(run).condition == RunCondition::Missing);
    fs::create_directory(run);
    QVERIFY(summaries.look(run).condition == RunCondition::Damaged);  // a folder that is no run
    {
        const auto writer = RunWriter::create(run, toyConfig());
        QVERIFY(summaries.look(run).condition == RunCondition::Created);
        writer->event("metric", 10, {{"metric", "m"}, {"value", 2}, {"lower_is_better", false}});
        QCOMPARE(summaries.look(run).best.at("metric/m").value, 2.0);
        writer->event("metric", 20, {{"metric", "m"}, {"value", 3}, {"lower_is_better", false}});
        QCOMPARE(summaries.look(run).best.at("metric/m").step, std::int64_t(20));
        // a torn line is read once it is whole
        std::ofstream(run / "history.jsonl", std::ios::app) << R"({"kind": "metric", "step": 30, "metric": "m", )" << std::flush;
        QCOMPARE(summaries.look(run).best.at("metric/m").step, std::int64_t(20));
        std::ofstream(run / "history.jsonl", std::ios::app) << "\"value\": 4}\n" << std::flush;
        QCOMPARE(summaries.look(run).best.at("metric/m").step, std::int64_t(30));
        writer->event("alarm", 30, {{"alarm", "nan"}, {"message", "loss"}, {"action", "stop"}});
        QCOMPARE(summaries.look(run).alarms.size(), std::size_t(1));
        RunProgress progress;
        progress.state = RunState::Failed;
        progress.message = "loss is not a number";
        writer->progress(progress);
    }
    QVERIFY(summaries.look(run).condition == RunCondition::Failed);
    QCOMPARE(summaries.look(run).problem, std::string("loss is not a number"));
    // a resume before some of them: they are void, and the alarm is over
    RunWriter::resume(run, 20, 500);
    const RunSummary& after = summaries.look(run);
    QCOMPARE(after.best.at("metric/m").step, std::int64_t(20));
    QVERIFY(after.alarms.empty());
    QCOMPARE(after.totalSteps, std::int64_t(500));
    QVERIFY(after.condition == RunCondition::Stale);  // it never said that it ended
    QVERIFY(after.problem.find("--resume") != std::string::npos);
    appendHistory(run, "dataset", 20, {{"from", "a"}, {"to", "/new/clips.h5"}});
    QCOMPARE(summaries.look(run).dataset, std::string("/new/clips.h5"));
    fs::remove_all(run);
    QVERIFY(summaries.lookAll(m_root).empty());
}

void TestRunActions::manyRunsAreCheapToLookAt()
{
    makeRun(m_root / "run-000");
    for (int i = 1; i < 200; ++i) {
        char name[32];
        std::snprintf(name, sizeof name, "run-%03d", i);
        fs::copy(m_root / "run-000", m_root / name, fs::copy_options::recursive);
    }
    RunSummaries summaries{RunQueue(m_queue)};
    QElapsedTimer timer;
    timer.start();
    QCOMPARE(summaries.lookAll(m_root).size(), std::size_t(200));
    const double first = static_cast<double>(timer.nsecsElapsed()) / 1e6;
    double again = 1e9;
    for (int i = 0; i < 5; ++i) {
        timer.restart();
        QCOMPARE(summaries.lookAll(m_root).size(), std::size_t(200));
        again = std::min(again, static_cast<double>(timer.nsecsElapsed()) / 1e6);
    }
    qInfo("200 runs: %.1f ms at first, %.1f ms when nothing has changed", first, again);
    QVERIFY2(again < 250, qPrintable(QString::number(again)));  // a tenth of that on an idle machine
}

void TestRunActions::clocksThatJumpMeanNothing()
{
    const fs::path run = m_root / "run";
    const auto writer = RunWriter::create(run, toyConfig());
    RunProgress progress;
    progress.step = 1;
    progress.totalSteps = 100;
    writer->progress(progress);
    QTRY_VERIFY(RunReader(run).status()->progress.state == RunState::Running);
    const auto now = fs::file_time_type::clock::now();
    for (const auto shift : {std::chrono::hours(-24 * 365), std::chrono::hours(24 * 365)}) {
        RunSummaries summaries{RunQueue(m_queue)};
        RunSummary before;
        // one look may be in doubt; a second one sees the heartbeat (which may come just before the look: again then)
        QTRY_VERIFY(([&] {
            for (const char* name : {"run.toml", "history.jsonl", "lock", "status.json"}) fs::last_write_time(run / name, now + shift);
            before = summaries.look(run);
            return RunSummaries::doubtful(before);
        })());
        QVERIFY(before.condition == RunCondition::Running);
        QTRY_VERIFY_WITH_TIMEOUT(summaries.look(run).status->heartbeat > before.status->heartbeat, 10000);
        QVERIFY(!RunSummaries::doubtful(summaries.look(run)));
    }
    // the wall clock of the writer is not asked either: steps and restarts order everything
    writer->checkpoint(10, checkpointBytes(10));
    writer->checkpoint(20, checkpointBytes(20));
    fs::last_write_time(run / "checkpoints" / "step-00000020.safetensors", now - std::chrono::hours(24 * 3650));
    QCOMPARE(newestGoodCheckpoint(RunReader(run)).step, std::int64_t(20));
}

void TestRunActions::damagedRunsAreNamedAndLeftAlone_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("words");
    const int damaged = int(ErrorCode::Damaged), incompatible = int(ErrorCode::Incompatible), missing = int(ErrorCode::NotFound);
    QTest::newRow("no TOML") << "run.toml" << QByteArray("no = = TOML") << damaged << "line 1";
    QTest::newRow("cut short") << "run.toml" << QByteArray("schema = 1\nsystem = \"to") << damaged << "run.toml";
    QTest::newRow("somebody else's") << "run.toml" << QByteArray("[package]\nname = \"run\"\n") << damaged << "schema";
    QTest::newRow("empty") << "run.toml" << QByteArray() << damaged << "schema";
    QTest::newRow("binary") << "run.toml" << QByteArray("\0\1\2\xff\xfe", 5) << damaged << "run.toml";
    QTest::newRow("newer") << "run.toml" << QByteArray("schema = 2\nsystem = \"toy\"\n") << incompatible << "newer Kinora";
    QTest::newRow("wrong type") << "run.toml" << QByteArray("schema = 1\nsystem = \"toy\"\ndataset = \"d\"\ndevice = \"cpu\"\nversion = \"1\"\nseed = \"one\"\ntotal_steps = 3\n") << damaged << "seed";
    QTest::newRow("none") << "run.toml" << QByteArray("-") << missing << "run.toml";
    QTest::newRow("status") << "status.json" << QByteArray("{\"state\": ") << -1 << "status.json";
    QTest::newRow("status of something else") << "status.json" << QByteArray("{\"state\": \"dancing\"}") << -1 << "status";
    QTest::newRow("history") << "history.jsonl" << QByteArray("\0\0\0{{{\n[1,2]\n{\"kind\": 5, \"step\": \"x\", \"total_steps\": \"y\"}\n", 60) << -2 << "";
    QTest::newRow("notes") << "notes.json" << QByteArray("[") << -2 << "";
    QTest::newRow("best") << "best.json" << QByteArray("[") << -2 << "";
}

void TestRunActions::damagedRunsAreNamedAndLeftAlone()
{
    QFETCH(QString, file);
    QFETCH(QByteArray, content);
    QFETCH(int, code);
    QFETCH(QString, words);
    const fs::path run = m_root / "run", other = m_root / "other";
    makeRun(run);
    if (content == "-") fs::remove(run / file.toStdString());
    else {
        std::ofstream stream(run / file.toStdString(), std::ios::binary);
        stream.write(content.data(), content.size());
    }
    const std::string before = treeHash(m_root);
    RunSummaries summaries{RunQueue(m_queue)};
    const RunSummary& summary = summaries.look(run);
    QVERIFY(summary.condition == (code == -2 ? RunCondition::Stopped : RunCondition::Damaged));
    QVERIFY2(code == -2 || QString::fromStdString(summary.problem).contains(words), summary.problem.c_str());
    QCOMPARE(treeHash(m_root), before);
    if (code < 0) return;  // the configuration is good: such a run may be moved or deleted
    for (const auto& work : std::vector<std::function<void()>>{[&] { archiveRun(run); }, [&] { restoreRun(run); }, [&] { deleteRun(run); }, [&] { relocateDataset(run, "x"); },
                                                               [&] { forkRun(run, std::nullopt, other); }, [&] { static_cast<void>(duplicateArguments(run, other)); },
                                                               [&] { static_cast<void>(differences(std::vector<fs::path>{run, run})); }, [&] { RunWriter::resume(run, 10, 100); }}) {
        const auto error = errorOf(work);
        QVERIFY(error);
        QCOMPARE(int(error->code()), code);
        QVERIFY2(QString::fromUtf8(error->what()).contains(words), error->what());
        QCOMPARE(treeHash(m_root), before);
    }
}

void TestRunActions::everyFlippedBitOfACheckpointIsNoticed()
{
    const fs::path run = m_root / "run";
    makeRun(run);
    const fs::path newest = run / "checkpoints" / "step-00000020.safetensors";
    const std::string good = readFile(newest);
    Random random(11);
    const auto write = [&](const std::string& bytes) { std::ofstream(newest, std::ios::binary | std::ios::trunc).write(bytes.data(), static_cast<std::streamsize>(bytes.size())); };
    const auto before = [&](std::int64_t step) {
        std::vector<std::string> skipped;
        return newestGoodCheckpoint(RunReader(run), &skipped).step == step && skipped.size() == (step == 10 ? 1U : 0U) && (step == 20 || skipped[0].find(newest.string()) != std::string::npos);
    };
    QVERIFY(before(20));
    const std::size_t header = 8 + static_cast<std::size_t>(static_cast<unsigned char>(good[0])) + 256 * static_cast<std::size_t>(static_cast<unsigned char>(good[1]));
    for (int i = 0; i < 300; ++i) {  // anywhere in the tensors; a text of the header may change without harm
        std::string bytes = good;
        const std::size_t at = header + static_cast<std::size_t>(random.below(static_cast<std::int64_t>(good.size() - header)));
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8)));
        write(bytes);
        QVERIFY2(before(10), qPrintable(QStringLiteral("bit in byte %1").arg(at)));
    }
    for (int i = 0; i < 100; ++i) {
        write(good.substr(0, static_cast<std::size_t>(random.below(static_cast<std::int64_t>(good.size())))));
        QVERIFY(before(10));
    }
    write(good + "x");
    QVERIFY(before(10));
    write(std::string(good.size(), '\0'));  // as a file system leaves it that lost the data and kept the size
    QVERIFY(before(10));
    write(good);
    QVERIFY(before(20));
}

void TestRunActions::differencesAreFound()
{
    RunConfig a = toyConfig(), b = toyConfig(), c = toyConfig();
    QVERIFY(differences({a, b, c}).empty());
    b.systemOptions["width"] = std::int64_t(8);
    c.trainingOptions.erase("batch_size");
    c.seed = 6;
    const auto rows = differences({a, b, c});
    QCOMPARE(rows.size(), std::size_t(3));
    QVERIFY(rows[0].key == "seed" && rows[0].group == "run" && rows[1].key == "width" && rows[1].group == "system" && rows[2].key == "batch_size");
    QVERIFY(rows[1].values[0] == OptionValue(std::int64_t(4)) && rows[1].values[1] == OptionValue(std::int64_t(8)) && !rows[2].values[2]);
    makeRun(m_root / "a");
    makeRun(m_root / "b");
    RunWriter::resume(m_root / "b", 20, 400);
    const auto steps = differences(std::vector<fs::path>{m_root / "a", m_root / "b"});
    QVERIFY(steps.size() == 1 && steps[0].key == "total_steps" && steps[0].values[1] == OptionValue(std::int64_t(400)));
}

void TestRunActions::changesAreRead()
{
    const RunChanges changes = parseChanges(toyConfig(), {"width=8", "rate = 1", "dataset=/a/b=c.h5", "seed=9", "steps=50", "device=cuda:1", "learning_rate/G=1e-4"});
    QVERIFY(changes.options.at("width") == OptionValue(std::int64_t(8)) && changes.options.at("rate") == OptionValue(1.0));
    QVERIFY(changes.dataset == "/a/b=c.h5" && changes.seed == 9U && changes.totalSteps == 50 && changes.device == "cuda:1");
    for (const auto& [setting, words] : std::vector<std::pair<std::string, std::string>>{{"widht=8", "did you mean 'width'"}, {"width=wide", "width"}, {"width", "key=value"}, {"system=other", "cannot be changed"},
                                                                                         {"steps=0", "total_steps"}, {"=3", "key=value"}}) {
        const auto error = errorOf([&] { static_cast<void>(parseChanges(toyConfig(), {setting})); });
        QVERIFY2(error && error->code() == ErrorCode::Usage && std::string(error->what()).find(words) != std::string::npos, error ? error->what() : setting.c_str());
    }
}

void TestRunActions::aDuplicateIsACommand()
{
    RunConfig config = toyConfig();
    config.dataset = "/clips/it's here.h5";
    config.trainingOptions["split"] = std::string();
    makeRun(m_root / "a", 20, config);
    const std::string before = treeHash(m_root);
    const auto arguments = duplicateArguments(m_root / "a", "b", parseChanges(config, {"width=8", "seed=7"}));
    QCOMPARE(commandLine(arguments), std::string("kinora train --system toy --dataset '/clips/it'\\''s here.h5' --run b --steps 100 --seed 7 --device cpu --set rate=0.1 --set width=8 --set batch_size=8 "
                                                 "--set keep_checkpoints=2"));
    QCOMPARE(treeHash(m_root), before);
}

void TestRunActions::aForkGoesOnWithACheckpoint()
{
    makeRun(m_root / "parent");
    const std::string parentCheckpoint = sha256File(m_root / "parent" / "checkpoints" / "step-00000010.safetensors");
    const fs::path run = m_root / "deeper" / "child";
    QCOMPARE(forkRun(m_root / "parent", 10, run, parseChanges(toyConfig(), {"rate=0.05", "batch_size=4", "learning_rate/G=0.02", "total_steps=60"})), std::int64_t(10));
    QCOMPARE(stepsIn(run), (Steps{10}));
    const RunReader reader(run);
    const RunConfig config = reader.config();
    QVERIFY(config.systemOptions.at("rate") == OptionValue(0.05) && config.trainingOptions.at("batch_size") == OptionValue(std::int64_t(4)));
    QCOMPARE(config.totalSteps, std::int64_t(60));
    QVERIFY(config.fork && config.fork->run == m_root / "parent" && config.fork->step == 10 && config.fork->before.at("rate") == OptionValue(0.1));
    QCOMPARE(config.fork->changed, (std::vector<std::string>{"total_steps", "rate", "batch_size", "learning_rate/G"}));
    // the copy says the new settings, holds the same tensors and passes its check
    const safetensors::File file(run / "checkpoints" / "step-00000010.safetensors"), parents(m_root / "parent" / "checkpoints" / "step-00000010.safetensors");
    checkCheckpoint({10, run / "checkpoints" / "step-00000010.safetensors"});
    QVERIFY(json::parse(file.metadata().at("options")).at("rate") == 0.05);
    QVERIFY(json::parse(file.metadata().at("optimizers")).at("G").at("learning_rates").at(0) == 0.02);
    QVERIFY(json::parse(file.metadata().at("loader")).at("restart") == true);  // batches of another size
    for (const auto& [name, view] : parents.tensors()) QVERIFY(std::ranges::equal(view.bytes, file.at(name).bytes));
    QCOMPARE(sha256File(m_root / "parent" / "checkpoints" / "step-00000010.safetensors"), parentCheckpoint);
    QCOMPARE(eventsOf(run, "fork").at(0).at("from").get<std::string>(), (m_root / "parent").string());
    QCOMPARE(eventsOf(m_root / "parent", "fork").at(0).at("to").get<std::string>(), run.string());
    // it can be resumed like any run, and the parent goes on
    RunWriter::resume(run, 10, 60);
    RunWriter::resume(m_root / "parent", 20, 100);
    RunSummaries summaries{RunQueue(m_queue)};
    QVERIFY(summaries.look(run).parent);
    // a fork of a fork, from the newest
    QCOMPARE(forkRun(run, std::nullopt, m_root / "grandchild"), std::int64_t(10));
    QVERIFY(!json::parse(safetensors::File(m_root / "grandchild" / "checkpoints" / "step-00000010.safetensors").metadata().at("loader")).contains("wrong"));
}

void TestRunActions::aForkThatIsRefusedLeavesNothing()
{
    makeRun(m_root / "parent");
    makeRun(m_root / "taken");
    fs::create_directory(m_root / "full");
    writeFile(m_root / "full" / "thesis.txt", "years of work");
    writeFile(m_root / "parent" / "checkpoints" / "step-00000015.safetensors", checkpointBytes(15, "another"));
    const std::string before = treeHash(m_root);
    const auto refused = [&](std::optional<std::int64_t> step, const char* target, const RunChanges& changes, ErrorCode code, const std::string& words) {
        const auto error = errorOf([&] { forkRun(m_root / "parent", step, m_root / target, changes); });
        QVERIFY(error);
        QVERIFY2(error->code() == code && std::string(error->what()).find(words) != std::string::npos, error->what());
        QCOMPARE(treeHash(m_root), before);
    };
    refused(10, "taken", {}, ErrorCode::CannotWrite, "holds a run already");
    refused(10, "full", {}, ErrorCode::CannotWrite, "not empty");
    refused(12, "child", {}, ErrorCode::NotFound, "10, 15, 20");
    refused(15, "child", {}, ErrorCode::Incompatible, "'another'");
    RunChanges changes;
    changes.options["widht"] = std::int64_t(3);
    refused(10, "child", changes, ErrorCode::Usage, "did you mean 'width'");
    changes.options = {{"learning_rate/E", 0.1}};
    refused(10, "child", changes, ErrorCode::Usage, "no optimizer 'E'");
    changes.options = {{"learning_rate/G", -0.1}};
    refused(10, "child", changes, ErrorCode::Usage, "above 0");
    changes = {};
    changes.totalSteps = 5;
    refused(10, "child", changes, ErrorCode::Usage, "total_steps");
    changes = {};
    changes.seed = 3;
    refused(10, "child", changes, ErrorCode::Usage, "seed");
}

void TestRunActions::archivedAndBroughtBack()
{
    makeRun(m_root / "run");
    const std::string before = treeHash(m_root);
    const fs::path away = archiveRun(m_root / "run" / "");  // with a slash at its end, as a shell completes it
    QCOMPARE(away, m_root / "archive" / "run");
    QVERIFY(!fs::exists(m_root / "run") && !fs::exists(away / "lock"));
    QVERIFY(runsIn(m_root).empty());
    QCOMPARE(runsIn(m_root, true), (std::vector<fs::path>{away}));
    RunSummaries summaries{RunQueue(m_queue)};
    QVERIFY(summaries.lookAll(m_root, true).at(0).archived);
    QVERIFY(errorOf([&] { archiveRun(away); })->code() == ErrorCode::Usage);
    // another of that name was made meanwhile: neither is touched
    makeRun(m_root / "run");
    QVERIFY(errorOf([&] { restoreRun(away); })->code() == ErrorCode::CannotWrite);
    QVERIFY(errorOf([&] { archiveRun(m_root / "run"); })->code() == ErrorCode::CannotWrite);
    deleteRun(m_root / "run");
    QCOMPARE(restoreRun(away), m_root / "run");
    QCOMPARE(treeHash(m_root), before);
    QVERIFY(errorOf([&] { restoreRun(m_root / "run"); })->code() == ErrorCode::Usage);
}

void TestRunActions::deletedOnlyWhereItIsARun()
{
    makeRun(m_root / "run");
    makeRun(m_root / "keep");
    writeFile(m_root / "precious.txt", "x");
    fs::create_directory_symlink(m_root / "keep", m_root / "run" / "link");  // what it points to stays
    const RunSize size = sizeOfRun(m_root / "run");
    QVERIFY(size.files >= 5 && size.bytes > 8000 && size.checkpoints == 2);
    const std::string keep = treeHash(m_root / "keep");
    QVERIFY(errorOf([&] { deleteRun(m_root); })->code() == ErrorCode::NotFound);
    QVERIFY(errorOf([&] { deleteRun(m_root / "nothing"); })->code() == ErrorCode::NotFound);
    fs::create_directory_symlink(m_root / "keep", m_root / "alias");
    QVERIFY(errorOf([&] { deleteRun(m_root / "alias"); }));
    deleteRun(m_root / "run");
    QVERIFY(!fs::exists(m_root / "run"));
    QCOMPARE(treeHash(m_root / "keep"), keep);
    QVERIFY(fs::exists(m_root / "precious.txt"));
}

void TestRunActions::aLockedRunStaysWhereItIs()
{
    makeRun(m_root / "run");
    const auto writer = RunWriter::resume(m_root / "run", 20, 100);
    for (const auto& work : std::vector<std::function<void()>>{[&] { archiveRun(m_root / "run"); }, [&] { deleteRun(m_root / "run"); }, [&] { relocateDataset(m_root / "run", "x"); }}) {
        const auto error = errorOf(work);
        QVERIFY(error && error->code() == ErrorCode::Locked);
        QVERIFY2(std::string(error->what()).find(std::to_string(::getpid())) != std::string::npos, error->what());
    }
    QVERIFY(RunReader(m_root / "run").locked() && !fs::exists(m_root / "archive"));
    QCOMPARE(forkRun(m_root / "run", std::nullopt, m_root / "fork"), std::int64_t(20));  // a running run may be forked
}

void TestRunActions::aDatasetThatMoved()
{
    makeRun(m_root / "run");
    writeFile(m_root / "clips.h5", "x");
    relocateDataset(m_root / "run", (m_root / "clips.h5").string());
    QCOMPARE(RunReader(m_root / "run").dataset(), (m_root / "clips.h5").string());
    QCOMPARE(RunReader(m_root / "run").config().dataset, std::string("builtin:faces"));
    QVERIFY(!fs::exists(m_root / "run" / "lock"));
    const std::string before = treeHash(m_root);
    relocateDataset(m_root / "run", (m_root / "clips.h5").string());  // it is there already
    QCOMPARE(treeHash(m_root), before);
    QCOMPARE(duplicateArguments(m_root / "run", "b")[4], (m_root / "clips.h5").string());

    const DatasetFacts facts{9, {"action: left, right"}, "abc"};
    checkSameData(std::nullopt, facts, "d");
    checkSameData(facts, facts, "d");
    for (const auto& [other, words] : std::vector<std::pair<DatasetFacts, std::string>>{
             {{8, facts.labels, "abc"}, "8 clips"}, {{9, {"action: left"}, "abc"}, "action: left, right"}, {{9, {}, "abc"}, "none"}, {{9, facts.labels, "abd"}, "other clips"}}) {
        const auto error = errorOf([&, &found = other] { checkSameData(facts, found, "d"); });
        QVERIFY2(error && error->code() == ErrorCode::Incompatible && std::string(error->what()).find(words) != std::string::npos, error ? error->what() : words.c_str());
    }
}

void TestRunActions::theQueueKeepsItsOrder()
{
    const RunQueue queue(m_queue);
    QVERIFY(queue.list().empty());
    QVERIFY(errorOf([&] { queue.remove("1-2"); })->code() == ErrorCode::NotFound);
    std::vector<pid_t> pids;
    const auto runs = [&] {
        std::vector<std::string> names;
        for (const QueueTicket& ticket : queue.list())
            if (ticket.state != TicketState::Lost) names.push_back(ticket.run.filename().string());
        return names;
    };
    for (const char* name : {"a", "b", "c", "d"}) {
        pids.push_back(child([&] { return waiter(m_queue, m_root / name); }));
        QTRY_VERIFY(queue.find(m_root / name));
        if (pids.size() == 1) QTRY_VERIFY(queue.list()[0].state == TicketState::Running);
    }
    QCOMPARE(runs(), (std::vector<std::string>{"a", "b", "c", "d"}));
    QCOMPARE(queue.find(m_root / "c")->position, 2);
    RunSummaries summaries{queue};
    makeRun(m_root / "c");
    QCOMPARE(summaries.look(m_root / "c").queuePosition.value_or(0), 2);
    queue.move(queue.find(m_root / "d")->id, -1);
    QCOMPARE(runs(), (std::vector<std::string>{"a", "b", "d", "c"}));
    queue.move(queue.find(m_root / "d")->id, -10);  // not before the one that runs
    QCOMPARE(runs(), (std::vector<std::string>{"a", "d", "b", "c"}));
    queue.move(queue.find(m_root / "d")->id, 1);
    QCOMPARE(runs(), (std::vector<std::string>{"a", "b", "d", "c"}));
    QVERIFY(errorOf([&] { queue.remove(queue.find(m_root / "a")->id); })->code() == ErrorCode::Locked);
    QVERIFY(errorOf([&] { queue.move(queue.find(m_root / "a")->id, 1); })->code() == ErrorCode::Usage);
    // the same run twice
    QueueTicket again;
    again.run = m_root / "b";
    again.device = "cpu";
    QVERIFY(errorOf([&] { QueueTurn turn(queue, again); })->code() == ErrorCode::Locked);
    queue.remove(queue.find(m_root / "b")->id);
    QCOMPARE(exitOf(pids[1]), 130);
    // the one that has the device ends, however: the next is let on, and only that
    ::kill(pids[0], SIGKILL);
    exitOf(pids[0]);
    QTRY_VERIFY(queue.find(m_root / "d") && queue.find(m_root / "d")->state == TicketState::Running);
    QCOMPARE(runs(), (std::vector<std::string>{"d", "c"}));
    QVERIFY(queue.find(m_root / "c")->state == TicketState::Waiting);
    for (const int i : {2, 3}) {
        ::kill(pids[static_cast<std::size_t>(i)], SIGKILL);
        exitOf(pids[static_cast<std::size_t>(i)]);
    }
}

void TestRunActions::aKilledWaiterStandsInNobodysWay()
{
    const RunQueue queue(m_queue);
    const pid_t first = child([&] { return waiter(m_queue, m_root / "a"); });
    QTRY_VERIFY(queue.find(m_root / "a") && queue.find(m_root / "a")->state == TicketState::Running);
    const pid_t second = child([&] { return waiter(m_queue, m_root / "b"); });
    QTRY_VERIFY(queue.find(m_root / "b"));
    const pid_t third = child([&] { return waiter(m_queue, m_root / "c"); });
    QTRY_VERIFY(queue.find(m_root / "c"));
    ::kill(second, SIGKILL);
    exitOf(second);
    QVERIFY(queue.find(m_root / "b")->state == TicketState::Lost);
    QCOMPARE(queue.find(m_root / "c")->position, 1);
    ::kill(first, SIGKILL);
    exitOf(first);
    QTRY_VERIFY(queue.find(m_root / "c")->state == TicketState::Running);
    QVERIFY(!queue.find(m_root / "a"));  // it ran, and has ended
    // the lost one can be taken out, or be queued again
    const pid_t again = child([&] { return waiter(m_queue, m_root / "b"); });
    QTRY_VERIFY(queue.find(m_root / "b") && queue.find(m_root / "b")->state == TicketState::Waiting);
    QCOMPARE(queue.list().size(), std::size_t(2));
    ::kill(again, SIGKILL);
    exitOf(again);
    queue.remove(queue.find(m_root / "b")->id);
    QVERIFY(!queue.find(m_root / "b"));
    ::kill(third, SIGKILL);
    exitOf(third);
    QVERIFY(queue.list().empty());
}

void TestRunActions::twoThatStartAtOnce()
{
    const RunQueue queue(m_queue);
    for (int round = 0; round < 5; ++round) {
        std::vector<pid_t> pids;
        for (int i = 0; i < 4; ++i) pids.push_back(child([&] { return waiter(m_queue, m_root / std::to_string(i)); }));
        QTRY_COMPARE(queue.list().size(), std::size_t(4));
        const auto running = [&] {
            const auto all = queue.list();
            return std::count_if(all.begin(), all.end(), [](const QueueTicket& ticket) { return ticket.state == TicketState::Running; });
        };
        QTRY_COMPARE(running(), 1);
        QTest::qWait(50);
        QCOMPARE(running(), 1);
        for (const pid_t pid : pids) ::kill(pid, SIGKILL);
        for (const pid_t pid : pids) exitOf(pid);
        for (const QueueTicket& ticket : queue.list()) queue.remove(ticket.id);
        QVERIFY(queue.list().empty());
    }
}

void TestRunActions::ticketsFromBeforeARestartAreLost()
{
    // what a machine leaves that lost power: files of processes that were, under numbers that others have now
    fs::create_directories(m_queue);
    const auto leave = [&](const std::string& id, const char* run, bool started) {
        const json ticket = {{"run", (m_root / run).string()}, {"device", "cpu"}, {"arguments", {"train"}}, {"folder", "/"}, {"created", "2026-01-01T00:00:00Z"}, {"pid", ::getpid()},
                             {"host", "h"}, {"boot_id", "before"}, {"order", 5}, {"started", started}};
        writeFile(m_queue / (id + ".json"), ticket.dump());
        writeFile(m_queue / (id + ".alive"), json{{"host", "h"}, {"pid", 1}, {"boot_id", "before"}, {"started", "77"}}.dump());
    };
    char host[256] = {};
    QCOMPARE(::gethostname(host, sizeof host - 1), 0);
    leave("5-1", "waited", false);
    leave("4-1", "ran", true);
    for (const char* id : {"5-1", "4-1"}) writeFile(m_queue / (std::string(id) + ".alive"), json{{"host", host}, {"pid", 1}, {"boot_id", "before"}, {"started", "77"}}.dump());
    writeFile(m_queue / "junk.json", "{");
    const RunQueue queue(m_queue);
    QCOMPARE(queue.list().size(), std::size_t(1));
    QVERIFY(queue.list()[0].state == TicketState::Lost);
    const pid_t next = child([&] { return waiter(m_queue, m_root / "next"); });
    QTRY_VERIFY(queue.find(m_root / "next") && queue.find(m_root / "next")->state == TicketState::Running);
    ::kill(next, SIGKILL);
    exitOf(next);
}

void TestRunActions::trainersThatNobodyQueuedAreLetEnd()
{
    const RunQueue queue(m_queue);
    const pid_t user = child([&] {
        markDeviceInUse(queue, "cpu");
        for (;;) ::pause();
        return 0;
    });
    QTRY_VERIFY(fs::exists(m_queue / "cpu.users"));
    QTest::qWait(50);
    const pid_t other = child([&] { return waiter(m_queue, m_root / "a"); });
    QTRY_VERIFY(queue.find(m_root / "a"));
    QTest::qWait(100);
    QVERIFY(queue.find(m_root / "a")->state == TicketState::Waiting);
    ::kill(user, SIGKILL);
    exitOf(user);
    QTRY_VERIFY(queue.find(m_root / "a")->state == TicketState::Running);
    ::kill(other, SIGKILL);
    exitOf(other);
    QCOMPARE(RunQueue::deviceName("cuda"), std::string("cuda:0"));
    QVERIFY(errorOf([&] { static_cast<void>(RunQueue::deviceName("gpu")); })->code() == ErrorCode::Usage);
}

QTEST_GUILESS_MAIN(TestRunActions)
#include "tst_run_actions.moc"
