#include "core/training/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <set>
#include <thread>

#include "core/loader/clip_loader.h"
#include "core/system/generation.h"
#include "core/training/sample_controls.h"
#include "core/util/error.h"
#include "core/util/outcome.h"
#include "core/util/text.h"

namespace kinora {
namespace {
using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

constexpr std::string_view kLearningRate = "learning_rate/";

Batch onDevice(Batch batch, const torch::Device& device)
{
    if (device.is_cpu()) return batch;
    const auto move = [&](torch::Tensor& tensor) { tensor = tensor.pin_memory().to(device, /*non_blocking=*/true); };
    move(batch.clips);
    for (auto& [name, tensor] : batch.labels) move(tensor);
    for (auto& [name, tensor] : batch.streams) move(tensor);
    return batch;
}

/// Puts LibTorch's CPU generator back where it was: what is drawn for samples leaves training as it would be without them.
class KeepRandomState {
public:
    KeepRandomState() : m_state(at::detail::getDefaultCPUGenerator().get_state()) {}
    ~KeepRandomState()
    {
        at::Generator generator = at::detail::getDefaultCPUGenerator();
        generator.set_state(m_state);
    }
    KeepRandomState(const KeepRandomState&) = delete;
    KeepRandomState& operator=(const KeepRandomState&) = delete;

private:
    torch::Tensor m_state;
};

}  // namespace

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
    std::unique_ptr<ClipLoader> loader;
    int64_t step = 0;
    int64_t savedStep = -1;
    double frameRateHz = 10;
    RunProgress report;
    std::vector<ControlValues> sampleCodes;
    bool stopAsked = false;

    // speed over the last seconds
    Clock::time_point speedStart = Clock::now();
    int64_t speedStep = 0;

    Private(Setup given, RunSink& target) : setup(std::move(given)), sink(target)
    {
        System& system = *setup.system;
        description = system.describe();
        const BatchNeeds needs = system.batchNeeds();
        loader = std::make_unique<ClipLoader>(setup.source, needs, ClipLoader::Options{setup.options.batchSize, setup.options.loaderThreads, setup.seed});
        frameRateHz = description.frameRateHz;
        if (const double rate = setup.source->info(0).frameRateHz; rate > 0 && !needs.frameSteps.empty())
            frameRateHz = rate * static_cast<double>(needs.frameSteps.size()) / std::accumulate(needs.frameSteps.begin(), needs.frameSteps.end(), 0.0);
        sampleCodes = sampleControls(description, *setup.source, setup.seed, static_cast<int>(setup.options.sampleRows), static_cast<int>(setup.options.sampleColumns),
                                     description.length.trained);
        report.totalSteps = setup.totalSteps;
        report.device = system.device().str();
    }

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
        const auto clips = attempt([&] { return generateClips(*setup.system, request, stop); });
        setup.system->train(true);
        if (!clips && clips.error().code() == ErrorCode::Cancelled) return;
        if (!clips) throw clips.error();
        sink.samples(step, clips.value(), static_cast<int>(setup.options.sampleRows), static_cast<int>(setup.options.sampleColumns), frameRateHz);
        restartSpeed();
    }

    /// A loss is read before the update that it leads to, so weights can be spoilt while all losses are still numbers.
    void checkWeights() const
    {
        const torch::NoGradGuard noGradient;
        std::vector<std::string> names;
        std::vector<torch::Tensor> finite;
        for (const NamedNetwork& network : setup.system->networks())
            for (const auto& item : network.module->named_parameters()) {
                names.push_back(network.name + "/" + item.key());
                finite.push_back(torch::isfinite(item.value()).all());
            }
        if (finite.empty()) return;
        const torch::Tensor all = torch::stack(finite).to(torch::kCPU);
        for (std::size_t i = 0; i < names.size(); ++i)
            if (!all[static_cast<int64_t>(i)].item<bool>()) numerical("parameter " + names[i], "not finite");
    }

    [[noreturn]] void numerical(const std::string& what, const std::string& found) const
    {
        sink.event("nan", step, {{"what", what}, {"found", found}});
        throw Error(ErrorCode::Numerical, what + " is " + found + " at step " + std::to_string(step) +
                                              (savedStep >= 0 ? "; the checkpoint of step " + std::to_string(savedStep) + " is the last good one" : "; nothing was saved yet") +
                                              ". Try a smaller learning rate, or --set stop_on_nan=false to go on regardless");
    }

    void save()
    {
        if (setup.options.stopOnNan) checkWeights();
        phase("saving");
        CheckpointExtras extras;
        extras.step = step;
        extras.epoch = loader->epoch();
        extras.dataset = setup.source->name();
        extras.frameRateHz = frameRateHz;
        extras.trainingOptions = optionValues(setup.options);
        extras.loader = loader->state();
        sink.checkpoint(step, serializeCheckpoint(*setup.system, extras));
        savedStep = step;
        restartSpeed();
    }

    /// One read for all scalars of the step.
    void log(const StepScalars& scalars, double stepSeconds, double loadSeconds)
    {
        std::vector<torch::Tensor> tensors;
        for (const auto& [name, tensor] : scalars) tensors.push_back(tensor.detach().to(setup.system->device(), torch::kFloat32).reshape({}));
        std::vector<std::pair<std::string, double>> values;
        if (!tensors.empty()) {
            const torch::Tensor read = torch::stack(tensors).to(torch::kCPU);
            for (std::size_t i = 0; i < scalars.size(); ++i) values.emplace_back(scalars[i].first, read.data_ptr<float>()[i]);
        }
        const std::size_t own = values.size();
        for (const NamedOptimizer& named : setup.system->optimizers())
            if (!named.optimizer->param_groups().empty()) values.emplace_back("lr/" + named.name, named.optimizer->param_groups().front().options().get_lr());
        values.emplace_back("time/step", stepSeconds);
        values.emplace_back("time/load", loadSeconds);
        values.emplace_back("time/clips_per_second", static_cast<double>(setup.options.batchSize) / std::max(1e-9, stepSeconds + loadSeconds));
        sink.scalars(step, loader->epoch(), values);
        if (!setup.options.stopOnNan) return;
        for (std::size_t i = 0; i < own; ++i)
            if (!std::isfinite(values[i].second)) numerical("'" + values[i].first + "'", std::isnan(values[i].second) ? "not a number" : "infinite");
    }

    /// \throws Error (Usage)
    void set(const std::string& key, const std::string& value)
    {
        if (key.starts_with(kLearningRate)) {
            const std::string name = key.substr(kLearningRate.size());
            std::vector<std::string> known;
            for (const NamedOptimizer& named : setup.system->optimizers()) {
                known.push_back(named.name);
                if (named.name != name) continue;
                const double rate = parseNumber(value, key);
                if (!(rate > 0) || !std::isfinite(rate)) throw Error(ErrorCode::Usage, "must be a number above 0, not " + value, key);
                for (auto& group : named.optimizer->param_groups()) group.options().set_lr(rate);
                return;
            }
            throw Error(ErrorCode::Usage, "there is no optimizer '" + name + "'" + suggestion(name, known), key);
        }
        const std::vector<OptionField> fields = describeOptions<TrainingOptions>("training");
        const OptionField& field = findOption(fields, key);
        if (!changesWhileRunning(key)) throw Error(ErrorCode::Usage, "cannot be changed while a run goes on", key);
        applyOptions(setup.options, {{key, parseOption(field, value)}});
    }

    /// Answers what has been asked; returns when there is nothing more to wait for.
    void answer(const std::stop_token& stop)
    {
        bool paused = false;
        while (!stopAsked && !stop.stop_requested()) {
            while (const std::optional<RunRequest> request = sink.poll()) {
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
                            if (savedStep != step) save();
                            sink.done(*request);
                        }
                        break;
                    case RunRequest::Kind::Metric: sink.done(*request, "this trainer measures nothing yet"); break;
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

    RunState train(const std::stop_token& stop)
    {
        System& system = *setup.system;
        system.train(true);
        restartSpeed();
        // a run that was killed between its last checkpoint and its last samples lacks these
        if (step == 0 || step >= setup.totalSteps) sample(stop);
        phase("loading data");
        while (step < setup.totalSteps) {
            answer(stop);
            if (stopAsked || stop.stop_requested()) {
                if (step > 0 && savedStep != step) save();
                report.message = stopAsked ? "stopped on request" : "interrupted";
                phase("stopped", RunState::Stopped);
                return RunState::Stopped;
            }
            const Clock::time_point begin = Clock::now();
            const Batch batch = onDevice(loader->next(), system.device());
            const double loadSeconds = secondsSince(begin);
            const Clock::time_point middle = Clock::now();
            const StepScalars scalars = system.trainStep(batch, step + 1);
            ++step;
            const bool last = step == setup.totalSteps;
            const bool saves = last || step % setup.options.checkpointInterval == 0;
            if (last || saves || step % setup.options.scalarInterval == 0) log(scalars, secondsSince(middle), loadSeconds);
            measureSpeed();
            phase("training");
            if (saves) save();
            if (last || step % setup.options.sampleInterval == 0) sample(stop);
        }
        phase("finished", RunState::Finished);
        return RunState::Finished;
    }
};

Trainer::Trainer(Setup setup, RunSink& sink) : d(std::make_unique<Private>(std::move(setup), sink)) {}
Trainer::~Trainer() = default;

void Trainer::resume(const safetensors::File& checkpoint)
{
    const CheckpointInfo info = readCheckpointInfo(checkpoint);
    const std::string ours = d->description.id;
    if (info.system != ours) throw Error(ErrorCode::Incompatible, "is a checkpoint of '" + info.system + "', not of '" + ours + "'", checkpoint.path());
    loadTrainingState(*d->setup.system, checkpoint);
    d->loader->setState(info.loader);
    d->step = d->savedStep = info.step;
}

RunState Trainer::run(std::stop_token stop)
{
    try {
        return d->train(stop);
    } catch (const Error&) {
        throw;
    } catch (const c10::OutOfMemoryError&) {
        throw Error(ErrorCode::OutOfMemory, "the device has not enough memory for a step; make batch_size or the networks smaller (--set batch_size=" +
                                                std::to_string(std::max<int64_t>(1, d->setup.options.batchSize / 2)) + ")");
    } catch (...) {
        throw currentError();
    }
}

int64_t Trainer::step() const { return d->step; }

}  // namespace kinora
