#include <QAbstractItemModelTester>
#include <QDir>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <nlohmann/json.hpp>

#include "tests/widgets/run_fixture.h"
#include "widgets/controllers/job_process.h"
#include "widgets/controllers/run_list_model.h"
#include "widgets/controllers/run_monitor.h"
#include "widgets/controllers/train_launcher.h"

using namespace kinora;

namespace {
QString toyTrainer() { return QCoreApplication::applicationDirPath() + QStringLiteral("/toy_trainer"); }
}  // namespace

/// Runs as the window sees them: their states, their list, their curves, how they are started.
class TestRuns final : public QObject {
    Q_OBJECT
private:
    struct Watch {
        explicit Watch(const QString& root) : monitor(root), tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest)
        {
            monitor.setInterval(30);
            QObject::connect(&monitor, &RunMonitor::changed, &model, &RunListModel::update);
            QObject::connect(&monitor, &RunMonitor::vanished, &model, &RunListModel::remove);
            QObject::connect(&monitor, &RunMonitor::scalars, [this](const QString&, const ScalarBatch& batch) { applyBatch(series, batch); });
            QObject::connect(&monitor, &RunMonitor::logged, [this](const QString&, const QString& text, bool fresh) { log = fresh ? text : log + text; });
        }
        RunCondition condition(const QString& folder) const { return model.find(folder) ? model.find(folder)->condition : RunCondition::Missing; }
        RunListModel model;
        RunMonitor monitor;
        QAbstractItemModelTester tester;
        std::map<std::string, ScalarSeries> series;
        QString log;
    };

private Q_SLOTS:
    void findsRunsOfAFolderAndTheirStates()
    {
        QTemporaryDir root;
        const QString a = root.filePath(QStringLiteral("a")), b = root.filePath(QStringLiteral("b")), c = root.filePath(QStringLiteral("c"));
        QVERIFY(QDir().mkpath(root.filePath(QStringLiteral("no run"))));
        Watch watch(root.path());
        auto writer = RunWriter::create(a.toStdString(), fixture::config());
        fixture::report(*writer, 10);
        QTRY_COMPARE(watch.condition(a), RunCondition::Running);
        const int row = watch.model.rowOf(a);
        QCOMPARE(watch.model.index(row, RunListModel::State).data().toString(), QStringLiteral("running"));
        QCOMPARE(watch.model.index(row, RunListModel::Step).data().toString(), QStringLiteral("10 / 100"));
        QCOMPARE(watch.model.index(row, RunListModel::Remaining).data().toString(), QStringLiteral("45 s"));
        QCOMPARE(watch.model.index(row, RunListModel::Dataset).data().toString(), QStringLiteral("builtin:toys"));
        QCOMPARE(watch.model.index(row, 0).data(RunListModel::ProgressRole).toDouble(), 0.1);
        fixture::report(*writer, 11, RunState::Paused);
        QTRY_COMPARE(watch.condition(a), RunCondition::Paused);
        writer->checkpoint(11, "x");
        fixture::report(*writer, 11, RunState::Stopped);
        QTRY_COMPARE(watch.condition(a), RunCondition::Stopped);
        QTRY_VERIFY(watch.model.find(a)->resumable());
        {
            auto failing = RunWriter::create(b.toStdString(), fixture::config());
            fixture::report(*failing, 3, RunState::Failed, "the loss is not a number");
        }
        QTRY_COMPARE(watch.condition(b), RunCondition::Failed);
        QVERIFY(watch.model.find(b)->problem.contains(QStringLiteral("not a number")));
        QVERIFY(!watch.model.find(b)->resumable());  // no checkpoint
        QCOMPARE(watch.model.rowCount(), 2);
        // a damaged one says so and harms nobody
        QVERIFY(QDir().mkpath(c));
        QFile broken(c + QStringLiteral("/run.toml"));
        QVERIFY(broken.open(QIODevice::WriteOnly));
        broken.write("system = [");
        broken.close();
        QTRY_COMPARE(watch.condition(c), RunCondition::Damaged);
        QVERIFY(watch.model.find(c)->problem.contains(QStringLiteral("run.toml")));
        QVERIFY(QDir(c).removeRecursively());
        QTRY_COMPARE(watch.model.rowCount(), 2);
    }

    void aRunWhoseTrainerWasKilledIsStaleAtOnce()
    {
        QTemporaryDir root;
        const QString folder = root.filePath(QStringLiteral("r"));
        QProcess trainer;
        trainer.start(toyTrainer(), {QStringLiteral("train"), QStringLiteral("--run"), folder, QStringLiteral("--steps"), QStringLiteral("100000")});
        Watch watch(root.path());
        QTRY_COMPARE(watch.condition(folder), RunCondition::Running);
        QTRY_VERIFY(watch.model.find(folder)->checkpoints.size() >= 1);
        trainer.kill();
        QVERIFY(trainer.waitForFinished());
        QTRY_COMPARE(watch.condition(folder), RunCondition::Stale);
        QVERIFY(watch.model.find(folder)->problem.contains(QStringLiteral("gone")));
        QVERIFY(watch.model.find(folder)->resumable());
        QVERIFY(watch.model.find(folder)->remainingS() < 0);
    }

    void followsCurvesAndLogAndDropsWhatAResumeVoids()
    {
        QTemporaryDir root;
        const QString folder = root.filePath(QStringLiteral("r"));
        auto writer = RunWriter::create(folder.toStdString(), fixture::config());
        for (int step = 1; step <= 20; ++step) fixture::scalars(*writer, step);
        Watch watch(root.path());
        watch.monitor.follow(folder);
        QTRY_COMPARE(watch.series["loss/G"].steps.size(), 20U);
        fixture::scalars(*writer, 21);
        QTRY_COMPARE(watch.series["loss/G"].steps.size(), 21U);
        writer.reset();
        writer = RunWriter::resume(folder.toStdString(), 10, 100);
        for (int step = 11; step <= 14; ++step) fixture::scalars(*writer, step, 5);
        QTRY_COMPARE(watch.series["loss/G"].steps.size(), 14U);
        const ScalarSeries& curve = watch.series["loss/D"];
        for (std::size_t i = 0; i < curve.steps.size(); ++i) QCOMPARE(curve.steps[i], double(i + 1));
        QCOMPARE(curve.values[9], 10.0);
        QCOMPARE(curve.values[10], 16.0);
        // read anew it is the same
        Watch again(root.path());
        again.monitor.follow(folder);
        QTRY_COMPARE(again.series["loss/G"].steps.size(), 14U);

        QFile log(folder + QStringLiteral("/log.txt"));
        QVERIFY(log.open(QIODevice::WriteOnly | QIODevice::Append));
        log.write("first line\nsecond");
        log.flush();
        QTRY_VERIFY(watch.log.endsWith(QStringLiteral("first line\n")));
        log.write(" line\n");
        log.flush();
        QTRY_VERIFY(watch.log.endsWith(QStringLiteral("second line\n")));
    }

    void watchesARunElsewhere()
    {
        QTemporaryDir root, other;
        const QString folder = other.filePath(QStringLiteral("far"));
        auto writer = RunWriter::create(folder.toStdString(), fixture::config());
        fixture::report(*writer, 1);
        Watch watch(root.path());
        watch.monitor.watch(folder);
        QTRY_COMPARE(watch.condition(folder), RunCondition::Running);
        watch.monitor.unwatch(folder);
        watch.model.remove(folder);
        QTest::qWait(100);
        QCOMPARE(watch.model.rowCount(), 0);
    }

    void launcherStartsARunThatOutlivesIt()
    {
        QTemporaryDir root;
        const QString folder = root.filePath(QStringLiteral("runs/r 1"));
        qint64 pid = 0;
        {
            TrainLauncher launcher(toyTrainer(), root.filePath(QStringLiteral("logs")));
            QSignalSpy started(&launcher, &TrainLauncher::started), failed(&launcher, &TrainLauncher::failed);
            TrainRequest request;
            request.system = QStringLiteral("toy");
            request.dataset = QStringLiteral("builtin:toys?clips=8");
            request.folder = folder;
            request.steps = 60;
            request.options["batch_size"] = std::int64_t(4);
            QCOMPARE(TrainLauncher::commandLine(request),
                     QStringLiteral("kinora train --system toy --dataset 'builtin:toys?clips=8' --run '%1' --steps 60 --seed 0 --device auto --set batch_size=4").arg(folder));
            launcher.start(request);
            QVERIFY(launcher.busy());
            QVERIFY(started.wait());
            QVERIFY(failed.isEmpty() && !launcher.busy());
            pid = started.first().at(1).toLongLong();
            // a second start into the same folder is refused by the trainer, and said at once
            launcher.start(request);
            QVERIFY(failed.wait());
            const QString problem = failed.first().at(1).toString();
            QVERIFY2(problem.contains(QStringLiteral("r 1")) && !problem.contains(QLatin1Char('\n')), qPrintable(problem));
        }
        QVERIFY(pid > 0);
        Watch watch(root.filePath(QStringLiteral("runs")));
        QTRY_COMPARE_WITH_TIMEOUT(watch.condition(folder), RunCondition::Finished, 20000);
        QCOMPARE(watch.model.find(folder)->step(), 60);
        // and goes on where it stood
        TrainLauncher launcher(toyTrainer(), root.filePath(QStringLiteral("logs")));
        QSignalSpy started(&launcher, &TrainLauncher::started);
        launcher.resume(folder, 65);
        QVERIFY(started.wait());
        QTRY_VERIFY_WITH_TIMEOUT(watch.model.find(folder)->step() == 65 && watch.condition(folder) == RunCondition::Finished, 20000);
    }

    void launcherSaysWhatWentWrong()
    {
        QTemporaryDir root;
        TrainLauncher launcher(toyTrainer(), root.filePath(QStringLiteral("logs")));
        QSignalSpy failed(&launcher, &TrainLauncher::failed);
        TrainRequest request;
        request.system = QStringLiteral("broken");
        request.folder = root.filePath(QStringLiteral("r"));
        launcher.start(request);
        QVERIFY(failed.wait());
        QCOMPARE(failed.first().at(1).toString(), QStringLiteral("broken: no such system"));
        TrainLauncher nobody(QStringLiteral("/no/such/program"), root.filePath(QStringLiteral("logs")));
        QSignalSpy noStart(&nobody, &TrainLauncher::failed);
        nobody.start(request);
        QTRY_COMPARE(noStart.size(), 1);
        QVERIFY(noStart.first().at(1).toString().contains(QStringLiteral("/no/such/program")));
    }

    void jobProcessReportsProgressResultAndFailure()
    {
        JobProcess job;
        QSignalSpy progressed(&job, &JobProcess::progressed), succeeded(&job, &JobProcess::succeeded), failed(&job, &JobProcess::failed), canceled(&job, &JobProcess::canceled);
        job.start(QStringLiteral("sh"), {QStringLiteral("-c"), QStringLiteral("echo '{\"done\":1,\"total\":4,\"file\":\"x\"}' >&2; echo note >&2; printf '{\\n \"clips\": 4\\n}\\n'")});
        QVERIFY(succeeded.wait());
        QCOMPARE(progressed.size(), 1);
        QCOMPARE(progressed.first().at(0).value<JobProgress>().total, 4);
        QCOMPARE(progressed.first().at(0).value<JobProgress>().file, QStringLiteral("x"));
        QCOMPARE(succeeded.first().at(0).value<QJsonObject>().value(QStringLiteral("clips")).toInt(), 4);
        QCOMPARE(job.log(), QStringList{QStringLiteral("note")});
        job.start(QStringLiteral("sh"), {QStringLiteral("-c"), QStringLiteral("echo 'kinora: a.h5: is damaged' >&2; exit 3")});
        QVERIFY(failed.wait());
        QCOMPARE(failed.takeFirst().at(0).toString(), QStringLiteral("a.h5: is damaged"));
        job.start(QStringLiteral("/no/such/program"), {});
        QTRY_COMPARE(failed.size(), 1);
        job.start(QStringLiteral("sleep"), {QStringLiteral("60")});
        QTRY_VERIFY(job.running());
        job.cancel();
        QVERIFY(canceled.wait());
        QCOMPARE(failed.size(), 1);
    }

    void durations()
    {
        QCOMPARE(durationText(-1), QString());
        QCOMPARE(durationText(59.4), QStringLiteral("59 s"));
        QCOMPARE(durationText(61), QStringLiteral("1 min 1 s"));
        QCOMPARE(durationText(3661), QStringLiteral("1 h 1 min"));
        QCOMPARE(durationText(90000), QStringLiteral("1 d 1 h"));
    }
};

QTEST_GUILESS_MAIN(TestRuns)
#include "tst_runs.moc"
