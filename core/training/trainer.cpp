#include "core/training/trainer.h"

#include <c10/core/CachingDeviceAllocator.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <set>
#include <thread>

#include <nlohmann/json.hpp>

#include "core/clip/transform.h"
#include "core/loader/clip_loader.h"
#include "core/metrics/pixel_metrics.h"
#include "core/system/averaged_weights.h"
#include "core/system/generation.h"
#include "core/training/balance_watch.h"
#include "core/training/out_of_memory.h"
#include "core/training/precision.h"
#include "core/training/recorded_step.h"
#include "core/training/run_metrics.h"
#include "core/training/sample_controls.h"
#include "core/training/schedule.h"
#include "core/training/update.h"
#include "core/util/error.h"
#include "core/util/log.h"
#include "core/util/memory.h"
#include "core/util/outcome.h"
#include "core/util/text.h"

namespace kinora {
namespace {
using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

constexpr std::string_view kLearningRate = "learning_rate/", kLossWeight = "loss_weight/";

Batch onDevice(Batch batch, const torch::Device& device)
{
    if (device.is_cpu()) return batch;
    const auto move = [&](torch::Tensor& tensor) { tensor = tensor.pin_memory().to(device, /*non_blocking=*/true); };
    move(batch.clips);
    if (batch.images.defined()) move(batch.images);
    for (auto& [name, tensor] : batch.labels) move(tensor);
    for (auto& [name, tensor] : batch.streams) move(tensor);
    return batch;
}

/// Clips \p from to \p to of a batch.
Batch partOf(const Batch& batch, int64_t from, int64_t to)
{
    Batch part;
    part.clips = batch.clips.slice(0, from, to);
    if (batch.images.defined()) part.images = batch.images.slice(0, from, to);
    for (const auto& [name, tensor] : batch.labels) part.labels[name] = tensor.slice(0, from, to);
    for (const auto& [name, tensor] : batch.streams) part.streams[name] = tensor.slice(0, from, to);
    return part;
}

Schedule scheduleOf(const TrainingOptions& options, int64_t totalSteps)
{
    Schedule schedule;
    schedule.kind = options.schedule;
    schedule.warmupSteps = options.warmupSteps;
    schedule.start = std::max(options.decayStart, options.warmupSteps);
    schedule.end = options.decayEnd > 0 ? options.decayEnd : totalSteps;
    schedule.finalRate = options.finalRate;
    schedule.every = options.stepEvery;
    schedule.factor = options.stepFactor;
    return schedule;
}

/// Mean pixel distance of clips spread over a dataset. \returns NaN if none can be read
double diversityOf(const ClipSource& source, int64_t count, int frames, int height, int width)
{
    std::vector<Frames> clips;
    const int64_t size = source.size();
    for (int64_t i = 0; i < std::min(count, size); ++i) {
        const int64_t clip = i * size / std::min(count, size);
        if (source.info(clip).frames < frames) continue;
        const auto read = attempt([&] { return resized(source.frames(clip, {0, frames, 1}), height, width); });
        if (read) clips.push_back(read.value());
    }
    return sampleDiversity(clips);
}

double memoryOf(const torch::Device& device)
{
    if (device.is_cpu()) return static_cast<double>(residentMemory()) / 1e6;
    const auto stats = c10::getDeviceAllocator(device.type())->getDeviceStats(device.index() < 0 ? 0 : device.index());
    return static_cast<double>(stats.reserved_bytes[0].current) / 1e6;
}

}  // namespace

std::string metricsInTraining(const TrainingOptions& options)
{
    const auto ids = metricIds(options.metrics);
    const std::string& wanted = options.bestMetric;
    if (wanted.empty() || std::ranges::find(ids, wanted) != ids.end()) return options.metrics;
    return options.metrics.empty() ? wanted : options.metrics + "," + wanted;
}

bool changesWhileRunning(const std::string& key)
{
    static const std::set<std::string> keys = {"checkpoint_interval", "sample_interval",  "scalar_interval",  "norm_interval",   "metric_interval",  "metrics",       "alarm_policy",
                                               "balance_policy",      "saturation_accuracy", "saturation_steps", "collapse_ratio", "disk_reserve_mb", "memory_reserve_mb", "roll_back_factor",
                                               "roll_backs",          "clip_gradient_norm",  "stop_on_nan"};
    return keys.contains(key);
}

struct Trainer::Private {
    Setup setup;
    RunSink& sink;
    SystemDescription description;
    ArithmeticScope arithmetic;
    std::unique_ptr<ClipLoader> loader;
    TrainingUpdates updates;
    std::unique_ptr<RecordedStep> recorded;
    LearningRates rates;
    std::unique_ptr<AveragedWeights> average;
    RunMetrics metrics;
    int64_t step = 0;
    int64_t savedStep = -1;
    std::size_t savedBytes = 0;
    double frameRateHz = 10;
    RunProgress report;
    std::vector<ControlValues> sampleCodes;
    bool stopAsked = false;

    struct Best {
        int64_t step = 0;
        double value = 0;
    };
    std::optional<Best> best;

    // alarms
    BalanceWatch balance;
    std::set<std::string> alarms;  ///< Conditions that hold.
    std::optional<std::string> stopReason, rollBackReason;
    int64_t rollBacks = 0;
    std::optional<double> dataDiversity;
    Clock::time_point hostLooked{};

    // speed over the last seconds
    Clock::time_point speedStart = Clock::now();
    int64_t speedStep = 0;

    Private(Setup given, RunSink& target)
        : setup(std::move(given)),
          sink(target),
          description(setup.system->describe()),
          arithmetic(setup.options.precision, setup.options.deterministic, setup.system->device()),
          updates(*setup.system),
          rates(*setup.system, scheduleOf(setup.options, setup.totalSteps)),
          metrics(*setup.system, setup.source, setup.options.metricClips, setup.seed)
    {
        System& system = *setup.system;
        const TrainingOptions& options = setup.options;
        if (options.accumulation > options.batchSize)
            throw Error(ErrorCode::Usage, "a batch of " + std::to_string(options.batchSize) + " clips has no " + std::to_string(options.accumulation) + " parts", "accumulation");
        metricIds(options.metrics);
        if (!options.bestMetric.empty() && metricIds(options.bestMetric).size() != 1) throw Error(ErrorCode::Usage, "names one metric", "best_metric");
        const BatchNeeds needs = system.batchNeeds();
        loader = std::make_unique<ClipLoader>(setup.source, needs, ClipLoader::Options{options.batchSize, options.loaderThreads, setup.seed});
        frameRateHz = description.frameRateHz;
        if (const double rate = setup.source->info(0).frameRateHz; rate > 0 && !needs.frameSteps.empty())
            frameRateHz = rate * static_cast<double>(needs.frameSteps.size()) / std::accumulate(needs.frameSteps.begin(), needs.frameSteps.end(), 0.0);
        sampleCodes = sampleControls(description, *setup.source, setup.seed, static_cast<int>(options.sampleRows), static_cast<int>(options.sampleColumns), description.length.trained);
        report.totalSteps = setup.totalSteps;
        report.device = system.device().str();
        configureUpdates();
        system.setUpdatePolicy(&updates);
        if (options.emaDecay > 0) average = std::make_unique<AveragedWeights>(system, options.emaDecay);
        if (options.cudaGraph) prepareRecording();
    }
    ~Private() { setup.system->setUpdatePolicy(nullptr); }

    void configureUpdates() { updates.configure({setup.options.clipGradientNorm, setup.options.precision == "fp16"}); }

    void phase(const char* name, RunState state = RunState::Running)
    {
        report.state = state;
        report.phase = name;
        report.step = step;
        report.epoch = loader->epoch();
        sink.progress(report);
    }

    void measureSpeed()
    {
        const double seconds = secondsSince(speedStart);
        if (step <= speedStep || seconds < 1e-6) return;
        report.stepsPerSecond = static_cast<double>(step - speedStep) / seconds;
        report.clipsPerSecond = report.stepsPerSecond * static_cast<double>(setup.options.batchSize);
        if (seconds > 5) restartSpeed();
    }
    void restartSpeed()
    {
        speedStart = Clock::now();
        speedStep = step;
    }

    // --- alarms ---

    const std::string& policyFor(const std::string& alarm) const
    {
        static const std::string goOn = "go_on";
        if (alarm == "saturation" || alarm == "collapse") return setup.options.balancePolicy;
        if (alarm == "nan" && !setup.options.stopOnNan) return goOn;
        return setup.options.alarmPolicy;
    }

    /// A condition holds. What follows from it happens between two steps, except that nothing goes on with what is not a number unless that is asked for.
    /// \throws Error (Numerical) for the alarm "nan" whose policy is to stop
    void raise(const std::string& alarm, std::string message, nlohmann::json details = nlohmann::json::object())
    {
        std::string action = policyFor(alarm);
        const bool known = !alarms.insert(alarm).second;
        if (known && action == "go_on") return;
        if (action == "roll_back" && rollBacks >= setup.options.rollBacks) {
            action = "stop";
            message += " (the run went back " + std::to_string(rollBacks) + " times already)";
        }
        if (action == "roll_back" && (alarm == "disk" || alarm == "memory")) action = "stop";  // going back frees nothing
        details.update({{"alarm", alarm}, {"message", message}, {"action", action}});
        sink.event("alarm", step, details);
        if (action == "roll_back") rollBackReason = message;
        if (action != "stop") return;
        if (alarm == "nan") numerical(message);
        stopReason = message;
    }

    void over(const std::string& alarm)
    {
        if (alarms.erase(alarm) > 0) sink.event("alarm_over", step, {{"alarm", alarm}});
    }

    [[noreturn]] void numerical(const std::string& message) const
    {
        throw Error(ErrorCode::Numerical, message + (savedStep >= 0 ? "; the checkpoint of step " + std::to_string(savedStep) + " is the last good one" : "; nothing was saved yet") +
                                              ". Try a smaller learning rate, --set alarm_policy=roll_back to go back by itself, or alarm_policy=go_on to go on regardless");
    }

    /// A loss is read before the update that it leads to, so weights can be spoilt while all losses are still numbers.
    /// \returns the first parameter that is not finite, or nothing
    std::optional<std::string> spoiltWeight() const
    {
        const torch::NoGradGuard noGradient;
        std::vector<std::string> names;
        std::vector<torch::Tensor> finite;
        for (const NamedNetwork& network : setup.system->networks()) {
            for (const auto& item : network.module->named_parameters()) {
                names.push_back("parameter " + network.name + "/" + item.key());
                finite.push_back(torch::isfinite(item.value()).all());
            }
            for (const auto& item : network.module->named_buffers())
                if (item.value().defined() && item.value().is_floating_point()) {
                    names.push_back("buffer " + network.name + "/" + item.key());
                    finite.push_back(torch::isfinite(item.value()).all());
                }
        }
        if (average)
            for (const auto& [name, tensor] : average->tensors())
                if (tensor.is_floating_point()) {
                    names.push_back("average of " + name);
                    finite.push_back(torch::isfinite(tensor).all());
                }
        if (finite.empty()) return std::nullopt;
        const torch::Tensor all = torch::stack(finite).to(torch::kCPU);
        for (std::size_t i = 0; i < names.size(); ++i)
            if (!all[static_cast<int64_t>(i)].item<bool>()) return names[i];
        return std::nullopt;
    }

    /// Disk and memory, every few seconds.
    void lookAtHost()
    {
        if (Clock::now() - hostLooked < std::chrono::seconds(10)) return;
        hostLooked = Clock::now();
        const auto look = [&](const char* alarm, const std::optional<std::uint64_t>& bytes, double least, const std::string& message) {
            if (!bytes || least <= 0) return over(alarm);
            const auto left = static_cast<double>(*bytes);
            if (left < least) raise(alarm, message + " has only " + byteText(left) + " left", {{"free_mb", left / 1e6}});
            else if (left > 1.2 * least) over(alarm);
        };
        const double disk = static_cast<double>(setup.options.diskReserveMb) * 1e6, memory = static_cast<double>(setup.options.memoryReserveMb) * 1e6;
        // the next checkpoint is written beside the ones that it replaces
        look("disk", sink.freeBytes(), disk > 0 ? std::max(disk, 2.0 * static_cast<double>(savedBytes)) : 0, "the disk of the run");
        look("memory", availableMemory(), memory, "this machine's memory");
    }

    void prepareRecording()
    {
        nn::MakeDeviceGraph make = setup.makeGraph;
        if (!make && setup.system->device().is_cuda()) make = nn::deviceGraphs();
        const std::string why = make ? RecordedStep::obstacle(*setup.system, updates.settings(), setup.options.accumulation)
                                     : setup.system->device().is_cuda() ? "libkinora_cuda_graphs.so is not there" : "only a GPU records steps";
        if (why.empty()) recorded = std::make_unique<RecordedStep>(*setup.system, updates, std::move(make));
        else log::info("training without a recorded step (cuda_graph): " + why);
    }

    void restore(const safetensors::File& checkpoint)
    {
        if (recorded) recorded->forget();  // weights and optimizers' states are put in place of the ones that it knows
        const CheckpointInfo info = readCheckpointInfo(checkpoint);
        if (info.system != description.id) throw Error(ErrorCode::Incompatible, "is a checkpoint of '" + info.system + "', not of '" + description.id + "'", checkpoint.path());
        System& system = *setup.system;
        loadTrainingState(system, checkpoint);
        loader->setState(info.loader);
        step = savedStep = info.step;
        if (average) {
            average = std::make_unique<AveragedWeights>(system, setup.options.emaDecay);  // of the present weights, where the file has no average
            if (info.hasAverage) average->load(checkpoint, info.emaUpdates);
        }
        const nlohmann::json& state = info.trainer;
        if (!state.is_object()) {  // of a version that had none of it
            rates.setState(nullptr);
            return;
        }
        try {
            rates.setState(state.at("rates"));
            updates.scaler().setState(state.at("loss_scale"));
            balance.setState(state.at("balance"));
            rollBacks = state.at("roll_backs").get<int64_t>();
            best.reset();
            if (state.contains("best") && state.at("best").value("metric", "") == setup.options.bestMetric) best = Best{state.at("best").at("step").get<int64_t>(), state.at("best").at("value").get<double>()};
        } catch (const nlohmann::json::exception& error) {
            throw Error(ErrorCode::Damaged, std::string("'trainer' in the header: ") + error.what(), checkpoint.path());
        }
    }

    nlohmann::json trainerState() const
    {
        nlohmann::json state = {{"rates", rates.state()}, {"loss_scale", updates.scaler().state()}, {"balance", balance.state()}, {"roll_backs", rollBacks}};
        if (best) state["best"] = {{"metric", setup.options.bestMetric}, {"step", best->step}, {"value", best->value}};
        return state;
    }

    /// To the last good checkpoint, with smaller learning rates.
    void rollBack()
    {
        const std::string reason = *std::exchange(rollBackReason, std::nullopt);
        unread.reset();  // of a step that is taken back
        const bool notANumber = alarms.contains("nan");
        const int64_t from = step, count = rollBacks + 1;
        phase("going back");
        std::unique_ptr<safetensors::File> checkpoint = sink.rollBack();
        if (!checkpoint) {
            if (notANumber) numerical(reason + ", and there is no checkpoint to go back to");
            stopReason = reason + ", and there is no checkpoint to go back to";
            return;
        }
        restore(*checkpoint);
        checkpoint.reset();
        rollBacks = count;
        rates.scale(setup.options.rollBackFactor, step + 1);
        sink.event("roll_back", step, {{"from", from}, {"factor", setup.options.rollBackFactor}, {"count", count}, {"reason", reason}});
        for (const std::string& alarm : std::set<std::string>(alarms)) over(alarm);
        save();  // with the smaller learning rates: a run that is killed now does not make the same mistake again
        restartSpeed();
    }

    // --- results ---

    /// Given up, without a trace, when \p stop is asked for: a matrix may take longer than a person waits.
    void sample(const std::stop_token& stop)
    {
        if (stop.stop_requested()) return;
        phase("sampling");
        const KeepRandomState keep;
        GenerationRequest request;
        request.clips = sampleCodes;
        request.frames = description.length.trained;
        request.seed = setup.seed;
        const auto clips = attempt([&] {
            const AveragedWeights::InUse inUse(average.get());
            return generateClips(*setup.system, request, stop);
        });
        setup.system->train(true);
        if (!clips && clips.error().code() == ErrorCode::Cancelled) return;
        if (!clips) throw clips.error();
        const int rows = static_cast<int>(setup.options.sampleRows), columns = static_cast<int>(setup.options.sampleColumns);
        sink.samples(step, clips.value(), rows, columns, frameRateHz);
        if (clips.value().size() > 1) lookAtDiversity(clips.value(), rows, columns);
        restartSpeed();
    }

    void lookAtDiversity(const std::vector<Frames>& clips, int rows, int columns)
    {
        if (!dataDiversity && setup.options.collapseRatio > 0) dataDiversity = diversityOf(*setup.source, static_cast<int64_t>(clips.size()), clips[0].count(), clips[0].height(), clips[0].width());
        const MatrixDiversity found = matrixDiversity(clips, rows, columns);
        std::vector<std::pair<std::string, double>> values;
        for (const auto& [tag, value] : {std::pair{"diversity/all", found.overall}, {"diversity/appearance", found.appearance}, {"diversity/motion", found.motion}})
            if (std::isfinite(value)) values.emplace_back(tag, value);
        sink.scalars(step, loader->epoch(), values);
        if (const auto news = balance.diversity(step, found.overall, dataDiversity.value_or(0), setup.options.collapseRatio, setup.options.collapseStart)) {
            if (news->begins) raise("collapse", news->message + " (step " + std::to_string(step) + ")", {{"diversity", found.overall}, {"data_diversity", *dataDiversity}});
            else over("collapse");
        }
    }

    /// \returns false if there is nothing that may be saved: weights that are not numbers, where the run goes on regardless or goes back
    bool save()
    {
        if (const auto spoilt = spoiltWeight()) {
            raise("nan", *spoilt + " is not finite at step " + std::to_string(step), {{"what", *spoilt}, {"found", "not finite"}});
            return false;
        }
        phase("saving");
        CheckpointExtras extras;
        extras.step = step;
        extras.epoch = loader->epoch();
        extras.dataset = setup.source->name();
        extras.frameRateHz = frameRateHz;
        extras.trainingOptions = optionValues(setup.options);
        extras.loader = loader->state();
        extras.trainer = trainerState();
        extras.average = average.get();
        const std::string bytes = serializeCheckpoint(*setup.system, extras);
        sink.checkpoint(step, bytes);
        savedStep = step;
        savedBytes = bytes.size();
        restartSpeed();
        return true;
    }

    /// \returns what went wrong, one line; empty if nothing did
    std::string measure(const std::string& list, const std::stop_token& stop)
    {
        std::string problems;
        for (const std::string& id : metricIds(list)) {
            if (stop.stop_requested()) return "interrupted";
            phase("measuring");
            const auto result = attempt([&] { return metrics.measure(id, step, average.get(), stop); });
            setup.system->train(true);
            if (!result) {
                if (result.error().code() == ErrorCode::Cancelled) return "interrupted";
                problems += (problems.empty() ? "" : "; ") + id + ": " + result.error().what();
                log::warning("'" + id + "' could not be measured: " + result.error().what());
                sink.event("metric_failed", step, {{"metric", id}, {"problem", result.error().what()}});
                continue;
            }
            const double value = result.value().value();
            nlohmann::json details = toJson(result.value());
            details["value"] = std::isfinite(value) ? nlohmann::json(value) : nlohmann::json();
            details["lower_is_better"] = makeMetric(id)->description().lowerIsBetter;  // the run table says which one was best
            sink.event("metric", step, details);
            if (!std::isfinite(value)) continue;
            sink.scalars(step, loader->epoch(), {{"metric/" + id, value}});
            if (id == setup.options.bestMetric && step > 0) lookAtBest(value);
        }
        restartSpeed();
        return problems;
    }

    void lookAtBest(double value)
    {
        const bool lower = makeMetric(setup.options.bestMetric)->description().lowerIsBetter;
        if (best && !(lower ? value < best->value : value > best->value)) return;
        const std::optional<Best> before = std::exchange(best, Best{step, value});
        // the checkpoint is written with the knowledge that it is the best one, also where it is there already
        if (save()) sink.best(step, setup.options.bestMetric, value, lower);
        else best = before;
    }

    /// The scalars of a step, possibly still on their way from the device.
    struct Unread {
        double epoch = 0, loadSeconds = 0;
        std::vector<std::string> names;  ///< Of the system's own.
        HostCopy values;
        TrainingUpdates::Measurement measurement;
        bool norms = false;
        WeightNorms weights;
        std::vector<std::pair<std::string, double>> known;  ///< What was known at once.
    };
    std::optional<Unread> unread;  ///< Of this->step.

    /// Takes note of the scalars of the step that has just been done; nothing waits for the device.
    void note(const StepScalars& scalars, double loadSeconds, bool norms)
    {
        unread.emplace();
        unread->epoch = loader->epoch();
        unread->loadSeconds = loadSeconds;
        std::vector<torch::Tensor> tensors;
        for (const auto& [name, tensor] : scalars) {
            unread->names.push_back(name);
            tensors.push_back(tensor.detach().to(setup.system->device(), torch::kFloat32).reshape({}));
        }
        if (!tensors.empty()) unread->values = HostCopy(torch::stack(tensors));
        unread->measurement = updates.measurement();
        unread->norms = norms;
        if (norms) unread->weights = weightNorms(*setup.system);
        for (const NamedOptimizer& named : setup.system->optimizers())
            if (!named.optimizer->param_groups().empty()) unread->known.emplace_back("lr/" + named.name, named.optimizer->param_groups().front().options().get_lr());
        if (setup.options.precision == "fp16") unread->known.emplace_back("scale/loss", updates.scaler().scale());
        unread->known.emplace_back(setup.system->device().is_cpu() ? "memory/resident_mb" : "memory/device_mb", memoryOf(setup.system->device()));
    }

    /// Writes the scalars that were taken note of, and raises what alarms they give reason for.
    void writeScalars()
    {
        if (!unread) return;
        const Unread taken = std::move(*unread);
        unread.reset();
        std::vector<std::pair<std::string, double>> values;
        for (std::size_t i = 0; i < taken.names.size(); ++i) values.emplace_back(taken.names[i], taken.values.read().data_ptr<float>()[i]);
        const std::vector<std::pair<std::string, double>> own = values;
        const TrainingUpdates::Measured measured = taken.measurement.read();
        if (taken.norms) {
            for (const auto& [network, norm] : measured.gradientNorms) values.emplace_back("norm/gradient/" + network, norm);
            for (std::size_t i = 0; i < taken.weights.networks.size(); ++i) values.emplace_back("norm/weight/" + taken.weights.networks[i], taken.weights.norms.read().data_ptr<float>()[i]);
        }
        values.insert(values.end(), taken.known.begin(), taken.known.end());
        values.emplace_back("time/step", measured.seconds);
        values.emplace_back("time/load", taken.loadSeconds);
        if (measured.backwardSeconds) {
            values.emplace_back("time/forward", std::max(0.0, measured.seconds - *measured.backwardSeconds));
            values.emplace_back("time/backward", *measured.backwardSeconds);
        }
        values.emplace_back("time/clips_per_second", static_cast<double>(setup.options.batchSize) / std::max(1e-9, measured.seconds + taken.loadSeconds));
        sink.scalars(step, taken.epoch, values);

        const auto bad = std::ranges::find_if(own, [](const auto& scalar) { return !std::isfinite(scalar.second); });
        const std::string place = " at step " + std::to_string(step);
        if (bad != own.end()) {
            const std::string found = std::isnan(bad->second) ? "not a number" : "infinite";
            raise("nan", "'" + bad->first + "' is " + found + place + (measured.bad ? "; the first gradient that is not finite is that of " + measured.bad->parameter : std::string()),
                  {{"what", bad->first}, {"found", found}});
        } else if (measured.bad) {
            const std::string found = measured.bad->notANumber ? "not a number" : "infinite";
            raise("nan", "the gradient of " + measured.bad->parameter + " is " + found + place, {{"what", "gradient of " + measured.bad->parameter}, {"found", found}});
        } else {
            over("nan");
        }
        if (const auto news = balance.accuracies(own, setup.options.saturationAccuracy, setup.options.saturationSteps)) {
            if (news->begins) raise("saturation", news->message + " (step " + std::to_string(step) + ")");
            else over("saturation");
        }
    }

    /// \throws Error (Usage)
    void set(const std::string& key, const std::string& value)
    {
        if (key.starts_with(kLearningRate)) {
            const double rate = parseNumber(value, key);
            if (!(rate > 0) || !std::isfinite(rate)) throw Error(ErrorCode::Usage, "must be a number above 0, not " + value, key);
            return rates.set(key.substr(kLearningRate.size()), rate, step + 1);
        }
        if (key.starts_with(kLossWeight)) return setup.system->setLossWeight(key.substr(kLossWeight.size()), parseNumber(value, key));
        const std::vector<OptionField> fields = describeOptions<TrainingOptions>("training");
        const OptionField& field = findOption(fields, key);
        if (!changesWhileRunning(key)) throw Error(ErrorCode::Usage, "cannot be changed while a run goes on", key);
        if (key == "metrics") metricIds(value);
        applyOptions(setup.options, {{key, parseOption(field, value)}});
        configureUpdates();
    }

    std::optional<RunRequest> waiting;  ///< Asked for when the run had to go back first.

    /// Answers what has been asked; returns when there is nothing more to wait for.
    void answer(const std::stop_token& stop)
    {
        bool paused = false;
        while (!stopAsked && !stopReason && !rollBackReason && !stop.stop_requested()) {
            while (const std::optional<RunRequest> request = waiting ? std::exchange(waiting, std::nullopt) : sink.poll()) {
                writeScalars();
                if (rollBackReason) {  // by the scalars just read: first back, then what is asked
                    waiting = request;
                    return;
                }
                switch (request->kind) {
                    case RunRequest::Kind::Pause:
                        paused = true;
                        sink.done(*request);
                        break;
                    case RunRequest::Kind::Resume:
                        paused = false;
                        sink.done(*request);
                        break;
                    case RunRequest::Kind::Stop:
                        stopAsked = true;
                        sink.done(*request);
                        break;
                    case RunRequest::Kind::Checkpoint:
                        // the weights before the first step are new ones: there is nothing to save yet
                        if (step == 0) {
                            sink.done(*request, "there is nothing to save before the first step");
                        } else {
                            const bool saved = savedStep == step || save();
                            sink.done(*request, saved ? "" : "the weights are not finite");
                        }
                        break;
                    case RunRequest::Kind::Metric: {
                        const auto outcome = attempt([&] { return trimmed(request->value).empty() ? std::string("names no metric") : measure(request->value, stop); });
                        sink.done(*request, outcome ? outcome.value() : outcome.error().what());
                        break;
                    }
                    case RunRequest::Kind::Set: {
                        const auto outcome = attempt([&] {
                            set(request->key, request->value);
                            return true;
                        });
                        sink.done(*request, outcome ? std::string() : outcome.error().what());
                        break;
                    }
                }
                if (stopAsked) return;
            }
            if (!paused) {
                if (report.state == RunState::Paused) phase("loading data");
                return;
            }
            if (report.state != RunState::Paused) phase("paused", RunState::Paused);
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
            restartSpeed();
        }
    }

    /// One step of the system, in as many parts as were asked for; its scalars are means over the batch.
    StepScalars trainOn(const Batch& batch)
    {
        System& system = *setup.system;
        const AutocastScope autocast(setup.options.precision, system.device());
        const int64_t clips = batch.size(), parts = std::min(setup.options.accumulation, clips);
        if (parts == 1 && recorded) return recorded->run(batch, step + 1);
        if (parts == 1) {
            updates.beginPart(0, 1);
            return system.trainStep(batch, step + 1);
        }
        StepScalars mean;
        for (int64_t part = 0; part < parts; ++part) {
            const int64_t from = part * clips / parts, to = (part + 1) * clips / parts;
            const double share = static_cast<double>(to - from) / static_cast<double>(clips);
            updates.beginPart(part, share);
            StepScalars scalars = system.trainStep(partOf(batch, from, to), step + 1);
            for (std::size_t i = 0; i < scalars.size(); ++i) {
                const torch::Tensor value = scalars[i].second.detach() * share;
                if (part == 0) mean.emplace_back(scalars[i].first, value);
                else mean.at(i).second = mean.at(i).second + value;
            }
        }
        return mean;
    }

    RunState train(const std::stop_token& stop)
    {
        System& system = *setup.system;
        system.train(true);
        restartSpeed();
        // a run that was killed between its last checkpoint and its last samples lacks these
        if (step == 0 || step >= setup.totalSteps) sample(stop);
        phase("loading data");
        while (step < setup.totalSteps || rollBackReason) {
            lookAtHost();
            answer(stop);
            if (rollBackReason) {
                rollBack();
                continue;
            }
            if (stopAsked || stopReason || stop.stop_requested()) {
                writeScalars();
                if (rollBackReason) continue;  // what was read last is not to be saved
                if (step > 0 && savedStep != step) save();
                report.message = stopReason ? *stopReason : stopAsked ? "stopped on request" : "interrupted";
                phase("stopped", RunState::Stopped);
                return RunState::Stopped;
            }
            const Clock::time_point begin = Clock::now();
            const Batch batch = onDevice(loader->next(), system.device());
            const double loadSeconds = secondsSince(begin);
            const int64_t next = step + 1;
            const bool last = next == setup.totalSteps;
            const bool saves = last || next % setup.options.checkpointInterval == 0;
            const bool logs = last || saves || next % setup.options.scalarInterval == 0;
            const bool norms = setup.options.normInterval > 0 && next % setup.options.normInterval == 0;
            rates.apply(next);
            updates.beginStep(std::min(setup.options.accumulation, batch.size()), logs || norms);
            const StepScalars scalars = trainOn(batch);
            updates.endStep();
            writeScalars();  // of the step before, while the device works on this one
            step = next;
            if (average) average->update();
            if (rollBackReason) continue;  // for the step before
            if (logs || norms) note(scalars, loadSeconds, norms);
            if (!setup.readsLater.value_or(!system.device().is_cpu()) || last || saves || step % setup.options.metricInterval == 0 || step % setup.options.sampleInterval == 0) writeScalars();
            measureSpeed();
            phase("training");
            if (rollBackReason) continue;
            if (saves) save();
            if (!rollBackReason && (last || step % setup.options.metricInterval == 0)) measure(metricsInTraining(setup.options), stop);
            if (!rollBackReason && (last || step % setup.options.sampleInterval == 0)) sample(stop);
        }
        if (savedStep != step) report.message = "the weights of the last steps are not finite and were not saved";
        phase("finished", RunState::Finished);
        return RunState::Finished;
    }
};

Trainer::Trainer(Setup setup, RunSink& sink) : d(std::make_unique<Private>(std::move(setup), sink)) {}
Trainer::~Trainer() = default;

void Trainer::resume(const safetensors::File& checkpoint) { d->restore(checkpoint); }

RunState Trainer::run(std::stop_token stop)
{
    // on a device the scalars of the step before may not have been read yet
    const auto lastScalars = [this] {
        try {
            d->writeScalars();
        } catch (const std::exception& error) {
            log::info(std::string("the scalars of step ") + std::to_string(d->step) + ": " + error.what());
        }
    };
    const auto memory = [this](std::string_view message) { return outOfMemory(message, d->setup.system->device(), d->setup.options.batchSize, d->setup.options.accumulation); };
    try {
        return d->train(stop);
    } catch (const Error& error) {
        lastScalars();
        if (error.code() == ErrorCode::OutOfMemory) throw memory(error.what());
        throw;
    } catch (const std::bad_alloc&) {
        lastScalars();
        throw memory({});
    } catch (const std::exception& error) {
        lastScalars();
        const std::string text = error.what();
        if (saysOutOfMemory(text)) throw memory(text);
        // "max_pool3d_with_indices_backward_cuda does not have a deterministic implementation, but you set ..."
        if (const auto end = text.find(" does not have a deterministic implementation"); d->setup.options.deterministic && end != std::string::npos)
            throw Error(ErrorCode::Usage, text.substr(0, end) + " has no deterministic algorithm on this device; train with deterministic=false", "deterministic");
        throw currentError();
    } catch (...) {
        throw currentError();
    }
}

int64_t Trainer::step() const { return d->step; }

}  // namespace kinora
