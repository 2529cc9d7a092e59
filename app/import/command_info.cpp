#include "app/import/commands.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "app/import/support.h"
#include "app/shared/catalogue_texts.h"
#include "core/clipfile/clip_file.h"
#include "core/dataset/exclusions.h"
#include "core/util/file.h"
#include "core/util/text.h"
#include "datasets/catalogue.h"
#include "datasets/synthetic/synthetic.h"

namespace kinora::app {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {
void listDatasets()
{
    json document{{"builtin", json::array()}, {"kinds", json::array()}, {"files", json::array()}};
    const auto line = [](const DatasetDescription& description) {
        const std::string& id = description.id;
        cli::print("  " + id + std::string(id.size() < 16 ? 17 - id.size() : 1, ' ') + description.name);
    };
    cli::print("Built in, rendered on demand:");
    for (const DatasetDescription& description : describeSynthetic()) {
        document["builtin"].push_back(toJson(description));
        line(description);
    }
    cli::print("Kinds that 'kinora datasets import KIND SOURCE -o FILE.h5' reads ('kinora datasets info KIND' tells of one):");
    for (const DatasetAdapter& adapter : datasetAdapters()) {
        document["kinds"].push_back(toJson(adapter.description));
        document["kinds"].back()["generic"] = adapter.generic;
        line(adapter.description);
    }
    bool any = false;
    const auto folder = [&](const fs::path& path) {
        std::error_code error;
        std::vector<fs::path> found;
        for (fs::directory_iterator at(path, error), end; !error && at != end; at.increment(error))
            if (isHdf5(at->path()) || at->path().extension() == ".safetensors") found.push_back(at->path());
        std::ranges::sort(found);
        for (const fs::path& file : found) {
            if (!any) cli::print("Files:");
            any = true;
            document["files"].push_back(file.string());
            cli::print("  " + file.string());
        }
    };
    folder(Places::data() / "datasets");
    folder(Places::cache() / "datasets");
    if (cli::wantsJson()) cli::printJson(document);
}

/// What the kinds say of themselves, the labels of published layouts among it, for translators.
void printTexts()
{
    CatalogueTexts texts;
    for (const DatasetAdapter& adapter : datasetAdapters()) texts.add(adapter.description);
    texts.addAll({"listing", "importing", "merging"});                                                                                        // what an import says it is doing
    texts.addAll({"train", "test", "validation", "none"});                                                                                    // splits
    texts.addAll({"expression", "smile", "action", "class", "subject", "person", "family", "gender", "age", "session", "take", "take_suffix"});  // label columns
    texts.addAll({"group_number", "clip_number", "split_01", "split_02", "split_03", "camera", "light"});
    texts.addAll({"anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise", "deliberate", "spontaneous", "female", "male"});  // and their categories
    texts.addAll({"bend", "jack", "jump", "pjump", "run", "side", "skip", "walk", "wave1", "wave2"});
    texts.print("kinora datasets list --texts");
}

json clipJson(std::int64_t index, const ClipInfo& info, const std::vector<LabelColumn>& columns)
{
    json labels = json::object();
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const float value = info.labels.at(i);
        if (std::isnan(value)) labels[columns[i].name] = nullptr;
        else if (columns[i].categorical()) labels[columns[i].name] = columns[i].categories.at(static_cast<std::size_t>(value));
        else labels[columns[i].name] = value;
    }
    json clip{{"index", index}, {"name", info.name}, {"frames", info.frames}, {"width", info.width}, {"height", info.height}, {"frame_rate_hz", info.frameRateHz},
              {"split", info.split}, {"group", info.group}, {"source", info.source}, {"labels", labels}};
    if (const ClipOrigin& origin = info.origin; !(origin == ClipOrigin())) {
        clip["origin"] = {{"sha256", origin.sha256}, {"first_frame", origin.firstFrame}, {"frame_step", origin.frameStep}, {"flags", origin.flags}};
        if (!origin.crop.empty()) clip["origin"]["crop"] = {origin.crop.x, origin.crop.y, origin.crop.width, origin.crop.height};
    }
    return clip;
}

/// A text of several lines, indented.
void printBlock(const std::string& heading, const std::string& text)
{
    if (text.empty()) return;
    const std::vector<std::string> lines = split(text, '\n');
    if (lines.size() == 1) {
        cli::print("  " + heading + std::string(heading.size() < 11 ? 12 - heading.size() : 1, ' ') + text);
        return;
    }
    cli::print("  " + heading);
    for (const std::string& line : lines) cli::print(line.empty() ? line : "    " + line);
}

void printCard(const DataCard& card)
{
    printBlock("origin", card.origin);
    printBlock("licence", card.licence);
    printBlock("obtain", card.obtain);
    printBlock("homepage", card.homepage);
    printBlock("citation", card.citation);
}

/// The kind with this id, or nothing.
const DatasetAdapter* kindNamed(const std::string& id)
{
    for (const DatasetAdapter& adapter : datasetAdapters())
        if (adapter.description.id == id) return &adapter;
    return nullptr;
}

void showKind(const DatasetAdapter& adapter)
{
    const DatasetDescription& description = adapter.description;
    if (cli::wantsJson()) cli::printJson(toJson(description));
    cli::print(description.id + ": " + description.name);
    cli::print("  " + description.summary);
    printCard(description.card);
    if (!description.presets.empty()) cli::print("  presets (--preset)");
    for (const OptionPreset& preset : description.presets) {
        cli::print("    " + preset.id + std::string(preset.id.size() < 16 ? 17 - preset.id.size() : 1, ' ') + preset.name);
        std::vector<std::string> values;
        for (const auto& [key, value] : preset.values)
            if (const auto field = std::ranges::find(description.options, key, &OptionField::key); field == description.options.end() || field->fallback != value) values.push_back(key + "=" + optionText(value));
        if (!values.empty()) cli::print("      " + join(values, " "));
    }
    if (!description.options.empty()) cli::print("  options (--set)");
    for (const OptionField& field : description.options) {
        cli::print("    " + field.key + "=" + optionText(field.fallback) + (field.limits.choices.empty() ? "" : "  of " + join(field.limits.choices, ", ")));
        cli::print("      " + field.help);
    }
}

/// The kind that a file's clips were imported as, through exports and rewritings.
const DatasetAdapter* recordedKind(std::map<std::string, std::string> attributes)
{
    for (int depth = 0; depth < 8; ++depth) {
        const auto kind = attributes.find("kind");
        if (kind == attributes.end()) return nullptr;
        if (const DatasetAdapter* adapter = kindNamed(kind->second); adapter && kind->second != "hdf5") return adapter;
        const auto original = attributes.find("original");
        const json before = original == attributes.end() ? json() : json::parse(original->second, nullptr, false);
        if (!before.is_object()) return nullptr;
        attributes.clear();
        for (const auto& [key, value] : before.items())
            if (value.is_string()) attributes[key] = value.get<std::string>();
    }
    return nullptr;
}

/// What is recorded of an import, in words.
void printReport(const json& report)
{
    const auto count = [&](const char* key) { return report.contains(key) && report[key].is_array() ? report[key].size() : std::size_t(0); };
    if (count("skipped") > 0) {
        cli::print("  skipped     " + std::to_string(count("skipped")) + " files when it was imported");
        std::size_t shown = 0;
        for (const json& skip : report["skipped"])
            if (skip.is_object() && ++shown <= 10) cli::print("    " + skip.value("file", "") + ": " + skip.value("reason", ""));
        if (shown > 10) cli::print("    ... and " + std::to_string(shown - 10) + " more; --json lists all");
    }
    if (count("warnings") > 0) cli::print("  warnings    " + std::to_string(count("warnings")) + " when it was imported; --json lists them");
}

void showInfo(const std::string& name, const std::string& clips)
{
    if (const DatasetAdapter* adapter = kindNamed(name)) {
        showKind(*adapter);
        return;
    }
    const std::shared_ptr<const ClipSource> source = openDataset(name);
    const std::vector<LabelColumn>& columns = source->labelColumns();
    std::vector<std::int64_t> lengths;
    std::int64_t frames = 0;
    std::map<std::pair<int, int>, std::int64_t> sizes;
    std::map<double, std::int64_t> rates;
    std::map<std::string, std::int64_t> splits;
    std::set<std::string> groups;
    std::vector<std::vector<std::int64_t>> counts(columns.size());
    std::vector<std::int64_t> missing(columns.size(), 0);
    std::vector<std::pair<float, float>> ranges(columns.size(), {INFINITY, -INFINITY});
    for (std::size_t i = 0; i < columns.size(); ++i) counts[i].assign(columns[i].categories.size(), 0);
    for (std::int64_t index = 0; index < source->size(); ++index) {
        const ClipInfo info = source->info(index);
        lengths.push_back(info.frames);
        frames += info.frames;
        ++sizes[{info.width, info.height}];
        ++rates[info.frameRateHz];
        ++splits[info.split];
        if (!info.group.empty()) groups.insert(info.group);
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const float value = info.labels.at(i);
            if (std::isnan(value)) ++missing[i];
            else if (columns[i].categorical()) ++counts[i].at(static_cast<std::size_t>(value));
            else ranges[i] = {std::min(ranges[i].first, value), std::max(ranges[i].second, value)};
        }
    }
    std::ranges::sort(lengths);
    json document{{"name", source->name()}, {"clips", source->size()}, {"frames", frames}, {"groups", groups.size()}, {"sizes", json::array()}, {"frame_rates_hz", json::array()},
                  {"splits", json::object()}, {"labels", json::array()}, {"streams", json::array()}, {"attributes", json::object()}};
    cli::print(source->name() + ": " + std::to_string(source->size()) + " clips, " + std::to_string(frames) + " frames");
    if (!lengths.empty()) {
        document["lengths"] = {{"minimum", lengths.front()}, {"median", lengths[lengths.size() / 2]}, {"maximum", lengths.back()}};
        cli::print("  length      " + std::to_string(lengths.front()) + " to " + std::to_string(lengths.back()) + " frames, median " + std::to_string(lengths[lengths.size() / 2]));
    }
    for (const auto& [size, count] : sizes) {
        document["sizes"].push_back({{"width", size.first}, {"height", size.second}, {"clips", count}});
        cli::print("  size        " + std::to_string(size.first) + "x" + std::to_string(size.second) + "  (" + std::to_string(count) + " clips)");
    }
    for (const auto& [rate, count] : rates) {
        document["frame_rates_hz"].push_back({{"frame_rate_hz", rate}, {"clips", count}});
        cli::print("  frame rate  " + (rate > 0 ? formatNumber(rate) + " Hz" : std::string("not known")) + "  (" + std::to_string(count) + " clips)");
    }
    for (const auto& [split, count] : splits) {
        document["splits"][split] = count;
        if (!split.empty()) cli::print("  split       " + split + "  (" + std::to_string(count) + " clips)");
    }
    if (!groups.empty()) cli::print("  groups      " + std::to_string(groups.size()));
    for (std::size_t i = 0; i < columns.size(); ++i) {
        json label{{"name", columns[i].name}, {"role", columns[i].role}, {"categories", columns[i].categories}, {"unknown", missing[i]}};
        std::string line = "  label       " + columns[i].name + (columns[i].role.empty() ? "" : " (" + columns[i].role + ")") + ":";
        if (columns[i].categorical()) {
            label["counts"] = counts[i];
            for (std::size_t k = 0; k < counts[i].size(); ++k) line += " " + columns[i].categories[k] + " " + std::to_string(counts[i][k]) + (k + 1 < counts[i].size() ? "," : "");
        } else if (ranges[i].first <= ranges[i].second) {
            label["minimum"] = ranges[i].first;
            label["maximum"] = ranges[i].second;
            line += " " + formatNumber(static_cast<double>(ranges[i].first)) + " to " + formatNumber(static_cast<double>(ranges[i].second));
        }
        if (missing[i] > 0) line += ", " + std::to_string(missing[i]) + " not known";
        document["labels"].push_back(std::move(label));
        cli::print(line);
    }
    for (const StreamColumn& column : source->streamColumns()) {
        document["streams"].push_back({{"name", column.name}, {"type", column.type}, {"channels", column.channels}, {"pixels", column.pixels}});
        cli::print("  stream      " + column.name + ": " + column.type + ", " + std::to_string(column.channels) + (column.pixels ? " per pixel" : " per frame"));
    }
    std::error_code ignored;
    if (fs::is_regular_file(source->name(), ignored)) {
        document["bytes"] = fs::file_size(source->name(), ignored);
        const std::size_t excluded = readExclusions(source->name()).size();
        document["excluded"] = excluded;
        if (excluded > 0) cli::print("  excluded    " + std::to_string(excluded) + " clips, listed in " + exclusionsFile(source->name()).filename().string());
        if (isHdf5(source->name())) {
            const std::map<std::string, std::string> attributes = clipFileAttributes(source->name());
            for (const auto& [key, value] : attributes) {
                const json read = key == "report" || key == "options" || key == "original" ? json::parse(value, nullptr, false) : json();
                document["attributes"][key] = value;
                if (key == "report" && read.is_object()) {
                    document["report"] = read;
                    printReport(read);
                } else if (key != "original" && key != "skipped") {
                    cli::print("  " + key + std::string(key.size() < 11 ? 12 - key.size() : 1, ' ') + value);
                }
            }
            document["attributes"].erase("report");
            if (const DatasetAdapter* adapter = recordedKind(attributes); adapter && !adapter->description.card.empty()) {
                document["card"] = toJson(adapter->description)["card"];
                cli::print("  -- " + adapter->description.name);
                printCard(adapter->description.card);
            }
        }
    }
    if (!clips.empty()) {
        document["clip_list"] = json::array();
        for (const std::int64_t index : parseClips(clips, source->size())) {
            document["clip_list"].push_back(clipJson(index, source->info(index), columns));
            cli::print("  " + document["clip_list"].back().dump(-1, ' ', false, json::error_handler_t::replace));
        }
    }
    if (cli::wantsJson()) cli::printJson(document);
}
}  // namespace

void addInfoCommands(CLI::App& datasets)
{
    CLI::App* list = cli::addCommand(datasets, "list", "Built-in datasets, kinds that can be imported, and files in Kinora's folders", "  kinora datasets list --json");
    static bool texts = false;
    list->add_flag("--texts", texts, "Every described text as a source for translators");
    list->callback([] { texts ? printTexts() : listDatasets(); });

    static std::string name, clips;
    CLI::App* info = cli::addCommand(datasets, "info", "What a dataset holds and where it comes from; or what a kind of data is, its terms, citation, presets and options",
                                     "  kinora datasets info actions.h5\n  kinora datasets info mug\n  kinora datasets info 'builtin:faces?clips=64' --clips 0-3");
    info->add_option("DATASET", name, "A clip file (.h5, .safetensors), a folder, builtin:faces, builtin:puppets, or a kind of 'kinora datasets list'")->required();
    info->add_option("--clips", clips, "Also list these clips: 0-3,7");
    info->callback([] { showInfo(name, clips); });
}

}  // namespace kinora::app
