#include "core/util/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "core/util/error.h"

namespace kinora {
namespace fs = std::filesystem;
namespace {
[[noreturn]] void writeFailed(const fs::path& path, int error)
{
    if (error == ENOSPC || error == EDQUOT || error == EFBIG) throw Error(ErrorCode::DiskFull, "the disk is full; free some space and try again", path.string());
    if (error == ENOENT) throw Error(ErrorCode::NotFound, "the folder does not exist; create it first", path.parent_path().string());
    throw Error(ErrorCode::CannotWrite, std::string("cannot be written (") + std::strerror(error) + ")", path.string());
}

fs::path home()
{
    const char* value = std::getenv("HOME");
    return value && *value ? fs::path(value) : fs::path("/tmp");
}

fs::path place(const char* variable, const char* fallback, const char* own)
{
    fs::path path;
    if (const char* all = std::getenv("KINORA_HOME"); all && *all)
        path = fs::path(all) / own;
    else if (const char* base = std::getenv(variable); base && *base && fs::path(base).is_absolute())
        path = fs::path(base) / "kinora";
    else
        path = home() / fallback / "kinora";
    fs::create_directories(path);
    return path;
}
}  // namespace

std::string readFile(const fs::path& file, std::uintmax_t limit)
{
    std::error_code error;
    const fs::file_status status = fs::status(file, error);
    if (!fs::exists(status)) throw Error(ErrorCode::NotFound, "no such file", file.string());
    if (fs::is_directory(status)) throw Error(ErrorCode::CannotRead, "is a folder, not a file", file.string());
    std::ifstream in(file, std::ios::binary);
    if (!in) throw Error(ErrorCode::CannotRead, "cannot be opened for reading; check its permissions", file.string());
    std::string bytes;
    if (fs::is_regular_file(status)) {
        const std::uintmax_t size = fs::file_size(file, error);
        if (size > limit) throw Error(ErrorCode::Damaged, "is " + std::to_string(size) + " bytes long; at most " + std::to_string(limit) + " make sense", file.string());
        bytes.reserve(size);
    }
    char block[1 << 16];
    while (in.read(block, sizeof block), in.gcount() > 0) {
        bytes.append(block, static_cast<std::size_t>(in.gcount()));
        if (bytes.size() > limit) throw Error(ErrorCode::Damaged, "is longer than the " + std::to_string(limit) + " bytes that make sense", file.string());
    }
    if (in.bad()) throw Error(ErrorCode::CannotRead, "reading failed", file.string());
    return bytes;
}

AtomicFile::AtomicFile(fs::path target) : m_target(std::move(target))
{
    static std::atomic<unsigned> counter{0};
    m_temporary = m_target;
    // hidden and by process, so that two writers never share it and a listing by extension never shows it
    m_temporary.replace_filename("." + m_target.filename().string() + "." + std::to_string(::getpid()) + "-" + std::to_string(counter++) + ".tmp");
    m_descriptor = ::open(m_temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (m_descriptor < 0) writeFailed(m_target, errno);
}

AtomicFile::~AtomicFile()
{
    if (m_descriptor >= 0) ::close(m_descriptor);
    if (!m_temporary.empty()) ::unlink(m_temporary.c_str());
}

void AtomicFile::write(const void* data, std::size_t size)
{
    const char* at = static_cast<const char*>(data);
    while (size > 0) {
        const ssize_t done = ::write(m_descriptor, at, std::min<std::size_t>(size, std::size_t(1) << 30));
        if (done < 0) {
            if (errno == EINTR) continue;
            writeFailed(m_target, errno);
        }
        at += done;
        size -= static_cast<std::size_t>(done);
    }
}

void AtomicFile::commit()
{
    if (::fsync(m_descriptor) != 0) writeFailed(m_target, errno);
    ::close(m_descriptor);
    m_descriptor = -1;
    if (::rename(m_temporary.c_str(), m_target.c_str()) != 0) writeFailed(m_target, errno);
    m_temporary.clear();
    const fs::path folder = m_target.has_parent_path() ? m_target.parent_path() : fs::path(".");
    if (const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); descriptor >= 0) {
        ::fsync(descriptor);  // the rename itself must survive a power cut
        ::close(descriptor);
    }
}

void writeFile(const fs::path& target, std::string_view bytes)
{
    AtomicFile file(target);
    file.write(bytes);
    file.commit();
}

fs::path Places::config() { return place("XDG_CONFIG_HOME", ".config", "config"); }
fs::path Places::data() { return place("XDG_DATA_HOME", ".local/share", "data"); }
fs::path Places::cache() { return place("XDG_CACHE_HOME", ".cache", "cache"); }
fs::path Places::state() { return place("XDG_STATE_HOME", ".local/state", "state"); }

fs::path Places::programs()
{
    static const fs::path folder = fs::read_symlink("/proc/self/exe").parent_path();
    return folder;
}

fs::path Places::resources()
{
    if (const char* given = std::getenv("KINORA_RESOURCES"); given && *given) return given;
    // <prefix>/bin and <prefix>/share/kinora when installed; <source>/build/<preset>/bin in a build
    for (const fs::path& candidate : {programs() / "../share/kinora", programs() / "../../../resources", programs() / "../../resources"})
        if (fs::is_directory(candidate)) return fs::weakly_canonical(candidate);
    return programs();
}

}  // namespace kinora
