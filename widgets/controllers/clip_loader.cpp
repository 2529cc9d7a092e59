#include "widgets/controllers/clip_loader.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <mutex>
#include <unordered_set>

#include "core/clip/transform.h"
#include "core/util/outcome.h"

using namespace kinora;

/// What the reading threads and the owner share.
struct ClipLoader::Shared {
    std::mutex mutex;
    std::uint64_t generation = 0;
    std::shared_ptr<const ClipSource> source;
    ClipBudget budget;
    std::deque<std::int64_t> wanted;
    std::unordered_set<std::int64_t> underWay;
    int threads = 0;
};

LoadedClip loadClip(const ClipSource& source, std::int64_t index, const ClipBudget& budget)
{
    const ClipInfo info = source.info(index);
    LoadedClip clip;
    const auto size = [&](int side) {
        const int longest = std::max(info.width, info.height);
        if (side <= 0 || longest <= side) return std::pair(info.height, info.width);
        const double scale = static_cast<double>(side) / longest;
        return std::pair(std::max(1, static_cast<int>(std::lround(info.height * scale))), std::max(1, static_cast<int>(std::lround(info.width * scale))));
    };
    const auto [height, width] = size(budget.side);
    const std::size_t frameBytes = std::size_t(3) * height * width;
    const std::size_t fitting = std::max<std::size_t>(1, budget.clipBytes / std::max<std::size_t>(1, frameBytes));
    std::size_t limit = fitting;
    if (budget.frames > 0) limit = std::min(limit, static_cast<std::size_t>(budget.frames));
    const auto available = static_cast<std::size_t>(std::max(1, info.frames));
    clip.step = static_cast<int>((available + limit - 1) / limit);
    clip.frameRateHz = info.frameRateHz / clip.step;
    const int count = static_cast<int>((available + clip.step - 1) / clip.step);

    const std::size_t nativeBytes = std::size_t(3) * info.height * info.width * count;
    if (nativeBytes <= (std::size_t(64) << 20) || (height == info.height && width == info.width)) {
        Frames frames = source.frames(index, {0, count, clip.step});
        if (frames.height() != height || frames.width() != width) frames = resized(frames, height, width);
        clip.frames = std::make_shared<const Frames>(std::move(frames));
        return clip;
    }
    // large pictures: a few at a time, so that a thumbnail does not need the memory of the whole clip
    Frames small(count, height, width);
    const int batch = std::max<int>(1, static_cast<int>((std::size_t(64) << 20) / (std::size_t(3) * info.height * info.width)));
    for (int first = 0; first < count; first += batch) {
        const int part = std::min(batch, count - first);
        const Frames scaled = resized(source.frames(index, {first * clip.step, part, clip.step}), height, width);
        std::copy(scaled.bytes().begin(), scaled.bytes().end(), small.frame(first));
    }
    clip.frames = std::make_shared<const Frames>(std::move(small));
    return clip;
}

ClipLoader::ClipLoader(const ClipBudget& budget, QObject* parent) : QObject(parent), m_budget(budget), m_shared(std::make_shared<Shared>())
{
    m_pool.setMaxThreadCount(2);  // HDF5 has one global lock: more do not read faster
    m_shared->budget = budget;
}

ClipLoader::~ClipLoader()
{
    {
        const std::lock_guard lock(m_shared->mutex);
        m_shared->wanted.clear();
        ++m_shared->generation;
    }
    m_pool.waitForDone();
}

void ClipLoader::forget()
{
    m_cache.clear();
    m_recent.clear();
    m_bytes = 0;
    const std::lock_guard lock(m_shared->mutex);
    m_generation = ++m_shared->generation;
    m_shared->source = m_source;
    m_shared->budget = m_budget;
    m_shared->wanted.clear();
    m_shared->underWay.clear();
}

void ClipLoader::setSource(std::shared_ptr<const ClipSource> source)
{
    m_source = std::move(source);
    forget();
}

void ClipLoader::setSide(int side)
{
    if (m_budget.side == side) return;
    m_budget.side = side;
    forget();
}

const LoadedClip* ClipLoader::find(std::int64_t index) const
{
    const auto found = m_cache.find(index);
    if (found == m_cache.end()) return nullptr;
    m_recent.splice(m_recent.begin(), m_recent, found->second.place);
    return &found->second.clip;
}

void ClipLoader::want(const std::vector<std::int64_t>& indices)
{
    if (!m_source) return;
    const std::lock_guard lock(m_shared->mutex);
    m_shared->wanted.clear();
    for (const std::int64_t index : indices)
        if (!m_cache.contains(index) && !m_shared->underWay.contains(index)) m_shared->wanted.push_back(index);
    const int missing = std::min<int>(m_pool.maxThreadCount(), static_cast<int>(m_shared->wanted.size())) - m_shared->threads;
    for (int i = 0; i < missing; ++i) {
        ++m_shared->threads;
        m_pool.start([this, shared = m_shared] {
            std::unique_lock lock(shared->mutex);
            while (!shared->wanted.empty()) {
                const std::int64_t index = shared->wanted.front();
                shared->wanted.pop_front();
                shared->underWay.insert(index);
                const std::uint64_t generation = shared->generation;
                const auto source = shared->source;
                const ClipBudget budget = shared->budget;
                lock.unlock();
                const Outcome<LoadedClip> outcome = attempt([&] { return loadClip(*source, index, budget); });
                LoadedClip clip;
                if (outcome)
                    clip = outcome.value();
                else
                    clip.problem = QString::fromUtf8(outcome.error().what());
                // the destructor waits for this thread, and pending calls die with their receiver
                QMetaObject::invokeMethod(this, [this, generation, index, clip] { deliver(generation, index, clip); }, Qt::QueuedConnection);
                lock.lock();
            }
            --shared->threads;
        });
    }
}

void ClipLoader::deliver(std::uint64_t generation, std::int64_t index, const LoadedClip& clip)
{
    if (generation != m_generation) return;
    {
        const std::lock_guard lock(m_shared->mutex);
        m_shared->underWay.erase(index);
    }
    m_recent.push_front(index);
    m_cache.emplace(index, Entry{clip, m_recent.begin()});
    if (clip.frames) m_bytes += clip.frames->bytes().size();
    while (m_bytes > m_budget.cacheBytes && m_recent.size() > 1) {
        const auto oldest = m_cache.find(m_recent.back());
        if (oldest->second.clip.frames) m_bytes -= oldest->second.clip.frames->bytes().size();
        m_cache.erase(oldest);
        m_recent.pop_back();
    }
    Q_EMIT loaded(index);
}
