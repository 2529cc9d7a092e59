#include "core/decode/face.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <opencv2/imgproc.hpp>
#include <opencv2/objdetect.hpp>

#include "core/util/error.h"

namespace kinora {
namespace fs = std::filesystem;
namespace {
constexpr int kWidth = 640;

/// Our threads decode side by side; OpenCV's own would only stand in their way.
void oneThread()
{
    static std::once_flag once;
    std::call_once(once, [] { cv::setNumThreads(1); });
}

double median(std::vector<double> values)
{
    std::ranges::sort(values);
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}
}  // namespace

fs::path faceCascadeFile(const std::string& name)
{
    const std::string file = "haarcascade_" + name + ".xml";
    std::error_code ignored;
    for (const char* folder : {"/usr/share/opencv4/haarcascades", "/usr/share/opencv/haarcascades", "/usr/local/share/opencv4/haarcascades", "/usr/local/share/opencv/haarcascades", "/usr/share/OpenCV/haarcascades"})
        if (fs::exists(fs::path(folder) / file, ignored)) return fs::path(folder) / file;
    throw Error(ErrorCode::NotFound, "this cascade of OpenCV's is not installed; install the package opencv-data, or choose another crop than face", file);
}

struct FaceFinder::Private {
    cv::CascadeClassifier cascade;
};

FaceFinder::FaceFinder(const std::string& cascade) : d(std::make_unique<Private>())
{
    oneThread();
    const fs::path file = faceCascadeFile(cascade);
    bool loaded = false;
    try {
        loaded = d->cascade.load(file.string());
    } catch (const cv::Exception&) {
    }
    if (!loaded) throw Error(ErrorCode::CannotRead, "is no cascade that OpenCV can read; install the package opencv-data again", file.string());
}

FaceFinder::~FaceFinder() = default;
FaceFinder::FaceFinder(FaceFinder&&) noexcept = default;
FaceFinder& FaceFinder::operator=(FaceFinder&&) noexcept = default;

std::optional<Box> FaceFinder::find(const Frames& picture, int frame)
{
    const cv::Mat rgb(picture.height(), picture.width(), CV_8UC3, const_cast<std::uint8_t*>(picture.frame(frame)));
    cv::Mat small, grey;
    const double scale = std::max(1.0, static_cast<double>(picture.width()) / kWidth);
    if (scale > 1) cv::resize(rgb, small, {kWidth, std::max(1, static_cast<int>(std::lround(picture.height() / scale)))}, 0, 0, cv::INTER_AREA);
    else small = rgb;
    cv::cvtColor(small, grey, cv::COLOR_RGB2GRAY);
    cv::equalizeHist(grey, grey);
    const int smallest = std::max(24, std::min(grey.rows, grey.cols) / 8);
    if (std::min(grey.rows, grey.cols) < smallest) return std::nullopt;
    std::vector<cv::Rect> found;
    d->cascade.detectMultiScale(grey, found, 1.1, 5, 0, {smallest, smallest});
    if (found.empty()) return std::nullopt;
    const cv::Rect largest = *std::ranges::min_element(found, {}, [](const cv::Rect& box) { return std::tuple(-box.area(), box.y, box.x); });
    return Box{static_cast<float>(largest.x * scale), static_cast<float>(largest.y * scale), static_cast<float>(largest.width * scale), static_cast<float>(largest.height * scale)};
}

Box medianBox(const std::vector<BoxSample>& samples)
{
    if (samples.empty()) throw Error(ErrorCode::ShapeMismatch, "no boxes to take the median of");
    std::vector<double> x, y, width, height;
    for (const BoxSample& sample : samples) {
        x.push_back(sample.box.x + sample.box.width / 2.0);
        y.push_back(sample.box.y + sample.box.height / 2.0);
        width.push_back(sample.box.width);
        height.push_back(sample.box.height);
    }
    const double w = median(width), h = median(height);
    return {static_cast<float>(median(x) - w / 2), static_cast<float>(median(y) - h / 2), static_cast<float>(w), static_cast<float>(h)};
}

namespace {
/// One coordinate of smoothedCentres.
std::vector<double> smoothedPath(const std::vector<BoxSample>& samples, const std::vector<double>& values, int frames, double sigma)
{
    const int count = static_cast<int>(values.size());
    std::vector<double> clean(values.size());
    for (int i = 0; i < count; ++i) {
        const int reach = std::min({2, i, count - 1 - i});  // shorter towards the ends, so that a steady motion keeps its pace
        clean[static_cast<std::size_t>(i)] = median({values.begin() + i - reach, values.begin() + i + reach + 1});
    }
    std::vector<double> path(static_cast<std::size_t>(frames));
    for (int t = 0, next = 0; t < frames; ++t) {
        while (next < count && samples[static_cast<std::size_t>(next)].frame < t) ++next;
        if (next == 0) path[t] = clean.front();
        else if (next == count) path[t] = clean.back();
        else {
            const int from = samples[static_cast<std::size_t>(next) - 1].frame, to = samples[static_cast<std::size_t>(next)].frame;
            const double part = static_cast<double>(t - from) / (to - from);
            path[t] = clean[static_cast<std::size_t>(next) - 1] * (1 - part) + clean[static_cast<std::size_t>(next)] * part;
        }
    }
    const int reach = std::min(static_cast<int>(std::ceil(3 * sigma)), frames - 1);
    std::vector<double> weights(static_cast<std::size_t>(reach) + 1), out(path.size());
    double sum = 0;
    for (int k = 0; k <= reach; ++k) sum += (k == 0 ? 1 : 2) * (weights[static_cast<std::size_t>(k)] = std::exp(-0.5 * k * k / (sigma * sigma)));
    const auto at = [&](int t) {  // mirrored through the ends, so that a motion goes on there
        if (t < 0) return 2 * path.front() - path[static_cast<std::size_t>(-t)];
        if (t >= frames) return 2 * path.back() - path[static_cast<std::size_t>(2 * (frames - 1) - t)];
        return path[static_cast<std::size_t>(t)];
    };
    for (int t = 0; t < frames; ++t) {
        double value = 0;
        for (int k = -reach; k <= reach; ++k) value += weights[static_cast<std::size_t>(std::abs(k))] * at(t + k);
        out[static_cast<std::size_t>(t)] = value / sum;
    }
    return out;
}
}  // namespace

std::vector<std::pair<double, double>> smoothedCentres(const std::vector<BoxSample>& samples, int frames, double sigma)
{
    if (samples.empty() || frames < 1) throw Error(ErrorCode::ShapeMismatch, "no boxes to follow");
    std::vector<double> x, y;
    for (const BoxSample& sample : samples) {
        x.push_back(sample.box.x + sample.box.width / 2.0);
        y.push_back(sample.box.y + sample.box.height / 2.0);
    }
    const std::vector<double> pathX = smoothedPath(samples, x, frames, sigma), pathY = smoothedPath(samples, y, frames, sigma);
    std::vector<std::pair<double, double>> out(static_cast<std::size_t>(frames));
    for (std::size_t t = 0; t < out.size(); ++t) out[t] = {pathX[t], pathY[t]};
    return out;
}

std::vector<int> steadyPositions(const std::vector<double>& path, double slack)
{
    std::vector<int> out;
    for (const double value : path) {
        if (out.empty() || std::abs(value - out.back()) > slack) out.push_back(static_cast<int>(std::lround(value)));
        else out.push_back(out.back());
    }
    return out;
}

}  // namespace kinora
