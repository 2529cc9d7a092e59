#include "widgets/controllers/clip_list_model.h"

#include <QCoreApplication>
#include <numeric>

#include "core/util/outcome.h"

using namespace kinora;

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
        if (excludedAt(index.row())) text += QLatin1Char('\n') + tr("Excluded from training, evaluation and export");
        return text;
    }
    case Qt::AccessibleTextRole: {
        const QString labels = classes();
        QString text = labels.isEmpty() ? QString::fromStdString(info.name) : tr("%1, %2").arg(QString::fromStdString(info.name), labels);
        return excludedAt(index.row()) ? tr("%1, %2").arg(text, tr("excluded")) : text;
    }
    case ClipRole: return QVariant::fromValue<qint64>(clip);
    case LoadedRole: {
        const LoadedClip* loaded = m_loader.find(clip);
        return loaded ? QVariant::fromValue(*loaded) : QVariant();
    }
    case ExcludedRole: return excludedAt(index.row());
    default: return {};
    }
}

bool ClipListModel::excludedAt(int row) const
{
    const auto clip = static_cast<std::size_t>(clipAt(row));
    return m_excluded && clip < m_excluded->size() && (*m_excluded)[clip];
}

void ClipListModel::setContents(std::shared_ptr<const DatasetContents> contents, const ClipQuery& query)
{
    m_filtering.cancel();
    beginResetModel();
    m_contents = std::move(contents);
    m_query = query;
    m_excluded.reset();
    m_order.clear();
    m_rows.clear();
    m_counts.clear();
    if (m_contents && !query.filters() && query.sortKey.empty() && !query.descending) {
        m_order.resize(m_contents->clips.size());
        std::iota(m_order.begin(), m_order.end(), 0);
        m_rows.resize(m_order.size());
        std::iota(m_rows.begin(), m_rows.end(), 0);
    }
    if (m_contents && m_rows.empty()) m_rows.assign(m_contents->clips.size(), -1);
    m_loader.setSource(m_contents ? m_contents->source : nullptr);
    endResetModel();
    if (m_contents) compute();  // the facets' counts are wanted in any case
}

void ClipListModel::setExcluded(const ExcludedFlags& excluded)
{
    m_excluded = excluded;
    if (!m_contents) return;
    if (rowCount() > 0) Q_EMIT dataChanged(index(0), index(rowCount() - 1), {ExcludedRole});
    compute();
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
        ClipAnswer clips;
        std::vector<int> rows;
        QString problem;
    };
    m_filtering.run(
        [contents = m_contents, query = m_query, excluded = m_excluded](std::stop_token stop) {
            Answer answer;
            try {
                answer.clips = answerQuery(*contents, query, excluded, stop);
            } catch (const Error& error) {
                if (error.code() == ErrorCode::Cancelled) throw;
                // a line that makes no sense filters nothing; the facets still do
                answer.problem = QString::fromUtf8(error.what());
                ClipQuery rest = query;
                rest.text.clear();
                answer.clips = answerQuery(*contents, rest, excluded, stop);
            }
            answer.rows.assign(contents->clips.size(), -1);
            for (std::size_t row = 0; row < answer.clips.order.size(); ++row) answer.rows[static_cast<std::size_t>(answer.clips.order[row])] = static_cast<int>(row);
            return answer;
        },
        [this](const Outcome<Answer>& answer) {
            if (!answer) {
                Q_EMIT queried(QString::fromUtf8(answer.error().what()));
                return;
            }
            m_counts = answer.value().clips.counts;
            // the same clips again, say after a mark: the view keeps its place and its selection
            if (answer.value().clips.order != m_order) {
                beginResetModel();
                m_order = answer.value().clips.order;
                m_rows = answer.value().rows;
                endResetModel();
            }
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
