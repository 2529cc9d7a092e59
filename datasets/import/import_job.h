#pragma once
// One import from beginning to end, as a command or a dialog starts it.
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <stop_token>

#include "datasets/catalogue.h"

namespace kinora {

/// How far an import is.
struct ImportProgress {
    std::string phase;  ///< "listing", "importing", "merging".
    std::int64_t done = 0, total = 0;  ///< Items of the scan, those of an earlier attempt counted; while merging: clips.
    std::int64_t clips = 0, frames = 0, skipped = 0;
    double etaS = -1;  ///< Seconds left; -1: not known yet.
    std::string file;  ///< The one last finished.
};

/// What an import did, or would do.
struct ImportReport {
    std::string kind;  ///< Also where it was found out.
    bool dryRun = false;
    std::int64_t items = 0;  ///< Listed, those that were skipped afterwards included.
    std::int64_t clips = 0, frames = 0, excluded = 0;  ///< Of a dry run: items that can be opened, frames as their headers say.
    std::vector<SkippedFile> skipped;
    std::vector<std::string> notes, warnings;
    std::int64_t resumed = 0;  ///< Items that an earlier, interrupted attempt had finished.
    std::map<std::string, std::int64_t> splits;
    std::int64_t groups = 0;
    std::map<std::string, std::map<std::string, std::int64_t>> classes;  ///< Label column -> category -> clips.
    std::map<std::string, std::int64_t> sizes, formats;  ///< "320x240" -> clips (dry run: of the sources); formats of a dry run alone.
    std::vector<std::string> examples;                   ///< Dry run: the first items.
};
nlohmann::json toJson(const ImportReport& report);

/// When a shard is closed: at whichever comes first. What lies behind the last closed one is done again after a kill.
struct ShardLimits {
    std::int64_t items = 1000;
    std::uint64_t bytes = std::uint64_t(256) << 20;
    double seconds = 15;
};

struct ImportJob {
    std::string kind, source;  ///< kind "auto": found out.
    OptionValues options;      ///< Of the kind; the defaults otherwise.
    std::filesystem::path target;
    bool dryRun = false;   ///< List, open every item's header, decode and write nothing.
    bool fresh = false;    ///< Throw away what an interrupted attempt left instead of going on with it.
    int threads = 0;       ///< 0: one for every processor.
    std::function<void(const ImportProgress&)> progress;  ///< From the calling thread, at least every 0.1 s. May be empty.
    std::function<void(const std::string& item)> starting, finished;  ///< An item is about to be decoded, and was; called from the threads. May be empty.
    std::set<std::string> suspects;              ///< Items that were under way when a decoder died: they come first and one at a time.
    std::map<std::string, std::string> crashed;  ///< Items that are skipped, with the reason.
    ShardLimits shards;
    std::uint64_t waitingBytes = std::uint64_t(256) << 20;  ///< Of finished clips whose turn has not come; with more, no further item is begun.
    std::stop_token stop;
};

/// Decodes on several threads, writes in order into closed shards beside the target (".NAME.h5.import/"), then merges them. The clip file appears when all is done and is
/// the same, byte for byte, whatever the number of threads and interruptions. After a kill or a stop the same job goes on behind the last closed shard; another job to the
/// same target, or files that have changed, begin anew with a note.
/// \throws Error (NotFound if there is nothing to import, naming the kind that the source looks like where it is another; DiskFull, CannotWrite, Cancelled, Usage; Locked if another
///         process imports to the same target)
ImportReport importDataset(const ImportJob& job);

/// Where the shards of a target lie, and their removal. \throws Error (Locked if an import is at work there; CannotWrite)
std::filesystem::path importFolder(const std::filesystem::path& target);
void discardImport(const std::filesystem::path& target);

}  // namespace kinora
