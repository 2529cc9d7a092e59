#include "app/engine/bench_export.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "app/engine/commands.h"
#include "app/shared/command_line.h"
#include "core/clip/transform.h"
#include "core/export/figure.h"
#include "core/export/read_back.h"
#include "core/util/error.h"
#include "core/util/temporary_folder.h"
#include "core/util/file.h"
#include "core/util/process.h"
#include "core/util/text.h"

namespace kinora::app {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {
using Clock = std::chrono::steady_clock;
constexpr int kSide = 8, kFrames = 16, kPixels = 64;

/// Over all frames; 99 for equal ones.
double psnr(const Frames& a, const Frames& b)
{
    if (a.count() != b.count() || a.width() != b.width() || a.height() != b.height()) throw Error(ErrorCode::CheckFailed, "a file came back with other frames than it was written with", "bench export");
    double sum = 0;
    for (std::size_t i = 0; i < a.bytes().size(); ++i) {
        const double d = static_cast<double>(a.bytes()[i]) - b.bytes()[i];
        sum += d * d;
    }
    return sum == 0 ? 99 : 10 * std::log10(255.0 * 255.0 * static_cast<double>(a.bytes().size()) / sum);
}

bool onPath(const std::string& program)
{
    const char* path = std::getenv("PATH");
    for (const std::string& folder : split(path ? path : "", ':'))
        if (std::error_code ignored; !folder.empty() && fs::is_regular_file(fs::path(folder) / program, ignored)) return true;
    return false;
}
}  // namespace

json benchExport(const std::string& dataset)
{
    const std::string name = dataset.empty() ? "builtin:puppets?clips=64&size=64&frames=16&seed=1" : dataset;
    const std::shared_ptr<const ClipSource> source = openDataset(name);
    if (source->size() < kSide * kSide) throw Error(ErrorCode::Usage, "has fewer than 64 clips", name);
    std::vector<Frames> clips;
    for (int i = 0; i < kSide * kSide; ++i) {
        if (source->info(i).frames < kFrames) throw Error(ErrorCode::Usage, "clip '" + source->info(i).name + "' has fewer than 16 frames", name);
        Frames clip = source->frames(i, {0, kFrames, 1});
        clips.push_back(clip.width() == kPixels && clip.height() == kPixels ? std::move(clip) : resizedAndCropped(clip, kPixels, kPixels));
    }
    const Frames sheet = tile(clips, kSide, kSide, 0);
    const TemporaryFolder folder;
    json results = json::array();
    const auto report = [&](const std::string& encoder, const std::string& form, const fs::path& file, double ms) {
        json row = {{"encoder", encoder}, {"form", form}, {"bytes", fs::file_size(file)}, {"ms", ms}};
        char line[200];
        if (file.extension() == ".webp") {
            std::snprintf(line, sizeof line, "export, %s %s: %.2f MB, %.0f ms", encoder.c_str(), form.c_str(), static_cast<double>(fs::file_size(file)) / 1e6, ms);
        } else {
            row["psnr_db"] = psnr(readBack(file), sheet);
            if (encoder == "kinora" && file.extension() == ".apng" && row["psnr_db"].get<double>() < 99) throw Error(ErrorCode::CheckFailed, "is not lossless", file.string());
            std::snprintf(line, sizeof line, "export, %s %s: %.2f MB, %.2f dB, %.0f ms", encoder.c_str(), form.c_str(), static_cast<double>(fs::file_size(file)) / 1e6, row["psnr_db"].get<double>(), ms);
        }
        cli::print(line);
        results.push_back(std::move(row));
    };
    const auto ours = [&](const std::string& form, const std::string& extension, const std::string& palette, const std::string& dither, int loss, int colours) {
        ExportOptions options;
        options.palette = palette, options.dither = dither, options.loss = loss, options.colours = colours;
        const fs::path file = folder.path() / ("out." + extension);
        const auto started = Clock::now();
        exportClip(sheet, file, options);
        report("kinora", form, file, std::chrono::duration<double, std::milli>(Clock::now() - started).count());
    };
    ours("gif: one palette, loss 2 (balanced)", "gif", "clip", "none", 2, 256);
    ours("gif: one palette", "gif", "clip", "none", 0, 256);
    ours("gif: one palette, sierra", "gif", "clip", "sierra", 0, 256);
    ours("gif: one palette, floyd_steinberg", "gif", "clip", "floyd_steinberg", 0, 256);
    ours("gif: a palette per frame (best)", "gif", "frame", "none", 0, 256);
    ours("gif: a palette per frame, loss 4", "gif", "frame", "none", 4, 256);
    ours("gif: 64 colours, loss 6 (small)", "gif", "clip", "none", 6, 64);
    for (const std::string& format : exportFormats())
        if (format != "gif" && format != "png") ours(format, format, "clip", "none", 2, 256);
    if (!onPath("ffmpeg")) {
        cli::print("export: ffmpeg is not on PATH, so nothing stands beside these figures");
        return results;
    }
    const fs::path raw = folder.path() / "frames.rgb", file = folder.path() / "ffmpeg.gif";
    writeFile(raw, {reinterpret_cast<const char*>(sheet.bytes().data()), sheet.bytes().size()});
    const auto ffmpeg = [&](const std::string& form, const std::string& chain) {
        const auto started = Clock::now();
        const ProcessResult result = runProcess("ffmpeg", {"-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", std::to_string(sheet.width()) + "x" + std::to_string(sheet.height()), "-r", "10", "-i",
                                                           raw.string(), "-filter_complex", chain, file.string()});
        if (result.exitCode != 0) throw Error(ErrorCode::CheckFailed, "ended with " + std::to_string(result.exitCode), "ffmpeg");
        report("ffmpeg", form, file, std::chrono::duration<double, std::milli>(Clock::now() - started).count());
    };
    ffmpeg("gif: one palette, sierra2_4a", "split[a][b];[a]palettegen[p];[b][p]paletteuse=dither=sierra2_4a");
    ffmpeg("gif: one palette", "split[a][b];[a]palettegen[p];[b][p]paletteuse=dither=none");
    ffmpeg("gif: a palette per frame", "split[a][b];[a]palettegen=stats_mode=single[p];[b][p]paletteuse=new=1:dither=none");
    ffmpeg("gif: a palette per frame, sierra2_4a", "split[a][b];[a]palettegen=stats_mode=single[p];[b][p]paletteuse=new=1:dither=sierra2_4a");
    return results;
}

}  // namespace kinora::app
