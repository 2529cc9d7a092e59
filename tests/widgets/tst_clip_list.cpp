#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <atomic>
#include <mutex>
#include <thread>

#include <unistd.h>

#include <numeric>

#include "core/dataset/exclusions.h"
#include "core/util/file.h"
#include "tests/widgets/run_fixture.h"
#include "widgets/controllers/clip_analysis.h"
#include "widgets/controllers/clip_list_model.h"
#include "widgets/controllers/clip_loader.h"
#include "widgets/controllers/dataset_library.h"
#include "widgets/controllers/dataset_statistics.h"
#include "widgets/controllers/exclusion_list.h"

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
        QTest::newRow("subject as another name of the group") << "subject:s1" << 3;
        QTest::newRow("frame rate") << "fps=10" << 30;
        QTest::newRow("equal to the digits typed") << "intensity=0.50" << 1;
        QTest::newRow("excluded") << "excluded:yes" << 0;
        QTest::newRow("not excluded") << "excluded:no smile" << 15;
    }
    void filters()
    {
        QFETCH(QString, line);
        QFETCH(int, count);
        ClipQuery query;
        query.text = line;
        QCOMPARE(static_cast<int>(answerQuery(*m_contents, query).order.size()), count);
    }

    void explainsAWrongFilter_data()
    {
        QTest::addColumn<QString>("line");
        QTest::addColumn<QString>("said");
        QTest::newRow("label") << "intensit>1" << "intensity";
        QTest::newRow("class") << "expression:smlie" << "smile";
        QTest::newRow("class in any column") << "label:smlie" << "smile";
        QTest::newRow("split") << "split:tain" << "train";
        QTest::newRow("subject") << "subject:s99" << "no such subject";
        QTest::newRow("excluded") << "excluded:maybe" << "excluded:yes";
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
            answerQuery(*m_contents, query).order;
            QFAIL("nothing was said");
        } catch (const Error& error) {
            QVERIFY2(QString::fromUtf8(error.what()).contains(said), error.what());
        }
    }

    void facetsCountWhatTheOthersLeave()
    {
        const auto facet = [&](const std::string& key) {
            for (std::size_t f = 0; f < m_contents->facets.size(); ++f)
                if (m_contents->facets[f].key == key) return f;
            return std::size_t(999);
        };
        const std::size_t split = facet("split"), expression = facet("label:expression"), hat = facet("label:hat"), group = facet("group"), excluded = facet("excluded");
        for (const std::size_t known : {split, expression, hat, group, excluded}) QVERIFY(known < m_contents->facets.size());
        QCOMPARE(m_contents->facets[split].values, (std::vector<std::string>{"test", "train"}));
        QCOMPARE(m_contents->facets[group].values[2], std::string("s2"));  // as a person counts: not s10
        auto answer = answerQuery(*m_contents, {});
        QCOMPARE(answer.counts[split], (std::vector<std::int64_t>{6, 24}));
        QCOMPARE(answer.counts[excluded], (std::vector<std::int64_t>{30, 0}));
        // what the split leaves of the classes; the split's own numbers stay
        ClipQuery query;
        query.facets["split"] = {"test"};
        answer = answerQuery(*m_contents, query);
        QCOMPARE(answer.order, (std::vector<std::int64_t>{4, 9, 14, 19, 24, 29}));
        QCOMPARE(answer.counts[split], (std::vector<std::int64_t>{6, 24}));
        QCOMPARE(answer.counts[expression], (std::vector<std::int64_t>{3, 3}));
        // facets narrow each other down, values of one facet add up
        query.facets["label:expression"] = {"smile"};
        answer = answerQuery(*m_contents, query);
        QCOMPARE(answer.order, (std::vector<std::int64_t>{4, 14, 24}));
        QCOMPARE(answer.counts[split], (std::vector<std::int64_t>{3, 12}));
        QCOMPARE(answer.counts[expression], (std::vector<std::int64_t>{3, 3}));
        query.facets["split"] = {"test", "train"};
        QCOMPARE(answerQuery(*m_contents, query).order.size(), 15U);
        // the filter line and the marks count too
        query.text = QStringLiteral("frames>4");
        auto marks = std::make_shared<std::vector<bool>>(30, false);
        (*marks)[2] = (*marks)[4] = (*marks)[3] = true;
        query.facets["excluded"] = {"no"};
        answer = answerQuery(*m_contents, query, marks);
        QCOMPARE(answer.order, (std::vector<std::int64_t>{8, 10, 14, 16, 20, 22, 26, 28}));  // smiles longer than 4 frames, but not 2 and 4
        QCOMPARE(answer.counts[excluded], (std::vector<std::int64_t>{8, 2}));
        QCOMPARE(clipQueryFromJson(toJson(query)), query);
        // a value that a file has no longer filters nothing
        query = {};
        query.facets["split"] = {"validation"};
        QCOMPARE(answerQuery(*m_contents, query).order.size(), 30U);
    }

    void statisticsCountAndExport()
    {
        std::vector<std::int64_t> clips{0, 1, 2, 3, 4, 7};
        auto marks = std::make_shared<std::vector<bool>>(30, false);
        (*marks)[3] = true;
        const DatasetStatistics statistics = datasetStatistics(*m_contents, clips, marks);
        QCOMPARE(statistics.clips, 6);
        QCOMPARE(statistics.frames, 4 + 5 + 6 + 4 + 5 + 5);
        QCOMPARE(statistics.excluded, 1);
        QCOMPARE(statistics.groups, 3);
        QVERIFY(std::abs(statistics.seconds - 2.9) < 1e-9);
        const auto table = [&](const std::string& id) {
            for (const StatisticsTable& candidate : statistics.tables)
                if (statisticsId(candidate) == id) return candidate;
            return StatisticsTable();
        };
        QCOMPARE(table("expression").rows[0].value, std::string("smile"));
        QCOMPARE(table("expression").rows[0].counts, (std::vector<std::int64_t>{3}));
        QCOMPARE(table("expression by split").series, (std::vector<std::string>{"test", "train"}));
        QCOMPARE(table("expression by split").rows[0].counts, (std::vector<std::int64_t>{1, 2}));
        QCOMPARE(table("frames").rows.size(), 3U);
        QCOMPARE(table("frames").rows[1].counts, (std::vector<std::int64_t>{3}));
        QCOMPARE(table("size").rows[0].value, std::string("16x16"));
        QCOMPARE(table("intensity").rows.back().value, std::string());  // clip 7: not known
        QCOMPARE(table("intensity").total(), 6);
        for (const StatisticsTable& each : statistics.tables)
            if (each.kind != StatisticsTable::Kind::Groups) QCOMPARE(each.total(), 6);
        const QByteArray csv = statisticsCsv(statistics.tables);
        QVERIFY(csv.startsWith("table,value,series,clips\r\n"));
        QVERIFY(csv.contains("expression by split,smile,test,1\r\n"));
        // many different values become a histogram that loses none of them
        std::vector<std::int64_t> all(30);
        std::iota(all.begin(), all.end(), 0);
        for (const StatisticsTable& each : datasetStatistics(*m_contents, all).tables) {
            if (each.key != "intensity") continue;
            QVERIFY(each.rows.size() < 29);
            QCOMPARE(each.total(), 30);
        }
    }

    void exclusionsStandBesideTheFileAndAreUndone()
    {
        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("x.h5"));
        fixture::writeDataset(file.toStdString(), 6);
        const auto before = readFile(file.toStdString());
        {
            ExclusionList list;
            QSignalSpy changed(&list, &ExclusionList::changed);
            list.setContents(readDataset(file));
            QCOMPARE(list.mark({1, 3}, true), (std::vector<std::int64_t>{1, 3}));
            QCOMPARE(list.mark({3, 4}, true), (std::vector<std::int64_t>{4}));
            QCOMPARE(list.mark({3}, true), std::vector<std::int64_t>());
            QCOMPARE(changed.size(), 2);
            QCOMPARE(list.count(), 3);
            list.mark({4}, false);
        }  // everything is on disk when the list is gone
        QCOMPARE(readExclusions(file.toStdString()), (std::set<std::string>{"clip1", "clip3"}));
        QCOMPARE(readFile(file.toStdString()), before);
        const auto contents = readDataset(file);
        QCOMPARE(contents->excluded, (std::set<std::string>{"clip1", "clip3"}));
        {
            ExclusionList list;
            list.setContents(contents);
            QVERIFY(list.contains(1) && list.contains(3) && !list.contains(4));
            list.mark({1, 3}, false);
        }
        QVERIFY(!std::filesystem::exists(exclusionsFile(file.toStdString())));
        // what cannot be written is said
        if (::geteuid() != 0) {
            QFile::setPermissions(folder.path(), QFileDevice::ReadOwner | QFileDevice::ExeOwner);
            ExclusionList list;
            QSignalSpy failed(&list, &ExclusionList::failed);
            list.setContents(contents);
            list.mark({0}, true);
            QTRY_COMPARE(failed.size(), 1);
            QFile::setPermissions(folder.path(), QFileDevice::ReadOwner | QFileDevice::WriteOwner | QFileDevice::ExeOwner);
        }
    }

    void analysesOneClip()
    {
        Frames clip(3, 2, 2);
        std::fill_n(clip.frame(1), clip.frameBytes(), std::uint8_t(30));
        std::fill_n(clip.frame(2), clip.frameBytes(), std::uint8_t(60));
        clip.frame(2)[0] = 66;
        const std::vector<double> energy = motionEnergy(clip);
        QCOMPARE(energy[0], 0.0);
        QCOMPARE(energy[1], 30.0);
        QCOMPARE(energy[2], 30.5);  // 6 more in one of twelve values
        QCOMPARE(int(meanPicture(clip).frame(0)[1]), 30);
        double largest = 0;
        const Frames deviation = deviationPicture(clip, &largest);
        QVERIFY(std::abs(largest - 26.9815) < 1e-3);  // of 0, 30, 66
        QCOMPARE(int(deviation.frame(0)[0]), 255);
        QCOMPARE(int(deviation.frame(0)[1]), int(std::lround(255 * 24.4949 / 26.9815)));
        // flow over grey
        Frames flow(2, 2, 2);
        flow.frame(0)[2] = 200;
        const Frames over = flowOverlay(clip, flow);
        QCOMPARE(over.count(), 3);
        QCOMPARE(int(over.frame(0)[2]), 120);
        QCOMPARE(int(over.frame(1)[0]), 21);
        QVERIFY_EXCEPTION_THROWN(flowOverlay(clip, Frames(1, 3, 2)), Error);
        // a crop that moves right by its own width: the frames stand side by side
        const Frames source = uncropped(clip, {{0, 0, 10, 10}, {10, 0, 10, 10}, {10, 0, 10, 10}}, 110);
        QCOMPARE(source.width(), 110);
        QCOMPARE(int(source.frame(1)[(25 * 110 + 80) * 3]), 30);
        QCOMPARE(int(source.frame(1)[(25 * 110 + 20) * 3]), 48);  // the source that was cut away
        QCOMPARE(int(source.frame(0)[(25 * 110 + 20) * 3]), 0);
        QVERIFY_EXCEPTION_THROWN(uncropped(clip, {{0, 0, 10, 10}}), Error);
        QVERIFY_EXCEPTION_THROWN(uncropped(clip, {{0, 0, 0, 10}, {0, 0, 1, 1}, {0, 0, 1, 1}}), Error);
    }

    void sorts()
    {
        ClipQuery query;
        query.sortKey = "intensity";
        query.descending = true;
        std::vector<std::int64_t> order = answerQuery(*m_contents, query).order;
        QCOMPARE(order.front(), 29);
        QCOMPARE(order.back(), 7);  // unknown goes last either way
        query.descending = false;
        order = answerQuery(*m_contents, query).order;
        QCOMPARE(order.front(), 0);
        QCOMPARE(order.back(), 7);
        query.sortKey = "";
        query.descending = true;
        QCOMPARE(answerQuery(*m_contents, query).order.front(), 29);
    }

    void modelFollowsQueries()
    {
        ClipLoader loader({.side = 8});
        ClipListModel model(loader);
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QSignalSpy queried(&model, &ClipListModel::queried);
        model.setContents(m_contents);
        QCOMPARE(model.rowCount(), 30);
        QVERIFY(queried.wait());  // the facets' counts
        queried.clear();
        QCOMPARE(model.facetCounts().size(), m_contents->facets.size());
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
