#include <QtTest>

#include "core/util/error.h"
#include "datasets/import/label_pattern.h"

using namespace kinora;

namespace {
/// "class=walk subject=lena", or "-" where the pattern does not fit.
std::string matched(const std::string& pattern, const std::string& path)
{
    const auto values = LabelPattern(pattern).match(path);
    if (!values) return "-";
    std::string text;
    for (const auto& [name, value] : *values) text += (text.empty() ? "" : " ") + name + "=" + value;
    return text;
}
std::string problem(const std::string& pattern)
{
    try {
        LabelPattern{pattern};
    } catch (const Error& error) {
        return error.code() == ErrorCode::Usage ? error.what() : "wrong code";
    }
    return "none";
}
}  // namespace

class TestLabelPattern final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void pathsAreRead_data()
    {
        QTest::addColumn<QString>("pattern");
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("expected");
        const auto row = [](const char* name, const char* pattern, const char* path, const char* expected) { QTest::newRow(name) << pattern << path << expected; };
        row("folder", "{class}/*", "walk/a.avi", "class=walk");
        row("any case", "{CLASS}/Lena_*.AVI", "walk/lena_1.avi", "CLASS=walk");
        row("from the end", "{class}/*.avi", "old/disk/walk/a.avi", "class=walk");
        row("too short a path", "{group}/{class}/*.avi", "walk/a.avi", "-");
        row("regex", "person{subject:\\d+}_{class}_d{scene:\\d}_uncomp", "boxing/person01_boxing_d1_uncomp.avi", "class=boxing scene=1 subject=01");
        row("regex refuses", "person{subject:\\d+}_*", "boxing/personx_boxing.avi", "-");
        row("read from the right", "{clip}_{start:\\d{6}}_{end:\\d{6}}", "test/air drumming/-3B32_odo2M_000059_000069.mp4", "clip=-3B32_odo2M end=000069 start=000059");
        row("braces and sets inside", "{a:[}]{1,2}x}-{b}", "}}x-q", "a=}}x b=q");
        row("groups inside", "{a:(x|y)+}_{b}", "xyx_z", "a=xyx b=z");
        row("extension left out", "{subject}_{take}", "lena_2.avi", "subject=lena take=2");
        row("extension asked for", "{subject}_{take}.avi", "lena_2.mp4", "-");
        row("a folder with an extension", "{subject:\\d+}_{class}_smile_{take:\\d+}", "frames/073_spontaneous_smile_2.mp4", "class=spontaneous subject=073 take=2");
        row("dots that are no extension", "{version}", "v1.2", "version=v1.2");
        row("the first folder", "{class}/**", "happy/1/2/x.png", "class=happy");
        row("two stars before", "**/{class}/*/x", "happy/1/2/x.png", "class=1");
        row("two stars between", "{class}/**/{n:\\d}/x.png", "happy/1/2/x.png", "class=happy n=2");
        row("one character", "?{n:\\d}", "a7", "n=7");
        row("one character is no slash", "x?{n:\\d}", "x/7", "-");
        row("special characters are plain", "{a}+(b).[c]", "1+(b).[c]", "a=1");
        row("escaped", "\\{{a}\\}\\*", "{1}*", "a=1");
        row("underscore names nothing", "{_}_{class}", "001_happy.avi", "class=happy");
        row("free", "re:^(?<subject>\\d+)/(?P<class>[a-z]+)/", "12/joy/x.avi", "class=joy subject=12");
        row("free, anywhere", "re:(?<take>\\d+)end", "a/b/take007end/img.jpg", "take=007");
        row("free does not fit", "re:^(?<subject>\\d+)$", "12/joy", "-");
        row("a leading slash", "/{class}/*.avi", "walk/a.avi", "class=walk");
    }
    void pathsAreRead()
    {
        QFETCH(QString, pattern);
        QFETCH(QString, path);
        QFETCH(QString, expected);
        QCOMPARE(QString::fromStdString(matched(pattern.toStdString(), path.toStdString())), expected);
    }
    void namesAreBytes()
    {
        QCOMPARE(matched("{class}/*", "\xff\xfe/x.avi"), std::string("class=\xff\xfe"));
        QCOMPARE(matched("grün_{class}", "GRün_ö.avi"), std::string("class=ö"));
    }
    void numbersAreTold()
    {
        const LabelPattern pattern("{class}/{a:\\d+}_{b:[0-9]{2}}_{c:0\\d*}_{d:\\w+}_{_}");
        QCOMPARE(pattern.names(), (std::vector<std::string>{"class", "a", "b", "c", "d"}));
        QVERIFY(pattern.numeric("a") && pattern.numeric("b") && pattern.numeric("c") && !pattern.numeric("d") && !pattern.numeric("class") && !pattern.numeric("none"));
        const LabelPattern free("re:(?<x>\\d+)-(?<y>.)");
        QCOMPARE(free.names(), (std::vector<std::string>{"x", "y"}));
        QVERIFY(free.numeric("x") && !free.numeric("y"));
    }
    void faultsAreShownWithTheirPlace()
    {
        const auto has = [](const std::string& pattern, std::initializer_list<const char*> words) {
            const std::string text = problem(pattern);
            for (const char* word : words)
                if (text.find(word) == std::string::npos) return qWarning("%s: %s", pattern.c_str(), text.c_str()), false;
            return true;
        };
        QVERIFY(has("{class}/{subject", {"labels", "character 9", "{subject", "has no '}'"}));
        QVERIFY(has("{class}/x}", {"character 10", "has no '{'"}));
        QVERIFY(has("{class}/{}", {"character 10", "name is missing"}));
        QVERIFY(has("{my class}", {"character 2", "letters"}));
        QVERIFY(has("{1st}", {"character 2"}));
        QVERIFY(has("{class}/{class}", {"character 9", "twice", "{_}"}));
        QVERIFY(has("{take:}", {"character 7", "empty"}));
        QVERIFY(has("{class}_{take:\\d+(}", {"character 15", "missing )"}));
        QVERIFY(has("{take:*}", {"character 7", "no argument for repetition"}));
        QVERIFY(has("re:(?<a>x", {"missing )"}));
        QVERIFY(has("re:(?<=a)(?<b>x)", {"character 4"}));
        QVERIFY(has("*.avi", {"names nothing"}));
        QVERIFY(has("", {"names nothing"}));
        QVERIFY(has("{a}\\", {"character 4"}));
    }
    void longAndHostilePathsAreQuick()
    {
        const LabelPattern pattern("{a}_{b}_{c}_{d}_{e}_{f}_x");
        const LabelPattern nested("{a:(\\w+\\w+)+}!");
        QElapsedTimer clock;
        clock.start();
        QVERIFY(!pattern.match(std::string(100000, '_')));
        QVERIFY(!nested.match(std::string(100000, 'a')));
        QVERIFY(pattern.match("folder/" + std::string(200000, 'n') + "_2_3_4_5_6_x"));
        QVERIFY2(clock.elapsed() < 3000, qPrintable(QString("%1 ms").arg(clock.elapsed())));
    }
};
QTEST_APPLESS_MAIN(TestLabelPattern)
#include "tst_label_pattern.moc"
