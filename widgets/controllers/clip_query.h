#pragma once
// Which clips of a dataset are shown: a filter line, facets, an order. Everything here is plain data and may run in any thread.
#include <QJsonObject>
#include <QString>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "core/dataset/clip_source.h"

struct DatasetContents;

/// A fact that takes few values, so that a person filters by picking them: a column of classes, the split, the group, whether a clip is excluded.
struct FacetColumn {
    std::string key;                  ///< "label:expression", "split", "group", "excluded".
    std::vector<std::string> values;  ///< Empty text: not known. In the order in which they are shown.
    std::vector<std::int32_t> codes;  ///< Per clip an index into values. Empty for "excluded", which changes.
};

/// Which of the clips a person has put aside, by number.
using ExcludedFlags = std::shared_ptr<const std::vector<bool>>;

struct ClipQuery {
    /// One filter line: words, `label:smile`, `frames>40`, `fps=25`, `split:train`, `subject:12`, `excluded:yes`; all must hold. Quotes keep spaces together.
    QString text;
    /// By facet key the values of which one must hold; a facet that is not named lets everything through.
    std::map<std::string, std::set<std::string>> facets;
    std::string sortKey;  ///< "" file order, or one of sortKeys().
    bool descending = false;
    bool filters() const { return !text.trimmed().isEmpty() || !facets.empty(); }
    bool operator==(const ClipQuery&) const = default;
};
QJsonObject toJson(const ClipQuery& query);
ClipQuery clipQueryFromJson(const QJsonObject& json);  ///< Foreign parts are left out.

struct ClipAnswer {
    std::vector<std::int64_t> order;  ///< The clips that pass, in order.
    /// Per facet and value: clips that pass the filter line and the *other* facets, so a count says what picking the value would show.
    std::vector<std::vector<std::int64_t>> counts;
};

/// The facets of a dataset: columns of classes, split and group where there are any, and "excluded".
std::vector<FacetColumn> facetsOf(const DatasetContents& contents);
/// The keys that clips can be sorted by, beside the file's order.
std::vector<std::string> sortKeys(const DatasetContents& contents);

/// \param excluded  may be null: no clip is
/// \throws Error (Usage) for a filter line that names an unknown label or class, or compares a text; Cancelled
ClipAnswer answerQuery(const DatasetContents& contents, const ClipQuery& query, const ExcludedFlags& excluded = {}, std::stop_token stop = {});

/// The value of one label as a person reads it: the class name, or the number; empty where it is not known.
QString labelText(const DatasetContents& contents, std::int64_t clip, std::size_t column);
