#include "core/loader/clip_loader.h"

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <cstring>
#include <limits>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>
#include <thread>

#include "core/clip/transform.h"
#include "core/util/error.h"
#include "core/util/log.h"
#include "core/util/random.h"
#include "core/util/text.h"

namespace kinora {
namespace {

/// Frame steps a clip of this length allows: those asked for that fit, or else the largest that does. Empty: the clip is too short.
/// Source: the published loader draws first from [0, n - count * step], so a step fits when count * step <= n.
std::vector<int> fittingSteps(const BatchNeeds& needs, int frames)
{
    std::vector<int> steps;
    if (frames < needs.frames && !(needs.repeatLast && frames > 0)) return steps;
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
    throw Error(ErrorCode::NotFound,
                std::string("has no ") + what + " '" + name + "', which the system needs" + (known.empty() ? std::string(" (it has none)") : " (it has: " + join(known, ", ") + ")") + ": import it again with that " + what + ", or take another dataset", dataset);
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

/// The name of a built-in dataset like \p name, with clips of so many frames.
std::string withFrames(const std::string& name, const std::string& frames)
{
    const std::size_t query = name.find('?');
    std::vector<std::string> options;
    if (query != std::string::npos)
        for (const std::string& option : split(name.substr(query + 1), '&'))
            if (!option.starts_with("frames=")) options.push_back(option);
    options.push_back("frames=" + frames);
    return name.substr(0, query) + "?" + join(options, "&");
}

Selection select(const ClipSource& source, const BatchNeeds& needs)
{
    if (!(needs.cropLow > 0 && needs.cropLow <= needs.cropHigh && needs.cropHigh <= 1))
        throw Error(ErrorCode::Usage, "the part of a frame that is cut out must lie between 0 and 1, not between " + formatNumber(needs.cropLow) + " and " + formatNumber(needs.cropHigh));
    Selection selection;
    for (const std::string& name : needs.labels) selection.labelColumns.push_back(columnOf(source.labelColumns(), name, "label", source.name()));
    for (const std::string& name : needs.streams) selection.streamColumns.push_back(columnOf(source.streamColumns(), name, "stream", source.name()));
    for (const auto& [name, classes] : needs.classes) {
        const LabelColumn& facts = source.labelColumns()[columnOf(source.labelColumns(), name, "label", source.name())];
        if (facts.categories != classes)
            throw Error(ErrorCode::Incompatible, "label '" + name + "' has the classes " + join(facts.categories, ", ") + "; the networks are built for " + join(classes, ", "), source.name());
    }
    const int64_t size = source.size();
    if (size < 1) throw Error(ErrorCode::NotFound, "holds no clip", source.name());
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
        if (selection.unlabelled > 0) throw Error(ErrorCode::NotFound, "no clip of the needed length has values for the labels " + join(needs.labels, ", ") + ": import it again with them", source.name());
        const std::string frames = std::to_string(needs.frames);
        const std::string longer = source.name().starts_with("builtin:") ? "ask for longer ones, '" + withFrames(source.name(), frames) + "'" : "import longer clips";
        throw Error(ErrorCode::NotFound, "no clip has the " + frames + " frames that the system needs (the longest has " + std::to_string(longest) + "): " + longer + ", or set the system for shorter ones", source.name());
    }
    return selection;
}

std::size_t elementBytes(const StreamColumn& column) { return column.type == "float32" ? 4 : 1; }

/// Tensors of one kind, given again once nobody else holds them: fresh memory for every batch costs more than filling it.
class TensorPool {
public:
    torch::Tensor take(const std::vector<int64_t>& sizes, torch::ScalarType type)
    {
        for (const torch::Tensor& tensor : m_tensors)
            if (tensor.use_count() == 1 && tensor.storage().use_count() == 1) return tensor;
        torch::Tensor made = torch::empty(sizes, type);
        if (m_tensors.size() < kKept) m_tensors.push_back(made);
        else m_tensors[m_oldest++ % kKept] = made;  // somebody keeps them all
        return made;
    }

private:
    static constexpr std::size_t kKept = 8;
    std::vector<torch::Tensor> m_tensors;
    std::size_t m_oldest = 0;
};

/// How a clip goes into a batch, as drawn.
struct Draw {
    FrameWindow window;
    bool flip = false;
    PixelBox box;  ///< Empty: the whole frame.
};

/// What a thread keeps from clip to clip.
struct Scratch {
    Frames read, resized;
    Resizer resize;
};

bool unreadable(const Error& error) { return error.code() == ErrorCode::DecodeFailed || error.code() == ErrorCode::Damaged || error.code() == ErrorCode::CannotRead; }

}  // namespace

void checkDataset(const ClipSource& source, const BatchNeeds& needs) { select(source, needs); }

struct ClipLoader::Private {
    /// A batch in the making: threads take its clips one by one.
    struct Pending {
        int64_t epoch = 0, first = 0;  ///< First place in the epoch's order.
        std::shared_ptr<const std::vector<int64_t>> places;
        Batch batch;
        std::vector<torch::Tensor> streams;
        int64_t left = 0;  ///< Clips that are not finished.
        int64_t failedAt = std::numeric_limits<int64_t>::max();
        std::exception_ptr failed;
    };

    std::shared_ptr<const ClipSource> source;
    BatchNeeds needs;
    Options options;
    Selection selection;
    int64_t perEpoch = 1;

    // batches are numbered through all epochs; threads take the next clip of the newest batch, next() takes whole batches in order
    static constexpr int64_t kAhead = 2;  ///< Batches prepared beyond the one that is waited for.
    std::mutex mutex;
    std::condition_variable_any changed;
    int64_t wanted = 0;    ///< Number of the batch that next() gives next.
    int64_t begun = 0;     ///< Number of the batch that is begun next.
    int64_t nextClip = 0;  ///< Of the newest batch.
    std::shared_ptr<Pending> newest;
    std::map<int64_t, std::shared_ptr<Pending>> pending;
    TensorPool clipPool, imagePool;
    std::vector<TensorPool> streamPools;
    std::map<int64_t, std::shared_ptr<const std::vector<int64_t>>> orders;  ///< Of the epochs in use.
    std::vector<std::jthread> threads;

    mutable std::mutex unreadableMutex;
    std::set<int64_t> unreadableClips;

    uint64_t streamSeed(int64_t epoch) const { return Random(options.seed ^ 0x6b696e6f7261ULL, static_cast<uint64_t>(epoch)).bits(); }

    /// Places of clips in the selection, in the order of the epoch; as many as the epoch takes.
    std::shared_ptr<const std::vector<int64_t>> order(int64_t epoch)
    {
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

    void begin(Pending& job, int64_t number)
    {
        job.epoch = number / perEpoch;
        job.first = number % perEpoch * options.batchSize;
        job.places = order(job.epoch);
        const int64_t n = options.batchSize;
        job.batch.clips = clipPool.take({n, 3, needs.frames, needs.height, needs.width}, torch::kFloat32);
        if (needs.images) job.batch.images = imagePool.take({n, 3, needs.height, needs.width}, torch::kFloat32);
        for (std::size_t i = 0; i < needs.labels.size(); ++i)
            job.batch.labels[needs.labels[i]] = torch::empty({n}, source->labelColumns()[selection.labelColumns[i]].categorical() ? torch::kInt64 : torch::kFloat32);
        streamPools.resize(needs.streams.size());
        for (std::size_t i = 0; i < needs.streams.size(); ++i) {
            const StreamColumn& facts = source->streamColumns()[selection.streamColumns[i]];
            std::vector<int64_t> sizes{n, facts.channels, needs.frames};
            if (facts.pixels) sizes.insert(sizes.end(), {needs.height, needs.width});
            job.streams.push_back(streamPools[i].take(sizes, facts.type == "float32" ? torch::kFloat32 : torch::kUInt8));
            job.batch.streams[needs.streams[i]] = job.streams.back();
        }
        job.left = n;
    }

    Draw draw(const UsableClip& clip, Random& random) const
    {
        Draw out;
        const int64_t count = needs.frames;
        const std::vector<int> steps = fittingSteps(needs, clip.frames);
        const int step = steps[random.below(static_cast<int64_t>(steps.size()))];
        const int64_t last = std::max<int64_t>(0, clip.frames - count * step);
        int64_t start = random.below(last + 1);
        if (needs.start == BatchNeeds::Start::Beginning) start = 0;
        if (needs.start == BatchNeeds::Start::Middle) start = last / 2;
        out.window = {static_cast<int>(start), static_cast<int>(std::min<int64_t>(count, (clip.frames - start + step - 1) / step)), step};
        out.flip = random.below(2) == 1 && needs.horizontalFlip;
        if (needs.cropLow < 1) {
            const double part = random.uniform(needs.cropLow, needs.cropHigh);
            out.box.width = std::clamp(static_cast<int>(std::lround(part * clip.width)), 1, clip.width);
            out.box.height = std::clamp(static_cast<int>(std::lround(part * clip.height)), 1, clip.height);
            out.box.left = static_cast<int>(random.below(clip.width - out.box.width + 1));
            out.box.top = static_cast<int>(random.below(clip.height - out.box.height + 1));
        }
        return out;
    }

    /// Fills place \p k of a batch.
    void prepare(Pending& job, int64_t k, Scratch& scratch)
    {
        const UsableClip* clip = &selection.clips[(*job.places)[job.first + k]];
        // a number of its own for every place in the epoch: the same for any thread, also when a clip comes twice
        Random random(streamSeed(job.epoch), 1 + static_cast<uint64_t>(job.first + k));
        constexpr int kAttempts = 100;
        for (int attempt = 1;; ++attempt) {
            try {
                fill(job, k, *clip, draw(*clip, random), scratch);
                if (!needs.images) return;
                clip = &selection.clips[random.below(static_cast<int64_t>(selection.clips.size()))];
                fillImage(job, k, *clip, draw(*clip, random), static_cast<int>(random.below(clip->frames)), scratch);
                return;
            } catch (const Error& error) {
                if (!unreadable(error) || attempt == kAttempts) throw;
                remember(*clip, error);
            }
            clip = &selection.clips[random.below(static_cast<int64_t>(selection.clips.size()))];
        }
    }

    /// \throws Error if that was one unreadable clip too many
    void remember(const UsableClip& clip, const Error& error)
    {
        const int64_t usable = static_cast<int64_t>(selection.clips.size()), allowed = options.maxUnreadable < 0 ? std::max<int64_t>(1, usable / 100) : options.maxUnreadable;
        const std::lock_guard guard(unreadableMutex);
        const bool known = !unreadableClips.insert(clip.index).second;
        const int64_t count = static_cast<int64_t>(unreadableClips.size());
        if (known && count <= allowed) return;
        const std::string which = "clip '" + source->info(clip.index).name + "' cannot be read (" + error.detail() + ")";
        if (count > allowed)
            throw Error(error.code(), which + "; that makes " + std::to_string(count) + " of " + std::to_string(usable) + " clips, and at most " + std::to_string(allowed) +
                                          " are passed over. 'kinora datasets verify' finds them all", source->name());
        log::warning(source->name() + ": " + which + "; another clip takes its place (" + std::to_string(count) + " unreadable so far, at most " + std::to_string(allowed) + " are passed over)");
    }

    void fill(Pending& job, int64_t k, const UsableClip& clip, const Draw& draw, Scratch& scratch)
    {
        const int count = needs.frames, height = needs.height, width = needs.width;
        source->framesInto(clip.index, draw.window, scratch.read);
        const Frames& read = scratch.read;
        if (read.count() != draw.window.count || read.height() != clip.height || read.width() != clip.width)
            throw Error(ErrorCode::Damaged, "clip " + std::to_string(clip.index) + " gave " + std::to_string(read.count()) + " frames of " + std::to_string(read.width()) + "x" + std::to_string(read.height()) +
                                                " instead of " + std::to_string(draw.window.count) + " of " + std::to_string(clip.width) + "x" + std::to_string(clip.height), source->name());
        const bool asItIs = draw.box.empty() && read.height() == height && read.width() == width;
        if (!asItIs) scratch.resize(read, draw.box, height, width, scratch.resized);
        const std::ptrdiff_t plane = static_cast<std::ptrdiff_t>(height) * width, channel = plane * count;
        float* out = job.batch.clips.data_ptr<float>() + k * 3 * channel;
        toUnitPlanes(asItIs ? read : scratch.resized, draw.flip, out, channel);
        for (int c = 0; c < 3; ++c)
            for (int t = draw.window.count; t < count; ++t) std::copy_n(out + c * channel + (draw.window.count - 1) * plane, plane, out + c * channel + t * plane);
        for (std::size_t i = 0; i < needs.labels.size(); ++i) {
            const torch::Tensor& label = job.batch.labels.at(needs.labels[i]);
            if (label.scalar_type() == torch::kInt64) label.data_ptr<int64_t>()[k] = static_cast<int64_t>(clip.labels[i]);
            else label.data_ptr<float>()[k] = clip.labels[i];
        }
        for (std::size_t i = 0; i < job.streams.size(); ++i) {
            const torch::Tensor& stream = job.streams[i];
            const std::size_t bytes = static_cast<std::size_t>(stream.nbytes()) / static_cast<std::size_t>(options.batchSize);
            fillStream(clip, source->streamColumns()[selection.streamColumns[i]], draw, static_cast<std::uint8_t*>(stream.data_ptr()) + bytes * static_cast<std::size_t>(k));
        }
    }

    /// One frame of any clip, flipped and cut out as a clip would be.
    void fillImage(Pending& job, int64_t k, const UsableClip& clip, const Draw& draw, int frame, Scratch& scratch)
    {
        source->framesInto(clip.index, {frame, 1, 1}, scratch.read);
        if (scratch.read.count() != 1 || scratch.read.height() != clip.height || scratch.read.width() != clip.width)
            throw Error(ErrorCode::Damaged, "clip " + std::to_string(clip.index) + " gave no frame " + std::to_string(frame) + " of its size", source->name());
        const bool asItIs = draw.box.empty() && clip.height == needs.height && clip.width == needs.width;
        if (!asItIs) scratch.resize(scratch.read, draw.box, needs.height, needs.width, scratch.resized);
        const std::ptrdiff_t plane = static_cast<std::ptrdiff_t>(needs.height) * needs.width;
        toUnitPlanes(asItIs ? scratch.read : scratch.resized, draw.flip, job.batch.images.data_ptr<float>() + k * 3 * plane, plane);
    }

    /// Copies a stream's bytes, (T, H, W, C) or (T, C), into (C, T, H, W) or (C, T). Maps of another size are resampled to the nearest pixel: they hold classes.
    void fillStream(const UsableClip& clip, const StreamColumn& column, const Draw& draw, std::uint8_t* target)
    {
        const std::vector<std::uint8_t> bytes = source->stream(clip.index, column.name, draw.window);
        const std::size_t unit = elementBytes(column);
        const int64_t channels = column.channels, count = needs.frames, given = draw.window.count;
        const int64_t sourceHeight = column.pixels ? clip.height : 1, sourceWidth = column.pixels ? clip.width : 1;
        const int64_t height = column.pixels ? needs.height : 1, width = column.pixels ? needs.width : 1;
        if (bytes.size() != static_cast<std::size_t>(given * sourceHeight * sourceWidth * channels) * unit)
            throw Error(ErrorCode::Damaged, "stream '" + column.name + "' of clip " + std::to_string(clip.index) + " has " + std::to_string(bytes.size()) + " bytes, which do not fit the clip",
                        source->name());
        const PixelBox part = column.pixels && !draw.box.empty() ? draw.box : PixelBox{0, 0, static_cast<int>(sourceWidth), static_cast<int>(sourceHeight)};
        for (int64_t c = 0; c < channels; ++c)
            for (int64_t t = 0; t < count; ++t)
                for (int64_t y = 0; y < height; ++y)
                    for (int64_t x = 0; x < width; ++x) {
                        const int64_t fromT = std::min(t, given - 1), fromY = part.top + (2 * y + 1) * part.height / (2 * height);
                        const int64_t seenX = draw.flip && column.pixels ? width - 1 - x : x;
                        const int64_t fromX = part.left + (2 * seenX + 1) * part.width / (2 * width);
                        std::memcpy(target, bytes.data() + (((fromT * sourceHeight + fromY) * sourceWidth + fromX) * channels + c) * static_cast<int64_t>(unit), unit);
                        target += unit;
                    }
    }

    void work(const std::stop_token& stop)
    {
        const torch::NoGradGuard noGradient;
        Scratch scratch;
        std::unique_lock guard(mutex);
        while (true) {
            if (!changed.wait(guard, stop, [&] { return (newest && nextClip < options.batchSize) || begun <= wanted + kAhead; })) return;
            if (stop.stop_requested()) return;
            if (!newest || nextClip == options.batchSize) {
                newest = std::make_shared<Pending>();
                nextClip = 0;
                pending[begun] = newest;
                try {
                    begin(*newest, begun);
                } catch (...) {
                    newest->failed = std::current_exception();
                    newest->left = 0;
                    nextClip = options.batchSize;
                }
                ++begun;
                changed.notify_all();  // clips for all threads, or a failure
                continue;
            }
            const std::shared_ptr<Pending> job = newest;
            const int64_t k = nextClip++;
            guard.unlock();
            std::exception_ptr failed;
            try {
                prepare(*job, k, scratch);
            } catch (...) {
                failed = std::current_exception();
            }
            guard.lock();
            if (failed && k < job->failedAt) {
                job->failed = failed;
                job->failedAt = k;
            }
            if (--job->left == 0) changed.notify_all();
        }
    }

    void start()
    {
        begun = wanted;
        for (int64_t i = 0; i < options.threads; ++i) threads.emplace_back([this](const std::stop_token& stop) { work(stop); });
    }
    void halt()
    {
        for (std::jthread& thread : threads) thread.request_stop();
        threads.clear();  // joins
        pending.clear();
        newest.reset();
        nextClip = 0;
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
    const auto whole = [&] {
        const auto found = d->pending.find(d->wanted);
        return found != d->pending.end() && found->second->left == 0;
    };
    d->changed.wait(guard, whole);
    const auto found = d->pending.find(d->wanted);
    if (found->second->failed) std::rethrow_exception(found->second->failed);
    Batch batch = std::move(found->second->batch);
    if (d->newest == found->second) d->newest.reset();  // it refers to the streams
    d->pending.erase(found);
    ++d->wanted;
    d->changed.notify_all();
    return batch;
}

double ClipLoader::epoch() const { return static_cast<double>(d->wanted) / static_cast<double>(d->perEpoch); }
int64_t ClipLoader::batchesPerEpoch() const { return d->perEpoch; }
int64_t ClipLoader::unreadableClips() const
{
    const std::lock_guard guard(d->unreadableMutex);
    return static_cast<int64_t>(d->unreadableClips.size());
}
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
                                                     "; a run goes on with the dataset, the excluded clips and the settings that it began with", d->source->name());
    };
    // a fork on other clips, or with batches of another size: the epoch that was reached begins anew
    const bool restart = state.is_object() && state.value("restart", nlohmann::json()) == true;
    if (!restart) {
        same("clips", usableClips(), "usable clips");
        same("batch_size", d->options.batchSize, "clips in a batch");
    }
    const int64_t epoch = number("epoch"), position = restart ? 0 : number("position");
    if (epoch < 0 || position < 0 || position >= d->perEpoch || epoch > (int64_t(1) << 40)) throw Error(ErrorCode::Damaged, "the loader's state lies outside the dataset");
    d->halt();
    d->options.seed = static_cast<uint64_t>(number("seed"));
    d->orders.clear();
    d->wanted = epoch * d->perEpoch + position;
}

}  // namespace kinora
