#include <torch/torch.h>

#include <QTemporaryDir>
#include <QtTest>
#include <set>

#include "core/nn/init.h"
#include "core/system/checkpoint.h"
#include "core/system/pth_reader.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "models/blocks/replay.h"
#include "models/catalogue.h"
#include "models/g3an/g3an_system.h"

using namespace kinora;
using namespace kinora::g3an;

namespace {

GeneratorOptions tiny(const std::string& mode, bool attention)
{
    GeneratorOptions options;
    options.appearanceDim = 5;
    options.motionDim = 3;
    options.baseChannels = 2;
    options.mode = factorizationFromName(mode);
    options.useAttention = attention;
    return options;
}

torch::Tensor appearance(const GeneratorOptions& options, int64_t clips) { return torch::randn({clips, options.appearanceDim, 1, 1, 1}); }
torch::Tensor motion(const GeneratorOptions& options, int64_t clips, int64_t steps) { return torch::randn({clips, options.motionDim, steps, 1, 1}); }

void setGammas(Generator& generator, float value)
{
    torch::NoGradGuard noGrad;
    for (const auto& parameter : generator->named_parameters())
        if (parameter.key().ends_with("gamma")) parameter.value().fill_(value);
}

/// Batch norm statistics as after some training, so that eval mode does something.
void warmUp(Generator& generator)
{
    torch::NoGradGuard noGrad;
    generator->train();
    for (int i = 0; i < 3; ++i) generator->forward(appearance(generator->options(), 4), motion(generator->options(), 4, 1));
    generator->eval();
}

double difference(const torch::Tensor& a, const torch::Tensor& b) { return (a - b).abs().max().item<double>(); }

std::map<std::string, torch::Tensor> snapshot(const torch::nn::Module& module)
{
    std::map<std::string, torch::Tensor> copy;
    for (const auto& [name, tensor] : nn::stateDict(module)) copy[name] = tensor.detach().clone();
    return copy;
}

Options tinySystem()
{
    Options options;
    options.baseChannels = 2;
    options.appearanceDim = 6;
    options.motionDim = 4;
    return options;
}

// recorded from the authors' program; the two renditions from the same layers written anew in PyTorch, for the modes that it does not cover
const char* kCases[] = {"g3an_gen_1p2d", "g3an_gen_1p2d_attn", "g3an_gen_2p1d_rendition", "g3an_gen_3d_rendition", "g3an_fsa", "g3an_disc", "g3an_step", "g3an_official_expected"};

safetensors::File recorded(const std::string& name) { return safetensors::File(std::string(KINORA_TEST_DATA "/") + name + ".safetensors"); }

/// A recorded case with some tensors and header texts changed.
std::string altered(const std::string& name, const std::function<void(std::map<std::string, torch::Tensor>&, std::map<std::string, std::string>&)>& change)
{
    const safetensors::File file = recorded(name);
    std::map<std::string, torch::Tensor> tensors;
    for (const auto& [key, view] : file.tensors()) tensors[key] = toTensor(view);
    std::map<std::string, std::string> metadata = file.metadata();
    change(tensors, metadata);
    std::map<std::string, safetensors::TensorSource> sources;
    for (auto& [key, tensor] : tensors) {
        tensor = tensor.contiguous();
        sources[key] = toSource(tensor);
    }
    return safetensors::serialize(sources, metadata);
}

std::vector<ParityLine> replayBytes(const std::string& bytes) { return replayParity(safetensors::File(std::as_bytes(std::span(bytes)), "altered"), -1); }

std::set<std::string> failures(const std::vector<ParityLine>& lines)
{
    std::set<std::string> names;
    for (const ParityLine& line : lines)
        if (!line.passed) names.insert(line.name);
    return names;
}
}  // namespace

class TestG3an final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { at::set_num_threads(1); }  // tiny networks: threads that wait for each other cost more than they save
    void init() { torch::manual_seed(0); }

    void matchesTheRecordings_data()
    {
        QTest::addColumn<QString>("name");
        for (const char* name : kCases) QTest::newRow(name) << QString(name);
    }
    void matchesTheRecordings()
    {
        QFETCH(QString, name);
        const safetensors::File file = recorded(name.toStdString());
        const std::vector<ParityLine> lines = findSystem(catalogue(), "g3an").parity(file, -1);
        QVERIFY(!lines.empty());
        for (const ParityLine& line : lines) QVERIFY2(line.passed, (line.name + ": " + std::to_string(line.maxAbsolute) + " " + std::to_string(line.maxRelative) + " " + line.note).c_str());
        // every recorded output has its line
        std::set<std::string> named;
        for (const ParityLine& line : lines) named.insert(line.name.substr(line.name.rfind(' ') + 1));
        for (const auto& [key, view] : file.tensors())
            if (!key.starts_with("param/") && !key.starts_with("in/") && !key.starts_with("step/in/")) QVERIFY2(named.contains(key), key.c_str());
    }

    void aWrongNumberIsNoticed()
    {
        const std::string bytes = altered("g3an_gen_1p2d", [](auto& tensors, auto&) {
            tensors["out/block2/hv_s"] += 1e-3;
            tensors["train/after/G/block3.conv_s.0.weight_u"][0] += 1e-2;
            tensors["out/something_new"] = torch::zeros({1});
            tensors["out/block9/hs"] = torch::zeros({1});
            tensors["train/out/video_s7"] = tensors["train/out/video_s7"].slice(-1, 0, 5);
        });
        const std::set<std::string> expected = {"out/block2/hv_s", "train/after/G/block3.conv_s.0.weight_u", "out/something_new", "out/block9/hs", "train/out/video_s7"};
        QCOMPARE(failures(replayBytes(bytes)), expected);
    }

    void aWrongStepIsNoticed()
    {
        const std::string bytes = altered("g3an_step", [](auto& tensors, auto&) {
            tensors["step/loss/D_vid"] += 1e-4;
            tensors["step/grad/VD/net.4.weight_orig"] *= 1.01;
            tensors["step/after/G/block4.conv_v.0.weight_orig"] += 1e-4;   // within two learning rates, but everywhere
            tensors["step/after/ID/net.0.bias"][0] += 1e-2;                // beyond
            tensors["step/after/G/block1.conv_s.1.num_batches_tracked"] += 1;
        });
        std::set<std::string> expected = {"step/loss/D_vid", "step/grad/VD/net.4.weight_orig", "step/after/G/block4.conv_v.0.weight_orig", "step/after/ID/net.0.bias",
                                          "step/after/G/block1.conv_s.1.num_batches_tracked", "step/after/ID (all parameters)"};
        std::set<std::string> found = failures(replayBytes(bytes));
        found.erase("step/after/G (all parameters)");
        QCOMPARE(found, expected);
    }

    void recordedStridesComeFromTheHeader()
    {
        // another recording may sample differently: the rule in its header counts
        const std::string bytes = altered("g3an_gen_1p2d", [](auto& tensors, auto& metadata) {
            tensors["out/block1/hv_s"] = tensors["out/block1/hv"].slice(0, 0, 1).slice(1, 0, {}, 5).slice(4, 1, {}, 2);
            tensors.erase("out/block1/hv");
            tensors["out/block2/hs"] = tensors["out/block2/hs"].slice(3, 0, {}, 4);
            metadata["subsample"] += "; block1/hv_s = hv[:1, ::5, :, :, 1::2]; block2/hs = hs[..., ::4, :]";
        });
        QCOMPARE(failures(replayBytes(bytes)), std::set<std::string>());
    }

    void aCaseThatContradictsItselfIsAnError()
    {
        QVERIFY_EXCEPTION_THROWN(replayBytes(altered("g3an_gen_1p2d", [](auto&, auto& metadata) { metadata["config"] = R"({"c_a": 16, "c_m": 6, "ch": 4, "mode": "1p2d", "use_attention": false})"; })), Error);
        QVERIFY_EXCEPTION_THROWN(replayBytes(altered("g3an_gen_1p2d", [](auto&, auto& metadata) { metadata["config"] = "{}"; })), Error);
        QVERIFY_EXCEPTION_THROWN(replayBytes(altered("g3an_gen_1p2d", [](auto&, auto& metadata) { metadata["config"] = "[[["; })), Error);
        QVERIFY_EXCEPTION_THROWN(replayBytes(altered("g3an_gen_1p2d", [](auto& tensors, auto&) { tensors.erase("in/za"); })), Error);
        QVERIFY_EXCEPTION_THROWN(replayBytes(altered("g3an_gen_1p2d", [](auto& tensors, auto&) { tensors.erase("param/G/to_rgb.0.bias"); })), Error);
    }

    void officialCasesNeedTheirCheckpoint()
    {
        QTemporaryDir folder;
        const std::string path = folder.filePath("case.safetensors").toStdString();
        writeFile(path, readFile(KINORA_TEST_DATA "/g3an_official_expected.safetensors"));
        try {
            replayParity(safetensors::File(path), -1);
            QFAIL("no error");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::NotFound);
            QVERIFY(error.detail().find("g3an_official_zip.pth") != std::string::npos);
        }
        // one of the two: compared, and the other reported
        writeFile(folder.filePath("g3an_official_legacy.pth").toStdString(), readFile(KINORA_TEST_DATA "/g3an_official_legacy.pth"));
        QCOMPARE(failures(replayParity(safetensors::File(path), -1)), std::set<std::string>{"g3an_official_zip.pth"});
    }

    void clipLengthFollowsTheMotionCode_data()
    {
        QTest::addColumn<QString>("mode");
        QTest::addColumn<bool>("attention");
        for (const char* mode : {"1p2d", "2p1d", "3d"})
            for (const bool attention : {false, true}) QTest::addRow("%s%s", mode, attention ? " with attention" : "") << QString(mode) << attention;
    }
    void clipLengthFollowsTheMotionCode()
    {
        QFETCH(QString, mode);
        QFETCH(bool, attention);
        torch::NoGradGuard noGrad;
        Generator generator(tiny(mode.toStdString(), attention));
        generator->eval();
        for (int64_t steps = 1; steps <= 9; ++steps) {
            const torch::Tensor video = generator->forward(appearance(generator->options(), 1), motion(generator->options(), 1, steps));
            QCOMPARE(video.sizes(), torch::IntArrayRef({1, 3, 12 + 4 * steps, 64, 64}));
            QVERIFY(video.abs().max().item<float>() <= 1);
        }
    }

    void parameterCountsAreTheAuthors_data()
    {
        QTest::addColumn<QString>("mode");
        QTest::addColumn<bool>("attention");
        QTest::addColumn<qint64>("parameters");
        QTest::addColumn<int>("entries");
        QTest::newRow("1p2d") << "1p2d" << false << qint64(22'925'955) << 182;
        QTest::newRow("2p1d") << "2p1d" << false << qint64(27'054'723) << 182;
        QTest::newRow("3d") << "3d" << false << qint64(65'810'755) << 137;
        QTest::newRow("1p2d with attention") << "1p2d" << true << qint64(23'090'437) << 208;
        QTest::newRow("2p1d with attention") << "2p1d" << true << qint64(27'219'205) << 208;
        QTest::newRow("3d with attention") << "3d" << true << qint64(65'975'237) << 163;
    }
    void parameterCountsAreTheAuthors()
    {
        QFETCH(QString, mode);
        QFETCH(bool, attention);
        QFETCH(qint64, parameters);
        QFETCH(int, entries);
        GeneratorOptions options;
        options.mode = factorizationFromName(mode.toStdString());
        options.useAttention = attention;
        Generator generator(options);
        QCOMPARE(qint64(nn::parameterCount(*generator)), parameters);
        QCOMPARE(int(nn::stateDict(*generator).size()), entries);
    }

    void discriminatorCountsAreTheAuthors()
    {
        QCOMPARE(nn::parameterCount(*VideoDiscriminator(64, VideoDiscriminatorImpl::Kind::Factorized)), int64_t(8'347'009));
        QCOMPARE(nn::parameterCount(*VideoDiscriminator(64, VideoDiscriminatorImpl::Kind::Full)), int64_t(11'031'489));
        ImageDiscriminator image(64);
        QCOMPARE(nn::parameterCount(*image), int64_t(2'764'737));
        QCOMPARE(nn::stateDict(*image).size(), std::size_t(20));
    }

    void namesAndOrderAreThoseOfTheCheckpoints()
    {
        const auto official = pth::flatten(pth::read(KINORA_TEST_DATA "/g3an_official_zip.pth"), "official");
        GeneratorOptions options;
        options.baseChannels = 4;
        const auto own = nn::stateDict(*Generator(options));
        QCOMPARE(own.size(), official.size());
        for (std::size_t i = 0; i < own.size(); ++i) {
            QCOMPARE(own[i].first, official[i].first);
            QCOMPARE(own[i].second.sizes(), official[i].second.sizes());
        }
    }

    void officialCheckpointsImport_data()
    {
        QTest::addColumn<QString>("file");
        QTest::newRow("zip") << "g3an_official_zip.pth";
        QTest::newRow("legacy") << "g3an_official_legacy.pth";
    }
    void officialCheckpointsImport()
    {
        QFETCH(QString, file);
        const OfficialWeights weights = readOfficialWeights(std::string(KINORA_TEST_DATA "/") + file.toStdString());
        const ImportedWeights imported = findSystem(catalogue(), "g3an").importOfficial({weights});
        Options options;
        applyOptions(options, imported.options);
        QCOMPARE(options.baseChannels, int64_t(4));
        QCOMPARE(options.appearanceDim, int64_t(128));
        QCOMPARE(options.motionDim, int64_t(10));
        QCOMPARE(options.mode, std::string("1p2d"));
        QVERIFY(options.useAttention);
        QCOMPARE(imported.tensors.size(), std::size_t(208));
        QVERIFY(imported.tensors.contains("param/G/fsa.tsa.gamma"));
    }

    void importTellsWhatDoesNotFit()
    {
        OfficialWeights generator = readOfficialWeights(KINORA_TEST_DATA "/g3an_official_zip.pth");
        QVERIFY_EXCEPTION_THROWN(importOfficial({generator, generator}), Error);
        OfficialWeights discriminator{"VD.pth", {}};
        for (const auto& [name, tensor] : nn::stateDict(*VideoDiscriminator(4, VideoDiscriminatorImpl::Kind::Full))) discriminator.tensors[name] = tensor;
        QVERIFY_EXCEPTION_THROWN(importOfficial({discriminator}), Error);
        Options options;
        applyOptions(options, importOfficial({generator, discriminator}).options);
        QCOMPARE(options.videoDiscriminator, std::string("3d"));
        discriminator.tensors["net.0.weight_orig"] = torch::zeros({7, 3, 4, 4, 4});
        QVERIFY_EXCEPTION_THROWN(importOfficial({generator, discriminator}), Error);
        generator.tensors["block1.conv_v.0.weight_orig"] = torch::zeros({138, 32, 2, 2, 2});
        QVERIFY_EXCEPTION_THROWN(importOfficial({generator}), Error);
        QVERIFY_EXCEPTION_THROWN(importOfficial({OfficialWeights{"other.pth", {{"conv.weight", torch::zeros({1})}}}}), Error);
    }

    void streamsKeepAppearanceAndMotionApart_data() { clipLengthFollowsTheMotionCode_data(); }
    void streamsKeepAppearanceAndMotionApart()
    {
        QFETCH(QString, mode);
        QFETCH(bool, attention);
        torch::NoGradGuard noGrad;
        Generator generator(tiny(mode.toStdString(), attention));
        setGammas(generator, 0.5);
        warmUp(generator);
        const torch::Tensor za = appearance(generator->options(), 2), zm = motion(generator->options(), 2, 2);
        GeneratorTrace first, otherMotion, otherAppearance;
        const torch::Tensor video = generator->forward(za, zm, &first);
        const torch::Tensor byMotion = generator->forward(za, motion(generator->options(), 2, 2), &otherMotion);
        const torch::Tensor byAppearance = generator->forward(appearance(generator->options(), 2), zm, &otherAppearance);
        QCOMPARE(first.blocks.size(), std::size_t(5));
        for (std::size_t i = 0; i < 5; ++i) {
            QVERIFY(torch::equal(first.blocks[i].spatial, otherMotion.blocks[i].spatial));
            QVERIFY(torch::equal(first.blocks[i].temporal, otherAppearance.blocks[i].temporal));
        }
        QVERIFY(!torch::equal(first.blocks[0].temporal, otherMotion.blocks[0].temporal));
        QVERIFY(!torch::equal(first.blocks[0].spatial, otherAppearance.blocks[0].spatial));
        QVERIFY(difference(video, byMotion) > 0 && difference(video, byAppearance) > 0);
    }

    void evaluationIsPureAndPerClip()
    {
        torch::NoGradGuard noGrad;
        Generator generator(tiny("1p2d", true));
        setGammas(generator, 0.7f);
        warmUp(generator);
        const auto before = snapshot(*generator);
        const torch::Tensor za = appearance(generator->options(), 3), zm = motion(generator->options(), 3, 1);
        const torch::Tensor all = generator->forward(za, zm);
        QVERIFY(torch::equal(all, generator->forward(za, zm)));
        for (int64_t i = 0; i < 3; ++i) QVERIFY(difference(all.narrow(0, i, 1), generator->forward(za.narrow(0, i, 1), zm.narrow(0, i, 1))) <= 1e-5);
        for (const auto& [name, value] : snapshot(*generator)) QVERIFY2(torch::equal(value, before.at(name)), name.c_str());
    }

    void aStepAdvancesSpectralNormOnceInGAndThreeTimesInD()
    {
        G3anSystem system(tinySystem());
        system.train(true);
        Networks& parts = system.parts();
        const auto g = snapshot(*parts.g), vd = snapshot(*parts.vd), id = snapshot(*parts.id);
        Batch batch;
        batch.clips = torch::rand({3, 3, 16, 64, 64}) * 2 - 1;

        // power iterations of the last layers by hand; the discriminators' weight changes after the second
        const auto advance = [](torch::Tensor& u, const torch::Tensor& weight, int64_t out) {
            const torch::Tensor rows = (out == 0 ? weight : weight.transpose(0, 1)).reshape({u.size(0), -1});
            const torch::Tensor v = rows.t().mv(u);
            u = rows.mv(v / v.norm());
            u = u / u.norm();
        };
        system.trainStep(batch, 1);
        torch::NoGradGuard noGrad;
        torch::Tensor u = g.at("block3.conv_s.0.weight_u");
        advance(u, g.at("block3.conv_s.0.weight_orig"), 1);
        QVERIFY(difference(u, snapshot(*parts.g).at("block3.conv_s.0.weight_u")) < 1e-5);
        const auto check = [&](const std::map<std::string, torch::Tensor>& before, const torch::nn::Module& module, const std::string& layer) {
            const auto after = snapshot(module);
            torch::Tensor u = before.at(layer + ".weight_u");
            advance(u, before.at(layer + ".weight_orig"), 0);
            advance(u, before.at(layer + ".weight_orig"), 0);
            advance(u, after.at(layer + ".weight_orig"), 0);
            return difference(u, after.at(layer + ".weight_u"));
        };
        QVERIFY(check(vd, *parts.vd, "net.4") < 1e-5);
        QVERIFY(check(id, *parts.id, "net.4") < 1e-5);
        for (const auto& [name, value] : snapshot(*parts.g))
            if (name.ends_with("num_batches_tracked")) QCOMPARE(value.item<int64_t>(), int64_t(1));
        // all three networks learned, and the generator's turn left the discriminators able to learn
        QVERIFY(!torch::equal(vd.at("net.0.bias"), snapshot(*parts.vd).at("net.0.bias")));
        QVERIFY(!torch::equal(id.at("net.0.bias"), snapshot(*parts.id).at("net.0.bias")));
        QVERIFY(!torch::equal(g.at("to_rgb.0.bias"), snapshot(*parts.g).at("to_rgb.0.bias")));
        for (const torch::Tensor& parameter : parts.vd->parameters()) QVERIFY(parameter.requires_grad());
    }

    void aStepIsReproducible()
    {
        Batch batch;
        batch.clips = torch::rand({2, 3, 16, 64, 64}) * 2 - 1;
        std::vector<std::vector<double>> runs;
        for (int run = 0; run < 2; ++run) {
            torch::manual_seed(7);
            G3anSystem system(tinySystem());
            system.train(true);
            runs.emplace_back();
            for (int step = 1; step <= 2; ++step)
                for (const auto& [tag, value] : system.trainStep(batch, step)) runs.back().push_back(value.item<double>());
        }
        QCOMPARE(runs[0].size(), std::size_t(20));
        QCOMPARE(runs[0], runs[1]);
        for (const double value : runs[0]) QVERIFY(std::isfinite(value));
    }

    void theFastStepIsThePlainOne_data()
    {
        QTest::addColumn<QString>("mode");
        QTest::addColumn<bool>("attention");
        QTest::addColumn<QString>("discriminator");
        QTest::addColumn<int>("size");
        QTest::addColumn<int>("clips");
        QTest::newRow("1p2d") << "1p2d" << false << "2p1d" << 64 << 2;
        QTest::newRow("1p2d, attention") << "1p2d" << true << "2p1d" << 64 << 2;
        QTest::newRow("2p1d") << "2p1d" << false << "3d" << 64 << 2;
        QTest::newRow("3d") << "3d" << true << "3d" << 64 << 2;
        QTest::newRow("128 px") << "1p2d" << false << "2p1d" << 128 << 2;
        QTest::newRow("one clip") << "1p2d" << false << "2p1d" << 64 << 1;
        QTest::newRow("three clips") << "2p1d" << false << "2p1d" << 64 << 3;
    }
    /// Gradients, buffers and losses from the same state.
    void theFastStepIsThePlainOne()
    {
        QFETCH(QString, mode);
        QFETCH(bool, attention);
        QFETCH(QString, discriminator);
        QFETCH(int, size);
        QFETCH(int, clips);
        Options options = tinySystem();
        options.mode = mode.toStdString();
        options.useAttention = attention;
        options.videoDiscriminator = discriminator.toStdString();
        options.imageSize = size;
        Batch batch;
        batch.clips = torch::rand({clips, 3, 16, size, size}) * 2 - 1;
        struct Keeping final : UpdatePolicy {
            std::vector<torch::Tensor> all;
            void update(torch::optim::Optimizer& optimizer, const torch::Tensor& loss) override
            {
                optimizer.zero_grad();
                loss.backward();
                for (const torch::Tensor& parameter : optimizer.param_groups().front().params()) all.push_back(parameter.grad().defined() ? parameter.grad().clone() : torch::Tensor());
            }
        };
        std::vector<Keeping> kept(2);
        std::vector<std::map<std::string, torch::Tensor>> buffers(2);
        std::vector<StepScalars> scalars(2);
        for (const Formulation formulation : {Formulation::Plain, Formulation::Fast}) {
            const auto i = static_cast<std::size_t>(formulation == Formulation::Fast);
            torch::manual_seed(3);
            G3anSystem system(options);
            if (attention) setGammas(system.parts().g, 0.5F);
            system.train(true);
            system.setFormulation(formulation);
            system.setUpdatePolicy(&kept[i]);
            scalars[i] = system.trainStep(batch, 1);
            for (const NamedNetwork& network : system.networks())
                for (const auto& item : network.module->named_buffers()) buffers[i][network.name + "/" + item.key()] = item.value().clone();
        }
        for (std::size_t i = 0; i < scalars[0].size(); ++i) QVERIFY2(difference(scalars[0][i].second, scalars[1][i].second) < 1e-5, scalars[0][i].first.c_str());
        for (const auto& [name, value] : buffers[0]) QVERIFY2(difference(value.to(torch::kFloat64), buffers[1].at(name).to(torch::kFloat64)) < 1e-4, name.c_str());
        QCOMPARE(kept[0].all.size(), kept[1].all.size());
        double apart = 0, length = 0;
        for (std::size_t i = 0; i < kept[0].all.size(); ++i) {
            QCOMPARE(kept[0].all[i].defined(), kept[1].all[i].defined());
            apart += (kept[0].all[i] - kept[1].all[i]).square().sum().item<double>();
            length += kept[0].all[i].square().sum().item<double>();
        }
        QVERIFY2(std::sqrt(apart / length) < 1e-4, qPrintable(QString::number(std::sqrt(apart / length))));
    }

    /// Both lie within the rounding of float32 from what float64 gives.
    void bothStepsAreNearToFloat64()
    {
        struct Keeping final : UpdatePolicy {
            std::vector<torch::Tensor> all;
            void update(torch::optim::Optimizer& optimizer, const torch::Tensor& loss) override
            {
                optimizer.zero_grad();
                loss.backward();
                for (const torch::Tensor& parameter : optimizer.param_groups().front().params()) all.push_back(parameter.grad().to(torch::kFloat64, /*non_blocking=*/false, /*copy=*/true));
            }
        };
        Batch batch;
        batch.clips = torch::rand({2, 3, 16, 64, 64}) * 2 - 1;
        const auto gradientsOf = [&](Formulation formulation, torch::ScalarType type) {
            torch::manual_seed(3);
            G3anSystem system(tinySystem());
            for (NamedNetwork& network : system.networks()) network.module->to(type);
            system.train(true);
            system.setFormulation(formulation);
            Keeping kept;
            system.setUpdatePolicy(&kept);
            Batch given;
            given.clips = batch.clips.to(type);
            system.trainStep(given, 1);
            system.setUpdatePolicy(nullptr);
            return kept.all;
        };
        const auto truth = gradientsOf(Formulation::Plain, torch::kFloat64), plain = gradientsOf(Formulation::Plain, torch::kFloat32), fast = gradientsOf(Formulation::Fast, torch::kFloat32);
        const auto from = [&](const std::vector<torch::Tensor>& values) {
            double apart = 0, length = 0;
            for (std::size_t i = 0; i < truth.size(); ++i) {
                apart += (values[i] - truth[i]).square().sum().item<double>();
                length += truth[i].square().sum().item<double>();
            }
            return std::sqrt(apart / length);
        };
        const QString figures = QString("plain %1, fast %2").arg(from(plain)).arg(from(fast));
        QVERIFY2(from(plain) > 0 && from(plain) < 1e-5, qPrintable(figures));
        QVERIFY2(from(fast) < 1e-5, qPrintable(figures));
    }

    void gradientsReachEveryParameter_data()
    {
        QTest::addColumn<float>("gamma");
        QTest::newRow("gammas moved") << 0.5f;
        QTest::newRow("gammas zero") << 0.0f;
    }
    void gradientsReachEveryParameter()
    {
        QFETCH(float, gamma);
        GeneratorOptions options = tiny("1p2d", true);
        Generator generator(options);
        setGammas(generator, gamma);
        generator->train();
        const torch::Tensor video = generator->forward(appearance(options, 4), motion(options, 4, 1));
        (video * torch::randn_like(video)).sum().backward();
        std::set<std::string> zero;
        for (const auto& parameter : generator->named_parameters()) {
            const std::string& name = parameter.key();
            const bool beforeNorm = name.starts_with("block") && name.ends_with(".bias") && (name.find(".0.") != std::string::npos || name.find(".3.") != std::string::npos);
            if (beforeNorm || (gamma != 0 && name.ends_with("k_conv.bias"))) continue;  // the true gradient is zero, what arrives is rounding
            QVERIFY2(parameter.value().grad().defined(), name.c_str());
            if (parameter.value().grad().abs().max().item<float>() == 0) zero.insert(name);
        }
        std::set<std::string> expected;
        if (gamma == 0)
            for (const char* module : {"tsa", "ssa"})
                for (const char* layer : {"q_conv", "k_conv", "v_conv"})
                    for (const char* tensor : {"bias", "weight_orig"}) expected.insert(std::string("fsa.") + module + "." + layer + "." + tensor);
        QCOMPARE(zero, expected);
    }

    void attentionStartsAsTheIdentity()
    {
        torch::NoGradGuard noGrad;
        Generator with(tiny("1p2d", true)), without(tiny("1p2d", false));
        std::map<std::string, torch::Tensor> values = snapshot(*with);
        for (auto& [name, value] : nn::stateDict(*without)) value.copy_(values.at(name));
        with->eval();
        without->eval();
        const torch::Tensor za = appearance(with->options(), 2), zm = motion(with->options(), 2, 3);
        QVERIFY(torch::equal(with->forward(za, zm), without->forward(za, zm)));
    }

    void attentionLayoutsDiffer()
    {
        torch::NoGradGuard noGrad;
        for (const auto axis : {SelfAttentionImpl::Axis::Time, SelfAttentionImpl::Axis::Space}) {
            SelfAttention aligned(16, axis, AttentionLayout::Aligned), official(16, axis, AttentionLayout::Official);
            const torch::Tensor x = torch::randn({2, 16, 5, 3, 4});
            for (int i = 0; i < 20; ++i) aligned->forward(x);  // spectral norms settle
            std::map<std::string, torch::Tensor> values = snapshot(*aligned);
            for (auto& [name, value] : nn::stateDict(*official)) value.copy_(values.at(name));
            aligned->gamma.fill_(1);
            official->gamma.fill_(1);
            aligned->eval();
            official->eval();
            QVERIFY(difference(aligned->forward(x), official->forward(x)) > 1e-4);

            // aligned attention by its definition: the mean of v under softmax(q k), at its own place
            const auto project = [&](const std::string& name) {
                const torch::Tensor w = values.at(name + ".weight_orig").flatten(1), u = values.at(name + ".weight_u"), v = values.at(name + ".weight_v");
                return torch::einsum("oc,ncthw->nothw", {w / torch::dot(u, w.mv(v)), x}) + values.at(name + ".bias").view({1, -1, 1, 1, 1});
            };
            const torch::Tensor q = project("q_conv"), k = project("k_conv"), v = project("v_conv");
            const bool time = axis == SelfAttentionImpl::Axis::Time;
            const torch::Tensor scores = time ? torch::einsum("ncthw,ncshw->nhwts", {q, k}) : torch::einsum("nctp,nctr->ntpr", {q.flatten(3), k.flatten(3)});
            const torch::Tensor weights = torch::softmax(scores, -1);
            const torch::Tensor o = time ? torch::einsum("nhwts,ncshw->ncthw", {weights, v}) : torch::einsum("ntpr,nctr->nctp", {weights, v.flatten(3)}).view(x.sizes());
            QVERIFY(difference(aligned->forward(x), o + x) < 1e-5);

            // official: the same numbers in another order
            const torch::Tensor a = std::get<0>((aligned->forward(x) - x).flatten().sort()), b = std::get<0>((official->forward(x) - x).flatten().sort());
            QVERIFY(difference(a, b) < 1e-5);
        }
    }

    void aMotionStepReachesItsFramesAlone()
    {
        torch::NoGradGuard noGrad;
        Generator generator(tiny("1p2d", false));
        warmUp(generator);
        const int64_t steps = 7;
        const torch::Tensor za = appearance(generator->options(), 1), zm = motion(generator->options(), 1, steps);
        const torch::Tensor video = generator->forward(za, zm);
        for (int64_t j = 0; j < steps; ++j) {
            torch::Tensor moved = zm.clone();
            moved.select(2, j) += 1;
            const torch::Tensor changed = (generator->forward(za, moved) - video).abs().amax({0, 1, 3, 4});
            for (int64_t t = 0; t < changed.size(0); ++t) {
                const bool reached = t >= 4 * j - 3 && t <= 4 * j + 18;
                QCOMPARE(changed[t].item<float>() != 0, reached);
            }
        }
    }

    void largerClips()
    {
        torch::NoGradGuard noGrad;
        GeneratorOptions options = tiny("1p2d", true);
        options.imageSize = 128;
        Generator generator(options);
        const torch::Tensor video = generator->forward(appearance(options, 2), motion(options, 2, 1));
        QCOMPARE(video.sizes(), torch::IntArrayRef({2, 3, 16, 128, 128}));
        for (const auto kind : {VideoDiscriminatorImpl::Kind::Factorized, VideoDiscriminatorImpl::Kind::Full})
            QCOMPARE(VideoDiscriminator(2, kind, 128)->forward(video).sizes(), torch::IntArrayRef({2}));
        QCOMPARE(ImageDiscriminator(2, 128)->forward(video.select(2, 0)).sizes(), torch::IntArrayRef({2}));
        QVERIFY(nn::stateDict(*generator).back().second.size(0) == 3);
    }

    void discriminatorLogits()
    {
        torch::NoGradGuard noGrad;
        VideoDiscriminator video(2, VideoDiscriminatorImpl::Kind::Factorized);
        QCOMPARE(video->forward(torch::zeros({1, 3, 16, 64, 64})).sizes(), torch::IntArrayRef({1}));
        QCOMPARE(video->forward(torch::zeros({2, 3, 20, 64, 64})).sizes(), torch::IntArrayRef({2, 1, 5}));
    }

    void refusesACodeOfTheWrongSize()
    {
        const GeneratorOptions options = tiny("1p2d", false);
        Generator generator(options);
        QVERIFY_EXCEPTION_THROWN(generator->forward(torch::zeros({1, 4, 1, 1, 1}), motion(options, 1, 1)), Error);
        QVERIFY_EXCEPTION_THROWN(generator->forward(appearance(options, 1), torch::zeros({1, 3})), Error);
        QVERIFY_EXCEPTION_THROWN(generator->forward(appearance(options, 2), motion(options, 1, 1)), Error);
        Options bad;
        bad.imageSize = 96;
        QVERIFY_EXCEPTION_THROWN(G3anSystem{bad}, Error);
        bad = {};
        bad.frameSteps = "2,x";
        QVERIFY_EXCEPTION_THROWN(G3anSystem{bad}, Error);
        QVERIFY_EXCEPTION_THROWN(findSystem(catalogue(), "g3an").create({{"base_chanels", int64_t(2)}}), Error);
    }

    void describesItself()
    {
        const SystemEntry& entry = findSystem(catalogue(), "g3an");
        const auto system = entry.create(optionValues(tinySystem()));
        const SystemDescription d = system->describe();
        QCOMPARE(d.controls.size(), std::size_t(2));
        QCOMPARE(d.controls[0].size, 6);
        QCOMPARE(d.controls[1].size, 4);
        QCOMPARE(d.controls[1].steps.stepsFor(16), 1);
        QCOMPARE(d.controls[1].steps.stepsFor(48), 9);
        QVERIFY(d.length.allows(20) && !d.length.allows(18) && !d.length.allows(52));
        std::vector<std::string> names;
        for (const NamedNetwork& network : system->networks()) names.push_back(network.name);
        QCOMPARE(names, d.networks);
        QVERIFY(!d.summary.empty() && !d.reference.empty());
        for (const OptionField& field : d.options) QVERIFY2(!field.help.empty(), field.key.c_str());
        for (const Control& control : d.controls) QVERIFY(!control.help.empty() && !control.name.empty());
        for (const OptionPreset& preset : d.presets) {
            Options options;
            applyOptions(options, preset.values);  // throws for a key or value that does not exist
        }
        Batch batch;
        batch.clips = torch::zeros({2, 3, 16, 64, 64});
        std::vector<std::string> tags;
        for (const auto& [tag, value] : system->trainStep(batch, 1)) tags.push_back(tag);
        QCOMPARE(tags, d.scalars);
    }

    void generatesFromControls()
    {
        G3anSystem system(tinySystem());
        system.train(true);
        const torch::Tensor za = torch::randn({2, 6}), zm = torch::randn({2, 4, 2});
        const torch::Tensor clips = system.generate({{"za", za}, {"zm", zm}}, 20, 0);
        QCOMPARE(clips.sizes(), torch::IntArrayRef({2, 3, 20, 64, 64}));
        QVERIFY(!clips.requires_grad());
        QVERIFY(system.parts().g->is_training());  // sampling while training leaves the mode
        QVERIFY(torch::equal(clips, system.generate({{"za", za}, {"zm", zm}}, 20, 1)));
        QVERIFY_EXCEPTION_THROWN(system.generate({{"za", za}, {"zm", zm}}, 16, 0), Error);
        QVERIFY_EXCEPTION_THROWN(system.generate({{"za", za}}, 16, 0), Error);
        QCOMPARE(system.controlFeatures("za", za).sizes(), torch::IntArrayRef({2, 16 * 16}));
        QCOMPARE(system.controlFeatures("zm", zm).sizes(), torch::IntArrayRef({2, 16 * 5}));
        QVERIFY(!system.controlFeatures("other", za).defined());
    }

    void trainingLowersTheDiscriminatorsLoss()
    {
        // clips of one grey against a fresh generator: the discriminators must learn within a few steps
        Options options = tinySystem();
        options.learningRateD = 2e-3;
        G3anSystem system(options);
        system.train(true);
        Batch batch;
        batch.clips = torch::full({4, 3, 16, 64, 64}, 0.8);
        double first = 0, last = 0;
        for (int step = 1; step <= 12; ++step) {
            const StepScalars scalars = system.trainStep(batch, step);
            const double loss = scalars[2].second.item<double>() + scalars[3].second.item<double>();
            if (step == 1) first = loss;
            last = loss;
        }
        QVERIFY2(last < first - 0.05, (std::to_string(first) + " to " + std::to_string(last)).c_str());
    }
};

QTEST_APPLESS_MAIN(TestG3an)
#include "tst_g3an.moc"
