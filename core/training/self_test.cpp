#include "core/training/self_test.h"

#include <cmath>
#include <functional>
#include <limits>
#include <memory>

#include "core/nn/formulation.h"
#include "core/system/generation.h"
#include "core/system/graphed_generation.h"
#include "core/training/precision.h"
#include "core/training/recorded_step.h"
#include "core/util/outcome.h"

namespace kinora {
namespace {

constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();
constexpr int64_t kClips = 4;

/// Steps as usual, and keeps the gradients of every update.
class KeepGradients final : public UpdatePolicy {
public:
    std::vector<torch::Tensor> all;

    void update(torch::optim::Optimizer& optimizer, const torch::Tensor& loss) override
    {
        optimizer.zero_grad();
        loss.backward();
        for (const auto& group : optimizer.param_groups())
            for (const torch::Tensor& parameter : group.params())
                all.push_back(parameter.grad().defined() ? parameter.grad().detach().to(torch::kCPU, torch::kFloat64, /*non_blocking=*/false, /*copy=*/true) : torch::zeros_like(parameter, torch::kFloat64).cpu());
        if (steps) optimizer.step();
    }
    bool steps = true;
};

/// Length of the difference to the length of \p wanted, all as one vector.
double apart(const std::vector<torch::Tensor>& found, const std::vector<torch::Tensor>& wanted)
{
    if (found.size() != wanted.size()) return kNotANumber;
    double difference = 0, length = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
        difference += (found[i] - wanted[i]).square().sum().item<double>();
        length += wanted[i].square().sum().item<double>();
    }
    return length > 0 ? std::sqrt(difference / length) : difference > 0 ? kNotANumber : 0;
}

double largest(const torch::Tensor& found, const torch::Tensor& wanted)
{
    if (found.sizes() != wanted.sizes() || !torch::isfinite(found).all().item<bool>()) return kNotANumber;
    return (found - wanted).abs().max().item<double>();
}

/// Largest difference of what two steps report.
double largest(const StepScalars& found, const StepScalars& wanted)
{
    double most = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
        const double difference = std::abs(found[i].second.item<double>() - wanted.at(i).second.item<double>());
        if (!std::isfinite(difference)) return kNotANumber;
        most = std::max(most, difference);
    }
    return most;
}

class SelfTest {
public:
    SelfTest(const SystemEntry& entry, const torch::Device& device, const nn::MakeDeviceGraph& graphs) : m_entry(entry), m_device(device), m_graphs(graphs) {}

    std::vector<SelfCheck> run()
    {
        trainingStep();
        recordedStep();
        if (m_system) {
            generation();
            plan(PlanPrecision::Float32, "plan in fp32 against plain modules", 1e-4);
            if (bfloat16IsQuick(m_device)) plan(PlanPrecision::BFloat16, "plan in bf16 against plain modules", 1e-1);
            recordedGeneration(PlanPrecision::Float32, "recorded generation against plain modules", 1e-4);
            if (bfloat16IsQuick(m_device)) recordedGeneration(PlanPrecision::BFloat16, "recorded generation in bf16 against plain modules", 1e-1);
        }
        return std::move(m_checks);
    }

private:
    std::unique_ptr<System> make(const torch::Device& device) const
    {
        OptionValues small;
        for (const OptionField& field : m_entry.description.options)
            if (field.key == "base_channels") small["base_channels"] = std::int64_t(4);
        torch::manual_seed(0);
        std::unique_ptr<System> system = m_entry.create(small);
        system->to(device);
        return system;
    }

    /// \p work fills in found; what it throws becomes the note.
    void check(SelfCheck given, const std::function<void(SelfCheck&)>& work)
    {
        const auto outcome = attempt([&] {
            work(given);
            return true;
        });
        if (!outcome) given.note = outcome.error().what();
        m_checks.push_back(std::move(given));
    }

    static Batch madeUpBatch(const System& system)
    {
        const BatchNeeds needs = system.batchNeeds();
        torch::manual_seed(2);
        const auto pictures = [&](std::vector<int64_t> size) { return torch::rand(size).mul(2).sub(1).to(system.device()); };
        Batch batch;
        batch.clips = pictures({kClips, 3, needs.frames, needs.height, needs.width});
        if (needs.images) batch.images = pictures({kClips, 3, needs.height, needs.width});
        for (const std::string& label : needs.labels) batch.labels[label] = torch::zeros({kClips}, torch::kInt64).to(system.device());
        return batch;
    }

    struct Stepped {
        std::unique_ptr<System> system;
        StepScalars scalars;
        std::vector<torch::Tensor> gradients;
    };
    Stepped step(const torch::Device& device, Formulation formulation, bool updates) const
    {
        Stepped result{make(device), {}, {}};
        System& system = *result.system;
        if (auto* formulated = dynamic_cast<Formulated*>(&system)) formulated->setFormulation(formulation);
        const Batch batch = madeUpBatch(system);
        system.train(true);
        KeepGradients policy;
        policy.steps = updates;
        system.setUpdatePolicy(&policy);
        torch::manual_seed(3);
        result.scalars = system.trainStep(batch, 1);
        system.setUpdatePolicy(nullptr);
        result.gradients = std::move(policy.all);
        return result;
    }

    void trainingStep()
    {
        const std::vector<std::string> streams = make(torch::kCPU)->batchNeeds().streams;
        if (!streams.empty()) {
            SelfCheck skipped{"training step", 0, 0, "", "needs the stream '" + streams.front() + "' of a dataset", false};
            m_checks.push_back(skipped);
            m_system = make(m_device);
            return;
        }
        check({"training step", kNotANumber, 0, "reported numbers that are not finite", ""}, [&](SelfCheck& found) {
            Stepped stepped = step(m_device, Formulation::Fast, true);
            found.found = 0;
            for (const auto& [tag, value] : stepped.scalars) found.found += std::isfinite(value.item<double>()) ? 0 : 1;
            m_system = std::move(stepped.system);
            if (m_device.is_cpu()) return;
            const Stepped reference = step(torch::kCPU, Formulation::Fast, true);
            m_checks.push_back({"training step against the processor's", largest(stepped.scalars, reference.scalars), 2e-3, "largest difference of a reported number", ""});
        });
        if (!dynamic_cast<Formulated*>(make(torch::kCPU).get())) return;
        // without moving the networks: Adam's first step goes by signs, which would make much of rounding in the next network
        check({"fast step against plain step", kNotANumber, 1e-3, "distance of the gradients to their length", ""}, [&](SelfCheck& found) {
            const Stepped plain = step(m_device, Formulation::Plain, false), fast = step(m_device, Formulation::Fast, false);
            found.found = apart(fast.gradients, plain.gradients);
            m_checks.push_back({"fast step's losses against the plain ones", largest(fast.scalars, plain.scalars), 1e-4, "largest difference of a reported number", ""});
        });
    }

    /// Where there are CUDA graphs: whether a step can be recorded and comes out the same (RecordedStep compares it).
    void recordedStep()
    {
        if (!m_graphs) return;
        const std::unique_ptr<System> system = make(m_device);
        if (!RecordedStep::obstacle(*system, {}, 1).empty() || system->drawStep(madeUpBatch(*system)).empty()) return;
        check({"recorded training step", kNotANumber, 0, "steps that were to be replayed and were not (the log says why)", ""}, [&](SelfCheck& found) {
            TrainingUpdates updates(*system);
            RecordedStep recorded(*system, updates, m_graphs);
            system->train(true);
            system->setUpdatePolicy(&updates);
            const Batch batch = madeUpBatch(*system);
            constexpr int kReplayed = 2;
            found.found = 0;
            for (int64_t step = 1; step <= RecordedStep::kPlainSteps + 2 + kReplayed; ++step) {
                updates.beginStep(1, false);
                recorded.run(batch, step);
                updates.endStep();
                if (step > RecordedStep::kPlainSteps + 2 && !recorded.recorded()) ++found.found;
            }
            system->setUpdatePolicy(nullptr);
        });
    }

    /// One clip, the same whatever the system's device.
    torch::Tensor clip(System& system, const std::function<torch::Tensor(const ControlTensors&, int)>& generate) const
    {
        const SystemDescription d = system.describe();
        ControlValues values;
        Random random(1);
        for (const Control& control : d.controls) {
            const int height = control.height ? control.height : d.height, width = control.width ? control.width : d.width;
            ControlValue& value = values[control.id] = drawControl(control, d.length.trained, random);
            if (control.kind == ControlKind::Image || control.kind == ControlKind::Frames)
                value.frames = std::make_shared<const Frames>(control.kind == ControlKind::Image ? 1 : control.count, height, width);
            if (control.kind == ControlKind::MapSequence) value.numbers.assign(static_cast<std::size_t>(value.steps) * control.size * height * width, 0.f);
        }
        const torch::NoGradGuard noGradient;
        system.train(false);
        return generate(toTensors(d, {values}, d.length.trained, system.device()), d.length.trained).to(torch::kCPU, torch::kFloat32);
    }
    torch::Tensor plainClip(System& system) const
    {
        return clip(system, [&](const ControlTensors& controls, int frames) { return system.generate(controls, frames, 0); });
    }

    void generation()
    {
        check({"generation", kNotANumber, 0, "numbers of a clip that are not finite", ""}, [&](SelfCheck& found) {
            m_clip = plainClip(*m_system);
            found.found = static_cast<double>((~torch::isfinite(m_clip)).sum().item<int64_t>());
        });
        if (m_device.is_cpu()) return;
        check({"generation against the processor's", kNotANumber, 2e-3, "largest difference", ""}, [&](SelfCheck& found) {
            // the same weights: two steps on two devices need not lead to the same ones
            const std::unique_ptr<System> here = make(torch::kCPU), there = make(m_device);
            found.found = largest(plainClip(*there), plainClip(*here));
        });
    }

    std::unique_ptr<GenerationPlan> makePlan(PlanPrecision precision)
    {
        const torch::NoGradGuard noGradient;
        m_system->train(false);
        return m_system->makePlan(precision);
    }
    /// Largest difference of the plan's clip to that of the plain modules, to its largest value.
    double differenceOf(GenerationPlan& plan)
    {
        const ArithmeticScope arithmetic("fp32", false, m_device);  // TF32 would round in other places here and there
        const torch::Tensor got = clip(*m_system, [&](const ControlTensors& controls, int frames) { return plan.generate(controls, frames, 0); });
        const torch::Tensor wanted = m_device.is_cpu() ? m_clip : plainClip(*m_system);
        return largest(got, wanted) / std::max(1e-12, wanted.abs().max().item<double>());
    }

    void plan(PlanPrecision precision, const char* name, double limit)
    {
        std::unique_ptr<GenerationPlan> plan;
        const auto made = attempt([&] {
            plan = makePlan(precision);
            return true;
        });
        if (made && !plan) return;  // the system has none
        check({name, kNotANumber, limit, "largest difference to the largest value", ""}, [&](SelfCheck& found) {
            if (!made) throw made.error();
            found.found = differenceOf(*plan);
        });
    }

    /// Where there are CUDA graphs: whether generation can be recorded, by its plan if that allows it, and comes out the same when it is replayed.
    void recordedGeneration(PlanPrecision precision, const char* name, double limit)
    {
        if (!m_graphs) return;
        auto made = attempt([&] { return makePlan(precision); });
        if (!made) return;  // said above
        std::unique_ptr<GenerationPlan> plan = std::move(made.value());
        const bool planned = plan != nullptr;
        if (planned ? !dynamic_cast<RecordablePlan*>(plan.get()) : precision != PlanPrecision::Float32) return;
        check({name, kNotANumber, limit, "largest difference to the largest value", ""}, [&](SelfCheck& found) {
            GraphedGeneration graphed(*m_system, m_graphs, std::unique_ptr<RecordablePlan>(dynamic_cast<RecordablePlan*>(plan.release())));
            for (int call = 0; call < 2; ++call) differenceOf(graphed);  // the second one records
            found.found = differenceOf(graphed);
            if (graphed.recorded() > 0) return;
            found.note = "could not be recorded; the log says why";
            found.tried = planned;  // plain modules need not allow it
        });
    }

    const SystemEntry& m_entry;
    torch::Device m_device;
    nn::MakeDeviceGraph m_graphs;
    std::vector<SelfCheck> m_checks;
    std::unique_ptr<System> m_system;
    torch::Tensor m_clip;
};
}  // namespace

std::vector<SelfCheck> selfTest(const SystemEntry& entry, const torch::Device& device) { return selfTest(entry, device, device.is_cuda() ? nn::deviceGraphs() : nn::MakeDeviceGraph{}); }
std::vector<SelfCheck> selfTest(const SystemEntry& entry, const torch::Device& device, const nn::MakeDeviceGraph& graphs) { return SelfTest(entry, device, graphs).run(); }

}  // namespace kinora
