#include "core/events/tfevents.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <map>
#include <protozero/pbf_builder.hpp>
#include <protozero/pbf_message.hpp>
#include <system_error>
#include <utility>

#include "core/util/crc32c.h"
#include "core/util/error.h"

namespace kinora {
namespace fs = std::filesystem;
namespace {

// Field numbers of tensorflow's event.proto, summary.proto, tensor.proto and tensor_shape.proto.
enum class EventTag : protozero::pbf_tag_type { WallTime = 1, Step = 2, FileVersion = 3, Summary = 5, SessionLog = 7 };
enum class SummaryTag : protozero::pbf_tag_type { Value = 1 };
enum class ValueTag : protozero::pbf_tag_type { Tag = 1, SimpleValue = 2, Image = 4, Tensor = 8, Metadata = 9 };
enum class ImageTag : protozero::pbf_tag_type { Height = 1, Width = 2, ColorSpace = 3, Encoded = 4 };
enum class MetadataTag : protozero::pbf_tag_type { PluginData = 1, DataClass = 4 };
enum class PluginTag : protozero::pbf_tag_type { Name = 1 };
enum class TensorTag : protozero::pbf_tag_type { Dtype = 1, Shape = 2, Content = 4, FloatValues = 5, DoubleValues = 6, StringValues = 8 };
enum class ShapeTag : protozero::pbf_tag_type { Dim = 2 };
enum class DimTag : protozero::pbf_tag_type { Size = 1 };
enum class SessionTag : protozero::pbf_tag_type { Status = 1 };
constexpr int kDtFloat = 1, kDtDouble = 2, kDtString = 7;
constexpr int kSessionStart = 1;
constexpr int kClassScalar = 1, kClassTensor = 2;

constexpr std::size_t kHeaderBytes = 12;  // u64 length, u32 masked CRC of it
constexpr std::size_t kFooterBytes = 4;   // u32 masked CRC of the data
constexpr std::uint64_t kLargestRecord = std::uint64_t(256) << 20;
constexpr std::size_t kReadBytes = std::size_t(1) << 20;

std::uint32_t masked(std::uint32_t crc) { return ((crc >> 15) | (crc << 17)) + 0xa282ead8U; }

template <class T>
T loaded(const char* bytes)
{
    T value;
    std::memcpy(&value, bytes, sizeof value);
    return value;
}

double wallTimeNow() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

bool isEventsFile(const fs::path& path) { return path.filename().string().find("tfevents") != std::string::npos; }

/// The seconds in events.out.tfevents.<seconds>.<...>, or 0.
std::int64_t secondsOf(const fs::path& path)
{
    const std::string name = path.filename().string();
    const std::size_t at = name.find("tfevents.");
    std::int64_t seconds = 0;
    if (at != std::string::npos) std::from_chars(name.data() + at + 9, name.data() + name.size(), seconds);
    return seconds;
}

void metadata(protozero::pbf_builder<ValueTag>& value, const char* plugin, int dataClass)
{
    protozero::pbf_builder<MetadataTag> meta(value, ValueTag::Metadata);
    {
        protozero::pbf_builder<PluginTag> data(meta, MetadataTag::PluginData);
        data.add_string(PluginTag::Name, plugin);
    }
    meta.add_enum(MetadataTag::DataClass, dataClass);
}

}  // namespace

struct EventsWriter::Private {
    fs::path path;
    int descriptor = -1;
    std::string record;

    ~Private()
    {
        if (descriptor >= 0) ::close(descriptor);
    }

    /// One record in one write, so that a killed process leaves at most one torn record, the last.
    void append(const std::string& data)
    {
        record.resize(kHeaderBytes + data.size() + kFooterBytes);
        const std::uint64_t length = data.size();
        std::memcpy(record.data(), &length, 8);
        const std::uint32_t lengthCrc = masked(crc32c(record.data(), 8));
        std::memcpy(record.data() + 8, &lengthCrc, 4);
        std::memcpy(record.data() + kHeaderBytes, data.data(), data.size());
        const std::uint32_t dataCrc = masked(crc32c(data.data(), data.size()));
        std::memcpy(record.data() + kHeaderBytes + data.size(), &dataCrc, 4);

        const off_t before = ::lseek(descriptor, 0, SEEK_END);
        std::size_t written = 0;
        while (written < record.size()) {
            const ssize_t n = ::write(descriptor, record.data() + written, record.size() - written);
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) {
                const int reason = errno;
                // what was written of this record would end the file for every reader: take it back
                if (before >= 0 && written > 0 && ::ftruncate(descriptor, before) != 0) ::close(std::exchange(descriptor, -1));
                const bool full = reason == ENOSPC || reason == EDQUOT || reason == EFBIG;
                throw Error(full ? ErrorCode::DiskFull : ErrorCode::CannotWrite, std::string("the curves cannot be written: ") + std::strerror(reason), path.string());
            }
            written += static_cast<std::size_t>(n);
        }
    }

    template <class Fill>
    void event(std::int64_t step, Fill&& fill)
    {
        std::string data;
        protozero::pbf_builder<EventTag> event(data);
        event.add_double(EventTag::WallTime, wallTimeNow());
        event.add_int64(EventTag::Step, step);
        fill(event);
        append(data);
    }
};

EventsWriter::EventsWriter(const fs::path& folder) : d(std::make_unique<Private>())
{
    char host[256] = "localhost";
    ::gethostname(host, sizeof host - 1);
    // TensorBoard reads a folder's files in the order of their names: a later file must sort after the earlier ones, whatever the clock says
    std::int64_t seconds = static_cast<std::int64_t>(wallTimeNow());
    std::error_code ignored;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored))
        if (isEventsFile(entry.path())) seconds = std::max(seconds, secondsOf(entry.path()) + 1);
    char name[512];
    std::snprintf(name, sizeof name, "events.out.tfevents.%010lld.%s.%d", static_cast<long long>(seconds), host, static_cast<int>(::getpid()));
    d->path = folder / name;
    d->descriptor = ::open(d->path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
    if (d->descriptor < 0)
        throw Error(errno == ENOSPC || errno == EDQUOT ? ErrorCode::DiskFull : ErrorCode::CannotWrite,
                    std::string("the events file cannot be made: ") + std::strerror(errno), d->path.string());
    std::string data;
    protozero::pbf_builder<EventTag> event(data);
    event.add_double(EventTag::WallTime, wallTimeNow());
    event.add_string(EventTag::FileVersion, "brain.Event:2");
    d->append(data);
}

EventsWriter::~EventsWriter() = default;

void EventsWriter::scalars(std::int64_t step, const std::vector<std::pair<std::string, double>>& values)
{
    if (values.empty()) return;
    d->event(step, [&](protozero::pbf_builder<EventTag>& event) {
        protozero::pbf_builder<SummaryTag> summary(event, EventTag::Summary);
        for (const auto& [tag, number] : values) {
            protozero::pbf_builder<ValueTag> value(summary, SummaryTag::Value);
            value.add_string(ValueTag::Tag, tag);
            value.add_float(ValueTag::SimpleValue, static_cast<float>(number));
            metadata(value, "scalars", kClassScalar);
        }
    });
}

void EventsWriter::image(std::int64_t step, const std::string& tag, int height, int width, std::string_view encoded)
{
    d->event(step, [&](protozero::pbf_builder<EventTag>& event) {
        protozero::pbf_builder<SummaryTag> summary(event, EventTag::Summary);
        protozero::pbf_builder<ValueTag> value(summary, SummaryTag::Value);
        value.add_string(ValueTag::Tag, tag);
        protozero::pbf_builder<ImageTag> image(value, ValueTag::Image);
        image.add_int32(ImageTag::Height, height);
        image.add_int32(ImageTag::Width, width);
        image.add_int32(ImageTag::ColorSpace, 3);
        image.add_bytes(ImageTag::Encoded, encoded.data(), encoded.size());
    });
}

void EventsWriter::text(std::int64_t step, const std::string& tag, const std::string& markdown)
{
    d->event(step, [&](protozero::pbf_builder<EventTag>& event) {
        protozero::pbf_builder<SummaryTag> summary(event, EventTag::Summary);
        protozero::pbf_builder<ValueTag> value(summary, SummaryTag::Value);
        value.add_string(ValueTag::Tag, tag);
        {
            protozero::pbf_builder<TensorTag> tensor(value, ValueTag::Tensor);
            tensor.add_enum(TensorTag::Dtype, kDtString);
            {
                protozero::pbf_builder<ShapeTag> shape(tensor, TensorTag::Shape);
                protozero::pbf_builder<DimTag> dim(shape, ShapeTag::Dim);
                dim.add_int64(DimTag::Size, 1);
            }
            tensor.add_bytes(TensorTag::StringValues, markdown);
        }
        metadata(value, "text", kClassTensor);
    });
}

void EventsWriter::restart(std::int64_t step)
{
    // TensorBoard drops what has a step greater than or equal to that of the START record
    d->event(step + 1, [](protozero::pbf_builder<EventTag>& event) {
        protozero::pbf_builder<SessionTag> session(event, EventTag::SessionLog);
        session.add_enum(SessionTag::Status, kSessionStart);
    });
}

void EventsWriter::flush()
{
    if (d->descriptor >= 0) ::fdatasync(d->descriptor);
}

namespace {

/// The scalar in a TensorProto, if it holds exactly one number.
std::optional<double> scalarOf(protozero::pbf_message<TensorTag> tensor)
{
    int dtype = 0;
    std::optional<double> value;
    protozero::data_view content;
    while (tensor.next()) {
        switch (tensor.tag_and_type()) {
            case protozero::tag_and_type(TensorTag::Dtype, protozero::pbf_wire_type::varint): dtype = tensor.get_enum(); break;
            case protozero::tag_and_type(TensorTag::Content, protozero::pbf_wire_type::length_delimited): content = tensor.get_view(); break;
            case protozero::tag_and_type(TensorTag::FloatValues, protozero::pbf_wire_type::length_delimited):
                for (const float number : tensor.get_packed_float()) {
                    value = number;
                    break;
                }
                break;
            case protozero::tag_and_type(TensorTag::FloatValues, protozero::pbf_wire_type::fixed32): value = tensor.get_float(); break;
            case protozero::tag_and_type(TensorTag::DoubleValues, protozero::pbf_wire_type::length_delimited):
                for (const double number : tensor.get_packed_double()) {
                    value = number;
                    break;
                }
                break;
            case protozero::tag_and_type(TensorTag::DoubleValues, protozero::pbf_wire_type::fixed64): value = tensor.get_double(); break;
            default: tensor.skip();
        }
    }
    if (dtype == kDtFloat && content.size() == sizeof(float)) return loaded<float>(content.data());
    if (dtype == kDtDouble && content.size() == sizeof(double)) return loaded<double>(content.data());
    if (dtype != kDtFloat && dtype != kDtDouble) return std::nullopt;
    return value;
}

std::string_view pluginOf(protozero::pbf_message<MetadataTag> meta)
{
    while (meta.next()) {
        if (meta.tag_and_type() != protozero::tag_and_type(MetadataTag::PluginData, protozero::pbf_wire_type::length_delimited)) {
            meta.skip();
            continue;
        }
        protozero::pbf_message<PluginTag> plugin(meta.get_message());
        while (plugin.next()) {
            if (plugin.tag_and_type() == protozero::tag_and_type(PluginTag::Name, protozero::pbf_wire_type::length_delimited)) {
                const protozero::data_view name = plugin.get_view();
                return {name.data(), name.size()};
            }
            plugin.skip();
        }
    }
    return {};
}

struct FileState {
    std::uint64_t offset = 0;  ///< Of the first record not read yet.
    std::uint64_t seen = 0;    ///< Size at the last look: nothing is read again before the file grows.
    std::string problem;       ///< Not empty: the file is not read any further.
};

}  // namespace

struct EventsReader::Private {
    fs::path folder;
    std::map<std::string, FileState> files;  // by name: the order in which they were written
    std::optional<std::int64_t> voided;
    std::map<std::string, std::string> plugins;  // of a tag whose first record alone carries metadata
    std::vector<ScalarRecord> records;
    std::string buffer;

    void parse(const char* data, std::size_t size)
    {
        protozero::pbf_message<EventTag> event(data, size);
        double wallTime = 0;
        std::int64_t step = 0;
        protozero::data_view summary, session;
        bool hasSummary = false, hasSession = false;
        while (event.next()) {
            switch (event.tag_and_type()) {
                case protozero::tag_and_type(EventTag::WallTime, protozero::pbf_wire_type::fixed64): wallTime = event.get_double(); break;
                case protozero::tag_and_type(EventTag::Step, protozero::pbf_wire_type::varint): step = event.get_int64(); break;
                case protozero::tag_and_type(EventTag::Summary, protozero::pbf_wire_type::length_delimited):
                    summary = event.get_view();
                    hasSummary = true;
                    break;
                case protozero::tag_and_type(EventTag::SessionLog, protozero::pbf_wire_type::length_delimited):
                    session = event.get_view();
                    hasSession = true;
                    break;
                default: event.skip();
            }
        }
        if (hasSession) {
            protozero::pbf_message<SessionTag> message(session);
            while (message.next()) {
                if (message.tag_and_type() == protozero::tag_and_type(SessionTag::Status, protozero::pbf_wire_type::varint)) {
                    if (message.get_enum() == kSessionStart) restart(step);
                } else {
                    message.skip();
                }
            }
        }
        if (!hasSummary) return;
        protozero::pbf_message<SummaryTag> values(summary);
        while (values.next()) {
            if (values.tag_and_type() != protozero::tag_and_type(SummaryTag::Value, protozero::pbf_wire_type::length_delimited)) {
                values.skip();
                continue;
            }
            value(protozero::pbf_message<ValueTag>(values.get_message()), step, wallTime);
        }
    }

    void value(protozero::pbf_message<ValueTag> message, std::int64_t step, double wallTime)
    {
        protozero::data_view tag, tensor;
        std::string_view plugin;
        std::optional<double> number;
        bool hasTensor = false;
        while (message.next()) {
            switch (message.tag_and_type()) {
                case protozero::tag_and_type(ValueTag::Tag, protozero::pbf_wire_type::length_delimited): tag = message.get_view(); break;
                case protozero::tag_and_type(ValueTag::SimpleValue, protozero::pbf_wire_type::fixed32): number = message.get_float(); break;
                case protozero::tag_and_type(ValueTag::Tensor, protozero::pbf_wire_type::length_delimited):
                    tensor = message.get_view();
                    hasTensor = true;
                    break;
                case protozero::tag_and_type(ValueTag::Metadata, protozero::pbf_wire_type::length_delimited):
                    plugin = pluginOf(protozero::pbf_message<MetadataTag>(message.get_message()));
                    break;
                default: message.skip();
            }
        }
        if (!number && hasTensor) {
            std::string name(tag.data(), tag.size());
            if (!plugin.empty()) plugins[name] = std::string(plugin);
            const auto known = plugins.find(name);
            if (known != plugins.end() && known->second == "scalars") number = scalarOf(protozero::pbf_message<TensorTag>(tensor));
        }
        if (number) records.push_back({step, wallTime, std::string(tag.data(), tag.size()), *number});
    }

    void restart(std::int64_t step)
    {
        std::erase_if(records, [&](const ScalarRecord& record) { return record.step >= step; });
        voided = std::min(voided.value_or(step), step);
    }

    void follow(const fs::path& path, FileState& state)
    {
        const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        if (descriptor < 0) {
            if (errno != ENOENT) state.problem = std::string("cannot be read: ") + std::strerror(errno);
            return;
        }
        const std::unique_ptr<const int, void (*)(const int*)> closer(&descriptor, [](const int* fd) { ::close(*fd); });
        struct stat facts {};
        if (::fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode)) {
            state.problem = "is no regular file";
            return;
        }
        const auto size = static_cast<std::uint64_t>(facts.st_size);
        if (size < state.offset) {
            state.problem = "became shorter than what was read of it";
            return;
        }
        if (size == state.seen) return;
        state.seen = size;

        buffer.clear();
        std::uint64_t position = state.offset;  // of the first byte behind the buffer
        std::size_t begin = 0;                  // of the next record in the buffer
        while (true) {
            // parse what is complete
            std::size_t wanted = kHeaderBytes;
            while (buffer.size() - begin >= kHeaderBytes) {
                const char* record = buffer.data() + begin;
                const auto length = loaded<std::uint64_t>(record);
                if (masked(crc32c(record, 8)) != loaded<std::uint32_t>(record + 8)) return damaged(state, "the length of the record at byte %llu fails its checksum");
                if (length > kLargestRecord) return damaged(state, "the record at byte %llu claims an impossible length");
                wanted = kHeaderBytes + static_cast<std::size_t>(length) + kFooterBytes;
                if (buffer.size() - begin < wanted) break;
                const char* data = record + kHeaderBytes;
                if (masked(crc32c(data, length)) != loaded<std::uint32_t>(data + length)) return damaged(state, "the record at byte %llu fails its checksum");
                const std::size_t before = records.size();
                try {
                    parse(data, length);
                } catch (const protozero::exception&) {
                    records.resize(std::min(before, records.size()));
                    return damaged(state, "the record at byte %llu is no event");
                }
                begin += wanted;
                state.offset += wanted;
                wanted = kHeaderBytes;
            }
            // a record that ends behind the file's end is torn, or still being written
            const std::uint64_t rest = size - position;
            const std::size_t have = buffer.size() - begin;
            if (rest == 0 || have + rest < wanted) return;
            buffer.erase(0, begin);
            begin = 0;
            const auto more = static_cast<std::size_t>(std::min<std::uint64_t>(rest, std::max(kReadBytes, wanted - have)));
            buffer.resize(have + more);
            std::size_t got = 0;
            while (got < more) {
                const ssize_t n = ::pread(descriptor, buffer.data() + have + got, more - got, static_cast<off_t>(position + got));
                if (n < 0 && errno == EINTR) continue;
                if (n <= 0) break;
                got += static_cast<std::size_t>(n);
            }
            position += got;
            buffer.resize(have + got);
            if (got < more) {  // it shrank under our hands, or the medium failed: look again next time
                state.seen = 0;
                if (got == 0) return;
            }
        }
    }

    static void damaged(FileState& state, const char* format)
    {
        char text[128];
        std::snprintf(text, sizeof text, format, static_cast<unsigned long long>(state.offset));
        state.problem = text;
    }
};

EventsReader::EventsReader(fs::path folder) : d(std::make_unique<Private>()) { d->folder = std::move(folder); }
EventsReader::~EventsReader() = default;

std::vector<ScalarRecord> EventsReader::poll()
{
    d->voided.reset();
    d->records.clear();
    std::error_code code;
    for (fs::directory_iterator it(d->folder, code), end; !code && it != end; it.increment(code))
        if (isEventsFile(it->path())) d->files.try_emplace(it->path().filename().string());
    for (auto& [name, state] : d->files)
        if (state.problem.empty()) d->follow(d->folder / name, state);
    return std::move(d->records);
}

std::optional<std::int64_t> EventsReader::voidedFrom() const { return d->voided; }

std::vector<std::string> EventsReader::problems() const
{
    std::vector<std::string> list;
    for (const auto& [name, state] : d->files)
        if (!state.problem.empty()) list.push_back((d->folder / name).string() + ": " + state.problem);
    return list;
}

}  // namespace kinora
