// Following real events files: growing, rotated, cut short, resumed, of several writers, and PyTorch's.
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "core/events/tfevents.h"
#include "core/util/file.h"
#include "tests/widgets/run_fixture.h"
#include "widgets/charts/curve_store.h"
#include "widgets/text.h"

using namespace kinora;
namespace fs = std::filesystem;

namespace {
const QString kData = QStringLiteral(KINORA_TEST_DATA "/tfevents/");
std::vector<double> list(const Column<double>& column) { return {column.begin(), column.end()}; }
std::vector<double> steps(const CurveStore& store, const QString& folder, const std::string& tag)
{
    const Curve* curve = store.run(folder)->curve(tag);
    return curve ? list(curve->steps) : std::vector<double>{};
}
std::vector<double> values(const CurveStore& store, const QString& folder, const std::string& tag)
{
    const Curve* curve = store.run(folder)->curve(tag);
    return curve ? list(curve->values.values()) : std::vector<double>{};
}
std::vector<double> upTo(int last, int from = 0)
{
    std::vector<double> result;
    for (int i = from; i <= last; ++i) result.push_back(i);
    return result;
}
}  // namespace

class TestChartsStore final : public QObject {
    Q_OBJECT
private:
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<CurveStore> m_store;
    QString path(const QString& name = {}) const { return name.isEmpty() ? m_folder->path() : m_folder->filePath(name); }
    void open(const QStringList& folders)
    {
        m_store = std::make_unique<CurveStore>();
        m_store->setInterval(20);
        m_store->setFolders(folders);
        for (const QString& folder : m_store->folders()) QTRY_VERIFY(m_store->run(folder)->loaded);
    }

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void cleanup() { m_store.reset(); }

    void growsAndKeepsSnapshots()
    {
        EventsWriter writer(toPath(path()));
        writer.scalars(0, {{"loss/G", 1.5}, {"loss/D", 2}});
        writer.flush();
        open({path()});
        const RunCurvesPtr before = m_store->run(path());
        QCOMPARE(before->curve("loss/G")->size(), 1U);
        for (int step = 1; step <= 100; ++step) writer.scalars(step, {{"loss/G", 1.5 + step}, {"loss/D", 2}});
        writer.flush();
        QTRY_COMPARE(steps(*m_store, path(), "loss/G"), upTo(100));
        QCOMPARE(values(*m_store, path(), "loss/G").back(), 101.5);
        QCOMPARE(before->curve("loss/G")->size(), 1U);
        QCOMPARE(m_store->run(path())->curve("loss/G")->generation, before->curve("loss/G")->generation);
        // a torn record waits for its rest
        const fs::path file = fs::directory_iterator(toPath(path()))->path();
        const std::string whole = readFile(file);
        const auto size = fs::file_size(file);
        writer.scalars(101, {{"loss/G", 0}});
        writer.flush();
        const std::string more = readFile(file).substr(size);
        QTRY_COMPARE(steps(*m_store, path(), "loss/G").size(), 102U);
        std::ofstream(file, std::ios::app | std::ios::binary) << more.substr(0, more.size() - 3) << std::flush;
        QTest::qWait(80);
        QCOMPARE(steps(*m_store, path(), "loss/G").size(), 102U);
        std::ofstream(file, std::ios::app | std::ios::binary) << more.substr(more.size() - 3) << std::flush;
        QTRY_COMPARE(steps(*m_store, path(), "loss/G").size(), 103U);
    }

    void rotatesToAnotherFile()
    {
        {
            EventsWriter writer(toPath(path()));
            for (int step = 0; step < 10; ++step) writer.scalars(step, {{"a", step}});
        }
        open({path()});
        EventsWriter next(toPath(path()));
        for (int step = 10; step < 20; ++step) next.scalars(step, {{"a", step}});
        next.flush();
        QTRY_COMPARE(steps(*m_store, path(), "a"), upTo(19));
    }

    void readsAnewWhatWasCutShortOrReplaced()
    {
        fs::path file;
        std::uintmax_t half = 0;
        {
            EventsWriter writer(toPath(path()));
            file = fs::directory_iterator(toPath(path()))->path();
            for (int step = 0; step < 10; ++step) {
                if (step == 5) half = fs::file_size(file);
                writer.scalars(step, {{"a", step}});
            }
        }
        open({path()});
        QCOMPARE(steps(*m_store, path(), "a"), upTo(9));
        const auto generation = m_store->run(path())->curve("a")->generation;
        fs::resize_file(file, half);
        QTRY_COMPARE(steps(*m_store, path(), "a"), upTo(4));
        QVERIFY(m_store->run(path())->curve("a")->generation != generation);
        fs::remove(file);
        QTRY_VERIFY(m_store->run(path())->curves.empty());
        EventsWriter(toPath(path())).scalars(3, {{"b", 1}});
        QTRY_COMPARE(steps(*m_store, path(), "b"), (std::vector<double>{3}));
    }

    void damageIsNamed()
    {
        fs::path file;
        {
            EventsWriter writer(toPath(path()));
            file = fs::directory_iterator(toPath(path()))->path();
            for (int step = 0; step < 50; ++step) writer.scalars(step, {{"a", step}});
        }
        std::string bytes = readFile(file);
        bytes[bytes.size() / 2] = static_cast<char>(~bytes[bytes.size() / 2]);
        writeFile(file, bytes);
        open({path()});
        QCOMPARE(m_store->run(path())->problems.size(), 1);
        QVERIFY(m_store->run(path())->problems.first().contains(QStringLiteral("tfevents")));
        QCOMPARE(steps(*m_store, path(), "a").size(), 49U);
    }

    void aResumeVoidsWhatCameAfterIt()
    {
        auto writer = RunWriter::create(toPath(path(QStringLiteral("run"))), fixture::config());
        for (int step = 1; step <= 20; ++step) writer->scalars(step, step / 10.0, {{"loss/G", step}});
        open({path(QStringLiteral("run"))});
        const QString folder = m_store->folders().first();
        QTRY_COMPARE(steps(*m_store, folder, "loss/G"), upTo(20, 1));
        writer.reset();
        writer = RunWriter::resume(toPath(folder), 10, 100);
        for (int step = 11; step <= 14; ++step) writer->scalars(step, step / 10.0, {{"loss/G", 100 + step}});
        QTRY_COMPARE(steps(*m_store, folder, "loss/G"), upTo(14, 1));
        QCOMPARE(values(*m_store, folder, "loss/G")[10], 111.0);
        QVERIFY(m_store->run(folder)->curve("loss/G")->discarded.empty());  // Kinora's own resume says what is void
        QVERIFY(std::abs(m_store->run(folder)->epochs(*m_store->run(folder)->curve("loss/G"))[13] - 1.4) < 1e-6);  // written as a float
    }

    void seedsOfOneConfigurationBelongTogether()
    {
        RunConfig config = fixture::config();
        RunWriter::create(toPath(path(QStringLiteral("a"))), config);
        config.seed = 17;
        RunWriter::create(toPath(path(QStringLiteral("b"))), config);
        config.systemOptions["width"] = std::int64_t(16);
        RunWriter::create(toPath(path(QStringLiteral("c"))), config);
        open({path(QStringLiteral("a")), path(QStringLiteral("b")), path(QStringLiteral("c")), kData + QStringLiteral("plain")});
        const auto key = [&](int i) { return m_store->run(m_store->folders().at(i))->configuration; };
        QVERIFY(!key(0).isEmpty());
        QCOMPARE(key(0), key(1));
        QVERIFY(key(2) != key(0));
        QVERIFY(key(3).isEmpty());
    }

    void foreignFoldersAreRuns()
    {
        open({kData + QStringLiteral("plain"), kData + QStringLiteral("new_style"), kData + QStringLiteral("tensors"), kData + QStringLiteral("two_writers"), kData + QStringLiteral("purged"), kData + QStringLiteral("gone_on"),
              path(QStringLiteral("not there"))});
        const auto run = [&](const char* name) { return m_store->run(kData + QString::fromLatin1(name)); };
        std::size_t points = 0, broken = 0;
        for (const auto& [tag, curve] : run("plain")->curves) points += curve->size(), broken += curve->values.extent(0, curve->size()).notFinite;
        QVERIFY(points > 0 && broken >= 2);  // NaN and an infinity
        QVERIFY(run("new_style")->points() > 0);
        QVERIFY(run("tensors")->points() > 0);
        QCOMPARE(values(*m_store, kData + QStringLiteral("two_writers"), "train/loss"), upTo(9));
        QCOMPARE(values(*m_store, kData + QStringLiteral("two_writers"), "valid/loss").at(3), -3.0);
        const QString tag = QString::fromStdString(run("purged")->curves.begin()->first);
        QCOMPARE(steps(*m_store, kData + QStringLiteral("purged"), tag.toStdString()), upTo(8));
        // resumed without purge_step: no zig-zag, and the old end is kept aside
        const Curve& gone = *run("gone_on")->curves.begin()->second;
        QCOMPARE(list(gone.steps), upTo(11));
        QCOMPARE(gone.values.values()[6], 106.0);
        QCOMPARE(gone.discarded.size(), 1U);
        QCOMPARE(gone.discarded.front()->steps, (std::vector<double>{6, 7, 8, 9}));
        QVERIFY(m_store->run(path(QStringLiteral("not there")))->curves.empty());
    }

    void twoWritersOfOneTag()
    {
        fs::create_directories(toPath(path()));
        EventsWriter a(toPath(path()));
        EventsWriter b(toPath(path()));
        for (int i = 0; i < 50; ++i) {
            a.scalars(2 * i, {{"loss", i}});
            b.scalars(2 * i + 1, {{"loss", -i}});
            QThread::usleep(50);
        }
        open({path()});
        QCOMPARE(steps(*m_store, path(), "loss"), upTo(99));
        // and as they go on
        for (int i = 50; i < 60; ++i) {
            a.scalars(2 * i, {{"loss", i}});
            b.scalars(2 * i + 1, {{"loss", -i}});
            QTest::qWait(5);
        }
        QTRY_VERIFY(steps(*m_store, path(), "loss").size() >= 110);
        const std::vector<double> all = steps(*m_store, path(), "loss");
        QVERIFY(std::ranges::is_sorted(all));
    }

    void foldersComeAndGo()
    {
        for (const char* name : {"a", "b"}) {
            fs::create_directories(toPath(path(QString::fromLatin1(name))));
            EventsWriter(toPath(path(QString::fromLatin1(name)))).scalars(1, {{"x", 1}});
        }
        open({path(QStringLiteral("a"))});
        const RunCurvesPtr first = m_store->run(path(QStringLiteral("a")));
        m_store->setFolders({path(QStringLiteral("a")), path(QStringLiteral("b")), path(QStringLiteral("a"))});
        QCOMPARE(m_store->folders().size(), 2);
        QTRY_VERIFY(m_store->run(path(QStringLiteral("b")))->loaded);
        QCOMPARE(m_store->run(path(QStringLiteral("a"))), first);  // not read again
        m_store->setFolders({path(QStringLiteral("b"))});
        QVERIFY(!m_store->run(path(QStringLiteral("a"))));
        QSignalSpy found(m_store.get(), &CurveStore::foldersFound);
        m_store->findFolders(path());
        QVERIFY(found.wait());
        QCOMPARE(found.first().at(1).toStringList(), (QStringList{path(QStringLiteral("a")), path(QStringLiteral("b"))}));
    }
};

QTEST_MAIN(TestChartsStore)
#include "tst_charts_store.moc"
