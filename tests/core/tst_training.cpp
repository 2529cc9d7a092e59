// What the trainer adds to a system's step: precision, parts of a batch, clipping, averages, schedules, alarms, metrics.
#include <torch/torch.h>

#include <QTemporaryDir>
#include <QtTest>
#include <cmath>

#include "core/metrics/metric.h"
#include "core/nn/autocast.h"
#include "core/system/averaged_weights.h"
#include "core/system/checkpoint.h"
#include "core/system/generation.h"
#include "core/training/balance_watch.h"
#include "core/training/out_of_memory.h"
#include "core/training/run_metrics.h"
#include "core/training/sample_controls.h"
#include "core/training/schedule.h"
#include "core/training/update.h"
#include "core/util/file.h"
#include "core/util/memory.h"
#include "tests/core/trainer_fixture.h"

namespace fs = std::filesystem;
using namespace kinora;
using namespace kinora::test;

namespace {

/// Two linear layers on the mean colour of a clip: no batch norm, nothing drawn, so that a step can be worked out by hand.
class LineSystem final : public System {
public:
    std::function<void(LineSystem&, int64_t step)> beforeStep;
    double accuracy = 0.5;  ///< Reported of D.
    int calls = 0;

    LineSystem() : m_optimizerG(m_g->parameters(), torch::optim::SGDOptions(0.1)), m_optimizerD(m_d->parameters(), torch::optim::SGDOptions(0.1).momentum(0.5))
    {
        declareLossWeight("D");
    }
    SystemDescription describe() const override
    {
        Control za;
        za.id = "za";
        za.name = "Appearance";
        za.role = ControlRole::Appearance;
        za.kind = ControlKind::GaussianVector;
        za.size = 3;
        SystemDescription d;
        d.id = "line";
        d.controls = {za};
        d.length = LengthRule{8, 8, 8, 1};
        d.width = d.height = 16;
        return d;
    }
    OptionValues options() const override { return {}; }
    std::vector<NamedNetwork> networks() override { return {{"G", m_g.ptr(), true}, {"D", m_d.ptr(), false}}; }
    std::vector<NamedOptimizer> optimizers() override { return {{"G", &m_optimizerG}, {"D", &m_optimizerD}}; }
    BatchNeeds batchNeeds() const override
    {
        BatchNeeds needs;
        needs.frames = 8;
        needs.height = needs.width = 16;
        return needs;
    }
    StepScalars trainStep(const Batch& batch, int64_t step) override
    {
        ++calls;
        if (beforeStep) beforeStep(*this, step);
        const torch::Tensor x = batch.clips.mean({2, 3, 4});
        const torch::Tensor lossD = (m_d(x) - 1).pow(2).mean();
        updates().update(m_optimizerD, weighted(lossD, lossWeight("D")));
        const torch::Tensor lossG = (m_g(x) - x).pow(2).mean();
        updates().update(m_optimizerG, lossG);
        return {{"loss/G", lossG}, {"loss/D", lossD}, {"accuracy/D/real", torch::tensor(accuracy)}, {"accuracy/D/fake", torch::tensor(accuracy)}};
    }
    torch::Tensor generate(const ControlTensors& controls, int frames, uint64_t) override
    {
        const torch::NoGradGuard noGradient;
        return torch::tanh(m_g(controls.at("za"))).view({-1, 3, 1, 1, 1}).expand({-1, 3, frames, 16, 16}).contiguous();
    }
    torch::nn::Linear& g() { return m_g; }
    torch::nn::Linear& d() { return m_d; }

private:
    torch::nn::Linear m_g{3, 3}, m_d{3, 1};
    torch::optim::SGD m_optimizerG, m_optimizerD;
};

Trainer::Setup lineSetup(const Settings& settings, const std::function<void(LineSystem&)>& prepare = {})
{
    torch::manual_seed(3);
    auto system = std::make_unique<LineSystem>();
    if (prepare) prepare(*system);
    Trainer::Setup setup;
    setup.system = std::move(system);
    setup.source = std::make_shared<TestClips>(settings.clips);
    setup.options.batchSize = 4;
    setup.options.sampleRows = 2;
    setup.options.sampleColumns = 3;
    if (settings.change) settings.change(setup.options);
    setup.seed = 3;
    setup.readsLater = settings.readsLater;
    setup.totalSteps = settings.steps;
    return setup;
}

/// From \p step on, the gradient of a parameter is not a number, \p times times.
void plant(LineSystem& system, torch::Tensor parameter, int64_t step, int times = 1000)
{
    auto now = std::make_shared<int64_t>(0);
    auto left = std::make_shared<int>(times);
    system.beforeStep = [now](LineSystem&, int64_t at) { *now = at; };
    parameter.register_hook([now, left, step](const torch::Tensor& gradient) -> torch::Tensor {
        if (*now < step || *left == 0) return gradient;
        --*left;
        torch::Tensor spoilt = gradient.clone();
        spoilt.view({-1})[0] = std::nanf("");
        return spoilt;
    });
}

torch::Tensor stored(const std::string& bytes, const std::string& name) { return toTensor(opened(bytes).at(name)); }

}  // namespace

class TestTraining final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { at::set_num_threads(1); }
    void theHookChangesNothing();
    void partsEqualTheWholeBatch_data();
    void partsEqualTheWholeBatch();
    void partsOfTheToys_data();
    void partsOfTheToys();
    void gradientsAreClipped();
    void theLossScaleChangesNothing();
    void anOverflowLeavesTheUpdateOut();
    void schedules_data();
    void schedules();
    void aScheduleDrivesTheOptimizers();
    void averagesFollowTheFormula();
    void averagedWeightsGenerate();
    void bfloat16Trains_data() { toys(); }
    void bfloat16Trains();
    void precisionThatTheDeviceLacksIsRefused();
    void settingsOfTheProcessComeBack();
    void aSpoiltGradientIsNamed_data();
    void aSpoiltGradientIsNamed();
    void goingBack_data();
    void goingBack();
    void goingBackEnds();
    void nothingToGoBackTo();
    void goingOn();
    void saturation_data();
    void saturation();
    void collapse();
    void aDiskThatIsNearlyFull();
    void metricsWhileTraining();
    void theBestCheckpoint();
    void metricNow();
    void metricsThatFailEndNothing();
    void lossWeights();
    void scalarsAndTimes();
    void resumingWithEverything_data() { toys(); }
    void resumingWithEverything();
    void memory();

private:
    void toys()
    {
        QTest::addColumn<QString>("id");
        for (const SystemEntry& entry : toyCatalogue()) QTest::newRow(entry.description.id.c_str()) << QString::fromStdString(entry.description.id);
    }
};

void TestTraining::theHookChangesNothing()
{
    // the same steps with the plain updates and with the trainer's, which measures besides
    std::vector<std::string> results;
    for (const bool plain : {true, false}) {
        torch::manual_seed(5);
        const std::unique_ptr<System> system = findSystem(toyCatalogue(), "toy_class").create({});
        TrainingUpdates updates(*system);
        if (!plain) system->setUpdatePolicy(&updates);
        system->train(true);
        Batch batch;
        batch.clips = torch::randn({4, 3, 8, 16, 16});
        batch.labels = {{"action", torch::tensor({0, 1, 2, 0}, torch::kInt64)}, {"brightness", torch::ones({4})}};
        for (int step = 1; step <= 5; ++step) {
            updates.beginStep(1, step % 2 == 0);
            updates.beginPart(0, 1);
            system->trainStep(batch, step);
            updates.endStep();
        }
        CheckpointExtras extras;
        results.push_back(serializeCheckpoint(*system, extras));
    }
    QCOMPARE(difference(results[0], results[1]), std::string());
}

void TestTraining::partsEqualTheWholeBatch_data()
{
    QTest::addColumn<int>("parts");
    for (const int parts : {2, 3, 4}) QTest::addRow("%d", parts) << parts;  // 3: parts of another size
}

void TestTraining::partsEqualTheWholeBatch()
{
    QFETCH(int, parts);
    Settings settings;
    settings.steps = 8;
    settings.clips.varied = true;
    MemorySink whole, divided;
    Trainer(lineSetup(settings), whole).run({});
    settings.change = [&](TrainingOptions& options) { options.accumulation = parts; };
    int calls = 0;
    {
        Trainer::Setup setup = lineSetup(settings);
        auto* system = static_cast<LineSystem*>(setup.system.get());
        Trainer trainer(std::move(setup), divided);
        trainer.run({});
        calls = system->calls;
    }
    QCOMPARE(calls, 8 * parts);
    for (const char* name : {"param/G/weight", "param/G/bias", "param/D/weight", "optim/D/0/momentum_buffer"}) {
        const torch::Tensor a = stored(whole.checkpoints.at(8), name), b = stored(divided.checkpoints.at(8), name);
        QVERIFY2(torch::allclose(a, b, 1e-5, 1e-7), name);
    }
    for (int64_t step = 1; step <= 8; ++step) QVERIFY(std::abs(whole.curve(step, "loss/G") - divided.curve(step, "loss/G")) < 1e-6);
}

void TestTraining::partsOfTheToys_data() { toys(); }

void TestTraining::partsOfTheToys()
{
    // several updates of one optimizer in a step, clamped weights, batch norm: nothing can be compared, everything has to work
    QFETCH(QString, id);
    Settings settings;
    settings.steps = 4;
    settings.change = [](TrainingOptions& options) { options.accumulation = 3; };
    MemorySink sink;
    QVERIFY(Trainer(setupOf(id.toStdString(), settings), sink).run({}) == RunState::Finished);
    for (const auto& [tag, value] : sink.curves.at(4)) QVERIFY2(std::isfinite(value), tag.c_str());
    settings.change = [](TrainingOptions& options) { options.accumulation = 5; };
    const auto error = errorOf([&] { Trainer(setupOf(id.toStdString(), settings), sink); });
    QVERIFY(error && error->code() == ErrorCode::Usage && error->subject() == "accumulation");
}

void TestTraining::gradientsAreClipped()
{
    Settings settings;
    settings.steps = 1;
    settings.change = [](TrainingOptions& options) {
        options.clipGradientNorm = 0.01;
        options.normInterval = 1;
    };
    MemorySink sink;
    torch::Tensor before;
    {
        Trainer::Setup setup = lineSetup(settings);
        const auto parameters = setup.system->networks()[0].module->parameters();
        before = torch::cat({parameters[0].detach().flatten(), parameters[1].detach().flatten()}).clone();
        Trainer(std::move(setup), sink).run({});
    }
    QVERIFY(sink.curve(1, "norm/gradient/G") > 0.02);  // as it was, before it was clipped
    const std::string bytes = sink.checkpoints.at(1);
    const torch::Tensor after = torch::cat({stored(bytes, "param/G/weight").flatten(), stored(bytes, "param/G/bias")});
    const double moved = (after - before).norm().item<double>();
    QVERIFY2(std::abs(moved - 0.1 * 0.01) < 1e-6, qPrintable(QString::number(moved)));  // learning rate times the longest gradient
    const double norm = torch::cat({stored(bytes, "param/G/weight").flatten(), stored(bytes, "param/G/bias")}).norm().item<double>();
    QVERIFY(std::abs(sink.curve(1, "norm/weight/G") - norm) < 1e-5);
}

void TestTraining::theLossScaleChangesNothing()
{
    // powers of two: scaling and unscaling are exact
    std::vector<torch::Tensor> weights;
    for (const bool scaled : {false, true}) {
        torch::manual_seed(3);
        LineSystem system;
        TrainingUpdates updates(system);
        updates.configure({0, scaled});
        system.setUpdatePolicy(&updates);
        Batch batch;
        batch.clips = torch::linspace(-1, 1, 4 * 3 * 8 * 16 * 16).view({4, 3, 8, 16, 16});
        for (int step = 1; step <= 3; ++step) {
            updates.beginStep(1, true);
            updates.beginPart(0, 1);
            system.trainStep(batch, step);
            updates.endStep();
        }
        weights.push_back(system.g()->weight.detach().clone());
        system.setUpdatePolicy(nullptr);
    }
    QVERIFY(torch::equal(weights[0], weights[1]));
}

void TestTraining::anOverflowLeavesTheUpdateOut()
{
    torch::manual_seed(3);
    LineSystem system;
    TrainingUpdates updates(system);
    updates.configure({0, true});
    system.setUpdatePolicy(&updates);
    plant(system, system.g()->weight, 2, 1);
    Batch batch;
    batch.clips = torch::ones({4, 3, 8, 16, 16}) * 0.3;
    std::vector<torch::Tensor> g, d;
    for (int step = 1; step <= 3; ++step) {
        updates.beginStep(1, true);
        updates.beginPart(0, 1);
        system.trainStep(batch, step);
        updates.endStep();
        QVERIFY(!updates.measurement().read().bad);  // an overflow is no alarm
        g.push_back(system.g()->weight.detach().clone());
        d.push_back(system.d()->weight.detach().clone());
        QCOMPARE(updates.scaler().scale(), step == 1 ? 65536.0 : 32768.0);
    }
    QVERIFY(torch::equal(g[0], g[1]) && !torch::equal(g[1], g[2]) && !torch::equal(d[0], d[1]));
    LossScaler again;
    again.setState(updates.scaler().state());
    QCOMPARE(again.scale(), 32768.0);
    system.setUpdatePolicy(nullptr);
}

void TestTraining::schedules_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<int>("warmup");
    QTest::addColumn<QList<double>>("expected");  // of steps 1, 2, 6, 10, 11, 20
    QTest::newRow("constant") << "constant" << 0 << QList<double>{1, 1, 1, 1, 1, 1};
    QTest::newRow("linear") << "linear" << 0 << QList<double>{1, 0.92, 0.6, 0.28, 0.2, 0.2};
    QTest::newRow("cosine") << "cosine" << 0 << QList<double>{1, 0.2 + 0.4 * (1 + std::cos(0.1 * M_PI)), 0.6, 0.2 + 0.4 * (1 + std::cos(0.9 * M_PI)), 0.2, 0.2};
    QTest::newRow("step") << "step" << 0 << QList<double>{1, 1, 0.5, 0.5, 0.25, 0.125};
    QTest::newRow("warm-up") << "constant" << 5 << QList<double>{0.2, 0.4, 1, 1, 1, 1};
    QTest::newRow("warm-up and steps") << "step" << 8 << QList<double>{0.125, 0.25, 0.375, 0.5, 0.25, 0.125};
}

void TestTraining::schedules()
{
    QFETCH(QString, kind);
    QFETCH(int, warmup);
    QFETCH(QList<double>, expected);
    Schedule schedule;
    schedule.kind = kind.toStdString();
    schedule.warmupSteps = warmup;
    schedule.start = 0;
    schedule.end = 10;
    schedule.finalRate = 0.2;
    schedule.every = 5;
    schedule.factor = 0.5;
    const int64_t steps[] = {1, 2, 6, 10, 11, 20};
    for (int i = 0; i < 6; ++i) QVERIFY2(std::abs(schedule.factorAt(steps[i]) - expected[i]) < 1e-12, qPrintable(QString("step %1: %2").arg(steps[i]).arg(schedule.factorAt(steps[i]))));
    schedule.start = 10;
    const auto error = errorOf([&] { schedule.check(); });
    QCOMPARE(error.has_value(), kind == "linear" || kind == "cosine");
}

void TestTraining::aScheduleDrivesTheOptimizers()
{
    Settings settings;
    settings.steps = 10;
    settings.change = [](TrainingOptions& options) { options.schedule = "linear"; };
    MemorySink sink;
    sink.script.emplace(5, request(RunRequest::Kind::Set, "learning_rate/G", "0.01"));
    Trainer(lineSetup(settings), sink).run({});
    QVERIFY(std::abs(sink.curve(1, "lr/G") - 0.1) < 1e-12);
    QVERIFY(std::abs(sink.curve(5, "lr/G") - 0.06) < 1e-12);
    QVERIFY(std::abs(sink.curve(6, "lr/G") - 0.01) < 1e-12);  // as it was asked for, and scaled from there on
    QVERIFY(std::abs(sink.curve(10, "lr/G") - 0.01 * 0.1 / 0.5) < 1e-12);
    QVERIFY(std::abs(sink.curve(10, "lr/D") - 0.01) < 1e-12);
}

void TestTraining::averagesFollowTheFormula()
{
    Settings settings;
    settings.steps = 30;
    settings.change = [](TrainingOptions& options) {
        options.emaDecay = 0.6;
        options.accumulation = 2;
    };
    MemorySink sink;
    Trainer::Setup setup = lineSetup(settings);
    const torch::Tensor weight = setup.system->networks()[0].module->parameters()[0];
    torch::Tensor expected = weight.detach().clone().to(torch::kFloat64);
    int64_t t = 0;
    sink.afterStep = [&](int64_t) {
        ++t;
        const double decay = std::min(0.6, (1.0 + static_cast<double>(t)) / (10.0 + static_cast<double>(t)));
        expected = decay * expected + (1 - decay) * weight.detach().to(torch::kFloat64);
    };
    Trainer(std::move(setup), sink).run({});
    QCOMPARE(t, int64_t(30));
    const std::string bytes = sink.checkpoints.at(30);
    QVERIFY(torch::allclose(stored(bytes, "ema/G/weight").to(torch::kFloat64), expected, 1e-5, 1e-7));
    QVERIFY(!torch::allclose(stored(bytes, "ema/G/weight"), stored(bytes, "param/G/weight"), 1e-5, 1e-7));
    QVERIFY(!opened(bytes).contains("ema/D/weight"));  // it does not generate
}

void TestTraining::averagedWeightsGenerate()
{
    QTemporaryDir folder;
    const fs::path file = fs::path(folder.path().toStdString()) / "c.safetensors";
    Settings settings;
    settings.system = {{"learning_rate", 0.02}};
    settings.change = [](TrainingOptions& options) { options.emaDecay = 0.99; };
    MemorySink sink, raw;
    Trainer(setupOf("toy_maps", settings), sink).run({});
    settings.change = {};
    Trainer(setupOf("toy_maps", settings), raw).run({});
    // the average changes no training
    const safetensors::File without = opened(raw.checkpoints.at(6));
    for (const auto& [name, view] : without.tensors())
        if (name.starts_with("param/")) QVERIFY2(torch::equal(toTensor(view), stored(sink.checkpoints.at(6), name)), name.c_str());
    writeFile(file, sink.checkpoints.at(6));
    const auto generated = [&](WeightChoice choice, bool averaged) {
        CheckpointInfo info;
        const std::unique_ptr<System> system = openCheckpoint(toyCatalogue(), file, torch::kCPU, &info, choice);
        if (info.averaged != averaged) throw Error(ErrorCode::Internal, "other weights were taken");
        GenerationRequest generation;
        generation.clips = sampleControls(system->describe(), TestClips(), 3, 2, 3, 8);
        generation.frames = 8;
        generation.seed = 3;
        return generateClips(*system, generation);
    };
    QVERIFY(generated(WeightChoice::Best, true) == sink.matrices.at(6));
    QVERIFY(generated(WeightChoice::Averaged, true) == sink.matrices.at(6));
    QVERIFY(generated(WeightChoice::Raw, false) == raw.matrices.at(6));
    QVERIFY(sink.matrices.at(6) != raw.matrices.at(6));
    writeFile(file, raw.checkpoints.at(6));
    QVERIFY(generated(WeightChoice::Best, false) == raw.matrices.at(6));
    const auto error = errorOf([&] { generated(WeightChoice::Averaged, true); });
    QVERIFY(error && error->code() == ErrorCode::Incompatible && QString(error->what()).contains("ema_decay"));
    QVERIFY(errorOf([] { weightChoiceFromName("mean"); }));
}

void TestTraining::bfloat16Trains()
{
    QFETCH(QString, id);
    Settings settings;
    settings.steps = 12;
    MemorySink full, half;
    Trainer(setupOf(id.toStdString(), settings), full).run({});
    settings.change = [](TrainingOptions& options) { options.precision = "bf16"; };
    Trainer(setupOf(id.toStdString(), settings), half).run({});
    QVERIFY(!at::autocast::is_autocast_enabled(at::kCPU));
    const safetensors::File a = opened(full.checkpoints.at(12)), b = opened(half.checkpoints.at(12));
    bool different = false;
    for (const auto& [name, view] : a.tensors()) {
        QCOMPARE(b.at(name).type, view.type);  // weights and optimizers stay in float32
        if (!name.starts_with("param/") || view.type != "F32") continue;
        const torch::Tensor x = toTensor(view), y = toTensor(b.at(name));
        QVERIFY2(torch::isfinite(y).all().item<bool>(), name.c_str());
        QVERIFY2((x - y).abs().max().item<double>() < 0.1, name.c_str());
        different = different || !torch::equal(x, y);
    }
    QVERIFY(different);
}

void TestTraining::precisionThatTheDeviceLacksIsRefused()
{
    Settings settings;
    settings.change = [](TrainingOptions& options) { options.precision = "fp16"; };
    MemorySink sink;
    const auto error = errorOf([&] { Trainer(lineSetup(settings), sink); });
    QVERIFY(error && error->code() == ErrorCode::Usage && error->subject() == "precision");
}

void TestTraining::settingsOfTheProcessComeBack()
{
    const bool tf32 = at::globalContext().allowTF32CuDNN();
    Settings settings;
    settings.change = [](TrainingOptions& options) {
        options.deterministic = true;
        options.precision = "fp32";
    };
    MemorySink sink, plain;
    {
        Trainer trainer(setupOf("toy_frames", settings), sink);
        QVERIFY(at::globalContext().deterministicAlgorithms());
        QVERIFY(!at::globalContext().allowTF32CuDNN());
        QVERIFY(trainer.run({}) == RunState::Finished);
    }
    QVERIFY(!at::globalContext().deterministicAlgorithms());
    QCOMPARE(at::globalContext().allowTF32CuDNN(), tf32);

    // an operation without a deterministic algorithm is named
    const auto error = errorOf([&] {
        Trainer trainer(lineSetup(settings, [](LineSystem& system) {
                            system.beforeStep = [](LineSystem&, int64_t) { at::globalContext().alertNotDeterministic("some_operation_cpu"); };
                        }), plain);
        trainer.run({});
    });
    QVERIFY(error && error->code() == ErrorCode::Usage);
    QVERIFY2(QString(error->what()).contains("some_operation_cpu"), error->what());
}

void TestTraining::aSpoiltGradientIsNamed_data()
{
    QTest::addColumn<QString>("parameter");
    QTest::addColumn<int>("accumulation");
    QTest::newRow("G") << "G/bias" << 1;
    QTest::newRow("D") << "D/weight" << 1;
    QTest::newRow("G in parts") << "G/weight" << 2;
}

void TestTraining::aSpoiltGradientIsNamed()
{
    QFETCH(QString, parameter);
    QFETCH(int, accumulation);
    Settings settings;
    settings.steps = 20;
    settings.change = [&](TrainingOptions& options) {
        options.checkpointInterval = 2;
        options.accumulation = accumulation;
    };
    MemorySink sink;
    Trainer trainer(lineSetup(settings,
                              [&](LineSystem& system) {
                                  torch::nn::Linear& network = parameter.startsWith('G') ? system.g() : system.d();
                                  plant(system, parameter.endsWith("bias") ? network->bias : network->weight, 5);
                              }),
                    sink);
    const auto error = errorOf([&] { trainer.run({}); });
    QVERIFY(error && error->code() == ErrorCode::Numerical);
    QVERIFY2(QString(error->what()).contains("gradient of " + parameter + " is not a number at step 5"), error->what());
    QVERIFY2(QString(error->what()).contains("checkpoint of step 4"), error->what());
    QCOMPARE(sink.checkpoints.rbegin()->first, int64_t(4));
    const auto alarms = sink.eventsOf("alarm");
    QCOMPARE(alarms.size(), std::size_t(1));
    QCOMPARE(alarms[0].at("alarm"), nlohmann::json("nan"));
    QCOMPARE(alarms[0].at("what"), nlohmann::json("gradient of " + parameter.toStdString()));
    QCOMPARE(alarms[0].at("step"), nlohmann::json(5));
}

void TestTraining::goingBack_data()
{
    QTest::addColumn<bool>("later");
    QTest::newRow("scalars read at once") << false;
    QTest::newRow("scalars read a step later") << true;
}

void TestTraining::goingBack()
{
    QFETCH(bool, later);
    Settings settings;
    settings.steps = 10;
    settings.readsLater = later;
    settings.change = [](TrainingOptions& options) {
        options.checkpointInterval = 2;
        options.alarmPolicy = "roll_back";
        options.emaDecay = 0.9;
        options.rollBackFactor = 0.25;
    };
    MemorySink sink;
    Trainer trainer(lineSetup(settings, [](LineSystem& system) { plant(system, system.g()->weight, 5, 1); }), sink);
    QVERIFY(trainer.run({}) == RunState::Finished);
    QCOMPARE(trainer.step(), int64_t(10));
    const auto back = sink.eventsOf("roll_back");
    QCOMPARE(back.size(), std::size_t(1));
    QCOMPARE(back[0].at("step"), nlohmann::json(4));
    QCOMPARE(back[0].at("from"), nlohmann::json(later ? 6 : 5));
    QCOMPARE(sink.eventsOf("alarm").at(0).at("action"), nlohmann::json("roll_back"));
    QCOMPARE(sink.eventsOf("alarm_over").size(), std::size_t(1));
    QVERIFY(std::abs(sink.curve(4, "lr/G") - 0.1) < 1e-12);
    QVERIFY(std::abs(sink.curve(5, "lr/G") - 0.025) < 1e-12);
    QVERIFY(std::abs(sink.curve(10, "lr/D") - 0.025) < 1e-12);
    for (const auto& [step, bytes] : sink.checkpoints) {
        const safetensors::File file = opened(bytes);
        for (const auto& [name, view] : file.tensors())
            if (view.type == "F32") QVERIFY2(torch::isfinite(toTensor(view)).all().item<bool>(), name.c_str());
    }
    // the smaller rates are in the checkpoint that it went back to: a resume has them, and knows how often it went back
    QCOMPARE(readCheckpointInfo(opened(sink.checkpoints.at(4))).trainer.at("roll_backs"), nlohmann::json(1));
    QVERIFY(QString::fromStdString(opened(sink.checkpoints.at(4)).metadata().at("optimizers")).contains("0.025"));
}

void TestTraining::goingBackEnds()
{
    Settings settings;
    settings.steps = 10;
    settings.change = [](TrainingOptions& options) {
        options.checkpointInterval = 2;
        options.alarmPolicy = "roll_back";
        options.rollBacks = 2;
    };
    MemorySink sink;
    Trainer trainer(lineSetup(settings, [](LineSystem& system) { plant(system, system.g()->weight, 10); }), sink);  // also in the very last step
    const auto error = errorOf([&] { trainer.run({}); });
    QVERIFY(error && error->code() == ErrorCode::Numerical);
    QVERIFY2(QString(error->what()).contains("went back 2 times"), error->what());
    QCOMPARE(sink.eventsOf("roll_back").size(), std::size_t(2));
    QVERIFY(std::abs(sink.curve(10, "lr/G") - 0.025) < 1e-12);
}

void TestTraining::nothingToGoBackTo()
{
    Settings settings;
    settings.change = [](TrainingOptions& options) { options.alarmPolicy = "roll_back"; };
    MemorySink sink;
    Trainer trainer(lineSetup(settings, [](LineSystem& system) { plant(system, system.d()->bias, 2); }), sink);
    const auto error = errorOf([&] { trainer.run({}); });
    QVERIFY(error && error->code() == ErrorCode::Numerical);
    QVERIFY2(QString(error->what()).contains("no checkpoint to go back to"), error->what());
}

void TestTraining::goingOn()
{
    Settings settings;
    settings.steps = 9;
    settings.change = [](TrainingOptions& options) {
        options.checkpointInterval = 2;
        options.alarmPolicy = "go_on";
    };
    MemorySink sink;
    Trainer trainer(lineSetup(settings, [](LineSystem& system) { plant(system, system.g()->weight, 5); }), sink);
    QVERIFY(trainer.run({}) == RunState::Finished);
    QCOMPARE(sink.eventsOf("alarm").size(), std::size_t(1));  // not one for every step
    QCOMPARE(sink.eventsOf("alarm")[0].at("action"), nlohmann::json("go_on"));
    QCOMPARE(sink.checkpoints.rbegin()->first, int64_t(4));
    QVERIFY(!sink.reports.back().message.empty());
}

void TestTraining::saturation_data()
{
    QTest::addColumn<QString>("policy");
    for (const char* policy : {"go_on", "stop", "roll_back"}) QTest::newRow(policy) << policy;
}

void TestTraining::saturation()
{
    QFETCH(QString, policy);
    Settings settings;
    settings.steps = 60;
    settings.change = [&](TrainingOptions& options) {
        options.balancePolicy = policy.toStdString();
        options.saturationSteps = 10;
        options.checkpointInterval = 10;
        options.rollBacks = 1;
    };
    MemorySink sink;
    Trainer trainer(lineSetup(settings,
                              [](LineSystem& system) {
                                  system.beforeStep = [](LineSystem& self, int64_t step) { self.accuracy = step > 5 && step < 40 ? 1.0 : 0.6; };
                              }),
                    sink);
    const RunState state = trainer.run({});
    const auto alarms = sink.eventsOf("alarm");
    QVERIFY(!alarms.empty());
    QCOMPARE(alarms[0].at("alarm"), nlohmann::json("saturation"));
    QVERIFY(alarms[0].at("message").get<std::string>().find("discriminator D") != std::string::npos);
    QVERIFY(alarms[0].at("step") > 12 && alarms[0].at("step") < 40);
    if (policy == "go_on") {
        QVERIFY(state == RunState::Finished);
        QCOMPARE(alarms.size(), std::size_t(1));
        QCOMPARE(sink.eventsOf("alarm_over").size(), std::size_t(1));
        QVERIFY(sink.eventsOf("alarm_over")[0].at("step") >= 40);
        return;
    }
    QVERIFY(state == RunState::Stopped);
    QVERIFY(sink.reports.back().message.find("discriminator D") != std::string::npos);
    QCOMPARE(sink.checkpoints.rbegin()->first, trainer.step());  // saved where it stopped
    QCOMPARE(sink.eventsOf("roll_back").size(), std::size_t(policy == "stop" ? 0 : 1));
}

void TestTraining::collapse()
{
    Settings settings;
    settings.steps = 30;
    settings.clips.varied = true;
    settings.change = [](TrainingOptions& options) {
        options.sampleInterval = 2;
        options.balancePolicy = "go_on";
        options.collapseStart = 2;
        options.collapseRatio = 0.4;
    };
    MemorySink sink;
    Trainer trainer(lineSetup(settings,
                              [](LineSystem& system) {
                                  system.optimizers()[0].optimizer->param_groups()[0].options().set_lr(1e-6);
                                  system.beforeStep = [](LineSystem& self, int64_t step) {
                                      const torch::NoGradGuard noGradient;
                                      self.g()->weight.copy_(torch::eye(3) * (step > 10 && step <= 20 ? 0.0 : 2.0));  // the same clip for every code, for a while
                                  };
                              }),
                    sink);
    QVERIFY(trainer.run({}) == RunState::Finished);
    const auto alarms = sink.eventsOf("alarm"), over = sink.eventsOf("alarm_over");
    QCOMPARE(alarms.size(), std::size_t(1));
    QCOMPARE(alarms[0].at("alarm"), nlohmann::json("collapse"));
    QCOMPARE(alarms[0].at("step"), nlohmann::json(12));
    QCOMPARE(over.size(), std::size_t(1));
    QCOMPARE(over[0].at("step"), nlohmann::json(22));
    QVERIFY(sink.curve(12, "diversity/all") < 0.05);
    QVERIFY(sink.curve(22, "diversity/all") > 0.1);
    // before collapse_start a generator may have learnt nothing yet
    BalanceWatch watch;
    QVERIFY(!watch.diversity(50, 0.001, 0.2, 0.05, 100));
    QVERIFY(watch.diversity(100, 0.001, 0.2, 0.05, 100)->begins);
    BalanceWatch again;
    again.setState(watch.state());
    QVERIFY(!again.diversity(101, 0.001, 0.2, 0.05, 100));  // it knows already
}

void TestTraining::aDiskThatIsNearlyFull()
{
    Settings settings;
    settings.steps = 10;
    MemorySink sink;
    sink.free = 1000000;
    Trainer trainer(lineSetup(settings), sink);
    QVERIFY(trainer.run({}) == RunState::Stopped);
    QCOMPARE(sink.eventsOf("alarm").at(0).at("alarm"), nlohmann::json("disk"));
    QVERIFY2(QString::fromStdString(sink.reports.back().message).contains("1.0 MB"), sink.reports.back().message.c_str());
    settings.change = [](TrainingOptions& options) { options.diskReserveMb = 0; };
    MemorySink careless;
    careless.free = 1000000;
    Trainer second(lineSetup(settings), careless);
    QVERIFY(second.run({}) == RunState::Finished);
    QVERIFY(careless.events.empty());
}

void TestTraining::metricsWhileTraining()
{
    MemorySink sink, without;
    Settings settings;
    settings.steps = 9;
    Trainer(setupOf("toy_frames", settings), without).run({});
    settings.change = [](TrainingOptions& options) {
        options.metrics = "sample_diversity, motion_energy";
        options.metricInterval = 4;
        options.metricClips = 8;
    };
    Trainer(setupOf("toy_frames", settings), sink).run({});
    const auto events = sink.eventsOf("metric");
    QCOMPARE(events.size(), std::size_t(6));  // two metrics at 4, 8 and the end
    QCOMPARE(events[0].at("metric"), nlohmann::json("sample_diversity"));
    QCOMPARE(events[0].at("lower_is_better"), nlohmann::json(false));
    QVERIFY(events[0].at("protocol").is_object() && events[0].contains("seconds"));
    QCOMPARE(events[0].at("subject").at("step"), nlohmann::json(4));
    for (const int64_t step : {4, 8, 9}) QVERIFY(sink.curve(step, "metric/sample_diversity") > 0);
    // measuring leaves the training as it was
    QCOMPARE(difference(sink.checkpoints.at(9), without.checkpoints.at(9)), std::string());
    const auto error = errorOf([&] {
        settings.change = [](TrainingOptions& options) { options.metrics = "sample_diversitee"; };
        Trainer(setupOf("toy_frames", settings), sink);
    });
    QVERIFY(error && error->code() == ErrorCode::Usage && QString(error->what()).contains("sample_diversity"));
}

void TestTraining::theBestCheckpoint()
{
    Settings settings;
    settings.steps = 12;
    settings.change = [](TrainingOptions& options) {
        options.bestMetric = "sample_diversity";
        options.metricInterval = 2;
        options.metricClips = 4;
        options.checkpointInterval = 100;
    };
    const auto weights = [](LineSystem& system) {
        system.beforeStep = [](LineSystem& self, int64_t step) {
            const torch::NoGradGuard noGradient;
            const double scales[] = {0.5, 1.0, 0.7, 1.5, 0.2, 0.9};  // diversity after steps 2, 4, ... 12
            self.g()->weight.copy_(torch::eye(3) * scales[(step - 1) / 2]);
        };
    };
    MemorySink sink;
    Trainer(lineSetup(settings, weights), sink).run({});
    std::vector<int64_t> steps;
    for (const auto& [step, value] : sink.bests) {
        steps.push_back(step);
        QCOMPARE(value, sink.curve(step, "metric/sample_diversity"));
    }
    QCOMPARE(steps, (std::vector<int64_t>{2, 4, 8}));
    QCOMPARE(readCheckpointInfo(opened(sink.checkpoints.at(8))).trainer.at("best").at("step"), nlohmann::json(8));
    // a resume knows what it has to be better than
    MemorySink second;
    Trainer trainer(lineSetup(settings, weights), second);
    const std::string bytes = sink.checkpoints.at(8);
    trainer.resume(opened(bytes));
    trainer.run({});
    QVERIFY(second.bests.empty());
}

void TestTraining::metricNow()
{
    Settings settings;
    settings.change = [](TrainingOptions& options) { options.metricClips = 4; };
    MemorySink sink;
    sink.script.emplace(3, request(RunRequest::Kind::Metric, "", "sample_diversity"));
    sink.script.emplace(4, request(RunRequest::Kind::Metric, "", "nonsense"));
    sink.script.emplace(5, request(RunRequest::Kind::Metric, "", " "));
    Trainer(setupOf("toy_maps", settings), sink).run({});
    QCOMPARE(sink.answers.size(), std::size_t(3));
    QCOMPARE(sink.answers[0].second, std::string());
    QVERIFY(sink.answers[1].second.find("nonsense") != std::string::npos);
    QVERIFY(!sink.answers[2].second.empty());
    QCOMPARE(sink.eventsOf("metric").size(), std::size_t(1));
    QVERIFY(sink.curve(3, "metric/sample_diversity") > 0);
}

void TestTraining::metricsThatFailEndNothing()
{
    Settings settings;
    settings.change = [](TrainingOptions& options) {
        options.metrics = "swap_consistency,sample_diversity";  // no judge knows the factors of these clips
        options.metricClips = 4;
    };
    MemorySink sink;
    QVERIFY(Trainer(setupOf("toy_maps", settings), sink).run({}) == RunState::Finished);
    QCOMPARE(sink.eventsOf("metric_failed").size(), std::size_t(1));
    QCOMPARE(sink.eventsOf("metric_failed")[0].at("metric"), nlohmann::json("swap_consistency"));
    QCOMPARE(sink.eventsOf("metric").size(), std::size_t(1));
}

void TestTraining::lossWeights()
{
    Settings settings;
    settings.steps = 8;
    settings.change = [](TrainingOptions& options) { options.checkpointInterval = 4; };
    MemorySink plain, changedOnce, whole;
    Trainer(lineSetup(settings), plain).run({});
    changedOnce.script.emplace(3, request(RunRequest::Kind::Set, "loss_weight/D", "0.25"));
    changedOnce.script.emplace(3, request(RunRequest::Kind::Set, "loss_weight/E", "1"));
    changedOnce.script.emplace(3, request(RunRequest::Kind::Set, "loss_weight/D", "-1"));
    Trainer(lineSetup(settings), changedOnce).run({});
    QCOMPARE(changedOnce.answers.size(), std::size_t(3));
    QVERIFY(changedOnce.answers[0].second.empty() && !changedOnce.answers[1].second.empty() && !changedOnce.answers[2].second.empty());
    QVERIFY(difference(plain.checkpoints.at(8), changedOnce.checkpoints.at(8)) == "param/D/bias" || !difference(plain.checkpoints.at(8), changedOnce.checkpoints.at(8)).empty());
    QVERIFY(torch::equal(stored(plain.checkpoints.at(8), "param/G/weight"), stored(changedOnce.checkpoints.at(8), "param/G/weight")));
    QVERIFY(!torch::equal(stored(plain.checkpoints.at(8), "param/D/weight"), stored(changedOnce.checkpoints.at(8), "param/D/weight")));
    // the weight is part of what a resume goes on with
    MemorySink second;
    Trainer::Setup setup = lineSetup(settings);
    System* system = setup.system.get();
    Trainer trainer(std::move(setup), second);
    const std::string bytes = changedOnce.checkpoints.at(4);
    trainer.resume(opened(bytes));
    QCOMPARE(system->lossWeights().at(0).value, 0.25);
    trainer.run({});
    QCOMPARE(difference(second.checkpoints.at(8), changedOnce.checkpoints.at(8)), std::string());
}

void TestTraining::scalarsAndTimes()
{
    Settings settings;
    settings.steps = 4;
    settings.change = [](TrainingOptions& options) { options.normInterval = 2; };
    MemorySink sink;
    Trainer(setupOf("toy_class", settings), sink).run({});
    for (int64_t step = 1; step <= 4; ++step) {
        for (const char* tag : {"time/step", "time/load", "time/forward", "time/backward", "time/clips_per_second", "memory/resident_mb", "lr/G", "lr/critic"})
            QVERIFY2(sink.curve(step, tag) >= 0, tag);
        QVERIFY(std::abs(sink.curve(step, "time/forward") + sink.curve(step, "time/backward") - sink.curve(step, "time/step")) < 1e-9);
        QVERIFY(sink.curve(step, "memory/resident_mb") > 10);
        for (const char* tag : {"norm/gradient/G", "norm/gradient/critic", "norm/weight/G", "norm/weight/critic"}) QCOMPARE(std::isfinite(sink.curve(step, tag)), step % 2 == 0);
    }
}

void TestTraining::resumingWithEverything()
{
    QFETCH(QString, id);
    Settings settings;
    settings.steps = 40;
    settings.clips.count = 13;
    settings.clips.varied = true;
    settings.change = [](TrainingOptions& options) {
        options.checkpointInterval = 20;
        options.emaDecay = 0.95;
        options.accumulation = 2;
        options.schedule = "cosine";
        options.warmupSteps = 6;
        options.clipGradientNorm = 0.5;
        options.metrics = "sample_diversity";
        options.bestMetric = "sample_diversity";
        options.metricInterval = 10;
        options.metricClips = 4;
        options.sampleInterval = 7;
        options.normInterval = 3;
    };
    MemorySink whole, first, second;
    Trainer(setupOf(id.toStdString(), settings), whole).run({});
    first.script.emplace(20, request(RunRequest::Kind::Stop));
    Trainer stopped(setupOf(id.toStdString(), settings), first);
    QVERIFY(stopped.run({}) == RunState::Stopped);
    QCOMPARE(stopped.step(), int64_t(20));
    Trainer trainer(setupOf(id.toStdString(), settings), second);
    torch::manual_seed(999);
    const std::string bytes = first.checkpoints.at(20);
    trainer.resume(opened(bytes));
    QVERIFY(trainer.run({}) == RunState::Finished);
    QCOMPARE(difference(second.checkpoints.at(40), whole.checkpoints.at(40)), std::string());
    QCOMPARE(opened(second.checkpoints.at(40)).metadata().at("trainer"), opened(whole.checkpoints.at(40)).metadata().at("trainer"));  // alarms, base rates, the best
    QVERIFY(opened(whole.checkpoints.at(40)).tensors().lower_bound("ema/")->first.starts_with("ema/"));
    QVERIFY(second.matrices.at(40) == whole.matrices.at(40));
    for (int64_t step = 21; step <= 40; ++step)
        for (const auto& [tag, value] : whole.curves.at(step))
            if (!tag.starts_with("time/") && !tag.starts_with("memory/")) QVERIFY2(second.curve(step, tag) == value, tag.c_str());
    QCOMPARE(second.curve(40, "metric/sample_diversity"), whole.curve(40, "metric/sample_diversity"));
}

void TestTraining::memory()
{
    const Error cpu = outOfMemory("[enforce fail at alloc_cpu.cpp:121] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 4200000000 bytes. Error code 12", torch::kCPU, 16, 1);
    QVERIFY(cpu.code() == ErrorCode::OutOfMemory);
    for (const char* word : {"4.2 GB", "accumulation=2", "batch_size=8", "this machine has"}) QVERIFY2(QString(cpu.what()).contains(word), cpu.what());
    const Error cuda = outOfMemory("CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a total capacity of 79.10 GiB of which 1.10 GiB is free. Process 1 has 78 GiB memory in use.",
                                   torch::Device(torch::kCUDA, 0), 16, 16);
    for (const char* word : {"2.50 GiB", "cuda:0 has 79.10 GiB, 1.10 GiB of them free", "batch_size=8"}) QVERIFY2(QString(cuda.what()).contains(word), cuda.what());
    QVERIFY(!QString(cuda.what()).contains("accumulation"));
    QVERIFY(residentMemory() > 10000000 && availableMemory().value_or(0) > 1000000);

    // and from a real step
    for (const bool plain : {false, true}) {
        MemorySink sink;
        const auto error = errorOf([&] {
            Trainer trainer(lineSetup({}, [plain](LineSystem& system) {
                                system.beforeStep = [plain](LineSystem&, int64_t step) {
                                    if (step < 3) return;
                                    if (plain) throw std::bad_alloc();
                                    torch::empty({int64_t(1) << 50});
                                };
                            }), sink);
            trainer.run({});
        });
        QVERIFY(error && error->code() == ErrorCode::OutOfMemory);
        QVERIFY2(QString(error->what()).contains("accumulation=2"), error->what());
        QCOMPARE(QString(error->what()).contains("TB more were needed"), !plain);
        QCOMPARE(exitCode(error->code()), 5);
    }
}

QTEST_APPLESS_MAIN(TestTraining)
#include "tst_training.moc"
