#include "app/engine/rendered_system.h"

#include <bit>

#include "core/system/generation.h"
#include "core/util/error.h"

namespace kinora::app {
namespace {
constexpr std::uint64_t kSeeds = 0x72656e64u << 8;  // away from the seeds that people type

SyntheticFactors factorsOf(SyntheticKind kind, const torch::Tensor& code)
{
    return syntheticFactors(kind, kSeeds + std::bit_cast<std::uint32_t>(code.to(torch::kCPU).item<float>()), 0);
}
}  // namespace

RenderedSystem::RenderedSystem(SyntheticKind kind, int size, int frames, double leakingMotion) : m_kind(kind), m_size(size), m_frames(frames), m_leakingMotion(leakingMotion) {}

SystemDescription RenderedSystem::describe() const
{
    SystemDescription d;
    d.id = "renderer";
    d.name = "Renderer";
    d.controls = {{.id = "appearance", .role = ControlRole::Appearance, .kind = ControlKind::GaussianVector, .size = 1},
                  {.id = "motion", .role = ControlRole::Motion, .kind = ControlKind::GaussianVector, .size = 1}};
    d.length = {m_frames, 1, 512, 1};
    d.width = d.height = m_size;
    return d;
}

BatchNeeds RenderedSystem::batchNeeds() const
{
    BatchNeeds needs;
    needs.frames = m_frames;
    needs.height = needs.width = m_size;
    return needs;
}

StepScalars RenderedSystem::trainStep(const Batch&, int64_t) { throw Error(ErrorCode::Usage, "a renderer has nothing to train"); }

torch::Tensor RenderedSystem::generate(const ControlTensors& controls, int frames, uint64_t)
{
    std::vector<torch::Tensor> clips;
    for (int64_t n = 0; n < controls.at("appearance").size(0); ++n) {
        const SyntheticFactors still = factorsOf(m_kind, controls.at("appearance")[n][0]), moving = factorsOf(m_kind, controls.at("motion")[n][0]);
        SyntheticFactors mixed{still.appearance, moving.motion};
        const auto leaking = static_cast<std::size_t>(m_leakingMotion * static_cast<double>(mixed.motion.size()) + 0.5);
        for (std::size_t k = mixed.motion.size() - leaking; k < mixed.motion.size(); ++k) mixed.motion[k] = still.motion[k];
        clips.push_back(fromFrames(renderSynthetic(m_kind, mixed, m_size, frames)));
    }
    return torch::stack(clips);
}

SyntheticKind syntheticKind(const std::string& dataset)
{
    const std::string base = dataset.substr(0, dataset.find('?'));
    if (base == "builtin:faces") return SyntheticKind::Faces;
    if (base == "builtin:puppets") return SyntheticKind::Puppets;
    throw Error(ErrorCode::Usage, "is no built-in dataset; builtin:faces and builtin:puppets are", dataset);
}

}  // namespace kinora::app
