#include "datasets/import/import_job.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/outcome.h"
#include "core/util/text.h"
#include "datasets/import/shards.h"
#include "datasets/synthetic/synthetic.h"
#include "kinora_version.h"

namespace kinora {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {
using Clock = std::chrono::steady_clock;

std::string dumped(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

/// "; it looks like 'ucf101'" for a source in which \p kind found nothing. Generic kinds are named only where no other fits.
std::string otherKind(const std::string& source, const std::string& kind)
{
    std::vector<std::string> special, generic;
    for (const DatasetAdapter& adapter : datasetAdapters()) {
        if (adapter.description.id == kind) continue;
        const Outcome<bool> fits = attempt([&] { return adapter.detects(source); });
        if (fits && fits.value()) (adapter.generic ? generic : special).push_back("'" + adapter.description.id + "'");
    }
    const std::vector<std::string>& found = special.empty() ? generic : special;
    return found.empty() ? std::string() : "; it looks like " + join(found, " or ");
}

struct Source {
    const DatasetAdapter* adapter = nullptr;
    std::unique_ptr<DatasetScan> scan;
    OptionValues options;  // all of the kind
    std::string name;      // absolute, or "builtin:..."
};

Source openSource(const ImportJob& job)
{
    Source source;
    source.adapter = job.kind == "auto" ? &detectDataset(job.source) : &datasetAdapter(job.kind);
    const std::string& id = source.adapter->description.id;
    for (const OptionField& field : source.adapter->description.options) source.options[field.key] = field.fallback;
    for (const auto& [key, value] : job.options) source.options[key] = checkedOption(findOption(source.adapter->description.options, key), value);
    source.name = isSynthetic(job.source) ? job.source : fs::weakly_canonical(job.source).string();
    std::error_code ignored;
    if (!isSynthetic(job.source) && !fs::exists(job.source, ignored)) throw Error(ErrorCode::NotFound, "no such file or folder", job.source);
    try {
        source.scan = source.adapter->open(job.source, source.options);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::NotFound && error.code() != ErrorCode::Damaged) throw;
        throw Error(error.code(), error.detail() + otherKind(job.source, id), error.subject());
    }
    if (source.scan->size() == 0 && source.scan->skipped().empty())
        throw Error(ErrorCode::NotFound, "holds nothing of the kind '" + id + "'" + otherKind(job.source, id), job.source);
    return source;
}

/// What must be the same for shards to be gone on with.
json jobDescription(const Source& source)
{
    std::string listing, stamps;
    for (const LabelColumn& column : source.scan->labelColumns()) listing += column.name + '\0' + column.role + '\0' + join(column.categories, "\1") + '\n';
    for (const StreamColumn& column : source.scan->streamColumns()) listing += column.name + '\0' + column.type + ' ' + std::to_string(column.channels) + (column.pixels ? " pixels\n" : "\n");
    for (std::int64_t i = 0; i < source.scan->size(); ++i) {
        const ClipInfo info = source.scan->expected(i);
        listing += source.scan->file(i) + '\0' + info.split + '\0' + info.group + '\0';
        for (const float label : info.labels) listing += (std::isnan(label) ? std::string("?") : formatNumber(static_cast<double>(label))) + ' ';
        listing += '\n';
        stamps += source.scan->stamp(i) + '\0';
    }
    return {{"kind", source.adapter->description.id}, {"source", source.name}, {"options", toJson(source.options)}, {"version", KINORA_VERSION}, {"items", source.scan->size()},
            {"listing", sha256(listing)}, {"files", sha256(stamps)}};
}

/// Why the work of an interrupted attempt is not gone on with, in words.
std::string anewNote(const std::vector<std::string>& changed)
{
    std::string what;
    for (const auto& [key, words] : std::vector<std::pair<std::string, std::string>>{{"kind", "the kind"}, {"source", "the source"}, {"options", "the options"}, {"version", "Kinora's version"}})
        if (std::ranges::find(changed, key) != changed.end()) what += (what.empty() ? "" : ", ") + words;
    if (what.empty()) what = "the source's files";
    return what + " changed since an import to this file was interrupted: it began anew";
}

/// Decodes items on several threads and hands them out in order.
class Decoder {
public:
    Decoder(const DatasetScan& scan, const ImportJob& job, std::int64_t first) : m_scan(scan), m_job(job), m_head(first), m_next(first), m_total(scan.size())
    {
        for (std::int64_t i = first; i < m_total; ++i)
            if (!job.suspects.empty() && job.suspects.contains(scan.file(i))) m_suspects.push_back(i);
        const int threads = job.threads > 0 ? job.threads : static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1U, 64U));
        m_ahead = 64 + 4 * static_cast<std::int64_t>(threads);
        for (int i = 0; i < threads; ++i) m_threads.emplace_back([this] { work(); });
    }
    ~Decoder() { end(); }

    /// The next item in order, or nothing if it is not finished within a tenth of a second.
    std::optional<FinishedItem> take()
    {
        std::unique_lock lock(m_mutex);
        m_finished.wait_for(lock, std::chrono::milliseconds(100), [&] { return m_ready.contains(m_head); });
        return pop();
    }
    /// No further item is begun; waits for those under way. The items that are finished can still be taken.
    void end()
    {
        {
            const std::lock_guard lock(m_mutex);
            m_ended = true;
        }
        m_free.notify_all();
        m_threads.clear();
    }
    std::optional<FinishedItem> takeFinished()
    {
        const std::lock_guard lock(m_mutex);
        return pop();
    }

private:
    std::optional<FinishedItem> pop()
    {
        const auto found = m_ready.find(m_head);
        if (found == m_ready.end()) return std::nullopt;
        FinishedItem item = std::move(found->second);
        m_ready.erase(found);
        m_waiting -= item.bytes();
        ++m_head;
        m_free.notify_all();
        return item;
    }

    /// The item that may be begun now. Call it under the lock.
    std::optional<std::int64_t> choose()
    {
        if (!m_suspects.empty() || m_aloneAtWork) {
            if (m_suspects.empty() || m_aloneAtWork) return std::nullopt;
            m_aloneAtWork = true;
            const std::int64_t index = m_suspects.front();
            m_suspects.pop_front();
            m_early.insert(index);
            return index;
        }
        while (m_next < m_total && m_early.contains(m_next)) ++m_next;
        // one slow item does not stop the others, but neither may they pile up behind it
        if (m_next >= m_total || (m_next > m_head && (m_next - m_head >= m_ahead || m_waiting >= m_job.waitingBytes))) return std::nullopt;
        return m_next++;
    }

    void work()
    {
        for (;;) {
            std::int64_t index = 0;
            {
                std::unique_lock lock(m_mutex);
                std::optional<std::int64_t> chosen;
                m_free.wait(lock, [&] { return m_ended || (chosen = choose()).has_value(); });
                if (m_ended) return;
                index = *chosen;
            }
            FinishedItem item = load(index);
            {
                const std::lock_guard lock(m_mutex);
                m_waiting += item.bytes();
                m_ready.emplace(index, std::move(item));
                if (m_early.contains(index)) m_aloneAtWork = false;
            }
            m_finished.notify_all();
            m_free.notify_all();
        }
    }

    FinishedItem load(std::int64_t index) const
    {
        FinishedItem item;
        const std::string file = m_scan.file(index);
        if (const auto crashed = m_job.crashed.find(file); crashed != m_job.crashed.end()) {
            item.skipped = crashed->second;
            return item;
        }
        if (m_job.starting) m_job.starting(file);
        Outcome<FinishedItem> outcome = attempt([&] {
            FinishedItem loaded;
            loaded.clips = m_scan.load(index, loaded.warnings);
            if (loaded.clips.empty()) loaded.skipped = "gives no clip";
            return loaded;
        });
        if (m_job.finished) m_job.finished(file);
        if (outcome) return std::move(outcome.value());
        item.skipped = outcome.error().detail();
        return item;
    }

    const DatasetScan& m_scan;
    const ImportJob& m_job;
    std::mutex m_mutex;
    std::condition_variable m_free, m_finished;
    std::int64_t m_head, m_next, m_total, m_ahead = 0;  // head: the next to be taken
    std::deque<std::int64_t> m_suspects;
    std::set<std::int64_t> m_early;  // suspects that were begun before their turn
    bool m_aloneAtWork = false, m_ended = false;
    std::map<std::int64_t, FinishedItem> m_ready;
    std::uint64_t m_waiting = 0;  // bytes of the finished
    std::vector<std::jthread> m_threads;
};

/// Counts what the report says of clips.
class Counts {
public:
    Counts(ImportReport& report, const std::vector<LabelColumn>& columns) : m_report(report), m_columns(columns) {}
    void add(const ClipInfo& info)
    {
        ++m_report.splits[info.split];
        if (info.width > 0) ++m_report.sizes[std::to_string(info.width) + "x" + std::to_string(info.height)];
        if (!info.group.empty() && m_groups.insert(info.group).second) ++m_report.groups;
        for (std::size_t i = 0; i < m_columns.size() && i < info.labels.size(); ++i) {
            if (!m_columns[i].categorical()) continue;
            const float value = info.labels[i];
            const bool known = !std::isnan(value) && value >= 0 && value < static_cast<float>(m_columns[i].categories.size());
            ++m_report.classes[m_columns[i].name][known ? m_columns[i].categories[static_cast<std::size_t>(value)] : "(not known)"];
        }
    }

private:
    ImportReport& m_report;
    const std::vector<LabelColumn>& m_columns;
    std::set<std::string> m_groups;
};

std::string nothingText(const ImportReport& report, const std::string& source)
{
    if (report.skipped.empty()) return "holds no clips";
    return "holds no clip that can be imported; the first of " + std::to_string(report.skipped.size()) + " skipped files: " + report.skipped.front().file + ": " + report.skipped.front().reason +
           otherKind(source, report.kind);
}

/// Every item's header on several threads.
void outline(const DatasetScan& scan, const ImportJob& job, ImportReport& report)
{
    const std::int64_t total = scan.size();
    struct One {
        std::optional<ItemOutline> outline;
        std::string reason;
    };
    std::vector<One> all(static_cast<std::size_t>(total));
    std::atomic<std::int64_t> next{0}, done{0};
    std::atomic<bool> ended{false};
    {
        std::vector<std::jthread> threads;
        const int count = job.threads > 0 ? job.threads : static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1U, 64U));
        for (int i = 0; i < count; ++i)
            threads.emplace_back([&] {
                for (std::int64_t at = next++; at < total && !ended; at = next++, ++done) {
                    One& one = all[static_cast<std::size_t>(at)];
                    const std::string file = scan.file(at);
                    if (const auto crashed = job.crashed.find(file); crashed != job.crashed.end()) {
                        one.reason = crashed->second;
                        continue;
                    }
                    if (job.starting) job.starting(file);
                    Outcome<ItemOutline> outcome = attempt([&] { return scan.outline(at); });
                    if (job.finished) job.finished(file);
                    if (outcome) one.outline = outcome.value();
                    else one.reason = outcome.error().detail();
                }
            });
        while (done < total && !job.stop.stop_requested()) {
            if (job.progress) job.progress({.phase = "listing", .done = done, .total = total});
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        ended = job.stop.stop_requested();
    }
    if (ended) throw Error(ErrorCode::Cancelled, "the dry run was interrupted", job.source);
    Counts counts(report, scan.labelColumns());
    for (std::int64_t i = 0; i < total; ++i) {
        const One& one = all[static_cast<std::size_t>(i)];
        if (!one.outline) {
            report.skipped.push_back({scan.file(i), one.reason});
            continue;
        }
        ClipInfo info = scan.expected(i);
        info.width = one.outline->width;
        info.height = one.outline->height;
        counts.add(info);
        if (!one.outline->format.empty()) ++report.formats[one.outline->format];
        report.frames += one.outline->frames;
        if (report.examples.size() < 5) report.examples.push_back(scan.file(i));
        ++report.clips;
    }
    if (job.progress) job.progress({.phase = "listing", .done = total, .total = total, .clips = report.clips, .frames = report.frames, .skipped = static_cast<std::int64_t>(report.skipped.size())});
    report.warnings = scan.warnings();
}

/// Decodes what the shards do not hold yet. \throws Error (Cancelled, DiskFull, CannotWrite)
void fillShards(const DatasetScan& scan, const ImportJob& job, ShardFolder& shards)
{
    const std::int64_t first = shards.items(), total = scan.size(), listed = static_cast<std::int64_t>(scan.skipped().size());
    const auto since = Clock::now();
    std::string last;
    const auto tell = [&] {
        if (!job.progress) return;
        const std::int64_t done = shards.items(), fresh = done - first;
        const double seconds = std::chrono::duration<double>(Clock::now() - since).count();
        const double left = fresh > 0 && seconds > 1 ? seconds / static_cast<double>(fresh) * static_cast<double>(total - done) : -1;
        job.progress({"importing", done, total, shards.clips(), shards.frames(), listed + static_cast<std::int64_t>(shards.skipped().size()), left, last});
    };
    Decoder decoder(scan, job, first);
    const auto store = [&](FinishedItem&& item) {
        last = scan.file(shards.items());
        shards.add(last, std::move(item));
        if (shards.openItems() >= job.shards.items || shards.openBytes() >= job.shards.bytes || shards.openSeconds() >= job.shards.seconds) shards.close();
    };
    while (shards.items() < total) {
        if (std::optional<FinishedItem> item = decoder.take()) store(std::move(*item));
        tell();
        if (!job.stop.stop_requested()) continue;
        decoder.end();
        while (std::optional<FinishedItem> item = decoder.takeFinished()) store(std::move(*item));
        shards.close();
        throw Error(ErrorCode::Cancelled, "the import was interrupted; " + std::to_string(shards.items()) + " of " + std::to_string(total) +
                                              " items are done and kept, the same command goes on with the rest (with --discard it throws them away)", job.target.string());
    }
    shards.close();
}
}  // namespace

json toJson(const ImportReport& report)
{
    json skipped = json::array();
    for (const SkippedFile& file : report.skipped) skipped.push_back({{"file", file.file}, {"reason", file.reason}});
    json document{{"kind", report.kind}, {"dry_run", report.dryRun}, {"items", report.items}, {"clips", report.clips}, {"frames", report.frames}, {"excluded", report.excluded}, {"skipped", skipped},
                  {"notes", report.notes}, {"warnings", report.warnings}, {"splits", report.splits}, {"groups", report.groups}, {"classes", report.classes}, {"sizes", report.sizes}};
    if (report.dryRun) {
        document["formats"] = report.formats;
        document["examples"] = report.examples;
    } else {
        document["resumed"] = report.resumed;
    }
    return document;
}

ImportReport importDataset(const ImportJob& job)
{
    std::error_code ignored;
    const bool writes = !job.dryRun;
    if (writes && job.target.empty()) throw Error(ErrorCode::Usage, "an import needs a file to write", job.source);
    if (writes && fs::is_directory(job.target, ignored)) throw Error(ErrorCode::CannotWrite, "is a folder; name a file", job.target.string());
    if (writes && !isSynthetic(job.source) && fs::equivalent(job.source, job.target, ignored)) throw Error(ErrorCode::Usage, "the source cannot be its own target", job.target.string());
    if (job.progress) job.progress({.phase = "listing"});
    const Source source = openSource(job);
    const DatasetScan& scan = *source.scan;
    ImportReport report;
    report.kind = source.adapter->description.id;
    report.dryRun = job.dryRun;
    report.items = scan.size() + static_cast<std::int64_t>(scan.skipped().size());
    report.skipped = scan.skipped();
    report.notes = scan.notes();
    report.excluded = scan.excluded();
    if (job.dryRun) {
        outline(scan, job, report);
        if (report.clips == 0) throw Error(ErrorCode::NotFound, nothingText(report, job.source), job.source);
        return report;
    }

    ShardFolder shards(job.target, scan.labelColumns(), scan.streamColumns());
    if (job.fresh) shards.clear();
    const std::vector<std::string> changed = shards.adopt(jobDescription(source));
    const std::int64_t resumed = shards.items();
    try {
        fillShards(scan, job, shards);
        report.skipped.insert(report.skipped.end(), shards.skipped().begin(), shards.skipped().end());
        report.warnings = scan.warnings();
        report.warnings.insert(report.warnings.end(), shards.warnings().begin(), shards.warnings().end());
        if (shards.clips() == 0) {
            shards.clear();
            throw Error(ErrorCode::NotFound, nothingText(report, job.source), job.source);
        }
        std::map<std::string, std::string> attributes = scan.attributes();
        attributes["kind"] = report.kind;
        attributes["source"] = source.name;
        attributes["options"] = dumped(toJson(source.options));
        attributes["skipped"] = std::to_string(report.skipped.size());
        Counts counts(report, scan.labelColumns());
        const std::int64_t total = shards.clips();
        const auto each = [&](const ClipInfo& info) {
            if (job.stop.stop_requested()) throw Error(ErrorCode::Cancelled, "the import was interrupted while its parts were merged; the same command goes on with that", job.target.string());
            counts.add(info);
            ++report.clips;
            report.frames += info.frames;
            if (job.progress) job.progress({"merging", report.clips, total, report.clips, report.frames, static_cast<std::int64_t>(report.skipped.size()), -1, info.name});
        };
        shards.merge(attributes, each, [&] {
            json document = toJson(report);
            document.erase("resumed");  // the file is the same however often the import was interrupted
            return dumped(document);
        });
    } catch (const Error& error) {
        if (error.code() != ErrorCode::DiskFull || shards.closedItems() == 0) throw;
        throw Error(ErrorCode::DiskFull, "the disk is full; free some space and run the same command again: " + std::to_string(shards.closedItems()) + " of " + std::to_string(scan.size()) +
                                             " items are done and kept in " + importFolder(job.target).filename().string() + " (--discard removes them)", job.target.string());
    }
    report.resumed = resumed;
    if (resumed > 0) report.notes.push_back(std::to_string(resumed) + " of " + std::to_string(scan.size()) + " items were done by an attempt that was interrupted");
    if (!changed.empty()) report.notes.push_back(anewNote(changed));
    return report;
}

}  // namespace kinora
