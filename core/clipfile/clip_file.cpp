#include "core/clipfile/clip_file.h"

#include <fcntl.h>
#include <hdf5.h>
#include <sys/stat.h>
#include <unistd.h>

extern "C" {
#include <libavutil/crc.h>
}

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "core/util/error.h"
#include "core/util/file.h"
#include "kinora_version.h"

namespace kinora {
namespace fs = std::filesystem;
namespace {
static_assert(std::endian::native == std::endian::little, "streams are raw little-endian bytes");

constexpr const char* kFormat = "kinora-clips";
constexpr std::int32_t kVersion = 1;
constexpr std::size_t kMaxText = 1 << 16;                       // of one name, label or attribute
constexpr std::size_t kLongText = 32000;                        // more does not fit into an attribute (64 KiB with its header): it is a data set
constexpr std::size_t kMaxLongText = std::size_t(1) << 28;
constexpr hsize_t kMaxChunk = hsize_t(1) << 30;                 // HDF5's own limit is 4 GiB
constexpr std::int64_t kMaxClips = std::int64_t(1) << 27;       // 1 TB of index: larger is a corrupt header
constexpr hsize_t kMaxColumns = 4096;
constexpr double kMaxDeflateRatio = 1040;                       // deflate cannot do better than 1032 : 1

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

// --- reading ---------------------------------------------------------------------------------------------------------------------

Error damaged(const fs::path& file, const std::string& text) { return {ErrorCode::Damaged, text, file.string()}; }
Error unreadable(const fs::path& file, const std::string& what) { return damaged(file, what + " cannot be read; the file is damaged or truncated (" + errorStack().text + ")"); }

/// Opens read-only after checks that give better words than HDF5's.
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

/// A link that leads out of the file, or nowhere, is not followed.
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

/// A data set with its shape: stored in this file, with built-in filters only, and no larger than its stored bytes allow.
struct Table {
    Handle id, type, space;
    std::vector<hsize_t> shape;
};

Table openTable(hid_t parent, const std::string& name, const fs::path& file)
{
    const std::string what = "data set '" + name + "'";
    if (!hasHardLink(parent, name.c_str())) throw damaged(file, "has no " + what);
    Table table;
    const Handle access(H5Pcreate(H5P_DATASET_ACCESS));
    H5Pset_chunk_cache(access, 1, 0, 1.0);  // every chunk is read once: a cache would only copy it
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
std::string textOf(const char* bytes, std::size_t size, H5T_str_t padding) { return std::string(textIn(bytes, size, padding)); }

/// Texts of a fixed or variable length, as h5py writes either.
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

/// A text that is a data set of its own.
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

/// Names of the links of a group, in no order that matters.
std::vector<std::string> linkNames(hid_t group, const fs::path& file)
{
    H5G_info_t info{};
    if (H5Gget_info(group, &info) < 0 || info.nlinks > kMaxColumns) throw damaged(file, "has an impossible number of columns");
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

template <class T>
std::vector<T> readColumn(const Table& table, hid_t memoryType)
{
    std::vector<T> values(static_cast<std::size_t>(table.shape[0]));
    if (!values.empty() && H5Dread(table.id, memoryType, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0) values.clear();
    return values;
}

std::string clipName(std::int64_t index)
{
    char text[24];
    std::snprintf(text, sizeof text, "%08lld", static_cast<long long>(index));
    return text;
}

std::size_t elementSize(const StreamColumn& column) { return column.type == "float32" ? 4 : 1; }

std::uint32_t crc32(std::uint32_t crc, std::span<const std::uint8_t> bytes)
{
    // av_crc keeps the register; zlib and Python show its complement
    crc = ~crc;
    const AVCRC* table = av_crc_get_table(AV_CRC_32_IEEE_LE);
    while (!bytes.empty()) {
        const auto part = bytes.first(std::min<std::size_t>(bytes.size(), std::size_t(1) << 30));
        crc = av_crc(table, crc, part.data(), part.size());
        bytes = bytes.subspan(part.size());
    }
    return ~crc;
}

/// Many short texts in one piece of memory.
class TextStore {
public:
    using Id = std::uint32_t;
    TextStore() { add({}); }
    Id add(std::string_view text)
    {
        m_bytes.append(text);
        m_ends.push_back(m_bytes.size());
        return static_cast<Id>(m_ends.size() - 1);
    }
    /// As add(), but a text that is the same as \p last gets its number: the windows of one recording follow each other.
    Id addOr(Id last, std::string_view text) { return text.empty() ? 0 : text == at(last) ? last : add(text); }
    /// The same number for all equal texts; for columns of few values.
    Id shared(std::string_view text)
    {
        if (text.empty()) return 0;
        for (const Id id : m_recent)
            if (text == at(id)) return id;
        const auto [found, isNew] = m_known.try_emplace(std::string(text), 0);
        if (isNew) found->second = add(text);
        m_recent[m_turn++ % m_recent.size()] = found->second;
        return found->second;
    }
    std::string_view at(Id id) const
    {
        const std::size_t from = id == 0 ? 0 : m_ends[id - 1];
        return std::string_view(m_bytes).substr(from, m_ends[id] - from);
    }
    /// No text follows: the memory for finding equal ones is given back.
    void freeze()
    {
        m_known = {};
        m_bytes.shrink_to_fit();
        m_ends.shrink_to_fit();
    }

private:
    std::string m_bytes;
    std::vector<std::size_t> m_ends;
    std::unordered_map<std::string, Id> m_known;
    std::array<Id, 4> m_recent{};
    std::size_t m_turn = 0;
};

class ClipFile final : public ClipSource {
public:
    explicit ClipFile(const fs::path& file, ClipReading reading = ClipReading::ByOffset) : m_path(file)
    {
        const Session session;
        m_file = openFile(file);
        readHeader();
        readIndex();
        readOrigin();
        readLabels();
        readStreams();
        m_texts.freeze();
        if (reading == ClipReading::ByOffset) findDescriptor();
        for (std::size_t i = 0; i <= m_streams.size(); ++i) m_places.emplace_back(m_descriptor < 0 ? 0 : m_rows.size());
    }
    ~ClipFile() override
    {
        const Session session;
        m_streamGroups.clear();
        m_clips.close();
        m_file.close();
    }
    std::string name() const override { return m_path.string(); }
    std::int64_t size() const override { return static_cast<std::int64_t>(m_rows.size()); }
    ClipInfo info(std::int64_t index) const override
    {
        const std::size_t i = checked(index);
        const Row& row = m_rows[i];
        ClipInfo clip;
        clip.name = m_texts.at(row.name);
        clip.frames = row.frames;
        clip.height = row.height;
        clip.width = row.width;
        clip.frameRateHz = row.frameRateHz;
        clip.labels.assign(m_values.begin() + static_cast<std::ptrdiff_t>(i * m_labels.size()), m_values.begin() + static_cast<std::ptrdiff_t>((i + 1) * m_labels.size()));
        clip.split = m_texts.at(row.split);
        clip.group = m_texts.at(row.group);
        clip.source = m_texts.at(row.source);
        if (m_origins.empty()) return clip;
        const Origin& origin = m_origins[i];
        clip.origin = {std::string(m_texts.at(origin.sha256)), origin.firstFrame, origin.frameStep, origin.crop, std::string(m_texts.at(origin.flags))};
        return clip;
    }
    const std::vector<LabelColumn>& labelColumns() const override { return m_labels; }
    const std::vector<StreamColumn>& streamColumns() const override { return m_streams; }

    Frames frames(std::int64_t index, const FrameWindow& window) const override
    {
        Frames out;
        framesInto(index, window, out);
        return out;
    }

    void framesInto(std::int64_t index, const FrameWindow& window, Frames& out) const override
    {
        const Row& clip = m_rows[checked(index)];
        const FrameWindow span = resolved(window, clip.frames);
        out.reshape(span.count, clip.height, clip.width);
        read(m_clips, m_places.front(), index, {static_cast<hsize_t>(clip.frames), static_cast<hsize_t>(clip.height), static_cast<hsize_t>(clip.width), 3}, false, span, out.bytes().data());
    }

    std::vector<std::uint8_t> stream(std::int64_t index, const std::string& streamName, const FrameWindow& window) const override
    {
        const Row& clip = m_rows[checked(index)];
        const auto found = std::ranges::find(m_streams, streamName, &StreamColumn::name);
        if (found == m_streams.end()) return ClipSource::stream(index, streamName, window);
        const FrameWindow span = resolved(window, clip.frames);
        const auto column = static_cast<std::size_t>(found - m_streams.begin());
        std::vector<hsize_t> shape{static_cast<hsize_t>(clip.frames)};
        if (found->pixels) shape.insert(shape.end(), {static_cast<hsize_t>(clip.height), static_cast<hsize_t>(clip.width)});
        shape.push_back(static_cast<hsize_t>(found->channels));
        std::size_t frameBytes = elementSize(*found);
        for (std::size_t i = 1; i < shape.size(); ++i) frameBytes *= shape[i];
        std::vector<std::uint8_t> bytes(frameBytes * static_cast<std::size_t>(span.count));
        read(m_streamGroups[column], m_places[column + 1], index, shape, found->type == "float32", span, bytes.data());
        return bytes;
    }

    /// \returns what is wrong with a clip, or an empty text
    std::string problem(std::int64_t index) const
    {
        try {
            std::uint32_t crc = crc32(0, frames(index, {}).bytes());
            for (const StreamColumn& column : m_streams) crc = crc32(crc, stream(index, column.name, {}));
            if (!m_checksums.empty() && crc != m_checksums[static_cast<std::size_t>(index)]) return "its checksum does not match: the data has changed since it was written";
        } catch (const Error& error) {
            return error.detail();
        }
        return {};
    }
    bool hasChecksums() const { return !m_checksums.empty(); }

private:
    std::size_t checked(std::int64_t index) const
    {
        if (index < 0 || index >= size()) throw Error(ErrorCode::NotFound, "has no clip " + std::to_string(index) + "; it holds " + std::to_string(size()), m_path.string());
        return static_cast<std::size_t>(index);
    }

    void checkShape(const Table& table, std::int64_t index, const std::vector<hsize_t>& shape, H5T_class_t kind, std::size_t bytes) const
    {
        if (table.shape != shape) throw damaged(m_path, "clip " + std::to_string(index) + " has another shape than the index says");
        if (H5Tget_class(table.type) != kind || H5Tget_size(table.type) != bytes || (kind == H5T_INTEGER && H5Tget_sign(table.type) != H5T_SGN_NONE))
            throw damaged(m_path, "clip " + std::to_string(index) + " holds values of another type than it should");
    }

    // Where the bytes of every clip (and, behind, of every stream) lie in the file. HDF5 is one lock for everybody and opens a data set at length: it is asked
    // once for each, then the bytes are read past it.
    static constexpr std::uint64_t kNotAsked = 0, kThroughHdf5 = 1;  // no data lies there: the file begins with its signature
    using Places = std::vector<std::atomic<std::uint64_t>>;

    /// The window of one clip's data set of this shape. Thread: safe.
    void read(hid_t group, Places& places, std::int64_t index, const std::vector<hsize_t>& shape, bool real, const FrameWindow& window, std::uint8_t* target) const
    {
        const auto row = static_cast<std::size_t>(index);
        std::uint64_t place = places.empty() ? kThroughHdf5 : places[row].load(std::memory_order_relaxed);
        std::uint64_t frameBytes = real ? 4 : 1;
        for (std::size_t i = 1; i < shape.size(); ++i) frameBytes *= shape[i];
        if (place == kNotAsked || place == kThroughHdf5) {
            const Session session;
            const Table table = openTable(group, clipName(index), m_path);
            checkShape(table, index, shape, real ? H5T_FLOAT : H5T_INTEGER, real ? 4 : 1);
            if (place == kNotAsked) {
                place = placeOf(table, real ? H5T_IEEE_F32LE : H5T_STD_U8LE, frameBytes * shape[0]);
                places[row].store(place, std::memory_order_relaxed);
            }
            if (place == kThroughHdf5) {
                readThroughHdf5(table, index, window, real ? H5T_IEEE_F32LE : H5T_NATIVE_UINT8, target);
                return;
            }
        }
        const std::uint64_t first = place + frameBytes * static_cast<std::uint64_t>(window.first);
        if (window.step == 1) readAt(index, first, frameBytes * static_cast<std::uint64_t>(window.count), target);
        else
            for (int t = 0; t < window.count; ++t)
                readAt(index, first + frameBytes * static_cast<std::uint64_t>(t) * static_cast<std::uint64_t>(window.step), frameBytes, target + frameBytes * static_cast<std::uint64_t>(t));
    }

    /// The offset of a data set that lies in the file in one piece, unpacked, in just this type and whole; otherwise kThroughHdf5, which gives the right data or the right error.
    std::uint64_t placeOf(const Table& table, hid_t plain, std::uint64_t bytes) const
    {
        const Handle creation(H5Dget_create_plist(table.id));
        if (!creation.valid() || H5Pget_nfilters(creation) != 0 || H5Tequal(table.type, plain) <= 0) return kThroughHdf5;
        haddr_t address = HADDR_UNDEF;
        hsize_t stored = 0;
        const H5D_layout_t layout = H5Pget_layout(creation);
        if (layout == H5D_CONTIGUOUS) {
            address = H5Dget_offset(table.id);
            stored = H5Dget_storage_size(table.id);
        } else if (layout == H5D_CHUNKED) {
            std::vector<hsize_t> chunk(table.shape.size()), at(table.shape.size());
            unsigned skipped = 0;
            if (H5Pget_chunk(creation, static_cast<int>(chunk.size()), chunk.data()) < 0 || chunk != table.shape ||
                H5Dget_chunk_info(table.id, table.space, 0, at.data(), &skipped, &address, &stored) < 0)
                return kThroughHdf5;
        }
        const bool inside = address != HADDR_UNDEF && address > kThroughHdf5 && stored == bytes && address <= m_fileBytes && bytes <= m_fileBytes - address;
        return inside ? address : kThroughHdf5;
    }

    void readAt(std::int64_t index, std::uint64_t offset, std::uint64_t bytes, std::uint8_t* target) const
    {
        while (bytes > 0) {
            const ssize_t got = ::pread(m_descriptor, target, static_cast<std::size_t>(bytes), static_cast<off_t>(offset));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) throw Error(ErrorCode::CannotRead, "clip " + std::to_string(index) + " cannot be read (" + std::strerror(errno) + ")", m_path.string());
            if (got == 0) throw damaged(m_path, "clip " + std::to_string(index) + " cannot be read; the file has become shorter since it was opened");
            offset += static_cast<std::uint64_t>(got);
            target += got;
            bytes -= static_cast<std::uint64_t>(got);
        }
    }

    /// HDF5's own descriptor, where it reads an ordinary file: so both read the same file, whatever its name stands for by now.
    void findDescriptor()
    {
        const Handle access(H5Fget_access_plist(m_file));
        void* found = nullptr;
        struct ::stat status {};
        if (!access.valid() || H5Pget_driver(access) != H5FD_SEC2 || H5Fget_vfd_handle(m_file, H5P_DEFAULT, &found) < 0 || !found) return;
        if (::fstat(*static_cast<const int*>(found), &status) != 0 || !S_ISREG(status.st_mode)) return;
        m_descriptor = *static_cast<const int*>(found);
        m_fileBytes = static_cast<std::uint64_t>(status.st_size);
    }

    void readThroughHdf5(const Table& table, std::int64_t index, const FrameWindow& window, hid_t memoryType, void* target) const
    {
        if (window.count == 0) return;
        std::vector<hsize_t> start(table.shape.size(), 0), stride(table.shape.size(), 1), count = table.shape;
        start[0] = static_cast<hsize_t>(window.first);
        stride[0] = static_cast<hsize_t>(window.step);
        count[0] = static_cast<hsize_t>(window.count);
        const Handle memory(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr));
        if (H5Sselect_hyperslab(table.space, H5S_SELECT_SET, start.data(), stride.data(), count.data(), nullptr) < 0 ||
            H5Dread(table.id, memoryType, memory, table.space, H5P_DEFAULT, target) < 0)
            throw unreadable(m_path, "clip " + std::to_string(index));
    }

    void readHeader()
    {
        if (H5Aexists(m_file, "format") <= 0 || readText(m_file, "format", m_path) != kFormat)
            throw damaged(m_path, "is an HDF5 file but no clip file of Kinora: its attribute 'format' is not '" + std::string(kFormat) + "'");
        const std::int64_t version = readInteger(m_file, "format_version", m_path);
        if (version > kVersion)
            throw Error(ErrorCode::Incompatible, "has format version " + std::to_string(version) + "; this program reads up to " + std::to_string(kVersion) + ", a newer Kinora reads it", m_path.string());
        if (version < 1) throw damaged(m_path, "has an impossible format version");
        m_clips = openGroup(m_file, "clips", m_path);
    }

    void readIndex()
    {
        const Table table = openTable(m_file, "index", m_path);
        if (table.shape.size() != 1 || H5Tget_class(table.type) != H5T_COMPOUND) throw damaged(m_path, "has an index that is no table");
        const hsize_t rows = table.shape[0];
        H5G_info_t info{};
        if (rows > static_cast<hsize_t>(kMaxClips) || H5Gget_info(m_clips, &info) < 0 || info.nlinks < rows)
            throw damaged(m_path, "has an index of " + std::to_string(rows) + " clips but fewer clips");

        std::vector<Field> fields = {{"name", H5T_STRING, true},   {"frames", H5T_INTEGER, true}, {"height", H5T_INTEGER, true}, {"width", H5T_INTEGER, true}, {"frame_rate_hz", H5T_FLOAT, false},
                                     {"split", H5T_STRING, false}, {"group", H5T_STRING, false},  {"source", H5T_STRING, false}, {"crc32", H5T_INTEGER, false}};
        m_rows.reserve(static_cast<std::size_t>(rows));
        readTable(table, "index", fields, [&](const char* raw) {
            const auto wrong = [&](const std::string& what) { return damaged(m_path, "has an index with an impossible " + what + " for clip " + std::to_string(m_rows.size())); };
            Row row;
            double bytes = 3;
            for (int i = 1; i <= 3; ++i) {
                const std::int64_t size = fields[static_cast<std::size_t>(i)].number<std::int64_t>(raw, 0);
                bytes *= static_cast<double>(size);
                if (size < 1 || size > std::numeric_limits<int>::max() || bytes > 1e12) throw wrong("size");
                (i == 1 ? row.frames : i == 2 ? row.height : row.width) = static_cast<int>(size);
            }
            row.frameRateHz = fields[4].number<double>(raw, 0);
            if (!std::isfinite(row.frameRateHz) || row.frameRateHz < 0) throw wrong("frame rate");
            row.name = m_texts.add(fields[0].text(raw));
            row.split = m_texts.shared(fields[5].text(raw));
            row.group = m_texts.shared(fields[6].text(raw));
            row.source = m_texts.addOr(m_rows.empty() ? 0 : m_rows.back().source, fields[7].text(raw));
            if (fields[8].size > 0) m_checksums.push_back(static_cast<std::uint32_t>(fields[8].number<std::int64_t>(raw, 0)));
            m_rows.push_back(row);
        });
    }

    void readOrigin()
    {
        if (H5Lexists(m_file, "origin", H5P_DEFAULT) <= 0) return;
        const Table table = openTable(m_file, "origin", m_path);
        if (table.shape != std::vector<hsize_t>{m_rows.size()} || H5Tget_class(table.type) != H5T_COMPOUND) throw damaged(m_path, "has a table 'origin' without one row for every clip");
        std::vector<Field> fields = {{"sha256", H5T_STRING, false}, {"first_frame", H5T_INTEGER, false}, {"frame_step", H5T_INTEGER, false}, {"crop_x", H5T_FLOAT, false},
                                     {"crop_y", H5T_FLOAT, false},  {"crop_width", H5T_FLOAT, false},    {"crop_height", H5T_FLOAT, false}, {"flags", H5T_STRING, false}};
        m_origins.reserve(m_rows.size());
        readTable(table, "origin", fields, [&](const char* raw) {
            const auto wrong = [&](const std::string& what) { return damaged(m_path, "has an impossible " + what + " in the origin of clip " + std::to_string(m_origins.size())); };
            const std::int64_t first = fields[1].number<std::int64_t>(raw, 0), step = fields[2].number<std::int64_t>(raw, 1);
            if (first < 0 || first > std::numeric_limits<int>::max() || step < 1 || step > std::numeric_limits<int>::max()) throw wrong("frame");
            const std::string_view hash = fields[0].text(raw);
            if (!hash.empty() && (hash.size() != 64 || hash.find_first_not_of("0123456789abcdef") != std::string_view::npos)) throw wrong("SHA-256");
            float box[4];
            for (std::size_t i = 0; i < 4; ++i) {
                box[i] = static_cast<float>(fields[3 + i].number<double>(raw, 0));
                if (!std::isfinite(box[i]) || (i >= 2 && box[i] < 0)) throw wrong("crop");
            }
            m_origins.push_back({m_texts.addOr(m_origins.empty() ? 0 : m_origins.back().sha256, hash), m_texts.shared(fields[7].text(raw)), static_cast<int>(first), static_cast<int>(step), {box[0], box[1], box[2], box[3]}});
        });
    }

    /// A column that is wanted of a table.
    struct Field {
        const char* name;
        H5T_class_t kind;
        bool required;
        std::size_t offset = 0, size = 0;  // in memory; size 0: the file does not have it
        H5T_str_t padding = H5T_STR_NULLPAD;

        std::string_view text(const char* row) const { return size == 0 ? std::string_view() : textIn(row + offset, size, padding); }
        template <class T>
        T number(const char* row, T fallback) const
        {
            if (size > 0) std::memcpy(&fallback, row + offset, sizeof fallback);
            return fallback;
        }
    };

    /// Reads the wanted columns of a table row by row; whole numbers come as int64, others as double, texts in the file's own length.
    template <class Each>
    void readTable(const Table& table, const std::string& what, std::vector<Field>& fields, const Each& each)
    {
        std::vector<Handle> types;
        std::size_t rowBytes = 0;
        for (Field& field : fields) {
            const int member = H5Tget_member_index(table.type, field.name);
            if (member < 0) {
                if (field.required) throw damaged(m_path, "has an " + what + " without the column '" + field.name + "'");
                types.emplace_back();
                continue;
            }
            Handle type(H5Tget_member_type(table.type, static_cast<unsigned>(member)));
            if (H5Tget_class(type) != field.kind || H5Tis_variable_str(type) > 0) throw damaged(m_path, "has an " + what + " whose column '" + field.name + "' is of another type");
            field.offset = rowBytes;
            if (field.kind == H5T_STRING) {
                field.size = H5Tget_size(type);
                field.padding = H5Tget_strpad(type);
                if (field.size < 1 || field.size > kMaxText) throw damaged(m_path, "has an " + what + " whose column '" + field.name + "' is too wide");
                types.push_back(std::move(type));
            } else {
                field.size = 8;
                types.emplace_back(H5Tcopy(field.kind == H5T_FLOAT ? H5T_NATIVE_DOUBLE : H5T_NATIVE_INT64));
            }
            rowBytes += field.size;
        }
        if (rowBytes == 0) throw damaged(m_path, "has an " + what + " without any known column");
        const Handle memoryType(H5Tcreate(H5T_COMPOUND, rowBytes));
        for (std::size_t i = 0; i < fields.size(); ++i)
            if (fields[i].size > 0 && H5Tinsert(memoryType, fields[i].name, fields[i].offset, types[i]) < 0) throw unreadable(m_path, "the " + what);
        const hsize_t rows = table.shape[0];
        const hsize_t slab = std::max<hsize_t>(1, std::min<hsize_t>(8192, (hsize_t(64) << 20) / rowBytes));
        std::vector<char> raw;
        for (hsize_t from = 0; from < rows; from += slab) {
            const hsize_t count = std::min(slab, rows - from);
            raw.assign(static_cast<std::size_t>(count) * rowBytes, 0);
            const Handle memory(H5Screate_simple(1, &count, nullptr));
            if (H5Sselect_hyperslab(table.space, H5S_SELECT_SET, &from, nullptr, &count, nullptr) < 0 ||
                H5Dread(table.id, memoryType, memory, table.space, H5P_DEFAULT, raw.data()) < 0)
                throw unreadable(m_path, "the " + what);
            for (hsize_t i = 0; i < count; ++i) each(raw.data() + static_cast<std::size_t>(i) * rowBytes);
        }
    }

    void readLabels()
    {
        if (H5Lexists(m_file, "labels", H5P_DEFAULT) <= 0) return;
        const Handle group = openGroup(m_file, "labels", m_path);
        struct Column {
            std::int64_t position;
            LabelColumn label;
            std::vector<float> values;
        };
        std::vector<Column> columns;
        for (const std::string& labelName : linkNames(group, m_path)) {
            const Table table = openTable(group, labelName, m_path);
            if (table.shape != std::vector<hsize_t>{m_rows.size()}) throw damaged(m_path, "label '" + labelName + "' does not have one value for every clip");
            Column column{H5Aexists(table.id, "position") > 0 ? readInteger(table.id, "position", m_path) : std::numeric_limits<std::int64_t>::max(), {labelName, {}, {}}, {}};
            if (H5Aexists(table.id, "role") > 0) column.label.role = readText(table.id, "role", m_path);
            if (H5Aexists(table.id, "categories") > 0) column.label.categories = readTexts(table.id, "categories", m_path);
            const H5T_class_t kind = H5Tget_class(table.type);
            if (kind == H5T_INTEGER) {
                const std::vector<std::int64_t> values = readColumn<std::int64_t>(table, H5T_NATIVE_INT64);
                const auto known = static_cast<std::int64_t>(column.label.categories.size());
                for (const std::int64_t value : values) {
                    if (column.label.categorical() && value >= known) throw damaged(m_path, "label '" + labelName + "' has a value that is none of its categories");
                    const bool missing = column.label.categorical() && value < 0;
                    column.values.push_back(missing ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(value));
                }
            } else if (kind == H5T_FLOAT && !column.label.categorical()) {
                column.values = readColumn<float>(table, H5T_NATIVE_FLOAT);
            } else {
                throw damaged(m_path, "label '" + labelName + "' is of another type than it should be");
            }
            if (column.values.size() != m_rows.size()) throw unreadable(m_path, "label '" + labelName + "'");
            columns.push_back(std::move(column));
        }
        std::ranges::stable_sort(columns, {}, &Column::position);
        m_values.reserve(m_rows.size() * columns.size());
        for (std::size_t i = 0; i < m_rows.size(); ++i)
            for (const Column& column : columns) m_values.push_back(column.values[i]);
        for (Column& column : columns) m_labels.push_back(std::move(column.label));
    }

    void readStreams()
    {
        if (H5Lexists(m_file, "streams", H5P_DEFAULT) <= 0) return;
        const Handle group = openGroup(m_file, "streams", m_path);
        std::vector<std::pair<std::int64_t, StreamColumn>> columns;
        for (const std::string& streamName : linkNames(group, m_path)) {
            const Handle one = openGroup(group, streamName.c_str(), m_path);
            StreamColumn column{streamName, readText(one, "type", m_path), static_cast<int>(std::clamp<std::int64_t>(readInteger(one, "channels", m_path), 0, 1 << 20)), readInteger(one, "pixels", m_path) != 0};
            if (column.type != "uint8" && column.type != "float32") throw damaged(m_path, "stream '" + streamName + "' has the unknown type '" + column.type + "'");
            if (column.channels < 1 || column.channels >= 1 << 20) throw damaged(m_path, "stream '" + streamName + "' has an impossible number of channels");
            columns.emplace_back(H5Aexists(one, "position") > 0 ? readInteger(one, "position", m_path) : std::numeric_limits<std::int64_t>::max(), column);
        }
        std::ranges::stable_sort(columns, {}, [](const auto& entry) { return entry.first; });
        for (auto& [position, column] : columns) {
            m_streamGroups.push_back(openGroup(group, column.name.c_str(), m_path));
            m_streams.push_back(std::move(column));
        }
    }

    fs::path m_path;
    Handle m_file, m_clips;
    std::vector<Handle> m_streamGroups;  // beside m_streams
    // a hundred thousand clips are kept in some 10 MB: one store of texts, equal ones of splits, groups, sources, hashes and flags once
    struct Row {
        int frames = 0, height = 0, width = 0;
        TextStore::Id name, split, group, source;
        double frameRateHz = 0;
    };
    struct Origin {
        TextStore::Id sha256, flags;
        int firstFrame = 0, frameStep = 1;
        Box crop;
    };
    TextStore m_texts;
    std::vector<Row> m_rows;
    std::vector<Origin> m_origins;  // beside m_rows, or empty
    std::vector<float> m_values;    // labels, row by row
    std::vector<std::uint32_t> m_checksums;  // empty: the file has none
    std::vector<LabelColumn> m_labels;
    std::vector<StreamColumn> m_streams;
    mutable std::vector<Places> m_places;  // of the clips, then of each stream; empty ones: everything goes through HDF5
    int m_descriptor = -1;                 // HDF5's
    std::uint64_t m_fileBytes = 0;
};

// --- writing ---------------------------------------------------------------------------------------------------------------------

Error writeFailed(const fs::path& target)
{
    const StackTop top = errorStack();
    if (top.error == ENOSPC || top.error == EDQUOT || top.error == EFBIG)
        return {ErrorCode::DiskFull, "the disk is full; free some space and try again (nothing was left behind)", target.string()};
    return {ErrorCode::CannotWrite, "cannot be written (" + (top.error ? std::string(std::strerror(top.error)) : top.text) + ")", target.string()};
}

Handle textType(std::size_t size)
{
    Handle type(H5Tcopy(H5T_C_S1));
    H5Tset_size(type, std::max<std::size_t>(size, 1));
    H5Tset_strpad(type, H5T_STR_NULLPAD);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

/// Creation properties without time stamps: the same clips give the same file.
Handle plainCreation(hid_t kind)
{
    Handle list(H5Pcreate(kind));
    H5Pset_obj_track_times(list, false);
    return list;
}

bool usableColumnName(const std::string& name)
{
    return !name.empty() && name.size() < 256 && name != "." && name != ".." && name.find('/') == std::string::npos && name.find('\0') == std::string::npos;
}
}  // namespace

struct ClipFileWriter::Private {
    fs::path target;
    std::unique_ptr<AtomicFile> out;
    std::vector<LabelColumn> labels;
    std::vector<StreamColumn> streams;
    std::map<std::string, std::string> attributes;
    Handle file, clips;
    std::vector<Handle> streamGroups;
    std::vector<ClipInfo> infos;
    std::vector<std::uint32_t> checksums;
    std::unordered_set<std::string> names;
    bool failed = false;

    [[noreturn]] void fail()
    {
        const Error error = writeFailed(target);
        failed = true;
        throw error;
    }
    void check(bool good)
    {
        if (!good) fail();
    }

    void writeTexts(hid_t object, const char* name, const std::vector<std::string>& texts, bool scalar)
    {
        std::size_t width = 1;
        for (const std::string& text : texts) width = std::max(width, text.size());
        std::string raw(width * texts.size(), '\0');
        for (std::size_t i = 0; i < texts.size(); ++i) texts[i].copy(raw.data() + width * i, width);
        const hsize_t count = texts.size();
        const Handle type = textType(width), space(scalar ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &count, nullptr));
        const Handle attribute(H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT));
        check(attribute.valid() && H5Awrite(attribute, type, raw.data()) >= 0);
    }
    void writeText(hid_t object, const char* name, const std::string& text) { writeTexts(object, name, {text}, true); }
    void writeInteger(hid_t object, const char* name, std::int64_t value)
    {
        const Handle space(H5Screate(H5S_SCALAR));
        const Handle attribute(H5Acreate2(object, name, H5T_STD_I64LE, space, H5P_DEFAULT, H5P_DEFAULT));
        check(attribute.valid() && H5Awrite(attribute, H5T_NATIVE_INT64, &value) >= 0);
    }
    Handle createGroup(hid_t parent, const char* name)
    {
        const Handle creation = plainCreation(H5P_GROUP_CREATE);
        Handle group(H5Gcreate2(parent, name, H5P_DEFAULT, creation, H5P_DEFAULT));
        check(group.valid());
        return group;
    }

    /// One clip or stream: a data set of one chunk, unpacked, so that any window of frames is read without the rest.
    void writeClip(hid_t group, const std::string& name, const std::vector<hsize_t>& shape, hid_t type, const void* bytes)
    {
        hsize_t frameBytes = H5Tget_size(type);
        for (std::size_t i = 1; i < shape.size(); ++i) frameBytes *= shape[i];
        std::vector<hsize_t> chunk = shape;
        chunk[0] = std::clamp<hsize_t>(kMaxChunk / std::max<hsize_t>(frameBytes, 1), 1, shape[0]);
        const Handle creation = plainCreation(H5P_DATASET_CREATE), access(H5Pcreate(H5P_DATASET_ACCESS));
        const Handle space(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr));
        H5Pset_fill_time(creation, H5D_FILL_TIME_NEVER);
        H5Pset_alloc_time(creation, H5D_ALLOC_TIME_EARLY);  // HDF5 1.10.8 loses a single chunk that is written late and past the cache
        H5Pset_chunk_cache(access, 1, 0, 1.0);
        check(H5Pset_chunk(creation, static_cast<int>(chunk.size()), chunk.data()) >= 0);
        Handle data(H5Dcreate2(group, name.c_str(), type, space, H5P_DEFAULT, creation, access));
        check(data.valid() && H5Dwrite(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) >= 0);
        check(data.close());
    }

    /// One column of a table: how a clip's value goes into \p at.
    struct Field {
        const char* name;
        Handle type;
        std::function<void(std::size_t row, char* at)> put;
        std::size_t size = 0;
    };
    Field textField(const char* name, const std::function<const std::string&(const ClipInfo&)>& text)
    {
        std::size_t width = 1;
        for (const ClipInfo& clip : infos) width = std::max(width, text(clip).size());
        return {name, textType(width), [this, text](std::size_t row, char* at) {
                    const std::string& value = text(infos[row]);
                    std::memcpy(at, value.data(), value.size());
                }};
    }
    template <class T>
    static Field numberField(const char* name, hid_t type, std::function<T(std::size_t row)> number)
    {
        return {name, Handle(H5Tcopy(type)), [number](std::size_t row, char* at) {
                    const T value = number(row);
                    std::memcpy(at, &value, sizeof value);
                }};
    }

    /// A row for every clip. Texts are padded to the longest, which gzip takes back out; every HDF5 has it.
    void writeTable(const char* name, std::vector<Field> fields)
    {
        std::size_t rowBytes = 0;
        for (Field& field : fields) rowBytes += field.size = H5Tget_size(field.type);
        const Handle type(H5Tcreate(H5T_COMPOUND, rowBytes));
        std::size_t offset = 0;
        for (const Field& field : fields) {
            check(H5Tinsert(type, field.name, offset, field.type) >= 0);
            offset += field.size;
        }
        const hsize_t rows = infos.size();
        const Handle space(H5Screate_simple(1, &rows, nullptr)), creation = plainCreation(H5P_DATASET_CREATE);
        const hsize_t chunk = std::clamp<hsize_t>((hsize_t(1) << 20) / rowBytes, 1, std::max<hsize_t>(rows, 1));
        if (rows > 0) check(H5Pset_chunk(creation, 1, &chunk) >= 0 && H5Pset_shuffle(creation) >= 0 && H5Pset_deflate(creation, 1) >= 0);
        Handle data(H5Dcreate2(file, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT));
        check(data.valid());
        std::string raw;
        for (hsize_t from = 0; from < rows; from += chunk) {
            const hsize_t count = std::min(chunk, rows - from);
            raw.assign(static_cast<std::size_t>(count) * rowBytes, '\0');
            char* at = raw.data();
            for (hsize_t i = from; i < from + count; ++i)
                for (const Field& field : fields) {
                    field.put(static_cast<std::size_t>(i), at);
                    at += field.size;
                }
            const Handle memory(H5Screate_simple(1, &count, nullptr));
            check(H5Sselect_hyperslab(space, H5S_SELECT_SET, &from, nullptr, &count, nullptr) >= 0 &&
                  H5Dwrite(data, type, memory, space, H5P_DEFAULT, raw.data()) >= 0);
        }
        check(data.close());
    }

    void writeIndex()
    {
        std::vector<Field> fields;
        fields.push_back(textField("name", [](const ClipInfo& clip) -> const std::string& { return clip.name; }));
        fields.push_back(numberField<std::int32_t>("frames", H5T_STD_I32LE, [this](std::size_t row) { return infos[row].frames; }));
        fields.push_back(numberField<std::int32_t>("height", H5T_STD_I32LE, [this](std::size_t row) { return infos[row].height; }));
        fields.push_back(numberField<std::int32_t>("width", H5T_STD_I32LE, [this](std::size_t row) { return infos[row].width; }));
        fields.push_back(numberField<double>("frame_rate_hz", H5T_IEEE_F64LE, [this](std::size_t row) { return infos[row].frameRateHz; }));
        fields.push_back(textField("split", [](const ClipInfo& clip) -> const std::string& { return clip.split; }));
        fields.push_back(textField("group", [](const ClipInfo& clip) -> const std::string& { return clip.group; }));
        fields.push_back(textField("source", [](const ClipInfo& clip) -> const std::string& { return clip.source; }));
        fields.push_back(numberField<std::uint32_t>("crc32", H5T_STD_U32LE, [this](std::size_t row) { return checksums[row]; }));
        writeTable("index", std::move(fields));
    }

    /// Only where something is known of a clip's origin.
    void writeOrigin()
    {
        if (std::ranges::all_of(infos, [](const ClipInfo& clip) { return clip.origin == ClipOrigin(); })) return;
        std::vector<Field> fields;
        fields.push_back(textField("sha256", [](const ClipInfo& clip) -> const std::string& { return clip.origin.sha256; }));
        fields.push_back(numberField<std::int32_t>("first_frame", H5T_STD_I32LE, [this](std::size_t row) { return infos[row].origin.firstFrame; }));
        fields.push_back(numberField<std::int32_t>("frame_step", H5T_STD_I32LE, [this](std::size_t row) { return infos[row].origin.frameStep; }));
        fields.push_back(numberField<float>("crop_x", H5T_IEEE_F32LE, [this](std::size_t row) { return infos[row].origin.crop.x; }));
        fields.push_back(numberField<float>("crop_y", H5T_IEEE_F32LE, [this](std::size_t row) { return infos[row].origin.crop.y; }));
        fields.push_back(numberField<float>("crop_width", H5T_IEEE_F32LE, [this](std::size_t row) { return infos[row].origin.crop.width; }));
        fields.push_back(numberField<float>("crop_height", H5T_IEEE_F32LE, [this](std::size_t row) { return infos[row].origin.crop.height; }));
        fields.push_back(textField("flags", [](const ClipInfo& clip) -> const std::string& { return clip.origin.flags; }));
        writeTable("origin", std::move(fields));
    }

    /// Attributes are for short texts; a report of thousands of skipped files becomes a data set beside them.
    void writeProvenance()
    {
        const Handle group = createGroup(file, "provenance");
        for (const auto& [name, value] : attributes) {
            if (name.empty()) continue;
            if (value.size() <= kLongText) {
                writeText(group, name.c_str(), value);
                continue;
            }
            const Handle type = textType(value.size()), space(H5Screate(H5S_SCALAR)), creation = plainCreation(H5P_DATASET_CREATE);
            Handle data(H5Dcreate2(group, name.c_str(), type, space, H5P_DEFAULT, creation, H5P_DEFAULT));
            check(data.valid() && H5Dwrite(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, value.data()) >= 0);
            check(data.close());
        }
    }

    void writeLabels()
    {
        const Handle group = createGroup(file, "labels");
        const hsize_t rows = infos.size();
        const Handle space(H5Screate_simple(1, &rows, nullptr));
        for (std::size_t c = 0; c < labels.size(); ++c) {
            const LabelColumn& column = labels[c];
            const Handle creation = plainCreation(H5P_DATASET_CREATE);
            const hid_t type = column.categorical() ? H5T_STD_I32LE : H5T_IEEE_F32LE;
            const Handle data(H5Dcreate2(group, column.name.c_str(), type, space, H5P_DEFAULT, creation, H5P_DEFAULT));
            check(data.valid());
            if (column.categorical()) {
                std::vector<std::int32_t> values;
                for (const ClipInfo& clip : infos) values.push_back(std::isnan(clip.labels[c]) ? -1 : static_cast<std::int32_t>(clip.labels[c]));
                if (rows > 0) check(H5Dwrite(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0);
                writeTexts(data, "categories", column.categories, false);
            } else if (rows > 0) {
                std::vector<float> values;
                for (const ClipInfo& clip : infos) values.push_back(clip.labels[c]);
                check(H5Dwrite(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0);
            }
            writeText(data, "role", column.role);
            writeInteger(data, "position", static_cast<std::int64_t>(c));
        }
    }
};

ClipFileWriter::ClipFileWriter(const fs::path& target, std::vector<LabelColumn> labels, std::vector<StreamColumn> streams, std::map<std::string, std::string> attributes)
    : d(std::make_unique<Private>())
{
    std::unordered_set<std::string> seen;
    for (const LabelColumn& column : labels)
        if (!usableColumnName(column.name) || !seen.insert("l/" + column.name).second) throw Error(ErrorCode::Usage, "a label cannot be named '" + column.name + "' here", target.string());
    for (const StreamColumn& column : streams) {
        if (!usableColumnName(column.name) || !seen.insert("s/" + column.name).second) throw Error(ErrorCode::Usage, "a stream cannot be named '" + column.name + "' here", target.string());
        if ((column.type != "uint8" && column.type != "float32") || column.channels < 1 || column.channels >= 1 << 20)
            throw Error(ErrorCode::Usage, "stream '" + column.name + "' must be uint8 or float32 with at least one channel", target.string());
    }
    d->target = target;
    d->labels = std::move(labels);
    d->streams = std::move(streams);
    d->attributes = std::move(attributes);
    d->attributes["kinora"] = KINORA_VERSION;
    std::error_code ignored;
    if (fs::is_directory(target, ignored)) throw Error(ErrorCode::CannotWrite, "is a folder; name a file", target.string());
    d->out = std::make_unique<AtomicFile>(target);
    const Session session;
    const Handle access(H5Pcreate(H5P_FILE_ACCESS));
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    H5Pset_file_locking(access, false, true);
    H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110);  // checksummed metadata, one-chunk data sets without an index
    const Handle creation = plainCreation(H5P_FILE_CREATE);
    d->file = Handle(H5Fcreate(d->out->temporary().c_str(), H5F_ACC_TRUNC, creation, access));
    d->check(d->file.valid());
    d->clips = d->createGroup(d->file, "clips");
    if (d->streams.empty()) return;
    const Handle group = d->createGroup(d->file, "streams");
    for (std::size_t i = 0; i < d->streams.size(); ++i) {
        const StreamColumn& column = d->streams[i];
        d->streamGroups.push_back(d->createGroup(group, column.name.c_str()));
        d->writeText(d->streamGroups.back(), "type", column.type);
        d->writeInteger(d->streamGroups.back(), "channels", column.channels);
        d->writeInteger(d->streamGroups.back(), "pixels", column.pixels ? 1 : 0);
        d->writeInteger(d->streamGroups.back(), "position", static_cast<std::int64_t>(i));
    }
}

ClipFileWriter::~ClipFileWriter()
{
    const Session session;
    if (d->failed) {
        // HDF5 1.10 cannot close a file that it cannot write, and is left in pieces by the attempt: the handles are given up, the disk space is given back
        for (Handle& group : d->streamGroups) group.abandon();
        d->clips.abandon();
        d->file.abandon();
        std::error_code ignored;
        if (d->out) fs::resize_file(d->out->temporary(), 0, ignored);
    }
    d->streamGroups.clear();
    d->clips.close();
    d->file.close();
    d.reset();  // AtomicFile removes what was written
}

void ClipFileWriter::add(const ClipInfo& info, const Frames& frames, const std::vector<std::vector<std::uint8_t>>& streams)
{
    const auto wrong = [&](const std::string& text) { return Error(ErrorCode::ShapeMismatch, text, info.name); };
    if (!d->file.valid() || d->failed) throw Error(ErrorCode::Internal, "no clip can be added any more", d->target.string());
    if (frames.empty()) throw wrong("a clip needs at least one frame");
    if (info.name.empty() || info.name.size() > kMaxText || std::max({info.split.size(), info.group.size(), info.source.size()}) > kMaxText)
        throw wrong("a clip needs a name, and texts of at most " + std::to_string(kMaxText) + " bytes");
    if (info.labels.size() != d->labels.size()) throw wrong("has " + std::to_string(info.labels.size()) + " labels instead of " + std::to_string(d->labels.size()));
    for (std::size_t i = 0; i < info.labels.size(); ++i) {
        const float value = info.labels[i];
        if (d->labels[i].categorical() && !std::isnan(value) && (value < 0 || value >= static_cast<float>(d->labels[i].categories.size()) || value != std::floor(value)))
            throw wrong("has a value for '" + d->labels[i].name + "' that is none of its categories");
    }
    if (!std::isfinite(info.frameRateHz) || info.frameRateHz < 0) throw wrong("has an impossible frame rate");
    if (streams.size() != d->streams.size()) throw wrong("has " + std::to_string(streams.size()) + " streams instead of " + std::to_string(d->streams.size()));
    std::vector<std::vector<hsize_t>> shapes;
    for (std::size_t i = 0; i < streams.size(); ++i) {
        const StreamColumn& column = d->streams[i];
        std::vector<hsize_t> shape{static_cast<hsize_t>(frames.count())};
        if (column.pixels) shape.insert(shape.end(), {static_cast<hsize_t>(frames.height()), static_cast<hsize_t>(frames.width())});
        shape.push_back(static_cast<hsize_t>(column.channels));
        hsize_t bytes = elementSize(column);
        for (const hsize_t size : shape) bytes *= size;
        if (streams[i].size() != bytes) throw wrong("stream '" + column.name + "' has " + std::to_string(streams[i].size()) + " bytes instead of " + std::to_string(bytes));
        shapes.push_back(std::move(shape));
    }
    if (!d->names.insert(info.name).second) throw Error(ErrorCode::Usage, "two clips of one file cannot have the same name", info.name);

    const Session session;
    const std::string name = clipName(size());
    d->writeClip(d->clips, name, {static_cast<hsize_t>(frames.count()), static_cast<hsize_t>(frames.height()), static_cast<hsize_t>(frames.width()), 3}, H5T_STD_U8LE, frames.bytes().data());
    std::uint32_t crc = crc32(0, frames.bytes());
    for (std::size_t i = 0; i < streams.size(); ++i) {
        d->writeClip(d->streamGroups[i], name, shapes[i], d->streams[i].type == "float32" ? H5T_IEEE_F32LE : H5T_STD_U8LE, streams[i].data());
        crc = crc32(crc, streams[i]);
    }
    d->infos.push_back(info);
    d->infos.back().frames = frames.count();
    d->infos.back().height = frames.height();
    d->infos.back().width = frames.width();
    d->checksums.push_back(crc);
}

void ClipFileWriter::setAttribute(const std::string& name, const std::string& value) { d->attributes[name] = value; }
std::int64_t ClipFileWriter::size() const { return static_cast<std::int64_t>(d->infos.size()); }

void ClipFileWriter::finish()
{
    if (!d->file.valid() || d->failed) throw Error(ErrorCode::Internal, "the file cannot be finished after an error", d->target.string());
    {
        const Session session;
        d->writeIndex();
        d->writeOrigin();
        d->writeLabels();
        d->writeProvenance();
        d->writeInteger(d->file, "format_version", kVersion);
        d->writeInteger(d->file, "clips", size());
        d->writeText(d->file, "format", kFormat);
        d->check(H5Fflush(d->file, H5F_SCOPE_GLOBAL) >= 0);
        d->streamGroups.clear();
        d->clips.close();
        d->check(d->file.close());
    }
    d->out->commit();
    d->out.reset();
}

std::shared_ptr<const ClipSource> openClipFile(const fs::path& file, ClipReading reading) { return std::make_shared<ClipFile>(file, reading); }

std::map<std::string, std::string> clipFileAttributes(const fs::path& file)
{
    const Session session;
    const Handle handle = openFile(file);
    std::map<std::string, std::string> attributes;
    if (H5Lexists(handle, "provenance", H5P_DEFAULT) <= 0) return attributes;
    const Handle group = openGroup(handle, "provenance", file);
    H5O_info_t info{};
    if (H5Oget_info2(group, &info, H5O_INFO_NUM_ATTRS) < 0 || info.num_attrs > kMaxColumns) throw damaged(file, "has an impossible number of attributes");
    for (hsize_t i = 0; i < info.num_attrs; ++i) {
        const Handle attribute(H5Aopen_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, i, H5P_DEFAULT, H5P_DEFAULT));
        const ssize_t size = attribute.valid() ? H5Aget_name(attribute, 0, nullptr) : -1;
        if (size < 1 || size > static_cast<ssize_t>(kMaxText)) throw unreadable(file, "an attribute's name");
        std::string name(static_cast<std::size_t>(size), '\0');
        H5Aget_name(attribute, name.size() + 1, name.data());
        const Handle type(H5Aget_type(attribute));
        attributes[name] = H5Tget_class(type) == H5T_INTEGER ? std::to_string(readInteger(group, name.c_str(), file)) : readText(group, name.c_str(), file);
    }
    for (const std::string& name : linkNames(group, file)) attributes[name] = readLongText(group, name, file);
    return attributes;
}

ClipFileReport verifyClipFile(const fs::path& file, const std::function<void(std::int64_t, std::int64_t)>& progress, std::stop_token stop)
{
    const ClipFile clips(file);
    ClipFileReport report;
    std::unordered_set<std::string> names;
    if (!clips.hasChecksums() && clips.size() > 0) report.problems.emplace_back("index", "has no column 'crc32': the clips can be read but not checked against what was written");
    for (std::int64_t i = 0; i < clips.size(); ++i) {
        if (stop.stop_requested()) throw Error(ErrorCode::Cancelled, "the verification was interrupted", file.string());
        const ClipInfo info = clips.info(i);
        if (!names.insert(info.name).second) report.problems.emplace_back(info.name, "another clip has the same name");
        if (std::string problem = clips.problem(i); !problem.empty()) report.problems.emplace_back(info.name, std::move(problem));
        ++report.clips;
        report.frames += info.frames;
        if (progress) progress(i + 1, clips.size());
    }
    return report;
}

}  // namespace kinora
