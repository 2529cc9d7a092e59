#include <torch/torch.h>

#include <QTemporaryDir>
#include <QtTest>

#include "core/nn/init.h"
#include "core/system/checkpoint.h"
#include "core/system/pth_reader.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "models/svg/svg_system.h"
#include "tests/models/parity_cases.h"
#include "tests/models/plan_checks.h"

using namespace kinora;
using namespace kinora::svg;

namespace {

const char* const kCases[] = {"svg_dcgan_64", "svg_dcgan_128", "svg_vgg_64", "svg_vgg_128", "svg_lstm", "svg_rollout_lp", "svg_rollout_fp", "svg_step_lp", "svg_step_fp"};

Options tiny(const char* variant)
{
    Options options;
    options.variant = variant;
    options.baseChannels = 2;
    options.featureDim = 6;
    options.codeDim = 3;
    options.rnnSize = 8;
    options.past = 3;
    options.future = 3;
    return options;
}

ControlTensors controls(const Options& options, int64_t clips, int64_t frames)
{
    return {{"past", torch::rand({clips, 3, options.past, 64, 64}) * 2 - 1}, {"z", torch::randn({clips, options.codeDim, frames - options.past})}, {"temperature", torch::ones({clips, 1})},
            {"z_space", torch::zeros({clips}, torch::kInt64)}, {"past_codes", torch::zeros({clips}, torch::kInt64)}, {"bn_mode", torch::zeros({clips}, torch::kInt64)}};
}

/// Random weights answer a change of the code too faintly to see.
void sharpen(SvgSystem& system)
{
    const torch::NoGradGuard noGrad;
    for (const NamedNetwork& network : system.networks())
        for (auto& parameter : network.module->named_parameters())
            if (parameter.value().dim() > 1) parameter.value().mul_(10);
}
}  // namespace

class TestSvg final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { at::set_num_threads(1); }
    void init() { torch::manual_seed(0); }

    void matchesTheRecordings_data()
    {
        QTest::addColumn<QString>("name");
        for (const char* name : kCases) QTest::newRow(name) << QString::fromLatin1(name);
    }
    void matchesTheRecordings()
    {
        QFETCH(QString, name);
        const auto stored = test::storedCase(name.toStdString());
        if (!std::filesystem::exists(stored)) QSKIP("only the complete case is there, too large for this folder");
        test::replayCase("svg", stored);
    }
    void matchesTheCompleteRecordings_data() { matchesTheRecordings_data(); }
    void matchesTheCompleteRecordings()
    {
        QFETCH(QString, name);
        const auto path = test::completeCase(name.toStdString());
        if (path.empty()) QSKIP("KINORA_PARITY_DIR names no folder with the complete case");
        test::replayCase("svg", path);
    }
    void noticesAnotherNumber() { test::refusesAnotherNumber("svg", "svg_lstm", "out/mu"); }

    void hasThePublishedNumberOfParameters()
    {
        struct Row {
            bool vgg;
            int64_t size, channels, encoder, decoder;
        };
        for (const Row& row : {Row{false, 64, 1, 3805376, 6558529}, Row{false, 64, 3, 3807424, 6562627}, Row{false, 128, 1, 8001216, 14948673}, Row{false, 128, 3, 8003264, 14952771}, Row{true, 64, 1, 8688448, 11821505},
                               Row{true, 64, 3, 8689600, 11822659}, Row{true, 128, 1, 15770944, 21263297}, Row{true, 128, 3, 15772096, 21264451}}) {
            const FrameOptions options{row.vgg, row.size, 64, 128, row.channels};
            QCOMPARE(nn::parameterCount(*Encoder(options)), row.encoder);
            QCOMPARE(nn::parameterCount(*Decoder(options)), row.decoder);
        }
        QCOMPARE(nn::parameterCount(*Lstm(128 + 10, 128, 256, 2)), int64_t(1121152));
        QCOMPARE(nn::parameterCount(*GaussianLstm(128, 64, 256, 1)), int64_t(592256));
    }

    void aCodeActsFromItsFrameOn_data()
    {
        QTest::addColumn<QString>("variant");
        QTest::newRow("lp") << QStringLiteral("lp");
        QTest::newRow("fp") << QStringLiteral("fp");
    }
    void aCodeActsFromItsFrameOn()
    {
        QFETCH(QString, variant);
        const Options options = tiny(variant.toLatin1().constData());
        SvgSystem system(options);
        sharpen(system);
        const ControlTensors a = controls(options, 1, 8);
        ControlTensors b = a;
        b["z"] = a.at("z").clone();
        b["z"].select(2, 2) += 2;  // frame 5
        const torch::Tensor before = system.generate(a, 8, 0), after = system.generate(b, 8, 0);
        QVERIFY(torch::equal(before.slice(2, 0, 5), after.slice(2, 0, 5)));
        QVERIFY(!torch::equal(before.select(2, 5), after.select(2, 5)));
        QVERIFY((before.slice(2, 0, 3) - a.at("past")).abs().max().item<double>() < 1e-6);  // the given frames come first
        // without randomness the codes do not matter
        ControlTensors calm = a, calmOther = b;
        calm["temperature"] = calmOther["temperature"] = torch::zeros({1, 1});
        QVERIFY(torch::equal(system.generate(calm, 8, 0), system.generate(calmOther, 8, 9)));
        // codes as they are pass the prior by; with the fixed one that is the same
        ControlTensors absolute = a;
        absolute["z_space"] = torch::ones({1}, torch::kInt64);
        QCOMPARE(torch::equal(before, system.generate(absolute, 8, 0)), variant == QStringLiteral("fp"));
        // drawn codes of the past follow the seed
        ControlTensors drawn = a;
        drawn["past_codes"] = torch::ones({1}, torch::kInt64);
        QVERIFY(torch::equal(system.generate(drawn, 8, 5), system.generate(drawn, 8, 5)));
        QVERIFY(!torch::equal(system.generate(drawn, 8, 5), system.generate(drawn, 8, 6)));
    }

    void skipsComeFromTheLastButOneGivenFrame()
    {
        const Options options = tiny("fp");
        SvgSystem system(options);
        sharpen(system);
        const torch::NoGradGuard noGrad;
        Networks& parts = system.parts();
        for (const NamedNetwork& network : system.networks()) network.module->eval();
        const torch::Tensor given = torch::rand({3, 1, 3, 64, 64});
        RolloutCodes codes;
        codes.coordinates = torch::randn({1, 1, 3});
        PlainCoder coder(parts);
        const torch::Tensor predicted = rollout(parts, coder, given, 3, 4, false, codes)[0];
        // by hand: the decoder's own input, with the skips of frame 1
        LstmState predictor, posterior;
        torch::Tensor h;
        for (int64_t i = 1; i < 4; ++i) {
            const torch::Tensor now = parts.encoder->forward(given[i - 1]).h;
            const torch::Tensor z = i < 3 ? parts.posterior->forward(parts.encoder->forward(given[i]).h, posterior).first : codes.coordinates[0];
            h = parts.predictor->forward(torch::cat({now, z}, 1), predictor);
        }
        QVERIFY(torch::equal(predicted, parts.decoder->forward(h, parts.encoder->forward(given[1]).skips)));
        QVERIFY(!torch::equal(predicted, parts.decoder->forward(h, parts.encoder->forward(given[2]).skips)));
        QVERIFY(!torch::equal(predicted, rollout(parts, coder, given, 3, 4, true, codes)[0]));
    }

    void refusesWhatCannotBe()
    {
        Options options = tiny("lp");
        options.past = 1;
        QVERIFY_EXCEPTION_THROWN(SvgSystem{options}, Error);
        options = tiny("lp");
        options.imageSize = 96;
        QVERIFY_EXCEPTION_THROWN(SvgSystem{options}, Error);
        options = tiny("lp");
        SvgSystem system(options);
        ControlTensors values = controls(options, 1, 6);
        values["bn_mode"] = torch::ones({1}, torch::kInt64);
        QVERIFY_EXCEPTION_THROWN(system.generate(values, 6, 0), Error);
        ControlTensors two = controls(options, 2, 6);
        const torch::Tensor running = system.generate(two, 6, 0);
        two["bn_mode"] = torch::ones({2}, torch::kInt64);
        QVERIFY(!torch::equal(running, system.generate(two, 6, 0)));
        two["bn_mode"] = torch::tensor({0, 1});
        QVERIFY_EXCEPTION_THROWN(system.generate(two, 6, 0), Error);
    }

    void onlyTheLearnedPriorHasANetwork()
    {
        QCOMPARE(SvgSystem(tiny("lp")).networks().size(), std::size_t(5));
        QCOMPARE(SvgSystem(tiny("fp")).networks().size(), std::size_t(4));
    }

    void learnsABatchByHeart()
    {
        Options options = tiny("fp");
        options.baseChannels = 6;
        options.featureDim = 16;
        options.rnnSize = 32;
        options.codeDim = 4;
        SvgSystem system(options);
        // bars that move, each at a speed of its own
        torch::Tensor clips = torch::full({4, 3, 6, 64, 64}, -1.f);
        for (int64_t n = 0; n < 4; ++n)
            for (int64_t t = 0; t < 6; ++t) clips[n].select(1, t).slice(2, 8 + 8 * n + (n - 1) * 3 * t, 16 + 8 * n + (n - 1) * 3 * t) = 1;
        Batch batch;
        batch.clips = clips;
        double first = 0, last = 0;
        for (int step = 1; step <= 40; ++step) {
            const StepScalars scalars = system.trainStep(batch, step);
            (step == 1 ? first : last) = scalars.front().second.item<double>();
        }
        QVERIFY2(last < 0.3 * first, (std::to_string(first) + " " + std::to_string(last)).c_str());
    }

    void importsStateDictsAndSaysHowToConvertModules()
    {
        SvgSystem system(tiny("lp"));
        OfficialWeights weights{"model.pth", {}};
        for (const NamedNetwork& network : system.networks())
            for (const auto& [name, tensor] : nn::stateDict(*network.module))
                if (!name.ends_with("num_batches_tracked")) weights.tensors[network.name + "." + name] = tensor.clone();
        const ImportedWeights imported = importOfficial({weights});
        Options read;
        applyOptions(read, imported.options);
        QCOMPARE(read.variant, std::string("lp"));
        QCOMPARE(read.backbone, std::string("dcgan"));
        QCOMPARE(read.featureDim, int64_t(6));
        QCOMPARE(read.predictorLayers, int64_t(2));
        for (const NamedNetwork& network : system.networks())
            for (const auto& [name, tensor] : nn::stateDict(*network.module)) QVERIFY2(imported.tensors.contains("param/" + network.name + "/" + name), name.c_str());
        QVERIFY_EXCEPTION_THROWN(importOfficial({{"x.pth", {{"encoder.c1.main.0.weight", torch::zeros({2, 3, 4, 4})}}}}), Error);

        // a converted file with slashes, as safetensors
        QTemporaryDir folder;
        const std::string file = QString(folder.path() + QStringLiteral("/converted.safetensors")).toStdString();
        std::map<std::string, safetensors::TensorSource> sources;
        std::map<std::string, torch::Tensor> kept;
        for (const auto& [key, tensor] : weights.tensors) {
            std::string slashed = key;
            slashed[slashed.find('.')] = '/';
            sources[slashed] = toSource(kept[slashed] = tensor.contiguous());
        }
        writeFile(file, safetensors::serialize(sources, {}));
        QCOMPARE(importOfficial({readOfficialWeights(file)}).tensors.size(), imported.tensors.size());
    }

    void thePlanEqualsTheModules_data()
    {
        QTest::addColumn<QString>("backbone");
        QTest::addColumn<QString>("variant");
        QTest::addColumn<int>("size");
        QTest::addColumn<int>("channels");
        QTest::addColumn<bool>("lastFrameSkip");
        const auto text = [](const char* value) { return QString::fromLatin1(value); };
        QTest::newRow("dcgan 64") << text("dcgan") << text("lp") << 64 << 3 << false;
        QTest::newRow("dcgan 128, moving skips") << text("dcgan") << text("fp") << 128 << 3 << true;
        QTest::newRow("vgg 64, grey") << text("vgg") << text("fp") << 64 << 1 << false;
        QTest::newRow("vgg 128, moving skips") << text("vgg") << text("lp") << 128 << 3 << true;
    }
    void thePlanEqualsTheModules()
    {
        QFETCH(QString, backbone);
        QFETCH(QString, variant);
        QFETCH(int, size);
        QFETCH(int, channels);
        QFETCH(bool, lastFrameSkip);
        Options options = tiny(variant.toUtf8().constData());
        options.backbone = backbone.toStdString();
        options.imageSize = size;
        options.channels = channels;
        options.baseChannels = 5;
        options.lastFrameSkip = lastFrameSkip;
        SvgSystem system(options);
        test::enliven(system);
        if (options.backbone == "vgg") {  // nine taps and many layers: without this rounding grows a hundredfold on its way
            const torch::NoGradGuard noGrad;
            for (const NamedNetwork& network : system.networks())
                for (const auto& buffer : network.module->named_buffers())
                    if (buffer.key().ends_with("running_var")) buffer.value().mul_(4);
        }
        ControlTensors values = controls(options, 2, 7);
        values["past"] = torch::rand({2, 3, options.past, size, size}) * 2 - 1;
        const auto plan = system.makePlan(PlanPrecision::Float32);
        const double first = test::difference(system, *plan, values, 7).largest;
        QVERIFY2(first <= 1e-5, qPrintable(QString::number(first)));
        values["past"] = torch::rand({2, 3, options.past, size, size}) * 2 - 1;
        values["past_codes"].fill_(1);
        values["temperature"].fill_(2);
        QVERIFY(test::difference(system, *plan, values, 7, 3).largest <= 1e-5);
        if (bfloat16IsQuick(torch::kCPU)) QVERIFY(test::difference(system, *system.makePlan(PlanPrecision::BFloat16), values, 7, 3).mean <= 2e-2);
        // statistics of the clips at hand cannot be prepared: the networks themselves
        values["bn_mode"].fill_(1);
        QVERIFY(torch::equal(system.generate(values, 7, 3), plan->generate(values, 7, 3)));
        QVERIFY_EXCEPTION_THROWN(plan->generate(values, 8, 3), Error);
        values["bn_mode"].fill_(0);
        at::set_num_threads(3);
        QVERIFY(test::difference(system, *plan, values, 7, 3).largest <= 1e-5);
        at::set_num_threads(1);
        ControlTensors small = values, none = values;
        small["past"] = torch::rand({2, 3, options.past, size / 2, size / 2});
        QVERIFY_EXCEPTION_THROWN(plan->generate(small, 7, 3), Error);
        for (auto& [id, value] : none) value = value.slice(0, 0, 0);
        QVERIFY_EXCEPTION_THROWN(plan->generate(none, 7, 3), Error);
    }
};

QTEST_APPLESS_MAIN(TestSvg)
#include "tst_svg.moc"
