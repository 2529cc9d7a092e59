#include <cstring>
#include <nlohmann/json.hpp>

#include "app/import/commands.h"
#include "app/import/support.h"
#include "core/clipfile/clip_file.h"
#include "core/decode/flow.h"
#include "core/export/encoder.h"
#include "core/util/text.h"

namespace kinora::app {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {
struct FlowArguments {
    std::string dataset, target, as = "colour";
    std::int64_t clip = 0;
    double frameRateHz = 0, brightestPx = 0;
    int scale = 1;
};

void writeFlow(const FlowArguments& arguments)
{
    const fs::path target = arguments.target;
    const std::vector<std::string> formats = exportFormats();
    const std::string extension = target.extension().string();
    if (!isHdf5(target) && (extension.empty() || std::ranges::find(formats, extension.substr(1)) == formats.end()))
        throw Error(ErrorCode::Usage, "'" + extension + "' is no format that flow is written to (known: h5, " + join(formats, ", ") + ")", arguments.target);
    const std::shared_ptr<const ClipSource> source = openDataset(arguments.dataset);
    if (arguments.clip < 0 || arguments.clip >= source->size())
        throw Error(ErrorCode::Usage, "there is no clip " + std::to_string(arguments.clip) + "; the dataset has " + std::to_string(source->size()), "--clip");
    std::error_code ignored;
    if (fs::equivalent(source->name(), target, ignored)) throw Error(ErrorCode::Usage, "the dataset cannot be its own target", arguments.target);

    const ClipInfo info = source->info(arguments.clip);
    const Frames clip = source->frames(arguments.clip);
    throwIfInterrupted("it was interrupted; nothing was left behind", arguments.target);
    const std::vector<float> flow = opticalFlow(clip);
    throwIfInterrupted("it was interrupted; nothing was left behind", arguments.target);
    const Frames shown = arguments.as == "overlay" ? flowOverlay(clip, flow, arguments.brightestPx) : flowColours(flow, clip.count(), clip.height(), clip.width(), arguments.brightestPx);
    if (isHdf5(target)) {
        std::vector<std::uint8_t> bytes(flow.size() * sizeof(float));
        std::memcpy(bytes.data(), flow.data(), bytes.size());
        ClipFileWriter writer(target, source->labelColumns(), {{"flow", "float32", 2, true}}, {{"kind", "flow"}, {"source", source->name()}, {"clips", std::to_string(arguments.clip)}});
        writer.add(info, shown, {bytes});
        writer.finish();
    } else {
        ExportOptions options;
        options.frameRateHz = arguments.frameRateHz > 0 ? arguments.frameRateHz : info.frameRateHz > 0 ? info.frameRateHz : 10;
        options.scale = arguments.scale;
        options.comment = json{{"program", "kinora datasets flow"}, {"dataset", source->name()}, {"clip", arguments.clip}, {"as", arguments.as}}.dump(-1, ' ', false, json::error_handler_t::replace);
        exportClip(shown, target, options);
    }
    if (cli::wantsJson()) cli::printJson({{"file", arguments.target}, {"clip", info.name}, {"frames", shown.count()}, {"bytes", fs::file_size(target)}});
    cli::print("wrote the optical flow of clip " + std::to_string(arguments.clip) + " ('" + info.name + "') to " + arguments.target);
}
}  // namespace

void addFlowCommand(CLI::App& datasets)
{
    static FlowArguments arguments;
    CLI::App* flow = cli::addCommand(datasets, "flow", "Optical flow of a clip: hues are directions, brightness is speed",
                                     "  kinora datasets flow actions.h5 --clip 3 -o flow.gif --scale 4\n"
                                     "  kinora datasets flow actions.h5 --clip 3 -o flow.h5 --as overlay");
    flow->add_option("DATASET", arguments.dataset, "Where the clip lies")->required();
    flow->add_option("--clip", arguments.clip, "Its number");
    flow->add_option("-o,--output", arguments.target, "h5 (with the flow itself, float32 pixels right and down to the next frame, as stream 'flow'), gif, mp4, webm, webp, apng or png")->required();
    flow->add_option("--as", arguments.as, "colour: the flow alone; overlay: on top of the darkened clip")->check(CLI::IsMember({"colour", "overlay"}));
    flow->add_option("--brightest", arguments.brightestPx, "Pixels a frame that are shown at full brightness; default: the clip's 99th percentile, at least 1")->check(CLI::Range(0.0, 10000.0));
    flow->add_option("--fps", arguments.frameRateHz, "Frames a second; default: the clip's own, or 10");
    flow->add_option("--scale", arguments.scale, "Enlarge so many times, without smoothing");
    flow->callback([] { interruptible([] { writeFlow(arguments); }); });
}

}  // namespace kinora::app
