#include "core/training/update.h"

#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <cmath>
#include <utility>

#include "core/nn/autocast.h"
#include "core/util/error.h"

namespace kinora {

TimeMark::TimeMark(const torch::Device& device)
{
    if (device.is_cpu()) {
        m_time = std::chrono::steady_clock::now();
        return;
    }
    m_event.emplace(device.type(), c10::EventFlag::BACKEND_DEFAULT);
    m_event->record(c10::impl::VirtualGuardImpl(device.type()).getStream(device));
}

double TimeMark::secondsSince(const TimeMark& earlier) const
{
    if (!m_event) return std::chrono::duration<double>(m_time - earlier.m_time).count();
    return earlier.m_event->elapsedTime(*m_event) / 1000;
}

void TimeMark::wait() const
{
    if (m_event) m_event->synchronize();
}

HostCopy::HostCopy(const torch::Tensor& numbers)
{
    const torch::Tensor values = numbers.detach().to(torch::kFloat32);
    if (values.device().is_cpu()) {
        m_host = values;
        return;
    }
    m_host = torch::empty(values.sizes(), torch::TensorOptions(torch::kFloat32).pinned_memory(true));
    m_host.copy_(values, /*non_blocking=*/true);
    m_copied.emplace(values.device());
}

const torch::Tensor& HostCopy::read() const
{
    if (m_copied) m_copied->wait();
    return m_host;
}

TrainingUpdates::TrainingUpdates(System& system) : m_device(system.device())
{
    for (const NamedNetwork& network : system.networks())
        for (const auto& item : network.module->named_parameters()) m_places[item.value().unsafeGetTensorImpl()] = {network.name, item.key()};
    // what an optimizer updates besides the networks' parameters goes under its own name
    for (const NamedOptimizer& named : system.optimizers()) {
        int number = 0;
        for (const auto& group : named.optimizer->param_groups())
            for (const torch::Tensor& parameter : group.params()) m_places.try_emplace(parameter.unsafeGetTensorImpl(), Place{named.name, std::to_string(number++)});
    }
}

const TrainingUpdates::Place& TrainingUpdates::placeOf(const torch::Tensor& parameter) const
{
    static const Place unknown{"?", "?"};
    const auto found = m_places.find(parameter.unsafeGetTensorImpl());
    return found == m_places.end() ? unknown : found->second;
}

void TrainingUpdates::beginStep(int64_t parts, bool measure)
{
    m_parts = parts;
    m_measure = measure;
    m_sums.clear();
    m_records.clear();
    m_backward.clear();
    m_begin.reset();
    if (measure) m_begin.emplace(m_device);
}

void TrainingUpdates::beginPart(int64_t part, double share)
{
    m_part = part;
    m_share = share;
    m_ordinals.clear();
}

void TrainingUpdates::endStep()
{
    if (m_settings.scaleLoss) m_scaler.endStep();
    if (m_measure) m_end.emplace(m_device);
}

void TrainingUpdates::update(torch::optim::Optimizer& optimizer, const torch::Tensor& loss)
{
    const nn::NoAutocast full(m_device.type());
    const bool measures = m_measure || m_recording;
    std::optional<TimeMark> begin;
    if (m_measure && !m_recording) begin.emplace(m_device);
    const int ordinal = m_ordinals[&optimizer]++;

    torch::Tensor total = m_share == 1 ? loss : loss * m_share;
    if (m_settings.scaleLoss) total = total * m_scaler.scale();
    optimizer.zero_grad();
    total.backward();

    std::vector<torch::Tensor> parameters;
    for (const auto& group : optimizer.param_groups()) parameters.insert(parameters.end(), group.params().begin(), group.params().end());
    if (m_parts > 1) {
        std::vector<torch::Tensor>& sums = m_sums[{&optimizer, ordinal}];
        sums.resize(parameters.size());
        for (std::size_t i = 0; i < parameters.size(); ++i) {
            const torch::Tensor gradient = parameters[i].grad();
            if (!gradient.defined()) continue;
            if (sums[i].defined()) sums[i].add_(gradient);
            else sums[i] = gradient;
        }
        const bool last = m_part + 1 == m_parts;
        if (last)
            for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i].mutable_grad() = sums[i];
        else
            optimizer.zero_grad();  // the buffer keeps the gradients
        if (last) sums.clear();
        if (!last) {
            if (m_measure) m_backward.emplace_back(std::move(*begin), TimeMark(m_device));
            return;
        }
    }

    std::vector<torch::Tensor> gradients;
    Record record;
    for (const torch::Tensor& parameter : parameters)
        if (parameter.grad().defined()) {
            gradients.push_back(parameter.grad());
            if (measures) record.places.push_back(&placeOf(parameter));
        }
    const bool useful = !m_settings.scaleLoss || m_scaler.unscale(gradients);
    if (!gradients.empty() && (measures || m_settings.clipNorm > 0)) {
        const torch::NoGradGuard noGradient;
        const torch::Tensor norms = torch::stack(at::_foreach_norm(gradients));
        if (measures) {
            record.norms = norms;
            record.excused = !useful && !m_scaler.hopeless();
            m_records.push_back(std::move(record));
        }
        // Source: Pascanu et al., "On the Difficulty of Training Recurrent Neural Networks", ICML 2013, algorithm 1; as torch.nn.utils.clip_grad_norm_
        if (m_settings.clipNorm > 0) at::_foreach_mul_(gradients, (m_settings.clipNorm / (norms.norm() + 1e-6)).clamp_max(1.0));
    }
    onGradients(optimizer);
    if (useful) optimizer.step();
    if (begin) m_backward.emplace_back(std::move(*begin), TimeMark(m_device));
}

void TrainingUpdates::beginRecording()
{
    m_kept = std::exchange(m_records, {});
    m_recording = true;
}

TrainingUpdates::Recorded TrainingUpdates::endRecording()
{
    Recorded recorded;
    recorded.m_records = std::exchange(m_records, std::exchange(m_kept, {}));
    m_recording = false;
    return recorded;
}

TrainingUpdates::Measurement TrainingUpdates::measurement()
{
    Measurement taken;
    std::vector<torch::Tensor> norms;
    for (const Record& record : m_records) norms.push_back(record.norms);
    if (!norms.empty()) taken.m_norms = HostCopy(torch::cat(norms));
    taken.m_records = std::exchange(m_records, {});
    taken.m_backward = std::exchange(m_backward, {});
    taken.m_begin = std::exchange(m_begin, std::nullopt);
    taken.m_end = std::exchange(m_end, std::nullopt);
    return taken;
}

TrainingUpdates::Measured TrainingUpdates::Measurement::read() const
{
    Measured result;
    if (m_end) m_end->wait();
    int64_t at = 0;
    for (const Record& record : m_records) {
        std::map<std::string, double> squares;
        for (const Place* place : record.places) {
            const double norm = m_norms.read().data_ptr<float>()[at++];
            squares[place->network] += norm * norm;
            // a float16 overflow is what the loss scale is there for
            if (!std::isfinite(norm) && !result.bad && !record.excused) result.bad = BadGradient{place->network + "/" + place->parameter, std::isnan(norm)};
        }
        for (const auto& [network, sum] : squares) result.gradientNorms[network] = std::sqrt(sum);
    }
    if (m_begin && m_end) result.seconds = m_end->secondsSince(*m_begin);
    for (const auto& [begin, end] : m_backward) result.backwardSeconds = result.backwardSeconds.value_or(0) + end.secondsSince(begin);
    return result;
}

WeightNorms weightNorms(System& system)
{
    const torch::NoGradGuard noGradient;
    WeightNorms result;
    std::vector<torch::Tensor> norms;
    for (const NamedNetwork& network : system.networks()) {
        const std::vector<torch::Tensor> parameters = network.module->parameters();
        if (parameters.empty()) continue;
        result.networks.push_back(network.name);
        norms.push_back(torch::stack(at::_foreach_norm(parameters)).norm().to(torch::kFloat32));
    }
    if (!norms.empty()) result.norms = HostCopy(torch::stack(norms));
    return result;
}

}  // namespace kinora
