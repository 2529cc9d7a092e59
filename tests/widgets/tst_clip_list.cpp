#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <atomic>
#include <mutex>
#include <thread>

#include "tests/widgets/run_fixture.h"
#include "widgets/controllers/clip_list_model.h"
#include "widgets/controllers/clip_loader.h"
#include "widgets/controllers/dataset_library.h"

using namespace kinora;

namespace {
/// A source that can be held up, and that remembers what was asked of it.
class SlowSource final : public ClipSource {
public:
    explicit SlowSource(std::int64_t size) : m_size(size) {}
    std::string name() const override { return "slow"; }
    std::int64_t size() const override { return m_size; }
    ClipInfo info(std::int64_t index) const override
    {
        ClipInfo info;
        info.name = std::to_string(index);
        info.frames = 100;
        info.height = 64;
        info.width = 32;
        info.frameRateHz = 25;
        return info;
    }
    const std::vector<LabelColumn>& labelColumns() const override { return m_columns; }
    Frames frames(std::int64_t index, const FrameWindow& window) const override
    {
        {
            const std::lock_guard lock(m_mutex);
            m_read.push_back(index);
        }
        while (m_held) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        if (index == 3) throw Error(ErrorCode::DecodeFailed, "the clip is broken", "clip 3");
        return fixture::plainClip(static_cast<int>(index % 20), resolved(window, 100).count, 1).count() ? Frames(resolved(window, 100).count, 64, 32) : Frames();
    }
    std::vector<std::int64_t> read() const
    {
        const std::lock_guard lock(m_mutex);
        return m_read;
    }
    std::atomic<bool> m_held = false;

private:
    std::int64_t m_size;
    std::vector<LabelColumn> m_columns;
    mutable std::mutex m_mutex;
    mutable std::vector<std::int64_t> m_read;
};
}  // namespace

class TestClipList final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        fixture::writeDataset(m_folder.filePath(QStringLiteral("a.h5")).toStdString(), 30);
        m_contents = readDataset(m_folder.filePath(QStringLiteral("a.h5")));
    }

    void readsTablesAndCounts()
    {
        QCOMPARE(m_contents->clips.size(), 30U);
        QCOMPARE(m_contents->splits, (std::vector<std::string>{"test", "train"}));
        QCOMPARE(m_contents->classCounts[0], (std::vector<std::int64_t>{15, 15}));
        QVERIFY(m_contents->classCounts[1].empty());
        QCOMPARE(m_contents->totalFrames, 30 * 5);
        QCOMPARE(m_contents->minimumFrames, 4);
        QCOMPARE(m_contents->maximumFrames, 6);
        QCOMPARE(m_contents->sizes, (std::vector<std::pair<int, int>>{{16, 16}}));
    }

    void filters_data()
    {
        QTest::addColumn<QString>("line");
        QTest::addColumn<int>("count");
        QTest::newRow("everything") << "" << 30;
        QTest::newRow("a word of a class") << "smi" << 15;
        QTest::newRow("a name") << "clip2" << 11;
        QTest::newRow("label") << "label:cry" << 15;
        QTest::newRow("column of classes") << "expression:smile" << 15;
        QTest::newRow("number") << "intensity>2.0" << 9;
        QTest::newRow("equal number") << "intensity=0.5" << 1;
        QTest::newRow("unknown values match nothing") << "intensity>=0" << 29;
        QTest::newRow("frames") << "frames<=5" << 20;
        QTest::newRow("split") << "split:test" << 6;
        QTest::newRow("group") << "group:s1" << 3;
        QTest::newRow("both must hold") << "smile split:test" << 3;
        QTest::newRow("quotes") << "\"clip 1\"" << 0;
    }
    void filters()
    {
        QFETCH(QString, line);
        QFETCH(int, count);
        ClipQuery query;
        query.text = line;
        QCOMPARE(static_cast<int>(matchingClips(*m_contents, query).size()), count);
    }

    void explainsAWrongFilter_data()
    {
        QTest::addColumn<QString>("line");
        QTest::addColumn<QString>("said");
        QTest::newRow("label") << "intensit>1" << "intensity";
        QTest::newRow("class") << "expression:smlie" << "smile";
        QTest::newRow("text compared") << "split>3" << "is a text";
        QTest::newRow("no number") << "frames>many" << "many";
    }
    void explainsAWrongFilter()
    {
        QFETCH(QString, line);
        QFETCH(QString, said);
        ClipQuery query;
        query.text = line;
        try {
            matchingClips(*m_contents, query);
            QFAIL("nothing was said");
        } catch (const Error& error) {
            QVERIFY2(QString::fromUtf8(error.what()).contains(said), error.what());
        }
    }

    void sorts()
    {
        ClipQuery query;
        query.sortKey = "intensity";
        query.descending = true;
        std::vector<std::int64_t> order = matchingClips(*m_contents, query);
        QCOMPARE(order.front(), 29);
        QCOMPARE(order.back(), 7);  // unknown goes last either way
        query.descending = false;
        order = matchingClips(*m_contents, query);
        QCOMPARE(order.front(), 0);
        QCOMPARE(order.back(), 7);
        query.sortKey = "";
        query.descending = true;
        QCOMPARE(matchingClips(*m_contents, query).front(), 29);
    }

    void modelFollowsQueries()
    {
        ClipLoader loader({.side = 8});
        ClipListModel model(loader);
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setContents(m_contents);
        QCOMPARE(model.rowCount(), 30);
        QSignalSpy queried(&model, &ClipListModel::queried);
        ClipQuery query;
        query.text = QStringLiteral("split:test");
        model.setQuery(query);
        QVERIFY(queried.wait());
        QCOMPARE(queried.takeFirst().at(0).toString(), QString());
        QCOMPARE(model.rowCount(), 6);
        QCOMPARE(model.clipAt(1), 9);
        QCOMPARE(model.rowOf(9), 1);
        QCOMPARE(model.rowOf(8), -1);
        QCOMPARE(model.index(0).data(ClipListModel::LabelsRole).toString(), QStringLiteral("smile"));  // not the hat: that is appearance
        query.text = QStringLiteral("nonsense>1");
        model.setQuery(query);
        QVERIFY(queried.wait());
        QVERIFY(queried.takeFirst().at(0).toString().contains(QStringLiteral("nonsense")));
        QCOMPARE(model.rowCount(), 30);

        QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
        QVERIFY(!model.index(2).data(ClipListModel::LoadedRole).isValid());
        model.want({2});
        QVERIFY(changed.wait());
        const auto loaded = model.index(2).data(ClipListModel::LoadedRole).value<LoadedClip>();
        QCOMPARE(loaded.frames->count(), 6);
        QCOMPARE(loaded.frames->width(), 8);
        QCOMPARE(loaded.frames->frame(3)[0], std::uint8_t(23));
    }

    void loadsWhatIsWantedAndNothingElse()
    {
        auto source = std::make_shared<SlowSource>(1000);
        ClipLoader loader({.side = 16, .frames = 10});
        loader.setSource(source);
        QSignalSpy loaded(&loader, &ClipLoader::loaded);
        source->m_held = true;
        std::vector<std::int64_t> first, second{500, 501, 3};
        for (std::int64_t i = 0; i < 100; ++i) first.push_back(100 + i);
        loader.want(first);
        QTRY_COMPARE(source->read().size(), 2U);  // two threads
        loader.want(second);                      // scrolled on
        source->m_held = false;
        QTRY_COMPARE(loaded.size(), 5);
        QTest::qWait(30);
        const std::vector<std::int64_t> read = source->read();
        QCOMPARE(read.size(), 5U);
        for (const std::int64_t index : second) QVERIFY(std::find(read.begin(), read.end(), index) != read.end());
        QCOMPARE(loader.find(500)->frames->count(), 10);
        QCOMPARE(loader.find(500)->step, 10);
        QCOMPARE(loader.find(500)->frameRateHz, 2.5);
        QCOMPARE(loader.find(500)->frames->height(), 16);
        QCOMPARE(loader.find(500)->frames->width(), 8);
        QVERIFY(!loader.find(3)->frames);
        QVERIFY(loader.find(3)->problem.contains(QStringLiteral("broken")));
        QVERIFY(!loader.find(150));
        loader.setSource(source);
        QVERIFY(!loader.find(500));
    }

    void keepsItsBudget()
    {
        auto source = std::make_shared<SlowSource>(1000);
        const std::size_t clip = 16 * 8 * 3 * 10;
        ClipLoader loader({.side = 16, .frames = 10, .cacheBytes = 5 * clip});
        loader.setSource(source);
        QSignalSpy loaded(&loader, &ClipLoader::loaded);
        std::vector<std::int64_t> wanted;
        for (std::int64_t i = 10; i < 30; ++i) wanted.push_back(i);
        loader.want(wanted);
        QTRY_COMPARE(loaded.size(), 20);
        QVERIFY(loader.cachedBytes() <= 5 * clip);
    }

    void endsWhileLoading()
    {
        auto source = std::make_shared<SlowSource>(1000);
        source->m_held = true;
        auto loader = std::make_unique<ClipLoader>(ClipBudget{.side = 16});
        loader->setSource(source);
        loader->want({1, 2, 4, 5, 6, 7});
        QTRY_COMPARE(source->read().size(), 2U);
        source->m_held = false;
        loader.reset();
        QVERIFY(source->read().size() <= 4);
        QTest::qWait(10);  // nothing arrives at what is gone
    }

    void libraryListsItsFolderAndRemembers()
    {
        QTemporaryDir folder;
        const QString own = folder.filePath(QStringLiteral("datasets")), recent = folder.filePath(QStringLiteral("state/recent.txt"));
        QVERIFY(QDir().mkpath(own));
        fixture::writeDataset(QString(own + QStringLiteral("/x.h5")).toStdString(), 2);
        {
            DatasetLibrary library(own, recent);
            const QAbstractItemModelTester tester(&library, QAbstractItemModelTester::FailureReportingMode::QtTest);
            QTRY_COMPARE(library.rowCount(), 1);
            QSignalSpy opened(&library, &DatasetLibrary::opened), failed(&library, &DatasetLibrary::failed);
            library.open(m_folder.filePath(QStringLiteral("a.h5")));
            QVERIFY(opened.wait());
            QCOMPARE(library.rowCount(), 2);
            QFile wrong(folder.filePath(QStringLiteral("wrong.h5")));
            QVERIFY(wrong.open(QIODevice::WriteOnly));
            wrong.write("this is no dataset");
            wrong.close();
            library.open(wrong.fileName());
            QVERIFY(failed.wait());
            const QString problem = failed.first().at(1).toString();
            QVERIFY2(problem.contains(QStringLiteral("wrong.h5")) && !problem.contains(QLatin1Char('\n')), qPrintable(problem));
            QCOMPARE(library.rowCount(), 2);
            QCOMPARE(library.freePath(QStringLiteral("x")), own + QStringLiteral("/x-2.h5"));
            QCOMPARE(library.freePath(QStringLiteral("../../etc/x y.h5")), own + QStringLiteral("/-..-etc-x y.h5"));
        }
        DatasetLibrary again(own, recent);
        QTRY_COMPARE(again.rowCount(), 2);
        QCOMPARE(again.index(0).data(DatasetLibrary::PathRole).toString(), m_folder.filePath(QStringLiteral("a.h5")));
        again.forget(m_folder.filePath(QStringLiteral("a.h5")));
        QCOMPARE(again.rowCount(), 1);
    }

private:
    QTemporaryDir m_folder;
    std::shared_ptr<const DatasetContents> m_contents;
};

QTEST_GUILESS_MAIN(TestClipList)
#include "tst_clip_list.moc"
