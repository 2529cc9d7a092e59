#include <QtTest>

#include <cstring>

#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/safetensors.h"

using namespace kinora;

namespace {
std::string fileWith(const std::string& header, const std::string& data = {}, std::optional<std::uint64_t> length = {})
{
    std::string out;
    const std::uint64_t size = length.value_or(header.size());
    for (int i = 0; i < 8; ++i) out += static_cast<char>(size >> (8 * i));
    return out + header + data;
}
std::span<const std::byte> bytesOf(const std::string& text) { return {reinterpret_cast<const std::byte*>(text.data()), text.size()}; }
}  // namespace

class TestSafetensors final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void roundTrip();
    void refusesHostileFiles_data();
    void refusesHostileFiles();
    void refusesEveryTruncation();
    void missingFileAndFolder();
};

void TestSafetensors::roundTrip()
{
    const std::vector<float> a = {1.5f, -2.f, 3.f, 4.f, 5.f, 6.f};
    const std::vector<std::uint8_t> b = {1, 2, 3};
    const std::int64_t c = -7;
    const std::string bytes = safetensors::serialize({{"b", {"U8", {3}, std::as_bytes(std::span(b))}},
                                                      {"a", {"F32", {2, 3}, std::as_bytes(std::span(a))}},
                                                      {"scalar", {"I64", {}, std::as_bytes(std::span(&c, 1))}},
                                                      {"empty", {"F32", {0, 4}, {}}}},
                                                     {{"system", "toy"}, {"quote", "a \"b\" \\ ü"}});
    QTemporaryDir dir;
    const std::filesystem::path path = dir.filePath("x.safetensors").toStdString();
    writeFile(path, bytes);
    const safetensors::File file(path);
    QCOMPARE(file.metadata().at("quote"), std::string("a \"b\" \\ ü"));
    QCOMPARE(file.tensors().size(), std::size_t(4));
    QCOMPARE(file.at("a").shape, (std::vector<std::int64_t>{2, 3}));
    QVERIFY(std::memcmp(file.at("a").bytes.data(), a.data(), 24) == 0);
    QVERIFY(reinterpret_cast<std::uintptr_t>(file.at("a").bytes.data()) % 4 == 0);
    QCOMPARE(file.at("scalar").elements(), 1);
    QCOMPARE(file.at("empty").elements(), 0);
    try {
        file.at("missing");
        QFAIL("a missing tensor was found");
    } catch (const Error& error) {
        QVERIFY(error.code() == ErrorCode::Incompatible);
        QVERIFY(std::string(error.what()).find("missing") != std::string::npos);
    }
}

void TestSafetensors::refusesHostileFiles_data()
{
    QTest::addColumn<QByteArray>("bytes");
    const auto row = [](const char* name, const std::string& bytes) { QTest::newRow(name) << QByteArray(bytes.data(), static_cast<qsizetype>(bytes.size())); };
    const std::string four(4, '\1');
    row("empty", "");
    row("short", "abc");
    row("not JSON", fileWith("{\"a\":"));
    row("no object", fileWith("[1, 2]"));
    row("pickle", std::string("\x80\x02}q\x01", 5) + std::string(64, 'x'));
    row("header longer than the file", fileWith("{}", "", 1000));
    row("huge header", fileWith("{}", "", ~0ULL));
    row("unknown type", fileWith(R"({"a":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}})", four));
    row("shape does not fit", fileWith(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", four));
    row("negative shape", fileWith(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", four));
    row("overflowing shape", fileWith(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})"));
    row("outside", fileWith(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", four));
    row("backwards", fileWith(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", four));
    row("negative offset", fileWith(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}})", four));
    row("overlap", fileWith(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}})", four));
    row("hole", fileWith(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}})", four));
    row("surplus bytes", fileWith(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", four));
    row("twice the same name", fileWith(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", four));
    row("metadata of numbers", fileWith(R"({"__metadata__":{"a":1}})"));
    row("deep nesting", fileWith(std::string(100000, '[')));
    row("deep nesting inside", fileWith("{\"a\":" + std::string(100000, '[')));
}

void TestSafetensors::refusesHostileFiles()
{
    QFETCH(QByteArray, bytes);
    const std::string text = bytes.toStdString();
    try {
        const safetensors::File file(bytesOf(text), "hostile.safetensors");
        QFAIL("it was accepted");
    } catch (const Error& error) {
        QVERIFY(error.code() == ErrorCode::Damaged);
        QCOMPARE(error.subject(), std::string("hostile.safetensors"));
        QVERIFY(error.detail().find('\n') == std::string::npos);
    }
}

void TestSafetensors::refusesEveryTruncation()
{
    const std::vector<float> a(8, 1.f);
    const std::string whole = safetensors::serialize({{"a", {"F32", {8}, std::as_bytes(std::span(a))}}}, {{"k", "v"}});
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const std::string part = whole.substr(0, size);
        QVERIFY_EXCEPTION_THROWN(safetensors::File(bytesOf(part), "part"), Error);
    }
}

void TestSafetensors::missingFileAndFolder()
{
    QTemporaryDir dir;
    try {
        safetensors::File file(std::filesystem::path(dir.filePath("none.safetensors").toStdString()));
        QFAIL("it was found");
    } catch (const Error& error) {
        QVERIFY(error.code() == ErrorCode::NotFound);
    }
    QVERIFY_EXCEPTION_THROWN(safetensors::File(std::filesystem::path(dir.path().toStdString())), Error);
}

QTEST_APPLESS_MAIN(TestSafetensors)
#include "tst_safetensors.moc"
