#include "widgets/controllers/engine_client.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QFileInfo>
#include <QPointer>
#include <QProcess>
#include <QThreadPool>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <fstream>

#include "core/coding/clip_coding.h"
#include "core/protocol/message.h"
#include "core/util/file.h"
#include "kinora_version.h"

using nlohmann::json;

namespace {

using FramesPtr = std::shared_ptr<const kinora::Frames>;

constexpr int kQuickDeaths = 4;         // in a row, then it is given up
constexpr qint64 kQuickMs = 5000;       // an engine that died before this was a quick death
constexpr int kWaitsMs[] = {200, 1000, 3000};
constexpr int kGreetingMs = 30000;      // a remote engine that has not said hello by then hangs
constexpr int kRemoteDeaths = 5;        // as the next, where most deaths are the link's
constexpr int kMaxDeathsOfRequest = 2;  // a request that so many engines died of is not tried again
constexpr qsizetype kTailBytes = 4096;  // of standard error that is kept for the message

/// One message of the engine, taken apart off the GUI thread.
struct EngineMessage {
    quint64 launch = 0;  // which engine it came from
    json header;
    std::vector<FramesPtr> clips;
};
using MessagePtr = std::shared_ptr<const EngineMessage>;

/// Cuts the payload of a `generate` answer into clips. \throws Error (Damaged) if its size is not what the header says
std::vector<FramesPtr> clipsOf(const kinora::protocol::Message& message)
{
    const json& header = message.header;
    const auto number = [&](const char* key) {
        const auto found = header.find(key);
        if (found == header.end() || !found->is_number_integer()) throw kinora::Error(kinora::ErrorCode::Damaged, "the answer has no number \"" + std::string(key) + "\"", "engine");
        const auto value = found->get<std::int64_t>();
        if (value < 0 || value > 1'000'000) throw kinora::Error(kinora::ErrorCode::Damaged, "the answer's \"" + std::string(key) + "\" is " + std::to_string(value), "engine");
        return value;
    };
    const std::int64_t count = number("clips"), frames = number("frames"), height = number("height"), width = number("width");
    const kinora::ClipCoding coding = kinora::clipCodingFromName(header.value("coding", "raw"));
    if (coding != kinora::ClipCoding::Raw) {
        const std::vector<std::uint64_t> sizes = header.at("sizes").get<std::vector<std::uint64_t>>();
        if (static_cast<std::int64_t>(sizes.size()) != count) throw kinora::Error(kinora::ErrorCode::Damaged, "the answer's sizes are not those of its clips", "engine");
        std::vector<FramesPtr> clips;
        std::string_view rest(reinterpret_cast<const char*>(message.payload.data()), message.payload.size());
        for (const std::uint64_t size : sizes) {
            if (size > rest.size()) throw kinora::Error(kinora::ErrorCode::Damaged, "the answer's payload is shorter than its clips", "engine");
            clips.push_back(std::make_shared<const kinora::Frames>(
                kinora::decodeClip(rest.substr(0, size), coding, static_cast<int>(frames), static_cast<int>(height), static_cast<int>(width))));
            rest.remove_prefix(size);
        }
        if (!rest.empty()) throw kinora::Error(kinora::ErrorCode::Damaged, "the answer's payload is longer than its clips", "engine");
        return clips;
    }
    // each factor is at most a million, so the product of two fits; the payload bounds the rest
    const std::uint64_t pixels = static_cast<std::uint64_t>(height) * static_cast<std::uint64_t>(width) * 3;
    const std::uint64_t have = message.payload.size();
    const bool fits = count == 0 || frames == 0 || pixels == 0 ? have == 0 : have % pixels == 0 && have / pixels == static_cast<std::uint64_t>(count) * static_cast<std::uint64_t>(frames);
    if (!fits) throw kinora::Error(kinora::ErrorCode::Damaged, "the answer's payload has " + std::to_string(have) + " bytes, not those of its clips", "engine");
    std::vector<FramesPtr> clips;
    if (have == 0) return clips;
    const std::size_t each = static_cast<std::size_t>(pixels) * static_cast<std::size_t>(frames);
    for (std::int64_t index = 0; index < count; ++index) {
        const auto begin = message.payload.begin() + static_cast<std::ptrdiff_t>(each * static_cast<std::size_t>(index));
        clips.push_back(std::make_shared<const kinora::Frames>(static_cast<int>(frames), static_cast<int>(height), static_cast<int>(width),
                                                               std::vector<std::uint8_t>(begin, begin + static_cast<std::ptrdiff_t>(each))));
    }
    return clips;
}

qint64 steadyMs() { return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// Owns the engine's process. Lives in a thread of its own, so that reading and decoding never touch the GUI thread.
class EngineLink final : public QObject {
    Q_OBJECT
public:
    EngineLink()
    {
        // made here, the child moves to the thread together with its parent
        m_process = new QProcess(this);
        m_process->setProcessChannelMode(QProcess::SeparateChannels);
        connect(m_process, &QProcess::started, this, [this] { Q_EMIT launched(m_launch); });
        connect(m_process, &QProcess::readyReadStandardOutput, this, &EngineLink::read);
        connect(m_process, &QProcess::readyReadStandardError, this, &EngineLink::readErrors);
        connect(m_process, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
            if (error == QProcess::FailedToStart) finish(true, m_process->errorString());
        });
        connect(m_process, &QProcess::finished, this, [this](int code, QProcess::ExitStatus status) {
            read();
            readErrors();
            finish(false, status == QProcess::CrashExit ? QStringLiteral("signal %1").arg(code) : QStringLiteral("exit code %1").arg(code));
        });
    }

    void launch(quint64 number, const QString& program, const QStringList& arguments)
    {
        stop();
        m_launch = number;
        m_decoder = kinora::protocol::Decoder();
        m_tail.clear();
        m_over = false;
        m_process->start(program, arguments);
    }

    std::atomic<qint64> received{0};   // bytes
    std::atomic<qint64> heardAt{0};    // by the steady clock, milliseconds

    /// The link is silent: whatever holds it is ended, which is reported as its death.
    void cut(quint64 number)
    {
        if (number == m_launch && m_process->state() != QProcess::NotRunning) m_process->kill();
    }

    void send(quint64 number, const QByteArray& bytes)
    {
        if (number == m_launch && m_process->state() == QProcess::Running) m_process->write(bytes);
    }

    /// Ends the engine: the end of its input is its sign to leave; what does not obey is killed.
    void stop()
    {
        m_over = true;
        if (m_process->state() == QProcess::NotRunning) return;
        m_process->closeWriteChannel();
        if (!m_process->waitForFinished(300)) {
            m_process->kill();
            m_process->waitForFinished(1000);
        }
    }

Q_SIGNALS:
    void launched(quint64 launch);
    void message(const MessagePtr& message);
    void died(quint64 launch, bool neverStarted, const QString& reason, const QString& lastLines);

private:
    void read()
    {
        if (m_over) return;
        const QByteArray bytes = m_process->readAllStandardOutput();
        if (bytes.isEmpty()) return;
        received += bytes.size();
        heardAt = steadyMs();
        try {
            m_decoder.append(std::string_view(bytes.constData(), static_cast<std::size_t>(bytes.size())));
            while (auto next = m_decoder.next()) {
                auto result = std::make_shared<EngineMessage>();
                result->launch = m_launch;
                result->header = std::move(next->header);
                const auto kind = result->header.find("answer");
                if (kind != result->header.end() && (*kind == "generate" || !next->payload.empty()) && !result->header.contains("error")) {
                    const kinora::protocol::Message whole{result->header, std::move(next->payload)};
                    const auto clips = kinora::attempt([&] { return clipsOf(whole); });
                    if (clips)
                        result->clips = clips.value();
                    else
                        result->header["error"] = {{"code", "damaged"}, {"message", clips.error().detail()}, {"subject", "engine"}};
                }
                Q_EMIT message(result);
            }
        } catch (...) {
            const kinora::Error error = kinora::currentError();
            const QString reason = QString::fromUtf8(error.what());
            m_process->kill();
            finish(false, reason);
        }
    }

    void readErrors()
    {
        m_tail += m_process->readAllStandardError();
        if (m_tail.size() > kTailBytes) m_tail = m_tail.right(kTailBytes);
    }

    void finish(bool neverStarted, const QString& reason)
    {
        if (m_over) return;
        m_over = true;
        Q_EMIT died(m_launch, neverStarted, reason, QString::fromLocal8Bit(m_tail).trimmed());
    }

    QProcess* m_process = nullptr;  // child
    kinora::protocol::Decoder m_decoder;
    QByteArray m_tail;
    quint64 m_launch = 0;
    bool m_over = true;  // this launch has been reported, or nobody wants to know
};

template <class T>
T field(const json& header, const char* key, T fallback)
{
    const auto found = header.find(key);
    if (found == header.end() || found->is_null()) return fallback;
    return found->get<T>();
}
QString textField(const json& header, const char* key) { return QString::fromStdString(field<std::string>(header, key, {})); }

Catalogue catalogueFromJson(const json& header)
{
    Catalogue catalogue;
    for (const json& entry : header.at("systems")) catalogue.systems.push_back(kinora::systemFromJson(entry));
    for (const json& entry : header.value("datasets", json::array())) catalogue.datasets.push_back(kinora::datasetFromJson(entry));
    for (const json& entry : header.value("metrics", json::array())) catalogue.metrics.push_back(kinora::metricFromJson(entry));
    for (const json& entry : header.value("training", json::array())) catalogue.training.push_back(kinora::optionFieldFromJson(entry));
    return catalogue;
}

}  // namespace

EngineCommand EngineCommand::local() { return {QString::fromStdString((kinora::Places::programs() / "kinora-engine").string()), {QStringLiteral("serve"), QStringLiteral("--stdio")}}; }

EngineCommand EngineCommand::fromLine(const QString& line)
{
    QStringList parts = QProcess::splitCommand(line.trimmed());
    if (parts.isEmpty()) return local();
    const QString program = parts.takeFirst();
    // a program of ours that is started without anything between is on this computer
    return {program, parts, !QFileInfo(program).fileName().startsWith(QLatin1String("kinora"))};
}

const kinora::SystemDescription* Catalogue::system(const std::string& id) const
{
    const auto found = std::find_if(systems.begin(), systems.end(), [&](const auto& entry) { return entry.id == id; });
    return found == systems.end() ? nullptr : &*found;
}

struct EngineClient::Private {
    using Deliver = std::function<void(const kinora::Outcome<MessagePtr>&)>;
    struct Pending {
        json header;             // without the engine's number of the checkpoint
        int checkpoint = 0;      // a handle; 0: concerns none
        std::string payload;
        Deliver deliver;
        std::function<void(const EngineMessage&)> progressed;  // may be empty
        bool sent = false;
        int deaths = 0;
        bool preview = false;    // of a generate: the frames need not be exact
        bool internal = false;   // the client's own: not repeated for a new engine
        QElapsedTimer since;
    };
    struct Checkpoint {
        QString path;
        kinora::SystemDescription system;
        std::optional<std::int64_t> engineHandle;      // of the present engine
        bool reopening = false;
        std::optional<kinora::Error> problem;          // why it could not be opened again
    };

    Private(EngineClient* owner, EngineCommand start) : q(owner), command(std::move(start)), link(new EngineLink)
    {
        link->moveToThread(&thread);
        QObject::connect(&thread, &QThread::finished, link, &QObject::deleteLater);
        QObject::connect(link, &EngineLink::message, q, [this](const MessagePtr& message) { take(message); }, Qt::QueuedConnection);
        QObject::connect(link, &EngineLink::launched, q, [this](quint64 number) {
            if (number == launch) greet();
        }, Qt::QueuedConnection);
        QObject::connect(link, &EngineLink::died, q, [this](quint64 number, bool never, const QString& reason, const QString& lines) {
            if (number == launch) lost(never, reason, lines);
        }, Qt::QueuedConnection);
        thread.setObjectName(QStringLiteral("engine link"));
        thread.start();
        again.setSingleShot(true);
        QObject::connect(&again, &QTimer::timeout, q, [this] { startEngine(); });
        life.setInterval(5000);
        QObject::connect(&life, &QTimer::timeout, q, [this] { askForLife(); });
        greeting.setSingleShot(true);
        greeting.setInterval(kGreetingMs);
        QObject::connect(&greeting, &QTimer::timeout, q, [this] { silent(); });
    }

    ~Private()
    {
        QMetaObject::invokeMethod(link, &EngineLink::stop, Qt::BlockingQueuedConnection);
        thread.quit();
        thread.wait();
    }

    QString line() const { return QStringList(QStringList(command.program) + command.arguments).join(QLatin1Char(' ')); }

    std::filesystem::path cacheFile() const
    {
        const std::string started = QStringList(QStringList(command.program) + command.arguments).join(QLatin1Char('\n')).toStdString();
        return kinora::Places::cache() / ("catalogue-" KINORA_VERSION "-" KINORA_GIT "-" + kinora::sha256(started).substr(0, 12) + ".json");
    }

    void readCache()
    {
        const auto read = kinora::attempt([&] { return catalogueFromJson(json::parse(kinora::readFile(cacheFile(), 16u << 20))); });
        if (read && !read.value().empty()) q->m_catalogue = read.value();
    }

    void askForLife()
    {
        if (q->m_state != State::Ready) return;
        if (command.remote && steadyMs() - link->heardAt > silentMs) {
            silent();
            return;
        }
        if (asked) return;  // one question at a time: the answer may stand in line behind frames
        asked = true;
        QElapsedTimer since;
        since.start();
        post({{"request", "hello"}}, 0, {}, [this, since](const kinora::Outcome<MessagePtr>& outcome) {
            asked = false;
            if (!outcome) return;
            q->m_roundTripMs = static_cast<double>(since.nsecsElapsed()) * 1e-6;
            Q_EMIT q->linkMeasured();
        }, true);
    }

    void silent()
    {
        quiet = true;
        QMetaObject::invokeMethod(link, [link = link, number = launch] { link->cut(number); }, Qt::QueuedConnection);
    }

    void setState(State state)
    {
        if (state == State::Ready)
            life.start();
        else
            life.stop();
        if (state != State::Starting) greeting.stop();
        if (q->m_state == state) return;
        q->m_state = state;
        Q_EMIT q->stateChanged(state);
    }

    void startEngine()
    {
        again.stop();
        ++launch;
        forget();
        uptime.start();
        quiet = false;
        setState(State::Starting);
        if (command.remote) greeting.start();
        QMetaObject::invokeMethod(link, [link = link, number = launch, command = command] { link->launch(number, command.program, command.arguments); }, Qt::QueuedConnection);
    }

    /// Nothing of the engine before is valid in the next one.
    void forget()
    {
        for (auto& [handle, checkpoint] : checkpoints) {
            checkpoint.engineHandle.reset();
            checkpoint.reopening = false;
            checkpoint.problem.reset();
        }
        asked = false;
        for (auto entry = pending.begin(); entry != pending.end();) {
            entry->second.sent = false;
            entry = entry->second.internal ? pending.erase(entry) : std::next(entry);
        }
    }

    void greet()
    {
        QElapsedTimer since;
        since.start();
        post({{"request", "hello"}}, 0, {}, [this, since](const kinora::Outcome<MessagePtr>& outcome) {
            q->m_roundTripMs = static_cast<double>(since.nsecsElapsed()) * 1e-6;  // with the start of the engine in it; the next sign of life has the link alone
            welcome(outcome);
            askForLife();
        }, true);
    }

    void welcome(const kinora::Outcome<MessagePtr>& outcome)
    {
        if (!outcome) {
            giveUp(QString::fromUtf8(outcome.error().what()));
            return;
        }
        const json& header = outcome.value()->header;
        const int protocol = field<int>(header, "protocol", 0);
        if (protocol != kinora::protocol::kVersion) {
            giveUp(EngineClient::tr("The engine speaks version %1 of the protocol, this window version %2. Use the same release of both.").arg(protocol).arg(kinora::protocol::kVersion));
            return;
        }
        EngineInfo info;
        info.version = textField(header, "version");
        info.device = textField(header, "device");
        info.cuda = textField(header, "cuda");
        info.pid = field<qint64>(header, "pid", 0);
        if (const auto found = header.find("devices"); found != header.end() && found->is_array())
            for (const json& device : *found)
                if (device.is_string()) info.devices << QString::fromStdString(device.get<std::string>());
        if (const auto found = header.find("codings"); found != header.end() && found->is_array())
            for (const json& coding : *found)
                if (coding.is_string()) info.codings << QString::fromStdString(coding.get<std::string>());
        q->m_info = info;
        everReady = true;
        q->m_problem.clear();
        post({{"request", "describe"}}, 0, {}, [this](const kinora::Outcome<MessagePtr>& answer) { learn(answer); }, true);
        for (auto& [handle, checkpoint] : checkpoints) reopen(handle, checkpoint);
        setState(State::Ready);
        flush();
    }

    void learn(const kinora::Outcome<MessagePtr>& outcome)
    {
        if (!outcome) {
            qWarning("describe: %s", outcome.error().what());
            return;
        }
        q->m_catalogue = catalogueFromJson(outcome.value()->header);
        QThreadPool::globalInstance()->start([message = outcome.value(), file = cacheFile()] {
            const auto written = kinora::attempt([&] {
                kinora::writeFile(file, message->header.dump());
                return true;
            });
            if (!written) qWarning("%s", written.error().what());
        });
        Q_EMIT q->catalogueChanged();
    }

    void reopen(int handle, Checkpoint& checkpoint)
    {
        checkpoint.reopening = true;
        post({{"request", "open"}, {"checkpoint", checkpoint.path.toStdString()}}, 0, {},
             [this, handle](const kinora::Outcome<MessagePtr>& outcome) {
                 const auto found = checkpoints.find(handle);
                 if (found == checkpoints.end()) return;
                 found->second.reopening = false;
                 if (outcome)
                     found->second.engineHandle = outcome.value()->header.at("checkpoint").get<std::int64_t>();
                 else
                     found->second.problem = outcome.error();
                 flush();
             },
             true);
    }

    void lost(bool neverStarted, const QString& reason, const QString& lines)
    {
        QString text = neverStarted ? EngineClient::tr("The engine \"%1\" cannot be started: %2.").arg(command.program, reason) : EngineClient::tr("The engine ended unexpectedly (%1).").arg(reason);
        if (command.remote && !neverStarted) text = quiet ? EngineClient::tr("The link to the engine \"%1\" is silent.").arg(line()) : EngineClient::tr("The link to the engine \"%1\" was lost (%2).").arg(line(), reason);
        if (!lines.isEmpty()) text += QLatin1Char('\n') + lines.section(QLatin1Char('\n'), -3);
        q->m_problem = text;
        const bool quick = uptime.elapsed() < kQuickMs;
        deaths = quick ? deaths + 1 : 1;
        // what was under way may be what it died of
        std::vector<Stamp> hopeless;
        for (auto& [stamp, request] : pending)
            if (request.sent && !request.internal && ++request.deaths >= (command.remote ? kRemoteDeaths : kMaxDeathsOfRequest)) hopeless.push_back(stamp);
        forget();
        ++launch;  // nothing that still arrives from it counts
        const bool patient = command.remote && everReady;  // it did work: the link will come back
        if (neverStarted || (deaths >= kQuickDeaths && !patient)) {
            giveUp(text);
            return;
        }
        setState(State::Lost);
        ++q->m_restarts;
        again.start(deaths > static_cast<int>(std::size(kWaitsMs)) ? retryMs : std::min(retryMs, kWaitsMs[std::min<std::size_t>(static_cast<std::size_t>(deaths - 1), std::size(kWaitsMs) - 1)]));
        for (const Stamp stamp : hopeless) answer(stamp, kinora::Error(kinora::ErrorCode::EngineLost, text.section(QLatin1Char('\n'), 0, 0).toStdString()));
    }

    void giveUp(const QString& text)
    {
        ++launch;
        again.stop();
        q->m_problem = text;
        QMetaObject::invokeMethod(link, &EngineLink::stop, Qt::QueuedConnection);
        forget();
        setState(State::Failed);
        failAll(text);
    }

    void failAll(const QString& text)
    {
        std::vector<Stamp> all;
        for (const auto& [stamp, request] : pending) all.push_back(stamp);
        for (const Stamp stamp : all) answer(stamp, kinora::Error(kinora::ErrorCode::EngineLost, text.section(QLatin1Char('\n'), 0, 0).toStdString()));
    }

    /// Takes a request out and calls its reply. A reply may make or cancel other requests.
    void answer(Stamp stamp, const kinora::Outcome<MessagePtr>& outcome)
    {
        auto node = pending.extract(stamp);
        if (node.empty()) return;
        const auto called = kinora::attempt([&] {
            node.mapped().deliver(outcome);
            return true;
        });
        if (!called) {
            // the engine's words were not those of the protocol
            qWarning("answer %llu: %s", static_cast<unsigned long long>(stamp), called.error().what());
        }
    }

    void take(const MessagePtr& message)
    {
        if (message->launch != launch) return;
        const auto parsed = kinora::attempt([&] {
            const json& header = message->header;
            const Stamp stamp = field<Stamp>(header, "stamp", 0);
            if (field<std::string>(header, "answer", {}) == "progress") {
                if (const auto request = pending.find(stamp); request != pending.end() && request->second.progressed) {
                    const auto progressed = request->second.progressed;  // it may cancel the request
                    progressed(*message);
                }
                Q_EMIT q->progress(stamp, field<qint64>(header, "done", 0), field<qint64>(header, "total", 0));
                return true;
            }
            if (const auto error = header.find("error"); error != header.end() && error->is_object())
                answer(stamp, kinora::Error(kinora::errorFromName(field<std::string>(*error, "code", "internal")), field<std::string>(*error, "message", {}), field<std::string>(*error, "subject", {})));
            else
                answer(stamp, message);
            return true;
        });
        if (!parsed) qWarning("engine: %s", parsed.error().what());
    }

    Stamp post(json header, int checkpoint, std::string payload, Deliver deliver, bool internal = false, bool preview = false)
    {
        const Stamp stamp = ++lastStamp;
        header["stamp"] = stamp;
        Pending& request = pending[stamp];
        request.header = std::move(header);
        request.checkpoint = checkpoint;
        request.payload = std::move(payload);
        request.deliver = std::move(deliver);
        request.internal = internal;
        request.preview = preview;
        request.since.start();
        if (q->m_state == State::Failed && !internal) {
            later(stamp, kinora::Error(kinora::ErrorCode::EngineLost, q->m_problem.section(QLatin1Char('\n'), 0, 0).toStdString()));
        } else if (internal) {
            transmit(stamp, request);
        } else {
            flush();
        }
        return stamp;
    }

    void later(Stamp stamp, const kinora::Error& error)
    {
        QTimer::singleShot(0, q, [this, stamp, error] { answer(stamp, error); });
    }

    void transmit(Stamp stamp, Pending& request)
    {
        json header = request.header;
        if (request.checkpoint) header["checkpoint"] = *checkpoints.at(request.checkpoint).engineHandle;
        if (command.remote && header.value("request", "") == "generate") {
            // what this engine can do; the one before it may have been another
            const auto can = [&](kinora::ClipCoding coding) { return q->m_info.codings.contains(QString::fromStdString(std::string(kinora::clipCodingName(coding)))); };
            if (request.preview && can(kinora::ClipCoding::Preview))
                header["coding"] = kinora::clipCodingName(kinora::ClipCoding::Preview);
            else if (can(kinora::ClipCoding::Lossless))
                header["coding"] = kinora::clipCodingName(kinora::ClipCoding::Lossless);
        }
        const auto bytes = kinora::attempt([&] { return kinora::protocol::encode(header, request.payload); });
        if (!bytes) {
            later(stamp, bytes.error());
            request.sent = true;
            return;
        }
        request.sent = true;
        QMetaObject::invokeMethod(link, [link = link, number = launch, data = QByteArray::fromStdString(bytes.value())] { link->send(number, data); }, Qt::QueuedConnection);
    }

    /// Sends what waits and can go.
    void flush()
    {
        if (q->m_state != State::Ready) return;
        for (auto& [stamp, request] : pending) {
            if (request.sent || request.internal) continue;
            if (request.checkpoint) {
                const auto found = checkpoints.find(request.checkpoint);
                if (found == checkpoints.end()) {
                    request.sent = true;
                    later(stamp, kinora::Error(kinora::ErrorCode::NotFound, "this checkpoint has been closed"));
                    continue;
                }
                if (found->second.problem) {
                    request.sent = true;
                    later(stamp, *found->second.problem);
                    continue;
                }
                if (!found->second.engineHandle) continue;  // until it has been opened again
            }
            transmit(stamp, request);
        }
    }

    EngineClient* q;
    EngineCommand command;
    QThread thread;
    EngineLink* link;  // lives in the thread, deleted when that ends
    QTimer again;
    QElapsedTimer uptime;
    QTimer life, greeting;
    int silentMs = 20000, retryMs = 5000;
    bool asked = false;      // for a sign of life
    bool quiet = false;      // the link was cut because nothing came
    bool everReady = false;  // with this command
    quint64 launch = 0;
    int deaths = 0;
    Stamp lastStamp = 0;
    int lastHandle = 0;
    std::map<Stamp, Pending> pending;
    std::map<int, Checkpoint> checkpoints;
};

namespace {
/// Binds a reply to its receiver's life and to a way of reading the message.
template <class T, class Read>
std::function<void(const kinora::Outcome<MessagePtr>&)> bound(QObject* receiver, EngineClient::Reply<T> reply, Read read)
{
    return [guard = QPointer<QObject>(receiver), reply = std::move(reply), read = std::move(read)](const kinora::Outcome<MessagePtr>& outcome) {
        if (!guard) return;
        if (!outcome) {
            reply(outcome.error());
            return;
        }
        reply(kinora::attempt([&]() -> T {
            try {
                return read(*outcome.value());
            } catch (const json::exception& error) {
                throw kinora::Error(kinora::ErrorCode::Damaged, error.what(), "engine");
            }
        }));
    };
}

std::vector<kinora::ControlValues> valuesList(const EngineMessage& message)
{
    std::vector<kinora::ControlValues> clips;
    for (const json& entry : message.header.at("clips")) clips.push_back(kinora::controlValuesFromJson(entry));
    return clips;
}
}  // namespace

EngineClient::EngineClient(EngineCommand command, QObject* parent) : QObject(parent), d(std::make_unique<Private>(this, std::move(command))) { d->readCache(); }
EngineClient::~EngineClient() = default;

void EngineClient::start()
{
    if (m_state == State::Off || m_state == State::Failed) d->startEngine();
}

void EngineClient::restart()
{
    d->deaths = 0;
    d->startEngine();
}

void EngineClient::setCommand(const EngineCommand& command)
{
    d->command = command;
    d->everReady = false;
}

bool EngineClient::remote() const { return d->command.remote; }
qint64 EngineClient::bytesReceived() const { return d->link->received; }

void EngineClient::setSignsOfLife(int everyMs, int silentMs, int retryMs)
{
    d->life.setInterval(everyMs);
    d->silentMs = silentMs;
    d->retryMs = retryMs;
}

Stamp EngineClient::open(const QString& path, QObject* receiver, Reply<OpenedCheckpoint> reply)
{
    const json header{{"request", "open"}, {"checkpoint", path.toStdString()}};
    return d->post(header, 0, {}, bound<OpenedCheckpoint>(receiver, std::move(reply), [this, path](const EngineMessage& message) {
        const json& answer = message.header;
        OpenedCheckpoint opened;
        opened.path = textField(answer, "path");
        if (opened.path.isEmpty()) opened.path = path;
        opened.hash = textField(answer, "hash");
        opened.dataset = textField(answer, "dataset");
        opened.weights = textField(answer, "weights");
        if (const QString plan = textField(answer, "plan_choice"); !plan.isEmpty()) opened.plan = plan;
        opened.step = field<qint64>(answer, "step", 0);
        opened.parameters = field<qint64>(answer, "parameters", 0);
        opened.weightBytes = field<qint64>(answer, "weight_bytes", 0);
        opened.system = kinora::systemFromJson(answer.at("system"));
        opened.frameRateHz = field<double>(answer, "frame_rate_hz", 0.0);
        if (!(opened.frameRateHz > 0)) opened.frameRateHz = opened.system.frameRateHz;
        opened.handle = ++d->lastHandle;
        Private::Checkpoint& checkpoint = d->checkpoints[opened.handle];
        checkpoint.path = opened.path;
        checkpoint.system = opened.system;
        checkpoint.engineHandle = answer.at("checkpoint").get<std::int64_t>();
        return opened;
    }));
}

void EngineClient::close(int checkpoint)
{
    const auto found = d->checkpoints.find(checkpoint);
    if (found == d->checkpoints.end()) return;
    if (m_state == State::Ready && found->second.engineHandle)
        d->post({{"request", "close"}, {"checkpoint", *found->second.engineHandle}}, 0, {}, [](const kinora::Outcome<MessagePtr>&) {}, true);
    d->checkpoints.erase(found);
}

Stamp EngineClient::generate(const GenerateRequest& request, QObject* receiver, Reply<GeneratedClips> reply)
{
    json header{{"request", "generate"}, {"frames", request.frames}, {"seed", request.seed}, {"channel", request.channel}, {"range", request.range}};
    if (request.measure) header["measure"] = true;
    if (!request.view.empty()) header["view"] = request.view;
    std::string payload;
    json clips = json::array(), pictures = json::array();
    const auto known = d->checkpoints.find(request.checkpoint);
    for (std::size_t index = 0; index < request.clips.size(); ++index) {
        json values = json::object();
        for (const auto& [id, value] : request.clips[index]) {
            const kinora::Control* control = nullptr;
            if (known != d->checkpoints.end())
                for (const kinora::Control& candidate : known->second.system.controls)
                    if (candidate.id == id) control = &candidate;
            if (control && control->kind == kinora::ControlKind::MapSequence && !value.numbers.empty()) {
                const int height = control->height > 0 ? control->height : known->second.system.height;
                const int width = control->width > 0 ? control->width : known->second.system.width;
                pictures.push_back({{"clip", index}, {"control", id}, {"count", value.steps}, {"height", height}, {"width", width}, {"channels", control->size}, {"type", "float32"}});
                payload.append(reinterpret_cast<const char*>(value.numbers.data()), value.numbers.size() * sizeof(float));
                values[id] = json{{"steps", value.steps}};
                continue;
            }
            if (value.frames) {
                pictures.push_back({{"clip", index}, {"control", id}, {"count", value.frames->count()}, {"height", value.frames->height()}, {"width", value.frames->width()},
                                    {"channels", 3}, {"type", "uint8"}});
                payload.append(reinterpret_cast<const char*>(value.frames->bytes().data()), value.frames->bytes().size());
            }
            values[id] = kinora::toJson(value);
        }
        clips.push_back(std::move(values));
    }
    header["clips"] = std::move(clips);
    if (!pictures.empty()) header["pictures"] = std::move(pictures);
    QElapsedTimer since;
    since.start();
    const Stamp stamp = d->post(header, request.checkpoint, std::move(payload), bound<GeneratedClips>(receiver, std::move(reply), [this, since, wanted = request.clips.size()](const EngineMessage& message) {
        if (message.clips.size() != wanted)
            throw kinora::Error(kinora::ErrorCode::Damaged, "the answer holds " + std::to_string(message.clips.size()) + " clips, not " + std::to_string(wanted), "engine");
        GeneratedClips result;
        result.clips = message.clips;
        result.milliseconds = field<double>(message.header, "milliseconds", 0.0);
        result.peakBytes = field<qint64>(message.header, "peak_bytes", 0);
        result.roundTripMs = static_cast<double>(since.nsecsElapsed()) * 1e-6;
        result.exact = field<std::string>(message.header, "coding", "raw") != kinora::clipCodingName(kinora::ClipCoding::Preview);
        if (result.milliseconds > 0) {
            m_clipsPerSecond = 1000.0 * static_cast<double>(result.clips.size()) / result.milliseconds;
            Q_EMIT linkMeasured();
        }
        return result;
    }), false, request.preview);
    return stamp;
}

Stamp EngineClient::invert(const InvertRequest& request, QObject* receiver, std::function<void(const InversionStep&)> progress, Reply<InvertedClip> reply)
{
    const kinora::Frames& clip = *request.clip;
    const json header{{"request", "invert"}, {"count", clip.count()}, {"height", clip.height()}, {"width", clip.width()}, {"steps", request.steps}, {"starts", request.starts}, {"seed", request.seed}};
    std::string payload(reinterpret_cast<const char*>(clip.bytes().data()), clip.bytes().size());
    const Stamp stamp = d->post(header, request.checkpoint, std::move(payload), bound<InvertedClip>(receiver, std::move(reply), [](const EngineMessage& message) {
        const json& answer = message.header;
        InvertedClip found;
        found.values = kinora::controlValuesFromJson(answer.at("values"));
        found.frames = answer.at("frames").get<int>();
        found.psnr = field<double>(answer, "psnr", 0);
        found.motionEnergy = field<double>(answer, "motion_energy", 0);
        found.curve = answer.at("curve").get<std::vector<float>>();
        if (message.clips.size() != 1) throw kinora::Error(kinora::ErrorCode::Damaged, "the answer holds no clip", "engine");
        found.clip = message.clips.front();
        return found;
    }));
    const auto entry = d->pending.find(stamp);
    if (entry != d->pending.end() && progress)
        entry->second.progressed = [guard = QPointer<QObject>(receiver), progress = std::move(progress)](const EngineMessage& message) {
            if (!guard) return;
            const json& said = message.header;
            progress({field<int>(said, "done", 0), field<int>(said, "total", 0), field<int>(said, "starts", 0), field<double>(said, "loss", 0), field<double>(said, "psnr", 0),
                      message.clips.empty() ? nullptr : message.clips.front()});
        };
    return stamp;
}

Stamp EngineClient::judge(int checkpoint, const std::vector<std::shared_ptr<const kinora::Frames>>& clips, QObject* receiver, Reply<JudgedClips> reply)
{
    const kinora::Frames& first = *clips.front();
    const json header{{"request", "judge"}, {"clips", clips.size()}, {"count", first.count()}, {"height", first.height()}, {"width", first.width()}};
    std::string payload;
    for (const auto& clip : clips) payload.append(reinterpret_cast<const char*>(clip->bytes().data()), clip->bytes().size());
    return d->post(header, checkpoint, std::move(payload), bound<JudgedClips>(receiver, std::move(reply), [wanted = clips.size()](const EngineMessage& message) {
        JudgedClips judged;
        judged.dataset = field<std::string>(message.header, "dataset", "");
        for (const json& one : message.header.at("factors"))
            judged.factors.push_back({one.at("name").get<std::string>(), one.at("role").get<std::string>(), one.value("categories", std::vector<std::string>()), one.value("skill", 0.0), one.value("spread", 1.0),
                                      one.value("floor", 0.0)});
        judged.readings = message.header.at("readings").get<std::vector<std::vector<double>>>();
        if (judged.readings.size() != wanted || std::ranges::any_of(judged.readings, [&](const auto& row) { return row.size() != judged.factors.size(); }))
            throw kinora::Error(kinora::ErrorCode::Damaged, "the answer does not hold a reading of every factor of every clip", "engine");
        return judged;
    }));
}

Stamp EngineClient::draw(int checkpoint, kinora::ControlRole role, std::uint64_t seed, int frames, int count, QObject* receiver, Reply<std::vector<kinora::ControlValues>> reply)
{
    const json header{{"request", "draw"}, {"role", kinora::controlRoleName(role)}, {"seed", seed}, {"frames", frames}, {"count", count}};
    return d->post(header, checkpoint, {}, bound<std::vector<kinora::ControlValues>>(receiver, std::move(reply), valuesList));
}

Stamp EngineClient::matrix(int checkpoint, std::uint64_t appearanceSeed, std::uint64_t motionSeed, int rows, int columns, int frames, QObject* receiver,
                           Reply<std::vector<kinora::ControlValues>> reply)
{
    const json header{{"request", "matrix"}, {"appearance_seed", appearanceSeed}, {"motion_seed", motionSeed}, {"rows", rows}, {"columns", columns}, {"frames", frames}};
    return d->post(header, checkpoint, {}, bound<std::vector<kinora::ControlValues>>(receiver, std::move(reply), [rows, columns](const EngineMessage& message) {
        auto values = valuesList(message);
        if (values.size() != static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns))
            throw kinora::Error(kinora::ErrorCode::Damaged, "the matrix has " + std::to_string(values.size()) + " cells", "engine");
        return values;
    }));
}

Stamp EngineClient::given(int checkpoint, const std::string& control, const QString& dataset, int count, QObject* receiver, Reply<GivenPictures> reply)
{
    json header{{"request", "given"}, {"control", control}, {"count", count}};
    if (!dataset.isEmpty()) header["dataset"] = dataset.toStdString();
    return d->post(header, checkpoint, {}, bound<GivenPictures>(receiver, std::move(reply), [](const EngineMessage& message) {
        if (message.clips.empty()) throw kinora::Error(kinora::ErrorCode::Damaged, "the answer holds no picture", "engine");
        return GivenPictures{QString::fromStdString(field<std::string>(message.header, "dataset", "")), message.clips, field(message.header, "names", std::vector<std::string>()), field(message.header, "numbers", std::vector<std::int64_t>())};
    }));
}

Stamp EngineClient::directions(int checkpoint, const std::string& control, int count, int samples, std::uint64_t seed, QObject* receiver, Reply<PrincipalDirections> reply,
                               const std::string& kind)
{
    const json header{{"request", "directions"}, {"control", control}, {"kind", kind}, {"count", count}, {"samples", samples}, {"seed", seed}};
    return d->post(header, checkpoint, {}, bound<PrincipalDirections>(receiver, std::move(reply), [kind](const EngineMessage& message) {
        if (message.header.value("kind", "principal") != kind) throw kinora::Error(kinora::ErrorCode::Incompatible, "is too old: it knows no directions of the kind '" + kind + "'", "engine");
        PrincipalDirections result;
        result.control = message.header.at("control").get<std::string>();
        result.vectors = message.header.at("vectors").get<std::vector<std::vector<float>>>();
        result.explained = message.header.at("explained").get<std::vector<float>>();
        result.deviation = message.header.at("deviation").get<std::vector<float>>();
        result.explained.resize(result.vectors.size(), 0.0f);
        result.deviation.resize(result.vectors.size(), 1.0f);
        return result;
    }));
}

void EngineClient::cancel(Stamp stamp)
{
    const auto found = d->pending.find(stamp);
    if (found == d->pending.end()) return;
    if (!found->second.sent) {
        found->second.sent = true;  // it does not go out any more
        d->later(stamp, kinora::Error(kinora::ErrorCode::Cancelled, "cancelled"));
        return;
    }
    d->post({{"request", "cancel"}, {"target", stamp}}, 0, {}, [](const kinora::Outcome<MessagePtr>&) {}, true);
}

#include "engine_client.moc"
