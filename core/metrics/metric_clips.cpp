#include "core/metrics/metric_clips.h"

#include <torch/torch.h>

#include <algorithm>
#include <filesystem>
#include <limits>

#include "core/clip/transform.h"
#include "core/control/control.h"
#include "core/system/generation.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/random.h"
#include "core/util/text.h"

namespace kinora {
namespace {
constexpr std::size_t kKeptBytes = std::size_t(512) << 20;

/// Whether the pictures behind a dataset were ever compressed with loss, as far as their names tell.
std::string losslessness(const ClipSource& source)
{
    if (source.name().starts_with("builtin:")) return "yes (rendered)";
    const std::string origin = source.size() > 0 ? source.info(0).source : std::string();
    if (origin.starts_with("builtin:")) return "yes (rendered)";
    std::string extension = std::filesystem::path(origin).extension().string();
    std::ranges::transform(extension, extension.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    for (const char* known : {".png", ".bmp", ".tif", ".tiff", ".ppm", ".pgm"})
        if (extension == known) return "yes (" + extension.substr(1) + ")";
    for (const char* known : {".avi", ".mp4", ".mov", ".mkv", ".webm", ".mpg", ".mpeg", ".jpg", ".jpeg", ".gif", ".webp"})
        if (extension == known) return "no (" + extension.substr(1) + ")";
    return "unknown";
}
}  // namespace

void MetricCall::check(std::string_view phase, int64_t done, int64_t total) const
{
    if (stop.stop_requested()) throw Error(ErrorCode::Cancelled, "cancelled");
    if (progress) progress(phase, done, total);
}

MetricClips::MetricClips(Setup setup) : m_setup(std::move(setup))
{
    if (!m_setup.system && !m_setup.standIn) throw Error(ErrorCode::Usage, "there is neither a system nor a dataset to measure");
    if (m_setup.system) {
        const SystemDescription description = m_setup.system->describe();
        m_frames = m_setup.frames > 0 ? m_setup.frames : description.length.trained;
        if (!description.length.allows(m_frames))
            throw Error(ErrorCode::Usage, std::to_string(m_frames) + " frames cannot be generated (nearest: " + std::to_string(description.length.nearest(m_frames)) + ")", "--frames");
        m_width = description.width;
        m_height = description.height;
        m_frameSteps = m_setup.system->batchNeeds().frameSteps;
        if (m_frameSteps.empty()) m_frameSteps = {1};
    } else {
        if (m_setup.standIn->size() < 1) throw Error(ErrorCode::NotFound, "holds no clip", m_setup.standIn->name());
        const ClipInfo first = m_setup.standIn->info(0);
        m_frames = m_setup.frames > 0 ? m_setup.frames : first.frames;
        m_width = first.width;
        m_height = first.height;
        m_standInOrder = select(*m_setup.standIn, m_setup.standInSplit);
    }
    if (m_setup.real) m_realOrder = select(*m_setup.real, m_setup.split);
    if (!m_standInOrder.empty() && m_setup.real && m_setup.real->name() == m_setup.standIn->name() && m_setup.split == m_setup.standInSplit) {
        // the same clips on both sides would say nothing: each takes every other one of the shuffled order
        std::vector<Window> even, odd;
        for (std::size_t i = 0; i < m_realOrder.size(); ++i) (i % 2 ? odd : even).push_back(m_realOrder[i]);
        m_realOrder = std::move(even);
        m_standInOrder = std::move(odd);
    }
}

std::vector<MetricClips::Window> MetricClips::select(const ClipSource& source, std::string& split) const
{
    std::vector<ClipInfo> infos;
    bool train = false, named = false;
    for (int64_t i = 0; i < source.size(); ++i) {
        infos.push_back(source.info(i));
        train = train || infos.back().split == "train";
        named = named || infos.back().split == split;
    }
    if (split.empty()) split = train ? "train" : "all";
    else if (split != "all" && !named) throw Error(ErrorCode::Usage, "has no clip of the split '" + split + "'", source.name());
    std::vector<Window> order;
    int longest = 0;
    for (std::size_t i = 0; i < infos.size(); ++i) {
        if (split != "all" && infos[i].split != split) continue;
        longest = std::max(longest, infos[i].frames);
        std::vector<int> steps;
        for (const int step : m_frameSteps)
            if ((m_frames - 1) * step + 1 <= infos[i].frames) steps.push_back(step);
        // as in training: a clip too short for every step is taken at the largest that fits
        if (steps.empty() && infos[i].frames >= m_frames) steps.push_back(infos[i].frames / m_frames);
        if (steps.empty()) continue;
        Random random(m_setup.seed ^ 0x6d657472u, i);
        Window window{static_cast<int64_t>(i), {0, m_frames, steps[static_cast<std::size_t>(random.below(static_cast<int64_t>(steps.size())))]}};
        window.window.first = static_cast<int>(random.below(infos[i].frames - (m_frames - 1) * window.window.step));
        order.push_back(window);
    }
    if (order.empty())
        throw Error(ErrorCode::NotFound, "no clip has the " + std::to_string(m_frames) + " frames that are to be compared (the longest has " + std::to_string(longest) + ")", source.name());
    Random random(m_setup.seed, 0x6f72646572u);
    for (std::size_t i = order.size() - 1; i > 0; --i) std::swap(order[i], order[static_cast<std::size_t>(random.below(static_cast<int64_t>(i) + 1))]);
    return order;
}

Frames MetricClips::read(const ClipSource& source, const Window& window) const
{
    Frames clip = source.frames(window.clip, window.window);
    return clip.height() == m_height && clip.width() == m_width ? clip : resized(clip, m_height, m_width);
}

int64_t MetricClips::generatedAvailable() const { return m_setup.system ? std::numeric_limits<int64_t>::max() : static_cast<int64_t>(m_standInOrder.size()); }

void MetricClips::walk(const ClipSource& source, const std::vector<Window>& order, std::vector<Frames>& kept, int64_t count, std::string_view phase, const MetricCall& call,
                       const Visit& visit) const
{
    if (count > static_cast<int64_t>(order.size()))
        throw Error(ErrorCode::Usage, "has " + std::to_string(order.size()) + " usable clips, not " + std::to_string(count) + "; measure with fewer (--clips)", source.name());
    for (int64_t i = 0; i < count; ++i) {
        call.check(phase, i, count);
        if (i < static_cast<int64_t>(kept.size())) {
            visit(i, kept[static_cast<std::size_t>(i)]);
            continue;
        }
        const Frames clip = read(source, order[static_cast<std::size_t>(i)]);
        visit(i, clip);
        if (i == static_cast<int64_t>(kept.size()) && (kept.size() + 1) * clip.bytes().size() <= kKeptBytes) kept.push_back(clip);
    }
    call.check(phase, count, count);
}

void MetricClips::generated(int64_t count, const MetricCall& call, const Visit& visit)
{
    if (!m_setup.system) return walk(*m_setup.standIn, m_standInOrder, m_generated, count, "reading clips", call, visit);
    const int64_t known = std::min<int64_t>(count, static_cast<int64_t>(m_generated.size()));
    for (int64_t i = 0; i < known; ++i) visit(i, m_generated[static_cast<std::size_t>(i)]);
    std::vector<std::pair<int64_t, int64_t>> draws;
    for (int64_t i = known; i < count; ++i) draws.emplace_back(i, i);
    combined(draws, 0, call, [&](int64_t index, const Frames& clip) {
        visit(known + index, clip);
        if (known + index == static_cast<int64_t>(m_generated.size()) && (m_generated.size() + 1) * clip.bytes().size() <= kKeptBytes) m_generated.push_back(clip);
    });
}

void MetricClips::real(int64_t count, const MetricCall& call, const Visit& visit)
{
    if (!m_setup.real) throw Error(ErrorCode::Usage, "this metric compares with real clips; name a dataset", "--dataset");
    walk(*m_setup.real, m_realOrder, m_real, count, "reading real clips", call, visit);
}

void MetricClips::combined(const std::vector<std::pair<int64_t, int64_t>>& draws, int frames, const MetricCall& call, const Visit& visit)
{
    if (!m_setup.system) throw Error(ErrorCode::Usage, "this metric needs a system whose codes can be changed, not a dataset's clips");
    const torch::NoGradGuard noGradient;
    if (frames < 1) frames = m_frames;
    System& system = *m_setup.system;
    const SystemDescription description = system.describe();
    const bool needsGiven = std::ranges::any_of(description.controls, [](const Control& control) { return givenControl(control.kind); });
    if (needsGiven && !m_setup.given) throw Error(ErrorCode::Usage, "takes pictures or maps as controls; name a dataset that has them", description.name);
    // one by one on a processor, as everywhere: a clip is then the same bit for bit whatever is made beside it
    const std::size_t batch = system.device().is_cpu() ? 1 : 8;
    const auto total = static_cast<int64_t>(draws.size());
    for (std::size_t from = 0; from < draws.size(); from += batch) {
        call.check("generating clips", static_cast<int64_t>(from), total);
        const std::size_t to = std::min(draws.size(), from + batch);
        std::vector<ControlValues> controls;
        for (std::size_t i = from; i < to; ++i) {
            const auto& [appearance, motion] = draws[i];
            ControlValues values;
            drawRole(description.controls, ControlRole::Appearance, m_setup.seed + static_cast<uint64_t>(appearance), frames, values);
            drawRole(description.controls, ControlRole::Motion, m_setup.seed + static_cast<uint64_t>(motion), frames, values);
            drawRole(description.controls, ControlRole::Both, m_setup.seed + static_cast<uint64_t>(appearance), frames, values);
            if (needsGiven) {
                m_setup.given(appearance, frames, ControlRole::Appearance, values);
                m_setup.given(motion, frames, ControlRole::Motion, values);
                m_setup.given(appearance, frames, ControlRole::Both, values);
            }
            controls.push_back(std::move(values));
        }
        const torch::Tensor clips = system.generate(toTensors(description, controls, frames, system.device()), frames, m_setup.seed + static_cast<uint64_t>(draws[from].first)).to(torch::kCPU);
        if (!torch::isfinite(clips).all().item<bool>()) throw Error(ErrorCode::Numerical, "the generated clips hold NaN or infinity; nothing can be measured on them", description.name);
        const std::vector<Frames> made = toFrames(clips);
        for (std::size_t i = 0; i < made.size(); ++i) visit(static_cast<int64_t>(from + i), made[i]);
    }
    if (total > 0) call.check("generating clips", total, total);
}

bool MetricClips::separable() const
{
    if (!m_setup.system) return false;
    const SystemDescription description = m_setup.system->describe();
    return varies(description.controls, ControlRole::Appearance) && varies(description.controls, ControlRole::Motion);
}

nlohmann::json MetricClips::generatedProtocol(int64_t count) const
{
    nlohmann::json protocol{{"clips", count}, {"seed", m_setup.seed}, {"frames", m_frames}, {"width", m_width}, {"height", m_height}};
    if (m_setup.system) {
        protocol["origin"] = "generated";
        protocol["pixels"] = "uint8, (x + 1) * 127.5 rounded; never through an exported file";
    } else {
        protocol["origin"] = "dataset";
        protocol["dataset"] = m_setup.standIn->name();
        protocol["split"] = m_setup.standInSplit;
        protocol["pixels"] = "uint8 as stored";
    }
    return protocol;
}

nlohmann::json MetricClips::realProtocol(int64_t count, const MetricCall& call)
{
    if (static_cast<int64_t>(m_realHashes.size()) < count) {
        m_realHashes.clear();
        real(count, call, [&](int64_t, const Frames& clip) {
            const auto bytes = clip.bytes();
            m_realHashes.push_back(sha256(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size())));
        });
    }
    std::string all;
    for (int64_t i = 0; i < count; ++i) all += m_realHashes[static_cast<std::size_t>(i)];
    // a path says where a file lies, not what it holds
    std::error_code ignored;
    const std::string& name = m_setup.real->name();
    const std::string shown = std::filesystem::exists(name, ignored) ? std::filesystem::path(name).filename().string() : name;
    return {{"dataset", shown},
            {"size", m_setup.real->size()},
            {"split", m_setup.split},
            {"usable_clips", m_realOrder.size()},
            {"clips", count},
            {"frame_steps", m_frameSteps},
            {"resize", "triangle filter (Pillow bilinear), 8 bit, aspect ignored"},
            {"clips_sha256", sha256(all)},
            {"lossless_source", losslessness(*m_setup.real)}};
}

}  // namespace kinora
