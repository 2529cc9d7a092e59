#include "core/export/comparison.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/clip/transform.h"
#include "core/export/recipe.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/text.h"
#include "kinora_version.h"

namespace kinora {
using nlohmann::json;
namespace {
constexpr int kVersion = 1;
constexpr int kMostSide = 512;
constexpr std::int64_t kMostFlickerFrames = 20000;  // as ComparisonView allows

const std::uint8_t* frameOf(const Frames& clip, int t) { return clip.frame(std::min(t, clip.count() - 1)); }

/// Both of one size. \p frames  of the longest clip of the figure
Frames blendedAlike(const Frames& own, const Frames& other, const ComparisonView& view, int frames)
{
    const bool flicker = view.show == "flicker";
    Frames out(flicker ? static_cast<int>(view.flickerFrames) : std::max(own.count(), other.count()), own.height(), own.width());
    std::uint8_t amplified[256];
    for (int value = 0; value < 256; ++value) amplified[value] = static_cast<std::uint8_t>(std::min(255.0, std::round(value * view.gain)));
    const int width = own.width(), line = static_cast<int>(std::lround(view.wipe * width));
    for (int t = 0; t < out.count(); ++t) {
        const int at = flicker ? t % frames : t;
        const std::uint8_t *one = frameOf(own, at), *two = frameOf(other, at);
        std::uint8_t* to = out.frame(t);
        if (view.show == "difference") {
            for (std::size_t i = 0; i < own.frameBytes(); ++i) to[i] = amplified[std::abs(one[i] - two[i])];
        } else if (flicker) {
            const bool second = std::int64_t(t) * 2 * view.flickerTurns / view.flickerFrames % 2 != 0;
            std::copy_n(second ? two : one, own.frameBytes(), to);
        } else {
            for (int y = 0; y < own.height(); ++y) {
                const std::size_t row = static_cast<std::size_t>(y) * width * 3, split = static_cast<std::size_t>(line) * 3;
                std::copy_n(one + row, split, to + row);
                std::copy_n(two + row + split, static_cast<std::size_t>(width) * 3 - split, to + row + split);
                if (line > 0 && line < width) std::fill_n(to + row + split, 3, std::uint8_t(255));
            }
        }
    }
    return out;
}

/// Repeated to so many frames.
Frames lengthened(const Frames& clip, int frames, int period)
{
    Frames out(frames, clip.height(), clip.width());
    for (int t = 0; t < frames; ++t) std::copy_n(frameOf(clip, t % period), clip.frameBytes(), out.frame(t));
    return out;
}

std::string labelOf(const ComparisonRecipe& recipe, std::size_t source)
{
    const std::string own = recipe.sources[source].label, other = recipe.sources[static_cast<std::size_t>(recipe.view.against)].label;
    if (recipe.view.show == "clips" || static_cast<std::int64_t>(source) == recipe.view.against) return own;
    if (recipe.view.show == "difference") return "|" + own + " − " + other + "| × " + formatNumber(recipe.view.gain);
    return own + (recipe.view.show == "wipe" ? " | " : " / ") + other;
}

json toJson(const ClipReference& clip) { return {{"clip", clip.number}, {"name", clip.name}, {"sha256", clip.hash}}; }

ClipReference clipFromJson(const json& from) { return {from.at("clip").get<std::int64_t>(), from.value("name", ""), from.value("sha256", "")}; }

template <class Options>
void takeOptions(Options& into, const json& from, const char* key)
{
    if (from.contains(key)) applyOptions(into, optionValuesFromJson(from.at(key)));
}
}  // namespace

void settle(ComparisonView& view, int frames, double frameRateHz)
{
    if (view.show != "flicker") return;
    frames = std::max(1, frames);
    // whole repeats of the clips and whole turns, so that it goes on where it ends; each of both stands half a second, as on screen
    if (view.flickerFrames == 0) view.flickerFrames = std::int64_t(frames) * std::max<std::int64_t>({1, static_cast<std::int64_t>(std::ceil(frameRateHz / frames)), (2 + frames - 1) / frames});
    if (view.flickerFrames > kMostFlickerFrames)
        throw Error(ErrorCode::Usage, "clips of " + std::to_string(frames) + " frames flicker for " + std::to_string(view.flickerFrames) + "; at most " + std::to_string(kMostFlickerFrames) + " can be: choose fewer, or shorter clips", "flicker_frames");
    if (view.flickerTurns == 0) view.flickerTurns = std::clamp<std::int64_t>(std::lround(static_cast<double>(view.flickerFrames) / frameRateHz), 1, std::max<std::int64_t>(1, view.flickerFrames / 2));
}

Frames fitted(const Frames& clip, int height, int width)
{
    if (clip.height() == height && clip.width() == width) return clip;
    const double factor = std::min(static_cast<double>(width) / clip.width(), static_cast<double>(height) / clip.height());
    const Frames inner = factor == 1 ? clip : factor == std::floor(factor) ? scaled(clip, factor) : resized(clip, std::clamp(static_cast<int>(std::lround(clip.height() * factor)), 1, height), std::clamp(static_cast<int>(std::lround(clip.width() * factor)), 1, width));
    if (inner.height() == height && inner.width() == width) return inner;
    Frames cell(inner.count(), height, width);
    const int top = (height - inner.height()) / 2, left = (width - inner.width()) / 2;
    for (int t = 0; t < inner.count(); ++t)
        for (int y = 0; y < inner.height(); ++y)
            std::copy_n(inner.frame(t) + static_cast<std::size_t>(y) * inner.width() * 3, inner.width() * 3, cell.frame(t) + (static_cast<std::size_t>(y + top) * width + left) * 3);
    return cell;
}

Frames blended(const Frames& own, const Frames& other, const ComparisonView& view)
{
    if (view.show == "clips") return own;
    const int height = std::max(own.height(), other.height()), width = std::max(own.width(), other.width());
    return blendedAlike(fitted(own, height, width), fitted(other, height, width), view, std::max(own.count(), other.count()));
}

FigureClips comparisonFigure(const ComparisonRecipe& recipe, const std::vector<std::vector<SharedClip>>& clips)
{
    int height = 0, width = 0, frames = 0;
    for (const auto& list : clips)
        for (const SharedClip& clip : list)
            if (clip) height = std::max(height, clip->height()), width = std::max(width, clip->width()), frames = std::max(frames, clip->count());
    if (frames == 0) throw Error(ErrorCode::Usage, "there is no clip to draw");
    const auto against = static_cast<std::size_t>(recipe.view.against);
    if (recipe.view.show != "clips" && against >= clips.size()) throw Error(ErrorCode::Usage, "there are " + std::to_string(clips.size()) + ", numbered from 0; there is no number " + std::to_string(against), "--against");
    ComparisonView view = recipe.view;
    settle(view, frames, recipe.encoder.frameRateHz);
    const auto samples = static_cast<std::size_t>(recipe.samples);
    std::vector<std::vector<Frames>> cells(clips.size());
    for (std::size_t source = 0; source < clips.size(); ++source)
        for (std::size_t i = 0; i < samples; ++i) {
            const SharedClip own = i < clips[source].size() ? clips[source][i] : nullptr;
            cells[source].push_back(own ? fitted(*own, height, width) : Frames(1, height, width));
        }
    FigureClips figure;
    const std::vector<std::vector<Frames>> plain = view.show == "clips" ? std::vector<std::vector<Frames>>() : cells;
    for (std::size_t source = 0; source < cells.size() && view.show != "clips"; ++source)
        for (std::size_t i = 0; i < samples; ++i) {
            const bool both = i < clips[source].size() && clips[source][i] && i < clips[against].size() && clips[against][i];
            if (source != against && both) cells[source][i] = blendedAlike(plain[source][i], plain[against][i], view, frames);
            else if (view.show == "flicker") cells[source][i] = lengthened(plain[source][i], static_cast<int>(view.flickerFrames), frames);
        }
    const std::size_t rows = recipe.across ? samples : cells.size(), columns = recipe.across ? cells.size() : samples;
    figure.rows = static_cast<int>(rows), figure.columns = static_cast<int>(columns);
    for (std::size_t row = 0; row < rows; ++row)
        for (std::size_t column = 0; column < columns; ++column) figure.clips.push_back(std::move(recipe.across ? cells[column][row] : cells[row][column]));
    std::vector<std::string> labels;
    for (std::size_t source = 0; source < recipe.sources.size(); ++source) labels.push_back(labelOf(recipe, source));
    figure.rowLabels = recipe.across ? recipe.sampleLabels : labels;
    figure.columnLabels = recipe.across ? labels : recipe.sampleLabels;
    return figure;
}

Frames comparedClip(const ClipSource& source, std::int64_t number, int frames)
{
    Frames clip = source.frames(number, {0, std::min(frames, source.info(number).frames), 1});
    if (const int side = std::max(clip.width(), clip.height()); side > kMostSide) clip = resized(clip, std::max(1, clip.height() * kMostSide / side), std::max(1, clip.width() * kMostSide / side));
    return clip;
}

std::int64_t findClip(const ClipSource& source, const ClipReference& clip)
{
    const std::int64_t size = source.size();
    if (clip.number >= 0 && clip.number < size && (clip.name.empty() || source.info(clip.number).name == clip.name)) return clip.number;
    for (std::int64_t i = 0; i < size && !clip.name.empty(); ++i)
        if (source.info(i).name == clip.name) return i;
    if (!clip.name.empty()) throw Error(ErrorCode::NotFound, "has no clip '" + clip.name + "', which the recipe names; it may be another file, or the clip was put aside", source.name());
    throw Error(ErrorCode::NotFound, "has clips 0 to " + std::to_string(size - 1) + "; the recipe names clip " + std::to_string(clip.number), source.name());
}

std::string hashOf(const Frames& clip) { return sha256({reinterpret_cast<const char*>(clip.bytes().data()), clip.bytes().size()}); }

std::string hashOf(const ControlValue& given)
{
    if (given.frames) return hashOf(*given.frames);
    return sha256({reinterpret_cast<const char*>(given.numbers.data()), given.numbers.size() * sizeof(float)});
}

json toJson(const ComparisonRecipe& recipe)
{
    json out = {{"kinora_recipe", kVersion}, {"kinora", KINORA_VERSION}, {"made_by", recipe.madeBy}, {"samples", recipe.samples}, {"across", recipe.across}, {"sample_labels", recipe.sampleLabels},
                {"view", toJson(optionValues(recipe.view))}, {"figure", toJson(optionValues(recipe.figure))}, {"encoder", toJson(optionValues(recipe.encoder))}};
    if (recipe.appearanceSeed) out["appearance_seed"] = *recipe.appearanceSeed;
    if (recipe.motionSeed) out["motion_seed"] = *recipe.motionSeed;
    // sources share codes: each is written once, and a source names it by number
    std::vector<ControlValue> seen;
    json values = json::array(), sources = json::array();
    for (const ComparedSource& source : recipe.sources) {
        json entry = {{"label", source.label}, {"frames", source.frames}};
        if (source.isDataset()) {
            entry["dataset"] = source.dataset;
            entry["clips"] = json::array();
            for (const ClipReference& clip : source.clips) entry["clips"].push_back(toJson(clip));
        } else {
            entry.update({{"checkpoint_sha256", source.checkpointHash}, {"checkpoint_file", source.checkpointFile}, {"system", source.system}, {"weights", source.weights}, {"plan", source.plan},
                          {"device", source.device}, {"step", source.step}, {"seeds", source.seeds}, {"codes", json::array()}});
            for (const ControlValues& codes : source.codes) {
                json numbers = json::object();
                for (const auto& [id, value] : codes) {
                    const auto found = std::ranges::find(seen, value);
                    numbers[id] = found - seen.begin();
                    if (found != seen.end()) continue;
                    seen.push_back(value);
                    values.push_back(toJson(value));
                    shortenFloats(values.back());
                }
                entry["codes"].push_back(std::move(numbers));
            }
            for (const auto& sample : source.given) {
                json list = json::array();
                for (const GivenReference& given : sample) {
                    list.push_back(toJson(given.clip));
                    list.back().update({{"control", given.control}, {"dataset", given.dataset}});
                }
                entry["given"].push_back(std::move(list));
            }
        }
        sources.push_back(std::move(entry));
    }
    out["values"] = std::move(values);
    out["sources"] = std::move(sources);
    return out;
}

bool isComparison(const json& recipe) { return recipe.is_object() && recipe.contains("sources"); }

ComparisonRecipe comparisonFromJson(const json& from, const std::string& subject)
{
    const auto damaged = [&](const std::string& what) { return Error(ErrorCode::Damaged, "is no recipe: " + what, subject); };
    ComparisonRecipe recipe;
    try {
        if (!isComparison(from)) throw damaged("'sources' is missing");
        if (from.value("kinora_recipe", kVersion) > kVersion)
            throw Error(ErrorCode::Incompatible, "is a recipe of version " + std::to_string(from.at("kinora_recipe").get<int>()) + "; this Kinora reads version " + std::to_string(kVersion) + ", use a newer one", subject);
        recipe.madeBy = from.value("made_by", "compare");
        recipe.samples = from.at("samples").get<int>();
        recipe.across = from.value("across", false);
        recipe.sampleLabels = from.value("sample_labels", std::vector<std::string>());
        if (from.contains("appearance_seed")) recipe.appearanceSeed = from.at("appearance_seed").get<std::uint64_t>();
        if (from.contains("motion_seed")) recipe.motionSeed = from.at("motion_seed").get<std::uint64_t>();
        takeOptions(recipe.view, from, "view");
        takeOptions(recipe.figure, from, "figure");
        takeOptions(recipe.encoder, from, "encoder");
        const json& sources = from.at("sources");
        if (!sources.is_array() || sources.empty() || sources.size() > kMostSources) throw damaged("1 to " + std::to_string(kMostSources) + " sources are compared");
        if (recipe.samples < 1 || recipe.samples > 64) throw damaged("'samples' is 1 to 64, not " + std::to_string(recipe.samples));
        if (recipe.view.against >= static_cast<std::int64_t>(sources.size())) throw damaged("'against' names source " + std::to_string(recipe.view.against) + "; there are " + std::to_string(sources.size()) + ", numbered from 0");
        const auto samples = static_cast<std::size_t>(recipe.samples);
        for (const json& entry : sources) {
            ComparedSource source;
            source.label = entry.value("label", "");
            source.frames = entry.at("frames").get<int>();
            if (source.frames < 1 || source.frames > 100000) throw damaged("'frames' is out of range");
            source.dataset = entry.value("dataset", "");
            if (!source.dataset.empty()) {
                for (const json& clip : entry.at("clips")) source.clips.push_back(clipFromJson(clip));
                if (source.clips.size() > samples) throw damaged("a dataset has more clips than there are samples");
                recipe.sources.push_back(std::move(source));
                continue;
            }
            source.checkpointHash = entry.at("checkpoint_sha256").get<std::string>();
            if (source.checkpointHash.empty()) throw damaged("a source names neither a checkpoint nor a dataset");
            source.checkpointFile = entry.value("checkpoint_file", "");
            source.system = entry.value("system", "");
            source.weights = entry.value("weights", "");
            source.plan = entry.value("plan", "auto");
            if (source.plan != "auto" && source.plan != "off" && source.plan != "fp32" && source.plan != "bf16") throw damaged("it names a plan '" + source.plan + "' that there is not");
            source.device = entry.value("device", "");
            source.step = entry.value("step", std::int64_t(0));
            source.seeds = entry.at("seeds").get<std::vector<std::uint64_t>>();
            for (const json& codes : entry.at("codes")) {
                ControlValues& values = source.codes.emplace_back();
                for (const auto& [id, number] : codes.items()) values[id] = controlValueFromJson(from.at("values").at(number.get<std::size_t>()));
            }
            for (const json& list : entry.value("given", json::array())) {
                auto& sample = source.given.emplace_back();
                for (const json& given : list) sample.push_back({given.at("control").get<std::string>(), given.at("dataset").get<std::string>(), clipFromJson(given)});
            }
            if (source.codes.size() != samples || source.seeds.size() != samples || !(source.given.empty() || source.given.size() == samples))
                throw damaged("a checkpoint has " + std::to_string(source.codes.size()) + " codes and " + std::to_string(source.seeds.size()) + " seeds for " + std::to_string(samples) + " samples");
            recipe.sources.push_back(std::move(source));
        }
    } catch (const json::exception& error) {
        throw damaged(error.what());
    } catch (const Error& error) {
        if (error.subject() == subject) throw;
        throw damaged(error.what());
    }
    return recipe;
}

}  // namespace kinora
