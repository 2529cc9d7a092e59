#include "core/dataset/safetensors_clips.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/json_text.h"
#include "core/util/safetensors.h"
#include "core/util/text.h"

namespace kinora {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {
static_assert(std::endian::native == std::endian::little, "safetensors are little-endian");

constexpr const char* kFormat = "kinora-clips";
const std::string kLabelPrefix = "labels/", kStreamPrefix = "streams/";

float elementAsFloat(const safetensors::TensorView& view, std::size_t index)
{
    const std::byte* at = view.bytes.data() + index * safetensors::elementSize(view.type);
    const auto read = [&]<class T>(T value) {
        std::memcpy(&value, at, sizeof value);
        return static_cast<float>(value);
    };
    if (view.type == "F32") return read(float{});
    if (view.type == "F64") return read(double{});
    if (view.type == "I64") return read(std::int64_t{});
    if (view.type == "I32") return read(std::int32_t{});
    if (view.type == "I16") return read(std::int16_t{});
    return read(std::uint8_t{});  // U8, BOOL
}

class SafetensorsClips final : public ClipSource {
public:
    explicit SafetensorsClips(const fs::path& file) : m_path(file.string()), m_file(file)
    {
        if (!m_file.contains("clips")) throw damaged("holds no tensor 'clips'");
        m_clips = &m_file.at("clips");
        const std::vector<std::int64_t>& shape = m_clips->shape;
        constexpr std::int64_t kMax = std::numeric_limits<int>::max();
        if (m_clips->type != "U8" || shape.size() != 5 || shape[4] != 3 || !std::ranges::all_of(shape, [](std::int64_t size) { return size <= kMax; }))
            throw damaged("'clips' is not uint8 (clips, frames, height, width, 3)");
        if (shape[0] > 0 && (shape[1] < 1 || shape[2] < 1 || shape[3] < 1)) throw damaged("'clips' has clips without pixels");
        readMetadata();
        readLabels();
        readStreams();
    }
    std::string name() const override { return m_path; }
    std::int64_t size() const override { return m_clips->shape[0]; }
    const std::vector<LabelColumn>& labelColumns() const override { return m_labels; }
    const std::vector<StreamColumn>& streamColumns() const override { return m_streams; }

    ClipInfo info(std::int64_t index) const override
    {
        const std::size_t row = checked(index);
        ClipInfo info = m_infos.empty() ? ClipInfo{.name = "clip " + std::to_string(index)} : m_infos[row];
        info.frames = static_cast<int>(m_clips->shape[1]);
        info.height = static_cast<int>(m_clips->shape[2]);
        info.width = static_cast<int>(m_clips->shape[3]);
        if (info.frameRateHz == 0) info.frameRateHz = m_frameRateHz;
        for (std::size_t i = 0; i < m_labels.size(); ++i) {
            const float value = elementAsFloat(*m_values[i], row);
            info.labels.push_back(m_labels[i].categorical() && value < 0 ? std::numeric_limits<float>::quiet_NaN() : value);
        }
        return info;
    }
    Frames frames(std::int64_t index, const FrameWindow& window) const override
    {
        const int height = static_cast<int>(m_clips->shape[2]), width = static_cast<int>(m_clips->shape[3]);
        std::vector<std::uint8_t> bytes = cut(*m_clips, checked(index), window);
        const std::size_t frame = static_cast<std::size_t>(height) * static_cast<std::size_t>(width) * 3;
        const int count = static_cast<int>(bytes.size() / frame);
        return {count, height, width, std::move(bytes)};
    }
    std::vector<std::uint8_t> stream(std::int64_t index, const std::string& streamName, const FrameWindow& window) const override
    {
        const auto found = m_file.tensors().find(kStreamPrefix + streamName);
        if (found == m_file.tensors().end()) return ClipSource::stream(index, streamName, window);
        return cut(found->second, checked(index), window);
    }

private:
    Error damaged(const std::string& text) const { return {ErrorCode::Damaged, text, m_path}; }
    std::size_t checked(std::int64_t index) const
    {
        if (index < 0 || index >= size()) throw Error(ErrorCode::NotFound, "has no clip " + std::to_string(index) + "; it holds " + std::to_string(size()), m_path);
        return static_cast<std::size_t>(index);
    }
    /// The frames of a window out of a tensor whose first two sizes are clips and frames.
    std::vector<std::uint8_t> cut(const safetensors::TensorView& view, std::size_t row, const FrameWindow& window) const
    {
        const FrameWindow span = resolved(window, static_cast<int>(view.shape[1]));
        const std::size_t clipBytes = view.bytes.size() / static_cast<std::size_t>(view.shape[0]), frameBytes = clipBytes / static_cast<std::size_t>(view.shape[1]);
        std::vector<std::uint8_t> out(frameBytes * static_cast<std::size_t>(span.count));
        const std::byte* from = view.bytes.data() + clipBytes * row + frameBytes * static_cast<std::size_t>(span.first);
        for (int t = 0; t < span.count; ++t) std::memcpy(out.data() + frameBytes * static_cast<std::size_t>(t), from + frameBytes * static_cast<std::size_t>(t) * static_cast<std::size_t>(span.step), frameBytes);
        return out;
    }

    /// A JSON value out of the metadata, or null. Its nesting is limited before the recursive parser sees it.
    json metadata(const char* key) const
    {
        const auto found = m_file.metadata().find(key);
        if (found == m_file.metadata().end()) return {};
        json value = parseJson(found->second, 8);
        if (value.is_discarded()) throw damaged(std::string("the metadata '") + key + "' is no JSON that makes sense");
        return value;
    }

    void readMetadata()
    {
        if (const auto found = m_file.metadata().find("frame_rate_hz"); found != m_file.metadata().end()) {
            m_frameRateHz = parseNumber(found->second, "frame_rate_hz");
            if (!std::isfinite(m_frameRateHz) || m_frameRateHz < 0) throw damaged("the metadata 'frame_rate_hz' is impossible");
        }
        const json list = metadata("clips");
        if (list.is_null()) return;
        if (!list.is_array() || list.size() != static_cast<std::size_t>(size())) throw damaged("the metadata 'clips' does not describe every clip");
        for (const json& entry : list) {
            if (!entry.is_object()) throw damaged("the metadata 'clips' is no list of tables");
            const auto text = [&](const char* key) { return entry.contains(key) && entry[key].is_string() ? entry[key].get<std::string>() : std::string(); };
            ClipInfo info{.name = text("name"), .split = text("split"), .group = text("group"), .source = text("source")};
            if (info.name.empty()) info.name = "clip " + std::to_string(m_infos.size());
            if (entry.contains("frame_rate_hz") && entry["frame_rate_hz"].is_number()) info.frameRateHz = std::max(0.0, entry["frame_rate_hz"].get<double>());
            m_infos.push_back(std::move(info));
        }
    }

    void readLabels()
    {
        constexpr std::string_view kTypes[] = {"F32", "F64", "I64", "I32", "I16", "U8", "BOOL"};
        const json described = metadata("labels");
        if (!described.is_null() && !described.is_array()) throw damaged("the metadata 'labels' is no list");
        std::vector<LabelColumn> columns;  // in the described order, then whatever else there is
        for (const json& entry : described.is_null() ? json::array() : described) {
            if (!entry.is_object() || !entry.contains("name") || !entry["name"].is_string()) throw damaged("the metadata 'labels' is no list of tables with names");
            LabelColumn column{entry["name"].get<std::string>(), {}, entry.contains("role") && entry["role"].is_string() ? entry["role"].get<std::string>() : std::string()};
            if (entry.contains("categories") && entry["categories"].is_array())
                for (const json& category : entry["categories"]) column.categories.push_back(category.is_string() ? category.get<std::string>() : category.dump());
            if (std::ranges::find(columns, column.name, &LabelColumn::name) != columns.end()) throw damaged("the metadata 'labels' names '" + column.name + "' twice");
            columns.push_back(std::move(column));
        }
        for (const auto& [tensor, view] : m_file.tensors())
            if (tensor.starts_with(kLabelPrefix) && std::ranges::find(columns, tensor.substr(kLabelPrefix.size()), &LabelColumn::name) == columns.end())
                columns.push_back({tensor.substr(kLabelPrefix.size()), {}, {}});
        for (LabelColumn& column : columns) {
            const std::string tensor = kLabelPrefix + column.name;
            if (!m_file.contains(tensor)) throw damaged("has no tensor '" + tensor + "', which its metadata names");
            const safetensors::TensorView& view = m_file.at(tensor);
            if (view.shape != std::vector<std::int64_t>{size()}) throw damaged("'" + tensor + "' does not have one value for every clip");
            if (std::ranges::find(kTypes, view.type) == std::end(kTypes)) throw damaged("'" + tensor + "' is of type " + view.type + "; a label is F32, F64, I64, I32, I16, U8 or BOOL");
            if (column.categorical())
                for (std::int64_t i = 0; i < size(); ++i) {
                    const float value = elementAsFloat(view, static_cast<std::size_t>(i));
                    if (!std::isnan(value) && (value >= static_cast<float>(column.categories.size()) || value != std::floor(value)))
                        throw damaged("'" + tensor + "' has a value that is none of its categories");
                }
            m_values.push_back(&view);
            m_labels.push_back(std::move(column));
        }
    }

    void readStreams()
    {
        const std::vector<std::int64_t>& clips = m_clips->shape;
        for (const auto& [tensor, view] : m_file.tensors()) {
            if (!tensor.starts_with(kStreamPrefix)) continue;
            const std::vector<std::int64_t>& shape = view.shape;
            const bool pixels = shape.size() == 5;
            if ((view.type != "U8" && view.type != "F32") || (shape.size() != 3 && !pixels) || shape[0] != clips[0] || shape[1] != clips[1] ||
                (pixels && (shape[2] != clips[2] || shape[3] != clips[3])) || shape.back() < 1 || shape.back() >= 1 << 20)
                throw damaged("'" + tensor + "' is no stream of these clips: U8 or F32, (clips, frames, channels) or (clips, frames, height, width, channels)");
            m_streams.push_back({tensor.substr(kStreamPrefix.size()), view.type == "F32" ? "float32" : "uint8", static_cast<int>(shape.back()), pixels});
        }
    }

    std::string m_path;
    safetensors::File m_file;
    const safetensors::TensorView* m_clips = nullptr;
    double m_frameRateHz = 0;
    std::vector<ClipInfo> m_infos;  // empty: the file describes no clip
    std::vector<LabelColumn> m_labels;
    std::vector<const safetensors::TensorView*> m_values;  // beside m_labels
    std::vector<StreamColumn> m_streams;
};
}  // namespace

std::shared_ptr<const ClipSource> openSafetensorsClips(const fs::path& file) { return std::make_shared<SafetensorsClips>(file); }

void writeSafetensorsClips(const ClipSource& source, const std::vector<std::int64_t>& indices, const fs::path& target, int frames,
                           const std::function<void(std::int64_t, std::int64_t)>& progress, std::stop_token stop)
{
    if (indices.empty()) throw Error(ErrorCode::Usage, "no clips were chosen", target.string());
    std::vector<ClipInfo> infos;
    for (const std::int64_t index : indices) {
        infos.push_back(source.info(index));
        const ClipInfo &first = infos.front(), &info = infos.back();
        if (info.height != first.height || info.width != first.width)
            throw Error(ErrorCode::Usage, "clip '" + info.name + "' is " + std::to_string(info.width) + "x" + std::to_string(info.height) + ", others are " + std::to_string(first.width) + "x" +
                                                      std::to_string(first.height) + "; a safetensors clip file holds clips of one size (--size resizes them)", target.string());
        if (frames == 0 && info.frames != first.frames)
            throw Error(ErrorCode::Usage, "clip '" + info.name + "' has " + std::to_string(info.frames) + " frames, others have " + std::to_string(first.frames) +
                                                      "; a safetensors clip file holds clips of one length (--frames cuts them)", target.string());
        if (frames > info.frames) throw Error(ErrorCode::Usage, "clip '" + info.name + "' has only " + std::to_string(info.frames) + " frames, not " + std::to_string(frames), target.string());
    }
    const auto count = static_cast<std::int64_t>(indices.size());
    const std::int64_t length = frames == 0 ? infos.front().frames : frames;
    const std::vector<LabelColumn>& labels = source.labelColumns();

    // Tensors in the file's order, wide types first so that all are aligned; each gives its bytes clip by clip.
    struct Part {
        std::string name, type;
        std::vector<std::int64_t> shape;
        std::function<std::vector<std::uint8_t>(std::size_t)> bytes;
        bool counted;
    };
    const FrameWindow window{0, static_cast<int>(length), 1};
    std::vector<Part> parts;
    for (std::size_t i = 0; i < labels.size(); ++i)
        parts.push_back({kLabelPrefix + labels[i].name, "F32", {count}, [&infos, i](std::size_t row) {
                             std::vector<std::uint8_t> bytes(4);
                             std::memcpy(bytes.data(), &infos[row].labels.at(i), 4);
                             return bytes;
                         }, false});
    const auto streams = [&](const char* type) {
        for (const StreamColumn& column : source.streamColumns()) {
            if (column.type != type) continue;
            std::vector<std::int64_t> shape{count, length};
            if (column.pixels) shape.insert(shape.end(), {infos.front().height, infos.front().width});
            shape.push_back(column.channels);
            parts.push_back({kStreamPrefix + column.name, column.type == "float32" ? "F32" : "U8", shape,
                             [&, name = column.name](std::size_t row) { return source.stream(indices[row], name, window); }, false});
        }
    };
    streams("float32");
    parts.push_back({"clips", "U8", {count, length, infos.front().height, infos.front().width, 3}, [&](std::size_t row) { return source.frames(indices[row], window).take(); }, true});
    streams("uint8");

    nlohmann::ordered_json header;
    std::map<std::string, std::string> metadata{{"format", kFormat}, {"source", source.name()}};
    json columns = json::array(), clips = json::array();
    for (const LabelColumn& column : labels) columns.push_back({{"name", column.name}, {"role", column.role}, {"categories", column.categories}});
    bool oneRate = true;
    for (const ClipInfo& info : infos) oneRate = oneRate && info.frameRateHz == infos.front().frameRateHz;
    for (const ClipInfo& info : infos) {
        json entry{{"name", info.name}};
        if (!info.split.empty()) entry["split"] = info.split;
        if (!info.group.empty()) entry["group"] = info.group;
        if (!info.source.empty()) entry["source"] = info.source;
        if (!oneRate) entry["frame_rate_hz"] = info.frameRateHz;
        clips.push_back(std::move(entry));
    }
    constexpr auto kReplace = json::error_handler_t::replace;  // names that are no UTF-8
    metadata["labels"] = columns.dump(-1, ' ', false, kReplace);
    metadata["clips"] = clips.dump(-1, ' ', false, kReplace);
    if (oneRate && infos.front().frameRateHz > 0) metadata["frame_rate_hz"] = formatNumber(infos.front().frameRateHz);
    header["__metadata__"] = metadata;
    std::uint64_t offset = 0;
    std::vector<std::uint64_t> rowBytes;
    for (const Part& part : parts) {
        std::uint64_t bytes = safetensors::elementSize(part.type);
        for (std::size_t i = 1; i < part.shape.size(); ++i) bytes *= static_cast<std::uint64_t>(part.shape[i]);
        rowBytes.push_back(bytes);
        const std::uint64_t end = offset + bytes * static_cast<std::uint64_t>(count);
        header[part.name] = {{"dtype", part.type}, {"shape", part.shape}, {"data_offsets", {offset, end}}};
        offset = end;
    }
    std::string text = header.dump(-1, ' ', false, kReplace);
    text.append((8 - text.size() % 8) % 8, ' ');
    AtomicFile out(target);
    std::string length8;
    for (int i = 0; i < 8; ++i) length8 += static_cast<char>(static_cast<std::uint64_t>(text.size()) >> (8 * i));
    out.write(length8);
    out.write(text);
    for (std::size_t p = 0; p < parts.size(); ++p)
        for (std::int64_t row = 0; row < count; ++row) {
            if (stop.stop_requested()) throw Error(ErrorCode::Cancelled, "the export was interrupted; nothing was left behind", target.string());
            const std::vector<std::uint8_t> bytes = parts[p].bytes(static_cast<std::size_t>(row));
            if (bytes.size() != rowBytes[p]) throw Error(ErrorCode::Damaged, "clip '" + infos[static_cast<std::size_t>(row)].name + "' gave another number of frames than its dataset says", source.name());
            out.write(bytes.data(), bytes.size());
            if (parts[p].counted && progress) progress(row + 1, count);
        }
    out.commit();
}

}  // namespace kinora
