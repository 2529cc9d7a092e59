// `kinora bench charts` as a child process: what it prints, and what it refuses.
#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

namespace {
struct Result {
    int code = -1;
    QByteArray out, err;
};
Result bench(const QStringList& arguments)
{
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("offscreen"));
    process.setProcessEnvironment(environment);
    process.start(QStringLiteral(KINORA_BIN_DIR "/kinora"), QStringList{QStringLiteral("bench"), QStringLiteral("charts")} + arguments);
    if (!process.waitForFinished(120000)) return {};
    return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : 128, process.readAllStandardOutput(), process.readAllStandardError()};
}
}  // namespace

class TestChartsBench final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void measures()
    {
        QTemporaryDir pictures;
        const Result result = bench({QStringLiteral("--json"), QStringLiteral("--curves"), QStringLiteral("4"), QStringLiteral("--points"), QStringLiteral("20000"), QStringLiteral("--frames"), QStringLiteral("5"),
                                     QStringLiteral("--picture"), pictures.path()});
        QVERIFY2(result.code == 0, result.err);
        const QJsonObject figures = QJsonDocument::fromJson(result.out).object();
        QVERIFY2(figures[QStringLiteral("curves")].toInt() == 4 && figures[QStringLiteral("points")].toInt() == 20000, result.out);
        QCOMPARE(figures[QStringLiteral("phases")].toArray().size(), 9);
        for (const QJsonValue& phase : figures[QStringLiteral("phases")].toArray()) {
            QCOMPARE(phase[QStringLiteral("frames")].toInt(), 5);
            QVERIFY(phase[QStringLiteral("median_ms")].toDouble() > 0.05 && phase[QStringLiteral("p95_ms")].toDouble() >= phase[QStringLiteral("median_ms")].toDouble());
        }
        QVERIFY(figures[QStringLiteral("open")][QStringLiteral("first_frame_ms")].toDouble() > 1);
        QVERIFY(figures[QStringLiteral("memory_mib")][QStringLiteral("peak")].toDouble() > 10);
        QCOMPARE(QDir(pictures.path()).entryList({QStringLiteral("*.png")}).size(), 3);
    }

    void refuses_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::newRow("none") << QStringList{QStringLiteral("--curves"), QStringLiteral("0")};
        QTest::newRow("no number") << QStringList{QStringLiteral("--points"), QStringLiteral("many")};
        QTest::newRow("tiny") << QStringList{QStringLiteral("--window"), QStringLiteral("3x4")};
        QTest::newRow("unknown") << QStringList{QStringLiteral("--fast")};
        QTest::newRow("a word") << QStringList{QStringLiteral("browser")};
    }
    void refuses()
    {
        QFETCH(QStringList, arguments);
        const Result result = bench(arguments);
        QCOMPARE(result.code, 2);
        QVERIFY(result.out.isEmpty());
        QVERIFY2(result.err.contains("kinora bench charts: "), result.err);
    }
};

QTEST_GUILESS_MAIN(TestChartsBench)
#include "tst_charts_bench.moc"
