#include "core/run/run_queue.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>
#include <tuple>
#include <utility>

#include "core/run/run_directory.h"
#include "core/run/run_lock.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/outcome.h"
#include "core/util/text.h"

namespace kinora {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

// <queue>/<id>.json   a ticket, replaced as a whole
// <queue>/<id>.alive  held by its process, and by the trainer that it turns into
// <queue>/<device>.turn   held by whoever was let on; <device>.users  shared by trainers that nobody queued
// <queue>/change      held for a moment by whoever changes tickets

struct Entry {
    QueueTicket ticket;
    std::int64_t order = 0;
    bool started = false;
    std::string boot;
};

fs::path ticketFile(const fs::path& folder, const std::string& id) { return folder / (id + ".json"); }
fs::path aliveFile(const fs::path& folder, const std::string& id) { return folder / (id + ".alive"); }

/// Device names are file names too.
std::string fileName(std::string device)
{
    std::replace(device.begin(), device.end(), ':', '-');
    return device;
}

/// Waits for the moment that another change takes.
std::unique_ptr<FileLock> lockChanges(const fs::path& folder)
{
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (true) {
        try {
            return std::make_unique<FileLock>(folder / "change", "the queue is being changed; the change is", "try again");
        } catch (const Error& error) {
            if (error.code() != ErrorCode::Locked || std::chrono::steady_clock::now() > deadline) throw;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

std::optional<Entry> readEntry(const fs::path& file)
{
    const auto read = attempt([&] {
        const json value = json::parse(readFile(file, std::uintmax_t(1) << 20));
        Entry entry;
        QueueTicket& ticket = entry.ticket;
        ticket.id = file.stem().string();
        ticket.run = value.at("run").get<std::string>();
        ticket.device = value.at("device").get<std::string>();
        ticket.arguments = value.at("arguments").get<std::vector<std::string>>();
        ticket.folder = value.at("folder").get<std::string>();
        ticket.created = value.at("created").get<std::string>();
        ticket.pid = value.at("pid").get<int>();
        entry.boot = value.at("boot_id").get<std::string>();
        entry.order = value.at("order").get<std::int64_t>();
        entry.started = value.at("started").get<bool>();
        return entry;
    });
    if (!read) return std::nullopt;  // taken out while we looked, or no ticket
    return read.value();
}

void writeEntry(const fs::path& folder, const Entry& entry)
{
    const QueueTicket& ticket = entry.ticket;
    const json value = {{"run", ticket.run.string()}, {"device", ticket.device},    {"arguments", ticket.arguments}, {"folder", ticket.folder.string()}, {"created", ticket.created},
                        {"pid", ticket.pid},          {"host", hostName()},         {"boot_id", entry.boot},         {"order", entry.order},              {"started", entry.started}};
    writeFile(ticketFile(folder, ticket.id), value.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
}

/// All tickets with their states: started and ended ones are gone. Sorted as list() says.
std::vector<Entry> entries(const fs::path& folder)
{
    std::vector<Entry> all;
    std::error_code code;
    for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
        const fs::path file = it->path();
        if (file.extension() != ".json" || file.filename().string().starts_with('.')) continue;
        std::optional<Entry> entry = readEntry(file);
        if (!entry) continue;
        const bool held = FileLock::held(aliveFile(folder, entry->ticket.id));
        if (!held && entry->started) {
            // the trainer has ended, however it did: its run directory says how
            std::error_code ignored;
            fs::remove(file, ignored);
            fs::remove(aliveFile(folder, entry->ticket.id), ignored);
            continue;
        }
        entry->ticket.state = entry->started ? TicketState::Running : held ? TicketState::Waiting : TicketState::Lost;
        all.push_back(std::move(*entry));
    }
    const auto rank = [](const Entry& entry) {
        const int state = entry.ticket.state == TicketState::Running ? 0 : entry.ticket.state == TicketState::Waiting ? 1 : 2;
        return std::tuple(entry.ticket.device, state, entry.order, entry.ticket.id);
    };
    std::sort(all.begin(), all.end(), [&](const Entry& a, const Entry& b) { return rank(a) < rank(b); });
    std::map<std::string, int> places;
    for (Entry& entry : all)
        if (entry.ticket.state == TicketState::Waiting) entry.ticket.position = ++places[entry.ticket.device];
    return all;
}

/// A whole-file lock of the kernel on a file that stays. \returns the descriptor, or -1 if somebody else holds it
int kernelLock(const fs::path& file, bool shared, bool wait)
{
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT, 0666);  // inherited over exec
    if (descriptor < 0) throw Error(ErrorCode::CannotWrite, std::string("cannot be opened (") + std::strerror(errno) + ")", file.string());
    struct flock lock {};
    lock.l_type = static_cast<short>(shared ? F_RDLCK : F_WRLCK);
    lock.l_whence = SEEK_SET;
    while (::fcntl(descriptor, wait ? F_OFD_SETLKW : F_OFD_SETLK, &lock) != 0) {
        if (errno == EINTR) continue;
        const int reason = errno;
        ::close(descriptor);
        if (reason == EAGAIN || reason == EACCES) return -1;
        throw Error(ErrorCode::CannotWrite, std::string("cannot be locked (") + std::strerror(reason) + ")", file.string());
    }
    return descriptor;
}

}  // namespace

std::string_view ticketStateName(TicketState state)
{
    switch (state) {
        case TicketState::Waiting: return "waiting";
        case TicketState::Running: return "running";
        case TicketState::Lost: return "lost";
    }
    return "";
}

RunQueue::RunQueue(fs::path folder) : m_folder(folder.empty() ? Places::state() / "queue" / hostName() : std::move(folder)) {}

std::vector<QueueTicket> RunQueue::list() const
{
    std::vector<QueueTicket> tickets;
    for (Entry& entry : entries(m_folder)) tickets.push_back(std::move(entry.ticket));
    return tickets;
}

std::optional<QueueTicket> RunQueue::find(const fs::path& run) const
{
    const fs::path wanted = runPath(run);
    for (QueueTicket& ticket : list())
        if (ticket.run == wanted) return std::move(ticket);
    return std::nullopt;
}

void RunQueue::remove(const std::string& id) const
{
    const std::unique_ptr<FileLock> lock = fs::is_directory(m_folder) ? lockChanges(m_folder) : nullptr;
    for (const Entry& entry : entries(m_folder)) {
        if (entry.ticket.id != id) continue;
        if (entry.ticket.state == TicketState::Running) throw Error(ErrorCode::Locked, "the run has the device already; stop it with 'kinora runs stop'", entry.ticket.run.string());
        std::error_code code;
        fs::remove(ticketFile(m_folder, id), code);
        if (code) throw Error(ErrorCode::CannotWrite, "cannot be removed (" + code.message() + ")", ticketFile(m_folder, id).string());
        if (entry.ticket.state == TicketState::Lost) fs::remove(aliveFile(m_folder, id), code);
        return;
    }
    throw Error(ErrorCode::NotFound, "there is no such ticket in the queue", id);
}

void RunQueue::move(const std::string& id, int places) const
{
    const std::unique_ptr<FileLock> lock = fs::is_directory(m_folder) ? lockChanges(m_folder) : nullptr;
    std::vector<Entry> all = entries(m_folder);
    const auto found = std::find_if(all.begin(), all.end(), [&](const Entry& entry) { return entry.ticket.id == id; });
    if (found == all.end()) throw Error(ErrorCode::NotFound, "there is no such ticket in the queue", id);
    if (found->ticket.state != TicketState::Waiting) throw Error(ErrorCode::Usage, "does not wait: it is " + std::string(ticketStateName(found->ticket.state)), found->ticket.run.string());
    std::vector<Entry*> line;
    for (Entry& entry : all)
        if (entry.ticket.device == found->ticket.device && entry.ticket.state == TicketState::Waiting) line.push_back(&entry);
    const auto at = std::find(line.begin(), line.end(), &*found) - line.begin();
    const auto to = std::clamp<std::ptrdiff_t>(at + places, 0, static_cast<std::ptrdiff_t>(line.size()) - 1);
    // the same places are given out anew; what does not change place is not written
    std::vector<std::int64_t> orders;
    for (const Entry* entry : line) orders.push_back(entry->order);
    Entry* moved = line[static_cast<std::size_t>(at)];
    line.erase(line.begin() + at);
    line.insert(line.begin() + to, moved);
    for (std::size_t i = 0; i < line.size(); ++i)
        if (std::exchange(line[i]->order, orders[i]) != orders[i]) writeEntry(m_folder, *line[i]);
}

std::string RunQueue::deviceName(const std::string& device)
{
    std::error_code code;
    if (device == "auto") return fs::exists("/dev/nvidiactl", code) ? "cuda:0" : "cpu";
    if (device == "cpu") return device;
    if (device == "cuda") return "cuda:0";
    if (device.starts_with("cuda:") && device.size() > 5 && device.find_first_not_of("0123456789", 5) == std::string::npos) return device;
    throw Error(ErrorCode::Usage, "'" + device + "' is not auto, cpu, cuda or cuda:<number>", "--device");
}

// --- the waiting process ---

struct QueueTurn::Private {
    fs::path folder;
    std::string id, device;
    std::unique_ptr<FileLock> alive;
    bool mine = false;
};

QueueTurn::QueueTurn(const RunQueue& queue, const QueueTicket& ticket) : d(std::make_unique<Private>())
{
    d->folder = queue.folder();
    std::error_code code;
    fs::create_directories(d->folder, code);
    if (code) throw Error(ErrorCode::CannotWrite, "the queue's folder cannot be made (" + code.message() + ")", d->folder.string());
    const std::unique_ptr<FileLock> lock = lockChanges(d->folder);
    Entry mine;
    mine.ticket = ticket;
    mine.ticket.run = runPath(ticket.run);
    mine.order = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
    for (const Entry& other : entries(d->folder)) {
        mine.order = std::max(mine.order, other.order + 1);  // behind all that are there, whatever the clock says
        if (other.ticket.run != mine.ticket.run) continue;
        if (other.ticket.state != TicketState::Lost)
            throw Error(ErrorCode::Locked, "is in the queue already (" + std::string(ticketStateName(other.ticket.state)) + ", process " + std::to_string(other.ticket.pid) + ")", mine.ticket.run.string());
        fs::remove(ticketFile(d->folder, other.ticket.id), code);  // this one takes its place
        fs::remove(aliveFile(d->folder, other.ticket.id), code);
    }
    d->id = mine.ticket.id = std::to_string(mine.order) + "-" + std::to_string(::getpid());
    d->device = mine.ticket.device;
    mine.ticket.pid = static_cast<int>(::getpid());
    mine.ticket.created = isoTime();
    mine.boot = bootId();
    d->alive = std::make_unique<FileLock>(aliveFile(d->folder, d->id), "the ticket is", "", FileLock::Keep::OverExec);
    writeEntry(d->folder, mine);
}

QueueTurn::~QueueTurn()
{
    if (d->mine) {
        d->alive->keep();
        return;
    }
    std::error_code ignored;
    fs::remove(ticketFile(d->folder, d->id), ignored);
}

QueueTurn::Step QueueTurn::look(int* ahead, fs::path* behind)
{
    const std::unique_ptr<FileLock> lock = lockChanges(d->folder);
    const std::vector<Entry> all = entries(d->folder);
    const auto mine = std::find_if(all.begin(), all.end(), [&](const Entry& entry) { return entry.ticket.id == d->id; });
    if (mine == all.end()) return Step::Removed;
    int before = 0;
    fs::path next;
    for (const Entry& entry : all) {
        if (entry.ticket.device != d->device || entry.ticket.state == TicketState::Lost) continue;
        if (entry.ticket.id == d->id) break;
        ++before;
        next = entry.ticket.run;
    }
    if (ahead) *ahead = before;
    if (behind) *behind = next;
    if (before > 0) return Step::Waits;
    const int turn = kernelLock(d->folder / (fileName(d->device) + ".turn"), false, false);
    if (turn < 0) return Step::Waits;  // a trainer whose ticket is gone still ends
    const int users = kernelLock(d->folder / (fileName(d->device) + ".users"), false, false);
    if (users >= 0) ::close(users);
    if (users < 0) {
        ::close(turn);
        return Step::Waits;
    }
    Entry started = *mine;
    started.started = true;
    writeEntry(d->folder, started);
    d->mine = true;  // the turn's descriptor stays open, in this process and the one that it turns into
    return Step::Mine;
}

void markDeviceInUse(const RunQueue& queue, const std::string& device)
{
    const auto marked = attempt([&] {
        fs::create_directories(queue.folder());
        return kernelLock(queue.folder() / (fileName(device) + ".users"), true, true);
    });
    static_cast<void>(marked);  // a home that cannot be written keeps nobody from training
}

}  // namespace kinora
