#include <torch/torch.h>

#include <QtTest>
#include <cstdlib>

#include "core/plan/pieces.h"
#include "core/system/checkpoint.h"
#include "core/system/generation.h"
#include "core/util/error.h"
#include "models/catalogue.h"
#include "models/g3an/g3an_system.h"

using namespace kinora;
using namespace kinora::g3an;

namespace {

/// A system whose norms and attention do something, as after some training.
std::unique_ptr<G3anSystem> system(const std::string& mode, const std::string& attention, int64_t channels, int64_t size = 64)
{
    Options options;
    options.baseChannels = channels;
    options.appearanceDim = 6;
    options.motionDim = 3;
    options.mode = mode;
    options.imageSize = size;
    options.useAttention = attention != "none";
    options.attentionLayout = attention == "aligned" ? "aligned" : "official";
    torch::manual_seed(3);
    auto made = std::make_unique<G3anSystem>(options);
    const torch::NoGradGuard noGrad;
    Generator& g = made->parts().g;
    g->train();
    for (int i = 0; i < 2; ++i) g->forward(torch::randn({3, 6, 1, 1, 1}), torch::randn({3, 3, 1, 1, 1}));
    for (const auto& parameter : g->named_parameters()) {
        if (parameter.key().ends_with("gamma")) parameter.value().fill_(parameter.key().find("tsa") != std::string::npos ? 0.8 : -0.6);
        if (parameter.key().find("to_rgb") != std::string::npos) parameter.value().mul_(10);  // values that fill the range
        if (parameter.key().find("v.1.bias") != std::string::npos) parameter.value().normal_(0, 0.3);
    }
    g->eval();
    return made;
}

ControlTensors codes(int64_t clips, int64_t steps, uint64_t seed)
{
    torch::manual_seed(seed);
    return {{"za", torch::randn({clips, 6})}, {"zm", torch::randn({clips, 3, steps})}};
}

/// Largest difference over the largest value.
double difference(const torch::Tensor& got, const torch::Tensor& wanted) { return ((got - wanted).abs().max() / wanted.abs().max()).item<double>(); }

constexpr double kFloat32 = 1e-5, kBFloat16 = 1e-2;
}  // namespace

class TestG3anPlan final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { at::set_num_threads(2); }
    void cleanup() { at::set_num_threads(2); }

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
        QVERIFY(half);
        const double error = difference(half->generate(controls, frames, 0), wanted);
        qInfo("bf16: %g", error);
        QVERIFY2(error < 3 * kBFloat16, std::to_string(error).c_str());  // random weights: the worst case
        QVERIFY(error > 0);
    }
};
QTEST_APPLESS_MAIN(TestG3anPlan)
#include "tst_g3an_plan.moc"
