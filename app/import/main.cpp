// kinora-import: 'kinora datasets ...'. The only program that decodes foreign pictures and videos; may die without harm to a run or the window.
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

#include "app/shared/command_line.h"
#include "core/clipfile/clip_file.h"
#include "core/dataset/cached_import.h"
#include "core/dataset/safetensors_clips.h"
#include "core/export/encoder.h"
#include "core/clip/transform.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/log.h"
#include "core/util/text.h"
#include "datasets/catalogue.h"
#include "datasets/import/import_job.h"
#include "datasets/synthetic/synthetic.h"

namespace kinora::app {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {
volatile std::sig_atomic_t g_signal = 0;
std::stop_source g_stop;

void catchSignals()
{
    std::signal(SIGINT, [](int number) { g_signal = number; });
    std::signal(SIGTERM, [](int number) { g_signal = number; });
}

/// Shows progress on a terminal, or as one JSON object a line on standard error for a program that waits; also passes a signal on.
class Progress {
public:
    explicit Progress(const std::string& mode) : m_json(mode == "json"), m_terminal(mode == "auto" && ::isatty(2) == 1) {}
    ~Progress()
    {
        if (m_terminal && m_shown) std::fputs("\r\x1b[K", stderr);
    }
    void operator()(std::int64_t done, std::int64_t total, const std::string& file = {})
    {
        if (g_signal != 0) g_stop.request_stop();
        const auto now = std::chrono::steady_clock::now();
        if (done != total && now - m_last < std::chrono::milliseconds(100)) return;
        m_last = now;
        m_shown = true;
        if (m_json) {
            const std::string line = json{{"done", done}, {"total", total}, {"file", file}}.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
            std::fputs(line.c_str(), stderr);
        } else if (m_terminal) {
            std::fprintf(stderr, "\r\x1b[K%lld of %lld  %.60s", static_cast<long long>(done), static_cast<long long>(total), file.c_str());
        }
    }

private:
    bool m_json, m_terminal, m_shown = false;
    std::chrono::steady_clock::time_point m_last{};
};

/// Runs \p work; an interruption ends with the exit code of its signal.
template <class Work>
void interruptible(Work&& work)
{
    catchSignals();
    try {
        work();
    } catch (const Error& error) {
        if (error.code() != ErrorCode::Cancelled || g_signal != SIGTERM) throw;
        std::fprintf(stderr, "kinora: %s\n", error.what());
        throw CLI::RuntimeError(128 + SIGTERM);
    }
}

/// "0-63,70" as clip numbers. \throws Error (Usage)
std::vector<std::int64_t> parseClips(const std::string& text, std::int64_t size)
{
    std::vector<std::int64_t> list;
    for (const std::string& part : split(text, ',')) {
        const std::size_t dash = part.find('-', 1);
        const long long from = parseInteger(part.substr(0, dash), "--clips"), to = dash == std::string::npos ? from : parseInteger(part.substr(dash + 1), "--clips");
        if (from < 0 || to < from) throw Error(ErrorCode::Usage, "'" + part + "' is no range of clips; write 0-63 or 5,7,9", "--clips");
        if (to >= size) throw Error(ErrorCode::Usage, "there is no clip " + std::to_string(to) + "; the dataset has " + std::to_string(size), "--clips");
        for (long long i = from; i <= to; ++i) list.push_back(i);
    }
    return list;
}

std::vector<std::int64_t> firstClips(std::int64_t count)
{
    std::vector<std::int64_t> list(static_cast<std::size_t>(std::max<std::int64_t>(count, 0)));
    std::iota(list.begin(), list.end(), 0);
    return list;
}

/// "64" or "96x64" (width x height).
std::pair<int, int> parsePair(const std::string& text, const std::string& what)
{
    const std::size_t cross = text.find('x');
    const long long first = parseInteger(text.substr(0, cross), what), second = cross == std::string::npos ? first : parseInteger(text.substr(cross + 1), what);
    if (first < 1 || second < 1 || first > 16384 || second > 16384) throw Error(ErrorCode::Usage, "'" + text + "' is out of range", what);
    return {static_cast<int>(first), static_cast<int>(second)};
}

/// Whatever --dataset may name.
std::shared_ptr<const ClipSource> openDataset(const std::string& name)
{
    if (isSynthetic(name)) return openSynthetic(name);
    const fs::path path = name;
    std::error_code ignored;
    if (!fs::exists(path, ignored)) throw Error(ErrorCode::NotFound, "no such dataset; it is a clip file (.h5, .safetensors), a folder, builtin:faces or builtin:puppets", name);
    if (fs::is_directory(path, ignored)) return openClipFile(cachedImport(path));
    if (path.extension() == ".safetensors") return openSafetensorsClips(path);
    return openClipFile(path);
}

bool isHdf5(const fs::path& path) { return path.extension() == ".h5" || path.extension() == ".hdf5"; }

// --- list ------------------------------------------------------------------------------------------------------------------------

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

// --- info ------------------------------------------------------------------------------------------------------------------------

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

// --- import ----------------------------------------------------------------------------------------------------------------------

struct ImportArguments {
    std::string kind, source, target, progress = "auto";
    std::vector<std::string> settings;
    bool dryRun = false, strict = false;
};

void runImport(const ImportArguments& arguments)
{
    const bool automatic = arguments.kind == "auto";
    const DatasetAdapter& adapter = automatic ? detectDataset(arguments.source) : datasetAdapter(arguments.kind);
    if (!arguments.dryRun && arguments.target.empty()) throw Error(ErrorCode::Usage, "say where to write with -o FILE.h5, or pass --dry-run", "datasets import");
    if (!arguments.target.empty() && !isHdf5(arguments.target)) throw Error(ErrorCode::Usage, "an import is written as .h5; 'kinora datasets export' makes other formats of it", arguments.target);
    ImportJob job{.kind = adapter.description.id, .source = arguments.source, .options = cli::parseSettings(arguments.settings, adapter.description.options)};
    if (!arguments.dryRun) job.target = arguments.target;
    job.dryRun = arguments.dryRun;
    job.stop = g_stop.get_token();
    ImportReport report;
    {
        Progress progress(arguments.progress);
        job.progress = [&](const ImportProgress& at) { progress(at.done, at.total, at.file); };
        report = importDataset(job);
    }
    json skipped = json::array();
    for (const SkippedFile& file : report.skipped) skipped.push_back({{"file", file.file}, {"reason", file.reason}});
    if (cli::wantsJson())
        cli::printJson({{"kind", adapter.description.id}, {"source", arguments.source}, {"file", job.target.string()}, {"dry_run", arguments.dryRun}, {"clips", report.clips}, {"frames", report.frames},
                        {"skipped", skipped}, {"notes", report.notes}});
    for (const std::string& note : report.notes) cli::print("note: " + note);
    cli::print((arguments.dryRun ? "would import " : "imported ") + std::to_string(report.clips) + " clips, " + std::to_string(report.frames) + " frames from " + arguments.source +
               (automatic ? " (" + adapter.description.id + ")" : "") + (arguments.dryRun ? "" : " into " + arguments.target));
    constexpr std::size_t kShown = 20;
    if (!report.skipped.empty()) cli::print(std::to_string(report.skipped.size()) + " files were skipped:");
    for (std::size_t i = 0; i < std::min(kShown, report.skipped.size()); ++i) cli::print("  " + report.skipped[i].file + ": " + report.skipped[i].reason);
    if (report.skipped.size() > kShown) cli::print("  ... and " + std::to_string(report.skipped.size() - kShown) + " more; --json lists all");
    if (arguments.strict && !report.skipped.empty()) throw CLI::RuntimeError(exitCode(ErrorCode::CheckFailed));
}

// --- verify ----------------------------------------------------------------------------------------------------------------------

void verifyDataset(const std::string& name, const std::string& mode)
{
    ClipFileReport report;
    {
        Progress progress(mode);
        const std::shared_ptr<const ClipSource> source = openDataset(name);
        if (isHdf5(source->name())) {
            report = verifyClipFile(source->name(), [&](std::int64_t done, std::int64_t total) { progress(done, total); }, g_stop.get_token());
        } else {
            for (std::int64_t i = 0; i < source->size(); ++i) {
                if (g_stop.stop_requested()) throw Error(ErrorCode::Cancelled, "the verification was interrupted", name);
                const ClipInfo info = source->info(i);
                try {
                    report.frames += source->frames(i).count();
                } catch (const Error& error) {
                    report.problems.emplace_back(info.name, error.detail());
                }
                ++report.clips;
                progress(i + 1, source->size(), info.name);
            }
        }
    }
    json problems = json::array();
    for (const auto& [clip, problem] : report.problems) {
        problems.push_back({{"clip", clip}, {"problem", problem}});
        cli::print(clip + ": " + problem);
    }
    if (cli::wantsJson()) cli::printJson({{"name", name}, {"clips", report.clips}, {"frames", report.frames}, {"problems", problems}});
    cli::print(name + ": " + std::to_string(report.clips) + " clips, " + std::to_string(report.frames) + " frames read, " +
               (report.problems.empty() ? "all as they were written" : std::to_string(report.problems.size()) + " problems"));
    if (!report.problems.empty()) throw CLI::RuntimeError(exitCode(ErrorCode::CheckFailed));
}

// --- export ----------------------------------------------------------------------------------------------------------------------

/// Chosen clips of a dataset, cut to a length and resized: what is exported.
class ExportView final : public ClipSource {
public:
    ExportView(std::shared_ptr<const ClipSource> source, std::vector<std::int64_t> indices, int frames, std::pair<int, int> size)
        : m_source(std::move(source)), m_indices(std::move(indices)), m_frames(frames), m_size(size)
    {
        for (const StreamColumn& column : m_source->streamColumns()) {
            if (m_size.first == 0 || !column.pixels) m_streams.push_back(column);
            else log::warning("stream '" + column.name + "' is left out: it has one value per pixel and --size changes the pixels");
        }
    }
    std::string name() const override { return m_source->name(); }
    std::int64_t size() const override { return static_cast<std::int64_t>(m_indices.size()); }
    ClipInfo info(std::int64_t index) const override
    {
        ClipInfo info = m_source->info(m_indices.at(static_cast<std::size_t>(index)));
        if (m_frames > 0) {
            if (m_frames > info.frames) throw Error(ErrorCode::Usage, "clip '" + info.name + "' has only " + std::to_string(info.frames) + " frames, not " + std::to_string(m_frames), "--frames");
            info.frames = m_frames;
        }
        if (m_size.first > 0) {
            info.width = m_size.first;
            info.height = m_size.second;
        }
        return info;
    }
    const std::vector<LabelColumn>& labelColumns() const override { return m_source->labelColumns(); }
    const std::vector<StreamColumn>& streamColumns() const override { return m_streams; }
    Frames frames(std::int64_t index, const FrameWindow& window) const override
    {
        const ClipInfo exported = info(index);
        Frames clip = m_source->frames(m_indices.at(static_cast<std::size_t>(index)), resolved(window, exported.frames));
        return m_size.first > 0 ? resizedAndCropped(clip, m_size.second, m_size.first) : clip;
    }
    std::vector<std::uint8_t> stream(std::int64_t index, const std::string& name, const FrameWindow& window) const override
    {
        return m_source->stream(m_indices.at(static_cast<std::size_t>(index)), name, resolved(window, info(index).frames));
    }

private:
    std::shared_ptr<const ClipSource> m_source;
    std::vector<std::int64_t> m_indices;
    int m_frames;
    std::pair<int, int> m_size;
    std::vector<StreamColumn> m_streams;
};

struct ExportArguments {
    std::string dataset, target, clips, size, grid, progress = "auto";
    int frames = 0, scale = 1, loops = 0;
    double frameRateHz = 0;
};

void exportPicture(const ExportView& view, const ExportArguments& arguments)
{
    const auto count = static_cast<int>(view.size());
    std::pair<int, int> grid;
    if (arguments.grid.empty()) {
        grid.second = static_cast<int>(std::ceil(std::sqrt(count)));
        grid.first = (count + grid.second - 1) / grid.second;
    } else {
        grid = parsePair(arguments.grid, "--grid");
    }
    if (static_cast<std::int64_t>(grid.first) * grid.second < count)
        throw Error(ErrorCode::Usage, arguments.grid + " has fewer cells than the " + std::to_string(count) + " clips; make it larger or choose clips with --clips", "--grid");
    std::vector<Frames> clips;
    const ClipInfo first = view.info(0);
    for (std::int64_t i = 0; i < count; ++i) {
        if (g_signal != 0) throw Error(ErrorCode::Cancelled, "the export was interrupted; nothing was left behind", arguments.target);
        const ClipInfo info = view.info(i);
        if (info.width != first.width || info.height != first.height)
            throw Error(ErrorCode::Usage, "clip '" + info.name + "' is " + std::to_string(info.width) + "x" + std::to_string(info.height) + ", others are " + std::to_string(first.width) + "x" +
                                              std::to_string(first.height) + "; pass --size, as in --size " + std::to_string(first.width) + "x" + std::to_string(first.height), "--size");
        clips.push_back(view.frames(i, {}));
    }
    ExportOptions options;
    options.frameRateHz = arguments.frameRateHz > 0 ? arguments.frameRateHz : first.frameRateHz > 0 ? first.frameRateHz : 10;
    options.scale = arguments.scale;
    options.loops = arguments.loops;
    options.comment = json{{"program", "kinora datasets export"}, {"dataset", view.name()}, {"clips", arguments.clips}}.dump(-1, ' ', false, json::error_handler_t::replace);
    exportClip(clips.size() == 1 ? clips.front() : tile(clips, grid.first, grid.second), arguments.target, options);
}

void runExport(const ExportArguments& arguments)
{
    const fs::path target = arguments.target;
    const bool hdf5 = isHdf5(target), tensors = target.extension() == ".safetensors";
    const std::vector<std::string> formats = exportFormats();
    std::string extension = target.extension().string();
    if (!hdf5 && !tensors && (extension.empty() || std::ranges::find(formats, extension.substr(1)) == formats.end()))
        throw Error(ErrorCode::Usage, "'" + extension + "' is no format that is exported (known: h5, safetensors, " + join(formats, ", ") + ")", arguments.target);
    if (arguments.frames < 0) throw Error(ErrorCode::Usage, "must be positive", "--frames");
    const std::shared_ptr<const ClipSource> source = openDataset(arguments.dataset);
    std::error_code ignored;
    if (fs::equivalent(source->name(), target, ignored)) throw Error(ErrorCode::Usage, "the dataset cannot be its own target", arguments.target);
    const bool all = hdf5 || tensors;
    std::vector<std::int64_t> indices = arguments.clips.empty() ? firstClips(all ? source->size() : std::min<std::int64_t>(16, source->size())) : parseClips(arguments.clips, source->size());
    if (indices.empty()) throw Error(ErrorCode::Usage, "has no clips to export", arguments.dataset);
    const ExportView view(source, std::move(indices), arguments.frames, arguments.size.empty() ? std::pair{0, 0} : parsePair(arguments.size, "--size"));
    {
        Progress progress(arguments.progress);
        const auto step = [&](std::int64_t done, std::int64_t total) { progress(done, total); };
        if (tensors) {
            writeSafetensorsClips(view, firstClips(view.size()), target, 0, step, g_stop.get_token());
        } else if (hdf5) {
            ClipFileWriter writer(target, view.labelColumns(), view.streamColumns(), {{"kind", "export"}, {"source", view.name()}, {"clips", arguments.clips}});
            for (std::int64_t i = 0; i < view.size(); ++i) {
                if (g_stop.stop_requested()) throw Error(ErrorCode::Cancelled, "the export was interrupted; nothing was left behind", arguments.target);
                std::vector<std::vector<std::uint8_t>> streams;
                for (const StreamColumn& column : view.streamColumns()) streams.push_back(view.stream(i, column.name, {}));
                writer.add(view.info(i), view.frames(i, {}), streams);
                step(i + 1, view.size());
            }
            writer.finish();
        } else {
            exportPicture(view, arguments);
        }
    }
    if (cli::wantsJson()) cli::printJson({{"file", arguments.target}, {"clips", view.size()}, {"bytes", fs::file_size(target)}});
    cli::print("wrote " + std::to_string(view.size()) + (view.size() == 1 ? " clip to " : " clips to ") + arguments.target);
}

void addProgress(CLI::App* command, std::string& mode)
{
    command->add_option("--progress", mode, "auto: on a terminal; json: one object a line on standard error; off")->check(CLI::IsMember({"auto", "json", "off"}));
}
}  // namespace

void addDatasetsCommands(CLI::App& app)
{
    CLI::App* datasets = app.add_subcommand("datasets", "List, inspect, import, verify and export datasets");
    datasets->require_subcommand(1);

    CLI::App* list = cli::addCommand(*datasets, "list", "Built-in datasets, kinds that can be imported, and files in Kinora's folders", "  kinora datasets list --json");
    list->callback(listDatasets);

    static std::string name, clips, progress = "auto";
    CLI::App* info = cli::addCommand(*datasets, "info", "Counts, sizes, labels, streams and provenance of a dataset",
                                     "  kinora datasets info actions.h5\n  kinora datasets info 'builtin:faces?clips=64' --clips 0-3");
    info->add_option("DATASET", name, "A clip file (.h5, .safetensors), a folder, or builtin:faces, builtin:puppets")->required();
    info->add_option("--clips", clips, "Also list these clips: 0-3,7");
    info->callback([] { showInfo(name, clips); });

    static ImportArguments import;
    CLI::App* importing = cli::addCommand(*datasets, "import", "Turn foreign data into a clip file",
                                          "  kinora datasets import strips data/actions -o actions.h5 --set class_names=actions\n"
                                          "  kinora datasets import synthetic 'builtin:faces?clips=16' -o faces.h5\n"
                                          "  kinora datasets import auto data/shapes --dry-run");
    importing->add_option("KIND", import.kind, "strips, hdf5, synthetic, or auto to find out; 'kinora datasets list' shows their options")->required();
    importing->add_option("SOURCE", import.source, "The folder or file, or builtin:... for synthetic")->required();
    importing->add_option("-o,--output", import.target, "The clip file to write (.h5)");
    importing->add_option("--set", import.settings, "key=value, an option of the kind; may be repeated")->allow_extra_args(false);
    importing->add_flag("--dry-run", import.dryRun, "Decode everything, write nothing");
    importing->add_flag("--strict", import.strict, "Exit with 1 if a file was skipped");
    addProgress(importing, import.progress);
    importing->callback([] { interruptible([] { runImport(import); }); });

    CLI::App* verify = cli::addCommand(*datasets, "verify", "Read every clip and compare it with its checksum; exit 1 if one differs", "  kinora datasets verify actions.h5");
    verify->add_option("DATASET", name, "What to read")->required();
    addProgress(verify, progress);
    verify->callback([] { interruptible([] { verifyDataset(name, progress); }); });

    static ExportArguments output;
    CLI::App* exporting = cli::addCommand(*datasets, "export", "Write clips as another dataset file, an animation or a picture",
                                          "  kinora datasets export actions.h5 -o sheet.gif --clips 0-15 --frames 32 --scale 2\n"
                                          "  kinora datasets export actions.h5 -o actions.safetensors --frames 48\n"
                                          "  kinora datasets export builtin:puppets -o strip.png --clips 3");
    exporting->add_option("DATASET", output.dataset, "What to export")->required();
    exporting->add_option("-o,--output", output.target, "h5, safetensors, gif, mp4, webm, webp, apng or png (several frames: a strip)")->required();
    exporting->add_option("--clips", output.clips, "Which, as in 0-63,70; default: all for datasets, the first 16 for pictures");
    exporting->add_option("--frames", output.frames, "Only the first so many frames of each clip");
    exporting->add_option("--size", output.size, "Resize and cut to this size: 64 or 96x64 (width x height)");
    exporting->add_option("--grid", output.grid, "Rows x columns of pictures and animations; default: nearly square");
    exporting->add_option("--fps", output.frameRateHz, "Frames a second; default: the clips' own, or 10");
    exporting->add_option("--scale", output.scale, "Enlarge so many times, without smoothing");
    exporting->add_option("--loops", output.loops, "How often an animation plays; 0: for ever");
    addProgress(exporting, output.progress);
    exporting->callback([] { interruptible([] { runExport(output); }); });
}

}  // namespace kinora::app

int main(int argc, char** argv)
{
    CLI::App app("Kinora's datasets. Call it as 'kinora datasets'.", "kinora");
    app.require_subcommand(1);
    kinora::app::addDatasetsCommands(app);
    // CLI11 only says that a subcommand is missing
    if (argc > 2 && argv[1] == std::string_view("datasets") && argv[2][0] != '-') {
        std::vector<std::string> names;
        for (const CLI::App* command : app.get_subcommand("datasets")->get_subcommands([](const CLI::App*) { return true; })) names.push_back(command->get_name());
        if (std::ranges::find(names, argv[2]) == names.end()) {
            const kinora::Error error(kinora::ErrorCode::Usage, "there is no 'datasets " + std::string(argv[2]) + "'" + kinora::suggestion(argv[2], names) + "; see 'kinora datasets --help'");
            std::fprintf(stderr, "kinora: %s\n", error.what());
            return kinora::exitCode(error.code());
        }
    }
    return kinora::cli::runProgram(app, argc, argv);
}
