// A judge learns the factors of drawn clips, survives its file, and finds the leak that was built into a generator.
#include <torch/torch.h>

#include <QTemporaryDir>
#include <QtTest>
#include <cmath>

#include "core/metrics/judge.h"
#include "core/metrics/metric.h"
#include "core/metrics/swap_consistency.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/random.h"

using namespace kinora;
namespace fs = std::filesystem;

namespace {
constexpr int kSize = 64, kFrames = 16;

/// A grey background (appearance) in front of which a white bar travels some way (motion).
Frames drawn(double grey, double travel)
{
    Frames frames(kFrames, kSize, kSize);
    for (int t = 0; t < kFrames; ++t) {
        const int left = 4 + static_cast<int>(std::lround(travel * 44 * t / (kFrames - 1)));
        for (int y = 0; y < kSize; ++y)
            for (int x = 0; x < kSize; ++x) {
                const bool bar = y >= 16 && y < 48 && x >= left && x < left + 12;
                std::fill_n(frames.frame(t) + (y * kSize + x) * 3, 3, static_cast<std::uint8_t>(bar ? 255 : 20 + 160 * grey));
            }
    }
    return frames;
}

class Bars final : public ClipSource {
public:
    explicit Bars(std::int64_t size = 260, bool withRoles = true)
        : m_size(size), m_columns{{"grey", {}, withRoles ? "appearance" : ""}, {"dark", {"no", "yes"}, withRoles ? "appearance" : ""}, {"travel", {}, withRoles ? "motion" : ""}, {"note", {}, ""}}
    {
    }
    std::string name() const override { return "bars"; }
    std::int64_t size() const override { return m_size; }
    const std::vector<LabelColumn>& labelColumns() const override { return m_columns; }
    ClipInfo info(std::int64_t index) const override
    {
        Random random(1, static_cast<std::uint64_t>(index));
        const float grey = static_cast<float>(random.uniform()), travel = static_cast<float>(random.uniform());
        ClipInfo info;
        info.name = std::to_string(index);
        info.frames = kFrames, info.height = info.width = kSize;
        info.labels = {grey, grey < 0.5f ? 1.f : 0.f, travel, std::nanf("")};
        return info;
    }
    Frames frames(std::int64_t index, const FrameWindow& window) const override
    {
        const std::vector<float> labels = info(index).labels;
        const Frames whole = drawn(labels[0], labels[2]);
        const FrameWindow wanted = resolved(window, kFrames);
        Frames some(wanted.count, kSize, kSize);
        for (int t = 0; t < wanted.count; ++t) std::copy_n(whole.frame(wanted.first + t * wanted.step), whole.frameBytes(), some.frame(t));
        return some;
    }

private:
    std::int64_t m_size;
    std::vector<LabelColumn> m_columns;
};

/// Draws what its codes say, with a leak: the way comes from sqrt(1 - leak) m + sqrt(leak) a.
class Drawer final : public System {
public:
    explicit Drawer(double leak) : m_leak(leak) {}
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
            const double a = controls.at("a")[n][0].item<double>(), m = controls.at("m")[n][0].item<double>();
            const Frames frames = drawn(share(a), share(std::sqrt(1 - m_leak) * m + std::sqrt(m_leak) * a));
            const torch::Tensor bytes = torch::from_blob(const_cast<std::uint8_t*>(frames.frame(0)), {kFrames, kSize, kSize, 3}, torch::kUInt8).clone();
            clips.push_back(bytes.permute({3, 0, 1, 2}).to(torch::kFloat32).div(127.5).sub(1));
        }
        return torch::stack(clips);
    }

private:
    double m_leak;
};

JudgeOptions quick()
{
    JudgeOptions options;
    options.steps = 120;
    options.batch = 12;
    options.trainingClips = 200;
    options.testClips = 60;
    return options;
}
}  // namespace

class TestJudge final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        at::set_num_threads(1);
        QVERIFY(m_dir.isValid());
        m_judge = std::make_unique<Judge>(trainJudge(Bars(), quick()));
        m_file = fs::path(m_dir.path().toStdString()) / "judge.safetensors";
    }
    void readsWhatItLearnt();
    void itsFileIsSmallAndComplete();
    void damagedFilesAreRefused();
    void findsTheLeak_data();
    void findsTheLeak();
    void refusesWhatItCannotLearn();
    void canBeCancelled();

private:
    QTemporaryDir m_dir;
    fs::path m_file;
    std::unique_ptr<Judge> m_judge;
};

void TestJudge::readsWhatItLearnt()
{
    const std::vector<JudgeFactor>& factors = m_judge->factors();
    QCOMPARE(factors.size(), std::size_t(3));  // the column without a role is not read
    for (const JudgeFactor& factor : factors) QVERIFY2(factor.skill() > 0.75, qPrintable(QStringLiteral("%1 %2").arg(QString::fromStdString(factor.name)).arg(factor.skill())));
    QVERIFY(factors[1].categorical() && factors[1].chance >= 0.5 && factors[1].chance < 0.8);
    // new clips, read in the dataset's units
    const torch::Tensor read = m_judge->read({drawn(0.2, 0.8), drawn(0.9, 0.1)});
    QVERIFY(read[0][0].item<double>() < 0.45 && read[1][0].item<double>() > 0.6);
    QCOMPARE(read[0][1].item<double>(), 1.0);
    QCOMPARE(read[1][1].item<double>(), 0.0);
    QVERIFY(read[0][2].item<double>() > 0.6 && read[1][2].item<double>() < 0.4);
    // a clip's reading does not depend on its neighbours
    QVERIFY((m_judge->read({drawn(0.9, 0.1)})[0] - read[1]).abs().max().item<double>() < 1e-4);
    // the exchanged halves of perfect clips: only the judge's own mistakes
    measureFloor(*m_judge, 20, [](int64_t i) {
        Random random(9, static_cast<std::uint64_t>(i));
        const double a = random.uniform(), b = random.uniform(), m = random.uniform(), n = random.uniform();
        return std::array<Frames, 4>{drawn(a, m), drawn(a, n), drawn(b, m), drawn(b, n)};
    });
    for (const JudgeFactor& factor : m_judge->factors()) QVERIFY2(factor.floor >= 0 && factor.floor < 0.3, qPrintable(QString::number(factor.floor)));
}

void TestJudge::itsFileIsSmallAndComplete()
{
    const std::string bytes = m_judge->serialize();
    QVERIFY2(bytes.size() <= 1000000, qPrintable(QString::number(bytes.size())));
    writeFile(m_file, bytes);
    Judge again(m_file);
    QCOMPARE(again.serialize(), bytes);
    QCOMPARE(again.sha256(), sha256(bytes));
    QCOMPARE(again.dataset(), std::string("bars"));
    QCOMPARE(again.factors().size(), m_judge->factors().size());
    QCOMPARE(again.factors()[2].floor, m_judge->factors()[2].floor);
    const std::vector<Frames> clips = {drawn(0.3, 0.6), drawn(0.7, 0.2)};
    QVERIFY(torch::equal(again.read(clips), m_judge->read(clips)));
    QVERIFY(again.training().at("options").contains("steps"));
}

void TestJudge::damagedFilesAreRefused()
{
    const std::string bytes = m_judge->serialize();
    const fs::path file = fs::path(m_dir.path().toStdString()) / "bad.safetensors";
    const auto code = [&](const std::string& content) {
        writeFile(file, content);
        try {
            Judge judge(file);
        } catch (const Error& error) {
            return error.code();
        }
        return ErrorCode::Internal;
    };
    QVERIFY(code(bytes.substr(0, bytes.size() / 2)) == ErrorCode::Damaged);
    QVERIFY(code(safetensors::serialize({}, {{"format", "kinora-checkpoint"}})) == ErrorCode::Incompatible);
    QVERIFY(code(safetensors::serialize({}, {{"format", "kinora-judge"}, {"version", "1"}, {"dataset", "x"}, {"training", "{}"}, {"factors", "[{]"}})) == ErrorCode::Damaged);
    QVERIFY(code(safetensors::serialize({}, {{"format", "kinora-judge"}, {"version", "99"}, {"dataset", "x"}, {"training", "{}"}, {"factors", "[]"}})) == ErrorCode::Incompatible);
    QVERIFY(code(safetensors::serialize({}, {{"format", "kinora-judge"}, {"version", "1"}, {"dataset", "x"}, {"training", "{}"},
                                             {"factors", R"([{"name":"a","role":"motion","mean":0,"deviation":1,"score":1,"chance":0,"spread":1,"floor":0}])"}})) == ErrorCode::Incompatible);
}

void TestJudge::findsTheLeak_data()
{
    QTest::addColumn<double>("leak");
    QTest::addColumn<double>("wanted");
    QTest::newRow("none") << 0.0 << 0.0;
    // the share of the uniform number that Gaussian mixing of one half makes: 1 - 6 / pi asin((1 - leak) / 2)
    QTest::newRow("half") << 0.5 << 0.517;
    QTest::newRow("complete") << 1.0 << 1.0;
}

void TestJudge::findsTheLeak()
{
    QFETCH(double, leak);
    QFETCH(double, wanted);
    if (!fs::exists(m_file)) writeFile(m_file, m_judge->serialize());
    Drawer drawer(leak);
    MetricClips::Setup setup;
    setup.system = &drawer;
    MetricClips clips(setup);
    const auto metric = makeMetric("swap_consistency", {{"judge", m_file.string()}, {"pairs", int64_t(60)}, {"resamples", int64_t(50)}});
    const MetricResult result = metric->measure(clips);
    const nlohmann::json& matrix = result.details.at("leakage").at("values");
    const auto near = [&](double found, double value, double tolerance) {
        if (std::abs(found - value) > tolerance) qWarning("%f instead of %f", found, value);
        return std::abs(found - value) <= tolerance;
    };
    QVERIFY(near(result.at("motion_leak").value, wanted, wanted == 0.517 ? 0.17 : 0.08));  // sixty pairs
    QVERIFY(near(result.at("appearance_leak").value, 0, 0.08));
    QVERIFY(near(matrix[0][0].get<double>(), 1, 0.08));
    QVERIFY(near(matrix[1][1].get<double>(), 1 - wanted, 0.2));
    QVERIFY(result.at("motion_leak").interval);
    QVERIFY(result.at("appearance_kept").value > 0.9);
    if (leak == 0.0) QVERIFY2(result.value() > 0.8, qPrintable(QString::number(result.value())));
    if (leak == 1.0) QVERIFY2(result.value() < 0.2, qPrintable(QString::number(result.value())));
    QCOMPARE(result.protocol.at("extractor").at("sha256").get<std::string>(), sha256File(m_file));
}

void TestJudge::refusesWhatItCannotLearn()
{
    const auto code = [](const std::function<void()>& call) {
        try {
            call();
        } catch (const Error& error) {
            return error.code();
        }
        return ErrorCode::Internal;
    };
    QVERIFY(code([] { trainJudge(Bars(260, false), quick()); }) == ErrorCode::Usage);
    QVERIFY(code([] { trainJudge(Bars(100), quick()); }) == ErrorCode::Usage);
    QVERIFY(code([&] { m_judge->read({Frames(1, 64, 64)}); }) == ErrorCode::ShapeMismatch);
    QVERIFY(code([] { Judge judge("/nonexistent/judge.safetensors"); }) == ErrorCode::NotFound);
    Bars bars;
    QVERIFY(shippedJudge(bars).empty());
}

void TestJudge::canBeCancelled()
{
    std::stop_source stop;
    int64_t last = 0;
    try {
        trainJudge(Bars(), quick(), {stop.get_token(), [&](std::string_view phase, int64_t done, int64_t) {
                                         if (phase == "training the judge") last = done;
                                         if (last == 2) stop.request_stop();
                                     }});
        QFAIL("it went on");
    } catch (const Error& error) {
        QVERIFY(error.code() == ErrorCode::Cancelled);
        QCOMPARE(last, 2);
    }
}

QTEST_APPLESS_MAIN(TestJudge)
#include "tst_judge.moc"
