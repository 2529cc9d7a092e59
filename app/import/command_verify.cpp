#include "app/import/commands.h"

#include <nlohmann/json.hpp>
#include <map>
#include <set>

#include "app/import/support.h"
#include "core/clipfile/clip_file.h"
#include "core/util/outcome.h"
#include "datasets/catalogue.h"
#include "datasets/synthetic/synthetic.h"

namespace kinora::app {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {
struct VerifyArguments {
    std::string dataset, sources, progress = "auto";
    bool checkSources = false, allowLeaks = false;
};
using Problems = std::vector<std::pair<std::string, std::string>>;

/// What two clips of one recording have in common: the hash, and of an array that holds many the row.
std::string recordingOf(const ClipInfo& info)
{
    const std::size_t bracket = info.source.rfind('[');
    return info.origin.sha256 + (info.source.ends_with(']') && bracket != std::string::npos ? info.source.substr(bracket) : "");
}

/// Groups, or bytes of one recording, on both sides of a split: in the dataset's own and in every column of a further one ("split_02").
Problems leaks(const ClipSource& source)
{
    Problems problems;
    const std::vector<LabelColumn>& columns = source.labelColumns();
    std::vector<std::pair<std::string, std::ptrdiff_t>> splits{{"split", -1}};
    for (std::size_t i = 0; i < columns.size(); ++i)
        if (columns[i].name.rfind("split", 0) == 0 && columns[i].categorical()) splits.emplace_back(columns[i].name, static_cast<std::ptrdiff_t>(i));
    for (const auto& [name, column] : splits) {
        std::map<std::string, std::set<std::string>> groups, recordings;
        for (std::int64_t i = 0; i < source.size(); ++i) {
            const ClipInfo info = source.info(i);
            std::string side = info.split;
            if (column >= 0) {
                const float value = info.labels.at(static_cast<std::size_t>(column));
                side = value == value ? columns[static_cast<std::size_t>(column)].categories.at(static_cast<std::size_t>(value)) : "";
            }
            if (side != "train" && side != "test" && side != "validation") continue;
            if (!info.group.empty()) groups[info.group].insert(side);
            if (!info.origin.sha256.empty()) recordings[recordingOf(info)].insert(side);
        }
        const auto tell = [&, what = name](const auto& sides, const std::string& kind, bool quote) {
            for (const auto& [value, in] : sides)
                if (in.size() > 1) {
                    std::string list;
                    for (const std::string& side : in) list += (list.empty() ? "" : " and ") + side;
                    problems.emplace_back(what, "leak: " + kind + " " + (quote ? "'" + value + "'" : value.substr(0, 16) + "...") + " is in " + list);
                }
        };
        tell(groups, "the group", true);
        tell(recordings, "the recording with SHA-256", false);
    }
    return problems;
}

/// Hashes the sources once more and compares with what is recorded. \returns the number that was compared
std::int64_t compareSources(const ClipSource& source, const fs::path& file, const std::string& where, Progress& progress, Problems& problems)
{
    const std::map<std::string, std::string> attributes = clipFileAttributes(file);
    const auto of = [&](const char* key) {
        const auto found = attributes.find(key);
        return found == attributes.end() ? std::string() : found->second;
    };
    const std::string from = where.empty() ? of("source") : where;
    const json options = json::parse(of("options"), nullptr, false);
    if (of("kind").empty() || from.empty() || !options.is_object()) throw Error(ErrorCode::Usage, "does not record of what it was imported; its sources cannot be checked", file.string());
    std::map<std::string, std::string> recorded;  // item -> hash. A clip is called as its item, or as that with "#..." or "~2" behind
    for (std::int64_t i = 0; i < source.size(); ++i) {
        const ClipInfo info = source.info(i);
        if (info.origin.sha256.empty()) continue;
        const auto [known, isNew] = recorded.try_emplace(info.source, info.origin.sha256);
        if (!isNew && known->second != info.origin.sha256) problems.emplace_back(info.name, "another clip of the same source records other bytes");
    }
    if (recorded.empty()) throw Error(ErrorCode::Usage, "records no hashes of its sources (it was written by another program or an older Kinora)", file.string());
    const std::unique_ptr<DatasetScan> scan = datasetAdapter(of("kind")).open(from, optionValuesFromJson(options));
    std::int64_t compared = 0;
    for (std::int64_t i = 0; i < scan->size(); ++i) {
        throwIfInterrupted("the verification was interrupted", file.string());
        const std::string item = scan->file(i);
        progress(i + 1, scan->size(), item);
        auto found = recorded.find(scan->expected(i).source);
        if (found == recorded.end()) found = recorded.find(item);
        if (found == recorded.end()) continue;
        const Outcome<std::string> hash = attempt([&] { return scan->sourceHash(i); });
        if (!hash) problems.emplace_back(item, "its source cannot be read: " + hash.error().detail());
        else if (!hash.value().empty() && hash.value() != found->second) problems.emplace_back(item, "its source has changed since it was imported (SHA-256 differs)");
        compared += hash && !hash.value().empty();
        recorded.erase(found);
    }
    for (const auto& [item, hash] : recorded) problems.emplace_back(item, "its source is not there any more");
    return compared;
}

void verifyDataset(const VerifyArguments& arguments)
{
    const std::string& name = arguments.dataset;
    ClipFileReport report;
    Problems found;
    std::int64_t sources = 0;
    {
        Progress progress(arguments.progress);
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
        found = leaks(*source);
        if (arguments.checkSources) {
            if (!isHdf5(source->name())) throw Error(ErrorCode::Usage, "only a clip file (.h5) records its sources", name);
            sources = compareSources(*source, source->name(), arguments.sources, progress, report.problems);
        }
    }
    if (!arguments.allowLeaks) report.problems.insert(report.problems.end(), found.begin(), found.end());
    json problems = json::array(), leaking = json::array();
    for (const auto& [clip, problem] : report.problems) {
        problems.push_back({{"clip", clip}, {"problem", problem}});
        cli::print(clip + ": " + problem);
    }
    for (const auto& [split, text] : found) {
        leaking.push_back({{"split", split}, {"leak", text}});
        if (arguments.allowLeaks) cli::print("note: " + split + ": " + text);
    }
    if (cli::wantsJson()) {
        json document{{"name", name}, {"clips", report.clips}, {"frames", report.frames}, {"problems", problems}, {"leaks", leaking}};
        if (arguments.checkSources) document["sources"] = sources;
        cli::printJson(document);
    }
    cli::print(name + ": " + std::to_string(report.clips) + " clips, " + std::to_string(report.frames) + " frames read" + (arguments.checkSources ? ", " + std::to_string(sources) + " sources hashed, " : ", ") +
               (report.problems.empty() ? "all as they were written" : std::to_string(report.problems.size()) + (report.problems.size() == 1 ? " problem" : " problems")));
    if (!report.problems.empty()) throw CLI::RuntimeError(exitCode(ErrorCode::CheckFailed));
}
}  // namespace

void addVerifyCommand(CLI::App& datasets)
{
    static VerifyArguments arguments;
    CLI::App* verify = cli::addCommand(datasets, "verify", "Read every clip, compare it with its checksum, and look for groups in both train and test; exit 1 if something is wrong",
                                       "  kinora datasets verify actions.h5\n  kinora datasets verify mug.h5 --sources\n  kinora datasets verify mug.h5 --sources /mnt/copy/MUG");
    verify->add_option("DATASET", arguments.dataset, "What to read")->required();
    verify->add_option("--sources", arguments.sources, "Also hash the source files and compare with what the import recorded; DIR: where they lie now")->expected(0, 1)->type_name("DIR");
    verify->add_flag("--allow-leaks", arguments.allowLeaks, "A group or recording in several splits is only noted (splits in time have them on purpose)");
    addProgressOption(verify, arguments.progress);
    verify->callback([verify] {
        arguments.checkSources = verify->count("--sources") > 0;
        interruptible([] { verifyDataset(arguments); });
    });
}

}  // namespace kinora::app
