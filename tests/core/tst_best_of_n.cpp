// Prediction of given frames: recorded PSNR and SSIM, and systems whose best continuation is known.
#include <torch/torch.h>

#include <QtTest>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/metrics/frame_similarity.h"
#include "core/metrics/metric.h"
#include "core/system/checkpoint.h"
#include "core/util/error.h"
#include "tests/support/test_clips.h"

using namespace kinora;
using kinora::test::TestClips;

namespace {
constexpr int kGiven = 2, kFrames = 8, kSize = 16;

/// Repeats the last given frame, brighter by 0.05 tanh(z) of the range [0, 1]; with a class, darker by 0.1 for another than the one that the picture shows.
class Repeater final : public System {
public:
    enum class Takes { Frames, Picture, Nothing };
    explicit Repeater(Takes takes = Takes::Frames, bool varied = true, bool broken = false) : m_takes(takes), m_varied(varied), m_broken(broken) {}
    SystemDescription describe() const override
    {
        SystemDescription d;
        d.id = "repeater", d.name = "Repeater";
        Control head{.id = "head", .role = ControlRole::Appearance, .kind = m_takes == Takes::Picture ? ControlKind::Image : ControlKind::Frames, .size = 3};
        head.count = m_takes == Takes::Picture ? 1 : kGiven;
        if (m_takes != Takes::Nothing) d.controls.push_back(head);
        d.controls.push_back({.id = "z", .role = ControlRole::Motion, .kind = ControlKind::GaussianVector, .size = 1});
        if (m_takes == Takes::Picture) d.controls.push_back({.id = "class", .role = ControlRole::Motion, .kind = ControlKind::Category, .size = 1, .categories = {"left", "right", "still"}});
        d.controls.push_back({.id = "strength", .role = ControlRole::Motion, .kind = ControlKind::GaussianVector, .size = 1, .mean = 1, .fixed = true, .low = 0, .high = 2});
        d.controls.push_back({.id = "mode", .role = ControlRole::Both, .kind = ControlKind::Category, .size = 1, .categories = {"running", "batch"}, .fixed = true});
        d.length = {kFrames, 3, 64, 1};
        d.width = d.height = kSize;
        return d;
    }
    OptionValues options() const override { return {}; }
    std::vector<NamedNetwork> networks() override { return {}; }
    std::vector<NamedOptimizer> optimizers() override { return {}; }
    BatchNeeds batchNeeds() const override { return {}; }
    StepScalars trainStep(const Batch&, int64_t) override { return {}; }
    torch::Tensor generate(const ControlTensors& controls, int frames, uint64_t) override
    {
        torch::Tensor head = controls.at("head");  // (N, 3, H, W) or (N, 3, count, H, W)
        if (head.dim() == 4) head = head.unsqueeze(2);
        given.push_back(head.clone());
        rows = std::max(rows, head.size(0));
        if (controls.at("mode").eq(1).any().item<bool>()) ++batchCalls;
        if (controls.contains("class")) classes.push_back(controls.at("class").item<int64_t>());
        const torch::Tensor shift = m_varied ? 2 * 0.05 * controls.at("strength") * torch::tanh(controls.at("z")) : torch::zeros({head.size(0), 1});
        torch::Tensor clip = head.slice(2, -1).expand({-1, 3, frames, -1, -1}) + shift.view({-1, 1, 1, 1, 1});
        clip = torch::cat({head, clip.slice(2, head.size(2))}, 2);
        if (m_broken) clip = clip / 0.0 - clip / 0.0;
        return clip;
    }
    std::vector<torch::Tensor> given;
    std::vector<int64_t> classes;
    int64_t rows = 0;
    int batchCalls = 0;

private:
    Takes m_takes;
    bool m_varied, m_broken;
};

/// Grey clips that do not move; clip i has the brightness 80 + 5 i, and frames numbered in their first pixel where asked for.
class GreyClips final : public ClipSource {
public:
    explicit GreyClips(int64_t count, int frames = kFrames, bool numbered = false) : m_count(count), m_frames(frames), m_numbered(numbered) {}
    std::string name() const override { return "test:grey"; }
    int64_t size() const override { return m_count; }
    ClipInfo info(int64_t index) const override
    {
        ClipInfo info;
        info.name = std::to_string(index), info.frames = m_frames, info.height = info.width = kSize;
        info.labels = {static_cast<float>(index % 3)};
        return info;
    }
    const std::vector<LabelColumn>& labelColumns() const override { return m_labels; }
    Frames frames(int64_t index, const FrameWindow& window = {}) const override
    {
        const FrameWindow wanted = resolved(window, m_frames);
        Frames clip(wanted.count, kSize, kSize);
        std::ranges::fill(clip.bytes(), static_cast<std::uint8_t>(80 + 5 * index));
        if (m_numbered)
            for (int t = 0; t < wanted.count; ++t) clip.bytes()[static_cast<std::size_t>(t) * clip.frameBytes()] = static_cast<std::uint8_t>(wanted.first + t * wanted.step);
        return clip;
    }

private:
    int64_t m_count;
    int m_frames;
    bool m_numbered;
    std::vector<LabelColumn> m_labels = {{"action", {"left", "right", "still"}, "motion"}};
};

MetricClips clipsOf(System& system, std::shared_ptr<const ClipSource> real, int frames = 0)
{
    MetricClips::Setup setup;
    setup.system = &system;
    setup.real = std::move(real);
    setup.seed = 7;
    setup.frames = frames;
    return MetricClips(setup);
}

MetricResult measured(System& system, std::shared_ptr<const ClipSource> real, OptionValues options, int frames = 0)
{
    MetricClips clips = clipsOf(system, std::move(real), frames);
    options.try_emplace("clips", int64_t(10));
    return makeMetric("best_of_n", options)->measure(clips);
}

ErrorCode codeOf(const std::function<void()>& call, const char* mentions = "")
{
    try {
        call();
    } catch (const Error& error) {
        if (std::string(error.what()).find(mentions) == std::string::npos) qWarning("%s", error.what());
        else return error.code();
    }
    return ErrorCode::Internal;
}
}  // namespace

class TestBestOfN final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { at::set_num_threads(1); }

    void recordedFrames()
    {
        const safetensors::File file(KINORA_TEST_DATA "/metrics_psnr_ssim.safetensors");
        const torch::Tensor truth = toTensor(file.at("in/gt")), samples = toTensor(file.at("in/pred"));  // (T, B, C, H, W), (S, T, B, C, H, W)
        const int64_t s = samples.size(0), t = truth.size(0), b = truth.size(1);
        const torch::Tensor x = truth.unsqueeze(0).expand_as(samples).flatten(0, 2), y = samples.flatten(0, 2);
        const auto scores = [&](const torch::Tensor& perFrame) { return perFrame.view({s, t, b}).permute({2, 0, 1}).contiguous(); };
        const auto differs = [&](const torch::Tensor& made, const char* name) { return (made - toTensor(file.at(name)).to(torch::kFloat64)).abs().max().item<double>(); };
        const torch::Tensor ssim = scores(structuralSimilarity(x, y, SsimVariant::Svg)), psnr = scores(peakSignalToNoise(x, y));
        QVERIFY(differs(ssim, "out/svg_ssim") < 1e-6);
        QVERIFY(differs(scores(structuralSimilarity(x, y, SsimVariant::Skimage)), "out/ssim_range1_uniform7") < 1e-6);
        QVERIFY(differs(scores(structuralSimilarity(x, y, SsimVariant::Wang)), "out/ssim_range1_gauss") < 1e-6);
        QVERIFY(differs(scores(structuralSimilarity(x, y, SsimVariant::Wang)), "out/finn_ssim") < 1e-6);
        QVERIFY(differs(psnr, "out/svg_psnr") < 1e-4);
        QVERIFY(differs(psnr, "out/finn_psnr") < 1e-4);
        QVERIFY(differs(scores(peakSignalToNoise(x, y, PsnrVariant::All)), "out/psnr_all_channels") < 1e-4);
        for (const auto& [name, all] : {std::pair<std::string, torch::Tensor>{"svg_ssim", ssim}, {"svg_psnr", psnr}}) {
            const std::string stem = "out/best_of_n/" + name;
            const torch::Tensor best = bestSamples(all), chosen = scoresOf(all, best);
            QVERIFY(torch::equal(best, toTensor(file.at(stem + "_index"))));
            QVERIFY(differs(chosen.mean(0), (stem + "_curve").c_str()) < 1e-4);
            QVERIFY(differs(chosen.mean().view({1}), (stem + "_score").c_str()) < 1e-4);
        }
    }

    void knownFrames()
    {
        const torch::Tensor a = torch::full({1, 3, 16, 16}, 0.5), b = a + 0.1;
        QVERIFY(std::abs(peakSignalToNoise(a, b).item<double>() - 20) < 1e-5);
        // one channel alone is wrong: the mean of the channels is infinite, over all there is a third of the square
        torch::Tensor c = a.clone();
        c.select(1, 0) += 0.1;
        QVERIFY(std::isinf(peakSignalToNoise(a, c).item<double>()));
        QVERIFY(std::abs(peakSignalToNoise(a, c, PsnrVariant::All).item<double>() - (20 + 10 * std::log10(3.0))) < 1e-5);
        torch::manual_seed(0);
        const torch::Tensor x = torch::rand({2, 3, 16, 16}), y = torch::rand({2, 3, 16, 16});
        for (const SsimVariant variant : {SsimVariant::Skimage, SsimVariant::Svg, SsimVariant::Wang}) {
            QVERIFY((structuralSimilarity(x, x, variant) - 1).abs().max().item<double>() < 1e-12);
            QVERIFY((structuralSimilarity(x, y, variant) - structuralSimilarity(y, x, variant)).abs().max().item<double>() < 1e-12);
        }
        QVERIFY((structuralSimilarity(x, y, SsimVariant::Svg) > structuralSimilarity(x, y)).all().item<bool>());
        QVERIFY(codeOf([] { structuralSimilarity(torch::zeros({1, 3, 6, 16}), torch::zeros({1, 3, 6, 16})); }, "window") == ErrorCode::ShapeMismatch);
        QVERIFY(codeOf([] { peakSignalToNoise(torch::zeros({1, 3, 8, 8}), torch::zeros({1, 3, 8, 9})); }) == ErrorCode::ShapeMismatch);
        // the first of equals
        QVERIFY(torch::equal(bestSamples(torch::tensor({{{1.0}, {3.0}, {3.0}}, {{2.0}, {1.0}, {0.0}}})), torch::tensor({1, 0}, torch::kInt64)));
    }

    void theBestOfKnownContinuations()
    {
        constexpr int64_t kClips = 10, kSamples = 5;
        Repeater system;
        const MetricResult result = measured(system, std::make_shared<GreyClips>(kClips), {{"samples", kSamples}});
        // a grey clip that stands still, continued brighter by 0.05 tanh(z): the codes are those of the documented seeds
        double best = 0, all = 0;
        for (int64_t i = 0; i < kClips; ++i) {
            double highest = 0;
            for (int64_t s = 0; s < kSamples; ++s) {
                ControlValues values;
                drawRole(system.describe().controls, ControlRole::Motion, 7 + static_cast<uint64_t>(s) * 1048576 + static_cast<uint64_t>(i), kFrames, values);
                const double decibels = -20 * std::log10(0.05 * std::abs(std::tanh(static_cast<double>(values.at("z").numbers[0]))));
                highest = std::max(highest, decibels);
                all += decibels / (kClips * kSamples);
            }
            best += highest / kClips;
        }
        QVERIFY2(std::abs(result.value() - best) < 0.01, qPrintable(QStringLiteral("%1 instead of %2").arg(result.value()).arg(best)));
        QVERIFY(std::abs(result.at("psnr_mean").value - all) < 0.01);
        QCOMPARE(result.at("psnr_still").value, 100.0);  // the last given frame repeated is the clip itself
        QVERIFY(std::abs(result.at("ssim_still").value - 1) < 1e-12);
        QVERIFY(result.at("best_of_n").interval && result.at("best_of_n").interval->first < best && result.at("best_of_n").interval->second > best);
        const nlohmann::json& curves = result.details.at("curves");
        QCOMPARE(curves.at("first_frame").get<int>(), kGiven);
        QCOMPARE(curves.at("psnr").size(), std::size_t(kFrames - kGiven));
        for (const nlohmann::json& value : curves.at("psnr")) QVERIFY(std::abs(value.get<double>() - best) < 0.01);  // every frame is as wrong as any other
        QCOMPARE(result.details.at("best_by_psnr").size(), std::size_t(kClips));
        QVERIFY(std::ranges::any_of(result.notes, [](const std::string& note) { return note.find("100 dB") != std::string::npos; }));
        QCOMPARE(result.protocol.at("frames").at("predicted").get<int>(), kFrames - kGiven);
        QCOMPARE(system.rows, int64_t(1));

        // more samples never lower the best, one sample is the mean, the same again is the same
        const auto real = std::make_shared<GreyClips>(kClips);
        const MetricResult more = measured(system, real, {{"samples", int64_t(9)}}), one = measured(system, real, {{"samples", int64_t(1)}}), again = measured(system, real, {{"samples", kSamples}});
        QVERIFY(more.value() > result.value());
        QCOMPARE(one.value(), one.at("psnr_mean").value);
        QCOMPARE(one.at("ssim").value, one.at("ssim_mean").value);
        QCOMPARE(again.value(), result.value());
        QCOMPARE(again.protocolHash(), result.protocolHash());
        QVERIFY(more.protocolHash() != result.protocolHash());
        // together they are the same clips; rounding to bytes is another measurement
        const MetricResult together = measured(system, real, {{"samples", kSamples}, {"batch", int64_t(4)}}), rounded = measured(system, real, {{"samples", kSamples}, {"eight_bit", true}});
        QCOMPARE(system.rows, int64_t(4));
        QVERIFY(std::abs(together.value() - result.value()) < 1e-9);
        QVERIFY(rounded.value() != result.value());
    }

    void settingsReachTheSystem()
    {
        Repeater system;
        const auto real = std::make_shared<GreyClips>(8);
        const double plain = measured(system, real, {{"samples", int64_t(3)}}).value();
        QCOMPARE(system.batchCalls, 0);
        // half the spread is 6.02 dB nearer
        const MetricResult calm = measured(system, real, {{"samples", int64_t(3)}, {"settings", std::string("strength=0.5, mode=batch")}});
        QVERIFY(std::abs(calm.value() - plain - 20 * std::log10(2.0)) < 0.02);
        QVERIFY(system.batchCalls > 0);
        for (const char* wrong : {"strenght=1", "strength=3", "strength=much", "mode=fast", "mode", "z=1"})
            QVERIFY2(codeOf([&] { measured(system, real, {{"settings", std::string(wrong)}}); }) != ErrorCode::Internal, wrong);
    }

    void moreFramesCanBeGivenThanASystemTakes()
    {
        Repeater system(Repeater::Takes::Frames, false);
        const MetricResult result = measured(system, std::make_shared<GreyClips>(4, 6, true), {{"samples", int64_t(1)}, {"given", int64_t(4)}}, 6);
        QCOMPARE(result.details.at("curves").at("first_frame").get<int>(), 4);
        QCOMPARE(result.details.at("curves").at("psnr").size(), std::size_t(2));
        for (const torch::Tensor& head : system.given) {
            QCOMPARE(head.size(2), int64_t(kGiven));
            for (int64_t t = 0; t < kGiven; ++t) QCOMPARE(static_cast<int>(std::lround((head[0][0][t][0][0].item<double>() + 1) * 127.5)), static_cast<int>(2 + t));  // frames 2 and 3
        }
    }

    void aPictureIsAnimatedWithItsOwnClass()
    {
        Repeater system(Repeater::Takes::Picture, false);
        const auto real = std::make_shared<GreyClips>(9);
        const MetricResult result = measured(system, real, {{"samples", int64_t(2)}, {"clips", int64_t(9)}});
        QCOMPARE(result.value(), 100.0);
        QCOMPARE(result.details.at("curves").at("first_frame").get<int>(), 1);
        // which clip was continued is seen from its brightness
        for (std::size_t i = 0; i < system.given.size(); ++i) {
            const int64_t clip = (std::lround((system.given[i].mean().item<double>() + 1) * 127.5) - 80) / 5;
            QCOMPARE(system.classes[i], clip % 3);
        }
        QCOMPARE(system.classes.size(), std::size_t(18));
    }

    void refuses()
    {
        Repeater system, none(Repeater::Takes::Nothing), broken(Repeater::Takes::Frames, true, true);
        const auto real = std::make_shared<GreyClips>(4);
        QVERIFY(codeOf([&] { measured(none, real, {}); }, "not given frames") == ErrorCode::Usage);
        QVERIFY(codeOf([&] { measured(system, real, {{"given", int64_t(1)}}); }, "takes 2 frames") == ErrorCode::Usage);
        QVERIFY(codeOf([&] { measured(system, real, {{"given", int64_t(8)}}); }, "no frame") == ErrorCode::Usage);
        QVERIFY(codeOf([&] { measured(system, real, {{"given", int64_t(7)}, {"samples", int64_t(1)}}); }) == ErrorCode::Internal);  // one predicted frame will do
        QVERIFY(codeOf([&] { measured(system, nullptr, {}); }, "dataset") == ErrorCode::Usage);
        QVERIFY(codeOf([&] { measured(broken, real, {}); }, "NaN") == ErrorCode::Numerical);
        MetricClips::Setup setup;
        setup.standIn = setup.real = real;
        MetricClips standIn(setup);
        QVERIFY(codeOf([&] { makeMetric("best_of_n")->measure(standIn); }, "checkpoint") == ErrorCode::Usage);
        std::stop_source stop;
        stop.request_stop();
        MetricClips clips = clipsOf(system, real);
        QVERIFY(codeOf([&] { makeMetric("best_of_n")->measure(clips, {stop.get_token(), {}}); }) == ErrorCode::Cancelled);
        const MetricResult few = measured(system, real, {{"samples", int64_t(1)}});
        QVERIFY(std::ranges::any_of(few.notes, [](const std::string& note) { return note.find("has 4 clips") != std::string::npos; }));
        QVERIFY(!few.at("best_of_n").interval);
    }
};

QTEST_APPLESS_MAIN(TestBestOfN)
#include "tst_best_of_n.moc"
