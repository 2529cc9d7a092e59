// `kinora bench slider` as a child process: the real window over the real engine, what it prints, and what it refuses.
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
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
    process.start(QStringLiteral(KINORA_BIN_DIR "/kinora"), QStringList{QStringLiteral("bench"), QStringLiteral("slider")} + arguments);
    if (!process.waitForFinished(240000)) return {};
    return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : 128, process.readAllStandardOutput(), process.readAllStandardError()};
}
}  // namespace

class TestSliderBench final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void measuresBothCodesAndADrag()
    {
        const QString demo = QFINDTESTDATA("../../resources/demo/g3an_faces.safetensors");
        if (!QFile::exists(demo) || !QFile::exists(QStringLiteral(KINORA_BIN_DIR "/kinora-engine"))) QSKIP("the engine or the ready model is not there");
        const Result result = bench({demo, QStringLiteral("--json"), QStringLiteral("--moves"), QStringLiteral("4"), QStringLiteral("--drag"), QStringLiteral("0.5"), QStringLiteral("--wait"), QStringLiteral("200")});
        QVERIFY2(result.code == 0, result.err);
        const QJsonObject figures = QJsonDocument::fromJson(result.out).object();
        const QJsonObject latency = figures[QStringLiteral("latency")].toObject(), drag = figures[QStringLiteral("drag")].toObject();
        QVERIFY2(latency[QStringLiteral("count")].toInt() == 4 && latency[QStringLiteral("of")].toObject().size() == 2, result.out);
        QVERIFY(latency[QStringLiteral("median_ms")].toDouble() > 1 && latency[QStringLiteral("p95_ms")].toDouble() >= latency[QStringLiteral("median_ms")].toDouble());
        // the newest wish is met and the others are dropped: never more clips than wishes
        QVERIFY(drag[QStringLiteral("clips_shown")].toInt() >= 1 && drag[QStringLiteral("clips_shown")].toInt() <= drag[QStringLiteral("wishes")].toInt() + 1);
        QVERIFY(drag[QStringLiteral("gui_gap")].toObject()[QStringLiteral("count")].toInt() > 10);
    }

    void refuses_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<int>("code");
        QTest::newRow("too few") << QStringList{QStringLiteral("--moves"), QStringLiteral("1")} << 2;
        QTest::newRow("no number") << QStringList{QStringLiteral("--drag"), QStringLiteral("long")} << 2;
        QTest::newRow("unknown") << QStringList{QStringLiteral("--fast")} << 2;
        QTest::newRow("two") << QStringList{QStringLiteral("a"), QStringLiteral("b")} << 2;
        QTest::newRow("no file") << QStringList{QStringLiteral("/nowhere/x.safetensors")} << 3;
    }
    void refuses()
    {
        QFETCH(QStringList, arguments);
        QFETCH(int, code);
        const Result result = bench(arguments);
        QCOMPARE(result.code, code);
        QVERIFY(result.out.isEmpty());
        QVERIFY2(result.err.contains("bench slider: "), result.err);
    }
};

QTEST_GUILESS_MAIN(TestSliderBench)
#include "tst_slider_bench.moc"
