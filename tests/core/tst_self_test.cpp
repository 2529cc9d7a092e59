// What `kinora selftest` tries: right systems pass, and each kind of wrong one fails in the line that says so.
#include <QtTest>

#include "core/nn/formulation.h"
#include "core/system/recordable_plan.h"
#include "core/training/self_test.h"
#include "core/util/error.h"
#include "tests/support/recording.h"
#include "tests/support/toy_systems.h"

using namespace kinora;

namespace {
/// Gives the clips of its system, plus an error.
class BentPlan final : public RecordablePlan {
public:
    BentPlan(System& system, double error, bool throws) : m_system(system), m_error(error), m_throws(throws) {}
    torch::Tensor generate(const ControlTensors& controls, int frames, uint64_t seed) override
    {
        if (m_throws) throw Error(ErrorCode::Internal, "no memory for the plan");
        return m_system.generate(controls, frames, seed) + m_error;
    }
    bool refresh() override { return true; }
    PlanPrecision precision() const override { return PlanPrecision::Float32; }
    std::string description() const override { return "bent"; }

private:
    System& m_system;
    double m_error;
    bool m_throws;
};

struct Faults {
    double plan = 0, fastStep = 0;
    bool planThrows = false;
};

/// A toy system with a plan and a fast step of its own, right or wrong.
class BentSystem final : public System, public Formulated {
public:
    BentSystem(std::unique_ptr<System> inner, const Faults& faults) : m_inner(std::move(inner)), m_faults(faults) {}
    SystemDescription describe() const override { return m_inner->describe(); }
    OptionValues options() const override { return m_inner->options(); }
    std::vector<NamedNetwork> networks() override { return m_inner->networks(); }
    std::vector<NamedOptimizer> optimizers() override { return m_inner->optimizers(); }
    BatchNeeds batchNeeds() const override { return m_inner->batchNeeds(); }
    torch::Tensor generate(const ControlTensors& controls, int frames, uint64_t seed) override { return m_inner->generate(controls, frames, seed); }
    std::unique_ptr<GenerationPlan> makePlan(PlanPrecision) override { return std::make_unique<BentPlan>(*m_inner, m_faults.plan, m_faults.planThrows); }
    void setFormulation(Formulation formulation) override { m_fast = formulation == Formulation::Fast; }
    StepScalars trainStep(const Batch& batch, int64_t step) override
    {
        m_inner->setUpdatePolicy(&updates());
        Batch other = batch;
        if (m_fast) other.clips = batch.clips * (1 + m_faults.fastStep);
        return m_inner->trainStep(other, step);
    }

private:
    std::unique_ptr<System> m_inner;
    Faults m_faults;
    bool m_fast = true;
};

SystemEntry bent(const char* id, const Faults& faults)
{
    SystemEntry entry = findSystem(test::toyCatalogue(), id);
    entry.create = [create = entry.create, faults](const OptionValues& values) -> std::unique_ptr<System> { return std::make_unique<BentSystem>(create(values), faults); };
    return entry;
}

QStringList failures(const std::vector<SelfCheck>& checks)
{
    QStringList names;
    for (const SelfCheck& check : checks)
        if (!check.passed()) names << QString::fromStdString(check.name);
    return names;
}
bool tried(const std::vector<SelfCheck>& checks, const char* name)
{
    return std::ranges::any_of(checks, [&](const SelfCheck& check) { return check.name == name && check.tried; });
}
}  // namespace

class TestSelfTest final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { at::set_num_threads(1); }

    void rightSystemsPass()
    {
        for (const SystemEntry& entry : test::toyCatalogue()) {
            const auto checks = selfTest(entry, torch::kCPU);
            QVERIFY2(failures(checks).isEmpty(), qPrintable(QString::fromStdString(entry.description.id) + u' ' + failures(checks).join(u", ")));
            QVERIFY(tried(checks, "generation"));
            QVERIFY(!tried(checks, "plan in fp32 against plain modules"));  // they have none
            for (const SelfCheck& check : checks) QVERIFY(check.tried || check.note.find("stream") != std::string::npos);
        }
        const auto checks = selfTest(bent("toy_class", {}), torch::kCPU);
        QCOMPARE(failures(checks), QStringList());
        for (const char* name : {"training step", "generation", "plan in fp32 against plain modules", "fast step against plain step", "fast step's losses against the plain ones"}) QVERIFY2(tried(checks, name), name);
    }

    void aWrongPlanIsFound()
    {
        const auto checks = selfTest(bent("toy_class", {.plan = 0.01}), torch::kCPU);
        QVERIFY(failures(checks).contains("plan in fp32 against plain modules"));
        QVERIFY(!failures(checks).contains("fast step against plain step"));
    }

    void aWrongFastStepIsFound()
    {
        const auto checks = selfTest(bent("toy_class", {.fastStep = 0.05}), torch::kCPU);
        QVERIFY(failures(checks).contains("fast step against plain step"));
        QVERIFY(!failures(checks).contains("plan in fp32 against plain modules"));
    }

    void aPlanThatThrowsIsANote()
    {
        const auto checks = selfTest(bent("toy_class", {.planThrows = true}), torch::kCPU);
        QVERIFY(failures(checks).contains("plan in fp32 against plain modules"));
        for (const SelfCheck& check : checks)
            if (!check.passed()) QVERIFY2(check.note.find("no memory for the plan") != std::string::npos, check.note.c_str());
    }

    void recordedGeneration()
    {
        const char* name = "recorded generation against plain modules";
        test::RecordingCounts counts;
        for (const bool planned : {false, true}) {
            const SystemEntry entry = planned ? bent("toy_class", {}) : findSystem(test::toyCatalogue(), "toy_class");
            QVERIFY(!tried(selfTest(entry, torch::kCPU), name));  // there are no graphs
            const auto right = selfTest(entry, torch::kCPU, test::recordings(test::Behaviour::Right, counts));
            QCOMPARE(failures(right), QStringList());
            QVERIFY(tried(right, name));
            const auto wrong = selfTest(entry, torch::kCPU, test::recordings(test::Behaviour::OutOfMemory, counts));
            QCOMPARE(failures(wrong).contains(name), planned);  // plain modules need not allow it
            for (const SelfCheck& check : wrong)
                if (check.name == name) QCOMPARE(QString::fromStdString(check.note), QString("could not be recorded; the log says why"));
        }
        QVERIFY(failures(selfTest(bent("toy_class", {.plan = 0.01}), torch::kCPU, test::recordings(test::Behaviour::Right, counts))).contains(name));
    }

    void notANumberIsFound()
    {
        SystemEntry entry = findSystem(test::toyCatalogue(), "toy_class");
        entry.create = [create = entry.create](OptionValues values) {
            values["poisoned_step"] = std::int64_t(1);
            return create(values);
        };
        QVERIFY(failures(selfTest(entry, torch::kCPU)).contains("training step"));
    }
};

QTEST_APPLESS_MAIN(TestSelfTest)
#include "tst_self_test.moc"
