#pragma once
#include <optional>
#include <vector>

#include "core/clip/frames.h"
#include "core/dataset/clip_source.h"
#include "core/decode/face.h"

namespace kinora {

/// Collects at most 64 pictures of a recording whose length is not known beforehand, evenly spaced, at most 320 pixels wide.
class BackgroundSamples {
public:
    void add(const Frames& picture, int frame = 0);  ///< Every frame, in order.
    bool wants() const { return m_seen % m_every == 0; }
    void skip() { ++m_seen; }  ///< In place of add() where wants() is false.
    const std::vector<Frames>& pictures() const { return m_pictures; }
    double scale() const { return m_scale; }  ///< Source pixels per pixel of a sample.

private:
    std::vector<Frames> m_pictures;
    std::int64_t m_seen = 0, m_every = 1;
    double m_scale = 1;
};

/// Finds what stands out from a background that does not move: the temporal median of the samples, 20 grey levels in any channel, a 3 x 3 opening, the largest component.
///
/// Someone who stays where they are becomes background; then only what moves of them is found.
/// Source: the Kinora project's own rule for the Weizmann actions (no published one exists).
/// Thread: find() is safe.
class PersonFinder {
public:
    /// \throws Error (ShapeMismatch) without samples
    explicit PersonFinder(const BackgroundSamples& samples);
    /// \returns the box in pixels of \p picture, or nothing
    std::optional<Box> find(const Frames& picture, int frame = 0) const;

private:
    Frames m_background;
    double m_scale;
};

/// A box for every frame: gaps bridged in a straight line, each side of the box median-filtered over 9 frames.
/// \throws Error (ShapeMismatch) without samples
std::vector<Box> steadyBoxes(const std::vector<BoxSample>& samples, int frames);

}  // namespace kinora
