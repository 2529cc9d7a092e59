// The engine's service over real pipes, with the toy systems: what docs/protocol.md promises.
#include <torch/torch.h>

#include <QtTest>

#include <thread>

#include <unistd.h>

#include "core/coding/clip_coding.h"
#include "core/protocol/message.h"
#include "core/system/checkpoint.h"
#include "core/system/generation.h"
#include "core/serve/serve.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/outcome.h"
#include "tests/support/test_clips.h"
#include "tests/support/toy_systems.h"

using namespace kinora;
using nlohmann::json;

namespace {
/// A server in a thread of its own and the client's ends of its pipes.
class Service {
public:
    explicit Service(std::function<std::shared_ptr<Judge>(const std::string&)> judge = {})
    {
        if (::pipe(m_in) != 0 || ::pipe(m_out) != 0) qFatal("no pipes");
        m_thread = std::thread([this, judge = std::move(judge)] {
            EngineServer::Setup setup;
            setup.judge = judge;
            setup.catalogue = &test::toyCatalogue();
            setup.device = "cpu";
            setup.openDataset = [](const std::string& name) -> std::shared_ptr<const ClipSource> {
                if (name != "test:clips") throw Error(ErrorCode::NotFound, "there is no such dataset", name);
                return std::make_shared<test::TestClips>();
            };
            setup.input = m_in[0];
            setup.output = m_out[1];
            m_ended = attempt([&] {
                EngineServer(std::move(setup)).run();
                return 0;
            });
            ::close(m_out[1]);
        });
    }
    ~Service() { finish(); }
    void raw(const std::string& bytes)
    {
        if (::write(m_in[1], bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) qFatal("the service does not read");
    }
    void send(const json& header, const std::string& payload = {}) { raw(protocol::encode(header, payload)); }
    protocol::Message receive()
    {
        for (;;) {
            if (auto message = m_decoder.next()) return std::move(*message);
            char block[65536];
            const ssize_t size = ::read(m_out[0], block, sizeof block);
            if (size <= 0) return {{{"answer", "end"}}, {}};
            m_decoder.append({block, static_cast<std::size_t>(size)});
        }
    }
    protocol::Message ask(json header, const std::string& payload = {})
    {
        header["stamp"] = ++m_stamp;
        send(header, payload);
        return receive();
    }
    Outcome<int> finish()
    {
        if (m_in[1] >= 0) ::close(std::exchange(m_in[1], -1));
        if (m_thread.joinable()) {
            m_thread.join();
            ::close(m_in[0]);
            ::close(m_out[0]);
        }
        return m_ended;
    }

private:
    int m_in[2], m_out[2];
    std::thread m_thread;
    Outcome<int> m_ended{0};
    protocol::Decoder m_decoder;
    std::int64_t m_stamp = 0;
};

std::string errorOf(const protocol::Message& message) { return message.header.contains("error") ? message.header["error"]["code"].get<std::string>() : std::string(); }
}  // namespace

class TestServe final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void describesEverySystem();
    void everyControlKindReachesTheSystem_data();
    void everyControlKindReachesTheSystem();
    void picturesOfADataset();
    void theNewestRequestWins();
    void oneBadRequestHarmsNoOther();
    void aHostileStreamEndsTheService();
    void endOfInputEndsQuietly();
    void aJudgeReadsClips();

private:
    std::string checkpointOf(const std::string& id);
    QTemporaryDir m_dir;
};

std::string TestServe::checkpointOf(const std::string& id)
{
    const std::string path = m_dir.filePath(QString::fromStdString(id + ".safetensors")).toStdString();
    if (!std::filesystem::exists(path)) {
        torch::manual_seed(3);
        const auto system = findSystem(test::toyCatalogue(), id).create({});
        writeFile(path, serializeWeights(*system, {}, true, false));
    }
    return path;
}

void TestServe::aJudgeReadsClips()
{
    const std::filesystem::path file = Places::resources() / "judges" / "faces.safetensors";
    if (!std::filesystem::exists(file)) QSKIP("the judge of the built-in faces is not there");
    Frames clip(16, 32, 32);
    for (std::size_t i = 0; i < clip.bytes().size(); ++i) clip.bytes()[i] = static_cast<std::uint8_t>(i * 7919 % 251);
    Frames other = clip;
    std::ranges::reverse(other.bytes());
    std::string payload(reinterpret_cast<const char*>(clip.bytes().data()), clip.bytes().size());
    payload.append(reinterpret_cast<const char*>(other.bytes().data()), other.bytes().size());
    int asked = 0;
    Service service([&](const std::string& dataset) -> std::shared_ptr<Judge> {
        ++asked;
        if (!dataset.empty()) throw Error(ErrorCode::Incompatible, "of no built-in dataset");
        return std::make_shared<Judge>(file);
    });
    const std::int64_t handle = service.ask({{"request", "open"}, {"checkpoint", checkpointOf("toy_class")}}).header.at("checkpoint");
    const json wanted{{"request", "judge"}, {"checkpoint", handle}, {"clips", 2}, {"count", 16}, {"height", 32}, {"width", 32}};
    const json answer = service.ask(wanted, payload).header;
    QVERIFY2(!answer.contains("error"), answer.dump().c_str());
    Judge judge(file);
    const torch::Tensor read = judge.read({clip, other});
    QCOMPARE(answer["factors"].size(), judge.factors().size());
    for (std::size_t k = 0; k < judge.factors().size(); ++k) {
        QCOMPARE(answer["factors"][k]["name"].get<std::string>(), judge.factors()[k].name);
        for (int i = 0; i < 2; ++i) QCOMPARE(answer["readings"][static_cast<std::size_t>(i)][k].get<double>(), read[i][static_cast<std::int64_t>(k)].item<double>());
    }
    QVERIFY(!(read[0].equal(read[1])));
    service.ask(wanted, payload);
    QCOMPARE(asked, 1);  // it is kept
    QCOMPARE(errorOf(service.ask(wanted, payload.substr(1))), std::string("damaged"));
    json few = wanted;
    few["count"] = 1;
    QCOMPARE(errorOf(service.ask(few, payload)), std::string("usage"));
    // without judges
    Service plain;
    json alone = wanted;
    alone["checkpoint"] = plain.ask({{"request", "open"}, {"checkpoint", checkpointOf("toy_class")}}).header.at("checkpoint");
    QCOMPARE(errorOf(plain.ask(alone, payload)), std::string("incompatible"));
}

void TestServe::initTestCase() { at::set_num_threads(1); }

void TestServe::describesEverySystem()
{
    Service service;
    const json hello = service.ask({{"request", "hello"}}).header;
    QCOMPARE(hello["protocol"].get<int>(), protocol::kVersion);
    QCOMPARE(hello["device"].get<std::string>(), std::string("cpu"));
    const json described = service.ask({{"request", "describe"}}).header;
    QCOMPARE(described["systems"].size(), test::toyCatalogue().size());
    for (std::size_t i = 0; i < test::toyCatalogue().size(); ++i)
        QCOMPARE(systemFromJson(described["systems"][i]).controls.size(), test::toyCatalogue()[i].description.controls.size());
    QVERIFY(service.ask({{"request", "shutdown"}}).header["answer"] == "shutdown");
    QVERIFY(service.finish());
}

void TestServe::everyControlKindReachesTheSystem_data()
{
    QTest::addColumn<QString>("id");
    for (const SystemEntry& entry : test::toyCatalogue()) QTest::newRow(entry.description.id.c_str()) << QString::fromStdString(entry.description.id);
}

void TestServe::everyControlKindReachesTheSystem()
{
    QFETCH(QString, id);
    Service service;
    const json opened = service.ask({{"request", "open"}, {"checkpoint", checkpointOf(id.toStdString())}}).header;
    QVERIFY2(!opened.contains("error"), opened.dump().c_str());
    const SystemDescription description = systemFromJson(opened["system"]);
    const int handle = opened["checkpoint"].get<int>(), frames = description.length.trained;
    QCOMPARE(opened["hash"].get<std::string>(), sha256File(checkpointOf(id.toStdString())));

    const json drawn = service.ask({{"request", "draw"}, {"checkpoint", handle}, {"role", "both"}, {"seed", 5}, {"frames", frames}}).header;
    json clip = drawn["clips"][0];
    ControlValues expected = controlValuesFromJson(clip);
    json pictures = json::array();
    std::string payload;
    for (const Control& control : description.controls) {
        if (!givenControl(control.kind)) continue;
        const bool maps = control.kind == ControlKind::MapSequence;
        const int height = control.height ? control.height : description.height, width = control.width ? control.width : description.width;
        const int count = maps ? control.steps.stepsFor(frames) : control.kind == ControlKind::Image ? 1 : control.count, channels = maps ? 1 : 3;
        std::vector<std::uint8_t> bytes(std::size_t(count) * height * width * channels);
        for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(maps ? i / 3 % std::max(1, control.size) : i * 7);
        pictures.push_back({{"clip", 0}, {"control", control.id}, {"count", count}, {"height", height}, {"width", width}, {"channels", channels}, {"type", "uint8"}});
        payload.append(bytes.begin(), bytes.end());
        ControlValue& value = expected[control.id];
        if (maps) {
            value.steps = count;
            value.numbers.clear();
            const std::size_t area = std::size_t(height) * width;
            for (int t = 0; t < count; ++t)
                for (int c = 0; c < control.size; ++c)
                    for (std::size_t at = 0; at < area; ++at) value.numbers.push_back(mapNumber(bytes[t * area + at], control.size > 1, c));
        } else {
            value.frames = std::make_shared<const Frames>(count, height, width, bytes);
        }
    }
    const protocol::Message answer =
        service.ask({{"request", "generate"}, {"checkpoint", handle}, {"clips", {clip}}, {"frames", frames}, {"seed", 9}, {"pictures", pictures}}, payload);
    QVERIFY2(!answer.header.contains("error"), answer.header.dump().c_str());

    // the same call in this process
    const auto system = openCheckpoint(test::toyCatalogue(), checkpointOf(id.toStdString()), torch::kCPU);
    const std::vector<Frames> wanted = generateClips(*system, {{expected}, frames, 9, PixelRange::Fixed});
    QCOMPARE(answer.header["frames"].get<int>(), wanted.front().count());
    QVERIFY(std::ranges::equal(answer.payload, wanted.front().bytes()));

    // coded, and measured
    const protocol::Message hello = service.ask({{"request", "hello"}});
    QCOMPARE(hello.header["codings"].dump(), std::string(R"(["raw","lossless-1","preview-1"])"));
    QVERIFY(opened["parameters"].get<std::int64_t>() > 0 && opened["weight_bytes"].get<std::int64_t>() >= 4 * opened["parameters"].get<std::int64_t>());
    const protocol::Message coded =
        service.ask({{"request", "generate"}, {"checkpoint", handle}, {"clips", {clip}}, {"frames", frames}, {"seed", 9}, {"pictures", pictures}, {"coding", "lossless-1"}, {"measure", true}}, payload);
    QVERIFY2(!coded.header.contains("error"), coded.header.dump().c_str());
    QCOMPARE(coded.header["sizes"][0].get<std::size_t>(), coded.payload.size());
    QVERIFY(coded.header["peak_bytes"].get<std::int64_t>() >= static_cast<std::int64_t>(4 * answer.payload.size()));  // the clip itself, in float32
    const std::string_view bytesOf(reinterpret_cast<const char*>(coded.payload.data()), coded.payload.size());
    QVERIFY(decodeClip(bytesOf, ClipCoding::Lossless, wanted.front().count(), wanted.front().height(), wanted.front().width()) == wanted.front());
    QCOMPARE(errorOf(service.ask({{"request", "generate"}, {"checkpoint", handle}, {"clips", {clip}}, {"frames", frames}, {"pictures", pictures}, {"coding", "zip"}}, payload)), std::string("usage"));

    for (const Control& control : description.controls) {
        const protocol::Message directions = service.ask({{"request", "directions"}, {"checkpoint", handle}, {"control", control.id}, {"count", 3}, {"samples", 32}, {"seed", 1}});
        const bool gaussian = control.kind == ControlKind::GaussianVector || control.kind == ControlKind::GaussianSequence;
        const bool given = std::ranges::any_of(description.controls, [](const Control& c) { return givenControl(c.kind); });
        // the toys name no weights: that is said, and so is a kind that there is not
        QCOMPARE(errorOf(service.ask({{"request", "directions"}, {"checkpoint", handle}, {"control", control.id}, {"kind", "closed_form"}, {"count", 3}})), std::string("usage"));
        QCOMPARE(errorOf(service.ask({{"request", "directions"}, {"checkpoint", handle}, {"control", control.id}, {"kind", "best"}})), std::string("usage"));
        if (!gaussian) QCOMPARE(errorOf(directions), std::string("usage"));
        else if (!given) {
            QVERIFY2(!directions.header.contains("error"), directions.header.dump().c_str());
            for (const json& vector : directions.header["vectors"]) {
                double norm = 0;
                for (const json& x : vector) norm += x.get<double>() * x.get<double>();
                QVERIFY(std::abs(norm - 1) < 1e-4);
            }
        }
    }
}

void TestServe::picturesOfADataset()
{
    Service service;
    const json opened = service.ask({{"request", "open"}, {"checkpoint", checkpointOf("toy_frames")}}).header;
    const SystemDescription description = systemFromJson(opened["system"]);
    const int handle = opened["checkpoint"].get<int>();
    const auto control = std::ranges::find(description.controls, "start", &Control::id);
    const protocol::Message message = service.ask({{"request", "given"}, {"checkpoint", handle}, {"control", "start"}, {"dataset", "test:clips"}, {"count", 5}});
    QVERIFY2(errorOf(message).empty(), message.header.dump().c_str());
    QCOMPARE(message.header["clips"].get<int>(), 5);
    QCOMPARE(message.header["frames"].get<int>(), control->count);
    // clips 0, 2, 4, 7, 9 of 12: spread over the dataset, the first frames of each
    const test::TestClips source;
    std::string expected;
    for (const int clip : {0, 2, 4, 7, 9}) {
        const Frames frames = source.frames(clip, {0, control->count, 1});
        expected.append(reinterpret_cast<const char*>(frames.bytes().data()), frames.bytes().size());
    }
    QCOMPARE(message.header["names"].size(), std::size_t(5));
    QVERIFY(std::string(message.payload.begin(), message.payload.end()) == expected);
    QCOMPARE(service.ask({{"request", "given"}, {"checkpoint", handle}, {"control", "start"}, {"dataset", "test:clips"}, {"count", 100}}).header["clips"].get<int>(), 12);
    QCOMPARE(errorOf(service.ask({{"request", "given"}, {"checkpoint", handle}, {"control", "zm"}, {"dataset", "test:clips"}})), std::string("usage"));
    QCOMPARE(errorOf(service.ask({{"request", "given"}, {"checkpoint", handle}, {"control", "start"}, {"dataset", "elsewhere"}})), std::string("not_found"));
    QCOMPARE(errorOf(service.ask({{"request", "given"}, {"checkpoint", handle}, {"control", "start"}})), std::string("not_found"));  // a checkpoint that knows no dataset
    QCOMPARE(errorOf(service.ask({{"request", "given"}, {"checkpoint", handle}, {"control", "start"}, {"count", 0}})), std::string("usage"));
}

void TestServe::theNewestRequestWins()
{
    Service service;
    const std::string id = "toy_frames";
    const json opened = service.ask({{"request", "open"}, {"checkpoint", checkpointOf(id)}}).header;
    const SystemDescription description = systemFromJson(opened["system"]);
    // a slow request first, then many that overtake each other; every one is answered, the last with clips
    const auto request = [&](int stamp, int clips) {
        json list = json::array(), pictures = json::array();
        std::string payload;
        Random random(static_cast<std::uint64_t>(stamp));
        for (int i = 0; i < clips; ++i) {
            json clip = json::object();
            for (const Control& control : description.controls) {
                if (!givenControl(control.kind)) {
                    clip[control.id] = toJson(drawControl(control, description.length.trained, random));
                    continue;
                }
                const int height = control.height ? control.height : description.height, width = control.width ? control.width : description.width;
                const int count = control.kind == ControlKind::Image ? 1 : control.count;
                pictures.push_back({{"clip", i}, {"control", control.id}, {"count", count}, {"height", height}, {"width", width}});
                payload += std::string(std::size_t(count) * height * width * 3, '\x40');
            }
            list.push_back(clip);
        }
        service.send({{"request", "generate"}, {"stamp", stamp}, {"checkpoint", opened["checkpoint"]}, {"clips", list}, {"frames", description.length.trained}, {"pictures", pictures}}, payload);
    };
    request(100, 400);
    for (int stamp = 101; stamp <= 120; ++stamp) request(stamp, 1);
    std::map<int, std::string> answers;
    while (answers.size() < 21) {
        const protocol::Message message = service.receive();
        const int stamp = message.header["stamp"].get<int>();
        QVERIFY(!answers.contains(stamp));
        answers[stamp] = errorOf(message);
    }
    QCOMPARE(answers[120], std::string());
    int cancelled = 0;
    for (const auto& [stamp, error] : answers) cancelled += error == "cancelled";
    QVERIFY2(cancelled >= 1, "nothing was overtaken");
    for (const auto& [stamp, error] : answers) QVERIFY(error.empty() || error == "cancelled");

    request(200, 800);
    service.send({{"request", "cancel"}, {"stamp", 201}, {"target", 200}});
    std::map<int, std::string> last;
    while (last.size() < 2) {
        const protocol::Message message = service.receive();
        last[message.header["stamp"].get<int>()] = errorOf(message);
    }
    QCOMPARE(last[200], std::string("cancelled"));
    QCOMPARE(last[201], std::string());
}

void TestServe::oneBadRequestHarmsNoOther()
{
    Service service;
    const std::string path = checkpointOf("toy_class");
    const json opened = service.ask({{"request", "open"}, {"checkpoint", path}}).header;
    const json handle = opened["checkpoint"];
    QCOMPARE(errorOf(service.ask({{"request", "fly"}, {"checkpoint", handle}})), std::string("usage"));
    QCOMPARE(errorOf(service.ask({{"request", "generate"}, {"checkpoint", 99}, {"clips", json::array({json::object()})}})), std::string("usage"));
    QCOMPARE(errorOf(service.ask({{"request", "generate"}, {"checkpoint", handle}})), std::string("usage"));
    QCOMPARE(errorOf(service.ask({{"request", "generate"}, {"checkpoint", handle}, {"clips", json::array({json::object()})}})), std::string("shape_mismatch"));
    QCOMPARE(errorOf(service.ask({{"request", "generate"}, {"checkpoint", handle}, {"clips", json::array({json::object()})}, {"frames", 100000}})), std::string("usage"));
    QCOMPARE(errorOf(service.ask({{"request", "generate"}, {"checkpoint", handle}, {"clips", json::array({json::object()})}}, "stray bytes")), std::string("damaged"));
    QCOMPARE(errorOf(service.ask({{"request", "open"}, {"checkpoint", path + ".none"}})), std::string("not_found"));
    QCOMPARE(errorOf(service.ask({{"request", "open"}, {"checkpoint", 7}})), std::string("usage"));
    service.send({{"stamp", "text"}});
    QCOMPARE(errorOf(service.receive()), std::string("usage"));
    QVERIFY(errorOf(service.ask({{"request", "matrix"}, {"checkpoint", handle}, {"rows", 2}, {"columns", 3}})).empty());
    QVERIFY(errorOf(service.ask({{"request", "close"}, {"checkpoint", handle}})).empty());
    QCOMPARE(errorOf(service.ask({{"request", "draw"}, {"checkpoint", handle}})), std::string("usage"));
}

void TestServe::aHostileStreamEndsTheService()
{
    Service service;
    QVERIFY(service.ask({{"request", "hello"}}).header.contains("pid"));
    service.raw("KNR1" + std::string(12, '\xff'));
    QCOMPARE(errorOf(service.receive()), std::string("damaged"));
    QCOMPARE(service.receive().header["answer"].get<std::string>(), std::string("end"));
    const Outcome<int> ended = service.finish();
    QVERIFY(!ended && ended.error().code() == ErrorCode::Damaged);
}

void TestServe::endOfInputEndsQuietly()
{
    Service service;
    service.ask({{"request", "hello"}});
    QVERIFY(service.finish());
}

QTEST_APPLESS_MAIN(TestServe)
#include "tst_serve.moc"
