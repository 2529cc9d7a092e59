#pragma once
// The work folder of an import: closed clip files in the order of the items, each with a note of which items it covers. Whatever is in it survived a sync; the rest is done again.
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <unordered_set>
#include <string>
#include <vector>

#include "core/clipfile/clip_file.h"
#include "datasets/import/scan.h"

namespace kinora {

/// One item as it goes into a shard: its clips, or why there are none.
struct FinishedItem {
    std::vector<ImportedClip> clips;
    std::vector<std::string> warnings;
    std::string skipped;  ///< Reason; not empty: the item has no clips.
    std::uint64_t bytes() const;
};

class ShardFolder {
public:
    /// Makes the folder and takes its lock, which the process holds as long as this object lives. Broken pieces of a killed attempt are swept away.
    /// \throws Error (NotFound if the target's folder is missing; CannotWrite; Locked)
    ShardFolder(const std::filesystem::path& target, std::vector<LabelColumn> labels, std::vector<StreamColumn> streams);
    ~ShardFolder();  ///< Without a closed shard the folder is removed.

    /// Keeps the closed shards if they were made by the job that \p job describes; removes them otherwise. A description is an object; \returns the keys that differ (none: all is kept).
    /// Shards that cannot be read are dropped with all behind them.
    std::vector<std::string> adopt(const nlohmann::json& job);
    void clear();

    /// The next item; its index is items(). Names that are taken are made unique, with a warning. \throws Error (DiskFull, CannotWrite)
    void add(const std::string& file, FinishedItem&& item);
    /// Closes the open shard, if there is one. \throws Error (DiskFull, CannotWrite)
    void close();
    double openSeconds() const;
    std::int64_t openItems() const;
    std::uint64_t openBytes() const;

    std::int64_t items() const { return m_items; }          ///< Finished, the open shard's included.
    std::int64_t closedItems() const { return m_closed; }
    std::int64_t clips() const { return m_clips; }
    std::int64_t frames() const { return m_frames; }
    const std::vector<SkippedFile>& skipped() const { return m_skipped; }
    const std::vector<std::string>& warnings() const { return m_warnings; }

    /// Puts all clips into one file under the target's name. \param each  called with every clip's facts, and may throw to stop. \throws Error (DiskFull, CannotWrite, Damaged)
    void merge(const std::map<std::string, std::string>& attributes, const std::function<void(const ClipInfo&)>& each, const std::function<std::string()>& report);

private:
    struct Open;
    std::filesystem::path shardFile(std::size_t number) const;
    std::filesystem::path m_target, m_folder;
    std::vector<LabelColumn> m_labels;
    std::vector<StreamColumn> m_streams;
    int m_lock = -1;
    std::size_t m_shards = 0;
    std::int64_t m_items = 0, m_closed = 0, m_clips = 0, m_frames = 0;
    std::vector<SkippedFile> m_skipped;
    std::vector<std::string> m_warnings;
    std::unordered_set<std::string> m_names;
    std::unique_ptr<Open> m_open;
};

}  // namespace kinora
