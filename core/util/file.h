#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kinora {

/// Reads a whole file. \throws Error (NotFound, CannotRead; Damaged if it is larger than \p limit bytes)
std::string readFile(const std::filesystem::path& file, std::uintmax_t limit = std::uintmax_t(1) << 31);

/// Writes a file under a temporary name beside \p target, syncs it and renames it into place, so that a reader sees the old file or
/// the whole new one. Nothing is left behind on an error.
class AtomicFile {
public:
    /// \throws Error (NotFound if the folder is missing, CannotWrite)
    explicit AtomicFile(std::filesystem::path target);
    ~AtomicFile();
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;
    /// \throws Error (DiskFull, CannotWrite)
    void write(const void* data, std::size_t size);
    void write(std::string_view text) { write(text.data(), text.size()); }
    /// Where a library that opens files by name may write; call commit() afterwards.
    const std::filesystem::path& temporary() const { return m_temporary; }
    /// fsync + rename + fsync of the folder. \throws Error (DiskFull, CannotWrite)
    void commit();

private:
    std::filesystem::path m_target;
    std::filesystem::path m_temporary;
    int m_descriptor = -1;
};

/// AtomicFile in one call. \throws Error
void writeFile(const std::filesystem::path& target, std::string_view bytes);

/// SHA-256 of a byte string or of a file, as 64 lower-case hexadecimal digits. \throws Error (NotFound, CannotRead)
std::string sha256(std::string_view bytes);
std::string sha256File(const std::filesystem::path& file);

/// The places Kinora keeps things, by the XDG rules; KINORA_HOME puts all of them under one folder. Folders are created on use.
struct Places {
    static std::filesystem::path config();  ///< ~/.config/kinora
    static std::filesystem::path data();    ///< ~/.local/share/kinora: runs/, datasets/
    static std::filesystem::path cache();   ///< ~/.cache/kinora
    static std::filesystem::path state();   ///< ~/.local/state/kinora
    /// The folder of resources/ that belongs to the running program: beside the build or the installation, or KINORA_RESOURCES.
    static std::filesystem::path resources();
    /// The folder with the running program and its siblings.
    static std::filesystem::path programs();
};

}  // namespace kinora
