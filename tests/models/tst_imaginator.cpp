#include <torch/torch.h>

#include <QtTest>

#include "core/nn/init.h"
#include "core/util/error.h"
#include "models/imaginator/imaginator_system.h"
#include "tests/models/parity_cases.h"
#include "tests/models/plan_checks.h"

using namespace kinora;
using namespace kinora::imaginator;

namespace {

Options tiny()
{
    Options options;
    options.baseChannels = 2;
    options.codeDim = 5;
    options.appearanceDim = 4;
    options.midChannels = "6,5,4,3,2";
    options.classes = 3;
    return options;
}

ControlTensors controls(int64_t clips)
{
    return {{"image", torch::rand({clips, 3, 64, 64}) * 2 - 1}, {"expression", torch::zeros({clips}, torch::kInt64)}, {"z", torch::randn({clips, 5})}, {"expression_to", torch::ones({clips}, torch::kInt64)},
            {"mixture", torch::zeros({clips, 1, 32})}, {"strength", torch::ones({clips, 1})}};
}
}  // namespace

class TestImaginator final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { at::set_num_threads(1); }
    void init() { torch::manual_seed(0); }

    void matchesTheRecordings_data()
    {
        QTest::addColumn<QString>("name");
        for (const char* name : {"imaginator_a_fwd", "imaginator_a_step"}) QTest::newRow(name) << QString::fromLatin1(name);
    }
    void matchesTheRecordings()
    {
        QFETCH(QString, name);
        test::replayCase("imaginator", test::storedCase(name.toStdString()));
    }
    void matchesTheCompleteRecordings_data() { matchesTheRecordings_data(); }
    void matchesTheCompleteRecordings()
    {
        QFETCH(QString, name);
        const auto path = test::completeCase(name.toStdString());
        if (path.empty()) QSKIP("KINORA_PARITY_DIR names no folder with the complete case");
        test::replayCase("imaginator", path);
    }
    void noticesAnotherNumber() { test::refusesAnotherNumber("imaginator", "imaginator_a_fwd", "out/video_frame_mean"); }

    void hasThePublishedNumberOfParameters()
    {
        Generator g{GeneratorOptions{}};
        QCOMPARE(nn::parameterCount(*g), int64_t(75406451));
        QCOMPARE(nn::parameterCount(*g->enc), int64_t(3577764));
        QCOMPARE(nn::parameterCount(*g->dec), int64_t(71828687));
        QCOMPARE(nn::parameterCount(*VideoDiscriminator(64, 6)), int64_t(11088833));
        QCOMPARE(nn::parameterCount(*VideoDiscriminator(64, 0)), int64_t(11039681));
        QCOMPARE(nn::parameterCount(*ImageDiscriminator(64)), int64_t(2764737));
        const auto scaled = Generator(GeneratorOptions{5, 4, 3, 2})->named_parameters();
        QCOMPARE(scaled["dec.block1.conv.0.weight"].size(1), int64_t(128));
        QCOMPARE(scaled["dec.block4.conv.0.weight"].size(1), int64_t(24));
        QCOMPARE(scaled["dec.to_rgb.conv.0.weight"].size(1), int64_t(36));
    }

    void judgesKeepTheBatchAxis()
    {
        VideoDiscriminator vd(2, 3);
        ImageDiscriminator id(2);
        for (const int64_t n : {1, 2}) {
            QCOMPARE(vd->forward(torch::randn({n, 3, 32, 64, 64}), torch::zeros({n, 3})).sizes(), torch::IntArrayRef({n}));
            QCOMPARE(id->forward(torch::randn({n, 3, 64, 64})).sizes(), torch::IntArrayRef({n}));
        }
        // power iteration advances in train mode alone
        const auto u = [&] { return vd->named_buffers()["net2.0.weight_u"].clone(); };
        const torch::Tensor before = u();
        vd->eval();
        vd->forward(torch::randn({1, 3, 32, 64, 64}), torch::zeros({1, 3}));
        QVERIFY(torch::equal(before, u()));
        vd->train();
        vd->forward(torch::randn({1, 3, 32, 64, 64}), torch::zeros({1, 3}));
        QVERIFY(!torch::equal(before, u()));
    }

    void aConstantTrackIsThePlainClass()
    {
        Generator g{generatorOptions(tiny())};
        g->eval();
        const torch::NoGradGuard noGrad;
        const torch::Tensor image = torch::rand({2, 3, 64, 64}), z = torch::randn({2, 5}), c = torch::eye(3).slice(0, 0, 2);
        const torch::Tensor plain = g->forward(image, z, c);
        QVERIFY(torch::equal(plain, g->forward(image, z, c.unsqueeze(2).expand({2, 3, 32}).contiguous())));
        torch::Tensor track = c.unsqueeze(2).repeat({1, 1, 32});
        track.slice(2, 16).copy_(torch::eye(3).slice(0, 1, 3).unsqueeze(2));
        QVERIFY(!torch::equal(plain, g->forward(image, z, track)));
    }

    void mixtureAndStrengthWeighTheClasses()
    {
        const torch::Tensor first = torch::tensor({0}), second = torch::tensor({2}), none = torch::zeros({1, 1, 32}), one = torch::ones({1, 1});
        QVERIFY(torch::equal(classWeights(first, second, none, one, 3), torch::tensor({{1.f, 0.f, 0.f}})));
        QVERIFY(torch::equal(classWeights(first, second, none, one * 1.5, 3), torch::tensor({{1.5f, 0.f, 0.f}})));
        QVERIFY(torch::equal(classWeights(first, second, none + 0.25, one, 3), torch::tensor({{0.75f, 0.f, 0.25f}})));
        torch::Tensor later = none.clone();
        later[0][0][31] = 1;
        const torch::Tensor track = classWeights(first, second, later, one, 3);
        QCOMPARE(track.sizes(), torch::IntArrayRef({1, 3, 32}));
        QCOMPARE(track[0][0][0].item<float>(), 1.f);
        QCOMPARE(track[0][2][31].item<float>(), 1.f);
    }

    void everyControlDoesItsPart()
    {
        ImaginatorSystem system(tiny());
        const ControlTensors a = controls(1);
        const torch::Tensor clip = system.generate(a, 32, 0);
        const auto with = [&](const char* id, const torch::Tensor& value) {
            ControlTensors changed = a;
            changed[id] = value;
            return system.generate(changed, 32, 0);
        };
        QVERIFY(torch::equal(clip, with("expression_to", torch::tensor({2}))));  // nothing without a mixture
        for (const auto& [id, value] : {std::pair<const char*, torch::Tensor>{"expression", torch::tensor({2})}, {"z", torch::randn({1, 5})}, {"mixture", torch::full({1, 1, 32}, 0.5)}, {"strength", torch::full({1, 1}, 0.5)}})
            QVERIFY2(!torch::equal(clip, with(id, value)), id);
        const torch::Tensor other = with("image", torch::rand({1, 3, 64, 64}));
        for (int64_t t = 0; t < 32; ++t) QVERIFY(!torch::equal(clip.select(2, t), other.select(2, t)));
        QVERIFY_EXCEPTION_THROWN(system.generate(a, 16, 0), Error);
    }

    void theGeneratorGoesFirst()
    {
        Networks made;
        made.g = Generator(generatorOptions(tiny()));
        made.vd = VideoDiscriminator(2, 3);
        made.id = ImageDiscriminator(2);
        makeOptimizers(made, {});
        struct Order final : UpdatePolicy {
            std::vector<const torch::optim::Optimizer*> seen;
            void onGradients(torch::optim::Optimizer& optimizer) override { seen.push_back(&optimizer); }
        } order;
        StepDraws draws = drawStep(made.g->options(), 2, 32, torch::kCPU);
        const torch::Tensor real = torch::rand({2, 3, 32, 64, 64}) * 2 - 1, classes = torch::eye(3).slice(0, 0, 2);
        const StepRecord record = trainStep(made, real, classes, draws, order);
        QVERIFY((order.seen == std::vector<const torch::optim::Optimizer*>{made.optimizerG.get(), made.optimizerVd.get(), made.optimizerId.get()}));
        QVERIFY((record.lossRec - (record.fake - real).abs().mean()).abs().item<double>() < 1e-6);
        for (const auto& parameter : made.g->named_parameters()) QVERIFY2(parameter.value().grad().defined(), parameter.key().c_str());
    }

    void importsTheAuthorsNames()
    {
        ImaginatorSystem system(tiny());
        std::vector<OfficialWeights> files;
        for (const NamedNetwork& network : system.networks()) {
            OfficialWeights weights{network.name + "_100.pth", {}};
            for (const auto& [name, tensor] : nn::stateDict(*network.module)) weights.tensors[name] = tensor.clone();
            files.push_back(weights);
        }
        QCOMPARE(files[0].tensors.size(), std::size_t(95));
        QCOMPARE(files[1].tensors.size(), std::size_t(20));
        QCOMPARE(files[2].tensors.size(), std::size_t(20));
        Options read;
        const ImportedWeights imported = importOfficial(files);
        applyOptions(read, imported.options);
        QCOMPARE(read.codeDim, int64_t(5));
        QCOMPARE(read.appearanceDim, int64_t(4));
        QCOMPARE(read.classes, int64_t(3));
        QCOMPARE(read.midChannels, std::string("6,5,4,3,2"));
        QCOMPARE(imported.tensors.size(), std::size_t(135));
        QVERIFY_EXCEPTION_THROWN(importOfficial({files[1]}), Error);
        QVERIFY_EXCEPTION_THROWN(importOfficial({files[0], files[0]}), Error);
    }

    void thePlanEqualsTheModules()
    {
        Options options = tiny();
        options.baseChannels = 6;
        options.midChannels.clear();
        ImaginatorSystem system(options);
        test::enliven(system);
        const auto plan = system.makePlan(PlanPrecision::Float32);
        ControlTensors values = controls(10);  // more pictures than are kept, more clips than are made at once
        QVERIFY(test::difference(system, *plan, values, 32).largest <= 1e-5);
        QVERIFY(test::difference(system, *plan, values, 32).largest <= 1e-5);
        // the pictures stay: another class, a mixture, one that changes over time, other noise
        values["expression"].fill_(2);
        QVERIFY(test::difference(system, *plan, values, 32).largest <= 1e-5);
        values["mixture"].fill_(0.3);
        values["strength"].fill_(1.2);
        QVERIFY(test::difference(system, *plan, values, 32).largest <= 1e-5);
        values["mixture"] = torch::linspace(0, 1, 32).view({1, 1, 32}).repeat({10, 1, 1});
        values["z"].normal_();
        QVERIFY(test::difference(system, *plan, values, 32).largest <= 1e-5);
        // and what a clip shows is its own picture's
        const torch::Tensor together = plan->generate(values, 32, 0);
        for (const int64_t n : {0, 9}) {
            ControlTensors one = values;
            for (auto& [id, value] : one) value = value.slice(0, n, n + 1);
            QVERIFY((plan->generate(one, 32, 0)[0] - together[n]).abs().max().item<double>() < 1e-5);
        }
        if (bfloat16IsQuick(torch::kCPU)) QVERIFY(test::difference(system, *system.makePlan(PlanPrecision::BFloat16), values, 32).mean <= 2e-2);
        at::set_num_threads(3);
        QVERIFY(test::difference(system, *plan, values, 32).largest <= 1e-5);
        at::set_num_threads(1);
        // what does not fit is refused and never read past its end
        for (const auto& [id, wrong] : std::vector<std::pair<const char*, torch::Tensor>>{{"z", torch::randn({10, 4})}, {"z", torch::randn({9, 5})}, {"image", torch::rand({10, 3, 32, 32})}, {"expression", torch::zeros({9}, torch::kInt64)}}) {
            ControlTensors other = values;
            other[id] = wrong;
            QVERIFY_EXCEPTION_THROWN(plan->generate(other, 32, 0), std::exception);
        }
        for (auto& [id, value] : values) value = value.slice(0, 0, 0);
        QVERIFY_EXCEPTION_THROWN(plan->generate(values, 32, 0), Error);
    }
};

QTEST_APPLESS_MAIN(TestImaginator)
#include "tst_imaginator.moc"
