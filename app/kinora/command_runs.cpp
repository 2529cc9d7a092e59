#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "app/kinora/commands.h"
#include "app/shared/command_line.h"
#include "core/events/tfevents.h"
#include "core/run/run_actions.h"
#include "core/run/run_directory.h"
#include "core/run/run_summary.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/outcome.h"
#include "core/util/text.h"

namespace kinora::app {
namespace {
namespace fs = std::filesystem;
using nlohmann::json;

std::string number(double value, int digits)
{
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
}

/// Four significant digits: enough to compare, short enough for a table.
std::string formatShort(double value)
{
    char text[64];
    std::snprintf(text, sizeof text, "%.4g", value);
    return text;
}

/// 4000 s as "1h07m".
std::string durationText(double seconds)
{
    const auto total = static_cast<long long>(std::min(seconds, 1e9) + 0.5);
    char text[64];
    if (total >= 86400) std::snprintf(text, sizeof text, "%lldd%02lldh", total / 86400, total / 3600 % 24);
    else if (total >= 3600) std::snprintf(text, sizeof text, "%lldh%02lldm", total / 3600, total / 60 % 60);
    else std::snprintf(text, sizeof text, "%lldm%02llds", total / 60, total % 60);
    return text;
}

/// The state as a person should read it: "stale" where the trainer says it runs and nothing shows that it does.
std::string stateOf(const RunSummary& run)
{
    if (run.queuePosition && !run.locked) return "queued";
    if (run.condition == RunCondition::Created) return run.locked ? "starting" : "never started";
    return std::string(runConditionName(run.condition));
}

/// Looks at all runs; where one says that it runs and its last word is old, twice, so that a clock that was set decides nothing.
std::vector<RunSummary> lookAtRuns(const std::vector<fs::path>& folders)
{
    RunSummaries summaries;
    std::vector<RunSummary> all;
    std::vector<std::size_t> doubtful;
    for (const fs::path& folder : folders) {
        all.push_back(summaries.look(folder));
        if (RunSummaries::doubtful(all.back())) doubtful.push_back(all.size() - 1);
    }
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (!doubtful.empty() && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        std::erase_if(doubtful, [&](std::size_t i) {
            const RunSummary& now = summaries.look(folders[i]);
            const bool moved = !now.status || now.status->heartbeat != all[i].status->heartbeat || !now.locked;
            if (moved) all[i] = now;
            return moved;
        });
    }
    for (const std::size_t i : doubtful) {
        all[i].condition = RunCondition::Stale;
        all[i].problem = "its trainer (" + RunReader(folders[i]).owner() + ") lives and gives no sign of work";
    }
    return all;
}

json numberOrNull(double value) { return std::isfinite(value) ? json(value) : json(); }

json describe(const RunSummary& run)
{
    json out = {{"run", run.folder.string()}, {"name", run.name}, {"state", stateOf(run)}, {"archived", run.archived}, {"tags", run.tags}, {"notes", run.notes}};
    if (!run.problem.empty()) out["problem"] = run.problem;
    if (run.config) {
        out["system"] = run.config->system;
        out["dataset"] = run.dataset;
        out["seed"] = run.config->seed;
        out["created"] = run.created;
        out["total_steps"] = run.totalSteps;
        out["step"] = 0;
    }
    if (run.parent) out["parent"] = {{"run", run.parent->run.string()}, {"step", run.parent->step}, {"changed", run.parent->changed}};
    if (run.queuePosition) out["queue_position"] = *run.queuePosition;
    json best = json::object(), latest = json::object(), alarms = json::array();
    for (const auto& [tag, value] : run.best) best[tag] = {{"step", value.step}, {"value", value.value}, {"lower_is_better", value.lowerIsBetter}};
    for (const auto& [tag, point] : run.latest) latest[tag] = {{"step", point.step}, {"value", numberOrNull(point.value)}};
    for (const RunAlarm& alarm : run.alarms) alarms.push_back({{"alarm", alarm.alarm}, {"message", alarm.message}, {"action", alarm.action}, {"step", alarm.step}, {"time", alarm.time}});
    out["best"] = best;
    out["scalars"] = latest;
    out["alarms"] = alarms;
    if (run.bestCheckpoint)
        out["best_checkpoint"] = {{"step", run.bestCheckpoint->step}, {"metric", run.bestCheckpoint->metric}, {"value", run.bestCheckpoint->value}, {"file", run.bestCheckpoint->path.string()}};
    if (const auto rest = run.remainingS()) out["remaining_s"] = *rest;
    if (run.condition == RunCondition::Damaged || !run.status) return out;
    const RunProgress& progress = run.status->progress;
    out["step"] = progress.step;
    out["epoch"] = progress.epoch;
    out["phase"] = progress.phase;
    out["steps_per_second"] = progress.stepsPerSecond;
    out["clips_per_second"] = progress.clipsPerSecond;
    out["device"] = progress.device;
    out["message"] = progress.message;
    out["pid"] = run.status->pid;
    out["host"] = run.status->host;
    out["started_at"] = run.status->startedAt;
    return out;
}

// --- list ---

/// A cell of the table: what is shown, and what is sorted and compared by.
struct Cell {
    std::string text;
    std::optional<double> value;
};

Cell cellOf(const RunSummary& run, const std::string& column)
{
    const auto numeric = [](double value, std::string text) { return Cell{std::move(text), std::isfinite(value) ? std::optional(value) : std::nullopt}; };
    const auto integer = [&](std::int64_t value) { return numeric(static_cast<double>(value), std::to_string(value)); };
    if (column == "run") return {run.folder.string(), {}};
    if (column == "name") return {run.name, {}};
    if (column == "state") {
        std::string state = stateOf(run);
        if (run.queuePosition) state += " " + std::to_string(*run.queuePosition);
        return {state, {}};
    }
    if (column == "step") return run.config ? numeric(static_cast<double>(run.step()), std::to_string(run.step()) + " of " + std::to_string(run.totalSteps)) : Cell{};
    if (column == "eta") {
        const auto rest = run.remainingS();
        return rest ? numeric(*rest, durationText(*rest)) : Cell{};
    }
    if (column == "speed") return run.alive() && run.status ? numeric(run.status->progress.stepsPerSecond, number(run.status->progress.stepsPerSecond, 2)) : Cell{};
    if (column == "epoch") return run.status ? numeric(run.status->progress.epoch, number(run.status->progress.epoch, 2)) : Cell{};
    if (column == "dataset") return {run.dataset, {}};
    if (column == "created") return {run.created.substr(0, 19), {}};
    if (column == "changed") return numeric(static_cast<double>(std::chrono::duration_cast<std::chrono::milliseconds>(run.changed.time_since_epoch()).count()) / 1e3, isoTime(run.changed).substr(0, 19));
    if (column == "tags") return {join(run.tags, ","), {}};
    if (column == "notes") return {split(run.notes + "\n", '\n').front(), {}};
    if (column == "parent") return run.parent ? Cell{run.parent->run.filename().string() + "@" + std::to_string(run.parent->step), {}} : Cell{};
    if (column == "alarms") {
        std::vector<std::string> names;
        for (const RunAlarm& alarm : run.alarms) names.push_back(alarm.alarm);
        return {join(names, ","), {}};
    }
    if (column == "problem") return {run.problem, {}};
    for (const std::string& tag : {column, "metric/" + column})
        if (const auto best = run.best.find(tag); best != run.best.end()) return numeric(best->second.value, formatShort(best->second.value) + "@" + std::to_string(best->second.step));
    for (const std::string& tag : {column, "metric/" + column})
        if (const auto latest = run.latest.find(tag); latest != run.latest.end()) return numeric(latest->second.value, formatShort(latest->second.value));
    if (!run.config) return {};
    const auto value = column == "total_steps" ? std::optional<OptionValue>(run.totalSteps) : configValue(*run.config, column);
    if (!value) return {};
    if (const auto* whole = std::get_if<std::int64_t>(&*value)) return integer(*whole);
    if (const auto* real = std::get_if<double>(&*value)) return numeric(*real, optionText(*value));
    return {optionText(*value), {}};
}

/// Every column that the runs have something for.
std::vector<std::string> knownColumns(const std::vector<RunSummary>& runs)
{
    std::vector<std::string> known = {"run",  "name",  "state",  "step",    "eta",  "speed",       "epoch",  "dataset", "created", "changed",
                                      "tags", "notes", "parent", "alarms", "problem", "system", "seed", "total_steps", "device", "version"};
    std::set<std::string> more;
    for (const RunSummary& run : runs) {
        for (const auto& [tag, unused] : run.best) more.insert(tag.starts_with("metric/") ? tag.substr(7) : tag);
        for (const auto& [tag, unused] : run.latest) more.insert(tag);
        if (!run.config) continue;
        for (const OptionValues* values : {&run.config->systemOptions, &run.config->trainingOptions})
            for (const auto& [key, unused] : *values) more.insert(key);
    }
    known.insert(known.end(), more.begin(), more.end());
    return known;
}

void checkColumn(const std::string& column, const std::vector<std::string>& known, const char* option)
{
    if (std::find(known.begin(), known.end(), column) == known.end() && std::find(known.begin(), known.end(), "metric/" + column) == known.end())
        throw Error(ErrorCode::Usage, "none of the runs has a column '" + column + "'" + suggestion(column, known), option);
}

/// "column<op>value" with = != ~ (contains) < <= > >=.
struct Filter {
    std::string column, sign, value;

    static Filter parsed(const std::string& text)
    {
        const std::size_t at = text.find_first_of("=!~<>");
        if (at == std::string::npos || at == 0) throw Error(ErrorCode::Usage, "'" + text + "' is not of the form column=value; = != ~ < <= > >= are possible", "--filter");
        const std::size_t length = at + 1 < text.size() && text[at + 1] == '=' && text[at] != '=' && text[at] != '~' ? 2 : 1;
        Filter filter{trimmed(text.substr(0, at)), text.substr(at, length), trimmed(text.substr(at + length))};
        if (filter.sign == "!") throw Error(ErrorCode::Usage, "'!' is no comparison; != is", "--filter");
        return filter;
    }
    bool takes(const RunSummary& run) const
    {
        const Cell cell = cellOf(run, column);
        const std::string text = column == "state" ? stateOf(run) : cell.text;
        if (sign == "~") return text.find(value) != std::string::npos;
        if (column == "tags" && (sign == "=" || sign == "!=")) return (std::find(run.tags.begin(), run.tags.end(), value) != run.tags.end()) == (sign == "=");
        const auto asked = attempt([&] { return parseNumber(value, column); });
        if (sign == "=" || sign == "!=") {
            const bool same = cell.value && asked ? *cell.value == asked.value() : text == value;
            return same == (sign == "=");
        }
        if (!asked) throw Error(ErrorCode::Usage, "'" + value + "' is no number", "--filter");
        if (!cell.value) return false;
        if (sign == "<") return *cell.value < asked.value();
        if (sign == "<=") return *cell.value <= asked.value();
        if (sign == ">") return *cell.value > asked.value();
        return *cell.value >= asked.value();
    }
};

struct ListRequest {
    std::vector<std::string> folders, columns, filters;
    std::string sort;
    bool archived = false;
};

std::vector<fs::path> foldersOf(const ListRequest& request)
{
    std::vector<fs::path> places(request.folders.begin(), request.folders.end());
    if (places.empty()) places.push_back(Places::data() / "runs");
    std::vector<fs::path> runs;
    for (const fs::path& place : places) {
        if (RunReader::isRun(place)) {
            runs.push_back(place);
            continue;
        }
        std::error_code code;
        if (request.folders.empty() && !fs::exists(place, code)) continue;  // nobody has trained anything yet
        const std::vector<fs::path> more = runsIn(place, request.archived);
        runs.insert(runs.end(), more.begin(), more.end());
        // those that wait for their turn and have no folder yet
        for (const QueueTicket& ticket : RunQueue().list())
            if (ticket.state == TicketState::Waiting && ticket.run.parent_path() == runPath(place) && !RunReader::isRun(ticket.run)) runs.push_back(place / ticket.run.filename());
    }
    std::sort(runs.begin(), runs.end());
    return runs;
}

void printTable(const std::vector<std::string>& columns, const std::vector<RunSummary>& runs)
{
    std::vector<std::vector<std::string>> rows(1);
    for (const std::string& column : columns) rows[0].push_back(column);
    for (const RunSummary& run : runs) {
        std::vector<std::string>& row = rows.emplace_back();
        for (const std::string& column : columns) row.push_back(cellOf(run, column).text);
        if (!run.problem.empty() && !run.alive()) row.back() += (row.back().empty() ? "" : "  ") + run.problem;
    }
    std::vector<std::size_t> widths(columns.size(), 0);
    for (const auto& row : rows)
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            std::string cell = row[i];
            if (i + 1 < row.size()) cell.resize(widths[i] + 2, ' ');
            line += cell;
        }
        cli::print(line);
    }
}

void list(const ListRequest& request)
{
    std::vector<RunSummary> runs = lookAtRuns(foldersOf(request));
    const std::vector<std::string> known = knownColumns(runs);
    std::vector<Filter> filters;
    for (const std::string& text : request.filters) {
        filters.push_back(Filter::parsed(text));
        if (!runs.empty()) checkColumn(filters.back().column, known, "--filter");
    }
    std::erase_if(runs, [&](const RunSummary& run) { return !std::all_of(filters.begin(), filters.end(), [&](const Filter& filter) { return filter.takes(run); }); });
    if (!request.sort.empty()) {
        const bool falling = request.sort.starts_with('-');
        const std::string column = request.sort.substr(falling ? 1 : 0);
        if (!runs.empty()) checkColumn(column, known, "--sort");
        std::stable_sort(runs.begin(), runs.end(), [&](const RunSummary& a, const RunSummary& b) {
            const Cell x = cellOf(a, column), y = cellOf(b, column);
            const bool hasX = x.value || !x.text.empty(), hasY = y.value || !y.text.empty();
            if (hasX != hasY) return hasX;  // those without come last either way
            if (x.value && y.value) return falling ? *x.value > *y.value : *x.value < *y.value;
            return falling ? x.text > y.text : x.text < y.text;
        });
    }
    std::vector<std::string> extra;
    for (const std::string& text : request.columns)
        for (const std::string& column : split(text, ','))
            if (!trimmed(column).empty()) extra.push_back(trimmed(column));
    if (!runs.empty())
        for (const std::string& column : extra) checkColumn(column, known, "--columns");
    if (cli::wantsJson()) {
        json all = json::array();
        for (const RunSummary& run : runs) {
            json one = describe(run);
            for (const std::string& column : extra) {
                const Cell cell = cellOf(run, column);
                one["columns"][column] = cell.value ? json(*cell.value) : cell.text.empty() ? json() : json(cell.text);
            }
            all.push_back(one);
        }
        cli::printJson(all);
        return;
    }
    if (runs.empty()) {
        cli::print("no runs");
        return;
    }
    // the best of every metric that was measured, and what only some runs have, where some have it
    std::vector<std::string> columns = {"run", "state", "step", "eta"};
    std::set<std::string> metrics;
    for (const RunSummary& run : runs)
        for (const auto& [tag, unused] : run.best) metrics.insert(tag.starts_with("metric/") ? tag.substr(7) : tag);
    columns.insert(columns.end(), metrics.begin(), metrics.end());
    const auto some = [&](const char* column) { return std::any_of(runs.begin(), runs.end(), [&](const RunSummary& run) { return !cellOf(run, column).text.empty(); }); };
    for (const char* column : {"alarms", "tags", "parent"})
        if (some(column)) columns.emplace_back(column);
    for (const std::string& column : extra)
        if (std::find(columns.begin(), columns.end(), column) == columns.end()) columns.push_back(column);
    for (const char* column : {"system", "dataset"})
        if (std::find(columns.begin(), columns.end(), column) == columns.end()) columns.emplace_back(column);
    printTable(columns, runs);
}

// --- show, diff, tail ---

void show(const std::string& name)
{
    const std::string folder = namedRun(name);
    const RunReader run(folder);
    const RunConfig config = run.config();
    const RunSummary summary = lookAtRuns({folder}).front();
    json out = describe(summary);
    out["system_options"] = toJson(config.systemOptions);
    out["training_options"] = toJson(config.trainingOptions);
    out["version"] = config.version;
    out["history"] = run.history();
    out["notes"] = run.notes();
    json checkpoints = json::array(), samples = json::array();
    for (const CheckpointFile& file : run.checkpoints()) checkpoints.push_back({{"step", file.step}, {"file", file.path.string()}});
    for (const SampleFile& file : run.samples()) samples.push_back({{"step", file.step}, {"file", file.path.string()}});
    out["checkpoints"] = checkpoints;
    out["samples"] = samples;
    if (cli::wantsJson()) {
        cli::printJson(out);
        return;
    }
    const auto line = [](const std::string& title, const std::string& value) {
        std::string text = title;
        text.resize(std::max<std::size_t>(text.size() + 2, 24), ' ');
        cli::print(text + value);
    };
    const auto& status = summary.status;
    line("state", cellOf(summary, "state").text + (status && !status->progress.message.empty() ? " (" + status->progress.message + ")" : ""));
    if (!summary.problem.empty() && (!status || status->progress.message != summary.problem)) line("problem", summary.problem);
    for (const RunAlarm& alarm : summary.alarms) line("alarm", alarm.alarm + " since step " + std::to_string(alarm.step) + ": " + alarm.message);
    if (!summary.displayName.empty()) line("name", summary.displayName);
    if (!summary.tags.empty()) line("tags", join(summary.tags, " "));
    if (!summary.notes.empty()) line("notes", summary.notes);
    line("step", std::to_string(summary.step()) + " of " + std::to_string(summary.totalSteps));
    if (const auto rest = summary.remainingS()) line("left", durationText(*rest));
    line("system", config.system);
    line("dataset", summary.dataset);
    line("seed", std::to_string(config.seed));
    if (config.fork) line("fork of", config.fork->run.string() + " at step " + std::to_string(config.fork->step) + (config.fork->changed.empty() ? "" : ", changed: " + join(config.fork->changed, ", ")));
    line("checkpoints", std::to_string(checkpoints.size()) + (checkpoints.empty() ? "" : ", newest " + checkpoints.back()["file"].get<std::string>()));
    if (const auto& best = summary.bestCheckpoint) line("best checkpoint", best->path.string() + " (" + best->metric + " " + formatShort(best->value) + ")");
    for (const auto& [tag, best] : summary.best) line("best " + (tag.starts_with("metric/") ? tag.substr(7) : tag), formatShort(best.value) + " at step " + std::to_string(best.step));
    line("samples", std::to_string(samples.size()));
    for (const OptionValues* values : {&config.systemOptions, &config.trainingOptions})
        for (const auto& [key, value] : *values) line("  " + key, optionText(value));
    for (const auto& [tag, point] : summary.latest) line("  " + tag, number(point.value, 5));
}

/// What differs between the configurations of runs, key by key.
void diff(const std::vector<std::string>& names)
{
    std::vector<fs::path> folders;
    for (const std::string& name : names) folders.emplace_back(namedRun(name));
    const std::vector<ConfigDifference> rows = differences(folders);
    if (cli::wantsJson()) {
        json differing = json::object();
        for (const ConfigDifference& row : rows)
            for (const auto& value : row.values) differing[row.key].push_back(value ? toJson(OptionValues{{"value", *value}})["value"] : json());
        cli::printJson({{"runs", names}, {"differences", differing}});
        return;
    }
    if (rows.empty()) {
        cli::print("the runs have the same configuration");
        return;
    }
    std::vector<std::vector<std::string>> table(1, {""});
    for (const std::string& name : names) table[0].push_back(fs::path(runPath(name)).filename().string());
    for (const ConfigDifference& row : rows) {
        table.push_back({row.key});
        for (const auto& value : row.values) table.back().push_back(value ? optionText(*value) : "-");
    }
    std::vector<std::size_t> widths(table[0].size(), 0);
    for (const auto& row : table)
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    for (const auto& row : table) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            std::string cell = row[i];
            if (i + 1 < row.size()) cell.resize(widths[i] + 2, ' ');
            line += cell;
        }
        cli::print(line);
    }
}

/// Prints scalars, or with \p events what happened, as they come until the run ends.
void tail(const std::string& name, bool follow, int lines, bool events, const std::vector<std::string>& words)
{
    const std::string folder = namedRun(name);
    const RunReader run(folder);
    RunSummaries summaries;
    EventsReader reader(folder);
    std::map<std::int64_t, std::vector<ScalarRecord>> steps;
    std::size_t told = 0;
    bool first = true;
    const auto wanted = [&](const std::string& tag) {
        if (words.empty()) return !tag.starts_with("lr/") && !tag.starts_with("time/") && !tag.starts_with("norm/") && !tag.starts_with("memory/");
        return std::any_of(words.begin(), words.end(), [&](const std::string& word) { return tag.find(word) != std::string::npos; });
    };
    while (true) {
        // asked before reading, so that what was written before the end is still read
        const std::string state = stateOf(summaries.look(folder));
        if (events) {
            const std::vector<json> history = run.history();
            if (first && lines > 0 && history.size() > static_cast<std::size_t>(lines)) told = history.size() - static_cast<std::size_t>(lines);
            for (; told < history.size(); ++told) {
                json event = history[told];
                if (cli::wantsJson()) {
                    std::cout << event.dump() << std::endl;
                    continue;
                }
                std::string line = event.value("time", "") + "  step " + std::to_string(event.value("step", std::int64_t(0))) + "  " + event.value("kind", "");
                for (const char* key : {"time", "step", "kind", "protocol"}) event.erase(key);
                for (const auto& [key, value] : event.items()) line += "  " + key + " " + (value.is_string() ? value.get<std::string>() : value.dump());
                cli::print(line);
            }
        } else {
            steps.clear();
            for (ScalarRecord& record : reader.poll())
                if (words.empty() || wanted(record.tag)) steps[record.step].push_back(std::move(record));
            auto at = steps.begin();
            if (first && lines > 0 && steps.size() > static_cast<std::size_t>(lines)) at = std::next(steps.begin(), static_cast<std::ptrdiff_t>(steps.size()) - lines);
            for (; at != steps.end(); ++at) {
                if (cli::wantsJson()) {  // one object a line: it is followed by a program
                    json values = json::object();
                    for (const ScalarRecord& record : at->second) values[record.tag] = numberOrNull(record.value);
                    std::cout << json{{"step", at->first}, {"scalars", values}}.dump() << std::endl;
                    continue;
                }
                std::string line = "step " + std::to_string(at->first);
                for (const ScalarRecord& record : at->second)
                    if (wanted(record.tag)) line += "  " + record.tag + " " + formatShort(record.value);
                cli::print(line);
            }
        }
        for (const std::string& problem : reader.problems())
            if (!follow) std::cerr << "kinora: " << problem << std::endl;
        first = false;
        if (!follow || (state != "running" && state != "paused" && state != "created" && state != "starting" && state != "queued")) return;
        std::this_thread::sleep_for(std::chrono::milliseconds(250));
    }
}

/// Leaves a request and, unless told otherwise, waits for the trainer to answer it.
void ask(const std::string& name, RunRequest request, double waitS)
{
    const std::string folder = namedRun(name);
    const RunReader run(folder);
    if (!run.locked()) throw Error(ErrorCode::NotFound, "no trainer owns this run at the moment, so nobody can do that; 'kinora train --resume' continues it", folder);
    const std::string id = run.ask(request);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(waitS);
    std::string answer = "asked";
    while (std::chrono::steady_clock::now() < deadline) {
        for (const json& line : run.history()) {
            if (!line.contains("id") || line["id"] != id) continue;
            if (line.contains("problem")) throw Error(ErrorCode::Usage, line["problem"].is_string() ? line["problem"].get<std::string>() : std::string("refused"), folder);
            answer = "done";
        }
        if (answer == "done") break;
        if (!run.locked()) {
            answer = "the run ended";
            break;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    if (cli::wantsJson()) cli::printJson({{"run", folder}, {"answer", answer}});
    else cli::print(answer == "asked" ? "asked; the trainer answers after its present step" : answer);
}

void addAsk(CLI::App& runs, const std::string& name, const std::string& summary, RunRequest::Kind kind)
{
    const bool sets = kind == RunRequest::Kind::Set, measures = kind == RunRequest::Kind::Metric;
    CLI::App* command = cli::addCommand(runs, name, summary, "  kinora runs " + name + " runs/first" + (sets ? " sample_interval=50\n  kinora runs set runs/first learning_rate/G=1e-4" : measures ? " motion_energy,sample_diversity" : "") + "\n");
    auto folder = std::make_shared<std::string>();
    auto what = std::make_shared<std::string>();
    auto wait = std::make_shared<double>(measures ? 600 : 10);
    command->add_option("RUN", *folder, "A run directory")->required();
    if (sets) command->add_option("KEY=VALUE", *what, "An interval or policy of the trainer, learning_rate/<optimizer> or loss_weight/<name>")->required();
    if (measures) command->add_option("METRICS", *what, "Metrics, separated by commas ('kinora evaluate --list' names them)")->required();
    command->add_option("--wait", *wait, "Seconds to wait for the answer (" + std::string(measures ? "600" : "10") + ")")->check(CLI::Range(0.0, 86400.0));
    command->callback([folder, what, wait, kind] {
        RunRequest request;
        request.kind = kind;
        if (kind == RunRequest::Kind::Metric) request.value = *what;
        if (kind == RunRequest::Kind::Set) {
            const std::size_t equals = what->find('=');
            if (equals == std::string::npos || equals == 0) throw Error(ErrorCode::Usage, "'" + *what + "' is not of the form key=value");
            request.key = trimmed(what->substr(0, equals));
            request.value = trimmed(what->substr(equals + 1));
        }
        ask(*folder, request, *wait);
    });
}

}  // namespace

void addRunsCommand(CLI::App& app)
{
    CLI::App* runs = cli::addCommand(app, "runs", "List, inspect, steer, fork, queue and archive runs",
                                     "  kinora runs list\n  kinora runs show runs/first --json\n  kinora runs diff runs/first runs/second\n  kinora runs tail -f runs/first\n"
                                     "  kinora runs pause runs/first\n  kinora runs set runs/first sample_interval=50\n  kinora runs fork runs/first runs/other --step 4000\n  kinora runs queue\n");
    runs->require_subcommand(1);

    CLI::App* listing = cli::addCommand(*runs, "list", "Runs in folders: state, step, time left, best metrics, alarms",
                                        "  kinora runs list\n  kinora runs list experiments --columns batch_size,learning_rate_g --sort -motion_energy\n"
                                        "  kinora runs list experiments --filter state=running --filter \"base_channels>=32\" --json\n"
                                        "\nColumns, sort keys and filters: name, state, step, eta, speed, epoch, created, changed, tags, notes, parent, alarms, the keys of the configuration, metrics and\n"
                                        "the tags of curves. Filters: = != ~ (contains) < <= > >=.");
    auto request = std::make_shared<ListRequest>();
    listing->add_option("FOLDER", request->folders, "Folders of runs, or runs (the runs in Kinora's data folder)");
    listing->add_option("--columns", request->columns, "Further columns, separated by commas");
    listing->add_option("--sort", request->sort, "Column to sort by; with a - before it the largest first");
    listing->add_option("--filter", request->filters, "column=value, column~text, column<number ...; may be repeated")->allow_extra_args(false);
    listing->add_flag("--archived", request->archived, "Also the runs in 'archive'");
    listing->callback([request] { list(*request); });

    CLI::App* showing = cli::addCommand(*runs, "show", "Everything about a run", "  kinora runs show runs/first\n");
    auto shown = std::make_shared<std::string>();
    showing->add_option("RUN", *shown, "A run directory")->required();
    showing->callback([shown] { show(*shown); });

    CLI::App* differing = cli::addCommand(*runs, "diff", "What differs between the settings of runs", "  kinora runs diff runs/first runs/second\n");
    auto compared = std::make_shared<std::vector<std::string>>();
    differing->add_option("RUNS", *compared, "Two run directories or more")->required()->expected(2, 1000);
    differing->callback([compared] { diff(*compared); });

    CLI::App* tailing = cli::addCommand(*runs, "tail", "The newest values of a run's curves, or its events", "  kinora runs tail runs/first\n  kinora runs tail -f runs/first loss/ metric/\n  kinora runs tail --events runs/first\n");
    auto tailed = std::make_shared<std::string>();
    auto words = std::make_shared<std::vector<std::string>>();
    auto follow = std::make_shared<bool>(false), history = std::make_shared<bool>(false);
    auto lines = std::make_shared<int>(10);
    tailing->add_option("RUN", *tailed, "A run directory")->required();
    tailing->add_option("TAG", *words, "Only curves with one of these in their names");
    tailing->add_flag("-f,--follow", *follow, "Go on until the run ends");
    tailing->add_flag("--events", *history, "What happened (history.jsonl) instead of curves");
    tailing->add_option("-n,--lines", *lines, "Steps to begin with (10); 0: all")->check(CLI::Range(0, 1000000000));
    tailing->callback([tailed, follow, lines, history, words] { tail(*tailed, *follow, *lines, *history, *words); });

    addAsk(*runs, "pause", "Pause a running trainer after its present step", RunRequest::Kind::Pause);
    addAsk(*runs, "resume", "Let a paused trainer go on ('kinora train --resume' continues a run whose trainer has ended)", RunRequest::Kind::Resume);
    addAsk(*runs, "stop", "Stop a trainer after its present step; it saves a checkpoint first", RunRequest::Kind::Stop);
    addAsk(*runs, "checkpoint", "Save a checkpoint now", RunRequest::Kind::Checkpoint);
    addAsk(*runs, "set", "Change an option of a running trainer", RunRequest::Kind::Set);
    addAsk(*runs, "metric", "Let a running trainer measure metrics after its present step", RunRequest::Kind::Metric);
    addRunActionCommands(*runs);
}

}  // namespace kinora::app
