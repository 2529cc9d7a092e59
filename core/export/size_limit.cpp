#include "core/export/size_limit.h"

#include <algorithm>
#include <cmath>

#include "core/util/error.h"
#include "core/util/text.h"

namespace kinora {
namespace {
constexpr double kSlowestHz = 5;  // below it a clip is a row of stills
constexpr int kFewestFrames = 4;

/// From the given settings to the worst that are still worth looking at.
std::vector<ExportOptions> levels(const std::string& format, const ExportOptions& options)
{
    std::vector<ExportOptions> list = {options};
    if (format == "gif") {
        double loss = static_cast<double>(std::max<std::int64_t>(options.loss, 2));
        for (const int colours : {224, 192, 160, 136, 112, 96, 80, 64, 56, 48, 40, 32}) {
            loss += 0.75;
            if (colours >= options.colours) continue;
            list.push_back(options);
            list.back().colours = colours;
            list.back().loss = std::lround(loss);
        }
    } else if (format == "webp" || format == "mp4" || format == "webm") {
        const int first = options.quality != 0 ? static_cast<int>(options.quality) : format == "webp" ? 90 : 70;
        for (int quality = first - 5; quality >= 15; quality -= 5) {
            list.push_back(options);
            list.back().quality = quality;
        }
    }
    return list;
}
}  // namespace

ExportOptions fittingOptions(const std::string& format, int frames, const ExportOptions& options, std::uintmax_t bytes, const std::function<std::uintmax_t(const ExportOptions&)>& sizeWith)
{
    std::vector<ExportOptions> list = levels(format, options);
    const auto fits = [&](const ExportOptions& tried) { return sizeWith(tried) <= bytes; };
    // the best level that fits, where the last is known to
    const auto best = [&] {
        std::size_t bad = 0, good = list.size() - 1;
        while (good - bad > 1) {
            const std::size_t middle = (bad + good) / 2;
            (fits(list[middle]) ? good : bad) = middle;
        }
        return list[good];
    };
    if (fits(list.front())) return list.front();
    if (list.size() > 1 && fits(list.back())) return best();
    for (int factor = 2; factor <= 4 && format != "png"; ++factor) {
        const std::int64_t step = options.frameStep * factor;
        if (options.frameRateHz / static_cast<double>(step) < kSlowestHz || frames / step < kFewestFrames) break;
        for (ExportOptions& level : list) level.frameStep = step;
        if (!fits(list.back())) continue;
        return list.size() > 1 && !fits(list.front()) ? best() : list.front();
    }
    // between the middle of the levels and a smaller picture the smaller picture looks better
    ExportOptions result = list[list.size() / 2];
    double low = 0, high = options.scale;
    bool found = false;
    for (int round = 0; round < 9; ++round) {
        ExportOptions tried = result;
        tried.scale = std::max(0.02, round == 0 ? high * 0.7 : low > 0 ? (low + high) / 2 : high / 2);
        tried.scale = std::round(tried.scale * 1000) / 1000;  // a number that people can read
        const std::uintmax_t size = sizeWith(tried);
        if (size <= bytes) {
            found = true;
            low = tried.scale;
            if (size > bytes * 85 / 100) break;
        } else {
            high = tried.scale;
            if (high <= 0.02) break;
        }
    }
    if (!found) throw Error(ErrorCode::Usage, "cannot be made as small as " + formatNumber(static_cast<double>(bytes) / 1e6) + " MB; allow more, or export fewer frames", format);
    result.scale = low;
    return result;
}

}  // namespace kinora
