// The numbers beside a claim of disentanglement, on clips whose change is known.
#include <QPushButton>
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

    void thePanelSaysIt()
    {
        ClipClock clock;
        EvidencePanel panel(clock);
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
