#include "widgets/controllers/clip_query.h"

#include <QCollator>
#include <QJsonArray>
#include <QLocale>
#include <QStringList>
#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <optional>
#include <unordered_map>

#include "core/util/error.h"
#include "core/util/text.h"
#include "widgets/controllers/dataset_library.h"

using namespace kinora;

namespace {

/// Gets the clip and its number.
using Predicate = std::function<bool(const ClipInfo&, std::size_t)>;

/// Words of a filter line; quotes keep spaces together.
QStringList words(const QString& line)
{
    QStringList list;
    QString word;
    bool quoted = false, any = false;
    for (const QChar c : line) {
        if (c == QLatin1Char('"')) {
            quoted = !quoted;
            any = true;
        } else if (c.isSpace() && !quoted) {
            if (any && !word.isEmpty()) list.append(word);
            word.clear();
            any = false;
        } else {
            word.append(c);
            any = true;
        }
    }
    if (!word.isEmpty()) list.append(word);
    return list;
}

bool contains(const std::string& text, const QString& part) { return QString::fromStdString(text).contains(part, Qt::CaseInsensitive); }

/// Texts that say the same: "12" is subject 012.
bool sameName(const std::string& name, const QString& value)
{
    const QString text = QString::fromStdString(name);
    if (text.compare(value, Qt::CaseInsensitive) == 0) return true;
    bool both = false, number = false;
    const qlonglong a = text.toLongLong(&both), b = value.toLongLong(&number);
    return both && number && a == b;
}

std::optional<std::size_t> columnNamed(const DatasetContents& contents, const std::string& name)
{
    for (std::size_t i = 0; i < contents.labels.size(); ++i)
        if (contents.labels[i].name == name) return i;
    return std::nullopt;
}

std::vector<std::string> knownKeys(const DatasetContents& contents)
{
    std::vector<std::string> keys{"name", "source", "split", "subject", "frames", "width", "height", "fps", "label", "flags", "excluded"};
    for (const LabelColumn& column : contents.labels) keys.push_back(column.name);
    return keys;
}

std::function<double(const ClipInfo&)> numberOf(const DatasetContents& contents, const std::string& key)
{
    if (const auto column = columnNamed(contents, key)) return [column = *column](const ClipInfo& clip) -> double { return clip.labels[column]; };
    if (key == "frames") return [](const ClipInfo& clip) { return clip.frames; };
    if (key == "width") return [](const ClipInfo& clip) { return clip.width; };
    if (key == "height") return [](const ClipInfo& clip) { return clip.height; };
    if (key == "fps") return [](const ClipInfo& clip) { return clip.frameRateHz; };
    return {};
}

std::function<const std::string&(const ClipInfo&)> textOf(const std::string& key)
{
    if (key == "name") return [](const ClipInfo& clip) -> const std::string& { return clip.name; };
    if (key == "source") return [](const ClipInfo& clip) -> const std::string& { return clip.source; };
    if (key == "split") return [](const ClipInfo& clip) -> const std::string& { return clip.split; };
    if (key == "group" || key == "subject") return [](const ClipInfo& clip) -> const std::string& { return clip.group; };
    if (key == "flags") return [](const ClipInfo& clip) -> const std::string& { return clip.origin.flags; };
    return {};
}

bool isClass(float value, std::size_t categories) { return value >= 0 && value < static_cast<float>(categories); }

/// The classes that \p value means: the one of that name, or else all that contain it.
std::vector<bool> meantClasses(const std::vector<std::string>& categories, const QString& value)
{
    std::vector<bool> meant;
    for (const std::string& name : categories) meant.push_back(sameName(name, value));
    if (std::find(meant.begin(), meant.end(), true) == meant.end())
        for (std::size_t i = 0; i < categories.size(); ++i) meant[i] = contains(categories[i], value);
    return meant;
}

/// \throws Error (Usage) if no clip has the value
void checkValue(const DatasetContents& contents, const std::string& key, const QString& value, const QString& word)
{
    for (const FacetColumn& facet : contents.facets) {
        if (facet.key != key) continue;
        if (std::any_of(facet.values.begin(), facet.values.end(), [&](const std::string& known) { return sameName(known, value); })) return;
        std::vector<std::string> some(facet.values.begin(), facet.values.begin() + std::min<std::ptrdiff_t>(12, std::ssize(facet.values)));
        std::erase(some, std::string());
        throw Error(ErrorCode::Usage, (key == "split" ? "there is no such split" : "there is no such subject") + suggestion(value.toStdString(), some), word.toStdString());
    }
}

Predicate predicate(const DatasetContents& contents, const QString& word, const ExcludedFlags& excluded)
{
    static const QString operators = QStringLiteral(":=<>");
    qsizetype place = 0;
    while (place < word.size() && !operators.contains(word[place])) ++place;
    if (place == 0 || place == word.size()) {
        std::vector<std::vector<bool>> classes;
        for (const LabelColumn& column : contents.labels) {
            classes.emplace_back();
            for (const std::string& name : column.categories) classes.back().push_back(contains(name, word));
        }
        return [word, classes](const ClipInfo& clip, std::size_t) {
            for (std::size_t i = 0; i < classes.size(); ++i)
                if (isClass(clip.labels[i], classes[i].size()) && classes[i][static_cast<std::size_t>(clip.labels[i])]) return true;
            return contains(clip.name, word) || contains(clip.source, word) || contains(clip.group, word);
        };
    }
    const std::string key = word.left(place).toStdString();
    QString op = word.mid(place, 1);
    if (place + 1 < word.size() && word[place + 1] == QLatin1Char('=') && (op == QLatin1String("<") || op == QLatin1String(">"))) op += QLatin1Char('=');
    const QString value = word.mid(place + op.size());
    const bool equal = op == QLatin1String(":") || op == QLatin1String("=");
    const auto column = columnNamed(contents, key);
    const auto text = textOf(key);

    if (equal) {
        // the dataset's own columns come first: it may have one called "subject"
        if (column && contents.labels[*column].categorical()) {
            const std::vector<bool> meant = meantClasses(contents.labels[*column].categories, value);
            if (std::find(meant.begin(), meant.end(), true) == meant.end())
                throw Error(ErrorCode::Usage, "no such class" + suggestion(value.toStdString(), contents.labels[*column].categories), word.toStdString());
            return [column = *column, meant](const ClipInfo& clip, std::size_t) { return isClass(clip.labels[column], meant.size()) && meant[static_cast<std::size_t>(clip.labels[column])]; };
        }
        if (!column && key == "label") {  // looks in every column of classes
            std::vector<std::vector<bool>> meant;
            std::vector<std::string> all;
            bool any = false;
            for (const LabelColumn& labels : contents.labels) {
                meant.push_back(meantClasses(labels.categories, value));
                any = any || std::find(meant.back().begin(), meant.back().end(), true) != meant.back().end();
                if (all.size() < 30) all.insert(all.end(), labels.categories.begin(), labels.categories.end());
            }
            if (!any) throw Error(ErrorCode::Usage, "no such class" + suggestion(value.toStdString(), all), word.toStdString());
            return [meant](const ClipInfo& clip, std::size_t) {
                for (std::size_t i = 0; i < meant.size(); ++i)
                    if (isClass(clip.labels[i], meant[i].size()) && meant[i][static_cast<std::size_t>(clip.labels[i])]) return true;
                return false;
            };
        }
        if (!column && key == "excluded") {
            const bool yes = value == QLatin1String("yes") || value == QLatin1String("true") || value == QLatin1String("1");
            if (!yes && value != QLatin1String("no") && value != QLatin1String("false") && value != QLatin1String("0"))
                throw Error(ErrorCode::Usage, "write excluded:yes or excluded:no", word.toStdString());
            return [excluded, yes](const ClipInfo&, std::size_t clip) { return (excluded && (*excluded)[clip]) == yes; };
        }
        if (!column && text) {
            if (key == "name" || key == "source" || key == "flags") return [text, value](const ClipInfo& clip, std::size_t) { return contains(text(clip), value); };
            checkValue(contents, key == "split" ? "split" : "group", value, word);
            return [text, value](const ClipInfo& clip, std::size_t) { return sameName(text(clip), value); };
        }
    }
    const auto number = numberOf(contents, key);
    if (!number)
        throw Error(ErrorCode::Usage, text || key == "excluded" || key == "label" ? "'" + key + "' is a text: write " + key + ":word" : "no label '" + key + "'" + suggestion(key, knownKeys(contents)),
                    word.toStdString());
    const double limit = parseNumber(value.toStdString(), word.toStdString());
    if (op == QLatin1String("<")) return [number, limit](const ClipInfo& clip, std::size_t) { return number(clip) < limit; };
    if (op == QLatin1String("<=")) return [number, limit](const ClipInfo& clip, std::size_t) { return number(clip) <= limit; };
    if (op == QLatin1String(">")) return [number, limit](const ClipInfo& clip, std::size_t) { return number(clip) > limit; };
    if (op == QLatin1String(">=")) return [number, limit](const ClipInfo& clip, std::size_t) { return number(clip) >= limit; };
    // equal to the digits that were typed: fps=29.97 finds 30000/1001
    const qsizetype dot = value.indexOf(QLatin1Char('.'));
    const double tolerance = dot < 0 || value.contains(QLatin1Char('e'), Qt::CaseInsensitive) ? 1e-6 * std::max(1.0, std::abs(limit)) : 0.5 * std::pow(10.0, -static_cast<double>(value.size() - dot - 1));
    return [number, limit, tolerance](const ClipInfo& clip, std::size_t) { return std::abs(number(clip) - limit) < tolerance; };
}

/// Texts of clips as a facet, sorted as a person counts: s2 before s10.
FacetColumn textFacet(std::string key, const DatasetContents& contents, const std::string ClipInfo::*text)
{
    FacetColumn facet{std::move(key), {}, {}};
    std::unordered_map<std::string, std::int32_t> known;
    facet.codes.reserve(contents.clips.size());
    for (const ClipInfo& clip : contents.clips) {
        const auto [place, fresh] = known.try_emplace(clip.*text, static_cast<std::int32_t>(facet.values.size()));
        if (fresh) facet.values.push_back(clip.*text);
        facet.codes.push_back(place->second);
    }
    QCollator collator;
    collator.setNumericMode(true);
    std::vector<std::pair<QCollatorSortKey, std::int32_t>> sorted;
    sorted.reserve(facet.values.size());
    for (std::size_t i = 0; i < facet.values.size(); ++i) sorted.emplace_back(collator.sortKey(QString::fromStdString(facet.values[i])), static_cast<std::int32_t>(i));
    std::ranges::stable_sort(sorted, [&](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::int32_t> place(sorted.size());
    std::vector<std::string> values(sorted.size());
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        place[static_cast<std::size_t>(sorted[i].second)] = static_cast<std::int32_t>(i);
        values[i] = std::move(facet.values[static_cast<std::size_t>(sorted[i].second)]);
    }
    for (std::int32_t& code : facet.codes) code = place[static_cast<std::size_t>(code)];
    facet.values = std::move(values);
    return facet;
}

}  // namespace

std::vector<FacetColumn> facetsOf(const DatasetContents& contents)
{
    std::vector<FacetColumn> facets;
    // what moves comes before what a clip looks like, and both behind labels of neither role: the ones that a dataset is about
    for (const std::string role : {"", "motion", "appearance"})
        for (std::size_t column = 0; column < contents.labels.size(); ++column) {
            const LabelColumn& label = contents.labels[column];
            if (!label.categorical() || (label.role != role && !(role.empty() && label.role != "motion" && label.role != "appearance"))) continue;
            FacetColumn facet{"label:" + label.name, label.categories, {}};
            bool unknown = false;
            facet.codes.reserve(contents.clips.size());
            for (const ClipInfo& clip : contents.clips) {
                const bool known = isClass(clip.labels[column], label.categories.size());
                unknown = unknown || !known;
                facet.codes.push_back(known ? static_cast<std::int32_t>(clip.labels[column]) : static_cast<std::int32_t>(label.categories.size()));
            }
            if (unknown) facet.values.emplace_back();
            facets.push_back(std::move(facet));
        }
    if (FacetColumn split = textFacet("split", contents, &ClipInfo::split); split.values.size() > 1 || (split.values.size() == 1 && !split.values[0].empty()))
        facets.insert(facets.begin(), std::move(split));
    if (FacetColumn group = textFacet("group", contents, &ClipInfo::group); group.values.size() > 1 || (group.values.size() == 1 && !group.values[0].empty()))
        facets.push_back(std::move(group));
    facets.push_back({"excluded", {"no", "yes"}, {}});
    return facets;
}

std::vector<std::string> sortKeys(const DatasetContents& contents)
{
    std::vector<std::string> keys{"name", "frames", "width", "height", "fps", "split", "group", "source"};
    for (const LabelColumn& column : contents.labels) keys.push_back(column.name);
    return keys;
}

QJsonObject toJson(const ClipQuery& query)
{
    QJsonObject facets;
    for (const auto& [key, values] : query.facets) {
        QJsonArray list;
        for (const std::string& value : values) list.append(QString::fromStdString(value));
        facets.insert(QString::fromStdString(key), list);
    }
    return {{QStringLiteral("text"), query.text}, {QStringLiteral("facets"), facets}, {QStringLiteral("sort"), QString::fromStdString(query.sortKey)}, {QStringLiteral("descending"), query.descending}};
}

ClipQuery clipQueryFromJson(const QJsonObject& json)
{
    ClipQuery query;
    query.text = json.value(QLatin1String("text")).toString();
    const QJsonObject facets = json.value(QLatin1String("facets")).toObject();
    for (auto facet = facets.begin(); facet != facets.end(); ++facet)
        for (const QJsonValue& value : facet.value().toArray())
            if (value.isString()) query.facets[facet.key().toStdString()].insert(value.toString().toStdString());
    query.sortKey = json.value(QLatin1String("sort")).toString().toStdString();
    query.descending = json.value(QLatin1String("descending")).toBool();
    return query;
}

ClipAnswer answerQuery(const DatasetContents& contents, const ClipQuery& query, const ExcludedFlags& excluded, std::stop_token stop)
{
    std::vector<Predicate> predicates;
    for (const QString& word : words(query.text)) predicates.push_back(predicate(contents, word, excluded));
    const std::size_t facetCount = contents.facets.size();
    std::vector<std::vector<bool>> chosen(facetCount);  // per facet, empty: everything
    for (std::size_t f = 0; f < facetCount; ++f) {
        const FacetColumn& facet = contents.facets[f];
        const auto wanted = query.facets.find(facet.key);
        if (wanted == query.facets.end()) continue;
        std::vector<bool> marks(facet.values.size());
        for (std::size_t v = 0; v < facet.values.size(); ++v) marks[v] = wanted->second.contains(facet.values[v]);
        if (std::find(marks.begin(), marks.end(), true) != marks.end()) chosen[f] = std::move(marks);  // values that the file has no longer filter nothing
    }

    ClipAnswer answer;
    for (const FacetColumn& facet : contents.facets) answer.counts.emplace_back(facet.values.size(), 0);
    std::vector<std::int32_t> codes(facetCount);
    for (std::size_t i = 0; i < contents.clips.size(); ++i) {
        if ((i & 1023) == 0 && stop.stop_requested()) throw Error(ErrorCode::Cancelled, "the filter was changed");
        const ClipInfo& clip = contents.clips[i];
        if (!std::all_of(predicates.begin(), predicates.end(), [&](const Predicate& holds) { return holds(clip, i); })) continue;
        std::size_t misses = 0, missed = 0;
        for (std::size_t f = 0; f < facetCount; ++f) {
            const FacetColumn& facet = contents.facets[f];
            codes[f] = facet.codes.empty() ? (excluded && (*excluded)[i] ? 1 : 0) : facet.codes[i];
            if (!chosen[f].empty() && !chosen[f][static_cast<std::size_t>(codes[f])]) {
                ++misses;
                missed = f;
            }
        }
        if (misses == 0) {
            answer.order.push_back(static_cast<std::int64_t>(i));
            for (std::size_t f = 0; f < facetCount; ++f) ++answer.counts[f][static_cast<std::size_t>(codes[f])];
        } else if (misses == 1) {
            ++answer.counts[missed][static_cast<std::size_t>(codes[missed])];
        }
    }
    const auto sorted = [&](auto less) {
        std::stable_sort(answer.order.begin(), answer.order.end(), [&](std::int64_t a, std::int64_t b) {
            const ClipInfo& x = contents.clips[static_cast<std::size_t>(a)];
            const ClipInfo& y = contents.clips[static_cast<std::size_t>(b)];
            return query.descending ? less(y, x) : less(x, y);
        });
    };
    if (const auto number = numberOf(contents, query.sortKey))
        // an unknown value goes last either way
        sorted([&](const ClipInfo& a, const ClipInfo& b) {
            const double x = number(a), y = number(b);
            if (std::isnan(x) || std::isnan(y)) return query.descending ? std::isnan(x) && !std::isnan(y) : !std::isnan(x) && std::isnan(y);
            return x < y;
        });
    else if (const auto text = textOf(query.sortKey))
        sorted([&](const ClipInfo& a, const ClipInfo& b) { return text(a) < text(b); });
    else if (query.descending)
        std::reverse(answer.order.begin(), answer.order.end());
    return answer;
}

QString labelText(const DatasetContents& contents, std::int64_t clip, std::size_t column)
{
    const float value = contents.clips.at(static_cast<std::size_t>(clip)).labels.at(column);
    if (std::isnan(value)) return {};
    const auto& names = contents.labels.at(column).categories;
    if (isClass(value, names.size())) return QString::fromStdString(names[static_cast<std::size_t>(value)]);
    return QLocale().toString(static_cast<double>(value), 'g', 4);
}
