#pragma once
// One import from beginning to end, as a command or a dialog starts it.
#include <functional>
#include <stop_token>

#include "datasets/catalogue.h"

namespace kinora {

/// How far an import is.
struct ImportProgress {
    std::string phase;  ///< "listing", "importing", "merging".
    std::int64_t done = 0, total = 0;  ///< Items of the scan; done counts those of an earlier attempt too.
    std::int64_t clips = 0, frames = 0, skipped = 0;
    double etaS = -1;  ///< Seconds left; -1: not known yet.
    std::string file;  ///< The one last finished.
};

/// What an import did, or would do.
struct ImportReport {
    std::int64_t clips = 0, frames = 0, excluded = 0;
    std::vector<SkippedFile> skipped;
    std::vector<std::string> notes, warnings;
    std::int64_t resumed = 0;  ///< Items that an earlier, interrupted attempt had finished.
    std::map<std::string, std::int64_t> splits;
    std::map<std::string, std::map<std::string, std::int64_t>> classes;  ///< Label column -> category -> clips (dry run: items).
};

struct ImportJob {
    std::string kind, source;  ///< kind "auto": found out.
    OptionValues options;      ///< Of the kind; the defaults otherwise.
    std::filesystem::path target;
    bool dryRun = false;   ///< List, open every item's header, decode and write nothing.
    bool fresh = false;    ///< Throw away what an interrupted attempt left instead of going on with it.
    int threads = 0;       ///< 0: one for every processor.
    std::function<void(const ImportProgress&)> progress;  ///< May be empty.
    std::function<void(const std::string& item)> starting;  ///< An item is about to be decoded; called from the threads. May be empty.
    std::stop_token stop;
};

/// Decodes on several threads, writes in order into closed shards beside the target (".NAME.h5.import/"), then merges them. The clip file appears when all is done and is
/// the same, byte for byte, whatever the number of threads and interruptions. After a kill or a stop the same job goes on behind the last closed shard.
/// \throws Error (NotFound if there is nothing to import, naming the kind that the source looks like where it is another; DiskFull, CannotWrite, Cancelled, Usage; Locked if another
///         process imports to the same target)
ImportReport importDataset(const ImportJob& job);

/// Where the shards of a target lie, and their removal.
std::filesystem::path importFolder(const std::filesystem::path& target);
void discardImport(const std::filesystem::path& target);

}  // namespace kinora
