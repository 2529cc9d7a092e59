// The metric on a system that draws known factors: perfect, and with the codes' roles exchanged.
#include <torch/torch.h>

#include <QtTest>

#include "core/metrics/factor_variance.h"
#include "core/util/error.h"

using namespace kinora;

namespace {
constexpr int kSize = 32, kFrames = 8;

/// A grey background (appearance) in front of which a white bar travels some way (motion).
Frames drawn(double grey, double travel)
{
    Frames frames(kFrames, kSize, kSize);
    for (int t = 0; t < kFrames; ++t) {
        const int left = 2 + static_cast<int>(std::lround(travel * 22 * t / (kFrames - 1)));
        for (int y = 0; y < kSize; ++y)
            for (int x = 0; x < kSize; ++x) {
                const bool bar = y >= 8 && y < 24 && x >= left && x < left + 6;
                std::fill_n(frames.frame(t) + (y * kSize + x) * 3, 3, static_cast<std::uint8_t>(bar ? 255 : 20 + 180 * grey));
            }
    }
    return frames;
}

class Bars final : public ClipSource {
public:
    explicit Bars(bool withRoles = true) : m_columns{{"grey", {}, withRoles ? "appearance" : ""}, {"travel", {}, withRoles ? "motion" : ""}, {"far", {"no", "yes"}, withRoles ? "motion" : ""}} {}
    std::string name() const override { return "bars"; }
    std::int64_t size() const override { return 320; }
    const std::vector<LabelColumn>& labelColumns() const override { return m_columns; }
    ClipInfo info(std::int64_t index) const override
    {
        Random random(1, static_cast<std::uint64_t>(index));
        const float grey = static_cast<float>(random.uniform()), travel = static_cast<float>(random.uniform());
        ClipInfo info;
        info.name = std::to_string(index);
        info.frames = kFrames, info.height = info.width = kSize;
        info.labels = {grey, travel, travel > 0.5f ? 1.f : 0.f};
        return info;
    }
    Frames frames(std::int64_t index, const FrameWindow&) const override
    {
        const std::vector<float> labels = info(index).labels;
        return drawn(labels[0], labels[1]);
    }

private:
    std::vector<LabelColumn> m_columns;
};

/// Draws what its codes say: the appearance code the grey and the motion code the way, or the other way round.
class Drawer final : public System {
public:
    explicit Drawer(bool exchanged) : m_exchanged(exchanged) {}
    SystemDescription describe() const override
    {
        SystemDescription d;
        d.id = "drawer";
        d.controls = {{.id = "a", .role = ControlRole::Appearance, .kind = ControlKind::GaussianVector, .size = 1}, {.id = "m", .role = ControlRole::Motion, .kind = ControlKind::GaussianVector, .size = 1}};
        d.length = {kFrames, kFrames, kFrames, 1};
        d.width = d.height = kSize;
        return d;
    }
    OptionValues options() const override { return {}; }
    std::vector<NamedNetwork> networks() override { return {}; }
    std::vector<NamedOptimizer> optimizers() override { return {}; }
    BatchNeeds batchNeeds() const override { return {}; }
    StepScalars trainStep(const Batch&, int64_t) override { return {}; }
    torch::Tensor generate(const ControlTensors& controls, int, uint64_t) override
    {
        std::vector<torch::Tensor> clips;
        const auto share = [](double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); };
        for (int64_t n = 0; n < controls.at("a").size(0); ++n) {
            double grey = share(controls.at("a")[n][0].item<double>()), travel = share(controls.at("m")[n][0].item<double>());
            if (m_exchanged) std::swap(grey, travel);
            const Frames frames = drawn(grey, travel);
            const torch::Tensor bytes = torch::from_blob(const_cast<std::uint8_t*>(frames.frame(0)), {kFrames, kSize, kSize, 3}, torch::kUInt8).clone();
            clips.push_back(bytes.permute({3, 0, 1, 2}).to(torch::kFloat32).div(127.5).sub(1));
        }
        return torch::stack(clips);
    }

private:
    bool m_exchanged;
};

FactorVarianceOptions quick()
{
    FactorVarianceOptions options;
    options.rows = options.columns = 4;
    options.regressorSteps = 60;
    options.regressorBatch = 12;
    options.trainingClips = 240;
    options.testClips = 64;
    return options;
}
}  // namespace

class TestFactorVariance final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { at::set_num_threads(1); }
    void tellsASystemThatSeparatesFromOneThatDoesNot();
    void needsRoles();
    void canBeCancelled();
};

void TestFactorVariance::tellsASystemThatSeparatesFromOneThatDoesNot()
{
    Drawer good(false), bad(true);
    const FactorVariance separated = measureFactorVariance(good, Bars(), quick());
    QCOMPARE(separated.factors.size(), std::size_t(3));
    for (const FactorRow& row : separated.factors) QVERIFY2(row.used, (row.name + " is read with a score of " + std::to_string(row.score)).c_str());
    QCOMPARE(separated.appearanceFactors, 1);
    QCOMPARE(separated.motionFactors, 2);
    QVERIFY2(separated.appearanceLeak < 0.15, std::to_string(separated.appearanceLeak).c_str());
    QVERIFY2(separated.motionLeak < 0.15, std::to_string(separated.motionLeak).c_str());
    const FactorVariance exchanged = measureFactorVariance(bad, Bars(), quick());
    QVERIFY2(exchanged.appearanceLeak > 3, std::to_string(exchanged.appearanceLeak).c_str());
    QVERIFY2(exchanged.motionLeak > 3, std::to_string(exchanged.motionLeak).c_str());
}

void TestFactorVariance::needsRoles()
{
    Drawer drawer(false);
    try {
        measureFactorVariance(drawer, Bars(false), quick());
        QFAIL("labels without roles were measured");
    } catch (const Error& error) {
        QVERIFY(error.code() == ErrorCode::Usage);
    }
}

void TestFactorVariance::canBeCancelled()
{
    Drawer drawer(false);
    std::stop_source stop;
    int64_t last = 0;
    try {
        measureFactorVariance(drawer, Bars(), quick(), stop.get_token(), [&](int64_t done, int64_t) {
            last = done;
            if (done == 2) stop.request_stop();
        });
        QFAIL("it went on");
    } catch (const Error& error) {
        QVERIFY(error.code() == ErrorCode::Cancelled);
        QCOMPARE(last, 2);
    }
}

QTEST_APPLESS_MAIN(TestFactorVariance)
#include "tst_factor_variance.moc"
