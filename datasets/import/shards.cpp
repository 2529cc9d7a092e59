#include "datasets/import/shards.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "core/util/error.h"
#include "core/util/file.h"
#include "datasets/import/import_job.h"

namespace kinora {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {
constexpr const char* kJobFile = "job.json";

std::string dumped(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

Error cannotWrite(const fs::path& path, int error)
{
    if (error == ENOENT) return {ErrorCode::NotFound, "the folder does not exist; create it first", path.parent_path().string()};
    if (error == ENOSPC || error == EDQUOT) return {ErrorCode::DiskFull, "the disk is full; free some space and try again", path.string()};
    return {ErrorCode::CannotWrite, std::string("cannot be written (") + std::strerror(error) + ")", path.string()};
}

/// A locked descriptor of "<folder>/lock". The folder may have been removed by the import that just finished: then it is made anew.
int lockFolder(const fs::path& folder, const fs::path& target)
{
    for (;;) {
        if (::mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST) throw cannotWrite(target, errno);
        const fs::path file = folder / "lock";
        const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (descriptor < 0) {
            if (errno == ENOENT) continue;
            throw cannotWrite(target, errno);
        }
        if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
            const int error = errno;
            ::close(descriptor);
            if (error == EWOULDBLOCK) throw Error(ErrorCode::Locked, "another import to this file is at work; wait until it has ended, or end it", target.string());
            throw cannotWrite(target, error);
        }
        struct ::stat mine {}, there {};
        if (::fstat(descriptor, &mine) == 0 && ::stat(file.c_str(), &there) == 0 && mine.st_ino == there.st_ino && mine.st_dev == there.st_dev) return descriptor;
        ::close(descriptor);
    }
}

void removeFolder(const fs::path& folder)
{
    // the lock goes last: whoever waits for it finds an empty folder or none
    std::error_code ignored;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored))
        if (entry.path().filename() != "lock") fs::remove_all(entry.path(), ignored);
    fs::remove(folder / "lock", ignored);
    fs::remove(folder, ignored);
}
}  // namespace

fs::path importFolder(const fs::path& target) { return target.parent_path() / ("." + target.filename().string() + ".import"); }

void discardImport(const fs::path& target)
{
    const fs::path folder = importFolder(target);
    std::error_code ignored;
    if (!fs::is_directory(folder, ignored)) return;
    const int lock = lockFolder(folder, target);
    removeFolder(folder);
    ::close(lock);
    if (fs::exists(folder, ignored)) throw Error(ErrorCode::CannotWrite, "cannot be removed; it holds files that no import has made", folder.string());
}

std::uint64_t FinishedItem::bytes() const
{
    std::uint64_t sum = 0;
    for (const ImportedClip& clip : clips) {
        sum += clip.frames.bytes().size();
        for (const auto& stream : clip.streams) sum += stream.size();
    }
    return sum;
}

/// The shard that is being written.
struct ShardFolder::Open {
    std::unique_ptr<ClipFileWriter> writer;
    std::int64_t first = 0, items = 0;
    std::uint64_t bytes = 0;
    json skipped = json::array(), warnings = json::array();
    std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();
};

ShardFolder::ShardFolder(const fs::path& target, std::vector<LabelColumn> labels, std::vector<StreamColumn> streams)
    : m_target(target), m_folder(importFolder(target)), m_labels(std::move(labels)), m_streams(std::move(streams)), m_lock(lockFolder(m_folder, target))
{
    std::error_code ignored;
    for (const fs::directory_entry& entry : fs::directory_iterator(m_folder, ignored))
        if (entry.path().extension() == ".tmp") fs::remove(entry.path(), ignored);
}

ShardFolder::~ShardFolder()
{
    m_open.reset();
    if (m_shards == 0) removeFolder(m_folder);
    ::close(m_lock);
}

fs::path ShardFolder::shardFile(std::size_t number) const
{
    char name[32];
    std::snprintf(name, sizeof name, "shard-%06zu.h5", number);
    return m_folder / name;
}

std::vector<std::string> ShardFolder::adopt(const json& job)
{
    std::vector<std::string> changed;
    json before;
    std::error_code ignored;
    if (fs::exists(m_folder / kJobFile, ignored)) before = json::parse(readFile(m_folder / kJobFile), nullptr, false);
    const json now = json::parse(dumped(job));  // as it reads back
    if (before.is_object()) {
        for (const auto& [key, value] : now.items())
            if (!before.contains(key) || before[key] != value) changed.push_back(key);
    }
    if (!before.is_object() || !changed.empty()) {
        clear();
        writeFile(m_folder / kJobFile, now.dump(2) + "\n");
        return changed;
    }
    bool good = true;
    for (std::size_t number = 0;; ++number) {
        const fs::path file = shardFile(number);
        if (!fs::exists(file, ignored)) break;
        try {
            if (!good) throw Error(ErrorCode::Damaged, "follows a damaged shard", file.string());
            const json note = json::parse(clipFileAttributes(file).at("shard"));
            const std::shared_ptr<const ClipSource> clips = openClipFile(file);
            if (note.at("first").get<std::int64_t>() != m_items || clips->labelColumns() != m_labels || clips->streamColumns() != m_streams) throw Error(ErrorCode::Damaged, "is of another import", file.string());
            for (std::int64_t i = 0; i < clips->size(); ++i) {
                const ClipInfo info = clips->info(i);
                m_names.insert(info.name);
                m_frames += info.frames;
            }
            m_clips += clips->size();
            for (const json& skip : note.at("skipped")) m_skipped.push_back({skip.at(0).get<std::string>(), skip.at(1).get<std::string>()});
            for (const json& warning : note.at("warnings")) m_warnings.push_back(warning.get<std::string>());
            m_items += note.at("items").get<std::int64_t>();
            ++m_shards;
        } catch (const std::exception&) {  // a damaged disk: it is decoded again
            good = false;
            fs::remove(file, ignored);
        }
    }
    m_closed = m_items;
    return changed;
}

void ShardFolder::clear()
{
    m_open.reset();
    std::error_code ignored;
    for (const fs::directory_entry& entry : fs::directory_iterator(m_folder, ignored))
        if (entry.path().filename() != "lock") fs::remove_all(entry.path(), ignored);
    m_shards = 0;
    m_items = m_closed = m_clips = m_frames = 0;
    m_skipped.clear();
    m_warnings.clear();
    m_names.clear();
}

void ShardFolder::add(const std::string& file, FinishedItem&& item)
{
    if (!m_open) {
        m_open = std::make_unique<Open>();
        m_open->writer = std::make_unique<ClipFileWriter>(shardFile(m_shards), m_labels, m_streams);
        m_open->first = m_items;
    }
    for (ImportedClip& clip : item.clips) {
        const std::string wanted = clip.info.name;
        for (int number = 2; !m_names.insert(clip.info.name).second; ++number) clip.info.name = wanted + "~" + std::to_string(number);
        if (clip.info.name != wanted) item.warnings.push_back(wanted + ": the name is taken, the clip is stored as " + clip.info.name);
        m_open->writer->add(clip.info, clip.frames, clip.streams);
        ++m_clips;
        m_frames += clip.frames.count();
    }
    if (!item.skipped.empty()) {
        m_skipped.push_back({file, item.skipped});
        m_open->skipped.push_back({file, item.skipped});
    }
    for (std::string& warning : item.warnings) {
        m_open->warnings.push_back(warning);
        m_warnings.push_back(std::move(warning));
    }
    m_open->bytes += item.bytes();
    ++m_open->items;
    ++m_items;
}

void ShardFolder::close()
{
    if (!m_open) return;
    m_open->writer->setAttribute("shard", dumped({{"first", m_open->first}, {"items", m_open->items}, {"skipped", m_open->skipped}, {"warnings", m_open->warnings}}));
    m_open->writer->finish();
    m_open.reset();
    m_closed = m_items;
    ++m_shards;
}

double ShardFolder::openSeconds() const { return m_open ? std::chrono::duration<double>(std::chrono::steady_clock::now() - m_open->since).count() : 0; }
std::int64_t ShardFolder::openItems() const { return m_open ? m_open->items : 0; }
std::uint64_t ShardFolder::openBytes() const { return m_open ? m_open->bytes : 0; }

void ShardFolder::merge(const std::map<std::string, std::string>& attributes, const std::function<void(const ClipInfo&)>& each, const std::function<std::string()>& report)
{
    close();
    const fs::path whole = m_folder / "whole.h5";
    {
        ClipFileWriter writer(whole, m_labels, m_streams, attributes);
        for (std::size_t number = 0; number < m_shards; ++number) {
            const std::shared_ptr<const ClipSource> clips = openClipFile(shardFile(number));
            for (std::int64_t i = 0; i < clips->size(); ++i) {
                const ClipInfo info = clips->info(i);
                std::vector<std::vector<std::uint8_t>> streams;
                for (const StreamColumn& column : m_streams) streams.push_back(clips->stream(i, column.name));
                writer.add(info, clips->frames(i), streams);
                each(info);
            }
        }
        writer.setAttribute("report", report());
        writer.finish();
    }
    if (::rename(whole.c_str(), m_target.c_str()) != 0) throw cannotWrite(m_target, errno);
    const fs::path parent = m_target.has_parent_path() ? m_target.parent_path() : fs::path(".");
    if (const int descriptor = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); descriptor >= 0) {
        ::fsync(descriptor);
        ::close(descriptor);
    }
    m_shards = 0;  // the destructor removes the folder
}

}  // namespace kinora
