#include "core/system/graphed_generation.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include "core/util/log.h"

namespace kinora {
namespace {
/// What a recording is good for: sizes, the arithmetic that is allowed, and the values of whole numbers, which choose what is computed.
std::string keyOf(const ControlTensors& controls, int frames)
{
    std::ostringstream key;
    key << frames << (at::globalContext().allowTF32CuDNN() ? " tf32 convolutions" : "") << (at::globalContext().allowTF32CuBLAS() ? " tf32 products" : "");
    for (const auto& [id, value] : controls) {
        key << ' ' << id << value.sizes() << value.scalar_type();
        if (value.is_floating_point()) continue;
        const torch::Tensor numbers = value.to(torch::kCPU, torch::kInt64).contiguous();
        for (int64_t i = 0; i < numbers.numel(); ++i) key << ',' << numbers.const_data_ptr<int64_t>()[i];
    }
    return key.str();
}

/// Changes when a weight moves to other memory.
uint64_t placesOf(System& system)
{
    uint64_t sum = 1469598103934665603ULL;  // FNV-1a
    for (const NamedNetwork& network : system.networks()) {
        const auto mix = [&](const torch::Tensor& tensor) { sum = (sum ^ reinterpret_cast<uintptr_t>(tensor.data_ptr())) * 1099511628211ULL; };
        for (const torch::Tensor& tensor : network.module->parameters()) mix(tensor);
        for (const torch::Tensor& tensor : network.module->buffers()) mix(tensor);
    }
    return sum;
}

/// Over the largest value of \p wanted; not a number where one of them holds such.
double difference(const torch::Tensor& got, const torch::Tensor& wanted) { return ((got - wanted).abs().max() / wanted.abs().max().clamp_min(1e-12)).item<double>(); }
}  // namespace

double largestDifferenceOnDevice() { return at::globalContext().allowTF32CuDNN() || at::globalContext().allowTF32CuBLAS() ? Generating::kLargestError : 1e-4; }

std::unique_ptr<GenerationPlan> recordedWherePossible(System& system, std::unique_ptr<GenerationPlan> plan)
{
    if (!system.device().is_cuda() || !nn::deviceGraphs()) return plan;
    if (!plan) return std::make_unique<GraphedGeneration>(system, nn::deviceGraphs());
    auto* recordable = dynamic_cast<RecordablePlan*>(plan.get());
    if (!recordable) return plan;
    (void)plan.release();  // the same plan, known for what it is
    return std::make_unique<GraphedGeneration>(system, nn::deviceGraphs(), std::unique_ptr<RecordablePlan>(recordable));
}

std::size_t GraphedGeneration::recorded() const
{
    return static_cast<std::size_t>(std::ranges::count_if(m_shapes, [](const auto& entry) { return entry.second.graph != nullptr; }));
}

void GraphedGeneration::makeRoom()
{
    while (recorded() >= kMostGraphs) {
        auto oldest = m_shapes.end();
        for (auto it = m_shapes.begin(); it != m_shapes.end(); ++it)
            if (it->second.graph && (oldest == m_shapes.end() || it->second.lastUse < oldest->second.lastUse)) oldest = it;
        m_shapes.erase(oldest);
    }
}

bool GraphedGeneration::weightsStay()
{
    if (m_plan) return m_plan->refresh();
    const uint64_t places = placesOf(*m_system);
    return std::exchange(m_weights, places) == places;
}

void GraphedGeneration::record(Shape& shape, const ControlTensors& controls, int frames, uint64_t seed)
{
    const torch::NoGradGuard noGrad;
    try {
        for (const auto& [id, value] : controls) shape.inputs[id] = value.clone();
        auto graph = m_make(m_system->device());
        graph->record([this, &shape, frames, seed] { shape.output = eagerly(shape.inputs, frames, seed); });
        // other values and another seed: whatever the recording kept that should have been read anew shows
        for (auto& [id, value] : shape.inputs)
            if (value.is_floating_point()) value.neg_().add_(0.125);
        const torch::Tensor wanted = m_system->generate(shape.inputs, frames, seed + 1).clone();
        double allowed = largestDifferenceOnDevice();
        if (precision() == PlanPrecision::BFloat16)  // not more than without the recording, where that is rough itself
            allowed = std::clamp(1.5 * difference(eagerly(shape.inputs, frames, seed + 1), wanted), Generating::kLargestError, 0.1);
        graph->replay();
        const double found = difference(shape.output, wanted);
        if (found <= allowed) {  // not so for NaN
            shape.graph = std::move(graph);
            return;
        }
        log::info("generating without a CUDA graph: replayed clips of this shape differ by " + std::to_string(found));
    } catch (const std::exception& error) {
        const std::string why = error.what();
        log::info("generating without a CUDA graph for this shape: " + why.substr(0, why.find('\n')));
    }
    shape.refused = true;
    shape.inputs.clear();
    shape.output = torch::Tensor();
}

torch::Tensor GraphedGeneration::generate(const ControlTensors& controls, int frames, uint64_t seed)
{
    if (wantsGradients(controls)) return m_system->generate(controls, frames, seed);
    if (controls.empty()) return eagerly(controls, frames, seed);
    if (!weightsStay()) m_shapes.clear();
    const std::string key = keyOf(controls, frames);
    if (const auto found = m_shapes.find(key); found != m_shapes.end() && found->second.graph) {
        Shape& shape = found->second;
        shape.lastUse = ++m_calls;
        const torch::NoGradGuard noGrad;
        for (const auto& [id, value] : controls) shape.inputs.at(id).copy_(value);
        shape.graph->replay();
        return shape.output.clone();  // the next replay writes to the same memory
    }
    torch::Tensor clips = eagerly(controls, frames, seed);  // first, so that what does not fit is refused as ever
    if (m_shapes.size() > 1000) std::erase_if(m_shapes, [](const auto& entry) { return !entry.second.graph; });
    Shape& shape = m_shapes[key];
    shape.lastUse = ++m_calls;
    if (++shape.calls >= 2 && !shape.refused) {
        makeRoom();
        record(shape, controls, frames, seed);
    }
    return clips;
}

}  // namespace kinora
