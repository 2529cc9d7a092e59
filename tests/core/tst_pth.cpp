#include <torch/torch.h>

#include <QTemporaryDir>
#include <QtTest>
#include <cstring>
#include <map>
#include <random>

#include "core/system/pth_reader.h"
#include "core/system/pth_writer.h"
#include "core/system/zip_format.h"
#include "core/util/error.h"
#include "core/util/file.h"

using namespace kinora;

namespace {

template <class T>
void put(std::string& bytes, T value)
{
    bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

/// A zip file with stored entries; what a test breaks afterwards is found by text.
std::string zipOf(const std::vector<std::pair<std::string, std::string>>& entries, std::uint16_t method = 0)
{
    std::string bytes, directory;
    for (const auto& [name, content] : entries) {
        std::string common;
        put(common, std::uint16_t(0));
        put(common, method);
        put(common, std::uint32_t(0));
        put(common, pth::zipChecksum(std::as_bytes(std::span(content))));
        put(common, static_cast<std::uint32_t>(content.size()));
        put(common, static_cast<std::uint32_t>(content.size()));
        put(common, static_cast<std::uint16_t>(name.size()));
        put(common, std::uint16_t(0));
        put(directory, pth::kZipCentral);
        put(directory, std::uint32_t(0x00140014));
        directory += common;
        directory.append(10, '\0');
        put(directory, static_cast<std::uint32_t>(bytes.size()));
        directory += name;
        put(bytes, pth::kZipLocal);
        put(bytes, std::uint16_t(20));
        bytes += common + name + content;
    }
    const auto start = static_cast<std::uint32_t>(bytes.size());
    bytes += directory;
    put(bytes, pth::kZipEnd);
    put(bytes, std::uint32_t(0));
    put(bytes, static_cast<std::uint16_t>(entries.size()));
    put(bytes, static_cast<std::uint16_t>(entries.size()));
    put(bytes, static_cast<std::uint32_t>(directory.size()));
    put(bytes, start);
    put(bytes, std::uint16_t(0));
    return bytes;
}

std::string zipWith(const std::string& pickle, const std::string& storage = {}) { return zipOf({{"archive/data.pkl", pickle}, {"archive/data/0", storage}, {"archive/version", "3\n"}}); }

std::string text(const std::string& s)
{
    std::string bytes = "X";
    put(bytes, static_cast<std::uint32_t>(s.size()));
    return bytes + s;
}

std::string number(std::int32_t value)
{
    std::string bytes = "J";
    put(bytes, value);
    return bytes;
}

const std::string kStart("\x80\x02", 2);

/// {"w": tensor} over storage "0" of \p count floats.
std::string tensorPickle(std::int32_t count, std::int32_t offset, const std::string& size, const std::string& stride, const std::string& type = "FloatStorage")
{
    return kStart + "}" + text("w") + "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + "ctorch\n" + type + "\n" + text("0") + text("cuda:0") + number(count) + "tQ" +
           number(offset) + "(" + size + "t(" + stride + "t\x89}tRs.";
}

pth::Value readBytes(const std::string& bytes) { return pth::read(std::as_bytes(std::span(bytes)), "test.pth"); }

/// The message of the error that reading gives; empty if there is none.
std::string problem(const std::string& bytes)
{
    try {
        pth::flatten(readBytes(bytes), "test.pth");
    } catch (const Error& error) {
        return error.code() == ErrorCode::Damaged ? error.what() : std::string("other code: ") + error.what();
    }
    return {};
}

std::string floats(const std::vector<float>& values) { return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)}; }

void replaceAll(std::string& in, const std::string& from, const std::string& to)
{
    for (std::size_t at = in.find(from); at != std::string::npos; at = in.find(from, at + to.size())) in.replace(at, from.size(), to);
}

#define VERIFY_PROBLEM(bytes, words)                                                            \
    do {                                                                                        \
        const std::string found = problem(bytes);                                               \
        QVERIFY2(found.find(words) != std::string::npos, ("'" + found + "' lacks '" words "'").c_str()); \
        QVERIFY2(found.find('\n') == std::string::npos, "more than one line");                  \
    } while (false)
}  // namespace

class TestPth final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void bothContainersOfTheAuthorsHoldTheSame()
    {
        const auto zip = pth::flatten(pth::read(KINORA_TEST_DATA "/g3an_official_zip.pth"), "zip");
        const auto legacy = pth::flatten(pth::read(KINORA_TEST_DATA "/g3an_official_legacy.pth"), "legacy");
        QCOMPARE(zip.size(), std::size_t(208));
        QCOMPARE(legacy.size(), std::size_t(208));
        for (std::size_t i = 0; i < zip.size(); ++i) {
            QCOMPARE(zip[i].first, legacy[i].first);
            QVERIFY(torch::equal(zip[i].second, legacy[i].second));
            QVERIFY(zip[i].second.device().is_cpu());
            QVERIFY(!zip[i].first.starts_with("module."));
        }
        QCOMPARE(zip[0].first, std::string("block1.conv_v.0.bias"));
        QCOMPARE(zip.back().first, std::string("to_rgb.0.bias"));
    }

    // tests/data/torch_values_*.pth: one dictionary as PyTorch 2.11 saves it in both containers
    void filesOfPyTorchAreReadAsTheyWereMeant_data()
    {
        QTest::addColumn<QString>("file");
        QTest::newRow("zip") << "torch_values_zip.pth";
        QTest::newRow("legacy") << "torch_values_legacy.pth";
    }
    void filesOfPyTorchAreReadAsTheyWereMeant()
    {
        QFETCH(QString, file);
        const pth::Value value = pth::read(std::string(KINORA_TEST_DATA "/") + file.toStdString());
        const auto at = [&](const std::string& key) -> const pth::Value& {
            for (const auto& [name, entry] : *value.dictionary())
                if (*name.text() == key) return entry;
            throw Error(ErrorCode::NotFound, key);
        };
        QCOMPARE(std::get<int64_t>(at("epoch").data), int64_t(3));
        QCOMPARE(std::get<double>(at("lr").data), 0.25);
        QCOMPARE(std::get<int64_t>(at("big").data), int64_t(1) << 40);
        QCOMPARE(std::get<int64_t>(at("negative").data), int64_t(-3));
        QVERIFY(std::holds_alternative<std::monostate>(at("none").data));
        std::map<std::string, torch::Tensor> tensors;
        for (const auto& [name, tensor] : pth::flatten(value, "memory")) tensors[name] = tensor;
        const torch::Tensor base = torch::arange(12, torch::kFloat32);
        QCOMPARE(tensors.size(), std::size_t(10));
        QVERIFY(torch::equal(tensors.at("state.transposed"), base.view({3, 4}).t()));
        QVERIFY(tensors.at("state.transposed").is_contiguous());
        QVERIFY(torch::equal(tensors.at("state.window"), base.slice(0, 5, 9)));
        QVERIFY(torch::equal(tensors.at("state.again"), base));
        QVERIFY(torch::equal(tensors.at("state.long"), torch::arange(5)));
        QVERIFY(torch::equal(tensors.at("parameter"), torch::ones({2})));
        QVERIFY(torch::equal(tensors.at("list.1.1"), torch::tensor(2.5f)));
        QVERIFY(torch::equal(tensors.at("flags"), torch::tensor({true, false})));
        QVERIFY(torch::equal(tensors.at("half"), torch::tensor({0.5f, -2.f}).to(torch::kFloat16)));
        QVERIFY(torch::equal(tensors.at("brain"), torch::tensor({0.5f, -2.f}).to(torch::kBFloat16)));
        QCOMPARE(tensors.at("empty").sizes(), torch::IntArrayRef({0, 4}));
        // one storage in the file is one storage here
        const auto& state = *at("state").dictionary();
        QVERIFY(state[0].second.tensor()->storage().is_alias_of(state[2].second.tensor()->storage()));
    }

    void everyTypeSurvivesWritingAndReading()
    {
        std::vector<std::pair<std::string, torch::Tensor>> tensors;
        for (const auto type : {torch::kFloat32, torch::kFloat64, torch::kFloat16, torch::kBFloat16, torch::kInt64, torch::kInt32, torch::kInt16, torch::kInt8, torch::kUInt8, torch::kBool})
            tensors.emplace_back(c10::toString(type), (torch::arange(24).reshape({2, 3, 4}) - 5).to(type));
        tensors.emplace_back("scalar", torch::tensor(7, torch::kInt64));
        tensors.emplace_back("empty", torch::zeros({0, 3}));
        tensors.emplace_back("wide", torch::randn({300, 70}).t());
        const auto back = pth::flatten(readBytes(pth::write(tensors)), "memory");
        QCOMPARE(back.size(), tensors.size());
        for (std::size_t i = 0; i < back.size(); ++i) {
            QCOMPARE(back[i].first, tensors[i].first);
            QCOMPARE(back[i].second.scalar_type(), tensors[i].second.scalar_type());
            QVERIFY(torch::equal(back[i].second, tensors[i].second));
        }
        QCOMPARE(pth::write(tensors), pth::write(tensors));
    }

    void offsetsStridesAndSharedStoragesAreHonoured()
    {
        // six floats seen as a transposed 2 x 2 window that starts at the second
        const std::string bytes = zipWith(tensorPickle(6, 1, number(2) + number(2), number(1) + number(3)), floats({0, 1, 2, 3, 4, 5}));
        const pth::Value value = readBytes(bytes);
        const torch::Tensor tensor = *value.dictionary()->front().second.tensor();
        QVERIFY(torch::equal(tensor, torch::tensor({{1.f, 4.f}, {2.f, 5.f}})));

        // the same object under two keys: one storage
        std::string shared = tensorPickle(2, 0, number(2), number(1));
        shared.replace(shared.size() - 2, 2, std::string("q\x07s") + text("again") + "h\x07s.");
        const pth::Value twice = readBytes(zipWith(shared, floats({1, 2})));
        QCOMPARE(twice.dictionary()->size(), std::size_t(2));
        const torch::Tensor first = *(*twice.dictionary())[0].second.tensor(), second = *(*twice.dictionary())[1].second.tensor();
        QCOMPARE(first.data_ptr(), second.data_ptr());
    }

    void plainValuesAreKept()
    {
        std::string pickle = kStart + "}(" + text("epoch") + "K\x07" + text("lr") + "G" + std::string("\x3f\xe0\0\0\0\0\0\0", 8) + text("name") + text("adam") + text("flag") + "\x88" + text("none") + "N" +
                             text("list") + "](K\x01K\x02" "e" + text("long") + std::string("\x8a\x02\xff\xff", 4) + "u.";
        const pth::Value value = readBytes(zipWith(pickle));
        const auto& entries = *value.dictionary();
        QCOMPARE(entries.size(), std::size_t(7));
        QCOMPARE(std::get<int64_t>(entries[0].second.data), int64_t(7));
        QCOMPARE(std::get<double>(entries[1].second.data), 0.5);
        QCOMPARE(*entries[2].second.text(), std::string("adam"));
        QCOMPARE(std::get<bool>(entries[3].second.data), true);
        QVERIFY(std::holds_alternative<std::monostate>(entries[4].second.data));
        QCOMPARE(std::get<pth::Value::List>(entries[5].second.data).size(), std::size_t(2));
        QCOMPARE(std::get<int64_t>(entries[6].second.data), int64_t(-1));
    }

    void parametersAndNestedDictionariesAreFlattened()
    {
        std::string tensor = tensorPickle(1, 0, number(1), number(1));
        tensor = tensor.substr(2 + 1, tensor.size() - 5);  // without the start, "}" and "s."
        const std::string pickle = kStart + "}" + text("state") + "}" + tensor + "ss.";
        const auto tensors = pth::flatten(readBytes(zipWith(pickle, floats({3}))), "memory");
        QCOMPARE(tensors.size(), std::size_t(1));
        QCOMPARE(tensors[0].first, std::string("state.w"));

        const std::string parameter = kStart + "}" + text("w") + "ctorch._utils\n_rebuild_parameter\n(" + tensor.substr(text("w").size()) + "\x88}tRs.";
        QCOMPARE(pth::flatten(readBytes(zipWith(parameter, floats({3}))), "memory").size(), std::size_t(1));
    }

    void refusesCodeByName_data()
    {
        QTest::addColumn<QByteArray>("pickle");
        QTest::addColumn<QByteArray>("name");
        const auto row = [](const char* title, const std::string& pickle, const char* name) { QTest::newRow(title) << QByteArray::fromStdString(pickle) << QByteArray(name); };
        row("os.system", kStart + "cposix\nsystem\n(" + text("touch /tmp/owned") + "tR.", "posix.system");
        row("eval", kStart + "c__builtin__\neval\n(" + text("1") + "tR.", "__builtin__.eval");
        row("stack global", std::string("\x80\x04", 2) + "\x8c\x02os\x8c\x06system\x93.", "os.system");
        row("whole module", kStart + "cmodel.networks\nGenerator\n)R.", "model.networks.Generator");
        row("torch function", kStart + "ctorch.hub\nload\n)R.", "torch.hub.load");
        row("near name", kStart + "ctorch._utils\n_rebuild_tensor_v9\n)R.", "torch._utils._rebuild_tensor_v9");
        row("foreign storage", kStart + "ctorch\nComplexFloatStorage\n.", "torch.ComplexFloatStorage");
        row("only named", kStart + "csubprocess\nPopen\n.", "subprocess.Popen");
    }
    void refusesCodeByName()
    {
        QFETCH(QByteArray, pickle);
        QFETCH(QByteArray, name);
        const std::string found = problem(zipWith(pickle.toStdString()));
        QVERIFY2(found.find(name.toStdString()) != std::string::npos, found.c_str());
    }

    void refusesUnsafeOpcodes()
    {
        VERIFY_PROBLEM(zipWith(kStart + "(i__main__\nX\n."), "opcode");       // INST
        VERIFY_PROBLEM(zipWith(kStart + "(" + text("x") + "o."), "opcode");  // OBJ
        VERIFY_PROBLEM(zipWith(kStart + "}\x81."), "opcode");                // NEWOBJ
        VERIFY_PROBLEM(zipWith(kStart + "\x82\x01."), "opcode");             // EXT1
        VERIFY_PROBLEM(zipWith(kStart + "ctorch\nFloatStorage\n)R."), "torch.FloatStorage");
    }

    void refusesTruncatedFiles()
    {
        for (const char* file : {"/g3an_official_zip.pth", "/g3an_official_legacy.pth"}) {
            const std::string whole = readFile(std::string(KINORA_TEST_DATA) + file);
            for (const std::size_t size : {std::size_t(0), std::size_t(1), std::size_t(2), std::size_t(14), std::size_t(15), std::size_t(100), whole.size() / 3, whole.size() / 2, whole.size() - 1})
                QVERIFY2(!problem(whole.substr(0, size)).empty(), std::to_string(size).c_str());
        }
        VERIFY_PROBLEM(readFile(KINORA_TEST_DATA "/g3an_official_legacy.pth") + "x", "surplus");
        VERIFY_PROBLEM("hello, I am no checkpoint", "no PyTorch checkpoint");
    }

    void noDamagedByteCrashes()
    {
        // every result is fine but a crash or another exception type
        for (const char* file : {"/g3an_official_zip.pth", "/g3an_official_legacy.pth"}) {
            const std::string whole = readFile(std::string(KINORA_TEST_DATA) + file);
            std::mt19937 random(1);
            for (int round = 0; round < 300; ++round) {
                std::string bytes = whole;
                const std::size_t near = round % 2 ? 30000 : bytes.size();  // the object lies at the front
                for (int hits = 0; hits < 3; ++hits) bytes[random() % std::min(near, bytes.size())] = static_cast<char>(random());
                problem(bytes);
            }
        }
    }

    void refusesLyingZips()
    {
        const std::string good = zipWith(tensorPickle(2, 0, number(2), number(1)), floats({1, 2}));
        QCOMPARE(problem(good), std::string());

        VERIFY_PROBLEM(zipOf({{"archive/data.pkl", kStart + "}."}}, 8), "compressed entry 'archive/data.pkl'");
        VERIFY_PROBLEM(zipOf({{"archive/other", "x"}}), "data.pkl");
        VERIFY_PROBLEM(zipOf({{"archive/data.pkl", kStart + "}."}, {"archive/byteorder", "big"}}), "big-endian");
        VERIFY_PROBLEM(zipOf({{"a/data.pkl", kStart + "}."}, {"a/data.pkl", kStart + "}."}}), "two entries");

        std::string flipped = good;
        flipped[flipped.find(floats({1, 2}))] ^= 1;
        VERIFY_PROBLEM(flipped, "checksum");

        const std::size_t end = good.size() - 22;
        const auto patched = [&](std::size_t at, std::uint32_t value) {
            std::string bytes = good;
            std::memcpy(bytes.data() + at, &value, 4);
            return bytes;
        };
        QVERIFY(!problem(patched(end + 16, 0x7fffffff)).empty());  // directory outside the file
        QVERIFY(!problem(patched(end + 12, 0x7fffffff)).empty());  // directory larger than the file
        QVERIFY(!problem(patched(end + 8, 0xfffffffe)).empty());   // more entries than fit
        std::uint32_t directory = 0;
        std::memcpy(&directory, good.data() + end + 16, 4);
        QVERIFY(!problem(patched(directory + 24, 0x7fffffff)).empty());  // one size
        std::string both = patched(directory + 24, 0x7fffffff);
        const std::uint32_t huge = 0x7fffffff;
        std::memcpy(both.data() + directory + 20, &huge, 4);
        VERIFY_PROBLEM(both, "does not fit");                            // both sizes
        QVERIFY(!problem(patched(directory + 42, 0x7ffffff0)).empty());  // offset outside the file
        QVERIFY(!problem(patched(directory + 42, 3)).empty());           // offset at something else
        VERIFY_PROBLEM(patched(directory + 24, 0xffffffff), "two different sizes");  // zip64 without its field
    }

    void refusesTensorsOutsideTheirStorage()
    {
        const std::string data = floats({1, 2, 3, 4});
        const auto problemOf = [&](std::int32_t count, std::int32_t offset, const std::string& size, const std::string& stride) { return problem(zipWith(tensorPickle(count, offset, size, stride), data)); };
        QCOMPARE(problemOf(4, 0, number(4), number(1)), std::string());
        QVERIFY(problemOf(4, 1, number(4), number(1)).find("outside") != std::string::npos);
        QVERIFY(problemOf(4, -1, number(2), number(1)).find("outside") != std::string::npos);
        QVERIFY(problemOf(4, 0, number(2), number(-1)).find("outside") != std::string::npos);
        QVERIFY(problemOf(4, 0, number(2), number(4)).find("outside") != std::string::npos);
        QVERIFY(problemOf(4, 0, number(-2), number(1)).find("negative") != std::string::npos);
        QVERIFY(problemOf(4, 0, number(2), "").find("differ") != std::string::npos);
        QVERIFY(problemOf(5, 0, number(5), number(1)).find("bytes") != std::string::npos);   // more numbers than stored
        QVERIFY(problemOf(3, 0, number(3), number(1)).find("bytes") != std::string::npos);   // fewer
        QVERIFY(problemOf(-1, 0, number(1), number(1)).find("negative") != std::string::npos);
        QCOMPARE(problemOf(4, 9, number(0) + number(3), number(-5) + number(7)), std::string());  // nothing in it to reach
        QVERIFY(!problemOf(4, 0, number(0) + number(0x7fffffff) + number(0x7fffffff) + number(0x7fffffff), number(1) + number(1) + number(1) + number(1)).empty());
        // 2^31 x 2^31 x 2^31 elements of a stride-0 tensor overflow; 2^30 bytes of one are a bomb
        const std::string most = number(0x7fffffff), zero = number(0);
        QVERIFY(!problemOf(4, 0, most + most + most, zero + zero + zero).empty());
        QVERIFY(problemOf(4, 0, number(1 << 15) + number(1 << 15), zero + zero).find("MB") != std::string::npos);
    }

    void refusesBombs()
    {
        // lists nested a million deep
        std::string deep = kStart + std::string(1'000'000, ']') + std::string(999'999, 'a') + ".";
        VERIFY_PROBLEM(zipWith(deep), "deep");
        // a list inside itself
        VERIFY_PROBLEM(zipWith(kStart + std::string("]q\x01h\x01" "a.")), "deep");
        // each list holds the one before ten times: 10^20 values
        std::string laughs = kStart + "]";
        for (char slot = 1; slot <= 20; ++slot) {
            laughs += std::string("q") + slot + "0](";
            for (int i = 0; i < 10; ++i) laughs += std::string("h") + slot;
            laughs += "e";
        }
        VERIFY_PROBLEM(zipWith(laughs + "."), "more than");
        // lengths that are not there
        VERIFY_PROBLEM(zipWith(kStart + "X\xff\xff\xff\x7f" "abc."), "truncated");
        VERIFY_PROBLEM(zipWith(kStart + std::string("\x8a\xff", 2) + "."), "64 bits");
        VERIFY_PROBLEM(zipWith(kStart + "0."), "takes more values");
        VERIFY_PROBLEM(zipWith(kStart + "h\x05."), "recalls");
        VERIFY_PROBLEM(zipWith(kStart + "}K\x01" "a."), "no list");
    }

    void aLegacyStorageMustBeThere()
    {
        std::string bytes = readFile(KINORA_TEST_DATA "/g3an_official_legacy.pth");
        std::string version = bytes;
        const std::string marker("M\xe9\x03", 3);
        version.replace(version.find(marker), 3, std::string("M\xea\x03", 3));
        VERIFY_PROBLEM(version, "version");
        std::string location = bytes;
        replaceAll(location, "cuda:0", "cuda:9");  // the device does not matter
        QCOMPARE(problem(location), std::string());
        std::string type = bytes;
        replaceAll(type, "FloatStorage", "FloatStorbge");
        VERIFY_PROBLEM(type, "torch.FloatStorbge");
    }

    void filesAreNamedInErrors()
    {
        QTemporaryDir folder;
        const std::string path = folder.filePath("broken.pth").toStdString();
        writeFile(path, "PK\x03\x04 nothing");
        try {
            pth::read(path);
            QFAIL("no error");
        } catch (const Error& error) {
            QCOMPARE(error.subject(), path);
        }
        QVERIFY_EXCEPTION_THROWN(pth::read(folder.filePath("missing.pth").toStdString()), Error);
    }
};

QTEST_APPLESS_MAIN(TestPth)
#include "tst_pth.moc"
