#include "core/training/recorded_step.h"

#include <c10/core/CachingDeviceAllocator.h>

#include <cmath>
#include <optional>
#include <sstream>

#include "core/util/log.h"

namespace kinora {
namespace {
using Tensors = std::vector<torch::Tensor>;

/// Every tensor of a batch, in the same order for batches of one shape.
Tensors tensorsOf(const Batch& batch)
{
    Tensors tensors{batch.clips};
    if (batch.images.defined()) tensors.push_back(batch.images);
    for (const auto* named : {&batch.labels, &batch.streams, &batch.draws})
        for (const auto& [name, tensor] : *named) tensors.push_back(tensor);
    return tensors;
}

/// A copy to record with: other values, all of them allowed ones.
torch::Tensor otherValues(const torch::Tensor& tensor) { return tensor.is_floating_point() ? tensor.neg().add_(0.125) : torch::zeros_like(tensor); }

Batch otherBatch(const Batch& batch)
{
    Batch other;
    other.clips = otherValues(batch.clips);
    if (batch.images.defined()) other.images = otherValues(batch.images);
    for (const auto& [name, tensor] : batch.labels) other.labels[name] = otherValues(tensor);
    for (const auto& [name, tensor] : batch.streams) other.streams[name] = otherValues(tensor);
    for (const auto& [name, tensor] : batch.draws) other.draws[name] = otherValues(tensor);
    return other;
}

void fill(const Tensors& to, const Tensors& from)
{
    const torch::NoGradGuard noGradient;
    for (std::size_t i = 0; i < to.size(); ++i) to[i].copy_(from[i], /*non_blocking=*/true);
}

std::vector<Tensors> copyOf(const std::vector<Tensors>& groups)
{
    const torch::NoGradGuard noGradient;
    std::vector<Tensors> copies;
    for (const Tensors& group : groups) {
        Tensors& copy = copies.emplace_back();
        for (const torch::Tensor& tensor : group) copy.push_back(tensor.detach().clone());
    }
    return copies;
}

void putBack(const std::vector<Tensors>& groups, const std::vector<Tensors>& copies)
{
    for (std::size_t i = 0; i < groups.size(); ++i) fill(groups[i], copies[i]);
}

/// Length of the difference of two ways to go, over the length of the first.
double apart(const Tensors& from, const Tensors& to, const Tensors& other)
{
    double difference = 0, length = 0;
    for (std::size_t i = 0; i < from.size(); ++i) {
        if (!from[i].is_floating_point()) continue;
        const torch::Tensor way = to[i].to(torch::kFloat64) - from[i].to(torch::kFloat64);
        difference += (other[i].to(torch::kFloat64) - to[i].to(torch::kFloat64)).square().sum().item<double>();
        length += way.square().sum().item<double>();
    }
    return difference == 0 ? 0 : std::sqrt(difference / length);
}

std::string firstLine(const std::string& text) { return text.substr(0, text.find('\n')); }
}  // namespace

std::string RecordedStep::obstacle(System& system, const TrainingUpdates::Settings& settings, int64_t parts)
{
    if (parts > 1) return "a batch in several parts (accumulation) is not recorded";
    if (settings.scaleLoss) return "with fp16 every update waits for the device to say whether a gradient has overflowed";
    for (const NamedOptimizer& named : system.optimizers())
        if (!dynamic_cast<nn::FusedAdam*>(named.optimizer)) return "the optimizer of " + named.name + " keeps its counts outside of the device";
    if (!system.trainingState().empty()) return "the system keeps a state outside of the device";
    return {};
}

std::vector<nn::FusedAdam*> RecordedStep::optimizers()
{
    std::vector<nn::FusedAdam*> all;
    for (const NamedOptimizer& named : m_system->optimizers()) all.push_back(dynamic_cast<nn::FusedAdam*>(named.optimizer));
    return all;
}

std::vector<Tensors> RecordedStep::state()
{
    std::vector<Tensors> groups;
    for (const NamedNetwork& network : m_system->networks()) {
        Tensors& group = groups.emplace_back(network.module->parameters());
        for (const torch::Tensor& buffer : network.module->buffers())
            if (buffer.defined()) group.push_back(buffer);
    }
    for (nn::FusedAdam* optimizer : optimizers()) groups.push_back(optimizer->stateTensors());
    return groups;
}

/// What a recording is good for: sizes, numbers of the host that it reads, and where the weights and states lie.
std::string RecordedStep::keyOf(const Batch& batch)
{
    std::ostringstream key;
    for (const torch::Tensor& tensor : tensorsOf(batch)) key << tensor.sizes() << tensor.scalar_type() << ' ';
    key << m_updates->settings().clipNorm;
    for (const LossWeight& weight : m_system->lossWeights()) key << ' ' << weight.value;
    uint64_t places = 1469598103934665603ULL;  // FNV-1a
    for (const Tensors& group : state())
        for (const torch::Tensor& tensor : group) places = (places ^ reinterpret_cast<uintptr_t>(tensor.const_data_ptr())) * 1099511628211ULL;
    key << ' ' << places;
    return key.str();
}

void RecordedStep::forget()
{
    m_graph.reset();
    for (nn::FusedAdam* optimizer : optimizers())
        if (optimizer) optimizer->letGo();
    m_inputs = {};
    m_scalars.clear();
    m_norms = {};
    m_refused = false;
    m_steps = 0;
    m_key.clear();
}

StepScalars RecordedStep::plain(const Batch& batch, int64_t step)
{
    m_updates->beginPart(0, 1);
    return m_system->trainStep(batch, step);
}

/// What is recorded.
void RecordedStep::work(int64_t step)
{
    const std::vector<nn::FusedAdam*> all = optimizers();
    const auto held = [&](bool on) {
        for (nn::FusedAdam* optimizer : all) optimizer->useHeld(on);
    };
    held(true);
    m_updates->beginRecording();
    try {
        m_scalars = plain(m_inputs, step);
    } catch (...) {
        m_updates->endRecording();
        held(false);
        throw;
    }
    m_norms = m_updates->endRecording();
    held(false);
}

StepScalars RecordedStep::run(const Batch& batch, int64_t step)
{
    if (std::string key = keyOf(batch); key != m_key) {
        forget();
        m_key = std::move(key);
    }
    if (m_graph) {
        Batch given = batch;
        given.draws = m_system->drawStep(batch);
        fill(tensorsOf(m_inputs), tensorsOf(given));
        for (nn::FusedAdam* optimizer : optimizers()) {
            optimizer->countHeld();
            optimizer->writeHeld();
        }
        m_graph->replay();
        // unseen by LibTorch, and whoever keeps something made of the weights must see it
        for (const Tensors& group : state())
            for (const torch::Tensor& tensor : group) tensor.unsafeGetTensorImpl()->bump_version();
        m_updates->replayed(m_norms);
        return m_scalars;
    }
    if (m_refused || m_steps++ < kPlainSteps) return plain(batch, step);
    return record(batch, step);
}

/// Whether the state and m_scalars are those of a step as ever. \returns what differs, or nothing
std::string RecordedStep::difference(const StepScalars& wanted, const std::vector<std::vector<torch::Tensor>>& before, const std::vector<std::vector<torch::Tensor>>& after)
{
    const std::vector<Tensors> now = state();
    for (std::size_t i = 0; i < now.size(); ++i)
        if (const double found = apart(before[i], after[i], now[i]); !(found <= kLargestDifference))  // not so for NaN either
            return "replayed, it changes the weights otherwise, by " + std::to_string(found) + " of their way";
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (!wanted[i].first.starts_with("loss/")) continue;  // an accuracy changes by a whole clip where a logit is near 0
        const double value = wanted[i].second.item<double>(), found = m_scalars.at(i).second.item<double>();
        if (!(std::abs(found - value) <= kLargestLossDifference * (1 + std::abs(value)))) return "replayed, '" + wanted[i].first + "' is " + std::to_string(found) + ", not " + std::to_string(value);
    }
    return {};
}

StepScalars RecordedStep::record(const Batch& batch, int64_t step)
{
    const auto refuse = [this](const std::string& why) {
        const std::string key = m_key;
        forget();
        m_key = key;
        m_refused = true;
        log::info("training without a recorded step: " + why);
    };
    if (const std::string why = obstacle(*m_system, m_updates->settings(), 1); !why.empty()) {
        refuse(why);
        return plain(batch, step);
    }
    Batch given = batch;
    given.draws = m_system->drawStep(batch);
    if (given.draws.empty()) {
        refuse("this system draws random numbers in the middle of a step");
        return plain(batch, step);
    }
    std::vector<Tensors> before;
    try {
        before = copyOf(state());
    } catch (const std::exception& error) {
        refuse("no room for a copy of the weights: " + firstLine(error.what()));
        return plain(given, step);
    }
    const StepScalars scalars = plain(given, step);
    std::optional<std::vector<Tensors>> after;
    std::string why;
    try {
        after = copyOf(state());
        putBack(state(), before);
        m_inputs = otherBatch(given);
        // a recording has memory of its own: what steps have used and left lies idle from now on
        if (!m_system->device().is_cpu()) c10::getDeviceAllocator(m_system->device().type())->emptyCache();
        for (nn::FusedAdam* optimizer : optimizers()) optimizer->hold();
        auto graph = m_make(m_system->device());
        graph->record([this, step] { work(step); });
        putBack(state(), before);
        fill(tensorsOf(m_inputs), tensorsOf(given));
        for (nn::FusedAdam* optimizer : optimizers()) optimizer->writeHeld();
        graph->replay();

        why = difference(scalars, before, *after);
        if (why.empty()) m_graph = std::move(graph);
    } catch (const std::exception& error) {
        why = firstLine(error.what());
    }
    // the step is what it would have been; where it could not even be kept, it is made again
    if (!after) {
        refuse(why);
        return scalars;
    }
    putBack(state(), *after);
    if (!m_graph) refuse(why);
    return scalars;
}

}  // namespace kinora
