#include "datasets/synthetic/synthetic.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "core/util/error.h"
#include "core/util/random.h"
#include "core/util/text.h"
#include "datasets/synthetic/scene.h"

namespace kinora {
namespace {
using synthetic::Factor;
using synthetic::Scene;

constexpr std::string_view kPrefix = "builtin:";

struct Kind {
    SyntheticKind kind;
    const char* id;
    const char* name;
    const char* summary;
    const std::vector<Factor>& (*factors)();
    std::unique_ptr<Scene> (*make)(std::span<const float> factors, int size, int frames);
};

const std::array<Kind, 2>& kinds()
{
    static const std::array<Kind, 2> all = {{
        {SyntheticKind::Faces, "faces", "Faces",
         "Rendered faces that go from neutral to one of six expressions and back; every factor of appearance and motion is a label.",
         synthetic::faceFactors, synthetic::makeFace},
        {SyntheticKind::Puppets, "puppets", "Puppets",
         "Rendered people who walk, run, jump, wave or bend in front of a scene; every factor of appearance and motion is a label.",
         synthetic::puppetFactors, synthetic::makePuppet},
    }};
    return all;
}

const Kind& kindOf(SyntheticKind kind) { return *std::ranges::find(kinds(), kind, &Kind::kind); }

struct SyntheticOptions {
    std::int64_t size = 64;
    std::int64_t frames = 16;
    std::int64_t clips = 2048;
    std::int64_t seed = 0;

    template <class Fields>
    void describe(Fields& f)
    {
        f("size", size, range(16, 512), "Height and width of a frame in pixels");
        f("frames", frames, range(1, 512), "Frames of a clip, at 10 per second");
        f("clips", clips, range(1, 10'000'000), "Number of clips; each is rendered when it is asked for");
        f("seed", seed, range(0, 0x1p63), "Another seed, other people");
    }
};

/// Every appearance factor comes from one stream of the seed and every motion factor from another, so neither tells of the other.
std::vector<float> draw(const Kind& kind, std::string_view role, Random random)
{
    std::vector<float> values;
    for (const Factor& factor : kind.factors()) {
        if (factor.column.role != role) continue;
        const double u = random.uniform();
        if (!factor.column.categorical()) {
            values.push_back(static_cast<float>(factor.low + (factor.high - factor.low) * u));
            continue;
        }
        const std::size_t count = factor.column.categories.size();
        std::size_t chosen = 0;
        for (double sum = 0; chosen + 1 < count; ++chosen) {
            sum += factor.weights.empty() ? 1.0 / static_cast<double>(count) : factor.weights[chosen];
            if (u < sum) break;
        }
        values.push_back(static_cast<float>(chosen));
    }
    return values;
}

/// Both halves in the order of the kind's factors. \throws Error (ShapeMismatch)
std::vector<float> joined(const Kind& kind, const SyntheticFactors& factors)
{
    std::vector<float> values = factors.appearance;
    values.insert(values.end(), factors.motion.begin(), factors.motion.end());
    const auto appearance = std::ranges::count_if(kind.factors(), [](const Factor& factor) { return factor.column.role == "appearance"; });
    if (values.size() != kind.factors().size() || factors.appearance.size() != static_cast<std::size_t>(appearance))
        throw Error(ErrorCode::ShapeMismatch,
                    "needs " + std::to_string(appearance) + " appearance and " +
                        std::to_string(kind.factors().size() - static_cast<std::size_t>(appearance)) + " motion factors, not " +
                        std::to_string(factors.appearance.size()) + " and " + std::to_string(factors.motion.size()),
                    kind.id);
    for (std::size_t i = 0; i < values.size(); ++i) {
        const Factor& factor = kind.factors()[i];
        const double high = factor.column.categorical() ? static_cast<double>(factor.column.categories.size()) - 1 : factor.high;
        const double low = factor.column.categorical() ? 0 : factor.low;
        const bool whole = !factor.column.categorical() || values[i] == std::floor(values[i]);
        if (!(values[i] >= low && values[i] <= high && whole))
            throw Error(ErrorCode::ShapeMismatch, formatNumber(values[i]) + " lies outside " + formatNumber(low) + " to " + formatNumber(high),
                        factor.column.name);
    }
    return values;
}

Frames rendered(const Kind& kind, const SyntheticFactors& factors, int size, int frames, const FrameWindow& window)
{
    const std::unique_ptr<Scene> scene = kind.make(joined(kind, factors), size, frames);
    Frames out(window.count, size, size);
    for (int i = 0; i < window.count; ++i) scene->paint(window.first + i * window.step, out.frame(i));
    return out;
}

class SyntheticDataset final : public ClipSource {
public:
    SyntheticDataset(std::string name, const Kind& kind, const SyntheticOptions& options) : m_name(std::move(name)), m_kind(kind), m_options(options)
    {
    }

    std::string name() const override { return m_name; }
    std::int64_t size() const override { return m_options.clips; }
    const std::vector<LabelColumn>& labelColumns() const override { return syntheticLabels(m_kind.kind); }

    ClipInfo info(std::int64_t index) const override
    {
        const SyntheticFactors factors = factorsOf(index);
        ClipInfo info;
        std::string digits = std::to_string(index);
        digits.insert(0, digits.size() < 7 ? 7 - digits.size() : 0, '0');
        info.name = std::string(m_kind.id) + "_" + digits;
        info.frames = static_cast<int>(m_options.frames);
        info.height = info.width = static_cast<int>(m_options.size);
        info.frameRateHz = synthetic::kFrameRateHz;
        info.labels = factors.appearance;
        info.labels.insert(info.labels.end(), factors.motion.begin(), factors.motion.end());
        info.group = info.name;  // everybody is seen once
        info.source = std::string(kPrefix) + m_kind.id + "?seed=" + std::to_string(m_options.seed) + ", clip " + std::to_string(index);
        return info;
    }

    Frames frames(std::int64_t index, const FrameWindow& window) const override
    {
        const int count = static_cast<int>(m_options.frames);
        return rendered(m_kind, factorsOf(index), static_cast<int>(m_options.size), count, resolved(window, count));
    }

private:
    SyntheticFactors factorsOf(std::int64_t index) const
    {
        if (index < 0 || index >= m_options.clips)
            throw Error(ErrorCode::NotFound, "there is no clip " + std::to_string(index) + " among " + std::to_string(m_options.clips), m_name);
        return syntheticFactors(m_kind.kind, static_cast<std::uint64_t>(m_options.seed), index);
    }

    std::string m_name;
    const Kind& m_kind;
    SyntheticOptions m_options;
};
}  // namespace

bool isSynthetic(const std::string& name) { return name.starts_with(kPrefix); }

std::shared_ptr<const ClipSource> openSynthetic(const std::string& name)
{
    const std::size_t mark = std::min(name.find('?'), name.size());
    const std::string base = name.substr(0, mark);
    std::vector<std::string> known;
    for (const Kind& kind : kinds()) known.push_back(std::string(kPrefix) + kind.id);
    const auto found = std::ranges::find(known, base);
    if (found == known.end()) throw Error(ErrorCode::Usage, "there is no such built-in dataset" + suggestion(base, known), base);

    SyntheticOptions options;
    if (mark < name.size()) {
        const std::vector<OptionField> fields = describeOptions<SyntheticOptions>();
        OptionValues values;
        for (const std::string& pair : split(std::string_view(name).substr(mark + 1), '&')) {
            const std::size_t equals = pair.find('=');
            if (equals == std::string::npos)
                throw Error(ErrorCode::Usage, "'" + pair + "' is not of the form key=value; write " + base + "?size=64&frames=16", name);
            const std::string key = pair.substr(0, equals);
            try {
                if (!values.emplace(key, parseOption(findOption(fields, key), std::string_view(pair).substr(equals + 1))).second)
                    throw Error(ErrorCode::Usage, "is given twice", key);
            } catch (const Error& error) {
                throw Error(error.code(), error.what(), name);
            }
        }
        applyOptions(options, values);
    }
    return std::make_shared<SyntheticDataset>(name, kinds()[static_cast<std::size_t>(found - known.begin())], options);
}

std::vector<DatasetDescription> describeSynthetic()
{
    std::vector<DatasetDescription> all;
    for (const Kind& kind : kinds())
        all.push_back({std::string(kPrefix) + kind.id, kind.name, kind.summary, true, describeOptions<SyntheticOptions>("dataset")});
    return all;
}

const std::vector<LabelColumn>& syntheticLabels(SyntheticKind kind)
{
    static const auto all = [] {
        std::array<std::vector<LabelColumn>, 2> columns;
        for (const Kind& each : kinds())
            for (const Factor& factor : each.factors()) columns[static_cast<std::size_t>(each.kind)].push_back(factor.column);
        return columns;
    }();
    return all[static_cast<std::size_t>(kind)];
}

SyntheticFactors syntheticFactors(SyntheticKind kind, std::uint64_t seed, std::int64_t index)
{
    const auto stream = 2 * static_cast<std::uint64_t>(index);
    return {draw(kindOf(kind), "appearance", Random(seed, stream)), draw(kindOf(kind), "motion", Random(seed, stream + 1))};
}

Frames renderSynthetic(SyntheticKind kind, const SyntheticFactors& factors, int size, int frames)
{
    if (size < 1 || size > 4096 || frames < 1)
        throw Error(ErrorCode::ShapeMismatch,
                    "a clip of " + std::to_string(frames) + " frames of " + std::to_string(size) + " pixels cannot be rendered", kindOf(kind).id);
    return rendered(kindOf(kind), factors, size, frames, {0, frames, 1});
}

}  // namespace kinora
