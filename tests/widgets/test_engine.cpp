// A small engine that speaks the protocol without LibTorch, for tests of the window: deterministic clips from every kind of control.
//
// A checkpoint is a text file: the system's name ("split", "half", "whole", "pictures"), then words such as delay=100 (milliseconds for every clip).
// The environment variable KINORA_TEST_ENGINE_DIES makes it die right after `hello`.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <thread>

#include "core/clip/frames.h"
#include "core/coding/clip_coding.h"
#include "core/control/control.h"
#include "core/describe/describe.h"
#include "core/protocol/message.h"
#include "core/util/error.h"
#include "core/util/outcome.h"

using namespace kinora;
using nlohmann::json;

namespace {

constexpr int kSide = 16;

Control control(const char* id, const char* name, ControlRole role, ControlKind kind, int size)
{
    Control made;
    made.id = id;
    made.name = name;
    made.help = "A control of the tests.";
    made.role = role;
    made.kind = kind;
    made.size = size;
    return made;
}

SystemDescription describeSystem(const std::string& id)
{
    SystemDescription system;
    system.id = id;
    system.name = id;
    system.summary = "A system of the tests.";
    system.width = system.height = kSide;
    system.length = {8, 4, 16, 4};
    if (id == "split") {
        system.controls = {control("za", "Appearance", ControlRole::Appearance, ControlKind::GaussianVector, 40), control("zm", "Motion", ControlRole::Motion, ControlKind::GaussianSequence, 4)};
        system.controls[1].steps = {4, 0};
    } else if (id == "half") {  // the appearance of "split" under another name, a motion of its own
        system.controls = {control("content", "Look", ControlRole::Appearance, ControlKind::GaussianVector, 40), control("path", "Motion", ControlRole::Motion, ControlKind::GaussianSequence, 3)};
        system.controls[1].steps = {4, 0};
    } else if (id == "whole") {
        system.controls = {control("z", "Code", ControlRole::Both, ControlKind::GaussianVector, 6), control("class", "Class", ControlRole::Both, ControlKind::Category, 0)};
        system.controls[1].categories = {"walk", "run", "jump"};
    } else if (id == "pictures") {
        system.controls = {control("first", "First frame", ControlRole::Appearance, ControlKind::Image, 3), control("maps", "Label maps", ControlRole::Motion, ControlKind::MapSequence, 2),
                           control("past", "Past frames", ControlRole::Motion, ControlKind::Frames, 3)};
        system.controls[1].steps = {4, 0};
        system.controls[1].height = system.controls[1].width = 4;
        system.controls[2].count = 2;
    } else if (id == "animated") {
        system.controls = {control("first", "Picture", ControlRole::Appearance, ControlKind::Image, 3), control("class", "Class", ControlRole::Motion, ControlKind::Category, 0)};
        system.controls[1].categories = {"walk", "run", "jump"};
    } else {
        throw Error(ErrorCode::Incompatible, "is no checkpoint of a known system: '" + id + "'");
    }
    return system;
}

struct Checkpoint {
    SystemDescription system;
    int delayMs = 0;
};

/// Colour from the first three numbers of what is appearance (or from the picture), a white square that moves with the motion.
Frames render(const Checkpoint& checkpoint, const ControlValues& values, int frames)
{
    Frames clip(frames, kSide, kSide);
    double colour[3] = {0, 0, 0}, speed = 0;
    for (const Control& control : checkpoint.system.controls) {
        const ControlValue& value = values.at(control.id);
        checkControl(control, value, frames);
        if (control.kind == ControlKind::GaussianVector)
            for (int channel = 0; channel < 3; ++channel) colour[channel] = value.numbers[static_cast<std::size_t>(channel)];
        if (control.kind == ControlKind::Image)
            for (int channel = 0; channel < 3; ++channel) colour[channel] = value.frames->bytes()[static_cast<std::size_t>(channel)] / 63.75 - 2.0;
        if (control.kind == ControlKind::GaussianSequence || control.kind == ControlKind::MapSequence) speed = value.numbers[0];
        if (control.kind == ControlKind::Category) speed = value.category;
    }
    for (int frame = 0; frame < frames; ++frame) {
        const int left = static_cast<int>(std::lround(std::fabs(speed) * frame)) % (kSide - 4);
        for (int y = 0; y < kSide; ++y)
            for (int x = 0; x < kSide; ++x) {
                std::uint8_t* pixel = clip.frame(frame) + (y * kSide + x) * 3;
                const bool square = y >= 6 && y < 10 && x >= left && x < left + 4;
                for (int channel = 0; channel < 3; ++channel) pixel[channel] = square ? 255 : static_cast<std::uint8_t>(std::clamp(std::lround((colour[channel] + 2.0) * 63.75), 0L, 255L));
            }
    }
    return clip;
}

class Engine {
public:
    void run()
    {
        protocol::Decoder decoder;
        char buffer[65536];
        for (ssize_t size = 0; (size = ::read(STDIN_FILENO, buffer, sizeof buffer)) > 0;) {
            decoder.append({buffer, static_cast<std::size_t>(size)});
            while (auto message = decoder.next()) {
                if (!answer(*message)) return;
            }
        }
    }

private:
    static void send(const json& header, std::string_view payload = {})
    {
        const std::string bytes = protocol::encode(header, payload);
        std::fwrite(bytes.data(), 1, bytes.size(), stdout);
        std::fflush(stdout);
    }

    Checkpoint& checkpoint(const json& header)
    {
        const auto found = m_checkpoints.find(header.value("checkpoint", 0));
        if (found == m_checkpoints.end()) throw Error(ErrorCode::NotFound, "no such checkpoint is open");
        return found->second;
    }

    bool answer(const protocol::Message& message)
    {
        const json& header = message.header;
        const std::string kind = header.value("request", "");
        json reply{{"answer", kind}, {"stamp", header.value("stamp", 0ULL)}};
        std::string payload;
        const auto done = attempt([&] {
            if (kind == "hello")
                reply.update({{"version", "test"}, {"protocol", protocol::kVersion}, {"pid", ::getpid()}, {"device", "cpu"}, {"devices", {"cpu"}}, {"cuda", "no CUDA in tests"}, {"codings", {"raw", "lossless-1", "preview-1"}}});
            else if (kind == "describe")
                reply.update({{"systems", {toJson(describeSystem("split")), toJson(describeSystem("whole"))}}, {"datasets", json::array()}, {"metrics", json::array()}, {"training", json::array()}});
            else if (kind == "open")
                open(header, reply);
            else if (kind == "close")
                m_checkpoints.erase(header.value("checkpoint", 0));
            else if (kind == "generate")
                generate(message, reply, payload);
            else if (kind == "given")
                given(header, reply, payload);
            else if (kind == "directions")
                directions(header, reply);
            else if (kind == "judge")
                judge(message, reply);
            else if (kind != "cancel" && kind != "shutdown")
                throw Error(ErrorCode::Usage, "unknown request '" + kind + "'");
            return true;
        });
        if (!done) reply["error"] = {{"code", errorName(done.error().code())}, {"message", done.error().detail()}, {"subject", done.error().subject()}};
        send(reply, payload);
        if (kind == "hello" && std::getenv("KINORA_TEST_ENGINE_DIES")) {
            std::fputs("the test wants this engine to die\n", stderr);
            std::abort();
        }
        return kind != "shutdown";
    }

    void open(const json& header, json& reply)
    {
        const std::string path = header.at("checkpoint").get<std::string>();
        std::ifstream file(path);
        std::string system, word;
        if (!(file >> system)) throw Error(ErrorCode::NotFound, "there is no such checkpoint", path);
        Checkpoint made;
        made.system = describeSystem(system);
        while (file >> word)
            if (word.starts_with("delay=")) made.delayMs = std::stoi(word.substr(6));
        m_checkpoints[++m_last] = made;
        reply.update({{"checkpoint", m_last}, {"system", toJson(made.system)}, {"step", 100}, {"dataset", "builtin:faces"}, {"frame_rate_hz", 8.0}, {"hash", "0000"}, {"path", path}, {"parameters", 1234567}, {"weight_bytes", 4938268}});
    }

    void generate(const protocol::Message& message, json& reply, std::string& payload)
    {
        const json& header = message.header;
        const Checkpoint& checkpoint = this->checkpoint(header);
        std::vector<ControlValues> clips;
        for (const json& entry : header.at("clips")) clips.push_back(controlValuesFromJson(entry));
        std::size_t offset = 0;
        for (const json& picture : header.value("pictures", json::array())) {
            const int count = picture.at("count"), height = picture.at("height"), width = picture.at("width"), channels = picture.at("channels");
            const std::size_t numbers = static_cast<std::size_t>(count) * height * width * channels;
            ControlValue& value = clips.at(picture.at("clip").get<std::size_t>())[picture.at("control").get<std::string>()];
            const std::size_t bytes = numbers * (picture.at("type") == "float32" ? 4 : 1);
            if (offset + bytes > message.payload.size()) throw Error(ErrorCode::Damaged, "the payload is too short");
            if (picture.at("type") == "float32") {
                value.numbers.resize(numbers);
                std::memcpy(value.numbers.data(), message.payload.data() + offset, bytes);
                value.steps = count;
            } else {
                value.frames = std::make_shared<const Frames>(count, height, width, std::vector<std::uint8_t>(message.payload.begin() + static_cast<std::ptrdiff_t>(offset), message.payload.begin() + static_cast<std::ptrdiff_t>(offset + bytes)));
            }
            offset += bytes;
        }
        const int frames = header.at("frames");
        if (!checkpoint.system.length.allows(frames)) throw Error(ErrorCode::Usage, "cannot make " + std::to_string(frames) + " frames");
        const ClipCoding coding = clipCodingFromName(header.value("coding", "raw"));
        json sizes = json::array();
        for (const ControlValues& values : clips) {
            std::this_thread::sleep_for(std::chrono::milliseconds(checkpoint.delayMs));
            const Frames clip = render(checkpoint, values, frames);
            const std::string coded = encodeClip(clip, coding);
            sizes.push_back(coded.size());
            payload += coded;
        }
        if (coding != ClipCoding::Raw) reply.update({{"coding", clipCodingName(coding)}, {"sizes", sizes}});
        reply.update({{"clips", clips.size()}, {"frames", frames}, {"height", kSide}, {"width", kSide}, {"milliseconds", 4.0 * static_cast<double>(clips.size())}});
        if (header.value("measure", false)) reply["peak_bytes"] = 2000000;
    }

    /// Four clips of one colour each, red 60, 80, 100, 120 of a dataset that is named "...red"; what "animated" was trained on has 10, 20, 30, 40.
    void given(const json& header, json& reply, std::string& payload)
    {
        const std::string dataset = header.value("dataset", "");
        if (checkpoint(header).system.id != "animated") throw Error(ErrorCode::NotFound, "the dataset is elsewhere", "dataset");
        if (!dataset.empty() && !dataset.ends_with("red")) throw Error(ErrorCode::NotFound, "there is no such dataset", dataset);
        for (int clip = 0; clip < 4; ++clip) payload += std::string(static_cast<std::size_t>(kSide) * kSide * 3, static_cast<char>(dataset.empty() ? 10 + 10 * clip : 60 + 20 * clip));
        reply.update({{"dataset", dataset.empty() ? "builtin:faces" : dataset}, {"names", {"a", "b", "c", "d"}}, {"numbers", {0, 512, 1024, 1536}}, {"clips", 4}, {"frames", 1}, {"height", kSide}, {"width", kSide}});
    }

    /// Of "split" alone: how red the background is, and where the square is in the second frame (half of the picture's width is a class of its own).
    void judge(const protocol::Message& message, json& reply)
    {
        const json& header = message.header;
        if (this->checkpoint(header).system.id != "split") throw Error(ErrorCode::Incompatible, "judges know only the built-in datasets");
        const std::size_t frame = header.at("height").get<std::size_t>() * header.at("width").get<std::size_t>() * 3, clip = frame * header.at("count").get<std::size_t>();
        json readings = json::array();
        for (int i = 0; i < header.value("clips", 1); ++i) {
            const std::uint8_t* first = message.payload.data() + clip * static_cast<std::size_t>(i);
            int left = 0;
            while (left < kSide - 1 && first[frame + static_cast<std::size_t>(6 * kSide + left) * 3 + 1] != 255) ++left;
            readings.push_back({double(first[0]), double(left), left > 1 ? 1.0 : 0.0});
        }
        reply.update({{"dataset", "builtin:faces"},
                      {"factors", {{{"name", "redness"}, {"role", "appearance"}, {"categories", json::array()}, {"skill", 0.9}, {"spread", 100.0}, {"floor", 0.01}},
                                   {{"name", "place"}, {"role", "motion"}, {"categories", json::array()}, {"skill", 0.9}, {"spread", 1.0}, {"floor", 0.01}},
                                   {{"name", "haste"}, {"role", "motion"}, {"categories", {"slow", "fast"}}, {"skill", 0.2}, {"spread", 0.5}, {"floor", 0.01}}}},
                      {"readings", readings}});
    }

    void directions(const json& header, json& reply)
    {
        const Checkpoint& checkpoint = this->checkpoint(header);
        const std::string id = header.at("control");
        int size = 0;
        for (const Control& control : checkpoint.system.controls)
            if (control.id == id) size = control.size;
        const std::string kind = header.value("kind", "principal");
        if (kind == "closed_form" && checkpoint.system.id == "half") throw Error(ErrorCode::Usage, "the system names no weights");
        const int count = std::min(header.at("count").get<int>(), size);
        json vectors = json::array(), explained = json::array(), deviation = json::array();
        for (int k = 0; k < count; ++k) {
            std::vector<float> vector(static_cast<std::size_t>(size), 0.0f);
            vector[static_cast<std::size_t>(kind == "closed_form" ? size - 1 - k : k)] = 1.0f;  // the axes, or the axes backwards
            vectors.push_back(vector);
            explained.push_back(0.5 / (k + 1));
            deviation.push_back(1.0);
        }
        reply.update({{"control", id}, {"kind", kind}, {"vectors", vectors}, {"explained", explained}, {"deviation", deviation}});
    }

    std::map<int, Checkpoint> m_checkpoints;
    int m_last = 0;
};

}  // namespace

int main()
{
    std::fputs("a banner that a login shell printed\n", stdout);  // the window skips it
    const auto ran = attempt([] {
        Engine().run();
        return true;
    });
    if (!ran) std::cerr << ran.error().what() << '\n';
    return ran ? 0 : 3;
}
