#include "datasets/hdf5/hdf5_dataset.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <mutex>
#include <nlohmann/json.hpp>
#include <map>
#include <optional>
#include <set>

#include "core/clipfile/clip_file.h"
#include "core/clipfile/hdf5_access.h"
#include "core/util/file.h"
#include "core/util/text.h"
#include "datasets/import/source_scan.h"

namespace kinora {
namespace fs = std::filesystem;
using namespace hdf5;
namespace {
constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();
constexpr double kMostClipBytes = 4.0 * (1 << 30);
constexpr std::size_t kMostObjects = 100000, kMostCategories = 4096;
constexpr std::size_t kCacheBytes = std::size_t(64) << 20;  // packed chunks often hold several clips

/// What is known of a data set before its values are read.
struct Entry {
    std::string path;  // "/train/clips"
    std::vector<hsize_t> shape;
    H5T_class_t kind = H5T_NO_CLASS;
    std::size_t bytes = 0;
    bool negative = false;  // whole numbers with a sign
    std::string text() const
    {
        std::string out = path + " (";
        for (std::size_t i = 0; i < shape.size(); ++i) out += (i ? " x " : "") + std::to_string(shape[i]);
        return out + (kind == H5T_INTEGER ? (negative ? ", int" : ", uint") + std::to_string(8 * bytes) : kind == H5T_FLOAT ? ", float" + std::to_string(8 * bytes) : kind == H5T_STRING ? ", text" : ", other") + ")";
    }
    bool pixels() const { return kind == H5T_FLOAT || (kind == H5T_INTEGER && bytes == 1 && !negative); }
};

void list(hid_t group, const std::string& prefix, int depth, const fs::path& file, std::vector<Entry>& out, std::size_t& seen)
{
    for (const std::string& name : linkNames(group, file, kMostObjects)) {
        if (++seen > kMostObjects) throw damaged(file, "holds more than " + std::to_string(kMostObjects) + " objects, too many to look for clips among them");
        if (!hasHardLink(group, name.c_str())) continue;
        H5O_info_t info{};
        if (H5Oget_info_by_name2(group, name.c_str(), &info, H5O_INFO_BASIC, H5P_DEFAULT) < 0) continue;
        if (info.type == H5O_TYPE_GROUP && depth < 8) {
            const Handle inner(H5Gopen2(group, name.c_str(), H5P_DEFAULT));
            if (inner.valid()) list(inner, prefix + name + "/", depth + 1, file, out, seen);
        } else if (info.type == H5O_TYPE_DATASET) {
            const Handle data(H5Dopen2(group, name.c_str(), H5P_DEFAULT));
            if (!data.valid()) continue;
            const Handle type(H5Dget_type(data)), space(H5Dget_space(data));
            Entry entry{prefix + name, {}, H5Tget_class(type), H5Tget_size(type), H5Tget_class(type) == H5T_INTEGER && H5Tget_sign(type) != H5T_SGN_NONE};
            const int rank = H5Sget_simple_extent_ndims(space);
            if (rank < 1 || rank > 8) continue;
            entry.shape.resize(static_cast<std::size_t>(rank));
            H5Sget_simple_extent_dims(space, entry.shape.data(), nullptr);
            out.push_back(std::move(entry));
        }
    }
}

std::string contents(const std::vector<Entry>& entries)
{
    std::string text;
    for (std::size_t i = 0; i < std::min<std::size_t>(entries.size(), 12); ++i) text += (i ? ", " : "") + entries[i].text();
    return entries.size() > 12 ? text + " and " + std::to_string(entries.size() - 12) + " more" : text;
}

std::string lastName(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// The layouts that a shape may have, the likeliest kind of colour first.
std::vector<std::string> layoutsOf(const std::vector<hsize_t>& shape)
{
    if (shape.size() == 4) return {shape[3] == 3 ? "thwc" : "nthw"};
    std::vector<std::string> found;
    if (shape.size() != 5) return found;
    for (const hsize_t colours : {hsize_t(3), hsize_t(1)}) {
        if (shape[4] == colours) found.push_back("nthwc");
        if (shape[2] == colours) found.push_back("ntchw");
        if (shape[1] == colours) found.push_back("ncthw");
        if (!found.empty()) return found;
    }
    return found;
}

/// A label column as it is read, before it is known what it means.
struct Column {
    std::string name;
    bool texts = false, whole = false;
    std::vector<std::string> text;
    std::vector<double> number;
};

std::optional<Column> readLabels(hid_t file, const Entry& entry, hsize_t rows, const fs::path& path)
{
    if (entry.shape != std::vector<hsize_t>{rows} && entry.shape != std::vector<hsize_t>{rows, 1}) return std::nullopt;
    const Table table = openTable(file, entry.path, path);
    Column column{lastName(entry.path), entry.kind == H5T_STRING, entry.kind == H5T_INTEGER, {}, {}};
    if (entry.kind == H5T_STRING && H5Tis_variable_str(table.type) > 0) {
        std::vector<char*> raw(rows, nullptr);
        if (H5Dread(table.id, table.type, H5S_ALL, H5S_ALL, H5P_DEFAULT, raw.data()) < 0) throw unreadable(path, entry.path);
        for (const char* text : raw) column.text.emplace_back(text ? std::string(text).substr(0, kMaxText) : "");
        H5Dvlen_reclaim(table.type, table.space, H5P_DEFAULT, raw.data());
    } else if (entry.kind == H5T_STRING) {
        if (entry.bytes < 1 || entry.bytes > kMaxText) return std::nullopt;
        std::vector<char> raw(entry.bytes * rows);
        if (H5Dread(table.id, table.type, H5S_ALL, H5S_ALL, H5P_DEFAULT, raw.data()) < 0) throw unreadable(path, entry.path);
        for (hsize_t i = 0; i < rows; ++i) column.text.emplace_back(textIn(raw.data() + entry.bytes * i, entry.bytes, H5Tget_strpad(table.type)));
    } else if (entry.kind == H5T_INTEGER || entry.kind == H5T_FLOAT) {
        column.number.resize(rows);
        if (rows > 0 && H5Dread(table.id, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, column.number.data()) < 0) throw unreadable(path, entry.path);
    } else {
        return std::nullopt;
    }
    return column;
}

class ForeignScan final : public DatasetScan {
public:
    ForeignScan(const fs::path& path, const Hdf5Options& options) : m_path(path)
    {
        const Session session;
        m_file = openFile(path);
        std::vector<Entry> entries;
        std::size_t seen = 0;
        list(m_file, "/", 0, path, entries, seen);
        std::ranges::sort(entries, {}, &Entry::path);
        choose(entries, options);
        openClips();
        chooseValues(options.values);
        takeLabels(entries);
    }
    ~ForeignScan() override
    {
        const Session session;
        m_tables.clear();
        m_file.close();
    }

    const std::vector<LabelColumn>& labelColumns() const override { return m_columns; }
    std::int64_t size() const override { return static_cast<std::int64_t>(m_infos.size()); }
    std::string file(std::int64_t index) const override { return m_infos.at(static_cast<std::size_t>(index)).source; }
    ClipInfo expected(std::int64_t index) const override { return m_infos.at(static_cast<std::size_t>(index)); }
    const std::vector<std::string>& notes() const override { return m_notes; }
    std::string stamp(std::int64_t) const override
    {
        std::error_code ignored;
        return std::to_string(fs::file_size(m_path, ignored)) + " " + std::to_string(fs::last_write_time(m_path, ignored).time_since_epoch().count());
    }
    std::string sourceHash(std::int64_t) const override
    {
        const std::lock_guard lock(m_hashMutex);
        if (m_hash.empty()) m_hash = sha256File(m_path);
        return m_hash;
    }
    ItemOutline outline(std::int64_t index) const override
    {
        const Shape shape = shapeOf(tableOf(index));
        return {static_cast<int>(shape.frames), static_cast<int>(shape.width), static_cast<int>(shape.height), m_kindText + " " + m_layout};
    }
    std::vector<ImportedClip> load(std::int64_t index, std::vector<std::string>& warnings) const override
    {
        const Table& table = tableOf(index);
        const Shape shape = shapeOf(table);
        const std::size_t values = shape.frames * shape.height * shape.width * shape.colours;
        ImportedClip clip{expected(index), Frames(static_cast<int>(shape.frames), static_cast<int>(shape.height), static_cast<int>(shape.width)), {}};
        std::vector<std::uint8_t> bytes(values);
        if (m_real) {
            std::vector<float> numbers(values);
            read(table, index, H5T_NATIVE_FLOAT, numbers.data());
            std::size_t outside = 0;
            for (std::size_t i = 0; i < values; ++i) {
                if (std::isnan(numbers[i])) throw Error(ErrorCode::DecodeFailed, "has values that are no numbers", file(index));
                const float scaled = (numbers[i] - m_black) / (m_white - m_black);
                outside += scaled < -0.01F || scaled > 1.01F;
                bytes[i] = static_cast<std::uint8_t>(std::lround(std::clamp(scaled, 0.0F, 1.0F) * 255));
            }
            if (outside > 0) warnings.push_back(file(index) + ": " + std::to_string(outside) + " of " + std::to_string(values) + " values lie outside of black and white and were clamped");
        } else {
            read(table, index, H5T_NATIVE_UINT8, bytes.data());
        }
        // from the axes of the file, less n, to t h w c
        std::string axes = m_layout;
        std::erase(axes, 'n');
        std::map<char, std::size_t> stride{{'c', 0}};
        std::size_t step = 1;
        for (std::size_t i = axes.size(); i-- > 0;) {
            stride[axes[i]] = step;
            step *= axes[i] == 't' ? shape.frames : axes[i] == 'h' ? shape.height : axes[i] == 'w' ? shape.width : shape.colours;
        }
        std::uint8_t* out = clip.frames.bytes().data();
        const std::size_t colour = shape.colours == 3 ? stride['c'] : 0;
        for (std::size_t t = 0; t < shape.frames; ++t)
            for (std::size_t y = 0; y < shape.height; ++y)
                for (std::size_t x = 0; x < shape.width; ++x) {
                    const std::uint8_t* in = bytes.data() + t * stride['t'] + y * stride['h'] + x * stride['w'];
                    for (std::size_t c = 0; c < 3; ++c) *out++ = in[c * colour];
                }
        clip.info.origin.sha256 = sourceHash(index);
        std::vector<ImportedClip> clips;
        clips.push_back(std::move(clip));
        return clips;
    }

private:
    struct Shape {
        hsize_t frames = 1, height = 1, width = 1, colours = 1;
    };

    void choose(const std::vector<Entry>& entries, const Hdf5Options& options)
    {
        const auto unclear = [&](const std::string& text) { return Error(ErrorCode::Usage, text + "; it holds " + (entries.empty() ? "no data sets" : contents(entries)), m_path.string()); };
        m_layout = options.layout;
        if (m_layout != "auto") {
            std::string sorted = m_layout;
            std::ranges::sort(sorted);
            if (sorted != "hntw" && sorted != "chntw" && sorted != "chtw" && sorted != "htw")
                throw Error(ErrorCode::Usage, "'" + m_layout + "' is no layout; write the axes in their order, each of t, h and w once, with n and c where there are any, such as ntchw", "layout");
        }
        const auto fits = [&](const Entry& entry) {
            if (!entry.pixels()) return false;
            return m_layout == "auto" ? entry.shape.size() == 4 || entry.shape.size() == 5 : entry.shape.size() == m_layout.size();
        };
        if (options.dataset != "auto") {
            const std::string wanted = options.dataset.starts_with('/') ? options.dataset : "/" + options.dataset;
            const auto found = std::ranges::find(entries, wanted, &Entry::path);
            if (found == entries.end()) throw unclear("has no data set '" + options.dataset + "'");
            if (!fits(*found)) throw unclear("the data set " + found->text() + " cannot be clips: they are uint8 or real with four or five axes, or those that layout says");
            m_clips = {*found};
        } else {
            std::vector<Entry> fitting;
            std::ranges::copy_if(entries, std::back_inserter(fitting), fits);
            if (fitting.empty()) throw unclear("has no data set that could be clips (uint8 or real, four or five axes)");
            const auto single = [&](const Entry& entry) { return m_layout == "auto" ? entry.shape.size() == 4 && entry.shape[3] == 3 : m_layout.find('n') == std::string::npos; };
            static const std::set<std::string> known{"clips", "clip", "videos", "video", "frames", "data", "images", "x", "X"};
            std::vector<Entry> named;
            std::ranges::copy_if(fitting, std::back_inserter(named), [&](const Entry& entry) { return known.contains(lastName(entry.path)); });
            if (fitting.size() == 1) m_clips = fitting;
            else if (std::ranges::all_of(fitting, single)) m_clips = fitting;
            else if (named.size() == 1) m_clips = named;
            else throw unclear("has several data sets that could be the clips; name one with --set dataset=" + fitting.front().path);
        }
        const Entry& first = m_clips.front();
        if (m_layout == "auto") {
            const std::vector<std::string> found = layoutsOf(first.shape);
            if (found.empty()) throw unclear("the axes of " + first.text() + " are not clear; say them with --set layout=, such as ntchw");
            if (found.size() > 1) throw unclear("the axes of " + first.text() + " could be " + join(found, " or ") + "; say which with --set layout=" + found.front());
            m_layout = found.front();
        }
        for (const Entry& entry : m_clips)
            if (entry.shape.size() != first.shape.size() || entry.kind != first.kind) throw unclear("the data sets of clips are not of one kind");
        const std::size_t colours = m_layout.find('c');
        if (colours != std::string::npos && first.shape[colours] != 3 && first.shape[colours] != 1) throw unclear("axis " + std::to_string(colours) + " of " + first.text() + " should be the colours and is neither 3 nor 1");
        m_real = first.kind == H5T_FLOAT;
        m_kindText = m_real ? "float" + std::to_string(8 * first.bytes) : "uint8";
        m_many = m_layout.find('n') != std::string::npos;
        m_notes.push_back(m_many ? "the clips are " + first.text() + ", read as " + m_layout : "every one of " + std::to_string(m_clips.size()) + " data sets is a clip, read as " + m_layout + "; the first is " + first.text());
    }

    void openClips()
    {
        for (const Entry& entry : m_clips) {
            m_tables.push_back(openTable(m_file, entry.path, m_path, kCacheBytes));
            const Shape shape = shapeOf(m_tables.back());
            const double bytes = 3.0 * static_cast<double>(shape.frames) * static_cast<double>(shape.height) * static_cast<double>(shape.width);
            if (bytes < 1 || bytes > kMostClipBytes || std::max({shape.frames, shape.height, shape.width}) > hsize_t(std::numeric_limits<int>::max()))
                throw damaged(m_path, "one clip of " + entry.text() + " would have " + std::to_string(static_cast<long long>(bytes)) + " bytes; at most 4 GiB make sense");
        }
        const hsize_t rows = m_many ? m_clips.front().shape[m_layout.find('n')] : m_clips.size();
        if (rows > (hsize_t(1) << 27)) throw damaged(m_path, "has an impossible number of clips");
        for (hsize_t i = 0; i < rows; ++i) {
            ClipInfo info;
            info.source = m_many ? m_clips.front().path.substr(1) + "[" + std::to_string(i) + "]" : m_clips[i].path.substr(1);
            info.name = info.source;
            m_infos.push_back(std::move(info));
        }
    }

    /// Black and white of real numbers: by those of up to eight clips.
    void chooseValues(const std::string& values)
    {
        if (!m_real) {
            if (values != "auto" && values != "0,255") throw Error(ErrorCode::Usage, "the clips are whole numbers from 0 to 255", "values");
            return;
        }
        if (values == "auto") {
            float low = INFINITY, high = -INFINITY;
            const std::size_t step = std::max<std::size_t>(1, m_infos.size() / 8);
            for (std::size_t i = 0; i < m_infos.size(); i += step) {
                const Shape shape = shapeOf(tableOf(static_cast<std::int64_t>(i)));
                std::vector<float> numbers(shape.frames * shape.height * shape.width * shape.colours);
                read(tableOf(static_cast<std::int64_t>(i)), static_cast<std::int64_t>(i), H5T_NATIVE_FLOAT, numbers.data());
                for (const float value : numbers)
                    if (!std::isnan(value)) {
                        low = std::min(low, value);
                        high = std::max(high, value);
                    }
            }
            m_black = low < -0.001F ? -1.0F : 0.0F;
            m_white = high > 1.5F ? 255.0F : 1.0F;
            if (m_black < 0 && m_white > 1)
                throw Error(ErrorCode::Usage, "the values go from " + formatNumber(static_cast<double>(low)) + " to " + formatNumber(static_cast<double>(high)) + "; say with --set values= which are black and white", m_path.string());
        } else {
            m_black = values.starts_with('-') ? -1.0F : 0.0F;
            m_white = values.ends_with("255") ? 255.0F : 1.0F;
        }
        m_notes.push_back("black is " + formatNumber(static_cast<double>(m_black)) + " and white " + formatNumber(static_cast<double>(m_white)) + (values == "auto" ? ", by the values of some clips" : ""));
    }

    void takeLabels(const std::vector<Entry>& entries)
    {
        if (!m_many) return;
        const hsize_t rows = m_infos.size();
        const std::string group = m_clips.front().path.substr(0, m_clips.front().path.rfind('/') + 1);
        std::vector<std::string> taken;
        for (const Entry& entry : entries) {
            // beside the clips, or in a folder below (Kinora's own layout has /labels/NAME)
            if (!entry.path.starts_with(group) || entry.path == m_clips.front().path) continue;
            const std::optional<Column> column = readLabels(m_file, entry, rows, m_path);
            if (!column) continue;
            taken.push_back(entry.path.substr(1));
            takeColumn(*column);
        }
        if (!taken.empty()) m_notes.push_back("labels: " + join(taken, ", "));
        std::set<std::string> names;
        for (ClipInfo& info : m_infos)
            if (!names.insert(info.name).second) info.name = info.source;  // a name that is no name
    }

    void takeColumn(const Column& column)
    {
        std::string key = column.name;
        for (char& c : key) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        static const std::set<std::string> names{"name", "names", "filename", "filenames", "id", "ids", "clip_name"}, splits{"split", "splits", "subset"}, groups{"group", "groups", "subject", "subjects", "person"};
        if (column.texts && names.contains(key)) {
            for (std::size_t i = 0; i < m_infos.size(); ++i)
                if (!column.text[i].empty()) m_infos[i].name = column.text[i];
            return;
        }
        if (column.texts && splits.contains(key)) {
            for (std::size_t i = 0; i < m_infos.size(); ++i) m_infos[i].split = column.text[i];
            return;
        }
        LabelColumn label{column.name, {}, {}};
        if (std::ranges::find(m_columns, label.name, &LabelColumn::name) != m_columns.end()) return;
        std::vector<float> values;
        if (column.texts) {
            const std::set<std::string> all(column.text.begin(), column.text.end());
            if (all.size() > kMostCategories) return;  // one text for every clip is no class
            for (const std::string& text : all)
                if (!text.empty()) label.categories.push_back(text);
            for (const std::string& text : column.text)
                values.push_back(text.empty() ? kUnknown : static_cast<float>(std::ranges::lower_bound(label.categories, text) - label.categories.begin()));
        } else if (column.whole) {
            std::set<double> all;
            for (const double value : column.number)
                if (value >= 0) all.insert(value);
            if (all.size() <= kMostCategories)
                for (const double value : all) label.categories.push_back(formatNumber(value));
            const std::vector<double> sorted(all.begin(), all.end());
            for (const double value : column.number)
                values.push_back(label.categories.empty() ? static_cast<float>(value) : value < 0 ? kUnknown : static_cast<float>(std::ranges::lower_bound(sorted, value) - sorted.begin()));
        } else {
            for (const double value : column.number) values.push_back(static_cast<float>(value));
        }
        for (std::size_t i = 0; i < m_infos.size(); ++i) {
            m_infos[i].labels.push_back(values[i]);
            if (groups.contains(key)) m_infos[i].group = column.texts ? column.text[i] : formatNumber(column.number[i]);
        }
        m_columns.push_back(std::move(label));
    }

    const Table& tableOf(std::int64_t index) const { return m_tables[m_many ? 0 : static_cast<std::size_t>(index)]; }

    Shape shapeOf(const Table& table) const
    {
        Shape shape;
        for (std::size_t i = 0; i < m_layout.size(); ++i) {
            const hsize_t size = table.shape[i];
            if (m_layout[i] == 't') shape.frames = size;
            if (m_layout[i] == 'h') shape.height = size;
            if (m_layout[i] == 'w') shape.width = size;
            if (m_layout[i] == 'c') shape.colours = size;
        }
        return shape;
    }

    void read(const Table& table, std::int64_t index, hid_t type, void* target) const
    {
        const Session session;
        std::vector<hsize_t> start(table.shape.size(), 0), count = table.shape;
        if (m_many) {
            start[m_layout.find('n')] = static_cast<hsize_t>(index);
            count[m_layout.find('n')] = 1;
        }
        const Handle space(H5Scopy(table.space)), memory(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr));
        if (H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr) < 0 || H5Dread(table.id, type, memory, space, H5P_DEFAULT, target) < 0)
            throw unreadable(m_path, file(index));
    }

    fs::path m_path;
    Handle m_file;
    std::string m_layout, m_kindText;
    bool m_real = false, m_many = true;  // many: one data set holds all clips
    float m_black = 0, m_white = 255;
    std::vector<Entry> m_clips;
    std::vector<Table> m_tables;
    std::vector<ClipInfo> m_infos;
    std::vector<LabelColumn> m_columns;
    std::vector<std::string> m_notes;
    mutable std::mutex m_hashMutex;
    mutable std::string m_hash;
};

bool looksLikeHdf5(const fs::path& source)
{
    std::error_code ignored;
    return fs::is_regular_file(source, ignored) && (source.extension() == ".h5" || source.extension() == ".hdf5");
}

bool isOurs(const fs::path& file)
{
    const Session session;
    const Handle handle = openFile(file);
    return H5Aexists(handle, "format") > 0 && readText(handle, "format", file) == "kinora-clips";
}
}  // namespace

std::unique_ptr<DatasetScan> openHdf5(const fs::path& file, const Hdf5Options& options)
{
    if (!isOurs(file)) return std::make_unique<ForeignScan>(file, options);
    if (options.dataset != "auto" || options.layout != "auto" || options.values != "auto") throw Error(ErrorCode::Usage, "is a clip file of Kinora: it needs no dataset, layout or values", file.string());
    return scanOfSource(openClipFile(file), {{"original", nlohmann::json(clipFileAttributes(file)).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)}});
}

DatasetAdapter hdf5Adapter()
{
    DatasetAdapter adapter;
    adapter.description = {"hdf5", "HDF5 file", "A clip file of Kinora, rewritten, or an HDF5 file of another program: arrays of clips (uint8 or real, colours or grey, axes in any usual order) with labels beside them",
                           false, describeOptions<Hdf5Options>("dataset")};
    adapter.detects = looksLikeHdf5;
    adapter.open = [](const std::string& source, const OptionValues& values) {
        Hdf5Options options;
        applyOptions(options, values);
        return openHdf5(source, options);
    };
    return adapter;
}

}  // namespace kinora
