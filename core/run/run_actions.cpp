#include "core/run/run_actions.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/run/run_summary.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/log.h"
#include "core/util/outcome.h"
#include "core/util/safetensors.h"
#include "core/util/text.h"

namespace kinora {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

constexpr std::string_view kRunKeys[] = {"system", "dataset", "seed", "total_steps", "device", "version"};
constexpr std::string_view kLearningRate = "learning_rate/";

RunConfig presentConfig(const RunReader& run)
{
    RunConfig config = run.config();
    config.dataset = run.dataset();
    config.totalSteps = run.totalSteps();
    return config;
}

/// The options among \p changes put over those of \p config. \throws Error (Usage) for keys that it does not have
void apply(RunConfig& config, const RunChanges& changes)
{
    for (const auto& [key, value] : changes.options) {
        bool known = false;
        for (OptionValues* values : {&config.systemOptions, &config.trainingOptions})
            if (const auto found = values->find(key); found != values->end()) {
                const bool number = std::holds_alternative<double>(found->second) && std::holds_alternative<std::int64_t>(value);
                if (found->second.index() != value.index() && !number) throw Error(ErrorCode::Usage, "'" + optionText(value) + "' is of another type than " + optionText(found->second), key);
                found->second = number ? OptionValue(static_cast<double>(std::get<std::int64_t>(value))) : value;
                known = true;
            }
        if (known) continue;
        std::vector<std::string> names;
        for (const OptionValues* values : {&config.systemOptions, &config.trainingOptions})
            for (const auto& [name, unused] : *values) names.push_back(name);
        throw Error(ErrorCode::Usage, "the run has no option '" + key + "'" + suggestion(key, names));
    }
    if (changes.dataset) config.dataset = *changes.dataset;
    if (changes.device) config.device = *changes.device;
    if (changes.totalSteps) config.totalSteps = *changes.totalSteps;
    if (changes.seed) config.seed = *changes.seed;
}

/// What may be moved or deleted: a run of ours whose configuration can be read.
RunReader ours(const fs::path& folder)
{
    RunReader run(folder);
    static_cast<void>(run.config());
    return run;
}

/// Renames a run's folder with its lock held, so that no trainer begins in it meanwhile.
fs::path moveRun(const fs::path& from, const fs::path& to)
{
    const RunReader run = ours(from);
    std::error_code code;
    if (fs::exists(fs::symlink_status(to, code))) throw Error(ErrorCode::CannotWrite, "is there already; rename one of the two", to.string());
    const std::unique_ptr<FileLock> lock = lockRun(from);
    if (::rename(from.c_str(), to.c_str()) != 0) throw Error(ErrorCode::CannotWrite, "cannot be moved to " + to.string() + " (" + std::strerror(errno) + ")", from.string());
    lock->moved(to / "lock");
    return to;
}

std::string labelText(const LabelColumn& column)
{
    return column.categorical() ? column.name + ": " + join(column.categories, ", ") : column.name;
}

}  // namespace

std::vector<ConfigDifference> differences(const std::vector<RunConfig>& configs)
{
    std::map<std::pair<int, std::string>, ConfigDifference> rows;
    const auto put = [&](int rank, const char* group, const std::string& key, std::size_t run, const OptionValue& value) {
        ConfigDifference& row = rows[{rank, key}];
        row.key = key;
        row.group = group;
        row.values.resize(configs.size());
        row.values[run] = value;
    };
    for (std::size_t i = 0; i < configs.size(); ++i) {
        for (const std::string_view key : kRunKeys) put(0, "run", std::string(key), i, *configValue(configs[i], std::string(key)));
        if (configs[i].fork) put(0, "run", "fork", i, configs[i].fork->run.string() + " at step " + std::to_string(configs[i].fork->step));
        for (const auto& [key, value] : configs[i].systemOptions) put(1, "system", key, i, value);
        for (const auto& [key, value] : configs[i].trainingOptions) put(2, "training", key, i, value);
    }
    std::vector<ConfigDifference> differing;
    for (auto& [key, row] : rows)
        if (std::any_of(row.values.begin(), row.values.end(), [&](const auto& value) { return value != row.values.front(); })) differing.push_back(std::move(row));
    return differing;
}

std::vector<ConfigDifference> differences(const std::vector<fs::path>& runs)
{
    std::vector<RunConfig> configs;
    for (const fs::path& run : runs) configs.push_back(presentConfig(RunReader(run)));
    return differences(configs);
}

RunChanges parseChanges(const RunConfig& config, const std::vector<std::string>& settings)
{
    RunChanges changes;
    for (const std::string& setting : settings) {
        const std::size_t equals = setting.find('=');
        if (equals == std::string::npos || equals == 0) throw Error(ErrorCode::Usage, "'" + setting + "' is not of the form key=value", "--set");
        const std::string key = trimmed(setting.substr(0, equals)), value = trimmed(setting.substr(equals + 1));
        if (key == "dataset") changes.dataset = value;
        else if (key == "device") changes.device = value;
        else if (key == "total_steps" || key == "steps") changes.totalSteps = parseInteger(value, key);
        else if (key == "seed") changes.seed = static_cast<std::uint64_t>(parseInteger(value, key));
        else if (key.starts_with(kLearningRate)) changes.options[key] = parseNumber(value, key);
        else {
            const std::optional<OptionValue> known = key == "system" || key == "version" ? std::nullopt : configValue(config, key);
            if (!known) {
                std::vector<std::string> names = {"dataset", "device", "total_steps", "seed"};
                for (const OptionValues* values : {&config.systemOptions, &config.trainingOptions})
                    for (const auto& [name, unused] : *values) names.push_back(name);
                throw Error(ErrorCode::Usage, "cannot be changed, or the run has no such option" + suggestion(key, names), key);
            }
            OptionField field;
            field.key = key;
            field.fallback = *known;
            field.type = std::holds_alternative<bool>(*known)           ? OptionType::Boolean
                         : std::holds_alternative<std::int64_t>(*known) ? OptionType::Integer
                         : std::holds_alternative<double>(*known)       ? OptionType::Real
                                                                        : OptionType::Text;
            changes.options[key] = parseOption(field, value);
        }
    }
    if (changes.totalSteps && *changes.totalSteps < 1) throw Error(ErrorCode::Usage, "must be 1 or more", "total_steps");
    return changes;
}

std::vector<std::string> duplicateArguments(const fs::path& run, const fs::path& newRun, const RunChanges& changes)
{
    RunConfig config = presentConfig(RunReader(run));
    apply(config, changes);
    std::vector<std::string> arguments = {"train", "--system", config.system, "--dataset", config.dataset, "--run", newRun.string(), "--steps", std::to_string(config.totalSteps),
                                          "--seed", std::to_string(config.seed), "--device", config.device};
    for (const OptionValues* values : {&config.systemOptions, &config.trainingOptions})
        for (const auto& [key, value] : *values) {
            const std::string text = optionText(value);
            if (text.empty()) continue;  // an option of the type text that is not set
            arguments.insert(arguments.end(), {"--set", key + "=" + text});
        }
    return arguments;
}

std::string commandLine(const std::vector<std::string>& arguments)
{
    std::string line = "kinora";
    for (const std::string& argument : arguments) {
        const bool plain = !argument.empty() && argument.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=:/.,@%") == std::string::npos;
        line += ' ';
        if (plain) {
            line += argument;
            continue;
        }
        line += '\'';
        for (const char c : argument) line += c == '\'' ? std::string("'\\''") : std::string(1, c);
        line += '\'';
    }
    return line;
}

std::int64_t forkRun(const fs::path& run, std::optional<std::int64_t> step, const fs::path& newRun, const RunChanges& changes)
{
    const RunReader parent(runPath(run));
    RunConfig config = presentConfig(parent);
    CheckpointFile chosen;
    if (step) {
        const std::vector<CheckpointFile> all = parent.checkpoints();
        const auto found = std::find_if(all.begin(), all.end(), [&](const CheckpointFile& file) { return file.step == *step; });
        if (found == all.end()) {
            std::vector<std::string> steps;
            for (const CheckpointFile& file : all) steps.push_back(std::to_string(file.step));
            throw Error(ErrorCode::NotFound, "has no checkpoint of step " + std::to_string(*step) + (steps.empty() ? "; it has none yet" : "; there are " + join(steps, ", ")), run.string());
        }
        checkCheckpoint(*found);
        chosen = *found;
    } else {
        chosen = newestGoodCheckpoint(parent);
    }
    if (changes.seed) throw Error(ErrorCode::Usage, "cannot be changed in a fork, which goes on with its parent's random states; a duplicate begins anew", "seed");

    // the mapped file keeps its bytes even if the parent's trainer removes its name meanwhile
    const safetensors::File file(chosen.path);
    std::map<std::string, std::string> facts = file.metadata();
    if (facts["system"] != config.system)
        throw Error(ErrorCode::Incompatible, "is a checkpoint of '" + facts["system"] + "', and the run's system is '" + config.system + "'", chosen.path.string());
    const auto object = [&](const char* key) {
        json value = json::parse(facts[key], nullptr, false);
        if (!value.is_object()) throw Error(ErrorCode::Damaged, std::string("has no table '") + key + "' in its header", chosen.path.string());
        return value;
    };
    // the settings as they were at that step, with what was changed while it ran
    for (const auto& [key, value] : optionValuesFromJson(object("options"))) config.systemOptions[key] = value;
    for (const auto& [key, value] : optionValuesFromJson(object("options_training"))) config.trainingOptions[key] = value;
    const RunConfig before = config;
    RunChanges options = changes;
    std::map<std::string, double> rates;
    for (const auto& [key, value] : changes.options)
        if (key.starts_with(kLearningRate)) {
            rates[key.substr(kLearningRate.size())] = std::holds_alternative<std::int64_t>(value) ? static_cast<double>(std::get<std::int64_t>(value)) : std::get<double>(value);
            options.options.erase(key);
        }
    apply(config, options);
    if (config.totalSteps < chosen.step)
        throw Error(ErrorCode::Usage, "is " + std::to_string(config.totalSteps) + ", and the fork begins at step " + std::to_string(chosen.step) + " already", "total_steps");

    ForkOrigin origin{parent.folder(), chosen.step, {}, {}};
    for (const ConfigDifference& difference : differences(std::vector<RunConfig>{before, config})) {
        origin.changed.push_back(difference.key);
        if (difference.group == "system" && difference.values.front()) origin.before[difference.key] = *difference.values.front();
    }
    if (!rates.empty()) {
        json optimizers = object("optimizers");
        for (const auto& [name, rate] : rates) {
            if (!optimizers.contains(name)) {
                std::vector<std::string> known;
                for (const auto& [other, unused] : optimizers.items()) known.push_back(other);
                throw Error(ErrorCode::Usage, "there is no optimizer '" + name + "'" + suggestion(name, known), std::string(kLearningRate) + name);
            }
            if (!(rate > 0) || !std::isfinite(rate)) throw Error(ErrorCode::Usage, "must be a number above 0, not " + formatNumber(rate), std::string(kLearningRate) + name);
            for (json& group : optimizers[name]["learning_rates"]) group = rate;
            origin.changed.push_back(std::string(kLearningRate) + name);
        }
        facts["optimizers"] = optimizers.dump();
    }
    const auto changed = [&](const char* key) { return std::find(origin.changed.begin(), origin.changed.end(), key) != origin.changed.end(); };
    if (changed("dataset") || changed("split")) config.data.reset();  // other clips on purpose
    if (changed("dataset") || changed("split") || changed("batch_size")) {
        // the order of the clips begins anew, in the epoch that has been reached
        json loader = object("loader");
        loader["restart"] = true;
        facts["loader"] = loader.dump();
    }
    facts["options"] = toJson(config.systemOptions).dump();
    facts["options_training"] = toJson(config.trainingOptions).dump();
    config.fork = origin;

    // built under another name beside it, so that a fork that fails leaves nothing
    const fs::path target = runPath(newRun);
    std::error_code code;
    if (fs::exists(target, code) && !(fs::is_directory(target, code) && fs::is_empty(target, code)))
        throw Error(ErrorCode::CannotWrite, RunReader::isRun(target) ? "holds a run already; choose another folder" : "the folder is not empty; choose another one for the run", target.string());
    if (target.has_parent_path()) fs::create_directories(target.parent_path(), code);
    const fs::path temporary = target.parent_path() / ("." + target.filename().string() + "." + std::to_string(::getpid()) + ".fork.tmp");
    try {
        fs::remove_all(temporary, code);
        if (!fs::create_directory(temporary, code)) throw Error(code.value() == ENOSPC ? ErrorCode::DiskFull : ErrorCode::CannotWrite, "the run's folder cannot be made (" + code.message() + ")", target.string());
        for (const char* name : {"checkpoints", "samples", "control"}) fs::create_directory(temporary / name);
        std::map<std::string, safetensors::TensorSource> tensors;
        for (const auto& [name, view] : file.tensors()) tensors[name] = {view.type, view.shape, view.bytes};
        const fs::path copy = temporary / "checkpoints" / chosen.path.filename();
        writeFile(copy, safetensors::serialize(tensors, facts));
        checkCheckpoint({chosen.step, copy});
        writeRunConfig(temporary, config);
        appendHistory(temporary, "fork", chosen.step, {{"from", parent.folder().string()}, {"changed", origin.changed}});
        if (::rename(temporary.c_str(), target.c_str()) != 0) throw Error(ErrorCode::CannotWrite, std::string("cannot be made (") + std::strerror(errno) + ")", target.string());
    } catch (...) {
        fs::remove_all(temporary, code);
        throw currentError();
    }
    const auto remembered = attempt([&] {
        appendHistory(parent.folder(), "fork", chosen.step, {{"to", target.string()}, {"changed", origin.changed}});
        return true;
    });
    if (!remembered) log::debug(std::string("the parent does not know of its fork: ") + remembered.error().what());
    return chosen.step;
}

fs::path archiveRun(const fs::path& run)
{
    const fs::path from = runPath(run);
    static_cast<void>(ours(from));
    if (from.parent_path().filename() == "archive") throw Error(ErrorCode::Usage, "is in the archive already", from.string());
    const fs::path shelf = from.parent_path() / "archive";
    std::error_code code;
    const bool made = fs::create_directory(shelf, code);
    if (code) throw Error(ErrorCode::CannotWrite, "cannot be made (" + code.message() + ")", shelf.string());
    try {
        return moveRun(from, shelf / from.filename());
    } catch (...) {
        if (made) fs::remove(shelf, code);
        throw;
    }
}

fs::path restoreRun(const fs::path& run)
{
    const fs::path from = runPath(run);
    static_cast<void>(ours(from));
    const fs::path shelf = from.parent_path();
    if (shelf.filename() != "archive") throw Error(ErrorCode::Usage, "is not in an archive", from.string());
    const fs::path to = moveRun(from, shelf.parent_path() / from.filename());
    std::error_code code;
    if (fs::is_empty(shelf, code)) fs::remove(shelf, code);
    return to;
}

RunSize sizeOfRun(const fs::path& run)
{
    RunSize size;
    std::error_code code;
    for (fs::recursive_directory_iterator it(run, fs::directory_options::skip_permission_denied, code), end; !code && it != end; it.increment(code)) {
        std::error_code ignored;
        if (!it->is_regular_file(ignored) || it->is_symlink(ignored)) continue;
        ++size.files;
        size.bytes += it->file_size(ignored);
    }
    const RunReader reader(run);
    size.checkpoints = static_cast<std::int64_t>(reader.checkpoints().size());
    size.samples = static_cast<std::int64_t>(reader.samples().size());
    return size;
}

void deleteRun(const fs::path& run)
{
    const fs::path from = runPath(run);
    static_cast<void>(ours(from));
    // first out of sight in one step: nobody sees half a run, and what is left after a crash is no run any more
    const fs::path away = from.parent_path() / ("." + from.filename().string() + "." + std::to_string(::getpid()) + ".deleted.tmp");
    if (fs::is_symlink(from)) throw Error(ErrorCode::CannotWrite, "is a link; delete what it points to", from.string());
    moveRun(from, away);
    std::error_code code;
    fs::remove_all(away, code);
    if (code) throw Error(ErrorCode::CannotWrite, "some of its files cannot be deleted (" + code.message() + ")", away.string());
}

void relocateDataset(const fs::path& folder, const std::string& dataset)
{
    const RunReader run = ours(folder);
    const std::string from = run.dataset();
    std::error_code code;
    const std::string to = fs::exists(dataset, code) ? runPath(dataset).string() : dataset;
    if (to == from) return;
    const std::unique_ptr<FileLock> lock = lockRun(folder);
    const auto status = attempt([&] { return run.status(); });
    appendHistory(folder, "dataset", status && status.value() ? status.value()->progress.step : 0, {{"from", from}, {"to", to}});
}

DatasetFacts factsOf(const ClipSource& source)
{
    DatasetFacts facts;
    facts.clips = source.size();
    for (const LabelColumn& column : source.labelColumns()) facts.labels.push_back(labelText(column));
    std::string all;
    for (std::int64_t i = 0; i < facts.clips; ++i) {
        const ClipInfo info = source.info(i);
        all += info.name + '\0' + std::to_string(info.frames) + ' ' + std::to_string(info.height) + ' ' + std::to_string(info.width);
        for (const float label : info.labels) all += ' ' + (std::isnan(label) ? std::string("-") : formatNumber(label));
        all += '\n';
        if (all.size() > std::size_t(1) << 20) all = sha256(all) + '\n';  // a chain of hashes: the names of a million clips are not kept
    }
    facts.fingerprint = sha256(all);
    return facts;
}

void checkSameData(const std::optional<DatasetFacts>& recorded, const DatasetFacts& found, const std::string& dataset)
{
    if (!recorded) return;
    const std::string advice = "; a run goes on with the clips that it began with ('kinora runs fork ... --set dataset=' goes on with others)";
    if (recorded->clips != found.clips)
        throw Error(ErrorCode::Incompatible, "has " + std::to_string(found.clips) + " clips to train on, and the run began with " + std::to_string(recorded->clips) + advice, dataset);
    if (recorded->labels != found.labels) {
        const auto list = [](const std::vector<std::string>& labels) { return labels.empty() ? std::string("none") : join(labels, "; "); };
        throw Error(ErrorCode::Incompatible, "has the labels " + list(found.labels) + ", and the run began with " + list(recorded->labels) + advice, dataset);
    }
    if (recorded->fingerprint != found.fingerprint)
        throw Error(ErrorCode::Incompatible, "has other clips than the run began with: their names, sizes or labels differ" + advice, dataset);
}

}  // namespace kinora
