#include "app/engine/comparison.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "app/engine/commands.h"
#include "app/shared/command_line.h"
#include "core/clipfile/clip_file.h"
#include "core/export/recipe.h"
#include "core/system/checkpoint.h"
#include "core/training/sample_controls.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/log.h"
#include "core/util/text.h"
#include "models/catalogue.h"

namespace kinora::app {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

using OpenedDatasets = std::map<std::string, std::shared_ptr<const ClipSource>>;

bool isDatasetFile(const std::string& file) { return fs::path(file).extension() == ".h5"; }

void checkSame(const std::string& found, const ClipReference& wanted, const std::string& dataset)
{
    if (!wanted.hash.empty() && found != wanted.hash)
        throw Error(ErrorCode::Incompatible, "clip " + std::to_string(wanted.number) + (wanted.name.empty() ? "" : " ('" + wanted.name + "')") + " is not the one that the recipe was made with: its pixels differ", dataset);
}

/// The dataset that a recipe names: one of the files that were given, if one has its name, else where it was.
const ClipSource& datasetOf(const std::string& name, const std::vector<std::string>& files, OpenedDatasets& opened)
{
    std::shared_ptr<const ClipSource>& source = opened[name];
    if (source) return *source;
    std::string place = name;
    for (const std::string& file : files)
        if (isDatasetFile(file) && fs::path(file).filename() == fs::path(name).filename()) place = file;
    // clips that were put aside since still belong to the figure
    if (isDatasetFile(place) && fs::exists(place)) source = openClipFile(place);
    else source = openDataset(place);
    return *source;
}

std::vector<SharedClip> datasetClips(const ComparedSource& source, const std::vector<std::string>& files, OpenedDatasets& opened, std::stop_token stop)
{
    const ClipSource& dataset = datasetOf(source.dataset, files, opened);
    std::vector<SharedClip> clips;
    for (const ClipReference& wanted : source.clips) {
        if (stop.stop_requested()) throw Error(ErrorCode::Cancelled, "cancelled");
        clips.push_back(std::make_shared<const Frames>(comparedClip(dataset, findClip(dataset, wanted), source.frames)));
        checkSame(hashOf(*clips.back()), wanted, source.dataset);
    }
    return clips;
}

std::vector<ControlValues> completeCodes(const ComparedSource& source, const SystemDescription& description, const std::vector<std::string>& files, OpenedDatasets& opened)
{
    std::vector<ControlValues> codes = source.codes;
    for (std::size_t i = 0; i < source.given.size(); ++i)
        for (const GivenReference& given : source.given[i]) {
            const auto control = std::ranges::find(description.controls, given.control, &Control::id);
            if (control == description.controls.end()) throw Error(ErrorCode::Incompatible, "the system has no control '" + given.control + "', which the recipe gives pictures to", source.checkpointFile);
            const ClipSource& dataset = datasetOf(given.dataset, files, opened);
            ControlValues values;
            fillFromClip(description, dataset, findClip(dataset, given.clip), source.frames, control->role, values);
            checkSame(hashOf(values[given.control]), given.clip, given.dataset);
            codes[i][given.control] = std::move(values[given.control]);
        }
    return codes;
}
}  // namespace

void checkFigureTarget(const std::string& output, const std::vector<std::string>& further)
{
    const fs::path target = output, named = target.has_filename() ? target : target.parent_path();
    const fs::path folder = fs::absolute(named).parent_path();
    if (!fs::is_directory(folder)) throw Error(ErrorCode::NotFound, "the folder does not exist; create it first", folder.string());
    std::vector<std::string> known = exportFormats();
    known.insert(known.end(), further.begin(), further.end());
    known.push_back("frames");
    const std::string extension = target.has_filename() ? target.extension().string() : ".frames";
    if (extension == ".frames" && fs::exists(named)) throw Error(ErrorCode::CannotWrite, "exists already; name a folder that does not", output);
    if (extension != ".frames" && fs::is_directory(target)) throw Error(ErrorCode::Usage, "is a folder; name a file such as clip.gif", output);
    if (extension.empty() || std::ranges::find(known, extension.substr(1)) == known.end())
        throw Error(ErrorCode::Usage, "no format is known by this name; use ." + join(known, " ."), output);
}

std::vector<SharedClip> samplesOf(System& system, Generating& generating, const std::vector<ControlValues>& codes, const std::vector<std::uint64_t>& seeds, int frames, std::stop_token stop)
{
    std::vector<SharedClip> clips;
    for (std::size_t i = 0; i < codes.size(); ++i) {
        GenerationRequest one;
        one.clips = {codes[i]};
        one.frames = frames;
        one.seed = seeds[i];
        clips.push_back(std::make_shared<const Frames>(std::move(generateClips(system, one, stop, 1, &generating).front())));
    }
    return clips;
}

void repeatComparison(const RepeatedComparison& request, json original, std::stop_token stop)
{
    for (const char* key : {"output", "bytes", "checkpoints"}) original.erase(key);  // of --json and of a report
    ComparisonRecipe recipe = comparisonFromJson(original, request.recipeFile);
    const std::string extension = fs::path(request.output).extension().string();
    if (extension == ".html" || extension == ".json")
        throw Error(ErrorCode::Usage, "a report tells the speed of this machine, so it is not made from a recipe; name a picture such as again.gif, or compare the checkpoints anew", request.output);
    checkFigureTarget(request.output);
    const bool asItIs = !request.flags.given() && request.view.empty();
    request.flags.apply(recipe.figure, recipe.encoder);
    if (!request.view.empty()) {
        // turns of a flicker belong to the frames that they were found for
        if (!request.view.contains("flicker_frames") && !request.view.contains("flicker_turns")) recipe.view.flickerFrames = recipe.view.flickerTurns = 0;
        applyOptions(recipe.view, request.view);
    }
    // by content: neither names nor order of the files matter
    std::map<std::string, std::string> byHash;
    for (const std::string& file : request.files) {
        if (isDatasetFile(file)) {
            const bool named = std::ranges::any_of(recipe.sources, [&](const ComparedSource& source) {
                const auto same = [&](const std::string& dataset) { return fs::path(dataset).filename() == fs::path(file).filename(); };
                return same(source.dataset) || std::ranges::any_of(source.given, [&](const auto& sample) { return std::ranges::any_of(sample, [&](const GivenReference& given) { return same(given.dataset); }); });
            });
            if (!named) throw Error(ErrorCode::Usage, "the recipe names no dataset of this name", file);
            continue;
        }
        const std::string hash = sha256File(file);
        if (std::ranges::none_of(recipe.sources, [&](const ComparedSource& source) { return source.checkpointHash == hash; })) {
            std::vector<std::string> wanted;
            for (const ComparedSource& source : recipe.sources)
                if (!source.isDataset()) wanted.push_back("'" + source.checkpointFile + "' (SHA-256 " + source.checkpointHash + ")");
            throw Error(ErrorCode::Incompatible, wanted.empty() ? "the recipe compares datasets alone" : "is no checkpoint that the recipe was made with, which are " + join(wanted, ", "), file);
        }
        byHash[hash] = file;
    }
    for (const ComparedSource& source : recipe.sources)
        if (!source.isDataset() && !byHash.contains(source.checkpointHash))
            throw Error(ErrorCode::Usage, "also needs the checkpoint '" + source.checkpointFile + "' (SHA-256 " + source.checkpointHash + "); name every checkpoint of the comparison", request.recipeFile);

    OpenedDatasets opened;
    std::vector<std::vector<SharedClip>> clips;
    for (const ComparedSource& source : recipe.sources) {
        if (source.isDataset()) {
            clips.push_back(datasetClips(source, request.files, opened, stop));
            continue;
        }
        const std::unique_ptr<System> system = openCheckpoint(catalogue(), byHash.at(source.checkpointHash), chooseDevice(request.device), nullptr, weightChoiceFromName(source.weights));
        const std::string device = system->device().is_cuda() ? "cuda" : "cpu";
        if (!source.device.empty() && source.device != device) log::warning("the recipe was made on '" + source.device + "', this is '" + device + "': pixels may differ in the last bit");
        log::info("generating " + std::to_string(recipe.samples) + " clips with " + byHash.at(source.checkpointHash));
        Generating generating(*system, planChoiceFromName(source.plan), true);
        clips.push_back(samplesOf(*system, generating, completeCodes(source, system->describe(), request.files, opened), source.seeds, source.frames, stop));
    }
    int longest = 1;
    for (const auto& list : clips)
        for (const SharedClip& clip : list) longest = std::max(longest, clip->count());
    settle(recipe.view, longest, recipe.encoder.frameRateHz);
    json how;
    const auto comment = [&](const ExportOptions& options) {
        ComparisonRecipe taken = recipe;
        taken.encoder = options;
        how = asItIs ? original : toJson(taken);
        return how.dump(-1, ' ', false, json::error_handler_t::replace);
    };
    exportFigure(comparisonFigure(recipe, clips), recipe.figure, request.output, recipe.encoder, request.flags.limitBytes(), comment, {stop, {}});
    std::error_code ignored;
    const std::uintmax_t bytes = fs::is_regular_file(request.output, ignored) ? fs::file_size(request.output, ignored) : 0;
    if (cli::wantsJson()) {
        how["output"] = fs::absolute(request.output).string();
        if (bytes > 0) how["bytes"] = bytes;
        return cli::printJson(how);
    }
    cli::print("wrote " + request.output + ": a comparison of " + std::to_string(recipe.sources.size()) + ", " + std::to_string(recipe.samples) + " sample(s)" + (bytes > 0 ? ", " + std::to_string(bytes) + " bytes" : ""));
}

}  // namespace kinora::app
