// The trainer and its checkpoints, with three toy systems that use what G3AN does not.
#include <torch/torch.h>

#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <thread>

#include "core/events/tfevents.h"
#include "core/run/run_directory.h"
#include "core/system/checkpoint.h"
#include "core/system/generation.h"
#include "core/training/sample_controls.h"
#include "core/training/trainer.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "tests/core/trainer_fixture.h"

namespace fs = std::filesystem;
using namespace kinora;
using namespace kinora::test;

class TestTrainer final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { at::set_num_threads(1); }
    void everyToyTrains_data() { toys(); }
    void everyToyTrains();
    void resumingChangesNothing_data() { toys(); }
    void resumingChangesNothing();
    void samplingChangesNothing();
    void intervalsAreKept();
    void checkpointsOpenForGeneration_data() { toys(); }
    void checkpointsOpenForGeneration();
    void weightsAloneAreSmallAndComplete();
    void foreignAndDamagedCheckpointsAreRefused();
    void scalarsReadAStepLaterAreTheSame();
    void goingBackComesBeforeWhatIsAsked();
    void aLossThatIsNotANumberStops_data() { laterOrAtOnce(); }
    void aLossThatIsNotANumberStops();
    void spoiltWeightsAreNeverSaved();
    void pauseResumeAndStop();
    void stopTokenEndsInACleanSave();
    void checkpointNow();
    void settingsChangeWhileRunning();
    void aDatasetThatLacksSomethingIsRefused();
    void aFullDiskEndsTheRun();
    void aRunDirectoryHoldsEverything();
    void valueTypesOfTensorsSurvive();

private:
    void laterOrAtOnce()
    {
        QTest::addColumn<bool>("later");
        QTest::newRow("read at once") << false;
        QTest::newRow("read a step later") << true;
    }
    void toys()
    {
        QTest::addColumn<QString>("id");
        for (const SystemEntry& entry : toyCatalogue()) QTest::newRow(entry.description.id.c_str()) << QString::fromStdString(entry.description.id);
    }
};

void TestTrainer::everyToyTrains()
{
    QFETCH(QString, id);
    MemorySink sink;
    Settings settings;
    settings.steps = 12;
    settings.change = [](TrainingOptions& options) { options.sampleInterval = 6; };
    Trainer trainer(setupOf(id.toStdString(), settings), sink);
    QVERIFY(trainer.run({}) == RunState::Finished);
    QCOMPARE(trainer.step(), int64_t(12));
    QCOMPARE(sink.curves.size(), std::size_t(12));
    std::set<std::string> tags;
    for (const auto& [tag, value] : sink.curves[12]) {
        tags.insert(tag);
        QVERIFY(std::isfinite(value));
    }
    for (const std::string& tag : findSystem(toyCatalogue(), id.toStdString()).description.scalars) QVERIFY2(tags.contains(tag), tag.c_str());
    for (const char* tag : {"time/step", "time/load", "time/clips_per_second"}) QVERIFY(tags.contains(tag));
    QCOMPARE(sink.matrices.size(), std::size_t(3));  // 0, 6, 12
    const std::vector<Frames>& matrix = sink.matrices[12];
    QCOMPARE(matrix[0].count(), 8);
    QVERIFY(matrix[0] != sink.matrices[0][0]);  // it learnt something
    QVERIFY2(matrix[0] != matrix[1], "another motion gives the same clip");
    QVERIFY2(matrix[0] != matrix[3], "another appearance gives the same clip");
    QCOMPARE(sink.checkpoints.rbegin()->first, std::int64_t(12));
    QVERIFY(sink.reports.back().state == RunState::Finished);
}

void TestTrainer::resumingChangesNothing()
{
    QFETCH(QString, id);
    Settings settings;
    settings.steps = 20;
    settings.clips.count = 13;
    settings.clips.varied = true;
    settings.change = [](TrainingOptions& options) { options.checkpointInterval = 10; };
    MemorySink whole;
    Trainer(setupOf(id.toStdString(), settings), whole).run({});

    MemorySink first, second;
    settings.steps = 10;
    Trainer(setupOf(id.toStdString(), settings), first).run({});
    QCOMPARE(difference(first.checkpoints.at(10), whole.checkpoints.at(10)), std::string());
    settings.steps = 20;
    settings.change = [](TrainingOptions& options) {
        options.checkpointInterval = 10;
        options.loaderThreads = 3;
        options.sampleInterval = 2;
    };
    Trainer trainer(setupOf(id.toStdString(), settings), second);
    torch::manual_seed(999);  // the checkpoint's state counts
    const std::string bytes = first.checkpoints.at(10);
    trainer.resume(opened(bytes));
    QCOMPARE(trainer.step(), int64_t(10));
    QVERIFY(trainer.run({}) == RunState::Finished);
    QCOMPARE(difference(second.checkpoints.at(20), whole.checkpoints.at(20)), std::string());
    QVERIFY(second.matrices.at(20) == whole.matrices.at(20));
    for (int64_t step = 11; step <= 20; ++step)
        for (std::size_t i = 0; i < whole.curves[step].size(); ++i) {
            const auto& [tag, value] = whole.curves[step][i];
            if (!tag.starts_with("time/") && !tag.starts_with("memory/")) QCOMPARE(second.curves[step][i].second, value);
        }
}

void TestTrainer::samplingChangesNothing()
{
    std::vector<std::string> results;
    for (const int64_t interval : {1, 1000}) {
        MemorySink sink;
        Settings settings;
        settings.change = [&](TrainingOptions& options) { options.sampleInterval = interval; };
        Trainer(setupOf("toy_frames", settings), sink).run({});
        results.push_back(sink.checkpoints.at(6));
    }
    QCOMPARE(difference(results[0], results[1]), std::string());
}

void TestTrainer::intervalsAreKept()
{
    MemorySink sink;
    Settings settings;
    settings.steps = 11;
    settings.change = [](TrainingOptions& options) {
        options.checkpointInterval = 4;
        options.sampleInterval = 5;
        options.scalarInterval = 3;
    };
    Trainer(setupOf("toy_maps", settings), sink).run({});
    const auto keys = [](const auto& map) {
        std::vector<std::int64_t> steps;
        for (const auto& [step, value] : map) steps.push_back(step);
        return steps;
    };
    QCOMPARE(keys(sink.checkpoints), (std::vector<std::int64_t>{4, 8, 11}));
    QCOMPARE(keys(sink.matrices), (std::vector<std::int64_t>{0, 5, 10, 11}));
    QCOMPARE(keys(sink.curves), (std::vector<std::int64_t>{3, 4, 6, 8, 9, 11}));  // and before every checkpoint
}

void TestTrainer::checkpointsOpenForGeneration()
{
    QFETCH(QString, id);
    MemorySink sink;
    Settings settings;
    settings.system = {{"base_channels", int64_t(5)}};
    Trainer(setupOf(id.toStdString(), settings), sink).run({});
    QTemporaryDir folder;
    const fs::path file = fs::path(folder.path().toStdString()) / "c.safetensors";
    writeFile(file, sink.checkpoints.at(6));
    CheckpointInfo info;
    const std::unique_ptr<System> system = openCheckpoint(toyCatalogue(), file, torch::kCPU, &info);
    QCOMPARE(info.system, id.toStdString());
    QCOMPARE(info.step, int64_t(6));
    QVERIFY(info.resumable);
    QCOMPARE(info.dataset, std::string("test:clips"));
    QVERIFY(info.options.at("base_channels") == OptionValue(int64_t(5)));
    QVERIFY(info.trainingOptions.at("batch_size") == OptionValue(int64_t(4)));
    QVERIFY(info.frameRateHz == 12 || id == "toy_frames");
    GenerationRequest generation;
    generation.clips = sampleControls(system->describe(), TestClips(), 3, 2, 3, 8);
    generation.frames = 8;
    generation.seed = 3;
    QVERIFY(generateClips(*system, generation) == sink.matrices.at(6));
    // and the training state comes back as it was
    const safetensors::File read(file);
    const std::unique_ptr<System> again = findSystem(toyCatalogue(), id.toStdString()).create(info.options);
    loadTrainingState(*again, read);
    CheckpointExtras extras;
    extras.step = info.step;
    extras.loader = info.loader;
    extras.trainer = info.trainer;
    QCOMPARE(difference(serializeCheckpoint(*again, extras), sink.checkpoints.at(6)), std::string());
}

void TestTrainer::weightsAloneAreSmallAndComplete()
{
    MemorySink sink;
    Trainer(setupOf("toy_maps"), sink).run({});
    const std::string bytes = sink.checkpoints.at(6);
    const std::unique_ptr<System> system = findSystem(toyCatalogue(), "toy_maps").create({});
    loadWeights(*system, opened(bytes), false);
    const std::string half = serializeWeights(*system, {}, true, true);
    QVERIFY(half.size() * 4 < bytes.size());
    const safetensors::File file = opened(half);
    QVERIFY(!readCheckpointInfo(file).resumable);
    QVERIFY(!file.contains("param/D/last.bias"));
    QCOMPARE(file.at("param/G/first.weight").type, std::string("F16"));
    QCOMPARE(file.at("param/G/norm.num_batches_tracked").type, std::string("I64"));
    const std::unique_ptr<System> other = findSystem(toyCatalogue(), "toy_maps").create({});
    loadWeights(*other, file, true);
    QVERIFY(torch::allclose(other->networks()[0].module->parameters()[0], system->networks()[0].module->parameters()[0], 1e-2, 1e-3));
    const auto error = errorOf([&] { loadWeights(*other, file, false); });  // the discriminator is missing
    QVERIFY(error && error->code() == ErrorCode::Incompatible && QString::fromStdString(error->what()).contains("param/D/"));
    const auto resume = errorOf([&] { loadTrainingState(*other, file); });
    QVERIFY(resume && resume->code() == ErrorCode::Incompatible);
}

void TestTrainer::foreignAndDamagedCheckpointsAreRefused()
{
    MemorySink sink;
    Trainer(setupOf("toy_class"), sink).run({});
    const std::string good = sink.checkpoints.at(6);
    using Tensors = std::map<std::string, safetensors::TensorSource>;
    using Metadata = std::map<std::string, std::string>;
    const auto attemptWith = [&](const std::function<void(Tensors&, Metadata&)>& change) {
        const std::string bytes = changed(good, change);
        return errorOf([&] {
            MemorySink unused;
            Trainer trainer(setupOf("toy_class"), unused);
            trainer.resume(opened(bytes));
        });
    };
    QVERIFY(!attemptWith([](Tensors&, Metadata&) {}));
    const auto expect = [&](ErrorCode code, const char* word, const std::function<void(Tensors&, Metadata&)>& change) {
        const auto error = attemptWith(change);
        QVERIFY2(error, word);
        QVERIFY2(error->code() == code && QString::fromStdString(error->what()).contains(word), error->what());
    };
    expect(ErrorCode::Incompatible, "no checkpoint of Kinora", [](Tensors&, Metadata& m) { m.erase("format"); });
    expect(ErrorCode::Incompatible, "newer", [](Tensors&, Metadata& m) { m["version"] = "2"; });
    expect(ErrorCode::Damaged, "version", [](Tensors&, Metadata& m) { m["version"] = "x"; });
    expect(ErrorCode::Damaged, "options", [](Tensors&, Metadata& m) { m["options"] = "{"; });
    expect(ErrorCode::Damaged, "impossible", [](Tensors&, Metadata& m) { m["frame_rate_hz"] = "-1"; });
    expect(ErrorCode::Damaged, "step", [](Tensors&, Metadata& m) { m.erase("step"); });
    expect(ErrorCode::Incompatible, "toy_maps", [](Tensors&, Metadata& m) { m["system"] = "toy_maps"; });
    expect(ErrorCode::Incompatible, "param/G/first.weight", [](Tensors& t, Metadata&) { t.erase("param/G/first.weight"); });
    expect(ErrorCode::Incompatible, "param/G/extra", [](Tensors& t, Metadata&) { t["param/G/extra"] = t["param/G/first.bias"]; });
    expect(ErrorCode::Incompatible, "param/X/", [](Tensors& t, Metadata&) { t["param/X/first.bias"] = t["param/G/first.bias"]; });
    expect(ErrorCode::Incompatible, "shape", [](Tensors& t, Metadata&) { t["param/G/first.bias"] = t["param/G/last.bias"]; });
    expect(ErrorCode::Incompatible, "type", [](Tensors& t, Metadata&) { t["param/G/norm.num_batches_tracked"] = {"F32", {}, t["param/G/first.bias"].bytes.first(4)}; });
    expect(ErrorCode::Incompatible, "alone", [](Tensors& t, Metadata&) { t.erase("rng/cpu"); });
    expect(ErrorCode::Incompatible, "rng/cpu", [](Tensors& t, Metadata&) { t["rng/cpu"] = {"U8", {8}, t["rng/cpu"].bytes.first(8)}; });
    expect(ErrorCode::Incompatible, "optim/G/99/exp_avg", [](Tensors& t, Metadata&) { t["optim/G/99/exp_avg"] = t["optim/G/0/exp_avg"]; });
    expect(ErrorCode::Incompatible, "optim/G/0/exp_avg", [](Tensors& t, Metadata&) { t["optim/G/0/exp_avg"] = t["param/G/last.bias"]; });
    expect(ErrorCode::Incompatible, "RMSprop", [](Tensors&, Metadata& m) {
        nlohmann::json optimizers = nlohmann::json::parse(m["optimizers"]);
        optimizers["critic"]["type"] = "SGD";
        m["optimizers"] = optimizers.dump();
    });
    expect(ErrorCode::Damaged, "optimizers", [](Tensors&, Metadata& m) { m["optimizers"] = R"({"G": {}, "critic": {}})"; });
    expect(ErrorCode::Damaged, "training_state", [](Tensors&, Metadata& m) { m.erase("training_state"); });
    expect(ErrorCode::Damaged, "loader", [](Tensors&, Metadata& m) { m["loader"] = "{}"; });

    QTemporaryDir folder;
    const fs::path file = fs::path(folder.path().toStdString()) / "c.safetensors";
    writeFile(file, changed(good, [](Tensors&, Metadata& m) { m["system"] = "unknown"; }));
    const auto error = errorOf([&] { openCheckpoint(toyCatalogue(), file, torch::kCPU); });
    QVERIFY(error && error->code() == ErrorCode::Incompatible);
}

void TestTrainer::scalarsReadAStepLaterAreTheSame()
{
    // as on a device that need not stand still for them
    const auto curvesOf = [](bool later) {
        MemorySink sink;
        Settings settings;
        settings.steps = 11;
        settings.readsLater = later;
        settings.change = [](TrainingOptions& options) {
            options.checkpointInterval = 4;
            options.sampleInterval = 5;
            options.scalarInterval = 3;
            options.normInterval = 2;
        };
        std::vector<std::int64_t> written, reported;
        sink.afterStep = [&](std::int64_t step) {
            written.push_back(step);
            reported.push_back(sink.reports.back().step);
        };
        if (Trainer(setupOf("toy_maps", settings), sink).run({}) != RunState::Finished) throw Error(ErrorCode::Internal, "did not finish", "test");
        std::map<std::int64_t, std::vector<std::pair<std::string, double>>> kept;
        for (const auto& [step, values] : sink.curves)
            for (const auto& [tag, value] : values)
                if (!tag.starts_with("time/") && !tag.starts_with("memory/")) kept[step].emplace_back(tag, value);
        return std::tuple(kept, written, reported, sink.checkpoints.rbegin()->second);
    };
    const auto [atOnce, steps, reportedThen, weights] = curvesOf(false);
    const auto [later, laterSteps, reportedLater, laterWeights] = curvesOf(true);
    QVERIFY(!atOnce.empty() && atOnce == later);
    QCOMPARE(steps, laterSteps);
    QVERIFY(reportedThen != reportedLater);  // of steps without a checkpoint or samples it really was later
    QCOMPARE(QString::fromStdString(difference(weights, laterWeights)), QString());
}

void TestTrainer::goingBackComesBeforeWhatIsAsked()
{
    // step 7 has a loss that is not a number; a request is there when this is read, a step later
    MemorySink sink;
    Settings settings;
    settings.readsLater = true;
    settings.steps = 10;
    settings.system = {{"poisoned_step", int64_t(7)}};
    settings.change = [](TrainingOptions& options) {
        options.checkpointInterval = 3;
        options.alarmPolicy = "roll_back";
        options.rollBacks = 1;
    };
    sink.script.emplace(7, request(RunRequest::Kind::Checkpoint));
    const auto error = errorOf([&] { Trainer(setupOf("toy_maps", settings), sink).run({}); });
    QVERIFY(error && error->code() == ErrorCode::Numerical);  // the same step spoils it again
    QCOMPARE(sink.eventsOf("roll_back").size(), std::size_t(1));
    QCOMPARE(sink.eventsOf("roll_back").front().at("step"), nlohmann::json(6));
    QVERIFY(!sink.checkpoints.contains(7));
    QCOMPARE(sink.answers.size(), std::size_t(1));
    QCOMPARE(QString::fromStdString(sink.answers.front().second), QString());  // after going back, where all is saved; not "the weights are not finite"

    // and a stop does not save what is to be taken back
    MemorySink stopped;
    stopped.script.emplace(7, request(RunRequest::Kind::Stop));
    QVERIFY(Trainer(setupOf("toy_maps", settings), stopped).run({}) == RunState::Stopped);
    QVERIFY(!stopped.checkpoints.contains(7));
    QCOMPARE(stopped.eventsOf("roll_back").size(), std::size_t(1));
}

void TestTrainer::aLossThatIsNotANumberStops()
{
    QFETCH(bool, later);
    MemorySink sink;
    Settings settings;
    settings.readsLater = later;
    settings.steps = 20;
    settings.system = {{"poisoned_step", int64_t(7)}};
    settings.change = [](TrainingOptions& options) { options.checkpointInterval = 3; };
    Trainer trainer(setupOf("toy_maps", settings), sink);
    const auto error = errorOf([&] { trainer.run({}); });
    QVERIFY(error && error->code() == ErrorCode::Numerical);
    QVERIFY2(QString::fromStdString(error->what()).contains("'loss/") && QString::fromStdString(error->what()).contains("step 7"), error->what());
    QCOMPARE(sink.checkpoints.rbegin()->first, std::int64_t(6));
    QVERIFY(std::isnan(sink.curves[7][1].second));  // the curve shows it
    QCOMPARE(sink.events.size(), std::size_t(1));
    QCOMPARE(sink.events[0].first, std::string("alarm"));
    QCOMPARE(sink.events[0].second.at("alarm"), nlohmann::json("nan"));
    QCOMPARE(sink.events[0].second.at("action"), nlohmann::json("stop"));

    MemorySink regardless;
    settings.steps = 8;
    settings.change = [](TrainingOptions& options) { options.stopOnNan = false; };
    QVERIFY(Trainer(setupOf("toy_maps", settings), regardless).run({}) == RunState::Finished);
    QVERIFY(regardless.checkpoints.empty());  // nothing that is not a number is saved, whatever the policy
    QVERIFY(!regardless.reports.back().message.empty());
}

void TestTrainer::spoiltWeightsAreNeverSaved()
{
    // the losses of step 4 are numbers, the weights after its update are not
    MemorySink sink;
    Settings settings;
    settings.change = [](TrainingOptions& options) { options.checkpointInterval = 1; };
    Trainer::Setup setup = setupOf("toy_frames", settings);
    sink.afterStep = [network = setup.system->networks()[0].module](std::int64_t step) {
        const torch::NoGradGuard noGradient;
        if (step == 4) network->parameters()[0].view({-1})[0].fill_(std::nanf(""));
    };
    Trainer trainer(std::move(setup), sink);
    const auto error = errorOf([&] { trainer.run({}); });
    QVERIFY(error && error->code() == ErrorCode::Numerical);
    QVERIFY2(QString::fromStdString(error->what()).contains("G/first.weight"), error->what());
    QCOMPARE(sink.checkpoints.rbegin()->first, std::int64_t(3));
}

void TestTrainer::pauseResumeAndStop()
{
    MemorySink sink;
    Settings settings;
    settings.steps = 50;
    // while it is paused the step stays, so what is asked at the same step comes next
    sink.script.emplace(2, request(RunRequest::Kind::Pause));
    sink.script.emplace(2, request(RunRequest::Kind::Resume));
    sink.script.emplace(5, request(RunRequest::Kind::Stop));
    Trainer trainer(setupOf("toy_class", settings), sink);
    QVERIFY(trainer.run({}) == RunState::Stopped);
    QCOMPARE(trainer.step(), int64_t(5));
    QCOMPARE(sink.checkpoints.rbegin()->first, std::int64_t(5));
    QCOMPARE(sink.answers.size(), std::size_t(3));
    QVERIFY(sink.reports.back().state == RunState::Stopped);
    QVERIFY(!sink.reports.back().message.empty());

    // a real pause, ended by another thread's stop
    MemorySink paused;
    paused.script.emplace(1, request(RunRequest::Kind::Pause));
    std::stop_source stop;
    std::jthread other([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(400));
        stop.request_stop();
    });
    Trainer second(setupOf("toy_class", settings), paused);
    QVERIFY(second.run(stop.get_token()) == RunState::Stopped);
    QCOMPARE(second.step(), int64_t(1));
    QVERIFY(std::any_of(paused.reports.begin(), paused.reports.end(), [](const RunProgress& report) { return report.state == RunState::Paused; }));
}

void TestTrainer::stopTokenEndsInACleanSave()
{
    MemorySink sink;
    Settings settings;
    settings.steps = 1000000;
    std::stop_source stop;
    std::jthread other([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        stop.request_stop();
    });
    Trainer trainer(setupOf("toy_frames", settings), sink);
    QVERIFY(trainer.run(stop.get_token()) == RunState::Stopped);
    QVERIFY(trainer.step() > 0);
    QCOMPARE(sink.checkpoints.rbegin()->first, trainer.step());
}

void TestTrainer::checkpointNow()
{
    MemorySink sink;
    sink.script.emplace(0, request(RunRequest::Kind::Checkpoint));
    sink.script.emplace(3, request(RunRequest::Kind::Checkpoint));
    Trainer(setupOf("toy_maps"), sink).run({});
    QCOMPARE(sink.checkpoints.size(), std::size_t(2));
    QVERIFY(sink.checkpoints.contains(3));
    QVERIFY(!sink.answers[0].second.empty());
    QVERIFY(sink.answers[1].second.empty());
}

void TestTrainer::settingsChangeWhileRunning()
{
    MemorySink sink;
    Settings settings;
    settings.steps = 9;
    sink.script.emplace(1, request(RunRequest::Kind::Set, "sample_interval", "2"));
    sink.script.emplace(1, request(RunRequest::Kind::Set, "sample_intervall", "2"));
    sink.script.emplace(1, request(RunRequest::Kind::Set, "sample_interval", "-2"));
    sink.script.emplace(1, request(RunRequest::Kind::Set, "batch_size", "2"));
    sink.script.emplace(1, request(RunRequest::Kind::Set, "learning_rate/D", "0.25"));
    sink.script.emplace(1, request(RunRequest::Kind::Set, "learning_rate/E", "0.25"));
    sink.script.emplace(1, request(RunRequest::Kind::Set, "learning_rate/G", "fast"));
    Trainer(setupOf("toy_maps", settings), sink).run({});
    QCOMPARE(sink.answers.size(), std::size_t(7));
    QVERIFY(sink.answers[0].second.empty());
    QVERIFY2(QString::fromStdString(sink.answers[1].second).contains("did you mean 'sample_interval'"), sink.answers[1].second.c_str());
    QVERIFY(!sink.answers[2].second.empty());
    QVERIFY(QString::fromStdString(sink.answers[3].second).contains("cannot be changed"));
    QVERIFY(sink.answers[4].second.empty());
    QVERIFY(!sink.answers[5].second.empty());
    QVERIFY(!sink.answers[6].second.empty());
    QVERIFY(sink.matrices.contains(2) && sink.matrices.contains(8));
    const auto rate = std::find_if(sink.curves[9].begin(), sink.curves[9].end(), [](const auto& item) { return item.first == "lr/D"; });
    QVERIFY(rate != sink.curves[9].end() && rate->second == 0.25);
    // both go on in a resumed run
    const std::string bytes = sink.checkpoints.at(9);
    QVERIFY(readCheckpointInfo(opened(bytes)).trainingOptions.at("sample_interval") == OptionValue(int64_t(2)));
    MemorySink later;
    settings.steps = 10;
    Trainer resumed(setupOf("toy_maps", settings), later);
    resumed.resume(opened(bytes));
    resumed.run({});
    const auto kept = std::find_if(later.curves[10].begin(), later.curves[10].end(), [](const auto& item) { return item.first == "lr/D"; });
    QVERIFY(kept != later.curves[10].end() && kept->second == 0.25);
}

void TestTrainer::aDatasetThatLacksSomethingIsRefused()
{
    MemorySink sink;
    Settings settings;
    settings.clips.frames = 5;
    const auto error = errorOf([&] { Trainer trainer(setupOf("toy_maps", settings), sink); });
    QVERIFY(error && error->code() == ErrorCode::NotFound);
    settings = {};
    // one clip in a hundred, at least one, is passed over
    settings.clips.broken = {2};
    settings.steps = 30;
    Trainer(setupOf("toy_maps", settings), sink).run({});
    settings.clips.broken = {2, 7};
    const auto broken = errorOf([&] { Trainer(setupOf("toy_maps", settings), sink).run({}); });
    QVERIFY(broken && broken->code() == ErrorCode::DecodeFailed);
}

void TestTrainer::aFullDiskEndsTheRun()
{
    MemorySink sink;
    sink.failSaving = ErrorCode::DiskFull;
    const auto error = errorOf([&] { Trainer(setupOf("toy_maps"), sink).run({}); });
    QVERIFY(error && error->code() == ErrorCode::DiskFull);
}

void TestTrainer::aRunDirectoryHoldsEverything()
{
    QTemporaryDir folder;
    const fs::path run = fs::path(folder.path().toStdString()) / "run";
    Settings settings;
    settings.change = [](TrainingOptions& options) { options.checkpointInterval = 2; };
    RunConfig config;
    config.system = "toy_class";
    config.dataset = "test:clips";
    {
        const auto writer = RunWriter::create(run, config);
        Trainer(setupOf("toy_class", settings), *writer).run({});
    }
    const RunReader reader(run);
    QVERIFY(reader.status()->progress.state == RunState::Finished);
    QCOMPARE(reader.status()->progress.step, std::int64_t(6));
    const CheckpointFile newest = newestGoodCheckpoint(reader);
    QCOMPARE(newest.step, std::int64_t(6));
    QCOMPARE(RunReader::readSample(reader.samples().back().path).clips.size(), std::size_t(6));
    // a bit that flipped on the disk
    std::string bytes = readFile(newest.path);
    bytes[bytes.size() - 100] ^= 4;
    writeFile(newest.path, bytes);
    std::vector<std::string> skipped;
    QCOMPARE(newestGoodCheckpoint(reader, &skipped).step, std::int64_t(4));
    QVERIFY(skipped.size() == 1 && skipped[0].find("checksum") != std::string::npos);
    {
        const auto writer = RunWriter::resume(run, 4, 8);
        settings.steps = 8;
        Trainer trainer(setupOf("toy_class", settings), *writer);
        trainer.resume(safetensors::File(newestGoodCheckpoint(reader).path));
        QVERIFY(trainer.run({}) == RunState::Finished);
    }
    QCOMPARE(newestGoodCheckpoint(reader).step, std::int64_t(8));
    EventsReader events(run);
    std::vector<std::int64_t> steps;
    for (const ScalarRecord& record : events.poll())
        if (record.tag == "loss/G") steps.push_back(record.step);
    QCOMPARE(steps, (std::vector<std::int64_t>{1, 2, 3, 4, 5, 6, 7, 8}));
}

void TestTrainer::valueTypesOfTensorsSurvive()
{
    for (const torch::ScalarType type : {torch::kFloat64, torch::kFloat32, torch::kFloat16, torch::kBFloat16, torch::kInt64, torch::kInt32, torch::kInt16, torch::kInt8, torch::kUInt8, torch::kBool}) {
        const torch::Tensor tensor = torch::arange(6).view({2, 3}).to(type);
        const std::string bytes = safetensors::serialize({{"x", toSource(tensor)}}, {});
        QVERIFY(torch::equal(toTensor(opened(bytes).at("x")), tensor));
    }
    QVERIFY(errorOf([] { toSource(torch::arange(6).view({2, 3}).t()); }));
}

QTEST_APPLESS_MAIN(TestTrainer)
#include "tst_trainer.moc"
