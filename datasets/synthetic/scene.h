#pragma once
// What faces and puppets have in common. A further kind adds a scene file here, a row in kinds() of synthetic.cpp and its name to SyntheticKind.
#include <cstdint>
#include <memory>
#include <numbers>
#include <span>
#include <string>
#include <vector>

#include "core/dataset/clip_source.h"

namespace kinora::synthetic {

constexpr double kFrameRateHz = 10;
constexpr double kPi = std::numbers::pi;

/// One ground-truth factor: its label column and how it is drawn.
struct Factor {
    LabelColumn column;
    double low = 0, high = 1;     ///< Of a number; drawn uniformly.
    std::vector<double> weights;  ///< Of categories; empty: all alike.
};

inline Factor number(std::string name, const char* role, double low, double high) { return {{std::move(name), {}, role}, low, high, {}}; }
inline Factor category(std::string name, const char* role, std::vector<std::string> categories, std::vector<double> weights = {})
{
    return {{std::move(name), std::move(categories), role}, 0, 1, std::move(weights)};
}

/// One clip's world, ready to be painted at any of its frames.
class Scene {
public:
    virtual ~Scene() = default;
    /// \param rgb  size * size * 3 bytes. Frames may be asked for in any order.
    virtual void paint(int frame, std::uint8_t* rgb) = 0;
};

const std::vector<Factor>& faceFactors();
/// \param factors  one value per faceFactors() row. \param frames  of the whole clip: its motion runs over all of them
std::unique_ptr<Scene> makeFace(std::span<const float> factors, int size, int frames);

const std::vector<Factor>& puppetFactors();
std::unique_ptr<Scene> makePuppet(std::span<const float> factors, int size, int frames);

}  // namespace kinora::synthetic
