// Codes found for clips: what is rendered from known codes comes back, whatever kinds of controls a system has.
#include <torch/torch.h>

#include <QtTest>

#include "core/inversion/inversion.h"
#include "core/metrics/pixel_metrics.h"
#include "core/util/error.h"
#include "tests/support/toy_systems.h"

using namespace kinora;

namespace {
/// A painter whose za moves a colour field and whose zm moves it over time: smooth in its codes, as a trained generator is.
class FieldSystem final : public System {
public:
    SystemDescription describe() const override
    {
        SystemDescription d;
        d.id = "field";
        d.controls = {{"za", "Appearance", "", ControlRole::Appearance, ControlKind::GaussianVector, 6}, {"zm", "Motion", "", ControlRole::Motion, ControlKind::GaussianSequence, 2}};
        d.controls[1].steps = StepRule{2, 0};
        d.length = LengthRule{8, 4, 16, 4};
        d.width = d.height = 16;
        return d;
    }
    OptionValues options() const override { return {}; }
    std::vector<NamedNetwork> networks() override { return {}; }
    std::vector<NamedOptimizer> optimizers() override { return {}; }
    BatchNeeds batchNeeds() const override { return {}; }
    StepScalars trainStep(const Batch&, int64_t) override { return {}; }
    torch::Tensor generate(const ControlTensors& controls, int frames, uint64_t) override
    {
        const torch::AutoGradMode gradients(differentiable && wantsGradients(controls));
        const torch::Tensor za = controls.at("za"), zm = controls.at("zm");
        const torch::Tensor axis = torch::linspace(-1, 1, 16), t = zm.repeat_interleave(2, 2);  // (N, 2, T)
        const auto n = za.size(0);
        const torch::Tensor x = axis.view({1, 1, 1, 16}) - 0.3 * t.select(1, 0).view({n, frames, 1, 1}), y = axis.view({1, 1, 16, 1}) - 0.3 * t.select(1, 1).view({n, frames, 1, 1});
        std::vector<torch::Tensor> channels;
        for (int c = 0; c < 3; ++c) channels.push_back(torch::tanh(za.select(1, c).view({n, 1, 1, 1}) + za.select(1, 3 + c).view({n, 1, 1, 1}) * (2 * x * x + (c + 1) * 0.5 * y)));
        return torch::stack(channels, 1);
    }
    bool differentiable = true;
};

Frames known(System& system, uint64_t seed, int frames, ControlValues* values = nullptr)
{
    GenerationRequest request;
    request.clips = matrixControls(system.describe(), seed, seed + 100, 1, 1, frames);
    request.frames = frames;
    if (values) *values = request.clips[0];
    return generateClips(system, request).front();
}
}  // namespace

class TestInversion final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aRenderedClipComesBack()
    {
        FieldSystem system;
        for (const uint64_t seed : {1, 2, 3}) {
            const Frames clip = known(system, seed, 8);
            InversionOptions options;
            options.steps = 250;
            int calls = 0, most = 0;
            double last = INFINITY;
            const InversionResult found = invertClip(system, clip, options, {}, [&](const InversionProgress& progress) {
                QCOMPARE(progress.step, ++calls);
                QVERIFY(progress.loss <= last);  // of the best so far
                last = progress.loss;
                most = std::max(most, progress.starts);
                QCOMPARE(progress.best.sizes().vec(), (std::vector<int64_t>{3, 8, 16, 16}));
            });
            QCOMPARE(calls, 250);
            QCOMPARE(most, 8);
            QCOMPARE(found.curve.size(), std::size_t(250));
            QVERIFY2(found.curve.back() < 0.1 * found.curve.front(), qPrintable(QString::number(found.curve.back() / found.curve.front())));
            QVERIFY2(found.psnr >= 25, qPrintable(QString::number(found.psnr)));
            QVERIFY2(std::abs(found.motionEnergy - 1) < 0.2, qPrintable(QString::number(found.motionEnergy)));
            // the codes draw what was shown
            GenerationRequest request;
            request.clips = {found.values};
            request.frames = 8;
            QVERIFY(generateClips(system, request).front() == found.drawn);
            QVERIFY(found.target == clip);
        }
    }

    void theSameSeedFindsTheSame()
    {
        FieldSystem system;
        const Frames clip = known(system, 5, 4);
        InversionOptions options;
        options.steps = 30;
        const InversionResult a = invertClip(system, clip, options), b = invertClip(system, clip, options);
        QVERIFY(a.values == b.values);
        options.seed = 1;
        QVERIFY(!(invertClip(system, clip, options).values == a.values));
    }

    void aGivenCodeStays()
    {
        FieldSystem system;
        ControlValues values;
        const Frames clip = known(system, 7, 8, &values);
        InversionOptions options;
        options.steps = 150;
        const InversionResult found = invertClip(system, clip, options, {{"za", values.at("za")}});
        QVERIFY(found.values.at("za") == values.at("za"));
        QVERIFY(!(found.values.at("zm") == values.at("zm")));
        QVERIFY(found.psnr >= 25);
    }

    void clipsAreFitted()
    {
        FieldSystem system;
        const SystemDescription description = system.describe();
        Frames clip(15, 48, 32);
        for (std::size_t i = 0; i < clip.bytes().size(); ++i) clip.frame(0)[i] = static_cast<std::uint8_t>(i % 251);
        const Frames fitted = fittedClip(description, clip);
        QCOMPARE(fitted.count(), 12);
        QCOMPARE(fitted.width(), 16);
        QCOMPARE(fitted.height(), 16);
        QVERIFY_THROWS_EXCEPTION(Error, fittedClip(description, Frames(3, 16, 16)));
        QVERIFY_THROWS_EXCEPTION(Error, fittedClip(description, Frames()));
    }

    void picturesComeFromTheClip()
    {
        // classes are drawn for every start, conditioning pictures are the clip's own
        for (const char* id : {"toy_class", "toy_frames"}) {
            torch::manual_seed(4);
            const auto system = findSystem(test::toyCatalogue(), id).create({});
            const SystemDescription description = system->describe();
            Frames clip(8, 16, 16);
            for (std::size_t i = 0; i < clip.bytes().size(); ++i) clip.frame(0)[i] = static_cast<std::uint8_t>((i * 7) % 256);
            InversionOptions options;
            options.steps = 20;
            options.candidates = 16;
            const InversionResult found = invertClip(*system, clip, options);
            QVERIFY(found.curve.back() < found.curve.front());
            for (const Control& control : description.controls) {
                QVERIFY2(found.values.contains(control.id), control.id.c_str());
                if (control.kind != ControlKind::Image && control.kind != ControlKind::Frames) continue;
                const Frames& given = *found.values.at(control.id).frames;
                QVERIFY(std::equal(given.bytes().begin(), given.bytes().end(), clip.bytes().begin()));
            }
        }
    }

    void whatCannotBeInvertedIsSaid_data()
    {
        QTest::addColumn<QString>("what");
        QTest::addColumn<int>("code");
        QTest::newRow("no gradient") << "no gradient" << static_cast<int>(ErrorCode::Usage);
        QTest::newRow("maps") << "maps" << static_cast<int>(ErrorCode::Usage);
        QTest::newRow("too short") << "too short" << static_cast<int>(ErrorCode::ShapeMismatch);
        QTest::newRow("no steps") << "no steps" << static_cast<int>(ErrorCode::Usage);
        QTest::newRow("cancelled") << "cancelled" << static_cast<int>(ErrorCode::Cancelled);
    }
    void whatCannotBeInvertedIsSaid()
    {
        QFETCH(QString, what);
        QFETCH(int, code);
        FieldSystem field;
        field.differentiable = what != "no gradient";
        std::unique_ptr<System> maps;
        if (what == "maps") maps = findSystem(test::toyCatalogue(), "toy_maps").create({});
        System& system = maps ? *maps : static_cast<System&>(field);
        InversionOptions options;
        options.steps = what == "no steps" ? 0 : 10;
        std::stop_source stop;
        int steps = 0;
        try {
            invertClip(system, Frames(what == "too short" ? 2 : 8, 16, 16), options, {}, [&](const InversionProgress&) {
                if (what == "cancelled" && ++steps == 3) stop.request_stop();
            }, stop.get_token());
            QFAIL("nothing was said");
        } catch (const Error& error) {
            QCOMPARE(static_cast<int>(error.code()), code);
            QVERIFY(!error.detail().empty());
        }
        if (what == "cancelled") QCOMPARE(steps, 3);
    }
};

QTEST_APPLESS_MAIN(TestInversion)
#include "tst_inversion.moc"
