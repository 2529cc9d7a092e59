#include "app/import/commands.h"

#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "app/import/supervisor.h"
#include "app/import/support.h"
#include "core/clipfile/clip_file.h"
#include "core/util/file.h"
#include "core/util/text.h"
#include "datasets/import/import_job.h"
#include "datasets/synthetic/synthetic.h"
#include "kinora_version.h"

namespace kinora::app {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {
struct ImportArguments {
    std::string kind, source, target, preset, labels, report, progress = "auto";
    std::vector<std::string> settings;
    bool dryRun = false, strict = false, fresh = false, discard = false;
    int threads = 0, worker = -1;
};

constexpr std::size_t kShown = 20;

void printList(const std::string& heading, const std::vector<std::string>& lines)
{
    if (lines.empty()) return;
    cli::print(heading);
    for (std::size_t i = 0; i < std::min(kShown, lines.size()); ++i) cli::print("  " + lines[i]);
    if (lines.size() > kShown) cli::print("  ... and " + std::to_string(lines.size() - kShown) + " more; --json or --report lists all");
}

std::string counted(const std::map<std::string, std::int64_t>& counts)
{
    std::vector<std::string> parts;
    for (const auto& [name, count] : counts) parts.push_back((name.empty() ? "(none)" : name) + " " + std::to_string(count));
    if (parts.size() > kShown) {
        const std::size_t more = parts.size() - kShown;
        parts.resize(kShown);
        parts.push_back("... and " + std::to_string(more) + " more");
    }
    return join(parts, ", ");
}

void printReport(const ImportReport& report, const ImportArguments& arguments)
{
    for (const std::string& note : report.notes) cli::print("note: " + note);
    const std::string what = report.dryRun ? (report.clips == 1 ? " recording" : " recordings") : (report.clips == 1 ? " clip" : " clips");
    cli::print((report.dryRun ? "would import " : "imported ") + std::to_string(report.clips) + what + ", " + (report.dryRun ? "about " : "") + std::to_string(report.frames) + " frames from " +
               arguments.source + (arguments.kind == "auto" ? " (" + report.kind + ")" : "") + (report.dryRun ? "" : " into " + arguments.target));
    if (report.splits.size() > 1 || (report.splits.size() == 1 && !report.splits.begin()->first.empty())) cli::print("  splits   " + counted(report.splits));
    for (const auto& [column, counts] : report.classes) cli::print("  " + column + std::string(column.size() < 8 ? 9 - column.size() : 1, ' ') + counted(counts));
    if (report.groups > 0) cli::print("  groups   " + std::to_string(report.groups));
    if (!report.sizes.empty()) cli::print("  sizes    " + counted(report.sizes));
    if (!report.formats.empty()) cli::print("  formats  " + counted(report.formats));
    if (!report.examples.empty()) cli::print("  such as  " + join(report.examples, ", "));
    if (report.excluded > 0) cli::print(std::to_string(report.excluded) + " files were left out, as the options say");
    printList(std::to_string(report.warnings.size()) + (report.warnings.size() == 1 ? " warning:" : " warnings:"), report.warnings);
    std::vector<std::string> skipped;
    for (const SkippedFile& file : report.skipped) skipped.push_back(file.file + ": " + file.reason);
    printList(std::to_string(skipped.size()) + (skipped.size() == 1 ? " file was skipped:" : " files were skipped:"), skipped);
}

/// The worker's part: the import itself.
void runImport(const ImportArguments& arguments)
{
    const Journal journal(arguments.worker);
    const DatasetAdapter& adapter = arguments.kind == "auto" ? detectDataset(arguments.source) : datasetAdapter(arguments.kind);
    const std::vector<OptionField>& fields = adapter.description.options;
    ImportJob job{.kind = adapter.description.id, .source = arguments.source};
    if (!arguments.preset.empty()) {
        std::vector<std::string> known;
        const OptionPreset* chosen = nullptr;
        for (const OptionPreset& preset : adapter.description.presets) {
            known.push_back(preset.id);
            if (preset.id == arguments.preset) chosen = &preset;
        }
        if (!chosen)
            throw Error(ErrorCode::Usage, "'" + adapter.description.id + "' has no preset '" + arguments.preset + "'" + (known.empty() ? " and no other" : suggestion(arguments.preset, known)), "--preset");
        for (const auto& [key, value] : chosen->values) job.options[key] = checkedOption(findOption(fields, key), value);
    }
    if (!arguments.labels.empty()) job.options["labels"] = parseOption(findOption(fields, "labels"), arguments.labels);
    for (const auto& [key, value] : cli::parseSettings(arguments.settings, fields)) job.options[key] = value;
    job.target = arguments.dryRun ? "" : arguments.target;
    job.dryRun = arguments.dryRun;
    job.fresh = arguments.fresh;
    job.threads = arguments.threads;
    job.stop = stopToken();
    job.suspects = journal.suspects();
    job.crashed = journal.crashed();
    job.starting = [&](const std::string& item) { journal.starting(item); };
    job.finished = [&](const std::string& item) { journal.finished(item); };
    ImportReport report;
    {
        Progress progress(arguments.progress);
        job.progress = [&](const ImportProgress& at) { progress(at); };
        report = importDataset(job);
    }
    json document = toJson(report);
    document["source"] = arguments.source;
    document["file"] = job.target.string();
    if (!arguments.report.empty()) writeFile(arguments.report, document.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
    if (cli::wantsJson()) cli::printJson(document);
    printReport(report, arguments);
    if (arguments.strict && !report.skipped.empty()) throw CLI::RuntimeError(exitCode(ErrorCode::CheckFailed));
}

void startImport(const ImportArguments& arguments)
{
    if (!arguments.target.empty() && !isHdf5(arguments.target)) throw Error(ErrorCode::Usage, "an import is written as .h5; 'kinora datasets export' makes other formats of it", arguments.target);
    if (arguments.discard) {
        if (arguments.target.empty()) throw Error(ErrorCode::Usage, "say with -o FILE.h5 which interrupted import is to be thrown away", "--discard");
        std::error_code ignored;
        const bool any = fs::exists(importFolder(arguments.target), ignored);
        discardImport(arguments.target);
        cli::print(any ? "threw away what an interrupted import to " + arguments.target + " had left" : "there is nothing to throw away for " + arguments.target);
        if (cli::wantsJson()) cli::printJson({{"file", arguments.target}, {"discarded", any}});
        return;
    }
    if (arguments.kind.empty() || arguments.source.empty()) throw Error(ErrorCode::Usage, "say what to import: 'kinora datasets import KIND SOURCE -o FILE.h5', KIND may be auto", "datasets import");
    if (!arguments.dryRun && arguments.target.empty()) throw Error(ErrorCode::Usage, "say where to write with -o FILE.h5, or pass --dry-run", "datasets import");
    if (arguments.kind != "auto") datasetAdapter(arguments.kind);
    if (arguments.worker >= 0) {
        followParent();
        interruptible([&] { runImport(arguments); });
    } else if (const int code = supervise(programArguments()); code != 0) {
        throw CLI::RuntimeError(code);
    }
}

// --- repeat ----------------------------------------------------------------------------------------------------------------------

struct RepeatArguments {
    std::string file, target, source, progress = "auto";
};

/// What differs between two clips of the same name, or nothing.
std::string difference(const ClipSource& a, std::int64_t i, const ClipSource& b, std::int64_t k)
{
    const ClipInfo one = a.info(i), two = b.info(k);
    if (one.frames != two.frames || one.width != two.width || one.height != two.height)
        return "is " + std::to_string(two.frames) + " frames of " + std::to_string(two.width) + "x" + std::to_string(two.height) + " now, was " + std::to_string(one.frames) + " of " + std::to_string(one.width) + "x" +
               std::to_string(one.height);
    if (one.origin.sha256 != two.origin.sha256) return "comes of a source with other bytes";
    if (!(a.frames(i) == b.frames(k))) return "has other pixels";
    for (const StreamColumn& column : a.streamColumns())
        if (a.stream(i, column.name) != b.stream(k, column.name)) return "has another stream '" + column.name + "'";
    for (std::size_t c = 0; c < one.labels.size(); ++c)
        if (one.labels[c] != two.labels[c] && one.labels[c] == one.labels[c]) return "has another label '" + a.labelColumns()[c].name + "'";
    if (one.split != two.split || one.group != two.group) return "is in another split or group";
    if (!(one.origin == two.origin)) return "comes of other frames or another crop";
    return {};
}

void repeatImport(const RepeatArguments& arguments)
{
    if (!isHdf5(arguments.target)) throw Error(ErrorCode::Usage, "a repeated import is written as .h5", arguments.target);
    std::error_code ignored;
    if (fs::equivalent(arguments.file, arguments.target, ignored)) throw Error(ErrorCode::Usage, "the repeated import needs a file of its own", arguments.target);
    const std::map<std::string, std::string> attributes = clipFileAttributes(arguments.file);
    const auto of = [&](const char* key) {
        const auto found = attributes.find(key);
        return found == attributes.end() ? std::string() : found->second;
    };
    const std::string kind = of("kind"), source = arguments.source.empty() ? of("source") : arguments.source;
    const json options = json::parse(of("options"), nullptr, false);
    if (kind.empty() || source.empty() || !options.is_object()) throw Error(ErrorCode::Usage, "does not record of what it was imported, and how; it cannot be repeated", arguments.file);
    const DatasetAdapter& adapter = datasetAdapter(kind);
    std::vector<std::string> command{"datasets", "import", "-o", arguments.target, "--progress", arguments.progress};
    std::vector<std::string> notes;
    for (const auto& [key, value] : optionValuesFromJson(options)) {
        const auto known = std::ranges::find(adapter.description.options, key, &OptionField::key);
        if (known == adapter.description.options.end()) {
            notes.push_back("the option '" + key + "' is known no more");
            continue;
        }
        command.insert(command.end(), {"--set", key + "=" + optionText(checkedOption(*known, value))});
    }
    if (of("kinora") != KINORA_VERSION) notes.push_back("it was imported by Kinora " + of("kinora") + ", this is " KINORA_VERSION);
    command.insert(command.end(), {"--", kind, source});
    if (const int code = supervise(command, true); code != 0) {
        if (code > 128) throw CLI::RuntimeError(code);
        throw Error(ErrorCode::CannotRead, "could not be imported again (the import ended with " + std::to_string(code) + ")", source);
    }
    catchSignals();
    const auto before = openClipFile(arguments.file), now = openClipFile(arguments.target);
    std::map<std::string, std::int64_t> places;
    for (std::int64_t i = 0; i < now->size(); ++i) places[now->info(i).name] = i;
    json differences = json::array();
    std::vector<std::string> lines;
    const auto differs = [&](const std::string& clip, const std::string& text) {
        differences.push_back({{"clip", clip}, {"difference", text}});
        lines.push_back(clip + ": " + text);
    };
    if (before->labelColumns() != now->labelColumns() || before->streamColumns() != now->streamColumns()) differs("(all)", "labels or streams differ");
    {
        Progress progress(arguments.progress);
        for (std::int64_t i = 0; i < before->size(); ++i) {
            throwIfInterrupted("the comparison was interrupted", arguments.target);
            const std::string name = before->info(i).name;
            const auto found = places.find(name);
            if (found == places.end()) differs(name, "is missing");
            else {
                if (differences.empty() || lines.front().rfind("(all)", 0) != 0)
                    if (const std::string text = difference(*before, i, *now, found->second); !text.empty()) differs(name, text);
                places.erase(found);
            }
            progress(i + 1, before->size(), name);
        }
    }
    for (const auto& [name, index] : places) differs(name, "is new");
    const bool same = differences.empty();
    if (cli::wantsJson())
        cli::printJson({{"file", arguments.file}, {"repeated", arguments.target}, {"kind", kind}, {"source", source}, {"clips", before->size()}, {"same", same}, {"differences", differences}, {"notes", notes}});
    for (const std::string& note : notes) cli::print("note: " + note);
    printList(std::to_string(lines.size()) + (lines.size() == 1 ? " clip differs:" : " clips differ:"), lines);
    if (same) cli::print(arguments.target + ": all " + std::to_string(before->size()) + " clips are bit for bit those of " + arguments.file);
    if (!same) throw CLI::RuntimeError(exitCode(ErrorCode::CheckFailed));
}
}  // namespace

void addImportCommands(CLI::App& datasets)
{
    static ImportArguments import;
    CLI::App* importing = cli::addCommand(datasets, "import", "Turn foreign data into a clip file",
                                          "  kinora datasets import strips data/actions -o actions.h5 --set class_names=actions\n"
                                          "  kinora datasets import mug MUG -o mug.h5 --dry-run\n"
                                          "  kinora datasets import videos clips -o clips.h5 --labels '{subject}/{action}_{_}'\n"
                                          "  kinora datasets import synthetic 'builtin:faces?clips=16' -o faces.h5\n"
                                          "An import that was interrupted goes on where it was when the same command is given again.");
    importing->add_option("KIND", import.kind, "One of 'kinora datasets list', or auto to find out; 'kinora datasets info KIND' shows its options");
    importing->add_option("SOURCE", import.source, "The folder or file, or builtin:... for synthetic");
    importing->add_option("-o,--output", import.target, "The clip file to write (.h5)");
    importing->add_option("--preset", import.preset, "A set of options of the kind, as a paper states them");
    importing->add_option("--set", import.settings, "key=value, an option of the kind; may be repeated; stronger than --preset")->allow_extra_args(false);
    importing->add_option("--labels", import.labels, "Where labels stand in the paths: '{class}/{subject}_{take}'; the same as --set labels=...");
    importing->add_flag("--dry-run", import.dryRun, "Say what would be imported; read headers only and write nothing");
    importing->add_flag("--strict", import.strict, "Exit with 1 if a file was skipped");
    importing->add_flag("--fresh", import.fresh, "Begin anew instead of going on with an interrupted import");
    importing->add_flag("--discard", import.discard, "Throw away what an interrupted import to -o has left, and import nothing");
    importing->add_option("--threads", import.threads, "How many items are decoded at a time; default: one for every processor")->check(CLI::Range(1, 1024));
    importing->add_option("--report", import.report, "Also write the whole report to this JSON file");
    importing->add_option("--worker", import.worker)->group("");
    addProgressOption(importing, import.progress);
    importing->callback([] { startImport(import); });

    static RepeatArguments again;
    CLI::App* repeat = cli::addCommand(datasets, "repeat", "Import once more what a clip file was made of, and compare every clip bit for bit; exit 1 if one differs",
                                       "  kinora datasets repeat mug.h5 -o again.h5\n  kinora datasets repeat mug.h5 -o again.h5 --source /mnt/copy/MUG");
    repeat->add_option("FILE", again.file, "A clip file that was imported")->required();
    repeat->add_option("-o,--output", again.target, "The clip file to write (.h5)")->required();
    repeat->add_option("--source", again.source, "Where the source lies now; default: where it lay");
    addProgressOption(repeat, again.progress);
    repeat->callback([] { repeatImport(again); });
}

}  // namespace kinora::app
