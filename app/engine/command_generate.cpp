#include <torch/torch.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "app/engine/commands.h"
#include "app/shared/command_line.h"
#include "core/system/checkpoint.h"
#include "core/system/generation.h"
#include "core/training/sample_controls.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/log.h"
#include "core/util/text.h"
#include "kinora_version.h"
#include "models/catalogue.h"
#ifdef KINORA_WITH_IO
#include "core/clipfile/clip_file.h"
#include "core/export/encoder.h"
#endif

namespace kinora::app {
namespace {
namespace fs = std::filesystem;
using nlohmann::json;

struct Request {
    std::string checkpoint, weights, output, grid, state, recipe, condition, device = "auto", look = "fixed", view, plan = "auto";
    std::uint64_t appearanceSeed = 0, motionSeed = 0;
    int frames = 0, scale = 1;
    double frameRateHz = 0;
};

std::pair<int, int> parseGrid(const std::string& text)
{
    const std::vector<std::string> parts = split(text, 'x');
    if (parts.size() != 2) throw Error(ErrorCode::Usage, "'" + text + "' is not of the form ROWSxCOLUMNS, for example 4x6", "--grid");
    const long long rows = parseInteger(parts[0], "--grid"), columns = parseInteger(parts[1], "--grid");
    if (rows < 1 || columns < 1 || rows > 64 || columns > 64) throw Error(ErrorCode::Usage, "rows and columns are 1 to 64", "--grid");
    return {static_cast<int>(rows), static_cast<int>(columns)};
}

json readState(const std::string& file)
{
    json state = json::parse(readFile(file, std::uintmax_t(16) << 20), nullptr, false);
    if (state.is_discarded() || !state.is_object() || !state.contains("controls")) throw Error(ErrorCode::Damaged, "is no state: a JSON object with 'controls' was expected", file);
    return state;
}

void writeClips(const Request& request, const std::vector<Frames>& clips, int rows, int columns, double frameRateHz, const json& how)
{
    const fs::path target = request.output;
    const std::string extension = target.extension().string();
    if (extension == ".safetensors") {
        // a clip file: what every Kinora program reads, also one without HDF5
        std::vector<std::byte> bytes;
        for (const Frames& clip : clips) {
            const auto* from = reinterpret_cast<const std::byte*>(clip.bytes().data());
            bytes.insert(bytes.end(), from, from + clip.bytes().size());
        }
        const Frames& first = clips.front();
        writeFile(target, safetensors::serialize({{"clips", {"U8", {static_cast<std::int64_t>(clips.size()), first.count(), first.height(), first.width(), 3}, bytes}}},
                                                 {{"format", "kinora-clips"}, {"frame_rate_hz", formatNumber(frameRateHz)}, {"rows", std::to_string(rows)}, {"columns", std::to_string(columns)}, {"recipe", how.dump()}}));
        return;
    }
#ifdef KINORA_WITH_IO
    if (extension == ".h5") {
        ClipFileWriter writer(target, {{"row", {}, "appearance"}, {"column", {}, "motion"}}, {}, {{"source", "kinora generate"}, {"recipe", how.dump()}});
        for (std::size_t i = 0; i < clips.size(); ++i) {
            ClipInfo info;
            info.name = "clip-" + std::to_string(i);
            info.frames = clips[i].count(), info.height = clips[i].height(), info.width = clips[i].width();
            info.frameRateHz = frameRateHz;
            info.labels = {static_cast<float>(static_cast<int>(i) / columns), static_cast<float>(static_cast<int>(i) % columns)};
            info.source = request.checkpoint;
            writer.add(info, clips[i]);
        }
        writer.finish();
        return;
    }
    ExportOptions options;
    options.frameRateHz = frameRateHz;
    options.scale = request.scale;
    options.comment = how.dump();
    exportClip(clips.size() == 1 ? clips.front() : tile(clips, rows, columns), target, options);
#else
    throw Error(ErrorCode::Usage, "this engine-only build writes .safetensors clip files; use the full build for " + extension, target.string());
#endif
}

/// Takes over what an earlier `generate` noted in its file or its --json output; flags given beside it lose.
void applyRecipe(Request& request)
{
    const json recipe = json::parse(readFile(request.recipe, std::uintmax_t(1) << 20), nullptr, false);
    if (recipe.is_discarded() || !recipe.is_object() || !recipe.contains("appearance_seed")) throw Error(ErrorCode::Damaged, "is no recipe: the JSON of an earlier 'kinora generate --json' was expected", request.recipe);
    try {
        request.appearanceSeed = recipe.at("appearance_seed").get<std::uint64_t>();
        request.motionSeed = recipe.at("motion_seed").get<std::uint64_t>();
        request.frames = recipe.value("frames", 0);
        request.frameRateHz = recipe.value("frame_rate_hz", 0.0);
        if (request.weights.empty()) request.weights = recipe.value("weights", "");
        if (request.view.empty()) request.view = recipe.value("view", "");
        request.grid = std::to_string(recipe.value("rows", 1)) + "x" + std::to_string(recipe.value("columns", 1));
        const std::string wanted = recipe.value("checkpoint_sha256", "");
        if (!request.checkpoint.empty() && !wanted.empty() && sha256File(request.checkpoint) != wanted)
            throw Error(ErrorCode::Incompatible, "is not the checkpoint that the recipe was made with (SHA-256 " + wanted + ")", request.checkpoint);
    } catch (const json::exception& error) {
        throw Error(ErrorCode::Damaged, std::string("is no recipe: ") + error.what(), request.recipe);
    }
}

/// Pictures and maps for controls without a prior, from the clips of a dataset: those of the rows and columns on from the one that is named.
void conditionOn(const std::string& text, const SystemDescription& description, int frames, int rows, int columns, std::vector<ControlValues>& cells)
{
    std::string name = text;
    long long first = 0;
    if (const std::size_t hash = text.rfind('#'); hash != std::string::npos) {
        name = text.substr(0, hash);
        first = parseInteger(text.substr(hash + 1), "--condition");
    }
    const std::shared_ptr<const ClipSource> source = openDataset(name);
    if (first < 0 || first >= source->size()) throw Error(ErrorCode::Usage, "has clips 0 to " + std::to_string(source->size() - 1) + ", not " + std::to_string(first), name);
    const auto clip = [&](int offset) { return (first + offset) % source->size(); };
    for (int row = 0; row < rows; ++row)
        for (int column = 0; column < columns; ++column) {
            ControlValues& values = cells[static_cast<std::size_t>(row) * columns + column];
            const int place = matrixPlace(description, row, column, columns);
            fillFromClip(description, *source, clip(place), frames, ControlRole::Appearance, values);
            fillFromClip(description, *source, clip(column), frames, ControlRole::Motion, values);
            fillFromClip(description, *source, clip(place), frames, ControlRole::Both, values);
        }
}

void generate(Request request)
{
    if (!request.recipe.empty()) applyRecipe(request);
    json state;
    if (!request.state.empty()) {
        state = readState(request.state);
        if (request.checkpoint.empty() && state.contains("checkpoint")) request.checkpoint = state.value("checkpoint", "");
    }
    if (request.checkpoint.empty()) throw Error(ErrorCode::Usage, "--checkpoint is needed (or a --state that names one)");
    if (fs::is_directory(fs::path(request.output))) throw Error(ErrorCode::Usage, "is a folder; name a file such as clip.gif", request.output);
    const fs::path folder = fs::absolute(request.output).parent_path();
    if (!fs::is_directory(folder)) throw Error(ErrorCode::NotFound, "the folder does not exist; create it first", folder.string());
#ifdef KINORA_WITH_IO
    // refused before the network runs, not after
    std::vector<std::string> known = exportFormats();
    known.insert(known.end(), {"h5", "safetensors"});
    const std::string extension = fs::path(request.output).extension().string();
    if (extension.empty() || std::ranges::find(known, extension.substr(1)) == known.end())
        throw Error(ErrorCode::Usage, "no format is known by this name; use ." + join(known, " ."), request.output);
#endif
    CheckpointInfo info;
    const std::unique_ptr<System> system = openCheckpoint(catalogue(), request.checkpoint, chooseDevice(request.device), &info, weightChoiceFromName(request.weights));
    const SystemDescription description = system->describe();
    GenerationRequest work;
    work.frames = request.frames ? request.frames : state.is_null() ? description.length.trained : state.value("frames", description.length.trained);
    work.range = request.look == "official" ? PixelRange::BatchMinMax : PixelRange::Fixed;
    work.view = request.view;
    int rows = 1, columns = 1;
    if (!state.is_null()) {
        if (state.contains("system") && state["system"] != description.id) throw Error(ErrorCode::Incompatible, "is a state of system " + state["system"].dump() + ", the checkpoint is one of '" + description.id + "'", request.state);
        work.clips = {controlValuesFromJson(state["controls"])};
        work.seed = state.value("seed", std::uint64_t(0));
    } else {
        if (!request.grid.empty()) std::tie(rows, columns) = parseGrid(request.grid);
        for (const Control& control : description.controls)
            if (givenControl(control.kind) && request.condition.empty())
                throw Error(ErrorCode::Usage, "needs pictures; name a dataset that gives them with --condition", "control '" + control.id + "'");
        if (!description.length.allows(work.frames)) {
            generateClips(*system, {{}, work.frames, 0, work.range});  // throws with the lengths that are possible
        }
        work.clips = matrixControls(description, request.appearanceSeed, request.motionSeed, rows, columns, work.frames);
        if (!request.condition.empty()) conditionOn(request.condition, description, work.frames, rows, columns, work.clips);
        work.seed = request.appearanceSeed;
    }
    log::info("generating " + std::to_string(work.clips.size()) + " clip(s) of " + std::to_string(work.frames) + " frames on " + system->device().str());
    Generating generating(*system, planChoiceFromName(request.plan), true);
    log::info(generating.description());
    const std::vector<Frames> clips = generateClips(*system, work, {}, 0, &generating);
    const double frameRateHz = request.frameRateHz > 0 ? request.frameRateHz : info.frameRateHz;
    json how = {{"kinora", KINORA_VERSION},       {"system", description.id},      {"checkpoint_sha256", sha256File(request.checkpoint)},
                      {"appearance_seed", request.appearanceSeed}, {"motion_seed", request.motionSeed}, {"rows", rows},
                      {"columns", columns},             {"frames", work.frames},         {"frame_rate_hz", frameRateHz},
                      {"curated", false},              {"weights", info.averaged ? "averaged" : "raw"}};
    if (!request.view.empty()) how["view"] = request.view;
    writeClips(request, clips, rows, columns, frameRateHz, how);
    if (cli::wantsJson()) {
        json result = how;
        result["output"] = fs::absolute(request.output).string();
        result["clips"] = clips.size();
        return cli::printJson(result);
    }
    cli::print("wrote " + request.output + ": " + std::to_string(rows) + " x " + std::to_string(columns) + " clip(s), " + std::to_string(work.frames) + " frames");
}
}  // namespace

void addGenerateCommand(CLI::App& app)
{
    auto request = std::make_shared<Request>();
    CLI::App* command = cli::addCommand(app, "generate", "Generate clips or an appearance x motion matrix from a checkpoint",
                                        "  kinora generate --checkpoint C.safetensors -o clip.gif --appearance-seed 3 --motion-seed 7\n"
                                        "  kinora generate --checkpoint C.safetensors -o matrix.gif --grid 4x6        rows: appearances, columns: motions\n"
                                        "  kinora generate --checkpoint C.safetensors -o clips.h5 --grid 8x8 --frames 32\n"
                                        "  kinora generate --state state.json -o clip.mp4");
    command->add_option("--checkpoint", request->checkpoint, "Checkpoint (.safetensors)");
    command->add_option("-o,--output", request->output, "gif, mp4, webm, webp, apng, png, h5 or safetensors, by extension")->required();
    command->add_option("--appearance-seed", request->appearanceSeed, "Seed of the appearance codes; row i uses seed + i")->capture_default_str();
    command->add_option("--motion-seed", request->motionSeed, "Seed of the motion codes; column j uses seed + j")->capture_default_str();
    command->add_option("--grid", request->grid, "ROWSxCOLUMNS: appearances x motions");
    command->add_option("--frames", request->frames, "Clip length; default: the trained one")->check(CLI::Range(1, 100000));
    command->add_option("--fps", request->frameRateHz, "Frames per second of the file; default: the data's")->check(CLI::Range(0.1, 1000.0));
    command->add_option("--scale", request->scale, "Enlarge pictures so many times")->check(CLI::Range(1, 16))->capture_default_str();
    command->add_option("--state", request->state, "A state saved by the workbench (JSON)");
    command->add_option("--condition", request->condition, "Dataset, or DATASET#CLIP, that gives the pictures or maps of controls that need them");
    command->add_option("--recipe", request->recipe, "Repeat an earlier call from its --json output");
    command->add_option("--look", request->look, "fixed: (x + 1) / 2; official: stretched over the whole call, as the authors' scripts do")->check(CLI::IsMember({"fixed", "official"}))->capture_default_str();
    command->add_option("--view", request->view, "A further output of the system instead of the clip (kinora systems SYSTEM lists them)");
    command->add_option("--weights", request->weights, "raw or averaged; averaged where the checkpoint holds an average")->check(CLI::IsMember({"raw", "averaged"}));
    command->add_option("--device", request->device, "auto, cpu, cuda or cuda:1")->capture_default_str();
    command->add_option("--plan", request->plan, "auto: the inference plan in fp32; fp32, bf16; off: the plain modules")->check(CLI::IsMember({"auto", "off", "fp32", "bf16"}))->capture_default_str();
    command->callback([request] { generate(*request); });
}

}  // namespace kinora::app
