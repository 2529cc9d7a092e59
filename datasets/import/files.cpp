#include "datasets/import/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <numeric>
#include <set>
#include <unordered_set>

#include "core/util/error.h"

namespace kinora {
namespace fs = std::filesystem;
namespace {
bool isDigit(char c) { return c >= '0' && c <= '9'; }

/// Device and inode: what a file is, whatever it is called.
struct Identity {
    dev_t device = 0;
    ino_t inode = 0;
    bool operator==(const Identity&) const = default;
};
struct IdentityHash {
    std::size_t operator()(const Identity& id) const { return std::hash<std::uint64_t>()(id.inode * 0x9e3779b97f4a7c15ULL ^ id.device); }
};
Identity identityOf(const struct stat& status) { return {status.st_dev, status.st_ino}; }

struct Entry {
    std::string name;
    struct stat status {};
};

struct CloseFolder {
    void operator()(DIR* folder) const { ::closedir(folder); }
};

/// Walks a tree. Links wait until everything real has been seen, so that a file is listed under its real name.
class Walk {
public:
    Walk(const fs::path& root, int depth) : m_root(root), m_depth(depth) {}
    FileTree run()
    {
        struct stat status {};
        if (::stat(m_root.c_str(), &status) != 0) throw Error(errno == ENOENT || errno == ENOTDIR ? ErrorCode::NotFound : ErrorCode::CannotRead, errno == ENOENT ? "no such folder" : std::strerror(errno), m_root.string());
        if (!S_ISDIR(status.st_mode)) throw Error(ErrorCode::NotFound, "is no folder", m_root.string());
        m_folders.insert(identityOf(status));
        folder("", 1);
        for (std::size_t i = 0; i < m_links.size(); ++i) follow(Link(m_links[i]));  // a linked folder may hold more links
        if (!m_links.empty()) {  // what is real was found in order
            std::ranges::sort(m_tree.files, naturalLess, &FoundFile::relative);
            std::ranges::sort(m_tree.folders, naturalLess);
        }
        std::ranges::sort(m_tree.skipped, naturalLess, &SkippedFile::file);
        return std::move(m_tree);
    }

private:
    struct Link {
        std::string relative;
        int level = 0;  ///< Of the folder that holds it.
    };
    fs::path at(const std::string& relative) const { return relative.empty() ? m_root : m_root / relative; }
    void skip(const std::string& relative, const std::string& reason) { m_tree.skipped.push_back({relative, reason}); }

    /// \param level  1 for the root's own files
    void folder(const std::string& relative, int level)
    {
        std::unique_ptr<DIR, CloseFolder> open(::opendir(at(relative).c_str()));
        if (!open) {
            const std::string reason = std::string("the folder cannot be listed (") + std::strerror(errno) + ")";
            if (relative.empty()) throw Error(ErrorCode::CannotRead, reason, m_root.string());
            return skip(relative, reason);
        }
        const std::string before = relative.empty() ? "" : relative + "/";
        const fs::path here = at(relative);
        std::vector<Entry> entries;
        for (;;) {
            errno = 0;
            const dirent* entry = ::readdir(open.get());
            if (!entry) break;
            if (isJunk(entry->d_name)) continue;
            Entry& found = entries.emplace_back(Entry{entry->d_name, {}});
            if (::fstatat(::dirfd(open.get()), entry->d_name, &found.status, AT_SYMLINK_NOFOLLOW) == 0) continue;
            if (errno != ENOENT) skip(before + found.name, std::string("cannot be looked at (") + std::strerror(errno) + ")");  // ENOENT: removed since it was listed
            entries.pop_back();
        }
        if (errno != 0) skip(relative, std::string("the folder was not listed to its end (") + std::strerror(errno) + ")");
        open.reset();
        std::ranges::sort(entries, naturalLess, &Entry::name);
        for (const Entry& entry : entries) {
            std::string inside = before + entry.name;
            if (S_ISLNK(entry.status.st_mode)) m_links.push_back({std::move(inside), level});
            else if (S_ISREG(entry.status.st_mode)) file(here / entry.name, std::move(inside), entry.status);
            else if (S_ISDIR(entry.status.st_mode) && m_folders.insert(identityOf(entry.status)).second) enter(inside, level);  // seen before: a bind mount of a folder above
        }
    }
    void file(fs::path path, std::string relative, const struct stat& status)
    {
        m_files.push_back(identityOf(status));
        m_tree.files.push_back({std::move(path), std::move(relative), static_cast<std::uintmax_t>(status.st_size)});
    }
    void enter(const std::string& relative, int level)
    {
        m_tree.folders.push_back(relative);
        if (level < m_depth) folder(relative, level + 1);
        else if (m_depth >= kDeepest) skip(relative, "lies more than " + std::to_string(kDeepest) + " folders deep and was not entered");
    }
    void follow(const Link& link)
    {
        struct stat status {};
        if (::stat(at(link.relative).c_str(), &status) != 0) return skip(link.relative, std::string("is a link that leads nowhere (") + std::strerror(errno) + ")");
        if (S_ISDIR(status.st_mode)) {
            if (m_folders.insert(identityOf(status)).second) enter(link.relative, link.level);
        } else if (S_ISREG(status.st_mode)) {
            for (; m_known < m_files.size(); ++m_known) m_seen.insert(m_files[m_known]);
            if (m_seen.insert(identityOf(status)).second) file(at(link.relative), link.relative, status);
        }
    }

    static constexpr int kDeepest = 64;
    fs::path m_root;
    int m_depth;
    FileTree m_tree;
    std::vector<Link> m_links;
    std::unordered_set<Identity, IdentityHash> m_folders, m_seen;
    std::vector<Identity> m_files;  ///< Of those listed; only put into m_seen when a link asks.
    std::size_t m_known = 0;
};

std::string_view extensionOf(std::string_view name)
{
    const std::size_t dot = name.rfind('.');
    return dot == std::string_view::npos || name.find('/', dot) != std::string_view::npos ? std::string_view() : name.substr(dot + 1);
}
template <std::size_t N>
bool hasExtension(std::string_view name, const std::array<std::string_view, N>& known)
{
    const std::string extension = lowered(extensionOf(name));
    return std::ranges::find(known, extension) != known.end();
}
}  // namespace

bool naturalLess(std::string_view a, std::string_view b)
{
    std::size_t i = 0, j = 0;
    int tie = 0;  // of leading zeros; decides when the component is the same otherwise
    for (;;) {
        const bool endA = i == a.size() || a[i] == '/', endB = j == b.size() || b[j] == '/';
        if (endA || endB) {
            if (endA != endB) return endA;
            if (tie != 0) return tie < 0;
            if (i == a.size() || j == b.size()) return i == a.size() && j < b.size();
            ++i, ++j;
        } else if (isDigit(a[i]) && isDigit(b[j])) {
            std::size_t firstA = i, firstB = j;
            while (firstA < a.size() && a[firstA] == '0') ++firstA;
            while (firstB < b.size() && b[firstB] == '0') ++firstB;
            std::size_t lastA = firstA, lastB = firstB;
            while (lastA < a.size() && isDigit(a[lastA])) ++lastA;
            while (lastB < b.size() && isDigit(b[lastB])) ++lastB;
            if (lastA - firstA != lastB - firstB) return lastA - firstA < lastB - firstB;
            const int digits = a.substr(firstA, lastA - firstA).compare(b.substr(firstB, lastB - firstB));
            if (digits != 0) return digits < 0;
            if (tie == 0 && lastA - i != lastB - j) tie = lastA - i < lastB - j ? -1 : 1;
            i = lastA, j = lastB;
        } else {
            if (a[i] != b[j]) return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[j]);
            ++i, ++j;
        }
    }
}

bool isJunk(std::string_view name)
{
    return name.starts_with('.') || name == "Thumbs.db" || name == "thumbs.db" || name == "desktop.ini" || name == "Desktop.ini" || name == "__MACOSX" || name == "@eaDir" || name == "$RECYCLE.BIN";
}

FileTree listTree(const fs::path& root, int depth) { return Walk(root, depth).run(); }

bool hasVideoName(std::string_view name)
{
    static constexpr std::array<std::string_view, 33> kVideos = {"avi", "mp4", "m4v", "mkv", "webm", "mov", "qt", "mpg", "mpeg", "mpe", "m1v", "m2v", "mpv", "vob", "ts", "mts", "m2ts", "wmv",
                                                                "asf", "flv", "f4v", "3gp", "3g2", "ogv", "ogg", "divx", "xvid", "dv", "mxf", "nut", "y4m", "rm", "rmvb"};
    return hasExtension(name, kVideos);
}

bool hasPictureName(std::string_view name)
{
    static constexpr std::array<std::string_view, 13> kPictures = {"jpg", "jpeg", "jpe", "jfif", "png", "bmp", "ppm", "pgm", "pnm", "webp", "tif", "tiff", "gif"};
    return hasExtension(name, kPictures);
}

std::int64_t frameNumber(std::string_view name)
{
    name = name.substr(name.rfind('/') == std::string_view::npos ? 0 : name.rfind('/') + 1);
    const std::size_t dot = name.rfind('.');
    const std::string_view stem = dot == std::string_view::npos || dot == 0 ? name : name.substr(0, dot);
    std::size_t end = stem.size();
    while (end > 0 && !isDigit(stem[end - 1])) --end;
    std::size_t begin = end;
    while (begin > 0 && isDigit(stem[begin - 1])) --begin;
    if (begin == end) return -1;
    std::int64_t number = 0;
    for (std::size_t i = std::max(begin, end >= 18 ? end - 18 : 0); i < end; ++i) number = number * 10 + (stem[i] - '0');  // 18 digits fit; longer ones are no frame numbers anyway
    return number;
}

FrameOrder frameOrder(const std::vector<std::string>& names)
{
    FrameOrder out;
    out.order.resize(names.size());
    std::iota(out.order.begin(), out.order.end(), std::size_t(0));
    std::vector<std::int64_t> numbers;
    numbers.reserve(names.size());
    for (const std::string& name : names) numbers.push_back(frameNumber(name));
    std::vector<std::int64_t> sorted = numbers;
    std::ranges::sort(sorted);
    const bool numbered = !names.empty() && sorted.front() >= 0 && std::ranges::adjacent_find(sorted) == sorted.end();
    if (numbered) {
        std::ranges::sort(out.order, {}, [&](std::size_t i) { return numbers[i]; });
        out.missing = sorted.back() - sorted.front() + 1 - static_cast<std::int64_t>(sorted.size());
    } else {
        std::ranges::sort(out.order, [&](std::size_t a, std::size_t b) { return naturalLess(names[a], names[b]); });
    }
    return out;
}

std::string lowered(std::string_view text)
{
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

std::vector<std::string> groupFolds(const std::vector<std::string>& groups, int folds, int fold)
{
    if (folds < 2) throw Error(ErrorCode::Usage, "is " + std::to_string(folds) + "; at least 2 folds are needed, one of which tests", "folds");
    if (fold < 1 || fold > folds) throw Error(ErrorCode::Usage, "is " + std::to_string(fold) + "; it is one of 1 ... " + std::to_string(folds), "fold");
    const auto natural = [](const std::string& a, const std::string& b) { return naturalLess(a, b); };
    std::map<std::string, std::size_t, decltype(natural)> numbers(natural);
    for (const std::string& group : groups)
        if (!group.empty()) numbers[group] = 0;
    std::size_t next = 0;
    for (auto& [group, number] : numbers) number = next++;
    std::vector<std::string> splits;
    splits.reserve(groups.size());
    for (const std::string& group : groups) {
        const std::size_t number = group.empty() ? next++ : numbers.at(group);
        splits.emplace_back(number % static_cast<std::size_t>(folds) == static_cast<std::size_t>(fold - 1) ? "test" : "train");
    }
    return splits;
}

}  // namespace kinora
