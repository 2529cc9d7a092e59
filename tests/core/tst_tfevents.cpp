// Event files: known bytes, both scalar forms, growth, restarts, and every way in which a file can be damaged.
#include <QTemporaryDir>
#include <QtTest>
#include <chrono>
#include <cmath>
#include <cstring>
#include <fstream>
#include <random>
#include <set>

#include "core/events/tfevents.h"
#include "core/util/crc32c.h"
#include "core/util/error.h"
#include "core/util/file.h"

namespace fs = std::filesystem;
using namespace kinora;

namespace {
std::uint32_t masked(std::uint32_t crc) { return ((crc >> 15) | (crc << 17)) + 0xa282ead8U; }

/// A record around bytes that somebody else encoded.
std::string record(const std::string& data)
{
    std::string out(12, '\0');
    const std::uint64_t length = data.size();
    std::memcpy(out.data(), &length, 8);
    std::uint32_t crc = masked(crc32c(out.data(), 8));
    std::memcpy(out.data() + 8, &crc, 4);
    out += data;
    crc = masked(crc32c(data.data(), data.size()));
    out.append(reinterpret_cast<const char*>(&crc), 4);
    return out;
}

std::string hex(const char* digits) { return QByteArray::fromHex(digits).toStdString(); }

void append(const fs::path& file, const std::string& bytes)
{
    std::ofstream out(file, std::ios::binary | std::ios::app);
    out << bytes;
}

fs::path onlyFile(const fs::path& folder)
{
    for (const auto& entry : fs::directory_iterator(folder))
        if (entry.path().filename().string().find("tfevents") != std::string::npos) return entry.path();
    return {};
}
}  // namespace

class TestTfevents final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        QVERIFY(m_dir->isValid());
        m_folder = m_dir->path().toStdString();
    }
    void crcMatchesTheVectorsOfRfc3720();
    void firstRecordIsTensorBoardsFileVersion();
    void readsBothFormsOfScalars();
    void followsAGrowingFile();
    void aTornRecordWaits();
    void aRestartVoidsWhatCameLater();
    void laterFilesSortAfterEarlierOnes();
    void damageIsReportedAndTheOtherFilesAreRead_data();
    void damageIsReportedAndTheOtherFilesAreRead();
    void randomBytesNeverCrash();
    void aMillionScalarsAreReadFast();
    void aMissingFolderIsAnError();

private:
    std::unique_ptr<QTemporaryDir> m_dir;
    fs::path m_folder;
};

void TestTfevents::crcMatchesTheVectorsOfRfc3720()
{
    const std::string zeros(32, '\0'), ones(32, '\xff');
    std::string rising, falling;
    for (int i = 0; i < 32; ++i) rising += static_cast<char>(i), falling += static_cast<char>(31 - i);
    QCOMPARE(crc32c(zeros.data(), 32), 0x8a9136aaU);
    QCOMPARE(crc32c(ones.data(), 32), 0x62a8ab43U);
    QCOMPARE(crc32c(rising.data(), 32), 0x46dd794eU);
    QCOMPARE(crc32c(falling.data(), 32), 0x113fdb5cU);
    QCOMPARE(crc32c("123456789", 9), 0xe3069283U);
    QCOMPARE(crc32c("6789", 4, crc32c("12345", 5)), 0xe3069283U);  // in pieces
}

void TestTfevents::firstRecordIsTensorBoardsFileVersion()
{
    EventsWriter writer(m_folder);
    const std::string bytes = readFile(onlyFile(m_folder));
    // wall_time is a double behind tag 09; then 1a 0d "brain.Event:2"
    QCOMPARE(bytes.size(), std::size_t(12 + 9 + 15 + 4));
    QCOMPARE(QByteArray(bytes.data(), 12).toHex(), QByteArray("1800000000000000a37f4b22"));  // as TensorFlow writes it for 24 bytes
    QCOMPARE(bytes[12], '\x09');
    QCOMPARE(bytes.substr(21, 15), std::string("\x1a\x0d") + "brain.Event:2");
}

void TestTfevents::readsBothFormsOfScalars()
{
    {
        EventsWriter writer(m_folder);
        writer.scalars(3, {{"loss/G", 0.5}, {"loss/D", std::nan("")}});
        writer.image(3, "samples", 4, 4, "GIF89a");
        writer.text(0, "configuration", "# hello");
    }
    // what PyTorch 2's and TensorFlow 2's writers make of 0.25 and 0.75 at step 7 and 8: simple_value without metadata, tensor form with metadata, tensor_content
    append(onlyFile(m_folder), record(hex("09000000000000f03f" "1007" "2a0a" "0a08" "0a0161" "150000803e")));
    const std::string tensor = hex("0a0162" "4208" "0801" "1200" "2a040000403f" "4a0b" "0a09" "0a077363616c617273");
    std::string value = tensor;
    value[4] = static_cast<char>(2 + 2 + 6);
    std::string summary = std::string("\x0a") + static_cast<char>(value.size()) + value;
    append(onlyFile(m_folder), record(hex("09000000000000f03f" "1008") + std::string("\x2a") + static_cast<char>(summary.size()) + summary));
    // the second value of a tag comes without metadata
    std::string later = hex("0a0162" "4208" "0801" "1200" "22040000803f");
    later[4] = static_cast<char>(2 + 2 + 6);
    summary = std::string("\x0a") + static_cast<char>(later.size()) + later;
    append(onlyFile(m_folder), record(hex("09000000000000f03f" "1009") + std::string("\x2a") + static_cast<char>(summary.size()) + summary));

    EventsReader reader(m_folder);
    const std::vector<ScalarRecord> records = reader.poll();
    QVERIFY2(reader.problems().empty(), reader.problems().empty() ? "" : reader.problems().front().c_str());
    QCOMPARE(records.size(), std::size_t(5));
    QCOMPARE(records[0].tag, std::string("loss/G"));
    QCOMPARE(records[0].value, 0.5);
    QCOMPARE(records[0].step, std::int64_t(3));
    QVERIFY(records[0].wallTimeS > 1.6e9);
    QVERIFY(std::isnan(records[1].value));
    QCOMPARE(records[2].tag, std::string("a"));
    QCOMPARE(records[2].value, 0.25);
    QCOMPARE(records[2].step, std::int64_t(7));
    QCOMPARE(records[3].tag, std::string("b"));
    QCOMPARE(records[3].value, 0.75);
    QCOMPARE(records[4].value, 1.0);
    QCOMPARE(records[4].wallTimeS, 1.0);
}

void TestTfevents::followsAGrowingFile()
{
    EventsReader reader(m_folder);
    QVERIFY(reader.poll().empty());
    EventsWriter writer(m_folder);
    for (int step = 1; step <= 50; ++step) {
        writer.scalars(step, {{"loss", step}});
        const auto records = reader.poll();
        QCOMPARE(records.size(), std::size_t(1));
        QCOMPARE(records[0].step, std::int64_t(step));
    }
    QVERIFY(reader.poll().empty());
    QVERIFY(!reader.voidedFrom());
}

void TestTfevents::aTornRecordWaits()
{
    std::string whole;
    {
        EventsWriter writer(m_folder);
        writer.scalars(1, {{"loss", 1}});
        writer.scalars(2, {{"loss", 2}});
    }
    const fs::path file = onlyFile(m_folder);
    whole = readFile(file);
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        const fs::path folder = m_folder / ("cut-" + std::to_string(size));
        fs::create_directory(folder);
        append(folder / file.filename(), whole.substr(0, size));
        EventsReader reader(folder);
        const std::size_t before = reader.poll().size();
        QVERIFY(before == 2 ? size == whole.size() : size < whole.size());
        QVERIFY(reader.problems().empty());
        append(folder / file.filename(), whole.substr(size));
        QCOMPARE(before + reader.poll().size(), std::size_t(2));
    }
}

void TestTfevents::aRestartVoidsWhatCameLater()
{
    EventsReader follower(m_folder);
    {
        EventsWriter writer(m_folder);
        for (int step = 1; step <= 10; ++step) writer.scalars(step, {{"loss", step}});
    }
    QCOMPARE(follower.poll().size(), std::size_t(10));
    {
        EventsWriter writer(m_folder);
        writer.restart(6);
        writer.scalars(7, {{"loss", 70}});
    }
    const auto news = follower.poll();
    QCOMPARE(news.size(), std::size_t(1));
    QCOMPARE(follower.voidedFrom().value_or(-1), std::int64_t(7));
    {
        EventsWriter writer(m_folder);
        writer.restart(-1);
        writer.scalars(1, {{"loss", 100}});
    }
    // one who comes later sees what is left
    EventsReader fresh(m_folder);
    const auto left = fresh.poll();
    QCOMPARE(left.size(), std::size_t(1));
    QCOMPARE(left[0].value, 100.0);
    QCOMPARE(fresh.voidedFrom().value_or(-1), std::int64_t(0));
}

void TestTfevents::laterFilesSortAfterEarlierOnes()
{
    std::vector<std::string> names;
    for (int i = 0; i < 5; ++i) {
        EventsWriter writer(m_folder);
        std::vector<std::string> all;
        for (const auto& entry : fs::directory_iterator(m_folder)) all.push_back(entry.path().filename().string());
        std::sort(all.begin(), all.end());
        QVERIFY(names.empty() || all.back() > names.back());
        names.push_back(all.back());
    }
    QCOMPARE(std::set<std::string>(names.begin(), names.end()).size(), std::size_t(5));
}

void TestTfevents::damageIsReportedAndTheOtherFilesAreRead_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("words");
    QTest::newRow("no events file") << QByteArray("this is a text about tfevents, long enough for a header") << "length";
    std::string flipped = record(hex("09000000000000f03f" "1007" "2a0a" "0a08" "0a0161" "150000803e"));
    flipped[20] ^= 1;
    QTest::newRow("flipped bit") << QByteArray::fromStdString(flipped) << "checksum";
    std::string huge(12, '\xff');
    const std::uint32_t crc = masked(crc32c(huge.data(), 8));
    std::memcpy(huge.data() + 8, &crc, 4);
    QTest::newRow("hostile length") << QByteArray::fromStdString(huge) << "impossible length";
    QTest::newRow("no protobuf") << QByteArray::fromStdString(record("\x0a\xff\xff\xff\xff\x0f")) << "no event";
    QTest::newRow("inner length beyond the record") << QByteArray::fromStdString(record(hex("2a7f0a08"))) << "no event";
}

void TestTfevents::damageIsReportedAndTheOtherFilesAreRead()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, words);
    append(m_folder / "events.out.tfevents.0000000001.host.1", bytes.toStdString());
    EventsWriter writer(m_folder);
    writer.scalars(1, {{"loss", 1}});
    EventsReader reader(m_folder);
    QCOMPARE(reader.poll().size(), std::size_t(1));
    QCOMPARE(reader.problems().size(), std::size_t(1));
    const QString problem = QString::fromStdString(reader.problems().front());
    QVERIFY2(problem.contains(words) && problem.contains("0000000001"), qPrintable(problem));
    writer.scalars(2, {{"loss", 1}});
    QCOMPARE(reader.poll().size(), std::size_t(1));
}

void TestTfevents::randomBytesNeverCrash()
{
    std::mt19937 random(4);
    const std::string good = hex("09000000000000f03f" "1008" "2a1b" "0a19" "0a0162" "420a" "0801" "1200" "2a040000403f" "4a0b");
    for (int i = 0; i < 400; ++i) {
        std::string data = good;
        for (int k = 0; k < 3; ++k) data[random() % data.size()] = static_cast<char>(random());
        data.resize(random() % (data.size() + 1));
        std::ofstream(m_folder / "events.out.tfevents.1", std::ios::binary | std::ios::trunc) << record(data);
        EventsReader reader(m_folder);
        reader.poll();
    }
}

void TestTfevents::aMillionScalarsAreReadFast()
{
    {
        EventsWriter writer(m_folder);
        for (int step = 0; step < 100000; ++step) {
            std::vector<std::pair<std::string, double>> values;
            for (int k = 0; k < 10; ++k) values.emplace_back("loss/number_" + std::to_string(k), step * 0.1 + k);
            writer.scalars(step, values);
        }
    }
    EventsReader reader(m_folder);
    QElapsedTimer timer;
    timer.start();
    const std::vector<ScalarRecord> records = reader.poll();
    const qint64 milliseconds = timer.elapsed();
    QCOMPARE(records.size(), std::size_t(1000000));
    qInfo("a million scalars in %lld ms", static_cast<long long>(milliseconds));
    QVERIFY2(milliseconds < 5000, "ten times the budget");
}

void TestTfevents::aMissingFolderIsAnError()
{
    try {
        EventsWriter writer(m_folder / "none");
        QFAIL("made a file in a folder that is not there");
    } catch (const Error& error) {
        QCOMPARE(error.code(), ErrorCode::CannotWrite);
    }
    EventsReader reader(m_folder / "none");
    QVERIFY(reader.poll().empty());
}

QTEST_APPLESS_MAIN(TestTfevents)
#include "tst_tfevents.moc"
