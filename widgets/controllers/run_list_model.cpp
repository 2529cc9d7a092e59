#include "widgets/controllers/run_list_model.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QDir>
#include <QFileInfo>
#include <QLocale>
#include <algorithm>
#include <cmath>
#include <set>
#include <type_traits>

QString conditionText(RunCondition condition)
{
    switch (condition) {
    case RunCondition::Created: return RunListModel::tr("starting");
    case RunCondition::Running: return RunListModel::tr("running");
    case RunCondition::Paused: return RunListModel::tr("paused");
    case RunCondition::Finished: return RunListModel::tr("finished");
    case RunCondition::Stopped: return RunListModel::tr("stopped");
    case RunCondition::Failed: return RunListModel::tr("failed");
    case RunCondition::Stale: return RunListModel::tr("stale");
    case RunCondition::Damaged: return RunListModel::tr("damaged");
    case RunCondition::Missing: return RunListModel::tr("missing");
    }
    return {};
}

QString durationText(double seconds)
{
    if (!(seconds >= 0) || seconds > 1e9) return {};
    const qint64 whole = std::llround(seconds);
    if (whole < 60) return RunListModel::tr("%1 s").arg(whole);
    if (whole < 3600) return RunListModel::tr("%1 min %2 s").arg(whole / 60).arg(whole % 60);
    if (whole < 86400) return RunListModel::tr("%1 h %2 min").arg(whole / 3600).arg(whole / 60 % 60);
    return RunListModel::tr("%1 d %2 h").arg(whole / 86400).arg(whole / 3600 % 24);
}

std::vector<std::string> tagsFromText(const QString& text)
{
    std::vector<std::string> tags;
    for (const QString& part : text.split(QLatin1Char(','))) {
        const std::string tag = part.simplified().toStdString();
        if (!tag.empty() && std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.push_back(tag);
    }
    return tags;
}

QString tagsText(const std::vector<std::string>& tags)
{
    QStringList list;
    for (const std::string& tag : tags) list.append(QString::fromStdString(tag));
    return list.join(QStringLiteral(", "));
}

namespace {
QString stateText(const RunSnapshot& run)
{
    if (run.queued()) return RunListModel::tr("queued (%1)").arg(run.ticket->position);
    if (run.ticket) return RunListModel::tr("lost in the queue");
    if (run.foreign) return RunListModel::tr("curves only");
    QString text = conditionText(run.condition);
    if (run.summary.archived) text = RunListModel::tr("%1, archived").arg(text);
    return text;
}

QString numberText(double value) { return std::isfinite(value) ? QLocale().toString(value, 'g', 5) : RunListModel::tr("not a number"); }
}  // namespace

QVariant RunListModel::extra(const RunSnapshot& run, const QString& id, int role) const
{
    const QString kind = id.section(QLatin1Char(':'), 0, 0);
    const std::string key = id.section(QLatin1Char(':'), 1).toStdString();
    if (kind == QLatin1String("config")) {
        auto value = key == "dataset" ? std::optional<kinora::OptionValue>(run.config.dataset) : configValue(run.config, key);
        if (!value || !run.begun) return {};
        if (role == Qt::DisplayRole || role == Qt::ToolTipRole) return QString::fromStdString(kinora::optionText(*value));
        return std::visit([](const auto& held) -> QVariant {
            if constexpr (std::is_same_v<std::decay_t<decltype(held)>, std::string>)
                return QString::fromStdString(held);
            else if constexpr (std::is_same_v<std::decay_t<decltype(held)>, std::int64_t>)
                return QVariant::fromValue<qint64>(held);
            else
                return held;
        }, *value);
    }
    std::optional<kinora::ScalarPoint> point;
    if (kind == QLatin1String("best")) {
        if (const auto found = run.summary.best.find(key); found != run.summary.best.end()) point = kinora::ScalarPoint{found->second.step, found->second.value};
    } else if (const auto found = run.summary.latest.find(key); found != run.summary.latest.end())
        point = found->second;
    if (!point) return {};
    if (role == Qt::DisplayRole) return numberText(point->value);
    if (role == Qt::ToolTipRole) return tr("%1 at step %2").arg(QLocale().toString(point->value, 'g', 9), QLocale().toString(static_cast<qint64>(point->step)));
    return std::isnan(point->value) ? QVariant() : QVariant(point->value);
}

QVariant RunListModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
    const RunSnapshot& run = at(index.row());
    const double speed = run.status && run.condition == RunCondition::Running ? run.status->progress.stepsPerSecond : 0;
    const QLocale locale;
    const bool isExtra = index.column() >= Columns;
    const QString extraId = isExtra ? m_extra[index.column() - Columns] : QString();
    const bool alarmed = !run.summary.alarms.empty() || run.condition == RunCondition::Failed || run.condition == RunCondition::Stale || run.condition == RunCondition::Damaged;
    const auto& best = run.summary.bestCheckpoint;
    switch (role) {
    case Qt::DisplayRole:
    case Qt::EditRole:
        if (isExtra) return extra(run, extraId, Qt::DisplayRole);
        switch (index.column()) {
        case Name: return run.name();
        case State: return stateText(run);
        case Step: return run.totalSteps() > 0 ? tr("%1 / %2").arg(locale.toString(run.step()), locale.toString(run.totalSteps())) : QString();
        case Speed: return speed > 0 ? (speed >= 1 ? tr("%1 /s").arg(locale.toString(speed, 'f', 1)) : tr("%1 s each").arg(locale.toString(1 / speed, 'f', 1))) : QString();
        case Remaining: return durationText(run.remainingS());
        case System: return QString::fromStdString(run.config.system);
        case Dataset: {
            const QString name = QString::fromStdString(run.config.dataset);
            return name.startsWith(QLatin1String("builtin:")) ? name : QFileInfo(name).fileName();
        }
        case Best: return best ? numberText(best->value) : QString();
        case Tags: return tagsText(run.summary.tags);
        case Notes: return role == Qt::EditRole ? QString::fromStdString(run.summary.notes) : QString::fromStdString(run.summary.notes).simplified();
        case Created: {
            const QDateTime made = QDateTime::fromString(QString::fromStdString(run.summary.created), Qt::ISODate);
            return made.isValid() ? locale.toString(made.toLocalTime(), QLocale::ShortFormat) : QString();
        }
        default: return {};
        }
    case Qt::ToolTipRole: {
        if (isExtra) return extra(run, extraId, Qt::ToolTipRole);
        QString text = QDir::toNativeSeparators(run.folder);
        if (!run.problem.isEmpty()) text += QLatin1Char('\n') + run.problem;
        for (const auto& alarm : run.summary.alarms) text += QStringLiteral("\n⚠ ") + QString::fromStdString(alarm.message);
        if (index.column() == Dataset && !run.config.dataset.empty()) text += QLatin1Char('\n') + QString::fromStdString(run.config.dataset);
        if (index.column() == Best && best) text += QLatin1Char('\n') + tr("%1 = %2 at step %3").arg(QString::fromStdString(best->metric)).arg(best->value).arg(best->step);
        if (index.column() == Notes && !run.summary.notes.empty()) text += QLatin1Char('\n') + QString::fromStdString(run.summary.notes);
        return text;
    }
    case Qt::AccessibleTextRole:
        if (index.column() == Name) return alarmed ? tr("%1, %2, needs attention").arg(run.name(), stateText(run)) : tr("%1, %2").arg(run.name(), stateText(run));
        return data(index, Qt::DisplayRole);
    case Qt::TextAlignmentRole:
        return index.column() == Step || index.column() == Speed || index.column() == Remaining || index.column() == Best || isExtra
                   ? QVariant::fromValue(Qt::Alignment(Qt::AlignRight | Qt::AlignVCenter))
                   : QVariant();
    case FolderRole: return run.folder;
    case ConditionRole: return int(run.condition);
    case ProgressRole: return run.totalSteps() > 0 ? std::clamp(static_cast<double>(run.step()) / static_cast<double>(run.totalSteps()), 0.0, 1.0) : 0.0;
    case AlarmRole: return alarmed;
    case SortRole:
        if (isExtra) return extra(run, extraId, SortRole);
        switch (index.column()) {
        case Step: return QVariant::fromValue<qint64>(run.step());
        case Speed: return speed > 0 ? QVariant(speed) : QVariant();
        case Remaining: return run.remainingS() >= 0 ? QVariant(run.remainingS()) : QVariant();
        case Best: return best ? QVariant(best->value) : QVariant();
        case Created: return QString::fromStdString(run.summary.created);
        default: return data(index, Qt::DisplayRole);
        }
    default: return {};
    }
}

Qt::ItemFlags RunListModel::flags(const QModelIndex& index) const
{
    Qt::ItemFlags flags = QAbstractTableModel::flags(index);
    if (index.isValid() && (index.column() == Tags || index.column() == Notes || index.column() == Name) && at(index.row()).begun) flags |= Qt::ItemIsEditable;
    return flags;
}

bool RunListModel::setData(const QModelIndex& index, const QVariant& value, int role)
{
    if (role != Qt::EditRole || !(flags(index) & Qt::ItemIsEditable)) return false;
    if (data(index, Qt::EditRole).toString() == value.toString()) return true;
    Q_EMIT edited(at(index.row()).folder, index.column(), value.toString());
    return true;
}

QVariant RunListModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= columnCount()) return {};
    if (role == Qt::TextAlignmentRole && (section == Step || section == Speed || section == Remaining || section == Best || section >= Columns))
        return QVariant::fromValue(Qt::Alignment(Qt::AlignRight | Qt::AlignVCenter));
    if (role == Qt::ToolTipRole && section == Best) return tr("The value of the metric by which the run's best checkpoint is kept");
    if (role != Qt::DisplayRole) return {};
    switch (section) {
    case Name: return tr("Run");
    case State: return tr("State");
    case Step: return tr("Step");
    case Speed: return tr("Speed");
    case Remaining: return tr("Remaining");
    case System: return tr("System");
    case Dataset: return tr("Dataset");
    case Best: return tr("Best");
    case Tags: return tr("Tags");
    case Notes: return tr("Notes");
    case Created: return tr("Created");
    default: return m_extra[section - Columns];
    }
}

void RunListModel::setExtraColumns(const QStringList& ids)
{
    if (ids == m_extra) return;
    beginResetModel();
    m_extra = ids;
    endResetModel();
}

QStringList RunListModel::possibleColumns() const
{
    std::set<std::string> best, latest, config;
    for (const RunSnapshot& run : m_runs) {
        for (const auto& [tag, value] : run.summary.best) best.insert(tag);
        for (const auto& [tag, point] : run.summary.latest) latest.insert(tag);
        for (const auto* values : {&run.config.systemOptions, &run.config.trainingOptions})
            for (const auto& [key, value] : *values) config.insert(key);
    }
    QStringList ids;
    for (const std::string& tag : best) ids.append(QStringLiteral("best:") + QString::fromStdString(tag));
    for (const std::string& tag : latest) ids.append(QStringLiteral("latest:") + QString::fromStdString(tag));
    for (const char* key : {"seed", "device", "total_steps", "version"}) ids.append(QStringLiteral("config:") + QLatin1String(key));
    for (const std::string& key : config) ids.append(QStringLiteral("config:") + QString::fromStdString(key));
    return ids;
}

int RunListModel::rowOf(const QString& folder) const
{
    for (std::size_t row = 0; row < m_runs.size(); ++row)
        if (m_runs[row].folder == folder) return static_cast<int>(row);
    return -1;
}

const RunSnapshot* RunListModel::find(const QString& folder) const
{
    const int row = rowOf(folder);
    return row < 0 ? nullptr : &at(row);
}

void RunListModel::update(const RunSnapshot& snapshot)
{
    const int row = rowOf(snapshot.folder);
    if (row >= 0) {
        m_runs[static_cast<std::size_t>(row)] = snapshot;
        Q_EMIT dataChanged(index(row, 0), index(row, columnCount() - 1));
        return;
    }
    // a row keeps its place while it is watched: new ones are put where their time belongs
    const auto place = std::find_if(m_runs.begin(), m_runs.end(), [&](const RunSnapshot& run) { return run.changedMs < snapshot.changedMs; });
    const int at = static_cast<int>(place - m_runs.begin());
    beginInsertRows({}, at, at);
    m_runs.insert(place, snapshot);
    endInsertRows();
}

void RunListModel::remove(const QString& folder)
{
    const int row = rowOf(folder);
    if (row < 0) return;
    beginRemoveRows({}, row, row);
    m_runs.erase(m_runs.begin() + row);
    endRemoveRows();
}
