#include <ATen/record_function.h>
#include <torch/torch.h>

#include <QtTest>
#include <cmath>
#include <mutex>
#include <set>
#include <tuple>

#include "core/nn/processor_loops.h"
#include "core/plan/fold.h"
#include "core/training/precision.h"
#include "core/training/recorded_step.h"
#include "core/training/self_test.h"
#include "core/training/trainer.h"
#include "core/util/error.h"
#include "models/catalogue.h"
#include "models/g3an/g3an_system.h"
#include "tests/core/trainer_fixture.h"
#include "tests/support/recording.h"

using namespace kinora;
using namespace kinora::g3an;
using test::Behaviour;

namespace {

/// Learning rates that float32 holds exactly, as the device's memory does.
constexpr double kRate = 1.0 / 4096;

Options tiny()
{
    Options options;
    options.baseChannels = 2;
    options.appearanceDim = 4;
    options.motionDim = 2;
    options.learningRateG = options.learningRateD = kRate;
    return options;
}

Trainer::Setup setup(int64_t steps, const std::function<void(TrainingOptions&)>& change = {})
{
    torch::manual_seed(5);
    Trainer::Setup made;
    made.system = std::make_unique<G3anSystem>(tiny());
    test::TestClips::Options clips;
    clips.frames = 16;
    clips.height = clips.width = 64;
    made.source = std::make_shared<test::TestClips>(clips);
    made.options.batchSize = 2;
    made.options.sampleRows = made.options.sampleColumns = 1;
    made.options.sampleInterval = 100;
    made.options.precision = "fp32";
    made.options.normInterval = 1;
    if (change) change(made.options);
    made.seed = 5;
    made.totalSteps = steps;
    return made;
}

struct Run {
    test::MemorySink sink;
    test::RecordingCounts counts;
};
/// A training of some steps, recorded or not. \returns the last checkpoint
std::string train(Run& run, int64_t steps, std::optional<Behaviour> recorded, const std::function<void(TrainingOptions&)>& change = {}, const std::string& from = {})
{
    Trainer::Setup made = setup(steps, change);
    if (recorded) {
        made.options.cudaGraph = true;
        made.makeGraph = test::recordings(*recorded, run.counts);
    }
    Trainer trainer(std::move(made), run.sink);
    std::optional<safetensors::File> file;
    if (!from.empty()) trainer.resume(file.emplace(test::opened(from)));
    if (trainer.run({}) != RunState::Finished) return {};
    return run.sink.checkpoints.rbegin()->second;
}

/// Backward passes without updates, so that all networks keep their weights.
class KeepGradients final : public UpdatePolicy {
public:
    std::vector<torch::Tensor> all;
    void update(torch::optim::Optimizer& optimizer, const torch::Tensor& loss) override
    {
        optimizer.zero_grad();
        loss.backward();
        for (const auto& group : optimizer.param_groups())
            for (const torch::Tensor& parameter : group.params()) all.push_back(parameter.grad().defined() ? parameter.grad().clone() : torch::zeros_like(parameter));
    }
};

std::mutex calling;
std::set<std::string> called;
std::unique_ptr<at::ObserverContext> remember(const at::RecordFunction& function)
{
    const std::lock_guard lock(calling);
    called.insert(function.name());
    return nullptr;
}

Batch someBatch(uint64_t seed)
{
    torch::manual_seed(seed);
    Batch batch;
    batch.clips = torch::rand({2, 3, 16, 64, 64}) * 2 - 1;
    return batch;
}

/// A system and what trains it by recorded steps.
struct Bench {
    G3anSystem system{tiny()};
    TrainingUpdates updates{system};
    test::RecordingCounts counts;
    RecordedStep recorded;
    int64_t step = 0;

    explicit Bench(Behaviour behaviour) : recorded(system, updates, test::recordings(behaviour, counts))
    {
        system.train(true);
        system.setUpdatePolicy(&updates);
    }
    ~Bench() { system.setUpdatePolicy(nullptr); }
    StepScalars run()
    {
        updates.beginStep(1, false);
        ++step;
        StepScalars scalars = recorded.run(someBatch(static_cast<uint64_t>(step)), step);
        updates.endStep();
        return scalars;
    }
};
}  // namespace

class TestRecordedStep final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { at::set_num_threads(1); }

    void isTheSameTraining()
    {
        Run plain, recorded;
        const std::string wanted = train(plain, 8, std::nullopt), got = train(recorded, 8, Behaviour::Right);
        QVERIFY(!wanted.empty());
        QCOMPARE(QString::fromStdString(test::difference(got, wanted)), QString());
        QCOMPARE(recorded.counts.made, 1);
        QCOMPARE(recorded.counts.replayed, 5);  // one to compare, and steps 5 to 8
        QCOMPARE(recorded.counts.alive, 0);
        // curves: the same values and norms; of a replayed step only the whole time is known
        for (const int64_t step : {4, 5, 8})
            for (const char* tag : {"loss/G_vid", "loss/D_img", "accuracy/D_vid", "norm/gradient/G", "norm/gradient/VD", "norm/weight/G"}) {
                QVERIFY2(std::isfinite(plain.sink.curve(step, tag)), tag);
                QCOMPARE(recorded.sink.curve(step, tag), plain.sink.curve(step, tag));
            }
        QVERIFY(std::isfinite(recorded.sink.curve(4, "time/backward")));
        QVERIFY(std::isnan(recorded.sink.curve(5, "time/backward")));
        QVERIFY(recorded.sink.curve(5, "time/step") > 0);
    }

    void followsLearningRatesAndClipping()
    {
        // rates that float32 rounds; a clipping that bites
        const auto change = [](TrainingOptions& options) {
            options.schedule = "linear";
            options.warmupSteps = 3;
            options.clipGradientNorm = 0.5;
        };
        Run plain, recorded, constant;
        const std::string wanted = train(plain, 8, std::nullopt, change), got = train(recorded, 8, Behaviour::Right, change);
        QCOMPARE(recorded.counts.replayed, 5);
        const safetensors::File a = test::opened(wanted), b = test::opened(got), other = test::opened(train(constant, 8, std::nullopt));
        double difference = 0, way = 0;
        for (const auto& [name, view] : a.tensors()) {
            if (!name.starts_with("param/")) continue;
            const auto values = [](const safetensors::File& file, const std::string& tensor) {
                const auto& found = file.at(tensor);
                return torch::from_blob(const_cast<std::byte*>(found.bytes.data()), {static_cast<int64_t>(found.bytes.size() / sizeof(float))}, torch::kFloat32).clone();
            };
            difference = std::max(difference, (values(a, name) - values(b, name)).abs().max().item<double>());
            way = std::max(way, (values(a, name) - values(other, name)).abs().max().item<double>());
        }
        QVERIFY2(difference < 1e-2 * way, qPrintable(QString("%1 of %2").arg(difference).arg(way)));
    }

    void whatGoesWrongChangesNothing_data()
    {
        QTest::addColumn<int>("behaviour");
        QTest::newRow("replays do nothing") << static_cast<int>(Behaviour::KeepsOldInputs);
        QTest::newRow("no memory while recording") << static_cast<int>(Behaviour::OutOfMemory);
    }
    void whatGoesWrongChangesNothing()
    {
        QFETCH(int, behaviour);
        Run plain, recorded;
        const std::string wanted = train(plain, 6, std::nullopt), got = train(recorded, 6, static_cast<Behaviour>(behaviour));
        QCOMPARE(QString::fromStdString(test::difference(got, wanted)), QString());
        QVERIFY(recorded.counts.replayed <= 1);
        QCOMPARE(recorded.counts.alive, 0);
        QCOMPARE(recorded.sink.curve(6, "norm/gradient/G"), plain.sink.curve(6, "norm/gradient/G"));
    }

    /// Work that took its inputs along instead of reading them anew is found out.
    void oldInputsAreFoundOut()
    {
        G3anSystem system(tiny());
        TrainingUpdates updates(system);
        Batch kept;
        // the very system forgets to look at its inputs while it is replayed
        class KeepsInputs final : public nn::DeviceGraph {
        public:
            KeepsInputs(G3anSystem& used, Batch& inputs) : m_system(used), m_inputs(inputs) {}
            void record(const std::function<void()>& work) override { work(); }
            void replay() override { m_system.trainStep(m_inputs, 1); }

        private:
            G3anSystem& m_system;
            Batch& m_inputs;
        };
        RecordedStep recorded(system, updates, [&](const torch::Device&) { return std::make_unique<KeepsInputs>(system, kept); });
        system.train(true);
        system.setUpdatePolicy(&updates);
        for (int64_t step = 1; step <= 5; ++step) {
            const Batch batch = someBatch(static_cast<uint64_t>(step));
            kept = someBatch(99);
            kept.draws = system.drawStep(kept);
            updates.beginStep(1, false);
            recorded.run(batch, step);
            updates.endStep();
            QVERIFY(!recorded.recorded());
        }
        system.setUpdatePolicy(nullptr);
    }

    void resumedRunsRecordAgain()
    {
        Run plain, first, second;
        const auto saves = [](TrainingOptions& options) { options.checkpointInterval = 5; };
        const std::string wanted = train(plain, 10, std::nullopt, saves);
        train(first, 10, Behaviour::Right, saves);
        QVERIFY(first.sink.checkpoints.contains(5));
        const std::string got = train(second, 10, Behaviour::Right, saves, first.sink.checkpoints.at(5));
        QCOMPARE(QString::fromStdString(test::difference(got, wanted)), QString());
        QCOMPARE(second.counts.made, 1);
    }

    void newNumbersAreRecordedAnew()
    {
        Bench bench(Behaviour::Right);
        for (int i = 0; i < 5; ++i) bench.run();
        QVERIFY(bench.recorded.recorded());
        bench.system.setLossWeight("G_vid", 2);
        bench.run();
        QVERIFY(!bench.recorded.recorded());  // plain steps first
        for (int i = 0; i < 3; ++i) bench.run();
        QVERIFY(bench.recorded.recorded());
        TrainingUpdates::Settings settings;
        settings.clipNorm = 1;
        bench.updates.configure(settings);
        bench.run();
        QVERIFY(!bench.recorded.recorded());
        QCOMPARE(bench.counts.made, 2);
        QCOMPARE(bench.counts.alive, 0);
    }

    /// Plans and averages see by the weights' versions that these have changed.
    void replaysAreSeen()
    {
        G3anSystem system(tiny());
        TrainingUpdates updates(system);
        // after the replay that is compared it moves a weight as a device does: in memory, and nobody is told
        class Unseen final : public nn::DeviceGraph {
        public:
            explicit Unseen(torch::Tensor weight) : m_weight(std::move(weight)) {}
            void record(const std::function<void()>& work) override
            {
                m_work = work;
                work();
            }
            void replay() override
            {
                if (m_replays++ == 0) m_work();
                else *static_cast<float*>(m_weight.data_ptr()) += 1;
            }

        private:
            torch::Tensor m_weight;
            std::function<void()> m_work;
            int m_replays = 0;
        };
        RecordedStep recorded(system, updates, [&](const torch::Device&) { return std::make_unique<Unseen>(system.parts().g->parameters().front()); });
        system.train(true);
        system.setUpdatePolicy(&updates);
        uint64_t before = 0;
        for (int64_t step = 1; step <= 5; ++step) {
            before = plan::weightStamp(*system.parts().g);
            updates.beginStep(1, false);
            recorded.run(someBatch(1), step);
            updates.endStep();
        }
        QVERIFY(recorded.recorded());
        QVERIFY(plan::weightStamp(*system.parts().g) != before);
        system.setUpdatePolicy(nullptr);
    }

    /// The fast step as a GPU computes it, in LibTorch's own operations, against the plain one: losses, gradients, buffers.
    void theStepOfADeviceIsThePlainOne_data()
    {
        QTest::addColumn<QString>("precision");
        QTest::addColumn<QString>("mode");
        QTest::addColumn<QString>("discriminator");
        QTest::addColumn<bool>("attention");
        for (const char* precision : {"fp64", "fp32", "bf16"})
            for (const auto& [mode, discriminator, attention] : {std::tuple("1p2d", "2p1d", false), std::tuple("1p2d", "2p1d", true), std::tuple("2p1d", "3d", false), std::tuple("3d", "2p1d", false)})
                QTest::addRow("%s, %s, judged by %s%s", precision, mode, discriminator, attention ? ", with attention" : "")
                    << QString::fromLatin1(precision) << QString::fromLatin1(mode) << QString::fromLatin1(discriminator) << attention;
    }
    void theStepOfADeviceIsThePlainOne()
    {
        QFETCH(QString, precision);
        QFETCH(QString, mode);
        QFETCH(QString, discriminator);
        QFETCH(bool, attention);
        const bool exact = precision == QLatin1String("fp64"), rough = precision == QLatin1String("bf16");
        Options options = tiny();
        options.mode = mode.toStdString();
        options.videoDiscriminator = discriminator.toStdString();
        options.useAttention = attention;
        struct Outcome {
            StepScalars scalars;
            std::vector<torch::Tensor> gradients;
            std::map<std::string, torch::Tensor> buffers;
        };
        const nn::WithoutLoops asOnADevice;
        const auto step = [&](Formulation formulation) {
            const bool whole = exact || formulation == Formulation::Plain;
            torch::manual_seed(11);
            G3anSystem system(options);
            system.setFormulation(formulation);
            Outcome outcome;
            if (whole)
                for (NamedNetwork& network : system.networks()) network.module->to(torch::kFloat64);
            system.train(true);
            KeepGradients policy;
            system.setUpdatePolicy(&policy);
            Batch batch = someBatch(1);
            if (whole) batch.clips = batch.clips.to(torch::kFloat64);
            torch::manual_seed(12);
            {
                const AutocastScope autocast(rough && !whole ? "bf16" : "fp32", torch::kCPU);
                outcome.scalars = system.trainStep(batch, 1);
            }
            system.setUpdatePolicy(nullptr);
            for (const torch::Tensor& gradient : policy.all) outcome.gradients.push_back(gradient.to(torch::kFloat64));
            for (const NamedNetwork& network : system.networks())
                for (const auto& buffer : network.module->named_buffers()) outcome.buffers[network.name + "/" + buffer.key()] = buffer.value().to(torch::kFloat64);
            return outcome;
        };
        const Outcome plain = step(Formulation::Plain), fast = step(Formulation::Fast);
        for (std::size_t i = 0; i < plain.scalars.size(); ++i)
            if (plain.scalars[i].first.starts_with("loss/"))
                QVERIFY2(std::abs(fast.scalars.at(i).second.item<double>() - plain.scalars[i].second.item<double>()) < (exact ? 1e-9 : rough ? 2e-2 : 1e-4), plain.scalars[i].first.c_str());
        QCOMPARE(fast.gradients.size(), plain.gradients.size());
        double length = 0, difference = 0;
        for (std::size_t i = 0; i < plain.gradients.size(); ++i) {
            length += plain.gradients[i].square().sum().item<double>();
            difference += (fast.gradients[i] - plain.gradients[i]).square().sum().item<double>();
        }
        QVERIFY2(length > 0 && std::sqrt(difference / length) < (exact ? 1e-8 : rough ? 0.4 : 1e-3), qPrintable(QString::number(std::sqrt(difference / length))));
        QCOMPARE(fast.buffers.size(), plain.buffers.size());
        for (const auto& [name, buffer] : plain.buffers) QVERIFY2((fast.buffers.at(name) - buffer).abs().max().item<double>() < (exact ? 1e-9 : rough ? 0.1 : 1e-3) * (1 + buffer.abs().max().item<double>()), name.c_str());
    }

    /// Steps in mixed precision as on a GPU, recorded and not.
    void isTheSameTrainingAsOnADevice()
    {
        const nn::WithoutLoops asOnADevice;
        const auto change = [](TrainingOptions& options) { options.precision = "bf16"; };
        Run plain, recorded;
        const std::string wanted = train(plain, 7, std::nullopt, change), got = train(recorded, 7, Behaviour::Right, change);
        QVERIFY(!wanted.empty());
        QCOMPARE(recorded.counts.replayed, 4);
        QCOMPARE(QString::fromStdString(test::difference(got, wanted)), QString());
    }

    /// What a GPU is given must wait for nothing, and draw nothing.
    void theStepOfADeviceWaitsForNothing()
    {
        KeepGradients policy;
        const nn::WithoutLoops asOnADevice;
        for (const char* mode : {"1p2d", "3d"})
            for (const bool attention : {false, true}) {
                Options options = tiny();
                options.mode = mode;
                options.useAttention = attention;
                G3anSystem system(options);
                system.train(true);
                system.setUpdatePolicy(&policy);
                Batch batch = someBatch(1);
                batch.draws = system.drawStep(batch);
                called.clear();
                const auto handle = at::addGlobalCallback(at::RecordFunctionCallback(remember).scopes({at::RecordScope::FUNCTION}));  // of the thread of the backward pass, too
                system.trainStep(batch, 1);
                at::removeCallback(handle);
                system.setUpdatePolicy(nullptr);
                QVERIFY(called.contains("aten::convolution_backward") && called.contains("aten::index_select"));
                for (const char* name : {"aten::item", "aten::_local_scalar_dense", "aten::is_nonzero", "aten::nonzero", "aten::equal", "aten::randn", "aten::randint", "aten::normal_", "aten::uniform_", "aten::pin_memory"})
                    QVERIFY2(!called.contains(name), qPrintable(QString("%1, %2 attention: %3").arg(QLatin1String(mode), QLatin1String(attention ? "with" : "without"), QLatin1String(name))));
            }
    }

    void theSelfTestLooksAtIt()
    {
        for (const Behaviour behaviour : {Behaviour::Right, Behaviour::KeepsOldInputs}) {
            test::RecordingCounts counts;
            const std::vector<SelfCheck> checks = selfTest(findSystem(catalogue(), "g3an"), torch::kCPU, test::recordings(behaviour, counts));
            const auto found = std::ranges::find(checks, "recorded training step", &SelfCheck::name);
            QVERIFY(found != checks.end());
            QCOMPARE(found->passed(), behaviour == Behaviour::Right);
        }
    }

    void saysWhatCannotBeRecorded()
    {
        G3anSystem system(tiny());
        QCOMPARE(RecordedStep::obstacle(system, {}, 1), std::string());
        QVERIFY(RecordedStep::obstacle(system, {}, 2).find("accumulation") != std::string::npos);
        TrainingUpdates::Settings scaled;
        scaled.scaleLoss = true;
        QVERIFY(RecordedStep::obstacle(system, scaled, 1).find("fp16") != std::string::npos);
        const auto other = findSystem(catalogue(), "mocogan").create({});
        QVERIFY(RecordedStep::obstacle(*other, {}, 1).find("optimizer") != std::string::npos);

        // on a processor without a stand-in the option changes nothing
        Run plain, asked;
        const std::string wanted = train(plain, 2, std::nullopt), got = train(asked, 2, std::nullopt, [](TrainingOptions& options) { options.cudaGraph = true; });
        QCOMPARE(QString::fromStdString(test::difference(got, wanted)), QString());
    }

    void heldUpdatesReadTheDeviceAlone()
    {
        torch::Tensor weight = torch::ones({3}, torch::requires_grad());
        nn::FusedAdam adam({weight}, torch::optim::AdamOptions(kRate));
        const auto gradient = [&] { weight.mutable_grad() = torch::tensor({1.0F, -2.0F, 0.5F}); };
        gradient();
        adam.step();
        adam.hold();
        const torch::Tensor start = weight.detach().clone();
        const std::vector<torch::Tensor> states = adam.stateTensors();
        QCOMPARE(states.size(), std::size_t{2});
        const std::vector<torch::Tensor> kept{states[0].clone(), states[1].clone()};
        const auto again = [&] {
            const torch::NoGradGuard noGrad;
            weight.copy_(start);
            states[0].copy_(kept[0]);
            states[1].copy_(kept[1]);
            gradient();
            adam.useHeld(true);
            adam.step();
            adam.useHeld(false);
            return weight.detach().clone();
        };
        // a rate and a count that change on the host alone change nothing, until they are written
        const torch::Tensor first = again();
        static_cast<torch::optim::AdamOptions&>(adam.param_groups()[0].options()).lr(2 * kRate);
        adam.countHeld();
        QVERIFY(torch::equal(again(), first));
        adam.writeHeld();
        const torch::Tensor second = again();
        QVERIFY(!torch::equal(second, first));
        // and then it is what a plain step does
        {
            const torch::NoGradGuard noGrad;
            weight.copy_(start);
            states[0].copy_(kept[0]);
            states[1].copy_(kept[1]);
        }
        gradient();
        adam.step();  // counts on the host: from the second update to the third
        const torch::Tensor plain = weight.detach().clone();
        QVERIFY(!torch::equal(plain, second));
        adam.writeHeld();
        QVERIFY(torch::equal(again(), plain));
        // gradients that were not there when it was prepared
        nn::FusedAdam fresh({weight}, torch::optim::AdamOptions(kRate));
        fresh.hold();
        fresh.useHeld(true);
        gradient();
        QVERIFY_THROWS_EXCEPTION(Error, fresh.step());
    }
};

QTEST_GUILESS_MAIN(TestRecordedStep)
#include "tst_recorded_step.moc"
