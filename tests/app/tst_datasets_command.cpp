#include <csignal>

#include <QtTest>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <filesystem>
#include <fstream>

#include "core/clipfile/clip_file.h"
#include "core/dataset/safetensors_clips.h"
#include "core/decode/picture.h"
#include "core/export/encoder.h"
#include "core/util/file.h"

using namespace kinora;
namespace fs = std::filesystem;

namespace {
struct Answer {
    int code = -1;
    QByteArray output, errors;
    QJsonObject json() const { return QJsonDocument::fromJson(output).object(); }
};

void putStrip(const fs::path& file, int frames, int light)
{
    fs::create_directories(file.parent_path());
    Frames clip(frames, 8, 8);
    for (int t = 0; t < frames; ++t) std::ranges::fill(std::span(clip.frame(t), clip.frameBytes()), static_cast<std::uint8_t>(light + t));
    exportClip(clip, fs::path(file).replace_extension("png"));
}
}  // namespace

/// The commands as a person types them, in a home of their own.
class TestDatasetsCommand final : public QObject {
    Q_OBJECT
    QTemporaryDir m_dir;
    fs::path path(const std::string& name) const { return fs::path(m_dir.path().toStdString()) / name; }
    Answer run(QStringList arguments) const
    {
        QProcess process;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("KINORA_HOME"), QString::fromStdString(path("home").string()));
        process.setProcessEnvironment(environment);
        process.setWorkingDirectory(m_dir.path());
        process.start(QStringLiteral(KINORA_BIN_DIR "/kinora-import"), QStringList{QStringLiteral("datasets")} + arguments);
        if (!process.waitForFinished(60000)) return {};
        return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -2, process.readAllStandardOutput(), process.readAllStandardError()};
    }
    static bool oneLine(const Answer& answer) { return answer.errors.startsWith("kinora: ") && answer.errors.trimmed().count('\n') == 0; }
    void nothingButTheSources() const
    {
        for (const fs::directory_entry& entry : fs::directory_iterator(m_dir.path().toStdString()))
            QVERIFY2(entry.path().filename().string().find(".tmp") == std::string::npos, entry.path().c_str());
    }
private Q_SLOTS:
    void initTestCase()
    {
        for (int i = 0; i < 4; ++i) putStrip(path("set/" + std::string(i < 2 ? "a" : "b") + "/" + std::to_string(i)), 32 + i, 10 * i);
        std::ofstream(path("set/b/junk.png")) << "no picture";
    }
    void list()
    {
        const Answer answer = run({"list", "--json"});
        QCOMPARE(answer.code, 0);
        QCOMPARE(answer.json()["kinds"].toArray().at(0).toObject()["id"].toString(), QStringLiteral("strips"));
        QCOMPARE(answer.json()["builtin"].toArray().size(), 2);
    }
    void importReportsWhatItSkipped()
    {
        const Answer answer = run({"import", "strips", "set", "-o", "set.h5", "--json", "--progress", "json"});
        QCOMPARE(answer.code, 0);
        QCOMPARE(answer.json()["clips"].toInt(), 4);
        QCOMPARE(answer.json()["frames"].toInt(), 32 + 33 + 34 + 35);
        QCOMPARE(answer.json()["skipped"].toArray().at(0).toObject()["file"].toString(), QStringLiteral("b/junk.png"));
        const QJsonObject last = QJsonDocument::fromJson(answer.errors.trimmed().split('\n').back()).object();
        QCOMPARE(last["done"].toInt(), 5);
        QCOMPARE(last["total"].toInt(), 5);
        QCOMPARE(openClipFile(path("set.h5"))->size(), std::int64_t(4));
    }
    void strictSaysSoInItsExitCode()
    {
        QCOMPARE(run({"import", "strips", "set", "-o", "strict.h5", "--strict"}).code, 1);
        fs::remove(path("strict.h5"));
    }
    void aDryRunWritesNothing()
    {
        const Answer answer = run({"import", "auto", "set", "--dry-run"});
        QCOMPARE(answer.code, 0);
        QVERIFY(answer.output.contains("would import 4 clips"));
    }
    void info()
    {
        const QJsonObject json = run({"info", "set.h5", "--json", "--clips", "1,3"}).json();
        QCOMPARE(json["clips"].toInt(), 4);
        QCOMPARE(json["lengths"].toObject()["maximum"].toInt(), 35);
        QCOMPARE(json["labels"].toArray().at(0).toObject()["counts"].toArray(), (QJsonArray{2, 2}));
        QCOMPARE(json["clip_list"].toArray().at(1).toObject()["name"].toString(), QStringLiteral("b/3.png"));
        QCOMPARE(run({"info", "builtin:faces?clips=3&frames=8", "--json"}).json()["frames"].toInt(), 24);
    }
    void aFolderIsImportedIntoTheCacheOnce()
    {
        const QJsonObject first = run({"info", "set", "--json"}).json();
        QCOMPARE(first["clips"].toInt(), 4);
        const fs::path file = first["name"].toString().toStdString();
        QCOMPARE(file.parent_path(), path("home/cache/datasets"));
        const auto time = fs::last_write_time(file);
        QCOMPARE(run({"info", "set", "--json"}).json()["name"].toString(), first["name"].toString());
        QVERIFY(fs::last_write_time(file) == time);
        putStrip(path("set/a/9"), 40, 3);
        const QJsonObject changed = run({"info", "set", "--json"}).json();
        QCOMPARE(changed["clips"].toInt(), 5);
        QVERIFY(changed["name"].toString() != first["name"].toString());
        fs::remove(path("set/a/9.png"));
    }
    void verify()
    {
        QCOMPARE(run({"verify", "set.h5"}).code, 0);
        std::string bytes = readFile(path("set.h5"));
        const std::string frame(64, '\x14');  // inside a clip of light 20
        const std::size_t at = bytes.find(frame);
        QVERIFY(at != std::string::npos);
        bytes[at] ^= 1;
        writeFile(path("changed.h5"), bytes);
        const Answer answer = run({"verify", "changed.h5", "--json"});
        QCOMPARE(answer.code, 1);
        QCOMPARE(answer.json()["problems"].toArray().size(), 1);
    }
    void exportTo_data()
    {
        QTest::addColumn<QString>("file");
        for (const char* file : {"out.h5", "out.safetensors", "out.gif", "out.png"}) QTest::newRow(file) << file;
    }
    void exportTo()
    {
        QFETCH(QString, file);
        const Answer answer = run({"export", "set.h5", "-o", file, "--frames", "3", "--clips", "0-2", "--size", "6x4", "--scale", "2"});
        QVERIFY2(answer.code == 0, answer.errors.constData());
        const fs::path target = path(file.toStdString());
        if (file.endsWith("h5") || file.endsWith("safetensors")) {
            const auto clips = file.endsWith("h5") ? openClipFile(target) : openSafetensorsClips(target);
            QCOMPARE(clips->size(), std::int64_t(3));
            QCOMPARE(clips->info(2).frames, 3);
            QCOMPARE(clips->info(2).width, 6);
            QCOMPARE(clips->info(2).height, 4);
            QCOMPARE(clips->info(2).labels, std::vector<float>{1});
            QCOMPARE(int(clips->frames(2).frame(1)[0]), 21);
        } else {
            QCOMPARE(readPicture(target).height(), 2 * (2 * 4 + 2));                                        // two rows and a gap
            QCOMPARE(readPicture(target).width(), (file.endsWith("png") ? 3 : 1) * 2 * (2 * 6 + 2));        // a strip of three frames
        }
    }
    void wrongUsage_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<int>("code");
        QTest::addColumn<QByteArray>("says");
        QTest::newRow("unknown kind") << QStringList{"import", "videos", "set", "-o", "x.h5"} << 2 << QByteArray("strips");
        QTest::newRow("misspelt kind") << QStringList{"import", "strip", "set", "-o", "x.h5"} << 2 << QByteArray("did you mean 'strips'");
        QTest::newRow("unknown key") << QStringList{"import", "strips", "set", "-o", "x.h5", "--set", "min_frame=3"} << 2 << QByteArray("min_frames");
        QTest::newRow("no output") << QStringList{"import", "strips", "set"} << 2 << QByteArray("-o");
        QTest::newRow("output of another kind") << QStringList{"import", "strips", "set", "-o", "x.gif"} << 2 << QByteArray("export");
        QTest::newRow("missing source") << QStringList{"import", "strips", "nowhere", "-o", "x.h5"} << 3 << QByteArray("nowhere");
        QTest::newRow("missing folder") << QStringList{"import", "strips", "set", "-o", "nowhere/x.h5"} << 3 << QByteArray("nowhere");
        QTest::newRow("missing dataset") << QStringList{"info", "nowhere.h5"} << 3 << QByteArray("nowhere.h5");
        QTest::newRow("foreign dataset") << QStringList{"info", "set/b/junk.png"} << 3 << QByteArray("no HDF5 file");
        QTest::newRow("unknown builtin") << QStringList{"info", "builtin:face"} << 2 << QByteArray("builtin:faces");
        QTest::newRow("unknown format") << QStringList{"export", "set.h5", "-o", "x.avi"} << 2 << QByteArray("gif");
        QTest::newRow("clips out of range") << QStringList{"export", "set.h5", "-o", "x.gif", "--clips", "2-9"} << 2 << QByteArray("4");
        QTest::newRow("clips no numbers") << QStringList{"export", "set.h5", "-o", "x.gif", "--clips", "a-b"} << 2 << QByteArray("--clips");
        QTest::newRow("clips of several lengths") << QStringList{"export", "set.h5", "-o", "x.safetensors"} << 2 << QByteArray("--frames");
        QTest::newRow("too many frames") << QStringList{"export", "set.h5", "-o", "x.gif", "--frames", "99"} << 2 << QByteArray("32");
        QTest::newRow("grid too small") << QStringList{"export", "set.h5", "-o", "x.gif", "--grid", "1x2"} << 2 << QByteArray("--clips");
        QTest::newRow("folder of nothing known") << QStringList{"info", "home"} << 2 << QByteArray("does not look like");
        QTest::newRow("unknown subcommand") << QStringList{"exprt"} << 2 << QByteArray("export");
    }
    void wrongUsage()
    {
        QFETCH(QStringList, arguments);
        QFETCH(int, code);
        QFETCH(QByteArray, says);
        const Answer answer = run(arguments);
        QVERIFY2(answer.code == code && answer.errors.contains(says), QByteArray(QByteArray::number(answer.code) + " " + answer.errors).constData());
        if (!arguments.contains(QStringLiteral("home"))) QVERIFY2(oneLine(answer), answer.errors.constData());
        for (const char* file : {"x.h5", "x.gif", "x.avi", "x.safetensors"}) QVERIFY(!fs::exists(path(file)));
        nothingButTheSources();
    }
    void anInterruptionLeavesNothing()
    {
        QProcess process;
        process.setWorkingDirectory(m_dir.path());
        process.start(QStringLiteral(KINORA_BIN_DIR "/kinora-import"),
                      {"datasets", "import", "synthetic", "builtin:faces?clips=100000", "-o", "large.h5", "--progress", "json"});
        QVERIFY(process.waitForStarted());
        process.setReadChannel(QProcess::StandardError);
        QVERIFY(process.waitForReadyRead(30000));  // the first progress line: it is at work
        ::kill(static_cast<pid_t>(process.processId()), SIGINT);
        QVERIFY(process.waitForFinished(30000));
        QCOMPARE(process.exitStatus(), QProcess::NormalExit);
        QCOMPARE(process.exitCode(), 130);
        QVERIFY(!fs::exists(path("large.h5")));
        nothingButTheSources();
    }
};
QTEST_GUILESS_MAIN(TestDatasetsCommand)
#include "tst_datasets_command.moc"
