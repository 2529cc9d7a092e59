#include "core/clipfile/hdf5_access.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace kinora::hdf5 {
namespace fs = std::filesystem;
namespace {
constexpr double kMaxDeflateRatio = 1040;  // deflate cannot do better than 1032 : 1
}

StackTop errorStack()
{
    StackTop top;
    const auto visit = [](unsigned, const H5E_error2_t* entry, void* data) -> herr_t {
        auto& found = *static_cast<StackTop*>(data);
        const std::string text = entry->desc ? entry->desc : "";
        if (found.text.empty()) found.text = text.substr(0, text.find(','));
        if (const auto at = text.find("errno = "); at != std::string::npos && found.error == 0) found.error = std::atoi(text.c_str() + at + 8);
        return 0;
    };
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, visit, &top);
    if (top.text.empty()) top.text = "no details";
    return top;
}

Error damaged(const fs::path& file, const std::string& text) { return {ErrorCode::Damaged, text, file.string()}; }
Error unreadable(const fs::path& file, const std::string& what) { return damaged(file, what + " cannot be read; the file is damaged or truncated (" + errorStack().text + ")"); }

Handle openFile(const fs::path& file)
{
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        if (errno == ENOENT || errno == ENOTDIR) throw Error(ErrorCode::NotFound, "no such file", file.string());
        throw Error(ErrorCode::CannotRead, std::string("cannot be opened (") + std::strerror(errno) + ")", file.string());
    }
    char magic[8] = {};
    const ssize_t size = ::pread(descriptor, magic, sizeof magic, 0);
    const int problem = size < 0 ? errno : 0;
    ::close(descriptor);
    if (problem != 0) throw Error(ErrorCode::CannotRead, std::string("cannot be read (") + std::strerror(problem) + ")", file.string());
    if (size != 8 || std::memcmp(magic, "\x89HDF\r\n\x1a\n", 8) != 0) throw damaged(file, "is no HDF5 file; a clip file is made by 'kinora datasets import'");
    const Handle access(H5Pcreate(H5P_FILE_ACCESS));
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    H5Pset_file_locking(access, false, true);  // a clip file is never changed once it has its name, and some network disks cannot lock
    Handle handle(H5Fopen(file.c_str(), H5F_ACC_RDONLY, access));
    if (!handle.valid()) throw damaged(file, "is a damaged or truncated HDF5 file (" + errorStack().text + ")");
    return handle;
}

bool hasHardLink(hid_t parent, const char* name)
{
    H5L_info_t info{};
    return H5Lexists(parent, name, H5P_DEFAULT) > 0 && H5Lget_info(parent, name, &info, H5P_DEFAULT) >= 0 && info.type == H5L_TYPE_HARD;
}

Handle openGroup(hid_t parent, const char* name, const fs::path& file)
{
    if (!hasHardLink(parent, name)) throw damaged(file, "has no group '" + std::string(name) + "'");
    Handle group(H5Gopen2(parent, name, H5P_DEFAULT));
    if (!group.valid()) throw unreadable(file, "group '" + std::string(name) + "'");
    return group;
}

Table openTable(hid_t parent, const std::string& name, const fs::path& file, std::size_t cacheBytes)
{
    const std::string what = "data set '" + name + "'";
    if (!hasHardLink(parent, name.c_str())) throw damaged(file, "has no " + what);
    Table table;
    const Handle access(H5Pcreate(H5P_DATASET_ACCESS));
    H5Pset_chunk_cache(access, cacheBytes > 0 ? 521 : 1, cacheBytes, 1.0);  // where every chunk is read once a cache would only copy it
    table.id = Handle(H5Dopen2(parent, name.c_str(), access));
    if (!table.id.valid()) throw unreadable(file, what);
    table.type = Handle(H5Dget_type(table.id));
    table.space = Handle(H5Dget_space(table.id));
    const Handle creation(H5Dget_create_plist(table.id));
    if (!table.type.valid() || !table.space.valid() || !creation.valid()) throw unreadable(file, what);
    const H5D_layout_t layout = H5Pget_layout(creation);
    if (layout != H5D_CONTIGUOUS && layout != H5D_CHUNKED && layout != H5D_COMPACT) throw damaged(file, what + " does not lie in the file itself");
    if (H5Pget_external_count(creation) != 0) throw damaged(file, what + " keeps its data in another file, which is not followed");
    const int filters = H5Pget_nfilters(creation);
    for (int i = 0; i < filters; ++i) {
        unsigned flags = 0, config = 0;
        std::size_t values = 0;
        const H5Z_filter_t filter = H5Pget_filter2(creation, static_cast<unsigned>(i), &flags, &values, nullptr, 0, nullptr, &config);
        if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE && filter != H5Z_FILTER_FLETCHER32)
            throw damaged(file, what + " is packed with filter " + std::to_string(filter) + "; only gzip, shuffle and fletcher32 are read");
    }
    const int rank = H5Sget_simple_extent_ndims(table.space);
    if (H5Sget_simple_extent_type(table.space) != H5S_SIMPLE || rank < 1 || rank > 8) throw damaged(file, what + " has no shape");
    table.shape.resize(static_cast<std::size_t>(rank));
    H5Sget_simple_extent_dims(table.space, table.shape.data(), nullptr);
    const double stored = static_cast<double>(H5Dget_storage_size(table.id));
    double wanted = static_cast<double>(H5Tget_size(table.type));
    for (const hsize_t size : table.shape) wanted *= static_cast<double>(size);
    if (wanted > stored * (filters > 0 ? kMaxDeflateRatio : 1.0)) throw damaged(file, what + " claims more data than the file holds");
    return table;
}

std::string_view textIn(const char* bytes, std::size_t size, H5T_str_t padding)
{
    std::string_view text(bytes, ::strnlen(bytes, size));
    if (padding == H5T_STR_SPACEPAD) text.remove_suffix(text.size() - (text.find_last_not_of(' ') + 1));
    return text;
}
namespace {
std::string textOf(const char* bytes, std::size_t size, H5T_str_t padding) { return std::string(textIn(bytes, size, padding)); }
}  // namespace

std::vector<std::string> readTexts(hid_t object, const char* name, const fs::path& file)
{
    const std::string what = "attribute '" + std::string(name) + "'";
    const Handle attribute(H5Aopen(object, name, H5P_DEFAULT));
    if (!attribute.valid()) throw damaged(file, "has no " + what);
    const Handle type(H5Aget_type(attribute)), space(H5Aget_space(attribute));
    if (H5Tget_class(type) != H5T_STRING) throw damaged(file, what + " is no text");
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    if (count < 0 || count > static_cast<hssize_t>(kMaxText)) throw damaged(file, what + " has no usable size");
    std::vector<std::string> texts;
    if (count == 0) return texts;
    if (H5Tis_variable_str(type) > 0) {
        std::vector<char*> raw(static_cast<std::size_t>(count), nullptr);
        const Handle memory(H5Tcopy(type));
        if (H5Aread(attribute, memory, raw.data()) < 0) throw unreadable(file, what);
        for (const char* text : raw) texts.emplace_back(text ? text : "");
        H5Dvlen_reclaim(memory, space, H5P_DEFAULT, raw.data());
        return texts;
    }
    const std::size_t size = H5Tget_size(type);
    if (size < 1 || size > (std::size_t(1) << 26) / static_cast<std::size_t>(count)) throw damaged(file, what + " has no usable size");
    std::vector<char> raw(size * static_cast<std::size_t>(count));
    if (H5Aread(attribute, type, raw.data()) < 0) throw unreadable(file, what);
    for (hssize_t i = 0; i < count; ++i) texts.push_back(textOf(raw.data() + size * static_cast<std::size_t>(i), size, H5Tget_strpad(type)));
    return texts;
}

std::string readText(hid_t object, const char* name, const fs::path& file)
{
    const std::vector<std::string> texts = readTexts(object, name, file);
    if (texts.size() != 1) throw damaged(file, "attribute '" + std::string(name) + "' is not one text");
    return texts.front();
}

std::int64_t readInteger(hid_t object, const char* name, const fs::path& file)
{
    const Handle attribute(H5Aopen(object, name, H5P_DEFAULT));
    if (!attribute.valid()) throw damaged(file, "has no attribute '" + std::string(name) + "'");
    const Handle type(H5Aget_type(attribute)), space(H5Aget_space(attribute));
    std::int64_t value = 0;
    const H5T_class_t kind = H5Tget_class(type);
    if ((kind != H5T_INTEGER && kind != H5T_ENUM) || H5Sget_simple_extent_npoints(space) != 1 ||
        (kind == H5T_ENUM ? H5Tget_size(type) != 1 || H5Aread(attribute, type, &value) < 0 : H5Aread(attribute, H5T_NATIVE_INT64, &value) < 0))
        throw damaged(file, "attribute '" + std::string(name) + "' is no whole number");
    return value;
}

std::string readLongText(hid_t group, const std::string& name, const fs::path& file)
{
    const std::string what = "text '" + name + "'";
    if (!hasHardLink(group, name.c_str())) throw damaged(file, "has no " + what);
    const Handle data(H5Dopen2(group, name.c_str(), H5P_DEFAULT));
    if (!data.valid()) throw unreadable(file, what);
    const Handle type(H5Dget_type(data)), space(H5Dget_space(data)), creation(H5Dget_create_plist(data));
    if (H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) > 0 || H5Sget_simple_extent_npoints(space) != 1 || H5Pget_nfilters(creation) != 0 || H5Pget_external_count(creation) != 0)
        throw damaged(file, what + " is no text");
    const std::size_t size = H5Tget_size(type);
    if (size < 1 || size > kMaxLongText || H5Dget_storage_size(data) < size) throw damaged(file, what + " has no usable size");
    std::string text(size, '\0');
    if (H5Dread(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text.data()) < 0) throw unreadable(file, what);
    return textOf(text.data(), size, H5Tget_strpad(type));
}

std::vector<std::string> linkNames(hid_t group, const fs::path& file, hsize_t most)
{
    H5G_info_t info{};
    if (H5Gget_info(group, &info) < 0 || info.nlinks > most) throw damaged(file, "has an impossible number of columns or objects");
    std::vector<std::string> names;
    for (hsize_t i = 0; i < info.nlinks; ++i) {
        const ssize_t size = H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, i, nullptr, 0, H5P_DEFAULT);
        if (size < 1 || size > static_cast<ssize_t>(kMaxText)) throw unreadable(file, "a column's name");
        std::string name(static_cast<std::size_t>(size), '\0');
        if (H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, i, name.data(), name.size() + 1, H5P_DEFAULT) < 0) throw unreadable(file, "a column's name");
        names.push_back(std::move(name));
    }
    return names;
}

}  // namespace kinora::hdf5
