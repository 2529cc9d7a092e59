#include "widgets/controllers/run_list_model.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QLocale>
#include <algorithm>
#include <cmath>

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

QVariant RunListModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
    const RunSnapshot& run = at(index.row());
    const double speed = run.status && run.condition == RunCondition::Running ? run.status->progress.stepsPerSecond : 0;
    const QLocale locale;
    switch (role) {
    case Qt::DisplayRole:
        switch (index.column()) {
        case Name: return QFileInfo(run.folder).fileName();
        case State: return conditionText(run.condition);
        case Step: return run.totalSteps() > 0 ? tr("%1 / %2").arg(locale.toString(run.step()), locale.toString(run.totalSteps())) : QString();
        case Speed: return speed > 0 ? (speed >= 1 ? tr("%1 /s").arg(locale.toString(speed, 'f', 1)) : tr("%1 s each").arg(locale.toString(1 / speed, 'f', 1))) : QString();
        case Remaining: return durationText(run.remainingS());
        case System: return QString::fromStdString(run.config.system);
        case Dataset: {
            const QString name = QString::fromStdString(run.config.dataset);
            return name.startsWith(QLatin1String("builtin:")) ? name : QFileInfo(name).fileName();
        }
        default: return {};
        }
    case Qt::ToolTipRole: {
        QString text = QDir::toNativeSeparators(run.folder);
        if (!run.problem.isEmpty()) text += QLatin1Char('\n') + run.problem;
        if (index.column() == Dataset && !run.config.dataset.empty()) text += QLatin1Char('\n') + QString::fromStdString(run.config.dataset);
        return text;
    }
    case Qt::AccessibleTextRole:
        if (index.column() == Name) return tr("%1, %2").arg(QFileInfo(run.folder).fileName(), conditionText(run.condition));
        return data(index, Qt::DisplayRole);
    case Qt::TextAlignmentRole:
        return index.column() == Step || index.column() == Speed || index.column() == Remaining ? QVariant::fromValue(Qt::Alignment(Qt::AlignRight | Qt::AlignVCenter))
                                                                                                 : QVariant();
    case FolderRole: return run.folder;
    case ConditionRole: return int(run.condition);
    case ProgressRole: return run.totalSteps() > 0 ? std::clamp(static_cast<double>(run.step()) / static_cast<double>(run.totalSteps()), 0.0, 1.0) : 0.0;
    case SortRole:
        switch (index.column()) {
        case Step: return QVariant::fromValue<qint64>(run.step());
        case Speed: return speed;
        case Remaining: return run.remainingS();
        default: return data(index, Qt::DisplayRole);
        }
    default: return {};
    }
}

QVariant RunListModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal) return {};
    if (role == Qt::TextAlignmentRole && (section == Step || section == Speed || section == Remaining)) return QVariant::fromValue(Qt::Alignment(Qt::AlignRight | Qt::AlignVCenter));
    if (role != Qt::DisplayRole) return {};
    switch (section) {
    case Name: return tr("Run");
    case State: return tr("State");
    case Step: return tr("Step");
    case Speed: return tr("Speed");
    case Remaining: return tr("Remaining");
    case System: return tr("System");
    case Dataset: return tr("Dataset");
    default: return {};
    }
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
        Q_EMIT dataChanged(index(row, 0), index(row, Columns - 1));
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
