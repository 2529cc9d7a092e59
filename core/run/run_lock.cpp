#include "core/run/run_lock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "core/util/error.h"

namespace kinora {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

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

[[noreturn]] void cannotLock(int reason, const fs::path& path)
{
    const bool full = reason == ENOSPC || reason == EDQUOT || reason == EFBIG;
    throw Error(full ? ErrorCode::DiskFull : ErrorCode::CannotWrite, std::string("cannot be locked: ") + std::strerror(reason), path.string());
}

}  // namespace

std::string ownerText(const std::optional<LockOwner>& owner)
{
    return owner ? "process " + std::to_string(owner->pid) + " on " + owner->host : std::string("another process");
}

std::string hostName()
{
    char host[256] = {};
    if (::gethostname(host, sizeof host - 1) != 0) return "localhost";
    return host;
}

std::string bootId() { return firstLine("/proc/sys/kernel/random/boot_id"); }

FileLock::FileLock(fs::path file, const std::string& what, const std::string& advice, Keep keep) : m_path(std::move(file))
{
    while (true) {
        m_descriptor = ::open(m_path.c_str(), O_RDWR | O_CREAT | (keep == Keep::UntilExec ? O_CLOEXEC : 0), 0666);
        if (m_descriptor < 0) cannotLock(errno, m_path);
        struct flock lock {};
        lock.l_type = F_WRLCK;
        lock.l_whence = SEEK_SET;
        const bool got = ::fcntl(m_descriptor, F_OFD_SETLK, &lock) == 0;
        const bool refused = !got && (errno == EAGAIN || errno == EACCES);
        const std::optional<LockOwner> owner = readOwner(m_descriptor);
        if (refused || (owner && (otherHost(*owner) || (!got && alive(*owner))))) {
            ::close(std::exchange(m_descriptor, -1));
            std::string text = what + " owned by " + ownerText(owner) + "; " + advice;
            if (!refused && owner && otherHost(*owner)) text += ", or delete this file if that process no longer runs";
            throw Error(ErrorCode::Locked, text, m_path.string());
        }
        // the owner before us may have deleted the file between our open and our lock
        struct stat ours {}, there {};
        if (::fstat(m_descriptor, &ours) == 0 && ::stat(m_path.c_str(), &there) == 0 && ours.st_ino == there.st_ino && ours.st_dev == there.st_dev) break;
        ::close(std::exchange(m_descriptor, -1));
    }
    const std::string content =
        json{{"host", hostName()}, {"pid", static_cast<long>(::getpid())}, {"boot_id", bootId()}, {"started", startOf(::getpid())}}.dump(-1, ' ', false, json::error_handler_t::replace);
    errno = 0;
    if (::ftruncate(m_descriptor, 0) != 0 || ::pwrite(m_descriptor, content.data(), content.size(), 0) != static_cast<ssize_t>(content.size())) {
        const int reason = errno ? errno : ENOSPC;
        ::unlink(m_path.c_str());
        ::close(std::exchange(m_descriptor, -1));
        cannotLock(reason, m_path);
    }
}

FileLock::~FileLock()
{
    if (m_descriptor < 0) return;
    ::unlink(m_path.c_str());
    ::close(m_descriptor);
}

bool FileLock::held(const fs::path& file)
{
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return false;
    const std::optional<LockOwner> owner = readOwner(descriptor);
    const Held held = heldByKernel(descriptor);
    ::close(descriptor);
    if (held == Held::Yes) return true;
    if (!owner) return false;
    if (otherHost(*owner)) return true;
    return held == Held::Unknown && alive(*owner);
}

std::optional<LockOwner> FileLock::owner(const fs::path& file)
{
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return std::nullopt;
    const std::optional<LockOwner> owner = readOwner(descriptor);
    ::close(descriptor);
    return owner;
}

}  // namespace kinora
