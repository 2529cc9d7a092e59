// Figures through real processes: recipes, limits, comparisons, interruptions.
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QImage>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QtTest>
#include <signal.h>

namespace {
struct Result {
    int code = -1;
    QString out, err;
    QJsonObject json() const { return QJsonDocument::fromJson(out.toUtf8()).object(); }
};

Result kinora(const QString& arguments)
{
    QProcess process;
    process.start(QStringLiteral(KINORA_BIN_DIR "/kinora"), QProcess::splitCommand(arguments));
    if (!process.waitForFinished(120000)) {
        process.kill();
        return {-1, {}, QStringLiteral("timed out")};
    }
    return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : 128, QString::fromUtf8(process.readAllStandardOutput()), QString::fromUtf8(process.readAllStandardError())};
}

QByteArray bytesOf(const QString& file)
{
    QFile in(file);
    return in.open(QIODevice::ReadOnly) ? in.readAll() : QByteArray();
}
}  // namespace

class TestExportCommand final : public QObject {
    Q_OBJECT
    QTemporaryDir m_dir;
    QString path(const QString& name) const { return m_dir.filePath(name); }
    /// C and D stand for two checkpoints, a leading @ for the test's folder.
    Result run(QString arguments) const
    {
        arguments.replace(QStringLiteral("@"), m_dir.path() + QLatin1Char('/'));
        return kinora(arguments);
    }
private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(run(QStringLiteral("import-weights --system g3an " KINORA_TEST_DATA "/g3an_official_zip.pth -o @c.safetensors")).code == 0);
        // the same system with other weights
        QVERIFY(run(QStringLiteral("export-weights @c.safetensors -o @back.pth")).code == 0);
        QVERIFY(run(QStringLiteral("import-weights --system g3an @back.pth -o @d.safetensors")).code == 0);
        if (bytesOf(path(QStringLiteral("c.safetensors"))) == bytesOf(path(QStringLiteral("d.safetensors")))) {
            QByteArray bytes = bytesOf(path(QStringLiteral("d.safetensors")));
            bytes[bytes.size() - 2] = static_cast<char>(bytes[bytes.size() - 2] ^ 1);  // one weight a little different
            QFile out(path(QStringLiteral("d.safetensors")));
            QVERIFY(out.open(QIODevice::WriteOnly));
            out.write(bytes);
        }
    }
    void aRecipeMakesTheSameFile_data()
    {
        QTest::addColumn<QString>("format");
        for (const char* format : {"gif", "mp4", "webm", "webp", "apng", "png", "h5", "safetensors"}) QTest::newRow(format) << format;
    }
    void aRecipeMakesTheSameFile()
    {
        QFETCH(QString, format);
        const QString look = format == QLatin1String("png") ? QStringLiteral("--layout sheet") : QString();
        const Result made = run(QStringLiteral("generate --checkpoint @c.safetensors -o @a.%1 --grid 2x2 --appearance-seed 5 --motion-seed 9 --labels --caption \"Not chosen\" --fps 12.5 %2 --json").arg(format, look));
        if (made.code == 2 && made.err.contains(QStringLiteral("encoder"))) QSKIP("this libavcodec has no encoder for it");
        QVERIFY2(made.code == 0, qPrintable(made.err));
        const QByteArray bytes = bytesOf(path(QStringLiteral("a.") + format));
        QCOMPARE(made.json()[QStringLiteral("bytes")].toInt(), int(bytes.size()));
        const Result again = run(QStringLiteral("generate --checkpoint @c.safetensors --recipe @a.%1 -o @b.%1").arg(format));
        QVERIFY2(again.code == 0, qPrintable(again.err));
        QVERIFY(!bytes.isEmpty() && bytesOf(path(QStringLiteral("b.") + format)) == bytes);
        // the printed JSON is a recipe, too
        QFile json(path(QStringLiteral("printed.json")));
        QVERIFY(json.open(QIODevice::WriteOnly));
        json.write(made.out.toUtf8());
        json.close();
        const Result third = run(QStringLiteral("generate --checkpoint @c.safetensors --recipe @printed.json -o @p.%1").arg(format));
        QVERIFY2(third.code == 0, qPrintable(third.err));
        QVERIFY(bytesOf(path(QStringLiteral("p.") + format)) == bytes);
        // the values are in it: seeds alone would follow the generator of numbers
        QCOMPARE(made.json()[QStringLiteral("values")].toObject()[QStringLiteral("za")].toArray().size(), 2);
        QCOMPARE(made.json()[QStringLiteral("cells")].toArray().size(), 4);
    }
    void flagsChangeARecipe()
    {
        QVERIFY(run(QStringLiteral("generate --checkpoint @c.safetensors -o @r.gif --grid 2x2")).code == 0);
        const Result other = run(QStringLiteral("generate --checkpoint @c.safetensors --recipe @r.gif -o @r2.gif --scale 2 --preset small --json"));
        QVERIFY2(other.code == 0, qPrintable(other.err));
        QCOMPARE(other.json()[QStringLiteral("encoder")].toObject()[QStringLiteral("scale")].toDouble(), 2.0);
        QCOMPARE(other.json()[QStringLiteral("encoder")].toObject()[QStringLiteral("colours")].toInt(), 64);
        QVERIFY(bytesOf(path(QStringLiteral("r2.gif"))) != bytesOf(path(QStringLiteral("r.gif"))));
    }
    void wrongRecipes_data()
    {
        QTest::addColumn<QString>("arguments");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("word");
        QTest::newRow("another checkpoint") << "generate --checkpoint @d.safetensors --recipe @r.gif -o @w.gif" << 7 << "SHA-256";
        QTest::newRow("no checkpoint") << "generate --recipe @r.gif -o @w.gif" << 2 << "c.safetensors";
        QTest::newRow("missing") << "generate --checkpoint @c.safetensors --recipe @none.gif -o @w.gif" << 3 << "none.gif";
        QTest::newRow("no recipe in it") << "generate --checkpoint @c.safetensors --recipe @c.safetensors -o @w.gif" << 3 << "recipe";
        QTest::newRow("unknown layout") << "generate --checkpoint @c.safetensors -o @w.gif --layout circle" << 2 << "--layout";
        QTest::newRow("scale of nothing") << "generate --checkpoint @c.safetensors -o @w.gif --scale 0" << 2 << "--scale";
        QTest::newRow("preset") << "generate --checkpoint @c.safetensors -o @w.gif --preset huge" << 2 << "balanced";
        QTest::newRow("labels on a strip") << "generate --checkpoint @c.safetensors -o @w.png --labels" << 2 << "sheet";
        QTest::newRow("limit of nothing") << "generate --checkpoint @c.safetensors -o @w.gif --limit-mb 0.001" << 2 << "allow more";
        QTest::newRow("folder that is there") << "generate --checkpoint @c.safetensors -o @ --limit-mb 1" << 3 << "exists already";
        QTest::newRow("comparison without its checkpoint") << "compare @c.safetensors --recipe @cmp.gif -o @w.gif" << 2 << "d.safetensors";
        QTest::newRow("comparison, nothing named") << "generate --recipe @cmp.gif -o @w.gif" << 2 << "SHA-256";
        QTest::newRow("comparison of others") << "compare @c.safetensors @e.safetensors --recipe @cmp.gif -o @w.gif" << 7 << "e.safetensors";
        QTest::newRow("comparison, unknown dataset") << "compare @c.safetensors @d.safetensors @none.h5 --recipe @cmp.gif -o @w.gif" << 2 << "none.h5";
        QTest::newRow("comparison as a report") << "compare @c.safetensors @d.safetensors --recipe @cmp.gif -o @w.html" << 2 << "picture";
        QTest::newRow("comparison as a clip file") << "generate --checkpoint @c.safetensors --checkpoint @d.safetensors --recipe @cmp.gif -o @w.h5" << 2 << "w.h5";
        QTest::newRow("comparison with other samples") << "compare @c.safetensors @d.safetensors --recipe @cmp.gif -o @w.gif --samples 8" << 2 << "--samples";
        QTest::newRow("comparison with another plan") << "generate --checkpoint @c.safetensors --checkpoint @d.safetensors --recipe @cmp.gif -o @w.gif --plan off" << 2 << "--plan";
        QTest::newRow("figure with another grid") << "generate --checkpoint @c.safetensors --recipe @r.gif -o @w.gif --grid 2x2" << 2 << "--grid";
        QTest::newRow("comparison with a metric for others") << "compare @c.safetensors @d.safetensors --dataset builtin:faces?clips=4 --metrics best_of_n -o @w.json" << 2 << "not given frames";
        QTest::newRow("no comparison") << "compare @c.safetensors @d.safetensors --recipe @r.gif -o @w.gif" << 2 << "generate --recipe";
        QTest::newRow("malformed") << "compare @c.safetensors @d.safetensors --recipe @broken.json -o @w.gif" << 3 << "broken.json";
        QTest::newRow("comparison of nothing") << "compare @c.safetensors @d.safetensors --recipe @empty.json -o @w.gif" << 3 << "sources";
        QTest::newRow("several for one") << "generate --checkpoint @c.safetensors --checkpoint @d.safetensors -o @w.gif" << 2 << "--checkpoint";
        QTest::newRow("against nobody") << "compare @c.safetensors @d.safetensors -o @w.gif --show wipe --against 2" << 2 << "--against";
        QTest::newRow("unknown view") << "compare @c.safetensors @d.safetensors -o @w.gif --show dance" << 2 << "--show";
        QTest::newRow("one checkpoint") << "compare @c.safetensors -o @w.html" << 2 << "two";
        QTest::newRow("unknown report") << "compare @c.safetensors @d.safetensors -o @w.pdf" << 2 << ".html";
        QTest::newRow("metric without data") << "compare @c.safetensors @d.safetensors -o @w.html --metrics frechet_pixels" << 2 << "--dataset";
        QTest::newRow("missing checkpoint") << "compare @c.safetensors @none.safetensors -o @w.html" << 3 << "none.safetensors";
        QTest::newRow("no such folder") << "compare @c.safetensors @d.safetensors -o @none/w.html" << 3 << "none";
    }
    void wrongRecipes()
    {
        QFETCH(QString, arguments);
        QFETCH(int, code);
        QFETCH(QString, word);
        if (!QFileInfo::exists(path(QStringLiteral("r.gif")))) QVERIFY(run(QStringLiteral("generate --checkpoint @c.safetensors -o @r.gif --grid 2x2")).code == 0);
        if (!QFileInfo::exists(path(QStringLiteral("cmp.gif")))) {
            QVERIFY(run(QStringLiteral("compare @c.safetensors @d.safetensors -o @cmp.gif --samples 1")).code == 0);
            for (const auto& [name, text] : {std::pair("broken.json", "{\"sources\": ["), std::pair("empty.json", "{\"kinora_recipe\": 1, \"samples\": 1, \"sources\": []}")}) {
                QFile file(path(QLatin1String(name)));
                QVERIFY(file.open(QIODevice::WriteOnly));
                file.write(text);
            }
            QByteArray bytes = bytesOf(path(QStringLiteral("d.safetensors")));
            bytes[bytes.size() - 6] = static_cast<char>(bytes[bytes.size() - 6] ^ 1);
            QFile other(path(QStringLiteral("e.safetensors")));
            QVERIFY(other.open(QIODevice::WriteOnly));
            other.write(bytes);
        }
        const Result result = run(arguments);
        QVERIFY2(result.code == code, qPrintable(QString::number(result.code) + result.err));
        QVERIFY2(result.err.contains(word), qPrintable(result.err));
        for (const char* name : {"w.gif", "w.png", "w.html", "w.pdf", "w.h5"}) QVERIFY(!QFileInfo::exists(path(QLatin1String(name))));
    }
    void aLimitIsKept()
    {
        const Result free = run(QStringLiteral("generate --checkpoint @c.safetensors -o @free.gif --grid 3x3"));
        QVERIFY2(free.code == 0, qPrintable(free.err));
        const qint64 most = QFileInfo(path(QStringLiteral("free.gif"))).size() * 6 / 10;
        const Result result = run(QStringLiteral("generate --checkpoint @c.safetensors -o @limit.gif --grid 3x3 --limit-mb %1 --json").arg(static_cast<double>(most) * 1e-6));
        QVERIFY2(result.code == 0, qPrintable(result.err));
        const qint64 size = QFileInfo(path(QStringLiteral("limit.gif"))).size();
        QVERIFY2(size <= most && size >= most / 2, qPrintable(QStringLiteral("%1 of %2").arg(size).arg(most)));
        // the settings that were found are in the recipe: no search the second time, and the same bytes
        QVERIFY(run(QStringLiteral("generate --checkpoint @c.safetensors --recipe @limit.gif -o @limit2.gif")).code == 0);
        QVERIFY(bytesOf(path(QStringLiteral("limit2.gif"))) == bytesOf(path(QStringLiteral("limit.gif"))));
    }
    void aWayThroughKeyPoses()
    {
        const auto code = [](int size, double factor, int steps) {
            QJsonArray numbers;
            for (int i = 0; i < size; ++i) numbers.append((i * 5 % 7 / 3.0 - 1) * factor);
            QJsonObject value{{QStringLiteral("numbers"), numbers}};
            if (steps > 0) value[QStringLiteral("steps")] = steps;
            return value;
        };
        const auto controls = [&](double za) { return QJsonObject{{QStringLiteral("za"), code(128, za, 0)}, {QStringLiteral("zm"), code(10, 0.8, 1)}}; };
        const auto write = [&](const QString& name, double za, bool poses) {
            QJsonObject state{{QStringLiteral("system"), QStringLiteral("g3an")}, {QStringLiteral("frames"), 16}, {QStringLiteral("controls"), controls(za)}};
            if (poses) {
                QJsonArray track{QJsonObject{{QStringLiteral("za"), code(128, 1, 0)}}, QJsonObject{{QStringLiteral("za"), code(128, -1, 0)}}};
                state[QStringLiteral("key_poses")] = QJsonObject{{QStringLiteral("between"), 4}, {QStringLiteral("interpolation"), QStringLiteral("linear")}, {QStringLiteral("tracks"), QJsonObject{{QStringLiteral("appearance"), track}}}};
            }
            QFile file(path(name));
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(QJsonDocument(state).toJson());
        };
        write(QStringLiteral("way.json"), 0.3, true);
        write(QStringLiteral("first.json"), 1, false);
        write(QStringLiteral("last.json"), -1, false);
        const Result made = run(QStringLiteral("generate --checkpoint @c.safetensors --state @way.json --key-poses -o @way.frames"));
        QVERIFY2(made.code == 0, qPrintable(made.err));
        QVERIFY(made.out.contains(QStringLiteral("6 frames")));
        QCOMPARE(run(QStringLiteral("generate --checkpoint @c.safetensors --state @first.json -o @first.frames")).code, 0);
        QCOMPARE(run(QStringLiteral("generate --checkpoint @c.safetensors --state @last.json -o @last.frames")).code, 0);
        const auto frame = [&](const QString& folder, int index) {
            const QStringList names = QDir(path(folder)).entryList({QStringLiteral("*.png")}, QDir::Files, QDir::Name);
            return index < names.size() ? QImage(path(folder) + QLatin1Char('/') + names[index]) : QImage();
        };
        // frame t of the clip of step t; the ends are the poses' own
        QVERIFY(!frame(QStringLiteral("way.frames"), 0).isNull());
        QCOMPARE(frame(QStringLiteral("way.frames"), 0), frame(QStringLiteral("first.frames"), 0));
        QCOMPARE(frame(QStringLiteral("way.frames"), 5), frame(QStringLiteral("last.frames"), 5));
        // its recipe makes the same file
        QCOMPARE(run(QStringLiteral("generate --checkpoint @c.safetensors --state @way.json --key-poses -o @way.gif")).code, 0);
        const Result again = run(QStringLiteral("generate --checkpoint @c.safetensors --recipe @way.gif -o @way2.gif"));
        QVERIFY2(again.code == 0, qPrintable(again.err));
        QVERIFY(!bytesOf(path(QStringLiteral("way.gif"))).isEmpty() && bytesOf(path(QStringLiteral("way.gif"))) == bytesOf(path(QStringLiteral("way2.gif"))));
        const Result none = run(QStringLiteral("generate --checkpoint @c.safetensors --state @first.json --key-poses -o @none.gif"));
        QCOMPARE(none.code, 2);
        QVERIFY2(none.err.contains(QStringLiteral("key poses")), qPrintable(none.err));
    }
    void framesAreAFolder()
    {
        QVERIFY(run(QStringLiteral("generate --checkpoint @c.safetensors -o @frames/ --grid 1x2")).code == 0);
        QCOMPARE(QDir(path(QStringLiteral("frames"))).entryList(QDir::Files).size(), 17);
        QVERIFY(run(QStringLiteral("generate --checkpoint @c.safetensors --recipe @frames -o @again.frames")).code == 0);
        QVERIFY(bytesOf(path(QStringLiteral("frames/000009.png"))) == bytesOf(path(QStringLiteral("again.frames/000009.png"))));
    }
    void comparesCheckpoints()
    {
        const Result result = run(QStringLiteral("compare @c.safetensors @d.safetensors -o @report.html --samples 2 --metrics sample_diversity --json"));
        QVERIFY2(result.code == 0, qPrintable(result.err));
        const QJsonArray checkpoints = result.json()[QStringLiteral("checkpoints")].toArray();
        QCOMPARE(checkpoints.size(), 2);
        for (const auto& entry : checkpoints) {
            QVERIFY(entry.toObject()[QStringLiteral("generating_parameters")].toDouble() > 1000);
            QVERIFY(entry.toObject()[QStringLiteral("clips_per_second")].toDouble() > 0);
            QCOMPARE(entry.toObject()[QStringLiteral("metrics")].toArray().size(), 1);
        }
        const QByteArray report = bytesOf(path(QStringLiteral("report.html")));
        QVERIFY(report.contains("<!DOCTYPE html>") && report.contains(";base64,") && report.contains("c.safetensors") && report.contains("sample_diversity"));
        QVERIFY(!report.contains("http://") && !report.contains("https://"));  // all in one file
        QVERIFY(run(QStringLiteral("compare @c.safetensors @d.safetensors -o @report.json --samples 2")).code == 0);
        QCOMPARE(QJsonDocument::fromJson(bytesOf(path(QStringLiteral("report.json")))).object()[QStringLiteral("samples")].toInt(), 2);
        QVERIFY(run(QStringLiteral("compare @c.safetensors @d.safetensors -o @report.gif --samples 2")).code == 0);
        QVERIFY(run(QStringLiteral("compare @c.safetensors @d.safetensors -o @report2.gif --samples 2")).code == 0);
        QVERIFY(bytesOf(path(QStringLiteral("report.gif"))).startsWith("GIF89a") && bytesOf(path(QStringLiteral("report.gif"))) == bytesOf(path(QStringLiteral("report2.gif"))));
        // the report holds the recipe of its picture
        const Result again = run(QStringLiteral("compare @d.safetensors @c.safetensors --recipe @report.html -o @report3.gif"));
        QVERIFY2(again.code == 0, qPrintable(again.err));
        QVERIFY(bytesOf(path(QStringLiteral("report3.gif"))) == bytesOf(path(QStringLiteral("report.gif"))));
    }
    void aComparisonsRecipeMakesTheSameFile_data()
    {
        QTest::addColumn<QString>("format");
        QTest::addColumn<QString>("flags");
        QTest::newRow("gif, clips") << "gif" << "";
        QTest::newRow("gif, difference") << "gif" << "--show difference --gain 6 --scale 2";
        QTest::newRow("webp, flicker") << "webp" << "--show flicker --against 1";
        QTest::newRow("apng, wipe") << "apng" << "--show wipe --wipe 0.3";
        QTest::newRow("mp4") << "mp4" << "--caption \"Not chosen\"";
        QTest::newRow("webm") << "webm" << "";
        QTest::newRow("png") << "png" << "--layout sheet --sheet-frames 4";
        QTest::newRow("gif, limited") << "gif" << "--limit-mb 0.05";
    }
    void aComparisonsRecipeMakesTheSameFile()
    {
        QFETCH(QString, format);
        QFETCH(QString, flags);
        const auto same = [&](const QString& other) { return bytesOf(path(other + QLatin1Char('.') + format)) == bytesOf(path(QStringLiteral("ca.") + format)); };
        const Result made = run(QStringLiteral("compare @c.safetensors @d.safetensors -o @ca.%1 --samples 2 --appearance-seed 5 --motion-seed 9 %2 --json").arg(format, flags));
        if (made.code == 2 && made.err.contains(QStringLiteral("encoder"))) QSKIP("this libavcodec has no encoder for it");
        QVERIFY2(made.code == 0, qPrintable(made.err));
        QVERIFY(!bytesOf(path(QStringLiteral("ca.") + format)).isEmpty());
        const Result generated = run(QStringLiteral("generate --checkpoint @d.safetensors --checkpoint @c.safetensors --recipe @ca.%1 -o @cb.%1").arg(format));  // in any order
        QVERIFY2(generated.code == 0, qPrintable(generated.err));
        QVERIFY(same(QStringLiteral("cb")));
        if (!flags.contains(QStringLiteral("--show"))) return;
        const Result compared = run(QStringLiteral("compare @c.safetensors @d.safetensors --recipe @cb.%1 -o @cc.%1").arg(format));
        QVERIFY2(compared.code == 0, qPrintable(compared.err));
        QVERIFY(same(QStringLiteral("cc")));
        // the printed JSON is a recipe, too, and names what it compared
        QFile json(path(QStringLiteral("compared.json")));
        QVERIFY(json.open(QIODevice::WriteOnly));
        json.write(made.out.toUtf8());
        json.close();
        QVERIFY(run(QStringLiteral("compare @c.safetensors @d.safetensors --recipe @compared.json -o @cd.%1").arg(format)).code == 0);
        QVERIFY(same(QStringLiteral("cd")));
        const QJsonObject source = made.json()[QStringLiteral("sources")].toArray().at(1).toObject();
        QCOMPARE(source[QStringLiteral("checkpoint_file")].toString(), QStringLiteral("d.safetensors"));
        QCOMPARE(source[QStringLiteral("checkpoint_sha256")].toString().size(), 64);
        for (const char* key : {"weights", "plan", "device", "seeds", "codes"}) QVERIFY2(source.contains(QLatin1String(key)), key);
    }
    void aComparisonOfModelsThatTakePictures()
    {
        const auto trained = [&](const QString& run, const char* seed) {
            return this->run(QStringLiteral("train --system imaginator --dataset builtin:faces?clips=8&frames=32 --run @%1 --steps 1 --seed %2 --device cpu -q --set base_channels=4 --set batch_size=2 --set sample_rows=1 --set sample_columns=1").arg(run, QLatin1String(seed)));
        };
        for (const auto& [name, seed] : {std::pair("one", "1"), std::pair("two", "2")}) {
            const Result result = trained(QLatin1String(name), seed);
            QVERIFY2(result.code == 0, qPrintable(result.err));
        }
        const auto checkpoint = [&](const char* run) { return path(QLatin1String(run) + QStringLiteral("/checkpoints/") + QDir(path(QLatin1String(run) + QStringLiteral("/checkpoints"))).entryList({QStringLiteral("*.safetensors")}).value(0)); };
        QVERIFY(run(QStringLiteral("datasets import synthetic builtin:faces?clips=6&frames=32&seed=9 -o @real.h5")).code == 0);
        const QString both = checkpoint("one") + QLatin1Char(' ') + checkpoint("two");
        const Result made = run(QStringLiteral("compare %1 --condition @real.h5 -o @pictures.gif --samples 2 --json").arg(both));
        QVERIFY2(made.code == 0, qPrintable(made.err));
        const QJsonObject given = made.json()[QStringLiteral("sources")].toArray().at(0).toObject()[QStringLiteral("given")].toArray().at(1).toArray().at(0).toObject();
        QCOMPARE(given[QStringLiteral("clip")].toInt(-1), 1);
        QVERIFY(given[QStringLiteral("dataset")].toString().endsWith(QStringLiteral("real.h5")) && given[QStringLiteral("sha256")].toString().size() == 64);
        const auto again = [&](const QString& further) { return run(QStringLiteral("compare %1 %2 --recipe @pictures.gif -o @pictures2.gif").arg(both, further)); };
        Result result = again({});
        QVERIFY2(result.code == 0, qPrintable(result.err));
        QVERIFY(!bytesOf(path(QStringLiteral("pictures.gif"))).isEmpty() && bytesOf(path(QStringLiteral("pictures2.gif"))) == bytesOf(path(QStringLiteral("pictures.gif"))));
        QFile::remove(path(QStringLiteral("pictures2.gif")));
        // the dataset is elsewhere now
        QVERIFY(QDir().mkpath(path(QStringLiteral("moved"))) && QFile::rename(path(QStringLiteral("real.h5")), path(QStringLiteral("moved/real.h5"))));
        result = again({});
        QVERIFY2(result.code == 3 && result.err.contains(QStringLiteral("real.h5")), qPrintable(result.err));
        QVERIFY(!QFileInfo::exists(path(QStringLiteral("pictures2.gif"))));
        result = again(QStringLiteral("@moved/real.h5"));
        QVERIFY2(result.code == 0, qPrintable(result.err));
        QVERIFY(bytesOf(path(QStringLiteral("pictures2.gif"))) == bytesOf(path(QStringLiteral("pictures.gif"))));
        QFile::remove(path(QStringLiteral("pictures2.gif")));
        // another dataset under its name
        QVERIFY(run(QStringLiteral("datasets import synthetic builtin:faces?clips=6&frames=32&seed=10 -o @real.h5")).code == 0);
        result = again({});
        QVERIFY2(result.code != 0 && result.err.contains(QStringLiteral("real.h5")), qPrintable(result.err));
        QVERIFY(!QFileInfo::exists(path(QStringLiteral("pictures2.gif"))));
    }
    void anInterruptedExportLeavesNothing_data()
    {
        QTest::addColumn<int>("signal");
        QTest::addColumn<int>("code");
        QTest::newRow("SIGINT") << SIGINT << 130;
        QTest::newRow("SIGTERM") << SIGTERM << 143;
        QTest::newRow("SIGKILL") << SIGKILL << -1;
    }
    void anInterruptedExportLeavesNothing()
    {
        QFETCH(int, signal);
        QFETCH(int, code);
        const QString folder = path(QStringLiteral("stop%1").arg(signal));
        QVERIFY(QDir().mkpath(folder));
        QProcess process;
        process.start(QStringLiteral(KINORA_BIN_DIR "/kinora"), {QStringLiteral("generate"), QStringLiteral("--checkpoint"), path(QStringLiteral("c.safetensors")), QStringLiteral("--grid"), QStringLiteral("16x16"), QStringLiteral("-o"), folder + QStringLiteral("/big.gif"), QStringLiteral("--scale"), QStringLiteral("2")});
        QVERIFY(process.waitForStarted());
        // well into the work, well before its end
        QByteArray said;
        const auto begun = [&] { return (said += process.readAllStandardError()).contains("generating"); };
        QTRY_VERIFY_WITH_TIMEOUT(begun() || process.state() == QProcess::NotRunning, 60000);
        QCOMPARE(process.state(), QProcess::Running);
        ::kill(static_cast<pid_t>(process.processId()), signal);
        QVERIFY(process.waitForFinished(60000));
        if (code >= 0) QCOMPARE(process.exitCode(), code);
        QVERIFY(!QFileInfo::exists(folder + QStringLiteral("/big.gif")));
        if (code >= 0) QCOMPARE(QDir(folder).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot), QStringList());
    }
};
QTEST_GUILESS_MAIN(TestExportCommand)
#include "tst_export_command.moc"
