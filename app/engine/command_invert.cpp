#include <cstdio>
#include <nlohmann/json.hpp>

#include "app/engine/commands.h"
#include "app/shared/command_line.h"
#include "core/inversion/inversion.h"
#include "core/system/checkpoint.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/log.h"
#include "core/util/text.h"
#include "models/catalogue.h"

namespace kinora::app {
namespace {
namespace fs = std::filesystem;
using nlohmann::json;

struct Request {
    std::string checkpoint, clip, output, weights, device = "auto";
    InversionOptions options;
};

std::string fixed(double value, int digits)
{
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
}

void invert(const Request& request)
{
    const fs::path folder = fs::absolute(request.output).parent_path();
    if (!fs::is_directory(folder)) throw Error(ErrorCode::NotFound, "the folder does not exist; create it first", folder.string());
    if (fs::is_directory(request.output)) throw Error(ErrorCode::Usage, "is a folder; name a file such as state.json", request.output);
    std::string name = request.clip;
    long long index = 0;
    if (const std::size_t hash = name.rfind('#'); hash != std::string::npos) {
        index = parseInteger(name.substr(hash + 1), "--clip");
        name.resize(hash);
    }
    const std::shared_ptr<const ClipSource> source = openDataset(name);
    if (index < 0 || index >= source->size()) throw Error(ErrorCode::Usage, "has clips 0 to " + std::to_string(source->size() - 1) + ", not " + std::to_string(index), name);
    CheckpointInfo info;
    const std::unique_ptr<System> system = openCheckpoint(catalogue(), request.checkpoint, chooseDevice(request.device), &info, weightChoiceFromName(request.weights));
    const SystemDescription description = system->describe();
    log::info("looking for the codes of " + source->info(index).name + " on " + system->device().str());
    int shown = -1;
    const InversionResult found = invertClip(*system, source->frames(index), request.options, {}, [&](const InversionProgress& progress) {
        const int tenth = progress.step * 10 / progress.steps;
        if (tenth == shown) return;
        shown = tenth;
        log::info("step " + std::to_string(progress.step) + " of " + std::to_string(progress.steps) + "  loss " + fixed(progress.loss, 5) + "  " + fixed(progress.psnr, 1) + " dB  " +
                  std::to_string(progress.starts) + (progress.starts == 1 ? " start" : " starts"));
    });
    const json state = {{"kinora_state", 1},
                        {"system", description.id},
                        {"frames", found.frames},
                        {"seed", 0},
                        {"controls", toJson(found.values)},
                        {"checkpoint", fs::absolute(request.checkpoint).string()},
                        {"checkpoint_sha256", sha256File(request.checkpoint)},
                        {"frame_rate_hz", info.frameRateHz},
                        {"inverted_from", {{"dataset", source->name()}, {"clip", index}, {"name", source->info(index).name}, {"psnr_db", found.psnr}, {"motion_energy_ratio", found.motionEnergy}}}};
    writeFile(request.output, state.dump(1) + "\n");
    if (cli::wantsJson())
        return cli::printJson({{"output", fs::absolute(request.output).string()}, {"psnr_db", found.psnr}, {"motion_energy_ratio", found.motionEnergy}, {"loss", found.loss}, {"steps", request.options.steps}, {"curve", found.curve}});
    cli::print("wrote " + request.output + ": " + fixed(found.psnr, 1) + " dB, motion energy " + fixed(found.motionEnergy * 100, 0) + " % of the clip's");
}
}  // namespace

void addInvertCommand(CLI::App& app)
{
    auto request = std::make_shared<Request>();
    CLI::App* command = cli::addCommand(app, "invert", "Find the codes whose clip is nearest to a real one; the state can be generated from, opened in the workbench and edited",
                                        "  kinora invert --checkpoint C.safetensors --clip faces.h5#12 -o state.json\n  kinora invert --checkpoint C.safetensors --clip builtin:faces#3 --steps 600 -o state.json\n"
                                        "  kinora generate --state state.json -o again.gif\n");
    command->add_option("--checkpoint", request->checkpoint, "Checkpoint (.safetensors)")->required();
    command->add_option("--clip", request->clip, "DATASET#NUMBER: a clip of a dataset, counted from 0")->required();
    command->add_option("-o,--output", request->output, "State to write (.json)")->required();
    command->add_option("--steps", request->options.steps, "Steps of the optimisation")->check(CLI::Range(1, 100000))->capture_default_str();
    command->add_option("--starts", request->options.starts, "Starts that are optimised side by side; the worse ones are dropped on the way")->check(CLI::Range(1, 256))->capture_default_str();
    command->add_option("--candidates", request->options.candidates, "Draws that the starts are chosen from")->check(CLI::Range(1, 4096))->capture_default_str();
    command->add_option("--learning-rate", request->options.learningRate, "In standard deviations of the prior")->check(CLI::Range(1e-6, 10.0))->capture_default_str();
    command->add_option("--motion-weight", request->options.motionWeight, "Of the differences between successive frames")->check(CLI::Range(0.0, 1e6))->capture_default_str();
    command->add_option("--seed", request->options.seed, "Of the draws")->capture_default_str();
    command->add_option("--weights", request->weights, "raw or averaged; averaged where the checkpoint holds an average")->check(CLI::IsMember({"raw", "averaged"}));
    command->add_option("--device", request->device, "auto, cpu, cuda or cuda:1")->capture_default_str();
    command->callback([request] { invert(*request); });
}

}  // namespace kinora::app
