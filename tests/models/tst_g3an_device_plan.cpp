// The plan of G3AN for GPUs, on the processor: it is made of tensor operations that every device has.
#include <ATen/record_function.h>
#include <torch/torch.h>

#include <QtTest>
#include <set>

#include "core/plan/device_pieces.h"
#include "core/system/graphed_generation.h"
#include "core/util/error.h"
#include "models/g3an/g3an_device_plan.h"
#include "models/g3an/g3an_plan.h"
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
    g->forward(torch::randn({2, 6, 1, 1, 1}), torch::randn({2, 3, 1, 1, 1}));
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

constexpr double kFloat32 = 1e-5, kBFloat16 = 3e-2;  // random weights: the worst case
}  // namespace

class TestG3anDevicePlan final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { at::set_num_threads(1); }

    void equalsThePlainModule_data()
    {
        QTest::addColumn<QString>("mode");
        QTest::addColumn<QString>("attention");
        QTest::addColumn<int>("channels");
        QTest::addColumn<int>("size");
        QTest::addColumn<int>("clips");
        QTest::addColumn<int>("steps");
        for (const char* mode : {"1p2d", "2p1d", "3d"})
            for (const char* attention : {"none", "official", "aligned"})
                for (const int size : {64, 128}) QTest::addRow("%s, attention %s, %d px", mode, attention, size) << mode << attention << (size == 64 ? 2 : 4) << size << 1 << (size == 64 ? 2 : 1);
        QTest::newRow("one channel") << "1p2d" << "none" << 1 << 64 << 1 << 1;
        QTest::newRow("odd width") << "2p1d" << "official" << 5 << 64 << 1 << 1;
        QTest::newRow("odd width, 3d") << "3d" << "aligned" << 3 << 64 << 1 << 2;
        QTest::newRow("whole vectors") << "1p2d" << "none" << 16 << 64 << 3 << 1;
        QTest::newRow("longest") << "1p2d" << "official" << 2 << 64 << 1 << 9;
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
        const auto plan = makeDevicePlan(whole->parts().g, PlanPrecision::Float32);
        QCOMPARE(plan->precision(), PlanPrecision::Float32);
        const torch::Tensor got = plan->generate(controls, frames, 0);
        QCOMPARE(got.sizes(), wanted.sizes());
        QCOMPARE(got.scalar_type(), torch::kFloat32);
        QVERIFY(got.is_contiguous() && !got.requires_grad());
        QVERIFY2(difference(got, wanted) < kFloat32, std::to_string(difference(got, wanted)).c_str());
        QVERIFY(torch::equal(got, plan->generate(controls, frames, 0)));
        const auto half = makeDevicePlan(whole->parts().g, PlanPrecision::BFloat16);
        const torch::Tensor rough = half->generate(controls, frames, 0);
        QCOMPARE(rough.scalar_type(), torch::kFloat32);
        const double error = difference(rough, wanted);
        qInfo("fp32: %g, bf16: %g", difference(got, wanted), error);
        QVERIFY2(error < kBFloat16, std::to_string(error).c_str());
        QVERIFY(error > 0);
    }
};
QTEST_APPLESS_MAIN(TestG3anDevicePlan)
#include "tst_g3an_device_plan.moc"
