#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/clip/frames.h"
#include "core/dataset/clip_source.h"

namespace kinora {

/// Where a Haar cascade of OpenCV's data package lies. \param name  "frontalface_default", "profileface", ...
/// \throws Error (NotFound) naming the package (Debian: opencv-data)
std::filesystem::path faceCascadeFile(const std::string& name);

/// Finds the largest face of a picture with a Haar cascade, on a grey copy at most 640 pixels wide. The same picture gives the same box.
///
/// Source: Viola and Jones, "Rapid Object Detection using a Boosted Cascade of Simple Features", CVPR 2001, as in OpenCV: scale step 1.1, 5 neighbours (the settings of TwoStreamVAN's
/// preprocessing), faces from an eighth of the shorter side.
/// Thread: one at a time per finder.
class FaceFinder {
public:
    /// \throws Error (NotFound as faceCascadeFile; CannotRead for a file that is no cascade)
    explicit FaceFinder(const std::string& cascade);
    ~FaceFinder();
    FaceFinder(FaceFinder&&) noexcept;
    FaceFinder& operator=(FaceFinder&&) noexcept;
    /// \returns the box in pixels of \p picture's frame, or nothing
    std::optional<Box> find(const Frames& picture, int frame = 0);

private:
    struct Private;
    std::unique_ptr<Private> d;
};

/// What was found in the frames that were looked at, in ascending order.
struct BoxSample {
    int frame = 0;
    Box box;
};

/// The median of x and y centre, width and height, each by itself. \throws Error (ShapeMismatch) without boxes
Box medianBox(const std::vector<BoxSample>& samples);

/// Centres of a box that moves, one per frame, from what a detector found now and then: outliers go (median of five samples), gaps are bridged in a straight line,
/// and a Gaussian of \p sigma frames takes the jitter out without holding back a steady motion, at the ends too.
/// \returns (x, y) per frame
std::vector<std::pair<double, double>> smoothedCentres(const std::vector<BoxSample>& samples, int frames, double sigma = 6);

/// Whole-pixel positions that stay where they are until the path has left them by more than \p slack: a path that hovers between two pixels does not flicker.
std::vector<int> steadyPositions(const std::vector<double>& path, double slack = 0.75);

}  // namespace kinora
