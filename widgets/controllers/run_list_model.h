#pragma once
#include <QAbstractTableModel>
#include <QStringList>
#include <vector>

#include "widgets/controllers/run_monitor.h"

/// Runs and how they stand, one a row, the newest first. Behind the columns that are always there come those that a person has added, by their ids:
/// "best:metric/motion_energy", "latest:loss/G", "config:batch_size".
class RunListModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Name, State, Step, Speed, Remaining, System, Dataset, Best, Tags, Notes, Created, Columns };
    enum Roles {
        FolderRole = Qt::UserRole,
        ConditionRole,  ///< int(RunCondition)
        ProgressRole,   ///< double in [0, 1]
        SortRole,       ///< Invalid where there is nothing: such rows come last.
        AlarmRole,      ///< bool: something is wrong, or an alarm is on.
    };
    explicit RunListModel(QObject* parent = nullptr) : QAbstractTableModel(parent) {}

    int rowCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : static_cast<int>(m_runs.size()); }
    int columnCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : int(Columns) + static_cast<int>(m_extra.size()); }
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    /// Tags, apart by commas, or notes: said with edited(), and shown when the run's files have them.
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;

    int rowOf(const QString& folder) const;
    const RunSnapshot& at(int row) const { return m_runs.at(static_cast<std::size_t>(row)); }
    /// nullptr for a folder that is not in the list. Valid until the next change.
    const RunSnapshot* find(const QString& folder) const;

    QStringList extraColumns() const { return m_extra; }
    void setExtraColumns(const QStringList& ids);
    /// Ids of all columns that the runs give reason for: metrics, then curves, then the configuration; each by name.
    QStringList possibleColumns() const;

public Q_SLOTS:
    void update(const RunSnapshot& snapshot);
    void remove(const QString& folder);

Q_SIGNALS:
    void edited(const QString& folder, int column, const QString& text);

private:
    QVariant extra(const RunSnapshot& run, const QString& id, int role) const;

    std::vector<RunSnapshot> m_runs;
    QStringList m_extra;
};

/// "running", "paused", ... in the window's language.
QString conditionText(RunCondition condition);
/// 3661 s as "1 h 1 min"; under a minute in seconds; empty when negative.
QString durationText(double seconds);
/// "a, b" as tags: trimmed, none empty, none twice.
std::vector<std::string> tagsFromText(const QString& text);
QString tagsText(const std::vector<std::string>& tags);
