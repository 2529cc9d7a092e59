#include <csignal>

#include <QtTest>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <filesystem>
#include <fstream>
#include <set>

#include "core/clipfile/clip_file.h"
#include "core/dataset/exclusions.h"
#include "core/dataset/safetensors_clips.h"
#include "core/decode/picture.h"
#include "core/export/encoder.h"
#include "core/util/file.h"
#include "tests/support/test_videos.h"

using namespace kinora;
namespace fs = std::filesystem;

namespace {
const QString kLargeClips = QStringLiteral("builtin:faces?clips=6&size=192&frames=32");  // a good while for each

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
    /// A command under way, and the worker behind it.
    class Running final : public QProcess {
    public:
        Running(const TestDatasetsCommand& test, QStringList arguments)
        {
            setWorkingDirectory(test.m_dir.path());
            setReadChannel(StandardError);
            start(QStringLiteral(KINORA_BIN_DIR "/kinora-import"), QStringList{QStringLiteral("datasets")} + arguments);
            waitForStarted();
        }
        ~Running() override
        {
            kill();
            waitForFinished();
        }
        pid_t id() const { return static_cast<pid_t>(processId()); }
        /// Waits for a line that says that so many items are done.
        bool progressed(int items)
        {
            QElapsedTimer timer;
            for (timer.start(); timer.elapsed() < 30000;) {
                if (!canReadLine() && !waitForReadyRead(1000)) continue;
                while (canReadLine())
                    if (QJsonDocument::fromJson(readLine()).object()["done"].toInt() >= items) return true;
            }
            return false;
        }
        pid_t worker() const
        {
            const std::string task = std::to_string(id());
            std::ifstream in("/proc/" + task + "/task/" + task + "/children");
            pid_t child = 0;
            in >> child;
            return child;
        }
        /// The items that the worker has begun and not finished, as its journal says.
        std::set<std::string> underWay() const
        {
            std::set<std::string> items;
            std::error_code error;
            for (const fs::directory_entry& entry : fs::directory_iterator("/proc/" + std::to_string(id()) + "/fd", error)) {
                if (fs::read_symlink(entry.path(), error).string().find("kinora-import-journal") == std::string::npos) continue;
                std::ifstream in(entry.path());
                std::string line;
                std::getline(in, line);
                while (std::getline(in, line))
                    if (line.starts_with('+')) items.insert(line.substr(1));
                    else items.erase(line.substr(1));
            }
            return items;
        }
    };
    /// 'R', 'S', 'T' (stopped) ... or '?' if there is no such process any more.
    static char stateOf(pid_t process)
    {
        std::ifstream in("/proc/" + std::to_string(process) + "/stat");
        std::string text;
        std::getline(in, text);
        const std::size_t at = text.rfind(") ");
        const char state = at == std::string::npos ? '?' : text[at + 2];
        return state == 'Z' || state == 'X' ? '?' : state;
    }
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
        ClipFileWriter plain(path("plain.h5"), {});
        plain.add({.name = "one"}, Frames(1, 2, 2));
        plain.finish();
    }
    void list()
    {
        const Answer answer = run({"list", "--json"});
        QCOMPARE(answer.code, 0);
        QJsonObject mug;
        for (const QJsonValue& kind : answer.json()["kinds"].toArray())
            if (kind.toObject()["id"] == QStringLiteral("mug")) mug = kind.toObject();
        QVERIFY(mug["options"].toArray().size() > 5 && !mug["presets"].toArray().isEmpty());
        QVERIFY(mug[QStringLiteral("card")].toObject()[QStringLiteral("citation")].toString().contains("@inproceedings"));
        QCOMPARE(answer.json()["builtin"].toArray().size(), 2);
        for (const QByteArray& line : run({"list"}).output.split('\n')) QVERIFY2(line.size() < 140, line.constData());
    }
    void infoOfAKind()
    {
        const Answer answer = run({"info", "ucf101"});
        QCOMPARE(answer.code, 0);
        for (const char* part : {"licence", "citation", "@", "presets", "min_frames"}) QVERIFY2(answer.output.contains(part), part);
        QCOMPARE(run({"info", "ucf101", "--json"}).json()["id"].toString(), QStringLiteral("ucf101"));
    }
    void importReportsWhatItSkipped()
    {
        const Answer answer = run({"import", "strips", "set", "-o", "set.h5", "--json", "--progress", "json"});
        QCOMPARE(answer.code, 0);
        QCOMPARE(answer.json()["clips"].toInt(), 4);
        QCOMPARE(answer.json()["frames"].toInt(), 32 + 33 + 34 + 35);
        QCOMPARE(answer.json()["skipped"].toArray().at(0).toObject()["file"].toString(), QStringLiteral("b/junk.png"));
        const QJsonObject last = QJsonDocument::fromJson(answer.errors.trimmed().split('\n').back()).object();
        QCOMPARE(last["phase"].toString(), QStringLiteral("merging"));
        QCOMPARE(last["done"].toInt(), 4);
        QCOMPARE(last["total"].toInt(), 4);
        QCOMPARE(last["skipped"].toInt(), 1);
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
        QVERIFY2(answer.output.contains("would import ") && answer.output.contains("strips"), answer.output.constData());
        QVERIFY(!fs::exists(path(".set.h5.import")));
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
        QTest::newRow("unknown kind") << QStringList{"import", "vidoes", "set", "-o", "x.h5"} << 2 << QByteArray("did you mean 'videos'");
        QTest::newRow("misspelt kind") << QStringList{"import", "strip", "set", "-o", "x.h5"} << 2 << QByteArray("did you mean 'strips'");
        QTest::newRow("wrong kind") << QStringList{"import", "videos", "set", "-o", "x.h5"} << 3 << QByteArray("looks like 'strips'");
        QTest::newRow("unknown preset") << QStringList{"import", "mug", "set", "-o", "x.h5", "--preset", "faces46"} << 2 << QByteArray("did you mean 'faces64'");
        QTest::newRow("no kind") << QStringList{"import", "-o", "x.h5"} << 2 << QByteArray("KIND");
        QTest::newRow("repeat of what was not imported") << QStringList{"repeat", "plain.h5", "-o", "x.h5"} << 2 << QByteArray("does not record");
        QTest::newRow("unknown clip") << QStringList{"export", "set.h5", "-o", "x.gif", "--name", "c/9"} << 2 << QByteArray("c/9");
        QTest::newRow("unknown split") << QStringList{"export", "set.h5", "-o", "x.gif", "--split", "tset"} << 2 << QByteArray("tset");
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
    void anInterruptionKeepsWhatIsDone_data()
    {
        QTest::addColumn<int>("number");
        QTest::newRow("^C") << SIGINT;
        QTest::newRow("SIGTERM") << SIGTERM;
    }
    void anInterruptionKeepsWhatIsDone()
    {
        QFETCH(int, number);
        Running process(*this, {"import", "synthetic", "builtin:faces?clips=100000", "-o", "large.h5", "--progress", "json"});
        QVERIFY(process.progressed(1));
        ::kill(process.id(), number);
        QVERIFY(process.waitForFinished(30000));
        QCOMPARE(process.exitStatus(), QProcess::NormalExit);
        QCOMPARE(process.exitCode(), 128 + number);
        QVERIFY(!fs::exists(path("large.h5")));
        QVERIFY(fs::exists(path(".large.h5.import/shard-000000.h5")));
        QCOMPARE(run({"import", "-o", "large.h5", "--discard"}).code, 0);
        QVERIFY(!fs::exists(path(".large.h5.import")));
        nothingButTheSources();
    }
    void anItemThatKillsTheDecoderIsSkipped()
    {
        // a real SIGSEGV for the worker, every time it is at the fourth clip
        Running process(*this, {"import", "synthetic", kLargeClips, "-o", "crash.h5", "--json", "--progress", "off", "--threads", "2"});
        int killed = 0;
        pid_t last = 0;
        while (process.state() == QProcess::Running && !process.waitForFinished(1)) {
            const pid_t worker = process.worker();
            if (worker == last || worker == 0 || !process.underWay().contains("faces_0000003")) continue;
            ::kill(worker, SIGSEGV);
            last = worker;
            ++killed;
        }
        QCOMPARE(process.exitCode(), 0);
        QCOMPARE(killed, 2);
        const QJsonObject report = QJsonDocument::fromJson(process.readAllStandardOutput()).object();
        QCOMPARE(report["clips"].toInt(), 5);
        QCOMPARE(report["skipped"].toArray().size(), 1);
        QCOMPARE(report["skipped"].toArray().at(0).toObject()["file"].toString(), QStringLiteral("faces_0000003"));
        QVERIFY2(report["skipped"].toArray().at(0).toObject()["reason"].toString().contains("crashed (signal 11"), qPrintable(report["skipped"].toArray().at(0).toObject()["reason"].toString()));
        QCOMPARE(openClipFile(path("crash.h5"))->size(), std::int64_t(5));
    }
    void oneCrashLosesNothing()
    {
        Running process(*this, {"import", "synthetic", kLargeClips, "-o", "once.h5", "--json", "--progress", "off"});
        QTRY_VERIFY_WITH_TIMEOUT(process.underWay().contains("faces_0000004"), 30000);
        ::kill(process.worker(), SIGABRT);
        QVERIFY(process.waitForFinished(60000));
        QCOMPARE(process.exitCode(), 0);
        QCOMPARE(run({"import", "synthetic", kLargeClips, "-o", "never.h5", "--json"}).code, 0);
        QVERIFY(readFile(path("once.h5")) == readFile(path("never.h5")));
    }
    void theWorkerDiesWithItsSupervisor()
    {
        Running process(*this, {"import", "synthetic", "builtin:faces?clips=100000", "-o", "orphan.h5", "--progress", "json"});
        QVERIFY(process.progressed(1));
        const pid_t worker = process.worker();
        QVERIFY(worker > 0);
        ::kill(process.id(), SIGKILL);
        QVERIFY(process.waitForFinished(30000));
        QTRY_COMPARE_WITH_TIMEOUT(stateOf(worker), '?', 5000);
        QVERIFY(!fs::exists(path("orphan.h5")));
        QCOMPARE(run({"import", "-o", "orphan.h5", "--discard"}).code, 0);  // the lock went with it
    }
    void theWorkStopsAndGoesOnWithTheCommand()
    {
        Running process(*this, {"import", "synthetic", "builtin:faces?clips=100000", "-o", "paused.h5", "--progress", "json"});
        QVERIFY(process.progressed(1));
        ::kill(process.id(), SIGSTOP);
        QTRY_COMPARE_WITH_TIMEOUT(stateOf(process.worker()), 'T', 5000);
        process.readAllStandardError();
        QVERIFY(!process.waitForReadyRead(300));
        ::kill(process.id(), SIGCONT);
        QVERIFY(process.waitForReadyRead(10000));
        QVERIFY(process.progressed(1));
        ::kill(process.id(), SIGINT);
        QVERIFY(process.waitForFinished(30000));
        QCOMPARE(process.exitCode(), 130);
        run({"import", "-o", "paused.h5", "--discard"});
    }
    void verifyFindsChangedSources()
    {
        fs::create_directories(path("films/a"));
        for (int i = 0; i < 3; ++i) writeVideo(path("films/a/" + std::to_string(i) + ".avi"), codedClip(20, 64, 48, 60 * i, 9, 9));
        const Answer imported = run({"import", "videos", "films", "-o", "films.h5", "--report", "films.json", "--labels", "{class}/{take:[0-9]+}.avi", "--json"});
        QVERIFY2(imported.code == 0, imported.errors.constData());
        const QJsonObject report = QJsonDocument::fromJson(QByteArray::fromStdString(readFile(path("films.json")))).object();
        QCOMPARE(report["clips"].toInt(), 3);
        QCOMPARE(report["classes"].toObject()["class"].toObject()["a"].toInt(), 3);
        const Answer good = run({"verify", "films.h5", "--sources", "--json"});
        QVERIFY2(good.code == 0, good.output.constData());
        QCOMPARE(good.json()["sources"].toInt(), 3);

        const Answer repeated = run({"repeat", "films.h5", "-o", "again.h5", "--json"});
        QCOMPARE(repeated.code, 0);
        QCOMPARE(repeated.json()["same"].toBool(), true);

        fs::copy(path("films"), path("copy"), fs::copy_options::recursive);
        writeVideo(path("copy/a/1.avi"), codedClip(20, 64, 48, 200, 9, 9));
        fs::remove(path("copy/a/2.avi"));
        const Answer bad = run({"verify", "films.h5", "--sources", "copy", "--json"});
        QCOMPARE(bad.code, 1);
        QCOMPARE(bad.json()["problems"].toArray().size(), 2);
        const Answer other = run({"repeat", "films.h5", "-o", "other.h5", "--source", "copy", "--json"});
        QCOMPARE(other.code, 1);
        QCOMPARE(other.json()["differences"].toArray().size(), 2);
    }
    void verifyFindsLeaks()
    {
        const auto write = [&](const char* name, bool leak) {
            ClipFileWriter writer(path(name), {{"split_02", {"train", "test"}, ""}});
            for (int i = 0; i < 4; ++i)
                writer.add({.name = std::to_string(i), .labels = {leak && i == 1 ? 1.0F : 0.0F}, .split = i < 2 ? "train" : "test", .group = "person " + std::to_string(leak && i == 3 ? 0 : i)}, Frames(1, 4, 4));
            writer.finish();
        };
        write("clean.h5", false);
        QCOMPARE(run({"verify", "clean.h5"}).code, 0);
        write("leak.h5", true);
        const Answer leak = run({"verify", "leak.h5", "--json"});
        QCOMPARE(leak.code, 1);
        QVERIFY2(leak.output.contains("'person 0'"), leak.output.constData());
        QCOMPARE(run({"verify", "leak.h5", "--allow-leaks"}).code, 0);
    }
    void exclusionsAreLeftOut()
    {
        fs::copy_file(path("set.h5"), path("part.h5"));
        writeExclusions(path("part.h5"), {"a/1.png"});
        QCOMPARE(run({"info", "part.h5", "--json"}).json()["excluded"].toInt(), 1);
        QCOMPARE(run({"export", "part.h5", "-o", "less.h5", "--json"}).json()["clips"].toInt(), 3);
        QCOMPARE(run({"export", "part.h5", "-o", "less.h5", "--with-excluded", "--json"}).json()["clips"].toInt(), 4);
        QCOMPARE(run({"export", "part.h5", "-o", "less.h5", "--clips", "1"}).code, 2);
        writeFile(path("names.txt"), "b/2.png\nb/3.png\n");
        QCOMPARE(run({"export", "part.h5", "-o", "less.h5", "--names", "names.txt", "--name", "a/0.png"}).code, 0);
        const auto clips = openClipFile(path("less.h5"));
        QCOMPARE(clips->size(), std::int64_t(3));
        QCOMPARE(clips->info(0).name, std::string("a/0.png"));
        QCOMPARE(clips->info(2).name, std::string("b/3.png"));
    }
    void exportsFoldersOfFrames()
    {
        const Answer answer = run({"export", "set.h5", "-o", "pictures/", "--clips", "1,2", "--frames", "16"});
        QVERIFY2(answer.code == 0, answer.errors.constData());
        QCOMPARE(int(readPicture(path("pictures/a/1.png/000016.png")).bytes()[0]), 10 + 15);
        QVERIFY(!fs::exists(path("pictures/a/1.png/000017.png")));
        const Answer again = run({"import", "frames", "pictures", "-o", "pictures.h5", "--json"});  // and they are a dataset again
        QVERIFY2(again.code == 0 && again.json()["clips"].toInt() == 2, again.output.constData());
        QVERIFY(openClipFile(path("pictures.h5"))->frames(1) == openClipFile(path("set.h5"))->frames(2, {0, 16, 1}));
        QCOMPARE(run({"export", "set.h5", "-o", "pictures/"}).code, 3);  // nothing is overwritten
        nothingButTheSources();
    }
};
QTEST_GUILESS_MAIN(TestDatasetsCommand)
#include "tst_datasets_command.moc"
