#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "app/kinora/commands.h"
#include "app/shared/command_line.h"
#include "core/events/tfevents.h"
#include "core/run/run_directory.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/outcome.h"
#include "core/util/text.h"

namespace kinora::app {
namespace {
namespace fs = std::filesystem;
using nlohmann::json;

constexpr auto kStaleAfter = std::chrono::seconds(30);  ///< As StaleWatch has it, by the age of the status file: one look is all a command has.


std::string number(double value, int digits)
{
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
}

/// The state as a person should read it: "stale" where the trainer says it runs and nothing shows that it does.
std::string stateOf(const RunReader& run, const std::optional<RunStatus>& status)
{
    if (!status) return run.locked() ? "starting" : "never started";
    const RunState state = status->progress.state;
    const bool active = state == RunState::Created || state == RunState::Running || state == RunState::Paused;
    if (!active) return std::string(runStateName(state));
    if (!run.locked()) return "stale";
    std::error_code code;
    const auto written = fs::last_write_time(run.folder() / "status.json", code);
    if (!code && fs::file_time_type::clock::now() - written > kStaleAfter) return "stale";
    return std::string(runStateName(state));
}

std::map<std::string, ScalarRecord> latestScalars(const RunReader& run)
{
    EventsReader events(run.folder());
    std::map<std::string, ScalarRecord> latest;
    for (ScalarRecord& record : events.poll()) latest[record.tag] = std::move(record);
    return latest;
}

json describe(const RunReader& run)
{
    json out = {{"run", run.folder().string()}};
    const RunConfig config = run.config();
    out["system"] = config.system;
    out["dataset"] = config.dataset;
    out["seed"] = config.seed;
    out["total_steps"] = run.totalSteps();
    const auto status = attempt([&] { return run.status(); });
    if (!status) {
        out["state"] = "damaged";
        out["problem"] = status.error().what();
        return out;
    }
    out["state"] = stateOf(run, status.value());
    out["step"] = 0;
    if (const auto& known = status.value()) {
        const RunProgress& progress = known->progress;
        out["step"] = progress.step;
        out["epoch"] = progress.epoch;
        out["phase"] = progress.phase;
        out["steps_per_second"] = progress.stepsPerSecond;
        out["clips_per_second"] = progress.clipsPerSecond;
        out["device"] = progress.device;
        out["message"] = progress.message;
        out["pid"] = known->pid;
        out["host"] = known->host;
        out["started_at"] = known->startedAt;
    }
    return out;
}

std::vector<fs::path> runsIn(const std::vector<std::string>& folders)
{
    std::vector<fs::path> places(folders.begin(), folders.end());
    if (places.empty()) places.push_back(Places::data() / "runs");
    std::vector<fs::path> runs;
    for (const fs::path& place : places) {
        if (RunReader::isRun(place)) {
            runs.push_back(place);
            continue;
        }
        std::error_code code;
        fs::directory_iterator it(place, code);
        if (code) {
            if (folders.empty()) continue;  // nobody has trained anything yet
            throw Error(ErrorCode::NotFound, "is no folder that can be read (" + code.message() + ")", place.string());
        }
        for (const fs::directory_iterator end; !code && it != end; it.increment(code))
            if (RunReader::isRun(it->path())) runs.push_back(it->path());
    }
    std::sort(runs.begin(), runs.end());
    return runs;
}

void list(const std::vector<std::string>& folders)
{
    json all = json::array();
    std::size_t width = 3;
    for (const fs::path& path : runsIn(folders)) {
        const auto described = attempt([&] { return describe(RunReader(path)); });
        all.push_back(described ? described.value() : json{{"run", path.string()}, {"state", "damaged"}, {"problem", described.error().what()}});
        width = std::max(width, path.string().size());
    }
    if (cli::wantsJson()) {
        cli::printJson(all);
        return;
    }
    if (all.empty()) {
        cli::print("no runs");
        return;
    }
    for (const json& run : all) {
        std::string line = run["run"].get<std::string>();
        line.resize(width + 2, ' ');
        std::string state = run["state"].get<std::string>();
        state.resize(std::max<std::size_t>(state.size(), 14), ' ');
        line += state;
        if (run.contains("problem")) line += run["problem"].get<std::string>();
        else
            line += std::to_string(run["step"].get<std::int64_t>()) + " of " + std::to_string(run["total_steps"].get<std::int64_t>()) + "  " + run["system"].get<std::string>() + " on " +
                    run["dataset"].get<std::string>();
        cli::print(line);
    }
}

void show(const std::string& folder)
{
    const RunReader run(folder);
    const RunConfig config = run.config();
    json out = describe(run);
    out["system_options"] = toJson(config.systemOptions);
    out["training_options"] = toJson(config.trainingOptions);
    out["version"] = config.version;
    out["history"] = run.history();
    out["notes"] = run.notes();
    json checkpoints = json::array(), samples = json::array(), scalars = json::object();
    for (const CheckpointFile& file : run.checkpoints()) checkpoints.push_back({{"step", file.step}, {"file", file.path.string()}});
    for (const SampleFile& file : run.samples()) samples.push_back({{"step", file.step}, {"file", file.path.string()}});
    for (const auto& [tag, record] : latestScalars(run)) scalars[tag] = {{"step", record.step}, {"value", std::isfinite(record.value) ? json(record.value) : json()}};
    out["checkpoints"] = checkpoints;
    out["samples"] = samples;
    out["scalars"] = scalars;
    if (cli::wantsJson()) {
        cli::printJson(out);
        return;
    }
    const auto line = [](const std::string& name, const std::string& value) {
        std::string text = name;
        text.resize(std::max<std::size_t>(text.size() + 2, 24), ' ');
        cli::print(text + value);
    };
    line("state", out["state"].get<std::string>() + (out.contains("message") && !out["message"].get<std::string>().empty() ? " (" + out["message"].get<std::string>() + ")" : ""));
    if (out.contains("problem")) line("problem", out["problem"].get<std::string>());
    line("step", std::to_string(out["step"].get<std::int64_t>()) + " of " + std::to_string(out["total_steps"].get<std::int64_t>()));
    line("system", config.system);
    line("dataset", config.dataset);
    line("seed", std::to_string(config.seed));
    line("checkpoints", std::to_string(checkpoints.size()) + (checkpoints.empty() ? "" : ", newest " + checkpoints.back()["file"].get<std::string>()));
    line("samples", std::to_string(samples.size()));
    for (const OptionValues* values : {&config.systemOptions, &config.trainingOptions})
        for (const auto& [key, value] : *values) line("  " + key, optionText(value));
    for (const auto& [tag, record] : latestScalars(run)) line("  " + tag, number(record.value, 5));
}

/// What differs between the configurations of runs, key by key.
void diff(const std::vector<std::string>& folders)
{
    std::map<std::string, std::vector<json>> rows;
    for (std::size_t i = 0; i < folders.size(); ++i) {
        const RunConfig config = RunReader(folders[i]).config();
        json facts = {{"system", config.system}, {"dataset", config.dataset}, {"seed", config.seed}, {"total_steps", RunReader(folders[i]).totalSteps()}, {"version", config.version}};
        facts.update(toJson(config.systemOptions));
        facts.update(toJson(config.trainingOptions));
        for (const auto& [key, value] : facts.items()) {
            rows[key].resize(folders.size());
            rows[key][i] = value;
        }
    }
    json differing = json::object();
    for (const auto& [key, values] : rows)
        if (std::any_of(values.begin(), values.end(), [&, &first = values.front()](const json& value) { return value != first; })) differing[key] = values;
    if (cli::wantsJson()) {
        cli::printJson({{"runs", folders}, {"differences", differing}});
        return;
    }
    if (differing.empty()) cli::print("the runs have the same configuration");
    for (const auto& [key, values] : differing.items()) {
        std::string line = key;
        line.resize(std::max<std::size_t>(line.size() + 1, 24), ' ');
        for (const json& value : values) {
            std::string cell = value.is_null() ? "-" : value.is_string() ? value.get<std::string>() : value.dump();
            cell.resize(std::max<std::size_t>(cell.size() + 2, 20), ' ');
            line += cell;
        }
        cli::print(trimmed(line));
    }
}

/// Prints scalars as they come until the run ends.
void tail(const std::string& folder, bool follow, int lines)
{
    const RunReader run(folder);
    EventsReader events(folder);
    std::map<std::int64_t, std::vector<ScalarRecord>> steps;
    bool first = true;
    while (true) {
        // asked before reading, so that what was written before the end is still read
        const auto status = attempt([&] { return run.status(); });
        const std::string state = status ? stateOf(run, status.value()) : "damaged";
        steps.clear();
        for (ScalarRecord& record : events.poll()) steps[record.step].push_back(std::move(record));
        auto at = steps.begin();
        if (first && lines > 0 && steps.size() > static_cast<std::size_t>(lines)) at = std::next(steps.begin(), static_cast<std::ptrdiff_t>(steps.size()) - lines);
        first = false;
        for (; at != steps.end(); ++at) {
            if (cli::wantsJson()) {  // one object a line: it is followed by a program
                json values = json::object();
                for (const ScalarRecord& record : at->second) values[record.tag] = std::isfinite(record.value) ? json(record.value) : json();
                std::cout << json{{"step", at->first}, {"scalars", values}}.dump() << std::endl;
                continue;
            }
            std::string line = "step " + std::to_string(at->first);
            for (const ScalarRecord& record : at->second)
                if (!record.tag.starts_with("lr/") && !record.tag.starts_with("time/")) line += "  " + record.tag + " " + number(record.value, 4);
            cli::print(line);
        }
        for (const std::string& problem : events.problems())
            if (!follow) std::cerr << "kinora: " << problem << std::endl;
        if (!follow || (state != "running" && state != "paused" && state != "created" && state != "starting")) return;
        std::this_thread::sleep_for(std::chrono::milliseconds(250));
    }
}

/// Leaves a request and, unless told otherwise, waits for the trainer to answer it.
void ask(const std::string& folder, RunRequest request, double waitS)
{
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

CLI::App* addAsk(CLI::App& runs, const std::string& name, const std::string& summary, RunRequest::Kind kind)
{
    CLI::App* command = cli::addCommand(runs, name, summary, "  kinora runs " + name + " runs/first" + (kind == RunRequest::Kind::Set ? " sample_interval=50" : "") + "\n");
    auto folder = std::make_shared<std::string>();
    auto setting = std::make_shared<std::string>();
    auto wait = std::make_shared<double>(10);
    command->add_option("RUN", *folder, "A run directory")->required();
    if (kind == RunRequest::Kind::Set)
        command->add_option("KEY=VALUE", *setting, "checkpoint_interval, sample_interval, scalar_interval, stop_on_nan or learning_rate/<network>")->required();
    command->add_option("--wait", *wait, "Seconds to wait for the answer (10)")->check(CLI::Range(0.0, 86400.0));
    command->callback([folder, setting, wait, kind] {
        RunRequest request;
        request.kind = kind;
        if (kind == RunRequest::Kind::Set) {
            const std::size_t equals = setting->find('=');
            if (equals == std::string::npos || equals == 0) throw Error(ErrorCode::Usage, "'" + *setting + "' is not of the form key=value");
            request.key = trimmed(setting->substr(0, equals));
            request.value = trimmed(setting->substr(equals + 1));
        }
        ask(*folder, request, *wait);
    });
    return command;
}

}  // namespace

void addRunsCommand(CLI::App& app)
{
    CLI::App* runs = cli::addCommand(app, "runs", "List, inspect and steer runs",
                                     "  kinora runs list\n  kinora runs show runs/first --json\n  kinora runs diff runs/first runs/second\n  kinora runs tail -f runs/first\n"
                                     "  kinora runs pause runs/first\n  kinora runs set runs/first sample_interval=50\n");
    runs->require_subcommand(1);

    CLI::App* listing = cli::addCommand(*runs, "list", "Runs in folders, with their states", "  kinora runs list\n  kinora runs list experiments --json\n");
    auto folders = std::make_shared<std::vector<std::string>>();
    listing->add_option("FOLDER", *folders, "Folders of runs, or runs (the runs in Kinora's data folder)");
    listing->callback([folders] { list(*folders); });

    CLI::App* showing = cli::addCommand(*runs, "show", "Everything about a run", "  kinora runs show runs/first\n");
    auto shown = std::make_shared<std::string>();
    showing->add_option("RUN", *shown, "A run directory")->required();
    showing->callback([shown] { show(*shown); });

    CLI::App* differing = cli::addCommand(*runs, "diff", "What differs between the settings of runs", "  kinora runs diff runs/first runs/second\n");
    auto compared = std::make_shared<std::vector<std::string>>();
    differing->add_option("RUNS", *compared, "Two run directories or more")->required()->expected(2, 1000);
    differing->callback([compared] { diff(*compared); });

    CLI::App* tailing = cli::addCommand(*runs, "tail", "The newest values of a run's curves", "  kinora runs tail runs/first\n  kinora runs tail -f runs/first\n");
    auto tailed = std::make_shared<std::string>();
    auto follow = std::make_shared<bool>(false);
    auto lines = std::make_shared<int>(10);
    tailing->add_option("RUN", *tailed, "A run directory")->required();
    tailing->add_flag("-f,--follow", *follow, "Go on until the run ends");
    tailing->add_option("-n,--lines", *lines, "Steps to begin with (10); 0: all")->check(CLI::Range(0, 1000000000));
    tailing->callback([tailed, follow, lines] { tail(*tailed, *follow, *lines); });

    addAsk(*runs, "pause", "Pause a running trainer after its present step", RunRequest::Kind::Pause);
    addAsk(*runs, "resume", "Let a paused trainer go on ('kinora train --resume' continues a run whose trainer has ended)", RunRequest::Kind::Resume);
    addAsk(*runs, "stop", "Stop a trainer after its present step; it saves a checkpoint first", RunRequest::Kind::Stop);
    addAsk(*runs, "checkpoint", "Save a checkpoint now", RunRequest::Kind::Checkpoint);
    addAsk(*runs, "set", "Change an option of a running trainer", RunRequest::Kind::Set);
}

}  // namespace kinora::app
