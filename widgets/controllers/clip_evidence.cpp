#include "widgets/controllers/clip_evidence.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "core/util/error.h"

using namespace kinora;

namespace {
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr double kStill = 0.05 * 255;

int commonFrames(const Frames& a, const Frames& b)
{
    if (a.width() != b.width() || a.height() != b.height())
        throw Error(ErrorCode::ShapeMismatch, "a clip of " + std::to_string(a.width()) + "x" + std::to_string(a.height()) + " cannot be compared with one of " + std::to_string(b.width()) + "x" + std::to_string(b.height()));
    return std::min(a.count(), b.count());
}

/// Mean of every byte over the first frames.
std::vector<double> meanOf(const Frames& clip, int frames)
{
    std::vector<double> mean(clip.frameBytes(), 0.0);
    for (int t = 0; t < frames; ++t)
        for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += clip.frame(t)[i];
    for (double& value : mean) value /= std::max(1, frames);
    return mean;
}

double luma(const std::uint8_t* pixel) { return 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2]; }

/// Luma energy of every step from one frame to the next.
std::vector<double> energies(const Frames& clip, int frames)
{
    std::vector<double> energy;
    const std::size_t pixels = clip.frameBytes() / 3;
    for (int t = 1; t < frames; ++t) {
        double sum = 0;
        for (std::size_t i = 0; i < pixels; ++i) sum += std::abs(luma(clip.frame(t) + 3 * i) - luma(clip.frame(t - 1) + 3 * i));
        energy.push_back(sum / static_cast<double>(std::max<std::size_t>(1, pixels)));
    }
    return energy;
}

double meanOf(const std::vector<double>& values)
{
    double sum = 0;
    for (const double value : values) sum += value;
    return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

double correlation(const std::vector<double>& a, const std::vector<double>& b)
{
    const double meanA = meanOf(a), meanB = meanOf(b);
    double both = 0, first = 0, second = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        both += (a[i] - meanA) * (b[i] - meanB);
        first += (a[i] - meanA) * (a[i] - meanA);
        second += (b[i] - meanB) * (b[i] - meanB);
    }
    return first > 1e-12 && second > 1e-12 ? both / std::sqrt(first * second) : kNone;
}
}  // namespace

ClipChange clipChange(const Frames& clip, const Frames& reference)
{
    const int frames = commonFrames(clip, reference);
    ClipChange change;
    if (frames < 1) return change;
    const std::vector<double> mean = meanOf(clip, frames), referenceMean = meanOf(reference, frames);
    const std::size_t bytes = clip.frameBytes(), pixels = bytes / 3;
    for (int t = 0; t < frames; ++t)
        for (std::size_t i = 0; i < bytes; ++i) {
            const double difference = double(clip.frame(t)[i]) - reference.frame(t)[i];
            change.all += std::abs(difference);
            change.moving += std::abs(difference - (mean[i] - referenceMean[i]));
        }
    change.all /= static_cast<double>(bytes) * frames;
    change.moving /= static_cast<double>(bytes) * frames;
    double stillSum = 0;
    std::size_t still = 0;
    for (std::size_t p = 0; p < pixels; ++p) {
        double low = 255, high = 0, moved = 0;
        for (int t = 0; t < frames; ++t) {
            const double y = luma(reference.frame(t) + 3 * p);
            low = std::min(low, y);
            high = std::max(high, y);
        }
        for (std::size_t c = 0; c < 3; ++c) moved += std::abs(mean[3 * p + c] - referenceMean[3 * p + c]) / 3;
        change.still += moved;
        if (high - low >= kStill) continue;
        stillSum += moved;
        ++still;
    }
    change.still /= static_cast<double>(pixels);
    change.stillPixels = still > 0 ? stillSum / static_cast<double>(still) : kNone;
    change.stillShare = static_cast<double>(still) / static_cast<double>(pixels);
    const std::vector<double> energy = energies(clip, frames), referenceEnergy = energies(reference, frames);
    change.energy = meanOf(energy);
    change.referenceEnergy = meanOf(referenceEnergy);
    change.energyCorrelation = correlation(energy, referenceEnergy);
    return change;
}

Frames differenceClip(const Frames& clip, const Frames& reference, double gain)
{
    const int frames = commonFrames(clip, reference);
    Frames out(frames, clip.height(), clip.width());
    for (int t = 0; t < frames; ++t)
        for (std::size_t i = 0; i < clip.frameBytes(); ++i)
            out.frame(t)[i] = static_cast<std::uint8_t>(std::min(255.0, std::round(gain * std::abs(int(clip.frame(t)[i]) - int(reference.frame(t)[i])))));
    return out;
}

Frames timeSlice(const Frames& clip, int place, bool column)
{
    const int length = column ? clip.height() : clip.width();
    if (clip.empty()) return {};
    place = std::clamp(place, 0, (column ? clip.width() : clip.height()) - 1);
    Frames slice(1, clip.count(), length);
    for (int t = 0; t < clip.count(); ++t)
        for (int i = 0; i < length; ++i) {
            const std::size_t at = column ? (static_cast<std::size_t>(i) * clip.width() + place) * 3 : (static_cast<std::size_t>(place) * clip.width() + i) * 3;
            std::memcpy(slice.frame(0) + (static_cast<std::size_t>(t) * length + i) * 3, clip.frame(t) + at, 3);
        }
    return slice;
}
