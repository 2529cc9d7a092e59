#include "app/import/commands.h"

#include <nlohmann/json.hpp>

#include "app/import/support.h"
#include "core/clipfile/clip_file.h"

namespace kinora::app {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {
void verifyDataset(const std::string& name, const std::string& mode)
{
    ClipFileReport report;
    {
        Progress progress(mode);
        const std::shared_ptr<const ClipSource> source = openDataset(name);
        if (isHdf5(source->name())) {
            report = verifyClipFile(source->name(), [&](std::int64_t done, std::int64_t total) { progress(done, total); }, stopToken());
        } else {
            for (std::int64_t i = 0; i < source->size(); ++i) {
                throwIfInterrupted("the verification was interrupted", name);
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
}  // namespace

void addVerifyCommand(CLI::App& datasets)
{
    static std::string name, progress = "auto";
    CLI::App* verify = cli::addCommand(datasets, "verify", "Read every clip and compare it with its checksum; exit 1 if one differs", "  kinora datasets verify actions.h5");
    verify->add_option("DATASET", name, "What to read")->required();
    addProgressOption(verify, progress);
    verify->callback([] { interruptible([] { verifyDataset(name, progress); }); });
}

}  // namespace kinora::app
