#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <unordered_map>
#include <unordered_set>

#include "core/clipfile/clip_file.h"
#include "core/clipfile/clip_file_format.h"
#include "core/clipfile/hdf5_access.h"

namespace kinora {
namespace fs = std::filesystem;
using namespace hdf5;
using namespace clipfile;
namespace {
static_assert(std::endian::native == std::endian::little, "streams are raw little-endian bytes");
constexpr std::int64_t kMaxClips = std::int64_t(1) << 27;  // 1 TB of index: larger is a corrupt header

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
}  // namespace

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

namespace {
/// Where a moving crop begins.
Box firstBox(const ClipSource& clips, std::int64_t index)
{
    float box[4];
    const std::vector<std::uint8_t> bytes = clips.stream(index, "crop_box", {0, 1, 1});
    std::memcpy(box, bytes.data(), sizeof box);
    return {box[0], box[1], box[2], box[3]};
}
}  // namespace

ClipFileReport verifyClipFile(const fs::path& file, const std::function<void(std::int64_t, std::int64_t)>& progress, std::stop_token stop)
{
    const ClipFile clips(file);
    ClipFileReport report;
    std::unordered_set<std::string> names;
    const bool moves = std::ranges::find(clips.streamColumns(), StreamColumn{"crop_box", "float32", 4, false}) != clips.streamColumns().end();
    if (!clips.hasChecksums() && clips.size() > 0) report.problems.emplace_back("index", "has no column 'crc32': the clips can be read but not checked against what was written");
    for (std::int64_t i = 0; i < clips.size(); ++i) {
        if (stop.stop_requested()) throw Error(ErrorCode::Cancelled, "the verification was interrupted", file.string());
        const ClipInfo info = clips.info(i);
        if (!names.insert(info.name).second) report.problems.emplace_back(info.name, "another clip has the same name");
        if (std::string problem = clips.problem(i); !problem.empty()) report.problems.emplace_back(info.name, std::move(problem));
        else if (moves && !info.origin.crop.empty() && firstBox(clips, i) != info.origin.crop) report.problems.emplace_back(info.name, "its recorded crop is not where the stream 'crop_box' begins");
        ++report.clips;
        report.frames += info.frames;
        if (progress) progress(i + 1, clips.size());
    }
    return report;
}

}  // namespace kinora
