#include <torch/torch.h>

#include <QtTest>
#include <cmath>

#include "core/system/generation.h"
#include "core/system/graphed_generation.h"
#include "core/training/precision.h"
#include "core/util/error.h"
#include "tests/support/recording.h"
#include "tests/support/toy_systems.h"

using namespace kinora;

namespace {

using test::Behaviour;
using test::recordings;
using Counts = test::RecordingCounts;

/// A toy system whose clips also depend on the seed, or hold values that are no numbers.
class Changed final : public System {
public:
    Changed(const char* id, bool seeded, bool broken) : m_inner(findSystem(test::toyCatalogue(), id).create({})), m_seeded(seeded), m_broken(broken) {}
    SystemDescription describe() const override { return m_inner->describe(); }
    OptionValues options() const override { return m_inner->options(); }
    std::vector<NamedNetwork> networks() override { return m_inner->networks(); }
    std::vector<NamedOptimizer> optimizers() override { return m_inner->optimizers(); }
    BatchNeeds batchNeeds() const override { return m_inner->batchNeeds(); }
    StepScalars trainStep(const Batch& batch, int64_t step) override { return m_inner->trainStep(batch, step); }
    torch::Tensor generate(const ControlTensors& controls, int frames, uint64_t seed) override
    {
        const torch::Tensor clips = m_inner->generate(controls, frames, seed);
        return m_broken ? clips / 0.0 * 0.0 : m_seeded ? clips * (1.0 + 0.1 * static_cast<double>(seed)) : clips;
    }

private:
    std::unique_ptr<System> m_inner;
    bool m_seeded, m_broken;
};

/// A plan for the toy systems as one on a GPU: it works on a copy of the first weight, which refresh() brings up to date, at its place or elsewhere.
class CopyingPlan final : public RecordablePlan {
public:
    CopyingPlan(System& system, PlanPrecision precision, double error) : m_system(system), m_precision(precision), m_error(error) { refresh(); }
    bool refresh() override
    {
        const torch::Tensor now = weight();
        if (m_copy.defined() && !moves) {
            m_copy.copy_(now);
            return true;
        }
        m_copy = now.clone();
        return false;
    }
    torch::Tensor generate(const ControlTensors& controls, int frames, uint64_t seed) override
    {
        ++generated;
        const torch::Tensor own = weight().clone();
        weight().copy_(m_copy);
        torch::Tensor clips = m_system.generate(controls, frames, seed) * (1 + m_error);
        weight().copy_(own);
        return clips;
    }
    PlanPrecision precision() const override { return m_precision; }
    std::string description() const override { return "copying plan"; }

    int generated = 0;
    bool moves = false;

private:
    torch::Tensor weight() { return m_system.networks().front().module->parameters().front().detach(); }
    System& m_system;
    PlanPrecision m_precision;
    double m_error;
    torch::Tensor m_copy;
};

double difference(const torch::Tensor& got, const torch::Tensor& wanted) { return ((got - wanted).abs().max() / wanted.abs().max()).item<double>(); }

ControlTensors draw(const System& system, uint64_t seed, int clips = 2)
{
    const SystemDescription d = system.describe();
    ControlTensors controls;
    torch::manual_seed(seed);
    std::vector<ControlValues> values;
    for (const Control& control : d.controls) {
        const int64_t n = clips, size = d.height;
        switch (control.kind) {
            case ControlKind::GaussianVector: controls[control.id] = torch::randn({n, control.size}); break;
            case ControlKind::Category: controls[control.id] = torch::full({n}, static_cast<int64_t>(seed % 2), torch::kInt64); break;
            case ControlKind::Image: controls[control.id] = torch::rand({n, 3, size, size}) * 2 - 1; break;
            default: qFatal("not a control of this test");
        }
    }
    return controls;
}
}  // namespace

class TestGraphedGeneration final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { at::set_num_threads(1); }

    void replaysWhatThePlainModulesMake()
    {
        Changed system("toy_class", false, false);
        Counts counts;
        GraphedGeneration graphed(system, recordings(Behaviour::Right, counts));
        const int frames = system.describe().length.trained;
        for (uint64_t seed = 0; seed < 10; seed += 2) {  // the class stays
            const ControlTensors controls = draw(system, seed);
            QVERIFY(torch::equal(graphed.generate(controls, frames, seed), system.generate(controls, frames, seed)));
        }
        QCOMPARE(counts.made, 1);  // not at the first call
        QCOMPARE(counts.replayed, 1 + 3);
        QCOMPARE(graphed.recorded(), std::size_t(1));
        // another class and another number of clips are other recordings
        for (int i = 0; i < 2; ++i) {
            const ControlTensors other = draw(system, 1), more = draw(system, 2, 3);
            QVERIFY(torch::equal(graphed.generate(other, frames, 0), system.generate(other, frames, 0)));
            QVERIFY(torch::equal(graphed.generate(more, frames, 0), system.generate(more, frames, 0)));
        }
        QCOMPARE(graphed.recorded(), std::size_t(3));
        // clips that were given out are not written again
        const torch::Tensor kept = graphed.generate(draw(system, 4), frames, 0), copy = kept.clone();
        graphed.generate(draw(system, 6), frames, 0);
        QVERIFY(torch::equal(kept, copy));
    }

    void goesOnPlainlyWhereARecordingIsNoGood_data()
    {
        QTest::addColumn<int>("behaviour");
        QTest::addColumn<bool>("seeded");
        QTest::addColumn<bool>("broken");
        QTest::newRow("no memory") << static_cast<int>(Behaviour::OutOfMemory) << false << false;
        QTest::newRow("old inputs") << static_cast<int>(Behaviour::KeepsOldInputs) << false << false;
        QTest::newRow("noise of another seed") << static_cast<int>(Behaviour::Right) << true << false;
        QTest::newRow("not a number") << static_cast<int>(Behaviour::Right) << false << true;
    }
    void goesOnPlainlyWhereARecordingIsNoGood()
    {
        QFETCH(int, behaviour);
        QFETCH(bool, seeded);
        QFETCH(bool, broken);
        Changed system("toy_class", seeded, broken);
        Counts counts;
        GraphedGeneration graphed(system, recordings(static_cast<Behaviour>(behaviour), counts));
        const int frames = system.describe().length.trained;
        for (uint64_t seed = 0; seed < 8; seed += 2) {
            const ControlTensors controls = draw(system, seed);
            const torch::Tensor got = graphed.generate(controls, frames, seed), wanted = system.generate(controls, frames, seed);
            QVERIFY(broken ? got.isnan().all().item<bool>() : torch::equal(got, wanted));
        }
        QCOMPARE(counts.made, 1);  // once refused, always
        QCOMPARE(counts.alive, 0);
        QCOMPARE(graphed.recorded(), std::size_t(0));
    }

    void followsTheWeights()
    {
        Changed system("toy_class", false, false);
        Counts counts;
        GraphedGeneration graphed(system, recordings(Behaviour::Right, counts));
        const int frames = system.describe().length.trained;
        const ControlTensors controls = draw(system, 0);
        for (int i = 0; i < 3; ++i) graphed.generate(controls, frames, 0);
        const torch::NoGradGuard noGrad;
        for (torch::Tensor& parameter : system.networks().front().module->parameters()) parameter.mul_(1.5);  // at their place: the recording reads them
        QVERIFY(torch::equal(graphed.generate(controls, frames, 0), system.generate(controls, frames, 0)));
        QCOMPARE(counts.made, 1);
        for (torch::Tensor& parameter : system.networks().front().module->parameters()) parameter.set_data(parameter * 0.5);  // elsewhere
        for (int i = 0; i < 3; ++i) QVERIFY(torch::equal(graphed.generate(controls, frames, 0), system.generate(controls, frames, 0)));
        QCOMPARE(counts.made, 2);
        QCOMPARE(counts.alive, 1);
    }

    /// A recorded plan reads its own copies of the weights: after a change they are made anew where they are, or the recordings go.
    void recordsAPlanThatFollowsTheWeights()
    {
        Changed system("toy_class", false, false);
        Counts counts;
        auto made = std::make_unique<CopyingPlan>(system, PlanPrecision::Float32, 0.0);
        CopyingPlan& plan = *made;
        GraphedGeneration graphed(system, recordings(Behaviour::Right, counts), std::move(made));
        QCOMPARE(graphed.description(), std::string("copying plan, recorded as a CUDA graph for each shape"));
        const int frames = system.describe().length.trained;
        const ControlTensors controls = draw(system, 0);
        const auto agrees = [&] { return torch::equal(graphed.generate(controls, frames, 0), system.generate(controls, frames, 0)); };
        for (int i = 0; i < 3; ++i) QVERIFY(agrees());
        QCOMPARE(graphed.recorded(), std::size_t(1));
        const torch::NoGradGuard noGrad;
        torch::Tensor weight = system.networks().front().module->parameters().front();
        const torch::Tensor before = graphed.generate(controls, frames, 0);
        weight.mul_(1.5);
        const int replayed = counts.replayed;
        QVERIFY(agrees());
        QVERIFY(!torch::equal(graphed.generate(controls, frames, 0), before));
        QCOMPARE(counts.made, 1);  // the same recording
        QCOMPARE(counts.replayed, replayed + 2);
        weight.set_data(weight * 0.5);  // the system's weight moves, the copy does not
        QVERIFY(agrees());
        QCOMPARE(counts.made, 1);
        plan.moves = true;
        weight.mul_(1.5);
        QVERIFY(agrees());
        QCOMPARE(counts.alive, 0);
        plan.moves = false;
        for (int i = 0; i < 3; ++i) QVERIFY(agrees());
        QCOMPARE(counts.made, 2);
        QCOMPARE(graphed.recorded(), std::size_t(1));
    }

    void aPlanGoesOnWithoutARecordingThatIsNoGood_data()
    {
        QTest::addColumn<int>("behaviour");
        QTest::addColumn<bool>("half");
        QTest::addColumn<double>("error");
        QTest::addColumn<bool>("recorded");
        QTest::newRow("no memory") << static_cast<int>(Behaviour::OutOfMemory) << false << 0.0 << false;
        QTest::newRow("old inputs") << static_cast<int>(Behaviour::KeepsOldInputs) << false << 0.0 << false;
        QTest::newRow("old inputs in bf16") << static_cast<int>(Behaviour::KeepsOldInputs) << true << 0.0 << false;
        QTest::newRow("a plan in fp32 that differs") << static_cast<int>(Behaviour::Right) << false << 0.02 << false;
        QTest::newRow("rounding of bf16") << static_cast<int>(Behaviour::Right) << true << 0.005 << true;
        QTest::newRow("as rough as bf16 is here") << static_cast<int>(Behaviour::Right) << true << 0.02 << true;
        QTest::newRow("nothing is as rough as that") << static_cast<int>(Behaviour::Right) << true << 0.2 << false;
    }
    void aPlanGoesOnWithoutARecordingThatIsNoGood()
    {
        QFETCH(int, behaviour);
        QFETCH(bool, half);
        QFETCH(double, error);
        QFETCH(bool, recorded);
        Changed system("toy_class", false, false);
        Counts counts;
        auto made = std::make_unique<CopyingPlan>(system, half ? PlanPrecision::BFloat16 : PlanPrecision::Float32, error);
        CopyingPlan& plan = *made;
        GraphedGeneration graphed(system, recordings(static_cast<Behaviour>(behaviour), counts), std::move(made));
        QCOMPARE(graphed.precision(), half ? PlanPrecision::BFloat16 : PlanPrecision::Float32);
        const int frames = system.describe().length.trained;
        int before = 0;
        for (uint64_t seed = 0; seed < 8; seed += 2) {
            const ControlTensors controls = draw(system, seed);
            before = plan.generated;
            const torch::Tensor got = graphed.generate(controls, frames, seed), wanted = system.generate(controls, frames, seed) * (1 + error);
            QVERIFY(difference(got, wanted) < 1e-6);
        }
        QCOMPARE(counts.made, 1);
        QCOMPARE(graphed.recorded(), std::size_t(recorded));
        QCOMPARE(plan.generated, before + 1);  // still the plan
    }

    void differentArithmeticIsAnotherRecording()
    {
        Changed system("toy_class", false, false);
        Counts counts;
        GraphedGeneration graphed(system, recordings(Behaviour::Right, counts));
        const int frames = system.describe().length.trained;
        for (const char* precision : {"fp32", "tf32", "fp32"}) {
            const ArithmeticScope arithmetic(precision, false, torch::kCPU);
            QCOMPARE(largestDifferenceOnDevice(), std::string(precision) == "fp32" ? 1e-4 : Generating::kLargestError);
            for (int i = 0; i < 3; ++i) graphed.generate(draw(system, 0), frames, 0);
        }
        QCOMPARE(counts.made, 2);
    }

    void keepsFewAndRefusesWhatDoesNotFit()
    {
        Changed system("toy_class", false, false);
        Counts counts;
        GraphedGeneration graphed(system, recordings(Behaviour::Right, counts));
        const int frames = system.describe().length.trained;
        for (int clips = 1; clips <= 12; ++clips)
            for (int i = 0; i < 2; ++i) QCOMPARE(graphed.generate(draw(system, 0, clips), frames, 0).size(0), int64_t(clips));
        QVERIFY2(counts.alive <= static_cast<int>(GraphedGeneration::kMostGraphs), std::to_string(counts.alive).c_str());
        ControlTensors wrong = draw(system, 0);
        wrong.erase(wrong.begin());
        for (int i = 0; i < 3; ++i) QVERIFY_EXCEPTION_THROWN(graphed.generate(wrong, frames, 0), std::exception);
        // clips that are asked for with gradients do not come from a recording
        ControlTensors controls = draw(system, 0);
        const int before = counts.replayed;
        for (auto& [id, value] : controls)
            if (value.is_floating_point()) value.set_requires_grad(true);
        for (int i = 0; i < 3; ++i) QVERIFY(graphed.generate(controls, frames, 0).requires_grad());
        QCOMPARE(counts.replayed, before);
    }
};

QTEST_APPLESS_MAIN(TestGraphedGeneration)
#include "tst_graphed_generation.moc"
