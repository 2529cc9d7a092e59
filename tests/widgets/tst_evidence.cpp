// The numbers beside a claim of disentanglement, on clips whose change is known.
#include <QFile>
#include <QPushButton>
#include <QRegularExpression>
#include <QtTest>
#include <cmath>

#include "core/util/error.h"
#include "widgets/clip_view/clip_clock.h"
#include "widgets/controllers/clip_evidence.h"
#include "widgets/views/evidence_panel.h"

using namespace kinora;

namespace {
/// A grey field with a bright square that moves \p step pixels to the right every frame.
Frames squares(int background, int square, int step, int frames = 8)
{
    Frames clip(frames, 16, 24);
    for (int t = 0; t < frames; ++t)
        for (int y = 0; y < 16; ++y)
            for (int x = 0; x < 24; ++x) {
                const bool inside = y >= 4 && y < 8 && x >= 2 + t * step && x < 6 + t * step;
                std::fill_n(clip.frame(t) + (y * 24 + x) * 3, 3, static_cast<std::uint8_t>(inside ? square : background));
            }
    return clip;
}
}  // namespace

class TestEvidence final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void nothingChangedIsNothing()
    {
        const Frames clip = squares(40, 200, 1);
        const ClipChange change = clipChange(clip, clip);
        QCOMPARE(change.all, 0.0);
        QCOMPARE(change.still, 0.0);
        QCOMPARE(change.stillPixels, 0.0);
        QCOMPARE(change.moving, 0.0);
        QCOMPARE(change.energy, change.referenceEnergy);
        QVERIFY(change.energy > 0);
        QVERIFY(change.stillShare > 0.5 && change.stillShare < 1);
    }

    void anotherLookWithTheSameMotion()
    {
        // 10 grey levels brighter everywhere: all of it is looks, nothing is movement
        const ClipChange change = clipChange(squares(50, 210, 1), squares(40, 200, 1));
        QVERIFY(qFuzzyCompare(change.all, 10.0));
        QVERIFY(qFuzzyCompare(change.still, 10.0));
        QVERIFY(qFuzzyCompare(change.stillPixels, 10.0));
        QVERIFY(change.moving < 1e-9);
        QVERIFY(qFuzzyCompare(change.energy, change.referenceEnergy));
    }

    void anotherMotionOfTheSameLook()
    {
        const ClipChange change = clipChange(squares(40, 200, 2), squares(40, 200, 1));
        QVERIFY(change.moving > 1);
        QVERIFY(change.energy > 1.4 * change.referenceEnergy);
        // where nothing moved in the reference and nothing moves now
        QVERIFY(change.stillPixels < change.still);
    }

    void energyCoursesAreCompared()
    {
        Frames pulse(8, 8, 8), inverse(8, 8, 8);
        for (int t = 0; t < 8; ++t) {
            std::fill_n(pulse.frame(t), pulse.frameBytes(), static_cast<std::uint8_t>(t < 4 ? 0 : 20 * (t - 3)));
            std::fill_n(inverse.frame(t), inverse.frameBytes(), static_cast<std::uint8_t>(t < 4 ? 20 * t : 60));
        }
        QVERIFY(qFuzzyCompare(clipChange(pulse, pulse).energyCorrelation, 1.0));
        QVERIFY(clipChange(inverse, pulse).energyCorrelation < -0.5);
        QVERIFY(std::isnan(clipChange(Frames(4, 8, 8), pulse).energyCorrelation));
    }

    void lengthsAndSizes()
    {
        QCOMPARE(clipChange(squares(40, 200, 1, 5), squares(40, 200, 1, 8)).all, 0.0);
        QCOMPARE(differenceClip(squares(40, 200, 1, 5), squares(40, 200, 1, 8), 4).count(), 5);
        QVERIFY_THROWS_EXCEPTION(Error, clipChange(Frames(2, 8, 8), Frames(2, 8, 9)));
        QVERIFY_THROWS_EXCEPTION(Error, differenceClip(Frames(2, 8, 8), Frames(2, 9, 8), 1));
    }

    void differencesAreEnhancedAndCutOff()
    {
        const Frames difference = differenceClip(squares(50, 255, 1), squares(40, 100, 1), 4);
        QCOMPARE(int(difference.frame(0)[0]), 40);
        QCOMPARE(int(difference.frame(0)[(5 * 24 + 3) * 3]), 255);
    }

    void slicesFollowALine()
    {
        const Frames clip = squares(40, 200, 1);
        const Frames row = timeSlice(clip, 5, false);
        QCOMPARE(row.count(), 1);
        QCOMPARE(row.height(), 8);
        QCOMPARE(row.width(), 24);
        for (int t = 0; t < 8; ++t)
            for (int x = 0; x < 24; ++x) QCOMPARE(int(row.frame(0)[(t * 24 + x) * 3]), x >= 2 + t && x < 6 + t ? 200 : 40);
        const Frames column = timeSlice(clip, 1000, true);  // the last one
        QCOMPARE(column.width(), 16);
        QCOMPARE(int(column.frame(0)[0]), 40);
        QVERIFY(timeSlice(Frames(), 0, false).empty());
    }

    void flowIsHueAndSaturation()
    {
        FlowField flow{2, 1, 4, std::vector<float>(16, 0.0F)};
        flow.values = {2, 0, 0, 2, -2, 0, 1, 0, 2, 0, 0, 2, -2, 0, 1, 0};
        const Frames hues = flowHues(flow, 2);
        const auto pixel = [&](int x) { return std::array<int, 3>{hues.frame(0)[3 * x], hues.frame(0)[3 * x + 1], hues.frame(0)[3 * x + 2]}; };
        QCOMPARE(pixel(0), (std::array<int, 3>{255, 0, 0}));      // right is red
        QVERIFY(std::abs(pixel(1)[0] - 127) <= 1 && pixel(1)[1] == 255 && pixel(1)[2] == 0);  // down yellow-green
        QCOMPARE(pixel(2), (std::array<int, 3>{0, 255, 255}));    // left cyan
        QVERIFY(pixel(3)[0] == 255 && std::abs(pixel(3)[1] - 127) <= 1 && std::abs(pixel(3)[2] - 127) <= 1);  // half as far: half as saturated
        QCOMPARE(flow.meanLength(), 7.0 / 4);
        FlowField still{2, 1, 4, std::vector<float>(16, 0.0F)};
        QCOMPARE(flowDistance(flow, still), 7.0 / 4);
        QVERIFY_EXCEPTION_THROWN(flowDistance(flow, FlowField{2, 2, 2, std::vector<float>(16)}), Error);
        // the legend has the same colours
        const Frames wheel = flowWheel(64);
        const auto at = [&](int x, int y) { return wheel.frame(0) + (y * 64 + x) * 3; };
        QVERIFY(at(62, 32)[0] == 255 && at(62, 32)[1] < 20 && at(62, 32)[2] < 20);
        QVERIFY(at(32, 32)[0] > 245 && at(32, 32)[1] > 245 && at(32, 32)[2] > 245);
    }

    void thePanelShowsFlow()
    {
        const QString program = QStringLiteral(KINORA_BIN_DIR "/kinora");
        if (!QFile::exists(program) || !QFile::exists(QStringLiteral(KINORA_BIN_DIR "/kinora-import"))) QSKIP("kinora-import is not built");
        // a textured field that moves by one pixel to the right, or to the left
        const auto moving = [](int step) {
            Frames clip(6, 64, 64);
            for (int t = 0; t < 6; ++t)
                for (int y = 0; y < 64; ++y)
                    for (int x = 0; x < 64; ++x)
                        for (int c = 0; c < 3; ++c)
                            clip.frame(t)[(y * 64 + x) * 3 + c] = static_cast<std::uint8_t>(127 + 60 * std::sin(0.35 * (x - t * step)) * std::cos(0.3 * y) + 50 * std::sin(0.17 * (x - t * step) + 0.2 * y));
            return std::make_shared<const Frames>(clip);
        };
        ClipClock clock;
        EvidencePanel panel(clock, program);
        panel.resize(500, 420);
        panel.show();
        const auto right = moving(1), left = moving(-1);
        panel.setClip(right);
        panel.setReference(left);
        QTRY_VERIFY(panel.change());
        const auto centre = [&] { return panel.difference()->clip() ? panel.difference()->clip()->frame(2) + (32 * 64 + 32) * 3 : nullptr; };
        auto* legend = panel.findChild<FlowLegend*>();
        QVERIFY(legend->isHidden());
        panel.setPicture(EvidencePanel::Picture::Flow);
        QVERIFY(!legend->isHidden());
        QTRY_VERIFY_WITH_TIMEOUT(panel.text().contains(QStringLiteral("Optical flow")), 20000);
        QVERIFY2(centre()[0] > 240 && centre()[1] < 120 && centre()[2] < 120, qPrintable(QStringLiteral("%1 %2 %3").arg(centre()[0]).arg(centre()[1]).arg(centre()[2])));
        QVERIFY2(legend->fullPx() > 0.8 && legend->fullPx() < 1.6, qPrintable(QString::number(legend->fullPx())));
        QVERIFY(panel.text().contains(QRegularExpression(QStringLiteral("differs from it by [12]\\.")))); // two opposite movements of one pixel
        panel.setPicture(EvidencePanel::Picture::ReferenceFlow);
        QTRY_VERIFY(centre() && centre()[0] < 120 && centre()[1] > 200 && centre()[2] > 200);
        panel.setPicture(EvidencePanel::Picture::Difference);
        QVERIFY(legend->isHidden());
        QVERIFY(!panel.text().contains(QStringLiteral("Optical flow")));
    }

    void aMissingProgramIsSaid()
    {
        FlowController flow(QStringLiteral("/nowhere/kinora"));
        QSignalSpy failed(&flow, &FlowController::failed);
        flow.want({std::make_shared<const Frames>(squares(40, 200, 1))});
        QTRY_COMPARE(failed.size(), 1);
        QVERIFY2(failed[0][0].toString().contains(QStringLiteral("/nowhere/kinora")), qPrintable(failed[0][0].toString()));
        QVERIFY(!flow.busy());
    }

    void thePanelSaysIt()
    {
        ClipClock clock;
        EvidencePanel panel(clock, QString());
        panel.resize(420, 360);
        panel.show();
        QVERIFY(!panel.referenceButton()->isEnabled());
        const auto shared = [](const Frames& frames) { return std::make_shared<const Frames>(frames); };
        panel.setClip(shared(squares(40, 200, 1)));
        QVERIFY(panel.referenceButton()->isEnabled());
        panel.setReference(shared(squares(40, 200, 1)));
        panel.setChanged(EvidencePanel::Changed::Nothing);
        QTRY_VERIFY(panel.change() && panel.change()->all == 0);
        panel.setClip(shared(squares(50, 210, 1)));
        panel.setChanged(EvidencePanel::Changed::Appearance);
        QTRY_VERIFY(panel.change() && std::abs(panel.change()->still - 10) < 1e-9);
        QVERIFY(panel.text().contains(QStringLiteral("10.00")) && panel.text().contains(QStringLiteral("appearance")));
        QVERIFY(panel.difference()->clip());
        QCOMPARE(int(panel.difference()->clip()->frame(0)[0]), 40);  // × 4
        // another size has nothing to compare
        panel.setClip(shared(Frames(4, 8, 8)));
        QTRY_VERIFY(!panel.change());
        QVERIFY(!panel.difference()->clip());
        QSignalSpy wanted(&panel, &EvidencePanel::referenceWanted);
        QTest::mouseClick(panel.referenceButton(), Qt::LeftButton);
        QCOMPARE(wanted.size(), 1);
    }
};

QTEST_MAIN(TestEvidence)
#include "tst_evidence.moc"
