#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <protozero/pbf_builder.hpp>
#include <system_error>
#include <utility>

#include "core/events/event_fields.h"
#include "core/events/wall_clock.h"
#include "core/events/tfevents.h"
#include "core/util/error.h"

namespace kinora {
namespace fs = std::filesystem;
using namespace tfevents;
namespace {

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
    WallClock clock;

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
        event.add_double(EventTag::WallTime, clock.now());
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
    std::int64_t seconds = static_cast<std::int64_t>(d->clock.now());
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
    event.add_double(EventTag::WallTime, d->clock.now());
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
            tensor.add_bytes(TensorTag::String, markdown);
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

}  // namespace kinora
