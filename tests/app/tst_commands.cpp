// The command line's contract through real processes: what is printed where, and the exit codes.
#include <QJsonDocument>
#include <QJsonObject>
#include <QJsonArray>
#include <QImage>
#include <QProcess>
#include <QtTest>

#include <unistd.h>

namespace {
struct Result {
    int code = -1;
    QString out, err;
    QJsonObject json() const { return QJsonDocument::fromJson(out.toUtf8()).object(); }
};

Result kinora(const QStringList& arguments, const QString& folder = {})
{
    QProcess process;
    if (!folder.isEmpty()) process.setWorkingDirectory(folder);
    process.start(QStringLiteral(KINORA_BIN_DIR "/kinora"), arguments);
    if (!process.waitForFinished(120000)) {
        process.kill();
        return {-1, {}, QStringLiteral("timed out")};
    }
    return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : 128, QString::fromUtf8(process.readAllStandardOutput()), QString::fromUtf8(process.readAllStandardError())};
}

/// The one line that says what is wrong; log lines begin with a time.
QStringList errorLines(const Result& result)
{
    QStringList lines;
    for (const QString& line : result.err.split(QLatin1Char('\n'), Qt::SkipEmptyParts))
        if (!line.startsWith(QLatin1Char('['))) lines << line;
    return lines;
}
}  // namespace

class TestCommands final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void helpIsEverywhere_data();
    void helpIsEverywhere();
    void wrongUsage_data();
    void wrongUsage();
    void badInput_data();
    void badInput();
    void cudaThatIsNotThere();
    void bfloat16ThatIsNotThere();
    void unwritableTarget();
    void aFullDiskLeavesNothing();
    void infoAndSystems();
    void generatesWhatItSays();
    void theSameSeedsGiveTheSameBytes();
    void aStateIsRendered();
    void weightsGoRoundThePthFormat();
    void parityTellsADifference();

private:
    QString path(const QString& name) const { return m_dir.filePath(name); }
    QTemporaryDir m_dir;
    QString m_checkpoint;
};

void TestCommands::initTestCase()
{
    m_checkpoint = path(QStringLiteral("official.safetensors"));
    const Result made = kinora({QStringLiteral("import-weights"), QStringLiteral("--system"), QStringLiteral("g3an"), QStringLiteral(KINORA_TEST_DATA "/g3an_official_zip.pth"), QStringLiteral("-o"), m_checkpoint});
    QVERIFY2(made.code == 0, qPrintable(made.err));
    const auto write = [&](const QString& name, const QByteArray& bytes) {
        QFile file(path(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(bytes);
    };
    QFile whole(m_checkpoint);
    QVERIFY(whole.open(QIODevice::ReadOnly));
    const QByteArray bytes = whole.readAll();
    write(QStringLiteral("truncated.safetensors"), bytes.left(bytes.size() / 2));
    write(QStringLiteral("noise.safetensors"), QByteArray(1000, 'x'));
    write(QStringLiteral("empty.safetensors"), {});
    write(QStringLiteral("bad.toml"), "base_channels = = 3\n");
    write(QStringLiteral("unknown.toml"), "base_chanels = 3\n");
    write(QStringLiteral("bad.json"), "{\"controls\":");
    // nested deeper than the stack is long, where one is asked for every level
    write(QStringLiteral("deep.json"), R"({"kinora_recipe":1,"controls":{},"key_poses":{"x":)" + QByteArray(300000, '[') + QByteArray(300000, ']') + R"(},"way":)" + QByteArray(300000, '[') + QByteArray(300000, ']') + "}");
    write(QStringLiteral("bad.h5"), QByteArray("\x89HDF\r\n\x1a\n", 8) + QByteArray(500, '\0'));
}

void TestCommands::helpIsEverywhere_data()
{
    QTest::addColumn<QString>("command");
    for (const char* name : {"systems", "info", "selftest", "datasets", "train", "runs", "generate", "evaluate", "import-weights", "export-weights", "parity", "bench", "serve"}) QTest::newRow(name) << QString::fromLatin1(name);
}

void TestCommands::helpIsEverywhere()
{
    QFETCH(QString, command);
    const Result result = kinora({command, QStringLiteral("--help")});
    QCOMPARE(result.code, 0);
    QVERIFY2(result.out.contains(QStringLiteral("kinora ") + command), qPrintable(result.out));
    QVERIFY(result.out.contains(QStringLiteral("--json")) || result.out.contains(QStringLiteral("SUBCOMMAND")));
    QVERIFY(kinora({QStringLiteral("--help")}).out.contains(command));
}

void TestCommands::wrongUsage_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("mentions");
    const auto row = [](const char* name, const char* arguments, const char* mentions) { QTest::newRow(name) << QString::fromLatin1(arguments).split(QLatin1Char(' '), Qt::SkipEmptyParts) << QString::fromLatin1(mentions); };
    row("nothing", "", "Usage");
    row("unknown subcommand", "generat", "did you mean 'generate'");
    row("unknown option", "generate --checkpont x -o y.gif", "did you mean '--checkpoint'");
    row("unknown system", "train --system g3na --dataset builtin:faces --run RUN", "did you mean 'g3an'");
    row("unknown dataset", "train --system g3an --dataset builtin:face --run RUN", "did you mean 'builtin:faces'");
    row("unknown dataset key", "train --system g3an --dataset builtin:faces?sise=64 --run RUN", "did you mean 'size'");
    row("unknown key", "train --system g3an --dataset builtin:faces --run RUN --set base_chanels=4", "did you mean 'base_channels'");
    row("value out of range", "train --system g3an --dataset builtin:faces --run RUN --set base_channels=0", "base_channels");
    row("value of the wrong kind", "train --system g3an --dataset builtin:faces --run RUN --set batch_size=many", "whole number");
    row("unknown key in a file", "train --system g3an --dataset builtin:faces --run RUN --config UNKNOWN", "did you mean 'base_channels'");
    row("unknown device", "generate --checkpoint CHECKPOINT -o OUT.gif --device gpu", "auto, cpu, cuda");
    row("unknown format", "generate --checkpoint CHECKPOINT -o OUT.bmp", ".gif");
    row("impossible length", "generate --checkpoint CHECKPOINT -o OUT.gif --frames 17", "nearest: 16");
    row("wrong grid", "generate --checkpoint CHECKPOINT -o OUT.gif --grid 4by6", "ROWSxCOLUMNS");
    row("unknown metric", "evaluate --checkpoint CHECKPOINT --dataset builtin:faces --metrics fvd", "factor_variance");
    row("unknown kind of import", "datasets import strip SRC -o X.h5", "strips");
}

void TestCommands::wrongUsage()
{
    QFETCH(QStringList, arguments);
    QFETCH(QString, mentions);
    arguments.replaceInStrings(QStringLiteral("CHECKPOINT"), m_checkpoint);
    arguments.replaceInStrings(QStringLiteral("RUN"), path(QStringLiteral("norun")));
    arguments.replaceInStrings(QStringLiteral("UNKNOWN"), path(QStringLiteral("unknown.toml")));
    const Result result = kinora(arguments, m_dir.path());
    QVERIFY2(result.code == 2, qPrintable(QString::number(result.code) + result.err));
    QVERIFY2((result.err + result.out).contains(mentions), qPrintable(result.err));
    if (!arguments.isEmpty()) QVERIFY2(errorLines(result).size() == 1, qPrintable(result.err));
    QVERIFY(!QFileInfo::exists(path(QStringLiteral("norun"))));
}

void TestCommands::badInput_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("file");
    QTest::addColumn<int>("code");
    const auto row = [](const char* name, const char* arguments, const char* file, int code) { QTest::newRow(name) << QString::fromLatin1(arguments).split(QLatin1Char(' ')) << QString::fromLatin1(file) << code; };
    row("missing checkpoint", "generate --checkpoint FILE -o OUT.gif", "none.safetensors", 3);
    row("truncated checkpoint", "generate --checkpoint FILE -o OUT.gif", "truncated.safetensors", 3);
    row("foreign checkpoint", "generate --checkpoint FILE -o OUT.gif", "noise.safetensors", 3);
    row("empty checkpoint", "generate --checkpoint FILE -o OUT.gif", "empty.safetensors", 3);
    row("a folder", "generate --checkpoint FILE -o OUT.gif", ".", 3);
    row("no checkpoint of ours", "generate --checkpoint FILE -o OUT.gif", "DATA/g3an_fsa.safetensors", 7);
    row("bad TOML", "train --system g3an --dataset builtin:faces --run R --config FILE", "bad.toml", 3);
    row("bad state", "generate --state FILE -o OUT.gif", "bad.json", 3);
    row("deep state", "generate --state FILE --key-poses -o OUT.gif", "deep.json", 3);
    row("deep recipe", "generate --recipe FILE -o OUT.gif", "deep.json", 3);
    row("bad HDF5", "datasets info FILE", "bad.h5", 3);
    row("training on a bad HDF5", "train --system g3an --dataset FILE --run R", "bad.h5", 3);
    row("missing dataset", "train --system g3an --dataset FILE --run R", "none.h5", 3);
    row("foreign .pth", "import-weights --system g3an FILE -o X.safetensors", "noise.safetensors", 3);
    row("damaged parity case", "parity FILE", "truncated.safetensors", 3);
    row("no run", "train --run FILE --resume", "nothing", 3);
    row("no run to show", "runs show FILE", "nothing", 3);
}

void TestCommands::badInput()
{
    QFETCH(QStringList, arguments);
    QFETCH(QString, file);
    QFETCH(int, code);
    const QString full = file.startsWith(QLatin1String("DATA/")) ? QStringLiteral(KINORA_TEST_DATA) + file.mid(4) : path(file);
    arguments.replaceInStrings(QStringLiteral("FILE"), full);
    const QStringList before = QDir(m_dir.path()).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot);
    const Result result = kinora(arguments, m_dir.path());
    QVERIFY2(result.code == code, qPrintable(QString::number(result.code) + QLatin1Char(' ') + result.err));
    QVERIFY2(errorLines(result).size() == 1, qPrintable(result.err));
    QVERIFY2(result.err.contains(QFileInfo(full).fileName()) || file == QLatin1String("."), qPrintable(result.err));
    QCOMPARE(QDir(m_dir.path()).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot), before);
    const Result json = kinora(arguments + QStringList{QStringLiteral("--json")}, m_dir.path());
    QVERIFY2(json.json().contains(QStringLiteral("error")), qPrintable(json.out));
}

void TestCommands::cudaThatIsNotThere()
{
    if (kinora({QStringLiteral("info"), QStringLiteral("--json")}).json()[QStringLiteral("cuda")].toObject()[QStringLiteral("available")].toBool()) QSKIP("this machine has CUDA");
    for (const QStringList& arguments : {QStringList{QStringLiteral("generate"), QStringLiteral("--checkpoint"), m_checkpoint, QStringLiteral("-o"), path(QStringLiteral("x.gif")), QStringLiteral("--device"), QStringLiteral("cuda")},
                                         QStringList{QStringLiteral("train"), QStringLiteral("--system"), QStringLiteral("g3an"), QStringLiteral("--dataset"), QStringLiteral("builtin:faces"), QStringLiteral("--run"), path(QStringLiteral("r")), QStringLiteral("--device"), QStringLiteral("cuda:0")},
                                         QStringList{QStringLiteral("selftest"), QStringLiteral("--device"), QStringLiteral("cuda")}}) {
        const Result result = kinora(arguments);
        QVERIFY2(result.code == 6, qPrintable(result.err));
        QVERIFY(result.err.contains(QStringLiteral("--device cpu")));
    }
    QVERIFY(!QFileInfo::exists(path(QStringLiteral("r"))));
}

void TestCommands::bfloat16ThatIsNotThere()
{
    qputenv("KINORA_NO_BF16", "1");
    const Result result = kinora({QStringLiteral("generate"), QStringLiteral("--checkpoint"), m_checkpoint, QStringLiteral("-o"), path(QStringLiteral("b.gif")), QStringLiteral("--plan"), QStringLiteral("bf16")});
    qunsetenv("KINORA_NO_BF16");
    QVERIFY2(result.code == 6, qPrintable(result.err));
    QVERIFY2(result.err.contains(QStringLiteral("--plan auto or fp32")), qPrintable(result.err));
    QVERIFY(!QFileInfo::exists(path(QStringLiteral("b.gif"))));
}

void TestCommands::unwritableTarget()
{
    const Result missing = kinora({QStringLiteral("generate"), QStringLiteral("--checkpoint"), m_checkpoint, QStringLiteral("-o"), path(QStringLiteral("none/x.gif"))});
    QCOMPARE(missing.code, 3);
    QVERIFY(missing.err.contains(QStringLiteral("none")));
    const Result forbidden = kinora({QStringLiteral("generate"), QStringLiteral("--checkpoint"), m_checkpoint, QStringLiteral("-o"), QStringLiteral("/proc/x.gif")});
    QVERIFY2(forbidden.code == 3, qPrintable(forbidden.err));
}

void TestCommands::aFullDiskLeavesNothing()
{
    // a limit on file size stands for a full disk: the same write fails, without the rights that a small file system needs
    QProcess shell;
    shell.start(QStringLiteral("sh"), {QStringLiteral("-c"), QStringLiteral("trap '' XFSZ; ulimit -f 8; exec \"$0\" generate --checkpoint \"$1\" --grid 3x3 -o \"$2\""), QStringLiteral(KINORA_BIN_DIR "/kinora"), m_checkpoint, path(QStringLiteral("full.gif"))});
    QVERIFY(shell.waitForFinished(60000));
    QCOMPARE(shell.exitCode(), 3);
    QVERIFY(!QFileInfo::exists(path(QStringLiteral("full.gif"))));
    QCOMPARE(QDir(m_dir.path()).entryList({QStringLiteral(".full*")}, QDir::AllEntries | QDir::Hidden), QStringList());
}

void TestCommands::infoAndSystems()
{
    const QJsonObject info = kinora({QStringLiteral("info"), QStringLiteral("--json")}).json();
    QCOMPARE(info[QStringLiteral("libtorch")].toString(), QStringLiteral("2.11.0"));
    QVERIFY(!info[QStringLiteral("cuda")].toObject()[QStringLiteral("reason")].toString().isEmpty());
    const QJsonArray systems = kinora({QStringLiteral("systems"), QStringLiteral("--json")}).json()[QStringLiteral("systems")].toArray();
    QVERIFY(!systems.isEmpty());
    for (const auto& system : systems) {
        QVERIFY(!system.toObject()[QStringLiteral("controls")].toArray().isEmpty());
        QVERIFY(!system.toObject()[QStringLiteral("options")].toArray().isEmpty());
        // what a person needs to start it: presets, and what an option may be
        const QString text = kinora({QStringLiteral("systems"), system.toObject()[QStringLiteral("id")].toString()}).out;
        const QJsonArray presets = system.toObject()[QStringLiteral("presets")].toArray();
        QVERIFY(!presets.isEmpty());
        for (const auto& preset : presets) QVERIFY2(text.contains(QStringLiteral("--preset ") + preset.toObject()[QStringLiteral("id")].toString() + QStringLiteral("   ")), qPrintable(text));
        QVERIFY2(text.contains(QStringLiteral("(constant, ")), qPrintable(text));
    }
    const Result self = kinora({QStringLiteral("selftest"), QStringLiteral("--device"), QStringLiteral("cpu"), QStringLiteral("--json")});
    QVERIFY2(self.code == 0, qPrintable(self.out));
    QCOMPARE(self.json()[QStringLiteral("results")].toArray().size(), systems.size());
}

void TestCommands::generatesWhatItSays()
{
    const QString gif = path(QStringLiteral("matrix.gif"));
    const Result result = kinora({QStringLiteral("generate"), QStringLiteral("--checkpoint"), m_checkpoint, QStringLiteral("-o"), gif, QStringLiteral("--grid"), QStringLiteral("2x3"), QStringLiteral("--frames"), QStringLiteral("20"), QStringLiteral("--json")});
    QVERIFY2(result.code == 0, qPrintable(result.err));
    QCOMPARE(result.json()[QStringLiteral("clips")].toInt(), 6);
    QCOMPARE(result.json()[QStringLiteral("frames")].toInt(), 20);
    QFile file(gif);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray head = file.read(10);
    QVERIFY(head.startsWith("GIF89a"));
    QCOMPARE(int(static_cast<uchar>(head[6]) | static_cast<uchar>(head[7]) << 8), 3 * 64 + 2 * 2);
    QCOMPARE(int(static_cast<uchar>(head[8]) | static_cast<uchar>(head[9]) << 8), 2 * 64 + 2);
    for (const char* format : {"h5", "safetensors"}) {
        const QString target = path(QStringLiteral("clips.") + QLatin1String(format));
        QVERIFY(kinora({QStringLiteral("generate"), QStringLiteral("--checkpoint"), m_checkpoint, QStringLiteral("-o"), target, QStringLiteral("--grid"), QStringLiteral("2x2")}).code == 0);
        const Result info = kinora({QStringLiteral("datasets"), QStringLiteral("info"), target, QStringLiteral("--json")});
        QVERIFY2(info.code == 0 && info.json()[QStringLiteral("clips")].toInt() == 4, qPrintable(info.out + info.err));
    }
}

void TestCommands::theSameSeedsGiveTheSameBytes()
{
    const auto bytesOf = [&](const QString& name, const QStringList& more) {
        const QString target = path(name);
        if (kinora(QStringList{QStringLiteral("generate"), QStringLiteral("--checkpoint"), m_checkpoint, QStringLiteral("-o"), target} + more).code != 0) return QByteArray();
        QFile file(target);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    };
    const QByteArray a = bytesOf(QStringLiteral("a.png"), {QStringLiteral("--appearance-seed"), QStringLiteral("3"), QStringLiteral("--motion-seed"), QStringLiteral("4")});
    QVERIFY(!a.isEmpty());
    QCOMPARE(bytesOf(QStringLiteral("b.png"), {QStringLiteral("--appearance-seed"), QStringLiteral("3"), QStringLiteral("--motion-seed"), QStringLiteral("4")}), a);
    QVERIFY(bytesOf(QStringLiteral("c.png"), {QStringLiteral("--appearance-seed"), QStringLiteral("3"), QStringLiteral("--motion-seed"), QStringLiteral("5")}) != a);
}

void TestCommands::aStateIsRendered()
{
    QJsonObject za, zm;
    QJsonArray a, m;
    for (int i = 0; i < 128; ++i) a.append(i % 7 / 7.0 - 0.5);
    for (int i = 0; i < 10; ++i) m.append(i / 10.0);
    za[QStringLiteral("numbers")] = a;
    zm[QStringLiteral("numbers")] = m;
    zm[QStringLiteral("steps")] = 1;
    const QJsonObject state{{QStringLiteral("system"), QStringLiteral("g3an")}, {QStringLiteral("frames"), 16}, {QStringLiteral("controls"), QJsonObject{{QStringLiteral("za"), za}, {QStringLiteral("zm"), zm}}}};
    QFile file(path(QStringLiteral("state.json")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QJsonDocument(state).toJson());
    file.close();
    const Result result = kinora({QStringLiteral("generate"), QStringLiteral("--checkpoint"), m_checkpoint, QStringLiteral("--state"), file.fileName(), QStringLiteral("-o"), path(QStringLiteral("state.gif"))});
    QVERIFY2(result.code == 0, qPrintable(result.err));
    QVERIFY(QFileInfo(path(QStringLiteral("state.gif"))).size() > 1000);
}

void TestCommands::weightsGoRoundThePthFormat()
{
    const QString pth = path(QStringLiteral("back.pth")), again = path(QStringLiteral("again.safetensors"));
    const Result out = kinora({QStringLiteral("export-weights"), m_checkpoint, QStringLiteral("-o"), pth});
    QVERIFY2(out.code == 0, qPrintable(out.err));
    const Result in = kinora({QStringLiteral("import-weights"), QStringLiteral("--system"), QStringLiteral("g3an"), pth, QStringLiteral("-o"), again});
    QVERIFY2(in.code == 0, qPrintable(in.err));
    const auto picture = [&](const QString& checkpoint, const QString& name) {
        kinora({QStringLiteral("generate"), QStringLiteral("--checkpoint"), checkpoint, QStringLiteral("-o"), path(name)});
        QFile file(path(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    };
    const QByteArray first = picture(m_checkpoint, QStringLiteral("p1.png"));
    QVERIFY(!first.isEmpty());
    // the pictures name their checkpoint's hash, so the pixels are compared
    QCOMPARE(QImage::fromData(first).isNull(), false);
    QCOMPARE(QImage::fromData(first), QImage::fromData(picture(again, QStringLiteral("p2.png"))));
}

void TestCommands::parityTellsADifference()
{
    QCOMPARE(kinora({QStringLiteral("parity"), QStringLiteral(KINORA_TEST_DATA "/g3an_fsa.safetensors")}).code, 0);
    const Result strict = kinora({QStringLiteral("parity"), QStringLiteral(KINORA_TEST_DATA "/g3an_fsa.safetensors"), QStringLiteral("--tolerance"), QStringLiteral("1e-12")});
    QCOMPARE(strict.code, 1);
    const Result json = kinora({QStringLiteral("parity"), QStringLiteral(KINORA_TEST_DATA "/g3an_fsa.safetensors"), QStringLiteral("--json")});
    QVERIFY2(QJsonDocument::fromJson(json.out.toUtf8()).isObject(), qPrintable(json.out));
}

QTEST_GUILESS_MAIN(TestCommands)
#include "tst_commands.moc"
