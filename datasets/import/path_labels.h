#pragma once
// What the generic kinds share: labels, groups and splits out of the paths of their recordings.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "datasets/import/label_pattern.h"
#include "datasets/import/recording.h"

namespace kinora {

/// How a path is read. An options struct of a kind holds one and calls describe() first.
struct PathOptions {
    std::string labels = "folders", unmatched = "skip", classOrder = "sorted", groupBy, split = "auto", testGroups;
    std::int64_t folds = 5, fold = 1;

    template <class Fields>
    void describe(Fields& f)
    {
        f("labels", labels, anything(),
          "folders: the first folder is the class, where there are several; none; or a pattern such as {class}/{subject:\\d+}_{take}.avi or re:^(?<subject>\\d+)/ (class, group, split and clip have their meaning, other names become labels)");
        f("unmatched", unmatched, choices({"skip", "exclude", "keep"}), "What the pattern does not fit: skip and report it, leave it out on purpose, or keep it without labels");
        f("class_order", classOrder, anything(), "Numbers of the classes: sorted (by name, numbers inside names as numbers), bytes (byte by byte, as Python sorts), or all names in order, separated by commas");
        f("group_by", groupBy, anything(), "Names of the pattern that must not fall into two splits, separated by commas: subject, or class,take; empty: what the pattern calls group");
        f("split", split, choices({"auto", "none", "folder", "group", "synaction"}),
          "auto: what the pattern calls split, or first folders that are all called train, test, ...; folder: by the word train, test or validation in a folder's name; group: by test_groups, or fold; "
          "synaction: TwoStreamVAN's rule, from the labels actor, class, seq and rendering");
        f("test_groups", testGroups, anything(), "split=group: the groups that test, such as 21-25 or ann,ben; empty: those of the fold");
        f("folds", folds, range(2, 1000), "split=group without test_groups: into how many folds the sorted groups are dealt");
        f("fold", fold, range(1, 1000), "split=group without test_groups: the one that tests");
    }
};

/// What was read from one path: names of the pattern to their texts.
using PathValues = std::map<std::string, std::string>;

/// The rule of PathOptions::labels, ready for use.
class PathRule {
public:
    /// \throws Error (Usage) for a pattern that is wrong
    explicit PathRule(const PathOptions& options);
    bool hasPattern() const { return m_pattern.has_value(); }
    /// True if the pattern has this name.
    bool names(const std::string& name) const;
    std::optional<PathValues> match(std::string_view path) const { return m_pattern->match(path); }
    /// Sets labels, groups and splits of the listing's recordings; those that do not fit leave it. Notes say how the paths were read.
    /// \param paths   of the recordings, relative; for labels=folders
    /// \param values  of the recordings by the pattern; nothing where it did not fit. Ignored without a pattern
    /// \param noun    "video", "clip": what notes call a recording
    /// \throws Error (Usage for options that do not fit together or the data)
    void apply(Listing& listing, const std::vector<std::string>& paths, std::vector<std::optional<PathValues>> values, const std::string& noun) const;
    /// The same with the pattern held against \p paths.
    void apply(Listing& listing, const std::vector<std::string>& paths, const std::string& noun) const;

private:
    std::vector<std::optional<PathValues>> fromFolders(Listing& listing, const std::vector<std::string>& paths, const std::string& noun) const;
    void split(Listing& listing, const std::vector<std::string>& paths, const std::vector<PathValues>& values) const;

    PathOptions m_options;
    std::optional<LabelPattern> m_pattern;
};

/// Splits whose groups stay together: \p testGroups ("21-25", "ann,ben") test, or without them those of the fold.
/// \throws Error (Usage) if no recording has a group
void splitByGroups(Listing& listing, const std::string& testGroups, std::int64_t folds, std::int64_t fold);

/// "train", "test" or "validation" if \p name holds one of the words used for them ("sky_train", "test_B", "Val", "dev"), else empty.
std::string splitWord(std::string_view name);

}  // namespace kinora
