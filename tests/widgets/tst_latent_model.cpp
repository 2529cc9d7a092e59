#include <QtTest>
#include <nlohmann/json.hpp>

#include "core/util/error.h"
#include "widgets/controllers/latent_state.h"

using namespace kinora;

namespace {
Control control(const char* id, ControlRole role, ControlKind kind, int size)
{
    Control made;
    made.id = id;
    made.name = id;
    made.role = role;
    made.kind = kind;
    made.size = size;
    return made;
}

SystemDescription splitSystem()
{
    SystemDescription system;
    system.id = "split";
    system.length = {8, 4, 16, 4};
    system.controls = {control("za", ControlRole::Appearance, ControlKind::GaussianVector, 5), control("zm", ControlRole::Motion, ControlKind::GaussianSequence, 3)};
    system.controls[1].steps = {4, 0};
    return system;
}

DirectionSet axes(int size, int count)
{
    DirectionSet set;
    for (int k = 0; k < count; ++k) {
        std::vector<float> vector(static_cast<std::size_t>(size), 0.0f);
        vector[static_cast<std::size_t>(k)] = 2.0f;
        set.vectors.push_back(vector);
        set.explained.push_back(0.1f);
    }
    return set;
}
}  // namespace

class TestLatentModel final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void groupsAreDrawnApart()
    {
        LatentModel model(splitSystem(), 8, {});
        const ControlValues before = model.values();
        model.draw(ControlRole::Appearance, 7);
        QVERIFY(model.values().at("za") != before.at("za"));
        QVERIFY(model.values().at("zm") == before.at("zm"));
    }

    void equalsTheEnginesDrawOfTheSeed()
    {
        LatentModel model(splitSystem(), 8, {{ControlRole::Appearance, 3}, {ControlRole::Motion, 4}});
        ControlValues expected;
        drawRole(splitSystem().controls, ControlRole::Appearance, 3, 8, expected);
        drawRole(splitSystem().controls, ControlRole::Motion, 4, 8, expected);
        QVERIFY(model.values() == expected);
    }

    void movesAlongDirectionsAtOneStepAndAtAll()
    {
        LatentModel model(splitSystem(), 8, {});
        model.setDirections("zm", axes(3, 2));
        const auto before = model.values().at("zm").numbers;
        model.setAmount("zm", 1, 0.5f);
        model.setAmount("zm", 1, 0.25f, 1);
        const auto after = model.values().at("zm").numbers;
        QCOMPARE(after[1], before[1] + 0.5f * 2.0f);
        QCOMPARE(after[4], before[4] + 0.75f * 2.0f);
        QCOMPARE(after[0], before[0]);
        QCOMPARE(model.amount("zm", 1), 0.5f);
        QCOMPARE(model.amount("zm", 1, 1), 0.25f);
    }

    void aNumberIsSetAsItIsUsed()
    {
        LatentModel model(splitSystem(), 8, {});
        model.setDirections("za", axes(5, 2));
        model.setAmount("za", 0, 1.0f);
        model.setNumber("za", 0, 1.25f);
        QVERIFY(qAbs(model.number("za", 0) - 1.25f) < 1e-5f);
        QCOMPARE(model.amount("za", 0), 1.0f);  // the movement stays what it was
        model.setNumber("zm", 2, -1.0f);        // all steps: the mean
        const auto numbers = model.values().at("zm").numbers;
        QVERIFY(qAbs((numbers[2] + numbers[5]) / 2 + 1.0f) < 1e-5f);
    }

    void aLongerClipGoesOnAsItsSeedWould()
    {
        LatentModel model(splitSystem(), 8, {{ControlRole::Motion, 11}});
        model.setFrames(16);
        ControlValues expected;
        drawRole(splitSystem().controls, ControlRole::Motion, 11, 16, expected);
        QVERIFY(model.values().at("zm") == expected.at("zm"));
        model.setNumber("zm", 0, 2.0f, 0);
        model.setFrames(4);
        model.setFrames(16);
        QCOMPARE(model.values().at("zm").numbers[0], 2.0f);  // what was edited stays
    }

    void locksHoldInTheMatrix()
    {
        LatentModel model(splitSystem(), 8, {});
        const auto present = model.values();
        QVERIFY(model.cell(1, 2, 4, 0, 0).at("za") != present.at("za"));
        model.setLocked(ControlRole::Appearance, true);
        QVERIFY(model.cell(1, 2, 4, 0, 0).at("za") == present.at("za"));
        QVERIFY(model.cell(1, 2, 4, 0, 0).at("zm") != present.at("zm"));
    }

    void cellsShareRowsAndColumns()
    {
        const LatentModel model(splitSystem(), 8, {});
        QVERIFY(model.cell(1, 0, 4, 5, 9).at("za") == model.cell(1, 3, 4, 5, 9).at("za"));
        QVERIFY(model.cell(0, 2, 4, 5, 9).at("zm") == model.cell(3, 2, 4, 5, 9).at("zm"));
        QVERIFY(model.cell(0, 0, 4, 5, 9).at("za") != model.cell(1, 0, 4, 5, 9).at("za"));
    }

    void jsonBringsTheSameValuesBack()
    {
        LatentModel model(splitSystem(), 16, {{ControlRole::Appearance, 21}});
        model.setDirections("za", axes(5, 2));
        model.setAmount("za", 1, -1.5f);
        const ControlValues values = model.values();
        LatentModel other(splitSystem(), 8, {});
        other.fromJson(nlohmann::json::parse(model.toJson().dump()));
        QVERIFY(other.values() == values);
        QCOMPARE(other.state().frames, 16);
        QCOMPARE(other.seed(ControlRole::Appearance), std::uint64_t(21));
    }

    void refusesForeignStatesAndChangesNothing_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::newRow("array") << QByteArray("[1]");
        QTest::newRow("other system") << QByteArray(R"({"system": "g", "controls": {}})");
        QTest::newRow("impossible length") << QByteArray(R"({"system": "split", "frames": 7, "controls": {}})");
        QTest::newRow("too few numbers") << QByteArray(R"({"system": "split", "frames": 8, "controls": {"za": {"numbers": [1, 2]}}})");
        QTest::newRow("unknown control") << QByteArray(R"({"system": "split", "frames": 8, "controls": {"zz": {"numbers": [1, 2]}}})");
        QTest::newRow("text for numbers") << QByteArray(R"({"system": "split", "frames": "x", "controls": {}})");
    }
    void refusesForeignStatesAndChangesNothing()
    {
        QFETCH(QByteArray, json);
        LatentModel model(splitSystem(), 8, {});
        const LatentState before = model.state();
        QVERIFY_EXCEPTION_THROWN(model.fromJson(nlohmann::json::parse(json.toStdString())), kinora::Error);
        QVERIFY(model.state() == before);
    }

    void pictureControlsAreMissingUntilGiven()
    {
        SystemDescription system = splitSystem();
        system.controls.push_back(control("image", ControlRole::Appearance, ControlKind::Image, 3));
        LatentModel model(system, 8, {});
        QCOMPARE(model.missing(), std::vector<std::string>{"image"});
        ControlValue value;
        value.frames = std::make_shared<const Frames>(1, 4, 4);
        model.setPicture("image", value);
        QVERIFY(model.missing().empty());
        model.draw(ControlRole::Appearance, 5);  // a picture is not drawn away
        QVERIFY(model.missing().empty());
    }

    void picturesOfADatasetFollowTheSeed()
    {
        SystemDescription system = splitSystem();
        system.controls.push_back(control("image", ControlRole::Appearance, ControlKind::Image, 3));
        LatentModel model(system, 8, {{ControlRole::Appearance, 4}});
        std::vector<std::shared_ptr<const Frames>> clips;
        for (int i = 0; i < 3; ++i) {
            Frames frames(1, 4, 4);
            std::ranges::fill(frames.bytes(), static_cast<std::uint8_t>(i));
            clips.push_back(std::make_shared<const Frames>(std::move(frames)));
        }
        const auto shown = [&] { return int(model.values().at("image").frames->bytes()[0]); };
        model.setGiven("image", clips, false);
        QVERIFY(model.missing().empty());
        QCOMPARE(shown(), 1);
        model.draw(ControlRole::Appearance, 2);
        QCOMPARE(shown(), 2);
        model.draw(ControlRole::Motion, 0);
        QCOMPARE(shown(), 2);
        QCOMPARE(int(model.cell(3, 0, 4, 0, 0).at("image").frames->bytes()[0]), 0);  // row 3 is seed 3
        model.setLocked(ControlRole::Appearance, true);
        QCOMPARE(int(model.cell(3, 0, 4, 0, 0).at("image").frames->bytes()[0]), 2);
        // a person's own stays, until the person asks for a dataset
        ControlValue own;
        Frames frames(1, 4, 4);
        std::ranges::fill(frames.bytes(), std::uint8_t(99));
        own.frames = std::make_shared<const Frames>(std::move(frames));
        model.setPicture("image", own);
        model.draw(ControlRole::Appearance, 1);
        QCOMPARE(shown(), 99);
        model.setGiven("image", clips, false);
        QCOMPARE(shown(), 99);
        model.setGiven("image", clips, true);
        QCOMPARE(shown(), 1);
        model.setGiven("unknown", clips, true);
    }
};
QTEST_APPLESS_MAIN(TestLatentModel)
#include "tst_latent_model.moc"
