extern "C" {
#include <libavutil/crc.h>
}

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <functional>
#include <unordered_set>

#include "core/clipfile/clip_file.h"
#include "core/clipfile/clip_file_format.h"
#include "core/clipfile/hdf5_access.h"
#include "core/util/file.h"
#include "kinora_version.h"

namespace kinora {
namespace fs = std::filesystem;
using namespace hdf5;
using namespace clipfile;

std::string clipfile::clipName(std::int64_t index)
{
    char text[24];
    std::snprintf(text, sizeof text, "%08lld", static_cast<long long>(index));
    return text;
}

std::uint32_t clipfile::crc32(std::uint32_t crc, std::span<const std::uint8_t> bytes)
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

namespace {
constexpr std::size_t kLongText = 32000;         // more does not fit into an attribute (64 KiB with its header): it is a data set
constexpr hsize_t kMaxChunk = hsize_t(1) << 30;  // HDF5's own limit is 4 GiB

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
    std::map<std::string, std::pair<std::vector<std::int64_t>, std::vector<float>>> codes;
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

    void writeCodes()
    {
        if (codes.empty()) return;
        const Handle group = createGroup(file, "codes");
        for (const auto& [name, code] : codes) {
            const std::vector<hsize_t> shape(code.first.begin(), code.first.end());
            const Handle space(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr)), creation = plainCreation(H5P_DATASET_CREATE);
            Handle data(H5Dcreate2(group, name.c_str(), H5T_IEEE_F32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT));
            check(data.valid() && H5Dwrite(data, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, code.second.data()) >= 0);
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
void ClipFileWriter::setCodes(const std::string& name, std::vector<std::int64_t> shape, std::vector<float> numbers)
{
    if (!usableColumnName(name)) throw Error(ErrorCode::Usage, "'" + name + "' cannot be the name of a table of codes", d->target.string());
    std::int64_t count = shape.empty() ? 0 : 1;
    for (const std::int64_t side : shape) count *= side;
    if (count < 1 || static_cast<std::size_t>(count) != numbers.size()) throw Error(ErrorCode::ShapeMismatch, "the codes '" + name + "' do not fill their shape", d->target.string());
    d->codes[name] = {std::move(shape), std::move(numbers)};
}
std::int64_t ClipFileWriter::size() const { return static_cast<std::int64_t>(d->infos.size()); }

void ClipFileWriter::finish()
{
    if (!d->file.valid() || d->failed) throw Error(ErrorCode::Internal, "the file cannot be finished after an error", d->target.string());
    {
        const Session session;
        d->writeIndex();
        d->writeOrigin();
        d->writeLabels();
        d->writeCodes();
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

}  // namespace kinora
