#include "widgets/controllers/sample_reader.h"

#include <algorithm>
#include <cstdlib>

using namespace kinora;

struct SampleReader::Result {
    SamplesPtr samples;  // nullptr: the file is as it was
    Stamp stamp;
};

std::size_t SampleClips::bytes() const
{
    std::size_t sum = 0;
    for (const auto& clip : clips) sum += clip ? clip->bytes().size() : 0;
    return sum;
}

SamplesPtr sampleDifference(const SampleClips& now, const SampleClips& before, SampleDifference mode)
{
    auto result = std::make_shared<SampleClips>();
    result->step = now.step;
    result->rows = now.rows;
    result->columns = now.columns;
    result->frameRateHz = now.frameRateHz;
    for (int row = 0; row < now.rows; ++row)
        for (int column = 0; column < now.columns; ++column) {
            const auto& a = now.clips.at(static_cast<std::size_t>(row * now.columns + column));
            const bool there = row < before.rows && column < before.columns;
            const auto b = there ? before.clips.at(static_cast<std::size_t>(row * before.columns + column)) : nullptr;
            if (!a || !b || a->count() != b->count() || a->height() != b->height() || a->width() != b->width()) {
                result->clips.push_back(mode == SampleDifference::None ? a : nullptr);
                continue;
            }
            Frames made(a->count(), a->height(), a->width());
            const auto from = a->bytes(), to = b->bytes();
            const auto out = made.bytes();
            for (std::size_t i = 0; i < out.size(); ++i) {
                const int difference = int(from[i]) - int(to[i]);
                int value = from[i];
                if (mode == SampleDifference::Signed) value = 128 + difference / 2;
                if (mode == SampleDifference::Absolute) value = std::abs(difference);
                if (mode == SampleDifference::Amplified) value = std::min(255, 4 * std::abs(difference));
                out[i] = static_cast<std::uint8_t>(value);
            }
            result->clips.push_back(std::make_shared<const Frames>(std::move(made)));
        }
    return result;
}

SampleReader::SampleReader(std::size_t cacheBytes, QObject* parent) : QObject(parent), m_budget(cacheBytes) {}

void SampleReader::setFiles(const QString& folder, const std::vector<SampleFile>& files)
{
    if (folder != m_folder) {
        m_jobs.cancel();
        m_reading = false;
        m_folder = folder;
        m_queue.clear();
        m_recent.clear();
        m_cache.clear();
        m_bytes = 0;
    }
    m_files.clear();
    for (const SampleFile& file : files) m_files[file.step] = file.path;
    std::vector<std::int64_t> gone;
    for (const auto& [step, entry] : m_cache)
        if (!m_files.contains(step)) gone.push_back(step);
    for (const std::int64_t step : gone) forget(step);
}

void SampleReader::want(const std::vector<std::int64_t>& steps, const std::vector<std::int64_t>& ahead)
{
    m_queue.clear();
    for (const std::int64_t step : steps) m_queue.push_back({step, false});
    for (const std::int64_t step : ahead)
        if (!m_cache.contains(step)) m_queue.push_back({step, true});
    next();
}

SamplesPtr SampleReader::find(std::int64_t step) const
{
    const auto entry = m_cache.find(step);
    if (entry == m_cache.end()) return nullptr;
    m_recent.splice(m_recent.begin(), m_recent, entry->second.place);
    return entry->second.samples;
}

void SampleReader::forget(std::int64_t step)
{
    const auto entry = m_cache.find(step);
    if (entry == m_cache.end()) return;
    m_bytes -= entry->second.samples->bytes();
    m_recent.erase(entry->second.place);
    m_cache.erase(entry);
}

void SampleReader::next()
{
    if (m_reading || m_queue.empty()) return;
    const Task task = m_queue.front();
    m_queue.pop_front();
    const auto file = m_files.find(task.step);
    if (file == m_files.end()) return next();
    const auto entry = m_cache.find(task.step);
    const Stamp known = entry == m_cache.end() ? Stamp{-1, 0} : entry->second.stamp;
    m_reading = true;
    m_jobs.run(
        [path = file->second, known](std::stop_token) {
            Result result;
            std::error_code code;
            const auto time = std::filesystem::last_write_time(path, code);
            if (!code) result.stamp.time = time.time_since_epoch().count();
            const auto size = std::filesystem::file_size(path, code);
            if (!code) result.stamp.size = size;
            if (result.stamp == known) return result;
            SampleMatrix matrix = RunReader::readSample(path);
            auto samples = std::make_shared<SampleClips>();
            samples->step = matrix.step;
            samples->rows = matrix.rows;
            samples->columns = matrix.columns;
            samples->frameRateHz = matrix.frameRateHz;
            for (Frames& clip : matrix.clips) samples->clips.push_back(std::make_shared<const Frames>(std::move(clip)));
            result.samples = samples;
            return result;
        },
        [this, task](const Outcome<Result>& outcome) {
            m_reading = false;
            if (!outcome) {
                forget(task.step);
                // the person may have asked for it meanwhile
                const bool wanted = !task.ahead || std::any_of(m_queue.begin(), m_queue.end(), [&](const Task& other) { return other.step == task.step && !other.ahead; });
                m_queue.remove_if([&](const Task& other) { return other.step == task.step; });
                if (wanted) Q_EMIT failed(task.step, outcome.error());
            } else if (outcome.value().samples && m_files.contains(task.step)) {
                forget(task.step);
                m_recent.push_front(task.step);
                const SamplesPtr samples = outcome.value().samples;
                m_cache[task.step] = {samples, outcome.value().stamp, m_recent.begin()};
                m_bytes += samples->bytes();
                // what is ahead must not drive out what is looked at: the newest stays, whatever its size
                while (m_bytes > m_budget && m_cache.size() > 1) forget(m_recent.back());
                Q_EMIT loaded(task.step);
            }
            next();
        });
}
