#include "tests/support/test_clips.h"

#include <cmath>
#include <cstring>

#include "core/util/error.h"
#include "core/util/random.h"

namespace kinora::test {

TestClips::TestClips(const Options& options)
    : m_options(options),
      m_labels({{"action", {"left", "right", "still"}, "motion"}, {"brightness", {}, "appearance"}}),
      m_streams({{"label_map", "uint8", 1, true}, {"flow", "float32", 2, true}})
{
}

ClipInfo TestClips::info(int64_t index) const
{
    if (index < 0 || index >= m_options.count) throw Error(ErrorCode::NotFound, "there is no clip " + std::to_string(index), name());
    ClipInfo info;
    info.name = "clip-" + std::to_string(index);
    info.frames = m_options.varied ? m_options.frames + static_cast<int>(index * 5 % (2 * m_options.frames + 1)) : m_options.frames;
    const int scale = m_options.varied && index % 2 == 1 ? 2 : 1;
    info.height = m_options.height * scale;
    info.width = m_options.width * scale;
    info.frameRateHz = 12;
    info.labels = {static_cast<float>(index % 3), index >= m_options.count - m_options.unlabelled ? std::nanf("") : static_cast<float>(index) / static_cast<float>(m_options.count)};
    if (m_options.splits) info.split = index % 4 == 3 ? "test" : "train";
    info.source = "made from its number";
    return info;
}

TestClips::Place TestClips::place(int64_t index, int frame) const
{
    const ClipInfo facts = info(index);
    const int side = facts.width / 4, range = facts.width - side;
    const int direction = index % 3 == 0 ? -1 : index % 3 == 1 ? 1 : 0;
    const int begin = static_cast<int>(Random(77, static_cast<uint64_t>(index)).below(range));
    return {((begin + direction * frame) % range + range) % range, (facts.height - side) / 2};
}

Frames TestClips::frames(int64_t index, const FrameWindow& window) const
{
    ++reads;
    const ClipInfo facts = info(index);
    if (m_options.broken.contains(index)) throw Error(ErrorCode::DecodeFailed, "frame 0 cannot be decoded", name() + " clip " + std::to_string(index));
    const FrameWindow shown = resolved(window, facts.frames);
    Frames out(shown.count, facts.height, facts.width);
    Random random(5, static_cast<uint64_t>(index));
    uint8_t colour[3];
    for (uint8_t& channel : colour) channel = static_cast<uint8_t>(80 + random.below(176));
    const int side = facts.width / 4;
    for (int t = 0; t < shown.count; ++t) {
        const Place at = place(index, shown.first + t * shown.step);
        for (int y = 0; y < facts.height; ++y)
            for (int x = 0; x < facts.width; ++x) {
                uint8_t* pixel = out.frame(t) + (static_cast<std::size_t>(y) * facts.width + x) * 3;
                const bool inside = x >= at.x && x < at.x + side && y >= at.y && y < at.y + side;
                for (int c = 0; c < 3; ++c) pixel[c] = inside ? colour[c] : static_cast<uint8_t>(10 * c + index % 7);
            }
    }
    return out;
}

std::vector<uint8_t> TestClips::stream(int64_t index, const std::string& wanted, const FrameWindow& window) const
{
    const ClipInfo facts = info(index);
    const FrameWindow shown = resolved(window, facts.frames);
    const int side = facts.width / 4;
    const bool map = wanted == "label_map";
    if (!map && wanted != "flow") return ClipSource::stream(index, wanted, window);
    std::vector<uint8_t> bytes;
    for (int t = 0; t < shown.count; ++t) {
        const Place at = place(index, shown.first + t * shown.step);
        for (int y = 0; y < facts.height; ++y)
            for (int x = 0; x < facts.width; ++x) {
                const bool inside = x >= at.x && x < at.x + side && y >= at.y && y < at.y + side;
                if (map) {
                    bytes.push_back(inside ? 1 : 0);
                    continue;
                }
                const float flow[2] = {inside ? static_cast<float>(index % 3) - 1.0f : 0.0f, static_cast<float>(t)};
                uint8_t raw[sizeof flow];
                std::memcpy(raw, flow, sizeof flow);
                bytes.insert(bytes.end(), raw, raw + sizeof flow);
            }
    }
    return bytes;
}

}  // namespace kinora::test
