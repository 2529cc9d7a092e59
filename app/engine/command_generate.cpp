#include <torch/torch.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "app/engine/commands.h"
#include "app/engine/interruption.h"
#include "app/shared/command_line.h"
#include "core/control/key_poses.h"
#include "core/system/checkpoint.h"
#include "core/system/generation.h"
#include "core/training/sample_controls.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/json_text.h"
#include "core/util/log.h"
#include "core/util/text.h"
#include "kinora_version.h"
#include "models/catalogue.h"
#ifdef KINORA_WITH_IO
#include "app/engine/comparison.h"
#include "app/engine/figure_flags.h"
#include "core/clipfile/clip_file.h"
#include "core/export/figure.h"
#include "core/export/recipe.h"
#endif

namespace kinora::app {
namespace {
namespace fs = std::filesystem;
using nlohmann::json;

struct Request {
    std::vector<std::string> checkpoints;  // several for the recipe of a comparison
    std::string settledByComparison;       // the first flag given that the recipe of a comparison leaves no choice about
    std::string checkpoint, weights, output, grid, state, recipe, condition, device = "auto", look = "fixed", view, plan;
    std::uint64_t appearanceSeed = 0, motionSeed = 0;
    int frames = 0;
    bool keyPoses = false;
#ifdef KINORA_WITH_IO
    FigureFlags flags;
#endif
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
    json state = parseJson(readFile(file, std::uintmax_t(16) << 20));
    if (state.is_discarded() || !state.is_object() || !state.contains("controls")) throw Error(ErrorCode::Damaged, "is no state: a JSON object with 'controls' was expected", file);
    return state;
}

/// Codes of all cells as tables, (N, size) or (N, steps, size); controls that differ in length, and pictures, are left out.
std::map<std::string, std::pair<std::vector<std::int64_t>, std::vector<float>>> codeTables(const std::vector<ControlValues>& cells)
{
    std::map<std::string, std::pair<std::vector<std::int64_t>, std::vector<float>>> tables;
    for (const auto& [id, first] : cells.front()) {
        std::vector<float> numbers;
        const bool category = first.numbers.empty() && !first.frames;
        for (const ControlValues& cell : cells) {
            const auto found = cell.find(id);
            if (found == cell.end() || found->second.numbers.size() != first.numbers.size() || found->second.steps != first.steps) break;
            if (category) numbers.push_back(static_cast<float>(found->second.category));
            else numbers.insert(numbers.end(), found->second.numbers.begin(), found->second.numbers.end());
        }
        const auto count = static_cast<std::int64_t>(cells.size()), each = category ? 1 : static_cast<std::int64_t>(first.numbers.size());
        if (each == 0 || static_cast<std::int64_t>(numbers.size()) != count * each) continue;
        std::vector<std::int64_t> shape{count};
        if (!category && first.steps > 0) shape.push_back(first.steps);
        if (!category) shape.push_back(first.steps > 0 ? each / first.steps : each);
        tables[id] = {std::move(shape), std::move(numbers)};
    }
    return tables;
}

/// A clip file: what every Kinora program reads, also one without HDF5.
void writeSafetensors(const fs::path& target, const std::vector<Frames>& clips, const std::vector<ControlValues>& cells, int rows, int columns, double frameRateHz, const std::string& recipe)
{
    std::vector<std::byte> bytes;
    for (const Frames& clip : clips) {
        const auto* from = reinterpret_cast<const std::byte*>(clip.bytes().data());
        bytes.insert(bytes.end(), from, from + clip.bytes().size());
    }
    const Frames& first = clips.front();
    std::map<std::string, safetensors::TensorSource> tensors = {{"clips", {"U8", {static_cast<std::int64_t>(clips.size()), first.count(), first.height(), first.width(), 3}, bytes}}};
    const auto tables = codeTables(cells);
    for (const auto& [id, table] : tables) tensors["codes/" + id] = {"F32", table.first, std::as_bytes(std::span(table.second))};
    writeFile(target, safetensors::serialize(tensors, {{"format", "kinora-clips"}, {"frame_rate_hz", formatNumber(frameRateHz)}, {"rows", std::to_string(rows)}, {"columns", std::to_string(columns)}, {"recipe", recipe}}));
}

#ifdef KINORA_WITH_IO
void writeHdf5(const fs::path& target, const std::vector<Frames>& clips, const std::vector<ControlValues>& cells, int columns, double frameRateHz, const std::string& checkpoint, const std::string& recipe)
{
    ClipFileWriter writer(target, {{"row", {}, "appearance"}, {"column", {}, "motion"}}, {}, {{"source", "kinora generate"}, {"recipe", recipe}});
    for (std::size_t i = 0; i < clips.size(); ++i) {
        ClipInfo info;
        info.name = "clip-" + std::to_string(i);
        info.frames = clips[i].count(), info.height = clips[i].height(), info.width = clips[i].width();
        info.frameRateHz = frameRateHz;
        info.labels = {static_cast<float>(static_cast<int>(i) / columns), static_cast<float>(static_cast<int>(i) % columns)};
        info.source = checkpoint;
        writer.add(info, clips[i]);
    }
    for (auto& [id, table] : codeTables(cells)) writer.setCodes(id, table.first, table.second);
    writer.finish();
}
#endif

/// Pictures and maps for controls without a prior, from the clips of a dataset: those of the rows and columns on from the one that is named, as far as they are long enough.
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
    int needed = 0;
    std::string taker;
    for (const Control& control : description.controls) {
        const int count = !givenControl(control.kind) ? 0 : control.kind == ControlKind::Image ? 1 : control.kind == ControlKind::Frames ? control.count : control.steps.stepsFor(frames);
        if (count > needed) needed = count, taker = control.id;
    }
    std::vector<std::int64_t> fitting;
    int longest = 0;
    for (std::int64_t offset = 0; offset < source->size(); ++offset) {
        const std::int64_t clip = (first + offset) % source->size();
        const ClipInfo info = source->info(clip);
        longest = std::max(longest, info.frames);
        if (info.frames >= needed) fitting.push_back(clip);
        else if (offset == 0 && name != text)
            throw Error(ErrorCode::NotFound, "clip " + std::to_string(clip) + " ('" + info.name + "') has " + std::to_string(info.frames) + " of the " + std::to_string(needed) + " frames that '" + taker + "' takes; name another", name);
    }
    if (fitting.empty())
        throw Error(ErrorCode::NotFound, "no clip has the " + std::to_string(needed) + " frames that '" + taker + "' takes (the longest has " + std::to_string(longest) + "); name another dataset with --condition", name);
    const auto clip = [&](int offset) { return fitting[static_cast<std::size_t>(offset) % fitting.size()]; };
    for (int row = 0; row < rows; ++row)
        for (int column = 0; column < columns; ++column) {
            ControlValues& values = cells[static_cast<std::size_t>(row) * columns + column];
            const int place = matrixPlace(description, row, column, columns);
            fillFromClip(description, *source, clip(place), frames, ControlRole::Appearance, values);
            fillFromClip(description, *source, clip(column), frames, ControlRole::Motion, values);
            fillFromClip(description, *source, clip(place), frames, ControlRole::Both, values);
        }
}

/// Refuses what cannot be written before the network runs, not after.
void checkTarget(const std::string& output)
{
#ifdef KINORA_WITH_IO
    checkFigureTarget(output, {"h5", "safetensors"});
#else
    const fs::path target = output, folder = fs::absolute(target).parent_path();
    if (!fs::is_directory(folder)) throw Error(ErrorCode::NotFound, "the folder does not exist; create it first", folder.string());
    if (target.extension() != ".safetensors") throw Error(ErrorCode::Usage, "this engine-only build writes .safetensors clip files; use the full build for " + target.extension().string(), output);
#endif
}

void generate(Request request, std::stop_token stop)
{
    json original;  // of --recipe: goes into the new file as it is
    if (!request.checkpoints.empty()) request.checkpoint = request.checkpoints.front();
#ifdef KINORA_WITH_IO
    FigureRecipe recipe;
    const bool repeats = !request.recipe.empty();
    if (repeats) {
        original = readRecipe(request.recipe);
        if (isComparison(original)) {
            refuseSettled(request.settledByComparison);
            return repeatComparison({request.recipe, request.checkpoints, request.output, request.device, request.flags, {}}, original, stop);
        }
        if (original.value("made_by", "") == "compare") throw Error(ErrorCode::Usage, "was made by an earlier 'kinora compare', which kept no recipe; compare the checkpoints again", request.recipe);
        recipe = recipeFromJson(original, request.recipe);
        for (const char* key : {"output", "clips", "bytes"}) original.erase(key);  // of --json
        if (request.checkpoint.empty())
            throw Error(ErrorCode::Usage, "pass --checkpoint; the recipe was made with " + (recipe.checkpointFile.empty() ? std::string("one") : "'" + recipe.checkpointFile + "'") + " (SHA-256 " + recipe.checkpointHash + ")", request.recipe);
        if (const std::string found = sha256File(request.checkpoint); !recipe.checkpointHash.empty() && found != recipe.checkpointHash)
            throw Error(ErrorCode::Incompatible, "is not the checkpoint that the recipe was made with (SHA-256 " + recipe.checkpointHash + (recipe.checkpointFile.empty() ? "" : ", named '" + recipe.checkpointFile + "'") + ")", request.checkpoint);
        if (request.weights.empty()) request.weights = recipe.weights;
        request.look = recipe.look;
        if (request.view.empty()) request.view = recipe.view;
        if (request.plan.empty()) request.plan = recipe.plan;
        request.appearanceSeed = recipe.appearanceSeed.value_or(0), request.motionSeed = recipe.motionSeed.value_or(0);
        request.frames = recipe.frames;
        request.grid = std::to_string(recipe.rows) + "x" + std::to_string(recipe.columns);
        if (request.condition.empty()) request.condition = recipe.condition;
    }
#else
    if (!request.recipe.empty()) throw Error(ErrorCode::Usage, "needs the full build: this engine-only one writes clip files alone", "--recipe");
#endif
    if (request.checkpoints.size() > 1) throw Error(ErrorCode::Usage, "only the recipe of a comparison takes several; name one", "--checkpoint");
    json state;
    if (!request.state.empty()) {
        state = readState(request.state);
        if (request.checkpoint.empty() && state.contains("checkpoint")) request.checkpoint = state.value("checkpoint", "");
    }
    if (request.keyPoses && !state.contains("key_poses")) throw Error(ErrorCode::Usage, request.state.empty() ? "needs --state with a state that holds key poses" : "the state '" + request.state + "' holds no key poses; keep some on the Explore page", "--key-poses");
    if (request.checkpoint.empty()) throw Error(ErrorCode::Usage, "--checkpoint is needed (or a --state that names one)");
    checkTarget(request.output);
    CheckpointInfo info;
    const std::unique_ptr<System> system = openCheckpoint(catalogue(), request.checkpoint, chooseDevice(request.device), &info, weightChoiceFromName(request.weights));
    const SystemDescription description = system->describe();
    GenerationRequest work;
    work.frames = request.frames ? request.frames : state.is_null() ? description.length.trained : state.value("frames", description.length.trained);
    work.range = request.look == "official" ? PixelRange::BatchMinMax : PixelRange::Fixed;
    work.view = request.view;
    int rows = 1, columns = 1;
    const bool drawn = state.is_null();
    if (!drawn) {
        if (state.contains("system") && state["system"] != description.id) throw Error(ErrorCode::Incompatible, "is a state of system " + state["system"].dump() + ", the checkpoint is one of '" + description.id + "'", request.state);
        work.clips = {controlValuesFromJson(state["controls"])};
        work.seed = state.value("seed", std::uint64_t(0));
    } else {
        if (!request.grid.empty()) std::tie(rows, columns) = parseGrid(request.grid);
        work.seed = request.appearanceSeed;
#ifdef KINORA_WITH_IO
        if (repeats) work.clips = recipe.cells, work.seed = recipe.seed;
#endif
        if (work.clips.empty()) {
            for (const Control& control : description.controls)
                if (givenControl(control.kind) && request.condition.empty())
                    throw Error(ErrorCode::Usage, "needs pictures; name a dataset that gives them with --condition", "control '" + control.id + "'");
            if (!description.length.allows(work.frames)) {
                generateClips(*system, {{}, work.frames, 0, work.range});  // throws with the lengths that are possible
            }
            work.clips = matrixControls(description, request.appearanceSeed, request.motionSeed, rows, columns, work.frames);
            if (!request.condition.empty()) conditionOn(request.condition, description, work.frames, rows, columns, work.clips);
        }
    }
    json way;
    if (request.keyPoses) way = state["key_poses"];
#ifdef KINORA_WITH_IO
    if (!recipe.keyPoses.empty()) way = json::parse(recipe.keyPoses);
#endif
    const std::vector<ControlValues> cells = work.clips;
    KeyPoses poses;
    if (!way.is_null()) {
        poses = keyPosesFromJson(way, description.controls, work.frames);
        work.clips = poseSteps(description.controls, poses, cells.at(0), work.frames);
    }
    log::info("generating " + std::to_string(work.clips.size()) + " clip(s) of " + std::to_string(work.frames) + " frames on " + system->device().str());
    if (request.plan.empty()) request.plan = state.is_null() ? "auto" : state.value("plan", "auto");  // as in the window, which may have taken bf16
    Generating generating(*system, planChoiceFromName(request.plan), true);
    log::info(generating.description());
    std::vector<Frames> clips = generateClips(*system, work, stop, 0, &generating);
    if (!way.is_null()) {
        std::vector<const Frames*> steps;
        for (const Frames& clip : clips) steps.push_back(&clip);
        Frames made = poseClip(steps, poses.frames);
        clips.clear();
        clips.push_back(std::move(made));
    }
    const std::string weights = info.averaged ? "averaged" : "raw", hash = sha256File(request.checkpoint), device = system->device().is_cuda() ? "cuda" : "cpu";
    json how;
    std::uintmax_t bytes = 0;
#ifdef KINORA_WITH_IO
    if (!repeats) {
        recipe.madeBy = "generate";
        recipe.system = description.id;
        recipe.checkpointHash = hash;
        recipe.checkpointFile = fs::path(request.checkpoint).filename().string();
        recipe.weights = weights;
        recipe.look = request.look;
        recipe.plan = generating.choice();
        recipe.view = request.view;
        recipe.device = device;
        recipe.seed = work.seed;
        recipe.frames = work.frames, recipe.rows = rows, recipe.columns = columns;
        recipe.condition = request.condition;
        recipe.curated = !drawn;
        if (drawn) recipe.appearanceSeed = request.appearanceSeed, recipe.motionSeed = request.motionSeed;
        if (request.condition.empty()) recipe.cells = cells;
        if (!way.is_null()) recipe.keyPoses = way.dump();
        const bool hasMotion = varies(description.controls, ControlRole::Motion);
        for (int row = 0; row < rows && drawn; ++row)
            recipe.rowLabels.push_back((hasMotion ? "appearance " : "from seed ") + std::to_string(request.appearanceSeed + static_cast<std::uint64_t>(matrixPlace(description, row, 0, columns))));
        for (int column = 0; column < columns && drawn && hasMotion; ++column) recipe.columnLabels.push_back("motion " + std::to_string(request.motionSeed + static_cast<std::uint64_t>(column)));
        recipe.encoder.frameRateHz = info.frameRateHz;
    } else {
        if (!recipe.device.empty() && recipe.device != device) log::warning("the recipe was made on '" + recipe.device + "', this is '" + device + "': pixels may differ in the last bit");
        if (!original.contains("encoder") && !original.contains("frame_rate_hz")) recipe.encoder.frameRateHz = info.frameRateHz;
    }
    request.flags.apply(recipe.figure, recipe.encoder);
    // a recipe that is followed to the letter stays as it is, so that the file is the same byte for byte
    const bool asItIs = repeats && original.contains("kinora_recipe") && !request.flags.given();
    const auto comment = [&](const ExportOptions& options) {
        FigureRecipe taken = recipe;
        taken.encoder = options;
        how = asItIs ? original : toJson(taken);
        return how.dump(-1, ' ', false, json::error_handler_t::replace);
    };
    const fs::path target = request.output;
    if (target.extension() == ".safetensors") {
        writeSafetensors(target, clips, cells, rows, columns, recipe.encoder.frameRateHz, comment(recipe.encoder));
    } else if (target.extension() == ".h5") {
        const std::string text = comment(recipe.encoder);
        writeHdf5(target, clips, cells, columns, recipe.encoder.frameRateHz, fs::path(request.checkpoint).filename().string(), text);
    } else {
        exportFigure({clips, rows, columns, recipe.rowLabels, recipe.columnLabels}, recipe.figure, target, recipe.encoder, request.flags.limitBytes(), comment, {stop, {}});
    }
    std::error_code ignored;
    bytes = fs::is_regular_file(target, ignored) ? fs::file_size(target, ignored) : 0;
#else
    how = {{"kinora", KINORA_VERSION}, {"system", description.id}, {"checkpoint_sha256", hash}, {"appearance_seed", request.appearanceSeed}, {"motion_seed", request.motionSeed}, {"rows", rows},
           {"columns", columns}, {"frames", work.frames}, {"curated", !drawn}, {"weights", weights}, {"device", device}};
    writeSafetensors(request.output, clips, cells, rows, columns, info.frameRateHz, how.dump());
    bytes = fs::file_size(request.output);
#endif
    if (cli::wantsJson()) {
        json result = how;
        result["output"] = fs::absolute(request.output).string();
        result["clips"] = clips.size();
        if (bytes > 0) result["bytes"] = bytes;
        return cli::printJson(result);
    }
    cli::print("wrote " + request.output + ": " + std::to_string(rows) + " x " + std::to_string(columns) + " clip(s), " + std::to_string(clips.front().count()) + " frames" + (bytes > 0 ? ", " + std::to_string(bytes) + " bytes" : ""));
}
}  // namespace

void addGenerateCommand(CLI::App& app)
{
    auto request = std::make_shared<Request>();
    CLI::App* command = cli::addCommand(app, "generate", "Generate clips or an appearance x motion matrix from a checkpoint",
                                        "  kinora generate --checkpoint C.safetensors -o clip.gif --appearance-seed 3 --motion-seed 7\n"
                                        "  kinora generate --checkpoint C.safetensors -o matrix.gif --grid 4x6        rows: appearances, columns: motions\n"
                                        "  kinora generate --checkpoint C.safetensors -o matrix.mp4 --grid 4x6 --labels --caption 'Samples 0 to 3, not chosen' --scale 2\n"
                                        "  kinora generate --checkpoint C.safetensors -o sheet.png --grid 4x1 --layout sheet --labels      frames along x, samples along y\n"
                                        "  kinora generate --checkpoint C.safetensors -o matrix.gif --grid 8x8 --limit-mb 2\n"
                                        "  kinora generate --checkpoint C.safetensors -o clips.h5 --grid 8x8 --frames 32\n"
                                        "  kinora generate --checkpoint C.safetensors --recipe matrix.gif -o again.gif       the same file, byte for byte\n"
                                        "  kinora generate --checkpoint A.safetensors --checkpoint B.safetensors --recipe comparison.gif -o again.gif\n"
                                        "  kinora generate --state state.json -o clip.mp4\n"
                                        "  kinora generate --state state.json --key-poses -o way.mp4                  through the state's key poses");
    command->add_option("--checkpoint", request->checkpoints, "Checkpoint (.safetensors); once for each checkpoint of a comparison's recipe")->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    command->add_option("-o,--output", request->output, "gif, mp4, webm, webp, apng, png, h5 or safetensors, by extension; .frames or a name that ends in /: a folder of PNG pictures")->required();
    command->add_option("--appearance-seed", request->appearanceSeed, "Seed of the appearance codes; row i uses seed + i")->capture_default_str();
    command->add_option("--motion-seed", request->motionSeed, "Seed of the motion codes; column j uses seed + j")->capture_default_str();
    command->add_option("--grid", request->grid, "ROWSxCOLUMNS: appearances x motions");
    command->add_option("--frames", request->frames, "Clip length; default: the trained one")->check(CLI::Range(1, 100000));
    command->add_option("--state", request->state, "A state saved by the workbench (JSON)");
    command->add_flag("--key-poses", request->keyPoses, "The way through the key poses of the state as one clip, as the Explore page makes it");
    command->add_option("--condition", request->condition, "Dataset, or DATASET#CLIP, that gives the pictures or maps of controls that need them");
    command->add_option("--recipe", request->recipe, "Make a figure again: a file that Kinora exported, or the JSON of its recipe. Seeds, grid and length come from it; flags of figure and file change it");
    command->add_option("--look", request->look, "fixed: (x + 1) / 2; official: stretched over the whole call, as the authors' scripts do")->check(CLI::IsMember({"fixed", "official"}))->capture_default_str();
    command->add_option("--view", request->view, "A further output of the system instead of the clip (kinora systems SYSTEM lists them)");
    command->add_option("--weights", request->weights, "raw or averaged; averaged where the checkpoint holds an average")->check(CLI::IsMember({"raw", "averaged"}));
    command->add_option("--device", request->device, "auto, cpu, cuda or cuda:1")->capture_default_str();
    command->add_option("--plan", request->plan, "auto: the inference plan in fp32, or what the state or recipe was made with; fp32, bf16; off: the plain modules")->check(CLI::IsMember({"auto", "off", "fp32", "bf16"}));
#ifdef KINORA_WITH_IO
    request->flags.addTo(command);
#endif
    command->callback([request, command] {
#ifdef KINORA_WITH_IO
        if (!request->recipe.empty()) {
            refuseSettled(firstGiven(*command, {"--grid", "--appearance-seed", "--motion-seed", "--frames", "--look", "--state", "--key-poses"}));
            request->settledByComparison = firstGiven(*command, {"--condition", "--view", "--weights", "--plan"});
        }
#else
        (void)command;
#endif
        Interruption interruption;
        interruption.run([&] { generate(*request, interruption.token()); });
    });
}

}  // namespace kinora::app
