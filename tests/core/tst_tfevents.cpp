// Event files: known bytes, what PyTorch and others write (tests/data/tfevents), growth, restarts, killed writers, and every way in which a file can be damaged.
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QTemporaryDir>
#include <QtTest>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <thread>
#include <tuple>

#include "core/events/plain_reader.h"
#include "core/events/tfevents.h"
#include "core/events/wall_clock.h"
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

void overwrite(const fs::path& file, const std::string& bytes) { std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes; }

/// An event as somebody else encodes it, with a plain number under a tag.
std::string scalarEvent(double wallTimeS, std::int64_t step, const std::string& tag, float number)
{
    std::string value = std::string("\x0a") + static_cast<char>(tag.size()) + tag + '\x15';
    value.append(reinterpret_cast<const char*>(&number), 4);
    std::string out("\x09");
    out.append(reinterpret_cast<const char*>(&wallTimeS), 8);
    out += '\x10';
    for (auto rest = static_cast<std::uint64_t>(step);; rest >>= 7) {
        out += static_cast<char>((rest & 0x7f) | (rest >= 0x80 ? 0x80 : 0));
        if (rest < 0x80) break;
    }
    out += std::string("\x2a") + static_cast<char>(value.size() + 2) + '\x0a' + static_cast<char>(value.size()) + value;
    return record(out);
}

/// SessionLog START.
std::string startEvent(double wallTimeS, std::int64_t step)
{
    std::string out("\x09");
    out.append(reinterpret_cast<const char*>(&wallTimeS), 8);
    return record(out + '\x10' + static_cast<char>(step) + hex("3a020801"));
}

using Point = std::tuple<std::string, double, double, double>;  // tag, step, wall time, value
std::multiset<Point> pointsOf(const EventData& data)
{
    std::multiset<Point> out;
    for (const ScalarCurve& curve : data.curves)
        for (std::size_t i = 0; i < curve.size(); ++i) out.emplace(curve.tag, curve.steps[i], curve.wallTimesS[i], curve.values[i]);
    return out;
}

EventData all(const fs::path& folder)
{
    EventsReader reader(folder);
    EventData data;
    data.apply(reader.read());
    const auto problems = reader.problems();
    if (!problems.empty()) throw Error(ErrorCode::Damaged, problems.front());
    return data;
}

const fs::path kData = KINORA_TEST_DATA "/tfevents";
using Numbers = std::vector<double>;
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
    void bothWaysToTheChecksumAgree();
    void readsPyTorchsScalars();
    void readsTensorsOfEveryType();
    void indexesMediaAndLoadsThem();
    void loadNoticesAnotherFile();
    void readsHyperparameters();
    void readsTwoWritersInOneFolder();
    void honoursPurgeStep();
    void keepsWhatWentOnWithoutAMark();
    void clocksSetBackAreKeptAndFlagged();
    void theFirstBatchIsNotCopied();
    void goesOnBehindDamage_data();
    void goesOnBehindDamage();
    void damageAtTheEndMayHeal();
    void replacedFilesStartAnew_data();
    void replacedFilesStartAnew();
    void aCopyOfTheSameFileGoesOn();
    void writersOfOneSessionDoNotVoidEachOther();
    void followingGivesWhatReadingAnewGives();
    void readingCanBeStopped();
    void oddEntriesDoNotHarm();
    void findsTheFoldersOfSubRuns();
    void killedWritersLeaveWholeRecords();
    void theWritersClockNeverFalls();
    void mutatedFilesNeverCrash();

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
    const fs::path file = m_folder / "events.out.tfevents.1700000000.host.0";
    {
        std::ofstream out(file, std::ios::binary);
        for (int i = 0; i < 1000000; ++i) out << scalarEvent(1.7e9 + i * 1e-3, i / 4, "loss/tag" + std::to_string(i % 4), static_cast<float>(i));
    }
    QElapsedTimer timer;
    timer.start();
    EventsReader reader(m_folder);
    EventData data;
    data.apply(reader.read());
    const qint64 milliseconds = timer.elapsed();
    timer.start();
    const std::vector<ScalarRecord> plain = readPlainly(file);
    qInfo("a million scalars, %.0f MB: %lld ms, plainly %lld ms", static_cast<double>(fs::file_size(file)) / 1e6, static_cast<long long>(milliseconds), static_cast<long long>(timer.elapsed()));
    QVERIFY2(milliseconds < 5000, "ten times the budget");
    // every point, and the same as those of the plain reader
    QCOMPARE(plain.size(), std::size_t(1000000));
    QCOMPARE(data.curves.size(), std::size_t(4));
    for (const ScalarCurve& curve : data.curves) QVERIFY(curve.size() == 250000 && curve.stepsFallAt.empty() && !curve.wallTimeFalls);
    for (std::size_t i = 0; i < plain.size(); ++i) {
        const ScalarCurve& curve = data.curves[i % 4];
        const bool same = curve.tag == plain[i].tag && curve.steps[i / 4] == static_cast<double>(plain[i].step) && curve.wallTimesS[i / 4] == plain[i].wallTimeS && curve.values[i / 4] == plain[i].value;
        if (!same) QFAIL(qPrintable(QStringLiteral("point %1 differs").arg(i)));
    }
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

void TestTfevents::bothWaysToTheChecksumAgree()
{
    std::mt19937 random(1);
    std::string bytes(300, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    for (std::size_t from = 0; from < 9; ++from)
        for (std::size_t size = 0; from + size <= bytes.size(); ++size) QCOMPARE(crc32c(bytes.data() + from, size, 77), detail::crc32cSoftware(bytes.data() + from, size, 77));
}

void TestTfevents::readsPyTorchsScalars()
{
    const EventData plain = all(kData / "plain");
    QCOMPARE(plain.curves.size(), std::size_t(2));
    const ScalarCurve& train = *plain.find("Loss/train");
    QCOMPARE(train.size(), std::size_t(20));
    for (std::size_t i = 0; i < 20; ++i) {
        QCOMPARE(train.steps[i], double(i));
        QCOMPARE(train.wallTimesS[i], 1.7e9 + double(i));
        QCOMPARE(train.values[i], double(float(1.0 / double(i + 1))));
    }
    const ScalarCurve& valid = *plain.find("Loss/valid");
    QVERIFY(valid.steps == Numbers({0, 5, 10, 15}));
    QVERIFY(valid.values[1] == -4.5 && std::isnan(valid.values[2]) && valid.values[3] == std::numeric_limits<double>::infinity());

    const EventData tensors = all(kData / "new_style");
    QVERIFY(tensors.find("float")->values == Numbers({0, 0.25, 0.5, 0.75, 1}));
    for (int i = 0; i < 5; ++i) QCOMPARE(tensors.find("double")->values[std::size_t(i)], 1e-300 * i + 1.0 / 3);  // all of a double's bits
}

void TestTfevents::readsTensorsOfEveryType()
{
    const EventData data = all(kData / "tensors");
    const std::map<std::string, Numbers> expected = {
        {"float_content", {0.5, 1}}, {"double_content", {0.1, 0.2}}, {"half_values", {1.5, 3}}, {"half_content", {-2.25, -4.5}}, {"bfloat16", {1.5, 1.5}}, {"int32", {-7, -14}},
        {"int64", {5e9, 1e10}}, {"uint8_content", {201, 202}}, {"bool", {1, 1}}, {"left_out_zero", {0, 0}}};
    QCOMPARE(data.curves.size(), expected.size());
    for (const auto& [tag, values] : expected) {
        QVERIFY2(data.find(tag), tag.c_str());
        QVERIFY2(data.find(tag)->values == values && data.find(tag)->steps == Numbers({1, 2}), tag.c_str());
    }
    QCOMPARE(data.media.size(), std::size_t(8));
    for (std::size_t i = 0; i < 8; ++i) {  // two pictures and two words at each step, metadata at the first alone
        const MediaEntry& entry = data.media[i];
        QCOMPARE(entry.step, std::int64_t(i / 4 + 1));
        QCOMPARE(entry.sample, int(i % 2));
        QCOMPARE(entry.tag, std::string(i % 4 < 2 ? "pictures" : "words"));
        const std::string bytes = EventsReader::load(entry);
        if (entry.kind == MediaKind::Text)
            QCOMPARE(bytes, std::string(i % 2 ? "two" : "one"));
        else
            QVERIFY(entry.format == MediaFormat::Png && entry.width == 3 && entry.height == 2 && bytes.starts_with("\x89PNG"));
    }
    QVERIFY(data.others == (std::map<std::string, std::string>{{"vector", "tensor that is no single number"}, {"curve", "pr_curves"}}));
}

void TestTfevents::indexesMediaAndLoadsThem()
{
    const EventData data = all(kData / "media");
    struct Expected {
        const char* tag;
        int step, width, height;
        MediaKind kind;
        MediaFormat format;
        std::string_view begins, ends;
    };
    const Expected expected[] = {{"picture", 3, 6, 4, MediaKind::Image, MediaFormat::Png, "\x89PNG\r\n", "IEND\xae\x42\x60\x82"},
                                 {"grid", 4, 8, 4, MediaKind::Image, MediaFormat::Png, "\x89PNG\r\n", "IEND\xae\x42\x60\x82"},
                                 {"video", 5, 10, 8, MediaKind::Image, MediaFormat::Gif, "GIF89a", ";"},
                                 {"notes/text_summary", 6, 0, 0, MediaKind::Text, MediaFormat::Utf8, "a **bold** text\nwith \xc3\xbcmlauts", "\xc3\xbcmlauts"},
                                 {"tone", 7, 0, 0, MediaKind::Audio, MediaFormat::Wav, "RIFF", ""},
                                 {"jpeg", 9, 5, 7, MediaKind::Image, MediaFormat::Jpeg, "\xff\xd8\xff", "\xff\xd9"}};
    QVERIFY(data.curves.empty());
    QCOMPARE(data.media.size(), std::size(expected));
    for (std::size_t i = 0; i < data.media.size(); ++i) {
        const MediaEntry& entry = data.media[i];
        const Expected& should = expected[i];
        QCOMPARE(entry.tag, std::string(should.tag));
        QVERIFY2(entry.step == should.step && entry.width == should.width && entry.height == should.height && entry.kind == should.kind && entry.format == should.format, should.tag);
        const std::string bytes = EventsReader::load(entry);
        QVERIFY2(bytes.size() == entry.bytes && bytes.starts_with(should.begins) && bytes.ends_with(should.ends), should.tag);
    }
    QVERIFY(data.others == (std::map<std::string, std::string>{{"weights", "histogram"}}));
}

void TestTfevents::loadNoticesAnotherFile()
{
    fs::copy(kData / "media", m_folder / "copy", fs::copy_options::recursive);
    const EventData data = all(m_folder / "copy");
    const MediaEntry& entry = data.media.at(2);
    std::string bytes = readFile(entry.file);
    const auto refused = [&](ErrorCode code) {
        try {
            EventsReader::load(entry);
            return false;
        } catch (const Error& error) {
            return error.code() == code && error.subject() == entry.file.string();
        }
    };
    QCOMPARE(EventsReader::load(entry).size(), std::size_t(entry.bytes));
    bytes[entry.offset + 20] ^= 1;
    overwrite(entry.file, bytes);
    QVERIFY(refused(ErrorCode::Damaged));
    overwrite(entry.file, bytes.substr(0, entry.offset + 10));
    QVERIFY(refused(ErrorCode::Damaged));
    fs::remove(entry.file);
    QVERIFY(refused(ErrorCode::NotFound));
    MediaEntry hostile = entry;
    hostile.file = kData / "media" / entry.file.filename();
    hostile.offset = 1, hostile.bytes = ~0ULL;
    QVERIFY_EXCEPTION_THROWN(EventsReader::load(hostile), Error);
}

void TestTfevents::readsHyperparameters()
{
    const EventData data = all(kData / "hparams" / "trial");
    QVERIFY(data.hyperparameters == (std::map<std::string, std::string>{{"batch", "16"}, {"ema", "1"}, {"lr", "0.002"}, {"optimizer", "adam"}}));  // PyTorch writes True as 1
    QVERIFY(data.find("fvd") && data.find("fvd")->values == Numbers({101.5}));
    QVERIFY(data.others.empty());
}

void TestTfevents::readsTwoWritersInOneFolder()
{
    const EventData data = all(kData / "two_writers");
    QCOMPARE(data.curves.size(), std::size_t(2));
    for (std::size_t i = 0; i < 10; ++i) {
        QCOMPARE(data.find("train/loss")->values.at(i), double(i));
        QCOMPARE(data.find("valid/loss")->values.at(i), -double(i));
        QCOMPARE(data.find("valid/loss")->wallTimesS.at(i), 1.7e9 + double(i) + 0.5);
    }
}

void TestTfevents::honoursPurgeStep()
{
    const EventData data = all(kData / "purged");
    QCOMPARE(data.curves.size(), std::size_t(1));
    QVERIFY(data.curves[0].steps == Numbers({0, 1, 2, 3, 4, 5, 6, 7, 8}));
    QVERIFY(data.curves[0].values == Numbers({0, 1, 2, 3, 4, 5, 106, 107, 108}));
    QVERIFY(data.curves[0].stepsFallAt.empty());
}

void TestTfevents::keepsWhatWentOnWithoutAMark()
{
    // first both files at once, then one after the other, as a window that is open meanwhile sees it
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(kData / "gone_on")) files.push_back(entry.path());
    std::ranges::sort(files);
    EventsReader reader(m_folder);
    EventData followed;
    for (const fs::path& file : files) {
        fs::copy(file, m_folder / file.filename());
        followed.apply(reader.read());
    }
    for (const EventData& data : {all(kData / "gone_on"), followed}) {
        const ScalarCurve& curve = data.curves.at(0);
        QVERIFY(curve.steps == Numbers({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 6, 7, 8, 9, 10, 11}));
        QCOMPARE(curve.values[10], 106.0);
        QVERIFY(curve.stepsFallAt == std::vector<std::size_t>{10});
        QVERIFY(!curve.wallTimeFalls);
    }
}

void TestTfevents::clocksSetBackAreKeptAndFlagged()
{
    const fs::path file = m_folder / "events.out.tfevents.1";
    append(file, scalarEvent(100, 1, "loss", 1) + scalarEvent(101, 2, "loss", 2) + scalarEvent(50, 3, "loss", 3) + scalarEvent(51, 4, "loss", 4) + scalarEvent(60, -5, "loss", 5));
    const ScalarCurve curve = all(m_folder).curves.at(0);
    QVERIFY(curve.wallTimesS == Numbers({100, 101, 50, 51, 60}) && curve.wallTimeFalls);
    QVERIFY(curve.steps == Numbers({1, 2, 3, 4, -5}) && curve.stepsFallAt == std::vector<std::size_t>{4});
    ScalarCurve cut = curve;
    cut.cut(3);
    QVERIFY(cut.steps == Numbers({1, 2, -5}) && cut.values == Numbers({1, 2, 5}) && cut.stepsFallAt == std::vector<std::size_t>{2} && cut.wallTimeFalls);
}

void TestTfevents::theFirstBatchIsNotCopied()
{
    EventsWriter writer(m_folder);
    for (int step = 0; step < 1000; ++step) writer.scalars(step, {{"loss", step}});
    EventsReader reader(m_folder);
    EventBatch batch = reader.read();
    const double* columns[] = {batch.curves[0].steps.data(), batch.curves[0].wallTimesS.data(), batch.curves[0].values.data()};
    EventData data;
    data.apply(std::move(batch));
    QVERIFY(data.curves[0].steps.data() == columns[0] && data.curves[0].wallTimesS.data() == columns[1] && data.curves[0].values.data() == columns[2]);
    QVERIFY(reader.read().empty());
    writer.scalars(1000, {{"loss", 7}});
    data.apply(reader.read());
    QCOMPARE(data.find("loss")->size(), std::size_t(1001));
    QCOMPARE(data.find("loss")->values.back(), 7.0);
}

void TestTfevents::goesOnBehindDamage_data()
{
    QTest::addColumn<QByteArray>("bytes");    // between good records
    QTest::addColumn<QString>("words");
    const std::string good = scalarEvent(1, 50, "loss", 5);
    std::string flippedData = good, flippedLength = good;
    flippedData[30] ^= 4;
    flippedLength[1] ^= 4;
    const auto row = [](const char* name, const std::string& bytes, const char* words) { QTest::newRow(name) << QByteArray::fromStdString(bytes) << QString::fromLatin1(words); };
    row("data", flippedData, "checksum");
    row("length", flippedLength, "length");
    row("torn record, gone on with", good.substr(0, 20), "checksum");
    row("torn header", good.substr(0, 7), "length");
    row("zeros", std::string(5000, '\0'), "length");
    row("text", std::string(3000, 'x'), "length");
    row("more than a piece", std::string(3 << 20, 'x'), "length");
    row("no event", record("\x0a\xff\xff\xff\xff\x0f"), "no event");
}

void TestTfevents::goesOnBehindDamage()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, words);
    std::string before, after;
    for (int step = 0; step < 10; ++step) (step < 5 ? before : after) += scalarEvent(step, step, "loss", static_cast<float>(step));
    const fs::path file = m_folder / "events.out.tfevents.1";
    append(file, before);
    EventsReader follower(m_folder);
    EventData followed;
    followed.apply(follower.read());
    append(file, bytes.toStdString());
    followed.apply(follower.read());
    QCOMPARE(followed.find("loss")->size(), std::size_t(5));
    append(file, after);
    followed.apply(follower.read());
    EventsReader fresh(m_folder);
    EventData data;
    data.apply(fresh.read());
    QCOMPARE(data.find("loss")->size(), std::size_t(10));
    QCOMPARE(pointsOf(followed), pointsOf(data));
    for (const EventsReader* reader : {&follower, &fresh}) {
        QCOMPARE(reader->problems().size(), std::size_t(1));
        const QString problem = QString::fromStdString(reader->problems()[0]);
        QVERIFY2(problem.contains(words) && problem.contains(QString::number(before.size())), qPrintable(problem));
    }
}

void TestTfevents::damageAtTheEndMayHeal()
{
    // a file system of another machine may show a file's new size before its new bytes
    const std::string good = scalarEvent(1, 1, "loss", 1) + scalarEvent(2, 2, "loss", 2);
    const fs::path file = m_folder / "events.out.tfevents.1";
    std::string half = good;
    std::fill(half.begin() + static_cast<long>(good.size() / 2 + 5), half.end(), '\0');
    overwrite(file, half);
    EventsReader reader(m_folder);
    EventData data;
    data.apply(reader.read());
    QCOMPARE(data.find("loss")->size(), std::size_t(1));
    QCOMPARE(reader.problems().size(), std::size_t(1));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // so that the file's time differs
    overwrite(file, good);
    data.apply(reader.read());
    QCOMPARE(data.find("loss")->size(), std::size_t(2));
    QVERIFY(reader.problems().empty());
}

void TestTfevents::replacedFilesStartAnew_data()
{
    QTest::addColumn<int>("how");
    QTest::newRow("cut short") << 0;
    QTest::newRow("overwritten, longer") << 1;
    QTest::newRow("overwritten, as long") << 2;
    QTest::newRow("replaced by a rename") << 3;
    QTest::newRow("deleted") << 4;
}

void TestTfevents::replacedFilesStartAnew()
{
    QFETCH(int, how);
    const fs::path file = m_folder / "events.out.tfevents.2";
    append(m_folder / "events.out.tfevents.1", scalarEvent(1, 0, "other", 9));
    std::string first, second;
    for (int step = 0; step < 100; ++step) first += scalarEvent(1, step, "loss", 1), second += scalarEvent(2, step, "loss", 2);
    append(file, first);
    EventsReader reader(m_folder), poller(m_folder);
    EventData data;
    data.apply(reader.read());
    QCOMPARE(data.find("loss")->size(), std::size_t(100));
    QCOMPARE(poller.poll().size(), std::size_t(101));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // so that the file's time differs
    if (how == 0) overwrite(file, second.substr(0, second.size() / 4));
    if (how == 1) overwrite(file, second + second);
    if (how == 2) overwrite(file, second);
    if (how == 3) overwrite(m_folder / "new", second), fs::rename(m_folder / "new", file);
    if (how == 4) fs::remove(file);
    EventBatch batch = reader.read();
    QVERIFY(batch.fresh);
    data.apply(std::move(batch));
    QCOMPARE(pointsOf(data), pointsOf(all(m_folder)));
    QCOMPARE(data.find("other")->size(), std::size_t(1));
    if (how != 4) QVERIFY(std::ranges::all_of(data.find("loss")->values, [](double value) { return value == 2; }));
    else QVERIFY(!data.find("loss"));
    QCOMPARE(poller.poll().size(), pointsOf(data).size());
    QCOMPARE(poller.voidedFrom().value_or(0), std::numeric_limits<std::int64_t>::min());
    QVERIFY(reader.read().empty());
}

void TestTfevents::aCopyOfTheSameFileGoesOn()
{
    // what rsync does every minute: a longer copy, renamed into place
    const fs::path file = m_folder / "events.out.tfevents.1";
    EventsReader reader(m_folder);
    EventData data;
    std::string bytes;
    for (int step = 0; step < 5; ++step) {
        bytes += scalarEvent(step, step, "loss", 1);
        overwrite(m_folder / "copy", bytes);
        fs::rename(m_folder / "copy", file);
        EventBatch batch = reader.read();
        QVERIFY(!batch.fresh);
        QCOMPARE(batch.points(), std::size_t(1));
        data.apply(std::move(batch));
    }
    QCOMPARE(data.find("loss")->size(), std::size_t(5));
}

void TestTfevents::writersOfOneSessionDoNotVoidEachOther()
{
    // two writers resume at step 5: the second's mark voids the first session, not what the first writer of the second has written since
    append(m_folder / "events.out.tfevents.1.a", scalarEvent(1, 4, "a", 1) + scalarEvent(1, 5, "a", 1));
    append(m_folder / "events.out.tfevents.1.b", scalarEvent(1, 4, "b", 1) + scalarEvent(1, 5, "b", 1));
    append(m_folder / "events.out.tfevents.2.a", startEvent(10, 5) + scalarEvent(12, 5, "a", 2) + scalarEvent(13, 6, "a", 2));
    EventsReader follower(m_folder);
    EventData followed;
    followed.apply(follower.read());
    append(m_folder / "events.out.tfevents.2.b", startEvent(11, 5) + scalarEvent(12, 5, "b", 2));
    followed.apply(follower.read());
    for (const EventData& data : {all(m_folder), followed}) {
        QVERIFY(data.find("a")->values == Numbers({1, 2, 2}));
        QVERIFY(data.find("b")->values == Numbers({1, 2}));
    }
}

void TestTfevents::followingGivesWhatReadingAnewGives()
{
    struct Written {
        int file;
        bool isStart;
        double wallTimeS;
        std::int64_t step;
        std::string tag;
        float number;
    };
    for (unsigned seed = 0; seed < 60; ++seed) {
        std::mt19937 random(seed);
        const fs::path folder = m_folder / std::to_string(seed);
        fs::create_directory(folder);
        EventsReader follower(folder);
        EventData followed;
        std::vector<std::vector<Written>> files(3);
        std::vector<std::string> torn(3);
        double clock = 1000;
        for (int i = 0; i < 120; ++i) {
            clock += static_cast<double>(random() % 5) - 1;  // now and then set back
            const int file = static_cast<int>(random() % 3);
            const auto f = static_cast<std::size_t>(file);
            Written written{file, random() % 12 == 0, clock, static_cast<std::int64_t>(random() % 20), "tag" + std::to_string(random() % 3), static_cast<float>(i)};
            if (written.isStart) written.step = static_cast<std::int64_t>(random() % 4 * 5);
            std::string bytes = torn[f] + (written.isStart ? startEvent(clock, written.step) : scalarEvent(clock, written.step, written.tag, written.number));
            files[f].push_back(written);
            const std::size_t cut = random() % 4 == 0 ? random() % bytes.size() : bytes.size();
            torn[f] = bytes.substr(cut);
            append(folder / ("events.out.tfevents." + std::to_string(file)), bytes.substr(0, cut));
            if (random() % 5 == 0) followed.apply(follower.read());
        }
        for (int file = 0; file < 3; ++file) append(folder / ("events.out.tfevents." + std::to_string(file)), torn[static_cast<std::size_t>(file)]);
        followed.apply(follower.read());

        // the rule as docs/formats-run.md has it
        std::multiset<Point> expected;
        std::vector<Written> order;
        for (const auto& file : files) order.insert(order.end(), file.begin(), file.end());
        for (std::size_t i = 0; i < order.size(); ++i) {
            if (order[i].isStart) continue;
            bool isVoid = false;
            for (std::size_t k = i + 1; k < order.size(); ++k) {
                if (!order[k].isStart || order[k].step > order[i].step) continue;
                const bool sameSession = std::ranges::any_of(order, [&](const Written& other) { return other.isStart && other.file == order[i].file && other.step == order[k].step; });
                isVoid |= order[k].file == order[i].file || !sameSession || order[i].wallTimeS <= order[k].wallTimeS;
            }
            if (!isVoid) expected.emplace(order[i].tag, order[i].step, order[i].wallTimeS, order[i].number);
        }
        QCOMPARE(pointsOf(all(folder)), expected);
        if (pointsOf(followed) != expected) QFAIL(qPrintable(QStringLiteral("seed %1: the follower has %2 points, not %3").arg(seed).arg(pointsOf(followed).size()).arg(expected.size())));
    }
}

void TestTfevents::readingCanBeStopped()
{
    std::string bytes;
    for (int step = 0; step < 100000; ++step) bytes += scalarEvent(step, step, "loss", 1);
    append(m_folder / "events.out.tfevents.1", bytes);
    EventsReader reader(m_folder);
    std::stop_source stop;
    stop.request_stop();
    EventBatch batch = reader.read(stop.get_token());
    QVERIFY(!batch.complete && batch.points() > 0 && batch.points() < 100000);
    EventData data;
    data.apply(std::move(batch));
    batch = reader.read();
    QVERIFY(batch.complete && !batch.fresh);
    data.apply(std::move(batch));
    QCOMPARE(data.find("loss")->size(), std::size_t(100000));
    QVERIFY(data.find("loss")->stepsFallAt.empty());

    // also while it looks for an end of damage
    overwrite(m_folder / "events.out.tfevents.2", std::string(3 << 20, 'x') + scalarEvent(1, 1, "behind", 1));
    QVERIFY(!reader.read(stop.get_token()).complete);
    QVERIFY(!reader.read(stop.get_token()).complete);
    batch = reader.read();
    QVERIFY(batch.complete);
    QCOMPARE(batch.points(), std::size_t(1));
    QCOMPARE(reader.problems().size(), std::size_t(1));
}

void TestTfevents::oddEntriesDoNotHarm()
{
    fs::create_directory(m_folder / "tfevents-folder");
    QCOMPARE(::mkfifo((m_folder / "tfevents.fifo").c_str(), 0600), 0);  // opening it for reading would wait for a writer
    fs::create_symlink("nowhere", m_folder / "tfevents.link");
    append(m_folder / "events.out.tfevents.empty", "");
    append(m_folder / "notes.txt", "no events");
    append(m_folder / "my.tfevents.copy.bak", scalarEvent(1, 1, "loss", 1));  // TensorBoard reads this too
    EventsReader reader(m_folder);
    QCOMPARE(reader.read().points(), std::size_t(1));
    QCOMPARE(reader.problems().size(), std::size_t(1));
    QVERIFY(QString::fromStdString(reader.problems()[0]).contains("tfevents.fifo: is no regular file"));
}

void TestTfevents::findsTheFoldersOfSubRuns()
{
    const auto names = [](const fs::path& root) {
        std::vector<std::string> list;
        for (const fs::path& folder : findEventFolders(root)) list.push_back(folder.lexically_relative(root).string());
        return list;
    };
    QVERIFY(names(kData / "hparams") == std::vector<std::string>({".", "trial"}));
    QCOMPARE(names(kData).size(), std::size_t(9));
    fs::create_directories(m_folder / "a" / "deep" / "folder");
    fs::create_directories(m_folder / "empty" / "tfevents");
    append(m_folder / "a" / "deep" / "folder" / "events.out.tfevents.1", "");
    fs::create_directory_symlink(m_folder, m_folder / "a" / "loop");
    fs::create_directory_symlink(kData / "plain", m_folder / "linked");
    QVERIFY(names(m_folder) == std::vector<std::string>({"a/deep/folder", "linked"}));
    QVERIFY(names(m_folder / "none").empty());
}

void TestTfevents::killedWritersLeaveWholeRecords()
{
    std::mt19937 random(9);
    EventsReader follower(m_folder);
    EventData followed;
    for (int round = 0; round < 10; ++round) {
        const pid_t child = ::fork();
        if (child == 0) {
            try {
                EventsWriter writer(m_folder);
                writer.restart(round == 0 ? -1 : round * 1000000);
                const std::string picture = "GIF89a" + std::string(300000, static_cast<char>(round));
                for (int step = round * 1000000 + 1;; ++step) {
                    writer.scalars(step, {{"a", step}, {"b", 2.0 * step}, {"c", 3.0 * step}});
                    if (step % 20 == 0) writer.image(step, "samples", 1, 1, picture);
                }
            } catch (...) {
            }
            ::_exit(1);
        }
        QVERIFY(child > 0);
        const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(20 + random() % 60);
        while (std::chrono::steady_clock::now() < until) {
            followed.apply(follower.read());
            for (const std::string& problem : follower.problems()) QFAIL(problem.c_str());
        }
        ::kill(child, SIGKILL);
        int status = 0;
        ::waitpid(child, &status, 0);
        QVERIFY(WIFSIGNALED(status));
    }
    followed.apply(follower.read());
    const EventData data = all(m_folder);  // throws on any problem
    QCOMPARE(pointsOf(followed), pointsOf(data));
    QVERIFY(data.find("a") && data.find("a")->size() > 20);
    QVERIFY(data.find("a")->steps == data.find("b")->steps && data.find("a")->steps == data.find("c")->steps);
    const Numbers& steps = data.find("a")->steps;
    for (std::size_t i = 1; i < steps.size(); ++i) QVERIFY(steps[i] == steps[i - 1] + 1 || steps[i] == std::floor(steps[i] / 1e6) * 1e6 + 1);  // none is missing
    for (const MediaEntry& entry : data.media) QCOMPARE(EventsReader::load(entry).size(), std::size_t(300006));
}

void TestTfevents::theWritersClockNeverFalls()
{
    tfevents::WallClock clock;
    const auto zero = std::chrono::steady_clock::time_point(std::chrono::hours(5));
    const auto at = [&](double systemS, int milliseconds) { return clock.at(systemS, zero + std::chrono::milliseconds(milliseconds)); };
    QCOMPARE(at(1000, 0), 1000.0);
    QCOMPARE(at(1001, 1000), 1001.0);
    QCOMPARE(at(500, 2000), 1002.0);    // set back: goes on by the steady clock
    QCOMPARE(at(501, 3000), 1003.0);
    QCOMPARE(at(5000, 3500), 5000.0);   // set forward, or the machine slept
    QCOMPARE(at(5000.5, 4000), 5000.5);
    double last = 0;
    std::mt19937 random(2);
    for (int i = 0; i < 10000; ++i) {
        const double now = at(6000 + i * 1e-3 + static_cast<double>(random() % 1000) * 1e-6, 5000 + i);
        QVERIFY(now >= last);
        last = now;
    }
}

void TestTfevents::mutatedFilesNeverCrash()
{
    std::mt19937 random(11);
    for (const char* name : {"plain", "new_style", "media", "tensors", "hparams/trial", "purged"}) {
        const std::string good = readFile(onlyFile(kData / name));
        for (int i = 0; i < 150; ++i) {
            // records with right checksums around changed data, so that the parser sees it
            std::string bytes;
            for (std::size_t at = 0; at + 16 <= good.size();) {
                std::uint64_t length = 0;
                std::memcpy(&length, good.data() + at, 8);
                std::string data = good.substr(at + 12, length);
                if (random() % 3 == 0)
                    for (int k = 0; k < 3; ++k) data[random() % data.size()] = static_cast<char>(random());
                if (random() % 20 == 0) data.resize(random() % data.size());
                bytes += record(data);
                at += 16 + length;
            }
            if (random() % 2 == 0) bytes[random() % bytes.size()] ^= static_cast<char>(1 << random() % 8);
            overwrite(m_folder / "events.out.tfevents.1", bytes);
            EventsReader reader(m_folder);
            EventData data;
            data.apply(reader.read());
            for (const MediaEntry& entry : data.media) QCOMPARE(EventsReader::load(entry).size(), std::size_t(entry.bytes));
        }
    }
}

QTEST_APPLESS_MAIN(TestTfevents)
#include "tst_tfevents.moc"
