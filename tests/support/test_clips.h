#pragma once
#include <atomic>
#include <memory>
#include <set>

#include "core/dataset/clip_source.h"

namespace kinora::test {

/// Small clips made from their number alone: a bright square of some colour that moves over a dark background.
///
/// Labels: "action" (class: left, right, still) and "brightness" (a number). Streams: "label_map" (uint8, 1 channel per pixel: 0 background, 1 square)
/// and "flow" (float32, 2 channels per pixel).
class TestClips final : public ClipSource {
public:
    struct Options {
        int64_t count = 12;
        int frames = 8, height = 16, width = 16;
        bool varied = false;      ///< Lengths from frames to 3 * frames, and twice the size for every other clip.
        bool splits = false;      ///< Every fourth clip belongs to "test", the others to "train".
        int64_t unlabelled = 0;   ///< So many clips, the last ones, have no brightness.
        std::set<int64_t> broken;  ///< Reading these clips fails.
    };
    explicit TestClips(const Options& options);
    TestClips() : TestClips(Options()) {}

    std::string name() const override { return "test:clips"; }
    int64_t size() const override { return m_options.count; }
    ClipInfo info(int64_t index) const override;
    const std::vector<LabelColumn>& labelColumns() const override { return m_labels; }
    const std::vector<StreamColumn>& streamColumns() const override { return m_streams; }
    Frames frames(int64_t index, const FrameWindow& window = {}) const override;
    std::vector<uint8_t> stream(int64_t index, const std::string& name, const FrameWindow& window = {}) const override;

    mutable std::atomic<int64_t> reads{0};  ///< How often frames() was called.

private:
    struct Place {
        int x = 0, y = 0;
    };
    Place place(int64_t index, int frame) const;

    Options m_options;
    std::vector<LabelColumn> m_labels;
    std::vector<StreamColumn> m_streams;
};

}  // namespace kinora::test
