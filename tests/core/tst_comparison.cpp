// Figures of several models beside each other: their views, their labels, and the recipe in JSON.
#include <QtTest>
#include <nlohmann/json.hpp>

#include "core/export/comparison.h"
#include "core/util/error.h"

using namespace kinora;
using nlohmann::json;

class TestComparison final : public QObject {
    Q_OBJECT
    /// Every pixel of frame t is value + t.
    static SharedClip clip(int frames, int height, int width, int value)
    {
        auto made = std::make_shared<Frames>(frames, height, width);
        for (int t = 0; t < frames; ++t) std::fill_n(made->frame(t), made->frameBytes(), static_cast<std::uint8_t>(value + t));
        return made;
    }
    static int pixel(const Frames& clip, int t, int y, int x) { return clip.frame(t)[(y * clip.width() + x) * 3]; }
    static ComparisonRecipe two(const char* show)
    {
        ComparisonRecipe recipe;
        recipe.sources.resize(2);
        recipe.sources[0].label = "A", recipe.sources[1].label = "B";
        recipe.sources[0].checkpointHash = recipe.sources[1].checkpointHash = "00";
        recipe.sampleLabels = {"sample 0"};
        recipe.view.show = show;
        return recipe;
    }
private Q_SLOTS:
    void views_data()
    {
        QTest::addColumn<QByteArray>("show");
        QTest::addColumn<QString>("label");
        for (const auto& [show, label] : {std::pair("clips", "B"), std::pair("difference", "|B − A| × 4"), std::pair("flicker", "B / A"), std::pair("wipe", "B | A")}) QTest::newRow(show) << QByteArray(show) << QString::fromUtf8(label);
    }
    void views()
    {
        QFETCH(QByteArray, show);
        QFETCH(QString, label);
        ComparisonRecipe recipe = two(show.constData());
        recipe.encoder.frameRateHz = 4;
        recipe.view.wipe = 0.25;
        const FigureClips figure = comparisonFigure(recipe, {{clip(4, 8, 8, 10)}, {clip(4, 8, 8, 30)}});
        QCOMPARE(figure.rows, 2);
        QCOMPARE(figure.columns, 1);
        QCOMPARE(QString::fromStdString(figure.rowLabels.at(1)), label);
        QCOMPARE(figure.rowLabels.at(0), std::string("A"));
        const Frames& first = figure.clips.at(0);
        const Frames& second = figure.clips.at(1);
        for (int t = 0; t < 4; ++t) QCOMPARE(pixel(first, t, 3, 3), 10 + t);  // the one that the others are shown against stays as it is
        if (show == "clips") QCOMPARE(pixel(second, 2, 0, 0), 32);
        if (show == "difference") QCOMPARE(pixel(second, 2, 5, 5), 80);
        if (show == "wipe") {
            QCOMPARE(pixel(second, 1, 4, 1), 31);
            QCOMPARE(pixel(second, 1, 4, 2), 255);  // the line
            QCOMPARE(pixel(second, 1, 4, 3), 11);
        }
        if (show == "flicker") {
            QCOMPARE(second.count(), 4);  // one second: each of both stands half of it
            for (int t = 0; t < 4; ++t) QCOMPARE(pixel(second, t, 0, 0), (t < 2 ? 30 : 10) + t);
        }
    }
    void aFlickerRepeatsShortClips()
    {
        ComparisonView view;
        view.show = "flicker";
        settle(view, 8, 25);  // a third of a second
        QCOMPARE(view.flickerFrames, std::int64_t(32));
        QCOMPARE(view.flickerTurns, std::int64_t(1));
        const ComparisonView before = view;
        settle(view, 8, 5);  // settled once: another rate does not change it
        QCOMPARE(view.flickerFrames, before.flickerFrames);
        const Frames both = blended(*clip(8, 4, 4, 10), *clip(6, 4, 4, 100), view);
        QCOMPARE(both.count(), 32);
        QCOMPARE(pixel(both, 9, 0, 0), 11);
        QCOMPARE(pixel(both, 17, 0, 0), 101);
        QCOMPARE(pixel(both, 23, 0, 0), 105);  // the shorter one's last frame stands
        ComparisonView still;
        still.show = "flicker";
        settle(still, 1, 0.5);
        QCOMPARE(still.flickerFrames, std::int64_t(2));
        const Frames turns = blended(*clip(1, 4, 4, 10), *clip(1, 4, 4, 100), still);
        QVERIFY(pixel(turns, 0, 0, 0) == 10 && pixel(turns, 1, 0, 0) == 100);
    }
    void otherSizesStandInTheMiddle()
    {
        ComparisonRecipe recipe = two("clips");
        recipe.across = true;
        recipe.samples = 2;
        const FigureClips figure = comparisonFigure(recipe, {{clip(2, 8, 8, 50), nullptr}, {clip(2, 4, 2, 90)}});
        QCOMPARE(figure.rows, 2);
        QCOMPARE(figure.columns, 2);
        const Frames& small = figure.clips.at(1);
        QVERIFY(small.width() == 8 && small.height() == 8);
        QVERIFY(pixel(small, 0, 4, 1) == 0 && pixel(small, 0, 4, 2) == 90 && pixel(small, 0, 0, 5) == 90 && pixel(small, 0, 4, 6) == 0);
        QCOMPARE(pixel(figure.clips.at(2), 0, 4, 4), 0);  // nothing there
        QVERIFY_EXCEPTION_THROWN(comparisonFigure(recipe, {{nullptr}, {}}), Error);
        recipe.view.show = "wipe", recipe.view.against = 2;
        QVERIFY_EXCEPTION_THROWN(comparisonFigure(recipe, {{clip(2, 8, 8, 50)}, {}}), Error);
    }
    void aRecipeComesBack()
    {
        ComparisonRecipe recipe = two("difference");
        recipe.samples = 2;
        recipe.sampleLabels = {"A 3 · M 7", "A 4 · M 8"};
        recipe.appearanceSeed = 3;
        recipe.view.gain = 7;
        recipe.encoder.scale = 3;
        ComparedSource& model = recipe.sources[0];
        model.frames = 16, model.checkpointFile = "m.safetensors", model.plan = "bf16", model.weights = "averaged", model.device = "cpu", model.system = "g3an", model.step = 1000;
        ControlValue code;
        code.numbers = {0.1f, -1.5f, 1e-7f};
        model.codes = {{{"za", code}}, {{"za", code}}};
        model.seeds = {5, 6};
        model.given = {{{"image", "builtin:faces", {128, "faces-128", "abc"}}}, {{"image", "builtin:faces", {256, "faces-256", "abd"}}}};
        ComparedSource& real = recipe.sources[1];
        real.checkpointHash.clear();
        real.dataset = "/data/real.h5", real.frames = 16, real.clips = {{4, "four", "aa"}};
        const json written = toJson(recipe);
        QVERIFY(isComparison(written));
        QCOMPARE(written["values"].size(), std::size_t(1));  // shared codes are written once
        const ComparisonRecipe read = comparisonFromJson(json::parse(written.dump()), "x.gif");
        QVERIFY(toJson(read) == written);
        QVERIFY(read.sources[0].codes == model.codes);
        QVERIFY(read.sources[1].isDataset() && read.sources[1].clips.at(0).name == "four");
        QCOMPARE(read.sources[0].given.at(1).at(0).clip.number, std::int64_t(256));
    }
    void hostileRecipes_data()
    {
        QTest::addColumn<QByteArray>("patch");
        QTest::addColumn<QByteArray>("word");
        QTest::newRow("no sources") << QByteArray(R"({"sources": []})") << QByteArray("sources");
        QTest::newRow("sources of another type") << QByteArray(R"({"sources": 3})") << QByteArray("sources");
        QTest::newRow("samples") << QByteArray(R"({"samples": 100000})") << QByteArray("samples");
        QTest::newRow("samples that are none") << QByteArray(R"({"samples": "two"})") << QByteArray("recipe");
        QTest::newRow("codes for other samples") << QByteArray(R"({"samples": 2})") << QByteArray("codes");
        QTest::newRow("against") << QByteArray(R"({"view": {"against": 9}})") << QByteArray("against");
        QTest::newRow("view") << QByteArray(R"({"view": {"show": "dance"}})") << QByteArray("show");
        QTest::newRow("unknown key of the view") << QByteArray(R"({"view": {"shown": "wipe"}})") << QByteArray("shown");
        QTest::newRow("gain") << QByteArray(R"({"view": {"gain": 1e9}})") << QByteArray("gain");
        QTest::newRow("a code that is not there") << QByteArray(R"({"values": []})") << QByteArray("recipe");
        QTest::newRow("newer") << QByteArray(R"({"kinora_recipe": 9})") << QByteArray("newer");
    }
    void hostileRecipes()
    {
        QFETCH(QByteArray, patch);
        QFETCH(QByteArray, word);
        ComparisonRecipe recipe = two("clips");
        for (ComparedSource& source : recipe.sources) {
            source.frames = 16;
            source.codes = {{{"za", ControlValue{{1.0f}, 0, 0, {}}}}};
            source.seeds = {0};
        }
        json changed = toJson(recipe);
        QCOMPARE(comparisonFromJson(changed, "x.json").sources.size(), std::size_t(2));
        changed.merge_patch(json::parse(patch.toStdString()));
        try {
            comparisonFromJson(changed, "x.json");
            QFAIL("taken");
        } catch (const Error& error) {
            QVERIFY(error.code() == ErrorCode::Damaged || error.code() == ErrorCode::Incompatible);
            QCOMPARE(error.subject(), std::string("x.json"));
            QVERIFY2(error.detail().find(word.toStdString()) != std::string::npos, error.what());
            QVERIFY2(error.detail().find('\n') == std::string::npos, error.what());
        }
    }
};
QTEST_APPLESS_MAIN(TestComparison)
#include "tst_comparison.moc"
