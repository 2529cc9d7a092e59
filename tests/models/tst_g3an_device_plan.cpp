// The plan of G3AN for GPUs, on the processor: it is made of tensor operations that every device has.
#include <ATen/record_function.h>
#include <malloc.h>
#include <torch/torch.h>

#include <QtTest>
#include <set>

#include "core/plan/device_pieces.h"
#include "core/system/generation.h"
#include "core/system/graphed_generation.h"
#include "core/training/precision.h"
#include "core/util/error.h"
#include "models/g3an/g3an_device_plan.h"
#include "models/g3an/g3an_plan.h"
#include "models/g3an/g3an_system.h"
#include "tests/models/g3an_fixture.h"
#include "tests/support/recording.h"

using namespace kinora;
using namespace kinora::g3an;

namespace {

using test::codes;
using test::difference;

std::unique_ptr<G3anSystem> system(const std::string& mode, const std::string& attention, int64_t channels, int64_t size = 64)
{
    return test::system(mode, attention, channels, size, [](Generator& g) {
        for (const auto& module : g->modules())  // statistics nearer to the measured ones: what a layer sees counts, not its bias alone
            if (auto* norm = dynamic_cast<torch::nn::BatchNorm3dImpl*>(module.get())) norm->options.momentum(0.4);
        test::forwardOnNoise(g, 2);
    });
}

class BrokenPlan final : public RecordablePlan {
public:
    torch::Tensor generate(const ControlTensors&, int, uint64_t) override { throw std::runtime_error("no kernel for this\nmore lines"); }
    bool refresh() override { return true; }
    PlanPrecision precision() const override { return PlanPrecision::Float32; }
    std::string description() const override { return "broken"; }
};

/// A system as on a GPU: its plan is the device's, made of its own weights or, gone wrong, of others.
class OnADevice final : public System {
public:
    OnADevice(G3anSystem& inner, Generator planned) : m_inner(inner), m_planned(std::move(planned)) {}
    SystemDescription describe() const override { return m_inner.describe(); }
    OptionValues options() const override { return m_inner.options(); }
    std::vector<NamedNetwork> networks() override { return m_inner.networks(); }
    std::vector<NamedOptimizer> optimizers() override { return m_inner.optimizers(); }
    BatchNeeds batchNeeds() const override { return m_inner.batchNeeds(); }
    StepScalars trainStep(const Batch& batch, int64_t step) override { return m_inner.trainStep(batch, step); }
    torch::Tensor generate(const ControlTensors& controls, int frames, uint64_t seed) override { return m_inner.generate(controls, frames, seed); }
    std::unique_ptr<GenerationPlan> makePlan(PlanPrecision precision) override
    {
        if (broken) return std::make_unique<BrokenPlan>();
        return makeDevicePlan(m_planned, precision);
    }

    bool broken = false;

private:
    G3anSystem& m_inner;
    Generator m_planned;
};

std::set<std::string> called;
std::unique_ptr<at::ObserverContext> remember(const at::RecordFunction& function)
{
    called.insert(function.name());
    return nullptr;
}

constexpr double kFloat32 = 1e-5, kBFloat16 = 3e-2;  // random weights: the worst case
}  // namespace

class TestG3anDevicePlan final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        at::set_num_threads(1);
        // matrices of attention scores have 67 MB: keep such memory instead of asking the system for it again and again
        mallopt(M_MMAP_THRESHOLD, 1 << 30);
        mallopt(M_TRIM_THRESHOLD, 1 << 30);
    }

    void equalsThePlainModule_data()
    {
        QTest::addColumn<QString>("mode");
        QTest::addColumn<QString>("attention");
        QTest::addColumn<int>("channels");
        QTest::addColumn<int>("size");
        QTest::addColumn<int>("clips");
        QTest::addColumn<int>("steps");
        for (const char* mode : {"1p2d", "2p1d", "3d"})
            for (const char* attention : {"none", "official", "aligned"})
                for (const int size : {64, 128}) QTest::addRow("%s, attention %s, %d px", mode, attention, size) << mode << attention << (size == 64 ? 2 : 4) << size << 1 << (size == 64 ? 2 : 1);
        QTest::newRow("one channel") << "1p2d" << "none" << 1 << 64 << 1 << 1;
        QTest::newRow("odd width") << "2p1d" << "none" << 5 << 64 << 1 << 1;
        QTest::newRow("odd width, 3d") << "3d" << "aligned" << 3 << 64 << 1 << 2;
        QTest::newRow("whole vectors") << "1p2d" << "none" << 16 << 64 << 3 << 1;
        QTest::newRow("28 frames") << "1p2d" << "none" << 2 << 64 << 1 << 4;
    }
    void equalsThePlainModule()
    {
        QFETCH(QString, mode);
        QFETCH(QString, attention);
        QFETCH(int, channels);
        QFETCH(int, size);
        QFETCH(int, clips);
        QFETCH(int, steps);
        const auto whole = system(mode.toStdString(), attention.toStdString(), channels, size);
        const ControlTensors controls = codes(clips, steps, 5);
        const int frames = static_cast<int>(framesFor(steps));
        const torch::Tensor wanted = whole->generate(controls, frames, 0);
        QVERIFY(wanted.abs().max().item<double>() > 0.05 && wanted.std().item<double>() > 0.01);
        const auto plan = makeDevicePlan(whole->parts().g, PlanPrecision::Float32);
        QCOMPARE(plan->precision(), PlanPrecision::Float32);
        const torch::Tensor got = plan->generate(controls, frames, 0);
        QCOMPARE(got.sizes(), wanted.sizes());
        QCOMPARE(got.scalar_type(), torch::kFloat32);
        QVERIFY(got.is_contiguous() && !got.requires_grad());
        QVERIFY2(difference(got, wanted) < kFloat32, std::to_string(difference(got, wanted)).c_str());
        QVERIFY(torch::equal(got, plan->generate(controls, frames, 0)));
        const auto half = makeDevicePlan(whole->parts().g, PlanPrecision::BFloat16);
        const torch::Tensor rough = half->generate(controls, frames, 0);
        QCOMPARE(rough.scalar_type(), torch::kFloat32);
        const double error = difference(rough, wanted);
        qInfo("fp32: %g, bf16: %g", difference(got, wanted), error);
        QVERIFY2(error < kBFloat16, std::to_string(error).c_str());
        QVERIFY(error > 0);
    }

    /// The comparison above would say nothing of attention that leaves no trace.
    void attentionCounts()
    {
        const auto clip = [&](const char* attention, double gamma) {
            const auto whole = system("2p1d", attention, 4, 128);
            const torch::NoGradGuard noGrad;
            for (const auto& parameter : whole->parts().g->named_parameters())
                if (parameter.key().ends_with("gamma")) parameter.value().mul_(gamma);
            return makeDevicePlan(whole->parts().g, PlanPrecision::Float32)->generate(codes(1, 1, 1), 16, 0);
        };
        const torch::Tensor official = clip("official", 1);
        const double without = difference(clip("official", 0), official), aligned = difference(clip("aligned", 1), official);
        QVERIFY2(without > 100 * kFloat32 && aligned > 100 * kFloat32, qPrintable(QString("%1 %2").arg(without).arg(aligned)));
    }

    void aClipDoesNotDependOnItsNeighbours()
    {
        for (const char* attention : {"none", "official"}) {
            const auto whole = system("1p2d", attention, 2);
            const auto plan = makeDevicePlan(whole->parts().g, PlanPrecision::Float32);
            const ControlTensors controls = codes(3, 1, 1);
            const torch::Tensor together = plan->generate(controls, 16, 0);
            QVERIFY(difference(together, whole->generate(controls, 16, 0)) < kFloat32);
            for (int64_t n = 0; n < 3; n += 2) {
                const torch::Tensor alone = plan->generate({{"za", controls.at("za").narrow(0, n, 1)}, {"zm", controls.at("zm").narrow(0, n, 1)}}, 16, 0);
                QVERIFY(difference(alone, together.narrow(0, n, 1)) < 1e-6);
            }
        }
    }

    /// What a recording keeps of a plan is where its prepared weights lie: a change of the module's weights must end up there.
    void followsTheWeights()
    {
        const auto whole = system("2p1d", "none", 2);
        const auto plan = makeDevicePlan(whole->parts().g, PlanPrecision::Float32);
        const ControlTensors controls = codes(1, 1, 1);
        torch::Tensor before = plan->generate(controls, 16, 0);
        QVERIFY(plan->refresh());
        torch::NoGradGuard noGrad;
        const auto changed = [&](bool refreshed) {
            if (refreshed && !plan->refresh()) return false;  // at its place
            const torch::Tensor wanted = whole->generate(controls, 16, 0), got = plan->generate(controls, 16, 0);
            const bool other = !torch::equal(got, before);
            before = got;
            return difference(got, wanted) < kFloat32 && other;
        };
        bool refreshed = false;
        for (const char* name : {"block3.conv_s.0.bias", "block2.conv_v.0.weight_orig", "to_rgb.0.bias", "to_rgb.0.weight"}) {
            whole->parts().g->named_parameters()[name].add_(0.3);  // as an optimizer or a checkpoint does: in place
            QVERIFY2(changed(refreshed = !refreshed), name);
        }
        whole->parts().g->named_buffers()["block4.conv_t.1.running_mean"].add_(0.3);
        QVERIFY(changed(false));
        whole->parts().g->named_buffers()["block1.conv_v.0.weight_u"].mul_(1.1);
        QVERIFY(changed(true));
        torch::Tensor weight = whole->parts().g->named_parameters()["block1.conv_s.0.weight_orig"];
        weight.set_data(weight * 0.9 + 0.05);  // elsewhere: the plan's copies stay
        QVERIFY(changed(true));
        whole->train(true);  // a step of training, then samples of it
        whole->parts().g->forward(torch::randn({2, 6, 1, 1, 1}), torch::randn({2, 3, 1, 1, 1}));
        QVERIFY(changed(true));
        QVERIFY(whole->parts().g->is_training());
        const auto attending = system("1p2d", "official", 2);
        const auto with = makeDevicePlan(attending->parts().g, PlanPrecision::Float32);
        before = with->generate(controls, 16, 0);
        attending->parts().g->named_parameters()["fsa.tsa.gamma"].mul_(-1);
        attending->parts().g->named_parameters()["fsa.ssa.v_conv.weight_orig"].add_(0.3);
        QVERIFY(with->refresh());
        const torch::Tensor got = with->generate(controls, 16, 0);
        QVERIFY(difference(got, before) > 1e-3 && difference(got, attending->generate(controls, 16, 0)) < kFloat32);
    }

    void aRecordingFollowsTheWeights_data()
    {
        QTest::addColumn<int>("precision");
        QTest::addColumn<int>("behaviour");
        QTest::newRow("fp32") << static_cast<int>(PlanPrecision::Float32) << static_cast<int>(test::Behaviour::Right);
        QTest::newRow("bf16") << static_cast<int>(PlanPrecision::BFloat16) << static_cast<int>(test::Behaviour::Right);
        QTest::newRow("no memory") << static_cast<int>(PlanPrecision::Float32) << static_cast<int>(test::Behaviour::OutOfMemory);
        QTest::newRow("old inputs") << static_cast<int>(PlanPrecision::BFloat16) << static_cast<int>(test::Behaviour::KeepsOldInputs);
    }
    void aRecordingFollowsTheWeights()
    {
        QFETCH(int, precision);
        QFETCH(int, behaviour);
        const auto whole = system("1p2d", "none", 2);
        test::RecordingCounts counts;
        const bool good = behaviour == static_cast<int>(test::Behaviour::Right);
        GraphedGeneration graphed(*whole, test::recordings(static_cast<test::Behaviour>(behaviour), counts), makeDevicePlan(whole->parts().g, static_cast<PlanPrecision>(precision)));
        const double limit = precision == static_cast<int>(PlanPrecision::Float32) ? kFloat32 : kBFloat16;
        const torch::NoGradGuard noGrad;
        for (uint64_t i = 0; i < 6; ++i) {
            if (i == 4) whole->parts().g->named_parameters()["block3.conv_v.3.weight_orig"].add_(0.3);
            const ControlTensors controls = codes(2, 1, i);
            QVERIFY(difference(graphed.generate(controls, 16, 0), whole->generate(controls, 16, 0)) < limit);
        }
        QCOMPARE(counts.made, 1);
        QCOMPARE(counts.replayed, good ? 5 : behaviour == static_cast<int>(test::Behaviour::KeepsOldInputs) ? 1 : 0);
        QCOMPARE(graphed.recorded(), std::size_t(good));
    }

    /// A plan that leaves its sums to a device's own kernels is used only where it agrees with the plain modules.
    void isChosenWhereItAgrees()
    {
        const auto whole = system("1p2d", "none", 2), other = system("1p2d", "none", 2);
        OnADevice right(*whole, whole->parts().g), wrong(*whole, other->parts().g);
        const torch::NoGradGuard noGrad;
        other->parts().g->named_parameters()["block3.conv_v.3.weight_orig"].add_(0.3);
        const ControlTensors controls = codes(1, 1, 1);
        const torch::Tensor wanted = whole->generate(controls, 16, 0);
        const ArithmeticScope arithmetic("fp32", false, torch::kCPU);
        Generating exact(right, PlanChoice::Auto, true), refused(wrong, PlanChoice::Auto, true);
        QCOMPARE(exact.choice(), std::string("fp32"));
        QVERIFY(difference(exact(controls, 16, 0), wanted) < kFloat32);
        QVERIFY2(exact.description().find("inference plan in fp32 on cpu") == 0, exact.description().c_str());
        QCOMPARE(refused.choice(), std::string("off"));
        QVERIFY2(refused.description().find("plain modules: the inference plan differs from them by ") == 0, refused.description().c_str());
        QVERIFY(torch::equal(refused(controls, 16, 0), wanted));
        right.broken = true;  // a kernel that the device does not have
        Generating without(right, PlanChoice::Auto, true);
        QVERIFY2(without.description().find("plain modules: the inference plan fails (") == 0 && without.description().find("no kernel for this") != std::string::npos, without.description().c_str());
        QVERIFY(torch::equal(without(controls, 16, 0), wanted));
        right.broken = false;
        QCOMPARE(Generating(right, PlanChoice::Off, true).choice(), std::string("off"));
        QCOMPARE(Generating(right, PlanChoice::Float32, false).choice(), std::string("fp32"));
        if (!bfloat16IsQuick(torch::kCPU)) return;
        QCOMPARE(Generating(right, PlanChoice::BFloat16, true).choice(), std::string("bf16"));
        torch::manual_seed(1);
        const double rough = [&] {  // of the clip that "auto" draws
            const SystemDescription d = whole->describe();
            const ControlTensors drawn = toTensors(d, matrixControls(d, 1, 1, 1, 1, 16), 16, torch::kCPU);
            return difference(makeDevicePlan(whole->parts().g, PlanPrecision::BFloat16)->generate(drawn, 16, 1), makeDevicePlan(whole->parts().g, PlanPrecision::Float32)->generate(drawn, 16, 1));
        }();
        QCOMPARE(Generating(right, PlanChoice::Auto, false).choice(), std::string(rough <= Generating::kLargestError ? "bf16" : "fp32"));
    }

    /// Nothing that makes the host wait, and nothing that is repeated or joined.
    void putsOnlyWorkIntoTheStream()
    {
        for (const char* mode : {"1p2d", "2p1d", "3d"}) {
            const auto whole = system(mode, "official", 2);
            const auto plan = makeDevicePlan(whole->parts().g, PlanPrecision::BFloat16);
            const ControlTensors controls = codes(1, 2, 1);
            called.clear();
            const auto handle = at::addThreadLocalCallback(at::RecordFunctionCallback(remember).scopes({at::RecordScope::FUNCTION}));
            plan->generate(controls, 20, 0);
            at::removeCallback(handle);
            QVERIFY(called.contains("aten::mm") && called.contains("aten::conv_transpose2d"));
            for (const char* name : {"aten::item", "aten::_local_scalar_dense", "aten::is_nonzero", "aten::nonzero", "aten::equal", "aten::cat", "aten::repeat", "aten::randn", "aten::conv_transpose3d", "aten::batch_norm"})
                QVERIFY2(!called.contains(name), name);
        }
    }

    void theBuffersOfTheModuleStay()
    {
        const auto whole = system("1p2d", "none", 2);
        std::map<std::string, torch::Tensor> before;
        for (const auto& buffer : whole->parts().g->named_buffers()) before[buffer.key()] = buffer.value().clone();
        whole->train(true);
        makeDevicePlan(whole->parts().g, PlanPrecision::Float32)->generate(codes(1, 1, 1), 16, 0);
        QVERIFY(whole->parts().g->is_training());
        for (const auto& buffer : whole->parts().g->named_buffers()) QVERIFY2(torch::equal(buffer.value(), before.at(buffer.key())), buffer.key().c_str());
    }

    void refusesWhatDoesNotFit_data()
    {
        QTest::addColumn<int>("clips");
        QTest::addColumn<int>("channels");
        QTest::addColumn<int>("motions");
        QTest::addColumn<int>("frames");
        QTest::addColumn<QString>("text");
        QTest::newRow("no clip") << 0 << 6 << 0 << 16 << "found no codes";
        QTest::newRow("wrong code") << 1 << 7 << 1 << 16 << "expected (clips, 6)";
        QTest::newRow("one motion too many") << 1 << 6 << 2 << 16 << "2 motion codes for 1 appearance codes";
        QTest::newRow("wrong length") << 1 << 6 << 1 << 20 << "1 motion steps do not make 20 frames";
    }
    void refusesWhatDoesNotFit()
    {
        QFETCH(int, clips);
        QFETCH(int, channels);
        QFETCH(int, motions);
        QFETCH(int, frames);
        QFETCH(QString, text);
        const auto whole = system("1p2d", "none", 1);
        const auto plan = makeDevicePlan(whole->parts().g, PlanPrecision::Float32);
        try {
            plan->generate({{"za", torch::zeros({clips, channels})}, {"zm", torch::zeros({motions, 3, 1})}}, frames, 0);
            QFAIL("it was taken");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::ShapeMismatch);
            QVERIFY2(QString::fromStdString(error.what()).contains(text), error.what());
        }
        QVERIFY_EXCEPTION_THROWN(plan->generate({{"za", torch::zeros({1, 6})}}, 16, 0), Error);
        QCOMPARE(plan->generate(codes(1, 1, 1), 16, 0).size(0), int64_t(1));  // and goes on working
    }
};
QTEST_APPLESS_MAIN(TestG3anDevicePlan)
#include "tst_g3an_device_plan.moc"
