#include "core/run/run_directory.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <condition_variable>
#include <cstring>
#include <ctime>
#include <fstream>
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
namespace {

constexpr std::int64_t kSchema = 1;
constexpr auto kStatusInterval = std::chrono::milliseconds(250);  ///< Status is written at most this often ...
constexpr auto kHeartbeat = std::chrono::milliseconds(1500);      ///< ... and at least this often.
constexpr std::string_view kTemporaryMark = ".tmp";               ///< In the names of files that are not whole yet.

std::string isoTime(std::chrono::system_clock::time_point when = std::chrono::system_clock::now())
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

std::string hostName()
{
    char host[256] = {};
    if (::gethostname(host, sizeof host - 1) != 0) return "localhost";
    return host;
}

[[noreturn]] void throwWriteError(int reason, const std::string& what, const fs::path& path)
{
    const bool full = reason == ENOSPC || reason == EDQUOT || reason == EFBIG;
    throw Error(full ? ErrorCode::DiskFull : ErrorCode::CannotWrite, what + ": " + std::strerror(reason), path.string());
}

std::string firstLine(const fs::path& file)
{
    std::ifstream stream(file);
    std::string line;
    std::getline(stream, line);
    return line;
}

/// Field 22 of /proc/<pid>/stat: when the process started, which tells it from a later one with the same number. Empty if there is none.
std::string startOf(long pid)
{
    const std::string stat = firstLine("/proc/" + std::to_string(pid) + "/stat");
    const std::size_t close = stat.rfind(')');  // the name before it may hold anything
    if (close == std::string::npos) return {};
    std::istringstream fields(stat.substr(close + 1));
    std::string field;
    for (int number = 3; number <= 22; ++number) fields >> field;
    return field;
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

void writeConfig(const fs::path& folder, const RunConfig& config)
{
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
    std::ostringstream text;
    text << "# The resolved configuration of this run, written once when it began.\n" << table << "\n";
    writeFile(folder / "run.toml", text.str());
}

// --- status.json ---

json toJson(const RunStatus& status)
{
    const RunProgress& p = status.progress;
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
            {"updated_at", isoTime()}};
}

std::string dumped(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

// --- lock ---

struct LockOwner {
    std::string host, boot, start;
    long pid = 0;
};

std::string bootId() { return firstLine("/proc/sys/kernel/random/boot_id"); }

std::optional<LockOwner> readOwner(int descriptor)
{
    char text[1024];
    const ssize_t size = ::pread(descriptor, text, sizeof text, 0);
    if (size <= 0) return std::nullopt;
    const json value = json::parse(text, text + size, nullptr, false);
    if (!value.is_object()) return std::nullopt;
    LockOwner owner;
    try {
        owner.host = value.value("host", "");
        owner.boot = value.value("boot_id", "");
        owner.start = value.value("started", "");
        owner.pid = value.value("pid", 0L);
    } catch (const json::exception&) {
        return std::nullopt;
    }
    return owner;
}

std::string text(const std::optional<LockOwner>& owner)
{
    return owner ? "process " + std::to_string(owner->pid) + " on " + owner->host : std::string("another process");
}

/// True if this kernel can tell whether the owner lives.
bool sameKernel(const LockOwner& owner) { return !owner.boot.empty() && owner.boot == bootId(); }
/// True if it surely is another machine, whose processes cannot be seen from here.
bool otherHost(const LockOwner& owner) { return !sameKernel(owner) && owner.host != hostName(); }
bool alive(const LockOwner& owner)
{
    if (!sameKernel(owner) || owner.pid <= 0) return false;  // the machine has been started anew since
    return startOf(owner.pid) == owner.start;
}

enum class Held { No, Yes, Unknown };
/// Asks the kernel; Unknown on file systems without locks.
Held heldByKernel(int descriptor)
{
    struct flock query {};
    query.l_type = F_WRLCK;
    query.l_whence = SEEK_SET;
    if (::fcntl(descriptor, F_OFD_GETLK, &query) != 0) return Held::Unknown;
    return query.l_type == F_UNLCK ? Held::No : Held::Yes;
}

bool isHeld(int descriptor, const std::optional<LockOwner>& owner)
{
    const Held held = heldByKernel(descriptor);
    if (held == Held::Yes) return true;
    if (!owner) return false;
    if (otherHost(*owner)) return true;
    return held == Held::Unknown && alive(*owner);
}

/// The run's lock. The kernel's lock on the file decides on this machine and goes with the process; the text in it says who it is, and is
/// all that another machine may see.
class RunLock {
public:
    explicit RunLock(const fs::path& folder) : m_path(folder / "lock")
    {
        while (true) {
            m_descriptor = ::open(m_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
            if (m_descriptor < 0) throwWriteError(errno, "the run cannot be locked", m_path);
            struct flock lock {};
            lock.l_type = F_WRLCK;
            lock.l_whence = SEEK_SET;
            const bool got = ::fcntl(m_descriptor, F_OFD_SETLK, &lock) == 0;
            const bool refused = !got && (errno == EAGAIN || errno == EACCES);
            const std::optional<LockOwner> owner = readOwner(m_descriptor);
            if (refused || (owner && (otherHost(*owner) || (!got && alive(*owner))))) {
                ::close(std::exchange(m_descriptor, -1));
                std::string advice = "the run is owned by " + text(owner) + "; stop it first";
                if (!refused && owner && otherHost(*owner)) advice += ", or delete this file if that process no longer runs";
                throw Error(ErrorCode::Locked, advice, m_path.string());
            }
            // the owner before us may have deleted the file between our open and our lock
            struct stat ours {}, there {};
            if (::fstat(m_descriptor, &ours) == 0 && ::stat(m_path.c_str(), &there) == 0 && ours.st_ino == there.st_ino && ours.st_dev == there.st_dev) break;
            ::close(std::exchange(m_descriptor, -1));
        }
        const std::string content =
            dumped({{"host", hostName()}, {"pid", static_cast<long>(::getpid())}, {"boot_id", bootId()}, {"started", startOf(::getpid())}});
        if (::ftruncate(m_descriptor, 0) != 0 || ::pwrite(m_descriptor, content.data(), content.size(), 0) != static_cast<ssize_t>(content.size())) {
            const int reason = errno;
            ::unlink(m_path.c_str());
            ::close(std::exchange(m_descriptor, -1));
            throwWriteError(reason ? reason : ENOSPC, "the run cannot be locked", m_path);
        }
    }
    ~RunLock()
    {
        if (m_descriptor < 0) return;
        ::unlink(m_path.c_str());
        ::close(m_descriptor);
    }
    RunLock(const RunLock&) = delete;
    RunLock& operator=(const RunLock&) = delete;

private:
    fs::path m_path;
    int m_descriptor = -1;
};

// --- requests ---

constexpr std::pair<RunRequest::Kind, std::string_view> kRequestNames[] = {{RunRequest::Kind::Pause, "pause"},
                                                                            {RunRequest::Kind::Resume, "resume"},
                                                                            {RunRequest::Kind::Stop, "stop"},
                                                                            {RunRequest::Kind::Checkpoint, "checkpoint"},
                                                                            {RunRequest::Kind::Set, "set"}};

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
    return config;
}

std::int64_t RunReader::totalSteps() const
{
    std::int64_t total = config().totalSteps;
    for (const json& line : history())
        if (const auto found = line.find("total_steps"); found != line.end() && found->is_number_integer()) total = found->get<std::int64_t>();
    return total;
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

bool RunReader::locked() const
{
    const int descriptor = ::open((m_folder / "lock").c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return false;
    const bool held = isHeld(descriptor, readOwner(descriptor));
    ::close(descriptor);
    return held;
}

std::string RunReader::owner() const
{
    const int descriptor = ::open((m_folder / "lock").c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return {};
    const std::string who = text(readOwner(descriptor));
    ::close(descriptor);
    return who;
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
    if (request.kind == RunRequest::Kind::Set) {
        value["key"] = request.key;
        value["value"] = request.value;
    }
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
    std::unique_ptr<RunLock> lock;
    std::unique_ptr<EventsWriter> events;
    GridEncoder encoder;
    std::int64_t keepCheckpoints = 3, keepEvery = 0;

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
        json line = {{"time", isoTime()}, {"kind", kind}, {"step", step}};
        if (details.is_object()) line.update(details);
        appendLine(folder / "history.jsonl", dumped(line));
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
    d.lock = std::make_unique<RunLock>(folder);
    if (holdsSomething()) refuse();
    removeTemporaries(folder);
    writeConfig(folder, config);
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

std::unique_ptr<RunWriter> RunWriter::resume(const fs::path& folder, std::int64_t step, std::int64_t totalSteps)
{
    const RunReader reader(folder);
    const RunConfig config = reader.config();
    std::unique_ptr<RunWriter> writer(new RunWriter);
    Private& d = *writer->d;
    d.folder = folder;
    d.lock = std::make_unique<RunLock>(folder);
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

    // put aside what comes after the step: nothing that a person may want to see is deleted
    std::vector<fs::path> later;
    const auto isLater = [&](std::int64_t other) { return step == 0 || other > step; };
    for (const CheckpointFile& file : reader.checkpoints())
        if (isLater(file.step)) later.push_back(file.path);
    for (const SampleFile& file : reader.samples())
        if (isLater(file.step)) later.push_back(file.path);
    if (!later.empty()) {
        int number = 1;
        while (fs::exists(folder / ("discarded-" + std::to_string(number)))) ++number;
        const fs::path aside = folder / ("discarded-" + std::to_string(number));
        for (const fs::path& file : later) {
            const fs::path place = aside / file.parent_path().filename();
            fs::create_directories(place, code);
            if (!code) fs::rename(file, place / file.filename(), code);
            if (code) throwWriteError(code.value(), "cannot be put aside into " + place.string(), file);
        }
    }
    json details = {{"total_steps", totalSteps}, {"host", hostName()}, {"pid", static_cast<long>(::getpid())}};
    if (!leftOver.empty()) details["dropped_requests"] = leftOver;
    if (!later.empty()) details["put_aside"] = later.size();
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
    const std::vector<CheckpointFile> all = stepFiles<CheckpointFile>(d->folder / "checkpoints");
    std::error_code ignored;
    for (std::size_t i = 0; i + d->keepCheckpoints < all.size(); ++i)
        if (d->keepEvery <= 0 || all[i].step % d->keepEvery != 0) fs::remove(all[i].path, ignored);
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

CheckpointFile newestGoodCheckpoint(const RunReader& run, std::vector<std::string>* skipped)
{
    std::vector<CheckpointFile> all = run.checkpoints();
    std::reverse(all.begin(), all.end());
    for (const CheckpointFile& candidate : all) {
        try {
            const safetensors::File file(candidate.path);
            const auto& facts = file.metadata();
            const auto fact = [&](const char* key) {
                const auto found = facts.find(key);
                return found == facts.end() ? std::string() : found->second;
            };
            if (fact("format") != "kinora-checkpoint") throw Error(ErrorCode::Damaged, "is no checkpoint of Kinora", candidate.path.string());
            if (!file.contains("rng/cpu")) throw Error(ErrorCode::Incompatible, "holds weights alone and cannot be resumed", candidate.path.string());
            if (fact("step") != std::to_string(candidate.step)) throw Error(ErrorCode::Damaged, "its header and its name differ in the step", candidate.path.string());
            if (const std::string stored = fact("crc32c"); !stored.empty()) {
                std::uint32_t crc = 0;
                for (const auto& [name, tensor] : file.tensors()) crc = crc32c(tensor.bytes.data(), tensor.bytes.size(), crc);
                if (stored != std::to_string(crc)) throw Error(ErrorCode::Damaged, "its tensors fail their checksum", candidate.path.string());
            }
            return candidate;
        } catch (const Error& error) {
            if (skipped) skipped->push_back(error.what());
        }
    }
    throw Error(ErrorCode::NotFound, all.empty() ? "holds no checkpoint yet" : "holds no checkpoint that can be resumed", run.folder().string());
}

}  // namespace kinora
