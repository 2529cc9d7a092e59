#pragma once
// Who owns a file, as the kernel and as the text in the file say. Part of core/run/; others use RunReader, RunWriter and RunQueue.
#include <filesystem>
#include <optional>
#include <string>

namespace kinora {

/// A process as a lock file names it.
struct LockOwner {
    std::string host, boot, start;  ///< boot: the kernel's boot id; start: field 22 of /proc/<pid>/stat.
    long pid = 0;
};
/// "process 123 on host"; "another process" where nothing is known.
std::string ownerText(const std::optional<LockOwner>& owner);
std::string hostName();
std::string bootId();

/// A lock that goes with its process: an open-file-description lock of the kernel, which also a program inherits that the process turns into (exec), and a text
/// in the file that says who it is and is all that another machine may see.
class FileLock {
public:
    enum class Keep { UntilExec, OverExec };
    /// Takes the lock at once or throws. A lock of a dead process, or from before the machine was started anew, is taken over.
    /// \param what    begins the message: "the run is"
    /// \param advice  ends it: "stop it first"
    /// \throws Error (Locked naming the owner, CannotWrite, DiskFull)
    FileLock(std::filesystem::path file, const std::string& what, const std::string& advice, Keep keep = Keep::UntilExec);
    /// Deletes the file and gives the lock back.
    ~FileLock();
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
    /// Leaves file and lock to the process, until that ends.
    void keep() { m_descriptor = -1; }
    /// The file's folder was renamed while the lock was held: this is where it lies now.
    void moved(std::filesystem::path file) { m_path = std::move(file); }

    /// True if a living process on this host, or one on another host, holds the lock of \p file.
    static bool held(const std::filesystem::path& file);
    /// As the file says; nothing without one.
    static std::optional<LockOwner> owner(const std::filesystem::path& file);

private:
    std::filesystem::path m_path;
    int m_descriptor = -1;
};

}  // namespace kinora
