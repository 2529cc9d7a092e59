#include "core/serve/serve.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <nlohmann/json.hpp>
#include <stop_token>
#include <thread>

#include "core/coding/clip_coding.h"
#include "core/inversion/inversion.h"
#include "core/metrics/metric.h"
#include "core/protocol/message.h"
#include "core/system/checkpoint.h"
#include "core/system/closed_form.h"
#include "core/system/generation.h"
#include "core/system/peak_memory.h"
#include "core/training/sample_controls.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/log.h"
#include "core/util/outcome.h"
#include "kinora_version.h"

namespace kinora {
namespace {
using nlohmann::json;
using protocol::Message;

struct Job {
    Message message;
    std::int64_t stamp = 0;
    std::string kind, channel;
    std::int64_t checkpoint = 0;
    std::stop_source stop;
};

struct Opened {
    std::unique_ptr<System> system;
    Generating generating;  // refers to the system, hence after it
    SystemDescription description;
    CheckpointInfo info;
};

constexpr int kMaxClips = 1024;

/// Pictures and maps of a request's payload, put into the control values they belong to.
void takePictures(const Message& message, const SystemDescription& description, std::vector<ControlValues>& clips)
{
    std::size_t at = 0;
    for (const json& entry : message.header.value("pictures", json::array())) {
        const std::size_t clip = entry.at("clip").get<std::size_t>();
        const std::string control = entry.at("control").get<std::string>(), type = entry.value("type", "uint8");
        const int count = entry.at("count").get<int>(), height = entry.at("height").get<int>(), width = entry.at("width").get<int>(), channels = entry.value("channels", 3);
        if (clip >= clips.size()) throw Error(ErrorCode::Usage, "a picture names clip " + std::to_string(clip) + ", which the request does not have", control);
        if (count < 1 || height < 1 || width < 1 || channels < 1 || count > 4096 || height > 4096 || width > 4096 || channels > 4096) throw Error(ErrorCode::Usage, "a picture has an impossible size", control);
        const std::size_t unit = type == "uint8" ? 1 : type == "float32" ? 4 : 0;
        if (unit == 0) throw Error(ErrorCode::Usage, "a picture's type is uint8 or float32, not '" + type + "'", control);
        const std::size_t bytes = std::size_t(count) * height * width * channels * unit;  // at most 2^50: no overflow
        if (bytes > message.payload.size() - at) throw Error(ErrorCode::Damaged, "the payload is shorter than the pictures it should hold", control);
        const std::uint8_t* from = message.payload.data() + at;
        at += bytes;
        ControlValue& value = clips[clip][control];
        const auto declared = std::ranges::find(description.controls, control, &Control::id);
        if (declared == description.controls.end() || !givenControl(declared->kind)) throw Error(ErrorCode::Usage, "the system has no such control that takes pictures", control);
        if (declared->kind != ControlKind::MapSequence) {
            if (unit != 1 || channels != 3) throw Error(ErrorCode::Usage, "takes uint8 pictures of three channels", control);
            value.frames = std::make_shared<const Frames>(count, height, width, std::vector<std::uint8_t>(from, from + bytes));
            continue;
        }
        // maps lie (steps, channels, H, W), as in a control value
        value.steps = count;
        const bool classes = unit == 1 && channels == 1 && declared->size > 1;
        const std::size_t area = std::size_t(height) * width;
        if (!classes && channels != declared->size) throw Error(ErrorCode::Usage, "takes maps of " + std::to_string(declared->size) + " channels", control);
        if (area * count * declared->size * 4 > protocol::kMaxPayload) throw Error(ErrorCode::Usage, "maps of this size cannot be taken", control);
        value.numbers.resize(area * count * declared->size);
        if (unit == 4) {
            std::memcpy(value.numbers.data(), from, bytes);
            continue;
        }
        for (std::size_t i = 0; i < value.numbers.size(); ++i) {
            const std::size_t plane = i / area % declared->size, step = i / area / declared->size;
            value.numbers[i] = mapNumber(from[(classes ? step : step * channels + plane) * area + i % area], classes, static_cast<int>(plane));
        }
    }
    if (at != message.payload.size()) throw Error(ErrorCode::Damaged, "the payload holds bytes that no picture describes");
}
}  // namespace

struct EngineServer::Private {
    Setup setup;
    torch::Device device{torch::kCPU};
    std::mutex writing;
    std::mutex mutex;  // guards jobs, current, ending
    std::condition_variable_any wake;
    std::deque<std::shared_ptr<Job>> jobs;
    std::shared_ptr<Job> current, interrupted;  // interrupted: goes on after current
    bool ending = false;
    std::atomic<bool> lost{false};
    std::map<std::int64_t, Opened> opened;  // the computing thread's
    std::map<std::string, std::shared_ptr<Judge>> judges;  // by dataset; the computing thread's
    std::int64_t nextHandle = 1;
    std::string datasetName;  // of the one that pictures were taken from last
    std::shared_ptr<const ClipSource> dataset;

    void send(const json& header, std::string_view payload = {})
    {
        const std::string bytes = protocol::encode(header, payload);
        const std::lock_guard lock(writing);
        std::size_t at = 0;
        while (at < bytes.size()) {
            const ssize_t done = ::write(setup.output, bytes.data() + at, bytes.size() - at);
            if (done < 0 && errno == EINTR) continue;
            if (done <= 0) {
                lost = true;  // the window is gone: its end of input ends us
                return;
            }
            at += static_cast<std::size_t>(done);
        }
    }
    void answer(const std::string& kind, std::int64_t stamp, json body, std::string_view payload = {})
    {
        body["answer"] = kind;
        body["stamp"] = stamp;
        send(body, payload);
    }
    void refuse(const std::string& kind, std::int64_t stamp, const Error& error)
    {
        answer(kind, stamp, {{"error", {{"code", errorName(error.code())}, {"message", error.detail()}, {"subject", error.subject()}}}});
    }

    Opened& find(const json& header)
    {
        const auto found = opened.find(header.value("checkpoint", std::int64_t(0)));
        if (found == opened.end()) throw Error(ErrorCode::Usage, "no checkpoint is open under this number", "checkpoint");
        return found->second;
    }

    void hello(std::int64_t stamp)
    {
        const CudaStatus cuda = cudaStatus();
        answer("hello", stamp, {{"version", KINORA_VERSION}, {"protocol", protocol::kVersion}, {"pid", ::getpid()}, {"device", device.str()}, {"devices", cuda.names}, {"cuda", cuda.reason},
                                {"codings", {clipCodingName(ClipCoding::Raw), clipCodingName(ClipCoding::Lossless), clipCodingName(ClipCoding::Preview)}}});
    }
    void describe(std::int64_t stamp)
    {
        json systems = json::array(), datasets = json::array(), metrics = json::array(), training = json::array();
        for (const SystemEntry& entry : *setup.catalogue) systems.push_back(toJson(entry.description));
        for (const DatasetDescription& dataset : setup.datasets) datasets.push_back(toJson(dataset));
        for (const OptionField& field : setup.trainingFields) training.push_back(toJson(field));
        for (const MetricDescription& metric : describeMetrics()) metrics.push_back(toJson(metric));
        answer("describe", stamp, {{"systems", systems}, {"datasets", datasets}, {"metrics", metrics}, {"training", training}});
    }

    void open(Job& job)
    {
        const std::string path = job.message.header.at("checkpoint").get<std::string>();
        const std::string wanted = job.message.header.value("device", "");
        Opened entry;
        entry.system = openCheckpoint(*setup.catalogue, path, wanted.empty() ? device : chooseDevice(wanted), &entry.info, setup.weights);
        entry.description = entry.system->describe();
        entry.generating = Generating(*entry.system, setup.plan, false);
        const std::int64_t handle = nextHandle++;
        json body = {{"checkpoint", handle},           {"system", toJson(entry.description)},           {"step", entry.info.step},
                     {"dataset", entry.info.dataset}, {"frame_rate_hz", entry.info.frameRateHz}, {"hash", sha256File(path)},
                     {"path", path},                  {"weights", entry.info.averaged ? "averaged" : "raw"}};
        std::int64_t parameters = 0, bytes = 0;
        for (const NamedNetwork& network : entry.system->networks()) {
            if (!network.generates) continue;
            for (const torch::Tensor& tensor : network.module->parameters()) parameters += tensor.numel(), bytes += static_cast<std::int64_t>(tensor.nbytes());
            for (const torch::Tensor& tensor : network.module->buffers()) bytes += static_cast<std::int64_t>(tensor.nbytes());
        }
        body.update({{"parameters", parameters}, {"weight_bytes", bytes}, {"plan", entry.generating.description()}, {"plan_choice", entry.generating.choice()}});
        opened[handle] = std::move(entry);
        answer("open", job.stamp, std::move(body));
    }

    void generate(Job& job)
    {
        const json& header = job.message.header;
        Opened& entry = find(header);
        GenerationRequest request;
        const json list = header.at("clips");
        if (!list.is_array() || list.empty() || list.size() > kMaxClips) throw Error(ErrorCode::Usage, "a request has 1 to " + std::to_string(kMaxClips) + " clips", "clips");
        for (const json& clip : list) request.clips.push_back(controlValuesFromJson(clip));
        takePictures(job.message, entry.description, request.clips);
        request.frames = header.value("frames", entry.description.length.trained);
        request.seed = header.value("seed", std::uint64_t(0));
        request.view = header.value("view", "");
        request.range = header.value("range", "fixed") == "batch_minmax" ? PixelRange::BatchMinMax : PixelRange::Fixed;
        const ClipCoding coding = clipCodingFromName(header.value("coding", "raw"));
        std::optional<PeakMemory> memory;
        if (header.value("measure", false)) memory.emplace();
        const auto started = std::chrono::steady_clock::now();
        const std::vector<Frames> clips = generateClips(*entry.system, request, job.stop.get_token(), 0, &entry.generating);
        const double milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started).count();
        if (job.stop.stop_requested()) throw Error(ErrorCode::Cancelled, "a newer request took its place");
        std::string payload;
        json sizes = json::array();
        for (const Frames& clip : clips) {
            const std::string bytes = encodeClip(clip, coding);
            sizes.push_back(bytes.size());
            payload += bytes;
        }
        json body{{"clips", clips.size()}, {"frames", clips.front().count()}, {"height", clips.front().height()}, {"width", clips.front().width()}, {"milliseconds", milliseconds}};
        if (memory) body["peak_bytes"] = memory->bytes();
        if (coding != ClipCoding::Raw) body.update({{"coding", clipCodingName(coding)}, {"sizes", sizes}});
        answer("generate", job.stamp, std::move(body), payload);
    }

    void draw(Job& job)
    {
        const json& header = job.message.header;
        const Opened& entry = find(header);
        const std::string role = header.value("role", "both");
        const int frames = header.value("frames", entry.description.length.trained), count = header.value("count", 1);
        if (count < 1 || count > kMaxClips) throw Error(ErrorCode::Usage, "1 to " + std::to_string(kMaxClips) + " draws can be asked for", "count");
        json list = json::array();
        for (int i = 0; i < count; ++i) {
            ControlValues values;
            for (const ControlRole one : {ControlRole::Appearance, ControlRole::Motion, ControlRole::Both})
                if (role == "both" || role == controlRoleName(one)) drawRole(entry.description.controls, one, header.value("seed", std::uint64_t(0)) + static_cast<std::uint64_t>(i), frames, values);
            list.push_back(toJson(values));
        }
        answer("draw", job.stamp, {{"clips", list}});
    }

    void matrix(Job& job)
    {
        const json& header = job.message.header;
        const Opened& entry = find(header);
        const int rows = header.at("rows").get<int>(), columns = header.at("columns").get<int>();
        if (rows < 1 || columns < 1 || rows > 32 || columns > 32) throw Error(ErrorCode::Usage, "a matrix has 1 to 32 rows and columns", "rows");
        json list = json::array();
        for (const ControlValues& values : matrixControls(entry.description, header.value("appearance_seed", std::uint64_t(0)), header.value("motion_seed", std::uint64_t(0)), rows, columns,
                                                          header.value("frames", entry.description.length.trained)))
            list.push_back(toJson(values));
        answer("matrix", job.stamp, {{"clips", list}});
    }

    /// First pictures of clips spread over a dataset, for a control that has no prior.
    void given(Job& job)
    {
        const json& header = job.message.header;
        const Opened& entry = find(header);
        const std::string id = header.at("control").get<std::string>(), asked = header.value("dataset", ""), name = asked.empty() ? entry.info.dataset : asked;
        const auto control = std::ranges::find(entry.description.controls, id, &Control::id);
        if (control == entry.description.controls.end() || (control->kind != ControlKind::Image && control->kind != ControlKind::Frames)) throw Error(ErrorCode::Usage, "the system has no such control that takes pictures", id);
        const int count = header.value("count", 1);
        if (count < 1 || count > kMaxClips) throw Error(ErrorCode::Usage, "the pictures of 1 to " + std::to_string(kMaxClips) + " clips can be asked for", "count");
        if (!setup.openDataset) throw Error(ErrorCode::Usage, "this engine opens no datasets", "dataset");
        if (name.empty()) throw Error(ErrorCode::NotFound, "the checkpoint does not say what it was trained on; name a dataset", "dataset");
        if (!dataset || datasetName != name) {
            dataset = setup.openDataset(name);
            datasetName = name;
        }
        const int wanted = control->kind == ControlKind::Image ? 1 : control->count;
        std::vector<std::int64_t> fitting;
        for (std::int64_t i = 0; i < dataset->size(); ++i)
            if (dataset->info(i).frames >= wanted) fitting.push_back(i);
        if (fitting.empty()) throw Error(ErrorCode::NotFound, "no clip has " + std::to_string(wanted) + " frames", name);
        const auto shown = std::min(static_cast<std::size_t>(count), fitting.size());
        std::string payload;
        json clips = json::array(), numbers = json::array();
        Frames last;
        for (std::size_t n = 0; n < shown; ++n) {
            const std::int64_t clip = fitting[n * fitting.size() / shown];
            ControlValues values;
            fillFromClip(entry.description, *dataset, clip, wanted, control->role, values);
            last = *values.at(id).frames;
            payload.append(reinterpret_cast<const char*>(last.bytes().data()), last.bytes().size());
            clips.push_back(dataset->info(clip).name);
            numbers.push_back(clip);
        }
        answer("given", job.stamp, {{"dataset", name}, {"names", clips}, {"numbers", numbers}, {"clips", shown}, {"frames", last.count()}, {"height", last.height()}, {"width", last.width()}}, payload);
    }

    void directions(Job& job)
    {
        const json& header = job.message.header;
        Opened& entry = find(header);
        const std::string id = header.at("control").get<std::string>();
        const auto control = std::ranges::find(entry.description.controls, id, &Control::id);
        if (control == entry.description.controls.end()) throw Error(ErrorCode::Usage, "the system has no such control", id);
        const std::string kind = header.value("kind", "principal");
        if (kind != "principal" && kind != "closed_form") throw Error(ErrorCode::Usage, "there are principal and closed_form directions, not '" + kind + "'", "kind");
        const int count = header.value("count", 8);
        const Directions found = kind == "closed_form"
                                     ? closedFormDirections(*entry.system, *control, count)
                                     : principalDirections(*entry.system, *control, count, std::clamp(header.value("samples", 2000), 2, 20000), header.value("seed", std::uint64_t(0)), job.stop.get_token());
        answer("directions", job.stamp, {{"control", found.control}, {"kind", kind}, {"vectors", found.vectors}, {"explained", found.explained}, {"deviation", found.deviation}});
    }

    /// Factors of clips, as the judge of the checkpoint's dataset reads them.
    void judge(Job& job)
    {
        const json& header = job.message.header;
        const Opened& entry = find(header);
        const std::string& dataset = entry.info.dataset;
        const int clips = header.value("clips", 1), count = header.at("count").get<int>(), height = header.at("height").get<int>(), width = header.at("width").get<int>();
        if (clips < 1 || clips > kMaxClips || count < 2 || height < 1 || width < 1 || count > 4096 || height > 4096 || width > 4096) throw Error(ErrorCode::Usage, "a judge reads 1 to " + std::to_string(kMaxClips) + " clips of at least two frames", "count");
        const std::size_t bytes = std::size_t(count) * height * width * 3;
        if (job.message.payload.size() / bytes != static_cast<std::size_t>(clips) || job.message.payload.size() % bytes != 0) throw Error(ErrorCode::Damaged, "the payload is not the clips that the request describes");
        std::shared_ptr<Judge>& found = judges[dataset];
        if (!found) {
            if (!setup.judge) throw Error(ErrorCode::Incompatible, "this engine has no judges");
            found = setup.judge(dataset);
        }
        std::vector<Frames> list;
        for (int clip = 0; clip < clips; ++clip) {
            const auto from = job.message.payload.begin() + static_cast<std::ptrdiff_t>(bytes * static_cast<std::size_t>(clip));
            list.emplace_back(count, height, width, std::vector<std::uint8_t>(from, from + static_cast<std::ptrdiff_t>(bytes)));
        }
        const torch::Tensor values = found->read(list);
        json factors = json::array(), readings = json::array();
        for (const JudgeFactor& factor : found->factors()) {
            json one = toJson(factor);
            one["skill"] = factor.skill();
            factors.push_back(std::move(one));
        }
        for (int clip = 0; clip < clips; ++clip) {
            const torch::Tensor row = values[clip].contiguous();
            readings.push_back(std::vector<double>(row.data_ptr<double>(), row.data_ptr<double>() + row.numel()));
        }
        answer("judge", job.stamp, {{"dataset", dataset}, {"factors", factors}, {"readings", readings}});
    }

    /// Between its steps everything else that is asked goes first, so that a slider stays usable for the minutes that it takes.
    void invert(Job& job)
    {
        const json& header = job.message.header;
        Opened& entry = find(header);
        const int count = header.at("count").get<int>(), height = header.at("height").get<int>(), width = header.at("width").get<int>();
        if (count < 1 || height < 1 || width < 1 || count > 4096 || height > 4096 || width > 4096) throw Error(ErrorCode::Usage, "the clip has an impossible size", "count");
        const std::size_t bytes = std::size_t(count) * height * width * 3;
        if (bytes != job.message.payload.size()) throw Error(ErrorCode::Damaged, "the payload is not the clip that the request describes");
        const Frames clip(count, height, width, std::vector<std::uint8_t>(job.message.payload.begin(), job.message.payload.end()));
        InversionOptions options;
        options.steps = std::clamp(header.value("steps", options.steps), 1, 100000);
        options.starts = std::clamp(header.value("starts", options.starts), 1, 256);
        options.candidates = std::clamp(header.value("candidates", options.candidates), options.starts, 4096);
        options.seed = header.value("seed", std::uint64_t(0));
        const std::int64_t handle = job.checkpoint;
        auto shown = std::chrono::steady_clock::time_point{};
        const InversionResult found = invertClip(*entry.system, clip, options, {}, [&](const InversionProgress& progress) {
            json body = {{"done", progress.step}, {"total", progress.steps}, {"loss", progress.loss}, {"psnr", progress.psnr}, {"starts", progress.starts}};
            std::string payload;
            // the picture so far, as often as a person looks
            if (const auto now = std::chrono::steady_clock::now(); now - shown > std::chrono::milliseconds(700) || progress.step == progress.steps) {
                shown = now;
                const Frames best = toFrames(progress.best.unsqueeze(0)).front();
                body.update({{"clips", 1}, {"frames", best.count()}, {"height", best.height()}, {"width", best.width()}});
                payload.assign(reinterpret_cast<const char*>(best.bytes().data()), best.bytes().size());
            }
            answer("progress", job.stamp, std::move(body), payload);
            letOthersGo(job, handle);
        }, job.stop.get_token());
        std::string payload(reinterpret_cast<const char*>(found.drawn.bytes().data()), found.drawn.bytes().size());
        answer("invert", job.stamp, {{"values", toJson(found.values)}, {"clips", 1}, {"frames", found.frames}, {"height", found.drawn.height()}, {"width", found.drawn.width()}, {"loss", found.loss}, {"psnr", found.psnr},
                                     {"motion_energy", found.motionEnergy}, {"curve", found.curve}}, payload);
    }
    /// Computes what waits, but for other patient requests and for closing the checkpoint that \p job works on.
    void letOthersGo(Job& job, std::int64_t handle)
    {
        const torch::NoGradGuard noGradient;
        for (;;) {
            std::shared_ptr<Job> other;
            {
                const std::lock_guard lock(mutex);
                const auto next = std::ranges::find_if(jobs, [&](const auto& one) { return !patient(*one) && !(one->kind == "close" && one->checkpoint == handle); });
                if (next == jobs.end() || job.stop.stop_requested()) break;
                other = *next;
                jobs.erase(next);
                interrupted = std::exchange(current, other);
            }
            compute(*other);
            const std::lock_guard lock(mutex);
            current = std::exchange(interrupted, nullptr);
        }
    }
    /// What takes long while nobody waits at a slider for it.
    static bool patient(const Job& job) { return job.kind == "directions" || job.kind == "invert"; }

    void compute(Job& job)
    {
        try {
            if (job.stop.stop_requested()) throw Error(ErrorCode::Cancelled, "cancelled");
            if (job.kind == "open") open(job);
            else if (job.kind == "close") {
                find(job.message.header);
                opened.erase(job.checkpoint);
                answer("close", job.stamp, json::object());
            }
            else if (job.kind == "generate") generate(job);
            else if (job.kind == "draw") draw(job);
            else if (job.kind == "matrix") matrix(job);
            else if (job.kind == "given") given(job);
            else if (job.kind == "directions") directions(job);
            else if (job.kind == "invert") invert(job);
            else if (job.kind == "judge") judge(job);
            else throw Error(ErrorCode::Usage, "there is no request '" + job.kind + "'");
        } catch (const json::exception& error) {
            refuse(job.kind, job.stamp, {ErrorCode::Usage, std::string("a field of the request is missing or of the wrong type: ") + error.what()});
        } catch (...) {
            refuse(job.kind, job.stamp, currentError());
        }
    }

    void work(std::stop_token stop)
    {
        const torch::NoGradGuard guard;  // grad mode is per thread
        for (;;) {
            std::shared_ptr<Job> job;
            {
                std::unique_lock lock(mutex);
                if (!wake.wait(lock, stop, [&] { return !jobs.empty(); })) return;
                job = jobs.front();
                jobs.pop_front();
                current = job;
            }
            compute(*job);
            const std::lock_guard lock(mutex);
            current.reset();
        }
    }

    /// \returns false when the client asked for the end
    bool take(Message message)
    {
        auto job = std::make_shared<Job>();
        try {
            job->kind = message.header.at("request").get<std::string>();
            job->stamp = message.header.at("stamp").get<std::int64_t>();
            job->channel = message.header.value("channel", "");
            if (job->kind != "open" && message.header.contains("checkpoint")) job->checkpoint = message.header["checkpoint"].get<std::int64_t>();
        } catch (const json::exception&) {
            refuse("error", 0, {ErrorCode::Usage, "a request has a text 'request', an integer 'stamp' and, except for 'open', an integer 'checkpoint'"});
            return true;
        }
        if (job->kind == "hello") return hello(job->stamp), true;
        if (job->kind == "describe") return describe(job->stamp), true;
        if (job->kind == "shutdown") return answer("shutdown", job->stamp, json::object()), false;
        std::vector<std::shared_ptr<Job>> dropped;
        {
            const std::lock_guard lock(mutex);
            if (job->kind == "cancel") {
                const std::int64_t target = message.header.value("target", std::int64_t(0));
                for (const auto& one : {current, interrupted})
                    if (one && one->stamp == target) one->stop.request_stop();
                const auto waiting = std::ranges::find_if(jobs, [&](const auto& other) { return other->stamp == target; });
                if (waiting != jobs.end()) {
                    dropped.push_back(*waiting);
                    jobs.erase(waiting);
                }
            } else {
                if (job->kind == "generate") {
                    const auto older = [&](const auto& other) { return other->kind == "generate" && other->checkpoint == job->checkpoint && other->channel == job->channel; };
                    if (current && older(current)) current->stop.request_stop();
                    for (auto it = jobs.begin(); it != jobs.end();) {
                        if (older(*it)) {
                            dropped.push_back(*it);
                            it = jobs.erase(it);
                        } else {
                            ++it;
                        }
                    }
                }
                job->message = std::move(message);
                // directions take a second or more and nobody waits at a slider for them: whatever is asked besides goes first
                const auto later = patient(*job) ? jobs.end() : std::ranges::find_if(jobs, [&](const auto& other) { return patient(*other) && other->checkpoint == job->checkpoint; });
                jobs.insert(job->kind == "close" ? jobs.end() : later, job);
            }
        }
        wake.notify_all();
        for (const auto& old : dropped) refuse(old->kind, old->stamp, {ErrorCode::Cancelled, job->kind == "cancel" ? "cancelled" : "a newer request took its place"});
        if (job->kind == "cancel") answer("cancel", job->stamp, json::object());
        return true;
    }
};

EngineServer::EngineServer(Setup setup) : d(std::make_unique<Private>())
{
    d->setup = std::move(setup);
    d->device = chooseDevice(d->setup.device);
}
EngineServer::~EngineServer() = default;

void EngineServer::run()
{
    std::jthread worker([this](std::stop_token stop) { d->work(stop); });
    protocol::Decoder decoder;
    std::vector<char> block(1 << 16);
    bool open = true;
    std::optional<Error> broken;
    while (open && !d->lost) {
        const ssize_t size = ::read(d->setup.input, block.data(), block.size());
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) break;
        try {
            decoder.append({block.data(), static_cast<std::size_t>(size)});
            while (open)
                if (std::optional<Message> message = decoder.next()) open = d->take(std::move(*message));
                else break;
        } catch (const Error& error) {
            d->refuse("error", 0, error);
            broken = error;
            break;
        }
    }
    {
        const std::lock_guard lock(d->mutex);
        d->jobs.clear();
        for (const auto& job : {d->current, d->interrupted})
            if (job) job->stop.request_stop();
    }
    worker.request_stop();
    worker.join();
    if (broken) throw *broken;
}

}  // namespace kinora
