#include <torch/torch.h>

#include <QtTest>

#include "core/nn/init.h"
#include "core/util/error.h"
#include "models/vgan/vgan_system.h"
#include "tests/models/parity_cases.h"
#include "tests/models/plan_checks.h"

using namespace kinora;
using namespace kinora::vgan;

namespace {

Options tiny(const char* variant = "two_stream")
{
    Options options;
    options.variant = variant;
    options.baseChannels = 2;
    options.codeDim = 6;
    return options;
}

Networks networks(const Options& options, double learningRate = 2e-4)
{
    Networks made;
    made.g = Generator(generatorOptions(options));
    made.d = Discriminator(options.baseChannels);
    makeOptimizers(made, {learningRate, learningRate});
    return made;
}

ControlTensors controls(const torch::Tensor& z, double strength = 1) { return {{"z", z}, {"mask_strength", torch::full({z.size(0), 1}, strength)}}; }
}  // namespace

class TestVgan final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { at::set_num_threads(1); }
    void init() { torch::manual_seed(0); }

    void matchesTheRecordings_data()
    {
        QTest::addColumn<QString>("name");
        for (const char* name : {"vgan_two_stream", "vgan_one_stream", "vgan_conditional"}) QTest::newRow(name) << QString::fromLatin1(name);
    }
    void matchesTheRecordings()
    {
        QFETCH(QString, name);
        test::replayCase("vgan", test::storedCase(name.toStdString()));
    }
    void matchesTheCompleteRecordings_data() { matchesTheRecordings_data(); }
    void matchesTheCompleteRecordings()
    {
        QFETCH(QString, name);
        const auto path = test::completeCase(name.toStdString());
        if (path.empty()) QSKIP("KINORA_PARITY_DIR names no folder with the complete case");
        test::replayCase("vgan", path);
    }
    void noticesAnotherNumber() { test::refusesAnotherNumber("vgan", "vgan_one_stream", "step/loss/g_adversarial"); }

    void hasThePublishedNumberOfParameters()
    {
        const auto count = [](const torch::nn::Module& module) { return nn::parameterCount(module); };
        QCOMPARE(count(*Generator(GeneratorOptions{})), int64_t(16245383));
        QCOMPARE(count(*Generator(GeneratorOptions{Variant::OneStream})), int64_t(12663619));
        QCOMPARE(count(*Discriminator(64)), int64_t(11057858));
        QCOMPARE(count(*Generator(GeneratorOptions{Variant::Conditional, 100, 128})), int64_t(68216455));
        QCOMPARE(count(*Discriminator(128)), int64_t(44135810));
    }

    void theMaskComposesTheClip()
    {
        const torch::Tensor f = torch::randn({1, 3, 32, 4, 4}), b = torch::randn({1, 3, 4, 4}), m = torch::rand({1, 1, 32, 4, 4});
        QVERIFY(torch::equal(compose(f, torch::zeros_like(m), b), b.unsqueeze(2).expand_as(f)));
        QVERIFY(torch::equal(compose(f, torch::ones_like(m), b), f));
        VganSystem system(tiny());
        const torch::Tensor z = torch::randn({1, 6});
        const torch::Tensor still = system.generate(controls(z, 0), 32, 0);
        QVERIFY(torch::equal(still, system.view("background", controls(z), 32, 0)));
        const torch::Tensor mask = (system.view("mask", controls(z), 32, 0) + 1) / 2, foreground = system.view("foreground", controls(z), 32, 0), background = system.view("background", controls(z), 32, 0);
        QVERIFY((mask * foreground + (1 - mask) * background - system.generate(controls(z), 32, 0)).abs().max().item<double>() < 1e-6);
        QVERIFY(torch::equal(system.view("mask", controls(z, 2), 32, 0), (2 * (2 * mask).clamp(0, 1) - 1)));
        QVERIFY_EXCEPTION_THROWN(VganSystem(tiny("one_stream")).view("mask", {{"z", z}}, 32, 0), Error);
    }

    void separateCodesLeaveTheOtherStreamAlone()
    {
        Options options = tiny();
        options.splitCodes = true;
        VganSystem system(options);
        ControlTensors a{{"z_background", torch::randn({1, 6})}, {"z_foreground", torch::randn({1, 6})}, {"mask_strength", torch::ones({1, 1})}}, b = a;
        b["z_foreground"] = torch::randn({1, 6});
        QVERIFY(torch::equal(system.view("background", a, 32, 0), system.view("background", b, 32, 0)));
        QVERIFY(!torch::equal(system.generate(a, 32, 0), system.generate(b, 32, 0)));
        const auto described = system.describe().controls;
        QVERIFY(described[0].role == ControlRole::Appearance && described[1].role == ControlRole::Motion);
        QVERIFY(VganSystem(tiny()).describe().controls.front().role == ControlRole::Both);
    }

    void theOrderOfUpdatesMatters()
    {
        // from one start, the authors' order and the refreshed one give G clearly different weights
        const torch::Tensor real = torch::rand({2, 3, 32, 64, 64}) * 2 - 1, z = torch::randn({2, 6});
        std::vector<torch::Tensor> after;
        for (const bool refresh : {true, false}) {
            torch::manual_seed(3);
            Networks made = networks(tiny(), 0.05);
            UpdatePolicy plain;
            const auto buffers = [&] { return made.d->named_buffers()["bn2.num_batches_tracked"].item<int64_t>(); };
            trainStep(made, real, z, {0.1, 10, refresh}, plain);
            QCOMPARE(buffers(), int64_t(refresh ? 3 : 2));  // the pass that is kept leaves no trace
            after.push_back(made.g->named_parameters()["video.foreground.weight"].grad().clone());
        }
        QVERIFY((after[0] - after[1]).abs().max().item<double>() > 0.01 * after[0].abs().max().item<double>());
    }

    void adamAddsEpsilonBeforeTheCorrection()
    {
        torch::Tensor p = torch::tensor({1.0f}).set_requires_grad(true);
        Torch7Adam adam({p}, torch::optim::AdamOptions(0.1).betas({0.5, 0.999}).eps(1e-3));
        const int64_t version = p._version();
        (p * 1e-4).sum().backward();
        adam.step();
        // m = 0.5 g, v = 0.001 g^2, rate sqrt(0.001) / 0.5
        const double g = 1e-4, expected = 1 - 0.1 * std::sqrt(0.001) / 0.5 * (0.5 * g) / (std::sqrt(0.001 * g * g) + 1e-3);
        QVERIFY(std::abs(p.item<double>() - expected) < 1e-7);
        QCOMPARE(int64_t(p._version()), version);
    }

    void aHeavyMaskWeightClosesTheMask()
    {
        Networks made = networks(tiny(), 5e-3);
        UpdatePolicy plain;
        double first = 0, last = 0;
        for (int step = 0; step < 12; ++step) {
            const StepRecord record = trainStep(made, torch::rand({2, 3, 32, 64, 64}) * 2 - 1, torch::randn({2, 6}), {100, 10, true}, plain);
            (step == 0 ? first : last) = record.maskMean.item<double>();
        }
        QVERIFY2(last < 0.8 * first, (std::to_string(first) + " " + std::to_string(last)).c_str());
    }

    void aFrameIsContinued()
    {
        VganSystem system(tiny("conditional"));
        const torch::Tensor frame = torch::rand({1, 3, 64, 64}) * 2 - 1;
        const ControlTensors values{{"first_frame", frame}, {"mask_strength", torch::ones({1, 1})}};
        QVERIFY(torch::equal(system.generate(values, 32, 0), system.generate(values, 32, 7)));
        QVERIFY_EXCEPTION_THROWN(system.parts().g->forward(torch::randn({1, 6})), Error);
        QVERIFY_EXCEPTION_THROWN(system.generate(values, 16, 0), Error);
        QVERIFY_EXCEPTION_THROWN(variantFromName("three_stream"), Error);
    }

    void thePlanEqualsTheModules_data()
    {
        QTest::addColumn<QString>("variant");
        QTest::addColumn<bool>("split");
        QTest::addColumn<int>("width");
        QTest::newRow("two streams") << QStringLiteral("two_stream") << false << 20;
        QTest::newRow("two codes") << QStringLiteral("two_stream") << true << 3;
        QTest::newRow("one stream") << QStringLiteral("one_stream") << false << 5;
        QTest::newRow("from a frame") << QStringLiteral("conditional") << false << 4;
    }
    void thePlanEqualsTheModules()
    {
        QFETCH(QString, variant);
        QFETCH(bool, split);
        QFETCH(int, width);
        Options options = tiny(variant.toUtf8().constData());
        options.splitCodes = split;
        options.baseChannels = width;
        at::set_num_threads(width > 8 ? 3 : 1);
        VganSystem system(options);
        test::enliven(system);
        const int64_t clips = width > 8 ? 1 : 9;  // more than are made at once
        ControlTensors values{{"mask_strength", torch::linspace(0.5, 1.5, clips).view({clips, 1})}};
        if (variant == QStringLiteral("conditional")) values["first_frame"] = torch::rand({clips, 3, 64, 64}) * 2 - 1;
        for (const char* code : {"z", "z_foreground", "z_background"})
            if ((std::string(code) == "z") != split && variant != QStringLiteral("conditional")) values[code] = torch::randn({clips, 6});
        const auto plan = system.makePlan(PlanPrecision::Float32);
        QVERIFY(test::difference(system, *plan, values, kFrames).largest <= 1e-5);
        QVERIFY(test::difference(system, *plan, values, kFrames).largest <= 1e-5);  // with what it has kept
        if (split) {  // the background stays, or it does not
            values["z_foreground"] = torch::randn({clips, 6});
            QVERIFY(test::difference(system, *plan, values, kFrames).largest <= 1e-5);
            values["z_background"] = torch::randn({clips, 6});
            QVERIFY(test::difference(system, *plan, values, kFrames).largest <= 1e-5);
            // likewise of few clips, whose background is kept
            ControlTensors few = values;
            for (auto& [id, value] : few) value = value.slice(0, 0, 2).clone();
            for (const char* changed : {"z_background", "z_foreground", "z_background"}) {
                QVERIFY(test::difference(system, *plan, few, kFrames).largest <= 1e-5);
                few[changed].normal_();
            }
            few["z_background"] = few["z_background"].slice(0, 0, 1);
            QVERIFY_EXCEPTION_THROWN(plan->generate(few, kFrames, 0), Error);
        }
        if (bfloat16IsQuick(torch::kCPU)) QVERIFY(test::difference(system, *system.makePlan(PlanPrecision::BFloat16), values, kFrames).mean <= 2e-2);
        ControlTensors none = values;
        for (auto& [id, value] : none) value = value.slice(0, 0, 0);
        QVERIFY_EXCEPTION_THROWN(plan->generate(none, kFrames, 0), Error);
        at::set_num_threads(1);
    }
};

QTEST_APPLESS_MAIN(TestVgan)
#include "tst_vgan.moc"
