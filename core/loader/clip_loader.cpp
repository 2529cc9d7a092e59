#include "core/loader/clip_loader.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <condition_variable>
#include <cstring>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <numeric>
#include <thread>
#include <variant>

#include "core/clip/transform.h"
#include "core/util/error.h"
#include "core/util/log.h"
#include "core/util/random.h"
#include "core/util/text.h"

namespace kinora {
namespace {

/// x / 255, then (x - 0.5) / 0.5, in float32 as the published loaders do it.
std::array<float, 256> unitValues()
{
    std::array<float, 256> table{};
    for (int i = 0; i < 256; ++i) table[i] = (static_cast<float>(i) / 255.0f - 0.5f) / 0.5f;
    return table;
}

/// Frame steps a clip of this length allows: those asked for that fit, or else the largest that does. Empty: the clip is too short.
/// Source: the published loader draws first from [0, n - count * step], so a step fits when count * step <= n.
std::vector<int> fittingSteps(const BatchNeeds& needs, int frames)
{
    std::vector<int> steps;
    if (frames < needs.frames) return steps;
    for (const int step : needs.frameSteps)
        if (step >= 1 && static_cast<int64_t>(needs.frames) * step <= frames) steps.push_back(step);
    if (steps.empty()) steps.push_back(std::max(1, frames / needs.frames));
    return steps;
}

template <class Column>
std::vector<std::string> namesOf(const std::vector<Column>& columns)
{
    std::vector<std::string> names;
    for (const Column& column : columns) names.push_back(column.name);
    return names;
}

template <class Column>
std::size_t columnOf(const std::vector<Column>& columns, const std::string& name, const char* what, const std::string& dataset)
{
    for (std::size_t i = 0; i < columns.size(); ++i)
        if (columns[i].name == name) return i;
    const std::vector<std::string> known = namesOf(columns);
    throw Error(ErrorCode::Incompatible,
                std::string("has no ") + what + " '" + name + "', which the system needs" + (known.empty() ? std::string(" (it has none)") : " (it has: " + join(known, ", ") + ")"), dataset);
}

struct UsableClip {
    int64_t index = 0;
    int frames = 0, height = 0, width = 0;
    std::vector<float> labels;  ///< In the order of needs.labels.
};

/// Everything about the dataset that batches depend on.
struct Selection {
    std::vector<UsableClip> clips;
    std::vector<std::size_t> labelColumns, streamColumns;
    int64_t tooShort = 0, unlabelled = 0, otherSplits = 0, slower = 0;
};

Selection select(const ClipSource& source, const BatchNeeds& needs)
{
    Selection selection;
    for (const std::string& name : needs.labels) selection.labelColumns.push_back(columnOf(source.labelColumns(), name, "label", source.name()));
    for (const std::string& name : needs.streams) selection.streamColumns.push_back(columnOf(source.streamColumns(), name, "stream", source.name()));
    const int64_t size = source.size();
    if (size < 1) throw Error(ErrorCode::Incompatible, "holds no clip", source.name());
    std::vector<std::pair<UsableClip, bool>> candidates;
    bool hasTrainSplit = false;
    int longest = 0;
    for (int64_t index = 0; index < size; ++index) {
        const ClipInfo info = source.info(index);
        longest = std::max(longest, info.frames);
        const bool train = info.split == "train";
        hasTrainSplit = hasTrainSplit || train;
        UsableClip clip{index, info.frames, info.height, info.width, {}};
        const std::vector<int> steps = fittingSteps(needs, info.frames);
        if (steps.empty()) {
            ++selection.tooShort;
            continue;
        }
        bool labelled = true;
        for (std::size_t i = 0; i < selection.labelColumns.size(); ++i) {
            const std::size_t column = selection.labelColumns[i];
            const float value = column < info.labels.size() ? info.labels[column] : std::nanf("");
            labelled = labelled && std::isfinite(value);
            const LabelColumn& facts = source.labelColumns()[column];
            if (labelled && facts.categorical() && (value < 0 || value != std::floor(value) || value >= static_cast<float>(facts.categories.size())))
                throw Error(ErrorCode::Damaged, "clip '" + info.name + "' has the value " + formatNumber(value) + " for the class label '" + facts.name + "', which has " +
                                                    std::to_string(facts.categories.size()) + " classes", source.name());
            clip.labels.push_back(value);
        }
        if (!labelled) {
            ++selection.unlabelled;
            continue;
        }
        if (std::find(needs.frameSteps.begin(), needs.frameSteps.end(), steps.front()) == needs.frameSteps.end()) ++selection.slower;
        candidates.emplace_back(std::move(clip), train);
    }
    for (auto& [clip, train] : candidates) {
        if (hasTrainSplit && !train) ++selection.otherSplits;
        else selection.clips.push_back(std::move(clip));
    }
    if (selection.clips.empty()) {
        if (selection.unlabelled > 0) throw Error(ErrorCode::Incompatible, "no clip of the needed length has values for the labels " + join(needs.labels, ", "), source.name());
        throw Error(ErrorCode::Incompatible, "no clip has the " + std::to_string(needs.frames) + " frames that the system needs (the longest has " + std::to_string(longest) + ")",
                    source.name());
    }
    return selection;
}

std::size_t elementBytes(const StreamColumn& column) { return column.type == "float32" ? 4 : 1; }

}  // namespace

void checkDataset(const ClipSource& source, const BatchNeeds& needs) { select(source, needs); }

struct ClipLoader::Private {
    std::shared_ptr<const ClipSource> source;
    BatchNeeds needs;
    Options options;
    Selection selection;
    int64_t perEpoch = 1;

    // batches are numbered through all epochs; threads take the next number, next() takes them in order
    std::mutex mutex;
    std::condition_variable_any changed;
    int64_t wanted = 0;  ///< Number of the batch that next() gives next.
    int64_t taken = 0;   ///< Number that the next free thread prepares.
    std::map<int64_t, std::variant<Batch, std::exception_ptr>> ready;
    std::vector<std::jthread> threads;

    // the order of the epoch that a thread last needed
    std::mutex orderMutex;
    std::map<int64_t, std::shared_ptr<const std::vector<int64_t>>> orders;

    uint64_t streamSeed(int64_t epoch) const { return Random(options.seed ^ 0x6b696e6f7261ULL, static_cast<uint64_t>(epoch)).bits(); }

    /// Places of clips in the selection, in the order of the epoch; as many as the epoch takes.
    std::shared_ptr<const std::vector<int64_t>> order(int64_t epoch)
    {
        const std::lock_guard guard(orderMutex);
        if (const auto known = orders.find(epoch); known != orders.end()) return known->second;
        Random random(streamSeed(epoch), 0);
        const int64_t size = static_cast<int64_t>(selection.clips.size());
        auto list = std::make_shared<std::vector<int64_t>>();
        while (static_cast<int64_t>(list->size()) < perEpoch * options.batchSize) {
            std::vector<int64_t> round(static_cast<std::size_t>(size));
            std::iota(round.begin(), round.end(), 0);
            for (int64_t i = size - 1; i > 0; --i) std::swap(round[i], round[random.below(i + 1)]);
            list->insert(list->end(), round.begin(), round.end());
        }
        list->resize(static_cast<std::size_t>(perEpoch * options.batchSize));
        if (orders.size() >= 3) orders.erase(orders.begin());
        orders[epoch] = list;
        return list;
    }

    Batch prepare(int64_t number)
    {
        const torch::NoGradGuard noGradient;
        static const std::array<float, 256> values = unitValues();
        const int64_t epoch = number / perEpoch, first = number % perEpoch * options.batchSize;
        const auto places = order(epoch);
        const int count = needs.frames, height = needs.height, width = needs.width;
        const int64_t n = options.batchSize, plane = static_cast<int64_t>(height) * width;

        Batch batch;
        batch.clips = torch::empty({n, 3, count, height, width}, torch::kFloat32);
        for (std::size_t i = 0; i < needs.labels.size(); ++i)
            batch.labels[needs.labels[i]] = torch::empty({n}, source->labelColumns()[selection.labelColumns[i]].categorical() ? torch::kInt64 : torch::kFloat32);
        std::vector<torch::Tensor> streams;
        for (const std::size_t column : selection.streamColumns) {
            const StreamColumn& facts = source->streamColumns()[column];
            const auto type = facts.type == "float32" ? torch::kFloat32 : torch::kUInt8;
            streams.push_back(facts.pixels ? torch::empty({n, facts.channels, count, height, width}, type) : torch::empty({n, facts.channels, count}, type));
        }

        for (int64_t k = 0; k < n; ++k) {
            const UsableClip& clip = selection.clips[(*places)[first + k]];
            // a number of its own for every place in the epoch: the same for any thread, also when a clip comes twice
            Random random(streamSeed(epoch), 1 + static_cast<uint64_t>(first + k));
            const std::vector<int> steps = fittingSteps(needs, clip.frames);
            const int step = steps[random.below(static_cast<int64_t>(steps.size()))];
            const int start = static_cast<int>(random.below(clip.frames - static_cast<int64_t>(count) * step + 1));
            const bool flip = random.below(2) == 1 && needs.horizontalFlip;
            const FrameWindow window{start, count, step};

            const Frames read = source->frames(clip.index, window);
            if (read.count() != count) throw Error(ErrorCode::Damaged, "clip " + std::to_string(clip.index) + " gave " + std::to_string(read.count()) + " frames instead of " + std::to_string(count), source->name());
            const Frames resized = read.height() == height && read.width() == width ? Frames() : kinora::resized(read, height, width);
            const Frames& frames = resized.empty() ? read : resized;
            float* out = batch.clips.data_ptr<float>() + k * 3 * count * plane;
            for (int t = 0; t < count; ++t) {
                const std::uint8_t* pixel = frames.frame(t);
                float* red = out + t * plane;
                float* green = red + count * plane;
                float* blue = green + count * plane;
                for (int y = 0; y < height; ++y)
                    for (int x = 0; x < width; ++x, pixel += 3) {
                        const int64_t at = static_cast<int64_t>(y) * width + (flip ? width - 1 - x : x);
                        red[at] = values[pixel[0]];
                        green[at] = values[pixel[1]];
                        blue[at] = values[pixel[2]];
                    }
            }
            for (std::size_t i = 0; i < needs.labels.size(); ++i) {
                torch::Tensor& label = batch.labels[needs.labels[i]];
                if (label.scalar_type() == torch::kInt64) label.data_ptr<int64_t>()[k] = static_cast<int64_t>(clip.labels[i]);
                else label.data_ptr<float>()[k] = clip.labels[i];
            }
            for (std::size_t i = 0; i < streams.size(); ++i) stream(clip, source->streamColumns()[selection.streamColumns[i]], window, flip, streams[i].select(0, k));
        }
        for (std::size_t i = 0; i < streams.size(); ++i) batch.streams[needs.streams[i]] = streams[i];
        return batch;
    }

    /// Copies a stream's bytes, (T, H, W, C) or (T, C), into (C, T, H, W) or (C, T). Maps of another size are resampled to the nearest pixel: they hold classes.
    void stream(const UsableClip& clip, const StreamColumn& column, const FrameWindow& window, bool flip, const torch::Tensor& out)
    {
        const std::vector<std::uint8_t> bytes = source->stream(clip.index, column.name, window);
        const std::size_t unit = elementBytes(column);
        const int64_t channels = column.channels, count = needs.frames;
        const int64_t sourceHeight = column.pixels ? clip.height : 1, sourceWidth = column.pixels ? clip.width : 1;
        const int64_t height = column.pixels ? needs.height : 1, width = column.pixels ? needs.width : 1;
        if (bytes.size() != static_cast<std::size_t>(count * sourceHeight * sourceWidth * channels) * unit)
            throw Error(ErrorCode::Damaged, "stream '" + column.name + "' of clip " + std::to_string(clip.index) + " has " + std::to_string(bytes.size()) + " bytes, which do not fit the clip",
                        source->name());
        auto* target = static_cast<std::uint8_t*>(out.data_ptr());
        for (int64_t c = 0; c < channels; ++c)
            for (int64_t t = 0; t < count; ++t)
                for (int64_t y = 0; y < height; ++y)
                    for (int64_t x = 0; x < width; ++x) {
                        const int64_t fromY = (2 * y + 1) * sourceHeight / (2 * height);
                        const int64_t seenX = flip && column.pixels ? width - 1 - x : x;
                        const int64_t fromX = (2 * seenX + 1) * sourceWidth / (2 * width);
                        std::memcpy(target, bytes.data() + (((t * sourceHeight + fromY) * sourceWidth + fromX) * channels + c) * static_cast<int64_t>(unit), unit);
                        target += unit;
                    }
    }

    void work(const std::stop_token& stop)
    {
        std::unique_lock guard(mutex);
        while (true) {
            // one batch a thread is prepared ahead of the one that is waited for
            if (!changed.wait(guard, stop, [&] { return taken <= wanted + options.threads; })) return;
            const int64_t number = taken++;
            guard.unlock();
            std::variant<Batch, std::exception_ptr> result;
            try {
                result = prepare(number);
            } catch (...) {
                result = std::current_exception();
            }
            guard.lock();
            ready.emplace(number, std::move(result));
            changed.notify_all();
        }
    }

    void start()
    {
        taken = wanted;
        for (int64_t i = 0; i < options.threads; ++i) threads.emplace_back([this](const std::stop_token& stop) { work(stop); });
    }
    void halt()
    {
        for (std::jthread& thread : threads) thread.request_stop();
        threads.clear();  // joins
        ready.clear();
    }
};

ClipLoader::ClipLoader(std::shared_ptr<const ClipSource> source, BatchNeeds needs, const Options& options) : d(std::make_unique<Private>())
{
    d->source = std::move(source);
    d->needs = std::move(needs);
    d->options = options;
    d->options.batchSize = std::max<int64_t>(1, options.batchSize);
    d->options.threads = std::max<int64_t>(1, options.threads);
    d->selection = select(*d->source, d->needs);
    const int64_t usable = usableClips();
    d->perEpoch = std::max<int64_t>(1, usable / d->options.batchSize);
    const std::string name = d->source->name();
    log::info(name + ": " + std::to_string(usable) + " clips to train on");
    if (d->selection.tooShort > 0) log::warning(name + ": " + std::to_string(d->selection.tooShort) + " clips are shorter than " + std::to_string(d->needs.frames) + " frames and are left out");
    if (d->selection.unlabelled > 0) log::warning(name + ": " + std::to_string(d->selection.unlabelled) + " clips lack a needed label and are left out");
    if (d->selection.otherSplits > 0) log::info(name + ": " + std::to_string(d->selection.otherSplits) + " clips belong to other splits than 'train' and are left out");
    if (d->selection.slower > 0)
        log::info(name + ": " + std::to_string(d->selection.slower) + " clips are too short for the frame steps asked for and are read with the largest that fits");
    if (usable < d->options.batchSize)
        log::warning(name + ": fewer clips (" + std::to_string(usable) + ") than a batch holds (" + std::to_string(d->options.batchSize) + "); clips are repeated to fill it");
}

ClipLoader::~ClipLoader() { d->halt(); }

Batch ClipLoader::next()
{
    std::unique_lock guard(d->mutex);
    if (d->threads.empty()) d->start();
    d->changed.wait(guard, [&] { return d->ready.contains(d->wanted); });
    const auto found = d->ready.find(d->wanted);
    if (const auto* failed = std::get_if<std::exception_ptr>(&found->second)) std::rethrow_exception(*failed);
    Batch batch = std::move(std::get<Batch>(found->second));
    d->ready.erase(found);
    ++d->wanted;
    d->changed.notify_all();
    return batch;
}

double ClipLoader::epoch() const { return static_cast<double>(d->wanted) / static_cast<double>(d->perEpoch); }
int64_t ClipLoader::batchesPerEpoch() const { return d->perEpoch; }
int64_t ClipLoader::usableClips() const { return static_cast<int64_t>(d->selection.clips.size()); }

nlohmann::json ClipLoader::state() const
{
    return {{"epoch", d->wanted / d->perEpoch},
            {"position", d->wanted % d->perEpoch},
            {"batches_per_epoch", d->perEpoch},
            {"clips", usableClips()},
            {"batch_size", d->options.batchSize},
            {"seed", d->options.seed}};
}

void ClipLoader::setState(const nlohmann::json& state)
{
    const auto number = [&](const char* key) {
        const auto found = state.is_object() ? state.find(key) : state.end();
        if (found == state.end() || !found->is_number_integer()) throw Error(ErrorCode::Damaged, std::string("the loader's state has no number '") + key + "'");
        return found->get<int64_t>();
    };
    const auto same = [&](const char* key, int64_t ours, const char* what) {
        const int64_t theirs = number(key);
        if (theirs != ours)
            throw Error(ErrorCode::Incompatible, std::string("the checkpoint was written with ") + std::to_string(theirs) + " " + what + ", now there are " + std::to_string(ours) +
                                                     "; a run goes on with the dataset and settings that it began with", d->source->name());
    };
    same("clips", usableClips(), "usable clips");
    same("batch_size", d->options.batchSize, "clips in a batch");
    const int64_t epoch = number("epoch"), position = number("position");
    if (epoch < 0 || position < 0 || position >= d->perEpoch || epoch > (int64_t(1) << 40)) throw Error(ErrorCode::Damaged, "the loader's state lies outside the dataset");
    d->halt();
    d->options.seed = static_cast<uint64_t>(number("seed"));
    d->orders.clear();
    d->wanted = epoch * d->perEpoch + position;
}

}  // namespace kinora
