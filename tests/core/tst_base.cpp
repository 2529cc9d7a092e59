#include <QtTest>

#include <nlohmann/json.hpp>

#include "core/clip/frames.h"
#include "core/control/control.h"
#include "core/dataset/clip_source.h"
#include "core/describe/describe.h"
#include "core/options/options.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/outcome.h"
#include "core/util/process.h"
#include "core/util/text.h"

using namespace kinora;

namespace {
struct ToyOptions {
    int64_t width = 16;
    double rate = 0.5;
    bool flip = false;
    std::string mode = "fast";
    template <class Fields>
    void describe(Fields& f)
    {
        f("base_channels", width, range(1, 64), "Width");
        f("learning_rate", rate, range(0, 1));
        f("flip", flip, anything());
        f("mode", mode, choices({"fast", "slow"}));
    }
};

template <class Work>
Error thrown(Work work)
{
    try {
        work();
    } catch (const Error& error) {
        return error;
    }
    return {ErrorCode::Internal, "nothing was thrown"};
}

Control vectorControl() { return {.id = "za", .name = "Appearance", .role = ControlRole::Appearance, .kind = ControlKind::GaussianVector, .size = 8}; }
Control sequenceControl()
{
    return {.id = "zm", .name = "Motion", .role = ControlRole::Motion, .kind = ControlKind::GaussianSequence, .size = 3, .steps = {.framesPerStep = 4, .frameOffset = 12}};
}
}  // namespace

class TestBase final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void optionsTakeValuesOfTheRightKind();
    void optionsRefuse_data();
    void optionsRefuse();
    void optionsSurviveJson();
    void drawsOfRolesAreIndependent();
    void controlsRefuseValuesThatDoNotFit();
    void aLongerClipKeepsItsFirstSteps();
    void descriptionsSurviveJson();
    void lengthsAreRounded();
    void tilesCopyEveryPixel();
    void windowsAreChecked();
    void atomicFilesAppearWholeOrNotAtAll();
    void hashesAreThePublishedOnes();
    void foreignExceptionsBecomeOneLine();
    void childProcessesTellHowTheyEnded();
    void everyErrorHasItsExitCode();
};

void TestBase::optionsTakeValuesOfTheRightKind()
{
    ToyOptions options;
    applyOptions(options, {{"base_channels", std::int64_t(4)}, {"learning_rate", std::int64_t(1)}, {"mode", std::string("slow")}});
    QCOMPARE(options.width, 4);
    QCOMPARE(options.rate, 1.0);
    QCOMPARE(options.mode, std::string("slow"));
    const std::vector<OptionField> fields = describeOptions<ToyOptions>();
    QCOMPARE(fields.size(), std::size_t(4));
    QVERIFY(std::get<bool>(parseOption(fields[2], "on")));
    QCOMPARE(std::get<double>(parseOption(fields[1], "2.5e-1")), 0.25);
}

void TestBase::optionsRefuse_data()
{
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("mentions");
    QTest::newRow("too small") << "base_channels" << "0" << "1 to 64";
    QTest::newRow("too large") << "base_channels" << "65" << "1 to 64";
    QTest::newRow("fraction") << "base_channels" << "4.5" << "whole number";
    QTest::newRow("overflow") << "base_channels" << "99999999999999999999" << "whole number";
    QTest::newRow("not a number") << "learning_rate" << "nan" << "a number";
    QTest::newRow("text after") << "learning_rate" << "0.5x" << "a number";
    QTest::newRow("no boolean") << "flip" << "maybe" << "true or false";
    QTest::newRow("no choice") << "mode" << "slo" << "did you mean 'slow'";
    QTest::newRow("unknown key") << "base_chanels" << "4" << "did you mean 'base_channels'";
}

void TestBase::optionsRefuse()
{
    QFETCH(QString, key);
    QFETCH(QString, text);
    QFETCH(QString, mentions);
    const Error error = thrown([&] { parseOption(findOption(describeOptions<ToyOptions>(), key.toStdString()), text.toStdString()); });
    QVERIFY2(error.code() == ErrorCode::Usage, error.what());
    QVERIFY2(QString(error.what()).contains(mentions), error.what());
    QVERIFY2(QString(error.what()).contains(key), error.what());
}

void TestBase::optionsSurviveJson()
{
    for (const OptionField& field : describeOptions<ToyOptions>()) {
        const OptionField back = optionFieldFromJson(toJson(field));
        QCOMPARE(back.key, field.key);
        QVERIFY(back.fallback == field.fallback);
        QVERIFY(back.limits.choices == field.limits.choices && back.limits.minimum == field.limits.minimum && back.limits.maximum == field.limits.maximum);
    }
    const OptionValues values = optionValues(ToyOptions());
    QVERIFY(optionValuesFromJson(toJson(values)) == values);
    QVERIFY_EXCEPTION_THROWN(optionValuesFromJson(nlohmann::json::array()), Error);
}

void TestBase::drawsOfRolesAreIndependent()
{
    const std::vector<Control> controls = {vectorControl(), sequenceControl()};
    ControlValues a, b;
    drawRole(controls, ControlRole::Appearance, 1, 16, a);
    drawRole(controls, ControlRole::Motion, 1, 16, a);
    drawRole(controls, ControlRole::Motion, 2, 16, b);
    drawRole(controls, ControlRole::Appearance, 1, 16, b);
    QVERIFY(a["za"] == b["za"]);
    QVERIFY(!(a["zm"] == b["zm"]));
    QCOMPARE(a["zm"].steps, 1);
    double sum = 0, squares = 0;
    Control wide = vectorControl();
    wide.size = 20000;
    Random random(5);
    for (const float x : drawControl(wide, 16, random).numbers) sum += x, squares += double(x) * x;
    QVERIFY(std::abs(sum / 20000) < 0.03 && std::abs(squares / 20000 - 1) < 0.05);
}

void TestBase::controlsRefuseValuesThatDoNotFit()
{
    Random random(1);
    ControlValue value = drawControl(sequenceControl(), 20, random);
    checkControl(sequenceControl(), value, 20);
    QVERIFY(thrown([&] { checkControl(sequenceControl(), value, 16); }).code() == ErrorCode::ShapeMismatch);
    value.numbers[0] = std::numeric_limits<float>::quiet_NaN();
    QVERIFY(QString(thrown([&] { checkControl(sequenceControl(), value, 20); }).what()).contains("zm"));
    QVERIFY(thrown([] { checkControl({.id = "c", .kind = ControlKind::Category, .categories = {"a"}}, {.category = 1}, 16); }).code() == ErrorCode::ShapeMismatch);
    QVERIFY(thrown([] { checkControl({.id = "i", .kind = ControlKind::Image, .size = 3, .height = 4, .width = 4}, {.frames = std::make_shared<Frames>(1, 5, 4)}, 16); }).code() == ErrorCode::ShapeMismatch);
    QVERIFY(thrown([] { checkControl({.id = "i", .kind = ControlKind::Image}, {}, 16); }).code() == ErrorCode::ShapeMismatch);
    QVERIFY(thrown([] { controlValueFromJson({{"numbers", "abc"}}); }).code() == ErrorCode::Usage);
}

void TestBase::aLongerClipKeepsItsFirstSteps()
{
    Random random(1);
    const ControlValue shortValue = drawControl(sequenceControl(), 16, random);
    const ControlValue longer = resizedControl(sequenceControl(), shortValue, 28, random);
    QCOMPARE(longer.steps, 4);
    QVERIFY(std::equal(shortValue.numbers.begin(), shortValue.numbers.end(), longer.numbers.begin()));
    QVERIFY(resizedControl(sequenceControl(), longer, 16, random) == shortValue);
    const ControlValues values = {{"zm", longer}};
    QVERIFY(controlValuesFromJson(toJson(values)) == values);
}

void TestBase::descriptionsSurviveJson()
{
    SystemDescription d;
    d.id = "toy";
    d.name = "Toy";
    d.controls = {vectorControl(), sequenceControl(), {.id = "c", .kind = ControlKind::Category, .categories = {"x", "y"}}};
    d.options = describeOptions<ToyOptions>();
    d.presets = {{"paper", "Paper", optionValues(ToyOptions())}};
    d.length = {16, 16, 48, 4};
    d.scalars = {"loss/G"};
    const SystemDescription back = systemFromJson(nlohmann::json::parse(toJson(d).dump()));
    for (std::size_t i = 0; i < d.controls.size(); ++i) {
        Control expected = d.controls[i];
        if (expected.name.empty()) expected.name = back.controls[i].name;
        QVERIFY(back.controls[i] == expected);
    }
    QVERIFY(back.length == d.length);
    QVERIFY(back.presets.front().values == d.presets.front().values);
    QVERIFY(thrown([] { systemFromJson({{"name", 3}}); }).code() == ErrorCode::Damaged);
}

void TestBase::lengthsAreRounded()
{
    const LengthRule rule{16, 16, 46, 4};
    QVERIFY(rule.allows(44) && !rule.allows(46) && !rule.allows(18) && !rule.allows(12));
    QCOMPARE(rule.nearest(17), 16);
    QCOMPARE(rule.nearest(18), 20);
    QCOMPARE(rule.nearest(46), 44);
    QCOMPARE(rule.nearest(1000), 44);
    QCOMPARE(rule.nearest(-5), 16);
}

void TestBase::tilesCopyEveryPixel()
{
    Frames a(2, 2, 3), b(1, 2, 3);
    std::ranges::fill(a.bytes(), 10);
    std::ranges::fill(b.bytes(), 20);
    const Frames grid = tile({a, b, a}, 2, 2, 1, 99);
    QCOMPARE(grid.count(), 2);
    QCOMPARE(grid.height(), 5);
    QCOMPARE(grid.width(), 7);
    const auto at = [&](int t, int y, int x) { return int(grid.frame(t)[(y * 7 + x) * 3]); };
    QCOMPARE(at(1, 0, 0), 10);
    QCOMPARE(at(1, 1, 4), 20);  // the shorter clip holds its last frame
    QCOMPARE(at(0, 2, 0), 99);
    QCOMPARE(at(0, 4, 2), 10);
    QCOMPARE(at(0, 4, 6), 99);
    QVERIFY(thrown([&] { tile({a, Frames(1, 3, 3)}, 1, 2); }).code() == ErrorCode::ShapeMismatch);
    QVERIFY(thrown([] { Frames(1 << 30, 1 << 30, 1 << 30); }).code() == ErrorCode::ShapeMismatch);
    QVERIFY(thrown([] { Frames(1, 2, 2, std::vector<std::uint8_t>(11)); }).code() == ErrorCode::ShapeMismatch);
}

void TestBase::windowsAreChecked()
{
    QCOMPARE(resolved({2, 0, 3}, 10).count, 3);
    QCOMPARE(resolved({}, 10).count, 10);
    QCOMPARE(resolved({9, 1, 5}, 10).count, 1);
    for (const FrameWindow& bad : {FrameWindow{0, 11, 1}, FrameWindow{0, 4, 4}, FrameWindow{-1, 1, 1}, FrameWindow{0, 1, 0}, FrameWindow{0, 2000000000, 2000000000}})
        QVERIFY(thrown([&] { resolved(bad, 10); }).code() == ErrorCode::ShapeMismatch);
}

void TestBase::atomicFilesAppearWholeOrNotAtAll()
{
    QTemporaryDir dir;
    const std::filesystem::path target = dir.filePath("a.txt").toStdString();
    {
        AtomicFile file(target);
        file.write("half");
        QVERIFY(!std::filesystem::exists(target));
    }
    QVERIFY(std::filesystem::is_empty(dir.path().toStdString()));
    writeFile(target, "one");
    writeFile(target, "two");
    QCOMPARE(readFile(target), std::string("two"));
    QVERIFY(thrown([&] { readFile(target, 2); }).code() == ErrorCode::Damaged);
    QVERIFY(thrown([&] { readFile(target / "x"); }).code() == ErrorCode::NotFound);
    QVERIFY(thrown([&] { readFile(dir.path().toStdString()); }).code() == ErrorCode::CannotRead);
    QVERIFY(thrown([&] { writeFile(std::filesystem::path(dir.path().toStdString()) / "none" / "a", "x"); }).code() == ErrorCode::NotFound);
    QVERIFY(thrown([] { AtomicFile file("/dev/full/x"); }).code() == ErrorCode::CannotWrite);
}

void TestBase::hashesAreThePublishedOnes()
{
    QCOMPARE(sha256(""), std::string("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    QCOMPARE(sha256("abc"), std::string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    QCOMPARE(sha256(std::string(1000000, 'a')), std::string("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"));
}

void TestBase::foreignExceptionsBecomeOneLine()
{
    const auto outcome = attempt([]() -> int { throw std::runtime_error("first line\nstack trace"); });
    QVERIFY(!outcome);
    QCOMPARE(outcome.error().detail(), std::string("first line"));
    QVERIFY(attempt([]() -> int { throw std::bad_alloc(); }).error().code() == ErrorCode::OutOfMemory);
    QVERIFY(attempt([] { return std::filesystem::file_size("/nonexistent/x"); }).error().code() == ErrorCode::NotFound);
    QCOMPARE(attempt([] { return 3; }).value(), 3);
}

void TestBase::childProcessesTellHowTheyEnded()
{
    const ProcessResult result = runProcess("sh", {"-c", "echo out; exit 7"});
    QCOMPARE(result.exitCode, 7);
    QCOMPARE(result.output, std::string("out\n"));
    QCOMPARE(runProcess("sh", {"-c", "kill -9 $$"}).exitCode, 137);
    QVERIFY(thrown([] { runProcess("/nonexistent/program", {}); }).code() == ErrorCode::NotFound);
}

void TestBase::everyErrorHasItsExitCode()
{
    QCOMPARE(exitCode(ErrorCode::Usage), 2);
    QCOMPARE(exitCode(ErrorCode::Damaged), 3);
    QCOMPARE(exitCode(ErrorCode::DiskFull), 3);
    QCOMPARE(exitCode(ErrorCode::Numerical), 4);
    QCOMPARE(exitCode(ErrorCode::OutOfMemory), 5);
    QCOMPARE(exitCode(ErrorCode::DeviceUnavailable), 6);
    QCOMPARE(exitCode(ErrorCode::Incompatible), 7);
    for (int code = 0; code <= static_cast<int>(ErrorCode::Internal); ++code) QVERIFY(errorFromName(errorName(static_cast<ErrorCode>(code))) == static_cast<ErrorCode>(code));
}

QTEST_APPLESS_MAIN(TestBase)
#include "tst_base.moc"
