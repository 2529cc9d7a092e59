// Clips put aside beside the data, and the choice of a split.
#include <QTemporaryDir>
#include <QtTest>
#include <cmath>

#include "core/dataset/clip_subset.h"
#include "core/dataset/exclusions.h"
#include "core/util/error.h"
#include "core/util/file.h"

using namespace kinora;
namespace fs = std::filesystem;

namespace {
/// Clips a, b, c ... whose pixels are all their number.
class Letters final : public ClipSource {
public:
    std::string name() const override { return "letters.h5"; }
    std::int64_t size() const override { return 6; }
    ClipInfo info(std::int64_t index) const override
    {
        ClipInfo info;
        info.name = std::string(1, static_cast<char>('a' + index));
        info.frames = 4, info.height = info.width = 2;
        info.split = index < 4 ? "train" : "test";
        info.labels = {index == 5 ? std::nanf("") : static_cast<float>(index % 2), static_cast<float>(index)};
        return info;
    }
    const std::vector<LabelColumn>& labelColumns() const override { return m_labels; }
    const std::vector<StreamColumn>& streamColumns() const override { return m_streams; }
    Frames frames(std::int64_t index, const FrameWindow& window) const override
    {
        Frames frames(resolved(window, 4).count, 2, 2);
        std::ranges::fill(frames.bytes(), static_cast<std::uint8_t>(index));
        return frames;
    }
    std::vector<std::uint8_t> stream(std::int64_t index, const std::string&, const FrameWindow& window) const override
    {
        return std::vector<std::uint8_t>(static_cast<std::size_t>(resolved(window, 4).count), static_cast<std::uint8_t>(10 + index));
    }

private:
    std::vector<LabelColumn> m_labels{{"split_02", {"train", "test"}, ""}, {"speed", {}, ""}};
    std::vector<StreamColumn> m_streams{{"attributes", "uint8", 1, false}};
};

std::string namesOf(const ClipSource& source)
{
    std::string names;
    for (std::int64_t i = 0; i < source.size(); ++i) names += source.info(i).name;
    return names;
}

template <class Work>
std::optional<Error> errorOf(Work&& work)
{
    try {
        work();
    } catch (const Error& error) {
        return error;
    }
    return std::nullopt;
}
}  // namespace

class TestExclusions final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_dataset = fs::path(m_folder->path().toStdString()) / "Zürich äöü.h5";
    }
    void theListStandsBesideTheData()
    {
        QCOMPARE(exclusionsFile("/data/clips.h5"), fs::path("/data/clips.h5.excluded.json"));
        QCOMPARE(exclusionsFile("/data/folder/"), fs::path("/data/folder.excluded.json"));
        QCOMPARE(exclusionsFile("clips.h5"), fs::path("clips.h5.excluded.json"));
    }
    void aListReadsBack()
    {
        QVERIFY(readExclusions(m_dataset).empty());
        const std::set<std::string> names = {"a", "walk/ö \"quoted\"\n.avi#16", ""};
        writeExclusions(m_dataset, names);
        QVERIFY(readExclusions(m_dataset) == names);
        writeExclusions(m_dataset, {"b"});
        QVERIFY(readExclusions(m_dataset) == std::set<std::string>{"b"});
        QCOMPARE(std::distance(fs::directory_iterator(m_folder->path().toStdString()), fs::directory_iterator()), std::ptrdiff_t(1));  // no temporary file stays
        writeExclusions(m_dataset, {});
        QVERIFY(!fs::exists(exclusionsFile(m_dataset)));
        writeExclusions(m_dataset, {});  // nothing to remove is no error
    }
    void excludedClipsAreGone()
    {
        const auto all = std::make_shared<Letters>();
        QCOMPARE(withoutExcluded(all, m_dataset).get(), static_cast<const ClipSource*>(all.get()));
        writeExclusions(m_dataset, {"b", "e", "no such clip"});
        const auto rest = withoutExcluded(all, m_dataset);
        QCOMPARE(namesOf(*rest), std::string("acdf"));
        QCOMPARE(rest->name(), all->name());
        QVERIFY(rest->labelColumns() == all->labelColumns() && rest->streamColumns() == all->streamColumns());
        QVERIFY(rest->frames(1, {1, 2, 1}) == all->frames(2, {1, 2, 1}));
        Frames frames;
        rest->framesInto(3, {0, 3, 1}, frames);
        QVERIFY(frames == all->frames(5, {0, 3, 1}));
        QVERIFY(rest->stream(3, "attributes") == all->stream(5, "attributes", {}));
        for (const std::int64_t index : {-1, 4}) {
            const auto error = errorOf([&] { rest->frames(index); });
            QVERIFY(error && error->code() == ErrorCode::NotFound);
        }
        writeExclusions(m_dataset, {"no such clip"});
        QCOMPARE(withoutExcluded(all, m_dataset)->size(), std::int64_t(6));
        writeExclusions(m_dataset, {"a", "b", "c", "d", "e", "f"});
        QCOMPARE(withoutExcluded(all, m_dataset)->size(), std::int64_t(0));
    }
    void aBadListIsAnError_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("torn") << QByteArray("[\"a\", \"b");
        QTest::newRow("table") << QByteArray("{\"a\": true}");
        QTest::newRow("text") << QByteArray("\"a\"");
        QTest::newRow("number inside") << QByteArray("[\"a\", 5]");
        QTest::newRow("list inside") << QByteArray("[\"a\", [\"b\"]]");
        QTest::newRow("bytes that are no UTF-8") << QByteArray("[\"\xff\xfe\"]");
        QTest::newRow("deep") << QByteArray(300000, '[');
    }
    void aBadListIsAnError()
    {
        QFETCH(QByteArray, text);
        writeFile(exclusionsFile(m_dataset), std::string_view(text.constData(), static_cast<std::size_t>(text.size())));
        for (const auto& error : {errorOf([&] { readExclusions(m_dataset); }), errorOf([&] { withoutExcluded(std::make_shared<Letters>(), m_dataset); })}) {
            QVERIFY(error && error->code() == ErrorCode::Damaged);
            QCOMPARE(error->subject(), exclusionsFile(m_dataset).string());
            QVERIFY(error->detail().find("JSON list of clip names") != std::string::npos);
        }
    }
    void aFolderInItsPlaceIsAnError()
    {
        fs::create_directory(exclusionsFile(m_dataset));
        const auto error = errorOf([&] { readExclusions(m_dataset); });
        QVERIFY(error && error->code() == ErrorCode::CannotRead);
    }
    void whatCannotBeWrittenIsAnError()
    {
        const auto error = errorOf([&] { writeExclusions(m_dataset, {"\xff"}); });
        QVERIFY(error && error->code() == ErrorCode::CannotWrite);
        QVERIFY(!fs::exists(exclusionsFile(m_dataset)));
        QVERIFY(errorOf([&] { writeExclusions("/no such folder/clips.h5", {"a"}); }));
    }
    void aSplitIsChosen()
    {
        const auto all = std::make_shared<Letters>();
        QCOMPARE(ofSplit(all, "").get(), static_cast<const ClipSource*>(all.get()));
        QCOMPARE(namesOf(*ofSplit(all, "test")), std::string("ef"));
        QCOMPARE(namesOf(*ofSplit(all, "train")), std::string("abcd"));
        QCOMPARE(namesOf(*ofSplit(all, "all")), std::string("abcdef"));
        QCOMPARE(namesOf(*ofSplit(all, "split_02=train")), std::string("ace"));
        QCOMPARE(namesOf(*ofSplit(all, "split_02=test")), std::string("bd"));
        QCOMPARE(ofSplit(all, "all")->info(0).split, std::string());  // so that nobody chooses again
        for (const auto& [split, word] : {std::pair{"validation", "test, train"}, {"split_02=validation", "test, train"}, {"split_03=train", "split_02"}, {"speed=1", "split_02"}}) {
            const auto error = errorOf([&] { ofSplit(all, split); });
            QVERIFY(error && error->code() == ErrorCode::Incompatible);
            QVERIFY2(error->detail().find(word) != std::string::npos, error->what());
        }
    }

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    fs::path m_dataset;
};
QTEST_APPLESS_MAIN(TestExclusions)
#include "tst_exclusions.moc"
