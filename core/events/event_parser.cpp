#include "core/events/event_parser.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <protozero/pbf_message.hpp>
#include <tuple>
#include <utility>

#include "core/events/event_fields.h"

namespace kinora::tfevents {
namespace {
using protozero::data_view;
using protozero::pbf_message;
using protozero::tag_and_type;
using Wire = protozero::pbf_wire_type;

std::string_view view(data_view bytes) { return {bytes.data(), bytes.size()}; }

/// A varint of at most ten bytes; \returns where it ends, or null
const char* varint(const char* at, const char* end, std::uint64_t& number)
{
    number = 0;
    for (int shift = 0; at < end && shift < 64; shift += 7) {
        const auto byte = static_cast<unsigned char>(*at++);
        number |= std::uint64_t(byte & 0x7f) << shift;
        if (byte < 0x80) return at;
    }
    return nullptr;
}

/// IEEE binary16. Source: IEEE 754-2008, 3.6.
double fromHalf(std::uint32_t bits)
{
    const int exponent = static_cast<int>((bits >> 10) & 31);
    const double fraction = bits & 1023;
    const double sign = (bits & 0x8000) ? -1.0 : 1.0;
    if (exponent == 31) return fraction == 0 ? sign * std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
    return sign * (exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25));
}

double fromBfloat16(std::uint32_t bits) { return std::bit_cast<float>(bits << 16); }

struct TensorFields {
    int dtype = 0;
    double elements = 1;  ///< By its shape.
    data_view content;
    std::vector<data_view> strings;
    std::size_t count = 0;  ///< Of numbers, not counting `content`.
    double number = 0;      ///< The first one.
};

template <class Range>
void note(TensorFields& fields, const Range& numbers)
{
    for (const auto number : numbers)
        if (fields.count++ == 0) fields.number = static_cast<double>(number);
}

TensorFields tensorFields(data_view message)
{
    TensorFields out;
    pbf_message<TensorTag> tensor(message);
    while (tensor.next()) {
        switch (tensor.tag_and_type()) {
            case tag_and_type(TensorTag::Dtype, Wire::varint): out.dtype = tensor.get_enum(); break;
            case tag_and_type(TensorTag::Shape, Wire::length_delimited): {
                pbf_message<ShapeTag> shape(tensor.get_message());
                while (shape.next(ShapeTag::Dim, Wire::length_delimited)) {
                    pbf_message<DimTag> dim(shape.get_message());
                    std::int64_t size = 0;
                    while (dim.next(DimTag::Size, Wire::varint)) size = dim.get_int64();
                    out.elements *= static_cast<double>(size);
                }
                break;
            }
            case tag_and_type(TensorTag::Content, Wire::length_delimited): out.content = tensor.get_view(); break;
            case tag_and_type(TensorTag::Float, Wire::length_delimited): note(out, tensor.get_packed_float()); break;
            case tag_and_type(TensorTag::Float, Wire::fixed32): note(out, std::array{tensor.get_float()}); break;
            case tag_and_type(TensorTag::Double, Wire::length_delimited): note(out, tensor.get_packed_double()); break;
            case tag_and_type(TensorTag::Double, Wire::fixed64): note(out, std::array{tensor.get_double()}); break;
            case tag_and_type(TensorTag::Int, Wire::length_delimited): note(out, tensor.get_packed_int32()); break;
            case tag_and_type(TensorTag::Int, Wire::varint): note(out, std::array{tensor.get_int32()}); break;
            case tag_and_type(TensorTag::Int64, Wire::length_delimited): note(out, tensor.get_packed_int64()); break;
            case tag_and_type(TensorTag::Int64, Wire::varint): note(out, std::array{tensor.get_int64()}); break;
            case tag_and_type(TensorTag::Bool, Wire::length_delimited): note(out, tensor.get_packed_bool()); break;
            case tag_and_type(TensorTag::Bool, Wire::varint): note(out, std::array{tensor.get_bool()}); break;
            case tag_and_type(TensorTag::Half, Wire::length_delimited): note(out, tensor.get_packed_int32()); break;
            case tag_and_type(TensorTag::Half, Wire::varint): note(out, std::array{tensor.get_int32()}); break;
            case tag_and_type(TensorTag::Uint32, Wire::length_delimited): note(out, tensor.get_packed_uint32()); break;
            case tag_and_type(TensorTag::Uint32, Wire::varint): note(out, std::array{tensor.get_uint32()}); break;
            case tag_and_type(TensorTag::Uint64, Wire::length_delimited): note(out, tensor.get_packed_uint64()); break;
            case tag_and_type(TensorTag::Uint64, Wire::varint): note(out, std::array{tensor.get_uint64()}); break;
            case tag_and_type(TensorTag::String, Wire::length_delimited): out.strings.push_back(tensor.get_view()); break;
            default: tensor.skip();
        }
    }
    return out;
}

template <class T>
std::optional<double> only(data_view content)
{
    if (content.size() != sizeof(T)) return std::nullopt;
    return static_cast<double>(loaded<T>(content.data()));
}

/// The number in a tensor, if it holds exactly one.
std::optional<double> scalarOf(const TensorFields& tensor)
{
    if (tensor.elements != 1) return std::nullopt;
    const data_view content = tensor.content;
    if (content.empty()) {  // a field of zero may be left out, then the tensor is zero
        if (tensor.count > 1 || !tensor.strings.empty()) return std::nullopt;
        const auto bits = static_cast<std::uint32_t>(static_cast<std::int64_t>(tensor.number)) & 0xffffU;
        switch (tensor.dtype) {
            case kDtHalf: return fromHalf(bits);
            case kDtBfloat16: return fromBfloat16(bits);
            case kDtFloat: case kDtDouble: case kDtInt32: case kDtUint8: case kDtInt16: case kDtInt8: case kDtInt64: case kDtBool: case kDtUint16: case kDtUint32:
            case kDtUint64: return tensor.number;
            default: return std::nullopt;
        }
    }
    switch (tensor.dtype) {
        case kDtFloat: return only<float>(content);
        case kDtDouble: return only<double>(content);
        case kDtInt32: return only<std::int32_t>(content);
        case kDtUint8: case kDtBool: return only<std::uint8_t>(content);
        case kDtInt16: return only<std::int16_t>(content);
        case kDtInt8: return only<std::int8_t>(content);
        case kDtInt64: return only<std::int64_t>(content);
        case kDtUint16: return only<std::uint16_t>(content);
        case kDtUint32: return only<std::uint32_t>(content);
        case kDtUint64: return only<std::uint64_t>(content);
        case kDtHalf: return content.size() == 2 ? std::optional(fromHalf(loaded<std::uint16_t>(content.data()))) : std::nullopt;
        case kDtBfloat16: return content.size() == 2 ? std::optional(fromBfloat16(loaded<std::uint16_t>(content.data()))) : std::nullopt;
        default: return std::nullopt;
    }
}

std::uint32_t bigEndian(std::string_view bytes, std::size_t at, int count)
{
    std::uint32_t number = 0;
    for (int i = 0; i < count; ++i) number = number << 8 | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
    return number;
}

MediaFormat formatOf(std::string_view bytes)
{
    if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return MediaFormat::Png;
    if (bytes.starts_with("GIF87a") || bytes.starts_with("GIF89a")) return MediaFormat::Gif;
    if (bytes.starts_with("\xff\xd8\xff")) return MediaFormat::Jpeg;
    if (bytes.starts_with("RIFF") && bytes.size() >= 12) return bytes.substr(8, 4) == "WEBP" ? MediaFormat::Webp : bytes.substr(8, 4) == "WAVE" ? MediaFormat::Wav : MediaFormat::Other;
    return MediaFormat::Other;
}

bool isPicture(MediaFormat format) { return format == MediaFormat::Png || format == MediaFormat::Gif || format == MediaFormat::Jpeg || format == MediaFormat::Webp; }

/// Width and height as the encoded bytes say, if they are of a form that says it near its beginning.
std::optional<std::pair<int, int>> sizeOf(MediaFormat format, std::string_view bytes)
{
    std::uint32_t width = 0, height = 0;
    if (format == MediaFormat::Png && bytes.size() >= 24) {
        width = bigEndian(bytes, 16, 4), height = bigEndian(bytes, 20, 4);
    } else if (format == MediaFormat::Gif && bytes.size() >= 10) {
        width = loaded<std::uint16_t>(bytes.data() + 6), height = loaded<std::uint16_t>(bytes.data() + 8);
    } else if (format == MediaFormat::Jpeg) {
        // markers with their lengths, up to the start of a frame (SOF0 to SOF15, without DHT, JPG and DAC)
        for (std::size_t at = 2; at + 9 <= bytes.size() && bytes[at] == '\xff';) {
            const auto marker = static_cast<unsigned char>(bytes[at + 1]);
            if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc) {
                height = bigEndian(bytes, at + 5, 2), width = bigEndian(bytes, at + 7, 2);
                break;
            }
            at += marker == 0xff ? 1 : 2 + bigEndian(bytes, at + 2, 2);
        }
    }
    if (width == 0 || height == 0 || width > 1u << 24 || height > 1u << 24) return std::nullopt;
    return std::pair(static_cast<int>(width), static_cast<int>(height));
}

int number(data_view text)
{
    int out = 0;
    std::from_chars(text.data(), text.data() + text.size(), out);
    return std::max(0, out);
}

}  // namespace

bool ParsedFile::restartsAt(std::int64_t step) const
{
    return std::ranges::any_of(restarts, [&](const Restart& restart) { return restart.step == step; });
}

void EventParser::begin(ParsedFile& file, std::vector<Restart> later)
{
    m_file = &file;
    m_later = std::move(later);
}

std::optional<Restart> EventParser::parse(const char* data, std::size_t size, std::uint64_t offset)
{
    m_data = data, m_offset = offset;
    m_step = 0, m_wallTimeS = 0;
    // what nearly every event is: wall time, step, summary, and nothing behind it
    const char* const end = data + size;
    if (size > 11 && *data == '\x09') {
        const char* at = data + 9;
        std::uint64_t step = 0, length = 0;
        if (*at == '\x10') at = varint(at + 1, end, step);
        if (at && at < end && *at == '\x2a' && (at = varint(at + 1, end, length)) && length == static_cast<std::uint64_t>(end - at)) {
            m_wallTimeS = loaded<double>(data + 1), m_step = static_cast<std::int64_t>(step);
            summary(at, end);
            return std::nullopt;
        }
    }

    pbf_message<EventTag> event(data, size);
    std::optional<data_view> values, session;
    while (event.next()) {
        switch (event.tag_and_type()) {
            case tag_and_type(EventTag::WallTime, Wire::fixed64): m_wallTimeS = event.get_double(); break;
            case tag_and_type(EventTag::Step, Wire::varint): m_step = event.get_int64(); break;
            case tag_and_type(EventTag::Summary, Wire::length_delimited): values = event.get_view(); break;
            case tag_and_type(EventTag::SessionLog, Wire::length_delimited): session = event.get_view(); break;
            default: event.skip();
        }
    }
    std::optional<Restart> restart;
    if (session) {
        pbf_message<SessionTag> message(*session);
        while (message.next(SessionTag::Status, Wire::varint))
            if (message.get_enum() == kSessionStart) restart = Restart{m_step, m_wallTimeS};
    }
    if (restart) {
        drop(*restart);
        m_file->restarts.push_back(*restart);
    }
    if (values) summary(values->data(), values->data() + values->size());
    return restart;
}

void EventParser::summary(const char* at, const char* end)
{
    while (at < end) {
        std::uint64_t length = 0;
        const char* message = *at == '\x0a' ? varint(at + 1, end, length) : nullptr;
        if (!message || length > static_cast<std::uint64_t>(end - message)) {  // another field, or none
            pbf_message<SummaryTag> rest(at, static_cast<std::size_t>(end - at));
            while (rest.next())
                if (rest.tag_and_type() == tag_and_type(SummaryTag::Value, Wire::length_delimited))
                    value(rest.get_view());
                else
                    rest.skip();
            return;
        }
        at = message + length;
        // what nearly every value is: a tag, a number, and at most metadata, which a plain number does not need
        if (length > 7 && *message == '\x0a') {
            const auto name = static_cast<unsigned char>(message[1]);
            const char* behind = message + 2 + name;
            if (name < 0x80 && length >= 7U + name && *behind == '\x15') {
                std::uint64_t rest = 0;
                const char* metadata = behind + 5 < at && behind[5] == '\x4a' ? varint(behind + 6, at, rest) : nullptr;
                if (behind + 5 == at || (metadata && rest == static_cast<std::uint64_t>(at - metadata))) {
                    scalar(tag({message + 2, name}), loaded<float>(behind + 1));
                    continue;
                }
            }
        }
        value(data_view(message, length));
    }
}

void EventParser::value(data_view bytes)
{
    data_view name;
    std::optional<data_view> tensorBytes, imageBytes, audioBytes, content;
    std::optional<float> simple;
    std::string_view plugin;
    bool histogram = false;
    int dataClass = 0;
    pbf_message<ValueTag> message(bytes);
    while (message.next()) {
        switch (message.tag_and_type()) {
            case tag_and_type(ValueTag::Tag, Wire::length_delimited): name = message.get_view(); break;
            case tag_and_type(ValueTag::SimpleValue, Wire::fixed32): simple = message.get_float(); break;
            case tag_and_type(ValueTag::Image, Wire::length_delimited): imageBytes = message.get_view(); break;
            case tag_and_type(ValueTag::Audio, Wire::length_delimited): audioBytes = message.get_view(); break;
            case tag_and_type(ValueTag::Tensor, Wire::length_delimited): tensorBytes = message.get_view(); break;
            case tag_and_type(ValueTag::Histogram, Wire::length_delimited):
                histogram = true;
                message.skip();
                break;
            case tag_and_type(ValueTag::Metadata, Wire::length_delimited): {
                pbf_message<MetadataTag> metadata(message.get_message());
                while (metadata.next()) {
                    if (metadata.tag_and_type() == tag_and_type(MetadataTag::DataClass, Wire::varint)) {
                        dataClass = metadata.get_enum();
                    } else if (metadata.tag_and_type() == tag_and_type(MetadataTag::PluginData, Wire::length_delimited)) {
                        pbf_message<PluginTag> data(metadata.get_message());
                        while (data.next()) {
                            if (data.tag_and_type() == tag_and_type(PluginTag::Name, Wire::length_delimited))
                                plugin = view(data.get_view());
                            else if (data.tag_and_type() == tag_and_type(PluginTag::Content, Wire::length_delimited))
                                content = data.get_view();
                            else
                                data.skip();
                        }
                    } else {
                        metadata.skip();
                    }
                }
                break;
            }
            default: message.skip();
        }
    }
    Tag& tag = this->tag(view(name));
    if (!plugin.empty() && tag.plugin.empty()) tag.plugin = plugin;  // the first record of a tag alone has it
    if (dataClass == kClassScalar) tag.scalarClass = true;
    if (tag.plugin == "hparams") {
        if (content) hyperparameters(*content);
    } else if (simple) {
        scalar(tag, *simple);
    } else if (imageBytes) {
        image(tag, *imageBytes);
    } else if (audioBytes) {
        pbf_message<AudioTag> audio(*audioBytes);
        while (audio.next())
            if (audio.tag_and_type() == tag_and_type(AudioTag::Encoded, Wire::length_delimited))
                media(tag, MediaKind::Audio, audio.get_view(), 0, 0, 0);
            else
                audio.skip();
    } else if (tensorBytes) {
        tensor(tag, *tensorBytes);
    } else if (histogram) {
        other(tag, "histogram");
    }
}

void EventParser::tensor(Tag& tag, data_view bytes)
{
    const TensorFields fields = tensorFields(bytes);
    const bool scalars = tag.scalarClass || tag.plugin == "scalars";
    if (fields.dtype != kDtString) {
        const auto number = scalars || tag.plugin.empty() ? scalarOf(fields) : std::nullopt;
        if (number)
            scalar(tag, *number);
        else
            other(tag, scalars ? "tensor that is no single number" : tag.plugin.empty() ? "tensor" : tag.plugin);
        return;
    }
    const auto& strings = fields.strings;
    bool taken = false;
    if (tag.plugin == "images" && strings.size() >= 2) {  // width, height, pictures
        for (std::size_t i = 2; i < strings.size(); ++i) media(tag, MediaKind::Image, strings[i], static_cast<int>(i - 2), number(strings[0]), number(strings[1]));
        taken = true;
    } else {
        int sample = 0;
        for (const data_view text : strings) {
            const MediaFormat format = formatOf(view(text));
            if (tag.plugin == "text")
                media(tag, MediaKind::Text, text, sample++, 0, 0);
            else if (isPicture(format))
                media(tag, MediaKind::Image, text, sample++, 0, 0);
            else if (format == MediaFormat::Wav)  // the audio plugin puts a label behind each
                media(tag, MediaKind::Audio, text, sample++, 0, 0);
            else
                continue;
            taken = true;
        }
    }
    if (!taken) other(tag, tag.plugin.empty() ? "tensor of texts" : tag.plugin);
}

void EventParser::image(Tag& tag, data_view bytes)
{
    int width = 0, height = 0;
    std::optional<data_view> encoded;
    pbf_message<ImageTag> image(bytes);
    while (image.next()) {
        switch (image.tag_and_type()) {
            case tag_and_type(ImageTag::Height, Wire::varint): height = std::max(0, image.get_int32()); break;
            case tag_and_type(ImageTag::Width, Wire::varint): width = std::max(0, image.get_int32()); break;
            case tag_and_type(ImageTag::Encoded, Wire::length_delimited): encoded = image.get_view(); break;
            default: image.skip();
        }
    }
    if (encoded) media(tag, MediaKind::Image, *encoded, 0, width, height);
}

void EventParser::media(Tag& tag, MediaKind kind, data_view bytes, int sample, int width, int height)
{
    if (!keeps()) return;
    const MediaFormat format = kind == MediaKind::Text ? MediaFormat::Utf8 : formatOf(view(bytes));
    if (const auto size = sizeOf(format, view(bytes))) std::tie(width, height) = *size;
    m_batch.media.push_back({tag.name, m_step, m_wallTimeS, kind, format, sample, width, height, m_file->path, m_offset + static_cast<std::uint64_t>(bytes.data() - m_data), bytes.size(),
                             crc32c(bytes.data(), bytes.size())});
    m_mediaFiles.push_back(m_file);
}

void EventParser::hyperparameters(data_view content)
{
    pbf_message<HparamsTag> data(content);
    while (data.next(HparamsTag::SessionStart, Wire::length_delimited)) {
        pbf_message<SessionStartTag> start(data.get_message());
        while (start.next(SessionStartTag::Hparams, Wire::length_delimited)) {
            pbf_message<MapEntryTag> entry(start.get_message());
            std::string key, text;
            while (entry.next()) {
                if (entry.tag_and_type() == tag_and_type(MapEntryTag::Key, Wire::length_delimited)) {
                    key = entry.get_string();
                } else if (entry.tag_and_type() == tag_and_type(MapEntryTag::Value, Wire::length_delimited)) {
                    pbf_message<StructValueTag> value(entry.get_message());
                    while (value.next()) {
                        switch (value.tag_and_type()) {
                            case tag_and_type(StructValueTag::Number, Wire::fixed64): {
                                char digits[32];
                                text.assign(digits, std::to_chars(digits, digits + sizeof digits, value.get_double()).ptr);
                                break;
                            }
                            case tag_and_type(StructValueTag::Text, Wire::length_delimited): text = value.get_string(); break;
                            case tag_and_type(StructValueTag::Bool, Wire::varint): text = value.get_bool() ? "true" : "false"; break;
                            default: value.skip();
                        }
                    }
                } else {
                    entry.skip();
                }
            }
            m_batch.hyperparameters.insert_or_assign(std::move(key), std::move(text));
        }
    }
}

void EventParser::other(Tag& tag, std::string what)
{
    if (!std::exchange(tag.other, true)) m_batch.others.emplace(tag.name, std::move(what));
}

EventParser::Tag& EventParser::tag(std::string_view name)
{
    if (!m_tags.empty()) {
        const std::uint32_t likely = m_tags[m_last].next;
        if (m_tags[likely].name == name) {
            m_last = likely;
            return m_tags[likely];
        }
    }
    auto known = m_ids.find(name);
    if (known == m_ids.end()) {
        const auto id = static_cast<std::uint32_t>(m_tags.size());
        m_tags.emplace_back().name = name;
        m_tags.back().next = id;
        known = m_ids.emplace(m_tags.back().name, id).first;
    }
    m_tags[m_last].next = known->second;
    m_last = known->second;
    return m_tags[m_last];
}

/// Whether no restart of a later file voids what the present event holds.
bool EventParser::keeps()
{
    const auto step = static_cast<double>(m_step);
    for (const Restart& later : m_later)
        if (m_step >= later.step && (m_wallTimeS <= later.wallTimeS || !m_file->restartsAt(later.step))) return false;
    if (step > m_file->largestStep) m_file->largestStep = step;
    if (m_wallTimeS > m_file->largestWallTimeS) m_file->largestWallTimeS = m_wallTimeS;
    return true;
}

void EventParser::scalar(Tag& tag, double value)
{
    if (!keeps()) return;
    const auto step = static_cast<double>(m_step);
    ScalarCurve& curve = tag.curve;
    if (tag.segments.empty() || tag.segments.back().file != m_file) {
        tag.segments.push_back({curve.steps.size(), m_file});
        if (!std::exchange(tag.listed, true)) m_touched.push_back(m_last);
    }
    if (!curve.steps.empty()) {
        if (step < curve.steps.back()) curve.stepsFallAt.push_back(curve.steps.size());
        if (m_wallTimeS < curve.wallTimesS.back()) curve.wallTimeFalls = true;
    }
    curve.steps.push_back(step);
    curve.wallTimesS.push_back(m_wallTimeS);
    curve.values.push_back(value);
    if (m_numbered) tag.sequence.push_back(m_points++);
}

void EventParser::drop(const Restart& restart)
{
    const auto isVoid = [&](const ParsedFile* file, double step, double wallTimeS) {
        return step >= static_cast<double>(restart.step) && (file == m_file || wallTimeS <= restart.wallTimeS || !file->restartsAt(restart.step));
    };
    for (const std::uint32_t id : m_touched) {
        Tag& tag = m_tags[id];
        ScalarCurve& curve = tag.curve;
        std::size_t kept = 0;
        for (std::size_t s = 0; s < tag.segments.size(); ++s) {
            const std::size_t end = s + 1 < tag.segments.size() ? tag.segments[s + 1].begin : curve.steps.size();
            std::size_t i = std::exchange(tag.segments[s].begin, kept);
            for (; i < end; ++i) {
                if (isVoid(tag.segments[s].file, curve.steps[i], curve.wallTimesS[i])) continue;
                curve.steps[kept] = curve.steps[i], curve.wallTimesS[kept] = curve.wallTimesS[i], curve.values[kept] = curve.values[i];
                if (m_numbered) tag.sequence[kept] = tag.sequence[i];
                ++kept;
            }
        }
        if (kept == curve.steps.size()) continue;
        curve.resize(kept);
        if (m_numbered) tag.sequence.resize(kept);
    }
    std::size_t kept = 0;
    for (std::size_t i = 0; i < m_batch.media.size(); ++i) {
        if (isVoid(m_mediaFiles[i], static_cast<double>(m_batch.media[i].step), m_batch.media[i].wallTimeS)) continue;
        if (kept != i) m_batch.media[kept] = std::move(m_batch.media[i]), m_mediaFiles[kept] = m_mediaFiles[i];
        ++kept;
    }
    m_batch.media.resize(kept), m_mediaFiles.resize(kept);
}

EventBatch EventParser::take(std::vector<std::vector<std::uint64_t>>* sequences)
{
    for (const std::uint32_t id : std::exchange(m_touched, {})) {
        Tag& tag = m_tags[id];
        tag.listed = false;
        tag.segments.clear();
        ScalarCurve curve = std::exchange(tag.curve, {});
        auto sequence = std::exchange(tag.sequence, {});
        if (curve.steps.empty()) continue;
        curve.tag = tag.name;
        m_batch.curves.push_back(std::move(curve));
        if (sequences) sequences->push_back(std::move(sequence));
    }
    m_mediaFiles.clear();
    return std::exchange(m_batch, {});
}

void EventParser::reset()
{
    m_ids.clear();
    m_tags.clear();
    m_last = 0;
    m_touched.clear();
    m_batch = {};
    m_mediaFiles.clear();
}

}  // namespace kinora::tfevents
