#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <map>
#include <protozero/exception.hpp>
#include <set>
#include <system_error>
#include <utility>

#include "core/events/event_fields.h"
#include "core/events/event_parser.h"
#include "core/events/tfevents.h"
#include "core/util/error.h"

namespace kinora {
namespace fs = std::filesystem;
using namespace tfevents;
namespace {

constexpr std::size_t kReadBytes = std::size_t(1) << 20;
constexpr std::size_t kMarkBytes = 64;    // at either end of what was read of a file, to know it again
constexpr std::size_t kListedDamage = 8;  // a file; more is counted

/// An open file, for reading at any place. Not mapped: a mapped file that is cut short kills the process that looks at it.
class Source {
public:
    explicit Source(const fs::path& path) : m_descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)), m_error(m_descriptor < 0 ? errno : 0) {}
    ~Source()
    {
        if (m_descriptor >= 0) ::close(m_descriptor);
    }
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    int error() const { return m_error; }
    struct stat facts()
    {
        struct stat facts {};
        if (::fstat(m_descriptor, &facts) != 0) m_error = errno;
        return facts;
    }
    /// \returns how many of the bytes there are
    std::size_t read(char* to, std::size_t size, std::uint64_t offset)
    {
        std::size_t got = 0;
        while (got < size) {
            const ssize_t n = ::pread(m_descriptor, to + got, size - got, static_cast<off_t>(offset + got));
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) m_error = errno;
            if (n <= 0) break;
            got += static_cast<std::size_t>(n);
        }
        return got;
    }

private:
    int m_descriptor;
    int m_error;
};

/// A file's bytes up to \p size, read ahead in large pieces.
class Window {
public:
    Window(Source& source, std::vector<char>& buffer, std::uint64_t size) : m_source(source), m_buffer(buffer), m_size(size) {}
    /// \p count bytes from \p offset, valid until the next call; null if the file has not got them
    const char* at(std::uint64_t offset, std::size_t count)
    {
        if (offset >= m_begin && offset + count <= m_begin + m_have) return m_buffer.data() + (offset - m_begin);
        if (offset > m_size || count > m_size - offset) return nullptr;
        std::size_t kept = 0;
        if (offset >= m_begin && offset < m_begin + m_have) {
            kept = static_cast<std::size_t>(m_begin + m_have - offset);
            std::memmove(m_buffer.data(), m_buffer.data() + (offset - m_begin), kept);
        }
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(std::max(count, kReadBytes), m_size - offset));
        if (m_buffer.size() < wanted) m_buffer.resize(wanted);
        m_begin = offset;
        m_have = kept + m_source.read(m_buffer.data() + kept, wanted - kept, offset + kept);
        return m_have >= count ? m_buffer.data() : nullptr;
    }
    std::uint64_t size() const { return m_size; }

private:
    Source& m_source;
    std::vector<char>& m_buffer;
    std::uint64_t m_size, m_begin = 0;
    std::size_t m_have = 0;
};

struct FileState {
    ParsedFile parsed;
    // of points and media that were given away
    double givenStep = std::numeric_limits<double>::lowest(), givenWallTimeS = givenStep;
    std::uint64_t offset = 0;   ///< Of the first record not read yet.
    std::uint64_t scanned = 0;  ///< Behind a damaged record at `offset`: no record begins before this.
    std::uint64_t seen = 0;     ///< Size at the last look; with `changed`: nothing is read again before one of them differs.
    timespec changed{};
    std::uint32_t mark = 0;            ///< CRC of the first and the last bytes before `offset`.
    std::vector<std::string> damage;   ///< That was passed over.
    std::size_t unlisted = 0;
    std::string pending;  ///< Damage at the end: looked at again when the file changes.
};

/// CRC-32C of the first and the last bytes of what was read; nothing if they are not there any more.
std::optional<std::uint32_t> markOf(Source& source, std::uint64_t offset)
{
    char bytes[2 * kMarkBytes];
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(kMarkBytes, offset));
    if (source.read(bytes, count, 0) != count || source.read(bytes + count, count, offset - count) != count) return std::nullopt;
    return crc32c(bytes, 2 * count);
}

std::string atByte(const char* before, std::uint64_t offset, const std::string& after) { return before + std::to_string(offset) + after; }

}  // namespace

struct EventsReader::Private {
    fs::path folder;
    std::map<std::string, FileState> files;  // by name: the order in which they were written
    std::string problem;                     // of the folder
    EventParser parser;
    std::vector<char> buffer;
    std::optional<std::int64_t> voided;

    enum class Round { Done, Stopped, Anew };

    /// Notes new files. \returns whether one that was read is gone
    bool list()
    {
        problem.clear();
        std::set<std::string> present;
        std::error_code code;
        for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code))
            if (isEventsFile(it->path())) present.insert(it->path().filename().native());
        if (code) {  // the folder cannot be seen just now, which says nothing about its files
            if (code != std::errc::no_such_file_or_directory) problem = folder.string() + ": cannot be listed: " + code.message();
            return false;
        }
        const bool gone = std::ranges::any_of(files, [&](const auto& file) { return file.second.offset > 0 && !present.contains(file.first); });
        std::erase_if(files, [&](const auto& file) { return !present.contains(file.first); });
        for (const std::string& name : present) files[name].parsed.path = folder / name;
        return gone;
    }

    /// Reads what is new in all files.
    Round round(bool given, const std::stop_token& stop)
    {
        for (auto at = files.begin(); at != files.end(); ++at) {
            const Round result = follow(at, given, stop);
            if (result != Round::Done) return result;
        }
        return Round::Done;
    }

    Round follow(std::map<std::string, FileState>::iterator place, bool given, const std::stop_token& stop)
    {
        FileState& state = place->second;
        struct stat facts {};
        if (::stat(state.parsed.path.c_str(), &facts) == 0) {
            if (S_ISDIR(facts.st_mode)) return Round::Done;
            if (static_cast<std::uint64_t>(facts.st_size) == state.seen && facts.st_mtim.tv_sec == state.changed.tv_sec && facts.st_mtim.tv_nsec == state.changed.tv_nsec) return Round::Done;
        }
        Source source(state.parsed.path);
        if (!source.error()) facts = source.facts();
        if (source.error()) {
            state.pending = source.error() == ENOENT ? "" : std::string("cannot be read: ") + std::strerror(source.error());
            return Round::Done;
        }
        if (!S_ISREG(facts.st_mode)) {
            state.pending = "is no regular file";
            return Round::Done;
        }
        const auto size = static_cast<std::uint64_t>(facts.st_size);
        if (state.offset > 0 && (size < state.offset || markOf(source, state.offset) != state.mark)) return Round::Anew;  // cut short, or another file by the same name
        state.seen = size, state.changed = facts.st_mtim;
        state.pending.clear();

        std::vector<Restart> later;
        for (auto next = std::next(place); next != files.end(); ++next)
            later.insert(later.end(), next->second.parsed.restarts.begin(), next->second.parsed.restarts.end());
        parser.begin(state.parsed, std::move(later));
        const std::uint64_t before = state.offset;
        Window window(source, buffer, size);
        Round result = Round::Done;
        std::uint64_t pause = state.offset + kReadBytes;
        while (result == Round::Done && record(place, window, given, stop, result)) {
            if (state.offset < pause) continue;
            pause = state.offset + kReadBytes;
            if (stop.stop_requested()) result = Round::Stopped;
        }
        if (source.error()) state.pending = std::string("cannot be read: ") + std::strerror(source.error());
        if (result == Round::Stopped || source.error()) state.seen = 0, state.changed = {};  // there is more to read
        if (state.offset != before) state.mark = markOf(source, state.offset).value_or(0);
        return result;
    }

    /// Reads one record, or gets past damage. \returns false at the end of what can be read
    bool record(std::map<std::string, FileState>::iterator place, Window& window, bool given, const std::stop_token& stop, Round& result)
    {
        FileState& state = place->second;
        const auto resume = [&](std::uint64_t from, const char* before, const std::string& after) {
            if (scan(state, window, std::max(from, state.scanned), stop, before, after)) return true;
            if (state.pending.empty()) result = Round::Stopped;
            return false;
        };
        const char* header = window.at(state.offset, kHeaderBytes);
        if (!header) return false;
        const auto length = loaded<std::uint64_t>(header);
        if (masked(crc32c(header, 8)) != loaded<std::uint32_t>(header + 8))
            return resume(state.offset + 1, "the length of the record at byte ", " fails its checksum");
        if (length > kLargestRecord) return resume(state.offset + 1, "the record at byte ", " claims an impossible length of " + std::to_string(length));
        const std::size_t whole = kHeaderBytes + static_cast<std::size_t>(length) + kFooterBytes;
        const char* data = window.at(state.offset, whole);
        if (!data) return false;  // torn, or still being written
        data += kHeaderBytes;
        if (masked(crc32c(data, length)) != loaded<std::uint32_t>(data + length))
            return resume(state.offset + kHeaderBytes, "the record at byte ", " fails its checksum");
        std::optional<Restart> restart;
        try {
            restart = parser.parse(data, length, state.offset + kHeaderBytes);
        } catch (const protozero::exception&) {
            damaged(state, atByte("the record at byte ", state.offset, " is no event"));
        }
        state.offset += whole;
        state.scanned = 0;
        if (!restart) return true;
        voided = std::min(voided.value_or(restart->step), restart->step);
        if (!given || stepSays(place, *restart)) return true;
        result = Round::Anew;
        return false;
    }

    /// Looks for the next record behind damage at the offset, from \p at on. \returns false at the file's end, with pending damage, or when stopped
    static bool scan(FileState& state, Window& window, std::uint64_t at, const std::stop_token& stop, const char* before, const std::string& after)
    {
        std::uint64_t pause = at + kReadBytes;
        for (; const char* header = window.at(at, kHeaderBytes); ++at) {
            if (at >= pause) {
                pause = at + kReadBytes;
                state.scanned = at;
                if (stop.stop_requested()) return false;
            }
            if (masked(crc32c(header, 8)) != loaded<std::uint32_t>(header + 8) || loaded<std::uint64_t>(header) > kLargestRecord) continue;
            damaged(state, atByte(before, state.offset, after + "; " + std::to_string(at - state.offset) + " bytes were passed over"));
            state.offset = at;
            state.scanned = 0;
            return true;
        }
        // nothing yet: these bytes may still be being written, or more will follow
        state.scanned = at;
        state.pending = atByte(before, state.offset, after);
        return false;
    }

    static void damaged(FileState& state, std::string what)
    {
        if (state.damage.size() < kListedDamage)
            state.damage.push_back(std::move(what));
        else
            ++state.unlisted;
    }

    /// Whether what a restart voids of earlier batches can be said by a step alone. Not if they hold points of a file that sorts later, or of another writer of
    /// the same session, which stay.
    bool stepSays(std::map<std::string, FileState>::const_iterator place, const Restart& restart) const
    {
        bool later = false;
        for (auto file = files.begin(); file != files.end(); ++file) {
            const FileState& other = file->second;
            if (file == place) {
                later = true;
            } else if (other.givenStep >= static_cast<double>(restart.step)) {
                if (later || (other.parsed.restartsAt(restart.step) && other.givenWallTimeS > restart.wallTimeS)) return false;
            }
        }
        return true;
    }

    void forget()
    {
        parser.reset();
        for (auto& [name, state] : files) {
            const fs::path path = std::move(state.parsed.path);
            state = {};
            state.parsed.path = path;
        }
        voided.reset();
    }

    EventBatch read(const std::stop_token& stop, std::vector<std::vector<std::uint64_t>>* sequences)
    {
        voided.reset();
        const bool given = std::ranges::any_of(files, [](const auto& file) { return file.second.offset > 0; });
        bool fresh = list();
        if (fresh) forget();
        Round result = round(given && !fresh, stop);
        if (result == Round::Anew) {
            fresh = true;
            forget();
            result = round(false, stop);
        }
        EventBatch batch = parser.take(sequences);
        batch.fresh = fresh;
        batch.voidedFrom = voided;
        batch.complete = result != Round::Stopped;
        for (auto& [name, state] : files) state.givenStep = state.parsed.largestStep, state.givenWallTimeS = state.parsed.largestWallTimeS;
        if (buffer.size() > 4 * kReadBytes) buffer = {};
        return batch;
    }
};

EventsReader::EventsReader(fs::path folder) : d(std::make_unique<Private>()) { d->folder = std::move(folder); }
EventsReader::~EventsReader() = default;

EventBatch EventsReader::read(std::stop_token stop) { return d->read(stop, nullptr); }

std::vector<ScalarRecord> EventsReader::poll()
{
    d->parser.numberPoints();
    std::vector<std::vector<std::uint64_t>> sequences;
    const EventBatch batch = d->read({}, &sequences);
    if (batch.fresh) d->voided = std::numeric_limits<std::int64_t>::min();
    struct Place {
        std::uint64_t number;
        std::uint32_t curve, point;
    };
    std::vector<Place> order;
    order.reserve(batch.points());
    for (std::uint32_t c = 0; c < sequences.size(); ++c)
        for (std::uint32_t i = 0; i < sequences[c].size(); ++i) order.push_back({sequences[c][i], c, i});
    std::ranges::sort(order, {}, &Place::number);
    std::vector<ScalarRecord> records;
    records.reserve(order.size());
    for (const auto& [number, c, i] : order) {
        const ScalarCurve& curve = batch.curves[c];
        records.push_back({static_cast<std::int64_t>(curve.steps[i]), curve.wallTimesS[i], curve.tag, curve.values[i]});
    }
    return records;
}

std::optional<std::int64_t> EventsReader::voidedFrom() const { return d->voided; }

std::vector<std::string> EventsReader::problems() const
{
    std::vector<std::string> list;
    if (!d->problem.empty()) list.push_back(d->problem);
    for (const auto& [name, state] : d->files) {
        const std::string path = state.parsed.path.string() + ": ";
        for (const std::string& what : state.damage) list.push_back(path + what);
        if (state.unlisted > 0) list.push_back(path + std::to_string(state.unlisted) + " further damaged places");
        if (!state.pending.empty()) list.push_back(path + state.pending);
    }
    return list;
}

std::string EventsReader::load(const MediaEntry& entry)
{
    const std::string subject = entry.file.string();
    Source source(entry.file);
    struct stat facts {};
    if (!source.error()) facts = source.facts();
    if (source.error()) throw Error(source.error() == ENOENT ? ErrorCode::NotFound : ErrorCode::CannotRead, std::string("the events file cannot be read: ") + std::strerror(source.error()), subject);
    const auto size = static_cast<std::uint64_t>(std::max<off_t>(0, facts.st_size));
    const std::string where = std::to_string(entry.bytes) + " bytes of '" + entry.tag + "' at byte " + std::to_string(entry.offset);
    if (!S_ISREG(facts.st_mode) || entry.bytes > kLargestRecord || entry.offset > size || entry.bytes > size - entry.offset)
        throw Error(ErrorCode::Damaged, "the file ends before the " + where + ": it was cut short or replaced; read the folder again", subject);
    std::string bytes(static_cast<std::size_t>(entry.bytes), '\0');
    const std::size_t got = source.read(bytes.data(), bytes.size(), entry.offset);
    if (source.error()) throw Error(ErrorCode::CannotRead, std::string("the events file cannot be read: ") + std::strerror(source.error()), subject);
    if (got != bytes.size() || crc32c(bytes.data(), bytes.size()) != entry.crc)
        throw Error(ErrorCode::Damaged, "the " + where + " are not those that were indexed: the file was replaced; read the folder again", subject);
    return bytes;
}

std::vector<fs::path> findEventFolders(const fs::path& root, std::stop_token stop)
{
    std::vector<fs::path> found, waiting{root};
    std::set<std::pair<dev_t, ino_t>> visited;
    while (!waiting.empty() && !stop.stop_requested()) {
        const fs::path folder = std::move(waiting.back());
        waiting.pop_back();
        struct stat facts {};
        if (::stat(folder.c_str(), &facts) != 0 || !S_ISDIR(facts.st_mode) || !visited.emplace(facts.st_dev, facts.st_ino).second) continue;
        bool events = false;
        std::vector<fs::path> below;
        std::error_code code;
        for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
            std::error_code unknown;
            if (it->is_directory(unknown))
                below.push_back(it->path());
            else if (isEventsFile(it->path()) && it->is_regular_file(unknown))
                events = true;
        }
        if (events) found.push_back(folder);
        std::ranges::sort(below, std::greater<>());  // the first is taken next: of two ways to a folder always the same counts
        waiting.insert(waiting.end(), below.begin(), below.end());
    }
    std::ranges::sort(found);
    return found;
}

}  // namespace kinora
