#include <QtTest>
#include <nlohmann/json.hpp>

#include "core/control/key_poses.h"
#include "core/control/sequence_edit.h"
#include "core/util/error.h"

using namespace kinora;

namespace {
Control control(const char* id, ControlRole role, ControlKind kind, int size)
{
    Control made;
    made.id = id;
    made.role = role;
    made.kind = kind;
    made.size = size;
    return made;
}

std::vector<Control> controls()
{
    std::vector<Control> list = {control("za", ControlRole::Appearance, ControlKind::GaussianVector, 5), control("zm", ControlRole::Motion, ControlKind::GaussianSequence, 3),
                                 control("class", ControlRole::Motion, ControlKind::Category, 0), control("tempo", ControlRole::Motion, ControlKind::GaussianVector, 1)};
    list[1].steps = {4, 0};
    list[2].categories = {"walk", "run"};
    list[3].fixed = true, list[3].mean = 1, list[3].low = 0.5, list[3].high = 2;
    return list;
}

ControlValues drawn(ControlRole role, std::uint64_t seed)
{
    ControlValues values;
    drawRole(controls(), role, seed, 8, values);
    return values;
}

KeyPoses twoTracks()
{
    KeyPoses poses;
    poses.between = 3;
    for (const std::uint64_t seed : {1, 2, 3}) poses.tracks[ControlRole::Appearance].push_back(drawn(ControlRole::Appearance, seed));
    for (const std::uint64_t seed : {4, 5}) poses.tracks[ControlRole::Motion].push_back(drawn(ControlRole::Motion, seed));
    poses.tracks[ControlRole::Motion][1]["class"].category = 1;
    poses.tracks[ControlRole::Motion][1]["tempo"].numbers = {2};
    return poses;
}

ControlValues present()
{
    ControlValues values = drawn(ControlRole::Appearance, 9);
    values.merge(drawn(ControlRole::Motion, 9));
    return values;
}

double length(const std::vector<float>& numbers)
{
    double sum = 0;
    for (const float number : numbers) sum += static_cast<double>(number) * number;
    return std::sqrt(sum);
}
}  // namespace

class TestKeyPoses final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void stepsOnPosesAreThePosesBitForBit_data()
    {
        QTest::addColumn<bool>("spherical");
        QTest::addColumn<bool>("loop");
        for (const bool spherical : {false, true})
            for (const bool loop : {false, true}) QTest::addRow("%s %s", spherical ? "spherical" : "linear", loop ? "loop" : "open") << spherical << loop;
    }
    void stepsOnPosesAreThePosesBitForBit()
    {
        QFETCH(bool, spherical);
        QFETCH(bool, loop);
        KeyPoses poses = twoTracks();
        poses.interpolation = spherical ? PoseInterpolation::Spherical : PoseInterpolation::Linear;
        poses.loop = loop;
        const auto steps = poseSteps(controls(), poses, present(), 8);
        QCOMPARE(static_cast<int>(steps.size()), loop ? 12 : 9);
        QCOMPARE(poseStepCount(poses), static_cast<int>(steps.size()));
        const auto& looks = poses.tracks[ControlRole::Appearance];
        QVERIFY(steps[0].at("za") == looks[0].at("za"));
        QVERIFY(steps[4].at("za") == looks[1].at("za"));
        QVERIFY(steps[8].at("za") == looks[2].at("za"));
        QVERIFY(steps[2].at("za") != looks[0].at("za"));
        // the motion's two poses take as long as the three of the appearance
        const auto& motion = poses.tracks[ControlRole::Motion];
        QVERIFY(steps[0].at("zm") == motion[0].at("zm"));
        QVERIFY(steps[loop ? 6 : 8].at("zm") == motion[1].at("zm"));
        QVERIFY(steps[1].at("zm") != motion[0].at("zm"));
    }

    void aTrackAloneLeavesTheOthersAsTheyAre()
    {
        KeyPoses poses = twoTracks();
        poses.tracks.erase(ControlRole::Motion);
        for (const ControlValues& step : poseSteps(controls(), poses, present(), 8)) {
            QVERIFY(step.at("zm") == present().at("zm"));
            QVERIFY(step.at("class") == present().at("class"));
        }
        poses.tracks[ControlRole::Motion] = {drawn(ControlRole::Motion, 4)};  // a single pose holds
        for (const ControlValues& step : poseSteps(controls(), poses, present(), 8)) QVERIFY(step.at("zm") == drawn(ControlRole::Motion, 4).at("zm"));
    }

    void categoriesSwitchAndSettingsGoStraight()
    {
        const auto steps = poseSteps(controls(), twoTracks(), present(), 8);
        QCOMPARE(steps[3].at("class").category, 0);
        QCOMPARE(steps[4].at("class").category, 1);  // half way
        QVERIFY(std::abs(steps[4].at("tempo").numbers[0] - 1.5f) < 1e-6f);
    }

    void theGreatCircleKeepsTheLength()
    {
        // quarter of a circle: its middle lies at 45 degrees, on the circle
        const std::vector<float> a = {2, 0}, b = {0, 2};
        const auto middle = interpolated(a, b, 0.5, PoseInterpolation::Spherical);
        QVERIFY(std::abs(middle[0] - std::sqrt(2.0f)) < 1e-6f && std::abs(middle[1] - std::sqrt(2.0f)) < 1e-6f);
        const auto third = interpolated(a, b, 1.0 / 3, PoseInterpolation::Spherical);
        QVERIFY(std::abs(third[0] - 2 * std::cos(M_PI / 6)) < 1e-6 && std::abs(third[1] - 2 * std::sin(M_PI / 6)) < 1e-6);
        const auto straight = interpolated(a, b, 0.5, PoseInterpolation::Linear);
        QCOMPARE(straight, (std::vector<float>{1, 1}));
        // about a mean that is not zero
        const auto moved = interpolated({5, 3}, {3, 5}, 0.5, PoseInterpolation::Spherical, 3);
        QVERIFY(std::abs(length({moved[0] - 3, moved[1] - 3}) - 2) < 1e-6);
        // no angle: straight
        QCOMPARE(interpolated({1, 0}, {-1, 0}, 0.25, PoseInterpolation::Spherical), (std::vector<float>{0.5f, 0}));
        QCOMPARE(interpolated({0, 0}, {0, 2}, 0.5, PoseInterpolation::Spherical), (std::vector<float>{0, 1}));
        QVERIFY_EXCEPTION_THROWN(interpolated({1}, {1, 2}, 0.5, PoseInterpolation::Linear), Error);
    }

    void aClipIsMadeOfTheFramesOfTheSteps()
    {
        std::vector<Frames> clips;
        for (int step = 0; step < 7; ++step) {
            Frames clip(4, 2, 2);
            for (int frame = 0; frame < 4; ++frame) std::fill_n(clip.frame(frame), clip.frameBytes(), static_cast<std::uint8_t>(10 * step + frame));
            clips.push_back(clip);
        }
        std::vector<const Frames*> steps;
        for (const Frames& clip : clips) steps.push_back(&clip);
        const auto seen = [&](PoseFrames which) {
            const Frames made = poseClip(steps, which);
            std::vector<int> values;
            for (int frame = 0; frame < made.count(); ++frame) values.push_back(made.frame(frame)[0]);
            return values;
        };
        QCOMPARE(seen(PoseFrames::OneForward), (std::vector<int>{0, 11, 22, 33, 40, 51, 62}));
        QCOMPARE(seen(PoseFrames::OneBackAndForth), (std::vector<int>{0, 11, 22, 33, 42, 51, 60}));
        const auto whole = seen(PoseFrames::Whole);
        QCOMPARE(whole.size(), std::size_t(28));
        QCOMPARE(whole[9], 21);
        clips[3] = Frames(4, 3, 2);
        QVERIFY_EXCEPTION_THROWN(poseClip(steps, PoseFrames::OneForward), Error);
    }

    void jsonBringsTheSameWayBack()
    {
        KeyPoses poses = twoTracks();
        poses.loop = true;
        poses.frames = PoseFrames::OneBackAndForth;
        poses.interpolation = PoseInterpolation::Linear;
        const KeyPoses back = keyPosesFromJson(nlohmann::json::parse(toJson(poses, controls()).dump()), controls(), 8);
        QVERIFY(back == poses);
        QVERIFY(poseSteps(controls(), back, present(), 8) == poseSteps(controls(), poses, present(), 8));
    }

    void refusesWhatDoesNotFit_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::newRow("no tracks") << QByteArray(R"({})");
        QTest::newRow("unknown control") << QByteArray(R"({"tracks": {"appearance": [{"zz": {"numbers": [1]}}]}})");
        QTest::newRow("control of another track") << QByteArray(R"({"tracks": {"motion": [{"za": {"numbers": [1, 2, 3, 4, 5]}}]}})");
        QTest::newRow("too few numbers") << QByteArray(R"({"tracks": {"appearance": [{"za": {"numbers": [1]}}]}})");
        QTest::newRow("too many steps") << QByteArray(R"({"between": 601, "tracks": {}})");
        QTest::newRow("unknown way") << QByteArray(R"({"interpolation": "cubic", "tracks": {}})");
        QTest::newRow("text") << QByteArray(R"({"between": "x", "tracks": {}})");
    }
    void refusesWhatDoesNotFit()
    {
        QFETCH(QByteArray, json);
        QVERIFY_EXCEPTION_THROWN(keyPosesFromJson(nlohmann::json::parse(json.toStdString()), controls(), 8), Error);
    }
    void aWayNeedsTwoPoses()
    {
        KeyPoses poses = twoTracks();
        poses.tracks[ControlRole::Appearance].resize(1);
        poses.tracks[ControlRole::Motion].resize(1);
        QCOMPARE(poseStepCount(poses), 0);
        QVERIFY_EXCEPTION_THROWN(poseSteps(controls(), poses, present(), 8), Error);
        QVERIFY_EXCEPTION_THROWN(poseSteps(controls(), twoTracks(), present(), 12), Error);  // poses of another length
    }

    void curvesAreSmoothedScaledReversedLoopedAndRetimed()
    {
        using namespace sequence;
        const std::vector<float> two = {0, 10, 4, 10, 0, 10, 4, 10};  // (4 steps, 2 numbers)
        QCOMPARE(smoothed(two, 2), (std::vector<float>{1, 10, 2, 10, 2, 10, 3, 10}));
        QCOMPARE(scaled(two, 2, 0.5), (std::vector<float>{1, 10, 3, 10, 1, 10, 3, 10}));
        QCOMPARE(scaled(two, 2, 0), (std::vector<float>{2, 10, 2, 10, 2, 10, 2, 10}));
        QCOMPARE(reversed({1, 2, 3, 4, 5, 6}, 2), (std::vector<float>{5, 6, 3, 4, 1, 2}));
        QCOMPARE(looped({1, 2, 3, 7}, 1), (std::vector<float>{1, 0, -1, 1}));
        QCOMPARE(retimed({0, 1, 2, 3}, 1, 0.5), (std::vector<float>{0, 0.5f, 1, 1.5f}));
        QCOMPARE(retimed({0, 1, 2, 3}, 1, 2), (std::vector<float>{0, 2, 2, 0}));  // turns back at the end
        const std::vector<float> odd = {0.1f, -2.3f, 1e-7f, 5.5f};
        QCOMPARE(retimed(odd, 1, 1), odd);
        QCOMPARE(reversed(reversed(odd, 1), 1), odd);
        for (const auto& operation : {smoothed, reversed, looped}) QCOMPARE(operation({3}, 1), std::vector<float>{3});  // a single step
    }
};

QTEST_APPLESS_MAIN(TestKeyPoses)
#include "tst_key_poses.moc"
