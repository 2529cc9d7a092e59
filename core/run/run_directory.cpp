#include "core/run/run_directory.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <condition_variable>
#include <cstring>
#include <ctime>
#include <fstream>
#include <limits>
#include <mutex>
#include <set>
#include <sstream>
#include <thread>
#include <utility>

#include <toml++/toml.h>

#include "core/events/tfevents.h"
#include "core/util/crc32c.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/log.h"
#include "core/util/outcome.h"
#include "core/util/safetensors.h"
#include "core/util/text.h"

namespace kinora {
namespace fs = std::filesystem;
using nlohmann::json;

std::string isoTime(std::chrono::system_clock::time_point when)
{
    const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(when.time_since_epoch()).count() % 1000;
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    char text[64];
    const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    std::snprintf(text + length, sizeof text - length, ".%03dZ", static_cast<int>(milliseconds));
    return text;
}

namespace {

constexpr std::int64_t kSchema = 1;
constexpr auto kStatusInterval = std::chrono::milliseconds(250);  ///< Status is written at most this often ...
constexpr auto kHeartbeat = std::chrono::milliseconds(1500);      ///< ... and at least this often.
constexpr std::string_view kTemporaryMark = ".tmp";               ///< In the names of files that are not whole yet.

[[noreturn]] void throwWriteError(int reason, const std::string& what, const fs::path& path)
{
    const bool full = reason == ENOSPC || reason == EDQUOT || reason == EFBIG;
    throw Error(full ? ErrorCode::DiskFull : ErrorCode::CannotWrite, what + ": " + std::strerror(reason), path.string());
}

fs::path stepFile(const fs::path& folder, std::int64_t step)
{
    char name[64];
    std::snprintf(name, sizeof name, "step-%08lld.safetensors", static_cast<long long>(step));
    return folder / name;
}

/// The step in a name "step-<digits>.safetensors".
std::optional<std::int64_t> stepOf(const fs::path& path)
{
    const std::string name = path.filename().string();
    constexpr std::string_view before = "step-", after = ".safetensors";
    if (!name.starts_with(before) || !name.ends_with(after) || name.size() <= before.size() + after.size()) return std::nullopt;
    const char* first = name.data() + before.size();
    const char* last = name.data() + name.size() - after.size();
    std::int64_t step = 0;
    const auto [end, code] = std::from_chars(first, last, step);
    if (code != std::errc() || end != last || step < 0) return std::nullopt;
    return step;
}

template <class File>
std::vector<File> stepFiles(const fs::path& folder)
{
    std::vector<File> list;
    std::error_code code;
    for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code))
        if (const auto step = stepOf(it->path())) list.push_back({*step, it->path()});
    std::sort(list.begin(), list.end(), [](const File& a, const File& b) { return a.step < b.step; });
    return list;
}

bool isTemporary(const fs::path& path) { return path.filename().string().find(kTemporaryMark) != std::string::npos; }

/// Old content or new content, never a mixture; not synced: it is written several times a second and means nothing after a power cut.
void replaceFile(const fs::path& target, const std::string& text)
{
    const fs::path temporary = target.string() + std::string(kTemporaryMark);
    const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0) throwWriteError(errno, "cannot be written", target);
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    const int reason = written < 0 ? errno : ENOSPC;
    ::close(descriptor);
    if (written != static_cast<ssize_t>(text.size())) {
        ::unlink(temporary.c_str());
        throwWriteError(reason, "cannot be written", target);
    }
    if (::rename(temporary.c_str(), target.c_str()) != 0) {
        const int why = errno;
        ::unlink(temporary.c_str());
        throwWriteError(why, "cannot be written", target);
    }
}

/// Adds one line in one write; a torn line before it is closed first.
void appendLine(const fs::path& file, const std::string& line)
{
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (descriptor < 0) throwWriteError(errno, "cannot be written", file);
    std::string text = line + "\n";
    const off_t size = ::lseek(descriptor, 0, SEEK_END);
    char last = '\n';
    if (size > 0 && ::pread(descriptor, &last, 1, size - 1) == 1 && last != '\n') text.insert(0, "\n");
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    const int reason = written < 0 ? errno : ENOSPC;
    if (written >= 0) ::fdatasync(descriptor);
    ::close(descriptor);
    if (written != static_cast<ssize_t>(text.size())) throwWriteError(reason, "cannot be written", file);
}

json parsedJson(const fs::path& file, std::uintmax_t limit)
{
    const std::string text = readFile(file, limit);
    json value = json::parse(text, nullptr, false);
    if (value.is_discarded() || !value.is_object()) throw Error(ErrorCode::Damaged, "is no JSON object", file.string());
    return value;
}

// --- run.toml ---

toml::table tomlOf(const OptionValues& values)
{
    toml::table table;
    for (const auto& [key, value] : values) std::visit([&, &name = key](const auto& plain) { table.insert(name, plain); }, value);
    return table;
}

OptionValues valuesOf(const toml::table* table, const fs::path& file)
{
    OptionValues values;
    if (!table) return values;
    for (const auto& [key, node] : *table) {
        const std::string name(key.str());
        if (const auto boolean = node.value_exact<bool>()) values[name] = *boolean;
        else if (const auto integer = node.value_exact<std::int64_t>()) values[name] = *integer;
        else if (const auto real = node.value_exact<double>()) values[name] = *real;
        else if (const auto text = node.value_exact<std::string>()) values[name] = *text;
        else throw Error(ErrorCode::Damaged, "'" + name + "' is no boolean, number or text", file.string());
    }
    return values;
}

// --- status.json ---

json toJson(const RunStatus& status)
{
    const RunProgress& p = status.progress;
    json scalars = json::object();
    for (const auto& [tag, point] : status.scalars) scalars[tag] = {point.first, point.second};
    return {{"schema", kSchema},
            {"state", runStateName(p.state)},
            {"step", p.step},
            {"total_steps", p.totalSteps},
            {"epoch", p.epoch},
            {"phase", p.phase},
            {"steps_per_second", p.stepsPerSecond},
            {"clips_per_second", p.clipsPerSecond},
            {"device", p.device},
            {"message", p.message},
            {"heartbeat", status.heartbeat},
            {"pid", status.pid},
            {"host", status.host},
            {"started_at", status.startedAt},
            {"updated_at", isoTime()},
            {"scalars", std::move(scalars)}};
}

std::string dumped(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

// --- requests ---

constexpr std::pair<RunRequest::Kind, std::string_view> kRequestNames[] = {{RunRequest::Kind::Pause, "pause"},
                                                                            {RunRequest::Kind::Resume, "resume"},
                                                                            {RunRequest::Kind::Stop, "stop"},
                                                                            {RunRequest::Kind::Checkpoint, "checkpoint"},
                                                                            {RunRequest::Kind::Set, "set"},
                                                                            {RunRequest::Kind::Metric, "metric"}};

std::string_view requestName(RunRequest::Kind kind)
{
    for (const auto& [known, name] : kRequestNames)
        if (known == kind) return name;
    return "";
}

std::vector<fs::path> requestFiles(const fs::path& folder)
{
    std::vector<fs::path> files;
    std::error_code code;
    for (fs::directory_iterator it(folder / "control", code), end; !code && it != end; it.increment(code))
        if (it->path().extension() == ".json" && !isTemporary(it->path()) && !it->path().filename().string().starts_with('.')) files.push_back(it->path());
    std::sort(files.begin(), files.end());
    return files;
}

/// Removes what a killed writer left under temporary names; the person's notes are another process's.
void removeTemporaries(const fs::path& folder)
{
    std::error_code code;
    for (const fs::path& place : {folder, folder / "checkpoints", folder / "samples"}) {
        std::vector<fs::path> found;
        for (fs::directory_iterator it(place, code), end; !code && it != end; it.increment(code))
            if (isTemporary(it->path()) && it->is_regular_file(code) && !it->path().filename().string().starts_with(".notes.json")) found.push_back(it->path());
        for (const fs::path& path : found) fs::remove(path, code);
    }
}

}  // namespace

fs::path runPath(const fs::path& folder)
{
    fs::path whole = fs::absolute(folder).lexically_normal();
    return whole.has_filename() ? whole : whole.parent_path();
}

std::unique_ptr<FileLock> lockRun(const fs::path& folder) { return std::make_unique<FileLock>(folder / "lock", "the run is", "stop it first"); }

void writeRunConfig(const fs::path& folder, const RunConfig& config)
{
    const auto texts = [](const std::vector<std::string>& list) {
        toml::array array;
        for (const std::string& entry : list) array.push_back(entry);
        return array;
    };
    toml::table table;
    table.insert("schema", kSchema);
    table.insert("system", config.system);
    table.insert("dataset", config.dataset);
    table.insert("seed", static_cast<std::int64_t>(config.seed));
    table.insert("total_steps", config.totalSteps);
    table.insert("device", config.device);
    table.insert("version", config.version);
    table.insert("created", isoTime());
    table.insert("system_options", tomlOf(config.systemOptions));
    table.insert("training_options", tomlOf(config.trainingOptions));
    if (config.fork) table.insert("fork", toml::table{{"run", config.fork->run.string()}, {"step", config.fork->step}, {"changed", texts(config.fork->changed)}, {"before", tomlOf(config.fork->before)}});
    if (config.data) table.insert("data", toml::table{{"clips", config.data->clips}, {"labels", texts(config.data->labels)}, {"fingerprint", config.data->fingerprint}});
    std::ostringstream text;
    text << "# The resolved configuration of this run, written once when it began.\n" << table << "\n";
    writeFile(folder / "run.toml", text.str());
}

void appendHistory(const fs::path& run, const std::string& kind, std::int64_t step, const json& details)
{
    json line = {{"time", isoTime()}, {"kind", kind}, {"step", step}};
    if (details.is_object()) line.update(details);
    appendLine(run / "history.jsonl", dumped(line));
}

// --- reader ---

bool RunReader::isRun(const fs::path& folder)
{
    std::error_code code;
    return fs::is_regular_file(folder / "run.toml", code);
}

RunReader::RunReader(fs::path folder) : m_folder(std::move(folder))
{
    if (!isRun(m_folder)) throw Error(ErrorCode::NotFound, "is no run: there is no run.toml in it", m_folder.string());
}

RunConfig RunReader::config() const
{
    const fs::path file = m_folder / "run.toml";
    const std::string text = readFile(file, std::uintmax_t(1) << 20);
    toml::table table;
    try {
        table = toml::parse(text);
    } catch (const toml::parse_error& error) {
        throw Error(ErrorCode::Damaged, "line " + std::to_string(error.source().begin.line) + ": " + std::string(error.description()), file.string());
    }
    const std::optional<std::int64_t> schema = table["schema"].value_exact<std::int64_t>();
    if (!schema) throw Error(ErrorCode::Damaged, "has no 'schema': it is no run.toml of Kinora", file.string());
    if (*schema > kSchema)
        throw Error(ErrorCode::Incompatible, "was written by a newer Kinora (schema " + std::to_string(*schema) + ", this one knows " + std::to_string(kSchema) + ")", file.string());
    const auto need = [&](const char* key) -> std::string {
        const auto value = table[key].value_exact<std::string>();
        if (!value) throw Error(ErrorCode::Damaged, std::string("has no text '") + key + "'", file.string());
        return *value;
    };
    const auto needInteger = [&](const char* key) -> std::int64_t {
        const auto value = table[key].value_exact<std::int64_t>();
        if (!value || *value < 0) throw Error(ErrorCode::Damaged, std::string("has no number '") + key + "' of 0 or more", file.string());
        return *value;
    };
    RunConfig config;
    config.system = need("system");
    config.dataset = need("dataset");
    config.device = need("device");
    config.version = need("version");
    config.seed = static_cast<std::uint64_t>(needInteger("seed"));
    config.totalSteps = needInteger("total_steps");
    config.systemOptions = valuesOf(table["system_options"].as_table(), file);
    config.trainingOptions = valuesOf(table["training_options"].as_table(), file);
    config.created = table["created"].value_or(std::string());
    const auto texts = [&](const toml::table& from, const char* key) {
        std::vector<std::string> list;
        if (const toml::array* array = from[key].as_array())
            for (const toml::node& entry : *array) list.push_back(entry.value_or(std::string()));
        return list;
    };
    if (const toml::table* fork = table["fork"].as_table())
        config.fork = ForkOrigin{(*fork)["run"].value_or(std::string()), (*fork)["step"].value_or(std::int64_t(0)), texts(*fork, "changed"), valuesOf((*fork)["before"].as_table(), file)};
    if (const toml::table* data = table["data"].as_table())
        config.data = DatasetFacts{(*data)["clips"].value_or(std::int64_t(0)), texts(*data, "labels"), (*data)["fingerprint"].value_or(std::string())};
    return config;
}

std::int64_t RunReader::totalSteps() const
{
    std::int64_t total = config().totalSteps;
    for (const json& line : history())
        if (const auto found = line.find("total_steps"); found != line.end() && found->is_number_integer()) total = found->get<std::int64_t>();
    return total;
}

std::string RunReader::dataset() const
{
    std::string dataset = config().dataset;
    for (const json& line : history())
        if (line.value("kind", json()) == "dataset" && line.value("to", json()).is_string()) dataset = line["to"].get<std::string>();
    return dataset;
}

std::optional<BestCheckpoint> RunReader::best() const
{
    const fs::path file = m_folder / "best.json";
    std::error_code code;
    if (!fs::exists(file, code)) return std::nullopt;
    const json value = parsedJson(file, std::uintmax_t(1) << 16);
    BestCheckpoint best;
    try {
        best.step = value.at("step").get<std::int64_t>();
        best.metric = value.at("metric").get<std::string>();
        best.value = value.at("value").get<double>();
        best.lowerIsBetter = value.at("lower_is_better").get<bool>();
    } catch (const json::exception& error) {
        throw Error(ErrorCode::Damaged, std::string("does not name a best checkpoint: ") + error.what(), file.string());
    }
    best.path = stepFile(m_folder / "checkpoints", best.step);
    if (!fs::exists(best.path, code)) return std::nullopt;  // named before it was saved, or deleted since
    return best;
}

std::optional<RunStatus> RunReader::status() const
{
    const fs::path file = m_folder / "status.json";
    std::error_code code;
    if (!fs::exists(file, code)) return std::nullopt;
    const json value = parsedJson(file, std::uintmax_t(1) << 20);
    try {
        RunStatus status;
        RunProgress& p = status.progress;
        p.state = runStateFromName(value.at("state").get<std::string>());
        p.step = value.at("step").get<std::int64_t>();
        p.totalSteps = value.at("total_steps").get<std::int64_t>();
        p.epoch = value.at("epoch").is_number() ? value.at("epoch").get<double>() : 0;
        p.phase = value.at("phase").get<std::string>();
        p.stepsPerSecond = value.at("steps_per_second").is_number() ? value.at("steps_per_second").get<double>() : 0;
        p.clipsPerSecond = value.at("clips_per_second").is_number() ? value.at("clips_per_second").get<double>() : 0;
        p.device = value.at("device").get<std::string>();
        p.message = value.at("message").get<std::string>();
        status.heartbeat = value.at("heartbeat").get<std::int64_t>();
        status.pid = value.at("pid").get<int>();
        status.host = value.at("host").get<std::string>();
        status.startedAt = value.at("started_at").get<std::string>();
        if (const auto scalars = value.find("scalars"); scalars != value.end())
            for (const auto& [tag, point] : scalars->items())
                status.scalars[tag] = {point.at(0).get<std::int64_t>(), point.at(1).is_number() ? point.at(1).get<double>() : std::numeric_limits<double>::quiet_NaN()};
        return status;
    } catch (const json::exception& error) {
        throw Error(ErrorCode::Damaged, std::string("is no status of a run: ") + error.what(), file.string());
    }
}

std::vector<CheckpointFile> RunReader::checkpoints() const { return stepFiles<CheckpointFile>(m_folder / "checkpoints"); }
std::vector<SampleFile> RunReader::samples() const { return stepFiles<SampleFile>(m_folder / "samples"); }

SampleMatrix RunReader::readSample(const fs::path& path)
{
    const safetensors::File file(path);
    const auto& tensors = file.tensors();
    const auto found = tensors.find("clips");
    if (found == tensors.end()) throw Error(ErrorCode::Damaged, "holds no tensor 'clips'", path.string());
    const safetensors::TensorView& clips = found->second;
    const auto fits = [](std::int64_t n) { return n >= 1 && n <= 1 << 20; };
    if (clips.type != "U8" || clips.shape.size() != 5 || clips.shape[4] != 3 || !std::all_of(clips.shape.begin(), clips.shape.end(), fits))
        throw Error(ErrorCode::Damaged, "'clips' is not uint8 (clips, frames, height, width, 3)", path.string());
    const auto fact = [&](const char* key) {
        const auto entry = file.metadata().find(key);
        if (entry == file.metadata().end()) throw Error(ErrorCode::Damaged, std::string("has no '") + key + "' in its header", path.string());
        try {
            return parseNumber(entry->second, key);
        } catch (const Error& error) {
            throw Error(ErrorCode::Damaged, error.detail(), path.string());
        }
    };
    SampleMatrix matrix;
    const double rows = fact("rows"), columns = fact("columns");
    matrix.frameRateHz = fact("frame_rate_hz");
    matrix.step = stepOf(path).value_or(0);
    if (!(rows >= 1 && columns >= 1 && rows * columns == static_cast<double>(clips.shape[0])) || !(matrix.frameRateHz > 0))
        throw Error(ErrorCode::Damaged, "rows, columns or frame rate in its header do not fit 'clips'", path.string());
    matrix.rows = static_cast<int>(rows);
    matrix.columns = static_cast<int>(columns);
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(clips.bytes.data());
    const std::size_t size = clips.bytes.size() / static_cast<std::size_t>(clips.shape[0]);
    for (std::int64_t i = 0; i < clips.shape[0]; ++i)
        matrix.clips.emplace_back(static_cast<int>(clips.shape[1]), static_cast<int>(clips.shape[2]), static_cast<int>(clips.shape[3]),
                                  std::vector<std::uint8_t>(bytes + size * i, bytes + size * (i + 1)));
    return matrix;
}

bool RunReader::locked() const { return FileLock::held(m_folder / "lock"); }

std::string RunReader::owner() const
{
    std::error_code code;
    return fs::exists(m_folder / "lock", code) ? ownerText(FileLock::owner(m_folder / "lock")) : std::string();
}

std::vector<json> RunReader::history() const
{
    std::vector<json> lines;
    std::ifstream stream(m_folder / "history.jsonl");
    std::string line;
    while (std::getline(stream, line)) {
        json value = json::parse(line, nullptr, false);
        if (value.is_object()) lines.push_back(std::move(value));
    }
    return lines;
}

std::string RunReader::ask(const RunRequest& request) const
{
    static std::atomic<int> counter{0};
    const auto now = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
    std::error_code code;
    fs::create_directory(m_folder / "control", code);
    char name[128];
    std::snprintf(name, sizeof name, "%016lld-%d-%03d-%s.json", static_cast<long long>(now), static_cast<int>(::getpid()), counter++ % 1000,
                  std::string(requestName(request.kind)).c_str());
    json value = {{"kind", requestName(request.kind)}, {"asked_at", isoTime()}};
    if (request.kind == RunRequest::Kind::Set) value["key"] = request.key;
    if (request.kind == RunRequest::Kind::Set || request.kind == RunRequest::Kind::Metric) value["value"] = request.value;
    writeFile(m_folder / "control" / name, dumped(value) + "\n");
    return name;
}

json RunReader::notes() const
{
    const fs::path file = m_folder / "notes.json";
    std::error_code code;
    if (!fs::exists(file, code)) return json::object();
    return parsedJson(file, std::uintmax_t(16) << 20);
}

void RunReader::setNotes(const json& notes) const { writeFile(m_folder / "notes.json", notes.dump(2, ' ', false, json::error_handler_t::replace) + "\n"); }

bool StaleWatch::stale(const RunStatus& status, std::chrono::steady_clock::time_point now)
{
    const RunState state = status.progress.state;
    if (state == RunState::Finished || state == RunState::Stopped || state == RunState::Failed) return false;
    if (m_heartbeat != status.heartbeat || m_moved == std::chrono::steady_clock::time_point{}) {
        m_heartbeat = status.heartbeat;
        m_moved = now;
    }
    return now - m_moved > std::chrono::seconds(30);
}

// --- writer ---

struct RunWriter::Private {
    fs::path folder;
    std::unique_ptr<FileLock> lock;
    std::unique_ptr<EventsWriter> events;
    GridEncoder encoder;
    std::int64_t keepCheckpoints = 3, keepEvery = 0;
    std::optional<BestCheckpoint> best;

    // status.json: written by the trainer's thread when something happens and by the heartbeat's when nothing does
    std::mutex mutex;
    std::condition_variable wake;
    RunStatus status;
    std::chrono::steady_clock::time_point written{};
    bool dirty = false;
    bool complained = false;
    std::set<std::string> badRequests;
    std::jthread heart;

    ~Private()
    {
        if (heart.joinable()) {
            heart.request_stop();
            wake.notify_all();
            heart.join();
        }
        const std::lock_guard guard(mutex);
        if (dirty) writeStatus();
    }

    /// A status that cannot be written stops no training: the next checkpoint says what is wrong with the disk.
    void writeStatus()
    {
        ++status.heartbeat;
        written = std::chrono::steady_clock::now();
        dirty = false;
        try {
            replaceFile(folder / "status.json", dumped(toJson(status)) + "\n");
            complained = false;
        } catch (const Error& error) {
            if (!std::exchange(complained, true)) log::warning(error.what());
        }
    }

    void start(const RunConfig& config, std::int64_t step, std::int64_t totalSteps)
    {
        const auto integer = [&](const char* key, std::int64_t fallback) {
            const auto found = config.trainingOptions.find(key);
            if (found == config.trainingOptions.end()) return fallback;
            const auto* value = std::get_if<std::int64_t>(&found->second);
            return value ? *value : fallback;
        };
        keepCheckpoints = integer("keep_checkpoints", keepCheckpoints);
        keepEvery = integer("keep_every", keepEvery);
        status.pid = static_cast<int>(::getpid());
        status.host = hostName();
        status.startedAt = isoTime();
        status.progress.state = RunState::Created;
        status.progress.step = step;
        status.progress.totalSteps = totalSteps;
        status.progress.phase = "starting";
        {
            const std::lock_guard guard(mutex);
            writeStatus();
        }
        heart = std::jthread([this](std::stop_token stop) {
            std::unique_lock guard(mutex);
            while (!stop.stop_requested()) {
                const auto due = written + (dirty ? std::chrono::steady_clock::duration(kStatusInterval) : std::chrono::steady_clock::duration(kHeartbeat));
                if (std::chrono::steady_clock::now() >= due) writeStatus();
                else wake.wait_until(guard, due);
            }
        });
    }

    void remember(const std::string& kind, std::int64_t step, const json& details)
    {
        appendHistory(folder, kind, step, details);
    }

    /// Keeps the newest, those at multiples and the best.
    void prune()
    {
        const std::vector<CheckpointFile> all = stepFiles<CheckpointFile>(folder / "checkpoints");
        std::error_code ignored;
        for (std::size_t i = 0; i + static_cast<std::size_t>(keepCheckpoints) < all.size(); ++i) {
            if (keepEvery > 0 && all[i].step % keepEvery == 0) continue;
            if (best && best->step == all[i].step) continue;
            fs::remove(all[i].path, ignored);
        }
    }

    /// Puts away what comes after \p step: nothing that a person may want to see is deleted. \returns how many files
    std::size_t putAside(const RunReader& reader, std::int64_t step)
    {
        std::vector<fs::path> later;
        const auto isLater = [&](std::int64_t other) { return step == 0 || other > step; };
        for (const CheckpointFile& file : reader.checkpoints())
            if (isLater(file.step)) later.push_back(file.path);
        for (const SampleFile& file : reader.samples())
            if (isLater(file.step)) later.push_back(file.path);
        if (later.empty()) return 0;
        int number = 1;
        while (fs::exists(folder / ("discarded-" + std::to_string(number)))) ++number;
        const fs::path aside = folder / ("discarded-" + std::to_string(number));
        std::error_code code;
        for (const fs::path& file : later) {
            const fs::path place = aside / file.parent_path().filename();
            fs::create_directories(place, code);
            if (!code) fs::rename(file, place / file.filename(), code);
            if (code) throwWriteError(code.value(), "cannot be put aside into " + place.string(), file);
        }
        return later.size();
    }

    /// What is known from before a resume at \p step: the newest points, and which checkpoint is the best of those that are left.
    void takeUp(const RunReader& reader, std::int64_t step)
    {
        if (const auto before = attempt([&] { return reader.status(); }); before && before.value()) {
            const std::lock_guard guard(mutex);
            for (const auto& [tag, point] : before.value()->scalars)
                if (step > 0 && point.first <= step) status.scalars[tag] = point;
        }
        std::error_code code;
        if (!fs::exists(folder / "best.json", code)) return;
        std::string metric;
        bool lowerIsBetter = true;
        try {
            const json known = parsedJson(folder / "best.json", std::uintmax_t(1) << 16);
            metric = known.at("metric").get<std::string>();
            lowerIsBetter = known.at("lower_is_better").get<bool>();
            best = reader.best();
        } catch (const std::exception& error) {
            log::warning(std::string("the best checkpoint so far is not known any more: ") + error.what());
        }
        if (best && step > 0 && best->step <= step) return;
        // it was put aside, or is damaged: the best of those that are left and were measured
        best.reset();
        std::map<std::int64_t, double> measured;
        for (const json& line : reader.history()) {
            const std::string kind = line.value("kind", json()).is_string() ? line["kind"].get<std::string>() : std::string();
            const std::int64_t at = line.value("step", json()).is_number_integer() ? line["step"].get<std::int64_t>() : 0;
            if (kind == "resume" || kind == "roll_back") measured.erase(at == 0 ? measured.begin() : measured.upper_bound(at), measured.end());
            if (kind == "metric" && line.value("metric", json()) == metric && line.value("value", json()).is_number()) measured[at] = line["value"].get<double>();
        }
        if (step == 0) measured.clear();
        for (const auto& [at, value] : measured) {
            if (at > step || !fs::exists(stepFile(folder / "checkpoints", at), code)) continue;
            if (!best || (lowerIsBetter ? value < best->value : value > best->value)) best = BestCheckpoint{at, metric, value, lowerIsBetter, stepFile(folder / "checkpoints", at)};
        }
        if (best) writeBest();
        else fs::remove(folder / "best.json", code);
    }

    void writeBest()
    {
        writeFile(folder / "best.json",
                  dumped({{"step", best->step}, {"metric", best->metric}, {"value", best->value}, {"lower_is_better", best->lowerIsBetter}}) + "\n");
    }
};

RunWriter::RunWriter() : d(std::make_unique<Private>()) {}
RunWriter::~RunWriter() = default;

void RunWriter::setGridEncoder(GridEncoder encoder) { d->encoder = std::move(encoder); }

void RunWriter::setRetention(std::int64_t keepCheckpoints, std::int64_t keepEvery)
{
    d->keepCheckpoints = std::max<std::int64_t>(1, keepCheckpoints);
    d->keepEvery = std::max<std::int64_t>(0, keepEvery);
}

std::unique_ptr<RunWriter> RunWriter::create(const fs::path& folder, const RunConfig& config)
{
    std::error_code code;
    fs::create_directories(folder, code);
    if (code) throwWriteError(code.value(), "the run's folder cannot be made", folder);
    const auto holdsSomething = [&] {
        std::error_code failed;
        // a lock without a run is what a trainer leaves that was killed in its first millisecond
        for (fs::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed))
            if (it->path().filename() != "lock" && !isTemporary(it->path())) return true;
        if (failed) throw Error(ErrorCode::CannotRead, failed.message(), folder.string());
        return false;
    };
    const auto refuse = [&] {
        if (RunReader::isRun(folder)) {
            const RunReader reader(folder);
            if (reader.locked()) throw Error(ErrorCode::Locked, "holds a run that is owned by " + reader.owner(), folder.string());
            throw Error(ErrorCode::CannotWrite, "holds a run already; continue it with --resume, or choose another folder", folder.string());
        }
        throw Error(ErrorCode::CannotWrite, "the folder is not empty; choose another one for the run", folder.string());
    };
    if (holdsSomething()) refuse();
    std::unique_ptr<RunWriter> writer(new RunWriter);
    Private& d = *writer->d;
    d.folder = folder;
    d.lock = lockRun(folder);
    if (holdsSomething()) refuse();
    removeTemporaries(folder);
    writeRunConfig(folder, config);
    for (const char* name : {"checkpoints", "samples", "control"}) {
        fs::create_directory(folder / name, code);
        if (code) throwWriteError(code.value(), "the folder cannot be made", folder / name);
    }
    d.remember("start", 0,
               {{"system", config.system}, {"dataset", config.dataset}, {"seed", config.seed}, {"total_steps", config.totalSteps}, {"device", config.device},
                {"version", config.version}, {"host", hostName()}, {"pid", static_cast<long>(::getpid())}});
    d.events = std::make_unique<EventsWriter>(folder);
    std::string table = "| option | value |\n|---|---|\n";
    for (const OptionValues* values : {&config.systemOptions, &config.trainingOptions})
        for (const auto& [key, value] : *values) table += "| " + key + " | " + optionText(value) + " |\n";
    d.events->text(0, "configuration", "**" + config.system + "** on **" + config.dataset + "**, seed " + std::to_string(config.seed) + "\n\n" + table);
    d.start(config, 0, config.totalSteps);
    return writer;
}

std::unique_ptr<RunWriter> RunWriter::resume(const fs::path& folder, std::int64_t step, std::int64_t totalSteps, std::unique_ptr<FileLock> lock)
{
    const RunReader reader(folder);
    const RunConfig config = reader.config();
    std::unique_ptr<RunWriter> writer(new RunWriter);
    Private& d = *writer->d;
    d.folder = folder;
    d.lock = lock ? std::move(lock) : lockRun(folder);
    removeTemporaries(folder);
    std::error_code code;
    for (const char* name : {"checkpoints", "samples", "control"}) {
        fs::create_directory(folder / name, code);
        if (code) throwWriteError(code.value(), "the folder cannot be made", folder / name);
    }
    json leftOver = json::array();
    for (const fs::path& file : requestFiles(folder)) {
        leftOver.push_back(file.filename().string());
        fs::remove(file, code);
    }

    const std::size_t aside = d.putAside(reader, step);
    d.takeUp(reader, step);
    json details = {{"total_steps", totalSteps}, {"host", hostName()}, {"pid", static_cast<long>(::getpid())}};
    if (!leftOver.empty()) details["dropped_requests"] = leftOver;
    if (aside > 0) details["put_aside"] = aside;
    d.remember("resume", step, details);
    d.events = std::make_unique<EventsWriter>(folder);
    d.events->restart(step == 0 ? -1 : step);
    d.start(config, step, totalSteps);
    return writer;
}

void RunWriter::scalars(std::int64_t step, double epoch, const std::vector<std::pair<std::string, double>>& values)
{
    auto all = values;
    all.emplace_back("epoch", epoch);
    d->events->scalars(step, all);
    const std::lock_guard guard(d->mutex);
    for (const auto& [tag, value] : all) d->status.scalars[tag] = {step, value};
    d->dirty = true;
}

void RunWriter::samples(std::int64_t step, const std::vector<Frames>& clips, int rows, int columns, double frameRateHz)
{
    if (clips.empty()) return;
    const Frames& first = clips.front();
    std::vector<std::uint8_t> bytes;
    bytes.reserve(first.bytes().size() * clips.size());
    for (const Frames& clip : clips) {
        if (clip.count() != first.count() || clip.height() != first.height() || clip.width() != first.width())
            throw Error(ErrorCode::ShapeMismatch, "the clips of a sample matrix differ in size");
        bytes.insert(bytes.end(), clip.bytes().begin(), clip.bytes().end());
    }
    const std::map<std::string, safetensors::TensorSource> tensors = {
        {"clips",
         {"U8", {static_cast<std::int64_t>(clips.size()), first.count(), first.height(), first.width(), 3}, std::as_bytes(std::span(bytes.data(), bytes.size()))}}};
    const std::map<std::string, std::string> facts = {
        {"format", "kinora-clips"}, {"version", "1"}, {"step", std::to_string(step)},
        {"rows", std::to_string(rows)}, {"columns", std::to_string(columns)}, {"frame_rate_hz", formatNumber(frameRateHz)}};
    writeFile(stepFile(d->folder / "samples", step), safetensors::serialize(tensors, facts));
    if (d->encoder) {
        const Frames grid = tile(clips, rows, columns);
        const auto picture = attempt([&] { return d->encoder(grid, frameRateHz); });
        if (picture) d->events->image(step, "samples", grid.height(), grid.width(), picture.value());
        else if (picture.error().code() == ErrorCode::DiskFull) throw picture.error();
        else log::warning(std::string("the sample grid goes without a picture for TensorBoard: ") + picture.error().what());  // the clips are stored
    }
}

void RunWriter::checkpoint(std::int64_t step, const std::string& bytes)
{
    d->events->flush();
    writeFile(stepFile(d->folder / "checkpoints", step), bytes);
    d->prune();
}

void RunWriter::best(std::int64_t step, const std::string& metric, double value, bool lowerIsBetter)
{
    if (!std::isfinite(value)) throw Error(ErrorCode::Internal, "a best checkpoint needs a number", metric);
    d->best = BestCheckpoint{step, metric, value, lowerIsBetter, stepFile(d->folder / "checkpoints", step)};
    d->writeBest();
    d->prune();
}

std::unique_ptr<safetensors::File> RunWriter::rollBack()
{
    const RunReader reader(d->folder);
    if (reader.checkpoints().empty()) return nullptr;
    CheckpointFile good;
    try {
        good = newestGoodCheckpoint(reader);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::NotFound) throw;
        return nullptr;
    }
    d->putAside(reader, good.step);
    {
        const std::lock_guard guard(d->mutex);
        d->status.scalars.clear();
    }
    d->takeUp(reader, good.step);
    d->events->restart(good.step);
    return std::make_unique<safetensors::File>(good.path);
}

std::optional<std::uint64_t> RunWriter::freeBytes()
{
    std::error_code code;
    const fs::space_info space = fs::space(d->folder, code);
    return code ? std::nullopt : std::optional<std::uint64_t>(space.available);
}

void RunWriter::progress(const RunProgress& progress)
{
    const std::lock_guard guard(d->mutex);
    RunProgress& known = d->status.progress;
    const bool news = known.state != progress.state || known.phase != progress.phase || known.message != progress.message;
    known = progress;
    const bool due = std::chrono::steady_clock::now() - d->written >= kStatusInterval;
    // phases may change many times a second on a fast system; states do not
    const bool stateNews = news && progress.state != RunState::Running;
    if (due || stateNews) {
        d->writeStatus();
    } else {
        d->dirty = true;  // the heartbeat writes it when it is due
        d->wake.notify_all();
    }
}

void RunWriter::event(const std::string& kind, std::int64_t step, const json& details) { d->remember(kind, step, details); }

std::optional<RunRequest> RunWriter::poll()
{
    for (const fs::path& file : requestFiles(d->folder)) {
        const std::string id = file.filename().string();
        if (d->badRequests.contains(id)) continue;
        try {
            const json value = parsedJson(file, 65536);
            const std::string kind = value.at("kind").get<std::string>();
            RunRequest request;
            request.id = id;
            request.key = value.value("key", "");
            request.value = value.value("value", "");
            bool known = false;
            for (const auto& [which, name] : kRequestNames)
                if (name == kind) {
                    request.kind = which;
                    known = true;
                }
            if (known) return request;
            throw Error(ErrorCode::Damaged, "'" + kind + "' is no request", id);
        } catch (const std::exception& error) {
            std::error_code code;
            if (!fs::exists(file, code)) continue;  // taken back by who asked
            log::warning(std::string("a request was dropped: ") + error.what());
            fs::remove(file, code);
            d->badRequests.insert(id);  // should it not go away
            d->remember("bad_request", d->status.progress.step, {{"request", id}, {"problem", error.what()}});
        }
    }
    return std::nullopt;
}

void RunWriter::done(const RunRequest& request, const std::string& problem)
{
    json details = {{"request", requestName(request.kind)}, {"id", request.id}};
    if (!request.key.empty()) details["key"] = request.key;
    if (!request.value.empty()) details["value"] = request.value;
    if (!problem.empty()) details["problem"] = problem;
    d->remember(problem.empty() ? "request" : "refused", d->status.progress.step, details);
    std::error_code code;
    fs::remove(d->folder / "control" / request.id, code);
    if (code) d->badRequests.insert(request.id);
}

void checkCheckpoint(const CheckpointFile& checkpoint)
{
    const safetensors::File file(checkpoint.path);
    const auto& facts = file.metadata();
    const auto fact = [&](const char* key) {
        const auto found = facts.find(key);
        return found == facts.end() ? std::string() : found->second;
    };
    if (fact("format") != "kinora-checkpoint") throw Error(ErrorCode::Damaged, "is no checkpoint of Kinora", checkpoint.path.string());
    if (!file.contains("rng/cpu")) throw Error(ErrorCode::Incompatible, "holds weights alone and cannot be resumed", checkpoint.path.string());
    if (fact("step") != std::to_string(checkpoint.step)) throw Error(ErrorCode::Damaged, "its header and its name differ in the step", checkpoint.path.string());
    if (const std::string stored = fact("crc32c"); !stored.empty()) {
        std::uint32_t crc = 0;
        for (const auto& [name, tensor] : file.tensors()) crc = crc32c(tensor.bytes.data(), tensor.bytes.size(), crc);
        if (stored != std::to_string(crc)) throw Error(ErrorCode::Damaged, "its tensors fail their checksum", checkpoint.path.string());
    }
}

CheckpointFile newestGoodCheckpoint(const RunReader& run, std::vector<std::string>* skipped)
{
    std::vector<CheckpointFile> all = run.checkpoints();
    std::reverse(all.begin(), all.end());
    for (const CheckpointFile& candidate : all) {
        try {
            checkCheckpoint(candidate);
            return candidate;
        } catch (const Error& error) {
            if (skipped) skipped->push_back(error.what());
        }
    }
    throw Error(ErrorCode::NotFound, all.empty() ? "holds no checkpoint yet" : "holds no checkpoint that can be resumed", run.folder().string());
}

}  // namespace kinora
