#include "datasets/import/path_labels.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <set>

#include "core/util/error.h"
#include "core/util/text.h"
#include "datasets/import/files.h"
#include "datasets/import/published_set.h"

namespace kinora {
namespace {
constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();

bool natural(const std::string& a, const std::string& b) { return naturalLess(a, b); }

/// "a,b , c" without blanks and empty parts.
std::vector<std::string> listOf(const std::string& text)
{
    std::vector<std::string> list;
    for (const std::string& part : split(text, ','))
        if (std::string name = trimmed(part); !name.empty()) list.push_back(std::move(name));
    return list;
}

std::string roleOf(const std::string& column)
{
    static const std::set<std::string> motion = {"class", "action", "expression", "gesture"}, appearance = {"subject", "actor", "person", "identity", "chair"};
    return motion.contains(column) ? "motion" : appearance.contains(column) ? "appearance" : "";
}

std::optional<long long> wholeNumber(const std::string& text)
{
    if (text.empty() || text.size() > 18 || !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
    return std::stoll(text);
}

/// True for a group that a list such as "21-25,ann" names.
bool listsGroup(const std::vector<std::string>& list, const std::string& group)
{
    const std::optional<long long> number = wholeNumber(group);
    for (const std::string& part : list) {
        if (part == group) return true;
        const std::size_t dash = part.find('-');
        const auto from = wholeNumber(part.substr(0, dash)), to = dash == std::string::npos ? from : wholeNumber(part.substr(dash + 1));
        if (number && from && to && *number >= *from && *number <= *to) return true;
    }
    return false;
}

std::string normalSplit(const std::string& text)
{
    const std::string word = splitWord(text);
    return word.empty() ? text : word;
}
}  // namespace

void splitByGroups(Listing& listing, const std::string& testGroups, std::int64_t folds, std::int64_t fold)
{
    std::vector<Recording>& recordings = listing.recordings;
    std::vector<std::string> groups;
    for (const Recording& recording : recordings) groups.push_back(recording.group);
    if (!groups.empty() && std::ranges::all_of(groups, [](const std::string& group) { return group.empty(); }))
        throw Error(ErrorCode::Usage, "is group, but there are no groups; name them {group} in the pattern or group in the manifest, or give group_by", "split");
    const std::vector<std::string> tests = listOf(testGroups);
    const std::vector<std::string> splits = tests.empty() ? groupFolds(groups, static_cast<int>(folds), static_cast<int>(fold)) : std::vector<std::string>();
    bool any = false;
    for (std::size_t i = 0; i < recordings.size(); ++i) {
        recordings[i].split = tests.empty() ? splits[i] : listsGroup(tests, groups[i]) ? "test" : "train";
        any = any || recordings[i].split == "test";
    }
    if (!any && !recordings.empty()) listing.warnings.push_back("no group is in the test set" + (tests.empty() ? std::string() : ": there is none of test_groups = " + testGroups));
}

std::string splitWord(std::string_view name)
{
    const std::string text = lowered(name);
    std::string word, found;
    for (std::size_t i = 0; i <= text.size(); ++i) {
        if (i < text.size() && text[i] >= 'a' && text[i] <= 'z') {
            word += text[i];
            continue;
        }
        if (word == "train" || word == "training") found = "train";
        else if (word == "test" || word == "testing") found = "test";
        else if (word == "val" || word == "valid" || word == "validation" || word == "dev") found = "validation";
        word.clear();
    }
    return found;
}

PathRule::PathRule(const PathOptions& options) : m_options(options)
{
    if (options.labels.empty()) throw Error(ErrorCode::Usage, "is empty; it is folders, none or a pattern such as {class}/*", "labels");
    if (options.labels != "folders" && options.labels != "none") m_pattern.emplace(options.labels);
    for (const std::string& name : listOf(options.groupBy)) {
        std::vector<std::string> known = m_pattern ? m_pattern->names() : options.labels == "folders" ? std::vector<std::string>{"class"} : std::vector<std::string>{};
        if (std::ranges::find(known, name) == known.end()) throw Error(ErrorCode::Usage, "'" + name + "' is no name of the pattern '" + options.labels + "'" + suggestion(name, known), "group_by");
    }
}

bool PathRule::names(const std::string& name) const { return m_pattern && std::ranges::find(m_pattern->names(), name) != m_pattern->names().end(); }

std::vector<std::optional<PathValues>> PathRule::fromFolders(Listing& listing, const std::vector<std::string>& paths, const std::string& noun) const
{
    std::vector<std::vector<std::string>> folders;  // of every path, without its last component
    for (const std::string& path : paths) {
        folders.push_back(kinora::split(path, '/'));
        folders.back().pop_back();
    }
    std::vector<std::optional<PathValues>> values(paths.size(), PathValues());
    const auto dropShared = [&] {  // an outer folder that holds everything says nothing
        while (!folders.empty() && std::ranges::all_of(folders, [&](const auto& f) { return !f.empty() && f.front() == folders.front().front(); }))
            for (auto& parts : folders) parts.erase(parts.begin());
    };
    if (m_options.labels == "none" && m_options.split != "auto") return values;
    dropShared();
    if (m_options.split == "auto" && !folders.empty() && std::ranges::all_of(folders, [](const auto& f) { return !f.empty() && !splitWord(f.front()).empty(); })) {
        for (std::size_t i = 0; i < folders.size(); ++i) {
            values[i]->emplace("split", folders[i].front());
            folders[i].erase(folders[i].begin());
        }
        listing.notes.push_back("split: the first folder");
        dropShared();
    }
    if (m_options.labels == "none") return values;
    std::set<std::string, decltype(&natural)> classes(&natural);
    std::size_t without = 0;
    for (std::size_t i = 0; i < folders.size(); ++i) {
        if (folders[i].empty()) {
            ++without;
            continue;
        }
        values[i]->emplace("class", folders[i].front());
        classes.insert(folders[i].front());
    }
    if (classes.empty()) return values;
    listing.notes.push_back("class: the name of the folder (" + listed({classes.begin(), classes.end()}) + ")");
    if (without > 0) listing.warnings.push_back(counted(without, noun) + (without == 1 ? " lies" : " lie") + " in no class folder and " + (without == 1 ? "has" : "have") + " no class");
    return values;
}

void PathRule::split(Listing& listing, const std::vector<std::string>& paths, const std::vector<PathValues>& values) const
{
    const std::string& how = m_options.split;
    std::vector<Recording>& recordings = listing.recordings;
    if (how == "auto") {
        for (std::size_t i = 0; i < recordings.size(); ++i)
            if (const auto found = values[i].find("split"); found != values[i].end()) recordings[i].split = normalSplit(found->second);
    } else if (how == "folder") {
        std::size_t without = 0;
        for (std::size_t i = 0; i < recordings.size(); ++i) {
            std::vector<std::string> folders = kinora::split(paths[i], '/');
            folders.pop_back();
            const auto found = std::ranges::find_if(folders, [](const std::string& folder) { return !splitWord(folder).empty(); });
            recordings[i].split = found == folders.end() ? "none" : splitWord(*found);
            without += found == folders.end();
        }
        if (without == recordings.size() && without > 0) throw Error(ErrorCode::Usage, "is folder, but no folder is called train, test or validation", "split");
        if (without > 0) listing.warnings.push_back(counted(without, "recording") + " in no folder called train, test or validation: split none");
    } else if (how == "group") {
        splitByGroups(listing, m_options.testGroups, m_options.folds, m_options.fold);
    } else if (how == "synaction") {
        // Source: Sun et al., "TwoStreamVAN", WACV 2020, authors' loader: with u = (actor * 20 + action) * 2 + seq a video tests if u mod 15 = idx
        for (const char* name : {"actor", "class", "seq", "rendering"})
            if (!names(name)) throw Error(ErrorCode::Usage, "is synaction, which needs {" + std::string(name) + "} in the pattern", "split");
        std::set<std::string, decltype(&natural)> classes(&natural);
        long long firstSeq = std::numeric_limits<long long>::max();  // the formula counts the two variants from 0, the files may from 1
        for (const PathValues& value : values) {
            if (!value.contains("seq")) continue;
            classes.insert(value.at("class"));
            firstSeq = std::min(firstSeq, wholeNumber(value.at("seq")).value_or(0));
        }
        static const std::vector<std::string> kActors = {"douglas", "kachujin", "liam", "lola", "malcolm", "regina", "remy", "shae", "stefani", "swat"};
        const std::vector<std::string> order = m_options.classOrder == "sorted" || m_options.classOrder == "bytes" ? std::vector<std::string>(classes.begin(), classes.end()) : listOf(m_options.classOrder);
        for (std::size_t i = 0; i < recordings.size(); ++i) {
            const PathValues& value = values[i];
            const auto actor = value.contains("actor") ? std::ranges::find(kActors, lowered(value.at("actor"))) : kActors.end();
            const auto action = value.contains("class") ? std::ranges::find(order, value.at("class")) : order.end();
            recordings[i].split = "none";
            if (actor == kActors.end() || action == order.end()) continue;
            const long long seq = wholeNumber(value.at("seq")).value_or(0) - firstSeq, rendering = wholeNumber(value.at("rendering")).value_or(-1);
            const long long u = ((actor - kActors.begin()) * 20 + (action - order.begin())) * 2 + seq;
            recordings[i].split = u % 15 == rendering ? "test" : "train";
        }
    }
}

void PathRule::apply(Listing& listing, const std::vector<std::string>& paths, std::vector<std::optional<PathValues>> found, const std::string& noun) const
{
    if (paths.empty()) return;
    if (!m_pattern) found = fromFolders(listing, paths, noun);
    std::vector<Recording> kept;
    std::vector<std::string> keptPaths;
    std::vector<PathValues> values;
    for (std::size_t i = 0; i < listing.recordings.size(); ++i) {
        if (!found[i] && m_options.unmatched != "keep") {
            if (m_options.unmatched == "exclude") ++listing.excluded;
            else listing.skipped.push_back({listing.recordings[i].name, "its path does not fit the pattern " + m_options.labels});
            continue;
        }
        kept.push_back(std::move(listing.recordings[i]));
        keptPaths.push_back(paths[i]);
        values.push_back(found[i] ? std::move(*found[i]) : PathValues());
    }
    if (kept.empty() && !listing.recordings.empty())
        throw Error(ErrorCode::NotFound, "none of " + counted(listing.recordings.size(), noun) + " fits the pattern " + m_options.labels + "; the first path is " + paths.front(), "labels");
    listing.recordings = std::move(kept);

    std::vector<std::string> columns;
    std::set<std::string> present;
    for (const PathValues& value : values)
        for (const auto& [name, text] : value) present.insert(name);
    if (present.contains("class")) columns.emplace_back("class");
    if (m_pattern)
        for (const std::string& name : m_pattern->names())
            if (name != "class" && name != "group" && name != "split" && name != "clip" && name != "t" && present.contains(name)) columns.push_back(name);
    std::set<std::string> unknown;
    std::vector<bool> dropped(values.size());
    for (const std::string& name : columns) {
        LabelColumn column{name, {}, roleOf(name)};
        const bool number = name != "class" && m_pattern && m_pattern->numeric(name), ordered = name == "class" && m_options.classOrder != "sorted" && m_options.classOrder != "bytes";
        if (ordered) {
            column.categories = listOf(m_options.classOrder);
        } else if (!number) {
            std::set<std::string, decltype(&natural)> categories(&natural);
            for (const PathValues& value : values)
                if (const auto text = value.find(name); text != value.end()) categories.insert(text->second);
            column.categories.assign(categories.begin(), categories.end());
            if (name == "class" && m_options.classOrder == "bytes") std::ranges::sort(column.categories);
        }
        std::map<std::string, float> labels;  // there may be 10,000 classes
        const auto key = [&](const std::string& text) { return ordered ? lowered(text) : text; };
        for (const std::string& category : column.categories)
            if (!labels.emplace(key(category), static_cast<float>(labels.size())).second) throw Error(ErrorCode::Usage, "names '" + category + "' twice", "class_order");
        for (std::size_t i = 0; i < values.size(); ++i) {
            const auto text = values[i].find(name);
            float label = kUnknown;
            if (text != values[i].end() && number) {
                if (!text->second.empty()) label = std::strtof(text->second.c_str(), nullptr);
            } else if (text != values[i].end()) {
                if (const auto found = labels.find(key(text->second)); found != labels.end()) label = found->second;
                else unknown.insert(text->second), dropped[i] = true;
            }
            listing.recordings[i].labels.push_back(label);
        }
        listing.labels.push_back(std::move(column));
    }
    const std::vector<std::string> groupNames = listOf(m_options.groupBy);
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (groupNames.empty()) {
            if (const auto group = values[i].find("group"); group != values[i].end()) listing.recordings[i].group = group->second;
            continue;
        }
        std::vector<std::string> parts;
        for (const std::string& name : groupNames)
            if (const auto part = values[i].find(name); part != values[i].end()) parts.push_back(part->second);
        if (parts.size() == groupNames.size()) listing.recordings[i].group = join(parts, "/");
    }
    split(listing, keptPaths, values);
    if (unknown.empty()) return;
    listing.warnings.push_back("not in class_order, and skipped: " + listed({unknown.begin(), unknown.end()}));
    std::size_t at = 0;
    std::erase_if(listing.recordings, [&](const Recording& recording) {
        if (dropped[at++]) listing.skipped.push_back({recording.name, "its class is not in class_order"});
        return dropped[at - 1];
    });
}

void PathRule::apply(Listing& listing, const std::vector<std::string>& paths, const std::string& noun) const
{
    std::vector<std::optional<PathValues>> values(paths.size());
    if (m_pattern)
        for (std::size_t i = 0; i < paths.size(); ++i) values[i] = m_pattern->match(paths[i]);
    apply(listing, paths, std::move(values), noun);
}

}  // namespace kinora
