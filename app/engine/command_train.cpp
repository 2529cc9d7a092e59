#include <fcntl.h>
#include <sys/resource.h>
#include <torch/torch.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "app/engine/commands.h"
#include "app/engine/train_judge.h"
#include "app/shared/command_line.h"
#include "core/dataset/clip_subset.h"
#include "core/loader/clip_loader.h"
#include "core/run/run_actions.h"
#include "core/run/run_directory.h"
#include "core/system/checkpoint.h"
#include "core/system/generation.h"
#include "core/training/metric_controls.h"
#include "core/training/run_metrics.h"
#include "core/training/trainer.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/log.h"
#include "core/util/outcome.h"
#include "core/util/safetensors.h"
#include "core/util/text.h"
#include "kinora_version.h"
#include "models/catalogue.h"
#ifdef KINORA_WITH_IO
#include "core/export/encoder.h"
#endif

namespace kinora::app {
namespace {
namespace fs = std::filesystem;
using nlohmann::json;

struct Request {
    std::string system, dataset, run, config, preset, split, judge, device = "auto";
    std::vector<std::string> settings;
    std::int64_t steps = 0, seed = 0;
    int threads = 0;
    bool resume = false, check = false, queue = false;
};

// --- interruption ---

int signalPipe[2] = {-1, -1};
volatile std::sig_atomic_t firstSignal = 0;

void onSignal(int number)
{
    if (firstSignal != 0) ::_exit(128 + number);  // asked twice: at once
    firstSignal = number;
    const char byte = 1;
    [[maybe_unused]] const ssize_t written = ::write(signalPipe[1], &byte, 1);
}

/// Turns SIGINT, SIGTERM and SIGHUP into a stop request while it lives.
class Interruption {
public:
    Interruption()
    {
        if (::pipe2(signalPipe, O_CLOEXEC) != 0) throw Error(ErrorCode::Internal, "no pipe can be made");
        m_watch = std::jthread([this] {
            char byte = 0;
            while (::read(signalPipe[0], &byte, 1) < 0 && errno == EINTR) {}
            if (byte == 1) m_stop.request_stop();
        });
        struct sigaction action {};
        action.sa_handler = onSignal;
        action.sa_flags = SA_RESTART;
        sigemptyset(&action.sa_mask);
        ::sigaction(SIGINT, &action, nullptr);
        ::sigaction(SIGTERM, &action, nullptr);
        struct sigaction before {};
        ::sigaction(SIGHUP, nullptr, &before);
        if (before.sa_handler != SIG_IGN) ::sigaction(SIGHUP, &action, nullptr);  // nohup stays nohup
    }
    ~Interruption()
    {
        const char byte = 2;
        [[maybe_unused]] const ssize_t written = ::write(signalPipe[1], &byte, 1);
    }
    std::stop_token token() const { return m_stop.get_token(); }

private:
    std::stop_source m_stop;
    std::jthread m_watch;
};

// --- what a person at a terminal sees ---

std::string duration(double seconds)
{
    if (!(seconds >= 0) || seconds > 1e7) return "?";
    const auto total = static_cast<long long>(seconds + 0.5);
    char text[64];
    if (total >= 3600) std::snprintf(text, sizeof text, "%lldh%02lldm", total / 3600, total / 60 % 60);
    else std::snprintf(text, sizeof text, "%lldm%02llds", total / 60, total % 60);
    return text;
}

/// Passes everything on to the run directory and says how far it is: one line that is rewritten on a terminal, else a log line now and then.
class ReportingSink final : public RunSink {
public:
    /// Its target is set once it is known that training can go on: a resume that cannot leaves the run as it was.
    ReportingSink() : m_terminal(::isatty(STDERR_FILENO) == 1) {}
    ~ReportingSink() override { endLine(); }
    void setTarget(RunSink& target) { m_target = &target; }

    void scalars(std::int64_t step, double epoch, const std::vector<std::pair<std::string, double>>& values) override
    {
        m_losses.clear();
        for (const auto& [name, value] : values) {
            if (!name.starts_with("loss/")) continue;
            char text[96];
            std::snprintf(text, sizeof text, "  %s %.3f", name.c_str() + 5, value);
            m_losses += text;
        }
        m_target->scalars(step, epoch, values);
    }
    void samples(std::int64_t step, const std::vector<Frames>& clips, int rows, int columns, double frameRateHz) override
    {
        m_target->samples(step, clips, rows, columns, frameRateHz);
    }
    void checkpoint(std::int64_t step, const std::string& bytes) override
    {
        m_target->checkpoint(step, bytes);
        m_saved = step;
    }
    void progress(const RunProgress& progress) override
    {
        m_target->progress(progress);
        m_last = progress;
        const auto now = std::chrono::steady_clock::now();
        const bool stateNews = progress.state != m_state;
        if (now - m_shown < (m_terminal ? std::chrono::milliseconds(200) : std::chrono::milliseconds(10000)) && !stateNews) return;
        m_shown = now;
        m_state = progress.state;
        const double rest = progress.stepsPerSecond > 0 ? static_cast<double>(progress.totalSteps - progress.step) / progress.stepsPerSecond : -1;
        char head[256];
        std::snprintf(head, sizeof head, "step %lld of %lld  epoch %.2f  %.2f steps/s  %s left  %s", static_cast<long long>(progress.step), static_cast<long long>(progress.totalSteps),
                      progress.epoch, progress.stepsPerSecond, duration(rest).c_str(), progress.phase.c_str());
        const std::string line = head + m_losses;
        if (m_terminal) {
            std::fprintf(stderr, "\r\033[K%.160s", line.c_str());
            std::fflush(stderr);
            m_open = true;
        } else {
            log::info(line);
        }
    }
    void event(const std::string& kind, std::int64_t step, const json& details) override
    {
        m_target->event(kind, step, details);
        const auto text = [&](const char* key) { return details.contains(key) && details.at(key).is_string() ? details.at(key).get<std::string>() : std::string(); };
        if (kind == "alarm") {
            endLine();
            log::warning("alarm (" + text("alarm") + "): " + text("message") + (text("action") == "stop" ? ": stopping" : text("action") == "roll_back" ? ": going back to the last good checkpoint" : ": going on"));
        } else if (kind == "alarm_over") {
            say("alarm over: " + text("alarm"));
        } else if (kind == "roll_back") {
            say("went back to step " + std::to_string(step) + "; the learning rates were multiplied by " + formatNumber(details.at("factor").get<double>()));
        } else if (kind == "metric") {
            say("step " + std::to_string(step) + ": " + text("metric") + " " + (details.at("value").is_number() ? formatNumber(details.at("value").get<double>()) : std::string("is not defined here")));
        }
    }
    void best(std::int64_t step, const std::string& metric, double value, bool lowerIsBetter) override
    {
        m_target->best(step, metric, value, lowerIsBetter);
        say("step " + std::to_string(step) + " is the best so far: " + metric + " " + formatNumber(value));
    }
    std::unique_ptr<safetensors::File> rollBack() override { return m_target->rollBack(); }
    std::optional<std::uint64_t> freeBytes() override { return m_target->freeBytes(); }
    std::optional<RunRequest> poll() override
    {
        if (m_first.empty()) return m_target->poll();
        RunRequest request = std::move(m_first.front());
        m_first.erase(m_first.begin());
        return request;
    }
    /// Asked before anything that others ask.
    void askFirst(std::vector<RunRequest> requests) { m_first = std::move(requests); }
    void done(const RunRequest& request, const std::string& problem) override
    {
        if (!problem.empty()) {
            endLine();
            log::warning("a request was refused: " + problem);
        }
        m_target->done(request, problem);
    }

    void say(const std::string& line)
    {
        endLine();
        log::info(line);
    }
    void endLine()
    {
        if (std::exchange(m_open, false)) std::fputc('\n', stderr);
    }
    const RunProgress& last() const { return m_last; }
    std::int64_t saved() const { return m_saved; }

private:
    RunSink* m_target = nullptr;
    std::vector<RunRequest> m_first;
    bool m_terminal, m_open = false;
    std::chrono::steady_clock::time_point m_shown{};
    RunState m_state = RunState::Created;
    RunProgress m_last;
    std::string m_losses;
    std::int64_t m_saved = -1;
};

// --- the two ways to begin ---

/// The system's own fields, then the trainer's.
std::vector<OptionField> fieldsOf(const SystemEntry& entry)
{
    std::vector<OptionField> fields;
    for (const OptionField& field : entry.description.options)
        if (field.group != "training") fields.push_back(field);
    for (OptionField& field : describeOptions<TrainingOptions>("training")) fields.push_back(std::move(field));
    return fields;
}

struct Prepared {
    RunConfig config;
    Trainer::Setup setup;
    std::unique_ptr<FileLock> lock;  ///< Of a run that goes on, from before it was looked at.
    std::unique_ptr<safetensors::File> checkpoint;
    std::int64_t step = 0;
    std::string movedFrom;             ///< Where the dataset was, if it is now somewhere else.
    std::vector<RunRequest> requests;  ///< What a fork changes in the state that it begins with.
    std::vector<std::string> notes;    ///< For the log, once it is open.
};

/// The learning rates of a system built with these options, by optimizer.
std::map<std::string, double> learningRates(const SystemEntry& entry, const OptionValues& options)
{
    std::map<std::string, double> rates;
    const std::unique_ptr<System> system = entry.create(options);
    for (const NamedOptimizer& named : system->optimizers())
        if (!named.optimizer->param_groups().empty()) rates[named.name] = named.optimizer->param_groups().front().options().get_lr();
    return rates;
}

/// A checkpoint carries its learning rates; where a fork's options ask for others than its parent's did, these count.
std::vector<RunRequest> changedRates(const SystemEntry& entry, const OptionValues& options, const ForkOrigin& fork)
{
    std::vector<RunRequest> requests;
    if (fork.before.empty()) return requests;
    OptionValues parents = options;
    for (const auto& [key, value] : fork.before) parents[key] = value;
    const std::map<std::string, double> before = learningRates(entry, parents);
    for (const auto& [name, rate] : learningRates(entry, options))
        if (const auto found = before.find(name); found != before.end() && found->second != rate)
            requests.push_back({RunRequest::Kind::Set, "learning_rate/" + name, formatNumber(rate), "fork-" + name});
    return requests;
}

torch::Device useDevice(const Request& request, const std::string& wanted)
{
    const torch::Device device = chooseDevice(wanted);
    // a slider in the window must stay usable beside a training on the same processor; new threads inherit this
    if (device.is_cpu() && ::getpriority(PRIO_PROCESS, 0) < 10) ::setpriority(PRIO_PROCESS, 0, 10);
    if (request.threads > 0) at::set_num_threads(request.threads);
    return device;
}

/// Metrics that cannot be measured with this system and dataset are told before training, not at every measurement. \throws Error (Usage, NotFound)
void checkMetrics(System& system, const std::shared_ptr<const ClipSource>& source, const std::string& list)
{
    const std::vector<std::string> ids = metricIds(list);
    if (ids.empty()) return;
    MetricClips::Setup setup;
    setup.system = &system;
    setup.real = source;
    setup.given = metricControls(system, source);
    const MetricClips clips(std::move(setup));
    for (const std::string& id : ids) makeMetric(id)->check(clips);
}

Prepared prepareNew(const Request& request)
{
    const auto need = [](const std::string& value, const char* option) {
        if (value.empty()) throw Error(ErrorCode::Usage, "is needed to start a run (or --resume to continue one)", option);
    };
    need(request.system, "--system");
    need(request.dataset, "--dataset");
    const SystemEntry& entry = findSystem(catalogue(), request.system);
    const std::vector<OptionField> fields = fieldsOf(entry);
    OptionValues values;
    if (!request.preset.empty()) {
        std::vector<std::string> known;
        for (const OptionPreset& preset : entry.description.presets) {
            known.push_back(preset.id);
            if (preset.id == request.preset) values = preset.values;
        }
        if (std::find(known.begin(), known.end(), request.preset) == known.end())
            throw Error(ErrorCode::Usage, "the system has no preset '" + request.preset + "'" + suggestion(request.preset, known), "--preset");
    }
    if (!request.config.empty())
        for (const auto& [key, value] : cli::readSettings(request.config, fields)) values[key] = value;
    for (const auto& [key, value] : cli::parseSettings(request.settings, fields)) values[key] = value;
    if (!request.split.empty()) values["split"] = request.split;

    Prepared prepared;
    OptionValues systemValues;
    OptionValues trainingValues;
    for (const auto& [key, value] : values) (findOption(fields, key).group == "training" ? trainingValues : systemValues)[key] = value;
    applyOptions(prepared.setup.options, trainingValues);
    // a folder that cannot take the run is known at once, a dataset may take a while to open
    std::error_code code;
    if (fs::exists(request.run, code) && !fs::is_directory(request.run, code)) throw Error(ErrorCode::CannotWrite, "is a file; a run needs a folder", request.run);
    if (RunReader::isRun(request.run)) {
        const RunReader reader(request.run);
        if (reader.locked()) throw Error(ErrorCode::Locked, "holds a run that is owned by " + reader.owner(), request.run);
        throw Error(ErrorCode::CannotWrite, "holds a run already; continue it with --resume, or choose another folder", request.run);
    }
    // a check leaves the device to whoever has it
    const torch::Device device = request.check ? torch::Device(torch::kCPU) : useDevice(request, request.device);
    prepared.setup.source = ofSplit(openDataset(request.dataset), prepared.setup.options.split);
    if (entry.fit) entry.fit(systemValues, *prepared.setup.source);
    torch::manual_seed(static_cast<uint64_t>(request.seed));
    prepared.setup.system = entry.create(systemValues);
    checkDataset(*prepared.setup.source, prepared.setup.system->batchNeeds());
    checkMetrics(*prepared.setup.system, prepared.setup.source, metricsInTraining(prepared.setup.options));
    prepared.setup.system->to(device);

    prepared.config.system = request.system;
    // a resume may come from another folder
    prepared.config.dataset = fs::exists(request.dataset, code) ? fs::absolute(request.dataset).lexically_normal().string() : request.dataset;
    prepared.config.systemOptions = prepared.setup.system->options();
    prepared.config.trainingOptions = optionValues(prepared.setup.options);
    prepared.config.seed = static_cast<uint64_t>(request.seed);
    prepared.config.totalSteps = request.steps > 0 ? request.steps : RunConfig().totalSteps;
    prepared.config.device = request.device;
    prepared.config.version = KINORA_VERSION;
    prepared.config.data = factsOf(*prepared.setup.source);
    return prepared;
}

Prepared prepareResume(const Request& request, bool deviceGiven)
{
    for (const auto& [given, option] : {std::pair{!request.system.empty(), "--system"}, {!request.config.empty(), "--config"},
                                        {!request.preset.empty(), "--preset"}, {!request.settings.empty(), "--set"}, {!request.split.empty(), "--split"}})
        if (given) throw Error(ErrorCode::Usage, "cannot be given with --resume: a run goes on with the settings that it began with", option);
    const RunReader reader(request.run);
    static_cast<void>(reader.config());  // a folder that is no run of ours is not even locked
    Prepared prepared;
    prepared.lock = lockRun(request.run);
    prepared.config = reader.config();
    static_cast<void>(reader.status());
    const std::string recorded = reader.dataset();
    std::error_code code;
    const std::string given = fs::exists(request.dataset, code) ? runPath(request.dataset).string() : request.dataset;
    prepared.config.dataset = given.empty() ? recorded : given;
    if (prepared.config.dataset != recorded) prepared.movedFrom = recorded;
    const std::int64_t total = request.steps > 0 ? request.steps : reader.totalSteps();

    std::vector<std::string> skipped;
    std::int64_t step = 0;
    OptionValues systemValues = prepared.config.systemOptions, trainingValues = prepared.config.trainingOptions;
    try {
        const CheckpointFile newest = newestGoodCheckpoint(reader, &skipped);
        prepared.checkpoint = std::make_unique<safetensors::File>(newest.path);
        const CheckpointInfo info = readCheckpointInfo(*prepared.checkpoint);
        if (info.system != prepared.config.system)
            throw Error(ErrorCode::Incompatible, "is a checkpoint of '" + info.system + "', and the run's system is '" + prepared.config.system + "'; move it out of the run", newest.path.string());
        step = prepared.step = info.step;
        systemValues = info.options;
        for (const auto& [key, value] : info.trainingOptions) trainingValues[key] = value;  // with what was changed while it ran
        prepared.notes.push_back("continuing from " + newest.path.string());
    } catch (const Error& error) {
        if (error.code() != ErrorCode::NotFound) throw;
        prepared.notes.push_back(std::string(error.what()) + ": starting again at step 0 with the same seed");
    }
    for (const std::string& problem : skipped) prepared.notes.push_back("skipped: " + problem);
    if (total < step)
        throw Error(ErrorCode::Usage, "the run is at step " + std::to_string(step) + " already; --steps is the total and must not be smaller than that", "--steps");

    const SystemEntry& entry = findSystem(catalogue(), prepared.config.system);
    try {
        applyOptions(prepared.setup.options, trainingValues);
        const torch::Device device = request.check ? torch::Device(torch::kCPU) : useDevice(request, deviceGiven ? request.device : prepared.config.device);
        const auto opened = attempt([&] { return openDataset(prepared.config.dataset); });
        if (!opened && given.empty() && opened.error().code() == ErrorCode::NotFound)
            throw Error(ErrorCode::NotFound, "the run's dataset is not there any more (" + opened.error().detail() + "); if it was moved, add --dataset with its new place", prepared.config.dataset);
        if (!opened) throw opened.error();
        prepared.setup.source = ofSplit(opened.value(), prepared.setup.options.split);
        checkSameData(prepared.config.data, factsOf(*prepared.setup.source), prepared.config.dataset);
        if (prepared.config.fork && prepared.config.fork->step == step) prepared.requests = changedRates(entry, systemValues, *prepared.config.fork);
        torch::manual_seed(prepared.config.seed);
        prepared.setup.system = entry.create(systemValues);
        prepared.setup.system->to(device);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::Usage) throw;
        throw Error(ErrorCode::Incompatible, std::string("the run's settings do not fit this program: ") + error.what(), request.run);
    }
    prepared.config.totalSteps = total;
    return prepared;
}

#ifdef KINORA_WITH_IO
/// TensorBoard plays GIFs in its image dashboard.
std::string encodeGrid(const fs::path& run, const Frames& grid, double frameRateHz)
{
    const fs::path file = run / (".grid-" + std::to_string(::getpid()) + ".tmp.gif");
    ExportOptions options;
    options.frameRateHz = frameRateHz;
    exportClip(grid, file, options);
    std::string bytes = readFile(file, std::uintmax_t(64) << 20);
    std::error_code ignored;
    fs::remove(file, ignored);
    return bytes;
}
#endif

void train(const Request& request, bool deviceGiven)
{
    const auto begin = std::chrono::steady_clock::now();
    // from here on an interruption ends in a clean save, also while the dataset opens
    Interruption interruption;
    Prepared prepared = request.resume ? prepareResume(request, deviceGiven) : prepareNew(request);
    if (request.check) {
        cli::print("ready to train: " + prepared.config.system + " on " + prepared.config.dataset + ", " + std::to_string(prepared.config.totalSteps) + " steps");
        if (cli::wantsJson()) cli::printJson({{"run", request.run}, {"ready", true}, {"step", prepared.step}, {"total_steps", prepared.config.totalSteps}});
        return;
    }
    // nothing is written before it is known that training can begin or go on
    const std::int64_t keepCheckpoints = prepared.setup.options.keepCheckpoints, keepEvery = prepared.setup.options.keepEvery;
    const std::string device = prepared.setup.system->device().str();
    prepared.setup.seed = prepared.config.seed;
    prepared.setup.totalSteps = prepared.config.totalSteps;
    std::unique_ptr<RunWriter> owned;
    ReportingSink sink;
    auto trainer = std::make_unique<Trainer>(std::move(prepared.setup), sink);
    if (prepared.checkpoint) trainer->resume(*prepared.checkpoint);
    prepared.checkpoint.reset();
    owned = request.resume ? RunWriter::resume(request.run, prepared.step, prepared.config.totalSteps, std::move(prepared.lock)) : RunWriter::create(request.run, prepared.config);
    RunWriter& writer = *owned;
    sink.setTarget(writer);
    sink.askFirst(std::move(prepared.requests));
    writer.setRetention(keepCheckpoints, keepEvery);
    if (!prepared.movedFrom.empty()) writer.event("dataset", prepared.step, {{"from", prepared.movedFrom}, {"to", prepared.config.dataset}});
    log::addFile(fs::path(request.run) / "log.txt");
    for (const std::string& note : prepared.notes) log::info(note);
    log::info("Kinora " KINORA_VERSION " (" KINORA_GIT "): " + prepared.config.system + " on " + prepared.config.dataset + ", " + std::to_string(prepared.config.totalSteps) + " steps, device " + device +
              ", seed " + std::to_string(prepared.config.seed));
#ifdef KINORA_WITH_IO
    writer.setGridEncoder([run = fs::path(request.run)](const Frames& grid, double rate) { return encodeGrid(run, grid, rate); });
#endif

    RunState state = RunState::Failed;
    std::int64_t step = 0;
    try {
        state = trainer->run(interruption.token());
        step = trainer->step();
        trainer.reset();
    } catch (...) {
        const Error error = currentError();
        sink.endLine();
        RunProgress progress = sink.last();
        progress.totalSteps = prepared.config.totalSteps;
        progress.state = RunState::Failed;
        progress.message = error.what();
        writer.progress(progress);
        log::error(error.what());
        const auto remembered = attempt([&] {
            writer.event("failed", progress.step, {{"code", errorName(error.code())}, {"message", error.what()}});
            return true;
        });
        if (!remembered) log::warning(remembered.error().what());
        throw error;
    }
    sink.endLine();
    writer.event(std::string(runStateName(state)), step, {{"total_steps", prepared.config.totalSteps}});
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    const RunReader reader(request.run);
    const std::vector<CheckpointFile> checkpoints = reader.checkpoints();
    const std::string newest = checkpoints.empty() ? std::string() : checkpoints.back().path.string();
    const std::string how = std::string(runStateName(state)) + " at step " + std::to_string(step) + " of " + std::to_string(prepared.config.totalSteps) + " after " + duration(seconds) +
                            (newest.empty() ? std::string("; nothing was saved yet") : "; checkpoint " + newest);
    log::info(how);
    const std::string message = sink.last().message;
    if (!message.empty() && firstSignal == 0) log::info(message);
    json best;
    if (const auto found = reader.best()) best = {{"step", found->step}, {"metric", found->metric}, {"value", found->value}, {"lower_is_better", found->lowerIsBetter}, {"checkpoint", found->path.string()}};
    if (cli::wantsJson())
        cli::printJson({{"run", request.run}, {"state", runStateName(state)}, {"step", step}, {"total_steps", prepared.config.totalSteps}, {"checkpoint", newest.empty() ? json() : json(newest)},
                        {"best", best}, {"message", message}, {"seconds", seconds}});
    else
        cli::print(how);
    if (const int number = firstSignal; number != 0 && state == RunState::Stopped) throw CLI::RuntimeError(number == SIGINT ? 130 : 143);
}

}  // namespace

void addTrainCommand(CLI::App& app)
{
    auto request = std::make_shared<Request>();
    CLI::App* command = cli::addCommand(app, "train", "Train a system in a run directory, or resume one",
                                        "  kinora train --system g3an --dataset builtin:faces --run runs/first --steps 2000\n"
                                        "  kinora train --system g3an --dataset clips.h5 --run runs/small --set base_channels=16 --set batch_size=8 --device cpu\n"
                                        "  kinora train --run runs/first --resume --steps 4000     continue to step 4000 in total\n"
                                        "  kinora train --system g3an --dataset clips.h5 --run runs/next --queue     when the runs before it have ended\n"
                                        "\n'kinora systems S' lists the keys of --set. Ctrl-C finishes the step, saves and exits with 130; twice, it exits at once.");
    command->add_option("--system", request->system, "The system to train (kinora systems lists them)");
    command->add_option("--dataset", request->dataset, "A clip file, a folder, or builtin:faces / builtin:puppets");
    command->add_option("--run", request->run, "The run directory: new or empty, or with --resume an existing one")->required();
    command->add_option("--steps", request->steps, "Total number of steps (1000; with --resume: as before)")->check(CLI::Range(std::int64_t(1), std::int64_t(1) << 50));
    command->add_option("--split", request->split, "Clips to train on: a split's name, LABEL=VALUE, or all (train, where the dataset names it); the same as --set split=...");
    command->add_option("--set", request->settings, "An option of the system or the trainer, key=value; may be repeated");
    command->add_option("--config", request->config, "A TOML file with such options; --set comes after it");
    command->add_option("--preset", request->preset, "Options that belong together (kinora systems S lists them); --config and --set come after it");
    auto* device = command->add_option("--device", request->device, "auto, cpu, cuda or cuda:1");
    auto* seed = command->add_option("--seed", request->seed, "Of weights, batches and samples (0)")->check(CLI::Range(std::int64_t(0), std::numeric_limits<std::int64_t>::max()));
    command->add_option("--threads", request->threads, "Processor threads (as LibTorch chooses)")->check(CLI::Range(1, 1024));
    command->add_flag("--resume", request->resume, "Continue the run from its newest good checkpoint; --dataset says where its dataset is now, if that was moved");
    command->add_flag("--queue", request->queue, "Wait until the device is free and it is this run's turn ('kinora runs queue')");
    command->add_flag("--check", request->check, "Only say whether it could begin; nothing is written");
    command->add_option("--judge", request->judge, "Train a judge of this dataset's factors instead of a system (builtin:faces); for swap consistency");
    command->callback([request, device, seed] {
        if (request->queue) throw Error(ErrorCode::Usage, "the queue is kept by 'kinora train', which starts this program", "--queue");
        if (!request->judge.empty()) {
            if (!request->system.empty() || !request->dataset.empty() || !request->preset.empty() || !request->config.empty() || request->resume)
                throw Error(ErrorCode::Usage, "takes --run, --steps, --seed, --threads and --set alone", "--judge");
            return trainJudgeCommand({request->judge, request->run, request->settings, request->steps, request->seed, request->threads}, Interruption().token());
        }
        if (request->resume && seed->count() > 0) throw Error(ErrorCode::Usage, "cannot be given with --resume: a run goes on with the seed that it began with", "--seed");
        train(*request, device->count() > 0);
    });
}

}  // namespace kinora::app
