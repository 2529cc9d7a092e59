#include "widgets/controllers/clip_list_model.h"

#include <QCoreApplication>
#include <QLocale>
#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <optional>

#include "core/util/outcome.h"
#include "core/util/text.h"

using namespace kinora;

namespace {

using Predicate = std::function<bool(const ClipInfo&)>;

/// Words of a filter line; quotes keep spaces together.
QStringList words(const QString& line)
{
    QStringList list;
    QString word;
    bool quoted = false;
    for (const QChar c : line) {
        if (c == QLatin1Char('"'))
            quoted = !quoted;
        else if (c.isSpace() && !quoted) {
            if (!word.isEmpty()) list.append(std::exchange(word, {}));
        } else
            word.append(c);
    }
    if (!word.isEmpty()) list.append(word);
    return list;
}

bool contains(const std::string& text, const QString& part) { return QString::fromStdString(text).contains(part, Qt::CaseInsensitive); }

std::optional<std::size_t> columnNamed(const DatasetContents& contents, const std::string& name)
{
    for (std::size_t i = 0; i < contents.labels.size(); ++i)
        if (contents.labels[i].name == name) return i;
    return std::nullopt;
}

std::vector<std::string> knownKeys(const DatasetContents& contents)
{
    std::vector<std::string> keys{"name", "source", "split", "group", "frames", "width", "height", "fps"};
    for (const LabelColumn& column : contents.labels) keys.push_back(column.name);
    return keys;
}

std::function<double(const ClipInfo&)> numberOf(const DatasetContents& contents, const std::string& key)
{
    if (key == "frames") return [](const ClipInfo& clip) { return clip.frames; };
    if (key == "width") return [](const ClipInfo& clip) { return clip.width; };
    if (key == "height") return [](const ClipInfo& clip) { return clip.height; };
    if (key == "fps") return [](const ClipInfo& clip) { return clip.frameRateHz; };
    if (const auto column = columnNamed(contents, key)) return [column = *column](const ClipInfo& clip) -> double { return clip.labels[column]; };
    return {};
}

Predicate predicate(const DatasetContents& contents, const QString& word)
{
    static const QString operators = QStringLiteral(":=<>");
    qsizetype place = 0;
    while (place < word.size() && !operators.contains(word[place])) ++place;
    if (place == 0 || place == word.size()) {
        return [&contents, word](const ClipInfo& clip) {
            if (contains(clip.name, word) || contains(clip.source, word) || contains(clip.group, word)) return true;
            for (std::size_t i = 0; i < contents.labels.size(); ++i) {
                const auto& names = contents.labels[i].categories;
                const float value = clip.labels[i];
                if (!names.empty() && value >= 0 && value < static_cast<float>(names.size()) && contains(names[static_cast<std::size_t>(value)], word)) return true;
            }
            return false;
        };
    }
    const std::string key = word.left(place).toStdString();
    QString op = word.mid(place, 1);
    if (place + 1 < word.size() && word[place + 1] == QLatin1Char('=') && (op == QLatin1String("<") || op == QLatin1String(">"))) op += QLatin1Char('=');
    const QString value = word.mid(place + op.size());
    const bool equal = op == QLatin1String(":") || op == QLatin1String("=");

    if (equal) {
        if (key == "name") return [value](const ClipInfo& clip) { return contains(clip.name, value); };
        if (key == "source") return [value](const ClipInfo& clip) { return contains(clip.source, value); };
        if (key == "split") return [value = value.toStdString()](const ClipInfo& clip) { return clip.split == value; };
        if (key == "group" || key == "subject") return [value = value.toStdString()](const ClipInfo& clip) { return clip.group == value; };
        std::string columnName = key;
        // `label:smile` looks in every column of classes
        if (key == "label" && !columnNamed(contents, key)) {
            return [&contents, value](const ClipInfo& clip) {
                for (std::size_t i = 0; i < contents.labels.size(); ++i) {
                    const auto& names = contents.labels[i].categories;
                    const float label = clip.labels[i];
                    if (label >= 0 && label < static_cast<float>(names.size()) && contains(names[static_cast<std::size_t>(label)], value)) return true;
                }
                return false;
            };
        }
        if (const auto column = columnNamed(contents, columnName); column && contents.labels[*column].categorical()) {
            std::vector<bool> wanted;
            for (const std::string& name : contents.labels[*column].categories) wanted.push_back(contains(name, value));
            if (std::find(wanted.begin(), wanted.end(), true) == wanted.end())
                throw Error(ErrorCode::Usage, "no such class" + suggestion(value.toStdString(), contents.labels[*column].categories), word.toStdString());
            return [column = *column, wanted](const ClipInfo& clip) {
                const float label = clip.labels[column];
                return label >= 0 && label < static_cast<float>(wanted.size()) && wanted[static_cast<std::size_t>(label)];
            };
        }
    }
    const auto number = numberOf(contents, key);
    if (!number) {
        const bool textKey = key == "name" || key == "source" || key == "split" || key == "group";
        throw Error(ErrorCode::Usage, textKey ? "'" + key + "' is a text: write " + key + ":word" : "no label '" + key + "'" + suggestion(key, knownKeys(contents)),
                    word.toStdString());
    }
    const double limit = parseNumber(value.toStdString(), word.toStdString());
    if (op == QLatin1String("<")) return [number, limit](const ClipInfo& clip) { return number(clip) < limit; };
    if (op == QLatin1String("<=")) return [number, limit](const ClipInfo& clip) { return number(clip) <= limit; };
    if (op == QLatin1String(">")) return [number, limit](const ClipInfo& clip) { return number(clip) > limit; };
    if (op == QLatin1String(">=")) return [number, limit](const ClipInfo& clip) { return number(clip) >= limit; };
    return [number, limit](const ClipInfo& clip) { return std::abs(number(clip) - limit) < 1e-6 * std::max(1.0, std::abs(limit)); };
}

}  // namespace

std::vector<std::int64_t> matchingClips(const DatasetContents& contents, const ClipQuery& query, std::stop_token stop)
{
    std::vector<Predicate> predicates;
    for (const QString& word : words(query.text)) predicates.push_back(predicate(contents, word));
    if (!query.split.empty()) predicates.push_back([&query](const ClipInfo& clip) { return clip.split == query.split; });
    if (query.labelColumn >= 0 && query.category >= 0 && query.labelColumn < static_cast<int>(contents.labels.size()))
        predicates.push_back([&query](const ClipInfo& clip) { return clip.labels[static_cast<std::size_t>(query.labelColumn)] == static_cast<float>(query.category); });

    std::vector<std::int64_t> order;
    for (std::size_t i = 0; i < contents.clips.size(); ++i) {
        if ((i & 1023) == 0 && stop.stop_requested()) throw Error(ErrorCode::Cancelled, "the filter was changed");
        const ClipInfo& clip = contents.clips[i];
        if (std::all_of(predicates.begin(), predicates.end(), [&](const Predicate& holds) { return holds(clip); })) order.push_back(static_cast<std::int64_t>(i));
    }
    const auto sorted = [&](auto less) {
        std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
            const ClipInfo& x = contents.clips[static_cast<std::size_t>(a)];
            const ClipInfo& y = contents.clips[static_cast<std::size_t>(b)];
            return query.descending ? less(y, x) : less(x, y);
        });
    };
    if (query.sortKey == "name")
        sorted([](const ClipInfo& a, const ClipInfo& b) { return a.name < b.name; });
    else if (const auto number = numberOf(contents, query.sortKey))
        // an unknown value goes last either way
        sorted([&](const ClipInfo& a, const ClipInfo& b) {
            const double x = number(a), y = number(b);
            if (std::isnan(x) || std::isnan(y)) return query.descending ? std::isnan(x) && !std::isnan(y) : !std::isnan(x) && std::isnan(y);
            return x < y;
        });
    else if (query.descending)
        std::reverse(order.begin(), order.end());
    return order;
}

QString labelText(const DatasetContents& contents, std::int64_t clip, std::size_t column)
{
    const float value = contents.clips.at(static_cast<std::size_t>(clip)).labels.at(column);
    if (std::isnan(value)) return {};
    const auto& names = contents.labels.at(column).categories;
    if (names.empty()) return QLocale().toString(static_cast<double>(value), 'g', 4);
    if (value >= 0 && value < static_cast<float>(names.size())) return QString::fromStdString(names[static_cast<std::size_t>(value)]);
    return QLocale().toString(static_cast<double>(value), 'g', 4);
}

ClipListModel::ClipListModel(ClipLoader& loader, QObject* parent) : QAbstractListModel(parent), m_loader(loader)
{
    connect(&m_loader, &ClipLoader::loaded, this, [this](qint64 clip) {
        const int row = rowOf(clip);
        if (row >= 0) Q_EMIT dataChanged(index(row), index(row), {LoadedRole});
    });
}

QVariant ClipListModel::data(const QModelIndex& index, int role) const
{
    if (!m_contents || !checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
    const std::int64_t clip = m_order[static_cast<std::size_t>(index.row())];
    const ClipInfo& info = m_contents->clips[static_cast<std::size_t>(clip)];
    const auto classes = [&] {
        QStringList texts;
        for (std::size_t column = 0; column < m_contents->labels.size(); ++column) {
            const LabelColumn& label = m_contents->labels[column];
            // a dataset may know every factor; under the picture stands what moves
            if (!label.categorical() || label.role == "appearance") continue;
            const auto said = [](const std::string& text) { return QCoreApplication::translate("catalogue", text.c_str()); };
            if (label.categories == std::vector<std::string>{"no", "yes"}) {
                if (info.labels[column] == 1) texts.append(said(label.name));  // "yes" alone says nothing
            } else if (const QString text = labelText(*m_contents, clip, column); !text.isEmpty())
                texts.append(said(text.toStdString()));
        }
        return texts.join(QStringLiteral(" · "));
    };
    switch (role) {
    case Qt::DisplayRole: return QString::fromStdString(info.name);
    case LabelsRole: return classes();
    case Qt::ToolTipRole: {
        QString text = tr("%1\n%2 × %3, %n frame(s)", nullptr, info.frames).arg(QString::fromStdString(info.name)).arg(info.width).arg(info.height);
        if (const QString labels = classes(); !labels.isEmpty()) text += QLatin1Char('\n') + labels;
        return text;
    }
    case Qt::AccessibleTextRole: {
        const QString labels = classes();
        return labels.isEmpty() ? QString::fromStdString(info.name) : tr("%1, %2").arg(QString::fromStdString(info.name), labels);
    }
    case ClipRole: return QVariant::fromValue<qint64>(clip);
    case LoadedRole: {
        const LoadedClip* loaded = m_loader.find(clip);
        return loaded ? QVariant::fromValue(*loaded) : QVariant();
    }
    default: return {};
    }
}

void ClipListModel::setContents(std::shared_ptr<const DatasetContents> contents)
{
    m_filtering.cancel();
    beginResetModel();
    m_contents = std::move(contents);
    m_query = {};
    m_order.clear();
    m_rows.clear();
    if (m_contents) {
        m_order.resize(m_contents->clips.size());
        std::iota(m_order.begin(), m_order.end(), 0);
        m_rows.resize(m_order.size());
        std::iota(m_rows.begin(), m_rows.end(), 0);
    }
    m_loader.setSource(m_contents ? m_contents->source : nullptr);
    endResetModel();
}

void ClipListModel::setQuery(const ClipQuery& query)
{
    m_query = query;
    if (m_contents) compute();
}

void ClipListModel::compute()
{
    m_filtering.cancel();
    struct Answer {
        std::vector<std::int64_t> order;
        std::vector<int> rows;
        QString problem;
    };
    m_filtering.run(
        [contents = m_contents, query = m_query](std::stop_token stop) {
            Answer answer;
            try {
                answer.order = matchingClips(*contents, query, stop);
            } catch (const Error& error) {
                answer.problem = QString::fromUtf8(error.what());
                answer.order.resize(contents->clips.size());
                std::iota(answer.order.begin(), answer.order.end(), 0);
            }
            answer.rows.assign(contents->clips.size(), -1);
            for (std::size_t row = 0; row < answer.order.size(); ++row) answer.rows[static_cast<std::size_t>(answer.order[row])] = static_cast<int>(row);
            return answer;
        },
        [this](const Outcome<Answer>& answer) {
            if (!answer) {
                Q_EMIT queried(QString::fromUtf8(answer.error().what()));
                return;
            }
            beginResetModel();
            m_order = answer.value().order;
            m_rows = answer.value().rows;
            endResetModel();
            Q_EMIT queried(answer.value().problem);
        });
}

int ClipListModel::rowOf(std::int64_t clip) const { return clip >= 0 && clip < static_cast<std::int64_t>(m_rows.size()) ? m_rows[static_cast<std::size_t>(clip)] : -1; }

void ClipListModel::want(const std::vector<int>& rows)
{
    std::vector<std::int64_t> clips;
    for (const int row : rows)
        if (row >= 0 && row < rowCount()) clips.push_back(m_order[static_cast<std::size_t>(row)]);
    m_loader.want(clips);
}
