#include "app/import/commands.h"

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "app/import/support.h"
#include "core/clipfile/clip_file.h"
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
    cli::print("Built in (rendered on demand):");
    for (const DatasetDescription& description : describeSynthetic()) {
        document["builtin"].push_back(toJson(description));
        cli::print("  " + description.id + "  " + description.summary);
    }
    cli::print("Kinds that 'kinora datasets import KIND SOURCE -o FILE.h5' reads:");
    for (const DatasetAdapter& adapter : datasetAdapters()) {
        document["kinds"].push_back(toJson(adapter.description));
        cli::print("  " + adapter.description.id + "  " + adapter.description.summary);
        for (const OptionField& field : adapter.description.options) cli::print("      --set " + field.key + "=" + optionText(field.fallback) + "  " + field.help);
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

json clipJson(std::int64_t index, const ClipInfo& info, const std::vector<LabelColumn>& columns)
{
    json labels = json::object();
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const float value = info.labels.at(i);
        if (std::isnan(value)) labels[columns[i].name] = nullptr;
        else if (columns[i].categorical()) labels[columns[i].name] = columns[i].categories.at(static_cast<std::size_t>(value));
        else labels[columns[i].name] = value;
    }
    return {{"index", index}, {"name", info.name}, {"frames", info.frames}, {"width", info.width}, {"height", info.height}, {"frame_rate_hz", info.frameRateHz},
            {"split", info.split}, {"group", info.group}, {"source", info.source}, {"labels", labels}};
}

void showInfo(const std::string& name, const std::string& clips)
{
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
        if (isHdf5(source->name()))
            for (const auto& [key, value] : clipFileAttributes(source->name())) {
                document["attributes"][key] = value;
                cli::print("  " + key + std::string(key.size() < 11 ? 12 - key.size() : 1, ' ') + value);
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
    list->callback(listDatasets);

    static std::string name, clips;
    CLI::App* info = cli::addCommand(datasets, "info", "Counts, sizes, labels, streams and provenance of a dataset",
                                     "  kinora datasets info actions.h5\n  kinora datasets info 'builtin:faces?clips=64' --clips 0-3");
    info->add_option("DATASET", name, "A clip file (.h5, .safetensors), a folder, or builtin:faces, builtin:puppets")->required();
    info->add_option("--clips", clips, "Also list these clips: 0-3,7");
    info->callback([] { showInfo(name, clips); });
}

}  // namespace kinora::app
