#pragma once
// What everything that reads or writes HDF5 shares: the lock, handles that close themselves, and reading that trusts nothing in the file.
#include <hdf5.h>

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/util/error.h"

namespace kinora::hdf5 {

constexpr std::size_t kMaxText = 1 << 16;  ///< Of one name, label or attribute.
constexpr std::size_t kMaxLongText = std::size_t(1) << 28;
constexpr hsize_t kMaxColumns = 4096;

/// HDF5 is one global lock inside where it is thread-safe at all, so one lock of ours costs nothing.
/// Its error printing is per thread: every entry turns it off. Plug-ins named by a file are never loaded.
class Session {
public:
    Session() : m_lock(mutex())
    {
        // everything is closed by hand; at exit HDF5 would close a file that could not be written once more, and crash
        [[maybe_unused]] static const herr_t once = H5dont_atexit();
        H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
        H5PLset_loading_state(0);
    }

private:
    static std::recursive_mutex& mutex()
    {
        static std::recursive_mutex one;
        return one;
    }
    std::lock_guard<std::recursive_mutex> m_lock;
};

/// Owns one HDF5 identifier, of whatever kind.
class Handle {
public:
    Handle() = default;
    explicit Handle(hid_t id) : m_id(id) {}
    ~Handle() { close(); }
    Handle(Handle&& other) noexcept : m_id(std::exchange(other.m_id, -1)) {}
    Handle& operator=(Handle&& other) noexcept
    {
        if (this != &other) {
            close();
            m_id = std::exchange(other.m_id, -1);
        }
        return *this;
    }
    operator hid_t() const { return m_id; }
    bool valid() const { return m_id >= 0; }
    void abandon() { m_id = -1; }
    bool close()
    {
        const hid_t id = std::exchange(m_id, -1);
        if (id < 0) return true;
        switch (H5Iget_type(id)) {
            case H5I_FILE: return H5Fclose(id) >= 0;
            case H5I_GROUP: return H5Gclose(id) >= 0;
            case H5I_DATASET: return H5Dclose(id) >= 0;
            case H5I_DATASPACE: return H5Sclose(id) >= 0;
            case H5I_DATATYPE: return H5Tclose(id) >= 0;
            case H5I_ATTR: return H5Aclose(id) >= 0;
            default: return H5Pclose(id) >= 0;
        }
    }

private:
    hid_t m_id = -1;
};

/// The innermost message of HDF5's error stack, and the errno it mentions.
struct StackTop {
    std::string text;
    int error = 0;
};
StackTop errorStack();
Error damaged(const std::filesystem::path& file, const std::string& text);
Error unreadable(const std::filesystem::path& file, const std::string& what);

/// Opens read-only after checks that give better words than HDF5's. \throws Error (NotFound, CannotRead, Damaged), as all that follows
Handle openFile(const std::filesystem::path& file);
/// A link that leads out of the file, or nowhere, is not followed.
bool hasHardLink(hid_t parent, const char* name);
Handle openGroup(hid_t parent, const char* name, const std::filesystem::path& file);

/// A data set with its shape: stored in this file, with built-in filters only, and no larger than its stored bytes allow.
struct Table {
    Handle id, type, space;
    std::vector<hsize_t> shape;
};
/// \param cacheBytes  of unpacked chunks that are kept; 0 for data sets whose chunks are read once
Table openTable(hid_t parent, const std::string& name, const std::filesystem::path& file, std::size_t cacheBytes = 0);
/// All of a data set with one axis; empty if it cannot be read.
template <class T>
std::vector<T> readColumn(const Table& table, hid_t memoryType)
{
    std::vector<T> values(static_cast<std::size_t>(table.shape[0]));
    if (!values.empty() && H5Dread(table.id, memoryType, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0) values.clear();
    return values;
}

/// A text in a field of fixed size.
std::string_view textIn(const char* bytes, std::size_t size, H5T_str_t padding);
/// Texts of an attribute, of a fixed or variable length, as h5py writes either.
std::vector<std::string> readTexts(hid_t object, const char* name, const std::filesystem::path& file);
std::string readText(hid_t object, const char* name, const std::filesystem::path& file);
std::int64_t readInteger(hid_t object, const char* name, const std::filesystem::path& file);
/// A text that is a data set of its own.
std::string readLongText(hid_t group, const std::string& name, const std::filesystem::path& file);
/// Names of the links of a group, in no order that matters; at most \p most of them make sense.
std::vector<std::string> linkNames(hid_t group, const std::filesystem::path& file, hsize_t most = kMaxColumns);

}  // namespace kinora::hdf5
