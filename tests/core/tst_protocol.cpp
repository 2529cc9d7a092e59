#include <QtTest>

#include "core/protocol/message.h"
#include "core/util/error.h"

using namespace kinora;

class TestProtocol final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void roundTripByteByByte();
    void skipsABannerBeforeTheFirstMessageOnly();
    void refusesHostileStreams_data();
    void refusesHostileStreams();
    void refusesDeepNesting();
};

void TestProtocol::roundTripByteByByte()
{
    const std::string payload("\0\1\2KNR1\xff", 8);
    const std::string stream = protocol::encode({{"request", "generate"}, {"stamp", 3}, {"clips", {1.5, -2.0}}}, payload) + protocol::encode({{"request", "hello"}, {"stamp", 4}});
    protocol::Decoder decoder;
    std::vector<protocol::Message> got;
    for (const char c : stream) {
        decoder.append({&c, 1});
        while (auto message = decoder.next()) got.push_back(std::move(*message));
    }
    QCOMPARE(got.size(), std::size_t(2));
    QCOMPARE(got[0].header["stamp"].get<int>(), 3);
    QCOMPARE(std::string(got[0].payload.begin(), got[0].payload.end()), payload);
    QCOMPARE(got[1].header["request"].get<std::string>(), std::string("hello"));
    QVERIFY(got[1].payload.empty());
}

void TestProtocol::skipsABannerBeforeTheFirstMessageOnly()
{
    protocol::Decoder decoder;
    decoder.append("Welcome to gpu-host!\nKNR");
    QVERIFY(!decoder.next());
    decoder.append("x\n" + protocol::encode({{"answer", "hello"}, {"stamp", 1}}));
    QVERIFY(decoder.next().has_value());
    decoder.append("stray output");
    QVERIFY_EXCEPTION_THROWN(decoder.next(), Error);
}

void TestProtocol::refusesHostileStreams_data()
{
    QTest::addColumn<QByteArray>("bytes");
    const auto little = [](std::uint64_t value, int width) {
        QByteArray out;
        for (int i = 0; i < width; ++i) out += static_cast<char>(value >> (8 * i));
        return out;
    };
    QTest::newRow("64 KiB of nothing") << QByteArray(70000, 'a');
    QTest::newRow("header over 1 MiB") << QByteArray("KNR1") + little((1u << 20) + 1, 4) + little(0, 8);
    QTest::newRow("payload of 2^63") << QByteArray("KNR1") + little(1, 4) + little(1ULL << 63, 8) + QByteArray("\x80", 1);
    QTest::newRow("header is a list") << QByteArray("KNR1") + little(1, 4) + little(0, 8) + QByteArray("\x90", 1);
    QTest::newRow("header is torn") << QByteArray("KNR1") + little(1, 4) + little(0, 8) + QByteArray("\x81", 1);
    QTest::newRow("header has surplus bytes") << QByteArray("KNR1") + little(2, 4) + little(0, 8) + QByteArray("\x80\x80", 2);
    QTest::newRow("map of four billion") << QByteArray("KNR1") + little(5, 4) + little(0, 8) + QByteArray("\xdf\xff\xff\xff\xff", 5);
}

void TestProtocol::refusesHostileStreams()
{
    QFETCH(QByteArray, bytes);
    protocol::Decoder decoder;
    decoder.append({bytes.constData(), static_cast<std::size_t>(bytes.size())});
    QVERIFY_EXCEPTION_THROWN(decoder.next(), Error);
}

void TestProtocol::refusesDeepNesting()
{
    QVERIFY_EXCEPTION_THROWN(protocol::decodeHeader(std::string(200000, '\x91')), Error);
    QVERIFY_EXCEPTION_THROWN(protocol::decodeHeader("\x81\xa1k" + std::string(200000, '\x91')), Error);
    nlohmann::json nested = 1;
    for (int i = 0; i < protocol::kMaxDepth - 1; ++i) nested = nlohmann::json::array({nested});
    const std::vector<std::uint8_t> fits = nlohmann::json::to_msgpack({{"k", nested}});
    QVERIFY(protocol::decodeHeader({reinterpret_cast<const char*>(fits.data()), fits.size()}).contains("k"));
    const std::vector<std::uint8_t> over = nlohmann::json::to_msgpack({{"k", nlohmann::json::array({nested})}});
    QVERIFY_EXCEPTION_THROWN(protocol::decodeHeader({reinterpret_cast<const char*>(over.data()), over.size()}), Error);
}

QTEST_APPLESS_MAIN(TestProtocol)
#include "tst_protocol.moc"
