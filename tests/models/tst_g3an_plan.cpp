#include <torch/torch.h>

#include <QtTest>
#include <cstdlib>

#include "core/nn/strip_product.h"
#include "core/plan/pieces.h"
#include "core/system/checkpoint.h"
#include "core/system/generation.h"
#include "core/util/error.h"
#include "models/catalogue.h"
#include "models/g3an/g3an_system.h"
#include "tests/models/g3an_fixture.h"

using namespace kinora;
using namespace kinora::g3an;

namespace {

using test::codes;
using test::difference;

std::unique_ptr<G3anSystem> system(const std::string& mode, const std::string& attention, int64_t channels, int64_t size = 64)
{
    return test::system(mode, attention, channels, size, [](Generator& g) {
        for (int i = 0; i < 2; ++i) test::forwardOnNoise(g, 3);
    });
}

constexpr double kFloat32 = 1e-5, kBFloat16 = 1e-2;
}  // namespace

class TestG3anPlan final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { at::set_num_threads(1); }  // tiny networks: threads that wait for each other cost more than they save
    void cleanup() { at::set_num_threads(1); }

    void equalsThePlainModule_data()
    {
        QTest::addColumn<QString>("mode");
        QTest::addColumn<QString>("attention");
        QTest::addColumn<int>("channels");
        QTest::addColumn<int>("size");
        QTest::addColumn<int>("clips");
        QTest::addColumn<int>("steps");
        for (const char* mode : {"1p2d", "2p1d", "3d"})
            for (const char* attention : {"none", "official", "aligned"}) QTest::addRow("%s, attention %s", mode, attention) << mode << attention << 2 << 64 << 2 << 2;
        QTest::newRow("one channel") << "1p2d" << "none" << 1 << 64 << 1 << 1;
        QTest::newRow("odd width") << "2p1d" << "official" << 5 << 64 << 1 << 1;
        QTest::newRow("whole vectors") << "1p2d" << "none" << 16 << 64 << 3 << 1;
        QTest::newRow("longest") << "1p2d" << "official" << 2 << 64 << 1 << 9;
        QTest::newRow("128 px") << "1p2d" << "none" << 4 << 128 << 1 << 1;
        QTest::newRow("128 px, 2p1d, attention") << "2p1d" << "official" << 2 << 128 << 1 << 1;
        QTest::newRow("128 px, 3d") << "3d" << "none" << 2 << 128 << 1 << 1;
        QTest::newRow("more clips than go together") << "1p2d" << "none" << 2 << 64 << 11 << 1;
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
        const auto plan = whole->makePlan(PlanPrecision::Float32);
        QVERIFY(plan);
        QCOMPARE(plan->precision(), PlanPrecision::Float32);
        const torch::Tensor got = plan->generate(controls, frames, 0);
        QCOMPARE(got.sizes(), wanted.sizes());
        QVERIFY2(difference(got, wanted) < kFloat32, std::to_string(difference(got, wanted)).c_str());
        QVERIFY(torch::equal(got, plan->generate(controls, frames, 0)));
        if (!bfloat16IsQuick(torch::kCPU)) return;
        const auto half = whole->makePlan(PlanPrecision::BFloat16);
        QCOMPARE(half != nullptr, nn::bfloat16ProductsWork());
        if (!half) return;
        const double error = difference(half->generate(controls, frames, 0), wanted);
        qInfo("bf16: %g", error);
        QVERIFY2(error < 3 * kBFloat16, std::to_string(error).c_str());  // random weights: the worst case
        QVERIFY(error > 0);
    }

    void keptAppearancesAreTheRightOnes()
    {
        const auto whole = system("1p2d", "none", 2);
        const auto plan = whole->makePlan(PlanPrecision::Float32);
        const auto agrees = [&](const ControlTensors& controls) {
            const int frames = static_cast<int>(framesFor(controls.at("zm").size(2)));
            return difference(plan->generate(controls, frames, 0), whole->generate(controls, frames, 0)) < kFloat32;
        };
        ControlTensors controls = codes(2, 1, 1);
        QVERIFY(agrees(controls));
        controls["zm"] = torch::randn({2, 3, 1});  // motion alone: the appearances are kept
        QVERIFY(agrees(controls));
        controls["za"] = controls["za"].flip(0).clone();  // both known, in the other order
        QVERIFY(agrees(controls));
        controls["za"][1] = torch::randn({6});  // one known, one new
        QVERIFY(agrees(controls));
        controls["zm"] = torch::randn({2, 3, 3});  // another length for kept appearances
        QVERIFY(agrees(controls));
        controls["za"][0][5] += 1e-3;
        QVERIFY(agrees(controls));
        QVERIFY(agrees(codes(1, 1, 2)));
        for (uint64_t seed = 10; seed < 15; ++seed) plan->generate(codes(8, 1, seed), 16, 0);  // more than are kept
        QVERIFY(agrees(controls));
    }

    void keptAppearancesServeAttention()
    {
        const auto whole = system("1p2d", "official", 2);
        const auto plan = whole->makePlan(PlanPrecision::Float32);
        ControlTensors controls = codes(1, 1, 1);
        for (int i = 0; i < 3; ++i) {
            if (i == 1) controls["zm"] = torch::randn({1, 3, 1});
            if (i == 2) controls["za"] = torch::randn({1, 6});
            QVERIFY(difference(plan->generate(controls, 16, 0), whole->generate(controls, 16, 0)) < kFloat32);
        }
    }

    void aClipDoesNotDependOnItsNeighbours()
    {
        const auto whole = system("1p2d", "official", 2);
        const auto plan = whole->makePlan(PlanPrecision::Float32);
        const ControlTensors controls = codes(3, 1, 1);
        const torch::Tensor together = plan->generate(controls, 16, 0);
        for (int64_t n = 0; n < 3; ++n) {
            const torch::Tensor alone = plan->generate({{"za", controls.at("za").narrow(0, n, 1)}, {"zm", controls.at("zm").narrow(0, n, 1)}}, 16, 0);
            QVERIFY(difference(alone, together.narrow(0, n, 1)) < 1e-6);
        }
    }

    void followsTheWeights()
    {
        const auto whole = system("2p1d", "none", 2);
        const auto plan = whole->makePlan(PlanPrecision::Float32);
        const ControlTensors controls = codes(1, 1, 1);
        const torch::Tensor before = plan->generate(controls, 16, 0);
        torch::NoGradGuard noGrad;
        const auto changed = [&] {
            const torch::Tensor wanted = whole->generate(controls, 16, 0), got = plan->generate(controls, 16, 0);
            return difference(got, wanted) < kFloat32 && !torch::equal(got, before);
        };
        for (const char* name : {"block3.conv_s.0.bias", "block2.conv_v.0.weight_orig", "to_rgb.0.bias"}) {
            whole->parts().g->named_parameters()[name].add_(0.3);  // as an optimizer or a checkpoint does: in place
            QVERIFY2(changed(), name);
        }
        whole->parts().g->named_buffers()["block4.conv_t.1.running_mean"].add_(0.3);
        QVERIFY(changed());
        whole->parts().g->named_buffers()["block1.conv_v.0.weight_u"].mul_(1.1);
        QVERIFY(changed());
        whole->train(true);  // a step of training, then samples of it
        whole->parts().g->forward(torch::randn({2, 6, 1, 1, 1}), torch::randn({2, 3, 1, 1, 1}));
        QVERIFY(changed());
        QVERIFY(whole->parts().g->is_training());
    }

    void theBuffersOfTheModuleStay()
    {
        const auto whole = system("1p2d", "official", 2);
        std::map<std::string, torch::Tensor> before;
        for (const auto& buffer : whole->parts().g->named_buffers()) before[buffer.key()] = buffer.value().clone();
        whole->train(true);
        whole->makePlan(PlanPrecision::Float32)->generate(codes(1, 1, 1), 16, 0);
        QVERIFY(whole->parts().g->is_training());
        for (const auto& buffer : whole->parts().g->named_buffers()) QVERIFY2(torch::equal(buffer.value(), before.at(buffer.key())), buffer.key().c_str());
    }

    void threadsGiveTheSame_data()
    {
        QTest::addColumn<int>("threads");
        QTest::newRow("two") << 2;
        QTest::newRow("no divisor of the frames") << 5;
        QTest::newRow("more than frames") << 40;  // layers are shared instead of frames
    }
    void threadsGiveTheSame()
    {
        QFETCH(int, threads);
        for (const char* attention : {"none", "official"}) {
            const auto whole = system("1p2d", attention, 4);
            const ControlTensors controls = codes(2, 1, 1);
            at::set_num_threads(1);
            const torch::Tensor one = whole->makePlan(PlanPrecision::Float32)->generate(controls, 16, 0);
            at::set_num_threads(threads);
            const auto plan = whole->makePlan(PlanPrecision::Float32);
            QVERIFY(difference(plan->generate(controls, 16, 0), one) < 1e-6);
            at::set_num_threads(1);  // another number than the plan has seen before
            QVERIFY(difference(plan->generate(controls, 16, 0), one) < 1e-6);
        }
    }

    /// The same on processors with fewer instructions: this program once more, LibTorch and oneDNN told to use no more than that.
    void olderProcessors_data()
    {
        QTest::addColumn<QStringList>("environment");
        QTest::newRow("AVX2") << QStringList{"ATEN_CPU_CAPABILITY=avx2", "ONEDNN_MAX_CPU_ISA=AVX2"};
        QTest::newRow("SSE4") << QStringList{"ATEN_CPU_CAPABILITY=default", "ONEDNN_MAX_CPU_ISA=SSE41"};
        QTest::newRow("AVX-512 for LibTorch alone") << QStringList{"ONEDNN_MAX_CPU_ISA=AVX2"};
        QTest::newRow("no bfloat16") << QStringList{"KINORA_NO_BF16=1"};
    }
    void olderProcessors()
    {
        QFETCH(QStringList, environment);
        if (qEnvironmentVariableIsSet("KINORA_TEST_INNER")) QSKIP("this is the inner one");
        QProcess process;
        QProcessEnvironment all = QProcessEnvironment::systemEnvironment();
        for (const QString& entry : environment) all.insert(entry.section('=', 0, 0), entry.section('=', 1));
        all.insert("KINORA_TEST_INNER", "1");
        process.setProcessEnvironment(all);
        process.setProcessChannelMode(QProcess::MergedChannels);
        process.start(QFile::symLinkTarget("/proc/self/exe"), {"equalsThePlainModule:1p2d, attention official", "equalsThePlainModule:whole vectors", "choosesTheNumbers"});
        QVERIFY(process.waitForFinished(120000));
        const QByteArray text = process.readAll();
        QVERIFY2(process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0, text.constData());
        QVERIFY2(text.contains("Totals: 5 passed"), text.constData());
    }

    void refusesWhatDoesNotFit_data()
    {
        QTest::addColumn<int>("clips");
        QTest::addColumn<int>("channels");
        QTest::addColumn<int>("motions");
        QTest::addColumn<int>("frames");
        QTest::newRow("no clip") << 0 << 6 << 0 << 16;
        QTest::newRow("wrong code") << 1 << 7 << 1 << 16;
        QTest::newRow("one motion too many") << 1 << 6 << 2 << 16;
        QTest::newRow("wrong length") << 1 << 6 << 1 << 20;
    }
    void refusesWhatDoesNotFit()
    {
        QFETCH(int, clips);
        QFETCH(int, channels);
        QFETCH(int, motions);
        QFETCH(int, frames);
        const auto whole = system("1p2d", "none", 1);
        const auto plan = whole->makePlan(PlanPrecision::Float32);
        QVERIFY_EXCEPTION_THROWN(plan->generate({{"za", torch::zeros({clips, channels})}, {"zm", torch::zeros({motions, 3, 1})}}, frames, 0), Error);
        QVERIFY_EXCEPTION_THROWN(plan->generate({{"za", torch::zeros({1, 6})}}, 16, 0), Error);
        QCOMPARE(plan->generate(codes(1, 1, 1), 16, 0).size(0), int64_t(1));  // and goes on working
    }

    void choosesTheNumbers()
    {
        const auto whole = system("1p2d", "none", 2);
        const ControlTensors controls = codes(1, 1, 1);
        const torch::Tensor wanted = whole->generate(controls, 16, 0);
        Generating off(*whole, PlanChoice::Off, true), exact(*whole, PlanChoice::Auto, true), quick(*whole, PlanChoice::Auto, false);
        QVERIFY(!off.planned());
        QVERIFY(torch::equal(off(controls, 16, 0), wanted));
        QVERIFY(exact.description().find("fp32") != std::string::npos);
        QVERIFY(difference(exact(controls, 16, 0), wanted) < kFloat32);
        QVERIFY(quick.planned());
        const QByteArray before = qgetenv("KINORA_NO_BF16");
        const auto restore = [&] { before.isNull() ? qunsetenv("KINORA_NO_BF16") : qputenv("KINORA_NO_BF16", before); };
        qputenv("KINORA_NO_BF16", "1");  // a processor without bfloat16
        QVERIFY(!bfloat16IsQuick(torch::kCPU));
        Generating without(*whole, PlanChoice::Auto, false);
        try {
            Generating(*whole, PlanChoice::BFloat16, false);
            QFAIL("bf16 by name, where there is none, is refused");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::DeviceUnavailable);
            QVERIFY(std::string(error.what()).find("--plan auto or fp32") != std::string::npos);
        }
        restore();
        QVERIFY(without.description().find("fp32") != std::string::npos);
        QVERIFY_EXCEPTION_THROWN(planChoiceFromName("fp16"), Error);
    }

    void clipsForAPersonAreTheSame()
    {
        const auto whole = system("1p2d", "none", 2);
        const SystemDescription d = whole->describe();
        GenerationRequest request;
        request.clips = matrixControls(d, 1, 2, 3, 4, 16);
        Generating exact(*whole, PlanChoice::Auto, true);
        const std::vector<Frames> plain = generateClips(*whole, request), planned = generateClips(*whole, request, {}, 0, &exact);
        QCOMPARE(planned.size(), plain.size());
        for (std::size_t i = 0; i < plain.size(); ++i)
            for (std::size_t b = 0; b < plain[i].bytes().size(); ++b) QVERIFY(std::abs(plain[i].bytes()[b] - planned[i].bytes()[b]) <= 1);  // a value on the edge may round the other way
    }
};
QTEST_APPLESS_MAIN(TestG3anPlan)
#include "tst_g3an_plan.moc"
