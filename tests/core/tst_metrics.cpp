// Metrics without a network: recorded cases of other libraries, clips whose answer is known, and a training that must not notice that it was measured.
#include <torch/torch.h>

#include <QtTest>
#include <nlohmann/json.hpp>

#include "core/loader/clip_loader.h"
#include "core/metrics/frechet.h"
#include "core/metrics/metric.h"
#include "core/metrics/pixel_metrics.h"
#include "core/metrics/swap_consistency.h"
#include "core/system/checkpoint.h"
#include "core/system/generation.h"
#include "core/training/metric_controls.h"
#include "core/util/error.h"
#include "core/util/random.h"
#include "tests/support/test_clips.h"
#include "tests/support/toy_systems.h"

using namespace kinora;
using kinora::test::TestClips;
using kinora::test::toyCatalogue;

namespace {
torch::Tensor recorded(const safetensors::File& file, const std::string& name) { return toTensor(file.at(name)); }
double number(const safetensors::File& file, const std::string& name) { return recorded(file, name).to(torch::kFloat64).item<double>(); }

Frames filled(int value, int frames = 4, int size = 8)
{
    Frames clip(frames, size, size);
    std::ranges::fill(clip.bytes(), static_cast<std::uint8_t>(value));
    return clip;
}

Frames noise(std::uint64_t seed, int frames = 4, int size = 8)
{
    Frames clip(frames, size, size);
    Random random(seed);
    for (std::uint8_t& byte : clip.bytes()) byte = static_cast<std::uint8_t>(random.below(256));
    return clip;
}

std::shared_ptr<TestClips> testClips(int64_t count, bool splits = false)
{
    TestClips::Options options;
    options.count = count;
    options.splits = splits;
    return std::make_shared<TestClips>(options);
}

/// Draws grey clips: the appearance code their brightness, the motion code how much it rises. Its values can be made NaN.
class Grey final : public System {
public:
    explicit Grey(bool frozen = false, bool collapsed = false, bool broken = false) : m_frozen(frozen), m_collapsed(collapsed), m_broken(broken) {}
    SystemDescription describe() const override
    {
        SystemDescription d;
        d.id = "grey", d.name = "Grey";
        d.controls = {{.id = "a", .role = ControlRole::Appearance, .kind = ControlKind::GaussianVector, .size = 1}, {.id = "m", .role = ControlRole::Motion, .kind = ControlKind::GaussianVector, .size = 1}};
        d.length = {8, 8, 16, 1};
        d.width = d.height = 16;
        return d;
    }
    OptionValues options() const override { return {}; }
    std::vector<NamedNetwork> networks() override { return {}; }
    std::vector<NamedOptimizer> optimizers() override { return {}; }
    BatchNeeds batchNeeds() const override
    {
        BatchNeeds needs;
        needs.frameSteps = frameSteps;
        return needs;
    }
    StepScalars trainStep(const Batch&, int64_t) override { return {}; }
    torch::Tensor generate(const ControlTensors& controls, int frames, uint64_t) override
    {
        ++made;
        const torch::Tensor a = m_collapsed ? torch::zeros({controls.at("a").size(0), 1}) : controls.at("a"), m = m_frozen || m_collapsed ? torch::zeros({controls.at("m").size(0), 1}) : controls.at("m");
        const torch::Tensor time = torch::linspace(0, 1, frames);
        torch::Tensor clips = torch::tanh(0.5 * a + m * time).view({-1, 1, frames, 1, 1}).expand({-1, 3, frames, 16, 16}).contiguous();
        if (m_broken) clips[0][0][0][0][0] = std::nan("");
        return clips;
    }
    int made = 0;
    std::vector<int> frameSteps = {1};

private:
    bool m_frozen, m_collapsed, m_broken;
};

MetricClips clipsOf(System& system, std::shared_ptr<const ClipSource> real = {}, uint64_t seed = 0)
{
    MetricClips::Setup setup;
    setup.system = &system;
    setup.real = std::move(real);
    setup.seed = seed;
    return MetricClips(setup);
}

ErrorCode codeOf(const std::function<void()>& call)
{
    try {
        call();
    } catch (const Error& error) {
        return error.code();
    }
    return ErrorCode::Internal;
}
}  // namespace

class TestMetrics final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { at::set_num_threads(1); }

    void frechetOfRecordedFeatures();
    void frechetOfRecordedGaussians_data();
    void frechetOfRecordedGaussians();
    void frechetOfFewClipsEqualsTheFullFormula();
    void frechetOfASetWithItself();
    void frechetRefuses();
    void pixelDistancesOfKnownClips();
    void nearlyEqualClipsKeepTheirDistance();
    void motionOfRecordedClips();
    void swapSharesOfRecordedAnswers();
    void intervalsCoverTheMean();

    void leakOfKnownMixtures_data();
    void leakOfKnownMixtures();
    void aCollapsedSystemScoresNothing();

    void everyMetricDescribesItself();
    void unknownMetricsAndOptions();
    void diversityTellsACollapse();
    void energyTellsAFrozenSystem();
    void frechetPixelsTellsRealFromGenerated();
    void theProtocolTellsFiguresApart();
    void sidesOfOneSplitAreDisjoint();
    void clipsTooShortForAStepAreTakenSlower();
    void clipsAreMadeOnce();
    void whatCannotBeMeasured();
    void canBeCancelled();
    void theSameTwice();
    void trainingDoesNotNotice_data();
    void trainingDoesNotNotice();
};

void TestMetrics::frechetOfRecordedFeatures()
{
    // torchmetrics, checked with scipy's sqrtm
    const safetensors::File file(KINORA_TEST_DATA "/metrics_frechet_kid.safetensors");
    const torch::Tensor real = recorded(file, "in/real"), fake = recorded(file, "in/fake");
    for (const bool unbiased : {false, true}) {
        const double wanted = number(file, unbiased ? "out/frechet_cov_n_minus_1" : "out/frechet_cov_n");
        QVERIFY(std::abs(frechetDistance(gaussianOf(real, unbiased), gaussianOf(fake, unbiased)) - wanted) <= 1e-6 * wanted);
        QVERIFY(std::abs(frechetDistance(real, fake, unbiased) - wanted) <= 1e-6 * wanted);
    }
    const Gaussian gaussian = gaussianOf(real);
    QVERIFY((gaussian.mean - recorded(file, "out/mu_real")).abs().max().item<double>() < 1e-7);
    QVERIFY((gaussian.covariance - recorded(file, "out/cov_real_n")).abs().max().item<double>() < 1e-7);
    QVERIFY(std::abs((real.to(torch::kFloat64).mean(0) - fake.to(torch::kFloat64).mean(0)).square().sum().item<double>() - number(file, "out/mean_term")) < 1e-7);
}

void TestMetrics::frechetOfRecordedGaussians_data()
{
    QTest::addColumn<QString>("pair");
    for (const char* pair : {"regular", "identical", "mean_shift", "near_singular", "diagonal_with_zeros", "ill_conditioned", "one_dimensional"}) QTest::newRow(pair) << QString::fromLatin1(pair);
}

void TestMetrics::frechetOfRecordedGaussians()
{
    QFETCH(QString, pair);
    const safetensors::File file(KINORA_TEST_DATA "/metrics_fid3d_frechet.safetensors");
    const std::string in = "in/" + pair.toStdString() + "/";
    const Gaussian a{recorded(file, in + "mu1"), recorded(file, in + "sigma1")}, b{recorded(file, in + "mu2"), recorded(file, in + "sigma2")};
    const double wanted = number(file, "out/" + pair.toStdString() + "/symmetric"), scale = a.covariance.diagonal().sum().item<double>() + b.covariance.diagonal().sum().item<double>();
    const double found = frechetDistance(a, b);
    // square roots of eigenvalues that are rounding carry 1e-8 of the largest
    QVERIFY2(std::abs(found - wanted) <= 1e-6 * std::max(1.0, scale), qPrintable(QStringLiteral("%1 instead of %2").arg(found, 0, 'g', 15).arg(wanted, 0, 'g', 15)));
    QVERIFY(std::abs(found - frechetDistance(b, a)) <= 1e-6 * std::max(1.0, scale));
}

void TestMetrics::frechetOfFewClipsEqualsTheFullFormula()
{
    torch::manual_seed(1);
    const torch::Tensor a = torch::randn({20, 48}, torch::kFloat64), b = torch::randn({31, 48}, torch::kFloat64) * 1.5 + 0.2;
    const double full = frechetDistance(gaussianOf(a), gaussianOf(b)), few = frechetDistance(a, b);
    QVERIFY2(std::abs(full - few) < 1e-5 * full, qPrintable(QStringLiteral("%1 and %2").arg(full, 0, 'g', 12).arg(few, 0, 'g', 12)));
    QCOMPARE(covarianceRank(20, 48), int64_t(19));
    // 1-D by hand: (m1 - m2)^2 + (s1 - s2)^2
    const torch::Tensor x = torch::tensor({{1.0}, {3.0}}, torch::kFloat64), y = torch::tensor({{10.0}, {16.0}}, torch::kFloat64);
    QVERIFY(std::abs(frechetDistance(x, y) - (121.0 + 4.0)) < 1e-9);
}

void TestMetrics::frechetOfASetWithItself()
{
    torch::manual_seed(2);
    for (const int64_t n : {20, 200}) {
        const torch::Tensor a = torch::randn({n, 48}, torch::kFloat64);
        const double trace = gaussianOf(a).covariance.diagonal().sum().item<double>();
        QVERIFY(std::abs(frechetDistance(a, a)) < 1e-6 * trace);
        const torch::Tensor shuffled = a.index_select(0, torch::randperm(n)), other = torch::randn({n, 48}, torch::kFloat64);
        QVERIFY(std::abs(frechetDistance(shuffled, other) - frechetDistance(a, other)) < 1e-6 * trace);
    }
}

void TestMetrics::frechetRefuses()
{
    const torch::Tensor one = torch::zeros({1, 3}), good = torch::randn({8, 3});
    QVERIFY(codeOf([&] { frechetDistance(one, good); }) == ErrorCode::ShapeMismatch);
    QVERIFY(codeOf([&] { frechetDistance(good, torch::randn({8, 4})); }) == ErrorCode::ShapeMismatch);
    torch::Tensor bad = good.clone();
    bad[3][1] = std::nan("");
    QVERIFY(codeOf([&] { frechetDistance(good, bad); }) == ErrorCode::Numerical);
}

void TestMetrics::pixelDistancesOfKnownClips()
{
    const std::vector<Frames> clips = {filled(0), filled(255), filled(51), filled(51)};
    const torch::Tensor d = pixelDistances(clips);
    QVERIFY(std::abs(d[0][1].item<double>() - 1.0) < 1e-12);
    QVERIFY(std::abs(d[0][2].item<double>() - 0.2) < 1e-12);
    QVERIFY(std::abs(d[1][2].item<double>() - 0.8) < 1e-12);
    QVERIFY(d[2][3].item<double>() < 1e-7);
    QVERIFY(std::abs(sampleDiversity(clips) - (1.0 + 0.2 + 0.2 + 0.8 + 0.8 + 0.0) / 6) < 1e-7);
    // a matrix of two appearances, motion ignored
    const MatrixDiversity matrix = matrixDiversity({filled(0), filled(0), filled(255), filled(255)}, 2, 2);
    QVERIFY(std::abs(matrix.appearance - 1) < 1e-9 && matrix.motion < 1e-7 && std::abs(matrix.overall - 4.0 / 6) < 1e-7);
    QVERIFY(codeOf([&] { pixelDistances({filled(0), filled(0, 5)}); }) == ErrorCode::ShapeMismatch);
    QVERIFY(codeOf([&] { matrixDiversity(clips, 2, 3); }) == ErrorCode::ShapeMismatch);
}

void TestMetrics::nearlyEqualClipsKeepTheirDistance()
{
    // one byte of one pixel differs: what a collapse looks like just before it is complete
    Frames a = noise(1), b = a;
    b.bytes()[17] = static_cast<std::uint8_t>(b.bytes()[17] ^ 1);
    const double wanted = std::sqrt(1.0 / static_cast<double>(a.bytes().size())) / 255;
    QVERIFY(std::abs(sampleDiversity({a, b}) - wanted) < 1e-6 * wanted);
    QCOMPARE(sampleDiversity({a, a, a}), 0.0);
}

void TestMetrics::motionOfRecordedClips()
{
    const safetensors::File file(KINORA_TEST_DATA "/metrics_video.safetensors");
    const torch::Tensor videos = recorded(file, "in/videos"), energy = recorded(file, "out/motion_energy"), still = recorded(file, "out/static_ratio_tau0.05");
    for (int64_t i = 0; i < videos.size(0); ++i) {
        const ClipMotion motion = clipMotion(videos[i].transpose(0, 1) * 0.5 + 0.5);
        QVERIFY2(std::abs(motion.energy - energy[i].item<double>()) < 1e-5, qPrintable(QStringLiteral("%1 instead of %2").arg(motion.energy).arg(energy[i].item<double>())));
        QVERIFY(std::abs(motion.staticRatio - still[i].item<double>()) < 1e-5);
    }
    const ClipMotion frozen = clipMotion(unitClip(filled(77)));
    QCOMPARE(frozen.energy, 0.0);
    QCOMPARE(frozen.staticRatio, 1.0);
}

void TestMetrics::swapSharesOfRecordedAnswers()
{
    const safetensors::File file(KINORA_TEST_DATA "/metrics_video.safetensors");
    const auto answers = [&](const std::string& kind) {
        const torch::Tensor original = recorded(file, "in/swap_" + kind + "_ref");
        return torch::stack({original, recorded(file, "in/swap_" + kind + "_motion_swapped"), recorded(file, "in/swap_" + kind + "_appearance_swapped"), original}, 1);
    };
    const SwapShares shares = swapShares(answers("app"), answers("mot"));
    QVERIFY(std::abs(shares.appearanceKept - number(file, "out/swap_appearance_kept")) < 1e-6);
    QVERIFY(std::abs(shares.motionKept - number(file, "out/swap_motion_kept")) < 1e-6);
    QVERIFY(std::abs(shares.appearanceChanged - number(file, "out/swap_appearance_changed")) < 1e-6);
    QVERIFY(std::abs(shares.motionChanged - number(file, "out/swap_motion_changed")) < 1e-6);
    QVERIFY(std::abs(shares.harmonic - number(file, "out/swap_score_harmonic")) < 1e-6);
}

void TestMetrics::intervalsCoverTheMean()
{
    // standard normal numbers: the interval of the mean is about +-1.96 / sqrt(n), and covers 0 in about 95 of 100 trials
    int covered = 0;
    double width = 0;
    for (std::uint64_t trial = 0; trial < 100; ++trial) {
        Random random(trial);
        std::vector<double> x(100);
        for (double& value : x) value = random.normal();
        const auto interval = bootstrapInterval(100, trial, [&](const std::vector<int64_t>& cases) {
            double sum = 0;
            for (const int64_t one : cases) sum += x[static_cast<std::size_t>(one)];
            return sum / 100;
        }, 300);
        QVERIFY(interval);
        covered += interval->first <= 0 && interval->second >= 0;
        width += interval->second - interval->first;
    }
    QVERIFY2(covered >= 86 && covered <= 99, qPrintable(QString::number(covered)));
    QVERIFY2(std::abs(width / 100 - 0.392) < 0.04, qPrintable(QString::number(width / 100)));
    QVERIFY(!bootstrapInterval(4, 0, [](const std::vector<int64_t>&) { return 0.0; }));
    QVERIFY(!bootstrapInterval(20, 0, [](const std::vector<int64_t>&) { return std::nan(""); }));
}

void TestMetrics::leakOfKnownMixtures_data()
{
    QTest::addColumn<double>("leak");
    QTest::newRow("none") << 0.0;
    QTest::newRow("half") << 0.5;
    QTest::newRow("complete") << 1.0;
}

void TestMetrics::leakOfKnownMixtures()
{
    // one number and one class of either role; the motion number is sqrt(1 - l) m + sqrt(l) a, the motion class follows a's sign with probability l
    QFETCH(double, leak);
    constexpr int64_t kPairs = 6000;
    Random random(5);
    torch::Tensor readings = torch::empty({kPairs, 4, 4}, torch::kFloat64);
    auto r = readings.accessor<double, 3>();
    for (int64_t p = 0; p < kPairs; ++p) {
        const double a[2] = {random.normal(), random.normal()}, m[2] = {random.normal(), random.normal()}, a2[2] = {random.normal(), random.normal()}, m2[2] = {random.normal(), random.normal()};
        const bool follows = random.uniform() < leak;
        const int ia[4] = {0, 0, 1, 1}, im[4] = {0, 1, 0, 1};
        for (int c = 0; c < 4; ++c) {
            r[p][c][0] = a[ia[c]];
            r[p][c][1] = a2[ia[c]] > 0;
            r[p][c][2] = std::sqrt(1 - leak) * m[im[c]] + std::sqrt(leak) * a[ia[c]];
            r[p][c][3] = (follows ? a2[ia[c]] : m2[im[c]]) > 0;
        }
    }
    const std::vector<JudgeFactor> factors = {{.name = "na", .role = "appearance", .score = 1, .spread = 2}, {.name = "ca", .role = "appearance", .categories = {"no", "yes"}, .score = 1, .chance = 0.5, .spread = 0.5},
                                              {.name = "nm", .role = "motion", .score = 1, .spread = 2}, {.name = "cm", .role = "motion", .categories = {"no", "yes"}, .score = 1, .chance = 0.5, .spread = 0.5}};
    const SwapConsistency found = swapConsistency(factors, readings);
    QCOMPARE(found.appearanceFactors, 2);
    QCOMPARE(found.motionFactors, 2);
    // rows: what was changed; columns: what moved
    const double wanted[2][2] = {{1, leak}, {0, 1 - leak}};
    for (std::size_t row = 0; row < 2; ++row)
        for (std::size_t column = 0; column < 2; ++column)
            QVERIFY2(std::abs(found.matrix[row][column] - wanted[row][column]) < 0.03, qPrintable(QStringLiteral("%1 %2: %3").arg(row).arg(column).arg(found.matrix[row][column])));
    QVERIFY(std::abs(found.factors[2].leak - leak) < 0.03);
    QVERIFY(std::abs(found.factors[3].leak - leak) < 0.03);
    QVERIFY(std::abs(found.appearanceKept - 1) < 1e-9);
    QVERIFY(std::abs(found.motionKept - (1 - leak)) < 0.03);
    QVERIFY(std::abs(found.motionChanged - (1 - leak)) < 0.03);
    if (leak == 0.0) QVERIFY(found.score > 0.97);
    if (leak == 1.0) QVERIFY(found.score < 0.05);

    // what the judge mistakes on perfect data is taken off, and a factor that it cannot read is left out
    std::vector<JudgeFactor> noisy = factors;
    for (JudgeFactor& factor : noisy) factor.floor = 0.2;
    noisy[3].score = 0.6;
    const SwapConsistency corrected = swapConsistency(noisy, readings);
    QVERIFY(std::abs(corrected.matrix[0][1] - (leak - 0.2) / 0.8) < 0.03);
    QCOMPARE(corrected.motionFactors, 1);
    QVERIFY(codeOf([&] { swapConsistency(factors, readings.slice(2, 0, 3)); }) == ErrorCode::ShapeMismatch);
}

void TestMetrics::aCollapsedSystemScoresNothing()
{
    const std::vector<JudgeFactor> factors = {{.name = "a", .role = "appearance", .score = 1, .spread = 2}, {.name = "m", .role = "motion", .score = 1, .spread = 2}};
    const SwapConsistency found = swapConsistency(factors, torch::ones({10, 4, 2}, torch::kFloat64));
    QCOMPARE(found.score, 0.0);
    QCOMPARE(found.appearanceKept, 1.0);
    QCOMPARE(found.appearanceChanged, 0.0);
    QVERIFY(std::isnan(found.matrix[0][0]) && std::isnan(found.matrix[1][0]));  // nothing moves: there is no share of it
    QVERIFY(!found.factors[0].varies);
}

void TestMetrics::everyMetricDescribesItself()
{
    const std::vector<MetricDescription> all = describeMetrics();
    QCOMPARE(all.size(), std::size_t(6));
    std::set<std::string> ids;
    for (const MetricDescription& d : all) {
        ids.insert(d.id);
        QVERIFY(!d.name.empty() && !d.summary.empty() && !d.units.empty() && !d.options.empty());
        const MetricDescription again = metricFromJson(toJson(d));
        QCOMPARE(again.units, d.units);
        QCOMPARE(again.options.size(), d.options.size());
        QCOMPARE(again.needs, d.needs);
        QCOMPARE(again.lowerIsBetter, d.lowerIsBetter);
        QCOMPARE(makeMetric(d.id)->description().name, d.name);
    }
    QCOMPARE(ids.size(), all.size());
    // a program of an older version has sent no more than this
    QCOMPARE(metricFromJson({{"id", "x"}}).id, std::string("x"));
}

void TestMetrics::unknownMetricsAndOptions()
{
    QVERIFY(codeOf([] { makeMetric("motion_enrgy"); }) == ErrorCode::Usage);
    QVERIFY(codeOf([] { makeMetric("motion_energy", {{"clip", int64_t(3)}}); }) == ErrorCode::Usage);
    QVERIFY(codeOf([] { makeMetric("motion_energy", {{"clips", int64_t(0)}}); }) == ErrorCode::Usage);
    QVERIFY(std::get<int64_t>(makeMetric("motion_energy", {{"clips", int64_t(9)}})->options().at("clips")) == 9);
}

void TestMetrics::diversityTellsACollapse()
{
    const auto metric = makeMetric("sample_diversity", {{"clips", int64_t(24)}});
    Grey good, collapsed(false, true);
    MetricClips clips = clipsOf(good, testClips(24)), same = clipsOf(collapsed, testClips(24));
    const MetricResult result = metric->measure(clips), nothing = metric->measure(same);
    QVERIFY(result.value() > 0.1);
    QVERIFY(result.values[0].interval && result.values[0].interval->first < result.value() && result.values[0].interval->second > result.value());
    QVERIFY(result.at("real").value > 0 && result.at("appearance").value > 0 && result.at("motion").value > 0);
    QVERIFY(std::abs(result.at("ratio").value - result.value() / result.at("real").value) < 1e-12);
    QCOMPARE(nothing.value(), 0.0);
    QCOMPARE(nothing.at("motion").value, 0.0);
    MetricClips alone = clipsOf(good);  // needs no data
    QCOMPARE(metric->measure(alone).value(), result.value());
}

void TestMetrics::energyTellsAFrozenSystem()
{
    const auto metric = makeMetric("motion_energy", {{"clips", int64_t(24)}});
    Grey moving, frozen(true);
    MetricClips clips = clipsOf(moving, testClips(24)), still = clipsOf(frozen, testClips(24));
    const MetricResult result = metric->measure(clips), nothing = metric->measure(still);
    QCOMPARE(nothing.value(), 1.0);
    QCOMPARE(nothing.at("ratio").value, 0.0);
    QCOMPARE(nothing.at("static_ratio").value, 1.0);
    QVERIFY(result.at("generated").value > 0);
    QVERIFY(std::abs(result.value() - std::abs(result.at("ratio").value - 1)) < 1e-12);
    QVERIFY(std::abs(result.at("difference").value - (result.at("generated").value - result.at("real").value)) < 1e-12);
    // a third of the test clips stand still, the others move: measured by hand on the same clips
    double sum = 0;
    const auto source = testClips(24);
    for (int64_t i = 0; i < 24; ++i) sum += clipMotion(unitClip(source->frames(i))).energy;
    QVERIFY(std::abs(result.at("real").value - sum / 24) < 1e-9);
}

void TestMetrics::frechetPixelsTellsRealFromGenerated()
{
    const auto metric = makeMetric("frechet_pixels", {{"clips", int64_t(32)}});
    Grey grey;
    MetricClips generated = clipsOf(grey, testClips(80));
    const MetricResult far = metric->measure(generated);
    MetricClips::Setup setup;
    setup.standIn = setup.real = testClips(80);
    MetricClips halves(setup);
    const MetricResult near = metric->measure(halves);
    QVERIFY2(far.value() > 5 * near.value(), qPrintable(QStringLiteral("%1 against %2").arg(far.value()).arg(near.value())));
    QVERIFY(far.at("real_against_real").value > 0 && far.at("real_against_real").value < far.value());
    QCOMPARE(far.details.at("rank").get<int>(), 31);
    QCOMPARE(far.details.at("dimensions").get<int>(), 3 * 8 * 8 * 8);
    QVERIFY(!far.notes.empty());  // says that the rank is low
    MetricClips few = clipsOf(grey, testClips(10));
    QVERIFY(codeOf([&] { metric->measure(few); }) == ErrorCode::Usage);
    const auto fine = makeMetric("frechet_pixels", {{"grid", int64_t(32)}});
    QVERIFY(codeOf([&] { fine->measure(generated); }) == ErrorCode::Usage);
}

void TestMetrics::theProtocolTellsFiguresApart()
{
    Grey grey;
    const auto hash = [&](uint64_t seed, int64_t clipCount, int64_t data, const nlohmann::json& subject) {
        MetricClips clips = clipsOf(grey, testClips(data), seed);
        clips.setSubject(subject);
        return makeMetric("motion_energy", {{"clips", clipCount}})->measure(clips).protocolHash();
    };
    const std::string first = hash(0, 12, 24, {{"step", 1}});
    QCOMPARE(first.size(), std::size_t(12));
    QCOMPARE(hash(0, 12, 24, {{"step", 2}}), first);  // another checkpoint is what one compares
    QVERIFY(hash(1, 12, 24, {}) != first);
    QVERIFY(hash(0, 13, 24, {}) != first);
    QVERIFY(hash(0, 12, 25, {}) != first);
    MetricClips clips = clipsOf(grey, testClips(24));
    clips.setSubject({{"checkpoint_sha256", "abc"}});
    const nlohmann::json record = toJson(makeMetric("motion_energy", {{"clips", int64_t(12)}})->measure(clips));
    const nlohmann::json& protocol = record.at("protocol");
    for (const char* key : {"metric", "version", "options", "measured", "real", "extractor"}) QVERIFY2(protocol.contains(key), key);
    for (const char* key : {"dataset", "size", "split", "clips", "clips_sha256", "lossless_source", "frame_steps"}) QVERIFY2(protocol.at("real").contains(key), key);
    for (const char* key : {"clips", "seed", "frames", "width", "height", "pixels"}) QVERIFY2(protocol.at("measured").contains(key), key);
    QCOMPARE(record.at("subject").at("checkpoint_sha256").get<std::string>(), std::string("abc"));
    QCOMPARE(record.at("values")[0].at("interval_95").size(), std::size_t(2));
}

void TestMetrics::clipsTooShortForAStepAreTakenSlower()
{
    // the trainer takes such clips, so a metric must not refuse them
    Grey grey;
    const MetricClips plain = clipsOf(grey, testClips(12));
    grey.frameSteps = {1000};
    MetricClips slower = clipsOf(grey, testClips(12));
    QCOMPARE(plain.realAvailable(), int64_t(12));
    QCOMPARE(slower.realAvailable(), int64_t(12));
    slower.real(12, {}, [](int64_t, const Frames& clip) { QCOMPARE(clip.count(), 8); });
}

void TestMetrics::sidesOfOneSplitAreDisjoint()
{
    MetricClips::Setup setup;
    setup.standIn = setup.real = testClips(40, true);  // 30 of them "train"
    MetricClips clips(setup);
    QCOMPARE(clips.realAvailable() + clips.generatedAvailable(), int64_t(30));
    std::set<std::string> real, other;
    const auto key = [](const Frames& clip) { return std::string(clip.bytes().begin(), clip.bytes().end()); };
    clips.real(15, {}, [&](int64_t, const Frames& clip) { real.insert(key(clip)); });
    clips.generated(15, {}, [&](int64_t, const Frames& clip) { other.insert(key(clip)); });
    for (const std::string& one : other) QVERIFY(!real.contains(one));
    QVERIFY(codeOf([&] { clips.real(16, {}, [](int64_t, const Frames&) {}); }) == ErrorCode::Usage);
    setup.standInSplit = "test";
    MetricClips splits(setup);
    QCOMPARE(splits.realAvailable(), int64_t(30));
    QCOMPARE(splits.generatedAvailable(), int64_t(10));
    setup.standInSplit = "valid";
    QVERIFY(codeOf([&] { MetricClips{setup}; }) == ErrorCode::Usage);
}

void TestMetrics::clipsAreMadeOnce()
{
    Grey grey;
    const auto data = testClips(24);
    MetricClips clips = clipsOf(grey, data);
    makeMetric("motion_energy", {{"clips", int64_t(12)}})->measure(clips);
    QCOMPARE(grey.made, 12);
    const int64_t reads = data->reads;
    makeMetric("motion_energy", {{"clips", int64_t(20)}})->measure(clips);
    QCOMPARE(grey.made, 20);
    QCOMPARE(data->reads.load(), reads + 8);
    clips.forgetGenerated();
    makeMetric("motion_energy", {{"clips", int64_t(12)}})->measure(clips);
    QCOMPARE(grey.made, 32);
    QCOMPARE(data->reads.load(), reads + 8);
}

void TestMetrics::whatCannotBeMeasured()
{
    Grey grey, broken(false, false, true);
    MetricClips alone = clipsOf(grey), nan = clipsOf(broken, testClips(24));
    QVERIFY(codeOf([&] { makeMetric("motion_energy")->measure(alone); }) == ErrorCode::Usage);
    QVERIFY(codeOf([&] { makeMetric("frechet_pixels")->measure(alone); }) == ErrorCode::Usage);
    QVERIFY(codeOf([&] { makeMetric("swap_consistency")->measure(alone); }) == ErrorCode::Usage);
    QVERIFY(codeOf([&] { makeMetric("motion_energy")->measure(nan); }) == ErrorCode::Numerical);
    QVERIFY(codeOf([&] { MetricClips{MetricClips::Setup{}}; }) == ErrorCode::Usage);
    MetricClips::Setup setup;
    setup.system = &grey;
    setup.frames = 7;
    QVERIFY(codeOf([&] { MetricClips{setup}; }) == ErrorCode::Usage);
    setup.frames = 16;
    setup.real = testClips(8);  // eight frames each
    QVERIFY(codeOf([&] { MetricClips{setup}; }) == ErrorCode::NotFound);
}

void TestMetrics::canBeCancelled()
{
    Grey grey;
    MetricClips clips = clipsOf(grey, testClips(24));
    std::stop_source stop;
    MetricCall call{stop.get_token(), [&](std::string_view phase, int64_t done, int64_t) {
                        if (phase == "generating clips" && done == 3) stop.request_stop();
                    }};
    QVERIFY(codeOf([&] { makeMetric("sample_diversity")->measure(clips, call); }) == ErrorCode::Cancelled);
    QCOMPARE(grey.made, 4);
}

void TestMetrics::theSameTwice()
{
    for (const char* id : {"sample_diversity", "motion_energy", "frechet_pixels"}) {
        Grey grey;
        MetricClips one = clipsOf(grey, testClips(40), 7), two = clipsOf(grey, testClips(40), 7);
        torch::manual_seed(1);
        nlohmann::json a = toJson(makeMetric(id, {{"clips", int64_t(20)}})->measure(one));
        torch::manual_seed(2);
        nlohmann::json b = toJson(makeMetric(id, {{"clips", int64_t(20)}})->measure(two));
        a.erase("seconds"), b.erase("seconds");
        QVERIFY2(a == b, id);
    }
}

void TestMetrics::trainingDoesNotNotice_data()
{
    QTest::addColumn<QString>("id");
    for (const SystemEntry& entry : toyCatalogue()) QTest::newRow(entry.description.id.c_str()) << QString::fromStdString(entry.description.id);
}

void TestMetrics::trainingDoesNotNotice()
{
    QFETCH(QString, id);
    const auto data = testClips(40);
    const auto trained = [&](bool measured) {
        torch::manual_seed(3);
        const std::unique_ptr<System> system = findSystem(toyCatalogue(), id.toStdString()).create({});
        ClipLoader loader(data, system->batchNeeds(), {4, 1, 3});
        system->train();
        for (int64_t step = 1; step <= 6; ++step) {
            system->trainStep(loader.next(), step);
            if (!measured || step % 2) continue;
            // a frozen part stays frozen: whoever measures must not put it into train mode
            system->networks().front().module->children().front()->eval();
            MetricClips::Setup setup;
            setup.system = system.get();
            setup.real = data;
            setup.given = metricControls(*system, data);
            MetricClips clips(std::move(setup));
            for (const char* metric : {"sample_diversity", "motion_energy", "frechet_pixels"}) {
                const MetricResult result = makeMetric(metric, {{"clips", int64_t(16)}})->measure(clips);
                if (!std::isfinite(result.value())) throw Error(ErrorCode::Numerical, metric);
            }
            if (system->networks().front().module->children().front()->is_training()) throw Error(ErrorCode::CheckFailed, "a mode has changed");
            system->networks().front().module->children().front()->train();
            for (const NamedNetwork& network : system->networks())
                if (!network.module->is_training()) throw Error(ErrorCode::CheckFailed, network.name + " is not in train mode");
        }
        return serializeCheckpoint(*system, {});  // weights, buffers, optimizers, random state
    };
    const std::string plain = trained(false), measured = trained(true);
    QVERIFY(plain == measured);
    QVERIFY(plain.size() > 1000);
}

QTEST_APPLESS_MAIN(TestMetrics)
#include "tst_metrics.moc"
