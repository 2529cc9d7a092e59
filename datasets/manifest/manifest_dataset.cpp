#include "datasets/manifest/manifest_dataset.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "core/decode/npy.h"
#include "core/decode/picture.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/text.h"
#include "datasets/arrays/arrays_dataset.h"
#include "datasets/frames/frames_dataset.h"
#include "datasets/import/csv.h"
#include "datasets/import/path_labels.h"
#include "datasets/import/peek.h"
#include "datasets/import/published_set.h"

namespace kinora {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {
constexpr std::array<std::string_view, 12> kOwn = {"file", "name", "start", "end", "split", "group", "frame_rate_hz", "row", "x", "y", "w", "h"};

struct Row {
    std::string place;  ///< "clips.csv:12"
    std::map<std::string, std::string> values;  ///< Without empty ones.
};
struct Table {
    std::vector<std::string> columns;  ///< In the order they are first met.
    std::set<std::string> texts;       ///< Columns of which JSON says that a value is no number.
    std::vector<Row> rows;
};

/// Thrown for one row, which becomes a skip.
[[noreturn]] void bad(const std::string& reason) { throw Error(ErrorCode::Damaged, reason); }

Table readCsv(const fs::path& file, const std::string& text, Listing& listing)
{
    Table table;
    const std::vector<CsvRow> rows = parseCsv(text);
    if (rows.empty()) throw Error(ErrorCode::Damaged, "is empty; expected a header line with a column 'file'", file.string());
    for (const std::string& field : rows.front().fields) {
        std::string column = trimmed(field);
        if (const std::string known = lowered(column); std::ranges::find(kOwn, known) != kOwn.end()) column = known;
        if (std::ranges::find(table.columns, column) != table.columns.end()) throw Error(ErrorCode::Damaged, "has two columns called '" + column + "'", file.string());
        table.columns.push_back(std::move(column));
    }
    if (!rows.front().problem.empty()) throw Error(ErrorCode::Damaged, "its header cannot be read: " + rows.front().problem, file.string());
    for (std::size_t i = 1; i < rows.size(); ++i) {
        Row row{file.filename().string() + ":" + std::to_string(rows[i].line), {}};
        if (!rows[i].problem.empty()) {
            listing.skipped.push_back({row.place, rows[i].problem});
        } else if (rows[i].fields.size() != table.columns.size()) {
            listing.skipped.push_back({row.place, "has " + counted(rows[i].fields.size(), "field") + " for " + counted(table.columns.size(), "column")});
        } else {
            for (std::size_t c = 0; c < table.columns.size(); ++c)
                if (std::string value = trimmed(rows[i].fields[c]); !value.empty()) row.values[table.columns[c]] = std::move(value);
            table.rows.push_back(std::move(row));
        }
    }
    return table;
}

void addObject(const json& object, std::string place, Table& table, Listing& listing)
{
    if (!object.is_object()) return listing.skipped.push_back({std::move(place), "is no object with a field \"file\""});
    Row row{std::move(place), {}};
    for (const auto& [key, value] : object.items()) {
        if (std::ranges::find(table.columns, key) == table.columns.end()) table.columns.push_back(key);
        if (value.is_null()) continue;
        if (value.is_structured()) return listing.skipped.push_back({row.place, "its field \"" + key + "\" is no text or number"});
        if (!value.is_number()) table.texts.insert(key);
        row.values[key] = value.is_string() ? value.get<std::string>() : value.dump();
    }
    table.rows.push_back(std::move(row));
}

Table readJson(const fs::path& file, const std::string& text, bool lines, Listing& listing)
{
    Table table;
    const std::string name = file.filename().string();
    if (lines) {
        std::int64_t number = 0;
        for (const std::string& line : split(text.starts_with("\xef\xbb\xbf") ? std::string_view(text).substr(3) : std::string_view(text), '\n')) {
            ++number;
            if (trimmed(line).empty()) continue;
            const std::string place = name + ":" + std::to_string(number);
            const json object = json::parse(line, nullptr, false);
            if (object.is_discarded()) listing.skipped.push_back({place, "is no JSON"});
            else addObject(object, place, table, listing);
        }
        return table;
    }
    json document;
    try {
        document = json::parse(text);
    } catch (const json::exception& error) {
        throw Error(ErrorCode::Damaged, std::string("is no JSON: ") + error.what(), file.string());
    }
    if (document.is_object() && document.contains("clips")) document = json(document.at("clips"));
    if (!document.is_array()) throw Error(ErrorCode::Damaged, "is no list of objects, nor an object with such a list called \"clips\"", file.string());
    std::int64_t number = 0;
    for (const json& object : document) addObject(object, name + ", clip " + std::to_string(++number), table, listing);
    return table;
}

double numberOf(const Row& row, const std::string& column)
{
    try {
        const double value = parseNumber(row.values.at(column), column);
        if (std::isfinite(value)) return value;
    } catch (const Error&) {  // said below
    }
    bad(column + " is '" + row.values.at(column).substr(0, 40) + "', no number");
}

int frameOf(const Row& row, const std::string& column)
{
    const double value = numberOf(row, column);
    if (value != std::floor(value) || value < 0 || value > 1e9) bad(column + " is " + row.values.at(column) + ", no number of a frame");
    return static_cast<int>(value);
}

/// What a row names, made safe to open.
class Finder {
public:
    Finder(const fs::path& manifest, const ManifestOptions& options) : m_options(options), m_base(fs::canonical(manifest).parent_path()) {}

    Recording recording(const Row& row) const
    {
        if (!row.values.contains("file")) bad("names no file");
        const std::string& name = row.values.at("file");
        if (name.find('\0') != std::string::npos) bad("the file's name holds a zero byte");
        const fs::path path = (m_base / name).lexically_normal();
        std::error_code error;
        const fs::path real = fs::canonical(path, error);
        if (error) bad(name + " is not there");
        if (!m_options.allowOutside && !inside(real)) bad(name + " lies outside the manifest's folder; set allow_outside=true if that is meant");
        Recording recording;
        recording.name = name;
        recording.path = real;
        if (fs::is_directory(real)) {
            pictures(recording, name);
        } else if (!fs::is_regular_file(real)) {
            bad(name + " is neither a file nor a folder");
        } else if (lowered(real.extension().string()) == ".npy") {
            array(recording, row);
        } else if (!hasVideoName(name) && lowered(real.extension().string()) != ".gif" && sniffPicture(real)) {
            recording.media = MediaKind::Strip;
            recording.layout = m_options.layout == "horizontal" || m_options.layout == "vertical" ? m_options.layout : "auto";
        }
        return recording;
    }

private:
    bool inside(const fs::path& real) const { return std::mismatch(m_base.begin(), m_base.end(), real.begin(), real.end()).first == m_base.end(); }
    void pictures(Recording& recording, const std::string& name) const
    {
        recording.media = MediaKind::Pictures;
        FileTree tree = listTree(recording.path, 1);
        std::erase_if(tree.files, [](const FoundFile& file) { return !hasPictureName(file.relative); });
        if (tree.files.empty()) bad("the folder " + name + " holds no pictures");
        std::vector<std::string> names;
        for (const FoundFile& file : tree.files) {
            names.push_back(file.relative);
            if (!m_options.allowOutside && fs::is_symlink(file.path) && !inside(fs::canonical(file.path))) bad(name + "/" + file.relative + " is a link that leads out of the manifest's folder; set allow_outside=true if that is meant");
        }
        const OrderedPictures ordered = orderedPictures(names);
        for (const std::size_t i : ordered.order) recording.pictures.push_back(std::move(tree.files[i].path));
        if (ordered.missing > 0) {
            recording.flags = "frames_missing=" + std::to_string(ordered.missing);
            recording.warnings.push_back(counted(static_cast<std::size_t>(ordered.missing), "frame") + " missing");
        }
    }
    void array(Recording& recording, const Row& row) const
    {
        recording.media = MediaKind::Array;
        const NpyHeader header = readNpyHeader(recording.path);
        const bool given = m_options.layout != "auto" && m_options.layout != "horizontal" && m_options.layout != "vertical";
        recording.layout = given ? m_options.layout : guessedLayout(header.shape);
        const std::int64_t rows = NpyFile(recording.path, recording.layout).rows();
        recording.row = row.values.contains("row") ? frameOf(row, "row") : 0;
        if (!row.values.contains("row") && rows > 1) bad(recording.name + " holds " + std::to_string(rows) + " clips; a column row says which");
        if (recording.row >= rows) bad(recording.name + " has no clip " + std::to_string(recording.row) + "; it holds " + std::to_string(rows));
        if (row.values.contains("row")) recording.name += "[" + row.values.at("row") + "]";
    }

    const ManifestOptions& m_options;
    fs::path m_base;
};

/// The label columns and every row's labels.
struct Labels {
    std::vector<LabelColumn> columns;
    std::vector<std::vector<float>> values;  ///< By row.
};

Labels labelsOf(const Table& table, const ManifestOptions& options)
{
    Labels out;
    out.values.resize(table.rows.size());
    std::set<std::string> named = {"class", "label"};
    for (const std::string& name : split(options.categories, ','))
        if (!trimmed(name).empty()) {
            named.insert(trimmed(name));
            if (std::ranges::find(table.columns, trimmed(name)) == table.columns.end()) throw Error(ErrorCode::Usage, "'" + trimmed(name) + "' is no column" + suggestion(trimmed(name), table.columns), "categories");
        }
    for (const std::string& column : table.columns) {
        if (column.empty() || std::ranges::find(kOwn, column) != kOwn.end()) continue;
        bool numbers = !named.contains(column) && !table.texts.contains(column), any = false;
        const auto natural = [](const std::string& a, const std::string& b) { return naturalLess(a, b); };
        std::map<std::string, float, decltype(natural)> categories(natural);
        for (const Row& row : table.rows) {
            const auto found = row.values.find(column);
            if (found == row.values.end()) continue;
            any = true;
            categories.emplace(found->second, 0.0F);
            if (!numbers) continue;
            try {
                parseNumber(found->second, column);
            } catch (const Error&) {
                numbers = false;
            }
        }
        if (!any) continue;
        LabelColumn label{column, {}, column == "class" || column == "label" || column == "action" || column == "expression" ? "motion" : column == "subject" || column == "actor" || column == "person" ? "appearance" : ""};
        if (!numbers)
            for (auto& [name, number] : categories) {
                number = static_cast<float>(label.categories.size());
                label.categories.push_back(name);
            }
        for (std::size_t i = 0; i < table.rows.size(); ++i) {
            const auto found = table.rows[i].values.find(column);
            out.values[i].push_back(found == table.rows[i].values.end() ? std::numeric_limits<float>::quiet_NaN()
                                    : numbers                           ? static_cast<float>(parseNumber(found->second, column))
                                                                        : categories.at(found->second));
        }
        out.columns.push_back(std::move(label));
    }
    return out;
}
}  // namespace

Listing listManifest(const fs::path& manifest, const ManifestOptions& options)
{
    std::error_code ignored;
    if (fs::is_directory(manifest, ignored)) throw Error(ErrorCode::NotFound, "is a folder; name the .csv, .json or .jsonl file in it", manifest.string());
    const std::string text = readFile(manifest, std::uintmax_t(1) << 30), extension = lowered(manifest.extension().string());
    Listing listing;
    const bool lines = extension == ".jsonl" || extension == ".ndjson";
    const Table table = lines || extension == ".json" ? readJson(manifest, text, lines, listing) : readCsv(manifest, text, listing);
    if (std::ranges::find(table.columns, "file") == table.columns.end())
        throw Error(ErrorCode::Damaged, "has no column 'file'" + (table.columns.empty() ? std::string() : "; its columns are " + listed(table.columns)), manifest.string());
    Labels labels = labelsOf(table, options);
    std::vector<std::string> groupColumns;
    for (const std::string& name : split(options.groupBy, ','))
        if (!trimmed(name).empty()) {
            groupColumns.push_back(trimmed(name));
            if (std::ranges::find(table.columns, groupColumns.back()) == table.columns.end()) throw Error(ErrorCode::Usage, "'" + groupColumns.back() + "' is no column" + suggestion(groupColumns.back(), table.columns), "group_by");
        }
    if (groupColumns.empty()) groupColumns = {"group"};
    const Finder finder(manifest, options);
    listing.labels = std::move(labels.columns);
    std::map<std::string, std::size_t> decoded;     // recordings whose parts are rows, by all that the rows must share
    std::map<std::string, std::string> names;       // of clips, to the place that took it
    std::set<std::string> items;
    const auto add = [&](Recording recording) {
        while (!items.insert(recording.name).second) recording.name += "'";  // the same file again, with another crop or group
        listing.recordings.push_back(std::move(recording));
    };
    const int base = static_cast<int>(options.rangesBase);
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
        const Row& row = table.rows[i];
        try {
            const auto text = [&](const std::string& column) {
                const auto found = row.values.find(column);
                return found == row.values.end() ? std::string() : found->second;
            };
            Recording recording = finder.recording(row);
            recording.split = options.split == "auto" ? text("split") : "";
            std::vector<std::string> parts;
            for (const std::string& column : groupColumns)
                if (!text(column).empty()) parts.push_back(text(column));
            if (parts.size() == groupColumns.size()) recording.group = join(parts, "/");
            if (row.values.contains("frame_rate_hz")) recording.frameRateHz = numberOf(row, "frame_rate_hz");
            if (recording.frameRateHz < 0) bad("frame_rate_hz is negative");
            const int sides = static_cast<int>(row.values.contains("x") + row.values.contains("y") + row.values.contains("w") + row.values.contains("h"));
            if (sides != 0 && sides != 4) bad("a crop has all of x, y, w and h");
            if (sides == 4) {
                recording.crop = {static_cast<float>(frameOf(row, "x")), static_cast<float>(frameOf(row, "y")), static_cast<float>(frameOf(row, "w")), static_cast<float>(frameOf(row, "h"))};
                if (recording.crop.empty()) bad("the crop's w and h are 0");
            }
            const auto claim = [&](const std::string& clip) {
                if (const auto [found, added] = names.try_emplace(clip, row.place); !added) bad("the same clip as " + found->second + ": " + clip);
            };
            const bool whole = !row.values.contains("start") && !row.values.contains("end");
            if (whole && !row.values.contains("name")) {
                claim(recording.name);
                recording.labels = labels.values[i];
                add(std::move(recording));
                continue;
            }
            RecordingPart part;
            const int first = row.values.contains("start") ? frameOf(row, "start") : base;
            if (first < base) bad("start is " + std::to_string(first) + ", but frames are counted from " + std::to_string(base));
            part.first = first - base;
            if (row.values.contains("end")) {
                const int last = frameOf(row, "end");
                if (last < first) bad("end is " + std::to_string(last) + ", before start " + std::to_string(first));
                part.count = last - first + 1;
            }
            part.name = row.values.contains("name") ? text("name") : std::to_string(first) + "-" + text("end");
            part.labels = labels.values[i];
            part.split = recording.split;
            claim(recording.name + "#" + part.name);
            const Box& crop = recording.crop;
            const std::string key = join({recording.name, recording.group, formatNumber(recording.frameRateHz), formatNumber(crop.x), formatNumber(crop.y), formatNumber(crop.width), formatNumber(crop.height)}, "\n");
            const auto [found, added] = decoded.try_emplace(key, listing.recordings.size());
            if (added) {
                recording.labels = part.labels;
                add(std::move(recording));
            }
            // of the recording itself is known what all its parts share
            std::vector<float>& shared = listing.recordings[found->second].labels;
            for (std::size_t c = 0; c < shared.size(); ++c)
                if (shared[c] != part.labels[c]) shared[c] = std::numeric_limits<float>::quiet_NaN();
            listing.recordings[found->second].parts.push_back(std::move(part));
        } catch (const Error& error) {
            listing.skipped.push_back({row.place, error.detail()});
        } catch (const fs::filesystem_error& error) {
            listing.skipped.push_back({row.place, error.code().message()});
        }
    }
    if (listing.recordings.empty())
        throw Error(ErrorCode::NotFound, listing.skipped.empty() ? "names no files" : "names no file that can be imported; the first of " + std::to_string(listing.skipped.size()) + " skipped: " + listing.skipped.front().file + ": " +
                                                                                          listing.skipped.front().reason, manifest.string());
    listing.notes.push_back("read as: " + counted(names.size(), "clip") + " of " + counted(listing.recordings.size(), "recording"));
    if (options.split == "group") splitByGroups(listing, options.testGroups, options.folds, options.fold);
    return listing;
}

DatasetAdapter manifestAdapter()
{
    DatasetDescription description{"manifest", "Manifest", "A CSV or JSON file that names videos, folders of pictures, strips or arrays with labels and ranges", false, {}, {}, {}};
    DatasetAdapter adapter = publishedAdapter<ManifestOptions>(std::move(description), [](const fs::path& source) { return peekKind(source) == GenericKind::Manifest; }, listManifest);
    adapter.generic = true;
    return adapter;
}

}  // namespace kinora
