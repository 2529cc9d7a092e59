#include <torch/torch.h>

#include <QtTest>

#include "core/nn/init.h"
#include "core/util/error.h"
#include "models/mocogan/mocogan_system.h"
#include "tests/models/parity_cases.h"

using namespace kinora;
using namespace kinora::mocogan;

namespace {

GeneratorOptions tiny(int64_t categories)
{
    GeneratorOptions options;
    options.contentDim = 5;
    options.categories = categories;
    options.motionDim = 3;
    options.baseChannels = 2;
    return options;
}

Options tinySystem()
{
    Options options;
    options.baseChannels = 2;
    options.contentDim = 5;
    options.motionDim = 3;
    return options;
}

Codes codes(const GeneratorOptions& options, int64_t clips, int64_t frames) { return drawSample(options, clips, 0, frames, false, torch::kCPU).codes; }

/// The controls of two clips with the settings as they stand.
ControlTensors controls(const Codes& codes)
{
    const int64_t n = codes.content.size(0), m = codes.start.size(1);
    ControlTensors values{{"content", codes.content}, {"motion_start", codes.start}, {"motion_noise", codes.noise.permute({1, 2, 0}).contiguous()},
                          {"motion_amount", torch::ones({n, 1})}, {"motion_shift", torch::zeros({n, m})}, {"tempo", torch::ones({n, 1})}};
    if (codes.category.defined()) values["category"] = codes.category;
    return values;
}

StepRecord oneStep(const StepTerms& terms, int64_t categories, UpdatePolicy& updates)
{
    Networks networks;
    const auto noise = std::make_shared<InstanceNoise>();
    networks.g = Generator(tiny(categories));
    networks.di = ImageDiscriminator(2, true, noise);
    networks.dv = VideoDiscriminator(2, false, categories, noise);
    makeOptimizers(networks, {});
    const StepDraws draws = drawStep(networks.g->options(), 2, 2, 16, false, torch::kCPU);
    return trainStep(networks, torch::randn({2, 3, 64, 64}), torch::randn({2, 3, 16, 64, 64}), torch::tensor({0, 1}), draws, terms, updates);
}
}  // namespace

class TestMocogan final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { at::set_num_threads(1); }
    void init() { torch::manual_seed(0); }

    void matchesTheRecordings_data()
    {
        QTest::addColumn<QString>("name");
        for (const char* name : {"mocogan_categorical", "mocogan_unconditional"}) QTest::newRow(name) << QString::fromLatin1(name);
    }
    void matchesTheRecordings()
    {
        QFETCH(QString, name);
        test::replayCase("mocogan", test::storedCase(name.toStdString()));
    }
    void matchesTheCompleteRecordings_data() { matchesTheRecordings_data(); }
    void matchesTheCompleteRecordings()
    {
        QFETCH(QString, name);
        const auto path = test::completeCase(name.toStdString());
        if (path.empty()) QSKIP("KINORA_PARITY_DIR names no folder with the complete case");
        test::replayCase("mocogan", path);
    }
    void noticesAnotherNumber() { test::refusesAnotherNumber("mocogan", "mocogan_unconditional", "out/eval/videos_mean_abs"); }

    void hasThePublishedNumberOfParameters()
    {
        const auto generator = [](int64_t categories) {
            GeneratorOptions options;
            options.categories = categories;
            return nn::parameterCount(*Generator(options));
        };
        QCOMPARE(generator(6), int64_t(3298836));
        QCOMPARE(generator(4), int64_t(3282452));
        QCOMPARE(generator(0), int64_t(3249684));
        const auto noise = std::make_shared<InstanceNoise>();
        QCOMPARE(nn::parameterCount(*ImageDiscriminator(64, true, noise)), int64_t(663296));
        QCOMPARE(nn::parameterCount(*ImageDiscriminator(64, false, noise)), int64_t(2765568));
        QCOMPARE(nn::parameterCount(*VideoDiscriminator(64, false, 0, noise)), int64_t(11056896));
        QCOMPARE(nn::parameterCount(*VideoDiscriminator(64, true, 0, noise)), int64_t(2650880));
        QCOMPARE(nn::parameterCount(*VideoDiscriminator(64, false, 4, noise)), int64_t(11187968));
        QCOMPARE(nn::parameterCount(*VideoDiscriminator(64, false, 6, noise)), int64_t(11253504));
    }

    void judgesHaveTheirShapes()
    {
        const auto noise = std::make_shared<InstanceNoise>();
        for (const int64_t n : {1, 2}) {
            const torch::Tensor clips = torch::randn({n, 3, 16, 64, 64});
            QCOMPARE(ImageDiscriminator(2, true, noise)->forward(clips.select(2, 0)).sizes(), torch::IntArrayRef({n, 1, 4, 4}));
            QCOMPARE(VideoDiscriminator(2, true, 0, noise)->forward(clips).real.sizes(), torch::IntArrayRef({n, 1, 4, 4, 4}));
            const VideoLogits logits = [&] {
                VideoDiscriminator d(2, false, 3, noise);
                d->eval();
                return d->forward(clips);
            }();
            QCOMPARE(logits.real.sizes(), torch::IntArrayRef({n, 1}));
            QCOMPARE(logits.categories.sizes(), torch::IntArrayRef({n, 3}));
        }
        QVERIFY_EXCEPTION_THROWN(VideoDiscriminator(2, false, 0, noise)->forward(torch::randn({1, 3, 20, 64, 64})), Error);
    }

    void contentAndMotionDoNotTouchEachOther()
    {
        Generator g(tiny(3));
        g->eval();
        const torch::NoGradGuard noGrad;
        Codes a = codes(g->options(), 2, 16), b = a;
        b.content = torch::randn_like(a.content);
        QVERIFY(torch::equal(g->motionPath(a), g->motionPath(b)));
        Codes c = a;
        c.start = torch::randn_like(a.start);
        c.noise = torch::randn_like(a.noise);
        const torch::Tensor rows = g->rows(a, g->motionPath(a)), moved = g->rows(c, g->motionPath(c));
        QVERIFY(torch::equal(rows.slice(1, 0, 8), moved.slice(1, 0, 8)));
        QVERIFY(!torch::equal(rows.slice(1, 8), moved.slice(1, 8)));
    }

    void aStepOfThePathChangesNoEarlierFrame()
    {
        MocoganSystem system(tinySystem());
        const Codes a = codes(system.parts().g->options(), 1, 16);
        Codes b = a;
        b.noise = a.noise.clone();
        b.noise[7] += 1;
        const torch::Tensor before = system.generate(controls(a), 16, 0), after = system.generate(controls(b), 16, 0);
        QVERIFY(torch::equal(before.slice(2, 0, 7), after.slice(2, 0, 7)));
        QVERIFY(!torch::equal(before.select(2, 7), after.select(2, 7)));
        // and a shorter clip is the beginning of a longer one
        Codes shorter = a;
        shorter.noise = a.noise.slice(0, 0, 5);
        QVERIFY((system.generate(controls(shorter), 5, 0) - before.slice(2, 0, 5)).abs().max().item<double>() < 1e-5);
    }

    void settingsEditThePath()
    {
        const torch::Tensor path = torch::randn({2, 9, 3}) * 0.3, one = torch::ones({2, 1}), still = torch::zeros({2, 3});
        QVERIFY(editedPath(path, one, still, one).is_same(path));
        const torch::Tensor frozen = editedPath(path, torch::zeros({2, 1}), still, one);
        QVERIFY((frozen - path.mean(1, true)).abs().max().item<double>() < 1e-6);
        QVERIFY((editedPath(path, one, torch::full({2, 3}, 0.25), one) - path - 0.25).abs().max().item<double>() < 1e-6);
        QVERIFY((editedPath(path, one, torch::full({2, 3}, 1.5), one)).abs().max().item<double>() <= 1.5);
        const torch::Tensor slow = editedPath(path, one, still, torch::full({2, 1}, 0.5));
        QVERIFY((slow.select(1, 2) - path.select(1, 1)).abs().max().item<double>() < 1e-6);
        QVERIFY((slow.select(1, 3) - 0.5 * (path.select(1, 1) + path.select(1, 2))).abs().max().item<double>() < 1e-6);
    }

    void termsFollowTheSwitches()
    {
        UpdatePolicy plain;
        const StepRecord none = oneStep({false, false, false}, 2, plain), labels = oneStep({true, false, false}, 2, plain), recommended = oneStep({false, true, false}, 2, plain), both = oneStep({true, true, false}, 2, plain);
        QVERIFY(!none.lossDCat.defined() && !none.lossGCat.defined());
        QVERIFY(labels.lossDCat.defined() && !labels.lossGCat.defined());
        QVERIFY(!recommended.lossDCat.defined() && recommended.lossGCat.defined());
        QVERIFY(both.lossDCat.defined() && both.lossGCat.defined());
        QVERIFY(oneStep({false, true, true}, 2, plain).lossDCat.defined());
        Options options = tinySystem();
        options.categories = 2;
        options.videoDiscriminator = "patch";
        QVERIFY_EXCEPTION_THROWN(MocoganSystem{options}, Error);
        options.useInfogan = false;
        QVERIFY(!MocoganSystem(options).terms().useCategories);  // no label: nothing to learn from
        options.label = "action";
        QVERIFY_EXCEPTION_THROWN(MocoganSystem{options}, Error);
    }

    void theCategoryCanEnterTheCell()
    {
        GeneratorOptions options = tiny(3);
        options.categoryIntoGru = true;
        Generator g(options);
        g->eval();
        const torch::NoGradGuard noGrad;
        Codes a = codes(options, 1, 4), b = a;
        a.category = torch::tensor({0});
        b.category = torch::tensor({1});
        QVERIFY(!torch::equal(g->motionPath(a), g->motionPath(b)));
        QCOMPARE(g->rows(a, g->motionPath(a)).size(1), int64_t(5 + 3));
    }

    void drawsRowsAsTheAuthorsDo()
    {
        const Sample original = drawSample(tiny(2), 0, 3, 16, true, torch::kCPU), cheap = drawSample(tiny(2), 0, 3, 16, false, torch::kCPU);
        QCOMPARE(original.codes.content.size(0), int64_t(96));
        QCOMPARE(cheap.codes.content.size(0), int64_t(3));
        QVERIFY(torch::equal(original.pick, std::get<0>(original.pick.sort())));
        QVERIFY(torch::equal(cheap.pick.div(16, "floor"), torch::arange(3)));
    }

    void startsAsTheOldLibraryDid()
    {
        Generator g(tiny(0));
        const auto parameters = g->named_parameters();
        const double bound = 1 / std::sqrt(8.0 * 16);  // 8 input channels, not the 16 of the output
        const double largest = parameters["main.0.weight"].abs().max().item<double>();
        QVERIFY(largest <= bound && largest > 0.9 * bound);
        QVERIFY(parameters["main.1.weight"].min().item<double>() >= 0 && parameters["main.1.weight"].max().item<double>() <= 1 && parameters["main.1.weight"].std().item<double>() > 0.1);
    }

    void importsTheAuthorsNames()
    {
        GeneratorOptions options = tiny(4);
        options.contentDim = 50;  // what tells content from category
        Generator g(options);
        OfficialWeights weights{"generator_00100.pytorch", {}};
        for (const auto& [name, tensor] : nn::stateDict(*g))
            if (!name.ends_with("num_batches_tracked")) weights.tensors[name] = tensor.clone();
        const ImportedWeights imported = importOfficial({weights});
        Options read;
        applyOptions(read, imported.options);
        QCOMPARE(read.contentDim, int64_t(50));
        QCOMPARE(read.categories, int64_t(4));
        QCOMPARE(read.motionDim, int64_t(3));
        QCOMPARE(read.baseChannels, int64_t(2));
        const MocoganSystem system(read);
        for (const auto& [name, tensor] : nn::stateDict(*g)) QVERIFY2(imported.tensors.contains("param/generator/" + name), name.c_str());
        QVERIFY_EXCEPTION_THROWN(importOfficial({{"x.pth", {{"fc.weight", torch::zeros({2, 2})}}}}), Error);
        QVERIFY_EXCEPTION_THROWN(importOfficial({weights, weights}), Error);
    }
};

QTEST_APPLESS_MAIN(TestMocogan)
#include "tst_mocogan.moc"
