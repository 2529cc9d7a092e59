#include "datasets/import/published_set.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <map>
#include <numeric>
#include <set>

#include "core/util/error.h"
#include "core/util/random.h"
#include "core/util/text.h"

namespace kinora {
namespace fs = std::filesystem;
namespace {
bool isArchive(const std::string& name)
{
    const std::string text = lowered(name);
    return std::ranges::any_of(std::vector<std::string>{".zip", ".rar", ".7z", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz"}, [&](const std::string& end) { return text.ends_with(end); });
}
}  // namespace

bool anyPath(const fs::path& root, const std::function<bool(const std::vector<std::string>& path)>& fits)
{
    // the sets are at most six levels deep even when the root is named one too high; folders of pictures may hold very many entries
    constexpr std::size_t kDepth = 6, kFolders = 600, kRead = 20000, kLookedAt = 150;
    std::deque<std::pair<fs::path, std::vector<std::string>>> folders;
    folders.emplace_back(root, std::vector<std::string>());
    for (std::size_t read = 0; !folders.empty() && read < kFolders; ++read) {
        const auto [folder, above] = std::move(folders.front());
        folders.pop_front();
        std::error_code error;
        std::vector<std::pair<std::string, bool>> entries;
        for (fs::directory_iterator at(folder, error), end; !error && at != end && entries.size() < kRead; at.increment(error)) {
            const std::string name = at->path().filename().string();
            std::error_code ignored;
            if (!isJunk(name)) entries.emplace_back(name, at->is_directory(ignored));
        }
        std::ranges::sort(entries, [](const auto& a, const auto& b) { return naturalLess(a.first, b.first); });
        if (entries.size() > kLookedAt) entries.resize(kLookedAt);
        for (auto& [name, isFolder] : entries) {
            std::vector<std::string> path = above;
            path.push_back(name);
            if (fits(path)) return true;
            if (isFolder && path.size() < kDepth) folders.emplace_back(folder / name, std::move(path));
        }
    }
    return false;
}

FileTree listUnpacked(const fs::path& root)
{
    std::error_code ignored;
    if (fs::is_regular_file(root, ignored) && isArchive(root.filename().string())) throw Error(ErrorCode::NotFound, "is a packed archive; unpack it and name the folder", root.string());
    return listTree(root);
}

void refuseScheme(const fs::path& root, const FileTree& tree, const std::string& set, const std::string& example, const std::string& hint)
{
    std::vector<std::string> archives;
    bool media = false;  // then it is another set, and archives beside it are not the reason
    for (const FoundFile& file : tree.files) {
        media = media || hasVideoName(file.relative) || hasPictureName(file.relative);
        if (isArchive(file.relative)) archives.push_back(file.relative);
    }
    if (media) archives.clear();
    std::string text = "holds no video of this naming scheme; " + set + " is expected as " + example;
    if (!hint.empty()) text += "; " + hint;
    if (!archives.empty()) text += "; " + listed(archives, 3) + (archives.size() == 1 ? " is still packed: unpack it first" : " are still packed: unpack them first");
    throw Error(ErrorCode::NotFound, text, root.string());
}

std::string listed(const std::vector<std::string>& names, std::size_t most)
{
    if (names.size() <= most) return join(names, ", ");
    return join({names.begin(), names.begin() + static_cast<std::ptrdiff_t>(most)}, ", ") + " and " + std::to_string(names.size() - most) + " more";
}

std::string counted(std::size_t count, const std::string& noun) { return std::to_string(count) + " " + noun + (count == 1 ? "" : "s"); }

float labelOf(const std::vector<std::string>& categories, const std::string& category)
{
    const auto found = std::ranges::find(categories, category);
    return found == categories.end() ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(found - categories.begin());
}

void splitByGroup(Listing& listing, std::int64_t folds, std::int64_t fold)
{
    std::vector<std::string> groups;
    for (const Recording& recording : listing.recordings) groups.push_back(recording.group);
    const std::vector<std::string> splits = groupFolds(groups, static_cast<int>(folds), static_cast<int>(fold));
    for (std::size_t i = 0; i < splits.size(); ++i) listing.recordings[i].split = splits[i];
}

void splitAtRandom(Listing& listing, std::int64_t folds, std::int64_t fold, std::int64_t seed, bool force, const std::string& why)
{
    if (!force) throw Error(ErrorCode::Usage, "random puts " + why + " in both sets; choose a split by group, or force_random=true if that is what you want", "split");
    std::vector<std::size_t> order(listing.recordings.size());
    std::iota(order.begin(), order.end(), 0);
    Random random(static_cast<std::uint64_t>(seed));
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(i)))]);
    const std::vector<std::string> splits = groupFolds(std::vector<std::string>(order.size()), static_cast<int>(folds), static_cast<int>(fold));
    for (std::size_t i = 0; i < order.size(); ++i) listing.recordings[order[i]].split = splits[i];
    listing.warnings.push_back("the split was drawn at random: " + why + " in both sets");
}

void warnOfLeaks(Listing& listing)
{
    std::map<std::string, std::set<std::string>> splits;
    for (const Recording& recording : listing.recordings)
        if (!recording.group.empty() && !recording.split.empty() && recording.split != "none") splits[recording.group].insert(recording.split);
    std::vector<std::string> leaks;
    for (const auto& [group, where] : splits)
        if (where.contains("train") && where.size() > 1) leaks.push_back(group);
    if (!leaks.empty()) listing.warnings.push_back("in the training set and in another one: " + counted(leaks.size(), "group") + " (" + listed(leaks) + ")");
}

}  // namespace kinora
