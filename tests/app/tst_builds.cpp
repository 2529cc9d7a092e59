// The smaller builds configure where the packages they do without are hidden, and the programs link what docs/architecture.md says.
#include <QProcess>
#include <QtTest>

class TestBuilds final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theWindowHoldsNoEngine();
    void nothingDragsInAnotherQt_data();
    void nothingDragsInAnotherQt();
    void configuresWithoutTheOtherPackages_data();
    void configuresWithoutTheOtherPackages();

private:
    static QString output(const QString& program, const QStringList& arguments, int* code = nullptr);
};

QString TestBuilds::output(const QString& program, const QStringList& arguments, int* code)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(program, arguments);
    if (!process.waitForFinished(180000)) return QStringLiteral("did not finish");
    if (code) *code = process.exitCode();
    return QString::fromUtf8(process.readAll());
}

void TestBuilds::theWindowHoldsNoEngine()
{
    const QString workbench = QStringLiteral(KINORA_BIN_DIR "/kinora-workbench");
    if (!QFileInfo::exists(workbench)) QSKIP("this build has no window");
    const QString libraries = output(QStringLiteral("ldd"), {workbench});
    QVERIFY(libraries.contains(QLatin1String("libQt6Widgets")));
    for (const char* foreign : {"libtorch", "libc10", "libopencv_videoio", "libopencv_objdetect"}) QVERIFY2(!libraries.contains(QLatin1String(foreign)), foreign);
    QVERIFY(!output(QStringLiteral("ldd"), {QStringLiteral(KINORA_BIN_DIR "/kinora-import")}).contains(QLatin1String("libtorch")));
    QVERIFY(!output(QStringLiteral("ldd"), {QStringLiteral(KINORA_BIN_DIR "/kinora")}).contains(QLatin1String("libtorch")));
    const QString engine = output(QStringLiteral("ldd"), {QStringLiteral(KINORA_BIN_DIR "/kinora-engine")});
    QVERIFY(engine.contains(QLatin1String("libtorch_cpu")) && !engine.contains(QLatin1String("libtorch_cuda")) && !engine.contains(QLatin1String("libQt")));
}

void TestBuilds::nothingDragsInAnotherQt_data()
{
    QTest::addColumn<QString>("program");
    for (const char* name : {"kinora", "kinora-engine", "kinora-import", "kinora-workbench"}) QTest::newRow(name) << QString::fromLatin1(name);
}

void TestBuilds::nothingDragsInAnotherQt()
{
    QFETCH(QString, program);
    const QString file = QStringLiteral(KINORA_BIN_DIR "/") + program;
    if (!QFileInfo::exists(file)) QSKIP("not in this build");
    const QString libraries = output(QStringLiteral("ldd"), {file});
    QVERIFY(!libraries.contains(QLatin1String("Qt5")));
    // OpenCV's face detection brings a protobuf of its own, which clashes with LibTorch's in one process
    if (program != QLatin1String("kinora-import")) QVERIFY2(!libraries.contains(QLatin1String("libprotobuf")), "a second protobuf beside LibTorch's");
    else QVERIFY(!libraries.contains(QLatin1String("libtorch")));
    QVERIFY2(!libraries.contains(QLatin1String("not found")), qPrintable(libraries));
}

void TestBuilds::configuresWithoutTheOtherPackages_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::newRow("engine only") << QStringList{QStringLiteral("-DKINORA_ENGINE_ONLY=ON"), QStringLiteral("-DCMAKE_DISABLE_FIND_PACKAGE_Qt6=ON"), QStringLiteral("-DCMAKE_DISABLE_FIND_PACKAGE_spdlog=ON"), QStringLiteral("-DCMAKE_DISABLE_FIND_PACKAGE_PkgConfig=ON")};
    QTest::newRow("no window") << QStringList{QStringLiteral("-DKINORA_GUI=OFF"), QStringLiteral("-DKINORA_TESTS=OFF"), QStringLiteral("-DCMAKE_DISABLE_FIND_PACKAGE_Qt6=ON")};
}

void TestBuilds::configuresWithoutTheOtherPackages()
{
    QFETCH(QStringList, arguments);
    QTemporaryDir dir;
    int code = 0;
    const QString headers = dir.filePath(QStringLiteral("headers"));
    const QString collected = output(QStringLiteral(KINORA_SOURCE_DIR "/scripts/collect-headers"), {headers}, &code);
    QVERIFY2(code == 0, qPrintable(collected));
    const QString text = output(QStringLiteral("cmake"), QStringList{QStringLiteral("-S"), QStringLiteral(KINORA_SOURCE_DIR), QStringLiteral("-B"), dir.filePath(QStringLiteral("build")), QStringLiteral("-G"), QStringLiteral("Ninja"),
                                                                    QStringLiteral("-DKINORA_LIBTORCH=" KINORA_LIBTORCH_DIR), QStringLiteral("-DKINORA_HEADERS=") + headers} + arguments, &code);
    QVERIFY2(code == 0, qPrintable(text));
    const QString commands = output(QStringLiteral("ninja"), {QStringLiteral("-C"), dir.filePath(QStringLiteral("build")), QStringLiteral("-t"), QStringLiteral("commands"), QStringLiteral("kinora-engine")});
    QVERIFY(commands.contains(QLatin1String("kinora-engine")));
    QVERIFY(!commands.contains(QLatin1String("Qt6")));
    if (arguments.contains(QStringLiteral("-DKINORA_ENGINE_ONLY=ON")))
        for (const char* hidden : {"opencv", "hdf5", "libav", "spdlog"}) QVERIFY2(!commands.contains(QLatin1String(hidden)), hidden);
}

QTEST_GUILESS_MAIN(TestBuilds)
#include "tst_builds.moc"
