#include "app/engine/curves_picture.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

namespace kinora::app {
namespace {

constexpr double kWidth = 360, kHeight = 180, kLeft = 56, kTop = 34, kBottom = 34, kRight = 14;
constexpr const char* kColours[] = {"#000000", "#0072b2", "#d55e00"};  // Okabe and Ito: told apart by colour-blind readers too

std::string number(double value, int digits = 1)
{
    char text[40];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
}

double meanOver(const std::vector<std::vector<double>>& seeds, std::size_t window)
{
    double sum = 0;
    for (const std::vector<double>& curve : seeds) sum += curve[window];
    return sum / static_cast<double>(seeds.size());
}
}  // namespace

std::string curvesPicture(const std::vector<LossCurves>& losses, int stepsPerWindow)
{
    const std::size_t columns = std::min<std::size_t>(2, losses.size()), rows = (losses.size() + 1) / 2;
    const double panelWidth = kLeft + kWidth + kRight, panelHeight = kTop + kHeight + kBottom;
    std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + number(static_cast<double>(columns) * panelWidth, 0) + "\" height=\"" + number(static_cast<double>(rows) * panelHeight + 30, 0) +
                      "\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n";
    const auto text = [&](double x, double y, const std::string& words, const char* anchor = "start") {
        svg += "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" text-anchor=\"" + anchor + "\">" + words + "</text>\n";
    };
    for (std::size_t panel = 0; panel < losses.size(); ++panel) {
        const LossCurves& loss = losses[panel];
        const double left = static_cast<double>(panel % columns) * panelWidth + kLeft, top = static_cast<double>(panel / columns) * panelHeight + kTop;
        double low = std::numeric_limits<double>::infinity(), high = -low;
        for (const auto& kind : loss.values)
            for (const auto& curve : kind)
                for (const double value : curve)
                    if (std::isfinite(value)) low = std::min(low, value), high = std::max(high, value);
        if (!(high > low)) low -= 0.5, high = low + 1;
        const std::size_t windows = loss.values.front().front().size();
        const auto x = [&](std::size_t window) { return left + kWidth * (static_cast<double>(window) + 0.5) / static_cast<double>(windows); };
        const auto y = [&](double value) { return top + kHeight * (high - value) / (high - low); };
        const auto point = [&](std::size_t window, double value) { return number(x(window)) + "," + number(y(value)) + " "; };

        svg += "<rect x=\"" + number(left) + "\" y=\"" + number(top) + "\" width=\"" + number(kWidth) + "\" height=\"" + number(kHeight) + "\" fill=\"none\" stroke=\"#888888\"/>\n";
        text(left, top - 8, loss.loss);
        text(left - 6, top + 10, number(high, 2), "end");
        text(left - 6, top + kHeight, number(low, 2), "end");
        text(left, top + kHeight + 16, "1");
        text(left + kWidth, top + kHeight + 16, number(static_cast<double>(windows) * stepsPerWindow, 0) + " steps", "end");

        std::string upper, lower;
        for (std::size_t window = 0; window < windows; ++window) {
            double least = std::numeric_limits<double>::infinity(), most = -least;
            for (const auto& curve : loss.values.front()) least = std::min(least, curve[window]), most = std::max(most, curve[window]);
            upper += point(window, most);
            lower = point(window, least) + lower;
        }
        svg += "<polygon points=\"" + upper + lower + "\" fill=\"#dddddd\"/>\n";
        for (std::size_t kind = 0; kind < loss.values.size(); ++kind) {
            std::string points;
            for (std::size_t window = 0; window < windows; ++window) points += point(window, meanOver(loss.values[kind], window));
            svg += "<polyline points=\"" + points + "\" fill=\"none\" stroke-width=\"1.5\" stroke=\"" + kColours[kind % std::size(kColours)] + "\"/>\n";
        }
    }
    if (!losses.empty()) {
        const double y = static_cast<double>(rows) * panelHeight + 16;
        double x = kLeft;
        for (std::size_t kind = 0; kind < losses[0].kinds.size(); ++kind, x += 130) {
            svg += "<line x1=\"" + number(x) + "\" y1=\"" + number(y - 4) + "\" x2=\"" + number(x + 24) + "\" y2=\"" + number(y - 4) + "\" stroke-width=\"2\" stroke=\"" + kColours[kind % std::size(kColours)] + "\"/>\n";
            text(x + 30, y, losses[0].kinds[kind]);
        }
        svg += "<rect x=\"" + number(x) + "\" y=\"" + number(y - 10) + "\" width=\"24\" height=\"12\" fill=\"#dddddd\"/>\n";
        text(x + 30, y, "seeds of " + losses[0].kinds.front());
    }
    return svg + "</svg>\n";
}

}  // namespace kinora::app
