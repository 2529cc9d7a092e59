#include "core/run/run_summary.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/events/tfevents.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/outcome.h"

namespace kinora {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

/// What tells that a file is not the one that was read.
struct Stamp {
    std::int64_t size = -1, seconds = 0, nanoseconds = 0;
    ino_t inode = 0;
    bool operator==(const Stamp&) const = default;
    bool there() const { return size >= 0; }
};

Stamp stampOf(const fs::path& file)
{
    struct stat facts {};
    if (::stat(file.c_str(), &facts) != 0) return {};
    return {facts.st_size, facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec, facts.st_ino};
}

std::string text(const json& object, const char* key)
{
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool active(RunState state) { return state == RunState::Created || state == RunState::Running || state == RunState::Paused; }

RunCondition conditionOf(RunState state)
{
    switch (state) {
        case RunState::Created: return RunCondition::Created;
        case RunState::Running: return RunCondition::Running;
        case RunState::Paused: return RunCondition::Paused;
        case RunState::Finished: return RunCondition::Finished;
        case RunState::Stopped: return RunCondition::Stopped;
        case RunState::Failed: return RunCondition::Failed;
    }
    return RunCondition::Created;
}

/// A run as it was at the last look, and where its files were left.
struct Known {
    RunSummary summary;
    Stamp config, status, notes, best, history;
    std::string configProblem, statusProblem;
    std::int64_t historyRead = 0;  // bytes of whole lines
    std::int64_t configSteps = 0;
    std::optional<std::int64_t> changedSteps;  // by a resume
    std::string movedTo;                       // the dataset
    std::map<std::string, std::map<std::int64_t, double>> measured;
    std::map<std::string, bool> lowerIsBetter;
    std::map<std::string, RunAlarm> alarms;
    StaleWatch watch;
    bool scanned = false;  // the event files, of a run whose status does not hold the newest points
};

void readConfig(Known& known, const RunReader& run)
{
    RunSummary& summary = known.summary;
    const Stamp stamp = stampOf(run.folder() / "run.toml");
    if (stamp == known.config) return;
    known.config = stamp;
    known.configProblem.clear();
    summary.config.reset();
    const auto config = attempt([&] { return run.config(); });
    if (!config) {
        known.configProblem = config.error().what();
        return;
    }
    summary.config = config.value();
    known.configSteps = config.value().totalSteps;
    summary.created = config.value().created;
    summary.parent = config.value().fork;
}

void readNotes(Known& known, const RunReader& run)
{
    RunSummary& summary = known.summary;
    const Stamp stamp = stampOf(run.folder() / "notes.json");
    if (stamp == known.notes) return;
    known.notes = stamp;
    summary.tags.clear();
    summary.notes.clear();
    summary.displayName.clear();
    const auto notes = attempt([&] { return run.notes(); });
    if (!notes) {
        summary.notes = "(" + std::string(notes.error().what()) + ")";
        return;
    }
    summary.notes = text(notes.value(), "notes");
    summary.displayName = text(notes.value(), "name");
    if (const auto tags = notes.value().find("tags"); tags != notes.value().end() && tags->is_array())
        for (const json& tag : *tags)
            if (tag.is_string()) summary.tags.push_back(tag.get<std::string>());
}

void takeEvent(Known& known, const json& line)
{
    const std::string kind = text(line, "kind");
    const std::int64_t step = line.contains("step") && line["step"].is_number_integer() ? line["step"].get<std::int64_t>() : 0;
    if (const auto total = line.find("total_steps"); total != line.end() && total->is_number_integer()) known.changedSteps = total->get<std::int64_t>();
    if (kind == "dataset") {
        known.movedTo = text(line, "to");
    } else if (kind == "resume" || kind == "roll_back") {
        for (auto& [tag, values] : known.measured) values.erase(step == 0 ? values.begin() : values.upper_bound(step), values.end());
        if (kind == "resume") known.alarms.clear();  // whatever was wrong is looked for anew
    } else if (kind == "metric") {
        const std::string tag = "metric/" + text(line, "metric");
        if (line.contains("value") && line["value"].is_number()) known.measured[tag][step] = line["value"].get<double>();
        if (line.contains("lower_is_better") && line["lower_is_better"].is_boolean()) known.lowerIsBetter[tag] = line["lower_is_better"].get<bool>();
    } else if (kind == "alarm") {
        const std::string alarm = text(line, "alarm");
        known.alarms[alarm] = {alarm, text(line, "message"), text(line, "action"), text(line, "time"), step};
    } else if (kind == "alarm_over") {
        known.alarms.erase(text(line, "alarm"));
    }
}

/// Reads the lines that have come since, in whole.
void readHistory(Known& known, const RunReader& run)
{
    const fs::path file = run.folder() / "history.jsonl";
    const Stamp stamp = stampOf(file);
    if (stamp == known.history) return;
    if (stamp.size < known.historyRead || stamp.inode != known.history.inode) {  // another file
        known.historyRead = 0;
        known.changedSteps.reset();
        known.movedTo.clear();
        known.measured.clear();
        known.lowerIsBetter.clear();
        known.alarms.clear();
    }
    known.history = stamp;
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return;
    std::string rest;
    char block[1 << 16];
    std::int64_t at = known.historyRead;
    for (ssize_t size; (size = ::pread(descriptor, block, sizeof block, at)) > 0; at += size) {
        rest.append(block, static_cast<std::size_t>(size));
        std::size_t begin = 0;
        for (std::size_t end; (end = rest.find('\n', begin)) != std::string::npos; begin = end + 1) {
            const json line = json::parse(rest.begin() + static_cast<std::ptrdiff_t>(begin), rest.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
            if (line.is_object()) takeEvent(known, line);
        }
        known.historyRead += static_cast<std::int64_t>(begin);
        rest.erase(0, begin);
    }
    ::close(descriptor);
}

void readStatus(Known& known, const RunReader& run)
{
    RunSummary& summary = known.summary;
    const Stamp stamp = stampOf(run.folder() / "status.json");
    if (stamp == known.status) return;
    known.status = stamp;
    known.statusProblem.clear();
    summary.status.reset();
    summary.latest.clear();
    const auto status = attempt([&] { return run.status(); });
    if (!status) {
        if (stamp.there()) known.statusProblem = status.error().what();
        return;
    }
    summary.status = status.value();
    if (!summary.status) return;
    for (const auto& [tag, point] : summary.status->scalars) summary.latest[tag] = {point.first, point.second};
}

/// Runs of versions whose status did not hold the newest points.
void scanEvents(Known& known, const RunReader& run)
{
    RunSummary& summary = known.summary;
    if (!summary.latest.empty() || !summary.status || summary.status->progress.step == 0 || std::exchange(known.scanned, true)) return;
    EventsReader events(run.folder());
    for (const ScalarCurve& curve : events.read().curves)
        if (curve.size() > 0) summary.latest[curve.tag] = {static_cast<std::int64_t>(curve.steps.back()), curve.values.back()};
}

void readBest(Known& known, const RunReader& run)
{
    RunSummary& summary = known.summary;
    const Stamp stamp = stampOf(run.folder() / "best.json");
    if (stamp != known.best || stamp.there()) {  // whether its checkpoint is there may change without it
        known.best = stamp;
        const auto best = attempt([&] { return run.best(); });
        summary.bestCheckpoint = best ? best.value() : std::nullopt;
    }
    summary.best.clear();
    if (const auto& best = summary.bestCheckpoint) known.lowerIsBetter.emplace("metric/" + best->metric, best->lowerIsBetter);
    for (const auto& [tag, values] : known.measured) {
        const auto direction = known.lowerIsBetter.find(tag);
        if (direction == known.lowerIsBetter.end()) continue;
        for (const auto& [step, value] : values) {
            const auto found = summary.best.find(tag);
            if (found == summary.best.end() || (direction->second ? value < found->second.value : value > found->second.value)) summary.best[tag] = {step, value, direction->second};
        }
    }
    if (const auto& best = summary.bestCheckpoint)
        if (!summary.best.contains("metric/" + best->metric)) summary.best["metric/" + best->metric] = {best->step, best->value, best->lowerIsBetter};
}

void judge(Known& known, const RunReader& run)
{
    RunSummary& summary = known.summary;
    summary.problem.clear();
    summary.locked = run.locked();
    if (!known.configProblem.empty() || !known.statusProblem.empty()) {
        summary.condition = RunCondition::Damaged;
        summary.problem = known.configProblem.empty() ? known.statusProblem : known.configProblem;
        return;
    }
    if (!summary.status) {
        // a run whose trainer died before it could say anything, or a fork that waits for its start
        summary.condition = summary.parent && !summary.locked ? RunCondition::Stopped : RunCondition::Created;
        return;
    }
    const RunProgress& progress = summary.status->progress;
    summary.condition = conditionOf(progress.state);
    if (progress.state == RunState::Failed) summary.problem = progress.message;
    if (!active(progress.state)) return;
    if (!summary.locked) {
        summary.condition = RunCondition::Stale;
        summary.problem = "its trainer is gone; 'kinora train --resume' continues it";
    } else if (known.watch.stale(*summary.status, std::chrono::steady_clock::now())) {
        summary.condition = RunCondition::Stale;
        summary.problem = "its trainer (" + run.owner() + ") has given no sign of life for 30 s";
    }
}

}  // namespace

std::string_view runConditionName(RunCondition condition)
{
    switch (condition) {
        case RunCondition::Created: return "created";
        case RunCondition::Running: return "running";
        case RunCondition::Paused: return "paused";
        case RunCondition::Finished: return "finished";
        case RunCondition::Stopped: return "stopped";
        case RunCondition::Failed: return "failed";
        case RunCondition::Stale: return "stale";
        case RunCondition::Damaged: return "damaged";
        case RunCondition::Missing: return "missing";
    }
    return "";
}

std::optional<double> RunSummary::remainingS() const
{
    if (condition != RunCondition::Running || !status || !(status->progress.stepsPerSecond > 0)) return std::nullopt;
    return static_cast<double>(std::max<std::int64_t>(0, totalSteps - status->progress.step)) / status->progress.stepsPerSecond;
}

std::optional<OptionValue> configValue(const RunConfig& config, const std::string& key)
{
    if (key == "system") return config.system;
    if (key == "dataset") return config.dataset;
    if (key == "device") return config.device;
    if (key == "version") return config.version;
    if (key == "seed") return static_cast<std::int64_t>(config.seed);
    if (key == "total_steps") return config.totalSteps;
    for (const OptionValues* values : {&config.systemOptions, &config.trainingOptions})
        if (const auto found = values->find(key); found != values->end()) return found->second;
    return std::nullopt;
}

struct RunSummaries::Private {
    RunQueue queue;
    std::map<fs::path, Known> runs;

    const RunSummary& look(const fs::path& folder, const std::vector<QueueTicket>& tickets)
    {
        Known& known = runs[folder];
        RunSummary& summary = known.summary;
        summary.folder = folder;
        summary.archived = folder.parent_path().filename() == "archive";
        if (!RunReader::isRun(folder)) {
            known = Known();
            summary.folder = folder;
            summary.name = folder.filename().string();
            std::error_code code;
            const bool there = fs::exists(folder, code);
            summary.condition = there ? RunCondition::Damaged : RunCondition::Missing;
            summary.problem = there ? "is no run: there is no run.toml in it" : "the folder is gone";
            placeInQueue(summary, tickets);
            if (summary.queuePosition) {  // it gets its folder when it begins
                summary.condition = RunCondition::Created;
                summary.problem.clear();
            }
            return summary;
        }
        const RunReader run(folder);
        readConfig(known, run);
        readNotes(known, run);
        readHistory(known, run);
        readStatus(known, run);
        scanEvents(known, run);
        readBest(known, run);
        judge(known, run);
        summary.name = summary.displayName.empty() ? folder.filename().string() : summary.displayName;
        summary.totalSteps = known.changedSteps.value_or(known.configSteps);
        summary.dataset = known.movedTo.empty() && summary.config ? summary.config->dataset : known.movedTo;
        summary.alarms.clear();
        for (const auto& [name, alarm] : known.alarms) summary.alarms.push_back(alarm);
        const Stamp& newest = known.status.there() ? known.status : known.config;
        summary.changed = std::chrono::system_clock::time_point(
            std::chrono::duration_cast<std::chrono::system_clock::duration>(std::chrono::seconds(newest.seconds) + std::chrono::nanoseconds(newest.nanoseconds)));
        placeInQueue(summary, tickets);
        return summary;
    }

    static void placeInQueue(RunSummary& summary, const std::vector<QueueTicket>& tickets)
    {
        summary.queuePosition.reset();
        const fs::path whole = runPath(summary.folder);
        for (const QueueTicket& ticket : tickets)
            if (ticket.run == whole && ticket.state == TicketState::Waiting) summary.queuePosition = ticket.position;
    }
};

RunSummaries::RunSummaries(RunQueue queue) : d(std::make_unique<Private>(Private{std::move(queue), {}})) {}
RunSummaries::~RunSummaries() = default;

const RunSummary& RunSummaries::look(const fs::path& run) { return d->look(run, d->queue.list()); }

std::vector<RunSummary> RunSummaries::lookAll(const fs::path& root, bool archived)
{
    const std::vector<fs::path> folders = runsIn(root, archived);
    const std::vector<QueueTicket> tickets = d->queue.list();
    std::vector<RunSummary> all;
    for (const fs::path& folder : folders) all.push_back(d->look(folder, tickets));
    std::erase_if(d->runs, [&](const auto& entry) {
        const fs::path& folder = entry.first;
        const bool ours = folder.parent_path() == root || folder.parent_path() == root / "archive";
        return ours && std::find(folders.begin(), folders.end(), folder) == folders.end();
    });
    return all;
}

bool RunSummaries::doubtful(const RunSummary& run)
{
    if (!run.locked || !run.status || !active(run.status->progress.state)) return false;
    const auto age = std::chrono::system_clock::now() - run.changed;
    return age > std::chrono::seconds(10) || age < -std::chrono::seconds(1);
}

void RunSummaries::forget(const fs::path& run) { d->runs.erase(run); }

std::vector<fs::path> runsIn(const fs::path& root, bool archived)
{
    std::vector<fs::path> runs;
    std::error_code code;
    fs::directory_iterator it(root, code);
    if (code) throw Error(fs::exists(root) ? ErrorCode::CannotRead : ErrorCode::NotFound, "is no folder that can be read (" + code.message() + ")", root.string());
    for (const fs::directory_iterator end; !code && it != end; it.increment(code))
        if (!it->path().filename().string().starts_with('.') && RunReader::isRun(it->path())) runs.push_back(it->path());
    const fs::path shelf = root / "archive";
    if (archived && fs::is_directory(shelf, code) && !RunReader::isRun(shelf)) {
        const std::vector<fs::path> more = runsIn(shelf);
        runs.insert(runs.end(), more.begin(), more.end());
    }
    std::sort(runs.begin(), runs.end());
    return runs;
}

}  // namespace kinora
