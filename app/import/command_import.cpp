#include "app/import/commands.h"

#include <nlohmann/json.hpp>

#include "app/import/support.h"
#include "datasets/import/import_job.h"

namespace kinora::app {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {
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
    job.stop = stopToken();
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
}  // namespace

void addImportCommands(CLI::App& datasets)
{
    static ImportArguments import;
    CLI::App* importing = cli::addCommand(datasets, "import", "Turn foreign data into a clip file",
                                          "  kinora datasets import strips data/actions -o actions.h5 --set class_names=actions\n"
                                          "  kinora datasets import synthetic 'builtin:faces?clips=16' -o faces.h5\n"
                                          "  kinora datasets import auto data/shapes --dry-run");
    importing->add_option("KIND", import.kind, "strips, hdf5, synthetic, or auto to find out; 'kinora datasets list' shows their options")->required();
    importing->add_option("SOURCE", import.source, "The folder or file, or builtin:... for synthetic")->required();
    importing->add_option("-o,--output", import.target, "The clip file to write (.h5)");
    importing->add_option("--set", import.settings, "key=value, an option of the kind; may be repeated")->allow_extra_args(false);
    importing->add_flag("--dry-run", import.dryRun, "Decode everything, write nothing");
    importing->add_flag("--strict", import.strict, "Exit with 1 if a file was skipped");
    addProgressOption(importing, import.progress);
    importing->callback([] { interruptible([] { runImport(import); }); });
}

}  // namespace kinora::app
